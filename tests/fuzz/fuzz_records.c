/* fuzz_records.c - any bytes as the text of an ontology, and as records in a CSV: read in pieces
   and at once the answers must be equal; what was read is read again to no effect; after an error
   in rules none of them are there.
   Fuzz:   clang -std=c11 -g -O1 -DFUZZ_WITH_LIBFUZZER -fsanitize=fuzzer,address,undefined
           tests/fuzz/fuzz_records.c
   Replay: cc -std=c11 -g tests/fuzz/fuzz_records.c -o fuzz_records && ./fuzz_records FILE...
   The first byte of an input chooses: rules alone, or rules up to a zero byte and then a CSV; and
   where types and perspectives come from. The second one is how large the pieces are. */
#define STARLINGS_IMPLEMENTATION
#define STARLINGS_DEBUG 3
#include "../../starlings_linker.h"

#include "fuzz.h"

enum { FUZZ_RULES_ONLY = 1, FUZZ_TYPE = 2, FUZZ_ALL = 4, FUZZ_NO_TIMES = 8, FUZZ_NAMED = 16 };

/* A sink that keeps, and a source that gives, some bytes. */
typedef struct fuzz_bytes {
    uint8_t *kept;
    const uint8_t *bytes;
    size_t size, at, step;
} fuzz_bytes;

static starlings_status fuzz_write(void *ctx, const void *bytes, size_t size)
{
    fuzz_bytes *b = (fuzz_bytes *)ctx;
    b->kept = (uint8_t *)realloc(b->kept, b->size + size + 1);
    FUZZ_REQUIRE(b->kept != NULL);
    memcpy(b->kept + b->size, bytes, size);
    b->size += size;
    return STARLINGS_OK;
}

static starlings_status fuzz_read(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    fuzz_bytes *b = (fuzz_bytes *)ctx;
    size_t size = b->step < capacity ? b->step : capacity;
    if (size > b->size - b->at)
        size = b->size - b->at;
    if (size > 0)
        memcpy(bytes, b->bytes + b->at, size);
    b->at += size;
    *out_size = size;
    return STARLINGS_OK;
}

static fuzz_bytes fuzz_written(const starlings_ontology *ontology)
{
    fuzz_bytes out = { NULL, NULL, 0, 0, 0 };
    starlings_sink sink = { fuzz_write, NULL };
    sink.ctx = &out;
    FUZZ_REQUIRE(starlings_ontology_write(ontology, &sink) == STARLINGS_OK);
    return out;
}

static starlings_ontology *fuzz_ontology(starlings_error *error)
{
    starlings_ontology *ontology = NULL;
    starlings_env env;
    memset(&env, 0, sizeof env);
    memset(error, 0, sizeof *error);
    env.error = error;
    FUZZ_REQUIRE(starlings_ontology_create(&env, &ontology) == STARLINGS_OK);
    return ontology;
}

/* Read rules, and write and read them again. */
static starlings_ontology *fuzz_rules(const uint8_t *bytes, size_t size)
{
    starlings_error error;
    starlings_ontology *ontology = fuzz_ontology(&error), *again = fuzz_ontology(&error);
    starlings_text text = { (const char *)bytes, size };
    starlings_status status = starlings_ontology_read(ontology, text);
    fuzz_bytes first = fuzz_written(ontology), second;
    FUZZ_REQUIRE(error.status == status);
    FUZZ_REQUIRE(status == STARLINGS_OK ||
                 (error.line > 0 && error.line <= size && error.text[0] != '\0'));
    FUZZ_REQUIRE(status == STARLINGS_OK || first.size == 0);
    text.text = (const char *)first.kept;
    text.size = first.size;
    FUZZ_REQUIRE(starlings_ontology_read(again, text) == STARLINGS_OK);
    second = fuzz_written(again);
    FUZZ_REQUIRE(first.size == second.size);
    FUZZ_REQUIRE(first.size == 0 || memcmp(first.kept, second.kept, first.size) == 0);
    free(first.kept);
    free(second.kept);
    starlings_ontology_release(ontology);
    ontology = again;
    return ontology;
}

static starlings_status fuzz_csv(starlings_linker *linker, uint8_t choice, const uint8_t *bytes,
                                 size_t size, size_t step, starlings_error *error)
{
    fuzz_bytes source = { NULL, bytes, size, 0, step };
    starlings_record_columns columns;
    starlings_csv_desc desc;
    starlings_csv *csv = NULL;
    starlings_status status;
    memset(&columns, 0, sizeof columns);
    memset(&desc, 0, sizeof desc);
    memset(error, 0, sizeof *error);
    desc.source.read = fuzz_read;
    desc.source.ctx = &source;
    desc.env.error = error;
    columns.type = (choice & FUZZ_TYPE) != 0 ? "type" : NULL;
    columns.all_type = (choice & (FUZZ_TYPE | FUZZ_ALL)) == FUZZ_ALL ? "t" : NULL;
    columns.all_perspective = (choice & FUZZ_ALL) != 0 ? "p" : NULL;
    columns.from = columns.to = (choice & FUZZ_NO_TIMES) != 0 ? "" : NULL;
    columns.uid = (choice & FUZZ_NAMED) != 0 ? "id" : NULL;
    status = starlings_csv_open(&desc, &csv);
    if (status == STARLINGS_OK)
        status = starlings_linker_read_csv(linker, csv, &columns);
    starlings_csv_close(csv);
    FUZZ_REQUIRE(error->status == status);
    FUZZ_REQUIRE(status == STARLINGS_OK || error->text[0] != '\0');
    return status;
}

static starlings_linker *fuzz_linker(starlings_ontology *ontology)
{
    starlings_linker *linker = NULL;
    starlings_linker_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.ontology = ontology;
    FUZZ_REQUIRE(starlings_linker_create(&desc, &linker) == STARLINGS_OK);
    return linker;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint8_t *zero;
    starlings_ontology *ontology;
    starlings_linker *linker[2];
    starlings_status status[3];
    starlings_error error[3];
    size_t rules;
    if (size < 2)
        return 0;
    zero = (bytes[0] & FUZZ_RULES_ONLY) != 0 ? NULL : memchr(bytes + 2, 0, size - 2);
    rules = zero != NULL ? (size_t)(zero - bytes) - 2 : size - 2;
    ontology = fuzz_rules(bytes + 2, rules);
    for (uint32_t i = 0; zero != NULL && i < 3; i++) { /* the last one reads what is there */
        if (i < 2)
            linker[i] = fuzz_linker(ontology);
        status[i] = fuzz_csv(linker[i % 2], bytes[0], zero + 1, size - rules - 3,
                             i == 1 ? (size_t)1 + bytes[1] % 40 : SIZE_MAX, &error[i]);
        FUZZ_REQUIRE(status[i] == status[0] && error[i].line == error[0].line);
        FUZZ_REQUIRE(strcmp(error[i].text, error[0].text) == 0);
        FUZZ_REQUIRE(starlings_linker_record_count(linker[i % 2]) ==
                     starlings_linker_record_count(linker[0]));
    }
    for (uint32_t i = 0; zero != NULL && i < 2; i++)
        starlings_linker_release(linker[i]);
    starlings_ontology_release(ontology);
    return 0;
}
