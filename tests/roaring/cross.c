/* cross.c - both backends of the bitmap do the same random work; all they say is compared.
   The backends have the same static names, so this file is compiled three times:
     cc -DCROSS=cross_own                 -c -o own.o      with starlings.h's own backend
     cc -DCROSS=cross_roaring -DCROSS_ROARING -c -o roaring.o  with CRoaring
     cc cross.c own.o roaring.o -lroaring             the program
   A driver tells all to a sink: every status, answer and byte. The sink of the first one keeps it,
   that of the second compares. Arguments: --long, a seed. */
#include <stddef.h>
#include <stdint.h>

typedef void cross_sink(void *ctx, uint32_t step, const void *bytes, size_t size);
int cross_own(uint64_t seed, uint32_t steps, cross_sink *sink, void *ctx);
int cross_roaring(uint64_t seed, uint32_t steps, cross_sink *sink, void *ctx);

#ifdef CROSS
#    define STARLINGS_STATIC
#    define STARLINGS_IMPLEMENTATION
#    ifdef CROSS_ROARING
#        include "../../starlings_roaring.h"
#    else
#        include "../../starlings.h"
#    endif
#    include <stdlib.h>
#    include <string.h>

enum { CROSS_SETS = 5, CROSS_MOST = 6000, CROSS_BYTES = 1 << 20, CROSS_KINDS = 20 };

typedef struct cross {
    uint64_t random; /* splitmix64's state: the sequence of t.h, of which no more is needed */
    starlings_bitmap sets[CROSS_SETS];
    uint32_t members[CROSS_MOST];
    unsigned char *bytes; /* CROSS_BYTES of them */
    uint32_t step;
    cross_sink *sink;
    void *ctx;
} cross;

static void cross_tell(cross *c, const void *bytes, size_t size)
{
    c->sink(c->ctx, c->step, bytes, size);
}

static void cross_say(cross *c, uint64_t value)
{
    cross_tell(c, &value, sizeof value);
}

static uint32_t cross_below(cross *c, uint32_t range)
{
    uint64_t z = (c->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((((z ^ (z >> 31)) >> 32) * range) >> 32);
}

static starlings_bitmap *cross_set(cross *c)
{
    return &c->sets[cross_below(c, CROSS_SETS)];
}

/* Few chunks, so that sets meet; the first, the last, and places at their borders among them. */
static uint32_t cross_member(cross *c)
{
    static const uint32_t keys[8] = { 0, 1, 2, 3, 9, 0x7fff, 0xfffe, 0xffff };
    uint32_t key = keys[cross_below(c, 8)], low = cross_below(c, 65536);
    uint32_t how = cross_below(c, 16);
    if (how == 0)
        low = 65535 - cross_below(c, 3);
    else if (how == 1)
        low = cross_below(c, 3);
    else if (how < 6)
        low = cross_below(c, 300);
    else if (how == 6)
        key = cross_below(c, 65536);
    return key << 16 | low;
}

static uint64_t cross_bound(cross *c)
{
    return cross_below(c, 40) == 0 ? (uint64_t)1 << 32 : cross_member(c);
}

/* Members in any order, with repeats; sometimes all of one stretch, so that arrays fill up. */
static size_t cross_members(cross *c)
{
    size_t count = cross_below(c, cross_below(c, 3) == 0 ? CROSS_MOST : 50);
    uint32_t from = cross_member(c), step = 1 + cross_below(c, 20);
    bool stretch = cross_below(c, 2) == 0;
    for (size_t i = 0; i < count; i++)
        c->members[i] = stretch ? from + (uint32_t)i * step : cross_member(c);
    return count;
}

/* Up to three chunks; the end may lie below the begin. */
static void cross_range(cross *c, uint64_t *begin, uint64_t *end)
{
    *begin = cross_bound(c);
    *end = *begin + cross_below(c, cross_below(c, 3) == 0 ? 150000 : 500);
    if (cross_below(c, 30) == 0)
        *end = cross_bound(c);
    if (*end > (uint64_t)1 << 32 && cross_below(c, 4) > 0)
        *end = (uint64_t)1 << 32;
}

static size_t cross_write(cross *c, const starlings_bitmap *set)
{
    size_t size = 0;
    starlings_status status = starlings_bitmap_serialise(set, c->bytes, CROSS_BYTES, &size);
    cross_say(c, (uint64_t)(int64_t)status);
    return status == STARLINGS_OK ? size : 0;
}

/* All that a set is. Its first word holds its level, which may not depend on the backend. */
static void cross_tell_set(cross *c, const starlings_bitmap *set)
{
    size_t size;
    cross_say(c, set->private_head);
    cross_say(c, starlings_bitmap_cardinality(set));
    cross_say(c, starlings_bitmap_hash(set));
    cross_say(c, starlings_bitmap_serialised_size(set));
    size = cross_write(c, set);
    cross_tell(c, c->bytes, size);
}

static void cross_ask(cross *c, const starlings_bitmap *a)
{
    uint64_t begin, end, index;
    uint32_t least = 0, most = 0, at = 0;
    for (int i = 0; i < 20; i++) {
        cross_say(c, starlings_bitmap_contains(a, cross_member(c)));
        cross_say(c, starlings_bitmap_rank(a, cross_bound(c)));
        cross_range(c, &begin, &end);
        cross_say(c, starlings_bitmap_contains_range(a, begin, end));
        index = cross_below(c, (uint32_t)starlings_bitmap_cardinality(a) + 2);
        cross_say(c, starlings_bitmap_select(a, index, &at));
        cross_say(c, at);
        if (at > 5)
            cross_say(c, starlings_bitmap_contains_range(a, at - 5, (uint64_t)at + 1));
    }
    cross_say(c, starlings_bitmap_min(a, &least));
    cross_say(c, starlings_bitmap_max(a, &most));
    cross_say(c, least);
    cross_say(c, most);
    cross_say(c, starlings_bitmap_is_empty(a));
}

static void cross_compare(cross *c, const starlings_bitmap *a, const starlings_bitmap *b)
{
    double ratios[4];
    cross_say(c, starlings_bitmap_equals(a, b));
    cross_say(c, starlings_bitmap_is_subset(a, b));
    cross_say(c, starlings_bitmap_intersects(a, b));
    cross_say(c, starlings_bitmap_and_cardinality(NULL, a, b));
    ratios[0] = starlings_bitmap_jaccard(NULL, a, b);
    ratios[1] = starlings_bitmap_dice(NULL, a, b);
    ratios[2] = starlings_bitmap_containment(NULL, a, b);
    ratios[3] = starlings_bitmap_overlap(NULL, a, b);
    cross_tell(c, ratios, sizeof ratios);
}

static void cross_iterate(cross *c, const starlings_bitmap *a)
{
    starlings_bitmap_iterator at = starlings_bitmap_iterate(a, cross_member(c));
    for (int i = 0; i < 4; i++) {
        size_t got = starlings_bitmap_read(&at, c->members, cross_below(c, CROSS_MOST));
        cross_say(c, got);
        cross_tell(c, c->members, got * sizeof *c->members);
    }
}

/* Out as bytes and in again: as they are or spoilt, at an odd address, as a copy or as a view. */
static starlings_status cross_bytes(cross *c, const starlings_bitmap *a, starlings_bitmap *out)
{
    starlings_bitmap seen = { 0, { 0, 0, 0 } };
    starlings_status status;
    size_t size = cross_write(c, a), used = 0;
    memmove(c->bytes + 1, c->bytes, size < CROSS_BYTES ? size : 0);
    if (size > 0 && cross_below(c, 2) == 0)
        c->bytes[1 + cross_below(c, (uint32_t)size)] ^= (unsigned char)(1u << cross_below(c, 8));
    if (size > 0 && cross_below(c, 8) == 0)
        size -= cross_below(c, (uint32_t)size);
    if (cross_below(c, 2) == 0) {
        status = starlings_bitmap_deserialise(NULL, c->bytes + 1, size, &used, out);
    } else {
        status = starlings_bitmap_view(NULL, c->bytes + 1, size, &used, &seen);
        cross_say(c, starlings_bitmap_cardinality(&seen));
        cross_say(c, starlings_bitmap_hash(&seen));
        if (status == STARLINGS_OK) {
            cross_ask(c, &seen);
            cross_compare(c, &seen, a);
            status = starlings_bitmap_or(NULL, &seen, out, out);
        }
        starlings_bitmap_free(NULL, &seen);
    }
    cross_say(c, used);
    return status;
}

static starlings_status cross_change(cross *c, uint32_t kind, starlings_bitmap *out)
{
    uint64_t begin, end;
    size_t count;
    cross_range(c, &begin, &end);
    if (begin < end && end - begin > 400000 && end <= (uint64_t)1 << 32)
        end = begin + 400000; /* a set of all numbers takes its time */
    switch (kind) {
    case 0: return starlings_bitmap_add(NULL, out, cross_member(c));
    case 1: return starlings_bitmap_remove(NULL, out, cross_member(c));
    case 2: return starlings_bitmap_add_range(NULL, out, begin, end);
    case 3: return starlings_bitmap_remove_range(NULL, out, begin, end);
    default: count = cross_members(c);
    }
    if (kind == 4)
        return starlings_bitmap_add_many(NULL, out, c->members, count);
    if (kind == 5)
        return starlings_bitmap_remove_many(NULL, out, c->members, count);
    if (kind == 6)
        return starlings_bitmap_from(NULL, c->members, count, out);
    starlings_bitmap_free(NULL, out);
    return STARLINGS_OK;
}

/* The first few may be all of the sets, some of them twice. */
static starlings_status cross_or_many(cross *c, starlings_bitmap *out)
{
    const starlings_bitmap *some[CROSS_SETS];
    size_t count = cross_below(c, CROSS_SETS + 1);
    for (size_t i = 0; i < count; i++)
        some[i] = cross_set(c);
    return starlings_bitmap_or_many(NULL, some, count, out);
}

static void cross_step(cross *c)
{
    starlings_bitmap *a = cross_set(c), *b = cross_set(c), *out = cross_set(c);
    starlings_status status = STARLINGS_OK;
    uint32_t kind = cross_below(c, CROSS_KINDS);
    cross_say(c, kind);
    switch (kind) {
    case 8: status = starlings_bitmap_and(NULL, a, b, out); break;
    case 9: status = starlings_bitmap_or(NULL, a, b, out); break;
    case 10: status = starlings_bitmap_xor(NULL, a, b, out); break;
    case 11: status = starlings_bitmap_andnot(NULL, a, b, out); break;
    case 12: status = cross_or_many(c, out); break;
    case 13: status = starlings_bitmap_copy(NULL, a, out); break;
    case 14: status = starlings_bitmap_shrink(NULL, out); break;
    case 15: status = cross_bytes(c, a, out); break;
    case 16: cross_ask(c, a); return;
    case 17: cross_compare(c, a, b); return;
    case 18: cross_iterate(c, a); return;
    case 19: kind = 4; /* grow more often than not; then as below */
    /* fall through */
    default: status = cross_change(c, kind, out); break;
    }
    cross_say(c, (uint64_t)(int64_t)status);
    cross_tell_set(c, out);
}

int CROSS(uint64_t seed, uint32_t steps, cross_sink *sink, void *ctx)
{
    cross *c = (cross *)calloc(1, sizeof *c);
    if (c == NULL)
        return 1;
    c->bytes = (unsigned char *)malloc(CROSS_BYTES + 1);
    c->random = seed;
    c->sink = sink;
    c->ctx = ctx;
    for (; c->bytes != NULL && c->step < steps; c->step++)
        cross_step(c);
    for (int i = 0; i < CROSS_SETS; i++)
        starlings_bitmap_free(NULL, &c->sets[i]);
    steps = c->bytes == NULL;
    free(c->bytes);
    free(c);
    return (int)steps;
}

#else /* the program */
#    include "t.h"

typedef struct cross_log {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
    size_t at;      /* of the one that compares: how far; */
    bool differs;   /* and whether, first at: */
    uint32_t step;
    size_t place;
    bool compares;
} cross_log;

static void cross_keep(void *ctx, uint32_t step, const void *bytes, size_t size)
{
    cross_log *log = (cross_log *)ctx;
    if (log->compares) {
        if (!log->differs && (size > log->size - log->at ||
                              (size > 0 && memcmp(log->bytes + log->at, bytes, size) != 0))) {
            log->differs = true;
            log->step = step;
            log->place = log->at;
        }
        log->at += log->differs ? 0 : size;
        return;
    }
    if (size > log->capacity - log->size) {
        size_t wanted = (log->capacity + size) * 2;
        unsigned char *grown = (unsigned char *)realloc(log->bytes, wanted);
        if (grown == NULL) {
            printf("no memory\n");
            exit(1);
        }
        log->bytes = grown;
        log->capacity = wanted;
    }
    if (size > 0)
        memcpy(log->bytes + log->size, bytes, size);
    log->size += size;
}

static void test_cross(void)
{
    cross_log log;
    unsigned long long told = 0;
    uint32_t runs = t_state.big ? 2000 : 40;
    memset(&log, 0, sizeof log);
    for (uint32_t run = 0; run < runs; run++) {
        uint64_t seed = t_state.seed * 1000003u + run;
        log.size = 0;
        log.at = 0;
        log.differs = false;
        log.compares = false;
        T_CHECK(cross_own(seed, 300, cross_keep, &log) == 0);
        log.compares = true;
        T_CHECK(cross_roaring(seed, 300, cross_keep, &log) == 0);
        T_CHECK(!log.differs && log.at == log.size && log.size > 100000);
        if (log.differs)
            printf("seed %llu differs in step %u, at byte %llu\n", (unsigned long long)seed,
                   (unsigned)log.step, (unsigned long long)log.place);
        told += log.size;
    }
    printf("cross: %llu bytes compared\n", told);
    free(log.bytes);
}

int main(int argc, char **argv)
{
    t_arguments(argc, argv);
    T_RUN(test_cross);
    return t_finish();
}
#endif
