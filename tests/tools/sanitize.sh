#!/bin/sh
# sanitize.sh - the unit tests, the program and the threads under the sanitizers.
. "$(dirname "$0")/gate.sh"

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
base="-std=c11 -O1 -g -pthread -fno-omit-frame-pointer -fno-sanitize-recover=all"
level="-DSTARLINGS_DEBUG=3"

for cc in gcc clang-19; do
    have $cc || { skip "$cc" "not installed"; continue; }
    extra=
    [ $cc = clang-19 ] && extra=,implicit-conversion
    check "$cc address, undefined$extra: unit tests" \
        runs $cc $base $level -fsanitize=address,undefined$extra tests/test_all.c -lm
done

check "gcc address, undefined: the program" \
    gcc $base $level -fsanitize=address,undefined -o "$tmp/starlings" examples/cli/*.c
check "its tests" tests/cli.sh "$tmp/starlings"

for cc in gcc clang-19; do
    have $cc || { skip "$cc thread" "not installed"; continue; }
    check "$cc thread: build" \
        $cc $base -fsanitize=thread -DTEST_THREADS -o "$tmp/threads" tests/test_all.c -lm
    check "$cc thread: threaded tests" "$tmp/threads"
done
finish
