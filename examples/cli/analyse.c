/* analyse.c - starlings analyse: several files as named collections, each measured, or compared
   with one of them. */
#include "verbs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows of one collection: they stand together in the list of all. */
typedef struct cli_block {
    int file;
    size_t first, count;
    const cli_table_row *best; /* NULL: none */
    double value;              /* of the best */
} cli_block;

typedef struct cli_analyse_job {
    cli_data data;
    starlings_frame *frame;
    starlings_expression list[CLI_FILE_LIMIT]; /* the reference, if there is one, is the last */
    int files[CLI_FILE_LIMIT];                 /* of them */
    size_t count;
    bool compares;
    starlings_analysis *parts[CLI_FILE_LIMIT]; /* one; without a reference, one an expression */
    size_t part_count;
    cli_table_row *rows;
    size_t row_count;
    cli_block blocks[CLI_FILE_LIMIT];
    size_t block_count;
    size_t ranks[CLI_FILE_LIMIT]; /* blocks, that of the best value first */
    cli_target out;
} cli_analyse_job;

/* ---- which thresholds of which collections ---- */

static const starlings_expression *cli_reference_of(const cli_analyse_job *job)
{
    return &job->list[job->count - 1];
}

static int cli_add_expression(cli_run *run, const cli_options *options, cli_analyse_job *job,
                              int file, const cli_slice *slice)
{
    starlings_expression *made = &job->list[job->count];
    if (job->count == CLI_FILE_LIMIT)
        return cli_usage(run, options->verb_name, "more than %d cuts and sweeps", CLI_FILE_LIMIT);
    memset(made, 0, sizeof *made);
    made->collection = options->names[file];
    if (slice->swept) {
        made->from = starlings_key_threshold(slice->axis.from);
        made->to = starlings_key_threshold(slice->axis.to);
        made->step = starlings_key_threshold(slice->axis.step);
    } else {
        made->from = slice->at;
    }
    job->files[job->count++] = file;
    return CLI_OK;
}

/* What is done with a file for which nothing is said: entities are the same at every threshold. */
static cli_slice cli_default_slice(const cli_analyse_job *job, int file)
{
    const cli_axis whole = { 0, STARLINGS_ONE, STARLINGS_ONE / 100 };
    cli_slice slice;
    slice.file = file;
    slice.swept = !job->data.are_groups[file];
    slice.at = 1.0;
    slice.axis = whole;
    return slice;
}

/* How many --cut and --sweep there are of a file; *out_last is the last of them. */
static int cli_slices_of(const cli_options *options, int file, const cli_slice **out_last)
{
    int count = 0;
    for (int i = 0; i < options->slice_count; i++)
        if (options->slices[i].file == file) {
            *out_last = &options->slices[i];
            count++;
        }
    return count;
}

/* The thresholds of the reference: its own, those of its --cut or --sweep, 1 for entities. */
static int cli_place_reference(cli_run *run, const cli_options *options, cli_analyse_job *job,
                               int file)
{
    const cli_slice *given = NULL;
    cli_slice slice = cli_default_slice(job, file);
    int slices = options->reference_at != NULL ? 0 : cli_slices_of(options, file, &given);
    if (options->reference_at != NULL) {
        slice.swept = false;
        slice.at = options->reference_threshold;
    } else if (slices > 1) {
        return cli_usage(run, options->verb_name,
                         "the reference %s has more than one --cut or --sweep: say which is meant "
                         "by --reference %s@T", options->names[file], options->names[file]);
    } else if (slices == 0 && slice.swept) {
        return cli_usage(run, options->verb_name,
                         "%s is what the others are compared with, but it has scored pairs: say at "
                         "which threshold by --reference %s@T, or name another",
                         options->names[file], options->names[file]);
    }
    return cli_add_expression(run, options, job, file, slices == 1 ? given : &slice);
}

static int cli_place_file(cli_run *run, const cli_options *options, cli_analyse_job *job, int file)
{
    int code = CLI_OK;
    bool any = false;
    for (int i = 0; i < options->slice_count && code == CLI_OK; i++)
        if (options->slices[i].file == file) {
            any = true;
            code = cli_add_expression(run, options, job, file, &options->slices[i]);
        }
    if (!any) {
        cli_slice slice = cli_default_slice(job, file);
        code = cli_add_expression(run, options, job, file, &slice);
    }
    return code;
}

/* The reference is not compared with itself, but where a threshold of it is set apart from its
   cuts and sweeps, or there is nothing else. */
static int cli_place(cli_run *run, const cli_options *options, cli_analyse_job *job)
{
    int last = options->input_count - 1, code = CLI_OK;
    int reference = options->reference != -1 ? options->reference : last > 0 ? last : -1;
    const cli_slice *unused = NULL;
    job->compares = reference != -1;
    for (int i = 0; i <= last && code == CLI_OK; i++)
        if (i != reference ||
            (options->reference_at != NULL &&
             (last == 0 || cli_slices_of(options, i, &unused) > 0)))
            code = cli_place_file(run, options, job, i);
    if (code == CLI_OK && job->compares && job->count == 0)
        code = cli_usage(run, options->verb_name, "there is nothing to compare %s with",
                         options->names[reference]);
    if (code == CLI_OK && job->compares)
        code = cli_place_reference(run, options, job, reference);
    return code;
}

/* How many thresholds an expression has; in millionths, as the library counts them. */
static uint64_t cli_thresholds_of(const starlings_expression *expression)
{
    if (!(expression->step > 0))
        return 1;
    return (uint64_t)((expression->to - expression->from) * STARLINGS_ONE + 0.5) /
               (uint64_t)(expression->step * STARLINGS_ONE + 0.5) + 1;
}

static int cli_check_size(cli_run *run, const cli_options *options, const cli_analyse_job *job)
{
    uint64_t rows = 0;
    size_t compared = job->count - (job->compares ? 1 : 0);
    for (size_t i = 0; i < compared; i++)
        rows += cli_thresholds_of(&job->list[i]);
    if (job->compares)
        rows *= cli_thresholds_of(cli_reference_of(job));
    return cli_check_values(run, options, rows);
}

/* ---- compute ---- */

/* Without a reference every expression is an analysis of its own. */
static int cli_compute_parts(cli_run *run, const cli_options *options, cli_analyse_job *job)
{
    size_t each = job->compares ? job->count : 1;
    starlings_analysis_desc desc;
    starlings_status status = STARLINGS_OK;
    memset(&desc, 0, sizeof desc);
    desc.frame = job->frame;
    desc.expression_count = each;
    desc.metrics = options->metrics.set;
    if (options->has_best)
        starlings_metric_set_add(&desc.metrics, options->best);
    desc.over = options->common ? STARLINGS_OVER_COMMON : STARLINGS_OVER_FRAME;
    desc.env = run->env;
    for (size_t i = 0; i < job->count && status == STARLINGS_OK; i += each) {
        starlings_analysis *part = NULL;
        desc.expressions = job->list + i;
        status = starlings_frame_analyse(&desc, &part);
        if (status == STARLINGS_OK)
            job->parts[job->part_count++] = part;
    }
    return cli_fail_status(run, status);
}

static cli_values cli_values_of_parts(const cli_analyse_job *job)
{
    cli_values values;
    memset(&values, 0, sizeof values);
    values.parts = job->parts;
    values.part_count = job->part_count;
    return values;
}

/* All rows in turn, and what is whose. */
static int cli_list_rows(cli_run *run, const cli_options *options, cli_analyse_job *job)
{
    size_t count = 0;
    for (size_t p = 0; p < job->part_count; p++)
        count += starlings_analysis_row_count(job->parts[p]);
    job->rows = (cli_table_row *)cli_alloc(count, sizeof *job->rows);
    if (job->rows == NULL)
        return cli_no_memory(run);
    for (size_t p = 0; p < job->part_count; p++) {
        const starlings_analysis *part = job->parts[p];
        for (size_t i = 0; i < starlings_analysis_row_count(part); i++) {
            size_t at = starlings_analysis_expression(part, i);
            cli_table_row *row = &job->rows[job->row_count];
            int file = job->files[job->compares ? at : p];
            memset(row, 0, sizeof *row);
            row->row = job->row_count++;
            row->keys[0] = starlings_analysis_key(part, i, at);
            if (job->compares)
                row->keys[1] = starlings_analysis_key(part, i, job->count - 1);
            row->collection = options->names[file];
            if (job->block_count == 0 || job->blocks[job->block_count - 1].file != file) {
                job->blocks[job->block_count].file = file;
                job->blocks[job->block_count++].first = row->row;
            }
            job->blocks[job->block_count - 1].count++;
        }
    }
    return CLI_OK;
}

/* The best of each collection, and the collections from the best to the worst; those without one
   are the last. Equal ones stay in the order of the files. */
static void cli_rank(const cli_options *options, cli_analyse_job *job)
{
    const cli_values values = cli_values_of_parts(job);
    int direction = starlings_metric_describe(options->best)->direction;
    for (size_t b = 0; b < job->block_count; b++) {
        cli_block *block = &job->blocks[b];
        size_t at = b;
        block->best = cli_best_row(&values, options->best, job->rows + block->first, block->count,
                                   &block->value);
        for (; at > 0; at--) {
            const cli_block *before = &job->blocks[job->ranks[at - 1]];
            bool better = before->best == NULL ? block->best != NULL
                        : block->best != NULL && (direction > 0 ? block->value > before->value
                                                                : block->value < before->value);
            if (!better)
                break;
            job->ranks[at] = job->ranks[at - 1];
        }
        job->ranks[at] = b;
    }
}

static int cli_analyse(cli_run *run, const cli_options *options, cli_analyse_job *job)
{
    int code = cli_place(run, options, job);
    if (code == CLI_OK)
        code = cli_check_size(run, options, job);
    if (code == CLI_OK)
        code = cli_make_frame(run, options, &job->data, &job->frame);
    if (code == CLI_OK)
        code = cli_compute_parts(run, options, job);
    if (code == CLI_OK && starlings_analysis_record_count(job->parts[0]) == 0 &&
        job->data.record_count > 0)
        code = cli_fail(run, CLI_BAD_DATA, "no record is in all of the files");
    if (code == CLI_OK)
        code = cli_list_rows(run, options, job);
    if (code == CLI_OK && options->has_best)
        cli_rank(options, job);
    return code;
}

/* ---- write ---- */

static cli_table cli_table_of(const cli_options *options, const cli_analyse_job *job)
{
    cli_table table;
    memset(&table, 0, sizeof table);
    table.values = cli_values_of_parts(job);
    table.lead = job->compares ? CLI_LEAD_COMPARED : CLI_LEAD_MEASURED;
    table.metrics = options->metrics.list;
    table.metric_count = options->metrics.count;
    table.rows = job->rows;
    table.row_count = job->row_count;
    table.reference = job->compares ? cli_reference_of(job)->collection : NULL;
    return table;
}

static void cli_write_best_of_json(FILE *file, const cli_options *options,
                                   const cli_analyse_job *job, const cli_block *block)
{
    const cli_values values = cli_values_of_parts(job);
    fputs("{\"collection\": ", file);
    cli_write_text_json(file, cli_text_of(options->names[block->file]));
    fprintf(file, ", \"metric\": \"%s\"", starlings_metric_describe(options->best)->name);
    if (block->best == NULL) {
        fputs(", \"threshold\": null, \"reference_threshold\": null, \"value\": null}", file);
        return;
    }
    fprintf(file, ", \"threshold\": %.6f, \"reference_threshold\": %.6f, \"value\": ",
            starlings_key_threshold(block->best->keys[0]),
            starlings_key_threshold(block->best->keys[1]));
    cli_write_value(file, &values, options->best, block->best->row, "null");
    fputc('}', file);
}

/* The form of a sweep, so that one program reads both; then the best of each collection. */
static void cli_write_analysis_json(cli_target *target, const cli_options *options,
                                    const cli_analyse_job *job)
{
    const cli_table table = cli_table_of(options, job);
    FILE *file = target->file;
    bool any = options->has_best && job->blocks[job->ranks[0]].best != NULL;
    cli_write_table_json(target, &table);
    fputs(",\n\"best\": ", file);
    if (any)
        cli_write_best_of_json(file, options, job, &job->blocks[job->ranks[0]]);
    else
        fputs("null", file);
    if (options->has_best) {
        fputs(",\n\"ranking\": [", file);
        for (size_t b = 0; b < job->block_count; b++) {
            fputs(b == 0 ? "\n" : ",\n", file);
            cli_write_best_of_json(file, options, job, &job->blocks[job->ranks[b]]);
        }
        fputs("\n]", file);
    }
    fprintf(file, ",\n\"over\": \"%s\",\n\"records\": %lu}\n",
            options->common ? "common" : "frame",
            (unsigned long)starlings_analysis_record_count(job->parts[0]));
}

/* ---- the table ---- */

#define CLI_BLOCK_WHOLE 21u  /* rows of a collection that are all shown */
#define CLI_BLOCK_SPACED 11u /* else so many ... */
#define CLI_BLOCK_AROUND 2u  /* ... and these around the best */

/* What the rows of a block have in common. */
static void cli_write_title(FILE *file, const cli_options *options, const cli_analyse_job *job,
                            const cli_block *block, bool swept)
{
    cli_write_text_plain(file, cli_text_of(options->names[block->file]));
    if (job->compares) {
        fputs(" against ", file);
        cli_write_text_plain(file, cli_text_of(cli_reference_of(job)->collection));
    }
    if (job->compares && !swept && !job->data.are_groups[job->files[job->count - 1]])
        fprintf(file, " at %.6f", starlings_key_threshold(job->rows[block->first].keys[1]));
    fputc('\n', file);
}

static void cli_write_analysis_block(FILE *file, const cli_options *options,
                                     const cli_analyse_job *job, const cli_block *block)
{
    cli_table_row picked[CLI_BLOCK_SPACED + 2 * CLI_BLOCK_AROUND + 1];
    cli_table table = cli_table_of(options, job);
    bool swept = job->compares && cli_reference_of(job)->step > 0;
    table.lead = swept ? CLI_LEAD_AGAINST : CLI_LEAD_THRESHOLD;
    table.rows = job->rows + block->first;
    table.row_count = block->count;
    table.best = block->best;
    if (block->count > CLI_BLOCK_WHOLE) {
        table.row_count = cli_pick_rows(table.rows, block->count, block->best, CLI_BLOCK_SPACED,
                                        CLI_BLOCK_AROUND, picked);
        table.rows = picked;
        table.best = NULL;
        for (size_t i = 0; i < table.row_count; i++)
            if (block->best != NULL && picked[i].row == block->best->row)
                table.best = &picked[i];
    }
    cli_write_title(file, options, job, block, swept);
    cli_write_table(file, &table);
    cli_write_left_out(file, table.row_count, block->count);
    fputc('\n', file);
}

/* Who is best, one line for each. */
static void cli_write_ranking(FILE *file, const cli_options *options, const cli_analyse_job *job)
{
    bool swept = cli_reference_of(job)->step > 0;
    size_t wide = 0;
    for (size_t b = 0; b < job->block_count; b++) {
        size_t width = cli_text_width(cli_text_of(options->names[job->blocks[b].file]));
        wide = width > wide ? width : wide;
    }
    fprintf(file, "best %s of each\n", starlings_metric_describe(options->best)->name);
    for (size_t b = 0; b < job->block_count; b++) {
        const cli_block *block = &job->blocks[job->ranks[b]];
        starlings_text name = cli_text_of(options->names[block->file]);
        fprintf(file, "%3lu  ", (unsigned long)(b + 1));
        cli_write_text_plain(file, name);
        fprintf(file, "%*s", (int)(wide - cli_text_width(name)), "");
        if (block->best == NULL) {
            fputs("  none\n", file);
            continue;
        }
        fprintf(file, "  %.6f", block->value);
        if (!job->data.are_groups[block->file])
            fprintf(file, " at %.6f", starlings_key_threshold(block->best->keys[0]));
        if (swept)
            fprintf(file, " and %.6f of the reference",
                    starlings_key_threshold(block->best->keys[1]));
        fputc('\n', file);
    }
}

static void cli_write_analysis_table(FILE *file, const cli_options *options,
                                     const cli_analyse_job *job)
{
    char records[32];
    for (size_t b = 0; b < job->block_count; b++)
        cli_write_analysis_block(file, options, job, &job->blocks[b]);
    if (options->has_best)
        cli_write_ranking(file, options, job);
    cli_thousands(starlings_analysis_record_count(job->parts[0]), records);
    if (options->common)
        fprintf(file, "over the %s records that all files have\n", records);
    else
        fprintf(file, "over all %s records\n", records);
}

static int cli_write_analysis(cli_run *run, const cli_options *options, cli_analyse_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    const cli_table table = cli_table_of(options, job);
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV)
        cli_write_table_csv(&job->out, &table);
    else if (format == CLI_FORMAT_JSON)
        cli_write_analysis_json(&job->out, options, job);
    else
        cli_write_analysis_table(job->out.file, options, job);
    return cli_target_finish(&job->out);
}

int cli_run_analyse(cli_run *run, const cli_options *options)
{
    cli_analyse_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_read_collections(run, options, &job.data);
    if (code == CLI_OK)
        code = cli_analyse(run, options, &job);
    if (code == CLI_OK && cli_interrupted())
        code = cli_stopped(run);
    if (code == CLI_OK)
        code = cli_target_open(run, options->out, &job.out);
    if (code == CLI_OK)
        code = cli_write_analysis(run, options, &job);
    if (code == CLI_OK)
        code = cli_target_publish(&job.out);
    cli_target_abandon(&job.out);
    free(job.rows);
    for (size_t p = 0; p < job.part_count; p++)
        starlings_analysis_release(job.parts[p]);
    starlings_frame_destroy(job.frame);
    cli_data_clear(&job.data);
    return code;
}
