// boost.cpp - Boost.Graph's disjoint_sets with std::sort: what one writes in an afternoon.
// Usage: boost FILE [forest]     only this job
#include <boost/pending/disjoint_sets.hpp>
#include <boost/version.hpp>

#include <algorithm>
#include <vector>

#include "peer.h"

namespace {

struct edge {
    uint32_t a;
    uint32_t b;
    double weight;
};

// Ranks and parents in arrays, indexed by record.
struct sets {
    std::vector<uint32_t> rank;
    std::vector<uint32_t> parent;
    boost::disjoint_sets<uint32_t *, uint32_t *> of;

    explicit sets(uint32_t n) : rank(n), parent(n), of(rank.data(), parent.data())
    {
        for (uint32_t i = 0; i < n; i++)
            of.make_set(i);
    }

    bool unite(const edge &e)
    {
        const uint32_t a = of.find_set(e.a), b = of.find_set(e.b);
        if (a == b)
            return false;
        of.link(a, b);
        return true;
    }
};

struct state {
    uint32_t n;
    std::vector<edge> edges;
    std::vector<edge> merges; // by falling weight: enough to make any partition
    std::vector<uint32_t> labels;
};

void run_forest(void *ctx)
{
    state &s = *static_cast<state *>(ctx);
    std::vector<edge> sorted(s.edges);
    std::sort(sorted.begin(), sorted.end(),
              [](const edge &x, const edge &y) { return x.weight > y.weight; });
    sets all(s.n);
    s.merges.clear();
    for (const edge &e : sorted)
        if (all.unite(e))
            s.merges.push_back(e);
}

uint32_t partition(state &s, double threshold)
{
    const uint32_t none = UINT32_MAX;
    sets all(s.n);
    for (const edge &e : s.merges) {
        if (e.weight < threshold)
            break;
        all.unite(e);
    }
    uint32_t count = 0;
    std::vector<uint32_t> label(s.n, none);
    s.labels.resize(s.n);
    for (uint32_t i = 0; i < s.n; i++) {
        uint32_t &mine = label[all.of.find_set(i)];
        if (mine == none)
            mine = count++;
        s.labels[i] = mine;
    }
    return count;
}

void run_partition(void *ctx)
{
    partition(*static_cast<state *>(ctx), PEER_CUT_AT);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    char name[64];
    std::snprintf(name, sizeof name, "Boost %d.%d", BOOST_VERSION / 100000,
                  BOOST_VERSION / 100 % 1000);
    const peer_data d = peer_load(argv[1], name);
    state s;
    s.n = d.n;
    for (size_t i = 0; i < d.m; i++)
        s.edges.push_back({ d.a[i], d.b[i], d.weight[i] });
    peer_job(&d, "forest", "std::sort, disjoint_sets, merges kept", run_forest, &s);
    if (argc < 3)
        peer_job(&d, "partition", "stored merges into fresh disjoint_sets, labels", run_partition,
                 &s);
    for (double at : PEER_CHECK_AT)
        peer_check(&d, "clusters", at, partition(s, at));
    peer_check(&d, "clusters", PEER_CUT_AT, partition(s, PEER_CUT_AT));
    peer_check(&d, "merges", 0, static_cast<double>(s.merges.size()));
    return 0;
}
