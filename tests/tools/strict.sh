#!/bin/sh
# strict.sh - no warning in any file of the project, by three compilers' strict sets.
. "$(dirname "$0")/gate.sh"

# -Weverything, less what contradicts C11, the house style or another warning of the same set:
everything="-Weverything -Werror
    -Wno-declaration-after-statement
    -Wno-unsafe-buffer-usage
    -Wno-padded
    -Wno-switch-default
    -Wno-covered-switch-default
    -Wno-float-equal
    -Wno-pre-c11-compat -Wno-pre-c2x-compat"
# declaration-after-statement, pre-c*-compat: what they warn of is plain C11
# unsafe-buffer-usage: C has no other arrays            padded: layouts are chosen for meaning
# switch-default, covered-switch-default: they contradict each other; every enumerator is listed
# float-equal: comparisons of doubles here mean equality, which is the promise of the library

headers="tests/std/decl.c tests/std/decl_linker.c tests/std/impl.c tests/std/impl_linker.c"
programs="examples/cli/*.c examples/[0-9]*.c bench/*.c tests/test_all.c tests/link/*.c"

for cc in gcc clang-14 clang-19; do
    have $cc || { skip "$cc" "not installed"; continue; }
    for file in $headers $programs; do
        check "$cc $file" $cc -std=c11 $strict_c -pthread -fsyntax-only "$file"
    done
done

# Some warnings need the optimizer.
for level in 0 3; do
    check "gcc -O2, debug level $level" \
        gcc -std=c11 $strict_c -O2 -DSTARLINGS_DEBUG=$level -c -o "$tmp/o" tests/std/impl_linker.c
done
check "gcc -O2, static" \
    gcc -std=c11 $strict_c -O2 -DSTARLINGS_STATIC -c -o "$tmp/o" tests/std/impl_linker.c

for file in $headers; do
    have clang-19 || { skip "-Weverything $file" "no clang-19"; continue; }
    check "-Weverything $file" clang-19 -std=c11 $everything -fsyntax-only "$file"
done
finish
