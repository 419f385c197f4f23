/* test_threads.c - many threads read one hierarchy, partition, index, list and sweep at once, and
   retain and release them. Meant for the thread sanitizer; elsewhere it checks the answers. */

typedef struct threads_job {
    starlings_hierarchy *h;
    starlings_partition *p;
    starlings_index *index;
    starlings_merge_list *list;
    starlings_sweep *sweep;
    uint64_t want;
    uint32_t wrong[8];
} threads_job;

/* All that the objects say, as one number. */
static uint64_t threads_read(const threads_job *job, uint32_t number)
{
    uint64_t hash = model_hash_hierarchy(job->h) ^ model_hash_partition(job->p);
    uint32_t n = starlings_hierarchy_record_count(job->h), sum = 0;
    starlings_kept_edge path[8];
    starlings_merge merge;
    starlings_best best = { 0, 0, 0, 0, 0 };
    for (uint32_t i = 0; i < n; i++) {
        uint32_t key = 0, a = (i + number * 7) % n;
        size_t count = 0;
        (void)starlings_index_closeness(job->index, a, a / 2, &key);
        (void)starlings_index_path(job->index, a, a / 2, path, 8, &count, NULL);
        sum += key + (uint32_t)count;
        if (starlings_merge_list_at(job->list, a, &merge) == STARLINGS_OK)
            sum += merge.key * merge.group_count;
    }
    (void)starlings_sweep_best(job->sweep, STARLINGS_METRIC_ARI, &best);
    return hash ^ model_hash_sweep(job->sweep) ^ sum ^ best.key;
}

/* Read, hold on, build something new from what is shared, let go. */
static void threads_task(void *ctx, uint32_t number)
{
    threads_job *job = (threads_job *)ctx;
    for (uint32_t turn = 0; turn < 6; turn++) {
        starlings_partition_desc desc;
        starlings_partition *p = NULL;
        uint32_t count = 0;
        memset(&desc, 0, sizeof desc);
        desc.hierarchy = starlings_hierarchy_retain(job->h);
        desc.threshold = (number + turn) / 16.0;
        (void)starlings_partition_retain(job->p);
        (void)starlings_index_retain(job->index);
        (void)starlings_merge_list_retain(job->list);
        (void)starlings_sweep_retain(job->sweep);
        job->wrong[number] += threads_read(job, number) != job->want;
        job->wrong[number] += starlings_partition_create(&desc, &p) != STARLINGS_OK;
        (void)starlings_hierarchy_entity_count(job->h, desc.threshold, &count);
        job->wrong[number] += count != starlings_partition_entity_count(p);
        starlings_partition_release(p);
        starlings_sweep_release(job->sweep);
        starlings_merge_list_release(job->list);
        starlings_index_release(job->index);
        starlings_partition_release(job->p);
        starlings_hierarchy_release(job->h);
    }
}

static void threads_share(uint32_t n, uint32_t threads)
{
    t_rng rng = t_rng_make(900 + n);
    starlings_edge *edges = (starlings_edge *)model_new(n, sizeof *edges);
    threads_job job;
    memset(&job, 0, sizeof job);
    for (uint32_t i = 0; i < n; i++) {
        edges[i].a = t_below(&rng, n);
        edges[i].b = t_below(&rng, n);
        edges[i].weight = t_unit(&rng);
    }
    job.h = model_build(edges, n, n, 2, true);
    job.p = model_partition_at(job.h, 500000);
    job.sweep = model_sweep(job.h, NULL, job.p, NULL, 0);
    T_STATUS(starlings_index_create(job.h, NULL, &job.index), STARLINGS_OK);
    T_STATUS(starlings_merge_list_create(job.h, NULL, &job.list), STARLINGS_OK);
    T_REQUIRE(job.index != NULL && job.list != NULL && job.sweep != NULL);
    job.want = threads_read(&job, 0);
    model_threads(threads, threads_task, &job);
    for (uint32_t t = 0; t < threads; t++)
        T_EQ_U64(job.wrong[t], 0);
    T_EQ_U64(threads_read(&job, 1), job.want);
    starlings_index_release(job.index);
    starlings_merge_list_release(job.list);
    starlings_sweep_release(job.sweep);
    starlings_partition_release(job.p);
    starlings_hierarchy_release(job.h);
    free(edges);
}

/* A whole build and sweep with a pool of its own, as one number; 0 if it failed. It runs on other
   threads, so it checks nothing itself. */
static uint64_t threads_build(uint32_t n, uint32_t decimals, uint32_t workers)
{
    t_rng rng = t_rng_make(950);
    starlings_edge *edges = (starlings_edge *)model_new(2 * (size_t)n, sizeof *edges);
    uint32_t *labels = model_u32(n);
    starlings_partition_desc truth_desc;
    starlings_partition *truth = NULL;
    starlings_hierarchy_desc desc;
    starlings_sweep_desc sweep_desc;
    starlings_hierarchy *h = NULL;
    starlings_sweep *sweep = NULL;
    uint64_t hash = 0;
    memset(&desc, 0, sizeof desc);
    memset(&sweep_desc, 0, sizeof sweep_desc);
    for (uint32_t i = 0; i < 2 * n; i++) {
        edges[i].a = t_below(&rng, n);
        edges[i].b = t_below(&rng, n);
        edges[i].weight = t_unit(&rng);
    }
    model_random_labels(&rng, labels, n, n / 3);
    memset(&truth_desc, 0, sizeof truth_desc);
    truth_desc.labels = labels;
    truth_desc.record_count = n;
    (void)starlings_partition_create(&truth_desc, &truth);
    desc.edges = edges;
    desc.edge_count = 2 * (size_t)n;
    desc.record_count = n;
    desc.decimals = decimals;
    desc.env.workers.count = workers;
    if (truth != NULL && starlings_hierarchy_create(&desc, &h) == STARLINGS_OK) {
        sweep_desc.hierarchy = h;
        sweep_desc.reference = truth;
        sweep_desc.env.workers.count = workers;
        if (starlings_sweep_create(&sweep_desc, &sweep) == STARLINGS_OK)
            hash = model_hash_hierarchy(h) ^ model_hash_sweep(sweep);
    }
    starlings_sweep_release(sweep);
    starlings_hierarchy_release(h);
    starlings_partition_release(truth);
    free(edges);
    free(labels);
    return hash;
}

static void threads_build_task(void *ctx, uint32_t number)
{
    threads_job *job = (threads_job *)ctx;
    job->wrong[number] = threads_build(3000, 2, 1 + number) != job->want;
}

/* Several builds at the same time, each with another number of workers. */
static void threads_pools(void)
{
    threads_job job;
    memset(&job, 0, sizeof job);
    job.want = threads_build(3000, 2, 1);
    T_CHECK(job.want != 0);
    model_threads(4, threads_build_task, &job);
    for (uint32_t t = 0; t < 4; t++)
        T_EQ_U64(job.wrong[t], 0);
}

/* One build and sweep large enough that every stage is split among the workers. */
static void threads_inside(void)
{
    uint64_t few = threads_build(100000, 1, 1), many = threads_build(100000, 6, 1);
    T_CHECK(few != 0 && few == threads_build(100000, 1, 4)); /* large groups of equal keys */
    T_CHECK(many != 0 && many == threads_build(100000, 6, 4)); /* rows in one shared table */
}

/* Ten edges a record, so that they are filtered, through one call and through a builder that is cut
   down again and again; then a grid of the two. */
static void threads_pieces(uint32_t workers)
{
    enum { N = 70000, M = 700000, PIECE = 70000 };
    t_rng rng = t_rng_make(960);
    starlings_edge *edges = (starlings_edge *)model_new(M, sizeof *edges);
    static const uint32_t keys[] = { 100000, 300000, 500000, 700000, 800000, 900000, 950000,
                                     990000 };
    starlings_hierarchy_desc desc;
    starlings_builder_desc builder_desc;
    starlings_builder *builder = NULL;
    starlings_hierarchy *whole = NULL, *pieces = NULL;
    starlings_grid_desc grid_desc;
    starlings_grid *grid = NULL;
    memset(&desc, 0, sizeof desc);
    memset(&builder_desc, 0, sizeof builder_desc);
    memset(&grid_desc, 0, sizeof grid_desc);
    for (uint32_t i = 0; i < M; i++) {
        edges[i].a = t_below(&rng, N);
        edges[i].b = t_below(&rng, N);
        edges[i].weight = t_unit(&rng);
    }
    desc.edges = edges;
    desc.edge_count = M;
    desc.record_count = builder_desc.record_count = N;
    desc.env.workers.count = workers;
    builder_desc.env = grid_desc.env = desc.env;
    builder_desc.buffer_edges = 2 * N;
    T_STATUS(starlings_hierarchy_create(&desc, &whole), STARLINGS_OK);
    T_STATUS(starlings_builder_create(&builder_desc, &builder), STARLINGS_OK);
    for (uint32_t i = 0; i < M; i += PIECE)
        T_STATUS(starlings_builder_add(builder, edges + i, PIECE), STARLINGS_OK);
    T_STATUS(starlings_builder_finish(builder, &pieces), STARLINGS_OK);
    T_REQUIRE(whole != NULL && pieces != NULL);
    T_EQ_U64(model_hash_hierarchy(pieces), model_hash_hierarchy(whole));
    grid_desc.a = whole;
    grid_desc.b = pieces;
    grid_desc.keys_a = grid_desc.keys_b = keys;
    grid_desc.key_count_a = grid_desc.key_count_b = sizeof keys / sizeof *keys;
    T_STATUS(starlings_grid_create(&grid_desc, &grid), STARLINGS_OK);
    for (size_t i = 0; i < grid_desc.key_count_a; i++)
        T_NEAR(starlings_grid_value(grid, STARLINGS_METRIC_ARI, i, i), 1.0, 0);
    starlings_grid_release(grid);
    starlings_builder_destroy(builder);
    starlings_hierarchy_release(whole);
    starlings_hierarchy_release(pieces);
    free(edges);
}

/* ---- ten threads read one frame ------------------------------------------- */

enum { THREADS_READERS = 10, THREADS_ANSWERS = 3 };

typedef struct threads_frame {
    const starlings_frame *frame;
    uint64_t want[THREADS_ANSWERS][11]; /* a hash of each partition */
    double ari;                         /* of the last row of an analysis */
    uint32_t wrong[THREADS_READERS];
} threads_frame;

static const char *const threads_names[THREADS_ANSWERS] = { "one", "two", "three" };

/* One sweep of the first two answers against a cut of the third. */
static double threads_analyse(const starlings_frame *frame)
{
    const starlings_expression expressions[] = { { "one", 0, 1, 0.1 }, { "two", 0, 1, 0.1 },
                                                 { "three", 0.6, 0, 0 } };
    starlings_analysis_desc desc;
    starlings_analysis *analysis = NULL;
    double ari = -2;
    memset(&desc, 0, sizeof desc);
    desc.frame = frame;
    desc.expressions = expressions;
    desc.expression_count = 3;
    if (starlings_frame_analyse(&desc, &analysis) == STARLINGS_OK &&
        starlings_analysis_row_count(analysis) == 22)
        ari = starlings_analysis_value(analysis, STARLINGS_METRIC_ARI, 16);
    starlings_analysis_release(analysis);
    return ari;
}

/* Cuts that others cut and evict at the same time, views, look-ups, statistics. */
static void threads_read_frame(void *ctx, uint32_t number)
{
    threads_frame *job = (threads_frame *)ctx;
    const starlings_context *context = starlings_frame_context(job->frame);
    for (uint32_t turn = 0; turn < 40; turn++) {
        uint32_t at = (turn + number) % THREADS_ANSWERS, step = (turn * 7 + number) % 11;
        starlings_partition *p = NULL;
        starlings_collection *view = NULL;
        starlings_identity identity = starlings_identity_of_number("many", turn);
        starlings_frame_stats stats;
        bool good = starlings_frame_partition(job->frame, threads_names[at], step / 10.0, &p) ==
                    STARLINGS_OK;
        good = good && model_hash_partition(p) == job->want[at][step];
        starlings_partition_release(p);
        good = good && starlings_context_find(context, &identity) == turn;
        good = good && starlings_frame_view(job->frame, threads_names[at], &view) == STARLINGS_OK;
        good = good && starlings_collection_partition(view, 0.5, NULL, &p) == STARLINGS_OK;
        good = good && model_hash_partition(p) == job->want[at][5];
        starlings_partition_release(p);
        starlings_collection_release(view);
        if (turn % 20 == number)
            good = good && starlings_frame_describe(job->frame, &stats) == STARLINGS_OK;
        if (turn % 8 == number % 8)
            good = good && threads_analyse(job->frame) == job->ari;
        if (turn % 16 == number)
            starlings_frame_forget(job->frame);
        job->wrong[number] += !good;
    }
}

static void threads_frames(void)
{
    t_rng rng = t_rng_make(4711);
    starlings_frame_desc desc;
    starlings_frame *frame = NULL;
    threads_frame job;
    stln_crew crew;
    starlings_env env;
    memset(&desc, 0, sizeof desc);
    memset(&job, 0, sizeof job);
    memset(&env, 0, sizeof env);
    desc.cache_size = 4;
    T_STATUS(starlings_frame_create(&desc, &frame), STARLINGS_OK);
    for (uint32_t at = 0; at < THREADS_ANSWERS; at++) {
        starlings_identity_edge edges[200];
        starlings_collection_desc c;
        memset(&c, 0, sizeof c);
        for (uint32_t e = 0; e < 200; e++) { /* the first answer makes records 0 ... 39 in order */
            uint32_t a = e < 39 ? e : t_below(&rng, 100), b = e < 39 ? e + 1 : t_below(&rng, 100);
            edges[e].a = starlings_identity_of_number("many", a);
            edges[e].b = starlings_identity_of_number("many", b);
            edges[e].weight = t_below(&rng, 11) / 10.0;
        }
        c.identity_edges = edges;
        c.edge_count = at == 0 ? 80 : 200; /* so the first ones are older than some records */
        T_STATUS(starlings_frame_add_new(frame, threads_names[at], &c), STARLINGS_OK);
    }
    for (uint32_t at = 0; at < THREADS_ANSWERS; at++)
        for (uint32_t step = 0; step < 11; step++) {
            starlings_partition *p = NULL;
            T_STATUS(starlings_frame_partition(frame, threads_names[at], step / 10.0, &p),
                     STARLINGS_OK);
            job.want[at][step] = model_hash_partition(p);
            starlings_partition_release(p);
        }
    job.ari = threads_analyse(frame);
    T_CHECK(job.ari > -1);
    stln_frame_renew(frame); /* the readers make the full hierarchies, too */
    job.frame = frame;
    env = stln_env_of(NULL, NULL);
    env.workers.count = THREADS_READERS;
    T_REQUIRE(stln_crew_open(&crew, &env) == STARLINGS_OK);
    stln_crew_run(&crew, THREADS_READERS, threads_read_frame, &job);
    stln_crew_close(&crew);
    for (uint32_t i = 0; i < THREADS_READERS; i++)
        T_EQ_U64(job.wrong[i], 0);
    starlings_frame_destroy(frame);
}

static void test_threads(void)
{
#ifdef STARLINGS_NO_THREADS
    T_SKIP(1, "built without threads: the tasks run one after the other");
#endif
    for (uint32_t round = 0; round < 4; round++)
        forest_concurrent(round);
    threads_share(300, 4);
    threads_share(3000, 4);
    threads_pools();
    threads_inside();
    threads_pieces(3);
    threads_frames();
}
