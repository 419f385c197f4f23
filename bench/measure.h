/* measure.h - what everything that measures shares: clocks, medians, resident memory. C and C++.
   The file that includes it defines _POSIX_C_SOURCE first. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __GLIBC__
#    include <malloc.h>
#endif

/* Milliseconds of a clock. */
static inline double measure_clock(clockid_t clock)
{
    struct timespec now = { 0, 0 };
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static inline double measure_now(void)
{
    return measure_clock(CLOCK_MONOTONIC);
}

static inline int measure_by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle one; sorts them. */
static inline double measure_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, measure_by_size);
    return values[count / 2];
}

/* A figure of /proc/self/status in kB, -1 where there is none: "VmRSS:" is the resident memory,
   "VmHWM:" its peak. */
static inline long measure_status(const char *name)
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
static inline long measure_memory_reset(void)
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
    return measure_status("VmRSS:");
}

#endif
