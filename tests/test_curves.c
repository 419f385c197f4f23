/* test_curves.c - some records of a hierarchy alone; best rows, areas and average precision of a
   sweep; errors of single entities; how long entities live, plateaus, stability. All of it against
   plain counting over the cuts of model.h. */

/* ---- what all need ------------------------------------------------------------ */

enum { CURVES_N = 40 }; /* records of a random graph at the most: a set of them is one u64 */

/* The keys at which something may change, and both neighbours, ascending without repeats. */
static size_t curves_keys(const model_cuts *cuts, uint32_t *keys)
{
    size_t count = 0, kept = 0;
    keys[count++] = 0;
    keys[count++] = STARLINGS_ONE;
    for (size_t i = 0; i < cuts->count; i++) {
        keys[count++] = cuts->keys[i];
        if (cuts->keys[i] > 0)
            keys[count++] = cuts->keys[i] - 1;
        if (cuts->keys[i] < STARLINGS_ONE)
            keys[count++] = cuts->keys[i] + 1;
    }
    qsort(keys, count, sizeof *keys, model_compare_u32);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || keys[i] != keys[i - 1])
            keys[kept++] = keys[i];
    return kept;
}

static uint32_t *curves_all_keys(const model_cuts *cuts, size_t *out_count)
{
    uint32_t *keys = model_u32(3 * cuts->count + 2);
    *out_count = curves_keys(cuts, keys);
    return keys;
}

/* The entities at a key as sets, one bit a record. Returns how many. */
static uint32_t curves_sets(const model_cuts *cuts, uint32_t key, uint64_t *sets)
{
    uint32_t count = 0, label[64];
    for (uint32_t r = 0; r < cuts->n; r++) {
        uint32_t e = 0, mine = model_label(cuts, key, r);
        while (e < count && label[e] != mine)
            e++;
        if (e == count) {
            label[count] = mine;
            sets[count++] = 0;
        }
        sets[e] |= (uint64_t)1 << r;
    }
    return count;
}

static uint32_t curves_size(uint64_t set)
{
    uint32_t size = 0;
    for (; set != 0; set &= set - 1)
        size++;
    return size;
}

static bool curves_is_nan(double x)
{
    return !(x <= 0 || x >= 0);
}

static bool curves_same_bits(double x, double y)
{
    return memcmp(&x, &y, sizeof x) == 0;
}

static long double curves_abs(long double x)
{
    return x < 0 ? -x : x;
}

/* How far a result may be from its model: half a unit in the last place, where long double holds
   more than a double. Some machines, and valgrind, have it not. */
static long double curves_slack(void)
{
    volatile long double one = 1, small = 1;
    for (int i = 0; i < 60; i++)
        small = small / 2;
    small = one + small;
    return small > one ? 3e-16L : 1e-12L;
}

/* e^x by its series at x / 64. */
static long double curves_exp(long double x)
{
    long double sum = 1, term = 1;
    for (int i = 1; i < 40; i++)
        sum += term *= x / 64 / i;
    for (int i = 0; i < 6; i++)
        sum *= sum;
    return sum;
}

/* ---- some records alone --------------------------------------------------------- */

/* A build from all pairs of the chosen records, at the keys where they part. */
static starlings_hierarchy *curves_closure(const model_graph *g, const model_cuts *cuts,
                                           const uint32_t *records, uint32_t count)
{
    starlings_edge *edges = (starlings_edge *)model_new((size_t)count * count, sizeof *edges);
    starlings_hierarchy *h;
    size_t m = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < i; j++) {
            uint32_t key = model_closeness(cuts, records[i], records[j]);
            if (key == STARLINGS_NONE)
                continue;
            edges[m].a = i;
            edges[m].b = j;
            edges[m++].weight = starlings_key_threshold(key);
        }
    h = model_build(edges, m, count, g->decimals, false);
    free(edges);
    return h;
}

/* At every key: two chosen records are together in the result iff they were before. */
static void curves_select_cuts(const starlings_hierarchy *h, const model_cuts *cuts,
                               const uint32_t *records, uint32_t count)
{
    const uint32_t *perm = starlings_hierarchy_perm(h), *height = starlings_hierarchy_height(h);
    size_t key_count;
    uint32_t *keys = curves_all_keys(cuts, &key_count);
    bool good = true;
    for (size_t k = 0; k < key_count; k++) {
        uint32_t entity[CURVES_N], e = 0;
        for (uint32_t p = 0; p < count; p++) {
            e += height[p] <= keys[k];
            entity[perm[p]] = e;
        }
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t j = 0; j < i; j++)
                good = good && (entity[i] == entity[j]) ==
                                   (model_label(cuts, keys[k], records[i]) ==
                                    model_label(cuts, keys[k], records[j]));
    }
    T_CHECK(good);
    free(keys);
}

static void curves_select_one(t_rng *rng, const model_graph *g, const model_cuts *cuts,
                              starlings_hierarchy *h)
{
    uint32_t records[CURVES_N], count = 0, chance = t_below(rng, 5); /* 0: none, 4: all */
    starlings_hierarchy *got = NULL, *want;
    starlings_env env;
    memset(&env, 0, sizeof env);
    env.workers.count = t_below(rng, 3);
    for (uint32_t r = 0; r < g->n; r++)
        if (t_below(rng, 4) < chance)
            records[count++] = r;
    T_STATUS(starlings_hierarchy_select(h, &env, records, count, &got), STARLINGS_OK);
    want = curves_closure(g, cuts, records, count);
    T_REQUIRE(got != NULL && want != NULL);
    T_EQ_U64(starlings_hierarchy_record_count(got), count);
    T_EQ_U64(model_hash_hierarchy(got), model_hash_hierarchy(want));
    T_EQ_U64(starlings_hierarchy_edge_count(got), 0);
    T_EQ_U64(starlings_hierarchy_loop_count(got), 0);
    T_CHECK(starlings_hierarchy_kept_edges(got, NULL) == NULL);
    curves_select_cuts(got, cuts, records, count);
    if (count == g->n) /* nothing is gone: the same arrays */
        T_CHECK(memcmp(starlings_hierarchy_perm(got), starlings_hierarchy_perm(h),
                       count * sizeof *records) == 0 &&
                memcmp(starlings_hierarchy_height(got), starlings_hierarchy_height(h),
                       count * sizeof *records) == 0);
    starlings_hierarchy_release(got);
    starlings_hierarchy_release(want);
}

static void curves_select_arguments(void)
{
    static const starlings_edge edges[] = { { 0, 1, 0.5 }, { 1, 2, 0.5 }, { 3, 2, 0.25 } };
    static const uint32_t twice[] = { 0, 2, 2 }, falling[] = { 1, 0 }, beyond[] = { 0, 4 },
                          ends[] = { 0, 3 };
    starlings_hierarchy *h = model_build(edges, 3, 4, 0, true), *got = h;
    starlings_error error;
    starlings_env env;
    memset(&env, 0, sizeof env);
    env.error = &error;
    T_REQUIRE(h != NULL);
    T_STATUS(starlings_hierarchy_select(h, &env, twice, 3, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_select(NULL, &env, ends, 2, &got), STARLINGS_ERR_ARG);
    T_CHECK(got == NULL);
    T_STATUS(starlings_hierarchy_select(h, &env, NULL, 1, &got), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_select(h, &env, twice, 3, &got), STARLINGS_ERR_ARG);
    T_EQ_U64(error.at, 2);
    T_STATUS(starlings_hierarchy_select(h, &env, falling, 2, &got), STARLINGS_ERR_ARG);
    T_EQ_U64(error.at, 1);
    got = h;
    T_STATUS(starlings_hierarchy_select(h, &env, beyond, 2, &got), STARLINGS_ERR_RANGE);
    T_EQ_U64(error.at, 1);
    T_CHECK(got == NULL);
    T_STATUS(starlings_hierarchy_select(h, NULL, NULL, 0, &got), STARLINGS_OK);
    T_EQ_U64(starlings_hierarchy_record_count(got), 0);
    starlings_hierarchy_release(got);
    /* 1 and 2, between 0 and 3, are gone; they still have joined them */
    T_STATUS(starlings_hierarchy_select(h, NULL, ends, 2, &got), STARLINGS_OK);
    T_REQUIRE(got != NULL);
    T_EQ_U64(starlings_hierarchy_height(got)[1], 250001);
    starlings_hierarchy_release(got);
    starlings_hierarchy_release(h);
}

/* ---- lives, plateaus, stability --------------------------------------------------- */

typedef struct curves_life {
    uint64_t set;
    uint32_t position, from, to, groups;
    uint64_t pairs;
} curves_life;

static int curves_compare_lives(const void *a, const void *b)
{
    const curves_life *x = (const curves_life *)a, *y = (const curves_life *)b;
    uint32_t sx = curves_size(x->set), sy = curves_size(y->set);
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return sx > sy ? -1 : sx < sy;
}

/* Groups and pairs by looking at the members one key higher. */
static void curves_life_made(const model_cuts *cuts, curves_life *life)
{
    uint64_t above[64];
    uint32_t count = curves_sets(cuts, life->to + 1, above);
    life->groups = 0;
    life->pairs = model_pairs(curves_size(life->set));
    for (uint32_t e = 0; e < count; e++)
        if ((above[e] & life->set) != 0) {
            life->groups++;
            life->pairs -= model_pairs(curves_size(above[e]));
        }
    if (curves_size(life->set) == 1)
        life->to = STARLINGS_ONE + 1;
}

/* All sets that are an entity at some key, from the ranges between the keys of the edges. */
static size_t curves_lives(const model_cuts *cuts, const uint32_t *perm, curves_life *lives)
{
    size_t count = 0;
    for (size_t level = 0; level <= cuts->count; level++) {
        uint32_t from = level > 0 ? cuts->keys[level - 1] + 1 : 0;
        uint32_t to = level < cuts->count ? cuts->keys[level] : STARLINGS_ONE;
        uint64_t sets[64];
        uint32_t found = from > STARLINGS_ONE ? 0 : curves_sets(cuts, from, sets);
        for (uint32_t e = 0; e < found; e++) {
            size_t at = 0;
            while (at < count && lives[at].set != sets[e])
                at++;
            if (at == count) {
                lives[count].set = sets[e];
                lives[count].from = from;
                lives[count].position = 0;
                while ((sets[e] >> perm[lives[count].position] & 1) == 0)
                    lives[count].position++;
                count++;
            }
            lives[at].to = to;
        }
    }
    for (size_t i = 0; i < count; i++)
        curves_life_made(cuts, &lives[i]);
    qsort(lives, count, sizeof *lives, curves_compare_lives);
    return count;
}

static void curves_lifetimes_one(t_rng *rng, const model_cuts *cuts, const starlings_hierarchy *h)
{
    static curves_life want[2 * CURVES_N];
    static starlings_lifetime got[2 * CURVES_N + 1];
    const uint32_t *perm = starlings_hierarchy_perm(h);
    size_t all = curves_lives(cuts, perm, want), count = 0, kept = 0, capacity;
    uint32_t min_size = t_below(rng, 5);
    for (size_t i = 0; i < all; i++)
        if (curves_size(want[i].set) >= min_size)
            want[kept++] = want[i];
    capacity = t_below(rng, 3) == 0 ? t_below(rng, (uint32_t)kept + 1) : kept;
    memset(got, 0x5A, sizeof got);
    T_STATUS(starlings_hierarchy_lifetimes(h, NULL, min_size, capacity > 0 ? got : NULL, capacity,
                                           &count), STARLINGS_OK);
    T_EQ_U64(count, kept);
    T_EQ_U64(got[capacity].from, 0x5A5A5A5A); /* not one too many */
    for (size_t i = 0; i < capacity && i < kept; i++) {
        uint64_t set = 0;
        T_REQUIRE(got[i].position < cuts->n && got[i].entity.count <= cuts->n);
        T_CHECK(got[i].entity.records == perm + got[i].position);
        for (uint32_t r = 0; r < got[i].entity.count; r++)
            set |= (uint64_t)1 << got[i].entity.records[r];
        T_EQ_U64(set, want[i].set);
        T_EQ_U64(got[i].position, want[i].position);
        T_EQ_U64(got[i].from, want[i].from);
        T_EQ_U64(got[i].to, want[i].to);
        T_EQ_U64(got[i].groups, want[i].groups);
        T_EQ_U64(got[i].pairs, want[i].pairs);
    }
}

static int curves_compare_plateaus(const void *a, const void *b)
{
    const starlings_plateau *x = (const starlings_plateau *)a, *y = (const starlings_plateau *)b;
    uint32_t wx = x->to - x->from, wy = y->to - y->from;
    if (wx != wy)
        return wx > wy ? -1 : 1;
    return x->from > y->from ? -1 : x->from < y->from;
}

/* Ranges between the keys of edges, put together where the entities are the same. */
static void curves_plateaus_one(t_rng *rng, const model_cuts *cuts, const starlings_hierarchy *h)
{
    starlings_plateau *want, *got;
    size_t count = 0, seen = 0, capacity;
    want = (starlings_plateau *)model_new(cuts->count + 1, sizeof *want);
    for (size_t level = 0; level <= cuts->count; level++) {
        uint32_t from = level > 0 ? cuts->keys[level - 1] + 1 : 0, entities;
        uint64_t sets[64];
        if (from > STARLINGS_ONE)
            break;
        entities = curves_sets(cuts, from, sets);
        if (count == 0 || want[count - 1].entities != entities)
            want[count++].from = from;
        want[count - 1].entities = entities;
        want[count - 1].to = level < cuts->count ? cuts->keys[level] : STARLINGS_ONE;
    }
    qsort(want, count, sizeof *want, curves_compare_plateaus);
    capacity = t_below(rng, 3) == 0 ? t_below(rng, (uint32_t)count + 1) : count;
    got = (starlings_plateau *)model_new(count + 1, sizeof *got);
    memset(got, 0x5A, (count + 1) * sizeof *got);
    T_STATUS(starlings_hierarchy_plateaus(h, NULL, got, capacity, &seen), STARLINGS_OK);
    T_EQ_U64(seen, count);
    T_CHECK(memcmp(got, want, capacity * sizeof *got) == 0);
    T_EQ_U64(got[capacity].from, 0x5A5A5A5A);
    free(want);
    free(got);
}

static void curves_counts_one(const model_cuts *cuts, const starlings_hierarchy *h)
{
    uint32_t counts[CURVES_N + 3], want[CURVES_N + 3], got[CURVES_N + 3], count = cuts->n + 3;
    uint64_t sets[64];
    size_t key_count;
    uint32_t *keys = curves_all_keys(cuts, &key_count);
    for (uint32_t i = 0; i < count; i++) {
        counts[i] = i < cuts->n + 2 ? cuts->n + 1 - i : UINT32_MAX;
        want[i] = STARLINGS_NONE;
    }
    for (size_t k = 0; k < key_count; k++) { /* a count changes only next to these keys */
        uint32_t entities = curves_sets(cuts, keys[k], sets);
        for (uint32_t i = 0; i < count; i++)
            if (entities <= counts[i])
                want[i] = keys[k];
    }
    T_STATUS(starlings_hierarchy_keys_of_counts(h, NULL, counts, count, got), STARLINGS_OK);
    T_CHECK(memcmp(got, want, count * sizeof *got) == 0);
    free(keys);
}

static void curves_stability_one(t_rng *rng, const model_cuts *cuts, const starlings_hierarchy *h)
{
    size_t count;
    uint32_t *keys = curves_all_keys(cuts, &count), skip = 1 + t_below(rng, 4);
    uint64_t *sets;
    uint32_t *entities;
    double *got;
    bool good = true;
    for (size_t i = 0; i * skip < count; i++)
        keys[i] = keys[i * skip];
    count = (count + skip - 1) / skip;
    sets = (uint64_t *)model_new(count * 64, sizeof *sets);
    entities = model_u32(count);
    got = (double *)model_new(count * count, sizeof *got);
    for (size_t i = 0; i < count; i++)
        entities[i] = curves_sets(cuts, keys[i], sets + i * 64);
    T_STATUS(starlings_hierarchy_stability(h, NULL, keys, count, got), STARLINGS_OK);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            uint32_t common = 0;
            for (uint32_t x = 0; x < entities[i]; x++)
                for (uint32_t y = 0; y < entities[j]; y++)
                    common += sets[i * 64 + x] == sets[j * 64 + y];
            good = good && curves_same_bits(got[i * count + j],
                                            (double)common / (entities[i] + entities[j] - common));
        }
    T_CHECK(good);
    free(keys);
    free(sets);
    free(entities);
    free(got);
}

static void curves_lives_arguments(void)
{
    static const starlings_edge edges[] = { { 0, 1, 1.0 }, { 2, 3, 0.0 } };
    static const uint32_t falling[] = { 5, 4 }, twice[] = { 5, 5 };
    static const uint32_t beyond[] = { STARLINGS_ONE + 1 }, none[] = { 0, 9 };
    starlings_hierarchy *h = model_build(edges, 2, 4, 0, false), *empty = model_build(NULL, 0, 0, 0,
                                                                                      false);
    starlings_lifetime life[8];
    starlings_plateau plateau[3];
    double share[4] = { 7, 7, 7, 7 };
    uint32_t key[2] = { 7, 7 };
    size_t count = 9;
    T_REQUIRE(h != NULL && empty != NULL);
    T_STATUS(starlings_hierarchy_lifetimes(h, NULL, 1, life, 8, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_lifetimes(NULL, NULL, 1, life, 8, &count), STARLINGS_ERR_ARG);
    T_EQ_U64(count, 0);
    T_STATUS(starlings_hierarchy_lifetimes(h, NULL, 1, NULL, 8, &count), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_plateaus(h, NULL, plateau, 3, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_plateaus(NULL, NULL, plateau, 3, &count), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_plateaus(h, NULL, NULL, 3, &count), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_keys_of_counts(NULL, NULL, none, 1, key), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_keys_of_counts(h, NULL, NULL, 1, key), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_keys_of_counts(h, NULL, none, 1, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_keys_of_counts(h, NULL, NULL, 0, NULL), STARLINGS_OK);
    T_STATUS(starlings_hierarchy_stability(NULL, NULL, none, 1, share), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_stability(h, NULL, NULL, 1, share), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_stability(h, NULL, none, 1, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_stability(h, NULL, falling, 2, share), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_stability(h, NULL, twice, 2, share), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_stability(h, NULL, beyond, 1, share), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_stability(h, NULL, NULL, 0, NULL), STARLINGS_OK);
    T_NEAR(share[0], 7, 0);
    /* {0, 1} up to the last key, {2, 3} at key 0 only; 0 and 1 are never alone below ONE + 1 */
    T_STATUS(starlings_hierarchy_lifetimes(h, NULL, 0, life, 8, &count), STARLINGS_OK);
    T_EQ_U64(count, 4);
    T_EQ_U64(life[0].to, STARLINGS_ONE);
    T_EQ_U64(life[1].to, 0);
    T_EQ_U64(life[2].from, 1);
    T_EQ_U64(life[2].to, STARLINGS_ONE + 1);
    T_STATUS(starlings_hierarchy_plateaus(h, NULL, plateau, 3, &count), STARLINGS_OK);
    T_EQ_U64(count, 2);
    T_EQ_U64(plateau[0].from, 1);
    T_EQ_U64(plateau[0].to, STARLINGS_ONE);
    T_EQ_U64(plateau[0].entities, 3);
    T_EQ_U64(plateau[1].to, 0);
    /* no records */
    T_STATUS(starlings_hierarchy_lifetimes(empty, NULL, 0, NULL, 0, &count), STARLINGS_OK);
    T_EQ_U64(count, 0);
    T_STATUS(starlings_hierarchy_plateaus(empty, NULL, plateau, 3, &count), STARLINGS_OK);
    T_EQ_U64(count, 1);
    T_CHECK(plateau[0].from == 0 && plateau[0].to == STARLINGS_ONE && plateau[0].entities == 0);
    T_STATUS(starlings_hierarchy_keys_of_counts(empty, NULL, none, 2, key), STARLINGS_OK);
    T_CHECK(key[0] == STARLINGS_ONE && key[1] == STARLINGS_ONE);
    T_STATUS(starlings_hierarchy_stability(empty, NULL, none, 2, share), STARLINGS_OK);
    for (int i = 0; i < 4; i++)
        T_NEAR(share[i], 1, 0);
    starlings_hierarchy_release(h);
    starlings_hierarchy_release(empty);
}

static void curves_random_hierarchies(void)
{
    t_rng rng = t_rng_make(901);
    uint32_t cases = t_state.big ? 20000 : 300;
    for (uint32_t i = 0; i < cases; i++) {
        model_graph g = model_random_graph(&rng, CURVES_N, 60);
        model_cuts cuts = model_all_cuts(&g);
        starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, i % 2 == 0);
        T_REQUIRE(h != NULL);
        curves_select_one(&rng, &g, &cuts, h);
        curves_lifetimes_one(&rng, &cuts, h);
        if (i % 8 == 0) { /* these go over a million keys */
            curves_plateaus_one(&rng, &cuts, h);
            curves_counts_one(&cuts, h);
            curves_stability_one(&rng, &cuts, h);
        }
        starlings_hierarchy_release(h);
        model_cuts_free(&cuts);
        model_graph_free(&g);
    }
}

/* ---- curves ------------------------------------------------------------------------ */

/* The metric of a name; pairwise recall where this build has it not. */
static starlings_metric curves_metric(const char *name)
{
    starlings_metric metric = STARLINGS_METRIC_PAIRWISE_RECALL;
    if (starlings_metric_from_name(name, strlen(name), &metric) != STARLINGS_OK)
        T_SKIP(1, name);
    return metric;
}

static bool curves_has(const starlings_sweep *sweep, starlings_metric metric)
{
    return starlings_sweep_integers(sweep, metric) != NULL ||
           starlings_sweep_reals(sweep, metric) != NULL;
}

static long double curves_value(const starlings_sweep *sweep, starlings_metric metric, size_t row)
{
    return (long double)starlings_sweep_value(sweep, metric, row);
}

/* Area by rows, and the rounding that is left: half a unit in the last place of the result. */
static void curves_area_rows(const starlings_sweep *sweep)
{
    size_t rows = starlings_sweep_row_count(sweep);
    const uint32_t *keys = starlings_sweep_keys(sweep);
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        starlings_metric metric = (starlings_metric)m;
        long double want = 0, size = 0;
        double got = 7;
        uint32_t before = starlings_sweep_is_exact(sweep) ? 0 : keys[0];
        bool empty = false;
        if (!curves_has(sweep, metric)) {
            T_STATUS(starlings_sweep_area(sweep, metric, &got), STARLINGS_ERR_ARG);
            T_NEAR(got, 0, 0);
            continue;
        }
        for (size_t row = 0; row < rows; row++) {
            long double value = curves_value(sweep, metric, row);
            if (keys[row] == before)
                continue; /* no width: not even a hole counts */
            empty = empty || curves_is_nan((double)value);
            want += value * (keys[row] - before) / 1000000;
            size += curves_abs(value) * (keys[row] - before) / 1000000;
            before = keys[row];
        }
        T_STATUS(starlings_sweep_area(sweep, metric, &got), STARLINGS_OK);
        if (empty)
            T_CHECK(curves_is_nan(got));
        else
            T_CHECK(curves_abs((long double)got - want) <= size * curves_slack());
    }
}

/* Area by every millionth: the value at each threshold of a key, one after the other. */
static void curves_area_keys(const starlings_sweep *sweep, starlings_metric metric)
{
    long double want = 0;
    double got = 0;
    for (uint32_t key = 1; key <= STARLINGS_ONE; key++)
        want += curves_value(sweep, metric, starlings_sweep_row_at(sweep, key));
    T_STATUS(starlings_sweep_area(sweep, metric, &got), STARLINGS_OK);
    T_NEAR(got, (double)(want / STARLINGS_ONE), (double)(300 * curves_slack()));
}

static void curves_average_one(const starlings_sweep *sweep, starlings_metric precision,
                               starlings_metric recall)
{
    starlings_average got = { 7, 7 };
    long double want = 0, size = 0, before = 0;
    for (size_t row = starlings_sweep_row_count(sweep); row-- > 0;) {
        long double r = curves_value(sweep, recall, row);
        long double p = curves_value(sweep, precision, row);
        want += (r - before) * p;
        size += curves_abs(r - before) * curves_abs(p);
        before = r;
    }
    T_STATUS(starlings_sweep_average(sweep, precision, recall, &got), STARLINGS_OK);
    if (curves_is_nan((double)want))
        T_CHECK(curves_is_nan(got.value));
    else
        T_CHECK(curves_abs((long double)got.value - want) <= size * curves_slack());
    T_CHECK(curves_same_bits(got.recall_reached, (double)before));
}

static void curves_averages(const starlings_sweep *sweep)
{
    const starlings_metric precision = STARLINGS_METRIC_PAIRWISE_PRECISION;
    curves_average_one(sweep, precision, STARLINGS_METRIC_PAIRWISE_RECALL);
    curves_average_one(sweep, STARLINGS_METRIC_BCUBED_PRECISION, STARLINGS_METRIC_BCUBED_RECALL);
    curves_average_one(sweep, STARLINGS_METRIC_ARI, precision); /* which falls, too */
    curves_average_one(sweep, STARLINGS_METRIC_MAX_SIZE_B, STARLINGS_METRIC_CLUSTERS_B);
    curves_average_one(sweep, STARLINGS_METRIC_PAIRWISE_F1, STARLINGS_METRIC_SPLIT_JOIN);
}

/* Scans for the best row with its plateau; nothing that is not a number may win. */
static void curves_best_one(const starlings_sweep *sweep, starlings_metric metric)
{
    const uint32_t *keys = starlings_sweep_keys(sweep);
    size_t rows = starlings_sweep_row_count(sweep), want = rows, first;
    int direction = starlings_metric_describe(metric)->direction;
    starlings_best best = { 9, 9, 9, 9, 9 };
    for (size_t row = 0; row < rows; row++) {
        double value = starlings_sweep_value(sweep, metric, row);
        if (!curves_is_nan(value) &&
            (want == rows ||
             direction * value >= direction * starlings_sweep_value(sweep, metric, want)))
            want = row;
    }
    if (want == rows || direction == 0) {
        T_STATUS(starlings_sweep_best(sweep, metric, &best), STARLINGS_ERR_ARG);
        T_CHECK(best.row == 0 && best.key == 0 && best.plateau_to == 0);
        return;
    }
    first = want;
    while (first > 0 && curves_same_bits(starlings_sweep_value(sweep, metric, first - 1),
                                         starlings_sweep_value(sweep, metric, want)))
        first--;
    T_STATUS(starlings_sweep_best(sweep, metric, &best), STARLINGS_OK);
    T_EQ_U64(best.row, want);
    T_EQ_U64(best.key, keys[want]);
    T_EQ_U64(best.plateau_to, keys[want]);
    T_CHECK(curves_same_bits(best.value, starlings_sweep_value(sweep, metric, want)));
    if (!starlings_sweep_is_exact(sweep))
        T_EQ_U64(best.plateau_from, keys[first]);
    else
        T_EQ_U64(best.plateau_from, first == 0 ? 0 : keys[first - 1] + 1);
}

/* A column that the tests may write: holes are made by hand. */
static double *curves_column(const starlings_sweep *sweep, starlings_metric metric)
{
    return (double *)(uintptr_t)starlings_sweep_reals(sweep, metric);
}

/* Holes here and there, then everywhere. */
static void curves_holes(t_rng *rng, const starlings_sweep *sweep)
{
    size_t rows = starlings_sweep_row_count(sweep);
    starlings_metric metric = STARLINGS_METRIC_PAIRWISE_F1;
    double *f1 = curves_column(sweep, metric);
    for (size_t row = 0; row < rows; row++)
        if (t_below(rng, 3) == 0)
            f1[row] = model_nan();
    curves_best_one(sweep, metric);
    curves_area_rows(sweep);
    curves_average_one(sweep, metric, STARLINGS_METRIC_PAIRWISE_RECALL);
    curves_average_one(sweep, STARLINGS_METRIC_PAIRWISE_RECALL, metric);
    for (size_t row = 0; row < rows; row++)
        f1[row] = model_nan();
    curves_best_one(sweep, metric);
}

static void curves_random_sweeps(void)
{
    t_rng rng = t_rng_make(902);
    uint32_t cases = t_state.big ? 4000 : 60;
    starlings_metric muc_p = curves_metric("muc_precision"), muc_r = curves_metric("muc_recall");
    for (uint32_t i = 0; i < cases; i++) {
        model_graph g = model_random_graph(&rng, CURVES_N, 80);
        starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, false);
        uint32_t *labels = model_u32(g.n), keys[12], key = t_below(&rng, 80000);
        size_t key_count = 1 + t_below(&rng, 12);
        starlings_partition *truth;
        starlings_sweep *exact, *grid, *one;
        for (size_t k = 0; k < key_count; k++, key += 1 + t_below(&rng, 80000))
            keys[k] = key;
        model_random_labels(&rng, labels, g.n, 1 + t_below(&rng, g.n));
        truth = model_partition_of(labels, g.n);
        exact = model_sweep(h, NULL, truth, NULL, 0);
        grid = model_sweep(h, NULL, truth, keys, key_count);
        one = model_sweep(NULL, truth, truth, NULL, 0);
        T_REQUIRE(exact != NULL && grid != NULL && one != NULL);
        curves_area_rows(exact);
        curves_area_rows(grid);
        curves_area_rows(one); /* no width: 0 */
        curves_averages(exact);
        curves_averages(grid);
        curves_average_one(exact, muc_p, muc_r);
        curves_average_one(grid, muc_p, muc_r);
        for (int m = 0; m < STARLINGS_METRIC_COUNT; m++)
            if (curves_has(exact, (starlings_metric)m)) {
                curves_best_one(exact, (starlings_metric)m);
                curves_best_one(grid, (starlings_metric)m);
            }
        if (i < 3) {
            curves_area_keys(exact, STARLINGS_METRIC_BCUBED_F1);
            curves_area_keys(exact, STARLINGS_METRIC_SINGLETONS_B);
        }
        curves_holes(&rng, exact);
        curves_holes(&rng, grid);
        starlings_sweep_release(exact);
        starlings_sweep_release(grid);
        starlings_sweep_release(one);
        starlings_partition_release(truth);
        starlings_hierarchy_release(h);
        model_graph_free(&g);
        free(labels);
    }
}

/* Integers are compared as integers: here they differ where their doubles do not. */
static void curves_large_integers(const starlings_sweep *sweep)
{
    uint64_t *column = (uint64_t *)(uintptr_t)starlings_sweep_integers(sweep,
                                                                       STARLINGS_METRIC_SPLIT_JOIN);
    starlings_best best = { 9, 9, 9, 9, 9 };
    for (size_t row = 0; row < starlings_sweep_row_count(sweep); row++)
        column[row] = ((uint64_t)1 << 60) + (row != 1);
    T_STATUS(starlings_sweep_best(sweep, STARLINGS_METRIC_SPLIT_JOIN, &best), STARLINGS_OK);
    T_EQ_U64(best.row, 1);
    T_EQ_U64(best.plateau_from, starlings_sweep_keys(sweep)[0] + 1);
}

static void curves_no_rows(starlings_hierarchy *h, starlings_partition *truth)
{
    static const uint32_t key = 0;
    starlings_sweep *none = model_sweep(h, NULL, truth, &key, 0);
    starlings_average average = { 7, 7 };
    starlings_best best = { 9, 9, 9, 9, 9 };
    double area = 7;
    T_REQUIRE(none != NULL);
    T_EQ_U64(starlings_sweep_row_count(none), 0);
    T_STATUS(starlings_sweep_area(none, STARLINGS_METRIC_ARI, &area), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_best(none, STARLINGS_METRIC_ARI, &best), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_average(none, STARLINGS_METRIC_ARI, STARLINGS_METRIC_ARI, &average),
             STARLINGS_OK);
    T_NEAR(average.value, 0, 0);
    T_NEAR(average.recall_reached, 0, 0);
    T_NEAR(area, 0, 0);
    starlings_sweep_release(none);
}

/* By hand: 0-1 at .8, 2-3 at .6, all at .2; the truth has 0, 1 and 2, 3. */
static void curves_by_hand(void)
{
    static const starlings_edge edges[] = { { 0, 1, 0.8 }, { 2, 3, 0.6 }, { 1, 2, 0.2 } };
    static const uint32_t labels[] = { 4, 4, 9, 9 }, key = 500000;
    starlings_hierarchy *h = model_build(edges, 3, 4, 0, false);
    starlings_partition *truth = model_partition_of(labels, 4);
    starlings_sweep *exact = model_sweep(h, NULL, truth, NULL, 0);
    starlings_sweep *grid = model_sweep(h, NULL, truth, &key, 1);
    starlings_average average = { 7, 7 };
    starlings_best best;
    double area = 7;
    T_REQUIRE(exact != NULL && grid != NULL);
    /* precision 1/3 up to .2, then 1; recall 1 up to .6, 1/2 up to .8, 0 */
    T_STATUS(starlings_sweep_area(exact, STARLINGS_METRIC_PAIRWISE_RECALL, &area), STARLINGS_OK);
    T_NEAR(area, 0.7, 0);
    T_STATUS(starlings_sweep_area(exact, STARLINGS_METRIC_CLUSTERS_B, &area), STARLINGS_OK);
    T_NEAR(area, 2.4, 0); /* 1 * .2 + 2 * .4 + 3 * .2 + 4 * .2 */
    T_STATUS(starlings_sweep_area(grid, STARLINGS_METRIC_CLUSTERS_B, &area), STARLINGS_OK);
    T_NEAR(area, 0, 0);
    T_STATUS(starlings_sweep_average(exact, STARLINGS_METRIC_PAIRWISE_PRECISION,
                                     STARLINGS_METRIC_PAIRWISE_RECALL, &average), STARLINGS_OK);
    T_NEAR(average.value, 1, 0); /* all is found while precision is 1 */
    T_NEAR(average.recall_reached, 1, 0);
    T_STATUS(starlings_sweep_best(exact, STARLINGS_METRIC_PAIRWISE_PRECISION, &best), STARLINGS_OK);
    T_CHECK(best.plateau_from == 200001 && best.key == STARLINGS_ONE);
    curves_large_integers(exact);
    curves_no_rows(h, truth);
    T_STATUS(starlings_sweep_area(exact, STARLINGS_METRIC_N, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_area(NULL, STARLINGS_METRIC_N, &area), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_average(exact, STARLINGS_METRIC_N, STARLINGS_METRIC_N, NULL),
             STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_average(NULL, STARLINGS_METRIC_N, STARLINGS_METRIC_N, &average),
             STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_average(exact, STARLINGS_METRIC_N, STARLINGS_METRIC_COUNT, &average),
             STARLINGS_ERR_ARG);
    T_NEAR(average.recall_reached, 0, 0);
    T_STATUS(starlings_sweep_best(exact, STARLINGS_METRIC_ARI, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_best(NULL, STARLINGS_METRIC_ARI, &best), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_best(exact, STARLINGS_METRIC_COUNT, &best), STARLINGS_ERR_ARG);
    starlings_sweep_release(exact);
    starlings_sweep_release(grid);
    starlings_partition_release(truth);
    starlings_hierarchy_release(h);
}

/* Precision 1 at every row: the value is the recall that is reached, to the bit. */
static void curves_whole_precision(void)
{
    t_rng rng = t_rng_make(903);
    starlings_edge edges[300];
    uint32_t labels[400];
    for (uint32_t i = 0; i < 400; i++)
        labels[i] = 1;
    for (uint32_t i = 0; i < 300; i++) {
        edges[i].a = t_below(&rng, 400);
        edges[i].b = t_below(&rng, 400);
        edges[i].weight = t_unit(&rng);
    }
    {
        starlings_hierarchy *h = model_build(edges, 300, 400, 0, false);
        starlings_partition *truth = model_partition_of(labels, 400);
        starlings_sweep *sweep = model_sweep(h, NULL, truth, NULL, 0);
        starlings_average average = { 7, 8 };
        T_STATUS(starlings_sweep_average(sweep, STARLINGS_METRIC_BCUBED_PRECISION,
                                         STARLINGS_METRIC_BCUBED_RECALL, &average), STARLINGS_OK);
        T_CHECK(average.value < 1 && curves_same_bits(average.value, average.recall_reached));
        T_STATUS(starlings_sweep_average(sweep, STARLINGS_METRIC_PAIRWISE_PRECISION,
                                         STARLINGS_METRIC_PAIRWISE_RECALL, &average), STARLINGS_OK);
        T_CHECK(average.value < 1 && curves_same_bits(average.value, average.recall_reached));
        starlings_sweep_release(sweep);
        starlings_partition_release(truth);
        starlings_hierarchy_release(h);
    }
}

/* ---- exact sums ---------------------------------------------------------------------- */

static double curves_power(int exponent)
{
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static void curves_sum_product(stln_sum *sum, double x, double y, bool away)
{
    stln_number a, b;
    T_CHECK(stln_number_of_real(x, &a) && stln_number_of_real(y, &b));
    stln_sum_add(sum, &a, &b, away);
}

/* Many products of all sizes go in, and all but one come out again: what is left is that one. */
static void curves_sum_cancels(void)
{
    t_rng rng = t_rng_make(904);
    static double x[200], y[200];
    for (uint32_t round = 0; round < 300; round++) {
        stln_sum sum;
        uint32_t count = 1 + t_below(&rng, 200), left = t_below(&rng, count);
        int range = 1 + (int)t_below(&rng, 500);
        volatile double want;
        memset(&sum, 0, sizeof sum);
        for (uint32_t i = 0; i < count; i++) {
            x[i] = (t_unit(&rng) - 0.5) * curves_power((int)t_below(&rng, 1000) % range);
            y[i] = (t_unit(&rng) - 0.5) * curves_power(-(int)t_below(&rng, 1000) % range);
            curves_sum_product(&sum, x[i], y[i], false);
        }
        for (uint32_t i = count; i-- > 0;)
            if (i != left)
                curves_sum_product(&sum, -y[i], x[i], false);
        want = x[left] * y[left];
        T_CHECK(curves_same_bits(stln_sum_ratio(&sum, 1), want));
    }
}

static void curves_sum_ends(void)
{
    double largest = curves_power(1023) * (2 - curves_power(-52)), least = curves_power(-1022);
    double tiny = least * curves_power(-52);
    stln_sum sum;
    stln_number number;
    T_CHECK(!stln_number_of_real(model_nan(), &number));
    T_CHECK(!stln_number_of_real(curves_power(1024), &number)); /* infinite */
    memset(&sum, 0, sizeof sum);
    T_NEAR(stln_sum_ratio(&sum, 1), 0, 0);
    curves_sum_product(&sum, largest, largest, false); /* both ends at once, and back */
    curves_sum_product(&sum, tiny, tiny, false);
    curves_sum_product(&sum, largest, largest, true);
    T_CHECK(sum.word[0][0] == 1);
    T_NEAR(stln_sum_ratio(&sum, 1), 0, 0);
    memset(&sum, 0, sizeof sum);
    for (int i = 0; i < 1000; i++)
        curves_sum_product(&sum, largest, -largest, false);
    T_CHECK(curves_is_nan(stln_sum_ratio(&sum, 1)));
    memset(&sum, 0, sizeof sum);
    for (uint32_t i = 0; i < 1000; i++)
        curves_sum_product(&sum, -largest, 1000, false);
    T_NEAR(stln_sum_ratio(&sum, STARLINGS_ONE), -largest, 0);
    memset(&sum, 0, sizeof sum);
    curves_sum_product(&sum, least, 1, false);
    T_NEAR(stln_sum_ratio(&sum, 1), least, 0);
    memset(&sum, 0, sizeof sum);
    curves_sum_product(&sum, tiny, 1, false); /* below the normal ones */
    T_NEAR(stln_sum_ratio(&sum, 1), 0, 0);
    memset(&sum, 0, sizeof sum);
    curves_sum_product(&sum, 1, 1, true); /* borrow through many words */
    curves_sum_product(&sum, least, least, false);
    T_NEAR(stln_sum_ratio(&sum, 1), -1, 0);
    memset(&sum, 0, sizeof sum); /* a tie, and the bit far below that decides it */
    curves_sum_product(&sum, 1, 1, false);
    curves_sum_product(&sum, curves_power(-53), 1, false);
    T_NEAR(stln_sum_ratio(&sum, 1), 1, 0);
    memset(&sum, 0, sizeof sum);
    curves_sum_product(&sum, 1, 1, false);
    curves_sum_product(&sum, curves_power(-53), 1, false);
    curves_sum_product(&sum, least, least, false);
    T_NEAR(stln_sum_ratio(&sum, 1), 1 + curves_power(-52), 0);
    memset(&sum, 0, sizeof sum);
    curves_sum_product(&sum, largest, 4, false); /* just beyond the end */
    T_CHECK(curves_is_nan(stln_sum_ratio(&sum, 1)));
}

/* A tie, and one bit that decides it, as far below as can be. */
static void curves_sum_ties(void)
{
    for (int below = 54; below <= 2000; below++) {
        stln_sum sum;
        int half = below / 2;
        memset(&sum, 0, sizeof sum);
        curves_sum_product(&sum, 1, 1, false);
        curves_sum_product(&sum, curves_power(-53), 1, false);
        curves_sum_product(&sum, curves_power(-half), curves_power(half - below), false);
        T_NEAR(stln_sum_ratio(&sum, 1), 1 + curves_power(-52), 0);
    }
}

/* Words that are all ones: a carry and a borrow must go through them. (2^63 + 1) (2^64 - 2) 2^29 =
   (2^128 - 4) 2^28, and a word begins at 2^28. */
static void curves_sum_carries(void)
{
    const stln_number x = { ((uint64_t)1 << 63) + 1, 29, false }, y = { UINT64_MAX - 1, 0, false };
    stln_sum sum;
    memset(&sum, 0, sizeof sum);
    curves_sum_product(&sum, 4, curves_power(28), false);
    stln_sum_add(&sum, &x, &y, false);
    T_NEAR(stln_sum_ratio(&sum, 1), curves_power(156), 0);
    memset(&sum, 0, sizeof sum);
    curves_sum_product(&sum, curves_power(156), 1, false);
    stln_sum_add(&sum, &x, &y, true);
    T_NEAR(stln_sum_ratio(&sum, 1), curves_power(30), 0);
}

/* ---- errors of entities ---------------------------------------------------------------- */

/* One reference cluster from the definitions, all records with all. */
static void curves_errors_one(const starlings_entity_error *got, const uint32_t *a,
                              const uint32_t *b, uint32_t n, uint32_t head)
{
    long double size = 0, cells = 0, entropy = 0, squares = 0, extra = 0, share = 0, missing = 0;
    double slack = (double)curves_slack();
    bool exact = true;
    for (uint32_t r = 0; r < n; r++)
        size += a[r] == a[head];
    for (uint32_t r = 0; r < n; r++) {
        uint32_t c = 0, whole = 0;
        exact = exact && (a[r] == a[head]) == (b[r] == b[head]);
        for (uint32_t s = 0; s < n && a[r] == a[head]; s++) {
            c += a[s] == a[r] && b[s] == b[r];
            whole += b[s] == b[r];
        }
        if (c == 0)
            continue;
        cells += 1.0L / c;
        squares += c; /* over the c records of the cell: c^2 */
        entropy += model_log_ratio((uint32_t)size, c) / size;
        extra += (long double)(whole - c) / size;
        share += (1 - (long double)c / whole) / size;
        missing += (size - c) / size;
    }
    T_EQ_U64(got->size, (uint32_t)size);
    T_EQ_U64(got->cells, (uint32_t)(cells + 0.5L));
    T_CHECK(got->exact == exact);
    T_NEAR(got->split_1, (double)curves_exp(entropy), 20 * slack * got->split_1);
    T_NEAR(got->split_2, (double)(size * size / squares), 2 * slack * got->split_2);
    T_NEAR(got->extra, (double)extra, 8 * slack * got->extra);
    T_NEAR(got->extra_share, (double)share, 8 * slack * got->extra_share);
    T_NEAR(got->missing, (double)missing, 8 * slack * got->missing);
    T_NEAR(got->missing_share, (double)(missing / size), 8 * slack * got->missing_share);
}

static void curves_random_errors(void)
{
    t_rng rng = t_rng_make(905);
    uint32_t cases = t_state.big ? 6000 : 90;
    for (uint32_t i = 0; i < cases; i++) {
        model_graph g = model_random_graph(&rng, CURVES_N, 60);
        starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, false);
        uint32_t *a = model_u32(g.n), *b = model_u32(g.n);
        starlings_entity_error *got, *other;
        starlings_partition *reference, *prediction = NULL, *bare = NULL;
        starlings_partition_desc desc;
        memset(&desc, 0, sizeof desc);
        desc.hierarchy = h;
        desc.threshold = t_unit(&rng);
        T_STATUS(starlings_partition_create(&desc, &prediction), STARLINGS_OK);
        desc.skip_labels = true;
        T_STATUS(starlings_partition_create(&desc, &bare), STARLINGS_OK);
        model_random_labels(&rng, a, g.n, 1 + t_below(&rng, g.n));
        reference = model_partition_of(a, g.n);
        T_REQUIRE(prediction != NULL && bare != NULL && reference != NULL);
        memcpy(b, starlings_partition_labels(prediction), g.n * sizeof *b);
        got = (starlings_entity_error *)model_new(g.n, sizeof *got);
        other = (starlings_entity_error *)model_new(g.n, sizeof *other);
        T_STATUS(starlings_entity_errors(prediction, reference, NULL, got), STARLINGS_OK);
        T_STATUS(starlings_entity_errors(bare, reference, NULL, other), STARLINGS_OK);
        T_CHECK(memcmp(got, other, g.n * sizeof *got) == 0); /* both were zeroed: gaps are equal */
        for (uint32_t e = 0; e < starlings_partition_entity_count(reference); e++)
            curves_errors_one(&got[e], a, b, g.n,
                              starlings_partition_entity(reference, e).records[0]);
        /* the other way round: the reference is the cut without labels */
        T_STATUS(starlings_entity_errors(reference, bare, NULL, got), STARLINGS_OK);
        for (uint32_t e = 0; e < starlings_partition_entity_count(bare); e++)
            curves_errors_one(&got[e], b, a, g.n, starlings_partition_entity(bare, e).records[0]);
        starlings_partition_release(prediction);
        starlings_partition_release(bare);
        starlings_partition_release(reference);
        starlings_hierarchy_release(h);
        model_graph_free(&g);
        free(a);
        free(b);
        free(got);
        free(other);
    }
}

/* One cluster of n records taken apart into pieces of one size: as many as there are, exactly. The
   other way round, a piece of s records in n: (n - s) / n of it is extra, to the last bit. */
static void curves_errors_even(void)
{
    uint32_t one[240], pieces[240];
    starlings_entity_error e[240];
    for (uint32_t size = 1; size <= 6; size++)
        for (uint32_t n = size; n <= 240; n += size) {
            starlings_partition *a, *b;
            for (uint32_t r = 0; r < n; r++) {
                one[r] = 0;
                pieces[r] = r / size;
            }
            a = model_partition_of(one, n);
            b = model_partition_of(pieces, n);
            T_STATUS(starlings_entity_errors(b, a, NULL, e), STARLINGS_OK);
            T_NEAR(e[0].split_1, n / size, 0);
            T_NEAR(e[0].split_2, n / size, 0);
            T_STATUS(starlings_entity_errors(a, b, NULL, e), STARLINGS_OK);
            T_NEAR(e[n / size - 1].extra_share, (double)(n - size) / n, 0);
            starlings_partition_release(a);
            starlings_partition_release(b);
        }
}

static void curves_errors_by_hand(void)
{
    static const uint32_t a[] = { 1, 1, 1, 1, 2, 3, 3, 3 }, b[] = { 7, 7, 8, 8, 8, 9, 9, 6 };
    starlings_partition *reference = model_partition_of(a, 8);
    starlings_partition *prediction = model_partition_of(b, 8);
    starlings_partition *shorter = model_partition_of(b, 7), *empty = model_partition_of(NULL, 0);
    starlings_entity_error e[3];
    T_REQUIRE(reference != NULL && prediction != NULL && shorter != NULL && empty != NULL);
    T_STATUS(starlings_entity_errors(prediction, reference, NULL, e), STARLINGS_OK);
    /* four records as 2 of 2 and 2 of 3 */
    T_CHECK(e[0].size == 4 && e[0].cells == 2 && !e[0].exact);
    T_NEAR(e[0].split_1, 2, 0);
    T_NEAR(e[0].split_2, 2, 0);
    T_NEAR(e[0].extra, 0.5, 0);
    T_NEAR(e[0].extra_share, 1.0 / 6, 0);
    T_NEAR(e[0].missing, 2, 0);
    T_NEAR(e[0].missing_share, 0.5, 0);
    /* one record in a cluster of three */
    T_CHECK(e[1].size == 1 && e[1].cells == 1 && !e[1].exact);
    T_NEAR(e[1].split_1, 1, 0);
    T_NEAR(e[1].extra, 2, 0);
    T_NEAR(e[1].extra_share, 2.0 / 3, 0);
    T_NEAR(e[1].missing_share, 0, 0);
    /* three as 2 of 2 and 1 of 1: 3 / 2^(2/3) */
    T_NEAR(e[2].split_1, 1.8898815748423097, 4e-16);
    T_NEAR(e[2].split_2, 9.0 / 5, 0);
    T_NEAR(e[2].extra, 0, 0);
    T_NEAR(e[2].missing, 4.0 / 3, 0);
    T_NEAR(e[2].missing_share, 4.0 / 9, 0);
    T_STATUS(starlings_entity_errors(reference, reference, NULL, e), STARLINGS_OK);
    for (int i = 0; i < 3; i++) {
        T_CHECK(e[i].exact && e[i].cells == 1);
        T_NEAR(e[i].split_1, 1, 0);
        T_NEAR(e[i].extra_share, 0, 0);
    }
    T_STATUS(starlings_entity_errors(shorter, reference, NULL, e), STARLINGS_ERR_DISJOINT);
    T_STATUS(starlings_entity_errors(NULL, reference, NULL, e), STARLINGS_ERR_ARG);
    T_STATUS(starlings_entity_errors(prediction, NULL, NULL, e), STARLINGS_ERR_ARG);
    T_STATUS(starlings_entity_errors(prediction, reference, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_entity_errors(empty, empty, NULL, NULL), STARLINGS_OK);
    starlings_partition_release(reference);
    starlings_partition_release(prediction);
    starlings_partition_release(shorter);
    starlings_partition_release(empty);
}

/* ---- memory and cancelling ---------------------------------------------------------------- */

typedef struct curves_world {
    faults f;
    faults_cancel cancel;
    starlings_env env;
    starlings_hierarchy *h;
    starlings_partition *cut; /* without labels */
    starlings_partition *truth;
} curves_world;

typedef starlings_status curves_call(const curves_world *w, const starlings_env *env,
                                     uint64_t *hash);

static starlings_status curves_call_select(const curves_world *w, const starlings_env *env,
                                           uint64_t *hash)
{
    uint32_t records[30];
    starlings_hierarchy *got = w->h;
    starlings_status status;
    for (uint32_t i = 0; i < 30; i++)
        records[i] = i + i / 3;
    status = starlings_hierarchy_select(w->h, env, records, 30, &got);
    T_CHECK((got != NULL) == (status == STARLINGS_OK));
    *hash = got == NULL ? 0 : model_hash_hierarchy(got);
    starlings_hierarchy_release(got);
    return status;
}

static starlings_status curves_call_errors(const curves_world *w, const starlings_env *env,
                                           uint64_t *hash)
{
    starlings_entity_error errors[CURVES_N];
    starlings_status status;
    memset(errors, 0, sizeof errors);
    status = starlings_entity_errors(w->cut, w->truth, env, errors);
    *hash = model_hash(MODEL_HASH_START, errors, sizeof errors);
    return status;
}

static starlings_status curves_call_lifetimes(const curves_world *w, const starlings_env *env,
                                              uint64_t *hash)
{
    starlings_lifetime lives[2 * CURVES_N];
    size_t count = 9;
    starlings_status status;
    memset(lives, 0, sizeof lives);
    status = starlings_hierarchy_lifetimes(w->h, env, 1, lives, 2 * CURVES_N, &count);
    T_CHECK((count > 0) == (status == STARLINGS_OK));
    *hash = MODEL_HASH_START;
    for (int i = 0; i < 2 * CURVES_N; i++) {
        *hash = model_hash_u32(*hash, lives[i].from);
        *hash = model_hash_u32(*hash, lives[i].to);
        *hash = model_hash_u32(*hash, (uint32_t)lives[i].pairs);
    }
    return status;
}

static starlings_status curves_call_plateaus(const curves_world *w, const starlings_env *env,
                                             uint64_t *hash)
{
    starlings_plateau plateaus[CURVES_N];
    size_t count = 9;
    starlings_status status;
    memset(plateaus, 0, sizeof plateaus);
    status = starlings_hierarchy_plateaus(w->h, env, plateaus, CURVES_N, &count);
    T_CHECK((count > 0) == (status == STARLINGS_OK));
    *hash = model_hash(MODEL_HASH_START, plateaus, sizeof plateaus);
    return status;
}

static starlings_status curves_call_counts(const curves_world *w, const starlings_env *env,
                                           uint64_t *hash)
{
    static const uint32_t counts[] = { 30, 20, 10 };
    uint32_t keys[3] = { 0, 0, 0 };
    starlings_status status = starlings_hierarchy_keys_of_counts(w->h, env, counts, 3, keys);
    *hash = model_hash(MODEL_HASH_START, keys, sizeof keys);
    return status;
}

static starlings_status curves_call_stability(const curves_world *w, const starlings_env *env,
                                              uint64_t *hash)
{
    static const uint32_t keys[] = { 100000, 500000, 900000 };
    double shares[9] = { 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    starlings_status status = starlings_hierarchy_stability(w->h, env, keys, 3, shares);
    *hash = model_hash(MODEL_HASH_START, shares, sizeof shares);
    return status;
}

/* Refuse the n-th allocation, once or from there on, until the call gets through. The allocator
   is that of the objects: env is NULL. */
static void curves_starve(curves_world *w, curves_call *call, bool for_ever)
{
    uint64_t want = 0, got = 0;
    size_t live = w->f.live, n = 0;
    T_STATUS(call(w, NULL, &want), STARLINGS_OK);
    do {
        starlings_status status;
        w->f.armed = true;
        w->f.calls = w->f.failed = w->f.shrinks = 0;
        w->f.fail_at = n;
        w->f.for_ever = for_ever;
        status = call(w, NULL, &got);
        w->f.armed = false;
        T_EQ_U64(w->f.live, live);
        T_EQ_U64(w->f.broken, 0);
        if (status == STARLINGS_OK)
            T_EQ_U64(got, want);
        else
            T_STATUS(status, STARLINGS_ERR_NOMEM);
        T_CHECK(status != STARLINGS_OK || w->f.shrinks == w->f.failed || STARLINGS_DEBUG >= 3);
    } while (w->f.failed > 0 && ++n < 1000);
    T_CHECK(n > 0 && n < 1000);
}

static void curves_cancelled(curves_world *w)
{
    uint64_t want = 0, got = 0;
    size_t live = w->f.live, n = 0;
    T_STATUS(curves_call_select(w, NULL, &want), STARLINGS_OK);
    w->env.progress.report = faults_report;
    w->env.progress.ctx = &w->cancel;
    for (;; n++) {
        starlings_status status;
        w->cancel.calls = 0;
        w->cancel.stop_at = n;
        status = curves_call_select(w, &w->env, &got);
        T_EQ_U64(w->f.live, live);
        if (w->cancel.calls <= n) {
            T_STATUS(status, STARLINGS_OK);
            T_EQ_U64(got, want);
            break;
        }
        T_STATUS(status, STARLINGS_ERR_CANCELLED);
    }
    T_CHECK(n > 0 && w->cancel.broken == 0);
}

static void curves_faults(void)
{
    static curves_call *const calls[] = { curves_call_select,   curves_call_errors,
                                          curves_call_lifetimes, curves_call_plateaus,
                                          curves_call_counts,   curves_call_stability };
    static curves_world w;
    t_rng rng = t_rng_make(906);
    starlings_edge edges[60];
    uint32_t labels[CURVES_N];
    starlings_hierarchy_desc desc;
    starlings_partition_desc p;
    memset(&w, 0, sizeof w);
    w.f = faults_make();
    w.f.armed = false;
    for (uint32_t i = 0; i < 60; i++) {
        edges[i].a = t_below(&rng, CURVES_N);
        edges[i].b = t_below(&rng, CURVES_N);
        edges[i].weight = t_below(&rng, 12) / 11.0;
    }
    for (uint32_t r = 0; r < CURVES_N; r++)
        labels[r] = t_below(&rng, 12);
    memset(&desc, 0, sizeof desc);
    desc.edges = edges;
    desc.edge_count = 60;
    desc.record_count = CURVES_N;
    desc.env.allocator = faults_allocator(&w.f);
    T_STATUS(starlings_hierarchy_create(&desc, &w.h), STARLINGS_OK);
    memset(&p, 0, sizeof p);
    p.hierarchy = w.h;
    p.threshold = 0.6;
    p.skip_labels = true;
    T_STATUS(starlings_partition_create(&p, &w.cut), STARLINGS_OK);
    w.truth = model_partition_of(labels, CURVES_N);
    T_REQUIRE(w.h != NULL && w.cut != NULL && w.truth != NULL);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        curves_starve(&w, calls[i], false);
        curves_starve(&w, calls[i], true);
    }
    curves_cancelled(&w);
    starlings_partition_release(w.truth);
    starlings_partition_release(w.cut);
    starlings_hierarchy_release(w.h);
    T_EQ_U64(w.f.live, 0);
    T_EQ_U64(w.f.broken, 0);
}

/* ---- large ----------------------------------------------------------------------------------- */

/* A chain whose links get weaker to the right (deep to the left), or stronger, or a star: all that
   is asked has a closed form. Link i joins record i + 1 at key i + 1 or n - 1 - i. */
static void curves_large_one(uint32_t n, bool star, bool falling)
{
    starlings_edge *edges = (starlings_edge *)model_new(n, sizeof *edges);
    starlings_lifetime *lives = (starlings_lifetime *)model_new(2 * (size_t)n, sizeof *lives);
    starlings_hierarchy *h, *half = NULL;
    uint32_t counts[2], keys[2], *records = model_u32(n);
    double share[4];
    size_t count = 0;
    uint64_t pairs = 0;
    for (uint32_t i = 0; i + 1 < n; i++) {
        edges[i].a = star ? 0 : i;
        edges[i].b = i + 1;
        edges[i].weight = starlings_key_threshold(falling ? n - 1 - i : i + 1);
        records[i] = 2 * i;
    }
    h = model_build(edges, n - 1, n, 0, false);
    T_REQUIRE(h != NULL);
    T_STATUS(starlings_hierarchy_lifetimes(h, NULL, 1, lives, 2 * (size_t)n, &count), STARLINGS_OK);
    T_EQ_U64(count, 2 * (size_t)n - 1);
    for (size_t i = 0; i < count; i++)
        pairs += lives[i].pairs;
    T_EQ_U64(pairs, model_pairs(n)); /* every pair comes together once */
    T_CHECK(lives[0].entity.count == n && lives[0].from == 0 && lives[0].to == 1);
    T_STATUS(starlings_hierarchy_select(h, NULL, records, n / 2, &half), STARLINGS_OK);
    T_EQ_U64(starlings_hierarchy_record_count(half), n / 2);
    counts[0] = 1;
    counts[1] = n / 2; /* the links of keys up to n / 2 - 1 are cut */
    T_STATUS(starlings_hierarchy_keys_of_counts(h, NULL, counts, 2, keys), STARLINGS_OK);
    T_EQ_U64(keys[0], 1);
    T_EQ_U64(keys[1], n / 2);
    keys[0] = 2;
    keys[1] = n / 2 + 1; /* the great entity; 1 alone; n / 2 alone */
    T_STATUS(starlings_hierarchy_stability(h, NULL, keys, 2, share), STARLINGS_OK);
    T_NEAR(share[1], 1.0 / (n / 2 + 2), 0);
    starlings_hierarchy_release(h);
    starlings_hierarchy_release(half);
    free(edges);
    free(lives);
    free(records);
}

static void curves_large(void)
{
    uint32_t n = t_state.big ? 1000000 : 30000;
    curves_large_one(n, false, true);
    curves_large_one(n, false, false);
    curves_large_one(n, true, true);
    curves_large_one(n, true, false);
}

static void test_curves(void)
{
    curves_select_arguments();
    curves_lives_arguments();
    curves_random_hierarchies();
    curves_by_hand();
    curves_whole_precision();
    curves_sum_cancels();
    curves_sum_ends();
    curves_sum_ties();
    curves_sum_carries();
    curves_random_sweeps();
    curves_errors_by_hand();
    curves_errors_even();
    curves_random_errors();
    curves_faults();
    curves_large();
}
