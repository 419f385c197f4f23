/* t.h - the test harness: checks that count, a runner with a name filter, a random generator.
   A failure prints file, line and what was seen, and the test goes on (T_REQUIRE leaves the
   function). The last line of the program is "unit: N passed, N failed, N skipped". */
#ifndef T_H
#define T_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T_PRINTED = 20 }; /* failures shown of one test function; the rest is only counted */

static struct {
    unsigned long long passed, failed, skipped;
    unsigned long long before; /* failures when the running test began */
    const char *filter;        /* run only tests whose name holds this; NULL: all */
    uint64_t seed;             /* start of every random sequence */
    bool big;                  /* --long: more cases, larger sizes */
} t_state = { 0, 0, 0, 0, NULL, 1, false };

/* Count a check; true if it failed and more is to be printed after file and line. */
static bool t_failed(bool good, const char *file, int line)
{
    if (good) {
        t_state.passed++;
        return false;
    }
    t_state.failed++;
    if (t_state.failed - t_state.before > T_PRINTED)
        return false;
    printf("%s:%d: ", file, line);
    return true;
}

static bool t_check(bool good, const char *text, const char *file, int line)
{
    if (t_failed(good, file, line))
        printf("failed: %s\n", text);
    return good;
}

static bool t_eq_u64(uint64_t got, uint64_t want, const char *text, const char *file, int line)
{
    if (t_failed(got == want, file, line))
        printf("%s is %llu, not %llu\n", text, (unsigned long long)got, (unsigned long long)want);
    return got == want;
}

/* A status by its number: 0 is success, the list of statuses has the others. */
static bool t_status(int64_t got, int64_t want, const char *text, const char *file, int line)
{
    if (t_failed(got == want, file, line))
        printf("status %lld, not %lld: %s\n", (long long)got, (long long)want, text);
    return got == want;
}

/* Equal numbers, also infinite ones, are near at any tolerance; a NaN never is. */
static bool t_near(double got, double want, double tol, const char *text, const char *file,
                   int line)
{
    double off = got < want ? want - got : got - want;
    bool good = (got <= want && got >= want) || off <= tol;
    if (t_failed(good, file, line))
        printf("%s is %.17g, not %.17g (tolerance %g)\n", text, got, want, tol);
    return good;
}

static bool t_eq_str(const char *got, const char *want, const char *text, const char *file,
                     int line)
{
    bool good = got != NULL && want != NULL && strcmp(got, want) == 0;
    if (t_failed(good, file, line))
        printf("%s is \"%s\", not \"%s\"\n", text, got != NULL ? got : "(null)",
               want != NULL ? want : "(null)");
    return good;
}

#define T_CHECK(c) ((void)t_check((c), #c, __FILE__, __LINE__))
#define T_EQ_U64(got, want) \
    ((void)t_eq_u64((uint64_t)(got), (uint64_t)(want), #got, __FILE__, __LINE__))
#define T_STATUS(got, want) \
    ((void)t_status((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__))
#define T_NEAR(got, want, tol) ((void)t_near((got), (want), (tol), #got, __FILE__, __LINE__))
#define T_EQ_STR(got, want) ((void)t_eq_str((got), (want), #got, __FILE__, __LINE__))
#define T_REQUIRE(c)                               \
    do {                                           \
        if (!t_check((c), #c, __FILE__, __LINE__)) \
            return;                                \
    } while (0)
#define T_SKIP(count, reason)                                               \
    do {                                                                    \
        unsigned long long t_count = (unsigned long long)(count);           \
        t_state.skipped += t_count;                                         \
        printf("%s: skipped %llu: %s\n", __func__, t_count, (reason));      \
    } while (0)
#define T_RUN(fn) t_run(#fn, (fn))

static void t_run(const char *name, void (*fn)(void))
{
    if (t_state.filter != NULL && strstr(name, t_state.filter) == NULL)
        return;
    t_state.before = t_state.failed;
    fn();
    if (t_state.failed - t_state.before > T_PRINTED)
        printf("%s: %llu more failures\n", name, t_state.failed - t_state.before - T_PRINTED);
    fflush(stdout);
}

/* Arguments in any order: --long, a number (the seed), a part of a test's name. */
static void t_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *end = argv[i];
        unsigned long long seed = strtoull(argv[i], &end, 10);
        if (strcmp(argv[i], "--long") == 0)
            t_state.big = true;
        else if (end != argv[i] && *end == '\0')
            t_state.seed = seed;
        else
            t_state.filter = argv[i];
    }
}

static int t_finish(void)
{
    printf("unit: %llu passed, %llu failed, %llu skipped\n", t_state.passed, t_state.failed,
           t_state.skipped);
    return t_state.failed != 0;
}

/* splitmix64 (Steele, Lea, Flood 2014): every seed is good, and the state is one number. */
typedef struct t_rng {
    uint64_t state;
} t_rng;

/* A sequence of its own for each test: salt tells them apart. */
static t_rng t_rng_make(uint64_t salt)
{
    t_rng rng = { t_state.seed * 0x9e3779b97f4a7c15u + salt * 0xd1b54a32d192ed03u };
    return rng;
}

static uint64_t t_random(t_rng *rng)
{
    uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 ... range-1 by multiply and shift; 0 for a range of 0. */
static uint32_t t_below(t_rng *rng, uint32_t range)
{
    return (uint32_t)(((t_random(rng) >> 32) * range) >> 32);
}

/* A double in [0, 1). */
static double t_unit(t_rng *rng)
{
    return (double)(t_random(rng) >> 11) * (1.0 / 9007199254740992.0);
}

#endif
