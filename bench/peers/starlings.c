/* starlings.c - the library in the same harness as its peers.
   Usage: starlings FILE THREADS [forest|cut]     only these jobs */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#define STARLINGS_IMPLEMENTATION
#include "../data.h"
#include "peer.h"

static void must(bool ok)
{
    if (ok)
        return;
    fprintf(stderr, "starlings: no memory, or bad data\n");
    exit(1);
}

static void run_build(void *ctx)
{
    must(bench_run_build((const bench_data *)ctx));
}

static void run_cut(void *ctx)
{
    must(bench_run_cut((const bench_data *)ctx, PEER_CUT_AT, true, NULL));
}

static void run_labels(void *ctx)
{
    must(bench_run_cut((const bench_data *)ctx, PEER_CUT_AT, false, NULL));
}

static void sweep(const bench_data *d, const uint32_t *keys, size_t key_count)
{
    starlings_sweep_desc desc = bench_sweep_of(d, false, keys, key_count);
    must(bench_run_sweep(&desc));
}

static void run_metrics(void *ctx)
{
    static const uint32_t key = 600000; /* PEER_CUT_AT */
    sweep((const bench_data *)ctx, &key, 1);
}

static void run_sweep(void *ctx)
{
    sweep((const bench_data *)ctx, NULL, 0);
}

static void run_all(void *ctx)
{
    bench_data d = *(const bench_data *)ctx;
    must(bench_build(&d));
    sweep(&d, NULL, 0);
    starlings_hierarchy_release(d.hierarchy);
}

static uint32_t entities_at(const bench_data *s, double threshold)
{
    uint32_t count = 0;
    must(starlings_hierarchy_entity_count(s->hierarchy, threshold, &count) == STARLINGS_OK);
    return count;
}

static void check(const peer_data *d, const bench_data *s)
{
    starlings_sweep_desc desc = bench_sweep_of(s, false, NULL, 0);
    starlings_sweep *all = NULL;
    size_t row;
    must(starlings_sweep_create(&desc, &all) == STARLINGS_OK);
    row = starlings_sweep_row_at(all, 600000);
    for (int i = 0; i < PEER_CHECKS; i++)
        peer_check(d, "clusters", PEER_CHECK_AT[i], entities_at(s, PEER_CHECK_AT[i]));
    peer_check(d, "merges", 0, d->n - entities_at(s, 0));
    peer_check(d, "clusters", PEER_CUT_AT, entities_at(s, PEER_CUT_AT));
    peer_check(d, "pairwise_f1", PEER_CUT_AT,
               starlings_sweep_value(all, STARLINGS_METRIC_PAIRWISE_F1, row));
    peer_check(d, "ari", PEER_CUT_AT, starlings_sweep_value(all, STARLINGS_METRIC_ARI, row));
    starlings_sweep_release(all);
}

static void make(bench_data *s, const peer_data *d)
{
    starlings_partition_desc classes = { .labels = d->truth, .record_count = d->n };
    memset(s, 0, sizeof *s);
    s->edges = (starlings_edge *)malloc((d->m + 1) * sizeof *s->edges);
    must(s->edges != NULL);
    for (size_t i = 0; i < d->m; i++) {
        s->edges[i].a = d->a[i];
        s->edges[i].b = d->b[i];
        s->edges[i].weight = d->weight[i];
    }
    s->desc.edges = s->edges;
    s->desc.edge_count = d->m;
    s->desc.record_count = d->n;
    s->desc.decimals = d->decimals;
    s->desc.env.workers.count = (uint32_t)d->threads;
    must(starlings_partition_create(&classes, &s->truth) == STARLINGS_OK && bench_build(s));
}

int main(int argc, char **argv)
{
    peer_data d;
    bench_data s;
    const char *only = argc > 3 ? argv[3] : "";
    if (argc < 3)
        return 2;
    d = peer_load(argv[1], "starlings " STARLINGS_VERSION_STRING);
    d.threads = (int)strtol(argv[2], NULL, 10);
    make(&s, &d);
    peer_job(&d, "forest", "build: hierarchy of all thresholds", run_build, &s);
    if (strcmp(only, "forest") != 0) {
        peer_job(&d, "partition", "cut: spans of records", run_cut, &s);
        peer_job(&d, "partition", "cut with labels", run_labels, &s);
    }
    if (only[0] == '\0') {
        peer_job(&d, "metrics", "one row: P, R, F1, ARI, NMI, V, B-cubed, with the cut",
                 run_metrics, &s);
        peer_job(&d, "sweep", "exact, every threshold", run_sweep, &s);
        peer_job(&d, "sweep", "build and exact sweep", run_all, &s);
    }
    check(&d, &s);
    bench_dispose(&s);
    return 0;
}
