#!/bin/sh
# run.sh [RECORDS] - the library and its peers on the same files in the same run (make bench-peers).
# Peers that are not installed are skipped; tests/tools/deps.sh bench installs all of them.
# All must agree on cluster counts, ARI and F1, or this fails.
# Leaves in build/peers: peers.jsonl (all lines), peers.md (tables), chart.svg.
. "$(dirname "$0")/../../tests/tools/gate.sh"

gate=bench-peers
records=${1:-1000000}
out=build/peers
lines=$out/peers.jsonl
mkdir -p $out
: >$lines
read_lines() { awk -f bench/lines.awk "$@"; }
load() { cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null; }
begun="$(date -u +%F), load average $(load)"

# The first Python that has numpy.
python=
for candidate in ${PYTHON:-} python3 /usr/bin/python3; do
    [ -z "$python" ] && "$candidate" -c 'import numpy' 2>/dev/null && python=$candidate
done

flags="-O2 -Wall -Wextra -pthread"
check "generate builds" $CC -std=c11 $flags -o $out/generate bench/generate.c
check "starlings builds" $CC -std=c11 $flags -o $out/starlings bench/peers/starlings.c
compiler=$($CC --version | head -n 1)
boost=
igraph=
if echo '#include <boost/pending/disjoint_sets.hpp>' |
    ${CXX:-c++} -std=c++17 -fsyntax-only -x c++ - 2>/dev/null; then
    check "boost builds" ${CXX:-c++} -std=c++17 $flags -o $out/boost bench/peers/boost.cpp
    boost=1
else
    skip "Boost" "no C++ compiler, or no boost/pending/disjoint_sets.hpp"
fi
if pkg-config --exists igraph 2>/dev/null; then
    igraph_flags=$(pkg-config --cflags igraph)
    igraph_libs=$(pkg-config --libs igraph)
    check "igraph builds" $CC -std=c11 $flags $igraph_flags -o $out/igraph bench/peers/igraph.c \
        $igraph_libs
    igraph=1
else
    skip "igraph" "no pkg-config or libigraph"
fi
[ $failed -eq 0 ] || finish

data() # NAME KIND RECORDS EDGES
{
    check "data: $1" sh -c "$out/generate $2 $3 $4 3 >$out/$1"
}

peer() # WHAT COMMAND...: add its lines; 77 means that something is not installed
{
    what=$1
    shift
    echo "     $what" >&2
    "$@" >"$tmp/lines" 2>"$tmp/log"
    status=$?
    case $status in
    0) passed=$((passed + 1)) && cat "$tmp/lines" >>$lines ;;
    77) skip "$what" "not installed" ;;
    *) check "$what: exit $status" sh -c "cat $tmp/log; exit 1" ;;
    esac
}

peer_python() # WHAT ARGUMENTS...
{
    if [ -n "$python" ]; then
        peer "$1" "$python" bench/peers/peers.py "$2" "$3" ${4:+"$4"}
    else
        skip "$1" "no Python with numpy"
    fi
}

same() # FILE FILE: equal CSVs, numbers to 1e-9
{
    paste -d , "$1" "$2" | awk -F , 'NR == 1 { next }
        {
            for (i = 1; i <= NF / 2; i++) {
                d = $i - $(i + NF / 2)
                if (d > 1e-9 || d < -1e-9) { print NR ": " $i " " $(i + NF / 2); bad = 1 }
            }
        }
        END { exit bad || NR < 3 }'
}

data equal.bin binary "$records" "$records"
peer "starlings, 1 thread" $out/starlings $out/equal.bin 1
peer "starlings, 2 threads" $out/starlings $out/equal.bin 2
[ -n "$boost" ] && peer "Boost" $out/boost $out/equal.bin
[ -n "$igraph" ] && peer "igraph" $out/igraph $out/equal.bin
peer_python "scipy" scipy $out/equal.bin
peer_python "scikit-learn" sklearn $out/equal.bin
peer_python "numpy" numpy $out/equal.bin

data tenfold.bin binary "$records" "${records}0"
peer "starlings, 1 thread, 10 x edges" $out/starlings $out/tenfold.bin 1 forest
peer "starlings, 2 threads, 10 x edges" $out/starlings $out/tenfold.bin 2 forest
[ -n "$boost" ] && peer "Boost, 10 x edges" $out/boost $out/tenfold.bin forest
[ -n "$igraph" ] && peer "igraph, 10 x edges" $out/igraph $out/tenfold.bin forest
peer_python "scipy, 10 x edges" scipy $out/tenfold.bin forest

small=$(((records + 9) / 10))
data small.bin binary $small $small
peer "starlings, a tenth of the records" $out/starlings $out/small.bin 1 cut
peer_python "networkx, a tenth of the records" networkx $out/small.bin

# Whole commands: two CSV files in, the metrics at 11 thresholds out.
data edges.csv edges "$records" "$records"
data truth.csv truth "$records" "$records"
check "make build/starlings" make build/starlings
metrics=clusters_b,pairwise_precision,pairwise_recall,pairwise_f1,ari,nmi_arithmetic,v_measure
ours="build/starlings sweep $out/edges.csv --truth $out/truth.csv --step 0.1 --format csv"
ours="$ours --metrics $metrics"
theirs="$python bench/peers/peers.py sweep $out/edges.csv $out/truth.csv"
# The command itself may hold commas, so the columns are counted from the end.
command_line() # CSV OF HYPERFINE, PEER, WHAT, THREADS, RUNS
{
    awk -F , -v peer="$2" -v what="$3" -v threads="$4" -v runs="$5" \
        -v records="$records" 'NR == 2 {
        printf "{\"peer\": \"%s\", \"job\": \"command\", \"what\": \"%s\", \"records\": %d, ", \
            peer, what, records
        printf "\"edges\": %d, \"decimals\": 3, \"threads\": %d, ", records, threads
        printf "\"rounds\": %d, \"ms\": %.3f, \"least\": %.3f, \"cpu_ms\": %.3f, ", \
            runs, $(NF - 4) * 1000, $(NF - 1) * 1000, ($(NF - 3) + $(NF - 2)) * 1000
        printf "\"peak_mb\": -1}\n"
    }' "$1" >>$lines
}

if ! have hyperfine; then
    skip "whole commands" "no hyperfine"
elif [ -z "$python" ] || ! "$python" -c 'import scipy, sklearn' 2>/dev/null; then
    skip "whole commands" "no Python with scipy and scikit-learn"
else
    echo "     whole commands" >&2
    version=$($out/starlings $out/small.bin 1 forest | sed -n '1s/.*"peer": "\([^"]*\)".*/\1/p')
    for threads in 1 2; do
        check "starlings sweep" hyperfine -N --warmup 1 --runs 5 \
            --export-csv "$tmp/hyperfine.csv" "$ours --threads $threads"
        command_line "$tmp/hyperfine.csv" "$version" "starlings sweep, 11 thresholds, CSV to CSV" \
            $threads 5
    done
    check "scipy and scikit-learn" hyperfine -N --runs 3 --export-csv "$tmp/hyperfine.csv" "$theirs"
    command_line "$tmp/hyperfine.csv" "scipy + scikit-learn" \
        "Python script, 11 thresholds, CSV to CSV" 1 3
    check "starlings sweep's rows" sh -c "$ours >$tmp/ours.csv"
    check "scipy's rows" sh -c "$theirs >$tmp/theirs.csv"
    check "both print the same" same "$tmp/ours.csv" "$tmp/theirs.csv"
fi

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
# shellcheck disable=SC1091
system=$(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME")
{
    echo "$(nproc) cores of $processor, $system, $compiler -O2; $begun before, $(load) after."
    [ -z "$python" ] || "$python" --version
    read_lines -f bench/peers/table.awk $lines
} >$out/peers.md
read_lines -f bench/svg.awk -f bench/chart.awk $lines >$out/chart.svg || check "chart" false
cat $out/peers.md
check "all agree" read_lines -f bench/peers/agree.awk $lines
read_lines -f bench/peers/agree.awk $lines
echo "written: $lines, $out/peers.md (for bench/README.md), $out/chart.svg (for bench/chart.svg)"
finish
