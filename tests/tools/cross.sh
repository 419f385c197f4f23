#!/bin/sh
# cross.sh - other processors and another libc: the unit tests and the examples, under emulation
# where this machine cannot run them.
. "$(dirname "$0")/gate.sh"

same() # RUNNER SOURCE
{
    "$cc" -std=c11 -O1 -static -pthread -o "$tmp/b.out" "$2" &&
        $1 "$tmp/b.out" >"$tmp/out" && diff "${2%.c}.out" "$tmp/out"
}

machine() # COMPILER RUNNER
{
    cc=$1
    runner=$2
    have "$cc" || { skip "$cc" "not installed"; return; }
    [ -z "$runner" ] || have "$runner" || { skip "$cc" "no $runner"; return; }
    check "$cc builds the tests" \
        "$cc" -std=c11 -O1 -static -pthread -o "$tmp/a.out" tests/test_all.c -lm
    check "$cc unit tests" $runner "$tmp/a.out"
    for source in examples/[0-9]*.c; do
        check "$cc $source" same "$runner" "$source"
    done
}

machine musl-gcc ""
machine i686-linux-gnu-gcc qemu-i386
machine aarch64-linux-gnu-gcc qemu-aarch64
machine s390x-linux-gnu-gcc qemu-s390x
finish
