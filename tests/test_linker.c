/* test_linker.c - S82: the linker against the slow model of linker_model.h on random records, in
   every order, in batches of any size, with any number of threads; and what happens when memory
   fails or a caller says stop. */
#include "linker_model.h"

/* ---- random cases -------------------------------------------------------- */

enum { LINKER_TEXT = 12000, LINKER_ATTRIBUTES = 6 };

typedef struct linker_text {
    char text[LINKER_TEXT];
    size_t size;
} linker_text;

static void linker_say(linker_text *t, const char *words)
{
    size_t size = strlen(words);
    lmodel_room(t->size + size < LINKER_TEXT);
    memcpy(t->text + t->size, words, size + 1);
    t->size += size;
}

static void linker_say_number(linker_text *t, int64_t number)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%lld", (long long)number);
    linker_say(t, digits);
}

static void linker_say_attribute(linker_text *t, uint32_t attribute)
{
    const char name[2] = { (char)('a' + attribute), '\0' };
    linker_say(t, name);
}

/* What a random case is like. */
typedef struct linker_profile {
    t_rng *rng;
    uint32_t records, perspectives, values, span, types;
    uint32_t several; /* one in so many facts has another of the same attribute beside it */
    uint32_t always;  /* one in so many facts holds for all time */
    bool crowded;     /* many records on one key, with many values of identifiers */
} linker_profile;

static bool linker_one_in(t_rng *rng, uint32_t many)
{
    return t_below(rng, many) == 0;
}

static linker_profile linker_profile_make(t_rng *rng, uint32_t most_records)
{
    linker_profile p;
    p.rng = rng;
    p.records = 2 + t_below(rng, most_records - 1);
    p.perspectives = 1 + t_below(rng, 3);
    p.values = 1 + t_below(rng, 4);
    p.span = 1 + t_below(rng, 12);
    p.types = linker_one_in(rng, 3) ? 2 : 0;
    p.several = 2 + t_below(rng, 8);
    p.always = 2 + t_below(rng, 4);
    p.crowded = most_records == LMODEL_RECORDS;
    if (p.crowded) {
        p.records = LMODEL_RECORDS;
        p.perspectives = p.values = 1;
        p.types = 0;
    }
    return p;
}

static void linker_random_keys(linker_text *t, t_rng *rng, uint32_t *key, uint32_t count)
{
    static const char *const weights[] = { "0.9", "0.5", "0.25", "0.9", "0", "1" };
    for (uint32_t last = *key + count; *key < last; ++*key) {
        uint32_t parts = 1 + (uint32_t)linker_one_in(rng, 2) + (uint32_t)linker_one_in(rng, 4);
        uint32_t first = t_below(rng, LINKER_ATTRIBUTES), step = linker_one_in(rng, 2) ? 1 : 5;
        linker_say(t, "key k");
        linker_say_number(t, *key);
        for (uint32_t i = 0; i < parts; i++) {
            linker_say(t, i == 0 ? ": " : ", ");
            linker_say_attribute(t, (first + i * step) % LINKER_ATTRIBUTES);
        }
        linker_say(t, "\n");
        if (!linker_one_in(rng, 3)) {
            linker_say(t, "key_weight k");
            linker_say_number(t, *key);
            linker_say(t, " ");
            linker_say(t, weights[t_below(rng, 6)]);
            linker_say(t, "\n");
        }
    }
}

/* Rules about attributes; each kind at most once for an attribute: `said` has a bit for each. */
static void linker_random_marks(linker_text *t, t_rng *rng, uint32_t *said)
{
    static const char *const kinds[] = { "strong ", "permanent ", "unique ", "unique_within " };
    static const uint32_t rare[] = { 2, 6, 8, 8 };
    for (uint32_t attribute = 0; attribute < LINKER_ATTRIBUTES; attribute++)
        for (uint32_t kind = 0; kind < 4; kind++) {
            uint32_t bit = (uint32_t)1 << (attribute * 4 + kind);
            if ((*said & bit) != 0 || !linker_one_in(rng, rare[kind]) ||
                (kind == 0 && attribute < 2))
                continue;
            *said |= bit;
            linker_say(t, kinds[kind]);
            linker_say_attribute(t, attribute);
            linker_say(t, kind == 0 && linker_one_in(rng, 3) ? " many\n" : "\n");
        }
}

static void linker_random_rules(linker_text *t, const linker_profile *p)
{
    uint32_t key = 0, said = 0;
    t->size = 0;
    if (p->crowded) {
        linker_say(t, "key crowd: a\nstrong c");
        linker_say(t, linker_one_in(p->rng, 3) ? " many\nstrong d\n" : "\nstrong d\n");
        said = (uint32_t)1 << 8 | (uint32_t)1 << 12;
    }
    linker_random_keys(t, p->rng, &key, 1 + t_below(p->rng, 3));
    if (linker_one_in(p->rng, 3))
        linker_say(t, "scope any\n");
    if (p->types == 0 || linker_one_in(p->rng, 2))
        linker_random_marks(t, p->rng, &said);
    for (uint32_t type = 0, all = key; type < p->types; type++) {
        uint32_t own = 0; /* what was said for all can be said again */
        key = all;        /* two types may have keys of one name */
        linker_say(t, type == 0 ? "type t\n" : "type s\n");
        linker_random_keys(t, p->rng, &key, t_below(p->rng, 3));
        linker_random_marks(t, p->rng, &own);
    }
}

static void linker_random_time(linker_text *t, const linker_profile *p)
{
    int64_t start = (int64_t)t_below(p->rng, p->span) - (int64_t)p->span / 2;
    linker_say(t, "@");
    if (!linker_one_in(p->rng, 6))
        linker_say_number(t, start);
    linker_say(t, "..");
    if (!linker_one_in(p->rng, 6))
        linker_say_number(t, start + 1 + t_below(p->rng, p->span / 2 + 1));
}

/* Values that prefixes, zero bytes and bytes above 127 put in order. */
static void linker_random_fact(linker_text *t, const linker_profile *p, uint32_t attribute)
{
    static const char *const values[] = { "2", "10", "", "^", "1", "1~", "~", "x_y" };
    linker_say(t, " ");
    linker_say_attribute(t, attribute);
    linker_say(t, "=");
    if (p->crowded && attribute > 1)
        linker_say_number(t, t_below(p->rng, 20 * attribute));
    else
        linker_say(t, values[(attribute * 3 + t_below(p->rng, p->values)) % 8]);
    if (!linker_one_in(p->rng, p->always))
        linker_random_time(t, p);
}

static void linker_random_record(linker_text *t, const linker_profile *p, uint32_t number)
{
    static const char *const perspectives[] = { "q:", "p:", "p~:" };
    if (p->types > 0)
        linker_say(t, linker_one_in(p->rng, 3) ? "s/" : "t/");
    linker_say(t, perspectives[number % p->perspectives]);
    linker_say_number(t, number / p->perspectives);
    for (uint32_t attribute = 0; attribute < LINKER_ATTRIBUTES; attribute++) {
        if (linker_one_in(p->rng, attribute < 3 ? 8 : 3))
            continue;
        linker_random_fact(t, p, attribute);
        for (uint32_t i = 0; i < 3 && linker_one_in(p->rng, p->several); i++)
            linker_random_fact(t, p, attribute);
    }
    linker_say(t, "\n");
}

typedef struct linker_case {
    linker_text rules, lines;
    lmodel_case c;
} linker_case;

static void linker_random_case(linker_case *k, t_rng *rng, uint32_t most_records)
{
    linker_profile p = linker_profile_make(rng, most_records);
    linker_random_rules(&k->rules, &p);
    k->lines.size = 0;
    for (uint32_t i = 0; i < p.records; i++)
        linker_random_record(&k->lines, &p, i);
    lmodel_read(&k->c, k->rules.text, k->lines.text);
    k->c.constraints_block = linker_one_in(rng, 2);
}

/* A failed case, to be pasted into a scenario. */
static void linker_show(const lmodel_case *c)
{
    printf("-- rules%s\n%s-- records\n%s--\n", c->constraints_block ? " (constraints block)" : "",
           c->rules, c->lines);
}

static void linker_shuffle(t_rng *rng, uint32_t *order, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = t_below(rng, i), kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

static void linker_in_order(uint32_t *order, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
}

/* ---- the model by itself ------------------------------------------------- */

/* What must hold of any answer, by what it means. */
static bool linker_model_holds(lmodel_answer *m)
{
    bool good = true;
    for (uint32_t a = 0; a < m->count; a++)
        for (uint32_t b = 0; b < a; b++) {
            bool one = m->entity[a] == m->entity[b];
            good &= !one || !m->clash[a][b];
            good &= !one || m->component[a] == m->component[b];
            good &= one || m->component[a] != m->component[b] || m->contested[m->component[a]];
            for (uint32_t w = 1; w < m->weight_count; w++) /* coarser and coarser */
                good &= m->cut[w - 1][a] != m->cut[w - 1][b] || m->cut[w][a] == m->cut[w][b];
            if (m->entity[a] == a && m->entity[b] == b && lmodel_match(m, m->entity, a, b))
                good &= lmodel_clusters_clash(m, m->entity, a, b); /* what matches was refused */
        }
    return good;
}

/* What a record says and a key's values show the same, in whatever order records come; and where
   nobody clashes the replay is the same as joining all that overlap. */
static void test_linker_model(void)
{
    static linker_case k;
    static lmodel_answer m, other;
    t_rng rng = t_rng_make(820);
    uint32_t contested = 0, plain = 0, kept_apart = 0;
    for (uint32_t round = 0; round < (t_state.big ? 1000u : 150u); round++) {
        uint32_t order[LMODEL_RECORDS];
        bool good;
        linker_random_case(&k, &rng, round % 4 == 0 ? 40 : 12);
        linker_in_order(order, k.c.record_count);
        lmodel_solve(&m, &k.c, order, k.c.record_count);
        good = linker_model_holds(&m);
        linker_shuffle(&rng, order, k.c.record_count);
        lmodel_solve(&other, &k.c, order, k.c.record_count);
        for (uint32_t a = 0; a < m.count; a++)
            for (uint32_t b = 0; b < a; b++) {
                for (uint32_t w = 0; w < m.weight_count; w++)
                    good &= (m.cut[w][order[a]] == m.cut[w][order[b]]) ==
                            (other.cut[w][a] == other.cut[w][b]);
                kept_apart += m.entity[a] != m.entity[b] && m.component[a] == m.component[b];
            }
        for (uint32_t r = 0; r < m.count; r++) {
            contested += m.component[r] == r && m.contested[r];
            plain += m.component[r] == r && !m.contested[r];
            other.contested[r] = true;
        }
        lmodel_cuts(&other);
        for (uint32_t a = 0; a < m.count; a++)
            for (uint32_t b = 0; b < a; b++)
                good &= (m.entity[order[a]] == m.entity[order[b]]) ==
                        (other.entity[a] == other.entity[b]);
        T_CHECK(good);
        if (!good)
            linker_show(&k.c);
    }
    T_CHECK(contested > 50 && plain > 50 && kept_apart > 500); /* else the cases are too tame */
}

/* ---- the linker on a case ------------------------------------------------ */

typedef struct linker_world {
    const lmodel_case *c;
    starlings_error error;
    starlings_env env;
    starlings_ontology *ontology;
    starlings_linker *linker;
} linker_world;

/* env may be NULL. */
static starlings_status linker_open_with(linker_world *w, const lmodel_case *c,
                                         const starlings_env *env, uint64_t seed)
{
    starlings_linker_desc desc;
    starlings_status status;
    memset(w, 0, sizeof *w);
    memset(&desc, 0, sizeof desc);
    if (env != NULL)
        w->env = *env;
    w->env.error = &w->error;
    w->c = c;
    status = starlings_ontology_create(&w->env, &w->ontology);
    if (status == STARLINGS_OK)
        status = starlings_ontology_read(w->ontology, starlings_text_of(c->rules));
    desc.ontology = w->ontology;
    desc.hash_seed[0] = seed;
    desc.constraints_block = c->constraints_block;
    desc.env = w->env;
    if (status == STARLINGS_OK)
        status = starlings_linker_create(&desc, &w->linker);
    if (status == STARLINGS_OK && c->record_count % 4 < 3) /* trees over a few clusters too */
        w->linker->few_open = c->record_count % 4;
    return status;
}

static bool linker_open(linker_world *w, const lmodel_case *c, const starlings_env *env)
{
    starlings_status status = linker_open_with(w, c, env, 1);
    T_STATUS(status, STARLINGS_OK);
    if (status != STARLINGS_OK) {
        printf("%s\n", w->error.text);
        linker_show(c);
    }
    return status == STARLINGS_OK;
}

static void linker_close(linker_world *w)
{
    starlings_linker_release(w->linker);
    starlings_ontology_release(w->ontology);
}

/* Records of the case as the linker takes them. */
typedef struct linker_batch {
    starlings_temporal_record records[LMODEL_RECORDS];
    starlings_descriptor descriptors[LMODEL_RECORDS][LMODEL_FACTS];
} linker_batch;

static void linker_batch_make(linker_batch *batch, const lmodel_case *c, const uint32_t *order,
                              uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const lmodel_record *r = &c->records[order[i]];
        starlings_temporal_record *out = &batch->records[i];
        for (uint32_t f = 0; f < r->fact_count; f++) {
            batch->descriptors[i][f].attribute = c->texts[r->facts[f].attribute];
            batch->descriptors[i][f].value = c->texts[r->facts[f].value];
            batch->descriptors[i][f].valid = r->facts[f].valid;
        }
        out->type = c->texts[r->type];
        out->perspective = c->texts[r->perspective];
        out->uid = c->texts[r->uid];
        out->descriptors = batch->descriptors[i];
        out->descriptor_count = r->fact_count;
    }
}

static starlings_status linker_feed(linker_world *w, const uint32_t *order, uint32_t count)
{
    static linker_batch batch;
    linker_batch_make(&batch, w->c, order, count);
    return starlings_linker_add(w->linker, batch.records, count, NULL);
}

static starlings_resolution *linker_resolve(linker_world *w)
{
    starlings_resolution *resolution = NULL;
    T_STATUS(starlings_linker_resolve(w->linker, &resolution), STARLINGS_OK);
    return resolution;
}

/* ---- a resolution against the model: who is one entity ------------------- */

static bool linker_same_text(starlings_text a, starlings_text b)
{
    return lmodel_text_compare(a, b) == 0;
}

typedef struct linker_said {
    uint32_t attribute, value; /* places */
    starlings_descriptor d;
} linker_said;

static int linker_compare_said(const void *a, const void *b)
{
    const linker_said *x = (const linker_said *)a, *y = (const linker_said *)b;
    if (x->attribute != y->attribute)
        return x->attribute < y->attribute ? -1 : 1;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return starlings_interval_compare(x->d.valid, y->d.valid);
}

/* What a record says, by attribute, value, time. */
static size_t linker_said_by(const lmodel_case *c, const lmodel_record *r, linker_said *said)
{
    size_t count = 0;
    for (uint32_t f = 0; f < r->fact_count; f++) {
        starlings_interval pieces[LMODEL_FACTS];
        size_t pieces_count = lmodel_timeline(c, r, f, pieces);
        for (size_t i = 0; i < pieces_count; i++) {
            said[count].attribute = c->place[r->facts[f].attribute];
            said[count].value = c->place[r->facts[f].value];
            said[count].d.attribute = c->texts[r->facts[f].attribute];
            said[count].d.value = c->texts[r->facts[f].value];
            said[count++].d.valid = pieces[i];
        }
    }
    qsort(said, count, sizeof said[0], linker_compare_said);
    return count;
}

static bool linker_same_value(const starlings_descriptor *x, const starlings_descriptor *y)
{
    return linker_same_text(x->attribute, y->attribute) && linker_same_text(x->value, y->value);
}

static bool linker_same_fact(const starlings_descriptor *x, const starlings_descriptor *y)
{
    return linker_same_value(x, y) && starlings_interval_compare(x->valid, y->valid) == 0;
}

/* What is told of a record is what it says: the facts in any order, those of a value by time. */
static bool linker_record_holds(const starlings_resolution *resolution, const lmodel_answer *m,
                                uint32_t number)
{
    const lmodel_case *c = m->c;
    const lmodel_record *want = lmodel_record_of(m, number);
    starlings_temporal_record got;
    starlings_descriptor d;
    linker_said said[LMODEL_FACTS];
    bool seen[LMODEL_FACTS] = { false };
    size_t count = linker_said_by(c, want, said);
    bool good = starlings_resolution_record(resolution, number, &got) &&
                linker_same_text(got.type, c->texts[want->type]) &&
                linker_same_text(got.perspective, c->texts[want->perspective]) &&
                linker_same_text(got.uid, c->texts[want->uid]) && got.descriptors == NULL &&
                got.descriptor_count == count;
    for (size_t i = 0, at; i < count && good; i++) {
        good = starlings_resolution_descriptor(resolution, number, i, &d);
        for (at = 0; at < count && !linker_same_fact(&d, &said[at].d);)
            at++;
        good = good && at < count && !seen[at];
        good = good && (at == 0 || seen[at - 1] || !linker_same_value(&d, &said[at - 1].d));
        if (good)
            seen[at] = true;
    }
    return good && !starlings_resolution_descriptor(resolution, number, count, &d) &&
           starlings_resolution_find(resolution, c->texts[want->type],
                                     c->texts[want->perspective], c->texts[want->uid]) == number;
}

static bool linker_cut_holds(starlings_hierarchy *hierarchy, uint32_t key, const uint32_t *want,
                             uint32_t count)
{
    uint32_t dense_want[LMODEL_RECORDS], dense_got[LMODEL_RECORDS];
    starlings_partition *cut = model_partition_at(hierarchy, key);
    bool good = cut != NULL && starlings_partition_record_count(cut) == count;
    if (good) {
        (void)lmodel_dense(want, count, dense_want);
        (void)lmodel_dense(starlings_partition_labels(cut), count, dense_got);
        good = memcmp(dense_want, dense_got, count * sizeof(uint32_t)) == 0;
    }
    starlings_partition_release(cut);
    return good;
}

/* At each weight of a key, and just above it. */
static bool linker_hierarchy_holds(const starlings_resolution *resolution, const lmodel_answer *m)
{
    starlings_hierarchy *hierarchy = starlings_resolution_hierarchy(resolution);
    uint32_t alone[LMODEL_RECORDS];
    bool good = hierarchy != NULL;
    linker_in_order(alone, m->count);
    for (uint32_t w = 0; w < m->weight_count && good; w++) {
        const uint32_t *above = w > 0 ? m->cut[w - 1] : alone;
        good = linker_cut_holds(hierarchy, m->weights[w], m->cut[w], m->count);
        if (m->weights[w] < STARLINGS_ONE)
            good = good && linker_cut_holds(hierarchy, m->weights[w] + 1, above, m->count);
    }
    return good && linker_cut_holds(hierarchy, 0, m->entity, m->count);
}

static bool linker_statistics_hold(const starlings_resolution *resolution, const lmodel_answer *m)
{
    starlings_resolution_stats got = starlings_resolution_statistics(resolution);
    uint32_t dense[LMODEL_RECORDS], components = 0, contested = 0, key_values = 0;
    for (uint32_t r = 0; r < m->count; r++) {
        components += m->component[r] == r;
        contested += m->component[r] == r && m->contested[r];
    }
    for (size_t at = 0; at < m->entry_count; at = lmodel_bucket_end(m, at))
        key_values++;
    return got.records == m->count && got.entities == lmodel_dense(m->entity, m->count, dense) &&
           got.key_values == key_values && got.key_entries == m->entry_count &&
           got.components == components && got.contested == contested &&
           got.recomputed <= components;
}

static bool linker_entities_hold(const starlings_resolution *resolution, const lmodel_answer *m)
{
    const starlings_partition *partition = starlings_resolution_partition(resolution);
    uint32_t dense[LMODEL_RECORDS];
    uint32_t entities = lmodel_dense(m->entity, m->count, dense);
    if (partition == NULL || starlings_partition_record_count(partition) != m->count ||
        starlings_partition_entity_count(partition) != entities)
        return false;
    return m->count == 0 || memcmp(starlings_partition_labels(partition), dense,
                                   m->count * sizeof dense[0]) == 0;
}

/* ---- why ----------------------------------------------------------------- */

/* Whether a record says a value of an attribute all through an interval. */
static bool linker_says(const lmodel_answer *m, uint32_t number, starlings_text attribute,
                        starlings_text value, starlings_interval valid)
{
    const lmodel_case *c = m->c;
    linker_said said[LMODEL_FACTS];
    size_t count = linker_said_by(c, lmodel_record_of(m, number), said);
    for (size_t i = 0; i < count; i++)
        if (linker_same_text(said[i].d.attribute, attribute) &&
            linker_same_text(said[i].d.value, value) &&
            starlings_interval_encloses(said[i].d.valid, valid))
            return !starlings_interval_is_empty(valid);
    return false;
}

static const lmodel_key *linker_key(const lmodel_case *c, starlings_text name, uint32_t type)
{
    for (uint32_t k = 0; k < c->key_count; k++)
        if (linker_same_text(c->texts[c->keys[k].name], name) &&
            (c->keys[k].type == STARLINGS_NONE || c->keys[k].type == type))
            return &c->keys[k];
    return NULL;
}

/* The two records have all values of a key, which is for their type, at the time of the match. */
static bool linker_match_holds(const starlings_resolution *resolution, const lmodel_answer *m,
                               const starlings_match *match)
{
    uint32_t type = lmodel_record_of(m, match->a)->type;
    const lmodel_key *key = linker_key(m->c, match->key, type);
    starlings_text attribute, value;
    if (key == NULL || key->weight != match->weight || match->a == match->b ||
        type != lmodel_record_of(m, match->b)->type)
        return false;
    for (uint32_t part = 0; part < key->part_count; part++)
        if (!starlings_resolution_key_value(resolution, match->key_values, part, &attribute,
                                            &value) ||
            !linker_same_text(attribute, m->c->texts[key->parts[part]]) ||
            !linker_says(m, match->a, attribute, value, match->valid) ||
            !linker_says(m, match->b, attribute, value, match->valid))
            return false;
    return !starlings_resolution_key_value(resolution, match->key_values, key->part_count,
                                           &attribute, &value);
}

/* A chain from a to b of true matches inside their entity, as strong as there is one; and no chain
   where they are none. */
static bool linker_why_holds(const starlings_resolution *resolution, const lmodel_answer *m,
                             uint32_t a, uint32_t b)
{
    starlings_match chain[LMODEL_RECORDS];
    uint32_t at = a, weakest = STARLINGS_NONE;
    size_t count = 7, again = 7;
    if (starlings_resolution_why(resolution, a, b, NULL, NULL, 0, &count) != STARLINGS_OK ||
        starlings_resolution_why(resolution, a, b, NULL, chain, LMODEL_RECORDS, &again) !=
            STARLINGS_OK ||
        again != count || count >= m->count)
        return false;
    if (m->entity[a] != m->entity[b] || a == b)
        return count == 0;
    for (size_t i = 0; i < count; i++) {
        if (chain[i].a != at || chain[i].b >= m->count || m->entity[chain[i].b] != m->entity[a] ||
            !linker_match_holds(resolution, m, &chain[i]))
            return false;
        at = chain[i].b;
        weakest = chain[i].weight < weakest ? chain[i].weight : weakest;
    }
    return count > 0 && at == b && weakest == lmodel_closeness(m, a, b);
}

/* ---- why not ------------------------------------------------------------- */

/* Whether two records clash on an attribute. */
static bool linker_clash_on(const lmodel_answer *m, uint32_t x, uint32_t y,
                            starlings_text attribute)
{
    for (uint32_t i = 0; i < m->c->mark_count; i++)
        if (linker_same_text(m->c->texts[m->c->marks[i].attribute], attribute))
            return lmodel_clash_on(m->c, lmodel_record_of(m, x), lmodel_record_of(m, y),
                                   m->c->marks[i].attribute);
    return false;
}

static bool linker_clash_holds(const lmodel_answer *m, const starlings_clash *clash, uint32_t a,
                               uint32_t b)
{
    return clash->x < m->count && clash->y < m->count && m->entity[clash->x] == m->entity[a] &&
           m->entity[clash->y] == m->entity[b] &&
           !linker_same_text(clash->value_x, clash->value_y) &&
           linker_says(m, clash->x, clash->attribute, clash->value_x, clash->valid) &&
           linker_says(m, clash->y, clash->attribute, clash->value_y, clash->valid) &&
           linker_clash_on(m, clash->x, clash->y, clash->attribute);
}

static starlings_apart linker_apart(const lmodel_answer *m, uint32_t a, uint32_t b)
{
    if (m->entity[a] == m->entity[b])
        return STARLINGS_APART_NOT;
    if (lmodel_record_of(m, a)->type != lmodel_record_of(m, b)->type)
        return STARLINGS_APART_BY_TYPE;
    if (m->component[a] != m->component[b])
        return STARLINGS_APART_BY_KEYS;
    return lmodel_clusters_clash(m, m->entity, m->entity[a], m->entity[b])
               ? STARLINGS_APART_BY_CLASH
               : STARLINGS_APART_BY_OTHERS;
}

/* Whether any record of one cluster clashes with one of the other on an attribute at a time. */
static bool linker_clash_at(const lmodel_answer *m, uint32_t a, uint32_t b, uint32_t attribute,
                            int64_t time)
{
    for (uint32_t x = 0; x < m->count; x++)
        for (uint32_t y = 0; y < m->count; y++)
            if (m->entity[x] == m->entity[a] && m->entity[y] == m->entity[b] &&
                lmodel_clash_at(m->c, lmodel_record_of(m, x), lmodel_record_of(m, y), attribute,
                                time))
                return true;
    return false;
}

/* Not every pair of records that clashes is listed, but every time at which some do: that is so if
   it is at the ends of facts. */
static bool linker_clashes_cover(const lmodel_answer *m, const starlings_clash *clashes,
                                 size_t count, uint32_t a, uint32_t b)
{
    for (uint32_t x = 0; x < m->count; x++) {
        const lmodel_record *r = lmodel_record_of(m, x);
        if (m->entity[x] != m->entity[a] && m->entity[x] != m->entity[b])
            continue;
        for (uint32_t f = 0; f < 2 * r->fact_count; f++) {
            starlings_interval valid = lmodel_valid(m->c, r, &r->facts[f / 2]);
            int64_t time = f % 2 == 0 ? valid.start : valid.end;
            starlings_text attribute = m->c->texts[r->facts[f / 2].attribute];
            bool listed = false;
            for (size_t i = 0; i < count; i++)
                listed |= linker_same_text(clashes[i].attribute, attribute) &&
                          starlings_interval_contains(clashes[i].valid, time);
            if (listed != linker_clash_at(m, a, b, r->facts[f / 2].attribute, time))
                return false;
        }
    }
    return true;
}

static bool linker_clashes_ascend(const starlings_clash *x, const starlings_clash *y)
{
    int order;
    if (x->x != y->x)
        return x->x < y->x;
    if (x->y != y->y)
        return x->y < y->y;
    order = lmodel_text_compare(x->attribute, y->attribute);
    return order != 0 ? order < 0 : starlings_interval_compare(x->valid, y->valid) <= 0;
}

/* Every clash is true, they are in order, and none is missing. */
static bool linker_why_not_holds(const starlings_resolution *resolution, const lmodel_answer *m,
                                 uint32_t a, uint32_t b)
{
    enum { ROOM = 3000 };
    static starlings_clash clashes[ROOM];
    starlings_apart apart = STARLINGS_APART_FORCE_I32, want = linker_apart(m, a, b);
    bool matches = false;
    size_t count = 0;
    if (starlings_resolution_why_not(resolution, a, b, NULL, &apart, &matches, clashes, ROOM,
                                     &count) != STARLINGS_OK ||
        apart != want || count > ROOM || (count > 0) != (want == STARLINGS_APART_BY_CLASH))
        return false;
    if (want == STARLINGS_APART_NOT)
        return !matches;
    for (size_t i = 0; i < count; i++)
        if (!linker_clash_holds(m, &clashes[i], a, b) ||
            (i > 0 && !linker_clashes_ascend(&clashes[i - 1], &clashes[i])))
            return false;
    return matches == lmodel_match(m, m->entity, m->entity[a], m->entity[b]) &&
           (count == 0 || linker_clashes_cover(m, clashes, count, a, b));
}

/* ---- refusals ------------------------------------------------------------ */

/* Entities as bits, by their number: 64 at most. */
typedef struct linker_refused {
    size_t bucket; /* first entry */
    uint32_t attribute;
    uint64_t sides;
} linker_refused;

enum { LINKER_REFUSALS = 2000 };

/* The bucket of a key and the values that a refusal names; entry_count if there is none. A number
   of key values is of one type too: `entity` is one of its records' entities. */
static size_t linker_bucket(const starlings_resolution *resolution, const lmodel_answer *m,
                            const starlings_refusal *refusal, uint32_t entity)
{
    const uint32_t *labels =
        starlings_partition_labels(starlings_resolution_partition(resolution));
    size_t at = 0;
    for (; at < m->entry_count; at = lmodel_bucket_end(m, at)) {
        const lmodel_entry *entry = &m->entries[at];
        starlings_text attribute, value;
        bool same = linker_same_text(m->c->texts[entry->key->name], refusal->key), there = false;
        for (uint32_t part = 0; part < entry->key->part_count && same; part++)
            same = starlings_resolution_key_value(resolution, refusal->key_values, part,
                                                  &attribute, &value) &&
                   linker_same_text(value, m->c->texts[entry->texts[part]]);
        for (size_t i = at; i < lmodel_bucket_end(m, at) && same; i++)
            there |= labels[m->entries[i].record] == entity;
        if (there)
            return at;
    }
    return at;
}

/* A side is what it says: the record is of the entity, and the entity says the value. */
static bool linker_side_holds(const lmodel_answer *m, const uint32_t *labels,
                              const starlings_refusal *refusal,
                              const starlings_refusal_side *side)
{
    bool good = side->record < m->count && labels[side->record] == side->entity;
    if (good) {
        const lmodel_record *r = lmodel_record_of(m, side->record);
        good = linker_says(m, side->record, refusal->attribute, side->value, side->valid);
        if (refusal->perspective.size > 0)
            good = good && linker_same_text(m->c->texts[r->perspective], refusal->perspective);
    }
    return good;
}

/* All refusals as bits; false if one of them is not what it says. */
static bool linker_refusals_read(starlings_resolution *resolution, const lmodel_answer *m,
                                 linker_refused *out, size_t *out_count)
{
    const uint32_t *labels =
        starlings_partition_labels(starlings_resolution_partition(resolution));
    starlings_refusals *refusals = NULL;
    starlings_refusal refusal;
    starlings_refusal_side side;
    bool good = starlings_refusals_create(resolution, NULL, &refusals) == STARLINGS_OK;
    *out_count = good ? starlings_refusals_count(refusals) : 0;
    lmodel_room(*out_count <= LINKER_REFUSALS);
    for (size_t i = 0; i < *out_count && good; i++) {
        good = starlings_refusals_at(refusals, i, &refusal) && refusal.side_count >= 2;
        out[i].sides = 0;
        out[i].attribute = STARLINGS_NONE;
        for (uint32_t a = 0; a < m->c->mark_count && good; a++)
            if (linker_same_text(m->c->texts[m->c->marks[a].attribute], refusal.attribute))
                out[i].attribute = m->c->marks[a].attribute;
        for (uint32_t s = 0; s < refusal.side_count && good; s++) {
            good = starlings_refusals_side(refusals, i, s, &side) &&
                   linker_side_holds(m, labels, &refusal, &side);
            if (good)
                out[i].sides |= (uint64_t)1 << side.entity;
            if (good && s == 0)
                out[i].bucket = linker_bucket(resolution, m, &refusal, side.entity);
        }
        good = good && out[i].bucket < m->entry_count && out[i].attribute != STARLINGS_NONE &&
               !starlings_refusals_side(refusals, i, refusal.side_count, &side);
    }
    good = good && !starlings_refusals_at(refusals, *out_count, &refusal);
    starlings_refusals_release(refusals);
    return good;
}

/* Entities that clash on an attribute, as bits. */
static void linker_apart_on(const lmodel_answer *m, const uint32_t *dense, uint32_t attribute,
                            uint64_t *apart)
{
    memset(apart, 0, LMODEL_RECORDS * sizeof apart[0]);
    for (uint32_t a = 0; a < m->count; a++)
        for (uint32_t b = 0; b < m->count; b++)
            if (m->clash[a][b] && dense[a] != dense[b] &&
                (apart[dense[a]] >> dense[b] & 1) == 0 &&
                lmodel_clash_on(m->c, lmodel_record_of(m, a), lmodel_record_of(m, b), attribute))
                apart[dense[a]] |= (uint64_t)1 << dense[b];
}

/* Whom each entity meets in a bucket, with entries that overlap, as bits. */
static void linker_meet_in(const lmodel_answer *m, const uint32_t *dense, size_t bucket,
                           uint64_t *meet)
{
    size_t end = lmodel_bucket_end(m, bucket);
    memset(meet, 0, LMODEL_RECORDS * sizeof meet[0]);
    for (size_t i = bucket; i < end; i++)
        for (size_t j = bucket; j < end; j++) {
            uint32_t a = dense[m->entries[i].record], b = dense[m->entries[j].record];
            if (a != b && starlings_interval_overlaps(m->entries[i].valid, m->entries[j].valid))
                meet[a] |= (uint64_t)1 << b;
        }
}

/* Of one bucket and attribute: those that meet there somebody with whom they clash are in its
   refusals, and nobody else; and each meets in one of them somebody with whom it clashes. */
static bool linker_refused_hold(const linker_refused *refused, size_t count, size_t bucket,
                                uint32_t attribute, const uint64_t *meet, const uint64_t *apart)
{
    for (uint32_t a = 0; a < LMODEL_RECORDS; a++) {
        uint64_t want = meet[a] & apart[a], got = 0;
        bool listed = false;
        for (size_t i = 0; i < count; i++) {
            if (refused[i].bucket != bucket || refused[i].attribute != attribute ||
                (refused[i].sides >> a & 1) == 0)
                continue;
            listed = true;
            got |= refused[i].sides;
            if ((refused[i].sides & want) == 0)
                return false;
        }
        if (listed != (want != 0) || (want & ~got) != 0)
            return false;
    }
    return true;
}

static bool linker_refusals_hold(starlings_resolution *resolution, const lmodel_answer *m)
{
    static linker_refused refused[LINKER_REFUSALS];
    static uint64_t apart[LMODEL_MARKS][LMODEL_RECORDS];
    uint64_t meet[LMODEL_RECORDS];
    uint32_t dense[LMODEL_RECORDS];
    size_t count = 0;
    bool good = linker_refusals_read(resolution, m, refused, &count);
    (void)lmodel_dense(m->entity, m->count, dense);
    for (uint32_t i = 0; i < m->c->mark_count; i++)
        linker_apart_on(m, dense, m->c->marks[i].attribute, apart[i]);
    for (size_t at = 0; at < m->entry_count && good; at = lmodel_bucket_end(m, at)) {
        linker_meet_in(m, dense, at, meet);
        for (uint32_t i = 0; i < m->c->mark_count && good; i++)
            good = linker_refused_hold(refused, count, at, m->c->marks[i].attribute, meet,
                                       apart[i]);
    }
    return good;
}

/* ---- what has changed ---------------------------------------------------- */

/* The records of an entity as bits. */
static uint64_t linker_members(const lmodel_answer *m, uint32_t record)
{
    uint64_t members = 0;
    for (uint32_t r = 0; r < m->count; r++)
        if (m->entity[r] == m->entity[record])
            members |= (uint64_t)1 << r;
    return members;
}

/* Whether the entity of a record met and clashed with one of just these members. */
static bool linker_has_refused(const lmodel_answer *m, uint32_t record, uint64_t members)
{
    for (uint32_t r = 0; r < m->count; r++)
        if ((members >> r & 1) != 0)
            return linker_members(m, r) == members && m->entity[r] != m->entity[record] &&
                   lmodel_match(m, m->entity, m->entity[record], m->entity[r]);
    return false;
}

/* Whether an entity and whom it was refused by are as they were. */
static bool linker_is_as_before(const lmodel_answer *before, const lmodel_answer *now,
                                uint32_t record)
{
    if (record >= before->count ||
        linker_members(before, record) != linker_members(now, record))
        return false;
    for (uint32_t r = 0; r < now->count; r++) {
        if (linker_has_refused(now, record, linker_members(now, r)) &&
            !linker_has_refused(before, record, linker_members(now, r)))
            return false;
        if (r < before->count && linker_has_refused(before, record, linker_members(before, r)) &&
            !linker_has_refused(now, record, linker_members(before, r)))
            return false;
    }
    return true;
}

static bool linker_changes_hold(const starlings_resolution *resolution,
                                const lmodel_answer *before, const lmodel_answer *now,
                                uint32_t *out_unchanged)
{
    uint32_t dense[LMODEL_RECORDS];
    (void)lmodel_dense(now->entity, now->count, dense);
    for (uint32_t r = 0; r < now->count; r++) {
        bool changed = starlings_resolution_is_changed(resolution, dense[r]);
        if (now->entity[r] == r && !changed && !linker_is_as_before(before, now, r))
            return false;
        *out_unchanged += !changed;
    }
    return true;
}

/* ---- all of it ----------------------------------------------------------- */

/* Say which of the checks failed. */
static bool linker_part(bool good, const char *what)
{
    return t_check(good, what, __FILE__, __LINE__);
}

/* A resolution of the records of m; `pairs` of them are asked why and why not. */
static bool linker_holds(starlings_resolution *resolution, const lmodel_answer *m, t_rng *rng,
                         uint32_t pairs)
{
    if (resolution == NULL || !linker_part(linker_entities_hold(resolution, m), "entities") ||
        !linker_part(linker_hierarchy_holds(resolution, m), "hierarchy") ||
        !linker_part(linker_refusals_hold(resolution, m), "refusals") ||
        !linker_part(linker_statistics_hold(resolution, m), "statistics"))
        return false;
    for (uint32_t i = 0; i < pairs && m->count > 0; i++) {
        uint32_t a = t_below(rng, m->count), b = t_below(rng, m->count);
        if (!linker_part(linker_record_holds(resolution, m, a), "what a record says") ||
            !linker_part(linker_why_holds(resolution, m, a, b), "why") ||
            !linker_part(linker_why_not_holds(resolution, m, a, b), "why not"))
            return false;
    }
    return true;
}

/* One case in one random order and random batches, resolved after each. */
static bool linker_case_holds(const lmodel_case *c, t_rng *rng, const starlings_env *env,
                              uint32_t batches, uint32_t *out_unchanged)
{
    static lmodel_answer answers[2];
    uint32_t order[LMODEL_RECORDS], fed = 0;
    linker_world w;
    bool good = true;
    linker_in_order(order, c->record_count);
    linker_shuffle(rng, order, c->record_count);
    if (!linker_open(&w, c, env))
        return false;
    answers[1].count = 0;
    for (uint32_t i = 0; i < batches && good; i++) {
        lmodel_answer *now = &answers[i % 2], *before = &answers[1 - i % 2];
        uint32_t left = c->record_count - fed;
        uint32_t more = i + 1 == batches ? left : t_below(rng, left + 1);
        starlings_resolution *resolution;
        T_STATUS(linker_feed(&w, order + fed, more), STARLINGS_OK);
        fed += more;
        resolution = linker_resolve(&w);
        lmodel_solve(now, c, order, fed);
        good = linker_holds(resolution, now, rng, 2) &&
               linker_part(linker_changes_hold(resolution, before, now, out_unchanged), "changes");
        starlings_resolution_release(resolution);
    }
    linker_close(&w);
    return good;
}

static void linker_env_make(starlings_env *env, uint32_t number)
{
    memset(env, 0, sizeof *env);
    env->workers.count = number % 3 == 2 ? 4 : 1 + number % 3;
    env->workers.run = number / 3 % 3 == 1   ? faults_run_backwards
                       : number / 3 % 3 == 2 ? faults_run_odd_first
                                             : NULL;
}

static void test_linker_random(void)
{
    static linker_case k;
    t_rng rng = t_rng_make(821);
    uint32_t unchanged = 0, rounds = t_state.big ? 3000 : 300;
    for (uint32_t round = 0; round < rounds; round++) {
        starlings_env env;
        uint32_t most = round % 4 == 0 ? 40 : round % 4 == 1 ? 5 : 12;
        bool good;
        if (round % 50 == 7) /* more open clusters than are looked at one by one */
            most = LMODEL_RECORDS;
        linker_env_make(&env, round % 50 == 0 ? round / 50 : round % 2 * 4);
        linker_random_case(&k, &rng, most);
        good = linker_case_holds(&k.c, &rng, &env, 1 + t_below(&rng, 4), &unchanged);
        if (!good)
            linker_show(&k.c);
    }
    T_CHECK(unchanged > rounds / 10); /* else the question is never answered with no */
}

/* ---- one hash of all that is shown --------------------------------------- */

/* Facts as hashes, in no order: no number of a record, a text or an entity is in them. */
typedef struct linker_facts {
    uint64_t *hashes;
    size_t count, capacity;
    starlings_resolution *resolution;
    uint64_t *records;  /* who each record is */
    uint64_t *entities; /* and each entity: all its records */
} linker_facts;

static void linker_fact(linker_facts *facts, uint64_t hash)
{
    if (facts->count == facts->capacity) {
        size_t capacity = 2 * facts->capacity + 64;
        uint64_t *grown = (uint64_t *)model_new(capacity, sizeof *grown);
        if (facts->count > 0)
            memcpy(grown, facts->hashes, facts->count * sizeof *grown);
        free(facts->hashes);
        facts->hashes = grown;
        facts->capacity = capacity;
    }
    facts->hashes[facts->count++] = hash;
}

static int linker_compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t linker_hash_text(uint64_t hash, starlings_text text)
{
    uint64_t size = text.size;
    return model_hash(model_hash(hash, &size, sizeof size), text.text, text.size);
}

static uint64_t linker_hash_time(uint64_t hash, starlings_interval valid)
{
    return model_hash(hash, &valid, sizeof valid);
}

static uint64_t linker_hash_record(const starlings_resolution *resolution, uint32_t record)
{
    starlings_temporal_record r;
    uint64_t hash = MODEL_HASH_START;
    if (!starlings_resolution_record(resolution, record, &r))
        return hash;
    hash = linker_hash_text(linker_hash_text(hash, r.type), r.perspective);
    return linker_hash_text(hash, r.uid);
}

static uint64_t linker_hash_number(uint64_t hash, uint64_t number)
{
    return model_hash(hash, &number, sizeof number);
}

static void linker_facts_begin(linker_facts *facts, starlings_resolution *resolution)
{
    const starlings_partition *partition = starlings_resolution_partition(resolution);
    uint32_t entities = starlings_partition_entity_count(partition);
    memset(facts, 0, sizeof *facts);
    facts->resolution = resolution;
    facts->records = (uint64_t *)model_new(starlings_partition_record_count(partition) + 1,
                                           sizeof *facts->records);
    facts->entities = (uint64_t *)model_new(entities + 1, sizeof *facts->entities);
    for (uint32_t e = 0; e < entities; e++) {
        starlings_span span = starlings_partition_entity(partition, e);
        facts->entities[e] = span.count;
        for (uint32_t i = 0; i < span.count; i++) {
            uint32_t record = span.records[i];
            facts->records[record] = linker_hash_record(resolution, record);
            facts->entities[e] += facts->records[record];
        }
        linker_fact(facts, facts->entities[e]);
    }
}

static uint64_t linker_facts_end(linker_facts *facts)
{
    uint64_t hash;
    qsort(facts->hashes, facts->count, sizeof facts->hashes[0], linker_compare_u64);
    hash = model_hash(MODEL_HASH_START, facts->hashes, facts->count * sizeof facts->hashes[0]);
    free(facts->hashes);
    free(facts->records);
    free(facts->entities);
    return hash;
}

static void linker_refusal_facts(linker_facts *facts)
{
    starlings_refusals *refusals = NULL;
    starlings_refusal refusal;
    starlings_refusal_side side;
    starlings_text attribute, value;
    T_STATUS(starlings_refusals_create(facts->resolution, NULL, &refusals), STARLINGS_OK);
    for (size_t i = 0; starlings_refusals_at(refusals, i, &refusal); i++) {
        uint64_t head = linker_hash_text(MODEL_HASH_START, refusal.key), sum = 0;
        head = linker_hash_text(linker_hash_text(head, refusal.attribute), refusal.perspective);
        for (size_t part = 0;
             starlings_resolution_key_value(facts->resolution, refusal.key_values, part,
                                            &attribute, &value);
             part++)
            head = linker_hash_text(linker_hash_text(head, attribute), value);
        for (uint32_t s = 0; starlings_refusals_side(refusals, i, s, &side); s++) {
            uint64_t hash = linker_hash_time(linker_hash_text(head, side.value), side.valid);
            hash = linker_hash_number(hash, facts->records[side.record]);
            sum += linker_hash_number(hash, facts->entities[side.entity]);
        }
        linker_fact(facts, linker_hash_number(head, sum));
    }
    starlings_refusals_release(refusals);
}

static starlings_status linker_hash_bytes(void *ctx, const void *bytes, size_t size)
{
    uint64_t *hash = (uint64_t *)ctx;
    *hash = model_hash(*hash, bytes, size);
    return STARLINGS_OK;
}

/* The conflicts as they are written: that is a form without numbers. */
static void linker_conflict_facts(linker_facts *facts)
{
    starlings_conflicts_desc desc;
    starlings_conflicts *conflicts = NULL;
    uint64_t hash = MODEL_HASH_START;
    starlings_sink sink = { linker_hash_bytes, NULL };
    sink.ctx = &hash;
    memset(&desc, 0, sizeof desc);
    desc.resolution = facts->resolution;
    T_STATUS(starlings_conflicts_create(&desc, &conflicts), STARLINGS_OK);
    T_STATUS(starlings_conflicts_write(conflicts, &sink, NULL), STARLINGS_OK);
    linker_fact(facts, hash);
    starlings_conflicts_release(conflicts);
}

static void linker_golden_facts(linker_facts *facts, uint32_t entity,
                                starlings_golden_policy policy)
{
    starlings_golden_desc desc;
    starlings_golden *golden = NULL;
    starlings_golden_value v;
    uint64_t head = facts->entities[entity] + (uint64_t)policy;
    memset(&desc, 0, sizeof desc);
    desc.resolution = facts->resolution;
    desc.entity = entity;
    desc.policy = policy;
    T_STATUS(starlings_golden_create(&desc, &golden), STARLINGS_OK);
    for (size_t i = 0; starlings_golden_at(golden, i, &v); i++) {
        uint64_t sum = v.contested;
        for (uint32_t r = 0; r < v.record_count; r++)
            sum += facts->records[v.records[r]];
        head = linker_hash_text(linker_hash_text(head, v.attribute), v.value);
        head = linker_hash_number(linker_hash_time(head, v.valid), sum);
    }
    linker_fact(facts, head);
    starlings_golden_release(golden);
}

/* Who is an entity, what was refused, what contradicts itself, and what is true of each entity by a
   policy. */
static uint64_t linker_hash_by(starlings_resolution *resolution, uint32_t policy)
{
    linker_facts facts;
    linker_facts_begin(&facts, resolution);
    linker_refusal_facts(&facts);
    linker_conflict_facts(&facts);
    for (uint32_t e = 0; e < starlings_resolution_statistics(resolution).entities; e++)
        linker_golden_facts(&facts, e, (starlings_golden_policy)policy);
    return linker_facts_end(&facts);
}

static uint64_t linker_hash(starlings_resolution *resolution)
{
    return linker_hash_by(resolution, STARLINGS_GOLDEN_OMIT);
}

/* ---- any order, any batches, any threads: the same bytes ----------------- */

/* The hash after all records came in this order; what was resolved on the way must not change. */
static uint64_t linker_run(const lmodel_case *c, t_rng *rng, const uint32_t *order,
                           const starlings_env *env, uint32_t most, bool each, uint32_t policy)
{
    linker_world w;
    starlings_resolution *early = NULL, *last;
    uint64_t early_hash = 0, hash = 0;
    if (!linker_open(&w, c, env))
        return 0;
    for (uint32_t fed = 0; fed < c->record_count;) {
        uint32_t left = c->record_count - fed, size = 1 + t_below(rng, most);
        size = size < left ? size : left;
        T_STATUS(linker_feed(&w, order + fed, size), STARLINGS_OK);
        fed += size;
        if (!each)
            continue;
        last = linker_resolve(&w);
        if (early == NULL && linker_one_in(rng, 8)) {
            early = starlings_resolution_retain(last);
            early_hash = linker_hash(early);
        }
        starlings_resolution_release(last);
    }
    last = linker_resolve(&w);
    linker_close(&w);
    hash = linker_hash_by(last, policy);
    if (early != NULL)
        T_EQ_U64(linker_hash(early), early_hash);
    starlings_resolution_release(early);
    starlings_resolution_release(last);
    return hash;
}

/* A case that has all kinds of trouble in it: a contested component of ten records at least. */
static void linker_hard_case(linker_case *k, t_rng *rng)
{
    static lmodel_answer m;
    for (;;) {
        uint32_t order[LMODEL_RECORDS], most = 0;
        linker_random_case(k, rng, 40);
        linker_in_order(order, k->c.record_count);
        lmodel_solve(&m, &k->c, order, k->c.record_count);
        for (uint32_t r = 0; r < m.count; r++) {
            uint32_t size = 0, entities = 0;
            for (uint32_t i = 0; i < m.count && m.contested[r]; i++) {
                size += m.component[i] == r;
                entities += m.component[i] == r && m.entity[i] == i;
            }
            if (size >= 10 && entities >= 3 && size >= entities + 3)
                most = size;
        }
        if (most > 0 && k->c.record_count >= 20)
            return;
    }
}

/* 1,000 orders, in batches of 1 to 40, by 1, 2 and 4 threads, resolved on the way or not: one hash
   of entities, refusals, conflicts and golden records (by each policy), of each of ten cases. */
static void test_linker_permutations(void)
{
    static linker_case k;
    t_rng rng = t_rng_make(822);
    uint32_t each = t_state.big ? 200 : 100;
    for (uint32_t number = 0; number < 10; number++) {
        uint32_t order[LMODEL_RECORDS];
        unsigned long long failed = t_state.failed;
        uint64_t want = 0;
        linker_hard_case(&k, &rng);
        linker_in_order(order, k.c.record_count);
        for (uint32_t i = 0; i < each; i++) {
            starlings_env env;
            uint64_t got;
            linker_env_make(&env, i);
            got = linker_run(&k.c, &rng, order, &env, 1 + t_below(&rng, 40), i % 3 == 0,
                             number % (STARLINGS_GOLDEN_MAJORITY + 1));
            want = i == 0 ? got : want;
            T_EQ_U64(got, want);
            linker_shuffle(&rng, order, k.c.record_count);
        }
        if (t_state.failed != failed)
            linker_show(&k.c);
    }
}

/* ---- what fails ---------------------------------------------------------- */

typedef struct linker_fault {
    faults f;
    faults_cancel cancel;
    linker_case k;
    uint32_t order[LMODEL_RECORDS];
    uint32_t first, second; /* how many records came before, how many are to come */
    uint64_t want_before, want_after;
} linker_fault;

static void linker_peace(linker_world *w, linker_fault *fault, bool armed)
{
    (void)w;
    fault->f.armed = armed;
    fault->cancel.paused = !armed;
}

/* All questions: why, why not, refusals. After an error nothing is handed out. */
static starlings_status linker_questions(starlings_resolution *resolution,
                                         const starlings_env *env)
{
    starlings_match chain[LMODEL_RECORDS];
    starlings_clash clashes[8];
    starlings_refusals *refusals = NULL;
    starlings_collection *collection = NULL;
    starlings_apart apart;
    bool matches;
    size_t count = 7;
    uint32_t records = starlings_resolution_statistics(resolution).records;
    starlings_status status = starlings_refusals_create(resolution, env, &refusals);
    T_CHECK((refusals != NULL) == (status == STARLINGS_OK));
    starlings_refusals_release(refusals);
    for (uint32_t a = 0; a < records && status == STARLINGS_OK; a += 5) {
        status = starlings_resolution_why(resolution, a, records - 1, env, chain, LMODEL_RECORDS,
                                          &count);
        T_CHECK(status == STARLINGS_OK || count == 0);
        if (status == STARLINGS_OK)
            status = starlings_resolution_why_not(resolution, a, records - 1, env, &apart,
                                                  &matches, clashes, 8, &count);
        T_CHECK(status == STARLINGS_OK || count == 0);
    }
    if (status == STARLINGS_OK)
        status = starlings_resolution_collection(resolution, env, &collection);
    T_CHECK((collection != NULL) == (status == STARLINGS_OK));
    starlings_collection_release(collection);
    return status;
}

/* Add, resolve and ask, with whatever is armed; a call that fails is made again in peace, and must
   then do what it does. Returns the first status that is none of success. */
static starlings_status linker_fault_run(linker_fault *fault, bool *out_good)
{
    linker_world w;
    starlings_env env;
    starlings_resolution *before, *after = NULL;
    starlings_status status, first;
    memset(&env, 0, sizeof env);
    env.allocator = faults_allocator(&fault->f);
    env.progress.report = faults_report;
    env.progress.ctx = &fault->cancel;
    linker_peace(&w, fault, false);
    T_STATUS(linker_open_with(&w, &fault->k.c, &env, 1), STARLINGS_OK);
    T_STATUS(linker_feed(&w, fault->order, fault->first), STARLINGS_OK);
    before = linker_resolve(&w);
    linker_peace(&w, fault, true);
    first = status = linker_feed(&w, fault->order + fault->first, fault->second);
    linker_peace(&w, fault, false);
    *out_good = linker_hash(before) == fault->want_before;
    if (status != STARLINGS_OK) {
        *out_good &= starlings_linker_record_count(w.linker) == fault->first;
        T_STATUS(linker_feed(&w, fault->order + fault->first, fault->second), STARLINGS_OK);
    }
    linker_peace(&w, fault, first == STARLINGS_OK);
    status = starlings_linker_resolve(w.linker, &after);
    linker_peace(&w, fault, false);
    *out_good &= (after != NULL) == (status == STARLINGS_OK);
    first = first != STARLINGS_OK ? first : status;
    if (status != STARLINGS_OK)
        after = linker_resolve(&w);
    *out_good &= linker_hash(before) == fault->want_before;
    *out_good &= linker_hash(after) == fault->want_after;
    linker_peace(&w, fault, first == STARLINGS_OK);
    status = linker_questions(after, &w.env);
    linker_peace(&w, fault, false);
    first = first != STARLINGS_OK ? first : status;
    T_STATUS(linker_questions(after, &w.env), STARLINGS_OK);
    starlings_resolution_release(before);
    starlings_resolution_release(after);
    linker_close(&w);
    return first;
}

static void linker_fault_make(linker_fault *fault, t_rng *rng)
{
    starlings_env env;
    linker_world w;
    starlings_resolution *resolution;
    memset(&env, 0, sizeof env);
    linker_hard_case(&fault->k, rng);
    linker_in_order(fault->order, fault->k.c.record_count);
    linker_shuffle(rng, fault->order, fault->k.c.record_count);
    fault->first = fault->k.c.record_count / 2;
    fault->second = fault->k.c.record_count - fault->first;
    T_REQUIRE(linker_open(&w, &fault->k.c, &env));
    T_STATUS(linker_feed(&w, fault->order, fault->first), STARLINGS_OK);
    resolution = linker_resolve(&w);
    fault->want_before = linker_hash(resolution);
    starlings_resolution_release(resolution);
    T_STATUS(linker_feed(&w, fault->order + fault->first, fault->second), STARLINGS_OK);
    resolution = linker_resolve(&w);
    fault->want_after = linker_hash(resolution);
    starlings_resolution_release(resolution);
    linker_close(&w);
}

/* Every allocation fails once: the call says so, and all is as it was. */
static void test_linker_memory(void)
{
    static linker_fault fault;
    t_rng rng = t_rng_make(823);
    linker_fault_make(&fault, &rng);
    for (size_t n = 0; n < 20000; n += t_state.big || n < 60 ? 1 : 1 + t_below(&rng, 12)) {
        starlings_status status;
        bool good = false;
        fault.f = faults_make();
        fault.f.fail_at = n;
        fault.cancel.stop_at = SIZE_MAX;
        status = linker_fault_run(&fault, &good);
        T_CHECK(good);
        T_EQ_U64(fault.f.live, 0);
        T_EQ_U64(fault.f.broken, 0);
        if (fault.f.failed == 0) {
            T_STATUS(status, STARLINGS_OK);
            T_CHECK(n > 20);
            return;
        }
        T_CHECK(status == STARLINGS_ERR_NOMEM ||
                (status == STARLINGS_OK &&
                 (fault.f.shrinks == fault.f.failed || STARLINGS_DEBUG >= 3)));
    }
    T_CHECK(false); /* it allocates without end */
}

/* At every report the caller says stop. */
static void test_linker_cancel(void)
{
    static linker_fault fault;
    t_rng rng = t_rng_make(824);
    linker_fault_make(&fault, &rng);
    for (size_t n = 0; n < 5000; n++) {
        faults_cancel cancel = { 0, 0, 0, false };
        starlings_status status;
        bool good = false;
        fault.f = faults_make();
        fault.cancel = cancel;
        fault.cancel.stop_at = n;
        status = linker_fault_run(&fault, &good);
        T_CHECK(good);
        T_EQ_U64(fault.f.live, 0);
        T_EQ_U64(fault.f.broken, 0);
        T_EQ_U64(fault.cancel.broken, 0);
        if (fault.cancel.calls <= n) {
            T_STATUS(status, STARLINGS_OK);
            T_CHECK(n > 0); /* it does report */
            return;
        }
        T_STATUS(status, STARLINGS_ERR_CANCELLED);
        T_EQ_U64(fault.cancel.calls, n + 1); /* nobody asks again after a no */
    }
    T_CHECK(false);
}

static void test_linker(void)
{
    test_linker_model();
    test_linker_random();
    test_linker_permutations();
    test_linker_memory();
    test_linker_cancel();
}
