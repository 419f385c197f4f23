/* options.h - the command line, read. */
#ifndef STARLINGS_CLI_OPTIONS_H
#define STARLINGS_CLI_OPTIONS_H

#include "cli.h"

typedef enum cli_format {
    CLI_FORMAT_UNSET = 0, /* table on a terminal, csv otherwise */
    CLI_FORMAT_TABLE,
    CLI_FORMAT_CSV,
    CLI_FORMAT_JSON
} cli_format;

typedef enum cli_over {
    CLI_OVER_SAME = 0, /* both files must have the same records */
    CLI_OVER_INTERSECTION,
    CLI_OVER_UNION
} cli_over;

/* Metrics in the order in which they are asked for, each once. */
typedef struct cli_metrics {
    starlings_metric list[STARLINGS_METRIC_COUNT];
    size_t count;
    starlings_metric_set set;
} cli_metrics;

typedef struct cli_options {
    cli_verb verb;
    const char *verb_name;
    const char *inputs[2]; /* EDGES, or PREDICTION and REFERENCE */
    int input_count;
    const char *truth; /* paths; NULL: not given; "-": standard input or output */
    const char *records;
    const char *report;
    const char *out;
    starlings_csv_columns columns;
    cli_format format;
    cli_over over;
    cli_metrics metrics;
    bool has_best;
    starlings_metric best;
    bool exact;
    uint32_t from, to, step; /* millionths */
    double at;
    uint32_t decimals;
    uint32_t threads;
    uint32_t demo_records;
    bool help;
} cli_options;

/* Read argv[2 ...]; what is wrong has been said when the result is not CLI_OK. */
int cli_options_read(cli_run *run, cli_verb verb, cli_options *options);

/* The entry of `names` that takes the fewest changes of a letter to make it `name`; NULL: they are
   more than a third of its letters, too many for a typing error. */
const char *cli_nearest(const char *name, const char *const *names, size_t count);

/* Print the help of a verb, or of the program for NULL. */
void cli_print_help(FILE *file, const char *verb_name);

extern const char *const cli_verb_names[4]; /* in the order of the bits of cli_verb */

#endif
