#!/bin/sh
# cli.sh - the command-line program as its users meet it: exit codes, messages, output.
# Usage: sh tests/cli.sh build/starlings
# tests/bad/expected.txt lists what must fail, tests/good/expected.txt what must be printed. Fields
# are separated by tabs; arguments by spaces. Only sh and the usual tools are needed.

program=${1:-build/starlings}
here=$(cd "$(dirname "$0")" && pwd) || exit 1
case $program in
/*) ;;
*) program=$(pwd)/$program ;;
esac
[ -x "$program" ] || { echo "cli: there is no program $program"; exit 1; }

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
LC_ALL=C
export LC_ALL
tab=$(printf '\t')
passed=0
failed=0
skipped=0

pass() {
    passed=$((passed + 1))
}

fail() {
    failed=$((failed + 1))
    printf 'cli: FAILED %s\n' "$*"
}

skip() {
    skipped=$((skipped + 1))
    printf 'cli: skipped %s\n' "$*"
}

# run ARGS...: leaves the exit code in $code, output in $tmp/out and $tmp/err.
run() {
    "$program" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    code=$?
}

# must_fail NAME CODE MESSAGE: judges the last run. An error says one line and prints nothing.
must_fail() {
    printf 'starlings: %s\n' "$3" >"$tmp/want"
    if [ "$code" -ne "$2" ]; then
        fail "$1: exit code $code instead of $2"
    elif ! cmp -s "$tmp/want" "$tmp/err"; then
        fail "$1: it says: $(cat "$tmp/err")"
        printf '    instead of: %s\n' "$(cat "$tmp/want")"
    elif [ -s "$tmp/out" ]; then
        fail "$1: there is output in spite of the error"
    else
        pass
    fi
}

# must_print NAME FILE [NOTES]: judges the last run; NOTES are those on stderr, with | between.
must_print() {
    printf '%s' "${3:-}" | tr '|' '\n' | sed 's/^/starlings: note: /' >"$tmp/want"
    [ ! -s "$tmp/want" ] || echo >>"$tmp/want"
    if [ "$code" -ne 0 ]; then
        fail "$1: exit code $code: $(cat "$tmp/err")"
    elif ! cmp -s "$tmp/want" "$tmp/err"; then
        fail "$1: it says: $(cat "$tmp/err")"
    elif ! cmp -s "$2" "$tmp/out"; then
        fail "$1: output differs from $2"
        diff "$2" "$tmp/out" | head -n 6 | sed 's/^/    /'
    else
        pass
    fi
}

# check NAME COMMAND...: the command must succeed.
check() {
    what=$1
    shift
    if "$@"; then pass; else fail "$what"; fi
}

# ---- the two lists ----

cd "$here/bad" || exit 1
while IFS="$tab" read -r want args message; do
    case $want in '' | '#'*) continue ;; esac
    # the arguments are words without quotes
    # shellcheck disable=SC2086
    run $args
    must_fail "$args" "$want" "$message"
done <expected.txt

cd "$here/good" || exit 1
while IFS="$tab" read -r golden args notes; do
    case $golden in '' | '#'*) continue ;; esac
    # shellcheck disable=SC2086
    run $args
    must_print "$args" "golden/$golden" "$notes"
done <expected.txt

# ---- big lines, files that are not there ----

cd "$tmp" || exit 1
{
    printf 'record_a,record_b,score\n1,2,0.5\n'
    head -c 10485760 /dev/zero | tr '\0' 'x'
    printf ',3,0.5\n'
} >long.csv
run sweep long.csv
must_fail "a line of 10 MB" 1 "long.csv:3: the row is longer than 1048576 bytes"
{
    printf 'record_a,record_b,score\n1,2,0.5\n"'
    head -c 2097152 /dev/zero | tr '\0' '\n'
    printf '",3,0.5\n'
} >long_quoted.csv
run sweep long_quoted.csv
must_fail "2 MB of lines in quotes" 1 \
    "long_quoted.csv:3: the row is longer than 1048576 bytes; is a quote never closed?"
run sweep no_such_file.csv
must_fail "no file" 1 "no_such_file.csv: No such file or directory"
mkdir directory
run sweep directory
must_fail "a directory" 1 "directory: Is a directory"
run sweep "$here/good/edges.csv" --truth no_such_file.csv
must_fail "no truth" 1 "no_such_file.csv: No such file or directory"

# ---- the same data in other clothes gives the same bytes ----

edges=$here/good/edges.csv
truth=$here/good/truth.csv
cr=$(printf '\r')
sed "s/\$/$cr/" "$edges" >crlf.csv
{ printf '\357\273\277'; cat "$edges"; } >bom.csv
printf '%s' "$(cat "$edges")" >no_newline.csv
sed 's/"cyrus, jr"/cyrus; jr/; s/,/","/g; s/;/,/; s/^/"/; s/$/"/; s/""d""ora""/"d""ora"/' \
    "$edges" >quoted.csv
sed "s/\"cyrus, jr\"/cyrus; jr/; s/,/$tab/g; s/;/,/" "$edges" >tabs.csv
sed '1s/.*/extra,record_b,record_a,score,more/; 1!s/^/x,/; 1!s/$/,"y,y"/' "$edges" >columns.csv
sed '1s/.*/this,that,how/' "$edges" >named.csv
{ head -n 1 "$edges"; tail -n +2 "$edges" | sort -r; } >shuffled.csv
{ cat "$edges"; tail -n +2 "$edges"; } >twice.csv
{ head -n 1 "$truth"; tail -n +2 "$truth" | sort -r; } >truth_shuffled.csv
"$program" sweep "$edges" --truth "$truth" --metrics all >want.csv
"$program" cluster "$edges" --at 0.5 >want_cluster.csv
for file in crlf bom no_newline quoted tabs columns shuffled twice; do
    run sweep $file.csv --truth "$truth" --metrics all
    must_print "sweep $file.csv" want.csv
    run cluster $file.csv --at 0.5
    must_print "cluster $file.csv" want_cluster.csv
done
run sweep "$edges" --truth truth_shuffled.csv --metrics all
must_print "sweep with a shuffled truth" want.csv
run sweep named.csv --left this --right that --score how --truth "$truth" --metrics all
must_print "sweep with named columns" want.csv
for threads in 1 2 3; do
    run sweep "$edges" --truth "$truth" --metrics=all --threads=$threads
    must_print "sweep by $threads threads" want.csv
done

# ---- sources: what is printed can be read again ----

cat >predictions.csv <<'END'
match_probability,source_dataset_l,unique_id_l,source_dataset_r,unique_id_r
0.993,crm,1,web,a
0.871,crm,1,web,b
0.640,crm,2,web,b
0.100,crm,2,crm-2,b
END
cat >clusters.csv <<'END'
source_dataset,unique_id,cluster_id
crm,1,p
web,a,p
web,b,p
crm,2,q
crm-2,b,q
END
cat >joined.csv <<'END'
record,entity
crm-2-__-b,1
crm-__-1,2
crm-__-2,1
web-__-a,2
web-__-b,2
END
sed '1s/.*/probability,from,left,to,right/' predictions.csv >renamed.csv
sed '1s/.*/from,this,who/' clusters.csv >clusters_renamed.csv
run cluster predictions.csv --at 0.8 --out entities.csv
check "sources: cluster" test "$code" = 0
check "sources: rows in the order of their bytes" sh -c 'tail -n +2 entities.csv | sort -c'
"$program" compare joined.csv joined.csv >same.csv
run compare clusters.csv joined.csv
must_print "sources: compare columns with joined names" same.csv
run compare entities.csv entities.csv
check "sources: compare with itself" test "$code" = 0
run compare entities.csv clusters.csv
check "sources: output compared with columns of sources" test "$code" = 0
run compare entities.csv clusters.csv --over union --metrics n
check "sources: they are the same records" grep -q '^5$' out
"$program" sweep predictions.csv --truth clusters.csv --metrics all >want_sources.csv
run sweep predictions.csv --truth joined.csv --metrics all
must_print "sources: truth with joined names" want_sources.csv
run sweep predictions.csv --truth clusters.csv --left unique_id_l --metrics all
must_print "sources: --left unique_id_l" want_sources.csv
run sweep renamed.csv --truth clusters_renamed.csv --left left --right right --score probability \
    --source-left from --source-right to --record this --entity who --source from --metrics all
must_print "sources: named columns" want_sources.csv
run sweep predictions.csv --truth entities.csv
check "sources: output as the truth" test "$code" = 0 -a ! -s err
"$program" cluster predictions.csv --at 0.8 >want_entities.csv
run cluster predictions.csv --at 0.8 --left unique_id_l
must_print "sources: cluster --left unique_id_l" want_entities.csv
run cluster predictions.csv --at 0.8 --records entities.csv
must_print "sources: joined names as records" want_entities.csv
run cluster predictions.csv --at 0.8 --records clusters.csv
must_print "sources: records with columns of sources" want_entities.csv
ln predictions.csv same_file.csv
"$program" cluster - --at 0.8 --out predictions.csv <same_file.csv >out 2>err
code=$?
must_fail "--out is standard input" 2 '--out "predictions.csv" is the same file as the input'"\
 \"standard input\" (see starlings cluster --help)"

# ---- records without truth ----

for how in drop keep; do
    run sweep "$edges" --truth "$truth" --metrics all --unlabelled $how
    must_print "--unlabelled $how where the truth has all records" want.csv
done
head -n 4 "$truth" >partial.csv
"$program" sweep "$edges" --truth partial.csv --unlabelled drop --report drop.html >out 2>err
check "drop: the page says so" grep -q 'Note: only the 3 labelled of 12 records are taken: this '\
'overstates precision if whole entities were labelled, but not if records are missing at random\.' \
    drop.html
check "drop: as CSV a note on standard error" grep -q \
    '^starlings: note: only the 3 labelled of 12 records are taken: this overstates' err
"$program" sweep "$edges" --truth partial.csv --unlabelled keep --report keep.html >out 2>err
check "keep: the page says so" grep -q \
    'Note: 3 of 12 records are labelled; the others are entities of their own in the truth: this '\
'understates precision\.' keep.html
for format in table json; do
    run sweep "$edges" --truth partial.csv --unlabelled keep --format $format
    check "keep: as $format no note on standard error" test "$code" = 0 -a ! -s err
    check "keep: a note in the $format" grep -q 'understates precision' out
done
run sweep "$edges" --truth "$truth" --unlabelled keep --report all.html
check "keep: nothing to say where all are labelled" sh -c '! grep -q "Note:" all.html'

# ---- sums over the rows ----

# The area and the average precision of pairs once more, from the rows.
"$program" sweep "$edges" --truth "$truth" --exact --metrics vi,precision,recall >rows.csv
"$program" sweep "$edges" --truth "$truth" --exact --best vi --format json >rows.json
area=$(awk -F, 'NR > 1 { area += ($1 - last) * $2; last = $1 }
    END { printf "%.12f", area }' rows.csv)
average=$(sort -r rows.csv | awk -F, '$1 + 0 == $1 { sum += ($4 - last) * $3; last = $4 }
    END { printf "%.12f", sum }')
said=$(sed -n 's/"mean_over_thresholds": [0-9.]*, //
    s/.*"area": \([0-9.]*\), "average_precision": \([0-9.]*\),.*/\1 \2/p' rows.json |
    awk '{ printf "%.12f %.12f", $1, $2 }')
check "area and average precision: $area $average, not $said" test "$area $average" = "$said"

# The mean over a part of the thresholds is the area over its width.
run sweep "$edges" --truth "$truth" --from 0.2 --to 0.7 --step 0.1 --format json
sed -n 's/.*"area": \([0-9.]*\), "mean_over_thresholds": \([0-9.]*\),.*/\1 \2/p' out >means
twice=$(awk '{ printf "%.12f", 2 * $1 }' means)
mean=$(awk '{ printf "%.12f", $2 }' means)
check "mean over thresholds: $mean, not $twice" test -n "$mean" -a "$mean" = "$twice"
run sweep "$edges" --truth "$truth" --from 0.5 --to 0.5 --format json
check "mean over one threshold" grep -q '"area": 0, "mean_over_thresholds": null,' out
run sweep "$edges" --truth "$truth" --from 0.2 --to 0.7 --step 0.1 --format table
check "mean in the table" grep -q "^mean over thresholds $(awk '{ printf "%.6f", $2 }' means)\$" out

# Near the best, from the rows: two chains of 100 records that are joined at 0.05.
awk 'BEGIN {
    print "record_a,record_b,score"
    for (i = 1; i < 200; i++)
        if (i != 100)
            printf "r%03d,r%03d,%.3f\n", i, i + 1, 1 - i / 1000
    print "r001,r200,0.05"
}' >chain.csv
awk 'BEGIN {
    print "record,entity"
    for (i = 1; i <= 200; i++)
        printf "r%03d,%d\n", i, i <= 100
}' >chain_truth.csv
for rows in --exact --step=0.001; do
    "$program" sweep chain.csv --truth chain_truth.csv $rows --metrics f1 >rows.csv
    near=$(awk -F, -v rows=$rows 'NR > 1 { key[NR] = $1; value[NR] = $2
            if ($2 >= top) { top = $2; at = NR } }
        END {
            for (from = at; from > 2 && top - value[from - 1] <= 0.01; ) from--
            for (to = at; to < NR && top - value[to + 1] <= 0.01; ) to++
            low = rows != "--exact" ? key[from] : from > 2 ? key[from - 1] + 0.000001 : 0
            printf "%.6f %.6f", low, key[to]
        }' rows.csv)
    run sweep chain.csv --truth chain_truth.csv $rows --format table
    check "near the best, $rows: $near" grep -q \
        "^within 0.01 of the best from ${near% *} to ${near#* }\$" out
    check "near the best is more than the plateau, $rows" test \
        "$(grep -c "the same .* to ${near#* }\$" out)" = 0
    run sweep chain.csv --truth chain_truth.csv $rows --format json
    check "near the best in JSON, $rows" grep -q \
        "\"within\": 0.01, \"within_from\": ${near% *}, \"within_to\": ${near#* }," out
done

# ---- lists of metrics ----

run sweep "$edges" --truth "$truth" --metrics ' f1 , ari' --step 0.5
check "metrics: spaces around commas" grep -q '^threshold,pairwise_f1,ari$' out
run sweep "$edges" --truth "$truth" --metrics 'f1, ,ari'
must_fail "metrics: only spaces" 2 'the name of a metric is empty (see starlings sweep --help)'
columns() { head -n 1 out | tr , '\n' | sort; }
run sweep "$edges" --truth "$truth" --metrics all --step 0.5
columns >all_columns
for list in all,ami_arithmetic ami,all 'ami, all'; do
    run sweep "$edges" --truth "$truth" --metrics "$list" --step 0.5
    check "metrics: $list in a sweep" test "$(columns | comm -13 all_columns -)" = ami_arithmetic
done
run compare "$truth" "$truth" --metrics all
columns >all_columns
run compare "$truth" "$truth" --metrics f1,all
check "metrics: f1,all in compare" test "$(columns)" = "$(cat all_columns)"
check "metrics: f1,all begins with f1" grep -q '^pairwise_f1,n,' out
for verb in sweep compare grid analyse; do
    "$program" help $verb | grep -A 3 'hort names' >short_$verb
done
"$program" metrics --format table | grep -A 2 'hort names' >short_metrics
grep -A 9 '^Short names' "$here/../examples/cli/starlings.1" >short_man
for name in f1 precision recall dice wallace_1 wallace_2 nmi ami entities entity_count entropy; do
    run compare "$truth" "$truth" --metrics $name
    check "the short name $name is one" test "$code" = 0
    for list in short_*; do
        check "the short name $name is in $list" grep -qw $name "$list"
    done
done

# ---- grids ----

cat >other.csv <<'END'
record_a,record_b,score
ann,anna,0.9
bob,robert,0.6
zoe,cy,0.35
dora,"d""ora",0.81
END
# A row of a grid is a sweep against the partition at that threshold.
for at in 0.3 0.8; do
    "$program" cluster "$edges" --at $at >entities.csv
    "$program" sweep other.csv --truth entities.csv --metrics all --step 0.1 |
        sed "s/^/$at,/; 1s/^[^,]*/threshold_a/; 1s/threshold,/threshold_b,/; s/^$at/${at}00000/" \
            >want_grid.csv
    run grid "$edges" other.csv --from $at --to $at --from2 0 --to2 1 --step2 0.1 --metrics all
    must_print "grid: a row at $at is a sweep" want_grid.csv
done
"$program" grid "$edges" other.csv --metrics all >want_grid.csv
for threads in 1 2 3; do
    run grid "$edges" other.csv --metrics all --threads $threads
    must_print "grid by $threads threads" want_grid.csv
done
check "grid: 21 x 21 rows by default" test "$(wc -l <want_grid.csv)" = 442
run grid shuffled.csv other.csv --metrics all
must_print "grid of a shuffled file" want_grid.csv
"$program" grid - other.csv --metrics all <"$edges" >out 2>err
code=$?
must_print "grid from standard input" want_grid.csv
run grid "$edges" other.csv --metrics all --out grid.csv --report grid.html
check "grid: --out and --report" cmp -s grid.csv want_grid.csv
check "grid: a whole page" grep -q '</html>' grid.html
run grid "$here/good/grid_a.csv" "$here/good/grid_b.csv" --metrics n
check "grid: starts below the lowest score" grep -q '^0.500000,0.500000,4$' out
check "grid: 11 x 11 rows from there" test "$(wc -l <out)" = 122
run grid "$here/good/grid_a.csv" "$here/good/grid_b.csv" --metrics n --step 0.05
check "grid: starts at 0 if something is given" test "$(wc -l <out)" = 442
printf 'record_a,record_b,score\nx,y,0.57\n' >alone.csv
run grid alone.csv "$edges" --metrics n --step 1
check "grid: a note if no record is in both" test "$(cat err)" = \
    "starlings: note: no record has edges in both alone.csv and $edges"
run grid alone.csv alone.csv --metrics n
check "grid: starts at a multiple of the step" grep -q '^0.550000,0.550000,2$' out
check "grid: 10 x 10 rows from there" test "$(wc -l <out)" = 101
mkdir -p old/e new/e
for place in old/e new/e .; do
    cp alone.csv $place/x.csv
done
while read -r a b name_a name_b; do
    run grid $a $b --report names.html
    check "names of $a and $b" grep -q "<h1>$name_a against $name_b</h1>" names.html
    check "title of $a and $b" grep -q "<title>$name_a against $name_b - " names.html
done <<'END'
old/e/x.csv new/e/x.csv old/e/x.csv new/e/x.csv
x.csv old/e/x.csv x.csv e/x.csv
old/e/x.csv alone.csv x.csv alone.csv
x.csv x.csv x.csv x.csv
END
run grid predictions.csv renamed.csv --left unique_id_l --right unique_id_r \
    --score match_probability
check "grid: columns are named for both files" test "$code" = 1
run grid predictions.csv predictions.csv --step 1 --metrics n
check "grid: sources" grep -q '^1.000000,1.000000,5$' out

# ---- old and new ----

old=$here/good/old.csv
new=$here/good/new.csv
run diff "$old" "$new" --survivors ids.csv
cp out want_diff.csv
run diff "$old" "$new" --survivors - --out rows.csv
must_print "diff: ids that last" "$here/good/golden/diff_survivors.csv" \
    "1 new entity has a name in $new that $old has for another: written as NAME-2 or so"
check "diff: --survivors to a file and --out" cmp -s ids.csv out
check "diff: --out and --survivors -" cmp -s rows.csv want_diff.csv
run diff ids.csv "$new"
check "diff: nothing happens from ids that last" sh -c '! grep -v "^unchanged\|^kind" out'
run diff "$old" ids.csv --survivors again.csv
check "diff: ids that last are kept as they are" cmp -s ids.csv again.csv
for file in "$old" "$new"; do
    { sed 1q "$file" && sed 1d "$file" | sort -r; } >"other_${file##*/}"
done
run diff other_old.csv other_new.csv
check "diff: the order of rows does not matter" cmp -s out want_diff.csv
"$program" diff - "$new" <"$old" >out 2>err
check "diff: from standard input" cmp -s out want_diff.csv
sed '1s/.*/unique_id,cluster_id/' "$new" >named_new.csv
run diff "$old" named_new.csv
check "diff: other names of columns" cmp -s out want_diff.csv
run diff "$old" "$old"
check "diff: with itself" sh -c '! grep -v "^unchanged\|^kind" out'
awk -F, '$6 == 1 { print $3 }' want_diff.csv | sort >led
sed 1d "$old" | cut -d, -f2 | grep -vx p7 | sort -u >left
check "diff: each old id leads to one place, or is gone" cmp -s led left
mkdir there
run diff "$old" "$new" --out untouched.csv --survivors there
must_fail "diff: --survivors is a directory" 3 "there: Is a directory"
check "diff: no rows without the ids" test ! -e untouched.csv

# ---- collections ----

# Rows of an analysis are those of a sweep, of compare, of a grid.
"$program" sweep "$edges" --truth "$truth" --metrics all |
    sed '1s/^threshold/collection,threshold,reference,reference_threshold/
        1!s/^\([^,]*\),/edges,\1,truth,1.000000,/' >want_analysis.csv
run analyse "$edges" "$truth" --metrics all
must_print "analyse: as a sweep" want_analysis.csv
for threads in 1 2 3; do
    run analyse "$edges" "$truth" --metrics all --threads $threads
    must_print "analyse by $threads threads" want_analysis.csv
done
run analyse edges=shuffled.csv truth=truth_shuffled.csv --metrics all
must_print "analyse shuffled files" want_analysis.csv
run analyse truth=truth_shuffled.csv edges=shuffled.csv --reference truth --metrics all
must_print "analyse with the reference first" want_analysis.csv
"$program" analyse edges=- "$truth" --metrics all <"$edges" >out 2>err
code=$?
must_print "analyse standard input" want_analysis.csv
"$program" analyse - "$truth" --metrics n --cut stdin@1 <"$edges" >out 2>err
check "analyse: standard input has a name" grep -q '^stdin,1.000000,truth,1.000000,13$' out
run analyse "$edges" "$truth" --metrics all --out rows.csv
check "analyse: --out" cmp -s rows.csv want_analysis.csv
run analyse a,b="$edges" 'c"d'="$truth" --metrics n --cut a,b@1
check "analyse: names in quotes" grep -q '^"a,b",1.000000,"c""d",1.000000,13$' out
cp "$edges" a=b.csv
run analyse ./a=b.csv --metrics n --cut a=b@1
check "analyse: an equals sign in a path" grep -q '^a=b,1.000000,12$' out
run analyse x@y="$edges" --metrics n --cut x@y@1
check "analyse: an @ in a name" grep -q '^x@y,1.000000,12$' out
run compare "$here/good/prediction.csv" "$truth" --metrics all
sed '1s/^/collection,threshold,reference,reference_threshold,/
    1!s/^/prediction,1.000000,truth,1.000000,/' out >want_analysis.csv
run analyse "$here/good/prediction.csv" "$truth" --metrics "$(head -n 1 out)"
must_print "analyse: as compare" want_analysis.csv
"$program" grid "$edges" other.csv --metrics all --from 0 --step 0.1 |
    sed '1d; s/^\([^,]*\),\([^,]*\),/other,\2,edges,\1,/' | sort >want_analysis.csv
"$program" analyse other.csv "$edges" --reference edges --sweep other@0:1:0.1 \
    --sweep edges@0:1:0.1 --metrics all | sed 1d | sort >out
check "analyse: as a grid" cmp -s out want_analysis.csv
"$program" analyse "$edges" --cut edges@0.4 --metrics all >out
"$program" sweep "$edges" --from 0.4 --to 0.4 --metrics all |
    sed '1s/^/collection,/; 1!s/^/edges,/' >want_analysis.csv
check "analyse: one file as a sweep without truth" cmp -s out want_analysis.csv
run analyse "$edges" "$truth" other.csv --format table --reference truth --metrics all
check "analyse: the table fits 80 columns" sh -c '! grep -q "^.\{81\}" out'
check "analyse: the best is the first" test "$(grep -A 1 '^best' out | tail -n 1)" = \
    '  1  edges  0.923077 at 0.650000'
check "analyse: the best row has a mark" grep -q '^\*0.650000 ' out
run analyse predictions.csv joined.csv --cut predictions@0.8 --metrics f1
check "analyse: sources and joined names" test "$code" = 0
run analyse renamed.csv clusters_renamed.csv --left left --right right --score probability \
    --source-left from --source-right to --record this --entity who --source from --metrics n \
    --cut renamed@1
check "analyse: named columns" grep -q '^renamed,1.000000,clusters_renamed,1.000000,5$' out
run analyse "$here/bad/both_kinds.csv" --left record_a --right record_b --score score
check "analyse: columns of one kind are named" test "$code" = 0

run stats "$edges" "$truth" other.csv --format table
check "stats: the table fits 80 columns" sh -c '! grep -q "^.\{81\}" out'
check "stats: records in common" grep -q '^  edges and truth: 12 in common, Jaccard 0.923077$' out
check "stats: expected" grep -q '^  build .* ms and .*, sweep .* ms, cut .* ms; .* are kept$' out
run stats "$edges" "$truth" --format json
check "stats: the frame" grep -q '^"frame": {"records": 13, "sources": 0, "in_every_file": 12},$' \
    out
check "stats: pairs" grep -q '^{"a": "edges", "b": "truth", "records": 12, "jaccard": 0.9' out
check "stats: bytes" grep -q '^"bytes": {"context": [1-9][0-9]*, "collections": [1-9]' out
"$program" stats "$edges" "$truth" >want_stats.csv
run stats edges=shuffled.csv truth=truth_shuffled.csv --threads 1
must_print "stats of shuffled files" want_stats.csv
run stats predictions.csv --format table
check "stats: sources" grep -q '^records in all: 5, in every file: 5; sources: 3$' out

"$program" hash "$edges" --at 0.5 >want_hash.csv
for file in shuffled twice tabs; do
    run hash $file.csv --at 0.5 --threads 1
    must_print "hash $file.csv" want_hash.csv
done
"$program" cluster "$edges" --at 0.5 | sed '1!s/\(.*\),/\1,e-/; s/e-"/"e-/' >entities.csv
run hash entities.csv
must_print "hash of the same entities under other names" want_hash.csv
"$program" hash - <entities.csv >out 2>err
code=$?
must_print "hash of standard input" want_hash.csv
"$program" hash clusters.csv --format json >want_hash.json
run hash joined.csv --format json
must_print "hash of joined names" want_hash.json
"$program" hash "$truth" --format json | grep fingerprint >print
"$program" hash "$edges" --at 0.5 --format json | grep fingerprint >other_print
check "hash: other entities, another fingerprint" sh -c '! cmp -s print other_print'
"$program" hash "$truth" --ids numbers --format json | grep fingerprint >other_print
check "hash: numbers are not keys" sh -c '! cmp -s print other_print'
# An entity of one record: no source, a text of three bytes, digested twice.
if [ "$(printf abc | sha256sum 2>err | cut -c 1-8)" = ba7816bf ]; then
    digest=$(printf '\000\000\000\000\000\003\000\000\000zoe' | sha256sum | cut -c 1-64 |
        awk '{ for (i = 0; i < 32; i++) { high = index("0123456789abcdef", substr($0, 2 * i + 1, 1))
            low = index("0123456789abcdef", substr($0, 2 * i + 2, 1))
            printf "\\%03o", 16 * (high - 1) + low - 1 } }')
    # the bytes of the first digest are the format
    # shellcheck disable=SC2059
    digest=$(printf "$digest" | sha256sum | cut -c 1-64)
    check "hash: the digest of one record" grep -q "^zoe,1,$digest\$" want_hash.csv
else
    skip "hash: there is no sha256sum"
fi

# ---- labelled samples ----

sample=$here/good/sample.csv
labels="compare $here/good/prediction.csv --labels"
# the arguments are words without quotes
# shellcheck disable=SC2086
{
    "$program" $labels "$sample" --weights uniform >want_sample.csv
    printf 'entity,weight\n1,2.5\n2,2.5\n' >same_weights.csv
    run $labels "$sample" --weights same_weights.csv
    cut -d, -f1 want_sample.csv >names
    cut -d, -f1 out | cmp -s - names
    check "sample: the estimates have their names" test $? = 0
    for row in pairwise_precision,0.5,0,0.5,0.5 'pairwise_recall,0.375,0.25,' \
        matching_rate_a,1,0,1,1; do
        check "sample: equal weights, $row" grep -q "^$row" out
    done
    "$program" $labels - --weights "$here/good/weights.csv" <"$sample" >out 2>err
    code=$?
    must_print "sample from standard input" "$here/good/golden/compare_sample_file.csv"
    "$program" $labels "$sample" --weights - <"$here/good/weights.csv" >out 2>err
    code=$?
    must_print "weights from standard input" "$here/good/golden/compare_sample_file.csv"
    sed '1s/.*/unique_id,cluster_id/' "$sample" >named_sample.csv
    sed '1s/entity/cluster_id/' "$here/good/weights.csv" >named_weights.csv
    for weights in named_weights.csv "$here/good/weights.csv"; do
        run $labels named_sample.csv --weights $weights
        must_print "sample with other names of columns" \
            "$here/good/golden/compare_sample_file.csv"
    done
    "$program" $labels "$sample" --weights uniform --replicates 50 --seed 3 >want_sample.csv
    for threads in 1 2 3; do
        run $labels "$sample" --weights uniform --replicates 50 --seed 3 --threads $threads
        must_print "sample by $threads threads" want_sample.csv
    done
    run $labels "$sample" --weights uniform --replicates 0
    check "sample: no replicates, no columns of them" sh -c '! grep -q boot out'
}

# One entity has no interval.
one=$(sed -n '2s/.*,//p' "$sample")
awk -F, -v one="$one" 'NR == 1 || $2 == one' "$sample" >one_entity.csv
# shellcheck disable=SC2086
run $labels one_entity.csv --weights uniform --replicates 20
check "sample of one entity" test "$code" = 0
check "sample of one entity: no interval" sh -c '! sed 1d out | grep -v ",,,,,\$"'
for given in 0.95 0.9 0.123456789 0.1234567890123456; do
    # shellcheck disable=SC2086
    run $labels "$sample" --weights uniform --format json --confidence $given
    check "confidence $given as it was given" grep -q "^\"confidence\": $given,\$" out
done
# shellcheck disable=SC2086
run $labels "$sample" --weights Uniform
must_fail "a word of weights in other letters" 1 \
    '--weights Uniform: No such file or directory (uniform, cluster_size or a file)'

# ---- records over time ----

people=$here/good/link.csv
rules=$here/good/link.rules

# linked NAME ARGS...: all that link writes, in files NAME_out.csv ...
linked() {
    name=$1
    shift
    run link "$@" --out "${name}_out.csv" --golden "${name}_golden.csv" \
        --conflicts "${name}_conflicts.csv" --refused "${name}_refused.csv" \
        --edges "${name}_edges.csv" --graph "$name.jsonl" --report "$name.html" --format json
    sed '/How this was made/,$d' "$name.html" >"${name}_page"
    cp out "${name}_sums"
    check "$name: linked" test "$code" = 0 -a ! -s err
}
same_links() { # NAME NAME
    for part in _out.csv _golden.csv _conflicts.csv _refused.csv _edges.csv .jsonl _page _sums; do
        check "$2: $part as $1" cmp -s "$1$part" "$2$part"
    done
}

mkdir shuffled clothes
cp "$people" people.csv
linked first people.csv --ontology "$rules"
awk 'function flush() { if (row != "") print row; row = "" }
    { row = row == "" ? $0 : row "\001" $0 } gsub(/"/, "\"", row) % 2 == 0 { flush() }' \
    people.csv >one_line.csv # rows with line breaks in quotes become one line each
for seed in 1 2 3 4 5; do
    { head -n 1 one_line.csv
      sed 1d one_line.csv | awk -v seed=$seed 'BEGIN { srand(seed) } { print rand() "\t" $0 }' |
        sort | cut -f 2-; } | tr '\001' '\n' >shuffled/people.csv
    linked shuffle$seed shuffled/people.csv --ontology "$rules" --threads $seed
    same_links first shuffle$seed
done
sed "s/\$/$cr/" people.csv >clothes/people.csv
linked crlf clothes/people.csv --ontology "$rules"
check "link: CRLF" cmp -s first_out.csv crlf_out.csv
sed '1s/.*/when,till,uid,perspective,name,born,email,city,plan,ssn/' people.csv >clothes/people.csv
linked named clothes/people.csv --ontology "$rules" --uid when --source till --from uid \
    --to perspective
same_links first named
"$program" link - --ontology "$rules" --golden - <"$people" >out 2>err
check "link: from standard input to standard output" cmp -s out first_golden.csv
"$program" link "$people" --ontology - --out - <"$rules" >out 2>err
check "link: rules from standard input" cmp -s out first_out.csv
check "link: rows in the order of their bytes" sh -c 'sed 1d first_out.csv | sort -c'
run cluster first_edges.csv --at 0 --records first_out.csv
must_print "link: the same entities from --edges" first_out.csv
run compare first_out.csv first_out.csv --metrics clusters_b
check "link: as many entities as it says" grep -q "\"entities\": $(tail -n 1 out)," first_sums
run link "$people" --ontology "$rules" --out named.csv --names
run compare named.csv first_out.csv --metrics f1
check "link: --names tell all entities apart" test "$(tail -n 1 out)" = 1

# At one time there is no row twice for an attribute that has one value.
run link "$people" --ontology "$rules" --at 2018-06-01 --golden - --policy latest
check "link --at: exit code" test "$code" = 0
sed 1d out | grep -v ',plan,' | cut -d, -f 1-2 | sort | uniq -d >twice
check "link --at: one row an entity and attribute" test ! -s twice
check "link --at: what began later is not there" sh -c '! grep -q Basel out'
run link "$people" --ontology "$rules" --at 2013-12-31 --out -
check "link --at: records that hold then" test "$(sed 1d out | cut -d, -f 1 | tr '\n' ' ')" = \
    "web-__-c web-__-d "
run link "$people" --ontology "$rules" --at 2013-01-01 --out -
check "link --at: an end is no longer meant" sh -c '! grep -q "^crm-__-6," out'

# A record that comes again.
{ cat "$people"; sed -n '2,4p' "$people"; } >again.csv
run link again.csv --ontology "$rules" --out again_out.csv --format json
check "link: rows that say the same are counted" grep -q '"repeated_rows": 3,' out
check "link: and change nothing" cmp -s again_out.csv first_out.csv
{ cat "$people"; echo '1,crm,2015-03-01,2019-06-01,Ann Lee,1980-02-03,ann@old.example,Bern,gold,111'
  echo 'a,web,2021-01-01,2022-01-01,Ann Lee,1980-02-03,,Olten,,'; } >again.csv
run link again.csv --ontology "$rules"
must_fail "link: a record says something else" 1 'again.csv:13: record "crm-__-1" says something '\
'else than on line 2; --repeated first lets the first row count, --repeated add lets rows add up'
run link again.csv --ontology "$rules" --repeated first --out again_out.csv --format json
check "link --repeated first: counted" grep -q '"repeated_rows": 0, "ignored_rows": 2,' out
check "link --repeated first: a note" test "$(cat err)" = \
    'starlings: note: 2 rows are ignored: the record was there, and said something else'
check "link --repeated first: as without them" cmp -s again_out.csv first_out.csv
run link again.csv --ontology "$rules" --repeated add --golden again_golden.csv --format json \
    --policy latest
check "link --repeated add: no record more" grep -q '"records": 10,' out
check "link --repeated add: each row for its time" grep -q \
    '^crm-__-1,city,Olten,2021-01-01,2022-01-01,web-__-a,1$' again_golden.csv

# Types, whole numbers, no times, no sources.
printf 'id,kind,name,to\n1,person,Ann,5\n2,firm,Ann,\n3,person,Ann,\n' >kinds.csv
printf 'type person\nkey p: name\ntype firm\nkey f: name\n' >kinds.rules
run link kinds.csv --ontology kinds.rules --type-column kind --out -
printf '%s\n' record,entity firm-__-2,firm-__-2 person-__-1,person-__-1 \
    person-__-3,person-__-1 >want
check "link: types" cmp -s out want
run why kinds.csv firm-__-2 person-__-1 --ontology kinds.rules --type-column kind
check "why: types" grep -q '^types,,firm-__-2,person-__-1,,,,,,$' out
printf 'id,name,mail,number\nA,Ann,,1\nB,,x,1\nC,Ann,x,2\n' >between.csv
printf 'key n: name\nkey m: mail\nstrong number\n' >between.rules
run why between.csv A B --ontology between.rules
check "why: others" grep -q '^others,,A,B,,,,,,$' out
run why between.csv A A --ontology between.rules --format table
check "why: the same record" test "$(cat out)" = "A and A are the same record"
run link kinds.csv --ontology kinds.rules --type person --golden - --at 4
check "link: one type for all, whole numbers" grep -q '^1,name,Ann,,5,1;2;3,0$' out
run link kinds.csv --ontology kinds.rules
must_fail "link: no type" 1 \
    'kinds.csv:2: the ontology has no such type; name the type with --type or --type-column'
run link kinds.csv --ontology kinds.rules --type person --to '' --golden -
check "link: no column of times" grep -q '^1,to,5,,,1,0$' out
printf 'key who: nobody\n' >nobody.rules
run link "$people" --ontology nobody.rules
check "link: a key that no record has" grep -q \
    '^starlings: note: no record has all attributes of a key of nobody.rules: nothing can' err
check "link: a rule on no attribute" grep -q \
    '^starlings: note: nobody.rules has a rule on "nobody", which is no attribute of ' err
cat >odd.rules <<'END'
key who: name
strong nummber
END
printf 'id,name,number,to,"a, ""b"": c"\n1,Ann,7,5,x\n' >odd.csv
run link odd.csv --ontology odd.rules
check "link: a name like a rule's" grep -q \
    '"nummber", which is no attribute of odd.csv; did you mean number?$' err
printf 'key k:name\ntype dog\nunique tail\ntype "a cat"\nkey l: "a, ""b"": c", name\n' >odd.rules
run link odd.csv --ontology odd.rules --type 'a cat'
check "link: rules on another type, quotes" test "$code" = 0 -a ! -s err
run link odd.csv --ontology odd.rules --type dog
check "link: rules on this type" grep -q '"tail", which is no attribute of odd.csv$' err

run query "$people" --ontology "$rules" --where city=Bern --at 2018-06-01
check "query: a note on pairs" grep -q \
    '^starlings: note: 1 pair of entities fits at the same time; --format json lists them$' err
check "query: two entities" test "$(sed 1d out | cut -d, -f 1 | sort -u | wc -l)" = 2
run query "$people" --ontology "$rules" --where city=Thun --where plan=basic --format table
check "query: nothing fits at one time" test "$(cat out)" = "no entity fits"
run query "$people" --ontology "$rules" --where city=Basel --to-date 2019-06-01 --format json
check "query: the end of a range is not in it" grep -q '^"pair_count": 0,$' out
run query "$people" --ontology "$rules" --where city=Basel --from-date 2030-01-01 --out basel.csv
printf 'id,name\n1,Ann;Eve\n' >two.csv
printf 'key k: name\n' >two.rules
run query two.csv --ontology two.rules --where name=Eve --out -
check "query: all is contested" test "$(sed 1d out)" = "1,,,,,,,,"
awk 'BEGIN { print "id,from,to,name,plan"
             for (i = 0; i < 20000; i++) print "1," 3 * i "," 3 * i + 2 ",Ann," i }' >often.csv
run query often.csv --ontology two.rules --repeated add --where name=Ann --out - # in linear time
check "query: an entity that comes and goes" test "$(wc -l <out)" = 40001
run query "$people" --ontology "$rules" --where city=Basel --from-date 2030-01-01 --out basel.csv
check "query: --out, times are not cut" grep -q '^crm-__-1,2019-06-01,,city,Basel,' basel.csv

# All or nothing.
run link "$people" --ontology "$rules" --out all.csv --golden no/such/place.csv
must_fail "link: --golden in no directory" 3 "no/such/place.csv: No such file or directory"
check "link: then the others are not written" test ! -e all.csv
for ending in dot graphml jsonl; do
    run link "$people" --ontology "$rules" --graph graph.$ending
    check "link: --graph graph.$ending" test "$code" = 0 -a -s graph.$ending
done
check "link: the graph is GraphML" grep -q '<graphml' graph.graphml
check "link: the graph is DOT" grep -q 'graph' graph.dot

congress=$here/../../shared/data/congress
if [ -f "$congress/records.csv" ]; then
    run link "$congress/records.csv" --ontology "$here/good/congress.rules" --source '' \
        --out congress.csv --format json
    check "congress: 537 entities" grep -q '"records": 2792, "entities": 537,' out
    run compare congress.csv "$congress/truth.csv" --metrics f1
    check "congress: all right" test "$(tail -n 1 out)" = 1
else
    skip "congress: there is no $congress"
fi

# ---- the list of metrics ----

run metrics
check "metrics: head" grep -q \
    '^name,group,range,direction,cost,needs_truth,formula,source$' out
check "metrics: a row" grep -q '^pairwise_f1,pairs,"\[0, 1\]",higher,every threshold,yes,'\
'2 TP / (P_a + P_b),van Rijsbergen 1979$' out
check "metrics: a row of asked thresholds" grep -q '^ceafe_f1,.*,asked thresholds only,yes,' out
check "metrics: a row without direction" grep -q '^clusters_b,counts,"\[0, n\]",,.*,no,K_b,$' out
sed '1d; s/,.*//' out >all_names
head -n 1 "$here/good/golden/compare_all.csv" | tr , '\n' >compared_names
check "metrics: compare --metrics all has them all" cmp -s all_names compared_names
grep ',every threshold,' out | sed 's/,.*//' >every_names
head -n 1 "$here/good/golden/sweep_all.csv" | tr , '\n' | sed 1d >swept_names
check "metrics: sweep --metrics all has those of every threshold" cmp -s every_names swept_names
run metrics --format table
check "metrics: the table fits 100 columns" sh -c '! grep -q "^.\{101\}" out'
check "metrics: the table names them all" test "$(grep -c ' threshold' out)" -ge \
    "$(wc -l <all_names)"
run metrics --format json
check "metrics: json" grep -q '^{"name": "n", "group": "counts", "range": "\[0, n\]", '\
'"direction": null, "cost": "every threshold", "needs_truth": "no", ' out
run metrics --out metrics.csv
check "metrics: --out" test "$code" = 0 -a -s metrics.csv -a ! -s out

# ---- standard input and output ----

"$program" sweep - --truth "$truth" --metrics all <"$edges" >out 2>err
code=$?
must_print "sweep from standard input" want.csv
"$program" sweep "$edges" --truth - --metrics all --out - <"$truth" >out 2>err
code=$?
must_print "truth from standard input" want.csv
run sweep "$edges" --truth "$truth" --metrics all --out rows.csv
check "--out: nothing on standard output" test "$code" = 0 -a ! -s out
check "--out: the same bytes" cmp -s want.csv rows.csv
chmod 640 rows.csv
run sweep "$edges" --truth "$truth" --metrics all --out rows.csv
check "--out: over an old file" cmp -s want.csv rows.csv
ln -s rows.csv link.csv
run cluster "$edges" --at 0.5 --out link.csv
check "--out: a link stays a link" test -L link.csv
check "--out: through a link" cmp -s want_cluster.csv rows.csv
run cluster rows.csv --at 0.5
check "an error leaves the old output alone" test "$code" = 1
run cluster "$here/bad/nul.csv" --at 0.5 --out rows.csv
check "an error leaves the old output alone" cmp -s want_cluster.csv rows.csv

run sweep "$edges" --out no/such/place.csv
must_fail "--out in no directory" 3 "no/such/place.csv: No such file or directory"
run cluster "$edges" --at 0.5 --out directory
must_fail "--out is a directory" 3 "directory: Is a directory"
run sweep "$edges" --report no/such/place.html
must_fail "--report in no directory" 3 "no/such/place.html: No such file or directory"
if [ -c /dev/full ]; then
    for verb in "sweep $edges" "sweep $edges --format json" "sweep $edges --format table" \
        "cluster $edges --at 0.5" "compare $truth $truth" "diff $truth $truth" \
        "analyse $edges $truth" "stats $edges" "hash $truth" "hash $truth --format json" \
        "analyse $edges $truth --format json" "analyse $edges $truth --format table" \
        "link $people --ontology $rules" "link $people --ontology $rules --format json" \
        "link $people --ontology $rules --golden -" \
        "why $people crm-__-1 web-__-a --ontology $rules" \
        "query $people --ontology $rules --where city=Bern" \
        "query $people --ontology $rules --where city=Bern --format json" \
        "grid $edges $edges" metrics "sweep --help" "--version" \
        "demo --records 100 --report full.html"; do
        # shellcheck disable=SC2086
        "$program" $verb >/dev/full 2>err
        code=$?
        : >out
        must_fail "$verb: full disk" 3 "standard output: No space left on device"
    done
    run sweep "$edges" --out /dev/full
    must_fail "--out on a full disk" 3 "/dev/full: No space left on device"
    for option in out golden conflicts refused edges report; do
        run link "$people" --ontology "$rules" --$option /dev/full
        must_fail "link --$option on a full disk" 3 "/dev/full: No space left on device"
    done
    run sweep "$edges" --report /dev/full
    must_fail "--report on a full disk" 3 "/dev/full: No space left on device"
    check "/dev/full is still a device" test -c /dev/full
    rm -f full.html
else
    skip "full disks: there is no /dev/full"
fi
"$program" sweep "$edges" >&- 2>err
code=$?
: >out
must_fail "closed standard output" 3 "standard output: Bad file descriptor"
"$program" sweep - <&- >out 2>err
code=$?
must_fail "closed standard input" 1 "standard input: Bad file descriptor"
"$program" sweep "$edges" --out rows.csv >&- 2>err
check "--out does not need standard output" test $? = 0
{
    "$program" sweep "$edges" --step 0.00001 2>err
    echo $? >code
} | head -n 1 >/dev/null
check "a reader that went away: not a word" test "$(cat code)" = 3 -a ! -s err
{
    sleep 0.2
    "$program" metrics 2>err
    echo $? >code
} | true
check "a reader that is gone before: not a word" test "$(cat code)" = 3 -a ! -s err

# ---- reports ----

run sweep "$edges" --truth "$truth" --metrics all --report page.html
must_print "--report: the rows are as ever" want.csv
check "--report: a whole page" grep -q '</html>' page.html
run sweep "$edges" --report page2.html --format json
check "--report without a truth" grep -q '</html>' page2.html
run sweep "$edges" --report - --out rows.csv
check "--report -" grep -q '</html>' out
run demo --records 1000 --report demo.html
check "demo: exit code" test "$code" = 0
check "demo: a whole page" grep -q '</html>' demo.html
check "demo: best threshold" grep -q '^best pairwise_f1 0\.' out
check "demo: fits 80 columns" sh -c '! grep -q "^.\{81\}" out'
run demo --records 1 --report demo.html
check "demo of one record" test "$code" = 0
run demo --records 300
check "demo: default place of the report" test -s demo-report.html

# ---- help ----

verbs='demo sweep cluster compare diff grid analyse stats hash metrics link query why'

for verb in $verbs; do
    run $verb --help
    check "$verb --help" test "$code" = 0 -a -s out -a ! -s err
    check "$verb --help fits 80 columns" sh -c '! grep -q "^.\{81\}" out'
    grep -o -e '--[a-z][a-z0-9-]*' out | sort -u | sed 's/-/\\-/g' >options
    while IFS= read -r option; do
        check "$verb $option is in the man page" \
            grep -qF -e "$option" "$here/../examples/cli/starlings.1"
    done <options
    run $verb -h
    check "$verb -h" test "$code" = 0
done
run --help
check "--help" test "$code" = 0 -a -s out
check "--help fits 80 columns" sh -c '! grep -q "^.\{81\}" out'
run help
check "help" test "$code" = 0 -a -s out
for verb in $verbs; do
    "$program" $verb --help >want_help
    run help $verb
    must_print "help $verb" want_help
done
run --version
check "--version" grep -q '^starlings [0-9]*\.[0-9]*\.[0-9]*$' out

# ---- a signal ----

# The shell in the middle becomes the program; sleep keeps its standard input open.
interrupt() {
    sleep 0.4 | sh -c '(sleep 0.1; kill -'"$1"' $$) & exec "$0" sweep - --out cut.csv' "$program" \
        >out 2>err
    code=$?
}
if [ "$(sh -c 'kill -INT $$; echo ignored')" = ignored ]; then
    skip "interrupt: the signal is ignored here"
else
    interrupt INT
    must_fail "interrupt" 130 "interrupted"
fi
interrupt TERM
must_fail "terminate" 130 "interrupted"

left=$(find . -name '*.tmp[0-9]*')
check "no temporary files are left: $left" test -z "$left"

echo "cli: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
