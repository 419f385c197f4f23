#!/bin/sh
# cross.sh [short] - other processors and another libc: the unit tests and the examples, under
# emulation where this machine cannot run them. short: AArch64, and x86-64 processors that lack a
# SIMD level, with the tests of what has kernels or threads; under a minute, for make ci.
. "$(dirname "$0")/gate.sh"

parts="basics arith hash forest edges hierarchy partition metrics sweep threads linker big"

same() # RUNNER SOURCE
{
    "$cc" -std=c11 -O1 -static -pthread -o "$tmp/b.out" "$2" &&
        $1 "$tmp/b.out" >"$tmp/out" && diff "${2%.c}.out" "$tmp/out"
}

machine() # COMPILER RUNNER [PART...]: these parts of the unit tests, or all and the examples
{
    cc=$1
    runner=$2
    shift 2
    have "$cc" || { skip "$cc" "not installed"; return; }
    [ -z "$runner" ] || have "${runner%% *}" || { skip "$cc" "no $runner"; return; }
    check "$cc builds the tests" \
        "$cc" -std=c11 -O1 -static -pthread -o "$tmp/a.out" tests/test_all.c -lm
    for part in "$@"; do
        check "$cc${runner:+, $runner}: test_$part" $runner "$tmp/a.out" "test_$part"
    done
    [ $# -eq 0 ] || return
    check "$cc unit tests" $runner "$tmp/a.out"
    for source in examples/[0-9]*.c; do
        check "$cc $source" same "$runner" "$source"
    done
}

if [ "${1:-}" = short ]; then
    machine aarch64-linux-gnu-gcc qemu-aarch64 $parts
    if [ "$(uname -m)" = x86_64 ]; then
        machine "$CC" "qemu-x86_64 -cpu Nehalem" basics edges partition  # SSE4.2 without AVX2
        machine "$CC" "qemu-x86_64 -cpu core2duo" basics edges partition # neither
    fi
    finish
fi
machine musl-gcc ""
machine i686-linux-gnu-gcc qemu-i386
machine aarch64-linux-gnu-gcc qemu-aarch64
machine s390x-linux-gnu-gcc qemu-s390x
finish
