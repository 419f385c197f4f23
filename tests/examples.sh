#!/bin/sh
# examples.sh - build and run every example and compare what it prints.
root="$(dirname "$0")/.."
. "$(dirname "$0")/tools/gate.sh"

example() # SOURCE COMPILE...
{
    source=$1
    shift
    "$@" -Wall -Wextra -pthread -o "$tmp/a.out" "$source" &&
        "$tmp/a.out" >"$tmp/out" && diff "${source%.*}.out" "$tmp/out"
}

for source in examples/[0-9]*.c; do
    check "$source" example "$source" $CC -std=c11
done
for source in examples/[0-9]*.cpp; do
    if have "${CXX:=c++}"; then
        check "$source" example "$source" $CXX -std=c++17
    else
        skip "$source" "no C++ compiler"
    fi
done
finish
