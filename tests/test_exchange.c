/* test_exchange.c - S90: the CSV reader, the readers of edges, memberships and records, the linkage
   matrix and Newick. */
#include "faults.h"
#include "t.h"

/* A source over bytes: `step` at a time (0: a random number), failing at a byte if asked. */
typedef struct exchange_bytes {
    const char *bytes;
    size_t size, at, step;
    size_t fail_at; /* SIZE_MAX: never */
    t_rng rng;
} exchange_bytes;

static starlings_status exchange_read(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    exchange_bytes *b = (exchange_bytes *)ctx;
    size_t size = b->step != 0 ? b->step : 1 + t_below(&b->rng, 20);
    if (b->at >= b->fail_at)
        return STARLINGS_ERR_IO;
    size = size > capacity ? capacity : size;
    size = size > b->size - b->at ? b->size - b->at : size;
    memcpy(bytes, b->bytes + b->at, size);
    b->at += size;
    *out_size = size;
    return STARLINGS_OK;
}

typedef struct exchange_file {
    exchange_bytes bytes;
    starlings_error error;
    starlings_csv *csv;
} exchange_file;

static starlings_status exchange_open(exchange_file *f, const char *text, size_t size, size_t step,
                                      size_t limit, const starlings_allocator *allocator)
{
    starlings_csv_desc desc;
    memset(f, 0, sizeof *f);
    memset(&desc, 0, sizeof desc);
    f->bytes.bytes = text;
    f->bytes.size = size;
    f->bytes.step = step;
    f->bytes.fail_at = SIZE_MAX;
    f->bytes.rng = t_rng_make(size);
    desc.source.read = exchange_read;
    desc.source.ctx = &f->bytes;
    desc.line_limit = limit;
    desc.env.error = &f->error;
    if (allocator != NULL)
        desc.env.allocator = *allocator;
    return starlings_csv_open(&desc, &f->csv);
}

enum { EXCHANGE_SEEN = 60000 };

/* All that a reader says of a file, as one text: [field]... and a ; for each row with its line, at
   the end the status, line and text of the error. */
typedef struct exchange_seen {
    char text[EXCHANGE_SEEN];
    size_t size;
} exchange_seen;

static void exchange_see(exchange_seen *seen, const char *bytes, size_t size)
{
    if (size > EXCHANGE_SEEN - 1 - seen->size)
        size = EXCHANGE_SEEN - 1 - seen->size;
    memcpy(seen->text + seen->size, bytes, size);
    seen->size += size;
    seen->text[seen->size] = '\0';
}

static void exchange_see_row(exchange_seen *seen, const starlings_text *fields, size_t count,
                             uint64_t line)
{
    char number[32];
    for (size_t i = 0; i < count; i++) {
        exchange_see(seen, "[", 1);
        exchange_see(seen, fields[i].text, fields[i].size);
        exchange_see(seen, "]", 1);
    }
    exchange_see(seen, number, (size_t)snprintf(number, sizeof number, "@%u;", (unsigned)line));
}

static void exchange_see_file(exchange_seen *seen, const char *text, size_t size, size_t step,
                              size_t limit)
{
    exchange_file f;
    const starlings_text *fields = NULL;
    size_t count = 0;
    char end[300];
    starlings_status status = exchange_open(&f, text, size, step, limit, NULL);
    seen->size = 0;
    seen->text[0] = '\0';
    if (status == STARLINGS_OK) {
        const starlings_text *header = starlings_csv_header(f.csv, &count);
        exchange_see_row(seen, header, count, starlings_csv_line(f.csv));
        while ((status = starlings_csv_next(f.csv, &fields)) == STARLINGS_OK && fields != NULL)
            exchange_see_row(seen, fields, count, starlings_csv_line(f.csv));
    }
    if (status != STARLINGS_OK)
        exchange_see(seen, end,
                     (size_t)snprintf(end, sizeof end, "%d@%u %s", (int)status,
                                      (unsigned)f.error.line, f.error.text));
    starlings_csv_close(f.csv);
}

/* The file is seen as expected, byte by byte, in pieces and at once. */
static void exchange_check_sized(const char *text, size_t size, size_t limit, const char *want)
{
    static exchange_seen seen;
    static const size_t steps[] = { 1, 2, 7, 0, 1000000 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        exchange_see_file(&seen, text, size, steps[i], limit);
        T_EQ_STR(seen.text, want);
    }
}

static void exchange_check(const char *text, const char *want)
{
    exchange_check_sized(text, strlen(text), 0, want);
}

static void test_exchange_rows(void)
{
    exchange_check("a,b\n1,2\n3,4\n", "[a][b]@1;[1][2]@2;[3][4]@3;");
    exchange_check("a,b\r\n1,2\r\n3,4", "[a][b]@1;[1][2]@2;[3][4]@3;");
    exchange_check("\xEF\xBB\xBF" "a,b\n1,2\n", "[a][b]@1;[1][2]@2;");
    exchange_check("\xEF\xBB" "a,b\n", "[\xEF\xBB" "a][b]@1;");
    exchange_check("a\tb\n1,1\t2\n", "[a][b]@1;[1,1][2]@2;");
    exchange_check("a,b\tc\n1,2\t\n", "[a][b\tc]@1;[1][2\t]@2;");
    exchange_check("\"a\"\t\"b\"\n1\t2", "[a][b]@1;[1][2]@2;");
    exchange_check("\"a,a\"\tb\n1\t2", "[a,a][b]@1;[1][2]@2;");
    exchange_check("a\n\nx\n\n", "[a]@1;[]@2;[x]@3;[]@4;");
    exchange_check("a,b\n,\n\"\",\"\"\n", "[a][b]@1;[][]@2;[][]@3;");
    exchange_check("a,b\n\"x,\"\"y\"\"\r\n\rz\",\" \"\n1,2\n",
                   "[a][b]@1;[x,\"y\"\r\n\rz][ ]@2;[1][2]@4;");
    exchange_check("\"he\"\"ad\",\"\"\"\"\n\"\"\"\",x\"\n", "[he\"ad][\"]@1;"
                   "-11@2 a quote in the middle of field 2");
    exchange_check("a,b\n1,\n 2 ,\t", "[a][b]@1;[1][]@2;[ 2 ][\t]@3;");
    exchange_check("a,b", "[a][b]@1;");
    exchange_check("\"a\nb\",c\n1,2\n", "[a\nb][c]@1;[1][2]@3;");
}

static void test_exchange_bad_rows(void)
{
    exchange_check("", "-11@1 there is no header line");
    exchange_check("\xEF\xBB\xBF", "-11@1 there is no header line");
    exchange_check("\na,b\n", "-11@1 there is no header line");
    exchange_check("\"\"\n", "-11@1 there is no header line");
    exchange_check("a,b\n1\n", "[a][b]@1;-11@2 1 field where the header has 2");
    exchange_check("a,b\n1,2\n1,2,3\n", "[a][b]@1;[1][2]@2;-11@3 3 fields where the header has 2");
    exchange_check("a,b\n1,2\n\n3,4\n", "[a][b]@1;[1][2]@2;-11@3 1 field where the header has 2");
    exchange_check("a,b\n1,2\n\n", "[a][b]@1;[1][2]@2;-11@3 1 field where the header has 2");
    exchange_check("a,b\n1,2\r3,4\n",
                   "[a][b]@1;-11@2 a carriage return without a line feed behind field 2");
    exchange_check("a,b\n1,2\r",
                   "[a][b]@1;-11@2 a carriage return without a line feed behind field 2");
    exchange_check("a,b\r1,2\r",
                   "-11@1 a carriage return without a line feed behind field 2");
    exchange_check("a,b\n1,x\"y\"\n", "[a][b]@1;-11@2 a quote in the middle of field 2");
    exchange_check("a,b\n\"1\"x,2\n", "[a][b]@1;-11@2 text behind the closing quote of field 1");
    exchange_check("a,b\n\"1\" ,2\n", "[a][b]@1;-11@2 text behind the closing quote of field 1");
    exchange_check("a,b\n1,2\n\"3\n\n,4\n5,6\n",
                   "[a][b]@1;[1][2]@2;-11@3 a quote is never closed, in field 1");
    exchange_check("a,b\n1,\"", "[a][b]@1;-11@2 a quote is never closed, in field 2");
    exchange_check("a,\"b\n", "-11@1 a quote is never closed, in field 2");
    exchange_check_sized("a,b\n1,\0\n", 9, 0, "[a][b]@1;-11@2 a NUL byte in field 2");
    exchange_check_sized("a,b\n\"\n\0\",2\n", 12, 0, "[a][b]@1;-11@2 a NUL byte in field 1");
    exchange_check_sized("a\0,b\n", 5, 0, "-11@1 a NUL byte in field 1");
    exchange_check_sized("a,b\n1,2\n\0", 9, 0, "[a][b]@1;[1][2]@2;-11@3 a NUL byte in field 1");
}

/* A row of the limit passes, with any line end; one byte more does not. */
static void test_exchange_limit(void)
{
    static const char *const ends[] = { "\n", "\r\n", "" };
    char text[300], want[300], row[100];
    for (size_t limit = 3; limit < 40; limit += 3)
        for (size_t i = 0; i < 9; i++) {
            size_t size = limit - 1 + i % 3, quoted = limit > 6 && i / 3 == 1;
            memset(row, 'x', sizeof row);
            row[1] = ',';
            row[size] = '\0';
            snprintf(text, sizeof text, "a,b\n%s%s", row, ends[i / 3]);
            snprintf(want, sizeof want, size <= limit ? "[a][b]@1;[x][%s]@2;"
                     : "[a][b]@1;-11@2 the row is longer than %.0s%u bytes", row + 2,
                     (unsigned)limit);
            exchange_check_sized(text, strlen(text), limit, want);
            if (!quoted)
                continue;
            snprintf(text, sizeof text, "a,b\nx,\"%s", row);
            snprintf(want, sizeof want, "[a][b]@1;-11@2 the row is longer than %u bytes; "
                     "is a quote never closed?", (unsigned)limit);
            exchange_check_sized(text, strlen(text), limit, want);
        }
}

/* Write a field, in quotes where it must be and sometimes where it need not. */
static size_t exchange_write(char *out, const char *field, size_t size, bool quotes)
{
    size_t at = 0;
    if (!quotes) {
        memcpy(out, field, size);
        return size;
    }
    out[at++] = '"';
    for (size_t i = 0; i < size; i++) {
        if (field[i] == '"')
            out[at++] = '"';
        out[at++] = field[i];
    }
    out[at++] = '"';
    return at;
}

/* Random tables, written and read. */
static void test_exchange_round_trip(void)
{
    static char text[40000];
    static exchange_seen want, seen;
    static const char letters[] = "ab,\"\n\r\t x";
    t_rng rng = t_rng_make(9001);
    for (int round = 0; round < 300; round++) {
        uint32_t columns = 2 + t_below(&rng, 5), rows = 1 + t_below(&rng, 20), line = 1;
        size_t size = 0;
        bool end = t_below(&rng, 2) != 0;
        want.size = 0;
        for (uint32_t r = 0; r < rows; r++) {
            uint32_t first = line;
            starlings_text fields[8];
            char store[8][16];
            for (uint32_t c = 0; c < columns; c++) {
                uint32_t length = t_below(&rng, 12);
                bool quotes = t_below(&rng, 3) == 0;
                for (uint32_t i = 0; i < length; i++) {
                    store[c][i] = letters[t_below(&rng, quotes ? 9 : 2)];
                    line += store[c][i] == '\n';
                }
                fields[c].text = store[c];
                fields[c].size = length;
                text[size] = ',';
                size += c > 0;
                size += exchange_write(text + size, store[c], length, quotes);
            }
            exchange_see_row(&want, fields, columns, first);
            line++;
            if (end || r + 1 < rows) {
                text[size] = '\r';
                size += t_below(&rng, 2);
                text[size++] = '\n';
            }
        }
        for (size_t step = 0; step < 3; step++) {
            exchange_see_file(&seen, text, size, step, 0);
            T_EQ_STR(seen.text, want.text);
        }
    }
}

/* Random bytes: in pieces and at once the reader says the same. */
static void test_exchange_noise(void)
{
    static exchange_seen one, other;
    static const char letters[] = "aa,,\"\"\n\n\r\0b";
    t_rng rng = t_rng_make(9002);
    char text[64];
    for (int round = 0; round < (t_state.big ? 200000 : 4000); round++) {
        size_t size = t_below(&rng, sizeof text), limit = t_below(&rng, 4) == 0 ? 12 : 0;
        for (size_t i = 0; i < size; i++)
            text[i] = letters[t_below(&rng, sizeof letters - 1)];
        exchange_see_file(&one, text, size, 1, limit);
        exchange_see_file(&other, text, size, 64, limit);
        T_EQ_STR(one.text, other.text);
    }
}

/* An error of the source comes through, whenever it comes, and may pass. */
static void test_exchange_source_fails(void)
{
    static const char text[] = "a,b\n1,2\n3,\"4\n5\"\n";
    for (size_t at = 0; at < sizeof text; at++) {
        exchange_file f;
        starlings_csv_desc desc;
        const starlings_text *fields = NULL;
        starlings_status status;
        uint32_t rows = 0;
        memset(&desc, 0, sizeof desc);
        memset(&f, 0, sizeof f);
        f.bytes.bytes = text;
        f.bytes.size = sizeof text - 1;
        f.bytes.step = 1;
        f.bytes.fail_at = at;
        desc.source.read = exchange_read;
        desc.source.ctx = &f.bytes;
        desc.env.error = &f.error;
        status = starlings_csv_open(&desc, &f.csv);
        T_CHECK((status == STARLINGS_OK) == (f.csv != NULL));
        while (status == STARLINGS_OK) {
            status = starlings_csv_next(f.csv, &fields);
            if (status != STARLINGS_OK || fields == NULL)
                break;
            rows++;
        }
        T_CHECK(status == STARLINGS_ERR_IO);
        T_CHECK(f.error.status == STARLINGS_ERR_IO);
        T_CHECK(fields == NULL);
        if (f.csv != NULL) { /* the source recovers, so does the reader */
            f.bytes.fail_at = SIZE_MAX;
            while ((status = starlings_csv_next(f.csv, &fields)) == STARLINGS_OK && fields != NULL)
                rows++;
            T_CHECK(status == STARLINGS_OK);
            T_EQ_U64(rows, 2);
        }
        starlings_csv_close(f.csv);
    }
}

static void test_exchange_arguments(void)
{
    starlings_csv_desc desc;
    starlings_csv *csv = NULL;
    const starlings_text *fields = NULL;
    size_t count = 5;
    memset(&desc, 0, sizeof desc);
    T_CHECK(starlings_csv_open(NULL, &csv) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_csv_open(&desc, &csv) == STARLINGS_ERR_ARG);
    desc.source.read = exchange_read;
    T_CHECK(starlings_csv_open(&desc, NULL) == STARLINGS_ERR_ARG);
    desc.separator = '"';
    T_CHECK(starlings_csv_open(&desc, &csv) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_csv_next(NULL, &fields) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_csv_header(NULL, &count) == NULL && count == 0);
    T_EQ_U64(starlings_csv_line(NULL), 0);
    T_CHECK(starlings_edge_list_read_csv(NULL, NULL, NULL, false, NULL) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_membership_read_csv(NULL, NULL, NULL, false, NULL) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_context_read_csv(NULL, NULL, NULL, false) == STARLINGS_ERR_ARG);
    starlings_csv_close(NULL);
    starlings_edge_list_clear(NULL);
    starlings_membership_clear(NULL);
}

/* ---- readers ---- */

enum exchange_reader { EXCHANGE_EDGES, EXCHANGE_MEMBERSHIP, EXCHANGE_RECORDS };

static void exchange_see_name(exchange_seen *seen, starlings_identity name)
{
    if (name.source.size > 0) {
        exchange_see(seen, name.source.text, name.source.size);
        exchange_see(seen, ":", 1);
    }
    exchange_see(seen, name.key.text, name.key.size);
}

/* What a reader makes of a file, as a text: a-b weight; or record=label; or record; then a + for
   sources, and the error. */
static starlings_status exchange_run(exchange_seen *seen, enum exchange_reader reader,
                                     const starlings_csv_columns *columns, const char *text,
                                     starlings_context *context, bool known_only)
{
    exchange_file f;
    starlings_edge_list list;
    starlings_membership side;
    char end[300];
    starlings_status status = exchange_open(&f, text, strlen(text), 0, 0, NULL);
    memset(&list, 0, sizeof list);
    memset(&side, 0, sizeof side);
    seen->size = 0;
    seen->text[0] = '\0';
    if (status == STARLINGS_OK && reader == EXCHANGE_EDGES)
        status = starlings_edge_list_read_csv(f.csv, columns, context, known_only, &list);
    else if (status == STARLINGS_OK && reader == EXCHANGE_MEMBERSHIP)
        status = starlings_membership_read_csv(f.csv, columns, context, known_only, &side);
    else if (status == STARLINGS_OK)
        status = starlings_context_read_csv(f.csv, columns, context, known_only);
    for (size_t i = 0; i < list.count; i++) {
        exchange_see_name(seen, starlings_context_identity(context, list.edges[i].a));
        exchange_see(seen, "-", 1);
        exchange_see_name(seen, starlings_context_identity(context, list.edges[i].b));
        exchange_see(seen, end, (size_t)snprintf(end, sizeof end, " %g;", list.edges[i].weight));
    }
    for (uint32_t i = 0; i < starlings_context_count(context) && reader != EXCHANGE_EDGES; i++) {
        exchange_see_name(seen, starlings_context_identity(context, i));
        if (reader == EXCHANGE_MEMBERSHIP && i < side.record_count)
            exchange_see(seen, end, (size_t)snprintf(end, sizeof end, "=%d", (int)side.labels[i]));
        exchange_see(seen, ";", 1);
    }
    exchange_see(seen, "+", list.has_sources || side.has_sources);
    if (status != STARLINGS_OK)
        exchange_see(seen, end,
                     (size_t)snprintf(end, sizeof end, "%d@%u %s", (int)status,
                                      (unsigned)f.error.line, f.error.text));
    starlings_edge_list_clear(&list);
    starlings_membership_clear(&side);
    starlings_csv_close(f.csv);
    return status;
}

static void exchange_want(enum exchange_reader reader, const starlings_csv_columns *columns,
                          const char *text, const char *want)
{
    static exchange_seen seen;
    starlings_context *context = NULL;
    T_REQUIRE(starlings_context_create(NULL, &context) == STARLINGS_OK);
    (void)exchange_run(&seen, reader, columns, text, context, false);
    T_EQ_STR(seen.text, want);
    starlings_context_release(context);
}

static void test_exchange_edges(void)
{
    const enum exchange_reader r = EXCHANGE_EDGES;
    exchange_want(r, NULL, "record_a,record_b,score\nx,y,0.5\nx,x,1\n", "x-y 0.5;x-x 1;");
    exchange_want(r, NULL, "z,score,record_b,record_a\n,1e-3,y,x\n", "x-y 0.001;");
    exchange_want(r, NULL, "left_id,right_id,score\n1,2,0\n", "1-2 0;");
    exchange_want(r, NULL, "src\tdst\tweight\n1\t2\t1.\n", "1-2 1;");
    exchange_want(r, NULL, "source,target,weight\n1, 1,.5\n", "1- 1 0.5;");
    exchange_want(r, NULL, "id1,id2,score\n1,2,-0\n", "1-2 -0;");
    exchange_want(r, NULL, "unique_id_l,unique_id_r,match_probability,match_weight\n1,2,1,9\n",
                  "1-2 1;");
    exchange_want(r, NULL,
                  "match_probability,source_dataset_l,unique_id_l,source_dataset_r,unique_id_r\n"
                  "0.5,A,1,B,1\n0.25,B,1,A,1\n0.75,B,1,B,1\n",
                  "A:1-B:1 0.5;B:1-A:1 0.25;B:1-B:1 0.75;+");
    exchange_want(r, NULL, "record_a,record_b,score\n", "");
    /* a bad row leaves nothing behind */
    exchange_want(r, NULL, "record_a,record_b,score\nx,y,1\n\nx,y,1\n",
                  "x-y 1;-11@3 1 field where the header has 3");
    exchange_want(r, NULL, "record_a,record_b,score\nx,y,abc\n",
                  "-11@2 score \"abc\" is not a number");
    exchange_want(r, NULL, "record_a,record_b,score\nx,y, 0.5\n",
                  "-11@2 score \" 0.5\" is not a number");
    exchange_want(r, NULL, "record_a,record_b,score\nx,\"y\nz\",1\nx,y,nan\n",
                  "x-y\nz 1;-11@4 score \"nan\" is not a number");
    exchange_want(r, NULL, "record_a,record_b,score\nx,y,1.0000001\n",
                  "-6@2 score 1.0000001 is outside 0 to 1");
    exchange_want(r, NULL, "record_a,record_b,score\nx,y,-0.1\n",
                  "-6@2 score -0.1 is outside 0 to 1");
    exchange_want(r, NULL, "record_a,record_b,score\nx,y,1e999\n",
                  "-6@2 score 1e999 is outside 0 to 1");
    exchange_want(r, NULL, "record_a,record_b,score\n,y,1\n", "-11@2 record_a is empty");
    exchange_want(r, NULL, "record_a,record_b,score\nx,\"\",1\n", "-11@2 record_b is empty");
    exchange_want(r, NULL, "record_a,record_b,score\nx,y,\n", "-11@2 score is empty");
    exchange_want(r, NULL,
                  "source_dataset_l,unique_id_l,source_dataset_r,unique_id_r,match_probability\n"
                  "a,1,,2,0.5\n",
                  "+-11@2 source_dataset_r is empty");
    exchange_want(r, NULL,
                  "record_a,record_b,score\nx,y,"
                  "1234567890123456789012345678901234567890123456789012345678901234567890\n",
                  "-6@2 score 1234567890123456789012345678901234567890... is outside 0 to 1");
    exchange_want(r, NULL, "record_a,record_b,score\nx,y,\"a\nb\xff\xe2\x82\xac\"\n",
                  "-11@2 score \"a?b?\xe2\x82\xac\" is not a number");
}

static void test_exchange_columns(void)
{
    const enum exchange_reader r = EXCHANGE_EDGES;
    starlings_csv_columns c;
    exchange_want(r, NULL, "a,b,c\n", "-12@1 no column \"record_a\"; the header has \"a\", \"b\", "
                  "\"c\"");
    exchange_want(r, NULL, "src,b,weight\n", "-12@1 no column \"dst\"; the header has \"src\", "
                  "\"b\", \"weight\"");
    exchange_want(r, NULL, "record_a,record_b,x\n", "-12@1 no column \"score\"; the header has "
                  "\"record_a\", \"record_b\", \"x\"");
    exchange_want(r, NULL, "record_a,record_b,score,src,dst\n",
                  "-13@1 the header has both record_a,record_b and src,dst");
    exchange_want(r, NULL, "record_a,record_b,score,weight\n",
                  "-13@1 the header has both score and weight");
    exchange_want(r, NULL, "record_a,record_a,record_b,score\n",
                  "-13@1 the header has \"record_a\" twice");
    exchange_want(r, NULL, "record_a,record_b,x,x,score\n1,2,3,4,0.5\n", "1-2 0.5;");
    exchange_want(r, NULL, "unique_id_l,unique_id_r,source_dataset_l,match_probability\n",
                  "-12@1 no column \"source_dataset_r\"; the header has \"unique_id_l\", "
                  "\"unique_id_r\", \"source_dataset_l\", \"match_probability\"");
    memset(&c, 0, sizeof c);
    c.score = "weight";
    exchange_want(r, &c, "record_a,record_b,score,weight\n1,2,7,0.5\n", "1-2 0.5;");
    c.left = "src";
    exchange_want(r, &c, "record_a,record_b,score,src,dst,weight\n1,2,7,3,4,0.5\n",
                  "-13@1 the header has both record_a,record_b and src,dst");
    c.right = "dst";
    exchange_want(r, &c, "record_a,record_b,score,src,dst,weight\n1,2,7,3,4,0.5\n", "3-4 0.5;");
    c.right = "src";
    exchange_want(r, &c, "src,weight\n1,1\n", "-1@1 one column is named for two things");
    c.right = "there";
    exchange_want(r, &c, "src,weight\n1,1\n",
                  "-12@1 no column \"there\"; the header has \"src\", \"weight\"");
    memset(&c, 0, sizeof c);
    c.left = "unique_id_l"; /* named or not: the sources of these ids count */
    exchange_want(r, &c, "unique_id_l,unique_id_r,source_dataset_l,source_dataset_r,weight\n"
                  "1,2,A,B,1\n", "A:1-B:2 1;+");
    c.right = "unique_id_r";
    exchange_want(r, &c, "unique_id_l,unique_id_r,source_dataset_l,source_dataset_r,weight\n"
                  "1,2,A,B,1\n", "A:1-B:2 1;+");
    c.right = "other";
    exchange_want(r, &c, "unique_id_l,other,source_dataset_l,source_dataset_r,weight\n"
                  "1,2,A,B,1\n", "1-2 1;");
    c.right = "unique_id_r";
    c.source_left = "source_dataset_l";
    exchange_want(r, &c, "unique_id_l,unique_id_r,source_dataset_l,source_dataset_r,weight\n"
                  "1,2,A,B,1\n", "-1@1 only one side has a column for its source");
    c.source_right = "source_dataset_l";
    exchange_want(r, &c, "unique_id_l,unique_id_r,source_dataset_l,source_dataset_r,weight\n"
                  "1,2,A,B,1\n", "A:1-A:2 1;+");
}

static void test_exchange_membership(void)
{
    const enum exchange_reader r = EXCHANGE_MEMBERSHIP;
    starlings_csv_columns c;
    exchange_want(r, NULL, "record,entity\nx,e\ny,f\nz,e\n", "x=0;y=1;z=0;");
    exchange_want(r, NULL, "cluster_id,source_dataset,unique_id\n7,A,1\n7,B,1\n8,A,2\n",
                  "A:1=0;B:1=0;A:2=1;+");
    exchange_want(r, NULL, "mention_id,unique_id\nm,u\n", "m=0;");
    exchange_want(r, NULL, "record,entity\n", "");
    exchange_want(r, NULL, "record,entity\nx,e\nx,e\n", "x=0;-14@3 record \"x\" is there twice");
    exchange_want(r, NULL, "record,entity\nx,e\n,e\n", "x=0;-11@3 record is empty");
    exchange_want(r, NULL, "record,entity\nx,e\ny,\n", "x=0;-11@3 entity is empty");
    exchange_want(r, NULL, "mention_id,unique_id,cluster_id\n",
                  "-13@1 the header has both unique_id,cluster_id and "
                  "mention_id,unique_id");
    exchange_want(r, NULL, "record,cluster\n",
                  "-12@1 no column \"entity\"; the header has \"record\", \"cluster\"");
    memset(&c, 0, sizeof c);
    c.entity = "e2";
    exchange_want(r, &c, "record,e1,e2\nx,1,2\ny,3,2\n", "x=0;y=0;");
    c.record = "e1";
    c.source = "record";
    exchange_want(r, &c, "record,e1,e2\nx,1,2\ny,3,2\n", "x:1=0;y:3=0;+");
    c.entity = NULL;
    c.record = "unique_id";
    c.source = NULL;
    exchange_want(r, &c, "unique_id,source_dataset,cluster_id\nx,1,2\n", "1:x=0;+");
}

/* Source and key as one key; a source that would make two records one is refused. */
static void test_exchange_joined(void)
{
    const char *head = "unique_id_l,source_dataset_l,unique_id_r,source_dataset_r,score\n";
    static const struct {
        const char *row, *want;
    } rows[] = {
        { "1,A,2,B,1\n", "A-__-1-B-__-2 1;+" },
        { "1,A,-__-,B,1\n", "A-__-1-B-__--__- 1;+" },
        { "1,A,-__-,-__,1\n", "+-11@2 source \"-__\" runs into the -__- behind it" },
        { "1,a-_,2,-,1\n", "a-_-__-1---__-2 1;+" },
        { "1,A,2,a-__-b,1\n", "+-11@2 source \"a-__-b\" runs into the -__- behind it" },
        { "1,a-__,2,B,1\n", "+-11@2 source \"a-__\" runs into the -__- behind it" },
        { "1,a-__-,2,B,1\n", "+-11@2 source \"a-__-\" runs into the -__- behind it" },
    };
    starlings_csv_columns c;
    memset(&c, 0, sizeof c);
    c.join_sources = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[300];
        (void)snprintf(text, sizeof text, "%s%s", head, rows[i].row);
        exchange_want(EXCHANGE_EDGES, &c, text, rows[i].want);
    }
    exchange_want(EXCHANGE_MEMBERSHIP, &c, "unique_id,source_dataset,cluster_id\nx,A,2\ny,A,2\n",
                  "A-__-x=0;A-__-y=0;+");
    exchange_want(EXCHANGE_MEMBERSHIP, &c, "record,entity\nA-__-x,2\n", "A-__-x=0;");
    exchange_want(EXCHANGE_RECORDS, &c, "unique_id,source_dataset\nx,A\n", "A-__-x;");
}

static void test_exchange_renumber(void)
{
    static const uint32_t turn[4] = { 2, 0, 3, 1 }, far[4] = { 2, 0, 9, 1 };
    starlings_edge edges[2] = { { 0, 1, 0.5 }, { 2, 0, 0.25 } };
    starlings_edge_list list;
    starlings_membership m;
    exchange_file f;
    starlings_context *context = NULL;
    memset(&list, 0, sizeof list);
    memset(&m, 0, sizeof m);
    list.edges = edges;
    list.count = 2;
    T_STATUS(starlings_edge_list_renumber(&list, turn, 2), STARLINGS_ERR_RANGE);
    T_CHECK(edges[0].a == 0 && edges[1].a == 2);
    T_STATUS(starlings_edge_list_renumber(&list, turn, 3), STARLINGS_OK);
    T_CHECK(edges[0].a == 2 && edges[0].b == 0 && edges[1].a == 3 && edges[1].b == 2);
    T_STATUS(starlings_edge_list_renumber(NULL, turn, 3), STARLINGS_ERR_ARG);
    T_STATUS(starlings_membership_renumber(&m, turn, 4), STARLINGS_ERR_ARG);
    T_REQUIRE(starlings_context_create(NULL, &context) == STARLINGS_OK);
    T_REQUIRE(exchange_open(&f, "record,entity\na,x\nb,y\nc,x\n", 26, 100, 0, NULL) ==
              STARLINGS_OK);
    T_STATUS(starlings_membership_read_csv(f.csv, NULL, context, false, &m), STARLINGS_OK);
    T_STATUS(starlings_membership_renumber(&m, turn, 2), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_membership_renumber(&m, far, 4), STARLINGS_ERR_RANGE);
    T_EQ_U64(m.labels[0], 0);
    T_STATUS(starlings_membership_renumber(&m, turn, 4), STARLINGS_OK);
    T_EQ_U64(m.record_count, 4);
    T_CHECK(m.labels[2] == 0 && m.labels[0] == 1 && m.labels[3] == 0);
    T_EQ_U64(m.labels[1], STARLINGS_NONE);
    starlings_membership_clear(&m);
    starlings_csv_close(f.csv);
    starlings_context_release(context);
}

typedef struct exchange_out {
    char text[200];
    size_t size;
    uint32_t writes, fail_at;
} exchange_out;

static starlings_status exchange_out_write(void *ctx, const void *bytes, size_t size)
{
    exchange_out *out = (exchange_out *)ctx;
    if (out->writes++ == out->fail_at || size > sizeof out->text - 1 - out->size)
        return STARLINGS_ERR_IO;
    memcpy(out->text + out->size, bytes, size);
    out->size += size;
    return STARLINGS_OK;
}

/* Fields come back from the reader as they were, and a failing sink is told. */
static void test_exchange_fields(void)
{
    static const char *const cases[][2] = {
        { "a", "a\n" }, { "", "\n" }, { "a,b", "\"a,b\"\n" }, { "\"", "\"\"\"\"\n" },
        { "say \"x\", \"y\"", "\"say \"\"x\"\", \"\"y\"\"\"\n" }, { "a\nb", "\"a\nb\"\n" },
        { " a", " a\n" }, { "a\r", "\"a\r\"\n" }, { "\"\"", "\"\"\"\"\"\"\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        exchange_out out = { "", 0, 0, UINT32_MAX };
        starlings_sink sink = { exchange_out_write, &out };
        starlings_text field = { cases[i][0], strlen(cases[i][0]) };
        uint32_t writes;
        T_STATUS(starlings_csv_write_field(&sink, field, '\n'), STARLINGS_OK);
        T_EQ_STR(out.text, cases[i][1]);
        writes = out.writes;
        for (uint32_t k = 0; k < writes; k++) {
            out.size = out.writes = 0;
            out.fail_at = k;
            T_STATUS(starlings_csv_write_field(&sink, field, '\n'), STARLINGS_ERR_IO);
        }
    }
    T_STATUS(starlings_csv_write_field(NULL, (starlings_text){ "a", 1 }, ','), STARLINGS_ERR_ARG);
}

static void test_exchange_records(void)
{
    const enum exchange_reader r = EXCHANGE_RECORDS;
    starlings_csv_columns c;
    exchange_want(r, NULL, "record,name\nx,1\ny,2\nx,3\n", "x;y;");
    exchange_want(r, NULL, "source_dataset,unique_id\nA,1\nB,1\n", "A:1;B:1;");
    exchange_want(r, NULL, "id\n1\n2\n", "1;2;");
    exchange_want(r, NULL, "mention_id\n1\n\n", "1;-11@3 mention_id is empty");
    exchange_want(r, NULL, "id,record\n",
                  "-13@1 the header has both record and id");
    exchange_want(r, NULL, "x\n", "-12@1 no column \"record\"; the header has \"x\"");
    memset(&c, 0, sizeof c);
    c.record = "id";
    exchange_want(r, &c, "id,record\n1,2\n", "1;");
}

/* Among known records only. */
static void test_exchange_strangers(void)
{
    static exchange_seen seen;
    starlings_context *context = NULL;
    T_REQUIRE(starlings_context_create(NULL, &context) == STARLINGS_OK);
    (void)exchange_run(&seen, EXCHANGE_RECORDS, NULL, "unique_id,source_dataset\n1,A\n2,A\n",
                       context, false);
    T_EQ_STR(seen.text, "A:1;A:2;");
    (void)exchange_run(&seen, EXCHANGE_EDGES, NULL,
                       "unique_id_l,source_dataset_l,unique_id_r,source_dataset_r,score\n"
                       "1,A,2,A,1\n2,A,3,A,1\n", context, true);
    T_EQ_STR(seen.text, "A:1-A:2 1;+-15@3 record \"A-__-3\" is not known");
    (void)exchange_run(&seen, EXCHANGE_EDGES, NULL, "src,dst,weight\n1,2,1\n", context, true);
    T_EQ_STR(seen.text, "-15@2 record \"1\" is not known");
    (void)exchange_run(&seen, EXCHANGE_MEMBERSHIP, NULL,
                       "unique_id,source_dataset,cluster_id\n2,A,1\n1,B,1\n", context, true);
    T_EQ_STR(seen.text, "A:1=-1;A:2=0;+-15@3 record \"B-__-1\" is not known");
    (void)exchange_run(&seen, EXCHANGE_RECORDS, NULL, "id\n\"say \"\"4\"\"\"\n", context, true);
    T_EQ_STR(seen.text, "A:1;A:2;-15@2 record \"say \"4\"\" is not known");
    T_EQ_U64(starlings_context_count(context), 2);
    (void)exchange_run(&seen, EXCHANGE_MEMBERSHIP, NULL, "record,entity\nx,1\n", context, false);
    T_EQ_STR(seen.text, "A:1=-1;A:2=-1;x=0;");
    starlings_context_release(context);
}

static bool exchange_stop(void *ctx, const char *stage, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return stage != NULL && ++*(uint32_t *)ctx < 2;
}

/* Many rows: two lists one after the other, and a stop. */
static void test_exchange_many(void)
{
    enum { ROWS = 150000 };
    char *text = (char *)malloc(ROWS * 32 + 100);
    size_t size = 0;
    uint32_t calls = 0;
    exchange_file f;
    starlings_context *context = NULL;
    starlings_edge_list list;
    memset(&list, 0, sizeof list);
    T_REQUIRE(text != NULL);
    size += (size_t)sprintf(text, "src,dst,weight\n");
    for (uint32_t i = 0; i < ROWS; i++)
        size += (size_t)sprintf(text + size, "%u,%u,0.%06u\n", (unsigned)i,
                                (unsigned)(i * 7 % ROWS), (unsigned)i);
    T_REQUIRE(starlings_context_create(NULL, &context) == STARLINGS_OK);
    for (int round = 0; round < 2; round++) {
        T_REQUIRE(exchange_open(&f, text, size, 100000, 0, NULL) == STARLINGS_OK);
        T_CHECK(starlings_edge_list_read_csv(f.csv, NULL, context, round > 0, &list) ==
                STARLINGS_OK);
        T_EQ_U64(list.count, (size_t)ROWS * ((size_t)round + 1));
        T_EQ_U64(starlings_context_count(context), ROWS);
        starlings_csv_close(f.csv);
    }
    T_CHECK(memcmp(list.edges, list.edges + ROWS, ROWS * sizeof *list.edges) == 0);
    T_REQUIRE(exchange_open(&f, text, size, 100000, 0, NULL) == STARLINGS_OK);
    f.csv->env.progress.report = exchange_stop;
    f.csv->env.progress.ctx = &calls;
    T_CHECK(starlings_edge_list_read_csv(f.csv, NULL, context, true, &list) ==
            STARLINGS_ERR_CANCELLED);
    T_EQ_U64(calls, 2);
    T_CHECK(list.count > 2 * ROWS && list.count < 3 * ROWS);
    starlings_csv_close(f.csv);
    starlings_edge_list_clear(&list);
    starlings_context_release(context);
    free(text);
}

/* Every allocation of every reader fails once, or from then on. */
static void exchange_fault_run(faults *f, enum exchange_reader reader, const char *text)
{
    starlings_allocator allocator = faults_allocator(f);
    starlings_context_desc desc;
    starlings_context *context = NULL;
    starlings_edge_list list;
    starlings_membership side;
    exchange_file file;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    memset(&list, 0, sizeof list);
    memset(&side, 0, sizeof side);
    file.csv = NULL;
    file.error.status = STARLINGS_OK;
    desc.env.allocator = allocator;
    status = starlings_context_create(&desc, &context);
    if (status == STARLINGS_OK)
        status = exchange_open(&file, text, strlen(text), 3, 300, &allocator);
    if (status == STARLINGS_OK && reader == EXCHANGE_EDGES)
        status = starlings_edge_list_read_csv(file.csv, NULL, context, false, &list);
    else if (status == STARLINGS_OK && reader == EXCHANGE_MEMBERSHIP)
        status = starlings_membership_read_csv(file.csv, NULL, context, false, &side);
    else if (status == STARLINGS_OK)
        status = starlings_context_read_csv(file.csv, NULL, context, false);
    T_CHECK(status == (f->failed > 0 ? STARLINGS_ERR_NOMEM : STARLINGS_OK));
    T_CHECK(f->failed == 0 || context == NULL || file.error.status == STARLINGS_ERR_NOMEM);
    if (file.csv != NULL && f->failed > 0 && reader != EXCHANGE_MEMBERSHIP) {
        f->armed = false; /* whatever failed, it can be gone on with */
        if (reader == EXCHANGE_EDGES) {
            size_t before = list.count;
            status = starlings_edge_list_read_csv(file.csv, NULL, context, false, &list);
            T_CHECK(list.count >= before);
        } else
            status = starlings_context_read_csv(file.csv, NULL, context, false);
        T_CHECK(status == STARLINGS_OK);
    }
    starlings_edge_list_clear(&list);
    starlings_membership_clear(&side);
    starlings_csv_close(file.csv);
    starlings_context_release(context);
    T_EQ_U64(f->live, 0);
    T_EQ_U64(f->broken, 0);
}

static void test_exchange_faults(void)
{
    static char text[3][8000];
    size_t size[3];
    size[0] = (size_t)sprintf(text[0], "unique_id_l,source_dataset_l,unique_id_r,source_dataset_r,"
                              "score,c1,c2,c3,c4,c5,c6,c7,c8,c9,d1,d2,d3,d4\n");
    size[1] = (size_t)sprintf(text[1], "record,entity\n");
    size[2] = (size_t)sprintf(text[2], "id\tx\n");
    for (int i = 0; i < 60; i++) {
        size[0] += (size_t)sprintf(text[0] + size[0],
                                   "\"a\"\"%d\",s%d,b%d,t%d,0.5,,,,,,,,,,,,,%0*d\n", i, i % 7, i,
                                   i % 3, 1 + i, 0);
        size[1] += (size_t)sprintf(text[1] + size[1], "%d,\"e %d\"\n", i, i / 2);
        size[2] += (size_t)sprintf(text[2] + size[2], "%d\t\n", i);
    }
    for (int reader = 0; reader < 3; reader++)
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            bool failed = true;
            for (size_t n = 0; n < 100 && failed; n++) {
                faults f = faults_make();
                f.fail_at = n;
                f.for_ever = for_ever != 0;
                exchange_fault_run(&f, (enum exchange_reader)reader, text[reader]);
                failed = f.failed > 0;
            }
            T_CHECK(!failed);
        }
}

/* ---- linkage matrix and Newick ---- */

static starlings_hierarchy *exchange_hierarchy(const starlings_edge *edges, size_t count,
                                               uint32_t records)
{
    starlings_hierarchy_desc desc;
    starlings_hierarchy *hierarchy = NULL;
    memset(&desc, 0, sizeof desc);
    desc.edges = edges;
    desc.edge_count = count;
    desc.record_count = records;
    (void)starlings_hierarchy_create(&desc, &hierarchy);
    return hierarchy;
}

/* Few keys, so that many merges are of more than two groups. */
static starlings_hierarchy *exchange_random_hierarchy(t_rng *rng, uint32_t *out_records)
{
    starlings_edge edges[60];
    uint32_t n = 1 + t_below(rng, 24), count = t_below(rng, 50), keys = 1 + t_below(rng, 8);
    for (uint32_t i = 0; i < count; i++) {
        edges[i].a = t_below(rng, n);
        edges[i].b = t_below(rng, n);
        edges[i].weight = t_below(rng, keys + 1) / (double)keys;
    }
    *out_records = n;
    return exchange_hierarchy(edges, count, n);
}

/* The matrix is one that scipy takes, and cut at any height it is the partition. */
static void exchange_check_linkage(starlings_hierarchy *h, uint32_t n, double never)
{
    double matrix[4 * 64];
    uint32_t label[128], size[128], used[128];
    double last = 0;
    starlings_index *index = NULL;
    T_REQUIRE(starlings_hierarchy_linkage(h, NULL, never, matrix) == STARLINGS_OK);
    T_REQUIRE(starlings_index_create(h, NULL, &index) == STARLINGS_OK);
    memset(used, 0, sizeof used);
    for (uint32_t i = 0; i < n; i++)
        size[i] = 1;
    for (uint32_t i = 0; i < n; i++)
        label[i] = i;
    for (uint32_t r = 0; r + 1 < n; r++) {
        const double *row = matrix + (size_t)4 * r;
        uint32_t a = (uint32_t)row[0], b = (uint32_t)row[1];
        T_CHECK(row[0] < row[1] && b < n + r);
        T_CHECK(row[2] >= last);
        last = row[2];
        T_EQ_U64(used[a]++ + used[b]++, 0);
        size[n + r] = size[a] + size[b];
        T_NEAR(row[3], size[n + r], 0);
        for (uint32_t x = 0; x < n; x++)
            for (uint32_t y = 0; y < n; y++)
                if (label[x] == a && label[y] == b) {
                    uint32_t key = 7;
                    T_CHECK(starlings_index_closeness(index, x, y, &key) == STARLINGS_OK);
                    T_NEAR(row[2], key == STARLINGS_NONE ? (never > 0 ? never : 2.0)
                                                         : (1000000 - key) / 1e6, 0);
                }
        for (uint32_t x = 0; x < n; x++)
            if (label[x] == a || label[x] == b)
                label[x] = n + r;
    }
    starlings_index_release(index);
}

static const starlings_edge exchange_example[] = {
    { 0, 1, 0.95 }, { 1, 2, 0.80 }, { 3, 4, 0.90 }, { 2, 3, 0.40 },
};

static void test_exchange_linkage(void)
{
    static const double want[5][4] = { { 0, 1, 0.05, 2 }, { 3, 4, 0.1, 2 }, { 2, 6, 0.2, 3 },
                                       { 7, 8, 0.6, 5 }, { 5, 9, 2, 6 } };
    double matrix[5][4];
    starlings_hierarchy *h = exchange_hierarchy(exchange_example, 4, 6);
    t_rng rng = t_rng_make(9003);
    T_REQUIRE(h != NULL);
    T_CHECK(starlings_hierarchy_linkage(h, NULL, 0, matrix[0]) == STARLINGS_OK);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 4; j++)
            T_NEAR(matrix[i][j], want[i][j], 0);
    T_CHECK(starlings_hierarchy_linkage(h, NULL, 0.5, matrix[0]) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_hierarchy_linkage(h, NULL, -1, matrix[0]) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_hierarchy_linkage(h, NULL, strtod("nan", NULL), matrix[0]) ==
            STARLINGS_ERR_ARG);
    T_CHECK(starlings_hierarchy_linkage(h, NULL, 1, NULL) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_hierarchy_linkage(NULL, NULL, 1, matrix[0]) == STARLINGS_ERR_ARG);
    starlings_hierarchy_release(h);
    for (int i = 0; i < 400; i++) {
        uint32_t n = 0;
        h = exchange_random_hierarchy(&rng, &n);
        T_REQUIRE(h != NULL);
        exchange_check_linkage(h, n, i % 2 == 0 ? 0 : 1);
        starlings_hierarchy_release(h);
    }
}

typedef struct exchange_text {
    char *text;
    size_t size, capacity;
    size_t fail_at;
} exchange_text;

static starlings_status exchange_write_text(void *ctx, const void *bytes, size_t size)
{
    exchange_text *t = (exchange_text *)ctx;
    if (t->size + size > t->fail_at || t->size + size >= t->capacity)
        return STARLINGS_ERR_IO;
    memcpy(t->text + t->size, bytes, size);
    t->size += size;
    t->text[t->size] = '\0';
    return STARLINGS_OK;
}

static starlings_text exchange_label(void *ctx, uint32_t record)
{
    const char *const *labels = (const char *const *)ctx;
    starlings_text t = { labels[record], strlen(labels[record]) };
    return t;
}

static starlings_status exchange_newick(starlings_hierarchy *h, exchange_text *t,
                                        const char *const *labels, starlings_error *error,
                                        const starlings_allocator *allocator)
{
    starlings_newick_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = h;
    desc.sink.write = exchange_write_text;
    desc.sink.ctx = t;
    desc.env.error = error;
    if (allocator != NULL)
        desc.env.allocator = *allocator;
    if (labels != NULL) {
        desc.name = exchange_label;
        desc.name_ctx = (void *)(uintptr_t)labels;
    }
    t->size = 0;
    return starlings_hierarchy_newick(&desc);
}

/* What a Newick text says: leaves in the order they stand, the tree of each, and for two leaves of
   one tree 1 + the height of the smallest node around both. */
typedef struct exchange_trees {
    uint32_t count, trees;
    uint32_t record[32], tree[32];
    uint32_t part[32][32];
} exchange_trees;

static void exchange_parse_newick(const char *p, exchange_trees *t)
{
    uint32_t open[32], up[32] = { 0 }, depth = 0, first = 0;
    char *end;
    memset(t, 0, sizeof *t);
    while (*p != '\0') {
        if (*p == '(') {
            T_REQUIRE(depth < 32);
            open[depth++] = t->count;
            p++;
        } else if (*p >= '0' && *p <= '9') {
            T_REQUIRE(t->count < 32);
            first = t->count++;
            t->record[first] = (uint32_t)strtoul(p, &end, 10);
            t->tree[first] = t->trees;
            up[first] = 0;
            p = end;
        } else if (*p == ')') {
            T_REQUIRE(depth > 0);
            first = open[--depth];
            for (uint32_t i = first; i < t->count; i++) {
                T_EQ_U64(up[i], up[first]); /* all ways up to a node are equally long */
                for (uint32_t j = first; j < t->count; j++)
                    if (t->part[i][j] == 0)
                        t->part[i][j] = 1 + up[i];
            }
            p++;
        } else if (*p == ':') {
            uint32_t way = (uint32_t)(strtod(p + 1, &end) * 1e6 + 0.5);
            for (uint32_t i = first; i < t->count; i++)
                up[i] += way;
            p = end;
        } else {
            T_REQUIRE(*p == ',' || (*p == ';' && p[1] == '\n' && depth == 0));
            t->trees += *p == ';';
            p += *p == ',' ? 1 : 2;
        }
    }
    T_EQ_U64(depth, 0);
}

/* Read back, the text says what the index says. Labels are record numbers. */
static void exchange_check_newick(starlings_hierarchy *h, uint32_t n, const char *text)
{
    exchange_trees t;
    starlings_index *index = NULL;
    uint32_t key = 0, smallest = 0;
    exchange_parse_newick(text, &t);
    T_REQUIRE(t.count == n);
    T_REQUIRE(starlings_index_create(h, NULL, &index) == STARLINGS_OK);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && t.tree[i] != t.tree[i - 1]) /* trees come by their smallest records */
            T_CHECK(t.record[i] > smallest);
        if (i == 0 || t.tree[i] != t.tree[i - 1])
            smallest = t.record[i];
        T_CHECK(t.record[i] >= smallest);
        for (uint32_t j = 0; j < n; j++) {
            if (i == j)
                continue;
            T_CHECK(starlings_index_closeness(index, t.record[i], t.record[j], &key) ==
                    STARLINGS_OK);
            T_EQ_U64(t.tree[i] == t.tree[j] ? 1000001 - t.part[i][j] : STARLINGS_NONE, key);
        }
    }
    starlings_index_release(index);
}

static void test_exchange_newick(void)
{
    static const char *const labels[] = { "a b", "it's", "", "x_y", "p(q)", "\xc3\xa9" };
    static char buffer[20000];
    exchange_text t = { buffer, 0, sizeof buffer, SIZE_MAX };
    starlings_newick_desc desc;
    starlings_error error;
    starlings_hierarchy *h = exchange_hierarchy(exchange_example, 4, 6);
    t_rng rng = t_rng_make(9004);
    T_REQUIRE(h != NULL);
    T_CHECK(exchange_newick(h, &t, NULL, NULL, NULL) == STARLINGS_OK);
    T_EQ_STR(buffer, "(((0:0.050000,1:0.050000):0.150000,2:0.200000):0.400000,"
                     "(3:0.100000,4:0.100000):0.500000);\n5;\n");
    T_CHECK(exchange_newick(h, &t, labels, NULL, NULL) == STARLINGS_OK);
    T_EQ_STR(buffer, "((('a b':0.050000,'it''s':0.050000):0.150000,'':0.200000):0.400000,"
                     "('x_y':0.100000,'p(q)':0.100000):0.500000);\n\xc3\xa9;\n");
    memset(&error, 0, sizeof error);
    t.fail_at = 10;
    T_CHECK(exchange_newick(h, &t, NULL, &error, NULL) == STARLINGS_ERR_IO);
    T_CHECK(error.status == STARLINGS_ERR_IO);
    t.fail_at = SIZE_MAX;
    memset(&desc, 0, sizeof desc);
    T_CHECK(starlings_hierarchy_newick(NULL) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_hierarchy_newick(&desc) == STARLINGS_ERR_ARG);
    desc.hierarchy = h;
    T_CHECK(starlings_hierarchy_newick(&desc) == STARLINGS_ERR_ARG);
    starlings_hierarchy_release(h);
    h = exchange_hierarchy(NULL, 0, 0);
    if (h != NULL) {
        buffer[0] = '\0';
        T_CHECK(exchange_newick(h, &t, NULL, NULL, NULL) == STARLINGS_OK);
        T_EQ_STR(buffer, "");
        T_CHECK(starlings_hierarchy_linkage(h, NULL, 0, NULL) == STARLINGS_OK);
        starlings_hierarchy_release(h);
    }
    for (int i = 0; i < 600; i++) {
        uint32_t n = 0;
        h = exchange_random_hierarchy(&rng, &n);
        T_REQUIRE(h != NULL);
        T_CHECK(exchange_newick(h, &t, NULL, NULL, NULL) == STARLINGS_OK);
        exchange_check_newick(h, n, buffer);
        starlings_hierarchy_release(h);
    }
}

/* A chain in which every record joins at its own key is as deep as it is long. */
static void exchange_check_chain(uint32_t n, int shape)
{
    starlings_edge *edges = (starlings_edge *)malloc(n * sizeof *edges);
    double *matrix = (double *)malloc((size_t)n * 4 * sizeof *matrix);
    exchange_text t = { NULL, 0, (size_t)n * 32 + 100, SIZE_MAX };
    starlings_hierarchy *h;
    size_t opened = 0;
    t.text = (char *)malloc(t.capacity);
    T_REQUIRE(edges != NULL && matrix != NULL && t.text != NULL);
    for (uint32_t i = 0; i + 1 < n; i++) {
        edges[i].a = i;
        edges[i].b = i + 1;
        edges[i].weight = shape == 0 ? 0.5 : (shape == 1 ? i : n - i) / 1e6;
    }
    h = exchange_hierarchy(edges, n - 1, n);
    T_REQUIRE(h != NULL);
    T_CHECK(starlings_hierarchy_linkage(h, NULL, 0, matrix) == STARLINGS_OK);
    T_NEAR(matrix[(size_t)4 * (n - 2) + 3], n, 0);
    T_CHECK(exchange_newick(h, &t, NULL, NULL, NULL) == STARLINGS_OK);
    for (size_t i = 0; i < t.size; i++)
        opened += t.text[i] == '(';
    T_EQ_U64(opened, shape == 0 ? 1 : n - 1);
    starlings_hierarchy_release(h);
    free(t.text);
    free(matrix);
    free(edges);
}

static void test_exchange_chains(void)
{
    for (int shape = 0; shape < 3; shape++)
        exchange_check_chain(t_state.big ? 1000000 : 100000, shape);
}

static void test_exchange_output_faults(void)
{
    static char buffer[4000];
    exchange_text t = { buffer, 0, sizeof buffer, SIZE_MAX };
    double matrix[20];
    starlings_hierarchy *h = exchange_hierarchy(exchange_example, 4, 6);
    T_REQUIRE(h != NULL);
    for (int for_ever = 0; for_ever < 2; for_ever++)
        for (int what = 0; what < 2; what++) {
            bool failed = true;
            for (size_t n = 0; n < 100 && failed; n++) {
                faults f = faults_make();
                starlings_allocator allocator = faults_allocator(&f);
                starlings_env env;
                starlings_error error;
                starlings_status status;
                memset(&env, 0, sizeof env);
                memset(&error, 0, sizeof error);
                env.allocator = allocator;
                env.error = &error;
                f.fail_at = n;
                f.for_ever = for_ever != 0;
                status = what == 0 ? starlings_hierarchy_linkage(h, &env, 0, matrix)
                                   : exchange_newick(h, &t, NULL, &error, &allocator);
                failed = f.failed > 0;
                T_CHECK(status == (failed ? STARLINGS_ERR_NOMEM : STARLINGS_OK));
                T_CHECK(error.status == status);
                T_EQ_U64(f.live, 0);
                T_EQ_U64(f.broken, 0);
            }
            T_CHECK(!failed);
        }
    starlings_hierarchy_release(h);
}

#ifndef STARLINGS_NO_STDIO
static void test_exchange_files(void)
{
    FILE *file = tmpfile();
    char bytes[16];
    size_t size = 9;
    if (file == NULL) {
        T_SKIP(6, "no temporary file");
        return;
    }
    T_CHECK(starlings_file_write(file, "a,b\n1,2\n", 8) == STARLINGS_OK);
    rewind(file);
    T_CHECK(starlings_file_read(file, bytes, sizeof bytes, &size) == STARLINGS_OK);
    T_EQ_U64(size, 8);
    T_CHECK(starlings_file_read(file, bytes, sizeof bytes, &size) == STARLINGS_OK);
    T_EQ_U64(size, 0);
    T_CHECK(starlings_file_read(NULL, bytes, 1, &size) == STARLINGS_ERR_ARG);
    T_CHECK(starlings_file_write(NULL, bytes, 1) == STARLINGS_ERR_ARG);
    fclose(file);
}
#endif

static void test_exchange(void)
{
    test_exchange_rows();
    test_exchange_bad_rows();
    test_exchange_limit();
    test_exchange_round_trip();
    test_exchange_noise();
    test_exchange_source_fails();
    test_exchange_arguments();
    test_exchange_edges();
    test_exchange_columns();
    test_exchange_membership();
    test_exchange_records();
    test_exchange_joined();
    test_exchange_renumber();
    test_exchange_fields();
    test_exchange_strangers();
    test_exchange_many();
    test_exchange_faults();
    test_exchange_linkage();
    test_exchange_newick();
    test_exchange_chains();
    test_exchange_output_faults();
#ifndef STARLINGS_NO_STDIO
    test_exchange_files();
#endif
}
