#!/bin/sh
# link.sh IMPL.o - the ways to put the headers into a program; needs only cc. IMPL.o is made of one
# file that holds the implementation of both.
root="$(dirname "$0")/.."
. "$(dirname "$0")/tools/gate.sh"
impl=$root/${1:?usage: link.sh IMPL.o}

cd tests/link || exit 1
build="$CC -std=c11 -Wall -Wextra -O0 -pthread"

check "two users and one implementation" runs $build user_a.c user_b.c "$impl"
check "a user of the linker" runs $build linker.c "$impl"
for half in a b; do
    check "static copy $half" $build -c -o "$tmp/static_$half.o" static_$half.c
done
check "two static copies" runs $build "$tmp"/static_[ab].o
check "static copies beside a public one" runs $build "$tmp"/static_[ab].o "$impl"
finish
