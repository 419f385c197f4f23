/* model.h - the slow, obvious answers that the library is compared with, and random inputs.
   Nothing here shares an idea with the library: labels are spread over the edge list until they
   stand still, metrics come from a table of counts straight from their definitions in long
   double, kept edges from a sorted list. Costs are n squared and worse, on purpose. */
#ifndef MODEL_H
#define MODEL_H

#include <float.h>
#include "t.h"

/* A zeroed block; the tests give up when there is no memory. */
static void *model_new(size_t count, size_t size)
{
    void *block = calloc(count + 1, size);
    if (block == NULL) {
        printf("the tests need more memory\n");
        exit(1);
    }
    return block;
}

static uint32_t *model_u32(size_t count)
{
    return (uint32_t *)model_new(count, sizeof(uint32_t));
}

/* FNV-1a. */
#define MODEL_HASH_START 0xcbf29ce484222325u
static uint64_t model_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t model_hash_u32(uint64_t hash, uint32_t value)
{
    return model_hash(hash, &value, sizeof value);
}

/* ---- random inputs ------------------------------------------------------- */

typedef struct model_graph {
    uint32_t n;
    uint32_t decimals;
    size_t m;
    starlings_edge *edges;
} model_graph;

/* A weight with many ties (kind 0: four levels, 1: any multiple), none (2) or all equal (3). */
static double model_weight(t_rng *rng, uint32_t kind, uint32_t decimals)
{
    static const double scale[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
    uint32_t steps = (uint32_t)scale[decimals];
    if (t_below(rng, 40) == 0)
        return t_below(rng, 2) ? 1.0 : 0.0;
    if (kind == 0)
        return (double)(steps / 4 * t_below(rng, 4) + 1) / scale[decimals];
    if (kind == 1)
        return (double)t_below(rng, steps + 1) / scale[decimals];
    return kind == 2 ? t_unit(rng) : 0.5;
}

/* Any shape up to the given sizes: loops, repeats both ways round, isolates, chains, stars. */
static model_graph model_random_graph(t_rng *rng, uint32_t max_n, uint32_t max_m)
{
    model_graph g = { 1 + t_below(rng, max_n), 1 + t_below(rng, 6), t_below(rng, max_m + 1), NULL };
    uint32_t kind = t_below(rng, 4), shape = t_below(rng, 4);
    g.edges = (starlings_edge *)model_new(g.m, sizeof *g.edges);
    for (size_t i = 0; i < g.m; i++) {
        starlings_edge *e = &g.edges[i];
        uint32_t a = t_below(rng, g.n), b = t_below(rng, g.n);
        if (shape == 1)
            b = a + 1 < g.n ? a + 1 : a;
        if (shape == 2)
            b = g.n / 2;
        if (i > 0 && t_below(rng, 12) == 0) {
            a = e[-1].b;
            b = e[-1].a;
        }
        e->a = a;
        e->b = b;
        e->weight = model_weight(rng, kind, g.decimals);
    }
    return g;
}

static void model_graph_free(model_graph *g)
{
    free(g->edges);
    g->edges = NULL;
}

/* Another order of the same edges, some of them turned round. */
static void model_shuffle(t_rng *rng, starlings_edge *edges, size_t m)
{
    for (size_t i = m; i > 0; i--) {
        uint32_t j = t_below(rng, (uint32_t)i);
        starlings_edge e = edges[i - 1];
        edges[i - 1] = edges[j];
        edges[j] = e;
        if (t_below(rng, 2)) {
            e = edges[i - 1];
            edges[i - 1].a = e.b;
            edges[i - 1].b = e.a;
        }
    }
}

/* Random labels with about `groups` values, any numbers up to the largest. */
static void model_random_labels(t_rng *rng, uint32_t *labels, uint32_t n, uint32_t groups)
{
    uint32_t step = groups > 1 ? UINT32_MAX / (groups - 1) : 1;
    for (uint32_t i = 0; i < n; i++)
        labels[i] = t_below(rng, groups) * step;
}

/* ---- hierarchies --------------------------------------------------------- */

/* Round half up of weight * 10^decimals, in millionths; the doubled product is one double. */
static uint32_t model_key(double weight, uint32_t decimals)
{
    uint32_t ten = 1, rest = 1;
    volatile double doubled;
    for (uint32_t i = 0; i < 6; i++) {
        ten *= i < decimals ? 10 : 1;
        rest *= i < decimals ? 1 : 10;
    }
    doubled = weight * (2.0 * ten);
    return ((uint32_t)doubled + 1) / 2 * rest;
}

/* Everyone gets the smallest label among those reachable over edges of at least this key. */
static void model_cut(const model_graph *g, uint32_t key, uint32_t *labels)
{
    bool moved = true;
    for (uint32_t i = 0; i < g->n; i++)
        labels[i] = i;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < g->m; i++) {
            uint32_t a = g->edges[i].a, b = g->edges[i].b;
            if (labels[a] == labels[b] || model_key(g->edges[i].weight, g->decimals) < key)
                continue;
            if (labels[a] < labels[b])
                labels[b] = labels[a];
            else
                labels[a] = labels[b];
            moved = true;
        }
    }
}

static int model_compare_u32(const void *a, const void *b)
{
    const uint32_t *x = (const uint32_t *)a, *y = (const uint32_t *)b;
    return *x < *y ? -1 : *x > *y;
}

/* The cuts at all keys of the edges, keys ascending: labels of cut i start at i * n. */
typedef struct model_cuts {
    uint32_t n;
    size_t count;
    uint32_t *keys;
    uint32_t *labels;
} model_cuts;

static model_cuts model_all_cuts(const model_graph *g)
{
    model_cuts cuts = { g->n, 0, model_u32(g->m), NULL };
    for (size_t i = 0; i < g->m; i++)
        cuts.keys[i] = model_key(g->edges[i].weight, g->decimals);
    qsort(cuts.keys, g->m, sizeof *cuts.keys, model_compare_u32);
    for (size_t i = 0; i < g->m; i++)
        if (i == 0 || cuts.keys[i] != cuts.keys[i - 1])
            cuts.keys[cuts.count++] = cuts.keys[i];
    cuts.labels = model_u32(cuts.count * g->n);
    for (size_t i = 0; i < cuts.count; i++)
        model_cut(g, cuts.keys[i], cuts.labels + i * g->n);
    return cuts;
}

static void model_cuts_free(model_cuts *cuts)
{
    free(cuts->keys);
    free(cuts->labels);
}

/* The label of a record at any key. Above all keys everyone is alone. */
static uint32_t model_label(const model_cuts *cuts, uint32_t key, uint32_t record)
{
    for (size_t i = 0; i < cuts->count; i++)
        if (cuts->keys[i] >= key)
            return cuts->labels[i * cuts->n + record];
    return record;
}

/* The highest key at which two records are together. */
static uint32_t model_closeness(const model_cuts *cuts, uint32_t a, uint32_t b)
{
    if (a == b)
        return STARLINGS_ONE;
    for (size_t i = cuts->count; i > 0; i--) {
        const uint32_t *labels = cuts->labels + (i - 1) * cuts->n;
        if (labels[a] == labels[b])
            return cuts->keys[i - 1];
    }
    return STARLINGS_NONE;
}

static int model_compare_kept(const void *a, const void *b)
{
    const starlings_kept_edge *x = (const starlings_kept_edge *)a;
    const starlings_kept_edge *y = (const starlings_kept_edge *)b;
    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

/* Kruskal by (key descending, smaller id, larger id) with plain relabelling. */
static starlings_kept_edge *model_kept(const model_graph *g, uint32_t *out_count)
{
    starlings_kept_edge *kept = (starlings_kept_edge *)model_new(g->m, sizeof *kept);
    uint32_t *labels = model_u32(g->n), count = 0;
    for (size_t i = 0; i < g->m; i++) {
        const starlings_edge *e = &g->edges[i];
        kept[i].a = e->a < e->b ? e->a : e->b;
        kept[i].b = e->a < e->b ? e->b : e->a;
        kept[i].key = model_key(e->weight, g->decimals);
    }
    qsort(kept, g->m, sizeof *kept, model_compare_kept);
    for (uint32_t i = 0; i < g->n; i++)
        labels[i] = i;
    for (size_t i = 0; i < g->m; i++) {
        uint32_t from = labels[kept[i].b], to = labels[kept[i].a];
        if (from == to)
            continue;
        for (uint32_t r = 0; r < g->n; r++)
            labels[r] = labels[r] == from ? to : labels[r];
        kept[count++] = kept[i];
    }
    free(labels);
    *out_count = count;
    return kept;
}

/* ---- metrics ------------------------------------------------------------- */

typedef struct model_values {
    bool reference;
    uint64_t integer[STARLINGS_METRIC_COUNT];
    long double real[STARLINGS_METRIC_COUNT];
} model_values;

/* A table of counts: rows are the reference's clusters, columns the prediction's. */
typedef struct model_table {
    uint32_t n, rows, columns;
    uint32_t *cell; /* rows * columns */
    uint32_t *row;  /* sums */
    uint32_t *column;
} model_table;

/* Number the labels 0, 1, 2 ... by first appearance. */
static uint32_t model_dense(const uint32_t *labels, uint32_t n, uint32_t *dense)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = 0;
        while (labels[j] != labels[i])
            j++;
        dense[i] = j == i ? count++ : dense[j];
    }
    return count;
}

static model_table model_table_make(const uint32_t *a, const uint32_t *b, uint32_t n)
{
    model_table t = { n, 0, 0, NULL, NULL, NULL };
    uint32_t *dense_a = model_u32(n), *dense_b = model_u32(n);
    t.rows = model_dense(a, n, dense_a);
    t.columns = model_dense(b, n, dense_b);
    t.cell = model_u32((size_t)t.rows * t.columns);
    t.row = model_u32(t.rows);
    t.column = model_u32(t.columns);
    for (uint32_t i = 0; i < n; i++) {
        t.cell[(size_t)dense_a[i] * t.columns + dense_b[i]]++;
        t.row[dense_a[i]]++;
        t.column[dense_b[i]]++;
    }
    free(dense_a);
    free(dense_b);
    return t;
}

static void model_table_free(model_table *t)
{
    free(t->cell);
    free(t->row);
    free(t->column);
}

static uint64_t model_pairs(uint64_t s)
{
    return s * (s - (s > 0)) / 2;
}

/* 2 atanh((x - y) / (x + y)) = ln(x / y) by its series, for y <= x < 2 y. */
static long double model_log_near(long double x, long double y)
{
    long double z = (x - y) / (x + y), power = z, sum = 0;
    for (int k = 1; k < 100; k += 2) {
        sum += power / k;
        power *= z * z;
        if (power <= sum * LDBL_EPSILON / 4)
            break;
    }
    return 2 * sum;
}

/* ln(x / y) for x >= y > 0, exact to the last bits also where it is small. The tests bring their
   own functions, so that they need no libm. */
static long double model_log_ratio(uint32_t x, uint32_t y)
{
    const long double ln2 = 0.693147180559945309417232121458176568L;
    long double doubled = y;
    int twos = 0;
    while (doubled * 2 <= x) {
        doubled *= 2;
        twos++;
    }
    return twos * ln2 + model_log_near(x, doubled);
}

/* Newton from above; x >= 0. */
static long double model_sqrt(long double x)
{
    long double root = x > 1 ? x : 1, next;
    if (x <= 0)
        return 0;
    while ((next = (root + x / root) / 2) < root)
        root = next;
    return root;
}

/* Made from bits: not every compiler takes the macros of math.h for constants. */
static double model_of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double model_nan(void)
{
    return model_of_bits(0x7ff8000000000000u);
}

static double model_infinity(void)
{
    return model_of_bits(0x7ff0000000000000u);
}

/* One unit in the last place of a double >= 0. */
static double model_ulp(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return model_of_bits(bits + 1) - x;
}

/* x / y, or what an empty denominator stands for. */
static long double model_ratio(long double x, long double y, long double empty)
{
    return y > 0 ? x / y : empty;
}

#define MODEL_I(name) v->integer[STARLINGS_METRIC_##name]
#define MODEL_R(name) v->real[STARLINGS_METRIC_##name]

static void model_count_pass(const model_table *t, model_values *v)
{
    for (uint32_t i = 0; i < t->rows; i++) {
        uint32_t most = 0;
        MODEL_I(PAIRS_A) += model_pairs(t->row[i]);
        for (uint32_t j = 0; j < t->columns; j++) {
            uint32_t c = t->cell[(size_t)i * t->columns + j];
            most = c > most ? c : most;
            MODEL_I(CELLS) += c > 0;
            MODEL_I(PAIR_TP) += model_pairs(c);
            MODEL_I(EXACT_CLUSTERS) += c > 0 && c == t->row[i] && c == t->column[j];
        }
        MODEL_I(ROWMAX_SUM) += most;
    }
    for (uint32_t j = 0; j < t->columns; j++) {
        uint32_t most = 0, s = t->column[j];
        MODEL_I(PAIRS_B) += model_pairs(s);
        MODEL_I(SINGLETONS_B) += s == 1;
        MODEL_I(MAX_SIZE_B) = s > MODEL_I(MAX_SIZE_B) ? s : MODEL_I(MAX_SIZE_B);
        for (uint32_t i = 0; i < t->rows; i++) {
            uint32_t c = t->cell[(size_t)i * t->columns + j];
            most = c > most ? c : most;
        }
        MODEL_I(COLMAX_SUM) += most;
    }
    MODEL_I(N) = t->n;
    MODEL_I(CLUSTERS_A) = t->rows;
    MODEL_I(CLUSTERS_B) = t->columns;
    MODEL_I(PAIR_FP) = MODEL_I(PAIRS_B) - MODEL_I(PAIR_TP);
    MODEL_I(PAIR_FN) = MODEL_I(PAIRS_A) - MODEL_I(PAIR_TP);
    MODEL_I(PAIR_TN) =
        model_pairs(t->n) - MODEL_I(PAIR_TP) - MODEL_I(PAIR_FP) - MODEL_I(PAIR_FN);
    MODEL_I(SPLIT_JOIN_A) = t->n - MODEL_I(ROWMAX_SUM);
    MODEL_I(SPLIT_JOIN_B) = t->n - MODEL_I(COLMAX_SUM);
    MODEL_I(SPLIT_JOIN) = MODEL_I(SPLIT_JOIN_A) + MODEL_I(SPLIT_JOIN_B);
}

static void model_pair_rates(model_values *v)
{
    long double tp = (long double)MODEL_I(PAIR_TP), fp = (long double)MODEL_I(PAIR_FP);
    long double fn = (long double)MODEL_I(PAIR_FN), tn = (long double)MODEL_I(PAIR_TN);
    long double all = tp + fp + fn + tn;
    MODEL_R(PAIRWISE_PRECISION) = model_ratio(tp, tp + fp, 1);
    MODEL_R(PAIRWISE_RECALL) = model_ratio(tp, tp + fn, 1);
    MODEL_R(PAIRWISE_F1) = model_ratio(2 * tp, 2 * tp + fp + fn, 1);
    MODEL_R(RAND) = model_ratio(tp + tn, all, 1);
    MODEL_R(JACCARD) = model_ratio(tp, tp + fp + fn, 1);
    MODEL_R(FOWLKES_MALLOWS) = tp > 0 ? tp / model_sqrt((tp + fp) * (tp + fn)) : 0;
    MODEL_R(ARI) = 1;
    if (fp > 0 || fn > 0)
        MODEL_R(ARI) = 2 * (tp * tn - fn * fp) /
                       ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn));
}

static void model_other_rates(const model_table *t, model_values *v)
{
    long double n = t->n, precision = 0, recall = 0;
    for (uint32_t i = 0; i < t->rows; i++)
        for (uint32_t j = 0; j < t->columns; j++) {
            long double c = t->cell[(size_t)i * t->columns + j];
            if (c > 0) {
                precision += c * c / t->column[j];
                recall += c * c / t->row[i];
            }
        }
    precision = model_ratio(precision, n, 1);
    recall = model_ratio(recall, n, 1);
    MODEL_R(BCUBED_PRECISION) = precision;
    MODEL_R(BCUBED_RECALL) = recall;
    MODEL_R(BCUBED_F1) = 2 * precision * recall / (precision + recall);
    MODEL_R(CLUSTER_PRECISION) = model_ratio((long double)MODEL_I(EXACT_CLUSTERS), t->columns, 1);
    MODEL_R(CLUSTER_RECALL) = model_ratio((long double)MODEL_I(EXACT_CLUSTERS), t->rows, 1);
    MODEL_R(CLUSTER_F1) = model_ratio(2 * (long double)MODEL_I(EXACT_CLUSTERS),
                                      (long double)t->rows + t->columns, 1);
    precision = model_ratio((long double)MODEL_I(COLMAX_SUM), n, 1);
    recall = model_ratio((long double)MODEL_I(ROWMAX_SUM), n, 1);
    MODEL_R(PURITY) = precision;
    MODEL_R(INVERSE_PURITY) = recall;
    MODEL_R(PURITY_F1) = 2 * precision * recall / (precision + recall);
    MODEL_R(MEAN_SIZE_B) = model_ratio(n, t->columns, 0);
}

/* MI and VI cell by cell: every term of VI is positive, so nothing cancels there. */
static void model_information(const model_table *t, model_values *v)
{
    bool same = t->rows == t->columns && MODEL_I(CELLS) == t->rows;
    long double ha = 0, hb = 0, hab = 0, mi = 0, vi = 0, n = t->n;
    for (uint32_t i = 0; i < t->rows; i++)
        ha += t->row[i] / n * model_log_ratio(t->n, t->row[i]);
    for (uint32_t j = 0; j < t->columns; j++)
        hb += t->column[j] / n * model_log_ratio(t->n, t->column[j]);
    for (uint32_t i = 0; i < t->rows; i++)
        for (uint32_t j = 0; j < t->columns; j++) {
            uint32_t c = t->cell[(size_t)i * t->columns + j];
            if (c == 0)
                continue;
            hab += c / n * model_log_ratio(t->n, c);
            vi += c / n * (model_log_ratio(t->row[i], c) + model_log_ratio(t->column[j], c));
            mi += c / n * (model_log_ratio(t->n, t->column[j]) - model_log_ratio(t->row[i], c));
        }
    mi = t->rows < 2 || t->columns < 2 || mi < 0 ? 0 : mi;
    MODEL_R(ENTROPY_A) = ha;
    MODEL_R(ENTROPY_B) = hb;
    MODEL_R(JOINT_ENTROPY) = hab;
    MODEL_R(MI) = mi;
    MODEL_R(VI) = vi;
    MODEL_R(HOMOGENEITY) = same ? 1 : model_ratio(mi, ha, 1);
    MODEL_R(COMPLETENESS) = same ? 1 : model_ratio(mi, hb, 1);
    MODEL_R(V_MEASURE) = same ? 1 : model_ratio(2 * mi, ha + hb, 0);
    MODEL_R(NMI_ARITHMETIC) = MODEL_R(V_MEASURE);
    MODEL_R(NMI_MIN) = same ? 1 : model_ratio(mi, ha < hb ? ha : hb, 0);
    MODEL_R(NMI_MAX) = same ? 1 : model_ratio(mi, ha < hb ? hb : ha, 0);
    MODEL_R(NMI_GEOMETRIC) = same ? 1 : model_ratio(mi, model_sqrt(ha * hb), 0);
    MODEL_R(NMI_JOINT) = same ? 1 : model_ratio(mi, hab, 0);
}

/* All metrics of a prediction b against a reference a (NULL: those without a reference). */
static void model_metrics(const uint32_t *a, const uint32_t *b, uint32_t n, model_values *v)
{
    model_table t = model_table_make(a != NULL ? a : b, b, n);
    memset(v, 0, sizeof *v);
    v->reference = a != NULL;
    model_count_pass(&t, v);
    model_pair_rates(v);
    model_other_rates(&t, v);
    model_information(&t, v);
    model_table_free(&t);
}

#undef MODEL_I
#undef MODEL_R

static bool model_logarithmic(starlings_metric metric)
{
    return strcmp(starlings_metric_describe(metric)->group, "information") == 0;
}

/* How far a real value may lie from the exact one: 4 units in the last place for a ratio of
   integers, 1e-12 relative (but never below 1e-15) for one with logarithms. */
static double model_tolerance(starlings_metric metric, double want)
{
    /* Where long double is no wider than double, the model itself is off by a little. */
    bool narrow = LDBL_MANT_DIG == DBL_MANT_DIG;
    double size = want < 0 ? -want : want;
    if (!model_logarithmic(metric))
        return (narrow ? 256 : 4) * model_ulp(size);
    return 1e-12 * (size > 1e-3 ? size : 1e-3) + (narrow ? 1e-13 : 0);
}

/* ---- threads ------------------------------------------------------------- */

#ifndef STARLINGS_NO_THREADS
typedef struct model_thread {
    pthread_t thread;
    bool made;
    uint32_t number;
    starlings_task *task;
    void *ctx;
} model_thread;

static void *model_thread_main(void *ctx)
{
    model_thread *t = (model_thread *)ctx;
    t->task(t->ctx, t->number);
    return NULL;
}
#endif

/* Run task(ctx, 0 ... count-1) all at once; one after the other where there are no threads. */
static void model_threads(uint32_t count, starlings_task *task, void *ctx)
{
#ifndef STARLINGS_NO_THREADS
    model_thread *threads = (model_thread *)model_new(count, sizeof *threads);
    for (uint32_t i = 0; i < count; i++) {
        threads[i].number = i;
        threads[i].task = task;
        threads[i].ctx = ctx;
        threads[i].made =
            pthread_create(&threads[i].thread, NULL, model_thread_main, &threads[i]) == 0;
        if (!threads[i].made)
            task(ctx, i);
    }
    for (uint32_t i = 0; i < count; i++)
        if (threads[i].made)
            (void)pthread_join(threads[i].thread, NULL);
    free(threads);
#else
    for (uint32_t i = 0; i < count; i++)
        task(ctx, i);
#endif
}

/* ---- calls that tests make again and again ------------------------------- */

static starlings_hierarchy *model_build(const starlings_edge *edges, size_t m, uint32_t n,
                                        uint32_t decimals, bool keep)
{
    starlings_hierarchy *h = NULL;
    starlings_hierarchy_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.edges = edges;
    desc.edge_count = m;
    desc.record_count = n;
    desc.decimals = decimals;
    desc.keep_edges = keep;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    return h;
}

static starlings_partition *model_partition_at(starlings_hierarchy *h, uint32_t key)
{
    starlings_partition *p = NULL;
    starlings_partition_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = h;
    desc.threshold = starlings_key_threshold(key);
    T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_OK);
    return p;
}

static starlings_partition *model_partition_of(const uint32_t *labels, uint32_t n)
{
    starlings_partition *p = NULL;
    starlings_partition_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.labels = labels;
    desc.record_count = n;
    T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_OK);
    return p;
}

/* A sweep of all metrics; keys NULL: exact. */
static starlings_sweep *model_sweep(starlings_hierarchy *h, starlings_partition *prediction,
                                    starlings_partition *reference, const uint32_t *keys,
                                    size_t key_count)
{
    starlings_sweep *sweep = NULL;
    starlings_sweep_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = h;
    desc.prediction = prediction;
    desc.reference = reference;
    desc.keys = keys;
    desc.key_count = key_count;
    desc.metrics = starlings_metric_set_all(reference != NULL);
    T_STATUS(starlings_sweep_create(&desc, &sweep), STARLINGS_OK);
    return sweep;
}

/* Hashes of all that an object shows. */
static uint64_t model_hash_hierarchy(const starlings_hierarchy *h)
{
    uint32_t n = starlings_hierarchy_record_count(h), kept = 0;
    const starlings_kept_edge *edges = starlings_hierarchy_kept_edges(h, &kept);
    uint64_t hash = model_hash_u32(MODEL_HASH_START, n);
    hash = model_hash_u32(hash, starlings_hierarchy_decimals(h));
    hash = model_hash(hash, starlings_hierarchy_perm(h), n * sizeof(uint32_t));
    hash = model_hash(hash, starlings_hierarchy_height(h), n * sizeof(uint32_t));
    hash = model_hash_u32(hash, kept);
    return model_hash(hash, edges, kept * sizeof *edges);
}

static uint64_t model_hash_partition(const starlings_partition *p)
{
    uint32_t n = starlings_partition_record_count(p), count = starlings_partition_entity_count(p);
    uint64_t hash = model_hash_u32(model_hash_u32(MODEL_HASH_START, n), count);
    for (uint32_t e = 0; e < count; e++) {
        starlings_span span = starlings_partition_entity(p, e);
        hash = model_hash_u32(hash, span.count);
        hash = model_hash(hash, span.records, span.count * sizeof(uint32_t));
    }
    for (uint32_t r = 0; r < n; r++)
        hash = model_hash_u32(hash, starlings_partition_entity_of(p, r));
    return hash;
}

static uint64_t model_hash_sweep(const starlings_sweep *s)
{
    size_t rows = starlings_sweep_row_count(s);
    uint64_t hash = model_hash(MODEL_HASH_START, &rows, sizeof rows);
    hash = model_hash(hash, starlings_sweep_keys(s), rows * sizeof(uint32_t));
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        const uint64_t *integers = starlings_sweep_integers(s, (starlings_metric)m);
        const double *reals = starlings_sweep_reals(s, (starlings_metric)m);
        hash = model_hash_u32(hash, (uint32_t)(integers != NULL) * 2 + (reals != NULL));
        if (integers != NULL)
            hash = model_hash(hash, integers, rows * sizeof *integers);
        if (reals != NULL)
            hash = model_hash(hash, reals, rows * sizeof *reals);
    }
    return hash;
}

#endif
