# svg.awk - what the charts share: the frame, the style, logarithmic axes. Its greys and few colours
# are readable on white and on dark pages. Comes before the program that draws.

function svg_open(width, height, title) {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" " \
        "height=\"%d\" role=\"img\">\n", width, height, width, height
    print "<title>" title "</title>"
    print "<style>text{font:13px system-ui,sans-serif;fill:#777}.head{font-weight:600}" \
        ".name{text-anchor:end}.axis{text-anchor:middle;font-size:12px}" \
        ".grid{stroke:#888;stroke-opacity:.3;fill:none}.ours{fill:#d97706}.peer{fill:#8493a8}" \
        ".line{fill:none;stroke-width:2}.c1{stroke:#d97706}.c2{stroke:#0d9488}.c3{stroke:#8493a8}" \
        ".d2{stroke-dasharray:7 4}.d3{stroke-dasharray:2 4}</style>"
}

function svg_close() { print "</svg>" }

function text(x, y, class, what) {
    printf "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>\n", x, y, class, what
}

function grid_line(path) { print "<path d=\"" path "\" class=\"grid\"/>" }

# The powers of ten around a value, as exponents.
function power_below(x,    e) {
    e = log(x) / log(10)
    return int(e + 1e-9) - (e + 1e-9 < int(e + 1e-9))
}

function power_above(x,    e) {
    e = power_below(x)
    return 10 ^ e < x * (1 - 1e-9) ? e + 1 : e
}

# Where x is on a scale whose power `lowest` is at `start`, so many pixels a decade.
function log_at(x, lowest, start, decade) { return start + (log(x) / log(10) - lowest) * decade }
