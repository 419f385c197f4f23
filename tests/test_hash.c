/* test_hash.c - S24: the keyed hash, the table of texts, names and their order. */
#include "faults.h"
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

/* A name of a small world: two letters, zeros among them, or a long common beginning. */
typedef struct hash_name {
    char source[4];
    char key[40];
    size_t source_size, key_size;
} hash_name;

static hash_name hash_random_name(t_rng *rng)
{
    static const char letters[] = { 'a', 'b', '\0', '\xff', ',' };
    hash_name n;
    n.source_size = t_below(rng, 3);
    n.key_size = t_below(rng, 4) == 0 ? 20 + t_below(rng, 12) : t_below(rng, 12);
    memset(n.key, 'k', sizeof n.key);
    for (size_t i = 0; i < n.source_size; i++)
        n.source[i] = letters[t_below(rng, 5)];
    for (size_t i = n.key_size > 18 ? 18 : 0; i < n.key_size; i++)
        n.key[i] = letters[t_below(rng, 5)];
    return n;
}

static starlings_identity hash_as_name(const hash_name *n)
{
    starlings_identity name = { { n->source, n->source_size }, { n->key, n->key_size } };
    return name;
}

static int hash_text_order(starlings_text a, starlings_text b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++)
        if (a.text[i] != b.text[i])
            return (unsigned char)a.text[i] < (unsigned char)b.text[i] ? -1 : 1;
    return a.size < b.size ? -1 : a.size > b.size ? 1 : 0;
}

static int hash_name_order(starlings_identity a, starlings_identity b)
{
    int order = hash_text_order(a.source, b.source);
    return order != 0 ? order : hash_text_order(a.key, b.key);
}

enum { HASH_NAMES = 600 };

/* Numbers come in the order of appearance, whatever the seed; sorting renumbers all. */
static void hash_check_names(uint64_t salt, uint64_t seed)
{
    static hash_name have[HASH_NAMES];
    static uint32_t new_number[HASH_NAMES];
    t_rng rng = t_rng_make(salt);
    starlings_context_desc desc = { { seed, ~seed }, { { NULL, NULL }, { NULL, NULL, 0 },
                                  { NULL, NULL }, STARLINGS_SIMD_BEST, NULL } };
    starlings_context *context = NULL;
    uint32_t count = 0, record = 0;
    T_REQUIRE(starlings_context_create(&desc, &context) == STARLINGS_OK);
    for (size_t i = 0; i < HASH_NAMES; i++) {
        hash_name n = hash_random_name(&rng);
        uint32_t at = 0;
        while (at < count && hash_name_order(hash_as_name(&have[at]), hash_as_name(&n)) != 0)
            at++;
        T_EQ_U64(model_find(context, hash_as_name(&n)), at < count ? at : STARLINGS_NONE);
        T_CHECK(model_ensure(context, hash_as_name(&n), &record) == STARLINGS_OK);
        T_EQ_U64(record, at);
        if (at == count)
            have[count++] = n;
        T_EQ_U64(starlings_context_count(context), count);
    }
    T_REQUIRE(starlings_context_sort(context, new_number) == STARLINGS_OK);
    for (uint32_t i = 0; i < count; i++) {
        T_CHECK(new_number[i] < count);
        T_CHECK(hash_name_order(starlings_context_identity(context, new_number[i]),
                                hash_as_name(&have[i])) == 0);
        T_EQ_U64(model_find(context, hash_as_name(&have[i])), new_number[i]);
        if (i > 0)
            T_CHECK(hash_name_order(starlings_context_identity(context, i - 1),
                                    starlings_context_identity(context, i)) < 0);
    }
    T_CHECK(starlings_context_sort(context, new_number) == STARLINGS_OK);
    for (uint32_t i = 0; i < count; i++)
        T_EQ_U64(new_number[i], i);
    /* it goes on after a sort */
    T_CHECK(model_ensure(context, (starlings_identity){ { "new", 3 }, { "x", 1 } }, &record) ==
            STARLINGS_OK);
    T_EQ_U64(record, count);
    starlings_context_release(context);
}

static void test_hash_names(void)
{
    for (uint64_t i = 0; i < 20; i++)
        hash_check_names(2402 + i, i * 0x9e3779b97f4a7c15u);
}

static void test_hash_arguments(void)
{
    starlings_identity empty = { { NULL, 0 }, { NULL, 0 } }, bad = { { NULL, 1 }, { "a", 1 } };
    starlings_context *context = NULL;
    uint32_t record = 7, number[2];
    T_CHECK(starlings_context_create(NULL, NULL) == STARLINGS_ERR_ARG);
    T_REQUIRE(starlings_context_create(NULL, &context) == STARLINGS_OK);
    T_EQ_U64(starlings_context_count(context), 0);
    T_EQ_U64(starlings_context_count(NULL), 0);
    T_CHECK(starlings_context_sort(context, NULL) == STARLINGS_OK);
    T_EQ_U64(model_find(context, empty), STARLINGS_NONE);
    T_CHECK(model_ensure(context, bad, &record) == STARLINGS_ERR_ARG);
    T_EQ_U64(record, STARLINGS_NONE);
    T_EQ_U64(model_find(context, bad), STARLINGS_NONE);
    T_CHECK(model_ensure(NULL, empty, &record) == STARLINGS_ERR_ARG);
    T_CHECK(model_ensure(context, empty, NULL) == STARLINGS_ERR_ARG);
    T_CHECK(model_ensure(context, empty, &record) == STARLINGS_OK); /* a text like any other */
    T_EQ_U64(record, 0);
    T_EQ_U64(model_find(context, empty), 0);
    T_CHECK(starlings_context_identity(context, 1).key.size == 0);
    T_CHECK(starlings_context_identity(NULL, 0).key.text != NULL);
    T_CHECK(starlings_context_sort(context, NULL) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_context_sort(context, number) == STARLINGS_OK);
    context->keys.count = STLN_TEXTS_MOST; /* as if it were full */
    T_CHECK(stln_texts_reserve(&context->keys, 1, 1) == STARLINGS_ERR_RANGE);
    context->keys.count = 1;
    starlings_context_release(context);
    starlings_context_release(NULL);
}

/* Fill names until the allocator fails; a failed call changes nothing and can be made again. */
static size_t hash_fault_run(faults *f)
{
    starlings_context_desc desc;
    starlings_context *context = NULL;
    starlings_status status;
    uint32_t new_number[64], record = 0;
    memset(&desc, 0, sizeof desc);
    desc.env.allocator = faults_allocator(f);
    status = starlings_context_create(&desc, &context);
    T_CHECK((status == STARLINGS_OK) == (context != NULL));
    for (uint32_t i = 0; i < 64 && context != NULL; i++) {
        char source[8], key[24];
        starlings_identity name;
        snprintf(source, sizeof source, "s%u", (unsigned)i % 5);
        snprintf(key, sizeof key, "key-%u", (unsigned)(i * 37 % 64));
        name.source = hash_text(source);
        name.key = hash_text(key);
        status = model_ensure(context, name, &record);
        if (status != STARLINGS_OK) {
            T_CHECK(status == STARLINGS_ERR_NOMEM);
            T_EQ_U64(starlings_context_count(context), i);
            T_EQ_U64(model_find(context, name), STARLINGS_NONE);
            f->armed = false;
            T_CHECK(model_ensure(context, name, &record) == STARLINGS_OK);
            f->armed = true;
        }
        T_EQ_U64(record, i);
    }
    if (context != NULL && starlings_context_sort(context, new_number) != STARLINGS_OK) {
        T_CHECK(starlings_context_identity(context, 0).key.size == 5); /* "key-0" is still the first */
        f->armed = false;
        T_CHECK(starlings_context_sort(context, new_number) == STARLINGS_OK);
        f->armed = true;
    }
    if (context != NULL) {
        starlings_identity second = starlings_context_identity(context, new_number[1]);
        T_CHECK(second.source.size == 2 && memcmp(second.source.text, "s1", 2) == 0);
        T_CHECK(second.key.size == 6 && memcmp(second.key.text, "key-37", 6) == 0);
    }
    starlings_context_release(context);
    return f->failed;
}

static void test_hash_faults(void)
{
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        bool failed = true;
        for (size_t n = 0; n < 100 && failed; n++) {
            faults f = faults_make();
            f.fail_at = n;
            f.for_ever = for_ever != 0;
            failed = hash_fault_run(&f) > 0;
            T_EQ_U64(f.live, 0);
            T_EQ_U64(f.broken, 0);
        }
        T_CHECK(!failed);
    }
}

static void test_hash(void)
{
    test_hash_function();
    test_hash_collisions();
    test_hash_names();
    test_hash_arguments();
    test_hash_faults();
}
