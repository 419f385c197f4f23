#define _POSIX_C_SOURCE 200809L
/* sample.c - starlings compare --labels: estimates from some entities that were checked by hand. */
#include "verbs.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct cli_sample_job {
    cli_data data; /* sides: the prediction, the sample */
    cli_copy text; /* of the sample, to find the names of its entities */
    double *weights;
    starlings_partition *prediction;
    starlings_sample *sample;
    cli_target rows;
} cli_sample_job;

/* ---- a file of weights ---- */

/* The weights while they are read. Entities are numbered as the reader of the sample did it: in
   the order in which they appear there. */
typedef struct cli_weights {
    cli_run *run;
    const cli_options *options;
    starlings_names *entities;
    uint32_t count;
    double *list;       /* for each entity; 0: not yet known */
    const char *entity; /* the name of the sample's column of entities */
} cli_weights;

static size_t cli_column_of(const cli_file *file, const char *name)
{
    size_t count, size = strlen(name);
    const starlings_text *header = starlings_csv_header(file->csv, &count);
    for (size_t i = 0; i < count; i++)
        if (header[i].size == size && memcmp(header[i].text, name, size) == 0)
            return i;
    return count;
}

/* The column of entities in a header that the library has read a membership from. */
static const char *cli_entity_column(const cli_file *file, const cli_options *options)
{
    static const char *const kinds[3][2] = { { "record", "entity" },
                                             { "unique_id", "cluster_id" },
                                             { "mention_id", "unique_id" } };
    if (options->columns.entity != NULL)
        return options->columns.entity;
    for (int k = 0; k < 3; k++)
        if ((options->columns.record != NULL || cli_header_has(file, kinds[k][0])) &&
            cli_header_has(file, kinds[k][1]))
            return kinds[k][1];
    return kinds[0][1];
}

static starlings_name cli_entity_name_of(starlings_text text)
{
    starlings_name name;
    memset(&name, 0, sizeof name);
    name.key = text;
    return name;
}

int cli_name_entities(cli_run *run, const cli_options *options, const char *path, cli_copy *copy,
                      starlings_names *names, const char **out_column)
{
    const starlings_text *fields;
    starlings_status status;
    cli_file file;
    size_t column;
    int code = cli_file_open_copy(run, path, copy, &file);
    if (code != CLI_OK)
        return code;
    *out_column = cli_entity_column(&file, options);
    column = cli_column_of(&file, *out_column);
    do {
        uint32_t number;
        status = starlings_csv_next(file.csv, &fields);
        if (status == STARLINGS_OK && fields != NULL)
            status = starlings_names_add(names, cli_entity_name_of(fields[column]), &number);
    } while (status == STARLINGS_OK && fields != NULL);
    if (status != STARLINGS_OK)
        code = cli_fail_file(&file, status);
    cli_file_close(&file);
    return code;
}

static int cli_fail_weight(const cli_file *file, starlings_text text, const char *before,
                           const char *after)
{
    return cli_fail(file->run, CLI_BAD_DATA, "%s:%llu: %s\"%.*s\" %s",
                    cli_input_name(file->path), (unsigned long long)starlings_csv_line(file->csv),
                    before, (int)(text.size < 100 ? text.size : 100), text.text, after);
}

static int cli_take_weight(cli_weights *weights, const cli_file *file, starlings_text entity,
                           starlings_text text)
{
    uint32_t number = starlings_names_find(weights->entities, cli_entity_name_of(entity));
    double weight;
    if (number == STARLINGS_NONE)
        return cli_fail_weight(file, entity, "entity ", "is not in the sample");
    if (weights->list[number] > 0.0)
        return cli_fail_weight(file, entity, "entity ", "is there twice");
    if (starlings_number_parse(text, &weight) != STARLINGS_OK || !(weight > 0.0))
        return cli_fail_weight(file, text, "weight ", "is not a number above 0");
    weights->list[number] = weight;
    return CLI_OK;
}

static int cli_fail_weight_column(const cli_file *file, const char *name)
{
    return cli_fail(file->run, CLI_BAD_DATA, "%s:1: no column \"%s\"", cli_input_name(file->path),
                    name);
}

static int cli_read_weight_rows(cli_weights *weights, cli_file *file)
{
    bool same = cli_header_has(file, weights->entity);
    size_t entity = cli_column_of(file, same ? weights->entity : "entity");
    size_t weight = cli_column_of(file, "weight");
    const starlings_text *fields;
    starlings_status status;
    if (!same && !cli_header_has(file, "entity"))
        return cli_fail_weight_column(file, weights->entity);
    if (!cli_header_has(file, "weight"))
        return cli_fail_weight_column(file, "weight");
    while ((status = starlings_csv_next(file->csv, &fields)) == STARLINGS_OK && fields != NULL) {
        int code = cli_take_weight(weights, file, fields[entity], fields[weight]);
        if (code != CLI_OK)
            return code;
    }
    return status == STARLINGS_OK ? CLI_OK : cli_fail_file(file, status);
}

/* Every entity of the sample must have its weight. */
static int cli_check_weights(const cli_weights *weights)
{
    uint32_t missing = 0, first = 0;
    starlings_text key;
    for (uint32_t i = weights->count; i-- > 0;) {
        if (weights->list[i] > 0.0)
            continue;
        missing++;
        first = i;
    }
    if (missing == 0)
        return CLI_OK;
    key = starlings_names_at(weights->entities, first).key;
    return cli_fail(weights->run, CLI_BAD_DATA,
                    "%s: lacks %lu entit%s of %s, the first is \"%.*s\"",
                    cli_input_name(weights->options->weights), (unsigned long)missing,
                    missing == 1 ? "y" : "ies", cli_input_name(weights->options->labels),
                    (int)(key.size < 100 ? key.size : 100), key.text);
}

/* From the order in the file to that of first records, which the library wants. */
static int cli_order_weights(cli_weights *weights, cli_sample_job *job)
{
    const uint32_t *labels = job->data.sides[1].labels;
    uint32_t next = 0;
    job->weights = (double *)cli_alloc(weights->count, sizeof *job->weights);
    if (job->weights == NULL)
        return cli_no_memory(weights->run);
    for (uint32_t r = 0; r < job->data.record_count; r++) {
        if (labels[r] == STARLINGS_NONE || !(weights->list[labels[r]] > 0.0))
            continue;
        job->weights[next++] = weights->list[labels[r]];
        weights->list[labels[r]] = 0.0; /* taken */
    }
    return CLI_OK;
}

/* What is not the name of a file may be meant as one of the words. */
static int cli_open_weights(const cli_weights *weights, cli_file *file)
{
    const char *path = weights->options->weights;
    if (strcmp(path, "-") != 0 && access(path, F_OK) != 0)
        return cli_fail(weights->run, CLI_BAD_DATA, "--weights %s: %s (uniform, cluster_size or a "
                        "file)", path, strerror(errno));
    return cli_file_open(weights->run, path, NULL, file);
}

static int cli_read_weight_file(cli_weights *weights, cli_sample_job *job)
{
    cli_file file;
    int code = cli_name_entities(weights->run, weights->options, weights->options->labels,
                                 &job->text, weights->entities, &weights->entity);
    if (code == CLI_OK)
        code = cli_open_weights(weights, &file);
    if (code != CLI_OK)
        return code;
    code = cli_read_weight_rows(weights, &file);
    cli_file_close(&file);
    if (code == CLI_OK)
        code = cli_check_weights(weights);
    return code == CLI_OK ? cli_order_weights(weights, job) : code;
}

static int cli_read_weights(cli_run *run, const cli_options *options, cli_sample_job *job)
{
    starlings_names_desc desc;
    cli_weights weights;
    int code;
    memset(&weights, 0, sizeof weights);
    memset(&desc, 0, sizeof desc);
    desc.env = run->env;
    weights.run = run;
    weights.options = options;
    weights.count = job->data.sides[1].label_count;
    weights.list = (double *)cli_alloc(weights.count, sizeof *weights.list);
    for (uint32_t i = 0; i < weights.count && weights.list != NULL; i++)
        weights.list[i] = 0.0;
    if (weights.list == NULL ||
        starlings_names_create(&desc, &weights.entities) != STARLINGS_OK)
        code = cli_no_memory(run);
    else
        code = cli_read_weight_file(&weights, job);
    starlings_names_destroy(weights.entities);
    free(weights.list);
    return code;
}

/* ---- compute ---- */

static int cli_estimate(cli_run *run, const cli_options *options, cli_sample_job *job)
{
    starlings_partition_desc side;
    starlings_sample_desc desc;
    starlings_status status;
    memset(&side, 0, sizeof side);
    memset(&desc, 0, sizeof desc);
    side.labels = job->data.sides[0].labels;
    side.record_count = job->data.record_count;
    side.env = run->env;
    status = starlings_partition_create(&side, &job->prediction);
    if (status == STARLINGS_OK) {
        desc.prediction = job->prediction;
        desc.labels = job->data.sides[1].labels;
        desc.weighting = options->weighting;
        desc.weights = job->weights;
        desc.confidence = options->confidence;
        desc.replicates = options->replicates;
        desc.seed = options->seed;
        desc.env = run->env;
        status = starlings_sample_create(&desc, &job->sample);
    }
    return cli_fail_status(run, status);
}

/* ---- write ---- */

#define CLI_ESTIMATE_FIELDS 6

static const char *const cli_estimate_fields[CLI_ESTIMATE_FIELDS] = {
    "value", "sd", "low", "high", "boot_low", "boot_high"
};

/* The values of a row; returns how many columns there are. */
static int cli_estimate_values(const cli_options *options, const cli_sample_job *job, int estimate,
                               double *values)
{
    starlings_estimated e;
    if (starlings_sample_at(job->sample, 0, (starlings_estimate)estimate, &e) != STARLINGS_OK)
        memset(&e, 0, sizeof e); /* cannot be: the row and the estimate are there */
    values[0] = e.value;
    values[1] = e.sd;
    values[2] = e.low;
    values[3] = e.high;
    values[4] = e.boot_low;
    values[5] = e.boot_high;
    return options->replicates > 0 ? 6 : 4;
}

static const char *cli_weights_name(const cli_options *options)
{
    return options->weights != NULL                         ? cli_input_name(options->weights)
         : options->weighting == STARLINGS_WEIGHT_UNIFORM ? "uniform"
                                                            : "cluster_size";
}

/* The last lines of a table. */
static void cli_write_sample_words(const cli_options *options, const cli_sample_job *job)
{
    uint32_t clusters = starlings_sample_cluster_count(job->sample);
    uint32_t records = starlings_sample_record_count(job->sample);
    char text[3][32];
    fprintf(job->rows.file, "%s entit%s with %s record%s labelled, of %s records; weights: %s\n",
            cli_thousands(clusters, text[0]), clusters == 1 ? "y" : "ies",
            cli_thousands(records, text[1]), records == 1 ? "" : "s",
            cli_thousands(job->data.record_count, text[2]), cli_weights_name(options));
    fprintf(job->rows.file, "low and high: %.6g %% confidence\n", 100.0 * options->confidence);
}

static void cli_write_estimates_table(const cli_options *options, const cli_sample_job *job)
{
    int wide = 0, columns = options->replicates > 0 ? 6 : 4;
    double values[CLI_ESTIMATE_FIELDS];
    FILE *file = job->rows.file;
    for (int e = 0; e < (int)STARLINGS_ESTIMATE_COUNT; e++) {
        int width = (int)strlen(starlings_estimate_name((starlings_estimate)e));
        wide = width > wide ? width : wide;
    }
    fprintf(file, "%-*s", wide, "estimate");
    for (int c = 0; c < columns; c++)
        fprintf(file, " %*s", c < 4 ? 8 : 9, cli_estimate_fields[c]); /* 80 columns in all */
    fputc('\n', file);
    for (int e = 0; e < (int)STARLINGS_ESTIMATE_COUNT; e++) {
        (void)cli_estimate_values(options, job, e, values);
        fprintf(file, "%-*s", wide, starlings_estimate_name((starlings_estimate)e));
        for (int c = 0; c < columns; c++) {
            if (isfinite(values[c]))
                fprintf(file, " %*.5f", c < 4 ? 8 : 9, values[c]);
            else
                fprintf(file, " %*s", c < 4 ? 8 : 9, "-");
        }
        fputc('\n', file);
    }
    cli_write_sample_words(options, job);
}

static void cli_write_estimates_csv(const cli_options *options, const cli_sample_job *job)
{
    double values[CLI_ESTIMATE_FIELDS];
    FILE *file = job->rows.file;
    int columns = options->replicates > 0 ? 6 : 4;
    fputs("estimate", file);
    for (int c = 0; c < columns; c++)
        fprintf(file, ",%s", cli_estimate_fields[c]);
    fputc('\n', file);
    for (int e = 0; e < (int)STARLINGS_ESTIMATE_COUNT; e++) {
        (void)cli_estimate_values(options, job, e, values);
        fputs(starlings_estimate_name((starlings_estimate)e), file);
        for (int c = 0; c < columns; c++) {
            fputc(',', file);
            cli_write_real(file, values[c], "");
        }
        fputc('\n', file);
    }
}

static void cli_write_estimates_json(const cli_options *options, const cli_sample_job *job)
{
    double values[CLI_ESTIMATE_FIELDS];
    FILE *file = job->rows.file;
    int columns = options->replicates > 0 ? 6 : 4;
    fputs("{\"columns\": [\"estimate\"", file);
    for (int c = 0; c < columns; c++)
        fprintf(file, ", \"%s\"", cli_estimate_fields[c]);
    fputs("],\n\"rows\": [", file);
    for (int e = 0; e < (int)STARLINGS_ESTIMATE_COUNT; e++) {
        (void)cli_estimate_values(options, job, e, values);
        fprintf(file, "%s\n{\"estimate\": \"%s\"", e == 0 ? "" : ",",
                starlings_estimate_name((starlings_estimate)e));
        for (int c = 0; c < columns; c++) {
            fprintf(file, ", \"%s\": ", cli_estimate_fields[c]);
            cli_write_real(file, values[c], "null");
        }
        fputc('}', file);
    }
    fprintf(file, "\n],\n\"clusters\": %lu,\n\"records\": \"labelled %lu of %lu\",\n",
            (unsigned long)starlings_sample_cluster_count(job->sample),
            (unsigned long)starlings_sample_record_count(job->sample),
            (unsigned long)job->data.record_count);
    fputs("\"weights\": ", file);
    cli_write_text_json(file, cli_text_of(cli_weights_name(options)));
    fputs(",\n\"confidence\": ", file);
    cli_write_short(file, options->confidence);
    fputs(",\n\"best\": null}\n", file);
}

static int cli_write_estimates(cli_run *run, const cli_options *options, cli_sample_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    int code = cli_target_open(run, options->out, &job->rows);
    if (code != CLI_OK)
        return code;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV)
        cli_write_estimates_csv(options, job);
    else if (format == CLI_FORMAT_JSON)
        cli_write_estimates_json(options, job);
    else
        cli_write_estimates_table(options, job);
    code = cli_target_finish(&job->rows);
    return code == CLI_OK ? cli_target_publish(&job->rows) : code;
}

int cli_run_sample(cli_run *run, const cli_options *options)
{
    cli_sample_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_read_sample(run, options, options->weights != NULL ? &job.text : NULL, &job.data);
    if (code == CLI_OK && options->weights != NULL)
        code = cli_read_weights(run, options, &job);
    if (code == CLI_OK)
        code = cli_estimate(run, options, &job);
    if (code == CLI_OK)
        code = cli_write_estimates(run, options, &job);
    cli_target_abandon(&job.rows);
    starlings_sample_release(job.sample);
    starlings_partition_release(job.prediction);
    free(job.weights);
    cli_copy_clear(&job.text);
    cli_data_clear(&job.data);
    return code;
}
