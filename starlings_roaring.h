/* starlings_roaring.h - starlings.h with CRoaring behind its large sets - MIT licence (see there)

   starlings.h has Roaring bitmaps of its own and needs nothing. This header puts the CRoaring
   library in their place: for programs that hold roaring_bitmap_t already, and to test the one
   against the other. In the ONE C file that holds the implementation include it instead:

       #define STARLINGS_IMPLEMENTATION           everywhere else, as before:
       #include "starlings_roaring.h"                 #include "starlings.h"

   Build: cc -std=c11 -O2 -D_POSIX_C_SOURCE=200809L app.c -lroaring
   (CRoaring's header asks for POSIX; cc -std=gnu11 does as well.) Files that use the three
   functions below include this header too, there without STARLINGS_IMPLEMENTATION; CRoaring's own
   header is included by the one file only, and last, for it defines macros with short names.

     STARLINGS_ROARING_HEADER  where it is; default <roaring/roaring.h>, and "roaring.h" for the
                               amalgamation. CRoaring 0.2.66 to 5.x; 5.0 or later where the high
                               byte of a number comes first.

   What stays: every public name and layout, sets of up to 32 or thinly spread members (kept
   without CRoaring), the rules for bytes from outside (checked here, before CRoaring reads), and
   the canonical bytes and hashes: equal sets, equal bytes, with either backend. CRoaring's own
   bytes depend on how a set was made, so sets are written from their members here.

   What is lost
   * CRoaring does not report that memory ran out inside a change; it may stop the program.
     A status of ERR_NOMEM is still given where it tells, but the promise that a failed call has
     changed nothing does not hold for large sets.
   * Its memory comes from its own global hooks (malloc). The allocator of an env serves the small
     sets and a header for each large one.
   * A view is a copy: CRoaring's views trust their bytes and need them aligned.
   * starlings_bitmap_heap_bytes of a large set is an estimate: CRoaring does not tell capacities.
   * The SIMD level is CRoaring's choice.

   Copy-on-write is never on here: it makes sets share memory, and reading is then no longer free of
   writes. A unit that includes this header does not link with another backend's implementation
   (starlings_bitmap_backend_croaring is missing). Where the implementation is STARLINGS_STATIC
   there is nothing to link, and its sets must not be handed to another copy.

   ==== Idea of the implementation
   A stln_bmb is a roaring_bitmap_t and its cardinality, which CRoaring would count each time. The
   functions stln_bmb_* are declared by S41 of starlings.h and defined here, behind it. Only calls
   of CRoaring's public interface, and of its public structure the number of chunks, are used. */

/* Everything in starlings.h, with the own backend left out. */
#ifdef STARLINGS_IMPLEMENTATION
#  ifdef __cplusplus
#    error "compile the file with the implementation as C: CRoaring's names differ in C++"
#  endif
#  if defined(STLN_IMPLEMENTED) && !defined(STARLINGS_BITMAP_BACKEND_CROARING)
#    error "include starlings_roaring.h instead of starlings.h where the implementation is"
#  endif
#  ifndef STARLINGS_BITMAP_BACKEND_CROARING
#    define STARLINGS_BITMAP_BACKEND_CROARING
#  endif
#endif
#include "starlings.h"

#ifndef STARLINGS_ROARING_H
#define STARLINGS_ROARING_H

/* roaring_bitmap_t; in C++ its namespace depends on CRoaring's version, so any pointer serves. */
#ifdef __cplusplus
extern "C" {
typedef void starlings_roaring;
#else
struct roaring_bitmap_s;
typedef struct roaring_bitmap_s starlings_roaring;
#endif

/* The CRoaring bitmap inside a set, to read: it is gone or out of date with the next change of the
   set. NULL: the set is so small that it has none (or is NULL). */
STARLINGS_DEF const starlings_roaring *starlings_bitmap_as_roaring(const starlings_bitmap *set);

/* The set of the members of a CRoaring bitmap, which stays the caller's.
   Errors: ERR_ARG; ERR_NOMEM. */
STARLINGS_DEF starlings_status starlings_bitmap_from_roaring(const starlings_bitmap_env *env,
                                                             const starlings_roaring *from,
                                                             starlings_bitmap *out);

/* The same, and `from` belongs to the set from then on, or is freed: without a copy where it is
   large. It must not be a view of frozen bytes. After an error it is still the caller's. */
STARLINGS_DEF starlings_status starlings_bitmap_take_roaring(const starlings_bitmap_env *env,
                                                             starlings_roaring *from,
                                                             starlings_bitmap *out);

/* Whoever includes this wants this backend: see the head. */
#if !defined(STARLINGS_STATIC)
extern const char starlings_bitmap_backend_croaring;
#  if defined(__GNUC__) && !defined(STARLINGS_IMPLEMENTATION)
static const char *const stln_bmb_wanted __attribute__((used)) = &starlings_bitmap_backend_croaring;
#  endif
#endif

#ifdef __cplusplus
}
#endif
#endif /* STARLINGS_ROARING_H */

#if defined(STARLINGS_IMPLEMENTATION) && !defined(STLN_ROARING_IMPLEMENTED)
#define STLN_ROARING_IMPLEMENTED
#ifndef STARLINGS_ROARING_HEADER
#  define STARLINGS_ROARING_HEADER <roaring/roaring.h>
#endif
#include STARLINGS_ROARING_HEADER

/* The version is an enum: the preprocessor does not see it. */
_Static_assert(ROARING_VERSION_MAJOR > 0 || ROARING_VERSION_MINOR > 2 ||
                   (ROARING_VERSION_MINOR == 2 && ROARING_VERSION_REVISION >= 66),
               "starlings_roaring.h needs CRoaring 0.2.66 or later");
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
_Static_assert(ROARING_VERSION_MAJOR >= 5,
               "before 5.0 CRoaring reads the portable format wrongly on this machine");
#endif

#if !defined(STARLINGS_STATIC)
const char starlings_bitmap_backend_croaring = 1;
#endif

struct stln_bmb {
    roaring_bitmap_t *roaring;
    uint64_t cardinality;
};

/* ---- making */

/* Own `roaring` (NULL: it could not be made). */
static stln_bmb *stln_bmb_wrap(const starlings_bitmap_env *env, roaring_bitmap_t *roaring)
{
    stln_bmb *b;
    if (roaring == NULL)
        return NULL;
    b = (stln_bmb *)stln_alloc(&env->allocator, 1, sizeof *b);
    if (b == NULL) {
        roaring_bitmap_free(roaring);
        return NULL;
    }
    b->roaring = roaring;
    b->cardinality = roaring_bitmap_get_cardinality(roaring);
    return b;
}

static void stln_bmb_free(const starlings_bitmap_env *env, stln_bmb *b)
{
    if (b == NULL)
        return;
    roaring_bitmap_free(b->roaring);
    stln_free(&env->allocator, b, 1, sizeof *b);
}

static stln_bmb *stln_bmb_from_sorted(const starlings_bitmap_env *env, const uint32_t *members,
                                      size_t count)
{
    return stln_bmb_wrap(env, roaring_bitmap_of_ptr(count, members));
}

static stln_bmb *stln_bmb_from_range(const starlings_bitmap_env *env, uint64_t begin, uint64_t end)
{
    if (begin >= end)
        return stln_bmb_wrap(env, roaring_bitmap_create());
    return stln_bmb_wrap(env, roaring_bitmap_from_range(begin, end, 1));
}

static stln_bmb *stln_bmb_copy(const starlings_bitmap_env *env, const stln_bmb *b)
{
    return stln_bmb_wrap(env, roaring_bitmap_copy(b->roaring));
}

static bool stln_bmb_add(const starlings_bitmap_env *env, stln_bmb *b, uint32_t member)
{
    (void)env;
    b->cardinality += roaring_bitmap_add_checked(b->roaring, member) ? 1 : 0;
    return true;
}

static bool stln_bmb_remove(const starlings_bitmap_env *env, stln_bmb *b, uint32_t member)
{
    (void)env;
    b->cardinality -= roaring_bitmap_remove_checked(b->roaring, member) ? 1 : 0;
    return true;
}

static bool stln_bmb_shrink(const starlings_bitmap_env *env, stln_bmb *b)
{
    (void)env;
    (void)roaring_bitmap_run_optimize(b->roaring);
    (void)roaring_bitmap_shrink_to_fit(b->roaring);
    return true;
}

/* ---- questions */

static uint64_t stln_bmb_cardinality(const stln_bmb *b)
{
    return b->cardinality;
}

static uint32_t stln_bmb_chunk_count(const stln_bmb *b)
{
    return (uint32_t)b->roaring->high_low_container.size;
}

static bool stln_bmb_contains(const stln_bmb *b, uint32_t member)
{
    return roaring_bitmap_contains(b->roaring, member);
}

/* The last first: 0.2.66 stops the program if the chunk of `end` is behind its last one. */
static bool stln_bmb_contains_range(const stln_bmb *b, uint64_t begin, uint64_t end)
{
    return roaring_bitmap_contains(b->roaring, (uint32_t)(end - 1)) &&
           (end - 1 == begin || roaring_bitmap_contains_range(b->roaring, begin, end - 1));
}

static uint64_t stln_bmb_rank(const stln_bmb *b, uint64_t bound)
{
    return bound == 0 ? 0 : roaring_bitmap_rank(b->roaring, (uint32_t)(bound - 1));
}

/* CRoaring counts in 32 bits, which wrap in the last chunk of the set of all numbers. */
static bool stln_bmb_select(const stln_bmb *b, uint64_t index, uint32_t *out_member)
{
    if (index >= b->cardinality)
        return false;
    if (b->cardinality > UINT32_MAX) {
        *out_member = (uint32_t)index;
        return true;
    }
    return roaring_bitmap_select(b->roaring, (uint32_t)index, out_member);
}

/* ---- two sets */

static stln_bmb *stln_bmb_combine(const starlings_bitmap_env *env, stln_set_op op,
                                  const stln_bmb *a, const stln_bmb *b)
{
    const roaring_bitmap_t *x = a->roaring, *y = b->roaring;
    if (op == STLN_AND)
        return stln_bmb_wrap(env, roaring_bitmap_and(x, y));
    if (op == STLN_OR)
        return stln_bmb_wrap(env, roaring_bitmap_or(x, y));
    if (op == STLN_XOR)
        return stln_bmb_wrap(env, roaring_bitmap_xor(x, y));
    return stln_bmb_wrap(env, roaring_bitmap_andnot(x, y));
}

static bool stln_bmb_or_in_place(const starlings_bitmap_env *env, stln_bmb *a, const stln_bmb *b)
{
    (void)env;
    roaring_bitmap_or_inplace(a->roaring, b->roaring);
    a->cardinality = roaring_bitmap_get_cardinality(a->roaring);
    return true;
}

static stln_bmb *stln_bmb_or_many(const starlings_bitmap_env *env, const stln_bmb *const *sets,
                                  size_t count)
{
    const roaring_bitmap_t **all;
    stln_bmb *b;
    all = (const roaring_bitmap_t **)stln_alloc(&env->allocator, count, sizeof *all);
    if (all == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        all[i] = sets[i]->roaring;
    b = stln_bmb_wrap(env, roaring_bitmap_or_many(count, all));
    stln_free(&env->allocator, (void *)all, count, sizeof *all);
    return b;
}

static uint64_t stln_bmb_and_cardinality(const starlings_bitmap_env *env, const stln_bmb *a,
                                         const stln_bmb *b)
{
    (void)env;
    return roaring_bitmap_and_cardinality(a->roaring, b->roaring);
}

static bool stln_bmb_intersects(const stln_bmb *a, const stln_bmb *b)
{
    return roaring_bitmap_intersect(a->roaring, b->roaring);
}

static bool stln_bmb_is_subset(const stln_bmb *a, const stln_bmb *b)
{
    return a->cardinality <= b->cardinality && roaring_bitmap_is_subset(a->roaring, b->roaring);
}

static bool stln_bmb_equals(const stln_bmb *a, const stln_bmb *b)
{
    return a->cardinality == b->cardinality && roaring_bitmap_equals(a->roaring, b->roaring);
}

/* ---- members in order */

/* The iterator's names of 0.2.66 are deprecated up to 5.x, and there all the same. */
#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
static void stln_roaring_seek(const roaring_bitmap_t *roaring, roaring_uint32_iterator_t *at,
                              uint32_t from)
{
    roaring_init_iterator(roaring, at);
    if (from > 0)
        (void)roaring_move_uint32_iterator_equalorlarger(at, from);
}

static uint32_t stln_roaring_read(roaring_uint32_iterator_t *at, uint32_t *members, uint32_t most)
{
    return roaring_read_uint32_iterator(at, members, most);
}
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif

static size_t stln_bmb_read(const stln_bmb *b, uint64_t *next, uint32_t *members, size_t capacity)
{
    roaring_uint32_iterator_t at;
    uint32_t most = capacity > UINT32_MAX ? UINT32_MAX : (uint32_t)capacity, got;
    if (most == 0 || *next > UINT32_MAX)
        return 0;
    stln_roaring_seek(b->roaring, &at, (uint32_t)*next);
    got = stln_roaring_read(&at, members, most);
    *next = got < most ? (uint64_t)UINT32_MAX + 1 : (uint64_t)members[got - 1] + 1;
    return got;
}

/* Walks over the members chunk by chunk, each put together as S41 has it: halves, or words where
   there are too many of them. */
enum { STLN_ROARING_BLOCK = 256 };
typedef struct stln_roaring_walk {
    roaring_uint32_iterator_t at;
    uint32_t block[STLN_ROARING_BLOCK];
    uint32_t count; /* of members in block, */
    uint32_t done;  /* and how many of them are done with */
    uint32_t key;
    stln_chunk chunk;
    uint16_t halves[4096];
    uint64_t words[1024];
} stln_roaring_walk;

static void stln_roaring_begin(stln_roaring_walk *walk, const stln_bmb *b)
{
    stln_roaring_seek(b->roaring, &walk->at, 0);
    walk->count = 0;
    walk->done = 0;
}

STLN_INLINE void stln_roaring_bit(stln_roaring_walk *walk, uint32_t low)
{
    walk->words[low / 64] |= (uint64_t)1 << low % 64;
}

/* Member `size` of the chunk. */
static void stln_roaring_put(stln_roaring_walk *walk, uint32_t size, uint32_t low)
{
    if (size < 4096) {
        walk->halves[size] = (uint16_t)low;
        return;
    }
    if (size == 4096) {
        memset(walk->words, 0, sizeof walk->words);
        for (uint32_t i = 0; i < 4096; i++)
            stln_roaring_bit(walk, walk->halves[i]);
    }
    stln_roaring_bit(walk, low);
}

/* The next chunk; false: there is none. */
static bool stln_roaring_next(stln_roaring_walk *walk)
{
    uint32_t size = 0;
    for (;;) {
        if (walk->done == walk->count) {
            walk->count = stln_roaring_read(&walk->at, walk->block, STLN_ROARING_BLOCK);
            walk->done = 0;
        }
        if (walk->count == 0 || (size > 0 && walk->block[walk->done] >> 16 != walk->key))
            break;
        walk->key = walk->block[walk->done] >> 16;
        while (walk->done < walk->count && walk->block[walk->done] >> 16 == walk->key)
            stln_roaring_put(walk, size++, walk->block[walk->done++] & 0xFFFFu);
    }
    if (size == 0)
        return false;
    memset(&walk->chunk, 0, sizeof walk->chunk);
    walk->chunk.less = size - 1;
    walk->chunk.foreign = 1;
    walk->chunk.type = (uint8_t)(size <= STLN_CHUNK_FEW ? STLN_CHUNK_ARRAY : STLN_CHUNK_BITSET);
    walk->chunk.payload = size <= STLN_CHUNK_FEW ? (void *)walk->halves : (void *)walk->words;
    return true;
}

/* ---- bytes */

/* Two walks where the own backend looks at chunks it has: bytes are for storage. */
static size_t stln_bmb_portable_size(const stln_bmb *b)
{
    stln_roaring_walk walk;
    stln_portable form;
    size_t payloads = 0;
    bool runs = false;
    stln_roaring_begin(&walk, b);
    while (stln_roaring_next(&walk)) {
        stln_chunk_type type = stln_chunk_canonical(&walk.chunk);
        payloads += stln_portable_chunk_size(&walk.chunk, type);
        runs = runs || type == STLN_CHUNK_RUN;
    }
    stln_portable_lay_out(&form, stln_bmb_chunk_count(b), runs);
    return form.payloads + payloads;
}

/* The flag of chunk i. */
static void stln_roaring_note(stln_portable_writer *w, uint32_t i, const stln_chunk *c)
{
    if (stln_portable_is_runs(c)) {
        w->bytes[4 + i / 8] = (unsigned char)(w->bytes[4 + i / 8] | 1u << i % 8);
        w->form.flagged = true;
    }
}

static size_t stln_bmb_portable_write(const stln_bmb *b, void *bytes, size_t capacity)
{
    stln_roaring_walk walk;
    stln_portable_writer w;
    if (stln_bmb_portable_size(b) > capacity)
        return 0;
    stln_portable_begin(&w, bytes, stln_bmb_chunk_count(b));
    stln_roaring_begin(&walk, b);
    for (uint32_t i = 0; stln_roaring_next(&walk); i++)
        stln_roaring_note(&w, i, &walk.chunk);
    stln_portable_head(&w);
    stln_roaring_begin(&walk, b);
    for (uint32_t i = 0; stln_roaring_next(&walk); i++)
        stln_portable_put(&w, i, walk.key, &walk.chunk);
    return w.end;
}

/* stln_portable_check has accepted them, which CRoaring's reader must not be without. */
static stln_bmb *stln_bmb_from_portable(const starlings_bitmap_env *env, const void *bytes,
                                        size_t size)
{
    return stln_bmb_wrap(env,
                         roaring_bitmap_portable_deserialize_safe((const char *)bytes, size));
}

static stln_bmb *stln_bmb_view(const starlings_bitmap_env *env, const void *bytes, size_t size)
{
    return stln_bmb_from_portable(env, bytes, size);
}

/* An estimate: of each chunk its payload and one small header, of the arrays of chunks all. */
static void stln_bmb_describe(const stln_bmb *b, starlings_bitmap_stats *stats)
{
    roaring_statistics_t is;
    roaring_bitmap_statistics(b->roaring, &is);
    stats->arrays = is.n_array_containers;
    stats->bitsets = is.n_bitset_containers;
    stats->runs = is.n_run_containers;
}

static size_t stln_bmb_heap_bytes(const stln_bmb *b)
{
    const size_t entry = sizeof(void *) + sizeof(uint16_t) + sizeof(uint8_t);
    roaring_statistics_t is;
    roaring_bitmap_statistics(b->roaring, &is);
    return sizeof *b + sizeof *b->roaring +
           (size_t)b->roaring->high_low_container.allocation_size * entry +
           (size_t)is.n_containers * 16 + (size_t)is.n_bytes_array_containers +
           (size_t)is.n_bytes_run_containers + (size_t)is.n_bytes_bitset_containers;
}

/* ---- from and to CRoaring */

const starlings_roaring *starlings_bitmap_as_roaring(const starlings_bitmap *set)
{
    if (set == NULL || stln_bitmap_operand(set).chunked == NULL)
        return NULL;
    return stln_bitmap_operand(set).chunked->roaring;
}

/* A copy that shares nothing. With copy-on-write a copy would share; an intersection never does. */
static roaring_bitmap_t *stln_roaring_copy(const roaring_bitmap_t *from)
{
    roaring_bitmap_t *copy;
    if (from->high_low_container.flags == 0)
        return roaring_bitmap_copy(from);
    copy = roaring_bitmap_and(from, from);
    if (copy != NULL)
        copy->high_low_container.flags = 0;
    return copy;
}

starlings_status starlings_bitmap_from_roaring(const starlings_bitmap_env *env,
                                               const starlings_roaring *from, starlings_bitmap *out)
{
    starlings_bitmap_env e;
    starlings_bitmap result;
    if (from == NULL || out == NULL || !stln_bitmap_env_of(env, &e))
        return STARLINGS_ERR_ARG;
    if (!stln_bitmap_settle(&e, stln_bmb_wrap(&e, stln_roaring_copy(from)), &result))
        return STARLINGS_ERR_NOMEM;
    return stln_bitmap_replace(&e, &result, out);
}

/* What is small, or shares memory, is copied and then freed; the rest only gets a header. */
starlings_status starlings_bitmap_take_roaring(const starlings_bitmap_env *env,
                                               starlings_roaring *from, starlings_bitmap *out)
{
    starlings_bitmap_env e;
    starlings_status status;
    uint64_t cardinality;
    stln_bmb *b;
    starlings_bitmap result;
    if (from == NULL || out == NULL || !stln_bitmap_env_of(env, &e))
        return STARLINGS_ERR_ARG;
    cardinality = roaring_bitmap_get_cardinality(from);
    if (from->high_low_container.flags != 0 ||
        stln_bitmap_wants_flat(cardinality, (uint32_t)from->high_low_container.size)) {
        status = starlings_bitmap_from_roaring(&e, from, out);
        if (status == STARLINGS_OK)
            roaring_bitmap_free(from);
        return status;
    }
    b = (stln_bmb *)stln_alloc(&e.allocator, 1, sizeof *b);
    if (b == NULL)
        return STARLINGS_ERR_NOMEM;
    b->roaring = from;
    b->cardinality = cardinality;
    stln_bmb_store(&result, b, STLN_BITMAP_CHUNKED);
    return stln_bitmap_replace(&e, &result, out);
}
#endif /* STARLINGS_IMPLEMENTATION */
