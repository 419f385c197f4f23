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
int cli_run_sample(cli_run *run, const cli_options *options); /* compare --labels */
int cli_run_metrics(cli_run *run, const cli_options *options);
int cli_run_grid(cli_run *run, const cli_options *options);
int cli_run_diff(cli_run *run, const cli_options *options);
int cli_run_analyse(cli_run *run, const cli_options *options);
int cli_run_stats(cli_run *run, const cli_options *options);
int cli_run_hash(cli_run *run, const cli_options *options);
int cli_run_link(cli_run *run, const cli_options *options);
int cli_run_query(cli_run *run, const cli_options *options);
int cli_run_why(cli_run *run, const cli_options *options);

/* ---- collection.c: files as the collections of a frame ---- */

/* The collection of an input, whose edges or groups are given back. */
int cli_make_collection(cli_run *run, const cli_options *options, cli_data *data, int at,
                        starlings_collection **out_collection);
/* All of them under their names, in the order of the files. */
int cli_make_frame(cli_run *run, const cli_options *options, cli_data *data,
                   starlings_frame **out_frame);

/* The thresholds of an axis; NULL if there is no memory. */
uint32_t *cli_make_keys(const cli_axis *axis, size_t *out_count);

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

/* Edges as they were built from. */
typedef struct cli_edges {
    const starlings_edge *list;
    size_t count;
    uint32_t decimals;
} cli_edges;

/* The metrics that the report draws, beside those asked for. */
void cli_add_report_metrics(starlings_metric_set *set, bool has_truth);

/* The best row by a metric and what goes with it; pairwise precision and recall must be there. */
int cli_sum_up(cli_run *run, const starlings_sweep *sweep, starlings_metric metric,
               report_sums *sums);

/* Compare the scores of edges with the truth: what the report shows of it. */
int cli_gather_scores(cli_run *run, const cli_edges *edges, const starlings_partition *truth,
                      const starlings_sweep *sweep, report_scores *scores);

/* Write the report to a target that is open, and finish it. The entity sizes are those at the best
   threshold, or in the middle row if there is no best. */
int cli_write_report(cli_run *run, cli_target *target, starlings_hierarchy *hierarchy,
                     report_data *data);

#endif
