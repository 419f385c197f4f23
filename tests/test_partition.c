/* test_partition.c - the entities of a cut and of labels: spans, labels, sizes. */

/* Is the partition the grouping of the labels? Checks every way that it can be asked. */
static void partition_is(const starlings_partition *p, const uint32_t *labels, uint32_t n,
                         bool has_labels)
{
    uint32_t count = starlings_partition_entity_count(p), total = 0, *seen = model_u32(n);
    const uint32_t *entity = starlings_partition_labels(p);
    T_EQ_U64(starlings_partition_record_count(p), n);
    T_CHECK((entity != NULL) == (has_labels && n > 0));
    for (uint32_t e = 0; e < count; e++) {
        starlings_span span = starlings_partition_entity(p, e);
        T_REQUIRE(span.count > 0);
        for (uint32_t i = 0; i < span.count; i++) {
            uint32_t r = span.records[i];
            T_REQUIRE(r < n && seen[r]++ == 0);
            T_CHECK(labels[r] == labels[span.records[0]]);
            T_CHECK(span.records[0] <= r);
            T_CHECK(starlings_partition_entity_of(p, r) == (has_labels ? e : STARLINGS_NONE));
            T_CHECK(entity == NULL || entity[r] == e);
        }
        total += span.count;
    }
    T_EQ_U64(total, n);
    for (uint32_t r = 0; r < n; r++) { /* as many entities as labels: none is split */
        uint32_t first = 0;
        while (labels[first] != labels[r])
            first++;
        count -= first == r;
    }
    T_EQ_U64(count, 0);
    T_EQ_U64(starlings_partition_entity(p, starlings_partition_entity_count(p)).count, 0);
    T_EQ_U64(starlings_partition_entity(p, UINT32_MAX).count, 0);
    T_EQ_U64(starlings_partition_entity_of(p, n), STARLINGS_NONE);
    T_EQ_U64(starlings_partition_entity_of(p, UINT32_MAX), STARLINGS_NONE);
    free(seen);
}

/* The histogram of sizes, whole and into too small an array. */
static void partition_sizes_are(const starlings_partition *p)
{
    uint32_t n = starlings_partition_record_count(p), *want = model_u32(n + 1), least = 0;
    starlings_size_count *sizes, few[2] = { { 77, 77 }, { 77, 77 } };
    size_t count = 99, again = 99, lines = 0;
    for (uint32_t e = 0; e < starlings_partition_entity_count(p); e++)
        lines += want[starlings_partition_entity(p, e).count]++ == 0;
    T_STATUS(starlings_partition_sizes(p, NULL, NULL, 0, &count), STARLINGS_OK);
    T_EQ_U64(count, lines);
    sizes = (starlings_size_count *)model_new(count, sizeof *sizes);
    T_STATUS(starlings_partition_sizes(p, NULL, sizes, count, &again), STARLINGS_OK);
    for (size_t i = 0; i < count; i++) {
        T_CHECK(sizes[i].size > least && sizes[i].entities == want[sizes[i].size]);
        least = sizes[i].size;
    }
    T_STATUS(starlings_partition_sizes(p, NULL, few, 1, &again), STARLINGS_OK);
    T_EQ_U64(again, count);
    T_CHECK(few[1].size == 77 && few[1].entities == 77);
    T_CHECK(count == 0 || (few[0].size == sizes[0].size && few[0].entities == sizes[0].entities));
    free(sizes);
    free(want);
}

static void partition_of_hierarchy(uint32_t round)
{
    t_rng rng = t_rng_make(500 + round);
    model_graph g = model_random_graph(&rng, 60, 120);
    model_cuts cuts = model_all_cuts(&g);
    starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, false);
    uint32_t *labels = model_u32(g.n);
    T_REQUIRE(h != NULL);
    for (size_t i = 0; i <= cuts.count; i++) {
        starlings_partition_desc desc = { 0 };
        starlings_partition *p = NULL;
        uint32_t key = i < cuts.count ? cuts.keys[i] : STARLINGS_ONE, count = 0;
        uint32_t last = STARLINGS_NONE;
        for (uint32_t r = 0; r < g.n; r++)
            labels[r] = model_label(&cuts, key, r);
        desc.hierarchy = h;
        desc.threshold = starlings_key_threshold(key);
        desc.skip_labels = i % 3 == 2;
        desc.env.simd = (starlings_simd)(i % (STARLINGS_SIMD_NEON + 1)); /* each level */
        desc.env.workers.count = t_below(&rng, 4);
        T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_OK);
        T_REQUIRE(p != NULL);
        partition_is(p, labels, g.n, !desc.skip_labels);
        partition_sizes_are(p);
        T_STATUS(starlings_hierarchy_entity_count(h, desc.threshold, &count), STARLINGS_OK);
        T_EQ_U64(count, starlings_partition_entity_count(p));
        for (uint32_t e = 0; e < count; e++) { /* numbered by position, and no copy */
            const uint32_t *at = starlings_partition_entity(p, e).records;
            T_CHECK(last == STARLINGS_NONE || at > starlings_hierarchy_perm(h) + last);
            last = (uint32_t)(at - starlings_hierarchy_perm(h));
        }
        T_CHECK(starlings_partition_retain(p) == p);
        starlings_partition_release(p);
        starlings_partition_release(p);
    }
    starlings_hierarchy_release(h);
    model_cuts_free(&cuts);
    model_graph_free(&g);
    free(labels);
}

static void partition_of_labels(uint32_t round)
{
    t_rng rng = t_rng_make(550 + round);
    uint32_t n = t_below(&rng, 80), *labels = model_u32(n), least = 0;
    starlings_partition_desc desc = { 0 };
    starlings_partition *p = NULL;
    model_random_labels(&rng, labels, n, 1 + t_below(&rng, n + 5));
    if (n > 2)
        labels[t_below(&rng, n)] = UINT32_MAX;
    desc.labels = labels;
    desc.record_count = n;
    desc.skip_labels = round % 4 == 3;
    T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_OK);
    T_REQUIRE(p != NULL);
    partition_is(p, labels, n, !desc.skip_labels);
    partition_sizes_are(p);
    for (uint32_t e = 0; e < starlings_partition_entity_count(p); e++) {
        starlings_span span = starlings_partition_entity(p, e);
        T_CHECK(e == 0 || span.records[0] > least); /* numbered by smallest record */
        least = span.records[0];
    }
    starlings_partition_release(p);
    free(labels);
}

static void partition_errors(void)
{
    uint32_t labels[] = { 3, 3, 1 };
    starlings_hierarchy *h = model_build(NULL, 0, 3, 0, false);
    starlings_partition_desc desc = { 0 };
    starlings_partition *p = NULL;
    size_t count = 0;
    T_REQUIRE(h != NULL);
    desc.record_count = 3;
    T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_ERR_ARG);
    desc.hierarchy = h;
    desc.labels = labels;
    T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_ERR_ARG);
    desc.labels = NULL;
    desc.record_count = 0;
    desc.threshold = model_nan();
    T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_ERR_NAN);
    desc.threshold = -model_infinity();
    T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_ERR_INFINITE);
    desc.threshold = 1.0000001;
    T_STATUS(starlings_partition_create(&desc, &p), STARLINGS_ERR_WEIGHT);
    T_CHECK(p == NULL);
    T_STATUS(starlings_partition_sizes(NULL, NULL, NULL, 0, &count), STARLINGS_ERR_ARG);
    starlings_hierarchy_release(h);
}

static void test_partition(void)
{
    for (uint32_t round = 0; round < 60; round++)
        partition_of_hierarchy(round);
    for (uint32_t round = 0; round < 200; round++)
        partition_of_labels(round);
    partition_errors();
}
