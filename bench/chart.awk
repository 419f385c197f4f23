# chart.awk - the lines of bench/peers/run.sh as a bar chart, logarithmic:
# awk -f bench/lines.awk -f bench/svg.awk -f bench/chart.awk LINES >SVG
# Bars whose lines are missing are left out. With one thread it is processor time, which other
# programs on the machine disturb less.

function group(name) { groups++; heading[groups] = name }

# A bar: where its time is (peer, job, start of what, threads), and what to call it.
function bar(peer, job, what, threads, label) {
    bars++
    bar_group[bars] = groups
    bar_key[bars] = job "/" peer "/" threads
    bar_what[bars] = what
    bar_label[bars] = label
}

function text_of(ms) {
    return ms < 1 ? sprintf("%.2f ms", ms) : ms < 10 ? sprintf("%.1f ms", ms) : \
        ms < 1000 ? sprintf("%.0f ms", ms) : sprintf("%.1f s", ms / 1000)
}

function across(ms) { return log_at(ms, lowest, LEFT, decade) }

/"job": / {
    # the first file only, and the whole commands on it
    if (!size)
        size = field("records") "/" field("edges")
    if (field("records") "/" field("edges") != size)
        next
    records = field("records")
    split(field("peer"), words, " ")
    key = field("job") "/" words[1] "/" field("threads")
    n = ++lines[key]
    line_what[key, n] = field("what")
    line_ms[key, n] = field("threads") == 1 ? field("cpu_ms") : field("ms")
}

function find(b,    i, key) {
    key = bar_key[b]
    for (i = 1; i <= lines[key]; i++)
        if (index(line_what[key, i], bar_what[b]) == 1)
            return line_ms[key, i]
    return 0
}

function plan() {
    group("All thresholds: hierarchy or spanning forest from the pairs")
    bar("starlings", "forest", "build", 2, "starlings, 2 threads")
    bar("starlings", "forest", "build", 1, "starlings, 1 thread")
    bar("Boost", "forest", "", 1, "Boost disjoint_sets, std::sort")
    bar("scipy", "forest", "dedupe", 1, "scipy minimum_spanning_tree")
    bar("igraph", "forest", "", 1, "igraph minimum_spanning_tree")
    bar("scipy", "forest", "linkage", 1, "scipy linkage matrix, by Python")
    group("Labels of every record at one threshold")
    bar("starlings", "partition", "cut with labels", 1, "starlings, from its hierarchy")
    bar("Boost", "partition", "", 1, "Boost, from its sorted merges")
    bar("scipy", "partition", "filter", 1, "scipy connected_components")
    bar("igraph", "partition", "", 1, "igraph connected_components")
    bar("scipy", "partition", "fcluster", 1, "scipy fcluster, from its linkage")
    group("Metrics against a truth")
    bar("starlings", "sweep", "exact", 2, "starlings, every threshold, 2 threads")
    bar("starlings", "sweep", "exact", 1, "starlings, every threshold, 1 thread")
    bar("numpy", "metrics", "", 1, "numpy by hand, one threshold")
    bar("igraph", "metrics", "", 1, "igraph VI, NMI, ARI, one threshold")
    bar("scikit-learn", "metrics", "", 1, "scikit-learn, one threshold")
    group("The whole command: two CSV files in, 11 thresholds out")
    bar("starlings", "command", "", 2, "starlings sweep, 2 threads")
    bar("starlings", "command", "", 1, "starlings sweep, 1 thread")
    bar("scipy", "command", "", 1, "Python: scipy, scikit-learn")
}

function measure(    b, ms, g) {
    least = 1e9
    most = 0
    for (b = 1; b <= bars; b++) {
        ms = find(b)
        bar_ms[b] = ms
        if (ms <= 0)
            continue
        shown[bar_group[b]]++
        least = ms < least ? ms : least
        most = ms > most ? ms : most
    }
    height = TOP + BOTTOM
    for (g = 1; g <= groups; g++)
        if (shown[g])
            height += HEAD + shown[g] * ROW
    lowest = power_below(least / 2) # so that the shortest bar can be seen
    highest = power_above(most)
    highest += highest == lowest
    decade = (WIDTH - LEFT - RIGHT) / (highest - lowest)
}

function grid(    power, x, ms) {
    for (power = lowest; power <= highest; power++) {
        ms = 10 ^ power
        x = across(ms)
        grid_line(sprintf("M%.1f %dV%d", x, TOP, height - BOTTOM))
        text(x, height - BOTTOM + 16, "axis", ms < 1000 ? ms " ms" : ms / 1000 " s")
    }
}

END {
    WIDTH = 700; LEFT = 262; RIGHT = 64; TOP = 30; BOTTOM = 26; HEAD = 34; ROW = 20
    plan()
    measure()
    if (!most) {
        print "chart: no lines" >"/dev/stderr"
        exit 1
    }
    svg_open(WIDTH, height, "Time of starlings and of other tools on the same data")
    text(4, 16, "head", (records >= 1000000 ? records / 1000000 " million" : records) \
        " records, as many scored pairs: median time, log scale")
    grid()
    y = TOP
    for (b = 1; b <= bars; b++) {
        if (bar_ms[b] <= 0)
            continue
        if (bar_group[b] != open) {
            open = bar_group[b]
            text(4, y + 23, "head", heading[open])
            y += HEAD
        }
        x = across(bar_ms[b])
        text(LEFT - 8, y + 13.5, "name", bar_label[b])
        printf "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" class=\"%s\"/>\n", \
            LEFT, y + 2, x - LEFT < 2 ? 2 : x - LEFT, ROW - 5, \
            bar_label[b] ~ /^starlings/ ? "ours" : "peer"
        text(x + 6, y + 13.5, "value", text_of(bar_ms[b]))
        y += ROW
    }
    svg_close()
}
