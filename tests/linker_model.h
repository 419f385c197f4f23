/* linker_model.h - the slow, obvious linker that the real one is compared with. It shares no code
   with it but the intervals, which have a model of their own (test_interval.c).

   A case is two texts, so that one that fails can be printed and kept:

     rules    what starlings_ontology_read takes (a part of it: plain names, one blank)
     records  a line each: [type/]perspective:uid attribute=value[@[from]..[to]] ...
              ~ stands for a zero byte, ^ for the byte 0xff, _ for a blank; no @ is all time

   The answer for some records of a case, in some order, is found from the definitions: who clashes,
   pair by pair; who hangs together, pair by pair; and where some of those clash, the merges one by
   one in the one order that the rules prescribe. Texts are numbers in a pool with their places in
   the order of bytes; a cluster is named by its smallest record and joined by renaming it. */
#ifndef LINKER_MODEL_H
#define LINKER_MODEL_H

#include "model.h"

enum {
    LMODEL_RECORDS = 64,
    LMODEL_FACTS = 32, /* of a record */
    LMODEL_TEXTS = 400,
    LMODEL_BYTES = 16384,
    LMODEL_SLOTS = 1024, /* for looking texts up */
    LMODEL_KEYS = 8,
    LMODEL_PARTS = 3, /* attributes of a key */
    LMODEL_MARKS = 32,
    LMODEL_PIECES = 32, /* of a timeline */
    LMODEL_TUPLES = 216,
    LMODEL_ENTRIES = 4096
};

enum { /* what rules say of an attribute */
    LMODEL_STRONG = 1,
    LMODEL_MANY = 2,
    LMODEL_PERMANENT = 4,
    LMODEL_UNIQUE = 8,
    LMODEL_UNIQUE_WITHIN = 16
};

typedef struct lmodel_fact {
    uint32_t attribute, value;
    starlings_interval valid;
} lmodel_fact;

typedef struct lmodel_record {
    uint32_t type, perspective, uid;
    lmodel_fact facts[LMODEL_FACTS];
    uint32_t fact_count;
} lmodel_record;

typedef struct lmodel_key {
    uint32_t name, type; /* type: STARLINGS_NONE for all */
    uint32_t parts[LMODEL_PARTS];
    uint32_t part_count;
    uint32_t weight; /* millionths */
} lmodel_key;

typedef struct lmodel_mark {
    uint32_t type, attribute, flags;
} lmodel_mark;

typedef struct lmodel_case {
    const char *rules, *lines;
    bool constraints_block;
    bool scope_any;
    starlings_text texts[LMODEL_TEXTS];
    uint32_t place[LMODEL_TEXTS]; /* in the order of bytes */
    uint32_t text_count;
    uint32_t slots[LMODEL_SLOTS]; /* number + 1 */
    char bytes[LMODEL_BYTES];
    size_t byte_count;
    lmodel_key keys[LMODEL_KEYS];
    uint32_t key_count;
    lmodel_mark marks[LMODEL_MARKS];
    uint32_t mark_count;
    lmodel_record records[LMODEL_RECORDS];
    uint32_t record_count;
} lmodel_case;

/* ---- reading a case ------------------------------------------------------ */

/* A case that outgrows its arrays is a mistake in the test. */
static void lmodel_room(bool there)
{
    if (!there) {
        printf("a case is too large for linker_model.h\n");
        exit(1);
    }
}

static int lmodel_text_compare(starlings_text a, starlings_text b)
{
    size_t least = a.size < b.size ? a.size : b.size;
    int order = least > 0 ? memcmp(a.text, b.text, least) : 0;
    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

static starlings_text lmodel_of(const char *word)
{
    starlings_text text;
    text.text = word;
    text.size = strlen(word);
    return text;
}

static uint32_t lmodel_text(lmodel_case *c, starlings_text text)
{
    uint32_t slot = (uint32_t)(model_hash(MODEL_HASH_START, text.text, text.size) % LMODEL_SLOTS);
    for (; c->slots[slot] != 0; slot = (slot + 1) % LMODEL_SLOTS)
        if (lmodel_text_compare(c->texts[c->slots[slot] - 1], text) == 0)
            return c->slots[slot] - 1;
    lmodel_room(c->text_count < LMODEL_TEXTS);
    c->texts[c->text_count] = text;
    c->slots[slot] = ++c->text_count;
    return c->text_count - 1;
}

static bool lmodel_ends(char byte, const char *ends)
{
    return byte == '\0' || strchr(ends, byte) != NULL;
}

/* What stands at *at up to one of `ends`; *at is moved there. */
static uint32_t lmodel_word(lmodel_case *c, const char **at, const char *ends)
{
    starlings_text text;
    text.text = c->bytes + c->byte_count;
    for (; !lmodel_ends(**at, ends); ++*at) {
        char byte = **at;
        lmodel_room(c->byte_count < LMODEL_BYTES);
        c->bytes[c->byte_count++] = byte == '~'   ? '\0'
                                    : byte == '^' ? (char)-1
                                    : byte == '_' ? ' '
                                                  : byte;
    }
    text.size = (size_t)(c->bytes + c->byte_count - text.text);
    return lmodel_text(c, text);
}

static void lmodel_skip(const char **at, const char *bytes)
{
    while (**at != '\0' && strchr(bytes, **at) != NULL)
        ++*at;
}

/* Names of rules keep their underscores. */
static uint32_t lmodel_name(lmodel_case *c, const char **at)
{
    starlings_text text;
    lmodel_skip(at, " ,:");
    text.text = *at;
    while (!lmodel_ends(**at, " ,:\n"))
        ++*at;
    text.size = (size_t)(*at - text.text);
    return lmodel_text(c, text);
}

static bool lmodel_is(const lmodel_case *c, uint32_t text, const char *word)
{
    return lmodel_text_compare(c->texts[text], lmodel_of(word)) == 0;
}

static uint32_t lmodel_flag(const lmodel_case *c, uint32_t word)
{
    return lmodel_is(c, word, "strong")          ? LMODEL_STRONG
           : lmodel_is(c, word, "permanent")     ? LMODEL_PERMANENT
           : lmodel_is(c, word, "unique")        ? LMODEL_UNIQUE
           : lmodel_is(c, word, "unique_within") ? LMODEL_UNIQUE_WITHIN
                                                 : 0;
}

static void lmodel_read_key(lmodel_case *c, const char **at, uint32_t type)
{
    lmodel_key *key = &c->keys[c->key_count++];
    lmodel_room(c->key_count <= LMODEL_KEYS);
    key->name = lmodel_name(c, at);
    key->type = type;
    key->weight = STARLINGS_ONE;
    key->part_count = 0;
    while (lmodel_skip(at, " ,:"), !lmodel_ends(**at, "\n")) {
        lmodel_room(key->part_count < LMODEL_PARTS);
        key->parts[key->part_count++] = lmodel_name(c, at);
    }
}

static void lmodel_read_weight(lmodel_case *c, const char **at, uint32_t type)
{
    uint32_t name = lmodel_name(c, at);
    char *end = NULL;
    double weight = strtod(*at, &end);
    *at = end;
    for (uint32_t k = 0; k < c->key_count; k++)
        if (c->keys[k].name == name && c->keys[k].type == type)
            c->keys[k].weight = model_key(weight, 6);
}

static void lmodel_read_marks(lmodel_case *c, const char **at, uint32_t type, uint32_t flags)
{
    while (lmodel_skip(at, " ,:"), !lmodel_ends(**at, "\n")) {
        uint32_t name = lmodel_name(c, at);
        if (flags == LMODEL_STRONG && lmodel_is(c, name, "many")) {
            c->marks[c->mark_count - 1].flags |= LMODEL_MANY;
            continue;
        }
        lmodel_room(c->mark_count < LMODEL_MARKS);
        c->marks[c->mark_count].type = type;
        c->marks[c->mark_count].attribute = name;
        c->marks[c->mark_count++].flags = flags;
    }
}

static void lmodel_read_rules(lmodel_case *c, const char *at)
{
    uint32_t type = STARLINGS_NONE;
    for (; *at != '\0'; lmodel_skip(&at, "\n")) {
        uint32_t word = lmodel_name(c, &at);
        if (lmodel_is(c, word, "type"))
            type = lmodel_name(c, &at);
        else if (lmodel_is(c, word, "key"))
            lmodel_read_key(c, &at, type);
        else if (lmodel_is(c, word, "key_weight"))
            lmodel_read_weight(c, &at, type);
        else if (lmodel_is(c, word, "scope"))
            c->scope_any = lmodel_is(c, lmodel_name(c, &at), "any");
        else if (lmodel_flag(c, word) != 0)
            lmodel_read_marks(c, &at, type, lmodel_flag(c, word));
        else /* weight, authority: of no interest here */
            at += strcspn(at, "\n");
    }
}

/* What the rules say of an attribute of records of a type: a type's own `strong` goes before that
   for all, with `many` or without. */
static uint32_t lmodel_flags(const lmodel_case *c, uint32_t type, uint32_t attribute)
{
    uint32_t all = 0, own = 0;
    for (uint32_t i = 0; i < c->mark_count; i++) {
        if (c->marks[i].attribute != attribute)
            continue;
        all |= c->marks[i].type == STARLINGS_NONE ? c->marks[i].flags : 0;
        own |= c->marks[i].type == type ? c->marks[i].flags : 0;
    }
    if ((own & LMODEL_STRONG) != 0)
        all &= ~(uint32_t)LMODEL_MANY;
    return all | own;
}

static int64_t lmodel_time(const char **at, int64_t unbounded)
{
    char *end = NULL;
    long long time;
    if (**at != '-' && (**at < '0' || **at > '9'))
        return unbounded;
    time = strtoll(*at, &end, 10);
    *at = end;
    return time;
}

static void lmodel_read_fact(lmodel_case *c, lmodel_record *r, const char **at)
{
    lmodel_fact *fact = &r->facts[r->fact_count++];
    lmodel_room(r->fact_count <= LMODEL_FACTS);
    fact->attribute = lmodel_word(c, at, "=");
    ++*at;
    fact->value = lmodel_word(c, at, "@ \n");
    fact->valid.start = STARLINGS_START_OF_TIME;
    fact->valid.end = STARLINGS_END_OF_TIME;
    if (**at != '@')
        return;
    ++*at;
    fact->valid.start = lmodel_time(at, STARLINGS_START_OF_TIME);
    lmodel_room(strncmp(*at, "..", 2) == 0);
    *at += 2;
    fact->valid.end = lmodel_time(at, STARLINGS_END_OF_TIME);
}

static void lmodel_read_record(lmodel_case *c, const char **at)
{
    lmodel_record *r = &c->records[c->record_count++];
    size_t head = strcspn(*at, " \n");
    lmodel_room(c->record_count <= LMODEL_RECORDS);
    r->fact_count = 0;
    if (memchr(*at, '/', head) != NULL) {
        r->type = lmodel_word(c, at, "/");
        ++*at;
    } else {
        r->type = lmodel_text(c, lmodel_of(""));
    }
    r->perspective = lmodel_word(c, at, ":");
    ++*at;
    r->uid = lmodel_word(c, at, " \n");
    while (lmodel_skip(at, " "), !lmodel_ends(**at, "\n"))
        lmodel_read_fact(c, r, at);
}

typedef struct lmodel_placed {
    starlings_text text;
    uint32_t number;
} lmodel_placed;

static int lmodel_compare_placed(const void *a, const void *b)
{
    return lmodel_text_compare(((const lmodel_placed *)a)->text, ((const lmodel_placed *)b)->text);
}

static void lmodel_read(lmodel_case *c, const char *rules, const char *lines)
{
    lmodel_placed placed[LMODEL_TEXTS];
    memset(c->slots, 0, sizeof c->slots);
    c->text_count = c->key_count = c->mark_count = c->record_count = 0;
    c->byte_count = 0;
    c->scope_any = c->constraints_block = false;
    c->rules = rules;
    c->lines = lines;
    lmodel_read_rules(c, rules);
    for (const char *at = lines; *at != '\0'; lmodel_skip(&at, "\n"))
        lmodel_read_record(c, &at);
    for (uint32_t i = 0; i < c->text_count; i++) {
        placed[i].text = c->texts[i];
        placed[i].number = i;
    }
    qsort(placed, c->text_count, sizeof placed[0], lmodel_compare_placed);
    for (uint32_t i = 0; i < c->text_count; i++)
        c->place[placed[i].number] = i;
}

/* ---- the answer ---------------------------------------------------------- */

/* A record has the values of a key during an interval. */
typedef struct lmodel_entry {
    uint32_t order; /* of the key: by weight descending, then as in the rules */
    uint32_t type;
    uint32_t values[LMODEL_PARTS]; /* places; those of shorter keys end with zeros */
    starlings_interval valid;
    uint32_t identity; /* of the record, among all */
    uint32_t record;
    uint32_t texts[LMODEL_PARTS]; /* the values as texts */
    const lmodel_key *key;
} lmodel_entry;

typedef struct lmodel_answer {
    const lmodel_case *c;
    uint32_t count;
    uint32_t record[LMODEL_RECORDS];   /* which of the case each is */
    uint32_t identity[LMODEL_RECORDS]; /* its place among all in the order of identities */
    bool clash[LMODEL_RECORDS][LMODEL_RECORDS];
    lmodel_entry entries[LMODEL_ENTRIES]; /* sorted as the replay wants them */
    size_t entry_count;
    uint32_t component[LMODEL_RECORDS]; /* by its smallest record, as all clusters here */
    bool contested[LMODEL_RECORDS];     /* by component */
    uint32_t weights[LMODEL_KEYS];      /* distinct, descending */
    uint32_t weight_count;
    uint32_t cut[LMODEL_KEYS][LMODEL_RECORDS]; /* by weight */
    uint32_t entity[LMODEL_RECORDS];
} lmodel_answer;

static const lmodel_record *lmodel_record_of(const lmodel_answer *m, uint32_t number)
{
    return &m->c->records[m->record[number]];
}

static void lmodel_identities(lmodel_answer *m)
{
    const uint32_t *place = m->c->place;
    for (uint32_t a = 0; a < m->count; a++) {
        const lmodel_record *x = lmodel_record_of(m, a);
        m->identity[a] = 0;
        for (uint32_t b = 0; b < m->count; b++) {
            const lmodel_record *y = lmodel_record_of(m, b);
            if (x->type != y->type)
                m->identity[a] += place[y->type] < place[x->type];
            else if (x->perspective != y->perspective)
                m->identity[a] += place[y->perspective] < place[x->perspective];
            else
                m->identity[a] += place[y->uid] < place[x->uid];
        }
    }
}

/* ---- clashes */

static starlings_interval lmodel_valid(const lmodel_case *c, const lmodel_record *r,
                                       const lmodel_fact *fact)
{
    starlings_interval always = { STARLINGS_START_OF_TIME, STARLINGS_END_OF_TIME };
    bool permanent = (lmodel_flags(c, r->type, fact->attribute) & LMODEL_PERMANENT) != 0;
    return permanent ? always : fact->valid;
}

/* Whether the two say different values of an attribute at one time. */
static bool lmodel_differ(const lmodel_case *c, const lmodel_record *x, const lmodel_record *y,
                          uint32_t attribute)
{
    for (uint32_t i = 0; i < x->fact_count; i++)
        for (uint32_t j = 0; j < y->fact_count; j++)
            if (x->facts[i].attribute == attribute && y->facts[j].attribute == attribute &&
                x->facts[i].value != y->facts[j].value &&
                starlings_interval_overlaps(lmodel_valid(c, x, &x->facts[i]),
                                            lmodel_valid(c, y, &y->facts[j])))
                return true;
    return false;
}

/* Whether a record says a value (STARLINGS_NONE: any) of an attribute at a time. */
static bool lmodel_says(const lmodel_case *c, const lmodel_record *r, uint32_t attribute,
                        uint32_t value, int64_t time)
{
    for (uint32_t i = 0; i < r->fact_count; i++)
        if (r->facts[i].attribute == attribute &&
            (value == STARLINGS_NONE || r->facts[i].value == value) &&
            starlings_interval_contains(lmodel_valid(c, r, &r->facts[i]), time))
            return true;
    return false;
}

/* Whether at a time both say values of an attribute and have none in common. */
static bool lmodel_disjoint_at(const lmodel_case *c, const lmodel_record *x,
                               const lmodel_record *y, uint32_t attribute, int64_t time)
{
    if (!lmodel_says(c, y, attribute, STARLINGS_NONE, time) ||
        !lmodel_says(c, x, attribute, STARLINGS_NONE, time))
        return false;
    for (uint32_t i = 0; i < x->fact_count; i++)
        if (x->facts[i].attribute == attribute &&
            lmodel_says(c, x, attribute, x->facts[i].value, time) &&
            lmodel_says(c, y, attribute, x->facts[i].value, time))
            return false;
    return true;
}

/* The same at any time: the sets of values change only at ends of facts. */
static bool lmodel_disjoint(const lmodel_case *c, const lmodel_record *x, const lmodel_record *y,
                            uint32_t attribute)
{
    for (int side = 0; side < 2; side++) {
        const lmodel_record *r = side == 0 ? x : y;
        for (uint32_t i = 0; i < r->fact_count; i++) {
            starlings_interval valid = lmodel_valid(c, r, &r->facts[i]);
            if (r->facts[i].attribute == attribute &&
                (lmodel_disjoint_at(c, x, y, attribute, valid.start) ||
                 lmodel_disjoint_at(c, x, y, attribute, valid.end)))
                return true;
        }
    }
    return false;
}

static bool lmodel_clash_on(const lmodel_case *c, const lmodel_record *x, const lmodel_record *y,
                            uint32_t attribute)
{
    uint32_t flags = lmodel_flags(c, x->type, attribute);
    bool within = x->perspective == y->perspective;
    if ((flags & LMODEL_STRONG) != 0 && (c->scope_any || within)) {
        if ((flags & LMODEL_MANY) == 0 && lmodel_differ(c, x, y, attribute))
            return true;
        if ((flags & LMODEL_MANY) != 0 && lmodel_disjoint(c, x, y, attribute))
            return true;
    }
    if (!c->constraints_block)
        return false;
    return ((flags & LMODEL_UNIQUE) != 0 && lmodel_differ(c, x, y, attribute)) ||
           ((flags & LMODEL_UNIQUE_WITHIN) != 0 && within && lmodel_differ(c, x, y, attribute));
}

/* Whether they do at one time. */
static bool lmodel_clash_at(const lmodel_case *c, const lmodel_record *x, const lmodel_record *y,
                            uint32_t attribute, int64_t time)
{
    uint32_t flags = lmodel_flags(c, x->type, attribute), block = flags;
    bool within = x->perspective == y->perspective, differ = false;
    for (uint32_t i = 0; i < x->fact_count; i++)
        for (uint32_t j = 0; j < y->fact_count; j++)
            differ |= x->facts[i].attribute == attribute && y->facts[j].attribute == attribute &&
                      x->facts[i].value != y->facts[j].value &&
                      starlings_interval_contains(lmodel_valid(c, x, &x->facts[i]), time) &&
                      starlings_interval_contains(lmodel_valid(c, y, &y->facts[j]), time);
    if (!c->constraints_block)
        block = 0;
    if (!c->scope_any && !within)
        flags = 0;
    if ((flags & LMODEL_MANY) != 0 && lmodel_disjoint_at(c, x, y, attribute, time))
        return true;
    return differ && ((flags & (LMODEL_STRONG | LMODEL_MANY)) == LMODEL_STRONG ||
                      (block & LMODEL_UNIQUE) != 0 ||
                      ((block & LMODEL_UNIQUE_WITHIN) != 0 && within));
}

static bool lmodel_clash(const lmodel_case *c, const lmodel_record *x, const lmodel_record *y)
{
    for (uint32_t i = 0; i < c->mark_count; i++)
        if (x->type == y->type && lmodel_clash_on(c, x, y, c->marks[i].attribute))
            return true;
    return false;
}

static void lmodel_clashes(lmodel_answer *m)
{
    for (uint32_t a = 0; a < m->count; a++) {
        m->clash[a][a] = false; /* with itself: a conflict, and no refusal */
        for (uint32_t b = 0; b < a; b++) {
            m->clash[a][b] = lmodel_clash(m->c, lmodel_record_of(m, a), lmodel_record_of(m, b));
            m->clash[b][a] = m->clash[a][b];
        }
    }
}

/* Whether some record of one cluster clashes with some record of the other. */
static bool lmodel_clusters_clash(const lmodel_answer *m, const uint32_t *labels, uint32_t x,
                                  uint32_t y)
{
    for (uint32_t a = 0; a < m->count; a++)
        for (uint32_t b = 0; b < m->count && labels[a] == x; b++)
            if (labels[b] == y && m->clash[a][b])
                return true;
    return false;
}

/* ---- keys */

/* Some values of the first attributes of a key, and when the record has all of them. */
typedef struct lmodel_tuple {
    uint32_t texts[LMODEL_PARTS];
    starlings_interval pieces[LMODEL_PIECES];
    size_t piece_count;
} lmodel_tuple;

/* When a record says a value; 0 pieces if it said so earlier in its list. */
static size_t lmodel_timeline(const lmodel_case *c, const lmodel_record *r, uint32_t fact,
                              starlings_interval *pieces)
{
    size_t count = 0;
    for (uint32_t i = 0; i < r->fact_count; i++) {
        if (r->facts[i].attribute != r->facts[fact].attribute ||
            r->facts[i].value != r->facts[fact].value)
            continue;
        if (i < fact)
            return 0;
        pieces[count++] = lmodel_valid(c, r, &r->facts[i]);
    }
    return starlings_timeline_make(pieces, count);
}

/* Each tuple with each value of attribute number `part`. */
static size_t lmodel_extend(const lmodel_case *c, const lmodel_record *r, const lmodel_key *key,
                            uint32_t part, const lmodel_tuple *from, size_t from_count,
                            lmodel_tuple *to)
{
    size_t count = 0;
    for (uint32_t f = 0; f < r->fact_count; f++) {
        starlings_interval pieces[LMODEL_FACTS];
        size_t piece_count;
        if (r->facts[f].attribute != key->parts[part])
            continue;
        piece_count = lmodel_timeline(c, r, f, pieces);
        for (size_t t = 0; t < from_count && piece_count > 0; t++) {
            lmodel_tuple *tuple = &to[count];
            lmodel_room(count < LMODEL_TUPLES);
            lmodel_room(piece_count + from[t].piece_count <= LMODEL_PIECES);
            *tuple = from[t];
            tuple->texts[part] = r->facts[f].value;
            tuple->piece_count = starlings_timeline_intersect(
                from[t].pieces, from[t].piece_count, pieces, piece_count, tuple->pieces);
            count += tuple->piece_count > 0;
        }
    }
    return count;
}

static void lmodel_enter(lmodel_answer *m, uint32_t number, const lmodel_key *key, uint32_t order)
{
    static lmodel_tuple tuples[2][LMODEL_TUPLES];
    const lmodel_record *r = lmodel_record_of(m, number);
    size_t count = 1;
    tuples[0][0].pieces[0].start = STARLINGS_START_OF_TIME;
    tuples[0][0].pieces[0].end = STARLINGS_END_OF_TIME;
    tuples[0][0].piece_count = 1;
    for (uint32_t part = 0; part < key->part_count; part++)
        count = lmodel_extend(m->c, r, key, part, tuples[part % 2], count, tuples[1 - part % 2]);
    for (size_t t = 0; t < count; t++) {
        const lmodel_tuple *tuple = &tuples[key->part_count % 2][t];
        for (size_t i = 0; i < tuple->piece_count; i++) {
            lmodel_entry *entry = &m->entries[m->entry_count++];
            lmodel_room(m->entry_count <= LMODEL_ENTRIES);
            memset(entry, 0, sizeof *entry);
            entry->order = order;
            entry->type = m->c->place[r->type];
            entry->valid = tuple->pieces[i];
            entry->identity = m->identity[number];
            entry->record = number;
            entry->key = key;
            for (uint32_t part = 0; part < key->part_count; part++) {
                entry->texts[part] = tuple->texts[part];
                entry->values[part] = m->c->place[tuple->texts[part]];
            }
        }
    }
}

static int lmodel_compare_buckets(const lmodel_entry *x, const lmodel_entry *y)
{
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    for (uint32_t part = 0; part < LMODEL_PARTS; part++)
        if (x->values[part] != y->values[part])
            return x->values[part] < y->values[part] ? -1 : 1;
    return 0;
}

static int lmodel_compare_entries(const void *a, const void *b)
{
    const lmodel_entry *x = (const lmodel_entry *)a, *y = (const lmodel_entry *)b;
    int order = lmodel_compare_buckets(x, y);
    if (order != 0)
        return order;
    if (x->valid.start != y->valid.start)
        return x->valid.start < y->valid.start ? -1 : 1;
    if (x->identity != y->identity)
        return x->identity < y->identity ? -1 : 1;
    return x->valid.end < y->valid.end ? -1 : x->valid.end > y->valid.end;
}

static void lmodel_all_entries(lmodel_answer *m)
{
    const lmodel_case *c = m->c;
    m->entry_count = 0;
    for (uint32_t k = 0; k < c->key_count; k++) {
        uint32_t order = 0;
        for (uint32_t l = 0; l < c->key_count; l++)
            order += c->keys[l].weight > c->keys[k].weight ||
                     (c->keys[l].weight == c->keys[k].weight && l < k);
        for (uint32_t r = 0; r < m->count; r++)
            if (c->keys[k].type == STARLINGS_NONE ||
                c->keys[k].type == lmodel_record_of(m, r)->type)
                lmodel_enter(m, r, &c->keys[k], order);
    }
    qsort(m->entries, m->entry_count, sizeof m->entries[0], lmodel_compare_entries);
}

/* Where the bucket of an entry ends. */
static size_t lmodel_bucket_end(const lmodel_answer *m, size_t begin)
{
    size_t end = begin;
    while (end < m->entry_count &&
           lmodel_compare_buckets(&m->entries[begin], &m->entries[end]) == 0)
        end++;
    return end;
}

/* ---- clusters */

static void lmodel_join(const lmodel_answer *m, uint32_t *labels, uint32_t a, uint32_t b)
{
    uint32_t x = labels[a], y = labels[b], least = x < y ? x : y;
    for (uint32_t i = 0; i < m->count; i++)
        if (labels[i] == x || labels[i] == y)
            labels[i] = least;
}

/* Join all that overlap in a bucket, of components that are not contested, or of all. */
static void lmodel_close(const lmodel_answer *m, uint32_t *labels, size_t begin, size_t end,
                         bool all)
{
    for (size_t i = begin; i < end; i++)
        for (size_t j = begin; j < i; j++) {
            const lmodel_entry *x = &m->entries[i], *y = &m->entries[j];
            if (labels[x->record] != labels[y->record] &&
                (all || !m->contested[m->component[x->record]]) &&
                starlings_interval_overlaps(x->valid, y->valid))
                lmodel_join(m, labels, x->record, y->record);
        }
}

static void lmodel_components(lmodel_answer *m)
{
    for (uint32_t r = 0; r < m->count; r++)
        m->component[r] = r;
    for (size_t at = 0; at < m->entry_count; at = lmodel_bucket_end(m, at))
        lmodel_close(m, m->component, at, lmodel_bucket_end(m, at), true);
    for (uint32_t r = 0; r < m->count; r++)
        m->contested[r] = lmodel_clusters_clash(m, m->component, r, r);
}

/* An open cluster, by one of its records, and the furthest end of its members swept so far. */
typedef struct lmodel_open {
    uint32_t cluster;
    uint32_t identity; /* the smallest of its members */
    int64_t end;
} lmodel_open;

static uint32_t lmodel_smallest(const lmodel_answer *m, const uint32_t *labels, uint32_t cluster)
{
    uint32_t least = STARLINGS_NONE;
    for (uint32_t r = 0; r < m->count; r++)
        if (labels[r] == cluster && m->identity[r] < least)
            least = m->identity[r];
    return least;
}

/* Drop what has ended, map to what the clusters are now, join duplicates with the larger end, sort
   by smallest identity. */
static uint32_t lmodel_tidy(const lmodel_answer *m, const uint32_t *labels, lmodel_open *open,
                            uint32_t count, int64_t start)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        lmodel_open now = open[i];
        uint32_t at = 0;
        if (now.end <= start)
            continue;
        now.cluster = labels[now.cluster];
        now.identity = lmodel_smallest(m, labels, now.cluster);
        while (at < kept && open[at].identity < now.identity)
            at++;
        if (at < kept && open[at].cluster == now.cluster) {
            open[at].end = now.end > open[at].end ? now.end : open[at].end;
            continue;
        }
        memmove(open + at + 1, open + at, (kept - at) * sizeof open[0]);
        open[at] = now;
        kept++;
    }
    return kept;
}

/* One bucket of one contested component, in canonical order. */
static void lmodel_replay(const lmodel_answer *m, uint32_t *labels, size_t begin, size_t end,
                          uint32_t component)
{
    lmodel_open open[LMODEL_RECORDS + 1];
    uint32_t count = 0;
    for (size_t at = begin; at < end; at++) {
        const lmodel_entry *entry = &m->entries[at];
        uint32_t r = entry->record;
        if (m->component[r] != component)
            continue;
        count = lmodel_tidy(m, labels, open, count, entry->valid.start);
        for (uint32_t i = 0; i < count; i++)
            if (labels[r] != labels[open[i].cluster] &&
                !lmodel_clusters_clash(m, labels, labels[r], labels[open[i].cluster]))
                lmodel_join(m, labels, r, open[i].cluster);
        open[count].cluster = labels[r];
        open[count].end = entry->valid.end;
        open[count++].identity = 0;
    }
}

/* The clusters by keys of each weight and above. */
static void lmodel_cuts(lmodel_answer *m)
{
    uint32_t labels[LMODEL_RECORDS];
    size_t at = 0;
    for (uint32_t r = 0; r < LMODEL_RECORDS; r++)
        labels[r] = r;
    m->weight_count = 0;
    while (at < m->entry_count) {
        uint32_t weight = m->entries[at].key->weight;
        while (at < m->entry_count && m->entries[at].key->weight == weight) {
            size_t end = lmodel_bucket_end(m, at);
            lmodel_close(m, labels, at, end, false);
            for (uint32_t r = 0; r < m->count; r++)
                if (m->component[r] == r && m->contested[r])
                    lmodel_replay(m, labels, at, end, r);
            at = end;
        }
        memcpy(m->cut[m->weight_count], labels, sizeof labels);
        m->weights[m->weight_count++] = weight;
    }
    memcpy(m->entity, labels, sizeof labels);
}

/* Record i of the answer is record order[i] of the case. */
static void lmodel_solve(lmodel_answer *m, const lmodel_case *c, const uint32_t *order,
                         uint32_t count)
{
    m->c = c;
    m->count = count;
    for (uint32_t i = 0; i < count; i++)
        m->record[i] = order[i];
    lmodel_identities(m);
    lmodel_clashes(m);
    lmodel_all_entries(m);
    lmodel_components(m);
    lmodel_cuts(m);
}

/* ---- questions ----------------------------------------------------------- */

/* Whether two clusters have the values of a key at one time. */
static bool lmodel_match(const lmodel_answer *m, const uint32_t *labels, uint32_t x, uint32_t y)
{
    for (size_t at = 0, end; at < m->entry_count; at = end) {
        end = lmodel_bucket_end(m, at);
        for (size_t i = at; i < end; i++)
            for (size_t j = at; j < end && labels[m->entries[i].record] == x; j++)
                if (labels[m->entries[j].record] == y &&
                    starlings_interval_overlaps(m->entries[i].valid, m->entries[j].valid))
                    return true;
    }
    return false;
}

/* The highest weight by which two records are together; STARLINGS_NONE if they never are. */
static uint32_t lmodel_closeness(const lmodel_answer *m, uint32_t a, uint32_t b)
{
    for (uint32_t w = 0; w < m->weight_count; w++)
        if (m->cut[w][a] == m->cut[w][b])
            return m->weights[w];
    return STARLINGS_NONE;
}

/* Labels numbered 0, 1, 2 ... by first appearance; returns how many. */
static uint32_t lmodel_dense(const uint32_t *labels, uint32_t count, uint32_t *dense)
{
    uint32_t known = 0;
    for (uint32_t i = 0; i < count; i++) {
        dense[i] = STARLINGS_NONE;
        for (uint32_t j = 0; j < i && dense[i] == STARLINGS_NONE; j++)
            if (labels[j] == labels[i])
                dense[i] = dense[j];
        if (dense[i] == STARLINGS_NONE)
            dense[i] = known++;
    }
    return known;
}

#endif
