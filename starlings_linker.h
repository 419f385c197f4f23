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
/* One question is asked of many groups of claims. A claim is a fact and its record; it stands on a
   side. Wherever two or more sides have a claim at the same time, that is a conflict, and it lasts
   as long as the same sides have claims:

     side a   [0                10)  [10       20)      two records say a, one after the other
     side b          [5                15)
              conflict: [5, 15) between a and b; all three claims are its parties

     kind              the claims of a group                                  sides
     DIRECT            an entity's of an attribute that is not `many`         values
     WITHIN_RECORD     the same of one record, where the attribute is strong  values
     UNIQUE            an entity's of an attribute, whoever says it           values
                       all claims of a value of an attribute of one type      entities
     UNIQUE_WITHIN     both, of the records of one perspective
   A rule that is for all types holds in each of them: what records of different types say is never
   compared, as keys do not compare it either.

   INDIRECT is read off the refusals (S82): a refusal becomes one conflict for each of the longest
   intervals at all of whose times two of its entities have different values. Those that have a
   value at any time of it are its parties, so that this list is about as long as that of the
   refusals; one for each set of them could be as long as the square. What several keys refused is
   listed once.

   Two algorithms give the same list:
     sweep   starts and ends in the order of time, an end before a start of the same time; the claims
             that are open are kept in a list. Where a side comes or goes for good (it does not if
             it goes and comes at one time) the interval ends. O(d log d) and what is written.
     atoms   the claims of a side become a timeline, all timelines are cut at all their ends, and a
             conflict is a piece that two or more cover: neighbours never have the same sides. Then
             each claim is put into the pieces that it overlaps. O(d log d) and what is covered.
   BEST takes the atoms if fewer than half of the 2 d ends are distinct (and the sweep if not, so
   also if there is no claim at all), for each group by itself.

   Most entities contradict nothing, so a first pass looks for suspects, in parallel: attributes
   with a value that meets, in time, the hull of what was seen of another one. Only suspects are
   gathered and sorted. It may suspect too much, never too little.

   C1  claims of a group are sorted by the text of the value, record, start; so the parties of a
       conflict are sorted when they are listed by the number of their claim.
   C2  sides of a group are numbered from 0, fewer than its claims.
   C3  a list of conflicts is sorted when it is done, and has no two that are equal in all.
   C4  what lies in one entity depends on its records alone. So with a list from before, an entity
       that has the same records as one of then takes over what was found of it.

   The text form is a CSV with the header kind,attribute,perspective,from,to,parties, its rows sorted
   as bytes, fields in quotes where RFC 4180 wants them:
     kind         direct | within_record | indirect | unique | unique_within
     perspective  empty unless the conflict is about records of one perspective
     from, to     integers; empty: unbounded
     parties      party ; party ...    sorted as bytes
     party        value = record       what the record says
     record       perspective : uid  or, of a record that has a type,  type : perspective : uid
   without the blanks. In a value, type, perspective or uid the marks ; = : \ have a \ before them.
   No number of a record, entity or value shows, so equal sets of records give equal bytes.

   Cost: O(facts) for the suspects; d log d for the d facts of a suspect and for those of all unique
   attributes; what is written. 48 bytes a conflict, 8 a party; about 80 bytes a fact of the largest
   suspect as work space. */

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

/* ---- sorting numbers by what they stand for */
typedef bool stln_before(const void *ctx, uint32_t a, uint32_t b);

static void stln_order_merge(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count,
                             uint32_t *out, stln_before *before, const void *ctx)
{
    const uint32_t *a_end = a + a_count, *b_end = b + b_count;
    if (b_count > 0 && before(ctx, *b, a_end[-1])) { /* else they are in order */
        while (a < a_end && b < b_end) {
            bool second = before(ctx, *b, *a);
            *out++ = *(second ? b : a);
            b += second;
            a += !second;
        }
    }
    memcpy(out, a, (size_t)(a_end - a) * sizeof *out);
    memcpy(out + (a_end - a), b, (size_t)(b_end - b) * sizeof *out);
}

/* A stable merge sort; what is in order already costs one look at each. */
static void stln_order_sort(uint32_t *order, uint32_t *spare, size_t count, stln_before *before,
                            const void *ctx)
{
    uint32_t *from = order, *to = spare, *turn;
    size_t sorted = 1;
    while (sorted < count && !before(ctx, order[sorted], order[sorted - 1]))
        sorted++;
    for (size_t width = sorted < count ? 1 : count; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t left = stln_min_size(width, count - i);
            size_t right = stln_min_size(width, count - i - left);
            stln_order_merge(from + i, left, from + i + left, right, to + i, before, ctx);
        }
        turn = from;
        from = to;
        to = turn;
    }
    if (from != order)
        memcpy(order, from, count * sizeof *order);
}

/* 0, 1, 2 ... sorted. */
static void stln_order_make(uint32_t *order, uint32_t *spare, uint32_t count, stln_before *before,
                            const void *ctx)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    stln_order_sort(order, spare, count, before, ctx);
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
   more is for all other types. Other attributes have none. */
typedef struct stln_flags {
    const uint8_t *rows;
    uint32_t types;
    uint32_t attributes;
    bool unique; /* there are some of these at all */
} stln_flags;

static bool stln_flags_make(const starlings_ontology *ontology, stln_scratch *scratch,
                            stln_flags *flags)
{
    uint8_t *rows;
    flags->types = ontology->types.count;
    flags->attributes = ontology->attributes.count;
    flags->unique = false;
    rows = (uint8_t *)stln_scratch_alloc(scratch, (size_t)flags->types + 1,
                                         flags->attributes == 0 ? 1 : flags->attributes);
    flags->rows = rows;
    if (rows == NULL)
        return false;
    for (uint32_t t = 0; t <= flags->types; t++)
        for (uint32_t a = 0; a < flags->attributes; a++) {
            uint32_t type = t < flags->types ? t : STARLINGS_NONE;
            uint32_t said = stln_ontology_rules(ontology, type, a);
            *rows++ = (uint8_t)said;
            flags->unique = flags->unique || (said & (STLN_UNIQUE | STLN_UNIQUE_WITHIN)) != 0;
        }
    return true;
}

STLN_INLINE uint32_t stln_flags_of(const stln_flags *flags, uint32_t type, uint32_t attribute)
{
    size_t row = type < flags->types ? type : flags->types;
    return attribute < flags->attributes ? flags->rows[row * flags->attributes + attribute] : 0;
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

/* ---- groups of claims */
typedef struct stln_claim {
    uint32_t attribute;
    uint32_t value;
    uint32_t record;
    uint32_t side;
    starlings_interval valid;
} stln_claim;

/* The board on which groups are laid out, with room for `room` claims. */
typedef struct stln_board {
    const starlings_env *env;
    const stln_store *store;
    const starlings_partition *partition;
    stln_flags flags;
    starlings_conflict_method method;
    starlings_conflicts *out;
    stln_scratch scratch; /* of the room alone */
    size_t room;
    stln_claim *claims;
    stln_claim *sorted; /* the claims in another order */
    uint32_t *order;
    uint32_t *spare;
    uint32_t *by_start;
    uint32_t *by_end;
    uint32_t *active; /* claims that are open */
    uint32_t *place;  /* of each open claim in `active` */
    uint32_t *listed; /* claims since the sides last changed; of atoms: the last claim in each */
    uint32_t *holding; /* of each side: how many claims are open; of atoms: how many cover it */
    uint32_t *left;    /* of each side: when it last went */
    starlings_interval *lines; /* timelines of the sides */
    starlings_interval *atoms; /* twice as long, like the next two and `listed` and `holding` */
    int64_t *times;
    size_t *into; /* of each atom: where its next party goes */
} stln_board;

/* Room for a group of so many claims; what was there is gone. */
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
    b->claims = (stln_claim *)stln_scratch_alloc(scratch, room, sizeof *b->claims);
    b->sorted = (stln_claim *)stln_scratch_alloc(scratch, room, sizeof *b->sorted);
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

/* Orders of claims. */
static bool stln_claim_starts(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_claim *claims = (const stln_claim *)ctx;
    return claims[a].valid.start < claims[b].valid.start;
}

static bool stln_claim_ends(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_claim *claims = (const stln_claim *)ctx;
    return claims[a].valid.end < claims[b].valid.end;
}

static bool stln_claim_sides(const void *ctx, uint32_t a, uint32_t b) /* then by start */
{
    const stln_claim *claims = (const stln_claim *)ctx;
    return claims[a].side != claims[b].side ? claims[a].side < claims[b].side
                                            : claims[a].valid.start < claims[b].valid.start;
}

static bool stln_claim_records(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_claim *claims = (const stln_claim *)ctx;
    return claims[a].record < claims[b].record;
}

static bool stln_number_before(const void *ctx, uint32_t a, uint32_t b)
{
    (void)ctx;
    return a < b;
}

/* Orders of board->claims. */
static bool stln_board_values(const void *ctx, uint32_t a, uint32_t b) /* C1 */
{
    const stln_board *board = (const stln_board *)ctx;
    const stln_claim *x = &board->claims[a], *y = &board->claims[b];
    if (x->attribute != y->attribute)
        return x->attribute < y->attribute;
    if (x->value != y->value)
        return stln_text_compare(stln_texts_at(&board->store->values, x->value),
                                 stln_texts_at(&board->store->values, y->value)) < 0;
    if (x->record != y->record)
        return x->record < y->record;
    return x->valid.start < y->valid.start;
}

static bool stln_board_types(const void *ctx, uint32_t a, uint32_t b) /* of one value */
{
    const stln_board *board = (const stln_board *)ctx;
    const stln_claim *x = &board->claims[a], *y = &board->claims[b];
    if (x->attribute != y->attribute)
        return x->attribute < y->attribute;
    if (board->store->type[x->record] != board->store->type[y->record])
        return board->store->type[x->record] < board->store->type[y->record];
    if (x->record != y->record)
        return x->record < y->record;
    return x->valid.start < y->valid.start;
}

/* Orders of other claims: the context is a view of them. */
typedef struct stln_claim_view {
    const stln_board *board;
    const stln_claim *claims;
} stln_claim_view;

static bool stln_claim_perspectives(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_claim_view *view = (const stln_claim_view *)ctx;
    const uint32_t *perspective = view->board->store->perspective;
    return perspective[view->claims[a].record] < perspective[view->claims[b].record];
}

static bool stln_claim_entities(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_claim_view *view = (const stln_claim_view *)ctx;
    const uint32_t *entity = view->board->partition->labels;
    return entity[view->claims[a].record] < entity[view->claims[b].record];
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

STLN_INLINE bool stln_claim_same(const stln_claim *a, const stln_claim *b)
{
    return a->value == b->value && a->record == b->record;
}

/* ---- the sweep */
typedef struct stln_scan {
    uint32_t active;
    uint32_t listed;
    uint32_t sides; /* that have an open claim */
    uint32_t went;  /* sides that went at this time and did not come back, and that came */
    uint32_t came;
    uint32_t tick;
} stln_scan;

static void stln_scan_end(stln_board *b, stln_scan *s, uint32_t claim, uint32_t side)
{
    uint32_t last = b->active[--s->active];
    b->active[b->place[claim]] = last;
    b->place[last] = b->place[claim];
    if (--b->holding[side] == 0) {
        b->left[side] = s->tick;
        s->went++;
    }
}

static void stln_scan_start(stln_board *b, stln_scan *s, uint32_t claim, uint32_t side)
{
    b->place[claim] = s->active;
    b->active[s->active++] = claim;
    if (b->holding[side]++ > 0)
        return;
    if (b->left[side] == s->tick)
        s->went--;
    else
        s->came++;
}

/* Write down a conflict between the listed claims. */
static starlings_status stln_scan_emit(stln_board *b, const stln_claim *claims,
                                        const stln_scan *s, const stln_conflict *about)
{
    starlings_conflicts *out = b->out;
    stln_conflict *conflict;
    starlings_status status = stln_conflicts_reserve(out, b->env, 1, s->listed);
    if (status != STARLINGS_OK)
        return status;
    stln_order_sort(b->listed, b->spare, s->listed, stln_number_before, NULL);
    conflict = &out->conflicts[out->count++];
    *conflict = *about;
    conflict->first = out->party_count;
    for (uint32_t i = 0; i < s->listed; i++) {
        const stln_claim *claim = &claims[b->listed[i]];
        if (i > 0 && stln_claim_same(claim, &claims[b->listed[i - 1]]))
            continue; /* a record that said so, paused, and said so again */
        out->parties[out->party_count].value = claim->value;
        out->parties[out->party_count++].record = claim->record;
    }
    conflict->party_count = (uint32_t)(out->party_count - conflict->first);
    return STARLINGS_OK;
}

/* Go on to the next time: what ends there, then what starts; returns the time. */
static int64_t stln_scan_step(stln_board *b, const stln_claim *claims, uint32_t count,
                               stln_scan *s, uint32_t *starts, uint32_t *ends)
{
    int64_t time = claims[b->by_end[*ends]].valid.end;
    if (*starts < count)
        time = stln_time_least(time, claims[b->by_start[*starts]].valid.start);
    s->tick++;
    s->went = s->came = 0;
    for (; *ends < count && claims[b->by_end[*ends]].valid.end == time; ++*ends)
        stln_scan_end(b, s, b->by_end[*ends], claims[b->by_end[*ends]].side);
    for (; *starts < count && claims[b->by_start[*starts]].valid.start == time; ++*starts)
        stln_scan_start(b, s, b->by_start[*starts], claims[b->by_start[*starts]].side);
    return time;
}

/* All conflicts of a group, whose claims lie in order in by_start and by_end. Claims are listed
   only while there is a conflict, so the work for that is paid by what is written. */
static starlings_status stln_group_sweep(stln_board *b, const stln_claim *claims, uint32_t count,
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
        int64_t time = stln_scan_step(b, claims, count, &s, &starts, &ends);
        s.sides = sides + s.came - s.went;
        if (s.came + s.went == 0) {
            for (; sides > 1 && before < starts; before++)
                b->listed[s.listed++] = b->by_start[before];
            continue;
        }
        found.valid.end = time;
        if (sides > 1)
            status = stln_scan_emit(b, claims, &s, &found);
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
static uint32_t stln_group_timelines(stln_board *b, const stln_claim *claims, uint32_t count)
{
    uint32_t kept = 0;
    stln_order_make(b->order, b->spare, count, stln_claim_sides, claims);
    for (uint32_t i = 0; i < count; i++) {
        const stln_claim *claim = &claims[b->order[i]];
        bool same = i > 0 && claim->side == claims[b->order[i - 1]].side;
        if (same && claim->valid.start <= b->lines[kept - 1].end)
            b->lines[kept - 1].end = stln_time_most(b->lines[kept - 1].end, claim->valid.end);
        else
            b->lines[kept++] = claim->valid;
    }
    return kept;
}

/* Put claims into the atoms that they overlap and that are conflicts: those that two or more cover.
   Twice: to count the parties of each, in `into`, and to write them. */
static void stln_atoms_put(stln_board *b, const stln_claim *claims, uint32_t count, uint32_t atoms,
                           stln_party *parties)
{
    memset(b->listed, 0xFF, atoms * sizeof *b->listed);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = stln_atom_at(b->atoms, atoms, claims[i].valid.start);
        for (; at < atoms && b->atoms[at].start < claims[i].valid.end; at++) {
            uint32_t last = b->listed[at];
            if (b->holding[at] < 2 ||
                (last != STARLINGS_NONE && stln_claim_same(&claims[i], &claims[last])))
                continue;
            b->listed[at] = i;
            if (parties != NULL) {
                parties[b->into[at]].value = claims[i].value;
                parties[b->into[at]].record = claims[i].record;
            }
            b->into[at]++;
        }
    }
}

/* Write down the atoms that are conflicts. */
static starlings_status stln_atoms_emit(stln_board *b, const stln_claim *claims, uint32_t count,
                                        uint32_t atoms, const stln_conflict *about)
{
    starlings_conflicts *out = b->out;
    starlings_status status;
    size_t parties = 0, found = 0;
    memset(b->into, 0, atoms * sizeof *b->into);
    stln_atoms_put(b, claims, count, atoms, NULL);
    for (uint32_t i = 0; i < atoms; i++) {
        parties += b->into[i];
        found += b->holding[i] > 1;
    }
    status = stln_conflicts_reserve(out, b->env, found, parties);
    for (uint32_t i = 0; i < atoms && status == STARLINGS_OK; i++) {
        stln_conflict *conflict = &out->conflicts[out->count];
        if (b->holding[i] < 2)
            continue;
        *conflict = *about;
        conflict->valid = b->atoms[i];
        conflict->first = out->party_count;
        conflict->party_count = (uint32_t)b->into[i];
        out->party_count += b->into[i];
        b->into[i] = conflict->first;
        out->count++;
    }
    if (status == STARLINGS_OK)
        stln_atoms_put(b, claims, count, atoms, out->parties);
    return status;
}

static starlings_status stln_group_atoms(stln_board *b, const stln_claim *claims, uint32_t count,
                                         const stln_conflict *about)
{
    uint32_t lines = stln_group_timelines(b, claims, count);
    uint32_t atoms = (uint32_t)starlings_timeline_atoms(b->lines, lines, b->times, b->atoms);
    memset(b->holding, 0, atoms * sizeof *b->holding);
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t at = stln_atom_at(b->atoms, atoms, b->lines[i].start);
        for (; at < atoms && b->atoms[at].start < b->lines[i].end; at++)
            b->holding[at]++;
    }
    return stln_atoms_emit(b, claims, count, atoms, about);
}

/* ---- groups, whatever the method */
/* How many times something starts or ends. */
static size_t stln_group_boundaries(const stln_board *b, const stln_claim *claims, uint32_t count)
{
    uint32_t s = 0, e = 0;
    size_t distinct = 0;
    for (; e < count; distinct++) {
        int64_t time = claims[b->by_end[e]].valid.end;
        if (s < count)
            time = stln_time_least(time, claims[b->by_start[s]].valid.start);
        while (s < count && claims[b->by_start[s]].valid.start == time)
            s++;
        while (e < count && claims[b->by_end[e]].valid.end == time)
            e++;
    }
    return distinct;
}

/* All conflicts of a group that has its sides. */
static starlings_status stln_group_find(stln_board *b, const stln_claim *claims, uint32_t count,
                                        const stln_conflict *about)
{
    bool atoms = b->method == STARLINGS_CONFLICT_ATOMS;
    stln_order_make(b->by_start, b->spare, count, stln_claim_starts, claims);
    stln_order_make(b->by_end, b->spare, count, stln_claim_ends, claims);
    if (b->method == STARLINGS_CONFLICT_BEST)
        atoms = stln_group_boundaries(b, claims, count) < count; /* less than half of 2 * count */
    return atoms ? stln_group_atoms(b, claims, count, about)
                 : stln_group_sweep(b, claims, count, about);
}

/* Sides from values, of claims that are sorted by them (C1); returns how many there are. */
static uint32_t stln_group_values(stln_claim *claims, uint32_t count)
{
    uint32_t sides = 0;
    for (uint32_t i = 0; i < count; i++) {
        sides += i == 0 || claims[i].value != claims[i - 1].value;
        claims[i].side = sides - 1;
    }
    return sides;
}

/* Sides from entities. */
static uint32_t stln_group_entities(stln_board *b, stln_claim *claims, uint32_t count)
{
    const uint32_t *entity = b->partition->labels;
    uint32_t sides = 0, last = STARLINGS_NONE;
    stln_claim_view view;
    view.board = b;
    view.claims = claims;
    stln_order_make(b->order, b->spare, count, stln_claim_entities, &view);
    for (uint32_t i = 0; i < count; i++) {
        stln_claim *claim = &claims[b->order[i]];
        sides += i == 0 || entity[claim->record] != last;
        last = entity[claim->record];
        claim->side = sides - 1;
    }
    return sides;
}

/* The conflicts of a group between its values (in an entity) or its entities (then it has one
   value). */
static starlings_status stln_board_group(stln_board *b, stln_claim *claims, uint32_t count,
                                         const stln_conflict *about)
{
    uint32_t sides = about->entity != STARLINGS_NONE ? stln_group_values(claims, count)
                                                     : stln_group_entities(b, claims, count);
    return sides > 1 ? stln_group_find(b, claims, count, about) : STARLINGS_OK;
}

/* Sort board->claims. */
static void stln_board_arrange(stln_board *b, uint32_t count, stln_before *before)
{
    stln_claim *claims = b->claims;
    stln_order_make(b->order, b->spare, count, before, b);
    for (uint32_t i = 0; i < count; i++)
        b->sorted[i] = claims[b->order[i]];
    b->claims = b->sorted;
    b->sorted = claims;
}

/* The same for each perspective, or for each record, by itself. */
static starlings_status stln_board_split(stln_board *b, const stln_claim *claims, uint32_t count,
                                         stln_conflict about)
{
    bool within = about.kind == STARLINGS_CONFLICT_UNIQUE_WITHIN;
    const uint32_t *perspective = b->store->perspective;
    starlings_status status = STARLINGS_OK;
    uint32_t run = 0;
    stln_claim_view view;
    view.board = b;
    view.claims = claims;
    if (within)
        stln_order_make(b->order, b->spare, count, stln_claim_perspectives, &view);
    else
        stln_order_make(b->order, b->spare, count, stln_claim_records, claims);
    for (uint32_t i = 0; i < count; i++)
        b->sorted[i] = claims[b->order[i]];
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
    stln_claim *claim = &b->claims[at];
    claim->attribute = fact->attribute;
    claim->value = fact->value;
    claim->record = record;
    claim->side = 0;
    claim->valid = fact->valid;
}

/* Conflicts from `from` on are of another kind as well. They have the same parties, in one place. */
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
static starlings_status stln_board_attribute(stln_board *b, stln_claim *claims, uint32_t count,
                                             uint32_t entity)
{
    uint32_t type = b->store->type[claims[0].record];
    uint32_t flags = stln_flags_of(&b->flags, type, claims[0].attribute);
    bool many = (flags & STLN_MANY) != 0;
    size_t before = b->out->count;
    starlings_status status = STARLINGS_OK;
    stln_conflict about;
    memset(&about, 0, sizeof about);
    about.attribute = claims[0].attribute;
    about.entity = entity;
    about.perspective = STARLINGS_NONE;
    about.kind = many ? STARLINGS_CONFLICT_UNIQUE : STARLINGS_CONFLICT_DIRECT;
    if (!many || (flags & STLN_UNIQUE) != 0)
        status = stln_board_group(b, claims, count, &about);
    if (!many && b->out->count == before)
        return status; /* and so there is none of any other kind */
    if (status == STARLINGS_OK && !many && (flags & STLN_UNIQUE) != 0)
        status = stln_board_repeat(b, before, STARLINGS_CONFLICT_UNIQUE);
    about.kind = STARLINGS_CONFLICT_UNIQUE_WITHIN;
    if (status == STARLINGS_OK && (flags & STLN_UNIQUE_WITHIN) != 0)
        status = stln_board_split(b, claims, count, about);
    about.kind = STARLINGS_CONFLICT_WITHIN_RECORD;
    if (status == STARLINGS_OK && !many && (flags & STLN_STRONG) != 0)
        status = stln_board_split(b, claims, count, about);
    return status;
}

/* All that an entity says becomes claims; *out_count is how many. Without `all` those are left out
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
        if (i == count || b->claims[i].attribute != b->claims[run].attribute) {
            status = stln_board_attribute(b, b->claims + run, i - run, entity);
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

/* The claims of one value, of an attribute of records of one type. */
static starlings_status stln_board_shared(stln_board *b, stln_claim *claims, uint32_t count)
{
    uint32_t type = b->store->type[claims[0].record];
    uint32_t flags = stln_flags_of(&b->flags, type, claims[0].attribute);
    starlings_status status = STARLINGS_OK;
    stln_conflict about;
    memset(&about, 0, sizeof about);
    about.attribute = claims[0].attribute;
    about.entity = STARLINGS_NONE;
    about.perspective = STARLINGS_NONE;
    about.kind = STARLINGS_CONFLICT_UNIQUE;
    if ((flags & STLN_UNIQUE) != 0)
        status = stln_board_group(b, claims, count, &about);
    about.kind = STARLINGS_CONFLICT_UNIQUE_WITHIN;
    if (status == STARLINGS_OK && (flags & STLN_UNIQUE_WITHIN) != 0)
        status = stln_board_split(b, claims, count, about);
    return status;
}

/* All claims of one value of any attributes: `count` keys. */
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
        const stln_claim *x = &b->claims[run], *y = &b->claims[i < count ? i : run];
        if (i < count && x->attribute == y->attribute &&
            store->type[x->record] == store->type[y->record])
            continue;
        if (i - run > 1)
            status = stln_board_shared(b, b->claims + run, i - run);
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
            return stln_text_compare(stln_texts_at(&order->store->values, a[i].value),
                                     stln_texts_at(&order->store->values, b[i].value));
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
    if (!stln_flags_make(store->ontology, &scratch, &board.flags))
        status = stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
    if (status == STARLINGS_OK)
        status = stln_board_entities(&board, &scratch, desc->previous);
    if (status == STARLINGS_OK)
        status = stln_board_unique(&board);
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
    out_party->value = stln_texts_at(&resolution->store->values, from->value);
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
    char text[24];
    size_t size = 0;
    if (time != STARLINGS_START_OF_TIME && time != STARLINGS_END_OF_TIME) {
        if (time < 0)
            text[size++] = '-';
        size += stln_write_u64(text + size, time < 0 ? 0 - (uint64_t)time : (uint64_t)time);
    }
    text[size++] = ',';
    stln_lines_put(lines, text, size);
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
    stln_lines_escape(lines, stln_texts_at(&store->values, party->value));
    stln_lines_put(lines, "=", 1);
    if (type.size > 0) {
        stln_lines_escape(lines, type);
        stln_lines_put(lines, ":", 1);
    }
    stln_lines_escape(lines, stln_texts_at(&store->perspectives, store->perspective[r]));
    stln_lines_put(lines, ":", 1);
    stln_lines_escape(lines, starlings_context_identity(store->context, r).key);
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
/* A golden record says of each attribute which value held when. Starts and ends of the claims of an
   attribute (S83) go by in the order of time; at each time the policy picks a winner among the values
   that are claimed, or none. A piece ends where the winner changes, where a record begins or ceases
   to say so, and where others begin or cease to contradict: so a piece is as long as it can be with
   one set of records. An attribute that is `many` has no contradictions: each value is by itself.

   The winner stands at the root of a tree whose leaves are the claims that are open: each has a
   score, the higher one wins, and where two values have the same score nobody does. So a policy is
   a score, and a time costs O(log d) however many claims are open:
     OMIT       0, so one value wins and two do not
     WEIGHT     the weight of the perspective
     AUTHORITY  1 if the perspective is the authority, 0 if not; and a 0 wins only uncontested
     LATEST     since when the value is claimed without a gap, by whichever records
     MAJORITY   how many records claim the value now
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

/* What is best among some claims. */
typedef struct stln_best {
    int64_t score;
    uint32_t side; /* STARLINGS_NONE: there are no claims */
} stln_best;
#define STLN_SEVERAL (STARLINGS_NONE - 1u) /* as a side: more than one */

typedef struct stln_golden_work {
    stln_board board;
    starlings_golden *out;
    starlings_golden_policy policy;
    starlings_interval range;
    stln_best *tree;          /* node i has the children 2i and 2i + 1; claim c is the leaf count + c */
    stln_golden_piece *found; /* of the group, in the order of time */
    uint32_t *first;          /* of each side: its first claim, later its first piece; and the end */
    uint32_t *touched;        /* of each side: when its records last changed */
    uint32_t found_count;
    uint32_t count; /* claims of the group */
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

static void stln_golden_set(stln_golden_work *w, uint32_t claim, int64_t score, uint32_t side)
{
    size_t at = (size_t)w->count + claim;
    w->tree[at].score = score;
    w->tree[at].side = side;
    for (at /= 2; at > 0; at /= 2)
        w->tree[at] = stln_best_of(w->tree[2 * at], w->tree[2 * at + 1]);
}

static int64_t stln_golden_score(const stln_golden_work *w, const stln_claim *claim)
{
    const stln_store *store = w->board.store;
    uint32_t perspective = store->perspective[claim->record];
    switch (w->policy) {
    case STARLINGS_GOLDEN_WEIGHT:
        return stln_ontology_weight(store->ontology, perspective);
    case STARLINGS_GOLDEN_AUTHORITY:
        return perspective == w->authority;
    case STARLINGS_GOLDEN_LATEST:
        return w->board.times[claim->side];
    case STARLINGS_GOLDEN_MAJORITY:
        return w->board.holding[claim->side];
    case STARLINGS_GOLDEN_OMIT:
    case STARLINGS_GOLDEN_FORCE_I32:
        break;
    }
    return 0;
}

/* A claim starts or ends. By majority a value stands in the tree once, as its first claim. */
static void stln_golden_change(stln_golden_work *w, const stln_claim *claims, uint32_t claim,
                               bool open)
{
    uint32_t side = claims[claim].side;
    w->touched[side] = w->tick;
    if (w->policy == STARLINGS_GOLDEN_MAJORITY) {
        open = w->board.holding[side] > 0;
        claim = w->first[side];
    }
    stln_golden_set(w, claim, open ? stln_golden_score(w, &claims[claim]) : 0,
                    open ? side : STARLINGS_NONE);
}

static void stln_golden_end(stln_golden_work *w, const stln_claim *claims, uint32_t claim)
{
    uint32_t side = claims[claim].side;
    if (--w->board.holding[side] == 0) {
        w->board.left[side] = w->tick;
        w->sides--;
    }
    stln_golden_change(w, claims, claim, false);
}

static void stln_golden_start(stln_golden_work *w, const stln_claim *claims, uint32_t claim)
{
    uint32_t side = claims[claim].side;
    if (w->board.holding[side]++ == 0) {
        w->sides++;
        if (w->board.left[side] != w->tick) /* else it goes on, by other records */
            w->board.times[side] = claims[claim].valid.start;
    }
    stln_golden_change(w, claims, claim, true);
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
static void stln_golden_prepare(stln_golden_work *w, const stln_claim *claims, uint32_t count)
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
        w->first[claims[i].side] = i;
    stln_order_make(b->by_start, b->spare, count, stln_claim_starts, claims);
    stln_order_make(b->by_end, b->spare, count, stln_claim_ends, claims);
    w->authority = stln_ontology_authority(b->store->ontology, b->store->type[claims[0].record],
                                           claims[0].attribute);
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
static void stln_golden_find(stln_golden_work *w, const stln_claim *claims, uint32_t count)
{
    const stln_board *b = &w->board;
    uint32_t s = 0, e = 0;
    stln_golden_piece piece;
    stln_golden_prepare(w, claims, count);
    memset(&piece, 0, sizeof piece);
    piece.side = STARLINGS_NONE;
    while (e < count) {
        int64_t time = claims[b->by_end[e]].valid.end;
        uint32_t winner;
        if (s < count)
            time = stln_time_least(time, claims[b->by_start[s]].valid.start);
        w->tick++;
        for (; e < count && claims[b->by_end[e]].valid.end == time; e++)
            stln_golden_end(w, claims, b->by_end[e]);
        for (; s < count && claims[b->by_start[s]].valid.start == time; s++)
            stln_golden_start(w, claims, b->by_start[s]);
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
static starlings_status stln_golden_append(stln_golden_work *w, const stln_claim *claims,
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
        uint32_t value = claims[w->first[side]].value;
        w->first[side] = next;
        for (; next < w->found_count && w->found[w->board.active[next]].side == side; next++) {
            stln_golden_piece *piece = &out->pieces[out->count + next];
            *piece = w->found[w->board.active[next]];
            piece->attribute = claims[0].attribute;
            piece->value = value;
            piece->record_count = 0;
        }
    }
    w->first[sides] = next;
    return STARLINGS_OK;
}

/* Put the records of claims into the pieces that they support (I1): to count them, then to write
   them. Claims are sorted by side and record, so records ascend. */
static void stln_golden_support(stln_golden_work *w, const stln_claim *claims, uint32_t count,
                                uint32_t *records)
{
    stln_golden_piece *pieces = w->out->pieces + w->out->count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t low = w->first[claims[i].side], end = w->first[claims[i].side + 1], high = end;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (pieces[middle].valid.end <= claims[i].valid.start)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < end && pieces[low].valid.start < claims[i].valid.end; low++) {
            if (records != NULL)
                records[pieces[low].first + pieces[low].record_count] = claims[i].record;
            pieces[low].record_count++;
        }
    }
}

/* The pieces of some claims of one attribute, sorted (C1). */
static starlings_status stln_golden_group(stln_golden_work *w, stln_claim *claims, uint32_t count)
{
    starlings_golden *out = w->out;
    uint32_t sides = stln_group_values(claims, count);
    starlings_status status;
    stln_golden_find(w, claims, count);
    status = stln_golden_append(w, claims, sides);
    if (status != STARLINGS_OK)
        return status;
    stln_golden_support(w, claims, count, NULL);
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
    stln_golden_support(w, claims, count, out->records);
    out->count += w->found_count;
    return STARLINGS_OK;
}

/* By attribute (as bytes), value (as bytes), record, start. */
static bool stln_golden_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_board *board = (const stln_board *)ctx;
    uint32_t x = board->claims[a].attribute, y = board->claims[b].attribute;
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

/* Whether claim `at` belongs to the group that begins at `run`. */
static bool stln_golden_goes_on(const stln_golden_work *w, uint32_t run, uint32_t at)
{
    const stln_claim *x = &w->board.claims[run], *y = &w->board.claims[at];
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
            status = stln_golden_group(&work, work.board.claims + run, i - run);
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
    out_value->value = stln_texts_at(&store->values, piece->value);
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
            hash = stln_fnv_text(hash, stln_texts_at(&store->values, fact->value));
            hash = stln_fnv_number(hash, (uint64_t)fact->valid.start);
            sum += stln_fnv_number(hash, (uint64_t)fact->valid.end);
        }
    }
    return stln_fnv_number(STLN_FNV_START, sum);
}

/* Who a record is: type, perspective, uid. */
typedef struct stln_name_identity {
    starlings_text part[3];
} stln_name_identity;

static stln_name_identity stln_names_identity(const stln_store *store, uint32_t record)
{
    stln_name_identity identity;
    starlings_identity known = starlings_context_identity(store->context, record);
    identity.part[0] = stln_texts_at(&store->types, store->type[record]);
    identity.part[1] = stln_texts_at(&store->perspectives, store->perspective[record]);
    identity.part[2] = known.key;
    return identity;
}

/* That of the first record of an entity, in the order of bytes. */
static stln_name_identity stln_names_first(const stln_store *store, starlings_span span)
{
    stln_name_identity first = stln_names_identity(store, span.records[0]);
    for (uint32_t i = 1; i < span.count; i++) {
        stln_name_identity other = stln_names_identity(store, span.records[i]);
        int order = 0;
        for (int part = 0; part < 3 && order == 0; part++)
            order = stln_text_compare(other.part[part], first.part[part]);
        if (order < 0)
            first = other;
    }
    return first;
}

static void stln_names_characters(stln_lines *lines, uint64_t hash, uint32_t count)
{
    for (; count > 0; count--) {
        stln_lines_put(lines, "0123456789abcdefghjkmnpqrstvwxyz" + (hash >> 59), 1);
        hash <<= 5;
    }
}

static void stln_names_hex(stln_lines *lines, const stln_name_identity *identity)
{
    static const char digits[] = "0123456789abcdef";
    for (int part = 0; part < 3; part++) {
        stln_lines_put(lines, "~", 1);
        for (size_t i = 0; i < identity->part[part].size; i++) {
            unsigned char byte = (unsigned char)identity->part[part].text[i];
            stln_lines_put(lines, digits + byte / 16, 1);
            stln_lines_put(lines, digits + byte % 16, 1);
        }
    }
}

/* What comes behind the tokens. The rounds differ in how much stands behind the last hyphen, and
   only in the last is a tilde there, so names of different rounds are never the same. */
enum { STLN_NAME_ROUNDS = 4 };
static void stln_names_suffix(stln_lines *lines, const stln_store *store, starlings_span span,
                              uint64_t content, uint32_t round)
{
    stln_name_identity first;
    uint64_t hash = STLN_FNV_START;
    stln_lines_put(lines, "-", 1);
    stln_names_characters(lines, content, 2);
    if (round == 0)
        return;
    first = stln_names_first(store, span);
    for (int part = 0; part < 3; part++)
        hash = stln_fnv_text(hash, first.part[part]);
    stln_names_characters(lines, hash, round == 1 ? 4 : 13);
    if (round == STLN_NAME_ROUNDS - 1)
        stln_names_hex(lines, &first);
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
    uint32_t *times;      /* of each text: how many open entities have it */
} stln_names_work;

/* The key whose attributes the tokens of each type are made of. */
static void stln_names_keys(stln_names_work *w)
{
    const starlings_ontology *ontology = w->board.store->ontology;
    for (uint32_t t = 0; t <= ontology->types.count; t++) {
        w->key[t] = STARLINGS_NONE;
        for (uint32_t k = 0; k < ontology->key_count; k++) {
            const stln_key_rule *rule = &ontology->key_rules[k];
            if ((rule->type == STARLINGS_NONE || rule->type == t) &&
                (w->key[t] == STARLINGS_NONE ||
                 rule->count > ontology->key_rules[w->key[t]].count))
                w->key[t] = k;
        }
    }
}

/* By side, value (as bytes), record. */
static bool stln_names_before(const void *ctx, uint32_t a, uint32_t b)
{
    const stln_board *board = (const stln_board *)ctx;
    uint32_t x = board->claims[a].side, y = board->claims[b].side;
    return x != y ? x < y : stln_board_values(ctx, a, b);
}

/* What an entity says of the attributes of a key (NULL: of all) becomes claims; their sides are the
   places of the attributes in the key, or in the order of bytes. Returns how many. */
static uint32_t stln_names_gather(stln_names_work *w, starlings_span span,
                                  const stln_key_rule *rule)
{
    const stln_store *store = w->board.store;
    const uint32_t *attributes = rule != NULL ? store->ontology->key_attributes + rule->first : NULL;
    uint32_t count = 0;
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
            w->board.claims[count++].side =
                rule != NULL ? side : w->rank[store->facts[f].attribute];
        }
    }
    return count;
}

/* Tokens of the claims: of each side, that of the value that most records have. */
static void stln_names_tokens(stln_names_work *w, uint32_t count)
{
    const stln_claim *claims;
    uint32_t best = 0, most = 0, records = 0;
    stln_board_arrange(&w->board, count, stln_names_before);
    claims = w->board.claims;
    for (uint32_t i = 0; i < count; i++) {
        bool same = i > 0 && claims[i].side == claims[i - 1].side;
        bool value = same && claims[i].value == claims[i - 1].value;
        if (!same)
            most = 0;
        if (!value)
            records = 0;
        records += !value || claims[i].record != claims[i - 1].record;
        if (records > most) {
            most = records;
            best = claims[i].value;
        }
        if (i + 1 == count || claims[i + 1].side != claims[i].side)
            stln_token_add(&w->tokens, stln_texts_at(&w->board.store->values, best));
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

/* Number the texts of the open entities and keep those open whose text is not the only one: text(i)
   is that of open entity i, a line of `lines` or a part of it. */
static bool stln_names_sift(stln_names_work *w, const stln_lines *lines, bool prefixes,
                            uint32_t *open_count)
{
    stln_texts texts;
    uint32_t kept = 0, count = *open_count;
    bool fine = true;
    stln_texts_init(&texts, &w->board.env->allocator, w->board.store->values.seed);
    for (uint32_t i = 0; i < count && fine; i++) {
        starlings_text text = stln_lines_at(lines, prefixes ? w->open[i] : i);
        uint64_t hash;
        if (prefixes)
            text.size = w->used[w->open[i]];
        fine = stln_texts_reserve(&texts, 1, text.size) == STARLINGS_OK;
        if (!fine)
            break;
        hash = stln_texts_hash(&texts, 0, text);
        w->number[i] = stln_texts_find(&texts, hash, 0, text);
        if (w->number[i] == STARLINGS_NONE) {
            w->number[i] = stln_texts_insert(&texts, hash, 0, text);
            w->times[w->number[i]] = 0;
        }
        w->times[w->number[i]]++;
    }
    stln_texts_clear(&texts);
    for (uint32_t i = 0; i < count && fine; i++)
        if (w->times[w->number[i]] > 1)
            w->open[kept++] = w->open[i];
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
    while (at < all.size && all.text[at] != '-')
        at++;
    w->used[entity] = at;
    return true;
}

/* The prefix of each entity. Who has no more tokens keeps all: nobody who goes on can be the same. */
static bool stln_names_prefixes(stln_names_work *w, uint32_t count)
{
    uint32_t open = count;
    for (uint32_t e = 0; e < count; e++) {
        w->open[e] = e;
        w->used[e] = 0;
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

#ifdef __cplusplus
}
#endif
#endif /* STARLINGS_IMPLEMENTATION */
