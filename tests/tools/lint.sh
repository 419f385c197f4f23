#!/bin/sh
# lint.sh - the shape of the header and of all sources: what keeps one long file easy to walk.
. "$(dirname "$0")/gate.sh"

export LC_ALL=C.UTF-8 # lines are counted in characters
f=starlings.h
none() { ! "$@"; } # the command prints the offenders and must find none
scripts=".ci/run $(find . -path ./build -prune -o -name '*.sh' -print)"
sources="$scripts $(find . -path ./build -prune -o \( -name '*.[ch]' -o -name '*.cpp' \) -print)"

contents_match()
{
    grep -oE '^ +S[0-9]{2} [A-Z_]+' $f | awk '{ print $1 " " $2 }' >"$tmp/contents"
    grep -oE '^ *(/\* )?==== \[S[0-9]{2} [A-Z_]+' $f | sed 's/.*\[//' >"$tmp/banners"
    diff "$tmp/contents" "$tmp/banners"
}

bare_macros()
{
    grep -nE '^ *# *define +' $f | grep -vE 'define +(STARLINGS|STLN)_'
}

bad_functions()
{
    ctags --languages=C --langmap=C:+.h --kinds-C=f --fields=+ne -o - $f |
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
         END { if (depth != 0) print "#if and #endif do not pair" }' $f | grep .
}

versions_agree()
{
    version=$(sed -n 's/^#define STARLINGS_VERSION_STRING "\(.*\)"/\1/p' $f)
    number=$(sed -n 's/^#define STARLINGS_VERSION \([0-9]*\).*/\1/p' $f)
    for part in MAJOR MINOR PATCH; do
        sed -n "s/^#define STARLINGS_VERSION_$part //p" $f
    done | tr '\n' ' ' >"$tmp/parts"
    read -r major minor patch <"$tmp/parts"
    echo "$version, $number, $major $minor $patch"
    [ "$version" = "$major.$minor.$patch" ] &&
        [ "$number" -eq $((major * 10000 + minor * 100 + patch)) ] &&
        head -n 1 $f | grep -qF " v$version " &&
        { [ ! -f README.md ] || grep -qF "$version" README.md; }
}

# More than this is no longer one idea.
long_sections()
{
    awk '/==== \[S[0-9]/ { if (NR - start > 2500) print name ": " NR - start " lines"
                           start = NR; name = $0 }' $f | grep .
}

budget()
{
    wc -lc <$f
    [ "$(wc -l <$f)" -le 29000 ] && [ "$(wc -c <$f)" -le 1250000 ]
}

check "contents list and banners" contents_match
check "macro prefixes" none bare_macros
if have ctags; then
    check "function prefixes and lengths" none bad_functions
else
    skip "function prefixes and lengths" "no ctags"
fi
check "depth of #if" none deep_conditions
check "versions" versions_agree
check "lines of a section" none long_sections
check "size budget" budget
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
