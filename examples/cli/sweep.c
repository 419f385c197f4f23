/* sweep.c - starlings sweep: every metric at every threshold. */
#include "verbs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All that a sweep holds, so that there is one place to give it back. */
typedef struct cli_sweep_job {
    cli_data data;
    starlings_hierarchy *hierarchy;
    starlings_partition *truth;
    starlings_sweep *sweep;
    starlings_best best;
    bool has_best;
    double read_seconds, build_seconds, sweep_seconds;
    cli_target report, rows;
    cli_facts facts;
} cli_sweep_job;

/* ---- compute ---- */

static int cli_build(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    starlings_hierarchy_desc desc;
    starlings_status status;
    double start = cli_seconds();
    memset(&desc, 0, sizeof desc);
    desc.edges = job->data.edges.edges;
    desc.edge_count = job->data.edges.count;
    desc.record_count = job->data.record_count;
    desc.decimals = options->decimals;
    desc.env = run->env;
    status = starlings_hierarchy_create(&desc, &job->hierarchy);
    starlings_edge_list_clear(&job->data.edges); /* the hierarchy answers all that they could */
    if (status == STARLINGS_OK && options->truth != NULL) {
        starlings_partition_desc truth;
        memset(&truth, 0, sizeof truth);
        truth.labels = job->data.sides[0].labels;
        truth.record_count = job->data.record_count;
        truth.env = run->env;
        status = starlings_partition_create(&truth, &job->truth);
    }
    job->build_seconds = cli_seconds() - start;
    return cli_fail_status(run, status);
}

/* The rows of a grid; NULL if there is no memory. */
static uint32_t *cli_make_grid(const cli_options *options, size_t *out_count)
{
    size_t count = (options->to - options->from) / options->step + 1;
    uint32_t *keys = (uint32_t *)cli_alloc(count, sizeof *keys);
    for (size_t i = 0; i < count && keys != NULL; i++)
        keys[i] = options->from + (uint32_t)i * options->step;
    *out_count = count;
    return keys;
}

static int cli_compute(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    starlings_sweep_desc desc;
    starlings_status status;
    uint32_t *keys = NULL;
    double start = cli_seconds();
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = job->hierarchy;
    desc.reference = job->truth;
    desc.metrics = options->metrics.set;
    desc.env = run->env;
    if (options->has_best)
        starlings_metric_set_add(&desc.metrics, options->best);
    if (options->report != NULL)
        cli_add_report_metrics(&desc.metrics, job->truth != NULL);
    if (!options->exact) {
        keys = cli_make_grid(options, &desc.key_count);
        if (keys == NULL)
            return cli_no_memory(run);
        desc.keys = keys;
    }
    status = starlings_sweep_create(&desc, &job->sweep);
    free(keys);
    if (status == STARLINGS_OK && options->has_best) {
        status = starlings_sweep_best(job->sweep, options->best, &job->best);
        job->has_best = status == STARLINGS_OK && !isnan(job->best.value);
    }
    job->sweep_seconds = cli_seconds() - start;
    return cli_fail_status(run, status);
}

/* ---- write ---- */

static void cli_write_rows_csv(cli_target *target, const cli_options *options,
                               const starlings_sweep *sweep)
{
    const cli_metrics *metrics = &options->metrics;
    const uint32_t *keys = starlings_sweep_keys(sweep);
    size_t rows = starlings_sweep_row_count(sweep);
    fputs("threshold", target->file);
    for (size_t m = 0; m < metrics->count; m++)
        fprintf(target->file, ",%s", starlings_metric_describe(metrics->list[m])->name);
    fputc('\n', target->file);
    for (size_t row = 0; row < rows && !cli_target_broken(target); row++) {
        fprintf(target->file, "%.6f", starlings_key_threshold(keys[row]));
        for (size_t m = 0; m < metrics->count; m++) {
            fputc(',', target->file);
            cli_write_value(target->file, sweep, metrics->list[m], row, "");
        }
        fputc('\n', target->file);
    }
}

static void cli_write_best_json(FILE *file, const cli_options *options, const cli_sweep_job *job)
{
    if (!job->has_best) {
        fputs("null", file);
        return;
    }
    fprintf(file, "{\"metric\": \"%s\", \"threshold\": %.6f, \"value\": ",
            starlings_metric_describe(options->best)->name, starlings_key_threshold(job->best.key));
    cli_write_value(file, job->sweep, options->best, job->best.row, "null");
    fprintf(file, ", \"plateau_from\": %.6f, \"plateau_to\": %.6f}",
            starlings_key_threshold(job->best.plateau_from),
            starlings_key_threshold(job->best.plateau_to));
}

static void cli_write_rows_json(cli_target *target, const cli_options *options,
                                const cli_sweep_job *job)
{
    const cli_metrics *metrics = &options->metrics;
    const uint32_t *keys = starlings_sweep_keys(job->sweep);
    size_t rows = starlings_sweep_row_count(job->sweep);
    fputs("{\"columns\": [\"threshold\"", target->file);
    for (size_t m = 0; m < metrics->count; m++)
        fprintf(target->file, ", \"%s\"", starlings_metric_describe(metrics->list[m])->name);
    fputs("],\n\"rows\": [", target->file);
    for (size_t row = 0; row < rows && !cli_target_broken(target); row++) {
        fprintf(target->file, "%s\n{\"threshold\": %.6f", row == 0 ? "" : ",",
                starlings_key_threshold(keys[row]));
        for (size_t m = 0; m < metrics->count; m++) {
            fprintf(target->file, ", \"%s\": ", starlings_metric_describe(metrics->list[m])->name);
            cli_write_value(target->file, job->sweep, metrics->list[m], row, "null");
        }
        fputc('}', target->file);
    }
    fputs("\n],\n\"best\": ", target->file);
    cli_write_best_json(target->file, options, job);
    fputs("}\n", target->file);
}

/* An exact sweep can have a million rows. For people: some that are evenly spaced, and those around
   the best one. */
#define CLI_ROWS_WHOLE 50u
#define CLI_ROWS_SPACED 31u
#define CLI_ROWS_AROUND 4u

static int cli_compare_rows(const void *a, const void *b)
{
    const cli_table_row *x = (const cli_table_row *)a, *y = (const cli_table_row *)b;
    return x->row < y->row ? -1 : x->row > y->row ? 1 : 0;
}

/* Fill `picked`, ascending and without repeats; at most 40. Returns how many. */
static size_t cli_pick_rows(const cli_sweep_job *job, size_t rows, cli_table_row *picked)
{
    const uint32_t *keys = starlings_sweep_keys(job->sweep);
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < CLI_ROWS_SPACED; i++)
        picked[count++].row = (size_t)((uint64_t)i * (rows - 1) / (CLI_ROWS_SPACED - 1));
    if (job->has_best) {
        size_t best = job->best.row, to = best + CLI_ROWS_AROUND;
        size_t row = best < CLI_ROWS_AROUND ? 0 : best - CLI_ROWS_AROUND;
        for (; row <= to && row < rows; row++)
            picked[count++].row = row;
    }
    qsort(picked, count, sizeof *picked, cli_compare_rows);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || picked[i].row != picked[kept - 1].row)
            picked[kept++].row = picked[i].row;
    for (size_t i = 0; i < kept; i++)
        picked[i].key = keys[picked[i].row];
    return kept;
}

static int cli_write_rows_table(cli_run *run, cli_target *target, const cli_options *options,
                                const cli_sweep_job *job)
{
    const uint32_t *keys = starlings_sweep_keys(job->sweep);
    size_t rows = starlings_sweep_row_count(job->sweep), count = rows;
    bool shorten = options->exact && rows > CLI_ROWS_WHOLE;
    cli_table_row *picked = (cli_table_row *)cli_alloc(shorten ? CLI_ROWS_WHOLE : rows,
                                                       sizeof *picked);
    if (picked == NULL)
        return cli_no_memory(run);
    for (size_t row = 0; row < rows && !shorten; row++) {
        picked[row].row = row;
        picked[row].key = keys[row];
    }
    if (shorten)
        count = cli_pick_rows(job, rows, picked);
    cli_write_table(target->file, job->sweep, options->metrics.list, options->metrics.count,
                    picked, count);
    free(picked);
    if (count < rows) {
        char left_out[32], all[32];
        fprintf(target->file, "%s of %s rows are left out; --format csv has them all\n",
                cli_thousands(rows - count, left_out), cli_thousands(rows, all));
    }
    if (job->has_best)
        cli_write_best_line(target->file, options->best, &job->best);
    return CLI_OK;
}

static int cli_write_rows(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    int code = CLI_OK;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV)
        cli_write_rows_csv(&job->rows, options, job->sweep);
    else if (format == CLI_FORMAT_JSON)
        cli_write_rows_json(&job->rows, options, job);
    else
        code = cli_write_rows_table(run, &job->rows, options, job);
    return code == CLI_OK ? cli_target_finish(&job->rows) : code;
}

/* ---- the report ---- */

static void cli_gather_facts(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    cli_facts *facts = &job->facts;
    cli_facts_add(facts, "Edges file", cli_input_name(options->inputs[0]));
    if (options->truth != NULL)
        cli_facts_add(facts, "Truth file", cli_input_name(options->truth));
    if (options->records != NULL)
        cli_facts_add(facts, "Records file", cli_input_name(options->records));
    cli_facts_add_count(facts, "Records", job->data.record_count);
    cli_facts_add_count(facts, "Edges", starlings_hierarchy_edge_count(job->hierarchy));
    cli_facts_add_count(facts, "Loops, ignored", starlings_hierarchy_loop_count(job->hierarchy));
    cli_facts_add_count(facts, "Thresholds", starlings_sweep_row_count(job->sweep));
    cli_facts_add_count(facts, "Decimals of weights", starlings_hierarchy_decimals(job->hierarchy));
    cli_facts_add_count(facts, "Threads", run->env.workers.count);
    cli_facts_add_seconds(facts, "Read the files", job->read_seconds);
    cli_facts_add_seconds(facts, "Build the hierarchy", job->build_seconds);
    cli_facts_add_seconds(facts, "Sweep", job->sweep_seconds);
    cli_facts_add_command(facts, run);
}

static int cli_report(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    report_data data;
    memset(&data, 0, sizeof data);
    cli_gather_facts(run, options, job);
    data.title = strrchr(options->inputs[0], '/');
    data.title = data.title != NULL ? data.title + 1 : cli_input_name(options->inputs[0]);
    data.sweep = job->sweep;
    data.metrics = options->metrics.list;
    data.metric_count = options->metrics.count;
    data.has_truth = job->truth != NULL;
    data.has_best = job->has_best;
    data.best_metric = options->best;
    data.best = job->best;
    data.facts = job->facts.list;
    data.fact_count = job->facts.count;
    return cli_write_report(run, &job->report, job->hierarchy, &data);
}

/* ---- the verb ---- */

static int cli_sweep_output(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    int code = CLI_OK;
    if (options->report != NULL) {
        code = cli_target_open(run, options->report, &job->report);
        if (code == CLI_OK)
            code = cli_report(run, options, job);
    }
    if (code == CLI_OK)
        code = cli_target_open(run, options->out, &job->rows);
    if (code == CLI_OK)
        code = cli_write_rows(run, options, job);
    if (code == CLI_OK)
        code = cli_target_publish(&job->rows);
    if (code == CLI_OK)
        code = cli_target_publish(&job->report);
    return code;
}

int cli_run_sweep(cli_run *run, const cli_options *options)
{
    cli_sweep_job job;
    double start = cli_seconds();
    int code;
    memset(&job, 0, sizeof job);
    code = cli_read_edges(run, options, &job.data);
    job.read_seconds = cli_seconds() - start;
    if (code == CLI_OK)
        code = cli_build(run, options, &job);
    if (code == CLI_OK)
        code = cli_compute(run, options, &job);
    if (code == CLI_OK && cli_interrupted())
        code = cli_stopped(run);
    if (code == CLI_OK)
        code = cli_sweep_output(run, options, &job);
    cli_target_abandon(&job.rows);
    cli_target_abandon(&job.report);
    cli_facts_clear(&job.facts);
    starlings_sweep_release(job.sweep);
    starlings_partition_release(job.truth);
    starlings_hierarchy_release(job.hierarchy);
    cli_data_clear(&job.data);
    return code;
}
