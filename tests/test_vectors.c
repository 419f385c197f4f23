/* test_vectors.c - the published values of ../shared/vectors: 331 cases and 15 of the CoNLL scorer,
   each with what exact arithmetic gives and what other tools give, and the scorer's own published
   rows. All for the library and for the model of these tests. */

enum { VECTORS_LARGEST = 4096, VECTORS_COLUMNS = 128, VECTORS_KEPT = 15 };

/* Metrics that the files have no column for; the model alone speaks for them. */
static const starlings_metric vectors_without[] = {
    STARLINGS_METRIC_MEDIAN_SIZE_B,  STARLINGS_METRIC_REDUCTION_RATIO_B,
    STARLINGS_METRIC_SPECIFICITY,    STARLINGS_METRIC_ACCURACY,
    STARLINGS_METRIC_LUMPING_ERROR,  STARLINGS_METRIC_BALANCED_ACCURACY,
    STARLINGS_METRIC_MCC,            STARLINGS_METRIC_SPLITTING_ERROR,
    STARLINGS_METRIC_NVI,            STARLINGS_METRIC_CLUSTER_JACCARD,
    STARLINGS_METRIC_CONLL_F1,       STARLINGS_METRIC_ELEMENT_CENTRIC,
    STARLINGS_METRIC_NAME_VARIATION, STARLINGS_METRIC_HOMONYMY,
    STARLINGS_METRIC_GENERALIZED_MERGE_DISTANCE,
};

/* A file and the metric of each column; STARLINGS_METRIC_COUNT for a name or labels. */
typedef struct vectors_file {
    metrics_file file;
    starlings_metric metric[VECTORS_COLUMNS];
    size_t compared, empty;
} vectors_file;

/* One case: its name, and the values of the library and of the model. */
typedef struct vectors_case {
    char name[64];
    uint32_t n;
    double value[2][STARLINGS_METRIC_COUNT];
} vectors_case;

static bool vectors_is(starlings_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.text, word, text.size) == 0;
}

/* Every column is a metric by its very name or one of four others, every metric has one column or
   stands in the list of those without: nothing is passed over. */
static bool vectors_open(vectors_file *f, const char *path)
{
    uint32_t seen[STARLINGS_METRIC_COUNT] = { 0 };
    memset(f, 0, sizeof *f);
    if (!metrics_open(&f->file, path))
        return false;
    if (!t_check(f->file.columns <= VECTORS_COLUMNS, "too many columns", __FILE__, __LINE__))
        return false;
    for (size_t i = 0; i < f->file.columns; i++) {
        starlings_text head = f->file.header[i];
        f->metric[i] = STARLINGS_METRIC_COUNT;
        if (vectors_is(head, "case") || vectors_is(head, "source") ||
            vectors_is(head, "labels_a") || vectors_is(head, "labels_b"))
            continue;
        T_STATUS(starlings_metric_from_name(head.text, head.size, &f->metric[i]), STARLINGS_OK);
        T_CHECK(vectors_is(head, starlings_metric_describe(f->metric[i])->name));
        seen[f->metric[i]]++;
    }
    for (size_t i = 0; i < sizeof vectors_without / sizeof vectors_without[0]; i++)
        seen[vectors_without[i]]++;
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++)
        if (t_failed(seen[m] == 1, __FILE__, __LINE__))
            printf("%s has %u columns for %s\n", path, (unsigned)seen[m],
                   starlings_metric_describe((starlings_metric)m)->name);
    return true;
}

/* Other tools work in doubles: 1e-10, and 1e-8 where they subtract chance. */
static double vectors_tolerance(starlings_metric metric, double want, bool exact)
{
    const starlings_metric_info *info = starlings_metric_describe(metric);
    double size = want < 0 ? -want : want;
    if (info->integer)
        return 0;
    if (exact)
        return model_tolerance(metric, want);
    return (strncmp(info->name, "ami_", 4) == 0 ? 1e-8 : 1e-10) * (size > 1 ? size : 1);
}

/* All columns of a row against both answers. */
static void vectors_row(vectors_file *f, const starlings_text *row, const vectors_case *got,
                        bool exact)
{
    for (size_t i = 0; i < f->file.columns; i++) {
        starlings_metric metric = f->metric[i];
        double want = 0, tolerance;
        if (metric == STARLINGS_METRIC_COUNT)
            continue;
        T_CHECK(row[i].size > 0 || got->n == 0 || !exact);
        f->empty += row[i].size == 0;
        f->compared += row[i].size > 0;
        if (row[i].size == 0)
            continue;
        T_STATUS(starlings_number_parse(row[i], &want), STARLINGS_OK);
        tolerance = vectors_tolerance(metric, want, exact);
        for (int k = 0; k < 2; k++) {
            double off = got->value[k][metric] - want;
            if (t_failed(off <= tolerance && -off <= tolerance, __FILE__, __LINE__))
                printf("%s, %s: %s is %.17g, not %.17g\n", got->name, k ? "model" : "library",
                       starlings_metric_describe(metric)->name, got->value[k][metric], want);
        }
    }
}

/* Work a case out both ways; the two must agree on all metrics, also those without a column. */
static void vectors_work(vectors_case *c, const uint32_t *a, const uint32_t *b)
{
    starlings_partition *reference = model_partition_of(a, c->n);
    starlings_partition *prediction = model_partition_of(b, c->n);
    starlings_sweep *sweep = model_sweep(NULL, prediction, reference, NULL, 0);
    model_values model;
    model_metrics(a, b, c->n, &model);
    T_REQUIRE(sweep != NULL);
    T_EQ_U64(starlings_sweep_row_count(sweep), 1);
    metrics_row_is(sweep, 0, &model, c->name);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        c->value[0][m] = starlings_sweep_value(sweep, (starlings_metric)m, 0);
        c->value[1][m] = (double)model_value(&model, (starlings_metric)m);
    }
    starlings_sweep_release(sweep);
    starlings_partition_release(prediction);
    starlings_partition_release(reference);
}

/* Walk a file of tools' values, which has the labels, and the one of exact values side by side.
   Keeps the first cases if asked to. Returns how many there are. */
static size_t vectors_walk(vectors_file *tools, vectors_file *exact, vectors_case *keep)
{
    const starlings_text *row = NULL, *values = NULL;
    uint32_t *a = model_u32(VECTORS_LARGEST), *b = model_u32(VECTORS_LARGEST);
    size_t at_a = metrics_column(&tools->file, "labels_a"), count = 0;
    size_t at_b = metrics_column(&tools->file, "labels_b");
    while (at_a < tools->file.columns && at_b < tools->file.columns) {
        vectors_case c;
        memset(&c, 0, sizeof c);
        T_STATUS(starlings_csv_next(tools->file.csv, &row), STARLINGS_OK);
        T_STATUS(starlings_csv_next(exact->file.csv, &values), STARLINGS_OK);
        if (row == NULL || values == NULL || row[at_a].size > 8 * VECTORS_LARGEST)
            break;
        memcpy(c.name, row[0].text, row[0].size < 63 ? row[0].size : 63);
        T_CHECK(vectors_is(values[0], c.name));
        c.n = metrics_labels(row[at_a], a);
        T_EQ_U64(metrics_labels(row[at_b], b), c.n);
        vectors_work(&c, a, b);
        vectors_row(exact, values, &c, true);
        vectors_row(tools, row, &c, false);
        if (keep != NULL && count < VECTORS_KEPT)
            keep[count] = c;
        count++;
    }
    T_CHECK(row == NULL && values == NULL);
    free(a);
    free(b);
    return count;
}

/* The scorer's own published rows: recall, precision and F1 of a case by one measure, 5 digits. */
static void vectors_published(const vectors_case *cases)
{
    static const char *const words[][2] = { { "muc", "muc" }, { "bcub", "bcubed" },
        { "ceafm", "ceafm" }, { "ceafe", "ceafe" }, { "blanc", "blanc" } };
    static const char *const ends[] = { "recall", "precision", "f1" };
    const starlings_text *row = NULL;
    metrics_file file;
    uint32_t rows = 0, compared = 0;
    T_REQUIRE(metrics_open(&file, "../shared/vectors/metrics_conll_published.csv"));
    T_EQ_U64(file.columns, 5);
    while (starlings_csv_next(file.csv, &row) == STARLINGS_OK && row != NULL) {
        rows++;
        for (size_t c = 0; c < VECTORS_KEPT; c++)
            for (size_t w = 0; w < 5 && vectors_is(row[0], cases[c].name); w++)
                for (size_t e = 0; e < 3 && vectors_is(row[1], words[w][0]); e++) {
                    char name[32];
                    double want = -1;
                    starlings_metric metric;
                    (void)snprintf(name, sizeof name, "%s_%s", words[w][1], ends[e]);
                    metric = metrics_named(name);
                    T_STATUS(starlings_number_parse(row[2 + e], &want), STARLINGS_OK);
                    T_NEAR(cases[c].value[0][metric], want, 0.5000001e-5);
                    T_NEAR(cases[c].value[1][metric], want, 0.5000001e-5);
                    compared++;
                }
    }
    T_EQ_U64(rows, 32);
    T_EQ_U64(compared, 3 * rows);
    metrics_close(&file);
}

/* How many values the files hold is known, so none is passed over in silence. */
static void vectors_pair(const char *tools_path, const char *exact_path, vectors_case *keep,
                         size_t cases, size_t tools_empty, size_t exact_empty)
{
    vectors_file tools, exact;
    bool there = vectors_open(&tools, tools_path);
    there = vectors_open(&exact, exact_path) && there;
    if (there) {
        T_EQ_U64(vectors_walk(&tools, &exact, keep), cases);
        T_EQ_U64(tools.empty, tools_empty);
        T_EQ_U64(exact.empty, exact_empty);
        T_EQ_U64(tools.compared + tools.empty, cases * 91);
        T_EQ_U64(exact.compared + exact.empty, cases * 91);
    } else {
        T_SKIP(cases, "no ../shared/vectors");
    }
    metrics_close(&tools.file);
    metrics_close(&exact.file);
}

static void test_vectors(void)
{
    vectors_case *kept = (vectors_case *)model_new(VECTORS_KEPT, sizeof *kept);
    vectors_pair("../shared/vectors/metrics.csv", "../shared/vectors/metrics_exact.csv", NULL,
                 331, 621, 13);
    vectors_pair("../shared/vectors/metrics_conll.csv",
                 "../shared/vectors/metrics_conll_exact.csv", kept, 15, 1, 0);
    if (kept[VECTORS_KEPT - 1].name[0] != '\0')
        vectors_published(kept);
    else
        T_SKIP(32, "no ../shared/vectors");
    free(kept);
}
