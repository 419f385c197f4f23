#!/bin/sh
# std.sh - language versions, optimisation and debug levels: everything builds without a warning
# and gives the same answers.
. "$(dirname "$0")/gate.sh"

smoke="tests/std/impl_linker.c tests/link/linker.c"
curve=examples/02_threshold_curve
same() { runs "$@" $curve.c >"$tmp/out" && diff $curve.out "$tmp/out"; }

for cc in gcc clang-14 clang-19; do
    have $cc || { skip "$cc" "not installed"; continue; }
    for std in c11 c17 c2x gnu11; do
        check "$cc -std=$std" runs $cc -std=$std $strict_c -O0 -pthread $smoke
    done
    for macro in NO_SIMD NO_THREADS NO_STDIO NO_CLOCK; do
        check "$cc STARLINGS_$macro" \
            runs $cc -std=c11 $strict_c -O0 -pthread "-DSTARLINGS_$macro" $smoke
    done
    for level in 0 1 3; do
        check "$cc debug level $level" \
            runs $cc -std=c11 $strict_c -O0 -DSTARLINGS_DEBUG=$level -pthread $smoke
    done
    for level in 1 3; do
        check "$cc debug level $level, NDEBUG" \
            runs $cc -std=c11 $strict_c -O0 -DNDEBUG -DSTARLINGS_DEBUG=$level -pthread $smoke
    done
    [ $cc = clang-14 ] && continue
    for flags in -O2 -Os "-O3 -march=native -ffp-contract=fast"; do
        check "$cc $flags" same $cc -std=c11 $strict_c $flags -pthread
    done
done

# clang's are those of sanitize.sh
check "gcc -O3 unit tests" runs gcc -std=c11 -O3 -DNDEBUG -DSTARLINGS_DEBUG=0 -pthread \
    tests/test_all.c -lm
finish
