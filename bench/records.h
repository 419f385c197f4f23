/* records.h - records for the benchmark of the linker, made batch by batch, the same on every
   machine. The file that includes it defines STARLINGS_IMPLEMENTATION.

   simple    persons of five systems, each valid for 1 to 99 of some thousand days. The part that
             overlaps is one name and address: a hot key; the others match nothing.
   loadtest  users, sessions, processes, connections, assets, findings, alerts and files of 2 or 3
             systems each: 10 keys, 8 strong identifiers, 4 to 6 descriptors, valid for a minute to
             a day of thirty. `overlap` says again, of a pool of 10,000 of the type, who it is; what
             comes from the same system twice is one record and not two. `conflict` has the first
             key of another and an identifier of its own; `cross` the identifier and another key.
   people    entities of 5 records on average that do match: by name and birthday, or by mail.
   hot       one key for all records, which link or clash as the kind says.

   The first two are those of the design documents of Unirust, as far as those give the
   distributions; names and numbers are our own. */
#ifndef BENCH_RECORDS_H
#define BENCH_RECORDS_H

#include "../starlings_linker.h"
#include "data.h"

enum { RECORDS_BATCH = 5000, RECORDS_FACTS = 8, RECORDS_BYTES = 512, RECORDS_POOL = 10000 };
enum { RECORDS_DAY = 86400 };

/* One batch, used again and again. */
typedef struct records_batch {
    char *bytes;
    size_t used;
    starlings_temporal_record records[RECORDS_BATCH];
    starlings_descriptor facts[RECORDS_BATCH][RECORDS_FACTS];
    starlings_arrival arrivals[RECORDS_BATCH];
} records_batch;

typedef struct records_source {
    const char *name;
    const char *rules;
    void (*make)(struct records_source *s, records_batch *b, uint32_t at, uint32_t number);
    double overlap;
    double conflict;
    double cross;
    uint32_t kind;  /* of hot keys */
    uint32_t count; /* records in all */
    uint64_t state; /* of the random numbers; reset by records_begin */
    uint32_t pools[8];
} records_source;

static inline records_batch *records_batch_new(void)
{
    records_batch *b = (records_batch *)malloc(sizeof *b);
    if (b != NULL)
        b->bytes = (char *)malloc((size_t)RECORDS_BATCH * RECORDS_BYTES);
    if (b != NULL && b->bytes == NULL) {
        free(b);
        b = NULL;
    }
    return b;
}

static inline void records_batch_free(records_batch *b)
{
    if (b != NULL)
        free(b->bytes);
    free(b);
}

/* ---- pieces ---------------------------------------------------------------- */

/* The prefix and a number of `digits` digits. */
static inline starlings_text records_text(records_batch *b, const char *prefix, uint64_t number,
                                          uint32_t digits)
{
    starlings_text text;
    size_t size = strlen(prefix);
    char *at = b->bytes + b->used;
    memcpy(at, prefix, size);
    for (uint32_t i = digits; i-- > 0; number /= 10)
        at[size + i] = (char)('0' + number % 10);
    text.text = at;
    text.size = size + digits;
    b->used += text.size;
    return text;
}

static inline void records_put(records_batch *b, uint32_t at, const char *type,
                               const char *perspective, starlings_text uid)
{
    starlings_temporal_record *r = &b->records[at];
    r->type = starlings_text_of(type);
    r->perspective = starlings_text_of(perspective);
    r->uid = uid;
    r->descriptors = b->facts[at];
    r->descriptor_count = 0;
}

static inline void records_say(records_batch *b, uint32_t at, const char *attribute,
                               starlings_text value, starlings_interval valid)
{
    starlings_descriptor *fact = &b->facts[at][b->records[at].descriptor_count++];
    fact->attribute = starlings_text_of(attribute);
    fact->value = value;
    fact->valid = valid;
}

static inline bool records_chance(records_source *s, double chance)
{
    return generate_unit(&s->state) < chance;
}

static inline starlings_interval records_valid(records_source *s, uint32_t starts, uint32_t least,
                                               uint32_t most)
{
    starlings_interval valid;
    valid.start = generate_below(&s->state, starts);
    valid.end = valid.start + least + generate_below(&s->state, most - least);
    return valid;
}

/* ---- simple ---------------------------------------------------------------- */

static inline void records_simple(records_source *s, records_batch *b, uint32_t at, uint32_t number)
{
    static const char *const systems[5] = { "crm", "erp", "web", "mobile", "api" };
    const char *system = systems[generate_below(&s->state, 5)];
    starlings_interval valid = records_valid(s, 1000, 1, 100);
    bool same = records_chance(s, s->overlap);
    starlings_text mail = same ? starlings_text_of("john@example.com")
                               : records_text(b, "person@example.com/", number, 6);
    records_put(b, at, "person", system, records_text(b, system, number, 9));
    records_say(b, at, "name",
                same ? starlings_text_of("John Doe") : records_text(b, "Person_", number, 6),
                valid);
    records_say(b, at, "email", mail, valid);
    records_say(b, at, "phone",
                records_chance(s, 0.5)
                    ? starlings_text_of("555-1234")
                    : records_text(b, "555-", 1000 + generate_below(&s->state, 8999), 4),
                valid);
    records_say(b, at, "ssn",
                records_chance(s, 0.8)
                    ? starlings_text_of("123-45-6789")
                    : records_text(b, "", generate_below(&s->state, 1000000000), 9),
                valid);
}

/* ---- loadtest -------------------------------------------------------------- */

typedef struct records_kind {
    const char *type;
    uint32_t weight; /* of 100 */
    uint32_t systems;
    const char *system[3];
    const char *keys[2];
    const char *strong;
    const char *others[4];
} records_kind;

static const records_kind records_kinds[8] = {
    { "user", 15, 3, { "directory", "login", "staff" }, { "user_upn", "user_mail" }, "user_sid",
      { "department", "title", "country", "phone" } },
    { "session", 20, 2, { "vpn", "login", NULL }, { "session_key", NULL }, "session_token",
      { "client", "country", "device", "method" } },
    { "process", 25, 2, { "agent", "audit", NULL }, { "process_identity", NULL }, "process_guid",
      { "image", "account", "integrity", "signer" } },
    { "connection", 15, 3, { "firewall", "flow", "proxy" }, { "connection_tuple", NULL },
      "connection_id", { "protocol", "port", "direction", "action" } },
    { "asset", 10, 3, { "inventory", "scanner", "mobile" }, { "hostname", "mac" }, "asset_id",
      { "owner", "system", "site", "model" } },
    { "vulnerability", 5, 2, { "scanner", "vendor", NULL }, { "cve_on_host", NULL }, "finding_id",
      { "severity", "state", "product", "team" } },
    { "alert", 5, 2, { "events", "agent", NULL }, { "alert_key", NULL }, "alert_id",
      { "rule", "severity", "state", "team" } },
    { "file", 5, 2, { "agent", "guard", NULL }, { "file_digest", NULL }, "file_id",
      { "folder", "signer", "kind", "owner" } },
};

static const char *const records_loadtest_rules =
    "type user\nkey upn: user_upn\nkey mail: user_mail\nstrong user_sid\n"
    "type session\nkey session: session_key\nstrong session_token\n"
    "type process\nkey process: process_identity\nstrong process_guid\n"
    "type connection\nkey tuple: connection_tuple\nstrong connection_id\n"
    "type asset\nkey host: hostname\nkey mac: mac\nstrong asset_id\n"
    "type vulnerability\nkey finding: cve_on_host\nstrong finding_id\n"
    "type alert\nkey alert: alert_key\nstrong alert_id\n"
    "type file\nkey digest: file_digest\nstrong file_id\n";

static inline uint32_t records_pick_kind(records_source *s)
{
    uint32_t kind = 0, at = generate_below(&s->state, 100);
    for (; at >= records_kinds[kind].weight; kind++)
        at -= records_kinds[kind].weight;
    return kind;
}

/* The system that first told of member `member` of a pool. */
static inline uint32_t records_first_system(const records_kind *k, uint32_t member)
{
    return (uint32_t)((uint64_t)member * 2654435769u >> 8) % k->systems;
}

static inline void records_loadtest(records_source *s, records_batch *b, uint32_t at,
                                    uint32_t number)
{
    uint32_t kind = records_pick_kind(s), pool = s->pools[kind], member = 0, said = 4;
    const records_kind *k = &records_kinds[kind];
    starlings_interval valid = records_valid(s, 30 * RECORDS_DAY, 60, RECORDS_DAY);
    double chance = generate_unit(&s->state);
    bool same = pool > 0 && chance < s->overlap;
    bool conflict = pool > 0 && !same && chance < s->overlap + s->conflict;
    bool cross = pool > 0 && !same && !conflict && chance < s->overlap + s->conflict + s->cross;
    bool first = !same && !conflict && !cross && pool < RECORDS_POOL;
    uint32_t system = generate_below(&s->state, k->systems);
    /* Who it is, by which key and by which identifier; those above a billion are its own. */
    uint64_t own = 1000000000u + (uint64_t)number, who, key, strong;
    if (first)
        member = s->pools[kind]++;
    else if (same || conflict || cross)
        member = generate_below(&s->state, pool);
    if (first || conflict)
        system = records_first_system(k, member);
    who = first || same ? member : own;
    key = first || same || conflict ? member : own;
    strong = first || same || cross ? member : own;
    if (kind == 2) /* the number of a process is not the same twice */
        key = generate_next(&s->state) % 1000000000000u;
    records_put(b, at, k->type, k->system[system], records_text(b, k->type, who, 10));
    records_say(b, at, k->keys[0], records_text(b, "k", key, 12), valid);
    if (k->keys[1] != NULL)
        records_say(b, at, k->keys[1], records_text(b, "l", conflict ? own : key, 12), valid);
    records_say(b, at, k->strong, records_text(b, "s", strong, 12), valid);
    for (said += generate_below(&s->state, 3); b->records[at].descriptor_count < said;) {
        size_t other = b->records[at].descriptor_count % 4;
        records_say(b, at, k->others[other],
                    records_text(b, "v", generate_below(&s->state, 1000), 4), valid);
    }
}

/* ---- people ---------------------------------------------------------------- */

static const char *const records_people_rules =
    "key who: name, born\nkey mail: mail\nkey_weight mail 0.9\nstrong tax\n";

static inline void records_people(records_source *s, records_batch *b, uint32_t at, uint32_t number)
{
    static const char *const systems[4] = { "crm", "shop", "billing", "support" };
    const char *system = systems[generate_below(&s->state, 4)];
    uint32_t who = generate_below(&s->state, s->count / 5 + 1);
    starlings_interval valid = records_valid(s, 1000, 500, 1500);
    records_put(b, at, "", system, records_text(b, system, number, 9));
    records_say(b, at, "name", records_text(b, "Name ", who, 8), valid);
    records_say(b, at, "born", records_text(b, "19", who % 100, 2), valid);
    if (records_chance(s, 0.5))
        records_say(b, at, "mail", records_text(b, "mail@", who, 8), valid);
    if (records_chance(s, 0.5))
        records_say(b, at, "tax",
                    records_chance(s, s->conflict) ? records_text(b, "own", number, 9)
                                                   : records_text(b, "tax", who, 9),
                    valid);
    records_say(b, at, "city", records_text(b, "city", generate_below(&s->state, 1000), 4), valid);
}

/* ---- hot keys -------------------------------------------------------------- */

enum {
    HOT_LINK,   /* nothing keeps them apart */
    HOT_CLASH,  /* each has an identifier of its own */
    HOT_SECOND, /* and a second one, of which there are ten, agrees with those of many others */
    HOT_GRID    /* two identifiers of 300 values each, every second one missing, in short times */
};

static inline void records_hot(records_source *s, records_batch *b, uint32_t at, uint32_t number)
{
    starlings_interval valid = { 0, 1000 };
    if (s->kind == HOT_LINK || s->kind == HOT_GRID)
        valid = records_valid(s, 1000, 1, 100);
    records_put(b, at, "", "one", records_text(b, "", number, 9));
    records_say(b, at, "name", starlings_text_of("all"), valid);
    if (s->kind == HOT_CLASH || s->kind == HOT_SECOND)
        records_say(b, at, "tax", records_text(b, "", number, 9), valid);
    if (s->kind == HOT_SECOND)
        records_say(b, at, "passport", records_text(b, "", number % 10, 9), valid);
    if (s->kind == HOT_GRID && records_chance(s, 0.5))
        records_say(b, at, "tax", records_text(b, "", generate_below(&s->state, 300), 9), valid);
    if (s->kind == HOT_GRID && records_chance(s, 0.5))
        records_say(b, at, "passport", records_text(b, "", generate_below(&s->state, 300), 9),
                    valid);
}

/* ---- batches --------------------------------------------------------------- */

static inline void records_begin(records_source *s, uint32_t count)
{
    memset(s->pools, 0, sizeof s->pools);
    s->state = 42;
    s->count = count;
}

static inline void records_make(records_source *s, records_batch *b, uint32_t first, uint32_t count)
{
    b->used = 0;
    for (uint32_t i = 0; i < count; i++)
        s->make(s, b, i, first + i);
}

#endif
