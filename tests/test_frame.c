/* test_frame.c - S71 and S72: collections from edges, groups and hierarchies; frames that grow,
   drop and compact, against a model that keeps names and edges in plain arrays.

   Faults of earlier designs, by their numbers, have a test each: 13, 19, 23, 41 to 43, 46 to 50 and
   56 here, 44, 45 and 53 in test_context.c, 52 and 58 to 61 in test_analyse.c, 54 and 57 in
   test_digest.c, 55 in test_structure.c. 51 (keys looked up under one lock, the hierarchy built
   under another, a compaction in between) cannot occur: one call does both, and a frame has one
   writer. */

/* ---- collections --------------------------------------------------------- */

/* A context of records "r0" ... of source s0, s1 or s2. */
static starlings_context *frame_context(uint32_t count)
{
    starlings_context *context = NULL;
    T_STATUS(starlings_context_create(NULL, &context), STARLINGS_OK);
    for (uint32_t i = 0; i < count; i++) {
        char source[8], key[16];
        starlings_identity identity;
        uint32_t record = 0;
        snprintf(source, sizeof source, "s%u", (unsigned)(i % 3));
        snprintf(key, sizeof key, "r%u", (unsigned)i);
        identity = starlings_identity_of_text(source, key);
        T_STATUS(starlings_context_ensure(context, &identity, &record), STARLINGS_OK);
        T_EQ_U64(record, i);
    }
    return context;
}

/* perm, height and records of two collections are the same. */
static void frame_check_same(const starlings_collection *a, const starlings_collection *b)
{
    const starlings_hierarchy *x = starlings_collection_hierarchy(a);
    const starlings_hierarchy *y = starlings_collection_hierarchy(b);
    size_t size = starlings_hierarchy_record_count(x) * sizeof(uint32_t);
    T_REQUIRE(x != NULL && y != NULL);
    T_EQ_U64(starlings_hierarchy_record_count(x), starlings_hierarchy_record_count(y));
    T_CHECK(size == 0 ||
            memcmp(starlings_hierarchy_perm(x), starlings_hierarchy_perm(y), size) == 0);
    T_CHECK(size == 0 ||
            memcmp(starlings_hierarchy_height(x), starlings_hierarchy_height(y), size) == 0);
    T_CHECK(starlings_bitmap_equals(starlings_collection_records(a),
                                    starlings_collection_records(b)));
}

static starlings_collection *frame_make(const starlings_collection_desc *desc)
{
    starlings_collection *c = NULL;
    T_STATUS(starlings_collection_create(desc, &c), STARLINGS_OK);
    return c;
}

/* Every way to say the same thing gives the same collection. */
static void test_frame_ways(void)
{
    starlings_context *context = frame_context(8);
    const starlings_edge edges[] = { { 0, 1, 0.9 }, { 1, 2, 1 }, { 2, 3, 1 }, { 4, 0, 0.25 } };
    const starlings_edge joins[] = { { 0, 1, 0.9 }, { 2, 1, 0.25 } }; /* between groups */
    const starlings_edge spans[] = { { 0, 1, 0.9 }, { 2, 0, 0.25 } };
    const uint32_t one[] = { 1, 2, 3 }, zero = 0, four = 4;
    const starlings_span sets[] = { { &zero, 1 }, { one, 3 }, { &four, 1 }, { NULL, 0 } };
    const uint32_t labels[] = { 0, 1, 1, 1, 2 };
    starlings_collection_desc desc;
    starlings_collection *plain, *other;
    memset(&desc, 0, sizeof desc);
    desc.context = context;
    desc.edges = edges;
    desc.edge_count = 4;
    plain = frame_make(&desc);
    T_EQ_U64(starlings_bitmap_cardinality(starlings_collection_records(plain)), 5);
    T_EQ_U64(starlings_hierarchy_record_count(starlings_collection_hierarchy(plain)), 8);
    T_CHECK(starlings_collection_context(plain) == context);
    T_CHECK(!starlings_collection_is_view(plain));

    desc.edges = spans; /* groups, and edges between records: {4, 0} at 0.25 */
    desc.edge_count = 1;
    desc.sets = sets + 1;
    desc.set_count = 1;
    other = frame_make(&desc);
    T_EQ_U64(starlings_hierarchy_edge_count(starlings_collection_hierarchy(other)), 3);
    starlings_collection_release(other);

    desc.edges = joins;
    desc.edge_count = 2;
    desc.sets = sets;
    desc.set_count = 4;
    desc.edges_join_groups = true;
    other = frame_make(&desc);
    T_EQ_U64(starlings_hierarchy_edge_count(starlings_collection_hierarchy(other)), 4);
    starlings_collection_release(other);

    desc.sets = NULL;
    desc.set_count = 0;
    desc.labels = labels;
    desc.label_count = 5;
    {
        const starlings_edge same[] = { { 0, 1, 0.9 }, { 2, 0, 0.25 } };
        desc.edges = same;
        other = frame_make(&desc);
        frame_check_same(plain, other);
        starlings_collection_release(other);
    }

    memset(&desc, 0, sizeof desc); /* from the hierarchy itself: what it joins, or all */
    desc.context = context;
    desc.hierarchy = starlings_collection_hierarchy(plain);
    desc.records = starlings_collection_records(plain);
    other = frame_make(&desc);
    frame_check_same(plain, other);
    starlings_collection_release(other);
    desc.records = NULL;
    other = frame_make(&desc);
    T_EQ_U64(starlings_bitmap_cardinality(starlings_collection_records(other)), 8);
    starlings_collection_release(other);
    starlings_collection_release(plain);
    starlings_context_release(context);
}

typedef struct frame_stream {
    const starlings_edge *edges;
    size_t count, at;
} frame_stream;

static starlings_status frame_read_some(void *ctx, starlings_edge *edges, size_t capacity,
                                        size_t *out_count)
{
    frame_stream *stream = (frame_stream *)ctx;
    size_t left = stream->count - stream->at, some = left < 3 ? left : 3;
    some = some < capacity ? some : capacity;
    memcpy(edges, stream->edges + stream->at, some * sizeof *edges);
    stream->at += some;
    *out_count = some;
    return STARLINGS_OK;
}

/* Edges from a stream, between records or between groups, are as good as an array of them. */
static void test_frame_streams(void)
{
    t_rng rng = t_rng_make(88);
    for (uint32_t round = 0; round < 20; round++) {
        model_graph g = model_random_graph(&rng, 30, 60);
        starlings_context *context = frame_context(40);
        frame_stream stream = { g.edges, g.m, 0 };
        uint32_t labels[40];
        starlings_collection_desc desc;
        starlings_collection *array, *streamed;
        memset(&desc, 0, sizeof desc);
        for (uint32_t i = 0; i < 40; i++)
            labels[i] = i < g.n ? i : t_below(&rng, g.n);
        desc.context = context;
        desc.decimals = g.decimals;
        desc.keep_all_edges = round % 3 == 0;
        if (round % 2 == 0) {
            desc.labels = labels;
            desc.label_count = 40;
            desc.edges_join_groups = true;
        }
        desc.edges = g.edges;
        desc.edge_count = g.m;
        array = frame_make(&desc);
        desc.edges = NULL;
        desc.edge_count = 0;
        desc.stream.read = frame_read_some;
        desc.stream.ctx = &stream;
        streamed = frame_make(&desc);
        frame_check_same(array, streamed);
        starlings_collection_release(streamed);
        starlings_collection_release(array);
        starlings_context_release(context);
        model_graph_free(&g);
    }
}

/* A membership's labels are groups as they stand; records without one are not spoken of. */
static void test_frame_membership(void)
{
    starlings_context *context = frame_context(2);
    starlings_membership membership;
    starlings_collection_desc desc;
    starlings_collection *c;
    starlings_partition *p = NULL;
    static const char text[] = "record,entity\nx,1\ny,2\nz,1\n";
    exchange_file file;
    memset(&membership, 0, sizeof membership);
    memset(&desc, 0, sizeof desc);
    T_REQUIRE(exchange_open(&file, text, sizeof text - 1, 0, 0, NULL) == STARLINGS_OK);
    T_STATUS(starlings_membership_read_csv(file.csv, NULL, context, false, &membership),
             STARLINGS_OK);
    desc.context = context;
    desc.labels = membership.labels;
    desc.label_count = membership.record_count;
    c = frame_make(&desc);
    T_EQ_U64(starlings_bitmap_cardinality(starlings_collection_records(c)), 3);
    T_CHECK(!starlings_bitmap_contains(starlings_collection_records(c), 1));
    T_STATUS(starlings_collection_partition(c, 1, NULL, &p), STARLINGS_OK);
    T_EQ_U64(starlings_partition_record_count(p), 5);
    T_EQ_U64(starlings_partition_entity_count(p), 4);
    T_EQ_U64(starlings_partition_entity_of(p, 2), starlings_partition_entity_of(p, 4));
    starlings_partition_release(p);
    starlings_collection_release(c);
    starlings_membership_clear(&membership);
    starlings_csv_close(file.csv);
    starlings_context_release(context);
}

/* Records of a CSV, with attributes, loaded on purpose: they outlive every collection. */
static void test_frame_records_of_a_file(void)
{
    starlings_frame *frame = NULL;
    starlings_context *context;
    starlings_csv_columns columns;
    starlings_bitmap all;
    starlings_text name = { "city", 4 }, value = { NULL, 0 };
    starlings_identity second = starlings_identity_of_number("people", 1);
    static const char text[] = "name,city\nann,Bath\nbob,Ely\ncid,\n";
    exchange_file file;
    memset(&columns, 0, sizeof columns);
    memset(&all, 0, sizeof all);
    columns.number_rows = true;
    columns.with_attributes = true;
    columns.source_name = "people";
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    context = starlings_frame_context(frame);
    T_REQUIRE(exchange_open(&file, text, sizeof text - 1, 0, 0, NULL) == STARLINGS_OK);
    T_STATUS(starlings_context_read_csv(file.csv, &columns, context, false), STARLINGS_OK);
    T_STATUS(starlings_bitmap_add_range(NULL, &all, 0, 3), STARLINGS_OK);
    T_STATUS(starlings_frame_load_records(frame, &all), STARLINGS_OK);
    T_STATUS(starlings_bitmap_add(NULL, &all, 3), STARLINGS_OK);
    T_STATUS(starlings_frame_load_records(frame, &all), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
    T_EQ_U64(starlings_context_count(context), 3);
    T_EQ_U64(starlings_context_find(context, &second), 1);
    T_CHECK(starlings_context_attribute(context, 1, name, &value));
    T_CHECK(value.size == 3 && memcmp(value.text, "Ely", 3) == 0);
    T_CHECK(!starlings_context_attribute(context, 2, name, &value));
    starlings_bitmap_free(NULL, &all);
    starlings_csv_close(file.csv);
    starlings_frame_destroy(frame);
}

/* A set of s records is s - 1 edges, not all pairs; empty sets and sets of one are fine. */
static void test_frame_fault_13_chain_not_all_pairs(void)
{
    enum { MANY = 20000 };
    starlings_context *context = frame_context(MANY);
    uint32_t *members = model_u32(MANY);
    starlings_span sets[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
    starlings_collection_desc desc;
    starlings_collection *c;
    starlings_partition *p = NULL;
    for (uint32_t i = 0; i < MANY; i++)
        members[i] = MANY - 1 - i;
    sets[0].records = members;
    sets[0].count = MANY - 1;
    sets[2].records = members + MANY - 1;
    sets[2].count = 1;
    memset(&desc, 0, sizeof desc);
    desc.context = context;
    desc.sets = sets;
    desc.set_count = 3;
    c = frame_make(&desc);
    T_EQ_U64(starlings_hierarchy_edge_count(starlings_collection_hierarchy(c)), MANY - 2);
    T_STATUS(starlings_collection_partition(c, 1, NULL, &p), STARLINGS_OK);
    T_EQ_U64(starlings_partition_entity_count(p), 2);
    T_EQ_U64(starlings_bitmap_cardinality(starlings_collection_records(c)), MANY);
    starlings_partition_release(p);
    starlings_collection_release(c);
    starlings_context_release(context);
    free(members);
}

/* What is refused, where, and that the context is as it was. */
static void frame_refuse(const starlings_collection_desc *from, starlings_status want, uint64_t at)
{
    starlings_collection_desc desc = *from;
    starlings_collection *c = NULL;
    uint32_t before = starlings_context_count(desc.context);
    starlings_error error;
    memset(&error, 0, sizeof error);
    desc.env.error = &error;
    T_STATUS(starlings_collection_create(&desc, &c), want);
    T_CHECK(c == NULL);
    T_STATUS(error.status, want);
    T_EQ_U64(error.at, at);
    T_EQ_U64(starlings_context_count(desc.context), before);
}

static starlings_status frame_read_two(void *ctx, starlings_edge *edges, size_t capacity,
                                       size_t *out_count)
{
    int *turn = (int *)ctx;
    (void)capacity;
    *out_count = *turn < 3 ? 1 : 0;
    edges[0].a = (uint32_t)*turn;
    edges[0].b = *turn == 2 ? 77 : 1;
    edges[0].weight = 0.5;
    ++*turn;
    return STARLINGS_OK;
}

/* Three edges at once, of which one, by *ctx, is bad in one of three ways. */
static starlings_status frame_read_bad(void *ctx, starlings_edge *edges, size_t capacity,
                                       size_t *out_count)
{
    uint32_t bad = *(uint32_t *)ctx;
    (void)capacity;
    for (uint32_t i = 0; i < 3; i++) {
        edges[i].a = 0;
        edges[i].b = bad == i ? 5 : 1;
        edges[i].weight = bad == i + 3 ? 1.5 : 0.5;
    }
    *out_count = 3;
    return bad == 6 ? STARLINGS_ERR_IO : STARLINGS_OK;
}

/* The place of a bad edge in a stream, and why it is bad, with groups beside it and without. */
static void test_frame_bad_streams(void)
{
    static const uint32_t two[] = { 2, 3, 4 };
    static const starlings_span set = { two, 3 };
    starlings_collection_desc desc;
    starlings_collection *c = NULL;
    starlings_error error;
    memset(&desc, 0, sizeof desc);
    desc.context = frame_context(5);
    desc.stream.read = frame_read_bad;
    desc.env.error = &error;
    for (uint32_t bad = 0; bad < 14; bad++) {
        uint32_t turn = bad % 7;
        desc.stream.ctx = &turn;
        desc.sets = bad < 7 ? NULL : &set;
        desc.set_count = bad < 7 ? 0 : 1;
        memset(&error, 0, sizeof error);
        T_STATUS(starlings_collection_create(&desc, &c), turn < 3   ? STARLINGS_ERR_RANGE
                                                         : turn < 6 ? STARLINGS_ERR_WEIGHT
                                                                    : STARLINGS_ERR_IO);
        T_EQ_U64(error.at, turn == 6 ? 0 : turn % 3);
        T_CHECK(turn >= 3 || strcmp(error.text, "there is no such record") == 0);
    }
    starlings_context_release(desc.context);
}

static void test_frame_refusals(void)
{
    starlings_context *context = frame_context(5);
    const starlings_edge edges[] = { { 0, 1, 0.9 }, { 1, 5, 0.5 } };
    const starlings_edge heavy[] = { { 0, 1, 0.9 }, { 1, 2, 1.5 } };
    const uint32_t set[] = { 0, 1 }, again[] = { 2, 1 }, far[] = { 5 };
    starlings_span sets[] = { { set, 2 }, { NULL, 0 } };
    const uint32_t labels[] = { 0, 7, STARLINGS_NONE, 0, 0, 0 };
    starlings_identity_edge names[2];
    starlings_collection_desc desc, zero;
    starlings_bitmap far_set;
    int turn = 0;
    memset(&zero, 0, sizeof zero);
    zero.context = context;
    desc = zero;
    desc.edges = edges;
    desc.edge_count = 2;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 1);
    desc.edges = heavy;
    frame_refuse(&desc, STARLINGS_ERR_WEIGHT, 1);
    desc.sets = sets;
    desc.set_count = 1;
    frame_refuse(&desc, STARLINGS_ERR_WEIGHT, 1); /* chains do not shift the place */
    desc.edges = edges;
    desc.edge_count = 1;
    desc.edges_join_groups = true;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 0); /* there is no group 1 */
    desc.set_count = 2;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 0); /* it is empty */
    desc = zero;
    desc.sets = sets;
    desc.set_count = 2;
    sets[1].records = again;
    sets[1].count = 2;
    frame_refuse(&desc, STARLINGS_ERR_DUPLICATE, 1);
    sets[1].records = far;
    sets[1].count = 1;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 1);
    sets[1].records = NULL;
    frame_refuse(&desc, STARLINGS_ERR_ARG, 1);
    desc = zero;
    desc.labels = labels;
    desc.label_count = 6;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 6);
    desc.label_count = 5;
    desc.edges_join_groups = true;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 1); /* label 7 of record 1 */
    desc = zero;
    desc.stream.read = frame_read_two;
    desc.stream.ctx = &turn;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 2);
    desc.edges = edges;
    frame_refuse(&desc, STARLINGS_ERR_ARG, 0); /* two ways */
    desc = zero;
    desc.edges_join_groups = true;
    frame_refuse(&desc, STARLINGS_ERR_ARG, 0);
    desc = zero;
    desc.decimals = 7;
    frame_refuse(&desc, STARLINGS_ERR_ARG, 7);
    desc = zero;
    memset(&far_set, 0, sizeof far_set);
    T_STATUS(starlings_bitmap_add(NULL, &far_set, 5), STARLINGS_OK);
    desc.records = &far_set;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 5);
    starlings_bitmap_free(NULL, &far_set);
    desc = zero;
    names[0].a = starlings_identity_of_text("new", "x");
    names[0].b = starlings_identity_of_text("s0", "r0");
    names[0].weight = 0.5;
    names[1] = names[0];
    names[1].b = starlings_identity_of_number("new", (uint64_t)1 << 40);
    names[1].b.kind = STARLINGS_KEY_U32;
    desc.identity_edges = names;
    desc.edge_count = 2;
    frame_refuse(&desc, STARLINGS_ERR_RANGE, 1); /* a 32-bit number that is none */
    names[1].b.kind = STARLINGS_KEY_U64;
    names[1].weight = -1;
    frame_refuse(&desc, STARLINGS_ERR_WEIGHT, 1);
    T_EQ_U64(starlings_context_source_count(context), 3);
    desc.sets = sets;
    frame_refuse(&desc, STARLINGS_ERR_ARG, 0);
    starlings_context_release(context);
}

/* ---- the model of a frame -------------------------------------------------- */

enum { FRAME_NAMES = 48, FRAME_SLOTS = 8, FRAME_EDGES = 60 };

typedef struct frame_answer { /* one collection, by the numbers of names */
    bool used;
    char name[8];
    bool speaks[FRAME_NAMES];
    uint32_t decimals;
    size_t edge_count;
    starlings_edge edges[FRAME_EDGES];
} frame_answer;

typedef struct frame_model {
    bool there[FRAME_NAMES];  /* in the context */
    bool loaded[FRAME_NAMES];
    frame_answer answers[FRAME_SLOTS];
    uint64_t compactions;
} frame_model;

/* Name i: two sources, four kinds of keys, so that some share bytes and differ in kind only. */
static starlings_identity frame_name(uint32_t i)
{
    static const char *const keys[] = { "a", "b", "c", "dd", "", "f" };
    starlings_identity identity = starlings_identity_of_text(i % 2 == 0 ? "crm" : "erp",
                                                             keys[i / 8]);
    identity.kind = (starlings_key_kind)(i / 2 % 4);
    identity.number = i / 8;
    return identity;
}

static uint32_t frame_find(const starlings_context *context, uint32_t i)
{
    starlings_identity identity = frame_name(i);
    return starlings_context_find(context, &identity);
}

static uint32_t frame_model_count(const frame_model *m, bool live_only)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < FRAME_NAMES; i++) {
        bool live = m->loaded[i];
        for (int s = 0; s < FRAME_SLOTS; s++)
            live = live || (m->answers[s].used && m->answers[s].speaks[i]);
        count += live_only ? live : m->there[i];
    }
    return count;
}

static void frame_model_compact(frame_model *m)
{
    if (frame_model_count(m, true) == frame_model_count(m, false))
        return;
    for (uint32_t i = 0; i < FRAME_NAMES; i++) {
        m->there[i] = m->loaded[i];
        for (int s = 0; s < FRAME_SLOTS; s++)
            m->there[i] = m->there[i] || (m->answers[s].used && m->answers[s].speaks[i]);
    }
    m->compactions++;
}

/* Who is together at a key, by names. */
static void frame_model_cut(const frame_answer *answer, uint32_t key, uint32_t *labels)
{
    model_graph g = { FRAME_NAMES, answer->decimals, answer->edge_count, NULL };
    g.edges = (starlings_edge *)model_new(g.m, sizeof *g.edges);
    memcpy(g.edges, answer->edges, g.m * sizeof *g.edges);
    model_cut(&g, key, labels);
    model_graph_free(&g);
}

/* One partition over a context: those who are together in the model, and no others. */
static void frame_check_partition(const frame_model *m, const frame_answer *answer,
                                  const starlings_context *context, uint32_t key,
                                  const starlings_partition *p)
{
    uint32_t labels[FRAME_NAMES], entities = 0;
    frame_model_cut(answer, key, labels);
    for (uint32_t i = 0; i < FRAME_NAMES; i++) {
        uint32_t record = frame_find(context, i);
        T_CHECK((record != STARLINGS_NONE) == m->there[i]);
        if (!m->there[i])
            continue;
        entities += labels[i] == i;
        for (uint32_t j = 0; j < i; j++)
            if (m->there[j])
                T_CHECK((labels[i] == labels[j]) ==
                        (starlings_partition_entity_of(p, record) ==
                         starlings_partition_entity_of(p, frame_find(context, j))));
    }
    T_EQ_U64(starlings_partition_entity_count(p), entities);
    T_EQ_U64(starlings_partition_record_count(p), starlings_context_count(context));
}

/* All that a frame says of itself agrees with the model. */
static void frame_check(const frame_model *m, const starlings_frame *frame, t_rng *rng)
{
    const starlings_context *context = starlings_frame_context(frame);
    starlings_frame_stats stats;
    volatile double ratio; /* a double, also where registers are wider */
    uint32_t used = 0;
    T_EQ_U64(starlings_context_count(context), frame_model_count(m, false));
    for (int s = 0; s < FRAME_SLOTS; s++) {
        const frame_answer *answer = &m->answers[s];
        uint32_t key = t_below(rng, 11) * 100000, turns = answer->used ? 2 : 0;
        starlings_collection *view = NULL;
        used += answer->used;
        T_CHECK(starlings_frame_has(frame, answer->name) == answer->used);
        for (uint32_t turn = 0; turn < turns; turn++) { /* the second one is remembered */
            starlings_partition *p = NULL;
            T_STATUS(starlings_frame_partition(frame, answer->name, key / 1e6, &p), STARLINGS_OK);
            frame_check_partition(m, answer, context, key, p);
            starlings_partition_release(p);
        }
        if (!answer->used)
            continue;
        T_STATUS(starlings_frame_view(frame, answer->name, &view), STARLINGS_OK);
        T_CHECK(starlings_collection_is_view(view));
        for (uint32_t i = 0; i < FRAME_NAMES; i++) {
            uint32_t record = frame_find(context, i);
            T_CHECK(answer->speaks[i] ==
                    (record != STARLINGS_NONE &&
                     starlings_bitmap_contains(starlings_collection_records(view), record)));
        }
        starlings_collection_release(view);
    }
    T_EQ_U64(starlings_frame_collection_count(frame), used);
    if (t_below(rng, 8) > 0) /* it costs milliseconds */
        return;
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_EQ_U64(stats.collections, used);
    T_EQ_U64(stats.records, frame_model_count(m, false));
    T_EQ_U64(stats.garbage, frame_model_count(m, false) - frame_model_count(m, true));
    T_EQ_U64(stats.compactions, m->compactions);
    ratio = stats.records == 0 ? 0 : (double)stats.garbage / stats.records;
    T_CHECK(stats.garbage_ratio == ratio);
}

/* A random answer about some names. */
static void frame_invent(t_rng *rng, frame_answer *answer)
{
    uint32_t from = t_below(rng, FRAME_NAMES), width = 1 + t_below(rng, FRAME_NAMES / 2);
    answer->used = true;
    answer->decimals = 1 + t_below(rng, 6);
    answer->edge_count = t_below(rng, FRAME_EDGES);
    memset(answer->speaks, 0, sizeof answer->speaks);
    for (size_t e = 0; e < answer->edge_count; e++) {
        starlings_edge *edge = &answer->edges[e];
        edge->a = (from + t_below(rng, width)) % FRAME_NAMES;
        edge->b = (from + t_below(rng, width)) % FRAME_NAMES;
        edge->weight = t_below(rng, 11) / 10.0;
        answer->speaks[edge->a] = answer->speaks[edge->b] = true;
    }
}

/* Add an answer: straight into the frame, or over a context of its own in another order. */
static starlings_status frame_add(starlings_frame *frame, t_rng *rng, frame_answer *answer,
                                  const starlings_env *env)
{
    starlings_identity_edge edges[FRAME_EDGES];
    starlings_collection_desc desc;
    starlings_collection *c = NULL;
    starlings_context *context = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    for (size_t e = 0; e < answer->edge_count; e++) {
        edges[e].a = frame_name(answer->edges[e].a);
        edges[e].b = frame_name(answer->edges[e].b);
        edges[e].weight = answer->edges[e].weight;
    }
    desc.identity_edges = edges;
    desc.edge_count = answer->edge_count;
    desc.decimals = answer->decimals;
    if (env != NULL)
        desc.env = *env;
    if (t_below(rng, 2) == 0)
        return starlings_frame_add_new(frame, answer->name, &desc);
    T_STATUS(starlings_context_create(NULL, &context), STARLINGS_OK);
    for (uint32_t i = 0; i < 5; i++) { /* strangers of whom the collection does not speak */
        starlings_identity stranger = starlings_identity_of_number(i % 2 ? "erp" : "web", i);
        uint32_t record;
        T_STATUS(starlings_context_ensure(context, &stranger, &record), STARLINGS_OK);
    }
    desc.context = context;
    memset(&desc.env, 0, sizeof desc.env);
    T_STATUS(starlings_collection_create(&desc, &c), STARLINGS_OK);
    status = starlings_frame_add(frame, answer->name, c);
    starlings_collection_release(c);
    starlings_context_release(context);
    return status;
}

/* One random change of frame and model. */
static void frame_step(starlings_frame *frame, frame_model *m, t_rng *rng)
{
    uint32_t what = t_below(rng, 10), slot = t_below(rng, FRAME_SLOTS);
    frame_answer *answer = &m->answers[slot];
    if (what < 5 && !answer->used) {
        frame_invent(rng, answer);
        T_STATUS(frame_add(frame, rng, answer, NULL), STARLINGS_OK);
        for (uint32_t i = 0; i < FRAME_NAMES; i++)
            m->there[i] = m->there[i] || answer->speaks[i];
    } else if (what < 7) {
        const char *names[2];
        size_t count = 0;
        for (int s = 0; s < FRAME_SLOTS && count < 2; s++)
            if (m->answers[s].used && t_below(rng, 2) == 0) {
                names[count++] = m->answers[s].name;
                m->answers[s].used = false;
            }
        T_STATUS(starlings_frame_drop(frame, names, count), STARLINGS_OK);
        if (2 * frame_model_count(m, true) < frame_model_count(m, false))
            frame_model_compact(m);
    } else if (what < 9) {
        starlings_identity identities[3];
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t name = t_below(rng, FRAME_NAMES);
            identities[i] = frame_name(name);
            if (t_below(rng, 3) > 0) { /* mostly the same few */
                name %= 6;
                identities[i] = frame_name(name);
            }
            m->there[name] = m->loaded[name] = true;
        }
        T_STATUS(starlings_frame_load(frame, identities, 3, NULL), STARLINGS_OK);
    } else {
        T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
        frame_model_compact(m);
    }
}

static void frame_name_slots(frame_model *m)
{
    memset(m, 0, sizeof *m);
    for (int s = 0; s < FRAME_SLOTS; s++)
        snprintf(m->answers[s].name, sizeof m->answers[s].name, "c%c", '0' + s);
}

static void test_frame_random(void)
{
    for (uint32_t round = 0; round < (t_state.big ? 400u : 12u); round++) {
        t_rng rng = t_rng_make(7200 + round);
        starlings_frame *frame = NULL;
        starlings_frame_desc desc;
        frame_model m;
        frame_name_slots(&m);
        memset(&desc, 0, sizeof desc);
        desc.cache_size = round % 4 == 0 ? STARLINGS_NONE : round % 4;
        desc.hash_seed[0] = round;
        desc.env.workers.count = 1 + round % 3;
        T_STATUS(starlings_frame_create(&desc, &frame), STARLINGS_OK);
        T_REQUIRE(frame != NULL);
        for (uint32_t step = 0; step < 40; step++) {
            frame_step(frame, &m, &rng);
            if (step % 4 == 3)
                frame_check(&m, frame, &rng);
        }
        starlings_frame_destroy(frame);
    }
}

/* ---- views, copies, compaction --------------------------------------------- */

static starlings_frame *frame_of(const char *const *names, const starlings_edge *edges,
                                 size_t count, uint32_t records)
{
    starlings_frame *frame = NULL;
    starlings_context *context = frame_context(records);
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    for (size_t i = 0; i < count; i++) { /* over another context: assimilated */
        starlings_collection_desc desc;
        starlings_collection *c;
        memset(&desc, 0, sizeof desc);
        desc.context = context;
        desc.edges = edges + 2 * i;
        desc.edge_count = 2;
        c = frame_make(&desc);
        T_STATUS(starlings_frame_add(frame, names[i], c), STARLINGS_OK);
        starlings_collection_release(c);
    }
    starlings_context_release(context);
    return frame;
}

/* Five collections, three dropped: compacted, the rest intact, earlier views still readable. */
static void test_frame_fault_49_five_added_three_dropped(void)
{
    static const char *const names[] = { "v", "w", "x", "y", "z" };
    static const starlings_edge edges[] = {
        { 0, 1, 0.9 }, { 1, 2, 0.4 },     { 3, 4, 0.8 }, { 4, 5, 0.8 },    { 6, 7, 1 },
        { 7, 8, 0.1 }, { 9, 10, 0.3 }, { 10, 11, 0.2 }, { 12, 13, 0.6 }, { 13, 14, 0.5 },
    };
    starlings_frame *frame = frame_of(names, edges, 5, 15);
    starlings_collection *views[5] = { NULL, NULL, NULL, NULL, NULL }, *copy = NULL;
    starlings_partition *p = NULL;
    starlings_frame_stats stats;
    starlings_identity r4 = starlings_identity_of_text("s1", "r4");
    uint64_t generation = starlings_context_generation(starlings_frame_context(frame));
    T_EQ_U64(starlings_context_count(starlings_frame_context(frame)), 15);
    for (int i = 0; i < 5; i++)
        T_STATUS(starlings_frame_view(frame, names[i], &views[i]), STARLINGS_OK);
    T_STATUS(starlings_frame_partition(frame, "y", 0.3, &p), STARLINGS_OK); /* remembered */
    starlings_partition_release(p);
    T_STATUS(starlings_frame_drop(frame, names + 2, 3), STARLINGS_OK);
    T_EQ_U64(starlings_frame_collection_count(frame), 2);
    T_CHECK(strcmp(starlings_frame_name(frame, 1), "w") == 0);
    T_CHECK(starlings_frame_name(frame, 2) == NULL);
    T_EQ_U64(starlings_context_count(starlings_frame_context(frame)), 6);
    T_EQ_U64(starlings_context_generation(starlings_frame_context(frame)), generation + 1);
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_EQ_U64(stats.compactions, 1);
    T_CHECK(stats.last_compaction > 0);
    T_EQ_U64(stats.cached, 0);
    T_EQ_U64(starlings_context_find(starlings_frame_context(frame), &r4), 4);
    T_STATUS(starlings_frame_partition(frame, "w", 0.8, &p), STARLINGS_OK);
    T_EQ_U64(starlings_partition_entity_count(p), 4);
    starlings_partition_release(p);
    for (int i = 0; i < 5; i++) { /* the views are of the old context, and whole */
        T_EQ_U64(starlings_context_count(starlings_collection_context(views[i])), 15);
        T_STATUS(starlings_collection_partition(views[i], 0, NULL, &p), STARLINGS_OK);
        T_EQ_U64(starlings_partition_entity_count(p), 13);
        starlings_partition_release(p);
    }
    T_STATUS(starlings_frame_add(frame, "again", views[2]), STARLINGS_ERR_ARG);
    T_STATUS(starlings_collection_copy(views[2], NULL, &copy), STARLINGS_OK);
    T_CHECK(!starlings_collection_is_view(copy));
    frame_check_same(copy, views[2]);
    T_STATUS(starlings_frame_add(frame, "again", copy), STARLINGS_OK);
    T_EQ_U64(starlings_context_count(starlings_frame_context(frame)), 9);
    starlings_frame_destroy(frame); /* views outlive the frame */
    T_EQ_U64(starlings_context_count(starlings_collection_context(views[0])), 15);
    starlings_collection_release(copy);
    for (int i = 0; i < 5; i++)
        starlings_collection_release(views[i]);
}

/* Records loaded on purpose stay, isolates and all; so does what the context brought. */
static void test_frame_fault_47_loaded_records_stay(void)
{
    starlings_frame *frame = NULL;
    starlings_frame_desc desc;
    starlings_identity_edge edge;
    starlings_collection_desc c;
    const char *name = "only";
    starlings_partition *p = NULL;
    memset(&desc, 0, sizeof desc);
    desc.context = frame_context(4);
    T_STATUS(starlings_frame_create(&desc, &frame), STARLINGS_OK);
    starlings_context_release(desc.context);
    memset(&c, 0, sizeof c);
    edge.a = starlings_identity_of_text("s0", "r0");
    edge.b = starlings_identity_of_text("else", "x");
    edge.weight = 1;
    c.identity_edges = &edge;
    c.edge_count = 1;
    T_STATUS(starlings_frame_add_new(frame, name, &c), STARLINGS_OK);
    T_STATUS(starlings_frame_partition(frame, name, 1, &p), STARLINGS_OK);
    T_EQ_U64(starlings_partition_record_count(p), 5); /* isolates are counted */
    T_EQ_U64(starlings_partition_entity_count(p), 4);
    starlings_partition_release(p);
    T_STATUS(starlings_frame_drop(frame, &name, 1), STARLINGS_OK);
    T_EQ_U64(starlings_context_count(starlings_frame_context(frame)), 5); /* 1 of 5 is garbage */
    T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
    T_EQ_U64(starlings_context_count(starlings_frame_context(frame)), 4);
    T_STATUS(starlings_frame_compact(frame), STARLINGS_OK); /* nothing to do: nothing moves */
    T_EQ_U64(starlings_context_generation(starlings_frame_context(frame)), 1);
    starlings_frame_destroy(frame);
}

/* Garbage that is used again is none. An empty frame has a ratio too. */
static void test_frame_fault_48_garbage_is_looked_up_not_marked(void)
{
    static const char *const names[] = { "a", "b", "c" };
    static const starlings_edge edges[] = { { 0, 1, 1 }, { 2, 3, 1 }, { 0, 1, 1 }, { 4, 5, 1 },
                                            { 2, 3, 1 }, { 3, 4, 1 } };
    starlings_frame *frame = NULL;
    starlings_frame_stats stats;
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_CHECK(stats.garbage_ratio == 0 && stats.cache_hit_rate != stats.cache_hit_rate);
    T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
    starlings_frame_destroy(frame);
    frame = frame_of(names, edges, 2, 6);
    T_STATUS(starlings_frame_drop(frame, names, 1), STARLINGS_OK);
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_EQ_U64(stats.garbage, 2); /* 2 and 3; b still speaks of 0 and 1 */
    {
        starlings_collection_desc desc;
        memset(&desc, 0, sizeof desc);
        desc.edges = edges + 4;
        desc.edge_count = 1;
        T_STATUS(starlings_frame_add_new(frame, "c", &desc), STARLINGS_OK);
    }
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_EQ_U64(stats.garbage, 0);
    starlings_frame_destroy(frame);
}

/* What comes from elsewhere is the frame's own afterwards, and what it was stays as it was. */
static void test_frame_fault_42_assimilated_into_the_frames_context(void)
{
    static const starlings_edge edges[] = { { 0, 1, 0.5 }, { 1, 5, 0.25 } };
    starlings_context *context = frame_context(6);
    starlings_frame *frame = NULL;
    starlings_collection_desc desc;
    starlings_collection *c, *view = NULL;
    starlings_bitmap set;
    memset(&desc, 0, sizeof desc);
    memset(&set, 0, sizeof set);
    desc.context = context;
    desc.edges = edges;
    desc.edge_count = 2;
    c = frame_make(&desc);
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    T_STATUS(starlings_frame_add(frame, "a", c), STARLINGS_OK);
    T_STATUS(starlings_frame_view(frame, "a", &view), STARLINGS_OK);
    T_CHECK(starlings_collection_context(view) == starlings_frame_context(frame));
    T_CHECK(starlings_collection_context(c) == context);
    T_EQ_U64(starlings_context_count(context), 6);
    T_EQ_U64(starlings_hierarchy_record_count(starlings_collection_hierarchy(c)), 6);
    /* only those of whom it speaks came: 0, 1 and 5; their sources know them */
    T_EQ_U64(starlings_context_count(starlings_frame_context(frame)), 3);
    T_STATUS(starlings_context_source_records(
                 starlings_frame_context(frame), NULL,
                 starlings_context_source_of(starlings_frame_context(frame), 2), &set),
             STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_cardinality(&set), 1);
    T_CHECK(starlings_bitmap_contains(&set, 2));
    starlings_bitmap_free(NULL, &set);
    starlings_collection_release(view);
    starlings_collection_release(c);
    starlings_context_release(context);
    starlings_frame_destroy(frame);
}

/* Every record that a hierarchy joins is translated: one that has no new number is an error. */
static void test_frame_fault_43_no_record_is_lost_on_the_way(void)
{
    static const starlings_edge edges[] = { { 0, 1, 0.5 }, { 1, 2, 0.25 } };
    const uint32_t lost[] = { 0, STARLINGS_NONE, 1, 2 }, alone[] = { 2, 1, 0, STARLINGS_NONE };
    starlings_hierarchy *h = model_build(edges, 2, 4, 6, false), *moved = NULL;
    starlings_error error;
    starlings_env env;
    memset(&env, 0, sizeof env);
    memset(&error, 0, sizeof error);
    env.error = &error;
    T_STATUS(starlings_hierarchy_renumber(h, &env, lost, 4, &moved), STARLINGS_ERR_ARG);
    T_CHECK(moved == NULL);
    T_EQ_U64(error.at, 1);
    T_STATUS(starlings_hierarchy_renumber(h, &env, alone, 3, &moved), STARLINGS_OK);
    T_EQ_U64(starlings_hierarchy_record_count(moved), 3);
    T_EQ_U64(starlings_hierarchy_height(moved)[1], 500001 - 250000);
    starlings_hierarchy_release(moved);
    starlings_hierarchy_release(h);
}

/* After a compaction every record is found, and none is made twice. */
static void test_frame_fault_46_compacted_contexts_are_whole(void)
{
    static const char *const names[] = { "a", "b" };
    static const starlings_edge edges[] = { { 0, 1, 1 }, { 2, 3, 1 }, { 4, 5, 1 }, { 6, 7, 1 } };
    starlings_frame *frame = frame_of(names, edges, 2, 8);
    starlings_context *context;
    T_STATUS(starlings_frame_drop(frame, names, 1), STARLINGS_OK);
    T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
    context = starlings_frame_context(frame);
    T_EQ_U64(starlings_context_count(context), 4);
    T_EQ_U64(starlings_context_source_count(context), 3);
    for (uint32_t record = 0; record < 4; record++) {
        starlings_identity identity = starlings_context_identity(context, record);
        char key[8];
        uint32_t again = 0;
        snprintf(key, sizeof key, "r%u", (unsigned)(record + 4));
        T_CHECK(identity.key.size == 2 && memcmp(identity.key.text, key, 2) == 0);
        T_EQ_U64(starlings_context_find(context, &identity), record);
        T_STATUS(starlings_context_ensure(context, &identity, &again), STARLINGS_OK);
        T_EQ_U64(again, record);
    }
    T_EQ_U64(starlings_context_count(context), 4);
    starlings_frame_destroy(frame);
}

/* The bytes that statistics tell are those that the allocator handed out. */
static void test_frame_fault_56_bytes_are_counted(void)
{
    faults f = faults_make();
    t_rng rng = t_rng_make(56);
    starlings_frame_desc desc;
    starlings_frame *frame = NULL;
    starlings_frame_stats stats;
    frame_model m;
    memset(&desc, 0, sizeof desc);
    frame_name_slots(&m);
    desc.env.allocator = faults_allocator(&f);
    T_STATUS(starlings_frame_create(&desc, &frame), STARLINGS_OK);
    for (int s = 0; s < FRAME_SLOTS; s++) {
        starlings_partition *p = NULL;
        frame_invent(&rng, &m.answers[s]);
        T_STATUS(frame_add(frame, &rng, &m.answers[s], &desc.env), STARLINGS_OK);
        T_STATUS(starlings_frame_partition(frame, "c0", s / 10.0, &p), STARLINGS_OK);
        starlings_partition_release(p);
        T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
        T_EQ_U64(stats.total_bytes, f.live);
        T_CHECK(stats.cached >= 1);
    }
    starlings_frame_destroy(frame);
    T_EQ_U64(f.live, 0);
}

/* Numbers that a collection or a frame relies on are not sorted away, whoever else has let go. */
static void test_frame_binds_its_context(void)
{
    starlings_identity_edge edge = { starlings_identity_of_text("s", "b"),
                                     starlings_identity_of_text("s", "a"), 1 };
    starlings_collection_desc desc;
    starlings_collection *c, *copy = NULL;
    starlings_context *context;
    starlings_frame *frame = NULL;
    const char *name = "c";
    uint32_t turn[2];
    memset(&desc, 0, sizeof desc);
    desc.identity_edges = &edge;
    desc.edge_count = 1;
    c = frame_make(&desc);
    context = starlings_collection_context(c);
    T_STATUS(starlings_context_sort(context, turn), STARLINGS_ERR_ARG);
    T_STATUS(starlings_collection_copy(c, NULL, &copy), STARLINGS_OK);
    T_STATUS(starlings_context_sort(starlings_collection_context(copy), turn), STARLINGS_ERR_ARG);
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    T_STATUS(starlings_frame_load(frame, &edge.a, 1, turn), STARLINGS_OK);
    T_STATUS(starlings_context_sort(starlings_frame_context(frame), turn), STARLINGS_ERR_ARG);
    T_STATUS(starlings_frame_add(frame, "c", copy), STARLINGS_OK);
    starlings_collection_release(copy);
    T_STATUS(starlings_frame_drop(frame, &name, 1), STARLINGS_OK);
    T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
    T_EQ_U64(starlings_context_count(starlings_frame_context(frame)), 1);
    T_STATUS(starlings_context_sort(starlings_frame_context(frame), turn), STARLINGS_ERR_ARG);
    context = starlings_context_retain(starlings_frame_context(frame));
    starlings_frame_destroy(frame);
    T_STATUS(starlings_context_sort(context, turn), STARLINGS_OK); /* now nobody minds */
    starlings_context_release(context);
    starlings_collection_release(c);
}

/* A compaction takes along the texts of attributes that are needed, and leaves the others. */
static void test_frame_compacts_attributes(void)
{
    enum { MANY = 2000, FEW = 5 };
    starlings_frame *frame = NULL;
    starlings_context *context;
    size_t before;
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    context = starlings_frame_context(frame);
    for (uint32_t i = 0, record; i < MANY; i++) {
        starlings_identity identity = starlings_identity_of_number("s", i);
        char text[16];
        starlings_text value = { text, 0 };
        const starlings_text name = { "n", 1 }, also = { "m", 1 };
        value.size = (size_t)snprintf(text, sizeof text, "value %u", (unsigned)i);
        if (i >= MANY - FEW)
            T_STATUS(starlings_frame_load(frame, &identity, 1, &record), STARLINGS_OK);
        else
            T_STATUS(starlings_context_ensure(context, &identity, &record), STARLINGS_OK);
        T_STATUS(starlings_context_set_attribute(context, record, also, name), STARLINGS_OK);
        T_STATUS(starlings_context_set_attribute(context, record, name, value), STARLINGS_OK);
    }
    before = starlings_context_size(context);
    T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
    context = starlings_frame_context(frame);
    T_EQ_U64(starlings_context_count(context), FEW);
    T_CHECK(starlings_context_size(context) < before / 50);
    for (uint32_t r = 0; r < FEW; r++) {
        starlings_text name, value;
        char text[16];
        snprintf(text, sizeof text, "value %u", (unsigned)(MANY - FEW + r));
        T_CHECK(starlings_context_attribute_at(context, r, 1, &name, &value));
        T_CHECK(name.size == 1 && name.text[0] == 'n');
        T_CHECK(value.size == strlen(text) && memcmp(value.text, text, value.size) == 0);
        T_CHECK(!starlings_context_attribute_at(context, r, 2, &name, &value));
    }
    starlings_frame_destroy(frame);
}

/* A collection that speaks of more records than its hierarchy has: what is told of it does not
   change when a compaction fills the hierarchy up. */
static void test_frame_short_hierarchy(void)
{
    const starlings_edge edge = { 0, 1, 0.55 };
    starlings_context *context = frame_context(12);
    starlings_hierarchy *h = model_build(&edge, 1, 2, 6, false);
    starlings_frame_stats before, after;
    starlings_collection_desc desc;
    starlings_frame *frame = NULL;
    starlings_bitmap ten;
    memset(&desc, 0, sizeof desc);
    memset(&ten, 0, sizeof ten);
    T_STATUS(starlings_bitmap_add_range(NULL, &ten, 0, 10), STARLINGS_OK);
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    for (uint32_t r = 0, made; r < 12; r++) {
        starlings_identity identity = starlings_context_identity(context, r);
        T_STATUS(starlings_context_ensure(starlings_frame_context(frame), &identity, &made),
                 STARLINGS_OK);
    }
    desc.hierarchy = h;
    desc.records = &ten;
    T_STATUS(starlings_frame_add_new(frame, "c", &desc), STARLINGS_OK);
    T_STATUS(starlings_frame_describe(frame, &before), STARLINGS_OK);
    T_NEAR(before.threshold_sensitivity, 1 - 8 / 11.0, 1e-15); /* 8 stay, 3 are on one side only */
    T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
    T_STATUS(starlings_frame_describe(frame, &after), STARLINGS_OK);
    T_EQ_U64(after.records, 10);
    T_NEAR(after.threshold_sensitivity, before.threshold_sensitivity, 0);
    T_NEAR(after.entity_stability, before.entity_stability, 0);
    starlings_frame_destroy(frame);
    starlings_bitmap_free(NULL, &ten);
    starlings_hierarchy_release(h);
    starlings_context_release(context);
}

static void frame_count_runs(void *ctx, uint32_t tasks, starlings_task *task, void *task_ctx)
{
    ++*(uint32_t *)ctx;
    faults_run_backwards(NULL, tasks, task, task_ctx);
}

/* A desc without an env takes the frame's: workers, progress and the report of errors. */
static void test_frame_lends_its_env(void)
{
    enum { MANY = 300000 };
    starlings_edge *edges = (starlings_edge *)model_new(MANY, sizeof *edges);
    faults_cancel cancel = { 0, SIZE_MAX, 0, false };
    starlings_collection_desc desc;
    starlings_frame_desc with;
    starlings_frame *frame = NULL;
    starlings_error error, own;
    uint32_t runs = 0;
    memset(&desc, 0, sizeof desc);
    memset(&with, 0, sizeof with);
    memset(&error, 0, sizeof error);
    memset(&own, 0, sizeof own);
    with.context = frame_context(2);
    with.env.error = &error;
    with.env.workers.run = frame_count_runs;
    with.env.workers.ctx = &runs;
    with.env.workers.count = 3;
    with.env.progress.report = faults_report;
    with.env.progress.ctx = &cancel;
    T_STATUS(starlings_frame_create(&with, &frame), STARLINGS_OK);
    for (uint32_t i = 0; i < MANY; i++) {
        edges[i].a = 0;
        edges[i].b = 1;
        edges[i].weight = i / (double)MANY;
    }
    desc.edges = edges;
    desc.edge_count = MANY;
    T_STATUS(starlings_frame_add_new(frame, "a", &desc), STARLINGS_OK);
    T_CHECK(runs > 0 && cancel.calls > 0);
    edges[7].b = 2;
    T_STATUS(starlings_frame_add_new(frame, "b", &desc), STARLINGS_ERR_RANGE);
    T_STATUS(error.status, STARLINGS_ERR_RANGE);
    T_EQ_U64(error.at, 7);
    desc.env.error = &own;
    T_STATUS(starlings_frame_add_new(frame, "a", &desc), STARLINGS_ERR_DUPLICATE);
    T_STATUS(own.status, STARLINGS_ERR_DUPLICATE);
    T_STATUS(error.status, STARLINGS_ERR_RANGE);
    starlings_frame_destroy(frame);
    starlings_context_release(with.context);
    free(edges);
}

/* Room for attributes of records that are taken back leaves no trace: it once left heads of lists
   beyond the last record, which a compaction then walked. */
static void test_frame_failed_attributes(void)
{
    const starlings_text name = { "n", 1 };
    starlings_context *other = frame_context(6);
    const starlings_edge edge = { 4, 5, 1 };
    starlings_collection_desc desc;
    starlings_collection *c;
    bool failed = true;
    T_STATUS(starlings_context_set_attribute(other, 5, name, name), STARLINGS_OK);
    memset(&desc, 0, sizeof desc);
    desc.context = other;
    desc.edges = &edge;
    desc.edge_count = 1;
    c = frame_make(&desc);
    for (size_t at = 0; failed; at++) { /* the allocation that fails */
        starlings_identity garbage = starlings_identity_of_text("q", "1");
        starlings_frame_desc with;
        starlings_frame *frame = NULL;
        faults f = faults_make();
        starlings_status status;
        uint32_t record;
        memset(&with, 0, sizeof with);
        with.env.allocator = faults_allocator(&f);
        T_STATUS(starlings_frame_create(&with, &frame), STARLINGS_OK);
        T_STATUS(starlings_context_ensure(starlings_frame_context(frame), &garbage, &record),
                 STARLINGS_OK);
        f.calls = 0;
        f.fail_at = at;
        status = starlings_frame_add(frame, "c", c);
        failed = f.failed > 0;
        f.fail_at = SIZE_MAX;
        T_CHECK(frame->context->first_count <= starlings_context_count(frame->context));
        T_STATUS(starlings_frame_compact(frame), STARLINGS_OK);
        T_EQ_U64(starlings_context_count(starlings_frame_context(frame)),
                 status == STARLINGS_OK ? 2 : 0);
        starlings_frame_destroy(frame);
        T_EQ_U64(f.live + f.broken, 0);
    }
    starlings_collection_release(c);
    starlings_context_release(other);
}

static void test_frame_fault_50_names(void)
{
    static const char *const names[] = { "a", "b" }, *const wrong[] = { "a", "no" };
    static const starlings_edge edges[] = { { 0, 1, 1 }, { 2, 3, 1 }, { 0, 1, 1 }, { 4, 5, 1 } };
    starlings_frame *frame = frame_of(names, edges, 2, 6);
    starlings_collection *view = NULL, *copy = NULL;
    starlings_partition *p = NULL;
    T_STATUS(starlings_frame_view(frame, "a", &view), STARLINGS_OK);
    T_STATUS(starlings_collection_copy(view, NULL, &copy), STARLINGS_OK);
    starlings_collection_release(view);
    T_STATUS(starlings_frame_add(frame, "a", copy), STARLINGS_ERR_DUPLICATE);
    T_STATUS(starlings_frame_add(frame, "", copy), STARLINGS_ERR_ARG);
    T_STATUS(starlings_frame_add(frame, NULL, copy), STARLINGS_ERR_ARG);
    T_STATUS(starlings_frame_drop(frame, wrong, 2), STARLINGS_ERR_STRANGER);
    T_EQ_U64(starlings_frame_collection_count(frame), 2); /* all or none */
    T_STATUS(starlings_frame_partition(frame, "no", 1, &p), STARLINGS_ERR_STRANGER);
    T_STATUS(starlings_frame_view(frame, "no", &view), STARLINGS_ERR_STRANGER);
    T_CHECK(view == NULL);
    starlings_collection_release(copy);
    starlings_frame_destroy(frame);
    starlings_frame_destroy(NULL);
}

/* Sources meet by their names, whatever numbers they have in their own contexts. */
static void test_frame_fault_41_sources_by_name(void)
{
    starlings_frame *frame = NULL;
    starlings_identity_edge edges[2];
    starlings_text name = { "rank", 4 }, value = { "1", 1 }, seen = { NULL, 0 };
    T_STATUS(starlings_frame_create(NULL, &frame), STARLINGS_OK);
    for (int turn = 0; turn < 2; turn++) {
        starlings_collection_desc desc;
        starlings_collection *c;
        starlings_context *context;
        uint32_t record = 0;
        memset(&desc, 0, sizeof desc);
        edges[turn].a = starlings_identity_of_text("crm", "1");
        edges[turn].b = starlings_identity_of_text("erp", "1");
        edges[turn].weight = 0.5;
        edges[1 - turn] = edges[turn]; /* in the second round the sources come the other way */
        edges[0].a = edges[turn].b;
        edges[0].b = edges[turn].a;
        desc.identity_edges = turn == 0 ? edges + 1 : edges;
        desc.edge_count = 1;
        c = frame_make(&desc);
        context = starlings_collection_context(c);
        value.text = turn == 0 ? "1" : "2";
        T_STATUS(starlings_context_set_attribute(context, record, name, value), STARLINGS_OK);
        T_STATUS(starlings_frame_add(frame, turn == 0 ? "a" : "b", c), STARLINGS_OK);
        starlings_collection_release(c);
    }
    T_EQ_U64(starlings_context_count(starlings_frame_context(frame)), 2);
    T_EQ_U64(starlings_context_source_count(starlings_frame_context(frame)), 2);
    /* attributes come along, and do not replace what is there */
    T_CHECK(starlings_context_attribute(starlings_frame_context(frame), 0, name, &seen));
    T_CHECK(seen.size == 1 && seen.text[0] == '1');
    starlings_frame_destroy(frame);
}

/* ---- the cache ------------------------------------------------------------- */

static uint64_t frame_tick(void *ctx)
{
    uint64_t *now = (uint64_t *)ctx;
    return *now += 1500000;
}

static void test_frame_fault_19_cache_knows_keys_not_doubles(void)
{
    static const starlings_edge edges[] = { { 0, 1, 0.85 }, { 1, 2, 0.3 } };
    starlings_frame_desc desc;
    starlings_frame *frame = NULL;
    starlings_collection_desc c;
    starlings_frame_stats stats;
    starlings_partition *p = NULL, *q = NULL;
    uint64_t now = 0;
    memset(&desc, 0, sizeof desc);
    desc.context = frame_context(3);
    desc.clock.now = frame_tick;
    desc.clock.ctx = &now;
    desc.cache_size = 2;
    T_STATUS(starlings_frame_create(&desc, &frame), STARLINGS_OK);
    starlings_context_release(desc.context);
    memset(&c, 0, sizeof c);
    c.edges = edges;
    c.edge_count = 2;
    T_STATUS(starlings_frame_add_new(frame, "a", &c), STARLINGS_OK);
    T_STATUS(starlings_frame_partition(frame, "a", 0.8500001, &p), STARLINGS_OK);
    T_EQ_U64(starlings_partition_entity_count(p), 3);
    T_STATUS(starlings_frame_partition(frame, "a", 0.85, &q), STARLINGS_OK);
    T_EQ_U64(starlings_partition_entity_count(q), 2);
    starlings_partition_release(q);
    T_STATUS(starlings_frame_partition(frame, "a", 0.850001, &q), STARLINGS_OK);
    T_CHECK(p == q); /* the same key: the same object */
    starlings_partition_release(q);
    T_STATUS(starlings_frame_partition(frame, "a", 0.1, &q), STARLINGS_OK); /* 0.85 leaves */
    starlings_partition_release(q);
    T_STATUS(starlings_frame_partition(frame, "a", 0.850001, &q), STARLINGS_OK);
    T_CHECK(p == q);
    starlings_partition_release(q);
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_EQ_U64(stats.cuts, 5);
    T_EQ_U64(stats.cache_hits, 2);
    T_EQ_U64(stats.cached, 2);
    T_NEAR(stats.cache_hit_rate, 0.4, 1e-16);
    T_CHECK(stats.mean_cut_milliseconds == 1.5);
    T_EQ_U64(stats.total_bytes >= stats.cache_bytes + stats.collection_bytes, 1);
    /* NaN is refused, as are thresholds out of range (24) */
    T_STATUS(starlings_frame_partition(frame, "a", strtod("nan", NULL), &q), STARLINGS_ERR_NAN);
    T_STATUS(starlings_frame_partition(frame, "a", 1.5, &q), STARLINGS_ERR_WEIGHT);
    starlings_frame_forget(frame);
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_EQ_U64(stats.cached, 0);
    T_EQ_U64(starlings_partition_entity_count(p), 3); /* who holds one keeps it */
    starlings_partition_release(p);
    starlings_frame_destroy(frame);
}

/* Dropping one collection leaves what was cut from the others remembered. */
static void test_frame_drop_keeps_other_cuts(void)
{
    static const char *const names[] = { "a", "b", "c" };
    static const starlings_edge edges[] = { { 0, 1, 1 }, { 2, 3, 1 }, { 0, 1, 1 }, { 4, 5, 1 },
                                            { 0, 2, 1 }, { 1, 5, 1 } };
    starlings_frame *frame = frame_of(names, edges, 3, 6);
    starlings_partition *before[3] = { NULL, NULL, NULL }, *after = NULL;
    starlings_frame_stats stats;
    for (int i = 0; i < 3; i++)
        T_STATUS(starlings_frame_partition(frame, names[i], 1, &before[i]), STARLINGS_OK);
    T_STATUS(starlings_frame_drop(frame, names + 1, 1), STARLINGS_OK);
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_EQ_U64(stats.cached, 2);
    for (int i = 0; i < 3; i += 2) {
        T_STATUS(starlings_frame_partition(frame, names[i], 1, &after), STARLINGS_OK);
        T_CHECK(after == before[i]);
        starlings_partition_release(after);
    }
    for (int i = 0; i < 3; i++)
        starlings_partition_release(before[i]);
    starlings_frame_destroy(frame);
}

/* A partition that was remembered does not hide records that came later. */
static void test_frame_fault_23_cache_sees_new_records(void)
{
    static const char *const names[] = { "a" };
    static const starlings_edge edges[] = { { 0, 1, 1 }, { 1, 2, 1 } };
    starlings_frame *frame = frame_of(names, edges, 1, 3);
    starlings_identity more = starlings_identity_of_number("late", 1);
    for (uint32_t n = 3; n < 6; n++) {
        starlings_partition *p = NULL;
        T_STATUS(starlings_frame_partition(frame, "a", 0.5, &p), STARLINGS_OK);
        T_EQ_U64(starlings_partition_record_count(p), n);
        T_EQ_U64(starlings_partition_entity_count(p), n - 2);
        starlings_partition_release(p);
        more.number = n;
        T_STATUS(starlings_frame_load(frame, &more, 1, NULL), STARLINGS_OK);
    }
    starlings_frame_destroy(frame);
}

/* ---- hierarchies under other numbers --------------------------------------- */

/* Renumbered, a hierarchy is what a build from the renumbered edges is. */
/* Numbers that keep the order, with gaps: all bytes are those of a build, the kept edges too. */
static void test_frame_renumber_in_order(void)
{
    t_rng rng = t_rng_make(32);
    for (uint32_t round = 0; round < 200; round++) {
        model_graph g = model_random_graph(&rng, 40, round % 4 == 0 ? 10 : 60);
        uint32_t *to = model_u32(g.n), n = 0, kept = 0, wanted = 0;
        bool *joins = (bool *)model_new(g.n, sizeof *joins);
        starlings_hierarchy *h = NULL, *moved = NULL, *want = NULL;
        const starlings_kept_edge *a, *b;
        starlings_hierarchy_desc desc;
        size_t all = 0, want_all = 0;
        memset(&desc, 0, sizeof desc);
        memset(joins, 0, g.n * sizeof *joins);
        desc.edges = g.edges;
        desc.edge_count = g.m;
        desc.record_count = g.n;
        desc.decimals = g.decimals;
        desc.keep_edges = round % 3 > 0;
        desc.keep_all_edges = round % 3 == 2;
        T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
        for (size_t e = 0; e < g.m; e++)
            if (g.edges[e].a != g.edges[e].b)
                joins[g.edges[e].a] = joins[g.edges[e].b] = true;
        for (uint32_t i = 0; i < g.n; i++) {
            n += t_below(&rng, 3);
            to[i] = !joins[i] && t_below(&rng, 2) == 0 ? STARLINGS_NONE : n++;
        }
        n += t_below(&rng, 3);
        T_STATUS(starlings_hierarchy_renumber(h, NULL, to, n, &moved), STARLINGS_OK);
        for (size_t e = 0; e < g.m; e++) {
            bool loop = to[g.edges[e].a] == STARLINGS_NONE; /* then one of somebody else */
            g.edges[e].a = loop ? 0 : to[g.edges[e].a];
            g.edges[e].b = loop ? 0 : to[g.edges[e].b];
        }
        desc.record_count = n;
        if (n > 0) {
            T_STATUS(starlings_hierarchy_create(&desc, &want), STARLINGS_OK);
            T_EQ_U64(model_hash_hierarchy(moved), model_hash_hierarchy(want));
            a = starlings_hierarchy_kept_edges(moved, &kept);
            b = starlings_hierarchy_kept_edges(want, &wanted);
            T_CHECK(kept == wanted && (kept == 0 || memcmp(a, b, kept * sizeof *a) == 0));
            a = starlings_hierarchy_all_edges(moved, &all);
            b = starlings_hierarchy_all_edges(want, &want_all);
            T_CHECK(all == want_all && (all == 0 || memcmp(a, b, all * sizeof *a) == 0));
            T_EQ_U64(starlings_hierarchy_edge_count(moved), g.m);
            T_EQ_U64(starlings_hierarchy_loop_count(moved), starlings_hierarchy_loop_count(want));
        }
        starlings_hierarchy_release(want);
        starlings_hierarchy_release(moved);
        starlings_hierarchy_release(h);
        model_graph_free(&g);
        free(joins);
        free(to);
    }
}

static void test_frame_renumber(void)
{
    t_rng rng = t_rng_make(31);
    for (uint32_t round = 0; round < 60; round++) {
        model_graph g = model_random_graph(&rng, 40, 80);
        starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, round % 2 == 0);
        uint32_t n = g.n + t_below(&rng, 9), *to = model_u32(n);
        starlings_hierarchy *moved = NULL, *want;
        uint32_t kept = 0, wanted = 0;
        size_t size;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t j = t_below(&rng, i + 1);
            to[i] = to[j];
            to[j] = i;
        }
        T_STATUS(starlings_hierarchy_renumber(h, NULL, to, n, &moved), STARLINGS_OK);
        for (size_t e = 0; e < g.m; e++) {
            g.edges[e].a = to[g.edges[e].a];
            g.edges[e].b = to[g.edges[e].b];
        }
        want = model_build(g.edges, g.m, n, g.decimals, round % 2 == 0);
        size = n * sizeof(uint32_t);
        T_CHECK(memcmp(starlings_hierarchy_perm(moved), starlings_hierarchy_perm(want), size) == 0);
        T_CHECK(memcmp(starlings_hierarchy_height(moved), starlings_hierarchy_height(want),
                       size) == 0);
        (void)starlings_hierarchy_kept_edges(moved, &kept);
        (void)starlings_hierarchy_kept_edges(want, &wanted);
        T_EQ_U64(kept, wanted); /* which ones depends on the order of ids among equals */
        starlings_hierarchy_release(moved);
        T_STATUS(starlings_hierarchy_renumber(h, NULL, NULL, g.n - 1, &moved),
                 STARLINGS_ERR_RANGE);
        to[0] = n;
        T_STATUS(starlings_hierarchy_renumber(h, NULL, to, n, &moved), STARLINGS_ERR_RANGE);
        if (g.n > 1) {
            to[0] = to[1];
            T_STATUS(starlings_hierarchy_renumber(h, NULL, to, n, &moved),
                     STARLINGS_ERR_DUPLICATE);
        }
        starlings_hierarchy_release(want);
        starlings_hierarchy_release(h);
        free(to);
        model_graph_free(&g);
    }
}

/* ---- memory that fails ------------------------------------------------------ */

/* A frame with two answers; then one change, during which memory fails; after an error everything
   is as before, and the same change works. */
static size_t frame_fault_run(faults *f, uint32_t change, uint64_t seed)
{
    t_rng rng = t_rng_make(seed);
    starlings_frame_desc desc;
    starlings_frame *frame = NULL;
    frame_model m;
    size_t failed;
    frame_name_slots(&m);
    memset(&desc, 0, sizeof desc);
    desc.env.allocator = faults_allocator(f);
    f->armed = change == 0;
    while (starlings_frame_create(&desc, &frame) != STARLINGS_OK) {
        T_CHECK(frame == NULL);
        f->armed = false;
    }
    f->armed = false;
    for (int s = 0; s < 3; s++) {
        frame_invent(&rng, &m.answers[s]);
        T_STATUS(frame_add(frame, &rng, &m.answers[s], &desc.env), STARLINGS_OK);
        for (uint32_t i = 0; i < FRAME_NAMES; i++)
            m.there[i] = m.there[i] || m.answers[s].speaks[i];
    }
    f->armed = true;
    for (int turn = 0; turn < 2; turn++) {
        const char *names[] = { "c0", "c1" };
        frame_model before = m;
        t_rng again = rng;
        starlings_status status = STARLINGS_OK;
        if (change == 1 || change == 2) {
            again = t_rng_make(change + 10 * (seed % 5)); /* both ways of adding */
            frame_invent(&again, &m.answers[5]);
            status = frame_add(frame, &again, &m.answers[5], &desc.env);
            for (uint32_t i = 0; i < FRAME_NAMES; i++)
                m.there[i] = m.there[i] || m.answers[5].speaks[i];
        } else if (change == 3) {
            status = starlings_frame_drop(frame, names, 2);
            m.answers[0].used = m.answers[1].used = false;
            if (2 * frame_model_count(&m, true) < frame_model_count(&m, false))
                frame_model_compact(&m);
        } else if (change == 4) {
            starlings_partition *p = NULL;
            status = starlings_frame_partition(frame, "c2", 0.5, &p);
            T_CHECK((p != NULL) == (status == STARLINGS_OK));
            starlings_partition_release(p);
        } else if (change == 5) {
            starlings_identity many[64];
            for (uint32_t i = 0; i < 64; i++)
                many[i] = starlings_identity_of_number("new", i);
            status = starlings_frame_load(frame, many, 64, NULL);
            if (status == STARLINGS_OK) { /* out of the model again */
                turn = 2;
                break;
            }
        } else if (change == 6) {
            starlings_collection *view = NULL, *copy = NULL;
            status = starlings_frame_view(frame, "c1", &view);
            if (status == STARLINGS_OK)
                status = starlings_collection_copy(view, &desc.env, &copy);
            T_CHECK((copy != NULL) == (status == STARLINGS_OK));
            starlings_collection_release(view);
            starlings_collection_release(copy);
        } else if (change == 7) {
            starlings_frame_stats stats;
            status = starlings_frame_describe(frame, &stats);
        }
        f->armed = false;
        if (status == STARLINGS_OK)
            break;
        T_STATUS(status, STARLINGS_ERR_NOMEM);
        T_EQ_U64(turn, 0); /* the second time it works */
        m = before;
        frame_check(&m, frame, &rng);
    }
    if (change != 5 && f->failed == 0)
        frame_check(&m, frame, &rng);
    failed = f->failed;
    starlings_frame_destroy(frame);
    return failed;
}

static void test_frame_faults(void)
{
    for (uint32_t change = 0; change < 8; change++)
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            bool failed = true;
            size_t n = 0;
            for (; n < 400 && failed; n++) {
                faults f = faults_make();
                f.fail_at = n;
                f.for_ever = for_ever != 0;
                failed = frame_fault_run(&f, change, 77 + change) > 0;
                T_EQ_U64(f.live, 0);
                T_EQ_U64(f.broken, 0);
            }
            T_CHECK(!failed && n > 1);
        }
}

/* ---- what planning and statistics say --------------------------------------- */

static void test_frame_stats(void)
{
    static const char *const names[] = { "a" };
    static const starlings_edge edges[] = { { 0, 1, 0.55 }, { 1, 2, 0.555 } };
    starlings_frame *frame = frame_of(names, edges, 1, 3);
    starlings_profile small, large;
    starlings_frame_stats stats;
    T_STATUS(starlings_frame_describe(frame, &stats), STARLINGS_OK);
    T_NEAR(stats.entity_stability, 0.9, 1e-15); /* one step of ten changes all entities */
    T_NEAR(stats.threshold_sensitivity, 1, 1e-15);
    T_STATUS(starlings_frame_describe(NULL, &stats), STARLINGS_ERR_ARG);
    starlings_profile_estimate(10000, 10000, &small);
    starlings_profile_estimate(10000000, 100000000, &large);
    T_CHECK(small.build > 0 && small.build < 2 && large.build > 1000 && large.build < 5000);
    T_CHECK(small.build_bytes == 360000 && large.cut > small.cut);
    starlings_frame_destroy(frame);
}

static void test_frame(void)
{
    test_frame_ways();
    test_frame_streams();
    test_frame_membership();
    test_frame_records_of_a_file();
    test_frame_fault_13_chain_not_all_pairs();
    test_frame_refusals();
    test_frame_bad_streams();
    test_frame_random();
    test_frame_fault_49_five_added_three_dropped();
    test_frame_fault_42_assimilated_into_the_frames_context();
    test_frame_fault_43_no_record_is_lost_on_the_way();
    test_frame_fault_46_compacted_contexts_are_whole();
    test_frame_fault_56_bytes_are_counted();
    test_frame_fault_47_loaded_records_stay();
    test_frame_fault_48_garbage_is_looked_up_not_marked();
    test_frame_fault_50_names();
    test_frame_fault_41_sources_by_name();
    test_frame_fault_19_cache_knows_keys_not_doubles();
    test_frame_fault_23_cache_sees_new_records();
    test_frame_drop_keeps_other_cuts();
    test_frame_renumber();
    test_frame_renumber_in_order();
    test_frame_binds_its_context();
    test_frame_compacts_attributes();
    test_frame_short_hierarchy();
    test_frame_lends_its_env();
    test_frame_failed_attributes();
    test_frame_faults();
    test_frame_stats();
}
