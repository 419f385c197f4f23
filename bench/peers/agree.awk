# agree.awk (after bench/lines.awk) - do all "check" lines agree with those of starlings? Counts
# exactly, metrics to 1e-9.

/"check": / {
    key = field("check") " at " field("at") ", " field("records") "/" field("edges")
    lines++
    peer[lines] = field("peer")
    of[lines] = key
    value[lines] = field("value")
    if (peer[lines] ~ /^starlings/)
        ours[key] = value[lines]
}

END {
    for (i = 1; i <= lines; i++) {
        if (peer[i] ~ /^starlings/ && ours[of[i]] == value[i])
            continue
        if (!(of[i] in ours)) {
            print peer[i] ": " of[i] ": starlings has none"
            bad++
            continue
        }
        d = value[i] - ours[of[i]]
        slack = of[i] ~ /^(clusters|merges)/ ? 0 : 1e-9
        if (d > slack || -d > slack) {
            printf "%s: %s: %.15g, starlings %.15g\n", peer[i], of[i], value[i], ours[of[i]]
            bad++
        } else
            good[peer[i]]++
    }
    for (p in good)
        print p ": " good[p] " results equal those of starlings" | "sort"
    exit bad > 0
}
