#!/bin/sh
# tcc.sh - a small compiler without builtins, threads or SIMD: same tests, same answers.
. "$(dirname "$0")/gate.sh"
have tcc || { skip "tcc" "not installed"; finish; }

same() { runs tcc -std=c11 "$1" >"$tmp/out" && diff "${1%.c}.out" "$tmp/out"; }
check "included many times" runs tcc -std=c11 tests/link/twice.c
check "unit tests" runs tcc -std=c11 -DSTARLINGS_DEBUG=3 tests/test_all.c -lm
for source in examples/[0-9]*.c; do
    check "$source" same "$source"
done
finish
