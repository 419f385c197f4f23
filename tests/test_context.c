/* test_context.c - S70: records by (source, key), their sources, order and attributes. */
#include "faults.h"
#include "model.h"
#include "t.h"

/* Who a record is, with the texts in it: a small world in which everything comes again, zeros and
   long common beginnings among it, and numbers whose bytes are also texts. */
typedef struct context_name {
    char source[4];
    char key[40];
    size_t source_size, key_size;
    starlings_key_kind kind;
    uint64_t number;
} context_name;

static context_name context_random_name(t_rng *rng)
{
    static const char letters[] = { 'a', 'b', '\0', '\xff', ',' };
    static const uint64_t numbers[] = { 0, 1, 0x61626162, UINT32_MAX, 256, (uint64_t)1 << 32,
                                        UINT64_MAX, 0x6161616161616161u };
    context_name n;
    n.kind = (starlings_key_kind)t_below(rng, 4);
    n.source_size = t_below(rng, 3);
    n.key_size = t_below(rng, 4) == 0 ? 20 + t_below(rng, 12) : t_below(rng, 12);
    n.number = numbers[t_below(rng, 8)];
    if (t_below(rng, 3) == 0) {
        n.number = t_random(rng);
        n.number >>= t_below(rng, 64);
    }
    if (n.kind == STARLINGS_KEY_U32)
        n.number &= UINT32_MAX;
    memset(n.key, 'k', sizeof n.key);
    for (size_t i = 0; i < n.source_size; i++)
        n.source[i] = letters[t_below(rng, 5)];
    for (size_t i = n.key_size > 18 ? 18 : 0; i < n.key_size; i++)
        n.key[i] = letters[t_below(rng, 5)];
    return n;
}

static starlings_identity context_as_name(const context_name *n)
{
    starlings_identity name = { { n->source, n->source_size }, { n->key, n->key_size }, n->kind,
                                n->number };
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
    if (order != 0)
        return order;
    if (a.kind != b.kind)
        return (int)a.kind < (int)b.kind ? -1 : 1;
    if (a.kind == STARLINGS_KEY_U32 || a.kind == STARLINGS_KEY_U64)
        return a.number < b.number ? -1 : a.number > b.number;
    return context_text_order(a.key, b.key);
}

/* The model: a plain array, searched from its beginning. */
enum { CONTEXT_NAMES = 600 };

typedef struct context_model {
    context_name have[CONTEXT_NAMES];
    uint32_t count;
    starlings_text sources[CONTEXT_NAMES]; /* in the order of appearance */
    uint32_t source_of[CONTEXT_NAMES];
    uint32_t source_count;
} context_model;

static uint32_t context_model_find(const context_model *m, const context_name *n)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (context_name_order(context_as_name(&m->have[i]), context_as_name(n)) == 0)
            return i;
    return STARLINGS_NONE;
}

static uint32_t context_model_ensure(context_model *m, const context_name *n)
{
    uint32_t at = context_model_find(m, n), source = 0;
    starlings_text text;
    if (at != STARLINGS_NONE)
        return at;
    m->have[m->count] = *n;
    text = context_as_name(&m->have[m->count]).source;
    while (source < m->source_count && context_text_order(m->sources[source], text) != 0)
        source++;
    if (source == m->source_count)
        m->sources[m->source_count++] = text;
    m->source_of[m->count] = source;
    return m->count++;
}

/* Everything that a table of texts promises (S24, I1 to I4). */
static void context_check_texts(const stln_texts *texts)
{
    size_t slots = (size_t)1 << texts->slot_bits, taken = 0;
    if (texts->slots == NULL) {
        T_EQ_U64(texts->count, 0);
        return;
    }
    T_CHECK(texts->count <= slots / 4 * 3 && texts->count <= texts->capacity);
    T_CHECK(texts->begin[texts->count] <= texts->byte_capacity);
    for (size_t i = 0; i < slots; i++) {
        const stln_slot *slot = &texts->slots[i];
        uint64_t hash;
        if (slot->id == STARLINGS_NONE)
            continue;
        taken++;
        if (slot->id >= texts->count) {
            T_EQ_U64(slot->id, texts->count);
            continue;
        }
        hash = stln_texts_hash(texts, stln_texts_group(texts, slot->id),
                               stln_texts_at(texts, slot->id));
        T_EQ_U64(slot->tag, hash >> 32);
        for (size_t at = stln_texts_home(texts, slot->tag); at != i; at = (at + 1) & (slots - 1))
            if (texts->slots[at].id == STARLINGS_NONE) {
                T_EQ_U64(at, i); /* a hole before an entry */
                break;
            }
        T_EQ_U64(stln_texts_find(texts, hash, stln_texts_group(texts, slot->id),
                                 stln_texts_at(texts, slot->id)), slot->id);
    }
    T_EQ_U64(taken, texts->count);
}

/* Is this what the model says? new_number: after a sort; NULL: as they came. */
static void context_check(const starlings_context *context, const context_model *m,
                          const uint32_t *new_number)
{
    T_EQ_U64(starlings_context_count(context), m->count);
    T_EQ_U64(starlings_context_source_count(context), m->source_count);
    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t record = new_number != NULL ? new_number[i] : i;
        starlings_identity want = context_as_name(&m->have[i]);
        T_CHECK(context_name_order(starlings_context_identity(context, record), want) == 0);
        T_EQ_U64(starlings_context_find(context, &want), record);
        T_EQ_U64(starlings_context_source_of(context, record), m->source_of[i]);
    }
    for (uint32_t s = 0; s < m->source_count; s++) {
        T_CHECK(context_text_order(starlings_context_source(context, s), m->sources[s]) == 0);
        T_EQ_U64(starlings_context_source_find(context, m->sources[s]), s);
    }
    T_EQ_U64(starlings_context_source_of(context, m->count), STARLINGS_NONE);
    T_EQ_U64(starlings_context_source(context, m->source_count).size, 0);
    context_check_texts(&context->keys);
    context_check_texts(&context->sources);
}

static void context_check_source_records(const starlings_context *context, const context_model *m,
                                         const uint32_t *new_number)
{
    starlings_bitmap set;
    memset(&set, 0, sizeof set);
    for (uint32_t s = 0; s < m->source_count; s++) {
        uint64_t count = 0;
        T_STATUS(starlings_context_source_records(context, NULL, s, &set), STARLINGS_OK);
        for (uint32_t i = 0; i < m->count; i++) {
            uint32_t record = new_number != NULL ? new_number[i] : i;
            T_CHECK(starlings_bitmap_contains(&set, record) == (m->source_of[i] == s));
            count += m->source_of[i] == s;
        }
        T_EQ_U64(starlings_bitmap_cardinality(&set), count);
        starlings_bitmap_free(NULL, &set);
    }
    T_STATUS(starlings_context_source_records(context, NULL, m->source_count, &set),
             STARLINGS_ERR_RANGE);
}

static starlings_context *context_new(const starlings_allocator *allocator, uint64_t seed)
{
    starlings_context_desc desc;
    starlings_context *context = NULL;
    memset(&desc, 0, sizeof desc);
    if (allocator != NULL)
        desc.env.allocator = *allocator;
    desc.hash_seed[0] = seed;
    desc.hash_seed[1] = ~seed;
    (void)starlings_context_create(&desc, &context);
    return context;
}

/* Numbers come in the order of appearance, whatever the seed; sorting renumbers all. */
static void context_check_names(uint64_t salt, uint64_t seed)
{
    static context_model m;
    static uint32_t new_number[CONTEXT_NAMES];
    t_rng rng = t_rng_make(salt);
    starlings_context *context = context_new(NULL, seed);
    uint32_t record = 0;
    T_REQUIRE(context != NULL);
    m.count = m.source_count = 0;
    for (size_t i = 0; i < CONTEXT_NAMES; i++) {
        context_name n = context_random_name(&rng);
        T_EQ_U64(model_find(context, context_as_name(&n)), context_model_find(&m, &n));
        T_STATUS(model_ensure(context, context_as_name(&n), &record), STARLINGS_OK);
        T_EQ_U64(record, context_model_ensure(&m, &n));
    }
    context_check(context, &m, NULL);
    context_check_source_records(context, &m, NULL);
    T_EQ_U64(starlings_context_generation(context), 0);
    T_REQUIRE(starlings_context_sort(context, new_number) == STARLINGS_OK);
    T_EQ_U64(starlings_context_generation(context), 1);
    context_check(context, &m, new_number);
    context_check_source_records(context, &m, new_number);
    for (uint32_t i = 1; i < m.count; i++)
        T_CHECK(context_name_order(starlings_context_identity(context, i - 1),
                                   starlings_context_identity(context, i)) < 0);
    T_CHECK(starlings_context_sort(context, new_number) == STARLINGS_OK);
    for (uint32_t i = 0; i < m.count; i++)
        T_EQ_U64(new_number[i], i);
    /* it goes on after a sort */
    T_STATUS(model_ensure(context, starlings_identity_of_text("new", "x"), &record), STARLINGS_OK);
    T_EQ_U64(record, m.count);
    starlings_context_release(context);
}

static void test_context_names(void)
{
    for (uint64_t i = 0; i < 12; i++)
        context_check_names(2402 + i, i * 0x9e3779b97f4a7c15u);
}

/* The same bytes and the same number in four kinds are four records. */
static void test_context_kinds(void)
{
    starlings_context *context = context_new(NULL, 1);
    starlings_identity one[8];
    uint32_t records[8], turn[8];
    T_REQUIRE(context != NULL);
    for (uint32_t i = 0; i < 8; i++) {
        one[i] = starlings_identity_of_text("s", "1");
        one[i].kind = (starlings_key_kind)(i % 4);
        one[i].number = 1;
    }
    one[4].key.text = one[5].key.text = "\0\0\0\0\0\0\0\1"; /* what the number is kept as */
    one[4].key.size = 4;
    one[5].key.size = 8;
    one[6].number = UINT32_MAX;
    one[7].number = (uint64_t)UINT32_MAX + 1;
    T_STATUS(starlings_context_ensure_many(context, one, 8, records, NULL), STARLINGS_OK);
    for (uint32_t i = 0; i < 8; i++) {
        starlings_identity who = starlings_context_identity(context, i);
        T_EQ_U64(records[i], i);
        T_EQ_U64(who.kind, one[i].kind);
        T_CHECK(context_name_order(who, one[i]) == 0);
        T_EQ_U64(starlings_context_find(context, &one[i]), i);
    }
    one[0].kind = STARLINGS_KEY_U32;
    one[0].number = (uint64_t)UINT32_MAX + 1;
    T_STATUS(model_ensure(context, one[0], records), STARLINGS_ERR_RANGE);
    T_EQ_U64(model_find(context, one[0]), STARLINGS_NONE);
    one[0].kind = (starlings_key_kind)4;
    T_STATUS(model_ensure(context, one[0], records), STARLINGS_ERR_ARG);
    T_EQ_U64(starlings_identity_of_number("s", UINT32_MAX).kind, STARLINGS_KEY_U32);
    T_EQ_U64(starlings_identity_of_number("s", one[7].number).kind, STARLINGS_KEY_U64);
    T_EQ_U64(model_find(context, starlings_identity_of_number("s", 1)), 2);
    T_EQ_U64(starlings_context_source_count(context), 1);
    /* texts, bytes, u32, u64; in each by bytes or number */
    T_STATUS(starlings_context_sort(context, turn), STARLINGS_OK);
    for (uint32_t i = 0; i < 8; i++) {
        static const uint32_t want[8] = { 1, 3, 4, 6, 0, 2, 5, 7 };
        T_EQ_U64(turn[i], want[i]);
    }
    starlings_context_release(context);
}

/* Two contexts hold the same, attributes and numbers included. */
static void context_check_same(const starlings_context *a, const starlings_context *b)
{
    uint32_t count = starlings_context_count(a);
    T_EQ_U64(starlings_context_count(b), count);
    T_EQ_U64(starlings_context_source_count(a), starlings_context_source_count(b));
    T_EQ_U64(starlings_context_generation(a), starlings_context_generation(b));
    for (uint32_t s = 0; s <= starlings_context_source_count(a); s++)
        T_CHECK(context_text_order(starlings_context_source(a, s),
                                   starlings_context_source(b, s)) == 0);
    for (uint32_t r = 0; r < count; r++) {
        starlings_identity who = starlings_context_identity(a, r);
        starlings_text text[4];
        bool more = true;
        T_CHECK(context_name_order(who, starlings_context_identity(b, r)) == 0);
        T_EQ_U64(starlings_context_find(a, &who), r);
        T_EQ_U64(starlings_context_find(b, &who), r);
        T_EQ_U64(starlings_context_source_of(a, r), starlings_context_source_of(b, r));
        for (uint32_t at = 0; more; at++) {
            more = starlings_context_attribute_at(a, r, at, &text[0], &text[1]);
            T_CHECK(starlings_context_attribute_at(b, r, at, &text[2], &text[3]) == more);
            T_CHECK(!more || (context_text_order(text[0], text[2]) == 0 &&
                              context_text_order(text[1], text[3]) == 0));
        }
    }
    context_check_texts(&a->keys);
    context_check_texts(&a->sources);
    context_check_texts(&a->names);
    context_check_texts(&a->values);
}

/* Many at once, some of them twice or bad: all or none. */
static void test_context_many(void)
{
    enum { BATCH = 100 };
    static context_model m;
    static context_name names[BATCH];
    starlings_identity batch[BATCH];
    uint32_t records[BATCH];
    starlings_context *context = context_new(NULL, 7);
    t_rng rng = t_rng_make(7001);
    T_REQUIRE(context != NULL);
    m.count = m.source_count = 0;
    while (m.count + BATCH < CONTEXT_NAMES) {
        uint32_t count = t_below(&rng, BATCH);
        uint32_t bad = t_below(&rng, 2) ? t_below(&rng, BATCH) : BATCH;
        size_t out_bad = 77;
        for (uint32_t i = 0; i < count; i++) {
            names[i] = i > 0 && t_below(&rng, 3) == 0 ? names[t_below(&rng, i)]
                                                      : context_random_name(&rng);
            batch[i] = context_as_name(&names[i]);
        }
        if (bad < count) {
            starlings_context *before = NULL;
            batch[bad].kind = STARLINGS_KEY_U32;
            batch[bad].number = (uint64_t)1 << 32;
            T_STATUS(starlings_context_copy(context, NULL, &before), STARLINGS_OK);
            T_STATUS(starlings_context_ensure_many(context, batch, count, records, &out_bad),
                     STARLINGS_ERR_RANGE);
            T_EQ_U64(out_bad, bad);
            context_check_same(context, before);
            starlings_context_release(before);
            continue;
        }
        T_STATUS(starlings_context_ensure_many(context, batch, count, records, &out_bad),
                 STARLINGS_OK);
        for (uint32_t i = 0; i < count; i++)
            T_EQ_U64(records[i], context_model_ensure(&m, &names[i]));
    }
    context_check(context, &m, NULL);
    T_STATUS(starlings_context_ensure_many(context, NULL, 0, NULL, NULL), STARLINGS_OK);
    T_STATUS(starlings_context_ensure_many(context, NULL, 1, records, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_context_ensure_many(context, batch, 1, NULL, NULL), STARLINGS_ERR_ARG);
    starlings_context_release(context);
}

/* Sources that were taken back are not there, nor is the empty one, which is found without hash. */
static void test_context_many_sources(void)
{
    enum { COUNT = 40 };
    starlings_identity batch[COUNT];
    uint32_t records[COUNT];
    for (uint32_t empty = 0; empty < COUNT - 1; empty++) {
        starlings_context *context = context_new(NULL, empty);
        static const starlings_text none = { NULL, 0 };
        size_t bad = 0;
        T_REQUIRE(context != NULL);
        for (uint32_t i = 0; i < COUNT; i++)
            batch[i] = starlings_identity_of_number(i == empty ? NULL : "s", i);
        batch[COUNT - 1].source.text = NULL;
        T_STATUS(starlings_context_ensure_many(context, batch, COUNT, records, &bad),
                 STARLINGS_ERR_ARG);
        T_EQ_U64(bad, COUNT - 1);
        T_EQ_U64(starlings_context_source_count(context), 0);
        T_EQ_U64(starlings_context_source_find(context, none), STARLINGS_NONE);
        T_EQ_U64(starlings_context_source_find(context, batch[empty == 0].source), STARLINGS_NONE);
        T_STATUS(starlings_context_ensure_many(context, batch, COUNT - 1, records, &bad),
                 STARLINGS_OK);
        T_EQ_U64(starlings_context_source_find(context, none), empty == 0 ? 0 : 1);
        starlings_context_release(context);
    }
}

/* A batch that ends in want of memory leaves nothing, also where the table grew on the way; then it
   goes on. Returns how many allocations failed. */
static size_t context_many_fault_run(faults *f)
{
    enum { FIRST = 40, ALL = 240 };
    static context_name names[ALL];
    starlings_identity batch[ALL];
    starlings_allocator allocator = faults_allocator(f);
    starlings_context *context, *before = NULL;
    uint32_t records[ALL];
    size_t bad = 99;
    starlings_status status;
    f->armed = false;
    context = context_new(&allocator, 3);
    for (uint32_t i = 0; i < ALL; i++) {
        names[i].kind = (starlings_key_kind)(i % 2);
        names[i].source_size = (size_t)snprintf(names[i].source, 4, "%u", (unsigned)i / 9 % 100);
        names[i].key_size = (size_t)snprintf(names[i].key, 40, "record %u", (unsigned)i / 2 * 2);
        batch[i] = context_as_name(&names[i]);
    }
    (void)starlings_context_ensure_many(context, batch, FIRST, records, NULL);
    (void)starlings_context_set_attribute(context, 3, batch[0].key, batch[1].key);
    T_STATUS(starlings_context_copy(context, NULL, &before), STARLINGS_OK);
    f->armed = true;
    status = starlings_context_ensure_many(context, batch + FIRST, ALL - FIRST, records + FIRST,
                                           &bad);
    f->armed = false;
    if (status != STARLINGS_OK) {
        T_STATUS(status, STARLINGS_ERR_NOMEM);
        T_CHECK(bad < ALL - FIRST);
        context_check_same(context, before);
        for (uint32_t i = FIRST; i < ALL; i++)
            T_EQ_U64(starlings_context_find(context, &batch[i]), STARLINGS_NONE);
        T_STATUS(starlings_context_ensure_many(context, batch + FIRST, ALL - FIRST,
                                               records + FIRST, NULL), STARLINGS_OK);
    }
    for (uint32_t i = 0; i < ALL; i++)
        T_EQ_U64(records[i], i);
    context_check_texts(&context->keys);
    starlings_context_release(before); /* its memory was the same allocator's */
    T_EQ_U64(starlings_context_size(context), f->live);
    starlings_context_release(context);
    return f->failed;
}

/* Entries that all want one slot, at the end of the table: the run of them goes on at its start. */
static void test_context_truncate(void)
{
    enum { MOST = 90 };
    static const uint64_t seed[2] = { 5, 6 };
    static char crowd[MOST][12];
    starlings_allocator allocator = stln_allocator_of(NULL, NULL);
    stln_texts texts;
    t_rng rng = t_rng_make(7002);
    uint32_t found = 0;
    stln_texts_init(&texts, &allocator, seed);
    for (uint32_t i = 0; found < MOST; i++) {
        starlings_text text = { crowd[found], 0 };
        text.size = (size_t)snprintf(crowd[found], 12, "%u", (unsigned)i);
        found += stln_texts_hash(&texts, found % 3, text) >> (found % 5 == 0 ? 62 : 57) ==
                 (found % 5 == 0 ? 0u : 127u);
    }
    for (uint32_t round = 0; round < 60; round++) {
        uint32_t to = t_below(&rng, MOST + 1);
        if (to < texts.count)
            stln_texts_truncate(&texts, to);
        while (texts.count < to) {
            starlings_text text = stln_text_of(crowd[texts.count]);
            uint32_t group = texts.count % 3;
            T_REQUIRE(stln_texts_reserve(&texts, 1, text.size) == STARLINGS_OK);
            (void)stln_texts_insert(&texts, stln_texts_hash(&texts, group, text), group, text);
        }
        context_check_texts(&texts);
        for (uint32_t i = 0; i < MOST; i++) {
            starlings_text text = stln_text_of(crowd[i]);
            uint64_t hash = stln_texts_hash(&texts, i % 3, text);
            T_EQ_U64(stln_texts_find(&texts, hash, i % 3, text), i < to ? i : STARLINGS_NONE);
        }
    }
    stln_texts_clear(&texts);
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

static void context_all_faults(size_t (*run)(faults *f))
{
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        bool failed = true;
        for (size_t n = 0; n < 200 && failed; n++) {
            faults f = faults_make();
            f.fail_at = n;
            f.for_ever = for_ever != 0;
            failed = run(&f) > 0;
            T_EQ_U64(f.live, 0);
            T_EQ_U64(f.broken, 0);
        }
        T_CHECK(!failed);
    }
}

static void test_context_faults(void)
{
    context_all_faults(context_fault_run);
    context_all_faults(context_many_fault_run);
}

/* ---- attributes ----------------------------------------------------------- */

enum { CONTEXT_RECORDS = 12, CONTEXT_ATTRIBUTES = 8 };

typedef struct context_facts { /* the model: a list for each record */
    struct {
        uint32_t name, value;
    } list[CONTEXT_RECORDS][CONTEXT_ATTRIBUTES];
    uint32_t count[CONTEXT_RECORDS];
} context_facts;

/* Texts by number: 0 is empty, names and values have some in common. */
static starlings_text context_text(uint32_t i)
{
    static const char *const texts[] = { "", "city", "name", "a,b", "city2", "Bern", "x", "\xff" };
    return stln_text_of(texts[i % 8]);
}

static void context_check_facts(const starlings_context *context, const context_facts *facts,
                                const uint32_t *new_number)
{
    for (uint32_t i = 0; i < CONTEXT_RECORDS; i++) {
        uint32_t record = new_number != NULL ? new_number[i] : i, at = 0;
        starlings_text name, value;
        for (; starlings_context_attribute_at(context, record, at, &name, &value); at++) {
            T_CHECK(at < facts->count[i]);
            if (at >= facts->count[i])
                break;
            T_CHECK(context_text_order(name, context_text(facts->list[i][at].name)) == 0);
            T_CHECK(context_text_order(value, context_text(facts->list[i][at].value)) == 0);
        }
        T_EQ_U64(at, facts->count[i]);
        for (uint32_t n = 0; n < 8; n++) {
            bool have = starlings_context_attribute(context, record, context_text(n), &value);
            for (at = 0; at < facts->count[i] && facts->list[i][at].name != n; at++)
                continue;
            T_CHECK(have == (at < facts->count[i]));
            if (have && at < facts->count[i])
                T_CHECK(context_text_order(value, context_text(facts->list[i][at].value)) == 0);
        }
    }
}

static void context_fill(starlings_context *context)
{
    char key[8];
    uint32_t record;
    for (uint32_t i = 0; i < CONTEXT_RECORDS; i++) {
        (void)snprintf(key, sizeof key, "r%u", (unsigned)(i * 7 % CONTEXT_RECORDS));
        T_STATUS(model_ensure(context, starlings_identity_of_text("s", key), &record),
                 STARLINGS_OK);
    }
}

/* Set at random; where an allocation fails nothing has changed. */
static size_t context_attribute_fault_run(faults *f)
{
    static context_facts facts;
    starlings_allocator allocator = faults_allocator(f);
    starlings_context *context;
    uint32_t turn[CONTEXT_RECORDS];
    t_rng rng = t_rng_make(7003);
    f->armed = false;
    memset(&facts, 0, sizeof facts);
    context = context_new(&allocator, 9);
    context_fill(context);
    for (uint32_t i = 0; i < 80; i++) {
        uint32_t r = t_below(&rng, CONTEXT_RECORDS), n = t_below(&rng, 8), v = t_below(&rng, 8);
        uint32_t at = 0;
        starlings_status status;
        f->armed = true;
        status = starlings_context_set_attribute(context, r, context_text(n), context_text(v));
        f->armed = false;
        if (status != STARLINGS_OK) {
            T_STATUS(status, STARLINGS_ERR_NOMEM);
            context_check_facts(context, &facts, NULL);
            T_STATUS(starlings_context_set_attribute(context, r, context_text(n),
                                                     context_text(v)), STARLINGS_OK);
        }
        while (at < facts.count[r] && facts.list[r][at].name != n)
            at++;
        facts.count[r] += at == facts.count[r];
        facts.list[r][at].name = n;
        facts.list[r][at].value = v;
    }
    context_check_facts(context, &facts, NULL);
    f->armed = true;
    if (starlings_context_sort(context, turn) != STARLINGS_OK) {
        context_check_facts(context, &facts, NULL);
        f->armed = false;
        T_STATUS(starlings_context_sort(context, turn), STARLINGS_OK);
    }
    f->armed = false;
    context_check_facts(context, &facts, turn);
    T_EQ_U64(starlings_context_size(context), f->live);
    starlings_context_release(context);
    return f->failed;
}

static void test_context_attributes(void)
{
    starlings_context *context = context_new(NULL, 1);
    starlings_text none = { NULL, 0 }, bad = { NULL, 1 }, value = { "old", 3 };
    T_REQUIRE(context != NULL);
    context_fill(context);
    T_CHECK(!starlings_context_attribute_at(context, 0, 0, NULL, NULL));
    T_CHECK(!starlings_context_attribute(context, 0, context_text(1), &value));
    T_STATUS(starlings_context_set_attribute(context, CONTEXT_RECORDS, none, none),
             STARLINGS_ERR_RANGE);
    T_STATUS(starlings_context_set_attribute(context, 0, bad, none), STARLINGS_ERR_ARG);
    T_STATUS(starlings_context_set_attribute(context, 0, none, bad), STARLINGS_ERR_ARG);
    T_STATUS(starlings_context_set_attribute(NULL, 0, none, none), STARLINGS_ERR_ARG);
    T_STATUS(starlings_context_set_attribute(context, 5, none, none), STARLINGS_OK);
    T_CHECK(starlings_context_attribute(context, 5, none, &value) && value.size == 0);
    T_CHECK(!starlings_context_attribute(context, 4, none, NULL));
    T_CHECK(!starlings_context_attribute(context, 6, none, NULL));
    T_CHECK(!starlings_context_attribute(context, 5, bad, NULL));
    T_CHECK(!starlings_context_attribute(NULL, 5, none, NULL));
    T_CHECK(starlings_context_attribute_at(context, 5, 0, NULL, NULL));
    starlings_context_release(context);
    context_all_faults(context_attribute_fault_run);
}

/* ---- owners and copies ---------------------------------------------------- */

/* Attributes may be copied from one record to another, texts and all, while the tables move. */
static void test_context_own_texts(void)
{
    faults f = faults_make();
    starlings_allocator allocator = faults_allocator(&f);
    starlings_context *context = context_new(&allocator, 5);
    uint32_t record;
    T_REQUIRE(context != NULL);
    for (uint64_t i = 0; i < 3; i++)
        T_STATUS(model_ensure(context, starlings_identity_of_number("s", i), &record),
                 STARLINGS_OK);
    for (uint32_t i = 0; i < 100; i++) {
        starlings_text name, value, again;
        char text[16], other[16];
        name.text = text;
        name.size = (size_t)snprintf(text, sizeof text, "name %u", (unsigned)i);
        value.text = other;
        value.size = (size_t)snprintf(other, sizeof other, "value %u", (unsigned)i);
        T_STATUS(starlings_context_set_attribute(context, 0, name, value), STARLINGS_OK);
        T_CHECK(starlings_context_attribute_at(context, 0, i, &name, &value));
        T_STATUS(starlings_context_set_attribute(context, 1, name, value), STARLINGS_OK);
        T_CHECK(starlings_context_attribute_at(context, 0, i, &name, &value));
        T_STATUS(starlings_context_set_attribute(context, 2, value, name), STARLINGS_OK);
        T_CHECK(starlings_context_attribute_at(context, 2, i, &value, &name));
        T_CHECK(name.size == strlen(text) && memcmp(name.text, text, name.size) == 0);
        T_CHECK(value.size == strlen(other) && memcmp(value.text, other, value.size) == 0);
        T_CHECK(starlings_context_attribute(context, 1, name, &again));
        T_CHECK(again.size == value.size && memcmp(again.text, other, again.size) == 0);
    }
    starlings_context_release(context);
    T_EQ_U64(f.live + f.broken, 0);
}

static void test_context_owners(void)
{
    starlings_context *context = context_new(NULL, 1);
    uint32_t turn[CONTEXT_RECORDS];
    T_REQUIRE(context != NULL);
    context_fill(context);
    T_CHECK(starlings_context_retain(context) == context);
    T_STATUS(starlings_context_sort(context, turn), STARLINGS_ERR_ARG);
    T_EQ_U64(starlings_context_generation(context), 0);
    starlings_context_release(context);
    T_STATUS(starlings_context_sort(context, turn), STARLINGS_OK);
    T_EQ_U64(starlings_context_generation(context), 1);
    T_EQ_U64(starlings_context_generation(NULL), 0);
    T_EQ_U64(starlings_context_size(NULL), 0);
    T_CHECK(starlings_context_retain(NULL) == NULL);
    starlings_context_release(context);
}

static size_t context_copy_fault_run(faults *f)
{
    starlings_allocator allocator = faults_allocator(f);
    starlings_context *context, *copy = NULL;
    uint32_t record, turn[CONTEXT_RECORDS + 1];
    size_t before;
    starlings_status status;
    f->armed = false;
    context = context_new(&allocator, 2);
    context_fill(context);
    (void)model_ensure(context, starlings_identity_of_number(NULL, 5), &record);
    (void)starlings_context_set_attribute(context, 3, context_text(1), context_text(2));
    (void)starlings_context_sort(context, turn);
    before = f->live;
    f->armed = true;
    status = starlings_context_copy(context, NULL, &copy);
    f->armed = false;
    T_CHECK((copy != NULL) == (status == STARLINGS_OK));
    if (copy != NULL) {
        context_check_same(context, copy);
        T_EQ_U64(starlings_context_size(copy), f->live - before);
        /* nothing is shared: one goes on, the other goes */
        T_STATUS(model_ensure(copy, starlings_identity_of_text("t", "new"), &record),
                 STARLINGS_OK);
        T_EQ_U64(record, CONTEXT_RECORDS + 1);
        T_STATUS(starlings_context_set_attribute(copy, 0, context_text(5), context_text(1)),
                 STARLINGS_OK);
        T_EQ_U64(starlings_context_count(context), CONTEXT_RECORDS + 1);
        T_CHECK(!starlings_context_attribute(context, 0, context_text(5), NULL));
        starlings_context_release(context);
        context = NULL;
        T_EQ_U64(starlings_context_size(copy), f->live);
        context_check_same(copy, copy);
    }
    starlings_context_release(context);
    starlings_context_release(copy);
    return f->failed;
}

static void test_context_copies(void)
{
    starlings_context *empty = context_new(NULL, 3), *copy = NULL;
    T_STATUS(starlings_context_copy(NULL, NULL, &copy), STARLINGS_ERR_ARG);
    T_STATUS(starlings_context_copy(empty, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_context_copy(empty, NULL, &copy), STARLINGS_OK);
    context_check_same(empty, copy);
    starlings_context_release(empty);
    starlings_context_release(copy);
    context_all_faults(context_copy_fault_run);
}

/* ---- records from a CSV --------------------------------------------------- */

/* Records as one text: source/key (a number with #) and [name=value] of each attribute. */
static const char *context_told(const starlings_context *context)
{
    static char told[2000];
    size_t size = 0;
    told[0] = '\0';
    for (uint32_t r = 0; r < starlings_context_count(context); r++) {
        starlings_identity who = starlings_context_identity(context, r);
        starlings_text name, value;
        size += (size_t)snprintf(told + size, sizeof told - size, "%.*s/%.*s",
                                 (int)who.source.size, who.source.text, (int)who.key.size,
                                 who.key.size == 0 ? "" : who.key.text);
        if (who.kind != STARLINGS_KEY_TEXT)
            size += (size_t)snprintf(told + size, sizeof told - size, "#%u",
                                     (unsigned)who.number);
        for (uint32_t at = 0; starlings_context_attribute_at(context, r, at, &name, &value); at++)
            size += (size_t)snprintf(told + size, sizeof told - size, "[%.*s=%.*s]",
                                     (int)name.size, name.text, (int)value.size, value.text);
        size += (size_t)snprintf(told + size, sizeof told - size, ";");
    }
    return told;
}

static starlings_status context_read(starlings_context *context, const char *text,
                                     const starlings_csv_columns *columns, bool known_only)
{
    exchange_file file;
    starlings_status status = exchange_open(&file, text, strlen(text), 0, 0, NULL);
    if (status == STARLINGS_OK)
        status = starlings_context_read_csv(file.csv, columns, context, known_only);
    starlings_csv_close(file.csv);
    return status;
}

/* Many columns are not searched through for each of them: at 18 s for 1 MB this was once a way to
   keep a reader busy. A name that is there twice is one attribute. */
static void test_context_csv_wide(void)
{
    enum { COLUMNS = 20000 };
    char *text = (char *)model_new(COLUMNS * 24, 1);
    starlings_context *context = context_new(NULL, 2);
    starlings_csv_columns columns;
    starlings_text name, value;
    size_t size = (size_t)sprintf(text, "id");
    T_REQUIRE(context != NULL);
    for (uint32_t c = 0; c < COLUMNS; c++)
        size += (size_t)sprintf(text + size, ",c%u", (unsigned)(c % (COLUMNS - 1)));
    for (uint32_t row = 0; row < 3; row++) {
        size += (size_t)sprintf(text + size, "\nr%u", (unsigned)(row / 2));
        for (uint32_t c = 0; c < COLUMNS; c++)
            size += (size_t)sprintf(text + size, ",%u", (unsigned)((c + row) % 10));
    }
    memset(&columns, 0, sizeof columns);
    columns.with_attributes = true;
    T_STATUS(context_read(context, text, &columns, false), STARLINGS_OK);
    T_EQ_U64(starlings_context_count(context), 2);
    T_EQ_U64(context->entry_count, 2 * (COLUMNS - 1));
    T_CHECK(starlings_context_attribute_at(context, 0, 0, &name, &value));
    T_CHECK(name.size == 2 && name.text[1] == '0' && value.text[0] == '0' + COLUMNS % 10);
    T_CHECK(starlings_context_attribute_at(context, 0, 7, &name, &value));
    T_CHECK(name.size == 2 && name.text[1] == '7' && value.size == 1 && value.text[0] == '8');
    T_CHECK(!starlings_context_attribute_at(context, 0, COLUMNS - 1, &name, &value));
    starlings_context_release(context);
    free(text);
}

static void test_context_csv(void)
{
    starlings_csv_columns columns;
    starlings_context *context = context_new(NULL, 1);
    T_REQUIRE(context != NULL);
    memset(&columns, 0, sizeof columns);
    columns.with_attributes = true;
    T_STATUS(context_read(context, "unique_id,name,source_dataset,city\n1,ann,A,\n2,,A,Bern\n"
                                   "1,anne,A,Ulm\n1,,B,\n", &columns, false), STARLINGS_OK);
    T_EQ_STR(context_told(context), "A/1[name=anne][city=Ulm];A/2[city=Bern];B/1;");
    /* known records only; nothing stays of what is wrong */
    T_STATUS(context_read(context, "unique_id,source_dataset,age\n2,A,7\n2,B,8\n1,A,9\n", &columns,
                          true), STARLINGS_ERR_STRANGER);
    T_STATUS(context_read(context, "unique_id,source_dataset,age\n1,A,7,9\n", &columns, true),
             STARLINGS_ERR_FORMAT);
    T_EQ_STR(context_told(context), "A/1[name=anne][city=Ulm];A/2[city=Bern][age=7];B/1;");
    /* a source for all */
    columns.source_name = "C";
    T_STATUS(context_read(context, "id,x\nq,1\n", &columns, false), STARLINGS_OK);
    columns.with_attributes = false;
    T_STATUS(context_read(context, "unique_id,source_dataset,x\n1,B,5\n", &columns, false),
             STARLINGS_OK);
    columns.join_sources = true;
    T_STATUS(context_read(context, "id,x\nq,1\n", &columns, false), STARLINGS_OK);
    T_EQ_STR(context_told(context), "A/1[name=anne][city=Ulm];A/2[city=Bern][age=7];B/1;"
                                    "C/q[x=1];/C-__-q;");
    starlings_context_release(context);
}

static void test_context_csv_rows(void)
{
    starlings_csv_columns columns;
    starlings_context *context = context_new(NULL, 1);
    T_REQUIRE(context != NULL);
    memset(&columns, 0, sizeof columns);
    columns.number_rows = true;
    columns.with_attributes = true;
    columns.source_name = "f";
    T_STATUS(context_read(context, "id,x\nq,1\nq,2\n,\n", &columns, false), STARLINGS_OK);
    T_EQ_STR(context_told(context), "f/#0[id=q][x=1];f/#1[id=q][x=2];f/#2;");
    T_STATUS(context_read(context, "y\n7\n", &columns, false), STARLINGS_OK);
    T_EQ_STR(context_told(context), "f/#0[id=q][x=1][y=7];f/#1[id=q][x=2];f/#2;");
    T_STATUS(context_read(context, "y\n7\n", &columns, true), STARLINGS_ERR_ARG);
    columns.record = "y";
    T_STATUS(context_read(context, "y\n7\n", &columns, false), STARLINGS_ERR_ARG);
    starlings_context_release(context);
}

/* A row whose memory could not be had is lost, and nothing else: one reads on, and rows keep their
   numbers. */
static size_t context_csv_fault_run(faults *f)
{
    enum { ROWS = 60 };
    static char text[4000];
    starlings_csv_columns columns;
    starlings_allocator allocator = faults_allocator(f);
    starlings_context *context;
    exchange_file file;
    starlings_status status;
    size_t size = (size_t)snprintf(text, sizeof text, "a,b\n"), calls = 0;
    memset(&columns, 0, sizeof columns);
    columns.with_attributes = columns.number_rows = true;
    for (uint32_t i = 0; i < ROWS; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "a%u,b%u\n", (unsigned)i,
                                 (unsigned)i % 7);
    f->armed = false;
    context = context_new(&allocator, 4);
    T_STATUS(exchange_open(&file, text, size, 100, 0, &allocator), STARLINGS_OK);
    f->armed = true;
    do
        status = starlings_context_read_csv(file.csv, &columns, context, false);
    while (status == STARLINGS_ERR_NOMEM && ++calls < 2 && !f->for_ever);
    f->armed = false;
    T_CHECK(status == STARLINGS_OK || f->failed > 0);
    for (uint32_t r = 0; r < starlings_context_count(context); r++) {
        uint64_t number = starlings_context_identity(context, r).number;
        char want[12];
        starlings_text value = { NULL, 0 };
        (void)snprintf(want, sizeof want, "a%u", (unsigned)number);
        T_EQ_U64(number - r, number == r ? 0 : 1); /* at most one row is missing */
        T_CHECK(starlings_context_attribute_at(context, r, 0, NULL, &value));
        T_CHECK(context_text_order(value, stln_text_of(want)) == 0);
        T_CHECK(starlings_context_attribute_at(context, r, 1, NULL, &value));
        T_CHECK(!starlings_context_attribute_at(context, r, 2, NULL, NULL));
    }
    T_CHECK(status != STARLINGS_OK || starlings_context_count(context) + calls >= ROWS);
    T_CHECK(!starlings_context_attribute_at(context, starlings_context_count(context), 0, NULL,
                                            NULL));
    starlings_csv_close(file.csv);
    T_EQ_U64(starlings_context_size(context), f->live);
    starlings_context_release(context);
    return f->failed;
}

/* ---- faults of the designs ------------------------------------------------- */

/* Sources are compared by name: number 0 here is not number 0 there. */
static void test_context_fault_41_sources_by_name(void)
{
    starlings_context *a = context_new(NULL, 1), *b = context_new(NULL, 2);
    starlings_identity who;
    uint32_t record;
    T_REQUIRE(a != NULL && b != NULL);
    T_STATUS(model_ensure(a, starlings_identity_of_text("crm", "1"), &record), STARLINGS_OK);
    T_STATUS(model_ensure(b, starlings_identity_of_text("erp", "1"), &record), STARLINGS_OK);
    T_STATUS(model_ensure(b, starlings_identity_of_text("crm", "1"), &record), STARLINGS_OK);
    T_EQ_U64(starlings_context_source_of(a, 0), starlings_context_source_of(b, 0));
    who = starlings_context_identity(a, 0);
    T_EQ_U64(starlings_context_find(b, &who), 1);
    who = starlings_context_identity(b, 0);
    T_EQ_U64(starlings_context_find(a, &who), STARLINGS_NONE);
    T_STATUS(starlings_context_ensure(a, &who, &record), STARLINGS_OK);
    T_EQ_U64(record, 1);
    T_EQ_U64(starlings_context_source_of(a, 1), 1);
    starlings_context_release(a);
    starlings_context_release(b);
}

/* Records that came in bulk are found like all others, and twice in one batch is once. */
static void test_context_fault_44_duplicates(void)
{
    static const uint32_t want[7] = { 0, 1, 0, 2, 1, 2, 0 };
    starlings_context *context = context_new(NULL, 1);
    starlings_identity batch[7];
    uint32_t records[7], record;
    starlings_bitmap set;
    T_REQUIRE(context != NULL);
    memset(&set, 0, sizeof set);
    for (uint32_t i = 0; i < 7; i++)
        batch[i] = starlings_identity_of_number(want[i] == 1 ? "b" : "a", 100 + want[i]);
    T_STATUS(starlings_context_ensure_many(context, batch, 7, records, NULL), STARLINGS_OK);
    for (uint32_t i = 0; i < 7; i++) {
        T_EQ_U64(records[i], want[i]);
        T_STATUS(starlings_context_ensure(context, &batch[i], &record), STARLINGS_OK);
        T_EQ_U64(record, want[i]);
    }
    T_EQ_U64(starlings_context_count(context), 3);
    T_STATUS(starlings_context_source_records(context, NULL, 0, &set), STARLINGS_OK);
    T_EQ_U64(starlings_bitmap_cardinality(&set), 2);
    starlings_bitmap_free(NULL, &set);
    starlings_context_release(context);
}

/* Far more sources than 16 bits count; and too many of anything is a status. */
static void test_context_fault_45_many_sources(void)
{
    enum { SOURCES = 66000 };
    starlings_context *context = context_new(NULL, 1);
    starlings_identity who;
    uint32_t record = 0, have;
    char source[12];
    T_REQUIRE(context != NULL);
    for (uint32_t i = 0; i < SOURCES; i++) {
        (void)snprintf(source, sizeof source, "%u", (unsigned)i);
        if (model_ensure(context, starlings_identity_of_text(source, "k"), &record) !=
                STARLINGS_OK || record != i)
            break;
    }
    T_EQ_U64(record, SOURCES - 1);
    T_EQ_U64(starlings_context_source_count(context), SOURCES);
    for (uint32_t i = 0; i < SOURCES; i += 65536 / 4) {
        (void)snprintf(source, sizeof source, "%u", (unsigned)i);
        who = starlings_context_identity(context, i);
        T_CHECK(context_text_order(who.source, stln_text_of(source)) == 0);
        T_EQ_U64(starlings_context_source_of(context, i), i);
        T_EQ_U64(starlings_context_find(context, &who), i);
    }
    have = context->sources.count;
    context->sources.count = STLN_SOURCES_MOST; /* as if it were full */
    T_STATUS(model_ensure(context, starlings_identity_of_text("new", "k"), &record),
             STARLINGS_ERR_RANGE);
    T_STATUS(model_ensure(context, starlings_identity_of_text("7", "k"), &record), STARLINGS_OK);
    context->sources.count = have;
    context->keys.count = STLN_TEXTS_MOST;
    T_STATUS(model_ensure(context, starlings_identity_of_text("7", "new"), &record),
             STARLINGS_ERR_RANGE);
    context->keys.count = have;
    T_EQ_U64((STLN_SOURCES_MOST - 1) << STLN_KIND_BITS | 3u, STARLINGS_NONE - 4u);
    starlings_context_release(context);
}

/* Attributes are no part of who a record is, their texts are no sources, and what fails leaves no
   gap among the numbers. */
static void test_context_fault_53_identity(void)
{
    starlings_context *context = context_new(NULL, 1);
    starlings_identity who = starlings_identity_of_text("s", "1"), bad = who;
    uint32_t record, next;
    T_REQUIRE(context != NULL);
    T_STATUS(starlings_context_ensure(context, &who, &record), STARLINGS_OK);
    T_STATUS(starlings_context_set_attribute(context, record, stln_text_of("city"),
                                             stln_text_of("Ulm")), STARLINGS_OK);
    T_STATUS(starlings_context_ensure(context, &who, &next), STARLINGS_OK);
    T_EQ_U64(next, record);
    T_STATUS(starlings_context_set_attribute(context, next, stln_text_of("city"),
                                             stln_text_of("Bern")), STARLINGS_OK);
    T_STATUS(starlings_context_ensure(context, &who, &next), STARLINGS_OK);
    T_EQ_U64(next, record);
    T_EQ_U64(starlings_context_count(context), 1);
    T_EQ_U64(starlings_context_source_count(context), 1);
    T_EQ_U64(starlings_context_source_find(context, stln_text_of("city")), STARLINGS_NONE);
    T_EQ_U64(starlings_context_source_find(context, stln_text_of("Ulm")), STARLINGS_NONE);
    bad.kind = STARLINGS_KEY_U32;
    bad.number = (uint64_t)1 << 40;
    bad.source = stln_text_of("t");
    T_STATUS(starlings_context_ensure(context, &bad, &next), STARLINGS_ERR_RANGE);
    T_STATUS(model_ensure(context, starlings_identity_of_text("u", "2"), &next), STARLINGS_OK);
    T_EQ_U64(next, 1);
    T_EQ_U64(starlings_context_source_of(context, next), 1);
    starlings_context_release(context);
}

static void test_context(void)
{
    test_context_names();
    test_context_kinds();
    test_context_many();
    test_context_many_sources();
    test_context_truncate();
    test_context_arguments();
    test_context_faults();
    test_context_attributes();
    test_context_owners();
    test_context_own_texts();
    test_context_csv_wide();
    test_context_copies();
    test_context_csv();
    test_context_csv_rows();
    context_all_faults(context_csv_fault_run);
    test_context_fault_41_sources_by_name();
    test_context_fault_44_duplicates();
    test_context_fault_45_many_sources();
    test_context_fault_53_identity();
}
