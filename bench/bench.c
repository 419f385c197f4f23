/* bench.c - how long the main jobs take: one JSON object a line, medians in milliseconds.
   peak_mb is the most that a run had at the allocator beyond what was there before it, kept_mb
   what the hierarchy holds (10^6 bytes); ns is for one of the things a job does many times.
   Build: make build/bench
   Usage: bench [--only TEXT] [RECORDS [REPEATS [THREADS]]]   1,000,000 records, 7, 2 threads;
                                                              only jobs whose name has TEXT
          bench --list [RECORDS]                              the names */
#define _POSIX_C_SOURCE 200809L
#define STARLINGS_IMPLEMENTATION
#include "data.h"
#include "measure.h"

enum { REPEATS_MAX = 101, LOOKUPS = 1000000 };

static struct {
    const char *only;
    bool list;
    uint32_t records;
    uint32_t repeats;
    uint32_t threads;
} options = { "", false, 1000000, 7, 2 };

typedef struct bench {
    bench_data data;
    bench_memory memory;
    starlings_sweep *rows; /* for jobs that look into one */
} bench;

/* What a job is given besides the data. */
enum { DEFAULTS = -1, ALL = -2, BARE = -3 }; /* or a starlings_metric_cost: all metrics of it */

typedef struct job {
    const char *name;
    bool (*run)(const bench *b, const struct job *j);
    int metrics;
    uint32_t rows; /* of a grid */
    uint32_t columns;
    uint32_t most;  /* repeats at most; 0: as asked */
    uint32_t count; /* how many things one run does; 0: one */
} job;

/* ---- the jobs; they give back what they make -------------------------------- */

static starlings_metric_set metrics_of(int which)
{
    static const starlings_metric bare[] = { STARLINGS_METRIC_CLUSTERS_B, STARLINGS_METRIC_PAIRS_B,
                                             STARLINGS_METRIC_ENTROPY_B };
    starlings_metric_set set = { { 0 } };
    if (which == ALL)
        return starlings_metric_set_all(true, false);
    for (size_t i = 0; which == BARE && i < sizeof bare / sizeof bare[0]; i++)
        starlings_metric_set_add(&set, bare[i]);
    for (int m = 0; which >= 0 && m < STARLINGS_METRIC_COUNT; m++)
        if ((int)starlings_metric_describe((starlings_metric)m)->cost == which)
            starlings_metric_set_add(&set, (starlings_metric)m);
    return set;
}

static bool run_build(const bench *b, const job *j)
{
    (void)j;
    return bench_run_build(&b->data);
}

static bool run_cut(const bench *b, const job *j)
{
    (void)j;
    return bench_run_cut(&b->data, 0.8, true, NULL);
}

static bool run_labels(const bench *b, const job *j)
{
    (void)j;
    return bench_run_cut(&b->data, 0.8, false, NULL);
}

static bool run_sweep(const bench *b, const job *j)
{
    starlings_sweep_desc desc = bench_sweep_of(&b->data, j->metrics == BARE, NULL, 0);
    desc.metrics = metrics_of(j->metrics);
    return bench_run_sweep(&desc);
}

/* Against the truth at one threshold, where entities are about right. */
static bool run_compare(const bench *b, const job *j)
{
    static const uint32_t key = 800000;
    starlings_sweep_desc desc = bench_sweep_of(&b->data, false, &key, 1);
    desc.metrics = metrics_of(j->metrics);
    return bench_run_sweep(&desc);
}

/* The hierarchy against itself. */
static bool run_grid(const bench *b, const job *j)
{
    uint32_t keys[2][1001];
    starlings_grid_desc desc = { .a = b->data.hierarchy,
                                 .b = b->data.hierarchy,
                                 .keys_a = keys[0],
                                 .key_count_a = j->rows,
                                 .keys_b = keys[1],
                                 .key_count_b = j->columns,
                                 .env = b->data.desc.env };
    starlings_grid *grid = NULL;
    bool ok;
    for (uint32_t i = 0; i < j->rows; i++)
        keys[0][i] = STARLINGS_ONE / (j->rows - 1) * i;
    for (uint32_t i = 0; i < j->columns; i++)
        keys[1][i] = STARLINGS_ONE / (j->columns - 1) * i;
    ok = starlings_grid_create(&desc, &grid) == STARLINGS_OK;
    starlings_grid_release(grid);
    return ok;
}

/* How many entities are there at a threshold: the row of it, and its value. */
static bool run_row(const bench *b, const job *j)
{
    uint64_t state = 1;
    double sum = 0;
    bool ok = true;
    for (uint32_t i = 0; i < j->count; i++) {
        uint32_t key = 0;
        ok &= starlings_key_from_threshold(generate_unit(&state), &key) == STARLINGS_OK;
        sum += starlings_sweep_value(b->rows, STARLINGS_METRIC_CLUSTERS_B,
                                     starlings_sweep_row_at(b->rows, key));
    }
    return ok && sum > 0;
}

static const job build_jobs[] = { { "build", run_build, DEFAULTS, 0, 0, 0, 0 } };
static const job large_jobs[] = { { "build", run_build, DEFAULTS, 0, 0, 3, 0 } };
static const job all_jobs[] = {
    { "build", run_build, DEFAULTS, 0, 0, 0, 0 },
    { "cut", run_cut, DEFAULTS, 0, 0, 0, 0 },
    { "labels", run_labels, DEFAULTS, 0, 0, 0, 0 },
    { "sweep", run_sweep, DEFAULTS, 0, 0, 0, 0 },
    { "sweep bare", run_sweep, BARE, 0, 0, 0, 0 },
    { "sweep bare, one row", run_row, BARE, 0, 0, 0, LOOKUPS },
    { "sweep all", run_sweep, ALL, 0, 0, 0, 0 },
    { "sweep links", run_sweep, STARLINGS_COST_LINKS, 0, 0, 0, 0 },
    { "sweep cells", run_sweep, STARLINGS_COST_CELLS, 0, 0, 0, 0 },
    { "sweep sizes", run_sweep, STARLINGS_COST_SIZES, 0, 0, 0, 0 },
    { "sweep prices", run_sweep, STARLINGS_COST_PRICES, 0, 0, 0, 0 },
    { "compare", run_compare, DEFAULTS, 0, 0, 0, 0 },
    { "compare chance", run_compare, STARLINGS_COST_CHANCE, 0, 0, 0, 0 },
    { "compare table", run_compare, STARLINGS_COST_TABLE, 0, 0, 0, 0 },
    { "compare matching", run_compare, STARLINGS_COST_MATCHING, 0, 0, 0, 0 },
    { "grid 11 x 101", run_grid, DEFAULTS, 11, 101, 3, 0 },
    { "grid 100 x 1001", run_grid, DEFAULTS, 100, 1001, 1, 0 },
};

typedef struct set { /* data and what is done with it */
    uint32_t records; /* times the records asked for */
    uint32_t edges;
    uint32_t decimals;
    const job *jobs;
    size_t job_count;
} set;

enum { JOB_COUNT = sizeof all_jobs / sizeof all_jobs[0] };
static const set sets[] = { { 1, 1, 3, all_jobs, JOB_COUNT },
                            { 1, 1, 6, all_jobs, JOB_COUNT - 1 }, /* the large grid once */
                            { 1, 10, 3, build_jobs, 1 },
                            { 10, 10, 3, large_jobs, 1 } };

/* ---- measuring -------------------------------------------------------------- */

/* Is this job asked for? The name is as in "build 1M/10M q3". */
static bool wanted(const set *s, const job *j)
{
    char name[128], records[24], edges[24];
    bool yes;
    (void)snprintf(name, sizeof name, "%s %s/%s q%u", j->name,
                   bench_many((size_t)options.records * s->records, records),
                   bench_many((size_t)options.records * s->edges, edges), (unsigned)s->decimals);
    yes = strstr(name, options.only) != NULL;
    if (yes && options.list)
        printf("%s\n", name);
    return yes && !options.list;
}

/* Run a job again and again; print the median. */
static bool measure(const job *j, bench *b)
{
    double times[REPEATS_MAX], median;
    uint32_t repeats = j->most != 0 && j->most < options.repeats ? j->most : options.repeats;
    size_t before = b->memory.used;
    b->memory.peak = before;
    for (uint32_t i = 0; i < repeats; i++) {
        double start = measure_now();
        if (!j->run(b, j)) {
            fprintf(stderr, "bench: %s failed\n", j->name);
            return false;
        }
        times[i] = measure_now() - start;
    }
    median = measure_median(times, repeats);
    printf("{\"job\": \"%s\", \"records\": %u, \"edges\": %zu, \"decimals\": %u, "
           "\"threads\": %u, \"repeats\": %u, \"ms\": %.3f, \"least\": %.3f, \"peak_mb\": %.1f",
           j->name, (unsigned)b->data.desc.record_count, b->data.desc.edge_count,
           (unsigned)b->data.desc.decimals, (unsigned)options.threads, (unsigned)repeats, median,
           times[0], (double)(b->memory.peak - before) / 1e6);
    if (j->run == run_build)
        printf(", \"kept_mb\": %.1f", (double)starlings_hierarchy_size(b->data.hierarchy) / 1e6);
    if (j->count != 0)
        printf(", \"ns\": %.1f", median * 1e6 / j->count);
    printf("}\n");
    fflush(stdout);
    return true;
}

static bool open_set(const set *s, bench *b)
{
    generate_desc how = { options.records * s->records, (size_t)options.records * s->edges,
                          s->decimals, 1 };
    starlings_env env = bench_env(options.threads, &b->memory);
    return bench_make(&b->data, &how, &env) && bench_build(&b->data);
}

static bool open_rows(bench *b)
{
    starlings_sweep_desc desc = bench_sweep_of(&b->data, true, NULL, 0);
    desc.metrics = metrics_of(BARE);
    return starlings_sweep_create(&desc, &b->rows) == STARLINGS_OK;
}

static bool bench_set(const set *s)
{
    bench b;
    bool ok = true, open = false;
    memset(&b, 0, sizeof b);
    for (size_t i = 0; ok && i < s->job_count; i++) {
        if (!wanted(s, &s->jobs[i]))
            continue;
        if (!open)
            ok = open_set(s, &b);
        open = true;
        if (ok && s->jobs[i].run == run_row)
            ok = open_rows(&b);
        ok = ok && measure(&s->jobs[i], &b);
    }
    starlings_sweep_release(b.rows);
    bench_dispose(&b.data);
    return ok;
}

/* ---- kernels: the plain loops and their SIMD twins -------------------------- */

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
        double start = measure_now();
        run(k, d);
        times[i] = measure_now() - start;
    }
    return measure_median(times, options.repeats);
}

static const struct {
    const char *name;
    void (*run)(const stln_kernels *k, const kernel_data *d);
} kernels[] = { { "kernel quantise", kernel_quantise },
                { "kernel cut", kernel_cut },
                { "kernel cut_count", kernel_cut_count },
                { "kernel block_minima", kernel_block_minima },
                { "kernel block_views", kernel_block_views } };

static bool kernel_wanted(size_t i)
{
    bool yes = strstr(kernels[i].name, options.only) != NULL;
    if (yes && options.list)
        printf("%s\n", kernels[i].name);
    return yes && !options.list;
}

/* Every level that the machine has. */
static void kernel_line(size_t i, const kernel_data *k)
{
    static const struct {
        const char *name;
        starlings_simd simd;
    } levels[] = { { "plain", STARLINGS_SIMD_SCALAR },
                   { "sse42", STARLINGS_SIMD_SSE42 },
                   { "avx2", STARLINGS_SIMD_AVX2 },
                   { "neon", STARLINGS_SIMD_NEON } };
    printf("{\"kernel\": \"%s\", \"items\": %u", kernels[i].name + 7, (unsigned)k->count);
    for (size_t l = 0; l < sizeof levels / sizeof levels[0]; l++)
        if (starlings_simd_chosen(levels[l].simd) == levels[l].simd)
            printf(", \"%s_ms\": %.3f", levels[l].name,
                   kernel_time(stln_kernels_of(levels[l].simd), k, kernels[i].run));
    printf("}\n");
}

static bool bench_kernels(void)
{
    static const set data = { 1, 1, 6, NULL, 0 };
    bench b;
    kernel_data k = { NULL, NULL, NULL, options.records };
    bool ok = true;
    memset(&b, 0, sizeof b);
    for (size_t i = 0; ok && i < sizeof kernels / sizeof kernels[0]; i++) {
        if (!kernel_wanted(i))
            continue;
        if (k.out == NULL) {
            k.out = (uint32_t *)malloc(((size_t)k.count + STLN_EDGE_RUN) * sizeof *k.out);
            ok = k.out != NULL && open_set(&data, &b);
            k.edges = b.data.edges;
            k.height = ok ? starlings_hierarchy_height(b.data.hierarchy) : NULL;
        }
        if (ok)
            kernel_line(i, &k);
    }
    free(k.out);
    bench_dispose(&b.data);
    return ok;
}

/* ---- contexts: who the records are ------------------------------------------ */

enum { CONTEXT_KEYS = 10, CONTEXT_BATCH = 1024 }; /* keys: times the records asked for */

typedef struct context_key {
    char text[24];
} context_key;

/* Keys such as rec-00001234-org in random order, the same in another one, and what one run makes of
   them. Keys are read one after the other, as from a file. */
typedef struct context_data {
    context_key *keys;
    context_key *again;
    uint32_t *number; /* of the keys in `again` */
    uint32_t count;
    starlings_identity batch[CONTEXT_BATCH];
    uint32_t records[CONTEXT_BATCH];
    bench_memory memory;
    starlings_context *context;
} context_data;

static void context_shuffle(uint32_t *list, uint32_t count, uint64_t state)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t j = (uint32_t)(generate_unit(&state) * (i + 1.0)), other;
        list[i] = i;
        other = list[j];
        list[j] = i;
        list[i] = other;
    }
}

static bool context_open(context_data *d)
{
    d->count = options.records * CONTEXT_KEYS;
    d->keys = (context_key *)malloc((size_t)d->count * sizeof *d->keys);
    d->again = (context_key *)malloc((size_t)d->count * sizeof *d->again);
    d->number = (uint32_t *)malloc((size_t)d->count * sizeof *d->number);
    if (d->keys == NULL || d->again == NULL || d->number == NULL)
        return false;
    context_shuffle(d->number, d->count, 7);
    for (uint32_t i = 0; i < d->count; i++)
        (void)snprintf(d->keys[i].text, sizeof d->keys[i].text, "rec-%08u-org",
                       (unsigned)d->number[i]);
    context_shuffle(d->number, d->count, 8);
    for (uint32_t i = 0; i < d->count; i++)
        d->again[i] = d->keys[d->number[i]];
    return true;
}

/* The source hangs on the key. */
static starlings_identity context_identity(const context_key *key)
{
    static const starlings_text sources[3] = { { "crm", 3 }, { "web", 3 }, { "archive", 7 } };
    starlings_identity identity = { sources[(key->text[11] - '0') % 3], { key->text, 16 },
                                    STARLINGS_KEY_TEXT, 0 };
    return identity;
}

static bool context_fresh(context_data *d)
{
    starlings_context_desc desc = { .env = bench_env(1, &d->memory) };
    starlings_context_release(d->context);
    d->context = NULL;
    return starlings_context_create(&desc, &d->context) == STARLINGS_OK;
}

static bool context_many(context_data *d, const context_key *keys, const uint32_t *number)
{
    bool ok = true;
    for (uint32_t i = 0; i < d->count && ok; i += CONTEXT_BATCH) {
        uint32_t some = d->count - i < CONTEXT_BATCH ? d->count - i : CONTEXT_BATCH;
        for (uint32_t k = 0; k < some; k++)
            d->batch[k] = context_identity(&keys[i + k]);
        ok = starlings_context_ensure_many(d->context, d->batch, some, d->records, NULL) ==
             STARLINGS_OK;
        for (uint32_t k = 0; k < some; k++)
            ok &= d->records[k] == (number != NULL ? number[i + k] : i + k);
    }
    return ok;
}

static bool context_new_many(context_data *d)
{
    return context_many(d, d->keys, NULL);
}

static bool context_known_many(context_data *d)
{
    return context_many(d, d->again, d->number);
}

static bool context_new_one(context_data *d)
{
    bool ok = true;
    for (uint32_t i = 0; i < d->count && ok; i++) {
        starlings_identity identity = context_identity(&d->keys[i]);
        uint32_t record = 0;
        ok = starlings_context_ensure(d->context, &identity, &record) == STARLINGS_OK &&
             record == i;
    }
    return ok;
}

static bool context_find(context_data *d)
{
    bool ok = true;
    for (uint32_t i = 0; i < d->count && ok; i++) {
        starlings_identity identity = context_identity(&d->again[i]);
        ok = starlings_context_find(d->context, &identity) == d->number[i];
    }
    return ok;
}

static const struct {
    const char *name;
    bool (*run)(context_data *d);
    bool fresh;
} contexts[] = { { "context ensure_many, new", context_new_many, true },
                 { "context ensure, new", context_new_one, true },
                 { "context ensure_many, known", context_known_many, false },
                 { "context find", context_find, false } };

static bool context_line(size_t i, context_data *d)
{
    double times[REPEATS_MAX], median;
    uint32_t repeats = options.repeats < 3 ? options.repeats : 3;
    bool ok = contexts[i].fresh || d->context != NULL ||
              (context_fresh(d) && context_new_many(d));
    for (uint32_t r = 0; r < repeats && ok; r++) {
        double start;
        ok = !contexts[i].fresh || context_fresh(d);
        start = measure_now();
        ok = ok && contexts[i].run(d);
        times[r] = measure_now() - start;
    }
    if (!ok) {
        fprintf(stderr, "bench: %s failed\n", contexts[i].name);
        return false;
    }
    median = measure_median(times, repeats);
    printf("{\"job\": \"%s\", \"records\": %u, \"threads\": 1, \"repeats\": %u, \"ms\": %.3f, "
           "\"least\": %.3f, \"ns\": %.1f, \"million_a_second\": %.2f, \"bytes_a_record\": %.1f}\n",
           contexts[i].name, (unsigned)d->count, (unsigned)repeats, median, times[0],
           median * 1e6 / d->count, d->count / median / 1e3,
           (double)starlings_context_size(d->context) / d->count);
    fflush(stdout);
    return true;
}

static bool bench_contexts(void)
{
    static context_data d;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof contexts / sizeof contexts[0]; i++) {
        char name[96], keys[24];
        bool yes;
        (void)snprintf(name, sizeof name, "%s, %s strings", contexts[i].name,
                       bench_many((size_t)options.records * CONTEXT_KEYS, keys));
        yes = strstr(name, options.only) != NULL;
        if (yes && options.list)
            printf("%s\n", name);
        if (!yes || options.list)
            continue;
        ok = (d.number != NULL || context_open(&d)) && context_line(i, &d);
    }
    starlings_context_release(d.context);
    free(d.number);
    free(d.again);
    free(d.keys);
    return ok;
}

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    bool ok = true;
    int at = 1;
    if (at + 1 < argc && strcmp(argv[at], "--only") == 0) {
        options.only = argv[at + 1];
        at += 2;
    } else if (at < argc && strcmp(argv[at], "--list") == 0) {
        options.list = true;
        at++;
    }
    options.records = at < argc ? number(argv[at]) : options.records;
    options.repeats = at + 1 < argc ? number(argv[at + 1]) : options.repeats;
    options.threads = at + 2 < argc ? number(argv[at + 2]) : options.threads;
    if (options.records == 0 || options.records > 100000000 || options.repeats == 0 ||
        options.repeats > REPEATS_MAX || argc > at + 3) {
        fprintf(stderr, "usage: bench [--only TEXT | --list] [RECORDS [REPEATS [THREADS]]]\n");
        return 2;
    }
    for (size_t i = 0; ok && i < sizeof sets / sizeof sets[0]; i++)
        ok = bench_set(&sets[i]);
    return ok && bench_contexts() && bench_kernels() ? 0 : 1;
}
