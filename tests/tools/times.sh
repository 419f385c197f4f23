#!/bin/sh
# times.sh - how long the header takes to compile (printed, not judged), and that the benchmark
# and the generator still run.
. "$(dirname "$0")/gate.sh"

measure() # WHAT COMMAND...
{
    what=$1
    shift
    start=$(date +%s%N)
    check "$what" "$@"
    echo "     $what: $((($(date +%s%N) - start) / 1000000)) ms"
}

for cc in gcc clang-19; do
    have $cc || { skip "$cc" "not installed"; continue; }
    measure "$cc, declarations" $cc -std=c11 -c -o "$tmp/o" tests/std/decl.c
    measure "$cc -O0, implementation" $cc -std=c11 -c -o "$tmp/o" tests/std/impl.c
    measure "$cc -O2, implementation" $cc -std=c11 -O2 -c -o "$tmp/o" tests/std/impl.c
done
check "bench builds" $CC -std=c11 -O2 -pthread -o "$tmp/bench" bench/bench.c
check "bench runs" "$tmp/bench" 20000 1
check "generate builds" $CC -std=c11 -O2 -pthread -o "$tmp/generate" bench/generate.c
check "generate makes edges" "$tmp/generate" edges 1000
check "generate makes a truth" "$tmp/generate" truth 1000
finish
