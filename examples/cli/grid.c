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
    const cli_table_row *best; /* of rows; NULL: none */
    double best_value;
    double read_seconds, build_seconds, grid_seconds;
    cli_target report, text;
    cli_facts facts;
} cli_grid_job;

/* ---- compute ---- */

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
        keys[s] = cli_make_keys(&options->axes[s], counts[s]);
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

/* Does a row of this value take the place of the best so far? Of equals the highest threshold of a
   does, then that of b. */
static bool cli_is_better(const cli_grid_job *job, int direction, const cli_table_row *row,
                          double value)
{
    const cli_table_row *best = job->best;
    if (best == NULL)
        return true;
    if (value > job->best_value || value < job->best_value)
        return (value > job->best_value) == (direction > 0);
    return row->keys[0] != best->keys[0] ? row->keys[0] > best->keys[0]
                                         : row->keys[1] > best->keys[1];
}

static void cli_find_best(const cli_options *options, cli_grid_job *job)
{
    const cli_values values = { NULL, job->grid };
    int direction = starlings_metric_describe(options->best)->direction;
    for (size_t i = 0; i < job->row_count; i++) {
        const cli_table_row *row = &job->rows[i];
        double value;
        if (row->keys[0] == STARLINGS_NONE)
            continue;
        value = cli_value(&values, options->best, row->row);
        if (!isnan(value) && cli_is_better(job, direction, row, value)) {
            job->best = row;
            job->best_value = value;
        }
    }
}

/* ---- write ---- */

static void cli_write_grid_best_json(FILE *file, const cli_options *options,
                                     const cli_grid_job *job)
{
    const cli_values values = { NULL, job->grid };
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
    cli_table table = { { NULL, NULL }, CLI_LEAD_PAIR, NULL, 0, NULL, 0 };
    table.values.grid = job->grid;
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
        fputs("}\n", job->text.file);
    } else {
        cli_write_table(job->text.file, &table);
        if (job->best != NULL)
            fprintf(job->text.file, "best %s %.6f at %.6f of a and %.6f of b\n",
                    starlings_metric_describe(options->best)->name, job->best_value,
                    starlings_key_threshold(job->best->keys[0]),
                    starlings_key_threshold(job->best->keys[1]));
    }
    return cli_target_finish(&job->text);
}

/* ---- the report ---- */

static const char *cli_short_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : cli_input_name(path);
}

static void cli_gather_grid_facts(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    cli_facts *facts = &job->facts;
    cli_facts_add(facts, "Edges file a", cli_input_name(options->inputs[0]));
    cli_facts_add(facts, "Edges file b", cli_input_name(options->inputs[1]));
    if (options->records != NULL)
        cli_facts_add(facts, "Records file", cli_input_name(options->records));
    cli_facts_add_count(facts, "Records", job->data.record_count);
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

/* The maps, that of the best metric first. If there is not room for all, those that judge a pair
   come before those that count. */
static size_t cli_order_maps(const cli_options *options, starlings_metric *metrics)
{
    bool sorted = options->metrics.count > REPORT_MAP_LIMIT;
    size_t count = 0;
    metrics[count++] = options->best;
    for (int pass = 0; pass < 2; pass++)
        for (size_t m = 0; m < options->metrics.count; m++) {
            starlings_metric metric = options->metrics.list[m];
            bool later = sorted && starlings_metric_describe(metric)->direction == 0;
            if (metric != options->best && later == (pass == 1))
                metrics[count++] = metric;
        }
    return count;
}

static int cli_report_grid(cli_run *run, const cli_options *options, cli_grid_job *job)
{
    starlings_metric metrics[STARLINGS_METRIC_COUNT + 1];
    report_grid data;
    bool written;
    memset(&data, 0, sizeof data);
    cli_gather_grid_facts(run, options, job);
    data.metric_count = cli_order_maps(options, metrics);
    data.name_a = cli_short_name(options->inputs[0]);
    data.name_b = cli_short_name(options->inputs[1]);
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
    int code = cli_build_sides(run, options, job);
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
