/* starlings.c - the library in the same harness as its peers.
   Usage: starlings FILE THREADS [forest|cut]     only these jobs */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#define STARLINGS_IMPLEMENTATION
#include "../../starlings.h"

#include "peer.h"

typedef struct state {
    starlings_hierarchy_desc build;
    starlings_hierarchy *hierarchy;
    starlings_partition *truth;
} state;

static void must(starlings_status status)
{
    if (status == STARLINGS_OK)
        return;
    fprintf(stderr, "starlings: %s\n", starlings_status_text(status));
    exit(1);
}

static void run_build(void *ctx)
{
    const state *s = (const state *)ctx;
    starlings_hierarchy *hierarchy = NULL;
    must(starlings_hierarchy_create(&s->build, &hierarchy));
    starlings_hierarchy_release(hierarchy);
}

static void partition(const state *s, bool skip_labels)
{
    starlings_partition_desc desc = { .hierarchy = s->hierarchy,
                                      .threshold = PEER_CUT_AT,
                                      .skip_labels = skip_labels,
                                      .env = s->build.env };
    starlings_partition *cut = NULL;
    must(starlings_partition_create(&desc, &cut));
    starlings_partition_release(cut);
}

static void run_cut(void *ctx)
{
    partition((const state *)ctx, true);
}

static void run_labels(void *ctx)
{
    partition((const state *)ctx, false);
}

static starlings_sweep *sweep(const state *s, const uint32_t *keys, size_t key_count)
{
    starlings_sweep_desc desc = { .hierarchy = s->hierarchy,
                                  .reference = s->truth,
                                  .keys = keys,
                                  .key_count = key_count,
                                  .env = s->build.env };
    starlings_sweep *made = NULL;
    must(starlings_sweep_create(&desc, &made));
    return made;
}

static void run_metrics(void *ctx)
{
    static const uint32_t key = 600000; /* PEER_CUT_AT */
    starlings_sweep_release(sweep((const state *)ctx, &key, 1));
}

static void run_sweep(void *ctx)
{
    starlings_sweep_release(sweep((const state *)ctx, NULL, 0));
}

static void run_all(void *ctx)
{
    state s = *(const state *)ctx;
    must(starlings_hierarchy_create(&s.build, &s.hierarchy));
    starlings_sweep_release(sweep(&s, NULL, 0));
    starlings_hierarchy_release(s.hierarchy);
}

static uint32_t entities_at(const state *s, double threshold)
{
    uint32_t count = 0;
    must(starlings_hierarchy_entity_count(s->hierarchy, threshold, &count));
    return count;
}

static void check(const peer_data *d, const state *s)
{
    starlings_sweep *all = sweep(s, NULL, 0);
    size_t row = starlings_sweep_row_at(all, 600000);
    for (int i = 0; i < PEER_CHECKS; i++)
        peer_check(d, "clusters", PEER_CHECK_AT[i], entities_at(s, PEER_CHECK_AT[i]));
    peer_check(d, "merges", 0, d->n - entities_at(s, 0));
    peer_check(d, "clusters", PEER_CUT_AT, entities_at(s, PEER_CUT_AT));
    peer_check(d, "pairwise_f1", PEER_CUT_AT,
               starlings_sweep_value(all, STARLINGS_METRIC_PAIRWISE_F1, row));
    peer_check(d, "ari", PEER_CUT_AT, starlings_sweep_value(all, STARLINGS_METRIC_ARI, row));
    starlings_sweep_release(all);
}

static void make(state *s, const peer_data *d, starlings_edge *edges)
{
    starlings_partition_desc classes = { .labels = d->truth, .record_count = d->n };
    for (size_t i = 0; i < d->m; i++) {
        edges[i].a = d->a[i];
        edges[i].b = d->b[i];
        edges[i].weight = d->weight[i];
    }
    s->build.edges = edges;
    s->build.edge_count = d->m;
    s->build.record_count = d->n;
    s->build.decimals = d->decimals;
    s->build.env.workers.count = (uint32_t)d->threads;
    must(starlings_partition_create(&classes, &s->truth));
    must(starlings_hierarchy_create(&s->build, &s->hierarchy));
}

int main(int argc, char **argv)
{
    peer_data d;
    state s;
    starlings_edge *edges;
    const char *only = argc > 3 ? argv[3] : "";
    if (argc < 3)
        return 2;
    d = peer_load(argv[1], "starlings " STARLINGS_VERSION_STRING);
    d.threads = (int)strtol(argv[2], NULL, 10);
    memset(&s, 0, sizeof s);
    edges = (starlings_edge *)malloc((d.m + 1) * sizeof *edges);
    if (edges == NULL)
        return 3;
    make(&s, &d, edges);
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
    starlings_partition_release(s.truth);
    starlings_hierarchy_release(s.hierarchy);
    free(edges);
    return 0;
}
