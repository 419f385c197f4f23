/* test_conflict.c - S83: conflicts against sets of bits on a small line of time, by hand and at
   random; both methods, lists from before, workers, refused memory, the text form. */

/* ---- records as text, for all tests of the linker's answers */
enum { SAYS_FACTS = 16, SAYS_SIZE = 512 };

/* A linker and what it was told. */
typedef struct says_world {
    starlings_ontology *ontology;
    starlings_linker *linker;
    starlings_resolution *resolution; /* of the last says_resolve */
} says_world;

static says_world says_open(const char *rules, const starlings_env *env)
{
    says_world w;
    starlings_linker_desc desc;
    memset(&w, 0, sizeof w);
    memset(&desc, 0, sizeof desc);
    if (env != NULL)
        desc.env = *env;
    T_STATUS(starlings_ontology_create(env, &w.ontology), STARLINGS_OK);
    T_STATUS(starlings_ontology_read(w.ontology, starlings_text_of("key who: id\npermanent id\n")),
             STARLINGS_OK);
    T_STATUS(starlings_ontology_read(w.ontology, starlings_text_of(rules)), STARLINGS_OK);
    desc.ontology = w.ontology;
    T_STATUS(starlings_linker_create(&desc, &w.linker), STARLINGS_OK);
    return w;
}

static void says_close(says_world *w)
{
    starlings_resolution_release(w->resolution);
    starlings_linker_release(w->linker);
    starlings_ontology_release(w->ontology);
    memset(w, 0, sizeof *w);
}

static void says_resolve(says_world *w)
{
    starlings_resolution_release(w->resolution);
    T_STATUS(starlings_linker_resolve(w->linker, &w->resolution), STARLINGS_OK);
}

/* One record: "type/perspective:uid" (no type: "perspective:uid") says "attribute=value|from to,
   ..."; a fact without times holds always, * is an unbounded end. */
static void says_add(says_world *w, const char *who, const char *what)
{
    static char text[SAYS_SIZE], name[SAYS_SIZE];
    starlings_descriptor facts[SAYS_FACTS];
    starlings_temporal_record record;
    char *slash, *colon, *fact = text;
    memset(&record, 0, sizeof record);
    (void)snprintf(text, sizeof text, "%s", what);
    (void)snprintf(name, sizeof name, "%s", who);
    slash = strchr(name, '/');
    colon = strchr(name, ':');
    *colon = '\0';
    if (slash != NULL)
        *slash = '\0';
    record.type = starlings_text_of(slash != NULL ? name : "");
    record.perspective = starlings_text_of(slash != NULL ? slash + 1 : name);
    record.uid = starlings_text_of(colon + 1);
    while (fact != NULL && record.descriptor_count < SAYS_FACTS) {
        starlings_descriptor *d = &facts[record.descriptor_count++];
        char *end = strstr(fact, ", "), *equal = strchr(fact, '='), *blank;
        if (end != NULL)
            *end = '\0';
        *equal = '\0';
        blank = strchr(equal + 1, '|'); /* before the times, where there are some */
        d->attribute = starlings_text_of(fact);
        d->valid.start = STARLINGS_START_OF_TIME;
        d->valid.end = STARLINGS_END_OF_TIME;
        if (blank != NULL) {
            *blank++ = '\0';
            if (*blank != '*')
                d->valid.start = strtoll(blank, NULL, 10);
            blank = strchr(blank, ' ') + 1;
            if (*blank != '*')
                d->valid.end = strtoll(blank, NULL, 10);
        }
        d->value = starlings_text_of(equal + 1);
        fact = end != NULL ? end + 2 : NULL;
    }
    record.descriptors = facts;
    T_STATUS(starlings_linker_add(w->linker, &record, 1, NULL), STARLINGS_OK);
}

/* A sink of text. */
typedef struct says_text {
    char text[8192];
    size_t size;
    size_t fail_at; /* bytes after which it fails; 0: never */
} says_text;

static starlings_status says_write(void *ctx, const void *bytes, size_t size)
{
    says_text *out = (says_text *)ctx;
    if (out->fail_at > 0 && out->size + size > out->fail_at)
        return STARLINGS_ERR_IO;
    if (size > sizeof out->text - 1 - out->size)
        size = sizeof out->text - 1 - out->size;
    memcpy(out->text + out->size, bytes, size);
    out->size += size;
    out->text[out->size] = '\0';
    return STARLINGS_OK;
}

static starlings_conflicts *conflict_list(const says_world *w, starlings_conflict_method method,
                                          const starlings_conflicts *previous)
{
    starlings_conflicts_desc desc;
    starlings_conflicts *list = NULL;
    memset(&desc, 0, sizeof desc);
    desc.resolution = w->resolution;
    desc.method = method;
    desc.previous = previous;
    T_STATUS(starlings_conflicts_create(&desc, &list), STARLINGS_OK);
    return list;
}

/* The text form without its header. */
static const char *conflict_text(const starlings_conflicts *list)
{
    static says_text out;
    static const char header[] = "kind,attribute,perspective,from,to,parties\n";
    starlings_sink sink = { says_write, NULL };
    memset(&out, 0, sizeof out);
    sink.ctx = &out;
    T_STATUS(starlings_conflicts_write(list, &sink, NULL), STARLINGS_OK);
    T_CHECK(strncmp(out.text, header, sizeof header - 1) == 0);
    return out.text + sizeof header - 1;
}

/* What the world's records contradict, by both methods. */
static void conflict_expect(says_world *w, const char *want)
{
    says_resolve(w);
    for (int method = 0; method < 3; method++) {
        starlings_conflicts *list = conflict_list(w, (starlings_conflict_method)method, NULL);
        T_EQ_STR(conflict_text(list), want);
        starlings_conflicts_release(list);
    }
    says_close(w);
}

/* ---- by hand */
static void test_conflict_direct(void)
{
    says_world w = says_open("", NULL); /* the example of the documents */
    says_add(&w, "crm:1", "id=e, email=john@foo.com|100 200");
    says_add(&w, "erp:2", "id=e, email=john@bar.com|150 250");
    conflict_expect(&w, "direct,email,,150,200,john@bar.com=erp:2;john@foo.com=crm:1\n");

    w = says_open("", NULL); /* a role that is handed over: no time has two */
    says_add(&w, "iam:1", "id=e, role=admin|10 20, role=viewer|20 30");
    conflict_expect(&w, "");

    w = says_open("", NULL); /* one interval, as long as the same values are said */
    says_add(&w, "p:1", "id=e, x=a|0 10");
    says_add(&w, "p:2", "id=e, x=a|10 20");
    says_add(&w, "q:3", "id=e, x=b|5 15");
    conflict_expect(&w, "direct,x,,5,15,a=p:1;a=p:2;b=q:3\n");

    w = says_open("", NULL); /* a third value makes three of them */
    says_add(&w, "p:1", "id=e, x=a|0 30");
    says_add(&w, "p:2", "id=e, x=b|5 25");
    says_add(&w, "q:3", "id=e, x=c|10 20");
    conflict_expect(&w, "direct,x,,10,20,a=p:1;b=p:2;c=q:3\n"
                        "direct,x,,20,25,a=p:1;b=p:2\n"
                        "direct,x,,5,10,a=p:1;b=p:2\n");

    w = says_open("", NULL); /* one value goes and another comes at the same time */
    says_add(&w, "p:1", "id=e, x=a|0 30");
    says_add(&w, "p:2", "id=e, x=b|5 10, x=c|10 15");
    conflict_expect(&w, "direct,x,,10,15,a=p:1;c=p:2\ndirect,x,,5,10,a=p:1;b=p:2\n");

    w = says_open("", NULL); /* unbounded */
    says_add(&w, "p:1", "id=e, x=a|* 3");
    says_add(&w, "p:2", "id=e, x=b|* *, y=1|-5 *");
    says_add(&w, "p:3", "id=e, y=2|-9 *");
    conflict_expect(&w, "direct,x,,,3,a=p:1;b=p:2\ndirect,y,,-5,,1=p:2;2=p:3\n");
}

static void test_conflict_kinds(void)
{
    says_world w = says_open("strong ssn\nscope any\n", NULL);
    says_add(&w, "p:1", "id=e, ssn=1|0 10, ssn=2|5 15"); /* one record, so nothing was refused */
    conflict_expect(&w, "direct,ssn,,5,10,1=p:1;2=p:1\nwithin_record,ssn,,5,10,1=p:1;2=p:1\n");

    w = says_open("strong tag many\n", NULL);
    says_add(&w, "p:1", "id=e, tag=1|0 10, tag=2|5 15");
    conflict_expect(&w, "");

    w = says_open("unique email\n", NULL); /* the same everywhere */
    says_add(&w, "p:1", "id=e, email=a@x|0 10");
    says_add(&w, "q:2", "id=f, email=a@x|5 15");
    says_add(&w, "q:3", "id=f, email=b@x|10 20");
    conflict_expect(&w, "direct,email,,10,15,a@x=q:2;b@x=q:3\n"
                        "unique,email,,10,15,a@x=q:2;b@x=q:3\n"
                        "unique,email,,5,10,a@x=p:1;a@x=q:2\n");

    w = says_open("unique_within email\n", NULL); /* in two perspectives: none */
    says_add(&w, "p:1", "id=e, email=a@x|0 10");
    says_add(&w, "q:2", "id=f, email=a@x|5 15");
    conflict_expect(&w, "");

    w = says_open("unique_within email\n", NULL); /* in one: between entities, and inside one */
    says_add(&w, "p:1", "id=e, email=a@x|0 10");
    says_add(&w, "p:2", "id=f, email=a@x|5 15");
    says_add(&w, "p:3", "id=f, email=b@x|6 7");
    says_add(&w, "q:4", "id=f, email=b@x|0 9");
    conflict_expect(&w, "direct,email,,5,9,a@x=p:2;b@x=p:3;b@x=q:4\n"
                        "unique_within,email,p,5,10,a@x=p:1;a@x=p:2\n"
                        "unique_within,email,p,6,7,a@x=p:2;b@x=p:3\n");

    w = says_open("unique code\ntype person\ntype firm\nunique name\n", NULL); /* by type */
    says_add(&w, "firm/p:1", "id=e, code=7, name=x");
    says_add(&w, "firm/p:2", "id=f, code=8, name=x");
    says_add(&w, "person/p:3", "id=g, code=7, name=x");
    says_add(&w, "person/p:4", "id=h, code=8, name=x");
    says_add(&w, "person/p:5", "id=i, code=7, name=x");
    conflict_expect(&w, "unique,code,,,,7=person:p:3;7=person:p:5\n"
                        "unique,name,,,,x=firm:p:1;x=firm:p:2\n");
}

/* What a strong identifier refused: by time, not with gaps filled, and once for two keys. */
static void test_conflict_indirect(void)
{
    says_world w = says_open("strong ssn\n", NULL); /* the example of the documents */
    says_add(&w, "crm:1", "id=e, ssn=123-45-6789|100 200");
    says_add(&w, "crm:2", "id=e, ssn=987-65-4321|150 250");
    conflict_expect(&w, "indirect,ssn,crm,150,200,123-45-6789=crm:1;987-65-4321=crm:2\n");

    w = says_open("strong ssn\n", NULL); /* other systems may say otherwise */
    says_add(&w, "crm:1", "id=e, ssn=1|100 200");
    says_add(&w, "erp:2", "id=e, ssn=2|150 250");
    conflict_expect(&w, "direct,ssn,,150,200,1=crm:1;2=erp:2\n");

    w = says_open("strong ssn\nscope any\nkey other: mail\npermanent mail\n", NULL);
    says_add(&w, "crm:1", "id=e, mail=m, ssn=1|0 10, ssn=1|20 30");
    says_add(&w, "erp:2", "id=e, mail=m, ssn=2|5 25");
    conflict_expect(&w, "indirect,ssn,,20,25,1=crm:1;2=erp:2\n"
                        "indirect,ssn,,5,10,1=crm:1;2=erp:2\n");

    w = says_open("strong ssn\n", NULL); /* all that clash stand together */
    says_add(&w, "crm:1", "id=e, ssn=1|0 10");
    says_add(&w, "crm:2", "id=e, ssn=2|5 15");
    says_add(&w, "crm:3", "id=e, ssn=3|8 20");
    conflict_expect(&w, "indirect,ssn,crm,5,15,1=crm:1;2=crm:2;3=crm:3\n");
}

/* A change of party is none; two at once, for a day, are one. As in congress/changes.csv. */
static void test_conflict_party(void)
{
    says_world w = says_open("", NULL);
    says_add(&w, "term:V000133-1", "id=V000133, party=Democrat|17899 18248");
    says_add(&w, "term:V000133-2", "id=V000133, party=Republican|18249 18630");
    says_add(&w, "term:K000401-2", "id=K000401, party=Republican|20091 20521");
    says_add(&w, "term:K000401-3", "id=K000401, party=Independent|20520 20820");
    conflict_expect(&w, "direct,party,,20520,20521,"
                        "Independent=term:K000401-3;Republican=term:K000401-2\n");
}

static void test_conflict_write(void)
{
    says_world w = says_open("", NULL);
    starlings_conflicts *list;
    says_text out;
    starlings_sink sink = { says_write, NULL };
    sink.ctx = &out;
    says_add(&w, "a;b:1", "id=e, \"x\"=one;two=\\"); /* marks, a quote, a comma */
    says_add(&w, "a;b:2:3", "id=e, \"x\"=three,four");
    says_add(&w, "a;b:4", "id=e, \"x\"=\nline");
    conflict_expect(&w, "direct,\"\"\"x\"\"\",,,,\"\nline=a\\;b:4;one\\;two\\=\\\\=a\\;b:1;"
                        "three,four=a\\;b:2\\:3\"\n");

    w = says_open("", NULL);
    says_add(&w, "p:1", "id=e, x=a, x=b");
    says_resolve(&w);
    list = conflict_list(&w, STARLINGS_CONFLICT_BEST, NULL);
    for (size_t i = 1; i < 60; i++) { /* a sink that fails stops it */
        memset(&out, 0, sizeof out);
        out.fail_at = i;
        T_STATUS(starlings_conflicts_write(list, &sink, NULL), STARLINGS_ERR_IO);
    }
    T_STATUS(starlings_conflicts_write(NULL, &sink, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_conflicts_write(list, NULL, NULL), STARLINGS_ERR_ARG);
    starlings_conflicts_release(list);
    says_close(&w);
}

static void test_conflict_arguments(void)
{
    says_world w = says_open("", NULL), other = says_open("", NULL);
    starlings_conflicts_desc desc;
    starlings_conflicts *list, *none = NULL;
    starlings_conflict conflict;
    starlings_party party;
    starlings_error error;
    memset(&desc, 0, sizeof desc);
    says_resolve(&w); /* no records at all */
    list = conflict_list(&w, STARLINGS_CONFLICT_BEST, NULL);
    T_EQ_U64(starlings_conflicts_count(list), 0);
    T_CHECK(!starlings_conflicts_at(list, 0, &conflict) && conflict.party_count == 0);
    T_CHECK(!starlings_conflicts_party(list, 0, 0, &party) && party.record == 0);
    T_EQ_STR(conflict_text(list), "");
    T_STATUS(starlings_conflicts_create(&desc, &none), STARLINGS_ERR_ARG);
    T_STATUS(starlings_conflicts_create(NULL, &none), STARLINGS_ERR_ARG);
    T_STATUS(starlings_conflicts_create(&desc, NULL), STARLINGS_ERR_ARG);
    desc.resolution = w.resolution;
    desc.env.error = &error;
    desc.method = (starlings_conflict_method)3;
    T_STATUS(starlings_conflicts_create(&desc, &none), STARLINGS_ERR_ARG);
    says_resolve(&other);
    desc.method = STARLINGS_CONFLICT_BEST;
    desc.resolution = other.resolution;
    desc.previous = list;
    T_STATUS(starlings_conflicts_create(&desc, &none), STARLINGS_ERR_ARG);
    T_EQ_STR(error.text, "the previous list is of another linker");
    T_CHECK(none == NULL);
    starlings_conflicts_release(NULL);
    T_EQ_U64(starlings_conflicts_count(NULL), 0);
    says_close(&w); /* the list keeps what it needs */
    T_EQ_STR(conflict_text(list), "");
    starlings_conflicts_release(list);
    says_close(&other);
}

/* ---- the model: sets of bits */
enum { LINE_SLOTS = 12, LINE_FACTS = 6, LINE_RECORDS = 160, LINE_ENTITIES = 50 };
enum { LINE_ATTRIBUTES = 10 };

/* Slot 0 is all that is before 0, slot s the time s - 1, the last one all that is from 10 on. */
static int64_t line_time(uint32_t slot)
{
    if (slot == 0)
        return STARLINGS_START_OF_TIME;
    return slot == LINE_SLOTS ? STARLINGS_END_OF_TIME : (int64_t)slot - 1;
}

typedef struct line_fact {
    uint32_t attribute;
    uint32_t value;
    uint32_t bits; /* the slots in which it holds */
} line_fact;

typedef struct line_record {
    uint32_t type;
    uint32_t perspective;
    uint32_t count;
    line_fact facts[LINE_FACTS]; /* no two of one attribute and value */
} line_record;

typedef struct line_world {
    says_world says;
    uint32_t count;
    line_record records[LINE_RECORDS];
    const uint32_t *entity; /* of each record */
    uint32_t pool[LINE_RECORDS]; /* the records that the model looks at */
    uint32_t pool_count;
} line_world;

enum { LINE_STRONG = 1, LINE_MANY = 2, LINE_PERMANENT = 4, LINE_UNIQUE = 8, LINE_WITHIN = 16 };
static const char line_rules[] =
    "strong s\nstrong m many\nunique u\nunique_within w\nstrong b\nunique b\nunique_within b\n"
    "strong n many\nunique n\nunique_within n\npermanent z\nstrong k many\nunique_within k\n"
    "authority x two\nauthority s one\n"
    "weight one 0.5\nweight two 0.75\nweight three 0.5\ntype p\nunique x\ntype q\nstrong x many\n"
    "authority u three\n";
static const struct {
    const char *name;
    uint32_t flags[2]; /* of type p and q */
} line_attributes[LINE_ATTRIBUTES] = {
    { "s", { LINE_STRONG, LINE_STRONG } },
    { "m", { LINE_STRONG | LINE_MANY, LINE_STRONG | LINE_MANY } },
    { "u", { LINE_UNIQUE, LINE_UNIQUE } },
    { "w", { LINE_WITHIN, LINE_WITHIN } },
    { "b", { LINE_STRONG | LINE_UNIQUE | LINE_WITHIN, LINE_STRONG | LINE_UNIQUE | LINE_WITHIN } },
    { "n", { LINE_STRONG | LINE_MANY | LINE_UNIQUE | LINE_WITHIN,
             LINE_STRONG | LINE_MANY | LINE_UNIQUE | LINE_WITHIN } },
    { "z", { LINE_PERMANENT, LINE_PERMANENT } },
    { "x", { LINE_UNIQUE, LINE_STRONG | LINE_MANY } },
    { "free", { 0, 0 } },
    { "k", { LINE_STRONG | LINE_MANY | LINE_WITHIN, LINE_STRONG | LINE_MANY | LINE_WITHIN } },
};
static const char *const line_types[2] = { "p", "q" };
static const char *const line_perspectives[3] = { "two", "one", "three" };
static const char *const line_values[6] = { "dd", "d", "", "a b", "c@c", "9" };

/* A random run of slots, mostly short and at times that many have. */
static uint32_t line_bits(t_rng *rng)
{
    uint32_t a = t_below(rng, LINE_SLOTS), b = t_below(rng, LINE_SLOTS);
    if (t_below(rng, 3) == 0) { /* few distinct ends, for the atoms */
        a = a / 4 * 4;
        b = b / 4 * 4 + 3;
    }
    if (a > b) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    return ((uint32_t)2 << b) - ((uint32_t)1 << a);
}

static void line_fill(line_record *record, t_rng *rng, uint32_t type)
{
    record->type = type;
    record->perspective = t_below(rng, 3);
    record->count = 0;
    for (uint32_t i = t_below(rng, LINE_FACTS + 1); i > 0; i--) {
        line_fact *fact = &record->facts[record->count];
        uint32_t same = 0;
        fact->attribute = t_below(rng, LINE_ATTRIBUTES);
        fact->value = t_below(rng, 1 + t_below(rng, 6));
        fact->bits = line_bits(rng) | (t_below(rng, 3) == 0 ? line_bits(rng) : 0);
        if ((line_attributes[fact->attribute].flags[type] & LINE_PERMANENT) != 0)
            fact->bits = ((uint32_t)1 << LINE_SLOTS) - 1;
        while (same < record->count && (record->facts[same].attribute != fact->attribute ||
                                        record->facts[same].value != fact->value))
            same++;
        record->count += same == record->count;
    }
}

/* Add a record; its facts come as runs of slots, the last first. */
static void line_add(line_world *w, const line_record *from, uint32_t entity)
{
    starlings_descriptor facts[LINE_FACTS * LINE_SLOTS + 1];
    starlings_temporal_record record;
    char uid[16], id[16];
    memset(&record, 0, sizeof record);
    (void)snprintf(uid, sizeof uid, "%u", (unsigned)w->count);
    (void)snprintf(id, sizeof id, "%s%u", line_types[from->type], (unsigned)entity);
    record.type = starlings_text_of(line_types[from->type]);
    record.perspective = starlings_text_of(line_perspectives[from->perspective]);
    record.uid = starlings_text_of(uid);
    record.descriptors = facts;
    for (uint32_t i = from->count; i-- > 0;)
        for (uint32_t s = 0, e; s < LINE_SLOTS; s = e + 1) {
            for (e = s; e < LINE_SLOTS && (from->facts[i].bits >> e & 1) != 0; e++)
                ;
            if (e == s)
                continue;
            facts[record.descriptor_count].attribute =
                starlings_text_of(line_attributes[from->facts[i].attribute].name);
            facts[record.descriptor_count].value =
                starlings_text_of(line_values[from->facts[i].value]);
            facts[record.descriptor_count].valid.start = line_time(s);
            facts[record.descriptor_count++].valid.end = line_time(e);
        }
    facts[record.descriptor_count].attribute = starlings_text_of("id");
    facts[record.descriptor_count].value = starlings_text_of(id);
    facts[record.descriptor_count].valid.start = 0;
    facts[record.descriptor_count++].valid.end = 1;
    T_STATUS(starlings_linker_add(w->says.linker, &record, 1, NULL), STARLINGS_OK);
    w->records[w->count++] = *from;
}

static void line_grow(line_world *w, t_rng *rng, uint32_t count)
{
    for (; count > 0 && w->count < LINE_RECORDS; count--) {
        line_record record;
        uint32_t entity = t_below(rng, LINE_ENTITIES);
        line_fill(&record, rng, entity % 2);
        line_add(w, &record, entity);
    }
    says_resolve(&w->says);
    w->entity = starlings_partition_labels(starlings_resolution_partition(w->says.resolution));
}

/* A conflict as the model has it. */
typedef struct line_conflict {
    uint32_t kind;
    uint32_t entity;
    const char *attribute;
    const char *perspective;
    starlings_interval valid;
    uint32_t count;
    uint32_t record[LINE_RECORDS];
    uint32_t value[LINE_RECORDS];
} line_conflict;

typedef struct line_list {
    size_t count;
    size_t capacity;
    line_conflict *conflicts;
} line_list;

static int line_order(const void *a, const void *b)
{
    const line_conflict *x = (const line_conflict *)a, *y = (const line_conflict *)b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (strcmp(x->attribute, y->attribute) != 0)
        return strcmp(x->attribute, y->attribute);
    if (strcmp(x->perspective, y->perspective) != 0)
        return strcmp(x->perspective, y->perspective);
    if (x->valid.start != y->valid.start)
        return x->valid.start < y->valid.start ? -1 : 1;
    if (x->valid.end != y->valid.end)
        return x->valid.end < y->valid.end ? -1 : 1;
    for (uint32_t i = 0; i < x->count && i < y->count; i++) {
        int order = strcmp(line_values[x->value[i]], line_values[y->value[i]]);
        if (order != 0)
            return order;
        if (x->record[i] != y->record[i])
            return x->record[i] < y->record[i] ? -1 : 1;
    }
    return x->count < y->count ? -1 : x->count > y->count;
}

/* What the facts of an attribute are asked for. */
typedef struct line_group {
    uint32_t kind;
    uint32_t attribute;
    uint32_t type;
    uint32_t entity;      /* NONE: sides are entities, and value is that of all */
    uint32_t perspective; /* NONE: any */
    uint32_t record;      /* NONE: any */
    uint32_t value;
} line_group;

static bool line_belongs(const line_world *w, const line_group *g, uint32_t r,
                         const line_fact *fact)
{
    return fact->attribute == g->attribute && w->records[r].type == g->type &&
           (g->entity == STARLINGS_NONE ? fact->value == g->value : w->entity[r] == g->entity) &&
           (g->perspective == STARLINGS_NONE || w->records[r].perspective == g->perspective) &&
           (g->record == STARLINGS_NONE || r == g->record);
}

/* The sides of each slot. */
static void line_sides(const line_world *w, const line_group *g, uint64_t sides[LINE_SLOTS][3])
{
    memset(sides, 0, sizeof(uint64_t) * LINE_SLOTS * 3);
    for (uint32_t p = 0; p < w->pool_count; p++)
        for (uint32_t r = w->pool[p], i = 0; i < w->records[r].count; i++) {
            const line_fact *fact = &w->records[r].facts[i];
            uint32_t side = g->entity == STARLINGS_NONE ? w->entity[r] : fact->value;
            if (line_belongs(w, g, r, fact))
                for (uint32_t s = 0; s < LINE_SLOTS; s++)
                    sides[s][side / 64] |= (uint64_t)(fact->bits >> s & 1) << side % 64;
        }
}

/* Parties by value as bytes, record. */
static void line_parties(const line_world *w, const line_group *g, uint32_t bits, line_conflict *c)
{
    c->count = 0;
    for (uint32_t p = 0; p < w->pool_count; p++)
        for (uint32_t r = w->pool[p], i = 0; i < w->records[r].count; i++) {
            const line_fact *fact = &w->records[r].facts[i];
            uint32_t at = c->count;
            if (!line_belongs(w, g, r, fact) || (fact->bits & bits) == 0)
                continue;
            for (; at > 0 && strcmp(line_values[c->value[at - 1]], line_values[fact->value]) > 0;
                 at--) {
                c->value[at] = c->value[at - 1];
                c->record[at] = c->record[at - 1];
            }
            c->value[at] = fact->value;
            c->record[at] = r;
            c->count++;
        }
}

static uint32_t line_count_sides(const uint64_t sides[3])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < 3 * 64; i++)
        count += sides[i / 64] >> i % 64 & 1;
    return count;
}

/* All conflicts of a group: runs of slots with the same two or more sides. */
static void line_find(const line_world *w, line_list *list, const line_group *g)
{
    uint64_t sides[LINE_SLOTS][3];
    line_sides(w, g, sides);
    for (uint32_t s = 0, e; s < LINE_SLOTS; s = e) {
        line_conflict *c;
        for (e = s + 1; e < LINE_SLOTS && memcmp(sides[e], sides[s], sizeof sides[s]) == 0; e++)
            ;
        if (line_count_sides(sides[s]) < 2)
            continue;
        if (list->count == list->capacity) {
            list->capacity = 2 * list->capacity + 64;
            list->conflicts = (line_conflict *)realloc(list->conflicts,
                                                       list->capacity * sizeof *list->conflicts);
        }
        c = &list->conflicts[list->count++];
        memset(c, 0, sizeof *c);
        c->kind = g->kind;
        c->entity = g->entity;
        c->attribute = line_attributes[g->attribute].name;
        c->perspective = g->perspective == STARLINGS_NONE ? "" : line_perspectives[g->perspective];
        c->valid.start = line_time(s);
        c->valid.end = line_time(e);
        line_parties(w, g, ((uint32_t)1 << e) - ((uint32_t)1 << s), c);
    }
}

static void line_find_within(const line_world *w, line_list *list, line_group g)
{
    g.kind = STARLINGS_CONFLICT_UNIQUE_WITHIN;
    for (g.perspective = 0; g.perspective < 3; g.perspective++)
        line_find(w, list, &g);
}

/* Of one attribute of one entity. */
static void line_find_inside(const line_world *w, line_list *list, line_group g, uint32_t flags)
{
    if ((flags & LINE_MANY) == 0) {
        g.kind = STARLINGS_CONFLICT_DIRECT;
        line_find(w, list, &g);
    }
    if ((flags & LINE_UNIQUE) != 0) {
        g.kind = STARLINGS_CONFLICT_UNIQUE;
        line_find(w, list, &g);
    }
    if ((flags & LINE_WITHIN) != 0)
        line_find_within(w, list, g);
    g.kind = STARLINGS_CONFLICT_WITHIN_RECORD;
    if ((flags & LINE_STRONG) != 0 && (flags & LINE_MANY) == 0)
        for (uint32_t p = 0; p < w->pool_count; p++) {
            g.record = w->pool[p];
            line_find(w, list, &g);
        }
}

/* Of one value of an attribute between entities. */
static void line_find_across(const line_world *w, line_list *list, line_group g, uint32_t flags)
{
    g.entity = STARLINGS_NONE;
    for (g.value = 0; g.value < 6; g.value++) {
        g.kind = STARLINGS_CONFLICT_UNIQUE;
        if ((flags & LINE_UNIQUE) != 0)
            line_find(w, list, &g);
        if ((flags & LINE_WITHIN) != 0)
            line_find_within(w, list, g);
    }
}

/* Look at the records of an entity, or (NONE) at all. */
static void line_look(line_world *w, uint32_t entity)
{
    w->pool_count = 0;
    for (uint32_t r = 0; r < w->count; r++)
        if (entity == STARLINGS_NONE || w->entity[r] == entity)
            w->pool[w->pool_count++] = r;
}

static line_list line_model(line_world *w)
{
    line_list list = { 0, 0, NULL };
    line_group g = { 0, 0, 0, 0, STARLINGS_NONE, STARLINGS_NONE, 0 };
    uint32_t entities = 0;
    for (uint32_t r = 0; r < w->count; r++)
        entities = w->entity[r] + 1 > entities ? w->entity[r] + 1 : entities;
    for (g.entity = 0; g.entity < entities; g.entity++) {
        line_look(w, g.entity);
        g.type = w->records[w->pool[0]].type;
        for (g.attribute = 0; g.attribute < LINE_ATTRIBUTES; g.attribute++)
            line_find_inside(w, &list, g, line_attributes[g.attribute].flags[g.type]);
    }
    line_look(w, STARLINGS_NONE);
    for (g.attribute = 0; g.attribute < LINE_ATTRIBUTES; g.attribute++)
        for (g.type = 0; g.type < 2; g.type++)
            line_find_across(w, &list, g, line_attributes[g.attribute].flags[g.type]);
    if (list.count > 1)
        qsort(list.conflicts, list.count, sizeof *list.conflicts, line_order);
    return list;
}

static bool line_same_text(starlings_text text, const char *want)
{
    return text.size == strlen(want) && memcmp(text.text, want, text.size) == 0;
}

/* Compare with the model, all but what was refused. */
static bool line_agrees(const line_world *w, const starlings_conflicts *list, const line_list *want)
{
    size_t at = 0;
    bool good = true;
    for (size_t i = 0; i < starlings_conflicts_count(list) && good; i++) {
        const line_conflict *m = at < want->count ? &want->conflicts[at] : NULL;
        starlings_conflict c;
        starlings_party party;
        good = starlings_conflicts_at(list, i, &c);
        if (c.kind == STARLINGS_CONFLICT_INDIRECT)
            continue;
        good = good && m != NULL && c.kind == m->kind && c.entity == m->entity &&
               line_same_text(c.attribute, m->attribute) &&
               line_same_text(c.perspective, m->perspective) &&
               c.valid.start == m->valid.start && c.valid.end == m->valid.end &&
               c.party_count == m->count;
        for (uint32_t p = 0; good && p < c.party_count; p++)
            good = starlings_conflicts_party(list, i, p, &party) &&
                   line_same_text(party.value, line_values[m->value[p]]) &&
                   party.record == m->record[p] && party.entity == w->entity[party.record];
        good = good && !starlings_conflicts_party(list, i, c.party_count, &party);
        at++;
    }
    return good && at == want->count;
}

/* ---- refusals */
static uint32_t line_slot(int64_t time)
{
    if (time == STARLINGS_START_OF_TIME)
        return 0;
    return time == STARLINGS_END_OF_TIME ? LINE_SLOTS : (uint32_t)(time + 1);
}

static int line_text_order(starlings_text a, starlings_text b)
{
    int order = memcmp(a.text, b.text, a.size < b.size ? a.size : b.size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* Whether two sides of a refusal hold different values of two entities in a slot. */
static bool line_quarrel(const starlings_refusals *refusals, size_t at, uint32_t count,
                         uint32_t slot)
{
    starlings_refusal_side x, y;
    uint32_t values = 0, entities = 0;
    bool first = true;
    for (uint32_t i = 0; i < count; i++) {
        (void)starlings_refusals_side(refusals, at, i, &y);
        if (slot < line_slot(y.valid.start) || slot >= line_slot(y.valid.end))
            continue;
        values += !first && line_text_order(x.value, y.value) != 0;
        entities += !first && x.entity != y.entity;
        if (first)
            x = y;
        first = false;
    }
    return values > 0 && entities > 0;
}

/* Whether the list has, behind `from`, a conflict for a run of slots of a refusal. */
static bool line_has_indirect(const starlings_conflicts *list, const starlings_refusals *refusals,
                              size_t at, uint32_t count, const uint32_t run[2])
{
    starlings_refusal refusal;
    (void)starlings_refusals_at(refusals, at, &refusal);
    for (size_t i = 0; i < starlings_conflicts_count(list); i++) {
        starlings_conflict c;
        starlings_party p, before;
        uint32_t sides = 0, found = 0;
        (void)starlings_conflicts_at(list, i, &c);
        if (c.kind != STARLINGS_CONFLICT_INDIRECT || c.valid.start != line_time(run[0]) ||
            c.valid.end != line_time(run[1]) || line_text_order(c.attribute, refusal.attribute) ||
            line_text_order(c.perspective, refusal.perspective) || c.entity != STARLINGS_NONE)
            continue;
        for (uint32_t s = 0; s < count; s++) { /* each side is a party */
            starlings_refusal_side side;
            uint32_t at_party = 0;
            (void)starlings_refusals_side(refusals, at, s, &side);
            if (line_slot(side.valid.start) >= run[1] || line_slot(side.valid.end) <= run[0])
                continue;
            sides++;
            while (starlings_conflicts_party(list, i, at_party, &p) &&
                   (p.record != side.record || line_text_order(p.value, side.value) != 0))
                at_party++;
            found += at_party < c.party_count && p.entity == side.entity;
        }
        for (uint32_t q = 0; q < c.party_count; q++) { /* in order, and none twice */
            (void)starlings_conflicts_party(list, i, q, &p);
            if (q > 0 && (line_text_order(before.value, p.value) > 0 ||
                          (line_text_order(before.value, p.value) == 0 &&
                           before.record >= p.record)))
                return false;
            before = p;
        }
        if (sides == found && c.party_count <= sides)
            return true;
    }
    return false;
}

/* Each quarrel of a refusal is in the list, and each conflict in the list comes from one. */
static bool line_agrees_indirect(const line_world *w, const starlings_conflicts *list)
{
    starlings_refusals *refusals = NULL;
    size_t runs = 0, indirect = 0;
    bool good = true;
    T_STATUS(starlings_refusals_create(w->says.resolution, NULL, &refusals), STARLINGS_OK);
    for (size_t at = 0; at < starlings_refusals_count(refusals); at++) {
        starlings_refusal refusal;
        (void)starlings_refusals_at(refusals, at, &refusal);
        for (uint32_t s = 0, e; s < LINE_SLOTS; s = e) {
            uint32_t run[2];
            bool open = line_quarrel(refusals, at, refusal.side_count, s);
            for (e = s + 1; e < LINE_SLOTS &&
                            line_quarrel(refusals, at, refusal.side_count, e) == open; e++)
                ;
            run[0] = s;
            run[1] = e;
            if (open)
                good = good && line_has_indirect(list, refusals, at, refusal.side_count, run);
            runs += open;
        }
    }
    for (size_t i = 0; i < starlings_conflicts_count(list); i++) {
        starlings_conflict c;
        (void)starlings_conflicts_at(list, i, &c);
        indirect += c.kind == STARLINGS_CONFLICT_INDIRECT;
    }
    starlings_refusals_release(refusals);
    return good && indirect == runs; /* one key: none is refused twice */
}

/* Both methods and the choice between them equal the model, on 10,000 entities. */
static void test_conflict_random(void)
{
    t_rng rng = t_rng_make(830);
    uint32_t entities = 0, wanted = t_state.big ? 30000 : 10000;
    size_t conflicts = 0;
    line_world *w = (line_world *)model_new(1, sizeof *w);
    while (entities < wanted) {
        line_list want;
        w->count = 0;
        w->says = says_open(line_rules, NULL);
        line_grow(w, &rng, 20 + t_below(&rng, LINE_RECORDS - 20));
        entities += starlings_partition_entity_count(
            starlings_resolution_partition(w->says.resolution));
        want = line_model(w);
        conflicts += want.count;
        for (int method = 0; method < 3; method++) {
            starlings_conflicts *list =
                conflict_list(&w->says, (starlings_conflict_method)method, NULL);
            T_CHECK(line_agrees(w, list, &want));
            T_CHECK(method != 0 || line_agrees_indirect(w, list));
            starlings_conflicts_release(list);
        }
        free(want.conflicts);
        says_close(&w->says);
    }
    T_CHECK(conflicts > entities);
    free(w);
}

/* Everything of two lists is the same. */
static bool conflict_equal(const starlings_conflicts *a, const starlings_conflicts *b)
{
    bool good = starlings_conflicts_count(a) == starlings_conflicts_count(b);
    for (size_t i = 0; i < starlings_conflicts_count(a) && good; i++) {
        starlings_conflict x, y;
        good = starlings_conflicts_at(a, i, &x) && starlings_conflicts_at(b, i, &y) &&
               x.kind == y.kind && x.attribute.text == y.attribute.text &&
               x.perspective.size == y.perspective.size && x.valid.start == y.valid.start &&
               x.valid.end == y.valid.end && x.entity == y.entity &&
               x.party_count == y.party_count;
        for (uint32_t p = 0; good && p < x.party_count; p++) {
            starlings_party u, v;
            good = starlings_conflicts_party(a, i, p, &u) &&
                   starlings_conflicts_party(b, i, p, &v) && u.value.text == v.value.text &&
                   u.entity == v.entity && u.record == v.record;
        }
    }
    return good;
}

/* The documents' rule: atoms if distinct ends are less than half of all ends, strictly. */
static void test_conflict_method(void)
{
    static const struct {
        uint32_t count;
        starlings_interval valid[4]; /* by start and by end */
        bool atoms;
    } cases[] = {
        { 0, { { 0, 0 } }, false },
        { 1, { { 0, 5 } }, false },
        { 2, { { 0, 5 }, { 0, 5 } }, false }, /* 2 of 4 */
        { 3, { { 0, 5 }, { 0, 5 }, { 0, 5 } }, true },
        { 3, { { 0, 5 }, { 0, 5 }, { 1, 5 } }, false }, /* 3 of 6 */
        { 4, { { 0, 5 }, { 0, 5 }, { 1, 5 }, { 1, 5 } }, true },
        { 4, { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 4 } }, false },
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        uint32_t order[4] = { 0, 1, 2, 3 };
        stln_voice voices[4];
        stln_board b;
        memset(&b, 0, sizeof b);
        memset(voices, 0, sizeof voices);
        b.by_start = b.by_end = order;
        for (uint32_t i = 0; i < 4; i++)
            voices[i].valid = cases[c].valid[i];
        T_CHECK(stln_group_by_atoms(&b, voices, cases[c].count) == cases[c].atoms);
        b.method = STARLINGS_CONFLICT_SWEEP;
        T_CHECK(!stln_group_by_atoms(&b, voices, cases[c].count));
        b.method = STARLINGS_CONFLICT_ATOMS;
        T_CHECK(stln_group_by_atoms(&b, voices, cases[c].count));
    }
}

/* A list from any resolution of the linker, the last or not, makes the same list. */
static void test_conflict_previous(void)
{
    t_rng rng = t_rng_make(831);
    line_world *w = (line_world *)model_new(1, sizeof *w);
    for (uint32_t round = 0; round < 12; round++) {
        starlings_conflicts *lists[4];
        w->count = 0;
        w->says = says_open(line_rules, NULL);
        for (uint32_t i = 0; i < 4; i++) {
            line_grow(w, &rng, i == 3 ? 0 : t_below(&rng, 50));
            lists[i] = conflict_list(&w->says, STARLINGS_CONFLICT_BEST, NULL);
            for (uint32_t j = 0; j < i; j++) {
                starlings_conflicts *list =
                    conflict_list(&w->says, STARLINGS_CONFLICT_BEST, lists[j]);
                T_CHECK(conflict_equal(list, lists[i]));
                starlings_conflicts_release(list);
            }
        }
        for (uint32_t i = 0; i < 4; i++)
            starlings_conflicts_release(lists[i]);
        says_close(&w->says);
    }
    free(w);
}

/* ---- workers and refused memory */
static void test_conflict_workers(void)
{
    t_rng rng = t_rng_make(832);
    says_world w = says_open("strong s\n", NULL);
    starlings_conflicts_desc desc;
    starlings_conflicts *lists[4] = { NULL, NULL, NULL, NULL };
    for (uint32_t r = 0; r < 3 * STLN_SUSPECT_PART; r++) {
        char who[32], what[64];
        (void)snprintf(who, sizeof who, "p%u:%u", (unsigned)t_below(&rng, 5), (unsigned)r);
        (void)snprintf(what, sizeof what, "id=%u, x=%u|%u %u", (unsigned)t_below(&rng, 4000),
                       (unsigned)t_below(&rng, 3), (unsigned)t_below(&rng, 10),
                       (unsigned)(10 + t_below(&rng, 10)));
        says_add(&w, who, what);
    }
    says_resolve(&w);
    memset(&desc, 0, sizeof desc);
    desc.resolution = w.resolution;
    for (uint32_t i = 0; i < 4; i++) {
        desc.env.workers.count = i == 0 ? 1 : 4;
        desc.env.workers.run = i == 2 ? faults_run_backwards : i == 3 ? faults_run_odd_first : NULL;
        T_STATUS(starlings_conflicts_create(&desc, &lists[i]), STARLINGS_OK);
        T_CHECK(starlings_conflicts_count(lists[i]) > 1000);
        T_CHECK(conflict_equal(lists[0], lists[i]));
    }
    for (uint32_t i = 0; i < 4; i++)
        starlings_conflicts_release(lists[i]);
    says_close(&w);
}

/* Each allocation refused once, and from then on; and stopped at each report. */
static void test_conflict_faults(void)
{
    t_rng rng = t_rng_make(833);
    faults f = faults_make();
    faults_cancel cancel = { 0, SIZE_MAX, 0, false };
    line_world *w = (line_world *)model_new(1, sizeof *w);
    starlings_conflicts_desc desc;
    starlings_conflicts *whole, *previous, *list = NULL;
    says_text out;
    starlings_sink sink = { says_write, NULL };
    sink.ctx = &out;
    memset(&desc, 0, sizeof desc);
    w->says = says_open(line_rules, NULL);
    line_grow(w, &rng, 20);
    previous = conflict_list(&w->says, STARLINGS_CONFLICT_BEST, NULL);
    line_grow(w, &rng, 60);
    whole = conflict_list(&w->says, STARLINGS_CONFLICT_BEST, NULL);
    T_CHECK(starlings_conflicts_count(whole) > 10);
    desc.resolution = w->says.resolution;
    desc.env.allocator = faults_allocator(&f);
    desc.env.workers.count = 3;
    for (uint32_t kind = 0; kind < 4; kind++) {
        desc.previous = kind % 2 == 0 ? NULL : previous;
        f.for_ever = kind / 2 == 0;
        for (size_t at = 0;; at++) {
            starlings_status status, written = STARLINGS_OK;
            memset(&out, 0, sizeof out);
            f.calls = f.failed = 0;
            f.fail_at = at;
            status = starlings_conflicts_create(&desc, &list);
            if (status == STARLINGS_OK)
                written = starlings_conflicts_write(list, &sink, &desc.env);
            T_CHECK((list == NULL) == (status != STARLINGS_OK));
            T_CHECK(out.size == 0 || written == STARLINGS_OK);
            T_STATUS(status != STARLINGS_OK ? status : written,
                     f.failed > 0 ? STARLINGS_ERR_NOMEM : STARLINGS_OK);
            T_CHECK(status != STARLINGS_OK || conflict_equal(list, whole));
            starlings_conflicts_release(list);
            T_EQ_U64(f.live, 0);
            T_EQ_U64(f.broken, 0);
            if (f.failed == 0)
                break;
        }
    }
    f.armed = false;
    desc.env.progress.report = faults_report;
    desc.env.progress.ctx = &cancel;
    T_STATUS(starlings_conflicts_create(&desc, &list), STARLINGS_OK);
    starlings_conflicts_release(list);
    for (size_t reports = cancel.calls; reports > 0; reports--) {
        cancel.calls = 0;
        cancel.stop_at = reports - 1;
        T_STATUS(starlings_conflicts_create(&desc, &list), STARLINGS_ERR_CANCELLED);
        T_CHECK(list == NULL);
    }
    T_EQ_U64(f.live, 0);
    T_EQ_U64(cancel.broken, 0);
    starlings_conflicts_release(previous);
    starlings_conflicts_release(whole);
    says_close(&w->says);
    free(w);
}

/* ---- terms of office: see ../shared/data/congress/SOURCE.md */
typedef struct congress_hash {
    uint64_t hash;
    size_t size;
    size_t lines;
} congress_hash;

static starlings_status congress_write(void *ctx, const void *bytes, size_t size)
{
    congress_hash *out = (congress_hash *)ctx;
    const char *at = (const char *)bytes;
    out->hash = model_hash(out->hash, bytes, size);
    out->size += size;
    for (size_t i = 0; i < size; i++)
        out->lines += at[i] == '\n';
    return STARLINGS_OK;
}

/* Parties, states and offices change and nothing contradicts itself, but that several numbers of
   the election commission hold at once. Figures and the hash of all rows were computed from the CSV
   by another program. */
static void test_conflict_congress(void)
{
    FILE *file = fopen("../shared/data/congress/records.csv", "rb");
    if (file == NULL) {
        T_SKIP(4, "no ../shared/data");
        return;
    }
    for (uint32_t many = 0; many < 2; many++) {
        says_world w = says_open(many == 0 ? "key name: first, last, birthday\n"
                                             "permanent first, last, birthday\n"
                                           : "key name: first, last, birthday\n"
                                             "permanent first, last, birthday\nstrong fec many\n",
                                 NULL);
        congress_hash got = { MODEL_HASH_START, 0, 0 };
        starlings_sink sink = { congress_write, NULL };
        starlings_csv_desc desc;
        starlings_csv *csv = NULL;
        starlings_conflicts *list;
        sink.ctx = &got;
        rewind(file);
        memset(&desc, 0, sizeof desc);
        desc.source.read = starlings_file_read;
        desc.source.ctx = file;
        T_STATUS(starlings_csv_open(&desc, &csv), STARLINGS_OK);
        T_STATUS(starlings_linker_read_csv(w.linker, csv, NULL), STARLINGS_OK);
        starlings_csv_close(csv);
        says_resolve(&w);
        T_EQ_U64(starlings_partition_entity_count(starlings_resolution_partition(w.resolution)),
                 537);
        list = conflict_list(&w, STARLINGS_CONFLICT_BEST, NULL);
        T_STATUS(starlings_conflicts_write(list, &sink, NULL), STARLINGS_OK);
        T_EQ_U64(starlings_conflicts_count(list), many == 0 ? 252 : 0);
        T_EQ_U64(got.lines, many == 0 ? 253 : 1);
        T_EQ_U64(got.size, 43 + (many == 0 ? 30665 : 0));
        if (many == 0)
            T_EQ_U64(got.hash, 0x567f071102b3e6dcu);
        starlings_conflicts_release(list);
        says_close(&w);
    }
    fclose(file);
}

/* ---- faults of the documents' programs (numbers of their list) */

/* What one value is said to hold is one time line, whatever stands between in order of starts. */
static void linker_fault_24_interleaved_values(void)
{
    says_world w = says_open("", NULL);
    says_add(&w, "p:1", "id=e, x=a|0 10");
    says_add(&w, "p:2", "id=e, x=b|1 30");
    says_add(&w, "p:3", "id=e, x=a|5 20");
    conflict_expect(&w, "direct,x,,1,20,a=p:1;a=p:3;b=p:2\n");
}

/* What ends and what starts at one time do not meet. */
static void linker_fault_26_end_before_start(void)
{
    says_world w = says_open("strong x\nunique x\nunique_within x\n", NULL);
    says_add(&w, "p:1", "id=e, x=a|5 10");
    says_add(&w, "p:2", "id=e, x=b|10 15, x=c|0 5");
    says_add(&w, "p:3", "id=f, x=a|10 20");
    conflict_expect(&w, "");
}

static void linker_fault_27_negative_times(void)
{
    says_world w = says_open("", NULL);
    says_add(&w, "p:1", "id=e, x=a|-20 -5");
    says_add(&w, "p:2", "id=e, x=b|-10 7");
    conflict_expect(&w, "direct,x,,-10,-5,a=p:1;b=p:2\n");
}

/* Where many ends coincide and where few do, both methods say the same (and at random above). */
static void linker_fault_28_one_canonical_output(void)
{
    says_world w = says_open("", NULL);
    for (uint32_t i = 0; i < 6; i++) {
        char who[8], what[40];
        (void)snprintf(who, sizeof who, "p:%u", (unsigned)i);
        (void)snprintf(what, sizeof what, "id=e, x=%s|%u %u", i % 2 == 0 ? "a" : "b",
                       (unsigned)(i / 2), (unsigned)(i / 2 + 2));
        says_add(&w, who, what);
    }
    conflict_expect(&w, "direct,x,,0,4,a=p:0;a=p:2;a=p:4;b=p:1;b=p:3;b=p:5\n");
}

/* All records of an entity count, the last as the first; and the two constraints differ. */
static void linker_fault_29_all_records_and_both_constraints(void)
{
    says_world w = says_open("unique u\nunique_within v\n", NULL);
    says_add(&w, "p:1", "id=e");
    says_add(&w, "q:2", "id=f");
    says_add(&w, "p:3", "id=e, u=1, v=1");
    says_add(&w, "q:4", "id=f, u=1, v=1");
    conflict_expect(&w, "unique,u,,,,1=p:3;1=q:4\n");
}

/* The order in which records come never shows. */
static void linker_fault_33_order_of_arrival(void)
{
    static const char *const who[6] = { "p:1", "q:2", "r:3", "p:4", "q:5", "r:6" };
    static const char *const what[6] = { "id=e, x=a|0 9, y=1|3 4", "id=e, x=b|2 7, y=2|3 5",
                                         "id=e, x=c|5 11, u=1",    "id=f, u=1, x=zz|0 4",
                                         "id=f, u=2|3 4, x=y|3 6", "id=g, u=2, y=3, y=4" };
    t_rng rng = t_rng_make(834);
    char first[8192] = "";
    for (uint32_t round = 0; round < 40; round++) {
        uint32_t order[6] = { 0, 1, 2, 3, 4, 5 };
        says_world w = says_open("unique u\nunique_within y\n", NULL);
        starlings_conflicts *list;
        for (uint32_t i = 6; i-- > 0;) {
            uint32_t j = t_below(&rng, i + 1), swap = order[i];
            order[i] = order[j];
            order[j] = swap;
            says_add(&w, who[order[i]], what[order[i]]);
        }
        says_resolve(&w);
        list = conflict_list(&w, STARLINGS_CONFLICT_BEST, NULL);
        if (round == 0)
            (void)snprintf(first, sizeof first, "%s", conflict_text(list));
        T_EQ_STR(conflict_text(list), first);
        T_CHECK(strlen(first) > 200);
        starlings_conflicts_release(list);
        says_close(&w);
    }
}

/* A gap is no time: what lies in it contradicts nothing. */
static void linker_fault_52_gaps_are_not_filled(void)
{
    says_world w = says_open("unique x\n", NULL);
    says_add(&w, "p:1", "id=e, x=a|0 5, x=a|20 25");
    says_add(&w, "p:2", "id=e, x=b|5 20");
    says_add(&w, "p:3", "id=f, x=a|6 19");
    conflict_expect(&w, "");
    w = says_open("", NULL); /* and one conflict on each side of a gap is two */
    says_add(&w, "p:1", "id=e, x=a|0 5, x=a|20 25");
    says_add(&w, "p:2", "id=e, x=b|3 23");
    conflict_expect(&w, "direct,x,,20,23,a=p:1;b=p:2\ndirect,x,,3,5,a=p:1;b=p:2\n");
}

static void test_conflict(void)
{
    test_conflict_direct();
    test_conflict_kinds();
    test_conflict_indirect();
    test_conflict_party();
    test_conflict_write();
    test_conflict_arguments();
    test_conflict_random();
    test_conflict_method();
    test_conflict_previous();
    test_conflict_workers();
    test_conflict_faults();
    test_conflict_congress();
    linker_fault_24_interleaved_values();
    linker_fault_26_end_before_start();
    linker_fault_27_negative_times();
    linker_fault_28_one_canonical_output();
    linker_fault_29_all_records_and_both_constraints();
    linker_fault_33_order_of_arrival();
    linker_fault_52_gaps_are_not_filled();
}
