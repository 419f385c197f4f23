/* test_shared.c - six real data sets of ../shared/data: edges and truth through the CSV readers,
   the sweep on a grid and exactly, against figures computed elsewhere (reference.csv). */

typedef struct shared_set {
    const char *name;
    starlings_context *context;
    starlings_edge_list edges;
    starlings_membership truth;
    starlings_hierarchy *hierarchy;
    starlings_partition *reference;
} shared_set;

/* Columns of reference.csv that have another name here; all others are looked for by name. */
static const struct {
    const char *column;
    starlings_metric metric;
} shared_columns[] = {
    { "records", STARLINGS_METRIC_N },
    { "entities", STARLINGS_METRIC_CLUSTERS_B },
    { "singletons", STARLINGS_METRIC_SINGLETONS_B },
    { "largest", STARLINGS_METRIC_MAX_SIZE_B },
    { "tp", STARLINGS_METRIC_PAIR_TP },
    { "fp", STARLINGS_METRIC_PAIR_FP },
    { "fn", STARLINGS_METRIC_PAIR_FN },
    { "tn", STARLINGS_METRIC_PAIR_TN },
    { "precision", STARLINGS_METRIC_PAIRWISE_PRECISION },
    { "recall", STARLINGS_METRIC_PAIRWISE_RECALL },
    { "f1", STARLINGS_METRIC_PAIRWISE_F1 },
    { "rand", STARLINGS_METRIC_RAND },
    { "ari", STARLINGS_METRIC_ARI },
    { "fowlkes_mallows", STARLINGS_METRIC_FOWLKES_MALLOWS },
    { "homogeneity", STARLINGS_METRIC_HOMOGENEITY },
    { "completeness", STARLINGS_METRIC_COMPLETENESS },
    { "v_measure", STARLINGS_METRIC_V_MEASURE },
    { "nmi_arithmetic", STARLINGS_METRIC_NMI_ARITHMETIC },
    { "mutual_info_nats", STARLINGS_METRIC_MI },
    { "entropy_pred_nats", STARLINGS_METRIC_ENTROPY_B },
    { "entropy_truth_nats", STARLINGS_METRIC_ENTROPY_A },
    { "variation_of_information_nats", STARLINGS_METRIC_VI },
    { "bcubed_precision", STARLINGS_METRIC_BCUBED_PRECISION },
    { "bcubed_recall", STARLINGS_METRIC_BCUBED_RECALL },
    { "bcubed_f1", STARLINGS_METRIC_BCUBED_F1 },
    { "cluster_precision", STARLINGS_METRIC_CLUSTER_PRECISION },
    { "cluster_recall", STARLINGS_METRIC_CLUSTER_RECALL },
    { "cluster_f1", STARLINGS_METRIC_CLUSTER_F1 },
    { "exact_entities", STARLINGS_METRIC_EXACT_CLUSTERS },
    { "purity", STARLINGS_METRIC_PURITY },
    { "inverse_purity", STARLINGS_METRIC_INVERSE_PURITY },
    { "split_join", STARLINGS_METRIC_SPLIT_JOIN },
};

static const char *shared_path(const shared_set *set, const char *file)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "../shared/data/%s/%s", set->name, file);
    return path;
}

/* Truth first: every record of it is a record, and edges may have no others. */
static void shared_load(shared_set *set)
{
    metrics_file file;
    starlings_context_desc desc = { { 1, 2 }, { { NULL, NULL }, { NULL, NULL, 0 }, { NULL, NULL },
                                                STARLINGS_SIMD_BEST, NULL } };
    T_STATUS(starlings_context_create(&desc, &set->context), STARLINGS_OK);
    T_REQUIRE(set->context != NULL);
    T_REQUIRE(metrics_open(&file, shared_path(set, "truth.csv")));
    T_STATUS(starlings_membership_read_csv(file.csv, NULL, set->context, false, &set->truth),
             STARLINGS_OK);
    metrics_close(&file);
    T_REQUIRE(metrics_open(&file, shared_path(set, "edges.csv")));
    T_STATUS(starlings_edge_list_read_csv(file.csv, NULL, set->context, true, &set->edges),
             STARLINGS_OK);
    metrics_close(&file);
    T_EQ_U64(starlings_context_count(set->context), set->truth.record_count);
    set->hierarchy = model_build(set->edges.edges, set->edges.count,
                                 starlings_context_count(set->context), 0, false);
    set->reference = model_partition_of(set->truth.labels, set->truth.record_count);
}

static void shared_free(shared_set *set)
{
    starlings_partition_release(set->reference);
    starlings_hierarchy_release(set->hierarchy);
    starlings_membership_clear(&set->truth);
    starlings_edge_list_clear(&set->edges);
    starlings_context_release(set->context);
}

static double shared_number(starlings_text text)
{
    double value = -1;
    T_STATUS(starlings_number_parse(text, &value), STARLINGS_OK);
    return value;
}

/* One row of reference.csv against the grid's row and the exact sweep's row that holds there. */
static void shared_row(const metrics_file *file, const starlings_text *row,
                       const starlings_sweep *grid, size_t at, const starlings_sweep *exact)
{
    uint32_t key = 0;
    size_t holds, column = metrics_column(file, "threshold");
    T_REQUIRE(column < file->columns && at < starlings_sweep_row_count(grid));
    (void)starlings_key_from_threshold(shared_number(row[column]), &key);
    T_REQUIRE(starlings_sweep_keys(grid)[at] == key);
    holds = starlings_sweep_row_at(exact, key);
    T_REQUIRE(holds < starlings_sweep_row_count(exact));
    T_CHECK(sweep_same_row(exact, holds, grid, at));
    for (size_t i = 0; i < sizeof shared_columns / sizeof shared_columns[0]; i++) {
        starlings_metric metric = shared_columns[i].metric;
        double want, tolerance = 0;
        column = metrics_column(file, shared_columns[i].column);
        T_REQUIRE(column < file->columns);
        want = shared_number(row[column]);
        if (!starlings_metric_describe(metric)->integer)
            tolerance = 1e-9 * (want > 1 ? want : 1);
        T_NEAR(starlings_sweep_value(grid, metric, at), want, tolerance);
    }
}

static void shared_one(const char *name)
{
    shared_set set;
    metrics_file file;
    starlings_sweep *grid, *exact;
    const starlings_text *row = NULL;
    uint32_t keys[11];
    size_t count = 0;
    memset(&set, 0, sizeof set);
    set.name = name;
    if (!metrics_open(&file, shared_path(&set, "reference.csv"))) {
        T_SKIP(1, "no ../shared/data");
        return;
    }
    shared_load(&set);
    for (uint32_t i = 0; i < 11; i++)
        keys[i] = 500000 + 50000 * i;
    grid = model_sweep(set.hierarchy, NULL, set.reference, keys, 11);
    exact = model_sweep(set.hierarchy, NULL, set.reference, NULL, 0);
    T_REQUIRE(grid != NULL && exact != NULL);
    while (starlings_csv_next(file.csv, &row) == STARLINGS_OK && row != NULL)
        shared_row(&file, row, grid, count++, exact);
    T_EQ_U64(count, 11);
    sweep_best_is(exact);
    starlings_sweep_release(grid);
    starlings_sweep_release(exact);
    metrics_close(&file);
    shared_free(&set);
}

static void test_shared(void)
{
    shared_one("cora");
    shared_one("dblp_acm");
    shared_one("fake_1000");
    shared_one("febrl3");
    shared_one("historical_50k");
    shared_one("rldata10000");
}
