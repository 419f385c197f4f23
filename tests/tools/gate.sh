# gate.sh - sourced by every test script: counts what passes, fails and is skipped.
#
#   . "$(dirname "$0")/tools/gate.sh"     moves to the top of the tree and makes $tmp
#   check WHAT COMMAND...                 passes if the command does; shows its output if not
#   check WHAT runs COMPILE...            compiles a program and runs it
#   skip WHAT WHY                         counted, never silent
#   finish                                the last line, and the exit status

cd "${root:-$(dirname "$0")/../..}" || exit 1
root=$(pwd)
gate_tmp=$(mktemp -d) || exit 1 # a name that nobody sets by mistake: it is deleted at the end
tmp=$gate_tmp
trap 'rm -rf "$gate_tmp"' EXIT
trap 'exit 130' INT TERM

gate=$(basename "$0" .sh)
passed=0
failed=0
skipped=0
CC=${CC:-cc}

# What every translation unit of the project must survive.
strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align
        -Wundef -Wdouble-promotion -Wformat=2 -Wvla -Werror"
strict_c="$strict -Wstrict-prototypes -Wmissing-prototypes -Wc++-compat"

have() { command -v "$1" >/dev/null 2>&1; }
not() { ! "$@"; }
runs() { "$@" -o "$tmp/a.out" && "$tmp/a.out"; } # compile, then run what came out

check()
{
    what=$1
    shift
    if "$@" >"$tmp/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $gate: $what"
        head -n 30 "$tmp/log" | sed 's/^/    /'
    fi
}

skip()
{
    skipped=$((skipped + 1))
    echo "skip $gate: $1 ($2)"
}

finish()
{
    echo "$gate: $passed passed, $failed failed, $skipped skipped"
    exit $((failed > 0))
}
