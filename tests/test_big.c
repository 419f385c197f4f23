/* test_big.c - a million records: published entity counts, chains and stars in linear time, and
   one set of bytes from every order, number of workers and SIMD level. */

/* ---- two matched tables of 550,000 records each -------------------------- */

/* Levels of a hierarchy of blocks: at `threshold` there are `count` entities. */
typedef struct big_level {
    double threshold;
    uint32_t count;
} big_level;

/* Edges between `left` records and as many right ones, by a fixed rule: at the finest level the
   first left of each block to every right of it and every other left to the first right; between
   two levels the first left of each extra block to the first right of the block it falls into. */
static size_t big_tables(uint32_t left, const big_level *levels, uint32_t level_count,
                         starlings_edge *edges)
{
    const big_level *finest = &levels[0];
    size_t count = 0;
    for (uint32_t block = 0; block < finest->count; block++) {
        for (uint32_t right = block; right < left; right += finest->count) {
            starlings_edge e = { block, left + right, finest->threshold };
            edges[count++] = e;
        }
        for (uint32_t other = block + finest->count; other < left; other += finest->count) {
            starlings_edge e = { other, left + block, finest->threshold };
            edges[count++] = e;
        }
    }
    for (uint32_t i = 1; i < level_count; i++)
        for (uint32_t j = levels[i].count; j < levels[i - 1].count; j++) {
            starlings_edge e = { j, left + j % levels[i].count, levels[i].threshold };
            edges[count++] = e;
        }
    return count;
}

static void big_production(void)
{
    enum { LEFT = 550000, M = 1100000 };
    static const big_level levels[] = { { 0.9, 200000 }, { 0.7, 100000 }, { 0.5, 50000 } };
    static const struct {
        double threshold;
        uint32_t entities;
    } want[] = { { 1.0, 1100000 }, { 0.900001, 1100000 }, { 0.9, 200000 }, { 0.8, 200000 },
                 { 0.7, 100000 },  { 0.6, 100000 },       { 0.5, 50000 },  { 0.0, 50000 } };
    starlings_edge *edges = (starlings_edge *)model_new(M, sizeof *edges);
    size_t m = big_tables(LEFT, levels, 3, edges);
    starlings_hierarchy *h;
    T_EQ_U64(m, 1050000);
    h = model_build(edges, m, 2 * LEFT, 0, false);
    T_REQUIRE(h != NULL);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        uint32_t count = 0;
        T_STATUS(starlings_hierarchy_entity_count(h, want[i].threshold, &count), STARLINGS_OK);
        T_EQ_U64(count, want[i].entities);
    }
    starlings_hierarchy_release(h);
    free(edges);
}

/* ---- shapes that break what recurses or walks ---------------------------- */

/* Everything once: build with kept edges, cut, merges, index, path, sweep. */
static void big_shape(const starlings_edge *edges, uint32_t n, uint32_t merges, uint32_t path_max)
{
    starlings_hierarchy *h = model_build(edges, n - 1, n, 0, true);
    starlings_partition *half = model_partition_at(h, 500000);
    starlings_merge_list *list = NULL;
    starlings_index *index = NULL;
    starlings_sweep *sweep = NULL;
    starlings_sweep_desc desc;
    starlings_kept_edge path[4];
    uint32_t key = 0, kept = 0;
    size_t count = 0;
    T_REQUIRE(h != NULL && half != NULL);
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = h;
    desc.reference = half;
    T_STATUS(starlings_sweep_create(&desc, &sweep), STARLINGS_OK);
    T_REQUIRE(sweep != NULL);
    (void)starlings_hierarchy_kept_edges(h, &kept);
    T_EQ_U64(kept, n - 1);
    T_STATUS(starlings_merge_list_create(h, NULL, &list), STARLINGS_OK);
    T_EQ_U64(starlings_merge_list_count(list), merges);
    T_STATUS(starlings_index_create(h, NULL, &index), STARLINGS_OK);
    T_STATUS(starlings_index_closeness(index, 1, n - 1, &key), STARLINGS_OK);
    T_STATUS(starlings_index_path(index, 1, n - 1, path, 4, &count, NULL), STARLINGS_OK);
    T_EQ_U64(count, path_max);
    T_EQ_U64(starlings_sweep_row_at(sweep, 500000) < starlings_sweep_row_count(sweep), 1);
    T_NEAR(starlings_sweep_value(sweep, STARLINGS_METRIC_PAIRWISE_F1,
                                 starlings_sweep_row_at(sweep, 500000)), 1.0, 0);
    T_NEAR(starlings_sweep_value(sweep, STARLINGS_METRIC_CLUSTERS_B, 0), 1.0, 0);
    starlings_sweep_release(sweep);
    starlings_index_release(index);
    starlings_merge_list_release(list);
    starlings_partition_release(half);
    starlings_hierarchy_release(h);
}

static void big_chain_and_star(uint32_t n)
{
    starlings_edge *edges = (starlings_edge *)model_new(n, sizeof *edges);
    for (uint32_t i = 0; i + 1 < n; i++) { /* a chain that joins record by record */
        edges[i].a = i;
        edges[i].b = i + 1;
        edges[i].weight = 1.0 - (double)i / n;
    }
    big_shape(edges, n, n - 1, n - 2);
    for (uint32_t i = 0; i + 1 < n; i++) { /* a star, all at once */
        edges[i].a = n / 2;
        edges[i].b = i < n / 2 ? i : i + 1;
        edges[i].weight = 0.5;
    }
    big_shape(edges, n, 1, 2);
    free(edges);
}

/* A builder with hardly a buffer, so that it is cut down often: a chain from its far end, and a
   star. What walks up a tree of such depth once for each record would not come to an end. */
static void big_builder(uint32_t n, bool star)
{
    starlings_builder_desc desc;
    starlings_builder *builder = NULL;
    starlings_hierarchy *h = NULL;
    uint32_t count = 0;
    memset(&desc, 0, sizeof desc);
    desc.record_count = n;
    desc.buffer_edges = 1;
    T_STATUS(starlings_builder_create(&desc, &builder), STARLINGS_OK);
    for (uint32_t round = 0; round < 4; round++)
        for (uint32_t k = n - 1; k > 0; k--) {
            starlings_edge e;
            e.a = star ? 0 : k - 1;
            e.b = k;
            e.weight = (double)k / n;
            if (starlings_builder_add(builder, &e, 1) != STARLINGS_OK)
                T_CHECK(false);
        }
    T_STATUS(starlings_builder_finish(builder, &h), STARLINGS_OK);
    T_REQUIRE(h != NULL);
    T_STATUS(starlings_hierarchy_entity_count(h, 0, &count), STARLINGS_OK);
    T_EQ_U64(count, 1);
    starlings_hierarchy_release(h);
    starlings_builder_destroy(builder);
}

/* ---- one set of bytes ---------------------------------------------------- */

/* Records in entities of 1 to 10, most edges inside them; ties by the decimals. */
static void big_records(t_rng *rng, uint32_t n, uint32_t m, uint32_t decimals,
                        starlings_edge *edges, uint32_t *labels)
{
    uint32_t *place = model_u32(n), entity = 0;
    uint32_t *first = model_u32(n + 1), *of = model_u32(n);
    for (uint32_t i = 0; i < n; i++)
        place[i] = i;
    for (uint32_t i = n; i > 0; i--) {
        uint32_t j = t_below(rng, i), x = place[j];
        place[j] = place[i - 1];
        place[i - 1] = x;
    }
    for (uint32_t at = 0; at < n; entity++) {
        uint32_t size = 1 + t_below(rng, 10);
        first[entity] = at;
        for (; size > 0 && at < n; size--, at++) {
            of[at] = entity;
            labels[place[at]] = entity;
        }
    }
    first[entity] = n;
    for (uint32_t i = 0; i < m; i++) {
        uint32_t p = t_below(rng, n), q = t_below(rng, n);
        double x = t_unit(rng);
        bool inside = t_below(rng, 10) < 7;
        if (inside)
            q = first[of[p]] + t_below(rng, first[of[p] + 1] - first[of[p]]);
        edges[i].a = place[p];
        edges[i].b = place[q];
        edges[i].weight = model_key(inside ? 1 - 0.5 * x * x : 0.75 * x * x, decimals) / 1e6;
    }
    free(place);
    free(first);
    free(of);
}

/* Build and sweep in one way; everything that comes out as one number. */
static uint64_t big_way(const starlings_edge *edges, uint32_t m, uint32_t n, uint32_t decimals,
                        starlings_partition *truth, uint32_t workers, starlings_simd simd)
{
    starlings_hierarchy_desc desc;
    starlings_sweep_desc sweep_desc;
    starlings_hierarchy *h = NULL;
    starlings_sweep *sweep = NULL;
    uint64_t hash = 0;
    memset(&desc, 0, sizeof desc);
    memset(&sweep_desc, 0, sizeof sweep_desc);
    desc.edges = edges;
    desc.edge_count = m;
    desc.record_count = n;
    desc.decimals = decimals;
    desc.env.workers.count = workers;
    desc.env.simd = simd;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    sweep_desc.hierarchy = h;
    sweep_desc.reference = truth;
    sweep_desc.metrics = starlings_metric_set_all(true, false);
    sweep_desc.env = desc.env;
    T_STATUS(starlings_sweep_create(&sweep_desc, &sweep), STARLINGS_OK);
    if (h != NULL && sweep != NULL)
        hash = model_hash_hierarchy(h) ^ model_hash_sweep(sweep);
    starlings_sweep_release(sweep);
    starlings_hierarchy_release(h);
    return hash;
}

/* `ways` times: another order, the next number of workers and SIMD level in turn, or with `all`
   every combination for every order. */
static void big_determinism(uint32_t n, uint32_t decimals, uint32_t ways, bool all)
{
    static const uint32_t workers[] = { 1, 2, 3, 8 };
    t_rng rng = t_rng_make(980 + decimals);
    uint32_t m = n + n / 2, *labels = model_u32(n);
    starlings_edge *edges = (starlings_edge *)model_new(m, sizeof *edges);
    starlings_partition *truth;
    uint64_t want;
    big_records(&rng, n, m, decimals, edges, labels);
    truth = model_partition_of(labels, n);
    want = big_way(edges, m, n, decimals, truth, 1, STARLINGS_SIMD_SCALAR);
    T_CHECK(want != 0);
    for (uint32_t way = 0; way < ways; way++) {
        model_shuffle(&rng, edges, m);
        for (uint32_t k = 0; k < 8; k++)
            if (all || k == (way * 3 + 2) % 8)
                T_EQ_U64(big_way(edges, m, n, decimals, truth, workers[k % 4],
                                 k < 4   ? STARLINGS_SIMD_BEST
                                 : k < 6 ? STARLINGS_SIMD_SCALAR
                                         : STARLINGS_SIMD_SSE42),
                         want);
    }
    starlings_partition_release(truth);
    free(edges);
    free(labels);
}

static void test_big(void)
{
    bool all = t_state.big;
    big_production();
    big_chain_and_star(all ? 1000000 : 100000);
    big_builder(100000, false);
    big_builder(100000, true);
    big_determinism(5000, 6, all ? 200 : 8, all);
    big_determinism(5000, 2, all ? 200 : 8, all);
    big_determinism(120000, 6, all ? 16 : 2, all); /* rows enough that workers share one table */
    big_determinism(all ? 1000000 : 150000, 3, all ? 8 : 2, all);
}
