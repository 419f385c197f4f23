/* test_sweep.c - every metric at every threshold: the one pass over the hierarchy against a batch
   computation of each cut (bit for bit) and against the model; grids, laws, the best row. */

/* A reference of one of many kinds for the records of g. */
static uint32_t *sweep_reference(t_rng *rng, const model_graph *g)
{
    uint32_t *labels = model_u32(g->n), kind = t_below(rng, 6);
    if (kind == 0) /* a cut of the hierarchy itself: somewhere in the sweep all is equal */
        model_cut(g, t_below(rng, STARLINGS_ONE), labels);
    else if (kind == 1)
        model_cut(g, STARLINGS_ONE + 1, labels); /* everyone alone */
    else if (kind == 2)
        model_random_labels(rng, labels, g->n, 1); /* all in one */
    else
        model_random_labels(rng, labels, g->n, 1 + t_below(rng, g->n));
    if (kind > 3) { /* a cut with mistakes */
        model_cut(g, t_below(rng, STARLINGS_ONE), labels);
        for (uint32_t i = g->n / 6; i > 0; i--)
            labels[t_below(rng, g->n)] = labels[t_below(rng, g->n)];
    }
    return labels;
}

/* Are row x of a and row y of b the same bits in all columns of a? */
static bool sweep_same_row(const starlings_sweep *a, size_t x, const starlings_sweep *b, size_t y)
{
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        const uint64_t *i = starlings_sweep_integers(a, metric);
        const uint64_t *j = starlings_sweep_integers(b, metric);
        const double *r = starlings_sweep_reals(a, metric), *s = starlings_sweep_reals(b, metric);
        if ((i != NULL && j == NULL) || (r != NULL && s == NULL))
            return false;
        if (i != NULL && i[x] != j[y])
            return false;
        if (r != NULL && memcmp(&r[x], &s[y], sizeof *r) != 0)
            return false;
    }
    return true;
}

/* ---- exact sweeps -------------------------------------------------------- */

/* The rows of an exact sweep: every key at which something joins, and 1,000,000. */
static void sweep_rows_are(const starlings_sweep *sweep, const starlings_hierarchy *h)
{
    size_t count = 0, rows = starlings_sweep_row_count(sweep), want;
    uint32_t *keys;
    T_STATUS(starlings_hierarchy_keys(h, NULL, NULL, 0, &count), STARLINGS_OK);
    keys = model_u32(count + 1);
    T_STATUS(starlings_hierarchy_keys(h, NULL, keys, count, &count), STARLINGS_OK);
    want = count + (count == 0 || keys[count - 1] != STARLINGS_ONE);
    keys[want - 1] = STARLINGS_ONE;
    T_CHECK(starlings_sweep_is_exact(sweep));
    T_EQ_U64(rows, want);
    T_CHECK(rows == want &&
            memcmp(starlings_sweep_keys(sweep), keys, want * sizeof *keys) == 0);
    free(keys);
}

/* Every row is, bit for bit, what a comparison of that one partition gives; so is every row of a
   grid over all its keys, with those metrics that an exact sweep does not have. */
static void sweep_equals_batch(const starlings_sweep *sweep, starlings_hierarchy *h,
                               starlings_partition *reference)
{
    starlings_sweep *grid = model_sweep(h, NULL, reference, starlings_sweep_keys(sweep),
                                        starlings_sweep_row_count(sweep));
    T_REQUIRE(grid != NULL);
    for (size_t row = 0; row < starlings_sweep_row_count(sweep); row++) {
        starlings_partition *cut = model_partition_at(h, starlings_sweep_keys(sweep)[row]);
        starlings_sweep *batch = model_sweep(NULL, cut, reference, NULL, 0);
        T_REQUIRE(batch != NULL);
        T_EQ_U64(starlings_sweep_row_count(batch), 1);
        T_CHECK(sweep_same_row(sweep, row, grid, row));
        T_CHECK(sweep_same_row(grid, row, batch, 0));
        T_CHECK(sweep_same_row(batch, 0, grid, row));
        starlings_sweep_release(batch);
        starlings_partition_release(cut);
    }
    starlings_sweep_release(grid);
}

static void sweep_equals_model(const starlings_sweep *sweep, const model_graph *g,
                               const uint32_t *reference, size_t step)
{
    uint32_t *labels = model_u32(g->n);
    model_values want;
    for (size_t row = 0; row < starlings_sweep_row_count(sweep); row += step) {
        model_cut(g, starlings_sweep_keys(sweep)[row], labels);
        model_metrics(reference, labels, g->n, &want);
        metrics_row_is(sweep, row, &want, "sweep");
    }
    free(labels);
}

/* Values move one way only as clusters merge, so here from the last row to the first. */
static void sweep_laws(const starlings_sweep *sweep)
{
    static const starlings_metric rise[] = {
        STARLINGS_METRIC_PAIR_TP, STARLINGS_METRIC_PAIR_FP, STARLINGS_METRIC_PAIRWISE_RECALL,
        STARLINGS_METRIC_BCUBED_RECALL, STARLINGS_METRIC_INVERSE_PURITY,
        STARLINGS_METRIC_PAIRS_B, STARLINGS_METRIC_MAX_SIZE_B, STARLINGS_METRIC_MEAN_SIZE_B,
    };
    static const starlings_metric fall[] = {
        STARLINGS_METRIC_MI, STARLINGS_METRIC_ENTROPY_B, STARLINGS_METRIC_JOINT_ENTROPY,
        STARLINGS_METRIC_HOMOGENEITY, STARLINGS_METRIC_PURITY, STARLINGS_METRIC_BCUBED_PRECISION,
        STARLINGS_METRIC_CELLS, STARLINGS_METRIC_CLUSTERS_B, STARLINGS_METRIC_SINGLETONS_B,
    };
    for (size_t row = starlings_sweep_row_count(sweep); row-- > 1;) {
        for (size_t i = 0; i < sizeof rise / sizeof rise[0]; i++)
            T_CHECK(starlings_sweep_value(sweep, rise[i], row - 1) >=
                    starlings_sweep_value(sweep, rise[i], row) - 1e-14);
        for (size_t i = 0; i < sizeof fall / sizeof fall[0]; i++)
            T_CHECK(starlings_sweep_value(sweep, fall[i], row - 1) <=
                    starlings_sweep_value(sweep, fall[i], row) + 1e-14);
    }
}

/* What must hold between the columns of one row. */
static void sweep_identities(const starlings_sweep *sweep)
{
#define SWEEP_V(name) starlings_sweep_value(sweep, STARLINGS_METRIC_##name, row)
    for (size_t row = 0; row < starlings_sweep_row_count(sweep); row++) {
        double ha = SWEEP_V(ENTROPY_A), hb = SWEEP_V(ENTROPY_B), hab = SWEEP_V(JOINT_ENTROPY);
        double fm = SWEEP_V(FOWLKES_MALLOWS), n = SWEEP_V(N);
        T_NEAR(SWEEP_V(VI), ha + hb - 2 * SWEEP_V(MI), 1e-13);
        T_NEAR(SWEEP_V(MI), ha + hb - hab, 1e-13);
        T_NEAR(SWEEP_V(V_MEASURE), SWEEP_V(NMI_ARITHMETIC), 0);
        T_NEAR(SWEEP_V(PAIRS_A), SWEEP_V(PAIR_TP) + SWEEP_V(PAIR_FN), 0);
        T_NEAR(SWEEP_V(PAIRS_B), SWEEP_V(PAIR_TP) + SWEEP_V(PAIR_FP), 0);
        T_NEAR(n * (n - 1) / 2, SWEEP_V(PAIRS_B) + SWEEP_V(PAIR_FN) + SWEEP_V(PAIR_TN), 0);
        T_NEAR(SWEEP_V(SPLIT_JOIN), SWEEP_V(SPLIT_JOIN_A) + SWEEP_V(SPLIT_JOIN_B), 0);
        T_NEAR(SWEEP_V(SPLIT_JOIN_A), n - SWEEP_V(ROWMAX_SUM), 0);
        T_NEAR(SWEEP_V(SPLIT_JOIN_B), n - SWEEP_V(COLMAX_SUM), 0);
        if (SWEEP_V(PAIR_TP) > 0)
            T_NEAR(fm * fm, SWEEP_V(PAIRWISE_PRECISION) * SWEEP_V(PAIRWISE_RECALL), 1e-15);
        T_CHECK(SWEEP_V(NMI_MIN) >= SWEEP_V(NMI_GEOMETRIC) - 1e-15);
        T_CHECK(SWEEP_V(NMI_GEOMETRIC) >= SWEEP_V(NMI_ARITHMETIC) - 1e-15);
        T_CHECK(SWEEP_V(NMI_ARITHMETIC) >= SWEEP_V(NMI_MAX) - 1e-15);
        T_CHECK(SWEEP_V(NMI_MAX) >= SWEEP_V(NMI_JOINT) - 1e-15);
        T_CHECK(SWEEP_V(RAND) >= SWEEP_V(ARI) - 1e-15 && SWEEP_V(ARI) >= -0.5);
        T_CHECK(SWEEP_V(JACCARD) <= SWEEP_V(PAIRWISE_F1) && SWEEP_V(PAIRWISE_F1) <= 1);
        T_CHECK(SWEEP_V(VI) >= 0 && SWEEP_V(MI) >= 0 && SWEEP_V(NMI_MIN) <= 1);
        if (SWEEP_V(CELLS) <= SWEEP_V(CLUSTERS_A) && SWEEP_V(CELLS) <= SWEEP_V(CLUSTERS_B))
            T_CHECK(SWEEP_V(VI) <= 0 && SWEEP_V(NMI_JOINT) >= 1 && SWEEP_V(BCUBED_F1) >= 1 &&
                    SWEEP_V(ARI) >= 1 && SWEEP_V(SPLIT_JOIN) <= 0 && SWEEP_V(CLUSTER_F1) >= 1 &&
                    SWEEP_V(PURITY_F1) >= 1 && SWEEP_V(JACCARD) >= 1 && SWEEP_V(MI) >= ha);
    }
#undef SWEEP_V
}

/* ---- grids, subsets, other ways to run ----------------------------------- */

/* Rows at any keys are the exact rows that hold there. */
static void sweep_grid(t_rng *rng, const starlings_sweep *exact, starlings_hierarchy *h,
                       starlings_partition *reference)
{
    uint32_t keys[40];
    size_t count = 0, all = 1 + t_below(rng, 38), rows = starlings_sweep_row_count(exact);
    starlings_sweep *grid;
    for (size_t i = 0; i < all; i++) {
        uint32_t near = starlings_sweep_keys(exact)[t_below(rng, (uint32_t)rows)];
        keys[i] = t_below(rng, STARLINGS_ONE + 1);
        if (i % 3 == 0)
            keys[i] = near;
        if (i % 3 == 1)
            keys[i] = near < STARLINGS_ONE ? near + 1 : 0;
    }
    keys[all] = t_below(rng, 2) ? 0 : STARLINGS_ONE;
    qsort(keys, all + 1, sizeof keys[0], model_compare_u32);
    for (size_t i = 0; i <= all; i++)
        if (i == 0 || keys[i] != keys[i - 1])
            keys[count++] = keys[i];
    grid = model_sweep(h, NULL, reference, keys, count);
    T_REQUIRE(grid != NULL);
    T_CHECK(!starlings_sweep_is_exact(grid));
    T_EQ_U64(starlings_sweep_row_count(grid), count);
    for (size_t i = 0; i < count; i++) {
        size_t row = starlings_sweep_row_at(exact, keys[i]);
        T_EQ_U64(starlings_sweep_keys(grid)[i], keys[i]);
        T_REQUIRE(row < rows && starlings_sweep_keys(exact)[row] >= keys[i]);
        T_CHECK(row == 0 || starlings_sweep_keys(exact)[row - 1] < keys[i]);
        T_CHECK(sweep_same_row(exact, row, grid, i));
        T_EQ_U64(starlings_sweep_row_at(grid, keys[i]), i);
    }
    T_EQ_U64(starlings_sweep_row_at(grid, keys[count - 1] + 1), count);
    starlings_sweep_release(grid);
}

/* Any set of metrics gives the columns of the full sweep, and no others. */
static void sweep_subset(t_rng *rng, const starlings_sweep *exact, starlings_hierarchy *h,
                         starlings_partition *reference)
{
    starlings_sweep_desc desc;
    starlings_sweep *part = NULL;
    size_t rows = starlings_sweep_row_count(exact);
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = h;
    desc.reference = reference;
    for (uint32_t i = 1 + t_below(rng, 4); i > 0; i--) {
        starlings_metric metric = (starlings_metric)t_below(rng, STARLINGS_METRIC_COUNT);
        if (starlings_metric_describe(metric)->batch)
            metric = STARLINGS_METRIC_ARI;
        starlings_metric_set_add(&desc.metrics, metric);
    }
    T_STATUS(starlings_sweep_create(&desc, &part), STARLINGS_OK);
    T_REQUIRE(part != NULL);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        const uint64_t *integers = starlings_sweep_integers(part, metric);
        const double *reals = starlings_sweep_reals(part, metric);
        bool asked = starlings_metric_set_has(&desc.metrics, metric), nan;
        bool whole = starlings_metric_describe(metric)->integer;
        double value = starlings_sweep_value(part, metric, rows - 1);
        double known = starlings_sweep_value(exact, metric, rows - 1);
        T_EQ_U64(integers != NULL, asked && whole);
        T_EQ_U64(reals != NULL, asked && !whole);
        if (integers != NULL)
            T_CHECK(memcmp(integers, starlings_sweep_integers(exact, metric),
                           rows * sizeof *integers) == 0);
        if (reals != NULL)
            T_CHECK(memcmp(reals, starlings_sweep_reals(exact, metric), rows * sizeof *reals) == 0);
        nan = !(known < 0 || known >= 0);
        T_EQ_U64(value < 0 || value >= 0, asked && !nan); /* NaN: not computed, or no value */
        value = starlings_sweep_value(part, metric, rows);
        T_CHECK(!(value < 0 || value >= 0));
    }
    starlings_sweep_release(part);
}

static void sweep_other_ways(const starlings_sweep *exact, starlings_hierarchy *h,
                             starlings_partition *reference)
{
    static const uint32_t workers[] = { 1, 2, 3, 8 };
    uint64_t want = model_hash_sweep(exact);
    for (int i = 0; i < 4; i++) {
        starlings_sweep_desc desc;
        starlings_sweep *sweep = NULL;
        memset(&desc, 0, sizeof desc);
        desc.hierarchy = h;
        desc.reference = reference;
        desc.metrics = starlings_metric_set_all(true, false);
        desc.env.workers.count = workers[i];
        desc.env.workers.run = i == 2 ? faults_run_odd_first : NULL;
        desc.env.simd = (starlings_simd)i; /* each level */
        T_STATUS(starlings_sweep_create(&desc, &sweep), STARLINGS_OK);
        T_REQUIRE(sweep != NULL);
        T_EQ_U64(model_hash_sweep(sweep), want);
        starlings_sweep_release(sweep);
    }
}

/* Without a reference: the columns that need none, with the same values. */
static void sweep_alone(const starlings_sweep *exact, starlings_hierarchy *h)
{
    starlings_sweep *alone = model_sweep(h, NULL, NULL, NULL, 0);
    size_t rows = starlings_sweep_row_count(exact);
    T_REQUIRE(alone != NULL);
    T_EQ_U64(starlings_sweep_row_count(alone), rows);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        if (starlings_metric_describe(metric)->needs_reference) {
            T_CHECK(starlings_sweep_integers(alone, metric) == NULL);
            T_CHECK(starlings_sweep_reals(alone, metric) == NULL);
            continue;
        }
        for (size_t row = 0; row < rows; row++)
            T_NEAR(starlings_sweep_value(alone, metric, row),
                   starlings_sweep_value(exact, metric, row), 0);
    }
    starlings_sweep_release(alone);
}

/* The best row by a scan: the last of the best values, and how far down its run goes. */
static void sweep_best_is(const starlings_sweep *sweep)
{
    size_t rows = starlings_sweep_row_count(sweep);
    const uint32_t *keys = starlings_sweep_keys(sweep);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        int direction = starlings_metric_describe(metric)->direction;
        starlings_best best = { 0, 0, 0, 0, 0 };
        size_t want = rows, first;
        if (direction == 0 || starlings_metric_describe(metric)->batch) {
            T_STATUS(starlings_sweep_best(sweep, metric, &best), STARLINGS_ERR_ARG);
            continue;
        }
        for (size_t row = 0; row < rows; row++) {
            double value = direction * starlings_sweep_value(sweep, metric, row);
            if (want == rows ? value <= 0 || value > 0
                             : value >= direction * starlings_sweep_value(sweep, metric, want))
                want = row;
        }
        if (want == rows) { /* no row has a value */
            T_STATUS(starlings_sweep_best(sweep, metric, &best), STARLINGS_ERR_ARG);
            continue;
        }
        first = want;
        while (first > 0 && starlings_sweep_value(sweep, metric, first - 1) <=
                                starlings_sweep_value(sweep, metric, want) &&
               starlings_sweep_value(sweep, metric, first - 1) >=
                   starlings_sweep_value(sweep, metric, want))
            first--;
        T_STATUS(starlings_sweep_best(sweep, metric, &best), STARLINGS_OK);
        T_EQ_U64(best.row, want);
        T_EQ_U64(best.key, keys[want]);
        T_EQ_U64(best.plateau_to, keys[want]);
        T_NEAR(best.value, starlings_sweep_value(sweep, metric, want), 0);
        if (!starlings_sweep_is_exact(sweep))
            T_EQ_U64(best.plateau_from, keys[first]);
        else /* the value holds from just above the row before */
            T_EQ_U64(best.plateau_from, first == 0 ? 0 : keys[first - 1] + 1);
    }
}

static void sweep_round(uint32_t round)
{
    static const uint32_t sizes[] = { 12, 40, 120, 300 };
    t_rng rng = t_rng_make(600 + round);
    uint32_t size = sizes[round % 4];
    model_graph g = model_random_graph(&rng, size, size * 3 / 2);
    starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, false);
    uint32_t *labels = sweep_reference(&rng, &g);
    starlings_partition *reference = model_partition_of(labels, g.n);
    starlings_sweep *exact = model_sweep(h, NULL, reference, NULL, 0);
    T_REQUIRE(exact != NULL);
    sweep_rows_are(exact, h);
    sweep_equals_batch(exact, h, reference);
    sweep_equals_model(exact, &g, labels, size == 300 ? 7 : 1);
    sweep_laws(exact);
    sweep_identities(exact);
    sweep_grid(&rng, exact, h, reference);
    sweep_subset(&rng, exact, h, reference);
    sweep_other_ways(exact, h, reference);
    sweep_alone(exact, h);
    sweep_best_is(exact);
    starlings_sweep_release(exact);
    starlings_partition_release(reference);
    starlings_hierarchy_release(h);
    model_graph_free(&g);
    free(labels);
}

/* ---- comparing two partitions -------------------------------------------- */

/* Renaming labels and turning both sides by the same permutation changes nothing. */
static void sweep_renamed(uint32_t round)
{
    t_rng rng = t_rng_make(750 + round);
    uint32_t n = 1 + t_below(&rng, 100), *a = model_u32(n), *b = model_u32(n);
    uint64_t hash[2];
    for (uint32_t i = 0; i < n; i++) {
        a[i] = t_below(&rng, 12);
        b[i] = t_below(&rng, 9);
    }
    for (int turn = 0; turn < 2; turn++) {
        starlings_partition *pa = model_partition_of(a, n), *pb = model_partition_of(b, n);
        starlings_sweep *sweep = model_sweep(NULL, pb, pa, NULL, 0);
        T_REQUIRE(sweep != NULL);
        hash[turn] = model_hash_sweep(sweep);
        starlings_sweep_release(sweep);
        starlings_partition_release(pa);
        starlings_partition_release(pb);
        for (uint32_t i = n; i > 0; i--) {
            uint32_t j = t_below(&rng, i), x = a[i - 1], y = b[i - 1];
            a[i - 1] = a[j];
            b[i - 1] = b[j];
            a[j] = x;
            b[j] = y;
        }
        for (uint32_t i = 0; i < n; i++) {
            a[i] = UINT32_MAX - a[i] * 1000;
            b[i] = b[i] * 1000003 + 5;
        }
    }
    T_EQ_U64(hash[0], hash[1]);
    free(a);
    free(b);
}

static void sweep_degenerate(void)
{
    uint32_t labels[2][2][2] = { { { 0, 0 }, { 0, 1 } }, { { 0, 1 }, { 0, 0 } } };
    for (uint32_t n = 0; n <= 2; n++)
        for (int i = 0; i < 4; i++) {
            const uint32_t *a = labels[0][i & 1], *b = labels[1][i >> 1];
            starlings_edge edge = { 0, 1, 0.5 };
            starlings_partition *pa = model_partition_of(a, n), *pb = model_partition_of(b, n);
            starlings_hierarchy *h = model_build(&edge, n == 2, n, 0, false);
            starlings_sweep *batch = model_sweep(NULL, pb, pa, NULL, 0);
            starlings_sweep *exact = model_sweep(h, NULL, pa, NULL, 0);
            uint32_t cut[2] = { 0, 1 };
            model_values want;
            T_REQUIRE(batch != NULL && exact != NULL);
            model_metrics(a, b, n, &want);
            metrics_row_is(batch, 0, &want, "batch");
            T_EQ_U64(starlings_sweep_row_count(exact), n == 2 ? 2 : 1);
            for (size_t row = 0; row < starlings_sweep_row_count(exact); row++) {
                cut[1] = starlings_sweep_keys(exact)[row] > 500000;
                model_metrics(a, cut, n, &want);
                metrics_row_is(exact, row, &want, "exact");
            }
            starlings_sweep_release(batch);
            starlings_sweep_release(exact);
            starlings_hierarchy_release(h);
            starlings_partition_release(pa);
            starlings_partition_release(pb);
        }
}

/* A million records in one cluster, in halves, in other halves: products of pair counts are far
   above 64 bits. Expected values are worked out by hand. */
static void sweep_million(void)
{
    enum { N = 1000000 };
    const double half = 499999.0 / 999999; /* pairs inside halves / all pairs */
    uint32_t *labels = model_u32(N);
    starlings_partition *one, *halves, *odd;
    starlings_sweep *s;
    for (uint32_t i = 0; i < N; i++)
        labels[i] = 7;
    one = model_partition_of(labels, N);
    for (uint32_t i = 0; i < N; i++)
        labels[i] = i < N / 2 ? 5 : 9;
    halves = model_partition_of(labels, N);
    for (uint32_t i = 0; i < N; i++)
        labels[i] = i & 1;
    odd = model_partition_of(labels, N);
    s = model_sweep(NULL, one, halves, NULL, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_PAIR_TP, 0), 249999500000.0, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_PAIR_FP, 0), 250000000000.0, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_ARI, 0), 0.0, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_PAIRWISE_PRECISION, 0), half, 1e-16);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_BCUBED_PRECISION, 0), 0.5, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_HOMOGENEITY, 0), 0.0, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_VI, 0), 0.69314718055994531, 1e-15);
    starlings_sweep_release(s);
    s = model_sweep(NULL, halves, halves, NULL, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_ARI, 0), 1.0, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_NMI_JOINT, 0), 1.0, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_VI, 0), 0.0, 0);
    starlings_sweep_release(s);
    s = model_sweep(NULL, odd, halves, NULL, 0); /* independent: c = n/4 in each of four cells */
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_MI, 0), 0.0, 1e-15);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_JOINT_ENTROPY, 0), 1.3862943611198906, 1e-15);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_BCUBED_F1, 0), 0.5, 0);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_ARI, 0), -1.0 / 999998, 1e-21);
    T_NEAR(starlings_sweep_value(s, STARLINGS_METRIC_SPLIT_JOIN, 0), 1000000, 0);
    starlings_sweep_release(s);
    starlings_partition_release(one);
    starlings_partition_release(halves);
    starlings_partition_release(odd);
    free(labels);
}

/* ---- errors -------------------------------------------------------------- */

static starlings_status sweep_try(const starlings_sweep_desc *desc)
{
    starlings_sweep *sweep = (starlings_sweep *)(void *)&t_state;
    starlings_status status = starlings_sweep_create(desc, &sweep);
    T_CHECK((sweep != NULL) == (status == STARLINGS_OK));
    starlings_sweep_release(sweep);
    return status;
}

static void sweep_errors(void)
{
    uint32_t labels[4] = { 0, 0, 1, 1 }, up[] = { 5, 5 }, down[] = { 6, 5 };
    uint32_t high[] = { 5, STARLINGS_ONE + 1 };
    starlings_hierarchy *h = model_build(NULL, 0, 4, 0, false);
    starlings_partition *p = model_partition_of(labels, 4), *other = model_partition_of(labels, 3);
    starlings_sweep_desc desc, base;
    memset(&base, 0, sizeof base);
    T_STATUS(sweep_try(&base), STARLINGS_ERR_ARG);
    base.hierarchy = h;
    T_STATUS(sweep_try(&base), STARLINGS_OK);
    desc = base;
    desc.prediction = p;
    T_STATUS(sweep_try(&desc), STARLINGS_ERR_ARG);
    desc = base;
    desc.reference = other;
    T_STATUS(sweep_try(&desc), STARLINGS_ERR_DISJOINT);
    desc.reference = p;
    T_STATUS(sweep_try(&desc), STARLINGS_OK);
    desc.key_count = 2;
    desc.keys = up;
    T_STATUS(sweep_try(&desc), STARLINGS_ERR_ARG);
    desc.keys = down;
    T_STATUS(sweep_try(&desc), STARLINGS_ERR_ARG);
    desc.keys = high;
    T_STATUS(sweep_try(&desc), STARLINGS_ERR_ARG);
    desc = base;
    desc.metrics.bits[3] = (uint64_t)1 << 63; /* no such metric */
    T_STATUS(sweep_try(&desc), STARLINGS_ERR_ARG);
    desc = base;
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        memset(&desc.metrics, 0, sizeof desc.metrics);
        starlings_metric_set_add(&desc.metrics, (starlings_metric)m);
        T_STATUS(sweep_try(&desc),
                 starlings_metric_describe((starlings_metric)m)->needs_reference
                     ? STARLINGS_ERR_ARG
                     : STARLINGS_OK);
    }
    starlings_partition_release(p);
    starlings_partition_release(other);
    starlings_hierarchy_release(h);
}

/* All records in one entity, every one a class of its own: precision 1/n, F1 = 2 / (n + 1), and no
   digit of it lost. */
static void sweep_small_f1(void)
{
    for (uint32_t n = 1; n <= 1000000; n = n * 3 + 1) {
        uint32_t *apart = model_u32(n), *together = model_u32(n);
        starlings_sweep_desc desc;
        starlings_sweep *sweep = NULL;
        for (uint32_t i = 0; i < n; i++) {
            apart[i] = i;
            together[i] = 7;
        }
        memset(&desc, 0, sizeof desc);
        desc.prediction = model_partition_of(together, n);
        desc.reference = model_partition_of(apart, n);
        T_STATUS(starlings_sweep_create(&desc, &sweep), STARLINGS_OK);
        T_NEAR(starlings_sweep_value(sweep, STARLINGS_METRIC_BCUBED_F1, 0), 2.0 / (n + 1.0), 0);
        starlings_sweep_release(sweep);
        starlings_partition_release(desc.prediction);
        starlings_partition_release(desc.reference);
        free(apart);
        free(together);
    }
}

/* The defaults, what an empty set of metrics means, and lifetimes. */
static void sweep_defaults(void)
{
    starlings_edge edges[] = { { 0, 1, 0.5 }, { 2, 3, 0.25 } };
    uint32_t labels[4] = { 0, 0, 1, 1 };
    starlings_hierarchy *h = model_build(edges, 2, 4, 0, false);
    starlings_partition *p = model_partition_of(labels, 4);
    for (int with = 0; with < 2; with++) {
        starlings_metric_set want = starlings_metric_set_default(with != 0);
        starlings_sweep_desc desc;
        starlings_sweep *sweep = NULL;
        starlings_best best;
        memset(&desc, 0, sizeof desc);
        desc.hierarchy = h;
        desc.reference = with ? p : NULL;
        T_STATUS(starlings_sweep_create(&desc, &sweep), STARLINGS_OK);
        T_REQUIRE(sweep != NULL);
        for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
            double value = starlings_sweep_value(sweep, (starlings_metric)m, 0);
            T_EQ_U64(value >= 0 || value < 0,
                     starlings_metric_set_has(&want, (starlings_metric)m));
        }
        T_EQ_U64(starlings_sweep_row_count(sweep), 3);
        T_EQ_U64(starlings_sweep_keys(sweep)[0], 250000);
        T_STATUS(starlings_sweep_best(sweep, STARLINGS_METRIC_JACCARD, &best), STARLINGS_ERR_ARG);
        T_CHECK(starlings_sweep_retain(sweep) == sweep);
        starlings_sweep_release(sweep);
        if (with) {
            T_STATUS(starlings_sweep_best(sweep, STARLINGS_METRIC_PAIRWISE_F1, &best),
                     STARLINGS_OK);
            T_EQ_U64(best.key, 250000);
            T_NEAR(best.value, 1.0, 0);
        }
        starlings_sweep_release(sweep);
    }
    starlings_partition_release(p);
    starlings_hierarchy_release(h);
}

/* Each metric asked for by itself, when the sweep keeps as little as it can. */
static void sweep_one_by_one(void)
{
    t_rng rng = t_rng_make(790);
    model_graph g = model_random_graph(&rng, 300, 500);
    uint32_t *labels = model_u32(g.n);
    starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, false);
    starlings_partition *reference;
    starlings_sweep *all, *one = NULL;
    model_random_labels(&rng, labels, g.n, g.n / 3 + 1);
    reference = model_partition_of(labels, g.n);
    all = model_sweep(h, NULL, reference, NULL, 0);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_sweep_desc desc;
        if (starlings_metric_describe((starlings_metric)m)->batch)
            continue;
        memset(&desc, 0, sizeof desc);
        desc.hierarchy = h;
        desc.reference = reference;
        starlings_metric_set_add(&desc.metrics, (starlings_metric)m);
        T_STATUS(starlings_sweep_create(&desc, &one), STARLINGS_OK);
        T_REQUIRE(one != NULL);
        for (size_t row = 0; row < starlings_sweep_row_count(all); row++)
            T_CHECK(sweep_same_row(one, row, all, row));
        starlings_sweep_release(one);
    }
    starlings_sweep_release(all);
    starlings_partition_release(reference);
    starlings_hierarchy_release(h);
    model_graph_free(&g);
    free(labels);
}

/* ---- prices -------------------------------------------------------------- */

typedef struct sweep_prices {
    double factor;
    double power; /* 0: the factor alone, 1: times size, 2: times its square */
} sweep_prices;

static double sweep_price_of(void *ctx, uint32_t size)
{
    const sweep_prices *prices = (const sweep_prices *)ctx;
    double s = size;
    return prices->factor * (prices->power > 1 ? s * s : prices->power > 0 ? s : 1);
}

static starlings_status sweep_distance(double factor, double power, double exponent, double *out)
{
    static const uint32_t a[] = { 1, 1, 1, 2, 2, 3, 3, 3, 3, 4 };
    static const uint32_t b[] = { 1, 1, 2, 2, 2, 3, 3, 4, 4, 4 };
    sweep_prices prices = { factor, power };
    starlings_sweep_desc desc;
    starlings_sweep *sweep = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.reference = model_partition_of(a, 10);
    desc.prediction = model_partition_of(b, 10);
    starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_GENERALIZED_MERGE_DISTANCE);
    starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_MERGE_DISTANCE);
    starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_MIRKIN);
    if (factor > 0 || factor < 0) {
        desc.split_price.price = desc.merge_price.price = sweep_price_of;
        desc.split_price.ctx = desc.merge_price.ctx = &prices;
    }
    desc.split_price.exponent = desc.merge_price.exponent = exponent;
    status = starlings_sweep_create(&desc, &sweep);
    *out = starlings_sweep_value(sweep, STARLINGS_METRIC_GENERALIZED_MERGE_DISTANCE, 0);
    if (sweep != NULL) { /* 2 splits and 2 merges; mirkin 2 (FP + FN) = 2 (4 + 6) */
        T_EQ_U64(*starlings_sweep_integers(sweep, STARLINGS_METRIC_MERGE_DISTANCE), 4);
        T_EQ_U64(*starlings_sweep_integers(sweep, STARLINGS_METRIC_MIRKIN), 20);
    }
    starlings_sweep_release(sweep);
    starlings_partition_release(desc.reference);
    starlings_partition_release(desc.prediction);
    return status;
}

/* Prices of any size keep their digits; those that would leave the doubles are refused. */
static void sweep_price_scales(void)
{
    static const double scales[] = { 1, 1e-20, 1e20, 1e-200, 1e200, 3e250 };
    double x, one;
    T_STATUS(sweep_distance(1, 2, 0, &one), STARLINGS_OK);
    T_NEAR(one, 20, 0); /* (x + y)^2 - x^2 - y^2 = 2xy, over all pairs that differ */
    for (int i = 0; i < 6; i++) {
        T_STATUS(sweep_distance(scales[i], 2, 0, &x), STARLINGS_OK);
        T_NEAR(x / scales[i], 20, 1e-13);
        T_STATUS(sweep_distance(scales[i], 1, 0, &x), STARLINGS_OK);
        T_NEAR(x / scales[i], 0, 1e-13); /* a price by record alone costs nothing */
        T_STATUS(sweep_distance(-scales[i], 0, 0, &x), STARLINGS_OK);
        T_NEAR(x / scales[i], 4, 1e-13); /* -1 = price(x+y) - price(x) - price(y) is 1 a step */
    }
    T_STATUS(sweep_distance(1e300, 2, 0, &x), STARLINGS_ERR_ARG);
    T_STATUS(sweep_distance(model_infinity(), 0, 0, &x), STARLINGS_ERR_ARG);
    T_STATUS(sweep_distance(model_nan(), 0, 0, &x), STARLINGS_OK); /* neither > 0 nor < 0 here */
    T_STATUS(sweep_distance(0, 0, 2.5, &x), STARLINGS_ERR_ARG);
    T_STATUS(sweep_distance(0, 0, -0.5, &x), STARLINGS_ERR_ARG);
    T_STATUS(sweep_distance(0, 0, model_nan(), &x), STARLINGS_ERR_ARG);
    T_STATUS(sweep_distance(0, 0, 1, &one), STARLINGS_OK);
    for (int i = 1; i < 60; i++) { /* near 1: no digits are lost on either side */
        double step = 1.0, near;
        for (int k = 0; k < i; k++)
            step /= 2;
        T_STATUS(sweep_distance(0, 0, 1 + step, &x), STARLINGS_OK);
        T_STATUS(sweep_distance(0, 0, 1 - step, &near), STARLINGS_OK);
        T_CHECK(x >= one && near <= one);
        if (i > 10)
            T_NEAR((x + near) / 2, one, 4 * one * step * step + 4e-15);
    }
}

static void test_sweep(void)
{
    for (uint32_t round = 0; round < (t_state.big ? 600u : 24u); round++)
        sweep_round(round);
    for (uint32_t round = 0; round < (t_state.big ? 20u : 8u); round++)
        sweep_renamed(round);
    sweep_degenerate();
    sweep_million();
    sweep_errors();
    sweep_small_f1();
    sweep_defaults();
    sweep_price_scales();
    sweep_one_by_one();
}
