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
           already; ERR_STRANGER a KEY_WEIGHT for no key so far; ERR_NAN, ERR_INFINITE, ERR_WEIGHT;
           ERR_NOMEM. */
STARLINGS_DEF starlings_status starlings_ontology_add(starlings_ontology *ontology,
                                                      const starlings_rule *rule);
/* All rules of a text or, after an error, none.
   Errors: as add, and ERR_FORMAT; error->line says where. */
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
} stln_key_rule;

struct starlings_ontology {
    starlings_env env;
    uint32_t owners;
    bool taken; /* by a linker: it does not change any more */
    bool scope_any;
    stln_texts types;
    stln_texts keys;
    stln_texts attributes;
    stln_texts perspectives;
    stln_key_rule *key_rules; /* in the order of the ontology */
    uint32_t key_count;
    uint32_t *key_attributes;
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
