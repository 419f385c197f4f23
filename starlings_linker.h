/* starlings_linker.h - links records over time - goes with starlings.h - MIT licence (see there)

   ==== [S00 LINKER_FRONT] what it is, how to use it, the map ================================

   Records from several systems describe the same people, firms, machines; each says what is so
   from when to when. This layer of starlings.h decides which records are one entity: those that
   agree on an identity key at the same time, unless a strong identifier tells them apart. It says
   why, and what stood in the way; lists what contradicts itself; and answers what was true of an
   entity at any time. The answer depends on the set of records and on the rules, never on the order
   in which records came, on how many came at once, or on the number of threads.

   In the ONE file that holds the implementation      everywhere else
   include this instead of starlings.h:

       #define STARLINGS_IMPLEMENTATION                   #include "starlings_linker.h"
       #include "starlings_linker.h"

   Two records of one person from two systems, linked by name and birthday:

       starlings_ontology_read(ontology, starlings_text_of("key who: name, born"));
       starlings_linker_add(linker, records, 2, NULL);
       starlings_linker_resolve(linker, &resolution);
       starlings_partition_entity_count(starlings_resolution_partition(resolution));   1

   examples/17_link_records.c is the whole program. A resolution is a hierarchy and a partition as
   starlings.h knows them, so it can be swept, compared and exported like any other.

   The map (sections go on counting where starlings.h has room for them)
     public part
       S00 LINKER_FRONT   this text
       S14 TEMPORAL_API   intervals, rules, linker, conflicts, golden records, queries
     implementation
       S80 INTERVAL       half-open times, relations, timelines
       S81 ONTOLOGY       rules, and the records that they are about
       S82 LINKER         entries, components, claims; which components are contested
       S86 REPLAY         contested components, in an order that only their records decide
       S87 RESOLUTION     linkers, their answers, why and why not; records from CSV
       S83 CONFLICT       what contradicts itself
       S84 GOLDEN         what was true when
       S85 QUERY          who fits; graphs
*/
#include "starlings.h"

#ifndef STARLINGS_LINKER_H
#define STARLINGS_LINKER_H

#ifdef __cplusplus
extern "C" {
#endif

/* ==== [S14 TEMPORAL_API] intervals, rules, linker, conflicts, golden records, queries */
/* ---- intervals */
/* What a record says holds for a time, [start, end), in any unit, such as days since 1970.
   START_OF_TIME as the start and END_OF_TIME as the end mean unbounded, so a fact that always holds
   has the interval [START_OF_TIME, END_OF_TIME). The end itself is not in it: [1, 5) and [5, 9)
   touch and do not overlap. An interval has start < end; calls that take one treat any other as
   empty, and never overflow. */
#define STARLINGS_START_OF_TIME INT64_MIN
#define STARLINGS_END_OF_TIME INT64_MAX

typedef struct starlings_interval {
    int64_t start;
    int64_t end;
} starlings_interval;

STARLINGS_DEF bool starlings_interval_is_empty(starlings_interval a); /* start >= end */
STARLINGS_DEF bool starlings_interval_is_finite(starlings_interval a);
STARLINGS_DEF bool starlings_interval_contains(starlings_interval a, int64_t time);
STARLINGS_DEF bool starlings_interval_encloses(starlings_interval a, starlings_interval b);
STARLINGS_DEF bool starlings_interval_overlaps(starlings_interval a, starlings_interval b);
STARLINGS_DEF bool starlings_interval_touches(starlings_interval a, starlings_interval b); /* one
                                                                  begins where the other ends */
/* By start, then by end: -1, 0 or 1. */
STARLINGS_DEF int starlings_interval_compare(starlings_interval a, starlings_interval b);

/* What both cover; false, and an empty *out, if there is nothing. */
STARLINGS_DEF bool starlings_interval_intersect(starlings_interval a, starlings_interval b,
                                                starlings_interval *out);
/* What either covers, if that is one interval: they overlap or touch, or one is empty. */
STARLINGS_DEF bool starlings_interval_unite(starlings_interval a, starlings_interval b,
                                            starlings_interval *out);
/* What a covers and b does not: returns how many parts there are, 0 to 2, in order. */
STARLINGS_DEF uint32_t starlings_interval_subtract(starlings_interval a, starlings_interval b,
                                                   starlings_interval out[2]);
/* end - start; false if the interval is not finite. Any finite duration fits. */
STARLINGS_DEF bool starlings_interval_duration(starlings_interval a, uint64_t *out_duration);

/* How two intervals lie (Allen 1983): exactly one holds for any two that are not empty. Each
   stands beside its converse. */
typedef enum starlings_relation {
    STARLINGS_RELATION_NONE = 0, /* one of them is empty */
    STARLINGS_PRECEDES, STARLINGS_PRECEDED_BY,       /* a ends before b starts */
    STARLINGS_MEETS, STARLINGS_MET_BY,               /* a ends where b starts */
    STARLINGS_OVERLAPS, STARLINGS_OVERLAPPED_BY,     /* a starts first and ends inside b */
    STARLINGS_STARTS, STARLINGS_STARTED_BY,          /* same start, a ends first */
    STARLINGS_DURING, STARLINGS_ENCLOSES,            /* a is inside b, no end in common */
    STARLINGS_FINISHES, STARLINGS_FINISHED_BY,       /* same end, a starts later */
    STARLINGS_EQUALS,
    STARLINGS_RELATION_FORCE_I32 = 0x7fffffff
} starlings_relation;
STARLINGS_DEF starlings_relation starlings_interval_relate(starlings_interval a,
                                                           starlings_interval b);

/* Timelines: intervals that ascend, none empty, none overlapping or touching the next. Each set of
   times that is a union of intervals has exactly one. */

/* Any intervals, in any order, become a timeline in place; returns how many are left.
   Cost: O(n log n), no memory. */
STARLINGS_DEF size_t starlings_timeline_make(starlings_interval *intervals, size_t count);
/* The same of two timelines: `out` has room for a_count + b_count, and is neither of them; returns
   how many were written. Cost: O(a_count + b_count). */
STARLINGS_DEF size_t starlings_timeline_unite(const starlings_interval *a, size_t a_count,
                                              const starlings_interval *b, size_t b_count,
                                              starlings_interval *out);
STARLINGS_DEF size_t starlings_timeline_intersect(const starlings_interval *a, size_t a_count,
                                                  const starlings_interval *b, size_t b_count,
                                                  starlings_interval *out);
STARLINGS_DEF size_t starlings_timeline_subtract(const starlings_interval *a, size_t a_count,
                                                 const starlings_interval *b, size_t b_count,
                                                 starlings_interval *out);
STARLINGS_DEF bool starlings_timeline_overlap(const starlings_interval *a, size_t a_count,
                                              const starlings_interval *b, size_t b_count);
/* Cut intervals (any, in any order) at all their ends: the pieces within which nothing begins or
   ends, ascending, those that nothing covers left out. `times` and `out` have room for 2 * count;
   returns how many pieces. Cost: O(n log n). */
STARLINGS_DEF size_t starlings_timeline_atoms(const starlings_interval *intervals, size_t count,
                                              int64_t *times, starlings_interval *out);

/* A text that ends with a zero (NULL: empty). */
STARLINGS_DEF starlings_text starlings_text_of(const char *text);

/* ---- dates */
/* Days since 1970-01-01 in the proleptic Gregorian calendar, years 0001 to 9999, "YYYY-MM-DD".
   Errors: ERR_FORMAT it is no such date. */
STARLINGS_DEF starlings_status starlings_date_parse(starlings_text text, int64_t *out_days);
/* Writes "YYYY-MM-DD" and a zero; days outside those years are written as plain integers. */
STARLINGS_DEF void starlings_date_write(int64_t days, char out[24]);

/* ---- rules */
/* An ontology says what makes records one entity. Rules are added by calls or read from a text, one
   rule a line, # begins a comment:

     type NAME                       the rules that follow are for records of this type alone; those
                                     before the first type are for all
     key NAME: a, b                  records with the same a and the same b at the same time match;
                                     several keys: any one of them is enough
     key_weight NAME 0.9             how much a match by this key is worth, in [0, 1]; else 1
     strong a                        records of one perspective that have different values of a at
                                     the same time are not one entity
     strong a many                   a has several values at once: two records clash where neither
                                     has a value of the other's
     scope perspective | any         whom strong identifiers keep apart: records of one perspective
                                     (default), or any two
     permanent a, b                  what is said of a or b holds for all time
     unique a                        no two values at once in an entity, no value at once in two
     unique_within a                 the same among records of one perspective. Both are reported
                                     as conflicts; linker_desc.constraints_block lets the first
                                     half keep records apart
     weight PERSPECTIVE 0.8          for golden records, in [0, 1]; else 0
     authority ATTRIBUTE PERSPECTIVE whose word counts, for golden records

   A type's own `strong` and `authority` go before those for all; scope and weight are for all
   wherever they stand. Weights are kept in millionths.
   Names end at a blank, a comma or a colon; in double quotes ("full name", "" for a quote) they may
   hold anything.
   Owners are counted. One writer; an ontology that a linker has taken does not change any more. */
typedef struct starlings_ontology starlings_ontology;

typedef enum starlings_rule_kind {
    STARLINGS_RULE_TYPE = 1,
    STARLINGS_RULE_KEY,
    STARLINGS_RULE_KEY_WEIGHT,
    STARLINGS_RULE_STRONG,
    STARLINGS_RULE_STRONG_MANY,
    STARLINGS_RULE_SCOPE_PERSPECTIVE,
    STARLINGS_RULE_SCOPE_ANY,
    STARLINGS_RULE_PERMANENT,
    STARLINGS_RULE_UNIQUE,
    STARLINGS_RULE_UNIQUE_WITHIN,
    STARLINGS_RULE_WEIGHT,
    STARLINGS_RULE_AUTHORITY,
    STARLINGS_RULE_FORCE_I32 = 0x7fffffff
} starlings_rule_kind;

typedef struct starlings_rule {
    starlings_rule_kind kind;
    starlings_text name; /* of the type or key; SCOPE: not looked at; else the attribute, but for
                            WEIGHT, which has none */
    const starlings_text *attributes; /* KEY: attribute_count of them */
    size_t attribute_count;
    starlings_text perspective; /* WEIGHT, AUTHORITY */
    double weight;              /* WEIGHT, KEY_WEIGHT */
} starlings_rule;

/* env may be NULL; the ontology keeps it for its calls. */
STARLINGS_DEF starlings_status starlings_ontology_create(const starlings_env *env,
                                                         starlings_ontology **out_ontology);
STARLINGS_DEF starlings_ontology *starlings_ontology_retain(starlings_ontology *ontology);
STARLINGS_DEF void starlings_ontology_release(starlings_ontology *ontology); /* NULL is fine */
/* Errors: ERR_ARG the rule lacks a part, has an empty name or a type name with a colon in it, or
           the ontology is a linker's; ERR_DUPLICATE it says again or otherwise what is said
           already (to the same records); ERR_STRANGER a KEY_WEIGHT for no key so far; ERR_NAN,
           ERR_INFINITE, ERR_WEIGHT; ERR_RANGE too many names; ERR_NOMEM. */
STARLINGS_DEF starlings_status starlings_ontology_add(starlings_ontology *ontology,
                                                      const starlings_rule *rule);
/* All rules of a text or, after an error, none. Lines end with LF or CRLF; a byte order mark is
   skipped. A text that is read later goes on with the type that was named last.
   Errors: as add, and ERR_FORMAT; error->line is where the rule began. */
STARLINGS_DEF starlings_status starlings_ontology_read(starlings_ontology *ontology,
                                                       starlings_text text);
/* The text of all rules, one a line, as they came. */
STARLINGS_DEF starlings_status starlings_ontology_write(const starlings_ontology *ontology,
                                                        const starlings_sink *sink);

/* ---- records */
/* Who says it (perspective: a system, a register) of what (type, uid), and what. The identity of a
   record is (type, perspective, uid). Several values of an attribute, and several intervals of a
   value, are fine; what overlaps or touches becomes one. */
typedef struct starlings_descriptor {
    starlings_text attribute;
    starlings_text value;
    starlings_interval valid; /* of a permanent attribute: not looked at */
} starlings_descriptor;

typedef struct starlings_temporal_record {
    starlings_text type; /* empty: no type. If the ontology names types, one of them */
    starlings_text perspective;
    starlings_text uid;
    const starlings_descriptor *descriptors; /* descriptor_count of them */
    size_t descriptor_count;
} starlings_temporal_record;

/* What became of a record that was given. */
typedef enum starlings_arrival {
    STARLINGS_ARRIVAL_NEW = 0,
    STARLINGS_ARRIVAL_KNOWN = 1,   /* it was there, and said the same: nothing changes */
    STARLINGS_ARRIVAL_REFUSED = 2, /* it was there, and said something else: that stays */
    STARLINGS_ARRIVAL_FORCE_I32 = 0x7fffffff
} starlings_arrival;

/* A linker takes records in batches of any size and resolves them when asked. Records are numbered
   0, 1, 2 ... in the order in which they came, known ones not again. One writer: add, read_csv and
   resolve all write to it. */
typedef struct starlings_linker starlings_linker;
typedef struct starlings_linker_desc {
    starlings_ontology *ontology; /* retained */
    uint64_t hash_seed[2];        /* against crafted texts; never shows in any result */
    bool constraints_block;       /* unique and unique_within keep records apart, as strong does */
    starlings_env env;            /* used by all calls on the linker */
} starlings_linker_desc;

STARLINGS_DEF starlings_status starlings_linker_create(const starlings_linker_desc *desc,
                                                       starlings_linker **out_linker);
/* What it has resolved stays. NULL is fine. */
STARLINGS_DEF void starlings_linker_release(starlings_linker *linker);

/* Take records: all of them or, after an error, none. Texts are copied. With `arrivals` (count of
   them) a record that is refused is told there and the others are taken; without it, that is an
   error. A record may be there from earlier in the same call.
   Errors: ERR_DUPLICATE the record is there with other descriptors (no arrivals); ERR_ARG an
           interval is empty, a text is NULL with a size; ERR_STRANGER the ontology names types, and
           not this one; ERR_RANGE too many records or values; ERR_NOMEM; ERR_CANCELLED. error->at
           is the record of this call.
   Cost:   a hash and a look-up for each text; see S81 for the memory. */
STARLINGS_DEF starlings_status starlings_linker_add(starlings_linker *linker,
                                                    const starlings_temporal_record *records,
                                                    size_t count, starlings_arrival *arrivals);

/* Records of a CSV, one a row. Columns that have no name here are found by their usual ones:
     uid          record | unique_id | uid | id
     perspective  source | source_dataset | perspective
     from         valid_from | from | start
     to           valid_to | to | end
     type         none
   Every other column is an attribute, with several values where there are several separated by
   `;` (empty ones are none). Times are dates (days since 1970) or integers, each by itself: that a
   file does not mix them is not looked at. Empty is unbounded. */
typedef struct starlings_record_columns {
    const char *uid;
    const char *perspective;     /* "": no column */
    const char *from;            /* "": no column */
    const char *to;              /* "": no column */
    const char *type;            /* NULL: no column */
    const char *all_type;        /* the type of all records, without a column of them */
    const char *all_perspective; /* their perspective, without a column of them */
} starlings_record_columns;
/* After an error the linker holds what came before the bad row. columns may be NULL.
   Errors: ERR_FORMAT a time, from >= to, an empty uid or perspective; ERR_COLUMN; ERR_AMBIGUOUS;
           ERR_ARG a column and a text for all records are both named; those of add and of the
           reader. error->line is that of the row; the errors of linker and csv are filled alike. */
STARLINGS_DEF starlings_status starlings_linker_read_csv(starlings_linker *linker,
                                                         starlings_csv *csv,
                                                         const starlings_record_columns *columns);

STARLINGS_DEF uint32_t starlings_linker_record_count(const starlings_linker *linker);
STARLINGS_DEF size_t starlings_linker_size(const starlings_linker *linker); /* bytes it holds */

/* ---- the answer */
/* Who is one entity. It never changes and counts its owners. Any number of threads may read it and
   what is made of it, but not while its linker is written to, whose records it reads; it lives on
   without the linker. Its records are those that the linker had. Texts that come from it, or from
   what is made of it, live until the linker is written to: ask again then. */
typedef struct starlings_resolution starlings_resolution;

/* Errors: ERR_NOMEM, ERR_CANCELLED: the linker is as it was.
   Cost: what new records touch is linked anew, the rest is taken over; O(records) to write it down.
   S82 tells what a contested component costs. */
STARLINGS_DEF starlings_status starlings_linker_resolve(starlings_linker *linker,
                                                        starlings_resolution **out_resolution);
STARLINGS_DEF starlings_resolution *starlings_resolution_retain(starlings_resolution *resolution);
STARLINGS_DEF void starlings_resolution_release(starlings_resolution *resolution);

/* A record and what it says. descriptors is NULL: ask for them one by one, at 0, 1, 2 ... until
   false. Those of one attribute and value stand together, by time; attributes and values come in
   the order in which the linker first saw them. False too if there is no such record. */
STARLINGS_DEF bool starlings_resolution_record(const starlings_resolution *resolution,
                                               uint32_t record,
                                               starlings_temporal_record *out_record);
STARLINGS_DEF bool starlings_resolution_descriptor(const starlings_resolution *resolution,
                                                   uint32_t record, size_t at,
                                                   starlings_descriptor *out_descriptor);
/* The number of a record, or STARLINGS_NONE. */
STARLINGS_DEF uint32_t starlings_resolution_find(const starlings_resolution *resolution,
                                                 starlings_text type, starlings_text perspective,
                                                 starlings_text uid);

/* Its entities, numbered by their smallest record; and the hierarchy of its links, whose weights
   are those of the keys. Both live as long as the resolution; retain them to keep them longer. */
STARLINGS_DEF starlings_partition *
starlings_resolution_partition(const starlings_resolution *resolution);
STARLINGS_DEF starlings_hierarchy *
starlings_resolution_hierarchy(const starlings_resolution *resolution);
/* The same as a collection with a context of its own, to be loaded into a frame: (source, key) =
   (perspective, uid), the source "type:perspective" where there is a type (or a colon in the
   perspective). env may be NULL. */
STARLINGS_DEF starlings_status
starlings_resolution_collection(const starlings_resolution *resolution, const starlings_env *env,
                                starlings_collection **out_collection);
/* Whether the records of an entity, or what keeps them together or apart, may be other than in the
   resolution of this linker before: false only if nothing new touched them. */
STARLINGS_DEF bool starlings_resolution_is_changed(const starlings_resolution *resolution,
                                                   uint32_t entity);

typedef struct starlings_resolution_stats {
    uint32_t records;
    uint32_t entities;
    uint64_t key_values;  /* distinct (key, values) */
    uint64_t key_entries; /* (record, key values, interval) */
    uint32_t components;  /* of records that hang together by keys, without strong identifiers */
    uint32_t contested;   /* components in which some two records clash */
    uint32_t recomputed;  /* components that this resolution linked anew */
} starlings_resolution_stats;
STARLINGS_DEF starlings_resolution_stats
starlings_resolution_statistics(const starlings_resolution *resolution);

/* ---- why */
/* Two records matched by a key: at every time of `valid` both had its values. */
typedef struct starlings_match {
    uint32_t a;
    uint32_t b;
    starlings_text key;
    uint32_t weight; /* of the key, in millionths */
    uint32_t key_values; /* a number for these values of this key: starlings_resolution_key_value */
    starlings_interval valid;
} starlings_match;
/* A chain of matches from record a to record b, of all chains one whose weakest key is strongest;
   if they match directly by such a key, that match alone. *out_count is 0 if they are not one
   entity (or a == b), else how many matches there are, of which at most `capacity` are written.
   Each begins with the record with which the one before ends.
   Errors: ERR_RANGE no such record; ERR_NOMEM.  Cost: a scan of all links. */
STARLINGS_DEF starlings_status starlings_resolution_why(const starlings_resolution *resolution,
                                                        uint32_t a, uint32_t b,
                                                        const starlings_env *env,
                                                        starlings_match *matches, size_t capacity,
                                                        size_t *out_count);
/* Attribute and value number `at` of the values of a key; false if there are no more. */
STARLINGS_DEF bool starlings_resolution_key_value(const starlings_resolution *resolution,
                                                  uint32_t key_values, size_t at,
                                                  starlings_text *out_attribute,
                                                  starlings_text *out_value);

/* What keeps the entities of two records apart: record x of the one says value_x, record y of the
   other value_y, of the same identifier at the same time. */
typedef struct starlings_clash {
    uint32_t x;
    uint32_t y;
    starlings_text attribute;
    starlings_text value_x;
    starlings_text value_y;
    starlings_interval valid;
} starlings_clash;
typedef enum starlings_apart {
    STARLINGS_APART_NOT = 0,      /* they are one entity */
    STARLINGS_APART_BY_TYPE,      /* records of two types never match */
    STARLINGS_APART_BY_KEYS,      /* no chain of matches joins them, whatever identifiers say */
    STARLINGS_APART_BY_CLASH,     /* there are clashes */
    STARLINGS_APART_BY_OTHERS,    /* their entities do not clash, but every chain of matches goes
                                     through a record that was kept apart */
    STARLINGS_APART_FORCE_I32 = 0x7fffffff
} starlings_apart;
/* Clashes come in the order of x and y, attribute and time; *out_matches (may be NULL) tells
   whether a key matches the two entities directly. Writes at most `capacity`, and to
   *out_count how many there are.
   Errors: ERR_RANGE no such record; ERR_NOMEM.  Cost: O(c log c) for what the two say. */
STARLINGS_DEF starlings_status
starlings_resolution_why_not(const starlings_resolution *resolution, uint32_t a, uint32_t b,
                             const starlings_env *env, starlings_apart *out_apart,
                             bool *out_matches, starlings_clash *clashes, size_t capacity,
                             size_t *out_count);

/* Merges that identifiers refused: several entities share the values of a key, at times that
   overlap, and clash on `attribute`. Grouped, so that a list is as long as the records that it is
   about and not as the pairs of them: all that clash stand in one refusal, each side an entity with
   one of its values. By key (weight, then as in the ontology), values, attribute, perspective;
   sides by value, entity, time. Listed is what an entity says that clashes with what another says
   that has these values of the key at a time at which it has them. */
typedef struct starlings_refusals starlings_refusals;
typedef struct starlings_refusal {
    starlings_text key;
    uint32_t key_values;
    starlings_text attribute;
    starlings_text perspective; /* empty where strong identifiers keep any two records apart */
    uint32_t side_count;
} starlings_refusal;
typedef struct starlings_refusal_side {
    starlings_text value;
    uint32_t entity;
    uint32_t record; /* one that says so all that time */
    starlings_interval valid;
} starlings_refusal_side;
/* env may be NULL. The list keeps its resolution alive.
   Errors: ERR_NOMEM; ERR_RANGE too much is said; ERR_CANCELLED.
   Cost: a sort of what entities say that share contested values of a key, for each of these. */
STARLINGS_DEF starlings_status starlings_refusals_create(starlings_resolution *resolution,
                                                         const starlings_env *env,
                                                         starlings_refusals **out_refusals);
STARLINGS_DEF void starlings_refusals_release(starlings_refusals *refusals);
STARLINGS_DEF size_t starlings_refusals_count(const starlings_refusals *refusals);
STARLINGS_DEF bool starlings_refusals_at(const starlings_refusals *refusals, size_t at,
                                         starlings_refusal *out_refusal);
STARLINGS_DEF bool starlings_refusals_side(const starlings_refusals *refusals, size_t at,
                                           uint32_t side, starlings_refusal_side *out_side);

/* ---- conflicts */
typedef enum starlings_conflict_kind {
    STARLINGS_CONFLICT_DIRECT = 0,    /* an entity has two or more values of an attribute at once
                                         (not of one that is declared `many`) */
    STARLINGS_CONFLICT_WITHIN_RECORD, /* a record says two values of a strong identifier at once */
    STARLINGS_CONFLICT_INDIRECT,      /* a merge that a strong identifier refused */
    STARLINGS_CONFLICT_UNIQUE,        /* two values at once in an entity, or one in two entities */
    STARLINGS_CONFLICT_UNIQUE_WITHIN, /* the same among records of one perspective */
    STARLINGS_CONFLICT_FORCE_I32 = 0x7fffffff
} starlings_conflict_kind;

/* All of it holds during `valid`, which is as long as it can be. Of INDIRECT: at each time of it
   two entities have different values, and who has one at any time of it is a party. */
typedef struct starlings_conflict {
    starlings_conflict_kind kind;
    starlings_text attribute;
    starlings_text perspective; /* empty unless it is about records of one perspective */
    starlings_interval valid;
    uint32_t entity; /* STARLINGS_NONE: it is between entities */
    uint32_t party_count;
} starlings_conflict;
typedef struct starlings_party {
    starlings_text value;
    uint32_t entity;
    uint32_t record;
} starlings_party;

typedef enum starlings_conflict_method {
    STARLINGS_CONFLICT_BEST = 0, /* atoms where ends coincide so much that fewer than half of them
                                    are distinct, else the sweep */
    STARLINGS_CONFLICT_SWEEP,    /* O(d log d) for d descriptors */
    STARLINGS_CONFLICT_ATOMS,    /* O(d log d), and what of the d is covered twice or more */
    STARLINGS_METHOD_FORCE_I32 = 0x7fffffff
} starlings_conflict_method;

/* The list of all conflicts, the same by either method, sorted by kind, entity, attribute (as
   bytes), perspective, time, values; parties by value (as bytes), record.
   With `previous`, the list of another resolution of the same linker, what lies in entities that
   had the same records then is copied.
   Errors: ERR_ARG no such method, a list of another linker; ERR_RANGE too many conflicts (2^32);
           ERR_NOMEM; ERR_CANCELLED.
   Cost:   O(facts), with workers; what has conflicts is sorted; see S83. */
typedef struct starlings_conflicts starlings_conflicts;
typedef struct starlings_conflicts_desc {
    starlings_resolution *resolution; /* retained */
    const starlings_conflicts *previous;
    starlings_conflict_method method;
    starlings_env env;
} starlings_conflicts_desc;
STARLINGS_DEF starlings_status starlings_conflicts_create(const starlings_conflicts_desc *desc,
                                                          starlings_conflicts **out_conflicts);
STARLINGS_DEF void starlings_conflicts_release(starlings_conflicts *conflicts);
STARLINGS_DEF size_t starlings_conflicts_count(const starlings_conflicts *conflicts);
STARLINGS_DEF bool starlings_conflicts_at(const starlings_conflicts *conflicts, size_t at,
                                          starlings_conflict *out_conflict);
STARLINGS_DEF bool starlings_conflicts_party(const starlings_conflicts *conflicts, size_t at,
                                             uint32_t party, starlings_party *out_party);
/* A CSV of one conflict a row, sorted, in a form that depends on no number:
   kind,attribute,perspective,from,to,parties, with the parties as value=perspective:uid (S83 has
   the grammar). Equal sets of records give equal bytes. env may be NULL. */
STARLINGS_DEF starlings_status starlings_conflicts_write(const starlings_conflicts *conflicts,
                                                         const starlings_sink *sink,
                                                         const starlings_env *env);

/* ---- golden records */
/* What holds of an attribute while its records disagree. Each falls back to OMIT where it does not
   decide. Attributes that are declared `many` are never contested. */
typedef enum starlings_golden_policy {
    STARLINGS_GOLDEN_OMIT = 0,  /* nothing */
    STARLINGS_GOLDEN_WEIGHT,    /* the value whose perspective has the highest weight */
    STARLINGS_GOLDEN_AUTHORITY, /* the value of the attribute's authority */
    STARLINGS_GOLDEN_LATEST,    /* the value that began to hold last */
    STARLINGS_GOLDEN_MAJORITY,  /* the value that most records say */
    STARLINGS_GOLDEN_FORCE_I32 = 0x7fffffff
} starlings_golden_policy;

typedef struct starlings_golden_value {
    starlings_text attribute;
    starlings_text value;
    starlings_interval valid; /* as long as it can be with the same records */
    const uint32_t *records;  /* that say so, ascending; they live as long as the golden record */
    uint32_t record_count;
    bool contested; /* others say something else; the policy decided */
} starlings_golden_value;

/* The golden record of an entity, sorted by attribute, value (as bytes), time. */
typedef struct starlings_golden starlings_golden;
typedef struct starlings_golden_desc {
    starlings_resolution *resolution; /* retained */
    uint32_t entity;
    starlings_golden_policy policy;
    starlings_interval range; /* what lies outside is cut off; zeroed: all time, empty in another
                                 way: nothing. An instant t is [t, t + 1) */
    starlings_env env;
} starlings_golden_desc;
/* Errors: ERR_RANGE no such entity; ERR_ARG no such policy; ERR_NOMEM.
   Cost:   O(d log d) for d facts of the entity, whatever the policy, and what is written. */
STARLINGS_DEF starlings_status starlings_golden_create(const starlings_golden_desc *desc,
                                                       starlings_golden **out_golden);
STARLINGS_DEF void starlings_golden_release(starlings_golden *golden);
STARLINGS_DEF size_t starlings_golden_count(const starlings_golden *golden);
STARLINGS_DEF bool starlings_golden_at(const starlings_golden *golden, size_t at,
                                       starlings_golden_value *out_value);

/* Readable names of all entities, such as JOHN-DOE-x7 (S84 tells how they are made). No two are the
   same. They depend on what the records say, and on who they are only where they say the same. They
   need the resolution no longer than the call. env may be NULL. */
typedef struct starlings_entity_names starlings_entity_names;
STARLINGS_DEF starlings_status starlings_entity_names_create(starlings_resolution *resolution,
                                                             const starlings_env *env,
                                                             starlings_entity_names **out_names);
STARLINGS_DEF void starlings_entity_names_release(starlings_entity_names *names);
STARLINGS_DEF starlings_text starlings_entity_names_at(const starlings_entity_names *names,
                                                       uint32_t entity);

/* ---- queries */
/* An index answers which entities have all of some values at one time. Any number of threads may
   ask one; like its resolution, which it retains, it is not to be asked while the linker is written
   to. env may be NULL.
   Errors: ERR_NOMEM, ERR_CANCELLED; ERR_RANGE one value has 2^32 intervals.
   Cost:   linear in what records say; some 25 bytes for each of it. */
typedef struct starlings_value_index starlings_value_index;
STARLINGS_DEF starlings_status starlings_value_index_create(starlings_resolution *resolution,
                                                            const starlings_env *env,
                                                            starlings_value_index **out_index);
STARLINGS_DEF void starlings_value_index_release(starlings_value_index *index);

typedef struct starlings_condition {
    starlings_text attribute;
    starlings_text value;
} starlings_condition;
typedef struct starlings_query_desc {
    const starlings_value_index *index;
    const starlings_condition *conditions; /* all of them, each by any record of the entity; none:
                                              nothing fits */
    size_t condition_count;
    starlings_interval range; /* zeroed: all time */
    const char *type;         /* NULL: of any type; "": of none */
    starlings_env env;
} starlings_query_desc;
/* An entity and one of the longest intervals in which it fits. */
typedef struct starlings_fit {
    uint32_t entity;
    starlings_interval valid;
} starlings_fit;
/* Two entities that fit at the same time: the question does not tell them apart. */
typedef struct starlings_fit_pair {
    uint32_t a;
    uint32_t b; /* a < b */
    starlings_interval valid;
} starlings_fit_pair;

/* The fits by entity, then time. An answer is the caller's and does not need its index any more.
   Errors: ERR_ARG the range is empty (but not zeroed), a text is NULL with a size: error->at is the
           condition; ERR_NOMEM. Texts that no record has said are no error: nothing fits.
   Cost:   that of the condition that fits least in the range; S85 tells more. */
typedef struct starlings_answer starlings_answer;
STARLINGS_DEF starlings_status starlings_query(const starlings_query_desc *desc,
                                               starlings_answer **out_answer);
STARLINGS_DEF void starlings_answer_release(starlings_answer *answer);
STARLINGS_DEF const starlings_fit *starlings_answer_fits(const starlings_answer *answer,
                                                         size_t *out_count);
/* All pairs, by a, b, time, each as long as it can be: writes at most `capacity` and always sets
   *out_count, so (NULL, 0) asks for the number, which is found without making them. env may be
   NULL.  Errors: ERR_NOMEM; ERR_RANGE there are 2^32 fits. */
STARLINGS_DEF starlings_status starlings_answer_pairs(const starlings_answer *answer,
                                                      const starlings_env *env,
                                                      starlings_fit_pair *pairs, size_t capacity,
                                                      uint64_t *out_count);

/* ---- graphs */
typedef enum starlings_graph_format {
    STARLINGS_GRAPH_DOT = 0,
    STARLINGS_GRAPH_GRAPHML,
    STARLINGS_GRAPH_JSON_LINES,
    STARLINGS_GRAPH_FORCE_I32 = 0x7fffffff
} starlings_graph_format;
/* Records and entities as nodes; the matches that make each entity (one fewer than its records) as
   edges; conflicts and refusals as nodes with an edge to each record in them. Ids ("type/
   perspective/uid", escaped) and order depend on the set of records alone; S85 has the list of all
   fields. With only_entity: it, its conflicts, and the records of others that are in these.
   Errors: those of the sink; ERR_ARG no such format, lists of another resolution; ERR_RANGE no such
           entity; ERR_NOMEM; ERR_CANCELLED. After an error of the sink or
           ERR_CANCELLED some of it has been written. */
typedef struct starlings_graph_desc {
    starlings_resolution *resolution;
    const starlings_conflicts *conflicts; /* NULL: without */
    const starlings_refusals *refusals;   /* NULL: without */
    const starlings_entity_names *names;  /* NULL: without */
    uint32_t entity;                      /* this one alone, if only_entity */
    bool only_entity;
    bool dates; /* times are days: write them as dates */
    starlings_graph_format format;
    starlings_sink sink;
    starlings_env env;
} starlings_graph_desc;
STARLINGS_DEF starlings_status starlings_graph_write(const starlings_graph_desc *desc);

#ifdef __cplusplus
}
#endif
#endif /* STARLINGS_LINKER_H */

/* ########################################################################## */
/* The implementation. Everything below is private: stln_ and STLN_.          */
/* ########################################################################## */
#if defined(STARLINGS_IMPLEMENTATION) && !defined(STLN_LINKER_IMPLEMENTED)
#define STLN_LINKER_IMPLEMENTED

#ifdef __cplusplus
extern "C" {
#endif

/* ==== [S80 INTERVAL] half-open times, relations, timelines ================= */
/* Times are int64 and the two ends of the range mean unbounded, so no operation adds to a time or
   takes two apart: everything is comparison, but for a duration, which is unsigned and only asked
   of finite intervals. Half-open intervals make neighbours exact: what ends at 5 and what begins at
   5 share no time and leave none out.

   The thirteen relations follow from two comparisons of starts and ends and two of an end with the
   other's start; they exclude each other and leave nothing out, which a test counts.

   A timeline is the one normal form of a set of times. Two of them are worked on as two sorted
   lists of boundaries that are merged: with how many of either are open is known at each step,
   whether the result is open follows, and boundaries where it does not change are not written.

     a      [1   5)   [7  9)                 open in a  1 1 0 1 0
     b         [4       8)                   open in b  0 1 1 1 0
     a u b  [1            9)                 a - b    [1 4)     [8 9)

   I1  result[i].end < result[i + 1].start: neighbours that touch have become one.
   Sorting is a heap sort: in place, O(n log n) at the worst, no recursion. Equal intervals are
   equal in every bit, so that it is not stable never shows.
   Sources: Allen 1983; Snodgrass 2000 (coalescing). */

static int64_t stln_time_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t stln_time_most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool starlings_interval_is_empty(starlings_interval a)
{
    return a.start >= a.end;
}

bool starlings_interval_is_finite(starlings_interval a)
{
    return starlings_interval_is_empty(a) ||
           (a.start != STARLINGS_START_OF_TIME && a.end != STARLINGS_END_OF_TIME);
}

bool starlings_interval_contains(starlings_interval a, int64_t time)
{
    return a.start <= time && time < a.end;
}

bool starlings_interval_encloses(starlings_interval a, starlings_interval b)
{
    return starlings_interval_is_empty(b) || (a.start <= b.start && b.end <= a.end);
}

bool starlings_interval_overlaps(starlings_interval a, starlings_interval b)
{
    return stln_time_most(a.start, b.start) < stln_time_least(a.end, b.end);
}

bool starlings_interval_touches(starlings_interval a, starlings_interval b)
{
    if (starlings_interval_is_empty(a) || starlings_interval_is_empty(b))
        return false;
    return a.end == b.start || b.end == a.start;
}

int starlings_interval_compare(starlings_interval a, starlings_interval b)
{
    if (a.start != b.start)
        return a.start < b.start ? -1 : 1;
    return a.end < b.end ? -1 : a.end > b.end;
}

bool starlings_interval_intersect(starlings_interval a, starlings_interval b,
                                  starlings_interval *out)
{
    starlings_interval both;
    both.start = stln_time_most(a.start, b.start);
    both.end = stln_time_least(a.end, b.end);
    if (both.start >= both.end)
        both.start = both.end = 0;
    if (out != NULL)
        *out = both;
    return both.start < both.end;
}

bool starlings_interval_unite(starlings_interval a, starlings_interval b, starlings_interval *out)
{
    starlings_interval hull = a;
    bool one = true;
    if (starlings_interval_is_empty(a)) {
        hull = b;
    } else if (!starlings_interval_is_empty(b)) {
        hull.start = stln_time_least(a.start, b.start);
        hull.end = stln_time_most(a.end, b.end);
        one = stln_time_most(a.start, b.start) <= stln_time_least(a.end, b.end);
    }
    if (!one || starlings_interval_is_empty(hull))
        hull.start = hull.end = 0;
    if (out != NULL)
        *out = hull;
    return one;
}

uint32_t starlings_interval_subtract(starlings_interval a, starlings_interval b,
                                     starlings_interval out[2])
{
    uint32_t count = 0;
    if (starlings_interval_is_empty(a))
        return 0;
    if (!starlings_interval_overlaps(a, b)) {
        out[0] = a;
        return 1;
    }
    if (a.start < b.start) {
        out[count].start = a.start;
        out[count++].end = b.start;
    }
    if (b.end < a.end) {
        out[count].start = b.end;
        out[count++].end = a.end;
    }
    return count;
}

bool starlings_interval_duration(starlings_interval a, uint64_t *out_duration)
{
    bool finite = starlings_interval_is_finite(a);
    if (out_duration != NULL)
        *out_duration = finite && a.start < a.end ? (uint64_t)a.end - (uint64_t)a.start : 0;
    return finite;
}

starlings_relation starlings_interval_relate(starlings_interval a, starlings_interval b)
{
    if (starlings_interval_is_empty(a) || starlings_interval_is_empty(b))
        return STARLINGS_RELATION_NONE;
    if (a.end < b.start)
        return STARLINGS_PRECEDES;
    if (b.end < a.start)
        return STARLINGS_PRECEDED_BY;
    if (a.end == b.start)
        return STARLINGS_MEETS;
    if (b.end == a.start)
        return STARLINGS_MET_BY;
    if (a.start == b.start)
        return a.end == b.end ? STARLINGS_EQUALS
                              : a.end < b.end ? STARLINGS_STARTS : STARLINGS_STARTED_BY;
    if (a.end == b.end)
        return a.start > b.start ? STARLINGS_FINISHES : STARLINGS_FINISHED_BY;
    if (a.start < b.start)
        return a.end < b.end ? STARLINGS_OVERLAPS : STARLINGS_ENCLOSES;
    return a.end < b.end ? STARLINGS_DURING : STARLINGS_OVERLAPPED_BY;
}

/* Let intervals[at] sink in the heap of the first `count`. */
static void stln_interval_sink(starlings_interval *intervals, size_t at, size_t count)
{
    starlings_interval sinking = intervals[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count &&
            starlings_interval_compare(intervals[child], intervals[child + 1]) < 0)
            child++;
        if (starlings_interval_compare(intervals[child], sinking) <= 0)
            break;
        intervals[at] = intervals[child];
        at = child;
    }
    intervals[at] = sinking;
}

static void stln_interval_sort(starlings_interval *intervals, size_t count)
{
    bool sorted = true;
    for (size_t i = 1; i < count && sorted; i++)
        sorted = starlings_interval_compare(intervals[i - 1], intervals[i]) <= 0;
    if (sorted)
        return;
    for (size_t i = count / 2; i-- > 0;)
        stln_interval_sink(intervals, i, count);
    for (size_t i = count; i-- > 1;) {
        starlings_interval last = intervals[i];
        intervals[i] = intervals[0];
        intervals[0] = last;
        stln_interval_sink(intervals, 0, i);
    }
}

size_t starlings_timeline_make(starlings_interval *intervals, size_t count)
{
    size_t kept = 0;
    if (intervals == NULL)
        return 0;
    stln_interval_sort(intervals, count);
    for (size_t i = 0; i < count; i++) {
        starlings_interval next = intervals[i];
        if (starlings_interval_is_empty(next))
            continue;
        if (kept > 0 && next.start <= intervals[kept - 1].end)
            intervals[kept - 1].end = stln_time_most(intervals[kept - 1].end, next.end);
        else
            intervals[kept++] = next;
    }
    return kept;
}

/* The boundaries of a timeline, one by one: starts and ends in turn. */
typedef struct stln_bounds {
    const starlings_interval *intervals;
    size_t left; /* boundaries */
    bool open;
} stln_bounds;

static int64_t stln_bounds_next(const stln_bounds *walk)
{
    return walk->open ? walk->intervals->end : walk->intervals->start;
}

static void stln_bounds_step(stln_bounds *walk)
{
    walk->intervals += walk->open; /* an end is the last of its interval */
    walk->open = !walk->open;
    walk->left--;
}

enum { STLN_UNITE = 0, STLN_INTERSECT = 1, STLN_SUBTRACT = 2 };

static size_t stln_timeline_merge(const starlings_interval *a, size_t a_count,
                                  const starlings_interval *b, size_t b_count, int what,
                                  starlings_interval *out)
{
    stln_bounds x, y;
    bool open = false;
    size_t count = 0;
    x.intervals = a;
    x.left = 2 * a_count;
    x.open = false;
    y = x;
    y.intervals = b;
    y.left = 2 * b_count;
    while (x.left > 0 || y.left > 0) {
        bool first = y.left == 0 || (x.left > 0 && stln_bounds_next(&x) <= stln_bounds_next(&y));
        bool second = x.left == 0 || (y.left > 0 && stln_bounds_next(&y) <= stln_bounds_next(&x));
        int64_t time = first ? stln_bounds_next(&x) : stln_bounds_next(&y);
        bool now;
        if (first)
            stln_bounds_step(&x);
        if (second)
            stln_bounds_step(&y);
        now = what == STLN_UNITE       ? x.open || y.open
              : what == STLN_INTERSECT ? x.open && y.open
                                       : x.open && !y.open;
        if (now && !open)
            out[count].start = time;
        if (!now && open)
            out[count++].end = time;
        open = now;
    }
    return count;
}

size_t starlings_timeline_unite(const starlings_interval *a, size_t a_count,
                                const starlings_interval *b, size_t b_count,
                                starlings_interval *out)
{
    return stln_timeline_merge(a, a_count, b, b_count, STLN_UNITE, out);
}

size_t starlings_timeline_intersect(const starlings_interval *a, size_t a_count,
                                    const starlings_interval *b, size_t b_count,
                                    starlings_interval *out)
{
    return stln_timeline_merge(a, a_count, b, b_count, STLN_INTERSECT, out);
}

size_t starlings_timeline_subtract(const starlings_interval *a, size_t a_count,
                                   const starlings_interval *b, size_t b_count,
                                   starlings_interval *out)
{
    return stln_timeline_merge(a, a_count, b, b_count, STLN_SUBTRACT, out);
}

bool starlings_timeline_overlap(const starlings_interval *a, size_t a_count,
                                const starlings_interval *b, size_t b_count)
{
    size_t i = 0, j = 0;
    while (i < a_count && j < b_count) {
        if (starlings_interval_overlaps(a[i], b[j]))
            return true;
        if (a[i].end < b[j].end)
            i++;
        else
            j++;
    }
    return false;
}

/* Starts first and then ends, each ascending, so `times` is two sorted halves. */
static void stln_atoms_times(const starlings_interval *intervals, size_t count, int64_t *times,
                             starlings_interval *room)
{
    for (int half = 0; half < 2; half++) {
        for (size_t i = 0; i < count; i++) {
            room[i].start = half == 0 ? intervals[i].start : intervals[i].end;
            room[i].end = room[i].start;
        }
        stln_interval_sort(room, count);
        for (size_t i = 0; i < count; i++)
            times[(size_t)half * count + i] = room[i].start;
    }
}

size_t starlings_timeline_atoms(const starlings_interval *intervals, size_t count, int64_t *times,
                                starlings_interval *out)
{
    size_t starts = 0, ends = 0, open = 0, pieces = 0, real = 0;
    int64_t last = 0;
    if (intervals == NULL || times == NULL || out == NULL)
        return 0;
    /* Those that are not empty, in the second half of out. */
    for (size_t i = 0; i < count; i++)
        if (!starlings_interval_is_empty(intervals[i]))
            out[count + real++] = intervals[i];
    stln_atoms_times(out + count, real, times, out);
    while (ends < real) {
        bool start = starts < real && times[starts] < times[real + ends];
        int64_t time = start ? times[starts] : times[real + ends];
        if (open > 0 && last < time) {
            out[pieces].start = last;
            out[pieces++].end = time;
        }
        open = start ? open + 1 : open - 1;
        starts += start;
        ends += !start;
        last = time;
    }
    return pieces;
}

/* ==== [S81 ONTOLOGY] rules, and the records that they are about ============ */
/* Rules. Types, keys, attributes and perspectives get numbers in the order in which rules name
   them. A linker goes on counting from there, so what a rule says is found by number:

     for_all   what is said of each attribute for records of all types, and of how many types more
               is said: if of none, this is all there is to look at
     own       what is said of an attribute for the records of one type; `pairs` finds the entry

   I1  for_all[a].own_count entries of `own` are about attribute a.
   I2  key number k is key_rules[k]; its type is the group of its text, so two types may have keys
       of one name.
   I3  `rules` has all that was said, as it came: the rest follows from it. That is what is written,
       and what is taken back when a text turns out to be bad: undone from the last on, then texts
       are cut to the number that there were. Nothing is copied, so reading is linear in the text.
   I4  memory is reserved before anything is said, so that a call fails before it has changed much,
       and what it has changed is taken back in the same way.

   The tables of texts have a hash seed of zero: rules are the program's own, and not from whoever
   sends records.
   Cost: a hash for each name of a rule; a look-up O(1), with a hash only where a type says more. */
/* ---- rules: private interface */
#define STLN_STRONG 1u
#define STLN_MANY 2u /* beside STLN_STRONG */
#define STLN_PERMANENT 4u
#define STLN_UNIQUE 8u
#define STLN_UNIQUE_WITHIN 16u

typedef struct stln_key_rule {
    uint32_t type;   /* for records of this type; STARLINGS_NONE: of all */
    uint32_t name;   /* in ontology->keys */
    uint32_t weight; /* millionths */
    uint32_t first;  /* its attributes: ontology->key_attributes[first ... first + count - 1] */
    uint32_t count;
    bool weighed; /* a rule has given the weight */
} stln_key_rule;

/* What is said of an attribute. */
typedef struct stln_attribute_rule {
    uint32_t flags;
    uint32_t authority; /* a perspective, or STARLINGS_NONE */
    uint32_t own_count; /* see I1 */
    uint64_t listed;    /* the last list of a key that has named it */
} stln_attribute_rule;

/* A rule as it came, names as numbers. */
typedef struct stln_rule {
    starlings_rule_kind kind;
    uint32_t type; /* for records of this type; STARLINGS_NONE: of all */
    uint32_t name; /* a type, key or attribute */
    uint32_t perspective;
    uint32_t weight; /* millionths */
} stln_rule;

struct starlings_ontology {
    starlings_env env;
    uint32_t owners; /* atomic */
    uint32_t taken;  /* by a linker: it does not change any more; atomic */
    bool scope_any;
    bool scope_said;
    uint32_t type; /* whom the next rules are for; STARLINGS_NONE: all */
    stln_texts types;
    stln_texts keys; /* a key's type is its group */
    stln_texts attributes;
    stln_texts perspectives;
    stln_texts pairs;         /* (type, the four bytes of an attribute) */
    stln_key_rule *key_rules; /* in the order of the ontology */
    uint32_t key_count;
    uint32_t *key_attributes;
    uint32_t key_attribute_count;
    uint64_t lists; /* of keys, that were ever looked at */
    stln_attribute_rule *for_all; /* of each attribute */
    stln_attribute_rule *own;     /* of each pair */
    uint32_t *weights;            /* of each perspective, in millionths; STARLINGS_NONE: not said */
    stln_rule *rules;
    uint32_t rule_count;
    size_t key_capacity;
    size_t key_attribute_capacity;
    size_t for_all_capacity;
    size_t own_capacity;
    size_t weight_capacity;
    size_t rule_capacity;
};

/* ---- rules: code */
starlings_text starlings_text_of(const char *text)
{
    return stln_text_of(text);
}

/* How each kind of rule is written, what it says of its attribute, and the parts that it has. */
#define STLN_RULE_KINDS ((uint32_t)STARLINGS_RULE_AUTHORITY + 1)
#define STLN_HAS_NAME 1u
#define STLN_HAS_LIST 2u
#define STLN_HAS_PERSPECTIVE 4u
#define STLN_HAS_WEIGHT 8u

typedef struct stln_rule_form {
    const char *word;
    uint32_t flags;
    uint32_t parts;
} stln_rule_form;

static const stln_rule_form stln_rule_forms[STLN_RULE_KINDS] = {
    { "", 0, 0 },
    { "type", 0, STLN_HAS_NAME },
    { "key", 0, STLN_HAS_NAME | STLN_HAS_LIST },
    { "key_weight", 0, STLN_HAS_NAME | STLN_HAS_WEIGHT },
    { "strong", STLN_STRONG, STLN_HAS_NAME },
    { "strong", STLN_STRONG | STLN_MANY, STLN_HAS_NAME },
    { "scope", 0, 0 },
    { "scope", 0, 0 },
    { "permanent", STLN_PERMANENT, STLN_HAS_NAME },
    { "unique", STLN_UNIQUE, STLN_HAS_NAME },
    { "unique_within", STLN_UNIQUE_WITHIN, STLN_HAS_NAME },
    { "weight", 0, STLN_HAS_PERSPECTIVE | STLN_HAS_WEIGHT },
    { "authority", 0, STLN_HAS_NAME | STLN_HAS_PERSPECTIVE },
};

/* The entry of (type, attribute) in `own`, or STARLINGS_NONE. */
static uint32_t stln_ontology_pair(const starlings_ontology *ontology, uint32_t type,
                                   uint32_t attribute)
{
    starlings_text text;
    uint64_t hash;
    text.text = (const char *)&attribute;
    text.size = sizeof attribute;
    hash = stln_texts_hash(&ontology->pairs, type, text);
    return stln_texts_find(&ontology->pairs, hash, type, text);
}

/* What is said of an attribute for a type alone; NULL: nothing, or nobody knows the numbers. */
static const stln_attribute_rule *stln_ontology_own(const starlings_ontology *ontology,
                                                    uint32_t type, uint32_t attribute)
{
    uint32_t pair;
    if (type >= ontology->types.count || attribute >= ontology->attributes.count ||
        ontology->for_all[attribute].own_count == 0)
        return NULL;
    pair = stln_ontology_pair(ontology, type, attribute);
    return pair != STARLINGS_NONE ? &ontology->own[pair] : NULL;
}

/* What is said of an attribute, for records of a type: the rules for all and those for this type.
   A type's own `strong` goes before that for all: with `many` or without. */
static uint32_t stln_ontology_rules(const starlings_ontology *ontology, uint32_t type,
                                    uint32_t attribute)
{
    const stln_attribute_rule *own = stln_ontology_own(ontology, type, attribute);
    uint32_t flags;
    if (attribute >= ontology->attributes.count)
        return 0;
    flags = ontology->for_all[attribute].flags;
    if (own == NULL)
        return flags;
    if ((own->flags & STLN_STRONG) != 0)
        flags &= ~STLN_MANY;
    return flags | own->flags;
}

/* The perspective whose word counts, or STARLINGS_NONE. */
static uint32_t stln_ontology_authority(const starlings_ontology *ontology, uint32_t type,
                                        uint32_t attribute)
{
    const stln_attribute_rule *own = stln_ontology_own(ontology, type, attribute);
    if (own != NULL && own->authority != STARLINGS_NONE)
        return own->authority;
    return attribute < ontology->attributes.count ? ontology->for_all[attribute].authority
                                                  : STARLINGS_NONE;
}

/* The weight of a perspective in millionths; 0 if none was given. */
static uint32_t stln_ontology_weight(const starlings_ontology *ontology, uint32_t perspective)
{
    if (perspective >= ontology->perspectives.count ||
        ontology->weights[perspective] == STARLINGS_NONE)
        return 0;
    return ontology->weights[perspective];
}

/* A linker relies on the rules from now on. Everything is in place: it cannot fail as yet. */
static starlings_status stln_ontology_take(starlings_ontology *ontology)
{
    stln_atomic_store(&ontology->taken, 1);
    return STARLINGS_OK;
}

/* What rules are about, to come back to. */
typedef struct stln_ontology_mark {
    uint32_t rules;
    uint32_t keys;
    uint32_t key_attributes;
    uint32_t types;
    uint32_t attributes;
    uint32_t perspectives;
    uint32_t pairs;
    uint32_t type;
} stln_ontology_mark;

static stln_ontology_mark stln_ontology_mark_of(const starlings_ontology *ontology)
{
    stln_ontology_mark mark;
    mark.rules = ontology->rule_count;
    mark.keys = ontology->key_count;
    mark.key_attributes = ontology->key_attribute_count;
    mark.types = ontology->types.count;
    mark.attributes = ontology->attributes.count;
    mark.perspectives = ontology->perspectives.count;
    mark.pairs = ontology->pairs.count;
    mark.type = ontology->type;
    return mark;
}

/* Take back what a rule has set; what it has added is cut off afterwards. */
static void stln_ontology_unsay(starlings_ontology *ontology, const stln_rule *rule)
{
    uint32_t flags = stln_rule_forms[rule->kind].flags;
    if (rule->kind == STARLINGS_RULE_KEY_WEIGHT) {
        ontology->key_rules[rule->name].weight = STARLINGS_ONE;
        ontology->key_rules[rule->name].weighed = false;
    } else if (rule->kind == STARLINGS_RULE_WEIGHT) {
        ontology->weights[rule->perspective] = STARLINGS_NONE;
    } else if (rule->kind == STARLINGS_RULE_SCOPE_ANY ||
               rule->kind == STARLINGS_RULE_SCOPE_PERSPECTIVE) {
        ontology->scope_any = ontology->scope_said = false;
    } else if (flags != 0 || rule->kind == STARLINGS_RULE_AUTHORITY) {
        stln_attribute_rule *said = &ontology->for_all[rule->name];
        if (rule->type != STARLINGS_NONE)
            said = &ontology->own[stln_ontology_pair(ontology, rule->type, rule->name)];
        said->flags &= ~flags;
        if (rule->kind == STARLINGS_RULE_AUTHORITY)
            said->authority = STARLINGS_NONE;
    }
}

/* Forget all rules that came since. */
static void stln_ontology_return(starlings_ontology *ontology, const stln_ontology_mark *mark)
{
    while (ontology->rule_count > mark->rules)
        stln_ontology_unsay(ontology, &ontology->rules[--ontology->rule_count]);
    for (uint32_t i = mark->pairs; i < ontology->pairs.count; i++) {
        starlings_text text = stln_texts_at(&ontology->pairs, i);
        uint32_t attribute;
        memcpy(&attribute, text.text, sizeof attribute);
        ontology->for_all[attribute].own_count--;
    }
    stln_texts_truncate(&ontology->pairs, mark->pairs);
    stln_texts_truncate(&ontology->types, mark->types);
    stln_texts_truncate(&ontology->keys, mark->keys);
    stln_texts_truncate(&ontology->attributes, mark->attributes);
    stln_texts_truncate(&ontology->perspectives, mark->perspectives);
    ontology->key_count = mark->keys;
    ontology->key_attribute_count = mark->key_attributes;
    ontology->type = mark->type;
}

/* An error about what a rule names. */
static starlings_status stln_rule_fail(const starlings_ontology *ontology, starlings_status status,
                                       const starlings_rule *rule, starlings_text name,
                                       const char *what)
{
    stln_fail(&ontology->env, status, 0, stln_rule_forms[rule->kind].word);
    if (name.size > 0) {
        stln_error_say(ontology->env.error, " ");
        stln_error_quoted(ontology->env.error, name);
    }
    stln_error_say(ontology->env.error, what);
    return status;
}

/* A name that a rule must have. */
static starlings_status stln_rule_check_name(const starlings_ontology *ontology,
                                             const starlings_rule *rule, starlings_text name,
                                             const char *without)
{
    if (name.text != NULL && name.size > 0)
        return STARLINGS_OK;
    return stln_rule_fail(ontology, STARLINGS_ERR_ARG, rule, stln_text_of(NULL), without);
}

/* The weight of a rule in millionths. */
static starlings_status stln_rule_check_weight(const starlings_ontology *ontology,
                                               const starlings_rule *rule, uint32_t *out_weight)
{
    starlings_status status = starlings_key_from_weight(rule->weight, 6, out_weight);
    starlings_text name = rule->kind == STARLINGS_RULE_WEIGHT ? rule->perspective : rule->name;
    if (status == STARLINGS_OK)
        return status;
    return stln_rule_fail(ontology, status, rule, name,
                          status == STARLINGS_ERR_NAN        ? ": the weight is not a number"
                          : status == STARLINGS_ERR_INFINITE ? ": the weight is infinite"
                                                             : ": the weight is outside 0 to 1");
}

/* Whether a rule has all its parts. */
static starlings_status stln_rule_check(const starlings_ontology *ontology,
                                        const starlings_rule *rule)
{
    starlings_status status = STARLINGS_OK;
    uint32_t parts;
    if (rule->kind < STARLINGS_RULE_TYPE || rule->kind > STARLINGS_RULE_AUTHORITY)
        return stln_fail(&ontology->env, STARLINGS_ERR_ARG, 0, "there is no such kind of rule");
    parts = stln_rule_forms[rule->kind].parts;
    if ((parts & STLN_HAS_NAME) != 0)
        status = stln_rule_check_name(ontology, rule, rule->name, " without a name");
    if (status == STARLINGS_OK && rule->kind == STARLINGS_RULE_TYPE &&
        memchr(rule->name.text, ':', rule->name.size) != NULL)
        status = stln_rule_fail(ontology, STARLINGS_ERR_ARG, rule, rule->name,
                                " has a colon in its name");
    if (status == STARLINGS_OK && (parts & STLN_HAS_PERSPECTIVE) != 0)
        status = stln_rule_check_name(ontology, rule, rule->perspective, " without a perspective");
    if (status != STARLINGS_OK || (parts & STLN_HAS_LIST) == 0)
        return status;
    if (rule->attributes == NULL || rule->attribute_count == 0)
        return stln_rule_fail(ontology, STARLINGS_ERR_ARG, rule, rule->name,
                              " without attributes");
    for (size_t i = 0; i < rule->attribute_count && status == STARLINGS_OK; i++)
        status = stln_rule_check_name(ontology, rule, rule->attributes[i],
                                      " with an attribute that has no name");
    return status;
}

/* Room for `wanted` elements; after a failure the old block is there, and *failed is set. */
static void *stln_ontology_room(const starlings_ontology *ontology, void *array, size_t *capacity,
                                size_t wanted, size_t size, bool *failed)
{
    size_t grown = stln_grown(*capacity, wanted);
    void *block;
    if (wanted <= *capacity)
        return array;
    block = stln_realloc(&ontology->env.allocator, array, *capacity, grown, size);
    if (block == NULL) {
        *failed = true;
        return array;
    }
    *capacity = grown;
    return block;
}

/* Room in all arrays for one more rule that names up to `names` attributes. */
static starlings_status stln_ontology_reserve_arrays(starlings_ontology *ontology, size_t names)
{
    bool failed = false;
    ontology->rules = (stln_rule *)stln_ontology_room(
        ontology, ontology->rules, &ontology->rule_capacity, (size_t)ontology->rule_count + 1,
        sizeof *ontology->rules, &failed);
    ontology->key_rules = (stln_key_rule *)stln_ontology_room(
        ontology, ontology->key_rules, &ontology->key_capacity, (size_t)ontology->key_count + 1,
        sizeof *ontology->key_rules, &failed);
    ontology->key_attributes = (uint32_t *)stln_ontology_room(
        ontology, ontology->key_attributes, &ontology->key_attribute_capacity,
        ontology->key_attribute_count + names, sizeof *ontology->key_attributes, &failed);
    ontology->for_all = (stln_attribute_rule *)stln_ontology_room(
        ontology, ontology->for_all, &ontology->for_all_capacity,
        ontology->attributes.count + names, sizeof *ontology->for_all, &failed);
    ontology->own = (stln_attribute_rule *)stln_ontology_room(
        ontology, ontology->own, &ontology->own_capacity, (size_t)ontology->pairs.count + 1,
        sizeof *ontology->own, &failed);
    ontology->weights = (uint32_t *)stln_ontology_room(
        ontology, ontology->weights, &ontology->weight_capacity,
        (size_t)ontology->perspectives.count + 1, sizeof *ontology->weights, &failed);
    return failed ? STARLINGS_ERR_NOMEM : STARLINGS_OK;
}

/* Room for all that one more rule can add (I4). */
static starlings_status stln_ontology_reserve(starlings_ontology *ontology,
                                              const starlings_rule *rule)
{
    uint32_t parts = stln_rule_forms[rule->kind].parts;
    size_t names = (parts & STLN_HAS_LIST) != 0 ? rule->attribute_count : 1;
    size_t name_size = (parts & STLN_HAS_NAME) != 0 ? rule->name.size : 0, list_size = name_size;
    starlings_status status;
    if (names > UINT32_MAX - ontology->key_attribute_count ||
        ontology->rule_count == UINT32_MAX)
        return STARLINGS_ERR_RANGE;
    for (size_t i = 0; i < names && (parts & STLN_HAS_LIST) != 0; i++) {
        if (rule->attributes[i].size > SIZE_MAX / 4 - stln_min_size(list_size, SIZE_MAX / 4))
            return STARLINGS_ERR_NOMEM; /* one text many times over: the sum might not fit */
        list_size += rule->attributes[i].size;
    }
    status = stln_texts_reserve(&ontology->attributes, (uint32_t)names, list_size);
    if (status == STARLINGS_OK)
        status = stln_texts_reserve(&ontology->types, 1, name_size);
    if (status == STARLINGS_OK)
        status = stln_texts_reserve(&ontology->keys, 1, name_size);
    if (status == STARLINGS_OK)
        status = stln_texts_reserve(&ontology->pairs, 1, sizeof(uint32_t));
    if (status == STARLINGS_OK)
        status = stln_texts_reserve(
            &ontology->perspectives, 1,
            (parts & STLN_HAS_PERSPECTIVE) != 0 ? rule->perspective.size : 0);
    return status == STARLINGS_OK ? stln_ontology_reserve_arrays(ontology, names) : status;
}

/* The number of a text, made if it is new; room is reserved. */
static uint32_t stln_ontology_number(stln_texts *texts, uint32_t group, starlings_text text)
{
    uint64_t hash = stln_texts_hash(texts, group, text);
    uint32_t number = stln_texts_find(texts, hash, group, text);
    return number != STARLINGS_NONE ? number : stln_texts_insert(texts, hash, group, text);
}

static const stln_attribute_rule stln_nothing_said = { 0, STARLINGS_NONE, 0, 0 };

static uint32_t stln_ontology_attribute(starlings_ontology *ontology, starlings_text name)
{
    uint32_t before = ontology->attributes.count;
    uint32_t attribute = stln_ontology_number(&ontology->attributes, 0, name);
    if (attribute == before)
        ontology->for_all[attribute] = stln_nothing_said;
    return attribute;
}

static uint32_t stln_ontology_perspective(starlings_ontology *ontology, starlings_text name)
{
    uint32_t before = ontology->perspectives.count;
    uint32_t perspective = stln_ontology_number(&ontology->perspectives, 0, name);
    if (perspective == before)
        ontology->weights[perspective] = STARLINGS_NONE;
    return perspective;
}

/* Where what the next rule says of an attribute is kept. */
static stln_attribute_rule *stln_ontology_place(starlings_ontology *ontology, uint32_t attribute)
{
    uint32_t before = ontology->pairs.count, pair;
    starlings_text text;
    if (ontology->type == STARLINGS_NONE)
        return &ontology->for_all[attribute];
    text.text = (const char *)&attribute;
    text.size = sizeof attribute;
    pair = stln_ontology_number(&ontology->pairs, ontology->type, text);
    if (pair == before) {
        ontology->own[pair] = stln_nothing_said;
        ontology->for_all[attribute].own_count++;
    }
    return &ontology->own[pair];
}

static starlings_status stln_rule_twice(const starlings_ontology *ontology,
                                        const starlings_rule *rule, starlings_text name)
{
    return stln_rule_fail(ontology, STARLINGS_ERR_DUPLICATE, rule, name, " is said twice");
}

static starlings_status stln_ontology_say_type(starlings_ontology *ontology,
                                               const starlings_rule *rule, stln_rule *said)
{
    uint32_t before = ontology->types.count;
    said->name = stln_ontology_number(&ontology->types, 0, rule->name);
    if (said->name != before)
        return stln_rule_twice(ontology, rule, rule->name);
    said->type = ontology->type = said->name;
    return STARLINGS_OK;
}

static starlings_status stln_ontology_say_key(starlings_ontology *ontology,
                                              const starlings_rule *rule, stln_rule *said)
{
    stln_key_rule *key = &ontology->key_rules[ontology->key_count];
    said->name = stln_ontology_number(&ontology->keys, ontology->type, rule->name);
    if (said->name != ontology->key_count)
        return stln_rule_twice(ontology, rule, rule->name);
    key->type = ontology->type;
    key->name = said->name;
    key->weight = STARLINGS_ONE;
    key->weighed = false;
    key->first = ontology->key_attribute_count;
    key->count = (uint32_t)rule->attribute_count;
    ontology->key_count++;
    ontology->lists++;
    for (size_t i = 0; i < rule->attribute_count; i++) {
        uint32_t attribute = stln_ontology_attribute(ontology, rule->attributes[i]);
        if (ontology->for_all[attribute].listed == ontology->lists) {
            stln_rule_fail(ontology, STARLINGS_ERR_DUPLICATE, rule, rule->name, " has ");
            stln_error_quoted(ontology->env.error, rule->attributes[i]);
            stln_error_say(ontology->env.error, " twice");
            return STARLINGS_ERR_DUPLICATE;
        }
        ontology->for_all[attribute].listed = ontology->lists;
        ontology->key_attributes[ontology->key_attribute_count++] = attribute;
    }
    return STARLINGS_OK;
}

static starlings_status stln_ontology_say_key_weight(starlings_ontology *ontology,
                                                     const starlings_rule *rule, stln_rule *said)
{
    uint64_t hash = stln_texts_hash(&ontology->keys, ontology->type, rule->name);
    said->name = stln_texts_find(&ontology->keys, hash, ontology->type, rule->name);
    if (said->name == STARLINGS_NONE)
        return stln_rule_fail(ontology, STARLINGS_ERR_STRANGER, rule, rule->name,
                              ontology->type == STARLINGS_NONE
                                  ? ": there is no such key so far"
                                  : ": there is no such key of this type so far");
    if (ontology->key_rules[said->name].weighed)
        return stln_rule_twice(ontology, rule, rule->name);
    ontology->key_rules[said->name].weight = said->weight;
    ontology->key_rules[said->name].weighed = true;
    return STARLINGS_OK;
}

static starlings_status stln_ontology_say_flags(starlings_ontology *ontology,
                                                const starlings_rule *rule, stln_rule *said)
{
    uint32_t flags = stln_rule_forms[rule->kind].flags;
    stln_attribute_rule *place;
    said->name = stln_ontology_attribute(ontology, rule->name);
    place = stln_ontology_place(ontology, said->name);
    if ((place->flags & flags) != 0)
        return stln_rule_twice(ontology, rule, rule->name);
    place->flags |= flags;
    return STARLINGS_OK;
}

static starlings_status stln_ontology_say_authority(starlings_ontology *ontology,
                                                    const starlings_rule *rule, stln_rule *said)
{
    stln_attribute_rule *place;
    said->name = stln_ontology_attribute(ontology, rule->name);
    said->perspective = stln_ontology_perspective(ontology, rule->perspective);
    place = stln_ontology_place(ontology, said->name);
    if (place->authority != STARLINGS_NONE)
        return stln_rule_twice(ontology, rule, rule->name);
    place->authority = said->perspective;
    return STARLINGS_OK;
}

/* Let a rule hold that has all its parts; room is reserved. After an error the caller returns to
   where it was. */
static starlings_status stln_ontology_say(starlings_ontology *ontology, const starlings_rule *rule,
                                          stln_rule *said)
{
    switch (rule->kind) {
    case STARLINGS_RULE_TYPE:
        return stln_ontology_say_type(ontology, rule, said);
    case STARLINGS_RULE_KEY:
        return stln_ontology_say_key(ontology, rule, said);
    case STARLINGS_RULE_KEY_WEIGHT:
        return stln_ontology_say_key_weight(ontology, rule, said);
    case STARLINGS_RULE_SCOPE_PERSPECTIVE:
    case STARLINGS_RULE_SCOPE_ANY:
        if (ontology->scope_said)
            return stln_rule_twice(ontology, rule, stln_text_of(NULL));
        ontology->scope_said = true;
        ontology->scope_any = rule->kind == STARLINGS_RULE_SCOPE_ANY;
        return STARLINGS_OK;
    case STARLINGS_RULE_WEIGHT:
        said->perspective = stln_ontology_perspective(ontology, rule->perspective);
        if (ontology->weights[said->perspective] != STARLINGS_NONE)
            return stln_rule_twice(ontology, rule, rule->perspective);
        ontology->weights[said->perspective] = said->weight;
        return STARLINGS_OK;
    case STARLINGS_RULE_AUTHORITY:
        return stln_ontology_say_authority(ontology, rule, said);
    case STARLINGS_RULE_STRONG:
    case STARLINGS_RULE_STRONG_MANY:
    case STARLINGS_RULE_PERMANENT:
    case STARLINGS_RULE_UNIQUE:
    case STARLINGS_RULE_UNIQUE_WITHIN:
    case STARLINGS_RULE_FORCE_I32:
        break;
    }
    return stln_ontology_say_flags(ontology, rule, said);
}

/* No changes from then on: a linker has it. */
static starlings_status stln_ontology_check_free(const starlings_ontology *ontology)
{
    if (stln_atomic_load(&ontology->taken) == 0)
        return STARLINGS_OK;
    return stln_fail(&ontology->env, STARLINGS_ERR_ARG, 0, "a linker has taken the ontology");
}

starlings_status starlings_ontology_create(const starlings_env *env,
                                           starlings_ontology **out_ontology)
{
    static const uint64_t no_seed[2] = { 0, 0 };
    starlings_env full = stln_env_of(env, NULL);
    starlings_ontology *ontology;
    if (out_ontology == NULL)
        return stln_fail(&full, STARLINGS_ERR_ARG, 0, NULL);
    *out_ontology = NULL;
    if (full.allocator.resize == NULL)
        return stln_fail(&full, STARLINGS_ERR_ARG, 0, "there is no allocator");
    ontology = (starlings_ontology *)stln_alloc(&full.allocator, 1, sizeof *ontology);
    if (ontology == NULL)
        return stln_fail(&full, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(ontology, 0, sizeof *ontology);
    ontology->env = full;
    ontology->owners = 1;
    ontology->type = STARLINGS_NONE;
    stln_texts_init(&ontology->types, &full.allocator, no_seed);
    stln_texts_init(&ontology->keys, &full.allocator, no_seed);
    stln_texts_init(&ontology->attributes, &full.allocator, no_seed);
    stln_texts_init(&ontology->perspectives, &full.allocator, no_seed);
    stln_texts_init(&ontology->pairs, &full.allocator, no_seed);
    *out_ontology = ontology;
    return STARLINGS_OK;
}

starlings_ontology *starlings_ontology_retain(starlings_ontology *ontology)
{
    if (ontology != NULL)
        (void)stln_atomic_add(&ontology->owners, 1);
    return ontology;
}

void starlings_ontology_release(starlings_ontology *ontology)
{
    starlings_allocator allocator;
    if (ontology == NULL || !stln_owners_drop(&ontology->owners))
        return;
    allocator = ontology->env.allocator;
    stln_texts_clear(&ontology->types);
    stln_texts_clear(&ontology->keys);
    stln_texts_clear(&ontology->attributes);
    stln_texts_clear(&ontology->perspectives);
    stln_texts_clear(&ontology->pairs);
    stln_free(&allocator, ontology->key_rules, ontology->key_capacity,
              sizeof *ontology->key_rules);
    stln_free(&allocator, ontology->key_attributes, ontology->key_attribute_capacity,
              sizeof *ontology->key_attributes);
    stln_free(&allocator, ontology->for_all, ontology->for_all_capacity,
              sizeof *ontology->for_all);
    stln_free(&allocator, ontology->own, ontology->own_capacity, sizeof *ontology->own);
    stln_free(&allocator, ontology->weights, ontology->weight_capacity,
              sizeof *ontology->weights);
    stln_free(&allocator, ontology->rules, ontology->rule_capacity, sizeof *ontology->rules);
    stln_free(&allocator, ontology, 1, sizeof *ontology);
}

starlings_status starlings_ontology_add(starlings_ontology *ontology, const starlings_rule *rule)
{
    starlings_status status;
    stln_ontology_mark mark;
    stln_rule said;
    if (ontology == NULL || rule == NULL)
        return STARLINGS_ERR_ARG;
    status = stln_ontology_check_free(ontology);
    if (status == STARLINGS_OK)
        status = stln_rule_check(ontology, rule);
    said.kind = rule->kind;
    said.type = ontology->type;
    said.name = said.perspective = STARLINGS_NONE;
    said.weight = 0;
    if (status == STARLINGS_OK && (stln_rule_forms[rule->kind].parts & STLN_HAS_WEIGHT) != 0)
        status = stln_rule_check_weight(ontology, rule, &said.weight);
    if (status != STARLINGS_OK)
        return status;
    status = stln_ontology_reserve(ontology, rule);
    if (status != STARLINGS_OK)
        return stln_fail(&ontology->env, status, 0, NULL);
    mark = stln_ontology_mark_of(ontology);
    status = stln_ontology_say(ontology, rule, &said);
    if (status == STARLINGS_OK)
        ontology->rules[ontology->rule_count++] = said;
    else
        stln_ontology_return(ontology, &mark);
    return status;
}

/* ---- rules: text */
/* What a line is made of. */
typedef enum stln_token {
    STLN_TOKEN_END = 0, /* of the line */
    STLN_TOKEN_WORD,    /* a name as it stands */
    STLN_TOKEN_QUOTED,  /* a name in quotes */
    STLN_TOKEN_COMMA,
    STLN_TOKEN_COLON
} stln_token;

typedef struct stln_rule_reader {
    starlings_ontology *ontology;
    const char *at;
    const char *end;
    uint64_t line;      /* where `at` is */
    uint64_t rule_line; /* where the rule began */
    stln_token token;
    starlings_text name; /* of a WORD or QUOTED */
    char *room;          /* for names with doubled quotes: what is left of `unquoted` */
    char *unquoted;      /* as long as the text; NULL until there is such a name */
    size_t size;         /* of the text */
    starlings_text *list;
    size_t list_capacity;
} stln_rule_reader;

/* An error where `word` is what the rule is called, or NULL. */
static starlings_status stln_rules_fail(const stln_rule_reader *reader, const char *word,
                                        const char *what)
{
    const starlings_env *env = &reader->ontology->env;
    stln_fail(env, STARLINGS_ERR_FORMAT, 0, word != NULL ? word : "");
    stln_error_say(env->error, word != NULL ? ": " : "");
    stln_error_say(env->error, what);
    return STARLINGS_ERR_FORMAT;
}

/* The same about a name that was read: before, the name in quotes, behind. */
static starlings_status stln_rules_fail_name(const stln_rule_reader *reader, const char *word,
                                             const char *before, starlings_text name,
                                             const char *behind)
{
    stln_rules_fail(reader, word, before);
    stln_error_quoted(reader->ontology->env.error, name);
    stln_error_say(reader->ontology->env.error, behind);
    return STARLINGS_ERR_FORMAT;
}

static bool stln_rules_is_control(char byte)
{
    return ((unsigned char)byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/* Whether a name without quotes ends before this byte. */
static bool stln_rules_is_end(char byte)
{
    return byte == ' ' || byte == '\t' || byte == ',' || byte == ':' || byte == '#' ||
           byte == '"' || stln_rules_is_control(byte);
}

/* Keep a name between quotes, doubled ones closed up. The texts of all such names together are not
   longer than the text that they come from. */
static starlings_status stln_rules_unquote(stln_rule_reader *reader, const char *from, size_t size)
{
    const starlings_env *env = &reader->ontology->env;
    if (reader->unquoted == NULL) {
        reader->unquoted = (char *)stln_alloc(&env->allocator, reader->size, 1);
        if (reader->unquoted == NULL)
            return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
        reader->room = reader->unquoted;
    }
    memcpy(reader->room, from, size);
    reader->name.text = reader->room;
    reader->name.size = stln_csv_close_up((unsigned char *)reader->room, size);
    reader->room += reader->name.size;
    return STARLINGS_OK;
}

/* A name in quotes; `at` stands on the first one. */
static starlings_status stln_rules_quoted(stln_rule_reader *reader)
{
    const char *from = ++reader->at;
    bool doubled = false;
    for (;; reader->at++) {
        if (reader->at == reader->end)
            return stln_rules_fail(reader, NULL, "a quote is never closed");
        if (*reader->at == '\n')
            reader->line++;
        if (*reader->at != '"')
            continue;
        if (reader->end - reader->at == 1 || reader->at[1] != '"')
            break;
        doubled = true;
        reader->at++;
    }
    reader->token = STLN_TOKEN_QUOTED;
    reader->name.text = from;
    reader->name.size = (size_t)(reader->at - from);
    reader->at++;
    if (reader->at < reader->end && (*reader->at == '"' || !stln_rules_is_end(*reader->at)))
        return stln_rules_fail(reader, NULL, "text behind a closing quote");
    return doubled ? stln_rules_unquote(reader, from, reader->name.size) : STARLINGS_OK;
}

/* On to the next token of the line. Its end is not gone over. */
static starlings_status stln_rules_next(stln_rule_reader *reader)
{
    const char *from;
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t'))
        reader->at++;
    from = reader->at;
    reader->token = STLN_TOKEN_END;
    if (from == reader->end || *from == '\n' || *from == '#')
        return STARLINGS_OK;
    if (*from == '\r') {
        if (reader->end - from > 1 && from[1] == '\n')
            return STARLINGS_OK;
        return stln_rules_fail(reader, NULL, "a carriage return without a line feed");
    }
    if (stln_rules_is_control(*from))
        return stln_rules_fail(reader, NULL, "a control character outside quotes");
    if (*from == '"')
        return stln_rules_quoted(reader);
    if (*from == ',' || *from == ':') {
        reader->token = *from == ',' ? STLN_TOKEN_COMMA : STLN_TOKEN_COLON;
        reader->at++;
        return STARLINGS_OK;
    }
    while (reader->at < reader->end && !stln_rules_is_end(*reader->at))
        reader->at++;
    if (reader->at < reader->end && *reader->at == '"')
        return stln_rules_fail(reader, NULL, "a quote in the middle of a name");
    reader->token = STLN_TOKEN_WORD;
    reader->name.text = from;
    reader->name.size = (size_t)(reader->at - from);
    return STARLINGS_OK;
}

static bool stln_rules_is_name(const stln_rule_reader *reader)
{
    return reader->token == STLN_TOKEN_WORD || reader->token == STLN_TOKEN_QUOTED;
}

/* Whether the token is this word, without quotes. */
static bool stln_rules_is_word(const stln_rule_reader *reader, const char *word)
{
    return reader->token == STLN_TOKEN_WORD && reader->name.size == strlen(word) &&
           memcmp(reader->name.text, word, reader->name.size) == 0;
}

/* Take a name and go on. */
static starlings_status stln_rules_name(stln_rule_reader *reader, const char *word,
                                        const char *missing, starlings_text *out_name)
{
    if (!stln_rules_is_name(reader))
        return stln_rules_fail(reader, word, missing);
    *out_name = reader->name;
    return stln_rules_next(reader);
}

/* The attributes of a key, behind its name. */
static starlings_status stln_rules_list(stln_rule_reader *reader, starlings_rule *rule)
{
    const starlings_env *env = &reader->ontology->env;
    const char *missing = "a name is missing behind the colon";
    starlings_status status;
    if (reader->token != STLN_TOKEN_COLON)
        return stln_rules_fail_name(reader, "key", "a colon is missing behind ", rule->name, "");
    do {
        if (rule->attribute_count == reader->list_capacity) {
            size_t capacity = stln_grown(reader->list_capacity, 0);
            starlings_text *list = (starlings_text *)stln_realloc(
                &env->allocator, reader->list, reader->list_capacity, capacity, sizeof *list);
            if (list == NULL)
                return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
            reader->list = list;
            reader->list_capacity = capacity;
        }
        status = stln_rules_next(reader);
        if (status == STARLINGS_OK)
            status = stln_rules_name(reader, "key", missing,
                                     &reader->list[rule->attribute_count++]);
        missing = "a name is missing behind the comma";
    } while (status == STARLINGS_OK && reader->token == STLN_TOKEN_COMMA);
    rule->attributes = reader->list;
    return status;
}

static starlings_status stln_rules_weight(stln_rule_reader *reader, const char *word,
                                          double *out_weight)
{
    starlings_text text;
    starlings_status status = stln_rules_name(reader, word, "a weight is missing", &text);
    if (status != STARLINGS_OK)
        return status;
    status = starlings_number_parse(text, out_weight);
    if (status == STARLINGS_ERR_FORMAT)
        return stln_rules_fail_name(reader, word, "the weight ", text, " is not a number");
    if (status == STARLINGS_ERR_INFINITE)
        *out_weight = 2; /* outside 0 to 1, whatever its sign */
    return STARLINGS_OK;
}

/* `scope` has one of two words behind it, and `strong` may have one. */
static starlings_status stln_rules_word(stln_rule_reader *reader, starlings_rule *rule)
{
    bool scope = rule->kind == STARLINGS_RULE_SCOPE_PERSPECTIVE;
    if (scope && !stln_rules_is_name(reader))
        return stln_rules_fail(reader, "scope", "perspective or any is missing");
    if (scope && stln_rules_is_word(reader, "any"))
        rule->kind = STARLINGS_RULE_SCOPE_ANY;
    else if (scope && !stln_rules_is_word(reader, "perspective"))
        return stln_rules_fail_name(reader, "scope", "", reader->name,
                                    " is neither perspective nor any");
    else if (rule->kind == STARLINGS_RULE_STRONG && stln_rules_is_word(reader, "many"))
        rule->kind = STARLINGS_RULE_STRONG_MANY;
    else if (!scope)
        return STARLINGS_OK;
    return stln_rules_next(reader);
}

/* The line must end here. */
static starlings_status stln_rules_end(const stln_rule_reader *reader, const char *word)
{
    if (reader->token == STLN_TOKEN_END)
        return STARLINGS_OK;
    if (stln_rules_is_name(reader))
        return stln_rules_fail_name(reader, word, "", reader->name, " is too much");
    return stln_rules_fail(reader, word,
                           reader->token == STLN_TOKEN_COMMA ? "a comma is too much"
                                                             : "a colon is too much");
}

/* A rule behind its first word. Of `permanent a, b` that is `permanent a` and then the next one. */
static starlings_status stln_rules_parts(stln_rule_reader *reader, starlings_rule *rule)
{
    const stln_rule_form *form = &stln_rule_forms[rule->kind];
    starlings_status status = STARLINGS_OK;
    if ((form->parts & STLN_HAS_NAME) != 0)
        status = stln_rules_name(reader, form->word, "a name is missing", &rule->name);
    if (status == STARLINGS_OK && (form->parts & STLN_HAS_LIST) != 0)
        status = stln_rules_list(reader, rule);
    if (status == STARLINGS_OK && (form->parts & STLN_HAS_PERSPECTIVE) != 0)
        status = stln_rules_name(reader, form->word, "a perspective is missing",
                                 &rule->perspective);
    if (status == STARLINGS_OK && (form->parts & STLN_HAS_WEIGHT) != 0)
        status = stln_rules_weight(reader, form->word, &rule->weight);
    if (status == STARLINGS_OK)
        status = stln_rules_word(reader, rule);
    if (status == STARLINGS_OK &&
        (rule->kind != STARLINGS_RULE_PERMANENT || reader->token != STLN_TOKEN_COMMA))
        status = stln_rules_end(reader, form->word);
    return status;
}

/* The rules of a line that is not empty. */
static starlings_status stln_rules_line(stln_rule_reader *reader)
{
    starlings_status status;
    uint32_t kind = STARLINGS_RULE_TYPE;
    starlings_rule rule;
    while (kind < STLN_RULE_KINDS && !stln_rules_is_word(reader, stln_rule_forms[kind].word))
        kind++;
    if (kind == STLN_RULE_KINDS) {
        if (reader->token == STLN_TOKEN_WORD)
            return stln_rules_fail_name(reader, NULL, "there is no rule ", reader->name, "");
        return stln_rules_fail(reader, NULL, "a line begins with neither a rule nor #");
    }
    do {
        memset(&rule, 0, sizeof rule);
        rule.kind = (starlings_rule_kind)kind;
        status = stln_rules_next(reader);
        if (status == STARLINGS_OK)
            status = stln_rules_parts(reader, &rule);
        if (status == STARLINGS_OK)
            status = starlings_ontology_add(reader->ontology, &rule);
    } while (status == STARLINGS_OK && reader->token == STLN_TOKEN_COMMA);
    return status;
}

static starlings_status stln_rules_read(stln_rule_reader *reader)
{
    static const char mark[3] = { '\xEF', '\xBB', '\xBF' };
    starlings_status status = STARLINGS_OK;
    if (reader->size >= sizeof mark && memcmp(reader->at, mark, sizeof mark) == 0)
        reader->at += sizeof mark;
    while (status == STARLINGS_OK && reader->at < reader->end) {
        reader->rule_line = reader->line;
        status = stln_rules_next(reader);
        if (status == STARLINGS_OK && reader->token != STLN_TOKEN_END)
            status = stln_rules_line(reader);
        while (status == STARLINGS_OK && reader->at < reader->end && *reader->at++ != '\n') {
        } /* a comment */
        reader->line++;
    }
    return status;
}

starlings_status starlings_ontology_read(starlings_ontology *ontology, starlings_text text)
{
    stln_rule_reader reader;
    stln_ontology_mark mark;
    starlings_status status;
    if (ontology == NULL)
        return STARLINGS_ERR_ARG;
    if (!stln_text_valid(text))
        return stln_fail(&ontology->env, STARLINGS_ERR_ARG, 0, NULL);
    status = stln_ontology_check_free(ontology);
    if (status != STARLINGS_OK || text.size == 0)
        return status;
    memset(&reader, 0, sizeof reader);
    reader.ontology = ontology;
    reader.at = text.text;
    reader.end = text.text + text.size;
    reader.size = text.size;
    reader.line = 1;
    mark = stln_ontology_mark_of(ontology);
    status = stln_rules_read(&reader);
    if (status != STARLINGS_OK) {
        stln_ontology_return(ontology, &mark);
        if (ontology->env.error != NULL)
            ontology->env.error->line = reader.rule_line;
    }
    stln_free(&ontology->env.allocator, reader.unquoted, reader.size, 1);
    stln_free(&ontology->env.allocator, reader.list, reader.list_capacity, sizeof *reader.list);
    return status;
}

/* Pieces of text to a sink, until it fails. */
typedef struct stln_rule_writer {
    const starlings_sink *sink;
    starlings_status status;
} stln_rule_writer;

static void stln_rules_put(stln_rule_writer *writer, const char *bytes, size_t size)
{
    if (writer->status == STARLINGS_OK && size > 0)
        writer->status = writer->sink->write(writer->sink->ctx, bytes, size);
}

/* A name with `before` in front of it, in quotes where it would not be one word. */
static void stln_rules_put_name(stln_rule_writer *writer, const char *before, starlings_text name)
{
    size_t from = 0, end = 0;
    stln_rules_put(writer, before, strlen(before));
    while (end < name.size && !stln_rules_is_end(name.text[end]))
        end++;
    if (end == name.size) {
        stln_rules_put(writer, name.text, name.size);
        return;
    }
    stln_rules_put(writer, "\"", 1);
    for (; end < name.size; end++)
        if (name.text[end] == '"') { /* up to it and with it; the next piece begins with it again */
            stln_rules_put(writer, name.text + from, end + 1 - from);
            from = end;
        }
    stln_rules_put(writer, name.text + from, name.size - from);
    stln_rules_put(writer, "\"", 1);
}

/* Millionths as a number with no more digits than it needs. */
static void stln_rules_put_weight(stln_rule_writer *writer, uint32_t weight)
{
    char text[22];
    size_t size;
    text[0] = ' ';
    size = stln_write_millionths(text + 1, weight) + 1;
    while (text[size - 1] == '0')
        size--;
    stln_rules_put(writer, text, text[size - 1] == '.' ? size - 1 : size);
}

static void stln_rules_put_rule(stln_rule_writer *writer, const starlings_ontology *ontology,
                                const stln_rule *rule)
{
    const stln_rule_form *form = &stln_rule_forms[rule->kind];
    const stln_texts *names = rule->kind == STARLINGS_RULE_TYPE ? &ontology->types
                              : rule->kind == STARLINGS_RULE_KEY ||
                                      rule->kind == STARLINGS_RULE_KEY_WEIGHT
                                  ? &ontology->keys
                                  : &ontology->attributes;
    stln_rules_put(writer, form->word, strlen(form->word));
    if ((form->parts & STLN_HAS_NAME) != 0)
        stln_rules_put_name(writer, " ", stln_texts_at(names, rule->name));
    if ((form->parts & STLN_HAS_LIST) != 0) {
        const stln_key_rule *key = &ontology->key_rules[rule->name];
        for (uint32_t i = 0; i < key->count; i++)
            stln_rules_put_name(writer, i == 0 ? ": " : ", ",
                                stln_texts_at(&ontology->attributes,
                                              ontology->key_attributes[key->first + i]));
    }
    if ((form->parts & STLN_HAS_PERSPECTIVE) != 0)
        stln_rules_put_name(writer, " ",
                            stln_texts_at(&ontology->perspectives, rule->perspective));
    if ((form->parts & STLN_HAS_WEIGHT) != 0)
        stln_rules_put_weight(writer, rule->weight);
    if (rule->kind == STARLINGS_RULE_STRONG_MANY)
        stln_rules_put(writer, " many", 5);
    else if (rule->kind == STARLINGS_RULE_SCOPE_ANY)
        stln_rules_put(writer, " any", 4);
    else if (rule->kind == STARLINGS_RULE_SCOPE_PERSPECTIVE)
        stln_rules_put(writer, " perspective", 12);
    stln_rules_put(writer, "\n", 1);
}

starlings_status starlings_ontology_write(const starlings_ontology *ontology,
                                          const starlings_sink *sink)
{
    stln_rule_writer writer;
    if (ontology == NULL)
        return STARLINGS_ERR_ARG;
    if (sink == NULL || sink->write == NULL)
        return stln_fail(&ontology->env, STARLINGS_ERR_ARG, 0, NULL);
    writer.sink = sink;
    writer.status = STARLINGS_OK;
    for (uint32_t i = 0; i < ontology->rule_count && writer.status == STARLINGS_OK; i++)
        stln_rules_put_rule(&writer, ontology, &ontology->rules[i]);
    if (writer.status == STARLINGS_OK)
        return STARLINGS_OK;
    return stln_fail(&ontology->env, writer.status, 0, NULL);
}

/* ---- dates */
/* Days are counted from 0001-01-01 on. A date is then found from its digits in a number system with
   four places: 400 years, centuries, 4 years, years. In each but the first the last unit is a day
   longer or shorter than the others, so its place is never more than three. */

#define STLN_DAYS_TO_1970 719162 /* from 0001-01-01 */
#define STLN_DAYS_ALL 3652059    /* from 0001-01-01 to 9999-12-31 */

static bool stln_year_is_leap(uint32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint32_t stln_month_days(uint32_t year, uint32_t month) /* months from 1 */
{
    static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (uint32_t)(month == 2 && stln_year_is_leap(year));
}

/* The number that these digits are; UINT32_MAX: they are not all digits. */
static uint32_t stln_date_digits(const char *text, size_t count)
{
    uint32_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return UINT32_MAX;
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    return number;
}

starlings_status starlings_date_parse(starlings_text text, int64_t *out_days)
{
    uint32_t year, month, day, before, days;
    if (out_days == NULL)
        return STARLINGS_ERR_ARG;
    *out_days = 0;
    if (text.text == NULL || text.size != 10 || text.text[4] != '-' || text.text[7] != '-')
        return STARLINGS_ERR_FORMAT;
    year = stln_date_digits(text.text, 4);
    month = stln_date_digits(text.text + 5, 2);
    day = stln_date_digits(text.text + 8, 2);
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > stln_month_days(year, month))
        return STARLINGS_ERR_FORMAT;
    before = year - 1;
    days = before * 365 + before / 4 - before / 100 + before / 400 + day - 1;
    for (uint32_t m = 1; m < month; m++)
        days += stln_month_days(year, m);
    *out_days = (int64_t)days - STLN_DAYS_TO_1970;
    return STARLINGS_OK;
}

/* `count` digits of a number, with zeros in front. */
static void stln_date_write_digits(char *out, uint32_t number, size_t count)
{
    for (size_t i = count; i-- > 0; number /= 10)
        out[i] = (char)('0' + number % 10);
}

/* A plain integer and a zero. */
static void stln_time_write_plain(int64_t time, char out[24])
{
    size_t sign = time < 0, size;
    out[0] = '-';
    size = stln_write_u64(out + sign, time < 0 ? (uint64_t)0 - (uint64_t)time : (uint64_t)time);
    out[sign + size] = '\0';
}

void starlings_date_write(int64_t days, char out[24])
{
    uint32_t left, centuries, years, year, month = 1;
    if (days < -STLN_DAYS_TO_1970 || days >= STLN_DAYS_ALL - STLN_DAYS_TO_1970) {
        stln_time_write_plain(days, out);
        return;
    }
    left = (uint32_t)(days + STLN_DAYS_TO_1970);
    year = left / 146097 * 400; /* days of 400 years, 100, 4 */
    left %= 146097;
    centuries = left / 36524 < 3 ? left / 36524 : 3;
    left -= centuries * 36524;
    year += centuries * 100 + left / 1461 * 4;
    left %= 1461;
    years = left / 365 < 3 ? left / 365 : 3;
    left -= years * 365;
    year += years + 1;
    for (; left >= stln_month_days(year, month); month++)
        left -= stln_month_days(year, month);
    stln_date_write_digits(out, year, 4);
    out[4] = out[7] = '-';
    stln_date_write_digits(out + 5, month, 2);
    stln_date_write_digits(out + 8, left + 1, 2);
    out[10] = '\0';
}

/* ---- records
   Owns: what every record says. Texts are numbers here: a table each for types, perspectives,
   attributes, values. A (type, perspective) is a system; a (system, uid) is a record, and its place
   in the table of these is its number.

     systems     0 = (person, crm)   1 = (person, erp)
     identities  0 = (0, "17")   1 = (1, "A-3")   2 = (0, "18")
     first       0           2              5                 facts of a record, one after the other
     facts       name=.. [-,-)   city=.. [3,9)   name=.. [-,-)   city=.. [1,2)   city=.. [5,9) ...

   I1  The facts of a record are sorted by attribute, value, start; two of one attribute and value
       neither overlap nor touch. So what a record says has one form, whatever the order in which it
       was said, and two records say the same if their facts have the same bytes.
   I2  Facts of a permanent attribute hold for all time.
   I3  Records and texts are only ever added, at the end; a call that fails takes back what it
       added. So a number that was handed out means the same for ever.
   Cost: 24 bytes a fact, 16 a record, and for each text that is new its bytes and some 26 more.
   Adding looks texts up 32 at a time, as each look-up waits for memory some three times; values, of
   which there are most, have several tables, so that as many threads look them up. */

typedef struct stln_fact {
    uint32_t attribute;
    uint32_t value;
    starlings_interval valid;
} stln_fact;

#define STLN_WAVE 32u
#define STLN_INTAKE 2048u /* records whose values are looked up together */
#define STLN_RECENT 16u
#define STLN_SHARD_BITS 3u
#define STLN_SHARDS (1u << STLN_SHARD_BITS)

/* A text that is wanted as a number. */
typedef struct stln_wish {
    starlings_text text;
    uint64_t hash;
    uint32_t group;
    uint32_t id;
} stln_wish;

/* All records of a linker. Numbers of attributes, perspectives and types are those of the ontology
   as far as that names them. */
typedef struct stln_store {
    starlings_allocator allocator;
    starlings_ontology *ontology;
    stln_texts types;
    stln_texts perspectives;
    stln_texts attributes;
    stln_texts values[STLN_SHARDS]; /* value v is text v / STLN_SHARDS of table v % STLN_SHARDS */
    stln_texts systems;    /* group: the type; text: the four bytes of the perspective's number */
    stln_texts identities; /* group: the system; text: the uid */
    uint32_t *type;        /* of each record; the empty type has a number like all others */
    uint32_t *perspective;
    size_t *first; /* facts of record r: first[r] ... first[r + 1] - 1 */
    stln_fact *facts;
    uint32_t count;
    size_t capacity; /* of type, perspective, and first less one */
    size_t fact_capacity;
    stln_wish *wishes; /* work space: of a chunk */
    size_t wish_capacity;
    size_t *begin; /* where the facts of each of its records are made */
    size_t *made;  /* how many they are; SIZE_MAX: a descriptor holds at no time */
    uint32_t *turn; /* its values by shard; as many as wishes */
    uint32_t recent[STLN_RECENT]; /* systems that came lately, by a glance at their texts */
} stln_store;

static void stln_store_clear(stln_store *store)
{
    const starlings_allocator *al = &store->allocator;
    stln_texts_clear(&store->types);
    stln_texts_clear(&store->perspectives);
    stln_texts_clear(&store->attributes);
    for (uint32_t i = 0; i < STLN_SHARDS; i++)
        stln_texts_clear(&store->values[i]);
    stln_texts_clear(&store->systems);
    stln_texts_clear(&store->identities);
    stln_free(al, store->type, store->capacity, sizeof *store->type);
    stln_free(al, store->perspective, store->capacity, sizeof *store->perspective);
    stln_free(al, store->first, store->capacity + 1, sizeof *store->first);
    stln_free(al, store->facts, store->fact_capacity, sizeof *store->facts);
    stln_free(al, store->wishes, store->wish_capacity, sizeof *store->wishes);
    stln_free(al, store->turn, store->wish_capacity, sizeof *store->turn);
    stln_free(al, store->begin, STLN_INTAKE + 1, sizeof *store->begin);
    stln_free(al, store->made, STLN_INTAKE, sizeof *store->made);
    starlings_ontology_release(store->ontology);
}

/* Room for `count` more records. */
static bool stln_store_reserve(stln_store *store, size_t count)
{
    const starlings_allocator *al = &store->allocator;
    size_t wanted = (size_t)store->count + count, capacity;
    uint32_t *type, *perspective;
    size_t *first;
    if (wanted <= store->capacity && store->first != NULL)
        return true;
    capacity = stln_grown(store->capacity, wanted);
    type = (uint32_t *)stln_alloc(al, capacity, sizeof *type);
    perspective = (uint32_t *)stln_alloc(al, capacity, sizeof *perspective);
    first = (size_t *)stln_alloc(al, capacity + 1, sizeof *first);
    if (type == NULL || perspective == NULL || first == NULL) {
        stln_free(al, type, capacity, sizeof *type);
        stln_free(al, perspective, capacity, sizeof *perspective);
        stln_free(al, first, capacity + 1, sizeof *first);
        return false;
    }
    first[0] = 0;
    if (store->first != NULL) {
        memcpy(type, store->type, store->count * sizeof *type);
        memcpy(perspective, store->perspective, store->count * sizeof *perspective);
        memcpy(first, store->first, ((size_t)store->count + 1) * sizeof *first);
        stln_free(al, store->type, store->capacity, sizeof *type);
        stln_free(al, store->perspective, store->capacity, sizeof *perspective);
        stln_free(al, store->first, store->capacity + 1, sizeof *first);
    }
    store->type = type;
    store->perspective = perspective;
    store->first = first;
    store->capacity = capacity;
    return true;
}

static bool stln_store_grow_facts(stln_store *store, size_t count)
{
    size_t used = store->first[store->count], capacity;
    stln_fact *facts;
    if (count <= store->fact_capacity - used)
        return true;
    if (count > SIZE_MAX / 4 / sizeof *facts - used)
        return false;
    capacity = stln_grown(store->fact_capacity, used + count);
    facts = (stln_fact *)stln_realloc(&store->allocator, store->facts, store->fact_capacity,
                                      capacity, sizeof *facts);
    if (facts == NULL)
        return false;
    store->facts = facts;
    store->fact_capacity = capacity;
    return true;
}

/* A store without records. On an error it is to be cleared. */
static starlings_status stln_store_open(stln_store *store, const starlings_allocator *allocator,
                                        const uint64_t seed[2], starlings_ontology *ontology)
{
    memset(store, 0, sizeof *store);
    store->allocator = *allocator;
    stln_texts_init(&store->types, allocator, ontology->types.seed);
    stln_texts_init(&store->perspectives, allocator, ontology->perspectives.seed);
    stln_texts_init(&store->attributes, allocator, ontology->attributes.seed);
    for (uint32_t i = 0; i < STLN_SHARDS; i++)
        stln_texts_init(&store->values[i], allocator, seed);
    stln_texts_init(&store->systems, allocator, seed);
    stln_texts_init(&store->identities, allocator, seed);
    store->ontology = starlings_ontology_retain(ontology);
    memset(store->recent, 0xff, sizeof store->recent);
    if (!stln_texts_copy(&ontology->types, &store->types) ||
        !stln_texts_copy(&ontology->perspectives, &store->perspectives) ||
        !stln_texts_copy(&ontology->attributes, &store->attributes) ||
        !stln_store_reserve(store, 0))
        return STARLINGS_ERR_NOMEM;
    store->begin = (size_t *)stln_alloc(allocator, STLN_INTAKE + 1, sizeof *store->begin);
    store->made = (size_t *)stln_alloc(allocator, STLN_INTAKE, sizeof *store->made);
    if (store->begin == NULL || store->made == NULL || !stln_store_grow_facts(store, 1))
        return STARLINGS_ERR_NOMEM;
    return STARLINGS_OK;
}

static size_t stln_store_size(const stln_store *store)
{
    size_t values = 0;
    for (uint32_t i = 0; i < STLN_SHARDS; i++)
        values += stln_texts_size(&store->values[i]);
    return values + stln_texts_size(&store->types) + stln_texts_size(&store->perspectives) +
           stln_texts_size(&store->attributes) +
           stln_texts_size(&store->systems) + stln_texts_size(&store->identities) +
           store->capacity * 2 * sizeof *store->type +
           (store->capacity + 1) * sizeof *store->first +
           store->fact_capacity * sizeof *store->facts +
           store->wish_capacity * (sizeof *store->wishes + sizeof *store->turn) +
           (2 * STLN_INTAKE + 1) * sizeof *store->begin;
}

static const stln_fact *stln_store_facts(const stln_store *store, uint32_t record,
                                         size_t *out_count)
{
    *out_count = store->first[record + 1] - store->first[record];
    return store->facts + store->first[record];
}

/* The table of a value. The seed must not decide it: numbers depend on the order in which texts
   come, and on nothing else. */
STLN_INLINE uint32_t stln_value_shard(starlings_text text)
{
    uint32_t sum = (uint32_t)text.size;
    for (size_t i = text.size > 3 ? text.size - 3 : 0; i < text.size; i++)
        sum = sum * 5 + (unsigned char)text.text[i];
    return (sum ^ sum >> STLN_SHARD_BITS) % STLN_SHARDS;
}

static starlings_text stln_value_text(const stln_store *store, uint32_t value)
{
    return stln_texts_at(&store->values[value % STLN_SHARDS], value / STLN_SHARDS);
}

/* The number of a value, or STARLINGS_NONE. */
static uint32_t stln_value_find(const stln_store *store, starlings_text text)
{
    uint32_t shard, number;
    if (!stln_text_valid(text))
        return STARLINGS_NONE;
    shard = stln_value_shard(text);
    number = stln_texts_find(&store->values[shard], stln_texts_hash(&store->values[shard], 0, text),
                             0, text);
    return number == STARLINGS_NONE ? number : number * STLN_SHARDS + shard;
}

/* All values are below this number. */
static uint32_t stln_value_bound(const stln_store *store)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < STLN_SHARDS; i++)
        most = store->values[i].count > most ? store->values[i].count : most;
    return most * STLN_SHARDS;
}

static starlings_text stln_store_uid(const stln_store *store, uint32_t record)
{
    return stln_texts_at(&store->identities, record);
}

/* By type, perspective, uid, as bytes. */
static int stln_store_compare(const stln_store *store, uint32_t a, uint32_t b)
{
    int order = 0;
    if (store->type[a] != store->type[b])
        order = stln_text_compare(stln_texts_at(&store->types, store->type[a]),
                                  stln_texts_at(&store->types, store->type[b]));
    if (order == 0 && store->perspective[a] != store->perspective[b])
        order = stln_text_compare(stln_texts_at(&store->perspectives, store->perspective[a]),
                                  stln_texts_at(&store->perspectives, store->perspective[b]));
    if (order == 0)
        order = stln_text_compare(stln_store_uid(store, a), stln_store_uid(store, b));
    return order;
}

/* How much there is, to come back to. */
typedef struct stln_store_mark {
    uint32_t types, perspectives, attributes, systems, identities, count;
    uint32_t values[STLN_SHARDS];
} stln_store_mark;

static stln_store_mark stln_store_mark_of(const stln_store *store)
{
    stln_store_mark mark;
    mark.types = store->types.count;
    mark.perspectives = store->perspectives.count;
    mark.attributes = store->attributes.count;
    for (uint32_t i = 0; i < STLN_SHARDS; i++)
        mark.values[i] = store->values[i].count;
    mark.systems = store->systems.count;
    mark.identities = store->identities.count;
    mark.count = store->count;
    return mark;
}

static void stln_store_truncate(stln_store *store, stln_store_mark mark)
{
    stln_texts_truncate(&store->types, mark.types);
    stln_texts_truncate(&store->perspectives, mark.perspectives);
    stln_texts_truncate(&store->attributes, mark.attributes);
    for (uint32_t i = 0; i < STLN_SHARDS; i++)
        stln_texts_truncate(&store->values[i], mark.values[i]);
    stln_texts_truncate(&store->systems, mark.systems);
    stln_texts_truncate(&store->identities, mark.identities);
    store->count = mark.count;
    memset(store->recent, 0xff, sizeof store->recent);
}

/* ---- texts to numbers */

/* Make those of a wave that are not there; room is reserved. */
static void stln_wave_insert(stln_texts *texts, stln_wish *wishes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        stln_wish *wish = wishes + i;
        if (wish->id == STARLINGS_NONE) /* one that was just made may be this one */
            wish->id = stln_texts_find(texts, wish->hash, wish->group, wish->text);
        if (wish->id == STARLINGS_NONE)
            wish->id = stln_texts_insert(texts, wish->hash, wish->group, wish->text);
    }
}

static starlings_status stln_wave_make(stln_texts *texts, stln_wish *wishes, uint32_t count)
{
    starlings_status status;
    uint32_t fresh = 0;
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        if (wishes[i].id == STARLINGS_NONE) {
            if (wishes[i].text.size > SIZE_MAX / (4 * STLN_WAVE))
                return STARLINGS_ERR_NOMEM; /* their sum might not fit */
            fresh++;
            size += wishes[i].text.size;
        }
    if (fresh == 0)
        return STARLINGS_OK;
    status = stln_texts_reserve(texts, fresh, size);
    if (status == STARLINGS_OK)
        stln_wave_insert(texts, wishes, count);
    return status;
}

/* The numbers of some texts, NONE where there is none: at most STLN_WAVE, which wait for memory
   together. */
static void stln_wave_look(const stln_texts *texts, stln_wish *wishes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        wishes[i].hash = stln_texts_hash(texts, wishes[i].group, wishes[i].text);
        stln_texts_prefetch(texts, wishes[i].hash);
    }
    for (uint32_t i = 0; i < count; i++)
        wishes[i].id = stln_texts_guess(texts, wishes[i].hash);
    for (uint32_t i = 0; i < count; i++)
        if (wishes[i].id != STARLINGS_NONE)
            STLN_PREFETCH(texts->bytes + texts->begin[wishes[i].id]);
    for (uint32_t i = 0; i < count; i++)
        if (wishes[i].id != STARLINGS_NONE &&
            !stln_texts_is(texts, wishes[i].id, wishes[i].group, wishes[i].text))
            wishes[i].id = stln_texts_find(texts, wishes[i].hash, wishes[i].group, wishes[i].text);
}

/* The numbers of texts, made where they are new. */
static starlings_status stln_intern_many(stln_texts *texts, stln_wish *wishes, size_t count)
{
    starlings_status status = STARLINGS_OK;
    for (size_t i = 0; i < count && status == STARLINGS_OK; i += STLN_WAVE) {
        uint32_t wave = (uint32_t)stln_min_size(STLN_WAVE, count - i);
        stln_wave_look(texts, wishes + i, wave);
        status = stln_wave_make(texts, wishes + i, wave);
    }
    return status;
}

static starlings_status stln_intern(stln_texts *texts, uint32_t group, starlings_text text,
                                    uint32_t *out_id)
{
    stln_wish wish;
    starlings_status status;
    wish.text = text;
    wish.group = group;
    status = stln_intern_many(texts, &wish, 1);
    *out_id = wish.id;
    return status;
}

static uint32_t stln_store_perspective_of(const stln_store *store, uint32_t system)
{
    uint32_t perspective;
    memcpy(&perspective, stln_texts_at(&store->systems, system).text, sizeof perspective);
    return perspective;
}

/* The system of a record that is given; the types of an ontology that names some are all there
   are. */
static starlings_status stln_system_look(stln_store *store,
                                         const starlings_temporal_record *record,
                                         uint32_t *out_system)
{
    starlings_status status;
    starlings_text text;
    char bytes[4];
    uint32_t type = STARLINGS_NONE, perspective = STARLINGS_NONE;
    if (store->ontology->types.count > 0) {
        uint64_t hash = stln_texts_hash(&store->types, 0, record->type);
        type = stln_texts_find(&store->types, hash, 0, record->type);
        if (type == STARLINGS_NONE)
            return STARLINGS_ERR_STRANGER;
        status = STARLINGS_OK;
    } else {
        status = stln_intern(&store->types, 0, record->type, &type);
    }
    if (status == STARLINGS_OK)
        status = stln_intern(&store->perspectives, 0, record->perspective, &perspective);
    if (status != STARLINGS_OK)
        return status;
    memcpy(bytes, &perspective, sizeof bytes);
    text.text = bytes;
    text.size = sizeof bytes;
    return stln_intern(&store->systems, type, text, out_system);
}

STLN_INLINE bool stln_text_same(starlings_text a, starlings_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.text, b.text, a.size) == 0);
}

/* The same, for systems that come again and again. */
static starlings_status stln_store_system(stln_store *store,
                                          const starlings_temporal_record *record,
                                          uint32_t *out_system)
{
    starlings_text type = record->type, perspective = record->perspective;
    size_t glance = type.size + 3 * perspective.size;
    uint32_t *recent;
    starlings_status status;
    if (perspective.size > 0)
        glance += (size_t)(unsigned char)perspective.text[perspective.size - 1] * 5;
    if (type.size > 0)
        glance += (size_t)(unsigned char)type.text[0] * 7;
    recent = store->recent + glance % STLN_RECENT;
    if (*recent != STARLINGS_NONE) {
        uint32_t number = stln_texts_group(&store->systems, *recent);
        uint32_t other = stln_store_perspective_of(store, *recent);
        if (stln_text_same(type, stln_texts_at(&store->types, number)) &&
            stln_text_same(perspective, stln_texts_at(&store->perspectives, other))) {
            *out_system = *recent;
            return STARLINGS_OK;
        }
    }
    status = stln_system_look(store, record, out_system);
    if (status == STARLINGS_OK)
        *recent = *out_system;
    return status;
}

/* ---- the one form of what a record says */

static bool stln_fact_before(const stln_fact *a, const stln_fact *b)
{
    if (a->attribute != b->attribute)
        return a->attribute < b->attribute;
    if (a->value != b->value)
        return a->value < b->value;
    return starlings_interval_compare(a->valid, b->valid) < 0;
}

/* Let facts[at] sink in the heap of the first `count`. */
static void stln_fact_sink(stln_fact *facts, size_t at, size_t count)
{
    stln_fact sinking = facts[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && stln_fact_before(facts + child, facts + child + 1))
            child++;
        if (!stln_fact_before(&sinking, facts + child))
            break;
        facts[at] = facts[child];
        at = child;
    }
    facts[at] = sinking;
}

/* In place: by insertion where there are few, which is nearly always, else by a heap. */
static void stln_fact_sort(stln_fact *facts, size_t count)
{
    const size_t few = 24;
    for (size_t i = 1; i < count && count <= few; i++) {
        stln_fact fact = facts[i];
        size_t at = i;
        for (; at > 0 && stln_fact_before(&fact, facts + at - 1); at--)
            facts[at] = facts[at - 1];
        facts[at] = fact;
    }
    if (count <= few)
        return;
    for (size_t i = count / 2; i-- > 0;)
        stln_fact_sink(facts, i, count);
    for (size_t i = count; i-- > 1;) {
        stln_fact last = facts[i];
        facts[i] = facts[0];
        facts[0] = last;
        stln_fact_sink(facts, 0, i);
    }
}

/* I1 for the facts of one record; returns how many are left. */
static size_t stln_facts_make(stln_fact *facts, size_t count)
{
    size_t kept = 0;
    stln_fact_sort(facts, count);
    for (size_t i = 0; i < count; i++) {
        stln_fact *last = kept > 0 ? facts + kept - 1 : NULL;
        if (last != NULL && last->attribute == facts[i].attribute &&
            last->value == facts[i].value && facts[i].valid.start <= last->valid.end)
            last->valid.end = stln_time_most(last->valid.end, facts[i].valid.end);
        else
            facts[kept++] = facts[i];
    }
    return kept;
}

/* ---- taking records */

static starlings_status stln_record_check(const starlings_env *env,
                                          const starlings_temporal_record *record, size_t at)
{
    if (!stln_text_valid(record->type) || !stln_text_valid(record->perspective) ||
        !stln_text_valid(record->uid) ||
        (record->descriptors == NULL && record->descriptor_count > 0))
        return stln_fail(env, STARLINGS_ERR_ARG, at, "a text or the descriptors are NULL");
    for (size_t d = 0; d < record->descriptor_count; d++)
        if (!stln_text_valid(record->descriptors[d].attribute) ||
            !stln_text_valid(record->descriptors[d].value))
            return stln_fail(env, STARLINGS_ERR_ARG, at, "a text of a descriptor is NULL");
    return STARLINGS_OK;
}

static bool stln_store_grow_wishes(stln_store *store, size_t count)
{
    size_t capacity;
    stln_wish *wishes;
    uint32_t *turn;
    if (count <= store->wish_capacity)
        return true;
    capacity = stln_grown(store->wish_capacity, count);
    wishes = (stln_wish *)stln_alloc(&store->allocator, capacity, sizeof *wishes);
    turn = (uint32_t *)stln_alloc(&store->allocator, capacity, sizeof *turn);
    if (wishes == NULL || turn == NULL) {
        stln_free(&store->allocator, wishes, capacity, sizeof *wishes);
        stln_free(&store->allocator, turn, capacity, sizeof *turn);
        return false;
    }
    stln_free(&store->allocator, store->wishes, store->wish_capacity, sizeof *wishes);
    stln_free(&store->allocator, store->turn, store->wish_capacity, sizeof *turn);
    store->wishes = wishes;
    store->turn = turn;
    store->wish_capacity = capacity;
    return true;
}

/* The attributes of a chunk, which often are those of the record before. */
static starlings_status stln_intake_attributes(stln_store *store,
                                              const starlings_temporal_record *records,
                                              uint32_t count, stln_wish *wishes)
{
    starlings_status status = STARLINGS_OK;
    size_t before = 0; /* descriptors of the record before */
    for (uint32_t i = 0; i < count; i++) {
        size_t descriptors = records[i].descriptor_count;
        for (size_t d = 0; d < descriptors && status == STARLINGS_OK; d++) {
            stln_wish *last = d < before ? wishes - before + d : NULL;
            wishes[d].text = records[i].descriptors[d].attribute;
            if (last != NULL && stln_text_same(last->text, wishes[d].text))
                wishes[d].id = last->id;
            else
                status = stln_intern(&store->attributes, 0, wishes[d].text, &wishes[d].id);
        }
        wishes += descriptors;
        before = descriptors;
    }
    return status;
}

/* A chunk of records while it is taken in. */
typedef struct stln_intake {
    stln_store *store;
    stln_crew *crew;
    const starlings_env *env;
    const starlings_temporal_record *records;
    uint32_t count;
    size_t at;          /* of the first, in the call */
    size_t descriptors; /* of all */
    size_t facts;       /* where theirs begin */
    stln_wish *attributes;
    stln_wish *values;
    uint32_t turn[STLN_SHARDS + 1]; /* where the values of each shard begin in store->turn */
    uint32_t tasks;
} stln_intake;

static starlings_status stln_intake_check(stln_intake *chunk)
{
    stln_store *store = chunk->store;
    chunk->descriptors = 0;
    for (uint32_t i = 0; i < chunk->count; i++) {
        const starlings_temporal_record *record = chunk->records + i;
        starlings_status status = stln_record_check(chunk->env, record, chunk->at + i);
        if (status != STARLINGS_OK)
            return status;
        if (record->descriptor_count > UINT32_MAX / 4 - chunk->descriptors)
            return stln_fail(chunk->env, STARLINGS_ERR_RANGE, chunk->at + i, NULL);
        store->begin[i] = chunk->descriptors;
        chunk->descriptors += record->descriptor_count;
    }
    store->begin[chunk->count] = chunk->descriptors;
    if (!stln_store_grow_wishes(store, chunk->count + 2 * chunk->descriptors) ||
        !stln_store_grow_facts(store, chunk->descriptors))
        return stln_fail(chunk->env, STARLINGS_ERR_NOMEM, chunk->at, NULL);
    chunk->attributes = store->wishes + chunk->count;
    chunk->values = chunk->attributes + chunk->descriptors;
    return STARLINGS_OK;
}

/* Say which values are wanted, in which shard, and make room for all of them, as each shard is
   filled by a thread of its own. */
static starlings_status stln_intake_values(stln_intake *chunk)
{
    stln_store *store = chunk->store;
    stln_wish *wish = chunk->values;
    uint32_t count[STLN_SHARDS] = { 0 }, at[STLN_SHARDS];
    size_t size[STLN_SHARDS] = { 0 };
    starlings_status status = STARLINGS_OK;
    for (uint32_t i = 0; i < chunk->count; i++)
        for (size_t d = 0; d < chunk->records[i].descriptor_count; d++, wish++) {
            uint32_t shard;
            wish->text = chunk->records[i].descriptors[d].value;
            wish->group = shard = stln_value_shard(wish->text);
            if (wish->text.size > SIZE_MAX / 4 - size[shard])
                return STARLINGS_ERR_NOMEM;
            size[shard] += wish->text.size;
            count[shard]++;
        }
    for (uint32_t s = 0, sum = 0; s < STLN_SHARDS && status == STARLINGS_OK; s++) {
        at[s] = chunk->turn[s] = sum;
        sum += count[s];
        chunk->turn[s + 1] = sum;
        if (count[s] > STARLINGS_NONE / STLN_SHARDS - 1 - store->values[s].count)
            return STARLINGS_ERR_RANGE;
        status = stln_texts_reserve(&store->values[s], count[s], size[s]);
    }
    for (size_t i = 0; i < chunk->descriptors && status == STARLINGS_OK; i++)
        store->turn[at[chunk->values[i].group]++] = (uint32_t)i;
    return status;
}

/* The values of one shard. */
static void stln_intake_shard_task(void *ctx, uint32_t shard)
{
    stln_intake *chunk = (stln_intake *)ctx;
    stln_texts *texts = &chunk->store->values[shard];
    const uint32_t *turn = chunk->store->turn;
    stln_wish wave[STLN_WAVE];
    for (uint32_t i = chunk->turn[shard]; i < chunk->turn[shard + 1];) {
        uint32_t count = (uint32_t)stln_min_size(STLN_WAVE, chunk->turn[shard + 1] - i);
        for (uint32_t w = 0; w < count; w++) {
            wave[w].text = chunk->values[turn[i + w]].text;
            wave[w].group = 0;
        }
        stln_wave_look(texts, wave, count);
        stln_wave_insert(texts, wave, count);
        for (uint32_t w = 0; w < count; w++)
            chunk->values[turn[i + w]].id = wave[w].id * STLN_SHARDS + shard;
        i += count;
    }
}

/* Make the facts of a record where it will look for them. False: one holds at no time. */
static bool stln_record_facts(const stln_intake *chunk, uint32_t at)
{
    const stln_store *store = chunk->store;
    const starlings_temporal_record *record = chunk->records + at;
    const stln_wish *attributes = chunk->attributes + store->begin[at];
    const stln_wish *values = chunk->values + store->begin[at];
    stln_fact *facts = store->facts + chunk->facts + store->begin[at];
    uint32_t type = stln_texts_group(&store->systems, store->wishes[at].group);
    for (size_t d = 0; d < record->descriptor_count; d++) {
        facts[d].attribute = attributes[d].id;
        facts[d].value = values[d].id;
        facts[d].valid = record->descriptors[d].valid;
        if ((stln_ontology_rules(store->ontology, type, attributes[d].id) & STLN_PERMANENT) != 0) {
            facts[d].valid.start = STARLINGS_START_OF_TIME;
            facts[d].valid.end = STARLINGS_END_OF_TIME;
        } else if (starlings_interval_is_empty(facts[d].valid)) {
            return false;
        }
    }
    store->made[at] = stln_facts_make(facts, record->descriptor_count);
    return true;
}

static void stln_intake_facts_task(void *ctx, uint32_t task)
{
    stln_intake *chunk = (stln_intake *)ctx;
    uint32_t from = (uint32_t)stln_part(chunk->count, task, chunk->tasks);
    uint32_t to = (uint32_t)stln_part(chunk->count, task + 1, chunk->tasks);
    for (uint32_t i = from; i < to; i++)
        if (!stln_record_facts(chunk, i))
            chunk->store->made[i] = SIZE_MAX;
}

/* Look up all texts of a chunk and make the facts of its records, behind the last ones. */
static starlings_status stln_intake_look(stln_intake *chunk)
{
    stln_store *store = chunk->store;
    starlings_status status = stln_intake_check(chunk);
    if (status != STARLINGS_OK)
        return status;
    for (uint32_t i = 0; i < chunk->count; i++) {
        const char *text = NULL;
        status = stln_store_system(store, chunk->records + i, &store->wishes[i].group);
        if (status == STARLINGS_ERR_STRANGER)
            text = "the ontology has no such type";
        if (status != STARLINGS_OK)
            return stln_fail(chunk->env, status, chunk->at + i, text);
        store->wishes[i].text = chunk->records[i].uid;
    }
    status = stln_intake_attributes(store, chunk->records, chunk->count, chunk->attributes);
    if (status == STARLINGS_OK)
        status = stln_intake_values(chunk);
    if (status != STARLINGS_OK)
        return stln_fail(chunk->env, status, chunk->at, NULL);
    stln_crew_run(chunk->crew, STLN_SHARDS, stln_intake_shard_task, chunk);
    stln_crew_run(chunk->crew, chunk->tasks, stln_intake_facts_task, chunk);
    for (uint32_t i = 0; i < chunk->count; i += STLN_WAVE)
        stln_wave_look(&store->identities, store->wishes + i,
                       (uint32_t)stln_min_size(STLN_WAVE, chunk->count - i));
    return STARLINGS_OK;
}

static starlings_status stln_record_empty(const stln_intake *chunk, uint32_t at)
{
    const starlings_temporal_record *record = chunk->records + at;
    size_t d = 0;
    while (!starlings_interval_is_empty(record->descriptors[d].valid) ||
           (stln_ontology_rules(chunk->store->ontology,
                                stln_texts_group(&chunk->store->systems,
                                                 chunk->store->wishes[at].group),
                                chunk->attributes[chunk->store->begin[at] + d].id) &
            STLN_PERMANENT) != 0)
        d++;
    (void)stln_fail(chunk->env, STARLINGS_ERR_ARG, chunk->at + at,
                    "a descriptor holds at no time: ");
    stln_error_value(chunk->env->error, record->descriptors[d].attribute);
    return STARLINGS_ERR_ARG;
}

static starlings_status stln_record_refused(const starlings_env *env,
                                            const starlings_temporal_record *record, size_t at)
{
    (void)stln_fail(env, STARLINGS_ERR_DUPLICATE, at,
                    "the record is there with other descriptors: ");
    if (env->error != NULL) {
        stln_error_value(env->error, record->perspective);
        stln_error_say(env->error, ":");
        stln_error_value(env->error, record->uid);
    }
    return STARLINGS_ERR_DUPLICATE;
}

/* Take one record of a chunk. */
static starlings_status stln_record_take(const stln_intake *chunk, uint32_t at,
                                         starlings_arrival *out_arrival)
{
    stln_store *store = chunk->store;
    stln_wish *identity = store->wishes + at;
    size_t begin = store->first[store->count], have_count;
    size_t count = store->made[at];
    const stln_fact *facts = store->facts + chunk->facts + store->begin[at];
    starlings_status status;
    *out_arrival = STARLINGS_ARRIVAL_NEW;
    if (identity->id == STARLINGS_NONE) /* it may be a record of this chunk */
        identity->id = stln_texts_find(&store->identities, identity->hash, identity->group,
                                       identity->text);
    if (identity->id != STARLINGS_NONE) {
        const stln_fact *have = stln_store_facts(store, identity->id, &have_count);
        bool same = have_count == count;
        for (size_t f = 0; f < count && same; f++)
            same = have[f].attribute == facts[f].attribute && have[f].value == facts[f].value &&
                   starlings_interval_compare(have[f].valid, facts[f].valid) == 0;
        *out_arrival = same ? STARLINGS_ARRIVAL_KNOWN : STARLINGS_ARRIVAL_REFUSED;
        return STARLINGS_OK;
    }
    status = stln_wave_make(&store->identities, identity, 1);
    if (status == STARLINGS_OK && !stln_store_reserve(store, 1))
        status = STARLINGS_ERR_NOMEM;
    if (status != STARLINGS_OK)
        return stln_fail(chunk->env, status, chunk->at + at, NULL);
    memmove(store->facts + begin, facts, count * sizeof *facts);
    store->type[store->count] = stln_texts_group(&store->systems, identity->group);
    store->perspective[store->count] = stln_store_perspective_of(store, identity->group);
    store->first[store->count + 1] = begin + count;
    store->count++;
    return STARLINGS_OK;
}

static starlings_status stln_intake_take(stln_intake *chunk, starlings_arrival *arrivals)
{
    starlings_status status;
    chunk->facts = chunk->store->first[chunk->store->count];
    chunk->tasks = chunk->crew->count;
    status = stln_intake_look(chunk);
    for (uint32_t i = 0; i < chunk->count && status == STARLINGS_OK; i++) {
        starlings_arrival arrival = STARLINGS_ARRIVAL_NEW;
        if (chunk->store->made[i] == SIZE_MAX)
            return stln_record_empty(chunk, i);
        status = stln_record_take(chunk, i, &arrival);
        if (status == STARLINGS_OK && arrival == STARLINGS_ARRIVAL_REFUSED && arrivals == NULL)
            status = stln_record_refused(chunk->env, chunk->records + i, chunk->at + i);
        if (arrivals != NULL)
            arrivals[i] = arrival;
    }
    return status;
}

/* Take records: all or, after an error, none. A few are not worth a crew. */
static starlings_status stln_store_add(stln_store *store, const starlings_env *env,
                                       const starlings_temporal_record *records, size_t count,
                                       starlings_arrival *arrivals)
{
    const size_t few = 512;
    stln_store_mark mark = stln_store_mark_of(store);
    starlings_env crew_env = *env;
    starlings_status status;
    stln_intake chunk;
    stln_crew crew;
    if (count < few)
        crew_env.workers.count = 1;
    status = stln_crew_open(&crew, &crew_env);
    if (status != STARLINGS_OK)
        return status;
    memset(&chunk, 0, sizeof chunk);
    chunk.store = store;
    chunk.crew = &crew;
    chunk.env = env;
    for (size_t i = 0; i < count && status == STARLINGS_OK; i += STLN_INTAKE) {
        chunk.records = records + i;
        chunk.count = (uint32_t)stln_min_size(STLN_INTAKE, count - i);
        chunk.at = i;
        status = stln_intake_take(&chunk, arrivals == NULL ? NULL : arrivals + i);
        if (status == STARLINGS_OK)
            status = stln_report(env, "records", i + chunk.count, count);
    }
    stln_crew_close(&crew);
    if (status != STARLINGS_OK)
        stln_store_truncate(store, mark);
    return status;
}

/* ==== [S82 LINKER] entries, components, claims; what is contested ========== */
/* Owns: which records match, and which of those that hang together cannot all be one entity. A
   bucket is a key with values for all its attributes, of one type; a record has an entry in it for
   each interval in which it has these values. Two records match where entries of theirs in one
   bucket overlap.

   Without strong identifiers an entity would be a component: records that hang together by matches.
   Sorted by start, and each entry linked to the one before that reaches furthest, a bucket of k
   entries gives its components with fewer than k links:

     bucket (who, Ada Lovelace)      a [1      9)      c [2 4)      b [8   12)      d [12 20)
     links                           c - a, b - a;  d stands alone: 12 is not in [8, 12)

   Identifiers then keep records apart. What a record says of one is a claim: (channel, set of
   values, interval), where a channel is an attribute within a perspective, or within all. Two
   claims of a channel clash where they overlap and the values differ (or, of an identifier with
   many values, where the sets have nothing in common). The claims of one record in a channel never
   overlap, so a sweep over the sorted claims of a component finds whether any two records clash
   without looking at who said what: it remembers the furthest end, and the furthest end of another
   set. Where nothing clashes, which is nearly always, the component is the entity. Else it is
   contested, and replayed (S86).

   I1  A record number is a node of the forest and a row of every array by record.
   I2  entries[entry_first[r] ... entry_first[r + 1] - 1] are those of record r, by bucket and
       start; the chains of the buckets go from the newest entry to the oldest.
   I3  entries[e].link is what the sweep of its bucket linked it to, in components that are not
       contested; those that are have their links in `links`.
   I4  stamp[r] is the number of the resolution that last linked the component of r anew.
   I5  All that a resolution changes is made aside, or taken back when it fails; but for the links
       of touched buckets, which stay touched and are swept again by the next one.

   New records touch buckets, these touch components: only they are linked again, since a sweep
   depends on nothing else. So the answer is the same whenever it was asked for.

   Cost: O(e log e) for e entries of touched buckets; 32 bytes an entry, some 40 a bucket, 16 a
   record.
   Sources: Monge, Elkan 1997 (components of matches); Bentley 1977 (sweeps). */

#define STLN_SET_MIXED STARLINGS_NONE /* two values at once: clashes with every claim */
#define STLN_ANYBODY STARLINGS_NONE   /* the perspective of a channel of all perspectives */

typedef struct stln_entry {
    uint32_t record;
    uint32_t bucket;
    uint32_t next; /* an older one of the same bucket; STARLINGS_NONE: there is none */
    uint32_t link; /* a record; STARLINGS_NONE: none */
    starlings_interval valid;
} stln_entry;

typedef struct stln_claim {
    uint64_t channel; /* attribute, many, perspective: stln_channel_of */
    uint32_t record;
    uint32_t set; /* a value, or STLN_SET_MIXED; of many: a number in linker->sets */
    starlings_interval valid;
} stln_claim;

typedef struct stln_link {
    uint32_t a;
    uint32_t b;
    uint32_t weight;
} stln_link;

struct starlings_linker {
    starlings_env env;
    uint32_t owners; /* atomic: the caller, and each resolution */
    bool constraints_block;
    uint32_t linked; /* records that the last resolution had */
    uint32_t serial; /* of that resolution */
    uint32_t most_attributes; /* of a key */
    uint32_t few_open; /* STLN_FEW_OPEN (S86), or fewer: tests ask for trees over few clusters */
    stln_store store;
    stln_texts buckets; /* group: the key; text: the numbers of the type and of the values */
    stln_texts sets;    /* text: numbers of values, ascending */
    uint32_t *head;     /* of the chain of each bucket */
    size_t head_capacity;
    stln_entry *entries;
    uint32_t entry_count;
    size_t entry_capacity;
    uint32_t *entry_first; /* linked + 1 long */
    uint32_t *component;   /* the smallest record of it; linked long, as are the next two */
    uint32_t *stamp;
    uint64_t *contested; /* bits */
    stln_link *links;    /* of contested components */
    size_t link_count;
};

struct starlings_resolution {
    starlings_allocator allocator;
    uint32_t owners; /* atomic */
    uint32_t serial;
    uint32_t record_count;
    starlings_linker *linker;
    const stln_store *store; /* the linker's */
    starlings_partition *partition;
    starlings_hierarchy *hierarchy;
    uint32_t *component; /* as in the linker, but as it was then */
    uint32_t *stamp;
    uint64_t *contested;
    starlings_resolution_stats stats;
};

/* ---- sorting numbers of things */

typedef bool stln_before(const void *ctx, uint32_t a, uint32_t b);

/* Stable: insertion into runs of 8, then merges from the bottom up, between items and other. The
   sorted ones end in items. */
static void stln_order(uint32_t *items, uint32_t *other, size_t count, stln_before *before,
                       const void *ctx)
{
    const size_t run = 8;
    uint32_t *from = items, *to = other;
    for (size_t base = 0; base < count; base += run)
        for (size_t i = base + 1; i < count && i < base + run; i++) {
            uint32_t item = items[i];
            size_t at = i;
            for (; at > base && before(ctx, item, items[at - 1]); at--)
                items[at] = items[at - 1];
            items[at] = item;
        }
    for (size_t width = run; width < count; width *= 2) {
        uint32_t *swap = from;
        for (size_t base = 0; base < count; base += 2 * width) {
            size_t mid = stln_min_size(base + width, count);
            size_t end = stln_min_size(mid + stln_min_size(width, count - mid), count);
            size_t a = base, b = mid;
            for (size_t i = base; i < end; i++)
                to[i] = b == end || (a < mid && !before(ctx, from[b], from[a])) ? from[a++]
                                                                                : from[b++];
        }
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
}

/* ---- entries */

/* One attribute of a key while its values are gone through. */
typedef struct stln_key_pick {
    size_t begin;
    size_t end;
    size_t at;
    starlings_interval valid; /* of the picks up to this one */
} stln_key_pick;

/* The facts of an attribute among `count` of a record: [*out_begin, returned). */
static size_t stln_facts_of(const stln_fact *facts, size_t count, uint32_t attribute,
                            size_t *out_begin)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (facts[mid].attribute < attribute)
            low = mid + 1;
        else
            high = mid;
    }
    *out_begin = low;
    while (low < count && facts[low].attribute == attribute)
        low++;
    return low;
}

/* Where entries are written to; NULL entries: they are only counted. */
typedef struct stln_extract {
    stln_entry *entries;
    uint32_t *words; /* of each entry: the type, and a value for each attribute of the key */
    uint64_t entry_count;
    uint64_t word_count;
} stln_extract;

/* All entries of a record under a key: each combination of values that are there at one time. */
static void stln_extract_key(const stln_store *store, uint32_t record, uint32_t key,
                             stln_key_pick *picks, stln_extract *out)
{
    const stln_key_rule *rule = &store->ontology->key_rules[key];
    const uint32_t *attributes = store->ontology->key_attributes + rule->first;
    size_t count, depth = 0;
    const stln_fact *facts = stln_store_facts(store, record, &count);
    for (uint32_t i = 0; i < rule->count; i++) {
        picks[i].end = stln_facts_of(facts, count, attributes[i], &picks[i].begin);
        if (picks[i].begin == picks[i].end)
            return;
    }
    picks[0].at = picks[0].begin;
    for (;;) {
        stln_key_pick *pick = picks + depth;
        if (pick->at == pick->end) {
            if (depth == 0)
                return;
            picks[--depth].at++;
            continue;
        }
        pick->valid = facts[pick->at].valid;
        if (depth > 0 &&
            !starlings_interval_intersect(picks[depth - 1].valid, pick->valid, &pick->valid)) {
            pick->at++;
            continue;
        }
        if (depth + 1 < rule->count) {
            depth++;
            picks[depth].at = picks[depth].begin;
            continue;
        }
        if (out->entries != NULL) {
            stln_entry *entry = out->entries + out->entry_count;
            entry->record = record;
            entry->bucket = key; /* for now */
            entry->link = STARLINGS_NONE;
            entry->valid = pick->valid;
            out->words[out->word_count] = store->type[record];
            for (uint32_t i = 0; i < rule->count; i++)
                out->words[out->word_count + 1 + i] = facts[picks[i].at].value;
        }
        out->entry_count++;
        out->word_count += 1 + rule->count;
        pick->at++;
        if (out->entry_count >= STARLINGS_NONE)
            return; /* too many: the caller sees that */
    }
}

/* A part of the new records, on one thread. */
typedef struct stln_extract_part {
    const stln_store *store;
    stln_key_pick *picks;
    uint32_t from;
    uint32_t to;
    uint32_t *entry_first; /* by record from `from` on: entries so far, of this part */
    stln_extract out;
} stln_extract_part;

static void stln_extract_task(void *ctx, uint32_t task)
{
    stln_extract_part *part = (stln_extract_part *)ctx + task;
    const starlings_ontology *ontology = part->store->ontology;
    part->out.entry_count = part->out.word_count = 0;
    for (uint32_t r = part->from; r < part->to; r++) {
        if (part->entry_first != NULL)
            part->entry_first[r - part->from] = (uint32_t)part->out.entry_count;
        for (uint32_t key = 0; key < ontology->key_count; key++)
            if (ontology->key_rules[key].type == STARLINGS_NONE ||
                ontology->key_rules[key].type == part->store->type[r])
                stln_extract_key(part->store, r, key, part->picks, &part->out);
    }
}

/* ---- one resolution being made */

typedef struct stln_resolve {
    starlings_linker *linker;
    const starlings_env *env;
    stln_crew crew;
    stln_scratch scratch;
    uint32_t count; /* records */
    uint32_t bucket_mark;
    uint32_t entry_mark;
    uint32_t *entry_first;
    uint32_t *touched; /* buckets */
    uint32_t touched_count;
    size_t *touched_first; /* where their entries begin in `order` */
    uint32_t *order;       /* entries by touched bucket */
    uint32_t *other;
    uint32_t *parent; /* becomes linker->component */
    uint32_t *stamp;
    uint64_t *contested;
    uint32_t *group_of; /* of the root of each touched component of two or more; else NONE */
    uint32_t group_count;
    uint32_t *group_first; /* where their members begin in `members` */
    uint32_t *members;
    size_t *claim_first; /* of each member */
    stln_claim *claims;
    uint32_t *claim_order; /* of each group: numbers from its first claim on */
    uint32_t *claim_other;
    unsigned char *group_contested;
    uint32_t recomputed;
    stln_link *links;
    size_t link_count;
    size_t link_capacity;
} stln_resolve;

static bool stln_linker_grow_entries(starlings_linker *linker, uint64_t count)
{
    size_t wanted, capacity;
    stln_entry *entries;
    if (count > STARLINGS_NONE - 1u - linker->entry_count)
        return false;
    wanted = (size_t)(linker->entry_count + count);
    if (wanted <= linker->entry_capacity)
        return true;
    capacity = stln_grown(linker->entry_capacity, wanted);
    entries = (stln_entry *)stln_realloc(&linker->env.allocator, linker->entries,
                                         linker->entry_capacity, capacity, sizeof *entries);
    if (entries == NULL)
        return false;
    linker->entries = entries;
    linker->entry_capacity = capacity;
    return true;
}

static bool stln_linker_grow_heads(starlings_linker *linker, size_t wanted)
{
    size_t capacity;
    uint32_t *head;
    if (wanted <= linker->head_capacity)
        return true;
    capacity = stln_grown(linker->head_capacity, wanted);
    head = (uint32_t *)stln_realloc(&linker->env.allocator, linker->head, linker->head_capacity,
                                    capacity, sizeof *head);
    if (head == NULL)
        return false;
    linker->head = head;
    linker->head_capacity = capacity;
    return true;
}

/* Put an entry into the chain of its bucket. A bucket that has two or more entries now and got one
   in this resolution is touched: it is noted once. */
static void stln_entry_chain(stln_resolve *rs, uint32_t at)
{
    starlings_linker *linker = rs->linker;
    stln_entry *entry = linker->entries + at;
    uint32_t head = linker->head[entry->bucket];
    entry->next = head;
    linker->head[entry->bucket] = at;
    if (head != STARLINGS_NONE &&
        (head < rs->entry_mark || linker->entries[head].next == STARLINGS_NONE))
        rs->touched[rs->touched_count++] = entry->bucket;
}

/* Buckets of the new entries, 32 of which are looked up together. */
static starlings_status stln_entries_find(stln_resolve *rs, const uint32_t *words)
{
    starlings_linker *linker = rs->linker;
    const stln_key_rule *rules = linker->store.ontology->key_rules;
    starlings_status status = STARLINGS_OK;
    stln_wish wishes[STLN_WAVE];
    size_t word = 0;
    uint32_t end = rs->entry_first[rs->count];
    for (uint32_t e = rs->entry_mark; e < end && status == STARLINGS_OK;) {
        uint32_t wave = (uint32_t)stln_min_size(STLN_WAVE, end - e);
        for (uint32_t i = 0; i < wave; i++) {
            uint32_t key = linker->entries[e + i].bucket;
            wishes[i].group = key;
            wishes[i].text.text = (const char *)(words + word);
            wishes[i].text.size = (size_t)(1 + rules[key].count) * sizeof *words;
            word += 1 + rules[key].count;
        }
        status = stln_intern_many(&linker->buckets, wishes, wave);
        for (uint32_t i = 0; i < wave && status == STARLINGS_OK; i++)
            linker->entries[e++].bucket = wishes[i].id;
    }
    return status;
}

static bool stln_entry_less(const stln_entry *a, const stln_entry *b)
{
    return a->bucket != b->bucket ? a->bucket < b->bucket : a->valid.start < b->valid.start;
}

/* Sort the entries of one record by bucket and start, which they nearly always are: in place, by
   insertion where they are few, else by a heap. */
static void stln_entries_sort(stln_entry *entries, uint32_t count)
{
    const uint32_t few = 24;
    for (uint32_t i = 1; i < count && count <= few; i++) {
        stln_entry entry = entries[i];
        uint32_t at = i;
        for (; at > 0 && stln_entry_less(&entry, entries + at - 1); at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
    for (uint32_t i = count + count / 2; i-- > 0 && count > few;) {
        uint32_t end = i < count ? i : count, at = i < count ? 0 : i - count;
        stln_entry sinking;
        if (i < count) { /* the largest goes behind the heap */
            stln_entry swap = entries[i];
            entries[i] = entries[0];
            entries[0] = swap;
        }
        sinking = entries[at];
        for (uint32_t child; (child = 2 * at + 1) < end; at = child) {
            if (child + 1 < end && stln_entry_less(entries + child, entries + child + 1))
                child++;
            if (!stln_entry_less(&sinking, entries + child))
                break;
            entries[at] = entries[child];
        }
        entries[at] = sinking;
    }
}

/* The new entries go into their buckets. */
static starlings_status stln_entries_place(stln_resolve *rs, const uint32_t *words)
{
    starlings_linker *linker = rs->linker;
    starlings_status status = stln_entries_find(rs, words);
    if (status == STARLINGS_OK && !stln_linker_grow_heads(linker, linker->buckets.count))
        status = STARLINGS_ERR_NOMEM;
    if (status != STARLINGS_OK)
        return status;
    for (uint32_t b = rs->bucket_mark; b < linker->buckets.count; b++)
        linker->head[b] = STARLINGS_NONE;
    for (uint32_t r = linker->linked; r < rs->count; r++) {
        const uint32_t *first = rs->entry_first + r;
        stln_entries_sort(linker->entries + first[0], first[1] - first[0]);
        for (uint32_t e = first[0]; e < first[1]; e++)
            stln_entry_chain(rs, e);
    }
    linker->entry_count = rs->entry_first[rs->count];
    return STARLINGS_OK;
}

/* Forget the entries that came since, newest first. */
static void stln_entries_forget(stln_resolve *rs)
{
    starlings_linker *linker = rs->linker;
    while (linker->entry_count > rs->entry_mark) {
        const stln_entry *entry = linker->entries + --linker->entry_count;
        linker->head[entry->bucket] = entry->next;
    }
    stln_texts_truncate(&linker->buckets, rs->bucket_mark);
}

/* The entries of the records that came since the last resolution. */
static starlings_status stln_resolve_extract(stln_resolve *rs)
{
    starlings_linker *linker = rs->linker;
    uint32_t fresh = rs->count - linker->linked, tasks = rs->crew.count;
    stln_extract_part *parts;
    stln_key_pick *picks;
    uint32_t *words;
    uint64_t entries = 0, word_count = 0;
    parts = (stln_extract_part *)stln_scratch_alloc(&rs->scratch, tasks, sizeof *parts);
    picks = (stln_key_pick *)stln_scratch_alloc(
        &rs->scratch, (size_t)tasks * linker->most_attributes, sizeof *picks);
    rs->entry_first =
        (uint32_t *)stln_scratch_alloc(&rs->scratch, (size_t)rs->count + 1, sizeof(uint32_t));
    if (rs->scratch.failed)
        return STARLINGS_ERR_NOMEM;
    for (uint32_t t = 0; t < tasks; t++) {
        memset(parts + t, 0, sizeof parts[t]);
        parts[t].store = &linker->store;
        parts[t].picks = picks + (size_t)t * linker->most_attributes;
        parts[t].from = linker->linked + (uint32_t)stln_part(fresh, t, tasks);
        parts[t].to = linker->linked + (uint32_t)stln_part(fresh, t + 1, tasks);
    }
    stln_crew_run(&rs->crew, tasks, stln_extract_task, parts);
    for (uint32_t t = 0; t < tasks; t++) {
        if (parts[t].out.word_count > SIZE_MAX / 8 - word_count)
            return STARLINGS_ERR_NOMEM;
        entries += parts[t].out.entry_count;
        word_count += parts[t].out.word_count;
    }
    if (entries > STARLINGS_NONE - 1u - linker->entry_count)
        return STARLINGS_ERR_RANGE;
    words = (uint32_t *)stln_scratch_alloc(&rs->scratch, (size_t)word_count, sizeof *words);
    rs->touched = (uint32_t *)stln_scratch_alloc(&rs->scratch, (size_t)entries, sizeof(uint32_t));
    if (rs->scratch.failed || !stln_linker_grow_entries(linker, entries))
        return STARLINGS_ERR_NOMEM;
    if (linker->linked > 0)
        memcpy(rs->entry_first, linker->entry_first, linker->linked * sizeof(uint32_t));
    entries = word_count = 0;
    for (uint32_t t = 0; t < tasks; t++) {
        uint64_t entry_count = parts[t].out.entry_count, part_words = parts[t].out.word_count;
        parts[t].entry_first = rs->entry_first + parts[t].from;
        parts[t].out.entries = linker->entries + linker->entry_count + entries;
        parts[t].out.words = words + word_count;
        entries += entry_count;
        word_count += part_words;
    }
    stln_crew_run(&rs->crew, tasks, stln_extract_task, parts);
    for (uint32_t t = 0; t < tasks; t++) { /* counted from the beginning of the part */
        uint32_t begin = (uint32_t)(parts[t].out.entries - linker->entries);
        for (uint32_t r = parts[t].from; r < parts[t].to; r++)
            rs->entry_first[r] += begin;
    }
    rs->entry_first[rs->count] = linker->entry_count + (uint32_t)entries;
    return stln_entries_place(rs, words);
}

/* ---- components */

static bool stln_entry_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_entry *entries = (const stln_entry *)ctx;
    if (entries[a].valid.start != entries[b].valid.start)
        return entries[a].valid.start < entries[b].valid.start;
    if (entries[a].record != entries[b].record)
        return entries[a].record < entries[b].record;
    return entries[a].valid.end < entries[b].valid.end;
}

/* Link each entry of a bucket to the furthest end before it. */
static void stln_bucket_sweep(stln_resolve *rs, size_t first, size_t end)
{
    stln_entry *entries = rs->linker->entries;
    const stln_entry *furthest = NULL;
    stln_order(rs->order + first, rs->other + first, end - first, stln_entry_before, entries);
    for (size_t i = first; i < end; i++) {
        stln_entry *entry = entries + rs->order[i];
        entry->link = STARLINGS_NONE;
        if (furthest != NULL && entry->valid.start < furthest->valid.end) {
            entry->link = furthest->record;
            (void)stln_unite_shared(rs->parent, entry->record, furthest->record);
        }
        if (furthest == NULL || furthest->valid.end < entry->valid.end)
            furthest = entry;
    }
}

#define STLN_BUCKETS_A_TASK 512u

static void stln_buckets_count_task(void *ctx, uint32_t task)
{
    stln_resolve *rs = (stln_resolve *)ctx;
    uint32_t from = task * STLN_BUCKETS_A_TASK;
    uint32_t to = (uint32_t)stln_min_size(from + (size_t)STLN_BUCKETS_A_TASK, rs->touched_count);
    for (uint32_t i = from; i < to; i++) {
        size_t count = 0;
        if (i + 16 < to)
            STLN_PREFETCH(rs->linker->entries + rs->linker->head[rs->touched[i + 16]]);
        for (uint32_t e = rs->linker->head[rs->touched[i]]; e != STARLINGS_NONE;
             e = rs->linker->entries[e].next)
            count++;
        rs->touched_first[i] = count;
    }
}

static void stln_buckets_sweep_task(void *ctx, uint32_t task)
{
    stln_resolve *rs = (stln_resolve *)ctx;
    uint32_t from = task * STLN_BUCKETS_A_TASK;
    uint32_t to = (uint32_t)stln_min_size(from + (size_t)STLN_BUCKETS_A_TASK, rs->touched_count);
    for (uint32_t i = from; i < to; i++) {
        size_t at = rs->touched_first[i + 1];
        if (i + 16 < to)
            STLN_PREFETCH(rs->linker->entries + rs->linker->head[rs->touched[i + 16]]);
        for (uint32_t e = rs->linker->head[rs->touched[i]]; e != STARLINGS_NONE;
             e = rs->linker->entries[e].next)
            rs->order[--at] = e; /* oldest first */
        stln_bucket_sweep(rs, at, rs->touched_first[i + 1]);
    }
}

/* The components, in rs->parent: of each record the smallest one. */
static starlings_status stln_resolve_components(stln_resolve *rs)
{
    starlings_linker *linker = rs->linker;
    uint32_t tasks = (rs->touched_count + STLN_BUCKETS_A_TASK - 1) / STLN_BUCKETS_A_TASK;
    size_t sum = 0;
    rs->parent = (uint32_t *)stln_scratch_alloc(&rs->scratch, rs->count, sizeof(uint32_t));
    rs->touched_first = (size_t *)stln_scratch_alloc(&rs->scratch, (size_t)rs->touched_count + 1,
                                                     sizeof(size_t));
    if (rs->scratch.failed)
        return STARLINGS_ERR_NOMEM;
    if (linker->linked > 0)
        memcpy(rs->parent, linker->component, linker->linked * sizeof(uint32_t));
    for (uint32_t r = linker->linked; r < rs->count; r++)
        rs->parent[r] = r;
    stln_crew_run(&rs->crew, tasks, stln_buckets_count_task, rs);
    for (uint32_t i = 0; i < rs->touched_count; i++) {
        size_t count = rs->touched_first[i];
        rs->touched_first[i] = sum;
        sum += count;
    }
    rs->touched_first[rs->touched_count] = sum;
    rs->order = (uint32_t *)stln_scratch_alloc(&rs->scratch, sum, sizeof(uint32_t));
    rs->other = (uint32_t *)stln_scratch_alloc(&rs->scratch, sum, sizeof(uint32_t));
    if (rs->scratch.failed)
        return STARLINGS_ERR_NOMEM;
    stln_crew_run(&rs->crew, tasks, stln_buckets_sweep_task, rs);
    stln_scratch_drop(&rs->scratch, rs->order, false);
    stln_scratch_drop(&rs->scratch, rs->other, false);
    stln_forest_flatten(rs->parent, rs->count);
    return STARLINGS_OK;
}

/* Which components new records touched, and the members of those that have two or more. */
static starlings_status stln_resolve_groups(stln_resolve *rs)
{
    starlings_linker *linker = rs->linker;
    uint32_t n = rs->count, sum = 0, *size;
    rs->stamp = (uint32_t *)stln_scratch_alloc(&rs->scratch, n, sizeof(uint32_t));
    rs->contested =
        (uint64_t *)stln_scratch_zeroed(&rs->scratch, (size_t)n / 64 + 1, sizeof(uint64_t));
    rs->group_of = (uint32_t *)stln_scratch_alloc(&rs->scratch, n, sizeof(uint32_t));
    size = (uint32_t *)stln_scratch_zeroed(&rs->scratch, n, sizeof(uint32_t));
    if (rs->scratch.failed)
        return STARLINGS_ERR_NOMEM;
    for (uint32_t r = 0; r < n; r++) {
        size[rs->parent[r]]++;
        rs->stamp[r] = r < linker->linked ? linker->stamp[r] : 0;
        rs->group_of[r] = STARLINGS_NONE;
    }
    for (uint32_t r = linker->linked; r < n; r++) {
        uint32_t root = rs->parent[r];
        if (rs->stamp[root] != linker->serial + 1) {
            rs->stamp[root] = linker->serial + 1; /* for all of it: below */
            rs->recomputed++;
            rs->group_count += size[root] > 1;
            sum += size[root] > 1 ? size[root] : 0;
        }
    }
    rs->group_first = (uint32_t *)stln_scratch_alloc(&rs->scratch, (size_t)rs->group_count + 1,
                                                     sizeof(uint32_t));
    rs->members = (uint32_t *)stln_scratch_alloc(&rs->scratch, sum, sizeof(uint32_t));
    rs->group_contested = (unsigned char *)stln_scratch_zeroed(&rs->scratch, rs->group_count, 1);
    if (rs->scratch.failed)
        return STARLINGS_ERR_NOMEM;
    sum = rs->group_count = 0;
    for (uint32_t r = 0; r < n; r++) { /* a root comes before its members */
        uint32_t root = rs->parent[r];
        if (rs->stamp[root] != linker->serial + 1) {
            if (r < linker->linked && stln_bit_test(linker->contested, r))
                stln_bit_set(rs->contested, r);
            continue;
        }
        rs->stamp[r] = linker->serial + 1;
        if (root == r && size[r] > 1) {
            rs->group_of[r] = rs->group_count;
            rs->group_first[rs->group_count++] = sum;
            sum += size[r];
            size[r] = rs->group_first[rs->group_count - 1]; /* where its next member goes */
        } else if (root == r) {
            continue;
        }
        rs->members[size[root]++] = r;
    }
    rs->group_first[rs->group_count] = sum;
    stln_scratch_drop(&rs->scratch, size, false);
    return STARLINGS_OK;
}

/* ---- claims: what a record says of identifiers */

#define STLN_CHANNEL_MANY ((uint64_t)1 << 32)

static uint64_t stln_channel_of(uint32_t attribute, bool many, uint32_t perspective)
{
    return (uint64_t)attribute << 33 | (many ? STLN_CHANNEL_MANY : 0) | perspective;
}

STLN_INLINE bool stln_channel_is_many(uint64_t channel)
{
    return (channel & STLN_CHANNEL_MANY) != 0;
}

/* The channels in which a record of a type and perspective speaks by an attribute: 0 to 2. */
static uint32_t stln_channels_of(const starlings_linker *linker, uint32_t record,
                                 uint32_t attribute, uint64_t channels[2])
{
    const starlings_ontology *ontology = linker->store.ontology;
    uint32_t rules = stln_ontology_rules(ontology, linker->store.type[record], attribute);
    uint32_t perspective = linker->store.perspective[record], count = 0;
    bool many = (rules & STLN_MANY) != 0, all = false, within = false;
    if ((rules & STLN_STRONG) != 0 && many)
        channels[count++] = stln_channel_of(attribute, true,
                                            ontology->scope_any ? STLN_ANYBODY : perspective);
    else if ((rules & STLN_STRONG) != 0)
        *(ontology->scope_any ? &all : &within) = true;
    if (linker->constraints_block && (rules & STLN_UNIQUE) != 0)
        all = true;
    if (linker->constraints_block && (rules & STLN_UNIQUE_WITHIN) != 0)
        within = true;
    if (all) /* it says what `within` says, and more */
        channels[count++] = stln_channel_of(attribute, false, STLN_ANYBODY);
    else if (within)
        channels[count++] = stln_channel_of(attribute, false, perspective);
    return count;
}

/* Where claims of one record are written to; NULL: they are only counted. */
typedef struct stln_claim_out {
    stln_claim *claims;
    size_t count;
    uint32_t record;
} stln_claim_out;

static void stln_claim_put(stln_claim_out *out, uint64_t channel, uint32_t set,
                           starlings_interval valid)
{
    if (out->claims != NULL) {
        stln_claim *claim = out->claims + out->count;
        claim->channel = channel;
        claim->record = out->record;
        claim->set = set;
        claim->valid = valid;
    }
    out->count++;
}

/* The pieces of time in which a record has a constant set of values of an attribute: of `count`
   facts, by starts and ends sorted in `room` (2 * count). Of many, the set is filled in later. */
static void stln_claims_cut(const stln_fact *facts, size_t count, uint64_t channel,
                            starlings_interval *room, stln_claim_out *out)
{
    starlings_interval *starts = room, *ends = room + count, piece = { 0, 0 };
    size_t s = 0, open = 0;
    uint32_t all = 0; /* exclusive or of the open values: if there is one, it is that */
    uint32_t set = STLN_SET_MIXED;
    bool many = stln_channel_is_many(channel), going = false;
    for (size_t i = 0; i < count; i++) {
        starts[i].start = facts[i].valid.start;
        ends[i].start = facts[i].valid.end;
        starts[i].end = ends[i].end = facts[i].value;
    }
    stln_interval_sort(starts, count);
    stln_interval_sort(ends, count);
    for (size_t e = 0; e < count;) {
        int64_t time = s < count && starts[s].start < ends[e].start ? starts[s].start
                                                                    : ends[e].start;
        uint32_t now;
        for (; e < count && ends[e].start == time; e++, open--)
            all ^= (uint32_t)ends[e].end;
        for (; s < count && starts[s].start == time; s++, open++)
            all ^= (uint32_t)starts[s].end;
        now = open == 1 ? all : STLN_SET_MIXED;
        if (going && open > 0 && !many && now == set && set != STLN_SET_MIXED)
            continue; /* one value begins where it ends */
        piece.end = time;
        if (going)
            stln_claim_put(out, channel, set, piece);
        going = open > 0;
        piece.start = time;
        set = now;
    }
}

/* All claims of a record, those of a channel by start. room: twice as many intervals as the record
   has facts. */
static size_t stln_claims_of(const starlings_linker *linker, uint32_t record,
                             starlings_interval *room, stln_claim *claims)
{
    size_t count, end;
    const stln_fact *facts = stln_store_facts(&linker->store, record, &count);
    stln_claim_out out;
    out.claims = claims;
    out.count = 0;
    out.record = record;
    for (size_t f = 0; f < count; f = end) {
        uint64_t channels[2];
        uint32_t channel_count;
        end = f + 1;
        while (end < count && facts[end].attribute == facts[f].attribute)
            end++;
        channel_count = stln_channels_of(linker, record, facts[f].attribute, channels);
        for (uint32_t c = 0; c < channel_count; c++) {
            bool one = facts[f].value == facts[end - 1].value;
            for (size_t i = f; i < end && one; i++)
                stln_claim_put(&out, channels[c], facts[i].value, facts[i].valid);
            if (!one)
                stln_claims_cut(facts + f, end - f, channels[c], room, &out);
        }
    }
    return out.count;
}

/* The number of the set of values that a record has of an attribute at a time. */
static starlings_status stln_set_intern(starlings_linker *linker, uint32_t record,
                                        uint32_t attribute, int64_t time, uint32_t *words,
                                        uint32_t *out_set)
{
    size_t count, begin, end, values = 0;
    const stln_fact *facts = stln_store_facts(&linker->store, record, &count);
    starlings_text text;
    end = stln_facts_of(facts, count, attribute, &begin);
    for (size_t f = begin; f < end; f++) /* by value, each at most once at a time */
        if (starlings_interval_contains(facts[f].valid, time))
            words[values++] = facts[f].value;
    text.text = (const char *)words;
    text.size = values * sizeof *words;
    return stln_intern(&linker->sets, 0, text, out_set);
}

static const unsigned char *stln_set_values(const starlings_linker *linker, uint32_t set,
                                            size_t *out_count)
{
    starlings_text text = stln_texts_at(&linker->sets, set);
    *out_count = text.size / sizeof(uint32_t);
    return (const unsigned char *)text.text;
}

STLN_INLINE uint32_t stln_set_value(const unsigned char *values, size_t at)
{
    uint32_t value; /* texts are not aligned */
    memcpy(&value, values + at * sizeof value, sizeof value);
    return value;
}

static bool stln_sets_meet(const starlings_linker *linker, uint32_t a, uint32_t b)
{
    size_t a_count, b_count, i = 0, j = 0;
    const unsigned char *x = stln_set_values(linker, a, &a_count);
    const unsigned char *y = stln_set_values(linker, b, &b_count);
    while (i < a_count && j < b_count) {
        uint32_t v = stln_set_value(x, i), w = stln_set_value(y, j);
        if (v == w)
            return true;
        i += v < w;
        j += w < v;
    }
    return false;
}

/* Whether two sets of a channel clash at a time that both claims hold. */
static bool stln_sets_clash(const starlings_linker *linker, uint64_t channel, uint32_t a,
                            uint32_t b)
{
    if (!stln_channel_is_many(channel))
        return a != b || a == STLN_SET_MIXED;
    return a != b && !stln_sets_meet(linker, a, b);
}

/* ---- which components are contested */


static bool stln_claim_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_claim *claims = (const stln_claim *)ctx;
    if (claims[a].channel != claims[b].channel)
        return claims[a].channel < claims[b].channel;
    if (claims[a].valid.start != claims[b].valid.start)
        return claims[a].valid.start < claims[b].valid.start;
    return a < b; /* by record */
}

/* Whether any two claims of a channel clash, of one with a single value: by start, `count` of
   them. */
static bool stln_claims_clash_one(const stln_claim *claims, const uint32_t *order, size_t count)
{
    const stln_claim *furthest = NULL, *other = NULL; /* the furthest of another set */
    for (size_t i = 0; i < count; i++) {
        const stln_claim *claim = claims + order[i];
        if (furthest != NULL && claim->valid.start < furthest->valid.end &&
            (claim->set != furthest->set || claim->set == STLN_SET_MIXED))
            return true;
        if (other != NULL && claim->valid.start < other->valid.end && claim->set != other->set)
            return true;
        if (furthest == NULL || furthest->valid.end < claim->valid.end) {
            if (furthest != NULL && furthest->set != claim->set)
                other = furthest;
            furthest = claim;
        } else if (claim->set != furthest->set &&
                   (other == NULL || other->valid.end < claim->valid.end)) {
            other = claim;
        }
    }
    return false;
}

/* The same of one with many values. `active` has room for count numbers. Claims with a value that
   all of them have cannot clash, which is the usual case where there are many of them; else each is
   compared with the distinct sets that are open. */
static bool stln_claims_clash_many(const starlings_linker *linker, const stln_claim *claims,
                                   const uint32_t *order, size_t count, uint32_t *active)
{
    const size_t few = 8;
    size_t active_count = 0, value_count;
    const unsigned char *values = stln_set_values(linker, claims[order[0]].set, &value_count);
    for (size_t v = 0; v < value_count && count > few; v++) {
        uint32_t value = stln_set_value(values, v);
        size_t have = 0;
        while (have < count) {
            size_t size, at = 0;
            const unsigned char *set = stln_set_values(linker, claims[order[have]].set, &size);
            while (at < size && stln_set_value(set, at) != value)
                at++;
            if (at == size)
                break;
            have++;
        }
        if (have == count)
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        const stln_claim *claim = claims + order[i];
        size_t kept = 0;
        bool known = false;
        for (size_t k = 0; k < active_count; k++) {
            const stln_claim *open = claims + active[k];
            if (open->valid.end <= claim->valid.start)
                continue;
            if (open->set != claim->set && !stln_sets_meet(linker, open->set, claim->set))
                return true;
            if (open->set == claim->set) {
                known = true;
                active[kept++] = open->valid.end < claim->valid.end ? order[i] : active[k];
            } else {
                active[kept++] = active[k];
            }
        }
        active_count = kept;
        if (!known)
            active[active_count++] = order[i];
    }
    return false;
}

/* Whether two claims clash among those of one channel. */
static bool stln_claims_clash(const starlings_linker *linker, const stln_claim *claims,
                              const uint32_t *order, size_t count, uint32_t *room)
{
    if (count < 2)
        return false;
    if (stln_channel_is_many(claims[order[0]].channel))
        return stln_claims_clash_many(linker, claims, order, count, room);
    return stln_claims_clash_one(claims, order, count);
}

/* The end of the claims of one channel, from place `first` of an order on. */
static size_t stln_channel_end(const stln_claim *claims, const uint32_t *order, size_t first,
                               size_t count)
{
    size_t end = first + 1;
    while (end < count && claims[order[end]].channel == claims[order[first]].channel)
        end++;
    return end;
}


typedef struct stln_claim_tasks {
    stln_resolve *rs;
    starlings_interval *room;
    size_t room_count; /* of each task */
    uint32_t tasks;
} stln_claim_tasks;

static void stln_claims_task(void *ctx, uint32_t task)
{
    stln_claim_tasks *all = (stln_claim_tasks *)ctx;
    stln_resolve *rs = all->rs;
    const stln_store *store = &rs->linker->store;
    uint32_t members = rs->group_first[rs->group_count];
    uint32_t from = (uint32_t)stln_part(members, task, all->tasks);
    uint32_t to = (uint32_t)stln_part(members, task + 1, all->tasks);
    for (uint32_t i = from; i < to; i++) {
        stln_claim *claims = rs->claims == NULL ? NULL : rs->claims + rs->claim_first[i];
        size_t count;
        if (i + 32 < to) /* members come by component: each waits for memory twice */
            STLN_PREFETCH(store->first + rs->members[i + 32]);
        if (i + 16 < to)
            STLN_PREFETCH(store->facts + store->first[rs->members[i + 16]]);
        count = stln_claims_of(rs->linker, rs->members[i], all->room + all->room_count * task,
                               claims);
        if (claims == NULL)
            rs->claim_first[i] = count;
    }
}

/* The sets of claims with many values: from the calling thread, as they are numbered. */
static starlings_status stln_claims_fill_sets(stln_resolve *rs, size_t most_facts)
{
    starlings_status status = STARLINGS_OK;
    uint32_t *words = NULL;
    size_t count = rs->claim_first[rs->group_first[rs->group_count]];
    for (size_t i = 0; i < count && status == STARLINGS_OK; i++) {
        stln_claim *claim = rs->claims + i;
        if (!stln_channel_is_many(claim->channel))
            continue;
        if (words == NULL)
            words = (uint32_t *)stln_scratch_alloc(&rs->scratch, most_facts, sizeof *words);
        if (words == NULL)
            return STARLINGS_ERR_NOMEM;
        status = stln_set_intern(rs->linker, claim->record, (uint32_t)(claim->channel >> 33),
                                 claim->valid.start, words, &claim->set);
    }
    return status;
}

/* The claims of all members. */
static starlings_status stln_resolve_claims(stln_resolve *rs)
{
    stln_claim_tasks all;
    uint32_t members = rs->group_first[rs->group_count];
    size_t sum = 0, most = 0;
    starlings_status status;
    for (uint32_t i = 0; i < members; i++) {
        const size_t *first = rs->linker->store.first + rs->members[i];
        most = first[1] - first[0] > most ? first[1] - first[0] : most;
    }
    all.rs = rs;
    all.tasks = rs->crew.count;
    all.room_count = 2 * most;
    all.room = (starlings_interval *)stln_scratch_alloc(
        &rs->scratch, (size_t)all.tasks * all.room_count, sizeof *all.room);
    rs->claim_first =
        (size_t *)stln_scratch_alloc(&rs->scratch, (size_t)members + 1, sizeof(size_t));
    if (rs->scratch.failed)
        return STARLINGS_ERR_NOMEM;
    stln_crew_run(&rs->crew, all.tasks, stln_claims_task, &all);
    for (uint32_t i = 0; i < members; i++) {
        size_t count = rs->claim_first[i];
        rs->claim_first[i] = sum;
        sum += count;
    }
    rs->claim_first[members] = sum;
    rs->claims = (stln_claim *)stln_scratch_alloc(&rs->scratch, sum, sizeof *rs->claims);
    rs->claim_order = (uint32_t *)stln_scratch_alloc(&rs->scratch, sum, sizeof(uint32_t));
    rs->claim_other = (uint32_t *)stln_scratch_alloc(&rs->scratch, sum, sizeof(uint32_t));
    if (rs->scratch.failed)
        return STARLINGS_ERR_NOMEM;
    stln_crew_run(&rs->crew, all.tasks, stln_claims_task, &all);
    status = stln_claims_fill_sets(rs, most);
    stln_scratch_drop(&rs->scratch, all.room, false);
    return status;
}

/* Order the claims of a group, and see whether two of them clash. */
static void stln_group_clash(stln_resolve *rs, uint32_t group)
{
    size_t first = rs->claim_first[rs->group_first[group]];
    size_t count = rs->claim_first[rs->group_first[group + 1]] - first;
    const stln_claim *claims = rs->claims + first;
    uint32_t *order = rs->claim_order + first, *room = rs->claim_other + first;
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    stln_order(order, room, count, stln_claim_before, claims);
    for (size_t i = 0; i < count;) {
        size_t end = stln_channel_end(claims, order, i, count);
        if (stln_claims_clash(rs->linker, claims, order + i, end - i, room + i)) {
            rs->group_contested[group] = 1;
            return;
        }
        i = end;
    }
}

static void stln_groups_clash_task(void *ctx, uint32_t task)
{
    stln_resolve *rs = (stln_resolve *)ctx;
    uint32_t from = task * STLN_BUCKETS_A_TASK;
    uint32_t to = (uint32_t)stln_min_size(from + (size_t)STLN_BUCKETS_A_TASK, rs->group_count);
    for (uint32_t group = from; group < to; group++)
        stln_group_clash(rs, group);
}

/* ==== [S86 REPLAY] contested components ==================================== */
/* Owns: who is one entity where identifiers keep some records of a component apart. Who came first
   must not decide, so the component is linked again in an order that only its records decide: keys
   by weight, then as the ontology has them; buckets by the bytes of their values; entries by start,
   identity, end. Each record tries the clusters that are open in the bucket (one of its members is
   valid still), by their smallest identity, and joins those that do not clash with what its own
   cluster has become. Clusters only grow, and so do clashes: a refusal is final, and two entities
   in the end clash if any step refused them.

     buckets by weight   k1: a b | c d      k2: b c          b and d clash
     replay              {a b} {c d}        b tries {c d}: refused   ->   entities {a b}, {c d}

   Since keys come by weight, what has been joined when all keys of weight w or more are done is the
   answer to these keys alone: the links, with the weights of their keys, are a hierarchy.

   The m members are numbered by identity, so that the smallest identity of a cluster is the root of
   its tree in a forest. Only channels in which two claims clash count, numbered so that the ones
   with most claims come first. A set of values is a list of slots: numbered (channel, value) pairs;
   a set that clashes with all has none. What a cluster claims is its summary.

   Most buckets have few clusters open at once, and a record tries them all. Where they are more
   than STLN_FEW_OPEN, they become the leaves of a tree, by number. A node knows a window of time
   within which nothing that it says changes: channels in which every cluster below has a claim, and
   which combinations of the first six channels there are below. If a record's cluster has a claim
   in the window, in a channel that all have, or in one of each combination, then all below clash
   with it, but for those that hold the same value; and those are found by value. So the walk for
   the next cluster to try skips the node.

                      [2 9) all: ssn                a record with ssn 7 at 5: the root says
           [2 9) ssn             [1 20) ssn         that all speak of ssn at 5, so it looks at
       a: ssn 3   b: ssn 4   c: ssn 7   d: ssn 5    the clusters that hold ssn 7 alone: c

   Cost: O(log m) a record where one identifier, or one of a few, keeps clusters apart at the time
   at which they are open, however many clash. Where the clusters that are open speak at different
   times (a key for all time, identifiers for a while), a record looks at those that it cannot rule
   out, in the worst case at all. A summary that grows by insertion in the middle moves its tail,
   and two clusters that clash try again in each bucket that they share.
   Sources: Kruskal 1956; Bentley 1977 (trees over intervals). */

#define STLN_FEW_OPEN 32u
#define STLN_STEPS_A_REPORT 4096u
#define STLN_FEW_PIECES 8u /* a cluster that comes back notes so many values anew, not more */

typedef struct stln_piece {
    uint32_t channel;
    uint32_t set;
    starlings_interval valid;
} stln_piece;

/* What the records of a cluster claim: pieces by channel and start, in the pool. */
typedef struct stln_summary {
    size_t first;
    uint32_t count;
    uint32_t capacity;
    uint64_t mask; /* the channels below 64 */
} stln_summary;

/* A node of the tree over the clusters that are open in a bucket. */
typedef struct stln_open_node {
    starlings_interval window; /* at all of it, every cluster below ... */
    uint64_t mask;             /* ... has a claim in each of these channels */
    uint64_t kinds; /* bit k: some cluster has one in just those of the first six that k names */
    int64_t next;  /* when the first of the clusters below ends, or its window does */
    uint32_t open; /* clusters below */
} stln_open_node;

typedef struct stln_holder {
    uint32_t member; /* whose cluster has a value */
    uint32_t next;
} stln_holder;

typedef struct stln_replay {
    stln_resolve *rs;
    const starlings_linker *linker;
    uint32_t *place; /* of a record among the members; as long as there are records */
    uint32_t *members;
    uint32_t count;
    uint32_t *parent;
    stln_summary *summary; /* of each root */
    stln_piece *pool;
    size_t pool_count;
    size_t pool_capacity;

    uint32_t channel_count;
    unsigned char *channel_many;
    uint32_t *set_first; /* of each set: its slots */
    uint32_t *slots;
    uint32_t slot_count;

    uint32_t *entries; /* of the members, by bucket, in the order of the replay */
    uint32_t entry_count;

    /* of the bucket */
    uint32_t *open; /* the roots that are open, ascending, while they are few */
    uint32_t open_count;
    bool many_open; /* then the tree has them */
    unsigned char *is_open;
    int64_t *end;        /* of an open root: the furthest of its members swept here */
    uint32_t *furthest;  /* the member that has it */
    uint32_t *opened;    /* members whose leaf may be set */
    uint32_t opened_count;
    stln_open_node *nodes; /* 2 * leaves; node 1 is the root of the tree */
    uint32_t leaves;
    uint32_t *registered; /* the number of the bucket in which a cluster was */
    uint32_t bucket;
    stln_holder *holders;
    uint32_t holder_count;
    size_t holder_capacity;
    uint32_t *slot_head;
    uint32_t *slot_size;
    uint32_t *slot_used; /* slots with holders, to be cleared */
    uint32_t slot_used_count;

    uint64_t steps; /* of all groups */

    /* of the step */
    uint32_t step;
    uint32_t *slot_step; /* the step that looked at a slot */
    uint32_t *root_seen; /* the look at a slot that saw a root last */
    uint32_t seen;
    uint32_t *root_step;  /* the step in which a root became a candidate */
    uint32_t *candidates; /* a heap */
    uint32_t candidate_count;
} stln_replay;

/* ---- summaries */

static starlings_status stln_pool_room(stln_replay *rp, size_t count)
{
    stln_piece *pool;
    size_t capacity;
    if (count <= rp->pool_capacity - rp->pool_count)
        return STARLINGS_OK;
    capacity = stln_grown(rp->pool_capacity, rp->pool_count + count);
    pool = (stln_piece *)stln_realloc(&rp->rs->env->allocator, rp->pool, rp->pool_capacity,
                                      capacity, sizeof *pool);
    if (pool == NULL)
        return STARLINGS_ERR_NOMEM;
    rp->pool = pool;
    rp->pool_capacity = capacity;
    return STARLINGS_OK;
}

static bool stln_piece_before(const stln_piece *a, const stln_piece *b)
{
    if (a->channel != b->channel)
        return a->channel < b->channel;
    return a->valid.start != b->valid.start ? a->valid.start < b->valid.start : a->set < b->set;
}

/* Pieces of one set that follow each other and overlap or touch become one, from place `at` on. */
static uint32_t stln_pieces_join(stln_piece *pieces, uint32_t at, uint32_t count)
{
    uint32_t kept = at;
    for (uint32_t i = at; i < count; i++) {
        stln_piece *last = kept > 0 ? pieces + kept - 1 : NULL;
        if (last != NULL && last->channel == pieces[i].channel && last->set == pieces[i].set &&
            pieces[i].valid.start <= last->valid.end)
            last->valid.end = stln_time_most(last->valid.end, pieces[i].valid.end);
        else
            pieces[kept++] = pieces[i];
    }
    return kept;
}

/* Merge the summary of root b into that of root a. */
static starlings_status stln_summary_add(stln_replay *rp, stln_summary *into,
                                         const stln_summary *from)
{
    uint32_t a = into->count, b = from->count, at = a + b;
    stln_piece *pieces;
    const stln_piece *others;
    into->mask |= from->mask;
    if (b == 0)
        return STARLINGS_OK;
    if (at > into->capacity) {
        size_t capacity = stln_grown(into->capacity, at);
        starlings_status status = stln_pool_room(rp, capacity);
        if (status != STARLINGS_OK)
            return status;
        memcpy(rp->pool + rp->pool_count, rp->pool + into->first, a * sizeof *rp->pool);
        into->first = rp->pool_count;
        into->capacity = (uint32_t)capacity;
        rp->pool_count += capacity;
    }
    pieces = rp->pool + into->first;
    others = rp->pool + from->first;
    into->count = at;
    while (b > 0) /* from behind, so that what stays where it is is not touched */
        if (a > 0 && stln_piece_before(others + b - 1, pieces + a - 1))
            pieces[--at] = pieces[--a];
        else
            pieces[--at] = others[--b];
    into->count = stln_pieces_join(pieces, at, into->count);
    return STARLINGS_OK;
}

/* The first piece of a channel that ends after `time`, or the end of the channel's. Where pieces of
   a channel overlap (many), the first of the channel. */
static uint32_t stln_summary_seek(const stln_replay *rp, const stln_summary *summary,
                                  uint32_t channel, int64_t time)
{
    const stln_piece *pieces = rp->pool + summary->first;
    uint32_t low = 0, high = summary->count;
    bool many = rp->channel_many[channel] != 0;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (pieces[mid].channel < channel ||
            (pieces[mid].channel == channel && !many && pieces[mid].valid.end <= time))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool stln_slots_meet(const stln_replay *rp, uint32_t a, uint32_t b)
{
    uint32_t i = rp->set_first[a], j = rp->set_first[b];
    while (i < rp->set_first[a + 1] && j < rp->set_first[b + 1]) {
        if (rp->slots[i] == rp->slots[j])
            return true;
        if (rp->slots[i] < rp->slots[j])
            i++;
        else
            j++;
    }
    return false;
}

/* Whether two sets of a channel clash: where one value is all there can be, a set without a slot is
   one that clashes with all. */
static bool stln_local_sets_clash(const stln_replay *rp, uint32_t channel, uint32_t a, uint32_t b)
{
    if (rp->channel_many[channel] == 0)
        return a != b || rp->set_first[a] == rp->set_first[a + 1];
    return a != b && !stln_slots_meet(rp, a, b);
}

/* Whether two clusters clash: each piece of the one with fewer looks for those of the other at its
   time. */
static bool stln_summaries_clash(const stln_replay *rp, const stln_summary *a,
                                 const stln_summary *b)
{
    const stln_summary *few = a->count < b->count ? a : b, *more = few == a ? b : a;
    const stln_piece *pieces = rp->pool + few->first, *others = rp->pool + more->first;
    for (uint32_t i = 0; i < few->count; i++) {
        const stln_piece *p = pieces + i;
        uint32_t j = stln_summary_seek(rp, more, p->channel, p->valid.start);
        for (; j < more->count && others[j].channel == p->channel &&
               others[j].valid.start < p->valid.end;
             j++)
            if (p->valid.start < others[j].valid.end &&
                stln_local_sets_clash(rp, p->channel, p->set, others[j].set))
                return true;
    }
    return false;
}

/* ---- the tree over open clusters */

static void stln_open_node_clear(stln_open_node *node)
{
    node->window.start = STARLINGS_START_OF_TIME;
    node->window.end = STARLINGS_END_OF_TIME;
    node->mask = UINT64_MAX;
    node->kinds = 0;
    node->next = STARLINGS_END_OF_TIME;
    node->open = 0;
}

/* A leaf knows in which channels its cluster speaks at `time`, and how long around it; if in none,
   or where the key holds since ever, at the beginning of its first piece: of the channel with the
   most claims. */
static void stln_leaf_set(const stln_replay *rp, stln_open_node *leaf, uint32_t root, int64_t time)
{
    const stln_summary *summary = &rp->summary[root];
    const stln_piece *pieces = rp->pool + summary->first;
    stln_open_node_clear(leaf);
    leaf->next = rp->end[root];
    leaf->open = 1;
    leaf->mask = 0;
    for (int attempt = time == STARLINGS_START_OF_TIME; attempt < 2; attempt++) {
        if (summary->count == 0)
            break;
        if (attempt == 1)
            time = pieces[0].valid.start;
        for (uint64_t mask = summary->mask; mask != 0;) {
            uint32_t channel = 63 - (uint32_t)stln_leading_zeros(mask);
            uint32_t at = stln_summary_seek(rp, summary, channel, time);
            mask &= ~((uint64_t)1 << channel);
            if (at < summary->count && pieces[at].channel == channel &&
                starlings_interval_contains(pieces[at].valid, time)) {
                leaf->mask |= (uint64_t)1 << channel;
                (void)starlings_interval_intersect(leaf->window, pieces[at].valid, &leaf->window);
            }
        }
        if (leaf->mask == 0)
            continue;
        if (attempt == 0)
            leaf->next = stln_time_least(leaf->next, leaf->window.end);
        break;
    }
    leaf->kinds = (uint64_t)1 << (leaf->mask & 63);
}

static void stln_leaf_changed(stln_replay *rp, uint32_t root)
{
    for (uint32_t at = (rp->leaves + root) / 2; at > 0; at /= 2) {
        const stln_open_node *a = rp->nodes + 2 * (size_t)at, *b = a + 1;
        stln_open_node *node = rp->nodes + at;
        node->window.start = stln_time_most(a->window.start, b->window.start);
        node->window.end = stln_time_least(a->window.end, b->window.end);
        node->mask = a->mask & b->mask;
        node->kinds = a->kinds | b->kinds;
        node->next = stln_time_least(a->next, b->next);
        node->open = a->open + b->open;
    }
}

/* ---- who has a value */

/* Note that a cluster of this bucket has the values of its pieces. */
static starlings_status stln_cluster_register(stln_replay *rp, uint32_t root)
{
    const stln_summary *summary = &rp->summary[root];
    if (rp->registered[root] == rp->bucket)
        return STARLINGS_OK;
    rp->registered[root] = rp->bucket;
    for (uint32_t i = 0; i < summary->count; i++) {
        uint32_t set = rp->pool[summary->first + i].set;
        for (uint32_t s = rp->set_first[set]; s < rp->set_first[set + 1]; s++) {
            uint32_t slot = rp->slots[s];
            if (rp->holder_count == rp->holder_capacity) {
                size_t capacity = stln_grown(rp->holder_capacity, rp->holder_count + (size_t)1);
                stln_holder *holders = (stln_holder *)stln_realloc(
                    &rp->rs->env->allocator, rp->holders, rp->holder_capacity, capacity,
                    sizeof *holders);
                if (holders == NULL || capacity >= STARLINGS_NONE)
                    return STARLINGS_ERR_NOMEM;
                rp->holders = holders;
                rp->holder_capacity = capacity;
            }
            if (rp->slot_head[slot] == STARLINGS_NONE)
                rp->slot_used[rp->slot_used_count++] = slot;
            rp->holders[rp->holder_count].member = root;
            rp->holders[rp->holder_count].next = rp->slot_head[slot];
            rp->slot_head[slot] = rp->holder_count++;
            rp->slot_size[slot]++;
        }
    }
    return STARLINGS_OK;
}

static void stln_candidate_push(stln_replay *rp, uint32_t root)
{
    uint32_t at = rp->candidate_count++;
    rp->root_step[root] = rp->step;
    for (; at > 0 && root < rp->candidates[(at - 1) / 2]; at = (at - 1) / 2)
        rp->candidates[at] = rp->candidates[(at - 1) / 2];
    rp->candidates[at] = root;
}

static void stln_candidate_pop(stln_replay *rp)
{
    uint32_t last = rp->candidates[--rp->candidate_count], at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= rp->candidate_count)
            break;
        if (child + 1 < rp->candidate_count && rp->candidates[child + 1] < rp->candidates[child])
            child++;
        if (last <= rp->candidates[child])
            break;
        rp->candidates[at] = rp->candidates[child];
        at = child;
    }
    rp->candidates[at] = last;
}

/* The open clusters that have a value become candidates, once a step. The list forgets members
   whose cluster it has twice, or has ended. */
static void stln_slot_gather(stln_replay *rp, uint32_t slot)
{
    uint32_t *link = &rp->slot_head[slot];
    if (rp->slot_step[slot] == rp->step)
        return;
    rp->slot_step[slot] = rp->step;
    rp->seen++;
    while (*link != STARLINGS_NONE) {
        stln_holder *holder = rp->holders + *link;
        uint32_t root = stln_find(rp->parent, holder->member);
        holder->member = root;
        if (rp->root_seen[root] == rp->seen || rp->registered[root] != rp->bucket) {
            *link = holder->next;
            rp->slot_size[slot]--;
            continue;
        }
        rp->root_seen[root] = rp->seen;
        if (rp->is_open[root] != 0 && rp->root_step[root] != rp->step)
            stln_candidate_push(rp, root);
        link = &holder->next;
    }
}

/* The piece of a summary in a channel that overlaps the window of a node, or NULL. */
static const stln_piece *stln_piece_at(const stln_replay *rp, const stln_summary *summary,
                                       uint32_t channel, starlings_interval window)
{
    uint32_t at = stln_summary_seek(rp, summary, channel, window.start);
    const stln_piece *piece = rp->pool + summary->first + at;
    return at < summary->count && piece->channel == channel &&
                   starlings_interval_overlaps(piece->valid, window)
               ? piece
               : NULL;
}

static void stln_piece_gather(stln_replay *rp, const stln_piece *piece)
{
    for (uint32_t s = rp->set_first[piece->set]; s < rp->set_first[piece->set + 1]; s++)
        stln_slot_gather(rp, rp->slots[s]);
}

/* Every cluster below has a claim in one of the channels of `summary` at one time: then only those
   that hold a value of its can join, which are gathered. */
static bool stln_kinds_covered(stln_replay *rp, const stln_open_node *node,
                               const stln_summary *summary)
{
    /* bit k of has[c]: channel c is in k */
    static const uint64_t has[6] = { 0xAAAAAAAAAAAAAAAAu, 0xCCCCCCCCCCCCCCCCu,
                                     0xF0F0F0F0F0F0F0F0u, 0xFF00FF00FF00FF00u,
                                     0xFFFF0000FFFF0000u, 0xFFFFFFFF00000000u };
    const stln_piece *found[6];
    uint64_t left = node->kinds;
    uint32_t count = 0;
    for (uint32_t c = 0; c < 6 && left != 0; c++) {
        const stln_piece *piece;
        if ((summary->mask >> c & 1) == 0 || (left & has[c]) == 0)
            continue;
        piece = stln_piece_at(rp, summary, c, node->window);
        if (piece == NULL)
            continue;
        left &= ~has[c];
        found[count++] = piece;
    }
    if (left != 0)
        return false;
    for (uint32_t i = 0; i < count; i++)
        stln_piece_gather(rp, found[i]);
    return true;
}

/* Whether no cluster below a node can join a cluster, but for those that are gathered here. Where
   all of them have claims in a channel at a time at which it has one: those that hold its value; of
   such channels that with the fewest holders is taken. */
static bool stln_open_node_covered(stln_replay *rp, const stln_open_node *node,
                                   const stln_summary *summary)
{
    const stln_piece *best = NULL;
    uint32_t best_size = STARLINGS_NONE;
    uint64_t mask = node->mask & summary->mask;
    if (node->window.start >= node->window.end)
        return false;
    while (mask != 0) {
        uint32_t channel = 63 - (uint32_t)stln_leading_zeros(mask), size = 0;
        const stln_piece *piece = stln_piece_at(rp, summary, channel, node->window);
        mask &= ~((uint64_t)1 << channel);
        if (piece == NULL)
            continue;
        for (uint32_t s = rp->set_first[piece->set]; s < rp->set_first[piece->set + 1]; s++)
            size += rp->slot_size[rp->slots[s]];
        if (size < best_size) {
            best_size = size;
            best = piece;
        }
    }
    if (best == NULL)
        return stln_kinds_covered(rp, node, summary);
    stln_piece_gather(rp, best);
    return true;
}

/* The first open cluster from number `from` on that the tree does not rule out. */
static uint32_t stln_tree_next(stln_replay *rp, const stln_summary *summary, uint32_t from)
{
    uint32_t at = rp->leaves + from;
    if (from >= rp->count)
        return STARLINGS_NONE;
    while (at % 2 == 0 && at > 1) /* the largest node that begins here */
        at /= 2;
    for (;;) {
        const stln_open_node *node = rp->nodes + at;
        if (node->open > 0 && !stln_open_node_covered(rp, node, summary)) {
            if (at >= rp->leaves)
                return at - rp->leaves;
            at *= 2;
            continue;
        }
        while (at % 2 == 1) {
            at /= 2;
            if (at <= 1)
                return STARLINGS_NONE;
        }
        if (at <= 1)
            return STARLINGS_NONE;
        at++;
    }
}

/* ---- open clusters */

static void stln_cluster_close(stln_replay *rp, uint32_t root)
{
    rp->is_open[root] = 0;
    if (rp->many_open) {
        stln_open_node_clear(rp->nodes + rp->leaves + root);
        stln_leaf_changed(rp, root);
    } else {
        uint32_t at = 0;
        while (rp->open[at] != root)
            at++;
        rp->open_count--;
        memmove(rp->open + at, rp->open + at + 1, (rp->open_count - at) * sizeof *rp->open);
    }
}

static void stln_leaf_open(stln_replay *rp, uint32_t root, int64_t time)
{
    stln_leaf_set(rp, rp->nodes + rp->leaves + root, root, time);
    stln_leaf_changed(rp, root);
    rp->opened[rp->opened_count++] = root;
}

/* A cluster with its end is open from now on; where there are many, the tree takes over. */
static starlings_status stln_cluster_open(stln_replay *rp, uint32_t root, int64_t time)
{
    starlings_status status = STARLINGS_OK;
    uint32_t at = rp->open_count;
    rp->is_open[root] = 1;
    if (rp->many_open) {
        stln_leaf_open(rp, root, time);
        return STARLINGS_OK;
    }
    for (; at > 0 && rp->open[at - 1] > root; at--)
        rp->open[at] = rp->open[at - 1];
    rp->open[at] = root;
    rp->open_count++;
    if (rp->open_count <= rp->linker->few_open)
        return STARLINGS_OK;
    rp->many_open = true;
    for (uint32_t i = 0; i < rp->open_count && status == STARLINGS_OK; i++) {
        stln_leaf_open(rp, rp->open[i], time);
        status = stln_cluster_register(rp, rp->open[i]);
    }
    return status;
}

/* Close the clusters whose members in this bucket have all ended, and see to it that the tree knows
   of the others what is so now. */
static void stln_clusters_expire(stln_replay *rp, int64_t time)
{
    if (!rp->many_open) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < rp->open_count; i++) {
            uint32_t root = rp->open[i];
            if (rp->end[root] > time)
                rp->open[kept++] = root;
            else
                rp->is_open[root] = 0;
        }
        rp->open_count = kept;
        return;
    }
    while (rp->nodes[1].open > 0 && rp->nodes[1].next <= time) {
        uint32_t at = 1, root;
        while (at < rp->leaves) {
            at *= 2;
            at += rp->nodes[at].open == 0 || rp->nodes[at].next > time;
        }
        root = at - rp->leaves;
        if (rp->end[root] > time) { /* only its window has ended: it moves on */
            stln_leaf_set(rp, rp->nodes + at, root, time);
            stln_leaf_changed(rp, root);
        } else {
            stln_cluster_close(rp, root);
            if (rp->summary[root].count <= STLN_FEW_PIECES)
                rp->registered[root] = 0; /* its values need not be looked at any more */
        }
    }
}

static void stln_bucket_close(stln_replay *rp)
{
    for (uint32_t i = 0; i < rp->open_count && !rp->many_open; i++)
        rp->is_open[rp->open[i]] = 0;
    for (uint32_t i = 0; i < rp->opened_count; i++)
        if (rp->is_open[rp->opened[i]] != 0)
            stln_cluster_close(rp, rp->opened[i]);
    for (uint32_t i = 0; i < rp->slot_used_count; i++) {
        rp->slot_head[rp->slot_used[i]] = STARLINGS_NONE;
        rp->slot_size[rp->slot_used[i]] = 0;
    }
    rp->open_count = rp->opened_count = rp->slot_used_count = rp->holder_count = 0;
    rp->many_open = false;
    rp->bucket++;
}

/* The next open cluster, from number `from` on, that `root` may be able to join. `ahead` is what
   the tree has found and not yet been asked for. */
static uint32_t stln_cluster_next(stln_replay *rp, uint32_t root, uint32_t from, uint32_t *ahead)
{
    if (!rp->many_open) {
        uint32_t at = 0;
        while (at < rp->open_count && (rp->open[at] < from || rp->open[at] == root))
            at++;
        return at < rp->open_count ? rp->open[at] : STARLINGS_NONE;
    }
    for (;;) {
        uint32_t next;
        if (*ahead != STARLINGS_NONE && *ahead < from)
            *ahead = stln_tree_next(rp, &rp->summary[root], from);
        while (rp->candidate_count > 0 && rp->candidates[0] < from)
            stln_candidate_pop(rp);
        next = *ahead;
        if (rp->candidate_count > 0 && rp->candidates[0] < next)
            next = rp->candidates[0];
        if (next == STARLINGS_NONE || (next != root && rp->is_open[next] != 0))
            return next;
        from = next + 1;
    }
}

/* ---- steps */

static starlings_status stln_replay_link(stln_replay *rp, uint32_t a, uint32_t b, uint32_t weight)
{
    stln_resolve *rs = rp->rs;
    if (rs->link_count == rs->link_capacity) {
        size_t capacity = stln_grown(rs->link_capacity, rs->link_count + 1);
        stln_link *links = (stln_link *)stln_realloc(&rs->env->allocator, rs->links,
                                                     rs->link_capacity, capacity, sizeof *links);
        if (links == NULL)
            return STARLINGS_ERR_NOMEM;
        rs->links = links;
        rs->link_capacity = capacity;
    }
    rs->links[rs->link_count].a = rp->members[a];
    rs->links[rs->link_count].b = rp->members[b];
    rs->links[rs->link_count++].weight = weight;
    return STARLINGS_OK;
}

/* Join two clusters; returns the root. The summary of the smaller goes into that of the larger. */
static starlings_status stln_replay_join(stln_replay *rp, uint32_t a, uint32_t b,
                                         uint32_t *out_root)
{
    uint32_t root = a < b ? a : b, gone = a < b ? b : a;
    stln_summary more = rp->summary[root], few = rp->summary[gone];
    starlings_status status;
    if (more.count < few.count) {
        stln_summary swap = more;
        more = few;
        few = swap;
    }
    status = stln_summary_add(rp, &more, &few);
    rp->summary[root] = more;
    rp->parent[gone] = root;
    *out_root = root;
    return status;
}

/* The entry of a member: its cluster tries the open ones, and is open itself afterwards. */
static starlings_status stln_replay_step(stln_replay *rp, const stln_entry *entry, uint32_t weight)
{
    uint32_t member = rp->place[entry->record], root = stln_find(rp->parent, member);
    uint32_t from = 0, ahead = 0, furthest = member, next;
    int64_t end = entry->valid.end, time = entry->valid.start;
    starlings_status status = STARLINGS_OK;
    stln_clusters_expire(rp, time);
    rp->step++;
    rp->candidate_count = 0;
    if (rp->many_open) {
        status = stln_cluster_register(rp, root);
        ahead = status == STARLINGS_OK ? stln_tree_next(rp, &rp->summary[root], 0) : 0;
    }
    while (status == STARLINGS_OK &&
           (next = stln_cluster_next(rp, root, from, &ahead)) != STARLINGS_NONE) {
        from = next + 1;
        if (stln_summaries_clash(rp, &rp->summary[root], &rp->summary[next]))
            continue;
        status = stln_replay_link(rp, member, rp->furthest[next], weight);
        for (int side = 0; side < 2; side++) {
            uint32_t one = side == 0 ? root : next;
            if (rp->is_open[one] == 0)
                continue;
            if (rp->end[one] > end) {
                end = rp->end[one];
                furthest = rp->furthest[one];
            }
            stln_cluster_close(rp, one);
        }
        if (status == STARLINGS_OK)
            status = stln_replay_join(rp, root, next, &root);
    }
    if (status != STARLINGS_OK)
        return status;
    if (rp->is_open[root] != 0) {
        if (rp->end[root] >= end)
            return STARLINGS_OK;
        stln_cluster_close(rp, root);
    }
    rp->end[root] = end;
    rp->furthest[root] = furthest;
    return stln_cluster_open(rp, root, time);
}

/* ---- making a replay ready */

typedef struct stln_place_order {
    const stln_replay *rp;
    const stln_claim *claims;
    const uint32_t *channel; /* of each claim */
    const uint32_t *runs;    /* of entries: where each bucket begins */
} stln_place_order;

static bool stln_member_before(const void *ctx, uint32_t a, uint32_t b)
{
    return stln_store_compare((const stln_store *)ctx, a, b) < 0;
}

/* Claims by channel, set. */
static bool stln_claim_set_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_place_order *order = (const stln_place_order *)ctx;
    if (order->channel[a] != order->channel[b])
        return order->channel[a] < order->channel[b];
    return order->claims[a].set < order->claims[b].set;
}

/* Claims by member, channel, start. */
static bool stln_claim_member_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_place_order *order = (const stln_place_order *)ctx;
    const uint32_t *place = order->rp->place;
    if (order->claims[a].record != order->claims[b].record)
        return place[order->claims[a].record] < place[order->claims[b].record];
    if (order->channel[a] != order->channel[b])
        return order->channel[a] < order->channel[b];
    return order->claims[a].valid.start < order->claims[b].valid.start;
}

/* Entries by bucket, start, member, end. */
static bool stln_entry_replay_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_replay *rp = ((const stln_place_order *)ctx)->rp;
    const stln_entry *x = rp->linker->entries + a, *y = rp->linker->entries + b;
    if (x->bucket != y->bucket)
        return x->bucket < y->bucket;
    if (x->valid.start != y->valid.start)
        return x->valid.start < y->valid.start;
    if (x->record != y->record)
        return rp->place[x->record] < rp->place[y->record];
    return x->valid.end < y->valid.end;
}

static const unsigned char *stln_bucket_values(const starlings_linker *linker, uint32_t bucket,
                                               uint32_t *out_key)
{
    *out_key = stln_texts_group(&linker->buckets, bucket);
    return (const unsigned char *)stln_texts_at(&linker->buckets, bucket).text + sizeof(uint32_t);
}

/* Keys by weight descending, then in the order of the ontology; then values by their bytes. */
static bool stln_bucket_before(const starlings_linker *linker, uint32_t a, uint32_t b)
{
    const stln_key_rule *rules = linker->store.ontology->key_rules;
    uint32_t x_key, y_key;
    const unsigned char *x = stln_bucket_values(linker, a, &x_key);
    const unsigned char *y = stln_bucket_values(linker, b, &y_key);
    if (x_key != y_key)
        return rules[x_key].weight != rules[y_key].weight
                   ? rules[x_key].weight > rules[y_key].weight
                   : x_key < y_key;
    for (uint32_t i = 0; i < rules[x_key].count; i++) {
        uint32_t v = stln_set_value(x, i), w = stln_set_value(y, i);
        if (v != w)
            return stln_text_compare(stln_value_text(&linker->store, v),
                                     stln_value_text(&linker->store, w)) < 0;
    }
    return false;
}

static bool stln_run_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_place_order *order = (const stln_place_order *)ctx;
    const stln_entry *entries = order->rp->linker->entries;
    return stln_bucket_before(order->rp->linker,
                              entries[order->rp->entries[order->runs[a]]].bucket,
                              entries[order->rp->entries[order->runs[b]]].bucket);
}

/* The channels of a group in which claims clash. */
typedef struct stln_hot {
    uint32_t first; /* claims [first, first + count) of the group's order */
    uint32_t count;
} stln_hot;

/* The work space of all replays, as large as the largest asks for. */
typedef struct stln_stage {
    uint32_t most_members;
    uint32_t most_entries;
    size_t most_claims;
    size_t most_values;
    uint32_t *spare; /* as long as the longest of these */
    stln_hot *hot;
    uint32_t *hot_order;
    uint32_t *claim_channel;
    uint32_t *claim_set;
    uint32_t *claims; /* those of hot channels, in some order */
    uint32_t *runs;
    uint32_t *run_order;
    uint32_t *slot_value;
} stln_stage;

static bool stln_hot_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_hot *hot = (const stln_hot *)ctx;
    return hot[a].count > hot[b].count;
}

/* Number the channels in which claims clash, most claims first; returns how many claims they
   have, which are in stage->claims. */
static uint32_t stln_replay_channels(stln_replay *rp, stln_stage *stage, const stln_claim *claims,
                                     uint32_t *order, uint32_t *room, size_t count)
{
    uint32_t hot = 0, kept = 0;
    for (size_t i = 0; i < count;) {
        size_t end = stln_channel_end(claims, order, i, count);
        if (stln_claims_clash(rp->linker, claims, order + i, end - i, room + i)) {
            stage->hot[hot].first = (uint32_t)i;
            stage->hot[hot].count = (uint32_t)(end - i);
            stage->hot_order[hot] = hot;
            hot++;
        }
        i = end;
    }
    stln_order(stage->hot_order, stage->spare, hot, stln_hot_before, stage->hot);
    rp->channel_count = hot;
    for (uint32_t c = 0; c < hot; c++) {
        const stln_hot *channel = stage->hot + stage->hot_order[c];
        rp->channel_many[c] = stln_channel_is_many(claims[order[channel->first]].channel);
        for (uint32_t i = 0; i < channel->count; i++) {
            stage->claim_channel[order[channel->first + i]] = c;
            stage->claims[kept++] = order[channel->first + i];
        }
    }
    return kept;
}

static bool stln_slot_value_before(const void *ctx, uint32_t a, uint32_t b)
{
    const uint32_t *value = (const uint32_t *)ctx;
    return value[a] < value[b];
}

/* Number the slots of the values that stand in rp->slots[first ... end - 1], those of one channel,
   by value; `room` has twice as many elements. */
static void stln_replay_slots(stln_replay *rp, stln_stage *stage, uint32_t first, uint32_t end)
{
    uint32_t count = end - first, last = STARLINGS_NONE;
    uint32_t *order = stage->spare, *other = stage->spare + count;
    memcpy(stage->slot_value, rp->slots + first, count * sizeof *stage->slot_value);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    stln_order(order, other, count, stln_slot_value_before, stage->slot_value);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = stage->slot_value[order[i]];
        if (i == 0 || value != last)
            rp->slot_count++;
        last = value;
        rp->slots[first + order[i]] = rp->slot_count - 1;
    }
}

/* Number the distinct sets of each channel, and give each its slots. */
static void stln_replay_sets(stln_replay *rp, stln_stage *stage, const stln_claim *claims,
                             uint32_t count)
{
    stln_place_order ctx;
    uint32_t sets = 0, used = 0, first = 0;
    ctx.rp = rp;
    ctx.claims = claims;
    ctx.channel = stage->claim_channel;
    ctx.runs = NULL;
    stln_order(stage->claims, stage->spare, count, stln_claim_set_before, &ctx);
    rp->slot_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const stln_claim *claim = claims + stage->claims[i];
        uint32_t channel = stage->claim_channel[stage->claims[i]];
        bool ends;
        if (i == 0 || stln_claim_set_before(&ctx, stage->claims[i - 1], stage->claims[i])) {
            size_t values = 0;
            rp->set_first[sets++] = used;
            if (rp->channel_many[channel] != 0) {
                const unsigned char *set = stln_set_values(rp->linker, claim->set, &values);
                for (size_t v = 0; v < values; v++)
                    rp->slots[used++] = stln_set_value(set, v);
            } else if (claim->set != STLN_SET_MIXED) {
                rp->slots[used++] = claim->set;
            }
        }
        stage->claim_set[stage->claims[i]] = sets - 1;
        ends = i + 1 == count || stage->claim_channel[stage->claims[i + 1]] != channel;
        if (ends) {
            stln_replay_slots(rp, stage, first, used);
            first = used;
        }
    }
    rp->set_first[sets] = used;
    for (uint32_t s = 0; s < rp->slot_count; s++) {
        rp->slot_head[s] = STARLINGS_NONE;
        rp->slot_size[s] = rp->slot_step[s] = 0;
    }
}

/* What each member claims, as the summary of a cluster of its own. */
static starlings_status stln_replay_summaries(stln_replay *rp, stln_stage *stage,
                                              const stln_claim *claims, uint32_t count)
{
    stln_place_order ctx;
    starlings_status status;
    uint32_t at = 0;
    ctx.rp = rp;
    ctx.claims = claims;
    ctx.channel = stage->claim_channel;
    ctx.runs = NULL;
    stln_order(stage->claims, stage->spare, count, stln_claim_member_before, &ctx);
    rp->pool_count = 0;
    status = stln_pool_room(rp, count);
    if (status != STARLINGS_OK)
        return status;
    for (uint32_t m = 0; m < rp->count; m++) {
        stln_summary *summary = rp->summary + m;
        summary->first = at;
        summary->mask = 0;
        for (; at < count && claims[stage->claims[at]].record == rp->members[m]; at++) {
            stln_piece *piece = rp->pool + at;
            piece->channel = stage->claim_channel[stage->claims[at]];
            piece->set = stage->claim_set[stage->claims[at]];
            piece->valid = claims[stage->claims[at]].valid;
            if (piece->channel < 64)
                summary->mask |= (uint64_t)1 << piece->channel;
        }
        summary->count = summary->capacity = at - (uint32_t)summary->first;
    }
    rp->pool_count = count;
    return STARLINGS_OK;
}

/* The entries of the members, bucket after bucket as they are replayed; returns how many buckets:
   stage->run_order says which run is when, stage->runs where each begins. */
static uint32_t stln_replay_entries(stln_replay *rp, stln_stage *stage)
{
    const stln_entry *entries = rp->linker->entries;
    stln_place_order ctx;
    uint32_t runs = 0;
    ctx.rp = rp;
    ctx.claims = NULL;
    ctx.channel = NULL;
    ctx.runs = stage->runs;
    rp->entry_count = 0;
    for (uint32_t m = 0; m < rp->count; m++) {
        const uint32_t *first = rp->rs->entry_first + rp->members[m];
        for (uint32_t e = first[0]; e < first[1]; e++)
            rp->entries[rp->entry_count++] = e;
    }
    stln_order(rp->entries, stage->spare, rp->entry_count, stln_entry_replay_before, &ctx);
    for (uint32_t i = 0; i < rp->entry_count; i++)
        if (i == 0 || entries[rp->entries[i]].bucket != entries[rp->entries[i - 1]].bucket) {
            stage->run_order[runs] = runs;
            stage->runs[runs++] = i;
        }
    stage->runs[runs] = rp->entry_count;
    stln_order(stage->run_order, stage->spare, runs, stln_run_before, &ctx);
    return runs;
}

/* Replay a contested group. */
static starlings_status stln_replay_group(stln_replay *rp, stln_stage *stage, uint32_t group)
{
    stln_resolve *rs = rp->rs;
    const stln_key_rule *rules = rp->linker->store.ontology->key_rules;
    size_t first = rs->claim_first[rs->group_first[group]];
    size_t count = rs->claim_first[rs->group_first[group + 1]] - first;
    const stln_claim *claims = rs->claims + first;
    starlings_status status;
    uint32_t hot_claims, runs;
    rp->count = rs->group_first[group + 1] - rs->group_first[group];
    memcpy(rp->members, rs->members + rs->group_first[group], rp->count * sizeof *rp->members);
    stln_order(rp->members, stage->spare, rp->count, stln_member_before, &rp->linker->store);
    for (rp->leaves = 1; rp->leaves < rp->count;)
        rp->leaves *= 2;
    for (uint32_t i = 0; i < 2 * rp->leaves; i++)
        stln_open_node_clear(rp->nodes + i);
    for (uint32_t m = 0; m < rp->count; m++) {
        rp->place[rp->members[m]] = m;
        rp->parent[m] = m;
        rp->is_open[m] = 0;
        rp->registered[m] = rp->root_seen[m] = rp->root_step[m] = 0;
    }
    rp->step = rp->seen = 0;
    rp->bucket = 1;
    hot_claims = stln_replay_channels(rp, stage, claims, rs->claim_order + first,
                                      rs->claim_other + first, count);
    stln_replay_sets(rp, stage, claims, hot_claims);
    status = stln_replay_summaries(rp, stage, claims, hot_claims);
    runs = stln_replay_entries(rp, stage);
    for (uint32_t i = 0; i < runs && status == STARLINGS_OK; i++) {
        const uint32_t *run = stage->runs + stage->run_order[i];
        if (run[1] - run[0] < 2)
            continue;
        for (uint32_t e = run[0]; e < run[1] && status == STARLINGS_OK; e++) {
            const stln_entry *entry = rp->linker->entries + rp->entries[e];
            uint32_t key = stln_texts_group(&rp->linker->buckets, entry->bucket);
            status = stln_replay_step(rp, entry, rules[key].weight);
            if (status == STARLINGS_OK && ++rp->steps % STLN_STEPS_A_REPORT == 0)
                status = stln_report(rs->env, "replay", rp->steps, 0);
        }
        stln_bucket_close(rp);
    }
    return status;
}

/* How large the work space must be. */
static void stln_stage_measure(stln_resolve *rs, stln_stage *stage)
{
    for (uint32_t g = 0; g < rs->group_count; g++) {
        size_t first = rs->claim_first[rs->group_first[g]], values = 0, entries = 0;
        size_t end = rs->claim_first[rs->group_first[g + 1]];
        uint32_t members = rs->group_first[g + 1] - rs->group_first[g];
        if (rs->group_contested[g] == 0)
            continue;
        for (uint32_t m = 0; m < members; m++) {
            const uint32_t *entry = rs->entry_first + rs->members[rs->group_first[g] + m];
            entries += entry[1] - entry[0];
        }
        for (size_t c = first; c < end; c++) {
            size_t size = 1;
            if (stln_channel_is_many(rs->claims[c].channel))
                (void)stln_set_values(rs->linker, rs->claims[c].set, &size);
            values += size;
        }
        if (members > stage->most_members)
            stage->most_members = members;
        if (entries > stage->most_entries)
            stage->most_entries = (uint32_t)entries;
        if (end - first > stage->most_claims)
            stage->most_claims = end - first;
        if (values > stage->most_values)
            stage->most_values = values;
    }
}

static bool stln_stage_open(stln_replay *rp, stln_stage *stage, stln_scratch *scratch)
{
    size_t members = stage->most_members, entries = stage->most_entries;
    size_t claims = stage->most_claims, values = stage->most_values, leaves = 1;
    size_t spare = members > entries ? members : entries;
    if (claims > STARLINGS_NONE / 2 || values > STARLINGS_NONE / 2 || members > STARLINGS_NONE / 4)
        return false;
    while (leaves < members)
        leaves *= 2;
    spare = spare > claims ? spare : claims;
    spare = spare > 2 * values ? spare : 2 * values;
    rp->place = (uint32_t *)stln_scratch_alloc(scratch, rp->rs->count, 4);
    stln_scratch_plan(scratch);
    for (int pass = 0; pass < 2; pass++) {
        rp->members = (uint32_t *)stln_scratch_alloc(scratch, members, 4);
        rp->parent = (uint32_t *)stln_scratch_alloc(scratch, members, 4);
        rp->summary = (stln_summary *)stln_scratch_alloc(scratch, members, sizeof *rp->summary);
        rp->channel_many = (unsigned char *)stln_scratch_alloc(scratch, claims, 1);
        rp->set_first = (uint32_t *)stln_scratch_alloc(scratch, claims + 1, 4);
        rp->slots = (uint32_t *)stln_scratch_alloc(scratch, values, 4);
        rp->entries = (uint32_t *)stln_scratch_alloc(scratch, entries, 4);
        rp->open = (uint32_t *)stln_scratch_alloc(scratch, STLN_FEW_OPEN + 1, 4);
        rp->is_open = (unsigned char *)stln_scratch_alloc(scratch, members, 1);
        rp->end = (int64_t *)stln_scratch_alloc(scratch, members, sizeof *rp->end);
        rp->furthest = (uint32_t *)stln_scratch_alloc(scratch, members, 4);
        rp->opened = (uint32_t *)stln_scratch_alloc(scratch, entries + STLN_FEW_OPEN + 1, 4);
        rp->nodes = (stln_open_node *)stln_scratch_alloc(scratch, 2 * leaves, sizeof *rp->nodes);
        rp->registered = (uint32_t *)stln_scratch_alloc(scratch, members, 4);
        rp->slot_head = (uint32_t *)stln_scratch_alloc(scratch, values, 4);
        rp->slot_size = (uint32_t *)stln_scratch_alloc(scratch, values, 4);
        rp->slot_used = (uint32_t *)stln_scratch_alloc(scratch, values, 4);
        rp->slot_step = (uint32_t *)stln_scratch_alloc(scratch, values, 4);
        rp->root_seen = (uint32_t *)stln_scratch_alloc(scratch, members, 4);
        rp->root_step = (uint32_t *)stln_scratch_alloc(scratch, members, 4);
        rp->candidates = (uint32_t *)stln_scratch_alloc(scratch, members, 4);
        stage->spare = (uint32_t *)stln_scratch_alloc(scratch, spare, 4);
        stage->hot = (stln_hot *)stln_scratch_alloc(scratch, claims, sizeof *stage->hot);
        stage->hot_order = (uint32_t *)stln_scratch_alloc(scratch, claims, 4);
        stage->claim_channel = (uint32_t *)stln_scratch_alloc(scratch, claims, 4);
        stage->claim_set = (uint32_t *)stln_scratch_alloc(scratch, claims, 4);
        stage->claims = (uint32_t *)stln_scratch_alloc(scratch, claims, 4);
        stage->runs = (uint32_t *)stln_scratch_alloc(scratch, entries + 1, 4);
        stage->run_order = (uint32_t *)stln_scratch_alloc(scratch, entries, 4);
        stage->slot_value = (uint32_t *)stln_scratch_alloc(scratch, values, 4);
        if (pass == 0)
            stln_scratch_serve(scratch);
    }
    return !scratch->failed;
}

/* Replay all contested groups, one after the other. */
static starlings_status stln_resolve_replay(stln_resolve *rs)
{
    stln_replay rp;
    stln_stage stage;
    stln_scratch scratch;
    starlings_status status = STARLINGS_OK;
    memset(&rp, 0, sizeof rp);
    memset(&stage, 0, sizeof stage);
    rp.rs = rs;
    rp.linker = rs->linker;
    stln_stage_measure(rs, &stage);
    if (stage.most_members == 0)
        return STARLINGS_OK;
    stln_scratch_open(&scratch, &rs->env->allocator);
    if (!stln_stage_open(&rp, &stage, &scratch))
        status = STARLINGS_ERR_NOMEM;
    for (uint32_t g = 0; g < rs->group_count && status == STARLINGS_OK; g++) {
        if (rs->group_contested[g] == 0)
            continue;
        for (uint32_t i = rs->group_first[g]; i < rs->group_first[g + 1]; i++)
            stln_bit_set(rs->contested, rs->members[i]);
        status = stln_replay_group(&rp, &stage, g);
    }
    stln_free(&rs->env->allocator, rp.pool, rp.pool_capacity, sizeof *rp.pool);
    stln_free(&rs->env->allocator, rp.holders, rp.holder_capacity, sizeof *rp.holders);
    stln_scratch_close(&scratch);
    return status;
}

/* ==== [S87 RESOLUTION] linkers, their answers, why and why not ============= */
/* Owns: the public side of linking. A resolution is made aside, in stages: entries of new records,
   components, clashes, replay, then a hierarchy of all links and its cut at 0. If one fails, what
   the linker has got is taken back; else it is the linker's from then on. A resolution keeps copies
   of what later ones change (component, stamp, contested), and reads the rest, which only grows, in
   the linker.

   Why two records are together is a path in the tree of the strongest links of their entity, made
   shorter where records of it match directly. Why two entities are apart is not kept: as refusals
   are final, it is what their records say against each other, found by sweeps over the claims of
   both. Refusals are told by bucket and channel in the same way, for all entities of the bucket at
   once.

     bucket (who, Ada Lovelace), ssn     value 17: entity 0 [1 9)
                                         value 23: entity 4 [3 5), entity 7 [2 9)

   Cost: a list of refusals O(c log c) for c claims of the entities of each contested bucket, where
   those that clash mostly meet there; else each claim looks at the fewer of the entities that it
   clashes with and those that it meets. */

/* ---- the linker */

starlings_status starlings_linker_create(const starlings_linker_desc *desc,
                                         starlings_linker **out_linker)
{
    starlings_env env;
    starlings_linker *linker;
    starlings_status status;
    if (out_linker == NULL)
        return STARLINGS_ERR_ARG;
    *out_linker = NULL;
    if (desc == NULL || desc->ontology == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, NULL);
    if (env.allocator.resize == NULL)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "no allocator");
    status = stln_ontology_take(desc->ontology);
    if (status != STARLINGS_OK)
        return stln_fail(&env, status, 0, NULL);
    linker = (starlings_linker *)stln_alloc(&env.allocator, 1, sizeof *linker);
    if (linker == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(linker, 0, sizeof *linker);
    linker->env = env;
    linker->owners = 1;
    linker->few_open = STLN_FEW_OPEN;
    linker->constraints_block = desc->constraints_block;
    stln_texts_init(&linker->buckets, &env.allocator, desc->hash_seed);
    stln_texts_init(&linker->sets, &env.allocator, desc->hash_seed);
    linker->most_attributes = 1;
    for (uint32_t k = 0; k < desc->ontology->key_count; k++)
        if (desc->ontology->key_rules[k].count > linker->most_attributes)
            linker->most_attributes = desc->ontology->key_rules[k].count;
    status = stln_store_open(&linker->store, &env.allocator, desc->hash_seed, desc->ontology);
    if (status == STARLINGS_OK && !stln_linker_grow_entries(linker, 1))
        status = STARLINGS_ERR_NOMEM;
    if (status != STARLINGS_OK) {
        starlings_linker_release(linker);
        return stln_fail(&env, status, 0, NULL);
    }
    *out_linker = linker;
    return STARLINGS_OK;
}

void starlings_linker_release(starlings_linker *linker)
{
    starlings_allocator al;
    if (linker == NULL || stln_atomic_add(&linker->owners, UINT32_MAX) != 1)
        return;
    al = linker->env.allocator;
    stln_store_clear(&linker->store);
    stln_texts_clear(&linker->buckets);
    stln_texts_clear(&linker->sets);
    stln_free(&al, linker->head, linker->head_capacity, sizeof *linker->head);
    stln_free(&al, linker->entries, linker->entry_capacity, sizeof *linker->entries);
    stln_free(&al, linker->entry_first, (size_t)linker->linked + 1, sizeof(uint32_t));
    stln_free(&al, linker->component, linker->linked, sizeof(uint32_t));
    stln_free(&al, linker->stamp, linker->linked, sizeof(uint32_t));
    stln_free(&al, linker->contested, (size_t)linker->linked / 64 + 1, sizeof(uint64_t));
    stln_free(&al, linker->links, linker->link_count, sizeof *linker->links);
    stln_free(&al, linker, 1, sizeof *linker);
}

starlings_status starlings_linker_add(starlings_linker *linker,
                                      const starlings_temporal_record *records, size_t count,
                                      starlings_arrival *arrivals)
{
    if (linker == NULL || (records == NULL && count > 0))
        return STARLINGS_ERR_ARG;
    return stln_store_add(&linker->store, &linker->env, records, count, arrivals);
}

uint32_t starlings_linker_record_count(const starlings_linker *linker)
{
    return linker != NULL ? linker->store.count : 0;
}

size_t starlings_linker_size(const starlings_linker *linker)
{
    size_t by_record = 2 * sizeof(uint32_t);
    if (linker == NULL)
        return 0;
    if (linker->entry_first != NULL)
        by_record += sizeof(uint32_t);
    return sizeof *linker + stln_store_size(&linker->store) + stln_texts_size(&linker->buckets) +
           stln_texts_size(&linker->sets) + linker->head_capacity * sizeof *linker->head +
           linker->entry_capacity * sizeof *linker->entries + by_record * linker->linked +
           linker->linked / 8 + linker->link_count * sizeof *linker->links;
}

/* ---- resolving */

/* All links with their weights, as edges. */
static starlings_status stln_resolve_edges(stln_resolve *rs, starlings_hierarchy **out_hierarchy)
{
    const starlings_linker *linker = rs->linker;
    const stln_key_rule *rules = linker->store.ontology->key_rules;
    starlings_hierarchy_desc desc;
    starlings_edge *edges;
    starlings_error error;
    starlings_status status;
    size_t count = 0;
    for (uint32_t e = 0; e < linker->entry_count; e++)
        count += linker->entries[e].link != STARLINGS_NONE;
    edges = (starlings_edge *)stln_scratch_alloc(&rs->scratch, count + rs->link_count,
                                                 sizeof *edges);
    if (edges == NULL)
        return STARLINGS_ERR_NOMEM;
    count = 0;
    for (uint32_t e = 0; e < linker->entry_count; e++) {
        const stln_entry *entry = linker->entries + e;
        uint32_t key;
        if (entry->link == STARLINGS_NONE || stln_bit_test(rs->contested, entry->record))
            continue;
        key = linker->store.ontology->key_count == 1
                  ? 0
                  : stln_texts_group(&linker->buckets, entry->bucket);
        edges[count].a = entry->record;
        edges[count].b = entry->link;
        edges[count++].weight = stln_ratio64(rules[key].weight, STARLINGS_ONE);
    }
    for (size_t i = 0; i < rs->link_count; i++) {
        edges[count].a = rs->links[i].a;
        edges[count].b = rs->links[i].b;
        edges[count++].weight = stln_ratio64(rs->links[i].weight, STARLINGS_ONE);
    }
    memset(&desc, 0, sizeof desc);
    desc.edges = edges;
    desc.edge_count = count;
    desc.record_count = rs->count;
    desc.keep_edges = true;
    desc.env = *rs->env;
    desc.env.error = &error;
    status = starlings_hierarchy_create(&desc, out_hierarchy);
    stln_scratch_drop(&rs->scratch, edges, false);
    return status;
}

/* Links of contested components that nothing new has touched. */
static starlings_status stln_resolve_keep_links(stln_resolve *rs)
{
    const starlings_linker *linker = rs->linker;
    size_t count = 0;
    for (size_t i = 0; i < linker->link_count; i++)
        count += rs->stamp[linker->links[i].a] != linker->serial + 1;
    if (count == 0)
        return STARLINGS_OK;
    rs->links = (stln_link *)stln_alloc(&rs->env->allocator, count, sizeof *rs->links);
    if (rs->links == NULL)
        return STARLINGS_ERR_NOMEM;
    rs->link_capacity = count;
    for (size_t i = 0; i < linker->link_count; i++)
        if (rs->stamp[linker->links[i].a] != linker->serial + 1)
            rs->links[rs->link_count++] = linker->links[i];
    return STARLINGS_OK;
}

static starlings_status stln_resolve_stage(stln_resolve *rs, uint32_t stage)
{
    static const char *const names[] = { "keys", "components", "clashes", "replay" };
    starlings_status status = stln_report(rs->env, names[stage], 0, rs->count);
    uint32_t tasks;
    if (status != STARLINGS_OK)
        return status;
    switch (stage) {
    case 0:
        return stln_resolve_extract(rs);
    case 1:
        status = stln_resolve_components(rs);
        return status == STARLINGS_OK ? stln_resolve_groups(rs) : status;
    case 2:
        status = stln_resolve_claims(rs);
        tasks = (rs->group_count + STLN_BUCKETS_A_TASK - 1) / STLN_BUCKETS_A_TASK;
        if (status == STARLINGS_OK)
            stln_crew_run(&rs->crew, tasks, stln_groups_clash_task, rs);
        return status;
    default:
        status = stln_resolve_keep_links(rs);
        return status == STARLINGS_OK ? stln_resolve_replay(rs) : status;
    }
}

static void stln_resolution_free(starlings_resolution *resolution)
{
    starlings_allocator al = resolution->allocator;
    uint32_t n = resolution->record_count;
    starlings_partition_release(resolution->partition);
    starlings_hierarchy_release(resolution->hierarchy);
    stln_free(&al, resolution->component, n, sizeof(uint32_t));
    stln_free(&al, resolution->stamp, n, sizeof(uint32_t));
    stln_free(&al, resolution->contested, (size_t)n / 64 + 1, sizeof(uint64_t));
    starlings_linker_release(resolution->linker);
    stln_free(&al, resolution, 1, sizeof *resolution);
}

static void stln_resolution_count(const stln_resolve *rs, starlings_resolution *resolution)
{
    starlings_resolution_stats *stats = &resolution->stats;
    stats->records = rs->count;
    stats->entities = starlings_partition_entity_count(resolution->partition);
    stats->key_values = rs->linker->buckets.count;
    stats->key_entries = rs->linker->entry_count;
    stats->recomputed = rs->recomputed;
    for (uint32_t r = 0; r < rs->count; r++)
        if (rs->parent[r] == r) {
            stats->components++;
            stats->contested += stln_bit_test(rs->contested, r);
        }
}

/* The answer, with its own copies of what is told by record. */
static starlings_status stln_resolve_answer(stln_resolve *rs, starlings_resolution **out)
{
    const starlings_allocator *al = &rs->env->allocator;
    starlings_partition_desc cut;
    starlings_status status;
    starlings_resolution *resolution;
    uint32_t n = rs->count;
    resolution = (starlings_resolution *)stln_alloc(al, 1, sizeof *resolution);
    if (resolution == NULL)
        return STARLINGS_ERR_NOMEM;
    memset(resolution, 0, sizeof *resolution);
    resolution->allocator = *al;
    resolution->owners = 1;
    resolution->record_count = n;
    resolution->serial = rs->linker->serial + 1;
    resolution->store = &rs->linker->store;
    resolution->component = (uint32_t *)stln_alloc(al, n, sizeof(uint32_t));
    resolution->stamp = (uint32_t *)stln_alloc(al, n, sizeof(uint32_t));
    resolution->contested = (uint64_t *)stln_alloc(al, (size_t)n / 64 + 1, sizeof(uint64_t));
    status = resolution->component == NULL || resolution->stamp == NULL ||
                     resolution->contested == NULL
                 ? STARLINGS_ERR_NOMEM
                 : stln_resolve_edges(rs, &resolution->hierarchy);
    memset(&cut, 0, sizeof cut);
    cut.hierarchy = resolution->hierarchy;
    cut.env = *rs->env;
    cut.env.error = NULL;
    if (status == STARLINGS_OK)
        status = starlings_partition_create(&cut, &resolution->partition);
    if (status != STARLINGS_OK) {
        stln_resolution_free(resolution);
        return status;
    }
    memcpy(resolution->component, rs->parent, n * sizeof(uint32_t));
    memcpy(resolution->stamp, rs->stamp, n * sizeof(uint32_t));
    memcpy(resolution->contested, rs->contested, ((size_t)n / 64 + 1) * sizeof(uint64_t));
    stln_resolution_count(rs, resolution);
    *out = resolution;
    return STARLINGS_OK;
}

/* All is well: what was made aside is the linker's from now on. */
static void stln_resolve_commit(stln_resolve *rs)
{
    starlings_linker *linker = rs->linker;
    const starlings_allocator *al = &linker->env.allocator;
    uint32_t n = linker->linked;
    stln_free(al, linker->entry_first, (size_t)n + 1, sizeof(uint32_t));
    stln_free(al, linker->component, n, sizeof(uint32_t));
    stln_free(al, linker->stamp, n, sizeof(uint32_t));
    stln_free(al, linker->contested, (size_t)n / 64 + 1, sizeof(uint64_t));
    stln_free(al, linker->links, linker->link_count, sizeof *linker->links);
    linker->entry_first = rs->entry_first;
    linker->component = rs->parent;
    linker->stamp = rs->stamp;
    linker->contested = rs->contested;
    linker->links = rs->links;
    linker->link_count = rs->link_count;
    linker->linked = rs->count;
    linker->serial++;
    stln_scratch_drop(&rs->scratch, rs->entry_first, true);
    stln_scratch_drop(&rs->scratch, rs->parent, true);
    stln_scratch_drop(&rs->scratch, rs->stamp, true);
    stln_scratch_drop(&rs->scratch, rs->contested, true);
}

/* The links take no more room than they need: their count is their capacity from then on. */
static starlings_status stln_resolve_fit_links(stln_resolve *rs)
{
    stln_link *links;
    if (rs->links == NULL || rs->link_count == rs->link_capacity)
        return STARLINGS_OK;
    links = (stln_link *)stln_realloc(&rs->env->allocator, rs->links, rs->link_capacity,
                                      rs->link_count, sizeof *links);
    if (links == NULL)
        return STARLINGS_ERR_NOMEM;
    rs->links = links;
    rs->link_capacity = rs->link_count;
    return STARLINGS_OK;
}

starlings_status starlings_linker_resolve(starlings_linker *linker,
                                          starlings_resolution **out_resolution)
{
    stln_resolve rs;
    starlings_status status;
    if (out_resolution == NULL)
        return STARLINGS_ERR_ARG;
    *out_resolution = NULL;
    if (linker == NULL)
        return STARLINGS_ERR_ARG;
    memset(&rs, 0, sizeof rs);
    rs.linker = linker;
    rs.env = &linker->env;
    rs.count = linker->store.count;
    rs.bucket_mark = linker->buckets.count;
    rs.entry_mark = linker->entry_count;
    status = stln_crew_open(&rs.crew, rs.env);
    if (status != STARLINGS_OK)
        return status;
    stln_scratch_open(&rs.scratch, &rs.env->allocator);
    for (uint32_t stage = 0; stage < 4 && status == STARLINGS_OK; stage++)
        status = stln_resolve_stage(&rs, stage);
    stln_crew_close(&rs.crew);
    if (status == STARLINGS_OK)
        status = stln_resolve_fit_links(&rs);
    if (status == STARLINGS_OK)
        status = stln_resolve_answer(&rs, out_resolution);
    if (status == STARLINGS_OK) {
        stln_resolve_commit(&rs);
        (*out_resolution)->linker = linker;
        (void)stln_atomic_add(&linker->owners, 1);
    } else {
        stln_entries_forget(&rs);
        stln_free(&rs.env->allocator, rs.links, rs.link_capacity, sizeof *rs.links);
        (void)stln_fail(rs.env, status, 0, NULL);
    }
    stln_scratch_close(&rs.scratch);
    return status;
}

/* ---- what a resolution says */

starlings_resolution *starlings_resolution_retain(starlings_resolution *resolution)
{
    if (resolution != NULL)
        (void)stln_atomic_add(&resolution->owners, 1);
    return resolution;
}

void starlings_resolution_release(starlings_resolution *resolution)
{
    if (resolution != NULL && stln_atomic_add(&resolution->owners, UINT32_MAX) == 1)
        stln_resolution_free(resolution);
}

bool starlings_resolution_record(const starlings_resolution *resolution, uint32_t record,
                                 starlings_temporal_record *out_record)
{
    const stln_store *store;
    if (out_record == NULL)
        return false;
    memset(out_record, 0, sizeof *out_record);
    if (resolution == NULL || record >= resolution->record_count)
        return false;
    store = resolution->store;
    out_record->type = stln_texts_at(&store->types, store->type[record]);
    out_record->perspective = stln_texts_at(&store->perspectives, store->perspective[record]);
    out_record->uid = stln_store_uid(store, record);
    (void)stln_store_facts(store, record, &out_record->descriptor_count);
    return true;
}

bool starlings_resolution_descriptor(const starlings_resolution *resolution, uint32_t record,
                                     size_t at, starlings_descriptor *out_descriptor)
{
    const stln_fact *facts;
    size_t count;
    if (out_descriptor == NULL)
        return false;
    memset(out_descriptor, 0, sizeof *out_descriptor);
    if (resolution == NULL || record >= resolution->record_count)
        return false;
    facts = stln_store_facts(resolution->store, record, &count);
    if (at >= count)
        return false;
    out_descriptor->attribute = stln_texts_at(&resolution->store->attributes, facts[at].attribute);
    out_descriptor->value = stln_value_text(resolution->store, facts[at].value);
    out_descriptor->valid = facts[at].valid;
    return true;
}

static uint32_t stln_texts_number(const stln_texts *texts, uint32_t group, starlings_text text)
{
    if (!stln_text_valid(text))
        return STARLINGS_NONE;
    return stln_texts_find(texts, stln_texts_hash(texts, group, text), group, text);
}

uint32_t starlings_resolution_find(const starlings_resolution *resolution, starlings_text type,
                                   starlings_text perspective, starlings_text uid)
{
    const stln_store *store;
    uint32_t type_number, number, system, record;
    starlings_text text;
    char bytes[4];
    if (resolution == NULL)
        return STARLINGS_NONE;
    store = resolution->store;
    type_number = stln_texts_number(&store->types, 0, type);
    number = stln_texts_number(&store->perspectives, 0, perspective);
    if (type_number == STARLINGS_NONE || number == STARLINGS_NONE)
        return STARLINGS_NONE;
    memcpy(bytes, &number, sizeof bytes);
    text.text = bytes;
    text.size = sizeof bytes;
    system = stln_texts_number(&store->systems, type_number, text);
    record = system == STARLINGS_NONE ? system : stln_texts_number(&store->identities, system, uid);
    return record < resolution->record_count ? record : STARLINGS_NONE;
}

starlings_partition *starlings_resolution_partition(const starlings_resolution *resolution)
{
    return resolution != NULL ? resolution->partition : NULL;
}

starlings_hierarchy *starlings_resolution_hierarchy(const starlings_resolution *resolution)
{
    return resolution != NULL ? resolution->hierarchy : NULL;
}

/* Whether a component may be other than in the resolution of some number. */
static bool stln_resolution_changed_since(const starlings_resolution *resolution, uint32_t record,
                                          uint32_t serial)
{
    return resolution->stamp[record] > serial;
}

bool starlings_resolution_is_changed(const starlings_resolution *resolution, uint32_t entity)
{
    starlings_span span;
    if (resolution == NULL)
        return false;
    span = starlings_partition_entity(resolution->partition, entity);
    return span.count > 0 && stln_resolution_changed_since(resolution, span.records[0],
                                                           resolution->serial - 1);
}

starlings_resolution_stats
starlings_resolution_statistics(const starlings_resolution *resolution)
{
    starlings_resolution_stats none;
    memset(&none, 0, sizeof none);
    return resolution != NULL ? resolution->stats : none;
}

/* The source of a record in a context, put together in `bytes` where type and perspective are two
   texts: see starlings_resolution_collection. */
static starlings_text stln_source_of(const stln_store *store, uint32_t record, char *bytes)
{
    starlings_text type = stln_texts_at(&store->types, store->type[record]);
    starlings_text source = stln_texts_at(&store->perspectives, store->perspective[record]);
    if (type.size == 0 && (source.size == 0 || memchr(source.text, ':', source.size) == NULL))
        return source;
    if (type.size > 0)
        memcpy(bytes, type.text, type.size);
    bytes[type.size] = ':';
    if (source.size > 0)
        memcpy(bytes + type.size + 1, source.text, source.size);
    source.text = bytes;
    source.size += type.size + 1;
    return source;
}

/* All records of a store, in their order, in a context. */
static starlings_status stln_context_fill(const starlings_resolution *resolution,
                                          const starlings_env *env, starlings_context *context)
{
    const stln_store *store = resolution->store;
    starlings_status status = STARLINGS_OK;
    size_t most = 0;
    char *bytes;
    for (uint32_t s = 0; s < store->systems.count; s++) {
        uint32_t perspective = stln_store_perspective_of(store, s);
        size_t size = stln_texts_at(&store->types, stln_texts_group(&store->systems, s)).size +
                      stln_texts_at(&store->perspectives, perspective).size + 1;
        most = size > most ? size : most;
    }
    bytes = (char *)stln_alloc(&env->allocator, most, 1);
    if (bytes == NULL)
        return STARLINGS_ERR_NOMEM;
    for (uint32_t r = 0; r < resolution->record_count && status == STARLINGS_OK; r++) {
        starlings_identity identity;
        uint32_t number;
        memset(&identity, 0, sizeof identity);
        identity.source = stln_source_of(store, r, bytes);
        identity.key = stln_store_uid(store, r);
        status = starlings_context_ensure(context, &identity, &number);
    }
    stln_free(&env->allocator, bytes, most, 1);
    return status;
}

starlings_status starlings_resolution_collection(const starlings_resolution *resolution,
                                                 const starlings_env *env,
                                                 starlings_collection **out_collection)
{
    starlings_context_desc context_desc;
    starlings_collection_desc desc;
    starlings_status status;
    if (out_collection == NULL)
        return STARLINGS_ERR_ARG;
    *out_collection = NULL;
    if (resolution == NULL)
        return STARLINGS_ERR_ARG;
    memset(&context_desc, 0, sizeof context_desc);
    memset(&desc, 0, sizeof desc);
    desc.env = context_desc.env = stln_env_of(env, &resolution->allocator);
    status = starlings_context_create(&context_desc, &desc.context);
    if (status != STARLINGS_OK)
        return status;
    status = stln_context_fill(resolution, &desc.env, desc.context);
    desc.hierarchy = resolution->hierarchy;
    if (status == STARLINGS_OK)
        status = starlings_collection_create(&desc, out_collection);
    else
        (void)stln_fail(&desc.env, status, 0, NULL);
    starlings_context_release(desc.context);
    return status;
}

/* ---- why */

/* The match of two records by a key of some weight or more: of all such, the heaviest key, the
   first of the ontology, the least values, the earliest. */
static bool stln_match_between(const starlings_resolution *resolution, uint32_t a, uint32_t b,
                               uint32_t weight, starlings_match *match)
{
    const starlings_linker *linker = resolution->linker;
    const stln_key_rule *rules = linker->store.ontology->key_rules;
    const uint32_t *x = linker->entry_first + a, *y = linker->entry_first + b;
    uint32_t best = STARLINGS_NONE;
    memset(match, 0, sizeof *match);
    for (uint32_t i = x[0], j = y[0]; i < x[1] && j < y[1];) {
        const stln_entry *p = linker->entries + i, *q = linker->entries + j;
        starlings_interval both;
        uint32_t bucket = p->bucket;
        bool first = bucket == q->bucket ? p->valid.end < q->valid.end : bucket < q->bucket;
        i += first;
        j += !first;
        if (bucket != q->bucket ||
            rules[stln_texts_group(&linker->buckets, bucket)].weight < weight ||
            !starlings_interval_intersect(p->valid, q->valid, &both))
            continue;
        if (best != STARLINGS_NONE &&
            (best == bucket || !stln_bucket_before(linker, bucket, best)))
            continue; /* of one bucket the earliest comes first */
        best = bucket;
        match->valid = both;
    }
    if (best == STARLINGS_NONE)
        return false;
    match->a = a;
    match->b = b;
    match->weight = rules[stln_texts_group(&linker->buckets, best)].weight;
    match->key_values = best;
    match->key = stln_texts_at(&linker->store.ontology->keys,
                               rules[stln_texts_group(&linker->buckets, best)].name);
    return true;
}

bool starlings_resolution_key_value(const starlings_resolution *resolution, uint32_t key_values,
                                    size_t at, starlings_text *out_attribute,
                                    starlings_text *out_value)
{
    const starlings_linker *linker;
    const stln_key_rule *rule;
    const unsigned char *values;
    uint32_t key, attribute;
    if (resolution == NULL || key_values >= resolution->linker->buckets.count)
        return false;
    linker = resolution->linker;
    values = stln_bucket_values(linker, key_values, &key);
    rule = &linker->store.ontology->key_rules[key];
    if (at >= rule->count)
        return false;
    attribute = linker->store.ontology->key_attributes[rule->first + at];
    if (out_attribute != NULL)
        *out_attribute = stln_texts_at(&linker->store.attributes, attribute);
    if (out_value != NULL)
        *out_value = stln_value_text(&linker->store, stln_set_value(values, at));
    return true;
}

/* The strongest links of one entity, a tree over its records; places are those in `records`. */
typedef struct stln_entity_tree {
    uint32_t *records; /* ascending */
    uint32_t count;
    uint32_t *first; /* links of each place, count + 1 */
    uint32_t *to;    /* the place at the other end */
    uint32_t *weight;
    uint32_t *from; /* the link by which a walk came to each place */
    uint32_t *queue;
} stln_entity_tree;

static uint32_t stln_place_of(const stln_entity_tree *tree, uint32_t record)
{
    uint32_t low = 0, high = tree->count;
    while (low + 1 < high) {
        uint32_t mid = low + (high - low) / 2;
        if (tree->records[mid] <= record)
            low = mid;
        else
            high = mid;
    }
    return low;
}

static bool stln_number_before(const void *ctx, uint32_t a, uint32_t b)
{
    (void)ctx;
    return a < b;
}

/* One scan of the links of all entities. */
static bool stln_entity_tree_open(const starlings_resolution *resolution, uint32_t entity,
                                  stln_scratch *scratch, stln_entity_tree *tree)
{
    const uint32_t *labels = starlings_partition_labels(resolution->partition);
    starlings_span span = starlings_partition_entity(resolution->partition, entity);
    uint32_t edge_count, n = span.count;
    const starlings_kept_edge *edges =
        starlings_hierarchy_kept_edges(resolution->hierarchy, &edge_count);
    tree->count = n;
    tree->records = (uint32_t *)stln_scratch_alloc(scratch, n, sizeof(uint32_t));
    tree->first = (uint32_t *)stln_scratch_zeroed(scratch, (size_t)n + 2, sizeof(uint32_t));
    tree->to = (uint32_t *)stln_scratch_alloc(scratch, stln_twice(n), sizeof(uint32_t));
    tree->weight = (uint32_t *)stln_scratch_alloc(scratch, stln_twice(n), sizeof(uint32_t));
    tree->from = (uint32_t *)stln_scratch_alloc(scratch, n, sizeof(uint32_t));
    tree->queue = (uint32_t *)stln_scratch_alloc(scratch, n, sizeof(uint32_t));
    if (scratch->failed)
        return false;
    memcpy(tree->records, span.records, n * sizeof(uint32_t));
    stln_order(tree->records, tree->queue, n, stln_number_before, NULL);
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t e = 0; e < edge_count; e++) {
            uint32_t ends[2];
            if (labels[edges[e].a] != entity)
                continue;
            ends[0] = stln_place_of(tree, edges[e].a);
            ends[1] = stln_place_of(tree, edges[e].b);
            for (int side = 0; side < 2; side++)
                if (pass == 0) {
                    tree->first[ends[side] + 2]++;
                } else {
                    uint32_t at = tree->first[ends[side] + 1]++;
                    tree->to[at] = ends[1 - side];
                    tree->weight[at] = edges[e].key;
                }
        }
        for (uint32_t i = 2; i < n + 2 && pass == 0; i++)
            tree->first[i] += tree->first[i - 1];
    }
    return true;
}

/* Walk from place a until b is there; the links of the way are those in tree->from, from b back.
   Returns how many they are. */
static uint32_t stln_entity_tree_walk(stln_entity_tree *tree, uint32_t a, uint32_t b)
{
    uint32_t head = 0, tail = 0, count = 0;
    for (uint32_t i = 0; i < tree->count; i++)
        tree->from[i] = STARLINGS_NONE;
    tree->queue[tail++] = b; /* from b, so that links point to it */
    tree->from[b] = b;
    while (head < tail && tree->from[a] == STARLINGS_NONE) {
        uint32_t at = tree->queue[head++];
        for (uint32_t i = tree->first[at]; i < tree->first[at + 1]; i++)
            if (tree->from[tree->to[i]] == STARLINGS_NONE) {
                tree->from[tree->to[i]] = at;
                tree->queue[tail++] = tree->to[i];
            }
    }
    for (uint32_t at = a; at != b; at = tree->from[at])
        count++;
    return count;
}

static uint32_t stln_entity_tree_weight(const stln_entity_tree *tree, uint32_t a, uint32_t b)
{
    uint32_t i = tree->first[a];
    while (tree->to[i] != b)
        i++;
    return tree->weight[i];
}

/* The way of a walk, from a on, as the records that it goes through; returns its weakest weight. */
static uint32_t stln_entity_tree_way(const stln_entity_tree *tree, uint32_t a, uint32_t count,
                                     uint32_t *way)
{
    uint32_t weakest = STARLINGS_ONE;
    for (uint32_t i = 0; i < count; i++, a = tree->from[a]) {
        uint32_t weight = stln_entity_tree_weight(tree, a, tree->from[a]);
        weakest = weight < weakest ? weight : weakest;
        way[i] = tree->records[a];
    }
    way[count] = tree->records[a];
    return weakest;
}

/* Links are those of a tree, so a way may go round where records match directly: from each record
   go to the furthest of the way that it matches as strongly as the way allows. Of long ways only
   the next STLN_WAY_AHEAD are tried. Returns how many steps are left. */
#define STLN_WAY_AHEAD 256u
static uint32_t stln_way_shorten(const starlings_resolution *resolution, uint32_t *way,
                                 uint32_t count, uint32_t weakest)
{
    starlings_match match;
    uint32_t kept = 0, at = 0;
    while (at < count) {
        uint32_t next = (uint32_t)stln_min_size(count, at + (size_t)STLN_WAY_AHEAD);
        while (next > at + 1 &&
               !stln_match_between(resolution, way[at], way[next], weakest, &match))
            next--;
        way[kept++] = way[at];
        at = next;
    }
    way[kept] = way[count];
    return kept;
}

starlings_status starlings_resolution_why(const starlings_resolution *resolution, uint32_t a,
                                          uint32_t b, const starlings_env *env,
                                          starlings_match *matches, size_t capacity,
                                          size_t *out_count)
{
    starlings_env own;
    stln_scratch scratch;
    stln_entity_tree tree;
    uint32_t entity, count = 0, weakest, *way = NULL;
    bool fine;
    if (out_count == NULL)
        return STARLINGS_ERR_ARG;
    *out_count = 0;
    if (resolution == NULL || (matches == NULL && capacity > 0))
        return STARLINGS_ERR_ARG;
    own = stln_env_of(env, &resolution->allocator);
    if (a >= resolution->record_count || b >= resolution->record_count)
        return stln_fail(&own, STARLINGS_ERR_RANGE, a >= resolution->record_count ? a : b, NULL);
    entity = starlings_partition_entity_of(resolution->partition, a);
    if (a == b || starlings_partition_entity_of(resolution->partition, b) != entity)
        return STARLINGS_OK;
    stln_scratch_open(&scratch, &own.allocator);
    fine = stln_entity_tree_open(resolution, entity, &scratch, &tree);
    if (fine) {
        count = stln_entity_tree_walk(&tree, stln_place_of(&tree, a), stln_place_of(&tree, b));
        way = (uint32_t *)stln_scratch_alloc(&scratch, (size_t)count + 1, sizeof *way);
    }
    if (way != NULL) {
        weakest = stln_entity_tree_way(&tree, stln_place_of(&tree, a), count, way);
        count = stln_way_shorten(resolution, way, count, weakest);
        for (uint32_t i = 0; i < count && i < capacity; i++)
            (void)stln_match_between(resolution, way[i], way[i + 1], weakest, matches + i);
        *out_count = count;
    }
    stln_scratch_close(&scratch);
    return way != NULL ? STARLINGS_OK : stln_fail(&own, STARLINGS_ERR_NOMEM, 0, NULL);
}

/* ---- why not */

/* What records of some entities say of identifiers, each piece by a record that says it all that
   time. */
typedef struct stln_saying {
    uint64_t channel;
    uint32_t set;
    uint32_t entity;
    uint32_t record;
    int clashes; /* STLN_SUSPECT: with an entity of the bucket; STLN_SURE: with one that it meets */
    starlings_interval valid;
} stln_saying;

enum { STLN_SUSPECT = 1, STLN_SURE = 2 };

/* Sayings, and the store that knows who says them. */
typedef struct stln_saying_order {
    const stln_saying *items;
    const stln_store *store;
} stln_saying_order;

/* The last tie is broken by identity: whose piece is kept depends on no number. */
static bool stln_saying_set_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_saying_order *order = (const stln_saying_order *)ctx;
    const stln_saying *x = order->items + a, *y = order->items + b;
    if (x->channel != y->channel)
        return x->channel < y->channel;
    if (x->entity != y->entity)
        return x->entity < y->entity;
    if (x->set != y->set)
        return x->set < y->set;
    if (x->valid.start != y->valid.start)
        return x->valid.start < y->valid.start;
    if (x->valid.end != y->valid.end)
        return x->valid.end > y->valid.end;
    return stln_store_compare(order->store, x->record, y->record) < 0;
}

static bool stln_saying_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_saying *x = (const stln_saying *)ctx + a, *y = (const stln_saying *)ctx + b;
    if (x->channel != y->channel)
        return x->channel < y->channel;
    if (x->valid.start != y->valid.start)
        return x->valid.start < y->valid.start;
    if (x->entity != y->entity)
        return x->entity < y->entity;
    return x->record < y->record;
}

/* Sayings in the making: those of several entities. */
typedef struct stln_sayings {
    const starlings_resolution *resolution;
    starlings_allocator allocator;
    stln_saying *items;
    size_t count;
    size_t capacity;
    stln_claim *claims; /* of one record */
    size_t claim_capacity;
    starlings_interval *room;
    size_t room_capacity;
    uint32_t *order; /* order_capacity of these ... */
    uint32_t *other; /* ... and of these */
    size_t order_capacity;
} stln_sayings;

static void stln_sayings_close(stln_sayings *all)
{
    const starlings_allocator *al = &all->allocator;
    stln_free(al, all->items, all->capacity, sizeof *all->items);
    stln_free(al, all->claims, all->claim_capacity, sizeof *all->claims);
    stln_free(al, all->room, all->room_capacity, sizeof *all->room);
    stln_free(al, all->order, all->order_capacity, sizeof *all->order);
    stln_free(al, all->other, all->order_capacity, sizeof *all->other);
}

/* Make an array at least so long; what it held is kept. */
static bool stln_array_grow(const starlings_allocator *allocator, void **array, size_t *capacity,
                            size_t wanted, size_t size)
{
    size_t grown;
    void *block;
    if (wanted <= *capacity && *array != NULL)
        return true;
    grown = stln_grown(*capacity, wanted);
    block = stln_realloc(allocator, *array, *capacity, grown, size);
    if (block == NULL)
        return false;
    *array = block;
    *capacity = grown;
    return true;
}

static bool stln_sayings_grow_order(stln_sayings *all)
{
    size_t capacity = stln_grown(all->order_capacity, all->count);
    if (all->count <= all->order_capacity && all->order != NULL)
        return true;
    stln_free(&all->allocator, all->order, all->order_capacity, sizeof *all->order);
    stln_free(&all->allocator, all->other, all->order_capacity, sizeof *all->other);
    all->order_capacity = capacity;
    all->order = (uint32_t *)stln_alloc(&all->allocator, capacity, sizeof *all->order);
    all->other = (uint32_t *)stln_alloc(&all->allocator, capacity, sizeof *all->other);
    return all->order != NULL && all->other != NULL;
}

/* Add what one record says. */
static bool stln_sayings_add_record(stln_sayings *all, uint32_t record, uint32_t entity)
{
    const starlings_linker *linker = all->resolution->linker;
    size_t facts, count;
    void *room = all->room, *claims = all->claims, *items = all->items;
    bool have;
    (void)stln_store_facts(&linker->store, record, &facts);
    have = stln_array_grow(&all->allocator, &room, &all->room_capacity, 2 * facts,
                           sizeof *all->room);
    all->room = (starlings_interval *)room;
    if (!have)
        return false;
    count = stln_claims_of(linker, record, all->room, NULL);
    have = stln_array_grow(&all->allocator, &claims, &all->claim_capacity, count,
                           sizeof *all->claims);
    all->claims = (stln_claim *)claims;
    if (have)
        have = stln_array_grow(&all->allocator, &items, &all->capacity, all->count + count,
                               sizeof *all->items);
    all->items = (stln_saying *)items;
    if (!have)
        return false;
    (void)stln_claims_of(linker, record, all->room, all->claims);
    for (size_t i = 0; i < count; i++) {
        stln_saying *item = all->items + all->count++;
        item->channel = all->claims[i].channel;
        item->set = all->claims[i].set;
        item->entity = entity;
        item->record = record;
        item->clashes = 0;
        item->valid = all->claims[i].valid;
    }
    return true;
}

/* The sets of many values have been numbered when the component was linked. Sets are found by their
   values, for which `room` is large enough: it had two intervals for each fact. */
static void stln_sayings_find_sets(stln_sayings *all, size_t first)
{
    const starlings_linker *linker = all->resolution->linker;
    uint32_t *words = (uint32_t *)(void *)all->room;
    for (size_t i = first; i < all->count; i++) {
        stln_saying *item = all->items + i;
        size_t count, begin, end, values = 0;
        const stln_fact *facts;
        starlings_text text;
        if (!stln_channel_is_many(item->channel))
            continue;
        facts = stln_store_facts(&linker->store, item->record, &count);
        end = stln_facts_of(facts, count, (uint32_t)(item->channel >> 33), &begin);
        for (size_t f = begin; f < end; f++)
            if (starlings_interval_contains(facts[f].valid, item->valid.start))
                words[values++] = facts[f].value;
        text.text = (const char *)words;
        text.size = values * sizeof *words;
        item->set = stln_texts_number(&linker->sets, 0, text);
    }
}

/* Of one entity and set keep pieces that follow each other and leave out no time: each ends later
   than those before it and begins where they end, if not later. */
static bool stln_sayings_trim(stln_sayings *all, size_t first)
{
    stln_saying *items = all->items + first, *kept_items;
    stln_saying_order order;
    size_t count = all->count - first, kept = 0;
    if (!stln_sayings_grow_order(all))
        return false;
    for (size_t i = 0; i < count; i++)
        all->order[i] = (uint32_t)i;
    order.items = items;
    order.store = all->resolution->store;
    stln_order(all->order, all->other, count, stln_saying_set_before, &order);
    kept_items = (stln_saying *)stln_alloc(&all->allocator, count, sizeof *kept_items);
    if (kept_items == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        stln_saying item = items[all->order[i]];
        const stln_saying *last = kept > 0 ? kept_items + kept - 1 : NULL;
        if (last != NULL && last->channel == item.channel && last->entity == item.entity &&
            last->set == item.set && item.set != STLN_SET_MIXED) {
            if (item.valid.end <= last->valid.end)
                continue;
            item.valid.start = stln_time_most(item.valid.start, last->valid.end);
        }
        kept_items[kept++] = item;
    }
    memcpy(items, kept_items, kept * sizeof *items);
    stln_free(&all->allocator, kept_items, count, sizeof *kept_items);
    all->count = first + kept;
    return true;
}

/* Add what all records of an entity say. */
static starlings_status stln_sayings_add(stln_sayings *all, uint32_t entity)
{
    starlings_span span = starlings_partition_entity(all->resolution->partition, entity);
    size_t first = all->count;
    for (uint32_t i = 0; i < span.count; i++) {
        size_t before = all->count;
        if (!stln_sayings_add_record(all, span.records[i], entity))
            return STARLINGS_ERR_NOMEM;
        stln_sayings_find_sets(all, before);
    }
    if (all->count > STARLINGS_NONE - 1u)
        return STARLINGS_ERR_RANGE;
    return stln_sayings_trim(all, first) ? STARLINGS_OK : STARLINGS_ERR_NOMEM;
}

/* All of them by channel and start, in `order`. */
static bool stln_sayings_sort(stln_sayings *all)
{
    if (!stln_sayings_grow_order(all))
        return false;
    for (size_t i = 0; i < all->count; i++)
        all->order[i] = (uint32_t)i;
    stln_order(all->order, all->other, all->count, stln_saying_before, all->items);
    return true;
}

/* The least value, as bytes, that a record has of an attribute at a time, but not `but`; if there
   is only that, it. */
static uint32_t stln_value_at(const stln_store *store, uint32_t record, uint32_t attribute,
                              int64_t time, uint32_t but)
{
    size_t count, begin, end;
    const stln_fact *facts = stln_store_facts(store, record, &count);
    uint32_t best = STARLINGS_NONE;
    end = stln_facts_of(facts, count, attribute, &begin);
    for (size_t f = begin; f < end; f++)
        if (starlings_interval_contains(facts[f].valid, time) && facts[f].value != but &&
            (best == STARLINGS_NONE ||
             stln_text_compare(stln_value_text(store, facts[f].value),
                               stln_value_text(store, best)) < 0))
            best = facts[f].value;
    return best != STARLINGS_NONE ? best : but;
}

static void stln_clash_say(const starlings_resolution *resolution, const stln_saying *x,
                           const stln_saying *y, starlings_clash *clash)
{
    const stln_store *store = resolution->store;
    uint32_t attribute = (uint32_t)(x->channel >> 33), v, w;
    clash->x = x->record;
    clash->y = y->record;
    clash->attribute = stln_texts_at(&store->attributes, attribute);
    (void)starlings_interval_intersect(x->valid, y->valid, &clash->valid);
    v = stln_value_at(store, x->record, attribute, clash->valid.start, STARLINGS_NONE);
    w = stln_value_at(store, y->record, attribute, clash->valid.start, v);
    if (v == w) /* y says only this, so x says something else as well */
        v = stln_value_at(store, x->record, attribute, clash->valid.start, w);
    clash->value_x = stln_value_text(store, v);
    clash->value_y = stln_value_text(store, w);
}

static bool stln_clash_before(const starlings_clash *a, const starlings_clash *b)
{
    int order;
    if (a->x != b->x)
        return a->x < b->x;
    if (a->y != b->y)
        return a->y < b->y;
    order = stln_text_compare(a->attribute, b->attribute);
    if (order == 0)
        order = starlings_interval_compare(a->valid, b->valid);
    return order < 0;
}

static bool stln_clash_index_before(const void *ctx, uint32_t a, uint32_t b)
{
    const starlings_clash *clashes = (const starlings_clash *)ctx;
    return stln_clash_before(clashes + a, clashes + b);
}

/* The clashes of two entities, whose sayings are sorted; clashes NULL: only their number. */
static size_t stln_sayings_clashes(const stln_sayings *all, uint32_t entity,
                                   starlings_clash *clashes)
{
    const starlings_linker *linker = all->resolution->linker;
    size_t found = 0;
    for (size_t i = 0; i < all->count; i++) {
        const stln_saying *x = all->items + all->order[i];
        for (size_t j = i + 1; j < all->count; j++) {
            const stln_saying *y = all->items + all->order[j];
            if (y->channel != x->channel || y->valid.start >= x->valid.end)
                break;
            if (y->entity == x->entity || !stln_sets_clash(linker, x->channel, x->set, y->set))
                continue;
            if (clashes != NULL && x->entity == entity)
                stln_clash_say(all->resolution, x, y, clashes + found);
            else if (clashes != NULL)
                stln_clash_say(all->resolution, y, x, clashes + found);
            found++;
        }
    }
    return found;
}

static bool stln_entry_bucket_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_entry *x = (const stln_entry *)ctx + a, *y = (const stln_entry *)ctx + b;
    if (x->bucket != y->bucket)
        return x->bucket < y->bucket;
    if (x->valid.start != y->valid.start)
        return x->valid.start < y->valid.start;
    return x->record < y->record;
}

/* Whether two entities have entries of one bucket that overlap. */
static starlings_status stln_entities_match(const starlings_resolution *resolution,
                                            const starlings_env *env, uint32_t a, uint32_t b,
                                            bool *out_match)
{
    const starlings_linker *linker = resolution->linker;
    const uint32_t *labels = starlings_partition_labels(resolution->partition);
    stln_scratch scratch;
    uint32_t *order, *other, entities[2], bucket = STARLINGS_NONE;
    int64_t ends[2] = { STARLINGS_START_OF_TIME, STARLINGS_START_OF_TIME };
    size_t count = 0;
    entities[0] = a;
    entities[1] = b;
    for (int side = 0; side < 2; side++) {
        starlings_span span = starlings_partition_entity(resolution->partition, entities[side]);
        for (uint32_t i = 0; i < span.count; i++)
            count += linker->entry_first[span.records[i] + 1] -
                     linker->entry_first[span.records[i]];
    }
    stln_scratch_open(&scratch, &env->allocator);
    order = (uint32_t *)stln_scratch_alloc(&scratch, count, sizeof *order);
    other = (uint32_t *)stln_scratch_alloc(&scratch, count, sizeof *other);
    if (scratch.failed) {
        stln_scratch_close(&scratch);
        return STARLINGS_ERR_NOMEM;
    }
    count = 0;
    for (int side = 0; side < 2; side++) {
        starlings_span span = starlings_partition_entity(resolution->partition, entities[side]);
        for (uint32_t i = 0; i < span.count; i++)
            for (uint32_t e = linker->entry_first[span.records[i]];
                 e < linker->entry_first[span.records[i] + 1]; e++)
                order[count++] = e;
    }
    stln_order(order, other, count, stln_entry_bucket_before, linker->entries);
    for (size_t i = 0; i < count && !*out_match; i++) {
        const stln_entry *entry = linker->entries + order[i];
        int side = labels[entry->record] == b;
        if (i == 0 || entry->bucket != bucket)
            ends[0] = ends[1] = STARLINGS_START_OF_TIME;
        bucket = entry->bucket;
        *out_match = entry->valid.start < ends[1 - side];
        ends[side] = stln_time_most(ends[side], entry->valid.end);
    }
    stln_scratch_close(&scratch);
    return STARLINGS_OK;
}

/* The clashes of two entities, as many as fit, in order. */
static starlings_status stln_clashes_list(const starlings_resolution *resolution,
                                          const starlings_env *env, uint32_t a, uint32_t b,
                                          starlings_clash *clashes, size_t capacity,
                                          size_t *out_count)
{
    stln_sayings all;
    starlings_status status;
    starlings_clash *list = NULL;
    uint32_t *order = NULL;
    size_t count = 0;
    memset(&all, 0, sizeof all);
    all.resolution = resolution;
    all.allocator = env->allocator;
    status = stln_sayings_add(&all, a);
    if (status == STARLINGS_OK)
        status = stln_sayings_add(&all, b);
    if (status == STARLINGS_OK && !stln_sayings_sort(&all))
        status = STARLINGS_ERR_NOMEM;
    if (status == STARLINGS_OK)
        count = stln_sayings_clashes(&all, a, NULL);
    if (status == STARLINGS_OK && count > 0 && capacity > 0) {
        list = (starlings_clash *)stln_alloc(&env->allocator, count, sizeof *list);
        order = (uint32_t *)stln_alloc(&env->allocator, stln_twice(count), sizeof *order);
        if (list == NULL || order == NULL || count > STARLINGS_NONE - 1u) {
            status = STARLINGS_ERR_NOMEM;
        } else {
            (void)stln_sayings_clashes(&all, a, list);
            for (size_t i = 0; i < count; i++)
                order[i] = (uint32_t)i;
            stln_order(order, order + count, count, stln_clash_index_before, list);
            for (size_t i = 0; i < count && i < capacity; i++)
                clashes[i] = list[order[i]];
        }
        stln_free(&env->allocator, list, count, sizeof *list);
        stln_free(&env->allocator, order, stln_twice(count), sizeof *order);
    }
    stln_sayings_close(&all);
    *out_count = status == STARLINGS_OK ? count : 0;
    return status;
}

starlings_status starlings_resolution_why_not(const starlings_resolution *resolution, uint32_t a,
                                              uint32_t b, const starlings_env *env,
                                              starlings_apart *out_apart, bool *out_matches,
                                              starlings_clash *clashes, size_t capacity,
                                              size_t *out_count)
{
    starlings_env own;
    starlings_status status;
    uint32_t x, y;
    bool match = false;
    if (out_matches != NULL)
        *out_matches = false;
    if (out_apart == NULL || out_count == NULL)
        return STARLINGS_ERR_ARG;
    *out_apart = STARLINGS_APART_NOT;
    *out_count = 0;
    if (resolution == NULL || (clashes == NULL && capacity > 0))
        return STARLINGS_ERR_ARG;
    own = stln_env_of(env, &resolution->allocator);
    if (a >= resolution->record_count || b >= resolution->record_count)
        return stln_fail(&own, STARLINGS_ERR_RANGE, a >= resolution->record_count ? a : b, NULL);
    x = starlings_partition_entity_of(resolution->partition, a);
    y = starlings_partition_entity_of(resolution->partition, b);
    if (x == y)
        return STARLINGS_OK;
    if (resolution->store->type[a] != resolution->store->type[b]) {
        *out_apart = STARLINGS_APART_BY_TYPE;
        return STARLINGS_OK;
    }
    if (resolution->component[a] != resolution->component[b]) {
        *out_apart = STARLINGS_APART_BY_KEYS;
        return STARLINGS_OK;
    }
    status = stln_entities_match(resolution, &own, x, y, &match);
    if (status == STARLINGS_OK)
        status = stln_clashes_list(resolution, &own, x, y, clashes, capacity, out_count);
    if (status != STARLINGS_OK)
        return stln_fail(&own, status, 0, NULL);
    *out_apart = *out_count > 0 ? STARLINGS_APART_BY_CLASH : STARLINGS_APART_BY_OTHERS;
    if (out_matches != NULL)
        *out_matches = match;
    return STARLINGS_OK;
}

/* ---- refusals */

typedef struct stln_refusal {
    uint32_t bucket;
    uint64_t channel;
    size_t first; /* its sides */
    size_t end;
} stln_refusal;

typedef struct stln_side {
    uint32_t value;
    uint32_t entity;
    uint32_t record;
    starlings_interval valid;
} stln_side;

struct starlings_refusals {
    starlings_allocator allocator;
    starlings_resolution *resolution;
    stln_refusal *refusals;
    size_t count;
    size_t capacity;
    stln_side *sides;
    size_t side_count;
    size_t side_capacity;
};

/* What entities say, kept for all the buckets that they are in. */
typedef struct stln_memory {
    stln_sayings all;
    size_t *first; /* of each entity, by channel and start; SIZE_MAX: not asked for yet */
    size_t *end;
} stln_memory;

/* When the entities of a bucket are in it: timelines, one after the other. */
typedef struct stln_meetings {
    uint32_t *place; /* of each entity of the bucket: its timeline */
    size_t *first;   /* where a timeline begins, and where the last one ends */
    starlings_interval *times;
    uint32_t *order; /* work space */
    uint32_t *other;
    uint32_t *seen; /* by entity: the last bucket in which it met another */
    const starlings_resolution *resolution;
    const struct stln_memory *memory;
    const uint32_t *entries; /* of the bucket, by start */
    size_t count;
    int64_t *furthest; /* the furthest end up to each of them */
} stln_meetings;

typedef struct stln_label_order {
    const stln_entry *entries;
    const uint32_t *labels;
} stln_label_order;

static bool stln_entry_label_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_label_order *order = (const stln_label_order *)ctx;
    uint32_t x = order->labels[order->entries[a].record];
    uint32_t y = order->labels[order->entries[b].record];
    return x != y ? x < y : order->entries[a].valid.start < order->entries[b].valid.start;
}

static void stln_meetings_make(stln_meetings *meet, const starlings_resolution *resolution,
                               const uint32_t *entries, size_t count)
{
    stln_label_order ctx;
    uint32_t places = 0;
    size_t end, used = 0;
    int64_t furthest = STARLINGS_START_OF_TIME;
    ctx.entries = resolution->linker->entries;
    ctx.labels = starlings_partition_labels(resolution->partition);
    meet->resolution = resolution;
    meet->entries = entries;
    meet->count = count;
    for (size_t i = 0; i < count; i++) {
        furthest = stln_time_most(furthest, ctx.entries[entries[i]].valid.end);
        meet->furthest[i] = furthest;
    }
    memcpy(meet->order, entries, count * sizeof *entries);
    stln_order(meet->order, meet->other, count, stln_entry_label_before, &ctx);
    for (size_t i = 0; i < count; i = end) {
        uint32_t entity = ctx.labels[ctx.entries[meet->order[i]].record];
        meet->place[entity] = places;
        meet->first[places++] = used;
        for (end = i; end < count; end++) {
            const stln_entry *entry = ctx.entries + meet->order[end];
            if (ctx.labels[entry->record] != entity)
                break;
            meet->times[used + end - i] = entry->valid;
        }
        used += starlings_timeline_make(meet->times + used, end - i);
    }
    meet->first[places] = used;
}

/* Whether two entities are in the bucket at one time: each interval of the one looks for its place
   among those of the other. */
static bool stln_meetings_have(const stln_meetings *meet, uint32_t a, uint32_t b)
{
    const size_t *x = meet->first + meet->place[a], *y = meet->first + meet->place[b];
    if (x[1] - x[0] > y[1] - y[0]) {
        const size_t *swap = x;
        x = y;
        y = swap;
    }
    for (size_t i = x[0]; i < x[1]; i++) {
        size_t low = y[0], high = y[1];
        while (low < high) { /* the first that ends after this one begins */
            size_t mid = low + (high - low) / 2;
            if (meet->times[mid].end <= meet->times[i].start)
                low = mid + 1;
            else
                high = mid;
        }
        if (low < y[1] && meet->times[low].start < meet->times[i].end)
            return true;
    }
    return false;
}

/* Suspects: what clashes with something of another entity, among sayings [first, end) of the order,
   which are of one channel with one value at a time. Whatever overlaps and is another set is of
   another entity: an entity does not contradict itself but in one record, which is one set. */
static void stln_sayings_mark_one(stln_sayings *all, size_t first, size_t end)
{
    stln_saying *far = NULL, *other = NULL; /* the furthest end so far; that of another set */
    for (size_t i = first; i < end; i++) {
        stln_saying *x = all->items + all->order[i];
        stln_saying *rivals[2];
        rivals[0] = far;
        rivals[1] = other;
        for (int r = 0; r < 2; r++)
            if (rivals[r] != NULL && rivals[r]->valid.end > x->valid.start &&
                (rivals[r]->set != x->set || x->set == STLN_SET_MIXED))
                x->clashes = STLN_SUSPECT;
        if (far == NULL || far->valid.end < x->valid.end) {
            if (far != NULL && (far->set != x->set || x->set == STLN_SET_MIXED))
                other = far;
            far = x;
        } else if ((x->set != far->set || x->set == STLN_SET_MIXED) &&
                   (other == NULL || other->valid.end < x->valid.end)) {
            other = x;
        }
    }
    far = other = NULL; /* now the next start; that of another set */
    for (size_t i = end; i-- > first;) {
        stln_saying *x = all->items + all->order[i];
        if ((far != NULL && far->valid.start < x->valid.end &&
             (far->set != x->set || x->set == STLN_SET_MIXED)) ||
            (other != NULL && other->valid.start < x->valid.end && other->set != x->set))
            x->clashes = STLN_SUSPECT;
        if (far != NULL && (far->set != x->set || x->set == STLN_SET_MIXED))
            other = far;
        far = x;
    }
}

/* Where an attribute has many values, all that is said is suspect, unless nothing clashes. */
static bool stln_sayings_mark_many(stln_sayings *all, size_t first, size_t end)
{
    size_t count = end - first;
    uint32_t *order = (uint32_t *)stln_alloc(&all->allocator, stln_twice(count), sizeof *order);
    stln_claim *claims = (stln_claim *)stln_alloc(&all->allocator, count, sizeof *claims);
    bool fine = order != NULL && claims != NULL;
    for (size_t i = 0; i < count && fine; i++) {
        const stln_saying *item = all->items + all->order[first + i];
        claims[i].channel = item->channel;
        claims[i].record = item->record;
        claims[i].set = item->set;
        claims[i].valid = item->valid;
        order[i] = (uint32_t)i;
    }
    if (fine && stln_claims_clash(all->resolution->linker, claims, order, count, order + count))
        for (size_t i = first; i < end; i++)
            all->items[all->order[i]].clashes = STLN_SUSPECT;
    stln_free(&all->allocator, order, stln_twice(count), sizeof *order);
    stln_free(&all->allocator, claims, count, sizeof *claims);
    return fine;
}

/* Of two suspects that clash, whether their entities meet: then both are sure. */
static bool stln_sayings_sure(stln_sayings *all, const stln_meetings *meet, stln_saying *x,
                              stln_saying *y)
{
    if (y->clashes == 0 || x->entity == y->entity ||
        !starlings_interval_overlaps(x->valid, y->valid) ||
        !stln_sets_clash(all->resolution->linker, x->channel, x->set, y->set) ||
        !stln_meetings_have(meet, x->entity, y->entity))
        return false;
    x->clashes = y->clashes = STLN_SURE;
    return true;
}

/* Whether an entity says anything that clashes with a saying of another. */
static bool stln_entity_clashes(const stln_meetings *meet, const stln_saying *x, uint32_t entity)
{
    const stln_saying *items = meet->memory->all.items;
    size_t low = meet->memory->first[entity], end = meet->memory->end[entity], high = end;
    bool many = stln_channel_is_many(x->channel);
    if (low == SIZE_MAX)
        return false;
    while (low < high) { /* the first of the channel, or the first that ends after x begins */
        size_t mid = low + (high - low) / 2;
        if (items[mid].channel < x->channel || (items[mid].channel == x->channel && !many &&
                                                items[mid].valid.end <= x->valid.start))
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < end && items[low].channel == x->channel && items[low].valid.start < x->valid.end;
         low++)
        if (items[low].valid.end > x->valid.start &&
            stln_sets_clash(meet->resolution->linker, x->channel, x->set, items[low].set))
            return true;
    return false;
}

/* A walk over the entries of a bucket that overlap those of one entity: from the place where each
   interval of it begins, forwards while they begin within it, backwards while any may reach it. */
typedef struct stln_guests {
    size_t interval; /* of the entity's timeline */
    size_t up;
    size_t down;
    bool open; /* the interval has been looked up */
} stln_guests;

/* The next entity that one meets, some more than once, and at times itself or one that it does not
   meet; STARLINGS_NONE: that was all. */
static uint32_t stln_guests_next(const stln_meetings *meet, stln_guests *walk, uint32_t entity)
{
    const stln_entry *entries = meet->resolution->linker->entries;
    const uint32_t *labels = starlings_partition_labels(meet->resolution->partition);
    for (; walk->interval < meet->first[meet->place[entity] + 1]; walk->interval++) {
        starlings_interval when = meet->times[walk->interval];
        if (!walk->open) {
            size_t low = 0, high = meet->count;
            while (low < high) {
                size_t mid = low + (high - low) / 2;
                if (entries[meet->entries[mid]].valid.start < when.start)
                    low = mid + 1;
                else
                    high = mid;
            }
            walk->up = walk->down = low;
            walk->open = true;
        }
        if (walk->up < meet->count && entries[meet->entries[walk->up]].valid.start < when.end)
            return labels[entries[meet->entries[walk->up++]].record];
        if (walk->down > 0 && meet->furthest[walk->down - 1] > when.start)
            return labels[entries[meet->entries[--walk->down]].record];
        walk->open = false;
    }
    return STARLINGS_NONE;
}

/* Whether a suspect is sure: among those that clash with it one is looked for that its entity
   meets, outwards from it, and by turns among those that its entity meets one that clashes with it,
   until either of the two is through. */
static void stln_saying_confirm(stln_sayings *all, const stln_meetings *meet, size_t at,
                                size_t first, size_t end, stln_saying **last)
{
    stln_saying *x = all->items + all->order[at];
    size_t up = at + 1, down = at;
    stln_guests walk;
    memset(&walk, 0, sizeof walk);
    walk.interval = meet->first[meet->place[x->entity]];
    while (x->clashes == STLN_SUSPECT) {
        uint32_t guest = stln_guests_next(meet, &walk, x->entity);
        stln_saying *y;
        if (up < end && all->items[all->order[up]].valid.start >= x->valid.end)
            up = end;
        if (guest == STARLINGS_NONE || (up == end && down == first))
            return;
        if (guest != x->entity && stln_entity_clashes(meet, x, guest) &&
            stln_meetings_have(meet, x->entity, guest))
            x->clashes = STLN_SURE;
        for (int side = 0; side < 2 && x->clashes == STLN_SUSPECT; side++) {
            if (side == 0 ? up == end : down == first)
                continue;
            y = all->items + all->order[side == 0 ? up++ : --down];
            if (stln_sayings_sure(all, meet, x, y))
                *last = y;
        }
    }
}

/* Which suspects, among sayings [first, end) of the order, clash with an entity that theirs meets
   in the bucket. Who made the one before sure, often makes the next. */
static void stln_sayings_confirm(stln_sayings *all, const stln_meetings *meet, size_t first,
                                 size_t end)
{
    stln_saying *last = NULL;
    for (size_t i = first; i < end; i++) {
        stln_saying *x = all->items + all->order[i];
        if (x->clashes != STLN_SUSPECT || (last != NULL && stln_sayings_sure(all, meet, x, last)))
            continue;
        stln_saying_confirm(all, meet, i, first, end, &last);
    }
}

/* The values that a saying stands for become sides. */
static bool stln_side_add(starlings_refusals *list, const stln_saying *saying)
{
    const stln_store *store = list->resolution->store;
    size_t count, begin, end;
    const stln_fact *facts = stln_store_facts(store, saying->record, &count);
    end = stln_facts_of(facts, count, (uint32_t)(saying->channel >> 33), &begin);
    for (size_t f = begin; f < end; f++) {
        void *sides = list->sides;
        bool have;
        if (!starlings_interval_overlaps(facts[f].valid, saying->valid))
            continue;
        have = stln_array_grow(&list->allocator, &sides, &list->side_capacity,
                               list->side_count + 1, sizeof *list->sides);
        list->sides = (stln_side *)sides;
        if (!have)
            return false;
        list->sides[list->side_count].value = facts[f].value;
        list->sides[list->side_count].entity = saying->entity;
        list->sides[list->side_count].record = saying->record;
        (void)starlings_interval_intersect(facts[f].valid, saying->valid,
                                           &list->sides[list->side_count].valid);
        list->side_count++;
    }
    return true;
}

/* Numbers of values, attributes and perspectives say nothing about the order of their texts: ranks
   do. */
typedef struct stln_side_order {
    const stln_store *store;
    const stln_side *sides;
} stln_side_order;

static bool stln_side_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_side_order *order = (const stln_side_order *)ctx;
    const stln_side *x = order->sides + a, *y = order->sides + b;
    if (x->value != y->value)
        return stln_text_compare(stln_value_text(order->store, x->value),
                                 stln_value_text(order->store, y->value)) < 0;
    if (x->entity != y->entity)
        return x->entity < y->entity;
    return starlings_interval_compare(x->valid, y->valid) < 0;
}

/* Sort the sides of one refusal. */
static bool stln_sides_sort(starlings_refusals *list, size_t first)
{
    size_t count = list->side_count - first;
    stln_side *sides = list->sides + first, *sorted;
    uint32_t *order;
    stln_side_order ctx;
    bool done = false;
    ctx.store = list->resolution->store;
    ctx.sides = sides;
    order = (uint32_t *)stln_alloc(&list->allocator, stln_twice(count), sizeof *order);
    sorted = (stln_side *)stln_alloc(&list->allocator, count, sizeof *sorted);
    if (order != NULL && sorted != NULL && count < STARLINGS_NONE) {
        for (size_t i = 0; i < count; i++)
            order[i] = (uint32_t)i;
        stln_order(order, order + count, count, stln_side_before, &ctx);
        for (size_t i = 0; i < count; i++)
            sorted[i] = sides[order[i]];
        memcpy(sides, sorted, count * sizeof *sides);
        done = true;
    }
    stln_free(&list->allocator, order, stln_twice(count), sizeof *order);
    stln_free(&list->allocator, sorted, count, sizeof *sorted);
    return done;
}

/* The refusals of a bucket, one for each channel, of the entities whose sayings are there. */
static starlings_status stln_refusals_of(starlings_refusals *list, stln_sayings *all,
                                         const stln_meetings *meet, uint32_t bucket)
{
    size_t end;
    if (!stln_sayings_sort(all))
        return STARLINGS_ERR_NOMEM;
    for (size_t first = 0; first < all->count; first = end) {
        uint64_t channel = all->items[all->order[first]].channel;
        size_t side_mark = list->side_count;
        void *refusals = list->refusals;
        stln_refusal *refusal;
        bool have;
        end = first + 1;
        while (end < all->count && all->items[all->order[end]].channel == channel)
            end++;
        if (!stln_channel_is_many(channel))
            stln_sayings_mark_one(all, first, end);
        else if (!stln_sayings_mark_many(all, first, end))
            return STARLINGS_ERR_NOMEM;
        stln_sayings_confirm(all, meet, first, end);
        for (size_t i = first; i < end; i++)
            if (all->items[all->order[i]].clashes == STLN_SURE &&
                !stln_side_add(list, all->items + all->order[i]))
                return STARLINGS_ERR_NOMEM;
        if (list->side_count == side_mark)
            continue;
        have = stln_array_grow(&list->allocator, &refusals, &list->capacity, list->count + 1,
                               sizeof *list->refusals);
        list->refusals = (stln_refusal *)refusals;
        if (!have || !stln_sides_sort(list, side_mark))
            return STARLINGS_ERR_NOMEM;
        refusal = list->refusals + list->count++;
        refusal->bucket = bucket;
        refusal->channel = channel;
        refusal->first = side_mark;
        refusal->end = list->side_count;
    }
    return STARLINGS_OK;
}

/* Sort the last ones by channel and start. */
static bool stln_sayings_by_start(stln_sayings *all, size_t first)
{
    stln_saying *items = all->items + first, *sorted;
    size_t count = all->count - first;
    sorted = (stln_saying *)stln_alloc(&all->allocator, count, sizeof *sorted);
    if (sorted == NULL || !stln_sayings_grow_order(all)) {
        stln_free(&all->allocator, sorted, count, sizeof *sorted);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        all->order[i] = (uint32_t)i;
    stln_order(all->order, all->other, count, stln_saying_before, items);
    for (size_t i = 0; i < count; i++)
        sorted[i] = items[all->order[i]];
    if (count > 0)
        memcpy(items, sorted, count * sizeof *items);
    stln_free(&all->allocator, sorted, count, sizeof *sorted);
    return true;
}

/* Add what an entity says. */
static starlings_status stln_sayings_recall(stln_sayings *all, stln_memory *memory, uint32_t entity)
{
    void *items = all->items;
    size_t count;
    bool have;
    if (memory->first[entity] == SIZE_MAX) {
        size_t first = memory->all.count;
        starlings_status status = stln_sayings_add(&memory->all, entity);
        if (status != STARLINGS_OK)
            return status;
        if (!stln_sayings_by_start(&memory->all, first))
            return STARLINGS_ERR_NOMEM;
        memory->first[entity] = first;
        memory->end[entity] = memory->all.count;
    }
    count = memory->end[entity] - memory->first[entity];
    have = stln_array_grow(&all->allocator, &items, &all->capacity, all->count + count,
                           sizeof *all->items);
    all->items = (stln_saying *)items;
    if (!have)
        return STARLINGS_ERR_NOMEM;
    if (count > 0)
        memcpy(all->items + all->count, memory->all.items + memory->first[entity],
               count * sizeof *all->items);
    all->count += count;
    return all->count < STARLINGS_NONE ? STARLINGS_OK : STARLINGS_ERR_RANGE;
}

/* Whether an entity of a bucket, whose entries are entries[0 ... count - 1] by start, overlaps
   another there: its sayings are added, once. */
static starlings_status stln_refusals_gather(stln_sayings *all, stln_memory *memory,
                                             const uint32_t *order, size_t count, uint32_t *seen,
                                             uint32_t bucket)
{
    const stln_entry *entries = all->resolution->linker->entries;
    const uint32_t *labels = starlings_partition_labels(all->resolution->partition);
    starlings_status status = STARLINGS_OK;
    const stln_entry *far = NULL, *other = NULL; /* the furthest end; that of another entity */
    for (size_t i = 0; i < count && status == STARLINGS_OK; i++) {
        const stln_entry *entry = entries + order[i], *rivals[2];
        uint32_t entity = labels[entry->record];
        rivals[0] = far;
        rivals[1] = other;
        for (int r = 0; r < 2; r++) {
            if (rivals[r] == NULL || rivals[r]->valid.end <= entry->valid.start ||
                labels[rivals[r]->record] == entity)
                continue;
            for (int side = 0; side < 2 && status == STARLINGS_OK; side++) {
                uint32_t one = side == 0 ? entity : labels[rivals[r]->record];
                if (seen[one] == bucket)
                    continue;
                seen[one] = bucket;
                status = stln_sayings_recall(all, memory, one);
            }
        }
        if (far == NULL || far->valid.end < entry->valid.end) {
            if (far != NULL && labels[far->record] != entity)
                other = far;
            far = entry;
        } else if (labels[far->record] != entity &&
                   (other == NULL || other->valid.end < entry->valid.end)) {
            other = entry;
        }
    }
    return status;
}

static bool stln_refusal_before(const void *ctx, uint32_t a, uint32_t b)
{
    const starlings_refusals *list = (const starlings_refusals *)ctx;
    const stln_store *store = list->resolution->store;
    uint64_t x = list->refusals[a].channel, y = list->refusals[b].channel;
    uint32_t p = (uint32_t)x, q = (uint32_t)y;
    if (x >> 33 != y >> 33)
        return stln_text_compare(stln_texts_at(&store->attributes, (uint32_t)(x >> 33)),
                                 stln_texts_at(&store->attributes, (uint32_t)(y >> 33))) < 0;
    if (p == q || p == STLN_ANYBODY || q == STLN_ANYBODY)
        return p == q ? x < y : p == STLN_ANYBODY;
    return stln_text_compare(stln_texts_at(&store->perspectives, p),
                             stln_texts_at(&store->perspectives, q)) < 0;
}

/* Sort the refusals of one bucket by attribute and perspective. */
static bool stln_refusals_sort(starlings_refusals *list, size_t first)
{
    size_t count = list->count - first;
    uint32_t *order;
    stln_refusal *sorted;
    bool done = false;
    if (count < 2)
        return true;
    order = (uint32_t *)stln_alloc(&list->allocator, stln_twice(count), sizeof *order);
    sorted = (stln_refusal *)stln_alloc(&list->allocator, count, sizeof *sorted);
    if (order != NULL && sorted != NULL) {
        for (size_t i = 0; i < count; i++)
            order[i] = (uint32_t)(first + i);
        stln_order(order, order + count, count, stln_refusal_before, list);
        for (size_t i = 0; i < count; i++)
            sorted[i] = list->refusals[order[i]];
        memcpy(list->refusals + first, sorted, count * sizeof *sorted);
        done = true;
    }
    stln_free(&list->allocator, order, stln_twice(count), sizeof *order);
    stln_free(&list->allocator, sorted, count, sizeof *sorted);
    return done;
}

/* Runs of entries of one bucket. */
typedef struct stln_runs {
    const starlings_linker *linker;
    const uint32_t *entries;
    const uint32_t *first;
} stln_runs;

static bool stln_runs_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_runs *runs = (const stln_runs *)ctx;
    return stln_bucket_before(runs->linker,
                              runs->linker->entries[runs->entries[runs->first[a]]].bucket,
                              runs->linker->entries[runs->entries[runs->first[b]]].bucket);
}

/* All entries of contested components, by bucket and start, in *order; the buckets that have two or
   more, as they are replayed, in runs->first and *run_order. Returns how many buckets. */
static uint32_t stln_refusals_runs(const starlings_resolution *resolution, stln_scratch *scratch,
                                   stln_runs *runs, uint32_t **out_run_order)
{
    const starlings_linker *linker = resolution->linker;
    uint32_t count = 0, run_count = 0, *entries, *other, *first, *run_order;
    for (uint32_t r = 0; r < resolution->record_count; r++)
        if (stln_bit_test(resolution->contested, r))
            count += linker->entry_first[r + 1] - linker->entry_first[r];
    entries = (uint32_t *)stln_scratch_alloc(scratch, count, sizeof *entries);
    other = (uint32_t *)stln_scratch_alloc(scratch, count, sizeof *other);
    first = (uint32_t *)stln_scratch_alloc(scratch, (size_t)count + 1, sizeof *first);
    run_order = (uint32_t *)stln_scratch_alloc(scratch, count, sizeof *run_order);
    if (scratch->failed)
        return 0;
    count = 0;
    for (uint32_t r = 0; r < resolution->record_count; r++)
        if (stln_bit_test(resolution->contested, r))
            for (uint32_t e = linker->entry_first[r]; e < linker->entry_first[r + 1]; e++)
                entries[count++] = e;
    stln_order(entries, other, count, stln_entry_bucket_before, linker->entries);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 ||
            linker->entries[entries[i]].bucket != linker->entries[entries[i - 1]].bucket) {
            run_order[run_count] = run_count;
            first[run_count++] = i;
        }
    first[run_count] = count;
    runs->linker = linker;
    runs->entries = entries;
    runs->first = first;
    stln_order(run_order, other, run_count, stln_runs_before, runs);
    *out_run_order = run_order;
    return run_count;
}

static bool stln_meetings_open(stln_meetings *meet, stln_scratch *scratch, uint32_t entities,
                               size_t most)
{
    meet->place = (uint32_t *)stln_scratch_alloc(scratch, entities, sizeof(uint32_t));
    meet->seen = (uint32_t *)stln_scratch_alloc(scratch, entities, sizeof(uint32_t));
    meet->first = (size_t *)stln_scratch_alloc(scratch, most + 1, sizeof(size_t));
    meet->furthest = (int64_t *)stln_scratch_alloc(scratch, most, sizeof *meet->furthest);
    meet->times = (starlings_interval *)stln_scratch_alloc(scratch, most, sizeof *meet->times);
    meet->order = (uint32_t *)stln_scratch_alloc(scratch, most, sizeof(uint32_t));
    meet->other = (uint32_t *)stln_scratch_alloc(scratch, most, sizeof(uint32_t));
    for (uint32_t e = 0; e < entities && !scratch->failed; e++)
        meet->seen[e] = STARLINGS_NONE;
    return !scratch->failed;
}

static starlings_status stln_refusals_fill(starlings_refusals *list, const starlings_env *env)
{
    const starlings_resolution *resolution = list->resolution;
    uint32_t entities = starlings_partition_entity_count(resolution->partition), run_count;
    uint32_t *run_order = NULL, most = 0;
    starlings_status status = STARLINGS_OK;
    stln_scratch scratch;
    stln_sayings all;
    stln_runs runs;
    stln_meetings meet;
    stln_memory memory;
    memset(&all, 0, sizeof all);
    memset(&meet, 0, sizeof meet);
    all.resolution = resolution;
    all.allocator = env->allocator;
    memory.all = all;
    meet.memory = &memory;
    stln_scratch_open(&scratch, &env->allocator);
    memory.first = (size_t *)stln_scratch_alloc(&scratch, entities, sizeof(size_t));
    memory.end = (size_t *)stln_scratch_alloc(&scratch, entities, sizeof(size_t));
    for (uint32_t e = 0; e < entities && !scratch.failed; e++)
        memory.first[e] = SIZE_MAX;
    run_count = stln_refusals_runs(resolution, &scratch, &runs, &run_order);
    for (uint32_t i = 0; i < run_count; i++)
        if (runs.first[i + 1] - runs.first[i] > most)
            most = runs.first[i + 1] - runs.first[i];
    if (scratch.failed || !stln_meetings_open(&meet, &scratch, entities, most))
        status = STARLINGS_ERR_NOMEM;
    for (uint32_t i = 0; i < run_count && status == STARLINGS_OK; i++) {
        const uint32_t *run = runs.first + run_order[i];
        uint32_t bucket = runs.linker->entries[runs.entries[run[0]]].bucket;
        size_t mark = list->count;
        all.count = 0;
        if (i % STLN_STEPS_A_REPORT == 0)
            status = stln_report(env, "refusals", i, run_count);
        if (status == STARLINGS_OK)
            status = stln_refusals_gather(&all, &memory, runs.entries + run[0], run[1] - run[0],
                                          meet.seen, bucket);
        if (status == STARLINGS_OK && all.count > 0) {
            stln_meetings_make(&meet, resolution, runs.entries + run[0], run[1] - run[0]);
            status = stln_refusals_of(list, &all, &meet, bucket);
        }
        if (status == STARLINGS_OK && !stln_refusals_sort(list, mark))
            status = STARLINGS_ERR_NOMEM;
    }
    stln_sayings_close(&memory.all);
    stln_sayings_close(&all);
    stln_scratch_close(&scratch);
    return status;
}

starlings_status starlings_refusals_create(starlings_resolution *resolution,
                                           const starlings_env *env,
                                           starlings_refusals **out_refusals)
{
    starlings_env own;
    starlings_refusals *list;
    starlings_status status;
    if (out_refusals == NULL)
        return STARLINGS_ERR_ARG;
    *out_refusals = NULL;
    if (resolution == NULL)
        return STARLINGS_ERR_ARG;
    own = stln_env_of(env, &resolution->allocator);
    list = (starlings_refusals *)stln_alloc(&own.allocator, 1, sizeof *list);
    if (list == NULL)
        return stln_fail(&own, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(list, 0, sizeof *list);
    list->allocator = own.allocator;
    list->resolution = starlings_resolution_retain(resolution);
    status = stln_refusals_fill(list, &own);
    if (status != STARLINGS_OK) {
        starlings_refusals_release(list);
        return stln_fail(&own, status, 0, NULL);
    }
    *out_refusals = list;
    return STARLINGS_OK;
}

void starlings_refusals_release(starlings_refusals *refusals)
{
    starlings_allocator al;
    if (refusals == NULL)
        return;
    al = refusals->allocator;
    starlings_resolution_release(refusals->resolution);
    stln_free(&al, refusals->refusals, refusals->capacity, sizeof *refusals->refusals);
    stln_free(&al, refusals->sides, refusals->side_capacity, sizeof *refusals->sides);
    stln_free(&al, refusals, 1, sizeof *refusals);
}

size_t starlings_refusals_count(const starlings_refusals *refusals)
{
    return refusals != NULL ? refusals->count : 0;
}

bool starlings_refusals_at(const starlings_refusals *refusals, size_t at,
                           starlings_refusal *out_refusal)
{
    const starlings_linker *linker;
    const starlings_ontology *ontology;
    const stln_refusal *refusal;
    uint32_t perspective, key;
    if (out_refusal == NULL)
        return false;
    memset(out_refusal, 0, sizeof *out_refusal);
    if (refusals == NULL || at >= refusals->count)
        return false;
    refusal = refusals->refusals + at;
    linker = refusals->resolution->linker;
    perspective = (uint32_t)refusal->channel;
    ontology = linker->store.ontology;
    key = stln_texts_group(&linker->buckets, refusal->bucket);
    out_refusal->key = stln_texts_at(&ontology->keys, ontology->key_rules[key].name);
    out_refusal->key_values = refusal->bucket;
    out_refusal->attribute =
        stln_texts_at(&linker->store.attributes, (uint32_t)(refusal->channel >> 33));
    if (perspective != STLN_ANYBODY)
        out_refusal->perspective = stln_texts_at(&linker->store.perspectives, perspective);
    out_refusal->side_count = (uint32_t)(refusal->end - refusal->first);
    return true;
}

bool starlings_refusals_side(const starlings_refusals *refusals, size_t at, uint32_t side,
                             starlings_refusal_side *out_side)
{
    const stln_refusal *refusal;
    const stln_side *s;
    if (out_side == NULL)
        return false;
    memset(out_side, 0, sizeof *out_side);
    if (refusals == NULL || at >= refusals->count)
        return false;
    refusal = refusals->refusals + at;
    if (side >= refusal->end - refusal->first)
        return false;
    s = refusals->sides + refusal->first + side;
    out_side->value = stln_value_text(refusals->resolution->store, s->value);
    out_side->entity = s->entity;
    out_side->record = s->record;
    out_side->valid = s->valid;
    return true;
}

/* ---- records from CSV */
/* Rows go to the linker some hundreds at a time. The fields of a row live until the next one is
   read, so a batch keeps copies, in room that is made while the batch is empty: nothing that points
   into it ever moves. A row that does not fit sends the batch on its way first.
   A batch that is refused is sent again row by row, up to the one that is to blame. So the linker
   holds all before it and the error names its line, whatever the reason; and a row that cannot be
   read is told of only when all before it are in. */

#define STLN_ROWS_MOST 256u         /* rows of a batch */
#define STLN_ROWS_BYTES 65536u      /* of text in it, or one row */
#define STLN_ROWS_DESCRIPTORS 4096u /* or those of one row */

static const stln_kind stln_uid_kinds[] = {
    { { "record", NULL }, { NULL, NULL } },
    { { "unique_id", NULL }, { NULL, NULL } },
    { { "uid", NULL }, { NULL, NULL } },
    { { "id", NULL }, { NULL, NULL } },
};
static const stln_kind stln_perspective_kinds[] = {
    { { "source", NULL }, { NULL, NULL } },
    { { "source_dataset", NULL }, { NULL, NULL } },
    { { "perspective", NULL }, { NULL, NULL } },
};
static const stln_kind stln_from_kinds[] = {
    { { "valid_from", NULL }, { NULL, NULL } },
    { { "from", NULL }, { NULL, NULL } },
    { { "start", NULL }, { NULL, NULL } },
};
static const stln_kind stln_to_kinds[] = {
    { { "valid_to", NULL }, { NULL, NULL } },
    { { "to", NULL }, { NULL, NULL } },
    { { "end", NULL }, { NULL, NULL } },
};

enum {
    STLN_ROW_UID = 0,
    STLN_ROW_PERSPECTIVE,
    STLN_ROW_FROM,
    STLN_ROW_TO,
    STLN_ROW_TYPE,
    STLN_ROW_ROLES
};

typedef struct stln_row_reader {
    starlings_linker *linker;
    starlings_csv *csv;
    stln_scratch scratch;
    size_t column[STLN_ROW_ROLES]; /* STLN_NO_COLUMN: there is none */
    starlings_text all_type;
    starlings_text all_perspective;
    bool *marks; /* of columns: an attribute */
    starlings_temporal_record *records; /* the batch */
    uint64_t *lines;
    size_t count;
    starlings_descriptor *descriptors;
    size_t descriptor_count;
    size_t descriptor_capacity;
    char *bytes;
    size_t byte_count;
    size_t byte_capacity;
} stln_row_reader;

/* The column of a role: as given ("" none), else by its usual names, which need not be there if the
   role is optional. */
static starlings_status stln_rows_column(const starlings_csv *csv, const stln_kind *kinds,
                                         size_t kind_count, const char *given, bool optional,
                                         size_t *out_column)
{
    stln_pick pick = { NULL, 0, 1, { NULL, NULL }, { 0, 0 }, NULL };
    bool there = !optional || (given != NULL && given[0] != '\0');
    starlings_status status;
    *out_column = STLN_NO_COLUMN;
    pick.kinds = kinds;
    pick.kind_count = kind_count;
    pick.given[0] = given;
    for (size_t i = 0, at; i < kind_count && given == NULL; i++)
        there = there || stln_column_count(csv, kinds[i].name[0], &at) > 0;
    if (!there)
        return STARLINGS_OK;
    status = stln_pick_columns(csv, &pick);
    *out_column = pick.column[0];
    return status;
}

/* The columns of all roles; what is left is attributes. */
static starlings_status stln_rows_columns(stln_row_reader *reader,
                                          const starlings_record_columns *names)
{
    const starlings_csv *csv = reader->csv;
    size_t *column = reader->column;
    starlings_status status = stln_rows_column(csv, stln_uid_kinds, STLN_COUNT(stln_uid_kinds),
                                               names->uid, false, &column[STLN_ROW_UID]);
    if (status == STARLINGS_OK)
        status = stln_rows_column(csv, stln_perspective_kinds, STLN_COUNT(stln_perspective_kinds),
                                  names->perspective, true, &column[STLN_ROW_PERSPECTIVE]);
    if (status == STARLINGS_OK)
        status = stln_rows_column(csv, stln_from_kinds, STLN_COUNT(stln_from_kinds), names->from,
                                  true, &column[STLN_ROW_FROM]);
    if (status == STARLINGS_OK)
        status = stln_rows_column(csv, stln_to_kinds, STLN_COUNT(stln_to_kinds), names->to, true,
                                  &column[STLN_ROW_TO]);
    if (status == STARLINGS_OK)
        status = stln_rows_column(csv, NULL, 0, names->type, true, &column[STLN_ROW_TYPE]);
    for (size_t c = 0; c < csv->header_count; c++)
        reader->marks[c] = true;
    for (size_t i = 0; i < STLN_ROW_ROLES && status == STARLINGS_OK; i++) {
        if (column[i] == STLN_NO_COLUMN)
            continue;
        if (!reader->marks[column[i]])
            return stln_column_fail(csv, STARLINGS_ERR_ARG, "one column is named for two things");
        reader->marks[column[i]] = false;
    }
    return status;
}

/* A plain integer: digits, a minus in front or not. */
static bool stln_time_parse_plain(starlings_text text, int64_t *out_time)
{
    bool negative = text.size > 0 && text.text[0] == '-';
    uint64_t most = (uint64_t)INT64_MAX + negative, number = 0;
    if (text.size == (size_t)negative)
        return false;
    for (size_t i = negative; i < text.size; i++) {
        uint32_t digit = (uint32_t)(unsigned char)text.text[i] - '0';
        if (digit > 9 || number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out_time = !negative ? (int64_t)number
                : number == most ? INT64_MIN
                                 : -(int64_t)number;
    return true;
}

/* The time in a column, which may be none; else, and where the field is empty, *out_time stays. */
static starlings_status stln_rows_time(const starlings_csv *csv, const starlings_text *fields,
                                       size_t column, int64_t *out_time)
{
    int64_t time;
    if (column == STLN_NO_COLUMN || fields[column].size == 0)
        return STARLINGS_OK;
    if (starlings_date_parse(fields[column], &time) != STARLINGS_OK &&
        !stln_time_parse_plain(fields[column], &time)) {
        stln_row_fail(csv, STARLINGS_ERR_FORMAT, column);
        stln_error_say(csv->env.error, " ");
        stln_error_quoted(csv->env.error, fields[column]);
        stln_error_say(csv->env.error, " is neither a date nor an integer");
        return STARLINGS_ERR_FORMAT;
    }
    *out_time = time;
    return STARLINGS_OK;
}

/* When a row holds. */
static starlings_status stln_rows_valid(const stln_row_reader *reader,
                                        const starlings_text *fields,
                                        starlings_interval *out_valid)
{
    const size_t *column = reader->column;
    const starlings_csv *csv = reader->csv;
    starlings_status status;
    out_valid->start = STARLINGS_START_OF_TIME;
    out_valid->end = STARLINGS_END_OF_TIME;
    status = stln_rows_time(csv, fields, column[STLN_ROW_FROM], &out_valid->start);
    if (status == STARLINGS_OK)
        status = stln_rows_time(csv, fields, column[STLN_ROW_TO], &out_valid->end);
    if (status != STARLINGS_OK || out_valid->start < out_valid->end)
        return status;
    stln_csv_fail(csv, STARLINGS_ERR_FORMAT, "the row holds from ");
    for (size_t i = STLN_ROW_FROM; i <= STLN_ROW_TO; i++) {
        starlings_text text = stln_text_of(NULL);
        if (column[i] != STLN_NO_COLUMN)
            text = fields[column[i]];
        stln_error_say(csv->env.error, i == STLN_ROW_FROM ? "" : " to ");
        stln_error_quoted(csv->env.error, text);
    }
    stln_error_say(csv->env.error, ": that is no time at all");
    return STARLINGS_ERR_FORMAT;
}

/* Give the batch to the linker; it is empty then, also after an error. */
static starlings_status stln_rows_flush(stln_row_reader *reader)
{
    starlings_linker *linker = reader->linker;
    starlings_error *error = linker->env.error;
    starlings_status status = STARLINGS_OK;
    size_t count = reader->count;
    reader->count = reader->descriptor_count = reader->byte_count = 0;
    if (count == 0)
        return STARLINGS_OK;
    linker->env.error = NULL;
    status = starlings_linker_add(linker, reader->records, count, NULL);
    linker->env.error = error;
    if (status == STARLINGS_OK)
        return STARLINGS_OK;
    if (status == STARLINGS_ERR_CANCELLED) /* no row is to blame */
        return stln_fail(&linker->env, status, 0, NULL);
    status = STARLINGS_OK;
    for (size_t i = 0; i < count && status == STARLINGS_OK; i++) {
        status = starlings_linker_add(linker, &reader->records[i], 1, NULL);
        if (status != STARLINGS_OK)
            error->line = reader->lines[i];
    }
    return status;
}

/* Room for one more row with so much text and so many descriptors. */
static starlings_status stln_rows_room(stln_row_reader *reader, size_t bytes, size_t descriptors)
{
    stln_scratch *scratch = &reader->scratch;
    starlings_status status = STARLINGS_OK;
    if (reader->count == STLN_ROWS_MOST || bytes > reader->byte_capacity - reader->byte_count ||
        descriptors > reader->descriptor_capacity - reader->descriptor_count)
        status = stln_rows_flush(reader);
    if (status != STARLINGS_OK)
        return status;
    if (bytes > reader->byte_capacity) { /* the batch is empty, here and below */
        stln_scratch_drop(scratch, reader->bytes, false);
        reader->byte_capacity = bytes < STLN_ROWS_BYTES ? STLN_ROWS_BYTES : bytes;
        reader->bytes = (char *)stln_scratch_alloc(scratch, reader->byte_capacity, 1);
    }
    if (descriptors > reader->descriptor_capacity) {
        stln_scratch_drop(scratch, reader->descriptors, false);
        reader->descriptor_capacity =
            descriptors < STLN_ROWS_DESCRIPTORS ? STLN_ROWS_DESCRIPTORS : descriptors;
        reader->descriptors = (starlings_descriptor *)stln_scratch_alloc(
            scratch, reader->descriptor_capacity, sizeof *reader->descriptors);
    }
    return scratch->failed ? stln_fail(&reader->csv->env, STARLINGS_ERR_NOMEM, 0, NULL)
                           : STARLINGS_OK;
}

/* Copy a text to where it lives as long as the batch. */
static starlings_text stln_rows_keep(stln_row_reader *reader, starlings_text text)
{
    char *to = reader->bytes + reader->byte_count;
    if (text.size > 0)
        memcpy(to, text.text, text.size);
    reader->byte_count += text.size;
    text.text = to;
    return text;
}

/* The text that a record has in a column, or what all have if there is no column. */
static starlings_text stln_rows_identity(stln_row_reader *reader, const starlings_text *fields,
                                         uint32_t role, starlings_text all)
{
    size_t column = reader->column[role];
    return column == STLN_NO_COLUMN ? all : stln_rows_keep(reader, fields[column]);
}

/* How far the value goes that begins here: to a semicolon or the end. */
static const char *stln_rows_value_end(const char *at, const char *end)
{
    const char *stop = (const char *)memchr(at, ';', (size_t)(end - at));
    return stop != NULL ? stop : end;
}

/* The most values that a field can have. */
static size_t stln_rows_value_count(starlings_text field)
{
    const char *at = field.text, *end = at + field.size;
    size_t count = 0;
    for (; at < end; count++) {
        at = stln_rows_value_end(at, end);
        at += at < end;
    }
    return count;
}

/* The values between semicolons; empty ones are none. */
static void stln_rows_values(stln_row_reader *reader, starlings_text attribute,
                             starlings_text values, starlings_interval valid)
{
    const char *at = values.text, *end = at + values.size;
    while (at < end) {
        starlings_descriptor *descriptor = reader->descriptors + reader->descriptor_count;
        const char *stop = stln_rows_value_end(at, end);
        if (stop > at) {
            descriptor->attribute = attribute;
            descriptor->value.text = at;
            descriptor->value.size = (size_t)(stop - at);
            descriptor->valid = valid;
            reader->descriptor_count++;
        }
        at = stop < end ? stop + 1 : end;
    }
}

/* Put a good row into the batch; there is room. */
static void stln_rows_put(stln_row_reader *reader, const starlings_text *fields,
                          starlings_interval valid)
{
    const starlings_csv *csv = reader->csv;
    starlings_temporal_record *record = &reader->records[reader->count];
    starlings_descriptor *descriptors = reader->descriptors + reader->descriptor_count;
    size_t before = reader->descriptor_count;
    record->type = stln_rows_identity(reader, fields, STLN_ROW_TYPE, reader->all_type);
    record->perspective = stln_rows_identity(reader, fields, STLN_ROW_PERSPECTIVE,
                                             reader->all_perspective);
    record->uid = stln_rows_keep(reader, fields[reader->column[STLN_ROW_UID]]);
    for (size_t c = 0; c < csv->header_count; c++)
        if (reader->marks[c] && fields[c].size > 0)
            stln_rows_values(reader, csv->header[c], stln_rows_keep(reader, fields[c]), valid);
    record->descriptors = descriptors;
    record->descriptor_count = reader->descriptor_count - before;
    reader->lines[reader->count++] = csv->line;
}

/* Check a row as a whole and take it. */
static starlings_status stln_rows_take(stln_row_reader *reader, const starlings_text *fields)
{
    const starlings_csv *csv = reader->csv;
    size_t uid = reader->column[STLN_ROW_UID], bytes = 0, descriptors = 0;
    size_t perspective = reader->column[STLN_ROW_PERSPECTIVE];
    starlings_interval valid;
    starlings_status status;
    if (fields[uid].size == 0)
        return stln_row_empty(csv, uid);
    if (perspective != STLN_NO_COLUMN && fields[perspective].size == 0)
        return stln_row_empty(csv, perspective);
    status = stln_rows_valid(reader, fields, &valid);
    if (status != STARLINGS_OK)
        return status;
    for (size_t c = 0; c < csv->header_count; c++) {
        bytes += fields[c].size;
        descriptors += stln_rows_value_count(fields[c]);
    }
    status = stln_rows_room(reader, bytes, descriptors);
    if (status == STARLINGS_OK)
        stln_rows_put(reader, fields, valid);
    return status;
}

static starlings_status stln_rows_read(stln_row_reader *reader,
                                       const starlings_record_columns *names)
{
    const starlings_text *fields = NULL;
    starlings_csv *csv = reader->csv;
    starlings_status status, last;
    starlings_error error;
    uint64_t rows = 0;
    reader->marks = (bool *)stln_scratch_alloc(&reader->scratch, csv->header_count,
                                               sizeof *reader->marks);
    reader->records = (starlings_temporal_record *)stln_scratch_alloc(
        &reader->scratch, STLN_ROWS_MOST, sizeof *reader->records);
    reader->lines = (uint64_t *)stln_scratch_alloc(&reader->scratch, STLN_ROWS_MOST,
                                                   sizeof *reader->lines);
    if (reader->scratch.failed)
        return stln_fail(&csv->env, STARLINGS_ERR_NOMEM, 0, NULL);
    status = stln_rows_columns(reader, names);
    if (status != STARLINGS_OK)
        return status;
    do {
        status = stln_row_next(csv, "read records", &rows, &fields);
        if (status == STARLINGS_OK && fields != NULL)
            status = stln_rows_take(reader, fields);
    } while (status == STARLINGS_OK && fields != NULL);
    error = *csv->env.error; /* that of the row after those in the batch */
    last = stln_rows_flush(reader);
    if (last == STARLINGS_OK)
        *csv->env.error = error;
    return last == STARLINGS_OK ? status : last;
}

/* Whether columns and texts for all records contradict each other. */
static starlings_status stln_rows_check_names(const starlings_csv *csv,
                                              const starlings_record_columns *names)
{
    if (names->all_type != NULL && names->type != NULL && names->type[0] != '\0')
        return stln_fail(&csv->env, STARLINGS_ERR_ARG, 0,
                         "there is a column of types, and a type for all");
    if (names->all_perspective != NULL && names->perspective != NULL &&
        names->perspective[0] != '\0')
        return stln_fail(&csv->env, STARLINGS_ERR_ARG, 0,
                         "there is a column of perspectives, and a perspective for all");
    return STARLINGS_OK;
}

starlings_status starlings_linker_read_csv(starlings_linker *linker, starlings_csv *csv,
                                           const starlings_record_columns *columns)
{
    starlings_error error, *csv_error, *linker_error;
    starlings_record_columns names;
    starlings_status status;
    stln_row_reader reader;
    if (linker == NULL || csv == NULL)
        return STARLINGS_ERR_ARG;
    memset(&names, 0, sizeof names);
    if (columns != NULL)
        names = *columns;
    memset(&reader, 0, sizeof reader);
    reader.linker = linker;
    reader.csv = csv;
    reader.all_type = stln_text_of(names.all_type);
    reader.all_perspective = stln_text_of(names.all_perspective);
    stln_scratch_open(&reader.scratch, &csv->env.allocator);
    /* Both have an error to fill, or one, or none: they get the same one. */
    memset(&error, 0, sizeof error);
    csv_error = csv->env.error;
    linker_error = linker->env.error;
    csv->env.error = linker->env.error = &error;
    status = stln_rows_check_names(csv, &names);
    if (status == STARLINGS_OK)
        status = stln_rows_read(&reader, &names);
    stln_scratch_close(&reader.scratch);
    csv->env.error = csv_error;
    linker->env.error = linker_error;
    if (status != STARLINGS_OK && csv_error != NULL)
        *csv_error = error;
    if (status != STARLINGS_OK && linker_error != NULL)
        *linker_error = error;
    return status;
}

/* ==== [S83 CONFLICT] what contradicts itself =============================== */
/* One question is asked of many groups of voices. A voice is a fact and the record that says it; it
   stands on a side. Wherever two or more sides have a voice at the same time, that is a conflict,
   and it lasts as long as the same sides have one:

     side a   [0                10)  [10       20)      two records say a, one after the other
     side b          [5                15)
              conflict: [5, 15) between a and b; all three voices are its parties

     kind              the voices of a group                                   sides
     DIRECT            an entity's, of an attribute that is not `many`         values
     WITHIN_RECORD     the same of one record, where the attribute is strong   values
     UNIQUE            an entity's, of an attribute; many or not               values
                       all of one value of an attribute, of records of a type  entities
     UNIQUE_WITHIN     both, of the records of one perspective
   A rule that is for all types holds in each of them: what records of different types say is never
   compared, as keys do not compare it either.

   INDIRECT is read off the refusals (S87). A refusal becomes one conflict for each of the longest
   intervals at all of whose times two of its entities have different values; its parties are those
   that have a value at any time of it. So this list is about as long as that of the refusals, where
   one conflict for each set of sides could be as long as its square. What several keys refused is
   listed once.

   Two algorithms give the same list:
     sweep   starts and ends in the order of time, an end before a start of the same time; the
             voices that are open are kept in a list. Where a side comes or goes for good (not if
             it goes and comes at one time) the interval ends. O(d log d) and what is written.
     atoms   the voices of a side become a timeline, all timelines are cut at all their ends, and a
             conflict is a piece that two or more cover: neighbours never have the same sides. Then
             each voice is put into the pieces that it overlaps. O(d log d) and what is covered.
   BEST takes the atoms if fewer than half of the 2 d ends are distinct, else the sweep; for each
   group by itself.

   Most entities contradict nothing, so a first pass looks for suspects, in parallel: attributes
   with a value that meets, in time, the hull of what was seen of others. Only suspects are gathered
   and sorted. The pass may suspect too much, never too little.

   C1  voices of a group are sorted by the text of the value, record, start; so the parties of a
       conflict are sorted when they are listed by the number of their voice.
   C2  sides of a group are numbered from 0, fewer than its voices.
   C3  a list of conflicts is sorted when it is done, and no two are equal in all.
   C4  what lies in one entity depends on its records alone. So with a list from before, an entity
       that has the same records as one had then takes over what was found of it.

   The text form is a CSV with the header kind,attribute,perspective,from,to,parties. Its rows are
   sorted as bytes; fields are in quotes where RFC 4180 wants them:
     kind         direct | within_record | indirect | unique | unique_within
     perspective  empty unless the conflict is about records of one perspective
     from, to     integers; empty: unbounded
     parties      party ; party ...    sorted as bytes
     party        value = record       what the record says
     record       perspective : uid  or, of a record that has a type,  type : perspective : uid
   without the blanks. In a value, type, perspective or uid the marks ; = : \ have a \ before them.
   No number of a record, entity or value shows, so equal sets of records give equal bytes.

   Cost: O(facts) for the suspects; d log d for the d facts of a suspect and for those of all unique
   attributes; what is written. 48 bytes a conflict, 8 a party; some 250 bytes a fact of the largest
   suspect as work space. Measured: 1,000,000 records of 8 facts in 200,000 entities with 172,000
   conflicts take 0.75 s, with two workers 0.62 s; with a list from before 0.16 s.
   Sources: Bentley, Ottmann 1979 (sweeps); Snodgrass 2000 (coalescing). */

typedef struct stln_conflict {
    uint32_t kind;
    uint32_t attribute;
    uint32_t perspective; /* STARLINGS_NONE: none */
    uint32_t entity;      /* STARLINGS_NONE: several */
    starlings_interval valid;
    size_t first; /* of its parties */
    uint32_t party_count;
} stln_conflict;

/* Its entity is that of its record. */
typedef struct stln_party {
    uint32_t value;
    uint32_t record;
} stln_party;

struct starlings_conflicts {
    starlings_allocator allocator;
    starlings_resolution *resolution;
    stln_conflict *conflicts;
    size_t count;
    size_t capacity;
    stln_party *parties;
    size_t party_count;
    size_t party_capacity;
};

/* ---- orders */
/* 0, 1, 2 ... sorted. */
static void stln_order_make(uint32_t *order, uint32_t *spare, uint32_t count, stln_before *before,
                            const void *ctx)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    stln_order(order, spare, count, before, ctx);
}

/* The place of each text of a table in the order of bytes, from 1 on. */
static bool stln_texts_rank(const stln_texts *texts, stln_scratch *scratch, uint32_t **out_rank)
{
    uint32_t *rank = (uint32_t *)stln_scratch_alloc(scratch, texts->count, sizeof *rank);
    stln_text_item *items =
        (stln_text_item *)stln_scratch_alloc(scratch, texts->count, sizeof *items);
    stln_text_item *spare =
        (stln_text_item *)stln_scratch_alloc(scratch, texts->count, sizeof *spare);
    if (scratch->failed)
        return false;
    for (uint32_t i = 0; i < texts->count; i++) {
        items[i].rank = 0;
        items[i].id = i;
    }
    stln_text_sort(texts, items, spare, texts->count);
    for (uint32_t i = 0; i < texts->count; i++)
        rank[items[i].id] = i + 1;
    stln_scratch_drop(scratch, items, false);
    stln_scratch_drop(scratch, spare, false);
    *out_rank = rank;
    return true;
}

/* ---- rules of all attributes */
/* The flags of (type, attribute), for the types and attributes that the ontology names; one row
   more is for all other types. Other attributes have none. Where this would be more than there are
   facts, there are no rows and the ontology is asked. */
#define STLN_FLAGS_FEW 65536u /* flags that are no more to speak of, however few facts there are */
typedef struct stln_flags {
    const starlings_ontology *ontology;
    const uint8_t *rows; /* or NULL */
    uint32_t types;
    uint32_t attributes;
    bool unique; /* there are some of these at all */
} stln_flags;

/* Whether any attribute is unique in any way, for records of any type. */
static bool stln_flags_any_unique(const starlings_ontology *ontology)
{
    uint32_t said = 0;
    for (uint32_t a = 0; a < ontology->attributes.count; a++)
        said |= ontology->for_all[a].flags;
    for (uint32_t pair = 0; pair < ontology->pairs.count; pair++)
        said |= ontology->own[pair].flags;
    return (said & (STLN_UNIQUE | STLN_UNIQUE_WITHIN)) != 0;
}

static bool stln_flags_make(const starlings_ontology *ontology, size_t facts,
                            stln_scratch *scratch, stln_flags *flags)
{
    uint64_t cells = ((uint64_t)ontology->types.count + 1) * ontology->attributes.count;
    uint8_t *rows;
    flags->ontology = ontology;
    flags->rows = NULL;
    flags->types = ontology->types.count;
    flags->attributes = ontology->attributes.count;
    flags->unique = stln_flags_any_unique(ontology);
    if (cells > STLN_FLAGS_FEW && cells > facts)
        return true;
    rows = (uint8_t *)stln_scratch_alloc(scratch, (size_t)cells, 1);
    flags->rows = rows;
    if (scratch->failed)
        return false;
    for (uint32_t t = 0; t <= flags->types; t++)
        for (uint32_t a = 0; a < flags->attributes; a++) {
            uint32_t type = t < flags->types ? t : STARLINGS_NONE;
            uint32_t said = stln_ontology_rules(ontology, type, a);
            *rows++ = (uint8_t)said;
        }
    return true;
}

STLN_INLINE uint32_t stln_flags_of(const stln_flags *flags, uint32_t type, uint32_t attribute)
{
    size_t row = type < flags->types ? type : flags->types;
    if (attribute >= flags->attributes)
        return 0;
    return flags->rows != NULL ? flags->rows[row * flags->attributes + attribute]
                               : stln_ontology_rules(flags->ontology, type, attribute);
}

/* Whether several values of an attribute at once are a conflict of any kind. */
STLN_INLINE bool stln_flags_single(uint32_t flags)
{
    return (flags & STLN_MANY) == 0 || (flags & (STLN_UNIQUE | STLN_UNIQUE_WITHIN)) != 0;
}

/* ---- the suspects */
#define STLN_SUSPECT_PART 2048u /* records that are worth a worker */

/* What a part has seen of an attribute in the entity that it looks at. */
typedef struct stln_seen {
    uint32_t entity;
    uint32_t value;
    bool mixed; /* there were others */
    starlings_interval hull;
} stln_seen;

typedef struct stln_suspect_job {
    const stln_store *store;
    const starlings_partition *partition;
    const stln_flags *flags;
    stln_seen *seen; /* attribute_count of each part */
    bool *suspect;   /* of each entity; those to be left out are false and `skip` */
    const uint32_t *skip; /* of each entity, other than NONE: leave it out; or NULL */
    uint32_t parts;
} stln_suspect_job;

/* Take a fact to what was seen; true if it may contradict something. */
static bool stln_seen_take(stln_seen *seen, uint32_t entity, const stln_fact *fact)
{
    if (seen->entity != entity) {
        seen->entity = entity;
        seen->value = fact->value;
        seen->mixed = false;
        seen->hull = fact->valid;
        return false;
    }
    if (seen->mixed || seen->value != fact->value) {
        if (starlings_interval_overlaps(seen->hull, fact->valid))
            return true;
        seen->mixed = true;
    }
    seen->hull.start = stln_time_least(seen->hull.start, fact->valid.start);
    seen->hull.end = stln_time_most(seen->hull.end, fact->valid.end);
    return false;
}

static bool stln_suspect_entity(const stln_suspect_job *job, stln_seen *seen, uint32_t entity)
{
    const stln_store *store = job->store;
    starlings_span span = starlings_partition_entity(job->partition, entity);
    uint32_t type = store->type[span.records[0]];
    for (uint32_t i = 0; i < span.count; i++) {
        uint32_t r = span.records[i];
        for (size_t f = store->first[r]; f < store->first[r + 1]; f++) {
            const stln_fact *fact = &store->facts[f];
            if (stln_flags_single(stln_flags_of(job->flags, type, fact->attribute)) &&
                stln_seen_take(&seen[fact->attribute], entity, fact))
                return true;
        }
    }
    return false;
}

static void stln_suspect_task(void *ctx, uint32_t task)
{
    const stln_suspect_job *job = (const stln_suspect_job *)ctx;
    size_t count = job->partition->entity_count, attributes = job->store->attributes.count;
    size_t end = stln_part(count, task + 1, job->parts);
    stln_seen *seen = job->seen + task * attributes;
    for (size_t a = 0; a < attributes; a++)
        seen[a].entity = STARLINGS_NONE;
    for (size_t e = stln_part(count, task, job->parts); e < end; e++)
        job->suspect[e] = (job->skip == NULL || job->skip[e] == STARLINGS_NONE) &&
                          stln_suspect_entity(job, seen, (uint32_t)e);
}

/* ---- groups of voices */
typedef struct stln_voice {
    uint32_t attribute;
    uint32_t value;
    uint32_t record;
    uint32_t side;
    starlings_interval valid;
} stln_voice;

/* The board on which groups are laid out, with room for `room` voices. */
typedef struct stln_board {
    const starlings_env *env;
    const stln_store *store;
    const starlings_partition *partition;
    stln_flags flags;
    starlings_conflict_method method;
    starlings_conflicts *out;
    stln_scratch scratch; /* of the room alone */
    size_t room;
    stln_voice *voices;
    stln_voice *sorted; /* the voices in another order */
    uint32_t *order;
    uint32_t *spare;
    uint32_t *by_start;
    uint32_t *by_end;
    uint32_t *active; /* voices that are open */
    uint32_t *place;  /* of each open voice in `active` */
    uint32_t *listed; /* voices since the sides last changed; of atoms: the last voice in each */
    uint32_t *holding; /* of each side: how many voices are open; of atoms: how many cover it */
    uint32_t *left;    /* of each side: when it last went */
    starlings_interval *lines; /* timelines of the sides */
    starlings_interval *atoms; /* twice as long, like the next two and `listed` and `holding` */
    int64_t *times;
    size_t *into; /* of each atom: where its next party goes */
} stln_board;

/* Room for a group of so many voices; what was there is gone. */
static starlings_status stln_board_reserve(stln_board *b, size_t count)
{
    size_t room = stln_grown(b->room, count);
    stln_scratch *scratch = &b->scratch;
    if (count <= b->room)
        return STARLINGS_OK;
    if (count > UINT32_MAX / 4)
        return stln_fail(b->env, STARLINGS_ERR_RANGE, 0, "too many facts in one place");
    stln_scratch_close(scratch);
    b->room = 0;
    b->voices = (stln_voice *)stln_scratch_alloc(scratch, room, sizeof *b->voices);
    b->sorted = (stln_voice *)stln_scratch_alloc(scratch, room, sizeof *b->sorted);
    b->order = (uint32_t *)stln_scratch_alloc(scratch, room, sizeof *b->order);
    b->spare = (uint32_t *)stln_scratch_alloc(scratch, room, sizeof *b->spare);
    b->by_start = (uint32_t *)stln_scratch_alloc(scratch, room, sizeof *b->by_start);
    b->by_end = (uint32_t *)stln_scratch_alloc(scratch, room, sizeof *b->by_end);
    b->active = (uint32_t *)stln_scratch_alloc(scratch, room, sizeof *b->active);
    b->place = (uint32_t *)stln_scratch_alloc(scratch, room, sizeof *b->place);
    b->left = (uint32_t *)stln_scratch_alloc(scratch, room, sizeof *b->left);
    b->listed = (uint32_t *)stln_scratch_alloc(scratch, 2 * room, sizeof *b->listed);
    b->holding = (uint32_t *)stln_scratch_alloc(scratch, 2 * room, sizeof *b->holding);
    b->times = (int64_t *)stln_scratch_alloc(scratch, 2 * room, sizeof *b->times);
    b->lines = (starlings_interval *)stln_scratch_alloc(scratch, room, sizeof *b->lines);
    b->atoms = (starlings_interval *)stln_scratch_alloc(scratch, 2 * room, sizeof *b->atoms);
    b->into = (size_t *)stln_scratch_alloc(scratch, 2 * room, sizeof *b->into);
    if (scratch->failed)
        return stln_fail(b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    b->room = room;
    return STARLINGS_OK;
}

/* Orders of voices. */
static bool stln_voice_starts(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_voice *voices = (const stln_voice *)ctx;
    return voices[a].valid.start < voices[b].valid.start;
}

static bool stln_voice_ends(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_voice *voices = (const stln_voice *)ctx;
    return voices[a].valid.end < voices[b].valid.end;
}

static bool stln_voice_sides(const void *ctx, uint32_t a, uint32_t b) /* then by start */
{
    const stln_voice *voices = (const stln_voice *)ctx;
    return voices[a].side != voices[b].side ? voices[a].side < voices[b].side
                                            : voices[a].valid.start < voices[b].valid.start;
}

static bool stln_voice_records(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_voice *voices = (const stln_voice *)ctx;
    return voices[a].record < voices[b].record;
}

/* Orders of board->voices. */
static bool stln_board_values(const void *ctx, uint32_t a, uint32_t b) /* C1 */
{
    const stln_board *board = (const stln_board *)ctx;
    const stln_voice *x = &board->voices[a], *y = &board->voices[b];
    if (x->attribute != y->attribute)
        return x->attribute < y->attribute;
    if (x->value != y->value)
        return stln_text_compare(stln_value_text(board->store, x->value),
                                 stln_value_text(board->store, y->value)) < 0;
    if (x->record != y->record)
        return x->record < y->record;
    return x->valid.start < y->valid.start;
}

static bool stln_board_types(const void *ctx, uint32_t a, uint32_t b) /* of one value */
{
    const stln_board *board = (const stln_board *)ctx;
    const stln_voice *x = &board->voices[a], *y = &board->voices[b];
    if (x->attribute != y->attribute)
        return x->attribute < y->attribute;
    if (board->store->type[x->record] != board->store->type[y->record])
        return board->store->type[x->record] < board->store->type[y->record];
    if (x->record != y->record)
        return x->record < y->record;
    return x->valid.start < y->valid.start;
}

/* Orders of other voices: the context is a view of them. */
typedef struct stln_voice_view {
    const stln_board *board;
    const stln_voice *voices;
} stln_voice_view;

static bool stln_voice_perspectives(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_voice_view *view = (const stln_voice_view *)ctx;
    const uint32_t *perspective = view->board->store->perspective;
    return perspective[view->voices[a].record] < perspective[view->voices[b].record];
}

static bool stln_voice_entities(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_voice_view *view = (const stln_voice_view *)ctx;
    const uint32_t *entity = view->board->partition->labels;
    return entity[view->voices[a].record] < entity[view->voices[b].record];
}

/* ---- what is found */
/* Room for one more conflict with so many parties. */
static starlings_status stln_conflicts_reserve(starlings_conflicts *out, const starlings_env *env,
                                               size_t count, size_t parties)
{
    size_t wanted = out->party_count + parties, capacity;
    if (count > STARLINGS_NONE - 1 - out->count)
        return stln_fail(env, STARLINGS_ERR_RANGE, 0, "too many conflicts");
    if (out->count + count > out->capacity) {
        stln_conflict *grown;
        capacity = stln_grown(out->capacity, out->count + count);
        grown = (stln_conflict *)stln_realloc(&out->allocator, out->conflicts, out->capacity,
                                              capacity, sizeof *grown);
        if (grown == NULL)
            return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
        out->conflicts = grown;
        out->capacity = capacity;
    }
    if (wanted > out->party_capacity) {
        stln_party *grown;
        capacity = stln_grown(out->party_capacity, wanted);
        grown = (stln_party *)stln_realloc(&out->allocator, out->parties, out->party_capacity,
                                           capacity, sizeof *grown);
        if (grown == NULL)
            return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
        out->parties = grown;
        out->party_capacity = capacity;
    }
    return STARLINGS_OK;
}

STLN_INLINE bool stln_voice_same(const stln_voice *a, const stln_voice *b)
{
    return a->value == b->value && a->record == b->record;
}

/* The next time at which something of a group starts or ends; `ends` is not the last one. */
static int64_t stln_group_next(const stln_board *b, const stln_voice *voices,
                               uint32_t count, uint32_t starts, uint32_t ends)
{
    int64_t time = voices[b->by_end[ends]].valid.end;
    if (starts < count)
        time = stln_time_least(time, voices[b->by_start[starts]].valid.start);
    return time;
}

/* ---- the sweep */
typedef struct stln_scan {
    uint32_t active;
    uint32_t listed;
    uint32_t sides; /* that have an open voice */
    uint32_t went;  /* sides that went at this time and did not come back, and that came */
    uint32_t came;
    uint32_t tick;
} stln_scan;

static void stln_scan_end(stln_board *b, stln_scan *s, uint32_t voice, uint32_t side)
{
    uint32_t last = b->active[--s->active];
    b->active[b->place[voice]] = last;
    b->place[last] = b->place[voice];
    if (--b->holding[side] == 0) {
        b->left[side] = s->tick;
        s->went++;
    }
}

static void stln_scan_start(stln_board *b, stln_scan *s, uint32_t voice, uint32_t side)
{
    b->place[voice] = s->active;
    b->active[s->active++] = voice;
    if (b->holding[side]++ > 0)
        return;
    if (b->left[side] == s->tick)
        s->went--;
    else
        s->came++;
}

/* Write down a conflict between the listed voices. */
static starlings_status stln_scan_emit(stln_board *b, const stln_voice *voices,
                                        const stln_scan *s, const stln_conflict *about)
{
    starlings_conflicts *out = b->out;
    stln_conflict *conflict;
    starlings_status status = stln_conflicts_reserve(out, b->env, 1, s->listed);
    if (status != STARLINGS_OK)
        return status;
    stln_order(b->listed, b->spare, s->listed, stln_number_before, NULL);
    conflict = &out->conflicts[out->count++];
    *conflict = *about;
    conflict->first = out->party_count;
    for (uint32_t i = 0; i < s->listed; i++) {
        const stln_voice *voice = &voices[b->listed[i]];
        if (i > 0 && stln_voice_same(voice, &voices[b->listed[i - 1]]))
            continue; /* a record that said so, paused, and said so again */
        out->parties[out->party_count].value = voice->value;
        out->parties[out->party_count++].record = voice->record;
    }
    conflict->party_count = (uint32_t)(out->party_count - conflict->first);
    return STARLINGS_OK;
}

/* Go on to the next time: what ends there, then what starts; returns the time. */
static int64_t stln_scan_step(stln_board *b, const stln_voice *voices, uint32_t count,
                               stln_scan *s, uint32_t *starts, uint32_t *ends)
{
    int64_t time = stln_group_next(b, voices, count, *starts, *ends);
    s->tick++;
    s->went = s->came = 0;
    for (; *ends < count && voices[b->by_end[*ends]].valid.end == time; ++*ends)
        stln_scan_end(b, s, b->by_end[*ends], voices[b->by_end[*ends]].side);
    for (; *starts < count && voices[b->by_start[*starts]].valid.start == time; ++*starts)
        stln_scan_start(b, s, b->by_start[*starts], voices[b->by_start[*starts]].side);
    return time;
}

/* All conflicts of a group, whose voices lie in order in by_start and by_end. Voices are listed
   only while there is a conflict, so the work for that is paid by what is written. */
static starlings_status stln_group_sweep(stln_board *b, const stln_voice *voices, uint32_t count,
                                         const stln_conflict *about)
{
    starlings_status status = STARLINGS_OK;
    stln_conflict found = *about;
    stln_scan s;
    uint32_t starts = 0, ends = 0;
    memset(&s, 0, sizeof s);
    memset(b->holding, 0, count * sizeof *b->holding);
    memset(b->left, 0, count * sizeof *b->left);
    while (ends < count && status == STARLINGS_OK) {
        uint32_t before = starts, sides = s.sides;
        int64_t time = stln_scan_step(b, voices, count, &s, &starts, &ends);
        s.sides = sides + s.came - s.went;
        if (s.came + s.went == 0) {
            for (; sides > 1 && before < starts; before++)
                b->listed[s.listed++] = b->by_start[before];
            continue;
        }
        found.valid.end = time;
        if (sides > 1)
            status = stln_scan_emit(b, voices, &s, &found);
        found.valid.start = time;
        s.listed = s.sides > 1 ? s.active : 0;
        memcpy(b->listed, b->active, s.listed * sizeof *b->listed);
    }
    return status;
}

/* ---- atoms */
/* The first atom that ends behind a time. */
static uint32_t stln_atom_at(const starlings_interval *atoms, uint32_t count, int64_t time)
{
    uint32_t low = 0;
    while (low < count) {
        uint32_t middle = low + (count - low) / 2;
        if (atoms[middle].end <= time)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* The timeline of each side, one behind the other, in board->lines; returns how many intervals. */
static uint32_t stln_group_timelines(stln_board *b, const stln_voice *voices, uint32_t count)
{
    uint32_t kept = 0;
    stln_order_make(b->order, b->spare, count, stln_voice_sides, voices);
    for (uint32_t i = 0; i < count; i++) {
        const stln_voice *voice = &voices[b->order[i]];
        bool same = i > 0 && voice->side == voices[b->order[i - 1]].side;
        if (same && voice->valid.start <= b->lines[kept - 1].end)
            b->lines[kept - 1].end = stln_time_most(b->lines[kept - 1].end, voice->valid.end);
        else
            b->lines[kept++] = voice->valid;
    }
    return kept;
}

/* Put voices into the atoms that they overlap and that are conflicts: those that two or more cover.
   Twice: to count the parties of each, in `into`, and to write them. */
static void stln_atoms_put(stln_board *b, const stln_voice *voices, uint32_t count, uint32_t atoms,
                           stln_party *parties)
{
    memset(b->listed, 0xFF, atoms * sizeof *b->listed);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = stln_atom_at(b->atoms, atoms, voices[i].valid.start);
        for (; at < atoms && b->atoms[at].start < voices[i].valid.end; at++) {
            uint32_t last = b->listed[at];
            if (b->holding[at] < 2 ||
                (last != STARLINGS_NONE && stln_voice_same(&voices[i], &voices[last])))
                continue;
            b->listed[at] = i;
            if (parties != NULL) {
                parties[b->into[at]].value = voices[i].value;
                parties[b->into[at]].record = voices[i].record;
            }
            b->into[at]++;
        }
    }
}

/* Write down the atoms that are conflicts. */
static starlings_status stln_atoms_emit(stln_board *b, const stln_voice *voices, uint32_t count,
                                        uint32_t atoms, const stln_conflict *about)
{
    starlings_conflicts *out = b->out;
    starlings_status status;
    size_t parties = 0, found = 0;
    memset(b->into, 0, atoms * sizeof *b->into);
    stln_atoms_put(b, voices, count, atoms, NULL);
    for (uint32_t i = 0; i < atoms; i++) {
        parties += b->into[i];
        found += b->holding[i] > 1;
    }
    status = stln_conflicts_reserve(out, b->env, found, parties);
    for (uint32_t i = 0; i < atoms && status == STARLINGS_OK; i++) {
        stln_conflict *conflict;
        if (b->holding[i] < 2)
            continue;
        conflict = &out->conflicts[out->count];
        *conflict = *about;
        conflict->valid = b->atoms[i];
        conflict->first = out->party_count;
        conflict->party_count = (uint32_t)b->into[i];
        out->party_count += b->into[i];
        b->into[i] = conflict->first;
        out->count++;
    }
    if (status == STARLINGS_OK)
        stln_atoms_put(b, voices, count, atoms, out->parties);
    return status;
}

static starlings_status stln_group_atoms(stln_board *b, const stln_voice *voices, uint32_t count,
                                         const stln_conflict *about)
{
    uint32_t lines = stln_group_timelines(b, voices, count);
    uint32_t atoms = (uint32_t)starlings_timeline_atoms(b->lines, lines, b->times, b->atoms);
    memset(b->holding, 0, atoms * sizeof *b->holding);
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t at = stln_atom_at(b->atoms, atoms, b->lines[i].start);
        for (; at < atoms && b->atoms[at].start < b->lines[i].end; at++)
            b->holding[at]++;
    }
    return stln_atoms_emit(b, voices, count, atoms, about);
}

/* ---- groups, whatever the method */
/* How many times something starts or ends. */
static size_t stln_group_boundaries(const stln_board *b, const stln_voice *voices, uint32_t count)
{
    uint32_t s = 0, e = 0;
    size_t distinct = 0;
    for (; e < count; distinct++) {
        int64_t time = stln_group_next(b, voices, count, s, e);
        while (s < count && voices[b->by_start[s]].valid.start == time)
            s++;
        while (e < count && voices[b->by_end[e]].valid.end == time)
            e++;
    }
    return distinct;
}

/* Whether a group is for the atoms: the documents' rule, if the caller has none. */
static bool stln_group_by_atoms(const stln_board *b, const stln_voice *voices, uint32_t count)
{
    if (b->method != STARLINGS_CONFLICT_BEST)
        return b->method == STARLINGS_CONFLICT_ATOMS;
    return stln_group_boundaries(b, voices, count) < count; /* less than half of 2 * count */
}

/* All conflicts of a group that has its sides. */
static starlings_status stln_group_find(stln_board *b, const stln_voice *voices, uint32_t count,
                                        const stln_conflict *about)
{
    stln_order_make(b->by_start, b->spare, count, stln_voice_starts, voices);
    stln_order_make(b->by_end, b->spare, count, stln_voice_ends, voices);
    return stln_group_by_atoms(b, voices, count) ? stln_group_atoms(b, voices, count, about)
                                                 : stln_group_sweep(b, voices, count, about);
}

/* Sides from values, of voices that are sorted by them (C1); returns how many there are. */
static uint32_t stln_group_values(stln_voice *voices, uint32_t count)
{
    uint32_t sides = 0;
    for (uint32_t i = 0; i < count; i++) {
        sides += i == 0 || voices[i].value != voices[i - 1].value;
        voices[i].side = sides - 1;
    }
    return sides;
}

/* Sides from entities. */
static uint32_t stln_group_entities(stln_board *b, stln_voice *voices, uint32_t count)
{
    const uint32_t *entity = b->partition->labels;
    uint32_t sides = 0, last = STARLINGS_NONE;
    stln_voice_view view;
    view.board = b;
    view.voices = voices;
    stln_order_make(b->order, b->spare, count, stln_voice_entities, &view);
    for (uint32_t i = 0; i < count; i++) {
        stln_voice *voice = &voices[b->order[i]];
        sides += i == 0 || entity[voice->record] != last;
        last = entity[voice->record];
        voice->side = sides - 1;
    }
    return sides;
}

/* The conflicts of a group between its values (in an entity) or its entities (then it has one
   value). */
static starlings_status stln_board_group(stln_board *b, stln_voice *voices, uint32_t count,
                                         const stln_conflict *about)
{
    uint32_t sides = about->entity != STARLINGS_NONE ? stln_group_values(voices, count)
                                                     : stln_group_entities(b, voices, count);
    return sides > 1 ? stln_group_find(b, voices, count, about) : STARLINGS_OK;
}

/* Sort board->voices. */
static void stln_board_arrange(stln_board *b, uint32_t count, stln_before *before)
{
    stln_voice *voices = b->voices;
    stln_order_make(b->order, b->spare, count, before, b);
    for (uint32_t i = 0; i < count; i++)
        b->sorted[i] = voices[b->order[i]];
    b->voices = b->sorted;
    b->sorted = voices;
}

/* The same for each perspective, or for each record, by itself. */
static starlings_status stln_board_split(stln_board *b, const stln_voice *voices, uint32_t count,
                                         stln_conflict about)
{
    bool within = about.kind == STARLINGS_CONFLICT_UNIQUE_WITHIN;
    const uint32_t *perspective = b->store->perspective;
    starlings_status status = STARLINGS_OK;
    uint32_t run = 0;
    stln_voice_view view;
    view.board = b;
    view.voices = voices;
    if (within)
        stln_order_make(b->order, b->spare, count, stln_voice_perspectives, &view);
    else
        stln_order_make(b->order, b->spare, count, stln_voice_records, voices);
    for (uint32_t i = 0; i < count; i++)
        b->sorted[i] = voices[b->order[i]];
    for (uint32_t i = 1; i <= count && status == STARLINGS_OK; i++) {
        uint32_t x = b->sorted[run].record, y = b->sorted[i < count ? i : run].record;
        if (i < count && (within ? perspective[x] == perspective[y] : x == y))
            continue;
        if (within)
            about.perspective = perspective[x];
        if (i - run > 1)
            status = stln_board_group(b, b->sorted + run, i - run, &about);
        run = i;
    }
    return status;
}

/* ---- one entity */
static void stln_board_take(stln_board *b, uint32_t at, uint32_t record, const stln_fact *fact)
{
    stln_voice *voice = &b->voices[at];
    voice->attribute = fact->attribute;
    voice->value = fact->value;
    voice->record = record;
    voice->side = 0;
    voice->valid = fact->valid;
}

/* Conflicts from `from` on are of another kind as well. Their parties are kept once. */
static starlings_status stln_board_repeat(stln_board *b, size_t from, uint32_t kind)
{
    starlings_conflicts *out = b->out;
    size_t count = out->count - from;
    starlings_status status = stln_conflicts_reserve(out, b->env, count, 0);
    for (size_t i = 0; i < count && status == STARLINGS_OK; i++) {
        out->conflicts[out->count] = out->conflicts[from + i];
        out->conflicts[out->count++].kind = kind;
    }
    return status;
}

/* What an entity says of one attribute, sorted (C1). */
static starlings_status stln_board_attribute(stln_board *b, stln_voice *voices, uint32_t count,
                                             uint32_t entity)
{
    uint32_t type = b->store->type[voices[0].record];
    uint32_t flags = stln_flags_of(&b->flags, type, voices[0].attribute);
    bool many = (flags & STLN_MANY) != 0;
    size_t before = b->out->count;
    starlings_status status = STARLINGS_OK;
    stln_conflict about;
    memset(&about, 0, sizeof about);
    about.attribute = voices[0].attribute;
    about.entity = entity;
    about.perspective = STARLINGS_NONE;
    about.kind = many ? STARLINGS_CONFLICT_UNIQUE : STARLINGS_CONFLICT_DIRECT;
    if (!many || (flags & STLN_UNIQUE) != 0)
        status = stln_board_group(b, voices, count, &about);
    if (!many && b->out->count == before)
        return status; /* and so there is none of any other kind */
    if (status == STARLINGS_OK && !many && (flags & STLN_UNIQUE) != 0)
        status = stln_board_repeat(b, before, STARLINGS_CONFLICT_UNIQUE);
    about.kind = STARLINGS_CONFLICT_UNIQUE_WITHIN;
    if (status == STARLINGS_OK && (flags & STLN_UNIQUE_WITHIN) != 0)
        status = stln_board_split(b, voices, count, about);
    about.kind = STARLINGS_CONFLICT_WITHIN_RECORD;
    if (status == STARLINGS_OK && !many && (flags & STLN_STRONG) != 0)
        status = stln_board_split(b, voices, count, about);
    return status;
}

/* All that an entity says becomes voices; *out_count is how many. Without `all` those are left out
   that are no conflict whatever happens. */
static starlings_status stln_board_load(stln_board *b, uint32_t entity, bool all,
                                        uint32_t *out_count)
{
    const stln_store *store = b->store;
    starlings_span span = starlings_partition_entity(b->partition, entity);
    starlings_status status;
    size_t facts = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < span.count; i++)
        facts += store->first[span.records[i] + 1] - store->first[span.records[i]];
    status = stln_board_reserve(b, facts);
    for (uint32_t i = 0; i < span.count && status == STARLINGS_OK; i++) {
        uint32_t r = span.records[i], type = store->type[r];
        for (size_t f = store->first[r]; f < store->first[r + 1]; f++) {
            const stln_fact *fact = &store->facts[f];
            if (all || stln_flags_single(stln_flags_of(&b->flags, type, fact->attribute)))
                stln_board_take(b, count++, r, fact);
        }
    }
    *out_count = count;
    return status;
}

static starlings_status stln_board_entity(stln_board *b, uint32_t entity)
{
    uint32_t count = 0, run = 0;
    starlings_status status = stln_board_load(b, entity, false, &count);
    if (status == STARLINGS_OK)
        stln_board_arrange(b, count, stln_board_values);
    for (uint32_t i = 1; i <= count && status == STARLINGS_OK; i++)
        if (i == count || b->voices[i].attribute != b->voices[run].attribute) {
            status = stln_board_attribute(b, b->voices + run, i - run, entity);
            run = i;
        }
    return status;
}

/* ---- a value in several entities */
/* Where a fact is. */
typedef struct stln_fact_place {
    uint32_t record;
    uint32_t at; /* behind the first fact of the record */
} stln_fact_place;

/* All facts of unique attributes, as (value, number) in `keys`; with NULL they are only counted. */
static size_t stln_unique_facts(const stln_board *b, uint64_t *keys, stln_fact_place *places)
{
    const stln_store *store = b->store;
    size_t count = 0;
    for (uint32_t r = 0; r < b->partition->record_count; r++)
        for (size_t f = store->first[r]; f < store->first[r + 1]; f++) {
            const stln_fact *fact = &store->facts[f];
            uint32_t flags = stln_flags_of(&b->flags, store->type[r], fact->attribute);
            if ((flags & (STLN_UNIQUE | STLN_UNIQUE_WITHIN)) == 0)
                continue;
            if (keys != NULL) {
                keys[count] = (uint64_t)fact->value << 32 | count;
                places[count].record = r;
                places[count].at = (uint32_t)(f - store->first[r]);
            }
            count++;
        }
    return count;
}

/* The voices of one value, of an attribute of records of one type. */
static starlings_status stln_board_shared(stln_board *b, stln_voice *voices, uint32_t count)
{
    uint32_t type = b->store->type[voices[0].record];
    uint32_t flags = stln_flags_of(&b->flags, type, voices[0].attribute);
    starlings_status status = STARLINGS_OK;
    stln_conflict about;
    memset(&about, 0, sizeof about);
    about.attribute = voices[0].attribute;
    about.entity = STARLINGS_NONE;
    about.perspective = STARLINGS_NONE;
    about.kind = STARLINGS_CONFLICT_UNIQUE;
    if ((flags & STLN_UNIQUE) != 0)
        status = stln_board_group(b, voices, count, &about);
    about.kind = STARLINGS_CONFLICT_UNIQUE_WITHIN;
    if (status == STARLINGS_OK && (flags & STLN_UNIQUE_WITHIN) != 0)
        status = stln_board_split(b, voices, count, about);
    return status;
}

/* All voices of one value of any attributes: `count` keys. */
static starlings_status stln_board_value(stln_board *b, const uint64_t *keys, size_t count,
                                         const stln_fact_place *places)
{
    const stln_store *store = b->store;
    uint32_t entity = b->partition->labels[places[(uint32_t)keys[0]].record], run = 0;
    bool several = false;
    starlings_status status;
    for (size_t i = 1; i < count && !several; i++)
        several = b->partition->labels[places[(uint32_t)keys[i]].record] != entity;
    if (!several)
        return STARLINGS_OK;
    status = stln_board_reserve(b, count);
    if (status != STARLINGS_OK)
        return status;
    for (uint32_t i = 0; i < count; i++) {
        const stln_fact_place *place = &places[(uint32_t)keys[i]];
        stln_board_take(b, i, place->record,
                        &store->facts[store->first[place->record] + place->at]);
    }
    stln_board_arrange(b, (uint32_t)count, stln_board_types);
    for (uint32_t i = 1; i <= count && status == STARLINGS_OK; i++) {
        const stln_voice *x = &b->voices[run], *y = &b->voices[i < count ? i : run];
        if (i < count && x->attribute == y->attribute &&
            store->type[x->record] == store->type[y->record])
            continue;
        if (i - run > 1)
            status = stln_board_shared(b, b->voices + run, i - run);
        run = i;
    }
    return status;
}

static starlings_status stln_board_unique(stln_board *b)
{
    starlings_status status = STARLINGS_OK;
    size_t count = b->flags.unique ? stln_unique_facts(b, NULL, NULL) : 0, run = 0;
    stln_fact_place *places;
    uint64_t *keys, *other;
    stln_scratch scratch;
    if (count >= UINT32_MAX)
        return stln_fail(b->env, STARLINGS_ERR_RANGE, 0, "too many facts of unique attributes");
    if (count < 2)
        return STARLINGS_OK;
    stln_scratch_open(&scratch, &b->env->allocator);
    keys = (uint64_t *)stln_scratch_alloc(&scratch, count, sizeof *keys);
    other = (uint64_t *)stln_scratch_alloc(&scratch, count, sizeof *other);
    places = (stln_fact_place *)stln_scratch_alloc(&scratch, count, sizeof *places);
    if (scratch.failed)
        status = stln_fail(b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    else {
        (void)stln_unique_facts(b, keys, places);
        keys = stln_sort_u64(keys, other, count, 32);
    }
    for (size_t i = 1; i <= count && status == STARLINGS_OK; i++) {
        if (i < count && keys[i] >> 32 == keys[run] >> 32)
            continue;
        if (i - run > 1)
            status = stln_board_value(b, keys + run, i - run, places);
        run = i;
    }
    stln_scratch_close(&scratch);
    return status;
}

/* ---- what was refused */
/* The longest intervals at all of whose times there are two values and two entities, in
   board->atoms; sides are values, and `place` has numbers for entities. */
static uint32_t stln_group_quarrels(stln_board *b, const stln_voice *voices, uint32_t count)
{
    uint32_t s = 0, e = 0, runs = 0, values = 0, entities = 0;
    bool open = false;
    memset(b->holding, 0, count * sizeof *b->holding);
    memset(b->left, 0, count * sizeof *b->left);
    while (e < count) {
        int64_t time = stln_group_next(b, voices, count, s, e);
        bool now;
        for (; e < count && voices[b->by_end[e]].valid.end == time; e++) {
            values -= --b->holding[voices[b->by_end[e]].side] == 0;
            entities -= --b->left[b->place[b->by_end[e]]] == 0;
        }
        for (; s < count && voices[b->by_start[s]].valid.start == time; s++) {
            values += b->holding[voices[b->by_start[s]].side]++ == 0;
            entities += b->left[b->place[b->by_start[s]]]++ == 0;
        }
        now = values > 1 && entities > 1;
        if (now && !open)
            b->atoms[runs].start = time;
        if (!now && open)
            b->atoms[runs++].end = time;
        open = now;
    }
    return runs;
}

/* The conflicts of one refusal. */
static starlings_status stln_board_refusal(stln_board *b, const starlings_refusals *refusals,
                                           const stln_refusal *refusal)
{
    size_t sides = refusal->end - refusal->first;
    uint32_t count = (uint32_t)sides, runs;
    starlings_status status = stln_board_reserve(b, sides);
    stln_conflict about;
    if (status != STARLINGS_OK)
        return status;
    memset(&about, 0, sizeof about);
    about.kind = STARLINGS_CONFLICT_INDIRECT;
    about.attribute = (uint32_t)(refusal->channel >> 33);
    about.perspective = (uint32_t)refusal->channel; /* STLN_ANYBODY is none */
    about.entity = STARLINGS_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const stln_side *side = &refusals->sides[refusal->first + i];
        b->voices[i].attribute = about.attribute;
        b->voices[i].value = side->value;
        b->voices[i].record = side->record;
        b->voices[i].valid = side->valid;
    }
    stln_board_arrange(b, count, stln_board_values);
    (void)stln_group_entities(b, b->voices, count);
    for (uint32_t i = 0; i < count; i++)
        b->place[i] = b->voices[i].side;
    (void)stln_group_values(b->voices, count);
    stln_order_make(b->by_start, b->spare, count, stln_voice_starts, b->voices);
    stln_order_make(b->by_end, b->spare, count, stln_voice_ends, b->voices);
    runs = stln_group_quarrels(b, b->voices, count);
    for (uint32_t i = 0; i < runs; i++)
        b->holding[i] = 2; /* all of them are conflicts */
    return stln_atoms_emit(b, b->voices, count, runs, &about);
}

static starlings_status stln_board_refused(stln_board *b, starlings_resolution *resolution)
{
    starlings_refusals *refusals = NULL;
    starlings_status status = starlings_refusals_create(resolution, b->env, &refusals);
    for (size_t i = 0; status == STARLINGS_OK && i < refusals->count; i++)
        status = stln_board_refusal(b, refusals, &refusals->refusals[i]);
    starlings_refusals_release(refusals);
    return status;
}

/* ---- what is known from before */
/* known[e]: the entity of a partition before that has the same records, or STARLINGS_NONE. */
static void stln_entities_known(const starlings_partition *now, const starlings_partition *then,
                                uint32_t *known)
{
    for (uint32_t e = 0; e < now->entity_count; e++) {
        starlings_span span = starlings_partition_entity(now, e);
        uint32_t old = starlings_partition_entity_of(then, span.records[0]);
        bool same = old != STARLINGS_NONE &&
                    starlings_partition_entity(then, old).count == span.count;
        for (uint32_t i = 0; i < span.count && same; i++)
            same = starlings_partition_entity_of(then, span.records[i]) == old;
        known[e] = same ? old : STARLINGS_NONE;
    }
}

/* Take over what was found of the entities that are known (C4). */
static starlings_status stln_board_copy(stln_board *b, const starlings_conflicts *previous,
                                        const uint32_t *known)
{
    const starlings_partition *then = previous->resolution->partition;
    starlings_conflicts *out = b->out;
    starlings_status status = STARLINGS_OK;
    stln_scratch scratch;
    uint32_t *now;
    stln_scratch_open(&scratch, &b->env->allocator);
    now = (uint32_t *)stln_scratch_alloc(&scratch, then->entity_count, sizeof *now);
    if (now == NULL)
        return stln_fail(b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(now, 0xFF, then->entity_count * sizeof *now);
    for (uint32_t e = 0; e < b->partition->entity_count; e++)
        if (known[e] != STARLINGS_NONE)
            now[known[e]] = e;
    for (size_t i = 0; i < previous->count && status == STARLINGS_OK; i++) {
        const stln_conflict *from = &previous->conflicts[i];
        if (from->entity == STARLINGS_NONE || now[from->entity] == STARLINGS_NONE)
            continue;
        status = stln_conflicts_reserve(out, b->env, 1, from->party_count);
        if (status == STARLINGS_OK) {
            stln_conflict *conflict = &out->conflicts[out->count++];
            *conflict = *from;
            conflict->entity = now[from->entity];
            conflict->first = out->party_count;
            memcpy(out->parties + out->party_count, previous->parties + from->first,
                   from->party_count * sizeof *out->parties);
            out->party_count += from->party_count;
        }
    }
    stln_scratch_close(&scratch);
    return status;
}

/* ---- all entities */
/* How many parts to look for suspects in: workers, as long as what they need stays below what the
   facts take. */
static uint32_t stln_suspect_parts(const stln_board *b, const stln_crew *crew)
{
    const stln_store *store = b->store;
    size_t parts = b->partition->record_count / STLN_SUSPECT_PART + 1;
    size_t most = 1 + store->first[store->count] / ((size_t)store->attributes.count + 1);
    return (uint32_t)stln_min_size(stln_min_size(parts, most), crew->count);
}

static starlings_status stln_board_suspects(stln_board *b, stln_scratch *scratch,
                                            const uint32_t *skip, bool *suspect)
{
    stln_suspect_job job;
    stln_crew crew;
    starlings_status status = stln_crew_open(&crew, b->env);
    if (status != STARLINGS_OK)
        return status;
    job.store = b->store;
    job.partition = b->partition;
    job.flags = &b->flags;
    job.suspect = suspect;
    job.skip = skip;
    job.parts = stln_suspect_parts(b, &crew);
    job.seen = (stln_seen *)stln_scratch_alloc(
        scratch, (size_t)b->store->attributes.count + 1, job.parts * sizeof *job.seen);
    if (scratch->failed)
        status = stln_fail(b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    else
        stln_crew_run(&crew, job.parts, stln_suspect_task, &job);
    stln_crew_close(&crew);
    return status;
}

#define STLN_CONFLICT_REPORT 65536u /* entities between two reports */

static starlings_status stln_board_entities(stln_board *b, stln_scratch *scratch,
                                            const starlings_conflicts *previous)
{
    uint32_t count = b->partition->entity_count, *known = NULL;
    bool *suspect = (bool *)stln_scratch_alloc(scratch, count, sizeof *suspect);
    starlings_status status = STARLINGS_OK;
    if (previous != NULL)
        known = (uint32_t *)stln_scratch_alloc(scratch, count, sizeof *known);
    if (scratch->failed)
        return stln_fail(b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    if (previous != NULL) {
        stln_entities_known(b->partition, previous->resolution->partition, known);
        status = stln_board_copy(b, previous, known);
    }
    if (status == STARLINGS_OK)
        status = stln_board_suspects(b, scratch, known, suspect);
    for (uint32_t e = 0; e < count && status == STARLINGS_OK; e++) {
        if (suspect[e])
            status = stln_board_entity(b, e);
        if (status == STARLINGS_OK && e % STLN_CONFLICT_REPORT == 0)
            status = stln_report(b->env, "conflicts", e, count);
    }
    return status == STARLINGS_OK ? stln_report(b->env, "conflicts", count, count) : status;
}

/* ---- the list */
typedef struct stln_conflict_order {
    const stln_store *store;
    const starlings_conflicts *list;
    const uint32_t *attribute; /* ranks */
    const uint32_t *perspective;
} stln_conflict_order;

static int stln_conflict_compare_parties(const stln_conflict_order *order, const stln_conflict *x,
                                         const stln_conflict *y)
{
    const stln_party *a = order->list->parties + x->first, *b = order->list->parties + y->first;
    for (uint32_t i = 0; i < x->party_count && i < y->party_count; i++) {
        if (a[i].value != b[i].value)
            return stln_text_compare(stln_value_text(order->store, a[i].value),
                                     stln_value_text(order->store, b[i].value));
        if (a[i].record != b[i].record)
            return a[i].record < b[i].record ? -1 : 1;
    }
    return x->party_count < y->party_count ? -1 : x->party_count > y->party_count;
}

static uint32_t stln_conflict_perspective(const stln_conflict_order *order, const stln_conflict *x)
{
    return x->perspective == STARLINGS_NONE ? 0 : order->perspective[x->perspective];
}

static int stln_conflict_compare(const stln_conflict_order *order, const stln_conflict *x,
                                 const stln_conflict *y)
{
    uint32_t a = stln_conflict_perspective(order, x), b = stln_conflict_perspective(order, y);
    int by_time;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->attribute != y->attribute)
        return order->attribute[x->attribute] < order->attribute[y->attribute] ? -1 : 1;
    if (a != b)
        return a < b ? -1 : 1;
    by_time = starlings_interval_compare(x->valid, y->valid);
    return by_time != 0 ? by_time : stln_conflict_compare_parties(order, x, y);
}

static bool stln_conflict_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_conflict_order *order = (const stln_conflict_order *)ctx;
    return stln_conflict_compare(order, &order->list->conflicts[a], &order->list->conflicts[b]) < 0;
}

/* C3. */
static starlings_status stln_conflicts_sort(starlings_conflicts *list, const stln_store *store,
                                            stln_scratch *scratch, const starlings_env *env)
{
    stln_conflict_order order;
    uint32_t count = (uint32_t)list->count, *attribute = NULL, *perspective = NULL, *numbers;
    uint32_t *spare;
    stln_conflict *sorted;
    (void)stln_texts_rank(&store->attributes, scratch, &attribute);
    (void)stln_texts_rank(&store->perspectives, scratch, &perspective);
    numbers = (uint32_t *)stln_scratch_alloc(scratch, count, sizeof *numbers);
    spare = (uint32_t *)stln_scratch_alloc(scratch, count, sizeof *spare);
    sorted = (stln_conflict *)stln_scratch_alloc(scratch, count, sizeof *sorted);
    if (scratch->failed)
        return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
    order.store = store;
    order.list = list;
    order.attribute = attribute;
    order.perspective = perspective;
    stln_order_make(numbers, spare, count, stln_conflict_before, &order);
    list->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const stln_conflict *next = &list->conflicts[numbers[i]];
        if (i == 0 || stln_conflict_compare(&order, &sorted[list->count - 1], next) != 0)
            sorted[list->count++] = *next;
    }
    if (list->count > 0)
        memcpy(list->conflicts, sorted, list->count * sizeof *sorted);
    return STARLINGS_OK;
}

static void stln_conflicts_free(starlings_conflicts *list)
{
    starlings_allocator allocator = list->allocator;
    stln_free(&allocator, list->conflicts, list->capacity, sizeof *list->conflicts);
    stln_free(&allocator, list->parties, list->party_capacity, sizeof *list->parties);
    starlings_resolution_release(list->resolution);
    stln_free(&allocator, list, 1, sizeof *list);
}

static starlings_status stln_conflicts_fill(starlings_conflicts *list, const starlings_env *env,
                                            const starlings_conflicts_desc *desc)
{
    const stln_store *store = list->resolution->store;
    starlings_status status = STARLINGS_OK;
    stln_scratch scratch;
    stln_board board;
    memset(&board, 0, sizeof board);
    board.env = env;
    board.store = store;
    board.partition = list->resolution->partition;
    board.method = desc->method;
    board.out = list;
    stln_scratch_open(&scratch, &env->allocator);
    stln_scratch_open(&board.scratch, &env->allocator);
    if (!stln_flags_make(store->ontology, store->first[store->count], &scratch, &board.flags))
        status = stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
    if (status == STARLINGS_OK)
        status = stln_board_entities(&board, &scratch, desc->previous);
    if (status == STARLINGS_OK)
        status = stln_board_unique(&board);
    if (status == STARLINGS_OK)
        status = stln_board_refused(&board, list->resolution);
    stln_scratch_close(&board.scratch);
    stln_scratch_close(&scratch);
    if (status == STARLINGS_OK)
        status = stln_conflicts_sort(list, store, &scratch, env);
    stln_scratch_close(&scratch);
    return status;
}

starlings_status starlings_conflicts_create(const starlings_conflicts_desc *desc,
                                            starlings_conflicts **out_conflicts)
{
    starlings_env env;
    starlings_conflicts *list;
    starlings_status status;
    if (out_conflicts == NULL)
        return STARLINGS_ERR_ARG;
    *out_conflicts = NULL;
    if (desc == NULL || desc->resolution == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, &desc->resolution->allocator);
    if (desc->method < STARLINGS_CONFLICT_BEST || desc->method > STARLINGS_CONFLICT_ATOMS)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "there is no such method");
    if (desc->previous != NULL && desc->previous->resolution->store != desc->resolution->store)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "the previous list is of another linker");
    list = (starlings_conflicts *)stln_alloc(&env.allocator, 1, sizeof *list);
    if (list == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(list, 0, sizeof *list);
    list->allocator = env.allocator;
    list->resolution = starlings_resolution_retain(desc->resolution);
    status = stln_conflicts_fill(list, &env, desc);
    if (status != STARLINGS_OK) {
        stln_conflicts_free(list);
        return status;
    }
    *out_conflicts = list;
    return STARLINGS_OK;
}

void starlings_conflicts_release(starlings_conflicts *conflicts)
{
    if (conflicts != NULL)
        stln_conflicts_free(conflicts);
}

size_t starlings_conflicts_count(const starlings_conflicts *conflicts)
{
    return conflicts == NULL ? 0 : conflicts->count;
}

static starlings_text stln_conflict_perspective_text(const stln_store *store,
                                                     const stln_conflict *conflict)
{
    return conflict->perspective == STARLINGS_NONE
               ? stln_text_of(NULL)
               : stln_texts_at(&store->perspectives, conflict->perspective);
}

bool starlings_conflicts_at(const starlings_conflicts *conflicts, size_t at,
                            starlings_conflict *out_conflict)
{
    const stln_conflict *conflict;
    const stln_store *store;
    if (out_conflict != NULL)
        memset(out_conflict, 0, sizeof *out_conflict);
    if (conflicts == NULL || out_conflict == NULL || at >= conflicts->count)
        return false;
    conflict = &conflicts->conflicts[at];
    store = conflicts->resolution->store;
    out_conflict->kind = (starlings_conflict_kind)conflict->kind;
    out_conflict->attribute = stln_texts_at(&store->attributes, conflict->attribute);
    out_conflict->perspective = stln_conflict_perspective_text(store, conflict);
    out_conflict->valid = conflict->valid;
    out_conflict->entity = conflict->entity;
    out_conflict->party_count = conflict->party_count;
    return true;
}

bool starlings_conflicts_party(const starlings_conflicts *conflicts, size_t at, uint32_t party,
                               starlings_party *out_party)
{
    const starlings_resolution *resolution;
    const stln_party *from;
    if (out_party != NULL)
        memset(out_party, 0, sizeof *out_party);
    if (conflicts == NULL || out_party == NULL || at >= conflicts->count ||
        party >= conflicts->conflicts[at].party_count)
        return false;
    resolution = conflicts->resolution;
    from = &conflicts->parties[conflicts->conflicts[at].first + party];
    out_party->value = stln_value_text(resolution->store, from->value);
    out_party->entity = starlings_partition_entity_of(resolution->partition, from->record);
    out_party->record = from->record;
    return true;
}

/* ---- the text form */
/* Texts one behind the other, to be sorted. A failure is sticky. */
typedef struct stln_lines {
    starlings_allocator allocator;
    bool failed;
    char *bytes;
    size_t capacity;
    size_t *begin; /* of each line, and the end of the last one */
    size_t begin_capacity;
    uint32_t count;
    uint32_t *order;
    uint32_t *spare;
    size_t order_capacity;
} stln_lines;

static void stln_lines_clear(stln_lines *lines)
{
    const starlings_allocator *allocator = &lines->allocator;
    stln_free(allocator, lines->bytes, lines->capacity, 1);
    stln_free(allocator, lines->begin, lines->begin_capacity, sizeof *lines->begin);
    stln_free(allocator, lines->order, lines->order_capacity, sizeof *lines->order);
    stln_free(allocator, lines->spare, lines->order_capacity, sizeof *lines->spare);
}

/* Begin again; the memory stays. */
static void stln_lines_empty(stln_lines *lines)
{
    size_t capacity = stln_grown(0, 1);
    if (lines->begin == NULL) {
        lines->begin = (size_t *)stln_alloc(&lines->allocator, capacity, sizeof *lines->begin);
        lines->begin_capacity = lines->begin == NULL ? 0 : capacity;
        lines->failed = lines->failed || lines->begin == NULL;
    }
    lines->count = 0;
    if (lines->begin != NULL)
        lines->begin[0] = lines->begin[1] = 0;
}

/* Write at the end of the last line, which begin[count + 1] has. */
static void stln_lines_put(stln_lines *lines, const char *bytes, size_t size)
{
    size_t used;
    if (lines->failed)
        return;
    used = lines->begin[lines->count + 1];
    if (size > lines->capacity - used) {
        size_t capacity = stln_grown(lines->capacity, used + size);
        char *grown = (char *)stln_realloc(&lines->allocator, lines->bytes, lines->capacity,
                                           capacity, 1);
        if (grown == NULL) {
            lines->failed = true;
            return;
        }
        lines->bytes = grown;
        lines->capacity = capacity;
    }
    if (size > 0)
        memcpy(lines->bytes + used, bytes, size);
    lines->begin[lines->count + 1] = used + size;
}

static void stln_lines_end(stln_lines *lines)
{
    if (lines->failed)
        return;
    if ((size_t)lines->count + 3 > lines->begin_capacity) {
        size_t capacity = stln_grown(lines->begin_capacity, (size_t)lines->count + 3);
        size_t *grown = (size_t *)stln_realloc(&lines->allocator, lines->begin,
                                               lines->begin_capacity, capacity, sizeof *grown);
        if (grown == NULL) {
            lines->failed = true;
            return;
        }
        lines->begin = grown;
        lines->begin_capacity = capacity;
    }
    lines->count++;
    lines->begin[lines->count + 1] = lines->begin[lines->count];
}

static starlings_text stln_lines_at(const stln_lines *lines, uint32_t line)
{
    starlings_text text;
    text.text = lines->bytes + lines->begin[line];
    text.size = lines->begin[line + 1] - lines->begin[line];
    return text;
}

static bool stln_lines_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_lines *lines = (const stln_lines *)ctx;
    return stln_text_compare(stln_lines_at(lines, a), stln_lines_at(lines, b)) < 0;
}

static void stln_lines_sort(stln_lines *lines)
{
    const starlings_allocator *allocator = &lines->allocator;
    size_t capacity = stln_grown(lines->order_capacity, lines->count);
    if (!lines->failed && (lines->order == NULL || lines->count > lines->order_capacity)) {
        stln_free(allocator, lines->order, lines->order_capacity, sizeof *lines->order);
        stln_free(allocator, lines->spare, lines->order_capacity, sizeof *lines->spare);
        lines->order = (uint32_t *)stln_alloc(allocator, capacity, sizeof *lines->order);
        lines->spare = (uint32_t *)stln_alloc(allocator, capacity, sizeof *lines->spare);
        lines->order_capacity = capacity;
        lines->failed = lines->order == NULL || lines->spare == NULL;
    }
    if (!lines->failed)
        stln_order_make(lines->order, lines->spare, lines->count, stln_lines_before, lines);
}

static starlings_status stln_lines_write(void *ctx, const void *bytes, size_t size) /* a sink */
{
    stln_lines *lines = (stln_lines *)ctx;
    stln_lines_put(lines, (const char *)bytes, size);
    return lines->failed ? STARLINGS_ERR_NOMEM : STARLINGS_OK;
}

/* A time and a comma. */
static void stln_lines_time(stln_lines *lines, int64_t time)
{
    char text[24] = "";
    if (time != STARLINGS_START_OF_TIME && time != STARLINGS_END_OF_TIME)
        stln_time_write_plain(time, text);
    stln_lines_put(lines, text, strlen(text));
    stln_lines_put(lines, ",", 1);
}

/* A text with a backslash before each of its marks. */
static void stln_lines_escape(stln_lines *lines, starlings_text text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.size; i++)
        if (memchr(";=:\\", text.text[i], 4) != NULL) {
            stln_lines_put(lines, text.text + from, i - from);
            stln_lines_put(lines, "\\", 1);
            from = i;
        }
    stln_lines_put(lines, text.text + from, text.size - from);
}

static void stln_lines_party(stln_lines *lines, const stln_store *store, const stln_party *party)
{
    uint32_t r = party->record;
    starlings_text type = stln_texts_at(&store->types, store->type[r]);
    stln_lines_escape(lines, stln_value_text(store, party->value));
    stln_lines_put(lines, "=", 1);
    if (type.size > 0) {
        stln_lines_escape(lines, type);
        stln_lines_put(lines, ":", 1);
    }
    stln_lines_escape(lines, stln_texts_at(&store->perspectives, store->perspective[r]));
    stln_lines_put(lines, ":", 1);
    stln_lines_escape(lines, stln_store_uid(store, r));
    stln_lines_end(lines);
}

/* The parties of a conflict as one text in `joined`. */
static void stln_lines_join(stln_lines *parts, stln_lines *joined, const starlings_conflicts *list,
                            const stln_conflict *conflict)
{
    stln_lines_empty(parts);
    for (uint32_t i = 0; i < conflict->party_count; i++)
        stln_lines_party(parts, list->resolution->store, &list->parties[conflict->first + i]);
    stln_lines_sort(parts);
    stln_lines_empty(joined);
    joined->failed = joined->failed || parts->failed;
    for (uint32_t i = 0; i < parts->count && !joined->failed; i++) {
        starlings_text part = stln_lines_at(parts, parts->order[i]);
        stln_lines_put(joined, ";", i > 0);
        stln_lines_put(joined, part.text, part.size);
    }
    stln_lines_end(joined);
}

static const char *const stln_conflict_names[] = { "direct,", "within_record,", "indirect,",
                                                   "unique,", "unique_within," };

/* A row for each conflict. */
static bool stln_conflicts_rows(const starlings_conflicts *list, stln_lines rows[3])
{
    const stln_store *store = list->resolution->store;
    starlings_sink sink;
    sink.write = stln_lines_write;
    sink.ctx = &rows[0];
    stln_lines_empty(&rows[0]);
    for (size_t i = 0; i < list->count && !rows[0].failed; i++) {
        const stln_conflict *conflict = &list->conflicts[i];
        const char *name = stln_conflict_names[conflict->kind];
        stln_lines_join(&rows[1], &rows[2], list, conflict);
        if (rows[2].failed)
            return false;
        stln_lines_put(&rows[0], name, strlen(name));
        (void)starlings_csv_write_field(
            &sink, stln_texts_at(&store->attributes, conflict->attribute), ',');
        (void)starlings_csv_write_field(&sink, stln_conflict_perspective_text(store, conflict),
                                        ',');
        stln_lines_time(&rows[0], conflict->valid.start);
        stln_lines_time(&rows[0], conflict->valid.end);
        (void)starlings_csv_write_field(&sink, stln_lines_at(&rows[2], 0), '\n');
        stln_lines_end(&rows[0]);
    }
    stln_lines_sort(&rows[0]);
    return !rows[0].failed;
}

starlings_status starlings_conflicts_write(const starlings_conflicts *conflicts,
                                           const starlings_sink *sink, const starlings_env *env)
{
    static const char header[] = "kind,attribute,perspective,from,to,parties\n";
    starlings_env used;
    starlings_status status = STARLINGS_OK;
    stln_lines rows[3]; /* the rows, the parties of one, these joined */
    if (conflicts == NULL || sink == NULL || sink->write == NULL)
        return STARLINGS_ERR_ARG;
    used = stln_env_of(env, &conflicts->allocator);
    memset(rows, 0, sizeof rows);
    for (int i = 0; i < 3; i++)
        rows[i].allocator = used.allocator;
    if (!stln_conflicts_rows(conflicts, rows))
        status = stln_fail(&used, STARLINGS_ERR_NOMEM, 0, NULL);
    if (status == STARLINGS_OK)
        status = sink->write(sink->ctx, header, sizeof header - 1);
    for (uint32_t i = 0; i < rows[0].count && status == STARLINGS_OK; i++) {
        starlings_text row = stln_lines_at(&rows[0], rows[0].order[i]);
        status = sink->write(sink->ctx, row.text, row.size);
    }
    for (int i = 0; i < 3; i++)
        stln_lines_clear(&rows[i]);
    return status;
}

/* ==== [S84 GOLDEN] what was true when ====================================== */
/* A golden record says of each attribute which value held when. Starts and ends of the voices of an
   attribute (S83) go by in the order of time; at each time the policy picks a winner among the
   values that are said, or none. A piece ends where the winner changes, where a record begins or
   ceases to say so, and where others begin or cease to contradict: so a piece is as long as it can
   be with one set of records. An attribute that is `many` has no contradictions: each value is by
   itself.

   The winner stands at the root of a tree whose leaves are the voices that are open: each has a
   score, the higher one wins, and where two values have the same score nobody does. So a policy is
   a score, and a time costs O(log d) however many voices are open:
     OMIT       0, so one value wins and two do not
     WEIGHT     the weight of the perspective
     AUTHORITY  1 if the perspective is the authority, 0 if not; and a 0 wins only uncontested
     LATEST     since when the value is claimed without a gap, by whichever records
     MAJORITY   how many records voice the value now
   I1  pieces of one value and their records are found by time, so records cost what is written.

   A name such as JOHN-DOE-x7 is made of tokens and a hash. It depends on what the entities' records
   say, never on numbers or order:
     tokens   of the attributes of the key with most of them (of equals, the first; of those for the
              entity's type or for all), in its order; without one, or if none of them has a value,
              of all attributes in the order of their bytes. Of each attribute the value that most
              records say, of equals the first by bytes. It becomes
                of an address (a@b)  what is before the @, up to 16 characters
                of digits alone      the last 3
                of several words     the first character of each of the first 4
                of anything else     the first 4 characters
              of which letters and digits stay, capitals where ASCII has them; what is beyond ASCII
              stays as it is, and what is not UTF-8 goes. No token at all: ENTITY.
     prefix   as many tokens as it takes until no other entity has the same ones, or all
     hash     two characters of the sum of the FNV-1a hashes of all facts: attribute, value, times
   Where two are still the same (they say the same, or it is chance) each gets four characters more,
   of the hash of the identity of its first record by type, perspective, uid as bytes; then all
   thirteen; then a ~ and the identity itself. So no two names are the same.
   Cost: O(d log d) for the d facts of an entity; names: one look at all facts, and the sorting of
   those that tokens are made of.
   Sources: FNV-1a (Fowler, Noll, Vo); Crockford's base 32 for the characters. */

typedef struct stln_golden_piece {
    uint32_t attribute;
    uint32_t value;
    starlings_interval valid;
    size_t first; /* of its records */
    uint32_t record_count;
    uint32_t side; /* in its group, while that is worked on */
    bool contested;
} stln_golden_piece;

struct starlings_golden {
    starlings_allocator allocator;
    starlings_resolution *resolution;
    stln_golden_piece *pieces;
    size_t count;
    size_t capacity;
    uint32_t *records;
    size_t record_count;
    size_t record_capacity;
};

/* What is best among some voices. */
typedef struct stln_best {
    int64_t score;
    uint32_t side; /* STARLINGS_NONE: there are no voices */
} stln_best;
#define STLN_SEVERAL (STARLINGS_NONE - 1u) /* as a side: more than one */

typedef struct stln_golden_work {
    stln_board board;
    starlings_golden *out;
    starlings_golden_policy policy;
    starlings_interval range;
    stln_best *tree; /* node i has the children 2i and 2i + 1; voice v is the leaf count + v */
    stln_golden_piece *found; /* of the group, in the order of time */
    uint32_t *first;   /* of each side: its first voice, later its first piece; and the end */
    uint32_t *touched; /* of each side: when its records last changed */
    uint32_t found_count;
    uint32_t count; /* voices of the group */
    uint32_t sides; /* that are claimed now */
    uint32_t tick;
    uint32_t authority;
} stln_golden_work;

static stln_best stln_best_of(stln_best a, stln_best b)
{
    if (a.side == STARLINGS_NONE || b.side == STARLINGS_NONE)
        return a.side == STARLINGS_NONE ? b : a;
    if (a.score != b.score)
        return a.score > b.score ? a : b;
    if (a.side != b.side)
        a.side = STLN_SEVERAL;
    return a;
}

static void stln_golden_set(stln_golden_work *w, uint32_t voice, int64_t score, uint32_t side)
{
    size_t at = (size_t)w->count + voice;
    w->tree[at].score = score;
    w->tree[at].side = side;
    for (at /= 2; at > 0; at /= 2)
        w->tree[at] = stln_best_of(w->tree[2 * at], w->tree[2 * at + 1]);
}

static int64_t stln_golden_score(const stln_golden_work *w, const stln_voice *voice)
{
    const stln_store *store = w->board.store;
    uint32_t perspective = store->perspective[voice->record];
    switch (w->policy) {
    case STARLINGS_GOLDEN_WEIGHT:
        return stln_ontology_weight(store->ontology, perspective);
    case STARLINGS_GOLDEN_AUTHORITY:
        return perspective == w->authority;
    case STARLINGS_GOLDEN_LATEST:
        return w->board.times[voice->side];
    case STARLINGS_GOLDEN_MAJORITY:
        return w->board.holding[voice->side];
    case STARLINGS_GOLDEN_OMIT:
    case STARLINGS_GOLDEN_FORCE_I32:
        break;
    }
    return 0;
}

/* A voice starts or ends. By majority a value stands in the tree once, as its first voice. */
static void stln_golden_change(stln_golden_work *w, const stln_voice *voices, uint32_t voice,
                               bool open)
{
    uint32_t side = voices[voice].side;
    w->touched[side] = w->tick;
    if (w->policy == STARLINGS_GOLDEN_MAJORITY) {
        open = w->board.holding[side] > 0;
        voice = w->first[side];
    }
    stln_golden_set(w, voice, open ? stln_golden_score(w, &voices[voice]) : 0,
                    open ? side : STARLINGS_NONE);
}

static void stln_golden_end(stln_golden_work *w, const stln_voice *voices, uint32_t voice)
{
    uint32_t side = voices[voice].side;
    if (--w->board.holding[side] == 0) {
        w->board.left[side] = w->tick;
        w->sides--;
    }
    stln_golden_change(w, voices, voice, false);
}

static void stln_golden_start(stln_golden_work *w, const stln_voice *voices, uint32_t voice)
{
    uint32_t side = voices[voice].side;
    if (w->board.holding[side]++ == 0) {
        w->sides++;
        if (w->board.left[side] != w->tick) /* else it goes on, by other records */
            w->board.times[side] = voices[voice].valid.start;
    }
    stln_golden_change(w, voices, voice, true);
}

/* The side that holds now, or STARLINGS_NONE. */
static uint32_t stln_golden_winner(const stln_golden_work *w)
{
    stln_best best = w->tree[1];
    if (best.side == STLN_SEVERAL ||
        (w->policy == STARLINGS_GOLDEN_AUTHORITY && w->sides > 1 && best.score == 0))
        return STARLINGS_NONE;
    return best.side;
}

/* Nothing is open; sides are numbered. */
static void stln_golden_prepare(stln_golden_work *w, const stln_voice *voices, uint32_t count)
{
    stln_board *b = &w->board;
    w->count = count;
    w->sides = w->tick = w->found_count = 0;
    for (size_t i = 0; i < 2 * (size_t)count; i++) {
        w->tree[i].score = 0;
        w->tree[i].side = STARLINGS_NONE;
    }
    memset(b->holding, 0, count * sizeof *b->holding);
    memset(b->left, 0, count * sizeof *b->left);
    memset(w->touched, 0, count * sizeof *w->touched);
    for (uint32_t i = count; i-- > 0;)
        w->first[voices[i].side] = i;
    stln_order_make(b->by_start, b->spare, count, stln_voice_starts, voices);
    stln_order_make(b->by_end, b->spare, count, stln_voice_ends, voices);
    w->authority = stln_ontology_authority(b->store->ontology, b->store->type[voices[0].record],
                                           voices[0].attribute);
}

/* A piece is over. */
static void stln_golden_close(stln_golden_work *w, stln_golden_piece *piece, int64_t time)
{
    if (piece->side == STARLINGS_NONE)
        return;
    piece->valid.end = time;
    if (starlings_interval_intersect(piece->valid, w->range, &piece->valid))
        w->found[w->found_count++] = *piece;
}

/* The pieces of a group, in the order of time. */
static void stln_golden_find(stln_golden_work *w, const stln_voice *voices, uint32_t count)
{
    const stln_board *b = &w->board;
    uint32_t s = 0, e = 0;
    stln_golden_piece piece;
    stln_golden_prepare(w, voices, count);
    memset(&piece, 0, sizeof piece);
    piece.side = STARLINGS_NONE;
    while (e < count) {
        int64_t time = stln_group_next(b, voices, count, s, e);
        uint32_t winner;
        w->tick++;
        for (; e < count && voices[b->by_end[e]].valid.end == time; e++)
            stln_golden_end(w, voices, b->by_end[e]);
        for (; s < count && voices[b->by_start[s]].valid.start == time; s++)
            stln_golden_start(w, voices, b->by_start[s]);
        winner = stln_golden_winner(w);
        if (winner == piece.side && (winner == STARLINGS_NONE || (w->touched[winner] != w->tick &&
                                                  piece.contested == (w->sides > 1))))
            continue;
        stln_golden_close(w, &piece, time);
        piece.side = winner;
        piece.contested = w->sides > 1;
        piece.valid.start = time;
    }
}

static bool stln_golden_sides(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_golden_piece *found = (const stln_golden_piece *)ctx;
    return found[a].side < found[b].side;
}

/* Append what was found, by side (that is by value: C1) and time, without records as yet. */
static starlings_status stln_golden_append(stln_golden_work *w, const stln_voice *voices,
                                           uint32_t sides)
{
    starlings_golden *out = w->out;
    uint32_t next = 0;
    if (w->found_count > out->capacity - out->count) {
        size_t capacity = stln_grown(out->capacity, out->count + w->found_count);
        stln_golden_piece *grown = (stln_golden_piece *)stln_realloc(
            &out->allocator, out->pieces, out->capacity, capacity, sizeof *grown);
        if (grown == NULL)
            return stln_fail(w->board.env, STARLINGS_ERR_NOMEM, 0, NULL);
        out->pieces = grown;
        out->capacity = capacity;
    }
    stln_order_make(w->board.active, w->board.listed, w->found_count, stln_golden_sides, w->found);
    for (uint32_t side = 0; side < sides; side++) {
        uint32_t value = voices[w->first[side]].value;
        w->first[side] = next;
        for (; next < w->found_count && w->found[w->board.active[next]].side == side; next++) {
            stln_golden_piece *piece = &out->pieces[out->count + next];
            *piece = w->found[w->board.active[next]];
            piece->attribute = voices[0].attribute;
            piece->value = value;
            piece->record_count = 0;
        }
    }
    w->first[sides] = next;
    return STARLINGS_OK;
}

/* Put the records of voices into the pieces that they support (I1): to count them, then to write
   them. Voices are sorted by side and record, so records ascend. */
static void stln_golden_support(stln_golden_work *w, const stln_voice *voices, uint32_t count,
                                uint32_t *records)
{
    stln_golden_piece *pieces = w->out->pieces + w->out->count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t low = w->first[voices[i].side], end = w->first[voices[i].side + 1], high = end;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (pieces[middle].valid.end <= voices[i].valid.start)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < end && pieces[low].valid.start < voices[i].valid.end; low++) {
            if (records != NULL)
                records[pieces[low].first + pieces[low].record_count] = voices[i].record;
            pieces[low].record_count++;
        }
    }
}

/* The pieces of some voices of one attribute, sorted (C1). */
static starlings_status stln_golden_group(stln_golden_work *w, stln_voice *voices, uint32_t count)
{
    starlings_golden *out = w->out;
    uint32_t sides = stln_group_values(voices, count);
    starlings_status status;
    stln_golden_find(w, voices, count);
    status = stln_golden_append(w, voices, sides);
    if (status != STARLINGS_OK || w->found_count == 0)
        return status;
    stln_golden_support(w, voices, count, NULL);
    for (uint32_t i = 0; i < w->found_count; i++) {
        stln_golden_piece *piece = &out->pieces[out->count + i];
        piece->first = out->record_count;
        out->record_count += piece->record_count;
        piece->record_count = 0;
    }
    if (out->record_count > out->record_capacity) {
        size_t capacity = stln_grown(out->record_capacity, out->record_count);
        uint32_t *grown = (uint32_t *)stln_realloc(&out->allocator, out->records,
                                                   out->record_capacity, capacity, sizeof *grown);
        if (grown == NULL)
            return stln_fail(w->board.env, STARLINGS_ERR_NOMEM, 0, NULL);
        out->records = grown;
        out->record_capacity = capacity;
    }
    stln_golden_support(w, voices, count, out->records);
    out->count += w->found_count;
    return STARLINGS_OK;
}

/* By attribute (as bytes), value (as bytes), record, start. */
static bool stln_golden_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_board *board = (const stln_board *)ctx;
    uint32_t x = board->voices[a].attribute, y = board->voices[b].attribute;
    if (x != y)
        return stln_text_compare(stln_texts_at(&board->store->attributes, x),
                                 stln_texts_at(&board->store->attributes, y)) < 0;
    return stln_board_values(ctx, a, b);
}

/* Work space for an entity, and all that it says. */
static starlings_status stln_golden_open(stln_golden_work *w, stln_scratch *scratch,
                                         uint32_t entity, uint32_t *out_count)
{
    starlings_status status = stln_board_load(&w->board, entity, true, out_count);
    size_t count = *out_count;
    if (status != STARLINGS_OK)
        return status;
    w->tree = (stln_best *)stln_scratch_alloc(scratch, 2 * count, sizeof *w->tree);
    w->found = (stln_golden_piece *)stln_scratch_alloc(scratch, 2 * count, sizeof *w->found);
    w->first = (uint32_t *)stln_scratch_alloc(scratch, count + 1, sizeof *w->first);
    w->touched = (uint32_t *)stln_scratch_alloc(scratch, count, sizeof *w->touched);
    if (scratch->failed)
        return stln_fail(w->board.env, STARLINGS_ERR_NOMEM, 0, NULL);
    stln_board_arrange(&w->board, *out_count, stln_golden_before);
    return STARLINGS_OK;
}

/* Whether voice `at` belongs to the group that begins at `run`. */
static bool stln_golden_goes_on(const stln_golden_work *w, uint32_t run, uint32_t at)
{
    const stln_voice *x = &w->board.voices[run], *y = &w->board.voices[at];
    const stln_store *store = w->board.store;
    uint32_t flags;
    if (x->attribute != y->attribute)
        return false;
    flags = stln_ontology_rules(store->ontology, store->type[x->record], x->attribute);
    return (flags & STLN_MANY) == 0 || x->value == y->value;
}

static starlings_status stln_golden_fill(starlings_golden *golden, const starlings_env *env,
                                         const starlings_golden_desc *desc)
{
    stln_golden_work work;
    stln_scratch scratch;
    starlings_status status;
    uint32_t count = 0, run = 0;
    memset(&work, 0, sizeof work);
    work.board.env = env;
    work.board.store = golden->resolution->store;
    work.board.partition = golden->resolution->partition;
    work.out = golden;
    work.policy = desc->policy;
    work.range = desc->range;
    if (work.range.start == 0 && work.range.end == 0) {
        work.range.start = STARLINGS_START_OF_TIME;
        work.range.end = STARLINGS_END_OF_TIME;
    }
    stln_scratch_open(&scratch, &env->allocator);
    stln_scratch_open(&work.board.scratch, &env->allocator);
    status = stln_golden_open(&work, &scratch, desc->entity, &count);
    for (uint32_t i = 1; i <= count && status == STARLINGS_OK; i++)
        if (i == count || !stln_golden_goes_on(&work, run, i)) {
            status = stln_golden_group(&work, work.board.voices + run, i - run);
            run = i;
        }
    stln_scratch_close(&work.board.scratch);
    stln_scratch_close(&scratch);
    return status;
}

static void stln_golden_free(starlings_golden *golden)
{
    starlings_allocator allocator = golden->allocator;
    stln_free(&allocator, golden->pieces, golden->capacity, sizeof *golden->pieces);
    stln_free(&allocator, golden->records, golden->record_capacity, sizeof *golden->records);
    starlings_resolution_release(golden->resolution);
    stln_free(&allocator, golden, 1, sizeof *golden);
}

starlings_status starlings_golden_create(const starlings_golden_desc *desc,
                                         starlings_golden **out_golden)
{
    starlings_env env;
    starlings_golden *golden;
    starlings_status status;
    if (out_golden == NULL)
        return STARLINGS_ERR_ARG;
    *out_golden = NULL;
    if (desc == NULL || desc->resolution == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, &desc->resolution->allocator);
    if (desc->policy < STARLINGS_GOLDEN_OMIT || desc->policy > STARLINGS_GOLDEN_MAJORITY)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "there is no such policy");
    if (desc->entity >= desc->resolution->partition->entity_count)
        return stln_fail(&env, STARLINGS_ERR_RANGE, desc->entity, "there is no such entity");
    golden = (starlings_golden *)stln_alloc(&env.allocator, 1, sizeof *golden);
    if (golden == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(golden, 0, sizeof *golden);
    golden->allocator = env.allocator;
    golden->resolution = starlings_resolution_retain(desc->resolution);
    status = stln_golden_fill(golden, &env, desc);
    if (status != STARLINGS_OK) {
        stln_golden_free(golden);
        return status;
    }
    *out_golden = golden;
    return STARLINGS_OK;
}

void starlings_golden_release(starlings_golden *golden)
{
    if (golden != NULL)
        stln_golden_free(golden);
}

size_t starlings_golden_count(const starlings_golden *golden)
{
    return golden == NULL ? 0 : golden->count;
}

bool starlings_golden_at(const starlings_golden *golden, size_t at,
                         starlings_golden_value *out_value)
{
    const stln_golden_piece *piece;
    const stln_store *store;
    if (out_value != NULL)
        memset(out_value, 0, sizeof *out_value);
    if (golden == NULL || out_value == NULL || at >= golden->count)
        return false;
    piece = &golden->pieces[at];
    store = golden->resolution->store;
    out_value->attribute = stln_texts_at(&store->attributes, piece->attribute);
    out_value->value = stln_value_text(store, piece->value);
    out_value->valid = piece->valid;
    out_value->records = golden->records + piece->first;
    out_value->record_count = piece->record_count;
    out_value->contested = piece->contested;
    return true;
}

/* ---- names */
struct starlings_entity_names {
    starlings_allocator allocator;
    stln_lines names;
};

#define STLN_TOKEN_CHARACTERS 4u
#define STLN_TOKEN_DIGITS 3u
#define STLN_TOKEN_LOCAL 16u

/* The size of the character at `at`, and whether it stays. What is no character has one byte. */
static size_t stln_token_character(starlings_text text, size_t at, bool *out_stays)
{
    const unsigned char *p = (const unsigned char *)text.text + at;
    size_t size = stln_utf8_size(p, text.size - at);
    bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
    *out_stays = letter || (*p >= '0' && *p <= '9') || size > 1;
    return size == 0 ? 1 : size;
}

static bool stln_token_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void stln_token_put(stln_lines *lines, const char *bytes, size_t size)
{
    char capital;
    if (*bytes >= 'a' && *bytes <= 'z') {
        capital = (char)(*bytes - 'a' + 'A');
        bytes = &capital;
    }
    stln_lines_put(lines, bytes, size);
}

/* The first characters of a text, or (initials) of its words. */
static void stln_token_characters(stln_lines *lines, starlings_text text, uint32_t most,
                                  bool initials)
{
    bool taken = false;
    for (size_t i = 0, size; i < text.size && most > 0; i += size) {
        bool stays;
        size = stln_token_character(text, i, &stays);
        if (stln_token_blank(text.text[i]))
            taken = false;
        if (!stays || (initials && taken))
            continue;
        stln_token_put(lines, text.text + i, size);
        taken = true;
        most--;
    }
}

/* How many words have a character that stays; and whether there are only digits. */
static uint32_t stln_token_words(starlings_text text, bool *out_digits)
{
    uint32_t words = 0;
    bool inside = false;
    *out_digits = text.size > 0;
    for (size_t i = 0, size; i < text.size; i += size) {
        bool stays;
        size = stln_token_character(text, i, &stays);
        *out_digits = *out_digits && text.text[i] >= '0' && text.text[i] <= '9';
        words += stays && !inside;
        inside = stays || (inside && !stln_token_blank(text.text[i]));
    }
    return words;
}

/* Add the token of a value, if it has one. */
static void stln_token_add(stln_lines *lines, starlings_text text)
{
    size_t begin = lines->failed ? 0 : lines->begin[lines->count + 1], empty;
    const char *at = text.size > 0 ? (const char *)memchr(text.text, '@', text.size) : NULL;
    bool digits;
    uint32_t words = stln_token_words(text, &digits);
    if (lines->failed)
        return;
    if (begin > lines->begin[lines->count])
        stln_lines_put(lines, "-", 1);
    empty = lines->begin[lines->count + 1];
    if (at != NULL && at > text.text) {
        text.size = (size_t)(at - text.text);
        stln_token_characters(lines, text, STLN_TOKEN_LOCAL, false);
    } else if (digits) {
        size_t size = stln_min_size(text.size, STLN_TOKEN_DIGITS);
        stln_lines_put(lines, text.text + text.size - size, size);
    } else {
        stln_token_characters(lines, text, STLN_TOKEN_CHARACTERS, words > 1);
    }
    if (!lines->failed && lines->begin[lines->count + 1] == empty)
        lines->begin[lines->count + 1] = begin;
}

#define STLN_FNV_START 0xcbf29ce484222325u
static uint64_t stln_fnv(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

/* A text and its end, which no byte of another text can feign. */
static uint64_t stln_fnv_text(uint64_t hash, starlings_text text)
{
    unsigned char size[8];
    for (uint32_t i = 0; i < 8; i++)
        size[i] = (unsigned char)((uint64_t)text.size >> (8 * i));
    return stln_fnv(stln_fnv(hash, text.text, text.size), size, sizeof size);
}

static uint64_t stln_fnv_number(uint64_t hash, uint64_t number)
{
    unsigned char bytes[8];
    for (uint32_t i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    return stln_fnv(hash, bytes, sizeof bytes);
}

/* The hash of what the records of an entity say, in whatever order. */
static uint64_t stln_names_content(const stln_store *store, starlings_span span)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < span.count; i++) {
        uint32_t r = span.records[i];
        for (size_t f = store->first[r]; f < store->first[r + 1]; f++) {
            const stln_fact *fact = &store->facts[f];
            uint64_t hash = stln_fnv_text(STLN_FNV_START,
                                          stln_texts_at(&store->attributes, fact->attribute));
            hash = stln_fnv_text(hash, stln_value_text(store, fact->value));
            hash = stln_fnv_number(hash, (uint64_t)fact->valid.start);
            sum += stln_fnv_number(hash, (uint64_t)fact->valid.end);
        }
    }
    return stln_fnv_number(STLN_FNV_START, sum);
}

/* The first record of an entity, by type, perspective, uid as bytes. */
static uint32_t stln_names_first(const stln_store *store, starlings_span span)
{
    uint32_t first = span.records[0];
    for (uint32_t i = 1; i < span.count; i++)
        if (stln_store_compare(store, span.records[i], first) < 0)
            first = span.records[i];
    return first;
}

static void stln_names_characters(stln_lines *lines, uint64_t hash, uint32_t count)
{
    static const char characters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    for (; count > 0; count--) {
        stln_lines_put(lines, &characters[hash >> 59], 1);
        hash <<= 5;
    }
}

/* A text in hexadecimal digits. */
static void stln_names_hex(stln_lines *lines, starlings_text text)
{
    static const char digits[] = "0123456789abcdef";
    stln_lines_put(lines, "~", 1);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.text[i];
        stln_lines_put(lines, digits + byte / 16, 1);
        stln_lines_put(lines, digits + byte % 16, 1);
    }
}

/* What comes behind the tokens. The rounds differ in how much stands behind the last hyphen, and
   only in the last is a tilde there, so names of different rounds are never the same. */
enum { STLN_NAME_ROUNDS = 4 };
static void stln_names_suffix(stln_lines *lines, const stln_store *store, starlings_span span,
                              uint64_t content, uint32_t round)
{
    starlings_text identity[3];
    uint64_t hash = STLN_FNV_START;
    uint32_t first;
    stln_lines_put(lines, "-", 1);
    stln_names_characters(lines, content, 2);
    if (round == 0)
        return;
    first = stln_names_first(store, span);
    identity[0] = stln_texts_at(&store->types, store->type[first]);
    identity[1] = stln_texts_at(&store->perspectives, store->perspective[first]);
    identity[2] = stln_store_uid(store, first);
    for (int part = 0; part < 3; part++)
        hash = stln_fnv_text(hash, identity[part]);
    stln_names_characters(lines, hash, round == 1 ? 4 : 13);
    for (int part = 0; part < 3 && round == STLN_NAME_ROUNDS - 1; part++)
        stln_names_hex(lines, identity[part]);
}

/* Work on the names of all entities. */
typedef struct stln_names_work {
    stln_board board;
    stln_lines tokens;    /* of each entity: all of them, with hyphens between */
    uint32_t *key;        /* of each type that rules name, and of all others: the key rule to use */
    uint32_t *rank;       /* of attributes, by bytes */
    size_t *used;         /* of each entity: how much of its tokens is its prefix, then */
    uint64_t *content;    /* its hash */
    uint32_t *open;       /* entities whose prefix, then whose name, is not the only one */
    uint32_t *number;     /* of each open entity: that of its text */
    uint32_t *shorter;    /* of each entity: the number of its prefix without the last token */
    size_t *token;        /* where that token begins */
    uint32_t *times;      /* of each text: how many open entities have it */
} stln_names_work;

/* The key whose attributes the tokens of each type are made of. */
static void stln_names_keys(stln_names_work *w)
{
    const starlings_ontology *ontology = w->board.store->ontology;
    const stln_key_rule *rules = ontology->key_rules;
    uint32_t all = STARLINGS_NONE; /* the one that is for all types */
    for (uint32_t t = 0; t <= ontology->types.count; t++)
        w->key[t] = STARLINGS_NONE;
    for (uint32_t k = 0; k < ontology->key_count; k++) {
        uint32_t *best = rules[k].type == STARLINGS_NONE ? &all : &w->key[rules[k].type];
        if (*best == STARLINGS_NONE || rules[k].count > rules[*best].count)
            *best = k;
    }
    for (uint32_t t = 0; t <= ontology->types.count && all != STARLINGS_NONE; t++) {
        uint32_t own = w->key[t];
        if (own == STARLINGS_NONE || rules[all].count > rules[own].count ||
            (rules[all].count == rules[own].count && all < own))
            w->key[t] = all;
    }
}

/* By side, value (as bytes), record. */
static bool stln_names_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_board *board = (const stln_board *)ctx;
    uint32_t x = board->voices[a].side, y = board->voices[b].side;
    return x != y ? x < y : stln_board_values(ctx, a, b);
}

/* What an entity says of the attributes of a key (NULL: of all) becomes voices; their sides are the
   places of the attributes in the key, or in the order of bytes. Returns how many. */
static uint32_t stln_names_gather(stln_names_work *w, starlings_span span,
                                  const stln_key_rule *rule)
{
    const stln_store *store = w->board.store;
    const uint32_t *attributes = store->ontology->key_attributes; /* NULL without keys */
    uint32_t count = 0;
    if (rule != NULL)
        attributes += rule->first;
    for (uint32_t i = 0; i < span.count; i++) {
        uint32_t r = span.records[i];
        for (size_t f = store->first[r]; f < store->first[r + 1]; f++) {
            uint32_t side = 0;
            while (rule != NULL && side < rule->count &&
                   attributes[side] != store->facts[f].attribute)
                side++;
            if (rule != NULL && side == rule->count)
                continue;
            stln_board_take(&w->board, count, r, &store->facts[f]);
            w->board.voices[count++].side =
                rule != NULL ? side : w->rank[store->facts[f].attribute];
        }
    }
    return count;
}

/* Tokens of the voices: of each side, that of the value that most records have. */
static void stln_names_tokens(stln_names_work *w, uint32_t count)
{
    const stln_voice *voices;
    uint32_t best = 0, most = 0, records = 0;
    stln_board_arrange(&w->board, count, stln_names_before);
    voices = w->board.voices;
    for (uint32_t i = 0; i < count; i++) {
        bool same = i > 0 && voices[i].side == voices[i - 1].side;
        bool value = same && voices[i].value == voices[i - 1].value;
        if (!same)
            most = 0;
        if (!value)
            records = 0;
        records += !value || voices[i].record != voices[i - 1].record;
        if (records > most) {
            most = records;
            best = voices[i].value;
        }
        if (i + 1 == count || voices[i + 1].side != voices[i].side)
            stln_token_add(&w->tokens, stln_value_text(w->board.store, best));
    }
}

/* All tokens of an entity, as a line. */
static starlings_status stln_names_entity(stln_names_work *w, uint32_t entity)
{
    const stln_store *store = w->board.store;
    const starlings_ontology *ontology = store->ontology;
    starlings_span span = starlings_partition_entity(w->board.partition, entity);
    uint32_t type = store->type[span.records[0]], key, count = 0;
    starlings_status status;
    size_t facts = 0;
    for (uint32_t i = 0; i < span.count; i++)
        facts += store->first[span.records[i] + 1] - store->first[span.records[i]];
    status = stln_board_reserve(&w->board, facts);
    if (status != STARLINGS_OK)
        return status;
    key = w->key[type < ontology->types.count ? type : ontology->types.count];
    if (key != STARLINGS_NONE)
        count = stln_names_gather(w, span, &ontology->key_rules[key]);
    if (count == 0)
        count = stln_names_gather(w, span, NULL);
    stln_names_tokens(w, count);
    if (!w->tokens.failed && w->tokens.begin[entity] == w->tokens.begin[entity + 1])
        stln_lines_put(&w->tokens, "ENTITY", 6);
    stln_lines_end(&w->tokens);
    w->content[entity] = stln_names_content(store, span);
    return w->tokens.failed ? stln_fail(w->board.env, STARLINGS_ERR_NOMEM, 0, NULL) : status;
}

/* Number the texts of the open entities and keep those open whose text is not the only one. They
   are the lines of `lines`, or prefixes: a prefix is the one before it, by its number, and one
   token more, so that all prefixes of an entity together cost no more than the longest. */
static bool stln_names_sift(stln_names_work *w, const stln_lines *lines, bool prefixes,
                            uint32_t *open_count)
{
    stln_texts texts;
    uint32_t kept = 0, count = *open_count;
    bool fine = true;
    stln_texts_init(&texts, &w->board.env->allocator, w->board.store->identities.seed);
    for (uint32_t i = 0; i < count && fine; i++) {
        starlings_text text = stln_lines_at(lines, prefixes ? w->open[i] : i);
        uint32_t group = 0;
        uint64_t hash;
        if (prefixes) {
            group = w->shorter[w->open[i]];
            text.text += w->token[w->open[i]];
            text.size = w->used[w->open[i]] - w->token[w->open[i]];
        }
        fine = stln_texts_reserve(&texts, 1, text.size) == STARLINGS_OK;
        if (!fine)
            break;
        hash = stln_texts_hash(&texts, group, text);
        w->number[i] = stln_texts_find(&texts, hash, group, text);
        if (w->number[i] == STARLINGS_NONE) {
            w->number[i] = stln_texts_insert(&texts, hash, group, text);
            w->times[w->number[i]] = 0;
        }
        w->times[w->number[i]]++;
    }
    stln_texts_clear(&texts);
    for (uint32_t i = 0; i < count && fine; i++) {
        w->shorter[w->open[i]] = w->number[i];
        if (w->times[w->number[i]] > 1)
            w->open[kept++] = w->open[i];
    }
    *open_count = kept;
    return fine;
}

/* One token more for a prefix; false if there is none. */
static bool stln_names_longer(stln_names_work *w, uint32_t entity)
{
    starlings_text all = stln_lines_at(&w->tokens, entity);
    size_t at = w->used[entity] + (w->used[entity] > 0); /* behind the hyphen */
    if (w->used[entity] == all.size)
        return false;
    w->token[entity] = at;
    while (at < all.size && all.text[at] != '-')
        at++;
    w->used[entity] = at;
    return true;
}

/* The prefix of each entity. Who has no more tokens keeps all: who goes on is not the same. */
static bool stln_names_prefixes(stln_names_work *w, uint32_t count)
{
    uint32_t open = count;
    for (uint32_t e = 0; e < count; e++) {
        w->open[e] = e;
        w->used[e] = 0;
        w->shorter[e] = 0;
    }
    while (open > 0) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < open; i++)
            if (stln_names_longer(w, w->open[i]))
                w->open[kept++] = w->open[i];
        open = kept;
        if (!stln_names_sift(w, &w->tokens, true, &open))
            return false;
    }
    return true;
}

/* Who needs a longer hash: round[e] is how long that of each entity is. */
static bool stln_names_rounds(stln_names_work *w, uint32_t count, unsigned char *round)
{
    const stln_store *store = w->board.store;
    stln_lines drafts;
    uint32_t open = count;
    bool fine = true;
    memset(&drafts, 0, sizeof drafts);
    drafts.allocator = w->board.env->allocator;
    for (uint32_t e = 0; e < count; e++)
        w->open[e] = e;
    for (uint32_t at = 0; open > 0 && fine; at++) {
        stln_lines_empty(&drafts);
        for (uint32_t i = 0; i < open; i++) {
            uint32_t e = w->open[i];
            round[e] = (unsigned char)at;
            stln_lines_put(&drafts, stln_lines_at(&w->tokens, e).text, w->used[e]);
            stln_names_suffix(&drafts, store, starlings_partition_entity(w->board.partition, e),
                              w->content[e], at);
            stln_lines_end(&drafts);
        }
        fine = !drafts.failed && stln_names_sift(w, &drafts, false, &open);
        if (at == STLN_NAME_ROUNDS - 1)
            break; /* identities differ: nothing is open */
    }
    stln_lines_clear(&drafts);
    return fine;
}

/* All names, from tokens on. */
static starlings_status stln_names_make(stln_names_work *w, stln_scratch *scratch,
                                        stln_lines *names)
{
    const stln_store *store = w->board.store;
    uint32_t count = w->board.partition->entity_count;
    unsigned char *round = (unsigned char *)stln_scratch_alloc(scratch, count, 1);
    starlings_status status = STARLINGS_OK;
    if (scratch->failed)
        return stln_fail(w->board.env, STARLINGS_ERR_NOMEM, 0, NULL);
    for (uint32_t e = 0; e < count && status == STARLINGS_OK; e++)
        status = stln_names_entity(w, e);
    if (status != STARLINGS_OK)
        return status;
    if (!stln_names_prefixes(w, count) || !stln_names_rounds(w, count, round))
        return stln_fail(w->board.env, STARLINGS_ERR_NOMEM, 0, NULL);
    for (uint32_t e = 0; e < count; e++) {
        starlings_span span = starlings_partition_entity(w->board.partition, e);
        stln_lines_put(names, stln_lines_at(&w->tokens, e).text, w->used[e]);
        stln_names_suffix(names, store, span, w->content[e], round[e]);
        stln_lines_end(names);
    }
    return names->failed ? stln_fail(w->board.env, STARLINGS_ERR_NOMEM, 0, NULL) : status;
}

static starlings_status stln_names_fill(starlings_entity_names *names, const starlings_env *env,
                                        const starlings_resolution *resolution)
{
    const stln_store *store = resolution->store;
    uint32_t count = resolution->partition->entity_count;
    starlings_status status;
    stln_names_work work;
    stln_scratch scratch;
    memset(&work, 0, sizeof work);
    work.board.env = env;
    work.board.store = store;
    work.board.partition = resolution->partition;
    work.tokens.allocator = env->allocator;
    stln_scratch_open(&scratch, &env->allocator);
    stln_scratch_open(&work.board.scratch, &env->allocator);
    stln_lines_empty(&work.tokens);
    stln_lines_empty(&names->names);
    work.key = (uint32_t *)stln_scratch_alloc(&scratch, (size_t)store->ontology->types.count + 1,
                                              sizeof *work.key);
    work.used = (size_t *)stln_scratch_alloc(&scratch, count, sizeof *work.used);
    work.content = (uint64_t *)stln_scratch_alloc(&scratch, count, sizeof *work.content);
    work.open = (uint32_t *)stln_scratch_alloc(&scratch, count, sizeof *work.open);
    work.number = (uint32_t *)stln_scratch_alloc(&scratch, count, sizeof *work.number);
    work.times = (uint32_t *)stln_scratch_alloc(&scratch, count, sizeof *work.times);
    work.shorter = (uint32_t *)stln_scratch_alloc(&scratch, count, sizeof *work.shorter);
    work.token = (size_t *)stln_scratch_alloc(&scratch, count, sizeof *work.token);
    if (!stln_texts_rank(&store->attributes, &scratch, &work.rank) || work.tokens.failed ||
        names->names.failed) {
        status = stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
    } else {
        stln_names_keys(&work);
        status = stln_names_make(&work, &scratch, &names->names);
    }
    stln_lines_clear(&work.tokens);
    stln_scratch_close(&work.board.scratch);
    stln_scratch_close(&scratch);
    return status;
}

starlings_status starlings_entity_names_create(starlings_resolution *resolution,
                                               const starlings_env *env,
                                               starlings_entity_names **out_names)
{
    starlings_env used;
    starlings_entity_names *names;
    starlings_status status;
    if (out_names == NULL)
        return STARLINGS_ERR_ARG;
    *out_names = NULL;
    if (resolution == NULL)
        return STARLINGS_ERR_ARG;
    used = stln_env_of(env, &resolution->allocator);
    names = (starlings_entity_names *)stln_alloc(&used.allocator, 1, sizeof *names);
    if (names == NULL)
        return stln_fail(&used, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(names, 0, sizeof *names);
    names->allocator = used.allocator;
    names->names.allocator = used.allocator;
    status = stln_names_fill(names, &used, resolution);
    if (status != STARLINGS_OK) {
        starlings_entity_names_release(names);
        return status;
    }
    *out_names = names;
    return STARLINGS_OK;
}

void starlings_entity_names_release(starlings_entity_names *names)
{
    starlings_allocator allocator;
    if (names == NULL)
        return;
    allocator = names->allocator;
    stln_lines_clear(&names->names);
    stln_free(&allocator, names, 1, sizeof *names);
}

starlings_text starlings_entity_names_at(const starlings_entity_names *names, uint32_t entity)
{
    if (names == NULL || entity >= names->names.count)
        return stln_text_of(NULL);
    return stln_lines_at(&names->names, entity);
}

/* ==== [S85 QUERY] who fits; graphs ========================================= */
/* Owns: the index of values, the answers made from it, and the graph.

   The index is one list for each (attribute, value) that any record has: the pieces of time during
   which an entity has it, by entity and then by time, those of its records united. So a condition
   is a list, an entity's part in it is a timeline, and "all conditions at once" is the intersection
   of timelines.

     list of (role, admin)    entity   2   2   7   9          valid  [1 5) [8 9) [0 3) [2 4)
        by time (long lists)  order    2   0   3   1          sorted by start
                              reach    the furthest end of each 16 of them, of each 16 of those ...

   I1  lists are sorted by value and attribute, as numbers; pieces of a list by entity and start.
   I2  pieces of one entity in one list are a timeline (S80).
   I3  lists of STLN_LIST_LONG pieces or more have an order by time, the others are looked through.
       The reach of a list whose order begins at i begins at i / 4, where there is room for it.
   Lists are made by two counting sorts, by attribute and then by value, of facts that come entity
   by entity; nothing is compared but the times of one entity.

   A question takes its candidates from the list that has the fewest pieces in the range: they are
   counted, each list only as far as the best one so far. Every further list is searched for a
   candidate from where the last one was found, in steps that double. So the cost is that of the
   rarest condition, times the logarithm of how much larger the others are. Texts that nobody has
   ever said have no list, and nothing is remembered of them: asking changes nothing, locks nothing.

   Pairs that fit at once: pieces of one entity never overlap, so each two pieces that do are one
   entry of the list of pairs. How many there are follows from the sorted starts and ends: a piece
   overlaps those that began before it and have not ended. That is O(n log n) where the number
   itself is quadratic. To write them, each entity's pieces are looked up by time among those of all
   entities behind it.

   Cost: 20 bytes a piece, 6 more in long lists, 24 a list; while it is made, 12 a fact more and 8
   for each number of a value. Measured with 10^6 records of 5 facts, 250,000 entities, one thread:
   the index 0.4 s, 23 bytes a fact (35 while it is made); a value of 6 entities 0.2 microseconds;
   one of 332,000 pieces, at one day of 10,000, 48 microseconds for 1,473 fits, at all times 6 ms;
   that one and one of a thousand pieces 38 microseconds; the number of its 484,586,162 pairs 5 ms.
   Sources: Knuth 1973 vol. 3, 5.2 (distribution counting); Bentley, Yao 1976 (doubling search). */

#define STLN_LIST_LONG 64u
#define STLN_REACH 16u /* pieces, or blocks of them, in a block */

/* Intervals in the order of their starts. Few have no order; they are gone through as they are. */
typedef struct stln_by_time {
    const starlings_interval *valid;
    uint32_t count;
    const uint32_t *order; /* NULL: few */
    const int64_t *reach;  /* the furthest end in each block, then in each block of blocks ... */
} stln_by_time;

/* Give an order and a reach to `count` intervals. items and spare have as many elements. */
static void stln_by_time_make(const starlings_interval *valid, uint32_t count, uint32_t *order,
                              int64_t *reach, stln_text_item *items, stln_text_item *spare)
{
    uint32_t blocks = 0;
    for (uint32_t i = 0; i < count; i++) {
        items[i].piece = (uint64_t)valid[i].start ^ (uint64_t)1 << 63; /* unsigned, same order */
        items[i].rank = 0;
        items[i].id = i;
    }
    stln_text_sort_items(NULL, items, spare, count);
    for (uint32_t i = 0; i < count; i++) {
        int64_t end = valid[items[i].id].end;
        order[i] = items[i].id;
        if (i % STLN_REACH == 0)
            reach[blocks++] = end;
        reach[blocks - 1] = stln_time_most(reach[blocks - 1], end);
    }
    while (blocks > 1) { /* reach ends as the blocks of one block */
        const int64_t *from = reach;
        uint32_t below = blocks;
        reach += below;
        blocks = 0;
        for (uint32_t i = 0; i < below; i++) {
            if (i % STLN_REACH == 0)
                reach[blocks++] = from[i];
            reach[blocks - 1] = stln_time_most(reach[blocks - 1], from[i]);
        }
    }
}

/* Goes through the intervals that overlap a range. */
typedef struct stln_time_walk {
    const stln_by_time *of;
    starlings_interval range;
    uint32_t at;
    uint32_t most; /* all from here on start too late */
} stln_time_walk;

static void stln_time_walk_begin(stln_time_walk *walk, const stln_by_time *of,
                                 starlings_interval range)
{
    uint32_t low = 0, high = of->count;
    walk->of = of;
    walk->range = range;
    walk->at = 0;
    while (of->order != NULL && low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (of->valid[of->order[middle]].start < range.end)
            low = middle + 1;
        else
            high = middle;
    }
    walk->most = high;
}

/* How many from here on end too early, as far as a block says so. */
static uint64_t stln_time_walk_skip(const stln_time_walk *walk)
{
    const int64_t *reach = walk->of->reach;
    uint32_t block = walk->at, blocks = walk->of->count;
    uint64_t skip = 0, size = 1;
    while (blocks > 1 && block % STLN_REACH == 0) {
        block /= STLN_REACH;
        blocks = (blocks - 1) / STLN_REACH + 1;
        if (reach[block] > walk->range.start)
            break;
        size *= STLN_REACH;
        skip = size;
        reach += blocks;
    }
    return skip;
}

static bool stln_time_walk_next(stln_time_walk *walk, uint32_t *out_piece)
{
    const stln_by_time *of = walk->of;
    while (walk->at < walk->most) {
        uint64_t skip = 0;
        uint32_t piece;
        if (of->order != NULL && walk->at % STLN_REACH == 0)
            skip = stln_time_walk_skip(walk);
        if (skip > 0) {
            walk->at = skip < walk->most - walk->at ? walk->at + (uint32_t)skip : walk->most;
            continue;
        }
        piece = of->order != NULL ? of->order[walk->at] : walk->at;
        walk->at++;
        if (starlings_interval_overlaps(of->valid[piece], walk->range)) {
            *out_piece = piece;
            return true;
        }
    }
    return false;
}

/* ---- the index */
typedef struct stln_value_list {
    uint32_t value;
    uint32_t attribute;
    size_t begin; /* of its pieces; the next list's begin is their end */
    size_t order; /* where its order begins; SIZE_MAX: it has none */
} stln_value_list;

struct starlings_value_index {
    starlings_allocator allocator;
    starlings_resolution *resolution;
    stln_value_list *lists; /* list_count + 1 of them */
    size_t list_count;
    uint32_t *entity; /* of each piece */
    starlings_interval *valid;
    size_t piece_count;
    size_t entity_capacity;
    size_t valid_capacity;
    uint32_t *order;
    int64_t *reach;
    size_t order_count;
};

/* What is needed to make one. */
typedef struct stln_index_work {
    uint64_t *facts; /* record << 32 | number of the fact in it, by attribute */
    uint32_t *attribute; /* of each piece */
    size_t *at_attribute;
    size_t *at_value;
    size_t fact_count;
} stln_index_work;

void starlings_value_index_release(starlings_value_index *index)
{
    starlings_allocator al;
    if (index == NULL)
        return;
    al = index->allocator;
    stln_free(&al, index->lists, index->list_count + 1, sizeof *index->lists);
    stln_free(&al, index->entity, index->entity_capacity, sizeof *index->entity);
    stln_free(&al, index->valid, index->valid_capacity, sizeof *index->valid);
    stln_free(&al, index->order, index->order_count, sizeof *index->order);
    stln_free(&al, index->reach, index->order_count / 4 + 1, sizeof *index->reach);
    starlings_resolution_release(index->resolution);
    stln_free(&al, index, 1, sizeof *index);
}

/* From counts to where each begins. */
static void stln_counts_to_begins(size_t *at, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        size_t n = at[i];
        at[i] = sum;
        sum += n;
    }
}

/* Facts by attribute, those of each attribute entity by entity. */
static void stln_index_by_attribute(const starlings_value_index *index, stln_index_work *work)
{
    const stln_store *store = index->resolution->store;
    const starlings_partition *partition = index->resolution->partition;
    for (size_t i = 0; i < work->fact_count; i++)
        work->at_attribute[store->facts[i].attribute]++;
    stln_counts_to_begins(work->at_attribute, store->attributes.count);
    for (uint32_t i = 0; i < partition->record_count; i++) {
        uint32_t record = partition->records[i]; /* entities one after the other */
        const stln_fact *facts = store->facts + store->first[record];
        size_t count = store->first[record + 1] - store->first[record];
        for (size_t f = 0; f < count; f++)
            work->facts[work->at_attribute[facts[f].attribute]++] = (uint64_t)record << 32 | f;
    }
}

/* Pieces by value, attribute and entity, not united yet. at_value becomes where each value ends. */
static void stln_index_by_value(starlings_value_index *index, stln_index_work *work)
{
    const stln_store *store = index->resolution->store;
    const uint32_t *labels = index->resolution->partition->labels;
    for (size_t i = 0; i < work->fact_count; i++)
        work->at_value[store->facts[i].value]++;
    stln_counts_to_begins(work->at_value, stln_value_bound(store));
    for (size_t i = 0; i < work->fact_count; i++) {
        uint32_t record = (uint32_t)(work->facts[i] >> 32);
        const stln_fact *fact = store->facts + store->first[record] + (uint32_t)work->facts[i];
        size_t at = work->at_value[fact->value]++;
        index->entity[at] = labels[record];
        index->valid[at] = fact->valid;
        work->attribute[at] = fact->attribute;
    }
}

static size_t stln_index_count_lists(const stln_index_work *work, uint32_t values)
{
    size_t count = 0, begin = 0;
    for (uint32_t v = 0; v < values; begin = work->at_value[v++])
        for (size_t i = begin; i < work->at_value[v]; i++)
            count += i == begin || work->attribute[i] != work->attribute[i - 1];
    return count;
}

/* Unite what an entity has in a list: pieces begin ... end - 1 go to where `to` says. */
static size_t stln_index_unite(starlings_value_index *index, size_t begin, size_t end, size_t to)
{
    while (begin < end) {
        uint32_t entity = index->entity[begin];
        size_t count = 1;
        while (begin + count < end && index->entity[begin + count] == entity)
            count++;
        memmove(index->valid + to, index->valid + begin, count * sizeof *index->valid);
        begin += count;
        for (count = starlings_timeline_make(index->valid + to, count); count > 0; count--)
            index->entity[to++] = entity;
    }
    return to;
}

/* Lists of pieces, which move together. Returns how many pieces long lists have. */
static size_t stln_index_fill_lists(starlings_value_index *index, const stln_index_work *work,
                                    uint32_t values)
{
    size_t lists = 0, begin = 0, to = 0, ordered = 0;
    for (uint32_t v = 0; v < values; v++)
        while (begin < work->at_value[v]) {
            stln_value_list *list = &index->lists[lists++];
            size_t end = begin + 1;
            while (end < work->at_value[v] && work->attribute[end] == work->attribute[begin])
                end++;
            list->value = v;
            list->attribute = work->attribute[begin];
            list->begin = to;
            to = stln_index_unite(index, begin, end, to);
            list->order = to - list->begin < STLN_LIST_LONG ? SIZE_MAX : ordered;
            ordered += list->order == SIZE_MAX ? 0 : to - list->begin;
            begin = end;
        }
    index->lists[lists].begin = to;
    index->piece_count = to;
    return ordered;
}

/* Give back what uniting saved; where that fails there is merely room. */
static void stln_index_shrink(starlings_value_index *index)
{
    size_t count = index->piece_count;
    uint32_t *entity = (uint32_t *)stln_realloc(&index->allocator, index->entity,
                                                index->entity_capacity, count, sizeof *entity);
    starlings_interval *valid = (starlings_interval *)stln_realloc(
        &index->allocator, index->valid, index->valid_capacity, count, sizeof *valid);
    if (entity != NULL) {
        index->entity = entity;
        index->entity_capacity = count;
    }
    if (valid != NULL) {
        index->valid = valid;
        index->valid_capacity = count;
    }
}

static stln_by_time stln_index_by_time(const starlings_value_index *index, size_t list)
{
    const stln_value_list *of = &index->lists[list];
    stln_by_time by;
    by.valid = index->valid + of->begin;
    by.count = (uint32_t)(of[1].begin - of->begin);
    by.order = of->order == SIZE_MAX ? NULL : index->order + of->order;
    by.reach = of->order == SIZE_MAX ? NULL : index->reach + of->order / 4;
    return by;
}

/* Sort the long lists by time. */
static starlings_status stln_index_order(starlings_value_index *index, stln_scratch *scratch)
{
    stln_text_item *items, *spare;
    size_t longest = 0;
    for (size_t i = 0; i < index->list_count; i++) {
        size_t count = index->lists[i + 1].begin - index->lists[i].begin;
        longest = count > longest ? count : longest;
    }
    if (longest >= UINT32_MAX)
        return STARLINGS_ERR_RANGE;
    if (index->order_count == 0)
        return STARLINGS_OK;
    index->order = (uint32_t *)stln_alloc(&index->allocator, index->order_count,
                                          sizeof *index->order);
    index->reach = (int64_t *)stln_alloc(&index->allocator, index->order_count / 4 + 1,
                                         sizeof *index->reach);
    items = (stln_text_item *)stln_scratch_alloc(scratch, longest, sizeof *items);
    spare = (stln_text_item *)stln_scratch_alloc(scratch, longest, sizeof *spare);
    if (scratch->failed || index->order == NULL || index->reach == NULL)
        return STARLINGS_ERR_NOMEM;
    for (size_t i = 0; i < index->list_count; i++) {
        size_t order = index->lists[i].order;
        stln_by_time by = stln_index_by_time(index, i);
        if (order != SIZE_MAX)
            stln_by_time_make(by.valid, by.count, index->order + order, index->reach + order / 4,
                              items, spare);
    }
    return STARLINGS_OK;
}

static starlings_status stln_index_pieces(starlings_value_index *index, stln_scratch *scratch)
{
    const stln_store *store = index->resolution->store;
    uint32_t records = index->resolution->record_count, values = stln_value_bound(store);
    stln_index_work work;
    work.fact_count = records == 0 ? 0 : store->first[records];
    work.facts = (uint64_t *)stln_scratch_alloc(scratch, work.fact_count, sizeof *work.facts);
    work.attribute =
        (uint32_t *)stln_scratch_alloc(scratch, work.fact_count, sizeof *work.attribute);
    work.at_attribute = (size_t *)stln_scratch_zeroed(scratch, store->attributes.count,
                                                      sizeof *work.at_attribute);
    work.at_value = (size_t *)stln_scratch_zeroed(scratch, values, sizeof *work.at_value);
    index->entity_capacity = index->valid_capacity = work.fact_count;
    index->entity =
        (uint32_t *)stln_alloc(&index->allocator, work.fact_count, sizeof *index->entity);
    index->valid = (starlings_interval *)stln_alloc(&index->allocator, work.fact_count,
                                                    sizeof *index->valid);
    if (scratch->failed || index->entity == NULL || index->valid == NULL)
        return STARLINGS_ERR_NOMEM;
    stln_index_by_attribute(index, &work);
    stln_index_by_value(index, &work);
    index->list_count = stln_index_count_lists(&work, values);
    index->lists = (stln_value_list *)stln_alloc(&index->allocator, index->list_count + 1,
                                                 sizeof *index->lists);
    if (index->lists == NULL)
        return STARLINGS_ERR_NOMEM;
    index->order_count = stln_index_fill_lists(index, &work, values);
    return STARLINGS_OK;
}

static starlings_status stln_index_make(starlings_value_index *index, const starlings_env *env)
{
    stln_scratch scratch;
    starlings_status status;
    stln_scratch_open(&scratch, &env->allocator);
    status = stln_index_pieces(index, &scratch);
    stln_scratch_close(&scratch);
    if (status == STARLINGS_OK) {
        stln_index_shrink(index);
        status = stln_report(env, "index", 1, 2);
        if (status != STARLINGS_OK)
            return status;
        status = stln_index_order(index, &scratch);
        stln_scratch_close(&scratch);
    }
    if (status != STARLINGS_OK)
        return stln_fail(env, status, 0, NULL);
    return stln_report(env, "index", 2, 2);
}

starlings_status starlings_value_index_create(starlings_resolution *resolution,
                                              const starlings_env *env,
                                              starlings_value_index **out_index)
{
    starlings_env own = stln_env_of(env, resolution != NULL ? &resolution->allocator : NULL);
    starlings_value_index *index;
    starlings_status status;
    if (out_index == NULL)
        return STARLINGS_ERR_ARG;
    *out_index = NULL;
    if (resolution == NULL)
        return stln_fail(&own, STARLINGS_ERR_ARG, 0, NULL);
    index = (starlings_value_index *)stln_alloc(&own.allocator, 1, sizeof *index);
    if (index == NULL)
        return stln_fail(&own, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(index, 0, sizeof *index);
    index->allocator = own.allocator;
    index->resolution = starlings_resolution_retain(resolution);
    status = stln_index_make(index, &own);
    if (status != STARLINGS_OK) {
        starlings_value_index_release(index);
        return status;
    }
    *out_index = index;
    return STARLINGS_OK;
}

/* ---- questions */
struct starlings_answer {
    starlings_allocator allocator;
    starlings_fit *fits; /* I1, I2 of the entities that fit */
    size_t count;
    size_t capacity;
};

/* Intervals that grow. */
typedef struct stln_pieces {
    starlings_interval *at;
    size_t count;
    size_t capacity;
} stln_pieces;

/* One list of a question: where the search for the next entity begins. */
typedef struct stln_query_list {
    size_t list;
    size_t cursor;
} stln_query_list;

typedef struct stln_query {
    const starlings_value_index *index;
    starlings_allocator allocator;
    starlings_interval range;
    uint32_t type; /* STARLINGS_NONE: any */
    stln_query_list *asked; /* by the number of their pieces; the first one gives the candidates */
    size_t count;
    stln_pieces now; /* when the candidate fits, as far as lists have been asked */
    stln_pieces next;
} stln_query;

static bool stln_pieces_add(const starlings_allocator *al, stln_pieces *pieces,
                            starlings_interval piece)
{
    if (pieces->count == pieces->capacity) {
        size_t capacity = stln_grown(pieces->capacity, 1);
        starlings_interval *at = (starlings_interval *)stln_realloc(
            al, pieces->at, pieces->capacity, capacity, sizeof *at);
        if (at == NULL)
            return false;
        pieces->at = at;
        pieces->capacity = capacity;
    }
    pieces->at[pieces->count++] = piece;
    return true;
}

/* The list of (attribute, value), or SIZE_MAX. */
static size_t stln_index_find(const starlings_value_index *index, const starlings_condition *which)
{
    const stln_store *store = index->resolution->store;
    uint32_t attribute = stln_texts_number(&store->attributes, 0, which->attribute);
    uint32_t value = stln_value_find(store, which->value);
    size_t low = 0, high = index->list_count;
    if (attribute == STARLINGS_NONE || value == STARLINGS_NONE)
        return SIZE_MAX;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const stln_value_list *list = &index->lists[middle];
        if (list->value < value || (list->value == value && list->attribute < attribute))
            low = middle + 1;
        else
            high = middle;
    }
    return low < index->list_count && index->lists[low].value == value &&
                   index->lists[low].attribute == attribute
               ? low
               : SIZE_MAX;
}

/* How many pieces of a list overlap the range, counted up to `most`. */
static uint32_t stln_query_count(const stln_query *query, size_t list, uint32_t most)
{
    stln_by_time by = stln_index_by_time(query->index, list);
    stln_time_walk walk;
    uint32_t count = 0, piece;
    stln_time_walk_begin(&walk, &by, query->range);
    while (count < most && stln_time_walk_next(&walk, &piece))
        count++;
    return count;
}

/* The lists of all conditions, the shortest first, but before all the one with the fewest pieces in
   the range, which are the candidates. False: a condition has no list. */
static bool stln_query_lists(stln_query *query, const starlings_condition *conditions,
                             stln_text_item *items, stln_text_item *spare, uint32_t *out_candidates)
{
    const stln_value_list *lists = query->index->lists;
    uint32_t count = (uint32_t)query->count, best = 0, fewest;
    stln_query_list first;
    for (uint32_t i = 0; i < count; i++) {
        size_t list = stln_index_find(query->index, &conditions[i]);
        if (list == SIZE_MAX)
            return false;
        query->asked[i].list = list;
        items[i].piece = lists[list + 1].begin - lists[list].begin;
        items[i].rank = 0;
        items[i].id = i;
    }
    stln_text_sort_items(NULL, items, spare, count);
    for (uint32_t i = 0; i < count; i++)
        spare[i].piece = query->asked[items[i].id].list;
    for (uint32_t i = 0; i < count; i++) {
        query->asked[i].list = (size_t)spare[i].piece;
        query->asked[i].cursor = lists[query->asked[i].list].begin;
    }
    fewest = stln_query_count(query, query->asked[0].list, UINT32_MAX);
    for (uint32_t i = 1; i < count; i++) {
        uint32_t pieces = stln_query_count(query, query->asked[i].list, fewest);
        best = pieces < fewest ? i : best;
        fewest = pieces;
    }
    first = query->asked[best];
    query->asked[best] = query->asked[0];
    query->asked[0] = first;
    *out_candidates = fewest;
    return true;
}

/* The first piece from `from` on, before `end`, of an entity that is not less. */
static size_t stln_query_gallop(const uint32_t *entity, size_t from, size_t end, uint32_t least)
{
    size_t step = 1, low = from, high;
    while (low < end && step < end - low && entity[low + step] < least) {
        low += step;
        step *= 2;
    }
    high = step < end - low ? low + step : end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entity[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of the times that are left of a candidate, those at which it has the value of a list too. */
static bool stln_query_cut(stln_query *query, stln_query_list *asked, uint32_t entity)
{
    const starlings_value_index *index = query->index;
    size_t end = index->lists[asked->list + 1].begin, at;
    at = stln_query_gallop(index->entity, asked->cursor, end, entity);
    end = stln_query_gallop(index->entity, at, end, entity + 1);
    asked->cursor = end;
    query->next.count = 0;
    for (size_t i = 0; i < query->now.count && at < end; i++) {
        starlings_interval now = query->now.at[i], both;
        size_t high = end;
        while (at < high) { /* the first that ends after this one starts */
            size_t middle = at + (high - at) / 2;
            if (index->valid[middle].end <= now.start)
                at = middle + 1;
            else
                high = middle;
        }
        for (size_t p = at; p < end && starlings_interval_intersect(now, index->valid[p], &both);
             p++)
            if (!stln_pieces_add(&query->allocator, &query->next, both))
                return false;
    }
    return true;
}

/* Keep what is left of a candidate that all lists have been asked about. */
static bool stln_answer_add(starlings_answer *answer, uint32_t entity, const stln_pieces *pieces)
{
    if (pieces->count > answer->capacity - answer->count) {
        size_t capacity = stln_grown(answer->capacity, answer->count + pieces->count);
        starlings_fit *fits = (starlings_fit *)stln_realloc(
            &answer->allocator, answer->fits, answer->capacity, capacity, sizeof *fits);
        if (fits == NULL)
            return false;
        answer->fits = fits;
        answer->capacity = capacity;
    }
    for (size_t i = 0; i < pieces->count; i++) {
        answer->fits[answer->count].entity = entity;
        answer->fits[answer->count++].valid = pieces->at[i];
    }
    return true;
}

static bool stln_query_is_of_type(const stln_query *query, uint32_t entity)
{
    const starlings_resolution *resolution = query->index->resolution;
    starlings_span span = starlings_partition_entity(resolution->partition, entity);
    return query->type == STARLINGS_NONE || resolution->store->type[span.records[0]] == query->type;
}

/* Ask all lists about the candidate whose times are in `now`. */
static bool stln_query_entity(stln_query *query, uint32_t entity, starlings_answer *answer)
{
    if (!stln_query_is_of_type(query, entity))
        return true;
    for (size_t i = 1; i < query->count && query->now.count > 0; i++) {
        stln_pieces swap = query->now;
        if (!stln_query_cut(query, &query->asked[i], entity))
            return false;
        query->now = query->next;
        query->next = swap;
    }
    return stln_answer_add(answer, entity, &query->now);
}

/* Go through the candidates: the pieces of the first list, or those in `items`. */
static bool stln_query_candidates(stln_query *query, const stln_text_item *items, size_t count,
                                  starlings_answer *answer)
{
    const starlings_value_index *index = query->index;
    size_t begin = index->lists[query->asked[0].list].begin;
    for (size_t i = 0; i < count;) {
        uint32_t entity = index->entity[begin + (items != NULL ? items[i].id : i)];
        query->now.count = 0;
        for (; i < count; i++) {
            size_t at = begin + (items != NULL ? items[i].id : i);
            starlings_interval both;
            if (index->entity[at] != entity)
                break;
            if (starlings_interval_intersect(index->valid[at], query->range, &both) &&
                !stln_pieces_add(&query->allocator, &query->now, both))
                return false;
        }
        if (query->now.count > 0 && !stln_query_entity(query, entity, answer))
            return false;
    }
    return true;
}

#define STLN_QUERY_FEW 8u /* fewer than one in so many pieces are looked up by time */

static starlings_status stln_query_run(stln_query *query, const starlings_condition *conditions,
                                       stln_scratch *scratch, starlings_answer *answer)
{
    const stln_value_list *lists = query->index->lists;
    uint32_t count = (uint32_t)query->count, candidates = 0, found = 0, length;
    stln_text_item *items =
        (stln_text_item *)stln_scratch_alloc(scratch, count, sizeof *items);
    stln_text_item *spare =
        (stln_text_item *)stln_scratch_alloc(scratch, count, sizeof *spare);
    query->asked = (stln_query_list *)stln_scratch_alloc(scratch, count, sizeof *query->asked);
    if (scratch->failed)
        return STARLINGS_ERR_NOMEM;
    if (!stln_query_lists(query, conditions, items, spare, &candidates))
        return STARLINGS_OK;
    lists += query->asked[0].list;
    length = (uint32_t)(lists[1].begin - lists[0].begin);
    items = NULL;
    if (candidates < length / STLN_QUERY_FEW) {
        stln_by_time by = stln_index_by_time(query->index, query->asked[0].list);
        stln_time_walk walk;
        items = (stln_text_item *)stln_scratch_alloc(scratch, candidates, sizeof *items);
        spare = (stln_text_item *)stln_scratch_alloc(scratch, candidates, sizeof *spare);
        if (scratch->failed)
            return STARLINGS_ERR_NOMEM;
        stln_time_walk_begin(&walk, &by, query->range);
        for (; found < candidates && stln_time_walk_next(&walk, &items[found].id); found++) {
            items[found].piece = items[found].id;
            items[found].rank = 0;
        }
        stln_text_sort_items(NULL, items, spare, candidates);
    }
    if (!stln_query_candidates(query, items, items != NULL ? candidates : length, answer))
        return STARLINGS_ERR_NOMEM;
    return STARLINGS_OK;
}

/* Check what is asked, and fill the query. *out_none: nothing can fit. */
static starlings_status stln_query_open(stln_query *query, const starlings_query_desc *desc,
                                        const starlings_env *env, bool *out_none)
{
    starlings_interval range = desc->range;
    *out_none = desc->condition_count == 0;
    memset(query, 0, sizeof *query);
    if (desc->conditions == NULL && desc->condition_count > 0)
        return stln_fail(env, STARLINGS_ERR_ARG, 0, NULL);
    if (desc->condition_count >= UINT32_MAX)
        return stln_fail(env, STARLINGS_ERR_RANGE, 0, "too many conditions");
    for (size_t i = 0; i < desc->condition_count; i++)
        if (!stln_text_valid(desc->conditions[i].attribute) ||
            !stln_text_valid(desc->conditions[i].value))
            return stln_fail(env, STARLINGS_ERR_ARG, i, "a text is NULL");
    if (range.start == 0 && range.end == 0) {
        range.start = STARLINGS_START_OF_TIME;
        range.end = STARLINGS_END_OF_TIME;
    }
    if (starlings_interval_is_empty(range))
        return stln_fail(env, STARLINGS_ERR_ARG, 0, "the range is empty");
    query->index = desc->index;
    query->allocator = env->allocator;
    query->range = range;
    query->count = desc->condition_count;
    query->type = STARLINGS_NONE;
    if (desc->type != NULL) {
        query->type = stln_texts_number(&desc->index->resolution->store->types, 0,
                                        stln_text_of(desc->type));
        *out_none = *out_none || query->type == STARLINGS_NONE;
    }
    return STARLINGS_OK;
}

void starlings_answer_release(starlings_answer *answer)
{
    starlings_allocator al;
    if (answer == NULL)
        return;
    al = answer->allocator;
    stln_free(&al, answer->fits, answer->capacity, sizeof *answer->fits);
    stln_free(&al, answer, 1, sizeof *answer);
}

starlings_status starlings_query(const starlings_query_desc *desc, starlings_answer **out_answer)
{
    starlings_env env;
    starlings_answer *answer;
    starlings_status status;
    stln_scratch scratch;
    stln_query query;
    bool none;
    if (out_answer == NULL)
        return STARLINGS_ERR_ARG;
    *out_answer = NULL;
    if (desc == NULL || desc->index == NULL)
        return stln_fail(desc != NULL ? &desc->env : NULL, STARLINGS_ERR_ARG, 0, NULL);
    env = stln_env_of(&desc->env, &desc->index->allocator);
    status = stln_query_open(&query, desc, &env, &none);
    if (status != STARLINGS_OK)
        return status;
    answer = (starlings_answer *)stln_alloc(&env.allocator, 1, sizeof *answer);
    if (answer == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(answer, 0, sizeof *answer);
    answer->allocator = env.allocator;
    stln_scratch_open(&scratch, &env.allocator);
    if (!none)
        status = stln_query_run(&query, desc->conditions, &scratch, answer);
    stln_scratch_close(&scratch);
    stln_free(&env.allocator, query.now.at, query.now.capacity, sizeof *query.now.at);
    stln_free(&env.allocator, query.next.at, query.next.capacity, sizeof *query.next.at);
    if (status != STARLINGS_OK) {
        starlings_answer_release(answer);
        return stln_fail(&env, status, 0, NULL);
    }
    *out_answer = answer;
    return STARLINGS_OK;
}

const starlings_fit *starlings_answer_fits(const starlings_answer *answer, size_t *out_count)
{
    if (out_count != NULL)
        *out_count = answer == NULL ? 0 : answer->count;
    return answer == NULL ? NULL : answer->fits;
}

/* ---- pairs */
/* How many pieces of different entities overlap: n pieces and their ends, which are sorted here. */
static uint64_t stln_fit_pairs_count(const starlings_answer *answer, uint64_t *times,
                                     uint64_t *ends, uint64_t *spare)
{
    const uint64_t sign = (uint64_t)1 << 63; /* unsigned, same order */
    size_t n = answer->count, ended = 0;
    uint64_t count = 0, *starts;
    for (size_t i = 0; i < n; i++) {
        times[i] = (uint64_t)answer->fits[i].valid.start ^ sign;
        ends[i] = (uint64_t)answer->fits[i].valid.end ^ sign;
    }
    starts = stln_sort_u64(times, spare, n, 0);
    ends = stln_sort_u64(ends, starts == times ? spare : times, n, 0);
    for (size_t i = 0; i < n; i++) {
        while (ends[ended] <= starts[i])
            ended++;
        count += i - ended;
    }
    return count;
}

typedef struct stln_fit_pairs {
    const starlings_answer *answer;
    stln_by_time by;
    starlings_fit_pair *pairs;
    size_t left; /* room in pairs */
    stln_text_item *items; /* pieces that overlap one of the entity's: other << 32 | own */
    stln_text_item *spare;
    size_t capacity; /* of both */
    size_t count;
} stln_fit_pairs;

static bool stln_fit_pairs_grow(stln_fit_pairs *work, const starlings_allocator *al)
{
    size_t capacity = stln_grown(work->capacity, 1);
    stln_text_item *items = (stln_text_item *)stln_alloc(al, capacity, sizeof *items);
    stln_text_item *spare = (stln_text_item *)stln_alloc(al, capacity, sizeof *spare);
    if (items == NULL || spare == NULL) {
        stln_free(al, items, capacity, sizeof *items);
        stln_free(al, spare, capacity, sizeof *spare);
        return false;
    }
    if (work->count > 0)
        memcpy(items, work->items, work->count * sizeof *items);
    stln_free(al, work->items, work->capacity, sizeof *items);
    stln_free(al, work->spare, work->capacity, sizeof *spare);
    work->items = items;
    work->spare = spare;
    work->capacity = capacity;
    return true;
}

/* Keep one more. No more are ever needed than there is room for pairs, so of twice as many the
   later half is dropped. */
static bool stln_fit_pairs_add(stln_fit_pairs *work, const starlings_allocator *al,
                               uint32_t other, uint32_t own)
{
    if (work->count == work->capacity && work->count / 2 >= work->left) {
        stln_text_sort_items(NULL, work->items, work->spare, work->count);
        work->count = work->left;
    }
    if (work->count == work->capacity && !stln_fit_pairs_grow(work, al))
        return false;
    work->items[work->count].piece = (uint64_t)other << 32 | own;
    work->items[work->count].rank = 0;
    work->items[work->count++].id = 0;
    return true;
}

/* All pairs of the entity with pieces begin ... end - 1 and entities behind it. */
static bool stln_fit_pairs_entity(stln_fit_pairs *work, const starlings_allocator *al,
                                  uint32_t begin, uint32_t end)
{
    const starlings_fit *fits = work->answer->fits;
    work->count = 0;
    for (uint32_t own = begin; own < end; own++) {
        stln_time_walk walk;
        uint32_t other;
        stln_time_walk_begin(&walk, &work->by, fits[own].valid);
        while (stln_time_walk_next(&walk, &other))
            if (other >= end && !stln_fit_pairs_add(work, al, other, own))
                return false;
    }
    stln_text_sort_items(NULL, work->items, work->spare, work->count);
    for (size_t i = 0; i < work->count && work->left > 0; i++, work->left--) {
        const starlings_fit *own = fits + (uint32_t)work->items[i].piece;
        const starlings_fit *other = fits + (work->items[i].piece >> 32);
        work->pairs->a = own->entity;
        work->pairs->b = other->entity;
        (void)starlings_interval_intersect(own->valid, other->valid, &work->pairs->valid);
        work->pairs++;
    }
    return true;
}

static starlings_status stln_fit_pairs_write(stln_fit_pairs *work, stln_scratch *scratch)
{
    const starlings_fit *fits = work->answer->fits;
    uint32_t n = (uint32_t)work->answer->count;
    bool done = true;
    starlings_interval *valid =
        (starlings_interval *)stln_scratch_alloc(scratch, n, sizeof *valid);
    uint32_t *order = (uint32_t *)stln_scratch_alloc(scratch, n, sizeof *order);
    int64_t *reach = (int64_t *)stln_scratch_alloc(scratch, n / 4 + 16, sizeof *reach);
    work->capacity = n;
    work->items = (stln_text_item *)stln_alloc(&scratch->allocator, n, sizeof *work->items);
    work->spare = (stln_text_item *)stln_alloc(&scratch->allocator, n, sizeof *work->spare);
    if (!scratch->failed && work->items != NULL && work->spare != NULL) {
        for (uint32_t i = 0; i < n; i++)
            valid[i] = fits[i].valid;
        stln_by_time_make(valid, n, order, reach, work->items, work->spare);
        work->by.valid = valid;
        work->by.count = n;
        work->by.order = order;
        work->by.reach = reach;
        for (uint32_t begin = 0, end; done && begin < n && work->left > 0; begin = end) {
            for (end = begin + 1; end < n && fits[end].entity == fits[begin].entity;)
                end++;
            done = stln_fit_pairs_entity(work, &scratch->allocator, begin, end);
        }
    } else
        done = false;
    stln_free(&scratch->allocator, work->items, work->capacity, sizeof *work->items);
    stln_free(&scratch->allocator, work->spare, work->capacity, sizeof *work->spare);
    return done ? STARLINGS_OK : STARLINGS_ERR_NOMEM;
}

starlings_status starlings_answer_pairs(const starlings_answer *answer, const starlings_env *env,
                                        starlings_fit_pair *pairs, size_t capacity,
                                        uint64_t *out_count)
{
    starlings_env own = stln_env_of(env, answer != NULL ? &answer->allocator : NULL);
    starlings_status status = STARLINGS_OK;
    uint64_t *times, *ends, *spare, count = 0;
    stln_scratch scratch;
    stln_fit_pairs work;
    if (out_count == NULL)
        return STARLINGS_ERR_ARG;
    *out_count = 0;
    if (answer == NULL || (pairs == NULL && capacity > 0))
        return stln_fail(&own, STARLINGS_ERR_ARG, 0, NULL);
    if (answer->count >= UINT32_MAX)
        return stln_fail(&own, STARLINGS_ERR_RANGE, 0, "too many fits");
    stln_scratch_open(&scratch, &own.allocator);
    times = (uint64_t *)stln_scratch_alloc(&scratch, answer->count, sizeof *times);
    ends = (uint64_t *)stln_scratch_alloc(&scratch, answer->count, sizeof *ends);
    spare = (uint64_t *)stln_scratch_alloc(&scratch, answer->count, sizeof *spare);
    if (scratch.failed)
        status = STARLINGS_ERR_NOMEM;
    else
        count = stln_fit_pairs_count(answer, times, ends, spare);
    stln_scratch_close(&scratch);
    if (status == STARLINGS_OK && count > 0 && capacity > 0) {
        memset(&work, 0, sizeof work);
        work.answer = answer;
        work.pairs = pairs;
        work.left = capacity;
        status = stln_fit_pairs_write(&work, &scratch);
        stln_scratch_close(&scratch);
    }
    if (status != STARLINGS_OK)
        return stln_fail(&own, status, 0, NULL);
    *out_count = count;
    return STARLINGS_OK;
}

/* ---- graphs */
/* What goes out is a stream of nodes and edges with fields, and each format says how these look.

     record    node "type/perspective/uid"   its type, perspective, uid, entity; in JSON lines what
                                             it says
     entity    node "entity:" + its record that is first   its size, its name
     member    edge from each record to its entity
     same_as   edge between two records     a match: key, weight, from, to; one fewer than records
     conflict  node "conflict:0"            which kind, attribute, perspective, entity, from, to
     party     edge from it to a record     the value
     refusal   node "refusal:0"             key, attribute, perspective
     side      edge from it to a record     the value, from, to

   A conflict is a node of its own, so it costs as many edges as it has parties, never pairs of
   them. Everything is sorted by the bytes of identities (type, perspective, uid), entities by their
   first record, what is between entities by its texts and times, so the order in which records came
   shows nowhere.

   I4  An id has no byte that any of the formats would have to write otherwise: / : % " \ < > & and
       control characters of its parts, and what is not UTF-8, become %XX. So it is the same id in
       all formats, and no two are the same.
   I5  Other texts are written as they are, where the format can: control characters that it cannot
       write, and bytes that are not UTF-8, become U+FFFD. DOT has no way to write a backslash but
       in labels, where it is doubled; the other fields double it too.
   An end that is unbounded is null in JSON and left out elsewhere.
   The matches are found again here: those that the linker kept depend on the numbers of records
   where several would do.
   Cost: O(n log n) for n records; 45 bytes a record of work space, and 80 a conflict and 52 a party
   of it. Measured as above: 1.5 s for DOT, 1.3 s for GraphML, 2.8 s with all facts in JSON lines.
   Sources: RFC 8259 (JSON); Brandes et al. 2002 (GraphML); XML 1.0, 2.2 (characters); the DOT
   language (graphviz.org/doc/info/lang.html). */

#define STLN_GRAPH_BUFFER ((size_t)1 << 15)
#define STLN_GRAPH_STEP 65536u /* records between two reports */

/* An end of a conflict or a refusal: who says what. */
typedef struct stln_leg {
    starlings_text value;
    starlings_interval valid; /* of a refusal's side */
    uint32_t record;
    uint32_t entity;
} stln_leg;

/* A conflict or a refusal. */
typedef struct stln_knot {
    starlings_text key; /* of a refusal; else empty */
    starlings_text attribute;
    starlings_text perspective;
    starlings_interval valid; /* of a conflict */
    uint32_t kind;            /* of a conflict; STARLINGS_NONE: a refusal */
    uint32_t entity;
    uint32_t leg; /* the first one in stln_graph.leg_order */
    uint32_t leg_count;
} stln_knot;

/* A match of two records, by their ranks. */
typedef struct stln_graph_link {
    uint32_t a; /* < b */
    uint32_t b;
    uint32_t weight;
} stln_graph_link;

/* What holds one entity together; there is room for the largest. */
typedef struct stln_graph_links {
    uint32_t *entries; /* of its records */
    uint32_t *spare;
    stln_graph_link *links;
    uint32_t *order;
    uint32_t count;
    uint32_t *root; /* of ranks */
} stln_graph_links;

typedef struct stln_graph {
    const starlings_graph_desc *desc;
    const starlings_resolution *resolution;
    starlings_env env;
    starlings_status status; /* the first one that is not OK stays */
    char *buffer;
    size_t used;
    bool first;         /* the next field is the first of its node or edge */
    uint32_t *rank;     /* of a record by identity, among those that are of interest; else NONE */
    uint32_t *order;    /* rank -> record */
    uint32_t count;     /* of these */
    uint32_t *first_of; /* entity -> the least rank of its records; NONE: not of interest */
    uint32_t *next;     /* rank -> the next one of the same entity; NONE: the last */
    stln_graph_links links;
    const stln_fact *said; /* the facts of one record */
    uint32_t *facts;       /* their numbers in it; there is room for those of any record */
    uint32_t *fact_spare;
    stln_knot *knots;
    uint32_t *knot_order;
    uint32_t knot_count;
    stln_leg *legs;
    uint32_t *leg_order;
    uint32_t leg_count;
} stln_graph;

/* Bytes. */

static void stln_graph_flush(stln_graph *graph)
{
    const starlings_sink *sink = &graph->desc->sink;
    if (graph->used > 0 && graph->status == STARLINGS_OK)
        graph->status = sink->write(sink->ctx, graph->buffer, graph->used);
    graph->used = 0;
}

static void stln_graph_bytes(stln_graph *graph, const char *bytes, size_t size)
{
    while (size > 0 && graph->status == STARLINGS_OK) {
        size_t part = stln_min_size(size, STLN_GRAPH_BUFFER - graph->used);
        memcpy(graph->buffer + graph->used, bytes, part);
        graph->used += part;
        bytes += part;
        size -= part;
        if (graph->used == STLN_GRAPH_BUFFER)
            stln_graph_flush(graph);
    }
}

static void stln_graph_put(stln_graph *graph, const char *text)
{
    stln_graph_bytes(graph, text, strlen(text));
}

static void stln_graph_hex(stln_graph *graph, const char *before, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    stln_graph_put(graph, before);
    stln_graph_bytes(graph, &digits[byte >> 4], 1);
    stln_graph_bytes(graph, &digits[byte & 15], 1);
}

static void stln_graph_u64(stln_graph *graph, uint64_t value)
{
    char text[20];
    stln_graph_bytes(graph, text, stln_write_u64(text, value));
}

/* Is this character one that XML has no way to write: U+FFFE, U+FFFF? */
static bool stln_graph_is_none(const unsigned char *p, size_t size)
{
    return size == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe;
}

/* I4. */
static void stln_graph_id_part(stln_graph *graph, starlings_text text)
{
    const unsigned char *p = (const unsigned char *)text.text;
    for (size_t at = 0; at < text.size;) {
        size_t size = stln_utf8_size(p + at, text.size - at);
        if (size == 0 || p[at] < 0x20 || p[at] == 0x7f || memchr("/:%\"\\<>&", p[at], 8) != NULL ||
            stln_graph_is_none(p + at, size))
            for (size_t end = at + (size == 0 ? 1 : size); at < end; at++)
                stln_graph_hex(graph, "%", p[at]);
        else {
            stln_graph_bytes(graph, text.text + at, size);
            at += size;
        }
    }
}

static void stln_graph_record_id(stln_graph *graph, uint32_t record)
{
    const stln_store *store = graph->resolution->store;
    stln_graph_id_part(graph, stln_texts_at(&store->types, store->type[record]));
    stln_graph_put(graph, "/");
    stln_graph_id_part(graph, stln_texts_at(&store->perspectives, store->perspective[record]));
    stln_graph_put(graph, "/");
    stln_graph_id_part(graph, stln_store_uid(store, record));
}

static void stln_graph_entity_id(stln_graph *graph, uint32_t entity)
{
    stln_graph_put(graph, "entity:");
    stln_graph_record_id(graph, graph->order[graph->first_of[entity]]);
}

static void stln_graph_knot_id(stln_graph *graph, const stln_knot *knot, uint32_t number)
{
    stln_graph_put(graph, knot->kind == STARLINGS_NONE ? "refusal:" : "conflict:");
    stln_graph_u64(graph, number);
}

/* How one byte is written in the three formats; NULL: as it is; "": not at all, so U+FFFD. */

static const char *stln_graph_dot(unsigned char byte, bool label)
{
    switch (byte) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\t':
        return NULL;
    case '&': /* labels know the entities of HTML */
        return label ? "&amp;" : NULL;
    default:
        return byte < 0x20 || byte == 0x7f ? "" : NULL;
    }
}

static const char *stln_graph_xml(unsigned char byte)
{
    switch (byte) {
    case '"':
        return "&quot;";
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return byte < 0x20 ? "" : NULL;
    }
}

static const char *stln_graph_json(unsigned char byte)
{
    switch (byte) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

/* I5. */
static void stln_graph_text(stln_graph *graph, starlings_text text, bool label)
{
    const unsigned char *p = (const unsigned char *)text.text;
    starlings_graph_format format = graph->desc->format;
    for (size_t at = 0, size; at < text.size; at += size) {
        const char *as = NULL;
        size = stln_utf8_size(p + at, text.size - at);
        if (size == 0 || (format == STARLINGS_GRAPH_GRAPHML && stln_graph_is_none(p + at, size))) {
            stln_graph_put(graph, "\xef\xbf\xbd");
            size = size == 0 ? 1 : size;
            continue;
        }
        if (format == STARLINGS_GRAPH_JSON_LINES && p[at] < 0x20 &&
            stln_graph_json(p[at]) == NULL) {
            stln_graph_hex(graph, "\\u00", p[at]);
            continue;
        }
        if (size == 1)
            as = format == STARLINGS_GRAPH_DOT       ? stln_graph_dot(p[at], label)
                 : format == STARLINGS_GRAPH_GRAPHML ? stln_graph_xml(p[at])
                                                     : stln_graph_json(p[at]);
        if (as == NULL)
            stln_graph_bytes(graph, text.text + at, size);
        else
            stln_graph_put(graph, as[0] != '\0' ? as : "\xef\xbf\xbd");
    }
}

/* Nodes, edges and their fields. */

static void stln_graph_name(stln_graph *graph, const char *name)
{
    switch (graph->desc->format) {
    case STARLINGS_GRAPH_DOT:
        stln_graph_put(graph, graph->first ? " [" : ", ");
        stln_graph_put(graph, name);
        stln_graph_put(graph, "=");
        break;
    case STARLINGS_GRAPH_GRAPHML:
        stln_graph_put(graph, "<data key=\"");
        stln_graph_put(graph, name);
        stln_graph_put(graph, "\">");
        break;
    case STARLINGS_GRAPH_JSON_LINES:
        stln_graph_put(graph, graph->first ? "\"" : ",\"");
        stln_graph_put(graph, name);
        stln_graph_put(graph, "\":");
        break;
    case STARLINGS_GRAPH_FORCE_I32:
        break;
    }
    graph->first = false;
}

static void stln_graph_quote(stln_graph *graph)
{
    if (graph->desc->format != STARLINGS_GRAPH_GRAPHML)
        stln_graph_put(graph, "\"");
}

static void stln_graph_field_end(stln_graph *graph)
{
    if (graph->desc->format == STARLINGS_GRAPH_GRAPHML)
        stln_graph_put(graph, "</data>");
}

static void stln_graph_field(stln_graph *graph, const char *name, starlings_text text)
{
    stln_graph_name(graph, name);
    stln_graph_quote(graph);
    stln_graph_text(graph, text, false);
    stln_graph_quote(graph);
    stln_graph_field_end(graph);
}

static void stln_graph_field_entity(stln_graph *graph, uint32_t entity)
{
    stln_graph_name(graph, "entity");
    stln_graph_quote(graph);
    stln_graph_entity_id(graph, entity);
    stln_graph_quote(graph);
    stln_graph_field_end(graph);
}

/* One end of an interval. */
static void stln_graph_time(stln_graph *graph, const char *name, int64_t time, int64_t unbounded)
{
    bool json = graph->desc->format == STARLINGS_GRAPH_JSON_LINES;
    char date[24];
    if (time == unbounded && !json)
        return;
    stln_graph_name(graph, name);
    if (time == unbounded)
        stln_graph_put(graph, "null");
    else if (graph->desc->dates) {
        starlings_date_write(time, date);
        stln_graph_quote(graph);
        stln_graph_put(graph, date);
        stln_graph_quote(graph);
    } else {
        if (time < 0)
            stln_graph_put(graph, "-");
        stln_graph_u64(graph, time < 0 ? 0 - (uint64_t)time : (uint64_t)time);
    }
    stln_graph_field_end(graph);
}

static void stln_graph_times(stln_graph *graph, starlings_interval valid)
{
    stln_graph_time(graph, "from", valid.start, STARLINGS_START_OF_TIME);
    stln_graph_time(graph, "to", valid.end, STARLINGS_END_OF_TIME);
}

/* What a picture shows, and how: pieces of the label, then DOT's attributes for the kind. */
static void stln_graph_label(stln_graph *graph, starlings_text a, const char *between,
                             starlings_text b, const char *style)
{
    if (graph->desc->format != STARLINGS_GRAPH_DOT)
        return;
    stln_graph_name(graph, "label");
    stln_graph_put(graph, "\"");
    stln_graph_text(graph, a, true);
    stln_graph_put(graph, between);
    stln_graph_text(graph, b, true);
    stln_graph_put(graph, "\"");
    stln_graph_put(graph, style);
}

/* A node begins; its id follows, then stln_graph_kind. */
static void stln_graph_node(stln_graph *graph, const char *kind)
{
    switch (graph->desc->format) {
    case STARLINGS_GRAPH_DOT:
        stln_graph_put(graph, "  \"");
        break;
    case STARLINGS_GRAPH_GRAPHML:
        stln_graph_put(graph, "    <node id=\"");
        break;
    case STARLINGS_GRAPH_JSON_LINES:
        stln_graph_put(graph, "{\"node\":\"");
        stln_graph_put(graph, kind);
        stln_graph_put(graph, "\",\"id\":\"");
        break;
    case STARLINGS_GRAPH_FORCE_I32:
        break;
    }
}

/* An edge begins; the id of its source follows, then stln_graph_target, the id of its target and
   stln_graph_kind. */
static void stln_graph_edge(stln_graph *graph, const char *kind)
{
    switch (graph->desc->format) {
    case STARLINGS_GRAPH_DOT:
        stln_graph_put(graph, "  \"");
        break;
    case STARLINGS_GRAPH_GRAPHML:
        stln_graph_put(graph, "    <edge source=\"");
        break;
    case STARLINGS_GRAPH_JSON_LINES:
        stln_graph_put(graph, "{\"edge\":\"");
        stln_graph_put(graph, kind);
        stln_graph_put(graph, "\",\"source\":\"");
        break;
    case STARLINGS_GRAPH_FORCE_I32:
        break;
    }
}

static void stln_graph_target(stln_graph *graph)
{
    starlings_graph_format format = graph->desc->format;
    stln_graph_put(graph, format == STARLINGS_GRAPH_DOT       ? "\" -- \""
                          : format == STARLINGS_GRAPH_GRAPHML ? "\" target=\""
                                                              : "\",\"target\":\"");
}

static void stln_graph_kind(stln_graph *graph, const char *kind)
{
    bool json = graph->desc->format == STARLINGS_GRAPH_JSON_LINES;
    stln_graph_put(graph, graph->desc->format == STARLINGS_GRAPH_GRAPHML ? "\">" : "\"");
    graph->first = !json;
    if (!json)
        stln_graph_field(graph, "kind", stln_text_of(kind));
}

static void stln_graph_end(stln_graph *graph, const char *what)
{
    starlings_graph_format format = graph->desc->format;
    if (format == STARLINGS_GRAPH_GRAPHML) {
        stln_graph_put(graph, "</");
        stln_graph_put(graph, what);
        stln_graph_put(graph, ">\n");
    } else
        stln_graph_put(graph, format == STARLINGS_GRAPH_DOT ? "];\n" : "}\n");
}

/* What stands before everything. */
static void stln_graph_head(stln_graph *graph)
{
    static const char *const fields[][2] = {
        { "kind", "string" },      { "type", "string" },  { "perspective", "string" },
        { "uid", "string" },       { "entity", "string" }, { "size", "long" },
        { "name", "string" },      { "key", "string" },   { "weight", "double" },
        { "conflict", "string" },  { "attribute", "string" }, { "value", "string" },
        { "from", NULL },          { "to", NULL }
    };
    if (graph->desc->format == STARLINGS_GRAPH_DOT)
        stln_graph_put(graph, "graph starlings {\n");
    if (graph->desc->format != STARLINGS_GRAPH_GRAPHML)
        return;
    stln_graph_put(graph, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const char *type = fields[i][1];
        stln_graph_put(graph, "  <key id=\"");
        stln_graph_put(graph, fields[i][0]);
        stln_graph_put(graph, "\" for=\"all\" attr.name=\"");
        stln_graph_put(graph, fields[i][0]);
        stln_graph_put(graph, "\" attr.type=\"");
        stln_graph_put(graph, type != NULL ? type : graph->desc->dates ? "string" : "long");
        stln_graph_put(graph, "\"/>\n");
    }
    stln_graph_put(graph, "  <graph id=\"starlings\" edgedefault=\"undirected\">\n");
}

static void stln_graph_foot(stln_graph *graph)
{
    if (graph->desc->format == STARLINGS_GRAPH_DOT)
        stln_graph_put(graph, "}\n");
    if (graph->desc->format == STARLINGS_GRAPH_GRAPHML)
        stln_graph_put(graph, "  </graph>\n</graphml>\n");
}

/* The nodes and edges. */

static bool stln_graph_fact_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_graph *graph = (const stln_graph *)ctx;
    const stln_store *store = graph->resolution->store;
    const stln_fact *x = graph->said + a, *y = graph->said + b;
    int order = x->attribute == y->attribute
                    ? 0
                    : stln_text_compare(stln_texts_at(&store->attributes, x->attribute),
                                        stln_texts_at(&store->attributes, y->attribute));
    if (order == 0 && x->value != y->value)
        order = stln_text_compare(stln_value_text(store, x->value),
                                  stln_value_text(store, y->value));
    return order != 0 ? order < 0 : x->valid.start < y->valid.start;
}

/* What a record says, as a list: by attribute and value, as bytes, and time. */
static void stln_graph_descriptors(stln_graph *graph, uint32_t record)
{
    const stln_store *store = graph->resolution->store;
    size_t count;
    graph->said = stln_store_facts(store, record, &count);
    for (uint32_t i = 0; i < count; i++)
        graph->facts[i] = i;
    stln_order(graph->facts, graph->fact_spare, count, stln_graph_fact_before, graph);
    stln_graph_name(graph, "descriptors");
    stln_graph_put(graph, "[");
    for (size_t i = 0; i < count; i++) {
        const stln_fact *fact = graph->said + graph->facts[i];
        stln_graph_put(graph, i == 0 ? "{" : ",{");
        graph->first = true;
        stln_graph_field(graph, "attribute", stln_texts_at(&store->attributes, fact->attribute));
        stln_graph_field(graph, "value", stln_value_text(store, fact->value));
        stln_graph_times(graph, fact->valid);
        stln_graph_put(graph, "}");
    }
    stln_graph_put(graph, "]");
}

static void stln_graph_write_record(stln_graph *graph, uint32_t record)
{
    const stln_store *store = graph->resolution->store;
    starlings_text type = stln_texts_at(&store->types, store->type[record]);
    starlings_text perspective = stln_texts_at(&store->perspectives, store->perspective[record]);
    starlings_text uid = stln_store_uid(store, record);
    stln_graph_node(graph, "record");
    stln_graph_record_id(graph, record);
    stln_graph_kind(graph, "record");
    stln_graph_field(graph, "type", type);
    stln_graph_field(graph, "perspective", perspective);
    stln_graph_field(graph, "uid", uid);
    stln_graph_field_entity(graph, graph->resolution->partition->labels[record]);
    stln_graph_label(graph, perspective, ":", uid, "");
    if (graph->desc->format == STARLINGS_GRAPH_JSON_LINES)
        stln_graph_descriptors(graph, record);
    stln_graph_end(graph, "node");
}

static void stln_graph_write_entity(stln_graph *graph, uint32_t entity)
{
    uint32_t size = starlings_partition_entity(graph->resolution->partition, entity).count;
    starlings_text name = { "", 0 };
    char number[20];
    stln_graph_node(graph, "entity");
    stln_graph_entity_id(graph, entity);
    stln_graph_kind(graph, "entity");
    stln_graph_name(graph, "size");
    stln_graph_u64(graph, size);
    stln_graph_field_end(graph);
    if (graph->desc->names != NULL) {
        name = starlings_entity_names_at(graph->desc->names, entity);
        stln_graph_field(graph, "name", name);
        stln_graph_label(graph, name, "", stln_text_of(NULL), ", shape=box");
    } else {
        name.text = number;
        name.size = stln_write_u64(number, size);
        stln_graph_label(graph, name, size == 1 ? " record" : " records", stln_text_of(NULL),
                         ", shape=box");
    }
    stln_graph_end(graph, "node");
}

static void stln_graph_write_member(stln_graph *graph, uint32_t record, uint32_t entity)
{
    stln_graph_edge(graph, "member");
    stln_graph_record_id(graph, record);
    stln_graph_target(graph);
    stln_graph_entity_id(graph, entity);
    stln_graph_kind(graph, "member");
    if (graph->desc->format == STARLINGS_GRAPH_DOT)
        stln_graph_put(graph, ", style=dotted");
    stln_graph_end(graph, "edge");
}

static void stln_graph_write_link(stln_graph *graph, const stln_graph_link *link)
{
    uint32_t a = graph->order[link->a], b = graph->order[link->b];
    starlings_match match;
    char weight[24];
    (void)stln_match_between(graph->resolution, a, b, link->weight, &match);
    stln_graph_edge(graph, "same_as");
    stln_graph_record_id(graph, a);
    stln_graph_target(graph);
    stln_graph_record_id(graph, b);
    stln_graph_kind(graph, "same_as");
    stln_graph_field(graph, "key", match.key);
    stln_graph_name(graph, "weight");
    stln_graph_bytes(graph, weight, stln_write_millionths(weight, link->weight));
    stln_graph_field_end(graph);
    stln_graph_times(graph, match.valid);
    stln_graph_label(graph, match.key, "", stln_text_of(NULL), "");
    stln_graph_end(graph, "edge");
}

/* The matches of an entity: of its entries (S82), in each bucket, each to the one before that
   reaches furthest, as a sweep without regard to numbers of records finds them; of these the ones
   that span it, heaviest first. */

static bool stln_graph_entry_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_graph *graph = (const stln_graph *)ctx;
    const stln_entry *x = graph->resolution->linker->entries + a;
    const stln_entry *y = graph->resolution->linker->entries + b;
    if (x->bucket != y->bucket)
        return x->bucket < y->bucket;
    if (x->valid.start != y->valid.start)
        return x->valid.start < y->valid.start;
    return graph->rank[x->record] < graph->rank[y->record];
}

static bool stln_graph_link_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_graph_link *x = (const stln_graph_link *)ctx + a;
    const stln_graph_link *y = (const stln_graph_link *)ctx + b;
    if (x->weight != y->weight)
        return x->weight > y->weight;
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

static bool stln_graph_pair_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_graph_link *x = (const stln_graph_link *)ctx + a;
    const stln_graph_link *y = (const stln_graph_link *)ctx + b;
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

/* The sweep. */
static void stln_graph_find_links(stln_graph *graph, uint32_t first)
{
    const starlings_linker *linker = graph->resolution->linker;
    stln_graph_links *all = &graph->links;
    const stln_entry *furthest = NULL;
    uint32_t count = 0;
    for (uint32_t r = first; r != STARLINGS_NONE; r = graph->next[r]) {
        const uint32_t *of = linker->entry_first + graph->order[r];
        for (uint32_t e = of[0]; e < of[1]; e++)
            all->entries[count++] = e;
        all->root[r] = r;
    }
    stln_order(all->entries, all->spare, count, stln_graph_entry_before, graph);
    all->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const stln_entry *entry = linker->entries + all->entries[i];
        if (furthest != NULL && furthest->bucket != entry->bucket)
            furthest = NULL;
        if (furthest != NULL && entry->valid.start < furthest->valid.end) {
            uint32_t a = graph->rank[furthest->record], b = graph->rank[entry->record];
            uint32_t key = stln_texts_group(&linker->buckets, entry->bucket);
            stln_graph_link *link = &all->links[all->count];
            link->a = a < b ? a : b;
            link->b = a < b ? b : a;
            link->weight = linker->store.ontology->key_rules[key].weight;
            all->order[all->count] = all->count;
            all->count++;
        }
        if (furthest == NULL || furthest->valid.end < entry->valid.end)
            furthest = entry;
    }
}

static uint32_t stln_graph_root(uint32_t *root, uint32_t r)
{
    while (root[r] != r) {
        root[r] = root[root[r]];
        r = root[r];
    }
    return r;
}

/* The links that span the entity whose first record has rank `first`, sorted by a and b. */
static void stln_graph_span(stln_graph *graph, uint32_t first)
{
    stln_graph_links *all = &graph->links;
    uint32_t kept = 0;
    stln_graph_find_links(graph, first);
    stln_order(all->order, all->spare, all->count, stln_graph_link_before, all->links);
    for (uint32_t i = 0; i < all->count; i++) {
        const stln_graph_link *link = &all->links[all->order[i]];
        uint32_t a = stln_graph_root(all->root, link->a), b = stln_graph_root(all->root, link->b);
        if (a == b)
            continue;
        all->root[a < b ? b : a] = a < b ? a : b;
        all->order[kept++] = all->order[i];
    }
    stln_order(all->order, all->spare, kept, stln_graph_pair_before, all->links);
    all->count = kept;
}

/* An entity, its records, and what holds them together. */
static void stln_graph_write_all_of(stln_graph *graph, uint32_t entity)
{
    const stln_graph_links *all = &graph->links;
    uint32_t first = graph->first_of[entity], link = 0;
    stln_graph_span(graph, first);
    stln_graph_write_entity(graph, entity);
    for (uint32_t r = first; r != STARLINGS_NONE && graph->status == STARLINGS_OK;
         r = graph->next[r])
        stln_graph_write_record(graph, graph->order[r]);
    for (uint32_t r = first; r != STARLINGS_NONE && graph->status == STARLINGS_OK;
         r = graph->next[r]) {
        stln_graph_write_member(graph, graph->order[r], entity);
        for (; link < all->count && all->links[all->order[link]].a == r; link++)
            stln_graph_write_link(graph, &all->links[all->order[link]]);
    }
}

static const char *stln_graph_conflict_kind(uint32_t kind)
{
    switch ((starlings_conflict_kind)kind) {
    case STARLINGS_CONFLICT_DIRECT:
        return "direct";
    case STARLINGS_CONFLICT_WITHIN_RECORD:
        return "within_record";
    case STARLINGS_CONFLICT_INDIRECT:
        return "indirect";
    case STARLINGS_CONFLICT_UNIQUE:
        return "unique";
    case STARLINGS_CONFLICT_UNIQUE_WITHIN:
        return "unique_within";
    case STARLINGS_CONFLICT_FORCE_I32:
        break;
    }
    return "";
}

static void stln_graph_write_leg(stln_graph *graph, const stln_knot *knot, uint32_t number,
                                 const stln_leg *leg)
{
    bool refusal = knot->kind == STARLINGS_NONE;
    const char *kind = refusal ? "side" : "party";
    stln_graph_edge(graph, kind);
    stln_graph_knot_id(graph, knot, number);
    stln_graph_target(graph);
    stln_graph_record_id(graph, leg->record);
    stln_graph_kind(graph, kind);
    stln_graph_field(graph, "value", leg->value);
    if (refusal)
        stln_graph_times(graph, leg->valid);
    stln_graph_label(graph, leg->value, "", stln_text_of(NULL),
                     refusal ? ", color=red, style=dashed" : ", color=red");
    stln_graph_end(graph, "edge");
}

static void stln_graph_write_knot(stln_graph *graph, const stln_knot *knot, uint32_t number)
{
    bool refusal = knot->kind == STARLINGS_NONE;
    const char *kind = refusal ? "refusal" : "conflict";
    stln_graph_node(graph, kind);
    stln_graph_knot_id(graph, knot, number);
    stln_graph_kind(graph, kind);
    if (refusal)
        stln_graph_field(graph, "key", knot->key);
    else
        stln_graph_field(graph, "conflict", stln_text_of(stln_graph_conflict_kind(knot->kind)));
    stln_graph_field(graph, "attribute", knot->attribute);
    if (knot->perspective.size > 0)
        stln_graph_field(graph, "perspective", knot->perspective);
    if (knot->entity != STARLINGS_NONE)
        stln_graph_field_entity(graph, knot->entity);
    if (!refusal)
        stln_graph_times(graph, knot->valid);
    stln_graph_label(graph, knot->attribute, "", stln_text_of(NULL),
                     refusal ? ", shape=octagon, color=red, style=dashed"
                             : ", shape=octagon, color=red");
    stln_graph_end(graph, "node");
    for (uint32_t i = 0; i < knot->leg_count && graph->status == STARLINGS_OK; i++)
        stln_graph_write_leg(graph, knot, number, &graph->legs[graph->leg_order[knot->leg + i]]);
}

/* Who is there, in order. */

/* Whether a record is of interest: its entity's first_of is not NONE before ranks are given. */
static bool stln_graph_wants(const stln_graph *graph, uint32_t record)
{
    return graph->first_of[graph->resolution->partition->labels[record]] != STARLINGS_NONE;
}

/* The rank of each text by its bytes. */
static bool stln_graph_text_ranks(const stln_texts *texts, stln_scratch *scratch, uint32_t *ranks)
{
    uint32_t count = texts->count;
    stln_text_item *items = (stln_text_item *)stln_scratch_alloc(scratch, count, sizeof *items);
    stln_text_item *spare = (stln_text_item *)stln_scratch_alloc(scratch, count, sizeof *spare);
    if (scratch->failed)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        items[i].rank = 0;
        items[i].id = i;
    }
    stln_text_sort(texts, items, spare, count);
    for (uint32_t i = 0; i < count; i++)
        ranks[items[i].id] = i;
    stln_scratch_drop(scratch, items, false);
    stln_scratch_drop(scratch, spare, false);
    return true;
}

/* Sort by uid, then by type and perspective, which is stable. */
static bool stln_graph_sort(stln_graph *graph, stln_scratch *scratch, stln_text_item *items,
                            stln_text_item *spare)
{
    const stln_store *store = graph->resolution->store;
    uint32_t *types =
        (uint32_t *)stln_scratch_alloc(scratch, store->types.count, sizeof *types);
    uint32_t *perspectives =
        (uint32_t *)stln_scratch_alloc(scratch, store->perspectives.count, sizeof *perspectives);
    if (scratch->failed || !stln_graph_text_ranks(&store->types, scratch, types) ||
        !stln_graph_text_ranks(&store->perspectives, scratch, perspectives))
        return false;
    stln_text_sort(&store->identities, items, spare, graph->count);
    for (uint32_t i = 0; i < graph->count; i++) {
        uint32_t record = items[i].id;
        items[i].piece = (uint64_t)types[store->type[record]] << 32 |
                         perspectives[store->perspective[record]];
    }
    stln_text_sort_items(NULL, items, spare, graph->count);
    return true;
}

/* Give ranks to the records of the entities that are marked. */
static bool stln_graph_rank(stln_graph *graph, stln_scratch *scratch)
{
    const starlings_partition *partition = graph->resolution->partition;
    stln_text_item *items, *spare;
    uint32_t n = graph->resolution->record_count;
    for (uint32_t r = 0; r < n; r++)
        graph->count += stln_graph_wants(graph, r);
    items = (stln_text_item *)stln_scratch_alloc(scratch, graph->count, sizeof *items);
    spare = (stln_text_item *)stln_scratch_alloc(scratch, graph->count, sizeof *spare);
    graph->rank = (uint32_t *)stln_scratch_alloc(scratch, n, sizeof *graph->rank);
    graph->order = (uint32_t *)stln_scratch_alloc(scratch, graph->count, sizeof *graph->order);
    graph->next = (uint32_t *)stln_scratch_alloc(scratch, graph->count, sizeof *graph->next);
    if (scratch->failed)
        return false;
    graph->count = 0;
    for (uint32_t r = 0; r < n; r++)
        if (stln_graph_wants(graph, r)) {
            items[graph->count].rank = 0;
            items[graph->count++].id = r;
        }
    if (!stln_graph_sort(graph, scratch, items, spare))
        return false;
    memset(graph->rank, 0xFF, (size_t)n * sizeof *graph->rank); /* STARLINGS_NONE */
    memset(graph->first_of, 0xFF, partition->entity_count * sizeof *graph->first_of);
    for (uint32_t i = graph->count; i-- > 0;) {
        uint32_t *first = &graph->first_of[partition->labels[items[i].id]];
        graph->order[i] = items[i].id;
        graph->rank[items[i].id] = i;
        graph->next[i] = *first;
        *first = i;
    }
    stln_scratch_drop(scratch, items, false);
    stln_scratch_drop(scratch, spare, false);
    return true;
}

/* Room for what is made of one entity, and of one record, at a time. */
static bool stln_graph_room(stln_graph *graph, stln_scratch *scratch)
{
    const starlings_linker *linker = graph->resolution->linker;
    stln_graph_links *all = &graph->links;
    size_t entries = 0, facts = 0;
    for (uint32_t r = 0; r < graph->count; r++) {
        size_t count = 0, most;
        (void)stln_store_facts(graph->resolution->store, graph->order[r], &most);
        facts = most > facts ? most : facts;
        if (graph->first_of[graph->resolution->partition->labels[graph->order[r]]] != r)
            continue;
        for (uint32_t i = r; i != STARLINGS_NONE; i = graph->next[i])
            count += linker->entry_first[graph->order[i] + 1] -
                     linker->entry_first[graph->order[i]];
        entries = count > entries ? count : entries;
    }
    all->entries = (uint32_t *)stln_scratch_alloc(scratch, entries, sizeof *all->entries);
    all->spare = (uint32_t *)stln_scratch_alloc(scratch, entries, sizeof *all->spare);
    all->links = (stln_graph_link *)stln_scratch_alloc(scratch, entries, sizeof *all->links);
    all->order = (uint32_t *)stln_scratch_alloc(scratch, entries, sizeof *all->order);
    all->root = (uint32_t *)stln_scratch_alloc(scratch, graph->count, sizeof *all->root);
    graph->facts = (uint32_t *)stln_scratch_alloc(scratch, facts, sizeof *graph->facts);
    graph->fact_spare = (uint32_t *)stln_scratch_alloc(scratch, facts, sizeof *graph->facts);
    return !scratch->failed;
}

/* Conflicts and refusals, in order. */

static int stln_graph_compare_u32(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int stln_graph_compare_legs(const stln_graph *graph, uint32_t a, uint32_t b)
{
    const stln_leg *x = &graph->legs[a], *y = &graph->legs[b];
    int order = stln_text_compare(x->value, y->value);
    if (order == 0)
        order = stln_graph_compare_u32(graph->rank[x->record], graph->rank[y->record]);
    return order != 0 ? order : starlings_interval_compare(x->valid, y->valid);
}

static bool stln_graph_leg_before(const void *ctx, uint32_t a, uint32_t b)
{
    return stln_graph_compare_legs((const stln_graph *)ctx, a, b) < 0;
}

/* Conflicts come before refusals; those of entities by entity, then those between them. */
static int stln_graph_compare_knots(const stln_graph *graph, uint32_t a, uint32_t b)
{
    const stln_knot *x = &graph->knots[a], *y = &graph->knots[b];
    uint32_t x_first = x->entity == STARLINGS_NONE ? STARLINGS_NONE : graph->first_of[x->entity];
    uint32_t y_first = y->entity == STARLINGS_NONE ? STARLINGS_NONE : graph->first_of[y->entity];
    int order = stln_graph_compare_u32(x->kind, y->kind);
    if (order == 0)
        order = stln_graph_compare_u32(x_first, y_first);
    if (order == 0)
        order = stln_text_compare(x->key, y->key);
    if (order == 0)
        order = stln_text_compare(x->attribute, y->attribute);
    if (order == 0)
        order = stln_text_compare(x->perspective, y->perspective);
    if (order == 0)
        order = starlings_interval_compare(x->valid, y->valid);
    for (uint32_t i = 0; order == 0 && i < x->leg_count && i < y->leg_count; i++)
        order = stln_graph_compare_legs(graph, graph->leg_order[x->leg + i],
                                        graph->leg_order[y->leg + i]);
    return order != 0 ? order : stln_graph_compare_u32(x->leg_count, y->leg_count);
}

static bool stln_graph_knot_before(const void *ctx, uint32_t a, uint32_t b)
{
    return stln_graph_compare_knots((const stln_graph *)ctx, a, b) < 0;
}

/* The knot of conflict `at`, or of refusal `at` less the number of conflicts; false: there is no
   such one. */
static bool stln_graph_read_knot(const starlings_graph_desc *desc, size_t at, stln_knot *knot)
{
    size_t conflicts = desc->conflicts == NULL ? 0 : starlings_conflicts_count(desc->conflicts);
    starlings_conflict conflict;
    starlings_refusal refusal;
    memset(knot, 0, sizeof *knot);
    if (at < conflicts && starlings_conflicts_at(desc->conflicts, at, &conflict)) {
        knot->kind = (uint32_t)conflict.kind;
        knot->key = stln_text_of(NULL);
        knot->attribute = conflict.attribute;
        knot->perspective = conflict.perspective;
        knot->valid = conflict.valid;
        knot->entity = conflict.entity;
        knot->leg_count = conflict.party_count;
        return true;
    }
    if (at < conflicts || desc->refusals == NULL ||
        !starlings_refusals_at(desc->refusals, at - conflicts, &refusal))
        return false;
    knot->kind = STARLINGS_NONE;
    knot->key = refusal.key;
    knot->attribute = refusal.attribute;
    knot->perspective = refusal.perspective;
    knot->entity = STARLINGS_NONE;
    knot->leg_count = refusal.side_count;
    return true;
}

static bool stln_graph_read_leg(const starlings_graph_desc *desc, size_t at, uint32_t number,
                                stln_leg *leg)
{
    size_t conflicts = desc->conflicts == NULL ? 0 : starlings_conflicts_count(desc->conflicts);
    starlings_party party;
    starlings_refusal_side side;
    memset(leg, 0, sizeof *leg);
    if (at < conflicts) {
        if (!starlings_conflicts_party(desc->conflicts, at, number, &party))
            return false;
        leg->value = party.value;
        leg->record = party.record;
        leg->entity = party.entity;
        return true;
    }
    if (!starlings_refusals_side(desc->refusals, at - conflicts, number, &side))
        return false;
    leg->value = side.value;
    leg->record = side.record;
    leg->entity = side.entity;
    leg->valid = side.valid;
    return true;
}

/* Read the legs of a knot to the end of the others and keep both if they are to be shown. ERR_ARG:
   it is about records that the resolution does not have. */
static starlings_status stln_graph_take_knot(stln_graph *graph, size_t at, stln_knot *knot)
{
    const starlings_graph_desc *desc = graph->desc;
    const starlings_partition *partition = graph->resolution->partition;
    bool wanted = !desc->only_entity || knot->entity == desc->entity;
    if (knot->entity != STARLINGS_NONE && knot->entity >= partition->entity_count)
        return STARLINGS_ERR_ARG;
    for (uint32_t i = 0; i < knot->leg_count; i++) {
        stln_leg *leg = &graph->legs[graph->leg_count + i];
        if (!stln_graph_read_leg(desc, at, i, leg) || leg->record >= partition->record_count)
            return STARLINGS_ERR_ARG;
        leg->entity = partition->labels[leg->record];
        wanted = wanted || leg->entity == desc->entity;
    }
    if (!wanted)
        return STARLINGS_OK;
    knot->leg = graph->leg_count;
    graph->knots[graph->knot_count++] = *knot;
    graph->leg_count += knot->leg_count;
    for (uint32_t i = 0; i < knot->leg_count; i++) /* mark: of interest */
        graph->first_of[graph->legs[knot->leg + i].entity] = 0;
    if (knot->entity != STARLINGS_NONE)
        graph->first_of[knot->entity] = 0;
    return STARLINGS_OK;
}

/* All conflicts and refusals that are to be shown; their entities are marked. */
static starlings_status stln_graph_take_knots(stln_graph *graph, stln_scratch *scratch)
{
    starlings_status status = STARLINGS_OK;
    size_t knots = 0, legs = 0;
    stln_knot knot;
    for (; stln_graph_read_knot(graph->desc, knots, &knot); knots++)
        legs += knot.leg_count;
    if (knots >= UINT32_MAX || legs >= UINT32_MAX)
        return STARLINGS_ERR_RANGE;
    graph->knots = (stln_knot *)stln_scratch_alloc(scratch, knots, sizeof *graph->knots);
    graph->legs = (stln_leg *)stln_scratch_alloc(scratch, legs, sizeof *graph->legs);
    if (scratch->failed)
        return STARLINGS_ERR_NOMEM;
    for (size_t i = 0; i < knots && status == STARLINGS_OK; i++)
        if (stln_graph_read_knot(graph->desc, i, &knot))
            status = stln_graph_take_knot(graph, i, &knot);
    return status;
}

static starlings_status stln_graph_sort_knots(stln_graph *graph, stln_scratch *scratch)
{
    uint32_t knots = graph->knot_count, legs = graph->leg_count;
    uint32_t *spare =
        (uint32_t *)stln_scratch_alloc(scratch, knots > legs ? knots : legs, sizeof *spare);
    graph->knot_order = (uint32_t *)stln_scratch_alloc(scratch, knots, sizeof *spare);
    graph->leg_order = (uint32_t *)stln_scratch_alloc(scratch, legs, sizeof *spare);
    if (scratch->failed)
        return STARLINGS_ERR_NOMEM;
    for (uint32_t i = 0; i < legs; i++)
        graph->leg_order[i] = i;
    for (uint32_t i = 0; i < knots; i++) {
        const stln_knot *knot = &graph->knots[i];
        graph->knot_order[i] = i;
        stln_order(graph->leg_order + knot->leg, spare, knot->leg_count, stln_graph_leg_before,
                   graph);
    }
    stln_order(graph->knot_order, spare, knots, stln_graph_knot_before, graph);
    return STARLINGS_OK;
}

/* Everything. */

/* Records of other entities that are in conflict with the one that is shown. */
static void stln_graph_write_others(stln_graph *graph)
{
    uint32_t *next = graph->next; /* no longer needed: 0 for those who are to be written */
    const uint32_t *labels = graph->resolution->partition->labels;
    memset(next, 0xFF, graph->count * sizeof *next);
    for (uint32_t i = 0; i < graph->leg_count; i++)
        if (graph->legs[i].entity != graph->desc->entity)
            next[graph->rank[graph->legs[i].record]] = 0;
    for (uint32_t r = 0; r < graph->count; r++)
        if (next[r] == 0 && labels[graph->order[r]] != graph->desc->entity)
            stln_graph_write_record(graph, graph->order[r]);
}

static starlings_status stln_graph_write_body(stln_graph *graph)
{
    const uint32_t *labels = graph->resolution->partition->labels;
    starlings_status status = STARLINGS_OK;
    uint32_t conflict = 0, refusal = 0;
    stln_graph_head(graph);
    for (uint32_t r = 0; r < graph->count && !graph->desc->only_entity; r++) {
        uint32_t entity = labels[graph->order[r]];
        if (graph->first_of[entity] == r)
            stln_graph_write_all_of(graph, entity);
        if (graph->status == STARLINGS_OK && r % STLN_GRAPH_STEP == 0)
            status = stln_report(&graph->env, "graph", r, graph->count);
        if (status != STARLINGS_OK || graph->status != STARLINGS_OK)
            return status;
    }
    if (graph->desc->only_entity) {
        stln_graph_write_all_of(graph, graph->desc->entity);
        stln_graph_write_others(graph);
    }
    for (uint32_t i = 0; i < graph->knot_count && graph->status == STARLINGS_OK; i++) {
        const stln_knot *knot = &graph->knots[graph->knot_order[i]];
        bool refused = knot->kind == STARLINGS_NONE;
        stln_graph_write_knot(graph, knot, refused ? refusal++ : conflict++);
    }
    stln_graph_foot(graph);
    return STARLINGS_OK;
}

static starlings_status stln_graph_prepare(stln_graph *graph, stln_scratch *scratch)
{
    uint32_t entities = graph->resolution->partition->entity_count;
    starlings_status status;
    graph->buffer = (char *)stln_scratch_alloc(scratch, STLN_GRAPH_BUFFER, 1);
    graph->first_of = (uint32_t *)stln_scratch_alloc(scratch, entities, sizeof *graph->first_of);
    if (scratch->failed)
        return STARLINGS_ERR_NOMEM;
    memset(graph->first_of, graph->desc->only_entity ? 0xFF : 0,
           entities * sizeof *graph->first_of);
    if (graph->desc->only_entity)
        graph->first_of[graph->desc->entity] = 0;
    status = stln_graph_take_knots(graph, scratch);
    if (status == STARLINGS_OK &&
        (!stln_graph_rank(graph, scratch) || !stln_graph_room(graph, scratch)))
        status = STARLINGS_ERR_NOMEM;
    if (status == STARLINGS_OK)
        status = stln_graph_sort_knots(graph, scratch);
    return status;
}

/* Whether the lists are of the resolution, as far as they tell: names only how many they are. */
static bool stln_graph_lists_fit(const starlings_graph_desc *desc)
{
    const starlings_resolution *resolution = desc->resolution;
    if (desc->conflicts != NULL && desc->conflicts->resolution != resolution)
        return false;
    if (desc->refusals != NULL && desc->refusals->resolution != resolution)
        return false;
    return desc->names == NULL ||
           desc->names->names.count == resolution->partition->entity_count;
}

starlings_status starlings_graph_write(const starlings_graph_desc *desc)
{
    stln_scratch scratch;
    stln_graph graph;
    starlings_status status;
    memset(&graph, 0, sizeof graph);
    if (desc == NULL)
        return STARLINGS_ERR_ARG;
    graph.env = stln_env_of(&desc->env,
                            desc->resolution != NULL ? &desc->resolution->allocator : NULL);
    if (desc->resolution == NULL || desc->sink.write == NULL ||
        (uint32_t)desc->format > (uint32_t)STARLINGS_GRAPH_JSON_LINES)
        return stln_fail(&graph.env, STARLINGS_ERR_ARG, 0, NULL);
    graph.desc = desc;
    graph.resolution = desc->resolution;
    if (!stln_graph_lists_fit(desc))
        return stln_fail(&graph.env, STARLINGS_ERR_ARG, 0, "conflicts are of another resolution");
    if (desc->only_entity && desc->entity >= graph.resolution->partition->entity_count)
        return stln_fail(&graph.env, STARLINGS_ERR_RANGE, desc->entity, "there is no such entity");
    stln_scratch_open(&scratch, &graph.env.allocator);
    status = stln_graph_prepare(&graph, &scratch);
    if (status == STARLINGS_ERR_ARG)
        (void)stln_fail(&graph.env, status, 0, "conflicts are of another resolution");
    else if (status != STARLINGS_OK)
        (void)stln_fail(&graph.env, status, 0, NULL);
    else {
        status = stln_graph_write_body(&graph);
        if (status == STARLINGS_OK) {
            stln_graph_flush(&graph);
            status = graph.status;
            if (status != STARLINGS_OK)
                (void)stln_fail(&graph.env, status, 0, NULL);
        }
    }
    stln_scratch_close(&scratch);
    return status;
}

#ifdef __cplusplus
}
#endif
#endif /* STARLINGS_IMPLEMENTATION */
