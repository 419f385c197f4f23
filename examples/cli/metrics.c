/* metrics.c - starlings metrics: the list of all metrics. */
#include "verbs.h"
#include <string.h>

static const char *cli_direction_word(const starlings_metric_info *info)
{
    return info->direction > 0 ? "higher" : info->direction < 0 ? "lower" : "";
}

static const char *cli_cost_words(const starlings_metric_info *info)
{
    return info->batch ? "asked thresholds only" : "every threshold";
}

/* ---- table: a heading for each group, two lines for each metric ---- */

static const char cli_metrics_notation[] =
    "a is the truth, b the prediction: K_a, K_b clusters of sizes a and b; n records; c the sizes\n"
    "of the cells, which are the records that share a cluster on both sides; TP, FP, FN, TN pairs\n"
    "of records, P_a, P_b the pairs together in a and in b, T all pairs; H entropies in nats;\n"
    "x the records that are alone on both sides. compare has all of them, a sweep or grid with\n"
    "--metrics all those of every threshold; the others are had by name, but not with --exact.\n"
    "(*) needs no truth. Short names: f1, precision, recall, dice, wallace_1, wallace_2\n"
    "(pairwise), nmi and ami (arithmetic), entities and entity_count (clusters_b),\n"
    "entropy (entropy_b).\n";

static void cli_write_metric_lines(FILE *file, const starlings_metric_info *info)
{
    const char *better = cli_direction_word(info);
    fprintf(file, "  %-27s%-3s  %-9s  ", info->name, info->needs_reference ? "" : "(*)",
            info->range);
    fprintf(file, "%-16s  %s\n", better[0] == '\0' ? "" : info->direction > 0 ? "higher is better"
                                                                             : "lower is better",
            cli_cost_words(info));
    if (info->source[0] == '\0')
        fprintf(file, "      %s\n", info->formula);
    else
        fprintf(file, "      %-52s  %s\n", info->formula, info->source);
}

static void cli_write_metrics_table(FILE *file)
{
    for (int first = 0; first < (int)STARLINGS_METRIC_COUNT; first++) {
        const char *group = starlings_metric_describe((starlings_metric)first)->group;
        int before = 0;
        while (strcmp(starlings_metric_describe((starlings_metric)before)->group, group) != 0)
            before++;
        if (before < first)
            continue; /* the group has been written */
        fprintf(file, "%s\n", group);
        for (int m = first; m < (int)STARLINGS_METRIC_COUNT; m++) {
            const starlings_metric_info *info = starlings_metric_describe((starlings_metric)m);
            if (strcmp(info->group, group) == 0)
                cli_write_metric_lines(file, info);
        }
        fputc('\n', file);
    }
    fputs(cli_metrics_notation, file);
}

/* ---- csv, json ---- */

#define CLI_METRIC_FIELDS 8

static const char *const cli_metric_fields[CLI_METRIC_FIELDS] = {
    "name", "group", "range", "direction", "cost", "needs_truth", "formula", "source"
};

static void cli_metric_texts(const starlings_metric_info *info, const char **texts)
{
    texts[0] = info->name;
    texts[1] = info->group;
    texts[2] = info->range;
    texts[3] = cli_direction_word(info);
    texts[4] = cli_cost_words(info);
    texts[5] = info->needs_reference ? "yes" : "no";
    texts[6] = info->formula;
    texts[7] = info->source;
}

static void cli_write_metrics_csv(FILE *file)
{
    const char *texts[CLI_METRIC_FIELDS];
    for (int f = 0; f < CLI_METRIC_FIELDS; f++)
        fprintf(file, "%s%s", f == 0 ? "" : ",", cli_metric_fields[f]);
    fputc('\n', file);
    for (int m = 0; m < (int)STARLINGS_METRIC_COUNT; m++) {
        cli_metric_texts(starlings_metric_describe((starlings_metric)m), texts);
        for (int f = 0; f < CLI_METRIC_FIELDS; f++)
            cli_write_text_csv(file, cli_text_of(texts[f]),
                               f + 1 < CLI_METRIC_FIELDS ? ',' : '\n');
    }
}

static void cli_write_metrics_json(FILE *file)
{
    const char *texts[CLI_METRIC_FIELDS];
    fputs("{\"columns\": [", file);
    for (int f = 0; f < CLI_METRIC_FIELDS; f++)
        fprintf(file, "%s\"%s\"", f == 0 ? "" : ", ", cli_metric_fields[f]);
    fputs("],\n\"rows\": [", file);
    for (int m = 0; m < (int)STARLINGS_METRIC_COUNT; m++) {
        cli_metric_texts(starlings_metric_describe((starlings_metric)m), texts);
        fputs(m == 0 ? "\n{" : ",\n{", file);
        for (int f = 0; f < CLI_METRIC_FIELDS; f++) {
            fprintf(file, "%s\"%s\": ", f == 0 ? "" : ", ", cli_metric_fields[f]);
            if (texts[f][0] == '\0')
                fputs("null", file);
            else
                cli_write_text_json(file, cli_text_of(texts[f]));
        }
        fputc('}', file);
    }
    fputs("\n]}\n", file);
}

int cli_run_metrics(cli_run *run, const cli_options *options)
{
    cli_format format = cli_format_for(options->format, options->out);
    cli_target rows;
    int code = cli_target_open(run, options->out, &rows);
    if (code == CLI_OK) {
        if (format == CLI_FORMAT_CSV)
            cli_write_metrics_csv(rows.file);
        else if (format == CLI_FORMAT_JSON)
            cli_write_metrics_json(rows.file);
        else
            cli_write_metrics_table(rows.file);
        code = cli_target_finish(&rows);
    }
    if (code == CLI_OK)
        code = cli_target_publish(&rows);
    cli_target_abandon(&rows);
    return code;
}
