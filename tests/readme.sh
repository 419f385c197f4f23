#!/bin/sh
# readme.sh - run what README.md tells its reader to run, in order, in a fresh copy of the tree
# (objects already built come along: make decides whether they are of use).
# Tested are the fenced blocks marked "sh test" (run), "c test" and "cpp test" (built and run); a
# block marked "output" right after one is what it must print.
root="$(dirname "$0")/.."
. "$(dirname "$0")/tools/gate.sh"
unset MAKEFLAGS MAKELEVEL MFLAGS # the makes below are the reader's

[ -f README.md ] || { skip "README.md" "not there"; finish; }

mkdir "$tmp/blocks" "$tmp/tree"
awk -v blocks="$tmp/blocks" '
    /^```/ && inside { inside = 0; next }
    /^```/ {
        inside = 1
        file = ""
        if ($2 == "test")
            file = sprintf("%s/%02d.%s", blocks, ++count, substr($1, 4))
        if ($1 == "```output")
            file = sprintf("%s/%02d.out", blocks, count)
        if (file != "")
            printf "" >file
        next
    }
    inside && file != "" { print >file }' README.md
tar -cf - --exclude=./build/[bst]* --exclude=./.git . | tar -xf - -C "$tmp/tree"
cd "$tmp/tree" || exit 1

block() # FILE
{
    case $1 in
    *.sh) sh -e "$1" ;;
    *.c) $CC -std=c11 -Wall -Wextra -pthread -I. -o "$tmp/a.out" "$1" && "$tmp/a.out" ;;
    *.cpp) ${CXX:-c++} -std=c++17 -Wall -Wextra -pthread -I. -o "$tmp/a.out" "$1" && "$tmp/a.out" ;;
    esac >"$tmp/out" || { cat "$tmp/out"; return 1; }
    [ ! -f "${1%.*}.out" ] || diff "${1%.*}.out" "$tmp/out"
}

for file in "$tmp"/blocks/*.sh "$tmp"/blocks/*.c "$tmp"/blocks/*.cpp; do
    [ -f "$file" ] && echo "$file"
done | sort >"$tmp/list"
while read -r file; do
    if [ "${file##*.}" = cpp ] && ! have "${CXX:-c++}"; then
        skip "a C++ block" "no C++ compiler"
    else
        check "README block $(basename "$file"): $(head -n 1 "$file")" block "$file"
    fi
done <"$tmp/list"
finish
