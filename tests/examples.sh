#!/bin/sh
# examples.sh - build and run every example and compare what it prints.
root="$(dirname "$0")/.."
. "$(dirname "$0")/tools/gate.sh"

example() # SOURCE COMPILE...
{
    source=$1
    shift
    "$@" -Wall -Wextra -pthread -o "$tmp/a.out" && "$tmp/a.out" >"$tmp/out" &&
        diff "${source%.*}.out" "$tmp/out"
}

# The first and the C++ one are built as their heads say. The others share one implementation,
# which saves a second each; the strict gate compiles every one whole.
first=
check "one implementation" $CC -std=c11 -pthread -c -o "$tmp/impl.o" tests/std/impl.c
for source in examples/[0-9]*.c; do
    if [ -z "$first" ]; then
        first=$source
        check "$source" example "$source" $CC -std=c11 "$source"
        continue
    fi
    sed '/^#define STARLINGS_IMPLEMENTATION$/d; s|"../starlings.h"|"starlings.h"|' "$source" \
        >"$tmp/user.c"
    check "$source" example "$source" $CC -std=c11 -I. "$tmp/user.c" "$tmp/impl.o"
done
for source in examples/[0-9]*.cpp; do
    if have "${CXX:=c++}"; then
        check "$source" example "$source" $CXX -std=c++17 "$source"
    else
        skip "$source" "no C++ compiler"
    fi
done
finish
