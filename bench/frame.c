/* frame.c - a frame of five resolvers over a million records, and what is asked of entities: bytes,
   cuts, an analysis, a compaction; digests, fingerprints, structure, changes. JSON lines.
   Build: make build/frame. Run: build/frame [RECORDS [REPEATS [THREADS]]] */
#define _POSIX_C_SOURCE 200809L
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include "data.h"
#include "measure.h"

enum { ANSWERS = 5, REPEATS_MAX = 31 };

typedef struct bench {
    uint32_t records;
    uint32_t repeats;
    uint32_t threads;
    bench_memory memory;
    starlings_env env;
    starlings_frame *frame;
    bench_data last; /* the data of the last answer; its hierarchy has all edges */
    starlings_partition *partition;
    void *room; /* 64 bytes a record for results */
} bench;

static const char *const names[ANSWERS] = { "a", "b", "c", "d", "e" };

/* ---- the frame: made once ---------------------------------------------------- */

static void line(const bench *b, const char *job, double ms)
{
    printf("{\"job\": \"%s\", \"records\": %u, \"threads\": %u, \"ms\": %.2f}\n", job,
           (unsigned)b->records, (unsigned)b->threads, ms);
    fflush(stdout);
}

/* Keys of 16 bytes: rec-00001234-org. */
static bool fill_context(bench *b)
{
    enum { SOME = 64 };
    static char keys[SOME][32];
    starlings_identity some[SOME];
    uint32_t numbers[SOME];
    double start = measure_now();
    for (uint32_t r = 0; r < b->records; r += SOME) {
        uint32_t count = b->records - r < SOME ? b->records - r : SOME;
        for (uint32_t i = 0; i < count; i++) {
            (void)snprintf(keys[i], sizeof keys[i], "rec-%08u-org", (unsigned)(r + i));
            some[i] = starlings_identity_of_text("crm", keys[i]);
        }
        if (starlings_frame_load(b->frame, some, count, numbers) != STARLINGS_OK)
            return false;
    }
    line(b, "load records", measure_now() - start);
    return true;
}

static bool add_answers(bench *b)
{
    for (uint32_t i = 0; i < ANSWERS; i++) {
        generate_desc how = { b->records, b->records, 3, i + 1 };
        starlings_collection_desc desc;
        double start;
        bench_dispose(&b->last);
        if (!bench_make(&b->last, &how, &b->env))
            return false;
        memset(&desc, 0, sizeof desc);
        desc.edges = b->last.edges;
        desc.edge_count = b->last.desc.edge_count;
        desc.decimals = 3;
        desc.env = b->env;
        start = measure_now();
        if (starlings_frame_add_new(b->frame, names[i], &desc) != STARLINGS_OK)
            return false;
        line(b, "add a collection", measure_now() - start);
    }
    return true;
}

static bool tell_bytes(const bench *b, const char *job)
{
    starlings_frame_stats stats;
    double start = measure_now();
    if (starlings_frame_describe(b->frame, &stats) != STARLINGS_OK)
        return false;
    printf("{\"job\": \"%s\", \"records\": %u, \"ms\": %.2f, \"total_mb\": %.1f, "
           "\"context_mb\": %.1f, \"collections_mb\": %.1f, \"cache_mb\": %.1f}\n",
           job, (unsigned)b->records, measure_now() - start, (double)stats.total_bytes / 1e6,
           (double)stats.context_bytes / 1e6, (double)stats.collection_bytes / 1e6,
           (double)stats.cache_bytes / 1e6);
    return true;
}

/* ---- jobs ---------------------------------------------------------------------- */

static bool run_analyse(bench *b)
{
    starlings_expression expressions[ANSWERS];
    starlings_analysis_desc desc;
    starlings_analysis *analysis = NULL;
    bool ok;
    memset(expressions, 0, sizeof expressions);
    memset(&desc, 0, sizeof desc);
    for (uint32_t i = 0; i < ANSWERS; i++) {
        expressions[i].collection = names[i];
        expressions[i].to = i + 1 < ANSWERS ? 1 : 0;
        expressions[i].from = i + 1 < ANSWERS ? 0 : 0.8;
    }
    desc.frame = b->frame;
    desc.expressions = expressions;
    desc.expression_count = ANSWERS;
    desc.env = b->env;
    ok = starlings_frame_analyse(&desc, &analysis) == STARLINGS_OK &&
         starlings_analysis_row_count(analysis) == 4 * 101;
    starlings_analysis_release(analysis);
    return ok;
}

static bool run_cut(bench *b)
{
    starlings_partition *p = NULL;
    bool ok;
    starlings_frame_forget(b->frame);
    ok = starlings_frame_partition(b->frame, names[0], 0.5, &p) == STARLINGS_OK;
    starlings_partition_release(p);
    return ok;
}

static bool run_remembered(bench *b)
{
    bool ok = true;
    for (uint32_t i = 0; i < 1000 && ok; i++) {
        starlings_partition *p = NULL;
        ok = starlings_frame_partition(b->frame, names[0], 0.5, &p) == STARLINGS_OK;
        starlings_partition_release(p);
    }
    return ok;
}

static bool run_sha256(bench *b)
{
    return starlings_partition_digests(b->partition, &b->env, STARLINGS_DIGEST_SHA256, b->room) ==
           STARLINGS_OK;
}

static bool run_blake3(bench *b)
{
    return starlings_partition_digests(b->partition, &b->env, STARLINGS_DIGEST_BLAKE3, b->room) ==
           STARLINGS_OK;
}

static bool run_md5(bench *b)
{
    return starlings_partition_digests(b->partition, &b->env, STARLINGS_DIGEST_MD5, b->room) ==
           STARLINGS_OK;
}

static bool run_identities(bench *b)
{
    return starlings_context_digests(starlings_frame_context(b->frame), &b->env,
                                     STARLINGS_DIGEST_BLAKE3, b->room) == STARLINGS_OK;
}

static bool run_hashes(bench *b)
{
    return starlings_context_hashes(starlings_frame_context(b->frame), &b->env, NULL,
                                    (uint64_t *)b->room) == STARLINGS_OK;
}

static bool run_prints(bench *b)
{
    starlings_fingerprint all;
    return starlings_partition_fingerprints(b->partition, &b->env, NULL, NULL,
                                            (starlings_fingerprint *)b->room,
                                            &all) == STARLINGS_OK;
}

static bool run_prints_everywhere(bench *b)
{
    uint32_t *keys = (uint32_t *)b->room;
    starlings_fingerprint *prints = (starlings_fingerprint *)b->room + 1024;
    for (uint32_t i = 0; i <= 1000; i++)
        keys[i] = i * 1000;
    return starlings_hierarchy_fingerprints(b->last.hierarchy, &b->env, NULL, NULL, keys, 1001,
                                            prints) == STARLINGS_OK;
}

static bool run_structure(bench *b)
{
    starlings_structure_desc desc;
    starlings_structure *structure = NULL;
    bool ok;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = b->last.hierarchy;
    desc.threshold = 0.8;
    desc.env = b->env;
    ok = starlings_structure_create(&desc, &structure) == STARLINGS_OK;
    starlings_structure_release(structure);
    return ok;
}

static bool run_bridges(bench *b)
{
    starlings_bridges *bridges = NULL;
    bool ok = starlings_bridges_create(b->last.hierarchy, &b->env, &bridges) == STARLINGS_OK;
    starlings_bridges_release(bridges);
    return ok;
}

static bool run_changes(bench *b)
{
    starlings_changes_desc desc;
    starlings_changes *changes = NULL;
    bool ok;
    memset(&desc, 0, sizeof desc);
    desc.before = starlings_partition_labels(b->last.truth);
    desc.after = starlings_partition_labels(b->partition);
    desc.record_count = b->records;
    desc.env = b->env;
    ok = starlings_changes_create(&desc, &changes) == STARLINGS_OK;
    starlings_changes_release(changes);
    return ok;
}

static const struct {
    const char *name;
    bool (*run)(bench *b);
} jobs[] = { { "4 sweeps of 101 thresholds against a cut", run_analyse },
             { "cut", run_cut },
             { "1000 cuts that are remembered", run_remembered },
             { "SHA-256 of entities", run_sha256 },
             { "BLAKE3 of entities", run_blake3 },
             { "MD5 of entities", run_md5 },
             { "BLAKE3 of identities", run_identities },
             { "64-bit hashes of identities", run_hashes },
             { "fingerprints of entities", run_prints },
             { "fingerprints of 1001 partitions", run_prints_everywhere },
             { "structure at 0.8", run_structure },
             { "bridges at every threshold", run_bridges },
             { "truth to cut at 0.8: changes", run_changes } };

static bool measure(bench *b, size_t job)
{
    double times[REPEATS_MAX];
    for (uint32_t i = 0; i < b->repeats; i++) {
        double start = measure_now();
        if (!jobs[job].run(b)) {
            fprintf(stderr, "frame: %s failed\n", jobs[job].name);
            return false;
        }
        times[i] = measure_now() - start;
    }
    line(b, jobs[job].name, measure_median(times, b->repeats));
    return true;
}

static bool run(bench *b)
{
    starlings_frame_desc frame;
    starlings_partition_desc cut;
    double start;
    bool ok;
    memset(&frame, 0, sizeof frame);
    memset(&cut, 0, sizeof cut);
    frame.env = b->env;
    b->room = malloc((size_t)b->records * 64 + 65536);
    ok = b->room != NULL && starlings_frame_create(&frame, &b->frame) == STARLINGS_OK &&
         fill_context(b) && add_answers(b) && tell_bytes(b, "describe");
    b->last.desc.keep_all_edges = true;
    start = measure_now();
    ok = ok && bench_build(&b->last);
    line(b, "build that keeps all edges", measure_now() - start);
    cut.hierarchy = b->last.hierarchy;
    cut.threshold = 0.8;
    ok = ok && starlings_partition_create(&cut, &b->partition) == STARLINGS_OK;
    for (size_t j = 0; j < sizeof jobs / sizeof jobs[0] && ok; j++)
        ok = measure(b, j);
    ok = ok && tell_bytes(b, "describe after cuts");
    start = measure_now();
    ok = ok && starlings_frame_drop(b->frame, names, 3) == STARLINGS_OK;
    line(b, "drop three, nothing is garbage", measure_now() - start);
    return ok;
}

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    static bench b;
    bool ok;
    b.records = argc > 1 ? number(argv[1]) : 1000000;
    b.repeats = argc > 2 ? number(argv[2]) : 5;
    b.threads = argc > 3 ? number(argv[3]) : 2;
    if (b.records < 1024 || b.records > 100000000 || b.repeats == 0 || b.repeats > REPEATS_MAX ||
        argc > 4) {
        fprintf(stderr, "usage: frame [RECORDS [REPEATS [THREADS]]]\n");
        return 2;
    }
    b.env = bench_env(b.threads, &b.memory);
    ok = run(&b);
    starlings_partition_release(b.partition);
    bench_dispose(&b.last);
    starlings_frame_destroy(b.frame);
    free(b.room);
    return ok ? 0 : 1;
}
