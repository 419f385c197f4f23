/* stats.c - starlings stats: what is in files, each as a collection of one frame. */
#include "verbs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATS_CUTS 4u

static const double cli_stats_cuts[STATS_CUTS] = { 1.0, 0.9, 0.5, 0.0 };

/* One line for each thing that is said of a collection: name, and label in the table. */
#define CLI_STATS_LIST(X)                               \
    X(KIND, "kind", "kind")                             \
    X(RECORDS, "records", "records")                    \
    X(SOURCES, "sources", "sources")                    \
    X(EDGES, "edges", "edges")                          \
    X(LOOPS, "loops", "  loops among them")             \
    X(THRESHOLDS, "thresholds", "distinct thresholds")  \
    X(ENTITIES, "entities_at_1", "entities at 1")       \
    X(ENTITIES_2, "entities_at_0.9", "entities at 0.9") \
    X(ENTITIES_3, "entities_at_0.5", "entities at 0.5") \
    X(ENTITIES_4, "entities_at_0", "entities at 0")     \
    X(LARGEST, "largest_at_1", "largest at 1")          \
    X(LARGEST_2, "largest_at_0.9", "largest at 0.9")    \
    X(LARGEST_3, "largest_at_0.5", "largest at 0.5")    \
    X(LARGEST_4, "largest_at_0", "largest at 0")        \
    X(STABILITY, "stability", "stability")              \
    X(SENSITIVITY, "sensitivity", "sensitivity")

enum {
#define CLI_STATS_ENUM(id, name, label) STATS_##id,
    CLI_STATS_LIST(CLI_STATS_ENUM)
#undef CLI_STATS_ENUM
    STATS_COUNT
};

static const char *const cli_stats_names[STATS_COUNT] = {
#define CLI_STATS_NAME(id, name, label) name,
    CLI_STATS_LIST(CLI_STATS_NAME)
#undef CLI_STATS_NAME
};

static const char *const cli_stats_labels[STATS_COUNT] = {
#define CLI_STATS_LABEL(id, name, label) label,
    CLI_STATS_LIST(CLI_STATS_LABEL)
#undef CLI_STATS_LABEL
};

/* What is said of one thing: a word, a whole number, or a real one; nothing of all is nothing. */
typedef struct cli_fact {
    const char *word;
    bool is_whole, is_real;
    uint64_t whole;
    double real;
} cli_fact;

typedef struct cli_stats_job {
    cli_data data;
    starlings_frame *frame;
    starlings_collection *views[CLI_FILE_LIMIT];
    cli_fact facts[CLI_FILE_LIMIT][STATS_COUNT];
    const char *const *names;
    int count;
    uint32_t sources;
    uint64_t common;  /* records of which all collections speak */
    uint64_t edges;   /* of all files */
    starlings_frame_stats frame_stats;
    starlings_profile expected;
    cli_target out;
} cli_stats_job;

/* ---- compute ---- */

static cli_fact cli_whole_fact(uint64_t number)
{
    cli_fact fact = { NULL, true, false, number, 0 };
    return fact;
}

static cli_fact cli_real_fact(double number)
{
    cli_fact fact = { NULL, false, true, 0, number };
    return fact;
}

/* Bytes of the source in a name source-__-key, with the mark behind it; 0: there is none. */
static size_t cli_source_size(starlings_text key)
{
    for (size_t i = 0; i + 4 <= key.size; i++)
        if (memcmp(key.text + i, "-__-", 4) == 0)
            return i + 4;
    return 0;
}

/* How many sources records have. They come in the order of their names, so those of a source come
   one after the other. */
static uint32_t cli_count_sources(const starlings_context *context,
                                  const starlings_bitmap *records)
{
    starlings_bitmap_iterator in = starlings_bitmap_iterate(records, 0);
    starlings_text last = { "", 0 };
    uint32_t record, count = 0;
    while (starlings_bitmap_read(&in, &record, 1) == 1) {
        starlings_text key = starlings_context_identity(context, record).key;
        size_t size = cli_source_size(key);
        if (size != 0 && (size != last.size || memcmp(key.text, last.text, size) != 0)) {
            last.text = key.text;
            last.size = size;
            count++;
        }
    }
    return count;
}

/* Entities and the largest of them at each cut, among the records that a collection speaks of: the
   others stand alone in its partitions. */
static starlings_status cli_measure_cuts(cli_run *run, cli_stats_job *job, int at)
{
    uint32_t all = starlings_context_count(job->data.context);
    uint32_t own = (uint32_t)starlings_bitmap_cardinality(
        starlings_collection_records(job->views[at]));
    starlings_status status = STARLINGS_OK;
    for (unsigned c = 0; c < STATS_CUTS && status == STARLINGS_OK; c++) {
        starlings_partition *cut = NULL;
        uint32_t largest = 0;
        status = starlings_collection_partition(job->views[at], cli_stats_cuts[c], &run->env, &cut);
        if (status != STARLINGS_OK)
            break;
        for (uint32_t e = 0; e < starlings_partition_entity_count(cut) && own > 0; e++) {
            starlings_span entity = starlings_partition_entity(cut, e);
            largest = entity.count > largest ? entity.count : largest;
        }
        job->facts[at][STATS_ENTITIES + c] =
            cli_whole_fact(starlings_partition_entity_count(cut) - (all - own));
        job->facts[at][STATS_LARGEST + c] = cli_whole_fact(largest);
        starlings_partition_release(cut);
    }
    return status;
}

/* A frame of one collection tells how stable its entities are along the thresholds. */
static starlings_status cli_measure_changes(cli_run *run, cli_stats_job *job, int at)
{
    starlings_collection *copy = NULL;
    starlings_frame *frame = NULL;
    starlings_frame_stats stats;
    starlings_collection_desc desc;
    starlings_frame_desc alone;
    starlings_status status;
    memset(&alone, 0, sizeof alone);
    memset(&desc, 0, sizeof desc);
    alone.context = desc.context = job->data.context;
    alone.env = desc.env = run->env;
    desc.hierarchy = starlings_collection_hierarchy(job->views[at]);
    desc.records = starlings_collection_records(job->views[at]);
    status = starlings_collection_create(&desc, &copy);
    if (status == STARLINGS_OK)
        status = starlings_frame_create(&alone, &frame);
    if (status == STARLINGS_OK)
        status = starlings_frame_add(frame, "it", copy);
    if (status == STARLINGS_OK)
        status = starlings_frame_describe(frame, &stats);
    if (status == STARLINGS_OK) {
        job->facts[at][STATS_STABILITY] = cli_real_fact(stats.entity_stability);
        job->facts[at][STATS_SENSITIVITY] = cli_real_fact(stats.threshold_sensitivity);
    }
    starlings_frame_destroy(frame);
    starlings_collection_release(copy);
    return status;
}

static starlings_status cli_measure_collection(cli_run *run, cli_stats_job *job, int at)
{
    const starlings_bitmap *records = starlings_collection_records(job->views[at]);
    starlings_hierarchy *hierarchy = starlings_collection_hierarchy(job->views[at]);
    cli_fact *facts = job->facts[at];
    size_t thresholds = 0;
    starlings_status status = starlings_hierarchy_keys(hierarchy, &run->env, NULL, 0, &thresholds);
    facts[STATS_KIND].word = job->data.are_groups[at] ? "entities" : "edges";
    facts[STATS_RECORDS] = cli_whole_fact(starlings_bitmap_cardinality(records));
    facts[STATS_SOURCES] = cli_whole_fact(cli_count_sources(job->data.context, records));
    if (!job->data.are_groups[at]) {
        facts[STATS_EDGES] = cli_whole_fact(starlings_hierarchy_edge_count(hierarchy));
        facts[STATS_LOOPS] = cli_whole_fact(starlings_hierarchy_loop_count(hierarchy));
        facts[STATS_THRESHOLDS] = cli_whole_fact(thresholds);
        job->edges += facts[STATS_EDGES].whole;
    }
    if (status == STARLINGS_OK)
        status = cli_measure_cuts(run, job, at);
    if (status == STARLINGS_OK && !job->data.are_groups[at])
        status = cli_measure_changes(run, job, at);
    return status;
}

/* What holds for all: records, sources, and what is in every file. */
static starlings_status cli_measure_frame(cli_stats_job *job)
{
    starlings_bitmap all, common;
    starlings_status status;
    memset(&all, 0, sizeof all);
    memset(&common, 0, sizeof common);
    status = starlings_bitmap_add_range(NULL, &all, 0, job->data.record_count);
    if (status == STARLINGS_OK)
        status = starlings_bitmap_copy(NULL, &all, &common);
    if (status == STARLINGS_OK)
        job->sources = cli_count_sources(job->data.context, &all);
    for (int i = 0; i < job->count && status == STARLINGS_OK; i++) {
        starlings_bitmap both;
        memset(&both, 0, sizeof both);
        status = starlings_bitmap_and(NULL, &common, starlings_collection_records(job->views[i]),
                                      &both);
        starlings_bitmap_free(NULL, &common);
        common = both;
    }
    job->common = starlings_bitmap_cardinality(&common);
    starlings_bitmap_free(NULL, &all);
    starlings_bitmap_free(NULL, &common);
    if (status == STARLINGS_OK)
        status = starlings_frame_describe(job->frame, &job->frame_stats);
    starlings_profile_estimate(job->data.record_count, job->edges, &job->expected);
    return status;
}

static int cli_measure(cli_run *run, cli_stats_job *job)
{
    starlings_status status = STARLINGS_OK;
    for (int i = 0; i < job->count && status == STARLINGS_OK; i++) {
        status = starlings_frame_view(job->frame, job->names[i], &job->views[i]);
        if (status == STARLINGS_OK)
            status = cli_measure_collection(run, job, i);
    }
    if (status == STARLINGS_OK)
        status = cli_measure_frame(job);
    return cli_fail_status(run, status);
}

/* ---- write ---- */

static void cli_write_stats_csv(FILE *file, const cli_stats_job *job)
{
    fputs("collection", file);
    for (int f = 0; f < STATS_COUNT; f++)
        fprintf(file, ",%s", cli_stats_names[f]);
    fputc('\n', file);
    for (int i = 0; i < job->count; i++) {
        cli_write_text_csv(file, cli_text_of(job->names[i]), ',');
        for (int f = 0; f < STATS_COUNT; f++) {
            const cli_fact *fact = &job->facts[i][f];
            if (fact->word != NULL)
                fputs(fact->word, file);
            else if (fact->is_whole)
                fprintf(file, "%llu", (unsigned long long)fact->whole);
            else if (fact->is_real)
                cli_write_real(file, fact->real, "");
            fputc(f + 1 < STATS_COUNT ? ',' : '\n', file);
        }
    }
}

static void cli_write_facts_json(FILE *file, const cli_stats_job *job, int at)
{
    fputs("\"collection\": ", file);
    cli_write_text_json(file, cli_text_of(job->names[at]));
    for (int f = 0; f < STATS_COUNT; f++) {
        const cli_fact *fact = &job->facts[at][f];
        fprintf(file, ", \"%s\": ", cli_stats_names[f]);
        if (fact->word != NULL)
            fprintf(file, "\"%s\"", fact->word);
        else if (fact->is_whole)
            fprintf(file, "%llu", (unsigned long long)fact->whole);
        else if (fact->is_real)
            cli_write_real(file, fact->real, "null");
        else
            fputs("null", file);
    }
}

/* The records that two collections have in common. */
static uint64_t cli_shared(const cli_stats_job *job, int a, int b, double *out_jaccard)
{
    const starlings_bitmap *x = starlings_collection_records(job->views[a]);
    const starlings_bitmap *y = starlings_collection_records(job->views[b]);
    *out_jaccard = starlings_bitmap_jaccard(NULL, x, y);
    return starlings_bitmap_and_cardinality(NULL, x, y);
}

static void cli_write_pairs_json(FILE *file, const cli_stats_job *job)
{
    bool first = true;
    fputs(",\n\"pairs\": [", file);
    for (int a = 0; a < job->count; a++)
        for (int b = a + 1; b < job->count; b++) {
            double jaccard;
            uint64_t shared = cli_shared(job, a, b, &jaccard);
            fputs(first ? "\n{\"a\": " : ",\n{\"a\": ", file);
            cli_write_text_json(file, cli_text_of(job->names[a]));
            fputs(", \"b\": ", file);
            cli_write_text_json(file, cli_text_of(job->names[b]));
            fprintf(file, ", \"records\": %llu, \"jaccard\": ", (unsigned long long)shared);
            cli_write_real(file, jaccard, "null");
            fputc('}', file);
            first = false;
        }
    fputs(first ? "]" : "\n]", file);
}

static void cli_write_stats_json(FILE *file, const cli_stats_job *job)
{
    const starlings_frame_stats *stats = &job->frame_stats;
    const starlings_profile *expected = &job->expected;
    fputs("{\"columns\": [\"collection\"", file);
    for (int f = 0; f < STATS_COUNT; f++)
        fprintf(file, ", \"%s\"", cli_stats_names[f]);
    fputs("],\n\"rows\": [", file);
    for (int i = 0; i < job->count; i++) {
        fputs(i == 0 ? "\n{" : ",\n{", file);
        cli_write_facts_json(file, job, i);
        fputc('}', file);
    }
    fputs("\n]", file);
    cli_write_pairs_json(file, job);
    fprintf(file, ",\n\"frame\": {\"records\": %lu, \"sources\": %lu, \"in_every_file\": %llu}",
            (unsigned long)stats->records, (unsigned long)job->sources,
            (unsigned long long)job->common);
    fprintf(file,
            ",\n\"bytes\": {\"context\": %llu, \"collections\": %llu, \"total\": %llu}",
            (unsigned long long)stats->context_bytes, (unsigned long long)stats->collection_bytes,
            (unsigned long long)stats->total_bytes);
    fprintf(file,
            ",\n\"expected\": {\"build_ms\": %.6g, \"cut_ms\": %.6g, \"sweep_ms\": %.6g, "
            "\"build_bytes\": %.6g, \"kept_bytes\": %.6g}}\n",
            expected->build, expected->cut, expected->sweep, expected->build_bytes,
            expected->kept_bytes);
}

/* ---- the table ---- */

#define STATS_LABEL 21 /* columns of the widest label */
#define STATS_LEAST 12 /* columns of a collection */
#define STATS_WIDE 80

/* A fact as text for people. */
static void cli_format_fact(char *buffer, size_t size, const cli_fact *fact)
{
    if (fact->word != NULL)
        snprintf(buffer, size, "%s", fact->word);
    else if (fact->is_whole)
        (void)cli_thousands(fact->whole, buffer);
    else if (fact->is_real && isfinite(fact->real))
        snprintf(buffer, size, "%.6f", fact->real);
    else
        snprintf(buffer, size, "-");
}

/* The columns that a collection takes, the two spaces before it left out. */
static int cli_stats_width(const cli_stats_job *job, int at)
{
    size_t width = cli_text_width(cli_text_of(job->names[at]));
    return width < STATS_LEAST ? STATS_LEAST : (int)(width < 1000 ? width : 1000);
}

static void cli_write_stats_block(FILE *file, const cli_stats_job *job, int from, int to)
{
    fprintf(file, "%-*s", STATS_LABEL, "");
    for (int i = from; i < to; i++) {
        starlings_text name = cli_text_of(job->names[i]);
        fprintf(file, "  %*s", cli_stats_width(job, i) - (int)cli_text_width(name), "");
        cli_write_text_plain(file, name);
    }
    fputc('\n', file);
    for (int f = 0; f < STATS_COUNT; f++) {
        fprintf(file, "%-*s", STATS_LABEL, cli_stats_labels[f]);
        for (int i = from; i < to; i++) {
            char text[48];
            cli_format_fact(text, sizeof text, &job->facts[i][f]);
            fprintf(file, "  %*s", cli_stats_width(job, i), text);
        }
        fputc('\n', file);
    }
    fputc('\n', file);
}

/* Bytes with a unit, three digits. */
static const char *cli_bytes_text(double bytes, char *buffer, size_t size)
{
    static const char *const units[4] = { "bytes", "KB", "MB", "GB" };
    int unit = 0;
    for (; unit < 3 && bytes >= 1000; unit++)
        bytes /= 1000;
    snprintf(buffer, size, "%.*f %s", unit > 0 && bytes < 100 ? 1 : 0, bytes, units[unit]);
    return buffer;
}

/* Digits behind the point that are worth reading. */
static int cli_digits(double milliseconds)
{
    return milliseconds < 1 ? 3 : milliseconds < 100 ? 1 : 0;
}

static void cli_write_common(FILE *file, const cli_stats_job *job)
{
    char text[2][48];
    fprintf(file, "records in all: %s, in every file: %s", cli_thousands(job->frame_stats.records,
                                                                         text[0]),
            cli_thousands(job->common, text[1]));
    if (job->sources > 0)
        fprintf(file, "; sources: %s", cli_thousands(job->sources, text[0]));
    fputc('\n', file);
    for (int a = 0; a < job->count; a++)
        for (int b = a + 1; b < job->count; b++) {
            double jaccard;
            uint64_t shared = cli_shared(job, a, b, &jaccard);
            fputs("  ", file);
            cli_write_text_plain(file, cli_text_of(job->names[a]));
            fputs(" and ", file);
            cli_write_text_plain(file, cli_text_of(job->names[b]));
            fprintf(file, ": %s in common", cli_thousands(shared, text[0]));
            if (isfinite(jaccard))
                fprintf(file, ", Jaccard %.6f", jaccard);
            fputc('\n', file);
        }
}

static void cli_write_stats_table(FILE *file, const cli_stats_job *job)
{
    const starlings_frame_stats *stats = &job->frame_stats;
    const starlings_profile *expected = &job->expected;
    char text[3][48];
    for (int from = 0, to; from < job->count; from = to) {
        int width = STATS_LABEL + 2 + cli_stats_width(job, from);
        for (to = from + 1; to < job->count; to++) {
            width += 2 + cli_stats_width(job, to);
            if (width > STATS_WIDE)
                break;
        }
        cli_write_stats_block(file, job, from, to);
    }
    cli_write_common(file, job);
    fprintf(file, "memory: context %s, collections %s, in all %s\n",
            cli_bytes_text((double)stats->context_bytes, text[0], sizeof text[0]),
            cli_bytes_text((double)stats->collection_bytes, text[1], sizeof text[1]),
            cli_bytes_text((double)stats->total_bytes, text[2], sizeof text[2]));
    fprintf(file,
            "expected of it all in one hierarchy, on two cores of 2020:\n"
            "  build %.*f ms and %s, sweep %.*f ms, cut %.*f ms; %s are kept\n",
            cli_digits(expected->build), expected->build,
            cli_bytes_text(expected->build_bytes, text[0], sizeof text[0]),
            cli_digits(expected->sweep), expected->sweep, cli_digits(expected->cut), expected->cut,
            cli_bytes_text(expected->kept_bytes, text[1], sizeof text[1]));
}

int cli_run_stats(cli_run *run, const cli_options *options)
{
    cli_format format = cli_format_for(options->format, options->out);
    cli_stats_job job;
    int code;
    memset(&job, 0, sizeof job);
    job.names = (const char *const *)options->names;
    job.count = options->input_count;
    code = cli_read_collections(run, options, &job.data);
    if (code == CLI_OK)
        code = cli_make_frame(run, options, &job.data, &job.frame);
    if (code == CLI_OK)
        code = cli_measure(run, &job);
    if (code == CLI_OK)
        code = cli_target_open(run, options->out, &job.out);
    if (code == CLI_OK) {
        cli_wipe_bar(run);
        if (format == CLI_FORMAT_CSV)
            cli_write_stats_csv(job.out.file, &job);
        else if (format == CLI_FORMAT_JSON)
            cli_write_stats_json(job.out.file, &job);
        else
            cli_write_stats_table(job.out.file, &job);
        code = cli_target_finish(&job.out);
    }
    if (code == CLI_OK)
        code = cli_target_publish(&job.out);
    cli_target_abandon(&job.out);
    for (int i = 0; i < job.count; i++)
        starlings_collection_release(job.views[i]);
    starlings_frame_destroy(job.frame);
    cli_data_clear(&job.data);
    return code;
}
