/* test_edges.c - edges on their way in: quantised in bulk, refused at the first bad one, taken
   from streams and builders in pieces. */

/* ---- quantised in bulk --------------------------------------------------- */

/* Edge i joins records 2i and 2i + 1 only, so the height between them tells its key. */
static void edges_bulk(uint32_t decimals, starlings_simd simd, uint32_t workers)
{
    enum { M = 4001 };
    t_rng rng = t_rng_make(200 + decimals);
    starlings_edge *edges = (starlings_edge *)model_new(M, sizeof *edges);
    starlings_hierarchy_desc desc = { 0 };
    starlings_hierarchy *h = NULL;
    const uint32_t *perm, *height;
    for (uint32_t i = 0; i < M; i++) {
        edges[i].a = 2 * i + 1;
        edges[i].b = 2 * i;
        edges[i].weight = t_unit(&rng);
        if (i % 3 == 0)
            edges[i].weight = (t_below(&rng, 1000000) + 0.5) / 1000000;
        if (i % 7 == 0)
            edges[i].weight = (double)t_below(&rng, 3) / 2;
    }
    desc.edges = edges;
    desc.edge_count = M;
    desc.decimals = decimals;
    desc.env.simd = simd;
    desc.env.workers.count = workers;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    T_REQUIRE(h != NULL);
    T_EQ_U64(starlings_hierarchy_record_count(h), 2 * M);
    T_EQ_U64(starlings_hierarchy_decimals(h), decimals);
    perm = starlings_hierarchy_perm(h);
    height = starlings_hierarchy_height(h);
    for (uint32_t i = 0; i < M; i++) {
        T_REQUIRE(perm[2 * i] == 2 * i && perm[2 * i + 1] == 2 * i + 1);
        T_REQUIRE(height[2 * i] == 0);
        T_REQUIRE(height[2 * i + 1] == model_key(edges[i].weight, decimals) + 1);
    }
    starlings_hierarchy_release(h);
    free(edges);
}

/* ---- the kernels alone --------------------------------------------------- */
/* Each level that this machine has, against the plain loops: lengths around the width of a
   register, every alignment that the types allow. Inputs end where their block ends, so that a
   sanitizer sees a read beyond; around outputs stand bytes that must stay. */

enum { EDGES_LONGEST = 67, EDGES_ALIGN = 32, EDGES_GUARD = 0xA5 };

typedef struct edges_room {
    unsigned char *block;
    size_t front, size;
} edges_room;

static void *edges_room_open(edges_room *room, size_t front, size_t size)
{
    room->block = (unsigned char *)model_new(front + size + EDGES_ALIGN, 1);
    room->front = front;
    room->size = size;
    memset(room->block, EDGES_GUARD, front + size + EDGES_ALIGN);
    return room->block + front;
}

/* The first `used` bytes were written, the others not. */
static bool edges_room_close(edges_room *room, size_t used)
{
    bool intact = used <= room->size;
    for (size_t i = 0; i < room->front + room->size + EDGES_ALIGN; i++)
        if (i < room->front || i >= room->front + used)
            intact = intact && room->block[i] == EDGES_GUARD;
    free(room->block);
    return intact;
}

/* Weights where a key begins or ends, the ends of the range and numbers too small for it. */
static double edges_kernel_weight(t_rng *rng)
{
    double half = (t_below(rng, 1000000) + 0.5) / 1000000;
    switch (t_below(rng, 8)) {
    case 0: return half;
    case 1: return arith_next(half, -1);
    case 2: return arith_next(half, 1);
    case 3: return t_below(rng, 1000001) / 1e6;
    case 4: return t_below(rng, 2) ? -0.0 : 1.0;
    case 5: return arith_next(t_below(rng, 2) ? 1.0 : 1e-308, -1);
    case 6: return t_below(rng, 2) ? 5e-324 : 0.0;
    default: return t_unit(rng);
    }
}

static double edges_kernel_bad(uint32_t kind)
{
    const double bad[] = { model_nan(),      -model_nan(), model_infinity(), -model_infinity(),
                           arith_next(1, 1), -5e-324,      -1.0,             1e300,
                           4294967296e3,     2.0 };
    return bad[kind % (sizeof bad / sizeof bad[0])];
}

/* bad: where a weight is none; at or beyond count: nowhere. */
static void edges_kernel_quantise(const stln_kernels *wide, t_rng *rng, uint32_t count,
                                  uint32_t shift, uint32_t bad)
{
    static const double scales[] = { 2e6, 2e3, 20 };
    double scale = scales[t_below(rng, 3)];
    size_t in_front = shift % 4 * 8, out_front = shift / 4 % 8 * 4, want, got;
    size_t size = count * sizeof(starlings_edge);
    unsigned char *block = (unsigned char *)model_new(in_front + size, 1);
    starlings_edge *edges = (starlings_edge *)(void *)(block + in_front);
    uint32_t keys[EDGES_LONGEST], *out;
    edges_room room;
    for (uint32_t i = 0; i < count; i++)
        edges[i].weight = edges_kernel_weight(rng);
    for (uint32_t i = bad; i < count; i += 1 + t_below(rng, 9))
        edges[i].weight = edges_kernel_bad(t_below(rng, 10));
    out = (uint32_t *)edges_room_open(&room, out_front, count * sizeof *out);
    want = stln_quantise_scalar(edges, count, scale, keys);
    got = wide->quantise(edges, count, scale, out);
    T_CHECK(got == want && want == (bad < count ? bad : count));
    T_CHECK(memcmp(out, keys, want * sizeof *out) == 0);
    T_CHECK(edges_room_close(&room, want * sizeof *out));
    free(block);
}

/* Heights of one shape, and keys that some of them equal. */
static uint32_t *edges_kernel_heights(t_rng *rng, uint32_t count, uint32_t shift, uint32_t most,
                                      void **out_block)
{
    unsigned char *block = (unsigned char *)model_new(shift * 4 + count * sizeof(uint32_t), 1);
    uint32_t *height = (uint32_t *)(void *)(block + shift * 4);
    uint32_t shape = t_below(rng, 7), start = t_below(rng, 3) ? (uint32_t)t_random(rng) : most;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t h = shape == 0   ? start
                     : shape == 1 ? start + i
                     : shape == 2 ? start - i
                     : shape == 3 ? t_below(rng, 2) * most
                     : shape == 4 ? most - t_below(rng, 3)
                     : shape == 5 ? t_below(rng, 4)
                                  : (uint32_t)t_random(rng);
        height[i] = h & most;
    }
    *out_block = block;
    return height;
}

static void edges_kernel_cut(const stln_kernels *wide, t_rng *rng, uint32_t count, uint32_t shift)
{
    void *block;
    uint32_t begin = count == 0 ? 0 : t_below(rng, count < 9 ? count : 9), starts[80], *out;
    uint32_t *height = edges_kernel_heights(rng, count, shift % 8, UINT32_MAX, &block);
    uint32_t key = count == 0 ? 7 : height[t_below(rng, count)] + t_below(rng, 3) - 1;
    size_t want, got, size;
    edges_room room;
    want = stln_cut_scalar(height, begin, count, key, starts);
    size = (want + 8) * sizeof *out; /* eight more may be written */
    out = (uint32_t *)edges_room_open(&room, shift / 8 % 8 * 4, size);
    got = wide->cut(height, begin, count, key, out);
    T_CHECK(got == want && memcmp(out, starts, want * sizeof *out) == 0);
    T_CHECK(wide->cut_count(height, begin, count, key) == want);
    T_CHECK(edges_room_close(&room, size));
    free(block);
}

static void edges_kernel_minima(const stln_kernels *wide, t_rng *rng, uint32_t blocks,
                                uint32_t shift)
{
    void *block;
    uint32_t *height =
        edges_kernel_heights(rng, blocks * STLN_BLOCK, shift % 8, UINT32_MAX, &block);
    uint32_t want[EDGES_LONGEST], *out;
    edges_room room;
    out = (uint32_t *)edges_room_open(&room, shift / 8 % 8 * 4, blocks * sizeof *out);
    stln_block_minima_scalar(height, blocks, want);
    wide->block_minima(height, blocks, out);
    T_CHECK(memcmp(out, want, blocks * sizeof *out) == 0);
    T_CHECK(edges_room_close(&room, blocks * sizeof *out));
    free(block);
}

/* From the masks the leftmost minimum of any range of a block can be read. */
static void edges_views_read(const uint32_t *height, const uint16_t *view, uint32_t count)
{
    for (uint32_t p = 0; p < count; p++)
        for (uint32_t first = p % STLN_BLOCK + 1; first-- > 0;) {
            uint32_t start = p - p % STLN_BLOCK, least = start + first, got = first;
            for (uint32_t q = start + first; q <= p; q++)
                least = height[q] < height[least] ? q : least;
            while ((view[p] >> got & 1) == 0)
                got++;
            T_REQUIRE(start + got == least);
        }
}

static void edges_kernel_views(const stln_kernels *wide, t_rng *rng, uint32_t blocks,
                               uint32_t shift)
{
    void *block;
    uint32_t count = blocks * STLN_BLOCK; /* heights below 2^31, as ranks are */
    uint32_t *height = edges_kernel_heights(rng, count, shift % 8, INT32_MAX, &block);
    uint16_t want[EDGES_LONGEST], *out;
    edges_room room;
    out = (uint16_t *)edges_room_open(&room, shift / 8 % 16 * 2, count * sizeof *out);
    stln_block_views_scalar(height, blocks, want);
    edges_views_read(height, want, count);
    wide->block_views(height, blocks, out);
    T_CHECK(memcmp(out, want, count * sizeof *out) == 0);
    T_CHECK(edges_room_close(&room, count * sizeof *out));
    free(block);
}

static void edges_kernels(starlings_simd level)
{
    const stln_kernels *wide = stln_kernels_of(level);
    t_rng rng = t_rng_make(220);
    uint32_t step = t_state.big ? 1 : 3; /* of the alignments of the longer runs, in turn */
    T_REQUIRE(starlings_simd_chosen(level) == level);
    for (uint32_t count = 0; count <= EDGES_LONGEST; count++) {
        for (uint32_t bad = 0; bad <= count; bad++)
            edges_kernel_quantise(wide, &rng, count, count + bad, bad);
        for (uint32_t shift = count % step; shift < 32; shift += step)
            edges_kernel_quantise(wide, &rng, count, shift, count);
        for (uint32_t shift = count % step; shift < 64; shift += step)
            edges_kernel_cut(wide, &rng, count, shift);
    }
    for (uint32_t round = 0; round < 64 / step; round++)
        for (uint32_t shift = 0; shift < 128; shift++) {
            edges_kernel_minima(wide, &rng, round % 5, shift);
            edges_kernel_views(wide, &rng, round % 5, shift);
        }
}

/* ---- the first bad edge -------------------------------------------------- */

typedef struct edges_bad {
    size_t at;
    starlings_status status;
} edges_bad;

/* Six ways to be wrong; the last is an id that is no record. */
static edges_bad edges_wrong(uint32_t kind, double *weight)
{
    static const starlings_status status[] = { STARLINGS_ERR_NAN,    STARLINGS_ERR_INFINITE,
                                               STARLINGS_ERR_INFINITE, STARLINGS_ERR_WEIGHT,
                                               STARLINGS_ERR_WEIGHT, STARLINGS_ERR_RANGE };
    const double weights[] = { model_nan(), model_infinity(), -model_infinity(),
                               -1e-9,       1.0000001,        0.5 };
    edges_bad bad = { 0, STARLINGS_OK };
    bad.status = status[kind];
    *weight = weights[kind];
    return bad;
}

/* Spoil some edges; returns the first. */
static edges_bad edges_spoil(t_rng *rng, starlings_edge *edges, size_t m, uint32_t n)
{
    edges_bad first = { m, STARLINGS_OK };
    for (uint32_t i = 1 + t_below(rng, 4); i > 0; i--) {
        size_t at = t_below(rng, (uint32_t)m);
        uint32_t kind = t_below(rng, 6);
        edges_bad bad = edges_wrong(kind, &edges[at].weight);
        edges[at].a = kind == 5 ? n + t_below(rng, 2) * 1000 : 0;
        edges[at].b = 1;
        if (kind == 5 && t_below(rng, 2) == 0) {
            edges[at].b = edges[at].a;
            edges[at].a = 0;
        }
        bad.at = at;
        if (at <= first.at)
            first = bad;
    }
    return first;
}

static void edges_first_bad(uint32_t round, size_t m, uint32_t workers, starlings_simd simd)
{
    t_rng rng = t_rng_make(230 + round);
    uint32_t n = 50;
    starlings_edge *edges = (starlings_edge *)model_new(m, sizeof *edges);
    starlings_hierarchy_desc desc = { 0 };
    starlings_builder_desc builder_desc = { 0 };
    starlings_hierarchy *h = (starlings_hierarchy *)(void *)&rng;
    starlings_builder *builder = NULL;
    starlings_error error = { STARLINGS_OK, 0, 0, "" };
    edges_bad first;
    for (size_t i = 0; i < m; i++) {
        edges[i].a = t_below(&rng, n);
        edges[i].b = t_below(&rng, n);
        edges[i].weight = t_unit(&rng);
    }
    first = edges_spoil(&rng, edges, m, n);
    desc.edges = edges;
    desc.edge_count = m;
    desc.record_count = n;
    desc.env.workers.count = workers;
    desc.env.simd = simd;
    desc.env.error = &error;
    T_STATUS(starlings_hierarchy_create(&desc, &h), first.status);
    T_CHECK(h == NULL);
    T_STATUS(error.status, first.status);
    T_EQ_U64(error.at, first.at);
    builder_desc.record_count = n;
    builder_desc.env = desc.env;
    T_STATUS(starlings_builder_create(&builder_desc, &builder), STARLINGS_OK);
    error.at = 99999999;
    T_STATUS(starlings_builder_add(builder, edges, m), first.status);
    T_EQ_U64(error.at, first.at);
    T_STATUS(starlings_builder_finish(builder, &h), STARLINGS_OK);
    T_REQUIRE(h != NULL);
    T_EQ_U64(starlings_hierarchy_edge_count(h), 0); /* none was taken */
    T_EQ_U64(starlings_hierarchy_record_count(h), n);
    starlings_hierarchy_release(h);
    starlings_builder_destroy(builder);
    free(edges);
}

/* Without a record count, one past the largest id is as many as there are; ids that leave no room
   for that are refused. */
static void edges_largest_ids(void)
{
    starlings_edge edges[] = { { 0, 1, 0.5 }, { 0, 0, 0.5 } };
    starlings_hierarchy_desc desc = { 0 };
    starlings_hierarchy *h = NULL;
    starlings_error error = { STARLINGS_OK, 0, 0, "" };
    desc.edges = edges;
    desc.edge_count = 2;
    desc.env.error = &error;
    for (uint32_t back = 0; back < 2; back++) {
        edges[1].b = UINT32_MAX - back;
        T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_ERR_RANGE);
        T_EQ_U64(error.at, 1);
    }
    edges[1].a = edges[1].b = 9; /* a loop also makes its record known */
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    T_EQ_U64(starlings_hierarchy_record_count(h), 10);
    T_EQ_U64(starlings_hierarchy_edge_count(h), 2);
    T_EQ_U64(starlings_hierarchy_loop_count(h), 1);
    starlings_hierarchy_release(h);
    desc.record_count = UINT32_MAX;
    T_CHECK(starlings_hierarchy_create(&desc, &h) != STARLINGS_OK);
    T_CHECK(h == NULL);
    desc.record_count = 0;
    desc.decimals = 7;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_ERR_ARG);
    desc.decimals = 0;
    desc.edges = NULL;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_ERR_ARG);
}

/* ---- streams and builders ------------------------------------------------ */

typedef struct edges_source {
    const starlings_edge *edges;
    size_t count, at;
    size_t chunk;           /* the most it gives at once */
    size_t fail_at;         /* gives `status` when it stands here */
    starlings_status status;
    size_t reads;
} edges_source;

static starlings_status edges_read(void *ctx, starlings_edge *edges, size_t capacity,
                                   size_t *out_count)
{
    edges_source *s = (edges_source *)ctx;
    size_t count = s->count - s->at;
    s->reads++;
    if (s->at >= s->fail_at && s->status != STARLINGS_OK)
        return s->status;
    count = count < s->chunk ? count : s->chunk;
    count = count < capacity ? count : capacity;
    memcpy(edges, s->edges + s->at, count * sizeof *edges);
    s->at += count;
    *out_count = count;
    return STARLINGS_OK;
}

static uint64_t edges_hash_all(const starlings_hierarchy *h)
{
    uint64_t hash = model_hash_hierarchy(h), counts[2];
    counts[0] = starlings_hierarchy_edge_count(h);
    counts[1] = starlings_hierarchy_loop_count(h);
    return model_hash(hash, counts, sizeof counts);
}

/* An array, a stream, both, a builder with a tiny buffer: all the same hierarchy. */
static void edges_in_pieces(uint32_t round)
{
    t_rng rng = t_rng_make(260 + round);
    model_graph g = model_random_graph(&rng, 60, 300);
    bool keep = t_below(&rng, 2) == 0, infer = t_below(&rng, 2) == 0;
    starlings_hierarchy *whole =
        model_build(g.edges, g.m, infer ? 0 : g.n, g.decimals, keep), *h = NULL;
    edges_source source = { NULL, 0, 0, 0, 0, STARLINGS_OK, 0 };
    starlings_hierarchy_desc desc = { 0 };
    uint32_t split = t_below(&rng, (uint32_t)g.m + 1);
    split = t_below(&rng, 2) ? 0 : split;
    desc.edges = g.edges;
    desc.edge_count = split;
    desc.record_count = infer ? 0 : g.n;
    desc.decimals = g.decimals;
    desc.keep_edges = keep;
    source.edges = g.edges + split;
    source.count = g.m - split;
    source.chunk = 1 + 2 * t_below(&rng, 30);
    desc.stream.read = edges_read;
    desc.stream.ctx = &source;
    T_REQUIRE(whole != NULL);
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    T_REQUIRE(h != NULL);
    T_EQ_U64(source.at, source.count);
    T_EQ_U64(edges_hash_all(h), edges_hash_all(whole));
    starlings_hierarchy_release(h);
    source.at = 0;
    source.fail_at = t_below(&rng, (uint32_t)source.count + 1);
    source.status = STARLINGS_ERR_IO;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_ERR_IO);
    T_CHECK(h == NULL);
    starlings_hierarchy_release(whole);
    model_graph_free(&g);
}

/* A bad edge in a stream is found at its place in the stream, beyond whatever the array had. */
static void edges_bad_in_stream(void)
{
    starlings_edge edges[100];
    edges_source source = { edges, 90, 0, 7, 0, STARLINGS_OK, 0 };
    starlings_hierarchy_desc desc = { 0 };
    starlings_hierarchy *h = NULL;
    starlings_error error = { STARLINGS_OK, 0, 0, "" };
    for (uint32_t i = 0; i < 100; i++) {
        edges[i].a = i;
        edges[i].b = 0;
        edges[i].weight = 0.5;
    }
    edges[60].weight = 2;
    edges[61].weight = model_nan();
    source.edges = edges + 10;
    desc.edges = edges;
    desc.edge_count = 10;
    desc.stream.read = edges_read;
    desc.stream.ctx = &source;
    desc.env.error = &error;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_ERR_WEIGHT);
    T_EQ_U64(error.at, 50);
    T_CHECK(h == NULL);
}

/* A stream that claims to have given more than there is room for. */
static starlings_status edges_read_too_many(void *ctx, starlings_edge *edges, size_t capacity,
                                            size_t *out_count)
{
    (void)ctx;
    (void)edges;
    *out_count = capacity + 1;
    return STARLINGS_OK;
}

static void edges_lying_stream(void)
{
    starlings_hierarchy_desc desc = { 0 };
    starlings_hierarchy *h = NULL;
    desc.stream.read = edges_read_too_many;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_ERR_ARG);
    T_CHECK(h == NULL);
}

/* A builder with a buffer of a few edges, many adds, several finishes. */
static void edges_builder(uint32_t round)
{
    t_rng rng = t_rng_make(290 + round);
    model_graph g = model_random_graph(&rng, 60, 400);
    starlings_builder_desc desc = { 0 };
    starlings_builder *builder = NULL;
    size_t at = 0;
    desc.record_count = t_below(&rng, 2) ? g.n : 0;
    desc.decimals = g.decimals;
    desc.keep_edges = t_below(&rng, 2) == 0;
    desc.buffer_edges = 1 + t_below(&rng, 40);
    T_STATUS(starlings_builder_create(&desc, &builder), STARLINGS_OK);
    T_REQUIRE(builder != NULL);
    while (at < g.m) {
        size_t count = 1 + t_below(&rng, 50);
        count = count < g.m - at ? count : g.m - at;
        T_STATUS(starlings_builder_add(builder, g.edges + at, count), STARLINGS_OK);
        at += count;
        if (t_below(&rng, 3) == 0 || at == g.m) {
            starlings_hierarchy *h = NULL;
            starlings_hierarchy *whole =
                model_build(g.edges, at, desc.record_count, g.decimals, desc.keep_edges);
            T_STATUS(starlings_builder_finish(builder, &h), STARLINGS_OK);
            T_REQUIRE(h != NULL && whole != NULL);
            T_EQ_U64(edges_hash_all(h), edges_hash_all(whole));
            starlings_hierarchy_release(h);
            starlings_hierarchy_release(whole);
        }
    }
    starlings_builder_destroy(builder);
    model_graph_free(&g);
}

/* A builder that has been given nothing, and one that grows far beyond its first ids. */
static void edges_builder_ends(void)
{
    starlings_builder_desc desc = { 0 };
    starlings_builder *builder = NULL;
    starlings_hierarchy *h = NULL;
    T_STATUS(starlings_builder_create(&desc, &builder), STARLINGS_OK);
    T_STATUS(starlings_builder_add(builder, NULL, 0), STARLINGS_OK);
    T_STATUS(starlings_builder_finish(builder, &h), STARLINGS_OK);
    T_REQUIRE(h != NULL);
    T_EQ_U64(starlings_hierarchy_record_count(h), 0);
    starlings_hierarchy_release(h);
    for (uint32_t i = 1; i <= 3000; i++) {
        starlings_edge e = { 0, i, 0.25 };
        T_REQUIRE(starlings_builder_add(builder, &e, 1) == STARLINGS_OK);
    }
    T_STATUS(starlings_builder_add(builder, NULL, 1), STARLINGS_ERR_ARG);
    T_STATUS(starlings_builder_finish(builder, &h), STARLINGS_OK);
    T_REQUIRE(h != NULL);
    T_EQ_U64(starlings_hierarchy_record_count(h), 3001);
    T_EQ_U64(starlings_hierarchy_edge_count(h), 3000);
    T_EQ_U64(starlings_hierarchy_height(h)[3000], 250001);
    starlings_hierarchy_release(h);
    starlings_builder_destroy(builder);
    desc.decimals = 7;
    T_STATUS(starlings_builder_create(&desc, &builder), STARLINGS_ERR_ARG);
    T_CHECK(builder == NULL);
}

static void test_edges(void)
{
    for (uint32_t q = 1; q <= 6; q++) {
        edges_bulk(q, STARLINGS_SIMD_SCALAR, 1);
        edges_bulk(q, STARLINGS_SIMD_BEST, q % 4);
    }
    for (uint32_t level = STARLINGS_SIMD_SCALAR; level <= STARLINGS_SIMD_NEON; level++)
        if (starlings_simd_chosen((starlings_simd)level) == (starlings_simd)level)
            edges_kernels((starlings_simd)level);
    for (uint32_t round = 0; round < 40; round++)
        edges_first_bad(round, 1 + round * 5, 1 + round % 8,
                        round % 2 ? STARLINGS_SIMD_SCALAR : STARLINGS_SIMD_BEST);
    for (uint32_t round = 0; round < 6; round++)
        edges_first_bad(50 + round, 150000, 1 + 3 * (round % 3), STARLINGS_SIMD_BEST);
    edges_largest_ids();
    for (uint32_t round = 0; round < 150; round++)
        edges_in_pieces(round);
    edges_bad_in_stream();
    edges_lying_stream();
    for (uint32_t round = 0; round < 150; round++)
        edges_builder(round);
    edges_builder_ends();
}
