#!/bin/sh
# callgrind.sh [--record] - the instructions of six fixed workloads (bench/instructions*.c) beside
# those in bench/baseline/instructions.txt: more than 5 % above is a failure. They do not depend on
# the machine or its load, but on the compiler: with another one than the baseline's first line
# names, differences are printed and nothing fails. --record writes the baseline anew.
. "$(dirname "$0")/gate.sh"

baseline=bench/baseline/instructions.txt
program=$tmp/instructions
compiler=$($CC --version 2>/dev/null | head -n 1)

have valgrind || { skip "instruction counts" "no valgrind"; finish; }
check "instructions builds" $CC -std=c11 -O2 -pthread -o "$program" bench/instructions.c
check "linker instructions builds" $CC -std=c11 -O2 -pthread -o "$program.link" \
    bench/instructions_link.c
[ $failed -eq 0 ] || finish

# Only code of the program itself: which memcpy libc takes depends on the processor.
count() # WORKLOAD
{
    program=$tmp/instructions
    [ $1 = link ] && program=$program.link
    valgrind --tool=callgrind --callgrind-out-file="$tmp/$1.out" --compress-strings=no \
        --toggle-collect=measured "$program" "$1" >"$tmp/$1.log" 2>&1 || return 1
    awk -v object="ob=$program" '
        /^ob=/ { ours = $0 == object }
        /^calls=/ { inclusive = 1; next }
        /^[-+*0-9]/ { if (ours && !inclusive) sum += $2; inclusive = 0 }
        END { if (sum) printf "%d\n", sum }' "$tmp/$1.out" >"$tmp/$1.count"
}

# The two halves run at a time.
(for w in build3 build6 csv; do count $w; done) &
(for w in sweep sweep_all link; do count $w; done)
wait

if [ "${1:-}" = --record ]; then
    for w in build3 build6 sweep sweep_all csv link; do
        [ -s "$tmp/$w.count" ] || { echo "callgrind: $w failed, nothing written"; exit 1; }
    done
    {
        echo "compiler $compiler"
        for w in build3 build6 sweep sweep_all csv link; do
            echo "$w $(cat "$tmp/$w.count")"
        done
    } >$baseline
    cat $baseline
    exit
fi

same=no
[ "$(head -n 1 $baseline)" = "compiler $compiler" ] && same=yes
judge() # WORKLOAD BEFORE
{
    awk -v before="$2" 'END {
        printf "%.1f %% (%d, baseline %d, limit +5 %%)\n", ($1 / before - 1) * 100, $1, before
        exit $1 > before * 1.05
    }' "$tmp/$1.count"
}

while read -r w before; do
    [ "$w" = compiler ] && continue
    if [ ! -s "$tmp/$w.count" ]; then
        check "$w runs" cat "$tmp/$w.log" "$tmp/$w.count"
        continue
    fi
    echo "     $w: $(judge "$w" "$before")"
    if [ $same = yes ]; then
        check "$w within 5 %" judge "$w" "$before"
    else
        skip "$w" "counted with another compiler"
    fi
done <$baseline
finish
