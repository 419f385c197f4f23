/* yardstick.c - the library beside a fixed piece of plain C: qsort, a textbook union-find, a scan.
   Both do the same jobs on the same data in the same process, turn by turn, so their ratio says
   little about the machine and its load and much about the library. A baseline file keeps the
   ratios; the gate fails where one fell by more than 30 %.

   Build: make build/yardstick
   Usage: yardstick [BASELINE [RECORDS [ROUNDS [THREADS]]]]   "-": no baseline; 1,000,000 records,
                                                              7 rounds, 1 thread
          yardstick --record BASELINE [RECORDS [ROUNDS [THREADS]]]

   What the yardstick does for each job is meant to be plain, not good, and must never change:
     build   copy the edges, qsort them by falling weight, unite them (path halving, by size), keep
             the merges; the library builds the hierarchy of all thresholds
     cut     unite the edges at 0.8 and above, find the root of each record, count sizes in one
             scan; the library gives the cut list, and with labels as a job of its own
     sweep   the roots at 0.8 with the truth, qsort of these pairs, one scan for the pairs that are
             in one entity of both: one threshold; the library gives 7 metrics at all thresholds */
#define _POSIX_C_SOURCE 200809L
#define STARLINGS_IMPLEMENTATION
#include "data.h"
#include "measure.h"

enum { ROUNDS_MAX = 101, JOBS_MAX = 16, TRIES = 3 };

static const double CUT_AT = 0.8;
static const uint32_t CUT_KEY = 800000;
static const double LIMIT = 0.7; /* of the baseline */

typedef struct merge {
    uint32_t kept;
    uint32_t joined;
    double weight;
} merge;

typedef struct cell {
    uint32_t root;
    uint32_t truth;
} cell;

typedef struct data {
    bench_data of; /* what the library is given */
    /* of the yardstick */
    starlings_edge *sorted;
    uint32_t *parent;
    uint32_t *size;
    merge *merges;
    cell *cells;
    /* what both found, to be the same */
    uint64_t found[2];
} data;

typedef struct job {
    const char *name;
    bool (*yardstick)(data *d);
    bool (*library)(data *d);
} job;

typedef struct result {
    const char *name;
    double yardstick; /* milliseconds, medians */
    double library;
    double ratio; /* the median of the rounds' ratios */
} result;

/* ---- the yardstick --------------------------------------------------------- */

static int by_weight(const void *a, const void *b)
{
    double x = ((const starlings_edge *)a)->weight, y = ((const starlings_edge *)b)->weight;
    return (x < y) - (x > y);
}

static int by_root(const void *a, const void *b)
{
    const cell *x = (const cell *)a, *y = (const cell *)b;
    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    return (x->truth > y->truth) - (x->truth < y->truth);
}

static void yard_reset(data *d)
{
    for (uint32_t i = 0; i < d->of.desc.record_count; i++) {
        d->parent[i] = i;
        d->size[i] = 1;
    }
}

static uint32_t yard_find(uint32_t *parent, uint32_t record)
{
    while (parent[record] != record) {
        parent[record] = parent[parent[record]];
        record = parent[record];
    }
    return record;
}

/* False if they were one already; else *out_merge says which root joined which. */
static bool yard_unite(data *d, const starlings_edge *edge, merge *out_merge)
{
    uint32_t a = yard_find(d->parent, edge->a), b = yard_find(d->parent, edge->b);
    if (a == b)
        return false;
    if (d->size[a] < d->size[b]) {
        uint32_t t = a;
        a = b;
        b = t;
    }
    d->parent[b] = a;
    d->size[a] += d->size[b];
    out_merge->kept = a;
    out_merge->joined = b;
    out_merge->weight = edge->weight;
    return true;
}

static bool yard_build(data *d)
{
    uint64_t merges = 0;
    memcpy(d->sorted, d->of.edges, d->of.desc.edge_count * sizeof *d->sorted);
    qsort(d->sorted, d->of.desc.edge_count, sizeof *d->sorted, by_weight);
    yard_reset(d);
    for (size_t i = 0; i < d->of.desc.edge_count; i++)
        merges += yard_unite(d, &d->sorted[i], &d->merges[merges]);
    d->found[0] = d->of.desc.record_count - merges;
    return true;
}

static bool yard_cut(data *d)
{
    uint64_t entities = 0;
    merge unused;
    yard_reset(d);
    for (size_t i = 0; i < d->of.desc.edge_count; i++)
        if (d->of.edges[i].weight >= CUT_AT)
            (void)yard_unite(d, &d->of.edges[i], &unused);
    memset(d->size, 0, d->of.desc.record_count * sizeof *d->size);
    for (uint32_t i = 0; i < d->of.desc.record_count; i++)
        entities += d->size[yard_find(d->parent, i)]++ == 0;
    d->found[0] = entities;
    return true;
}

static bool yard_compare(data *d)
{
    uint32_t n = d->of.desc.record_count;
    uint64_t pairs = 0, run = 0;
    bool ok = yard_cut(d);
    for (uint32_t i = 0; i < n; i++) {
        d->cells[i].root = yard_find(d->parent, i);
        d->cells[i].truth = d->of.labels[i];
    }
    qsort(d->cells, n, sizeof *d->cells, by_root);
    for (uint32_t i = 1; i < n; i++) {
        run = by_root(&d->cells[i - 1], &d->cells[i]) == 0 ? run + 1 : 0;
        pairs += run;
    }
    d->found[1] = pairs;
    return ok;
}

/* ---- the library ----------------------------------------------------------- */

static bool lib_build(data *d)
{
    return bench_run_build(&d->of);
}

static bool lib_partition(data *d, bool skip_labels)
{
    uint64_t entities = 0;
    return bench_run_cut(&d->of, CUT_AT, skip_labels, &entities) && entities == d->found[0];
}

static bool lib_cut(data *d)
{
    return lib_partition(d, true);
}

static bool lib_labels(data *d)
{
    return lib_partition(d, false);
}

static bool lib_sweep(data *d)
{
    starlings_sweep_desc desc = bench_sweep_of(&d->of, false, NULL, 0);
    return bench_run_sweep(&desc);
}

/* The pairs that are together in both at 0.8, not timed: the sweep's row agrees with the scan's. */
static bool same_pairs(data *d)
{
    starlings_sweep_desc desc = bench_sweep_of(&d->of, false, &CUT_KEY, 1);
    starlings_sweep *sweep = NULL;
    bool ok;
    starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_PAIR_TP);
    ok = starlings_sweep_create(&desc, &sweep) == STARLINGS_OK;
    ok = ok && (uint64_t)starlings_sweep_value(sweep, STARLINGS_METRIC_PAIR_TP, 0) == d->found[1];
    starlings_sweep_release(sweep);
    return ok;
}

/* ---- data ------------------------------------------------------------------ */

static void dispose(data *d)
{
    bench_dispose(&d->of);
    free(d->cells);
    free(d->merges);
    free(d->size);
    free(d->parent);
    free(d->sorted);
}

static bool make(data *d, uint32_t records, size_t edges, uint32_t decimals, uint32_t threads)
{
    generate_desc how = { records, edges, decimals, 1 };
    starlings_env env;
    memset(&env, 0, sizeof env);
    memset(d, 0, sizeof *d);
    env.workers.count = threads;
    d->sorted = (starlings_edge *)malloc(edges * sizeof *d->sorted);
    d->parent = (uint32_t *)malloc(records * sizeof *d->parent);
    d->size = (uint32_t *)malloc(records * sizeof *d->size);
    d->merges = (merge *)malloc(records * sizeof *d->merges);
    d->cells = (cell *)malloc(records * sizeof *d->cells);
    return d->sorted != NULL && d->parent != NULL && d->size != NULL && d->merges != NULL &&
           d->cells != NULL && bench_make(&d->of, &how, &env) && bench_build(&d->of);
}

/* ---- the rounds ------------------------------------------------------------ */

/* In each round the library runs again and again for half as long as the yardstick took, so that
   on a busy machine both are interrupted alike. */
static bool measure(const job *j, data *d, uint32_t rounds, result *out)
{
    double yard[ROUNDS_MAX], library[ROUNDS_MAX], ratio[ROUNDS_MAX];
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t runs = 0;
        double start = measure_now(), middle, spent = 0;
        bool ok = j->yardstick(d);
        middle = measure_now();
        yard[i] = middle - start;
        for (; ok && spent * 2 <= yard[i]; runs++) {
            ok = j->library(d);
            spent = measure_now() - middle;
        }
        library[i] = spent / (runs == 0 ? 1 : runs);
        ratio[i] = yard[i] / library[i];
        if (!ok) {
            fprintf(stderr, "yardstick: %s failed, or the two disagree\n", j->name);
            return false;
        }
    }
    out->name = j->name;
    out->yardstick = measure_median(yard, rounds);
    out->library = measure_median(library, rounds);
    out->ratio = measure_median(ratio, rounds);
    return true;
}

/* The baseline's ratio of a job, 0 if it has none. Lines: JOB, a tab, RATIO. */
static double baseline_of(const char *path, const char *name)
{
    char line[256];
    double ratio = 0;
    size_t length = strlen(name);
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, length) == 0 && line[length] == '\t')
            ratio = strtod(line + length, NULL);
    if (file != NULL)
        (void)fclose(file);
    return ratio;
}

typedef struct gate {
    const char *baseline; /* NULL: none */
    uint32_t records;
    uint32_t rounds;
    uint32_t threads;
    bool record;
    uint32_t failed;
    uint32_t count;
    result results[JOBS_MAX];
} gate;

/* A ratio below its limit is measured again before it counts: a slow spell of the machine may have
   hit one side more than the other. */
static bool judge(gate *g, const job *j, data *d)
{
    result *r = &g->results[g->count];
    double before = g->record ? 0 : baseline_of(g->baseline, j->name);
    double limit = before * LIMIT;
    bool failed;
    uint32_t tries = 0;
    do {
        if (!measure(j, d, g->rounds, r))
            return false;
    } while (r->ratio < limit && ++tries < TRIES);
    failed = r->ratio < limit || (g->baseline != NULL && !g->record && before <= 0);
    printf("%-22s %10.2f %10.3f %8.2f", j->name, r->yardstick, r->library, r->ratio);
    if (before > 0)
        printf(" %9.2f %8.2f %s", before, limit, failed ? "FAIL" : "ok");
    else if (failed)
        printf(" %9s %8s FAIL", "missing", "");
    printf("\n");
    fflush(stdout);
    g->failed += failed;
    g->count++;
    return true;
}

static bool run(gate *g, size_t edges, uint32_t decimals, const job *jobs, size_t count)
{
    data d;
    bool ok = make(&d, g->records, edges, decimals, g->threads);
    for (size_t i = 0; ok && i < count; i++)
        ok = judge(g, &jobs[i], &d);
    ok = ok && (d.found[1] == 0 || same_pairs(&d));
    if (!ok)
        fprintf(stderr, "yardstick: no memory, or results that differ\n");
    dispose(&d);
    return ok;
}

static bool run_all(gate *g)
{
    static const job usual[] = { { "build", yard_build, lib_build },
                                 { "cut", yard_cut, lib_cut },
                                 { "labels", yard_cut, lib_labels },
                                 { "sweep", yard_compare, lib_sweep } };
    static const job fine[] = { { "build, 6 decimals", yard_build, lib_build },
                                { "sweep, 6 decimals", yard_compare, lib_sweep } };
    static const job heavy[] = { { "build, 10x edges", yard_build, lib_build } };
    uint32_t rounds = g->rounds;
    bool ok = run(g, g->records, 3, usual, 4) && run(g, g->records, 6, fine, 2);
    g->rounds = rounds < 5 ? rounds : 5; /* these take seconds */
    return ok && run(g, (size_t)g->records * 10, 3, heavy, 1);
}

static bool save(const gate *g)
{
    FILE *file = fopen(g->baseline, "w");
    bool ok = file != NULL;
    if (ok) {
        fprintf(file,
                "# Ratios yardstick : library, %u records, %u thread(s). Written by\n"
                "# build/yardstick --record bench/baseline/ratios.txt; see bench/README.md.\n",
                (unsigned)g->records, (unsigned)g->threads);
        for (uint32_t i = 0; i < g->count; i++)
            fprintf(file, "%s\t%.2f\n", g->results[i].name, g->results[i].ratio);
        ok = fclose(file) == 0;
    }
    if (!ok)
        fprintf(stderr, "yardstick: cannot write %s\n", g->baseline);
    return ok;
}

int main(int argc, char **argv)
{
    gate g;
    int at = 1;
    memset(&g, 0, sizeof g);
    g.record = argc > 2 && strcmp(argv[1], "--record") == 0;
    at += g.record;
    if (at < argc && strcmp(argv[at], "-") != 0)
        g.baseline = argv[at];
    g.records = at + 1 < argc ? (uint32_t)strtoul(argv[at + 1], NULL, 10) : 1000000;
    g.rounds = at + 2 < argc ? (uint32_t)strtoul(argv[at + 2], NULL, 10) : 7;
    g.threads = at + 3 < argc ? (uint32_t)strtoul(argv[at + 3], NULL, 10) : 1;
    if (g.records == 0 || g.rounds == 0 || g.rounds > ROUNDS_MAX || g.threads == 0) {
        fprintf(stderr, "usage: yardstick [--record] [BASELINE [RECORDS [ROUNDS [THREADS]]]]\n");
        return 2;
    }
    printf("%-22s %10s %10s %8s %9s %8s\n", "job", "plain ms", "library ms", "ratio", "baseline",
           "limit");
    if (!run_all(&g) || (g.record && !save(&g)))
        return 1;
    if (g.baseline != NULL && !g.record)
        printf("bench-gate: %u ratios, %u below their limit (%.0f %% of the baseline, after %d "
               "tries)\n",
               (unsigned)g.count, (unsigned)g.failed, LIMIT * 100, TRIES);
    return g.failed != 0;
}
