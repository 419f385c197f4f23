# cost.awk - the lines of build/cost as a chart, both axes logarithmic:
# awk -f bench/lines.awk -f bench/svg.awk -f bench/cost.awk LINES >SVG
# awk -v table=1 ... makes a Markdown table instead.

function curve(job, times, per, class, label) {
    curves++
    curve_job[curves] = job
    curve_times[curves] = times
    curve_per[curves] = per
    curve_class[curves] = class
    curve_label[curves] = label
}

function plan() {
    curve("sweep all", 1, "ns_record", "c2", "exact sweep, all thresholds; a record")
    curve("sweep 1001", 1, "ns_record", "c2 d2", "sweep, 1001 thresholds; a record")
    curve("build", 1, "ns_edge", "c1", "build, as many edges; an edge")
    curve("build", 3, "ns_edge", "c1 d2", "build, 3 times as many; an edge")
    curve("build", 10, "ns_edge", "c1 d3", "build, 10 times as many; an edge")
    curve("labels", 1, "ns_record", "c3", "cut with labels; a record")
    curve("cut", 1, "ns_record", "c3 d2", "cut; a record")
}

/"cost": / {
    n = field("records")
    times = field("edges") / n
    if (!((n, times) in seen)) {
        seen[n, times] = 1
        rows++
        row_n[rows] = n
        row_times[rows] = times
    }
    ns[field("cost"), n, times, "ns_edge"] = field("ns_edge")
    ns[field("cost"), n, times, "ns_record"] = field("ns_record")
    bytes[field("cost"), n, times] = field("bytes_record")
    threads = field("threads")
}

function cell(job, r, per) { return " " digits(ns[job, row_n[r], row_times[r], per]) " |" }

function print_table(    r, line) {
    print "| records | edges | build, ns an edge | ns a record | bytes a record | cut, ns a record " \
        "| labels | sweep, 1001 | sweep, all |"
    print "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for (r = 1; r <= rows; r++) {
        line = "| " many(row_n[r]) " | " many(row_n[r] * row_times[r]) " |"
        line = line cell("build", r, "ns_edge") cell("build", r, "ns_record")
        line = line " " digits(bytes["build", row_n[r], row_times[r]]) " |"
        line = line cell("cut", r, "ns_record") cell("labels", r, "ns_record")
        print line cell("sweep 1001", r, "ns_record") cell("sweep all", r, "ns_record")
    }
}

# The points of a curve: how many, in px and py; most and least of all along the way.
function points(c,    r, v, count) {
    count = 0
    for (r = 1; r <= rows; r++) {
        v = ns[curve_job[c], row_n[r], row_times[r], curve_per[c]]
        if (row_times[r] != curve_times[c] || v <= 0)
            continue
        count++
        px[count] = row_n[r]
        py[count] = v
        if (!most || v > most) most = v
        if (!least || v < least) least = v
        if (!widest || row_n[r] > widest) widest = row_n[r]
        if (!narrowest || row_n[r] < narrowest) narrowest = row_n[r]
    }
    return count
}

function across(n) { return log_at(n, x_low, LEFT, (WIDTH - LEFT - RIGHT) / (x_high - x_low)) }

function down(v) { return log_at(v, y_high, TOP, -(HEIGHT - TOP - BOTTOM) / (y_high - y_low)) }

function axes(    e) {
    for (e = x_low; e <= x_high; e++) {
        grid_line(sprintf("M%.1f %dV%d", across(10 ^ e), TOP, HEIGHT - BOTTOM))
        text(across(10 ^ e), HEIGHT - BOTTOM + 16, "axis", many(10 ^ e))
    }
    for (e = y_low; e <= y_high; e++) {
        grid_line(sprintf("M%d %.1fH%d", LEFT, down(10 ^ e), WIDTH - RIGHT))
        text(LEFT - 8, down(10 ^ e) + 4, "name", 10 ^ e " ns")
    }
}

# Labels stand where their curves end, pushed apart, the highest first; a piece of the line goes
# before each.
function labels(    i, j, best, last) {
    last = TOP - 20
    for (i = 1; i <= curves; i++) {
        best = 0
        for (j = 1; j <= curves; j++)
            if (!(j in placed) && (j in end_at) && (!best || end_at[j] < end_at[best]))
                best = j
        if (!best)
            return
        placed[best] = 1
        last = end_at[best] + 4 > last + 16 ? end_at[best] + 4 : last + 16
        printf "<path d=\"M%d %.1fh22\" class=\"line %s\"/>\n", WIDTH - RIGHT + 8, last - 4.5, \
            curve_class[best]
        text(WIDTH - RIGHT + 36, last, "value", curve_label[best])
    }
}

function draw(    c, i, count, path) {
    for (c = 1; c <= curves; c++)
        points(c)
    x_low = power_below(narrowest)
    x_high = power_above(widest)
    x_high += x_high == x_low
    y_low = power_below(least)
    y_high = power_above(most)
    y_high += y_high == y_low
    svg_open(WIDTH, HEIGHT, "Nanoseconds for an edge and for a record, by the number of records")
    text(4, 16, "head", "Time for one edge or one record, by the number of records; " threads \
        " threads")
    axes()
    for (c = 1; c <= curves; c++) {
        count = points(c)
        path = ""
        for (i = 1; i <= count; i++)
            path = path sprintf("%s%.1f %.1f", i == 1 ? "M" : "L", across(px[i]), down(py[i]))
        if (!count)
            continue
        end_at[c] = down(py[count])
        print "<path d=\"" path "\" class=\"line " curve_class[c] "\"/>"
    }
    labels()
    svg_close()
}

END {
    WIDTH = 700; HEIGHT = 330; LEFT = 62; RIGHT = 286; TOP = 30; BOTTOM = 26
    if (!rows) {
        print "cost: no lines" >"/dev/stderr"
        exit 1
    }
    plan()
    if (table)
        print_table()
    else
        draw()
}
