#!/bin/sh
# run.sh COMMAND... - run test commands, JOBS (2) at a time, and add up their last lines.
# The last line of a command is "NAME: N passed, N failed, N skipped" (the name and the skips may
# be missing). One that ends without it, or fails without counting a failure, is a failure.

counts='s/^\([^ ]*: \)\{0,1\}\([0-9]* passed, [0-9]* failed\)\(, [0-9]* skipped\)\{0,1\}$/\2\3/p'

if [ "$1" = --one ]; then
    log=$(mktemp "$2/XXXXXX")
    status=0
    sh -c "$3" >"$log" 2>&1 </dev/null || status=$?
    sum=$(tail -n 1 "$log" | sed -n "$counts")
    case "$status/$sum" in
    0/?*) ;;
    */*" 0 failed"* | */) sum="${sum:-0 passed}, 1 failed"
        echo "FAIL: '$3' ended with status $status and no failure counted" >>"$log" ;;
    esac
    echo "$sum" >>"$2/sums"
    cat "$log"
    exit 0
fi

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
printf '%s\n' "$@" | xargs -P "${JOBS:-2}" -I '{}' sh "$0" --one "$dir" '{}'
awk -v wanted=$# '
    { for (i = 2; i <= NF; i++) { sub(/,/, "", $i); sum[$i] += $(i - 1) } }
    END {
        sum["failed"] += wanted - NR # commands that never came to their sum
        printf "%d passed, %d failed, %d skipped\n", sum["passed"], sum["failed"], sum["skipped"]
        exit sum["failed"] > 0
    }' "$dir/sums"
