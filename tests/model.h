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

/* ---- records -------------------------------------------------------------- */

static uint32_t model_find(const starlings_context *context, starlings_identity identity)
{
    return starlings_context_find(context, &identity);
}

static starlings_status model_ensure(starlings_context *context, starlings_identity identity,
                                     uint32_t *out_record)
{
    return starlings_context_ensure(context, &identity, out_record);
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

static long double model_value(const model_values *v, starlings_metric metric)
{
    return starlings_metric_describe(metric)->integer ? (long double)v->integer[metric]
                                                      : v->real[metric];
}

/* A table of counts: rows are the reference's clusters, columns the prediction's. */
typedef struct model_cell {
    uint32_t row, column; /* which clusters */
    uint32_t a, b, c;     /* records of the row, of the column, of both */
} model_cell;

typedef struct model_table {
    uint32_t n, rows, columns, cells;
    uint32_t *count; /* rows * columns */
    uint32_t *row;   /* sums */
    uint32_t *column;
    model_cell *cell; /* those that are not empty */
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
    model_table t = { n, 0, 0, 0, NULL, NULL, NULL, NULL };
    uint32_t *dense_a = model_u32(n), *dense_b = model_u32(n);
    t.rows = model_dense(a, n, dense_a);
    t.columns = model_dense(b, n, dense_b);
    t.count = model_u32((size_t)t.rows * t.columns);
    t.row = model_u32(t.rows);
    t.column = model_u32(t.columns);
    t.cell = (model_cell *)model_new(n, sizeof *t.cell);
    for (uint32_t i = 0; i < n; i++) {
        t.count[(size_t)dense_a[i] * t.columns + dense_b[i]]++;
        t.row[dense_a[i]]++;
        t.column[dense_b[i]]++;
    }
    for (uint32_t i = 0; i < t.rows; i++)
        for (uint32_t j = 0; j < t.columns; j++) {
            model_cell cell = { i, j, t.row[i], t.column[j], t.count[(size_t)i * t.columns + j] };
            if (cell.c > 0)
                t.cell[t.cells++] = cell;
        }
    free(dense_a);
    free(dense_b);
    return t;
}

static void model_table_free(model_table *t)
{
    free(t->count);
    free(t->row);
    free(t->column);
    free(t->cell);
}

static uint64_t model_pairs(uint64_t s)
{
    return s * (s - (s > 0)) / 2;
}

/* ---- the tests' own functions, so that they need no libm ----------------- */

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

/* ln(x / y) for x, y > 0, exact to the last bits also where it is small. */
static long double model_log_ratio(long double x, long double y)
{
    const long double ln2 = 0.693147180559945309417232121458176568L;
    int twos = 0;
    if (x < y)
        return -model_log_ratio(y, x);
    while (y * 2 <= x) {
        y *= 2;
        twos++;
    }
    return twos * ln2 + model_log_near(x, y);
}

/* e^x for x >= 0: (e^(x / 2^k))^(2^k) would lose digits, so whole powers of 2 are taken out. */
static long double model_exp(long double x)
{
    const long double ln2 = 0.693147180559945309417232121458176568L;
    int twos = (int)(x / ln2);
    long double rest = x - twos * ln2, term = 1, sum = 1;
    for (int k = 1; k < 40; k++) {
        term *= rest / k;
        sum += term;
    }
    for (; twos > 0; twos--)
        sum *= 2;
    return sum;
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

static bool model_is_nan(long double x)
{
    return !(x < 0 || x >= 0);
}

/* Not further apart than this; a NaN is near another. */
static bool model_near(long double x, long double y, long double tolerance)
{
    if (model_is_nan(x) || model_is_nan(y))
        return model_is_nan(x) && model_is_nan(y);
    return x - y <= tolerance && y - x <= tolerance;
}

/* One unit in the last place of a double >= 0. */
static double model_ulp(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return model_of_bits(bits + 1) - x;
}

/* The product of two numbers as high * 2^64 + low, by hand with halves of 32 bits. */
typedef struct model_wide {
    uint64_t high, low;
} model_wide;

static model_wide model_product(uint64_t x, uint64_t y)
{
    uint64_t x0 = (uint32_t)x, x1 = x >> 32, y0 = (uint32_t)y, y1 = y >> 32;
    uint64_t middle = x1 * y0 + (x0 * y0 >> 32), other = x0 * y1 + (uint32_t)middle;
    model_wide wide = { x1 * y1 + (middle >> 32) + (other >> 32), x * y };
    return wide;
}

/* x y - z w, rounded once: counts of pairs can agree in all but their last digits. */
static long double model_cross(uint64_t x, uint64_t y, uint64_t z, uint64_t w)
{
    model_wide p = model_product(x, y), q = model_product(z, w), swap = p;
    bool negative = p.high < q.high || (p.high == q.high && p.low < q.low);
    long double value;
    if (negative) {
        p = q;
        q = swap;
    }
    value = (long double)(p.high - q.high - (p.low < q.low)) * 18446744073709551616.0L +
            (long double)(p.low - q.low);
    return negative ? -value : value;
}

/* ---- every metric from its definition ------------------------------------ */

/* x / y, or what an empty denominator stands for. */
static long double model_ratio(long double x, long double y, long double empty)
{
    return y > 0 ? x / y : empty;
}

/* The F that weighs recall beta times as high as precision; beta squared is given. */
static long double model_f(long double precision, long double recall, long double square)
{
    return model_ratio((1 + square) * precision * recall, square * precision + recall, 0);
}

#define MODEL_I(name) v->integer[STARLINGS_METRIC_##name]
#define MODEL_R(name) v->real[STARLINGS_METRIC_##name]

/* Precision and recall of a kind, and the F of the two as they are. */
#define MODEL_RATES(name, precision, recall)                                        \
    do {                                                                            \
        MODEL_R(name##_PRECISION) = (precision);                                    \
        MODEL_R(name##_RECALL) = (recall);                                          \
        MODEL_R(name##_F1) = model_f(MODEL_R(name##_PRECISION), MODEL_R(name##_RECALL), 1); \
    } while (0)

static void model_count_cells(const model_table *t, model_values *v)
{
    uint32_t *row_most = model_u32(t->rows), *column_most = model_u32(t->columns);
    for (uint32_t k = 0; k < t->cells; k++) {
        model_cell x = t->cell[k];
        MODEL_I(PAIR_TP) += model_pairs(x.c);
        MODEL_I(EXACT_CLUSTERS) += x.c == x.a && x.c == x.b;
        if (row_most[x.row] < x.c)
            row_most[x.row] = x.c;
        if (column_most[x.column] < x.c)
            column_most[x.column] = x.c;
    }
    for (uint32_t i = 0; i < t->rows; i++)
        MODEL_I(ROWMAX_SUM) += row_most[i];
    for (uint32_t j = 0; j < t->columns; j++)
        MODEL_I(COLMAX_SUM) += column_most[j];
    MODEL_I(CELLS) = t->cells;
    MODEL_I(SPLIT_JOIN_A) = t->n - MODEL_I(ROWMAX_SUM);
    MODEL_I(SPLIT_JOIN_B) = t->n - MODEL_I(COLMAX_SUM);
    MODEL_I(SPLIT_JOIN) = MODEL_I(SPLIT_JOIN_A) + MODEL_I(SPLIT_JOIN_B);
    MODEL_I(SPLITS) = t->cells - t->columns;
    MODEL_I(MERGES) = t->cells - t->rows;
    MODEL_I(MERGE_DISTANCE) = MODEL_I(SPLITS) + MODEL_I(MERGES);
    free(row_most);
    free(column_most);
}

static void model_count_clusters(const model_table *t, model_values *v)
{
    for (uint32_t i = 0; i < t->rows; i++)
        MODEL_I(PAIRS_A) += model_pairs(t->row[i]);
    for (uint32_t j = 0; j < t->columns; j++) {
        MODEL_I(PAIRS_B) += model_pairs(t->column[j]);
        MODEL_I(SINGLETONS_B) += t->column[j] == 1;
        if (MODEL_I(MAX_SIZE_B) < t->column[j])
            MODEL_I(MAX_SIZE_B) = t->column[j];
    }
    MODEL_I(N) = t->n;
    MODEL_I(CLUSTERS_A) = t->rows;
    MODEL_I(CLUSTERS_B) = t->columns;
    MODEL_I(PAIR_FP) = MODEL_I(PAIRS_B) - MODEL_I(PAIR_TP);
    MODEL_I(PAIR_FN) = MODEL_I(PAIRS_A) - MODEL_I(PAIR_TP);
    MODEL_I(PAIR_TN) =
        model_pairs(t->n) - MODEL_I(PAIR_TP) - MODEL_I(PAIR_FP) - MODEL_I(PAIR_FN);
    MODEL_I(MIRKIN) = 2 * (MODEL_I(PAIR_FP) + MODEL_I(PAIR_FN));
}

static void model_pair_rates(model_values *v)
{
    uint64_t itp = MODEL_I(PAIR_TP), ifp = MODEL_I(PAIR_FP);
    uint64_t ifn = MODEL_I(PAIR_FN), itn = MODEL_I(PAIR_TN);
    long double tp = (long double)itp, fp = (long double)ifp;
    long double fn = (long double)ifn, tn = (long double)itn;
    long double chance = model_cross(itp, itn, ifn, ifp), most;
    bool same = ifp == 0 && ifn == 0;
    MODEL_R(PAIRWISE_PRECISION) = model_ratio(tp, tp + fp, 1);
    MODEL_R(PAIRWISE_RECALL) = model_ratio(tp, tp + fn, 1);
    MODEL_R(PAIRWISE_F1) = model_ratio(2 * tp, 2 * tp + fp + fn, 1);
    MODEL_R(PAIRWISE_F0_5) = model_ratio(5 * tp, 5 * tp + 4 * fp + fn, 1);
    MODEL_R(PAIRWISE_F2) = model_ratio(5 * tp, 5 * tp + fp + 4 * fn, 1);
    MODEL_R(RAND) = model_ratio(tp + tn, tp + fp + fn + tn, 1);
    MODEL_R(ACCURACY) = MODEL_R(RAND);
    MODEL_R(JACCARD) = model_ratio(tp, tp + fp + fn, 1);
    MODEL_R(FOWLKES_MALLOWS) = model_ratio(tp, model_sqrt((tp + fp) * (tp + fn)), 0);
    MODEL_R(SPECIFICITY) = model_ratio(tn, tn + fp, 1);
    MODEL_R(BALANCED_ACCURACY) = (MODEL_R(PAIRWISE_RECALL) + MODEL_R(SPECIFICITY)) / 2;
    MODEL_R(REDUCTION_RATIO_B) = model_ratio(tn + fn, tp + fp + fn + tn, 1);
    MODEL_R(LUMPING_ERROR) = model_ratio(fp, tp + fn, fp > 0 ? (long double)model_nan() : 0);
    MODEL_R(SPLITTING_ERROR) = model_ratio(fn, tp + fn, 0);
    most = (tp + fn) * (fn + tn) + (tp + fp) * (fp + tn);
    MODEL_R(ARI) = same ? 1 : 2 * chance / most;
    most = model_sqrt(tp + fp) * model_sqrt(tp + fn) * model_sqrt(tn + fp) * model_sqrt(tn + fn);
    MODEL_R(MCC) = same ? 1 : model_ratio(chance, most, 0);
}

/* Joined pairs and parted pairs, each with precision, recall and F; the mean of both kinds. A kind
   that the reference has not is left out. */
static void model_blanc(model_values *v)
{
    long double tp = (long double)MODEL_I(PAIR_TP), fp = (long double)MODEL_I(PAIR_FP);
    long double fn = (long double)MODEL_I(PAIR_FN), tn = (long double)MODEL_I(PAIR_TN);
    long double joined_p = model_ratio(tp, tp + fp, 0), joined_r = model_ratio(tp, tp + fn, 0);
    long double parted_p = model_ratio(tn, tn + fn, 0), parted_r = model_ratio(tn, tn + fp, 0);
    long double joined_f = model_f(joined_p, joined_r, 1);
    long double parted_f = model_f(parted_p, parted_r, 1);
    int kinds = (tp + fn > 0) + (tn + fp > 0);
    if (tp + fn <= 0)
        joined_p = joined_r = joined_f = 0;
    if (tn + fp <= 0)
        parted_p = parted_r = parted_f = 0;
    MODEL_R(BLANC_PRECISION) = model_ratio(joined_p + parted_p, kinds, 0);
    MODEL_R(BLANC_RECALL) = model_ratio(joined_r + parted_r, kinds, 0);
    MODEL_R(BLANC_F1) = model_ratio(joined_f + parted_f, kinds, 0);
}

/* Sums of c^2 over this and that. */
static void model_squares(const model_table *t, model_values *v)
{
    long double n = t->n, ka = t->rows;
    long double p = 0, r = 0, entity_p = 0, entity_r = 0, lea_p = 0, lea_r = 0, larger = 0;
    for (uint32_t k = 0; k < t->cells; k++) {
        long double a = t->cell[k].a, b = t->cell[k].b, c = t->cell[k].c;
        bool alone = t->cell[k].a == 1 && t->cell[k].b == 1;
        p += c * c / b;
        r += c * c / a;
        entity_p += c * c / (a * b);
        entity_r += c * c / (a * a);
        larger += c * c / (a > b ? a : b);
        lea_p += alone ? 1 : model_ratio(c * (c - 1), b - 1, 0);
        lea_r += alone ? 1 : model_ratio(c * (c - 1), a - 1, 0);
    }
    MODEL_RATES(BCUBED, model_ratio(p, n, 1), model_ratio(r, n, 1));
    MODEL_RATES(BCUBED_ENTITY, model_ratio(entity_p, ka, 1), model_ratio(entity_r, ka, 1));
    MODEL_RATES(LEA, model_ratio(lea_p, n, 1), model_ratio(lea_r, n, 1));
    MODEL_R(K_MEASURE) = model_sqrt(MODEL_R(BCUBED_PRECISION) * MODEL_R(BCUBED_RECALL));
    MODEL_R(ELEMENT_CENTRIC) = model_ratio(larger, n, 1);
}

/* The reference as names: predicted clusters with two names or more; those that share a name. */
static void model_names(const model_table *t, model_values *v)
{
    uint32_t several = 0, sharing = 0;
    for (uint32_t j = 0; j < t->columns; j++) {
        uint32_t names = 0, shared = 0;
        for (uint32_t k = 0; k < t->cells; k++)
            if (t->cell[k].column == j) {
                names++;
                shared += t->cell[k].c < t->cell[k].a;
            }
        several += names > 1;
        sharing += shared > 0;
    }
    MODEL_R(NAME_VARIATION) = model_ratio(several, t->columns, 0);
    MODEL_R(HOMONYMY) = model_ratio(sharing, t->columns, 0);
}

static void model_cluster_rates(const model_table *t, model_values *v)
{
    long double n = t->n, ka = t->rows, kb = t->columns, cells = t->cells;
    long double exact = (long double)MODEL_I(EXACT_CLUSTERS);
    MODEL_R(CLUSTER_PRECISION) = model_ratio(exact, kb, 1);
    MODEL_R(CLUSTER_RECALL) = model_ratio(exact, ka, 1);
    MODEL_R(CLUSTER_F1) = model_ratio(2 * exact, ka + kb, 1);
    model_names(t, v);
    MODEL_R(CLUSTER_JACCARD) = model_ratio(exact, ka + kb - exact, 1);
    MODEL_RATES(MUC, model_ratio(n - cells, n - kb, 0), model_ratio(n - cells, n - ka, 0));
    MODEL_R(PURITY) = model_ratio((long double)MODEL_I(COLMAX_SUM), n, 1);
    MODEL_R(INVERSE_PURITY) = model_ratio((long double)MODEL_I(ROWMAX_SUM), n, 1);
    MODEL_R(PURITY_F1) = model_f(MODEL_R(PURITY), MODEL_R(INVERSE_PURITY), 1);
    MODEL_R(TALBURT_WANG) = model_ratio(model_sqrt(ka * kb), cells, 1);
}

/* The best partner of each cluster, by overlap over union and by F. */
static void model_closest(const model_table *t, model_values *v)
{
    long double *of_a = (long double *)model_new(t->rows, sizeof *of_a), p = 0, r = 0, f = 0;
    long double *of_b = (long double *)model_new(t->columns, sizeof *of_b);
    long double *f_of_a = (long double *)model_new(t->rows, sizeof *f_of_a);
    for (uint32_t k = 0; k < t->cells; k++) {
        model_cell x = t->cell[k];
        long double share = (long double)x.c / (x.a + x.b - x.c);
        long double both = 2 * (long double)x.c / (x.a + x.b);
        of_a[x.row] = share > of_a[x.row] ? share : of_a[x.row];
        of_b[x.column] = share > of_b[x.column] ? share : of_b[x.column];
        f_of_a[x.row] = both > f_of_a[x.row] ? both : f_of_a[x.row];
    }
    for (uint32_t j = 0; j < t->columns; j++)
        p += of_b[j];
    for (uint32_t i = 0; i < t->rows; i++) {
        r += of_a[i];
        f += t->row[i] * f_of_a[i];
    }
    MODEL_RATES(CLOSEST_CLUSTER, model_ratio(p, t->columns, 1), model_ratio(r, t->rows, 1));
    MODEL_R(F_MEASURE_CLUSTERING) = model_ratio(f, t->n, 1);
    free(of_a);
    free(of_b);
    free(f_of_a);
}

/* ---- the best one-to-one pairing ----------------------------------------- */

/* Seats for rows: every row gets a column of its own and the sum of what the pairs are worth is the
   largest there is (Kuhn 1955, Munkres 1957). Rows and columns have prices whose sum is nowhere
   below the worth of a pair, and just that of it for the pairs that are seated. */
typedef struct model_seats {
    uint32_t rows, columns; /* rows <= columns */
    long double *worth;     /* rows * columns */
    long double *row_price, *column_price;
    /* of each column, and of one more where the search starts: */
    long double *slack; /* the least that prices are above worth, over the rows of the tree */
    uint32_t *from;     /* the column whose row that is */
    uint32_t *seated;   /* its row; rows: nobody */
    bool *in_tree;
} model_seats;

/* Seat one more row: grow a tree of columns that could be passed on, lower prices until a new one
   can be reached, and move everyone along when it is free. */
static void model_seat(model_seats *s, uint32_t row)
{
    uint32_t at = s->columns;
    s->seated[at] = row;
    for (uint32_t j = 0; j <= s->columns; j++) {
        s->slack[j] = -1;
        s->in_tree[j] = false;
    }
    while (s->seated[at] != s->rows) {
        uint32_t i = s->seated[at], next = s->columns;
        long double least = -1;
        s->in_tree[at] = true;
        for (uint32_t j = 0; j < s->columns; j++) {
            long double over = s->row_price[i] + s->column_price[j] -
                               s->worth[(size_t)i * s->columns + j];
            if (s->in_tree[j])
                continue;
            over = over > 0 ? over : 0; /* rounding */
            if (s->slack[j] < 0 || over < s->slack[j]) {
                s->slack[j] = over;
                s->from[j] = at;
            }
            if (least < 0 || s->slack[j] < least) {
                least = s->slack[j];
                next = j;
            }
        }
        for (uint32_t j = 0; j <= s->columns; j++) {
            if (s->in_tree[j]) {
                s->row_price[s->seated[j]] -= least;
                s->column_price[j] += least;
            } else {
                s->slack[j] -= s->slack[j] < 0 ? 0 : least;
            }
        }
        at = next;
    }
    for (; at != s->columns; at = s->from[at])
        s->seated[at] = s->seated[s->from[at]];
}

/* The largest sum over one-to-one pairs of clusters of c, or of 2c / (a + b). */
static long double model_matching(const model_table *t, bool shares)
{
    bool turned = t->rows > t->columns;
    model_seats s;
    long double sum = 0;
    s.rows = turned ? t->columns : t->rows;
    s.columns = turned ? t->rows : t->columns;
    s.worth = (long double *)model_new((size_t)s.rows * s.columns, sizeof *s.worth);
    s.row_price = (long double *)model_new(s.rows, sizeof *s.row_price);
    s.column_price = (long double *)model_new(s.columns, sizeof *s.column_price);
    s.slack = (long double *)model_new(s.columns, sizeof *s.slack);
    s.from = model_u32(s.columns);
    s.seated = model_u32(s.columns);
    s.in_tree = (bool *)model_new(s.columns, sizeof *s.in_tree);
    for (uint32_t k = 0; k < t->cells; k++) {
        model_cell x = t->cell[k];
        uint32_t i = turned ? x.column : x.row, j = turned ? x.row : x.column;
        long double worth = shares ? 2 * (long double)x.c / (x.a + x.b) : x.c;
        s.worth[(size_t)i * s.columns + j] = worth;
        s.row_price[i] = worth > s.row_price[i] ? worth : s.row_price[i];
    }
    for (uint32_t j = 0; j < s.columns; j++)
        s.seated[j] = s.rows;
    for (uint32_t i = 0; i < s.rows; i++)
        model_seat(&s, i);
    for (uint32_t j = 0; j < s.columns; j++)
        if (s.seated[j] < s.rows)
            sum += s.worth[(size_t)s.seated[j] * s.columns + j];
    free(s.worth);
    free(s.row_price);
    free(s.column_price);
    free(s.slack);
    free(s.from);
    free(s.seated);
    free(s.in_tree);
    return sum;
}

static void model_ceaf(const model_table *t, model_values *v)
{
    long double records = model_matching(t, false), shares = model_matching(t, true);
    MODEL_R(CEAFM_PRECISION) = model_ratio(records, t->n, 1);
    MODEL_R(CEAFM_RECALL) = MODEL_R(CEAFM_PRECISION);
    MODEL_R(CEAFM_F1) = MODEL_R(CEAFM_PRECISION);
    MODEL_RATES(CEAFE, model_ratio(shares, t->columns, 1), model_ratio(shares, t->rows, 1));
    MODEL_R(CONLL_F1) = (MODEL_R(MUC_F1) + MODEL_R(BCUBED_F1) + MODEL_R(CEAFE_F1)) / 3;
}

/* ---- information --------------------------------------------------------- */

/* The mean of k/n ln(n k / (x y)), k being what two random sets of x and y of the n records share.
   How likely each k is follows from the one before, from the likeliest both ways; the sum of all
   makes up for the first. */
static long double model_expected_cell(uint32_t n, uint32_t x, uint32_t y)
{
    uint32_t mode = (uint32_t)(((uint64_t)x + 1) * ((uint64_t)y + 1) / ((uint64_t)n + 2));
    long double all = 0, mean = 0, apart = (long double)n - x - y;
    for (int way = 0; way < 2; way++) {
        long double likely = 1, k = mode;
        while (likely > all * LDBL_EPSILON * LDBL_EPSILON) {
            if (way == 0) { /* up, the mode included */
                all += likely;
                mean += k > 0 ? likely * k * model_log_ratio(n * k, (long double)x * y) : 0;
                likely *= (x - k) * (y - k) / ((k + 1) * (apart + k + 1));
                k++;
            } else { /* down, without it */
                likely *= k * (apart + k) / ((x - k + 1) * (y - k + 1));
                k--;
                all += likely;
                mean += k > 0 ? likely * k * model_log_ratio(n * k, (long double)x * y) : 0;
            }
        }
    }
    return mean / all / n;
}

/* Over all pairs of clusters; those of equal sizes are worked out once. */
static long double model_expected(const model_table *t)
{
    uint32_t *of_a = model_u32((size_t)t->n + 1), *of_b = model_u32((size_t)t->n + 1);
    long double sum = 0;
    for (uint32_t i = 0; i < t->rows; i++)
        of_a[t->row[i]]++;
    for (uint32_t j = 0; j < t->columns; j++)
        of_b[t->column[j]]++;
    for (uint32_t x = 1; x <= t->n; x++)
        for (uint32_t y = 1; of_a[x] > 0 && y <= t->n; y++)
            if (of_b[y] > 0)
                sum += (long double)of_a[x] * of_b[y] * model_expected_cell(t->n, x, y);
    free(of_a);
    free(of_b);
    return t->rows < 2 || t->columns < 2 ? 0 : sum;
}

/* MI above chance, over what it could be at most. It is what chance gives where one side has one
   cluster, or single records only. */
static void model_adjusted(const model_table *t, bool same, model_values *v)
{
    long double ha = MODEL_R(ENTROPY_A), hb = MODEL_R(ENTROPY_B), emi = model_expected(t);
    long double above = MODEL_R(MI) - emi;
    bool chance = t->rows < 2 || t->columns < 2 || t->rows == t->n || t->columns == t->n;
    if (chance)
        above = 0;
    MODEL_R(EMI) = emi;
    MODEL_R(AMI_MIN) = same ? 1 : chance ? 0 : above / ((ha < hb ? ha : hb) - emi);
    MODEL_R(AMI_GEOMETRIC) = same ? 1 : chance ? 0 : above / (model_sqrt(ha * hb) - emi);
    MODEL_R(AMI_ARITHMETIC) = same ? 1 : chance ? 0 : above / ((ha + hb) / 2 - emi);
    MODEL_R(AMI_MAX) = same ? 1 : chance ? 0 : above / ((ha < hb ? hb : ha) - emi);
}

static void model_normalised(bool same, model_values *v)
{
    long double ha = MODEL_R(ENTROPY_A), hb = MODEL_R(ENTROPY_B), hab = MODEL_R(JOINT_ENTROPY);
    long double mi = MODEL_R(MI);
    MODEL_R(HOMOGENEITY) = same ? 1 : model_ratio(mi, ha, 1);
    MODEL_R(COMPLETENESS) = same ? 1 : model_ratio(mi, hb, 1);
    MODEL_R(V_MEASURE) = same ? 1 : model_ratio(2 * mi, ha + hb, 0);
    MODEL_R(V_MEASURE_BETA0_5) = same ? 1 : model_ratio(3 * mi, 2 * ha + hb, 0);
    MODEL_R(V_MEASURE_BETA2) = same ? 1 : model_ratio(3 * mi, ha + 2 * hb, 0);
    MODEL_R(NMI_ARITHMETIC) = MODEL_R(V_MEASURE);
    MODEL_R(NMI_MIN) = same ? 1 : model_ratio(mi, ha < hb ? ha : hb, 0);
    MODEL_R(NMI_MAX) = same ? 1 : model_ratio(mi, ha < hb ? hb : ha, 0);
    MODEL_R(NMI_GEOMETRIC) = same ? 1 : model_ratio(mi, model_sqrt(ha * hb), 0);
    MODEL_R(NMI_JOINT) = same ? 1 : model_ratio(mi, hab, 0);
    MODEL_R(NVI) = model_ratio(MODEL_R(VI), hab, 0);
}

/* MI and VI cell by cell: every term of VI is positive, so nothing cancels there. */
static void model_information(const model_table *t, model_values *v)
{
    bool same = t->rows == t->cells && t->columns == t->cells;
    long double ha = 0, hb = 0, hab = 0, mi = 0, vi = 0, n = t->n;
    for (uint32_t i = 0; i < t->rows; i++)
        ha += t->row[i] / n * model_log_ratio(n, t->row[i]);
    for (uint32_t j = 0; j < t->columns; j++)
        hb += t->column[j] / n * model_log_ratio(n, t->column[j]);
    for (uint32_t k = 0; k < t->cells; k++) {
        long double a = t->cell[k].a, b = t->cell[k].b, c = t->cell[k].c;
        hab += c / n * model_log_ratio(n, c);
        vi += c / n * (model_log_ratio(a, c) + model_log_ratio(b, c));
        mi += c / n * (model_log_ratio(n, b) - model_log_ratio(a, c));
    }
    MODEL_R(ENTROPY_A) = ha;
    MODEL_R(ENTROPY_B) = hb;
    MODEL_R(JOINT_ENTROPY) = hab;
    MODEL_R(MI) = t->rows < 2 || t->columns < 2 || mi < 0 ? 0 : mi;
    MODEL_R(VI) = vi;
    model_normalised(same, v);
    model_adjusted(t, same, v);
}

/* ---- sizes, prices ------------------------------------------------------- */

static void model_sizes(const model_table *t, model_values *v)
{
    uint32_t *size = model_u32((size_t)t->columns + 1), k = t->columns, run;
    long double n = t->n, squares = 0, shares = 0, entropy = 0, distinct = 0;
    memcpy(size, t->column, k * sizeof *size);
    qsort(size, k, sizeof *size, model_compare_u32);
    for (uint32_t i = 0; i < k; i += run) {
        for (run = 1; i + run < k && size[i + run] == size[i]; run++)
            ;
        squares += (long double)run * size[i] * size[i];
        shares += (long double)run * run;
        entropy += (long double)run / k * model_log_ratio(k, run);
        distinct++;
    }
    MODEL_R(MEAN_SIZE_B) = model_ratio(n, k, 0);
    MODEL_R(MEDIAN_SIZE_B) =
        k == 0 ? 0 : ((long double)size[(k - 1) / 2] + (long double)size[k / 2]) / 2;
    MODEL_R(MATCHING_RATE_B) = model_ratio(n - (long double)MODEL_I(SINGLETONS_B), n, 0);
    MODEL_R(PERPLEXITY_B) = k == 0 ? 0 : model_exp(MODEL_R(ENTROPY_B));
    MODEL_R(SIMPSON_EFFECTIVE_B) = model_ratio(n * n, squares, 0);
    MODEL_R(SIZE_HILL0_B) = distinct;
    MODEL_R(SIZE_HILL1_B) = k == 0 ? 0 : model_exp(entropy);
    MODEL_R(SIZE_HILL2_B) = model_ratio((long double)k * k, shares, 0);
    free(size);
}

/* What a cluster costs by an exponent: (s^p - s) / (p - 1), and its limit s ln(s) at 1. */
static long double model_price(uint32_t size, double exponent)
{
    long double s = size, p = (long double)exponent - 1, steps = s > 1 ? model_log_ratio(s, 1) : 0;
    if (p < 0 && p > -1) /* s^p below 1 */
        return s * (1 - 1 / model_exp(-p * steps)) / -p;
    if (p <= -1)
        return s - 1;
    if (p >= 1)
        return s * (s - 1);
    return p > 0 ? s * (model_exp(p * steps) - 1) / p : s * steps;
}

/* From b to a: clusters of b taken apart into the cells, then the cells put together. */
static long double model_merge_distance(const model_table *t, double split, double merge)
{
    long double sum = 0;
    for (uint32_t j = 0; j < t->columns; j++)
        sum += model_price(t->column[j], split);
    for (uint32_t i = 0; i < t->rows; i++)
        sum += model_price(t->row[i], merge);
    for (uint32_t k = 0; k < t->cells; k++)
        sum -= model_price(t->cell[k].c, split) + model_price(t->cell[k].c, merge);
    return sum;
}

/* All metrics of a prediction b against a reference a (NULL: those without a reference). */
static void model_metrics(const uint32_t *a, const uint32_t *b, uint32_t n, model_values *v)
{
    model_table t = model_table_make(a != NULL ? a : b, b, n);
    memset(v, 0, sizeof *v);
    v->reference = a != NULL;
    model_count_cells(&t, v);
    model_count_clusters(&t, v);
    model_pair_rates(v);
    model_blanc(v);
    model_squares(&t, v);
    model_cluster_rates(&t, v);
    model_closest(&t, v);
    model_ceaf(&t, v);
    model_information(&t, v);
    model_sizes(&t, v);
    MODEL_R(GENERALIZED_MERGE_DISTANCE) = model_merge_distance(&t, 0, 0);
    model_table_free(&t);
}

#undef MODEL_I
#undef MODEL_R
#undef MODEL_RATES

/* Made with logarithms or powers of e. */
static bool model_logarithmic(starlings_metric metric)
{
    return metric == STARLINGS_METRIC_PERPLEXITY_B || metric == STARLINGS_METRIC_SIZE_HILL1_B ||
           strcmp(starlings_metric_describe(metric)->group, "information") == 0;
}

/* Where long double is no wider than double, the model itself is off by a little. */
static bool model_narrow(void)
{
    return LDBL_MANT_DIG == DBL_MANT_DIG;
}

/* How far a real value may lie from the exact one: 4 units in the last place for a ratio of
   integers, 1e-12 relative (but never below 1e-15) for one with logarithms. */
static double model_tolerance(starlings_metric metric, double want)
{
    double size = want < 0 ? -want : want, floor = 1e-15;
    if (model_is_nan((long double)want))
        return 0;
    if (!model_logarithmic(metric))
        return (model_narrow() ? 256 : 4) * model_ulp(size);
    if (model_narrow()) /* ami divides by a difference */
        floor = strncmp(starlings_metric_describe(metric)->name, "ami_", 4) == 0 ? 1e-8 : 1e-13;
    return 1e-12 * size > floor ? 1e-12 * size : floor;
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

/* A sweep of all metrics that it can have; keys NULL: exact. */
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
    desc.metrics = starlings_metric_set_all(reference != NULL, prediction != NULL || keys != NULL);
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
