/* test_faults.c - every call that allocates, with the n-th allocation refused, once and for ever,
   for every n; and with progress cancelled at every report. Each time: the right status, nothing
   leaked, no guard overwritten, nothing that was there before changed, and the same call works
   when asked again. */

enum { FAULTS_N = 60, FAULTS_M = 90 };

typedef struct faults_world {
    faults f;
    faults_cancel cancel;
    starlings_env env; /* with the allocator above */
    starlings_edge edges[FAULTS_M];
    uint32_t labels[FAULTS_N];
    starlings_hierarchy *plain; /* of the first half of the edges */
    starlings_hierarchy *kept;  /* with kept edges */
    starlings_partition *cut;
    starlings_partition *truth;
} faults_world;

/* A call under test: does it, hashes what came out and gives that back. Objects that the call
   changes are the call's own. */
typedef starlings_status faults_call(faults_world *w, uint64_t *out_hash);

static void faults_open(faults_world *w)
{
    t_rng rng = t_rng_make(800);
    starlings_hierarchy_desc desc;
    starlings_partition_desc p;
    memset(w, 0, sizeof *w);
    w->f = faults_make();
    w->f.armed = false;
    w->env.allocator = faults_allocator(&w->f);
    for (uint32_t i = 0; i < FAULTS_M; i++) {
        w->edges[i].a = t_below(&rng, FAULTS_N);
        w->edges[i].b = t_below(&rng, FAULTS_N);
        w->edges[i].weight = t_below(&rng, 12) / 11.0;
    }
    w->edges[3].a = FAULTS_N - 1;
    for (uint32_t r = 0; r < FAULTS_N; r++)
        w->labels[r] = t_below(&rng, 20) * 1000003;
    memset(&desc, 0, sizeof desc);
    desc.edges = w->edges;
    desc.edge_count = FAULTS_M / 2;
    desc.record_count = FAULTS_N;
    desc.env = w->env;
    T_STATUS(starlings_hierarchy_create(&desc, &w->plain), STARLINGS_OK);
    desc.keep_edges = true;
    T_STATUS(starlings_hierarchy_create(&desc, &w->kept), STARLINGS_OK);
    memset(&p, 0, sizeof p);
    p.env = w->env;
    p.hierarchy = w->plain;
    p.threshold = 0.6;
    T_STATUS(starlings_partition_create(&p, &w->cut), STARLINGS_OK);
    p.hierarchy = NULL;
    p.labels = w->labels;
    p.record_count = FAULTS_N;
    T_STATUS(starlings_partition_create(&p, &w->truth), STARLINGS_OK);
}

/* Between these two nothing fails and nothing is cancelled. */
static bool faults_calm(faults_world *w)
{
    bool armed = w->f.armed;
    w->f.armed = false;
    w->cancel.paused = true;
    return armed;
}

static void faults_resume(faults_world *w, bool armed)
{
    w->f.armed = armed;
    w->cancel.paused = false;
}

static void faults_close(faults_world *w)
{
    starlings_hierarchy_release(w->plain);
    starlings_hierarchy_release(w->kept);
    starlings_partition_release(w->cut);
    starlings_partition_release(w->truth);
}

static uint64_t faults_content(const faults_world *w)
{
    uint64_t all[4];
    all[0] = model_hash_hierarchy(w->plain);
    all[1] = model_hash_hierarchy(w->kept);
    all[2] = model_hash_partition(w->cut);
    all[3] = model_hash_partition(w->truth);
    return model_hash(MODEL_HASH_START, all, sizeof all);
}

/* ---- the calls: forest, hierarchy, builder ------------------------------- */

static starlings_status call_forest(faults_world *w, uint64_t *hash)
{
    starlings_forest_desc desc = { 0 };
    starlings_forest *forest = NULL;
    starlings_status status;
    desc.node_count = FAULTS_N;
    desc.env = w->env;
    status = starlings_forest_create(&desc, &forest);
    T_CHECK((forest != NULL) == (status == STARLINGS_OK));
    *hash = starlings_forest_tree_count(forest);
    starlings_forest_destroy(forest);
    return status;
}

static starlings_status faults_finish(starlings_status status, starlings_hierarchy *h,
                                      uint64_t *hash)
{
    T_CHECK((h != NULL) == (status == STARLINGS_OK));
    if (h != NULL)
        *hash = edges_hash_all(h);
    starlings_hierarchy_release(h);
    return status;
}

static starlings_status faults_build(faults_world *w, uint64_t *hash, bool keep, bool stream,
                                     uint32_t workers)
{
    edges_source source = { NULL, FAULTS_M, 0, 7, 0, STARLINGS_OK, 0 };
    starlings_hierarchy_desc desc;
    starlings_hierarchy *h = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    source.edges = w->edges;
    desc.edges = stream ? NULL : w->edges;
    desc.edge_count = stream ? 0 : FAULTS_M;
    desc.stream.read = stream ? edges_read : NULL;
    desc.stream.ctx = &source;
    desc.keep_edges = keep;
    desc.env = w->env;
    desc.env.workers.count = workers;
    status = starlings_hierarchy_create(&desc, &h);
    return faults_finish(status, h, hash);
}

static starlings_status call_hierarchy(faults_world *w, uint64_t *hash)
{
    return faults_build(w, hash, false, false, 1);
}

static starlings_status call_hierarchy_kept(faults_world *w, uint64_t *hash)
{
    return faults_build(w, hash, true, false, 1);
}

static starlings_status call_hierarchy_stream(faults_world *w, uint64_t *hash)
{
    return faults_build(w, hash, true, true, 1);
}

static starlings_status call_hierarchy_threads(faults_world *w, uint64_t *hash)
{
    return faults_build(w, hash, true, false, 3);
}

static starlings_status faults_add(faults_world *w, const starlings_hierarchy *to, uint64_t *hash)
{
    starlings_hierarchy_desc desc;
    starlings_hierarchy *h = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.edges = w->edges + FAULTS_M / 2;
    desc.edge_count = FAULTS_M - FAULTS_M / 2;
    desc.env = w->env;
    status = starlings_hierarchy_add_edges(to, &desc, &h);
    return faults_finish(status, h, hash);
}

static starlings_status call_add_edges(faults_world *w, uint64_t *hash)
{
    return faults_add(w, w->plain, hash);
}

static starlings_status call_add_edges_kept(faults_world *w, uint64_t *hash)
{
    return faults_add(w, w->kept, hash);
}

static starlings_status call_keys(faults_world *w, uint64_t *hash)
{
    uint32_t keys[20];
    size_t count = 0;
    starlings_status status = starlings_hierarchy_keys(w->plain, &w->env, keys, 20, &count);
    if (status == STARLINGS_OK)
        *hash = model_hash(MODEL_HASH_START, keys, (count < 20 ? count : 20) * sizeof keys[0]);
    return status;
}

/* The hierarchy of what a builder holds, found out in peace. */
static uint64_t faults_builder_content(faults_world *w, starlings_builder *builder)
{
    bool armed = faults_calm(w);
    uint64_t hash = 0;
    starlings_hierarchy *h = NULL;
    starlings_status status = starlings_builder_finish(builder, &h);
    T_STATUS(faults_finish(status, h, &hash), STARLINGS_OK);
    faults_resume(w, armed);
    return hash;
}

/* Calls with a few edges each, a buffer that is cut down again and again; after a failure all is as
   before the call that failed, and that call can be made again. */
static starlings_status faults_builder(faults_world *w, uint64_t *hash, bool keep)
{
    starlings_builder_desc desc;
    starlings_builder *builder = NULL;
    starlings_status status;
    starlings_hierarchy *h = NULL;
    memset(&desc, 0, sizeof desc);
    desc.keep_edges = keep;
    desc.buffer_edges = 4;
    desc.env = w->env;
    status = starlings_builder_create(&desc, &builder);
    T_CHECK((builder != NULL) == (status == STARLINGS_OK));
    for (uint32_t at = 0; at < FAULTS_M && status == STARLINGS_OK; at += 9) {
        uint64_t before = faults_builder_content(w, builder);
        bool armed;
        status = starlings_builder_add(builder, w->edges + at, 9);
        if (status == STARLINGS_OK)
            continue;
        T_EQ_U64(faults_builder_content(w, builder), before);
        armed = faults_calm(w);
        for (uint32_t rest = at; rest < FAULTS_M; rest += 9)
            T_STATUS(starlings_builder_add(builder, w->edges + rest, 9), STARLINGS_OK);
        faults_resume(w, armed);
    }
    if (status == STARLINGS_OK) {
        uint64_t before = faults_builder_content(w, builder);
        status = starlings_builder_finish(builder, &h);
        status = faults_finish(status, h, hash);
        T_EQ_U64(faults_builder_content(w, builder), before);
    } else if (builder != NULL) {
        *hash = faults_builder_content(w, builder);
    }
    starlings_builder_destroy(builder);
    return status;
}

static starlings_status call_builder(faults_world *w, uint64_t *hash)
{
    return faults_builder(w, hash, false);
}

static starlings_status call_builder_kept(faults_world *w, uint64_t *hash)
{
    return faults_builder(w, hash, true);
}

/* ---- the calls: what is made from a hierarchy ---------------------------- */

static starlings_status call_merge_list(faults_world *w, uint64_t *hash)
{
    starlings_merge_list *list = NULL;
    starlings_status status = starlings_merge_list_create(w->plain, &w->env, &list);
    T_CHECK((list != NULL) == (status == STARLINGS_OK));
    if (list != NULL)
        *hash = starlings_merge_list_count(list);
    starlings_merge_list_release(list);
    return status;
}

static starlings_status faults_index(faults_world *w, starlings_hierarchy *h, uint64_t *hash)
{
    starlings_index *index = NULL;
    starlings_status status = starlings_index_create(h, &w->env, &index);
    T_CHECK((index != NULL) == (status == STARLINGS_OK));
    *hash = 0;
    for (uint32_t r = 0; r < FAULTS_N && index != NULL; r++) {
        uint32_t key = 0;
        (void)starlings_index_closeness(index, 0, r, &key);
        *hash = model_hash_u32(*hash, key);
    }
    starlings_index_release(index);
    return status;
}

static starlings_status call_index(faults_world *w, uint64_t *hash)
{
    return faults_index(w, w->plain, hash);
}

static starlings_status call_index_kept(faults_world *w, uint64_t *hash)
{
    return faults_index(w, w->kept, hash);
}

static starlings_status faults_partition(faults_world *w, bool of_labels, bool skip,
                                         uint32_t workers, uint64_t *hash)
{
    starlings_partition_desc desc;
    starlings_partition *p = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = of_labels ? NULL : w->plain;
    desc.labels = of_labels ? w->labels : NULL;
    desc.record_count = of_labels ? FAULTS_N : 0;
    desc.threshold = 0.4;
    desc.skip_labels = skip;
    desc.env = w->env;
    desc.env.workers.count = workers;
    status = starlings_partition_create(&desc, &p);
    T_CHECK((p != NULL) == (status == STARLINGS_OK));
    if (p != NULL)
        *hash = model_hash_partition(p);
    starlings_partition_release(p);
    return status;
}

static starlings_status call_partition_cut(faults_world *w, uint64_t *hash)
{
    return faults_partition(w, false, false, 1, hash);
}

static starlings_status call_partition_skip(faults_world *w, uint64_t *hash)
{
    return faults_partition(w, false, true, 1, hash);
}

static starlings_status call_partition_threads(faults_world *w, uint64_t *hash)
{
    return faults_partition(w, false, false, 4, hash);
}

static starlings_status call_partition_labels(faults_world *w, uint64_t *hash)
{
    return faults_partition(w, true, false, 1, hash);
}

static starlings_status call_sizes(faults_world *w, uint64_t *hash)
{
    starlings_size_count sizes[30];
    size_t count = 0;
    starlings_status status = starlings_partition_sizes(w->truth, &w->env, sizes, 30, &count);
    if (status == STARLINGS_OK)
        *hash = model_hash(MODEL_HASH_START, sizes, count * sizeof sizes[0]);
    return status;
}

static starlings_status faults_sweep(faults_world *w, bool reference, bool prediction, bool grid,
                                     uint32_t workers, uint64_t *hash)
{
    static const uint32_t keys[] = { 0, 100000, 500000, 999999 };
    starlings_sweep_desc desc;
    starlings_sweep *sweep = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = prediction ? NULL : w->plain;
    desc.prediction = prediction ? w->cut : NULL;
    desc.reference = reference ? w->truth : NULL;
    desc.keys = grid ? keys : NULL;
    desc.key_count = grid ? 4 : 0;
    desc.metrics = starlings_metric_set_all(reference, grid || prediction);
    desc.env = w->env;
    desc.env.workers.count = workers;
    status = starlings_sweep_create(&desc, &sweep);
    T_CHECK((sweep != NULL) == (status == STARLINGS_OK));
    if (sweep != NULL)
        *hash = model_hash_sweep(sweep);
    starlings_sweep_release(sweep);
    return status;
}

static starlings_status call_sweep(faults_world *w, uint64_t *hash)
{
    return faults_sweep(w, true, false, false, 1, hash);
}

static starlings_status call_sweep_threads(faults_world *w, uint64_t *hash)
{
    return faults_sweep(w, true, false, false, 3, hash);
}

static starlings_status call_sweep_grid(faults_world *w, uint64_t *hash)
{
    return faults_sweep(w, true, false, true, 1, hash);
}

static starlings_status call_sweep_alone(faults_world *w, uint64_t *hash)
{
    return faults_sweep(w, false, false, false, 1, hash);
}

static starlings_status call_sweep_compare(faults_world *w, uint64_t *hash)
{
    return faults_sweep(w, true, true, false, 1, hash);
}

static starlings_status call_sweep_each(faults_world *w, uint64_t *hash)
{
    static const uint32_t keys[] = { 0, 100000, 500000, 999999 };
    starlings_partition *references[5];
    starlings_sweep *sweeps[5];
    starlings_sweep_desc desc;
    starlings_status status;
    for (int i = 0; i < 5; i++)
        references[i] = i % 2 ? w->cut : w->truth;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = w->plain;
    desc.keys = keys;
    desc.key_count = 4;
    desc.metrics = starlings_metric_set_all(true, false);
    starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_EMI);
    desc.env = w->env;
    desc.env.workers.count = 2;
    status = starlings_sweep_create_each(&desc, references, 5, sweeps);
    *hash = MODEL_HASH_START;
    for (int i = 0; i < 5; i++) {
        T_CHECK((sweeps[i] != NULL) == (status == STARLINGS_OK));
        if (sweeps[i] != NULL)
            *hash = *hash * 31 + model_hash_sweep(sweeps[i]);
        starlings_sweep_release(sweeps[i]);
    }
    return status;
}

static starlings_status faults_grid(faults_world *w, bool diagonal, uint32_t workers,
                                    uint64_t *hash)
{
    static const uint32_t keys[] = { 0, 100000, 500000, 999999 };
    starlings_grid_desc desc;
    starlings_grid *grid = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.a = desc.b = w->plain;
    desc.keys_a = desc.keys_b = keys;
    desc.key_count_a = desc.key_count_b = 4;
    desc.diagonal = diagonal;
    desc.metrics = starlings_metric_set_all(true, diagonal);
    desc.env = w->env;
    desc.env.workers.count = workers;
    status = starlings_grid_create(&desc, &grid);
    T_CHECK((grid != NULL) == (status == STARLINGS_OK));
    if (grid != NULL)
        *hash = grid_hash(grid);
    starlings_grid_release(grid);
    return status;
}

static starlings_status call_grid(faults_world *w, uint64_t *hash)
{
    return faults_grid(w, false, 2, hash);
}

static starlings_status call_grid_diagonal(faults_world *w, uint64_t *hash)
{
    return faults_grid(w, true, 1, hash);
}

/* ---- the calls: contexts and CSV ----------------------------------------- */

static starlings_identity faults_identity(uint32_t i, char *room)
{
    starlings_identity identity = starlings_identity_of_text("src", NULL);
    identity.source.size = i % 3;
    identity.key.text = room;
    identity.key.size = (size_t)snprintf(room, 32, "key number %u", (unsigned)(i * 7919 % 1000));
    return identity;
}

static uint64_t faults_context_hash(const starlings_context *context)
{
    uint64_t hash = model_hash_u32(MODEL_HASH_START, starlings_context_count(context));
    for (uint32_t i = 0; i < starlings_context_count(context); i++) {
        starlings_identity identity = starlings_context_identity(context, i);
        hash = model_hash(hash, identity.source.text, identity.source.size);
        hash = model_hash(model_hash_u32(hash, 1), identity.key.text, identity.key.size);
        T_EQ_U64(model_find(context, identity), i);
    }
    return hash;
}

static starlings_status faults_context_make(faults_world *w, starlings_context **out_context)
{
    starlings_context_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.env = w->env;
    *out_context = NULL;
    return starlings_context_create(&desc, out_context);
}

static starlings_status call_context(faults_world *w, uint64_t *hash)
{
    starlings_context *context = NULL;
    starlings_status status = faults_context_make(w, &context);
    uint32_t record = 0, turn[100];
    char room[32];
    T_CHECK((context != NULL) == (status == STARLINGS_OK));
    for (uint32_t i = 0; i < 100 && status == STARLINGS_OK; i++) {
        uint64_t before = faults_context_hash(context);
        bool armed;
        status = model_ensure(context, faults_identity(i, room), &record);
        if (status == STARLINGS_OK)
            continue;
        T_EQ_U64(faults_context_hash(context), before);
        armed = faults_calm(w);
        T_STATUS(model_ensure(context, faults_identity(i, room), &record), STARLINGS_OK);
        T_EQ_U64(record, i);
        faults_resume(w, armed);
    }
    if (status == STARLINGS_OK) {
        uint64_t before = faults_context_hash(context);
        status = starlings_context_sort(context, turn);
        if (status != STARLINGS_OK)
            T_EQ_U64(faults_context_hash(context), before);
        *hash = faults_context_hash(context);
    }
    starlings_context_release(context);
    return status;
}

/* Text that comes five bytes at a time. */
typedef struct faults_text {
    const char *text;
    size_t size, at;
} faults_text;

static starlings_status faults_text_read(void *ctx, void *bytes, size_t capacity,
                                         size_t *out_size)
{
    faults_text *t = (faults_text *)ctx;
    size_t size = t->size - t->at < 5 ? t->size - t->at : 5;
    size = size < capacity ? size : capacity;
    memcpy(bytes, t->text + t->at, size);
    t->at += size;
    *out_size = size;
    return STARLINGS_OK;
}

static starlings_status faults_csv_open(faults_world *w, faults_text *text,
                                        starlings_csv **out_csv)
{
    starlings_csv_desc desc;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.source.read = faults_text_read;
    desc.source.ctx = text;
    desc.env = w->env;
    *out_csv = NULL;
    status = starlings_csv_open(&desc, out_csv);
    T_CHECK((*out_csv != NULL) == (status == STARLINGS_OK));
    return status;
}

/* rows lines of "a,b,0.5" with growing context, and one very long one. */
static void faults_write_csv(char *text, size_t room, const char *header, int rows, bool edges)
{
    size_t at = (size_t)snprintf(text, room, "%s\n", header);
    for (int i = 0; i < rows; i++) {
        if (edges)
            at += (size_t)snprintf(text + at, room - at, "r%d,r%d,0.%d\n", i * 3 % 50, i * 7 % 50,
                                   1 + i % 9);
        else
            at += (size_t)snprintf(text + at, room - at, "\"r%d\",entity %d\n", i, i * i % 13);
    }
    at += (size_t)snprintf(text + at, room - at, edges ? "r1," : "");
    for (int i = 0; i < 6000; i++)
        text[at++] = 'x';
    (void)snprintf(text + at, room - at, edges ? ",0.5\n" : ",last\n");
}

static starlings_status call_csv(faults_world *w, uint64_t *hash)
{
    static char room[20000];
    faults_text text = { room, 0, 0 };
    starlings_csv *csv = NULL;
    const starlings_text *row = NULL;
    starlings_status status;
    faults_write_csv(room, sizeof room, "record_a,record_b,score", 30, true);
    text.size = strlen(room);
    status = faults_csv_open(w, &text, &csv);
    *hash = MODEL_HASH_START;
    while (status == STARLINGS_OK) {
        status = starlings_csv_next(csv, &row);
        if (status != STARLINGS_OK || row == NULL)
            break;
        for (size_t i = 0; i < 3; i++)
            *hash = model_hash(*hash, row[i].text, row[i].size);
    }
    starlings_csv_close(csv);
    return status;
}

static starlings_status call_edge_list(faults_world *w, uint64_t *hash)
{
    static char room[20000];
    faults_text text = { room, 0, 0 };
    starlings_csv *csv = NULL;
    starlings_context *context = NULL;
    starlings_edge_list list;
    starlings_status status = faults_context_make(w, &context);
    memset(&list, 0, sizeof list);
    list.allocator = w->env.allocator;
    faults_write_csv(room, sizeof room, "record_a,record_b,score", 60, true);
    text.size = strlen(room);
    if (status == STARLINGS_OK)
        status = faults_csv_open(w, &text, &csv);
    if (status == STARLINGS_OK)
        status = starlings_edge_list_read_csv(csv, NULL, context, false, &list);
    *hash = MODEL_HASH_START;
    for (size_t i = 0; i < list.count; i++) {
        T_CHECK(list.edges[i].a < starlings_context_count(context));
        T_CHECK(list.edges[i].b < starlings_context_count(context));
        *hash = model_hash(*hash, &list.edges[i].weight, sizeof(double));
    }
    if (context != NULL)
        *hash ^= faults_context_hash(context);
    starlings_edge_list_clear(&list);
    T_CHECK(list.edges == NULL && list.count == 0);
    starlings_csv_close(csv);
    starlings_context_release(context);
    return status;
}

/* Every record its own number, one more record than before: unchanged if memory ends. */
static starlings_status faults_renumber(faults_world *w, const starlings_context *context,
                                        starlings_membership *m)
{
    uint32_t same[200], count = starlings_context_count(context) + 1, before = m->record_count;
    const uint32_t *labels = m->labels;
    starlings_status status;
    (void)w;
    if (count > 200)
        return STARLINGS_ERR_RANGE;
    for (uint32_t i = 0; i < count; i++)
        same[i] = i;
    status = starlings_membership_renumber(m, same, count);
    if (status != STARLINGS_OK)
        T_CHECK(m->labels == labels && m->record_count == before);
    return status;
}

/* Sources joined to keys. */
static starlings_status call_edge_list_joined(faults_world *w, uint64_t *hash)
{
    static char rows[] = "unique_id_l,source_dataset_l,unique_id_r,source_dataset_r,score\n"
                         "1,A,2,B,0.5\n1,A,a much longer key than the first ones,B,0.25\n";
    faults_text text = { rows, sizeof rows - 1, 0 };
    starlings_csv *csv = NULL;
    starlings_context *context = NULL;
    starlings_edge_list list;
    starlings_csv_columns columns;
    starlings_status status = faults_context_make(w, &context);
    memset(&list, 0, sizeof list);
    memset(&columns, 0, sizeof columns);
    list.allocator = w->env.allocator;
    columns.join_sources = true;
    if (status == STARLINGS_OK)
        status = faults_csv_open(w, &text, &csv);
    if (status == STARLINGS_OK)
        status = starlings_edge_list_read_csv(csv, &columns, context, false, &list);
    *hash = model_hash_u32(MODEL_HASH_START, (uint32_t)list.count);
    if (context != NULL)
        *hash ^= faults_context_hash(context);
    starlings_edge_list_clear(&list);
    starlings_csv_close(csv);
    starlings_context_release(context);
    return status;
}

static starlings_status faults_people(faults_world *w, uint64_t *hash, bool records_only)
{
    static char room[20000];
    faults_text text = { room, 0, 0 };
    starlings_csv *csv = NULL;
    starlings_context *context = NULL;
    starlings_membership m;
    starlings_status status = faults_context_make(w, &context);
    memset(&m, 0, sizeof m);
    m.allocator = w->env.allocator;
    faults_write_csv(room, sizeof room, "record,entity", 60, false);
    text.size = strlen(room);
    if (status == STARLINGS_OK)
        status = faults_csv_open(w, &text, &csv);
    if (status == STARLINGS_OK && records_only)
        status = starlings_context_read_csv(csv, NULL, context, false);
    else if (status == STARLINGS_OK)
        status = starlings_membership_read_csv(csv, NULL, context, false, &m);
    if (status == STARLINGS_OK && !records_only)
        status = faults_renumber(w, context, &m);
    *hash = model_hash_u32(MODEL_HASH_START, m.label_count);
    if (status == STARLINGS_OK)
        *hash = model_hash(*hash, m.labels, m.record_count * sizeof(uint32_t));
    if (context != NULL)
        *hash ^= faults_context_hash(context);
    starlings_membership_clear(&m);
    starlings_csv_close(csv);
    starlings_context_release(context);
    return status;
}

static starlings_status call_membership(faults_world *w, uint64_t *hash)
{
    return faults_people(w, hash, false);
}

static starlings_status call_records(faults_world *w, uint64_t *hash)
{
    return faults_people(w, hash, true);
}

static starlings_status call_linkage(faults_world *w, uint64_t *hash)
{
    double matrix[4 * (FAULTS_N - 1)];
    starlings_status status = starlings_hierarchy_linkage(w->plain, &w->env, 0, matrix);
    if (status == STARLINGS_OK)
        *hash = model_hash(MODEL_HASH_START, matrix, sizeof matrix);
    return status;
}

static starlings_status faults_sink(void *ctx, const void *bytes, size_t size)
{
    uint64_t *hash = (uint64_t *)ctx;
    *hash = model_hash(*hash, bytes, size);
    return STARLINGS_OK;
}

static starlings_status call_newick(faults_world *w, uint64_t *hash)
{
    starlings_newick_desc desc;
    memset(&desc, 0, sizeof desc);
    *hash = MODEL_HASH_START;
    desc.hierarchy = w->plain;
    desc.sink.write = faults_sink;
    desc.sink.ctx = hash;
    desc.env = w->env;
    return starlings_hierarchy_newick(&desc);
}

/* ---- the loops ----------------------------------------------------------- */

static const struct {
    const char *name;
    faults_call *call;
} faults_calls[] = {
    { "forest_create", call_forest },
    { "hierarchy_create", call_hierarchy },
    { "hierarchy_create, kept edges", call_hierarchy_kept },
    { "hierarchy_create, stream", call_hierarchy_stream },
    { "hierarchy_create, threads", call_hierarchy_threads },
    { "hierarchy_add_edges", call_add_edges },
    { "hierarchy_add_edges, kept edges", call_add_edges_kept },
    { "hierarchy_keys", call_keys },
    { "builder", call_builder },
    { "builder, kept edges", call_builder_kept },
    { "merge_list_create", call_merge_list },
    { "index_create", call_index },
    { "index_create, kept edges", call_index_kept },
    { "partition_create, cut", call_partition_cut },
    { "partition_create, no labels", call_partition_skip },
    { "partition_create, threads", call_partition_threads },
    { "partition_create, of labels", call_partition_labels },
    { "partition_sizes", call_sizes },
    { "sweep_create", call_sweep },
    { "sweep_create, threads", call_sweep_threads },
    { "sweep_create, grid", call_sweep_grid },
    { "sweep_create, no reference", call_sweep_alone },
    { "sweep_create, compare", call_sweep_compare },
    { "sweep_create_each", call_sweep_each },
    { "grid_create", call_grid },
    { "grid_create, diagonal", call_grid_diagonal },
    { "context", call_context },
    { "csv", call_csv },
    { "edge_list_read_csv", call_edge_list },
    { "edge_list_read_csv, joined", call_edge_list_joined },
    { "membership_read_csv", call_membership },
    { "context_read_csv", call_records },
    { "hierarchy_linkage", call_linkage },
    { "hierarchy_newick", call_newick },
};

/* Refuse the n-th allocation for every n until the call gets through. Returns how many n. */
static size_t faults_memory(faults_world *w, faults_call *call, bool for_ever)
{
    uint64_t want = 0, before = faults_content(w);
    size_t live = w->f.live;
    w->f.fail_at = SIZE_MAX;
    T_STATUS(call(w, &want), STARLINGS_OK);
    for (size_t n = 0; n < 5000; n++) {
        uint64_t got = 0, again = 0;
        starlings_status status;
        w->f.armed = true;
        w->f.calls = w->f.failed = w->f.shrinks = 0;
        w->f.fail_at = n;
        w->f.for_ever = for_ever;
        status = call(w, &got);
        w->f.armed = false;
        T_EQ_U64(w->f.live, live);
        T_EQ_U64(faults_content(w), before);
        if (w->f.failed == 0) {
            T_STATUS(status, STARLINGS_OK);
            T_EQ_U64(got, want);
            return n;
        }
        if (status == STARLINGS_OK) {
            /* no matter: a block that could not be made smaller, a debug walk without a stack */
            T_CHECK(w->f.shrinks == w->f.failed || STARLINGS_DEBUG >= 3);
            T_EQ_U64(got, want);
        } else {
            T_STATUS(status, STARLINGS_ERR_NOMEM);
        }
        if (for_ever)
            continue;
        T_STATUS(call(w, &again), STARLINGS_OK);
        T_EQ_U64(again, want);
    }
    return 5000;
}

/* Cancel at the n-th report for every n until the call gets through. */
static void faults_cancelled(faults_world *w, faults_call *call)
{
    uint64_t want = 0, before = faults_content(w);
    size_t live = w->f.live;
    T_STATUS(call(w, &want), STARLINGS_OK);
    for (size_t n = 0; n < 5000; n++) {
        faults_cancel cancel = { 0, 0, 0, false };
        uint64_t got = 0, again = 0;
        starlings_status status;
        cancel.stop_at = n;
        w->cancel = cancel;
        w->env.progress.report = faults_report;
        w->env.progress.ctx = &w->cancel;
        status = call(w, &got);
        w->env.progress.report = NULL;
        T_EQ_U64(w->cancel.broken, 0);
        T_EQ_U64(w->f.live, live);
        T_EQ_U64(faults_content(w), before);
        if (w->cancel.calls <= n) {
            T_STATUS(status, STARLINGS_OK);
            T_EQ_U64(got, want);
            return;
        }
        T_STATUS(status, STARLINGS_ERR_CANCELLED);
        T_EQ_U64(w->cancel.calls, n + 1); /* nobody asks again after a no */
        T_STATUS(call(w, &again), STARLINGS_OK);
        T_EQ_U64(again, want);
    }
    T_STATUS(STARLINGS_ERR_CANCELLED, STARLINGS_OK); /* it reports without end */
}

/* An error report says that memory ran out. */
static void faults_reported(faults_world *w)
{
    starlings_error error = { STARLINGS_OK, 0, 0, "" };
    uint64_t hash = 0;
    w->env.error = &error;
    w->f.armed = true;
    w->f.calls = 0;
    w->f.fail_at = 0;
    w->f.for_ever = false;
    T_STATUS(call_hierarchy(w, &hash), STARLINGS_ERR_NOMEM);
    T_STATUS(error.status, STARLINGS_ERR_NOMEM);
    T_CHECK(error.text[0] != '\0');
    w->f.armed = false;
    w->env.error = NULL;
}

static void test_faults(void)
{
    static faults_world w;
    faults_open(&w);
    for (size_t i = 0; i < sizeof faults_calls / sizeof faults_calls[0]; i++) {
        unsigned long long before = t_state.failed;
        size_t once = faults_memory(&w, faults_calls[i].call, false);
        size_t ever = faults_memory(&w, faults_calls[i].call, true);
        T_CHECK(once > 0 && once < 5000 && ever <= once);
        faults_cancelled(&w, faults_calls[i].call);
        T_EQ_U64(w.f.broken, 0);
        w.f.broken = 0;
        if (t_state.failed != before)
            printf("test_faults: the call above is %s\n", faults_calls[i].name);
    }
    faults_reported(&w);
    faults_close(&w);
    T_EQ_U64(w.f.live, 0);
    T_EQ_U64(w.f.broken, 0);
}
