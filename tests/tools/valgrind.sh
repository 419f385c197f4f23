#!/bin/sh
# valgrind.sh - the unit tests and the program under memcheck, the threaded tests under helgrind.
. "$(dirname "$0")/gate.sh"
have valgrind || { skip "valgrind" "not installed"; finish; }

memcheck="valgrind -q --leak-check=full --error-exitcode=9"

# Valgrind computes long double in 64 bits, so tests that compare with it may fail here; other
# gates judge those. Here counts that the tests came to their end and touched no wrong memory.
clean()
{
    $memcheck "$@" >"$tmp/out"
    [ $? -ne 9 ] && grep '^unit: ' "$tmp/out"
}

# The library computes in integers and doubles, and so gives the same bytes here.
sweep() { "$@" sweep "$tmp/edges" --truth "$tmp/truth" --exact --metrics all --format csv; }
same()
{
    sweep "$tmp/starlings" >"$tmp/native" && sweep $memcheck "$tmp/starlings" >"$tmp/emulated" &&
        cmp "$tmp/native" "$tmp/emulated"
}

build="$CC -std=c11 -O1 -g -pthread"
check "build" $build -o "$tmp/test_all" tests/test_all.c -lm
check "memcheck: unit tests" clean "$tmp/test_all"
check "helgrind: threaded tests" \
    valgrind -q --tool=helgrind --error-exitcode=9 "$tmp/test_all" threads

check "build" $build -o "$tmp/starlings" examples/cli/*.c
check "build" $build -o "$tmp/generate" bench/generate.c
for file in edges truth; do
    "$tmp/generate" $file 2000 6000 >"$tmp/$file"
done
check "memcheck: the program, same bytes" same
finish
