#!/bin/sh
# symbols.sh - what the object file shows to the linker, and what it asks for.
. "$(dirname "$0")/gate.sh"
have nm || { skip "symbols" "no nm"; finish; }

object() { $CC -std=c11 -O2 -pthread -fPIC "$@" -c -o "$tmp/impl.o" tests/std/impl_linker.c; }
only() { ! grep -vxE "$1"; } # prints every line that the pattern does not match, and fails then
shows() { nm -g --defined-only "$tmp/impl.o" | awk 'NF == 3 { print $3 }' | only "$1"; }
asks() { nm -u "$tmp/impl.o" | awk '{ print $2 }' | only "$1"; }
exports() { nm -D --defined-only "$tmp/lib.so" | awk '{ print $3 }' | only "$1"; }

all_defined() # DECLARATIONS OBJECT
{
    nm -g --defined-only "$2" | awk '{ print $3 }' | sort >"$tmp/defined"
    $CC -E -P "$1" | grep -oE '\bstarlings_[a-z0-9_]+\(' | tr -d ' (' | sort -u |
        grep -vxE 'starlings_(task|entity_fn)' | comm -23 - "$tmp/defined" | only nothing
}

basic='mem(cpy|move|set|cmp|chr)|madvise|str(len|cmp)|__.*|_GLOBAL_OFFSET_TABLE_'
malloc='malloc|realloc|free'
threads='pthread_[a-z_]*|sched_yield'
stdio='f(read|write|error|eof|flush)'
clock='timespec_get'

check "compiles" object
check "shows only starlings_" shows 'starlings_.*'
check "every declared function is there" all_defined tests/std/decl_linker.c "$tmp/impl.o"
check "asks only for libc and pthreads" asks "$basic|$malloc|$threads|$stdio|$clock"
check "links as a library, without -lm" \
    $CC -shared -Wl,-z,defs -pthread -o "$tmp/lib.so" "$tmp/impl.o"
check "compiles without the linker" \
    $CC -std=c11 -pthread -c -o "$tmp/alone.o" tests/std/impl.c
check "every function of starlings.h is there" all_defined tests/std/decl.c "$tmp/alone.o"

for option in "THREADS $basic|$malloc|$stdio|$clock" "MALLOC $basic|$threads|$stdio|$clock" \
    "STDIO $basic|$malloc|$threads|$clock" "CLOCK $basic|$malloc|$threads|$stdio"; do
    check "NO_${option%% *} compiles" object "-DSTARLINGS_NO_${option%% *}"
    check "NO_${option%% *} asks for none" asks "${option#* }"
done

check "STATIC compiles" object -DSTARLINGS_STATIC
check "STATIC shows nothing" shows nothing

check "hidden but for STARLINGS_DEF" object -fvisibility=hidden \
    '-DSTARLINGS_DEF=__attribute__((visibility("default"))) extern'
check "hidden, as a library" $CC -shared -Wl,-z,defs -pthread -o "$tmp/lib.so" "$tmp/impl.o"
check "a library exports only starlings_" exports 'starlings_.*'
check "a program uses it" runs $CC -std=c11 tests/link/linker.c "$tmp/lib.so" "-Wl,-rpath,$tmp"
finish
