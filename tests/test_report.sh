#!/bin/sh
# test_report.sh PROGRAM [browser] - is the report page what it says it is? What needs no browser is
# checked first; then, if asked for, headless Chromium measures the pages, where it is installed
# ($CHROMIUM names another). That takes a quarter of a minute, so it is a part of `make ci` only.
LC_ALL=C
export LC_ALL
program=${1:?usage: test_report.sh PROGRAM [browser]}
browser=${2:-}
here=$(dirname "$0")
input=$here/report
tmp=$(mktemp -d "${TMPDIR:-/tmp}/starlings-report.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0
skipped=0

# check WHAT COMMAND...: the command must succeed.
check() {
    what=$1
    shift
    if "$@" >"$tmp/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        head -5 "$tmp/out"
    fi
}

skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1"
}

has() { grep -qF -e "$2" "$1"; }
lacks() { ! grep -qE -e "$2" "$1"; }
counts() { [ "$(grep -oF -e "$2" "$1" | wc -l)" -eq "$3" ]; }
bigger() { [ "$(wc -c <"$1")" -gt "$2" ]; }
smaller() { [ "$(wc -c <"$1")" -lt "$2" ]; }
differ() { ! cmp -s "$1" "$2"; }
full_disk() {
    ! "$program" sweep "$input/edges.csv" --exact --format csv --out "$tmp/full.csv" --report - \
        >/dev/full
}
# All but the last part, which tells times and the command.
body() { sed '/How this was made/,$d' "$1"; }

# ---- make the pages

make() { # make NAME ARGUMENTS...: NAME.html and NAME.csv of one run
    name=$1
    shift
    check "$name is made" "$program" "$@" --format csv --out "$tmp/$name.csv" \
        --report "$tmp/$name.html"
}

cp "$input/edges.csv" "$tmp/a&b <i>.csv"
make exact sweep "$tmp/a&b <i>.csv" --truth "$input/truth.csv" --exact
make grid sweep "$input/edges.csv" --truth "$input/truth.csv"
make all sweep "$input/edges.csv" --truth "$input/truth.csv" --exact --metrics all
make lower sweep "$input/edges.csv" --truth "$input/truth.csv" --exact --metrics vi --best vi
make two sweep "$input/edges.csv" --truth "$input/truth.csv" --from 0.5 --to 0.9 --step 0.4
make plain sweep "$input/edges.csv" --exact
make one sweep "$input/no_edges.csv" --truth "$input/truth.csv" --exact
make part sweep "$input/edges.csv" --truth "$input/part.csv" --unlabelled drop --exact
make map grid "$tmp/a&b <i>.csv" "$input/other.csv"
make single grid "$input/edges.csv" "$input/other.csv" --metrics vi --best vi --step 0.000001 \
    --from 0.399995 --to 0.400005 --from2 0.1 --to2 0.1
make wide grid "$input/edges.csv" "$input/other.csv" --metrics all --step 0.02 --step2 0.1
make fine grid "$input/edges.csv" "$input/other.csv" --step 0.01
make finest grid "$input/edges.csv" "$input/other.csv" --step 0.005 --metrics n --best f1
mkdir "$tmp/old" "$tmp/new"
cp "$input/edges.csv" "$tmp/old/edges.csv"
cp "$input/other.csv" "$tmp/new/edges.csv"
make twins grid "$tmp/old/edges.csv" "$tmp/new/edges.csv" --metrics f1
check "demo is made" "$program" demo --records 2000 --report "$tmp/demo.html"
make line link "$here/good/link.csv" --ontology "$here/good/link.rules"
make asked link "$here/good/link.csv" --ontology "$here/good/link.rules" --entity web-__-d \
    --policy majority --at 2021-06-30
sed '1s/valid_from,valid_to/since,until/' "$here/good/link.csv" >"$tmp/timeless_in.csv"
make timeless link "$tmp/timeless_in.csv" --ontology "$here/good/link.rules"
head -n 1 "$here/good/link.csv" >"$tmp/nobody_in.csv"
make nobody link "$tmp/nobody_in.csv" --ontology "$here/good/link.rules"
awk 'BEGIN {
    print "id,from,to,name,note,much"
    for (i = 0; i < 300; i++)
        printf "r%03d,%d,%d,x,note %d,v%d;<b>&amp;%d\n", i, 7 * i - 900, 7 * i - 890, i % 13, i, i
    for (i = 0; i < 10; i++)
        printf "s%d,-5000,,x,same,w%d\n", i, i
}' >"$tmp/crowd_in.csv"
printf 'key who: name\npermanent name\n' >"$tmp/crowd.rules"
make crowd link "$tmp/crowd_in.csv" --ontology "$tmp/crowd.rules"
sweeps="exact grid all lower two plain one part demo"
lines="line asked timeless nobody crowd"
maps="map single wide fine finest twins"
pages="$sweeps $maps $lines"

# ---- what needs no browser

# The marked row of the table against the row of the CSV: the same columns, the same values.
cat >"$tmp/row.awk" <<'AWK'
FNR == 1 { file++ }
file == 1 && FNR == 1 { columns = split($0, name, ",") }
file == 1 && FNR > 1 { rows++; line[rows] = $0 }
file == 2 && /<thead>/ && !heads { gsub(/<wbr>/, ""); heads = cells($0, "th", head) }
file == 2 && /<tr class="marked">/ {
    sub(/<em>best<\/em>/, "")
    gsub(/<th scope="row">/, "<td>")
    gsub(/<\/th>/, "</td>")
    values = cells($0, "td", value)
}
function cells(text, tag, into,    part, n, i)
{
    n = split(text, part, "</" tag ">")
    for (i = 1; i < n; i++) {
        sub(/^.*>/, "", part[i])
        gsub(/[ ,]/, "", part[i])
        into[i] = part[i]
    }
    return n - 1
}
END {
    for (i = 1; i <= values; i++)
        shown[head[i]] = value[i]
    for (r = 1; r <= rows; r++) {
        split(line[r], field, ",")
        if (field[1] == shown["threshold"])
            break
    }
    bad = r > rows || values != heads || heads < columns
    for (i = 1; i <= columns; i++) {
        off = field[i] - shown[name[i]]
        if (shown[name[i]] == "" || off > 0.00000051 || off < -0.00000051) {
            print name[i] ": " field[i] " in the CSV, " shown[name[i]] " in the page"
            bad = 1
        }
    }
    exit bad
}
AWK

for page in $pages; do
    file=$tmp/$page.html
    case " $maps $lines " in *" $page "*) least=1 size=2000000 ;; *) least=3 size=400000 ;; esac
    case " $lines " in *" $page "*) least=0 ;; esac
    check "$page: starts as HTML" has "$file" '<!DOCTYPE html>'
    check "$page: is whole" has "$file" '</html>'
    check "$page: no script" lacks "$file" '<script|javascript:|<[a-z][^>]* on[a-z]+='
    check "$page: nothing from outside" lacks "$file" \
        'https?://|src=|@import|url\(|href="[^#d]|<(iframe|object|embed|base)'
    check "$page: light and dark" has "$file" 'prefers-color-scheme:dark'
    drawings=$(grep -oF 'role="img"' "$file" | wc -l)
    check "$page: has drawings" [ "$drawings" -ge $least ]
    check "$page: each drawing has a title" counts "$file" '<title id=' "$drawings"
    check "$page: each drawing has a description" counts "$file" '<desc id=' "$drawings"
    check "$page: the page is small" smaller "$file" $size
    check "$page: no number went wrong" lacks "$file" '[>" -](nan|inf)[<" ]'
    [ $least -eq 3 ] || continue
    check "$page: the table has a caption" counts "$file" '<caption>' 1
    check "$page: what is stable" has "$file" '<h2>What is stable</h2>'
    if [ -f "$tmp/$page.csv" ] && [ "$page" != plain ]; then
        check "$page: marked row equals the CSV" awk -f "$tmp/row.awk" "$tmp/$page.csv" "$file"
    fi
done

# By hand: from just above 0.4 up to 0.8 the entities are {a b c} {d e} {f}, which is the truth.
check "exact: best in words" has "$tmp/exact.html" \
    'Best <b>pairwise_f1 1.0000</b> at threshold <b>0.800000</b>'
check "exact: plateau" has "$tmp/exact.html" 'the same value holds from 0.400001 to 0.800000.'
check "exact: entities" has "$tmp/exact.html" '3 entities of 6 records; the largest has 3.'
# Only the plateau is within 0.01. By hand: the area is 0.2 * 8/19 + 0.2 * 4/7 + 0.4 * 1 + 0.1 * 2/3
# + 0.05 * 2/5, and all four right pairs come before the first false one.
check "exact: near the best" has "$tmp/exact.html" \
    'Within 0.01 of the best from <b>0.400001</b> to <b>0.800000</b>.'
check "exact: area and mean" has "$tmp/exact.html" \
    'over thresholds <b>0.6852</b>, mean over thresholds <b>0.6852</b>.'
check "exact: average precision" has "$tmp/exact.html" \
    'Average precision of pairs <b>1.0000</b>; recall reaches 1.0000.'
check "two: mean over a part" has "$tmp/two.html" \
    'over thresholds <b>0.2667</b>, mean over thresholds <b>0.6667</b>.'
check "exact: pairs" has "$tmp/exact.html" 'Of the pairs it joins 100.0% are right'
check "exact: all rows" has "$tmp/exact.html" 'All 6 rows.'
check "exact: name is escaped" has "$tmp/exact.html" 'a&amp;b &lt;i&gt;.csv'
check "exact: name is not a tag" lacks "$tmp/exact.html" '<i>'
# pairwise_f1 by hand: 2*4/(4+15), 2*4/(4+10), 1, 2*2/(4+2), 2*1/(4+1), 0.
for value in 0.421053 0.571429 1.000000 0.666667 0.400000 0.000000; do
    check "exact: f1 $value" has "$tmp/exact.html" "<td>$value</td>"
done
# The same values as places in a plot of 800 by 320: steps, then lines, then precision over recall.
check "exact: curve by hand" has "$tmp/exact.html" \
    'm-pairwise_f1" d="M0 185.26H160V137.14H320V0H640V106.67H720V192H760V320H800"'
check "two: curve by hand" has "$tmp/two.html" 'm-pairwise_f1" d="M0 0L800 106.67"'
check "exact: precision over recall by hand" has "$tmp/exact.html" \
    'm-precision-recall" d="M800 234.67V0H0"'
check "exact: band by hand" has "$tmp/exact.html" 'x="40%" width="40%"'
check "exact: holds above" has "$tmp/exact.html" '<td class="above">0.400000</td>'
check "grid: plateau" has "$tmp/grid.html" 'every row has the same value from 0.410000 to 0.800000.'
check "grid: rows are chosen" has "$tmp/grid.html" ' of 101 rows: '
check "lower: best in words" has "$tmp/lower.html" '<b>vi 0.0000</b>'
check "plain: no best" lacks "$tmp/plain.html" '<em>best</em>|Agreement with the truth'
check "plain: says that there is no best" has "$tmp/plain.html" \
    'No truth given: no best threshold. From 1 entities at threshold 0.000000 to 6 at 1.000000. At '
check "plain: nothing is marked" lacks "$tmp/plain.html" \
    'class="marked"|class="mark"|class="best"|class="sums"|<b>0'
# The columns of the table that the CSV has too stand in the CSV's order.
ordered() {
    head -1 "$1" | tr , '\n' >"$tmp/names"
    sed -n '/<thead>/{s/<wbr>//g;s/<[^>]*>/ /g;p;q;}' "$2" | tr -s ' ' '\n' |
        grep -xFf "$tmp/names" >"$tmp/heads"
    cmp "$tmp/names" "$tmp/heads"
}
for page in exact grid all two plain one; do
    check "$page: columns in the order of the CSV" ordered "$tmp/$page.csv" "$tmp/$page.html"
done
for metric in entropy_b mi vi split_join mean_size_b; do
    check "all: $metric has a plot" has "$tmp/all.html" "m-$metric\""
done
check "all: says what has no plot" has "$tmp/all.html" \
    'In the table only, without a curve: n, clusters_a, cells, pairs_a,'
check "exact: all has a plot" lacks "$tmp/exact.html" 'In the table only'
check "exact: the table scrolls by keyboard" has "$tmp/exact.html" 'class="scroll" tabindex="0"'
check "one: one row" has "$tmp/one.html" 'The only row.'


# Edges by hand: at 0.4 ab, bc, de are true of four; all pairs of {a b c d e} are 10, of which 4 are
# true. From 0.95 down 0.05 + 0.2 + 0.1 are missing to true ones, 0.4 and 0.2 are the false.
check "exact: widest plateau" has "$tmp/exact.html" \
    '<tr><th scope="row">0.400001</th><td>0.800000</td><td>0.399999</td><td>3</td></tr>'
check "exact: edges at 0.4" has "$tmp/exact.html" \
    '<tr><th scope="row">0.400000</th><td>4</td><td>3</td><td>0.7500</td><td>0.4000</td></tr>'
check "exact: no edges at 1" has "$tmp/exact.html" \
    '<tr><th scope="row">1.000000</th><td>0</td><td>0</td><td></td><td>1.0000</td></tr>'
check "exact: a bin" has "$tmp/exact.html" \
    '<tr><th scope="row">0.9</th><td>2</td><td>2</td><td>0.9250</td><td>1.0000</td></tr>'
check "exact: calibration" has "$tmp/exact.html" \
    'calibration error <b>0.1900</b>, Brier score <b>0.0505</b>'
check "plain: no scores without a truth" lacks "$tmp/plain.html" '<h2>Calibration'
# Without d, e and f two true edges are left.
check "part: the note" has "$tmp/part.html" \
    'Note: only the 3 labelled of 6 records are taken: this overstates precision if whole '\
'entities were labelled, but not if records are missing at random.'
check "part: edges" has "$tmp/part.html" \
    '<tr><th scope="row">0.800000</th><td>2</td><td>2</td><td>1.0000</td><td>1.0000</td></tr>'
check "part: plateau" has "$tmp/part.html" \
    '<tr><th scope="row">0.000000</th><td>0.800000</td><td>0.800000</td><td>1</td></tr>'
check "exact: no note" lacks "$tmp/exact.html" 'class="note"'

# The tooltips of the first map against the CSV.
tooltips() { # tooltips PAGE COLUMN
    sed -n '/id="f0"/,/<\/figure>/s/.*<title>a \(.*\), b \(.*\): \(.*\)<\/title>.*/\1 \2 \3/p' \
        "$tmp/$1.html" >"$tmp/tips"
    awk -F, -v c="$2" 'NR > 1 { printf "%.6f %.6f %.4f\n", $1, $2, $c }' "$tmp/$1.csv" >"$tmp/rows"
    awk '{ printf "%.6f %.6f %.4f\n", $1, $2, $3 }' "$tmp/tips" | cmp - "$tmp/rows"
}
check "map: tooltips equal the CSV" tooltips map 6
check "single: tooltips equal the CSV" tooltips single 3
check "map: names are escaped" has "$tmp/map.html" 'threshold of a&amp;b &lt;i&gt;.csv'
check "map: both names" has "$tmp/map.html" 'threshold of other.csv'
# Of equals the highest thresholds are the best: at 1 nothing is joined on either side.
check "map: best in words" has "$tmp/map.html" \
    'Best <b>pairwise_f1 1.0000</b> at threshold <b>1.000000</b> of a and <b>1.000000</b> of b.'
check "single: best in words" has "$tmp/single.html" 'Best <b>vi '
check "map: a map for each metric" counts "$tmp/map.html" '<figure class="map"' 7
check "map: a button for each map" counts "$tmp/map.html" '<label for="m' 7
check "single: one map, no button" counts "$tmp/single.html" '<label' 0
check "wide: at most 12 maps" counts "$tmp/wide.html" '<figure class="map"' 12
check "wide: names those without a map" has "$tmp/wide.html" 'In the rows only, without a map: '
check "wide: the metrics of a default sweep come first" \
    [ "$(sed -n 's/.*<label for="m[0-5]">\(.*\)<.*/\1/p' "$tmp/wide.html" | tr '\n' ' ')" = \
    "pairwise_f1 bcubed_f1 ari nmi_arithmetic pairwise_precision pairwise_recall " ]
check "wide: all thresholds are drawn" lacks "$tmp/wide.html" 'evenly spaced'
check "fine: says what is drawn" has "$tmp/fine.html" \
    'drawn are 51 of 101 of a and 51 of 101 of b, evenly spaced.'
check "finest: says what is drawn" has "$tmp/finest.html" \
    'drawn are 101 of 201 of a and 101 of 201 of b, evenly spaced.'
check "twins: the names differ" has "$tmp/twins.html" '<h1>old/edges.csv against new/edges.csv</h1>'
check "twins: the names at the sides" has "$tmp/twins.html" 'threshold of new/edges.csv'
check "twins: the title" has "$tmp/twins.html" '<title>old/edges.csv against new/edges.csv - '
# The lowest score is 0.2, those of both files start above 0.
check "map: starts at the lowest score" has "$tmp/map.html" '<title>a 0.20, b 0.20: '
check "map: how many records are in both" has "$tmp/map.html" '<dt>Records in both</dt><dd>6</dd>'

# The time line, by hand: 2015-03-01 is drawn at 5 %, 2021-01-01, 2133 days later, at 95 %.
check "line: whose it is" has "$tmp/line.html" '<h2>Time line of crm-__-1</h2>'
check "line: why" has "$tmp/line.html" 'It is the entity with the most conflicts.'
check "line: sums" has "$tmp/line.html" '<b>5</b> entities of <b>10</b> records. The largest has '\
'4 records. 8 conflicts, 2 merges that identifiers refused.'
check "line: a bar" has "$tmp/line.html" \
    'k1 z" style="left:18.5%;width:81.5%;top:23px" title="ann@new.example, from 2016-01-15"'
check "line: the only value is quiet" has "$tmp/line.html" 'class="val kq z" style="left:5%;'
check "line: a contradiction" has "$tmp/line.html" 'title="contradictory, 2018-05-01 to 2021-01-01"'
check "line: a conflict" has "$tmp/line.html" \
    '<td>direct</td><td class="when">2016-01-15 to 2020-05-01</td><td><em>ann@new.example</em>: '\
'crm-__-2, web-__-a; <em>ann@old.example</em>: crm-__-1, web-__-b</td>'
check "line: years" has "$tmp/line.html" '<b>2016</b>'
check "line: what holds always is told in words" has "$tmp/line.html" \
    '<dt>born</dt><dd>1980-02-03</dd>'
check "line: nothing is kept apart from it" lacks "$tmp/line.html" '<h2>Kept apart'
check "asked: whose it is" has "$tmp/asked.html" 'It is the entity that was asked for.'
check "asked: a line at the time" has "$tmp/asked.html" '>2021-06-30</span>.</p>'
check "line: no line" lacks "$tmp/line.html" 'class="now"'
check "asked: text is escaped" has "$tmp/asked.html" '&quot;cid, r&quot;@y.example'
check "asked: what is contested" has "$tmp/asked.html" '<td>2</td><td>contested</td>'
check "timeless: no axis" lacks "$tmp/timeless.html" 'class="ticks"'
check "nobody: says so" has "$tmp/nobody.html" '<b>0</b> entities of <b>0</b> records.'
check "crowd: not all is drawn" has "$tmp/crowd.html" 'Not drawn: '
check "crowd: text is escaped" has "$tmp/crowd.html" '<em>&lt;b&gt;&amp;amp</em>'
"$program" link "$here/good/link.csv" --ontology "$here/good/link.rules" --entity crm-__-4 \
    --report "$tmp/apart.html" --format csv >"$tmp/apart.csv"
check "apart: what keeps it apart" has "$tmp/apart.html" \
    '<th scope="row">ssn</th><td>name Bob May, born 1975-12-24</td><td><em>222</em>: crm-__-3; '\
'<em>333</em>: crm-__-4</td>'

"$program" sweep "$tmp/a&b <i>.csv" --truth "$input/truth.csv" --exact --threads 3 --format csv \
    --out "$tmp/again.csv" --report "$tmp/again.html"
body "$tmp/exact.html" >"$tmp/first"
body "$tmp/again.html" >"$tmp/second"
check "the same bytes again" cmp "$tmp/first" "$tmp/second"
if [ -w /dev/full ]; then
    check "a full disk is an error" full_disk
else
    skip "a full disk: no /dev/full"
fi

if python3 -c 'import html.parser' 2>/dev/null; then
    for page in $pages; do
        check "$page: tags are balanced" python3 -c '
import html.parser, sys
class Balance(html.parser.HTMLParser):
    stack, ids, wanted = [], set(), []
    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                assert value not in self.ids, "id twice: " + value
                self.ids.add(value)
            if name == "aria-labelledby":
                self.wanted = self.wanted + value.split()
        if tag not in ("meta", "link", "wbr", "br", "input"):
            self.stack.append(tag)
    def handle_startendtag(self, tag, attrs):
        pass
    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, (tag, self.getpos())
page = Balance()
page.feed(open(sys.argv[1], encoding="utf-8").read())
page.close()
assert page.stack == [], page.stack
assert set(page.wanted) <= page.ids, "a label is missing"
' "$tmp/$page.html"
    done
else
    skip "balance of the tags: no python3"
fi

# ---- in a browser

if [ "$browser" != browser ]; then
    echo "report: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
fi

chromium=${CHROMIUM:-}
for candidate in chromium chromium-browser google-chrome-stable google-chrome; do
    [ -n "$chromium" ] || chromium=$(command -v "$candidate" || true)
done
if [ -z "$chromium" ]; then
    skip "how the pages look: no Chromium"
    echo "report: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
fi

sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
browse() { # browse ARGUMENTS...: stdout is the dump, stderr the log
    rm -rf "$tmp/profile"
    timeout 120 "$chromium" --headless $sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --hide-scrollbars --allow-file-access-from-files --enable-logging=stderr \
        --user-data-dir="$tmp/profile" "$@"
}

for page in $pages; do
    for width in 400 700 1200; do
        echo "<iframe data-name=\"$page\" data-width=\"$width\" style=\"width:${width}px\"" \
            "src=\"$page.html\"></iframe>"
    done
done >"$tmp/frames"
sed -e "/^PAGES\$/{r $tmp/frames" -e 'd' -e '}' "$input/measure.html" >"$tmp/measure.html"
browse --window-size=1300,1000 --dump-dom "file://$tmp/measure.html" >"$tmp/dump" 2>"$tmp/log"
grep -E '^(<pre id="facts">)?[a-z]+ [0-9]+ (page|curve|error) ' "$tmp/dump" |
    sed 's/^<pre id="facts">//' >"$tmp/facts"

check "the console is silent" lacks "$tmp/log" 'CONSOLE'
check "all pages are measured" [ "$(grep -c ' page ' "$tmp/facts")" -eq "$(wc -l <"$tmp/frames")" ]
# fact NAME WIDTH KEY: the number after KEY
fact() { awk -v n="$1" -v w="$2" -v k="$3" '$1 == n && $2 == w && $3 == "page" {
    for (i = 4; i < NF; i++) if ($i == k) print $(i + 1) }' "$tmp/facts"; }
for page in $pages; do
    for width in 400 700 1200; do
        check "$page at $width: does not scroll sideways" \
            [ "$(fact "$page" "$width" scroll)" -le "$width" ]
        check "$page at $width: no labels overlap" [ "$(fact "$page" "$width" overlaps)" = 0 ]
        check "$page at $width: no threshold lies on the curve" \
            [ "$(fact "$page" "$width" covers)" = 0 ]
        check "$page at $width: no label is cut off" [ "$(fact "$page" "$width" outside)" = 0 ]
    done
done
for page in $sweeps; do
    check "$page: narrow table scrolls with a hint" [ "$(fact "$page" 400 hint)" = 1 ]
    check "$page: no hint where all is seen" [ "$(fact "$page" 1200 hint)" = 1 ]
    check "$page: has bars" [ "$(fact "$page" 1200 bars)" -ge 1 ]
    case $page in plain) rows=0 ;; *) rows=1 ;; esac
    check "$page: $rows row is marked" [ "$(fact "$page" 1200 marked)" = $rows ]
    check "$page: at most 40 rows" [ "$(fact "$page" 1200 rows)" -le 40 ]
done
for width in 400 700 1200; do
    check "map at $width: 17 x 17 cells in each map" [ "$(fact map $width cells)" = 2023 ]
    check "map at $width: each map can be seen alone" [ "$(fact map $width maps)" = 7 ]
    check "single at $width: the map is seen" [ "$(fact single $width maps)" = 1 ]
    check "single at $width: the best pair is marked" [ "$(fact single $width pins)" = 2 ]
    check "wide at $width: 51 x 11 cells" [ "$(fact wide $width cells)" = $((51 * 11 * 12)) ]
    check "fine at $width: 51 x 51 cells" [ "$(fact fine $width cells)" = $((51 * 51 * 7)) ]
    check "finest at $width: 101 x 101 cells" [ "$(fact finest $width cells)" = $((101 * 101 * 2)) ]
    check "fine at $width: each map can be seen alone" [ "$(fact fine $width maps)" = 7 ]
done
for width in 400 700 1200; do
    for page in $lines; do
        check "$page at $width: bars lie beside each other" [ "$(fact $page $width wrong)" = 0 ]
    done
    check "line at $width: lanes" [ "$(fact line $width lanes)" = 4 ]
    check "line at $width: bars" [ "$(fact line $width vals)" = 8 ]
    check "line at $width: contradictions" [ "$(fact line $width clashes)" = 2 ]
    check "crowd at $width: bars" [ "$(fact crowd $width vals)" -ge 200 ]
done
check "demo: 40 rows or nearly" [ "$(fact demo 1200 rows)" -ge 30 ]
check "demo: best is marked in every plot" \
    [ "$(fact demo 1200 best)" -ge "$(fact demo 1200 plots)" ]

# drawn PAGE METRIC POINTS: the curve has more points than that and covers an area at each width
drawn() {
    awk -v n="$1" -v m="m-$2" -v p="$3" '$1 == n && $4 == m && $6 > p && $8 > 100 && $10 > 50 &&
        $12 == 1 { seen[$2] = 1 }
        END { exit !((400 in seen) && (700 in seen) && (1200 in seen)) }' "$tmp/facts"
}
for metric in pairwise_f1 pairwise_precision pairwise_recall bcubed_f1 ari nmi_arithmetic \
    clusters_b max_size_b precision-recall; do
    check "demo: $metric is drawn" drawn demo $metric 200
    check "grid: $metric is drawn" drawn grid $metric 2
done
check "exact: pairwise_f1 is drawn" drawn exact pairwise_f1 8
check "lower: vi is drawn" drawn lower vi 8
check "plain: clusters_b is drawn" drawn plain clusters_b 8
check "all: cluster_f1 is drawn" drawn all cluster_f1 4

browse --window-size=1200,2600 --screenshot="$tmp/light.png" "file://$tmp/demo.html" \
    >"$tmp/dump" 2>"$tmp/log"
check "screenshot: light" bigger "$tmp/light.png" 100000
check "screenshot: the console is silent" lacks "$tmp/log" 'CONSOLE'
browse --window-size=1200,2600 --blink-settings=preferredColorScheme=0 \
    --screenshot="$tmp/dark.png" "file://$tmp/demo.html" >"$tmp/dump" 2>"$tmp/log"
check "screenshot: dark" bigger "$tmp/dark.png" 100000
check "screenshot: dark is another picture" differ "$tmp/light.png" "$tmp/dark.png"
for scheme in 0 1; do
    browse --window-size=800,1000 --blink-settings=preferredColorScheme=$scheme \
        --screenshot="$tmp/line$scheme.png" "file://$tmp/line.html" >"$tmp/dump" 2>"$tmp/log"
    check "screenshot: line" bigger "$tmp/line$scheme.png" 30000
    browse --window-size=1000,1000 --blink-settings=preferredColorScheme=$scheme \
        --screenshot="$tmp/map$scheme.png" "file://$tmp/map.html" >"$tmp/dump" 2>"$tmp/log"
    check "screenshot: map" bigger "$tmp/map$scheme.png" 30000
done
check "screenshot: the dark line is another picture" differ "$tmp/line0.png" "$tmp/line1.png"
check "screenshot: the dark map is another picture" differ "$tmp/map0.png" "$tmp/map1.png"

echo "report: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
