/* test_metrics.c - the list of metrics, their names and sets; products far above 64 bits; what the
   other tests use to compare rows and to read files next to the tree. */

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
        T_CHECK(info->group[0] != '\0' && info->formula[0] != '\0');
        T_CHECK(info->range[0] == '[' || info->range[0] == '(');
        T_CHECK(info->source != NULL);
        T_CHECK(info->direction >= -1 && info->direction <= 1);
        T_CHECK(info->cost <= STARLINGS_COST_MATCHING);
        T_EQ_U64(info->batch, info->cost >= STARLINGS_COST_CHANCE);
        T_CHECK(info->needs_reference || !info->batch);
        T_EQ_U64(metrics_named(info->name), m);
        for (int other = 0; other < m; other++)
            T_CHECK(strcmp(info->name,
                           starlings_metric_describe((starlings_metric)other)->name) != 0);
        for (const char *c = info->name; *c != '\0'; c++)
            T_CHECK((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_' ||
                    *c == '.');
    }
    T_CHECK(starlings_metric_describe(STARLINGS_METRIC_COUNT) == NULL);
    T_CHECK(starlings_metric_describe((starlings_metric)-1) == NULL);
    T_CHECK(starlings_metric_describe(STARLINGS_METRIC_FORCE_I32) == NULL);
}

/* F and V of any beta, up to where one side is all that counts. */
static void metrics_betas(void)
{
    T_NEAR(starlings_f_beta(0.5, 0.25, 1), 1.0 / 3, 1e-16);
    T_NEAR(starlings_f_beta(0.5, 0.25, 0), 0.5, 0);
    T_NEAR(starlings_f_beta(0.5, 0.25, 1e200), 0.25, 0);
    T_NEAR(starlings_f_beta(0.5, 0.25, 1e300 * 1e300), 0.25, 0);
    T_NEAR(starlings_f_beta(0, 0, 1), 0, 0);
    T_NEAR(starlings_f_beta(1, 0, 2), 0, 0);
    T_NEAR(starlings_v_beta(0.5, 0.25, 1), 1.0 / 3, 1e-16);
    T_NEAR(starlings_v_beta(0.5, 0.25, 0), 0.5, 0);
    T_NEAR(starlings_v_beta(0.5, 0.25, 1e308), 0.25, 0);
    T_NEAR(starlings_v_beta(0, 0, 0.5), 0, 0);
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
    T_EQ_U64(metrics_named("dice"), STARLINGS_METRIC_PAIRWISE_F1);
    T_EQ_U64(metrics_named("wallace_1"), STARLINGS_METRIC_PAIRWISE_RECALL);
    T_EQ_U64(metrics_named("wallace_2"), STARLINGS_METRIC_PAIRWISE_PRECISION);
    T_EQ_U64(metrics_named("ami"), STARLINGS_METRIC_AMI_ARITHMETIC);
    T_EQ_U64(metrics_nearest("muc"), STARLINGS_METRIC_MUC_F1);
    T_EQ_U64(metrics_nearest("bcubed"), STARLINGS_METRIC_BCUBED_F1);
    T_EQ_U64(metrics_nearest("fowlkes"), STARLINGS_METRIC_FOWLKES_MALLOWS);
    T_EQ_U64(metrics_nearest("v_m"), STARLINGS_METRIC_V_MEASURE);
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
    starlings_metric_set all = starlings_metric_set_all(true, true);
    starlings_metric_set a = starlings_metric_set_default(true), built = { { 0, 0, 0, 0 } };
    starlings_metric_set b = starlings_metric_set_default(false), none = { { 0, 0, 0, 0 } };
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        const starlings_metric_info *info = starlings_metric_describe(metric);
        bool in_a = false, in_b = false;
        for (size_t i = 0; i < sizeof with / sizeof with[0]; i++)
            in_a = in_a || with[i] == metric;
        for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
            in_b = in_b || without[i] == metric;
        for (int kind = 0; kind < 4; kind++) {
            starlings_metric_set some = starlings_metric_set_all(kind & 1, kind & 2);
            T_EQ_U64(starlings_metric_set_has(&some, metric),
                     ((kind & 1) || !info->needs_reference) && ((kind & 2) || !info->batch));
        }
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

/* What is made from counts of pairs alone. */
static bool metrics_of_pairs(starlings_metric metric)
{
    const starlings_metric_info *info = starlings_metric_describe(metric);
    return strcmp(info->group, "pairs") == 0 || strncmp(info->name, "blanc_", 6) == 0 ||
           metric == STARLINGS_METRIC_REDUCTION_RATIO_B;
}

static void metrics_large_is(const stln_state *s, starlings_metric metric,
                             const model_values *want)
{
    const starlings_metric_info *info = starlings_metric_describe(metric);
    stln_value got = stln_metric_fns[metric](s);
    double near = (double)model_value(want, metric);
    long double tolerance = (long double)model_tolerance(metric, near);
    if (info->integer)
        T_EQ_U64(got.integer, want->integer[metric]);
    else if (t_failed(model_near((long double)got.real, want->real[metric], tolerance), __FILE__,
                      __LINE__))
        printf("n = %llu: %s is %.17g, not %.17g\n", (unsigned long long)s->n, info->name,
               got.real, near);
}

/* Random states with up to 4e9 records. Chance agreement makes numerators small, which must not
   cost digits. */
static void metrics_large(void)
{
    t_rng rng = t_rng_make(570);
    for (int round = 0; round < 20000 && LDBL_MANT_DIG > DBL_MANT_DIG; round++) {
        stln_state s;
        model_values want;
        uint64_t apart;
        memset(&s, 0, sizeof s);
        memset(&want, 0, sizeof want);
        s.n = 2 + (t_random(&rng) >> (32 + t_below(&rng, 30)));
        s.pairs = stln_pairs(s.n);
        s.pairs_a = (uint64_t)(t_unit(&rng) * (double)s.pairs) >> t_below(&rng, 40);
        s.pairs_b = (uint64_t)(t_unit(&rng) * (double)s.pairs) >> t_below(&rng, 40);
        s.tp = s.pairs_a < s.pairs_b ? s.pairs_a : s.pairs_b;
        s.tp = (uint64_t)((double)s.tp * t_unit(&rng)) >> t_below(&rng, 60);
        apart = s.pairs - s.pairs_a;
        if (s.pairs_b - s.tp > apart) /* more false pairs than there can be */
            s.tp = s.pairs_b - apart;
        want.integer[STARLINGS_METRIC_PAIRS_A] = s.pairs_a;
        want.integer[STARLINGS_METRIC_PAIRS_B] = s.pairs_b;
        want.integer[STARLINGS_METRIC_PAIR_TP] = s.tp;
        want.integer[STARLINGS_METRIC_PAIR_FP] = s.pairs_b - s.tp;
        want.integer[STARLINGS_METRIC_PAIR_FN] = s.pairs_a - s.tp;
        want.integer[STARLINGS_METRIC_PAIR_TN] = apart - (s.pairs_b - s.tp);
        want.integer[STARLINGS_METRIC_MIRKIN] = 2 * (s.pairs_a - s.tp + s.pairs_b - s.tp);
        model_pair_rates(&want);
        model_blanc(&want);
        for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
            starlings_metric metric = (starlings_metric)m;
            if (metrics_of_pairs(metric))
                metrics_large_is(&s, metric, &want);
        }
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
            if (t_failed(model_near((long double)reals[row], want->real[m], tolerance), __FILE__,
                         __LINE__))
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

static void test_metrics(void)
{
    metrics_list();
    metrics_names();
    metrics_betas();
    metrics_sets();
    metrics_large();
}
