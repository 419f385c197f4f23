/* test_query.c - S85, questions: entities looked at one by one at every time of a small line of
   time; long lists and many fits against plain loops; the scenarios; what fails; threads. */

/* Records for a linker. Who is one entity is told by the attribute "who". */
enum { QUERY_FACTS = 12, QUERY_TEXT = 24 };

typedef struct query_world {
    starlings_temporal_record *records;
    starlings_descriptor *facts; /* QUERY_FACTS a record */
    char *texts;                 /* of those made of numbers */
    size_t text_count;
    uint32_t count;
    uint32_t capacity;
    starlings_ontology *ontology;
    starlings_linker *linker;
    starlings_resolution *resolution;
} query_world;

static query_world query_world_make(uint32_t capacity)
{
    query_world world;
    memset(&world, 0, sizeof world);
    world.capacity = capacity;
    world.records =
        (starlings_temporal_record *)calloc(capacity + 1, sizeof *world.records);
    world.facts =
        (starlings_descriptor *)calloc((size_t)(capacity + 1) * QUERY_FACTS, sizeof *world.facts);
    world.texts = (char *)malloc((size_t)(capacity + 1) * (QUERY_FACTS + 1) * QUERY_TEXT);
    return world;
}

static void query_world_release(query_world *world)
{
    starlings_resolution_release(world->resolution);
    starlings_linker_release(world->linker);
    starlings_ontology_release(world->ontology);
    free(world->records);
    free(world->facts);
    free(world->texts);
}

/* A text such as x17, that lives as long as the world. */
static const char *query_text(query_world *world, const char *before, uint32_t number)
{
    char *text = world->texts + QUERY_TEXT * world->text_count++;
    snprintf(text, QUERY_TEXT, "%s%u", before, (unsigned)number);
    return text;
}

static uint32_t query_record(query_world *world, const char *type, const char *perspective,
                             const char *uid)
{
    starlings_temporal_record *record = &world->records[world->count];
    record->type = starlings_text_of(type);
    record->perspective = starlings_text_of(perspective);
    record->uid = starlings_text_of(uid);
    record->descriptors = world->facts + (size_t)world->count * QUERY_FACTS;
    return world->count++;
}

static void query_fact(query_world *world, uint32_t record, const char *attribute,
                       const char *value, int64_t start, int64_t end)
{
    starlings_descriptor *fact =
        &world->facts[(size_t)record * QUERY_FACTS + world->records[record].descriptor_count++];
    fact->attribute = starlings_text_of(attribute);
    fact->value = starlings_text_of(value);
    fact->valid.start = start;
    fact->valid.end = end;
}

static void query_always(query_world *world, uint32_t record, const char *attribute,
                         const char *value)
{
    query_fact(world, record, attribute, value, STARLINGS_START_OF_TIME, STARLINGS_END_OF_TIME);
}

/* Link the records as they are; rules may be NULL: who. */
static bool query_resolve(query_world *world, const char *rules)
{
    starlings_linker_desc desc;
    memset(&desc, 0, sizeof desc);
    if (rules == NULL)
        rules = "key who: who\n";
    T_STATUS(starlings_ontology_create(NULL, &world->ontology), STARLINGS_OK);
    T_STATUS(starlings_ontology_read(world->ontology, starlings_text_of(rules)), STARLINGS_OK);
    desc.ontology = world->ontology;
    T_STATUS(starlings_linker_create(&desc, &world->linker), STARLINGS_OK);
    T_STATUS(starlings_linker_add(world->linker, world->records, world->count, NULL),
             STARLINGS_OK);
    T_STATUS(starlings_linker_resolve(world->linker, &world->resolution), STARLINGS_OK);
    return world->resolution != NULL;
}

/* The entity of record number `record` of the world. */
static uint32_t query_entity(const query_world *world, uint32_t record)
{
    const starlings_temporal_record *r = &world->records[record];
    uint32_t number =
        starlings_resolution_find(world->resolution, r->type, r->perspective, r->uid);
    return starlings_partition_entity_of(starlings_resolution_partition(world->resolution),
                                         number);
}

static starlings_condition query_condition(const char *attribute, const char *value)
{
    starlings_condition condition;
    condition.attribute = starlings_text_of(attribute);
    condition.value = starlings_text_of(value);
    return condition;
}

static starlings_interval query_range(int64_t start, int64_t end)
{
    starlings_interval range;
    range.start = start;
    range.end = end;
    return range;
}

/* ---- against the slow way */

/* Ends of intervals are 0 ... 12 or unbounded, so all that happens can be seen at -1 ... 12. */
enum { QUERY_LAST = 12 };

static starlings_interval query_random_interval(t_rng *rng)
{
    for (;;) {
        uint32_t a = t_below(rng, QUERY_LAST + 4), b = t_below(rng, QUERY_LAST + 4);
        starlings_interval out;
        out.start = a > QUERY_LAST ? STARLINGS_START_OF_TIME : (int64_t)a;
        out.end = b > QUERY_LAST ? STARLINGS_END_OF_TIME : (int64_t)b;
        if (out.start < out.end)
            return out;
    }
}

/* Bit t + 1: the entity fits at time t. */
static uint32_t query_slow(const query_world *world, uint32_t entity, const starlings_query_desc *q)
{
    uint32_t bits = 0;
    for (int64_t t = -1; t <= QUERY_LAST; t++) {
        bool fits = q->condition_count > 0 &&
                    ((q->range.start == 0 && q->range.end == 0) ||
                     starlings_interval_contains(q->range, t));
        for (size_t c = 0; c < q->condition_count && fits; c++) {
            const starlings_condition *want = &q->conditions[c];
            bool found = false;
            for (uint32_t r = 0; r < world->count; r++) {
                const starlings_temporal_record *record = &world->records[r];
                if (query_entity(world, r) != entity ||
                    (q->type != NULL &&
                     stln_text_compare(record->type, starlings_text_of(q->type)) != 0))
                    continue;
                for (size_t f = 0; f < record->descriptor_count; f++) {
                    const starlings_descriptor *fact = &record->descriptors[f];
                    found = found ||
                            (stln_text_compare(fact->attribute, want->attribute) == 0 &&
                             stln_text_compare(fact->value, want->value) == 0 &&
                             starlings_interval_contains(fact->valid, t));
                }
            }
            fits = found;
        }
        bits |= (uint32_t)fits << (t + 1);
    }
    return bits;
}

static bool query_is_end(int64_t time)
{
    return time == STARLINGS_START_OF_TIME || time == STARLINGS_END_OF_TIME ||
           (time >= 0 && time <= QUERY_LAST);
}

/* A timeline for each entity, sorted; *bits gets those of each. */
static void query_check_fits(const starlings_answer *answer, uint32_t *bits)
{
    size_t count;
    const starlings_fit *fits = starlings_answer_fits(answer, &count);
    for (size_t i = 0; i < count; i++) {
        T_CHECK(query_is_end(fits[i].valid.start) && query_is_end(fits[i].valid.end));
        T_CHECK(fits[i].valid.start < fits[i].valid.end);
        T_CHECK(i == 0 || fits[i - 1].entity < fits[i].entity ||
                (fits[i - 1].entity == fits[i].entity &&
                 fits[i - 1].valid.end < fits[i].valid.start));
        for (int64_t t = -1; t <= QUERY_LAST; t++)
            bits[fits[i].entity] |=
                (uint32_t)starlings_interval_contains(fits[i].valid, t) << (t + 1);
    }
}

/* All pairs, from the bits, in order; and the first of them where there is less room. */
static void query_check_pairs(const starlings_answer *answer, const uint32_t *bits,
                              uint32_t entities)
{
    enum { ROOM = 400 };
    static starlings_fit_pair pairs[ROOM], few[ROOM + 1];
    uint64_t count = 0, again = 0;
    size_t at = 0;
    T_STATUS(starlings_answer_pairs(answer, NULL, pairs, ROOM, &count), STARLINGS_OK);
    T_REQUIRE(count <= ROOM);
    for (uint32_t a = 0; a < entities; a++)
        for (uint32_t b = a + 1; b < entities; b++)
            for (int64_t t = -1, end; t <= QUERY_LAST; t = end + 1) {
                end = t;
                while (end <= QUERY_LAST && (bits[a] & bits[b]) >> (end + 1) & 1)
                    end++;
                if (end == t)
                    continue;
                T_REQUIRE(at < count);
                T_CHECK(pairs[at].a == a && pairs[at].b == b);
                T_CHECK(t == -1 ? pairs[at].valid.start == STARLINGS_START_OF_TIME
                                : pairs[at].valid.start == t);
                T_CHECK(end > QUERY_LAST ? pairs[at].valid.end == STARLINGS_END_OF_TIME
                                         : pairs[at].valid.end == end);
                at++;
            }
    T_EQ_U64(at, count);
    for (size_t room = 0; room <= at + 1; room += 1 + at / 4) {
        size_t some = room < at ? room : at;
        memset(few, 0x5a, sizeof few);
        T_STATUS(starlings_answer_pairs(answer, NULL, few, room, &again), STARLINGS_OK);
        T_EQ_U64(again, count);
        T_CHECK(memcmp(few, pairs, some * sizeof few[0]) == 0);
        T_CHECK(*(const unsigned char *)(few + some) == 0x5a);
    }
}

static query_world query_random_world(t_rng *rng)
{
    uint32_t entities = 1 + t_below(rng, 5);
    query_world world = query_world_make(12);
    for (uint32_t r = 0, records = t_below(rng, 13); r < records; r++) {
        uint32_t who = t_below(rng, entities), facts = t_below(rng, 7);
        uint32_t record = query_record(&world, who % 2 == 0 ? "a" : "b", "p",
                                       query_text(&world, "u", r));
        query_always(&world, record, "who", query_text(&world, "w", who));
        for (uint32_t f = 0; f < facts; f++) {
            starlings_interval valid = query_random_interval(rng);
            query_fact(&world, record, query_text(&world, "a", t_below(rng, 2)),
                       query_text(&world, "v", t_below(rng, 2)), valid.start, valid.end);
        }
    }
    return world;
}

static void query_check_random(t_rng *rng, const query_world *world,
                               const starlings_value_index *index)
{
    static const char *const attributes[] = { "a0", "a1", "a0", "a1", "who", "none" };
    static const char *const values[] = { "v0", "v1", "v0", "v1", "w0", "none" };
    starlings_condition conditions[3];
    starlings_query_desc q;
    starlings_answer *answer = NULL;
    uint32_t bits[12] = { 0 };
    uint32_t entities =
        starlings_partition_entity_count(starlings_resolution_partition(world->resolution));
    memset(&q, 0, sizeof q);
    q.index = index;
    q.conditions = conditions;
    q.condition_count = t_below(rng, 10) == 0 ? 0 : 1 + t_below(rng, 3);
    for (size_t i = 0; i < q.condition_count; i++) {
        uint32_t a = t_below(rng, t_below(rng, 8) == 0 ? 6 : 4);
        conditions[i] = query_condition(attributes[a], values[a < 4 ? t_below(rng, 4) : a]);
    }
    if (t_below(rng, 2) == 0)
        q.range = query_random_interval(rng);
    q.type = t_below(rng, 4) != 0 ? NULL : t_below(rng, 4) == 0 ? "c" : "b";
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    query_check_fits(answer, bits);
    for (uint32_t e = 0; e < entities; e++)
        T_EQ_U64(bits[e], query_slow(world, e, &q));
    query_check_pairs(answer, bits, entities);
    starlings_answer_release(answer);
}

static void test_query_random(void)
{
    t_rng rng = t_rng_make(85);
    for (uint32_t round = 0; round < (t_state.big ? 1000u : 150u); round++) {
        query_world world = query_random_world(&rng);
        starlings_value_index *index = NULL;
        if (query_resolve(&world, NULL))
            T_STATUS(starlings_value_index_create(world.resolution, NULL, &index), STARLINGS_OK);
        for (uint32_t i = 0; i < 12 && index != NULL; i++)
            query_check_random(&rng, &world, index);
        starlings_value_index_release(index);
        query_world_release(&world);
    }
}

/* ---- long lists */

/* Times of an entity in the slow way: all facts of its records that fit a condition, made one. */
static size_t query_plain(const query_world *world, uint32_t who, const char *attribute,
                          const char *value, starlings_interval *out)
{
    size_t count = 0;
    for (uint32_t r = who; r < world->count; r += world->capacity / 2) /* who == r % half */
        for (size_t f = 0; f < world->records[r].descriptor_count; f++) {
            const starlings_descriptor *fact = &world->records[r].descriptors[f];
            if (stln_text_compare(fact->attribute, starlings_text_of(attribute)) == 0 &&
                stln_text_compare(fact->value, starlings_text_of(value)) == 0)
                out[count++] = fact->valid;
        }
    return starlings_timeline_make(out, count);
}

static query_world query_long_world(t_rng *rng, uint32_t records, bool long_ones)
{
    query_world world = query_world_make(records);
    for (uint32_t r = 0; r < records; r++) {
        uint32_t record = query_record(&world, "", "p", query_text(&world, "u", r));
        query_always(&world, record, "who", query_text(&world, "w", r % (records / 2)));
        for (uint32_t f = 0; f < 3; f++) {
            int64_t start = (int64_t)t_below(rng, 10000) - 5000;
            int64_t end = start + 1 + t_below(rng, t_below(rng, 50) == 0 && long_ones ? 5000 : 20);
            query_fact(&world, record, "often", "x", start, end);
        }
        if (t_below(rng, 20) == 0)
            query_fact(&world, record, "seldom", "x", -3000, 3000);
        if (r % 100 == 7 && long_ones)
            query_fact(&world, record, "often", "x", STARLINGS_START_OF_TIME, -4000);
    }
    return world;
}

/* One question about `often`, or about both. */
static void query_check_long(t_rng *rng, const query_world *world,
                             const starlings_value_index *index)
{
    starlings_condition conditions[2];
    starlings_query_desc q;
    starlings_answer *answer = NULL;
    starlings_interval a[12], b[12], both[24], cut[25];
    const starlings_fit *fits;
    size_t count = 0, at = 0;
    memset(&q, 0, sizeof q);
    conditions[0] = query_condition("often", "x");
    conditions[1] = query_condition("seldom", "x");
    q.index = index;
    q.conditions = conditions;
    q.condition_count = 1 + t_below(rng, 2);
    q.range.start = (int64_t)t_below(rng, 11000) - 5500;
    q.range.end = q.range.start + 1 + t_below(rng, t_below(rng, 4) == 0 ? 3000 : 5);
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    fits = starlings_answer_fits(answer, &count);
    for (uint32_t who = 0; who < world->capacity / 2; who++) {
        size_t n = query_plain(world, who, "often", "x", a);
        uint32_t entity = query_entity(world, who);
        if (q.condition_count == 2) {
            size_t m = query_plain(world, who, "seldom", "x", b);
            n = starlings_timeline_intersect(a, n, b, m, both);
            memcpy(a, both, n * sizeof a[0]);
        }
        n = starlings_timeline_intersect(a, n, &q.range, 1, cut);
        for (size_t i = 0; i < n; i++, at++) {
            T_REQUIRE(at < count);
            T_CHECK(fits[at].entity == entity &&
                    starlings_interval_compare(fits[at].valid, cut[i]) == 0);
        }
    }
    T_EQ_U64(at, count);
    starlings_answer_release(answer);
}

static void test_query_long_lists(void)
{
    t_rng rng = t_rng_make(850);
    for (uint32_t round = 0; round < (t_state.big ? 40u : 3u); round++) {
        query_world world = query_long_world(&rng, 40 + 200 * round % 8000, round % 2 == 0);
        starlings_value_index *index = NULL;
        if (query_resolve(&world, NULL))
            T_STATUS(starlings_value_index_create(world.resolution, NULL, &index), STARLINGS_OK);
        for (uint32_t i = 0; i < 30 && index != NULL; i++)
            query_check_long(&rng, &world, index);
        starlings_value_index_release(index);
        query_world_release(&world);
    }
}

/* What a walk over time finds is what overlaps, in the order of starts, at every size. */
static void test_query_by_time(void)
{
    enum { MOST = 700 };
    static starlings_interval valid[MOST];
    static uint32_t order[MOST];
    static int64_t reach[MOST / 4 + 16];
    static stln_text_item items[MOST], spare[MOST];
    t_rng rng = t_rng_make(851);
    for (uint32_t count = 0; count < MOST; count += count < 40 ? 1 : 73) {
        stln_by_time by;
        for (uint32_t i = 0; i < count; i++) {
            valid[i] = query_range((int64_t)t_below(&rng, 500) - 250, 0);
            valid[i].end = valid[i].start + 1 + t_below(&rng, t_below(&rng, 9) == 0 ? 90 : 3);
        }
        if (count > 3)
            valid[t_below(&rng, count)].start = STARLINGS_START_OF_TIME;
        stln_by_time_make(valid, count, order, reach, items, spare);
        by.valid = valid;
        by.count = count;
        by.order = order;
        by.reach = reach;
        for (uint32_t round = 0; round < 40; round++) {
            starlings_interval range = query_range((int64_t)t_below(&rng, 700) - 350, 0);
            stln_time_walk walk;
            uint32_t found = 0, want = 0, piece, last = 0;
            range.end = range.start + 1 + t_below(&rng, 9);
            stln_time_walk_begin(&walk, &by, range);
            while (stln_time_walk_next(&walk, &piece)) {
                T_CHECK(starlings_interval_overlaps(valid[piece], range));
                T_CHECK(found == 0 || valid[last].start < valid[piece].start ||
                        (valid[last].start == valid[piece].start && last < piece));
                last = piece;
                found++;
            }
            for (uint32_t i = 0; i < count; i++)
                want += starlings_interval_overlaps(valid[i], range);
            T_EQ_U64(found, want);
        }
    }
}

/* ---- pairs */

/* An answer made by hand: entity e has `each` pieces. */
static starlings_answer *query_answer(t_rng *rng, uint32_t entities, uint32_t each, uint32_t width)
{
    starlings_answer *answer = (starlings_answer *)calloc(1, sizeof *answer);
    answer->allocator = stln_allocator_of(NULL, NULL);
    answer->capacity = (size_t)entities * each;
    answer->fits = (starlings_fit *)malloc((answer->capacity + 1) * sizeof *answer->fits);
    for (uint32_t e = 0; e < entities; e++) {
        int64_t time = t_below(rng, 100);
        for (uint32_t i = 0; i < each; i++) {
            starlings_fit *fit = &answer->fits[answer->count++];
            fit->entity = 3 * e;
            fit->valid.start = time;
            fit->valid.end = time + 1 + t_below(rng, width);
            time = fit->valid.end + 1 + t_below(rng, 30);
        }
    }
    return answer;
}

static void test_query_pairs(void)
{
    t_rng rng = t_rng_make(852);
    for (uint32_t round = 0; round < 12; round++) {
        uint32_t each = 1 + round % 4;
        starlings_answer *answer = query_answer(&rng, round * 7, each, round % 3 == 0 ? 90 : 4);
        starlings_fit_pair *pairs, *some;
        uint64_t count = 0, again = 0;
        size_t at = 0;
        T_STATUS(starlings_answer_pairs(answer, NULL, NULL, 0, &count), STARLINGS_OK);
        pairs = (starlings_fit_pair *)malloc((size_t)(count + 1) * sizeof *pairs);
        some = (starlings_fit_pair *)malloc((size_t)(count + 1) * sizeof *some);
        T_STATUS(starlings_answer_pairs(answer, NULL, pairs, (size_t)count, &again), STARLINGS_OK);
        T_EQ_U64(again, count);
        for (size_t a = 0; a < answer->count; a += each)
            for (size_t b = a + each; b < answer->count; b += each)
                for (size_t i = 0; i < (size_t)each * each; i++) {
                    const starlings_fit *x = &answer->fits[a + i / each];
                    const starlings_fit *y = &answer->fits[b + i % each];
                    starlings_interval valid;
                    if (!starlings_interval_intersect(x->valid, y->valid, &valid))
                        continue;
                    T_REQUIRE(at < count);
                    T_CHECK(pairs[at].a == x->entity && pairs[at].b == y->entity);
                    T_CHECK(starlings_interval_compare(pairs[at].valid, valid) == 0);
                    at++;
                }
        T_EQ_U64(at, count);
        for (size_t room = 1; room < at; room += 1 + room / 2) {
            T_STATUS(starlings_answer_pairs(answer, NULL, some, room, &again), STARLINGS_OK);
            T_CHECK(again == count && memcmp(some, pairs, room * sizeof *pairs) == 0);
        }
        free(pairs);
        free(some);
        starlings_answer_release(answer);
    }
}

/* The number of pairs is quadratic, asking for it is not. */
static void test_query_many_pairs(void)
{
    uint32_t n = t_state.big ? 300000 : 20000;
    t_rng rng = t_rng_make(853);
    starlings_answer *answer = query_answer(&rng, n, 1, 1);
    starlings_fit_pair first[3];
    uint64_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        answer->fits[i].valid = query_range(-5, 5);
    T_STATUS(starlings_answer_pairs(answer, NULL, first, 3, &count), STARLINGS_OK);
    T_EQ_U64(count, (uint64_t)n * (n - 1) / 2);
    for (uint32_t i = 0; i < 3; i++)
        T_CHECK(first[i].a == 0 && first[i].b == 3 * (i + 1) && first[i].valid.start == -5 &&
                first[i].valid.end == 5);
    starlings_answer_release(answer);
}

/* ---- scenarios */

/* Roles that change hands: before the switch one entity fits, after it another, never both. */
static void test_query_roles(void)
{
    query_world world = query_world_make(2);
    starlings_value_index *index = NULL;
    starlings_condition admin = query_condition("role", "admin");
    starlings_query_desc q;
    starlings_answer *answer = NULL;
    const starlings_fit *fits;
    size_t count = 0;
    uint64_t pairs = 7;
    uint32_t ann = query_record(&world, "person", "iam", "ann");
    uint32_t bob = query_record(&world, "person", "iam", "bob");
    query_always(&world, ann, "who", "ann");
    query_always(&world, bob, "who", "bob");
    query_fact(&world, ann, "role", "admin", 10, 20);
    query_fact(&world, ann, "role", "viewer", 20, 30);
    query_fact(&world, bob, "role", "viewer", 10, 20);
    query_fact(&world, bob, "role", "admin", 20, 30);
    T_REQUIRE(query_resolve(&world, NULL));
    T_STATUS(starlings_value_index_create(world.resolution, NULL, &index), STARLINGS_OK);
    memset(&q, 0, sizeof q);
    q.index = index;
    q.conditions = &admin;
    q.condition_count = 1;
    for (int64_t t = 9; t <= 30; t++) {
        uint32_t who = t < 20 ? query_entity(&world, ann) : query_entity(&world, bob);
        q.range = query_range(t, t + 1);
        T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
        fits = starlings_answer_fits(answer, &count);
        T_EQ_U64(count, t >= 10 && t < 30);
        T_CHECK(count == 0 || (fits[0].entity == who && fits[0].valid.start == t &&
                               fits[0].valid.end == t + 1));
        starlings_answer_release(answer);
    }
    q.range = query_range(0, 0); /* all time: both, one after the other */
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    (void)starlings_answer_fits(answer, &count);
    T_EQ_U64(count, 2);
    T_STATUS(starlings_answer_pairs(answer, NULL, NULL, 0, &pairs), STARLINGS_OK);
    T_EQ_U64(pairs, 0);
    starlings_answer_release(answer);
    starlings_value_index_release(index);
    query_world_release(&world);
}

/* Three that a strong identifier keeps apart have one name at once: all pairs of them are told,
   each with its time. An entity may say one condition by one record and another by another. */
static void test_query_strong(void)
{
    query_world world = query_world_make(4);
    starlings_value_index *index = NULL;
    starlings_condition name[2];
    starlings_query_desc q;
    starlings_answer *answer = NULL;
    starlings_fit_pair pairs[4];
    uint64_t count = 0;
    static const char *const uids[] = { "1", "2", "3" };
    name[0] = query_condition("name", "Ann");
    name[1] = query_condition("town", "Bern");
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t record = query_record(&world, "person", "crm", uids[i]);
        query_always(&world, record, "who", uids[i]);
        query_always(&world, record, "ssn", uids[i]);
        query_fact(&world, record, "name", "Ann", i, 10 + i);
    }
    (void)query_record(&world, "person", "erp", "9");
    query_always(&world, 3, "who", "2");
    query_fact(&world, 3, "town", "Bern", 5, 50);
    T_REQUIRE(query_resolve(&world, "key who: who\nkey name: name\nstrong ssn\n"));
    T_STATUS(starlings_value_index_create(world.resolution, NULL, &index), STARLINGS_OK);
    memset(&q, 0, sizeof q);
    q.index = index;
    q.conditions = name;
    q.condition_count = 1;
    q.type = "person";
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    T_STATUS(starlings_answer_pairs(answer, NULL, pairs, 4, &count), STARLINGS_OK);
    T_EQ_U64(count, 3); /* (1, 2), (1, 3), (2, 3) */
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t a = i == 2, b = i == 0 ? 1 : 2;
        T_CHECK(pairs[i].a == query_entity(&world, a) && pairs[i].b == query_entity(&world, b));
        T_CHECK(pairs[i].valid.start == b && pairs[i].valid.end == 10 + a);
    }
    starlings_answer_release(answer);
    q.condition_count = 2;
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    {
        size_t fit_count;
        const starlings_fit *fits = starlings_answer_fits(answer, &fit_count);
        T_CHECK(fit_count == 1 && fits[0].entity == query_entity(&world, 1) &&
                fits[0].valid.start == 5 && fits[0].valid.end == 11);
    }
    starlings_answer_release(answer);
    starlings_value_index_release(index);
    query_world_release(&world);
}

static query_world query_small_world(void)
{
    query_world world = query_world_make(3);
    uint32_t a = query_record(&world, "person", "p", "a");
    uint32_t b = query_record(&world, "person", "q", "b");
    uint32_t c = query_record(&world, "firm", "q", "c");
    query_always(&world, a, "who", "1");
    query_always(&world, b, "who", "1");
    query_always(&world, c, "who", "2");
    query_fact(&world, a, "x", "y", 1, 5);
    query_fact(&world, b, "x", "y", 5, 9);
    query_fact(&world, c, "x", "y", 3, 6);
    return world;
}

/* ---- what is refused, and what is nothing */
static void test_query_edges(void)
{
    query_world world = query_small_world(), none = query_world_make(0);
    starlings_value_index *index = NULL, *empty = NULL;
    starlings_condition conditions[2];
    starlings_query_desc q;
    starlings_answer *answer = NULL;
    starlings_error error;
    const starlings_fit *fits;
    uint64_t pairs = 1;
    size_t count = 0;
    conditions[0] = conditions[1] = query_condition("x", "y");
    T_REQUIRE(query_resolve(&world, NULL) && query_resolve(&none, NULL));
    T_STATUS(starlings_value_index_create(NULL, NULL, &index), STARLINGS_ERR_ARG);
    T_STATUS(starlings_value_index_create(world.resolution, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_value_index_create(world.resolution, NULL, &index), STARLINGS_OK);
    T_STATUS(starlings_value_index_create(none.resolution, NULL, &empty), STARLINGS_OK);
    T_REQUIRE(index != NULL && empty != NULL);
    memset(&q, 0, sizeof q);
    memset(&error, 0, sizeof error);
    q.env.error = &error;
    T_STATUS(starlings_query(NULL, &answer), STARLINGS_ERR_ARG);
    T_STATUS(starlings_query(&q, &answer), STARLINGS_ERR_ARG);
    q.index = index;
    T_STATUS(starlings_query(&q, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK); /* no conditions */
    (void)starlings_answer_fits(answer, &count);
    T_EQ_U64(count, 0);
    T_STATUS(starlings_answer_pairs(answer, NULL, NULL, 0, &pairs), STARLINGS_OK);
    T_EQ_U64(pairs, 0);
    T_STATUS(starlings_answer_pairs(answer, NULL, NULL, 1, &pairs), STARLINGS_ERR_ARG);
    T_STATUS(starlings_answer_pairs(answer, NULL, NULL, 0, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_answer_pairs(NULL, NULL, NULL, 0, &pairs), STARLINGS_ERR_ARG);
    starlings_answer_release(answer);
    q.condition_count = 1;
    T_STATUS(starlings_query(&q, &answer), STARLINGS_ERR_ARG);
    q.conditions = conditions;
    q.range = query_range(5, 5);
    T_STATUS(starlings_query(&q, &answer), STARLINGS_ERR_ARG);
    q.range = query_range(5, 4);
    T_STATUS(starlings_query(&q, &answer), STARLINGS_ERR_ARG);
    T_CHECK(answer == NULL && error.status == STARLINGS_ERR_ARG && error.text[0] != '\0');
    q.range = query_range(0, 0);
    conditions[1].value.text = NULL;
    q.condition_count = 2;
    T_STATUS(starlings_query(&q, &answer), STARLINGS_ERR_ARG);
    T_EQ_U64(error.at, 1);
    conditions[1] = conditions[0]; /* twice the same is fine */
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    fits = starlings_answer_fits(answer, &count);
    T_CHECK(count == 2 && fits[0].valid.start == 1 && fits[0].valid.end == 9 && /* two records */
            fits[1].valid.start == 3 && fits[1].valid.end == 6);
    starlings_answer_release(answer);
    q.type = "firm";
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    (void)starlings_answer_fits(answer, &count);
    T_EQ_U64(count, 1);
    starlings_answer_release(answer);
    q.type = "";
    q.range = query_range(8, 9);
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    (void)starlings_answer_fits(answer, &count);
    T_EQ_U64(count, 0);
    starlings_answer_release(answer);
    q.type = NULL;
    q.index = empty;
    T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
    (void)starlings_answer_fits(answer, &count);
    T_EQ_U64(count, 0);
    starlings_answer_release(answer);
    starlings_answer_release(NULL);
    T_CHECK(starlings_answer_fits(NULL, &count) == NULL && count == 0);
    starlings_value_index_release(NULL);
    starlings_value_index_release(index);
    starlings_value_index_release(empty);
    query_world_release(&world);
    query_world_release(&none);
}

/* Fault 48: texts that nobody said fit nothing, and no question leaves anything behind. */
static void linker_fault_48_queries_leave_nothing(void)
{
    query_world world = query_small_world();
    faults f = faults_make();
    starlings_env env;
    starlings_value_index *index = NULL;
    starlings_condition condition;
    starlings_query_desc q;
    size_t size, live;
    T_REQUIRE(query_resolve(&world, NULL));
    memset(&env, 0, sizeof env);
    env.allocator = faults_allocator(&f);
    T_STATUS(starlings_value_index_create(world.resolution, &env, &index), STARLINGS_OK);
    memset(&q, 0, sizeof q);
    q.index = index;
    q.conditions = &condition;
    q.condition_count = 1;
    size = starlings_linker_size(world.linker);
    live = f.live;
    for (uint32_t i = 0; i < 200; i++) {
        char text[32];
        starlings_answer *answer = NULL;
        size_t count = 1;
        snprintf(text, sizeof text, "nobody %u", (unsigned)i);
        condition = query_condition(i % 2 == 0 ? "x" : text, i % 2 == 0 ? text : "y");
        T_STATUS(starlings_query(&q, &answer), STARLINGS_OK);
        (void)starlings_answer_fits(answer, &count);
        T_EQ_U64(count, 0);
        starlings_answer_release(answer);
    }
    T_EQ_U64(f.live, live);
    T_EQ_U64(starlings_linker_size(world.linker), size);
    starlings_value_index_release(index);
    T_EQ_U64(f.live, 0);
    T_EQ_U64(f.broken, 0);
    query_world_release(&world);
}

/* Every allocation fails once: an error, nothing is left, and then the answer is as before. */
static starlings_status query_whole(const query_world *world, const starlings_env *env,
                                    uint64_t *out_pairs)
{
    starlings_value_index *index = NULL;
    starlings_answer *answer = NULL;
    starlings_condition conditions[2];
    starlings_fit_pair pairs[5];
    starlings_query_desc q;
    starlings_status status = starlings_value_index_create(world->resolution, env, &index);
    conditions[0] = query_condition("often", "x");
    conditions[1] = query_condition("often", "x");
    memset(&q, 0, sizeof q);
    q.index = index;
    q.conditions = conditions;
    q.condition_count = 2;
    q.range = query_range(-3000, -2000);
    q.env = *env;
    *out_pairs = 0;
    T_CHECK((status == STARLINGS_OK) == (index != NULL));
    if (status == STARLINGS_OK)
        status = starlings_query(&q, &answer);
    T_CHECK((status == STARLINGS_OK) == (answer != NULL));
    if (status == STARLINGS_OK)
        status = starlings_answer_pairs(answer, env, pairs, 5, out_pairs);
    starlings_answer_release(answer);
    starlings_value_index_release(index);
    return status;
}

static void test_query_out_of_memory(void)
{
    t_rng rng = t_rng_make(854);
    query_world world = query_long_world(&rng, 200, true);
    starlings_env env;
    uint64_t want = 0, pairs = 0;
    size_t n = 0;
    T_REQUIRE(query_resolve(&world, NULL));
    memset(&env, 0, sizeof env);
    T_STATUS(query_whole(&world, &env, &want), STARLINGS_OK);
    T_CHECK(want > 5);
    for (bool done = false; !done; n++) {
        faults f = faults_make();
        starlings_status status;
        f.fail_at = n;
        env.allocator = faults_allocator(&f);
        status = query_whole(&world, &env, &pairs);
        done = f.failed == 0;
        T_CHECK(status == (f.failed == f.shrinks ? STARLINGS_OK : STARLINGS_ERR_NOMEM));
        T_CHECK(pairs == (status == STARLINGS_OK ? want : 0));
        T_EQ_U64(f.live, 0);
        T_EQ_U64(f.broken, 0);
    }
    T_CHECK(n > 15);
    query_world_release(&world);
}

/* The same for pairs that are many more than the fits. */
static void test_query_pairs_out_of_memory(void)
{
    enum { ENTITIES = 40, EACH = 3, ROOM = 4000 };
    static starlings_fit_pair pairs[ROOM];
    t_rng rng = t_rng_make(858);
    starlings_answer *answer = query_answer(&rng, ENTITIES, EACH, 4000);
    uint64_t want = 0, count = 0;
    size_t n = 0;
    T_STATUS(starlings_answer_pairs(answer, NULL, NULL, 0, &want), STARLINGS_OK);
    T_CHECK(want > 4 * ENTITIES * EACH);
    for (bool done = false; !done; n++) {
        faults f = faults_make();
        starlings_status status;
        starlings_env env;
        memset(&env, 0, sizeof env);
        f.fail_at = n;
        env.allocator = faults_allocator(&f);
        status = starlings_answer_pairs(answer, &env, pairs, ROOM, &count);
        done = f.failed == 0;
        T_STATUS(status, done ? STARLINGS_OK : STARLINGS_ERR_NOMEM);
        T_EQ_U64(count, done ? want : 0);
        T_EQ_U64(f.live, 0);
        T_EQ_U64(f.broken, 0);
    }
    T_CHECK(n > 9);
    starlings_answer_release(answer);
}

/* An index that is told to stop. */
static void test_query_cancelled(void)
{
    query_world world = query_small_world();
    T_REQUIRE(query_resolve(&world, NULL));
    for (size_t stop = 0; stop < 3; stop++) {
        faults f = faults_make();
        faults_cancel cancel = { 0, stop, 0, false };
        starlings_value_index *index = NULL;
        starlings_env env;
        memset(&env, 0, sizeof env);
        env.allocator = faults_allocator(&f);
        env.progress.report = faults_report;
        env.progress.ctx = &cancel;
        T_STATUS(starlings_value_index_create(world.resolution, &env, &index),
                 stop < 2 ? STARLINGS_ERR_CANCELLED : STARLINGS_OK);
        starlings_value_index_release(index);
        T_EQ_U64(f.live, 0);
        T_EQ_U64(cancel.broken, 0);
    }
    query_world_release(&world);
}

/* Several threads ask one index. */
typedef struct query_threads {
    const starlings_value_index *index;
    size_t found[8];
} query_threads;

static void query_thread(void *ctx, uint32_t task)
{
    query_threads *all = (query_threads *)ctx;
    starlings_condition condition = query_condition("often", "x");
    for (int64_t t = -5000; t < 5000; t += 97) {
        starlings_query_desc q;
        starlings_answer *answer = NULL;
        size_t count = 0;
        memset(&q, 0, sizeof q);
        q.index = all->index;
        q.conditions = &condition;
        q.condition_count = 1;
        q.range = query_range(t, t + 50);
        if (starlings_query(&q, &answer) == STARLINGS_OK)
            (void)starlings_answer_fits(answer, &count);
        all->found[task] += count;
        starlings_answer_release(answer);
    }
}

static void test_query_threads(void)
{
    t_rng rng = t_rng_make(855);
    query_world world = query_long_world(&rng, 300, true);
    starlings_value_index *index = NULL;
    query_threads all;
    starlings_env env;
    stln_crew crew;
    memset(&all, 0, sizeof all);
    memset(&env, 0, sizeof env);
    env.allocator = stln_allocator_of(NULL, NULL);
    env.workers.count = 4;
    T_REQUIRE(query_resolve(&world, NULL));
    T_STATUS(starlings_value_index_create(world.resolution, NULL, &index), STARLINGS_OK);
    all.index = index;
    T_STATUS(stln_crew_open(&crew, &env), STARLINGS_OK);
    stln_crew_run(&crew, 8, query_thread, &all);
    stln_crew_close(&crew);
    T_CHECK(all.found[0] > 0);
    for (uint32_t i = 1; i < 8; i++)
        T_EQ_U64(all.found[i], all.found[0]);
    starlings_value_index_release(index);
    query_world_release(&world);
}

static void test_query(void)
{
    test_query_random();
    test_query_long_lists();
    test_query_by_time();
    test_query_pairs();
    test_query_many_pairs();
    test_query_roles();
    test_query_strong();
    test_query_edges();
    linker_fault_48_queries_leave_nothing();
    test_query_out_of_memory();
    test_query_pairs_out_of_memory();
    test_query_cancelled();
    test_query_threads();
}
