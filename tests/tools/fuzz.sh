#!/bin/sh
# fuzz.sh - every fuzz target for FUZZ_SECONDS (120), side by side. tests/fuzz/corpus/NAME/ is where
# NAME.c starts from, if it is there; what is found new is thrown away.
. "$(dirname "$0")/gate.sh"

fuzz() # NAME
{
    corpus=tests/fuzz/corpus/$1
    [ -d "$corpus" ] || corpus=
    mkdir -p "$tmp/$1"
    "$tmp/$1.fuzz" -max_total_time="${FUZZ_SECONDS:-120}" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$tmp/" "$tmp/$1" $corpus >"$tmp/$1.log" 2>&1
    echo $? >"$tmp/$1.status"
}
ended_well() { tail -n 25 "$tmp/$1.log"; [ "$(cat "$tmp/$1.status")" = 0 ]; }

names=
for source in tests/fuzz/*.c; do
    have clang-19 || { skip "$source" "no clang-19"; continue; }
    name=$(basename "$source" .c)
    check "$name builds" clang-19 -std=c11 -O1 -g -pthread -DSTARLINGS_DEBUG=3 \
        -DFUZZ_WITH_LIBFUZZER -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        -o "$tmp/$name.fuzz" "$source"
    names="$names $name"
done
for name in $names; do
    fuzz "$name" &
done
wait
for name in $names; do
    check "$name" ended_well "$name"
done
finish
