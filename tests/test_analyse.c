/* test_analyse.c - analyses and matrices of a frame. The model takes every row by itself: it cuts
   both hierarchies, keeps the labels of the records in question, and compares two partitions. */

enum { ANALYSE_MOST = 48, ANALYSE_SLOTS = 3, ANALYSE_ASKED = 6 };

static const char *const analyse_names[] = { "first", "second", "truth" };

typedef struct analyse_world {
    starlings_frame *frame;
    starlings_context *context;
    starlings_hierarchy *whole[ANALYSE_SLOTS]; /* over all records, made apart from the frame */
    bool speaks[ANALYSE_SLOTS][ANALYSE_MOST];  /* the collection of the record */
    uint32_t n;
} analyse_world;

/* An expression in whole numbers. */
typedef struct analyse_asked {
    uint32_t slot, first, last, step;
    bool cut;
} analyse_asked;

static uint32_t analyse_count(const analyse_asked *asked)
{
    uint32_t count = 0;
    for (uint64_t key = asked->first; key <= asked->last; key += asked->step)
        count++;
    return count;
}

static starlings_expression analyse_expression(const analyse_asked *asked)
{
    starlings_expression out;
    out.collection = analyse_names[asked->slot];
    out.from = asked->first / 1e6;
    out.to = asked->cut ? 0 : asked->last / 1e6;
    out.step = asked->cut ? 0 : asked->step / 1e6;
    return out;
}

static void analyse_grow(analyse_world *w, uint32_t n)
{
    uint32_t record = 0;
    for (; w->n < n; w->n++) {
        starlings_identity identity = starlings_identity_of_number("s", w->n);
        T_STATUS(starlings_frame_load(w->frame, &identity, 1, &record), STARLINGS_OK);
        T_EQ_U64(record, w->n);
    }
}

/* Records of the first half are there before the first collection, the others after it. env: NULL
   for a world with models to compare with. */
static void analyse_open(analyse_world *w, t_rng *rng, uint32_t n, const starlings_env *env)
{
    starlings_frame_desc desc;
    memset(w, 0, sizeof *w);
    memset(&desc, 0, sizeof desc);
    if (env != NULL)
        desc.env = *env;
    T_STATUS(starlings_frame_create(&desc, &w->frame), STARLINGS_OK);
    w->context = starlings_frame_context(w->frame);
    for (uint32_t slot = 0; slot < ANALYSE_SLOTS; slot++) {
        uint32_t known = slot == 0 ? n / 2 : n;
        model_graph g = model_random_graph(rng, known > 0 ? known : 1, 2 * known);
        starlings_collection_desc c;
        starlings_bitmap more;
        analyse_grow(w, known);
        memset(&c, 0, sizeof c);
        memset(&more, 0, sizeof more);
        for (uint32_t r = 0; r < known; r++)
            if (t_below(rng, 3) == 0) {
                w->speaks[slot][r] = true;
                T_STATUS(starlings_bitmap_add(NULL, &more, r), STARLINGS_OK);
            }
        for (size_t i = 0; i < g.m; i++)
            w->speaks[slot][g.edges[i].a] = w->speaks[slot][g.edges[i].b] = true;
        c.edges = g.edges;
        c.edge_count = g.m;
        c.decimals = g.decimals;
        c.records = &more;
        T_STATUS(starlings_frame_add_new(w->frame, analyse_names[slot], &c), STARLINGS_OK);
        if (env == NULL)
            w->whole[slot] = model_build(g.edges, g.m, n, g.decimals, false);
        starlings_bitmap_free(NULL, &more);
        model_graph_free(&g);
    }
}

static void analyse_close(analyse_world *w)
{
    for (uint32_t slot = 0; slot < ANALYSE_SLOTS; slot++)
        starlings_hierarchy_release(w->whole[slot]);
    starlings_frame_destroy(w->frame);
}

/* A cut of the records that take part. */
static starlings_partition *analyse_cut(const analyse_world *w, const bool *part, uint32_t slot,
                                        uint32_t key)
{
    starlings_partition *all = model_partition_at(w->whole[slot], key), *out = NULL;
    starlings_partition_desc desc;
    uint32_t labels[ANALYSE_MOST], count = 0;
    for (uint32_t r = 0; r < w->n; r++)
        if (part[r])
            labels[count++] = starlings_partition_entity_of(all, r);
    memset(&desc, 0, sizeof desc);
    desc.labels = labels;
    desc.record_count = count;
    T_STATUS(starlings_partition_create(&desc, &out), STARLINGS_OK);
    starlings_partition_release(all);
    return out;
}

/* One row; `a` NULL: no reference. */
static starlings_sweep *analyse_model(const analyse_world *w, const bool *part,
                                      starlings_metric_set metrics, const analyse_asked *b,
                                      uint32_t key_b, const analyse_asked *a, uint32_t key_a)
{
    starlings_sweep *out = NULL;
    starlings_sweep_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.prediction = analyse_cut(w, part, b->slot, key_b);
    desc.reference = a == NULL ? NULL : analyse_cut(w, part, a->slot, key_a);
    desc.metrics = metrics;
    T_STATUS(starlings_sweep_create(&desc, &out), STARLINGS_OK);
    starlings_partition_release(desc.prediction);
    starlings_partition_release(desc.reference);
    return out;
}

/* Every column of a row has the bits of the model's only row. */
static bool analyse_row_is(const starlings_analysis *got, size_t row, const starlings_sweep *want)
{
    starlings_metric_set set = starlings_analysis_metrics(got);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        const uint64_t *whole = starlings_analysis_integers(got, metric);
        const double *real = starlings_analysis_reals(got, metric);
        if ((whole != NULL || real != NULL) != starlings_metric_set_has(&set, metric))
            return false;
        if (whole != NULL && whole[row] != starlings_sweep_integers(want, metric)[0])
            return false;
        if (real != NULL &&
            memcmp(real + row, starlings_sweep_reals(want, metric), sizeof *real) != 0)
            return false;
    }
    return true;
}

static uint64_t analyse_hash(const starlings_analysis *analysis)
{
    size_t rows = starlings_analysis_row_count(analysis);
    uint64_t hash = model_hash(MODEL_HASH_START, &rows, sizeof rows);
    hash = model_hash_u32(hash, starlings_analysis_record_count(analysis));
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        const uint64_t *whole = starlings_analysis_integers(analysis, (starlings_metric)m);
        const double *real = starlings_analysis_reals(analysis, (starlings_metric)m);
        if (whole != NULL)
            hash = model_hash(hash, whole, rows * sizeof *whole);
        if (real != NULL)
            hash = model_hash(hash, real, rows * sizeof *real);
    }
    for (size_t row = 0; row < rows; row++)
        for (size_t e = 0; e < ANALYSE_ASKED; e++)
            hash = model_hash_u32(hash, starlings_analysis_key(analysis, row, e));
    return hash;
}

/* All rows of expression e against the reference, from *row on. */
static void analyse_block(const analyse_world *w, const bool *part, const analyse_asked *asked,
                          size_t count, size_t e, size_t reference,
                          const starlings_analysis *got, size_t *row)
{
    size_t outer = e < reference ? e : reference, inner = e < reference ? reference : e;
    for (uint64_t x = asked[outer].first; x <= asked[outer].last; x += asked[outer].step)
        for (uint64_t y = asked[inner].first; y <= asked[inner].last; y += asked[inner].step) {
            uint32_t key_b = (uint32_t)(e < reference ? x : y);
            uint32_t key_a = (uint32_t)(e < reference ? y : x);
            starlings_sweep *want = analyse_model(w, part, starlings_analysis_metrics(got),
                                                  &asked[e], key_b, &asked[reference], key_a);
            T_REQUIRE(want != NULL && *row < starlings_analysis_row_count(got));
            T_EQ_U64(starlings_analysis_expression(got, *row), e);
            for (size_t other = 0; other < count; other++)
                T_EQ_U64(starlings_analysis_key(got, *row, other),
                         other == e           ? key_b
                         : other == reference ? key_a
                                              : STARLINGS_NONE);
            T_CHECK(analyse_row_is(got, *row, want));
            starlings_sweep_release(want);
            ++*row;
        }
}

/* reference == count: there is none, and one expression. */
static void analyse_check(const analyse_world *w, const bool *part, const analyse_asked *asked,
                          size_t count, size_t reference, const starlings_analysis *got)
{
    size_t row = 0;
    uint32_t records = 0;
    for (uint32_t r = 0; r < w->n; r++)
        records += part[r];
    T_EQ_U64(starlings_analysis_record_count(got), records);
    for (size_t e = 0; e < count && reference < count; e++)
        if (e != reference)
            analyse_block(w, part, asked, count, e, reference, got, &row);
    for (uint64_t x = asked[0].first; x <= asked[0].last && reference == count;
         x += asked[0].step) {
        starlings_sweep *want = analyse_model(w, part, starlings_analysis_metrics(got), &asked[0],
                                              (uint32_t)x, NULL, 0);
        T_REQUIRE(want != NULL);
        T_EQ_U64(starlings_analysis_expression(got, row), 0);
        T_EQ_U64(starlings_analysis_key(got, row, 0), x);
        T_CHECK(analyse_row_is(got, row, want));
        starlings_sweep_release(want);
        row++;
    }
    T_EQ_U64(starlings_analysis_row_count(got), row);
    T_EQ_U64(starlings_analysis_expression(got, row), SIZE_MAX);
    T_EQ_U64(starlings_analysis_key(got, row, 0), STARLINGS_NONE);
}

/* Which records take part; `given` gets those of OVER_GIVEN. */
static void analyse_records(t_rng *rng, const analyse_world *w, starlings_over over,
                            const analyse_asked *asked, size_t count, bool *part,
                            starlings_bitmap *given)
{
    uint32_t share = t_below(rng, 4);
    for (uint32_t r = 0; r < w->n; r++) {
        part[r] = over != STARLINGS_OVER_GIVEN || t_below(rng, 3) < share;
        for (size_t e = 0; e < count && over == STARLINGS_OVER_COMMON; e++)
            part[r] = part[r] && w->speaks[asked[e].slot][r];
        if (part[r] && over == STARLINGS_OVER_GIVEN)
            T_STATUS(starlings_bitmap_add(NULL, given, r), STARLINGS_OK);
    }
}

static analyse_asked analyse_random(t_rng *rng, const analyse_asked *before)
{
    analyse_asked out;
    uint32_t kind = t_below(rng, 4);
    if (before != NULL && t_below(rng, 4) == 0)
        return *before;
    out.slot = t_below(rng, ANALYSE_SLOTS);
    out.cut = kind < 2;
    out.first = kind == 1 ? t_below(rng, 2) * STARLINGS_ONE : t_below(rng, STARLINGS_ONE + 1);
    out.last = out.cut ? out.first : out.first + t_below(rng, STARLINGS_ONE + 1 - out.first);
    out.step = out.cut ? 1 : 1 + (out.last - out.first) / 3 + t_below(rng, 1000);
    if (out.last == 0)
        out.cut = true;
    return out;
}

/* The counters of the frame: what a run of these rows adds. (They are read where they are:
   starlings_frame_describe looks at all collections, which takes longer than the analysis.) */
static void analyse_counted(const analyse_world *w, const analyse_asked *asked, size_t count,
                            size_t reference, const starlings_analysis *got,
                            const stln_desk *before)
{
    starlings_metric_set set = starlings_analysis_metrics(got);
    const stln_desk *after = w->frame->desk;
    uint64_t slots[ANALYSE_SLOTS] = { 0, 0, 0 }, fresh;
    size_t rows = starlings_analysis_row_count(got);
    for (size_t e = 0; e < count; e++)
        if (e != reference)
            slots[asked[e].slot] = 1;
    fresh = slots[0] + slots[1] + slots[2];
    fresh = reference < count ? fresh * analyse_count(&asked[reference]) : 1;
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++)
        if (starlings_metric_set_has(&set, (starlings_metric)m) &&
            starlings_metric_describe((starlings_metric)m)->batch)
            fresh = rows;
    T_EQ_U64(after->rows - before->rows, rows);
    T_EQ_U64(after->incremental - before->incremental, rows - fresh);
    T_EQ_U64(after->cuts, before->cuts);
}

static void analyse_round(uint32_t round)
{
    t_rng rng = t_rng_make(73000 + round);
    uint32_t n = round % 16 == 0 ? 0 : 2 + t_below(&rng, ANALYSE_MOST - 2);
    size_t count = 1 + t_below(&rng, ANALYSE_ASKED - 1), reference;
    analyse_world w;
    analyse_asked asked[ANALYSE_ASKED];
    starlings_expression expressions[ANALYSE_ASKED];
    starlings_bitmap given;
    starlings_analysis_desc desc;
    bool part[ANALYSE_MOST];
    uint64_t hash = 0;
    memset(&given, 0, sizeof given);
    memset(&desc, 0, sizeof desc);
    analyse_open(&w, &rng, n, NULL);
    for (size_t e = 0; e < count; e++) {
        asked[e] = analyse_random(&rng, e > 0 ? &asked[e - 1] : NULL);
        expressions[e] = analyse_expression(&asked[e]);
    }
    reference = count == 1 ? 1 : round % 3 == 0 ? count - 1 : t_below(&rng, (uint32_t)count);
    desc.frame = w.frame;
    desc.expressions = expressions;
    desc.expression_count = count;
    desc.reference = count > 1 && round % 3 != 0 ? &expressions[reference] : NULL;
    desc.over = (starlings_over)t_below(&rng, 3);
    if (round % 4 == 1)
        desc.metrics = starlings_metric_set_all(count > 1, true);
    if (round % 4 == 2)
        desc.metrics = starlings_metric_set_all(count > 1, false);
    analyse_records(&rng, &w, desc.over, asked, count, part, &given);
    desc.records = desc.over == STARLINGS_OVER_GIVEN ? &given : NULL;
    for (uint32_t workers = 1; workers <= 4; workers++) {
        starlings_analysis *got = NULL;
        stln_desk before = *w.frame->desk;
        desc.env.workers.count = workers;
        T_STATUS(starlings_frame_analyse(&desc, &got), STARLINGS_OK);
        T_REQUIRE(got != NULL);
        analyse_counted(&w, asked, count, reference, got, &before);
        if (workers == 1)
            analyse_check(&w, part, asked, count, reference, got);
        T_EQ_U64(analyse_hash(got), workers == 1 ? analyse_hash(got) : hash);
        hash = analyse_hash(got);
        T_CHECK(starlings_analysis_retain(got) == got);
        starlings_analysis_release(got);
        starlings_analysis_release(got);
    }
    starlings_bitmap_free(NULL, &given);
    analyse_close(&w);
}

/* All collections against all is the model at every pair of keys. */
static void analyse_matrix(uint32_t round)
{
    static const uint32_t keys[] = { 0, 250000, 500001, 1000000 };
    t_rng rng = t_rng_make(73500 + round);
    static const analyse_asked all[] = { { 0, 0, 0, 1, true }, { 1, 0, 0, 1, true },
                                         { 2, 0, 0, 1, true } };
    analyse_world w;
    bool part[ANALYSE_MOST];
    starlings_matrix_desc desc;
    starlings_matrix *matrix = NULL;
    starlings_metric_set metrics = starlings_metric_set_default(true);
    starlings_bitmap given;
    memset(&desc, 0, sizeof desc);
    memset(&given, 0, sizeof given);
    analyse_open(&w, &rng, round % 5 == 0 ? 0 : 2 + t_below(&rng, 40), NULL);
    desc.frame = w.frame;
    desc.keys = keys;
    desc.key_count = 4;
    desc.over = (starlings_over)(round % 3);
    desc.env.workers.count = 1 + round % 3;
    if (round % 2 == 0)
        metrics = desc.metrics = starlings_metric_set_all(true, true);
    analyse_records(&rng, &w, desc.over, all, ANALYSE_SLOTS, part, &given);
    desc.records = desc.over == STARLINGS_OVER_GIVEN ? &given : NULL;
    T_STATUS(starlings_frame_compare_all(&desc, &matrix), STARLINGS_OK);
    for (uint32_t at = 0; at < ANALYSE_SLOTS * ANALYSE_SLOTS * 16; at++) {
        uint32_t a = at / 48, b = at / 16 % 3, i = at / 4 % 4, j = at % 4;
        const starlings_grid *grid = starlings_matrix_grid(matrix, a, b);
        starlings_sweep *want = analyse_model(&w, part, metrics, &all[b], keys[j], &all[a],
                                              keys[i]);
        T_REQUIRE(grid != NULL && want != NULL);
        for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
            const double *real = starlings_grid_reals(grid, (starlings_metric)m);
            const uint64_t *whole = starlings_grid_integers(grid, (starlings_metric)m);
            if (real != NULL)
                T_CHECK(memcmp(real + i * 4 + j, starlings_sweep_reals(want, (starlings_metric)m),
                               sizeof *real) == 0);
            if (whole != NULL)
                T_EQ_U64(whole[i * 4 + j], starlings_sweep_integers(want, (starlings_metric)m)[0]);
        }
        starlings_sweep_release(want);
    }
    T_EQ_U64(w.frame->desk->rows, 9 * 16);
    T_EQ_U64(w.frame->desk->incremental, round % 2 == 0 ? 0 : 9 * 12);
    T_CHECK(starlings_matrix_grid(matrix, 3, 0) == NULL);
    T_CHECK(starlings_matrix_grid(matrix, 0, 3) == NULL);
    T_CHECK(starlings_matrix_retain(matrix) == matrix);
    starlings_matrix_release(matrix);
    starlings_matrix_release(matrix);
    starlings_bitmap_free(NULL, &given);
    analyse_close(&w);
}

/* ---- one by one: a frame of fixed data ------------------------------------------ */

typedef struct analyse_fixed {
    analyse_world w;
    starlings_error error;
    starlings_analysis_desc desc;
    starlings_analysis *got;
} analyse_fixed;

static void analyse_fixed_open(analyse_fixed *f)
{
    t_rng rng = t_rng_make(73900);
    memset(f, 0, sizeof *f);
    analyse_open(&f->w, &rng, 40, NULL);
    f->desc.frame = f->w.frame;
    f->desc.env.error = &f->error;
}

/* Ask; returns the table, which the next question releases. */
static starlings_analysis *analyse_ask(analyse_fixed *f, const starlings_expression *expressions,
                                       size_t count)
{
    starlings_analysis_release(f->got);
    f->desc.expressions = expressions;
    f->desc.expression_count = count;
    T_STATUS(starlings_frame_analyse(&f->desc, &f->got), STARLINGS_OK);
    return f->got;
}

static void analyse_fixed_close(analyse_fixed *f)
{
    starlings_analysis_release(f->got);
    analyse_close(&f->w);
}

/* A refusal: the status, the place, and nothing handed out. */
static void analyse_refused(analyse_fixed *f, const starlings_expression *expressions, size_t count,
                            starlings_status want, uint64_t at)
{
    starlings_analysis *got = f->got;
    f->desc.expressions = expressions;
    f->desc.expression_count = count;
    memset(&f->error, 0, sizeof f->error);
    T_STATUS(starlings_frame_analyse(&f->desc, &got), want);
    T_CHECK(got == NULL);
    T_STATUS(f->error.status, want);
    T_EQ_U64(f->error.at, at);
    T_CHECK(f->error.text[0] != '\0');
}

static void analyse_fault_36_60_reference(analyse_fixed *f)
{
    static const starlings_expression two[] = { { "first", 0.4, 0, 0 }, { "truth", 0.3, 0, 0 } };
    double precision, recall;
    starlings_analysis *got;
    f->desc.reference = NULL; /* the last */
    got = analyse_ask(f, two, 2);
    T_REQUIRE(got != NULL);
    T_EQ_U64(starlings_analysis_expression(got, 0), 0);
    precision = starlings_analysis_value(got, STARLINGS_METRIC_PAIRWISE_PRECISION, 0);
    recall = starlings_analysis_value(got, STARLINGS_METRIC_PAIRWISE_RECALL, 0);
    T_CHECK(precision != recall);
    f->desc.reference = &two[1]; /* the same, said aloud */
    got = analyse_ask(f, two, 2);
    T_NEAR(starlings_analysis_value(got, STARLINGS_METRIC_PAIRWISE_PRECISION, 0), precision, 0);
    f->desc.reference = &two[0]; /* the other way round: so is the answer */
    got = analyse_ask(f, two, 2);
    T_EQ_U64(starlings_analysis_expression(got, 0), 1);
    T_NEAR(starlings_analysis_value(got, STARLINGS_METRIC_PAIRWISE_PRECISION, 0), recall, 0);
    T_NEAR(starlings_analysis_value(got, STARLINGS_METRIC_PAIRWISE_RECALL, 0), precision, 0);
    T_EQ_U64(starlings_analysis_key(got, 0, 0), 400000);
    T_EQ_U64(starlings_analysis_key(got, 0, 1), 300000);
    f->desc.reference = NULL;
}

static void analyse_fault_38_no_drift(analyse_fixed *f)
{
    static const struct {
        starlings_expression expression;
        size_t rows;
        uint32_t last, before;
    } want[] = {
        { { "first", 0, 1, 0.01 }, 101, 1000000, 990000 },
        { { "first", 0, 1, 0 }, 101, 1000000, 990000 },
        { { "first", 0.5, 0.95, 0.01 }, 46, 950000, 940000 },
        { { "first", 0.5, 0.9, 0.05 }, 9, 900000, 850000 },
        { { "first", 0.7, 0.9, 0.1 }, 3, 900000, 800000 },
        { { "first", 0.1, 1, 0.07 }, 13, 940000, 870000 },
        { { "first", 0, 0.001, 0.000001 }, 1001, 1000, 999 },
        { { "first", 0.3, 0.3, 1 }, 1, 300000, STARLINGS_NONE },
        { { "first", 0, 0, 0.5 }, 1, 0, STARLINGS_NONE },
        { { "first", 0.1234567, 0, 0 }, 1, 123457, STARLINGS_NONE }, /* a cut rounds up */
    };
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        starlings_analysis *got = analyse_ask(f, &want[i].expression, 1);
        size_t rows = starlings_analysis_row_count(got);
        T_EQ_U64(rows, want[i].rows);
        T_EQ_U64(starlings_analysis_key(got, rows - 1, 0), want[i].last);
        if (rows > 1)
            T_EQ_U64(starlings_analysis_key(got, rows - 2, 0), want[i].before);
    }
}

static void analyse_fault_39_bad_numbers(analyse_fixed *f)
{
    const double nan = model_nan(), infinite = model_infinity();
    const struct {
        starlings_expression expression;
        starlings_status want;
    } bad[] = {
        { { "first", 0.9, 0.5, 0.1 }, STARLINGS_ERR_ARG },
        { { "first", 0.9, 0, 0.1 }, STARLINGS_ERR_ARG },
        { { "first", 0.1, 0.5, -0.1 }, STARLINGS_ERR_ARG },
        { { "first", 0.1, 0.5, 2 }, STARLINGS_ERR_ARG },
        { { "first", 0.1, 0.5, infinite }, STARLINGS_ERR_ARG },
        { { "first", 0.1, 0.5, -infinite }, STARLINGS_ERR_ARG },
        { { "first", 0.1, 0.5, nan }, STARLINGS_ERR_NAN },
        { { "first", nan, 0.5, 0.1 }, STARLINGS_ERR_NAN },
        { { "first", 0.1, nan, 0.1 }, STARLINGS_ERR_NAN },
        { { "first", nan, 0, 0 }, STARLINGS_ERR_NAN },
        { { "first", infinite, 0, 0 }, STARLINGS_ERR_INFINITE },
        { { "first", 0.1, infinite, 0.1 }, STARLINGS_ERR_INFINITE },
        { { "first", -0.1, 0, 0 }, STARLINGS_ERR_WEIGHT },
        { { "first", 1.000001, 0, 0 }, STARLINGS_ERR_WEIGHT },
        { { "first", 0.1, 1.5, 0.1 }, STARLINGS_ERR_WEIGHT },
        { { "first", 0.1, -1, 0.1 }, STARLINGS_ERR_WEIGHT },
        { { "first", 0.30000000000000004, 1, 0.1 }, STARLINGS_ERR_ARG }, /* 0.1 + 0.2 */
        { { "first", 0.1, 0.79999999999999993, 0.1 }, STARLINGS_ERR_ARG }, /* 0.7 + 0.1 */
        { { "first", 0.1, 0.5, 0.0000001 }, STARLINGS_ERR_ARG },
        { { "first", 0.1, 0.5, 0.0333333333 }, STARLINGS_ERR_ARG },
        { { "nobody", 0.1, 0, 0 }, STARLINGS_ERR_STRANGER },
        { { "", 0.1, 0, 0 }, STARLINGS_ERR_STRANGER },
        { { NULL, 0.1, 0, 0 }, STARLINGS_ERR_STRANGER },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        starlings_expression three[3] = { { "truth", 0.5, 0, 0 }, { "second", 0, 1, 0.5 },
                                          { "first", 0, 0, 0 } };
        analyse_refused(f, &bad[i].expression, 1, bad[i].want, 0);
        three[2] = bad[i].expression;
        analyse_refused(f, three, 3, bad[i].want, 2);
    }
}

static void analyse_fault_40_as_asked(analyse_fixed *f)
{
    starlings_expression two[2], copy[2];
    starlings_analysis *got;
    memset(two, 0, sizeof two);
    two[0].collection = "first";
    two[0].from = 0.11;
    two[0].to = 0.93;
    two[0].step = 0.013; /* no multiple of 0.05 */
    two[1].collection = "truth";
    two[1].from = 0.5;
    memcpy(copy, two, sizeof two);
    got = analyse_ask(f, two, 2);
    T_CHECK(memcmp(copy, two, sizeof two) == 0);
    T_EQ_U64(starlings_analysis_row_count(got), 64);
    for (size_t row = 0; row < starlings_analysis_row_count(got); row++)
        T_EQ_U64(starlings_analysis_key(got, row, 0), 110000 + 13000 * row);
}

/* What was dropped changes no answer, whether it was compacted away or not. */
static void analyse_garbage(void)
{
    static const char *const dropped = "b";
    const starlings_expression cut = { "a", 0.5, 0, 0 };
    const starlings_metric metric = STARLINGS_METRIC_CLUSTERS_B;
    starlings_identity_edge edges[4];
    starlings_collection_desc desc;
    starlings_analysis_desc asked;
    starlings_frame *frame = NULL;
    starlings_analysis *got = NULL;
    for (uint32_t i = 0; i < 4; i++) {
        edges[i].a = starlings_identity_of_number("s", 2 * i);
        edges[i].b = starlings_identity_of_number("s", 2 * i + 1);
        edges[i].weight = 0.5;
    }
    memset(&desc, 0, sizeof desc);
    memset(&asked, 0, sizeof asked);
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    desc.identity_edges = edges + 3;
    desc.edge_count = 1;
    T_STATUS(starlings_frame_add_new(frame, "b", &desc), STARLINGS_OK);
    desc.identity_edges = edges;
    desc.edge_count = 3;
    T_STATUS(starlings_frame_add_new(frame, "a", &desc), STARLINGS_OK);
    asked.frame = frame;
    asked.expressions = &cut;
    asked.expression_count = 1;
    for (int turn = 0; turn < 3; turn++) {
        T_STATUS(starlings_frame_analyse(&asked, &got), STARLINGS_OK);
        T_EQ_U64(starlings_analysis_record_count(got), turn == 0 ? 8 : 6);
        T_NEAR(starlings_analysis_value(got, metric, 0), turn == 0 ? 5 : 3, 0);
        starlings_analysis_release(got);
        if (turn == 0)
            T_STATUS(starlings_frame_drop(frame, &dropped, 1), STARLINGS_OK);
        if (turn == 1)
            T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
    }
    starlings_frame_destroy(frame);
}

static void analyse_fault_52_alias(analyse_fixed *f)
{
    static const starlings_expression two[] = { { "first", 0, 1, 0.1 }, { "truth", 0.3, 0, 0 } };
    starlings_metric_set with = starlings_metric_set_default(true);
    starlings_metric_set without = starlings_metric_set_default(false);
    for (size_t count = 1; count <= 2; count++) {
        starlings_analysis *got = analyse_ask(f, two, count), *alias = NULL;
        starlings_metric_set set = starlings_analysis_metrics(got);
        T_STATUS(starlings_frame_analyze(&f->desc, &alias), STARLINGS_OK);
        T_EQ_U64(analyse_hash(alias), analyse_hash(got));
        T_CHECK(memcmp(&set, count == 1 ? &without : &with, sizeof set) == 0);
        set = starlings_analysis_metrics(alias);
        T_CHECK(memcmp(&set, count == 1 ? &without : &with, sizeof set) == 0);
        starlings_analysis_release(alias);
    }
}

static void analyse_fault_58_same_collection(analyse_fixed *f)
{
    static const starlings_expression cuts[] = { { "first", 0.8, 0, 0 }, { "first", 0.9, 0, 0 } };
    static const starlings_expression sweeps[] = { { "first", 0, 1, 0.5 },
                                                   { "first", 0.1, 0.3, 0.1 } };
    starlings_analysis *got = analyse_ask(f, cuts, 2);
    T_EQ_U64(starlings_analysis_row_count(got), 1);
    T_EQ_U64(starlings_analysis_key(got, 0, 0), 800000);
    T_EQ_U64(starlings_analysis_key(got, 0, 1), 900000);
    got = analyse_ask(f, sweeps, 2);
    T_EQ_U64(starlings_analysis_row_count(got), 9);
    for (size_t row = 0; row < 9; row++) {
        T_EQ_U64(starlings_analysis_key(got, row, 0), 500000 * (row / 3));
        T_EQ_U64(starlings_analysis_key(got, row, 1), 100000 + 100000 * (row % 3));
    }
}

static void analyse_fault_59_three(analyse_fixed *f)
{
    static const starlings_expression three[] = { { "first", 0.5, 0.6, 0.1 },
                                                  { "truth", 0.3, 0, 0 },
                                                  { "second", 0, 1, 0.5 } };
    starlings_analysis *got;
    f->desc.reference = &three[1];
    got = analyse_ask(f, three, 3);
    T_EQ_U64(starlings_analysis_row_count(got), 5); /* 2 + 3, not 2 * 3 */
    for (size_t row = 0; row < 5; row++) {
        T_EQ_U64(starlings_analysis_expression(got, row), row < 2 ? 0 : 2);
        T_EQ_U64(starlings_analysis_key(got, row, 0),
                 row < 2 ? 500000 + 100000 * row : STARLINGS_NONE);
        T_EQ_U64(starlings_analysis_key(got, row, 1), 300000);
        T_EQ_U64(starlings_analysis_key(got, row, 2),
                 row < 2 ? STARLINGS_NONE : 500000 * (row - 2));
        T_EQ_U64(starlings_analysis_key(got, row, 3), STARLINGS_NONE);
    }
    f->desc.reference = NULL;
}

/* No cache is wiped: what the frame remembers it does after an analysis too. */
static void analyse_fault_61_caches(analyse_fixed *f)
{
    static const starlings_expression two[] = { { "first", 0, 1, 0.01 }, { "truth", 0, 1, 0.1 } };
    starlings_partition *before = NULL, *after = NULL;
    T_STATUS(starlings_frame_partition(f->w.frame, "first", 0.5, &before), STARLINGS_OK);
    T_EQ_U64(starlings_analysis_row_count(analyse_ask(f, two, 2)), 1111);
    T_STATUS(starlings_frame_partition(f->w.frame, "first", 0.5, &after), STARLINGS_OK);
    T_CHECK(before != NULL && before == after);
    starlings_partition_release(before);
    starlings_partition_release(after);
}

static void analyse_arguments(analyse_fixed *f)
{
    static const starlings_expression two[] = { { "first", 0.5, 0, 0 }, { "truth", 0.5, 0, 0 } };
    static const starlings_expression far[] = { { "first", 0, 1, 0.000001 },
                                                { "truth", 0, 1, 0.000001 } };
    starlings_expression many[65], copy = two[0];
    starlings_analysis_desc keep = f->desc;
    starlings_bitmap high;
    memset(&high, 0, sizeof high);
    for (size_t i = 0; i < 65; i++)
        many[i] = two[0];
    starlings_analysis_release(f->got);
    T_STATUS(starlings_frame_analyse(NULL, &f->got), STARLINGS_ERR_ARG);
    T_CHECK(f->got == NULL);
    T_STATUS(starlings_frame_analyse(&f->desc, NULL), STARLINGS_ERR_ARG);
    analyse_refused(f, two, 0, STARLINGS_ERR_ARG, 0);
    analyse_refused(f, NULL, 2, STARLINGS_ERR_ARG, 0);
    analyse_refused(f, many, 65, STARLINGS_ERR_ARG, 64);
    T_EQ_U64(starlings_analysis_row_count(analyse_ask(f, many, 64)), 63);
    starlings_analysis_release(f->got);
    f->got = NULL;
    analyse_refused(f, far, 2, STARLINGS_ERR_RANGE, 0);
    f->desc.reference = &copy; /* equal, but none of them */
    analyse_refused(f, two, 2, STARLINGS_ERR_ARG, 0);
    f->desc.reference = two;
    analyse_refused(f, two, 1, STARLINGS_ERR_ARG, 0);
    f->desc.reference = NULL;
    starlings_metric_set_add(&f->desc.metrics, STARLINGS_METRIC_ENTROPY_B);
    starlings_metric_set_add(&f->desc.metrics, STARLINGS_METRIC_ARI);
    analyse_refused(f, two, 1, STARLINGS_ERR_ARG, STARLINGS_METRIC_ARI);
    f->desc.metrics.bits[3] = 1;
    analyse_refused(f, two, 2, STARLINGS_ERR_ARG, 192);
    f->desc = keep;
    f->desc.over = STARLINGS_OVER_GIVEN;
    analyse_refused(f, two, 2, STARLINGS_ERR_ARG, 0);
    f->desc.records = &high;
    T_STATUS(starlings_bitmap_add(NULL, &high, 40), STARLINGS_OK);
    analyse_refused(f, two, 2, STARLINGS_ERR_RANGE, 40);
    T_STATUS(starlings_bitmap_remove(NULL, &high, 40), STARLINGS_OK);
    T_EQ_U64(starlings_analysis_record_count(analyse_ask(f, two, 2)), 0); /* over nothing */
    T_EQ_U64(starlings_analysis_row_count(f->got), 1);
    T_NEAR(starlings_analysis_value(f->got, STARLINGS_METRIC_PAIRWISE_F1, 0), 1, 0);
    T_NEAR(starlings_analysis_value(f->got, STARLINGS_METRIC_CLUSTERS_B, 0), 0, 0);
    starlings_analysis_release(f->got);
    f->got = NULL;
    f->desc.over = STARLINGS_OVER_COMMON;
    analyse_refused(f, two, 2, STARLINGS_ERR_ARG, 0);
    f->desc.records = NULL;
    f->desc.over = (starlings_over)3;
    analyse_refused(f, two, 2, STARLINGS_ERR_ARG, 0);
    f->desc = keep;
    f->desc.split_price.exponent = 3;
    starlings_metric_set_add(&f->desc.metrics, STARLINGS_METRIC_GENERALIZED_MERGE_DISTANCE);
    analyse_refused(f, two, 2, STARLINGS_ERR_ARG, 0);
    f->desc = keep;
    starlings_bitmap_free(NULL, &high);
}

static bool analyse_is_nan(double x)
{
    return !(x < 0 || x >= 0);
}

static void analyse_nothing(analyse_fixed *f)
{
    static const uint32_t bad[] = { 2, 1 };
    static const starlings_expression one[] = { { "first", 0.5, 0, 0 } };
    starlings_metric_set none = starlings_analysis_metrics(NULL);
    starlings_matrix_desc desc;
    starlings_matrix *matrix = NULL;
    starlings_analysis *got = analyse_ask(f, one, 1);
    T_CHECK(starlings_analysis_reals(got, STARLINGS_METRIC_CLUSTERS_B) == NULL);
    T_CHECK(starlings_analysis_integers(got, STARLINGS_METRIC_ENTROPY_B) == NULL);
    T_CHECK(starlings_analysis_integers(got, STARLINGS_METRIC_COUNT) == NULL);
    T_CHECK(analyse_is_nan(starlings_analysis_value(got, STARLINGS_METRIC_ARI, 0)));
    T_CHECK(analyse_is_nan(starlings_analysis_value(got, STARLINGS_METRIC_CLUSTERS_B, 1)));
    T_CHECK(analyse_is_nan(starlings_analysis_value(NULL, STARLINGS_METRIC_CLUSTERS_B, 0)));
    T_EQ_U64(starlings_analysis_row_count(NULL) + starlings_analysis_record_count(NULL), 0);
    T_EQ_U64(starlings_analysis_key(NULL, 0, 0), STARLINGS_NONE);
    T_EQ_U64(none.bits[0] | none.bits[1] | none.bits[2] | none.bits[3], 0);
    T_CHECK(starlings_analysis_retain(NULL) == NULL && starlings_matrix_retain(NULL) == NULL);
    starlings_analysis_release(NULL);
    starlings_matrix_release(NULL);
    T_CHECK(starlings_matrix_grid(NULL, 0, 0) == NULL);
    memset(&desc, 0, sizeof desc);
    T_STATUS(starlings_frame_compare_all(&desc, &matrix), STARLINGS_ERR_ARG);
    T_STATUS(starlings_frame_compare_all(NULL, &matrix), STARLINGS_ERR_ARG);
    desc.frame = f->w.frame;
    desc.env.error = &f->error;
    T_STATUS(starlings_frame_compare_all(&desc, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_frame_compare_all(&desc, &matrix), STARLINGS_OK); /* of no keys */
    T_EQ_U64(starlings_grid_row_count(starlings_matrix_grid(matrix, 2, 2)), 0);
    T_CHECK(starlings_matrix_grid(matrix, 2, 2) != NULL);
    starlings_matrix_release(matrix);
    desc.key_count = 2;
    T_STATUS(starlings_frame_compare_all(&desc, &matrix), STARLINGS_ERR_ARG);
    desc.keys = bad;
    T_STATUS(starlings_frame_compare_all(&desc, &matrix), STARLINGS_ERR_ARG);
    T_EQ_U64(f->error.at, 1);
    T_CHECK(matrix == NULL);
}

/* A frame without collections. */
static void analyse_bare_frame(void)
{
    static const uint32_t keys[] = { 500000 };
    static const starlings_expression one[] = { { "first", 0.5, 0, 0 } };
    starlings_analysis_desc desc;
    starlings_matrix_desc all;
    starlings_analysis *got = NULL;
    starlings_matrix *matrix = NULL;
    starlings_frame *frame = NULL;
    memset(&desc, 0, sizeof desc);
    memset(&all, 0, sizeof all);
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    desc.frame = all.frame = frame;
    desc.expressions = one;
    desc.expression_count = 1;
    all.keys = keys;
    all.key_count = 1;
    T_STATUS(starlings_frame_analyse(&desc, &got), STARLINGS_ERR_STRANGER);
    all.over = STARLINGS_OVER_COMMON;
    T_STATUS(starlings_frame_compare_all(&all, &matrix), STARLINGS_OK);
    T_CHECK(starlings_matrix_grid(matrix, 0, 0) == NULL);
    starlings_matrix_release(matrix);
    starlings_frame_destroy(frame);
}

/* ---- memory, cancelling ------------------------------------------------------- */

/* A question; the frame is made anew for each, so that what it remembers is not there yet. */
static starlings_status analyse_try(faults *f, faults_cancel *cancel, uint32_t question,
                                    uint64_t *hash)
{
    static const starlings_expression asked[] = { { "first", 0.2, 0.8, 0.3 },
                                                  { "truth", 0.4, 0, 0 },
                                                  { "second", 0.1, 0, 0 },
                                                  { "first", 0.5, 0, 0 } };
    static const uint32_t keys[] = { 300000, 600000 };
    static const char *const dropped[] = { "second" };
    t_rng rng = t_rng_make(73800);
    analyse_world w;
    starlings_env env;
    starlings_analysis_desc desc;
    starlings_matrix_desc all;
    starlings_analysis *got = NULL;
    starlings_matrix *matrix = NULL;
    starlings_status status;
    memset(&env, 0, sizeof env);
    memset(&desc, 0, sizeof desc);
    memset(&all, 0, sizeof all);
    env.allocator = faults_allocator(f);
    f->armed = false;
    analyse_open(&w, &rng, 20, &env);
    all.env.progress.report = desc.env.progress.report = faults_report;
    all.env.progress.ctx = desc.env.progress.ctx = cancel;
    all.env.workers.count = desc.env.workers.count = 1 + question / 3;
    desc.frame = all.frame = w.frame;
    desc.expressions = asked;
    desc.expression_count = question % 3 == 0 ? 1 : 4;
    desc.over = all.over = STARLINGS_OVER_COMMON;
    all.keys = keys;
    all.key_count = 2;
    if (question % 3 == 2) /* two are enough for all pairs */
        T_STATUS(starlings_frame_drop(w.frame, dropped, 1), STARLINGS_OK);
    f->armed = true;
    status = question % 3 == 2 ? starlings_frame_compare_all(&all, &matrix)
                               : starlings_frame_analyse(&desc, &got);
    f->armed = false;
    T_CHECK((got != NULL || matrix != NULL) == (status == STARLINGS_OK));
    *hash = MODEL_HASH_START;
    if (got != NULL)
        *hash = analyse_hash(got);
    for (uint32_t i = 0; matrix != NULL && i < 4; i++)
        *hash = model_hash(*hash, starlings_grid_reals(starlings_matrix_grid(matrix, i / 2, i % 2),
                                                       STARLINGS_METRIC_ARI), 4 * sizeof(double));
    starlings_analysis_release(got);
    starlings_matrix_release(matrix);
    analyse_close(&w);
    return status;
}

static void analyse_faults(uint32_t question)
{
    const faults_cancel calm = { 0, SIZE_MAX, 0, false };
    faults f = faults_make();
    faults_cancel cancel = calm;
    uint64_t want = 0, hash = 0;
    T_STATUS(analyse_try(&f, &cancel, question, &want), STARLINGS_OK);
    for (int ever = 0; ever < (t_state.big ? 2 : 1); ever++)
        for (size_t n = 0; n < 5000; n++) {
            starlings_status status;
            f = faults_make();
            f.fail_at = n;
            f.for_ever = ever != 0;
            status = analyse_try(&f, &cancel, question, &hash);
            T_EQ_U64(f.live, 0);
            T_EQ_U64(f.broken, 0);
            if (f.failed == 0)
                break;
            if (status == STARLINGS_OK) { /* a block not made smaller, a debug walk left out */
                T_CHECK(f.failed == f.shrinks || STARLINGS_DEBUG >= 3);
                T_EQ_U64(hash, want);
            } else {
                T_STATUS(status, STARLINGS_ERR_NOMEM);
            }
        }
    T_EQ_U64(hash, want);
    for (size_t n = 0; n < 5000; n++) {
        starlings_status status;
        f = faults_make();
        cancel = calm;
        cancel.stop_at = n;
        status = analyse_try(&f, &cancel, question, &hash);
        T_EQ_U64(f.live, 0);
        T_EQ_U64(cancel.broken, 0);
        if (cancel.calls <= n) {
            T_STATUS(status, STARLINGS_OK);
            T_EQ_U64(hash, want);
            break;
        }
        T_STATUS(status, STARLINGS_ERR_CANCELLED);
    }
}

static void test_analyse(void)
{
    analyse_fixed f;
    for (uint32_t round = 0; round < (t_state.big ? 2000u : 60u); round++)
        analyse_round(round);
    for (uint32_t round = 0; round < (t_state.big ? 200u : 12u); round++)
        analyse_matrix(round);
    analyse_fixed_open(&f);
    analyse_fault_36_60_reference(&f);
    analyse_fault_38_no_drift(&f);
    analyse_fault_39_bad_numbers(&f);
    analyse_fault_40_as_asked(&f);
    analyse_fault_52_alias(&f);
    analyse_fault_58_same_collection(&f);
    analyse_fault_59_three(&f);
    analyse_fault_61_caches(&f);
    analyse_arguments(&f);
    analyse_nothing(&f);
    analyse_fixed_close(&f);
    analyse_bare_frame();
    analyse_garbage();
    for (uint32_t question = 0; question < (t_state.big ? 6u : 3u); question++)
        analyse_faults(question);
    analyse_faults(4); /* with workers */
}
