# bitmap.awk (after bench/lines.awk) - the lines of bench/peers/bitmap.c as one Markdown table of ratios:
# CRoaring's time (or bytes) over the library's. Goals are what was wanted before it was written.

function row(metric, what, real, tiny) {
    rows++
    name[rows] = metric
    text[rows] = what " | " real " | "
    small[rows] = tiny
}

BEGIN {
    row("and", "and", "0.85", "2.4-6")
    row("and_card", "cardinality of and", "0.85", "2.4-6")
    row("intersects", "intersects", "0.85", "")
    row("jaccard", "jaccard", "", "2.4-6")
    row("or", "or", "1.5-2.5; dense 0.95", "1.7-10")
    row("xor", "xor", "1.5-2.5; dense 0.95", "")
    row("andnot", "andnot", "1.5-2.5; dense 0.95", "")
    row("total_or_many", "or of all sets at once", "1.0", "")
    row("total_or_inplace", "or of all, one by one", "runs 10", "")
    row("copy", "copy", "1.5-2.5; dense 0.95", "")
    row("free", "free, and cardinality", "", "5-25")
    row("subset", "is a subset", "", "")
    row("equals", "equals (different sets)", "", "4")
    row("card", "cardinality", "5", "")
    row("contains", "contains", "0.9", "")
    row("rank", "rank", "", "")
    row("select", "select", "", "")
    row("to_array", "members into an array", "0.9", "")
    row("iterate", "look at each member", "2.5-6", "4-10")
    row("build_sorted", "build from sorted members", "6-9", "9-30")
    row("build_add_one", "build one by one", "", "")
    row("serialise", "write bytes", "0.9", "")
    row("deserialise", "read bytes, ours checked", "1.0", "2.6-14")
    row("memory", "bytes in memory", "", "3.5; 11; 9")
    row("written", "bytes written", "", "")
}

/"croaring": "/ && !versions++ {
    print "starlings " field("starlings") ", CRoaring " field("croaring") ", medians of " \
        field("rounds") " rounds.\n"
}

/"metric": / {
    key = field("metric") " " (field("data") ~ /^tiny_/ ? field("data") : field("state"))
    if (((key " " field("data")) in seen))
        next # the same bytes by another unit
    seen[key " " field("data")] = 1
    ratio = field("ratio")
    if (!(key in least) || ratio < least[key]) {
        least[key] = ratio
        where[key] = field("data")
    }
    sum[key] += log(ratio)
    count[key]++
}

function mean(key) {
    return key in sum ? short(exp(sum[key] / count[key])) : ""
}

function short(x) {
    return x < 10 ? sprintf("%.2f", x) : x < 100 ? sprintf("%.1f", x) : sprintf("%.0f", x)
}

function worst(key) {
    return key in sum ? short(least[key]) " " where[key] : ""
}

END {
    print "| operation | goal | built: mean | least | packed: mean | least | tiny: goal " \
        "| near | spread | one |"
    print "| --- | --- | ---: | --- | ---: | --- | --- | ---: | ---: | ---: |"
    for (i = 1; i <= rows; i++) {
        m = name[i]
        print "| " text[i] mean(m " built") " | " worst(m " built") " | " mean(m " packed") " | " \
            worst(m " packed") " | " small[i] " | " mean(m " tiny_near") " | " \
            mean(m " tiny_spread") " | " mean(m " tiny_one") " |"
    }
}
