# lines.awk - reads the JSON lines of the benchmarks: comes before the program that uses it, as in
# awk -f bench/lines.awk -f bench/peers/table.awk LINES

# The value of a name in the line at hand: a string or a number.
function field(name,    at, rest) {
    at = index($0, "\"" name "\": ")
    rest = substr($0, at + length(name) + 4)
    if (substr(rest, 1, 1) == "\"")
        return substr(rest, 2, index(substr(rest, 2), "\"") - 1)
    match(rest, /^[-+0-9.e]+/)
    return substr(rest, 1, RLENGTH) + 0
}

function many(n) {
    return n >= 1000000 && n % 100000 == 0 ? n / 1000000 "M" : n >= 1000 ? n / 1000 "k" : n
}

function digits(x) {
    return x < 1 ? sprintf("%.2f", x) : x < 10 ? sprintf("%.1f", x) : sprintf("%.0f", x)
}
