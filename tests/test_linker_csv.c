/* test_linker_csv.c - S82: records of a CSV. What a reader has given to a linker is asked for by
   giving the linker the same records again: it must know all of them, and have no others. */

/* A text behind a source, some bytes at a time. */
typedef struct lcsv_source {
    const char *bytes;
    size_t size, at, step;
} lcsv_source;

static starlings_status lcsv_pull(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    lcsv_source *source = (lcsv_source *)ctx;
    size_t size = source->step < capacity ? source->step : capacity;
    if (size > source->size - source->at)
        size = source->size - source->at;
    if (size > 0)
        memcpy(bytes, source->bytes + source->at, size);
    source->at += size;
    *out_size = size;
    return STARLINGS_OK;
}

/* A linker, and the text that it reads from. */
typedef struct lcsv {
    lcsv_source source;
    starlings_error error;        /* of the reader */
    starlings_error linker_error; /* of the linker */
    starlings_linker *linker;
} lcsv;

static void lcsv_open(lcsv *t, const char *rules, faults *f)
{
    starlings_linker_desc desc;
    memset(t, 0, sizeof *t);
    memset(&desc, 0, sizeof desc);
    desc.env.error = &t->linker_error;
    if (f != NULL)
        desc.env.allocator = faults_allocator(f);
    T_STATUS(starlings_ontology_create(&desc.env, &desc.ontology), 0);
    T_STATUS(starlings_ontology_read(desc.ontology, starlings_text_of(rules)), 0);
    T_STATUS(starlings_linker_create(&desc, &t->linker), 0);
    starlings_ontology_release(desc.ontology);
}

static starlings_status lcsv_read_bytes(lcsv *t, const char *bytes, size_t size, size_t step,
                                        const starlings_record_columns *columns, faults *f)
{
    starlings_csv_desc desc;
    starlings_csv *csv = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    memset(&t->source, 0, sizeof t->source);
    t->source.bytes = bytes;
    t->source.size = size;
    t->source.step = step;
    desc.source.read = lcsv_pull;
    desc.source.ctx = &t->source;
    desc.env.error = &t->error;
    if (f != NULL)
        desc.env.allocator = faults_allocator(f);
    status = starlings_csv_open(&desc, &csv);
    if (status == STARLINGS_OK)
        status = starlings_linker_read_csv(t->linker, csv, columns);
    starlings_csv_close(csv);
    return status;
}

static starlings_status lcsv_read(lcsv *t, const char *text,
                                  const starlings_record_columns *columns)
{
    return lcsv_read_bytes(t, text, strlen(text), SIZE_MAX, columns, NULL);
}

/* A record from one text: "type|perspective|uid|from|to|attribute=value|attribute=value ...". */
enum { LCSV_PARTS = 24 };

static void lcsv_split(starlings_text text, starlings_text *parts, size_t *out_count)
{
    size_t from = 0;
    *out_count = 0;
    for (size_t i = 0; i <= text.size; i++)
        if (i == text.size || text.text[i] == '|') {
            parts[*out_count].text = text.text + from;
            parts[(*out_count)++].size = i - from;
            from = i + 1;
        }
}

static void lcsv_expect(lcsv *t, const char *record)
{
    starlings_text parts[LCSV_PARTS];
    starlings_descriptor descriptors[LCSV_PARTS];
    starlings_temporal_record given;
    starlings_arrival arrival = STARLINGS_ARRIVAL_NEW;
    starlings_interval valid = { STARLINGS_START_OF_TIME, STARLINGS_END_OF_TIME };
    size_t count;
    lcsv_split(starlings_text_of(record), parts, &count);
    T_REQUIRE(count >= 5);
    if (parts[3].size > 0)
        valid.start = strtoll(parts[3].text, NULL, 10);
    if (parts[4].size > 0)
        valid.end = strtoll(parts[4].text, NULL, 10);
    for (size_t i = 5; i < count; i++) {
        const char *equals = (const char *)memchr(parts[i].text, '=', parts[i].size);
        starlings_descriptor *d = &descriptors[i - 5];
        T_REQUIRE(equals != NULL);
        d->attribute.text = parts[i].text;
        d->attribute.size = (size_t)(equals - parts[i].text);
        d->value.text = equals + 1;
        d->value.size = parts[i].size - d->attribute.size - 1;
        d->valid = valid;
    }
    given.type = parts[0];
    given.perspective = parts[1];
    given.uid = parts[2];
    given.descriptors = descriptors;
    given.descriptor_count = count - 5;
    T_STATUS(starlings_linker_add(t->linker, &given, 1, &arrival), 0);
    if (arrival != STARLINGS_ARRIVAL_KNOWN)
        T_EQ_STR(record, "a record that is known");
}

/* ---- what is read */
static void test_linker_csv_values(void)
{
    static const char text[] = "\xEF\xBB\xBFuid,source,valid_from,valid_to,name,mail\r\n"
                               "1,hr,1970-01-02,1971-01-01,Ann,a@x;b@x\r\n"
                               "2,hr,,,\"Bo, \"\"B\"\"\",\r\n"
                               "3,hr,-5,7,\"Li\nne\",;;a;;b;\r\n"
                               "4,hr,,0,,\r\n"
                               "1,crm,1969-12-31,,Ann, a \n"
                               "1,hr,1970-01-02,1971-01-01,Ann,b@x;a@x\r\n";
    lcsv t;
    lcsv_open(&t, "", NULL);
    T_STATUS(lcsv_read(&t, text, NULL), 0);
    T_EQ_U64(starlings_linker_record_count(t.linker), 5);
    lcsv_expect(&t, "|hr|1|1|365|name=Ann|mail=a@x|mail=b@x");
    lcsv_expect(&t, "|hr|2|||name=Bo, \"B\"");
    lcsv_expect(&t, "|hr|3|-5|7|name=Li\nne|mail=a|mail=b");
    lcsv_expect(&t, "|hr|4||0");
    lcsv_expect(&t, "|crm|1|-1||name=Ann|mail= a ");
    T_EQ_U64(starlings_linker_record_count(t.linker), 5);
    /* A second file goes on. */
    T_STATUS(lcsv_read(&t, "uid,source,name\n4,crm,X\n", NULL), 0);
    lcsv_expect(&t, "|crm|4|||name=X");
    T_EQ_U64(starlings_linker_record_count(t.linker), 6);
    T_CHECK(t.error.status == STARLINGS_OK && t.linker_error.status == STARLINGS_OK);
    starlings_linker_release(t.linker);
}

/* Integers at the ends of the range are the unbounded ends. */
static void test_linker_csv_times(void)
{
    static const char text[] = "id,from,to,a\n"
                               "1,-9223372036854775808,9223372036854775807,x\n"
                               "2,-9223372036854775807,9223372036854775806,x\n"
                               "3,0001-01-01,9999-12-31,x\n"
                               "4,-007,0,x\n";
    lcsv t;
    lcsv_open(&t, "", NULL);
    T_STATUS(lcsv_read(&t, text, NULL), 0);
    lcsv_expect(&t, "||1|||a=x");
    lcsv_expect(&t, "||2|-9223372036854775807|9223372036854775806|a=x");
    lcsv_expect(&t, "||3|-719162|2932896|a=x");
    lcsv_expect(&t, "||4|-7|0|a=x");
    T_EQ_U64(starlings_linker_record_count(t.linker), 4);
    starlings_linker_release(t.linker);
}

static void test_linker_csv_columns(void)
{
    static const char text[] = "record,id,source,from,to,type\nr,i,s,1,2,t\n";
    starlings_record_columns c;
    lcsv t;
    lcsv_open(&t, "", NULL);
    T_STATUS(lcsv_read(&t, text, NULL), STARLINGS_ERR_AMBIGUOUS);
    T_EQ_STR(t.error.text, "the header has both record and id");
    T_EQ_U64(t.error.line, 1);
    T_EQ_STR(t.linker_error.text, t.error.text); /* both are told */
    memset(&c, 0, sizeof c);
    c.uid = "id";
    T_STATUS(lcsv_read(&t, text, &c), 0);
    lcsv_expect(&t, "|s|i|1|2|record=r|type=t");
    c.type = "type";
    T_STATUS(lcsv_read(&t, text, &c), 0);
    lcsv_expect(&t, "t|s|i|1|2|record=r");
    c.perspective = "";
    T_STATUS(lcsv_read(&t, text, &c), 0);
    lcsv_expect(&t, "t||i|1|2|record=r|source=s");
    c.from = c.to = c.type = "";
    c.all_type = "u";
    c.all_perspective = "p";
    T_STATUS(lcsv_read(&t, text, &c), 0);
    lcsv_expect(&t, "u|p|i|||record=r|source=s|from=1|to=2|type=t");
    c.perspective = NULL; /* the usual column is there, so it counts */
    T_STATUS(lcsv_read(&t, text, &c), 0);
    lcsv_expect(&t, "u|s|i|||record=r|from=1|to=2|type=t");
    c.uid = "from";
    c.perspective = "record";
    c.from = "to";
    c.all_perspective = NULL;
    T_STATUS(lcsv_read(&t, text, &c), 0);
    lcsv_expect(&t, "u|r|1|2||id=i|source=s|type=t");
    T_EQ_U64(starlings_linker_record_count(t.linker), 6);
    starlings_linker_release(t.linker);
}

typedef struct lcsv_bad {
    const char *text;
    starlings_status status;
    uint64_t line;
    const char *message;
} lcsv_bad;

static const lcsv_bad lcsv_bads[] = {
    { "name,from\nx,1\n", STARLINGS_ERR_COLUMN, 1,
      "no column \"record\"; the header has \"name\", \"from\"" },
    { "id,from,valid_from\n1,,\n", STARLINGS_ERR_AMBIGUOUS, 1,
      "the header has both valid_from and from" },
    { "id,to,end\n1,,\n", STARLINGS_ERR_AMBIGUOUS, 1, "the header has both to and end" },
    { "id,source,perspective\n1,,\n", STARLINGS_ERR_AMBIGUOUS, 1,
      "the header has both source and perspective" },
    { "id,id\n1,2\n", STARLINGS_ERR_AMBIGUOUS, 1, "the header has \"id\" twice" },
    { "id,a\n0,x\n\"1\n\",\"\n\n\"\n,y\n", STARLINGS_ERR_FORMAT, 7, "id is empty" },
    { "id,source\n0,x\n1,\n", STARLINGS_ERR_FORMAT, 3, "source is empty" },
    { "id,from\n1,2020-02-30\n", STARLINGS_ERR_FORMAT, 2,
      "from \"2020-02-30\" is neither a date nor an integer" },
    { "id,to\n1,+5\n", STARLINGS_ERR_FORMAT, 2, "to \"+5\" is neither a date nor an integer" },
    { "id,to\n1,-\n", STARLINGS_ERR_FORMAT, 2, "to \"-\" is neither a date nor an integer" },
    { "id,to\n1, 5\n", STARLINGS_ERR_FORMAT, 2, "to \" 5\" is neither a date nor an integer" },
    { "id,to\n1,9223372036854775808\n", STARLINGS_ERR_FORMAT, 2,
      "to \"9223372036854775808\" is neither a date nor an integer" },
    { "id,from\n1,-9223372036854775809\n", STARLINGS_ERR_FORMAT, 2,
      "from \"-9223372036854775809\" is neither a date nor an integer" },
    { "id,from,to\n1,1,2\n2,2,2\n3,3,2\n", STARLINGS_ERR_FORMAT, 3,
      "the row holds from \"2\" to \"2\": that is no time at all" },
    { "id,from,to\n1,2020-01-02,2020-01-01\n", STARLINGS_ERR_FORMAT, 2,
      "the row holds from \"2020-01-02\" to \"2020-01-01\": that is no time at all" },
    { "id,from\n1,9223372036854775807\n", STARLINGS_ERR_FORMAT, 2,
      "the row holds from \"9223372036854775807\" to \"\": that is no time at all" },
    { "id,a\n1,x\n2\n", STARLINGS_ERR_FORMAT, 3, "1 field where the header has 2" },
    { "id,a\n1,x\n2,\"y\n", STARLINGS_ERR_FORMAT, 3, "a quote is never closed, in field 2" },
    { "id,a\n1,x\n2,x\n1,y\n3,x\n", STARLINGS_ERR_DUPLICATE, 4, NULL },
};

static void test_linker_csv_errors(void)
{
    for (size_t i = 0; i < sizeof lcsv_bads / sizeof *lcsv_bads; i++) {
        const lcsv_bad *bad = &lcsv_bads[i];
        lcsv t;
        lcsv_open(&t, "", NULL);
        T_STATUS(lcsv_read(&t, bad->text, NULL), bad->status);
        if (bad->message != NULL)
            T_EQ_STR(t.error.text, bad->message);
        T_EQ_U64(t.error.line, bad->line);
        T_EQ_U64(t.error.status, bad->status);
        T_EQ_STR(t.linker_error.text, t.error.text);
        T_EQ_U64(t.linker_error.line, bad->line);
        starlings_linker_release(t.linker);
    }
}

static void test_linker_csv_arguments(void)
{
    starlings_record_columns c;
    lcsv t;
    lcsv_open(&t, "type a\ntype b", NULL);
    memset(&c, 0, sizeof c);
    T_STATUS(starlings_linker_read_csv(t.linker, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_linker_read_csv(NULL, NULL, NULL), STARLINGS_ERR_ARG);
    c.type = "x";
    c.all_type = "a";
    T_STATUS(lcsv_read(&t, "id,x\n1,a\n", &c), STARLINGS_ERR_ARG);
    T_EQ_STR(t.error.text, "there is a column of types, and a type for all");
    c.all_type = NULL;
    c.perspective = "x";
    T_STATUS(lcsv_read(&t, "id,x\n1,a\n", &c), STARLINGS_ERR_ARG);
    T_EQ_STR(t.error.text, "one column is named for two things");
    c.all_perspective = "a";
    T_STATUS(lcsv_read(&t, "id,x\n1,a\n", &c), STARLINGS_ERR_ARG);
    T_EQ_STR(t.error.text, "there is a column of perspectives, and a perspective for all");
    c.perspective = NULL;
    c.from = "y";
    T_STATUS(lcsv_read(&t, "id,x\n1,a\n", &c), STARLINGS_ERR_COLUMN);
    T_EQ_STR(t.error.text, "no column \"y\"; the header has \"id\", \"x\"");
    c.from = NULL;
    /* Types that the ontology does not name. */
    T_STATUS(lcsv_read(&t, "id,x\n1,a\n2,b\n3,\n4,a\n", &c), STARLINGS_ERR_STRANGER);
    T_EQ_U64(t.error.line, 4);
    T_EQ_U64(starlings_linker_record_count(t.linker), 2);
    lcsv_expect(&t, "a|a|1||");
    lcsv_expect(&t, "b|a|2||");
    starlings_linker_release(t.linker);
}

/* ---- batches */
enum { LCSV_MOST = 1 << 20 };

typedef struct lcsv_text {
    char bytes[LCSV_MOST];
    size_t size;
} lcsv_text;

static void lcsv_add(lcsv_text *text, const char *piece)
{
    size_t size = strlen(piece);
    T_REQUIRE(size <= sizeof text->bytes - text->size);
    memcpy(text->bytes + text->size, piece, size);
    text->size += size;
}

/* Rows 0 ... count - 1, two lines each; row `bad` is bad in one of four ways. */
static uint64_t lcsv_rows(lcsv_text *text, uint32_t count, uint32_t bad, uint32_t how)
{
    char row[64];
    uint64_t line = 0;
    text->size = 0;
    lcsv_add(text, "id,from,name\n");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = i == bad && how == 1 ? (bad == 0 ? 0 : bad / 2) : i;
        if (i == bad)
            line = 2 + 2 * (uint64_t)i;
        snprintf(row, sizeof row, "%u,%s,\"n\n%u%s\"%s\n", (unsigned)id,
                 i == bad && how == 0 ? "x" : "5", (unsigned)id,
                 i == bad && how == 1 ? "other" : "", i == bad && how == 2 ? ",1" : "");
        if (i == bad && how == 3)
            row[0] = '"';
        lcsv_add(text, row);
    }
    return line;
}

static void lcsv_expect_rows(lcsv *t, uint32_t count)
{
    T_EQ_U64(starlings_linker_record_count(t->linker), count);
    for (uint32_t i = 0; i < count; i++) {
        char want[64];
        snprintf(want, sizeof want, "||%u|5||name=n\n%u", (unsigned)i, (unsigned)i);
        lcsv_expect(t, want);
    }
    T_EQ_U64(starlings_linker_record_count(t->linker), count);
}

/* Whatever is wrong with a row and wherever it stands in a batch: the linker holds what came before
   it, and the error names its line. */
static void test_linker_csv_batches(void)
{
    static const uint32_t places[] = { 0, 1, 2, 254, 255, 256, 257, 511, 512, 513, 699 };
    static const starlings_status statuses[4] = { STARLINGS_ERR_FORMAT, STARLINGS_ERR_DUPLICATE,
                                                  STARLINGS_ERR_FORMAT, STARLINGS_ERR_FORMAT };
    static lcsv_text text;
    for (uint32_t i = 0; i < sizeof places / sizeof *places; i++)
        for (uint32_t how = 0; how < 4; how++) {
            uint32_t bad = places[i];
            uint64_t line = lcsv_rows(&text, 700, bad, how);
            lcsv t;
            if (bad == 0 && how == 1)
                continue; /* there is no row before it to differ from */
            lcsv_open(&t, "", NULL);
            T_STATUS(lcsv_read_bytes(&t, text.bytes, text.size, SIZE_MAX, NULL, NULL),
                     statuses[how]);
            T_EQ_U64(t.error.line, line);
            T_EQ_U64(t.error.status, statuses[how]);
            lcsv_expect_rows(&t, bad);
            starlings_linker_release(t.linker);
        }
    for (uint32_t count = 0; count < 1026; count += count < 3 ? 1 : count == 3 ? 252 : 1) {
        lcsv t;
        if (count == 260)
            count = 511;
        if (count == 514)
            count = 1023;
        (void)lcsv_rows(&text, count, UINT32_MAX, 0);
        lcsv_open(&t, "", NULL);
        T_STATUS(lcsv_read_bytes(&t, text.bytes, text.size, 777, NULL, NULL), 0);
        lcsv_expect_rows(&t, count);
        starlings_linker_release(t.linker);
    }
}

/* Of two bad rows the first one is told: one that the linker refuses, and one that cannot be
   read. */
static void test_linker_csv_first_bad(void)
{
    lcsv t;
    lcsv_open(&t, "", NULL);
    T_STATUS(lcsv_read(&t, "id,a\n1,x\n1,y\n2\n", NULL), STARLINGS_ERR_DUPLICATE);
    T_EQ_U64(t.error.line, 3);
    T_STATUS(lcsv_read(&t, "id,a\n1,x\n2\n1,y\n", NULL), STARLINGS_ERR_FORMAT);
    T_EQ_U64(t.error.line, 3);
    T_EQ_U64(starlings_linker_record_count(t.linker), 1);
    starlings_linker_release(t.linker);
}

/* Rows with more text, and with more values, than a batch has room for, among short ones. */
static void test_linker_csv_wide(void)
{
    static lcsv_text text;
    static char value[100001];
    lcsv t;
    starlings_descriptor *wide = (starlings_descriptor *)malloc(5000 * sizeof *wide);
    starlings_temporal_record record;
    starlings_arrival arrival = STARLINGS_ARRIVAL_NEW;
    T_REQUIRE(wide != NULL);
    memset(value, 'v', sizeof value - 1);
    text.size = 0;
    lcsv_add(&text, "id,a\n1,x\n2,");
    lcsv_add(&text, value);
    lcsv_add(&text, "\n3,x\n4,");
    for (uint32_t i = 0; i < 5000; i++) {
        char piece[16];
        snprintf(piece, sizeof piece, "%u;", (unsigned)i);
        wide[i].attribute = starlings_text_of("a");
        wide[i].value.text = text.bytes + text.size;
        wide[i].value.size = strlen(piece) - 1;
        wide[i].valid.start = STARLINGS_START_OF_TIME;
        wide[i].valid.end = STARLINGS_END_OF_TIME;
        lcsv_add(&text, piece);
    }
    lcsv_add(&text, "\n5,x\n");
    lcsv_open(&t, "", NULL);
    T_STATUS(lcsv_read_bytes(&t, text.bytes, text.size, SIZE_MAX, NULL, NULL), 0);
    T_EQ_U64(starlings_linker_record_count(t.linker), 5);
    lcsv_expect(&t, "||1|||a=x");
    lcsv_expect(&t, "||3|||a=x");
    lcsv_expect(&t, "||5|||a=x");
    memset(&record, 0, sizeof record);
    record.uid = starlings_text_of("4");
    record.descriptors = wide;
    record.descriptor_count = 5000;
    T_STATUS(starlings_linker_add(t.linker, &record, 1, &arrival), 0);
    T_EQ_U64(arrival, STARLINGS_ARRIVAL_KNOWN);
    wide[0].value = starlings_text_of(value);
    record.uid = starlings_text_of("2");
    record.descriptor_count = 1;
    T_STATUS(starlings_linker_add(t.linker, &record, 1, &arrival), 0);
    T_EQ_U64(arrival, STARLINGS_ARRIVAL_KNOWN);
    starlings_linker_release(t.linker);
    free(wide);
}

/* ---- random files */
/* A field, in quotes where it must be or at random. */
static void lcsv_field(lcsv_text *text, t_rng *rng, const char *field, const char *after)
{
    bool quote = strpbrk(field, ",\"\n") != NULL || t_below(rng, 5) == 0;
    lcsv_add(text, quote ? "\"" : "");
    for (; *field != '\0'; field++) {
        char piece[3] = { *field, '\0', '\0' };
        if (*field == '"')
            piece[1] = '"';
        lcsv_add(text, piece);
    }
    lcsv_add(text, quote ? "\"" : "");
    lcsv_add(text, after);
}

static void lcsv_random_value(char *out, t_rng *rng)
{
    static const char *const values[6] = { "a", "b,c", "\"", "d\ne", " ", "\xC3\xA9" };
    strcat(out, values[t_below(rng, 6)]);
}

/* Rows with up to three values in each of two columns, and what they say in the form that
   lcsv_expect takes. */
static void test_linker_csv_random(void)
{
    t_rng rng = t_rng_make(85);
    static lcsv_text text;
    static char want[400][256];
    for (uint32_t round = 0; round < (t_state.big ? 300u : 8u); round++) {
        uint32_t count = t_below(&rng, 400);
        lcsv t;
        text.size = 0;
        lcsv_add(&text, "x,start,unique_id,end,y,source_dataset\n");
        for (uint32_t i = 0; i < count; i++) {
            char id[16], from[16] = "", to[16] = "", list[2][64] = { "", "" };
            const char *source = t_below(&rng, 2) == 0 ? "s" : "t";
            snprintf(id, sizeof id, "%u", (unsigned)i);
            if (t_below(&rng, 3) > 0)
                snprintf(from, sizeof from, "%d", (int)t_below(&rng, 100) - 100);
            if (t_below(&rng, 3) > 0)
                snprintf(to, sizeof to, "%d", (int)t_below(&rng, 100));
            snprintf(want[i], sizeof want[i], "|%s|%s|%s|%s", source, id, from, to);
            for (uint32_t c = 0; c < 2; c++)
                for (uint32_t j = t_below(&rng, 4); j > 0; j--) {
                    strcat(list[c], t_below(&rng, 4) == 0 ? ";" : "");
                    strcat(want[i], c == 0 ? "|x=" : "|y=");
                    lcsv_random_value(list[c], &rng);
                    strcat(want[i], strrchr(list[c], ';') != NULL ? strrchr(list[c], ';') + 1
                                                                  : list[c]);
                    strcat(list[c], j > 1 || t_below(&rng, 4) == 0 ? ";" : "");
                }
            lcsv_field(&text, &rng, list[0], ",");
            lcsv_field(&text, &rng, from, ",");
            lcsv_field(&text, &rng, id, ",");
            lcsv_field(&text, &rng, to, ",");
            lcsv_field(&text, &rng, list[1], ",");
            lcsv_field(&text, &rng, source, t_below(&rng, 2) == 0 ? "\r\n" : "\n");
        }
        lcsv_open(&t, "", NULL);
        T_STATUS(lcsv_read_bytes(&t, text.bytes, text.size, 1 + t_below(&rng, 100), NULL, NULL),
                 0);
        T_EQ_U64(starlings_linker_record_count(t.linker), count);
        for (uint32_t i = 0; i < count; i++)
            lcsv_expect(&t, want[i]);
        T_EQ_U64(starlings_linker_record_count(t.linker), count);
        starlings_linker_release(t.linker);
    }
}

/* Every allocation fails once: the linker holds the rows before some row, all of each. */
static void test_linker_csv_no_memory(void)
{
    static lcsv_text text;
    bool done = false;
    (void)lcsv_rows(&text, 300, UINT32_MAX, 0);
    for (size_t at = 0; !done; at++) {
        faults f = faults_make();
        starlings_status status;
        uint32_t count;
        lcsv t;
        f.armed = false;
        lcsv_open(&t, "key k: name", &f);
        f.armed = true;
        f.fail_at = at;
        status = lcsv_read_bytes(&t, text.bytes, text.size, 1000, NULL, &f);
        f.armed = false;
        done = f.failed == 0;
        count = starlings_linker_record_count(t.linker);
        T_CHECK(status == STARLINGS_OK || status == STARLINGS_ERR_NOMEM);
        T_CHECK(status == STARLINGS_OK ? count == 300 : count < 300);
        T_CHECK(status == STARLINGS_OK || t.error.status == STARLINGS_ERR_NOMEM);
        if (status != STARLINGS_OK)
            lcsv_expect_rows(&t, count);
        starlings_linker_release(t.linker);
        T_EQ_U64(f.live + f.broken, 0);
        T_REQUIRE(at < 2000);
    }
}

/* ---- terms of office: see ../shared/data/congress/SOURCE.md */
static void test_linker_csv_congress(void)
{
    FILE *file = fopen("../shared/data/congress/records.csv", "rb");
    starlings_csv_desc desc;
    starlings_csv *csv = NULL;
    lcsv t;
    if (file == NULL) {
        T_SKIP(3, "../shared/data/congress is not here");
        return;
    }
    lcsv_open(&t, "key who: first, last, birthday\npermanent first, last, birthday", NULL);
    memset(&desc, 0, sizeof desc);
    desc.source.read = starlings_file_read;
    desc.source.ctx = file;
    desc.env.error = &t.error;
    T_STATUS(starlings_csv_open(&desc, &csv), 0);
    T_STATUS(starlings_linker_read_csv(t.linker, csv, NULL), 0);
    T_EQ_U64(starlings_linker_record_count(t.linker), 2792);
    starlings_csv_close(csv);
    starlings_linker_release(t.linker);
    fclose(file);
}

static void test_linker_csv(void)
{
    test_linker_csv_values();
    test_linker_csv_times();
    test_linker_csv_columns();
    test_linker_csv_errors();
    test_linker_csv_arguments();
    test_linker_csv_batches();
    test_linker_csv_first_bad();
    test_linker_csv_wide();
    test_linker_csv_random();
    test_linker_csv_no_memory();
    test_linker_csv_congress();
}
