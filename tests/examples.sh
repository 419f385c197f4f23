#!/bin/sh
# examples.sh [IMPL.o] - build and run every example and compare what it prints. Each is built as
# its head says, or, which is much quicker, without its implementation and linked with IMPL.o.
root="$(dirname "$0")/.."
. "$(dirname "$0")/tools/gate.sh"
impl=${1:-}

example() # SOURCE COMPILE...
{
    source=$1
    shift
    file=$source
    if [ -n "$impl" ]; then
        file=$tmp/user.${source##*.}
        sed '/^#define STARLINGS_IMPLEMENTATION$/d; s|"../starlings|"starlings|' "$source" \
            >"$file"
    fi
    "$@" -Wall -Wextra -pthread -I. -o "$tmp/a.out" "$file" $impl && "$tmp/a.out" >"$tmp/out" &&
        diff "${source%.*}.out" "$tmp/out"
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
