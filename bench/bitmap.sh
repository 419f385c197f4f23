#!/bin/sh
# shellcheck disable=SC2089,SC2090 # quotes in a flag are meant for the compiler
# bitmap.sh [OPTIONS] - the library's bitmaps beside CRoaring, in one program (make bench-bitmap).
# Builds bench_bitmap from bench/peers/bitmap.c and runs it on the real sets, where they are, and on
# tiny ones. OPTIONS are the program's: --rounds N, --tiny N, --only METRIC.
# Where CRoaring is: ROARING_DIR, a directory with the amalgamation (roaring.c, roaring.h), else
# <roaring/roaring.h> and -lroaring as a system has them. Where the real sets are: DATA (*.rbs).
# Leaves in OUT (build): bench_bitmap, bitmap.jsonl (all lines), bitmap.md (for bench/README.md).
root=$(dirname "$0")/..
. "$(dirname "$0")/../tests/tools/gate.sh"

gate=bench-bitmap
data=${DATA:-../shared/data/roaring/realdata}
out=${OUT:-build}
lines=$out/bitmap.jsonl
library=-lroaring
roaring=
mkdir -p "$out"
if [ -n "$ROARING_DIR" ]; then
    roaring="-DSTARLINGS_ROARING_HEADER=\"roaring.h\" -isystem $ROARING_DIR"
    library=$out/roaring.o
    check "CRoaring" $CC -std=c11 -D_GNU_SOURCE -O3 -w -I"$ROARING_DIR" -c -o "$library" \
        "$ROARING_DIR/roaring.c"
    [ $failed -eq 0 ] || finish
elif ! echo '#include <roaring/roaring.h>
int main(void) { roaring_bitmap_free(roaring_bitmap_create()); return 0; }' |
    $CC -std=c11 -x c -o "$tmp/have" - -lroaring 2>/dev/null; then
    skip "bitmaps beside CRoaring" "no libroaring; set ROARING_DIR?"
    finish
fi
check "bench_bitmap builds" $CC -std=c11 -O3 -Wall -Wextra -Wpedantic $roaring \
    -o "$out/bench_bitmap" bench/peers/bitmap.c "$library" -pthread
[ $failed -eq 0 ] || finish

for file in "$data"/*.rbs; do
    [ -f "$file" ] || { skip "real sets" "no $data/*.rbs; set DATA?"; break; }
    set -- "$@" "$file"
done
load() { cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null; }
begun="$(date -u +%F), load average $(load)"
measure() { "$out/bench_bitmap" "$@" >"$lines"; }
check "equal answers" measure "$@"
{
    echo "$($CC --version | head -n 1) -O3; $begun before, $(load) after."
    awk -f bench/lines.awk -f bench/bitmap.awk "$lines"
} >"$out/bitmap.md"
cat "$out/bitmap.md"
echo "written: $lines, $out/bitmap.md (for bench/README.md)"
finish
