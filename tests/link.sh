#!/bin/sh
# link.sh - the ways to put the header into a program; needs only cc.
root="$(dirname "$0")/.."
. "$(dirname "$0")/tools/gate.sh"

cd tests/link || exit 1
build="$CC -std=c11 -Wall -Wextra -O0 -pthread"

check "one implementation" $build -c -o "$tmp/impl.o" ../std/impl.c
check "two users and one implementation" runs $build user_a.c user_b.c "$tmp/impl.o"
check "included many times" runs $build twice.c
for half in a b; do
    check "static copy $half" $build -c -o "$tmp/static_$half.o" static_$half.c
done
check "two static copies" runs $build "$tmp"/static_[ab].o
check "static copies beside a public one" runs $build "$tmp"/static_[ab].o "$tmp/impl.o"
check "STARLINGS_NO_MALLOC" runs $build nomalloc.c
finish
