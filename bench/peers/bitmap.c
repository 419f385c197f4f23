/* bitmap.c - the library's bitmaps beside CRoaring: the same work on the same sets, in one
   program, turn by turn; each figure is the median of the rounds.
   Build and run: bench/bitmap.sh, or make bench-bitmap
   Usage: bench_bitmap [--rounds N] [--tiny N] [--only METRIC] FILE.rbs ...
   RBS: run_file says what it is.

   First a JSON line with the versions, then one for each metric: data set, metric, unit, ours,
   croaring, ratio (croaring / ours: above 1 the library is faster, or smaller). Real data: all
   neighbours i, i + 1 of a file (pairs), or all its sets, as built from members ("built") and as
   read from run-optimised bytes ("packed").
   Tiny sets: N (200,000) sets of 1 to 10 members near each other, 1 to 10 spread over 16 million,
   one member. Answers of both are compared first; a difference ends the program with status 1.
   Bytes: ours by starlings_bitmap_heap_bytes plus 16 a set, CRoaring's from its statistics: two
   heap blocks a set and two a chunk, 16 bytes a block for malloc; estimates, but not far off. */
#define _POSIX_C_SOURCE 200809L
#define STARLINGS_IMPLEMENTATION
#include "../../starlings.h"

#include "../measure.h"
#ifndef STARLINGS_ROARING_HEADER
#    define STARLINGS_ROARING_HEADER <roaring/roaring.h>
#endif
#include STARLINGS_ROARING_HEADER

enum { ROUNDS_MOST = 31, READ_BLOCK = 4096 };

typedef struct data {
    const char *name;
    const char *state;
    size_t count;          /* sets */
    uint64_t total;        /* members of all */
    size_t *begin;         /* count + 1: where the members of each begin, of */
    uint32_t *members;     /* all */
    size_t *bytes_begin;   /* count + 1: the same of portable bytes */
    unsigned char *bytes;
    starlings_bitmap *ours;
    roaring_bitmap_t **theirs;
    starlings_bitmap *fresh; /* what a round makes */
    roaring_bitmap_t **made;
} data;

static unsigned rounds = 5;
static const char *only; /* NULL: all metrics */
static uint64_t sums[2]; /* what both found */

static void die(const char *what)
{
    fprintf(stderr, "bench_bitmap: %s\n", what);
    exit(1);
}

static void *room(size_t count, size_t size)
{
    void *block = calloc(count > 0 ? count : 1, size);
    if (block == NULL)
        die("no memory");
    return block;
}

static void need(starlings_status status)
{
    if (status != STARLINGS_OK)
        die("a call failed");
}

/* ---- jobs: one round over all sets, for either side; what they make stands in fresh or made */

typedef starlings_status combine_ours(const starlings_bitmap_env *, const starlings_bitmap *,
                                      const starlings_bitmap *, starlings_bitmap *);
typedef roaring_bitmap_t *combine_theirs(const roaring_bitmap_t *, const roaring_bitmap_t *);

static void pairs_ours(data *d, combine_ours *call)
{
    for (size_t i = 0; i + 1 < d->count; i++)
        need(call(NULL, &d->ours[i], &d->ours[i + 1], &d->fresh[i]));
}

static void pairs_theirs(data *d, combine_theirs *call)
{
    for (size_t i = 0; i + 1 < d->count; i++)
        d->made[i] = call(d->theirs[i], d->theirs[i + 1]);
}

static void drop_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        sums[0] += starlings_bitmap_cardinality(&d->fresh[i]);
        starlings_bitmap_free(NULL, &d->fresh[i]);
    }
}

static void drop_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->made[i] == NULL)
            continue;
        sums[1] += roaring_bitmap_get_cardinality(d->made[i]);
        roaring_bitmap_free(d->made[i]);
        d->made[i] = NULL;
    }
}

#define PAIRS(name)                                                    \
    static void name##_ours(data *d)                                   \
    {                                                                  \
        pairs_ours(d, starlings_bitmap_##name);                        \
    }                                                                  \
    static void name##_theirs(data *d)                                 \
    {                                                                  \
        pairs_theirs(d, roaring_bitmap_##name);                        \
    }
PAIRS(and)
PAIRS(or)
PAIRS(xor)
PAIRS(andnot)

/* A question of each pair, its answer added up. */
#define QUESTION(name, mine, other)                                    \
    static void name##_ours(data *d)                                   \
    {                                                                  \
        for (size_t i = 0; i + 1 < d->count; i++) {                    \
            const starlings_bitmap *a = &d->ours[i], *b = a + 1;       \
            sums[0] += (uint64_t)(mine);                               \
        }                                                              \
    }                                                                  \
    static void name##_theirs(data *d)                                 \
    {                                                                  \
        for (size_t i = 0; i + 1 < d->count; i++) {                    \
            const roaring_bitmap_t *a = d->theirs[i], *b = d->theirs[i + 1]; \
            sums[1] += (uint64_t)(other);                              \
        }                                                              \
    }
QUESTION(and_card, starlings_bitmap_and_cardinality(NULL, a, b),
         roaring_bitmap_and_cardinality(a, b))
QUESTION(intersects, starlings_bitmap_intersects(a, b), roaring_bitmap_intersect(a, b))
QUESTION(subset, starlings_bitmap_is_subset(a, b), roaring_bitmap_is_subset(a, b))
QUESTION(equals, starlings_bitmap_equals(a, b), roaring_bitmap_equals(a, b))
QUESTION(jaccard, starlings_bitmap_jaccard(NULL, a, b) * 1e6,
         roaring_bitmap_jaccard_index(a, b) * 1e6)
QUESTION(card, (b != NULL) * starlings_bitmap_cardinality(a),
         (b != NULL) * roaring_bitmap_get_cardinality(a))

static void or_many_ours(data *d)
{
    const starlings_bitmap **all = (const starlings_bitmap **)room(d->count, sizeof *all);
    for (size_t i = 0; i < d->count; i++)
        all[i] = &d->ours[i];
    need(starlings_bitmap_or_many(NULL, all, d->count, &d->fresh[0]));
    free((void *)all);
}

static void or_many_theirs(data *d)
{
    const roaring_bitmap_t **all = (const roaring_bitmap_t **)room(d->count, sizeof *all);
    for (size_t i = 0; i < d->count; i++)
        all[i] = d->theirs[i];
    d->made[0] = roaring_bitmap_or_many(d->count, all);
    free((void *)all);
}

/* One after the other; the first 2,000 of many, since a union costs the library all it holds. */
static size_t in_turn(const data *d)
{
    return d->count < 2000 ? d->count : 2000;
}

static void or_inplace_ours(data *d)
{
    for (size_t i = 0; i < in_turn(d); i++)
        need(starlings_bitmap_or(NULL, &d->fresh[0], &d->ours[i], &d->fresh[0]));
}

static void or_inplace_theirs(data *d)
{
    d->made[0] = roaring_bitmap_create();
    for (size_t i = 0; i < in_turn(d); i++)
        roaring_bitmap_or_inplace(d->made[0], d->theirs[i]);
}

static void copy_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++)
        need(starlings_bitmap_copy(NULL, &d->ours[i], &d->fresh[i]));
}

static void copy_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++)
        d->made[i] = roaring_bitmap_copy(d->theirs[i]);
}

static void from_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++)
        need(starlings_bitmap_from(NULL, d->members + d->begin[i], d->begin[i + 1] - d->begin[i],
                                   &d->fresh[i]));
}

static void from_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++)
        d->made[i] = roaring_bitmap_of_ptr(d->begin[i + 1] - d->begin[i], d->members + d->begin[i]);
}

static void add_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++)
        for (size_t j = d->begin[i]; j < d->begin[i + 1]; j++)
            need(starlings_bitmap_add(NULL, &d->fresh[i], d->members[j]));
}

static void add_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        d->made[i] = roaring_bitmap_create();
        for (size_t j = d->begin[i]; j < d->begin[i + 1]; j++)
            roaring_bitmap_add(d->made[i], d->members[j]);
    }
}

/* Each set is asked for members of its own and for ones a little beside them: 16 of each. */
static void contains_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        size_t count = d->begin[i + 1] - d->begin[i];
        for (size_t j = 0; j < 16; j++) {
            uint32_t x = d->members[d->begin[i] + j * 7919 % count];
            sums[0] += starlings_bitmap_contains(&d->ours[i], x);
            sums[0] += starlings_bitmap_contains(&d->ours[i], x ^ 5);
        }
    }
}

static void contains_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        size_t count = d->begin[i + 1] - d->begin[i];
        for (size_t j = 0; j < 16; j++) {
            uint32_t x = d->members[d->begin[i] + j * 7919 % count];
            sums[1] += roaring_bitmap_contains(d->theirs[i], x);
            sums[1] += roaring_bitmap_contains(d->theirs[i], x ^ 5);
        }
    }
}

static uint32_t block[READ_BLOCK];

static void read_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        starlings_bitmap_iterator at = starlings_bitmap_iterate(&d->ours[i], 0);
        size_t got;
        while ((got = starlings_bitmap_read(&at, block, READ_BLOCK)) > 0)
            sums[0] += block[0] + block[got - 1];
    }
}

static void iterate_ours(data *d) /* and each member is looked at */
{
    for (size_t i = 0; i < d->count; i++) {
        starlings_bitmap_iterator at = starlings_bitmap_iterate(&d->ours[i], 0);
        size_t got;
        while ((got = starlings_bitmap_read(&at, block, 256)) > 0)
            for (size_t j = 0; j < got; j++)
                sums[0] += block[j];
    }
}

#if defined(__GNUC__)
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* names that all have */
#endif
static void read_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        roaring_uint32_iterator_t at;
        uint32_t got;
        roaring_init_iterator(d->theirs[i], &at);
        while ((got = roaring_read_uint32_iterator(&at, block, READ_BLOCK)) > 0)
            sums[1] += block[0] + block[got - 1];
    }
}

static void iterate_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        roaring_uint32_iterator_t at;
        roaring_init_iterator(d->theirs[i], &at);
        while (at.has_value) {
            sums[1] += at.current_value;
            (void)roaring_advance_uint32_iterator(&at);
        }
    }
}
#if defined(__GNUC__)
#    pragma GCC diagnostic pop
#endif

static unsigned char *bytes_out; /* room for any one set */
static size_t bytes_most;

static void write_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        size_t size = 0;
        need(starlings_bitmap_serialise(&d->ours[i], bytes_out, bytes_most, &size));
    }
}

static void write_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++)
        (void)roaring_bitmap_portable_serialize(d->theirs[i], (char *)bytes_out);
}

/* Ours checks every rule; CRoaring's bounds its reads only. */
static void parse_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        size_t used = 0;
        need(starlings_bitmap_deserialise(NULL, d->bytes + d->bytes_begin[i],
                                         d->bytes_begin[i + 1] - d->bytes_begin[i], &used,
                                         &d->fresh[i]));
    }
}

static void parse_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++)
        d->made[i] = roaring_bitmap_portable_deserialize_safe(
            (const char *)d->bytes + d->bytes_begin[i], d->bytes_begin[i + 1] - d->bytes_begin[i]);
}

static void rank_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++)
        sums[0] += starlings_bitmap_rank(&d->ours[i],
                                         d->members[(d->begin[i] + d->begin[i + 1]) / 2]);
}

static void rank_theirs(data *d) /* counts x too: it is a member */
{
    for (size_t i = 0; i < d->count; i++)
        sums[1] += roaring_bitmap_rank(d->theirs[i],
                                       d->members[(d->begin[i] + d->begin[i + 1]) / 2]) - 1;
}

static void select_ours(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        uint32_t member = 0;
        (void)starlings_bitmap_select(&d->ours[i], (d->begin[i + 1] - d->begin[i]) / 2, &member);
        sums[0] += member;
    }
}

static void select_theirs(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        uint32_t member = 0;
        (void)roaring_bitmap_select(d->theirs[i], (uint32_t)((d->begin[i + 1] - d->begin[i]) / 2),
                                    &member);
        sums[1] += member;
    }
}

/* ---- the rounds */

typedef enum unit { PAIR, SET, MEMBER, LOOK } unit;
typedef struct job {
    const char *name;
    unit per;
    void (*ours)(data *d);
    void (*theirs)(data *d);
} job;

static const job jobs[] = {
    { "and", PAIR, and_ours, and_theirs },
    { "or", PAIR, or_ours, or_theirs },
    { "xor", PAIR, xor_ours, xor_theirs },
    { "andnot", PAIR, andnot_ours, andnot_theirs },
    { "and_card", PAIR, and_card_ours, and_card_theirs },
    { "intersects", PAIR, intersects_ours, intersects_theirs },
    { "jaccard", PAIR, jaccard_ours, jaccard_theirs },
    { "subset", PAIR, subset_ours, subset_theirs },
    { "equals", PAIR, equals_ours, equals_theirs },
    { "card", PAIR, card_ours, card_theirs },
    { "total_or_many", SET, or_many_ours, or_many_theirs },
    { "total_or_inplace", SET, or_inplace_ours, or_inplace_theirs },
    { "copy", SET, copy_ours, copy_theirs },
    { "contains", LOOK, contains_ours, contains_theirs },
    { "rank", SET, rank_ours, rank_theirs },
    { "select", SET, select_ours, select_theirs },
    { "to_array", MEMBER, read_ours, read_theirs },
    { "iterate", MEMBER, iterate_ours, iterate_theirs },
    { "build_sorted", MEMBER, from_ours, from_theirs },
    { "build_add_one", MEMBER, add_ours, add_theirs },
    { "serialise", SET, write_ours, write_theirs },
    { "deserialise", SET, parse_ours, parse_theirs },
};
static const char *const unit_names[] = { "ns/pair", "ns/set", "ns/member", "ns/look" };

/* Nanoseconds of one round, repeated until there is enough to measure. What is made is freed after
   each, outside the clock; its time is *free_ns. */
static double measure(data *d, void (*work)(data *), void (*drop)(data *), double *free_ns)
{
    double spent = 0, dropped = 0;
    unsigned times = 0;
    while (spent < 4.0 && times < 100000) { /* milliseconds */
        double start = measure_clock(CLOCK_PROCESS_CPUTIME_ID), end;
        work(d);
        end = measure_clock(CLOCK_PROCESS_CPUTIME_ID);
        drop(d);
        spent += end - start;
        dropped += measure_clock(CLOCK_PROCESS_CPUTIME_ID) - end;
        times++;
    }
    *free_ns = dropped * 1e6 / times;
    return spent * 1e6 / times;
}

static void print(const data *d, const char *metric, const char *per, double ours, double theirs)
{
    printf("{\"bench\": \"bitmap\", \"data\": \"%s\", \"state\": \"%s\", \"metric\": \"%s\", "
           "\"unit\": \"%s\", \"ours\": %.4g, \"croaring\": %.4g, \"ratio\": %.3g}\n",
           d->name, d->state, metric, per, ours, theirs, ours > 0 ? theirs / ours : 0);
    fflush(stdout);
}

static void run(data *d, const job *j)
{
    double ours[ROUNDS_MOST], theirs[ROUNDS_MOST], free_ours[ROUNDS_MOST], free_theirs[ROUNDS_MOST];
    double per = (double)d->count, mine, other;
    if (j->per == PAIR)
        per -= 1;
    if (j->per == MEMBER)
        per = (double)d->total;
    if (j->per == LOOK)
        per *= 32;
    if (j->ours == or_inplace_ours)
        per = (double)in_turn(d);
    sums[0] = sums[1] = 0; /* the answers, once; ratios may be rounded otherwise */
    j->ours(d);
    drop_ours(d);
    j->theirs(d);
    drop_theirs(d);
    if (sums[0] != sums[1] && j->ours != jaccard_ours) {
        fprintf(stderr, "%s, %s: %llu and %llu\n", d->name, j->name, (unsigned long long)sums[0],
                (unsigned long long)sums[1]);
        die("the answers differ");
    }
    for (unsigned r = 0; r < rounds; r++) {
        ours[r] = measure(d, j->ours, drop_ours, &free_ours[r]);
        theirs[r] = measure(d, j->theirs, drop_theirs, &free_theirs[r]);
    }
    mine = measure_median(ours, rounds);
    other = measure_median(theirs, rounds);
    print(d, j->name, unit_names[j->per], mine / per, other / per);
    if (j->ours == copy_ours) /* and asked for its cardinality: both are */
        print(d, "free", "ns/set", measure_median(free_ours, rounds) / per,
              measure_median(free_theirs, rounds) / per);
}

/* ---- data */

static size_t heap_of(const roaring_bitmap_t *r)
{
    roaring_statistics_t is;
    size_t capacity = (size_t)r->high_low_container.allocation_size;
    roaring_bitmap_statistics(r, &is);
    return sizeof *r + 16 + (capacity > 0 ? capacity * 11 + 16 : 0) +
           (size_t)is.n_containers * (16 + 2 * 16) + (size_t)is.n_bytes_array_containers +
           (size_t)is.n_bytes_run_containers + (size_t)is.n_bytes_bitset_containers;
}

static void print_bytes(data *d)
{
    double ours = 0, theirs = 0, written = 0, packed = 0;
    for (size_t i = 0; i < d->count; i++) {
        ours += (double)(sizeof *d->ours + starlings_bitmap_heap_bytes(&d->ours[i]));
        theirs += (double)heap_of(d->theirs[i]);
        written += (double)starlings_bitmap_serialised_size(&d->ours[i]);
        packed += (double)roaring_bitmap_portable_size_in_bytes(d->theirs[i]);
    }
    print(d, "memory", "bytes/set", ours / (double)d->count, theirs / (double)d->count);
    print(d, "memory", "bytes/member", ours / (double)d->total, theirs / (double)d->total);
    print(d, "written", "bytes/member", written / (double)d->total, packed / (double)d->total);
}

static void free_sets(data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        starlings_bitmap_free(NULL, &d->ours[i]);
        roaring_bitmap_free(d->theirs[i]);
    }
}

/* The members and CRoaring's bytes are there: make the sets as wanted, and run all. */
static void run_all(data *d, bool packed)
{
    d->state = packed ? "packed" : "built";
    /* One side after the other, so that the blocks of each stand near each other in memory. */
    for (size_t i = 0; i < d->count; i++) {
        size_t count = d->begin[i + 1] - d->begin[i], size;
        d->theirs[i] = roaring_bitmap_of_ptr(count, d->members + d->begin[i]);
        if (packed) {
            (void)roaring_bitmap_run_optimize(d->theirs[i]);
            (void)roaring_bitmap_shrink_to_fit(d->theirs[i]);
        }
        size = roaring_bitmap_portable_size_in_bytes(d->theirs[i]);
        bytes_most = size > bytes_most ? size : bytes_most;
    }
    for (size_t i = 0; i < d->count; i++) {
        size_t count = d->begin[i + 1] - d->begin[i], used = 0;
        size_t size = d->bytes_begin[i + 1] - d->bytes_begin[i];
        if (packed)
            need(starlings_bitmap_deserialise(NULL, d->bytes + d->bytes_begin[i], size, &used,
                                             &d->ours[i]));
        else
            need(starlings_bitmap_from(NULL, d->members + d->begin[i], count, &d->ours[i]));
        size = starlings_bitmap_serialised_size(&d->ours[i]);
        bytes_most = size > bytes_most ? size : bytes_most;
    }
    free(bytes_out);
    bytes_out = (unsigned char *)room(bytes_most, 1);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
        if (only == NULL || strcmp(jobs[i].name, only) == 0)
            run(d, &jobs[i]);
    if (only == NULL)
        print_bytes(d);
    free_sets(d);
}

static void open_data(data *d, const char *name, size_t count)
{
    memset(d, 0, sizeof *d);
    d->name = name;
    d->count = count;
    d->begin = (size_t *)room(count + 1, sizeof *d->begin);
    d->bytes_begin = (size_t *)room(count + 1, sizeof *d->bytes_begin);
    d->ours = (starlings_bitmap *)room(count, sizeof *d->ours);
    d->fresh = (starlings_bitmap *)room(count, sizeof *d->fresh);
    d->theirs = (roaring_bitmap_t **)room(count, sizeof *d->theirs);
    d->made = (roaring_bitmap_t **)room(count, sizeof *d->made);
}

static void close_data(data *d)
{
    free(d->begin);
    free(d->bytes_begin);
    free(d->members);
    free(d->bytes);
    free(d->ours);
    free(d->fresh);
    free((void *)d->theirs);
    free((void *)d->made);
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static unsigned char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes;
    long end;
    if (file == NULL)
        return NULL;
    if (fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
        die("cannot read a file");
    bytes = (unsigned char *)room((size_t)end, 1);
    *size = fread(bytes, 1, (size_t)end, file);
    (void)fclose(file);
    return bytes;
}

/* RBS1, a count, and for each set a length and its portable bytes. */
static void run_file(const char *path)
{
    size_t size = 0, at = 8, total = 0;
    unsigned char *bytes = slurp(path, &size);
    char name[64];
    const char *base = strrchr(path, '/');
    data d;
    base = base != NULL ? base + 1 : path;
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(base, "."), base);
    if (bytes == NULL || size < 8 || memcmp(bytes, "RBS1", 4) != 0) {
        fprintf(stderr, "skip %s: not there, or no RBS1\n", path);
        free(bytes);
        return;
    }
    open_data(&d, name, get32(bytes + 4));
    d.bytes = bytes;
    for (int turn = 0; turn < 2; turn++) { /* count; then keep */
        d.members = turn == 1 ? (uint32_t *)room(total, sizeof *d.members) : NULL;
        at = 8;
        total = 0;
        for (size_t i = 0; i < d.count; i++) {
            size_t length = size - at >= 4 ? get32(bytes + at) : SIZE_MAX;
            roaring_bitmap_t *r;
            at += 4;
            r = length <= size - at ? roaring_bitmap_portable_deserialize_safe(
                                          (const char *)bytes + at, length)
                                    : NULL;
            if (r == NULL || roaring_bitmap_is_empty(r))
                die("a set cannot be read, or is empty");
            if (turn == 1)
                roaring_bitmap_to_uint32_array(r, d.members + total);
            d.begin[i] = total;
            d.bytes_begin[i] = at; /* up to the next: 4 bytes too many, which readers leave */
            total += (size_t)roaring_bitmap_get_cardinality(r);
            at += length;
            roaring_bitmap_free(r);
        }
    }
    d.begin[d.count] = total;
    d.bytes_begin[d.count] = at;
    d.total = total;
    run_all(&d, false);
    run_all(&d, true);
    close_data(&d);
}

static uint64_t seed = 1;
static uint32_t below(uint32_t range) /* splitmix64 */
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((((z ^ (z >> 31)) >> 32) * range) >> 32);
}

/* 0: one to ten near each other; 1: one to ten anywhere in 16 million; 2: one. Every other set
   shares about half with the one before it, so that pairs meet. */
static void run_tiny(const char *name, int kind, size_t count)
{
    data d;
    size_t at = 0, out = 0;
    open_data(&d, name, count);
    d.members = (uint32_t *)room(count * 10, sizeof *d.members);
    d.bytes = (unsigned char *)room(count, 256);
    for (size_t i = 0; i < count; i++) {
        size_t wanted = kind == 2 ? 1 : 1 + below(10), before = i > 0 ? d.begin[i - 1] : 0;
        uint32_t first = below(16000000), member;
        roaring_bitmap_t *r = roaring_bitmap_create();
        d.begin[i] = at;
        if (i % 2 != 0)
            first = d.members[before];
        while (roaring_bitmap_get_cardinality(r) < wanted) {
            member = kind == 1 ? below(16000000) : first + below(kind == 0 ? 64 : 2);
            if (kind == 1 && i % 2 != 0 && below(2) == 0)
                member = d.members[before + below((uint32_t)(at - before))];
            roaring_bitmap_add(r, member);
        }
        roaring_bitmap_to_uint32_array(r, d.members + at);
        d.bytes_begin[i] = out;
        out += roaring_bitmap_portable_serialize(r, (char *)d.bytes + out);
        at += wanted;
        roaring_bitmap_free(r);
    }
    d.begin[count] = at;
    d.bytes_begin[count] = out;
    d.total = at;
    run_all(&d, false);
    close_data(&d);
}

int main(int argc, char **argv)
{
    size_t tiny = 200000;
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--rounds") == 0)
            rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--tiny") == 0)
            tiny = (size_t)strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
        else
            die("options are --rounds, --tiny and --only");
    }
    if (rounds < 1 || rounds > ROUNDS_MOST)
        die("rounds: 1 to 31");
    printf("{\"bench\": \"bitmap\", \"starlings\": \"%s\", \"croaring\": \"%d.%d.%d\", "
           "\"rounds\": %u}\n",
           STARLINGS_VERSION_STRING, (int)ROARING_VERSION_MAJOR, (int)ROARING_VERSION_MINOR,
           (int)ROARING_VERSION_REVISION, rounds);
    for (; i < argc; i++)
        run_file(argv[i]);
    if (tiny > 1) {
        run_tiny("tiny_near", 0, tiny);
        run_tiny("tiny_spread", 1, tiny);
        run_tiny("tiny_one", 2, tiny);
    }
    free(bytes_out);
    return 0;
}
