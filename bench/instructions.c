/* instructions.c - five fixed workloads whose instructions tests/tools/callgrind.sh counts: plain
   kernels, one thread, the same data always. Only what runs inside measured() counts, the making
   of data and objects before it does not.
   Usage: instructions build3|build6|sweep|sweep_all|csv */
#define STARLINGS_IMPLEMENTATION
#include "../examples/cli/generate.h"

#include <stdio.h>
#include <string.h>

typedef struct workload {
    starlings_hierarchy_desc build;
    starlings_hierarchy *hierarchy;
    starlings_partition *truth;
    starlings_edge *edges;
    uint32_t *labels;
    starlings_metric_set metrics;
    char *text; /* a CSV */
    size_t size;
    size_t at; /* read so far */
} workload;

static bool build(workload *w)
{
    return starlings_hierarchy_create(&w->build, &w->hierarchy) == STARLINGS_OK;
}

static bool sweep(workload *w)
{
    starlings_sweep_desc desc = { .hierarchy = w->hierarchy,
                                  .reference = w->truth,
                                  .metrics = w->metrics,
                                  .env = w->build.env };
    starlings_sweep *sweep = NULL;
    bool ok = starlings_sweep_create(&desc, &sweep) == STARLINGS_OK;
    starlings_sweep_release(sweep);
    return ok;
}

static starlings_status read_text(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    workload *w = (workload *)ctx;
    size_t size = w->size - w->at < capacity ? w->size - w->at : capacity;
    memcpy(bytes, w->text + w->at, size);
    w->at += size;
    *out_size = size;
    return STARLINGS_OK;
}

static bool read_csv(workload *w)
{
    starlings_csv_desc desc = { .source = { read_text, w }, .env = w->build.env };
    starlings_names_desc names_desc = { .env = w->build.env };
    starlings_names *names = NULL;
    starlings_csv *csv = NULL;
    starlings_edge_list list;
    bool ok;
    memset(&list, 0, sizeof list);
    ok = starlings_names_create(&names_desc, &names) == STARLINGS_OK &&
         starlings_csv_open(&desc, &csv) == STARLINGS_OK &&
         starlings_edge_list_read_csv(csv, NULL, names, false, &list) == STARLINGS_OK &&
         list.count == w->build.edge_count;
    starlings_csv_close(csv);
    starlings_edge_list_clear(&list);
    starlings_names_destroy(names);
    return ok;
}

static bool print_csv(workload *w)
{
    size_t room = w->build.edge_count * 40 + 64;
    w->text = (char *)malloc(room);
    if (w->text == NULL)
        return false;
    w->size = (size_t)snprintf(w->text, room, "record_a,record_b,score\n");
    for (size_t i = 0; i < w->build.edge_count; i++)
        w->size += (size_t)snprintf(w->text + w->size, room - w->size, "%u,%u,%.6f\n",
                                    (unsigned)w->edges[i].a, (unsigned)w->edges[i].b,
                                    w->edges[i].weight);
    return true;
}

static bool make(workload *w, uint32_t records, uint32_t decimals)
{
    generate_desc how = { records, records, decimals, 1 };
    starlings_partition_desc classes = { .record_count = records };
    w->edges = (starlings_edge *)malloc(records * sizeof *w->edges);
    w->labels = (uint32_t *)malloc(records * sizeof *w->labels);
    if (w->edges == NULL || w->labels == NULL || !generate_data(&how, w->edges, w->labels))
        return false;
    w->build.edges = w->edges;
    w->build.edge_count = records;
    w->build.record_count = records;
    w->build.decimals = decimals;
    w->build.env.workers.count = 1;
    w->build.env.simd = STARLINGS_SIMD_SCALAR;
    classes.labels = w->labels;
    return starlings_partition_create(&classes, &w->truth) == STARLINGS_OK;
}

typedef bool job(workload *w);

/* Not static and called through a volatile pointer, so that a function of this name is there for
   callgrind to find. */
bool measured(job *run, workload *w);
bool measured(job *run, workload *w)
{
    return run(w);
}

int main(int argc, char **argv)
{
    bool (*volatile counted)(job *run, workload *w) = measured;
    const char *name = argc > 1 ? argv[1] : "";
    workload w;
    bool ok;
    memset(&w, 0, sizeof w);
    if (strcmp(name, "build3") == 0) {
        ok = make(&w, 100000, 3) && counted(build, &w);
    } else if (strcmp(name, "build6") == 0) {
        ok = make(&w, 100000, 6) && counted(build, &w);
    } else if (strcmp(name, "sweep") == 0) {
        ok = make(&w, 100000, 6) && build(&w) && counted(sweep, &w);
    } else if (strcmp(name, "sweep_all") == 0) {
        w.metrics = starlings_metric_set_all(true, false);
        ok = make(&w, 50000, 6) && build(&w) && counted(sweep, &w);
    } else if (strcmp(name, "csv") == 0) {
        ok = make(&w, 50000, 6) && print_csv(&w) && counted(read_csv, &w);
    } else {
        fprintf(stderr, "usage: instructions build3|build6|sweep|sweep_all|csv\n");
        return 2;
    }
    starlings_partition_release(w.truth);
    starlings_hierarchy_release(w.hierarchy);
    free(w.text);
    free(w.labels);
    free(w.edges);
    return ok ? 0 : 1;
}
