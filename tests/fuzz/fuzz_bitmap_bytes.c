/* fuzz_bitmap_bytes.c - any bytes as a bitmap in the portable format: every level and every address
   gives the same answer; what is accepted is one set, however it is taken in, and its bytes come
   back. tests/fuzz/corpus/fuzz_bitmap_bytes has a file for each kind of chunk and of header.
   Fuzz:   clang -std=c11 -g -O1 -DFUZZ_WITH_LIBFUZZER -fsanitize=fuzzer,address,undefined
           tests/fuzz/fuzz_bitmap_bytes.c
   Replay: cc -std=c11 -g tests/fuzz/fuzz_bitmap_bytes.c -o fuzz && ./fuzz FILE... */
#define STARLINGS_IMPLEMENTATION
#define STARLINGS_DEBUG 3
#include "../../starlings.h"

#include "fuzz.h"

enum { FUZZ_MOST = 1 << 20 }; /* members that are looked at one by one */

typedef struct fuzz_answer {
    starlings_status status;
    size_t used;
    uint64_t cardinality;
    uint32_t chunks;
} fuzz_answer;

static fuzz_answer fuzz_check(const uint8_t *bytes, size_t size, starlings_simd simd)
{
    fuzz_answer a = { STARLINGS_OK, SIZE_MAX, 1, 1 };
    a.status = stln_portable_check(bytes, size, simd, &a.used, &a.cardinality, &a.chunks);
    FUZZ_REQUIRE(a.used <= size || a.status != STARLINGS_OK);
    FUZZ_REQUIRE(a.status == STARLINGS_OK || a.status == STARLINGS_ERR_FORMAT);
    return a;
}

static void fuzz_same_answer(fuzz_answer a, fuzz_answer b)
{
    FUZZ_REQUIRE(a.status == b.status && a.used == b.used);
    FUZZ_REQUIRE(a.cardinality == b.cardinality && a.chunks == b.chunks);
}

/* Members ascend, there are as many as was said, and their high halves are as many as chunks. */
static void fuzz_members(const starlings_bitmap *set, fuzz_answer a)
{
    static uint32_t block[300];
    starlings_bitmap_iterator iterator = starlings_bitmap_iterate(set, 0);
    uint64_t count = 0, next = 0;
    uint32_t chunks = 0, high = UINT32_MAX;
    size_t got;
    while ((got = starlings_bitmap_read(&iterator, block, 300)) > 0)
        for (size_t i = 0; i < got; i++, count++) {
            FUZZ_REQUIRE(block[i] >= next);
            next = (uint64_t)block[i] + 1;
            chunks += block[i] >> 16 != high;
            high = block[i] >> 16;
        }
    FUZZ_REQUIRE(count == a.cardinality && chunks == a.chunks);
}

/* The bytes of a set, in a block that is as large. */
static uint8_t *fuzz_write(const starlings_bitmap *set, size_t *out_size)
{
    size_t size = starlings_bitmap_serialised_size(set);
    uint8_t *bytes = (uint8_t *)malloc(size);
    FUZZ_REQUIRE(bytes != NULL);
    FUZZ_REQUIRE(starlings_bitmap_serialise(set, bytes, size - 1, out_size) == STARLINGS_ERR_RANGE);
    FUZZ_REQUIRE(starlings_bitmap_serialise(set, bytes, size, out_size) == STARLINGS_OK);
    FUZZ_REQUIRE(*out_size == size);
    return bytes;
}

/* A set is `want`, which has these bytes. */
static void fuzz_same(const starlings_bitmap *set, const starlings_bitmap *want,
                      const uint8_t *bytes, size_t size)
{
    size_t own_size;
    uint8_t *own = fuzz_write(set, &own_size);
    FUZZ_REQUIRE(starlings_bitmap_equals(set, want) && starlings_bitmap_equals(want, set));
    FUZZ_REQUIRE(own_size == size && memcmp(own, bytes, size) == 0);
    free(own);
}

/* Accepted bytes: read, seen in place, copied, written, and what was written read again. */
static void fuzz_accepted(const uint8_t *bytes, size_t size, fuzz_answer a)
{
    starlings_bitmap read, view, copy, again;
    size_t used = 0, out_size = 0;
    uint8_t *out;
    memset(&read, 0, sizeof read);
    memset(&view, 0, sizeof view);
    memset(&copy, 0, sizeof copy);
    memset(&again, 0, sizeof again);
    FUZZ_REQUIRE(starlings_bitmap_deserialise(NULL, bytes, size, &used, &read) == STARLINGS_OK);
    FUZZ_REQUIRE(used == a.used && starlings_bitmap_cardinality(&read) == a.cardinality);
    FUZZ_REQUIRE(starlings_bitmap_heap_bytes(&read) <= 8 * size + 256);
    FUZZ_REQUIRE(starlings_bitmap_view(NULL, bytes, size, &used, &view) == STARLINGS_OK);
    FUZZ_REQUIRE(used == a.used);
    FUZZ_REQUIRE(starlings_bitmap_copy(NULL, &view, &copy) == STARLINGS_OK);
    out = fuzz_write(&read, &out_size);
    fuzz_same(&view, &read, out, out_size);
    fuzz_same(&copy, &read, out, out_size);
    FUZZ_REQUIRE(starlings_bitmap_deserialise(NULL, out, out_size, &used, &again) == STARLINGS_OK);
    FUZZ_REQUIRE(used == out_size); /* nothing is behind it */
    fuzz_same(&again, &read, out, out_size);
    FUZZ_REQUIRE(starlings_bitmap_shrink(NULL, &copy) == STARLINGS_OK);
    fuzz_same(&copy, &read, out, out_size);
    if (a.cardinality <= FUZZ_MOST) {
        fuzz_members(&read, a);
        fuzz_members(&view, a);
        FUZZ_REQUIRE(starlings_bitmap_hash(&view) == starlings_bitmap_hash(&again));
    }
    starlings_bitmap_free(NULL, &view);
    starlings_bitmap_free(NULL, &read);
    starlings_bitmap_free(NULL, &copy);
    starlings_bitmap_free(NULL, &again);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    for (size_t odd = 0; odd < 2; odd++) { /* the end of the input is the end of the block */
        uint8_t *block = (uint8_t *)malloc(size + odd + (size + odd == 0)), *at;
        fuzz_answer a;
        FUZZ_REQUIRE(block != NULL);
        at = block + odd;
        if (size > 0)
            memcpy(at, bytes, size);
        a = fuzz_check(at, size, STARLINGS_SIMD_SCALAR);
        fuzz_same_answer(a, fuzz_check(at, size, STARLINGS_SIMD_BEST));
        if (a.status == STARLINGS_OK) {
            fuzz_accepted(at, size, a);
        } else {
            starlings_bitmap set;
            size_t used = 0;
            memset(&set, 0, sizeof set);
            FUZZ_REQUIRE(starlings_bitmap_deserialise(NULL, at, size, &used, &set) == a.status);
            FUZZ_REQUIRE(used == a.used && starlings_bitmap_is_empty(&set));
            FUZZ_REQUIRE(starlings_bitmap_view(NULL, at, size, &used, &set) == a.status);
        }
        free(block);
    }
    return 0;
}
