/* fuzz_linker.c - any bytes as a text of rules, which is read whole or not at all and written as it
   was read; or as records, whose entities and conflicts are the same when they come the other way
   round, one by one, with resolutions in between.
   Fuzz:   clang -std=c11 -g -O1 -DFUZZ_WITH_LIBFUZZER -fsanitize=fuzzer,address,undefined
           tests/fuzz/fuzz_linker.c
   Replay: cc -std=c11 -g tests/fuzz/fuzz_linker.c -o fuzz_linker && ./fuzz_linker FILE...
   The first byte of an input is 0 before rules, else it chooses the rules for records. A record is
   a byte (perspective, type, how many facts) and two for each fact (attribute, value, time). */
#define STARLINGS_IMPLEMENTATION
#define STARLINGS_DEBUG 3
#include "../../starlings_linker.h"

#include "fuzz.h"

enum { FUZZ_RECORDS = 40, FUZZ_FACTS = 4 };

typedef struct fuzz_text {
    char *bytes;
    size_t size;
} fuzz_text;

static starlings_status fuzz_write(void *ctx, const void *bytes, size_t size)
{
    fuzz_text *text = (fuzz_text *)ctx;
    char *grown = (char *)realloc(text->bytes, text->size + size + 1);
    FUZZ_REQUIRE(grown != NULL);
    memcpy(grown + text->size, bytes, size);
    text->bytes = grown;
    text->size += size;
    return STARLINGS_OK;
}

static void fuzz_same_text(fuzz_text *a, fuzz_text *b)
{
    FUZZ_REQUIRE(a->size == b->size);
    FUZZ_REQUIRE(a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
    free(a->bytes);
    free(b->bytes);
}

/* ---- rules ----------------------------------------------------------------- */

/* What is read, written again; nothing if it is not to be read. */
static bool fuzz_read_rules(const char *bytes, size_t size, fuzz_text *out)
{
    starlings_ontology *ontology = NULL;
    starlings_text text = { bytes, size };
    starlings_sink sink = { fuzz_write, out };
    bool good;
    out->bytes = NULL;
    out->size = 0;
    FUZZ_REQUIRE(starlings_ontology_create(NULL, &ontology) == STARLINGS_OK);
    good = starlings_ontology_read(ontology, text) == STARLINGS_OK;
    FUZZ_REQUIRE(starlings_ontology_write(ontology, &sink) == STARLINGS_OK);
    FUZZ_REQUIRE(good || out->size == 0);
    starlings_ontology_release(ontology);
    return good;
}

static void fuzz_rules(const uint8_t *bytes, size_t size)
{
    char *copy = (char *)malloc(size + 1), date[24];
    starlings_text text = { copy, size };
    fuzz_text once, twice;
    int64_t days = 0;
    FUZZ_REQUIRE(copy != NULL);
    if (size > 0)
        memcpy(copy, bytes, size);
    if (fuzz_read_rules(copy, size, &once)) {
        FUZZ_REQUIRE(fuzz_read_rules(once.bytes, once.size, &twice));
        fuzz_same_text(&once, &twice);
    }
    if (starlings_date_parse(text, &days) == STARLINGS_OK) {
        starlings_date_write(days, date);
        FUZZ_REQUIRE(size == strlen(date) && memcmp(date, copy, size) == 0);
    }
    free(copy);
}

/* ---- records --------------------------------------------------------------- */

typedef struct fuzz_records {
    starlings_temporal_record records[FUZZ_RECORDS];
    starlings_descriptor facts[FUZZ_RECORDS][FUZZ_FACTS];
    char uids[FUZZ_RECORDS][4];
    uint32_t count;
} fuzz_records;

static void fuzz_make(const uint8_t *bytes, size_t size, fuzz_records *out)
{
    static const char *const attributes[4] = { "a", "b", "c", "d" };
    static const char *const values[4] = { "v", "w", "x", "" };
    static const char *const perspectives[4] = { "p", "q", "r:s", "" };
    size_t at = 0;
    out->count = 0;
    while (at < size && out->count < FUZZ_RECORDS) {
        uint32_t i = out->count++, head = bytes[at++];
        starlings_temporal_record *r = &out->records[i];
        out->uids[i][0] = (char)('0' + i / 10);
        out->uids[i][1] = (char)('0' + i % 10);
        out->uids[i][2] = '\0';
        r->type = starlings_text_of((head & 4) != 0 ? "t" : "u");
        r->perspective = starlings_text_of(perspectives[head & 3]);
        r->uid = starlings_text_of(out->uids[i]);
        r->descriptors = out->facts[i];
        r->descriptor_count = 0;
        for (size_t facts = (head >> 3) % (FUZZ_FACTS + 1); r->descriptor_count < facts; at += 2) {
            starlings_descriptor *fact = &out->facts[i][r->descriptor_count];
            if (size - at < 2)
                return;
            fact->attribute = starlings_text_of(attributes[bytes[at] & 3]);
            fact->value = starlings_text_of(values[bytes[at] >> 2 & 3]);
            fact->valid.start = bytes[at + 1] & 15;
            fact->valid.end = fact->valid.start + 1 + (bytes[at + 1] >> 4);
            if ((bytes[at] & 16) != 0)
                fact->valid.end = STARLINGS_END_OF_TIME;
            if ((bytes[at] & 32) != 0)
                fact->valid.start = STARLINGS_START_OF_TIME;
            r->descriptor_count++;
        }
    }
}

static const char *const fuzz_ontologies[8] = {
    "key k: a\nstrong b\n",
    "key k: a\nkey l: b\nstrong c\nstrong d\n",
    "key k: a, b\nkey l: c\nstrong d many\n",
    "key k: a\nkey l: b\nkey_weight k 0.5\nstrong c\nscope any\n",
    "key k: a\nstrong a\nstrong b many\nstrong c\n",
    "key k: a\nkey l: b\nkey m: c\nstrong d\npermanent a, d\n",
    "key k: a\nunique b\nunique_within c\nstrong d\n",
    "type t\nkey k: a\nstrong b\ntype u\nkey l: c\nstrong d\nkey_weight l 0.25\n",
};

static starlings_linker *fuzz_linker(uint8_t choice)
{
    starlings_linker_desc desc;
    starlings_linker *linker = NULL;
    memset(&desc, 0, sizeof desc);
    desc.constraints_block = (choice & 8) != 0;
    desc.hash_seed[0] = choice;
    desc.env.workers.count = (choice & 16) != 0 ? 3 : 1;
    FUZZ_REQUIRE(starlings_ontology_create(NULL, &desc.ontology) == STARLINGS_OK);
    FUZZ_REQUIRE(starlings_ontology_read(desc.ontology,
                                         starlings_text_of(fuzz_ontologies[choice & 7])) ==
                 STARLINGS_OK);
    FUZZ_REQUIRE(starlings_linker_create(&desc, &linker) == STARLINGS_OK);
    starlings_ontology_release(desc.ontology);
    return linker;
}

static void fuzz_conflicts(starlings_resolution *r, starlings_conflict_method method,
                           fuzz_text *out)
{
    starlings_conflicts_desc desc;
    starlings_conflicts *conflicts = NULL;
    starlings_sink sink = { fuzz_write, out };
    memset(&desc, 0, sizeof desc);
    desc.resolution = r;
    desc.method = method;
    out->bytes = NULL;
    out->size = 0;
    FUZZ_REQUIRE(starlings_conflicts_create(&desc, &conflicts) == STARLINGS_OK);
    FUZZ_REQUIRE(starlings_conflicts_write(conflicts, &sink, NULL) == STARLINGS_OK);
    starlings_conflicts_release(conflicts);
}

/* Backwards, one by one. */
static starlings_resolution *fuzz_backwards(uint8_t choice, const fuzz_records *records)
{
    starlings_linker *linker = fuzz_linker(choice);
    starlings_resolution *r = NULL;
    for (uint32_t i = records->count; i-- > 0;) {
        FUZZ_REQUIRE(starlings_linker_add(linker, &records->records[i], 1, NULL) == STARLINGS_OK);
        if (i == 0 || i % 3 == choice % 3) {
            starlings_resolution_release(r);
            FUZZ_REQUIRE(starlings_linker_resolve(linker, &r) == STARLINGS_OK);
        }
    }
    starlings_linker_release(linker);
    return r;
}

static void fuzz_both_ways(uint8_t choice, const fuzz_records *records)
{
    starlings_linker *linker = fuzz_linker(choice);
    starlings_resolution *a = NULL, *b = fuzz_backwards(choice, records);
    const starlings_partition *p, *q;
    uint32_t n = records->count;
    fuzz_text told, again;
    FUZZ_REQUIRE(starlings_linker_add(linker, records->records, n, NULL) == STARLINGS_OK);
    FUZZ_REQUIRE(starlings_linker_resolve(linker, &a) == STARLINGS_OK);
    starlings_linker_release(linker);
    p = starlings_resolution_partition(a);
    q = starlings_resolution_partition(b);
    FUZZ_REQUIRE(starlings_partition_entity_count(p) == starlings_partition_entity_count(q));
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++)
            FUZZ_REQUIRE((starlings_partition_entity_of(p, i) ==
                          starlings_partition_entity_of(p, j)) ==
                         (starlings_partition_entity_of(q, n - 1 - i) ==
                          starlings_partition_entity_of(q, n - 1 - j)));
    fuzz_conflicts(a, STARLINGS_CONFLICT_SWEEP, &told);
    fuzz_conflicts(b, STARLINGS_CONFLICT_ATOMS, &again);
    fuzz_same_text(&told, &again);
    starlings_resolution_release(a);
    starlings_resolution_release(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static fuzz_records records;
    if (size == 0)
        return 0;
    if (bytes[0] == 0) {
        fuzz_rules(bytes + 1, size - 1);
        return 0;
    }
    fuzz_make(bytes + 1, size - 1, &records);
    if (records.count > 0)
        fuzz_both_ways(bytes[0], &records);
    return 0;
}
