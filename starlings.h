/* starlings.h - entity resolution after the scoring step - v0.1.0 - MIT licence (see the end)

   Scored pairs of records go in; out come the partition at EVERY threshold, every clustering
   metric exactly at every threshold, the best threshold, and the reason why two records are one
   entity. One file, no dependencies, C11 (also compiles as C++17), no global state.

   ==== [S00 FRONT] what it is, how to use it, the map =======================================

   Do this in ONE .c (or .cpp) file:          and this wherever you use it:

       #define STARLINGS_IMPLEMENTATION           #include "starlings.h"
       #include "starlings.h"

   Build: cc -std=c11 -O2 app.c               (threads: add -pthread where libc is older than 2.34)

   A first program: three records, two scored pairs, the partition at 0.8.

       starlings_edge edges[] = { { 0, 1, 0.95 }, { 1, 2, 0.40 } };
       starlings_hierarchy_desc desc = { .edges = edges, .edge_count = 2, .record_count = 3 };
       starlings_hierarchy *hierarchy = NULL;
       if (starlings_hierarchy_create(&desc, &hierarchy) != STARLINGS_OK) ...

       starlings_partition_desc cut = { .hierarchy = hierarchy, .threshold = 0.8 };
       starlings_partition *partition = NULL;
       if (starlings_partition_create(&cut, &partition) != STARLINGS_OK) ...
       starlings_partition_entity_count(partition);        2: {0, 1} and {2}

       starlings_partition_release(partition);
       starlings_hierarchy_release(hierarchy);

   With a truth, one call gives every metric at every threshold: see S11. Whole programs, one
   idea each, stand in examples/.

   The rules that hold everywhere
   * Functions return a starlings_status, 0 is success; results come through the last out_
     argument, which is cleared first (so release what it held before). After an error every
     object is as it was before the call.
   * A zeroed desc struct is valid and means the defaults.
   * The answer is a function of the input set: the same records and edges give the same bytes,
     whatever their order, the number of threads, the SIMD level or the batch size.
   * Counts, thresholds and sums are integers; a metric is made from them in one last step.
   * Any allocation may fail. Nothing aborts, prints, reads the environment or the locale.
   * Records are numbers 0, 1, 2 ... n-1 with n <= 4,294,967,294. Thresholds and weights lie in
     [0, 1] and are kept as whole millionths, called keys.
   * Handles (hierarchy, partition, sweep, index, merge list) never change once made, and count
     their owners: any number of threads may read one, retain it and release it. What is being
     filled (builder, names, csv) has one writer. A forest takes unions from many threads.
   * The allocator and the progress callback are called only from the thread that called in.
   * Where integers are not atomic by themselves (32-bit pointers, compilers other than gcc and
     clang) all work is done by the calling thread, and a handle belongs to one thread.

   Options, all defined before the #include of the implementation (S01 says more)
     STARLINGS_IMPLEMENTATION  emit the code          STARLINGS_STATIC      all of it static
     STARLINGS_DEF             declaration prefix     STARLINGS_ASSERT(c)   your own assert
     STARLINGS_DEBUG 0, 1, 3   invariant checks       STARLINGS_NO_SIMD     scalar kernels only
     STARLINGS_NO_THREADS      no pthreads            STARLINGS_NO_MALLOC   no libc allocator
     STARLINGS_NO_STDIO        no file helpers

   The map: search for "[S52" to jump. A section uses only what stands above it.

     public part
       S00 FRONT          this text
       S01 CONFIG         macros that configure
       S02 VERSION        numbers
       S03 STATUS         what can go wrong
       S04 BASICS         allocator, workers, progress, SIMD level, spans, sinks
       S06 FOREST_API     union-find
       S07 EDGE_API       scored pairs, weights and keys
       S08 HIERARCHY_API  the partition at every threshold; builder, merges, index
       S09 PARTITION_API  the entities at one threshold, or given by labels
       S10 METRICS_API    the list of metrics
       S11 SWEEP_API      every metric at every threshold; the best one
       S15 EXCHANGE_API   CSV in, names of records, linkage matrix and Newick out
     implementation
       S20 PLATFORM       compilers, atomics
       S21 ARITH          128-bit integers, exact ratios, logarithms
       S22 MEMORY         the allocator hook, checked sizes
       S23 DIAG           status texts, error reports
       S24 HASH           keyed hash, table of names
       S26 SORT           counting sorts
       S27 BYTES          numbers from and to text
       S28 THREADS        a pool behind the workers hook
       S30 KERNELS        the loops that have SIMD twins
       S50 FOREST         union-find
       S51 EDGES          quantise, check and order edges
       S52 HIERARCHY      perm and height; builder, merges, index
       S53 PARTITION      slices and labels
       S60 METRICS        the list, the state, the formulas
       S61 SWEEP          one pass for all thresholds
       S90 EXCHANGE       CSV, linkage matrix, Newick
       S99 LICENCE
*/
#ifndef STARLINGS_H
#define STARLINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ==== [S01 CONFIG] macros that configure ================================== */
/* STARLINGS_IMPLEMENTATION  in exactly one .c or .cpp file, before the #include. Never in a header.
   STARLINGS_STATIC          everything static in that file; no symbol is exported.
   STARLINGS_DEF             prefix of every public function, for example __declspec(dllexport).
   STARLINGS_ASSERT(c)       used when STARLINGS_DEBUG > 0; default assert() of <assert.h>.
   STARLINGS_DEBUG           0 no checks (default); 1 cheap ones inside; 3 whole walks over each
                             hierarchy and partition that is built as well. For work on the library.
   STARLINGS_NO_SIMD         leave the AVX2 kernels out. Results never depend on it.
   STARLINGS_NO_THREADS      no <pthread.h>; the workers hook still works. Set by itself on Windows
                             and where integers are not atomic (S00).
   STARLINGS_NO_MALLOC       no libc allocator: an env without one is then STARLINGS_ERR_ARG.
   STARLINGS_NO_STDIO        no <stdio.h>: the starlings_file_* helpers of S15 are left out. */

#ifndef STARLINGS_DEF
#  if defined(STARLINGS_STATIC)
#    if defined(__GNUC__)
#      define STARLINGS_DEF static __attribute__((unused))
#    else
#      define STARLINGS_DEF static
#    endif
#  else
#    define STARLINGS_DEF extern
#  endif
#endif

/* ==== [S02 VERSION] numbers =============================================== */
#define STARLINGS_VERSION_MAJOR 0
#define STARLINGS_VERSION_MINOR 1
#define STARLINGS_VERSION_PATCH 0
#define STARLINGS_VERSION 100 /* major * 10000 + minor * 100 + patch */
#define STARLINGS_VERSION_STRING "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the compiled implementation, to tell two vendored copies apart. */
STARLINGS_DEF uint32_t starlings_version(void);

/* ==== [S03 STATUS] what can go wrong ====================================== */
/* One list gives the enum and the texts. Where an error has a place (an edge's index, a line of
   a file), the starlings_error of the env says which. */
#define STARLINGS_STATUS_LIST(X)                                                   \
    X(OK, 0, "success")                                                            \
    X(ERR_ARG, -1, "an argument breaks the function's rules")                      \
    X(ERR_NOMEM, -2, "the allocator returned NULL")                                \
    X(ERR_RANGE, -3, "an index or a size is out of range")                         \
    X(ERR_NAN, -4, "a weight or threshold is not a number")                        \
    X(ERR_INFINITE, -5, "a weight or threshold is infinite")                       \
    X(ERR_WEIGHT, -6, "a weight or threshold is outside 0 to 1")                   \
    X(ERR_CANCELLED, -7, "the progress callback asked to stop")                    \
    X(ERR_UNKNOWN, -8, "the answer needs something that was not kept")             \
    X(ERR_NAME, -9, "no metric has this name")                                     \
    X(ERR_IO, -10, "reading or writing failed")                                    \
    X(ERR_FORMAT, -11, "the text is not what the format asks for")                 \
    X(ERR_COLUMN, -12, "a column is missing")                                      \
    X(ERR_AMBIGUOUS, -13, "two columns fit; name the one to use")                  \
    X(ERR_DUPLICATE, -14, "a record is there twice")                               \
    X(ERR_STRANGER, -15, "a record is not among the known ones")                   \
    X(ERR_DISJOINT, -16, "the two sides do not have the same records")

typedef enum starlings_status {
#define STARLINGS_STATUS_ENUM(name, value, text) STARLINGS_##name = value,
    STARLINGS_STATUS_LIST(STARLINGS_STATUS_ENUM)
#undef STARLINGS_STATUS_ENUM
    STARLINGS_STATUS_FORCE_I32 = 0x7fffffff
} starlings_status;

/* The text of a status; never NULL. */
STARLINGS_DEF const char *starlings_status_text(starlings_status status);

/* Where it went wrong. The caller owns it and points env.error at it; a call that returns an error
   fills it, a call that succeeds leaves it alone. (A NULL where a handle or an out_ argument must
   be is told by the status alone.) */
typedef struct starlings_error {
    starlings_status status;
    uint64_t at;    /* index of the edge, or of whatever the call was given; 0 if there is none */
    uint64_t line;  /* physical line, from 1, where the bad row of a file began; 0: not a file */
    char text[192]; /* one sentence in UTF-8, cut at a character, always ends with a zero; values
                       from a file are shortened, control characters in them shown as ? */
} starlings_error;

/* ==== [S04 BASICS] allocator, workers, progress, SIMD level, spans, sinks == */

#define STARLINGS_NONE UINT32_MAX /* no such record, entity or key */
#define STARLINGS_ONE 1000000u    /* the key of threshold 1: keys count millionths */

/* One hook does it all: ptr NULL (old_size 0) allocates, new_size 0 frees and returns NULL, else it
   resizes, and returns NULL with the old block alive if it cannot. Blocks are aligned to 16 bytes.
   Every call carries the old size. The hook and its ctx must outlive every object made with them.
   Zeroed: malloc, realloc, free. */
typedef struct starlings_allocator {
    void *(*resize)(void *ctx, void *ptr, size_t old_size, size_t new_size);
    void *ctx;
} starlings_allocator;

/* Run task(task_ctx, i) once for every i < tasks and return when all are done, in any order and
   on any threads; one after the other is fine. NULL run: a pool of pthreads that lives as long
   as the call. A thread that cannot be made is done without. */
typedef void starlings_task(void *task_ctx, uint32_t task);
typedef struct starlings_workers {
    void (*run)(void *ctx, uint32_t tasks, starlings_task *task, void *task_ctx);
    void *ctx;
    uint32_t count; /* how many to split the work among; 0: one; at most 256 are used */
} starlings_workers;

/* Called now and then by builds, sweeps and CSV readers (at the least after each stage) with how
   far a stage is; total 0: nobody knows, done counts what was read. Return false to stop: the call
   then returns ERR_CANCELLED and has changed nothing. */
typedef struct starlings_progress {
    bool (*report)(void *ctx, const char *stage, uint64_t done, uint64_t total);
    void *ctx;
} starlings_progress;

typedef enum starlings_simd {
    STARLINGS_SIMD_BEST = 0, /* the widest that this processor has */
    STARLINGS_SIMD_SCALAR = 1,
    STARLINGS_SIMD_AVX2 = 2,
    STARLINGS_SIMD_FORCE_I32 = 0x7fffffff
} starlings_simd;

/* The level that runs when `wanted` is asked for: scalar where the processor has it not. */
STARLINGS_DEF starlings_simd starlings_simd_chosen(starlings_simd wanted);

/* What every call that works may be given. Zeroed: libc, one thread, no progress, best SIMD; what
   is made from an object (a cut, a sweep, an index ...) takes the allocator of that object instead
   of libc's. An object keeps only the allocator; a builder and a csv keep it all. */
typedef struct starlings_env {
    starlings_allocator allocator;
    starlings_workers workers;
    starlings_progress progress;
    starlings_simd simd;
    starlings_error *error; /* NULL: the status alone */
} starlings_env;

/* Some records, owned by the object that gave them. */
typedef struct starlings_span {
    const uint32_t *records;
    uint32_t count;
} starlings_span;

/* Some text, not ended by a zero. */
typedef struct starlings_text {
    const char *text;
    size_t size;
} starlings_text;

/* Where bytes go and come from. A read of 0 bytes is the end. A status other than OK stops the
   call, which returns it. */
typedef struct starlings_sink {
    starlings_status (*write)(void *ctx, const void *bytes, size_t size);
    void *ctx;
} starlings_sink;
typedef struct starlings_source {
    starlings_status (*read)(void *ctx, void *bytes, size_t capacity, size_t *out_size);
    void *ctx;
} starlings_source;

/* ==== [S06 FOREST_API] union-find ========================================= */
/* Which nodes hang together. The tree of a node is named by its smallest node, so names do not
   depend on the order of unions. Threads: union and find may be called by any number of threads
   at once; a find that runs beside unions sees some of them. */
typedef struct starlings_forest starlings_forest;
typedef struct starlings_forest_desc {
    uint32_t node_count; /* nodes are 0 ... node_count-1; 0 is a legal empty forest */
    starlings_env env;
} starlings_forest_desc;

/* Make a forest of single nodes. Cost: 4 bytes a node. */
STARLINGS_DEF starlings_status starlings_forest_create(const starlings_forest_desc *desc,
                                                       starlings_forest **out_forest);
STARLINGS_DEF void starlings_forest_destroy(starlings_forest *forest); /* NULL is fine */

/* Join the trees of a and b. *out_joined (may be NULL) tells whether they were two before.
   Errors: ERR_RANGE a or b is no node.  Cost: O(log n) amortised, no allocation. */
STARLINGS_DEF starlings_status starlings_forest_union(starlings_forest *forest, uint32_t a,
                                                      uint32_t b, bool *out_joined);

/* The smallest node of the tree of `node`, or STARLINGS_NONE if it is no node. */
STARLINGS_DEF uint32_t starlings_forest_find(starlings_forest *forest, uint32_t node);

/* How many trees there are. */
STARLINGS_DEF uint32_t starlings_forest_tree_count(const starlings_forest *forest);

/* ==== [S07 EDGE_API] scored pairs, weights and keys ======================== */
/* A weight becomes a key once, on the way in: round half up of weight * 10^decimals, held in
   millionths. From then on everything is integers. An edge counts at threshold t iff its key is
   at least the key of t, and the key of t is the least one whose value is not below t. So an edge
   counts at the threshold that its rounded weight is, not at a longer one that was rounded down. */
typedef struct starlings_edge {
    uint32_t a;
    uint32_t b;
    double weight; /* 0 to 1; 0 is an edge like any other and joins at threshold 0 */
} starlings_edge;

/* Give up to `capacity` edges; 0 edges is the end. */
typedef struct starlings_edge_stream {
    starlings_status (*read)(void *ctx, starlings_edge *edges, size_t capacity, size_t *out_count);
    void *ctx;
} starlings_edge_stream;

/* Key of a weight, quantised to `decimals` (1 to 6; 0 means 6).
   Errors: ERR_NAN, ERR_INFINITE, ERR_WEIGHT by the weight; ERR_ARG by the decimals. */
STARLINGS_DEF starlings_status starlings_key_from_weight(double weight, uint32_t decimals,
                                                         uint32_t *out_key);

/* Key of a threshold to ask about: the least key whose value is not below it.
   Errors: ERR_NAN, ERR_INFINITE, ERR_WEIGHT. */
STARLINGS_DEF starlings_status starlings_key_from_threshold(double threshold, uint32_t *out_key);

/* key / 10^6, the double nearest to it. */
STARLINGS_DEF double starlings_key_threshold(uint32_t key);

/* ==== [S08 HIERARCHY_API] the partition at every threshold ================= */
/* Two arrays hold it all (S52 tells why):
     perm[p]    the record at position p
     height[p]  1 + the key at which position p joins position p-1; 0 for never
   At any threshold an entity is a run of neighbours in perm, cut wherever height <= key(t).
   Both arrays depend on the set of quantised edges alone. */
typedef struct starlings_hierarchy starlings_hierarchy;
typedef struct starlings_hierarchy_desc {
    const starlings_edge *edges; /* an array of edges, in any order, with or without repeats */
    size_t edge_count;
    starlings_edge_stream stream; /* and/or edges from a callback, in bounded memory */
    uint32_t record_count;        /* ids from here on are errors. 0: one more than the largest id;
                                     then be dense: a single id of 4e9 asks for 100 GB */
    uint32_t decimals;            /* weights are rounded to 1 ... 6 decimals; 0: 6 */
    bool keep_edges;              /* keep the strongest real edges, 12 bytes a record, for paths */
    starlings_env env;
} starlings_hierarchy_desc;

/* Build a hierarchy. Records without edges stand alone; loops (a == b) join nothing, but are
   counted and name a record; of repeated pairs the heaviest counts. No edges at all is legal.
   Errors: ERR_NAN, ERR_INFINITE, ERR_WEIGHT by a weight and ERR_RANGE by an id, with error->at =
           the index of the first such edge (in the array or, after it, in the stream); ERR_NOMEM;
           ERR_CANCELLED; what the stream returned.
   Cost:   O(edges + records); 8 bytes a record kept, see S52 for the work space. */
STARLINGS_DEF starlings_status starlings_hierarchy_create(const starlings_hierarchy_desc *desc,
                                                          starlings_hierarchy **out_hierarchy);
STARLINGS_DEF starlings_hierarchy *starlings_hierarchy_retain(starlings_hierarchy *hierarchy);
STARLINGS_DEF void starlings_hierarchy_release(starlings_hierarchy *hierarchy); /* NULL is fine */

/* A new hierarchy with more edges: byte for byte what a build from all edges at once gives.
   Ids beyond the old ones extend it (if desc->record_count allows). The old one is unchanged. If
   it kept edges the new one does.
   Errors: as create; ERR_ARG desc->decimals is neither 0 nor the same, or desc->keep_edges where
           the old one kept none. */
STARLINGS_DEF starlings_status starlings_hierarchy_add_edges(const starlings_hierarchy *hierarchy,
                                                             const starlings_hierarchy_desc *desc,
                                                             starlings_hierarchy **out_hierarchy);

STARLINGS_DEF uint32_t starlings_hierarchy_record_count(const starlings_hierarchy *hierarchy);
STARLINGS_DEF uint32_t starlings_hierarchy_decimals(const starlings_hierarchy *hierarchy);
/* Edges as given, loops and repeats included, and the loops among them. */
STARLINGS_DEF uint64_t starlings_hierarchy_edge_count(const starlings_hierarchy *hierarchy);
STARLINGS_DEF uint64_t starlings_hierarchy_loop_count(const starlings_hierarchy *hierarchy);
STARLINGS_DEF const uint32_t *starlings_hierarchy_perm(const starlings_hierarchy *hierarchy);
STARLINGS_DEF const uint32_t *starlings_hierarchy_height(const starlings_hierarchy *hierarchy);
/* Bytes that the hierarchy holds. */
STARLINGS_DEF size_t starlings_hierarchy_size(const starlings_hierarchy *hierarchy);

/* How many entities there are at a threshold. Cost: one scan. Errors: as the key of a threshold. */
STARLINGS_DEF starlings_status
starlings_hierarchy_entity_count(const starlings_hierarchy *hierarchy, double threshold,
                                 uint32_t *out_count);

/* The distinct keys at which anything joins, ascending. Writes at most `capacity` and always
   sets *out_count to how many there are, so (NULL, 0) asks for the number.
   Cost: one scan and 125 KB. env may be NULL. */
STARLINGS_DEF starlings_status starlings_hierarchy_keys(const starlings_hierarchy *hierarchy,
                                                        const starlings_env *env, uint32_t *keys,
                                                        size_t capacity, size_t *out_count);

/* The heaviest real edges that span every component at every threshold, at most one fewer than
   records, by key descending, then a, then b; a < b. NULL and 0 without keep_edges. */
typedef struct starlings_kept_edge {
    uint32_t a;
    uint32_t b;
    uint32_t key;
} starlings_kept_edge;
STARLINGS_DEF const starlings_kept_edge *
starlings_hierarchy_kept_edges(const starlings_hierarchy *hierarchy, uint32_t *out_count);

/* A builder takes edges in pieces and never holds more than its buffer: when that is full, it is
   cut down to the edges of a spanning forest, which answers every question as all of them would. */
typedef struct starlings_builder starlings_builder;
typedef struct starlings_builder_desc {
    uint32_t record_count; /* as in starlings_hierarchy_desc */
    uint32_t decimals;
    bool keep_edges;
    size_t buffer_edges; /* edges held before cutting down, 12 bytes each; 0: 1,048,576; at least
                            twice the records are taken */
    starlings_env env;   /* used by all calls on the builder */
} starlings_builder_desc;
STARLINGS_DEF starlings_status starlings_builder_create(const starlings_builder_desc *desc,
                                                        starlings_builder **out_builder);
STARLINGS_DEF void starlings_builder_destroy(starlings_builder *builder); /* NULL is fine */

/* Take all the edges or, after an error, none. error->at counts from the first edge of this call.
   Memory: O(records + buffer + the largest call). */
STARLINGS_DEF starlings_status starlings_builder_add(starlings_builder *builder,
                                                     const starlings_edge *edges,
                                                     size_t edge_count);

/* The hierarchy of all edges so far. The builder is unchanged and may go on. */
STARLINGS_DEF starlings_status starlings_builder_finish(starlings_builder *builder,
                                                        starlings_hierarchy **out_hierarchy);

/* What joins when: each merge is one key, one resulting entity and two or more groups, in the
   order of key descending, then position. Groups that join at the same key are one merge. The list
   keeps its hierarchy alive, and what it hands out lives as long as the list. */
typedef struct starlings_merge_list starlings_merge_list;
typedef struct starlings_merge {
    double threshold;
    uint32_t key;
    uint32_t group_count;
    starlings_span result;  /* the groups one after the other */
    const uint32_t *starts; /* group g is positions [starts[g], starts[g + 1]) of perm */
} starlings_merge;

/* List the merges of a hierarchy. env may be NULL. Cost: O(n) time; 36 bytes a merge and 4 for each
   group beyond two; up to 44 bytes a record of work space. */
STARLINGS_DEF starlings_status starlings_merge_list_create(starlings_hierarchy *hierarchy,
                                                           const starlings_env *env,
                                                           starlings_merge_list **out_list);
STARLINGS_DEF starlings_merge_list *starlings_merge_list_retain(starlings_merge_list *list);
STARLINGS_DEF void starlings_merge_list_release(starlings_merge_list *list);
STARLINGS_DEF uint32_t starlings_merge_list_count(const starlings_merge_list *list);
STARLINGS_DEF starlings_status starlings_merge_list_at(const starlings_merge_list *list,
                                                       uint32_t at, starlings_merge *out_merge);
STARLINGS_DEF starlings_span starlings_merge_group(const starlings_merge *merge, uint32_t group);

/* An index answers questions about two records. It keeps its hierarchy alive. */
typedef struct starlings_index starlings_index;

/* Make one. env may be NULL. Cost: O(n log n) time at the worst, 8 bytes a record (n = 10^6), with
   kept edges 12 more, and 20 of work space. */
STARLINGS_DEF starlings_status starlings_index_create(starlings_hierarchy *hierarchy,
                                                      const starlings_env *env,
                                                      starlings_index **out_index);
STARLINGS_DEF starlings_index *starlings_index_retain(starlings_index *index);
STARLINGS_DEF void starlings_index_release(starlings_index *index);

/* The key at which a and b part: the highest at which they are still one entity. STARLINGS_NONE
   if they never are; STARLINGS_ONE for a == b.  Errors: ERR_RANGE.  Cost: O(1). */
STARLINGS_DEF starlings_status starlings_index_closeness(const starlings_index *index, uint32_t a,
                                                         uint32_t b, uint32_t *out_key);

/* The real edges that join a to b, in order from a, and the place of the weakest among them
   (the first, on ties; its key is their closeness). Writes at most `capacity` edges and always
   sets *out_count to the length; the length is 0 if they are never one entity, or a == b.
   Each edge is turned so that its a is the nearer end. out_weakest may be NULL.
   Errors: ERR_RANGE; ERR_UNKNOWN the hierarchy kept no edges.  Cost: O(length of the path), or of
   the way to both roots if there is none. */
STARLINGS_DEF starlings_status starlings_index_path(const starlings_index *index, uint32_t a,
                                                    uint32_t b, starlings_kept_edge *edges,
                                                    size_t capacity, size_t *out_count,
                                                    size_t *out_weakest);

/* ==== [S09 PARTITION_API] the entities at one threshold, or given by labels == */
/* Every record is in exactly one entity. Entities are numbered 0, 1, 2 ...: those of a hierarchy
   by their place in perm, those given by labels by their smallest record. Either way the first
   record of an entity's span is its smallest. */
typedef struct starlings_partition starlings_partition;
typedef struct starlings_partition_desc {
    starlings_hierarchy *hierarchy; /* cut this one at `threshold` ... */
    double threshold;
    const uint32_t *labels; /* ... or group records with equal labels; any numbers, of which
                               STARLINGS_NONE is one like all others */
    uint32_t record_count;  /* how many labels */
    bool skip_labels;       /* no record -> entity array, 4 bytes a record: spans and sizes only */
    starlings_env env;
} starlings_partition_desc;

/* Make a partition. A cut shares the records of its hierarchy (and retains it).
   A desc with neither is the partition of no records.
   Errors: ERR_ARG both given, or a record_count without labels; as the key of a threshold;
           ERR_NOMEM. */
STARLINGS_DEF starlings_status starlings_partition_create(const starlings_partition_desc *desc,
                                                          starlings_partition **out_partition);
STARLINGS_DEF starlings_partition *starlings_partition_retain(starlings_partition *partition);
STARLINGS_DEF void starlings_partition_release(starlings_partition *partition);
STARLINGS_DEF uint32_t starlings_partition_record_count(const starlings_partition *partition);
STARLINGS_DEF uint32_t starlings_partition_entity_count(const starlings_partition *partition);

/* The records of an entity; an empty span if there is no such entity. */
STARLINGS_DEF starlings_span starlings_partition_entity(const starlings_partition *partition,
                                                        uint32_t entity);

/* The entity of a record; STARLINGS_NONE if there is no such record, or with skip_labels. */
STARLINGS_DEF uint32_t starlings_partition_entity_of(const starlings_partition *partition,
                                                     uint32_t record);

/* entity[record] for all records; NULL with skip_labels (or no records). */
STARLINGS_DEF const uint32_t *starlings_partition_labels(const starlings_partition *partition);

/* How many entities have each size, by size ascending: at most sqrt(2 n) lines. Writes at most
   `capacity` and always sets *out_count, so (NULL, 0) asks for the number. env may be NULL. */
typedef struct starlings_size_count {
    uint32_t size;
    uint32_t entities;
} starlings_size_count;
STARLINGS_DEF starlings_status starlings_partition_sizes(const starlings_partition *partition,
                                                         const starlings_env *env,
                                                         starlings_size_count *sizes,
                                                         size_t capacity, size_t *out_count);

/* ==== [S10 METRICS_API] the list of metrics ================================ */
/* a is the reference (the truth), b the prediction. n records; K_a, K_b clusters of sizes a_i and
   b_j; c the sizes of the non-empty cells (records that share a cluster on both sides); TP the
   pairs of records together on both sides, P_a, P_b those together on one, T all pairs; H_a, H_b,
   H_ab entropies in nats. Equal partitions give 1 (distances 0); where a denominator is empty,
   precision and recall are 1; an F of a zero is 0. Fowlkes-Mallows is 0 without true pairs, even
   then: so do the tools that people compare with.
   Columns: identifier, name, group, I integer or R real, A needs a reference or B does not,
   direction (1 higher is better, -1 lower, 0 neither), range, formula. */
#define STARLINGS_METRIC_LIST(X)                                                                   \
    X(N, "n", "counts", I, B, 0, "[0, n]", "records")                                              \
    X(CLUSTERS_A, "clusters_a", "counts", I, A, 0, "[0, n]", "K_a")                                \
    X(CLUSTERS_B, "clusters_b", "counts", I, B, 0, "[0, n]", "K_b")                                \
    X(CELLS, "cells", "counts", I, A, 0, "[0, n]", "non-empty cells of the table a x b")           \
    X(PAIRS_A, "pairs_a", "pairs", I, A, 0, "[0, T]", "P_a = sum a(a-1)/2")                        \
    X(PAIRS_B, "pairs_b", "pairs", I, B, 0, "[0, T]", "P_b = sum b(b-1)/2")                        \
    X(PAIR_TP, "pair_tp", "pairs", I, A, 0, "[0, T]", "TP = sum c(c-1)/2")                         \
    X(PAIR_FP, "pair_fp", "pairs", I, A, 0, "[0, T]", "P_b - TP")                                  \
    X(PAIR_FN, "pair_fn", "pairs", I, A, 0, "[0, T]", "P_a - TP")                                  \
    X(PAIR_TN, "pair_tn", "pairs", I, A, 0, "[0, T]", "T - TP - FP - FN")                          \
    X(EXACT_CLUSTERS, "exact_clusters", "counts", I, A, 0, "[0, n]", "X = clusters in both")       \
    X(ROWMAX_SUM, "rowmax_sum", "counts", I, A, 0, "[0, n]", "M_a = sum over a of the largest c")  \
    X(COLMAX_SUM, "colmax_sum", "counts", I, A, 0, "[0, n]", "M_b = sum over b of the largest c")  \
    X(PAIRWISE_PRECISION, "pairwise_precision", "pairs", R, A, 1, "[0, 1]", "TP / P_b")            \
    X(PAIRWISE_RECALL, "pairwise_recall", "pairs", R, A, 1, "[0, 1]", "TP / P_a")                  \
    X(PAIRWISE_F1, "pairwise_f1", "pairs", R, A, 1, "[0, 1]", "2 TP / (P_a + P_b)")                \
    X(RAND, "rand", "pairs", R, A, 1, "[0, 1]", "(TP + TN) / T")                                   \
    X(ARI, "ari", "pairs", R, A, 1, "[-0.5, 1]", "(TP T - P_a P_b) / ((P_a+P_b) T/2 - P_a P_b)")  \
    X(FOWLKES_MALLOWS, "fowlkes_mallows", "pairs", R, A, 1, "[0, 1]", "TP / sqrt(P_a P_b)")        \
    X(JACCARD, "jaccard", "pairs", R, A, 1, "[0, 1]", "TP / (TP + FP + FN)")                       \
    X(ENTROPY_A, "entropy_a", "information", R, A, 0, "[0, ln n]", "H_a = sum a/n ln n/a")         \
    X(ENTROPY_B, "entropy_b", "information", R, B, 0, "[0, ln n]", "H_b = sum b/n ln n/b")         \
    X(JOINT_ENTROPY, "joint_entropy", "information", R, A, 0, "[0, ln n]", "sum c/n ln n/c")       \
    X(MI, "mi", "information", R, A, 1, "[0, ln n]", "H_a + H_b - H_ab")                           \
    X(VI, "vi", "information", R, A, -1, "[0, ln n]", "2 H_ab - H_a - H_b")                        \
    X(HOMOGENEITY, "homogeneity", "information", R, A, 1, "[0, 1]", "MI / H_a")                    \
    X(COMPLETENESS, "completeness", "information", R, A, 1, "[0, 1]", "MI / H_b")                  \
    X(V_MEASURE, "v_measure", "information", R, A, 1, "[0, 1]", "2 MI / (H_a + H_b)")              \
    X(NMI_MIN, "nmi_min", "information", R, A, 1, "[0, 1]", "MI / min(H_a, H_b)")                  \
    X(NMI_GEOMETRIC, "nmi_geometric", "information", R, A, 1, "[0, 1]", "MI / sqrt(H_a H_b)")      \
    X(NMI_ARITHMETIC, "nmi_arithmetic", "information", R, A, 1, "[0, 1]", "2 MI / (H_a + H_b)")    \
    X(NMI_MAX, "nmi_max", "information", R, A, 1, "[0, 1]", "MI / max(H_a, H_b)")                  \
    X(NMI_JOINT, "nmi_joint", "information", R, A, 1, "[0, 1]", "MI / H_ab")                       \
    X(BCUBED_PRECISION, "bcubed_precision", "b-cubed", R, A, 1, "[0, 1]", "sum c^2 / b / n")       \
    X(BCUBED_RECALL, "bcubed_recall", "b-cubed", R, A, 1, "[0, 1]", "sum c^2 / a / n")             \
    X(BCUBED_F1, "bcubed_f1", "b-cubed", R, A, 1, "[0, 1]", "2 P R / (P + R)")                     \
    X(CLUSTER_PRECISION, "cluster_precision", "clusters", R, A, 1, "[0, 1]", "X / K_b")            \
    X(CLUSTER_RECALL, "cluster_recall", "clusters", R, A, 1, "[0, 1]", "X / K_a")                  \
    X(CLUSTER_F1, "cluster_f1", "clusters", R, A, 1, "[0, 1]", "2 X / (K_a + K_b)")                \
    X(PURITY, "purity", "matching", R, A, 1, "[0, 1]", "M_b / n")                                  \
    X(INVERSE_PURITY, "inverse_purity", "matching", R, A, 1, "[0, 1]", "M_a / n")                  \
    X(PURITY_F1, "purity_f1", "matching", R, A, 1, "[0, 1]", "2 M_a M_b / (n (M_a + M_b))")        \
    X(SPLIT_JOIN, "split_join", "matching", I, A, -1, "[0, 2n-2]", "2n - M_a - M_b")               \
    X(SPLIT_JOIN_A, "split_join_a", "matching", I, A, -1, "[0, n-1]", "n - M_a")                   \
    X(SPLIT_JOIN_B, "split_join_b", "matching", I, A, -1, "[0, n-1]", "n - M_b")                   \
    X(SINGLETONS_B, "singletons_b", "counts", I, B, 0, "[0, n]", "clusters of one record")         \
    X(MAX_SIZE_B, "max_size_b", "counts", I, B, 0, "[0, n]", "records of the largest cluster")     \
    X(MEAN_SIZE_B, "mean_size_b", "counts", R, B, 0, "[0, n]", "n / K_b")

typedef enum starlings_metric {
#define STARLINGS_METRIC_ENUM(id, name, group, kind, side, direction, range, formula) \
    STARLINGS_METRIC_##id,
    STARLINGS_METRIC_LIST(STARLINGS_METRIC_ENUM)
#undef STARLINGS_METRIC_ENUM
    STARLINGS_METRIC_COUNT,
    STARLINGS_METRIC_FORCE_I32 = 0x7fffffff
} starlings_metric;

typedef struct starlings_metric_info {
    const char *name; /* the column name in every output */
    const char *group;
    const char *range;
    const char *formula;
    bool integer;         /* read it with starlings_sweep_integers */
    bool needs_reference; /* of no use without a truth */
    int direction;        /* 1: higher is better, -1: lower, 0: neither */
} starlings_metric_info;

/* What is known of a metric; NULL if there is no such metric. */
STARLINGS_DEF const starlings_metric_info *starlings_metric_describe(starlings_metric metric);

/* The metric of a name. Takes the short names too: f1, precision, recall (pairwise), nmi
   (arithmetic), entities and entity_count (clusters_b), entropy (entropy_b).
   Errors: ERR_NAME; *out_metric is then the metric of the nearest name, to suggest. */
STARLINGS_DEF starlings_status starlings_metric_from_name(const char *name, size_t size,
                                                          starlings_metric *out_metric);

/* A set of metrics; zeroed it is empty. */
typedef struct starlings_metric_set {
    uint64_t bits[4];
} starlings_metric_set;
STARLINGS_DEF void starlings_metric_set_add(starlings_metric_set *set, starlings_metric metric);
STARLINGS_DEF bool starlings_metric_set_has(const starlings_metric_set *set,
                                            starlings_metric metric);
/* All metrics, or only those that need no reference. */
STARLINGS_DEF starlings_metric_set starlings_metric_set_all(bool with_reference);
/* With: clusters_b, pairwise precision, recall and f1, bcubed_f1, ari, nmi_arithmetic. Without:
   clusters_b, singletons_b, max_size_b, mean_size_b, entropy_b. */
STARLINGS_DEF starlings_metric_set starlings_metric_set_default(bool with_reference);

/* ==== [S11 SWEEP_API] every metric at every threshold; the best one ======== */
/* A sweep is a table: one row for each key, one column for each metric. Rows ascend. */
typedef struct starlings_sweep starlings_sweep;
typedef struct starlings_sweep_desc {
    starlings_hierarchy *hierarchy;       /* sweep this one ... */
    starlings_partition *prediction;      /* ... or compare this one partition: a single row */
    starlings_partition *reference;       /* over the same records; NULL: no comparison */
    /* The rows: keys, strictly ascending. NULL: exact, a row for every distinct key and always one
       for 1,000,000. */
    const uint32_t *keys;
    size_t key_count;
    starlings_metric_set metrics;         /* empty: the defaults */
    starlings_env env;
} starlings_sweep_desc;

/* Compute it. A row of an exact sweep holds for all thresholds above the row before, up to its own.
   The row of a comparison has the key 1,000,000.
   Errors: ERR_ARG no or two things to sweep, keys not ascending or above STARLINGS_ONE, a
           comparison metric without reference; ERR_DISJOINT the reference has another number of
           records; ERR_NOMEM; ERR_CANCELLED.
   Cost:   O(records + rows), whatever the number of thresholds (S61). */
STARLINGS_DEF starlings_status starlings_sweep_create(const starlings_sweep_desc *desc,
                                                      starlings_sweep **out_sweep);
STARLINGS_DEF starlings_sweep *starlings_sweep_retain(starlings_sweep *sweep);
STARLINGS_DEF void starlings_sweep_release(starlings_sweep *sweep);
STARLINGS_DEF size_t starlings_sweep_row_count(const starlings_sweep *sweep);
STARLINGS_DEF const uint32_t *starlings_sweep_keys(const starlings_sweep *sweep); /* of the rows */
STARLINGS_DEF bool starlings_sweep_is_exact(const starlings_sweep *sweep);

/* A column, row_count long; NULL if it was not asked for or is of the other kind. */
STARLINGS_DEF const uint64_t *starlings_sweep_integers(const starlings_sweep *sweep,
                                                       starlings_metric metric);
STARLINGS_DEF const double *starlings_sweep_reals(const starlings_sweep *sweep,
                                                  starlings_metric metric);
/* One value of either kind as a double; NaN if there is none. */
STARLINGS_DEF double starlings_sweep_value(const starlings_sweep *sweep, starlings_metric metric,
                                           size_t row);

/* The row that holds at a key: the first whose key is not below it; row_count if there is none. */
STARLINGS_DEF size_t starlings_sweep_row_at(const starlings_sweep *sweep, uint32_t key);

/* The best row by a metric: ties take the highest threshold. The plateau is the run of rows next
   to it with the very same value, as keys, both ends included: in an exact sweep the value holds
   at every threshold of that range, in a grid at its rows.
   Errors: ERR_ARG the metric has no better direction or was not computed. */
typedef struct starlings_best {
    size_t row;
    uint32_t key;
    double value;
    uint32_t plateau_from;
    uint32_t plateau_to; /* == key */
} starlings_best;
STARLINGS_DEF starlings_status starlings_sweep_best(const starlings_sweep *sweep,
                                                    starlings_metric metric,
                                                    starlings_best *out_best);

/* ==== [S15 EXCHANGE_API] CSV in, names of records, linkage and Newick out == */
/* From files to a sweep: read the truth and the edges with one names object, the truth first and
   the edges with known_only; starlings_names_sort; renumber the edge list and the membership;
   then a hierarchy of names_count records, a partition from the labels, a sweep
   (examples/09_read_csv.c).

   Names: a record from outside is (source, key), both texts, compared as bytes; it gets the next
   number at first sight. starlings_names_sort renumbers all in the order of (source, key), which
   makes results independent of the order of files. Threads: one writer. */
typedef struct starlings_names starlings_names;
typedef struct starlings_names_desc {
    uint64_t hash_seed[2]; /* against crafted keys; never shows in any result */
    starlings_env env;
} starlings_names_desc;
typedef struct starlings_name {
    starlings_text source; /* empty if the file had no sources */
    starlings_text key;
} starlings_name;
STARLINGS_DEF starlings_status starlings_names_create(const starlings_names_desc *desc,
                                                      starlings_names **out_names);
STARLINGS_DEF void starlings_names_destroy(starlings_names *names); /* NULL is fine */
STARLINGS_DEF uint32_t starlings_names_count(const starlings_names *names);
/* The number of a name, made if it is new. The texts are copied; they must not be those that
   starlings_names_at gave. Errors: ERR_NOMEM; ERR_RANGE too many. */
STARLINGS_DEF starlings_status starlings_names_add(starlings_names *names, starlings_name name,
                                                   uint32_t *out_record);
/* The number of a name, or STARLINGS_NONE. */
STARLINGS_DEF uint32_t starlings_names_find(const starlings_names *names, starlings_name name);
/* The name of a number; empty texts if there is none. Lives until the next add or sort. */
STARLINGS_DEF starlings_name starlings_names_at(const starlings_names *names, uint32_t record);
/* Renumber by (source, key) bytes; new_number[old] says how, starlings_names_count long. */
STARLINGS_DEF starlings_status starlings_names_sort(starlings_names *names, uint32_t *new_number);

/* A number from text: the nearest double, no locale. The whole text must be a plain decimal number
   (digits, one point, an exponent); spaces, hex, inf and nan are ERR_FORMAT.
   Values beyond the largest double are ERR_INFINITE. */
STARLINGS_DEF starlings_status starlings_number_parse(starlings_text text, double *out_number);

/* A CSV reader: RFC 4180 with quotes (line breaks inside too), CRLF or LF, a byte order mark
   skipped, a header line required, every row as many fields as the header. */
typedef struct starlings_csv starlings_csv;
typedef struct starlings_csv_desc {
    starlings_source source;
    char separator;    /* 0: a comma, or a tab if the header has tabs and no commas */
    size_t line_limit; /* bytes in a row; 0: 1 MiB */
    starlings_env env; /* used by all calls on the reader */
} starlings_csv_desc;

/* Open a reader and read the header. Errors: those of the source; ERR_FORMAT with error->line:
   no header, a NUL byte, a row that is too long or has another number of fields, a quote that is
   misplaced or never closed; ERR_NOMEM. */
STARLINGS_DEF starlings_status starlings_csv_open(const starlings_csv_desc *desc,
                                                  starlings_csv **out_csv);
STARLINGS_DEF void starlings_csv_close(starlings_csv *csv); /* NULL is fine */
STARLINGS_DEF const starlings_text *starlings_csv_header(const starlings_csv *csv,
                                                         size_t *out_count);
/* The next row, as many fields as the header; NULL at the end. Lives until the next call. */
STARLINGS_DEF starlings_status starlings_csv_next(starlings_csv *csv,
                                                  const starlings_text **out_fields);
/* The physical line, from 1, on which the row of the last call began. */
STARLINGS_DEF uint64_t starlings_csv_line(const starlings_csv *csv);

/* Which columns to read (NULL: all by name); NULL members are found by their usual names:
     edges      record_a,record_b,score | unique_id_l,unique_id_r,match_probability with
                source_dataset_l,source_dataset_r if there | left_id,right_id,score |
                src,dst,weight | source,target,weight | id1,id2,score
     membership record,entity | unique_id,cluster_id with source_dataset if there |
                mention_id,unique_id
     records    record | unique_id with source_dataset if there | mention_id | id
   Sources are read where they are named or the ids are in unique_id columns. With join_sources a
   record is known by one key, source-__-id (as Splink prints it), and has no source of its own:
   then files with columns of sources and files with such keys go together. A source in which
   "-__-" would begin before its end is ERR_FORMAT: two records might become one.
   Errors of all readers: ERR_COLUMN a column is not there; ERR_AMBIGUOUS two kinds of names fit. */
typedef struct starlings_csv_columns {
    const char *left; /* edges */
    const char *right;
    const char *score;
    const char *source_left;
    const char *source_right;
    const char *record; /* membership, records */
    const char *entity;
    const char *source;
    bool join_sources;
} starlings_csv_columns;

/* Edges read from outside; free with starlings_edge_list_clear. */
typedef struct starlings_edge_list {
    starlings_edge *edges;
    size_t count;
    size_t capacity;
    bool has_sources; /* the file had source columns */
    starlings_allocator allocator;
} starlings_edge_list;

/* Append all edges of a CSV; ids are numbers of names. known_only: a name that is not there yet
   is ERR_STRANGER. On an error the list and names hold what came before the bad row; nothing of it.
   Errors: ERR_FORMAT, ERR_WEIGHT, ERR_STRANGER with error->line; those of the reader. */
STARLINGS_DEF starlings_status starlings_edge_list_read_csv(starlings_csv *csv,
                                                            const starlings_csv_columns *columns,
                                                            starlings_names *names, bool known_only,
                                                            starlings_edge_list *list);
STARLINGS_DEF void starlings_edge_list_clear(starlings_edge_list *list);
/* Give the records the numbers of starlings_names_sort. Errors: ERR_RANGE an id is not below count;
   the list is unchanged then. */
STARLINGS_DEF starlings_status starlings_edge_list_renumber(starlings_edge_list *list,
                                                            const uint32_t *new_number,
                                                            uint32_t count);

/* Who is in which entity: label[record], STARLINGS_NONE for records that the file lacks. Names that
   were made later have no label here until it is renumbered. A partition from labels would take the
   records without one as an entity of their own together: give them labels first. */
typedef struct starlings_membership {
    uint32_t *labels; /* record_count long; labels are dense from 0 in order of appearance */
    uint32_t record_count;
    uint32_t label_count;
    size_t capacity;
    bool has_sources;
    starlings_allocator allocator;
} starlings_membership;

/* Read a membership CSV into an empty (zeroed) membership. On an error it holds what came before
   the bad row. Errors: ERR_DUPLICATE a record is there twice; as above. */
STARLINGS_DEF starlings_status starlings_membership_read_csv(starlings_csv *csv,
                                                             const starlings_csv_columns *columns,
                                                             starlings_names *names,
                                                             bool known_only,
                                                             starlings_membership *membership);
STARLINGS_DEF void starlings_membership_clear(starlings_membership *membership);
/* Give the records the numbers of starlings_names_sort; record_count becomes `count`, and records
   that had no label still have none. Errors: ERR_RANGE count is below record_count; ERR_NOMEM. */
STARLINGS_DEF starlings_status starlings_membership_renumber(starlings_membership *membership,
                                                             const uint32_t *new_number,
                                                             uint32_t count);

/* Add the records of a CSV to the names. A record may be there twice. */
STARLINGS_DEF starlings_status starlings_names_read_csv(starlings_csv *csv,
                                                        const starlings_csv_columns *columns,
                                                        starlings_names *names, bool known_only);

/* Write one field of a CSV, in quotes where a comma, a quote or a line end asks for them, and the
   byte `after` (a comma or a line feed) behind it. */
STARLINGS_DEF starlings_status starlings_csv_write_field(const starlings_sink *sink,
                                                         starlings_text field, char after);

/* The scipy linkage matrix: record_count - 1 rows of (cluster, cluster, distance, size), distances
   1 - threshold ascending, new clusters numbered from record_count on; an n-way merge takes n-1
   rows at one distance. Components that never join do so at `never` (0: 2.0), so that the matrix is
   whole.
   Shapes: matrix has 4 * (record_count - 1) doubles.  Errors: ERR_ARG never is below 1, not 0. */
STARLINGS_DEF starlings_status starlings_hierarchy_linkage(starlings_hierarchy *hierarchy,
                                                           const starlings_env *env, double never,
                                                           double *matrix);

/* Newick text, one line for each component that never joins another, smallest records first; branch
   lengths are differences of 1 - threshold with six decimals. name(ctx, record) gives the label
   (quoted as Newick wants where needed); NULL: the record's number. */
typedef struct starlings_newick_desc {
    starlings_hierarchy *hierarchy;
    starlings_sink sink;
    starlings_text (*name)(void *ctx, uint32_t record);
    void *name_ctx;
    starlings_env env;
} starlings_newick_desc;
STARLINGS_DEF starlings_status starlings_hierarchy_newick(const starlings_newick_desc *desc);

#ifndef STARLINGS_NO_STDIO
/* A FILE * (as ctx) behind a source or a sink; short reads and writes are ERR_IO. */
STARLINGS_DEF starlings_status starlings_file_read(void *file, void *bytes, size_t capacity,
                                                   size_t *out_size);
STARLINGS_DEF starlings_status starlings_file_write(void *file, const void *bytes, size_t size);
#endif

#ifdef __cplusplus
}
#endif
#endif /* STARLINGS_H */

/* ########################################################################## */
/* The implementation. Everything below is private: stln_ and STLN_.          */
/* ########################################################################## */
#if defined(STARLINGS_IMPLEMENTATION) && !defined(STLN_IMPLEMENTED)
#define STLN_IMPLEMENTED

/* ==== [S20 PLATFORM] compilers, atomics ==================================== */
/* What differs between compilers stands here and nowhere else. Atomics are plain integers behind
   functions over compiler builtins, so that the file compiles as C11 and C++17 alike and the
   thread sanitizer sees them; without such builtins (or with 32-bit pointers) all tasks run one
   after the other, those of a workers hook too. */

#include <float.h>
#include <string.h>
#ifndef STARLINGS_NO_MALLOC
#  include <stdlib.h>
#endif
#ifndef STARLINGS_NO_STDIO
#  include <stdio.h>
#endif

#ifndef STARLINGS_DEBUG
#  define STARLINGS_DEBUG 0
#endif
#if STARLINGS_DEBUG > 0 && !defined(STARLINGS_ASSERT)
#  include <assert.h>
#  define STARLINGS_ASSERT(c) assert(c)
#endif
#if STARLINGS_DEBUG > 0
#  define STLN_ASSERT(c) STARLINGS_ASSERT(c)
#else
#  define STLN_ASSERT(c) ((void)0)
#endif

/* Work is shared only where 32-bit and 64-bit integers are atomic without a library. */
#if defined(__GNUC__) && !defined(__TINYC__) && UINTPTR_MAX > UINT32_MAX
#  define STLN_CAN_SHARE 1
#else
#  define STLN_CAN_SHARE 0
#endif
#if (defined(_WIN32) || !STLN_CAN_SHARE) && !defined(STARLINGS_NO_THREADS)
#  define STARLINGS_NO_THREADS
#endif
#ifndef STARLINGS_NO_THREADS
#  include <pthread.h>
#endif

#if defined(__GNUC__) && defined(__x86_64__) && !defined(STARLINGS_NO_SIMD) && !defined(__TINYC__)
#  define STLN_HAS_AVX2 1
#  include <immintrin.h>
#  define STLN_TARGET(isa) __attribute__((target(isa)))
#else
#  define STLN_HAS_AVX2 0
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
#  define STLN_PREFETCH(at) __builtin_prefetch(at)
#else
#  define STLN_PREFETCH(at) ((void)(at))
#endif
#define STLN_INLINE static inline

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
STLN_INLINE uint32_t stln_atomic_load(const uint32_t *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
STLN_INLINE void stln_atomic_store(uint32_t *at, uint32_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}
STLN_INLINE bool stln_atomic_cas(uint32_t *at, uint32_t expected, uint32_t desired)
{
    return __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}
STLN_INLINE uint32_t stln_atomic_add(uint32_t *at, uint32_t value) /* the value before */
{
    return __atomic_fetch_add(at, value, __ATOMIC_ACQ_REL);
}
#else
STLN_INLINE uint32_t stln_atomic_load(const uint32_t *at) { return *at; }
STLN_INLINE void stln_atomic_store(uint32_t *at, uint32_t value) { *at = value; }
STLN_INLINE bool stln_atomic_cas(uint32_t *at, uint32_t expected, uint32_t desired)
{
    if (*at != expected)
        return false;
    *at = desired;
    return true;
}
STLN_INLINE uint32_t stln_atomic_add(uint32_t *at, uint32_t value)
{
    uint32_t before = *at;
    *at = before + value;
    return before;
}
#endif

/* Sums only: nothing is published through them. */
STLN_INLINE uint64_t stln_atomic_add64(uint64_t *at, uint64_t value) /* the value before */
{
#if STLN_CAN_SHARE
    return __atomic_fetch_add(at, value, __ATOMIC_RELAXED);
#else
    uint64_t before = *at;
    *at = before + value;
    return before;
#endif
}

uint32_t starlings_version(void)
{
    return STARLINGS_VERSION;
}

/* ==== [S21 ARITH] 128-bit integers, exact ratios, logarithms =============== */
/* Everything that a metric is made from is an integer until the last step. This section has the
   integers (128 bits, as two 64-bit halves, so that 32-bit machines compute the same), the last
   step, and two functions that other libraries take from libm: here they are integer algorithms,
   so every machine gives the same bits and no -lm is needed.

   Last step: stln_ratio(num, den) is num / den as a double. While den < 2^64 it is the nearest
   double, ties to even; of a larger den the upper 64 bits count, which moves the result by less
   than 2^-63 of itself, and so never past 1 when num <= den, nor from 1 when num == den.

   Entropy: sum over clusters of g(s) = s ln(n/s) is n times the entropy, all terms are >= 0 and
   nothing cancels (log n - sum(s log s)/n loses up to half the digits). g is an integer here, in
   units of 2^-64: the same s gives the same integer, so a sum that a cluster of size s enters and
   leaves comes back to where it was, bit by bit, in any order.
     ln x = e ln 2 + ln c + 2 atanh(z)       x = 2^e m, 1 <= m < 2, c = the 32nd below m,
                                             z = (m - c) / (m + c) < 1/65
     ln(n/s) = 2 atanh((n - s) / (n + s))    where n - s is small: all digits are kept
     atanh(z) = z (1 + z^2/3 + z^4/5 + ...)  seven terms leave less than 2^-90
   Error of g(s): below s 2^-60 in the first form, 2^-60 of its value in the second (tests/
   test_arith.c compares with long double). Source: the classical atanh reduction, for example
   Muller, Elementary Functions, ch. 4 (table-based) and 3. */

typedef struct stln_u128 {
    uint64_t hi;
    uint64_t lo;
} stln_u128;

#if defined(__SIZEOF_INT128__) && !defined(__TINYC__)
__extension__ typedef unsigned __int128 stln_wide;
#  define STLN_HAS_WIDE 1
#else
#  define STLN_HAS_WIDE 0
#endif

STLN_INLINE stln_u128 stln_u128_of(uint64_t value)
{
    stln_u128 r;
    r.hi = 0;
    r.lo = value;
    return r;
}

STLN_INLINE stln_u128 stln_add(stln_u128 a, stln_u128 b) /* modulo 2^128, as all below */
{
    stln_u128 r;
    r.lo = a.lo + b.lo;
    r.hi = a.hi + b.hi + (r.lo < a.lo);
    return r;
}

STLN_INLINE stln_u128 stln_sub(stln_u128 a, stln_u128 b)
{
    stln_u128 r;
    r.lo = a.lo - b.lo;
    r.hi = a.hi - b.hi - (a.lo < b.lo);
    return r;
}

STLN_INLINE bool stln_less(stln_u128 a, stln_u128 b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

STLN_INLINE bool stln_equal(stln_u128 a, stln_u128 b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

STLN_INLINE bool stln_is_zero(stln_u128 a)
{
    return (a.hi | a.lo) == 0;
}

STLN_INLINE stln_u128 stln_shift_left(stln_u128 a, unsigned by) /* by < 128 */
{
    if (by >= 64) {
        a.hi = a.lo << (by - 64);
        a.lo = 0;
    } else if (by > 0) {
        a.hi = a.hi << by | a.lo >> (64 - by);
        a.lo <<= by;
    }
    return a;
}

STLN_INLINE stln_u128 stln_shift_right(stln_u128 a, unsigned by) /* by < 128 */
{
    if (by >= 64) {
        a.lo = a.hi >> (by - 64);
        a.hi = 0;
    } else if (by > 0) {
        a.lo = a.lo >> by | a.hi << (64 - by);
        a.hi >>= by;
    }
    return a;
}

STLN_INLINE stln_u128 stln_mul(uint64_t a, uint64_t b)
{
    stln_u128 r;
#if STLN_HAS_WIDE
    stln_wide w = (stln_wide)a * b;
    r.hi = (uint64_t)(w >> 64);
    r.lo = (uint64_t)w;
#else
    uint64_t a0 = a & 0xFFFFFFFFu, a1 = a >> 32, b0 = b & 0xFFFFFFFFu, b1 = b >> 32;
    uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32), mid2 = a0 * b1 + (mid & 0xFFFFFFFFu);
    r.lo = mid2 << 32 | (low & 0xFFFFFFFFu);
    r.hi = a1 * b1 + (mid >> 32) + (mid2 >> 32);
#endif
    return r;
}

STLN_INLINE stln_u128 stln_mul_wide(stln_u128 a, uint64_t b)
{
    stln_u128 r = stln_mul(a.lo, b);
    r.hi += a.hi * b;
    return r;
}

STLN_INLINE unsigned stln_leading_zeros(uint64_t x) /* x != 0 */
{
#if defined(__GNUC__) && !defined(__TINYC__)
    return (unsigned)__builtin_clzll(x);
#else
    unsigned n = 0;
    while ((x & ((uint64_t)1 << 63)) == 0) {
        x <<= 1;
        n++;
    }
    return n;
#endif
}

/* Quotient of a 128-bit by a 64-bit integer where it fits 64 bits: num.hi < den. */
STLN_INLINE uint64_t stln_div(stln_u128 num, uint64_t den, uint64_t *out_rest)
{
#if STLN_HAS_WIDE
    stln_wide w = (stln_wide)num.hi << 64 | num.lo;
    STLN_ASSERT(num.hi < den);
    *out_rest = (uint64_t)(w % den);
    return (uint64_t)(w / den);
#else
    uint64_t quotient = 0, rest = num.hi;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t carry = rest >> 63;
        rest = rest << 1 | (num.lo >> bit & 1);
        if (carry != 0 || rest >= den) {
            rest -= den;
            quotient |= (uint64_t)1 << bit;
        }
    }
    *out_rest = rest;
    return quotient;
#endif
}

/* floor(num / den) for any den > 0. */
STLN_INLINE stln_u128 stln_div_wide(stln_u128 num, uint64_t den)
{
    stln_u128 r, low;
    uint64_t rest;
    r.hi = num.hi / den;
    low.hi = num.hi % den;
    low.lo = num.lo;
    r.lo = stln_div(low, den, &rest);
    return r;
}

/* q 2^exponent, q having its top bit set, rounded to nearest even; `more`: q lacks bits below. */
static double stln_double_of(uint64_t q, bool more, int exponent)
{
    uint64_t kept = q >> 11, bits;
    unsigned lost = (unsigned)(q & 0x7FF);
    double out;
    if (lost > 0x400 || (lost == 0x400 && (more || (kept & 1) != 0)))
        kept++;
    /* kept has the hidden bit at 52, or has become 2^53: the sum carries into the exponent. */
    bits = ((uint64_t)(exponent + 63 + 1023 - 1) << 52) + kept;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* num / den * 2^exponent as a double, den > 0; see the head of the section. The result must be
   zero or a normal double. */
static double stln_ratio_scaled(stln_u128 num, stln_u128 den, int exponent)
{
    unsigned up, down;
    uint64_t rest, q, lost = 0;
    if (stln_is_zero(num))
        return 0.0;
    if (den.hi != 0) {
        unsigned by = 64 - stln_leading_zeros(den.hi);
        den = stln_shift_right(den, by);
        exponent -= (int)by;
    }
    down = stln_leading_zeros(den.lo);
    up = num.hi != 0 ? stln_leading_zeros(num.hi) : 64 + stln_leading_zeros(num.lo);
    den.lo <<= down;
    num = stln_shift_left(num, up);
    exponent += (int)down - (int)up;
    if (num.hi >= den.lo) {
        lost = num.lo & 1;
        num = stln_shift_right(num, 1);
        exponent++;
    }
    q = stln_div(num, den.lo, &rest); /* num >= den 2^63 by now: q has its top bit set */
    return stln_double_of(q, (rest | lost) != 0, exponent);
}

static double stln_ratio(stln_u128 num, stln_u128 den)
{
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ == 0
    if ((num.hi | den.hi) == 0 && ((num.lo | den.lo) >> 53) == 0)
        return (double)num.lo / (double)den.lo; /* both exact: the division rounds once */
#endif
    return stln_ratio_scaled(num, den, 0);
}

static double stln_ratio64(uint64_t num, uint64_t den)
{
    return stln_ratio(stln_u128_of(num), stln_u128_of(den));
}

/* The nearest double to the square root of x, for x = 0 or a normal double. A few Newton steps in
   doubles come close; exact integers decide the last bit. */
static double stln_sqrt(double x)
{
    uint64_t bits, m, root;
    int exponent;
    double y, m_real;
    if (!(x > 0))
        return 0.0;
    memcpy(&bits, &x, sizeof bits);
    exponent = (int)(bits >> 52) - 1075;
    m = (bits & 0xFFFFFFFFFFFFFu) | (uint64_t)1 << 52;
    if ((exponent & 1) != 0) {
        m <<= 1;
        exponent--;
    }
    m_real = (double)m;
    y = 94906265.0; /* sqrt of 2^53, the middle of [2^52, 2^54) */
    for (int i = 0; i < 5; i++)
        y = 0.5 * (y + m_real / y);
    root = (uint64_t)(y * 134217728.0); /* floor(sqrt(m 2^54)), give or take a little */
    while (stln_less(stln_shift_left(stln_u128_of(m), 54), stln_mul(root, root)))
        root--;
    while (!stln_less(stln_shift_left(stln_u128_of(m), 54), stln_mul(root + 1, root + 1)))
        root++;
    /* 54 bits; m 2^54 is no odd square, so a half is never a tie */
    root = (root + 1) >> 1;
    bits = ((uint64_t)(exponent / 2 + 1049) << 52) + (root - ((uint64_t)1 << 52));
    memcpy(&y, &bits, sizeof y);
    return y;
}

#define STLN_LN2 0xB17217F7D1CF79ACu /* ln 2 in units of 2^-64 */

/* ln(1 + i/32) in units of 2^-64. */
static const uint64_t stln_ln_table[32] = {
    0x0000000000000000u, 0x07E0A6C39E0CC013u, 0x0F85186008B15331u, 0x16F0D28AE56B4B9Cu,
    0x1E27076E2AF2E5EAu, 0x252AA5F03FEA4698u, 0x2BFE60E14F27A791u, 0x32A4B539E8AD68EDu,
    0x391FEF8F35344358u, 0x3F7230DABC7C551Bu, 0x459D72AEAE98380Eu, 0x4BA38AEB8474C271u,
    0x51862F08717B09F4u, 0x5746F6FD60272942u, 0x5CE75FDAEF401A74u, 0x6268CE1B05096AD7u,
    0x67CC8FB2FE612FCBu, 0x6D13DDEF323D8A33u, 0x723FDF1E6A6886B1u, 0x7751A813071282FCu,
    0x7C4A3D7EBC1BB2CDu, 0x812A952D2E87F635u, 0x85F39721295415B5u, 0x8AA61E97A6AF4D4Cu,
    0x8F42FAF3820681EFu, 0x93CAF0944D88D75Cu, 0x983EB99A7885F0FEu, 0x9C9F069AB150CD4Eu,
    0xA0EC7F4233957323u, 0xA527C2ED81F5D811u, 0xA9516932DE2D5774u, 0xAD6A0261ACF967D9u,
};

/* z^2/3 + z^4/5 + ... for square = z^2 < 2^-12, all in units of 2^-64. */
STLN_INLINE uint64_t stln_atanh_tail(uint64_t square)
{
    uint64_t sum = 0x1111111111111111u; /* 1/15 */
    sum = 0x13B13B13B13B13B1u + stln_mul(sum, square).hi;
    sum = 0x1745D1745D1745D1u + stln_mul(sum, square).hi;
    sum = 0x1C71C71C71C71C72u + stln_mul(sum, square).hi;
    sum = 0x2492492492492492u + stln_mul(sum, square).hi;
    sum = 0x3333333333333333u + stln_mul(sum, square).hi;
    sum = 0x5555555555555555u + stln_mul(sum, square).hi;
    return stln_mul(sum, square).hi;
}

/* ln x in units of 2^-64, x >= 1. */
static stln_u128 stln_ln(uint32_t x)
{
    unsigned zeros = stln_leading_zeros(x), at;
    uint64_t m = (uint64_t)x << zeros, c, z, rest; /* m in [2^63, 2^64) stands for [1, 2) */
    stln_u128 num, ln;
    at = (unsigned)(m >> 58) & 31;
    c = (uint64_t)(32 + at) << 58;
    num.hi = (m - c) >> 1; /* z = (m - c) / (m + c); both halved, since m + c needs 65 bits */
    num.lo = (m - c) << 63;
    z = stln_div(num, (m >> 1) + (c >> 1), &rest); /* the bit of m that is lost is 0: x has 32 */
    ln = stln_mul(STLN_LN2, 63 - zeros);
    ln = stln_add(ln, stln_u128_of(stln_ln_table[at]));
    z += stln_mul(z, stln_atanh_tail(stln_mul(z, z).hi)).hi;
    return stln_add(ln, stln_u128_of(2 * z));
}

/* g(s) = s ln(n/s) in units of 2^-64, 1 <= s <= n, ln_n = stln_ln(n). */
static stln_u128 stln_entropy_term(uint32_t s, uint32_t n, stln_u128 ln_n)
{
    uint32_t d = n - s;
    uint64_t sum = (uint64_t)n + s, m, rest, tail;
    unsigned scale;
    stln_u128 num;
    if (d == 0)
        return stln_u128_of(0);
    if ((uint64_t)d * 65 >= sum)
        return stln_mul_wide(stln_sub(ln_n, stln_ln(s)), s);
    /* z = d / sum = m 2^-(64 + scale), m about 2^62 */
    scale = stln_leading_zeros(d) - stln_leading_zeros(sum) - 2;
    num.hi = (uint64_t)d << scale;
    num.lo = 0;
    m = stln_div(num, sum, &rest);
    tail = stln_atanh_tail(stln_mul(m, m).hi >> (2 * scale)); /* scale <= 30, for d = 1 */
    m += stln_mul(m, tail).hi;
    return stln_shift_right(stln_shift_left(stln_mul(m, s), 1), scale);
}

/* ==== [S22 MEMORY] the allocator hook, checked sizes ======================= */
/* Every block comes from the hook and goes back with its size. Sizes are products of a count and
   an element size that are checked by division before anything is multiplied; a product that
   does not fit is a failed allocation.

   Scratch: work space of one call. Blocks are remembered, one call gives all of them back, and a
   failure is sticky, so that a function may ask for all it needs and look once. */

STLN_INLINE size_t stln_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

#ifndef STARLINGS_NO_MALLOC
static void *stln_libc_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}
#endif

/* The allocator of an env, or the fallback's (may be NULL), or libc's. resize stays NULL when there
   is none at all: the caller returns ERR_ARG then. */
static starlings_allocator stln_allocator_of(const starlings_env *env,
                                             const starlings_allocator *fallback)
{
    starlings_allocator allocator = { NULL, NULL };
    if (env != NULL && env->allocator.resize != NULL)
        return env->allocator;
    if (fallback != NULL)
        return *fallback;
#ifndef STARLINGS_NO_MALLOC
    allocator.resize = stln_libc_resize;
#endif
    return allocator;
}

/* An env to work with: the caller's with a usable allocator filled in. */
static starlings_env stln_env_of(const starlings_env *env, const starlings_allocator *fallback)
{
    starlings_env out;
    memset(&out, 0, sizeof out);
    if (env != NULL)
        out = *env;
    out.allocator = stln_allocator_of(env, fallback);
    return out;
}

/* count elements of size bytes; NULL if that does not fit or there is no memory. 0 elements give
   a real block, so NULL always means failure. */
static void *stln_alloc(const starlings_allocator *allocator, size_t count, size_t size)
{
    if (count == 0)
        count = 1;
    if (size > SIZE_MAX / 2 / count) /* half: differences of pointers stay legal */
        return NULL;
    return allocator->resize(allocator->ctx, NULL, 0, count * size);
}

static void stln_free(const starlings_allocator *allocator, void *ptr, size_t count, size_t size)
{
    if (ptr != NULL)
        (void)allocator->resize(allocator->ctx, ptr, (count == 0 ? 1 : count) * size, 0);
}

/* From old_count to new_count elements, both at least 1 in the allocator's eyes. NULL: the old
   block is still there. A block that was never allocated is NULL. */
static void *stln_realloc(const starlings_allocator *allocator, void *ptr, size_t old_count,
                          size_t new_count, size_t size)
{
    if (ptr == NULL)
        return stln_alloc(allocator, new_count, size);
    if (new_count == 0)
        new_count = 1;
    if (size > SIZE_MAX / 2 / new_count)
        return NULL;
    return allocator->resize(allocator->ctx, ptr, (old_count == 0 ? 1 : old_count) * size,
                             new_count * size);
}

static size_t stln_twice(size_t count)
{
    return count > SIZE_MAX / 2 ? SIZE_MAX : count * 2;
}

/* A capacity for at least `wanted` elements that grows by half, so that appending is linear. */
static size_t stln_grown(size_t capacity, size_t wanted)
{
    size_t grown = capacity + capacity / 2 + 16;
    return grown < wanted ? wanted : grown;
}

#define STLN_SCRATCH_BLOCKS 40
typedef struct stln_scratch {
    starlings_allocator allocator;
    bool failed;
    uint32_t count;
    void *block[STLN_SCRATCH_BLOCKS];
    size_t size[STLN_SCRATCH_BLOCKS];
} stln_scratch;

static void stln_scratch_open(stln_scratch *scratch, const starlings_allocator *allocator)
{
    scratch->allocator = *allocator;
    scratch->failed = false;
    scratch->count = 0;
}

static void *stln_scratch_alloc(stln_scratch *scratch, size_t count, size_t size)
{
    void *block = NULL;
    if (!scratch->failed && scratch->count < STLN_SCRATCH_BLOCKS)
        block = stln_alloc(&scratch->allocator, count, size);
    if (block == NULL) {
        scratch->failed = true;
        return NULL;
    }
    scratch->block[scratch->count] = block;
    scratch->size[scratch->count] = (count == 0 ? 1 : count) * size;
    scratch->count++;
    return block;
}

static void *stln_scratch_zeroed(stln_scratch *scratch, size_t count, size_t size)
{
    void *block = stln_scratch_alloc(scratch, count, size);
    if (block != NULL)
        memset(block, 0, (count == 0 ? 1 : count) * size);
    return block;
}

/* Give one block back early, or (keep) take it out of the scratch to own it. */
static void stln_scratch_drop(stln_scratch *scratch, void *block, bool keep)
{
    for (uint32_t i = 0; i < scratch->count; i++)
        if (scratch->block[i] == block) {
            if (!keep)
                (void)scratch->allocator.resize(scratch->allocator.ctx, block, scratch->size[i], 0);
            scratch->count--;
            scratch->block[i] = scratch->block[scratch->count];
            scratch->size[i] = scratch->size[scratch->count];
            return;
        }
}

static void stln_scratch_close(stln_scratch *scratch)
{
    while (scratch->count > 0)
        stln_scratch_drop(scratch, scratch->block[scratch->count - 1], false);
}

/* ==== [S23 DIAG] status texts, error reports =============================== */
/* An error is a status, a place and one sentence. The sentence is put together from pieces,
   without format strings, and cut at a whole UTF-8 character where it would not fit. */

const char *starlings_status_text(starlings_status status)
{
    switch (status) {
#define STLN_STATUS_CASE(name, value, text) \
    case STARLINGS_##name:                  \
        return text;
        STARLINGS_STATUS_LIST(STLN_STATUS_CASE)
#undef STLN_STATUS_CASE
    case STARLINGS_STATUS_FORCE_I32:
        break;
    }
    return "unknown status";
}

static void stln_error_add(starlings_error *error, const char *piece, size_t size)
{
    size_t used, room;
    if (error == NULL)
        return;
    used = strlen(error->text);
    room = sizeof error->text - 1 - used;
    if (size > room) {
        size = room;
        while (size > 0 && ((unsigned char)piece[size] & 0xC0) == 0x80)
            size--;
    }
    memcpy(error->text + used, piece, size);
    error->text[used + size] = '\0';
}

static void stln_error_say(starlings_error *error, const char *piece)
{
    stln_error_add(error, piece, strlen(piece));
}

/* Fill the env's report, if it has one, and hand the status on. More pieces may follow. */
static starlings_status stln_fail(const starlings_env *env, starlings_status status, uint64_t at,
                                  const char *text)
{
    starlings_error *error = env != NULL ? env->error : NULL;
    if (error != NULL) {
        error->status = status;
        error->at = at;
        error->line = 0;
        error->text[0] = '\0';
        stln_error_say(error, text != NULL ? text : starlings_status_text(status));
    }
    return status;
}

/* How far a stage is; false from the caller's callback becomes ERR_CANCELLED. */
static starlings_status stln_report(const starlings_env *env, const char *stage, uint64_t done,
                                    uint64_t total)
{
    if (env->progress.report == NULL || env->progress.report(env->progress.ctx, stage, done, total))
        return STARLINGS_OK;
    return stln_fail(env, STARLINGS_ERR_CANCELLED, 0, NULL);
}

/* ==== [S24 HASH] keyed hash, table of names =============================== */
/* Owns: which text has which number. Everything from outside is named by texts; everything inside
   counts from 0. A table of texts turns the one into the other, and names are two such tables: one
   of sources, one of keys, where a key carries the number of its source as its group.

   The hash is SipHash-1-3 under a 128-bit seed: whoever may choose the ids in a file, but not the
   seed, cannot make them collide. The numbers come from the order of appearance, never from the
   table, so the seed shows in no result.

     bytes   | g0 key0 | g1 key1 | g2 key2 |       group (4 bytes) and key, one after the other
     begin     0         8         17        25    where each starts; the last one is the end
     slots   | . | tag 2 | . | tag 0 | tag 1 | .   open addressing, linear probing

   I1  begin[i] <= begin[i + 1] - 4, and no two entries are equal in group and bytes.
   I2  at most three quarters of the slots are taken, so every search ends; each number is in one.
   I3  from the home of an entry to its slot there is no empty slot. The home is given by the upper
       bits of the tag: a table that doubles is copied nearly in order, without hashing again.
   I4  two texts are the same only if all their bytes are; the tag merely saves comparisons.
   I5  all memory is reserved before the first change, so a change cannot fail half way.

   Cost: 12 bytes an entry, 8 / (3/8 ... 3/4) bytes of slots, its key, and the room to grow (half);
   one cache miss for the slot and two for the text.
   Sources: Aumasson, Bernstein 2012 (SipHash); Knuth 1973 vol. 3, 6.4 (linear probing).

   Sorting: a bottom-up merge sort of 16-byte items, each with eight bytes of its key: first those
   behind what all keys have in common, then, in every run of equals, those behind what the run has
   in common. Whole texts are compared only after that. Ids like "rec-000123" hardly ever are.
   Work space: 44 bytes an entry and a second copy of the texts. */

STLN_INLINE uint64_t stln_sip_turn(uint64_t x, uint32_t by)
{
    return x << by | x >> (64 - by);
}

STLN_INLINE void stln_sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = stln_sip_turn(v[1], 13) ^ v[0];
    v[0] = stln_sip_turn(v[0], 32);
    v[2] += v[3];
    v[3] = stln_sip_turn(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = stln_sip_turn(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = stln_sip_turn(v[1], 17) ^ v[2];
    v[2] = stln_sip_turn(v[2], 32);
}

STLN_INLINE void stln_sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    stln_sip_round(v);
    v[0] ^= word;
}

STLN_INLINE uint64_t stln_sip_load(const unsigned char *p) /* little endian on every machine */
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

/* SipHash-1-3 of a message: the eight bytes of `word`, lowest first, then `size` bytes. */
static uint64_t stln_siphash(const uint64_t seed[2], uint64_t word, const unsigned char *bytes,
                             size_t size)
{
    uint64_t v[4], last = (uint64_t)(size + 8) << 56;
    size_t whole = size & ~(size_t)7;
    v[0] = seed[0] ^ 0x736f6d6570736575u;
    v[1] = seed[1] ^ 0x646f72616e646f6du;
    v[2] = seed[0] ^ 0x6c7967656e657261u;
    v[3] = seed[1] ^ 0x7465646279746573u;
    stln_sip_word(v, word);
    for (size_t i = 0; i < whole; i += 8)
        stln_sip_word(v, stln_sip_load(bytes + i));
    for (size_t i = whole; i < size; i++)
        last |= (uint64_t)bytes[i] << (8 * (i - whole));
    stln_sip_word(v, last);
    v[2] ^= 0xff;
    stln_sip_round(v);
    stln_sip_round(v);
    stln_sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#define STLN_TEXTS_MOST (STARLINGS_NONE - 1u) /* so many numbers there are */
#define STLN_GROUP_SIZE 4u

typedef struct stln_slot {
    uint32_t tag; /* upper half of the hash */
    uint32_t id;  /* STARLINGS_NONE: empty */
} stln_slot;

typedef struct stln_texts {
    starlings_allocator allocator;
    uint64_t seed[2];
    unsigned char *bytes;
    size_t byte_capacity;
    size_t *begin; /* capacity + 1 long; NULL while the table is empty */
    size_t capacity;
    stln_slot *slots; /* 2^slot_bits of them */
    uint32_t slot_bits;
    uint32_t count;
} stln_texts;

static void stln_texts_init(stln_texts *texts, const starlings_allocator *allocator,
                            const uint64_t seed[2])
{
    memset(texts, 0, sizeof *texts);
    texts->allocator = *allocator;
    texts->seed[0] = seed[0];
    texts->seed[1] = seed[1];
}

static void stln_texts_clear(stln_texts *texts)
{
    size_t slots = (size_t)1 << texts->slot_bits;
    stln_free(&texts->allocator, texts->bytes, texts->byte_capacity, 1);
    stln_free(&texts->allocator, texts->begin, texts->capacity + 1, sizeof *texts->begin);
    stln_free(&texts->allocator, texts->slots, slots, sizeof *texts->slots);
    stln_texts_init(texts, &texts->allocator, texts->seed);
}

static starlings_text stln_texts_at(const stln_texts *texts, uint32_t id)
{
    starlings_text text;
    const unsigned char *at = texts->bytes + texts->begin[id] + STLN_GROUP_SIZE;
    text.text = (const char *)at;
    text.size = texts->begin[id + 1] - texts->begin[id] - STLN_GROUP_SIZE;
    return text;
}

static uint32_t stln_texts_group(const stln_texts *texts, uint32_t id)
{
    uint32_t group;
    memcpy(&group, texts->bytes + texts->begin[id], sizeof group);
    return group;
}

STLN_INLINE uint64_t stln_texts_hash(const stln_texts *texts, uint32_t group, starlings_text text)
{
    return stln_siphash(texts->seed, group, (const unsigned char *)text.text, text.size);
}

STLN_INLINE size_t stln_texts_home(const stln_texts *texts, uint32_t tag)
{
    return (size_t)((uint64_t)tag << 32 >> (64 - texts->slot_bits));
}

static void stln_texts_prefetch(const stln_texts *texts, uint64_t hash)
{
    if (texts->slots != NULL)
        STLN_PREFETCH(texts->slots + stln_texts_home(texts, (uint32_t)(hash >> 32)));
}

/* The number of (group, text), or STARLINGS_NONE. */
static uint32_t stln_texts_find(const stln_texts *texts, uint64_t hash, uint32_t group,
                                starlings_text text)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t mask = ((size_t)1 << texts->slot_bits) - 1;
    if (texts->slots == NULL)
        return STARLINGS_NONE;
    for (size_t at = stln_texts_home(texts, tag);; at = (at + 1) & mask) {
        const stln_slot *slot = texts->slots + at;
        if (slot->id == STARLINGS_NONE)
            return STARLINGS_NONE;
        if (slot->tag == tag) {
            starlings_text have = stln_texts_at(texts, slot->id);
            if (have.size == text.size && stln_texts_group(texts, slot->id) == group &&
                (text.size == 0 || memcmp(have.text, text.text, text.size) == 0))
                return slot->id;
        }
    }
}

static void stln_texts_place(stln_texts *texts, uint32_t tag, uint32_t id)
{
    size_t mask = ((size_t)1 << texts->slot_bits) - 1, at = stln_texts_home(texts, tag);
    while (texts->slots[at].id != STARLINGS_NONE)
        at = (at + 1) & mask;
    texts->slots[at].tag = tag;
    texts->slots[at].id = id;
}

static bool stln_texts_grow_slots(stln_texts *texts, uint32_t bits)
{
    stln_slot *old = texts->slots, *slots;
    size_t old_count = (size_t)1 << texts->slot_bits, count = (size_t)1 << bits;
    slots = (stln_slot *)stln_alloc(&texts->allocator, count, sizeof *slots);
    if (slots == NULL)
        return false;
    memset(slots, 0xff, count * sizeof *slots); /* every id is STARLINGS_NONE */
    texts->slots = slots;
    texts->slot_bits = bits;
    if (old == NULL)
        return true;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].id != STARLINGS_NONE)
            stln_texts_place(texts, old[i].tag, old[i].id);
    stln_free(&texts->allocator, old, old_count, sizeof *old);
    return true;
}

/* Room for `count` more entries with `size` bytes of text together. */
static starlings_status stln_texts_reserve(stln_texts *texts, uint32_t count, size_t size)
{
    size_t wanted = (size_t)texts->count + count, used;
    uint32_t bits = texts->slots == NULL ? 4 : texts->slot_bits;
    if (count > STLN_TEXTS_MOST - texts->count)
        return STARLINGS_ERR_RANGE;
    used = texts->begin == NULL ? 0 : texts->begin[texts->count];
    if (wanted > texts->capacity) {
        size_t capacity = stln_grown(texts->capacity, wanted);
        size_t *begin = (size_t *)stln_realloc(&texts->allocator, texts->begin,
                                               texts->capacity + 1, capacity + 1, sizeof *begin);
        if (begin == NULL)
            return STARLINGS_ERR_NOMEM;
        if (texts->begin == NULL)
            begin[0] = 0;
        texts->begin = begin;
        texts->capacity = capacity;
    }
    size += (size_t)STLN_GROUP_SIZE * count; /* texts that are in memory: no overflow */
    if (size > texts->byte_capacity - used) {
        size_t capacity = stln_grown(texts->byte_capacity, used + size);
        unsigned char *bytes = (unsigned char *)stln_realloc(&texts->allocator, texts->bytes,
                                                             texts->byte_capacity, capacity, 1);
        if (bytes == NULL)
            return STARLINGS_ERR_NOMEM;
        texts->bytes = bytes;
        texts->byte_capacity = capacity;
    }
    while (bits < sizeof(size_t) * 8 - 4 && wanted > ((size_t)1 << bits) / 4 * 3)
        bits++;
    if ((texts->slots == NULL || bits != texts->slot_bits) && !stln_texts_grow_slots(texts, bits))
        return STARLINGS_ERR_NOMEM;
    return STARLINGS_OK;
}

/* Add what is not there yet; room is reserved, so it cannot fail. */
static uint32_t stln_texts_insert(stln_texts *texts, uint64_t hash, uint32_t group,
                                  starlings_text text)
{
    uint32_t id = texts->count;
    unsigned char *at = texts->bytes + texts->begin[id];
    memcpy(at, &group, sizeof group);
    if (text.size > 0)
        memcpy(at + STLN_GROUP_SIZE, text.text, text.size);
    texts->begin[id + 1] = texts->begin[id] + STLN_GROUP_SIZE + text.size;
    texts->count++;
    stln_texts_place(texts, (uint32_t)(hash >> 32), id);
    return id;
}

/* Sorting. */

typedef struct stln_text_item {
    uint64_t piece; /* eight bytes of the text, the first one highest, zeros behind the end */
    uint32_t rank;  /* comes before the text */
    uint32_t id;
} stln_text_item;

static int stln_text_compare(starlings_text a, starlings_text b)
{
    size_t both = stln_min_size(a.size, b.size);
    int order = both == 0 ? 0 : memcmp(a.text, b.text, both);
    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

/* Does b come before a? Ties of rank and piece are broken by whole texts, or (texts NULL) not. */
STLN_INLINE bool stln_text_before(const stln_texts *texts, const stln_text_item *b,
                                  const stln_text_item *a)
{
    if (a->rank != b->rank)
        return b->rank < a->rank;
    if (a->piece != b->piece || texts == NULL)
        return b->piece < a->piece;
    return stln_text_compare(stln_texts_at(texts, b->id), stln_texts_at(texts, a->id)) < 0;
}

static void stln_text_merge(const stln_texts *texts, const stln_text_item *a, size_t a_count,
                            const stln_text_item *b, size_t b_count, stln_text_item *out)
{
    const stln_text_item *a_end = a + a_count, *b_end = b + b_count;
    if (b_count > 0 && stln_text_before(texts, b, a_end - 1)) { /* else they are in order */
        while (a < a_end && b < b_end) {
            bool second = stln_text_before(texts, b, a);
            *out++ = *(second ? b : a);
            b += second;
            a += !second;
        }
    }
    memcpy(out, a, (size_t)(a_end - a) * sizeof *out);
    memcpy(out + (a_end - a), b, (size_t)(b_end - b) * sizeof *out);
}

static void stln_text_sort_items(const stln_texts *texts, stln_text_item *items,
                                 stln_text_item *spare, size_t count)
{
    stln_text_item *from = items, *to = spare, *turn;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t left = stln_min_size(width, count - i);
            size_t right = stln_min_size(width, count - i - left);
            stln_text_merge(texts, from + i, left, from + i + left, right, to + i);
        }
        turn = from;
        from = to;
        to = turn;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
}

static uint64_t stln_text_piece(starlings_text text, size_t from)
{
    uint64_t piece = 0;
    for (size_t i = 0; i < 8; i++)
        piece = piece << 8 | (from + i < text.size ? (unsigned char)text.text[from + i] : 0u);
    return piece;
}

/* Give each item the eight bytes behind what the texts of all of them begin with. */
static void stln_text_fill_pieces(const stln_texts *texts, stln_text_item *items, size_t count)
{
    starlings_text first = stln_texts_at(texts, items[0].id);
    size_t common = first.size;
    for (size_t i = 1; i < count && common > 0; i++) {
        starlings_text text = stln_texts_at(texts, items[i].id);
        size_t same = 0, most = stln_min_size(common, text.size);
        while (same < most && text.text[same] == first.text[same])
            same++;
        common = same;
    }
    for (size_t i = 0; i < count; i++)
        items[i].piece = stln_text_piece(stln_texts_at(texts, items[i].id), common);
}

/* Sort items, which have rank and id, by rank and text. */
static void stln_text_sort(const stln_texts *texts, stln_text_item *items, stln_text_item *spare,
                           size_t count)
{
    size_t run = 0;
    if (count < 2)
        return;
    stln_text_fill_pieces(texts, items, count);
    stln_text_sort_items(NULL, items, spare, count);
    for (size_t i = 1; i <= count; i++) {
        if (i < count && items[i].rank == items[run].rank && items[i].piece == items[run].piece)
            continue;
        if (i - run > 1) {
            stln_text_fill_pieces(texts, items + run, i - run);
            stln_text_sort_items(texts, items + run, spare, i - run);
        }
        run = i;
    }
}

/* Names. */

struct starlings_names {
    starlings_allocator allocator;
    stln_texts sources; /* source number g is entry g - 1; number 0 is the empty source */
    stln_texts keys;    /* group: the source number */
};

/* What is known of a name while it is looked up. */
typedef struct stln_name_probe {
    starlings_name name;
    uint32_t group;  /* STARLINGS_NONE: the source is new */
    uint32_t record; /* STARLINGS_NONE: the name is new */
    uint64_t hash;   /* when the source is known */
} stln_name_probe;

/* Begin to look a name up: the memory that will be needed is asked for. */
static void stln_names_probe(const starlings_names *names, starlings_name name,
                             stln_name_probe *probe)
{
    probe->name = name;
    probe->group = 0;
    probe->record = STARLINGS_NONE;
    probe->hash = 0;
    if (name.source.size > 0) {
        uint64_t hash = stln_texts_hash(&names->sources, 0, name.source);
        uint32_t source = stln_texts_find(&names->sources, hash, 0, name.source);
        probe->group = source == STARLINGS_NONE ? STARLINGS_NONE : source + 1;
    }
    if (probe->group != STARLINGS_NONE) {
        probe->hash = stln_texts_hash(&names->keys, probe->group, name.key);
        stln_texts_prefetch(&names->keys, probe->hash);
    }
}

static void stln_names_look(const starlings_names *names, stln_name_probe *probe)
{
    if (probe->group != STARLINGS_NONE)
        probe->record = stln_texts_find(&names->keys, probe->hash, probe->group, probe->name.key);
}

/* Make the record of a probe; room is reserved. Look again first where something that was made
   since may be this very name. */
static void stln_names_make(starlings_names *names, stln_name_probe *probe, bool again)
{
    if (again) {
        stln_names_probe(names, probe->name, probe);
        stln_names_look(names, probe);
        if (probe->record != STARLINGS_NONE)
            return;
    }
    if (probe->group == STARLINGS_NONE) {
        uint64_t hash = stln_texts_hash(&names->sources, 0, probe->name.source);
        probe->group = stln_texts_insert(&names->sources, hash, 0, probe->name.source) + 1;
        probe->hash = stln_texts_hash(&names->keys, probe->group, probe->name.key);
    }
    probe->record = stln_texts_insert(&names->keys, probe->hash, probe->group, probe->name.key);
}

/* Make the records of the one or two probes that have none, or (after an error) of neither. */
static starlings_status stln_names_take(starlings_names *names, stln_name_probe *probes,
                                        uint32_t count)
{
    starlings_status status;
    size_t key_size = 0, source_size = 0;
    uint32_t keys = 0, sources = 0;
    for (uint32_t i = 0; i < count; i++)
        if (probes[i].record == STARLINGS_NONE) {
            keys++;
            key_size += probes[i].name.key.size;
            sources += probes[i].group == STARLINGS_NONE;
            source_size += probes[i].group == STARLINGS_NONE ? probes[i].name.source.size : 0;
        }
    status = keys == 0 ? STARLINGS_OK : stln_texts_reserve(&names->keys, keys, key_size);
    if (status == STARLINGS_OK && sources > 0)
        status = stln_texts_reserve(&names->sources, sources, source_size);
    if (status != STARLINGS_OK)
        return status;
    for (uint32_t i = 0; i < count; i++)
        if (probes[i].record == STARLINGS_NONE)
            stln_names_make(names, &probes[i], i > 0 && (probes[i].group == STARLINGS_NONE ||
                                                         probes[i].hash == probes[0].hash));
    return STARLINGS_OK;
}

starlings_status starlings_names_create(const starlings_names_desc *desc,
                                        starlings_names **out_names)
{
    static const uint64_t no_seed[2] = { 0, 0 };
    starlings_env env = stln_env_of(desc != NULL ? &desc->env : NULL, NULL);
    const uint64_t *seed = desc != NULL ? desc->hash_seed : no_seed;
    starlings_names *names;
    if (out_names == NULL)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, NULL);
    *out_names = NULL;
    if (env.allocator.resize == NULL)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "there is no allocator");
    names = (starlings_names *)stln_alloc(&env.allocator, 1, sizeof *names);
    if (names == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    names->allocator = env.allocator;
    stln_texts_init(&names->sources, &env.allocator, seed);
    stln_texts_init(&names->keys, &env.allocator, seed);
    *out_names = names;
    return STARLINGS_OK;
}

void starlings_names_destroy(starlings_names *names)
{
    starlings_allocator allocator;
    if (names == NULL)
        return;
    allocator = names->allocator;
    stln_texts_clear(&names->sources);
    stln_texts_clear(&names->keys);
    stln_free(&allocator, names, 1, sizeof *names);
}

uint32_t starlings_names_count(const starlings_names *names)
{
    return names != NULL ? names->keys.count : 0;
}

starlings_status starlings_names_add(starlings_names *names, starlings_name name,
                                     uint32_t *out_record)
{
    starlings_status status;
    stln_name_probe probe;
    if (out_record == NULL)
        return STARLINGS_ERR_ARG;
    *out_record = STARLINGS_NONE;
    if (names == NULL || (name.key.text == NULL && name.key.size > 0) ||
        (name.source.text == NULL && name.source.size > 0))
        return STARLINGS_ERR_ARG;
    stln_names_probe(names, name, &probe);
    stln_names_look(names, &probe);
    status = stln_names_take(names, &probe, 1);
    if (status == STARLINGS_OK)
        *out_record = probe.record;
    return status;
}

uint32_t starlings_names_find(const starlings_names *names, starlings_name name)
{
    stln_name_probe probe;
    if (names == NULL || (name.key.text == NULL && name.key.size > 0) ||
        (name.source.text == NULL && name.source.size > 0))
        return STARLINGS_NONE;
    stln_names_probe(names, name, &probe);
    stln_names_look(names, &probe);
    return probe.record;
}

starlings_name starlings_names_at(const starlings_names *names, uint32_t record)
{
    starlings_name name = { { "", 0 }, { "", 0 } };
    uint32_t group;
    if (names == NULL || record >= names->keys.count)
        return name;
    group = stln_texts_group(&names->keys, record);
    if (group > 0)
        name.source = stln_texts_at(&names->sources, group - 1);
    name.key = stln_texts_at(&names->keys, record);
    return name;
}

/* rank[g] of each source number in the order of the sources' bytes; the empty source is first. */
static void stln_names_rank_sources(const starlings_names *names, stln_text_item *items,
                                    stln_text_item *spare, uint32_t *rank)
{
    uint32_t count = names->sources.count;
    for (uint32_t i = 0; i < count; i++) {
        items[i].rank = 0;
        items[i].id = i;
    }
    stln_text_sort(&names->sources, items, spare, count);
    rank[0] = 0;
    for (uint32_t i = 0; i < count; i++)
        rank[items[i].id + 1] = i + 1;
}

/* Copy the keys in the order of items and number them so. The slots stay where they are. */
static void stln_names_renumber(starlings_names *names, const stln_text_item *items,
                                uint32_t *new_number, unsigned char *bytes, size_t *begin)
{
    stln_texts *keys = &names->keys;
    size_t slots = (size_t)1 << keys->slot_bits;
    begin[0] = 0;
    for (uint32_t i = 0; i < keys->count; i++) {
        size_t from = keys->begin[items[i].id], size = keys->begin[items[i].id + 1] - from;
        memcpy(bytes + begin[i], keys->bytes + from, size);
        begin[i + 1] = begin[i] + size;
        new_number[items[i].id] = i;
    }
    for (size_t i = 0; i < slots; i++)
        if (keys->slots[i].id != STARLINGS_NONE)
            keys->slots[i].id = new_number[keys->slots[i].id];
}

starlings_status starlings_names_sort(starlings_names *names, uint32_t *new_number)
{
    stln_scratch scratch;
    stln_text_item *items, *spare;
    stln_texts *keys;
    uint32_t *rank;
    unsigned char *bytes;
    size_t *begin, most, size;
    if (names == NULL || (names->keys.count > 0 && new_number == NULL))
        return STARLINGS_ERR_ARG;
    keys = &names->keys;
    if (keys->count == 0)
        return STARLINGS_OK;
    size = keys->begin[keys->count];
    most = keys->count > names->sources.count ? keys->count : names->sources.count;
    stln_scratch_open(&scratch, &names->allocator);
    begin = (size_t *)stln_scratch_alloc(&scratch, (size_t)keys->count + 1, sizeof *begin);
    bytes = (unsigned char *)stln_scratch_alloc(&scratch, size, 1);
    items = (stln_text_item *)stln_scratch_alloc(&scratch, most, sizeof *items);
    spare = (stln_text_item *)stln_scratch_alloc(&scratch, most, sizeof *spare);
    rank = (uint32_t *)stln_scratch_alloc(&scratch, (size_t)names->sources.count + 1, sizeof *rank);
    if (scratch.failed) {
        stln_scratch_close(&scratch);
        return STARLINGS_ERR_NOMEM;
    }
    stln_names_rank_sources(names, items, spare, rank);
    for (uint32_t i = 0; i < keys->count; i++) {
        items[i].rank = rank[stln_texts_group(keys, i)];
        items[i].id = i;
    }
    stln_text_sort(keys, items, spare, keys->count);
    stln_names_renumber(names, items, new_number, bytes, begin);
    stln_scratch_drop(&scratch, begin, true);
    stln_scratch_drop(&scratch, bytes, true);
    stln_free(&names->allocator, keys->begin, keys->capacity + 1, sizeof *keys->begin);
    stln_free(&names->allocator, keys->bytes, keys->byte_capacity, 1);
    keys->begin = begin;
    keys->bytes = bytes;
    keys->capacity = keys->count;
    keys->byte_capacity = size;
    stln_scratch_close(&scratch);
    return STARLINGS_OK;
}

/* ==== [S26 SORT] counting sorts ============================================ */
/* Keys here are small integers, so nothing is compared: a counting pass gives every bucket its
   place, a second pass puts the items there, in order (stable). Wider keys take several passes
   from the lowest digit up (least significant digit first; Knuth vol. 3, 5.2.5). A digit that is
   the same in all items costs one look and no pass. Cost: O(items) a pass, as much memory again. */

#define STLN_DIGIT_BITS 11
#define STLN_DIGITS (1u << STLN_DIGIT_BITS)

/* Sort u64 items by their bits from `low` up to 64, using `other` of the same length; the sorted
   items end in the returned one of the two. */
static uint64_t *stln_sort_u64(uint64_t *items, uint64_t *other, size_t count, unsigned low)
{
    size_t at[STLN_DIGITS];
    for (unsigned shift = low; shift < 64; shift += STLN_DIGIT_BITS) {
        size_t sum = 0;
        uint64_t *swap = items;
        memset(at, 0, sizeof at);
        for (size_t i = 0; i < count; i++)
            at[items[i] >> shift & (STLN_DIGITS - 1)]++;
        if (count == 0 || at[items[0] >> shift & (STLN_DIGITS - 1)] == count)
            continue;
        for (size_t d = 0; d < STLN_DIGITS; d++) {
            size_t n = at[d];
            at[d] = sum;
            sum += n;
        }
        for (size_t i = 0; i < count; i++)
            other[at[items[i] >> shift & (STLN_DIGITS - 1)]++] = items[i];
        items = other;
        other = swap;
    }
    return items;
}

/* ==== [S27 BYTES] numbers from and to text ================================ */
/* Text to the nearest double, ties to even, by integers alone: no tables, no locale, no rounding
   mode, the same bits on every machine.

   A decimal is D * 10^e with an integer D. Since 10^e = 5^e * 2^e, and powers of two only move
   the point, all the work is D * 5^e or D / 5^-e. Either gives q, sticky and x: a 64-bit integer q
   with its highest bit set, whether anything is left behind it, and value = (q + rest) * 2^x. From
   53 bits kept, the next one and sticky follows the nearest double, whatever the number.

   N1  Up to 19 digits and -27 <= e <= 27: D and 5^27 fit in 64 bits each, so one 128-bit product or
       one division of 128 by 64 bits is exact. These are nearly all scores, 17-digit ones too.
       More digits: where the first 19 and these plus 1 give one double, so does all between.
   N2  Everything else: D and 5^|e| as big integers; 64 quotient bits by shift and subtract.
   N3  A double, or the middle of two neighbours, has at most 767 digits. So digits from the 800th
       on cannot matter except by being there: they are replaced by a single 1.
   N4  Beyond 10^310 or below 10^-330 the answer is known without any arithmetic, so the integers
       have at most 5^1131 (2,627 bits) or 801 digits (2,661 bits) and live on the stack.

   Cost: 20 to 100 ns in N1, one to some tens of microseconds in N2.
   Sources: Clinger 1990 (How to read floating point numbers accurately); Knuth 1969 vol. 2, 4.3.1
   (long division). Clinger's shortcut in doubles is left out: it depends on the compiler's
   precision and would hardly be faster. */

#define STLN_NUMBER_DIGITS 800 /* see N3 */
#define STLN_BIG_LIMBS 96      /* 3,072 bits; see N4 */

typedef struct stln_big {
    uint32_t size; /* limbs in use, the last one is not 0 */
    uint32_t limb[STLN_BIG_LIMBS];
} stln_big;

/* A number as it is written. */
typedef struct stln_decimal {
    uint64_t digits;   /* the first 19 digits from the first that is not 0 */
    int64_t exponent;  /* of the last of these */
    uint32_t count;    /* how many these are; 0: the number is 0 */
    bool more;         /* there is a digit other than 0 behind them */
    bool negative;
    const char *first; /* of these */
    const char *end;   /* of all digits */
} stln_decimal;

/* The double nearest to (q + rest) * 2^x, where q has its highest bit set and 0 <= rest < 1, not 0
   exactly if sticky. Errors: ERR_INFINITE. */
static starlings_status stln_number_round(uint64_t q, bool sticky, int32_t x, bool negative,
                                          double *out_number)
{
    int32_t exponent = x + 63, drop = 11;
    uint64_t kept, rest, half, bits;
    if (exponent < -1022) { /* subnormal: fewer bits are kept */
        drop += -1022 - exponent;
        exponent = -1023;
    }
    if (drop > 64) {
        drop = 64;
        q = 1; /* below a half of the least double */
    }
    kept = drop == 64 ? 0 : q >> drop;
    rest = q - (drop == 64 ? 0 : kept << drop);
    half = (uint64_t)1 << (drop - 1);
    if (rest > half || (rest == half && (sticky || (kept & 1) != 0)))
        kept++;
    /* A normal number has its bit 52 set, which adds one to the exponent; so does a carry. */
    bits = exponent > 1023 ? UINT64_MAX >> 1
                           : ((uint64_t)(exponent + 1022 + (exponent == -1023)) << 52) + kept;
    if (bits >= (uint64_t)0x7ff << 52)
        return STARLINGS_ERR_INFINITE;
    bits |= (uint64_t)negative << 63;
    memcpy(out_number, &bits, sizeof bits);
    return STARLINGS_OK;
}

/* N1. */
static starlings_status stln_number_short(const stln_decimal *decimal, double *out_number)
{
    int32_t e = (int32_t)decimal->exponent, x;
    uint64_t five = 1, q, rest = 0;
    stln_u128 wide;
    for (int32_t i = e < 0 ? -e : e; i > 0; i--)
        five *= 5;
    if (e >= 0) {
        wide = stln_mul(decimal->digits, five);
        x = (int32_t)stln_leading_zeros(wide.hi != 0 ? wide.hi : wide.lo) +
            (wide.hi != 0 ? 0 : 64);
        wide = stln_shift_left(wide, (unsigned)x);
        q = wide.hi;
        rest = wide.lo;
        x = e + 64 - x;
    } else {
        unsigned up = stln_leading_zeros(decimal->digits), five_up = stln_leading_zeros(five);
        wide.hi = decimal->digits << up;
        wide.lo = 0;
        five <<= five_up;
        x = e - 64 - (int32_t)up + (int32_t)five_up;
        if (wide.hi >= five) { /* halve it: the quotient must have 64 bits */
            wide = stln_shift_right(wide, 1);
            x++;
        }
        q = stln_div(wide, five, &rest);
    }
    return stln_number_round(q, rest != 0, x, decimal->negative, out_number);
}

static void stln_big_multiply_add(stln_big *big, uint32_t by, uint32_t add)
{
    uint64_t carry = add;
    for (uint32_t i = 0; i < big->size; i++) {
        carry += (uint64_t)big->limb[i] * by;
        big->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry > 0)
        big->limb[big->size++] = (uint32_t)carry;
}

static void stln_big_multiply_five(stln_big *big, uint32_t power)
{
    for (; power >= 13; power -= 13)
        stln_big_multiply_add(big, 1220703125u, 0);
    for (; power > 0; power--)
        stln_big_multiply_add(big, 5, 0);
}

static int32_t stln_big_bits(const stln_big *big) /* of a big that is not 0 */
{
    return (int32_t)big->size * 32 + 32 - (int32_t)stln_leading_zeros(big->limb[big->size - 1]);
}

static void stln_big_shift(stln_big *big, uint32_t by)
{
    uint32_t limbs = by / 32, bits = by % 32;
    uint64_t carry = 0;
    memmove(big->limb + limbs, big->limb, big->size * sizeof big->limb[0]);
    memset(big->limb, 0, limbs * sizeof big->limb[0]);
    big->size += limbs;
    for (uint32_t i = limbs; i < big->size; i++) {
        carry |= (uint64_t)big->limb[i] << bits;
        big->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry > 0)
        big->limb[big->size++] = (uint32_t)carry;
}

/* a -= b if that is not negative. */
static bool stln_big_subtract(stln_big *a, const stln_big *b)
{
    uint64_t borrow = 0;
    bool less = a->size < b->size;
    if (a->size == b->size)
        for (uint32_t i = a->size; i-- > 0;)
            if (a->limb[i] != b->limb[i]) {
                less = a->limb[i] < b->limb[i];
                break;
            }
    if (less)
        return false;
    for (uint32_t i = 0; i < a->size; i++) {
        uint64_t take = borrow + (i < b->size ? b->limb[i] : 0);
        borrow = a->limb[i] < take;
        a->limb[i] = (uint32_t)(a->limb[i] - take);
    }
    while (a->size > 0 && a->limb[a->size - 1] == 0)
        a->size--;
    return true;
}

/* All digits, or the first 800 and a 1 for the rest. Returns how many are in it. */
static int64_t stln_big_read(stln_big *big, const stln_decimal *decimal)
{
    int64_t count = 0;
    big->size = 0;
    for (const char *p = decimal->first; p < decimal->end; p++) {
        if (*p == '.')
            continue;
        if (count < STLN_NUMBER_DIGITS) {
            stln_big_multiply_add(big, 10, (uint32_t)(*p - '0'));
            count++;
        } else if (*p != '0') {
            stln_big_multiply_add(big, 10, 1);
            return count + 1;
        }
    }
    return count;
}

/* N2: 64 bits of big / five, from the first that is set. */
static starlings_status stln_number_long(const stln_decimal *decimal, double *out_number)
{
    stln_big big, five;
    int64_t e = decimal->exponent + decimal->count - stln_big_read(&big, decimal);
    int32_t x, apart;
    uint64_t q = 0;
    five.size = 1;
    five.limb[0] = 1;
    stln_big_multiply_five(e < 0 ? &five : &big, (uint32_t)(e < 0 ? -e : e));
    apart = stln_big_bits(&big) - stln_big_bits(&five);
    stln_big_shift(apart < 0 ? &big : &five, (uint32_t)(apart < 0 ? -apart : apart));
    x = (int32_t)e + apart + 1;
    while (q >> 63 == 0) { /* the first bit, of 2^apart, may be 0; the second is not then */
        q = q << 1 | stln_big_subtract(&big, &five);
        stln_big_shift(&big, 1);
        x--;
    }
    return stln_number_round(q, big.size > 0, x, decimal->negative, out_number);
}

/* The exponent behind an e. Stops counting where nothing can change any more. */
static const char *stln_decimal_read_exponent(const char *p, const char *end, int64_t *out_exponent)
{
    int64_t exponent = 0;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return NULL;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            return NULL;
        if (exponent < INT64_MAX / 100)
            exponent = exponent * 10 + (*p - '0');
    }
    *out_exponent = negative ? -exponent : exponent;
    return p;
}

static bool stln_decimal_read(const char *p, const char *end, stln_decimal *decimal)
{
    bool point = false, any = false;
    int64_t exponent = 0;
    memset(decimal, 0, sizeof *decimal);
    if (p < end && (*p == '-' || *p == '+'))
        decimal->negative = *p++ == '-';
    decimal->first = p;
    for (; p < end; p++) {
        uint32_t digit = (uint32_t)(unsigned char)*p - '0';
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (digit > 9)
            break;
        any = true;
        if (decimal->count == 19) {
            decimal->more = decimal->more || digit > 0;
            decimal->exponent += !point;
            continue;
        }
        if (digit > 0 && decimal->count == 0)
            decimal->first = p;
        decimal->digits = decimal->digits * 10 + digit;
        decimal->count += decimal->digits > 0;
        decimal->exponent -= point;
    }
    decimal->end = p;
    if (any && p < end && (*p == 'e' || *p == 'E'))
        p = stln_decimal_read_exponent(p + 1, end, &exponent);
    decimal->exponent += exponent;
    return any && p == end;
}

starlings_status starlings_number_parse(starlings_text text, double *out_number)
{
    stln_decimal decimal;
    int64_t magnitude;
    if (out_number == NULL)
        return STARLINGS_ERR_ARG;
    *out_number = 0;
    if (text.text == NULL || !stln_decimal_read(text.text, text.text + text.size, &decimal))
        return STARLINGS_ERR_FORMAT;
    magnitude = decimal.exponent + decimal.count; /* the number is below 10^magnitude */
    if (decimal.count == 0 || magnitude < -330)
        return stln_number_round((uint64_t)1 << 63, false, -2000, decimal.negative, out_number);
    if (magnitude > 310)
        return STARLINGS_ERR_INFINITE;
    if (decimal.exponent >= -27 && decimal.exponent <= 27) {
        double above = 0;
        starlings_status status = stln_number_short(&decimal, out_number);
        if (!decimal.more)
            return status;
        decimal.digits++; /* the number is below this one; magnitudes here are far from infinite */
        (void)stln_number_short(&decimal, &above);
        if (above - *out_number == 0)
            return status;
    }
    return stln_number_long(&decimal, out_number);
}

/* Text of a number; returns its size. A text of 20 bytes is enough for every value. */
static size_t stln_write_u64(char *out, uint64_t value)
{
    char digits[20];
    size_t size = 0, left = sizeof digits;
    do {
        digits[--left] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (; left < sizeof digits; left++)
        out[size++] = digits[left];
    return size;
}

/* Millionths, as in a key, with six decimals; at most 21 bytes. */
static size_t stln_write_millionths(char *out, uint64_t value)
{
    size_t size = stln_write_u64(out, value / STARLINGS_ONE);
    uint32_t rest = (uint32_t)(value % STARLINGS_ONE);
    out[size] = '.';
    for (size_t i = 6; i > 0; i--) {
        out[size + i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    return size + 7;
}

/* ==== [S28 THREADS] a pool behind the workers hook ========================= */
/* A crew lives as long as one call of the library. crew.run splits work into tasks that write to
   places of their own (or add integers), so what comes out does not depend on who ran what.
   With a hook of the caller, tasks go there. Otherwise a pool of pthreads waits for them: the
   calling thread takes tasks like the others, and does all of them where no thread could be made.
   I1  Only the calling thread allocates, reports progress and returns.
   I2  A job is over when every task of it is done and no helper is inside it, so the next job may
       overwrite it.
   Cost: one lock and one wake-up a job, about 10 microseconds; jobs are worth it from some
   100,000 simple steps on. */

#define STLN_WORKERS_MAX 256u

typedef struct stln_crew {
    starlings_workers workers;
    uint32_t count; /* 1 ... STLN_WORKERS_MAX: how many tasks to split even work into */
#ifndef STARLINGS_NO_THREADS
    starlings_allocator allocator;
    pthread_mutex_t lock;
    pthread_cond_t begin;
    pthread_cond_t end;
    pthread_t *thread;
    uint32_t thread_count;
    uint32_t job;    /* number of the job, under the lock */
    uint32_t inside; /* helpers inside the job, under the lock */
    bool quit;
    starlings_task *task;
    void *task_ctx;
    uint32_t tasks;
    uint32_t next; /* atomic: the next task to take */
#endif
} stln_crew;

#ifndef STARLINGS_NO_THREADS
static void stln_crew_take(stln_crew *crew)
{
    for (;;) {
        uint32_t task = stln_atomic_add(&crew->next, 1);
        if (task >= crew->tasks)
            return;
        crew->task(crew->task_ctx, task);
    }
}

static void *stln_crew_main(void *ctx)
{
    stln_crew *crew = (stln_crew *)ctx;
    uint32_t seen = 0;
    (void)pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (crew->job == seen && !crew->quit)
            (void)pthread_cond_wait(&crew->begin, &crew->lock);
        if (crew->quit)
            break;
        seen = crew->job;
        crew->inside++;
        (void)pthread_mutex_unlock(&crew->lock);
        stln_crew_take(crew);
        (void)pthread_mutex_lock(&crew->lock);
        crew->inside--;
        if (crew->inside == 0)
            (void)pthread_cond_signal(&crew->end);
    }
    (void)pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* Make threads until there are `wanted`; fewer is fine. */
static void stln_crew_hire(stln_crew *crew, uint32_t wanted)
{
    while (crew->thread_count < wanted &&
           pthread_create(&crew->thread[crew->thread_count], NULL, stln_crew_main, crew) == 0)
        crew->thread_count++;
}
#endif

/* Open a crew for an env. Threads are made when first there is work for them. ERR_NOMEM: nothing is
   open. */
static starlings_status stln_crew_open(stln_crew *crew, const starlings_env *env)
{
    memset(crew, 0, sizeof *crew);
    crew->workers = env->workers;
    crew->count = env->workers.count == 0 ? 1 : env->workers.count;
    if (crew->count > STLN_WORKERS_MAX)
        crew->count = STLN_WORKERS_MAX;
#ifndef STARLINGS_NO_THREADS
    if (crew->workers.run != NULL || crew->count == 1)
        return STARLINGS_OK;
    if (pthread_mutex_init(&crew->lock, NULL) != 0)
        return STARLINGS_OK; /* no lock to be had: this thread does it all */
    crew->allocator = env->allocator;
    crew->thread = (pthread_t *)stln_alloc(&crew->allocator, crew->count, sizeof *crew->thread);
    if (crew->thread == NULL) {
        (void)pthread_mutex_destroy(&crew->lock);
        return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    (void)pthread_cond_init(&crew->begin, NULL);
    (void)pthread_cond_init(&crew->end, NULL);
#endif
    return STARLINGS_OK;
}

static void stln_crew_close(stln_crew *crew)
{
#ifndef STARLINGS_NO_THREADS
    if (crew->thread == NULL)
        return;
    (void)pthread_mutex_lock(&crew->lock);
    crew->quit = true;
    (void)pthread_cond_broadcast(&crew->begin);
    (void)pthread_mutex_unlock(&crew->lock);
    for (uint32_t i = 0; i < crew->thread_count; i++)
        (void)pthread_join(crew->thread[i], NULL);
    (void)pthread_cond_destroy(&crew->end);
    (void)pthread_cond_destroy(&crew->begin);
    (void)pthread_mutex_destroy(&crew->lock);
    stln_free(&crew->allocator, crew->thread, crew->count, sizeof *crew->thread);
    crew->thread = NULL;
#else
    (void)crew;
#endif
}

typedef struct stln_all {
    starlings_task *task;
    void *ctx;
    uint32_t tasks;
} stln_all;

static void stln_all_task(void *ctx, uint32_t task)
{
    const stln_all *all = (const stln_all *)ctx;
    (void)task;
    for (uint32_t i = 0; i < all->tasks; i++)
        all->task(all->ctx, i);
}

/* Run task(ctx, 0 ... tasks-1) and return when all are done. A hook gets them one after the other,
   as one task, where they could not share memory. */
static void stln_crew_run(stln_crew *crew, uint32_t tasks, starlings_task *task, void *ctx)
{
    if (tasks > 1 && crew->workers.run != NULL) {
        stln_all all;
        all.task = task;
        all.ctx = ctx;
        all.tasks = tasks;
        if (STLN_CAN_SHARE)
            crew->workers.run(crew->workers.ctx, tasks, task, ctx);
        else
            crew->workers.run(crew->workers.ctx, 1, stln_all_task, &all);
        return;
    }
#ifndef STARLINGS_NO_THREADS
    if (tasks > 1 && crew->thread != NULL)
        stln_crew_hire(crew, (uint32_t)stln_min_size(tasks, crew->count) - 1);
    if (tasks > 1 && crew->thread_count > 0) {
        (void)pthread_mutex_lock(&crew->lock);
        while (crew->inside > 0) /* a helper that woke late may still be in the job before: I2 */
            (void)pthread_cond_wait(&crew->end, &crew->lock);
        crew->task = task;
        crew->task_ctx = ctx;
        crew->tasks = tasks;
        stln_atomic_store(&crew->next, 0);
        crew->job++;
        (void)pthread_cond_broadcast(&crew->begin);
        (void)pthread_mutex_unlock(&crew->lock);
        stln_crew_take(crew);
        (void)pthread_mutex_lock(&crew->lock);
        while (crew->inside > 0)
            (void)pthread_cond_wait(&crew->end, &crew->lock);
        (void)pthread_mutex_unlock(&crew->lock);
        return;
    }
#endif
    for (uint32_t i = 0; i < tasks; i++)
        task(ctx, i);
}

/* The first item of part `task` when `count` items are split evenly into `tasks` parts. */
STLN_INLINE size_t stln_part(size_t count, uint32_t task, uint32_t tasks)
{
    return count / tasks * task + stln_min_size(count % tasks, task);
}

/* ==== [S30 KERNELS] the loops that have SIMD twins ========================= */
/* Each kernel is a plain loop first; the AVX2 twin gives the same bits and is chosen when the
   call begins (never stored, no global). What each buys is in bench/README.md.
     quantise       keys of a run of weights, up to the first that is none
     cut            the positions with height <= key
     cut_count      how many there are
     block_minima   the leftmost minimum of each block of 16 heights */

#define STLN_BLOCK 16u /* positions in a block of range minima */

typedef struct stln_kernels {
    size_t (*quantise)(const starlings_edge *edges, size_t count, double scale, uint32_t *keys);
    size_t (*cut)(const uint32_t *height, uint32_t begin, uint32_t end, uint32_t key,
                  uint32_t *starts);
    size_t (*cut_count)(const uint32_t *height, uint32_t begin, uint32_t end, uint32_t key);
    void (*block_minima)(const uint32_t *height, uint32_t blocks, uint32_t *at);
} stln_kernels;

/* The double nearest to weight * scale, made of integers: where registers are wider than a double
   a product is rounded twice. 0 <= weight <= 1; scale is whole. */
STLN_INLINE double stln_exact_product(double weight, double scale)
{
    const uint64_t hidden = (uint64_t)1 << 52;
    uint64_t bits;
    memcpy(&bits, &weight, sizeof bits);
    if (weight < 1e-9)
        return 0.0;
    return stln_ratio_scaled(stln_mul((bits & (hidden - 1)) | hidden, (uint64_t)scale),
                             stln_u128_of(1), (int)(bits >> 52) - 1075);
}

/* weight * scale, scale = 2 * 10^decimals; adding one and halving in integers then rounds half up.
   A single product leaves a compiler nothing to fuse. */
STLN_INLINE uint32_t stln_quantise_one(double weight, double scale)
{
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0
    double product = weight * scale;
#else
    double product = stln_exact_product(weight, scale);
#endif
    return ((uint32_t)product + 1) >> 1;
}

/* Quantise until the first weight that is not in [0, 1] (or not a number): returns its index. */
static size_t stln_quantise_scalar(const starlings_edge *edges, size_t count, double scale,
                                   uint32_t *keys)
{
    for (size_t i = 0; i < count; i++) {
        double weight = edges[i].weight;
        if (!(weight >= 0.0 && weight <= 1.0))
            return i;
        keys[i] = stln_quantise_one(weight, scale);
    }
    return count;
}

/* Positions p in [begin, end) with height[p] <= key, ascending. starts has room for 8 more. */
static size_t stln_cut_scalar(const uint32_t *height, uint32_t begin, uint32_t end, uint32_t key,
                              uint32_t *starts)
{
    size_t count = 0;
    for (uint32_t p = begin; p < end; p++) {
        starts[count] = p;
        count += height[p] <= key;
    }
    return count;
}

static size_t stln_cut_count_scalar(const uint32_t *height, uint32_t begin, uint32_t end,
                                    uint32_t key)
{
    size_t count = 0;
    for (uint32_t p = begin; p < end; p++)
        count += height[p] <= key;
    return count;
}

/* at[b] = the leftmost position of the least height in whole block b. */
static void stln_block_minima_scalar(const uint32_t *height, uint32_t blocks, uint32_t *at)
{
    for (uint32_t b = 0; b < blocks; b++) {
        uint32_t best = b * STLN_BLOCK;
        for (uint32_t p = best + 1; p < (b + 1) * STLN_BLOCK; p++)
            if (height[p] < height[best])
                best = p;
        at[b] = best;
    }
}

#if STLN_HAS_AVX2
STLN_TARGET("avx2")
static size_t stln_quantise_avx2(const starlings_edge *edges, size_t count, double scale,
                                 uint32_t *keys)
{
    const __m256d scales = _mm256_set1_pd(scale), zero = _mm256_setzero_pd();
    const __m256d one = _mm256_set1_pd(1.0);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const double *at = (const double *)(const void *)(edges + i);
        __m256d low = _mm256_loadu_pd(at), high = _mm256_loadu_pd(at + 4);
        __m256d w = _mm256_permute4x64_pd(_mm256_unpackhi_pd(low, high), 0xD8);
        __m256d good = _mm256_and_pd(_mm256_cmp_pd(w, zero, _CMP_GE_OQ),
                                     _mm256_cmp_pd(w, one, _CMP_LE_OQ));
        __m128i k = _mm256_cvttpd_epi32(_mm256_mul_pd(w, scales));
        if (_mm256_movemask_pd(good) != 15)
            break; /* the twin below finds which of the four it is */
        k = _mm_srli_epi32(_mm_add_epi32(k, _mm_set1_epi32(1)), 1);
        _mm_storeu_si128((__m128i *)(void *)(keys + i), k);
    }
    return i + stln_quantise_scalar(edges + i, count - i, scale, keys + i);
}

/* For each 4-bit mask the byte shuffle that brings the chosen 32-bit lanes to the front. */
static const uint8_t stln_compress_table[16][16] = {
#define STLN_LANE(x) 4 * (x), 4 * (x) + 1, 4 * (x) + 2, 4 * (x) + 3
#define STLN_LANES(a, b, c, d) { STLN_LANE(a), STLN_LANE(b), STLN_LANE(c), STLN_LANE(d) }
    STLN_LANES(0, 0, 0, 0), STLN_LANES(0, 0, 0, 0), STLN_LANES(1, 0, 0, 0), STLN_LANES(0, 1, 0, 0),
    STLN_LANES(2, 0, 0, 0), STLN_LANES(0, 2, 0, 0), STLN_LANES(1, 2, 0, 0), STLN_LANES(0, 1, 2, 0),
    STLN_LANES(3, 0, 0, 0), STLN_LANES(0, 3, 0, 0), STLN_LANES(1, 3, 0, 0), STLN_LANES(0, 1, 3, 0),
    STLN_LANES(2, 3, 0, 0), STLN_LANES(0, 2, 3, 0), STLN_LANES(1, 2, 3, 0), STLN_LANES(0, 1, 2, 3),
#undef STLN_LANES
#undef STLN_LANE
};

STLN_TARGET("avx2,popcnt")
static uint32_t *stln_compress_avx2(uint32_t *out, __m128i lanes, unsigned mask)
{
    __m128i order = _mm_loadu_si128((const __m128i *)(const void *)stln_compress_table[mask]);
    _mm_storeu_si128((__m128i *)(void *)out, _mm_shuffle_epi8(lanes, order));
    return out + __builtin_popcount(mask);
}

STLN_TARGET("avx2,popcnt")
static size_t stln_cut_avx2(const uint32_t *height, uint32_t begin, uint32_t end, uint32_t key,
                            uint32_t *starts)
{
    const __m256i keys = _mm256_set1_epi32((int)key);
    const __m128i four = _mm_set1_epi32(4);
    __m128i at = _mm_add_epi32(_mm_set1_epi32((int)begin), _mm_setr_epi32(0, 1, 2, 3));
    uint32_t *out = starts, p = begin;
    for (; end - p >= 8; p += 8) {
        __m256i h = _mm256_loadu_si256((const __m256i *)(const void *)(height + p));
        __m256i low = _mm256_cmpeq_epi32(_mm256_min_epu32(h, keys), h);
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(low));
        out = stln_compress_avx2(out, at, mask & 15);
        at = _mm_add_epi32(at, four);
        out = stln_compress_avx2(out, at, mask >> 4);
        at = _mm_add_epi32(at, four);
    }
    return (size_t)(out - starts) + stln_cut_scalar(height, p, end, key, out);
}

STLN_TARGET("avx2")
static size_t stln_cut_count_avx2(const uint32_t *height, uint32_t begin, uint32_t end,
                                  uint32_t key)
{
    const __m256i keys = _mm256_set1_epi32((int)key);
    __m256i sum = _mm256_setzero_si256(); /* eight lanes of at most 2^29 each */
    uint32_t lane[8], p = begin;
    size_t count = 0;
    for (; end - p >= 8; p += 8) {
        __m256i h = _mm256_loadu_si256((const __m256i *)(const void *)(height + p));
        sum = _mm256_sub_epi32(sum, _mm256_cmpeq_epi32(_mm256_min_epu32(h, keys), h));
    }
    _mm256_storeu_si256((__m256i *)(void *)lane, sum);
    for (int i = 0; i < 8; i++)
        count += lane[i];
    return count + stln_cut_count_scalar(height, p, end, key);
}

STLN_TARGET("avx2")
static void stln_block_minima_avx2(const uint32_t *height, uint32_t blocks, uint32_t *at)
{
    for (uint32_t b = 0; b < blocks; b++) {
        const uint32_t *h = height + (size_t)b * STLN_BLOCK;
        __m256i h0 = _mm256_loadu_si256((const __m256i *)(const void *)h);
        __m256i h1 = _mm256_loadu_si256((const __m256i *)(const void *)(h + 8));
        __m256i m = _mm256_min_epu32(h0, h1);
        unsigned low, high;
        m = _mm256_min_epu32(m, _mm256_permute2x128_si256(m, m, 1));
        m = _mm256_min_epu32(m, _mm256_shuffle_epi32(m, 0x4E));
        m = _mm256_min_epu32(m, _mm256_shuffle_epi32(m, 0xB1));
        low = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(h0, m)));
        high = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(h1, m)));
        at[b] = b * STLN_BLOCK + (uint32_t)__builtin_ctz(low | high << 8);
    }
}
#endif

static const stln_kernels stln_kernels_scalar = {
    stln_quantise_scalar, stln_cut_scalar, stln_cut_count_scalar, stln_block_minima_scalar
};
#if STLN_HAS_AVX2
static const stln_kernels stln_kernels_avx2 = {
    stln_quantise_avx2, stln_cut_avx2, stln_cut_count_avx2, stln_block_minima_avx2
};
#endif

starlings_simd starlings_simd_chosen(starlings_simd wanted)
{
#if STLN_HAS_AVX2
    if ((wanted == STARLINGS_SIMD_BEST || wanted == STARLINGS_SIMD_AVX2) &&
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
        return STARLINGS_SIMD_AVX2;
#endif
    (void)wanted;
    return STARLINGS_SIMD_SCALAR;
}

static const stln_kernels *stln_kernels_of(starlings_simd wanted)
{
#if STLN_HAS_AVX2
    if (starlings_simd_chosen(wanted) == STARLINGS_SIMD_AVX2)
        return &stln_kernels_avx2;
#endif
    (void)wanted;
    return &stln_kernels_scalar;
}


/* ==== [S50 FOREST] union-find ============================================== */
/* Owns: who hangs together. Node x points at parent[x]; a root points at itself.
   I1  parent[x] <= x, and the value of a cell only ever falls.
   So there is no cycle under any interleaving, a node that stops being a root never is one again,
   and the root of a tree is its smallest node: names come out canonical by themselves. Linking by
   index instead of by rank or size costs nothing measurable (Goel, Khanna, Larkin, Tarjan 2014) and
   saves an array, that is a cache miss, for every node.
   Two ways in, one rule: the serial one halves paths with plain stores; the shared one splits
   paths and links roots by compare-and-swap, safe for any number of threads (Jayanti & Tarjan
   2016). Ranks would break it: read apart from the swap, they let two threads hang a under b and b
   under a (tests/test_forest.c keeps that version as the example that fails).
   Cost: amortised O(log n) a find in the worst case, near O(1) in practice; 4 bytes a node. */

struct starlings_forest {
    starlings_allocator allocator;
    uint32_t *parent;
    uint32_t node_count;
    uint32_t tree_count; /* atomic */
};

STLN_INLINE uint32_t stln_find(uint32_t *parent, uint32_t x)
{
    while (parent[x] != x) {
        parent[x] = parent[parent[x]];
        x = parent[x];
    }
    return x;
}

/* Returns the root that lost (the larger one), or STARLINGS_NONE if a and b were one tree. */
STLN_INLINE uint32_t stln_unite(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = stln_find(parent, a);
    b = stln_find(parent, b);
    if (a == b)
        return STARLINGS_NONE;
    if (a > b) {
        parent[a] = b;
        return a;
    }
    parent[b] = a;
    return b;
}

static uint32_t stln_find_shared(uint32_t *parent, uint32_t x)
{
    for (;;) {
        uint32_t up = stln_atomic_load(&parent[x]), top;
        if (up == x)
            return x;
        top = stln_atomic_load(&parent[up]);
        if (top == up)
            return up;
        (void)stln_atomic_cas(&parent[x], up, top); /* lost: somebody else shortened it */
        x = up;
    }
}

static uint32_t stln_unite_shared(uint32_t *parent, uint32_t a, uint32_t b)
{
    for (;;) {
        uint32_t low, high;
        a = stln_find_shared(parent, a);
        b = stln_find_shared(parent, b);
        if (a == b)
            return STARLINGS_NONE;
        low = a < b ? a : b;
        high = a < b ? b : a;
        if (stln_atomic_cas(&parent[high], high, low)) /* only while high is a root */
            return high;
    }
}

static void stln_forest_reset(uint32_t *parent, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        parent[i] = i;
}

starlings_status starlings_forest_create(const starlings_forest_desc *desc,
                                         starlings_forest **out_forest)
{
    starlings_env env;
    starlings_forest *forest;
    if (out_forest == NULL)
        return STARLINGS_ERR_ARG;
    *out_forest = NULL;
    if (desc == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, NULL);
    if (env.allocator.resize == NULL)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "there is no allocator");
    if (desc->node_count == UINT32_MAX)
        return stln_fail(&env, STARLINGS_ERR_RANGE, desc->node_count, NULL);
    forest = (starlings_forest *)stln_alloc(&env.allocator, 1, sizeof *forest);
    if (forest == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    forest->allocator = env.allocator;
    forest->node_count = desc->node_count;
    forest->tree_count = desc->node_count;
    forest->parent = (uint32_t *)stln_alloc(&env.allocator, desc->node_count, sizeof(uint32_t));
    if (forest->parent == NULL) {
        stln_free(&env.allocator, forest, 1, sizeof *forest);
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    stln_forest_reset(forest->parent, forest->node_count);
    *out_forest = forest;
    return STARLINGS_OK;
}

void starlings_forest_destroy(starlings_forest *forest)
{
    starlings_allocator allocator;
    if (forest == NULL)
        return;
    allocator = forest->allocator;
    stln_free(&allocator, forest->parent, forest->node_count, sizeof(uint32_t));
    stln_free(&allocator, forest, 1, sizeof *forest);
}

starlings_status starlings_forest_union(starlings_forest *forest, uint32_t a, uint32_t b,
                                        bool *out_joined)
{
    uint32_t lost;
    if (out_joined != NULL)
        *out_joined = false;
    if (forest == NULL)
        return STARLINGS_ERR_ARG;
    if (a >= forest->node_count || b >= forest->node_count)
        return STARLINGS_ERR_RANGE;
    lost = stln_unite_shared(forest->parent, a, b);
    if (lost == STARLINGS_NONE)
        return STARLINGS_OK;
    (void)stln_atomic_add(&forest->tree_count, UINT32_MAX); /* minus one */
    if (out_joined != NULL)
        *out_joined = true;
    return STARLINGS_OK;
}

uint32_t starlings_forest_find(starlings_forest *forest, uint32_t node)
{
    if (forest == NULL || node >= forest->node_count)
        return STARLINGS_NONE;
    return stln_find_shared(forest->parent, node);
}

uint32_t starlings_forest_tree_count(const starlings_forest *forest)
{
    return forest == NULL ? 0 : stln_atomic_load(&forest->tree_count);
}

/* ==== [S51 EDGES] quantise, check and order edges ========================== */
/* Owns: edges as 12 bytes (a, b, order), heaviest first. order = 10^decimals - key, so the order to
   work in is ascending.
   Both passes over the caller's edges quantise afresh: multiplying costs less than keeping keys.
     count    checks every edge, counts loops, finds the largest id, fills a histogram
     scatter  puts every edge that is no loop into its bucket
   Up to 3 decimals one counting pass does it (1001 buckets); above, two passes over digits of 7, 9
   or 10 bits. With `by_ids` two more sorts come first, by b and by a: then the order is total, and
   the spanning forest is the one maximal forest of (key descending, a, b).
   The input is split among the workers; each has its own histogram, and a bucket is filled in the
   order of workers, so the sort is stable and the same for any number of them.
   An edge that breaks a rule stops its worker; the least index wins. Cost: O(edges), 12 to 24
   bytes an edge. */

typedef struct stln_edge {
    uint32_t a;
    uint32_t b;
    uint32_t order;
} stln_edge;

static const uint32_t stln_power10[7] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };

/* How far a weight (or threshold) is from being one: OK, or which of the three errors. */
static starlings_status stln_weight_status(double weight)
{
    if (weight != weight)
        return STARLINGS_ERR_NAN;
    if (weight > DBL_MAX || weight < -DBL_MAX)
        return STARLINGS_ERR_INFINITE;
    return weight >= 0.0 && weight <= 1.0 ? STARLINGS_OK : STARLINGS_ERR_WEIGHT;
}

starlings_status starlings_key_from_weight(double weight, uint32_t decimals, uint32_t *out_key)
{
    starlings_status status = stln_weight_status(weight);
    uint32_t power;
    if (out_key == NULL)
        return STARLINGS_ERR_ARG;
    *out_key = 0;
    if (decimals > 6)
        return STARLINGS_ERR_ARG;
    if (status != STARLINGS_OK)
        return status;
    power = stln_power10[decimals == 0 ? 6 : decimals];
    *out_key = stln_quantise_one(weight, 2.0 * (double)power) * (STARLINGS_ONE / power);
    return STARLINGS_OK;
}

double starlings_key_threshold(uint32_t key)
{
    return stln_ratio64(key, STARLINGS_ONE);
}

starlings_status starlings_key_from_threshold(double threshold, uint32_t *out_key)
{
    starlings_status status = stln_weight_status(threshold);
    uint32_t key;
    if (out_key == NULL)
        return STARLINGS_ERR_ARG;
    *out_key = 0;
    if (status != STARLINGS_OK)
        return status;
    key = (uint32_t)(threshold * 1e6); /* within one of the answer; now the exact definition */
    while (key > 0 && starlings_key_threshold(key - 1) >= threshold)
        key--;
    while (starlings_key_threshold(key) < threshold)
        key++;
    *out_key = key;
    return STARLINGS_OK;
}

/* What there is to sort: raw edges of the caller, then edges that are quantised already. */
typedef struct stln_edge_input {
    const starlings_edge *raw;
    size_t raw_count;
    const stln_edge *more;
    size_t more_count;
    uint32_t id_limit; /* ids must be below */
    uint32_t decimals; /* 1 ... 6 */
} stln_edge_input;

typedef struct stln_edge_facts {
    size_t raw_loops; /* in raw */
    uint32_t id_end;  /* one more than the largest id */
    size_t bad;       /* index in raw of the first bad edge; raw_count: none */
} stln_edge_facts;

#define STLN_EDGE_RUN 512u    /* raw edges quantised at a time: 2 KB of keys */
#define STLN_EDGE_BINS 2048u

typedef struct stln_edge_part { /* what one worker keeps */
    stln_edge_facts facts;
    size_t at[STLN_EDGE_BINS];
} stln_edge_part;

typedef struct stln_edge_sort {
    stln_edge_input input;
    const stln_kernels *kernels;
    stln_edge_part *part;
    uint32_t parts;
    uint32_t top; /* 10^decimals: the order of key 0 */
    bool by_ids;  /* also turn edges so that a < b */
    const stln_edge *from; /* NULL: from the input */
    stln_edge *to;
    size_t count; /* of from */
    uint32_t field; /* 0: a, 1: b, 2: order */
    uint32_t shift;
    uint32_t mask;
} stln_edge_sort;

STLN_INLINE uint32_t stln_edge_digit(const stln_edge_sort *sort, const stln_edge *edge)
{
    uint32_t value = sort->field == 2 ? edge->order : sort->field == 1 ? edge->b : edge->a;
    return value >> sort->shift & sort->mask;
}

/* Edge i of the run at raw; orders holds its key. */
STLN_INLINE stln_edge stln_edge_of(const stln_edge_sort *sort, const starlings_edge *raw,
                                   uint32_t key)
{
    stln_edge edge;
    bool turn = sort->by_ids && raw->a > raw->b;
    edge.a = turn ? raw->b : raw->a;
    edge.b = turn ? raw->a : raw->b;
    edge.order = sort->top - key;
    return edge;
}

/* Check a run of raw edges whose first `good` weights are fine: facts, and the index of the first
   edge with a bad id, or `good`. */
static size_t stln_edge_check(const starlings_edge *raw, size_t good, uint32_t id_limit,
                              stln_edge_facts *facts)
{
    uint32_t end = facts->id_end;
    for (size_t i = 0; i < good; i++) {
        uint32_t a = raw[i].a, b = raw[i].b, high = a > b ? a : b;
        if (high >= id_limit) {
            facts->id_end = end;
            return i;
        }
        if (high >= end)
            end = high + 1;
        facts->raw_loops += a == b;
    }
    facts->id_end = end;
    return good;
}

static void stln_edge_count_task(void *ctx, uint32_t task)
{
    stln_edge_sort *sort = (stln_edge_sort *)ctx;
    stln_edge_part *part = &sort->part[task];
    const stln_edge_input *in = &sort->input;
    const double scale = 2.0 * (double)sort->top;
    size_t end = stln_part(in->raw_count, task + 1, sort->parts);
    uint32_t keys[STLN_EDGE_RUN];
    memset(part, 0, sizeof *part);
    part->facts.bad = in->raw_count;
    for (size_t i = stln_part(in->raw_count, task, sort->parts); i < end; i += STLN_EDGE_RUN) {
        size_t run = stln_min_size(STLN_EDGE_RUN, end - i);
        size_t good = sort->kernels->quantise(in->raw + i, run, scale, keys);
        good = stln_edge_check(in->raw + i, good, in->id_limit, &part->facts);
        for (size_t j = 0; j < good; j++) {
            stln_edge edge = stln_edge_of(sort, in->raw + i + j, keys[j]);
            part->at[stln_edge_digit(sort, &edge)] += edge.a != edge.b;
        }
        if (good < run) {
            part->facts.bad = i + good;
            return;
        }
    }
    end = stln_part(in->more_count, task + 1, sort->parts);
    for (size_t i = stln_part(in->more_count, task, sort->parts); i < end; i++) {
        uint32_t high = in->more[i].a > in->more[i].b ? in->more[i].a : in->more[i].b;
        if (high >= part->facts.id_end)
            part->facts.id_end = high + 1;
        part->at[stln_edge_digit(sort, &in->more[i])]++;
    }
}

static void stln_edge_scatter_task(void *ctx, uint32_t task)
{
    stln_edge_sort *sort = (stln_edge_sort *)ctx;
    size_t *at = sort->part[task].at;
    const stln_edge_input *in = &sort->input;
    const double scale = 2.0 * (double)sort->top;
    size_t end = stln_part(in->raw_count, task + 1, sort->parts);
    uint32_t keys[STLN_EDGE_RUN];
    for (size_t i = stln_part(in->raw_count, task, sort->parts); i < end; i += STLN_EDGE_RUN) {
        size_t run = stln_min_size(STLN_EDGE_RUN, end - i);
        (void)sort->kernels->quantise(in->raw + i, run, scale, keys);
        for (size_t j = 0; j < run; j++) {
            stln_edge edge = stln_edge_of(sort, in->raw + i + j, keys[j]);
            if (edge.a != edge.b)
                sort->to[at[stln_edge_digit(sort, &edge)]++] = edge;
        }
    }
    end = stln_part(in->more_count, task + 1, sort->parts);
    for (size_t i = stln_part(in->more_count, task, sort->parts); i < end; i++)
        sort->to[at[stln_edge_digit(sort, &in->more[i])]++] = in->more[i];
}

static void stln_edge_recount_task(void *ctx, uint32_t task)
{
    stln_edge_sort *sort = (stln_edge_sort *)ctx;
    size_t *at = sort->part[task].at, end = stln_part(sort->count, task + 1, sort->parts);
    memset(at, 0, sizeof sort->part[task].at);
    for (size_t i = stln_part(sort->count, task, sort->parts); i < end; i++)
        at[stln_edge_digit(sort, &sort->from[i])]++;
}

static void stln_edge_rescatter_task(void *ctx, uint32_t task)
{
    stln_edge_sort *sort = (stln_edge_sort *)ctx;
    size_t *at = sort->part[task].at, end = stln_part(sort->count, task + 1, sort->parts);
    for (size_t i = stln_part(sort->count, task, sort->parts); i < end; i++)
        sort->to[at[stln_edge_digit(sort, &sort->from[i])]++] = sort->from[i];
}

/* Counts become places: bucket by bucket, within a bucket worker by worker. Returns the total. */
static size_t stln_edge_places(stln_edge_sort *sort)
{
    size_t sum = 0;
    for (uint32_t digit = 0; digit <= sort->mask; digit++)
        for (uint32_t p = 0; p < sort->parts; p++) {
            size_t n = sort->part[p].at[digit];
            sort->part[p].at[digit] = sum;
            sum += n;
        }
    return sum;
}

/* The facts of all workers together; the first bad edge becomes a status with its place. */
static starlings_status stln_edge_gather(const stln_edge_sort *sort, const starlings_env *env,
                                         stln_edge_facts *facts)
{
    const stln_edge_input *in = &sort->input;
    starlings_status status;
    memset(facts, 0, sizeof *facts);
    facts->bad = in->raw_count;
    for (uint32_t p = 0; p < sort->parts; p++) {
        const stln_edge_facts *part = &sort->part[p].facts;
        facts->raw_loops += part->raw_loops;
        if (part->id_end > facts->id_end)
            facts->id_end = part->id_end;
        if (part->bad < facts->bad)
            facts->bad = part->bad;
    }
    if (facts->bad == in->raw_count)
        return STARLINGS_OK;
    status = stln_weight_status(in->raw[facts->bad].weight);
    if (status == STARLINGS_OK)
        return stln_fail(env, STARLINGS_ERR_RANGE, facts->bad, "an edge has an id out of range");
    return stln_fail(env, status, facts->bad, NULL);
}

/* The digits of a sort, lowest first. */
typedef struct stln_digit {
    uint32_t field;
    uint32_t shift;
    uint32_t bits;
} stln_digit;

static uint32_t stln_edge_digits(uint32_t decimals, bool by_ids, stln_digit *digit)
{
    static const uint32_t key_bits[7] = { 0, 4, 7, 10, 14, 17, 20 };
    uint32_t count = 0, bits = key_bits[decimals], half = (bits + 1) / 2;
    for (uint32_t field = 2; by_ids && field-- > 0;)
        for (uint32_t shift = 0; shift < 32; shift += STLN_DIGIT_BITS, count++) {
            digit[count].field = field;
            digit[count].shift = shift;
            digit[count].bits = shift + STLN_DIGIT_BITS <= 32 ? STLN_DIGIT_BITS : 32 - shift;
        }
    for (uint32_t shift = 0; shift < bits; shift += bits <= 10 ? bits : half, count++) {
        digit[count].field = 2;
        digit[count].shift = shift;
        digit[count].bits = bits <= 10 ? bits : half;
    }
    return count;
}

/* Sort the input into a block of scratch. *out_edges is that block, *out_count its length (loops
   are gone). Small inputs are not split: a worker is worth 16,384 edges. */
static starlings_status stln_edges_sort(const starlings_env *env, stln_crew *crew,
                                        stln_scratch *scratch, const stln_edge_input *input,
                                        bool by_ids, stln_edge **out_edges, size_t *out_count,
                                        stln_edge_facts *out_facts)
{
    stln_edge_sort sort;
    stln_digit digit[8];
    stln_edge *other = NULL;
    starlings_status status;
    size_t total = input->raw_count + input->more_count;
    uint32_t digits = stln_edge_digits(input->decimals, by_ids, digit);
    memset(&sort, 0, sizeof sort);
    sort.input = *input;
    sort.kernels = stln_kernels_of(env->simd);
    sort.top = stln_power10[input->decimals];
    sort.by_ids = by_ids;
    sort.parts = (uint32_t)stln_min_size(crew->count, total / 16384 + 1);
    sort.part = (stln_edge_part *)stln_scratch_alloc(scratch, sort.parts, sizeof *sort.part);
    if (total < input->raw_count || sort.part == NULL)
        return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
    for (uint32_t d = 0; d < digits; d++) {
        sort.field = digit[d].field;
        sort.shift = digit[d].shift;
        sort.mask = ((uint32_t)1 << digit[d].bits) - 1;
        stln_crew_run(crew, sort.parts, d == 0 ? stln_edge_count_task : stln_edge_recount_task,
                      &sort);
        if (d == 0) {
            status = stln_edge_gather(&sort, env, out_facts);
            if (status != STARLINGS_OK)
                return status;
        }
        sort.count = stln_edge_places(&sort);
        if (d < 2) {
            sort.to = (stln_edge *)stln_scratch_alloc(scratch, sort.count, sizeof *sort.to);
            if (sort.to == NULL)
                return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
        } else {
            sort.to = other;
        }
        stln_crew_run(crew, sort.parts, d == 0 ? stln_edge_scatter_task : stln_edge_rescatter_task,
                      &sort);
        other = d == 0 ? NULL : *out_edges;
        sort.from = *out_edges = sort.to;
        status = stln_report(env, "order edges", d + 1, digits);
        if (status != STARLINGS_OK)
            return status;
    }
    if (other != NULL)
        stln_scratch_drop(scratch, other, false);
    stln_scratch_drop(scratch, sort.part, false);
    *out_count = sort.count;
    return STARLINGS_OK;
}

/* ==== [S52 HIERARCHY] perm and height; builder, merges, index ============== */
/* The idea that carries the library: lay the records out so that every entity of every threshold
   is a run of neighbours, and note where the runs join.

     weights      0-1 0.95   1-2 0.80   3-4 0.90   2-3 0.40          5 alone
     perm         0      1      2      3      4      5
     joins at     never  .95    .80    .40    .90    never
     cut at .85   0      1   |  2   |  3      4   |  5      cut wherever height <= key(t)
     cut at .40   0      1      2      3      4   |  5

   height[p] is 1 + the key at which position p joins position p-1, 0 for never. The tree of merges
   (the dendrogram, or Kruskal reconstruction tree) is the Cartesian tree of height; equal heights
   in a run are one n-way merge; the key at which two records part is a range minimum.

   Build: go through the edges from the heaviest down, one group of equal keys after the other.
     1. Unite in any order within the group. A root that loses, loses for good (S50 I1).
     2. At the end of the group note for each loser b its group T[b] and the root R[b] that it hangs
        under now. Neither depends on the order of edges within the group: R[b] is the smallest
        record of b's component at that key, and b was the smallest of its own before.
     3. Order the losers by (group, b). Forward: b's run goes to the end of R[b]'s run so far.
        Backward: positions follow from the root's. The head of a run is its smallest record.
   I1  perm is a permutation; height[0] == 0.
   I2  perm[p] is the smallest record of the maximal run to the right of p whose heights exceed
       height[p]; so the head of each entity at each threshold is its smallest record.
   I3  (perm, height) is a function of the set of quantised edges: order, threads, repeats never
       show.
   Cost: O(edges log n + keys) at the worst, in practice linear (S50). Work space at its peak: the
   larger of 24 bytes an edge (12 up to 3 decimals) and of 12 an edge, 16 a record and 8 a key.

   Adding: the path (perm[p-1], perm[p], height[p] - 1) joins exactly what the old edges joined at
   every threshold, with at most n-1 edges. Build again from path and new edges. The same for the
   kept edges, which are the one maximum spanning forest under (key descending, a, b), so that
   forest(A u B) = forest(forest(A) u forest(B)).
   Sources: Kruskal 1956; Gower & Ross 1969 (single linkage is a spanning tree); the array form is
   the leaf order of the reconstruction tree, cut by range minima. */

struct starlings_hierarchy {
    starlings_allocator allocator;
    uint32_t owners; /* atomic */
    uint32_t record_count;
    uint32_t decimals;
    uint32_t kept_count;
    uint64_t edge_count;
    uint64_t loop_count;
    uint32_t *perm;
    uint32_t *height;
    starlings_kept_edge *kept; /* NULL: not kept */
};

#define STLN_AHEAD 24u          /* edges to prefetch ahead: enough for one miss to memory */
#define STLN_GROUP_SHARED 8192u /* edges from which a group is worth more than one worker */
#define STLN_REPORT_EVERY ((size_t)1 << 20)

/* Raise or drop an owner count; true when the last one goes. */
static bool stln_owners_drop(uint32_t *owners)
{
    return stln_atomic_add(owners, UINT32_MAX) == 1;
}

typedef struct stln_build {
    const starlings_env *env;
    stln_crew *crew;
    stln_scratch *scratch;
    const stln_edge *edges; /* sorted */
    size_t edge_count;
    uint32_t n;
    uint32_t *parent;
    uint32_t *group;       /* T[b]: number of the group in which b lost; NONE: a root to the end */
    uint32_t *root;        /* R[b] */
    uint32_t *lost;        /* losers as they fall; later ordered */
    uint32_t lost_count;   /* atomic while a group is shared */
    uint32_t *group_first; /* where in lost each group begins */
    uint32_t *group_order; /* its order, that is 10^decimals - key */
    uint32_t group_count;
    stln_edge *accepted; /* the edges that united, or NULL */
    size_t begin;        /* the group at hand */
    size_t end;
    uint32_t parts;
} stln_build;

/* Unite the group [begin, end) on this thread. */
static void stln_build_unite(stln_build *b)
{
    const stln_edge *edges = b->edges;
    uint32_t *parent = b->parent, count = b->lost_count;
    for (size_t i = b->begin; i < b->end; i++) {
        uint32_t loser;
        if (i + STLN_AHEAD < b->edge_count) {
            STLN_PREFETCH(&parent[edges[i + STLN_AHEAD].a]);
            STLN_PREFETCH(&parent[edges[i + STLN_AHEAD].b]);
        }
        loser = stln_unite(parent, edges[i].a, edges[i].b);
        if (loser != STARLINGS_NONE) {
            if (b->accepted != NULL)
                b->accepted[count] = edges[i];
            b->lost[count++] = loser;
        }
    }
    b->lost_count = count;
}

/* The same for one part of a large group, beside other workers. Losers are handed in by batches. */
static void stln_build_unite_task(void *ctx, uint32_t task)
{
    stln_build *b = (stln_build *)ctx;
    size_t count = b->end - b->begin, end = b->begin + stln_part(count, task + 1, b->parts);
    uint32_t batch[64], held = 0;
    for (size_t i = b->begin + stln_part(count, task, b->parts); i < end; i++) {
        uint32_t loser = stln_unite_shared(b->parent, b->edges[i].a, b->edges[i].b);
        if (loser == STARLINGS_NONE)
            continue;
        batch[held++] = loser;
        if (held == 64) {
            uint32_t at = stln_atomic_add(&b->lost_count, held);
            memcpy(b->lost + at, batch, held * sizeof *batch);
            held = 0;
        }
    }
    if (held > 0) {
        uint32_t at = stln_atomic_add(&b->lost_count, held);
        memcpy(b->lost + at, batch, held * sizeof *batch);
    }
}

/* Note T and R of the losers of the group at hand, if it has any. */
static void stln_build_note(stln_build *b, uint32_t first)
{
    if (first == b->lost_count)
        return;
    for (uint32_t i = first; i < b->lost_count; i++) {
        uint32_t loser = b->lost[i];
        b->group[loser] = b->group_count;
        b->root[loser] = stln_find(b->parent, loser);
    }
    b->group_first[b->group_count] = first;
    b->group_order[b->group_count] = b->edges[b->begin].order;
    b->group_count++;
}

/* Where the group that begins at `begin` ends: doubling steps, then halving. */
static size_t stln_build_group_end(const stln_build *b, size_t begin)
{
    const stln_edge *edges = b->edges;
    uint32_t order = edges[begin].order;
    size_t low = begin, step = 1; /* edges[low] is in the group */
    while (step < b->edge_count - low && edges[low + step].order == order) {
        low += step;
        step *= 2;
    }
    while (step > 0) {
        if (step < b->edge_count - low && edges[low + step].order == order)
            low += step;
        step /= 2;
    }
    return low + 1;
}

/* All groups, heaviest first. */
static starlings_status stln_build_forest(stln_build *b)
{
    size_t reported = 0;
    stln_forest_reset(b->parent, b->n);
    memset(b->group, 0xFF, (size_t)b->n * sizeof *b->group);
    for (b->begin = 0; b->begin < b->edge_count; b->begin = b->end) {
        uint32_t first = b->lost_count;
        b->end = stln_build_group_end(b, b->begin);
        if (b->crew->count > 1 && b->accepted == NULL && b->end - b->begin >= STLN_GROUP_SHARED) {
            b->parts = b->crew->count;
            stln_crew_run(b->crew, b->parts, stln_build_unite_task, b);
        } else {
            stln_build_unite(b);
        }
        stln_build_note(b, first);
        if (b->end - reported >= STLN_REPORT_EVERY || b->end == b->edge_count) {
            starlings_status status = stln_report(b->env, "join", b->end, b->edge_count);
            if (status != STARLINGS_OK)
                return status;
            reported = b->end;
        }
    }
    return STARLINGS_OK;
}

/* Lay out: from T and R to perm and height. `lost` is rewritten in the order (group, record); sizes
   take the place of parent, offsets become positions in place. */
static void stln_build_layout(stln_build *b, uint32_t top, uint32_t unit, uint32_t *offset,
                              uint32_t *perm, uint32_t *height)
{
    uint32_t *size = b->parent, n = b->n, next = 0;
    for (uint32_t r = 0; r < n; r++) {
        if (b->group[r] != STARLINGS_NONE)
            b->lost[b->group_first[b->group[r]]++] = r;
        size[r] = 1;
    }
    for (uint32_t i = 0; i < b->lost_count; i++) {
        uint32_t loser = b->lost[i], root = b->root[loser];
        if (i + STLN_AHEAD < b->lost_count) {
            STLN_PREFETCH(&b->root[b->lost[i + STLN_AHEAD]]);
            STLN_PREFETCH(&size[b->lost[i + STLN_AHEAD]]);
            STLN_PREFETCH(&offset[b->lost[i + STLN_AHEAD]]);
        }
        offset[loser] = size[root];
        size[root] += size[loser];
    }
    for (uint32_t r = 0; r < n; r++)
        if (b->group[r] == STARLINGS_NONE) {
            offset[r] = next;
            next += size[r];
        }
    for (uint32_t i = b->lost_count; i-- > 0;) {
        uint32_t loser = b->lost[i];
        if (i >= STLN_AHEAD) {
            STLN_PREFETCH(&b->root[b->lost[i - STLN_AHEAD]]);
            STLN_PREFETCH(&offset[b->lost[i - STLN_AHEAD]]);
        }
        offset[loser] += offset[b->root[loser]];
    }
    for (uint32_t r = 0; r < n; r++) {
        uint32_t group = b->group[r], p = offset[r];
        perm[p] = r;
        height[p] = group == STARLINGS_NONE ? 0 : (top - b->group_order[group]) * unit + 1;
    }
}

static void stln_hierarchy_free(starlings_hierarchy *h)
{
    starlings_allocator allocator = h->allocator;
    stln_free(&allocator, h->perm, h->record_count, sizeof *h->perm);
    stln_free(&allocator, h->height, h->record_count, sizeof *h->height);
    if (h->kept != NULL)
        stln_free(&allocator, h->kept, h->kept_count, sizeof *h->kept);
    stln_free(&allocator, h, 1, sizeof *h);
}

#if STARLINGS_DEBUG >= 3
/* I1 and I2 of the section. */
static void stln_hierarchy_check(const starlings_hierarchy *h)
{
    uint32_t *stack = (uint32_t *)stln_alloc(&h->allocator, h->record_count, sizeof *stack);
    uint32_t depth = 0;
    uint64_t sum = 0;
    for (uint32_t p = 0; p < h->record_count; p++) {
        STLN_ASSERT(h->perm[p] < h->record_count);
        sum += h->perm[p];
        if (stack == NULL)
            continue;
        while (depth > 0 && h->height[stack[depth - 1]] >= h->height[p] && h->height[p] > 0)
            depth--;
        if (h->height[p] == 0)
            depth = 0;
        /* the stack holds the heads of the runs that p is in: each is smaller than p's record */
        if (depth > 0)
            STLN_ASSERT(h->perm[stack[depth - 1]] < h->perm[p]);
        stack[depth++] = p;
    }
    STLN_ASSERT(h->record_count == 0 || h->height[0] == 0);
    STLN_ASSERT(sum == (uint64_t)h->record_count * (h->record_count - (uint64_t)1) / 2 ||
                h->record_count == 0);
    (void)sum;
    stln_free(&h->allocator, stack, h->record_count, sizeof *stack);
}
#else
static void stln_hierarchy_check(const starlings_hierarchy *h)
{
    (void)h;
}
#endif

/* The kept edges of a build take their final form: keys for orders. */
static void stln_hierarchy_keep(starlings_hierarchy *h, const stln_build *b, uint32_t top,
                                uint32_t unit)
{
    for (uint32_t i = 0; i < b->lost_count; i++) {
        h->kept[i].a = b->accepted[i].a;
        h->kept[i].b = b->accepted[i].b;
        h->kept[i].key = (top - b->accepted[i].order) * unit;
    }
    h->kept_count = b->lost_count;
}

/* Memory for the forest; sorted edges are there already. */
static starlings_status stln_build_open(stln_build *b, uint32_t top, bool keep)
{
    size_t groups = stln_min_size(b->n, (size_t)top + 1);
    b->parent = (uint32_t *)stln_scratch_alloc(b->scratch, b->n, sizeof(uint32_t));
    b->group = (uint32_t *)stln_scratch_alloc(b->scratch, b->n, sizeof(uint32_t));
    b->root = (uint32_t *)stln_scratch_alloc(b->scratch, b->n, sizeof(uint32_t));
    b->lost = (uint32_t *)stln_scratch_alloc(b->scratch, b->n, sizeof(uint32_t));
    b->group_first = (uint32_t *)stln_scratch_alloc(b->scratch, groups, sizeof(uint32_t));
    b->group_order = (uint32_t *)stln_scratch_alloc(b->scratch, groups, sizeof(uint32_t));
    if (keep)
        b->accepted = (stln_edge *)stln_scratch_alloc(b->scratch, b->n, sizeof(stln_edge));
    return b->scratch->failed ? stln_fail(b->env, STARLINGS_ERR_NOMEM, 0, NULL) : STARLINGS_OK;
}

/* Arrays of the result and the layout. Edges are given back first: that is the memory peak. */
static starlings_status stln_build_close(stln_build *b, starlings_hierarchy *h, stln_edge *edges,
                                         bool keep)
{
    uint32_t top = stln_power10[h->decimals], unit = STARLINGS_ONE / top, *offset;
    stln_scratch_drop(b->scratch, edges, false);
    offset = (uint32_t *)stln_scratch_alloc(b->scratch, b->n, sizeof *offset);
    h->perm = (uint32_t *)stln_alloc(&h->allocator, b->n, sizeof *h->perm);
    h->height = (uint32_t *)stln_alloc(&h->allocator, b->n, sizeof *h->height);
    if (keep) {
        h->kept = (starlings_kept_edge *)stln_alloc(&h->allocator, b->lost_count, sizeof *h->kept);
        h->kept_count = b->lost_count;
    }
    if (offset == NULL || h->perm == NULL || h->height == NULL || (keep && h->kept == NULL))
        return stln_fail(b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    if (keep)
        stln_hierarchy_keep(h, b, top, unit);
    stln_build_layout(b, top, unit, offset, h->perm, h->height);
    stln_hierarchy_check(h);
    return stln_report(b->env, "lay out", b->n, b->n);
}

/* From edges to a hierarchy of at least record_count records; `h` is zeroed but for its allocator
   and decimals, and is freed by the caller after an error. */
static starlings_status stln_build_run(const starlings_env *env, stln_crew *crew,
                                       stln_scratch *scratch, const stln_edge_input *input,
                                       uint32_t record_count, bool keep, starlings_hierarchy *h)
{
    stln_build build;
    stln_edge_facts facts;
    stln_edge *edges = NULL;
    size_t edge_count = 0;
    starlings_status status =
        stln_edges_sort(env, crew, scratch, input, keep, &edges, &edge_count, &facts);
    if (status != STARLINGS_OK)
        return status;
    memset(&build, 0, sizeof build);
    build.env = env;
    build.crew = crew;
    build.scratch = scratch;
    build.edges = edges;
    build.edge_count = edge_count;
    build.n = facts.id_end > record_count ? facts.id_end : record_count;
    h->record_count = build.n;
    h->edge_count += input->raw_count;
    h->loop_count += facts.raw_loops;
    status = stln_build_open(&build, stln_power10[h->decimals], keep);
    if (status == STARLINGS_OK)
        status = stln_build_forest(&build);
    if (status == STARLINGS_OK)
        status = stln_build_close(&build, h, edges, keep);
    return status;
}

/* The frame around a build: object, crew, scratch. `counts` (may be NULL) gives the edge and loop
   counts to start from. */
static starlings_status stln_hierarchy_make(const starlings_env *env, const stln_edge_input *input,
                                            uint32_t record_count, bool keep,
                                            const uint64_t counts[2],
                                            starlings_hierarchy **out_hierarchy)
{
    stln_crew crew;
    stln_scratch scratch;
    starlings_status status;
    starlings_hierarchy *h = (starlings_hierarchy *)stln_alloc(&env->allocator, 1, sizeof *h);
    if (h == NULL)
        return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(h, 0, sizeof *h);
    h->allocator = env->allocator;
    h->owners = 1;
    h->decimals = input->decimals;
    h->edge_count = counts != NULL ? counts[0] : 0;
    h->loop_count = counts != NULL ? counts[1] : 0;
    status = stln_crew_open(&crew, env);
    if (status == STARLINGS_OK) {
        stln_scratch_open(&scratch, &env->allocator);
        status = stln_build_run(env, &crew, &scratch, input, record_count, keep, h);
        stln_scratch_close(&scratch);
        stln_crew_close(&crew);
    }
    if (status != STARLINGS_OK) {
        stln_hierarchy_free(h);
        return status;
    }
    *out_hierarchy = h;
    return STARLINGS_OK;
}

/* The old edges of a hierarchy in 12-byte form: kept ones if there are any, else the path. */
static size_t stln_hierarchy_edges(const starlings_hierarchy *h, stln_edge *edges)
{
    uint32_t top = stln_power10[h->decimals], unit = STARLINGS_ONE / top;
    size_t count = 0;
    if (h->kept != NULL) {
        for (; count < h->kept_count; count++) {
            edges[count].a = h->kept[count].a;
            edges[count].b = h->kept[count].b;
            edges[count].order = top - h->kept[count].key / unit;
        }
        return count;
    }
    for (uint32_t p = 1; p < h->record_count; p++) {
        if (h->height[p] == 0)
            continue;
        edges[count].a = h->perm[p - 1];
        edges[count].b = h->perm[p];
        edges[count].order = top - (h->height[p] - 1) / unit;
        count++;
    }
    return count;
}

/* ---- the builder ---------------------------------------------------------- */
/* Owns a buffer of quantised edges. When a call would overflow it, the buffer is cut down to the
   edges of a spanning forest (the maximal one with keep_edges), and only if that does not help it
   grows. Cutting down changes no answer, so a call that fails later has changed nothing. */

struct starlings_builder {
    starlings_env env;
    uint32_t record_count; /* as given: 0 or a limit */
    uint32_t decimals;
    bool keep;
    uint32_t id_end;
    stln_edge *edges;
    size_t count;
    size_t capacity;
    uint64_t counts[2]; /* edges and loops */
};

starlings_status starlings_builder_create(const starlings_builder_desc *desc,
                                          starlings_builder **out_builder)
{
    starlings_env env;
    starlings_builder *b;
    if (out_builder == NULL)
        return STARLINGS_ERR_ARG;
    *out_builder = NULL;
    if (desc == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, NULL);
    if (env.allocator.resize == NULL)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "there is no allocator");
    if (desc->decimals > 6)
        return stln_fail(&env, STARLINGS_ERR_ARG, desc->decimals, "decimals are 1 to 6");
    if (desc->record_count == UINT32_MAX)
        return stln_fail(&env, STARLINGS_ERR_RANGE, desc->record_count, "too many records");
    b = (starlings_builder *)stln_alloc(&env.allocator, 1, sizeof *b);
    if (b == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(b, 0, sizeof *b);
    b->env = env;
    b->record_count = desc->record_count;
    b->decimals = desc->decimals == 0 ? 6 : desc->decimals;
    b->keep = desc->keep_edges;
    b->capacity = desc->buffer_edges == 0 ? (size_t)1 << 20 : desc->buffer_edges;
    if (b->capacity / 2 < desc->record_count)
        b->capacity = stln_twice(desc->record_count);
    b->edges = (stln_edge *)stln_alloc(&env.allocator, b->capacity, sizeof *b->edges);
    if (b->edges == NULL) {
        stln_free(&env.allocator, b, 1, sizeof *b);
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    *out_builder = b;
    return STARLINGS_OK;
}

void starlings_builder_destroy(starlings_builder *b)
{
    starlings_allocator allocator;
    if (b == NULL)
        return;
    allocator = b->env.allocator;
    stln_free(&allocator, b->edges, b->capacity, sizeof *b->edges);
    stln_free(&allocator, b, 1, sizeof *b);
}

static void stln_builder_input(const starlings_builder *b, stln_edge_input *input)
{
    memset(input, 0, sizeof *input);
    input->more = b->edges;
    input->more_count = b->count;
    input->decimals = b->decimals;
    input->id_limit = UINT32_MAX - 1;
}

/* Cut the buffer down to a spanning forest of it. */
static starlings_status stln_builder_cut(starlings_builder *b)
{
    stln_crew crew;
    stln_scratch scratch;
    stln_edge_input input;
    stln_edge_facts facts;
    stln_edge *edges = NULL;
    uint32_t *parent;
    size_t count = 0, kept = 0;
    starlings_status status = stln_crew_open(&crew, &b->env);
    if (status != STARLINGS_OK)
        return status;
    stln_scratch_open(&scratch, &b->env.allocator);
    stln_builder_input(b, &input);
    status = stln_edges_sort(&b->env, &crew, &scratch, &input, b->keep, &edges, &count, &facts);
    parent = (uint32_t *)stln_scratch_alloc(&scratch, b->id_end, sizeof *parent);
    if (status == STARLINGS_OK && parent == NULL)
        status = stln_fail(&b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    if (status == STARLINGS_OK) {
        stln_forest_reset(parent, b->id_end);
        for (size_t i = 0; i < count; i++)
            if (stln_unite(parent, edges[i].a, edges[i].b) != STARLINGS_NONE)
                b->edges[kept++] = edges[i];
        b->count = kept;
    }
    stln_scratch_close(&scratch);
    stln_crew_close(&crew);
    return status;
}

/* Check all edges of a call before any is taken. */
static starlings_status stln_builder_check(const starlings_builder *b, const starlings_edge *edges,
                                           size_t edge_count, stln_edge_facts *facts)
{
    uint32_t limit = b->record_count == 0 ? UINT32_MAX - 1 : b->record_count;
    memset(facts, 0, sizeof *facts);
    for (size_t i = 0; i < edge_count; i++) {
        starlings_status status = stln_weight_status(edges[i].weight);
        if (status != STARLINGS_OK)
            return stln_fail(&b->env, status, i, NULL);
        if (stln_edge_check(edges + i, 1, limit, facts) != 1)
            return stln_fail(&b->env, STARLINGS_ERR_RANGE, i, "an edge has an id out of range");
    }
    return STARLINGS_OK;
}

/* Room for `more` edges among id_end records: cut down, then grow if that was not enough, or is not
   for long. */
static starlings_status stln_builder_room(starlings_builder *b, size_t more, uint32_t id_end)
{
    size_t wanted;
    stln_edge *grown;
    if (more <= b->capacity - b->count)
        return STARLINGS_OK;
    if (b->count > 0) {
        starlings_status status = stln_builder_cut(b);
        if (status != STARLINGS_OK)
            return status;
    }
    wanted = more > SIZE_MAX - b->count ? SIZE_MAX : b->count + more;
    if (wanted / 2 < id_end) /* a cut looks at every record: the next is as many edges away */
        wanted = stln_twice(id_end);
    if (wanted <= b->capacity)
        return STARLINGS_OK;
    grown = (stln_edge *)stln_realloc(&b->env.allocator, b->edges, b->capacity, wanted,
                                      sizeof *grown);
    if (grown == NULL)
        return stln_fail(&b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    b->edges = grown;
    b->capacity = wanted;
    return STARLINGS_OK;
}

starlings_status starlings_builder_add(starlings_builder *b, const starlings_edge *edges,
                                       size_t edge_count)
{
    stln_edge_facts facts;
    starlings_status status;
    uint32_t top;
    if (b == NULL || (edges == NULL && edge_count > 0))
        return STARLINGS_ERR_ARG;
    top = stln_power10[b->decimals];
    status = stln_builder_check(b, edges, edge_count, &facts);
    if (status == STARLINGS_OK)
        status = stln_builder_room(b, edge_count, facts.id_end > b->id_end ? facts.id_end
                                                                           : b->id_end);
    if (status != STARLINGS_OK)
        return status;
    for (size_t i = 0; i < edge_count; i++) {
        uint32_t x = edges[i].a, y = edges[i].b;
        if (x == y)
            continue;
        b->edges[b->count].a = x < y ? x : y;
        b->edges[b->count].b = x < y ? y : x;
        b->edges[b->count].order = top - stln_quantise_one(edges[i].weight, 2.0 * (double)top);
        b->count++;
    }
    if (facts.id_end > b->id_end)
        b->id_end = facts.id_end;
    b->counts[0] += edge_count;
    b->counts[1] += facts.raw_loops;
    return STARLINGS_OK;
}

/* ids seen may lie beyond those of the buffer's edges: a loop names a record too. */
static uint32_t stln_builder_records(const starlings_builder *b)
{
    return b->record_count > b->id_end ? b->record_count : b->id_end;
}

starlings_status starlings_builder_finish(starlings_builder *b, starlings_hierarchy **out_hierarchy)
{
    stln_edge_input input;
    if (out_hierarchy == NULL)
        return STARLINGS_ERR_ARG;
    *out_hierarchy = NULL;
    if (b == NULL)
        return STARLINGS_ERR_ARG;
    stln_builder_input(b, &input);
    return stln_hierarchy_make(&b->env, &input, stln_builder_records(b), b->keep, b->counts,
                               out_hierarchy);
}

/* ---- making hierarchies --------------------------------------------------- */

#define STLN_STREAM_RUN ((size_t)1 << 14)

/* Feed a stream to a builder. error->at of a bad edge counts over the whole stream. */
static starlings_status stln_builder_drain(starlings_builder *b,
                                           const starlings_edge_stream *stream)
{
    starlings_status status = STARLINGS_OK;
    uint64_t before = b->counts[0];
    starlings_edge *run = (starlings_edge *)stln_alloc(&b->env.allocator, STLN_STREAM_RUN,
                                                       sizeof *run);
    if (run == NULL)
        return stln_fail(&b->env, STARLINGS_ERR_NOMEM, 0, NULL);
    while (status == STARLINGS_OK) {
        size_t got = 0;
        status = stream->read(stream->ctx, run, STLN_STREAM_RUN, &got);
        if (status != STARLINGS_OK) {
            (void)stln_fail(&b->env, status, b->counts[0] - before, "the stream of edges failed");
            break;
        }
        if (got == 0)
            break;
        if (got > STLN_STREAM_RUN) {
            status = stln_fail(&b->env, STARLINGS_ERR_ARG, got, "the stream gave more than asked");
            break;
        }
        status = starlings_builder_add(b, run, got);
        if (status != STARLINGS_OK && status != STARLINGS_ERR_NOMEM &&
            status != STARLINGS_ERR_CANCELLED && b->env.error != NULL)
            b->env.error->at += b->counts[0] - before; /* from the run to the stream */
    }
    stln_free(&b->env.allocator, run, STLN_STREAM_RUN, sizeof *run);
    return status;
}

/* Edges from a stream (after those of the array, after those of an old hierarchy). */
static starlings_status stln_hierarchy_stream(const starlings_hierarchy_desc *desc,
                                              const starlings_env *env, uint32_t decimals,
                                              bool keep, const starlings_hierarchy *old,
                                              starlings_hierarchy **out_hierarchy)
{
    starlings_builder_desc wanted;
    starlings_builder *b = NULL;
    starlings_status status;
    memset(&wanted, 0, sizeof wanted);
    wanted.record_count = desc->record_count;
    wanted.decimals = decimals;
    wanted.keep_edges = keep;
    wanted.env = *env;
    status = starlings_builder_create(&wanted, &b);
    if (status != STARLINGS_OK)
        return status;
    if (old != NULL) {
        status = stln_builder_room(b, old->record_count, old->record_count);
        if (status == STARLINGS_OK) {
            b->count = stln_hierarchy_edges(old, b->edges);
            b->id_end = old->record_count;
            b->counts[0] = old->edge_count;
            b->counts[1] = old->loop_count;
        }
    }
    if (status == STARLINGS_OK)
        status = starlings_builder_add(b, desc->edges, desc->edge_count);
    if (status == STARLINGS_OK)
        status = stln_builder_drain(b, &desc->stream);
    if (status == STARLINGS_OK)
        status = starlings_builder_finish(b, out_hierarchy);
    starlings_builder_destroy(b);
    return status;
}

/* Arguments that create and add_edges have in common. */
static starlings_status stln_hierarchy_desc_check(const starlings_hierarchy_desc *desc,
                                                  const starlings_env *env)
{
    if (env->allocator.resize == NULL)
        return stln_fail(env, STARLINGS_ERR_ARG, 0, "there is no allocator");
    if (desc->edges == NULL && desc->edge_count > 0)
        return stln_fail(env, STARLINGS_ERR_ARG, 0, "edge_count without edges");
    if (desc->decimals > 6)
        return stln_fail(env, STARLINGS_ERR_ARG, desc->decimals, "decimals are 1 to 6");
    if (desc->record_count == UINT32_MAX)
        return stln_fail(env, STARLINGS_ERR_RANGE, desc->record_count, "too many records");
    return STARLINGS_OK;
}

starlings_status starlings_hierarchy_create(const starlings_hierarchy_desc *desc,
                                            starlings_hierarchy **out_hierarchy)
{
    starlings_env env;
    stln_edge_input input;
    starlings_status status;
    uint32_t decimals;
    if (out_hierarchy == NULL)
        return STARLINGS_ERR_ARG;
    *out_hierarchy = NULL;
    if (desc == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, NULL);
    status = stln_hierarchy_desc_check(desc, &env);
    if (status != STARLINGS_OK)
        return status;
    decimals = desc->decimals == 0 ? 6 : desc->decimals;
    if (desc->stream.read != NULL)
        return stln_hierarchy_stream(desc, &env, decimals, desc->keep_edges, NULL, out_hierarchy);
    memset(&input, 0, sizeof input);
    input.raw = desc->edges;
    input.raw_count = desc->edge_count;
    input.decimals = decimals;
    input.id_limit = desc->record_count == 0 ? UINT32_MAX - 1 : desc->record_count;
    return stln_hierarchy_make(&env, &input, desc->record_count, desc->keep_edges, NULL,
                               out_hierarchy);
}

/* Old edges and an array of new ones, in one build. */
static starlings_status stln_hierarchy_extend(const starlings_hierarchy *old,
                                              const starlings_hierarchy_desc *desc,
                                              const starlings_env *env,
                                              starlings_hierarchy **out_hierarchy)
{
    stln_edge_input input;
    starlings_status status;
    uint64_t counts[2];
    uint32_t limit = desc->record_count > old->record_count ? desc->record_count
                                                            : old->record_count;
    stln_edge *edges = (stln_edge *)stln_alloc(&env->allocator, old->record_count, sizeof *edges);
    if (edges == NULL)
        return stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(&input, 0, sizeof input);
    input.raw = desc->edges;
    input.raw_count = desc->edge_count;
    input.more = edges;
    input.more_count = stln_hierarchy_edges(old, edges);
    input.decimals = old->decimals;
    input.id_limit = desc->record_count == 0 ? UINT32_MAX - 1 : limit;
    counts[0] = old->edge_count;
    counts[1] = old->loop_count;
    status = stln_hierarchy_make(env, &input, limit, old->kept != NULL, counts, out_hierarchy);
    stln_free(&env->allocator, edges, old->record_count, sizeof *edges);
    return status;
}

starlings_status starlings_hierarchy_add_edges(const starlings_hierarchy *hierarchy,
                                               const starlings_hierarchy_desc *desc,
                                               starlings_hierarchy **out_hierarchy)
{
    starlings_env env;
    starlings_status status;
    starlings_hierarchy_desc wanted;
    if (out_hierarchy == NULL)
        return STARLINGS_ERR_ARG;
    *out_hierarchy = NULL;
    if (hierarchy == NULL || desc == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, &hierarchy->allocator);
    status = stln_hierarchy_desc_check(desc, &env);
    if (status != STARLINGS_OK)
        return status;
    if (desc->decimals != 0 && desc->decimals != hierarchy->decimals)
        return stln_fail(&env, STARLINGS_ERR_ARG, desc->decimals,
                         "the hierarchy has another number of decimals");
    if (desc->keep_edges && hierarchy->kept == NULL)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "the hierarchy kept no edges");
    if (desc->stream.read == NULL)
        return stln_hierarchy_extend(hierarchy, desc, &env, out_hierarchy);
    wanted = *desc;
    if (wanted.record_count != 0 && wanted.record_count < hierarchy->record_count)
        wanted.record_count = hierarchy->record_count;
    return stln_hierarchy_stream(&wanted, &env, hierarchy->decimals, hierarchy->kept != NULL,
                                 hierarchy, out_hierarchy);
}

starlings_hierarchy *starlings_hierarchy_retain(starlings_hierarchy *hierarchy)
{
    if (hierarchy != NULL)
        (void)stln_atomic_add(&hierarchy->owners, 1);
    return hierarchy;
}

void starlings_hierarchy_release(starlings_hierarchy *hierarchy)
{
    if (hierarchy != NULL && stln_owners_drop(&hierarchy->owners))
        stln_hierarchy_free(hierarchy);
}

uint32_t starlings_hierarchy_record_count(const starlings_hierarchy *hierarchy)
{
    return hierarchy == NULL ? 0 : hierarchy->record_count;
}

uint32_t starlings_hierarchy_decimals(const starlings_hierarchy *hierarchy)
{
    return hierarchy == NULL ? 0 : hierarchy->decimals;
}

uint64_t starlings_hierarchy_edge_count(const starlings_hierarchy *hierarchy)
{
    return hierarchy == NULL ? 0 : hierarchy->edge_count;
}

uint64_t starlings_hierarchy_loop_count(const starlings_hierarchy *hierarchy)
{
    return hierarchy == NULL ? 0 : hierarchy->loop_count;
}

const uint32_t *starlings_hierarchy_perm(const starlings_hierarchy *hierarchy)
{
    return hierarchy == NULL ? NULL : hierarchy->perm;
}

const uint32_t *starlings_hierarchy_height(const starlings_hierarchy *hierarchy)
{
    return hierarchy == NULL ? NULL : hierarchy->height;
}

size_t starlings_hierarchy_size(const starlings_hierarchy *hierarchy)
{
    if (hierarchy == NULL)
        return 0;
    return sizeof *hierarchy + (size_t)hierarchy->record_count * 2 * sizeof(uint32_t) +
           (size_t)hierarchy->kept_count * sizeof *hierarchy->kept;
}

const starlings_kept_edge *starlings_hierarchy_kept_edges(const starlings_hierarchy *hierarchy,
                                                          uint32_t *out_count)
{
    if (out_count != NULL)
        *out_count = hierarchy == NULL ? 0 : hierarchy->kept_count;
    return hierarchy == NULL ? NULL : hierarchy->kept;
}

starlings_status starlings_hierarchy_entity_count(const starlings_hierarchy *hierarchy,
                                                  double threshold, uint32_t *out_count)
{
    starlings_status status;
    uint32_t key;
    if (out_count == NULL)
        return STARLINGS_ERR_ARG;
    *out_count = 0;
    if (hierarchy == NULL)
        return STARLINGS_ERR_ARG;
    status = starlings_key_from_threshold(threshold, &key);
    if (status == STARLINGS_OK)
        *out_count = (uint32_t)stln_kernels_of(STARLINGS_SIMD_BEST)
                         ->cut_count(hierarchy->height, 0, hierarchy->record_count, key);
    return status;
}

/* Mark each key of a height array in a bit set of 10^6 + 1 bits; returns how many there are. */
#define STLN_KEY_WORDS (STARLINGS_ONE / 64 + 1)
static size_t stln_keys_mark(const uint32_t *height, uint32_t n, uint64_t *marks)
{
    size_t count = 0;
    memset(marks, 0, STLN_KEY_WORDS * sizeof *marks);
    for (uint32_t p = 0; p < n; p++) {
        uint32_t key = height[p] - 1;
        if (height[p] != 0 && (marks[key / 64] >> (key % 64) & 1) == 0) {
            marks[key / 64] |= (uint64_t)1 << (key % 64);
            count++;
        }
    }
    return count;
}

static void stln_keys_list(const uint64_t *marks, uint32_t *keys, size_t capacity)
{
    size_t count = 0;
    for (uint32_t key = 0; key <= STARLINGS_ONE && count < capacity; key++) {
        if (marks[key / 64] == 0)
            key |= 63; /* skip the word */
        else if ((marks[key / 64] >> (key % 64) & 1) != 0)
            keys[count++] = key;
    }
}

starlings_status starlings_hierarchy_keys(const starlings_hierarchy *hierarchy,
                                          const starlings_env *env, uint32_t *keys, size_t capacity,
                                          size_t *out_count)
{
    starlings_env used;
    uint64_t *marks;
    if (out_count == NULL)
        return STARLINGS_ERR_ARG;
    *out_count = 0;
    if (hierarchy == NULL || (keys == NULL && capacity > 0))
        return STARLINGS_ERR_ARG;
    used = stln_env_of(env, &hierarchy->allocator);
    marks = (uint64_t *)stln_alloc(&used.allocator, STLN_KEY_WORDS, sizeof *marks);
    if (marks == NULL)
        return stln_fail(&used, STARLINGS_ERR_NOMEM, 0, NULL);
    *out_count = stln_keys_mark(hierarchy->height, hierarchy->record_count, marks);
    stln_keys_list(marks, keys, capacity);
    stln_free(&used.allocator, marks, STLN_KEY_WORDS, sizeof *marks);
    return STARLINGS_OK;
}

/* ---- merges ---------------------------------------------------------------- */
/* A node of the Cartesian tree of height is a maximal run [start, end) whose inner boundaries are
   all >= its height, with at least one equal. One stack pass finds them: at boundary p all open
   nodes that are higher end; an equal one goes on; a lower one gets a child that begins at p. Nodes
   are numbered as they open, so equal keys are in the order of position already, and one stable
   sort by key finishes the list. */

typedef struct stln_node {
    uint32_t height;
    uint32_t start;
    uint32_t end;
    uint32_t cuts;  /* boundaries of this height: groups - 1 */
} stln_node;

struct starlings_merge_list {
    starlings_allocator allocator;
    uint32_t owners;
    uint32_t count;
    starlings_hierarchy *hierarchy;
    stln_node *nodes;  /* in the order of the list */
    size_t *first;     /* of each node: where its group_count + 1 positions begin in starts */
    uint32_t *starts;
    size_t start_count;
};

/* Find all nodes; node_of[p] is the node of boundary p. Returns how many. */
static uint32_t stln_nodes_find(const uint32_t *height, uint32_t n, stln_node *nodes,
                                uint32_t *node_of, uint32_t *stack)
{
    uint32_t count = 0, depth = 0;
    for (uint32_t p = 1; p <= n; p++) {
        uint32_t h = p < n ? height[p] : 0, start = p - 1;
        while (depth > 0 && nodes[stack[depth - 1]].height > h) {
            nodes[stack[depth - 1]].end = p;
            start = nodes[stack[depth - 1]].start;
            depth--;
        }
        if (h == 0)
            continue;
        if (depth == 0 || nodes[stack[depth - 1]].height < h) {
            nodes[count].height = h;
            nodes[count].start = start;
            nodes[count].end = 0;
            nodes[count].cuts = 0;
            stack[depth++] = count++;
        }
        node_of[p] = stack[depth - 1];
        nodes[node_of[p]].cuts++;
    }
    return count;
}

/* rank[node] = its place in the list: key descending, then as numbered. */
static void stln_nodes_rank(const stln_node *nodes, uint32_t count, uint64_t *items,
                            uint64_t *other, uint32_t *rank)
{
    for (uint32_t i = 0; i < count; i++)
        items[i] = (uint64_t)(UINT32_MAX - nodes[i].height) << 32 | i;
    items = stln_sort_u64(items, other, count, 32);
    for (uint32_t i = 0; i < count; i++)
        rank[(uint32_t)items[i]] = i;
}

static void stln_merge_list_free(starlings_merge_list *list)
{
    starlings_allocator allocator = list->allocator;
    stln_free(&allocator, list->nodes, list->count, sizeof *list->nodes);
    stln_free(&allocator, list->first, list->count, sizeof *list->first);
    stln_free(&allocator, list->starts, list->start_count, sizeof *list->starts);
    starlings_hierarchy_release(list->hierarchy);
    stln_free(&allocator, list, 1, sizeof *list);
}

/* The list's arrays from the nodes as found. Slot 0 of a node's positions is its start, the last
   its end; `first` serves as a cursor for those between and is set back. */
static bool stln_merge_list_fill(starlings_merge_list *list, const stln_node *nodes,
                                 const uint32_t *node_of, const uint32_t *rank)
{
    const starlings_hierarchy *h = list->hierarchy;
    size_t sum = 0;
    list->nodes = (stln_node *)stln_alloc(&list->allocator, list->count, sizeof *list->nodes);
    list->first = (size_t *)stln_alloc(&list->allocator, list->count, sizeof *list->first);
    for (uint32_t i = 0; i < list->count; i++)
        sum += (size_t)nodes[i].cuts + 2;
    list->start_count = sum;
    list->starts = (uint32_t *)stln_alloc(&list->allocator, sum, sizeof *list->starts);
    if (list->nodes == NULL || list->first == NULL || list->starts == NULL)
        return false;
    for (uint32_t i = 0; i < list->count; i++)
        list->nodes[rank[i]] = nodes[i];
    sum = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const stln_node *node = &list->nodes[i];
        list->starts[sum] = node->start;
        list->starts[sum + node->cuts + 1] = node->end;
        list->first[i] = sum;
        sum += (size_t)node->cuts + 2;
    }
    for (uint32_t p = 1; p < h->record_count; p++)
        if (h->height[p] > 0)
            list->starts[++list->first[rank[node_of[p]]]] = p;
    for (uint32_t i = 0; i < list->count; i++)
        list->first[i] -= list->nodes[i].cuts;
    return true;
}

/* Work space and passes of the list. */
static starlings_status stln_merge_list_build(starlings_merge_list *list, const starlings_env *env)
{
    const starlings_hierarchy *h = list->hierarchy;
    uint32_t n = h->record_count, *node_of, *stack, *rank, count = 0;
    stln_node *nodes;
    uint64_t *items, *other;
    stln_scratch scratch;
    bool done = false;
    stln_scratch_open(&scratch, &env->allocator);
    nodes = (stln_node *)stln_scratch_alloc(&scratch, n, sizeof *nodes);
    node_of = (uint32_t *)stln_scratch_alloc(&scratch, n, sizeof *node_of);
    stack = (uint32_t *)stln_scratch_alloc(&scratch, n, sizeof *stack);
    if (!scratch.failed)
        count = stln_nodes_find(h->height, n, nodes, node_of, stack);
    items = (uint64_t *)stln_scratch_alloc(&scratch, count, sizeof *items);
    other = (uint64_t *)stln_scratch_alloc(&scratch, count, sizeof *other);
    rank = (uint32_t *)stln_scratch_alloc(&scratch, count, sizeof *rank);
    if (!scratch.failed) {
        stln_nodes_rank(nodes, count, items, other, rank);
        list->count = count;
        done = stln_merge_list_fill(list, nodes, node_of, rank);
    }
    stln_scratch_close(&scratch);
    return done ? STARLINGS_OK : stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
}

starlings_status starlings_merge_list_create(starlings_hierarchy *hierarchy,
                                             const starlings_env *env,
                                             starlings_merge_list **out_list)
{
    starlings_env used;
    starlings_merge_list *list;
    starlings_status status;
    if (out_list == NULL)
        return STARLINGS_ERR_ARG;
    *out_list = NULL;
    if (hierarchy == NULL)
        return STARLINGS_ERR_ARG;
    used = stln_env_of(env, &hierarchy->allocator);
    list = (starlings_merge_list *)stln_alloc(&used.allocator, 1, sizeof *list);
    if (list == NULL)
        return stln_fail(&used, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(list, 0, sizeof *list);
    list->allocator = used.allocator;
    list->owners = 1;
    list->hierarchy = starlings_hierarchy_retain(hierarchy);
    status = stln_merge_list_build(list, &used);
    if (status != STARLINGS_OK) {
        stln_merge_list_free(list);
        return status;
    }
    *out_list = list;
    return STARLINGS_OK;
}

starlings_merge_list *starlings_merge_list_retain(starlings_merge_list *list)
{
    if (list != NULL)
        (void)stln_atomic_add(&list->owners, 1);
    return list;
}

void starlings_merge_list_release(starlings_merge_list *list)
{
    if (list != NULL && stln_owners_drop(&list->owners))
        stln_merge_list_free(list);
}

uint32_t starlings_merge_list_count(const starlings_merge_list *list)
{
    return list == NULL ? 0 : list->count;
}

starlings_status starlings_merge_list_at(const starlings_merge_list *list, uint32_t at,
                                         starlings_merge *out_merge)
{
    const stln_node *node;
    if (out_merge == NULL)
        return STARLINGS_ERR_ARG;
    memset(out_merge, 0, sizeof *out_merge);
    if (list == NULL)
        return STARLINGS_ERR_ARG;
    if (at >= list->count)
        return STARLINGS_ERR_RANGE;
    node = &list->nodes[at];
    out_merge->key = node->height - 1;
    out_merge->threshold = starlings_key_threshold(out_merge->key);
    out_merge->group_count = node->cuts + 1;
    out_merge->result.records = list->hierarchy->perm + node->start;
    out_merge->result.count = node->end - node->start;
    out_merge->starts = list->starts + list->first[at];
    return STARLINGS_OK;
}

starlings_span starlings_merge_group(const starlings_merge *merge, uint32_t group)
{
    starlings_span span = { NULL, 0 };
    if (merge == NULL || group >= merge->group_count)
        return span;
    span.records = merge->result.records + (merge->starts[group] - merge->starts[0]);
    span.count = merge->starts[group + 1] - merge->starts[group];
    return span;
}

/* ---- range minima ---------------------------------------------------------- */
/* The leftmost position of the least height in a range, in O(1): minima of blocks of 16, a sparse
   table over the blocks (level l covers 2^l of them), and short scans at both ends (Bender &
   Farach-Colton 2000, without their last step: a scan of 16 neighbours costs less than a look-up).
   Memory: n/4 bytes a level of n/16 blocks, so about n/4 log2(n/16) bytes. */

typedef struct stln_minima {
    const uint32_t *height;
    uint32_t *at;    /* levels one after the other, each `blocks` long */
    uint32_t blocks; /* whole ones */
    uint32_t levels;
} stln_minima;

static uint32_t stln_minima_levels(uint32_t blocks)
{
    return blocks == 0 ? 0 : 64 - stln_leading_zeros(blocks);
}

/* Elements that `at` needs. */
static size_t stln_minima_size(uint32_t n)
{
    return (size_t)(n / STLN_BLOCK) * stln_minima_levels(n / STLN_BLOCK);
}

static void stln_minima_fill(stln_minima *m, const stln_kernels *kernels, const uint32_t *height,
                             uint32_t n, uint32_t *at)
{
    m->height = height;
    m->at = at;
    m->blocks = n / STLN_BLOCK;
    m->levels = stln_minima_levels(m->blocks);
    kernels->block_minima(height, m->blocks, at);
    for (uint32_t level = 1; level < m->levels; level++) {
        const uint32_t *below = at + (size_t)(level - 1) * m->blocks;
        uint32_t *here = at + (size_t)level * m->blocks, half = (uint32_t)1 << (level - 1);
        for (uint32_t b = 0; b + 2 * half <= m->blocks; b++) {
            uint32_t left = below[b], right = below[b + half];
            here[b] = height[right] < height[left] ? right : left;
        }
    }
}

STLN_INLINE uint32_t stln_minima_scan(const uint32_t *height, uint32_t begin, uint32_t end,
                                      uint32_t best)
{
    for (uint32_t p = begin; p < end; p++)
        if (height[p] < height[best])
            best = p;
    return best;
}

/* The leftmost argmin of height over [begin, end), begin < end. */
STLN_INLINE uint32_t stln_minima_find(const stln_minima *m, uint32_t begin, uint32_t end)
{
    const uint32_t *height = m->height;
    uint32_t first = begin / STLN_BLOCK + 1, last = end / STLN_BLOCK, best, level, left, right;
    STLN_ASSERT(begin < end);
    if (first >= last)
        return stln_minima_scan(height, begin + 1, end, begin);
    best = stln_minima_scan(height, begin + 1, first * STLN_BLOCK, begin);
    level = 63 - stln_leading_zeros(last - first);
    left = m->at[(size_t)level * m->blocks + first];
    right = m->at[(size_t)level * m->blocks + last - ((uint32_t)1 << level)];
    if (height[left] < height[best])
        best = left;
    if (height[right] < height[best])
        best = right;
    return stln_minima_scan(height, last * STLN_BLOCK, end, best);
}

/* ---- the index ------------------------------------------------------------- */
/* pos is the inverse of perm. The kept edges, a forest, are rooted: up[r] is r's neighbour towards
   the root, depth[r] how far that is, key_up[r] the key of the edge. A path climbs from both
   ends. */

struct starlings_index {
    starlings_allocator allocator;
    uint32_t owners;
    starlings_hierarchy *hierarchy;
    uint32_t *pos;
    stln_minima minima;
    uint32_t *up; /* NULL: no kept edges; NONE: a root */
    uint32_t *key_up;
    uint32_t *depth;
};

static void stln_index_free(starlings_index *index)
{
    starlings_allocator allocator = index->allocator;
    uint32_t n = index->hierarchy->record_count;
    stln_free(&allocator, index->pos, n, sizeof *index->pos);
    stln_free(&allocator, index->minima.at, stln_minima_size(n), sizeof *index->minima.at);
    stln_free(&allocator, index->up, n, sizeof *index->up);
    stln_free(&allocator, index->key_up, n, sizeof *index->key_up);
    stln_free(&allocator, index->depth, n, sizeof *index->depth);
    starlings_hierarchy_release(index->hierarchy);
    stln_free(&allocator, index, 1, sizeof *index);
}

/* Root the kept forest, breadth first from every smallest record not reached yet. `first` (n + 1)
   and `ends` (2 kept) are the neighbours of each record, as places in kept; queue has n. */
static void stln_index_root(starlings_index *index, size_t *first, uint32_t *ends, uint32_t *queue)
{
    const starlings_hierarchy *h = index->hierarchy;
    uint32_t n = h->record_count, tail = 0, head = 0;
    memset(first, 0, ((size_t)n + 1) * sizeof *first);
    for (uint32_t i = 0; i < h->kept_count; i++) {
        first[h->kept[i].a]++;
        first[h->kept[i].b]++;
    }
    for (size_t r = 0, sum = 0; r <= n; r++) /* now the end of each, to be counted down */
        sum = first[r] = first[r] + sum;
    for (uint32_t i = h->kept_count; i-- > 0;) {
        ends[--first[h->kept[i].a]] = i;
        ends[--first[h->kept[i].b]] = i;
    }
    memset(index->depth, 0xFF, (size_t)n * sizeof *index->depth);
    for (uint32_t r = 0; r < n; r++) {
        if (index->depth[r] != STARLINGS_NONE)
            continue;
        index->depth[r] = 0;
        index->up[r] = STARLINGS_NONE;
        index->key_up[r] = 0;
        queue[tail++] = r;
        for (; head < tail; head++) {
            uint32_t x = queue[head];
            for (size_t e = first[x]; e < first[x + 1]; e++) {
                const starlings_kept_edge *edge = &h->kept[ends[e]];
                uint32_t y = edge->a == x ? edge->b : edge->a;
                if (index->depth[y] != STARLINGS_NONE)
                    continue;
                index->depth[y] = index->depth[x] + 1;
                index->up[y] = x;
                index->key_up[y] = edge->key;
                queue[tail++] = y;
            }
        }
    }
}

static bool stln_index_build(starlings_index *index, const starlings_env *env)
{
    const starlings_hierarchy *h = index->hierarchy;
    const starlings_allocator *al = &index->allocator;
    uint32_t n = h->record_count, *at, *ends, *queue;
    size_t *first;
    stln_scratch scratch;
    index->pos = (uint32_t *)stln_alloc(al, n, sizeof *index->pos);
    at = (uint32_t *)stln_alloc(al, stln_minima_size(n), sizeof *at);
    index->minima.at = at;
    if (index->pos == NULL || at == NULL)
        return false;
    for (uint32_t p = 0; p < n; p++)
        index->pos[h->perm[p]] = p;
    stln_minima_fill(&index->minima, stln_kernels_of(env->simd), h->height, n, at);
    if (h->kept == NULL)
        return true;
    index->up = (uint32_t *)stln_alloc(al, n, sizeof *index->up);
    index->key_up = (uint32_t *)stln_alloc(al, n, sizeof *index->key_up);
    index->depth = (uint32_t *)stln_alloc(al, n, sizeof *index->depth);
    stln_scratch_open(&scratch, &env->allocator);
    first = (size_t *)stln_scratch_alloc(&scratch, (size_t)n + 1, sizeof *first);
    ends = (uint32_t *)stln_scratch_alloc(&scratch, (size_t)h->kept_count * 2, sizeof *ends);
    queue = (uint32_t *)stln_scratch_alloc(&scratch, n, sizeof *queue);
    if (index->up != NULL && index->key_up != NULL && index->depth != NULL && !scratch.failed)
        stln_index_root(index, first, ends, queue);
    stln_scratch_close(&scratch);
    return index->up != NULL && index->key_up != NULL && index->depth != NULL && !scratch.failed;
}

starlings_status starlings_index_create(starlings_hierarchy *hierarchy, const starlings_env *env,
                                        starlings_index **out_index)
{
    starlings_env used;
    starlings_index *index;
    if (out_index == NULL)
        return STARLINGS_ERR_ARG;
    *out_index = NULL;
    if (hierarchy == NULL)
        return STARLINGS_ERR_ARG;
    used = stln_env_of(env, &hierarchy->allocator);
    index = (starlings_index *)stln_alloc(&used.allocator, 1, sizeof *index);
    if (index == NULL)
        return stln_fail(&used, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(index, 0, sizeof *index);
    index->allocator = used.allocator;
    index->owners = 1;
    index->hierarchy = starlings_hierarchy_retain(hierarchy);
    if (!stln_index_build(index, &used)) {
        stln_index_free(index);
        return stln_fail(&used, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    *out_index = index;
    return STARLINGS_OK;
}

starlings_index *starlings_index_retain(starlings_index *index)
{
    if (index != NULL)
        (void)stln_atomic_add(&index->owners, 1);
    return index;
}

void starlings_index_release(starlings_index *index)
{
    if (index != NULL && stln_owners_drop(&index->owners))
        stln_index_free(index);
}

starlings_status starlings_index_closeness(const starlings_index *index, uint32_t a, uint32_t b,
                                           uint32_t *out_key)
{
    uint32_t n, p, q, h;
    if (out_key == NULL)
        return STARLINGS_ERR_ARG;
    *out_key = STARLINGS_NONE;
    if (index == NULL)
        return STARLINGS_ERR_ARG;
    n = index->hierarchy->record_count;
    if (a >= n || b >= n)
        return STARLINGS_ERR_RANGE;
    if (a == b) {
        *out_key = STARLINGS_ONE;
        return STARLINGS_OK;
    }
    p = index->pos[a];
    q = index->pos[b];
    h = index->minima.height[p < q ? stln_minima_find(&index->minima, p + 1, q + 1)
                                   : stln_minima_find(&index->minima, q + 1, p + 1)];
    if (h > 0)
        *out_key = h - 1;
    return STARLINGS_OK;
}

/* Steps from x and from y to where their climbs meet; false if they never do. */
static bool stln_index_meet(const starlings_index *index, uint32_t x, uint32_t y, size_t *out_x,
                            size_t *out_y)
{
    *out_x = *out_y = 0;
    while (x != y) {
        if (index->depth[x] >= index->depth[y]) {
            x = index->up[x];
            ++*out_x;
        } else {
            y = index->up[y];
            ++*out_y;
        }
        if (x == STARLINGS_NONE || y == STARLINGS_NONE)
            return false;
    }
    return true;
}

starlings_status starlings_index_path(const starlings_index *index, uint32_t a, uint32_t b,
                                      starlings_kept_edge *edges, size_t capacity,
                                      size_t *out_count, size_t *out_weakest)
{
    size_t from_a, from_b, at, weakest = 0;
    uint32_t n, least = UINT32_MAX;
    if (out_count == NULL)
        return STARLINGS_ERR_ARG;
    *out_count = 0;
    if (out_weakest != NULL)
        *out_weakest = 0;
    if (index == NULL || (edges == NULL && capacity > 0))
        return STARLINGS_ERR_ARG;
    n = index->hierarchy->record_count;
    if (a >= n || b >= n)
        return STARLINGS_ERR_RANGE;
    if (index->up == NULL)
        return STARLINGS_ERR_UNKNOWN;
    if (!stln_index_meet(index, a, b, &from_a, &from_b))
        return STARLINGS_OK;
    *out_count = from_a + from_b;
    for (size_t i = 0; i < from_a; i++, a = index->up[a]) {
        starlings_kept_edge edge = { a, index->up[a], index->key_up[a] };
        if (i < capacity)
            edges[i] = edge;
        if (edge.key < least) {
            least = edge.key;
            weakest = i;
        }
    }
    for (at = from_a + from_b; at-- > from_a; b = index->up[b]) { /* from the far end back */
        starlings_kept_edge edge = { index->up[b], b, index->key_up[b] };
        if (at < capacity)
            edges[at] = edge;
        if (edge.key < least || (edge.key == least && weakest >= from_a)) {
            least = edge.key;
            weakest = at;
        }
    }
    if (out_weakest != NULL)
        *out_weakest = weakest;
    return STARLINGS_OK;
}

/* ==== [S53 PARTITION] slices and labels ==================================== */
/* A partition is an order of the records and the list of places where a new entity starts:
   entity e is records[starts[e] .. starts[e + 1]). A cut borrows the order from its hierarchy, so
   it costs one scan and 4 bytes an entity; one given by labels sorts the records by label (a stable
   counting sort, so that each entity begins with its smallest record) and numbers the entities by
   that first record. labels, 4 bytes a record, are the inverse. */

struct starlings_partition {
    starlings_allocator allocator;
    uint32_t owners;
    uint32_t record_count;
    uint32_t entity_count;
    starlings_hierarchy *hierarchy; /* whose perm `records` is, or NULL: records are our own */
    const uint32_t *records;
    uint32_t *own_records;
    uint32_t *starts; /* entity_count + 1 */
    size_t start_capacity;
    uint32_t *labels; /* NULL: skipped */
};

static void stln_partition_free(starlings_partition *p)
{
    starlings_allocator allocator = p->allocator;
    stln_free(&allocator, p->own_records, p->record_count, sizeof(uint32_t));
    stln_free(&allocator, p->starts, p->start_capacity, sizeof(uint32_t));
    stln_free(&allocator, p->labels, p->record_count, sizeof(uint32_t));
    starlings_hierarchy_release(p->hierarchy);
    stln_free(&allocator, p, 1, sizeof *p);
}

/* Entities from the cut at a key. */
static bool stln_partition_cut(starlings_partition *p, const starlings_env *env, uint32_t key)
{
    const starlings_hierarchy *h = p->hierarchy;
    const stln_kernels *kernels = stln_kernels_of(env->simd);
    size_t count = kernels->cut_count(h->height, 0, h->record_count, key);
    p->records = h->perm;
    p->start_capacity = count + 9; /* the end, and what the kernel may write beyond */
    p->starts = (uint32_t *)stln_alloc(&p->allocator, p->start_capacity, sizeof(uint32_t));
    if (p->starts == NULL)
        return false;
    p->entity_count = (uint32_t)kernels->cut(h->height, 0, h->record_count, key, p->starts);
    p->starts[p->entity_count] = h->record_count;
    return true;
}

/* Entities from labels: sort (label, record), then sort the runs by their first record. */
static bool stln_partition_group(starlings_partition *p, stln_scratch *scratch,
                                 const uint32_t *labels)
{
    uint32_t n = p->record_count, *begin, count = 0, next = 0;
    uint64_t *items = (uint64_t *)stln_scratch_alloc(scratch, n, sizeof *items);
    uint64_t *other = (uint64_t *)stln_scratch_alloc(scratch, n, sizeof *other);
    p->own_records = (uint32_t *)stln_alloc(&p->allocator, n, sizeof(uint32_t));
    begin = (uint32_t *)stln_scratch_alloc(scratch, n, sizeof *begin);
    if (scratch->failed || p->own_records == NULL)
        return false;
    for (uint32_t r = 0; r < n; r++)
        items[r] = (uint64_t)labels[r] << 32 | r;
    items = stln_sort_u64(items, other, n, 32);
    /* begin[r] = where the run that r heads begins in items; NONE for records that head none */
    memset(begin, 0xFF, (size_t)n * sizeof *begin);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || items[i] >> 32 != items[i - 1] >> 32) {
            begin[(uint32_t)items[i]] = i;
            count++;
        }
    p->records = p->own_records;
    p->entity_count = count;
    p->start_capacity = (size_t)count + 1;
    p->starts = (uint32_t *)stln_alloc(&p->allocator, p->start_capacity, sizeof(uint32_t));
    if (p->starts == NULL)
        return false;
    count = 0;
    for (uint32_t r = 0; r < n; r++) {
        uint32_t i = begin[r];
        if (i == STARLINGS_NONE)
            continue;
        p->starts[count++] = next;
        do
            p->own_records[next++] = (uint32_t)items[i++];
        while (i < n && items[i] >> 32 == items[i - 1] >> 32);
    }
    p->starts[count] = next;
    return true;
}

/* labels. For a cut the entity's number is a running count over the heights: no branch to guess,
   where most entities are too short for a loop of their own. */
static bool stln_partition_label(starlings_partition *p, uint32_t key)
{
    const uint32_t *height = p->hierarchy != NULL ? p->hierarchy->height : NULL;
    uint32_t entity = UINT32_MAX;
    p->labels = (uint32_t *)stln_alloc(&p->allocator, p->record_count, sizeof(uint32_t));
    if (p->labels == NULL)
        return false;
    for (uint32_t i = 0; height != NULL && i < p->record_count; i++) {
        entity += height[i] <= key;
        p->labels[p->records[i]] = entity;
    }
    for (uint32_t e = 0; height == NULL && e < p->entity_count; e++)
        for (uint32_t i = p->starts[e]; i < p->starts[e + 1]; i++)
            p->labels[p->records[i]] = e;
    return true;
}

#if STARLINGS_DEBUG >= 3
static void stln_partition_check(const starlings_partition *p)
{
    STLN_ASSERT(p->starts[0] == 0 || p->entity_count == 0);
    STLN_ASSERT(p->starts[p->entity_count] == p->record_count);
    for (uint32_t e = 0; e < p->entity_count; e++) {
        STLN_ASSERT(p->starts[e] < p->starts[e + 1]);
        for (uint32_t i = p->starts[e]; i < p->starts[e + 1]; i++) {
            STLN_ASSERT(p->records[i] < p->record_count);
            STLN_ASSERT(p->records[p->starts[e]] <= p->records[i]); /* the smallest comes first */
            STLN_ASSERT(p->labels == NULL || p->labels[p->records[i]] == e);
        }
    }
}
#else
static void stln_partition_check(const starlings_partition *p)
{
    (void)p;
}
#endif

static starlings_status stln_partition_fill(starlings_partition *p, const starlings_env *env,
                                            const starlings_partition_desc *desc, uint32_t key)
{
    bool done;
    if (desc->hierarchy != NULL) {
        p->hierarchy = starlings_hierarchy_retain(desc->hierarchy);
        p->record_count = desc->hierarchy->record_count;
        done = stln_partition_cut(p, env, key);
    } else {
        stln_scratch scratch;
        stln_scratch_open(&scratch, &env->allocator);
        p->record_count = desc->record_count;
        done = stln_partition_group(p, &scratch, desc->labels);
        stln_scratch_close(&scratch);
    }
    if (done && !desc->skip_labels)
        done = stln_partition_label(p, key);
    if (done)
        stln_partition_check(p);
    return done ? STARLINGS_OK : stln_fail(env, STARLINGS_ERR_NOMEM, 0, NULL);
}

starlings_status starlings_partition_create(const starlings_partition_desc *desc,
                                            starlings_partition **out_partition)
{
    starlings_env env;
    starlings_partition *p;
    starlings_status status = STARLINGS_OK;
    uint32_t key = 0;
    if (out_partition == NULL)
        return STARLINGS_ERR_ARG;
    *out_partition = NULL;
    if (desc == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, desc->hierarchy != NULL ? &desc->hierarchy->allocator : NULL);
    if (env.allocator.resize == NULL)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "there is no allocator");
    if (desc->hierarchy != NULL ? desc->labels != NULL || desc->record_count != 0
                                : desc->labels == NULL && desc->record_count != 0)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "give either a hierarchy or labels");
    if (desc->record_count == UINT32_MAX)
        return stln_fail(&env, STARLINGS_ERR_RANGE, desc->record_count, "too many records");
    if (desc->hierarchy != NULL)
        status = starlings_key_from_threshold(desc->threshold, &key);
    if (status != STARLINGS_OK)
        return stln_fail(&env, status, 0, NULL);
    p = (starlings_partition *)stln_alloc(&env.allocator, 1, sizeof *p);
    if (p == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(p, 0, sizeof *p);
    p->allocator = env.allocator;
    p->owners = 1;
    status = stln_partition_fill(p, &env, desc, key);
    if (status != STARLINGS_OK) {
        stln_partition_free(p);
        return status;
    }
    *out_partition = p;
    return STARLINGS_OK;
}

starlings_partition *starlings_partition_retain(starlings_partition *partition)
{
    if (partition != NULL)
        (void)stln_atomic_add(&partition->owners, 1);
    return partition;
}

void starlings_partition_release(starlings_partition *partition)
{
    if (partition != NULL && stln_owners_drop(&partition->owners))
        stln_partition_free(partition);
}

uint32_t starlings_partition_record_count(const starlings_partition *partition)
{
    return partition == NULL ? 0 : partition->record_count;
}

uint32_t starlings_partition_entity_count(const starlings_partition *partition)
{
    return partition == NULL ? 0 : partition->entity_count;
}

starlings_span starlings_partition_entity(const starlings_partition *partition, uint32_t entity)
{
    starlings_span span = { NULL, 0 };
    if (partition == NULL || entity >= partition->entity_count)
        return span;
    span.records = partition->records + partition->starts[entity];
    span.count = partition->starts[entity + 1] - partition->starts[entity];
    return span;
}

uint32_t starlings_partition_entity_of(const starlings_partition *partition, uint32_t record)
{
    if (partition == NULL || record >= partition->record_count || partition->labels == NULL)
        return STARLINGS_NONE;
    return partition->labels[record];
}

const uint32_t *starlings_partition_labels(const starlings_partition *partition)
{
    return partition == NULL || partition->record_count == 0 ? NULL : partition->labels;
}

starlings_status starlings_partition_sizes(const starlings_partition *partition,
                                           const starlings_env *env, starlings_size_count *sizes,
                                           size_t capacity, size_t *out_count)
{
    starlings_env used;
    stln_scratch scratch;
    uint64_t *items, *other;
    size_t count = 0;
    if (out_count == NULL)
        return STARLINGS_ERR_ARG;
    *out_count = 0;
    if (partition == NULL || (sizes == NULL && capacity > 0))
        return STARLINGS_ERR_ARG;
    used = stln_env_of(env, &partition->allocator);
    stln_scratch_open(&scratch, &used.allocator);
    items = (uint64_t *)stln_scratch_alloc(&scratch, partition->entity_count, sizeof *items);
    other = (uint64_t *)stln_scratch_alloc(&scratch, partition->entity_count, sizeof *other);
    if (scratch.failed) {
        stln_scratch_close(&scratch);
        return stln_fail(&used, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    for (uint32_t e = 0; e < partition->entity_count; e++)
        items[e] = partition->starts[e + 1] - partition->starts[e];
    items = stln_sort_u64(items, other, partition->entity_count, 0);
    for (uint32_t e = 0, first = 0; e < partition->entity_count; e++)
        if (e + 1 == partition->entity_count || items[e + 1] != items[e]) {
            if (count < capacity) {
                sizes[count].size = (uint32_t)items[e];
                sizes[count].entities = e + 1 - first;
            }
            first = e + 1;
            count++;
        }
    *out_count = count;
    stln_scratch_close(&scratch);
    return STARLINGS_OK;
}

/* ==== [S60 METRICS] the list, the state, the formulas ====================== */
/* A metric is a formula over a small state of integers: how many clusters, cells and pairs there
   are on each side, a few sums over their sizes. S61 keeps that state at every threshold; here a
   row of it becomes a number, by one division.
   To add a metric: one row in STARLINGS_METRIC_LIST, one function stln_metric_<ID> here.
   Conventions for empty denominators: see S10. Sources: Rand 1971; Hubert & Arabie 1985 (ari);
   Fowlkes & Mallows 1983; Meila 2007 (vi); Strehl & Ghosh 2002 and Kvalseth 1987 (nmi); Rosenberg
   & Hirschberg 2007 (homogeneity, completeness, v); Bagga & Baldwin 1998 (b-cubed); Menestrina,
   Whang, Garcia-Molina 2010 (exact clusters); Zhao & Karypis 2004 (purity); van Dongen 2000. */

typedef struct stln_state {
    uint64_t n;
    uint64_t pairs;      /* T = n (n-1) / 2 */
    uint64_t clusters_a; /* K_a */
    uint64_t clusters_b;
    uint64_t cells;
    uint64_t pairs_a; /* P_a */
    uint64_t pairs_b;
    uint64_t tp;
    uint64_t exact;
    uint64_t max_a; /* M_a: sum over clusters of a of their largest cell */
    uint64_t max_b;
    uint64_t singles_b;
    uint64_t largest_b;
    stln_u128 entropy_a; /* sum of g over the clusters of a: n H_a, in units of 2^-64 */
    stln_u128 entropy_b;
    stln_u128 entropy_ab; /* over the cells */
    stln_u128 precision;  /* sum over clusters of b of (sum c^2) / b, in units of 2^-64 */
    stln_u128 recall;     /* sum over clusters of a of (sum c^2) / a, in units of 2^-95 */
} stln_state;

#define STLN_RECALL_BITS 95 /* n 2^95 < 2^127 */

typedef union stln_value {
    uint64_t integer;
    double real;
} stln_value;

STLN_INLINE stln_value stln_integer(uint64_t integer)
{
    stln_value value;
    value.integer = integer;
    return value;
}

STLN_INLINE stln_value stln_real(double real)
{
    stln_value value;
    value.real = real;
    return value;
}

/* num / den, or `empty` where den is 0. */
STLN_INLINE stln_value stln_share(uint64_t num, uint64_t den, double empty)
{
    return stln_real(den == 0 ? empty : stln_ratio64(num, den));
}

/* Both sides are the same partition. */
STLN_INLINE bool stln_state_same(const stln_state *s)
{
    return s->clusters_a == s->cells && s->clusters_b == s->cells;
}

/* n MI. Rounding never makes it negative. */
STLN_INLINE stln_u128 stln_state_mi(const stln_state *s)
{
    stln_u128 both = stln_add(s->entropy_a, s->entropy_b);
    return stln_less(both, s->entropy_ab) ? stln_u128_of(0) : stln_sub(both, s->entropy_ab);
}

/* MI over a mean, both times n; `empty` where the mean is 0. Rounding never lifts it above 1. */
STLN_INLINE stln_value stln_state_nmi(const stln_state *s, stln_u128 mean, double empty)
{
    stln_u128 mi = stln_state_mi(s);
    if (stln_is_zero(mean))
        return stln_real(empty);
    return stln_real(stln_less(mean, mi) ? 1.0 : stln_ratio(mi, mean));
}

static stln_value stln_metric_N(const stln_state *s)
{
    return stln_integer(s->n);
}

static stln_value stln_metric_CLUSTERS_A(const stln_state *s)
{
    return stln_integer(s->clusters_a);
}

static stln_value stln_metric_CLUSTERS_B(const stln_state *s)
{
    return stln_integer(s->clusters_b);
}

static stln_value stln_metric_CELLS(const stln_state *s)
{
    return stln_integer(s->cells);
}

static stln_value stln_metric_PAIRS_A(const stln_state *s)
{
    return stln_integer(s->pairs_a);
}

static stln_value stln_metric_PAIRS_B(const stln_state *s)
{
    return stln_integer(s->pairs_b);
}

static stln_value stln_metric_PAIR_TP(const stln_state *s)
{
    return stln_integer(s->tp);
}

static stln_value stln_metric_PAIR_FP(const stln_state *s)
{
    return stln_integer(s->pairs_b - s->tp);
}

static stln_value stln_metric_PAIR_FN(const stln_state *s)
{
    return stln_integer(s->pairs_a - s->tp);
}

static stln_value stln_metric_PAIR_TN(const stln_state *s)
{
    return stln_integer(s->pairs + s->tp - s->pairs_a - s->pairs_b);
}

static stln_value stln_metric_EXACT_CLUSTERS(const stln_state *s)
{
    return stln_integer(s->exact);
}

static stln_value stln_metric_ROWMAX_SUM(const stln_state *s)
{
    return stln_integer(s->max_a);
}

static stln_value stln_metric_COLMAX_SUM(const stln_state *s)
{
    return stln_integer(s->max_b);
}

static stln_value stln_metric_PAIRWISE_PRECISION(const stln_state *s)
{
    return stln_share(s->tp, s->pairs_b, 1.0);
}

static stln_value stln_metric_PAIRWISE_RECALL(const stln_state *s)
{
    return stln_share(s->tp, s->pairs_a, 1.0);
}

static stln_value stln_metric_PAIRWISE_F1(const stln_state *s)
{
    return stln_share(2 * s->tp, s->pairs_a + s->pairs_b, 1.0);
}

static stln_value stln_metric_RAND(const stln_state *s)
{
    return stln_share(s->pairs + 2 * s->tp - s->pairs_a - s->pairs_b, s->pairs, 1.0);
}

/* Products of pair counts need 126 bits; the last sum of them 127. */
static stln_value stln_metric_ARI(const stln_state *s)
{
    stln_u128 got = stln_mul(s->tp, s->pairs), chance = stln_mul(s->pairs_a, s->pairs_b);
    stln_u128 most = stln_sub(stln_mul(s->pairs_a + s->pairs_b, s->pairs),
                              stln_shift_left(chance, 1));
    if (s->tp == s->pairs_a && s->tp == s->pairs_b)
        return stln_real(1.0);
    if (stln_less(got, chance))
        return stln_real(-stln_ratio(stln_shift_left(stln_sub(chance, got), 1), most));
    return stln_real(stln_ratio(stln_shift_left(stln_sub(got, chance), 1), most));
}

static stln_value stln_metric_FOWLKES_MALLOWS(const stln_state *s)
{
    if (s->tp == 0)
        return stln_real(0.0);
    return stln_real(
        stln_sqrt(stln_ratio(stln_mul(s->tp, s->tp), stln_mul(s->pairs_a, s->pairs_b))));
}

static stln_value stln_metric_JACCARD(const stln_state *s)
{
    return stln_share(s->tp, s->pairs_a + s->pairs_b - s->tp, 1.0);
}

/* A sum of g in units of 2^-64 over n. */
static stln_value stln_state_mean(stln_u128 sum, uint64_t n)
{
    return stln_real(n == 0 ? 0.0 : stln_ratio_scaled(sum, stln_u128_of(n), -64));
}

static stln_value stln_metric_ENTROPY_A(const stln_state *s)
{
    return stln_state_mean(s->entropy_a, s->n);
}

static stln_value stln_metric_ENTROPY_B(const stln_state *s)
{
    return stln_state_mean(s->entropy_b, s->n);
}

static stln_value stln_metric_JOINT_ENTROPY(const stln_state *s)
{
    return stln_state_mean(s->entropy_ab, s->n);
}

static stln_value stln_metric_MI(const stln_state *s)
{
    return stln_state_mean(stln_state_mi(s), s->n);
}

static stln_value stln_metric_VI(const stln_state *s)
{
    stln_u128 twice = stln_shift_left(s->entropy_ab, 1);
    stln_u128 both = stln_add(s->entropy_a, s->entropy_b);
    return stln_state_mean(stln_less(twice, both) ? stln_u128_of(0) : stln_sub(twice, both), s->n);
}

static stln_value stln_metric_HOMOGENEITY(const stln_state *s)
{
    return stln_state_nmi(s, s->entropy_a, 1.0);
}

static stln_value stln_metric_COMPLETENESS(const stln_state *s)
{
    return stln_state_nmi(s, s->entropy_b, 1.0);
}

static stln_value stln_metric_NMI_ARITHMETIC(const stln_state *s)
{
    stln_u128 both = stln_add(s->entropy_a, s->entropy_b), mi = stln_state_mi(s);
    if (stln_is_zero(both))
        return stln_real(1.0);
    mi = stln_shift_left(mi, 1);
    return stln_real(stln_less(both, mi) ? 1.0 : stln_ratio(mi, both));
}

static stln_value stln_metric_V_MEASURE(const stln_state *s)
{
    return stln_metric_NMI_ARITHMETIC(s); /* the same number */
}

static stln_value stln_metric_NMI_MIN(const stln_state *s)
{
    stln_u128 least = stln_less(s->entropy_a, s->entropy_b) ? s->entropy_a : s->entropy_b;
    return stln_state_nmi(s, least, stln_state_same(s) ? 1.0 : 0.0);
}

static stln_value stln_metric_NMI_GEOMETRIC(const stln_state *s)
{
    double mi = stln_metric_MI(s).real, a = stln_metric_ENTROPY_A(s).real;
    double b = stln_metric_ENTROPY_B(s).real, value;
    if (stln_state_same(s))
        return stln_real(1.0);
    if (!(a > 0.0 && b > 0.0))
        return stln_real(0.0);
    value = mi / stln_sqrt(a * b);
    return stln_real(value > 1.0 ? 1.0 : value);
}

static stln_value stln_metric_NMI_MAX(const stln_state *s)
{
    stln_u128 most = stln_less(s->entropy_a, s->entropy_b) ? s->entropy_b : s->entropy_a;
    return stln_state_nmi(s, most, 1.0);
}

static stln_value stln_metric_NMI_JOINT(const stln_state *s)
{
    return stln_state_nmi(s, s->entropy_ab, 1.0);
}

static stln_value stln_metric_BCUBED_PRECISION(const stln_state *s)
{
    return s->n == 0 ? stln_real(1.0) : stln_state_mean(s->precision, s->n);
}

static stln_value stln_metric_BCUBED_RECALL(const stln_state *s)
{
    if (s->tp == s->pairs_a) /* all found: exactly 1, whatever 1/a was cut to */
        return stln_real(1.0);
    return stln_real(stln_ratio_scaled(s->recall, stln_u128_of(s->n), -STLN_RECALL_BITS));
}

/* 2 P R / (P + R) = 2 small / n * big / (small + big), where big and small are n P and n R in units
   of 2^-95. Doubles would round four times; here 62 bits or more of each factor stay. */
static stln_value stln_metric_BCUBED_F1(const stln_state *s)
{
    stln_u128 big = stln_shift_left(s->precision, STLN_RECALL_BITS - 64), small = s->recall, sum;
    uint64_t rest, share;
    unsigned by;
    if (s->n == 0)
        return stln_real(1.0);
    if (s->tp == s->pairs_a)
        small = stln_shift_left(stln_u128_of(s->n), STLN_RECALL_BITS);
    if (stln_less(big, small)) {
        sum = big;
        big = small;
        small = sum;
    }
    sum = stln_add(big, small); /* at most n 2^96 < 2^128, and above 2^95 */
    by = 64 - stln_leading_zeros(sum.hi);
    big = stln_shift_right(big, by);
    share = stln_div(stln_shift_left(big, 63), stln_shift_right(sum, by).lo, &rest);
    by = small.hi == 0 ? 0 : 64 - stln_leading_zeros(small.hi);
    small = stln_mul(stln_shift_right(small, by).lo, share);
    return stln_real(stln_ratio_scaled(small, stln_u128_of(s->n),
                                       (int)by + 1 - 63 - STLN_RECALL_BITS));
}

static stln_value stln_metric_CLUSTER_PRECISION(const stln_state *s)
{
    return stln_share(s->exact, s->clusters_b, 1.0);
}

static stln_value stln_metric_CLUSTER_RECALL(const stln_state *s)
{
    return stln_share(s->exact, s->clusters_a, 1.0);
}

static stln_value stln_metric_CLUSTER_F1(const stln_state *s)
{
    return stln_share(2 * s->exact, s->clusters_a + s->clusters_b, 1.0);
}

static stln_value stln_metric_PURITY(const stln_state *s)
{
    return stln_share(s->max_b, s->n, 1.0);
}

static stln_value stln_metric_INVERSE_PURITY(const stln_state *s)
{
    return stln_share(s->max_a, s->n, 1.0);
}

static stln_value stln_metric_PURITY_F1(const stln_state *s)
{
    if (s->n == 0)
        return stln_real(1.0);
    return stln_real(stln_ratio(stln_shift_left(stln_mul(s->max_a, s->max_b), 1),
                                stln_mul(s->max_a + s->max_b, s->n)));
}

static stln_value stln_metric_SPLIT_JOIN(const stln_state *s)
{
    return stln_integer(2 * s->n - s->max_a - s->max_b);
}

static stln_value stln_metric_SPLIT_JOIN_A(const stln_state *s)
{
    return stln_integer(s->n - s->max_a);
}

static stln_value stln_metric_SPLIT_JOIN_B(const stln_state *s)
{
    return stln_integer(s->n - s->max_b);
}

static stln_value stln_metric_SINGLETONS_B(const stln_state *s)
{
    return stln_integer(s->singles_b);
}

static stln_value stln_metric_MAX_SIZE_B(const stln_state *s)
{
    return stln_integer(s->largest_b);
}

static stln_value stln_metric_MEAN_SIZE_B(const stln_state *s)
{
    return stln_share(s->n, s->clusters_b, 0.0);
}

typedef stln_value stln_metric_fn(const stln_state *state);

static stln_metric_fn *const stln_metric_fns[STARLINGS_METRIC_COUNT] = {
#define STLN_METRIC_FN(id, name, group, kind, side, direction, range, formula) stln_metric_##id,
    STARLINGS_METRIC_LIST(STLN_METRIC_FN)
#undef STLN_METRIC_FN
};

static const starlings_metric_info stln_metric_infos[STARLINGS_METRIC_COUNT] = {
#define STLN_KIND_I true
#define STLN_KIND_R false
#define STLN_SIDE_A true
#define STLN_SIDE_B false
#define STLN_METRIC_INFO(id, name, group, kind, side, direction, range, formula) \
    { name, group, range, formula, STLN_KIND_##kind, STLN_SIDE_##side, direction },
    STARLINGS_METRIC_LIST(STLN_METRIC_INFO)
#undef STLN_METRIC_INFO
#undef STLN_SIDE_B
#undef STLN_SIDE_A
#undef STLN_KIND_R
#undef STLN_KIND_I
};

const starlings_metric_info *starlings_metric_describe(starlings_metric metric)
{
    if ((uint32_t)metric >= (uint32_t)STARLINGS_METRIC_COUNT)
        return NULL;
    return &stln_metric_infos[metric];
}

void starlings_metric_set_add(starlings_metric_set *set, starlings_metric metric)
{
    if (set != NULL && (uint32_t)metric < (uint32_t)STARLINGS_METRIC_COUNT)
        set->bits[(uint32_t)metric / 64] |= (uint64_t)1 << ((uint32_t)metric % 64);
}

bool starlings_metric_set_has(const starlings_metric_set *set, starlings_metric metric)
{
    if (set == NULL || (uint32_t)metric >= (uint32_t)STARLINGS_METRIC_COUNT)
        return false;
    return (set->bits[(uint32_t)metric / 64] >> ((uint32_t)metric % 64) & 1) != 0;
}

starlings_metric_set starlings_metric_set_all(bool with_reference)
{
    starlings_metric_set set;
    memset(&set, 0, sizeof set);
    for (uint32_t m = 0; m < (uint32_t)STARLINGS_METRIC_COUNT; m++)
        if (with_reference || !stln_metric_infos[m].needs_reference)
            starlings_metric_set_add(&set, (starlings_metric)m);
    return set;
}

starlings_metric_set starlings_metric_set_default(bool with_reference)
{
    static const starlings_metric with[] = {
        STARLINGS_METRIC_CLUSTERS_B,  STARLINGS_METRIC_PAIRWISE_PRECISION,
        STARLINGS_METRIC_PAIRWISE_RECALL, STARLINGS_METRIC_PAIRWISE_F1,
        STARLINGS_METRIC_ARI, STARLINGS_METRIC_NMI_ARITHMETIC, STARLINGS_METRIC_BCUBED_F1
    };
    static const starlings_metric without[] = {
        STARLINGS_METRIC_CLUSTERS_B, STARLINGS_METRIC_SINGLETONS_B, STARLINGS_METRIC_MAX_SIZE_B,
        STARLINGS_METRIC_MEAN_SIZE_B, STARLINGS_METRIC_ENTROPY_B
    };
    starlings_metric_set set;
    memset(&set, 0, sizeof set);
    for (size_t i = 0; with_reference && i < sizeof with / sizeof *with; i++)
        starlings_metric_set_add(&set, with[i]);
    for (size_t i = 0; !with_reference && i < sizeof without / sizeof *without; i++)
        starlings_metric_set_add(&set, without[i]);
    return set;
}

/* Edits (insert, drop, replace) between two short texts; longer ones are far from everything.
   Source: Wagner & Fischer 1974, one row at a time. */
#define STLN_NAME_MAX 48u
static size_t stln_name_distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t row[STLN_NAME_MAX + 1];
    if (a_size > STLN_NAME_MAX || b_size > STLN_NAME_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t best = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b_size];
}

typedef struct stln_metric_alias {
    const char *name;
    starlings_metric metric;
} stln_metric_alias;

static const stln_metric_alias stln_metric_aliases[] = {
    { "f1", STARLINGS_METRIC_PAIRWISE_F1 },
    { "precision", STARLINGS_METRIC_PAIRWISE_PRECISION },
    { "recall", STARLINGS_METRIC_PAIRWISE_RECALL },
    { "nmi", STARLINGS_METRIC_NMI_ARITHMETIC },
    { "entities", STARLINGS_METRIC_CLUSTERS_B },
    { "entity_count", STARLINGS_METRIC_CLUSTERS_B },
    { "entropy", STARLINGS_METRIC_ENTROPY_B },
};

starlings_status starlings_metric_from_name(const char *name, size_t size,
                                            starlings_metric *out_metric)
{
    const size_t aliases = sizeof stln_metric_aliases / sizeof *stln_metric_aliases;
    size_t nearest = SIZE_MAX;
    if (out_metric == NULL)
        return STARLINGS_ERR_ARG;
    *out_metric = STARLINGS_METRIC_N;
    if (name == NULL)
        return STARLINGS_ERR_ARG;
    for (size_t i = 0; i < (size_t)STARLINGS_METRIC_COUNT + aliases; i++) {
        bool alias = i >= (size_t)STARLINGS_METRIC_COUNT;
        size_t at = alias ? i - (size_t)STARLINGS_METRIC_COUNT : i;
        const char *known = alias ? stln_metric_aliases[at].name : stln_metric_infos[at].name;
        size_t distance = stln_name_distance(name, size, known, strlen(known));
        if (distance < nearest) {
            nearest = distance;
            *out_metric = alias ? stln_metric_aliases[at].metric : (starlings_metric)at;
        }
    }
    return nearest == 0 ? STARLINGS_OK : STARLINGS_ERR_NAME;
}

/* ==== [S61 SWEEP] one pass for all thresholds ============================== */
/* From the highest threshold down, entities only merge. Each merge changes the state of S60 by
   amounts that depend on the merging sizes alone, so it is enough to add these amounts into the
   row of the merge's key, and to sum the rows up from the highest: no partition is ever formed.

   The rows. A merge at a key counts in the last row whose key is not above it, and in all before.
   rank[p] is 1 + that row for the merge at boundary p, 0 where there is none or no row is so low.
   Ranks take the place of heights from here on: merges of one row may come in any order.

   Class pass. The members of a class (a reference entity) at positions p1 < p2 < ... of perm are
   one cell wherever the gap between neighbours, the least rank in between, is above the row. So
   the cells of a class live and merge as its own small Cartesian tree over its gaps:
     stack of (count, boundary): pop while the stacked gap is higher than the new one; a pop merges
     cells of x and y records at that gap's row. Gap 0: the cell ends.
   A pop is charged to the boundary j where its gap is reached (of several the leftmost; all of
   them belong to one run below, so any would do):
     charge[j].squares += 2xy     charge[j].most = max(x + y)
   Global pass. The same stack over all positions, with whole entities: size S, Q = sum of squared
   cells, M = largest cell. A run of equal ranks is one n-ary merge: S and Q and the squares of
   its boundaries add up, M is the largest of the children's and of the run's charges. An entity is
   exactly a class iff Q == S^2 (one class only) and S is the size of its head's class.

   Some state wants the merges of one class from the highest key down (M_a: the largest cell of a
   class so far). For it the class pass leaves its merges as events, a counting sort brings them in
   the order of keys, and consumers take them one by one.

   One batch comparison is the same code on one row: boundaries inside an entity get rank 1.
   I1  All sums are integers, modulo their width, and end within it: any order, any split gives the
       same bits. An incremental value is the batch value.
   I2  A row is evaluated after all merges of its key.
   Cost: O(n + rows) time; work space 56 bytes a record (24 of them touched only as deep as the
   tree is), 4 MB, and 112 bytes a row (of every worker's table, which have at most n/8 rows in all,
   or of the one that they share). Sources: the telescoping of sums over merges is in
   Menestrina et al. 2010 (slice); range minima over a leaf order: S52. */

typedef struct stln_charge {
    uint64_t squares;
    uint32_t most;
} stln_charge;

typedef struct stln_join_sum { /* what the merges of one key change about b; one cache line */
    uint64_t pairs;
    stln_u128 entropy;
    stln_u128 precision;
    uint32_t merges;
    uint32_t singles; /* that are gone */
    uint32_t max_b;
    uint32_t exact;
    uint32_t largest; /* a maximum, not a sum */
    uint32_t unused;
} stln_join_sum;

typedef struct stln_cell_sum { /* and about cells */
    uint64_t tp;
    uint32_t merges;
    uint32_t max_a;
    stln_u128 entropy;
    stln_u128 recall;
} stln_cell_sum;

typedef struct stln_event { /* `size` records of a class are one cell from this row on */
    uint32_t row;
    uint32_t size;
} stln_event;

typedef struct stln_open { /* an entity waiting for what comes after boundary `at` */
    uint64_t squares;
    uint32_t size;
    uint32_t most;
    uint32_t head_class;
    uint32_t at;
} stln_open;

#define STLN_TERMS 4096u        /* sizes with a ready g(s) and 1/s: 128 KB */
#define STLN_RANK_SEARCH 65536u /* fewer records than this do without a table of 4 MB */

struct starlings_sweep {
    starlings_allocator allocator;
    uint32_t owners;
    bool exact;
    size_t row_count;
    uint32_t *keys;
    void *column[STARLINGS_METRIC_COUNT]; /* uint64_t or double, row_count long; NULL: not asked */
};

typedef struct stln_sweep {
    const starlings_env *env;
    stln_crew *crew;
    stln_scratch *scratch;
    uint32_t n;
    const uint32_t *perm;
    const uint32_t *keys; /* of the rows */
    size_t rows;
    uint32_t *rank;  /* by boundary */
    stln_state base; /* all records alone */
    stln_u128 ln_n;
    uint32_t term_count;
    stln_u128 *term;    /* g(s) */
    stln_u128 *inverse; /* floor(2^95 / s) */
    const starlings_partition *reference;
    uint32_t *class_at;    /* class of the record at a position */
    uint32_t *member;      /* positions, class by class */
    uint32_t *class_first; /* where in member each begins */
    stln_charge *charge;   /* by boundary */
    stln_open *stack;      /* n: a part uses the stretch of its own positions */
    stln_event *event;     /* NULL: no consumer wants events */
    stln_minima minima;
    stln_join_sum *join; /* tables of `rows` rows; `tables` of them one after the other */
    stln_cell_sum *cell;
    uint32_t tables; /* 1 with more workers: shared, added to atomically */
    bool shared;
    uint32_t parts;
    uint32_t *part_begin; /* positions or classes: parts + 1 */
} stln_sweep;

STLN_INLINE stln_u128 stln_sweep_term(const stln_sweep *s, uint32_t size)
{
    if (size < s->term_count)
        return s->term[size];
    return stln_entropy_term(size, s->n, s->ln_n);
}

STLN_INLINE void stln_add_to(stln_u128 *at, stln_u128 value, bool shared)
{
    if (shared) { /* a carry may come later than its low half: the sum is right in the end */
        uint64_t before = stln_atomic_add64(&at->lo, value.lo);
        uint64_t carry = before + value.lo < before;
        (void)stln_atomic_add64(&at->hi, value.hi + carry);
        return;
    }
    *at = stln_add(*at, value);
}

STLN_INLINE void stln_add_to64(uint64_t *at, uint64_t value, bool shared)
{
    if (shared)
        (void)stln_atomic_add64(at, value);
    else
        *at += value;
}

STLN_INLINE void stln_add_to32(uint32_t *at, uint32_t value, bool shared)
{
    if (shared)
        (void)stln_atomic_add(at, value);
    else
        *at += value;
}

STLN_INLINE void stln_raise(uint32_t *at, uint32_t value, bool shared)
{
    if (!shared) {
        if (*at < value)
            *at = value;
        return;
    }
    for (;;) {
        uint32_t seen = stln_atomic_load(at);
        if (seen >= value || stln_atomic_cas(at, seen, value))
            return;
    }
}

/* ---- the class pass -------------------------------------------------------- */

/* Cells of x and y records of a class with 1/size `inverse` become one at boundary j. */
STLN_INLINE void stln_cell_merge(const stln_sweep *s, stln_cell_sum *sums, uint32_t j, uint32_t x,
                                 uint32_t y, stln_u128 inverse)
{
    uint64_t xy = (uint64_t)x * y;
    stln_cell_sum *sum = &sums[s->rank[j] - 1];
    stln_u128 entropy = stln_sweep_term(s, x + y);
    entropy = stln_sub(entropy, stln_sweep_term(s, x));
    entropy = stln_sub(entropy, stln_sweep_term(s, y));
    stln_add_to64(&sum->tp, xy, s->shared);
    stln_add_to32(&sum->merges, 1, s->shared);
    stln_add_to(&sum->entropy, entropy, s->shared);
    stln_add_to(&sum->recall, stln_mul_wide(inverse, 2 * xy), s->shared);
    stln_add_to64(&s->charge[j].squares, 2 * xy, s->parts > 1);
    stln_raise(&s->charge[j].most, x + y, s->parts > 1);
}

/* All cells of one class. first: where its members begin, also its stretch of stack and events. */
static void stln_class_sweep(const stln_sweep *s, stln_cell_sum *sums, uint32_t first, uint32_t end)
{
    stln_open *stack = s->stack + first; /* uses `size` (count of the cell) and `at` (boundary) */
    stln_event *event = s->event != NULL ? s->event + first : NULL;
    uint32_t size = end - first, depth = 0, count = 1;
    stln_u128 inverse = stln_u128_of(0);
    if (size > 1)
        inverse = size < s->term_count
                      ? s->inverse[size]
                      : stln_div_wide(stln_shift_left(stln_u128_of(1), STLN_RECALL_BITS), size);
    for (uint32_t i = first + 1; i <= end; i++) {
        uint32_t gap = 0, j = 0;
        if (i + STLN_AHEAD < s->n) { /* boundaries of low rank are often right before a member */
            STLN_PREFETCH(&s->rank[s->member[i + STLN_AHEAD]]);
            STLN_PREFETCH(&s->charge[s->member[i + STLN_AHEAD]]);
        }
        if (i < end) {
            j = stln_minima_find(&s->minima, s->member[i - 1] + 1, s->member[i] + 1);
            gap = s->rank[j];
        }
        while (depth > 0 && s->rank[stack[depth - 1].at] > gap) {
            depth--;
            stln_cell_merge(s, sums, stack[depth].at, stack[depth].size, count, inverse);
            count += stack[depth].size;
            if (event != NULL) {
                event->row = s->rank[stack[depth].at] - 1;
                event->size = count;
                event++;
            }
        }
        if (gap > 0) {
            STLN_PREFETCH(&sums[gap - 1]);
            stack[depth].at = j;
            stack[depth].size = count;
            depth++;
        }
        count = 1;
    }
}

static void stln_class_task(void *ctx, uint32_t task)
{
    const stln_sweep *s = (const stln_sweep *)ctx;
    stln_cell_sum *sums = s->cell + (s->shared ? 0 : task * s->rows);
    for (uint32_t c = s->part_begin[task]; c < s->part_begin[task + 1]; c++)
        stln_class_sweep(s, sums, s->class_first[c], s->class_first[c + 1]);
}

/* ---- the global pass ------------------------------------------------------- */

typedef struct stln_entity {
    uint64_t squares;
    uint32_t size;
    uint32_t most;
    uint32_t head_class;
} stln_entity;

/* sum c^2 / size in units of 2^-64. */
STLN_INLINE stln_u128 stln_entity_precision(uint64_t squares, uint32_t size)
{
    stln_u128 q;
    if (squares == (uint64_t)size * size) { /* pure, as most are: nothing to divide */
        q.hi = size;
        q.lo = 0;
        return q;
    }
    q.hi = squares;
    q.lo = 0;
    return stln_div_wide(q, size);
}

STLN_INLINE bool stln_entity_exact(const stln_sweep *s, uint64_t squares, uint32_t size,
                                   uint32_t head_class)
{
    return squares == (uint64_t)size * size &&
           s->class_first[head_class + 1] - s->class_first[head_class] == size;
}

STLN_INLINE uint64_t stln_pairs(uint64_t size)
{
    return (size & 1) != 0 ? size * ((size - 1) / 2) : size / 2 * (size - (size > 0));
}

/* What one entity counts for in a table row: added (sign 1) when it comes to be, taken off when it
   goes. */
STLN_INLINE void stln_join_count(const stln_sweep *s, stln_join_sum *sum, const stln_entity *e,
                                 bool comes)
{
    stln_u128 entropy = stln_sweep_term(s, e->size);
    uint64_t pairs = stln_pairs(e->size);
    sum->entropy = comes ? stln_add(sum->entropy, entropy) : stln_sub(sum->entropy, entropy);
    sum->pairs += comes ? pairs : 0 - pairs;
    if (s->reference == NULL)
        return;
    {
        stln_u128 precision = stln_entity_precision(e->squares, e->size);
        uint32_t exact = stln_entity_exact(s, e->squares, e->size, e->head_class);
        sum->precision = comes ? stln_add(sum->precision, precision)
                               : stln_sub(sum->precision, precision);
        sum->max_b += comes ? e->most : 0 - e->most;
        sum->exact += comes ? exact : 0 - exact;
    }
}

static void stln_join_add(stln_join_sum *to, const stln_join_sum *sum, bool shared)
{
    stln_add_to64(&to->pairs, sum->pairs, shared);
    stln_add_to(&to->entropy, sum->entropy, shared);
    stln_add_to(&to->precision, sum->precision, shared);
    stln_add_to32(&to->merges, sum->merges, shared);
    stln_add_to32(&to->singles, sum->singles, shared);
    stln_add_to32(&to->max_b, sum->max_b, shared);
    stln_add_to32(&to->exact, sum->exact, shared);
    stln_raise(&to->largest, sum->largest, shared);
}

/* Close the run of open entities whose boundary has the rank of the top one: they and `last` are
   one entity from there on. Returns how many stay open; *last becomes the new entity. */
static uint32_t stln_join_close(const stln_sweep *s, stln_join_sum *sums, const stln_open *stack,
                                uint32_t depth, stln_entity *last)
{
    uint32_t rank = s->rank[stack[depth - 1].at];
    stln_join_sum sum;
    stln_entity all = *last;
    memset(&sum, 0, sizeof sum);
    stln_join_count(s, &sum, last, false);
    sum.singles = last->size == 1;
    while (depth > 0 && s->rank[stack[depth - 1].at] == rank) {
        const stln_open *open = &stack[--depth];
        stln_entity child;
        child.squares = open->squares;
        child.size = open->size;
        child.most = open->most;
        child.head_class = open->head_class;
        stln_join_count(s, &sum, &child, false);
        sum.singles += child.size == 1;
        sum.merges++;
        all.size += child.size;
        if (s->reference != NULL) {
            const stln_charge *charge = &s->charge[open->at];
            all.squares += child.squares + charge->squares;
            all.most = child.most > all.most ? child.most : all.most;
            all.most = charge->most > all.most ? charge->most : all.most;
            all.head_class = child.head_class;
        }
    }
    stln_join_count(s, &sum, &all, true);
    sum.largest = all.size;
    stln_join_add(&sums[rank - 1], &sum, s->shared);
    *last = all;
    return depth;
}

/* Positions [begin, end), both ends between components. */
static void stln_join_sweep(const stln_sweep *s, stln_join_sum *sums, uint32_t begin, uint32_t end)
{
    stln_open *stack = s->stack + begin;
    uint32_t depth = 0;
    for (uint32_t p = begin; p < end; p++) {
        uint32_t next = p + 1 < end ? s->rank[p + 1] : 0;
        stln_entity entity;
        if (p + STLN_AHEAD < end && s->rank[p + STLN_AHEAD] > 0)
            STLN_PREFETCH(&sums[s->rank[p + STLN_AHEAD] - 1]);
        entity.squares = 1;
        entity.size = 1;
        entity.most = 1;
        entity.head_class = s->reference != NULL ? s->class_at[p] : 0;
        while (depth > 0 && s->rank[stack[depth - 1].at] > next)
            depth = stln_join_close(s, sums, stack, depth, &entity);
        if (next == 0)
            continue;
        stack[depth].squares = entity.squares;
        stack[depth].size = entity.size;
        stack[depth].most = entity.most;
        stack[depth].head_class = entity.head_class;
        stack[depth].at = p + 1;
        depth++;
    }
}

static void stln_join_task(void *ctx, uint32_t task)
{
    const stln_sweep *s = (const stln_sweep *)ctx;
    stln_join_sweep(s, s->join + (s->shared ? 0 : task * s->rows), s->part_begin[task],
                    s->part_begin[task + 1]);
}

/* ---- consumers of ordered events ------------------------------------------- */

/* M_a: the largest cell of each class so far, summed. */
static void stln_largest_consume(uint32_t *largest, uint32_t klass, const stln_event *event,
                                 stln_cell_sum *sums)
{
    if (event->size <= largest[klass])
        return;
    sums[event->row].max_a += event->size - largest[klass];
    largest[klass] = event->size;
}

/* Bring the events in the order of rows, the last row (the highest key) first, and hand them out.
   The class of an event is that of the member in whose place it stands. */
static starlings_status stln_sweep_events(stln_sweep *s)
{
    uint64_t *items = (uint64_t *)stln_scratch_alloc(s->scratch, s->n, sizeof *items), *sorted;
    uint64_t *other = (uint64_t *)stln_scratch_alloc(s->scratch, s->n, sizeof *other);
    uint32_t *largest = (uint32_t *)stln_scratch_alloc(s->scratch, s->reference->entity_count,
                                                       sizeof *largest);
    size_t count = 0;
    if (s->scratch->failed)
        return stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
    for (uint32_t c = 0; c < s->reference->entity_count; c++)
        largest[c] = 1;
    for (uint32_t i = 0; i < s->n; i++)
        if (s->event[i].size > 0)
            items[count++] = (uint64_t)(UINT32_MAX - s->event[i].row) << 32 | i;
    sorted = stln_sort_u64(items, other, count, 32);
    for (size_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)sorted[i];
        stln_largest_consume(largest, s->class_at[s->member[at]], &s->event[at], s->cell);
    }
    stln_scratch_drop(s->scratch, items, false);
    stln_scratch_drop(s->scratch, other, false);
    stln_scratch_drop(s->scratch, largest, false);
    return STARLINGS_OK;
}

/* ---- set-up ---------------------------------------------------------------- */

/* Rows of an exact sweep: every key that joins anything, and 1. */
static starlings_status stln_sweep_exact_keys(const stln_sweep *s, const uint32_t *height,
                                              starlings_sweep *out)
{
    uint64_t *marks = (uint64_t *)stln_scratch_alloc(s->scratch, STLN_KEY_WORDS, sizeof *marks);
    if (marks == NULL)
        return stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
    out->row_count = stln_keys_mark(height, s->n, marks);
    if ((marks[STARLINGS_ONE / 64] >> (STARLINGS_ONE % 64) & 1) == 0) {
        marks[STARLINGS_ONE / 64] |= (uint64_t)1 << (STARLINGS_ONE % 64);
        out->row_count++;
    }
    out->keys = (uint32_t *)stln_alloc(&out->allocator, out->row_count, sizeof *out->keys);
    if (out->keys != NULL)
        stln_keys_list(marks, out->keys, out->row_count);
    stln_scratch_drop(s->scratch, marks, false);
    return out->keys != NULL ? STARLINGS_OK : stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
}

/* How many rows have keys below `height`, that is at most height - 1. */
static uint32_t stln_rank_of(const uint32_t *keys, size_t rows, uint32_t height)
{
    size_t low = 0, high = rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (keys[middle] < height)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* Ranks of a hierarchy's heights: few by search, many by way of a table height -> rank. */
static starlings_status stln_sweep_rank(stln_sweep *s, const uint32_t *height)
{
    const size_t heights = (size_t)STARLINGS_ONE + 2;
    uint32_t *table, rank = 0;
    for (uint32_t p = 0; s->n < STLN_RANK_SEARCH && p < s->n; p++)
        s->rank[p] = stln_rank_of(s->keys, s->rows, height[p]);
    if (s->n < STLN_RANK_SEARCH)
        return STARLINGS_OK;
    table = (uint32_t *)stln_scratch_alloc(s->scratch, heights, sizeof *table);
    if (table == NULL)
        return stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
    for (size_t h = 0; h < heights; h++) {
        if (h > 0 && rank < s->rows && s->keys[rank] == h - 1)
            rank++;
        table[h] = rank;
    }
    for (uint32_t p = 0; p < s->n; p++)
        s->rank[p] = table[height[p]];
    stln_scratch_drop(s->scratch, table, false);
    return STARLINGS_OK;
}

/* A partition has one row: rank 1 inside an entity, 0 before it. */
static void stln_sweep_flatten(stln_sweep *s, const starlings_partition *prediction)
{
    for (uint32_t p = 0; p < s->n; p++)
        s->rank[p] = 1;
    for (uint32_t e = 0; e < prediction->entity_count; e++)
        s->rank[prediction->starts[e]] = 0;
}

/* Terms by size. */
static starlings_status stln_sweep_terms(stln_sweep *s)
{
    s->term_count = s->n < STLN_TERMS ? s->n + 1 : STLN_TERMS;
    s->term = (stln_u128 *)stln_scratch_alloc(s->scratch, s->term_count, sizeof *s->term);
    s->inverse = (stln_u128 *)stln_scratch_alloc(s->scratch, s->term_count, sizeof *s->inverse);
    if (s->scratch->failed)
        return stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
    s->term[0] = s->inverse[0] = stln_u128_of(0);
    s->ln_n = stln_ln(s->n == 0 ? 1 : s->n);
    for (uint32_t size = 1; size < s->term_count; size++) {
        s->term[size] = stln_entropy_term(size, s->n, s->ln_n);
        s->inverse[size] =
            stln_div_wide(stln_shift_left(stln_u128_of(1), STLN_RECALL_BITS), size);
    }
    return STARLINGS_OK;
}

/* Class of each position and the positions of each class, ascending; state of the reference. */
static starlings_status stln_sweep_classes(stln_sweep *s, bool events)
{
    const starlings_partition *reference = s->reference;
    uint32_t classes = reference->entity_count, n = s->n, *cursor, *at, *label;
    s->class_at = (uint32_t *)stln_scratch_alloc(s->scratch, n, sizeof(uint32_t));
    s->member = (uint32_t *)stln_scratch_alloc(s->scratch, n, sizeof(uint32_t));
    s->class_first = (uint32_t *)stln_scratch_alloc(s->scratch, (size_t)classes + 1,
                                                    sizeof(uint32_t));
    s->charge = (stln_charge *)stln_scratch_zeroed(s->scratch, n, sizeof *s->charge);
    if (events)
        s->event = (stln_event *)stln_scratch_zeroed(s->scratch, n, sizeof *s->event);
    at = (uint32_t *)stln_scratch_alloc(s->scratch, stln_minima_size(n), sizeof *at);
    cursor = (uint32_t *)stln_scratch_alloc(s->scratch, classes, sizeof *cursor);
    label = reference->labels;
    if (label == NULL)
        label = (uint32_t *)stln_scratch_alloc(s->scratch, n, sizeof *label);
    if (s->scratch->failed)
        return stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
    stln_minima_fill(&s->minima, stln_kernels_of(s->env->simd), s->rank, n, at);
    for (uint32_t c = 0; c < classes; c++) {
        uint32_t size = reference->starts[c + 1] - reference->starts[c];
        cursor[c] = s->class_first[c] = reference->starts[c];
        s->base.pairs_a += stln_pairs(size);
        s->base.entropy_a = stln_add(s->base.entropy_a, stln_sweep_term(s, size));
        s->base.exact += size == 1;
        for (uint32_t i = reference->starts[c]; label != reference->labels && i < cursor[c] + size;
             i++)
            label[reference->records[i]] = c;
    }
    s->class_first[classes] = n;
    for (uint32_t p = 0; p < n; p++) {
        if (p + STLN_AHEAD < n)
            STLN_PREFETCH(&label[s->perm[p + STLN_AHEAD]]);
        s->class_at[p] = label[s->perm[p]];
    }
    for (uint32_t p = 0; p < n; p++)
        s->member[cursor[s->class_at[p]]++] = p;
    s->base.clusters_a = s->base.max_a = classes;
    s->base.recall = stln_mul_wide(stln_shift_left(stln_u128_of(1), STLN_RECALL_BITS), classes);
    return STARLINGS_OK;
}

/* The state when every record is alone. */
static void stln_sweep_base(stln_sweep *s)
{
    stln_state *base = &s->base;
    base->n = s->n;
    base->pairs = stln_pairs(s->n);
    base->clusters_b = base->cells = base->max_b = base->singles_b = s->n;
    base->largest_b = s->n > 0;
    base->entropy_b = stln_mul_wide(s->ln_n, s->n);
    base->entropy_ab = base->entropy_b;
    base->precision.hi = s->n;
}

/* Tables of sums: one for each worker while they are small beside n, else one for all. */
static starlings_status stln_sweep_sums(stln_sweep *s)
{
    uint32_t workers = (uint32_t)stln_min_size(s->crew->count, s->n / 32768 + 1);
    s->parts = workers;
    s->shared = workers > 1 && s->rows > s->n / 8 / workers;
    s->tables = s->shared ? 1 : workers;
    s->join = (stln_join_sum *)stln_scratch_zeroed(s->scratch, s->rows * s->tables,
                                                   sizeof *s->join);
    s->cell = (stln_cell_sum *)stln_scratch_zeroed(s->scratch, s->rows * s->tables,
                                                   sizeof *s->cell);
    s->stack = (stln_open *)stln_scratch_alloc(s->scratch, s->n, sizeof *s->stack);
    s->part_begin = (uint32_t *)stln_scratch_alloc(s->scratch, (size_t)workers + 1,
                                                   sizeof *s->part_begin);
    return s->scratch->failed ? stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL) : STARLINGS_OK;
}

/* ---- the passes ------------------------------------------------------------ */

/* Classes for each worker, about the same number of records each. */
static void stln_sweep_split_classes(stln_sweep *s)
{
    uint32_t c = 0, classes = s->reference->entity_count;
    for (uint32_t part = 0; part < s->parts; part++) {
        s->part_begin[part] = c;
        while (c < classes && s->class_first[c] < stln_part(s->n, part + 1, s->parts))
            c++;
    }
    s->part_begin[s->parts] = classes;
}

/* Positions for each worker: even parts, each moved on to where a component begins. */
static void stln_sweep_split_positions(stln_sweep *s)
{
    uint32_t p = 0;
    for (uint32_t part = 0; part < s->parts; part++) {
        uint32_t wanted = (uint32_t)stln_part(s->n, part, s->parts);
        if (p < wanted)
            p = wanted;
        while (p < s->n && p > 0 && s->rank[p] > 0)
            p++;
        s->part_begin[part] = p;
    }
    s->part_begin[s->parts] = s->n;
}

/* All tables into the first, all rows into running totals from the highest key down. */
static void stln_sweep_total(stln_sweep *s)
{
    for (uint32_t t = 1; t < s->tables; t++)
        for (size_t r = 0; r < s->rows; r++) {
            const stln_cell_sum *from = &s->cell[t * s->rows + r];
            stln_cell_sum *to = &s->cell[r];
            stln_join_add(&s->join[r], &s->join[t * s->rows + r], false);
            to->tp += from->tp;
            to->merges += from->merges;
            to->max_a += from->max_a;
            to->entropy = stln_add(to->entropy, from->entropy);
            to->recall = stln_add(to->recall, from->recall);
        }
    for (size_t r = s->rows; r-- > 1;) {
        stln_join_add(&s->join[r - 1], &s->join[r], false);
        s->cell[r - 1].tp += s->cell[r].tp;
        s->cell[r - 1].merges += s->cell[r].merges;
        s->cell[r - 1].max_a += s->cell[r].max_a;
        s->cell[r - 1].entropy = stln_add(s->cell[r - 1].entropy, s->cell[r].entropy);
        s->cell[r - 1].recall = stln_add(s->cell[r - 1].recall, s->cell[r].recall);
    }
}

/* The state of a row: everything alone, plus the totals. */
static void stln_sweep_state(const stln_sweep *s, size_t row, stln_state *state)
{
    const stln_join_sum *join = &s->join[row];
    const stln_cell_sum *cell = &s->cell[row];
    *state = s->base;
    state->clusters_b -= join->merges;
    state->pairs_b = join->pairs;
    state->singles_b -= join->singles;
    state->max_b = (uint32_t)(state->max_b + join->max_b);
    state->exact = (uint32_t)(state->exact + join->exact);
    if (state->largest_b < join->largest)
        state->largest_b = join->largest;
    state->entropy_b = stln_add(state->entropy_b, join->entropy);
    state->precision = stln_add(state->precision, join->precision);
    state->cells -= cell->merges;
    state->tp = cell->tp;
    state->max_a += cell->max_a;
    state->entropy_ab = stln_add(state->entropy_ab, cell->entropy);
    state->recall = stln_add(state->recall, cell->recall);
}

typedef struct stln_finish {
    const stln_sweep *sweep;
    starlings_sweep *out;
    uint32_t parts;
} stln_finish;

/* Formulas for a stretch of rows, some rows of state at a time, metric by metric. */
static void stln_finish_task(void *ctx, uint32_t task)
{
    const stln_finish *f = (const stln_finish *)ctx;
    size_t end = stln_part(f->sweep->rows, task + 1, f->parts);
    stln_state state[32];
    for (size_t r = stln_part(f->sweep->rows, task, f->parts); r < end; r += 32) {
        size_t run = stln_min_size(32, end - r);
        for (size_t i = 0; i < run; i++)
            stln_sweep_state(f->sweep, r + i, &state[i]);
        for (uint32_t m = 0; m < (uint32_t)STARLINGS_METRIC_COUNT; m++) {
            stln_metric_fn *fn = stln_metric_fns[m];
            if (f->out->column[m] == NULL)
                continue;
            for (size_t i = 0; i < run; i++) {
                stln_value value = fn(&state[i]);
                if (stln_metric_infos[m].integer)
                    ((uint64_t *)f->out->column[m])[r + i] = value.integer;
                else
                    ((double *)f->out->column[m])[r + i] = value.real;
            }
        }
    }
}

static starlings_status stln_sweep_passes(stln_sweep *s, starlings_sweep *out)
{
    stln_finish finish;
    starlings_status status = STARLINGS_OK;
    if (s->reference != NULL) {
        stln_sweep_split_classes(s);
        stln_crew_run(s->crew, s->parts, stln_class_task, s);
        if (s->event != NULL)
            status = stln_sweep_events(s);
        if (status == STARLINGS_OK)
            status = stln_report(s->env, "sweep classes", 1, 3);
        if (status != STARLINGS_OK)
            return status;
    }
    stln_sweep_split_positions(s);
    stln_crew_run(s->crew, s->parts, stln_join_task, s);
    status = stln_report(s->env, "sweep entities", 2, 3);
    if (status != STARLINGS_OK)
        return status;
    stln_sweep_total(s);
    finish.sweep = s;
    finish.out = out;
    finish.parts = (uint32_t)stln_min_size(s->crew->count, s->rows / 1024 + 1);
    stln_crew_run(s->crew, finish.parts, stln_finish_task, &finish);
    return stln_report(s->env, "metrics", 3, 3);
}

/* ---- making sweeps --------------------------------------------------------- */

static void stln_sweep_free(starlings_sweep *sweep)
{
    starlings_allocator allocator = sweep->allocator;
    stln_free(&allocator, sweep->keys, sweep->row_count, sizeof *sweep->keys);
    for (uint32_t m = 0; m < (uint32_t)STARLINGS_METRIC_COUNT; m++)
        stln_free(&allocator, sweep->column[m], sweep->row_count, sizeof(uint64_t));
    stln_free(&allocator, sweep, 1, sizeof *sweep);
}

/* Some metrics read what only ordered events tell. */
static bool stln_metrics_want_events(const starlings_metric_set *set)
{
    static const starlings_metric wanting[] = {
        STARLINGS_METRIC_ROWMAX_SUM, STARLINGS_METRIC_INVERSE_PURITY, STARLINGS_METRIC_PURITY_F1,
        STARLINGS_METRIC_SPLIT_JOIN, STARLINGS_METRIC_SPLIT_JOIN_A
    };
    for (size_t i = 0; i < sizeof wanting / sizeof *wanting; i++)
        if (starlings_metric_set_has(set, wanting[i]))
            return true;
    return false;
}

/* The rows' keys and the columns, owned by the result. */
static starlings_status stln_sweep_columns(stln_sweep *s, const starlings_sweep_desc *desc,
                                           const starlings_metric_set *metrics,
                                           starlings_sweep *out)
{
    starlings_status status = STARLINGS_OK;
    if (desc->prediction != NULL || desc->keys != NULL) {
        static const uint32_t one = STARLINGS_ONE;
        out->row_count = desc->prediction != NULL ? 1 : desc->key_count;
        out->keys = (uint32_t *)stln_alloc(&out->allocator, out->row_count, sizeof *out->keys);
        if (out->keys == NULL)
            return stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
        memcpy(out->keys, desc->prediction != NULL ? &one : desc->keys,
               out->row_count * sizeof *out->keys);
    } else {
        out->exact = true;
        status = stln_sweep_exact_keys(s, desc->hierarchy->height, out);
    }
    for (uint32_t m = 0; m < (uint32_t)STARLINGS_METRIC_COUNT && status == STARLINGS_OK; m++) {
        if (!starlings_metric_set_has(metrics, (starlings_metric)m))
            continue;
        out->column[m] = stln_alloc(&out->allocator, out->row_count, sizeof(uint64_t));
        if (out->column[m] == NULL)
            status = stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    s->keys = out->keys;
    s->rows = out->row_count;
    return status;
}

static starlings_status stln_sweep_run(stln_sweep *s, const starlings_sweep_desc *desc,
                                       const starlings_metric_set *metrics, starlings_sweep *out)
{
    starlings_status status = stln_sweep_columns(s, desc, metrics, out);
    s->rank = (uint32_t *)stln_scratch_alloc(s->scratch, s->n, sizeof *s->rank);
    if (status == STARLINGS_OK && s->rank == NULL)
        status = stln_fail(s->env, STARLINGS_ERR_NOMEM, 0, NULL);
    if (status == STARLINGS_OK && desc->hierarchy != NULL)
        status = stln_sweep_rank(s, desc->hierarchy->height);
    if (status == STARLINGS_OK && desc->prediction != NULL)
        stln_sweep_flatten(s, desc->prediction);
    if (status == STARLINGS_OK)
        status = stln_sweep_terms(s);
    if (status == STARLINGS_OK && s->reference != NULL)
        status = stln_sweep_classes(s, stln_metrics_want_events(metrics));
    if (status == STARLINGS_OK)
        status = stln_sweep_sums(s);
    if (status != STARLINGS_OK)
        return status;
    stln_sweep_base(s);
    return stln_sweep_passes(s, out);
}

/* The arguments of a sweep. */
static starlings_status stln_sweep_check(const starlings_sweep_desc *desc, const starlings_env *env,
                                         const starlings_metric_set *metrics, uint32_t n)
{
    if (env->allocator.resize == NULL)
        return stln_fail(env, STARLINGS_ERR_ARG, 0, "there is no allocator");
    if (desc->reference != NULL && desc->reference->record_count != n)
        return stln_fail(env, STARLINGS_ERR_DISJOINT, 0,
                         "the reference has another number of records");
    if (desc->prediction != NULL && desc->keys != NULL)
        return stln_fail(env, STARLINGS_ERR_ARG, 0, "a partition has no keys to sweep");
    if (desc->keys == NULL && desc->key_count > 0)
        return stln_fail(env, STARLINGS_ERR_ARG, 0, "key_count without keys");
    for (size_t i = 0; i < desc->key_count; i++)
        if (desc->keys[i] > STARLINGS_ONE || (i > 0 && desc->keys[i] <= desc->keys[i - 1]))
            return stln_fail(env, STARLINGS_ERR_ARG, i, "keys must ascend and be at most 1000000");
    for (uint32_t m = (uint32_t)STARLINGS_METRIC_COUNT; m < 256; m++)
        if ((metrics->bits[m / 64] >> (m % 64) & 1) != 0)
            return stln_fail(env, STARLINGS_ERR_ARG, m, "there is no such metric");
    for (uint32_t m = 0; m < (uint32_t)STARLINGS_METRIC_COUNT && desc->reference == NULL; m++)
        if (starlings_metric_set_has(metrics, (starlings_metric)m) &&
            stln_metric_infos[m].needs_reference)
            return stln_fail(env, STARLINGS_ERR_ARG, m, "this metric needs a reference");
    return STARLINGS_OK;
}

/* The frame around the passes: crew, scratch, result. */
static starlings_status stln_sweep_make(const starlings_sweep_desc *desc, const starlings_env *env,
                                        const starlings_metric_set *metrics, uint32_t n,
                                        starlings_sweep *out)
{
    stln_crew crew;
    stln_scratch scratch;
    stln_sweep s;
    starlings_status status = stln_crew_open(&crew, env);
    if (status != STARLINGS_OK)
        return status;
    stln_scratch_open(&scratch, &env->allocator);
    memset(&s, 0, sizeof s);
    s.env = env;
    s.crew = &crew;
    s.scratch = &scratch;
    s.n = n;
    s.perm = desc->prediction != NULL ? desc->prediction->records : desc->hierarchy->perm;
    s.reference = desc->reference;
    status = stln_sweep_run(&s, desc, metrics, out);
    stln_scratch_close(&scratch);
    stln_crew_close(&crew);
    return status;
}

starlings_status starlings_sweep_create(const starlings_sweep_desc *desc,
                                        starlings_sweep **out_sweep)
{
    starlings_env env;
    starlings_metric_set metrics;
    starlings_sweep *sweep;
    starlings_status status;
    uint32_t n;
    if (out_sweep == NULL)
        return STARLINGS_ERR_ARG;
    *out_sweep = NULL;
    if (desc == NULL)
        return STARLINGS_ERR_ARG;
    env = stln_env_of(&desc->env, desc->hierarchy != NULL    ? &desc->hierarchy->allocator
                                  : desc->prediction != NULL ? &desc->prediction->allocator
                                                             : NULL);
    if ((desc->hierarchy == NULL) == (desc->prediction == NULL))
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, "give either a hierarchy or a prediction");
    n = desc->hierarchy != NULL ? desc->hierarchy->record_count : desc->prediction->record_count;
    metrics = desc->metrics;
    if ((metrics.bits[0] | metrics.bits[1] | metrics.bits[2] | metrics.bits[3]) == 0)
        metrics = starlings_metric_set_default(desc->reference != NULL);
    status = stln_sweep_check(desc, &env, &metrics, n);
    if (status != STARLINGS_OK)
        return status;
    sweep = (starlings_sweep *)stln_alloc(&env.allocator, 1, sizeof *sweep);
    if (sweep == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(sweep, 0, sizeof *sweep);
    sweep->allocator = env.allocator;
    sweep->owners = 1;
    status = stln_sweep_make(desc, &env, &metrics, n, sweep);
    if (status != STARLINGS_OK) {
        stln_sweep_free(sweep);
        return status;
    }
    *out_sweep = sweep;
    return STARLINGS_OK;
}

starlings_sweep *starlings_sweep_retain(starlings_sweep *sweep)
{
    if (sweep != NULL)
        (void)stln_atomic_add(&sweep->owners, 1);
    return sweep;
}

void starlings_sweep_release(starlings_sweep *sweep)
{
    if (sweep != NULL && stln_owners_drop(&sweep->owners))
        stln_sweep_free(sweep);
}

size_t starlings_sweep_row_count(const starlings_sweep *sweep)
{
    return sweep == NULL ? 0 : sweep->row_count;
}

const uint32_t *starlings_sweep_keys(const starlings_sweep *sweep)
{
    return sweep == NULL ? NULL : sweep->keys;
}

bool starlings_sweep_is_exact(const starlings_sweep *sweep)
{
    return sweep != NULL && sweep->exact;
}

static const void *stln_sweep_column(const starlings_sweep *sweep, starlings_metric metric,
                                     bool integer)
{
    const starlings_metric_info *info = starlings_metric_describe(metric);
    if (sweep == NULL || info == NULL || info->integer != integer)
        return NULL;
    return sweep->column[metric];
}

const uint64_t *starlings_sweep_integers(const starlings_sweep *sweep, starlings_metric metric)
{
    return (const uint64_t *)stln_sweep_column(sweep, metric, true);
}

const double *starlings_sweep_reals(const starlings_sweep *sweep, starlings_metric metric)
{
    return (const double *)stln_sweep_column(sweep, metric, false);
}

static double stln_nan(void)
{
    const uint64_t bits = (uint64_t)0x7FF8 << 48;
    double nan;
    memcpy(&nan, &bits, sizeof nan);
    return nan;
}

double starlings_sweep_value(const starlings_sweep *sweep, starlings_metric metric, size_t row)
{
    const uint64_t *integers = starlings_sweep_integers(sweep, metric);
    const double *reals = starlings_sweep_reals(sweep, metric);
    if (sweep == NULL || row >= sweep->row_count || (integers == NULL && reals == NULL))
        return stln_nan();
    return integers != NULL ? (double)integers[row] : reals[row];
}

size_t starlings_sweep_row_at(const starlings_sweep *sweep, uint32_t key)
{
    size_t low = 0, high = starlings_sweep_row_count(sweep);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sweep->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

starlings_status starlings_sweep_best(const starlings_sweep *sweep, starlings_metric metric,
                                      starlings_best *out_best)
{
    const starlings_metric_info *info = starlings_metric_describe(metric);
    size_t row, first;
    double best;
    if (out_best == NULL)
        return STARLINGS_ERR_ARG;
    memset(out_best, 0, sizeof *out_best);
    if (sweep == NULL || info == NULL || info->direction == 0 || sweep->column[metric] == NULL ||
        sweep->row_count == 0)
        return STARLINGS_ERR_ARG;
    row = sweep->row_count - 1;
    best = starlings_sweep_value(sweep, metric, row);
    for (size_t r = row; r-- > 0;) {
        double value = starlings_sweep_value(sweep, metric, r);
        if (info->direction > 0 ? value > best : value < best) {
            best = value;
            row = r;
        }
    }
    first = row;
    while (first > 0 && !(starlings_sweep_value(sweep, metric, first - 1) < best) &&
           !(starlings_sweep_value(sweep, metric, first - 1) > best))
        first--;
    out_best->row = row;
    out_best->key = out_best->plateau_to = sweep->keys[row];
    out_best->value = best;
    out_best->plateau_from = sweep->keys[first];
    if (sweep->exact)
        out_best->plateau_from = first > 0 ? sweep->keys[first - 1] + 1 : 0;
    return STARLINGS_OK;
}

/* ==== [S90 EXCHANGE] CSV, linkage matrix, Newick ========================== */
/* Owns: what comes in from files and goes out to other tools.

   Reading a row. The buffer holds the row that is read and whatever came with it:

     buffer   | done with | a , " b " " c " , d \r \n | the next rows ... | 0
                          row       at                                   end

   C1  Behind the last byte stands a zero. One table says for each byte whether it ends a plain
       stretch (separator, line end, quote, zero), so the loop over plain text looks at nothing else
       and still cannot run off the end: a zero at `end` asks for more, any other one is an error.
   C2  Places in a row count from its begin, so the buffer may move or grow under them.
   C3  Nothing of a row is changed or counted before its line end is found. A call that fails
       (no memory, an error of the source) can be made again; a bad row stays bad.
   C4  Only then are doubled quotes closed up, in place. Fields never need memory of their own.
   C5  The buffer never exceeds the line limit, its line end and the zero.

   Reading edges and memberships. A row is checked as a whole (ids, score, known names, memory)
   before its names are numbered and it is kept: of a bad row nothing stays.

   Linkage matrix. Rows are ordered by distance, then by the position of the merge, and within an
   n-way merge by the position of the group that is added; in a row the smaller cluster number
   stands first. Groups are runs of positions, so the cluster that a group has become is remembered
   at the group's first position.

   Newick. The tree of a component is the Cartesian tree of its heights: going from left to right,
   the nodes that are open form a stack of rising keys. A boundary of key b closes all higher ones.
   How many nodes begin at a position is found by the same walk beforehand. No recursion: a chain
   of a million records is as easy as a bush. A label goes out byte by byte: one with a line break
   in it (quoted) breaks its line.

   Cost: a row 1 to 2 ns a byte; matrix and trees O(n), with 8 bytes (and the merge list) and 12
   bytes a record of work space.
   Sources: RFC 4180 (Shafranovich 2005); scipy.cluster.hierarchy.linkage (the matrix);
   Olsen 1990 (the Newick format). */

/* Pieces of messages. */

/* Size of the UTF-8 character at p: 1 to 4; 0 if there is none. */
static size_t stln_utf8_size(const unsigned char *p, size_t left)
{
    size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (p[0] > 0xf4 || size > left)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0; /* too long a form, a surrogate, beyond the last character */
    return size;
}

#define STLN_MESSAGE_VALUE 40 /* bytes of a value that a message shows */

/* Text from a file: control characters and what is not UTF-8 become ?, and long text is cut. */
static void stln_error_value(starlings_error *error, starlings_text text)
{
    const unsigned char *p = (const unsigned char *)text.text;
    size_t at = 0;
    while (at < text.size && at < STLN_MESSAGE_VALUE) {
        size_t size = stln_utf8_size(p + at, text.size - at);
        bool bad = size == 0 || p[at] < 0x20 || p[at] == 0x7f;
        stln_error_add(error, bad ? "?" : text.text + at, bad ? 1 : size);
        at += size == 0 ? 1 : size;
    }
    if (at < text.size)
        stln_error_say(error, "...");
}

static void stln_error_quoted(starlings_error *error, starlings_text text)
{
    stln_error_say(error, "\"");
    stln_error_value(error, text);
    stln_error_say(error, "\"");
}

static void stln_error_u64(starlings_error *error, uint64_t value)
{
    char text[20];
    stln_error_add(error, text, stln_write_u64(text, value));
}

static starlings_text stln_text_of(const char *text)
{
    starlings_text out;
    out.text = text;
    out.size = strlen(text);
    return out;
}

/* The CSV reader. */

#define STLN_CSV_BUFFER ((size_t)1 << 16)
#define STLN_CSV_PLAIN 1u  /* ends a stretch of plain text */
#define STLN_CSV_QUOTED 2u /* ends a stretch of quoted text */

typedef struct stln_csv_field {
    size_t begin; /* counted from the row */
    size_t size;
    bool doubled; /* has doubled quotes */
} stln_csv_field;

struct starlings_csv {
    starlings_source source;
    starlings_env env;
    unsigned char stop[256];
    unsigned char *buffer; /* capacity + 1 long */
    size_t capacity;
    size_t row;
    size_t end;
    bool ended; /* the source has no more */
    size_t line_limit;
    uint64_t line;      /* where the row of the last call began */
    uint64_t next_line; /* where the next one begins */
    uint64_t bytes_read;
    stln_csv_field *fields;
    size_t field_capacity;
    starlings_text *texts;  /* header_count fields of the row, then as many of the header */
    starlings_text *header; /* NULL while the header is read */
    size_t header_count;
    unsigned char *header_bytes;
    size_t header_size;
    char *joined[2]; /* source-__-id of the row's records */
    size_t joined_capacity[2];
};

/* Where the reading of a row is. */
typedef struct stln_csv_walk {
    size_t at; /* counted from the row */
    size_t count;
    uint64_t lines;
    bool done;
    bool quoted; /* in quotes */
} stln_csv_walk;

static starlings_status stln_csv_fail(const starlings_csv *csv, starlings_status status,
                                      const char *text)
{
    stln_fail(&csv->env, status, 0, text);
    if (csv->env.error != NULL)
        csv->env.error->line = csv->line;
    return status;
}

/* The same with the number of the field that is read. */
static starlings_status stln_csv_fail_field(const starlings_csv *csv, const stln_csv_walk *walk,
                                            const char *text)
{
    stln_csv_fail(csv, STARLINGS_ERR_FORMAT, text);
    stln_error_u64(csv->env.error, (uint64_t)walk->count + 1);
    return STARLINGS_ERR_FORMAT;
}

static starlings_status stln_csv_fail_long(const starlings_csv *csv, const stln_csv_walk *walk)
{
    stln_csv_fail(csv, STARLINGS_ERR_FORMAT, "the row is longer than ");
    stln_error_u64(csv->env.error, csv->line_limit);
    stln_error_say(csv->env.error, walk->quoted ? " bytes; is a quote never closed?" : " bytes");
    return STARLINGS_ERR_FORMAT;
}

/* Make room behind the bytes that are there. */
static starlings_status stln_csv_room(starlings_csv *csv, const stln_csv_walk *walk)
{
    unsigned char *buffer;
    size_t capacity;
    if (csv->row > 0) {
        memmove(csv->buffer, csv->buffer + csv->row, csv->end - csv->row + 1);
        csv->end -= csv->row;
        csv->row = 0;
    }
    if (csv->end < csv->capacity)
        return STARLINGS_OK;
    if (csv->capacity >= csv->line_limit + 2)
        return stln_csv_fail_long(csv, walk);
    capacity = stln_min_size(stln_grown(csv->capacity, 0), csv->line_limit + 2);
    buffer = (unsigned char *)stln_realloc(&csv->env.allocator, csv->buffer, csv->capacity + 1,
                                           capacity + 1, 1);
    if (buffer == NULL)
        return stln_fail(&csv->env, STARLINGS_ERR_NOMEM, 0, NULL);
    csv->buffer = buffer;
    csv->capacity = capacity;
    return STARLINGS_OK;
}

/* See to it that there is a byte at walk->at, or that the source has ended. */
static starlings_status stln_csv_need(starlings_csv *csv, const stln_csv_walk *walk)
{
    starlings_status status;
    size_t got = 0;
    if (csv->row + walk->at < csv->end || csv->ended)
        return STARLINGS_OK;
    status = stln_csv_room(csv, walk);
    if (status != STARLINGS_OK)
        return status;
    status = csv->source.read(csv->source.ctx, csv->buffer + csv->end, csv->capacity - csv->end,
                              &got);
    if (status == STARLINGS_OK && got > csv->capacity - csv->end)
        status = STARLINGS_ERR_IO;
    if (status != STARLINGS_OK) {
        csv->buffer[csv->end] = 0;
        return stln_fail(&csv->env, status, 0, NULL);
    }
    csv->ended = got == 0;
    csv->end += got;
    csv->bytes_read += got;
    csv->buffer[csv->end] = 0;
    return STARLINGS_OK;
}

/* On to the next byte at which something ends; the end of the source is one too. */
static starlings_status stln_csv_scan(starlings_csv *csv, stln_csv_walk *walk, unsigned char stops)
{
    starlings_status status;
    do {
        const unsigned char *p = csv->buffer + csv->row + walk->at;
        while ((csv->stop[*p] & stops) == 0)
            p++;
        walk->at = (size_t)(p - csv->buffer) - csv->row;
        if (csv->row + walk->at < csv->end)
            return STARLINGS_OK;
        status = stln_csv_need(csv, walk);
    } while (status == STARLINGS_OK && csv->row + walk->at < csv->end);
    return status;
}

/* Note a field. Those of the header make room; a row with more is wrong, its fields are counted. */
static starlings_status stln_csv_keep(starlings_csv *csv, stln_csv_walk *walk, size_t begin,
                                      size_t size, bool doubled)
{
    stln_csv_field *field;
    if (walk->count == csv->field_capacity && csv->header == NULL) {
        size_t capacity = stln_grown(csv->field_capacity, walk->count + 1);
        field = (stln_csv_field *)stln_realloc(&csv->env.allocator, csv->fields,
                                               csv->field_capacity, capacity, sizeof *field);
        if (field == NULL)
            return stln_fail(&csv->env, STARLINGS_ERR_NOMEM, 0, NULL);
        csv->fields = field;
        csv->field_capacity = capacity;
    }
    if (walk->count < csv->field_capacity) {
        field = csv->fields + walk->count;
        field->begin = begin;
        field->size = size;
        field->doubled = doubled;
    }
    return STARLINGS_OK;
}

/* A field in quotes; walk->at stands on the first one. */
static starlings_status stln_csv_quoted(starlings_csv *csv, stln_csv_walk *walk)
{
    starlings_status status;
    size_t begin = ++walk->at;
    bool doubled = false;
    walk->quoted = true;
    for (;;) {
        status = stln_csv_scan(csv, walk, STLN_CSV_QUOTED);
        if (status != STARLINGS_OK)
            return status;
        if (csv->row + walk->at == csv->end)
            return stln_csv_fail_field(csv, walk, "a quote is never closed, in field ");
        switch (csv->buffer[csv->row + walk->at]) {
        case '\n':
            walk->lines++;
            break;
        case 0:
            return stln_csv_fail_field(csv, walk, "a NUL byte in field ");
        default: /* a quote */
            walk->at++;
            status = stln_csv_need(csv, walk);
            if (status != STARLINGS_OK)
                return status;
            if (csv->row + walk->at == csv->end || csv->buffer[csv->row + walk->at] != '"') {
                walk->quoted = false;
                return stln_csv_keep(csv, walk, begin, walk->at - 1 - begin, doubled);
            }
            doubled = true;
        }
        walk->at++;
    }
}

/* What stands behind a field: a separator, a line end, the end, or an error. */
static starlings_status stln_csv_after(starlings_csv *csv, stln_csv_walk *walk, bool quoted)
{
    starlings_status status;
    unsigned char byte = csv->buffer[csv->row + walk->at];
    size_t size = walk->at;
    walk->done = true;
    if (csv->row + walk->at < csv->end) {
        if ((csv->stop[byte] & STLN_CSV_PLAIN) == 0 || (quoted && byte == '"'))
            return stln_csv_fail_field(csv, walk, "text behind the closing quote of field ");
        if (byte == '"')
            return stln_csv_fail_field(csv, walk, "a quote in the middle of field ");
        if (byte == 0)
            return stln_csv_fail_field(csv, walk, "a NUL byte in field ");
        walk->at++;
        if (byte == '\r') {
            status = stln_csv_need(csv, walk);
            if (status != STARLINGS_OK)
                return status;
            if (csv->row + walk->at == csv->end || csv->buffer[csv->row + walk->at] != '\n')
                return stln_csv_fail_field(csv, walk,
                                           "a carriage return without a line feed behind field ");
            walk->at++;
        } else
            walk->done = byte == '\n';
    }
    walk->count++;
    walk->lines += walk->done;
    return walk->done && size > csv->line_limit ? stln_csv_fail_long(csv, walk) : STARLINGS_OK;
}

/* Find the fields of the row at csv->row. No field: there is no row, the file has ended. */
static starlings_status stln_csv_walk_row(starlings_csv *csv, stln_csv_walk *walk)
{
    starlings_status status;
    memset(walk, 0, sizeof *walk);
    csv->line = csv->next_line;
    while (!walk->done) {
        size_t begin = walk->at;
        bool quoted;
        status = stln_csv_need(csv, walk);
        if (status != STARLINGS_OK)
            return status;
        if (walk->count == 0 && csv->row == csv->end)
            return STARLINGS_OK;
        quoted = csv->buffer[csv->row + begin] == '"';
        status = quoted ? stln_csv_quoted(csv, walk) : stln_csv_scan(csv, walk, STLN_CSV_PLAIN);
        if (status == STARLINGS_OK && !quoted)
            status = stln_csv_keep(csv, walk, begin, walk->at - begin, false);
        if (status == STARLINGS_OK)
            status = stln_csv_after(csv, walk, quoted);
        if (status != STARLINGS_OK)
            return status;
    }
    return STARLINGS_OK;
}

/* Close up doubled quotes. Returns the size. */
static size_t stln_csv_close_up(unsigned char *text, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        text[kept++] = text[i];
        i += text[i] == '"'; /* the second one */
    }
    return kept;
}

/* The row is good: make texts of its fields and go behind it. */
static void stln_csv_finish_row(starlings_csv *csv, const stln_csv_walk *walk,
                                starlings_text *texts)
{
    for (size_t i = 0; i < walk->count; i++) {
        const stln_csv_field *field = csv->fields + i;
        unsigned char *text = csv->buffer + csv->row + field->begin;
        texts[i].text = (const char *)text;
        texts[i].size = field->doubled ? stln_csv_close_up(text, field->size) : field->size;
    }
    csv->row += walk->at;
    csv->next_line += walk->lines;
}

static void stln_csv_separate(starlings_csv *csv, char separator)
{
    memset(csv->stop, 0, sizeof csv->stop);
    csv->stop[0] = STLN_CSV_PLAIN | STLN_CSV_QUOTED;
    csv->stop[(unsigned char)'"'] = STLN_CSV_PLAIN | STLN_CSV_QUOTED;
    csv->stop[(unsigned char)'\n'] = STLN_CSV_PLAIN | STLN_CSV_QUOTED;
    csv->stop[(unsigned char)'\r'] = STLN_CSV_PLAIN;
    csv->stop[(unsigned char)separator] |= STLN_CSV_PLAIN;
}

static starlings_status stln_csv_skip_mark(starlings_csv *csv)
{
    stln_csv_walk walk;
    memset(&walk, 0, sizeof walk);
    for (; walk.at < 3; walk.at++) {
        starlings_status status = stln_csv_need(csv, &walk);
        if (status != STARLINGS_OK)
            return status;
        if (csv->row + walk.at == csv->end ||
            csv->buffer[csv->row + walk.at] != (unsigned char)"\xEF\xBB\xBF"[walk.at])
            return STARLINGS_OK;
    }
    csv->row += 3;
    return STARLINGS_OK;
}

/* Walk over the header; without a separator in the desc by comma, and if that gives one field or
   none, by tab. */
static starlings_status stln_csv_walk_header(starlings_csv *csv, char separator,
                                             stln_csv_walk *walk)
{
    starlings_error *error = csv->env.error;
    starlings_status status;
    stln_csv_separate(csv, separator != 0 ? separator : ',');
    if (separator == 0) {
        csv->env.error = NULL;
        status = stln_csv_walk_row(csv, walk);
        csv->env.error = error;
        if (walk->count > 1 && status == STARLINGS_OK)
            return status;
        if (status != STARLINGS_OK && status != STARLINGS_ERR_FORMAT)
            return stln_fail(&csv->env, status, 0, NULL);
        stln_csv_separate(csv, '\t');
        csv->env.error = NULL;
        status = stln_csv_walk_row(csv, walk);
        csv->env.error = error;
        if (walk->count > 1 && status == STARLINGS_OK)
            return status;
        stln_csv_separate(csv, ',');
    }
    return stln_csv_walk_row(csv, walk);
}

/* Read the header and keep a copy of it. */
static starlings_status stln_csv_read_header(starlings_csv *csv, char separator)
{
    stln_csv_walk walk;
    starlings_status status = stln_csv_skip_mark(csv);
    unsigned char *row;
    if (status == STARLINGS_OK)
        status = stln_csv_walk_header(csv, separator, &walk);
    if (status != STARLINGS_OK)
        return status;
    if (walk.count == 0 || (walk.count == 1 && csv->fields[0].size == 0))
        return stln_csv_fail(csv, STARLINGS_ERR_FORMAT, "there is no header line");
    row = csv->buffer + csv->row;
    csv->texts = (starlings_text *)stln_alloc(&csv->env.allocator, walk.count * 2,
                                              sizeof *csv->texts);
    csv->header_count = walk.count;
    csv->header_bytes = (unsigned char *)stln_alloc(&csv->env.allocator, walk.at, 1);
    csv->header_size = walk.at;
    if (csv->texts == NULL || csv->header_bytes == NULL)
        return stln_fail(&csv->env, STARLINGS_ERR_NOMEM, 0, NULL);
    csv->header = csv->texts + walk.count;
    stln_csv_finish_row(csv, &walk, csv->header);
    memcpy(csv->header_bytes, row, walk.at);
    for (size_t i = 0; i < walk.count; i++)
        csv->header[i].text = (const char *)csv->header_bytes + csv->fields[i].begin;
    return STARLINGS_OK;
}

starlings_status starlings_csv_open(const starlings_csv_desc *desc, starlings_csv **out_csv)
{
    starlings_env env = stln_env_of(desc != NULL ? &desc->env : NULL, NULL);
    starlings_status status;
    starlings_csv *csv;
    if (out_csv != NULL)
        *out_csv = NULL;
    if (out_csv == NULL || desc == NULL || desc->source.read == NULL ||
        env.allocator.resize == NULL || desc->separator == '"' || desc->separator == '\n' ||
        desc->separator == '\r')
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, NULL);
    csv = (starlings_csv *)stln_alloc(&env.allocator, 1, sizeof *csv);
    if (csv == NULL)
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    memset(csv, 0, sizeof *csv);
    csv->source = desc->source;
    csv->env = env;
    csv->line_limit = desc->line_limit == 0 ? (size_t)1 << 20 : desc->line_limit;
    csv->line_limit = stln_min_size(csv->line_limit, SIZE_MAX / 4);
    csv->line = 1;
    csv->next_line = 1;
    csv->capacity = stln_min_size(STLN_CSV_BUFFER, csv->line_limit + 2);
    csv->buffer = (unsigned char *)stln_alloc(&env.allocator, csv->capacity + 1, 1);
    if (csv->buffer == NULL) {
        starlings_csv_close(csv);
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    csv->buffer[0] = 0;
    status = stln_csv_read_header(csv, desc->separator);
    if (status != STARLINGS_OK) {
        starlings_csv_close(csv);
        return status;
    }
    *out_csv = csv;
    return STARLINGS_OK;
}

void starlings_csv_close(starlings_csv *csv)
{
    starlings_allocator allocator;
    if (csv == NULL)
        return;
    allocator = csv->env.allocator;
    stln_free(&allocator, csv->buffer, csv->capacity + 1, 1);
    stln_free(&allocator, csv->fields, csv->field_capacity, sizeof *csv->fields);
    stln_free(&allocator, csv->texts, csv->header_count * 2, sizeof *csv->texts);
    stln_free(&allocator, csv->header_bytes, csv->header_size, 1);
    stln_free(&allocator, csv->joined[0], csv->joined_capacity[0], 1);
    stln_free(&allocator, csv->joined[1], csv->joined_capacity[1], 1);
    stln_free(&allocator, csv, 1, sizeof *csv);
}

const starlings_text *starlings_csv_header(const starlings_csv *csv, size_t *out_count)
{
    if (out_count != NULL)
        *out_count = csv != NULL ? csv->header_count : 0;
    return csv != NULL ? csv->header : NULL;
}

starlings_status starlings_csv_next(starlings_csv *csv, const starlings_text **out_fields)
{
    starlings_status status;
    stln_csv_walk walk;
    if (out_fields != NULL)
        *out_fields = NULL;
    if (csv == NULL || out_fields == NULL)
        return STARLINGS_ERR_ARG;
    status = stln_csv_walk_row(csv, &walk);
    if (status != STARLINGS_OK || walk.count == 0)
        return status;
    if (walk.count != csv->header_count) {
        stln_csv_fail(csv, STARLINGS_ERR_FORMAT, "");
        stln_error_u64(csv->env.error, walk.count);
        stln_error_say(csv->env.error, walk.count == 1 ? " field" : " fields");
        stln_error_say(csv->env.error, " where the header has ");
        stln_error_u64(csv->env.error, csv->header_count);
        return STARLINGS_ERR_FORMAT;
    }
    stln_csv_finish_row(csv, &walk, csv->texts);
    *out_fields = csv->texts;
    return STARLINGS_OK;
}

uint64_t starlings_csv_line(const starlings_csv *csv)
{
    return csv != NULL ? csv->line : 0;
}

/* Which columns to read. */

#define STLN_NO_COLUMN SIZE_MAX

/* Names that usually go together; the one or two roles of a reader are its ids. */
typedef struct stln_kind {
    const char *name[2];
    const char *source[2]; /* taken too if they are there */
} stln_kind;

static const stln_kind stln_edge_kinds[] = {
    { { "record_a", "record_b" }, { NULL, NULL } },
    { { "unique_id_l", "unique_id_r" }, { "source_dataset_l", "source_dataset_r" } },
    { { "left_id", "right_id" }, { NULL, NULL } },
    { { "src", "dst" }, { NULL, NULL } },
    { { "source", "target" }, { NULL, NULL } },
    { { "id1", "id2" }, { NULL, NULL } },
};
static const stln_kind stln_membership_kinds[] = {
    { { "record", "entity" }, { NULL, NULL } },
    { { "unique_id", "cluster_id" }, { "source_dataset", NULL } },
    { { "mention_id", "unique_id" }, { NULL, NULL } },
};
static const stln_kind stln_record_kinds[] = {
    { { "record", NULL }, { NULL, NULL } },
    { { "unique_id", NULL }, { "source_dataset", NULL } },
    { { "mention_id", NULL }, { NULL, NULL } },
    { { "id", NULL }, { NULL, NULL } },
};
static const stln_kind stln_score_kinds[] = {
    { { "score", NULL }, { NULL, NULL } },
    { { "match_probability", NULL }, { NULL, NULL } },
    { { "weight", NULL }, { NULL, NULL } },
};
#define STLN_COUNT(array) (sizeof(array) / sizeof *(array))

/* What is wanted of one reader, and what was found. */
typedef struct stln_pick {
    const stln_kind *kinds;
    size_t kind_count;
    size_t roles;
    const char *given[2]; /* by the caller; NULL: by the kinds */
    size_t column[2];
    const stln_kind *kind; /* that gave the columns; NULL: the caller did */
} stln_pick;

/* How many columns have this name, and the first of them. */
static size_t stln_column_count(const starlings_csv *csv, const char *name, size_t *out_column)
{
    size_t count = 0, size = strlen(name);
    *out_column = STLN_NO_COLUMN;
    for (size_t i = csv->header_count; i-- > 0;)
        if (csv->header[i].size == size && memcmp(csv->header[i].text, name, size) == 0) {
            *out_column = i;
            count++;
        }
    return count;
}

static starlings_status stln_column_fail(const starlings_csv *csv, starlings_status status,
                                         const char *text)
{
    stln_csv_fail(csv, status, text);
    if (csv->env.error != NULL)
        csv->env.error->line = 1;
    return status;
}

static starlings_status stln_column_missing(const starlings_csv *csv, const char *name)
{
    stln_column_fail(csv, STARLINGS_ERR_COLUMN, "no column ");
    stln_error_quoted(csv->env.error, stln_text_of(name));
    stln_error_say(csv->env.error, "; the header has ");
    for (size_t i = 0; i < csv->header_count; i++) {
        if (i > 0)
            stln_error_say(csv->env.error, ", ");
        stln_error_quoted(csv->env.error, csv->header[i]);
    }
    return STARLINGS_ERR_COLUMN;
}

static starlings_status stln_column_find(const starlings_csv *csv, const char *name,
                                         size_t *out_column)
{
    size_t count = stln_column_count(csv, name, out_column);
    if (count == 1)
        return STARLINGS_OK;
    if (count == 0)
        return stln_column_missing(csv, name);
    stln_column_fail(csv, STARLINGS_ERR_AMBIGUOUS, "the header has ");
    stln_error_quoted(csv->env.error, stln_text_of(name));
    stln_error_say(csv->env.error, " twice");
    return STARLINGS_ERR_AMBIGUOUS;
}

static void stln_pick_say(const starlings_csv *csv, const stln_pick *pick, const stln_kind *kind)
{
    for (size_t i = 0; i < pick->roles; i++) {
        stln_error_say(csv->env.error, i == 0 ? "" : ",");
        stln_error_say(csv->env.error, kind->name[i]);
    }
}

static starlings_status stln_pick_ambiguous(const starlings_csv *csv, const stln_pick *pick,
                                            const stln_kind *one, const stln_kind *other)
{
    stln_column_fail(csv, STARLINGS_ERR_AMBIGUOUS, "the header has both ");
    stln_pick_say(csv, pick, one);
    stln_error_say(csv->env.error, " and ");
    stln_pick_say(csv, pick, other);
    return STARLINGS_ERR_AMBIGUOUS;
}

/* How many columns of a kind are wanted: those that the caller did not give. In a kind that fits
   all of them are there, and none is one that the caller gave. */
static bool stln_pick_fits(const starlings_csv *csv, const stln_pick *pick, const stln_kind *kind,
                           size_t *out_there)
{
    bool fits = true;
    *out_there = 0;
    for (size_t i = 0; i < pick->roles; i++) {
        size_t column;
        if (pick->given[i] != NULL)
            continue;
        if (stln_column_count(csv, kind->name[i], &column) == 0 ||
            (pick->roles == 2 && column == pick->column[1 - i]))
            fits = false;
        else
            ++*out_there;
    }
    return fits;
}

/* Find the columns of all roles. */
static starlings_status stln_pick_columns(const starlings_csv *csv, stln_pick *pick)
{
    const stln_kind *half = pick->kinds; /* the one to name if none fits */
    starlings_status status = STARLINGS_OK;
    bool wanted = false;
    size_t there, best = 0;
    pick->kind = NULL;
    pick->column[0] = pick->column[1] = STLN_NO_COLUMN;
    for (size_t i = 0; i < pick->roles && status == STARLINGS_OK; i++) {
        wanted = wanted || pick->given[i] == NULL;
        if (pick->given[i] != NULL)
            status = stln_column_find(csv, pick->given[i], &pick->column[i]);
    }
    for (size_t i = 0; i < pick->kind_count && wanted && status == STARLINGS_OK; i++) {
        const stln_kind *kind = pick->kinds + i;
        if (stln_pick_fits(csv, pick, kind, &there)) {
            if (pick->kind != NULL)
                return stln_pick_ambiguous(csv, pick, pick->kind, kind);
            pick->kind = kind;
        }
        if (there > best) {
            best = there;
            half = kind;
        }
    }
    if (pick->kind != NULL)
        half = pick->kind;
    for (size_t i = 0; i < pick->roles && status == STARLINGS_OK; i++)
        if (pick->given[i] == NULL)
            status = stln_column_find(csv, half->name[i], &pick->column[i]);
    if (status == STARLINGS_OK && pick->roles == 2 && pick->column[0] == pick->column[1])
        status = stln_column_fail(csv, STARLINGS_ERR_ARG, "one column is named for two things");
    return status;
}

/* The kind whose ids these columns are by their names, found or given; NULL: of none. */
static const stln_kind *stln_pick_kind(const starlings_csv *csv, const stln_pick *pick, size_t ids)
{
    for (size_t k = 0; k < pick->kind_count; k++) {
        bool same = true;
        for (size_t i = 0; i < ids && same; i++) {
            size_t at;
            same = stln_column_count(csv, pick->kinds[k].name[i], &at) == 1 &&
                   at == pick->column[i];
        }
        if (same)
            return &pick->kinds[k];
    }
    return NULL;
}

/* The columns of sources: those that the caller gave, or those of the kind if they are there. */
static starlings_status stln_pick_sources(const starlings_csv *csv, const stln_kind *kind,
                                          const char *const given[2], size_t roles,
                                          size_t column[2], bool *out_has)
{
    const char *name[2] = { given[0], given[1] };
    starlings_status status = STARLINGS_OK;
    column[0] = column[1] = STLN_NO_COLUMN;
    if (given[0] == NULL && given[1] == NULL && kind != NULL)
        for (size_t i = 0, at; i < roles; i++)
            if (kind->source[i] != NULL && stln_column_count(csv, kind->source[i], &at) > 0) {
                name[0] = kind->source[0]; /* one side alone is an error: see below */
                name[1] = kind->source[1];
            }
    *out_has = name[0] != NULL || name[1] != NULL;
    if (!*out_has)
        return STARLINGS_OK;
    for (size_t i = 0; i < roles && status == STARLINGS_OK; i++)
        status = name[i] != NULL ? stln_column_find(csv, name[i], &column[i])
                                 : stln_column_fail(csv, STARLINGS_ERR_ARG,
                                                    "only one side has a column for its source");
    return status;
}

/* The columns of a reader: one or two ids with their sources, and a value. */
typedef struct stln_columns {
    size_t id[2];
    size_t source[2];
    size_t value;
    bool has_sources;
    bool join;
} stln_columns;

static starlings_status stln_columns_of_edges(const starlings_csv *csv,
                                              const starlings_csv_columns *columns,
                                              stln_columns *out)
{
    stln_pick pick = { stln_edge_kinds, STLN_COUNT(stln_edge_kinds), 2, { NULL, NULL },
                       { 0, 0 }, NULL };
    stln_pick score = { stln_score_kinds, STLN_COUNT(stln_score_kinds), 1, { NULL, NULL },
                        { 0, 0 }, NULL };
    const char *sources[2] = { NULL, NULL };
    starlings_status status;
    if (columns != NULL) {
        pick.given[0] = columns->left;
        pick.given[1] = columns->right;
        score.given[0] = columns->score;
        sources[0] = columns->source_left;
        sources[1] = columns->source_right;
    }
    status = stln_pick_columns(csv, &pick);
    if (status == STARLINGS_OK)
        status = stln_pick_columns(csv, &score);
    if (status == STARLINGS_OK)
        status = stln_pick_sources(csv, stln_pick_kind(csv, &pick, 2), sources, 2, out->source,
                                   &out->has_sources);
    out->join = columns != NULL && columns->join_sources;
    memcpy(out->id, pick.column, sizeof out->id);
    out->value = score.column[0];
    return status;
}

static starlings_status stln_columns_of_records(const starlings_csv *csv,
                                                const starlings_csv_columns *columns,
                                                bool membership, stln_columns *out)
{
    stln_pick pick = { stln_record_kinds, STLN_COUNT(stln_record_kinds), 1, { NULL, NULL },
                       { 0, 0 }, NULL };
    const char *sources[2] = { NULL, NULL };
    starlings_status status;
    if (membership) {
        pick.kinds = stln_membership_kinds;
        pick.kind_count = STLN_COUNT(stln_membership_kinds);
        pick.roles = 2;
    }
    if (columns != NULL) {
        pick.given[0] = columns->record;
        pick.given[1] = membership ? columns->entity : NULL;
        sources[0] = columns->source;
    }
    status = stln_pick_columns(csv, &pick);
    if (status == STARLINGS_OK)
        status = stln_pick_sources(csv, stln_pick_kind(csv, &pick, 1), sources, 1, out->source,
                                   &out->has_sources);
    out->join = columns != NULL && columns->join_sources;
    out->id[0] = pick.column[0];
    out->value = pick.column[1];
    return status;
}

/* The readers. */

/* Begin an error about a column of the row: the column's name. */
static starlings_status stln_row_fail(const starlings_csv *csv, starlings_status status,
                                      size_t column)
{
    stln_csv_fail(csv, status, "");
    stln_error_value(csv->env.error, csv->header[column]);
    return status;
}

static starlings_status stln_row_empty(const starlings_csv *csv, size_t column)
{
    stln_row_fail(csv, STARLINGS_ERR_FORMAT, column);
    stln_error_say(csv->env.error, " is empty");
    return STARLINGS_ERR_FORMAT;
}

/* An error about a record of the row. */
static starlings_status stln_row_fail_record(const starlings_csv *csv, starlings_status status,
                                             const starlings_name *name, const char *what)
{
    stln_csv_fail(csv, status, "record \"");
    stln_error_value(csv->env.error, name->source);
    stln_error_say(csv->env.error, name->source.size > 0 ? "-__-" : "");
    stln_error_value(csv->env.error, name->key);
    stln_error_say(csv->env.error, what);
    return status;
}

static starlings_status stln_row_nomem(const starlings_csv *csv, starlings_status status)
{
    return status == STARLINGS_OK ? status : stln_fail(&csv->env, status, 0, NULL);
}

/* Make (source, key) one key in the reader's own memory. */
static starlings_status stln_row_join(starlings_csv *csv, uint32_t role, starlings_name *name)
{
    static const char between[] = "-__-";
    size_t size = name->source.size + 4 + name->key.size, begin = 0;
    char *text = csv->joined[role];
    if (size > csv->joined_capacity[role]) {
        size_t capacity = stln_grown(csv->joined_capacity[role], size);
        text = (char *)stln_realloc(&csv->env.allocator, text, csv->joined_capacity[role],
                                    capacity, 1);
        if (text == NULL)
            return stln_fail(&csv->env, STARLINGS_ERR_NOMEM, 0, NULL);
        csv->joined[role] = text;
        csv->joined_capacity[role] = capacity;
    }
    memcpy(text, name->source.text, name->source.size);
    memcpy(text + name->source.size, between, 4);
    memcpy(text + name->source.size + 4, name->key.text, name->key.size);
    while (memcmp(text + begin, between, 4) != 0)
        begin++;
    if (begin < name->source.size) {
        stln_csv_fail(csv, STARLINGS_ERR_FORMAT, "source ");
        stln_error_quoted(csv->env.error, name->source);
        stln_error_say(csv->env.error, " runs into the -__- behind it");
        return STARLINGS_ERR_FORMAT;
    }
    name->source.size = 0;
    name->key.text = text;
    name->key.size = size;
    return STARLINGS_OK;
}

/* Look up the names of a row, without making any. */
static starlings_status stln_row_names(starlings_csv *csv, const starlings_text *fields,
                                       const stln_columns *columns, uint32_t roles,
                                       const starlings_names *names, bool known_only,
                                       stln_name_probe *probes)
{
    for (uint32_t i = 0; i < roles; i++) {
        starlings_name name = { { "", 0 }, { "", 0 } };
        name.key = fields[columns->id[i]];
        if (columns->has_sources)
            name.source = fields[columns->source[i]];
        if (columns->has_sources && name.source.size == 0)
            return stln_row_empty(csv, columns->source[i]);
        if (name.key.size == 0)
            return stln_row_empty(csv, columns->id[i]);
        if (columns->has_sources && columns->join) {
            starlings_status status = stln_row_join(csv, i, &name);
            if (status != STARLINGS_OK)
                return status;
        }
        stln_names_probe(names, name, &probes[i]);
    }
    for (uint32_t i = 0; i < roles; i++) {
        stln_names_look(names, &probes[i]);
        if (known_only && probes[i].record == STARLINGS_NONE)
            return stln_row_fail_record(csv, STARLINGS_ERR_STRANGER, &probes[i].name,
                                        "\" is not known");
    }
    return STARLINGS_OK;
}

static starlings_status stln_row_score(const starlings_csv *csv, const starlings_text *fields,
                                       size_t column, double *out_score)
{
    starlings_status status;
    if (fields[column].size == 0)
        return stln_row_empty(csv, column);
    status = starlings_number_parse(fields[column], out_score);
    if (status == STARLINGS_OK && *out_score >= 0 && *out_score <= 1)
        return status;
    if (status == STARLINGS_ERR_FORMAT) {
        stln_row_fail(csv, STARLINGS_ERR_FORMAT, column);
        stln_error_say(csv->env.error, " ");
        stln_error_quoted(csv->env.error, fields[column]);
        stln_error_say(csv->env.error, " is not a number");
        return STARLINGS_ERR_FORMAT;
    }
    stln_row_fail(csv, STARLINGS_ERR_WEIGHT, column);
    stln_error_say(csv->env.error, " ");
    stln_error_value(csv->env.error, fields[column]);
    stln_error_say(csv->env.error, " is outside 0 to 1");
    return STARLINGS_ERR_WEIGHT;
}

/* The next row; every so often the progress callback. */
static starlings_status stln_row_next(starlings_csv *csv, const char *stage, uint64_t *in_out_rows,
                                      const starlings_text **out_fields)
{
    if ((++*in_out_rows & 0xffff) == 0) {
        starlings_status status = stln_report(&csv->env, stage, csv->bytes_read, 0);
        if (status != STARLINGS_OK)
            return status;
    }
    return starlings_csv_next(csv, out_fields);
}

static starlings_status stln_edge_list_reserve(starlings_edge_list *list)
{
    size_t capacity = stln_grown(list->capacity, list->count + 1);
    starlings_edge *edges;
    if (list->count < list->capacity)
        return STARLINGS_OK;
    edges = (starlings_edge *)stln_realloc(&list->allocator, list->edges, list->capacity, capacity,
                                           sizeof *edges);
    if (edges == NULL)
        return STARLINGS_ERR_NOMEM;
    list->edges = edges;
    list->capacity = capacity;
    return STARLINGS_OK;
}

starlings_status starlings_edge_list_read_csv(starlings_csv *csv,
                                              const starlings_csv_columns *columns,
                                              starlings_names *names, bool known_only,
                                              starlings_edge_list *list)
{
    const starlings_text *fields = NULL;
    stln_name_probe probes[2];
    stln_columns at;
    starlings_status status;
    uint64_t rows = 0;
    if (csv == NULL || names == NULL || list == NULL)
        return STARLINGS_ERR_ARG;
    status = stln_columns_of_edges(csv, columns, &at);
    if (status != STARLINGS_OK)
        return status;
    if (list->allocator.resize == NULL)
        list->allocator = csv->env.allocator;
    list->has_sources = list->has_sources || at.has_sources;
    for (;;) {
        double score = 0;
        status = stln_row_next(csv, "read edges", &rows, &fields);
        if (status != STARLINGS_OK || fields == NULL)
            return status;
        status = stln_row_names(csv, fields, &at, 2, names, known_only, probes);
        if (status == STARLINGS_OK)
            status = stln_row_score(csv, fields, at.value, &score);
        if (status != STARLINGS_OK)
            return status;
        status = stln_edge_list_reserve(list);
        if (status == STARLINGS_OK)
            status = stln_names_take(names, probes, 2);
        if (status != STARLINGS_OK)
            return stln_row_nomem(csv, status);
        list->edges[list->count].a = probes[0].record;
        list->edges[list->count].b = probes[1].record;
        list->edges[list->count].weight = score;
        list->count++;
    }
}

void starlings_edge_list_clear(starlings_edge_list *list)
{
    if (list == NULL)
        return;
    stln_free(&list->allocator, list->edges, list->capacity, sizeof *list->edges);
    memset(list, 0, sizeof *list);
}

starlings_status starlings_edge_list_renumber(starlings_edge_list *list, const uint32_t *new_number,
                                              uint32_t count)
{
    if (list == NULL || (new_number == NULL && list->count > 0))
        return STARLINGS_ERR_ARG;
    for (size_t i = 0; i < list->count; i++)
        if (list->edges[i].a >= count || list->edges[i].b >= count)
            return STARLINGS_ERR_RANGE;
    for (size_t i = 0; i < list->count; i++) {
        list->edges[i].a = new_number[list->edges[i].a];
        list->edges[i].b = new_number[list->edges[i].b];
    }
    return STARLINGS_OK;
}

/* Labels for `count` records. */
static starlings_status stln_membership_reserve(starlings_membership *membership, size_t count)
{
    size_t capacity = stln_grown(membership->capacity, count);
    uint32_t *labels;
    if (count <= membership->capacity && membership->labels != NULL)
        return STARLINGS_OK;
    labels = (uint32_t *)stln_realloc(&membership->allocator, membership->labels,
                                      membership->capacity, capacity, sizeof *labels);
    if (labels == NULL)
        return STARLINGS_ERR_NOMEM;
    memset(labels + membership->capacity, 0xff,
           (capacity - membership->capacity) * sizeof *labels); /* STARLINGS_NONE */
    membership->labels = labels;
    membership->capacity = capacity;
    return STARLINGS_OK;
}

/* One row of a membership: all is checked and reserved, then it is kept. */
static starlings_status stln_membership_take(const starlings_csv *csv, const starlings_text *fields,
                                             const stln_columns *at, starlings_names *names,
                                             stln_texts *entities, stln_name_probe *probe,
                                             starlings_membership *membership)
{
    starlings_text entity = fields[at->value];
    starlings_status status;
    uint64_t hash;
    uint32_t label;
    if (entity.size == 0)
        return stln_row_empty(csv, at->value);
    if (probe->record != STARLINGS_NONE && membership->labels[probe->record] != STARLINGS_NONE)
        return stln_row_fail_record(csv, STARLINGS_ERR_DUPLICATE, &probe->name,
                                    "\" is there twice");
    hash = stln_texts_hash(entities, 0, entity);
    label = stln_texts_find(entities, hash, 0, entity);
    status = label == STARLINGS_NONE ? stln_texts_reserve(entities, 1, entity.size) : STARLINGS_OK;
    if (status == STARLINGS_OK)
        status = stln_membership_reserve(membership, (size_t)names->keys.count + 1);
    if (status == STARLINGS_OK)
        status = stln_names_take(names, probe, 1);
    if (status != STARLINGS_OK)
        return stln_row_nomem(csv, status);
    if (label == STARLINGS_NONE)
        label = stln_texts_insert(entities, hash, 0, entity);
    membership->labels[probe->record] = label;
    return STARLINGS_OK;
}

static starlings_status stln_membership_rows(starlings_csv *csv, const stln_columns *at,
                                             starlings_names *names, bool known_only,
                                             stln_texts *entities, starlings_membership *membership)
{
    const starlings_text *fields = NULL;
    stln_name_probe probe;
    uint64_t rows = 0;
    for (;;) {
        starlings_status status = stln_row_next(csv, "read entities", &rows, &fields);
        if (status != STARLINGS_OK || fields == NULL)
            return status;
        status = stln_row_names(csv, fields, at, 1, names, known_only, &probe);
        if (status == STARLINGS_OK)
            status = stln_membership_take(csv, fields, at, names, entities, &probe, membership);
        if (status != STARLINGS_OK)
            return status;
    }
}

starlings_status starlings_membership_read_csv(starlings_csv *csv,
                                               const starlings_csv_columns *columns,
                                               starlings_names *names, bool known_only,
                                               starlings_membership *membership)
{
    starlings_status status;
    stln_columns at;
    stln_texts entities;
    if (csv == NULL || names == NULL || membership == NULL || membership->labels != NULL)
        return STARLINGS_ERR_ARG;
    status = stln_columns_of_records(csv, columns, true, &at);
    if (status != STARLINGS_OK)
        return status;
    if (membership->allocator.resize == NULL)
        membership->allocator = csv->env.allocator;
    membership->capacity = 0;
    status = stln_membership_reserve(membership, names->keys.count);
    if (status != STARLINGS_OK)
        return stln_row_nomem(csv, status);
    membership->has_sources = at.has_sources;
    stln_texts_init(&entities, &csv->env.allocator, names->keys.seed);
    status = stln_membership_rows(csv, &at, names, known_only, &entities, membership);
    membership->record_count = names->keys.count;
    membership->label_count = entities.count;
    stln_texts_clear(&entities);
    return status;
}

starlings_status starlings_membership_renumber(starlings_membership *membership,
                                               const uint32_t *new_number, uint32_t count)
{
    uint32_t *labels;
    if (membership == NULL || membership->labels == NULL || (new_number == NULL && count > 0))
        return STARLINGS_ERR_ARG;
    if (count < membership->record_count)
        return STARLINGS_ERR_RANGE;
    for (uint32_t r = 0; r < membership->record_count; r++)
        if (new_number[r] >= count)
            return STARLINGS_ERR_RANGE;
    labels = (uint32_t *)stln_alloc(&membership->allocator, count, sizeof *labels);
    if (labels == NULL)
        return STARLINGS_ERR_NOMEM;
    memset(labels, 0xff, (size_t)count * sizeof *labels); /* STARLINGS_NONE */
    for (uint32_t r = 0; r < membership->record_count; r++)
        labels[new_number[r]] = membership->labels[r];
    stln_free(&membership->allocator, membership->labels, membership->capacity, sizeof *labels);
    membership->labels = labels;
    membership->capacity = count == 0 ? 1 : count;
    membership->record_count = count;
    return STARLINGS_OK;
}

void starlings_membership_clear(starlings_membership *membership)
{
    if (membership == NULL)
        return;
    stln_free(&membership->allocator, membership->labels, membership->capacity,
              sizeof *membership->labels);
    memset(membership, 0, sizeof *membership);
}

starlings_status starlings_names_read_csv(starlings_csv *csv, const starlings_csv_columns *columns,
                                          starlings_names *names, bool known_only)
{
    const starlings_text *fields = NULL;
    starlings_status status;
    stln_name_probe probe;
    stln_columns at;
    uint64_t rows = 0;
    if (csv == NULL || names == NULL)
        return STARLINGS_ERR_ARG;
    status = stln_columns_of_records(csv, columns, false, &at);
    while (status == STARLINGS_OK) {
        status = stln_row_next(csv, "read records", &rows, &fields);
        if (status != STARLINGS_OK || fields == NULL)
            return status;
        status = stln_row_names(csv, fields, &at, 1, names, known_only, &probe);
        if (status == STARLINGS_OK)
            status = stln_row_nomem(csv, stln_names_take(names, &probe, 1));
    }
    return status;
}

/* Writing fields. */

starlings_status starlings_csv_write_field(const starlings_sink *sink, starlings_text field,
                                           char after)
{
    starlings_status status = STARLINGS_OK;
    size_t from = 0;
    bool quote = false;
    if (sink == NULL || sink->write == NULL || (field.text == NULL && field.size > 0))
        return STARLINGS_ERR_ARG;
    for (size_t i = 0; i < field.size && !quote; i++)
        quote = memchr(",\"\n\r", field.text[i], 4) != NULL;
    if (quote)
        status = sink->write(sink->ctx, "\"", 1);
    for (size_t i = 0; quote && i < field.size && status == STARLINGS_OK; i++)
        if (field.text[i] == '"') { /* up to it and with it; the next piece begins with it again */
            status = sink->write(sink->ctx, field.text + from, i + 1 - from);
            from = i;
        }
    if (status == STARLINGS_OK && field.size > from)
        status = sink->write(sink->ctx, field.text + from, field.size - from);
    if (status == STARLINGS_OK && quote)
        status = sink->write(sink->ctx, "\"", 1);
    return status == STARLINGS_OK ? sink->write(sink->ctx, &after, 1) : status;
}

/* The linkage matrix. */

typedef struct stln_linkage {
    double *row;     /* the next one */
    double *cluster; /* at the first position of a group: the number it has now */
    double next;     /* number of the next new cluster */
    uint32_t first;  /* position of the cluster that grows */
} stln_linkage;

/* Join the group at position `at` to the one that grows; together they have `size` records. */
static void stln_linkage_join(stln_linkage *linkage, uint32_t at, double distance, uint32_t size)
{
    double a = linkage->cluster[linkage->first], b = linkage->cluster[at];
    linkage->row[0] = a < b ? a : b;
    linkage->row[1] = a < b ? b : a;
    linkage->row[2] = distance;
    linkage->row[3] = size;
    linkage->row += 4;
    linkage->cluster[linkage->first] = linkage->next;
    linkage->next += 1;
}

/* The rows of all merges. */
static starlings_status stln_linkage_merges(stln_linkage *linkage, const starlings_merge_list *list)
{
    uint32_t count = starlings_merge_list_count(list);
    for (uint32_t i = 0; i < count; i++) {
        starlings_merge merge;
        starlings_status status = starlings_merge_list_at(list, i, &merge);
        if (status != STARLINGS_OK)
            return status;
        linkage->first = merge.starts[0];
        for (uint32_t g = 1; g < merge.group_count; g++)
            stln_linkage_join(linkage, merge.starts[g],
                              starlings_key_threshold(STARLINGS_ONE - merge.key),
                              merge.starts[g + 1] - merge.starts[0]);
    }
    return STARLINGS_OK;
}

/* The rows of what never joins: one component after the other to the first. */
static void stln_linkage_rest(stln_linkage *linkage, const uint32_t *height, uint32_t n,
                              double never)
{
    linkage->first = 0;
    for (uint32_t p = 1, end; p < n; p = end) {
        for (end = p + 1; end < n && height[end] != 0;)
            end++;
        if (height[p] == 0)
            stln_linkage_join(linkage, p, never, end);
    }
}

starlings_status starlings_hierarchy_linkage(starlings_hierarchy *hierarchy,
                                             const starlings_env *env, double never, double *matrix)
{
    starlings_env own = stln_env_of(env, NULL);
    starlings_merge_list *list = NULL;
    starlings_status status;
    stln_linkage linkage;
    const uint32_t *perm;
    uint32_t n = hierarchy != NULL ? starlings_hierarchy_record_count(hierarchy) : 0;
    if (hierarchy == NULL || own.allocator.resize == NULL || (n > 1 && matrix == NULL) ||
        !(never == 0 || never >= 1))
        return stln_fail(&own, STARLINGS_ERR_ARG, 0, NULL);
    if (n < 2)
        return STARLINGS_OK;
    status = starlings_merge_list_create(hierarchy, &own, &list);
    if (status != STARLINGS_OK)
        return status;
    linkage.row = matrix;
    linkage.next = n;
    linkage.cluster = (double *)stln_alloc(&own.allocator, n, sizeof *linkage.cluster);
    if (linkage.cluster == NULL) {
        starlings_merge_list_release(list);
        return stln_fail(&own, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    perm = starlings_hierarchy_perm(hierarchy);
    for (uint32_t p = 0; p < n; p++)
        linkage.cluster[p] = perm[p];
    status = stln_linkage_merges(&linkage, list);
    if (status == STARLINGS_OK)
        stln_linkage_rest(&linkage, starlings_hierarchy_height(hierarchy), n,
                          never == 0 ? 2.0 : never);
    stln_free(&own.allocator, linkage.cluster, n, sizeof *linkage.cluster);
    starlings_merge_list_release(list);
    return status;
}

/* Newick. */

#define STLN_NEWICK_BUFFER 32768

typedef struct stln_newick {
    const starlings_newick_desc *desc;
    starlings_status status; /* the first one that is not OK stays */
    char *buffer;
    size_t used;
    const uint32_t *perm;
    const uint32_t *height;
    uint32_t *open;  /* by position: how many nodes begin there */
    uint32_t *stack; /* heights (1 + key) of the open nodes, rising */
    uint32_t depth;
} stln_newick;

static void stln_newick_flush(stln_newick *newick)
{
    if (newick->used > 0 && newick->status == STARLINGS_OK)
        newick->status = newick->desc->sink.write(newick->desc->sink.ctx, newick->buffer,
                                                  newick->used);
    newick->used = 0;
}

static void stln_newick_put(stln_newick *newick, const char *bytes, size_t size)
{
    while (size > 0 && newick->status == STARLINGS_OK) {
        size_t part = stln_min_size(size, STLN_NEWICK_BUFFER - newick->used);
        memcpy(newick->buffer + newick->used, bytes, part);
        newick->used += part;
        bytes += part;
        size -= part;
        if (newick->used == STLN_NEWICK_BUFFER)
            stln_newick_flush(newick);
    }
}

/* Must a label be quoted? Blanks and the marks of the format, and the underscore, which stands for
   a blank outside quotes. */
static bool stln_newick_quotes(starlings_text label)
{
    for (size_t i = 0; i < label.size; i++)
        if ((unsigned char)label.text[i] <= ' ' || label.text[i] == 0x7f ||
            memchr("()[]{}':;,_\"", label.text[i], 12) != NULL)
            return true;
    return label.size == 0;
}

static void stln_newick_label(stln_newick *newick, uint32_t record)
{
    starlings_text label;
    char number[20];
    size_t from = 0;
    label.text = number;
    if (newick->desc->name != NULL)
        label = newick->desc->name(newick->desc->name_ctx, record);
    else
        label.size = stln_write_u64(number, record);
    if (!stln_newick_quotes(label)) {
        stln_newick_put(newick, label.text, label.size);
        return;
    }
    stln_newick_put(newick, "'", 1);
    for (size_t i = 0; i < label.size; i++)
        if (label.text[i] == '\'') {
            stln_newick_put(newick, label.text + from, i + 1 - from);
            from = i; /* once more */
        }
    if (label.size > 0)
        stln_newick_put(newick, label.text + from, label.size - from);
    stln_newick_put(newick, "'", 1);
}

static void stln_newick_length(stln_newick *newick, uint32_t millionths)
{
    char text[24];
    text[0] = ':';
    stln_newick_put(newick, text, 1 + stln_write_millionths(text + 1, millionths));
}

/* Count the nodes that begin at each position. */
static void stln_newick_count(stln_newick *newick, uint32_t n, uint32_t *first)
{
    newick->depth = 0;
    for (uint32_t p = 0; p < n; p++) {
        uint32_t h = p + 1 < n ? newick->height[p + 1] : 0, begin = p;
        newick->open[p] = 0;
        while (newick->depth > 0 && newick->stack[newick->depth - 1] > h)
            begin = first[--newick->depth];
        if (h > 0 && (newick->depth == 0 || newick->stack[newick->depth - 1] < h)) {
            newick->stack[newick->depth] = h;
            first[newick->depth++] = begin;
            newick->open[begin]++;
        }
    }
}

/* Write the component that begins at position p. */
static void stln_newick_component(stln_newick *newick, uint32_t p, uint32_t n)
{
    newick->depth = 0;
    for (uint32_t h = 1; h > 0 && newick->status == STARLINGS_OK; p++) {
        uint32_t own = 1 + STARLINGS_ONE, above;
        h = p + 1 < n ? newick->height[p + 1] : 0;
        for (uint32_t i = 0; i < newick->open[p]; i++)
            stln_newick_put(newick, "(", 1);
        stln_newick_label(newick, newick->perm[p]);
        for (;;) { /* the leaf and the nodes that end here, each with its way up */
            above = newick->depth > 0 ? newick->stack[newick->depth - 1] : 0;
            above = above > h ? above : h;
            if (above > 0)
                stln_newick_length(newick, own - above);
            if (newick->depth == 0 || newick->stack[newick->depth - 1] <= h)
                break;
            own = newick->stack[--newick->depth];
            stln_newick_put(newick, ")", 1);
        }
        if (h > 0 && (newick->depth == 0 || newick->stack[newick->depth - 1] < h))
            newick->stack[newick->depth++] = h;
        stln_newick_put(newick, h > 0 ? "," : ";\n", h > 0 ? 1 : 2);
    }
}

starlings_status starlings_hierarchy_newick(const starlings_newick_desc *desc)
{
    starlings_env env = stln_env_of(desc != NULL ? &desc->env : NULL, NULL);
    stln_scratch scratch;
    stln_newick newick;
    uint32_t n, *at; /* where the component begins whose smallest record this is, plus 1 */
    if (desc == NULL || desc->hierarchy == NULL || desc->sink.write == NULL ||
        env.allocator.resize == NULL)
        return stln_fail(&env, STARLINGS_ERR_ARG, 0, NULL);
    n = starlings_hierarchy_record_count(desc->hierarchy);
    memset(&newick, 0, sizeof newick);
    newick.desc = desc;
    newick.perm = starlings_hierarchy_perm(desc->hierarchy);
    newick.height = starlings_hierarchy_height(desc->hierarchy);
    stln_scratch_open(&scratch, &env.allocator);
    newick.buffer = (char *)stln_scratch_alloc(&scratch, STLN_NEWICK_BUFFER, 1);
    newick.open = (uint32_t *)stln_scratch_alloc(&scratch, n, sizeof *newick.open);
    newick.stack = (uint32_t *)stln_scratch_alloc(&scratch, n, sizeof *newick.stack);
    at = (uint32_t *)stln_scratch_alloc(&scratch, n, sizeof *at);
    if (scratch.failed) {
        stln_scratch_close(&scratch);
        return stln_fail(&env, STARLINGS_ERR_NOMEM, 0, NULL);
    }
    stln_newick_count(&newick, n, at);
    memset(at, 0, n * sizeof *at);
    for (uint32_t p = 0; p < n; p++)
        if (p == 0 || newick.height[p] == 0)
            at[newick.perm[p]] = p + 1;
    for (uint32_t record = 0; record < n && newick.status == STARLINGS_OK; record++)
        if (at[record] > 0)
            stln_newick_component(&newick, at[record] - 1, n);
    stln_newick_flush(&newick);
    stln_scratch_close(&scratch);
    if (newick.status != STARLINGS_OK)
        stln_fail(&env, newick.status, 0, NULL);
    return newick.status;
}

#ifndef STARLINGS_NO_STDIO
starlings_status starlings_file_read(void *file, void *bytes, size_t capacity, size_t *out_size)
{
    if (file == NULL || bytes == NULL || out_size == NULL)
        return STARLINGS_ERR_ARG;
    *out_size = fread(bytes, 1, capacity, (FILE *)file);
    return *out_size < capacity && ferror((FILE *)file) ? STARLINGS_ERR_IO : STARLINGS_OK;
}

starlings_status starlings_file_write(void *file, const void *bytes, size_t size)
{
    if (file == NULL || (bytes == NULL && size > 0))
        return STARLINGS_ERR_ARG;
    return fwrite(bytes, 1, size, (FILE *)file) == size ? STARLINGS_OK : STARLINGS_ERR_IO;
}
#endif
/* ==== [S99 LICENCE] MIT ==================================================== */
/* Copyright (c) 2026 The starlings.h authors

   Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
   associated documentation files (the "Software"), to deal in the Software without restriction,
   including without limitation the rights to use, copy, modify, merge, publish, distribute,
   sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
   furnished to do so, subject to the following conditions:

   The above copyright notice and this permission notice shall be included in all copies or
   substantial portions of the Software.

   THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
   NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
   NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
   DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
   OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE. */

#ifdef __cplusplus
}
#endif
#endif /* STARLINGS_IMPLEMENTATION */
