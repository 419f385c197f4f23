/* test_linker.c - S82: the linker against the slow model of linker_model.h on random records, in
   every order, in batches of any size, with any number of threads; and what happens when memory
   fails or a caller says stop. */
#include "linker_model.h"

/* ---- random cases ---------------------------------------------------------- */

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
    linker_random_keys(t, p->rng, &key, 1 + t_below(p->rng, 3));
    if (linker_one_in(p->rng, 3))
        linker_say(t, "scope any\n");
    if (p->types == 0 || linker_one_in(p->rng, 2))
        linker_random_marks(t, p->rng, &said);
    for (uint32_t type = 0; type < p->types; type++) {
        linker_say(t, type == 0 ? "type t\n" : "type s\n");
        linker_random_keys(t, p->rng, &key, t_below(p->rng, 3));
        linker_random_marks(t, p->rng, &said);
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

/* ---- the model by itself --------------------------------------------------- */

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
    for (uint32_t round = 0; round < (t_state.big ? 4000u : 150u); round++) {
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

