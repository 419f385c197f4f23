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
       S14 TEMPORAL_API   intervals, rules, linker, conflicts, golden records, queries
     implementation
       S80 INTERVAL       half-open times, relations, timelines
       S81 ONTOLOGY       rules, and the records that they are about
       S82 LINKER         components, clashes, replay; why and why not
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
   0, 1, 2 ... in the order in which they came, known ones not again. One writer. */
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

/* Take records: all of them or, after an error, none. With `arrivals` (count of them) a record that
   is refused is told there and the others are taken; without it, that is an error.
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
   `;` (empty ones are none). Times are dates (days since 1970) or integers; empty is unbounded. */
typedef struct starlings_record_columns {
    const char *uid;
    const char *perspective; /* "": no column */
    const char *from;        /* "": no column */
    const char *to;          /* "": no column */
    const char *type;        /* NULL: no column */
    const char *all_type;        /* the type of all records, without a column of them */
    const char *all_perspective; /* their perspective, without a column of them */
} starlings_record_columns;
/* After an error the linker holds what came before the bad row. columns may be NULL.
   Errors: ERR_FORMAT a time, from >= to; ERR_COLUMN; ERR_AMBIGUOUS; those of add and of the reader;
           error->line is that of the row. */
STARLINGS_DEF starlings_status starlings_linker_read_csv(starlings_linker *linker,
                                                         starlings_csv *csv,
                                                         const starlings_record_columns *columns);

STARLINGS_DEF uint32_t starlings_linker_record_count(const starlings_linker *linker);
STARLINGS_DEF size_t starlings_linker_size(const starlings_linker *linker); /* bytes it holds */

/* ---- the answer */
/* Who is one entity. It never changes and counts its owners. It reads the records of its linker, so
   it is not to be read while the linker is written to; it lives on without the linker.
   Its records are those that the linker had. */
typedef struct starlings_resolution starlings_resolution;

/* Errors: ERR_NOMEM, ERR_CANCELLED: the linker is as it was.
   Cost: what new records touch is linked anew, the rest is taken over; O(records) to write it down.
   S82 tells what a contested component costs. */
STARLINGS_DEF starlings_status starlings_linker_resolve(starlings_linker *linker,
                                                        starlings_resolution **out_resolution);
STARLINGS_DEF starlings_resolution *starlings_resolution_retain(starlings_resolution *resolution);
STARLINGS_DEF void starlings_resolution_release(starlings_resolution *resolution);

/* A record and what it says, in one order for all: by attribute, value (as bytes), time. The texts
   live as long as the resolution is not written to. descriptors is NULL; ask for them one by one:
   at 0, 1, 2 ... until false. False too if there is no such record. */
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
/* Who its records are: (source, key) = (perspective, uid), the source "type:perspective" where
   there is a type (or a colon in the perspective). It belongs to the linker: only to be read. */
STARLINGS_DEF starlings_context *
starlings_resolution_context(const starlings_resolution *resolution);
/* The same as a collection with a context of its own, to be loaded into a frame. env may be
   NULL. */
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
/* The chain of matches from record a to record b, of all chains one whose weakest key is strongest:
   *out_count is 0 if they are not one entity (or a == b). Writes at most `capacity`.
   Errors: ERR_RANGE no such record; ERR_NOMEM. */
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
/* Clashes come in the order of x and y, attribute and time; *out_matches tells whether a key
   matches the two entities directly. Writes at most `capacity`. */
STARLINGS_DEF starlings_status
starlings_resolution_why_not(const starlings_resolution *resolution, uint32_t a, uint32_t b,
                             const starlings_env *env, starlings_apart *out_apart,
                             bool *out_matches, starlings_clash *clashes, size_t capacity,
                             size_t *out_count);

/* Merges that identifiers refused: several entities share the values of a key, at times that
   overlap, and clash on `attribute`. Grouped, so that a list is as long as the records that it is
   about and not as the pairs of them: all that clash stand in one refusal, each side an entity with
   one of its values. By key, values, attribute, perspective; sides by value, entity, time. */
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
    uint32_t record; /* the smallest that says so */
    starlings_interval valid;
} starlings_refusal_side;
/* env may be NULL. The list keeps its resolution alive. */
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

/* All of it holds during `valid`, which is as long as it can be. */
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
    STARLINGS_CONFLICT_ATOMS,    /* O(atoms * d) */
    STARLINGS_METHOD_FORCE_I32 = 0x7fffffff
} starlings_conflict_method;

/* The list of all conflicts, the same by either method, sorted by kind, entity, attribute (as
   bytes), perspective, time, values; parties by value (as bytes), record.
   With `previous`, the list of an earlier resolution of the same linker, what lies in entities that
   have not changed since is copied. */
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
/* One conflict a line, sorted, records as perspective:uid, in a form that depends on no number:
   kind,attribute,from,to,records (S83 has the grammar). Equal sets of records give equal bytes. */
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
    const uint32_t *records;  /* that say so, ascending */
    uint32_t record_count;
    bool contested; /* others say something else; the policy decided */
} starlings_golden_value;

/* The golden record of an entity, sorted by attribute, value (as bytes), time. */
typedef struct starlings_golden starlings_golden;
typedef struct starlings_golden_desc {
    starlings_resolution *resolution; /* retained */
    uint32_t entity;
    starlings_golden_policy policy;
    starlings_interval range; /* what lies outside is cut off; zeroed: all time. An instant t is
                                 [t, t + 1) */
    starlings_env env;
} starlings_golden_desc;
STARLINGS_DEF starlings_status starlings_golden_create(const starlings_golden_desc *desc,
                                                       starlings_golden **out_golden);
STARLINGS_DEF void starlings_golden_release(starlings_golden *golden);
STARLINGS_DEF size_t starlings_golden_count(const starlings_golden *golden);
STARLINGS_DEF bool starlings_golden_at(const starlings_golden *golden, size_t at,
                                       starlings_golden_value *out_value);

/* Readable names of all entities, such as JOHN-DOE-x7 (S84 tells how they are made): they depend on
   what the records of an entity say and tell entities apart as far as that does. */
typedef struct starlings_entity_names starlings_entity_names;
STARLINGS_DEF starlings_status starlings_entity_names_create(starlings_resolution *resolution,
                                                             const starlings_env *env,
                                                             starlings_entity_names **out_names);
STARLINGS_DEF void starlings_entity_names_release(starlings_entity_names *names);
STARLINGS_DEF starlings_text starlings_entity_names_at(const starlings_entity_names *names,
                                                       uint32_t entity);

/* ---- queries */
/* An index answers which entities have all of some values at one time. Any number of threads may
   ask one. */
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
    const char *type;         /* NULL: of any type */
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

/* By entity, then time. */
typedef struct starlings_answer starlings_answer;
STARLINGS_DEF starlings_status starlings_query(const starlings_query_desc *desc,
                                               starlings_answer **out_answer);
STARLINGS_DEF void starlings_answer_release(starlings_answer *answer);
STARLINGS_DEF const starlings_fit *starlings_answer_fits(const starlings_answer *answer,
                                                         size_t *out_count);
/* All pairs, by a, b, time: writes at most `capacity` and always sets *out_count, so (NULL, 0) asks
   for the number. env may be NULL. */
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
/* Records and entities as nodes; the matches that make each entity (one fewer than its records) and
   its conflicts as edges. Ids and order depend on the set of records alone. */
typedef struct starlings_graph_desc {
    starlings_resolution *resolution;
    const starlings_conflicts *conflicts; /* NULL: without */
    const starlings_refusals *refusals;   /* NULL: without */
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
   of finite intervals. Half-open intervals make neighbours exact: what ends at 5 and what begins at 5
   share no time and leave none out.

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

/* ---- records: private interface */
/* What a record says: facts sorted by attribute, value (as numbers), start; those of one attribute
   and value are a timeline. */
typedef struct stln_fact {
    uint32_t attribute;
    uint32_t value;
    starlings_interval valid;
} stln_fact;

/* All records of a linker, and the texts they are made of. Numbers of attributes, perspectives and
   types are those of the ontology, as far as that names them. The linker and its resolutions own it
   together; it only grows. */
typedef struct stln_store {
    starlings_allocator allocator;
    uint32_t owners;
    starlings_ontology *ontology;
    stln_texts types;
    stln_texts perspectives;
    stln_texts attributes;
    stln_texts values;
    starlings_context *context; /* record r is number r there */
    uint32_t *type;             /* of each record; empty types have a number like all others */
    uint32_t *perspective;
    size_t *first; /* facts of record r: first[r] ... first[r + 1] - 1 */
    stln_fact *facts;
    uint32_t count;
    size_t capacity; /* of type, perspective, and first less one */
    size_t fact_capacity;
} stln_store;

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

/* ==== [S82 LINKER] components, clashes, replay; why and why not ============ */
struct starlings_resolution {
    starlings_allocator allocator;
    uint32_t owners; /* atomic */
    stln_store *store;
    starlings_partition *partition;
    starlings_hierarchy *hierarchy;
    uint32_t record_count;
};

/* ==== [S83 CONFLICT] what contradicts itself =============================== */

/* ==== [S84 GOLDEN] what was true when ====================================== */

/* ==== [S85 QUERY] who fits; graphs ========================================= */

#ifdef __cplusplus
}
#endif
#endif /* STARLINGS_IMPLEMENTATION */
