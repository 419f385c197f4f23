/* test_grid.c - several references at once; two hierarchies against each other. Everything is
   compared, bit for bit, with the same sweeps made one by one. */

/* All columns of row i of a grid are those of a sweep against that cut. */
static bool grid_row_is(const starlings_grid *grid, size_t i, const starlings_sweep *sweep)
{
    size_t columns = starlings_grid_column_count(grid);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        const uint64_t *whole = starlings_grid_integers(grid, metric);
        const uint64_t *whole_row = starlings_sweep_integers(sweep, metric);
        const double *real = starlings_grid_reals(grid, metric);
        const double *real_row = starlings_sweep_reals(sweep, metric);
        if ((whole == NULL) != (whole_row == NULL) || (real == NULL) != (real_row == NULL))
            return false;
        if (whole != NULL && memcmp(whole + i * columns, whole_row, columns * sizeof *whole) != 0)
            return false;
        if (real != NULL && memcmp(real + i * columns, real_row, columns * sizeof *real) != 0)
            return false;
    }
    return true;
}

static uint64_t grid_hash(const starlings_grid *grid)
{
    size_t cells = starlings_grid_row_count(grid) * starlings_grid_column_count(grid);
    uint64_t hash = model_hash(MODEL_HASH_START, &cells, sizeof cells);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        const uint64_t *whole = starlings_grid_integers(grid, (starlings_metric)m);
        const double *real = starlings_grid_reals(grid, (starlings_metric)m);
        if (whole != NULL)
            hash = model_hash(hash, whole, cells * sizeof *whole);
        if (real != NULL)
            hash = model_hash(hash, real, cells * sizeof *real);
    }
    return hash;
}

/* Some keys, ascending; returns how many. */
static size_t grid_keys(t_rng *rng, uint32_t *keys, size_t most)
{
    size_t count = 0, all = t_below(rng, (uint32_t)most + 1);
    for (size_t i = 0; i < all; i++)
        keys[i] = i == 0 ? STARLINGS_ONE : t_below(rng, 6) == 0 ? 0 : t_below(rng, STARLINGS_ONE);
    qsort(keys, all, sizeof keys[0], model_compare_u32);
    for (size_t i = 0; i < all; i++)
        if (i == 0 || keys[i] != keys[i - 1])
            keys[count++] = keys[i];
    return count;
}

/* Two hierarchies over the same records. */
typedef struct grid_pair {
    starlings_hierarchy *a, *b;
    uint32_t n;
} grid_pair;

static grid_pair grid_pair_make(t_rng *rng, uint32_t max_n)
{
    model_graph g = model_random_graph(rng, max_n, 2 * max_n);
    model_graph h = model_random_graph(rng, g.n, 2 * max_n);
    grid_pair pair = { NULL, NULL, g.n };
    pair.a = model_build(g.edges, g.m, g.n, g.decimals, false);
    pair.b = model_build(h.edges, h.m, g.n, h.decimals, false); /* its ids are below g.n */
    model_graph_free(&g);
    model_graph_free(&h);
    return pair;
}

static void grid_pair_free(grid_pair *pair)
{
    starlings_hierarchy_release(pair->a);
    starlings_hierarchy_release(pair->b);
}

/* Every row is the sweep against its cut. */
static void grid_rows_check(const starlings_grid *grid, const starlings_grid_desc *desc)
{
    for (size_t i = 0; i < desc->key_count_a; i++) {
        starlings_partition *cut = model_partition_at(desc->a, desc->keys_a[i]);
        starlings_sweep_desc sweep_desc;
        starlings_sweep *sweep = NULL;
        memset(&sweep_desc, 0, sizeof sweep_desc);
        sweep_desc.hierarchy = desc->b;
        sweep_desc.reference = cut;
        sweep_desc.keys = desc->keys_b;
        sweep_desc.key_count = desc->key_count_b;
        sweep_desc.metrics = desc->metrics;
        T_STATUS(starlings_sweep_create(&sweep_desc, &sweep), STARLINGS_OK);
        T_REQUIRE(sweep != NULL);
        T_CHECK(grid_row_is(grid, i, sweep));
        starlings_sweep_release(sweep);
        starlings_partition_release(cut);
    }
}

static void grid_round(uint32_t round)
{
    t_rng rng = t_rng_make(9100 + round);
    grid_pair pair = grid_pair_make(&rng, 80);
    uint32_t keys_a[9], keys_b[9];
    starlings_grid_desc desc;
    uint64_t hash = 0;
    memset(&desc, 0, sizeof desc);
    desc.a = pair.a;
    desc.b = pair.b;
    desc.keys_a = keys_a;
    desc.key_count_a = grid_keys(&rng, keys_a, 8);
    desc.keys_b = keys_b;
    desc.key_count_b = grid_keys(&rng, keys_b, 8);
    desc.metrics = starlings_metric_set_all(true, round % 4 != 0);
    for (uint32_t workers = 1; workers <= 4; workers++) {
        starlings_grid *grid = NULL;
        if (workers == 4) { /* without what keeps rows from running at the same time */
            memset(&desc.metrics, 0, sizeof desc.metrics);
            starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_AMI_MAX);
            starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_ELEMENT_CENTRIC);
            starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_SIZE_HILL1_B);
            starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_PURITY_F1);
            starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_LEA_F1);
        }
        desc.env.workers.count = workers;
        T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_OK);
        T_REQUIRE(grid != NULL);
        T_EQ_U64(starlings_grid_row_count(grid), desc.key_count_a);
        T_EQ_U64(starlings_grid_column_count(grid), desc.key_count_b);
        T_EQ_U64(grid_hash(grid), workers == 1 || workers == 4 ? grid_hash(grid) : hash);
        hash = grid_hash(grid);
        grid_rows_check(grid, &desc);
        T_CHECK(starlings_grid_retain(grid) == grid);
        starlings_grid_release(grid);
        starlings_grid_release(grid);
    }
    grid_pair_free(&pair);
}

/* Many rows of plain metrics, where workers go from one cut to the next: small hierarchies, and
   large ones with classes of all sizes and a giant. */
static void grid_walk(uint32_t round, uint32_t max_n, uint32_t max_m)
{
    t_rng rng = t_rng_make(9600 + round);
    model_graph g = model_random_graph(&rng, max_n, max_m);
    model_graph f = model_random_graph(&rng, g.n, max_m);
    uint32_t keys_a[40], keys_b[20];
    starlings_grid_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.a = model_build(g.edges, g.m, g.n, g.decimals, false);
    desc.b = model_build(f.edges, f.m, g.n, f.decimals, false);
    desc.keys_a = keys_a;
    desc.key_count_a = grid_keys(&rng, keys_a, 40);
    desc.keys_b = keys_b;
    desc.key_count_b = grid_keys(&rng, keys_b, 20);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++)
        if (starlings_metric_describe((starlings_metric)m)->cost == STARLINGS_COST_STATE)
            starlings_metric_set_add(&desc.metrics, (starlings_metric)m);
    for (uint32_t workers = 1; workers <= 3; workers++) {
        starlings_grid *grid = NULL;
        desc.env.workers.count = workers;
        T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_OK);
        T_REQUIRE(grid != NULL);
        grid_rows_check(grid, &desc);
        starlings_grid_release(grid);
    }
    starlings_hierarchy_release(desc.a);
    starlings_hierarchy_release(desc.b);
    model_graph_free(&g);
    model_graph_free(&f);
}

/* Pairs of keys in any order. */
static void grid_diagonal(uint32_t round)
{
    t_rng rng = t_rng_make(9300 + round);
    grid_pair pair = grid_pair_make(&rng, 60);
    uint32_t keys_a[12], keys_b[12];
    starlings_grid_desc desc;
    starlings_grid *grid = NULL;
    for (size_t i = 0; i < 12; i++) {
        keys_a[i] = t_below(&rng, STARLINGS_ONE + 1);
        keys_b[i] = i % 3 == 0 ? keys_a[i] : t_below(&rng, STARLINGS_ONE + 1);
    }
    memset(&desc, 0, sizeof desc);
    desc.a = pair.a;
    desc.b = pair.b;
    desc.keys_a = keys_a;
    desc.keys_b = keys_b;
    desc.key_count_a = desc.key_count_b = 12;
    desc.diagonal = true;
    desc.metrics = starlings_metric_set_all(true, true);
    T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_OK);
    T_REQUIRE(grid != NULL);
    T_EQ_U64(starlings_grid_column_count(grid), 1);
    for (size_t i = 0; i < 12; i++) {
        starlings_partition *a = model_partition_at(pair.a, keys_a[i]);
        starlings_partition *b = model_partition_at(pair.b, keys_b[i]);
        starlings_sweep *one = model_sweep(NULL, b, a, NULL, 0);
        T_REQUIRE(one != NULL);
        T_CHECK(grid_row_is(grid, i, one));
        T_EQ_U64(starlings_grid_keys_a(grid)[i], keys_a[i]);
        T_EQ_U64(starlings_grid_keys_b(grid)[i], keys_b[i]);
        T_NEAR(starlings_grid_value(grid, STARLINGS_METRIC_ARI, i, 0),
               starlings_sweep_value(one, STARLINGS_METRIC_ARI, 0), 0);
        starlings_sweep_release(one);
        starlings_partition_release(a);
        starlings_partition_release(b);
    }
    T_CHECK(!(starlings_grid_value(grid, STARLINGS_METRIC_ARI, 12, 0) <= 2));
    T_CHECK(!(starlings_grid_value(grid, STARLINGS_METRIC_ARI, 0, 1) <= 2));
    starlings_grid_release(grid);
    grid_pair_free(&pair);
}

/* B_k: equal partitions have 1; the counts are met or undercut. */
static void grid_equal_counts(uint32_t round)
{
    t_rng rng = t_rng_make(9400 + round);
    grid_pair pair = grid_pair_make(&rng, 60);
    uint32_t counts[8], keys_a[8], keys_b[8], out = 0;
    for (uint32_t i = 0; i < 8; i++)
        counts[i] = 1 + t_below(&rng, pair.n);
    T_STATUS(starlings_hierarchy_keys_of_counts(pair.a, NULL, counts, 8, keys_a), STARLINGS_OK);
    T_STATUS(starlings_hierarchy_keys_of_counts(pair.b, NULL, counts, 8, keys_b), STARLINGS_OK);
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t key = keys_a[i] == STARLINGS_NONE ? 0 : keys_a[i];
        T_STATUS(starlings_hierarchy_entity_count(pair.a, starlings_key_threshold(key), &out),
                 STARLINGS_OK);
        T_CHECK(keys_a[i] == STARLINGS_NONE ? out > counts[i] : out <= counts[i]);
        if (keys_a[i] != STARLINGS_NONE && key < STARLINGS_ONE) {
            T_STATUS(starlings_hierarchy_entity_count(pair.a, starlings_key_threshold(key + 1),
                                                      &out), STARLINGS_OK);
            T_CHECK(out > counts[i]);
        }
    }
    grid_pair_free(&pair);
}

/* Many references at once are as many sweeps. */
static void grid_references(uint32_t round)
{
    enum { COUNT = 7 };
    t_rng rng = t_rng_make(9200 + round);
    model_graph g = model_random_graph(&rng, 90, 200);
    starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, false);
    starlings_partition *references[COUNT];
    starlings_sweep *sweeps[COUNT];
    starlings_sweep_desc desc;
    for (size_t i = 0; i < COUNT; i++) {
        uint32_t *labels = model_u32(g.n);
        starlings_partition_desc p;
        model_random_labels(&rng, labels, g.n, 1 + t_below(&rng, g.n));
        memset(&p, 0, sizeof p);
        p.labels = labels;
        p.record_count = g.n;
        p.skip_labels = i == 3 && round % 2 == 0;
        T_STATUS(starlings_partition_create(&p, &references[i]), STARLINGS_OK);
        free(labels);
    }
    for (uint32_t workers = 1; workers <= 8; workers += 1 + workers / 3) {
        memset(&desc, 0, sizeof desc);
        desc.hierarchy = h;
        desc.metrics = starlings_metric_set_all(true, false);
        desc.env.workers.count = workers;
        T_STATUS(starlings_sweep_create_each(&desc, references, COUNT, sweeps), STARLINGS_OK);
        for (size_t i = 0; i < COUNT; i++) {
            starlings_sweep *one = model_sweep(h, NULL, references[i], NULL, 0);
            T_REQUIRE(sweeps[i] != NULL && one != NULL);
            T_EQ_U64(model_hash_sweep(sweeps[i]), model_hash_sweep(one));
            starlings_sweep_release(one);
            starlings_sweep_release(sweeps[i]);
        }
    }
    for (size_t i = 0; i < COUNT; i++)
        starlings_partition_release(references[i]);
    starlings_hierarchy_release(h);
    model_graph_free(&g);
}

static void grid_arguments(void)
{
    t_rng rng = t_rng_make(9500);
    grid_pair pair = grid_pair_make(&rng, 30), other = grid_pair_make(&rng, 30);
    static const uint32_t good[] = { 1, 2, 1000000 }, bad[] = { 2, 1 }, high[] = { 1000001 };
    starlings_grid_desc desc;
    starlings_grid *grid = NULL;
    memset(&desc, 0, sizeof desc);
    T_STATUS(starlings_grid_create(NULL, &grid), STARLINGS_ERR_ARG);
    T_STATUS(starlings_grid_create(&desc, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_ERR_ARG);
    desc.a = pair.a;
    desc.b = pair.b;
    desc.key_count_a = 3;
    T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_ERR_ARG);
    desc.keys_a = good;
    T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_OK); /* no columns */
    T_EQ_U64(starlings_grid_column_count(grid), 0);
    starlings_grid_release(grid);
    desc.keys_b = bad;
    desc.key_count_b = 2;
    T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_ERR_ARG);
    T_CHECK(grid == NULL);
    desc.keys_b = high;
    desc.key_count_b = 1;
    T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_ERR_ARG);
    desc.keys_b = good;
    desc.metrics.bits[3] = 1; /* no such metric */
    T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_ERR_ARG);
    desc.metrics.bits[3] = 0;
    desc.diagonal = true;
    T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_ERR_ARG); /* 3 and 1 */
    desc.diagonal = false;
    desc.b = other.n == pair.n ? NULL : other.b;
    if (desc.b != NULL)
        T_STATUS(starlings_grid_create(&desc, &grid), STARLINGS_ERR_DISJOINT);
    T_EQ_U64(starlings_grid_row_count(NULL), 0);
    T_CHECK(starlings_grid_keys_a(NULL) == NULL && starlings_grid_keys_b(NULL) == NULL);
    T_CHECK(starlings_grid_reals(NULL, STARLINGS_METRIC_ARI) == NULL);
    starlings_grid_release(NULL);
    grid_pair_free(&pair);
    grid_pair_free(&other);
}

static void test_grid(void)
{
    for (uint32_t round = 0; round < (t_state.big ? 60u : 20u); round++) {
        grid_round(round);
        grid_references(round);
        grid_diagonal(round);
    }
    for (uint32_t round = 0; round < (t_state.big ? 20u : 8u); round++)
        grid_equal_counts(round);
    for (uint32_t round = 0; round < (t_state.big ? 200u : 60u); round++)
        grid_walk(round, 80, 160);
    for (uint32_t round = 200; round < (t_state.big ? 300u : 203u); round++)
        grid_walk(round, 20000, round % 2 == 0 ? 22000 : 11000);
    grid_arguments();
}
