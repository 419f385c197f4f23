/* cost.c - what an edge and a record cost, few or many: one JSON object a line. Flat figures mean
   linear time.
   Build: make build/cost
   Usage: cost [THREADS [RECORDS ...]]       2 threads; 10,000 to 10,000,000 records (3 GB)
   Each number of records with as many edges, 3 and 10 times as many, 6 decimals. */
#define _POSIX_C_SOURCE 200809L
#define STARLINGS_IMPLEMENTATION
#include "data.h"
#include "measure.h"

enum { ROUNDS_MAX = 101, ROUNDS_MIN = 3, KEYS = 1001 };
static const double PATIENCE = 300; /* ms: no new round after that */

typedef struct job {
    const char *name;
    bool (*run)(const bench_data *d);
} job;

static bool run_cut(const bench_data *d)
{
    return bench_run_cut(d, 0.8, true, NULL);
}

static bool run_labels(const bench_data *d)
{
    return bench_run_cut(d, 0.8, false, NULL);
}

static bool run_sweep_1001(const bench_data *d)
{
    uint32_t keys[KEYS];
    starlings_sweep_desc desc = bench_sweep_of(d, false, keys, KEYS);
    for (uint32_t i = 0; i < KEYS; i++)
        keys[i] = i * (STARLINGS_ONE / (KEYS - 1));
    return bench_run_sweep(&desc);
}

static bool run_sweep_all(const bench_data *d)
{
    starlings_sweep_desc desc = bench_sweep_of(d, false, NULL, 0);
    return bench_run_sweep(&desc);
}

static bool measure(const job *j, const bench_data *d, bench_memory *memory)
{
    double times[ROUNDS_MAX], begin = measure_now(), median;
    size_t rounds = 0, before = memory->used;
    memory->peak = before;
    while (rounds < ROUNDS_MIN || (rounds < ROUNDS_MAX && measure_now() - begin < PATIENCE)) {
        double start = measure_now();
        if (!j->run(d))
            return false;
        times[rounds++] = measure_now() - start;
    }
    median = measure_median(times, rounds);
    printf("{\"cost\": \"%s\", \"records\": %u, \"edges\": %zu, \"decimals\": %u, \"threads\": %u, "
           "\"rounds\": %zu, \"ms\": %.4f, \"ns_edge\": %.3f, \"ns_record\": %.3f, "
           "\"bytes_record\": %.1f}\n",
           j->name, (unsigned)d->desc.record_count, d->desc.edge_count, (unsigned)d->desc.decimals,
           (unsigned)d->desc.env.workers.count, rounds, median,
           median * 1e6 / (double)d->desc.edge_count, median * 1e6 / d->desc.record_count,
           (double)(memory->peak - before) / d->desc.record_count);
    fflush(stdout);
    return true;
}

static bool cost(uint32_t records, size_t edges, uint32_t threads)
{
    static const job jobs[] = { { "build", bench_run_build },
                                { "cut", run_cut },
                                { "labels", run_labels },
                                { "sweep 1001", run_sweep_1001 },
                                { "sweep all", run_sweep_all } };
    generate_desc how = { records, edges, 6, 1 };
    bench_memory memory;
    starlings_env env = bench_env(threads, &memory);
    bench_data d;
    bool ok = bench_make(&d, &how, &env) && bench_build(&d);
    for (size_t i = 0; ok && i < sizeof jobs / sizeof jobs[0]; i++)
        ok = measure(&jobs[i], &d, &memory);
    if (!ok)
        fprintf(stderr, "cost: no memory\n");
    bench_dispose(&d);
    return ok;
}

int main(int argc, char **argv)
{
    static const uint32_t usual[] = { 10000, 100000, 1000000, 10000000 };
    static const uint32_t times[] = { 1, 3, 10 };
    uint32_t threads = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2;
    int sizes = argc > 2 ? argc - 2 : (int)(sizeof usual / sizeof usual[0]);
    bool ok = threads > 0;
    for (int i = 0; ok && i < sizes; i++) {
        uint32_t records = argc > 2 ? (uint32_t)strtoul(argv[i + 2], NULL, 10) : usual[i];
        ok = records > 0;
        for (size_t t = 0; ok && t < sizeof times / sizeof times[0]; t++)
            ok = cost(records, (size_t)records * times[t], threads);
    }
    if (!ok)
        fprintf(stderr, "usage: cost [THREADS [RECORDS ...]]\n");
    return ok ? 0 : 1;
}
