/* compare.c - starlings compare: all metrics of one partition against another. */
#include "verbs.h"
#include <math.h>
#include <string.h>

typedef struct cli_compare_job {
    cli_data data;
    starlings_partition *sides[2];
    starlings_sweep *sweep; /* of one row */
    cli_target rows;
} cli_compare_job;

static int cli_compare(cli_run *run, const cli_options *options, cli_compare_job *job)
{
    starlings_sweep_desc desc;
    starlings_status status = STARLINGS_OK;
    for (int s = 0; s < 2 && status == STARLINGS_OK; s++) {
        starlings_partition_desc side;
        memset(&side, 0, sizeof side);
        side.labels = job->data.sides[s].labels;
        side.record_count = job->data.record_count;
        side.env = run->env;
        status = starlings_partition_create(&side, &job->sides[s]);
    }
    if (status == STARLINGS_OK) {
        memset(&desc, 0, sizeof desc);
        desc.prediction = job->sides[0];
        desc.reference = job->sides[1];
        desc.metrics = options->metrics.set;
        desc.env = run->env;
        status = starlings_sweep_create(&desc, &job->sweep);
    }
    return cli_fail_status(run, status);
}

static void cli_write_compare_table(FILE *file, const cli_metrics *metrics,
                                    const starlings_sweep *sweep)
{
    char text[32];
    int wide = 6;
    for (size_t m = 0; m < metrics->count; m++) {
        int width = (int)strlen(starlings_metric_describe(metrics->list[m])->name);
        wide = width > wide ? width : wide;
    }
    fprintf(file, "%-*s  %15s\n", wide, "metric", "value");
    for (size_t m = 0; m < metrics->count; m++) {
        const uint64_t *whole = starlings_sweep_integers(sweep, metrics->list[m]);
        double value = starlings_sweep_value(sweep, metrics->list[m], 0);
        fprintf(file, "%-*s  ", wide, starlings_metric_describe(metrics->list[m])->name);
        if (whole != NULL)
            fprintf(file, "%15s\n", cli_thousands(whole[0], text));
        else if (isfinite(value))
            fprintf(file, "%15.*f\n",
                    metrics->list[m] == STARLINGS_METRIC_SIZE_HILL0_B ? 0 : 6, value);
        else
            fprintf(file, "%15s\n", "-");
    }
}

static void cli_write_compare_csv(FILE *file, const cli_metrics *metrics,
                                  const starlings_sweep *sweep)
{
    const cli_values values = cli_values_of_sweep(sweep);
    for (size_t m = 0; m < metrics->count; m++)
        fprintf(file, "%s%s", m == 0 ? "" : ",", starlings_metric_describe(metrics->list[m])->name);
    fputc('\n', file);
    for (size_t m = 0; m < metrics->count; m++) {
        fputs(m == 0 ? "" : ",", file);
        cli_write_value(file, &values, metrics->list[m], 0, "");
    }
    fputc('\n', file);
}

/* The form of a sweep, so that one program reads both. */
static void cli_write_compare_json(FILE *file, const cli_metrics *metrics,
                                   const starlings_sweep *sweep)
{
    const cli_values values = cli_values_of_sweep(sweep);
    fputs("{\"columns\": [", file);
    for (size_t m = 0; m < metrics->count; m++)
        fprintf(file, "%s\"%s\"", m == 0 ? "" : ", ",
                starlings_metric_describe(metrics->list[m])->name);
    fputs("],\n\"rows\": [\n{", file);
    for (size_t m = 0; m < metrics->count; m++) {
        fprintf(file, "%s\"%s\": ", m == 0 ? "" : ", ",
                starlings_metric_describe(metrics->list[m])->name);
        cli_write_value(file, &values, metrics->list[m], 0, "null");
    }
    fputs("}\n],\n\"best\": null}\n", file);
}

static void cli_write_compare(FILE *file, cli_format format, const cli_metrics *metrics,
                              const starlings_sweep *sweep)
{
    if (format == CLI_FORMAT_TABLE)
        cli_write_compare_table(file, metrics, sweep);
    else if (format == CLI_FORMAT_JSON)
        cli_write_compare_json(file, metrics, sweep);
    else
        cli_write_compare_csv(file, metrics, sweep);
}

int cli_run_compare(cli_run *run, const cli_options *options)
{
    cli_compare_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_read_sides(run, options, &job.data);
    if (code == CLI_OK)
        code = cli_compare(run, options, &job);
    if (code == CLI_OK)
        code = cli_target_open(run, options->out, &job.rows);
    if (code == CLI_OK) {
        cli_wipe_bar(run);
        cli_write_compare(job.rows.file, cli_format_for(options->format, options->out),
                          &options->metrics, job.sweep);
        code = cli_target_finish(&job.rows);
    }
    if (code == CLI_OK)
        code = cli_target_publish(&job.rows);
    cli_target_abandon(&job.rows);
    starlings_sweep_release(job.sweep);
    starlings_partition_release(job.sides[0]);
    starlings_partition_release(job.sides[1]);
    cli_data_clear(&job.data);
    return code;
}
