/* test_linker_scenarios.c - S82: small stories with results worked out by hand, many of them named
   after what other designs got wrong (the faults), and large ones on hot keys.

   A story is a case of linker_model.h; its records are a, b, c ... by line, and what is expected of
   it is written "ab|c": a and b are one entity, c is another. Each is also run in many orders and
   batches against the model.

   Faults of the list that cannot be here, and where they went or why:
     1-3, 16 of its decisions  the union-find: test_forest.c, test_threads.c
     28-33                     conflicts, golden records, graphs: their own tests
     34                        the hash: test_hash.c (one result on every machine)
     36                        no interner is shared by writers: a linker has one writer
     37, 39, 41, 42, 44-47     partitions, logs and stores with state of their own: there are none
     43                        nothing waits for a timer: resolve answers for all that was added
     49                        rules are not exchanged: a linker keeps those it was made with
     50, 53-55                 shards that reconcile: there is one table of keys
     56                        no path leaves resolution out */

/* ---- telling stories ----------------------------------------------------- */

typedef struct story {
    lmodel_case c;
    linker_world w;
    starlings_resolution *resolution;
} story;

static void story_labels(const char *want, uint32_t *labels, uint32_t count)
{
    uint32_t entity = 0;
    for (uint32_t i = 0; i < count; i++)
        labels[i] = STARLINGS_NONE;
    for (; *want != '\0'; want++) {
        entity += *want == '|';
        if (*want >= 'a' && (uint32_t)(*want - 'a') < count)
            labels[*want - 'a'] = entity;
    }
    for (uint32_t i = 0; i < count; i++)
        lmodel_room(labels[i] != STARLINGS_NONE); /* each record is in some entity */
}

static void story_write(const uint32_t *labels, uint32_t count, char *out)
{
    for (uint32_t i = 0; i < count; i++) {
        bool first = true;
        for (uint32_t j = 0; j < i; j++)
            first = first && labels[j] != labels[i];
        if (!first)
            continue;
        if (i > 0)
            *out++ = '|';
        for (uint32_t j = i; j < count; j++)
            if (labels[j] == labels[i])
                *out++ = (char)('a' + j);
    }
    *out = '\0';
}

/* The entities of labels are those that `want` names, in any order. */
static void story_is(const uint32_t *labels, uint32_t count, const char *want)
{
    char got_text[80], want_text[80];
    uint32_t wanted[LMODEL_RECORDS];
    story_labels(want, wanted, count);
    story_write(wanted, count, want_text);
    story_write(labels, count, got_text);
    T_EQ_STR(got_text, want_text);
}

/* Tell a story: the records come in the order of the lines, and are resolved once. */
static void story_begin(story *s, const char *rules, const char *lines, bool constraints_block)
{
    uint32_t order[LMODEL_RECORDS];
    memset(&s->w, 0, sizeof s->w);
    s->resolution = NULL;
    lmodel_read(&s->c, rules, lines);
    s->c.constraints_block = constraints_block;
    linker_in_order(order, s->c.record_count);
    T_REQUIRE(linker_open(&s->w, &s->c, NULL));
    T_STATUS(linker_feed(&s->w, order, s->c.record_count), STARLINGS_OK);
    s->resolution = linker_resolve(&s->w);
}

static void story_end(story *s)
{
    starlings_resolution_release(s->resolution);
    linker_close(&s->w);
}

/* The model and the linker agree with `want`, and with each other in many orders and batches. */
static void story_runs(story *s, const char *want)
{
    static lmodel_answer m;
    t_rng rng = t_rng_make(830);
    uint32_t order[LMODEL_RECORDS], unchanged = 0;
    unsigned long long failed = t_state.failed;
    linker_in_order(order, s->c.record_count);
    lmodel_solve(&m, &s->c, order, s->c.record_count);
    T_CHECK(linker_model_holds(&m));
    story_is(m.entity, m.count, want);
    if (s->resolution != NULL)
        story_is(starlings_partition_labels(starlings_resolution_partition(s->resolution)),
                 m.count, want);
    for (uint32_t i = 0; i < 12; i++) {
        starlings_env env;
        linker_env_make(&env, i);
        T_CHECK(linker_case_holds(&s->c, &rng, &env, 1 + i % (s->c.record_count + 1), &unchanged));
    }
    if (t_state.failed != failed)
        linker_show(&s->c);
}

static void story_tell(const char *rules, const char *lines, const char *want)
{
    static story s;
    story_begin(&s, rules, lines, false);
    story_runs(&s, want);
    story_end(&s);
}

static void story_tell_blocked(const char *rules, const char *lines, const char *want)
{
    static story s;
    story_begin(&s, rules, lines, true);
    story_runs(&s, want);
    story_end(&s);
}

/* ---- what is told of refusals and reasons, as text ----------------------- */

static void story_put_text(linker_text *t, starlings_text text)
{
    char words[80];
    size_t size = text.size < 79 ? text.size : 79;
    if (size > 0)
        memcpy(words, text.text, size);
    words[size] = '\0';
    linker_say(t, words);
}

static void story_put_record(linker_text *t, uint32_t record)
{
    const char name[2] = { (char)('a' + record), '\0' };
    linker_say(t, name);
}

static void story_put_time(linker_text *t, starlings_interval valid)
{
    linker_say(t, "[");
    if (valid.start != STARLINGS_START_OF_TIME)
        linker_say_number(t, valid.start);
    linker_say(t, ",");
    if (valid.end != STARLINGS_END_OF_TIME)
        linker_say_number(t, valid.end);
    linker_say(t, ")");
}

/* "key attribute perspective: value entity, value entity; ..." with entities by their first
   record, in the order of the API. */
static void story_refused(const story *s, const char *want)
{
    static linker_text t;
    starlings_refusals *refusals = NULL;
    starlings_refusal refusal;
    starlings_refusal_side side;
    t.size = 0;
    t.text[0] = '\0';
    T_STATUS(starlings_refusals_create(s->resolution, NULL, &refusals), STARLINGS_OK);
    for (size_t i = 0; starlings_refusals_at(refusals, i, &refusal); i++) {
        linker_say(&t, i > 0 ? "; " : "");
        story_put_text(&t, refusal.key);
        linker_say(&t, " ");
        story_put_text(&t, refusal.attribute);
        linker_say(&t, " ");
        story_put_text(&t, refusal.perspective);
        for (uint32_t k = 0; starlings_refusals_side(refusals, i, k, &side); k++) {
            starlings_span span = starlings_partition_entity(
                starlings_resolution_partition(s->resolution), side.entity);
            linker_say(&t, k > 0 ? ", " : ": ");
            story_put_text(&t, side.value);
            linker_say(&t, " ");
            story_put_record(&t, span.records[0]);
        }
    }
    starlings_refusals_release(refusals);
    T_EQ_STR(t.text, want);
}

/* "a who b [0,5); b mail c [3,9)": the chain of matches. */
static void story_why(const story *s, uint32_t a, uint32_t b, const char *want)
{
    static linker_text t;
    starlings_match chain[LMODEL_RECORDS];
    size_t count = 0;
    t.size = 0;
    t.text[0] = '\0';
    T_STATUS(starlings_resolution_why(s->resolution, a, b, NULL, chain, LMODEL_RECORDS, &count),
             STARLINGS_OK);
    for (size_t i = 0; i < count; i++) {
        linker_say(&t, i > 0 ? "; " : "");
        story_put_record(&t, chain[i].a);
        linker_say(&t, " ");
        story_put_text(&t, chain[i].key);
        linker_say(&t, " ");
        story_put_record(&t, chain[i].b);
        linker_say(&t, " ");
        story_put_time(&t, chain[i].valid);
    }
    T_EQ_STR(t.text, want);
}

/* "match; a 1 b 2 ssn [0,5)": whether a key matches, then the clashes. */
static void story_why_not(const story *s, uint32_t a, uint32_t b, starlings_apart kind,
                          const char *want)
{
    static linker_text t;
    starlings_clash clashes[32];
    starlings_apart apart = STARLINGS_APART_NOT;
    bool matches = false;
    size_t count = 0;
    t.size = 0;
    t.text[0] = '\0';
    T_STATUS(starlings_resolution_why_not(s->resolution, a, b, NULL, &apart, &matches, clashes, 32,
                                          &count),
             STARLINGS_OK);
    T_EQ_U64(apart, kind);
    linker_say(&t, matches ? "match" : "none");
    for (size_t i = 0; i < count; i++) {
        linker_say(&t, "; ");
        story_put_record(&t, clashes[i].x);
        linker_say(&t, " ");
        story_put_text(&t, clashes[i].value_x);
        linker_say(&t, " ");
        story_put_record(&t, clashes[i].y);
        linker_say(&t, " ");
        story_put_text(&t, clashes[i].value_y);
        linker_say(&t, " ");
        story_put_text(&t, clashes[i].attribute);
        linker_say(&t, " ");
        story_put_time(&t, clashes[i].valid);
    }
    T_EQ_STR(t.text, want);
}

static const char *const story_rules = "key who: name\nstrong ssn\n";

/* ---- evolution over time ------------------------------------------------- */

static const char *const story_person = "key who: name, born\npermanent born\nstrong ssn\n";

/* A person moves and marries, another has the same name, a third is alone. */
static const char *const story_town =
    "crm:1 name=Ann_Doe@0..10 born=1980 city=Ghent@0..10 ssn=1\n"
    "crm:2 name=Ann_Doe@5..20 born=1980 city=Bruges@10..20 ssn=1\n"
    "erp:1 name=Ann_Doe@8..15 name=Ann_Roe@15.. born=1980\n"
    "erp:2 name=Ann_Roe@18..30 born=1980\n"
    "crm:3 name=Ann_Doe@0..10 born=1981\n"
    "erp:3 name=Bob@0..10 born=1980\n";

static void linker_evolution_incremental_is_batch(void)
{
    static story s;
    story_begin(&s, story_person, story_town, false);
    story_runs(&s, "abcd|e|f");
    story_refused(&s, "");
    story_why(&s, 0, 1, "a who b [5,10)");
    story_why(&s, 2, 3, "c who d [18,30)");
    story_why(&s, 0, 4, "");
    story_why_not(&s, 0, 4, STARLINGS_APART_BY_KEYS, "none");
    story_end(&s);
}

/* b fits a and c, which do not fit each other: whoever comes first, b goes to a, whose identity is
   smaller. */
static void linker_evolution_order_independence(void)
{
    static story s;
    story_begin(&s, "key who: name\nstrong ssn\n",
                "crm:1 name=A@0..10 ssn=1\n"
                "erp:1 name=A@5..15\n"
                "crm:2 name=A@8..20 ssn=2\n",
                false);
    story_runs(&s, "ab|c");
    story_refused(&s, "who ssn crm: 1 a, 2 c");
    story_end(&s);
}

/* [0, 5) and [10, 15) are not [0, 15). */
static void linker_evolution_gaps_do_not_merge_validity(void)
{
    const char *rules = "key who: name\n";
    story_tell(rules, "p:1 name=A@0..5 name=A@10..15\np:2 name=A@5..10\n", "a|b");
    story_tell(rules, "p:1 name=A@0..5 name=A@10..15\np:2 name=A@5..10\np:3 name=A@9..11\n",
               "abc");
    story_tell(rules, "p:1 name=A@0..5 name=A@10..15\np:2 name=A@6..9\np:3 name=A@4..6\n",
               "ac|b");
}

/* Attributes that are no identifiers change as they like. */
static void linker_evolution_values_over_time(void)
{
    static story s;
    starlings_descriptor d;
    story_begin(&s, "key who: name\n",
                "p:1 name=A role=admin@10..20 role=viewer@20..30\n"
                "p:2 name=A role=admin@15..25\n",
                false);
    story_runs(&s, "ab");
    story_refused(&s, "");
    T_CHECK(starlings_resolution_descriptor(s.resolution, 0, 1, &d));
    T_CHECK(linker_same_text(d.value, starlings_text_of("admin")));
    T_CHECK(d.valid.start == 10 && d.valid.end == 20);
    story_end(&s);
}

static void linker_evolution_idempotent_ingest(void)
{
    static story s;
    static linker_batch batch;
    starlings_arrival arrivals[LMODEL_RECORDS];
    starlings_resolution *again;
    uint32_t order[LMODEL_RECORDS];
    story_begin(&s, story_person, story_town, false);
    linker_in_order(order, 6);
    T_STATUS(linker_feed(&s.w, order, 6), STARLINGS_OK);
    linker_batch_make(&batch, &s.c, order, 6);
    T_STATUS(starlings_linker_add(s.w.linker, batch.records, 6, arrivals), STARLINGS_OK);
    for (uint32_t i = 0; i < 6; i++)
        T_EQ_U64(arrivals[i], STARLINGS_ARRIVAL_KNOWN);
    T_EQ_U64(starlings_linker_record_count(s.w.linker), 6);
    again = linker_resolve(&s.w);
    T_EQ_U64(linker_hash(again), linker_hash(s.resolution));
    for (uint32_t e = 0; e < 3; e++)
        T_CHECK(!starlings_resolution_is_changed(again, e));
    T_EQ_U64(starlings_resolution_statistics(again).recomputed, 0);
    starlings_resolution_release(again);
    story_end(&s);
}

/* c arrives late and knows both numbers; d has nothing to do with it and has not changed. */
static void linker_evolution_late_arrival_joins_two(void)
{
    static story s;
    uint32_t order[LMODEL_RECORDS];
    starlings_resolution *last;
    lmodel_read(&s.c, "key phone: phone\nkey mail: mail\n",
                "p:1 phone=1@0..10\np:2 mail=x@0..10\np:9 phone=7\np:3 phone=1@9..12 mail=x\n");
    T_REQUIRE(linker_open(&s.w, &s.c, NULL));
    linker_in_order(order, 4);
    T_STATUS(linker_feed(&s.w, order, 3), STARLINGS_OK);
    s.resolution = linker_resolve(&s.w);
    T_EQ_U64(starlings_partition_entity_count(starlings_resolution_partition(s.resolution)), 3);
    T_STATUS(linker_feed(&s.w, order + 3, 1), STARLINGS_OK);
    last = linker_resolve(&s.w);
    story_is(starlings_partition_labels(starlings_resolution_partition(last)), 4, "abd|c");
    T_CHECK(starlings_resolution_is_changed(last, 0));
    T_CHECK(!starlings_resolution_is_changed(last, 1));
    starlings_resolution_release(s.resolution);
    s.resolution = last;
    story_why(&s, 0, 1, "a phone d [9,10); d mail b [0,10)");
    story_runs(&s, "abd|c");
    story_end(&s);
}

static void linker_evolution_independent_entities_stay_apart(void)
{
    story_tell(story_person,
               "crm:1 name=A born=1\ncrm:2 name=B born=1\ncrm:3 name=A born=2\ncrm:4 name=A\n"
               "crm:5 born=1\ncrm:6\nerp:1 name=A born=1\n",
               "ag|b|c|d|e|f");
    story_tell("type man\nkey who: name\ntype dog\nkey tag: name\n",
               "man/p:1 name=Rex\ndog/p:1 name=Rex\nman/q:1 name=Rex\n", "ac|b");
}

/* ---- the same record again ----------------------------------------------- */

static starlings_temporal_record idem_record(const char *uid, const starlings_descriptor *facts,
                                             size_t count)
{
    starlings_temporal_record r;
    r.type = starlings_text_of("");
    r.perspective = starlings_text_of("crm");
    r.uid = starlings_text_of(uid);
    r.descriptors = facts;
    r.descriptor_count = count;
    return r;
}

static starlings_descriptor idem_fact(const char *attribute, const char *value, int64_t start,
                                      int64_t end)
{
    starlings_descriptor d;
    d.attribute = starlings_text_of(attribute);
    d.value = starlings_text_of(value);
    d.valid.start = start;
    d.valid.end = end;
    return d;
}

static void idem_open(linker_world *w, lmodel_case *c, const char *rules)
{
    lmodel_read(c, rules, "");
    T_CHECK(linker_open(w, c, NULL));
}

/* One record however it is said: order, pieces that touch, the times of what is permanent. */
static void linker_idempotent_same_identity(void)
{
    static lmodel_case c;
    linker_world w;
    starlings_arrival arrivals[3];
    starlings_descriptor one[4], two[4];
    starlings_temporal_record records[3];
    idem_open(&w, &c, "key who: name\npermanent born\n");
    one[0] = idem_fact("name", "A", 0, 10);
    one[1] = idem_fact("born", "1980", 3, 4);
    one[2] = idem_fact("name", "B", 0, 10);
    two[0] = idem_fact("born", "1980", 7, 7); /* not looked at */
    two[1] = idem_fact("name", "B", 0, 10);
    two[2] = idem_fact("name", "A", 5, 10);
    two[3] = idem_fact("name", "A", 0, 5);
    records[0] = idem_record("1", one, 3);
    records[1] = idem_record("1", two, 4);
    records[2] = idem_record("2", two, 4);
    T_STATUS(starlings_linker_add(w.linker, records, 3, arrivals), STARLINGS_OK);
    T_EQ_U64(arrivals[0], STARLINGS_ARRIVAL_NEW);
    T_EQ_U64(arrivals[1], STARLINGS_ARRIVAL_KNOWN);
    T_EQ_U64(arrivals[2], STARLINGS_ARRIVAL_NEW);
    T_STATUS(starlings_linker_add(w.linker, records, 3, NULL), STARLINGS_OK);
    T_EQ_U64(starlings_linker_record_count(w.linker), 2);
    linker_close(&w);
}

static void linker_idempotent_other_descriptors(void)
{
    static lmodel_case c;
    linker_world w;
    starlings_arrival arrivals[4];
    starlings_descriptor one[1], two[1];
    starlings_temporal_record records[4];
    idem_open(&w, &c, "key who: name\n");
    one[0] = idem_fact("name", "A", 0, 10);
    two[0] = idem_fact("name", "A", 0, 11);
    records[0] = idem_record("1", one, 1);
    T_STATUS(starlings_linker_add(w.linker, records, 1, NULL), STARLINGS_OK);
    records[0] = idem_record("7", one, 1);
    records[1] = idem_record("8", one, 1);
    records[2] = idem_record("1", two, 1); /* another end */
    records[3] = idem_record("9", one, 1);
    T_STATUS(starlings_linker_add(w.linker, records, 4, NULL), STARLINGS_ERR_DUPLICATE);
    T_STATUS(w.error.status, STARLINGS_ERR_DUPLICATE);
    T_EQ_U64(w.error.at, 2);
    T_EQ_U64(starlings_linker_record_count(w.linker), 1); /* all of them or none */
    records[2] = idem_record("7", two, 1);                /* the same, within one call */
    T_STATUS(starlings_linker_add(w.linker, records, 4, NULL), STARLINGS_ERR_DUPLICATE);
    T_EQ_U64(w.error.at, 2);
    T_EQ_U64(starlings_linker_record_count(w.linker), 1);
    T_STATUS(starlings_linker_add(w.linker, records, 4, arrivals), STARLINGS_OK);
    T_EQ_U64(arrivals[0], STARLINGS_ARRIVAL_NEW);
    T_EQ_U64(arrivals[1], STARLINGS_ARRIVAL_NEW);
    T_EQ_U64(arrivals[2], STARLINGS_ARRIVAL_REFUSED);
    T_EQ_U64(arrivals[3], STARLINGS_ARRIVAL_NEW);
    T_EQ_U64(starlings_linker_record_count(w.linker), 4);
    records[0] = idem_record("1", two, 0); /* fewer facts is something else, too */
    T_STATUS(starlings_linker_add(w.linker, records, 1, arrivals), STARLINGS_OK);
    T_EQ_U64(arrivals[0], STARLINGS_ARRIVAL_REFUSED);
    linker_close(&w);
}

/* After an error nothing has been added, and the records that were fine can come again. */
static void linker_idempotent_nothing_after_an_error(void)
{
    static lmodel_case c;
    linker_world w;
    starlings_descriptor good[1], bad[1];
    starlings_temporal_record records[2];
    starlings_resolution *resolution;
    idem_open(&w, &c, "type t\nkey who: name\n");
    good[0] = idem_fact("name", "A", 0, 10);
    bad[0] = idem_fact("name", "A", 10, 10); /* empty */
    records[0] = idem_record("1", good, 1);
    records[0].type = starlings_text_of("t");
    records[1] = idem_record("2", bad, 1);
    records[1].type = records[0].type;
    T_STATUS(starlings_linker_add(w.linker, records, 2, NULL), STARLINGS_ERR_ARG);
    T_EQ_U64(w.error.at, 1);
    records[1].descriptors = good;
    records[1].type = starlings_text_of("u");
    T_STATUS(starlings_linker_add(w.linker, records, 2, NULL), STARLINGS_ERR_STRANGER);
    T_EQ_U64(w.error.at, 1);
    records[1].type = starlings_text_of("t");
    records[1].uid.text = NULL; /* with a size */
    T_STATUS(starlings_linker_add(w.linker, records, 2, NULL), STARLINGS_ERR_ARG);
    T_EQ_U64(w.error.at, 1);
    T_EQ_U64(starlings_linker_record_count(w.linker), 0);
    records[1].uid = starlings_text_of("2");
    T_STATUS(starlings_linker_add(w.linker, records, 2, NULL), STARLINGS_OK);
    resolution = linker_resolve(&w);
    T_EQ_U64(starlings_partition_entity_count(starlings_resolution_partition(resolution)), 1);
    T_EQ_U64(starlings_resolution_find(resolution, starlings_text_of("t"),
                                       starlings_text_of("crm"), starlings_text_of("2")),
             1);
    T_EQ_U64(starlings_resolution_find(resolution, starlings_text_of(""),
                                       starlings_text_of("crm"), starlings_text_of("2")),
             STARLINGS_NONE);
    starlings_resolution_release(resolution);
    linker_close(&w);
}

/* ---- presets ------------------------------------------------------------- */

/* One entity with two values of an attribute at once: nothing is refused. */
static void linker_preset_direct_conflict_creation(void)
{
    static story s;
    story_begin(&s, "key who: name\n",
                "crm:1 name=A mail=x@100..200\nerp:1 name=A mail=y@150..250\n", false);
    story_runs(&s, "ab");
    story_refused(&s, "");
    story_end(&s);
}

/* A merge that a strong identifier refuses, and by what. */
static void linker_preset_indirect_conflict_creation(void)
{
    static story s;
    story_begin(&s, "key who: name\nstrong ssn\n",
                "crm:1 name=A@0..100 ssn=1@0..50\ncrm:2 name=A@20..80 ssn=2@30..90\n", false);
    story_runs(&s, "a|b");
    story_refused(&s, "who ssn crm: 1 a, 2 b");
    story_why_not(&s, 0, 1, STARLINGS_APART_BY_CLASH, "match; a 1 b 2 ssn [30,50)");
    story_why_not(&s, 1, 0, STARLINGS_APART_BY_CLASH, "match; b 2 a 1 ssn [30,50)");
    story_end(&s);
}

/* An observation that says nothing, and one that is like no other. */
static void linker_preset_observation_creation(void)
{
    story_tell("key who: name\n", "crm:1\ncrm:2 name=A\n", "a|b");
}

/* No records at all: no entities, no refusals, no errors. */
static void linker_preset_conflict_detection(void)
{
    static story s;
    starlings_temporal_record record;
    starlings_match match;
    size_t count = 7;
    story_begin(&s, "key who: name\nstrong ssn\n", "", false);
    T_REQUIRE(s.resolution != NULL);
    T_EQ_U64(starlings_partition_entity_count(starlings_resolution_partition(s.resolution)), 0);
    T_EQ_U64(starlings_resolution_statistics(s.resolution).entities, 0);
    story_refused(&s, "");
    T_CHECK(!starlings_resolution_record(s.resolution, 0, &record));
    T_STATUS(starlings_resolution_why(s.resolution, 0, 0, NULL, &match, 1, &count),
             STARLINGS_ERR_RANGE);
    T_EQ_U64(count, 0);
    story_end(&s);
}

/* Three records: the two that clash stay apart, and the third goes to the one whose identity is
   smaller. */
static void linker_preset_indirect_conflict_handling(void)
{
    static story s;
    story_begin(&s, "key who: name\nstrong ssn\n",
                "crm:1 name=A ssn=1\ncrm:2 name=A ssn=2\nerp:1 name=A\n", false);
    story_runs(&s, "ac|b");
    story_refused(&s, "who ssn crm: 1 a, 2 b");
    story_why_not(&s, 2, 1, STARLINGS_APART_BY_CLASH, "match; a 1 b 2 ssn [,)");
    story_end(&s);
}

/* Any key is enough, and what two keys join is one. */
static void linker_preset_person_identity(void)
{
    static story s;
    story_begin(&s, "key who: name, born\nkey tax: tax\nkey_weight who 0.8\n",
                "crm:1 name=A born=1980\nerp:1 name=A born=1980 tax=7\nhr:1 name=Z tax=7\n"
                "hr:2 name=A tax=8\n",
                false);
    story_runs(&s, "abc|d");
    story_why(&s, 0, 2, "a who b [,); b tax c [,)");
    story_end(&s);
}

/* A telephone number has one owner after the other. */
static void linker_preset_temporal_identity(void)
{
    story_tell("key phone: phone\n",
               "crm:1 phone=555@0..10\nerp:1 phone=555@3..10\ncrm:2 phone=555@10..20\n"
               "erp:2 phone=555@15..\n",
               "ab|cd");
}

/* The record that knows both names holds the others together; a namesake of earlier is no one. */
static void linker_preset_name_change(void)
{
    story_tell("key who: name, born\npermanent born\n",
               "crm:1 name=Doe@..10 born=1980\nhr:1 name=Doe@..10 name=Roe@10.. born=1980\n"
               "crm:2 name=Roe@12..20 born=1980\nerp:1 name=Roe@0..10 born=1980\n",
               "abc|d");
}

/* a to e say 1, f says 2, in one register: f stays out. g and j say nothing and h says it in
   another register: they go to a. i clashes there with h, and goes to f. */
static void linker_preset_intra_entity_ssn(void)
{
    static story s;
    story_begin(&s, "key who: name\nstrong ssn\n",
                "crm:0 name=A ssn=1\ncrm:1 name=A ssn=1\ncrm:2 name=A ssn=1\ncrm:3 name=A ssn=1\n"
                "crm:4 name=A ssn=1\ncrm:5 name=A ssn=2\nerp:0 name=A\nerp:1 name=A ssn=3\n"
                "erp:2 name=A ssn=4\nerp:3 name=A\n",
                false);
    story_runs(&s, "abcdeghj|fi");
    story_refused(&s, "who ssn crm: 1 a, 2 f; who ssn erp: 3 a, 4 f");
    story_end(&s);
}

/* The same address in two entities of one register: reported, not linked, not refused. */
static void linker_preset_cross_entity_email_same_perspective(void)
{
    const char *rules = "key who: name\nunique_within mail\n";
    const char *lines = "crm:1 name=A mail=x\ncrm:2 name=B mail=x\n";
    story_tell(rules, lines, "a|b");
    story_tell_blocked(rules, lines, "a|b");
    /* two addresses in one entity: kept apart on demand only */
    lines = "crm:1 name=A mail=x\ncrm:2 name=A mail=y\n";
    story_tell(rules, lines, "ab");
    story_tell_blocked(rules, lines, "a|b");
}

static void linker_preset_cross_entity_email_other_perspective(void)
{
    const char *rules = "key who: name\nunique_within mail\n";
    const char *lines = "crm:1 name=A mail=x\nerp:2 name=B mail=x\n";
    story_tell(rules, lines, "a|b");
    story_tell_blocked(rules, lines, "a|b");
    lines = "crm:1 name=A mail=x\nerp:2 name=A mail=y\n";
    story_tell_blocked(rules, lines, "ab");
    story_tell_blocked("key who: name\nunique mail\n", lines, "a|b");
}

/* A number of the national register is given on day 100. What a visitor record says of it until day
   100 is of somebody else; dated one day longer it is the same. */
static void linker_preset_national_rv_start_dating(void)
{
    const char *rules = "key number: number\nstrong name\n";
    story_tell(rules, "national:1 number=7@100.. name=A\nrv:1 number=7@50..100 name=A\n", "a|b");
    story_tell(rules, "national:1 number=7@100.. name=A\nrv:1 number=7@50..101 name=A\n", "ab");
    story_tell(rules, "national:1 number=7@100.. name=A\nrv:1 number=7@99..100 name=A\n"
                      "rv:2 number=7@100..101 name=B\nrv:3 number=7@50..100 name=B\n",
               "ac|b|d");
}

/* ---- other scenarios ----------------------------------------------------- */

/* A record that says two values of a strong identifier at once contradicts itself: that refuses no
   merge by itself. Against others both of its values count. */
static void linker_record_against_itself(void)
{
    const char *rules = "key who: name\nstrong ssn\n";
    story_tell(rules, "p:1 name=A ssn=1 ssn=2\nq:1 name=A\n", "ab");
    story_tell(rules, "p:1 name=A ssn=1 ssn=2\np:2 name=A ssn=1\n", "a|b");
    story_tell(rules, "p:1 name=A ssn=1 ssn=2\np:2 name=A ssn=1 ssn=2\n", "a|b");
}

/* Several values: those that share one do not clash, unless at some time they share none. */
static void linker_many(void)
{
    const char *rules = "key who: name\nstrong id many\n";
    story_tell(rules, "p:1 name=A id=1 id=2\np:2 name=A id=2 id=3\np:3 name=A\n", "abc");
    story_tell(rules, "p:1 name=A id=1 id=2\np:2 name=A id=3\n", "a|b");
    story_tell(rules, "p:1 name=A id=1 id=2@0..5\np:2 name=A id=2\n", "a|b");
    story_tell(rules, "p:1 name=A id=1@5..9 id=2@0..5\np:2 name=A id=2@..5 id=1@5..\n", "ab");
    /* 1-2 and 2-3 share, 1 and 3 do not: pairs of records decide, not what a cluster has by now */
    story_tell(rules, "p:1 name=A id=1\np:2 name=A id=1 id=2\np:3 name=A id=2\n", "ab|c");
}

static void linker_scopes(void)
{
    const char *lines = "p:1 name=A ssn=1\nq:1 name=A ssn=2\n";
    static story s;
    story_tell("key who: name\nstrong ssn\n", lines, "ab");
    story_tell("key who: name\nscope perspective\nstrong ssn\n", lines, "ab");
    story_begin(&s, "key who: name\nscope any\nstrong ssn\n", lines, false);
    story_runs(&s, "a|b");
    story_refused(&s, "who ssn : 1 a, 2 b");
    story_end(&s);
    story_tell("type t\nkey who: name\nstrong ssn\ntype u\nkey whose: name\n",
               "t/p:1 name=A ssn=1\nt/p:2 name=A ssn=2\nu/p:1 name=A ssn=1\nu/p:2 name=A ssn=2\n",
               "a|b|cd");
}

/* The key that is trusted more goes first: b belongs to c by the tax number before the name can
   give it to a. Below, the hierarchy tells what each weight joins. */
static void linker_key_weights(void)
{
    static story s;
    starlings_partition *cut;
    const char *lines = "p:1 name=A ssn=1\nq:1 name=A tax=7\np:2 tax=7 ssn=2\n";
    story_tell("key who: name\nkey tax: tax\nstrong ssn\n", lines, "ab|c");
    story_begin(&s, "key who: name\nkey tax: tax\nkey_weight who 0.5\nstrong ssn\n", lines, false);
    story_runs(&s, "a|bc");
    cut = model_partition_at(starlings_resolution_hierarchy(s.resolution), 500001);
    story_is(starlings_partition_labels(cut), 3, "a|bc");
    starlings_partition_release(cut);
    story_refused(&s, "who ssn p: 1 a, 2 b");
    story_end(&s);
    story_begin(&s, "key who: name\nkey tax: tax\nkey_weight who 0.25\nkey_weight tax 0.75\n",
                lines, false);
    story_runs(&s, "abc");
    cut = model_partition_at(starlings_resolution_hierarchy(s.resolution), 250001);
    story_is(starlings_partition_labels(cut), 3, "a|bc");
    starlings_partition_release(cut);
    cut = model_partition_at(starlings_resolution_hierarchy(s.resolution), 750001);
    story_is(starlings_partition_labels(cut), 3, "a|b|c");
    starlings_partition_release(cut);
    story_why(&s, 0, 2, "a who b [,); b tax c [,)");
    story_end(&s);
}

/* Of two ways the one whose weakest match is stronger, though it is longer. */
static void linker_why_takes_the_strongest(void)
{
    static story s;
    story_begin(&s,
                "key weak: w\nkey mid: m\nkey top: t\nkey_weight weak 0.1\n"
                "key_weight mid 0.5\n",
                "p:1 w=1 m=1\np:2 m=1 t=1\np:3 t=1 m=2\np:4 m=2 w=1\n", false);
    story_runs(&s, "abcd");
    story_why(&s, 0, 3, "a mid b [,); b top c [,); c mid d [,)");
    story_end(&s);
}

/* a and c would fit each other, but the only way between them is b, which went to neither. */
static void linker_apart_by_others(void)
{
    static story s;
    story_begin(&s, "key one: x\nkey two: y\nstrong ssn\n",
                "p:1 x=1 ssn=1\np:2 x=1 y=1 ssn=2\np:3 y=1 ssn=1\n", false);
    story_runs(&s, "a|b|c");
    story_why_not(&s, 0, 2, STARLINGS_APART_BY_OTHERS, "none");
    story_why_not(&s, 0, 1, STARLINGS_APART_BY_CLASH, "match; a 1 b 2 ssn [,)");
    story_refused(&s, "one ssn p: 1 a, 2 b; two ssn p: 1 c, 2 b");
    story_end(&s);
    story_begin(&s, "type t\nkey one: x\ntype u\nkey two: x\n", "t/p:1 x=1\nu/p:1 x=1\n", false);
    story_why_not(&s, 0, 1, STARLINGS_APART_BY_TYPE, "none");
    story_why_not(&s, 0, 0, STARLINGS_APART_NOT, "none");
    story_end(&s);
}

/* Clusters are compared, not the two records that meet: d fits b, but b is with a by then. */
static void linker_clusters_clash(void)
{
    static story s;
    story_begin(&s, "key one: x\nkey two: y\nstrong ssn\n",
                "p:1 x=1 ssn=1\nq:1 x=1 y=1\np:2 y=1 ssn=2\n", false);
    story_runs(&s, "ab|c");
    story_refused(&s, "two ssn p: 1 a, 2 c");
    story_why_not(&s, 1, 2, STARLINGS_APART_BY_CLASH, "match; a 1 c 2 ssn [,)");
    story_end(&s);
}

/* ---- the replay, step by step -------------------------------------------- */

/* A cluster is open until the furthest end of its members in the bucket: that of the first of them,
   or of the second. d clashes with a and makes them contested. */
static void linker_replay_furthest_end(void)
{
    story_tell(story_rules,
               "p:1 name=A@0..10 ssn=1\nq:1 name=A@1..3\nq:2 name=A@5..6\np:2 name=A@0..1 ssn=2\n",
               "abc|d");
    story_tell(story_rules,
               "p:1 name=A@0..2 ssn=1\nq:1 name=A@1..10\nq:2 name=A@5..6\np:2 name=A@0..1 ssn=2\n",
               "abc|d");
    /* it has ended when the next begins, though it goes on in another bucket */
    story_tell("key who: name\nkey mail: mail\nstrong ssn\n",
               "p:1 name=A@0..5 mail=x@0..9 ssn=1\nq:1 name=A@5..9 mail=y\np:2 name=A@4..6 ssn=2\n",
               "a|bc");
}

/* By start first, then by identity, not by arrival. b begins earlier than a and is met first. */
static void linker_replay_order_of_entries(void)
{
    story_tell(story_rules, "p:1 name=A@2..9 ssn=1\np:2 name=A@1..9 ssn=2\np:3 name=A@0..3\n",
               "bc|a");
    story_tell(story_rules, "p:1 name=A@1..9 ssn=1\np:2 name=A@1..9 ssn=2\np:3 name=A@0..3\n",
               "ac|b");
}

/* Open clusters by their smallest identity, which need not be that of the record that opened them:
   the cluster of p:5 has p:0 by its other key, which is worth more. */
static void linker_replay_order_of_clusters(void)
{
    const char *rules = "key who: name\nkey mail: mail\nkey_weight who 0.5\nstrong ssn\n";
    story_tell(rules,
               "p:5 name=A ssn=1 mail=x\np:3 name=A ssn=2\nq:1 name=A\np:0 mail=x ssn=1\n",
               "acd|b");
    story_tell(rules, "p:5 name=A ssn=1 mail=x\np:3 name=A ssn=2\nq:1 name=A\np:6 mail=x ssn=1\n",
               "ad|bc");
}

/* Buckets by the bytes of their values: "10" before "2"; first attributes before second ones. */
static void linker_replay_order_of_buckets(void)
{
    story_tell("key k: x, y\nstrong ssn\n",
               "p:1 x=10 y=9 ssn=1\np:2 x=2 y=1 ssn=2\nq:1 x=10 x=2 y=9 y=1\n", "ac|b");
    story_tell("key k: y, x\nstrong ssn\n",
               "p:1 x=10 y=9 ssn=1\np:2 x=2 y=1 ssn=2\nq:1 x=10 x=2 y=9 y=1\n", "a|bc");
    story_tell("key k: x\nstrong ssn\n", "p:1 x=^ ssn=1\np:2 x=a ssn=2\nq:1 x=^ x=a\n", "a|bc");
    story_tell("key k: x\nstrong ssn\n", "p:1 x=a~ ssn=1\np:2 x=a ssn=2\nq:1 x=a~ x=a\n", "a|bc");
}

/* A record grows as it goes: c takes a, and then b has to fit a as well. */
static void linker_replay_growing(void)
{
    story_tell("key k: x\nstrong s\nstrong t\n", "p:1 x=1 s=1 t=1\np:2 x=1 t=2\np:3 x=1 s=1\n",
               "ac|b");
    story_tell("key k: x\nkey l: y\nstrong t\n",
               "p:1 x=1\np:2 x=1 t=2\np:3 x=1\nq:1 y=1\np:4 y=1 t=3\n", "abc|de");
    story_tell("key k: x\nkey l: y\nstrong t\n",
               "p:1 x=1\np:2 x=1 t=2\np:3 x=1 y=1\nq:1 y=1\np:4 y=1 t=3\n", "abcd|e");
}

/* ---- many records -------------------------------------------------------- */

/* Records of few facts, with numbers for texts. */
typedef struct bulk {
    starlings_temporal_record *records;
    starlings_descriptor *facts;
    char *bytes;
    size_t record_count, fact_count, byte_count;
    size_t record_capacity;
} bulk;

enum { BULK_FACTS = 4, BULK_TEXT = 12 };

static bulk bulk_make(size_t capacity)
{
    bulk b = { NULL, NULL, NULL, 0, 0, 0, 0 };
    b.record_capacity = capacity;
    b.records = (starlings_temporal_record *)model_new(capacity, sizeof *b.records);
    b.facts = (starlings_descriptor *)model_new(capacity * BULK_FACTS, sizeof *b.facts);
    b.bytes = (char *)model_new(capacity * (BULK_FACTS + 1), BULK_TEXT);
    return b;
}

static void bulk_free(bulk *b)
{
    free(b->records);
    free(b->facts);
    free(b->bytes);
}

static starlings_text bulk_number(bulk *b, uint32_t number)
{
    starlings_text text;
    char *out = b->bytes + b->byte_count;
    b->byte_count += BULK_TEXT;
    text.size = (size_t)snprintf(out, BULK_TEXT, "%u", number);
    text.text = out;
    return text;
}

static void bulk_record(bulk *b, const char *perspective, uint32_t uid)
{
    starlings_temporal_record *r = &b->records[b->record_count++];
    lmodel_room(b->record_count <= b->record_capacity);
    r->type = starlings_text_of("");
    r->perspective = starlings_text_of(perspective);
    r->uid = bulk_number(b, uid);
    r->descriptors = b->facts + b->fact_count;
    r->descriptor_count = 0;
}

static void bulk_fact(bulk *b, const char *attribute, uint32_t value, int64_t start, int64_t end)
{
    starlings_descriptor *d = &b->facts[b->fact_count++];
    lmodel_room(b->fact_count <= b->record_capacity * BULK_FACTS);
    d->attribute = starlings_text_of(attribute);
    d->value = bulk_number(b, value);
    d->valid.start = start;
    d->valid.end = end;
    b->records[b->record_count - 1].descriptor_count++;
}

static void bulk_always(bulk *b, const char *attribute, uint32_t value)
{
    bulk_fact(b, attribute, value, STARLINGS_START_OF_TIME, STARLINGS_END_OF_TIME);
}

/* Link all of them, in batches of `size` (resolved after each if so wanted). */
static starlings_resolution *bulk_link(const bulk *b, const char *rules, size_t size, bool each,
                                       uint32_t threads)
{
    static lmodel_case c;
    linker_world w;
    starlings_env env;
    starlings_resolution *resolution = NULL;
    memset(&env, 0, sizeof env);
    env.workers.count = threads;
    lmodel_read(&c, rules, "");
    if (!linker_open(&w, &c, &env))
        return NULL;
    for (size_t at = 0; at < b->record_count; at += size) {
        size_t left = b->record_count - at;
        T_STATUS(starlings_linker_add(w.linker, b->records + at, size < left ? size : left, NULL),
                 STARLINGS_OK);
        if (each && left > size) {
            resolution = linker_resolve(&w);
            starlings_resolution_release(resolution);
        }
    }
    resolution = linker_resolve(&w);
    linker_close(&w);
    return resolution;
}

static uint32_t bulk_entities(const starlings_resolution *resolution)
{
    return starlings_partition_entity_count(starlings_resolution_partition(resolution));
}

static void bulk_is(const bulk *b, const char *rules, size_t size, bool each, uint32_t entities)
{
    starlings_resolution *resolution = bulk_link(b, rules, size, each, 1);
    T_REQUIRE(resolution != NULL);
    T_EQ_U64(bulk_entities(resolution), entities);
    starlings_resolution_release(resolution);
}

static uint32_t bulk_hot(void)
{
    return t_state.big ? 100000 : 5000;
}

/* All on one key, each overlapping only the next: one entity. */
static void linker_hot_key_links_all(void)
{
    uint32_t count = bulk_hot();
    bulk b = bulk_make(count);
    starlings_resolution *resolution;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)((uint64_t)i * 7919 % count); /* 7919 is prime: each once */
        bulk_record(&b, "p", at);
        bulk_fact(&b, "name", 1, at, (int64_t)at + 2);
    }
    resolution = bulk_link(&b, story_rules, count, false, 2);
    T_REQUIRE(resolution != NULL);
    T_EQ_U64(bulk_entities(resolution), 1);
    T_EQ_U64(starlings_resolution_statistics(resolution).contested, 0);
    T_EQ_U64(starlings_resolution_statistics(resolution).key_values, 1);
    starlings_resolution_release(resolution);
    bulk_free(&b);
}

/* All on one key at one time, each with a number of its own: nobody is anybody else, and the list
   of what was refused is as long as the records, not as their pairs. */
static void linker_hot_key_all_clash(void)
{
    uint32_t count = bulk_hot();
    bulk b = bulk_make(count);
    starlings_resolution *resolution;
    starlings_refusals *refusals = NULL;
    starlings_refusal refusal;
    for (uint32_t i = 0; i < count; i++) {
        bulk_record(&b, "p", i);
        bulk_always(&b, "name", 1);
        bulk_always(&b, "ssn", i);
    }
    resolution = bulk_link(&b, story_rules, count, false, 2);
    T_REQUIRE(resolution != NULL);
    T_EQ_U64(bulk_entities(resolution), count);
    T_EQ_U64(starlings_resolution_statistics(resolution).contested, 1);
    T_STATUS(starlings_refusals_create(resolution, NULL, &refusals), STARLINGS_OK);
    T_EQ_U64(starlings_refusals_count(refusals), 1);
    T_CHECK(starlings_refusals_at(refusals, 0, &refusal) && refusal.side_count == count);
    starlings_refusals_release(refusals);
    starlings_resolution_release(resolution);
    bulk_free(&b);
}

/* Each number comes twice, at times that shift; the others are in the way. */
static void linker_hot_key_pairs(void)
{
    uint32_t count = bulk_hot() / 2;
    bulk b = bulk_make(2 * (size_t)count);
    starlings_resolution *resolution;
    for (uint32_t i = 0; i < 2 * count; i++) {
        bulk_record(&b, "p", i);
        bulk_fact(&b, "name", 1, i % 50, 100 + i % 70);
        bulk_always(&b, "ssn", i % count);
    }
    resolution = bulk_link(&b, story_rules, 2 * (size_t)count, false, 1);
    T_REQUIRE(resolution != NULL);
    T_EQ_U64(bulk_entities(resolution), count);
    for (uint32_t i = 0; i < count; i += 97)
        T_EQ_U64(starlings_partition_entity_of(starlings_resolution_partition(resolution), i),
                 starlings_partition_entity_of(starlings_resolution_partition(resolution),
                                               i + count));
    starlings_resolution_release(resolution);
    bulk_free(&b);
}

/* A key that has two owners at each time, who dispute the tax number, and then others. One of each
   two has an ssn of its own for all time: nobody was refused for that. */
static void linker_hot_key_in_turn(void)
{
    uint32_t count = t_state.big ? 20000 : 1000;
    bulk b = bulk_make(2 * (size_t)count);
    starlings_resolution *resolution;
    starlings_refusals *refusals = NULL;
    starlings_refusal refusal;
    for (uint32_t i = 0; i < 2 * count; i++) {
        bulk_record(&b, "p", i);
        bulk_fact(&b, "name", 1, i / 2, i / 2 + 1);
        bulk_always(&b, "tax", i);
        if (i % 2 == 0)
            bulk_always(&b, "ssn", i);
    }
    resolution = bulk_link(&b, "key who: name\nstrong ssn\nstrong tax\n", 2 * (size_t)count,
                           false, 1);
    T_REQUIRE(resolution != NULL);
    T_EQ_U64(bulk_entities(resolution), 2 * count);
    T_EQ_U64(starlings_resolution_statistics(resolution).contested, count);
    T_STATUS(starlings_refusals_create(resolution, NULL, &refusals), STARLINGS_OK);
    T_EQ_U64(starlings_refusals_count(refusals), 1);
    T_CHECK(starlings_refusals_at(refusals, 0, &refusal) && refusal.side_count == 2 * count);
    T_CHECK(linker_same_text(refusal.attribute, starlings_text_of("tax")));
    starlings_refusals_release(refusals);
    starlings_resolution_release(resolution);
    bulk_free(&b);
}

/* Records of three registers. Crowded: nearly all hang together in one component; else in thousands
   of small ones. Either way many are kept apart. */
static void bulk_town(bulk *b, t_rng *rng, uint32_t count, bool crowded)
{
    static const char *const perspectives[] = { "p", "q", "r" };
    for (uint32_t i = 0; i < count; i++) {
        int64_t start = t_below(rng, 50);
        bulk_record(b, perspectives[i % 3], i / 3);
        bulk_fact(b, "name", t_below(rng, crowded ? count / 4 : count / 2), start, start + 30);
        if (crowded || i % 4 == 0)
            bulk_always(b, "mail", t_below(rng, count / 2));
        if (i % 2 == 0)
            bulk_always(b, "ssn", t_below(rng, 4));
    }
}

static void bulk_shuffle(bulk *b, t_rng *rng)
{
    for (size_t i = b->record_count; i > 1; i--) {
        size_t other = t_below(rng, (uint32_t)i);
        starlings_temporal_record kept = b->records[i - 1];
        b->records[i - 1] = b->records[other];
        b->records[other] = kept;
    }
}

/* Enough records that threads share the work: the same hash by 1, 2 and 4 of them, in any order, in
   one batch or in several. */
static void bulk_threads(bool crowded)
{
    uint32_t count = t_state.big ? 40000 : 3000;
    uint64_t want = 0;
    t_rng rng = t_rng_make(840 + crowded);
    bulk b = bulk_make(count);
    bulk_town(&b, &rng, count, crowded);
    for (uint32_t round = 0; round < (t_state.big ? 30u : 4u); round++) {
        starlings_resolution *resolution =
            bulk_link(&b, "key who: name\nkey mail: mail\nkey_weight mail 0.5\nstrong ssn\n",
                      round % 2 == 0 ? count : count / 3, round % 4 == 3, 1u << round % 3);
        uint64_t got;
        T_REQUIRE(resolution != NULL);
        T_CHECK(starlings_resolution_statistics(resolution).contested >= (crowded ? 1u : 50u));
        got = linker_hash(resolution);
        want = round == 0 ? got : want;
        T_EQ_U64(got, want);
        starlings_resolution_release(resolution);
        bulk_shuffle(&b, &rng);
    }
    bulk_free(&b);
}

static void linker_many_threads(void)
{
    bulk_threads(false);
    bulk_threads(true);
}

/* ---- what calls promise -------------------------------------------------- */

/* No more is written than there is room for, and the number is always told. */
static void linker_writes_what_fits(void)
{
    static story s;
    starlings_match chain[3], canary[3];
    starlings_clash clashes[3], still[3];
    starlings_apart apart;
    bool matches;
    size_t count = 0;
    story_begin(&s, "key k: k\nkey l: l\nstrong x\nstrong y\n",
                "p:1 k=1\np:2 k=1@0..5 l=1\np:3 l=1\np:4 k=2 x=1 y=1\np:5 k=2 x=2 y=2\n", false);
    memset(chain, 0x5a, sizeof chain);
    memcpy(canary, chain, sizeof canary);
    memset(clashes, 0x5a, sizeof clashes);
    memcpy(still, clashes, sizeof still);
    T_STATUS(starlings_resolution_why(s.resolution, 0, 2, NULL, chain, 1, &count), STARLINGS_OK);
    T_EQ_U64(count, 2);
    T_CHECK(chain[0].a == 0 && chain[0].b == 1);
    T_CHECK(memcmp(chain + 1, canary + 1, 2 * sizeof chain[0]) == 0);
    T_STATUS(starlings_resolution_why_not(s.resolution, 3, 4, NULL, &apart, &matches, clashes, 1,
                                          &count),
             STARLINGS_OK);
    T_EQ_U64(count, 2);
    T_CHECK(matches && linker_same_text(clashes[0].attribute, starlings_text_of("x")));
    T_CHECK(memcmp(clashes + 1, still + 1, 2 * sizeof clashes[0]) == 0);
    T_STATUS(starlings_resolution_why(s.resolution, 0, 5, NULL, chain, 1, &count),
             STARLINGS_ERR_RANGE);
    T_EQ_U64(count, 0);
    T_STATUS(starlings_resolution_why(s.resolution, STARLINGS_NONE, 0, NULL, chain, 1, &count),
             STARLINGS_ERR_RANGE);
    T_STATUS(starlings_resolution_why_not(s.resolution, 5, 0, NULL, &apart, &matches, clashes, 1,
                                          &count),
             STARLINGS_ERR_RANGE);
    story_end(&s);
}

static void linker_arguments(void)
{
    static story s;
    starlings_linker_desc desc;
    starlings_linker *linker = NULL;
    starlings_resolution *resolution = NULL;
    starlings_refusals *refusals = NULL;
    starlings_temporal_record record;
    starlings_text text;
    memset(&desc, 0, sizeof desc);
    T_STATUS(starlings_linker_create(&desc, &linker), STARLINGS_ERR_ARG); /* no ontology */
    T_CHECK(linker == NULL);
    T_STATUS(starlings_linker_create(NULL, &linker), STARLINGS_ERR_ARG);
    T_STATUS(starlings_linker_resolve(NULL, &resolution), STARLINGS_ERR_ARG);
    T_STATUS(starlings_refusals_create(NULL, NULL, &refusals), STARLINGS_ERR_ARG);
    T_CHECK(resolution == NULL && refusals == NULL);
    starlings_linker_release(NULL);
    starlings_resolution_release(NULL);
    starlings_refusals_release(NULL);
    story_begin(&s, story_rules, "p:1 name=A\n", false);
    T_STATUS(starlings_linker_resolve(s.w.linker, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_linker_add(s.w.linker, NULL, 1, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_linker_add(s.w.linker, NULL, 0, NULL), STARLINGS_OK);
    T_STATUS(starlings_ontology_read(s.w.ontology, starlings_text_of("strong city\n")),
             STARLINGS_ERR_ARG); /* a linker has taken it */
    T_CHECK(!starlings_resolution_record(s.resolution, 1, &record));
    T_CHECK(!starlings_resolution_key_value(s.resolution, STARLINGS_NONE, 0, &text, &text));
    story_end(&s);
}

/* What a resolution hands out lives without the linker, and without the resolution if retained. */
static void linker_resolutions_live_on(void)
{
    static story s;
    starlings_resolution *first;
    starlings_hierarchy *hierarchy;
    starlings_partition *partition;
    starlings_refusals *refusals = NULL;
    starlings_refusal refusal;
    uint64_t hash;
    const uint32_t order[4] = { 0, 1, 2, 3 };
    lmodel_read(&s.c, story_rules,
                "p:1 name=A ssn=1\nq:1 name=A\np:2 name=A ssn=2\np:3 name=A ssn=2\n");
    T_REQUIRE(linker_open(&s.w, &s.c, NULL));
    T_STATUS(linker_feed(&s.w, order, 3), STARLINGS_OK);
    first = linker_resolve(&s.w);
    hash = linker_hash(first);
    T_STATUS(linker_feed(&s.w, order + 3, 1), STARLINGS_OK);
    s.resolution = linker_resolve(&s.w);
    linker_close(&s.w);
    T_EQ_U64(linker_hash(first), hash);
    T_EQ_U64(starlings_resolution_statistics(first).records, 3);
    T_EQ_U64(starlings_resolution_find(first, starlings_text_of(""), starlings_text_of("p"),
                                       starlings_text_of("3")),
             STARLINGS_NONE); /* it came later */
    starlings_resolution_release(first);
    story_is(starlings_partition_labels(starlings_resolution_partition(s.resolution)), 4, "ab|cd");
    hierarchy = starlings_hierarchy_retain(starlings_resolution_hierarchy(s.resolution));
    partition = starlings_partition_retain(starlings_resolution_partition(s.resolution));
    T_STATUS(starlings_refusals_create(s.resolution, NULL, &refusals), STARLINGS_OK);
    starlings_resolution_release(s.resolution);
    T_CHECK(starlings_refusals_at(refusals, 0, &refusal));
    T_CHECK(linker_same_text(refusal.attribute, starlings_text_of("ssn")));
    starlings_refusals_release(refusals);
    T_EQ_U64(starlings_partition_entity_count(partition), 2);
    T_EQ_U64(starlings_hierarchy_record_count(hierarchy), 4);
    starlings_hierarchy_release(hierarchy);
    starlings_partition_release(partition);
}

/* A resolution is a collection: its records are known by perspective and uid, types and colons in
   names never mix them up, and a frame takes it. */
static void linker_collections(void)
{
    static lmodel_case c;
    static const char *const types[] = { "", "", "t", "t" };
    static const char *const perspectives[] = { "p", "t:p", "p", "p:q" };
    static const char *const sources[] = { "p", ":t:p", "t:p", "t:p:q" };
    linker_world w;
    starlings_temporal_record records[4];
    starlings_descriptor same[1];
    starlings_resolution *resolution;
    starlings_collection *collection = NULL;
    starlings_partition *partition = NULL;
    const starlings_context *context;
    idem_open(&w, &c, "key who: name\nkey_weight who 0.75\n");
    same[0] = idem_fact("name", "A", 0, 1);
    for (uint32_t i = 0; i < 4; i++) {
        records[i] = idem_record("1", same, 1);
        records[i].type = starlings_text_of(types[i]);
        records[i].perspective = starlings_text_of(perspectives[i]);
    }
    T_STATUS(starlings_linker_add(w.linker, records, 4, NULL), STARLINGS_OK);
    resolution = linker_resolve(&w);
    linker_close(&w);
    T_STATUS(starlings_resolution_collection(resolution, NULL, &collection), STARLINGS_OK);
    T_REQUIRE(collection != NULL);
    context = starlings_collection_context(collection);
    T_EQ_U64(starlings_context_count(context), 4);
    for (uint32_t i = 0; i < 4; i++) {
        starlings_identity who = starlings_context_identity(context, i);
        T_CHECK(linker_same_text(who.source, starlings_text_of(sources[i])));
        T_CHECK(linker_same_text(who.key, starlings_text_of("1")));
    }
    starlings_resolution_release(resolution);
    T_STATUS(starlings_collection_partition(collection, 0.75, NULL, &partition), STARLINGS_OK);
    story_is(starlings_partition_labels(partition), 4, "ab|cd");
    starlings_partition_release(partition);
    T_STATUS(starlings_collection_partition(collection, 0.76, NULL, &partition), STARLINGS_OK);
    story_is(starlings_partition_labels(partition), 4, "a|b|c|d");
    starlings_partition_release(partition);
    starlings_collection_release(collection);
}

/* ---- faults of other designs: the linker --------------------------------- */

/* Checking and then merging is one step: a contested component does not depend on threads. */
static void linker_fault_04_guards_race(void)
{
    uint32_t count = 4000;
    bulk b = bulk_make(count);
    for (uint32_t i = 0; i < count; i++) {
        bulk_record(&b, i % 2 == 0 ? "p" : "q", i);
        bulk_always(&b, "name", i / 40);
        if (i % 2 == 0)
            bulk_always(&b, "ssn", i % 6);
    }
    for (uint32_t threads = 1; threads <= 4; threads++) {
        starlings_resolution *resolution = bulk_link(&b, story_rules, count, false, threads);
        T_REQUIRE(resolution != NULL);
        T_EQ_U64(bulk_entities(resolution), 300); /* three numbers in each of 100 names */
        starlings_resolution_release(resolution);
    }
    bulk_free(&b);
}

/* Two keys that match the same two records do not stand in each other's way. */
static void linker_fault_05_guards_of_records(void)
{
    const char *lines = "p:1 name=A@0..10 mail=x@0..10 ssn=1\np:2 name=A@5..15 mail=x@2..9 ssn=1\n"
                        "q:1 mail=x@8..12 name=A@1..3 ssn=9\n";
    story_tell("key who: name\nkey mail: mail\nstrong ssn\n", lines, "abc");
    story_tell("key mail: mail\nkey who: name\nstrong ssn\n", lines, "abc");
}

/* A record that comes again takes nothing apart and forgets no refusal. */
static void linker_fault_06_adding_again(void)
{
    static story s;
    uint32_t order[3] = { 0, 2, 1 };
    starlings_resolution *again;
    story_begin(&s, story_rules, "p:1 name=A ssn=1\nq:1 name=A\np:2 name=A ssn=2\n", false);
    for (uint32_t i = 0; i < 3; i++)
        T_STATUS(linker_feed(&s.w, order + i, 1), STARLINGS_OK);
    again = linker_resolve(&s.w);
    story_is(starlings_partition_labels(starlings_resolution_partition(again)), 3, "ab|c");
    T_EQ_U64(linker_hash(again), linker_hash(s.resolution));
    starlings_resolution_release(again);
    story_end(&s);
}

/* 250 records in batches of 1, 99, 100, 101 and all at once. */
static void linker_fault_07_batch_sizes(void)
{
    static const size_t sizes[] = { 1, 99, 100, 101, 250 };
    uint64_t want = 0;
    bulk b = bulk_make(250);
    for (uint32_t i = 0; i < 250; i++) {
        bulk_record(&b, i % 3 == 0 ? "p" : "q", i);
        bulk_fact(&b, "name", i % 20, i % 7, i % 7 + 3);
        bulk_always(&b, "ssn", i % 11);
    }
    for (size_t i = 0; i < 10; i++) {
        starlings_resolution *resolution = bulk_link(&b, story_rules, sizes[i / 2], i % 2 == 1, 1);
        uint64_t got;
        T_REQUIRE(resolution != NULL);
        got = linker_hash(resolution);
        want = i == 0 ? got : want;
        T_EQ_U64(got, want);
        starlings_resolution_release(resolution);
    }
    bulk_free(&b);
}

/* Who comes first does not matter, what was refused is told, and the key goes on working. */
static void linker_fault_08_greedy_blocking(void)
{
    static story s;
    story_begin(&s, story_rules,
                "p:1 name=A ssn=1\nq:1 name=A\np:2 name=A ssn=2\np:3 name=A ssn=1\n"
                "q:2 name=A ssn=5\np:4 name=A ssn=2\n",
                false);
    story_runs(&s, "abde|cf");
    story_refused(&s, "who ssn p: 1 a, 2 c");
    story_end(&s);
}

/* No merge is lost to a cap or a sample, however many share a key (also 10, 11, 12: at the sizes at
   which caps began, and past them). */
static void linker_fault_09_caps_and_samples(void)
{
    static const uint32_t sizes[] = { 8, 9, 200, 201, 499, 500, 501, 1000, 1999, 2000, 2001 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bulk b = bulk_make(sizes[i]);
        for (uint32_t r = 0; r < sizes[i]; r++) {
            bulk_record(&b, "p", r);
            bulk_always(&b, "name", 1);
        }
        bulk_is(&b, story_rules, sizes[i], false, 1);
        bulk_free(&b);
    }
}

static void linker_fault_10_caps_at_their_bounds(void)
{
    static const uint32_t sizes[] = { 9999, 10000, 10001, 50001 };
    for (size_t i = 0; i < (t_state.big ? 4u : 1u); i++) {
        bulk b = bulk_make(sizes[i]);
        for (uint32_t r = 0; r < sizes[i]; r++) {
            bulk_record(&b, r % 2 == 0 ? "p" : "q", r);
            bulk_always(&b, "name", 1);
            if (r % 2 == 0)
                bulk_always(&b, "ssn", 7);
        }
        bulk_is(&b, story_rules, sizes[i] / 2 + 1, true, 1);
        bulk_free(&b);
    }
}

/* A key with 700 entities that clash still finds the one that a late record belongs to. */
static void linker_fault_11_hot_by_clusters(void)
{
    bulk b = bulk_make(702);
    starlings_resolution *resolution;
    const starlings_partition *partition;
    for (uint32_t i = 0; i < 700; i++) {
        bulk_record(&b, "p", i);
        bulk_always(&b, "name", 1);
        bulk_always(&b, "ssn", i);
    }
    bulk_record(&b, "p", 9999);
    bulk_always(&b, "name", 1);
    bulk_always(&b, "ssn", 643);
    resolution = bulk_link(&b, story_rules, 700, true, 1);
    T_REQUIRE(resolution != NULL);
    partition = starlings_resolution_partition(resolution);
    T_EQ_U64(bulk_entities(resolution), 700);
    T_EQ_U64(starlings_partition_entity_of(partition, 700), 643);
    starlings_resolution_release(resolution);
    bulk_free(&b);
}

/* Many candidates: the first that fits is taken, none is put off. The stranger's identity is the
   largest, so it comes last and meets all 600 in the order of theirs: "0" is the smallest. */
static void linker_fault_12_all_candidates_skipped(void)
{
    bulk b = bulk_make(601);
    starlings_resolution *resolution;
    for (uint32_t i = 0; i < 600; i++) {
        bulk_record(&b, "p", i);
        bulk_always(&b, "name", 1);
        bulk_always(&b, "ssn", i);
    }
    bulk_record(&b, "q", 0);
    bulk_always(&b, "name", 1);
    resolution = bulk_link(&b, story_rules, 601, false, 1);
    T_REQUIRE(resolution != NULL);
    T_EQ_U64(bulk_entities(resolution), 600);
    T_EQ_U64(starlings_partition_entity_of(starlings_resolution_partition(resolution), 600), 0);
    starlings_resolution_release(resolution);
    bulk_free(&b);
}

/* Whichever record comes first, and is number 0, is like the others. */
static void linker_fault_13_small_numbers(void)
{
    uint64_t want = 0;
    for (uint32_t first = 0; first < 8; first++) {
        bulk b = bulk_make(8);
        starlings_resolution *resolution;
        for (uint32_t i = 0; i < 8; i++) {
            uint32_t r = (first + i) % 8;
            bulk_record(&b, "p", r);
            bulk_fact(&b, "name", r / 3, r, r + 2);
            bulk_always(&b, "ssn", r / 2);
        }
        resolution = bulk_link(&b, story_rules, 3, true, 1);
        T_REQUIRE(resolution != NULL);
        want = first == 0 ? linker_hash(resolution) : want;
        T_EQ_U64(linker_hash(resolution), want);
        T_EQ_U64(bulk_entities(resolution), 5); /* 01|2|3|45|67 */
        starlings_resolution_release(resolution);
        bulk_free(&b);
    }
}

/* Records that match by their second or third key alone. */
static void linker_fault_14_only_the_first_key(void)
{
    story_tell("key one: x\nkey two: y\nkey three: z\n",
               "p:1 x=1 y=1 z=1\np:2 x=2 y=1 z=2\np:3 x=3 y=3 z=2\np:4 x=4 y=4 z=4\np:5 z=4\n",
               "abc|de");
}

/* The same key asked again at other times, in no time: the interval counts. */
static void linker_fault_15_cached_candidates(void)
{
    static story s;
    story_begin(&s, "key who: name\n",
                "p:1 name=A@0..5\np:2 name=A@5..9\np:3 name=A@20..30\np:4 name=A@4..6\n"
                "p:5 name=A@30..31\n",
                false);
    story_runs(&s, "abd|c|e");
    story_end(&s);
}

/* Twenty values of one attribute, each at a time of its own: all are keys. */
static void linker_fault_16_eight_values(void)
{
    static linker_text lines;
    lines.size = 0;
    linker_say(&lines, "p:0");
    for (uint32_t i = 0; i < 20; i++) {
        linker_say(&lines, " phone=");
        linker_say_number(&lines, i);
        linker_say(&lines, i % 2 == 0 ? "@0..1" : "@0..100");
    }
    for (uint32_t i = 0; i < 20; i++) {
        linker_say(&lines, "\nq:");
        linker_say_number(&lines, i);
        linker_say(&lines, " phone=");
        linker_say_number(&lines, i);
        linker_say(&lines, "@0..1");
    }
    linker_say(&lines, "\n");
    story_tell("key phone: phone\n", lines.text, "abcdefghijklmnopqrstu");
}

/* What a cluster says is not forgotten, however many others there are by the time it is needed. */
static void linker_fault_17_forgotten_summaries(void)
{
    bulk b = bulk_make(6001);
    for (uint32_t i = 0; i < 6000; i++) {
        bulk_record(&b, "p", i);
        bulk_always(&b, "name", i / 2);
        bulk_always(&b, "ssn", i / 2);
    }
    bulk_record(&b, "p", 6000);
    bulk_always(&b, "name", 0);
    bulk_always(&b, "ssn", 1);
    bulk_is(&b, story_rules, 6000, true, 3001);
    bulk_free(&b);
}

/* A key that was not seen for long is the same key. */
static void linker_fault_18_cold_keys(void)
{
    bulk b = bulk_make(3003);
    for (uint32_t i = 0; i < 3003; i++) {
        bulk_record(&b, "p", i);
        bulk_fact(&b, "name", i % 3001, i / 3001, 5); /* 0 and 1 come back */
    }
    bulk_is(&b, story_rules, 1001, true, 3001);
    bulk_free(&b);
}

/* Three records, and the same three beside others: the same answer. */
static void linker_fault_19_exactly_three(void)
{
    const char *rules = story_rules;
    story_tell(rules, "p:1 name=A ssn=1\np:2 name=A ssn=2\nq:1 name=A\n", "ac|b");
    story_tell(rules, "p:1 name=A ssn=1\np:2 name=A ssn=2\nq:1 name=A\nq:2 name=B\n", "ac|b|d");
    story_tell(rules, "p:1 name=A ssn=1\np:2 name=A ssn=2\nq:1 name=A\nq:2 name=A\n", "acd|b");
}

/* After the second batch what is told is about the right entities. */
static void linker_fault_20_entities_after_more_came(void)
{
    static story s;
    uint32_t order[6] = { 0, 1, 2, 3, 4, 5 };
    lmodel_read(&s.c, story_rules,
                "p:1 name=B\np:2 name=A ssn=1\np:3 name=A ssn=2\nq:4 name=B\nq:5 name=A\n"
                "p:6 name=A ssn=3\n");
    T_REQUIRE(linker_open(&s.w, &s.c, NULL));
    T_STATUS(linker_feed(&s.w, order, 3), STARLINGS_OK);
    s.resolution = linker_resolve(&s.w);
    story_refused(&s, "who ssn p: 1 b, 2 c");
    starlings_resolution_release(s.resolution);
    T_STATUS(linker_feed(&s.w, order + 3, 3), STARLINGS_OK);
    s.resolution = linker_resolve(&s.w);
    story_is(starlings_partition_labels(starlings_resolution_partition(s.resolution)), 6,
             "ad|be|c|f");
    story_refused(&s, "who ssn p: 1 b, 2 c, 3 f");
    story_end(&s);
}

/* Number 0 is a record, a value, an attribute like any other; and so is the empty text. */
static void linker_fault_21_zero_is_no_number(void)
{
    story_tell("strong a\nkey k: b\n", ":0 a=0 b=0\n:1 a=1 b=0\n:2 b=0\n", "ac|b");
    story_tell("key k: a\n", ": a=\np: a=\n:q a=x\n", "ab|c");
    story_tell("key k: a\n", "p:1 a=1~\np:2 a=1\np:3 a=1~~\np:4 a=1~\n", "ad|b|c");
}

/* ---- faults: time -------------------------------------------------------- */

/* Unbounded intervals have no length that could overflow. */
static void linker_fault_23_unbounded(void)
{
    story_tell(story_rules,
               "p:1 name=A@.. ssn=1@..0\np:2 name=A@-9223372036854775807.. ssn=2@0..\n"
               "p:3 name=A@..9223372036854775806 ssn=3@-9223372036854775807..1\n",
               "ab|c");
}

/* Pieces of a value become one, whatever stands between them. */
static void linker_fault_24_values_in_between(void)
{
    static story s;
    starlings_descriptor d;
    story_begin(&s, "key who: name\n",
                "p:1 name=A@0..2 name=B@1..5 name=A@4..6 name=A@2..4\np:2 name=A@3..4\n", false);
    T_CHECK(starlings_resolution_descriptor(s.resolution, 0, 0, &d));
    T_CHECK(d.valid.start == 0 && d.valid.end == 6);
    T_CHECK(!starlings_resolution_descriptor(s.resolution, 0, 2, &d));
    story_runs(&s, "ab");
    story_why(&s, 0, 1, "a who b [3,4)");
    story_end(&s);
}

/* What touches does not overlap: neither for keys nor for clashes. */
static void linker_fault_25_touching(void)
{
    story_tell("key who: name\n", "p:1 name=A@0..5\np:2 name=A@5..9\n", "a|b");
    story_tell(story_rules, "p:1 name=A ssn=1@0..5\np:2 name=A ssn=2@5..9\n", "ab");
    story_tell("key both: x, y\n", "p:1 x=1@0..5 y=1@5..9\np:2 x=1@0..5 y=1@5..9\n", "a|b");
}

/* At one time what ends goes before what begins. */
static void linker_fault_26_ends_before_starts(void)
{
    story_tell(story_rules,
               "p:1 name=A@0..5 ssn=1\np:2 name=A@5..9 ssn=2\np:3 name=A@0..5 ssn=1\n"
               "p:4 name=A@5..9 ssn=2\n",
               "ac|bd");
    story_tell("key who: name\nstrong id many\n",
               "p:1 name=A id=1@0..5 id=2@5..9\np:2 name=A id=1@0..5 id=2@5..9\n", "ab");
}

static void linker_fault_27_times_below_zero(void)
{
    story_tell(story_rules,
               "p:1 name=A@-10..-5 ssn=1@-10..-5\np:2 name=A@-7..-1 ssn=2@-5..0\n"
               "p:3 name=A@-6..-5 ssn=2@-6..-5\np:4 name=A@-1..0\np:5 name=A@0..1\n",
               "ab|c|d|e");
}

/* ---- faults: hashes, threads, texts -------------------------------------- */

/* Texts are compared, not their hashes; and no seed shows. */
static void linker_fault_35_hashes_are_no_texts(void)
{
    static linker_case k;
    t_rng rng = t_rng_make(835);
    for (uint32_t round = 0; round < 4; round++) {
        uint64_t want = 0;
        uint32_t order[LMODEL_RECORDS];
        linker_hard_case(&k, &rng);
        linker_in_order(order, k.c.record_count);
        for (uint64_t seed = 0; seed < 4; seed++) {
            linker_world w;
            starlings_resolution *resolution;
            T_STATUS(linker_open_with(&w, &k.c, NULL, seed * seed * 0x9e3779b97f4a7c15u),
                     STARLINGS_OK);
            T_STATUS(linker_feed(&w, order, k.c.record_count), STARLINGS_OK);
            resolution = linker_resolve(&w);
            want = seed == 0 ? linker_hash(resolution) : want;
            T_EQ_U64(linker_hash(resolution), want);
            starlings_resolution_release(resolution);
            linker_close(&w);
        }
    }
}

/* However the work is split, records that share only their second key meet. */
static void linker_fault_38_secondary_keys(void)
{
    uint32_t count = 6000;
    bulk b = bulk_make(count);
    for (uint32_t i = 0; i < count; i++) {
        bulk_record(&b, "p", i);
        bulk_always(&b, "name", i);
        bulk_always(&b, "mail", i / 3);
    }
    for (uint32_t threads = 1; threads <= 4; threads++) {
        starlings_resolution *resolution =
            bulk_link(&b, "key who: name\nkey mail: mail\n", count, false, threads);
        T_REQUIRE(resolution != NULL);
        T_EQ_U64(bulk_entities(resolution), count / 3);
        starlings_resolution_release(resolution);
    }
    bulk_free(&b);
}

/* What becomes of record i of a batch is told at place i; numbers are in the order of arrival. */
static void linker_fault_40_order_of_arrivals(void)
{
    enum { COUNT = 500 };
    static lmodel_case c;
    static starlings_arrival arrivals[2 * COUNT];
    linker_world w;
    bulk b = bulk_make(2 * COUNT);
    for (uint32_t i = 0; i < 2 * COUNT; i++) {
        bulk_record(&b, "p", i / 2); /* each again, every third with something else */
        bulk_always(&b, "name", i % 6 == 5 ? 1 : 0);
    }
    idem_open(&w, &c, story_rules);
    T_STATUS(starlings_linker_add(w.linker, b.records, 2 * COUNT, arrivals), STARLINGS_OK);
    for (uint32_t i = 0; i < 2 * COUNT; i++)
        T_EQ_U64(arrivals[i], i % 2 == 0   ? STARLINGS_ARRIVAL_NEW
                              : i % 6 == 5 ? STARLINGS_ARRIVAL_REFUSED
                                           : STARLINGS_ARRIVAL_KNOWN);
    T_EQ_U64(starlings_linker_record_count(w.linker), COUNT);
    linker_close(&w);
    bulk_free(&b);
}

/* Questions do not make a linker larger. */
static void linker_fault_48_questions_intern_nothing(void)
{
    static story s;
    size_t size;
    story_begin(&s, story_rules, "p:1 name=A\n", false);
    size = starlings_linker_size(s.w.linker);
    for (uint32_t i = 0; i < 100; i++) {
        char uid[16];
        (void)snprintf(uid, sizeof uid, "no %u", i);
        T_EQ_U64(starlings_resolution_find(s.resolution, starlings_text_of(uid),
                                           starlings_text_of(uid), starlings_text_of(uid)),
                 STARLINGS_NONE);
    }
    T_EQ_U64(starlings_linker_size(s.w.linker), size);
    story_end(&s);
}

/* More values are no conflict; without overlap in time none are. */
static void linker_fault_51_supersets(void)
{
    const char *rules = "key who: name\nstrong id many\n";
    story_tell(rules, "p:1 name=A id=1\np:2 name=A id=1 id=2 id=3\n", "ab");
    story_tell(rules, "p:1 name=A id=1@0..5\np:2 name=A id=2@5..9\n", "ab");
}

/* Between its pieces a value does not hold: not for a key, not for a clash. */
static void linker_fault_52_hulls(void)
{
    story_tell("key who: name\n", "p:1 name=A@0..2 name=A@8..9\np:2 name=A@4..5\n", "a|b");
    story_tell(story_rules, "p:1 name=A ssn=1@0..2 ssn=1@8..9\np:2 name=A ssn=2@2..8\n", "ab");
    story_tell(story_rules,
               "p:1 name=A ssn=1@0..2 ssn=1@8..9\nq:1 name=A\np:2 name=A ssn=1@8..9\n"
               "p:3 name=A ssn=2@4..5\n",
               "abcd");
}

/* ---- real records -------------------------------------------------------- */

/* The entities of truth.csv as labels of the resolution's records. */
static bool congress_truth(const starlings_resolution *resolution, uint32_t *labels,
                           uint32_t count)
{
    metrics_file truth;
    const starlings_text *row = NULL;
    uint32_t rows = 0;
    if (!metrics_open(&truth, "../shared/data/congress/truth.csv"))
        return false;
    for (; starlings_csv_next(truth.csv, &row) == STARLINGS_OK && row != NULL; rows++) {
        uint32_t at = starlings_resolution_find(resolution, starlings_text_of(""),
                                                starlings_text_of("term"), row[0]);
        if (at < count)
            labels[at] = (uint32_t)model_hash(MODEL_HASH_START, row[1].text, row[1].size);
        T_CHECK(at < count);
    }
    metrics_close(&truth);
    return rows == count;
}

/* Terms in congress by name and birthday: 537 persons, exactly those of the truth. */
static void linker_congress(void)
{
    static lmodel_case c;
    metrics_file records;
    linker_world w;
    starlings_resolution *resolution;
    starlings_partition *want, *got;
    starlings_sweep *sweep;
    uint32_t count, *labels;
    lmodel_read(&c, "key who: first, last, birthday\npermanent first, last, birthday\n", "");
    if (!metrics_open(&records, "../shared/data/congress/records.csv")) {
        T_SKIP(1, "no ../shared/data");
        return;
    }
    T_REQUIRE(linker_open(&w, &c, NULL));
    T_STATUS(starlings_linker_read_csv(w.linker, records.csv, NULL), STARLINGS_OK);
    metrics_close(&records);
    resolution = linker_resolve(&w);
    count = starlings_linker_record_count(w.linker);
    linker_close(&w);
    T_EQ_U64(count, 2792);
    T_EQ_U64(bulk_entities(resolution), 537);
    labels = model_u32(count);
    T_REQUIRE(congress_truth(resolution, labels, count));
    want = model_partition_of(labels, count);
    got = starlings_resolution_partition(resolution);
    sweep = model_sweep(NULL, got, want, NULL, 0);
    T_EQ_U64(starlings_partition_entity_count(want), 537);
    T_CHECK(memcmp(starlings_partition_labels(want), starlings_partition_labels(got),
                   count * sizeof(uint32_t)) == 0);
    T_NEAR(starlings_sweep_value(sweep, STARLINGS_METRIC_PAIRWISE_F1, 0), 1, 0);
    starlings_sweep_release(sweep);
    starlings_partition_release(want);
    starlings_resolution_release(resolution);
    free(labels);
}

static void test_linker_scenarios(void)
{
    linker_evolution_incremental_is_batch();
    linker_evolution_order_independence();
    linker_evolution_gaps_do_not_merge_validity();
    linker_evolution_values_over_time();
    linker_evolution_idempotent_ingest();
    linker_evolution_late_arrival_joins_two();
    linker_evolution_independent_entities_stay_apart();
    linker_idempotent_same_identity();
    linker_idempotent_other_descriptors();
    linker_idempotent_nothing_after_an_error();
    linker_preset_direct_conflict_creation();
    linker_preset_indirect_conflict_creation();
    linker_preset_observation_creation();
    linker_preset_conflict_detection();
    linker_preset_indirect_conflict_handling();
    linker_preset_person_identity();
    linker_preset_temporal_identity();
    linker_preset_name_change();
    linker_preset_intra_entity_ssn();
    linker_preset_cross_entity_email_same_perspective();
    linker_preset_cross_entity_email_other_perspective();
    linker_preset_national_rv_start_dating();
    linker_record_against_itself();
    linker_many();
    linker_scopes();
    linker_key_weights();
    linker_why_takes_the_strongest();
    linker_apart_by_others();
    linker_clusters_clash();
    linker_replay_furthest_end();
    linker_replay_order_of_entries();
    linker_replay_order_of_clusters();
    linker_replay_order_of_buckets();
    linker_replay_growing();
    linker_hot_key_links_all();
    linker_hot_key_all_clash();
    linker_hot_key_pairs();
    linker_hot_key_in_turn();
    linker_many_threads();
    linker_writes_what_fits();
    linker_arguments();
    linker_resolutions_live_on();
    linker_collections();
    linker_fault_04_guards_race();
    linker_fault_05_guards_of_records();
    linker_fault_06_adding_again();
    linker_fault_07_batch_sizes();
    linker_fault_08_greedy_blocking();
    linker_fault_09_caps_and_samples();
    linker_fault_10_caps_at_their_bounds();
    linker_fault_11_hot_by_clusters();
    linker_fault_12_all_candidates_skipped();
    linker_fault_13_small_numbers();
    linker_fault_14_only_the_first_key();
    linker_fault_15_cached_candidates();
    linker_fault_16_eight_values();
    linker_fault_17_forgotten_summaries();
    linker_fault_18_cold_keys();
    linker_fault_19_exactly_three();
    linker_fault_20_entities_after_more_came();
    linker_fault_21_zero_is_no_number();
    linker_fault_23_unbounded();
    linker_fault_24_values_in_between();
    linker_fault_25_touching();
    linker_fault_26_ends_before_starts();
    linker_fault_27_times_below_zero();
    linker_fault_35_hashes_are_no_texts();
    linker_fault_38_secondary_keys();
    linker_fault_40_order_of_arrivals();
    linker_fault_48_questions_intern_nothing();
    linker_fault_51_supersets();
    linker_fault_52_hulls();
    linker_congress();
}
