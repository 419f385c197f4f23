/* grid.c - starlings grid: two files of edges over the same records, every threshold of one against
   every threshold of the other. */
#include "verbs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct cli_grid_job {
    cli_data data;
    starlings_hierarchy *sides[2];
    starlings_grid *grid; /* NULL: no row has a threshold */
    cli_table_row *rows;
    size_t row_count;
    cli_axis axes[2];
    uint32_t shared; /* records that have edges in both files */
    const cli_table_row *best; /* of rows; NULL: none */
    double best_value;
    double read_seconds, build_seconds, grid_seconds;
    cli_target report, text;
    cli_facts facts;
} cli_grid_job;

/* ---- compute ---- */

/* How many records stand in the edges of both files. */
static int cli_count_shared(cli_run *run, cli_grid_job *job)
{
    uint32_t records = job->data.record_count;
    unsigned char *seen = (unsigned char *)cli_alloc(records, 1);
    if (seen == NULL)
        return cli_no_memory(run);
    memset(seen, 0, records == 0 ? 1 : records);
    for (unsigned s = 0; s < 2; s++)
        for (size_t i = 0; i < job->data.edges[s].count; i++) {
            seen[job->data.edges[s].edges[i].a] |= (unsigned char)(1u << s);
            seen[job->data.edges[s].edges[i].b] |= (unsigned char)(1u << s);
        }
    for (uint32_t r = 0; r < records; r++)
        job->shared += seen[r] == 3 ? 1 : 0;
    free(seen);
    return CLI_OK;
}

/* Below the lowest score of both files nothing changes any more. The thresholds start there where
   the user named none: at the highest multiple of the step that is not above it. */
static void cli_place_axes(const cli_options *options, cli_grid_job *job)
{
    double lowest = 1.0;
    bool any = false;
    for (int s = 0; s < 2; s++) {
        const starlings_edge_list *edges = &job->data.edges[s];
        for (size_t i = 0; i < edges->count; i++)
            lowest = edges->edges[i].weight < lowest ? edges->edges[i].weight : lowest;
        any = any || edges->count > 0;
        job->axes[s] = options->axes[s];
    }
    for (int s = 0; s < 2 && options->default_axes && any; s++) {
        uint32_t step = job->axes[s].step;
        job->axes[s].from = (uint32_t)(lowest * STARLINGS_ONE + 0.5) / step * step;
    }
}

static int cli_build_sides(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    starlings_status status = STARLINGS_OK;
    double start = cli_seconds();
    for (int s = 0; s < 2 && status == STARLINGS_OK; s++) {
        starlings_hierarchy_desc desc;
        memset(&desc, 0, sizeof desc);
        desc.edges = job->data.edges[s].edges;
        desc.edge_count = job->data.edges[s].count;
        desc.record_count = job->data.record_count;
        desc.decimals = options->decimals;
        desc.env = run->env;
        status = starlings_hierarchy_create(&desc, &job->sides[s]);
        starlings_edge_list_clear(&job->data.edges[s]);
    }
    job->build_seconds = cli_seconds() - start;
    return cli_fail_status(run, status);
}

static starlings_grid_desc cli_describe_grid(cli_run *run, const cli_options *options,
                                             cli_grid_job *job)
{
    starlings_grid_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.a = job->sides[0];
    desc.b = job->sides[1];
    desc.metrics = options->metrics.set;
    starlings_metric_set_add(&desc.metrics, options->best);
    desc.env = run->env;
    return desc;
}

/* All pairs of thresholds. */
static int cli_compute_pairs(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    starlings_grid_desc desc = cli_describe_grid(run, options, job);
    uint32_t *keys[2];
    size_t *const counts[2] = { &desc.key_count_a, &desc.key_count_b };
    starlings_status status = STARLINGS_ERR_NOMEM;
    for (int s = 0; s < 2; s++)
        keys[s] = cli_make_keys(&job->axes[s], counts[s]);
    desc.keys_a = keys[0];
    desc.keys_b = keys[1];
    if (keys[0] != NULL && keys[1] != NULL)
        status = starlings_grid_create(&desc, &job->grid);
    if (status == STARLINGS_OK) {
        job->row_count = desc.key_count_a * desc.key_count_b;
        job->rows = (cli_table_row *)cli_alloc(job->row_count, sizeof *job->rows);
        status = job->rows == NULL ? STARLINGS_ERR_NOMEM : STARLINGS_OK;
    }
    for (size_t i = 0; i < job->row_count && status == STARLINGS_OK; i++) {
        job->rows[i].row = i;
        job->rows[i].keys[0] = keys[0][i / desc.key_count_b];
        job->rows[i].keys[1] = keys[1][i % desc.key_count_b];
        job->rows[i].entities = 0;
    }
    free(keys[0]);
    free(keys[1]);
    return cli_fail_status(run, status);
}

/* A row for each count of --equal-counts; keys_a and keys_b have room for them all. Returns for how
   many of them there are thresholds. */
static size_t cli_pair_counts(const cli_options *options, cli_grid_job *job, uint32_t *keys_a,
                              uint32_t *keys_b)
{
    size_t kept = 0;
    for (size_t i = 0; i < options->count_count; i++) {
        cli_table_row *row = &job->rows[i];
        bool there = keys_a[i] != STARLINGS_NONE && keys_b[i] != STARLINGS_NONE;
        row->row = kept;
        row->entities = options->counts[i];
        row->keys[0] = there ? keys_a[i] : STARLINGS_NONE;
        row->keys[1] = there ? keys_b[i] : STARLINGS_NONE;
        keys_a[kept] = keys_a[i];
        keys_b[kept] = keys_b[i];
        kept += there ? 1 : 0;
    }
    job->row_count = options->count_count;
    return kept;
}

/* The pairs of thresholds at which both sides have as many entities. */
static int cli_compute_counts(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    starlings_grid_desc desc = cli_describe_grid(run, options, job);
    size_t count = options->count_count;
    uint32_t *keys = (uint32_t *)cli_alloc(2 * count, sizeof *keys);
    starlings_status status = STARLINGS_OK;
    job->rows = (cli_table_row *)cli_alloc(count, sizeof *job->rows);
    if (keys == NULL || job->rows == NULL)
        status = STARLINGS_ERR_NOMEM;
    for (size_t s = 0; s < 2 && status == STARLINGS_OK; s++)
        status = starlings_hierarchy_keys_of_counts(job->sides[s], &run->env, options->counts,
                                                    count, keys + s * count);
    if (status == STARLINGS_OK) {
        desc.keys_a = keys;
        desc.keys_b = keys + count;
        desc.key_count_a = desc.key_count_b = cli_pair_counts(options, job, keys, keys + count);
        desc.diagonal = true;
        if (desc.key_count_a > 0)
            status = starlings_grid_create(&desc, &job->grid);
    }
    free(keys);
    return cli_fail_status(run, status);
}

static void cli_find_best(const cli_options *options, cli_grid_job *job)
{
    const cli_values values = cli_values_of_grid(job->grid);
    job->best = cli_best_row(&values, options->best, job->rows, job->row_count, &job->best_value);
}

/* ---- write ---- */

static void cli_write_grid_best_json(FILE *file, const cli_options *options,
                                     const cli_grid_job *job)
{
    const cli_values values = cli_values_of_grid(job->grid);
    if (job->best == NULL) {
        fputs("null", file);
        return;
    }
    fprintf(file, "{\"metric\": \"%s\"", starlings_metric_describe(options->best)->name);
    if (options->counts != NULL)
        fprintf(file, ", \"entities\": %lu", (unsigned long)job->best->entities);
    fprintf(file, ", \"threshold_a\": %.6f, \"threshold_b\": %.6f, \"value\": ",
            starlings_key_threshold(job->best->keys[0]),
            starlings_key_threshold(job->best->keys[1]));
    cli_write_value(file, &values, options->best, job->best->row, "null");
    fputc('}', file);
}

static int cli_write_grid(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    char shared[32], records[32];
    cli_table table;
    memset(&table, 0, sizeof table);
    table.values = cli_values_of_grid(job->grid);
    table.lead = options->counts != NULL ? CLI_LEAD_COUNTS : CLI_LEAD_PAIR;
    table.metrics = options->metrics.list;
    table.metric_count = options->metrics.count;
    table.rows = job->rows;
    table.row_count = job->row_count;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV) {
        cli_write_table_csv(&job->text, &table);
    } else if (format == CLI_FORMAT_JSON) {
        cli_write_table_json(&job->text, &table);
        fputs(",\n\"best\": ", job->text.file);
        cli_write_grid_best_json(job->text.file, options, job);
        fprintf(job->text.file, ",\n\"records\": \"in both %lu of %lu\"}\n",
                (unsigned long)job->shared, (unsigned long)job->data.record_count);
    } else {
        cli_write_table(job->text.file, &table);
        if (job->best != NULL)
            fprintf(job->text.file, "best %s %.6f at %.6f of a and %.6f of b\n",
                    starlings_metric_describe(options->best)->name, job->best_value,
                    starlings_key_threshold(job->best->keys[0]),
                    starlings_key_threshold(job->best->keys[1]));
        fprintf(job->text.file, "records in both: %s of %s\n",
                cli_thousands(job->shared, shared),
                cli_thousands(job->data.record_count, records));
    }
    return cli_target_finish(&job->text);
}

/* ---- the report ---- */

/* The end of a path that is one name longer than `end`, if there is one more. */
static const char *cli_longer_end(const char *path, const char *end)
{
    if (end > path)
        end--; /* the slash, or the final zero */
    while (end > path && end[-1] != '/')
        end--;
    return end;
}

/* The names of two files: as much of the end of each path as tells them apart. */
static void cli_short_names(const char *const paths[2], const char *names[2])
{
    const char *ends[2];
    bool moved = true;
    for (int s = 0; s < 2; s++)
        ends[s] = cli_longer_end(paths[s], paths[s] + strlen(paths[s]) + 1);
    while (strcmp(ends[0], ends[1]) == 0 && moved) {
        const char *before[2] = { ends[0], ends[1] };
        for (int s = 0; s < 2; s++)
            ends[s] = cli_longer_end(paths[s], ends[s]);
        moved = ends[0] != before[0] || ends[1] != before[1];
    }
    for (int s = 0; s < 2; s++)
        names[s] = cli_input_name(ends[s]);
}

static void cli_gather_grid_facts(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    cli_facts *facts = &job->facts;
    cli_facts_add(facts, "Edges file a", cli_input_name(options->inputs[0]));
    cli_facts_add(facts, "Edges file b", cli_input_name(options->inputs[1]));
    if (options->records != NULL)
        cli_facts_add(facts, "Records file", cli_input_name(options->records));
    cli_facts_add_count(facts, "Records", job->data.record_count);
    cli_facts_add_count(facts, "Records in both", job->shared);
    cli_facts_add_count(facts, "Edges of a", starlings_hierarchy_edge_count(job->sides[0]));
    cli_facts_add_count(facts, "Edges of b", starlings_hierarchy_edge_count(job->sides[1]));
    cli_facts_add_count(facts, "Thresholds of a", starlings_grid_row_count(job->grid));
    cli_facts_add_count(facts, "Thresholds of b", starlings_grid_column_count(job->grid));
    cli_facts_add_count(facts, "Decimals of weights", options->decimals);
    cli_facts_add_count(facts, "Threads", run->env.workers.count);
    cli_facts_add_seconds(facts, "Read the files", job->read_seconds);
    cli_facts_add_seconds(facts, "Build the hierarchies", job->build_seconds);
    cli_facts_add_seconds(facts, "Compare", job->grid_seconds);
    cli_facts_add_command(facts, run);
}

#define CLI_MAP_RANKS 8 /* six metrics by name, those that judge, those that count */

/* Which maps come first if there is not room for all: the metrics of a default sweep that judge a
   pair, the others that do, those that count. */
static int cli_map_rank(starlings_metric metric)
{
    static const starlings_metric first[] = {
        STARLINGS_METRIC_PAIRWISE_F1, STARLINGS_METRIC_BCUBED_F1, STARLINGS_METRIC_ARI,
        STARLINGS_METRIC_NMI_ARITHMETIC, STARLINGS_METRIC_PAIRWISE_PRECISION,
        STARLINGS_METRIC_PAIRWISE_RECALL
    };
    const int known = (int)(sizeof first / sizeof first[0]);
    for (int i = 0; i < known; i++)
        if (first[i] == metric)
            return i;
    return starlings_metric_describe(metric)->direction != 0 ? known : CLI_MAP_RANKS - 1;
}

/* The maps, that of the best metric first, then in the order asked. */
static size_t cli_order_maps(const cli_options *options, starlings_metric *metrics)
{
    bool sorted = options->metrics.count > REPORT_MAP_LIMIT;
    size_t count = 0;
    metrics[count++] = options->best;
    for (int rank = 0; rank < (sorted ? CLI_MAP_RANKS : 1); rank++)
        for (size_t m = 0; m < options->metrics.count; m++) {
            starlings_metric metric = options->metrics.list[m];
            if (metric != options->best && (!sorted || cli_map_rank(metric) == rank))
                metrics[count++] = metric;
        }
    return count;
}

static int cli_report_grid(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    starlings_metric metrics[STARLINGS_METRIC_COUNT + 1];
    const char *names[2];
    report_grid data;
    bool written;
    memset(&data, 0, sizeof data);
    cli_gather_grid_facts(run, options, job);
    data.metric_count = cli_order_maps(options, metrics);
    cli_short_names(options->inputs, names);
    data.name_a = names[0];
    data.name_b = names[1];
    data.grid = job->grid;
    data.metrics = metrics;
    data.has_best = job->best != NULL;
    data.best_metric = options->best;
    if (data.has_best) {
        data.best_row = job->best->row / starlings_grid_column_count(job->grid);
        data.best_column = job->best->row % starlings_grid_column_count(job->grid);
    }
    data.facts = job->facts.list;
    data.fact_count = job->facts.count;
    written = report_grid_write(job->report.file, &data);
    if (!written && !cli_target_broken(&job->report))
        return cli_no_memory(run);
    return cli_target_finish(&job->report); /* it says what is wrong */
}

/* ---- the verb ---- */

static int cli_grid_compute(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    double start;
    int code = cli_count_shared(run, job);
    cli_place_axes(options, job);
    if (code == CLI_OK)
        code = cli_build_sides(run, options, job);
    start = cli_seconds();
    if (code == CLI_OK)
        code = options->counts != NULL ? cli_compute_counts(run, options, job)
                                       : cli_compute_pairs(run, options, job);
    job->grid_seconds = cli_seconds() - start;
    if (code == CLI_OK)
        cli_find_best(options, job);
    return code == CLI_OK && cli_interrupted() ? cli_stopped(run) : code;
}

static int cli_grid_output(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    int code = CLI_OK;
    if (options->report != NULL) {
        code = cli_target_open(run, options->report, &job->report);
        if (code == CLI_OK)
            code = cli_report_grid(run, options, job);
    }
    if (code == CLI_OK)
        code = cli_target_open(run, options->out, &job->text);
    if (code == CLI_OK)
        code = cli_write_grid(run, options, job);
    if (code == CLI_OK)
        code = cli_target_publish(&job->text);
    if (code == CLI_OK)
        code = cli_target_publish(&job->report);
    return code;
}

int cli_run_grid(cli_run *run, const cli_options *options)
{
    cli_grid_job job;
    double start = cli_seconds();
    int code;
    memset(&job, 0, sizeof job);
    code = cli_read_edges(run, options, &job.data);
    job.read_seconds = cli_seconds() - start;
    if (code == CLI_OK)
        code = cli_grid_compute(run, options, &job);
    if (code == CLI_OK && job.shared == 0 && job.data.record_count > 0)
        cli_note(run, "no record has edges in both %s and %s", cli_input_name(options->inputs[0]),
                 cli_input_name(options->inputs[1]));
    if (code == CLI_OK)
        code = cli_grid_output(run, options, &job);
    cli_target_abandon(&job.text);
    cli_target_abandon(&job.report);
    cli_facts_clear(&job.facts);
    starlings_grid_release(job.grid);
    for (int s = 0; s < 2; s++)
        starlings_hierarchy_release(job.sides[s]);
    free(job.rows);
    cli_data_clear(&job.data);
    return code;
}
