/* verbs.h - one function for each verb, and what sweep and demo share. */
#ifndef STARLINGS_CLI_VERBS_H
#define STARLINGS_CLI_VERBS_H

#include "cli.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "report.h"

int cli_run_demo(cli_run *run, const cli_options *options);
int cli_run_sweep(cli_run *run, const cli_options *options);
int cli_run_cluster(cli_run *run, const cli_options *options);
int cli_run_compare(cli_run *run, const cli_options *options);

/* ---- facts.c: what the report says of how it was made ---- */

#define CLI_FACT_LIMIT 16u

typedef struct cli_facts {
    report_fact list[CLI_FACT_LIMIT];
    char text[CLI_FACT_LIMIT][64];
    char *command;
    size_t count;
} cli_facts;

void cli_facts_add(cli_facts *facts, const char *label, const char *text); /* text must live on */
void cli_facts_add_count(cli_facts *facts, const char *label, uint64_t count);
void cli_facts_add_seconds(cli_facts *facts, const char *label, double seconds);
/* The command line as a shell would take it, and the version. */
void cli_facts_add_command(cli_facts *facts, const cli_run *run);
void cli_facts_clear(cli_facts *facts);

/* The metrics that the report draws, beside those asked for. */
void cli_add_report_metrics(starlings_metric_set *set, bool has_truth);

/* Write the report to a target that is open, and finish it. The entity sizes are those at the best
   threshold, or in the middle row if there is no best. */
int cli_write_report(cli_run *run, cli_target *target, starlings_hierarchy *hierarchy,
                     report_data *data);

#endif
