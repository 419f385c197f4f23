/* scale.c - many edges, never all in memory: made piece by piece, taken by a builder, and the
   hierarchy of all of them at the end. One JSON object: times, memory of the whole process, and
   what came out.
   Build: make build/scale
   Usage: scale [--check] [RECORDS [EDGES [DECIMALS [PIECE [THREADS]]]]]
          100,000,000 records, 1,000,000,000 edges, 3 decimals, 4,194,304 edges a piece, 2 threads
          --check: hold all edges too, and build from all at once: must be the same (small numbers)

   The data are those of generate.h in distribution, but by arithmetic instead of arrays, so that
   they take no memory and any edge can be made by itself:
     a record is at a position: a mixing of the bits of the position, walked on until it is below
     the number of records (cycle walking, Black & Rogaway 2002), gives its number
     of any 55 positions in a row from a multiple of 55 the first is an entity of 1 record, the next
     two one of 2 ... the last ten one of 10; so as many entities have 1 as 2 ... as 10 records
     edge i takes the numbers 8 i ... 8 i + 7 of one splitmix64 */
#define _POSIX_C_SOURCE 200809L
#define STARLINGS_IMPLEMENTATION
#include "data.h"
#include "measure.h"

enum { DRAWS = 8, BLOCK = 55, THRESHOLDS = 5 };
static const double AT[THRESHOLDS] = { 0, 0.3, 0.6, 0.8, 0.95 };

typedef struct stream {
    uint64_t seed;
    uint32_t record_count;
    uint32_t scale;
    uint32_t mask; /* the least 2^k - 1 that is no less than the last record */
    uint32_t shift;
    uint8_t from[BLOCK]; /* of each place in a block: where its entity begins, how large it is */
    uint8_t size[BLOCK];
    starlings_edge *piece;
    uint64_t first; /* edge of the piece */
    size_t count;
    uint32_t parts;
} stream;

typedef struct scale {
    uint32_t records;
    uint64_t edges;
    uint32_t decimals;
    size_t piece;
    uint32_t threads;
    bool check;
    double making; /* ms */
    double adding;
    double finishing;
    bench_memory memory;
    starlings_hierarchy *hierarchy;
    starlings_edge *all; /* check */
} scale;

/* ---- the edges -------------------------------------------------------------- */

static void stream_open(stream *s, const scale *how)
{
    uint32_t bits = 0;
    memset(s, 0, sizeof *s);
    s->seed = 1;
    s->record_count = how->records;
    s->scale = generate_scale(how->decimals);
    while (((uint64_t)1 << bits) < how->records)
        bits++;
    s->mask = (uint32_t)(((uint64_t)1 << bits) - 1);
    s->shift = (bits + 1) / 2;
    for (uint32_t size = 1, at = 0; size <= 10; at += size++)
        for (uint32_t i = at; i < at + size; i++) {
            s->from[i] = (uint8_t)at;
            s->size[i] = (uint8_t)size;
        }
}

/* The record at a position: each step is one-to-one on the numbers up to the mask. */
static uint32_t stream_record(const stream *s, uint32_t position)
{
    uint32_t x = position;
    do {
        x = (x * 0x9E3779B1u + 0x7F4A7C15u) & s->mask;
        x ^= x >> s->shift;
        x = (x * 0x85EBCA6Bu) & s->mask;
        x ^= x >> s->shift;
        x = (x * 0xC2B2AE35u) & s->mask;
        x ^= x >> s->shift;
    } while (x >= s->record_count);
    return x;
}

static starlings_edge stream_edge(const stream *s, uint64_t number)
{
    uint64_t state = s->seed + number * DRAWS * 0x9E3779B97F4A7C15u;
    bool inside = generate_unit(&state) < 0.7;
    uint32_t a = generate_below(&state, s->record_count), place = a % BLOCK;
    uint32_t from = a - place + s->from[place], size = s->size[place], b;
    starlings_edge edge;
    if (size > s->record_count - from)
        size = s->record_count - from; /* the last entity is cut short */
    inside = inside && size > 1;
    if (inside) {
        uint32_t i = generate_below(&state, size), j = generate_below(&state, size - 1);
        a = from + i;
        b = from + (j < i ? j : j + 1);
    } else {
        b = generate_below(&state, s->record_count);
    }
    edge.a = stream_record(s, a);
    edge.b = stream_record(s, b);
    edge.weight = generate_weight(&state, inside, s->scale);
    return edge;
}

static void stream_task(void *ctx, uint32_t task)
{
    const stream *s = (const stream *)ctx;
    size_t end = s->count * (task + 1) / s->parts;
    for (size_t i = s->count * task / s->parts; i < end; i++)
        s->piece[i] = stream_edge(s, s->first + i);
}

/* ---- the run ---------------------------------------------------------------- */

static double lap(double *at)
{
    double before = *at;
    *at = measure_now();
    return *at - before;
}

static starlings_status feed(scale *s, stream *from, stln_crew *crew, starlings_builder *builder)
{
    starlings_status status = STARLINGS_OK;
    double at = measure_now();
    while (status == STARLINGS_OK && from->first < s->edges) {
        uint64_t left = s->edges - from->first;
        from->count = left < s->piece ? (size_t)left : s->piece;
        stln_crew_run(crew, from->parts, stream_task, from);
        if (s->all != NULL)
            memcpy(s->all + from->first, from->piece, from->count * sizeof *s->all);
        s->making += lap(&at);
        status = starlings_builder_add(builder, from->piece, from->count);
        s->adding += lap(&at);
        from->first += from->count;
    }
    if (status == STARLINGS_OK)
        status = starlings_builder_finish(builder, &s->hierarchy);
    s->finishing = lap(&at);
    return status;
}

static starlings_status run(scale *s)
{
    stream from;
    stln_crew crew;
    starlings_builder *builder = NULL;
    starlings_builder_desc desc;
    starlings_status status;
    stream_open(&from, s);
    memset(&desc, 0, sizeof desc);
    desc.record_count = s->records;
    desc.decimals = s->decimals;
    desc.buffer_edges = 1; /* as small as may be */
    desc.env = bench_env(s->threads, &s->memory);
    from.parts = s->threads;
    from.piece = (starlings_edge *)malloc(s->piece * sizeof *from.piece);
    if (from.piece == NULL)
        return STARLINGS_ERR_NOMEM;
    status = stln_crew_open(&crew, &desc.env);
    if (status == STARLINGS_OK) {
        status = starlings_builder_create(&desc, &builder);
        if (status == STARLINGS_OK)
            status = feed(s, &from, &crew, builder);
        starlings_builder_destroy(builder);
        stln_crew_close(&crew);
    }
    free(from.piece);
    return status;
}

/* ---- what came out ----------------------------------------------------------- */

/* Of both arrays and the counts. */
static uint64_t hash_of(const starlings_hierarchy *h)
{
    const uint32_t *perm = starlings_hierarchy_perm(h), *height = starlings_hierarchy_height(h);
    uint64_t hash = starlings_hierarchy_edge_count(h) * 31 + starlings_hierarchy_loop_count(h);
    for (uint32_t p = 0; p < starlings_hierarchy_record_count(h); p++) {
        hash = (hash ^ ((uint64_t)perm[p] << 32 | height[p])) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    return hash;
}

/* Each position is another record. */
static bool check_records(const scale *s)
{
    stream of;
    bool ok = true;
    uint8_t *seen = (uint8_t *)calloc(s->records, 1);
    stream_open(&of, s);
    for (uint32_t p = 0; seen != NULL && ok && p < s->records; p++)
        ok = seen[stream_record(&of, p)]++ == 0;
    ok = ok && seen != NULL;
    free(seen);
    return ok;
}

static bool same(const starlings_hierarchy *x, const starlings_hierarchy *y)
{
    size_t bytes = (size_t)starlings_hierarchy_record_count(x) * sizeof(uint32_t);
    return starlings_hierarchy_record_count(x) == starlings_hierarchy_record_count(y) &&
           memcmp(starlings_hierarchy_perm(x), starlings_hierarchy_perm(y), bytes) == 0 &&
           memcmp(starlings_hierarchy_height(x), starlings_hierarchy_height(y), bytes) == 0 &&
           hash_of(x) == hash_of(y); /* and the counts */
}

/* The hierarchy from all edges at once is the same. */
static bool check(const scale *s)
{
    starlings_hierarchy_desc desc;
    starlings_hierarchy *other = NULL;
    bool ok;
    memset(&desc, 0, sizeof desc);
    desc.edges = s->all;
    desc.edge_count = (size_t)s->edges;
    desc.record_count = s->records;
    desc.decimals = s->decimals;
    desc.env.workers.count = s->threads;
    ok = starlings_hierarchy_create(&desc, &other) == STARLINGS_OK &&
         same(other, s->hierarchy) && check_records(s);
    starlings_hierarchy_release(other);
    return ok;
}

static bool print(const scale *s)
{
    bool ok = true;
    double all = s->making + s->adding + s->finishing;
    printf("{\"job\": \"scale\", \"records\": %u, \"edges\": %llu, \"decimals\": %u, "
           "\"piece\": %zu, \"threads\": %u, \"seconds\": %.2f, \"seconds_generating\": %.2f, "
           "\"seconds_adding\": %.2f, \"seconds_finishing\": %.2f, \"ns_per_edge\": %.1f, "
           "\"peak_rss_mb\": %.0f, \"peak_library_mb\": %.0f, \"kept_mb\": %.0f",
           (unsigned)s->records, (unsigned long long)s->edges, (unsigned)s->decimals, s->piece,
           (unsigned)s->threads, all / 1e3, s->making / 1e3, s->adding / 1e3, s->finishing / 1e3,
           (s->adding + s->finishing) * 1e6 / (double)s->edges,
           (double)measure_status("VmHWM:") * 1024 / 1e6, (double)s->memory.peak / 1e6,
           (double)starlings_hierarchy_size(s->hierarchy) / 1e6);
    for (int i = 0; ok && i < THRESHOLDS; i++) {
        uint32_t count = 0;
        ok = starlings_hierarchy_entity_count(s->hierarchy, AT[i], &count) == STARLINGS_OK;
        if (i == 0)
            printf(", \"merges\": %u", (unsigned)(s->records - count));
        printf(", \"entities_at_%.2f\": %u", AT[i], (unsigned)count);
    }
    printf(", \"hash\": \"%016llx\"", (unsigned long long)hash_of(s->hierarchy));
    if (s->check) {
        bool equal = check(s);
        printf(", \"same_at_once\": %s", equal ? "true" : "false");
        ok = ok && equal;
    }
    printf("}\n");
    return ok;
}

static unsigned long long number(int argc, char **argv, int at, unsigned long long otherwise)
{
    return at < argc ? strtoull(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    scale s;
    int at = 1;
    bool ok;
    starlings_status status;
    memset(&s, 0, sizeof s);
    s.check = argc > 1 && strcmp(argv[1], "--check") == 0;
    at += s.check;
    s.records = (uint32_t)number(argc, argv, at, 100000000);
    s.edges = number(argc, argv, at + 1, 1000000000);
    s.decimals = (uint32_t)number(argc, argv, at + 2, 3);
    s.piece = (size_t)number(argc, argv, at + 3, 4194304);
    s.threads = (uint32_t)number(argc, argv, at + 4, 2);
    if (s.records == 0 || s.edges == 0 || s.decimals < 1 || s.decimals > 6 || s.piece == 0 ||
        s.threads == 0 || argc > at + 5) {
        fprintf(stderr, "usage: scale [--check] [RECORDS [EDGES [DECIMALS [PIECE [THREADS]]]]]\n");
        return 2;
    }
    if (s.check)
        s.all = (starlings_edge *)malloc((size_t)s.edges * sizeof *s.all);
    status = s.check && s.all == NULL ? STARLINGS_ERR_NOMEM : run(&s);
    if (status != STARLINGS_OK)
        fprintf(stderr, "scale: %s\n", starlings_status_text(status));
    ok = status == STARLINGS_OK && print(&s);
    starlings_hierarchy_release(s.hierarchy);
    free(s.all);
    return ok ? 0 : 1;
}
