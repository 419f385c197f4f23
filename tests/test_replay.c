/* test_replay.c - S86: contested components against the slow model where many clusters are open at
   once: with trees over few of them, many identifiers and perspectives, identifiers with many
   values, windows that end, records that come again in a bucket. */

typedef struct replay_profile {
    t_rng *rng;
    uint32_t records, perspectives, identifiers, values, span, keys, key_values;
    uint32_t speaks; /* a record speaks by one in so many identifiers */
    uint32_t always; /* one in so many facts holds for all time */
    uint32_t people; /* who share values; 0: all values are random */
} replay_profile;

static void replay_rules(linker_text *t, const replay_profile *p)
{
    static const char *const weights[] = { "0.9", "0.5", "0.9" };
    t->size = 0;
    for (uint32_t k = 0; k < p->keys; k++) {
        linker_say(t, "key k");
        linker_say_number(t, k);
        linker_say(t, ": n");
        linker_say_number(t, k);
        linker_say(t, "\n");
        if (linker_one_in(p->rng, 2)) {
            linker_say(t, "key_weight k");
            linker_say_number(t, k);
            linker_say(t, " ");
            linker_say(t, weights[k % 3]);
            linker_say(t, "\n");
        }
        if (linker_one_in(p->rng, 5)) {
            linker_say(t, "permanent n");
            linker_say_number(t, k);
            linker_say(t, "\n");
        }
    }
    if (linker_one_in(p->rng, 3))
        linker_say(t, "scope any\n");
    for (uint32_t i = 0; i < p->identifiers; i++) {
        linker_say(t, "strong s");
        linker_say_number(t, i);
        linker_say(t, linker_one_in(p->rng, 3) ? " many\n" : "\n");
        if (linker_one_in(p->rng, 6)) {
            linker_say(t, "permanent s");
            linker_say_number(t, i);
            linker_say(t, "\n");
        }
        if (linker_one_in(p->rng, 10)) {
            linker_say(t, "unique s");
            linker_say_number(t, i);
            linker_say(t, "\n");
        }
    }
}

static void replay_time(linker_text *t, const replay_profile *p)
{
    int64_t start = t_below(p->rng, p->span);
    if (linker_one_in(p->rng, p->always))
        return;
    linker_say(t, "@");
    if (!linker_one_in(p->rng, 12))
        linker_say_number(t, start);
    linker_say(t, "..");
    if (!linker_one_in(p->rng, 12))
        linker_say_number(t, start + 1 + t_below(p->rng, 1 + p->span / 3));
}

static uint32_t replay_fact(linker_text *t, const replay_profile *p, const char *name,
                            uint32_t attribute, uint32_t value)
{
    linker_say(t, " ");
    linker_say(t, name);
    linker_say_number(t, attribute);
    linker_say(t, "=");
    linker_say_number(t, value);
    replay_time(t, p);
    return 1;
}

/* A value of an identifier: one of a few of a person, with a mistake now and then. */
static uint32_t replay_value(const replay_profile *p, uint32_t person)
{
    if (p->people == 0 || linker_one_in(p->rng, 12))
        return t_below(p->rng, p->values);
    return 10 + person * 3 + (linker_one_in(p->rng, 3) ? t_below(p->rng, 3) : 0);
}

static void replay_record(linker_text *t, const replay_profile *p, uint32_t number)
{
    uint32_t facts = 0, person = t_below(p->rng, p->people + 1);
    linker_say(t, "p");
    linker_say_number(t, t_below(p->rng, p->perspectives));
    linker_say(t, ":");
    linker_say_number(t, (number * 7) % 100); /* identities are in another order than records */
    for (uint32_t k = 0; k < p->keys; k++) {
        uint32_t more = linker_one_in(p->rng, 8) ? 0 : 1 + (uint32_t)linker_one_in(p->rng, 4);
        for (uint32_t i = 0; i < more; i++)
            facts += replay_fact(t, p, "n", k, t_below(p->rng, p->key_values));
    }
    for (uint32_t i = 0; i < p->identifiers && facts + 4 < LMODEL_FACTS; i++) {
        if (!linker_one_in(p->rng, p->speaks))
            continue;
        facts += replay_fact(t, p, "s", i, replay_value(p, person));
        for (uint32_t j = 0; j < 2 && linker_one_in(p->rng, 5); j++)
            facts += replay_fact(t, p, "s", i, replay_value(p, person));
    }
    linker_say(t, "\n");
}

static void replay_case(linker_case *k, t_rng *rng, uint32_t most_records)
{
    replay_profile p;
    bool wide = linker_one_in(rng, 6); /* more than 64 channels */
    p.rng = rng;
    p.records = 4 + t_below(rng, most_records - 3);
    p.perspectives = wide ? 6 : 1 + t_below(rng, 4);
    p.identifiers = wide ? 16 : 1 + t_below(rng, linker_one_in(rng, 2) ? 3 : 9);
    p.values = 1 + t_below(rng, 8);
    p.span = 1 + t_below(rng, 20);
    p.speaks = 1 + t_below(rng, 1 + p.identifiers / 2);
    p.always = 1 + t_below(rng, 6);
    p.people = linker_one_in(rng, 2) ? 0 : 2 + t_below(rng, 5);
    p.keys = 1 + t_below(rng, 3);
    p.key_values = 1 + t_below(rng, 3);
    replay_rules(&k->rules, &p);
    k->lines.size = 0;
    for (uint32_t i = 0; i < p.records; i++)
        replay_record(&k->lines, &p, i);
    lmodel_read(&k->c, k->rules.text, k->lines.text);
    k->c.constraints_block = linker_one_in(rng, 3);
}

/* The case by trees over more than `few` clusters, its records in some order and two batches. */
static bool replay_holds(const lmodel_case *c, t_rng *rng, uint32_t few)
{
    static lmodel_answer m;
    uint32_t order[LMODEL_RECORDS], half = t_below(rng, c->record_count + 1);
    starlings_resolution *resolution = NULL;
    linker_world w;
    bool good;
    linker_in_order(order, c->record_count);
    linker_shuffle(rng, order, c->record_count);
    if (!linker_open(&w, c, NULL))
        return false;
    w.linker->few_open = few;
    for (uint32_t part = 0; part < 2; part++) {
        uint32_t from = part == 0 ? 0 : half;
        T_STATUS(linker_feed(&w, order + from, part == 0 ? half : c->record_count - half),
                 STARLINGS_OK);
        starlings_resolution_release(resolution);
        resolution = linker_resolve(&w);
    }
    lmodel_solve(&m, c, order, c->record_count);
    good = resolution != NULL && linker_part(linker_entities_hold(resolution, &m), "entities") &&
           linker_part(linker_hierarchy_holds(resolution, &m), "hierarchy");
    starlings_resolution_release(resolution);
    linker_close(&w);
    return good;
}

/* A cluster of 40 records with a number each, one after the other, comes back 40 times to a bucket
   in which others are open all the time. One of these has a number of a time to come: it joins. */
static void test_replay_comes_back(t_rng *rng)
{
    static linker_case k;
    k.rules.size = k.lines.size = 0;
    linker_say(&k.rules, "key a: a\nkey b: b\nkey_weight b 0.5\nstrong s\n");
    for (uint32_t i = 0; i < 40; i++) {
        linker_say(&k.lines, "p:");
        linker_say_number(&k.lines, 10 + i);
        linker_say(&k.lines, " a=x s=");
        linker_say_number(&k.lines, i);
        for (uint32_t fact = 0; fact < 2; fact++) {
            linker_say(&k.lines, fact == 0 ? "@" : " b=y@");
            linker_say_number(&k.lines, 10 * i);
            linker_say(&k.lines, "..");
            linker_say_number(&k.lines, 10 * i + (fact == 0 ? 10 : 5));
        }
        linker_say(&k.lines, "\n");
    }
    for (uint32_t i = 0; i < 8; i++) {
        linker_say(&k.lines, "p:");
        linker_say_number(&k.lines, 60 + i);
        linker_say(&k.lines, i < 7 ? " b=y s=z" : " b=y@301.. s=");
        linker_say_number(&k.lines, i < 7 ? i : 39);
        linker_say(&k.lines, i < 7 ? "\n" : "@390..400\n");
    }
    lmodel_read(&k.c, k.rules.text, k.lines.text);
    for (uint32_t few = 0; few < 10; few += 3)
        T_CHECK(replay_holds(&k.c, rng, few));
}

static void test_replay(void)
{
    static linker_case k;
    t_rng rng = t_rng_make(8600);
    uint32_t rounds = t_state.big ? 2000 : 300;
    test_replay_comes_back(&rng);
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t few = round % 5 < 4 ? round % 5 : 8;
        replay_case(&k, &rng, round % 3 == 0 ? 14 : 44);
        if (!replay_holds(&k.c, &rng, few)) {
            printf("trees over more than %u clusters\n", (unsigned)few);
            linker_show(&k.c);
            break;
        }
    }
}
