/* test_bitmap.c - sets of records (S05, S43): random sequences of all calls on several sets against
   plain arrays of bools, every allocation failing once, one byte string and one hash for one set,
   levels, arguments, limits. */

/* The universe of the model: windows of numbers, ascending, around everything that has a limit. */
typedef struct bm_window {
    uint32_t begin, count, step;
} bm_window;
static const bm_window bm_windows[] = {
    { 0u, 700u, 1u },           { 65536u - 300u, 600u, 1u },   { 0x20000u, 9000u, 1u },
    { 0x50000u, 2000u, 3u },    { 0x01000000u, 900u, 65521u }, { 0x10000000u, 500u, 16001u },
    { 0x7fffffffu, 2u, 1u },    { 0xfffffc00u, 1024u, 1u },
};
enum {
    BM_WINDOWS = sizeof bm_windows / sizeof bm_windows[0],
    BM_SLOTS = 700 + 600 + 9000 + 2000 + 900 + 500 + 2 + 1024,
    BM_SETS = 5
};

typedef struct bm_world {
    uint32_t value[BM_SLOTS];
    uint32_t window[BM_SLOTS];
    uint8_t has[BM_SETS][BM_SLOTS];
    uint32_t count[BM_SETS], chunks[BM_SETS];
    starlings_bitmap set[BM_SETS];
    unsigned char *bytes[BM_SETS]; /* what a view stands on */
    starlings_bitmap_env env;
    faults f;
    t_rng rng;
    uint32_t members[BM_SLOTS + 64], other[BM_SLOTS + 64];
    uint64_t levels[4]; /* how often each was seen */
} bm_world;

static bm_world *bm_world_make(uint64_t salt)
{
    bm_world *w = (bm_world *)calloc(1, sizeof *w);
    uint32_t slot = 0;
    if (w == NULL)
        return NULL;
    for (uint32_t i = 0; i < BM_WINDOWS; i++)
        for (uint32_t j = 0; j < bm_windows[i].count; j++) {
            w->window[slot] = i;
            w->value[slot++] = bm_windows[i].begin + j * bm_windows[i].step;
        }
    w->f = faults_make();
    w->f.armed = false;
    w->env.allocator = faults_allocator(&w->f);
    w->rng = t_rng_make(salt);
    return w;
}

static void bm_world_free(bm_world *w)
{
    for (int s = 0; s < BM_SETS; s++) {
        starlings_bitmap_free(&w->env, &w->set[s]);
        free(w->bytes[s]);
    }
    T_EQ_U64(w->f.live, 0);
    T_EQ_U64(w->f.broken, 0);
    free(w);
}

/* Count set s of the model again. */
static void bm_recount(bm_world *w, uint32_t s)
{
    uint64_t last = UINT64_MAX;
    w->count[s] = w->chunks[s] = 0;
    for (uint32_t i = 0; i < BM_SLOTS; i++)
        if (w->has[s][i] != 0) {
            w->count[s]++;
            w->chunks[s] += w->value[i] >> 16 != last;
            last = w->value[i] >> 16;
        }
}

static size_t bm_list(const bm_world *w, uint32_t s, uint32_t *out)
{
    size_t count = 0;
    for (uint32_t i = 0; i < BM_SLOTS; i++)
        if (w->has[s][i] != 0)
            out[count++] = w->value[i];
    return count;
}

/* The level that a set of so many members must have; after a single add or remove it may lag. */
static void bm_check_level(bm_world *w, uint32_t s, bool single)
{
    uint32_t level = w->set[s].private_head >> 30, n = w->count[s], c = w->chunks[s];
    uint32_t want = n <= 3 ? 0 : n <= 32 || n < 4 * c ? 1 : 2;
    w->levels[level]++;
    if (single && level == 2)
        T_CHECK(n > 16 && n >= 2 * c);
    else
        T_CHECK(level == want || (level == 3 && want == 2));
}

/* The hash as its definition has it: runs as bytes, through the hash of whole messages. */
static uint64_t bm_hash(const uint32_t *members, size_t count)
{
    static const uint64_t key[2] = { 0, 0 };
    unsigned char *bytes = (unsigned char *)malloc(count * 8 + 1);
    size_t size = 0;
    uint64_t hash;
    if (bytes == NULL)
        return 0;
    for (size_t i = 0, j; i < count; i = j) {
        for (j = i + 1; j < count && members[j] == members[j - 1] + 1; j++) {
        }
        for (unsigned b = 0; b < 4; b++) {
            bytes[size + b] = (unsigned char)(members[i] >> (8 * b));
            bytes[size + 4 + b] = (unsigned char)(members[j - 1] >> (8 * b));
        }
        size += 8;
    }
    hash = stln_siphash(key, count, bytes, size);
    free(bytes);
    return hash;
}

/* Same members, same bytes, same hash as a set made in one go from the model. */
static void bm_check_all(bm_world *w, uint32_t s)
{
    size_t count = bm_list(w, s, w->members), got = 0, more, size, used = 0;
    starlings_bitmap fresh = { 0, { 0, 0, 0 } }, back = { 0, { 0, 0, 0 } };
    starlings_bitmap_iterator at = starlings_bitmap_iterate(&w->set[s], 0);
    unsigned char *one, *two;
    while ((more = starlings_bitmap_read(&at, w->other + got, 1 + t_below(&w->rng, 64))) > 0) {
        got += more;
        T_REQUIRE(got <= count);
    }
    T_EQ_U64(got, count);
    T_CHECK(memcmp(w->members, w->other, count * sizeof w->members[0]) == 0);
    T_STATUS(starlings_bitmap_from(&w->env, w->members, count, &fresh), STARLINGS_OK);
    T_CHECK(starlings_bitmap_equals(&fresh, &w->set[s]));
    T_CHECK(starlings_bitmap_equals(&w->set[s], &fresh));
    T_EQ_U64(starlings_bitmap_hash(&w->set[s]), bm_hash(w->members, count));
    T_EQ_U64(starlings_bitmap_hash(&fresh), starlings_bitmap_hash(&w->set[s]));
    size = starlings_bitmap_serialised_size(&w->set[s]);
    T_EQ_U64(starlings_bitmap_serialised_size(&fresh), size);
    one = (unsigned char *)malloc(size + 1);
    two = (unsigned char *)malloc(size + 1);
    T_REQUIRE(one != NULL && two != NULL);
    T_STATUS(starlings_bitmap_serialise(&w->set[s], one, size - 1, &used), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_bitmap_serialise(&w->set[s], one, size, &used), STARLINGS_OK);
    T_EQ_U64(used, size);
    T_STATUS(starlings_bitmap_serialise(&fresh, two, size, NULL), STARLINGS_OK);
    T_CHECK(memcmp(one, two, size) == 0);
    T_STATUS(starlings_bitmap_deserialise(&w->env, one, size, &used, &back), STARLINGS_OK);
    T_EQ_U64(used, size);
    T_CHECK(starlings_bitmap_equals(&back, &fresh));
    T_EQ_U64(back.private_head >> 30, fresh.private_head >> 30);
    free(one);
    free(two);
    starlings_bitmap_free(&w->env, &fresh);
    starlings_bitmap_free(&w->env, &back);
}

/* ---- one step */

/* A slot; small ones more often, so that small sets meet. */
static uint32_t bm_slot(bm_world *w)
{
    uint32_t kind = t_below(&w->rng, 8);
    if (kind == 0)
        return t_below(&w->rng, 12);
    if (kind == 1) /* where chunks are thin */
        return 12300 + t_below(&w->rng, 1400);
    return t_below(&w->rng, kind < 4 ? 1300 : BM_SLOTS);
}

/* Slots [*first, *last) of one window of consecutive numbers. */
static void bm_slot_range(bm_world *w, uint32_t *first, uint32_t *last)
{
    uint32_t slot = bm_slot(w), most = t_below(&w->rng, 3) == 0 ? 9000 : 40, end = slot;
    most = t_below(&w->rng, most + 1);
    while (end < BM_SLOTS && end - slot < most && w->window[end] == w->window[slot] &&
           (end == slot || w->value[end] == w->value[end - 1] + 1))
        end++;
    *first = slot;
    *last = end;
}

static void bm_step_single(bm_world *w, uint32_t s, bool add)
{
    uint32_t slot = bm_slot(w);
    bool view = w->set[s].private_head >> 30 == 3;
    starlings_status status = add ? starlings_bitmap_add(&w->env, &w->set[s], w->value[slot])
                                  : starlings_bitmap_remove(&w->env, &w->set[s], w->value[slot]);
    T_STATUS(status, view ? STARLINGS_ERR_ARG : STARLINGS_OK);
    if (view)
        return;
    w->has[s][slot] = add;
    bm_recount(w, s);
    bm_check_level(w, s, true);
}

static void bm_step_many(bm_world *w, uint32_t s, bool add)
{
    uint32_t count = t_below(&w->rng, t_below(&w->rng, 4) == 0 ? 600 : 12);
    bool view = w->set[s].private_head >> 30 == 3;
    starlings_status status;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = bm_slot(w);
        w->members[i] = w->value[slot];
        if (!view)
            w->has[s][slot] = add;
    }
    status = add ? starlings_bitmap_add_many(&w->env, &w->set[s], w->members, count)
                 : starlings_bitmap_remove_many(&w->env, &w->set[s], w->members, count);
    T_STATUS(status, view ? STARLINGS_ERR_ARG : STARLINGS_OK);
    bm_recount(w, s);
    bm_check_level(w, s, count == 0);
}

static void bm_step_range(bm_world *w, uint32_t s, bool add)
{
    uint32_t first, last;
    uint64_t begin, end;
    bool view = w->set[s].private_head >> 30 == 3;
    starlings_status status;
    bm_slot_range(w, &first, &last);
    begin = w->value[first];
    end = begin + (last - first);
    status = add ? starlings_bitmap_add_range(&w->env, &w->set[s], begin, end)
                 : starlings_bitmap_remove_range(&w->env, &w->set[s], begin, end);
    T_STATUS(status, view ? STARLINGS_ERR_ARG : STARLINGS_OK);
    if (view)
        return;
    memset(w->has[s] + first, add, last - first);
    bm_recount(w, s);
    bm_check_level(w, s, first == last);
}

static void bm_step_combine(bm_world *w, uint32_t a, uint32_t b, uint32_t out, uint32_t op)
{
    starlings_status status;
    if (op == 0)
        status = starlings_bitmap_and(&w->env, &w->set[a], &w->set[b], &w->set[out]);
    else if (op == 1)
        status = starlings_bitmap_or(&w->env, &w->set[a], &w->set[b], &w->set[out]);
    else if (op == 2)
        status = starlings_bitmap_xor(&w->env, &w->set[a], &w->set[b], &w->set[out]);
    else
        status = starlings_bitmap_andnot(&w->env, &w->set[a], &w->set[b], &w->set[out]);
    T_STATUS(status, STARLINGS_OK);
    for (uint32_t i = 0; i < BM_SLOTS; i++) {
        uint8_t x = w->has[a][i], y = w->has[b][i];
        w->has[out][i] = op == 0   ? x & y
                         : op == 1 ? x | y
                         : op == 2 ? x ^ y
                                   : (uint8_t)(x & (y ^ 1));
    }
    bm_recount(w, out);
    bm_check_level(w, out, false);
}

static void bm_step_or_many(bm_world *w, uint32_t out)
{
    const starlings_bitmap *sets[8];
    uint8_t has[BM_SLOTS];
    uint32_t count = t_below(&w->rng, 8);
    memset(has, 0, sizeof has);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t s = t_below(&w->rng, BM_SETS);
        sets[i] = &w->set[s];
        for (uint32_t j = 0; j < BM_SLOTS; j++)
            has[j] |= w->has[s][j];
    }
    T_STATUS(starlings_bitmap_or_many(&w->env, sets, count, &w->set[out]), STARLINGS_OK);
    memcpy(w->has[out], has, sizeof has);
    bm_recount(w, out);
    bm_check_level(w, out, false);
}

/* A set from a random part of a random stretch, in any order, some twice. */
static void bm_step_from(bm_world *w, uint32_t s)
{
    uint32_t count = 0, first = t_below(&w->rng, BM_SLOTS), density = 1 + t_below(&w->rng, 8);
    uint32_t length = t_below(&w->rng, t_below(&w->rng, 3) == 0 ? BM_SLOTS : 60);
    memset(w->has[s], 0, sizeof w->has[s]);
    for (uint32_t i = first; i < BM_SLOTS && i < first + length; i++)
        if (t_below(&w->rng, density) == 0) {
            w->has[s][i] = 1;
            w->members[count++] = w->value[i];
        }
    if (t_below(&w->rng, 2) == 0 && count > 0) {
        for (uint32_t i = 0; i < 30; i++, count++)
            w->members[count] = w->members[t_below(&w->rng, count)];
        for (uint32_t i = count - 1; i > 0; i--) {
            uint32_t j = t_below(&w->rng, i + 1), x = w->members[i];
            w->members[i] = w->members[j];
            w->members[j] = x;
        }
    }
    T_STATUS(starlings_bitmap_from(&w->env, w->members, count, &w->set[s]), STARLINGS_OK);
    bm_recount(w, s);
    bm_check_level(w, s, false);
}

/* Set s becomes what set a is, by bytes: a set of its own or a view, at an odd address too. */
static void bm_step_bytes(bm_world *w, uint32_t s, uint32_t a)
{
    size_t size = starlings_bitmap_serialised_size(&w->set[a]), used = 0, odd = t_below(&w->rng, 2);
    unsigned char *bytes = (unsigned char *)malloc(size + 2);
    starlings_status status;
    T_REQUIRE(bytes != NULL);
    T_STATUS(starlings_bitmap_serialise(&w->set[a], bytes + odd, size, NULL), STARLINGS_OK);
    if (t_below(&w->rng, 2) == 0)
        status = starlings_bitmap_deserialise(&w->env, bytes + odd, size, &used, &w->set[s]);
    else
        status = starlings_bitmap_view(&w->env, bytes + odd, size, &used, &w->set[s]);
    T_STATUS(status, STARLINGS_OK);
    T_EQ_U64(used, size);
    memmove(w->has[s], w->has[a], sizeof w->has[s]);
    bm_recount(w, s);
    free(w->bytes[s]);
    w->bytes[s] = bytes;
    bm_check_level(w, s, false);
}

static void bm_step_shrink(bm_world *w, uint32_t s)
{
    size_t before = starlings_bitmap_heap_bytes(&w->set[s]);
    if (w->set[s].private_head >> 30 == 3) {
        T_STATUS(starlings_bitmap_shrink(&w->env, &w->set[s]), STARLINGS_ERR_ARG);
        return;
    }
    T_STATUS(starlings_bitmap_shrink(&w->env, &w->set[s]), STARLINGS_OK);
    if (w->set[s].private_head >> 30 < 2)
        T_CHECK(starlings_bitmap_heap_bytes(&w->set[s]) <= before || before == 0);
    bm_check_level(w, s, false);
}

static void bm_ask_one(bm_world *w, uint32_t s)
{
    const starlings_bitmap *set = &w->set[s];
    uint32_t slot = bm_slot(w), below = 0, all = w->count[s], got = 0, least = 0, most = 0;
    uint32_t first, last, set_there = 0;
    size_t read;
    starlings_bitmap_iterator at;
    T_EQ_U64(starlings_bitmap_cardinality(set), all);
    T_CHECK(starlings_bitmap_is_empty(set) == (all == 0));
    T_CHECK(starlings_bitmap_contains(set, w->value[slot]) == (w->has[s][slot] != 0));
    T_CHECK(!starlings_bitmap_contains(set, 0x30000u + t_below(&w->rng, 65536)));
    for (uint32_t i = 0; i < slot; i++)
        below += w->has[s][i];
    T_EQ_U64(starlings_bitmap_rank(set, w->value[slot]), below);
    T_EQ_U64(starlings_bitmap_rank(set, 4294967296u), all);
    T_CHECK(!starlings_bitmap_select(set, all, &got));
    if (w->has[s][slot] != 0) {
        T_CHECK(starlings_bitmap_select(set, below, &got));
        T_EQ_U64(got, w->value[slot]);
    }
    T_CHECK(starlings_bitmap_min(set, &least) == (all > 0));
    T_CHECK(starlings_bitmap_max(set, &most) == (all > 0));
    if (all > 0) {
        uint32_t i = 0, j = BM_SLOTS - 1;
        for (; w->has[s][i] == 0; i++) {
        }
        for (; w->has[s][j] == 0; j--) {
        }
        T_CHECK(least == w->value[i] && most == w->value[j]);
    }
    at = starlings_bitmap_iterate(set, w->value[slot]);
    read = starlings_bitmap_read(&at, w->other, 5);
    T_EQ_U64(read, all - below < 5 ? all - below : 5);
    for (uint32_t i = slot, j = 0; i < BM_SLOTS && j < read; i++)
        if (w->has[s][i] != 0)
            T_EQ_U64(w->other[j++], w->value[i]);
    bm_slot_range(w, &first, &last);
    for (uint32_t i = first; i < last; i++)
        set_there += w->has[s][i];
    T_CHECK(starlings_bitmap_contains_range(set, w->value[first],
                                            (uint64_t)w->value[first] + (last - first)) ==
            (set_there == last - first));
}

static double bm_share(uint32_t part, uint32_t whole)
{
    return whole == 0 ? 1.0 : (double)part / (double)whole;
}

static void bm_ask_two(bm_world *w, uint32_t a, uint32_t b)
{
    const starlings_bitmap *x = &w->set[a], *y = &w->set[b];
    const starlings_bitmap_env *env = &w->env;
    uint32_t both = 0, m = w->count[a], n = w->count[b];
    for (uint32_t i = 0; i < BM_SLOTS; i++)
        both += w->has[a][i] & w->has[b][i];
    T_EQ_U64(starlings_bitmap_and_cardinality(env, x, y), both);
    T_CHECK(starlings_bitmap_intersects(x, y) == (both > 0));
    T_CHECK(starlings_bitmap_is_subset(x, y) == (both == m));
    T_CHECK(starlings_bitmap_equals(x, y) == (both == m && both == n));
    T_NEAR(starlings_bitmap_jaccard(env, x, y), bm_share(both, m + n - both), 0);
    T_NEAR(starlings_bitmap_dice(env, x, y), bm_share(2 * both, m + n), 0);
    T_NEAR(starlings_bitmap_containment(env, x, y), bm_share(both, m), 0);
    T_NEAR(starlings_bitmap_overlap(env, x, y), bm_share(both, m < n ? m : n), 0);
}

static void bm_step(bm_world *w)
{
    uint32_t s = t_below(&w->rng, BM_SETS), a = t_below(&w->rng, BM_SETS);
    uint32_t b = t_below(&w->rng, BM_SETS), what = t_below(&w->rng, 100);
    if (what < 30) {
        bm_step_single(w, s, what < 18);
    } else if (what < 40) {
        bm_step_many(w, s, what < 35);
    } else if (what < 50) {
        bm_step_range(w, s, what < 44);
    } else if (what < 66) {
        bm_step_combine(w, a, b, s, what % 4);
    } else if (what < 70) {
        bm_step_or_many(w, s);
    } else if (what < 76) {
        bm_step_from(w, s);
    } else if (what < 82) {
        bm_step_bytes(w, s, a);
    } else if (what < 86) {
        T_STATUS(starlings_bitmap_copy(&w->env, &w->set[a], &w->set[s]), STARLINGS_OK);
        memmove(w->has[s], w->has[a], sizeof w->has[s]);
        bm_recount(w, s);
        bm_check_level(w, s, false);
    } else if (what < 88) {
        starlings_bitmap_free(&w->env, &w->set[s]);
        memset(w->has[s], 0, sizeof w->has[s]);
        bm_recount(w, s);
        T_CHECK(w->set[s].private_head == 0 && starlings_bitmap_is_empty(&w->set[s]));
    } else if (what < 90) {
        bm_step_shrink(w, s);
    } else if (what < 95) {
        bm_ask_one(w, s);
    } else {
        bm_ask_two(w, a, b);
    }
    T_EQ_U64(starlings_bitmap_cardinality(&w->set[s]), w->count[s]);
}

static void bm_test_random(void)
{
    uint32_t steps = t_state.big ? 1000000 : 10000;
    bm_world *w = bm_world_make(501);
    unsigned long long before = t_state.failed;
    T_REQUIRE(w != NULL);
    for (uint32_t i = 0; i < steps && t_state.failed == before; i++) {
        bm_step(w);
        if (i % 64 == 0)
            bm_check_all(w, t_below(&w->rng, BM_SETS));
    }
    for (int level = 0; level < 4; level++)
        T_CHECK(w->levels[level] > steps / 200); /* else the steps test something else */
    bm_world_free(w);
}

/* ---- every allocation fails once */

/* Operands of all levels and types of chunk. */
enum { BM_KINDS = 9, BM_CALLS = 17 };

static size_t bm_kind_members(uint32_t kind, uint32_t *out)
{
    size_t count = 0;
    switch (kind) {
    case 0: /* nothing */
        break;
    case 1: /* inline, full */
        for (uint32_t i = 0; i < 3; i++)
            out[count++] = 70000 * i + 5;
        break;
    case 2: /* flat, the smallest, full */
        for (uint32_t i = 0; i < 4; i++)
            out[count++] = 70000 * i + 5;
        break;
    case 3: /* flat, one short of chunked */
        for (uint32_t i = 0; i < 32; i++)
            out[count++] = 3 * i;
        break;
    case 4: /* chunked: arrays */
        for (uint32_t i = 0; i < 1200; i++)
            out[count++] = 333 * i + 5;
        break;
    case 5: /* a full array: one more makes it a bitset */
        for (uint32_t i = 0; i < 4096; i++)
            out[count++] = 65536 + 3 * i;
        break;
    case 6: /* a bitset that one less makes an array; and runs */
        for (uint32_t i = 0; i < 4097; i++)
            out[count++] = 3 * i + 1;
        for (uint32_t i = 0; i < 500; i++)
            out[count++] = 200000 + i + i / 100;
        break;
    case 7: /* chunked, the smallest: 17 members after removes, see bm_kind_make */
        for (uint32_t i = 0; i < 33; i++)
            out[count++] = 5 * i + 2;
        break;
    default: /* flat and wide */
        for (uint32_t i = 0; i < 600; i++)
            out[count++] = 70001 * i + 5;
    }
    return count;
}

static void bm_kind_make(const starlings_bitmap_env *env, uint32_t kind, uint32_t *members,
                         starlings_bitmap *out)
{
    size_t count = bm_kind_members(kind, members);
    T_STATUS(starlings_bitmap_from(env, members, count, out), STARLINGS_OK);
    for (uint32_t i = 17; kind == 7 && i < 33; i++)
        T_STATUS(starlings_bitmap_remove(env, out, members[i]), STARLINGS_OK);
}

typedef struct bm_fault_case {
    starlings_bitmap_env env;
    starlings_bitmap a, b, out;
    uint32_t members[5000];
    unsigned char *bytes; /* of a, in the portable format */
    size_t size;
    uint64_t hash_a, hash_b;
} bm_fault_case;

static starlings_status bm_fault_call(bm_fault_case *c, uint32_t call)
{
    static const uint32_t some[5] = { 70, 70001, 3, 70001, 0xffffffffu };
    const starlings_bitmap *sets[3];
    sets[0] = &c->a;
    sets[1] = &c->b;
    sets[2] = &c->a;
    switch (call) {
    case 0: return starlings_bitmap_copy(&c->env, &c->a, &c->out);
    case 1: return starlings_bitmap_and(&c->env, &c->a, &c->b, &c->out);
    case 2: return starlings_bitmap_or(&c->env, &c->a, &c->b, &c->out);
    case 3: return starlings_bitmap_xor(&c->env, &c->a, &c->b, &c->out);
    case 4: return starlings_bitmap_andnot(&c->env, &c->a, &c->b, &c->out);
    case 5: return starlings_bitmap_or_many(&c->env, sets, 3, &c->out);
    case 6: return starlings_bitmap_or(&c->env, &c->a, &c->b, &c->a);
    case 7: return starlings_bitmap_add(&c->env, &c->a, 200001);
    case 8: return starlings_bitmap_remove(&c->env, &c->a, 65536);
    case 9: return starlings_bitmap_remove(&c->env, &c->a, 4);
    case 10: return starlings_bitmap_add_many(&c->env, &c->a, some, 5);
    case 11: return starlings_bitmap_remove_many(&c->env, &c->a, some, 5);
    case 12: return starlings_bitmap_add_range(&c->env, &c->a, 65000, 67000);
    case 13: return starlings_bitmap_remove_range(&c->env, &c->a, 10, 200100);
    case 14: return starlings_bitmap_shrink(&c->env, &c->a);
    case 15: return starlings_bitmap_deserialise(&c->env, c->bytes, c->size, NULL, &c->out);
    default: return starlings_bitmap_view(&c->env, c->bytes, c->size, NULL, &c->out);
    }
}

static void bm_fault_open(bm_fault_case *c, uint32_t kind_a, uint32_t kind_b)
{
    bm_kind_make(&c->env, kind_a, c->members, &c->a);
    bm_kind_make(&c->env, kind_b, c->members, &c->b);
    T_STATUS(starlings_bitmap_add(&c->env, &c->out, 12345), STARLINGS_OK);
    c->size = starlings_bitmap_serialised_size(&c->a);
    c->bytes = (unsigned char *)malloc(c->size);
    T_REQUIRE(c->bytes != NULL);
    T_STATUS(starlings_bitmap_serialise(&c->a, c->bytes, c->size, NULL), STARLINGS_OK);
    c->hash_a = starlings_bitmap_hash(&c->a);
    c->hash_b = starlings_bitmap_hash(&c->b);
}

static void bm_fault_close(bm_fault_case *c)
{
    starlings_bitmap_free(&c->env, &c->out);
    starlings_bitmap_free(&c->env, &c->a);
    starlings_bitmap_free(&c->env, &c->b);
    free(c->bytes);
}

/* What the call makes when nothing fails, as a hash of both sets that it may change. */
static uint64_t bm_fault_want(faults *f, uint32_t kind_a, uint32_t kind_b, uint32_t call)
{
    static bm_fault_case c;
    uint64_t want;
    memset(&c, 0, sizeof c);
    c.env.allocator = faults_allocator(f);
    bm_fault_open(&c, kind_a, kind_b);
    T_STATUS(bm_fault_call(&c, call), STARLINGS_OK);
    want = starlings_bitmap_hash(&c.a) ^ starlings_bitmap_hash(&c.out) * 3;
    bm_fault_close(&c);
    return want;
}

/* True: nothing failed any more. */
static bool bm_fault_once(uint32_t kind_a, uint32_t kind_b, uint32_t call, size_t fail_at,
                          uint64_t want)
{
    static bm_fault_case c;
    faults f = faults_make();
    starlings_status status;
    uint64_t out_hash, now;
    memset(&c, 0, sizeof c);
    f.armed = false;
    c.env.allocator = faults_allocator(&f);
    bm_fault_open(&c, kind_a, kind_b);
    out_hash = starlings_bitmap_hash(&c.out);
    f.calls = 0;
    f.fail_at = fail_at;
    f.armed = true;
    status = bm_fault_call(&c, call);
    f.armed = false;
    now = starlings_bitmap_hash(&c.a) ^ starlings_bitmap_hash(&c.out) * 3;
    T_CHECK(status == STARLINGS_OK || (status == STARLINGS_ERR_NOMEM && f.failed > 0));
    if (status == STARLINGS_ERR_NOMEM) {
        T_EQ_U64(starlings_bitmap_hash(&c.a), c.hash_a);
        T_EQ_U64(starlings_bitmap_hash(&c.out), out_hash);
    } else {
        T_EQ_U64(now, want); /* a failure may be shrugged off, but not be seen */
    }
    T_EQ_U64(starlings_bitmap_hash(&c.b), c.hash_b);
    bm_fault_close(&c);
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    return f.failed == 0;
}

static void bm_test_faults(void)
{
    for (uint32_t call = 0; call < BM_CALLS; call++)
        for (uint32_t a = 0; a < BM_KINDS; a++)
            for (uint32_t b = 0; b < BM_KINDS; b++) {
                faults f = faults_make();
                uint64_t want;
                size_t fail_at = 0;
                if ((call == 0 || call > 6) && b != 4)
                    continue;
                want = bm_fault_want(&f, a, b, call);
                while (!bm_fault_once(a, b, call, fail_at, want) && fail_at < 1000)
                    fail_at++;
                T_CHECK(fail_at < 1000);
            }
}

/* Sets of one add after the other, each call with its first allocation failing once before. */
static void bm_test_faults_add(void)
{
    faults f = faults_make();
    starlings_bitmap_env env = { { NULL, NULL }, STARLINGS_SIMD_BEST };
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    uint32_t count = 0;
    env.allocator = faults_allocator(&f);
    for (uint32_t i = 0; i < 12000; i++) {
        uint32_t x = i < 6000 ? i * 7919u % 12007u : (i - 6000) * 7919u % 12007u;
        starlings_status status = STARLINGS_ERR_NOMEM;
        for (size_t at = 0; status == STARLINGS_ERR_NOMEM && at < 100; at++) {
            f.calls = 0;
            f.fail_at = at;
            status = i < 6000 ? starlings_bitmap_add(&env, &set, x)
                              : starlings_bitmap_remove(&env, &set, x);
            if (status == STARLINGS_ERR_NOMEM)
                T_EQ_U64(starlings_bitmap_cardinality(&set), count);
        }
        T_STATUS(status, STARLINGS_OK);
        count = i < 6000 ? count + 1 : count - 1;
        T_EQ_U64(starlings_bitmap_cardinality(&set), count);
        T_CHECK(starlings_bitmap_contains(&set, x) == (i < 6000));
    }
    T_EQ_U64(set.private_head, 0);
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
}

/* ---- one set, one byte string */

/* The same set by other ways; all must be written alike. */
static void bm_check_paths(const uint32_t *members, size_t count, uint64_t salt)
{
    enum { WAYS = 7 };
    starlings_bitmap way[WAYS];
    t_rng rng = t_rng_make(salt);
    size_t half = count / 2, size;
    unsigned char *first, *other;
    memset(way, 0, sizeof way);
    T_STATUS(starlings_bitmap_from(NULL, members, count, &way[0]), STARLINGS_OK);
    for (size_t i = count; i > 0; i--)
        T_STATUS(starlings_bitmap_add(NULL, &way[1], members[i - 1]), STARLINGS_OK);
    for (size_t i = 0, j; i < count; i = j) { /* ranges */
        for (j = i + 1; j < count && members[j] == members[j - 1] + 1; j++) {
        }
        T_STATUS(starlings_bitmap_add_range(NULL, &way[2], members[i], members[j - 1] + 1ull),
                 STARLINGS_OK);
    }
    T_STATUS(starlings_bitmap_from(NULL, members, half, &way[3]), STARLINGS_OK);
    T_STATUS(starlings_bitmap_add_many(NULL, &way[3], members + half, count - half), STARLINGS_OK);
    T_STATUS(starlings_bitmap_copy(NULL, &way[3], &way[4]), STARLINGS_OK); /* too many, then less */
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t x = (uint32_t)t_random(&rng);
        if (starlings_bitmap_contains(&way[0], x))
            continue;
        T_STATUS(starlings_bitmap_add(NULL, &way[4], x), STARLINGS_OK);
        T_STATUS(starlings_bitmap_add(NULL, &way[5], x), STARLINGS_OK);
    }
    T_STATUS(starlings_bitmap_andnot(NULL, &way[4], &way[5], &way[4]), STARLINGS_OK);
    T_STATUS(starlings_bitmap_add_range(NULL, &way[5], 0, 4294967296u), STARLINGS_OK);
    T_STATUS(starlings_bitmap_and(NULL, &way[5], &way[0], &way[5]), STARLINGS_OK);
    T_STATUS(starlings_bitmap_add_range(NULL, &way[6], 0, 4294967296u), STARLINGS_OK);
    T_STATUS(starlings_bitmap_xor(NULL, &way[6], &way[0], &way[6]), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_cardinality(&way[6]), 4294967296u - count);
    T_STATUS(starlings_bitmap_shrink(NULL, &way[1]), STARLINGS_OK);
    size = starlings_bitmap_serialised_size(&way[0]);
    first = (unsigned char *)malloc(size);
    other = (unsigned char *)malloc(size);
    T_REQUIRE(first != NULL && other != NULL);
    T_STATUS(starlings_bitmap_serialise(&way[0], first, size, NULL), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_hash(&way[0]), bm_hash(members, count));
    for (int i = 1; i < 6; i++) {
        T_STATUS(starlings_bitmap_serialise(&way[i], other, size, NULL), STARLINGS_OK);
        T_EQ_U64(starlings_bitmap_serialised_size(&way[i]), size);
        T_CHECK(memcmp(first, other, size) == 0);
        T_EQ_U64(starlings_bitmap_hash(&way[i]), starlings_bitmap_hash(&way[0]));
        T_CHECK(starlings_bitmap_equals(&way[0], &way[i]));
    }
    T_CHECK(!starlings_bitmap_intersects(&way[0], &way[6]));
    free(first);
    free(other);
    for (int i = 0; i < WAYS; i++)
        starlings_bitmap_free(NULL, &way[i]);
}

/* A flat set whose chunks are of all types, the bitset too: 5000 + 4000 + 2000 thin chunks. */
static size_t bm_wide_members(uint32_t *out)
{
    size_t count = 0;
    for (uint32_t i = 0; i < 5000; i++)
        out[count++] = 3 * i;
    for (uint32_t i = 0; i < 500; i++)
        out[count++] = 65536 + 5 * i;
    for (uint32_t i = 0; i < 4000; i++)
        out[count++] = 140000 + i;
    for (uint32_t i = 0; i < 4000; i++)
        out[count++] = (i + 5) * 65536 + (i & 1023);
    return count;
}

static void bm_test_canonical(void)
{
    static uint32_t members[16384];
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    size_t count = bm_wide_members(members);
    T_STATUS(starlings_bitmap_from(NULL, members, count, &set), STARLINGS_OK);
    T_EQ_U64(set.private_head >> 30, 1);
    starlings_bitmap_free(NULL, &set);
    bm_check_paths(members, count, 510);
    for (uint32_t kind = 0; kind < BM_KINDS; kind++) {
        count = bm_kind_members(kind, members);
        bm_check_paths(members, count, 511 + kind);
    }
    for (uint32_t i = 0; i < 40; i++) /* ties of the types: 2 + 4 runs against 2 members */
        members[i] = 10 * (i / 5) + i % 5;
    for (uint32_t i = 1; i <= 40; i++)
        bm_check_paths(members, i, 530 + i);
}

/* ---- limits, levels, hash, arguments */

/* The hash is a promise: these numbers must never change. */
static void bm_test_hash(void)
{
    static const uint64_t key[2] = { 0, 0 };
    static const uint32_t three[3] = { 1, 2, 9 };
    unsigned char bytes[16] = { 1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0 };
    unsigned char all[8] = { 0, 0, 0, 0, 255, 255, 255, 255 };
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    T_EQ_U64(starlings_bitmap_hash(&set), stln_siphash(key, 0, bytes, 0));
    T_STATUS(starlings_bitmap_from(NULL, three, 3, &set), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_hash(&set), stln_siphash(key, 3, bytes, 16));
    T_STATUS(starlings_bitmap_add_range(NULL, &set, 0, 4294967296u), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_hash(&set), stln_siphash(key, 4294967296u, all, 8));
    starlings_bitmap_free(NULL, &set);
}

static void bm_test_limits(void)
{
    starlings_bitmap all = { 0, { 0, 0, 0 } }, one = { 0, { 0, 0, 0 } };
    starlings_bitmap_iterator at;
    uint32_t got[4], x = 0;
    T_STATUS(starlings_bitmap_add_range(NULL, &all, 0, 4294967296u), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_cardinality(&all), 4294967296u);
    T_CHECK(starlings_bitmap_contains_range(&all, 0, 4294967296u));
    T_CHECK(!starlings_bitmap_contains_range(&all, 0, 4294967297u));
    T_CHECK(starlings_bitmap_max(&all, &x) && x == 0xffffffffu);
    T_CHECK(starlings_bitmap_select(&all, 4294967295u, &x) && x == 0xffffffffu);
    T_CHECK(!starlings_bitmap_select(&all, 4294967296u, &x));
    T_EQ_U64(starlings_bitmap_rank(&all, 4294967296u), 4294967296u);
    T_EQ_U64(starlings_bitmap_rank(&all, UINT64_MAX), 4294967296u);
    T_NEAR(starlings_bitmap_jaccard(NULL, &all, &all), 1, 0);
    T_STATUS(starlings_bitmap_add(NULL, &one, 0xffffffffu), STARLINGS_OK);
    T_NEAR(starlings_bitmap_overlap(NULL, &all, &one), 1, 0);
    T_NEAR(starlings_bitmap_dice(NULL, &all, &one), 2.0 / 4294967297.0, 0);
    at = starlings_bitmap_iterate(&all, 0xfffffffeu);
    T_EQ_U64(starlings_bitmap_read(&at, got, 4), 2);
    T_CHECK(got[0] == 0xfffffffeu && got[1] == 0xffffffffu);
    T_EQ_U64(starlings_bitmap_read(&at, got, 4), 0);
    at = starlings_bitmap_iterate(&one, 0xffffffffu);
    T_EQ_U64(starlings_bitmap_read(&at, got, 0), 0);
    T_EQ_U64(starlings_bitmap_read(&at, got, 1), 1);
    T_EQ_U64(starlings_bitmap_read(&at, got, 1), 0);
    T_STATUS(starlings_bitmap_remove_range(NULL, &all, 1, 4294967295u), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_cardinality(&all), 2);
    T_EQ_U64(all.private_head >> 30, 0);
    T_EQ_U64(starlings_bitmap_heap_bytes(&all), 0);
    T_STATUS(starlings_bitmap_xor(NULL, &all, &all, &all), STARLINGS_OK);
    T_CHECK(starlings_bitmap_is_empty(&all));
}

/* Four members a chunk over many chunks, added in order: each is at the border of two levels. The
   sets must not be rebuilt again and again (I4): the calls of the allocator tell. */
static void bm_test_border(void)
{
    faults f = faults_make();
    starlings_bitmap_env env = { { NULL, NULL }, STARLINGS_SIMD_BEST };
    starlings_bitmap set = { 0, { 0, 0, 0 } }, copy = { 0, { 0, 0, 0 } };
    uint32_t chunks = t_state.big ? 65536 : 8192;
    uint64_t changes = 0;
    uint32_t level = 0;
    env.allocator = faults_allocator(&f);
    for (uint32_t i = 0; i < 4 * chunks; i++) {
        T_STATUS(starlings_bitmap_add(&env, &set, (i / 4) << 16 | (i % 4) * 16000), STARLINGS_OK);
        changes += set.private_head >> 30 != level;
        level = set.private_head >> 30;
    }
    T_EQ_U64(starlings_bitmap_cardinality(&set), 4 * chunks);
    T_EQ_U64(level, 2);
    for (uint32_t i = 0; i < 4 * chunks; i++) {
        T_STATUS(starlings_bitmap_remove(&env, &set, i % chunks << 16 | i / chunks * 16000),
                 STARLINGS_OK);
        changes += set.private_head >> 30 != level;
        level = set.private_head >> 30;
        if (i == chunks) { /* three a chunk: an array, for whoever chooses anew */
            T_EQ_U64(level, 2);
            T_STATUS(starlings_bitmap_copy(&env, &set, &copy), STARLINGS_OK);
            T_EQ_U64(copy.private_head >> 30, 1);
            T_CHECK(starlings_bitmap_equals(&copy, &set));
            T_CHECK(starlings_bitmap_equals(&set, &copy));
            T_CHECK(starlings_bitmap_is_subset(&set, &copy));
            T_EQ_U64(starlings_bitmap_hash(&copy), starlings_bitmap_hash(&set));
            starlings_bitmap_free(&env, &copy);
        }
    }
    T_CHECK(starlings_bitmap_is_empty(&set));
    T_CHECK(changes <= 12);
    T_EQ_U64(f.live, 0);
}

/* Unsorted and large; and sets given as they come. */
static void bm_test_from(void)
{
    uint32_t count = 100000, kept = 0;
    uint32_t *members = (uint32_t *)malloc(count * sizeof *members);
    uint8_t *seen = (uint8_t *)calloc(1 << 20, 1);
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    starlings_bitmap_iterator at;
    t_rng rng = t_rng_make(540);
    T_REQUIRE(members != NULL && seen != NULL);
    for (uint32_t i = 0; i < count; i++) {
        members[i] = t_below(&rng, 1 << 20) << 12; /* digits of all three passes */
        kept += seen[members[i] >> 12] == 0;
        seen[members[i] >> 12] = 1;
    }
    T_STATUS(starlings_bitmap_from(NULL, members, count, &set), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_cardinality(&set), kept);
    at = starlings_bitmap_iterate(&set, 0);
    T_EQ_U64(starlings_bitmap_read(&at, members, count), kept);
    for (uint32_t i = 0; i < kept; i++)
        T_CHECK(seen[members[i] >> 12] == 1 && (i == 0 || members[i - 1] < members[i]));
    T_EQ_U64(starlings_bitmap_read(&at, members, count), 0);
    starlings_bitmap_free(NULL, &set);
    free(members);
    free(seen);
}

static void bm_test_null(void)
{
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    const starlings_bitmap *none[1] = { NULL };
    starlings_bitmap_iterator at = starlings_bitmap_iterate(NULL, 0);
    unsigned char bytes[8];
    uint32_t x = 0;
    starlings_bitmap_free(NULL, NULL);
    T_STATUS(starlings_bitmap_copy(NULL, NULL, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_copy(NULL, &set, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_from(NULL, NULL, 1, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_from(NULL, NULL, 0, &set), STARLINGS_OK);
    T_STATUS(starlings_bitmap_from(NULL, &x, 1, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_add(NULL, NULL, 1), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_remove(NULL, NULL, 1), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_add_many(NULL, &set, NULL, 1), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_add_many(NULL, &set, NULL, 0), STARLINGS_OK);
    T_STATUS(starlings_bitmap_remove_many(NULL, NULL, &x, 1), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_add_range(NULL, NULL, 0, 1), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_add_range(NULL, &set, 2, 1), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_bitmap_add_range(NULL, &set, 0, 4294967297u), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_bitmap_add_range(NULL, &set, 4294967296u, 4294967296u), STARLINGS_OK);
    T_STATUS(starlings_bitmap_remove_range(NULL, &set, 2, 1), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_bitmap_and(NULL, NULL, &set, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_or(NULL, &set, NULL, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_xor(NULL, &set, &set, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_or_many(NULL, NULL, 1, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_or_many(NULL, none, 1, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_or_many(NULL, NULL, 0, &set), STARLINGS_OK);
    T_STATUS(starlings_bitmap_shrink(NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_serialise(NULL, bytes, 8, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_serialise(&set, NULL, 8, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_deserialise(NULL, NULL, 8, NULL, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_view(NULL, bytes, 8, NULL, NULL), STARLINGS_ERR_ARG);
    T_CHECK(!starlings_bitmap_contains(NULL, 1) && !starlings_bitmap_contains_range(NULL, 1, 1));
    T_CHECK(starlings_bitmap_contains_range(&set, 1, 1) && starlings_bitmap_is_empty(NULL));
    T_EQ_U64(starlings_bitmap_cardinality(NULL) + starlings_bitmap_rank(NULL, 5) +
                 starlings_bitmap_serialised_size(NULL) + starlings_bitmap_hash(NULL) +
                 starlings_bitmap_heap_bytes(NULL) +
                 starlings_bitmap_and_cardinality(NULL, NULL, &set) +
                 starlings_bitmap_read(&at, &x, 1) + starlings_bitmap_read(NULL, &x, 1),
             0);
    T_CHECK(!starlings_bitmap_min(NULL, &x) && !starlings_bitmap_max(&set, &x));
    T_CHECK(!starlings_bitmap_select(&set, 0, NULL));
    T_CHECK(!starlings_bitmap_equals(NULL, &set) && !starlings_bitmap_is_subset(&set, NULL));
    T_CHECK(!starlings_bitmap_intersects(NULL, NULL));
    T_NEAR(starlings_bitmap_jaccard(NULL, NULL, &set) + starlings_bitmap_dice(NULL, NULL, &set) +
               starlings_bitmap_containment(NULL, &set, NULL) +
               starlings_bitmap_overlap(NULL, NULL, NULL),
           0, 0);
    T_NEAR(starlings_bitmap_jaccard(NULL, &set, &set), 1, 0);
    T_NEAR(starlings_bitmap_overlap(NULL, &set, &set), 1, 0);
}

/* Bytes that are refused leave `out` alone; the empty set is these eight bytes. */
static void bm_test_bytes(void)
{
    static const unsigned char empty[8] = { 0x3a, 0x30, 0, 0, 0, 0, 0, 0 };
    static const unsigned char run[15] = { 0x3b, 0x30, 0, 0, 1, 0, 0, 9, 0, 1, 0, 7, 0, 9, 0 };
    unsigned char bytes[16];
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    size_t size = 99;
    T_STATUS(starlings_bitmap_serialise(&set, bytes, 16, &size), STARLINGS_OK);
    T_CHECK(size == 8 && memcmp(bytes, empty, 8) == 0);
    T_STATUS(starlings_bitmap_add_range(NULL, &set, 7, 17), STARLINGS_OK);
    T_STATUS(starlings_bitmap_serialise(&set, bytes, 14, &size), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_bitmap_serialise(&set, bytes, 16, &size), STARLINGS_OK);
    T_CHECK(size == 15 && memcmp(bytes, run, 15) == 0);
    for (size_t i = 0; i < 8; i++)
        T_STATUS(starlings_bitmap_deserialise(NULL, empty, i, &size, &set), STARLINGS_ERR_FORMAT);
    for (size_t i = 0; i < 15; i++)
        T_STATUS(starlings_bitmap_view(NULL, run, i, &size, &set), STARLINGS_ERR_FORMAT);
    T_EQ_U64(starlings_bitmap_cardinality(&set), 10);
    T_STATUS(starlings_bitmap_deserialise(NULL, empty, 8, &size, &set), STARLINGS_OK);
    T_CHECK(size == 8 && starlings_bitmap_is_empty(&set));
    T_STATUS(starlings_bitmap_view(NULL, run, 15, &size, &set), STARLINGS_OK);
    T_CHECK(starlings_bitmap_contains_range(&set, 7, 17));
    T_STATUS(starlings_bitmap_add(NULL, &set, 3), STARLINGS_OK); /* a small view is a copy */
    T_EQ_U64(starlings_bitmap_cardinality(&set), 11);
    starlings_bitmap_free(NULL, &set);
}

/* All SIMD levels, equal answers. */
static void bm_test_levels_of_simd(void)
{
    static uint32_t members[16384];
    uint64_t want = 0;
    for (int simd = 0; simd < 5; simd++) {
        starlings_bitmap_env env = { { NULL, NULL }, STARLINGS_SIMD_BEST };
        starlings_bitmap a = { 0, { 0, 0, 0 } }, b = a, c = a;
        uint64_t got = 0;
        size_t count;
        env.simd = (starlings_simd)simd;
        for (uint32_t x = 0; x < BM_KINDS; x++)
            for (uint32_t y = 0; y < BM_KINDS; y++) {
                count = bm_kind_members(x, members);
                T_STATUS(starlings_bitmap_from(&env, members, count, &a), STARLINGS_OK);
                count = bm_kind_members(y, members);
                T_STATUS(starlings_bitmap_from(&env, members, count, &b), STARLINGS_OK);
                T_STATUS(starlings_bitmap_and(&env, &a, &b, &c), STARLINGS_OK);
                T_EQ_U64(starlings_bitmap_cardinality(&c),
                         starlings_bitmap_and_cardinality(&env, &a, &b));
                got = got * 31 + starlings_bitmap_hash(&c);
                T_STATUS(starlings_bitmap_or(&env, &a, &b, &c), STARLINGS_OK);
                got = got * 31 + starlings_bitmap_hash(&c);
                T_STATUS(starlings_bitmap_xor(&env, &a, &b, &c), STARLINGS_OK);
                got = got * 31 + starlings_bitmap_hash(&c);
                T_STATUS(starlings_bitmap_andnot(&env, &a, &b, &c), STARLINGS_OK);
                got = got * 31 + starlings_bitmap_hash(&c);
            }
        starlings_bitmap_free(&env, &a);
        starlings_bitmap_free(&env, &b);
        starlings_bitmap_free(&env, &c);
        want = simd == 0 ? got : want;
        T_EQ_U64(got, want);
    }
}

/* One chunk of each kind, and one set against many. */
static void bm_test_describe(void)
{
    starlings_bitmap set = { 0, { 0, 0, 0 } }, other = set, none = set;
    const starlings_bitmap *others[4];
    starlings_bitmap_stats stats;
    uint64_t counts[4] = { 9, 9, 9, 9 };
    starlings_bitmap_describe(NULL, &stats);
    T_EQ_U64(stats.cardinality + stats.heap_bytes + stats.arrays, 0);
    starlings_bitmap_describe(&set, NULL);
    for (uint32_t i = 0; i < 100; i++)
        T_STATUS(starlings_bitmap_add(NULL, &set, i * i), STARLINGS_OK);
    for (uint32_t i = 0; i < 10000; i++)
        T_STATUS(starlings_bitmap_add(NULL, &set, 65536 + 2 * i), STARLINGS_OK);
    T_STATUS(starlings_bitmap_add_range(NULL, &set, 140000, 160000), STARLINGS_OK);
    T_STATUS(starlings_bitmap_shrink(NULL, &set), STARLINGS_OK);
    starlings_bitmap_describe(&set, &stats);
    T_EQ_U64(stats.cardinality, 30100);
    T_EQ_U64(stats.heap_bytes, starlings_bitmap_heap_bytes(&set));
    T_EQ_U64(stats.arrays, 1);
    T_EQ_U64(stats.bitsets, 1);
    T_EQ_U64(stats.runs, 1);
    T_STATUS(starlings_bitmap_add_range(NULL, &other, 0, 70000), STARLINGS_OK);
    others[0] = &set;
    others[1] = &other;
    others[2] = &none;
    others[3] = NULL;
    starlings_bitmap_and_cardinalities(NULL, &set, others, 4, counts);
    T_EQ_U64(counts[0], 30100);
    T_EQ_U64(counts[1], 100 + 2232);
    T_EQ_U64(counts[2] + counts[3], 0);
    starlings_bitmap_free(NULL, &set);
    starlings_bitmap_free(NULL, &other);
}

static void test_bitmap(void)
{
    bm_test_describe();
    bm_test_null();
    bm_test_bytes();
    bm_test_limits();
    bm_test_hash();
    bm_test_from();
    bm_test_canonical();
    bm_test_border();
    bm_test_levels_of_simd();
    bm_test_faults();
    bm_test_faults_add();
    bm_test_random();
}
