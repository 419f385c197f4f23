/* demo.c - starlings demo: made-up data of a size that counts, start to end. */
#include "generate.h"
#include "verbs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEMO_SEED 20240229u
#define DEMO_ROWS 11u
#define DEMO_BESTS 4u

typedef struct cli_demo_job {
    starlings_edge *edges;
    uint32_t *labels;
    starlings_hierarchy *hierarchy;
    starlings_partition *truth;
    starlings_sweep *sweep;
    report_sums sums;
    double generate_seconds, build_seconds, sweep_seconds, report_seconds;
    cli_target report, text;
    cli_facts facts;
} cli_demo_job;

/* ---- compute ---- */

static int cli_demo_generate(cli_run *run, const cli_options *options, cli_demo_job *job)
{
    generate_desc desc = { 0, 0, 6, DEMO_SEED };
    double start = cli_seconds();
    desc.record_count = options->demo_records;
    desc.edge_count = options->demo_records;
    job->edges = (starlings_edge *)cli_alloc(desc.edge_count, sizeof *job->edges);
    job->labels = (uint32_t *)cli_alloc(desc.record_count, sizeof *job->labels);
    if (job->edges == NULL || job->labels == NULL || !generate_data(&desc, job->edges, job->labels))
        return cli_no_memory(run);
    job->generate_seconds = cli_seconds() - start;
    return cli_interrupted() ? cli_stopped(run) : CLI_OK;
}

static int cli_demo_build(cli_run *run, const cli_options *options, cli_demo_job *job)
{
    starlings_hierarchy_desc desc;
    starlings_status status;
    double start = cli_seconds();
    memset(&desc, 0, sizeof desc);
    desc.edges = job->edges;
    desc.edge_count = options->demo_records;
    desc.record_count = options->demo_records;
    desc.decimals = 6;
    desc.env = run->env;
    status = starlings_hierarchy_create(&desc, &job->hierarchy);
    job->build_seconds = cli_seconds() - start;
    return cli_fail_status(run, status);
}

/* The truth is made outside the clock: it is input, like the pairs. */
static int cli_demo_sweep(cli_run *run, const cli_options *options, cli_demo_job *job)
{
    starlings_partition_desc truth;
    starlings_sweep_desc desc;
    starlings_status status;
    double start;
    memset(&truth, 0, sizeof truth);
    memset(&desc, 0, sizeof desc);
    truth.labels = job->labels;
    truth.record_count = options->demo_records;
    truth.env = run->env;
    status = starlings_partition_create(&truth, &job->truth);
    if (status != STARLINGS_OK)
        return cli_fail_status(run, status);
    start = cli_seconds();
    desc.hierarchy = job->hierarchy;
    desc.reference = job->truth;
    desc.metrics = starlings_metric_set_default(true);
    desc.env = run->env;
    cli_add_report_metrics(&desc.metrics, true);
    status = starlings_sweep_create(&desc, &job->sweep);
    job->sweep_seconds = cli_seconds() - start;
    if (status == STARLINGS_OK)
        return cli_sum_up(run, job->sweep, STARLINGS_METRIC_PAIRWISE_F1, &job->sums);
    return cli_fail_status(run, status);
}

/* ---- the report ---- */

/* The columns of the small table, also the first of the report's. */
static const starlings_metric cli_demo_metrics[] = {
    STARLINGS_METRIC_CLUSTERS_B, STARLINGS_METRIC_MAX_SIZE_B,
    STARLINGS_METRIC_PAIRWISE_PRECISION, STARLINGS_METRIC_PAIRWISE_RECALL,
    STARLINGS_METRIC_PAIRWISE_F1, STARLINGS_METRIC_BCUBED_F1, STARLINGS_METRIC_ARI
};

static void cli_demo_gather_facts(cli_run *run, const cli_options *options, cli_demo_job *job)
{
    cli_facts *facts = &job->facts;
    cli_facts_add(facts, "Input", "made up: entities of 1 to 10 records, noisy scores");
    cli_facts_add_count(facts, "Records", options->demo_records);
    cli_facts_add_count(facts, "Edges", starlings_hierarchy_edge_count(job->hierarchy));
    cli_facts_add_count(facts, "Loops, ignored", starlings_hierarchy_loop_count(job->hierarchy));
    cli_facts_add_count(facts, "Thresholds", starlings_sweep_row_count(job->sweep));
    cli_facts_add_count(facts, "Decimals of weights", 6);
    cli_facts_add_count(facts, "Threads", run->env.workers.count);
    cli_facts_add_seconds(facts, "Generate", job->generate_seconds);
    cli_facts_add_seconds(facts, "Build the hierarchy", job->build_seconds);
    cli_facts_add_seconds(facts, "Sweep", job->sweep_seconds);
    cli_facts_add_command(facts, run);
}

static int cli_demo_report(cli_run *run, const cli_options *options, cli_demo_job *job)
{
    const char *path = options->report == NULL ? "demo-report.html" : options->report;
    double start = cli_seconds();
    cli_edges edges = { NULL, 0, 6 };
    report_scores scores;
    report_data data;
    int code;
    edges.list = job->edges;
    edges.count = options->demo_records;
    code = cli_gather_scores(run, &edges, job->truth, job->sweep, &scores);
    if (code != CLI_OK)
        return code;
    memset(&data, 0, sizeof data);
    data.scores = &scores;
    cli_demo_gather_facts(run, options, job);
    data.title = "demo";
    data.sweep = job->sweep;
    data.metrics = cli_demo_metrics;
    data.metric_count = sizeof cli_demo_metrics / sizeof cli_demo_metrics[0];
    data.has_truth = true;
    data.best_metric = STARLINGS_METRIC_PAIRWISE_F1;
    data.sums = job->sums;
    data.facts = job->facts.list;
    data.fact_count = job->facts.count;
    code = cli_target_open(run, path, &job->report);
    if (code == CLI_OK)
        code = cli_write_report(run, &job->report, job->hierarchy, &data);
    job->report_seconds = cli_seconds() - start;
    return code;
}

/* ---- what is said ---- */

static void cli_demo_print_times(FILE *file, const cli_options *options, const cli_demo_job *job)
{
    size_t rows = starlings_sweep_row_count(job->sweep);
    double pairs = (double)options->demo_records, build = job->build_seconds;
    double sweep = job->sweep_seconds;
    char text[32];
    fprintf(file, "  generate the pairs   %8.1f ms\n", 1e3 * job->generate_seconds);
    fprintf(file, "  build the hierarchy  %8.1f ms   %.1f million pairs a second\n", 1e3 * build,
            build > 0 ? 1e-6 * pairs / build : 0.0);
    fprintf(file, "  sweep                %8.1f ms   %s thresholds, %.1f million a second\n",
            1e3 * sweep, cli_thousands(rows, text), sweep > 0 ? 1e-6 * (double)rows / sweep : 0.0);
    fprintf(file, "  write the report     %8.1f ms\n\n", 1e3 * job->report_seconds);
}

static void cli_demo_print_bests(FILE *file, const starlings_sweep *sweep)
{
    static const starlings_metric metrics[DEMO_BESTS] = {
        STARLINGS_METRIC_PAIRWISE_F1, STARLINGS_METRIC_BCUBED_F1, STARLINGS_METRIC_ARI,
        STARLINGS_METRIC_NMI_ARITHMETIC
    };
    for (size_t i = 0; i < DEMO_BESTS; i++) {
        starlings_best best;
        if (starlings_sweep_best(sweep, metrics[i], &best) == STARLINGS_OK && !isnan(best.value))
            cli_write_best_line(file, metrics[i], &best);
    }
}

static void cli_demo_print_table(FILE *file, const starlings_sweep *sweep)
{
    cli_table_row rows[DEMO_ROWS];
    cli_table table;
    for (uint32_t i = 0; i < DEMO_ROWS; i++) {
        rows[i].keys[0] = i * (STARLINGS_ONE / (DEMO_ROWS - 1));
        rows[i].row = starlings_sweep_row_at(sweep, rows[i].keys[0]);
    }
    memset(&table, 0, sizeof table);
    table.values.sweep = sweep;
    table.lead = CLI_LEAD_THRESHOLD;
    table.metrics = cli_demo_metrics;
    table.metric_count = sizeof cli_demo_metrics / sizeof cli_demo_metrics[0];
    table.rows = rows;
    table.row_count = DEMO_ROWS;
    cli_write_table(file, &table);
}

static int cli_demo_print(cli_run *run, const cli_options *options, cli_demo_job *job)
{
    char records[32];
    FILE *file;
    int code = cli_target_open(run, NULL, &job->text);
    if (code != CLI_OK)
        return code;
    cli_wipe_bar(run);
    file = job->text.file;
    fprintf(file,
            "%s made-up records, as many scored pairs, compared with the truth\n"
            "at every threshold there is, by %u thread%s:\n\n",
            cli_thousands(options->demo_records, records), (unsigned)run->env.workers.count,
            run->env.workers.count == 1 ? "" : "s");
    cli_demo_print_times(file, options, job);
    cli_demo_print_table(file, job->sweep);
    fputc('\n', file);
    cli_demo_print_bests(file, job->sweep);
    fprintf(file, "\nThe curves are in %s: open it in a browser.\n", job->report.path);
    return cli_target_finish(&job->text);
}

int cli_run_demo(cli_run *run, const cli_options *options)
{
    cli_demo_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_demo_generate(run, options, &job);
    if (code == CLI_OK)
        code = cli_demo_build(run, options, &job);
    if (code == CLI_OK)
        code = cli_demo_sweep(run, options, &job);
    if (code == CLI_OK)
        code = cli_demo_report(run, options, &job);
    if (code == CLI_OK)
        code = cli_target_publish(&job.report);
    if (code == CLI_OK)
        code = cli_demo_print(run, options, &job);
    cli_target_abandon(&job.text);
    cli_target_abandon(&job.report);
    cli_facts_clear(&job.facts);
    starlings_sweep_release(job.sweep);
    starlings_partition_release(job.truth);
    starlings_hierarchy_release(job.hierarchy);
    free(job.labels);
    free(job.edges);
    return code;
}
