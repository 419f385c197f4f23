/* fuzz_csv.c - any bytes as a CSV file, read in pieces and at once: the answers must be equal, and
   what is kept must make sense.
   Fuzz:   clang -std=c11 -g -O1 -DFUZZ_WITH_LIBFUZZER -fsanitize=fuzzer,address,undefined
           tests/fuzz/fuzz_csv.c
   Replay: cc -std=c11 -g tests/fuzz/fuzz_csv.c -o fuzz_csv && ./fuzz_csv FILE...
   The first byte of an input chooses the reader (edges, membership, records, rows), the separator
   and the line limit; the second one how large the pieces are. The rest is the file. */
#define STARLINGS_IMPLEMENTATION
#define STARLINGS_DEBUG 3
#include "../../starlings.h"

#include "fuzz.h"

typedef struct fuzz_bytes {
    const uint8_t *bytes;
    size_t size, at, step;
} fuzz_bytes;

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

/* All that one reading gives. */
typedef struct fuzz_result {
    starlings_status status;
    starlings_error error;
    starlings_context *context;
    starlings_edge_list list;
    starlings_membership side;
    uint64_t rows, sum; /* of fields, for plain rows */
} fuzz_result;

static starlings_status fuzz_rows(starlings_csv *csv, fuzz_result *r)
{
    const starlings_text *fields = NULL;
    size_t count = 0;
    (void)starlings_csv_header(csv, &count);
    for (;;) {
        starlings_status status = starlings_csv_next(csv, &fields);
        if (status != STARLINGS_OK || fields == NULL)
            return status;
        r->rows++;
        for (size_t i = 0; i < count; i++) {
            double number = 0;
            r->sum = r->sum * 31 + fields[i].size;
            for (size_t j = 0; j < fields[i].size; j++)
                r->sum = r->sum * 31 + (unsigned char)fields[i].text[j];
            if (fields[i].size < 999 &&
                starlings_number_parse(fields[i], &number) == STARLINGS_OK) {
                char text[1000];
                memcpy(text, fields[i].text, fields[i].size);
                text[fields[i].size] = '\0';
                FUZZ_REQUIRE(number - strtod(text, NULL) == 0);
            }
        }
    }
}

static void fuzz_run(fuzz_result *r, uint8_t choice, const uint8_t *bytes, size_t size, size_t step)
{
    static const char separators[4] = { 0, ',', '\t', ';' };
    fuzz_bytes source = { bytes, size, 0, step };
    starlings_csv_desc desc;
    starlings_csv *csv = NULL;
    memset(r, 0, sizeof *r);
    memset(&desc, 0, sizeof desc);
    desc.source.read = fuzz_read;
    desc.source.ctx = &source;
    desc.separator = separators[choice >> 2 & 3];
    desc.line_limit = (choice & 16) != 0 ? 24 : (choice & 32) != 0 ? 3000 : 0;
    desc.env.error = &r->error;
    FUZZ_REQUIRE(starlings_context_create(NULL, &r->context) == STARLINGS_OK);
    r->status = starlings_csv_open(&desc, &csv);
    FUZZ_REQUIRE((csv == NULL) == (r->status != STARLINGS_OK));
    if (csv != NULL && (choice & 3) == 0)
        r->status = starlings_edge_list_read_csv(csv, NULL, r->context, false, &r->list);
    else if (csv != NULL && (choice & 3) == 1)
        r->status = starlings_membership_read_csv(csv, NULL, r->context, false, &r->side);
    else if (csv != NULL && (choice & 3) == 2)
        r->status = starlings_context_read_csv(csv, NULL, r->context, false);
    else if (csv != NULL)
        r->status = fuzz_rows(csv, r);
    FUZZ_REQUIRE(memchr(r->error.text, 0, sizeof r->error.text) != NULL);
    FUZZ_REQUIRE(r->error.status == r->status);
    FUZZ_REQUIRE(r->status == STARLINGS_OK || (r->error.line > 0 && r->error.text[0] != '\0'));
    starlings_csv_close(csv);
}

static void fuzz_clear(fuzz_result *r)
{
    starlings_edge_list_clear(&r->list);
    starlings_membership_clear(&r->side);
    starlings_context_release(r->context);
}

static int fuzz_text_order(starlings_text a, starlings_text b)
{
    size_t both = a.size < b.size ? a.size : b.size;
    int order = both == 0 ? 0 : memcmp(a.text, b.text, both);
    return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

/* What was kept is whole, and records sort. */
static void fuzz_check(fuzz_result *r)
{
    uint32_t count = starlings_context_count(r->context), seen = 0;
    uint32_t *number = (uint32_t *)malloc((count + 1) * sizeof *number);
    FUZZ_REQUIRE(number != NULL);
    for (size_t i = 0; i < r->list.count; i++) {
        const starlings_edge *e = r->list.edges + i;
        FUZZ_REQUIRE(e->a <= seen && e->a < count); /* numbers come in order of appearance */
        seen += e->a == seen;
        FUZZ_REQUIRE(e->b <= seen && e->b < count);
        seen += e->b == seen;
        FUZZ_REQUIRE(e->weight >= 0 && e->weight <= 1);
    }
    FUZZ_REQUIRE(r->list.count == 0 || seen == count);
    for (uint32_t i = 0; i < r->side.record_count; i++)
        FUZZ_REQUIRE(r->side.labels[i] < r->side.label_count);
    FUZZ_REQUIRE(starlings_context_sort(r->context, number) == STARLINGS_OK);
    for (uint32_t i = 0; i < count; i++) {
        starlings_identity name = starlings_context_identity(r->context, i), last;
        FUZZ_REQUIRE(name.key.size > 0);
        FUZZ_REQUIRE(starlings_context_find(r->context, &name) == i);
        if (i > 0) {
            int order;
            last = starlings_context_identity(r->context, i - 1);
            order = fuzz_text_order(last.source, name.source);
            FUZZ_REQUIRE(order < 0 || (order == 0 && fuzz_text_order(last.key, name.key) < 0));
        }
    }
    free(number);
}

static void fuzz_same(const fuzz_result *a, const fuzz_result *b)
{
    FUZZ_REQUIRE(a->status == b->status && a->rows == b->rows && a->sum == b->sum);
    FUZZ_REQUIRE(a->error.line == b->error.line && strcmp(a->error.text, b->error.text) == 0);
    FUZZ_REQUIRE(starlings_context_count(a->context) == starlings_context_count(b->context));
    FUZZ_REQUIRE(a->list.count == b->list.count);
    FUZZ_REQUIRE(a->list.count == 0 || memcmp(a->list.edges, b->list.edges,
                                              a->list.count * sizeof *a->list.edges) == 0);
    FUZZ_REQUIRE(a->side.record_count == b->side.record_count);
    FUZZ_REQUIRE(a->side.record_count == 0 ||
                 memcmp(a->side.labels, b->side.labels,
                        a->side.record_count * sizeof *a->side.labels) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_result whole, pieces;
    if (size < 2)
        return 0;
    fuzz_run(&whole, bytes[0], bytes + 2, size - 2, SIZE_MAX);
    fuzz_run(&pieces, bytes[0], bytes + 2, size - 2, (size_t)1 + bytes[1] % 40);
    fuzz_same(&whole, &pieces);
    fuzz_check(&whole);
    fuzz_clear(&whole);
    fuzz_clear(&pieces);
    return 0;
}
