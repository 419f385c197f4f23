/* fuzz_bitmap_ops.c - any bytes as a sequence of calls on four sets: they must hold what plain
   arrays of bools hold, also where memory runs out.
   Fuzz:   clang -std=c11 -g -O1 -DFUZZ_WITH_LIBFUZZER -fsanitize=fuzzer,address,undefined
           tests/fuzz/fuzz_bitmap_ops.c
   Replay: cc -std=c11 -g tests/fuzz/fuzz_bitmap_ops.c -o fuzz_ops && ./fuzz_ops FILE...
   Each call is six bytes: which; which sets (three times two bits) and when memory runs out (two
   bits: never, at the first, second, third allocation); a slot and a length of 16 bits, low byte
   first. A slot stands for a number: even ones in one chunk, a border of two chunks, one number in
   each of many chunks, the top. */
#define STARLINGS_IMPLEMENTATION
#define STARLINGS_DEBUG 3
#include "../../starlings.h"

#include "fuzz.h"

enum { FUZZ_SLOTS = 16384, FUZZ_SETS = 4, FUZZ_CALLS = 400 };

typedef struct fuzz_world {
    uint8_t has[FUZZ_SETS][FUZZ_SLOTS];
    uint8_t want[FUZZ_SLOTS]; /* of the set that a call makes */
    starlings_bitmap set[FUZZ_SETS];
    unsigned char *bytes[FUZZ_SETS]; /* what a view stands on */
    starlings_bitmap_env env;
    uint32_t members[FUZZ_SLOTS];
    uint32_t calls, fail_at; /* of the allocator; 0: never */
} fuzz_world;

/* Ascending in the slot. */
static uint32_t fuzz_value(uint32_t slot)
{
    if (slot < 8192)
        return slot * 2;
    if (slot < 10240)
        return 65536 - 1024 + (slot - 8192);
    if (slot < 12288)
        return 0x02000000u + (slot - 10240) * 70001u;
    return 0xfffff000u + (slot - 12288);
}

static void *fuzz_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    fuzz_world *w = (fuzz_world *)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    if (w->fail_at > 0 && ++w->calls == w->fail_at)
        return NULL;
    return realloc(ptr, new_size);
}

/* A set holds the members that the model has, and is written as a set made in one go is. */
static void fuzz_check(fuzz_world *w, uint32_t s)
{
    const starlings_bitmap *set = &w->set[s];
    starlings_bitmap_iterator at = starlings_bitmap_iterate(set, 0);
    starlings_bitmap fresh = { 0, { 0, 0, 0 } };
    uint32_t count = 0, block[100];
    size_t got, done = 0, size = starlings_bitmap_serialised_size(set), used = 0;
    unsigned char *one = (unsigned char *)malloc(size), *two = (unsigned char *)malloc(size);
    FUZZ_REQUIRE(one != NULL && two != NULL);
    for (uint32_t i = 0; i < FUZZ_SLOTS; i++)
        if (w->has[s][i] != 0)
            w->members[count++] = fuzz_value(i);
    FUZZ_REQUIRE(starlings_bitmap_cardinality(set) == count);
    while ((got = starlings_bitmap_read(&at, block, 100)) > 0) {
        FUZZ_REQUIRE(done + got <= count);
        FUZZ_REQUIRE(memcmp(block, w->members + done, got * sizeof block[0]) == 0);
        done += got;
    }
    FUZZ_REQUIRE(done == count);
    FUZZ_REQUIRE(starlings_bitmap_from(&w->env, w->members, count, &fresh) == STARLINGS_OK);
    FUZZ_REQUIRE(starlings_bitmap_equals(set, &fresh) && starlings_bitmap_equals(&fresh, set));
    FUZZ_REQUIRE(starlings_bitmap_hash(set) == starlings_bitmap_hash(&fresh));
    FUZZ_REQUIRE(starlings_bitmap_serialised_size(&fresh) == size);
    FUZZ_REQUIRE(starlings_bitmap_serialise(set, one, size, &used) == STARLINGS_OK && used == size);
    FUZZ_REQUIRE(starlings_bitmap_serialise(&fresh, two, size, NULL) == STARLINGS_OK);
    FUZZ_REQUIRE(memcmp(one, two, size) == 0);
    starlings_bitmap_free(&w->env, &fresh);
    free(one);
    free(two);
}

/* Slots first, first + step ...: into members and the model. */
static size_t fuzz_pick(fuzz_world *w, uint32_t s, uint32_t first, uint32_t length, bool add)
{
    uint32_t step = 1 + (length >> 13 & 3), last = first + (length & 8191);
    size_t count = 0;
    memcpy(w->want, w->has[s], sizeof w->want);
    for (uint32_t i = first; i < last && i < FUZZ_SLOTS; i += step) {
        w->want[i] = add;
        w->members[count++] = fuzz_value(i);
    }
    if ((length & 0x8000u) != 0) /* descending */
        for (size_t i = 0; i < count / 2; i++) {
            uint32_t x = w->members[i];
            w->members[i] = w->members[count - 1 - i];
            w->members[count - 1 - i] = x;
        }
    return count;
}

/* Numbers [begin, end) where all numbers have slots; elsewhere nothing. */
static void fuzz_range(fuzz_world *w, uint32_t s, uint32_t slot, uint32_t length, bool add,
                       uint64_t *out_begin, uint64_t *out_end)
{
    uint32_t last = slot + (length & 4095);
    memcpy(w->want, w->has[s], sizeof w->want);
    if (slot >= 8192 && slot < 10240)
        last = last > 10240 ? 10240 : last;
    else if (slot >= 12288)
        last = last > FUZZ_SLOTS ? FUZZ_SLOTS : last;
    else
        last = slot;
    memset(w->want + slot, add, last - slot);
    *out_begin = fuzz_value(slot);
    *out_end = *out_begin + (last - slot);
}

static void fuzz_ask(const fuzz_world *w, uint32_t a, uint32_t b, uint32_t slot)
{
    uint64_t both = 0, x = 0, y = 0, below = 0;
    uint32_t member = 0;
    for (uint32_t i = 0; i < FUZZ_SLOTS; i++) {
        both += w->has[a][i] & w->has[b][i];
        x += w->has[a][i];
        y += w->has[b][i];
        below += i < slot && w->has[a][i] != 0;
    }
    FUZZ_REQUIRE(starlings_bitmap_and_cardinality(&w->env, &w->set[a], &w->set[b]) == both);
    FUZZ_REQUIRE(starlings_bitmap_intersects(&w->set[a], &w->set[b]) == (both > 0));
    FUZZ_REQUIRE(starlings_bitmap_is_subset(&w->set[a], &w->set[b]) == (both == x));
    FUZZ_REQUIRE(starlings_bitmap_equals(&w->set[a], &w->set[b]) == (both == x && both == y));
    FUZZ_REQUIRE(starlings_bitmap_contains(&w->set[a], fuzz_value(slot)) ==
                 (w->has[a][slot] != 0));
    FUZZ_REQUIRE(starlings_bitmap_rank(&w->set[a], fuzz_value(slot)) == below);
    FUZZ_REQUIRE(starlings_bitmap_select(&w->set[a], below, &member) == (below < x));
    FUZZ_REQUIRE(w->has[a][slot] == 0 || member == fuzz_value(slot));
}

/* Set s from the bytes of set a, as a copy or a view, at an odd address or not. */
static starlings_status fuzz_bytes(fuzz_world *w, uint32_t s, uint32_t a, uint32_t length)
{
    size_t size = starlings_bitmap_serialised_size(&w->set[a]), odd = length & 1;
    unsigned char *bytes = (unsigned char *)malloc(size + 1);
    starlings_status status;
    FUZZ_REQUIRE(bytes != NULL);
    FUZZ_REQUIRE(starlings_bitmap_serialise(&w->set[a], bytes + odd, size, NULL) == STARLINGS_OK);
    memcpy(w->want, w->has[a], sizeof w->want);
    status = (length & 2) != 0
                 ? starlings_bitmap_view(&w->env, bytes + odd, size, NULL, &w->set[s])
                 : starlings_bitmap_deserialise(&w->env, bytes + odd, size, NULL, &w->set[s]);
    if (status == STARLINGS_OK) {
        free(w->bytes[s]);
        w->bytes[s] = bytes;
    } else {
        free(bytes);
    }
    return status;
}

static starlings_status fuzz_combine(fuzz_world *w, uint32_t op, uint32_t s, uint32_t a, uint32_t b)
{
    const starlings_bitmap *sets[3];
    sets[0] = &w->set[a];
    sets[1] = &w->set[b];
    sets[2] = &w->set[s];
    for (uint32_t i = 0; i < FUZZ_SLOTS; i++) {
        unsigned x = w->has[a][i], y = w->has[b][i];
        unsigned all = x | y | w->has[s][i];
        w->want[i] = (uint8_t)(op == 0   ? x & y
                               : op == 1 ? x | y
                               : op == 2 ? x ^ y
                               : op == 3 ? x & ~y
                                         : all);
    }
    switch (op) {
    case 0: return starlings_bitmap_and(&w->env, sets[0], sets[1], &w->set[s]);
    case 1: return starlings_bitmap_or(&w->env, sets[0], sets[1], &w->set[s]);
    case 2: return starlings_bitmap_xor(&w->env, sets[0], sets[1], &w->set[s]);
    case 3: return starlings_bitmap_andnot(&w->env, sets[0], sets[1], &w->set[s]);
    default: return starlings_bitmap_or_many(&w->env, sets, 3, &w->set[s]);
    }
}

/* One call; its model result is in want. Calls 14 and 15 change no set. */
static starlings_status fuzz_call(fuzz_world *w, uint32_t call, uint32_t s, uint32_t a, uint32_t b,
                                  uint32_t slot, uint32_t length)
{
    starlings_bitmap *set = &w->set[s];
    uint64_t begin, end;
    size_t count;
    if (call < 5)
        return fuzz_combine(w, call, s, a, b);
    memcpy(w->want, w->has[s], sizeof w->want);
    switch (call) {
    case 5:
        w->want[slot] = 1;
        return starlings_bitmap_add(&w->env, set, fuzz_value(slot));
    case 6:
        w->want[slot] = 0;
        return starlings_bitmap_remove(&w->env, set, fuzz_value(slot));
    case 7:
        count = fuzz_pick(w, s, slot, length, true);
        return starlings_bitmap_add_many(&w->env, set, w->members, count);
    case 8:
        count = fuzz_pick(w, s, slot, length, false);
        return starlings_bitmap_remove_many(&w->env, set, w->members, count);
    case 9:
        fuzz_range(w, s, slot, length, true, &begin, &end);
        return starlings_bitmap_add_range(&w->env, set, begin, end);
    case 10:
        fuzz_range(w, s, slot, length, false, &begin, &end);
        return starlings_bitmap_remove_range(&w->env, set, begin, end);
    case 11: return fuzz_bytes(w, s, a, length);
    case 12:
        memcpy(w->want, w->has[a], sizeof w->want);
        return starlings_bitmap_copy(&w->env, &w->set[a], set);
    case 13: return starlings_bitmap_shrink(&w->env, set);
    case 14: fuzz_ask(w, a, b, slot); return STARLINGS_OK;
    default: fuzz_check(w, s); return STARLINGS_OK;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static fuzz_world world;
    fuzz_world *w = &world;
    memset(w, 0, sizeof *w);
    w->env.allocator.resize = fuzz_resize;
    w->env.allocator.ctx = w;
    if (size > 6 * FUZZ_CALLS)
        size = 6 * FUZZ_CALLS;
    for (; size >= 6; size -= 6, bytes += 6) {
        uint32_t call = bytes[0] & 15, s = bytes[1] & 3, a = bytes[1] >> 2 & 3;
        uint32_t b = bytes[1] >> 4 & 3, slot = (uint32_t)bytes[2] | (uint32_t)bytes[3] << 8;
        uint32_t length = (uint32_t)bytes[4] | (uint32_t)bytes[5] << 8;
        bool view = w->set[s].private_head >> 30 == 3;
        starlings_status status;
        w->calls = 0;
        w->fail_at = call < 14 ? bytes[1] >> 6 : 0;
        status = fuzz_call(w, call, s, a, b, slot & (FUZZ_SLOTS - 1), length);
        w->fail_at = 0;
        if (view && ((call >= 5 && call <= 10) || call == 13))
            FUZZ_REQUIRE(status == STARLINGS_ERR_ARG);
        else
            FUZZ_REQUIRE(status == STARLINGS_OK ||
                         (status == STARLINGS_ERR_NOMEM && bytes[1] >> 6 != 0));
        if (status == STARLINGS_OK)
            memcpy(w->has[s], w->want, sizeof w->want);
    }
    for (uint32_t s = 0; s < FUZZ_SETS; s++)
        fuzz_check(w, s);
    for (uint32_t s = 0; s < FUZZ_SETS; s++) {
        starlings_bitmap_free(&w->env, &w->set[s]);
        free(w->bytes[s]);
    }
    return 0;
}
