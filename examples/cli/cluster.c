/* cluster.c - starlings cluster: who is in which entity at one threshold. */
#include "verbs.h"
#include <string.h>

typedef struct cli_cluster_job {
    cli_data data;
    starlings_hierarchy *hierarchy;
    starlings_partition *partition;
    cli_target rows;
} cli_cluster_job;

static int cli_cut(cli_run *run, const cli_options *options, cli_cluster_job *job)
{
    starlings_hierarchy_desc build;
    starlings_partition_desc cut;
    starlings_status status;
    memset(&build, 0, sizeof build);
    memset(&cut, 0, sizeof cut);
    build.edges = job->data.edges[0].edges;
    build.edge_count = job->data.edges[0].count;
    build.record_count = job->data.record_count;
    build.decimals = options->decimals;
    build.env = run->env;
    status = starlings_hierarchy_create(&build, &job->hierarchy);
    starlings_edge_list_clear(&job->data.edges[0]); /* the hierarchy answers all that they could */
    if (status == STARLINGS_OK) {
        cut.hierarchy = job->hierarchy;
        cut.threshold = options->at;
        cut.env = run->env;
        status = starlings_partition_create(&cut, &job->partition);
    }
    return cli_fail_status(run, status);
}

static starlings_text cli_record_name(const cli_cluster_job *job, uint32_t record)
{
    return starlings_context_identity(job->data.context, record).key;
}

/* An entity is named by its smallest record: the first of its span. */
static starlings_text cli_entity_name(const cli_cluster_job *job, uint32_t record)
{
    uint32_t entity = starlings_partition_entity_of(job->partition, record);
    starlings_span span = starlings_partition_entity(job->partition, entity);
    return cli_record_name(job, span.records[0]);
}

static void cli_write_members_csv(cli_cluster_job *job)
{
    FILE *file = job->rows.file;
    fputs("record,entity\n", file);
    for (uint32_t r = 0; r < job->data.record_count && !cli_target_broken(&job->rows); r++) {
        cli_write_text_csv(file, cli_record_name(job, r), ',');
        cli_write_text_csv(file, cli_entity_name(job, r), '\n');
    }
}

static void cli_write_members_json(cli_cluster_job *job)
{
    FILE *file = job->rows.file;
    fputs("{\"columns\": [\"record\", \"entity\"],\n\"rows\": [", file);
    for (uint32_t r = 0; r < job->data.record_count && !cli_target_broken(&job->rows); r++) {
        fputs(r == 0 ? "\n{\"record\": " : ",\n{\"record\": ", file);
        cli_write_text_json(file, cli_record_name(job, r));
        fputs(", \"entity\": ", file);
        cli_write_text_json(file, cli_entity_name(job, r));
        fputc('}', file);
    }
    fputs("\n]}\n", file);
}

static void cli_pad(FILE *file, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fputc(' ', file);
}

static void cli_write_members_table(cli_cluster_job *job)
{
    FILE *file = job->rows.file;
    uint32_t count = job->data.record_count;
    size_t wide = strlen("record");
    char records[32], entities[32];
    for (uint32_t r = 0; r < count; r++) {
        size_t width = cli_text_width(cli_record_name(job, r));
        wide = width > wide && width <= 60 ? width : wide;
    }
    fputs("record", file);
    cli_pad(file, wide - strlen("record"));
    fputs("  entity\n", file);
    for (uint32_t r = 0; r < count && !cli_target_broken(&job->rows); r++) {
        starlings_text name = cli_record_name(job, r);
        size_t width = cli_text_width(name);
        cli_write_text_plain(file, name);
        cli_pad(file, (width < wide ? wide - width : 0) + 2);
        cli_write_text_plain(file, cli_entity_name(job, r));
        fputc('\n', file);
    }
    fprintf(file, "%s records, %s entities\n", cli_thousands(count, records),
            cli_thousands(starlings_partition_entity_count(job->partition), entities));
}

static int cli_write_members(cli_run *run, const cli_options *options, cli_cluster_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    int code = cli_target_open(run, options->out, &job->rows);
    if (code != CLI_OK)
        return code;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV)
        cli_write_members_csv(job);
    else if (format == CLI_FORMAT_JSON)
        cli_write_members_json(job);
    else
        cli_write_members_table(job);
    code = cli_target_finish(&job->rows);
    return code == CLI_OK ? cli_target_publish(&job->rows) : code;
}

int cli_run_cluster(cli_run *run, const cli_options *options)
{
    cli_cluster_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_read_edges(run, options, &job.data);
    if (code == CLI_OK)
        code = cli_cut(run, options, &job);
    if (code == CLI_OK)
        code = cli_write_members(run, options, &job);
    cli_target_abandon(&job.rows);
    starlings_partition_release(job.partition);
    starlings_hierarchy_release(job.hierarchy);
    cli_data_clear(&job.data);
    return code;
}
