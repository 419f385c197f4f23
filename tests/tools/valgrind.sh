#!/bin/sh
# valgrind.sh - the unit tests under memcheck, the threaded ones under helgrind.
. "$(dirname "$0")/gate.sh"
have valgrind || { skip "valgrind" "not installed"; finish; }

check "build" $CC -std=c11 -O1 -g -pthread -o "$tmp/test_all" tests/test_all.c -lm
check "memcheck" valgrind -q --leak-check=full --error-exitcode=9 "$tmp/test_all"
check "helgrind" valgrind -q --tool=helgrind --error-exitcode=9 "$tmp/test_all" threads
finish
