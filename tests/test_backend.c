/* test_backend.c - the own backend of bitmaps against byte maps: all three types of chunk, made by
   every way there is, at every limit, at odd addresses, with allocations that fail. */

#include "faults.h"

enum { BE_KEYS = 5, BE_PLACES = 65536, BE_SHAPES = 17 };
static const uint32_t be_key[BE_KEYS] = { 0, 1, 2, 700, 65535 };

/* A set as one byte for each place of the five chunks. */
typedef struct be_model {
    uint8_t in[BE_KEYS][BE_PLACES];
} be_model;

static starlings_bitmap_env be_env(faults *f)
{
    starlings_bitmap_env env;
    memset(&env, 0, sizeof env);
    env.allocator.resize = faults_resize;
    env.allocator.ctx = f;
    return env;
}

static be_model *be_model_new(void)
{
    be_model *m = (be_model *)calloc(1, sizeof *m);
    if (m == NULL)
        abort();
    return m;
}

static void be_range(uint8_t *in, uint32_t first, uint32_t last)
{
    memset(in + first, 1, last - first + 1);
}

static void be_some(t_rng *rng, uint8_t *in, uint32_t count)
{
    while (count > 0) {
        uint32_t low = t_below(rng, BE_PLACES);
        count -= !in[low];
        in[low] = 1;
    }
}

/* Shapes of a chunk. */
static void be_shape(t_rng *rng, uint8_t *in, uint32_t shape)
{
    static const uint32_t sizes[] = { 1, 3, 40, 300, 3000, 4095, 4096, 4097, 20000, 65535 };
    memset(in, 0, BE_PLACES);
    if (shape == 0)
        return;
    if (shape <= 10) {
        be_some(rng, in, sizes[shape - 1]);
    } else if (shape == 11) {
        be_range(in, 0, BE_PLACES - 1);
    } else if (shape == 12) {
        for (uint32_t i = t_below(rng, 2); i < BE_PLACES; i += 2)
            in[i] = 1; /* 32768 runs */
    } else if (shape == 13) {
        in[0] = in[BE_PLACES - 1] = 1;
    } else {
        uint32_t runs = shape == 14 ? 3 : shape == 15 ? 200 : 3000;
        for (uint32_t i = 0; i < runs; i++) {
            uint32_t first = t_below(rng, BE_PLACES);
            uint32_t length = t_below(rng, 2 * BE_PLACES / (3 * runs));
            be_range(in, first, first + length < BE_PLACES ? first + length : BE_PLACES - 1);
        }
    }
}

/* Most rows are empty, and are not walked. */
static bool be_row_is_empty(const uint8_t *in)
{
    return memchr(in, 1, BE_PLACES) == NULL;
}

static size_t be_members(const be_model *m, uint32_t *members)
{
    size_t count = 0;
    for (uint32_t k = 0; k < BE_KEYS; k++) {
        if (be_row_is_empty(m->in[k]))
            continue;
        for (uint32_t low = 0; low < BE_PLACES; low++)
            if (m->in[k][low])
                members[count++] = be_key[k] << 16 | low;
    }
    return count;
}

/* Room for all members of a model, used by one test function at a time. */
static uint32_t be_list[BE_KEYS * BE_PLACES], be_got[BE_KEYS * BE_PLACES];

static bool be_sound_chunk(const stln_chunk *c)
{
    uint32_t size = 0, next = 0;
    if (c->type == STLN_CHUNK_BITSET) {
        for (uint32_t low = 0; low < BE_PLACES; low++)
            size += stln_chunk_bit(c->payload, low);
        return size == c->less + 1 && size > 4096;
    }
    if (c->type == STLN_CHUNK_ARRAY) {
        for (uint32_t i = 0; i <= c->less; i++) {
            if (stln_chunk_low(c->payload, i) < next)
                return false;
            next = stln_chunk_low(c->payload, i) + 1;
        }
        return c->less < 4096;
    }
    for (uint32_t i = 0; i <= c->runs; i++) {
        if (stln_chunk_start(c->payload, i) < next)
            return false;
        size += stln_chunk_low(c->payload, 2 * (size_t)i + 1) + 1;
        next = stln_chunk_last(c->payload, i) + 2;
    }
    return size == c->less + 1 && next <= BE_PLACES + 1;
}

static bool be_sound(const stln_bmb *b)
{
    uint64_t size = 0;
    if (b->count > b->capacity)
        return false;
    for (uint32_t i = 0; i < b->count; i++) {
        size += b->chunks[i].less + 1;
        if (!be_sound_chunk(b->chunks + i) || (i > 0 && b->keys[i - 1] >= b->keys[i]))
            return false;
        if (!b->chunks[i].foreign && b->chunks[i].capacity < stln_chunk_bytes(b->chunks + i))
            return false;
    }
    return size == b->cardinality;
}

/* Is b just the model's set? */
static bool be_is(const stln_bmb *b, const be_model *m)
{
    size_t count = be_members(m, be_list), got;
    uint64_t next = 0;
    if (b == NULL || !be_sound(b) || stln_bmb_cardinality(b) != count)
        return false;
    got = stln_bmb_read(b, &next, be_got, BE_KEYS * BE_PLACES);
    return got == count && (count == 0 || memcmp(be_got, be_list, count * sizeof *be_got) == 0);
}

static stln_bmb *be_from(const starlings_bitmap_env *env, const be_model *m)
{
    size_t count = be_members(m, be_list);
    return stln_bmb_from_sorted(env, be_list, count);
}

/* The same set as a view whose payloads stand at odd addresses, each in a random one of the types
   that it may have. *out_bytes goes to be_release after it: size, bytes, and the bytes again, to
   see that nobody wrote them. */
static stln_bmb *be_view(const starlings_bitmap_env *env, t_rng *rng, const stln_bmb *b,
                         uint8_t **out_bytes)
{
    stln_bmb *v = stln_bmb_new(env, b->count, 0);
    size_t size = 9 + (size_t)b->count * 131072, at = 9;
    *out_bytes = (uint8_t *)calloc(2, size);
    if (v == NULL || *out_bytes == NULL)
        abort();
    for (uint32_t i = 0; i < b->count; i++) {
        static uint64_t aligned[131072 / 8];
        stln_chunk_type other = b->chunks[i].less < 4096 ? STLN_CHUNK_ARRAY : STLN_CHUNK_BITSET;
        stln_chunk *c = v->chunks + i;
        stln_chunk_convert(stln_set_kernels_of(env->simd), b->chunks + i,
                           t_below(rng, 2) ? STLN_CHUNK_RUN : other, (uint8_t *)aligned, c);
        (void)stln_bmb_append(v, b->keys[i], *out_bytes + at);
        memcpy(*out_bytes + at, aligned, stln_chunk_bytes(c));
        at += (stln_chunk_bytes(c) + 1) & ~(size_t)1;
    }
    memcpy(*out_bytes, &size, sizeof size);
    memcpy(*out_bytes + size, *out_bytes, size);
    v->view = true;
    return v;
}

static void be_release(uint8_t *bytes)
{
    size_t size;
    if (bytes == NULL)
        return;
    memcpy(&size, bytes, sizeof size);
    T_CHECK(memcmp(bytes, bytes + size, size) == 0);
    free(bytes);
}

/* One of the ways to a set: in bulk, by adds, a union, a view, a copy of a view, shrunk. */
static stln_bmb *be_make(const starlings_bitmap_env *env, t_rng *rng, const be_model *m,
                         uint8_t **out_bytes)
{
    stln_bmb *b = be_from(env, m), *other = NULL;
    uint32_t way = t_below(rng, 5);
    *out_bytes = NULL;
    if (b == NULL || way == 0)
        return b;
    if (way == 1 || way == 2) {
        other = be_view(env, rng, b, out_bytes);
        stln_bmb_free(env, b);
        if (way == 1)
            return other;
        b = stln_bmb_copy(env, other);
        stln_bmb_free(env, other);
        be_release(*out_bytes);
        *out_bytes = NULL;
    } else if (way == 3) {
        other = stln_bmb_combine(env, STLN_OR, b, b);
        stln_bmb_free(env, b);
        b = other;
        T_CHECK(stln_bmb_shrink(env, b));
    } else { /* every member that is divisible by 7 goes and comes back */
        size_t count = be_members(m, be_list);
        for (size_t i = 0; i < count; i += 7)
            T_CHECK(stln_bmb_remove(env, b, be_list[i]));
        T_CHECK(be_sound(b));
        for (size_t i = 0; i < count; i += 7)
            T_CHECK(stln_bmb_add(env, b, be_list[i]));
    }
    return b;
}

static bool be_op(stln_set_op op, bool a, bool b)
{
    return op == STLN_AND ? a && b : op == STLN_OR ? a || b : op == STLN_XOR ? a != b : a && !b;
}

/* One chunk of a OP b; returns how many members it has. */
static uint32_t be_row(stln_set_op op, const uint8_t *a, const uint8_t *b, uint8_t *out)
{
    uint32_t count = 0;
    memset(out, 0, BE_PLACES);
    if (be_row_is_empty(a) && be_row_is_empty(b))
        return 0;
    for (uint32_t i = 0; i < BE_PLACES; i++) {
        out[i] = be_op(op, a[i], b[i]);
        count += out[i];
    }
    return count;
}

/* All that is asked of two sets. */
static void be_pair(const starlings_bitmap_env *env, const stln_bmb *a, const stln_bmb *b,
                    const be_model *am, const be_model *bm, be_model *work)
{
    static const stln_set_op ops[] = { STLN_AND, STLN_OR, STLN_XOR, STLN_ANDNOT };
    uint64_t both = 0;
    bool subset, equal = memcmp(am, bm, sizeof *am) == 0;
    for (size_t i = 0; i < 4; i++) {
        stln_bmb *r = stln_bmb_combine(env, ops[i], a, b);
        for (uint32_t k = 0; k < BE_KEYS; k++)
            (void)be_row(ops[i], am->in[k], bm->in[k], work->in[k]);
        T_CHECK(be_is(r, work));
        stln_bmb_free(env, r);
    }
    for (uint32_t k = 0; k < BE_KEYS; k++)
        both += be_row(STLN_AND, am->in[k], bm->in[k], work->in[k]);
    subset = both == stln_bmb_cardinality(a);
    T_EQ_U64(stln_bmb_and_cardinality(env, a, b), both);
    T_CHECK(stln_bmb_intersects(a, b) == (both != 0));
    T_CHECK(stln_bmb_is_subset(a, b) == subset);
    T_CHECK(stln_bmb_equals(a, b) == equal);
}

/* Every pair of shapes in one chunk, made in random ways, at each SIMD level. */
static void test_backend_shapes(void)
{
    be_model *am = be_model_new(), *bm = be_model_new(), *work = be_model_new();
    t_rng rng = t_rng_make(4001);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    for (uint32_t i = 0; i < BE_SHAPES * BE_SHAPES; i++) {
        uint8_t *a_bytes, *b_bytes;
        stln_bmb *a, *b;
        be_shape(&rng, am->in[3], i % BE_SHAPES);
        be_shape(&rng, bm->in[3], i / BE_SHAPES);
        env.simd = i % 2 ? STARLINGS_SIMD_BEST : STARLINGS_SIMD_SCALAR;
        a = be_make(&env, &rng, am, &a_bytes);
        b = be_make(&env, &rng, bm, &b_bytes);
        be_pair(&env, a, b, am, bm, work);
        stln_bmb_free(&env, a);
        stln_bmb_free(&env, b);
        be_release(a_bytes);
        be_release(b_bytes);
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(am);
    free(bm);
    free(work);
}

static void be_model_random(t_rng *rng, be_model *m)
{
    for (uint32_t k = 0; k < BE_KEYS; k++)
        be_shape(rng, m->in[k], t_below(rng, 2) ? t_below(rng, BE_SHAPES) : 0);
}

/* Pairs over several chunks; of related ones too: equal, subset, one member off. */
static void test_backend_pairs(void)
{
    be_model *am = be_model_new(), *bm = be_model_new(), *work = be_model_new();
    t_rng rng = t_rng_make(4002);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    uint32_t rounds = t_state.big ? 1000 : 3;
    for (uint32_t i = 0; i < rounds; i++) {
        uint8_t *a_bytes, *b_bytes;
        stln_bmb *a, *b;
        be_model_random(&rng, am);
        be_model_random(&rng, bm);
        if (i % 4 != 0)
            memcpy(bm, am, sizeof *bm);
        if (i % 4 == 2)
            be_some(&rng, bm->in[0], bm->in[0][0] ? 0 : 1);
        if (i % 4 == 3)
            for (uint32_t j = 0; j < 100; j++)
                bm->in[t_below(&rng, BE_KEYS)][t_below(&rng, BE_PLACES)] = 0;
        a = be_make(&env, &rng, am, &a_bytes);
        b = be_make(&env, &rng, bm, &b_bytes);
        be_pair(&env, a, b, am, bm, work);
        be_pair(&env, b, a, bm, am, work);
        stln_bmb_free(&env, a);
        stln_bmb_free(&env, b);
        be_release(a_bytes);
        be_release(b_bytes);
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(am);
    free(bm);
    free(work);
}

static uint32_t be_member(t_rng *rng)
{
    static const uint32_t limits[] = { 0, 1, 65535, 65536, 131071, 0xffff0000u, UINT32_MAX };
    if (t_below(rng, 4) == 0)
        return limits[t_below(rng, 7)];
    return be_key[t_below(rng, BE_KEYS)] << 16 | t_below(rng, BE_PLACES);
}

static uint8_t *be_place(be_model *m, uint32_t member)
{
    for (uint32_t k = 0; k < BE_KEYS; k++)
        if (be_key[k] == member >> 16)
            return &m->in[k][member & 0xffff];
    return NULL;
}

/* Rank, select, contains, ranges and reading in pieces. */
static void be_order(t_rng *rng, const stln_bmb *b, be_model *m)
{
    size_t count = be_members(m, be_list), at = 0;
    uint64_t next = 0, bound;
    uint32_t got = 0;
    for (uint32_t i = 0; i < 50; i++) {
        uint64_t begin = be_member(rng), end = begin + 1 + t_below(rng, i % 2 ? 70000 : 70);
        uint64_t low = 0, high = 0;
        size_t index = t_below(rng, (uint32_t)count + 1);
        if (end > (uint64_t)1 << 32)
            end = (uint64_t)1 << 32;
        for (size_t j = 0; j < count; j++) {
            low += be_list[j] < begin;
            high += be_list[j] < end;
        }
        T_EQ_U64(stln_bmb_rank(b, begin), low);
        T_EQ_U64(stln_bmb_rank(b, end), high);
        T_CHECK(stln_bmb_contains_range(b, begin, end) == (high - low == end - begin));
        T_CHECK(stln_bmb_contains(b, (uint32_t)begin) ==
                (low < count && be_list[low] == begin));
        T_CHECK(stln_bmb_select(b, index, &got) == (index < count));
        T_CHECK(index == count || got == be_list[index]);
        bound = begin;
        if (stln_bmb_read(b, &bound, be_got, 1) == 1)
            T_CHECK(be_got[0] == be_list[low] && bound == (uint64_t)be_got[0] + 1);
        else
            T_CHECK(low == count && bound == (uint64_t)1 << 32);
    }
    T_CHECK(!stln_bmb_select(b, count, &got));
    T_EQ_U64(stln_bmb_rank(b, (uint64_t)1 << 32), count);
    for (;;) {
        size_t most = t_below(rng, 9000) + 1, read = stln_bmb_read(b, &next, be_got, most);
        T_CHECK(read <= count - at && memcmp(be_got, be_list + at, read * sizeof *be_got) == 0);
        at += read;
        if (read < most)
            break;
    }
    T_EQ_U64(at, count);
    T_EQ_U64(next, (uint64_t)1 << 32);
}

static void test_backend_order(void)
{
    be_model *m = be_model_new();
    t_rng rng = t_rng_make(4003);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    for (uint32_t i = 0; i < BE_SHAPES + 20; i++) {
        uint8_t *bytes;
        stln_bmb *b;
        if (i < BE_SHAPES)
            be_shape(&rng, m->in[4], i);
        else
            be_model_random(&rng, m);
        b = be_make(&env, &rng, m, &bytes);
        T_CHECK(be_is(b, m));
        be_order(&rng, b, m);
        stln_bmb_free(&env, b);
        be_release(bytes);
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(m);
}

/* Random adds and removes: near members (runs), far ones, whole stretches; also on views. */
static void test_backend_changes(void)
{
    be_model *m = be_model_new();
    t_rng rng = t_rng_make(4004);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    uint32_t rounds = t_state.big ? 400 : 3;
    for (uint32_t i = 0; i < rounds; i++) {
        uint8_t *bytes;
        stln_bmb *b;
        be_model_random(&rng, m);
        b = be_make(&env, &rng, m, &bytes);
        for (uint32_t j = 0; j < 200; j++) {
            uint32_t member = be_member(&rng), length = j % 10 ? 1 : t_below(&rng, 3000);
            bool add = t_below(&rng, 2) == 1;
            for (uint32_t x = 0; x < length && member + x >= member; x++) {
                uint8_t *place = be_place(m, member + x);
                if (place == NULL)
                    break;
                *place = add;
                T_CHECK(add ? stln_bmb_add(&env, b, member + x)
                            : stln_bmb_remove(&env, b, member + x));
            }
            if (j % 20 == 0)
                T_CHECK(be_is(b, m));
        }
        T_CHECK(be_is(b, m));
        T_CHECK(stln_bmb_heap_bytes(b) <= f.live);
        stln_bmb_free(&env, b);
        be_release(bytes);
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(m);
}

/* Where the types change: 4096 and 4097 members, runs up to what pays. */
static void test_backend_limits(void)
{
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    stln_bmb *b = stln_bmb_from_sorted(&env, NULL, 0), *r;
    T_REQUIRE(b != NULL);
    T_CHECK(b->count == 0 && !stln_bmb_contains(b, 0) && stln_bmb_rank(b, 7) == 0);
    for (uint32_t i = 0; i < 4096; i++)
        T_CHECK(stln_bmb_add(&env, b, 65536 + 3 * i));
    T_CHECK(b->chunks[0].type == STLN_CHUNK_ARRAY);
    T_CHECK(stln_bmb_add(&env, b, 65536 + 1) && b->chunks[0].type == STLN_CHUNK_BITSET);
    T_CHECK(stln_bmb_remove(&env, b, 65536) && b->chunks[0].type == STLN_CHUNK_ARRAY);
    T_EQ_U64(stln_bmb_cardinality(b), 4096);
    for (uint32_t i = 0; i < 65536; i++)
        T_CHECK(stln_bmb_add(&env, b, 65536 + i));
    T_CHECK(b->count == 1 && b->chunks[0].less == 65535);
    T_CHECK(stln_bmb_shrink(&env, b) && b->chunks[0].type == STLN_CHUNK_RUN);
    T_EQ_U64(stln_chunk_runs(b->chunks), 1);
    T_EQ_U64(stln_bmb_heap_bytes(b), f.live);
    for (uint32_t i = 1; i < 2047; i++) /* each removal cuts a run in two */
        T_CHECK(stln_bmb_remove(&env, b, 65536 + 4 * i) && b->chunks[0].type == STLN_CHUNK_RUN);
    T_EQ_U64(stln_chunk_runs(b->chunks), 2047);
    T_CHECK(stln_bmb_remove(&env, b, 131070) && b->chunks[0].type == STLN_CHUNK_BITSET);
    T_CHECK(be_sound(b));
    for (uint32_t i = 0; i < 65536; i++)
        T_CHECK(stln_bmb_remove(&env, b, 65536 + i));
    T_CHECK(b->count == 0 && b->cardinality == 0);
    stln_bmb_free(&env, b);

    for (uint32_t size = 3; size < 5; size++) { /* 2 + 4 bytes of a run: 3 members tie, 4 do not */
        static const uint32_t some[] = { 5, 6, 7, 8 };
        b = stln_bmb_from_sorted(&env, some, size);
        T_REQUIRE(b != NULL);
        T_EQ_U64(b->chunks[0].type, size == 3 ? STLN_CHUNK_ARRAY : STLN_CHUNK_RUN);
        stln_bmb_free(&env, b);
    }
    for (uint32_t i = 0; i < 16385; i++) /* places 0..8192 and every other one after */
        be_list[i] = i <= 8192 ? i : 8192 + 2 * (i - 8192);
    for (uint32_t size = 4095; size < 4099; size++) { /* of runs, all of them in a bitset */
        stln_bmb *bits = stln_bmb_from_sorted(&env, be_list, 16385);
        b = stln_bmb_from_range(&env, 0, size);
        T_REQUIRE(b != NULL && bits != NULL);
        T_CHECK(bits->chunks[0].type == STLN_CHUNK_BITSET);
        r = stln_bmb_combine(&env, STLN_AND, b, bits);
        T_CHECK(r != NULL && be_sound(r) && stln_bmb_equals(r, b));
        stln_bmb_free(&env, r);
        stln_bmb_free(&env, bits);
        stln_bmb_free(&env, b);
    }

    b = stln_bmb_from_range(&env, 0, (uint64_t)1 << 32);
    T_REQUIRE(b != NULL);
    T_EQ_U64(stln_bmb_cardinality(b), (uint64_t)1 << 32);
    T_EQ_U64(stln_bmb_chunk_count(b), 65536);
    T_CHECK(stln_bmb_contains_range(b, 0, (uint64_t)1 << 32));
    T_CHECK(stln_bmb_remove(&env, b, UINT32_MAX) && stln_bmb_remove(&env, b, 0));
    T_CHECK(stln_bmb_contains_range(b, 1, UINT32_MAX));
    r = stln_bmb_from_range(&env, 1, UINT32_MAX);
    T_REQUIRE(r != NULL);
    T_CHECK(stln_bmb_equals(b, r) && stln_bmb_is_subset(r, b));
    stln_bmb_free(&env, r);
    stln_bmb_free(&env, b);
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
}

/* The canonical type is the smallest in the format; ties go to the array, then to the bitset. */
static void test_backend_canonical(void)
{
    be_model *m = be_model_new();
    t_rng rng = t_rng_make(4005);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    for (uint32_t i = 1; i < 6 * BE_SHAPES; i++) {
        uint32_t size = 0, runs = 0, kind;
        uint8_t *bytes;
        stln_bmb *b, *v;
        be_shape(&rng, m->in[1], i % BE_SHAPES);
        if (i % BE_SHAPES == 0)
            continue;
        for (uint32_t low = 0; low < BE_PLACES; low++) {
            size += m->in[1][low];
            runs += m->in[1][low] && (low == 0 || !m->in[1][low - 1]);
        }
        kind = size <= 4096 ? STLN_CHUNK_ARRAY : STLN_CHUNK_BITSET;
        if (2 + 4 * runs < (size <= 4096 ? 2 * size : 8192))
            kind = STLN_CHUNK_RUN;
        b = be_from(&env, m);
        v = be_view(&env, &rng, b, &bytes);
        T_EQ_U64(b->chunks[0].type, kind);
        T_EQ_U64(stln_chunk_canonical(v->chunks), kind);
        T_EQ_U64(stln_chunk_runs(v->chunks), runs);
        stln_bmb_free(&env, b);
        b = stln_bmb_copy(&env, v);
        T_CHECK(stln_bmb_shrink(&env, b) && stln_bmb_equals(b, v));
        T_EQ_U64(b->chunks[0].type, kind);
        T_EQ_U64(stln_bmb_heap_bytes(b), f.live - sizeof *v - v->slab_size);
        stln_bmb_free(&env, b);
        stln_bmb_free(&env, v);
        be_release(bytes);
    }
    free(m);
}

static void test_backend_or_many(void)
{
    enum { MOST = 9 };
    be_model *m = be_model_new(), *sum = be_model_new();
    t_rng rng = t_rng_make(4006);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    uint32_t rounds = t_state.big ? 400 : 3;
    for (uint32_t i = 0; i < rounds; i++) {
        const stln_bmb *sets[MOST];
        stln_bmb *made[MOST], *r;
        uint8_t *bytes[MOST];
        uint32_t count = t_below(&rng, MOST + 1), shape = t_below(&rng, 4);
        memset(sum, 0, sizeof *sum);
        for (uint32_t j = 0; j < count; j++) {
            be_model_random(&rng, m);
            for (uint32_t k = 0; k < BE_KEYS; k++) {
                if (shape == 1 || shape == 2) /* few members: the paths of arrays */
                    be_shape(&rng, m->in[k], t_below(&rng, shape == 1 ? 4 : 5));
                if (shape == 3) /* bitsets */
                    be_shape(&rng, m->in[k], 8 + t_below(&rng, 3));
            }
            for (uint32_t k = 0; k < BE_KEYS; k++)
                for (uint32_t low = 0; low < BE_PLACES; low++)
                    sum->in[k][low] |= m->in[k][low];
            sets[j] = made[j] = be_make(&env, &rng, m, &bytes[j]);
        }
        r = stln_bmb_or_many(&env, sets, count);
        T_CHECK(be_is(r, sum));
        stln_bmb_free(&env, r);
        for (uint32_t j = 0; j < count; j++) {
            stln_bmb_free(&env, made[j]);
            be_release(bytes[j]);
        }
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(m);
    free(sum);
}

/* What makes a set, by number; NULL if there is no memory. */
static stln_bmb *be_call(const starlings_bitmap_env *env, uint32_t call, const stln_bmb *a,
                         const stln_bmb *b, const be_model *am)
{
    const stln_bmb *sets[3];
    sets[0] = a;
    sets[1] = b;
    sets[2] = a;
    switch (call) {
    case 0: return stln_bmb_combine(env, STLN_AND, a, b);
    case 1: return stln_bmb_combine(env, STLN_OR, a, b);
    case 2: return stln_bmb_combine(env, STLN_XOR, a, b);
    case 3: return stln_bmb_combine(env, STLN_ANDNOT, a, b);
    case 4: return stln_bmb_or_many(env, sets, 3);
    case 5: return stln_bmb_copy(env, a);
    case 6: return stln_bmb_from_range(env, 5, 1000000);
    default: return be_from(env, am);
    }
}

static void test_backend_no_memory(void)
{
    be_model *am = be_model_new(), *bm = be_model_new();
    t_rng rng = t_rng_make(4007);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    stln_bmb *a, *b, *good, *r;
    f.armed = false;
    for (uint32_t k = 0; k < BE_KEYS; k++) {
        be_shape(&rng, am->in[k], 3 * k + 2);
        be_shape(&rng, bm->in[k], 14 - k);
    }
    a = be_from(&env, am);
    b = be_from(&env, bm);
    T_REQUIRE(a != NULL && b != NULL);
    for (uint32_t call = 0; call < 8; call++) {
        size_t before = f.live;
        bool again = true;
        good = be_call(&env, call, a, b, am);
        for (size_t n = 0; again; n++) {
            f.armed = true;
            f.calls = f.failed = f.shrinks = 0;
            f.fail_at = n;
            r = be_call(&env, call, a, b, am);
            f.armed = false;
            again = f.failed != 0;
            T_CHECK(r != NULL || again);
            T_CHECK(r == NULL || stln_bmb_equals(r, good));
            stln_bmb_free(&env, r);
        }
        stln_bmb_free(&env, good);
        T_EQ_U64(f.live, before);
    }
    T_CHECK(be_is(a, am) && be_is(b, bm));
    stln_bmb_free(&env, a);
    stln_bmb_free(&env, b);
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(am);
    free(bm);
}

/* Changes: whatever allocation fails, the set is what it was, and the next try does it. */
static void test_backend_no_memory_changes(void)
{
    be_model *m = be_model_new();
    t_rng rng = t_rng_make(4008);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    size_t failures = 0;
    for (uint32_t i = 0; i < 4 * BE_SHAPES; i++) {
        uint8_t *bytes;
        stln_bmb *b;
        f.armed = false;
        memset(m, 0, sizeof *m);
        be_shape(&rng, m->in[2], i % BE_SHAPES);
        b = be_make(&env, &rng, m, &bytes);
        for (uint32_t j = 0; j < 40; j++) {
            uint32_t member = be_member(&rng);
            uint8_t *place;
            bool good = false;
            if (j % 2)
                member = 2 << 16 | (member & 0xffff);
            place = be_place(m, member);
            for (size_t n = 0; !good; n++) {
                f.armed = true;
                f.calls = f.failed = 0;
                f.fail_at = n;
                good = j % 3 ? stln_bmb_add(&env, b, member) : stln_bmb_remove(&env, b, member);
                f.armed = false;
                failures += !good;
                T_CHECK(good || (f.failed == 1 && be_sound(b)));
                T_CHECK(good || stln_bmb_contains(b, member) == (*place != 0));
            }
            *place = j % 3 != 0;
        }
        f.armed = true;
        f.calls = f.failed = 0;
        f.fail_at = i % 3;
        T_CHECK(stln_bmb_shrink(&env, b) || f.failed == 1);
        f.armed = false;
        T_CHECK(be_is(b, m));
        stln_bmb_free(&env, b);
        be_release(bytes);
    }
    T_CHECK(failures > 100);
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(m);
}

/* Unions in place, one after the other, each with every allocation failing once: the set is what
   it was, or has all. */
static void be_or_in_place(const starlings_bitmap_env *env, faults *f, stln_bmb *a,
                           const stln_bmb *b, const be_model *before, const be_model *after)
{
    bool good = false;
    for (size_t n = 0; !good; n++) {
        f->armed = true;
        f->calls = f->failed = 0;
        f->fail_at = n;
        good = stln_bmb_or_in_place(env, a, b);
        f->armed = false;
        T_CHECK(good || (f->failed > 0 && be_is(a, before)));
    }
    T_CHECK(be_is(a, after));
    T_CHECK(stln_bmb_heap_bytes(a) <= f->live);
}

static void test_backend_or_in_place(void)
{
    be_model *am = be_model_new(), *bm = be_model_new(), *sum = be_model_new();
    t_rng rng = t_rng_make(4011);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    uint32_t rounds = t_state.big ? 1000 : 5;
    for (uint32_t i = 0; i < rounds; i++) {
        uint8_t *bytes;
        stln_bmb *a, *b;
        f.armed = false;
        env.simd = (starlings_simd)(i % 2 ? STARLINGS_SIMD_BEST : STARLINGS_SIMD_SCALAR);
        be_model_random(&rng, am);
        a = be_make(&env, &rng, am, &bytes);
        if (bytes != NULL) { /* no view */
            b = stln_bmb_copy(&env, a);
            stln_bmb_free(&env, a);
            be_release(bytes);
            a = b;
        }
        for (uint32_t j = 0; j < 6; j++) {
            memset(bm, 0, sizeof *bm);
            if (j % 2 == 0)
                for (uint32_t x = 0; x <= i % 6; x++) {
                    uint8_t *place = be_place(bm, be_member(&rng));
                    if (place != NULL)
                        *place = 1;
                }
            else
                be_model_random(&rng, bm);
            for (uint32_t k = 0; k < BE_KEYS; k++)
                for (uint32_t low = 0; low < BE_PLACES; low++)
                    sum->in[k][low] = am->in[k][low] || bm->in[k][low];
            b = be_make(&env, &rng, bm, &bytes);
            be_or_in_place(&env, &f, a, b, am, sum);
            stln_bmb_free(&env, b);
            be_release(bytes);
            memcpy(am, sum, sizeof *am);
        }
        stln_bmb_free(&env, a);
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(am);
    free(bm);
    free(sum);
}

/* Every pair of shapes in one chunk, in place. */
static void test_backend_or_shapes(void)
{
    be_model *am = be_model_new(), *bm = be_model_new(), *sum = be_model_new();
    t_rng rng = t_rng_make(4012);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    for (uint32_t i = 0; i < BE_SHAPES * BE_SHAPES; i++) {
        uint8_t *bytes;
        stln_bmb *a, *b;
        f.armed = false;
        be_shape(&rng, am->in[3], i % BE_SHAPES);
        be_shape(&rng, bm->in[3], i / BE_SHAPES);
        for (uint32_t low = 0; low < BE_PLACES; low++)
            sum->in[3][low] = am->in[3][low] || bm->in[3][low];
        a = be_from(&env, am);
        b = be_make(&env, &rng, bm, &bytes);
        be_or_in_place(&env, &f, a, b, am, sum);
        stln_bmb_free(&env, a);
        stln_bmb_free(&env, b);
        be_release(bytes);
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    free(am);
    free(bm);
    free(sum);
}

/* Many chunks: few of them touched, then so many that a new set is less work. */
static void test_backend_or_wide(void)
{
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    uint32_t members[4000];
    stln_bmb *a, *b, *sum;
    f.armed = false;
    for (uint32_t i = 0; i < 4000; i++)
        members[i] = (i / 4) << 18 | (i % 4) * 7;
    a = stln_bmb_from_sorted(&env, members, 4000);
    for (uint32_t i = 0; i < 40; i++) {
        uint32_t count = i % 10 == 9 ? 4000 : 50 + i, step = i % 10 == 9 ? 1u << 20 : 70u << 16;
        for (uint32_t j = 0; j < count; j++)
            members[j] = (uint32_t)((uint64_t)j * step + i * 65536u * (i % 3) + j % 5);
        for (uint32_t j = 1; j < count; j++)
            if (members[j] <= members[j - 1])
                count = j;
        b = stln_bmb_from_sorted(&env, members, count);
        sum = stln_bmb_combine(&env, STLN_OR, a, b);
        T_REQUIRE(a != NULL && b != NULL && sum != NULL);
        T_CHECK(stln_bmb_or_in_place(&env, a, b));
        T_CHECK(stln_bmb_equals(a, sum) && be_sound(a));
        T_CHECK(stln_bmb_heap_bytes(a) <= f.live);
        stln_bmb_free(&env, b);
        stln_bmb_free(&env, sum);
    }
    stln_bmb_free(&env, a);
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
}

/* Every other place, even or odd: as many as can be apart, as bits and as 32768 runs. */
static void test_backend_apart(void)
{
    be_model *am = be_model_new(), *bm = be_model_new(), *work = be_model_new();
    t_rng rng = t_rng_make(4009);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    stln_bmb *a, *b;
    uint64_t next = 7;
    for (uint32_t low = 0; low < BE_PLACES; low++)
        *(low % 2 ? &am->in[2][low] : &bm->in[2][low]) = 1;
    a = be_from(&env, am);
    b = be_from(&env, bm);
    for (uint32_t i = 0; i < 8; i++) {
        uint8_t *bytes, *b_bytes;
        stln_bmb *v = be_view(&env, &rng, a, &bytes), *w = be_view(&env, &rng, b, &b_bytes);
        be_pair(&env, v, w, am, bm, work);
        be_pair(&env, a, w, am, bm, work);
        be_pair(&env, v, b, am, bm, work);
        be_pair(&env, v, a, am, am, work);
        stln_bmb_free(&env, v);
        stln_bmb_free(&env, w);
        be_release(bytes);
        be_release(b_bytes);
    }
    T_EQ_U64(stln_bmb_read(a, &next, be_got, 0), 0);
    T_EQ_U64(next, 7);
    memcpy(bm->in[3], bm->in[2], BE_PLACES); /* as many members, other keys */
    memset(bm->in[2], 0, BE_PLACES);
    stln_bmb_free(&env, b);
    b = be_from(&env, bm);
    be_pair(&env, a, b, am, bm, work);
    stln_bmb_free(&env, a);
    stln_bmb_free(&env, b);
    T_EQ_U64(f.live, 0);
    free(am);
    free(bm);
    free(work);
}

/* The plain merge of two lists. */
static size_t be_merge(stln_set_op op, const uint32_t *a, size_t a_count, const uint32_t *b,
                       size_t b_count, uint32_t *out)
{
    size_t i = 0, j = 0, count = 0;
    while (i < a_count || j < b_count) {
        bool in_a = i < a_count && (j == b_count || a[i] <= b[j]);
        bool in_b = j < b_count && (i == a_count || b[j] <= a[i]);
        if (be_op(op, in_a, in_b))
            out[count++] = in_a ? a[i] : b[j];
        i += in_a;
        j += in_b;
    }
    return count;
}

static size_t be_spread(t_rng *rng, uint32_t step, uint32_t *list, size_t most)
{
    size_t count = 0;
    uint64_t at = t_below(rng, step);
    for (; count < most && at >> 32 == 0; at += 1 + t_below(rng, t_below(rng, 9) ? step : 3))
        list[count++] = (uint32_t)at;
    return count;
}

/* Many chunks with few members: searches for keys, results with far fewer chunks. */
static void test_backend_spread(void)
{
    enum { MOST = 20000 };
    uint32_t *a_list = be_list, *b_list = be_list + MOST, *want = be_list + 2 * MOST;
    t_rng rng = t_rng_make(4010);
    faults f = faults_make();
    starlings_bitmap_env env = be_env(&f);
    for (uint32_t i = 0; i < 30; i++) {
        size_t a_count = be_spread(&rng, i % 3 ? 400000 : 2000, a_list, MOST);
        size_t b_count = be_spread(&rng, i % 2 ? 400000 : 90000000, b_list, MOST);
        stln_bmb *a = stln_bmb_from_sorted(&env, a_list, a_count);
        stln_bmb *b = stln_bmb_from_sorted(&env, b_list, b_count);
        const stln_bmb *sets[2];
        for (size_t op = 0; op < 5; op++) {
            uint64_t next = 0;
            stln_set_op is = op == 4 ? STLN_OR : (stln_set_op)op;
            size_t count = be_merge(is, a_list, a_count, b_list, b_count, want), got;
            stln_bmb *r;
            sets[0] = a;
            sets[1] = b;
            r = op == 4 ? stln_bmb_or_many(&env, sets, 2) : stln_bmb_combine(&env, is, a, b);
            got = stln_bmb_read(r, &next, be_got, BE_KEYS * BE_PLACES);
            T_CHECK(be_sound(r) && got == count && memcmp(be_got, want, 4 * count) == 0);
            T_CHECK(is != STLN_AND || stln_bmb_and_cardinality(&env, a, b) == count);
            T_CHECK(is != STLN_AND || stln_bmb_intersects(a, b) == (count != 0));
            T_CHECK(is != STLN_AND || stln_bmb_is_subset(r, a));
            stln_bmb_free(&env, r);
        }
        stln_bmb_free(&env, a);
        stln_bmb_free(&env, b);
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
}

static void test_backend(void)
{
    T_RUN(test_backend_apart);
    T_RUN(test_backend_spread);
    T_RUN(test_backend_limits);
    T_RUN(test_backend_canonical);
    T_RUN(test_backend_shapes);
    T_RUN(test_backend_pairs);
    T_RUN(test_backend_order);
    T_RUN(test_backend_changes);
    T_RUN(test_backend_or_many);
    T_RUN(test_backend_or_in_place);
    T_RUN(test_backend_or_shapes);
    T_RUN(test_backend_or_wide);
    T_RUN(test_backend_no_memory);
    T_RUN(test_backend_no_memory_changes);
}
