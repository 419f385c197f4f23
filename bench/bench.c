/* bench.c - how long the main jobs take: one JSON object a line, medians in milliseconds.
   Build: make build/bench
   Usage: bench [RECORDS [REPEATS [THREADS]]]       1,000,000 records, 7 repeats, 2 threads */
#define _POSIX_C_SOURCE 200809L
#define STARLINGS_IMPLEMENTATION
#include "../examples/cli/generate.h"

#include <stdio.h>
#include <time.h>

enum { REPEATS_MAX = 101 };

typedef struct data {
    starlings_hierarchy_desc desc; /* how to build it */
    starlings_hierarchy *hierarchy;
    starlings_partition *truth;
    starlings_edge *edges;
    uint32_t *labels;
} data;

static struct {
    uint32_t repeats;
    uint32_t threads;
} options = { 7, 2 };

static double milliseconds(void)
{
    struct timespec now = { 0, 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Run a job again and again; print the median. The jobs give back what they make. */
static bool measure(const char *job, const data *d, bool (*run)(const data *d))
{
    double times[REPEATS_MAX];
    for (uint32_t i = 0; i < options.repeats; i++) {
        double start = milliseconds();
        if (!run(d)) {
            fprintf(stderr, "bench: %s failed\n", job);
            return false;
        }
        times[i] = milliseconds() - start;
    }
    qsort(times, options.repeats, sizeof times[0], by_size);
    printf("{\"job\": \"%s\", \"records\": %u, \"edges\": %zu, \"decimals\": %u, "
           "\"threads\": %u, \"ms\": %.3f, \"least\": %.3f}\n",
           job, (unsigned)d->desc.record_count, d->desc.edge_count, (unsigned)d->desc.decimals,
           (unsigned)options.threads, times[options.repeats / 2], times[0]);
    fflush(stdout);
    return true;
}

static bool run_build(const data *d)
{
    starlings_hierarchy *hierarchy = NULL;
    bool ok = starlings_hierarchy_create(&d->desc, &hierarchy) == STARLINGS_OK;
    starlings_hierarchy_release(hierarchy);
    return ok;
}

static bool run_partition(const data *d, bool skip_labels)
{
    starlings_partition_desc desc = { .hierarchy = d->hierarchy,
                                      .threshold = 0.8,
                                      .skip_labels = skip_labels,
                                      .env = d->desc.env };
    starlings_partition *partition = NULL;
    bool ok = starlings_partition_create(&desc, &partition) == STARLINGS_OK;
    starlings_partition_release(partition);
    return ok;
}

static bool run_cut(const data *d)
{
    return run_partition(d, true);
}

static bool run_labels(const data *d)
{
    return run_partition(d, false);
}

static bool run_sweep_of(const data *d, starlings_metric_set metrics)
{
    starlings_sweep_desc desc = { .hierarchy = d->hierarchy,
                                  .reference = d->truth,
                                  .metrics = metrics,
                                  .env = d->desc.env };
    starlings_sweep *sweep = NULL;
    bool ok = starlings_sweep_create(&desc, &sweep) == STARLINGS_OK;
    starlings_sweep_release(sweep);
    return ok;
}

static bool run_sweep(const data *d)
{
    return run_sweep_of(d, (starlings_metric_set){ { 0 } });
}

static bool run_sweep_all(const data *d)
{
    return run_sweep_of(d, starlings_metric_set_all(true, false));
}

/* All metrics of one cost, and no others. */
static starlings_metric_set metrics_of(starlings_metric_cost cost)
{
    starlings_metric_set set = { { 0 } };
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++)
        if (starlings_metric_describe((starlings_metric)m)->cost == cost)
            starlings_metric_set_add(&set, (starlings_metric)m);
    return set;
}

static bool run_sweep_links(const data *d)
{
    return run_sweep_of(d, metrics_of(STARLINGS_COST_LINKS));
}

static bool run_sweep_cells(const data *d)
{
    return run_sweep_of(d, metrics_of(STARLINGS_COST_CELLS));
}

static bool run_sweep_sizes(const data *d)
{
    return run_sweep_of(d, metrics_of(STARLINGS_COST_SIZES));
}

static bool run_sweep_prices(const data *d)
{
    return run_sweep_of(d, metrics_of(STARLINGS_COST_PRICES));
}

/* Against the truth at one threshold, where entities are about right. */
static bool run_compare_of(const data *d, starlings_metric_set metrics)
{
    static const uint32_t key = 800000;
    starlings_sweep_desc desc = { .hierarchy = d->hierarchy,
                                  .reference = d->truth,
                                  .keys = &key,
                                  .key_count = 1,
                                  .metrics = metrics,
                                  .env = d->desc.env };
    starlings_sweep *sweep = NULL;
    bool ok = starlings_sweep_create(&desc, &sweep) == STARLINGS_OK;
    starlings_sweep_release(sweep);
    return ok;
}

static bool run_compare(const data *d)
{
    return run_compare_of(d, (starlings_metric_set){ { 0 } });
}

static bool run_compare_chance(const data *d)
{
    return run_compare_of(d, metrics_of(STARLINGS_COST_CHANCE));
}

static bool run_compare_table(const data *d)
{
    return run_compare_of(d, metrics_of(STARLINGS_COST_TABLE));
}

static bool run_compare_matching(const data *d)
{
    return run_compare_of(d, metrics_of(STARLINGS_COST_MATCHING));
}

/* The hierarchy against itself: 11 cuts by 101. */
static bool run_grid(const data *d)
{
    uint32_t rows[11], columns[101];
    starlings_grid_desc desc = { .a = d->hierarchy,
                                 .b = d->hierarchy,
                                 .keys_a = rows,
                                 .key_count_a = 11,
                                 .keys_b = columns,
                                 .key_count_b = 101,
                                 .env = d->desc.env };
    starlings_grid *grid = NULL;
    bool ok;
    for (uint32_t i = 0; i < 101; i++)
        columns[i] = i * 10000;
    for (uint32_t i = 0; i < 11; i++)
        rows[i] = i * 100000;
    ok = starlings_grid_create(&desc, &grid) == STARLINGS_OK;
    starlings_grid_release(grid);
    return ok;
}

static bool make(data *d, uint32_t records, size_t edges, uint32_t decimals)
{
    generate_desc how = { records, edges, decimals, 1 };
    starlings_partition_desc classes = { .record_count = records };

    d->edges = (starlings_edge *)malloc(edges * sizeof *d->edges);
    d->labels = (uint32_t *)malloc(records * sizeof *d->labels);
    if (d->edges == NULL || d->labels == NULL || !generate_data(&how, d->edges, d->labels))
        return false;
    d->desc.edges = d->edges;
    d->desc.edge_count = edges;
    d->desc.record_count = records;
    d->desc.decimals = decimals;
    d->desc.env.workers.count = options.threads;
    classes.labels = d->labels;
    return starlings_partition_create(&classes, &d->truth) == STARLINGS_OK &&
           starlings_hierarchy_create(&d->desc, &d->hierarchy) == STARLINGS_OK;
}

static bool bench(uint32_t records, size_t edges, uint32_t decimals, bool build_only)
{
    data d = { { 0 }, NULL, NULL, NULL, NULL };
    bool ok = make(&d, records, edges, decimals) && measure("build", &d, run_build);
    if (ok && !build_only)
        ok = measure("cut", &d, run_cut) && measure("labels", &d, run_labels) &&
             measure("sweep", &d, run_sweep) && measure("sweep all", &d, run_sweep_all) &&
             measure("sweep links", &d, run_sweep_links) &&
             measure("sweep cells", &d, run_sweep_cells) &&
             measure("sweep sizes", &d, run_sweep_sizes) &&
             measure("sweep prices", &d, run_sweep_prices) &&
             measure("compare", &d, run_compare) &&
             measure("compare chance", &d, run_compare_chance) &&
             measure("compare table", &d, run_compare_table) &&
             measure("compare matching", &d, run_compare_matching) &&
             measure("grid", &d, run_grid);
    starlings_partition_release(d.truth);
    starlings_hierarchy_release(d.hierarchy);
    free(d.labels);
    free(d.edges);
    return ok;
}

/* ---- kernels: the plain loop and its AVX2 twin ----------------------------- */

typedef struct kernel_data {
    const starlings_edge *edges;
    const uint32_t *height;
    uint32_t *out;
    uint32_t count;
} kernel_data;

static void kernel_quantise(const stln_kernels *k, const kernel_data *d)
{
    for (uint32_t i = 0; i + STLN_EDGE_RUN <= d->count; i += STLN_EDGE_RUN)
        (void)k->quantise(d->edges + i, STLN_EDGE_RUN, 2e6, d->out);
}

static void kernel_cut(const stln_kernels *k, const kernel_data *d)
{
    (void)k->cut(d->height, 0, d->count, 600000, d->out);
}

static void kernel_cut_count(const stln_kernels *k, const kernel_data *d)
{
    d->out[0] = (uint32_t)k->cut_count(d->height, 0, d->count, 600000);
}

static void kernel_block_minima(const stln_kernels *k, const kernel_data *d)
{
    k->block_minima(d->height, d->count / STLN_BLOCK, d->out);
}

static void kernel_block_views(const stln_kernels *k, const kernel_data *d)
{
    k->block_views(d->height, d->count / STLN_BLOCK, (uint16_t *)d->out);
}

static double kernel_time(const stln_kernels *k, const kernel_data *d,
                          void (*run)(const stln_kernels *k, const kernel_data *d))
{
    double times[REPEATS_MAX];
    for (uint32_t i = 0; i < options.repeats; i++) {
        double start = milliseconds();
        run(k, d);
        times[i] = milliseconds() - start;
    }
    qsort(times, options.repeats, sizeof times[0], by_size);
    return times[options.repeats / 2];
}

static bool bench_kernels(uint32_t records)
{
    static const struct {
        const char *name;
        void (*run)(const stln_kernels *k, const kernel_data *d);
    } kernels[] = { { "quantise", kernel_quantise },
                    { "cut", kernel_cut },
                    { "cut_count", kernel_cut_count },
                    { "block_minima", kernel_block_minima },
                    { "block_views", kernel_block_views } };
    const stln_kernels *plain = stln_kernels_of(STARLINGS_SIMD_SCALAR);
    const stln_kernels *best = stln_kernels_of(STARLINGS_SIMD_BEST);
    data d = { { 0 }, NULL, NULL, NULL, NULL };
    kernel_data k = { NULL, NULL, NULL, records };
    bool ok = make(&d, records, records, 6);
    k.out = (uint32_t *)malloc(((size_t)records + STLN_EDGE_RUN) * sizeof *k.out);
    ok = ok && k.out != NULL;
    k.edges = d.edges;
    k.height = starlings_hierarchy_height(d.hierarchy);
    for (size_t i = 0; ok && i < sizeof kernels / sizeof kernels[0]; i++)
        printf("{\"kernel\": \"%s\", \"items\": %u, \"scalar_ms\": %.3f, \"simd_ms\": %.3f}\n",
               kernels[i].name, (unsigned)records, kernel_time(plain, &k, kernels[i].run),
               kernel_time(best, &k, kernels[i].run));
    free(k.out);
    starlings_partition_release(d.truth);
    starlings_hierarchy_release(d.hierarchy);
    free(d.labels);
    free(d.edges);
    return ok;
}

int main(int argc, char **argv)
{
    uint32_t records = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    if (argc > 2)
        options.repeats = (uint32_t)strtoul(argv[2], NULL, 10);
    if (argc > 3)
        options.threads = (uint32_t)strtoul(argv[3], NULL, 10);
    if (records == 0 || options.repeats == 0 || options.repeats > REPEATS_MAX) {
        fprintf(stderr, "usage: bench [RECORDS [REPEATS [THREADS]]]\n");
        return 2;
    }
    return bench(records, records, 3, false) && bench(records, records, 6, false) &&
                   bench(records, (size_t)records * 10, 3, true) && bench_kernels(records)
               ? 0
               : 1;
}
