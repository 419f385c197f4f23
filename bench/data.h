/* data.h - the data of examples/cli/generate.h, what is built from it, and the calls that more than
   one benchmark times. The file that includes it defines STARLINGS_IMPLEMENTATION. */
#ifndef BENCH_DATA_H
#define BENCH_DATA_H

#include "../examples/cli/generate.h"

#include <stdio.h>
#include <string.h>

typedef struct bench_data {
    starlings_hierarchy_desc desc; /* how to build it; its env is everybody's */
    starlings_hierarchy *hierarchy;
    starlings_partition *truth;
    starlings_edge *edges;
    uint32_t *labels;
} bench_data;

/* Edges and truth; no hierarchy yet. False: no memory; dispose of it in any case. */
static inline bool bench_make(bench_data *d, const generate_desc *how, const starlings_env *env)
{
    starlings_partition_desc classes;
    memset(d, 0, sizeof *d);
    memset(&classes, 0, sizeof classes);
    d->edges = (starlings_edge *)malloc(how->edge_count * sizeof *d->edges);
    d->labels = (uint32_t *)malloc(how->record_count * sizeof *d->labels);
    if (d->edges == NULL || d->labels == NULL || !generate_data(how, d->edges, d->labels))
        return false;
    d->desc.edges = d->edges;
    d->desc.edge_count = how->edge_count;
    d->desc.record_count = how->record_count;
    d->desc.decimals = how->decimals;
    d->desc.env = *env;
    classes.record_count = how->record_count;
    classes.labels = d->labels;
    return starlings_partition_create(&classes, &d->truth) == STARLINGS_OK;
}

static inline void bench_dispose(bench_data *d)
{
    starlings_partition_release(d->truth);
    starlings_hierarchy_release(d->hierarchy);
    free(d->labels);
    free(d->edges);
}

/* For good, where the jobs that follow need one. */
static inline bool bench_build(bench_data *d)
{
    return starlings_hierarchy_create(&d->desc, &d->hierarchy) == STARLINGS_OK;
}

/* The jobs give back what they make. */
static inline bool bench_run_build(const bench_data *d)
{
    starlings_hierarchy *hierarchy = NULL;
    bool ok = starlings_hierarchy_create(&d->desc, &hierarchy) == STARLINGS_OK;
    starlings_hierarchy_release(hierarchy);
    return ok;
}

/* *out_count (may be NULL): the entities. */
static inline bool bench_run_cut(const bench_data *d, double threshold, bool skip_labels,
                                 uint64_t *out_count)
{
    starlings_partition_desc desc;
    starlings_partition *partition = NULL;
    bool ok;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = d->hierarchy;
    desc.threshold = threshold;
    desc.skip_labels = skip_labels;
    desc.env = d->desc.env;
    ok = starlings_partition_create(&desc, &partition) == STARLINGS_OK;
    if (ok && out_count != NULL)
        *out_count = starlings_partition_entity_count(partition);
    starlings_partition_release(partition);
    return ok;
}

/* A sweep of the hierarchy, against the truth unless it is `bare`. NULL keys: all thresholds. */
static inline starlings_sweep_desc bench_sweep_of(const bench_data *d, bool bare,
                                                  const uint32_t *keys, size_t key_count)
{
    starlings_sweep_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = d->hierarchy;
    desc.reference = bare ? NULL : d->truth;
    desc.keys = keys;
    desc.key_count = key_count;
    desc.env = d->desc.env;
    return desc;
}

static inline bool bench_run_sweep(const starlings_sweep_desc *desc)
{
    starlings_sweep *sweep = NULL;
    bool ok = starlings_sweep_create(desc, &sweep) == STARLINGS_OK;
    starlings_sweep_release(sweep);
    return ok;
}

/* Bytes in use at the library's allocator hook, and the most so far. The hook is called by one
   thread only. */
typedef struct bench_memory {
    size_t used;
    size_t peak;
} bench_memory;

static inline void *bench_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    bench_memory *memory = (bench_memory *)ctx;
    void *block = stln_libc_resize(NULL, ptr, old_size, new_size);
    if (block != NULL || new_size == 0)
        memory->used += new_size - old_size;
    if (memory->used > memory->peak)
        memory->peak = memory->used;
    return block;
}

/* An env of so many threads whose memory is counted. */
static inline starlings_env bench_env(uint32_t threads, bench_memory *memory)
{
    starlings_env env;
    memset(&env, 0, sizeof env);
    memset(memory, 0, sizeof *memory);
    env.workers.count = threads;
    env.allocator.resize = bench_resize;
    env.allocator.ctx = memory;
    return env;
}

/* "1M", "100k", "1234" */
static inline const char *bench_many(size_t n, char text[24])
{
    static const char *const units[] = { "", "k", "M", "G" };
    size_t unit = 0;
    for (; unit < 3 && n != 0 && n % 1000 == 0; unit++)
        n /= 1000;
    (void)snprintf(text, 24, "%zu%s", n, units[unit]);
    return text;
}

#endif
