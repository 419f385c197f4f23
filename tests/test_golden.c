/* test_golden.c - S84: golden records slot by slot (the line of test_conflict.c), by hand and at
   random; names of entities. */

static starlings_golden *golden_make(const says_world *w, uint32_t entity,
                                     starlings_golden_policy policy, int64_t from, int64_t to)
{
    starlings_golden_desc desc;
    starlings_golden *golden = NULL;
    memset(&desc, 0, sizeof desc);
    desc.resolution = w->resolution;
    desc.entity = entity;
    desc.policy = policy;
    desc.range.start = from;
    desc.range.end = to;
    T_STATUS(starlings_golden_create(&desc, &golden), STARLINGS_OK);
    return golden;
}

/* attribute=value [from,to) records ! (contested), all but the id; unbounded ends are *. */
static const char *golden_text(const starlings_golden *golden)
{
    static char text[4096];
    size_t size = 0;
    starlings_golden_value v;
    text[0] = '\0';
    for (size_t i = 0; starlings_golden_at(golden, i, &v); i++) {
        char from[24] = "*", to[24] = "*";
        if (line_same_text(v.attribute, "id"))
            continue;
        if (v.valid.start != STARLINGS_START_OF_TIME)
            (void)snprintf(from, sizeof from, "%lld", (long long)v.valid.start);
        if (v.valid.end != STARLINGS_END_OF_TIME)
            (void)snprintf(to, sizeof to, "%lld", (long long)v.valid.end);
        size += (size_t)snprintf(text + size, sizeof text - size, "%.*s=%.*s [%s,%s)",
                                 (int)v.attribute.size, v.attribute.text, (int)v.value.size,
                                 v.value.text, from, to);
        for (uint32_t r = 0; r < v.record_count; r++)
            size += (size_t)snprintf(text + size, sizeof text - size, " %u",
                                     (unsigned)v.records[r]);
        size += (size_t)snprintf(text + size, sizeof text - size, "%s; ", v.contested ? "!" : "");
    }
    return text;
}

static void golden_expect(const says_world *w, starlings_golden_policy policy, int64_t from,
                          int64_t to, const char *want)
{
    starlings_golden *golden = golden_make(w, 0, policy, from, to);
    T_EQ_STR(golden_text(golden), want);
    starlings_golden_release(golden);
}

/* ---- by hand */
static void test_golden_policies(void)
{
    says_world w = says_open("weight hr 0.9\nweight crm 0.9\nweight erp 0.2\n"
                             "authority x erp\nauthority y web\nstrong tag many\npermanent born\n",
                             NULL);
    says_add(&w, "erp:1", "id=e, x=a|0 10, born=1970|3 4, tag=t|0 5");
    says_add(&w, "hr:2", "id=e, x=b|5 15, y=1|0 4, tag=u|2 9");
    says_add(&w, "crm:3", "id=e, x=b|8 20, y=2|2 6");
    says_resolve(&w);
    golden_expect(&w, STARLINGS_GOLDEN_OMIT, 0, 0,
                  "born=1970 [*,*) 0; tag=t [0,5) 0; tag=u [2,9) 1; x=a [0,5) 0; "
                  "x=b [10,15) 1 2; x=b [15,20) 2; y=1 [0,2) 1; y=2 [4,6) 2; ");
    golden_expect(&w, STARLINGS_GOLDEN_WEIGHT, 0, 0, /* y: both weigh the same */
                  "born=1970 [*,*) 0; tag=t [0,5) 0; tag=u [2,9) 1; x=a [0,5) 0; "
                  "x=b [5,8) 1!; x=b [8,10) 1 2!; x=b [10,15) 1 2; x=b [15,20) 2; "
                  "y=1 [0,2) 1; y=2 [4,6) 2; ");
    golden_expect(&w, STARLINGS_GOLDEN_AUTHORITY, 0, 0, /* y: its authority says nothing */
                  "born=1970 [*,*) 0; tag=t [0,5) 0; tag=u [2,9) 1; x=a [0,5) 0; "
                  "x=a [5,10) 0!; x=b [10,15) 1 2; x=b [15,20) 2; y=1 [0,2) 1; y=2 [4,6) 2; ");
    golden_expect(&w, STARLINGS_GOLDEN_LATEST, 0, 0,
                  "born=1970 [*,*) 0; tag=t [0,5) 0; tag=u [2,9) 1; x=a [0,5) 0; "
                  "x=b [5,8) 1!; x=b [8,10) 1 2!; x=b [10,15) 1 2; x=b [15,20) 2; "
                  "y=1 [0,2) 1; y=2 [2,4) 2!; y=2 [4,6) 2; ");
    golden_expect(&w, STARLINGS_GOLDEN_MAJORITY, 0, 0,
                  "born=1970 [*,*) 0; tag=t [0,5) 0; tag=u [2,9) 1; x=a [0,5) 0; "
                  "x=b [8,10) 1 2!; x=b [10,15) 1 2; x=b [15,20) 2; y=1 [0,2) 1; y=2 [4,6) 2; ");
    /* A range, an instant, a time of which nothing is known, a range that is empty. */
    golden_expect(&w, STARLINGS_GOLDEN_MAJORITY, 9, 12,
                  "born=1970 [9,12) 0; x=b [9,10) 1 2!; x=b [10,12) 1 2; ");
    golden_expect(&w, STARLINGS_GOLDEN_LATEST, 3, 4,
                  "born=1970 [3,4) 0; tag=t [3,4) 0; tag=u [3,4) 1; x=a [3,4) 0; y=2 [3,4) 2!; ");
    golden_expect(&w, STARLINGS_GOLDEN_OMIT, 100, STARLINGS_END_OF_TIME, "born=1970 [100,*) 0; ");
    golden_expect(&w, STARLINGS_GOLDEN_OMIT, 7, 7, "");
    says_close(&w);
}

/* A run goes on where one record takes over from another; after a gap it is a new one. */
static void test_golden_latest(void)
{
    says_world w = says_open("", NULL);
    says_add(&w, "p:1", "id=e, x=a|0 4, y=a|0 4");
    says_add(&w, "p:2", "id=e, x=a|4 20, y=a|6 20");
    says_add(&w, "p:3", "id=e, x=b|2 10, y=b|2 10");
    says_resolve(&w);
    golden_expect(&w, STARLINGS_GOLDEN_LATEST, 0, 0,
                  "x=a [0,2) 0; x=a [10,20) 1; x=b [2,10) 2!; "
                  "y=a [0,2) 0; y=a [6,10) 1!; y=a [10,20) 1; y=b [2,4) 2!; y=b [4,6) 2; ");
    says_close(&w);
}

static starlings_entity_names *names_make(const says_world *w)
{
    starlings_entity_names *names = NULL;
    T_STATUS(starlings_entity_names_create(w->resolution, NULL, &names), STARLINGS_OK);
    return names;
}

static void test_golden_arguments(void)
{
    says_world w = says_open("", NULL);
    starlings_golden_desc desc;
    starlings_golden *golden = NULL;
    starlings_golden_value value;
    starlings_entity_names *names;
    memset(&desc, 0, sizeof desc);
    says_resolve(&w); /* no records at all */
    names = names_make(&w);
    T_EQ_U64(starlings_entity_names_at(names, 0).size, 0);
    starlings_entity_names_release(names);
    desc.resolution = w.resolution;
    T_STATUS(starlings_golden_create(&desc, &golden), STARLINGS_ERR_RANGE);
    desc.resolution = NULL;
    says_add(&w, "p:1", "id=e");
    says_resolve(&w);
    T_STATUS(starlings_golden_create(NULL, &golden), STARLINGS_ERR_ARG);
    T_STATUS(starlings_golden_create(&desc, &golden), STARLINGS_ERR_ARG);
    T_STATUS(starlings_golden_create(&desc, NULL), STARLINGS_ERR_ARG);
    desc.resolution = w.resolution;
    desc.entity = 1;
    T_STATUS(starlings_golden_create(&desc, &golden), STARLINGS_ERR_RANGE);
    desc.entity = 0;
    desc.policy = (starlings_golden_policy)5;
    T_STATUS(starlings_golden_create(&desc, &golden), STARLINGS_ERR_ARG);
    T_CHECK(golden == NULL);
    golden = golden_make(&w, 0, STARLINGS_GOLDEN_OMIT, 0, 0);
    says_close(&w); /* it keeps what it needs */
    T_EQ_U64(starlings_golden_count(golden), 1);
    T_CHECK(!starlings_golden_at(golden, 1, &value) && value.records == NULL);
    T_CHECK(starlings_golden_at(golden, 0, &value) && line_same_text(value.value, "e"));
    starlings_golden_release(golden);
    starlings_golden_release(NULL);
    T_EQ_U64(starlings_golden_count(NULL), 0);
}

/* ---- at random */
/* Which value holds in a slot, among those that are claimed there; 6: none. */
typedef struct golden_slot {
    uint32_t value;
    bool contested;
} golden_slot;

/* What a policy gives each value of an attribute at a slot. */
static int64_t golden_score(const line_world *w, uint32_t attribute, uint32_t value, uint32_t slot,
                            starlings_golden_policy policy)
{
    static const int64_t weights[3] = { 75, 50, 50 }; /* of the perspectives in line_rules */
    int64_t most = 0, records = 0, begin = slot;
    for (uint32_t s = slot + 1, open = 1; s-- > 0 && open != 0;) {
        open = 0;
        for (uint32_t p = 0; p < w->pool_count; p++)
            for (uint32_t r = w->pool[p], i = 0; i < w->records[r].count; i++) {
                const line_fact *fact = &w->records[r].facts[i];
                const char *name = line_attributes[attribute].name;
                uint32_t from = w->records[r].perspective;
                int64_t score;
                if (fact->attribute != attribute || fact->value != value ||
                    (fact->bits >> s & 1) == 0)
                    continue;
                open = 1;
                begin = s;
                records += s == slot;
                score = policy == STARLINGS_GOLDEN_WEIGHT ? weights[from]
                        : *name == 'x'                    ? from == 0
                        : *name == 's'                    ? from == 1
                        : *name == 'u'                    ? from == 2 && w->records[r].type == 1
                                                          : 0;
                most = s == slot && score > most ? score : most;
            }
    }
    return policy == STARLINGS_GOLDEN_OMIT       ? 0
           : policy == STARLINGS_GOLDEN_LATEST   ? begin
           : policy == STARLINGS_GOLDEN_MAJORITY ? records
                                                 : most;
}

/* The records that say a value in a slot, as a set; a look has at most 64 of them. */
static uint64_t golden_supporters(const line_world *w, uint32_t attribute, uint32_t value,
                                  uint32_t slot)
{
    uint64_t set = 0;
    for (uint32_t p = 0; p < w->pool_count; p++)
        for (uint32_t r = w->pool[p], i = 0; i < w->records[r].count; i++)
            if (w->records[r].facts[i].attribute == attribute &&
                w->records[r].facts[i].value == value &&
                (w->records[r].facts[i].bits >> slot & 1) != 0)
                set |= (uint64_t)1 << p;
    return set;
}

static golden_slot golden_decide(const line_world *w, uint32_t attribute, uint32_t slot,
                                 starlings_golden_policy policy)
{
    golden_slot out = { 6, false };
    int64_t best = -1;
    uint32_t claimed = 0, only = 6;
    bool tie = false;
    for (uint32_t v = 0; v < 6; v++) {
        int64_t score;
        if (golden_supporters(w, attribute, v, slot) == 0)
            continue;
        claimed++;
        only = v;
        score = golden_score(w, attribute, v, slot, policy);
        tie = score == best || (tie && score < best);
        if (score > best) {
            best = score;
            out.value = v;
        }
    }
    out.contested = claimed > 1;
    if (claimed == 1)
        out.value = only;
    else if (tie || policy == STARLINGS_GOLDEN_OMIT ||
             (policy == STARLINGS_GOLDEN_AUTHORITY && best == 0))
        out.value = 6;
    return out;
}

/* Take the next piece of the library, past the ids. */
static bool golden_next(const starlings_golden *golden, size_t *at, starlings_golden_value *out)
{
    while (starlings_golden_at(golden, *at, out)) {
        ++*at;
        if (!line_same_text(out->attribute, "id"))
            return true;
    }
    return false;
}

/* One value of one attribute; `many`: nothing contests it. */
static bool golden_agrees_value(const line_world *w, const starlings_golden *golden, size_t *at,
                                uint32_t attribute, uint32_t value, const golden_slot *decided,
                                const uint32_t range[2])
{
    bool good = true, many = decided == NULL;
    for (uint32_t s = range[0], e; s < range[1] && good; s = e) {
        uint64_t set = golden_supporters(w, attribute, value, s);
        starlings_golden_value v;
        e = s + 1;
        if (set == 0 || (!many && decided[s].value != value))
            continue;
        while (e < range[1] && golden_supporters(w, attribute, value, e) == set &&
               (many || (decided[e].value == value &&
                         decided[e].contested == decided[s].contested)))
            e++;
        good = golden_next(golden, at, &v) &&
               line_same_text(v.attribute, line_attributes[attribute].name) &&
               line_same_text(v.value, line_values[value]) && v.valid.start == line_time(s) &&
               v.valid.end == line_time(e) && v.contested == (!many && decided[s].contested);
        for (uint32_t p = 0, i = 0; p < w->pool_count && good; p++)
            if ((set >> p & 1) != 0)
                good = i < v.record_count && v.records[i++] == w->pool[p] &&
                       (set >> p != 1 || i == v.record_count);
    }
    return good;
}

static bool golden_agrees(const line_world *w, uint32_t entity, starlings_golden_policy policy,
                          const uint32_t range[2])
{
    /* In the order of their bytes. */
    static const uint32_t attributes[LINE_ATTRIBUTES] = { 4, 8, 9, 1, 5, 0, 2, 3, 7, 6 };
    static const uint32_t values[6] = { 2, 5, 3, 4, 1, 0 };
    starlings_golden *golden =
        golden_make(&w->says, entity, policy, line_time(range[0]), line_time(range[1]));
    uint32_t type = w->records[w->pool[0]].type;
    starlings_golden_value rest;
    size_t at = 0;
    bool good = true;
    for (uint32_t a = 0; a < LINE_ATTRIBUTES && good; a++) {
        uint32_t attribute = attributes[a];
        bool many = (line_attributes[attribute].flags[type] & LINE_MANY) != 0;
        golden_slot decided[LINE_SLOTS];
        for (uint32_t s = 0; s < LINE_SLOTS; s++)
            decided[s] = golden_decide(w, attribute, s, policy);
        for (uint32_t v = 0; v < 6 && good; v++)
            good = golden_agrees_value(w, golden, &at, attribute, values[v],
                                       many ? NULL : decided, range);
    }
    good = good && !golden_next(golden, &at, &rest);
    starlings_golden_release(golden);
    return good;
}

static void test_golden_random(void)
{
    t_rng rng = t_rng_make(840);
    line_world *w = (line_world *)model_new(1, sizeof *w);
    for (uint32_t round = 0; round < (t_state.big ? 30 : 6); round++) {
        uint32_t entities;
        w->count = 0;
        w->says = says_open(line_rules, NULL);
        line_grow(w, &rng, 20 + t_below(&rng, LINE_RECORDS - 20));
        entities = starlings_partition_entity_count(
            starlings_resolution_partition(w->says.resolution));
        for (uint32_t e = 0; e < entities; e++) {
            uint32_t range[2] = { 0, LINE_SLOTS };
            line_look(w, e);
            if (t_below(&rng, 3) == 0) {
                range[0] = t_below(&rng, LINE_SLOTS);
                range[1] = range[0] + 1 + t_below(&rng, LINE_SLOTS - range[0]);
            }
            for (int policy = 0; policy < 5; policy++)
                T_CHECK(golden_agrees(w, e, (starlings_golden_policy)policy, range));
        }
        says_close(&w->says);
    }
    free(w);
}

/* ---- names */
/* The name of an entity is these tokens and so many characters of a hash. */
static void names_expect(const starlings_entity_names *names, uint32_t entity, const char *tokens,
                         size_t characters)
{
    starlings_text name = starlings_entity_names_at(names, entity);
    static char text[256];
    size_t size = strlen(tokens);
    (void)snprintf(text, sizeof text, "%.*s", (int)name.size, name.text);
    T_EQ_U64(strlen(text), size + 1 + characters);
    T_EQ_U64(strspn(text + size + 1, "0123456789abcdefghjkmnpqrstvwxyz"), characters);
    text[size + (text[size] == '-' ? 0 : 1)] = '\0';
    T_EQ_STR(text, tokens);
}

static void test_names_tokens(void)
{
    says_world w = says_open("permanent first, last, born, mail\nkey a: first\n"
                             "key full: first, last, born, mail\nkey b: born, mail\n",
                             NULL);
    starlings_entity_names *names;
    says_add(&w, "p:1", "first=John, last=Doe, born=1970-01-02, mail=1");
    says_add(&w, "p:2", "first=Johnny, last=Doe, born=1980-01-02, mail=2");
    says_add(&w, "p:3", "first=ann  mary-lou \tof x y, last=Doe");  /* initials */
    says_add(&w, "p:4", "first=\xc3\xa9tienne, last=\xffO'Neil");   /* whole characters */
    says_add(&w, "p:5", "last=0012345, mail=jane.roe@example.org"); /* digits */
    says_add(&w, "p:6", "mail=jane.roe+x@example.org, last=\xff");  /* no token of its own */
    says_add(&w, "p:7", "mail=@, first=?");                         /* none at all */
    says_add(&w, "p:8", "other=Zed, another=not this");             /* nothing of the key */
    says_add(&w, "p:9", "last=0012345, mail=x y");
    says_resolve(&w);
    names = names_make(&w);
    names_expect(names, 0, "JOHN-DOE-1970", 2);
    names_expect(names, 1, "JOHN-DOE-1980", 2);
    names_expect(names, 2, "AMOX", 2);
    names_expect(names, 3, "\xc3\xa9TIE", 2);
    names_expect(names, 4, "345-JANEROE", 2);
    names_expect(names, 5, "JANEROEX", 2);
    names_expect(names, 6, "ENTITY", 2);
    names_expect(names, 7, "NT", 2);
    names_expect(names, 8, "345-XY", 2);
    T_EQ_U64(starlings_entity_names_at(names, 9).size, 0);
    T_EQ_U64(starlings_entity_names_at(NULL, 0).size, 0);
    starlings_entity_names_release(names);
    starlings_entity_names_release(NULL);
    T_STATUS(starlings_entity_names_create(NULL, NULL, &names), STARLINGS_ERR_ARG);
    T_STATUS(starlings_entity_names_create(w.resolution, NULL, NULL), STARLINGS_ERR_ARG);
    says_close(&w);
}

/* The value that most records say; of as many the first. One record counts once. */
static void test_names_most(void)
{
    says_world w = says_open("key z: id, z\npermanent z\n", NULL);
    starlings_entity_names *names;
    says_add(&w, "p:1", "id=e, z=beta, y=1|0 1, y=1|4 5, y=1|7 8");
    says_add(&w, "q:2", "id=e, z=alpha");
    says_add(&w, "r:3", "id=e, z=alpha");
    says_add(&w, "p:4", "id=f, z=beta");
    says_add(&w, "q:5", "id=f, z=alpha");
    says_add(&w, "p:6", "id=e1, z=none");
    says_resolve(&w);
    names = names_make(&w);
    names_expect(names, 0, "E", 2);
    names_expect(names, 1, "F", 2);
    names_expect(names, 2, "E1", 2);
    starlings_entity_names_release(names);
    says_close(&w);

    w = says_open("", NULL); /* without a key's values: all attributes, by bytes */
    says_add(&w, "p:1", "z=beta, a=one, a=two, y=1|0 1, y=2|2 3, y=2|5 6");
    says_add(&w, "p:2", "z=gamm, a=one, a=two, y=1|0 1");
    says_resolve(&w);
    names = names_make(&w);
    names_expect(names, 0, "ONE-1-BETA", 2);
    names_expect(names, 1, "ONE-1-GAMM", 2);
    starlings_entity_names_release(names);
    says_close(&w);
}

static int names_order(const void *a, const void *b)
{
    return strcmp((const char *)a, (const char *)b);
}

enum { NAMES_MANY = 6000, NAMES_SIZE = 48 };

/* Those that say the same have longer hashes, and no two names are equal. Neither order nor numbers
   show. */
static void test_names_distinct(void)
{
    char(*first)[NAMES_SIZE] = (char(*)[NAMES_SIZE])model_new(2 * NAMES_MANY, NAMES_SIZE);
    char(*again)[NAMES_SIZE] = first + NAMES_MANY;
    size_t longest = 0;
    for (uint32_t turn = 0; turn < 2; turn++) {
        char(*list)[NAMES_SIZE] = turn == 0 ? first : again;
        says_world w = says_open("", NULL);
        starlings_entity_names *names;
        for (uint32_t i = 0; i < NAMES_MANY; i++) {
            char who[16], what[24];
            uint32_t r = turn == 0 ? i : (i * 7 + 5) % NAMES_MANY;
            (void)snprintf(who, sizeof who, "p:%u", (unsigned)r);
            (void)snprintf(what, sizeof what, "x=same, y=%u", (unsigned)(r % 4 == 0 ? r : 0));
            says_add(&w, who, what);
        }
        says_resolve(&w);
        names = names_make(&w);
        for (uint32_t e = 0; e < NAMES_MANY; e++) {
            starlings_text name = starlings_entity_names_at(names, e);
            (void)snprintf(list[e], NAMES_SIZE, "%.*s", (int)name.size, name.text);
            longest = name.size > longest ? name.size : longest;
        }
        qsort(list, NAMES_MANY, NAMES_SIZE, names_order);
        for (uint32_t i = 1; i < NAMES_MANY; i++)
            T_CHECK(strcmp(list[i - 1], list[i]) != 0);
        starlings_entity_names_release(names);
        says_close(&w);
    }
    T_CHECK(memcmp(first, again, (size_t)NAMES_MANY * NAMES_SIZE) == 0);
    T_EQ_U64(longest, strlen("SAME-0-") + 15); /* all three lengths were needed */
    free(first);
}

/* Two entities that agree in thousands of tokens, but for the last one; a third has one of them
   alone. All prefixes together cost no more than the longest. */
static void test_names_long(void)
{
    enum { TOKENS = 6000, SIZE = 16 };
    char(*text)[SIZE] = (char(*)[SIZE])model_new(TOKENS, SIZE);
    starlings_descriptor *said =
        (starlings_descriptor *)model_new(2 * TOKENS, sizeof *said);
    starlings_temporal_record records[3] = { 0 };
    says_world w = says_open("", NULL);
    starlings_entity_names *names;
    for (size_t i = 0; i < 2 * TOKENS; i++) {
        (void)snprintf(text[i % TOKENS], SIZE, "a%05u", (unsigned)(i % TOKENS));
        said[i].attribute = starlings_text_of(text[i % TOKENS]);
        said[i].value = starlings_text_of(i == 2 * TOKENS - 1 ? "9" : "1");
        said[i].valid.end = 1;
    }
    for (size_t i = 0; i < 3; i++) {
        records[i].perspective = starlings_text_of("p");
        records[i].uid = starlings_text_of(i == 0 ? "x" : i == 1 ? "y" : "z");
        records[i].descriptors = said + (i == 1 ? TOKENS : 0);
        records[i].descriptor_count = i == 2 ? 1 : TOKENS;
    }
    T_STATUS(starlings_linker_add(w.linker, records, 3, NULL), STARLINGS_OK);
    says_resolve(&w);
    names = names_make(&w);
    for (uint32_t e = 0; e < 3; e++) {
        starlings_text name = starlings_entity_names_at(names, e);
        T_EQ_U64(name.size, e == 2 ? strlen("1-xx") : 2 * TOKENS + strlen("xx"));
        for (size_t i = 0; i < name.size - 2; i++)
            T_CHECK(name.text[i] == (i % 2 == 1 ? '-' : e == 1 && i == 2 * TOKENS - 2 ? '9' : '1'));
    }
    starlings_entity_names_release(names);
    says_close(&w);
    free(said);
    free(text);
}

/* As many types as there are keys and attributes: what the rules say of each pair is more than any
   table should hold. Conflicts and names find it all the same. */
static void test_types_many(void)
{
    enum { TYPES = 2000 };
    char *rules = (char *)model_new(TYPES + 1, 64);
    starlings_conflicts_desc desc = { 0 };
    starlings_conflicts *list = NULL;
    starlings_entity_names *names;
    size_t size = 0;
    says_world w;
    for (unsigned t = 0; t < TYPES; t++)
        size += (size_t)sprintf(rules + size, "type t%u\nkey k: a%u, b%u\nunique b%u\n", t, t, t,
                                t);
    w = says_open(rules, NULL);
    says_add(&w, "t7/p:1", "a7=x, b7=y");
    says_add(&w, "t7/p:2", "a7=x, b7=y, b7=z, b8=v, b8=w");
    says_add(&w, "t8/p:1", "a7=n, b7=y, b8=m, a8=o");
    says_resolve(&w);
    desc.resolution = w.resolution;
    T_STATUS(starlings_conflicts_create(&desc, &list), STARLINGS_OK);
    T_EQ_U64(starlings_conflicts_count(list), 3); /* b7 direct and unique, b8 direct */
    names = names_make(&w);
    names_expect(names, 0, "X", 2);
    names_expect(names, 1, "O", 2);
    starlings_entity_names_release(names);
    starlings_conflicts_release(list);
    says_close(&w);
    free(rules);
}

/* Names and golden records of the same records, whatever the order in which they come. */
static void linker_fault_33_order_of_golden_records(void)
{
    static const char *const who[6] = { "p:1", "q:2", "r:3", "p:4", "q:5", "r:6" };
    static const char *const what[6] = { "id=e, x=a|0 9, y=1|3 4, first=B C", "id=e, x=b|2 7, y=2",
                                         "y=3, x=c|5 11, id=e, first=D",      "id=f, x=zz|0 4",
                                         "x=y|3 6, id=f, y=2|3 4",            "y=4, id=g, y=3" };
    t_rng rng = t_rng_make(842);
    char want[6][64], golden[512] = "";
    for (uint32_t round = 0; round < 30; round++) {
        uint32_t order[6] = { 0, 1, 2, 3, 4, 5 };
        says_world w = says_open("key b: y, x, first\n", NULL);
        starlings_entity_names *names;
        for (uint32_t i = 6; i-- > 0;) {
            uint32_t j = t_below(&rng, i + 1), swap = order[i];
            order[i] = order[j];
            order[j] = swap;
            says_add(&w, who[order[i]], what[order[i]]);
        }
        says_resolve(&w);
        names = names_make(&w);
        for (uint32_t i = 0; i < 6; i++) {
            uint32_t r = starlings_resolution_find(w.resolution, starlings_text_of(""),
                                                   (starlings_text){ who[i], 1 },
                                                   starlings_text_of(who[i] + 2));
            uint32_t e = starlings_partition_entity_of(
                starlings_resolution_partition(w.resolution), r);
            starlings_text name = starlings_entity_names_at(names, e);
            char now[64];
            (void)snprintf(now, sizeof now, "%.*s", (int)name.size, name.text);
            if (round == 0)
                memcpy(want[i], now, sizeof now);
            T_EQ_STR(now, want[i]);
            if (i == 0) { /* without the records' numbers */
                starlings_golden *g = golden_make(&w, e, STARLINGS_GOLDEN_LATEST, 0, 0);
                starlings_golden_value v;
                char text[512] = "";
                size_t size = 0;
                for (size_t at = 0; starlings_golden_at(g, at, &v); at++)
                    size += (size_t)snprintf(text + size, sizeof text - size, "%.*s=%.*s %lld %u;",
                                             (int)v.attribute.size, v.attribute.text,
                                             (int)v.value.size, v.value.text,
                                             (long long)v.valid.start, (unsigned)v.record_count);
                if (round == 0)
                    memcpy(golden, text, sizeof text);
                T_EQ_STR(text, golden);
                T_CHECK(size > 50);
                starlings_golden_release(g);
            }
        }
        starlings_entity_names_release(names);
        says_close(&w);
    }
}

/* The last resort, which only hashes that are equal by design would need. */
static void test_names_identity(void)
{
    says_world w = says_open("type a\n", NULL);
    stln_lines lines;
    memset(&lines, 0, sizeof lines);
    says_add(&w, "a/q:2", "x=1, id=e");
    says_add(&w, "a/p:z\x01", "x=1, id=e");
    says_resolve(&w);
    lines.allocator = w.resolution->allocator;
    stln_lines_empty(&lines);
    stln_names_suffix(&lines, w.resolution->store,
                      starlings_partition_entity(w.resolution->partition, 0), 0, 3);
    stln_lines_put(&lines, "", 1);
    T_CHECK(!lines.failed && strncmp(lines.bytes, "-00", 3) == 0);
    T_EQ_STR(lines.bytes + 16, "~61~70~7a01");
    stln_lines_clear(&lines);
    says_close(&w);
}

/* ---- refused memory */
static void test_golden_faults(void)
{
    t_rng rng = t_rng_make(841);
    faults f = faults_make();
    line_world *w = (line_world *)model_new(1, sizeof *w);
    starlings_golden_desc desc;
    starlings_env env;
    size_t pieces = 0;
    memset(&desc, 0, sizeof desc);
    memset(&env, 0, sizeof env);
    w->says = says_open(line_rules, NULL);
    line_grow(w, &rng, LINE_RECORDS);
    desc.resolution = w->says.resolution;
    desc.policy = STARLINGS_GOLDEN_LATEST;
    desc.env.allocator = env.allocator = faults_allocator(&f);
    for (uint32_t kind = 0; kind < 4; kind++) {
        f.for_ever = kind / 2 == 0;
        for (size_t at = 0;; at++) {
            starlings_golden *golden = NULL;
            starlings_entity_names *names = NULL;
            starlings_status status;
            f.calls = f.failed = 0;
            f.fail_at = at;
            status = kind % 2 == 0
                         ? starlings_golden_create(&desc, &golden)
                         : starlings_entity_names_create(w->says.resolution, &env, &names);
            T_STATUS(status, f.failed > 0 ? STARLINGS_ERR_NOMEM : STARLINGS_OK);
            T_CHECK((golden == NULL && names == NULL) == (status != STARLINGS_OK));
            pieces += starlings_golden_count(golden);
            starlings_golden_release(golden);
            starlings_entity_names_release(names);
            T_EQ_U64(f.live, 0);
            T_EQ_U64(f.broken, 0);
            if (f.failed == 0)
                break;
        }
    }
    T_CHECK(pieces > 0);
    says_close(&w->says);
    free(w);
}

/* ---- faults of the documents' programs */
/* Weights, authorities and permanence count, and contested time need not vanish. */
static void linker_fault_30_golden_policies(void)
{
    says_world w = says_open("weight a 1\nauthority x b\npermanent y\n", NULL);
    says_add(&w, "a:1", "id=e, x=1|0 9, y=1|0 1");
    says_add(&w, "b:2", "id=e, x=2|3 6");
    says_resolve(&w);
    golden_expect(&w, STARLINGS_GOLDEN_OMIT, 0, 0, "x=1 [0,3) 0; x=1 [6,9) 0; y=1 [*,*) 0; ");
    golden_expect(&w, STARLINGS_GOLDEN_WEIGHT, 0, 0,
                  "x=1 [0,3) 0; x=1 [3,6) 0!; x=1 [6,9) 0; y=1 [*,*) 0; ");
    golden_expect(&w, STARLINGS_GOLDEN_AUTHORITY, 0, 0,
                  "x=1 [0,3) 0; x=1 [6,9) 0; x=2 [3,6) 1!; y=1 [*,*) 0; ");
    says_close(&w);
}

/* The higher weight goes first, wherever its rule and its record stand. */
static void linker_fault_32_higher_weight_wins(void)
{
    for (uint32_t turn = 0; turn < 2; turn++) {
        says_world w = says_open(turn == 0 ? "weight a 0.2\nweight b 0.8\n"
                                           : "weight b 0.8\nweight a 0.2\n", NULL);
        says_add(&w, turn == 0 ? "a:1" : "b:2", turn == 0 ? "id=e, x=low" : "id=e, x=high");
        says_add(&w, turn == 0 ? "b:2" : "a:1", turn == 0 ? "id=e, x=high" : "id=e, x=low");
        says_resolve(&w);
        golden_expect(&w, STARLINGS_GOLDEN_WEIGHT, 0, 0,
                      turn == 0 ? "x=high [*,*) 1!; " : "x=high [*,*) 0!; ");
        says_close(&w);
    }
}

static void test_golden(void)
{
    test_golden_policies();
    test_golden_latest();
    test_golden_arguments();
    test_golden_random();
    test_names_tokens();
    test_names_most();
    test_names_distinct();
    test_names_long();
    test_types_many();
    test_names_identity();
    test_golden_faults();
    linker_fault_30_golden_policies();
    linker_fault_32_higher_weight_wins();
    linker_fault_33_order_of_golden_records();
}
