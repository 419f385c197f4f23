#!/bin/sh
# times.sh - how long the headers take to compile (printed, not judged), and that the benchmarks
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
    measure "$cc, declarations and linker" $cc -std=c11 -c -o "$tmp/o" tests/std/decl_linker.c
done
measure "$CC -O2, implementation and linker" $CC -std=c11 -O2 -c -o "$tmp/o" \
    tests/std/impl_linker.c
for program in bench cost linker scale yardstick generate; do
    check "$program builds" $CC -std=c11 -O2 -pthread -o "$tmp/$program" bench/$program.c
done
check "bench runs" "$tmp/bench" 20000 1
check "bench runs one job" "$tmp/bench" --only "build 20k/20k q3" 20000 1
check "scale, the same as at once" "$tmp/scale" --check 20000 200000 3 7777
check "cost runs" sh -c "$tmp/cost 1 1000 2000 >$tmp/cost.jsonl"
check "linker runs" "$tmp/linker" 2000 1
check "cost as a table" awk -v table=1 -f bench/lines.awk -f bench/svg.awk -f bench/cost.awk \
    "$tmp/cost.jsonl"
check "cost as a chart" awk -f bench/lines.awk -f bench/svg.awk -f bench/cost.awk "$tmp/cost.jsonl"
if [ -n "$ROARING_DIR" ] || echo '#include <roaring/roaring.h>' |
    $CC -std=c11 -fsyntax-only -x c - 2>/dev/null; then
    check "bitmap builds, runs" env DATA=none OUT="$tmp" bench/bitmap.sh --rounds 1 --tiny 1000
else
    skip "bench/bitmap.sh" "no CRoaring; set ROARING_DIR?"
fi
check "yardstick runs" "$tmp/yardstick" - 20000 1
check "generate makes edges" "$tmp/generate" edges 1000
check "generate makes a truth" "$tmp/generate" truth 1000
finish
