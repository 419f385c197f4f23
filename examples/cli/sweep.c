/* sweep.c - starlings sweep: every metric at every threshold. */
#include "verbs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All that a sweep holds, so that there is one place to give it back. */
typedef struct cli_sweep_job {
    cli_data data;
    starlings_hierarchy *hierarchy; /* of the records that count */
    starlings_partition *truth;
    starlings_sweep *sweep;
    uint32_t records, labelled; /* that were read; of these, how many the truth has */
    report_sums sums;
    uint64_t edges, loops; /* that were read */
    double read_seconds, build_seconds, sweep_seconds;
    cli_target report, rows;
    report_scores scores;
    char note[224];
    cli_facts facts;
} cli_sweep_job;

/* ---- compute ---- */

static int cli_build(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    starlings_hierarchy_desc desc;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.edges = job->data.edges[0].edges;
    desc.edge_count = job->data.edges[0].count;
    desc.record_count = job->data.record_count;
    desc.decimals = options->decimals;
    desc.env = run->env;
    status = starlings_hierarchy_create(&desc, &job->hierarchy);
    if (status != STARLINGS_OK)
        return cli_fail_status(run, status);
    job->edges = starlings_hierarchy_edge_count(job->hierarchy);
    job->loops = starlings_hierarchy_loop_count(job->hierarchy);
    job->records = job->labelled = job->data.record_count;
    if (options->report == NULL || options->truth == NULL)
        starlings_edge_list_clear(&job->data.edges[0]); /* the hierarchy knows all that is asked */
    return CLI_OK;
}

/* Edges and truth that do not know each other's records are a mistake, not a part of the truth. */
static int cli_check_labelled(cli_run *run, const cli_options *options, const cli_data *data)
{
    const starlings_edge_list *edges = &data->edges[0];
    const uint32_t *labels = data->sides[0].labels;
    bool any = options->unlabelled == CLI_UNLABELLED_REFUSE || edges->count == 0;
    for (size_t i = 0; i < edges->count && !any; i++)
        any = labels[edges->edges[i].a] != STARLINGS_NONE ||
              labels[edges->edges[i].b] != STARLINGS_NONE;
    return any ? CLI_OK
               : cli_fail(run, CLI_BAD_DATA, "no record of %s is in %s",
                          cli_input_name(options->inputs[0]), cli_input_name(options->truth));
}

/* The edges between records that have a number in `place`. */
static void cli_keep_edges(starlings_edge_list *edges, const uint32_t *place)
{
    size_t kept = 0;
    for (size_t i = 0; i < edges->count; i++) {
        starlings_edge edge = edges->edges[i];
        edge.a = place[edge.a];
        edge.b = place[edge.b];
        if (edge.a != STARLINGS_NONE && edge.b != STARLINGS_NONE)
            edges->edges[kept++] = edge;
    }
    edges->count = kept;
}

/* Take the records without truth out of all that is held. */
static int cli_drop_unlabelled(cli_run *run, cli_sweep_job *job)
{
    uint32_t *labels = job->data.sides[0].labels, kept = 0;
    uint32_t *records = (uint32_t *)cli_alloc(job->labelled, sizeof *records);
    uint32_t *place = (uint32_t *)cli_alloc(job->records, sizeof *place);
    starlings_hierarchy *part = NULL;
    starlings_status status = STARLINGS_ERR_NOMEM;
    if (records != NULL && place != NULL) {
        for (uint32_t r = 0; r < job->records; r++) {
            place[r] = labels[r] == STARLINGS_NONE ? STARLINGS_NONE : kept;
            if (place[r] == STARLINGS_NONE)
                continue;
            labels[kept] = labels[r];
            records[kept++] = r;
        }
        job->data.record_count = kept;
        cli_keep_edges(&job->data.edges[0], place);
        status = starlings_hierarchy_select(job->hierarchy, &run->env, records, kept, &part);
    }
    free(records);
    free(place);
    if (status == STARLINGS_OK) {
        starlings_hierarchy_release(job->hierarchy);
        job->hierarchy = part;
    }
    return cli_fail_status(run, status);
}

/* The truth of all records that count. */
static int cli_make_truth(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    uint32_t *labels = job->data.sides[0].labels;
    starlings_partition_desc truth;
    job->labelled = 0;
    for (uint32_t r = 0; r < job->records; r++)
        job->labelled += labels[r] != STARLINGS_NONE ? 1 : 0;
    if (options->unlabelled == CLI_UNLABELLED_KEEP) {
        cli_fill_labels(labels, job->records);
    } else if (job->labelled < job->records) {
        int code = cli_drop_unlabelled(run, job);
        if (code != CLI_OK)
            return code;
    }
    memset(&truth, 0, sizeof truth);
    truth.labels = labels;
    truth.record_count = job->data.record_count;
    truth.env = run->env;
    return cli_fail_status(run, starlings_partition_create(&truth, &job->truth));
}

/* The thresholds of an axis; NULL if there is no memory. */
uint32_t *cli_make_keys(const cli_axis *axis, size_t *out_count)
{
    size_t count = (axis->to - axis->from) / axis->step + 1;
    uint32_t *keys = (uint32_t *)cli_alloc(count, sizeof *keys);
    for (size_t i = 0; i < count && keys != NULL; i++)
        keys[i] = axis->from + (uint32_t)i * axis->step;
    *out_count = count;
    return keys;
}

static int cli_compute(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    starlings_sweep_desc desc;
    starlings_status status;
    uint32_t *keys = NULL;
    double start = cli_seconds();
    int code;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = job->hierarchy;
    desc.reference = job->truth;
    desc.metrics = options->metrics.set;
    desc.env = run->env;
    if (options->has_best) { /* only with a truth: no other metric has a best value */
        starlings_metric_set_add(&desc.metrics, options->best);
        starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_PAIRWISE_PRECISION);
        starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_PAIRWISE_RECALL);
    }
    if (options->report != NULL)
        cli_add_report_metrics(&desc.metrics, job->truth != NULL);
    if (!options->exact) {
        keys = cli_make_keys(&options->axes[0], &desc.key_count);
        if (keys == NULL)
            return cli_no_memory(run);
        desc.keys = keys;
    }
    status = starlings_sweep_create(&desc, &job->sweep);
    free(keys);
    code = cli_fail_status(run, status);
    if (code == CLI_OK && options->has_best)
        code = cli_sum_up(run, job->sweep, options->best, &job->sums);
    job->sweep_seconds = cli_seconds() - start;
    return code;
}

/* ---- write ---- */

/* Which records it is about: what a table and a page say, and "note" in JSON. Empty if there is
   nothing to say. */
static void cli_make_note(const cli_options *options, cli_sweep_job *job)
{
    char labelled[32], records[32];
    if (options->unlabelled == CLI_UNLABELLED_REFUSE || job->labelled == job->records)
        return;
    cli_thousands(job->labelled, labelled);
    cli_thousands(job->records, records);
    if (options->unlabelled == CLI_UNLABELLED_DROP)
        snprintf(job->note, sizeof job->note,
                 "only the %s labelled of %s records are taken: this overstates precision if "
                 "whole entities were labelled, but not if records are missing at random",
                 labelled, records);
    else
        snprintf(job->note, sizeof job->note,
                 "%s of %s records are labelled; the others are entities of their own in the "
                 "truth: this understates precision",
                 labelled, records);
}

static void cli_write_best_json(FILE *file, const cli_options *options, const cli_sweep_job *job)
{
    const cli_values values = cli_values_of_sweep(job->sweep);
    const report_sums *sums = &job->sums;
    if (!sums->has_best) {
        fputs("null", file);
        return;
    }
    fprintf(file, "{\"metric\": \"%s\", \"threshold\": %.6f, \"value\": ",
            starlings_metric_describe(options->best)->name,
            starlings_key_threshold(sums->best.key));
    cli_write_value(file, &values, options->best, sums->best.row, "null");
    fprintf(file, ", \"plateau_from\": %.6f, \"plateau_to\": %.6f",
            starlings_key_threshold(sums->best.plateau_from),
            starlings_key_threshold(sums->best.plateau_to));
    fprintf(file, ", \"within\": %g, \"within_from\": %.6f, \"within_to\": %.6f, \"area\": ",
            REPORT_NEAR, starlings_key_threshold(sums->near_from),
            starlings_key_threshold(sums->near_to));
    cli_write_real(file, sums->area, "null");
    fputs(", \"mean_over_thresholds\": ", file);
    cli_write_real(file, sums->mean, "null");
    fputs(", \"average_precision\": ", file);
    cli_write_real(file, sums->average.value, "null");
    fputs(", \"recall_reached\": ", file);
    cli_write_real(file, sums->average.recall_reached, "null");
    fputc('}', file);
}

static void cli_write_records_json(FILE *file, const cli_options *options,
                                   const cli_sweep_job *job)
{
    if (options->unlabelled == CLI_UNLABELLED_REFUSE)
        return;
    if (options->unlabelled == CLI_UNLABELLED_DROP)
        fprintf(file, ",\n\"unlabelled\": \"drop\",\n\"records\": \"labelled %lu of %lu\"",
                (unsigned long)job->labelled, (unsigned long)job->records);
    else
        fprintf(file, ",\n\"unlabelled\": \"keep\",\n\"records\": \"all %lu, labelled %lu\"",
                (unsigned long)job->records, (unsigned long)job->labelled);
    if (job->note[0] != '\0')
        fprintf(file, ",\n\"note\": \"%s\"", job->note);
}

static void cli_write_rows_json(cli_target *target, const cli_options *options,
                                const cli_sweep_job *job, const cli_table *table)
{
    cli_write_table_json(target, table);
    fputs(",\n\"best\": ", target->file);
    cli_write_best_json(target->file, options, job);
    cli_write_records_json(target->file, options, job);
    fputs("}\n", target->file);
}

/* An exact sweep can have a million rows. For people: some that are evenly spaced, and those around
   the best one. */
#define CLI_ROWS_WHOLE 50u
#define CLI_ROWS_SPACED 31u
#define CLI_ROWS_AROUND 4u

/* The last lines of a table. */
static void cli_write_footer(FILE *file, const cli_options *options, const cli_sweep_job *job)
{
    const uint32_t *keys = starlings_sweep_keys(job->sweep);
    size_t rows = starlings_sweep_row_count(job->sweep);
    const report_sums *sums = &job->sums;
    if (sums->has_best) {
        cli_write_best_line(file, options->best, &sums->best);
        fprintf(file, "within %g of the best from %.6f to %.6f\n", REPORT_NEAR,
                starlings_key_threshold(sums->near_from), starlings_key_threshold(sums->near_to));
    }
    if (sums->has_best && isfinite(sums->area))
        fprintf(file, "area under %s %.6f, thresholds %.6f to %.6f\n",
                starlings_metric_describe(options->best)->name, sums->area,
                starlings_key_threshold(options->exact ? 0 : keys[0]),
                starlings_key_threshold(keys[rows - 1]));
    if (sums->has_best && isfinite(sums->mean))
        fprintf(file, "mean over thresholds %.6f\n", sums->mean);
    if (options->has_best)
        fprintf(file, "average precision %.6f (recall reaches %.6g)\n", sums->average.value,
                sums->average.recall_reached);
    if (job->note[0] != '\0')
        fprintf(file, "%s\n", job->note);
}

static void cli_write_rows_table(cli_target *target, const cli_options *options,
                                 const cli_sweep_job *job, const cli_table *all)
{
    cli_table_row picked[CLI_ROWS_WHOLE];
    cli_table table = *all;
    if (options->exact && all->row_count > CLI_ROWS_WHOLE) {
        table.rows = picked;
        table.row_count = cli_pick_rows(all->rows, all->row_count,
                                        job->sums.has_best ? all->rows + job->sums.best.row : NULL,
                                        CLI_ROWS_SPACED, CLI_ROWS_AROUND, picked);
    }
    cli_write_table(target->file, &table);
    cli_write_left_out(target->file, table.row_count, all->row_count);
    cli_write_footer(target->file, options, job);
}

static int cli_write_rows(cli_run *run, const cli_options *options, cli_sweep_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    const uint32_t *keys = starlings_sweep_keys(job->sweep);
    size_t count = starlings_sweep_row_count(job->sweep);
    cli_table_row *rows = (cli_table_row *)cli_alloc(count, sizeof *rows);
    cli_table table;
    if (rows == NULL)
        return cli_no_memory(run);
    memset(&table, 0, sizeof table);
    table.lead = CLI_LEAD_THRESHOLD;
    for (size_t row = 0; row < count; row++) {
        rows[row].row = row;
        rows[row].keys[0] = keys[row];
    }
    table.values = cli_values_of_sweep(job->sweep);
    table.metrics = options->metrics.list;
    table.metric_count = options->metrics.count;
    table.rows = rows;
    table.row_count = count;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV && job->note[0] != '\0')
        cli_note(run, "%s", job->note); /* CSV has no place for it */
    if (format == CLI_FORMAT_CSV)
        cli_write_table_csv(&job->rows, &table);
    else if (format == CLI_FORMAT_JSON)
        cli_write_rows_json(&job->rows, options, job, &table);
    else
        cli_write_rows_table(&job->rows, options, job, &table);
    free(rows);
    return cli_target_finish(&job->rows);
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
    cli_facts_add_count(facts, "Records", job->records);
    if (options->unlabelled != CLI_UNLABELLED_REFUSE)
        cli_facts_add_count(facts, options->unlabelled == CLI_UNLABELLED_DROP
                                       ? "Labelled, the others dropped"
                                       : "Labelled, the others kept", job->labelled);
    cli_facts_add_count(facts, "Edges", job->edges);
    cli_facts_add_count(facts, "Loops, ignored", job->loops);
    cli_facts_add_count(facts, "Thresholds", starlings_sweep_row_count(job->sweep));
    cli_facts_add_count(facts, "Decimals of weights", options->decimals);
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
    if (job->truth != NULL) {
        cli_edges edges = { NULL, 0, 0 };
        int code;
        edges.list = job->data.edges[0].edges;
        edges.count = job->data.edges[0].count;
        edges.decimals = options->decimals;
        code = cli_gather_scores(run, &edges, job->truth, job->sweep, &job->scores);
        if (code != CLI_OK)
            return code;
        data.scores = &job->scores;
    }
    data.note = job->note[0] != '\0' ? job->note : NULL;
    data.title = strrchr(options->inputs[0], '/');
    data.title = data.title != NULL ? data.title + 1 : cli_input_name(options->inputs[0]);
    data.sweep = job->sweep;
    data.metrics = options->metrics.list;
    data.metric_count = options->metrics.count;
    data.has_truth = job->truth != NULL;
    data.best_metric = options->best;
    data.sums = job->sums;
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
    start = cli_seconds();
    if (code == CLI_OK && options->truth != NULL)
        code = cli_check_labelled(run, options, &job.data);
    if (code == CLI_OK)
        code = cli_build(run, options, &job);
    if (code == CLI_OK && options->truth != NULL)
        code = cli_make_truth(run, options, &job);
    job.build_seconds = cli_seconds() - start;
    if (code == CLI_OK)
        cli_make_note(options, &job);
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
