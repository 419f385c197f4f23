/* test_forest.c - union-find: against relabelling, at its limits, from many threads at once. */

static starlings_forest *forest_make(uint32_t n)
{
    starlings_forest *forest = NULL;
    starlings_forest_desc desc = { 0 };
    desc.node_count = n;
    T_STATUS(starlings_forest_create(&desc, &forest), STARLINGS_OK);
    return forest;
}

static void forest_against_model(uint32_t round)
{
    t_rng rng = t_rng_make(100 + round);
    uint32_t n = 1 + t_below(&rng, 60), trees = n;
    uint32_t *labels = model_u32(n);
    starlings_forest *forest = forest_make(n);
    T_REQUIRE(forest != NULL);
    for (uint32_t i = 0; i < n; i++)
        labels[i] = i;
    for (uint32_t i = t_below(&rng, 2 * n); i > 0; i--) {
        uint32_t a = t_below(&rng, n), b = t_below(&rng, n), from, to;
        bool joined = labels[a] == labels[b]; /* must be turned round */
        T_STATUS(starlings_forest_union(forest, a, b, t_below(&rng, 4) ? &joined : NULL),
                 STARLINGS_OK);
        from = labels[a] > labels[b] ? labels[a] : labels[b];
        to = labels[a] > labels[b] ? labels[b] : labels[a];
        trees -= from != to;
        for (uint32_t r = 0; r < n; r++)
            labels[r] = labels[r] == from ? to : labels[r];
    }
    T_EQ_U64(starlings_forest_tree_count(forest), trees);
    for (uint32_t r = 0; r < n; r++)
        T_EQ_U64(starlings_forest_find(forest, r), labels[r]);
    T_EQ_U64(starlings_forest_tree_count(forest), trees);
    starlings_forest_destroy(forest);
    free(labels);
}

static void forest_joined_flag(void)
{
    starlings_forest *forest = forest_make(3);
    bool joined = false;
    T_REQUIRE(forest != NULL);
    T_STATUS(starlings_forest_union(forest, 2, 1, &joined), STARLINGS_OK);
    T_CHECK(joined);
    T_STATUS(starlings_forest_union(forest, 1, 2, &joined), STARLINGS_OK);
    T_CHECK(!joined);
    joined = true;
    T_STATUS(starlings_forest_union(forest, 0, 0, &joined), STARLINGS_OK);
    T_CHECK(!joined);
    T_EQ_U64(starlings_forest_find(forest, 2), 1);
    starlings_forest_destroy(forest);
}

static void forest_limits(void)
{
    starlings_forest *forest = forest_make(0);
    starlings_forest_desc desc = { 0 };
    bool joined = true;
    T_REQUIRE(forest != NULL);
    T_EQ_U64(starlings_forest_tree_count(forest), 0);
    T_EQ_U64(starlings_forest_find(forest, 0), STARLINGS_NONE);
    T_STATUS(starlings_forest_union(forest, 0, 0, &joined), STARLINGS_ERR_RANGE);
    T_CHECK(!joined);
    starlings_forest_destroy(forest);
    forest = forest_make(5);
    T_REQUIRE(forest != NULL);
    T_STATUS(starlings_forest_union(forest, 0, 5, NULL), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_forest_union(forest, 5, 0, NULL), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_forest_union(forest, UINT32_MAX, 1, NULL), STARLINGS_ERR_RANGE);
    T_EQ_U64(starlings_forest_find(forest, 5), STARLINGS_NONE);
    T_EQ_U64(starlings_forest_find(forest, UINT32_MAX), STARLINGS_NONE);
    T_EQ_U64(starlings_forest_tree_count(forest), 5);
    starlings_forest_destroy(forest);
    T_EQ_U64(starlings_forest_find(NULL, 0), STARLINGS_NONE);
    T_EQ_U64(starlings_forest_tree_count(NULL), 0);
    T_STATUS(starlings_forest_union(NULL, 0, 0, NULL), STARLINGS_ERR_ARG);
    desc.node_count = UINT32_MAX; /* one more than there may be */
    T_CHECK(starlings_forest_create(&desc, &forest) != STARLINGS_OK);
    T_CHECK(forest == NULL);
}

/* Long chains in both directions must not recurse or crawl. */
static void forest_chains(void)
{
    enum { N = 200000 };
    for (int up = 0; up < 2; up++) {
        starlings_forest *forest = forest_make(N);
        T_REQUIRE(forest != NULL);
        for (uint32_t i = 0; i + 1 < N; i++) {
            uint32_t at = up ? i : N - 2 - i;
            (void)starlings_forest_union(forest, at, at + 1, NULL);
        }
        T_EQ_U64(starlings_forest_tree_count(forest), 1);
        T_EQ_U64(starlings_forest_find(forest, N - 1), 0);
        starlings_forest_destroy(forest);
    }
}

typedef struct forest_job {
    starlings_forest *forest;
    uint32_t n, edges, threads;
    uint64_t seed;
    uint32_t joined[8];
    uint32_t misled[8]; /* finds that named a larger node, or no node */
} forest_job;

static void forest_edge(uint64_t seed, uint32_t i, uint32_t n, uint32_t *a, uint32_t *b)
{
    t_rng rng = { seed + i };
    *a = t_below(&rng, n);
    *b = i % 3 == 0 ? *a / 2 : t_below(&rng, n);
}

/* Every thread takes its share of the unions, and some of the others' too, and looks around. */
static void forest_task(void *ctx, uint32_t number)
{
    forest_job *job = (forest_job *)ctx;
    for (uint32_t i = 0; i < job->edges; i++) {
        uint32_t a, b;
        bool joined = false;
        if (i % job->threads != number && i % 5 != 0)
            continue;
        forest_edge(job->seed, i, job->n, &a, &b);
        (void)starlings_forest_union(job->forest, a, b, &joined);
        job->joined[number] += joined;
        job->misled[number] += starlings_forest_find(job->forest, b) > b;
    }
}

static void forest_concurrent(uint32_t round)
{
    forest_job job;
    starlings_forest *serial;
    uint32_t joined = 0;
    memset(&job, 0, sizeof job);
    job.n = 2000;
    job.edges = 1500 + 500 * (round % 4);
    job.threads = 4;
    job.seed = 1000 * round + t_state.seed;
    job.forest = forest_make(job.n);
    serial = forest_make(job.n);
    T_REQUIRE(job.forest != NULL && serial != NULL);
    model_threads(job.threads, forest_task, &job);
    for (uint32_t i = 0; i < job.edges; i++) {
        uint32_t a, b;
        forest_edge(job.seed, i, job.n, &a, &b);
        (void)starlings_forest_union(serial, a, b, NULL);
    }
    for (uint32_t t = 0; t < job.threads; t++) {
        joined += job.joined[t];
        T_EQ_U64(job.misled[t], 0);
    }
    T_EQ_U64(starlings_forest_tree_count(job.forest), starlings_forest_tree_count(serial));
    T_EQ_U64(joined, job.n - starlings_forest_tree_count(serial)); /* each join has one winner */
    for (uint32_t r = 0; r < job.n; r++)
        T_REQUIRE(starlings_forest_find(job.forest, r) == starlings_forest_find(serial, r));
    starlings_forest_destroy(job.forest);
    starlings_forest_destroy(serial);
}

/* ---- why not by rank ----------------------------------------------------- */

/* Two threads unite the same two roots, a first and b first. Each looks, decides which root goes
   under which, and swaps it in if that root still is one. With all looks before all swaps:
   by rank, ties going to the first argument, both swaps succeed and make a cycle; by index both
   decide the same, and the second swap finds its root taken. */
typedef struct forest_step {
    uint32_t under, over;
} forest_step;

static forest_step forest_by_rank(const uint32_t *rank, uint32_t a, uint32_t b)
{
    forest_step step = { b, a };
    if (rank[a] < rank[b]) {
        step.under = a;
        step.over = b;
    }
    return step;
}

static forest_step forest_by_index(const uint32_t *rank, uint32_t a, uint32_t b)
{
    forest_step step = { a > b ? a : b, a > b ? b : a };
    (void)rank;
    return step;
}

/* Is there a root above every node when both steps are taken after both looks? */
static bool forest_survives(forest_step (*look)(const uint32_t *, uint32_t, uint32_t))
{
    uint32_t parent[2] = { 0, 1 }, rank[2] = { 0, 0 };
    forest_step one = look(rank, 0, 1), two = look(rank, 1, 0);
    if (parent[one.under] == one.under)
        parent[one.under] = one.over;
    if (parent[two.under] == two.under)
        parent[two.under] = two.over;
    return parent[0] == 0 || parent[1] == 1;
}

static void forest_ranks_fail(void)
{
    T_CHECK(!forest_survives(forest_by_rank));
    T_CHECK(forest_survives(forest_by_index));
}

static void test_forest(void)
{
    forest_ranks_fail();
    for (uint32_t round = 0; round < 100; round++)
        forest_against_model(round);
    forest_joined_flag();
    forest_limits();
    forest_chains();
    for (uint32_t round = 0; round < (t_state.big ? 400u : 20u); round++)
        forest_concurrent(round);
}
