#!/bin/sh
# lint.sh - the shape of the headers and of all sources: what keeps long files easy to walk.
. "$(dirname "$0")/gate.sh"

export LC_ALL=C.UTF-8 # lines are counted in characters
headers="starlings.h starlings_linker.h" # those with sections
none() { ! "$@"; } # the command prints the offenders and must find none
scripts=".ci/run $(find . -path ./build -prune -o -name '*.sh' -print)"
sources="$scripts $(find . -path ./build -prune -o \( -name '*.[ch]' -o -name '*.cpp' \) -print)"

banners() { sed -nE 's|^ *(/\* )?==== \[(S[0-9]{2} [A-Z_]+).*|\2|p' "$@"; }

contents_match()
{
    sed -nE 's/^ +(S[0-9]{2} [A-Z_]+).*/\1/p' "$1" >"$tmp/contents"
    banners "$1" >"$tmp/banners"
    [ -s "$tmp/banners" ] && diff "$tmp/contents" "$tmp/banners"
}

# Each header has a front; every other number is there once, in one of them.
numbers_twice()
{
    banners $headers | cut -d ' ' -f 1 | grep -v S00 | sort | uniq -d | grep .
}

# "see S61" leads somewhere.
numbers_of_nothing()
{
    banners $headers | cut -d ' ' -f 1 | sort -u >"$tmp/numbers"
    grep -ohE '\bS[0-9]{2}\b' $headers | sort -u | comm -23 - "$tmp/numbers" | grep .
}

bare_macros()
{
    grep -nE '^ *# *define +' $headers | grep -vE 'define +(STARLINGS|STLN)_'
}

bad_functions()
{
    ctags --languages=C --langmap=C:+.h --kinds-C=f --fields=+ne -o - $headers |
        awk -F '\t' '
            /^!/ { next }
            {
                line = end = 0
                for (i = 3; i <= NF; i++) {
                    if ($i ~ /^line:/) line = substr($i, 6)
                    if ($i ~ /^end:/) end = substr($i, 5)
                }
                if ($1 !~ /^(starlings|stln)_/)
                    print $1 ": no prefix"
                if (end - line + 1 > 80)
                    print $1 ": " end - line + 1 " lines"
            }' | grep .
}

# Two levels within the guard of each part; where compilers differ (S01, S20, S30) it may be more.
deep_conditions()
{
    awk '/==== \[S/ { section = $3 }
         /^ *# *if/ && ++depth > 3 && section !~ /S(01|20|30)/ { print FILENAME ":" FNR ": " $0 }
         /^ *# *endif/ { depth-- }
         END { if (depth != 0) print "#if and #endif do not pair" }' "$1" | grep .
}

versions_agree()
{
    version=$(sed -n 's/^#define STARLINGS_VERSION_STRING "\(.*\)"/\1/p' starlings.h)
    number=$(sed -n 's/^#define STARLINGS_VERSION \([0-9]*\).*/\1/p' starlings.h)
    for part in MAJOR MINOR PATCH; do
        sed -n "s/^#define STARLINGS_VERSION_$part //p" starlings.h
    done | tr '\n' ' ' >"$tmp/parts"
    read -r major minor patch <"$tmp/parts"
    echo "$version, $number, $major $minor $patch"
    [ "$version" = "$major.$minor.$patch" ] &&
        [ "$number" -eq $((major * 10000 + minor * 100 + patch)) ] &&
        head -n 1 starlings.h | grep -qF " v$version " &&
        { [ ! -f README.md ] || grep -qF "$version" README.md; }
}

# More than this is no longer one idea.
long_sections()
{
    awk '/==== \[S[0-9]/ { if (NR - start > 2500) print name ": " NR - start " lines"
                           start = NR; name = $0 }
         END { if (NR - start > 2500) print name ": " NR - start " lines" }' "$1" | grep .
}

budget() # FILE LINES BYTES
{
    wc -lc "$1"
    [ "$(wc -l <"$1")" -le "$2" ] && [ "$(wc -c <"$1")" -le "$3" ]
}

for f in $headers; do
    check "$f: contents list and banners" contents_match $f
    check "$f: depth of #if" none deep_conditions $f
    check "$f: lines of a section" none long_sections $f
done
check "size budget" budget starlings.h 29000 1250000
check "size budget of the linker" budget starlings_linker.h 13000 550000
check "numbers of sections" none numbers_twice
check "sections that are named" none numbers_of_nothing
check "macro prefixes" none bare_macros
if have ctags; then
    check "function prefixes and lengths" none bad_functions
else
    skip "function prefixes and lengths" "no ctags"
fi
check "versions" versions_agree
check "lines of at most 100 characters" none grep -nE '^.{101}' $sources
check "no tabs" none grep -n "$(printf "\t")" $sources
check "no CR" none grep -n "$(printf "\r")" $sources README.md Makefile
check "no blanks at the end of a line" none grep -nE ' +$' $sources README.md Makefile
if have shellcheck; then
    # 1091: the sourced file is named at run time; 2086: words of flags are split on purpose;
    # 2154, 2034: variables go to and come from gate.sh
    check "shellcheck" shellcheck -s sh -e SC1091,SC2086,SC2154,SC2034 $scripts
else
    skip "shellcheck" "not installed"
fi
finish
