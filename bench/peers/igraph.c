/* igraph.c - igraph's C library: spanning forest, components, comparison of partitions.
   Usage: igraph FILE [forest]     only this job */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#include <igraph/igraph.h>

#include "peer.h"

typedef struct state {
    const peer_data *data;
    igraph_vector_int_t labels; /* of the last partition */
    igraph_vector_int_t truth;
    igraph_integer_t merges;
    igraph_real_t ari;
} state;

/* The graph of the edges at or above a threshold. */
static void make_graph(const peer_data *d, double threshold, igraph_t *graph)
{
    igraph_vector_int_t ends;
    igraph_vector_int_init(&ends, 0);
    igraph_vector_int_reserve(&ends, (igraph_integer_t)d->m * 2);
    for (size_t i = 0; i < d->m; i++)
        if (d->weight[i] >= threshold) {
            igraph_vector_int_push_back(&ends, (igraph_integer_t)d->a[i]);
            igraph_vector_int_push_back(&ends, (igraph_integer_t)d->b[i]);
        }
    igraph_create(graph, &ends, (igraph_integer_t)d->n, IGRAPH_UNDIRECTED);
    igraph_vector_int_destroy(&ends);
}

static void run_forest(void *ctx)
{
    state *s = (state *)ctx;
    igraph_t graph;
    igraph_vector_t distance;
    igraph_vector_int_t chosen;
    make_graph(s->data, -1, &graph);
    igraph_vector_init(&distance, (igraph_integer_t)s->data->m);
    for (size_t i = 0; i < s->data->m; i++)
        VECTOR(distance)[i] = 1 - s->data->weight[i];
    igraph_vector_int_init(&chosen, 0);
    igraph_minimum_spanning_tree(&graph, &chosen, &distance);
    s->merges = igraph_vector_int_size(&chosen);
    igraph_vector_int_destroy(&chosen);
    igraph_vector_destroy(&distance);
    igraph_destroy(&graph);
}

static igraph_integer_t partition(state *s, double threshold)
{
    igraph_t graph;
    igraph_integer_t count = 0;
    make_graph(s->data, threshold, &graph);
    igraph_connected_components(&graph, &s->labels, NULL, &count, IGRAPH_WEAK);
    igraph_destroy(&graph);
    return count;
}

static void run_partition(void *ctx)
{
    (void)partition((state *)ctx, PEER_CUT_AT);
}

static void run_metrics(void *ctx)
{
    static const igraph_community_comparison_t methods[] = { IGRAPH_COMMCMP_VI, IGRAPH_COMMCMP_NMI,
                                                             IGRAPH_COMMCMP_ADJUSTED_RAND };
    state *s = (state *)ctx;
    for (int i = 0; i < 3; i++)
        igraph_compare_communities(&s->truth, &s->labels, &s->ari, methods[i]);
}

int main(int argc, char **argv)
{
    char name[64];
    const char *version = NULL;
    peer_data d;
    state s;
    if (argc < 2)
        return 2;
    igraph_version(&version, NULL, NULL, NULL);
    snprintf(name, sizeof name, "igraph C %s", version);
    d = peer_load(argv[1], name);
    s.data = &d;
    igraph_vector_int_init(&s.labels, 0);
    igraph_vector_int_init(&s.truth, (igraph_integer_t)d.n);
    for (uint32_t i = 0; i < d.n; i++)
        VECTOR(s.truth)[i] = (igraph_integer_t)d.truth[i];
    peer_job(&d, "forest", "create, minimum_spanning_tree", run_forest, &s);
    peer_check(&d, "merges", 0, (double)s.merges);
    if (argc < 3) {
        for (int i = 0; i < PEER_CHECKS; i++)
            peer_check(&d, "clusters", PEER_CHECK_AT[i], (double)partition(&s, PEER_CHECK_AT[i]));
        peer_job(&d, "partition", "filter, create, connected_components", run_partition, &s);
        peer_check(&d, "clusters", PEER_CUT_AT, (double)partition(&s, PEER_CUT_AT));
        peer_job(&d, "metrics", "compare_communities: VI, NMI, ARI", run_metrics, &s);
        peer_check(&d, "ari", PEER_CUT_AT, s.ari);
    }
    igraph_vector_int_destroy(&s.truth);
    igraph_vector_int_destroy(&s.labels);
    return 0;
}
