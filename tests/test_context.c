/* test_context.c - S70: records by (source, key), their sources, order and attributes. */
#include "faults.h"
#include "model.h"
#include "t.h"

/* A name of a small world: two letters, zeros among them, or a long common beginning. */
typedef struct context_name {
    char source[4];
    char key[40];
    size_t source_size, key_size;
} context_name;

static context_name context_random_name(t_rng *rng)
{
    static const char letters[] = { 'a', 'b', '\0', '\xff', ',' };
    context_name n;
    n.source_size = t_below(rng, 3);
    n.key_size = t_below(rng, 4) == 0 ? 20 + t_below(rng, 12) : t_below(rng, 12);
    memset(n.key, 'k', sizeof n.key);
    for (size_t i = 0; i < n.source_size; i++)
        n.source[i] = letters[t_below(rng, 5)];
    for (size_t i = n.key_size > 18 ? 18 : 0; i < n.key_size; i++)
        n.key[i] = letters[t_below(rng, 5)];
    return n;
}

static starlings_identity context_as_name(const context_name *n)
{
    starlings_identity name = { { n->source, n->source_size }, { n->key, n->key_size },
                                STARLINGS_KEY_TEXT, 0 };
    return name;
}

static int context_text_order(starlings_text a, starlings_text b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++)
        if (a.text[i] != b.text[i])
            return (unsigned char)a.text[i] < (unsigned char)b.text[i] ? -1 : 1;
    return a.size < b.size ? -1 : a.size > b.size ? 1 : 0;
}

static int context_name_order(starlings_identity a, starlings_identity b)
{
    int order = context_text_order(a.source, b.source);
    return order != 0 ? order : context_text_order(a.key, b.key);
}

enum { HASH_NAMES = 600 };

/* Numbers come in the order of appearance, whatever the seed; sorting renumbers all. */
static void context_check_names(uint64_t salt, uint64_t seed)
{
    static context_name have[HASH_NAMES];
    static uint32_t new_number[HASH_NAMES];
    t_rng rng = t_rng_make(salt);
    starlings_context_desc desc = { { seed, ~seed }, { { NULL, NULL }, { NULL, NULL, 0 },
                                  { NULL, NULL }, STARLINGS_SIMD_BEST, NULL } };
    starlings_context *context = NULL;
    uint32_t count = 0, record = 0;
    T_REQUIRE(starlings_context_create(&desc, &context) == STARLINGS_OK);
    for (size_t i = 0; i < HASH_NAMES; i++) {
        context_name n = context_random_name(&rng);
        uint32_t at = 0;
        while (at < count &&
               context_name_order(context_as_name(&have[at]), context_as_name(&n)) != 0)
            at++;
        T_EQ_U64(model_find(context, context_as_name(&n)), at < count ? at : STARLINGS_NONE);
        T_CHECK(model_ensure(context, context_as_name(&n), &record) == STARLINGS_OK);
        T_EQ_U64(record, at);
        if (at == count)
            have[count++] = n;
        T_EQ_U64(starlings_context_count(context), count);
    }
    T_REQUIRE(starlings_context_sort(context, new_number) == STARLINGS_OK);
    for (uint32_t i = 0; i < count; i++) {
        T_CHECK(new_number[i] < count);
        T_CHECK(context_name_order(starlings_context_identity(context, new_number[i]),
                                context_as_name(&have[i])) == 0);
        T_EQ_U64(model_find(context, context_as_name(&have[i])), new_number[i]);
        if (i > 0)
            T_CHECK(context_name_order(starlings_context_identity(context, i - 1),
                                    starlings_context_identity(context, i)) < 0);
    }
    T_CHECK(starlings_context_sort(context, new_number) == STARLINGS_OK);
    for (uint32_t i = 0; i < count; i++)
        T_EQ_U64(new_number[i], i);
    /* it goes on after a sort */
    T_CHECK(model_ensure(context, starlings_identity_of_text("new", "x"), &record) ==
            STARLINGS_OK);
    T_EQ_U64(record, count);
    starlings_context_release(context);
}

static void test_context_names(void)
{
    for (uint64_t i = 0; i < 20; i++)
        context_check_names(2402 + i, i * 0x9e3779b97f4a7c15u);
}

static void test_context_arguments(void)
{
    starlings_identity empty = { { NULL, 0 }, { NULL, 0 }, STARLINGS_KEY_TEXT, 0 };
    starlings_identity bad = { { NULL, 1 }, { "a", 1 }, STARLINGS_KEY_TEXT, 0 };
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
static size_t context_fault_run(faults *f)
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
        name = starlings_identity_of_text(source, key);
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
        /* "key-0" is still the first */
        T_EQ_U64(starlings_context_identity(context, 0).key.size, 5);
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

static void test_context_faults(void)
{
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        bool failed = true;
        for (size_t n = 0; n < 100 && failed; n++) {
            faults f = faults_make();
            f.fail_at = n;
            f.for_ever = for_ever != 0;
            failed = context_fault_run(&f) > 0;
            T_EQ_U64(f.live, 0);
            T_EQ_U64(f.broken, 0);
        }
        T_CHECK(!failed);
    }
}

static void test_context(void)
{
    test_context_names();
    test_context_arguments();
    test_context_faults();
}
