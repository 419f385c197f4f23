/* peer.h - what the runners in C and C++ share: the file of build/generate binary, medians, and the
   JSON lines that bench/peers/run.sh collects.

   A runner prints "job" lines (a time) and "check" lines (a result that all runners must agree on:
   cluster counts at CHECK_AT, and metrics at CUT_AT, weights compared as doubles). */
#ifndef PEER_H
#define PEER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __GLIBC__
#    include <malloc.h>
#endif

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

static inline double peer_clock(clockid_t clock)
{
    struct timespec now = { 0, 0 };
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

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

/* A figure of /proc/self/status in kB, -1 where there is none. */
static inline long peer_status(const char *name)
{
    char line[256];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtol(line + strlen(name), NULL, 10);
    if (file != NULL)
        (void)fclose(file);
    return value;
}

/* Set the peak of resident memory back to what is resident now; that, in kB. */
static inline long peer_memory_reset(void)
{
    FILE *file;
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
    file = fopen("/proc/self/clear_refs", "w");
    if (file == NULL)
        return -1;
    (void)fputs("5", file);
    if (fclose(file) != 0)
        return -1;
    return peer_status("VmRSS:");
}

static inline int peer_by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Run a job several times (fewer if it takes long); print its median, processor time (the same
   where nothing else runs, and less hurt where something does) and peak memory. */
static inline void peer_job(const peer_data *d, const char *job, const char *what,
                            void (*run)(void *ctx), void *ctx)
{
    double times[PEER_ROUNDS_MAX], cpu[PEER_ROUNDS_MAX], begin = peer_clock(CLOCK_MONOTONIC);
    int rounds = 0;
    long before = peer_memory_reset(), peak = -1;
    while (rounds < PEER_ROUNDS_MAX &&
           (rounds == 0 || peer_clock(CLOCK_MONOTONIC) - begin < PEER_PATIENCE)) {
        double start = peer_clock(CLOCK_MONOTONIC);
        double start_cpu = peer_clock(CLOCK_PROCESS_CPUTIME_ID);
        run(ctx);
        cpu[rounds] = peer_clock(CLOCK_PROCESS_CPUTIME_ID) - start_cpu;
        times[rounds++] = peer_clock(CLOCK_MONOTONIC) - start;
        if (rounds == 1 && before >= 0)
            peak = peer_status("VmHWM:");
    }
    qsort(times, (size_t)rounds, sizeof times[0], peer_by_size);
    qsort(cpu, (size_t)rounds, sizeof cpu[0], peer_by_size);
    printf("{\"peer\": \"%s\", \"job\": \"%s\", \"what\": \"%s\", \"records\": %u, \"edges\": %zu, "
           "\"decimals\": %u, \"threads\": %d, \"rounds\": %d, \"ms\": %.3f, \"least\": %.3f, "
           "\"cpu_ms\": %.3f, \"peak_mb\": %.0f}\n",
           d->peer, job, what, (unsigned)d->n, d->m, (unsigned)d->decimals, d->threads, rounds,
           times[rounds / 2], times[0], cpu[rounds / 2],
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
