/* extras.c - what starlings_roaring.h adds: sets from CRoaring, to CRoaring, and back.
   A program of its own (tests/tools/roaring.sh), as it needs CRoaring. */
#define STARLINGS_IMPLEMENTATION
#ifndef STARLINGS_DEBUG
#  define STARLINGS_DEBUG 3
#endif
#include "../../starlings_roaring.h"

#include "t.h"

static void roaring_same(const starlings_bitmap *set, const roaring_bitmap_t *want)
{
    starlings_bitmap_iterator at = starlings_bitmap_iterate(set, 0);
    uint32_t members[256];
    size_t got, total = 0;
    T_EQ_U64(starlings_bitmap_cardinality(set), roaring_bitmap_get_cardinality(want));
    while ((got = starlings_bitmap_read(&at, members, 256)) > 0)
        for (size_t i = 0; i < got; i++)
            total += roaring_bitmap_contains(want, members[i]) ? 1 : 0;
    T_EQ_U64(total, roaring_bitmap_get_cardinality(want));
}

/* `count` members, `step` apart, beginning at 3; then as CRoaring would pack them. */
static roaring_bitmap_t *roaring_make(uint32_t count, uint32_t step, bool packed, bool shared)
{
    roaring_bitmap_t *r = roaring_bitmap_create();
    roaring_bitmap_set_copy_on_write(r, shared);
    for (uint32_t i = 0; i < count; i++)
        roaring_bitmap_add(r, 3 + i * step);
    if (packed)
        (void)roaring_bitmap_run_optimize(r);
    return r;
}

/* However CRoaring holds the members, our bytes are those of the set made by us. */
static void roaring_bytes(const starlings_bitmap *set, uint32_t count, uint32_t step)
{
    starlings_bitmap own = { 0, { 0, 0, 0 } };
    unsigned char *bytes[2] = { NULL, NULL };
    size_t sizes[2] = { 0, 0 };
    const starlings_bitmap *sets[2];
    bool good = true;
    for (uint32_t i = 0; i < count; i++)
        good = good && starlings_bitmap_add(NULL, &own, 3 + i * step) == STARLINGS_OK;
    T_CHECK(good);
    sets[0] = set;
    sets[1] = &own;
    for (int i = 0; i < 2; i++) {
        size_t size = starlings_bitmap_serialised_size(sets[i]);
        bytes[i] = (unsigned char *)malloc(size);
        T_REQUIRE(bytes[i] != NULL);
        T_STATUS(starlings_bitmap_serialise(sets[i], bytes[i], size, &sizes[i]), STARLINGS_OK);
        T_EQ_U64(sizes[i], size);
    }
    T_CHECK(sizes[0] == sizes[1] && memcmp(bytes[0], bytes[1], sizes[0]) == 0);
    T_EQ_U64(starlings_bitmap_hash(set), starlings_bitmap_hash(&own));
    T_CHECK(starlings_bitmap_equals(set, &own));
    free(bytes[0]);
    free(bytes[1]);
    starlings_bitmap_free(NULL, &own);
}

static void roaring_one(uint32_t count, uint32_t step, bool packed, bool shared)
{
    starlings_bitmap set = { 0, { 0, 0, 0 } }, other = { 0, { 0, 0, 0 } };
    roaring_bitmap_t *r = roaring_make(count, step, packed, shared), *twin;
    twin = roaring_bitmap_copy(r); /* shares with r if it is to */
    T_STATUS(starlings_bitmap_from_roaring(NULL, r, &set), STARLINGS_OK);
    roaring_same(&set, r);
    roaring_bytes(&set, count, step);
    if (starlings_bitmap_as_roaring(&set) != NULL) {
        const roaring_bitmap_t *inside = starlings_bitmap_as_roaring(&set);
        T_CHECK(inside != r && roaring_bitmap_equals(inside, r));
        T_EQ_U64(inside->high_low_container.flags, 0);
        T_STATUS(starlings_bitmap_from_roaring(NULL, inside, &set), STARLINGS_OK); /* itself */
        roaring_same(&set, r);
    } else {
        T_CHECK(count <= 32 || step >= 16384);
    }
    T_STATUS(starlings_bitmap_take_roaring(NULL, r, &other), STARLINGS_OK);
    T_CHECK(starlings_bitmap_equals(&set, &other));
    T_STATUS(starlings_bitmap_add(NULL, &other, 4000000000u), STARLINGS_OK);
    T_STATUS(starlings_bitmap_remove(NULL, &other, 3), STARLINGS_OK);
    T_CHECK(!roaring_bitmap_contains(twin, 4000000000u));
    T_EQ_U64(roaring_bitmap_get_cardinality(twin), count);
    T_CHECK(starlings_bitmap_heap_bytes(&other) < 200u + 16u * (size_t)count);
    roaring_bitmap_free(twin);
    r = roaring_make(count, step, false, false);
    roaring_same(&set, r);
    roaring_bitmap_free(r);
    starlings_bitmap_free(NULL, &set);
    starlings_bitmap_free(NULL, &other);
}

static void test_roaring_sets(void)
{
    static const uint32_t counts[] = { 0, 1, 3, 4, 32, 33, 100, 4096, 4097, 70000 };
    static const uint32_t steps[] = { 1, 2, 7, 40000 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof steps / sizeof *steps; j++)
            for (int how = 0; how < 4; how++)
                roaring_one(counts[i], steps[j], how % 2 != 0, how / 2 != 0);
}

static void test_roaring_arguments(void)
{
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    roaring_bitmap_t *r = roaring_make(100, 1, false, false);
    T_CHECK(starlings_bitmap_as_roaring(NULL) == NULL);
    T_CHECK(starlings_bitmap_as_roaring(&set) == NULL);
    T_STATUS(starlings_bitmap_from_roaring(NULL, NULL, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_from_roaring(NULL, r, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_take_roaring(NULL, NULL, &set), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bitmap_take_roaring(NULL, r, NULL), STARLINGS_ERR_ARG);
    roaring_bitmap_free(r);
}

static void *roaring_refuse(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)ptr;
    (void)old_size;
    (void)new_size;
    return NULL;
}

/* The env's allocator still counts for what is ours: without it nothing changes hands. */
static void test_roaring_memory(void)
{
    static const uint32_t counts[] = { 20, 100 };
    for (int i = 0; i < 2; i++) {
        starlings_bitmap set = { 2, { 5, 6, 0 } }, before = set;
        roaring_bitmap_t *r = roaring_make(counts[i], 1, false, false);
        starlings_bitmap_env env;
        memset(&env, 0, sizeof env);
        env.allocator.resize = roaring_refuse;
        T_STATUS(starlings_bitmap_from_roaring(&env, r, &set), STARLINGS_ERR_NOMEM);
        T_STATUS(starlings_bitmap_take_roaring(&env, r, &set), STARLINGS_ERR_NOMEM);
        T_CHECK(memcmp(&set, &before, sizeof set) == 0);
        T_EQ_U64(roaring_bitmap_get_cardinality(r), counts[i]); /* it is still ours */
        roaring_bitmap_free(r);
    }
}

/* The set of all numbers: CRoaring counts in 32 bits here and there. */
static void test_roaring_all(void)
{
    starlings_bitmap set = { 0, { 0, 0, 0 } };
    uint32_t member = 0;
    uint64_t all = (uint64_t)1 << 32;
    T_STATUS(starlings_bitmap_add_range(NULL, &set, 0, all), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_cardinality(&set), all);
    T_CHECK(starlings_bitmap_contains_range(&set, 0, all));
    T_EQ_U64(starlings_bitmap_rank(&set, all), all);
    T_CHECK(starlings_bitmap_select(&set, all - 1, &member));
    T_EQ_U64(member, UINT32_MAX);
    T_CHECK(!starlings_bitmap_select(&set, all, &member));
    T_STATUS(starlings_bitmap_remove(NULL, &set, 7), STARLINGS_OK);
    T_CHECK(starlings_bitmap_select(&set, all - 2, &member));
    T_EQ_U64(member, UINT32_MAX);
    starlings_bitmap_free(NULL, &set);
}

int main(int argc, char **argv)
{
    t_arguments(argc, argv);
    T_RUN(test_roaring_sets);
    T_RUN(test_roaring_arguments);
    T_RUN(test_roaring_memory);
    T_RUN(test_roaring_all);
    return t_finish();
}
