/* test_metrics.c - the list of metrics, their names and sets; the published values of 331 cases
   of ../shared/vectors, for the library and for the model of these tests. */

static starlings_metric metrics_named(const char *name)
{
    starlings_metric metric = STARLINGS_METRIC_COUNT;
    T_STATUS(starlings_metric_from_name(name, strlen(name), &metric), STARLINGS_OK);
    return metric;
}

static starlings_metric metrics_nearest(const char *name)
{
    starlings_metric metric = STARLINGS_METRIC_COUNT;
    T_STATUS(starlings_metric_from_name(name, strlen(name), &metric), STARLINGS_ERR_NAME);
    return metric;
}

static void metrics_list(void)
{
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        const starlings_metric_info *info = starlings_metric_describe((starlings_metric)m);
        T_REQUIRE(info != NULL && info->name != NULL);
        T_CHECK(info->group[0] != '\0' && info->range[0] == '[' && info->formula[0] != '\0');
        T_CHECK(info->direction >= -1 && info->direction <= 1);
        T_EQ_U64(metrics_named(info->name), m);
        for (int other = 0; other < m; other++)
            T_CHECK(strcmp(info->name,
                           starlings_metric_describe((starlings_metric)other)->name) != 0);
        for (const char *c = info->name; *c != '\0'; c++)
            T_CHECK((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_');
    }
    T_CHECK(starlings_metric_describe(STARLINGS_METRIC_COUNT) == NULL);
    T_CHECK(starlings_metric_describe((starlings_metric)-1) == NULL);
    T_CHECK(starlings_metric_describe(STARLINGS_METRIC_FORCE_I32) == NULL);
}

static void metrics_names(void)
{
    starlings_metric metric = STARLINGS_METRIC_COUNT;
    T_EQ_U64(metrics_named("f1"), STARLINGS_METRIC_PAIRWISE_F1);
    T_EQ_U64(metrics_named("precision"), STARLINGS_METRIC_PAIRWISE_PRECISION);
    T_EQ_U64(metrics_named("recall"), STARLINGS_METRIC_PAIRWISE_RECALL);
    T_EQ_U64(metrics_named("nmi"), STARLINGS_METRIC_NMI_ARITHMETIC);
    T_EQ_U64(metrics_named("entities"), STARLINGS_METRIC_CLUSTERS_B);
    T_EQ_U64(metrics_named("entity_count"), STARLINGS_METRIC_CLUSTERS_B);
    T_EQ_U64(metrics_named("entropy"), STARLINGS_METRIC_ENTROPY_B);
    T_EQ_U64(metrics_nearest("arri"), STARLINGS_METRIC_ARI);
    T_EQ_U64(metrics_nearest("bcubd_f1"), STARLINGS_METRIC_BCUBED_F1);
    T_EQ_U64(metrics_nearest("pairwise_precison"), STARLINGS_METRIC_PAIRWISE_PRECISION);
    T_EQ_U64(metrics_nearest("jacard"), STARLINGS_METRIC_JACCARD);
    T_EQ_U64(metrics_nearest("split_joint"), STARLINGS_METRIC_SPLIT_JOIN);
    T_CHECK(metrics_nearest("") < STARLINGS_METRIC_COUNT);
    T_CHECK(metrics_nearest("ARI ") < STARLINGS_METRIC_COUNT);
    T_CHECK(metrics_nearest("a name that is far longer than any metric's name has ever been, so "
                            "that nothing which is sized after those is enough to hold it all")
            < STARLINGS_METRIC_COUNT);
    /* the size counts, not a zero */
    T_STATUS(starlings_metric_from_name("arixyz", 3, &metric), STARLINGS_OK);
    T_EQ_U64(metric, STARLINGS_METRIC_ARI);
    T_STATUS(starlings_metric_from_name("ari\0", 4, &metric), STARLINGS_ERR_NAME);
    T_STATUS(starlings_metric_from_name("ari", 2, &metric), STARLINGS_ERR_NAME);
}

static void metrics_sets(void)
{
    static const starlings_metric with[] = {
        STARLINGS_METRIC_CLUSTERS_B, STARLINGS_METRIC_PAIRWISE_PRECISION,
        STARLINGS_METRIC_PAIRWISE_RECALL, STARLINGS_METRIC_PAIRWISE_F1,
        STARLINGS_METRIC_BCUBED_F1, STARLINGS_METRIC_ARI, STARLINGS_METRIC_NMI_ARITHMETIC,
    };
    static const starlings_metric without[] = {
        STARLINGS_METRIC_CLUSTERS_B, STARLINGS_METRIC_SINGLETONS_B, STARLINGS_METRIC_MAX_SIZE_B,
        STARLINGS_METRIC_MEAN_SIZE_B, STARLINGS_METRIC_ENTROPY_B,
    };
    starlings_metric_set all = starlings_metric_set_all(true);
    starlings_metric_set few = starlings_metric_set_all(false);
    starlings_metric_set a = starlings_metric_set_default(true), built = { { 0, 0, 0, 0 } };
    starlings_metric_set b = starlings_metric_set_default(false), none = { { 0, 0, 0, 0 } };
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        bool in_a = false, in_b = false;
        for (size_t i = 0; i < sizeof with / sizeof with[0]; i++)
            in_a = in_a || with[i] == metric;
        for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
            in_b = in_b || without[i] == metric;
        T_CHECK(starlings_metric_set_has(&all, metric));
        T_EQ_U64(starlings_metric_set_has(&few, metric),
                 !starlings_metric_describe(metric)->needs_reference);
        T_EQ_U64(starlings_metric_set_has(&a, metric), in_a);
        T_EQ_U64(starlings_metric_set_has(&b, metric), in_b);
        T_CHECK(!starlings_metric_set_has(&none, metric));
        starlings_metric_set_add(&built, metric);
        T_CHECK(starlings_metric_set_has(&built, metric));
    }
    T_CHECK(memcmp(&built, &all, sizeof all) == 0);
    starlings_metric_set_add(&none, STARLINGS_METRIC_COUNT); /* no such metric: nothing */
    starlings_metric_set_add(&none, (starlings_metric)-1);
    T_CHECK(!starlings_metric_set_has(&none, STARLINGS_METRIC_COUNT));
    T_CHECK(!starlings_metric_set_has(&all, (starlings_metric)-1));
    T_CHECK(!starlings_metric_set_has(&all, STARLINGS_METRIC_FORCE_I32));
}

/* ---- pair counts far above 64 bits --------------------------------------- */

static long double metrics_wide(stln_u128 x)
{
    return (long double)x.hi * 18446744073709551616.0L + (long double)x.lo;
}

/* ARI and Fowlkes-Mallows of random states with up to 4e9 records: the products in exact integers,
   then one step in long double. Chance agreement makes the numerators small, which must not cost
   digits. */
static void metrics_large(void)
{
    t_rng rng = t_rng_make(570);
    for (int round = 0; round < 20000 && LDBL_MANT_DIG > DBL_MANT_DIG; round++) {
        stln_state s;
        stln_u128 got, chance, most;
        long double ari, fm;
        double value;
        memset(&s, 0, sizeof s);
        s.n = 2 + (t_random(&rng) >> (32 + t_below(&rng, 30)));
        s.pairs = stln_pairs(s.n);
        s.pairs_a = (uint64_t)(t_unit(&rng) * (double)s.pairs) >> t_below(&rng, 40);
        s.pairs_b = (uint64_t)(t_unit(&rng) * (double)s.pairs) >> t_below(&rng, 40);
        s.tp = s.pairs_a < s.pairs_b ? s.pairs_a : s.pairs_b;
        s.tp = (uint64_t)((double)s.tp * t_unit(&rng)) >> t_below(&rng, 60);
        got = stln_mul(s.tp, s.pairs);
        chance = stln_mul(s.pairs_a, s.pairs_b);
        most = stln_sub(stln_mul(s.pairs_a + s.pairs_b, s.pairs), stln_shift_left(chance, 1));
        if (s.tp == 0 || stln_is_zero(most) || (s.tp == s.pairs_a && s.tp == s.pairs_b))
            continue;
        ari = stln_less(got, chance) ? -metrics_wide(stln_sub(chance, got))
                                     : metrics_wide(stln_sub(got, chance));
        ari = 2 * ari / metrics_wide(most);
        fm = s.tp / model_sqrt(metrics_wide(chance));
        value = stln_metric_ARI(&s).real;
        T_NEAR(value, (double)ari, model_tolerance(STARLINGS_METRIC_ARI, (double)ari));
        value = stln_metric_FOWLKES_MALLOWS(&s).real;
        T_NEAR(value, (double)fm, model_tolerance(STARLINGS_METRIC_FOWLKES_MALLOWS, (double)fm));
    }
}

/* ---- one row against expected values ------------------------------------- */

static double metrics_ulps(double x)
{
    return model_ulp(x < 0 ? -x : x);
}

/* Compare all columns that the sweep has. `what` names the row if something is off. */
static void metrics_row_is(const starlings_sweep *sweep, size_t row, const model_values *want,
                           const char *what)
{
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        const starlings_metric_info *info = starlings_metric_describe(metric);
        const uint64_t *integers = starlings_sweep_integers(sweep, metric);
        const double *reals = starlings_sweep_reals(sweep, metric);
        if (integers != NULL && t_failed(integers[row] == want->integer[m], __FILE__, __LINE__))
            printf("%s, row %u: %s is %llu, not %llu\n", what, (unsigned)row, info->name,
                   (unsigned long long)integers[row], (unsigned long long)want->integer[m]);
        if (reals != NULL) {
            long double off = (long double)reals[row] - want->real[m];
            long double tolerance =
                (long double)model_tolerance(metric, (double)want->real[m]);
            if (t_failed(off <= tolerance && -off <= tolerance, __FILE__, __LINE__))
                printf("%s, row %u: %s is %.17g, not %.17g (%.2g units off)\n", what,
                       (unsigned)row, info->name, reals[row], (double)want->real[m],
                       (double)off / metrics_ulps((double)want->real[m]));
        }
    }
}

/* ---- files next to the tree ---------------------------------------------- */

typedef struct metrics_file {
    FILE *file;
    starlings_csv *csv;
    const starlings_text *header;
    size_t columns;
} metrics_file;

static starlings_status metrics_read(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    FILE *file = (FILE *)ctx;
    *out_size = fread(bytes, 1, capacity, file);
    return ferror(file) ? STARLINGS_ERR_IO : STARLINGS_OK;
}

/* False if the file is not there. */
static bool metrics_open(metrics_file *f, const char *path)
{
    starlings_csv_desc desc;
    memset(f, 0, sizeof *f);
    memset(&desc, 0, sizeof desc);
    f->file = fopen(path, "rb");
    if (f->file == NULL)
        return false;
    desc.source.read = metrics_read;
    desc.source.ctx = f->file;
    T_STATUS(starlings_csv_open(&desc, &f->csv), STARLINGS_OK);
    f->header = f->csv == NULL ? NULL : starlings_csv_header(f->csv, &f->columns);
    return true;
}

static void metrics_close(metrics_file *f)
{
    starlings_csv_close(f->csv);
    if (f->file != NULL)
        (void)fclose(f->file);
}

static size_t metrics_column(const metrics_file *f, const char *name)
{
    for (size_t i = 0; i < f->columns; i++)
        if (f->header[i].size == strlen(name) &&
            memcmp(f->header[i].text, name, f->header[i].size) == 0)
            return i;
    return f->columns;
}

/* ---- vectors ------------------------------------------------------------- */

/* Labels with spaces between them. */
static uint32_t metrics_labels(starlings_text text, uint32_t *labels)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.text[i] == ' ')
            continue;
        if (i == 0 || text.text[i - 1] == ' ')
            labels[count++] = 0;
        labels[count - 1] = labels[count - 1] * 10 + (uint32_t)(text.text[i] - '0');
    }
    return count;
}

/* The expected values of a row of metrics_exact.csv; a metric without a value there takes the
   model's (and is counted as skipped). */
static void metrics_expected(const metrics_file *exact, const starlings_text *row,
                             const model_values *model, model_values *want)
{
    *want = *model;
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        size_t column =
            metrics_column(exact, starlings_metric_describe((starlings_metric)m)->name);
        double value = 0;
        T_REQUIRE(column < exact->columns);
        if (row[column].size == 0) {
            t_state.skipped++;
            continue;
        }
        T_STATUS(starlings_number_parse(row[column], &value), STARLINGS_OK);
        want->real[m] = (long double)value;
        if (starlings_metric_describe((starlings_metric)m)->integer)
            want->integer[m] = (uint64_t)value;
    }
}

static void metrics_model_is(const model_values *model, const model_values *want)
{
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        double value = (double)want->real[m];
        if (starlings_metric_describe((starlings_metric)m)->integer)
            T_EQ_U64(model->integer[m], want->integer[m]);
        else
            T_NEAR((double)model->real[m], value, model_tolerance((starlings_metric)m, value));
    }
}

static void metrics_case(const metrics_file *exact, const starlings_text *row, const char *name,
                         const uint32_t *a, const uint32_t *b, uint32_t n)
{
    starlings_partition *reference = model_partition_of(a, n);
    starlings_partition *prediction = model_partition_of(b, n);
    starlings_sweep *sweep = model_sweep(NULL, prediction, reference, NULL, 0);
    model_values model, want;
    model_metrics(a, b, n, &model);
    metrics_expected(exact, row, &model, &want);
    metrics_model_is(&model, &want);
    T_REQUIRE(sweep != NULL);
    T_EQ_U64(starlings_sweep_row_count(sweep), 1);
    metrics_row_is(sweep, 0, &want, name);
    starlings_sweep_release(sweep);
    starlings_partition_release(prediction);
    starlings_partition_release(reference);
}

static void metrics_vectors(void)
{
    enum { LARGEST = 4096 };
    metrics_file cases, exact;
    const starlings_text *row = NULL, *values = NULL;
    uint32_t *a = model_u32(LARGEST), *b = model_u32(LARGEST), count = 0, n;
    size_t at_a, at_b;
    bool there = metrics_open(&cases, "../shared/vectors/metrics.csv");
    there = metrics_open(&exact, "../shared/vectors/metrics_exact.csv") && there;
    if (!there)
        T_SKIP(331, "no ../shared/vectors");
    at_a = metrics_column(&cases, "labels_a");
    at_b = metrics_column(&cases, "labels_b");
    while (there && at_a < cases.columns && at_b < cases.columns) {
        char name[64] = "";
        T_STATUS(starlings_csv_next(cases.csv, &row), STARLINGS_OK);
        T_STATUS(starlings_csv_next(exact.csv, &values), STARLINGS_OK);
        if (row == NULL || values == NULL || row[at_a].size > 8 * LARGEST)
            break;
        T_CHECK(row[0].size == values[0].size &&
                memcmp(row[0].text, values[0].text, row[0].size) == 0);
        memcpy(name, row[0].text, row[0].size < 63 ? row[0].size : 63);
        count++;
        n = metrics_labels(row[at_a], a);
        T_EQ_U64(metrics_labels(row[at_b], b), n);
        metrics_case(&exact, values, name, a, b, n);
    }
    T_EQ_U64(there ? count : 331, 331);
    metrics_close(&cases);
    metrics_close(&exact);
    free(a);
    free(b);
}

static void test_metrics(void)
{
    metrics_list();
    metrics_names();
    metrics_sets();
    metrics_large();
    metrics_vectors();
}
