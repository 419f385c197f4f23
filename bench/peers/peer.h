/* peer.h - what the runners in C and C++ share: the file of build/generate binary, medians, and the
   JSON lines that bench/peers/run.sh collects.

   A runner prints "job" lines (a time) and "check" lines (a result that all runners must agree on:
   cluster counts at CHECK_AT, and metrics at CUT_AT, weights compared as doubles). */
#ifndef PEER_H
#define PEER_H

#include "../measure.h"

#include <stdint.h>

enum { PEER_ROUNDS_MAX = 7, PEER_CHECKS = 5 };

static const double PEER_CHECK_AT[PEER_CHECKS] = { 0.1, 0.3, 0.5, 0.7, 0.9 };
static const double PEER_CUT_AT = 0.6;
static const double PEER_PATIENCE = 8000; /* ms: no new round after that */

typedef struct peer_data {
    const char *peer; /* name and version, for the lines */
    int threads;
    uint32_t n;
    size_t m;
    uint32_t decimals;
    uint32_t *a;
    uint32_t *b;
    double *weight;
    uint32_t *truth;
} peer_data;

static inline void *peer_read(FILE *file, size_t count, size_t size)
{
    void *bytes = malloc(count * size + 1);
    if (bytes == NULL || fread(bytes, size, count, file) != count) {
        fprintf(stderr, "peer: the file is too short, or no memory\n");
        exit(1);
    }
    return bytes;
}

static inline peer_data peer_load(const char *path, const char *peer)
{
    peer_data d;
    uint64_t head[4] = { 0, 0, 0, 0 };
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(head, sizeof head, 1, file) != 1 ||
        head[0] != 0x31676E696C726174u) {
        fprintf(stderr, "peer: %s is not a file of build/generate binary\n", path);
        exit(1);
    }
    d.peer = peer;
    d.threads = 1;
    d.n = (uint32_t)head[1];
    d.m = (size_t)head[2];
    d.decimals = (uint32_t)head[3];
    d.a = (uint32_t *)peer_read(file, d.m, sizeof *d.a);
    d.b = (uint32_t *)peer_read(file, d.m, sizeof *d.b);
    d.weight = (double *)peer_read(file, d.m, sizeof *d.weight);
    d.truth = (uint32_t *)peer_read(file, d.n, sizeof *d.truth);
    (void)fclose(file);
    return d;
}

/* Run a job several times (fewer if it takes long); print its median, processor time (the same
   where nothing else runs, and less hurt where something does) and peak memory. */
static inline void peer_job(const peer_data *d, const char *job, const char *what,
                            void (*run)(void *ctx), void *ctx)
{
    double times[PEER_ROUNDS_MAX], cpu[PEER_ROUNDS_MAX], begin = measure_now();
    double median, median_cpu;
    int rounds = 0;
    long before = measure_memory_reset(), peak = -1;
    while (rounds < PEER_ROUNDS_MAX &&
           (rounds == 0 || measure_now() - begin < PEER_PATIENCE)) {
        double start = measure_now();
        double start_cpu = measure_clock(CLOCK_PROCESS_CPUTIME_ID);
        run(ctx);
        cpu[rounds] = measure_clock(CLOCK_PROCESS_CPUTIME_ID) - start_cpu;
        times[rounds++] = measure_now() - start;
        if (rounds == 1 && before >= 0)
            peak = measure_status("VmHWM:");
    }
    median = measure_median(times, (size_t)rounds);
    median_cpu = measure_median(cpu, (size_t)rounds);
    printf("{\"peer\": \"%s\", \"job\": \"%s\", \"what\": \"%s\", \"records\": %u, \"edges\": %zu, "
           "\"decimals\": %u, \"threads\": %d, \"rounds\": %d, \"ms\": %.3f, \"least\": %.3f, "
           "\"cpu_ms\": %.3f, \"peak_mb\": %.0f}\n",
           d->peer, job, what, (unsigned)d->n, d->m, (unsigned)d->decimals, d->threads, rounds,
           median, times[0], median_cpu,
           peak < 0 ? -1.0 : (double)(peak - before) / 1024);
    fflush(stdout);
}

static inline void peer_check(const peer_data *d, const char *check, double at, double value)
{
    printf("{\"peer\": \"%s\", \"check\": \"%s\", \"at\": %.1f, \"records\": %u, \"edges\": %zu, "
           "\"value\": %.15g}\n",
           d->peer, check, at, (unsigned)d->n, d->m, value);
    fflush(stdout);
}

#endif
