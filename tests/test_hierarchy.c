/* test_hierarchy.c - the partition at every threshold, the canonical form, adding edges, kept
   edges, merges, the index: all against the model. */

/* Do the cuts of the two arrays at a key group the records as the labels do? Every slice has one
   label and starts with its smallest record, and there are as many slices as labels. */
static bool hierarchy_cut_is(const starlings_hierarchy *h, uint32_t key, const uint32_t *labels)
{
    uint32_t n = starlings_hierarchy_record_count(h), slices = 0, groups = 0, first = 0;
    const uint32_t *perm = starlings_hierarchy_perm(h), *height = starlings_hierarchy_height(h);
    for (uint32_t p = 0; p < n; p++) {
        if (height[p] <= key) {
            first = perm[p];
            slices++;
        }
        if (labels[perm[p]] != labels[first] || labels[perm[p]] != first)
            return false;
        groups += labels[p] == p;
    }
    return slices == groups;
}

static void hierarchy_against_model(const model_graph *g, const model_cuts *cuts,
                                    const starlings_hierarchy *h)
{
    uint32_t n = g->n, *labels = model_u32(n), *seen = model_u32(n), count = 0;
    const uint32_t *perm = starlings_hierarchy_perm(h), *height = starlings_hierarchy_height(h);
    T_EQ_U64(starlings_hierarchy_record_count(h), n);
    for (uint32_t p = 0; p < n; p++) {
        T_CHECK(perm[p] < n && seen[perm[p]]++ == 0);
        T_CHECK(height[p] <= STARLINGS_ONE + 1 && (p > 0 || height[p] == 0));
    }
    for (size_t i = 0; i < cuts->count; i++) {
        uint32_t key = cuts->keys[i];
        T_CHECK(hierarchy_cut_is(h, key, cuts->labels + i * n));
        if (key > 0 && (i == 0 || cuts->keys[i - 1] < key - 1)) /* in the gap below */
            T_CHECK(hierarchy_cut_is(h, key - 1, cuts->labels + i * n));
    }
    for (uint32_t r = 0; r < n; r++)
        labels[r] = r;
    if (cuts->count == 0 || cuts->keys[cuts->count - 1] < STARLINGS_ONE)
        T_CHECK(hierarchy_cut_is(h, STARLINGS_ONE, labels));
    T_STATUS(starlings_hierarchy_entity_count(h, 0.0, &count), STARLINGS_OK);
    for (uint32_t r = 0; r < n; r++)
        count -= model_label(cuts, 0, r) == r;
    T_EQ_U64(count, 0);
    free(labels);
    free(seen);
}

/* The keys at which the model's labels change are the keys that the library lists. */
static void hierarchy_key_list(const model_cuts *cuts, const starlings_hierarchy *h)
{
    uint32_t keys[8], *all;
    size_t count = 0, want = 0, again = 0;
    T_STATUS(starlings_hierarchy_keys(h, NULL, NULL, 0, &count), STARLINGS_OK);
    all = model_u32(count);
    T_STATUS(starlings_hierarchy_keys(h, NULL, all, count, &again), STARLINGS_OK);
    T_EQ_U64(again, count);
    for (size_t i = 0; i < cuts->count; i++) {
        bool changed = false;
        for (uint32_t r = 0; r < cuts->n && !changed; r++)
            changed = cuts->labels[i * cuts->n + r] != model_label(cuts, cuts->keys[i] + 1, r);
        if (!changed)
            continue;
        if (want < count)
            T_EQ_U64(all[want], cuts->keys[i]);
        want++;
    }
    T_EQ_U64(count, want);
    memset(keys, 0x55, sizeof keys);
    T_STATUS(starlings_hierarchy_keys(h, NULL, keys, 3, &again), STARLINGS_OK);
    T_EQ_U64(again, count);
    for (size_t i = 0; i < 8; i++)
        T_EQ_U64(keys[i], i < 3 && i < count ? all[i] : 0x55555555u);
    free(all);
}

/* ---- canonical ----------------------------------------------------------- */

/* Another order, loops, weaker repeats, another number of workers: the same bytes. */
static void hierarchy_canonical(t_rng *rng, const model_graph *g, uint64_t want, bool keep)
{
    static const uint32_t workers[] = { 1, 2, 3, 8 };
    size_t m = g->m + 5;
    starlings_edge *edges = (starlings_edge *)model_new(m, sizeof *edges);
    for (int round = 0; round < 4; round++) {
        starlings_hierarchy_desc desc = { 0 };
        starlings_hierarchy *h = NULL;
        memcpy(edges, g->edges, g->m * sizeof *edges);
        for (size_t i = g->m; i < m; i++) {
            edges[i].a = edges[i].b = t_below(rng, g->n);
            edges[i].weight = t_unit(rng);
            if (g->m > 0 && i % 3 != 0) {
                edges[i] = g->edges[t_below(rng, (uint32_t)g->m)];
                edges[i].weight *= i % 2 ? 1.0 : 0.5;
            }
        }
        model_shuffle(rng, edges, m);
        desc.edges = edges;
        desc.edge_count = m;
        desc.record_count = g->n;
        desc.decimals = g->decimals;
        desc.keep_edges = keep;
        desc.env.workers.count = workers[round];
        desc.env.workers.run = round == 2 ? faults_run_backwards : NULL;
        desc.env.simd = (starlings_simd)round; /* each level */
        T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
        T_REQUIRE(h != NULL);
        T_EQ_U64(model_hash_hierarchy(h), want);
        T_EQ_U64(starlings_hierarchy_edge_count(h), m);
        starlings_hierarchy_release(h);
    }
    free(edges);
}

static void hierarchy_counts(const model_graph *g, const starlings_hierarchy *h)
{
    size_t loops = 0;
    for (size_t i = 0; i < g->m; i++)
        loops += g->edges[i].a == g->edges[i].b;
    T_EQ_U64(starlings_hierarchy_edge_count(h), g->m);
    T_EQ_U64(starlings_hierarchy_loop_count(h), loops);
    T_EQ_U64(starlings_hierarchy_decimals(h), g->decimals);
    T_CHECK(starlings_hierarchy_size(h) >= 8 * (size_t)g->n);
}

/* ---- more edges ---------------------------------------------------------- */

/* Any split of the edges, ids that are new in the second part, both ways round. */
static void hierarchy_add(t_rng *rng, const model_graph *g, bool keep)
{
    uint32_t split = t_below(rng, (uint32_t)g->m + 1), workers = 1 + t_below(rng, 3);
    bool grow = t_below(rng, 2) == 0;
    starlings_hierarchy *old = model_build(g->edges, split, grow ? 0 : g->n, g->decimals, keep);
    starlings_hierarchy *whole = model_build(g->edges, g->m, grow ? 0 : g->n, g->decimals, keep);
    starlings_hierarchy *h = NULL;
    starlings_hierarchy_desc desc = { 0 };
    uint64_t before;
    T_REQUIRE(old != NULL && whole != NULL);
    before = edges_hash_all(old);
    desc.edges = g->edges + split;
    desc.edge_count = g->m - split;
    desc.decimals = t_below(rng, 2) ? g->decimals : 0;
    desc.keep_edges = keep && t_below(rng, 2);
    desc.env.workers.count = workers;
    T_STATUS(starlings_hierarchy_add_edges(old, &desc, &h), STARLINGS_OK);
    T_REQUIRE(h != NULL);
    T_EQ_U64(edges_hash_all(h), edges_hash_all(whole));
    T_EQ_U64(edges_hash_all(old), before);
    starlings_hierarchy_release(h);
    desc.decimals = g->decimals % 6 + 1;
    T_STATUS(starlings_hierarchy_add_edges(old, &desc, &h), STARLINGS_ERR_ARG);
    T_CHECK(h == NULL);
    desc.decimals = 0;
    desc.keep_edges = true;
    if (!keep) /* those that are gone cannot be kept */
        T_STATUS(starlings_hierarchy_add_edges(old, &desc, &h), STARLINGS_ERR_ARG);
    desc.keep_edges = keep;
    desc.edge_count = 0;
    T_STATUS(starlings_hierarchy_add_edges(old, &desc, &h), STARLINGS_OK); /* nothing to add */
    T_REQUIRE(h != NULL);
    T_EQ_U64(edges_hash_all(h), before);
    starlings_hierarchy_release(h);
    starlings_hierarchy_release(old);
    starlings_hierarchy_release(whole);
}

/* ---- kept edges ---------------------------------------------------------- */

static void hierarchy_kept(const model_graph *g, const starlings_hierarchy *h)
{
    uint32_t want_count = 0, count = 0;
    starlings_kept_edge *want = model_kept(g, &want_count);
    const starlings_kept_edge *kept = starlings_hierarchy_kept_edges(h, &count);
    T_EQ_U64(count, want_count);
    for (uint32_t i = 0; i < count && i < want_count; i++) {
        T_EQ_U64(kept[i].key, want[i].key);
        T_EQ_U64(kept[i].a, want[i].a);
        T_EQ_U64(kept[i].b, want[i].b);
    }
    free(want);
}

/* ---- merges -------------------------------------------------------------- */

/* A merge of the model: a cluster of one cut that is more than one cluster of the cut above. */
typedef struct hierarchy_merge {
    uint32_t key, position, size, groups;
} hierarchy_merge;

static int hierarchy_merge_order(const void *a, const void *b)
{
    const hierarchy_merge *x = (const hierarchy_merge *)a, *y = (const hierarchy_merge *)b;
    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

static hierarchy_merge *hierarchy_merges(const model_cuts *cuts, const starlings_hierarchy *h,
                                         size_t *out_count)
{
    hierarchy_merge *all = (hierarchy_merge *)model_new(cuts->n, sizeof *all);
    const uint32_t *perm = starlings_hierarchy_perm(h);
    size_t count = 0;
    for (size_t i = 0; i < cuts->count; i++)
        for (uint32_t head = 0; head < cuts->n; head++) {
            const uint32_t *labels = cuts->labels + i * cuts->n;
            hierarchy_merge m = { cuts->keys[i], cuts->n, 0, 0 };
            for (uint32_t p = cuts->n; p-- > 0;)
                if (labels[perm[p]] == head) {
                    m.position = p;
                    m.size++;
                    m.groups += model_label(cuts, m.key + 1, perm[p]) == perm[p];
                }
            if (m.groups > 1)
                all[count++] = m;
        }
    qsort(all, count, sizeof *all, hierarchy_merge_order);
    *out_count = count;
    return all;
}

/* The groups of a merge are the clusters above it, one after the other. */
static void hierarchy_merge_groups(const model_cuts *cuts, const starlings_hierarchy *h,
                                   const starlings_merge *m)
{
    const uint32_t *perm = starlings_hierarchy_perm(h);
    uint32_t at = (uint32_t)(m->result.records - perm);
    for (uint32_t g = 0; g < m->group_count; g++) {
        starlings_span span = starlings_merge_group(m, g);
        uint32_t label;
        T_REQUIRE(span.records == perm + at && span.count > 0);
        T_REQUIRE(m->starts[g] == at && m->starts[g + 1] == at + span.count);
        label = model_label(cuts, m->key + 1, span.records[0]);
        for (uint32_t i = 0; i < span.count; i++)
            T_CHECK(model_label(cuts, m->key + 1, span.records[i]) == label);
        at += span.count;
    }
    T_EQ_U64(at, (uint32_t)(m->result.records - perm) + m->result.count);
    T_EQ_U64(starlings_merge_group(m, m->group_count).count, 0);
}

static void hierarchy_merge_list(const model_cuts *cuts, starlings_hierarchy *h)
{
    starlings_merge_list *list = NULL;
    starlings_merge merge;
    size_t count = 0;
    hierarchy_merge *want = hierarchy_merges(cuts, h, &count);
    T_STATUS(starlings_merge_list_create(h, NULL, &list), STARLINGS_OK);
    T_REQUIRE(list != NULL);
    T_EQ_U64(starlings_merge_list_count(list), count);
    for (uint32_t i = 0; i < count && i < starlings_merge_list_count(list); i++) {
        T_STATUS(starlings_merge_list_at(list, i, &merge), STARLINGS_OK);
        T_EQ_U64(merge.key, want[i].key);
        T_NEAR(merge.threshold, want[i].key / 1e6, 0);
        T_EQ_U64(merge.result.records - starlings_hierarchy_perm(h), want[i].position);
        T_EQ_U64(merge.result.count, want[i].size);
        T_EQ_U64(merge.group_count, want[i].groups);
        hierarchy_merge_groups(cuts, h, &merge);
    }
    T_STATUS(starlings_merge_list_at(list, (uint32_t)count, &merge), STARLINGS_ERR_RANGE);
    starlings_merge_list_release(starlings_merge_list_retain(list));
    starlings_merge_list_release(list);
    free(want);
}

/* ---- the index ----------------------------------------------------------- */

static bool hierarchy_is_edge(const model_graph *g, const starlings_kept_edge *e)
{
    for (size_t i = 0; i < g->m; i++) {
        const starlings_edge *x = &g->edges[i];
        if (((x->a == e->a && x->b == e->b) || (x->a == e->b && x->b == e->a)) &&
            model_key(x->weight, g->decimals) == e->key)
            return true;
    }
    return false;
}

/* A path is real edges, each going on where the one before ended, the weakest the closeness. */
static void hierarchy_path(const model_graph *g, const starlings_index *index, uint32_t a,
                           uint32_t b, uint32_t closeness)
{
    starlings_kept_edge path[64], part[2];
    size_t count = 99, weakest = 99, again = 99;
    uint32_t at = a, least = STARLINGS_NONE;
    T_STATUS(starlings_index_path(index, a, b, path, 64, &count, &weakest), STARLINGS_OK);
    if (a == b || closeness == STARLINGS_NONE) {
        T_EQ_U64(count, 0);
        return;
    }
    T_REQUIRE(count > 0 && count < g->n && weakest < count);
    for (size_t i = 0; i < count; i++) {
        T_EQ_U64(path[i].a, at);
        T_CHECK(hierarchy_is_edge(g, &path[i]));
        T_CHECK(i >= weakest ? path[i].key >= path[weakest].key
                             : path[i].key > path[weakest].key);
        least = path[i].key < least ? path[i].key : least;
        at = path[i].b;
    }
    T_EQ_U64(at, b);
    T_EQ_U64(least, closeness);
    T_STATUS(starlings_index_path(index, a, b, part, 2, &again, NULL), STARLINGS_OK);
    T_EQ_U64(again, count);
    T_CHECK(memcmp(part, path, (count < 2 ? count : 2) * sizeof *path) == 0);
    T_STATUS(starlings_index_path(index, a, b, NULL, 0, &again, &weakest), STARLINGS_OK);
    T_EQ_U64(again, count);
}

static void hierarchy_index(const model_graph *g, const model_cuts *cuts, starlings_hierarchy *h,
                            bool keep)
{
    starlings_index *index = NULL;
    starlings_kept_edge e;
    uint32_t key = 0, n = g->n;
    size_t count = 0;
    T_STATUS(starlings_index_create(h, NULL, &index), STARLINGS_OK);
    T_REQUIRE(index != NULL);
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = 0; b < n; b++) {
            uint32_t want = model_closeness(cuts, a, b);
            T_STATUS(starlings_index_closeness(index, a, b, &key), STARLINGS_OK);
            T_EQ_U64(key, want);
            if (keep && (a + b) % 5 == 0)
                hierarchy_path(g, index, a, b, want);
        }
    if (!keep)
        T_STATUS(starlings_index_path(index, 0, 0, &e, 1, &count, NULL), STARLINGS_ERR_UNKNOWN);
    T_STATUS(starlings_index_closeness(index, 0, n, &key), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_index_closeness(index, n, 0, &key), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_index_closeness(index, UINT32_MAX, 0, &key), STARLINGS_ERR_RANGE);
    if (keep)
        T_STATUS(starlings_index_path(index, 0, n, &e, 1, &count, NULL), STARLINGS_ERR_RANGE);
    starlings_index_release(starlings_index_retain(index));
    starlings_index_release(index);
}

/* The leftmost least height of any range, also across many blocks. */
static void hierarchy_minima(void)
{
    enum { MOST = 400 };
    t_rng rng = t_rng_make(450);
    uint32_t height[MOST], *at = model_u32(stln_minima_size(MOST));
    for (int round = 0; round < 40; round++) {
        uint32_t n = 1 + t_below(&rng, MOST), range = 1 + t_below(&rng, round % 2 ? 4 : 1000);
        stln_minima minima;
        for (uint32_t i = 0; i < n; i++)
            height[i] = t_below(&rng, range);
        stln_minima_fill(&minima, stln_kernels_of(STARLINGS_SIMD_BEST), height, n, at);
        for (int i = 0; i < 500; i++) {
            uint32_t begin = t_below(&rng, n), end = begin + 1 + t_below(&rng, n - begin);
            uint32_t want = begin;
            for (uint32_t p = begin; p < end; p++)
                want = height[p] < height[want] ? p : want;
            T_EQ_U64(stln_minima_find(&minima, begin, end), want);
        }
    }
    free(at);
}

/* ---- memory -------------------------------------------------------------- */

/* What a build needs at its peak and what the hierarchy holds are as S52 says. */
static void hierarchy_memory(uint32_t decimals, size_t per_edge)
{
    enum { N = 50000, M = 100000, SLACK = 300000 };
    t_rng rng = t_rng_make(460);
    faults f = faults_make();
    starlings_edge *edges = (starlings_edge *)model_new(M, sizeof *edges);
    starlings_hierarchy_desc desc = { 0 };
    starlings_hierarchy *h = NULL;
    size_t forest = 12 * (size_t)M + 24 * (size_t)N, most = per_edge * M;
    for (uint32_t i = 0; i < M; i++) {
        edges[i].a = t_below(&rng, N);
        edges[i].b = t_below(&rng, N);
        edges[i].weight = t_unit(&rng);
    }
    desc.edges = edges;
    desc.edge_count = M;
    desc.record_count = N;
    desc.decimals = decimals;
    desc.env.allocator = faults_allocator(&f);
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    T_CHECK(f.peak <= (most > forest ? most : forest) + SLACK);
    T_EQ_U64(f.live, starlings_hierarchy_size(h));
    T_CHECK(f.live <= 8 * (size_t)N + 200);
    starlings_hierarchy_release(h);
    T_EQ_U64(f.live, 0);
    free(edges);
}

/* ---- the ends ------------------------------------------------------------ */

static void hierarchy_empty(uint32_t n)
{
    starlings_hierarchy *h = model_build(NULL, 0, n, 0, true);
    starlings_merge_list *list = NULL;
    starlings_index *index = NULL;
    uint32_t count = 99, kept = 99;
    size_t keys = 99;
    T_REQUIRE(h != NULL);
    T_EQ_U64(starlings_hierarchy_record_count(h), n);
    T_EQ_U64(starlings_hierarchy_decimals(h), 6);
    for (uint32_t p = 0; p < n; p++) {
        T_EQ_U64(starlings_hierarchy_perm(h)[p], p);
        T_EQ_U64(starlings_hierarchy_height(h)[p], 0);
    }
    T_STATUS(starlings_hierarchy_entity_count(h, 0.5, &count), STARLINGS_OK);
    T_EQ_U64(count, n);
    T_STATUS(starlings_hierarchy_keys(h, NULL, NULL, 0, &keys), STARLINGS_OK);
    T_EQ_U64(keys, 0);
    (void)starlings_hierarchy_kept_edges(h, &kept);
    T_EQ_U64(kept, 0);
    T_STATUS(starlings_merge_list_create(h, NULL, &list), STARLINGS_OK);
    T_EQ_U64(starlings_merge_list_count(list), 0);
    T_STATUS(starlings_index_create(h, NULL, &index), STARLINGS_OK);
    T_STATUS(starlings_index_closeness(index, 0, 0, &count),
             n == 0 ? STARLINGS_ERR_RANGE : STARLINGS_OK);
    starlings_index_release(index);
    starlings_merge_list_release(list);
    starlings_hierarchy_release(h);
}

/* What is made from a hierarchy keeps it alive. */
static void hierarchy_lifetimes(void)
{
    starlings_edge edges[] = { { 0, 1, 0.9 }, { 2, 1, 0.5 } };
    starlings_hierarchy *h = model_build(edges, 2, 4, 0, true);
    starlings_merge_list *list = NULL;
    starlings_index *index = NULL;
    starlings_partition *p;
    starlings_merge merge;
    starlings_kept_edge path[3];
    size_t count = 0;
    T_REQUIRE(h != NULL);
    T_CHECK(starlings_hierarchy_retain(h) == h);
    starlings_hierarchy_release(h);
    T_STATUS(starlings_merge_list_create(h, NULL, &list), STARLINGS_OK);
    T_STATUS(starlings_index_create(h, NULL, &index), STARLINGS_OK);
    p = model_partition_at(h, 500000);
    starlings_hierarchy_release(h);
    T_STATUS(starlings_merge_list_at(list, 1, &merge), STARLINGS_OK);
    T_EQ_U64(merge.result.records[2], 2);
    T_STATUS(starlings_index_path(index, 2, 0, path, 3, &count, NULL), STARLINGS_OK);
    T_EQ_U64(count, 2);
    T_EQ_U64(starlings_partition_entity(p, 0).records[2], 2);
    starlings_merge_list_release(list);
    starlings_index_release(index);
    starlings_partition_release(p);
}

static void hierarchy_bad_arguments(void)
{
    starlings_hierarchy *h = model_build(NULL, 0, 3, 0, false);
    uint32_t count = 7;
    T_REQUIRE(h != NULL);
    T_STATUS(starlings_hierarchy_entity_count(h, model_nan(), &count), STARLINGS_ERR_NAN);
    T_STATUS(starlings_hierarchy_entity_count(h, model_infinity(), &count),
             STARLINGS_ERR_INFINITE);
    T_STATUS(starlings_hierarchy_entity_count(h, 1.5, &count), STARLINGS_ERR_WEIGHT);
    T_STATUS(starlings_hierarchy_entity_count(NULL, 0.5, &count), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_entity_count(h, 0.5, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_keys(h, NULL, NULL, 0, NULL), STARLINGS_ERR_ARG);
    T_CHECK(starlings_hierarchy_kept_edges(h, &count) == NULL && count == 0);
    starlings_hierarchy_release(h);
}

/* The example of the design page: where each record stands and when it joins. */
static void hierarchy_example(void)
{
    static const starlings_edge edges[] = {
        { 0, 1, 0.95 }, { 1, 2, 0.80 }, { 3, 4, 0.90 }, { 2, 3, 0.40 }
    };
    static const uint32_t height[] = { 0, 950001, 800001, 400001, 900001, 0 };
    starlings_hierarchy *h = model_build(edges, 4, 6, 0, false);
    uint32_t count = 0;
    T_REQUIRE(h != NULL);
    for (uint32_t p = 0; p < 6; p++) {
        T_EQ_U64(starlings_hierarchy_perm(h)[p], p);
        T_EQ_U64(starlings_hierarchy_height(h)[p], height[p]);
    }
    T_STATUS(starlings_hierarchy_entity_count(h, 0.85, &count), STARLINGS_OK);
    T_EQ_U64(count, 4);
    T_STATUS(starlings_hierarchy_entity_count(h, 0.40, &count), STARLINGS_OK);
    T_EQ_U64(count, 2);
    T_STATUS(starlings_hierarchy_entity_count(h, 0.400001, &count), STARLINGS_OK);
    T_EQ_U64(count, 3);
    starlings_hierarchy_release(h);
}

static void hierarchy_round(uint32_t round)
{
    t_rng rng = t_rng_make(400 + round);
    model_graph g = model_random_graph(&rng, 60, round % 3 ? 60 : 200);
    model_cuts cuts = model_all_cuts(&g);
    bool keep = round % 2 == 0;
    starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, keep);
    T_REQUIRE(h != NULL);
    hierarchy_against_model(&g, &cuts, h);
    hierarchy_key_list(&cuts, h);
    hierarchy_counts(&g, h);
    if (keep)
        hierarchy_kept(&g, h);
    hierarchy_canonical(&rng, &g, model_hash_hierarchy(h), keep);
    hierarchy_add(&rng, &g, keep);
    hierarchy_merge_list(&cuts, h);
    hierarchy_index(&g, &cuts, h, keep);
    starlings_hierarchy_release(h);
    model_cuts_free(&cuts);
    model_graph_free(&g);
}

static bool hierarchy_stop(void *ctx, const char *stage, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)stage;
    (void)done;
    (void)total;
    return false;
}

/* A builder that must cut down often keeps room for twice the records, so that cuts stay rare; and
   what has no place in the input is reported at 0. */
static void hierarchy_builder_room(void)
{
    const starlings_edge far = { 99999, 5, 0.5 }, near = { 0, 1, 0.25 };
    starlings_builder_desc desc;
    starlings_builder *b = NULL;
    starlings_error error;
    memset(&desc, 0, sizeof desc);
    memset(&error, 0, sizeof error);
    desc.buffer_edges = 1;
    desc.env.error = &error;
    T_STATUS(starlings_builder_create(&desc, &b), STARLINGS_OK);
    T_REQUIRE(b != NULL);
    T_STATUS(starlings_builder_add(b, &far, 1), STARLINGS_OK);
    for (int i = 0; i < 200003; i++)
        if (starlings_builder_add(b, &near, 1) != STARLINGS_OK)
            T_CHECK(false);
    T_CHECK(b->capacity >= 200000 && b->capacity <= 400000);
    T_CHECK(b->count < 100000); /* it was cut down once */
    b->env.progress.report = hierarchy_stop;
    error.at = 77;
    for (int i = 0; i < 400000 && error.status == STARLINGS_OK; i++)
        (void)starlings_builder_add(b, &near, 1);
    T_EQ_U64((uint64_t)-error.status, (uint64_t)-STARLINGS_ERR_CANCELLED);
    T_EQ_U64(error.at, 0);
    starlings_builder_destroy(b);
}

/* A builder that knows the number of records drops what its trees know; one call after the other
   fails for want of memory and is made again. What comes out is a build from all edges at once. */
static void hierarchy_builder_known(uint32_t round)
{
    enum { N = 60, M = 3000, PIECE = 41 };
    t_rng rng = t_rng_make(3700 + round);
    faults f = faults_make();
    starlings_edge *edges = (starlings_edge *)model_new(M, sizeof *edges);
    starlings_builder_desc desc = { 0 };
    starlings_hierarchy_desc whole = { 0 };
    starlings_builder *b = NULL;
    starlings_hierarchy *want = NULL, *got = NULL;
    uint32_t kept = 0, kept_too = 0, retries = 0;
    for (uint32_t i = 0; i < M; i++) {
        edges[i].a = t_below(&rng, N);
        edges[i].b = t_below(&rng, N);
        edges[i].weight = model_weight(&rng, round % 4, 1 + round % 6);
    }
    whole.edges = edges;
    whole.edge_count = M;
    whole.record_count = desc.record_count = N;
    whole.decimals = desc.decimals = 1 + round % 6;
    whole.keep_edges = desc.keep_edges = round / 6 % 2 == 0;
    desc.env.allocator = faults_allocator(&f);
    desc.env.workers.count = 1 + round % 3;
    desc.buffer_edges = 1;
    T_STATUS(starlings_hierarchy_create(&whole, &want), STARLINGS_OK);
    T_STATUS(starlings_builder_create(&desc, &b), STARLINGS_OK);
    T_REQUIRE(b != NULL && want != NULL);
    for (uint32_t at = 0; at < M; at += PIECE) {
        uint32_t count = M - at < PIECE ? M - at : PIECE;
        for (size_t fail = 0;; fail++) {
            f.calls = 0;
            f.fail_at = fail;
            if (starlings_builder_add(b, edges + at, count) == STARLINGS_OK)
                break;
            retries++;
        }
    }
    f.fail_at = SIZE_MAX;
    T_CHECK(retries > 5); /* so it was cut down */
    T_STATUS(starlings_builder_finish(b, &got), STARLINGS_OK);
    T_EQ_U64(model_hash_hierarchy(got), model_hash_hierarchy(want));
    (void)starlings_hierarchy_kept_edges(want, &kept);
    (void)starlings_hierarchy_kept_edges(got, &kept_too);
    T_EQ_U64(kept, kept_too);
    T_CHECK(kept != kept_too || kept == 0 ||
            memcmp(starlings_hierarchy_kept_edges(want, NULL),
                   starlings_hierarchy_kept_edges(got, NULL), kept * sizeof *want->kept) == 0);
    starlings_hierarchy_release(got);
    starlings_hierarchy_release(want);
    starlings_builder_destroy(b);
    T_EQ_U64(f.live, 0);
    free(edges);
}

typedef struct hierarchy_stage {
    const char *name;
    uint64_t done;
    uint64_t total;
    uint32_t stages;
    bool back; /* less done than before, more than all, or another total */
} hierarchy_stage;

static bool hierarchy_follow(void *ctx, const char *stage, uint64_t done, uint64_t total)
{
    hierarchy_stage *at = (hierarchy_stage *)ctx;
    if (at->name == NULL || strcmp(at->name, stage) != 0) {
        at->back = at->back || (at->stages > 0 && at->done != at->total);
        at->stages++;
    } else if (done < at->done || total != at->total) {
        at->back = true;
    }
    at->back = at->back || done > total;
    at->name = stage;
    at->done = done;
    at->total = total;
    return true;
}

/* Each stage of a build is told once and to its end, with a filter too. */
static void hierarchy_progress(void)
{
    enum { N = 500, M = 40000 };
    for (uint32_t n = N; n <= 100 * N; n *= 100) {
        t_rng rng = t_rng_make(3800);
        starlings_edge *edges = (starlings_edge *)model_new(M, sizeof *edges);
        hierarchy_stage at = { NULL, 0, 0, 0, false };
        starlings_hierarchy_desc desc = { 0 };
        starlings_hierarchy *h = NULL;
        for (uint32_t i = 0; i < M; i++) {
            edges[i].a = t_below(&rng, n);
            edges[i].b = t_below(&rng, n);
            edges[i].weight = t_unit(&rng);
        }
        desc.edges = edges;
        desc.edge_count = M;
        desc.record_count = n;
        desc.env.progress.report = hierarchy_follow;
        desc.env.progress.ctx = &at;
        T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
        T_EQ_U64(at.stages, 3); /* order edges, join, lay out */
        T_CHECK(!at.back && at.done == at.total);
        starlings_hierarchy_release(h);
        free(edges);
    }
}

/* Many edges a record: most are dropped before they are sorted. Built at once, in two steps of any
   size, in pieces, by any number of workers: the same bytes, and the kept edges of the model. */
static void hierarchy_filtered(uint32_t round)
{
    t_rng rng = t_rng_make(3900 + round);
    uint32_t n = 500 + t_below(&rng, 3500), m = 17000 + t_below(&rng, 12000), kept = 0, want;
    uint32_t decimals = 1 + round % 6, kind = round % 4, first = t_below(&rng, m);
    model_graph g = { n, decimals, m, (starlings_edge *)model_new(m, sizeof(starlings_edge)) };
    starlings_hierarchy_desc desc;
    starlings_kept_edge *edges;
    uint64_t hash = 0;
    for (uint32_t i = 0; i < m; i++) {
        g.edges[i].a = t_below(&rng, n);
        g.edges[i].b = t_below(&rng, 3) ? t_below(&rng, n) : g.edges[i].a;
        g.edges[i].weight = model_weight(&rng, kind, decimals);
    }
    memset(&desc, 0, sizeof desc);
    desc.edges = g.edges;
    desc.edge_count = m;
    desc.record_count = n;
    desc.decimals = decimals;
    desc.keep_edges = true;
    edges = model_kept(&g, &want);
    for (uint32_t workers = 1; workers <= 5; workers++) {
        starlings_hierarchy *at_once = NULL, *start, *added = NULL;
        desc.edges = g.edges;
        desc.edge_count = m;
        desc.env.workers.count = workers;
        T_STATUS(starlings_hierarchy_create(&desc, &at_once), STARLINGS_OK);
        start = model_build(g.edges, first, n, decimals, true);
        desc.edges = g.edges + first;
        desc.edge_count = m - first;
        T_STATUS(starlings_hierarchy_add_edges(start, &desc, &added), STARLINGS_OK);
        T_REQUIRE(at_once != NULL && added != NULL);
        T_EQ_U64(model_hash_hierarchy(added), model_hash_hierarchy(at_once));
        if (workers > 1)
            T_EQ_U64(model_hash_hierarchy(at_once), hash);
        hash = model_hash_hierarchy(at_once);
        (void)starlings_hierarchy_kept_edges(at_once, &kept);
        T_EQ_U64(kept, want);
        T_CHECK(kept == want && memcmp(starlings_hierarchy_kept_edges(at_once, &kept), edges,
                                       kept * sizeof *edges) == 0);
        starlings_hierarchy_release(added);
        starlings_hierarchy_release(start);
        starlings_hierarchy_release(at_once);
        model_shuffle(&rng, g.edges, m);
    }
    free(edges);
    model_graph_free(&g);
}

static void test_hierarchy(void)
{
    for (uint32_t round = 0; round < (t_state.big ? 120u : 5u); round++)
        hierarchy_filtered(round);
    hierarchy_example();
    hierarchy_empty(0);
    hierarchy_empty(1);
    hierarchy_empty(17);
    hierarchy_lifetimes();
    hierarchy_bad_arguments();
    hierarchy_builder_room();
    hierarchy_progress();
    for (uint32_t round = 0; round < 24; round++)
        hierarchy_builder_known(round);
    hierarchy_minima();
    hierarchy_memory(3, 12);
    hierarchy_memory(6, 24);
    for (uint32_t round = 0; round < (t_state.big ? 2000u : 40u); round++)
        hierarchy_round(round);
}
