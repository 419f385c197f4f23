/* test_hash.c - S24: the keyed hash, the table of texts. */
#include "t.h"

/* SipHash-c-d as the paper has it, one step after the other, over a plain message. */
static uint64_t hash_model(uint64_t k0, uint64_t k1, const unsigned char *m, size_t size, int c,
                           int d)
{
    uint64_t v0 = k0 ^ 0x736f6d6570736575u, v1 = k1 ^ 0x646f72616e646f6du;
    uint64_t v2 = k0 ^ 0x6c7967656e657261u, v3 = k1 ^ 0x7465646279746573u;
    size_t words = size / 8 + 1;
    for (size_t w = 0; w <= words; w++) {
        uint64_t word = 0;
        int rounds = w < words ? c : d;
        for (size_t i = 0; i < 8 && w < words; i++)
            if (w * 8 + i < size)
                word += (uint64_t)m[w * 8 + i] << (8 * i);
        if (w == words - 1)
            word += (uint64_t)(size % 256) << 56;
        if (w < words)
            v3 ^= word;
        else
            v2 ^= 0xff;
        while (rounds-- > 0) {
            v0 += v1;
            v2 += v3;
            v1 = (v1 << 13) | (v1 >> 51);
            v3 = (v3 << 16) | (v3 >> 48);
            v1 ^= v0;
            v3 ^= v2;
            v0 = (v0 << 32) | (v0 >> 32);
            v2 += v1;
            v0 += v3;
            v1 = (v1 << 17) | (v1 >> 47);
            v3 = (v3 << 21) | (v3 >> 43);
            v1 ^= v2;
            v3 ^= v0;
            v2 = (v2 << 32) | (v2 >> 32);
        }
        if (w < words)
            v0 ^= word;
    }
    return v0 ^ v1 ^ v2 ^ v3;
}

static uint64_t hash_of(uint64_t k0, uint64_t k1, const unsigned char *m, size_t size)
{
    uint64_t seed[2] = { k0, k1 }, word = 0;
    for (size_t i = 0; i < 8; i++)
        word |= (uint64_t)m[i] << (8 * i);
    return stln_siphash(seed, word, m + 8, size - 8);
}

static void test_hash_function(void)
{
    static const unsigned char zeros[9] = { 0, 0, 0, 0, 0, 0, 0, 0, 'a' };
    unsigned char m[80];
    t_rng rng = t_rng_make(2401);
    for (size_t i = 0; i < sizeof m; i++)
        m[i] = (unsigned char)i;
    /* the paper's own vector: SipHash-2-4, key and message 00 01 02 ... */
    T_CHECK(hash_model(0x0706050403020100u, 0x0f0e0d0c0b0a0908u, m, 15, 2, 4) ==
            0xa129ca6149be45e5u);
    /* SipHash-1-3 under the zero key, from another implementation (CPython's hash of bytes) */
    T_CHECK(hash_of(0, 0, zeros, 8) == 0xbd60acb658c79e45u);
    T_CHECK(hash_of(0, 0, zeros, 9) == 0x0c9972277e54d711u);
    T_CHECK(hash_of(0, 0, m, 8) == 0xead411e67ebe2eeau);
    T_CHECK(hash_of(0, 0, m, 15) == 0xf30eb725bb91c9eau);
    T_CHECK(hash_of(0, 0, m, 64) == 0x75e05fd5bbc870c6u);
    for (size_t i = 0; i < 2000; i++) {
        uint64_t k0 = t_random(&rng), k1 = t_random(&rng);
        size_t size = 8 + t_below(&rng, sizeof m - 8);
        for (size_t j = 0; j < sizeof m; j++)
            m[j] = (unsigned char)t_random(&rng);
        T_CHECK(hash_of(k0, k1, m, size) == hash_model(k0, k1, m, size, 1, 3));
    }
}

static starlings_text hash_text(const char *text)
{
    starlings_text t = { text, strlen(text) };
    return t;
}

/* Everything that collides, hash and tag alike, still keeps its own number. */
static void test_hash_collisions(void)
{
    static const uint64_t seed[2] = { 0, 0 };
    static const uint64_t hashes[] = { 0, 1, UINT64_MAX, (uint64_t)1 << 63, 0xfffffffe00000000u };
    starlings_allocator allocator = stln_allocator_of(NULL, NULL);
    stln_texts texts;
    char name[16];
    for (size_t h = 0; h < sizeof hashes / sizeof *hashes; h++) {
        stln_texts_init(&texts, &allocator, seed);
        for (uint32_t i = 0; i < 300; i++) {
            starlings_text text;
            snprintf(name, sizeof name, "%u", (unsigned)i / 2);
            text = hash_text(name);
            T_CHECK(stln_texts_find(&texts, hashes[h], i % 2, text) == STARLINGS_NONE);
            T_REQUIRE(stln_texts_reserve(&texts, 1, text.size) == STARLINGS_OK);
            T_EQ_U64(stln_texts_insert(&texts, hashes[h], i % 2, text), i);
        }
        for (uint32_t i = 0; i < 300; i++) {
            snprintf(name, sizeof name, "%u", (unsigned)i / 2);
            T_EQ_U64(stln_texts_find(&texts, hashes[h], i % 2, hash_text(name)), i);
            T_EQ_U64(stln_texts_find(&texts, hashes[h], 2, hash_text(name)), STARLINGS_NONE);
        }
        stln_texts_clear(&texts);
    }
}

static void test_hash(void)
{
    test_hash_function();
    test_hash_collisions();
}
