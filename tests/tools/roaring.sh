#!/bin/sh
# roaring.sh - starlings_roaring.h: the same tests, the same bytes, with CRoaring behind large sets,
# also those of starlings_linker.h in the same file.
# Where CRoaring is: ROARING_DIR, a directory with the amalgamation (roaring.c, roaring.h), else
# <roaring/roaring.h> and -lroaring as a system has them.
. "$(dirname "$0")/gate.sh"

posix="-std=c11 -D_POSIX_C_SOURCE=200809L -Itests -I."
# What the optimiser leaves of the harness is no concern here.
lax="$posix -O1 -Wall -Wextra -Wpedantic -Wno-unused-function"
if [ -n "$ROARING_DIR" ]; then
    roaring="-DSTARLINGS_ROARING_HEADER=\"roaring.h\" -isystem $ROARING_DIR"
    library=$tmp/roaring.o
    check "CRoaring" $CC -std=c11 -D_GNU_SOURCE -O2 -w -I"$ROARING_DIR" -c -o "$library" \
        "$ROARING_DIR/roaring.c"
else
    roaring=
    library=-lroaring
fi

cat >"$tmp/have.c" <<'EOF'
#include "starlings_roaring.h"
#ifndef STARLINGS_ROARING_HEADER
#  define STARLINGS_ROARING_HEADER <roaring/roaring.h>
#endif
#include STARLINGS_ROARING_HEADER
int main(void)
{
    roaring_bitmap_free(roaring_bitmap_create());
    return 0;
}
EOF
if ! runs $CC $posix -DSTARLINGS_STATIC $roaring "$tmp/have.c" "$library" >"$tmp/log" 2>&1; then
    skip "backend, tests, cross test, links" "no libroaring; set ROARING_DIR?"
    finish
fi

cat >"$tmp/impl.c" <<'EOF'
#define STARLINGS_IMPLEMENTATION
#include "starlings_roaring.h"
#include "starlings_linker.h"
EOF
cat >"$tmp/wrong.c" <<'EOF'
#define STARLINGS_IMPLEMENTATION
#include "starlings_linker.h"
#include "starlings_roaring.h"
EOF
cat >"$tmp/user.c" <<'EOF'
#include "starlings_linker.h"
#include "starlings_roaring.h"
int main(void)
{
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    return starlings_bitmap_add_range(0, &set, 0, 100) != STARLINGS_OK;
}
EOF
cp "$tmp/user.c" "$tmp/user.cpp"
cat >>"$tmp/user.cpp" <<'EOF'
const void *inside(const starlings_bitmap *set) { return starlings_bitmap_as_roaring(set); }
EOF

for cc in gcc clang clang-19; do
    have $cc || { skip "strict $cc" "not installed"; continue; }
    check "strict $cc" $cc $posix $strict_c $roaring -O2 -c -o "$tmp/$cc.o" "$tmp/impl.c"
done

check "implementation" $CC $posix $roaring -O2 -c -o "$tmp/impl.o" "$tmp/impl.c"
check "own implementation" $CC $posix -c -o "$tmp/own.o" tests/std/impl.c
check "a user of it links" runs $CC $posix "$tmp/user.c" "$tmp/impl.o" $library -pthread
check "a linker with it" runs $CC $posix tests/link/linker.c "$tmp/impl.o" $library -pthread
check "not with the own backend" not $CC $posix -o "$tmp/mixed" "$tmp/user.c" "$tmp/own.o" -pthread
check "not behind starlings.h" not $CC $posix $roaring -c -o "$tmp/wrong.o" "$tmp/wrong.c"
if have g++; then
    check "a C++ user" runs g++ -std=c++17 $strict -I. "$tmp/user.cpp" "$tmp/impl.o" $library \
        -pthread
    check "no C++ implementation" not g++ -std=c++17 -I. $roaring -x c++ -c -o "$tmp/wrong.o" \
        "$tmp/impl.c"
else
    skip "C++" "no g++"
fi

check "from and to CRoaring" runs $CC $lax $roaring tests/roaring/extras.c $library -pthread -lm
check "all unit tests" runs $CC $lax $roaring -DTEST_BITMAP_ROARING -DSTARLINGS_DEBUG=3 \
    tests/test_all.c $library -pthread -lm

# tests/roaring/cross.c says how it is built.
for driver in own roaring; do
    flags=
    [ $driver = roaring ] && flags="-DCROSS_ROARING $roaring"
    check "driver $driver" $CC $lax -DSTARLINGS_DEBUG=3 -DCROSS=cross_$driver $flags -c \
        -o "$tmp/cross_$driver.o" tests/roaring/cross.c
done
check "both backends, byte for byte" runs $CC $lax tests/roaring/cross.c "$tmp/cross_own.o" \
    "$tmp/cross_roaring.o" $library -pthread -lm
finish
