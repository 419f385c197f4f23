#!/bin/sh
# long.sh - the unit tests at full length, without debug walks: every shuffle x workers x SIMD
# level, millions of random cases; and in builds with other arithmetic and without options.
. "$(dirname "$0")/gate.sh"

unit() # COMPILER OPTIONS...
{
    $CC -std=c11 -O2 -pthread "$@" -o "$tmp/unit" tests/test_all.c -lm && "$tmp/unit" $length
}

length=--long
check "unit tests at full length" unit
length=
check "unit tests without 128-bit integers" unit -U__SIZEOF_INT128__
case $(uname -m) in
x86_64) check "unit tests in x87 registers" unit -mfpmath=387 ;;
*) skip "unit tests in x87 registers" "not an x86-64" ;;
esac
check "unit tests without SIMD" unit -DSTARLINGS_NO_SIMD
check "unit tests without threads" unit -DSTARLINGS_NO_THREADS
finish
