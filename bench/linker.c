/* linker.c - the linker on records of many kinds: one JSON object a line. What records.h makes goes
   in by batches of 5,000, made outside the time that is measured; add_ms and resolve_ms are all
   batches and all resolutions of one run, records_s counts both. Of several runs the one whose sum
   is the median is told.
     given, known, refused   records offered; there before and saying the same, or something else
     merges                  records less entities
     contested               components in which some two records clash
     refusals, conflicts     lists made after the last resolution, with their own times
     bytes_record            what the linker holds for each record it keeps
     peak_mb                 the most at the allocator, lists included
     p50_ms, p99_ms          adding one batch
   Then the parts: intervals, conflicts, golden records; ns is for one of `things`.
   Build: make build/linker
   Usage: linker [--only TEXT] [RECORDS [REPEATS [THREADS]]]   1,000,000 records, 3, threads 1 and
                                                               2; only jobs whose name has TEXT
          linker --list [RECORDS]                              the names */
#define _POSIX_C_SOURCE 200809L
#define STARLINGS_IMPLEMENTATION
#include "records.h"
#include "measure.h"

enum { REPEATS_MAX = 31, BATCHES_MAX = 20000, ROUNDS_MAX = 31, SMALL = 100000 };
static const double PATIENCE = 500; /* ms: no new round of a small job after that */

static struct {
    const char *only;
    bool list;
    uint32_t records;
    uint32_t repeats;
    uint32_t threads; /* 0: 1 and 2 */
} options = { "", false, 1000000, 3, 0 };

/* One run. */
typedef struct run {
    double add_ms, resolve_ms, p50_ms, p99_ms, refusals_ms, conflicts_ms;
    uint32_t given, known, refused, resolves;
    starlings_resolution_stats stats;
    size_t refusals, conflicts, bytes, peak;
} run;

typedef struct bench {
    bench_memory memory;
    starlings_env env;
    records_batch *batch;
    starlings_linker *linker;
    starlings_resolution *resolution;
} bench;

static bool wanted(const char *name)
{
    if (strstr(name, options.only) == NULL)
        return false;
    if (options.list)
        printf("%s\n", name);
    return !options.list;
}

/* ---- linking --------------------------------------------------------------- */

static bool start(bench *b, const char *rules, uint32_t threads)
{
    starlings_linker_desc desc;
    bool ok;
    memset(b, 0, sizeof *b);
    memset(&desc, 0, sizeof desc);
    b->env = bench_env(threads, &b->memory);
    b->batch = records_batch_new();
    desc.env = b->env;
    ok = b->batch != NULL && starlings_ontology_create(&b->env, &desc.ontology) == STARLINGS_OK &&
         starlings_ontology_read(desc.ontology, starlings_text_of(rules)) == STARLINGS_OK &&
         starlings_linker_create(&desc, &b->linker) == STARLINGS_OK;
    starlings_ontology_release(desc.ontology);
    return ok;
}

static void stop(bench *b)
{
    starlings_resolution_release(b->resolution);
    starlings_linker_release(b->linker);
    records_batch_free(b->batch);
}

static bool resolve(bench *b, run *r)
{
    double begin = measure_now();
    bool ok;
    starlings_resolution_release(b->resolution);
    ok = starlings_linker_resolve(b->linker, &b->resolution) == STARLINGS_OK;
    r->resolve_ms += measure_now() - begin;
    r->resolves++;
    return ok;
}

/* One batch; how long it took. */
static bool add(bench *b, run *r, uint32_t count, double *out_ms)
{
    double begin = measure_now();
    bool ok = starlings_linker_add(b->linker, b->batch->records, count, b->batch->arrivals) ==
              STARLINGS_OK;
    *out_ms = measure_now() - begin;
    r->add_ms += *out_ms;
    r->given += count;
    for (uint32_t i = 0; ok && i < count; i++) {
        r->known += b->batch->arrivals[i] == STARLINGS_ARRIVAL_KNOWN;
        r->refused += b->batch->arrivals[i] == STARLINGS_ARRIVAL_REFUSED;
    }
    return ok;
}

/* All records of a source; a resolution after so many batches (0: only at the end). */
static bool link_all(bench *b, records_source *s, uint32_t records, uint32_t every, run *r)
{
    static double times[BATCHES_MAX];
    uint32_t batches = 0;
    bool ok = records <= (uint32_t)BATCHES_MAX * RECORDS_BATCH;
    memset(r, 0, sizeof *r);
    records_begin(s, records);
    for (uint32_t done = 0; ok && done < records;) {
        uint32_t count = records - done < RECORDS_BATCH ? records - done : RECORDS_BATCH;
        records_make(s, b->batch, done, count);
        done += count;
        ok = add(b, r, count, &times[batches++]);
        if (ok && (done == records || (every > 0 && batches % every == 0)))
            ok = resolve(b, r);
    }
    if (ok) {
        r->p50_ms = measure_median(times, batches);
        r->p99_ms = times[(size_t)batches * 99 / 100];
        r->stats = starlings_resolution_statistics(b->resolution);
        r->bytes = starlings_linker_size(b->linker);
    }
    return ok;
}

/* What the resolution kept apart, and what contradicts itself. */
static bool count_faults(const bench *b, run *r)
{
    starlings_refusals *refusals = NULL;
    starlings_conflicts_desc desc;
    starlings_conflicts *conflicts = NULL;
    double begin = measure_now();
    bool ok = starlings_refusals_create(b->resolution, &b->env, &refusals) == STARLINGS_OK;
    r->refusals_ms = measure_now() - begin;
    r->refusals = ok ? starlings_refusals_count(refusals) : 0;
    starlings_refusals_release(refusals);
    memset(&desc, 0, sizeof desc);
    desc.resolution = b->resolution;
    desc.env = b->env;
    begin = measure_now();
    ok = ok && starlings_conflicts_create(&desc, &conflicts) == STARLINGS_OK;
    r->conflicts_ms = measure_now() - begin;
    r->conflicts = ok ? starlings_conflicts_count(conflicts) : 0;
    starlings_conflicts_release(conflicts);
    r->peak = b->memory.peak;
    return ok;
}

static int by_time(const void *a, const void *b)
{
    const run *x = (const run *)a, *y = (const run *)b;
    double xs = x->add_ms + x->resolve_ms, ys = y->add_ms + y->resolve_ms;
    return (xs > ys) - (xs < ys);
}

static void tell(const char *name, uint32_t threads, const run *r)
{
    const starlings_resolution_stats *stats = &r->stats;
    double ms = r->add_ms + r->resolve_ms;
    printf("{\"link\": \"%s\", \"threads\": %u, \"given\": %u, \"kept\": %u, \"known\": %u, "
           "\"refused\": %u, \"resolves\": %u, \"records_s\": %.0f, \"ns_record\": %.0f, "
           "\"add_ms\": %.1f, \"resolve_ms\": %.1f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, "
           "\"entities\": %u, \"merges\": %u, \"components\": %u, \"contested\": %u, "
           "\"refusals\": %zu, \"refusals_ms\": %.1f, \"conflicts\": %zu, \"conflicts_ms\": %.1f, "
           "\"bytes_record\": %.1f, \"peak_mb\": %.1f}\n",
           name, (unsigned)threads, (unsigned)r->given, (unsigned)stats->records,
           (unsigned)r->known, (unsigned)r->refused, (unsigned)r->resolves, r->given / ms * 1e3,
           ms * 1e6 / r->given, r->add_ms, r->resolve_ms, r->p50_ms, r->p99_ms,
           (unsigned)stats->entities, (unsigned)(stats->records - stats->entities),
           (unsigned)stats->components, (unsigned)stats->contested, r->refusals, r->refusals_ms,
           r->conflicts, r->conflicts_ms, (double)r->bytes / stats->records,
           (double)r->peak / 1e6);
    fflush(stdout);
}

static bool measure_threads(const char *name, records_source *s, uint32_t records, uint32_t every,
                            uint32_t threads)
{
    run runs[REPEATS_MAX];
    for (uint32_t i = 0; i < options.repeats; i++) {
        bench b;
        bool ok = start(&b, s->rules, threads) && link_all(&b, s, records, every, &runs[i]) &&
                  count_faults(&b, &runs[i]);
        stop(&b);
        if (!ok) {
            fprintf(stderr, "linker: %s failed\n", name);
            return false;
        }
    }
    qsort(runs, options.repeats, sizeof *runs, by_time);
    tell(name, threads, &runs[options.repeats / 2]);
    return true;
}

static bool measure(const records_source *source, uint32_t records, uint32_t every)
{
    records_source s = *source;
    char name[96], many[24];
    int size = snprintf(name, sizeof name, "%s %s", s.name, bench_many(records, many));
    if (every > 0)
        snprintf(name + size, sizeof name - (size_t)size, ", resolved every %u batches",
                 (unsigned)every);
    if (!wanted(name))
        return true;
    if (options.threads > 0)
        return measure_threads(name, &s, records, every, options.threads);
    return measure_threads(name, &s, records, every, 1) &&
           measure_threads(name, &s, records, every, 2);
}

static const char *const simple_rules = "type person\nkey person: name, email\nstrong ssn\n";
static const char *const hot_rules = "key all: name\nstrong tax\nstrong passport\n";

static bool measure_links(uint32_t n)
{
    const records_source simple[3] = {
        { "simple, overlap 0.01,", simple_rules, records_simple, 0.01, 0, 0, 0, 0, 0, { 0 } },
        { "simple, overlap 0.1,", simple_rules, records_simple, 0.1, 0, 0, 0, 0, 0, { 0 } },
        { "simple, overlap 0.25,", simple_rules, records_simple, 0.25, 0, 0, 0, 0, 0, { 0 } }
    };
    const records_source load[3] = {
        { "loadtest,", records_loadtest_rules, records_loadtest, 0.1, 0, 0, 0, 0, 0, { 0 } },
        { "loadtest, conflict 0.05,", records_loadtest_rules, records_loadtest, 0.1, 0.05, 0, 0, 0,
          0, { 0 } },
        { "loadtest, conflict 0.05, cross 0.05,", records_loadtest_rules, records_loadtest, 0.1,
          0.05, 0.05, 0, 0, 0, { 0 } }
    };
    const records_source people = {
        "people, conflict 0.01,", records_people_rules, records_people, 0, 0.01, 0, 0, 0, 0, { 0 }
    };
    bool ok = true;
    for (uint32_t i = 0; ok && i < 3; i++)
        ok = measure(&simple[i], n / 20, 0) && measure(&simple[i], n / 10, 0) &&
             measure(&simple[i], n, 0);
    for (uint32_t i = 0; ok && i < 3; i++)
        ok = measure(&load[i], n, 0) && measure(&load[i], n, 10);
    return ok && measure(&people, n, 0) && measure(&people, n, 10);
}

static bool measure_hot(uint32_t n)
{
    static const char *const names[4] = { "hot key, all link,", "hot key, all clash,",
                                          "hot key, all clash, second agrees,",
                                          "hot key, two identifiers," };
    bool ok = true;
    for (uint32_t kind = 0; ok && kind < 4; kind++) {
        const records_source s = { names[kind], hot_rules, records_hot, 0, 0, 0, kind, 0, 0,
                                   { 0 } };
        ok = measure(&s, n / 100, 0) && measure(&s, n / 10, 0);
        if (ok && kind < 3) /* a million short claims of two kinds under one key take minutes */
            ok = measure(&s, n, 0);
    }
    return ok;
}

/* ---- parts ----------------------------------------------------------------- */

/* The median of a job that does `things` of something. */
static bool time_job(const char *name, bool (*job)(void *ctx), void *ctx, size_t things)
{
    double times[ROUNDS_MAX], begin = measure_now(), median;
    size_t rounds = 0;
    while (rounds < 3 || (rounds < ROUNDS_MAX && measure_now() - begin < PATIENCE)) {
        double from = measure_now();
        if (!job(ctx)) {
            fprintf(stderr, "linker: %s failed\n", name);
            return false;
        }
        times[rounds++] = measure_now() - from;
    }
    median = measure_median(times, rounds);
    printf("{\"job\": \"%s\", \"things\": %zu, \"ms\": %.3f, \"ns\": %.1f}\n", name, things, median,
           median * 1e6 / (double)things);
    fflush(stdout);
    return true;
}

typedef struct intervals {
    starlings_interval some[SMALL];
    starlings_interval work[SMALL];
    volatile uint64_t sum; /* so that the work is done */
} intervals;

static bool job_relate(void *ctx)
{
    intervals *x = (intervals *)ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i + 1 < SMALL; i++)
        sum += (uint64_t)starlings_interval_relate(x->some[i], x->some[i + 1]);
    x->sum = sum;
    return true;
}

static bool job_intersect(void *ctx)
{
    intervals *x = (intervals *)ctx;
    starlings_interval both;
    uint64_t sum = 0;
    for (size_t i = 0; i + 1 < SMALL; i++) {
        (void)starlings_interval_intersect(x->some[i], x->some[i + 1], &both);
        sum += (uint64_t)both.end;
    }
    x->sum = sum;
    return true;
}

static bool job_coalesce(void *ctx)
{
    intervals *x = (intervals *)ctx;
    memcpy(x->work, x->some, sizeof x->work);
    return starlings_timeline_make(x->work, SMALL) == 1;
}

static bool measure_intervals(void)
{
    intervals *x = (intervals *)malloc(sizeof *x);
    uint64_t state = 42;
    bool ok = x != NULL;
    for (uint32_t i = 0; ok && i < SMALL; i++) {
        x->some[i].start = generate_below(&state, 1000);
        x->some[i].end = x->some[i].start + 1 + generate_below(&state, 100);
    }
    if (ok && wanted("relations of intervals"))
        ok = time_job("relations of intervals", job_relate, x, SMALL - 1);
    if (ok && wanted("intersections"))
        ok = time_job("intersections", job_intersect, x, SMALL - 1);
    for (uint32_t i = 0; ok && i < SMALL; i++) {
        x->some[i].start = 7 * (int64_t)i;
        x->some[i].end = x->some[i].start + 10;
    }
    if (ok && wanted("coalesce, sorted"))
        ok = time_job("coalesce, sorted", job_coalesce, x, SMALL);
    for (uint32_t i = SMALL; ok && i-- > 1;) {
        uint32_t j = generate_below(&state, i + 1);
        starlings_interval t = x->some[i];
        x->some[i] = x->some[j];
        x->some[j] = t;
    }
    if (ok && wanted("coalesce, shuffled"))
        ok = time_job("coalesce, shuffled", job_coalesce, x, SMALL);
    free(x);
    return ok;
}

/* `clusters` entities of `members` records with values of their own: `values` attributes, each said
   at a time that overlaps with that of no other record, of one other, or of all. */
typedef enum lie { LIE_APART, LIE_HALF, LIE_TOGETHER } lie;
typedef struct shape {
    const char *name;
    uint32_t clusters;
    uint32_t members;
    uint32_t values;
    lie how;
} shape;

static starlings_interval shape_valid(const shape *s, uint32_t member)
{
    starlings_interval valid = { 0, 100 };
    if (s->how != LIE_TOGETHER) {
        valid.start = 20 * (int64_t)(s->how == LIE_HALF ? member / 2 : member);
        valid.end = valid.start + 10;
    }
    return valid;
}

static void shape_record(const shape *s, records_batch *b, uint32_t at, uint32_t number)
{
    static const char *const attributes[6] = { "a", "b", "c", "d", "e", "f" };
    starlings_interval valid = shape_valid(s, number % s->members);
    records_put(b, at, "", "one", records_text(b, "", number, 9));
    records_say(b, at, "cluster", records_text(b, "", number / s->members, 9), valid);
    for (uint32_t i = 0; i < s->values; i++)
        records_say(b, at, attributes[i], records_text(b, "", number, 9), valid);
}

static bool shape_resolve(const shape *s, bench *b)
{
    uint32_t records = s->clusters * s->members;
    run r;
    bool ok = start(b, "key cluster: cluster\npermanent cluster\n",
                    options.threads > 0 ? options.threads : 1);
    memset(&r, 0, sizeof r);
    for (uint32_t done = 0; ok && done < records;) {
        uint32_t count = records - done < RECORDS_BATCH ? records - done : RECORDS_BATCH;
        double ms;
        b->batch->used = 0;
        for (uint32_t i = 0; i < count; i++)
            shape_record(s, b->batch, i, done + i);
        ok = add(b, &r, count, &ms);
        done += count;
    }
    return ok && resolve(b, &r) &&
           starlings_resolution_statistics(b->resolution).entities == s->clusters;
}

typedef struct conflict_job {
    bench *of;
    starlings_conflict_method method;
    size_t found;
} conflict_job;

static bool job_conflicts(void *ctx)
{
    conflict_job *job = (conflict_job *)ctx;
    starlings_conflicts_desc desc;
    starlings_conflicts *conflicts = NULL;
    bool ok;
    memset(&desc, 0, sizeof desc);
    desc.resolution = job->of->resolution;
    desc.method = job->method;
    desc.env = job->of->env;
    ok = starlings_conflicts_create(&desc, &conflicts) == STARLINGS_OK;
    job->found = starlings_conflicts_count(conflicts);
    starlings_conflicts_release(conflicts);
    return ok;
}

static bool measure_shape(const shape *s)
{
    static const char *const methods[3] = { "best", "sweep", "atoms" };
    bench b;
    bool begun = false, ok = true;
    for (int m = 0; ok && m < 3; m++) {
        conflict_job job = { &b, (starlings_conflict_method)m, 0 };
        char name[96];
        snprintf(name, sizeof name, "conflicts by %s, %u x %u %s", methods[m],
                 (unsigned)s->clusters, (unsigned)s->members, s->name);
        if (!wanted(name))
            continue;
        ok = begun || shape_resolve(s, &b);
        begun = true;
        ok = ok && time_job(name, job_conflicts, &job,
                            (size_t)s->clusters * s->members * s->values);
    }
    if (begun)
        stop(&b);
    return ok;
}

static bool measure_conflicts(uint32_t most)
{
    static const uint32_t members[] = { 10, 100, 1000, 5000 };
    static const uint32_t counts[] = { 100, 500, 2000 };
    static const char *const lies[3] = { "apart", "half", "together" };
    const shape many = { "names and numbers", 100, most < 5000 ? most : 5000, 2, LIE_TOGETHER };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof members / sizeof members[0]; i++) {
        shape s = { "names and numbers", 1, 0, 2, LIE_TOGETHER };
        s.members = members[i];
        ok = s.members > most || measure_shape(&s);
    }
    for (size_t i = 0; ok && i < sizeof counts / sizeof counts[0]; i++)
        for (int how = 0; ok && how < 3; how++) {
            shape s = { lies[how], 1, 0, 1, LIE_APART };
            s.members = counts[i];
            s.how = (lie)how;
            ok = s.members > most || measure_shape(&s);
        }
    return ok && measure_shape(&many);
}

/* ---- golden records -------------------------------------------------------- */

enum { GOLDEN_CLUSTERS = 50 };

/* Clusters of 5 to 100 records; each says 7 things about 5 to 20 attributes. */
static bool golden_resolve(bench *b)
{
    static const char *const attributes[20] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                                "k", "l", "m", "n", "o", "p", "q", "r", "s", "t" };
    uint64_t state = 42;
    uint32_t number = 0, at = 0;
    double ms;
    run r;
    bool ok = start(b, "key cluster: cluster\npermanent cluster\n", 1);
    memset(&r, 0, sizeof r);
    if (ok)
        b->batch->used = 0;
    for (uint32_t c = 0; ok && c < GOLDEN_CLUSTERS; c++) {
        uint32_t members = 5 + generate_below(&state, 96);
        uint32_t kinds = 5 + generate_below(&state, 16);
        for (uint32_t m = 0; m < members; m++, at++) {
            records_put(b->batch, at, "", "one", records_text(b->batch, "", number++, 9));
            for (uint32_t i = 0; i < RECORDS_FACTS; i++) {
                starlings_interval valid;
                valid.start = generate_below(&state, 1000);
                valid.end = valid.start + 1 + generate_below(&state, 300);
                records_say(b->batch, at,
                            i == 0 ? "cluster" : attributes[generate_below(&state, kinds)],
                            records_text(b->batch, "", i == 0 ? c : generate_below(&state, 4), 9),
                            valid);
            }
        }
    }
    return ok && add(b, &r, at, &ms) && resolve(b, &r) &&
           starlings_resolution_statistics(b->resolution).entities == GOLDEN_CLUSTERS;
}

typedef struct golden_job {
    const bench *of;
    starlings_golden_policy policy;
    size_t found;
} golden_job;

static bool job_golden(void *ctx)
{
    golden_job *job = (golden_job *)ctx;
    bool ok = true;
    job->found = 0;
    for (uint32_t entity = 0; ok && entity < GOLDEN_CLUSTERS; entity++) {
        starlings_golden_desc desc;
        starlings_golden *golden = NULL;
        memset(&desc, 0, sizeof desc);
        desc.resolution = job->of->resolution;
        desc.entity = entity;
        desc.policy = job->policy;
        desc.env = job->of->env;
        ok = starlings_golden_create(&desc, &golden) == STARLINGS_OK;
        job->found += starlings_golden_count(golden);
        starlings_golden_release(golden);
    }
    return ok;
}

static bool measure_golden(void)
{
    bench b;
    golden_job job = { &b, STARLINGS_GOLDEN_OMIT, 0 };
    bool ok;
    if (!wanted("golden records, 50 clusters"))
        return true;
    ok = golden_resolve(&b);
    ok = ok && time_job("golden records, 50 clusters, omit", job_golden, &job, GOLDEN_CLUSTERS);
    job.policy = STARLINGS_GOLDEN_MAJORITY;
    ok = ok && time_job("golden records, 50 clusters, majority", job_golden, &job, GOLDEN_CLUSTERS);
    stop(&b);
    return ok;
}

int main(int argc, char **argv)
{
    bool ok;
    int at = 1;
    if (at + 1 < argc && strcmp(argv[at], "--only") == 0) {
        options.only = argv[at + 1];
        at += 2;
    } else if (at < argc && strcmp(argv[at], "--list") == 0) {
        options.list = true;
        at++;
    }
    options.records = at < argc ? (uint32_t)strtoul(argv[at], NULL, 10) : options.records;
    options.repeats = at + 1 < argc ? (uint32_t)strtoul(argv[at + 1], NULL, 10) : options.repeats;
    options.threads = at + 2 < argc ? (uint32_t)strtoul(argv[at + 2], NULL, 10) : options.threads;
    if (options.records < 100 || options.records > 100000000 || options.repeats == 0 ||
        options.repeats > REPEATS_MAX || argc > at + 3) {
        fprintf(stderr, "usage: linker [--only TEXT | --list] [RECORDS [REPEATS [THREADS]]]\n");
        return 2;
    }
    ok = measure_links(options.records) && measure_hot(options.records) && measure_intervals() &&
         measure_conflicts(options.records / 10) && measure_golden();
    return ok ? 0 : 1;
}
