/* link.c - starlings link: records over time to entities, what contradicts itself, what is true
   when. */
#include "report_link.h"
#include <stdlib.h>
#include <string.h>

/* ---- what is said of it all ---- */

/* One line for each thing: name, and label in the table. */
#define CLI_SUM_LIST(X)                                                   \
    X(ROWS, "rows", "rows")                                               \
    X(SAME, "repeated_rows", "  repeated")                                \
    X(IGNORED, "ignored_rows", "  ignored")                               \
    X(RECORDS, "records", "records")                                      \
    X(ENTITIES, "entities", "entities")                                   \
    X(SINGLETONS, "singletons", "  of one record")                        \
    X(LARGEST, "largest", "  records of the largest")                     \
    X(COMPONENTS, "components", "components")                             \
    X(CONTESTED, "contested", "  contested")                              \
    X(REFUSED, "refused", "refused merges")                               \
    X(DIRECT, "conflicts_direct", "conflicts: direct")                    \
    X(WITHIN, "conflicts_within_record", "  within a record")             \
    X(INDIRECT, "conflicts_indirect", "  indirect")                       \
    X(UNIQUE, "conflicts_unique", "  unique")                             \
    X(UNIQUE_WITHIN, "conflicts_unique_within", "  unique within a source")

enum {
#define CLI_SUM_ENUM(id, name, label) SUM_##id,
    CLI_SUM_LIST(CLI_SUM_ENUM)
#undef CLI_SUM_ENUM
    SUM_COUNT
};

static const char *const cli_sum_names[SUM_COUNT] = {
#define CLI_SUM_NAME(id, name, label) name,
    CLI_SUM_LIST(CLI_SUM_NAME)
#undef CLI_SUM_NAME
};

static const char *const cli_sum_labels[SUM_COUNT] = {
#define CLI_SUM_LABEL(id, name, label) label,
    CLI_SUM_LIST(CLI_SUM_LABEL)
#undef CLI_SUM_LABEL
};

/* What is written, in the order of cli_link_path. */
enum { LINK_OUT, LINK_GOLDEN, LINK_CONFLICTS, LINK_REFUSED, LINK_GRAPH, LINK_EDGES, LINK_REPORT,
       LINK_SUMS, LINK_OUTPUTS };

typedef struct cli_link_job {
    cli_run *run;
    const cli_options *options;
    cli_linked linked;
    starlings_conflicts *conflicts;
    starlings_refusals *refusals;
    starlings_golden **goldens; /* of the entities; NULL: not asked for */
    uint32_t entity_count;
    uint32_t largest; /* the entity */
    uint64_t sums[SUM_COUNT];
    cli_target targets[LINK_OUTPUTS];
    report_link page;
} cli_link_job;

/* NULL: not written. The sums give way to what else goes to standard output. */
static const char *cli_link_path(const cli_options *options, int output)
{
    const char *const paths[LINK_SUMS] = { options->out,     options->golden, options->conflicts,
                                           options->refused, options->graph,  options->edges,
                                           options->report };
    if (output < LINK_SUMS)
        return paths[output];
    for (int i = 0; i < LINK_SUMS; i++)
        if (paths[i] != NULL && strcmp(paths[i], "-") == 0)
            return NULL;
    return "-";
}

/* ---- compute ---- */

static int cli_make_lists(cli_link_job *job)
{
    cli_run *run = job->run;
    starlings_conflicts_desc desc;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.resolution = job->linked.resolution;
    desc.env = run->env;
    status = starlings_conflicts_create(&desc, &job->conflicts);
    if (status == STARLINGS_OK)
        status = starlings_refusals_create(job->linked.resolution, &run->env, &job->refusals);
    return cli_fail_status(run, status);
}

static int cli_make_goldens(cli_link_job *job)
{
    starlings_golden_desc desc;
    starlings_status status = STARLINGS_OK;
    if (job->options->golden == NULL)
        return CLI_OK;
    job->goldens = (starlings_golden **)calloc(job->entity_count + (size_t)1,
                                               sizeof *job->goldens);
    if (job->goldens == NULL)
        return cli_no_memory(job->run);
    memset(&desc, 0, sizeof desc);
    desc.resolution = job->linked.resolution;
    desc.policy = job->options->policy;
    desc.env = job->run->env;
    for (uint32_t e = 0; e < job->entity_count && status == STARLINGS_OK; e++) {
        if (!cli_show_progress(job->run, "golden records", e, job->entity_count))
            status = STARLINGS_ERR_CANCELLED;
        desc.entity = e;
        if (status == STARLINGS_OK)
            status = starlings_golden_create(&desc, &job->goldens[e]);
    }
    return cli_fail_status(job->run, status);
}

static void cli_make_sums(cli_link_job *job)
{
    const cli_linked *linked = &job->linked;
    starlings_resolution_stats stats = starlings_resolution_statistics(linked->resolution);
    uint64_t *sums = job->sums;
    sums[SUM_ROWS] = linked->row_count;
    sums[SUM_SAME] = linked->same;
    sums[SUM_IGNORED] = linked->ignored;
    sums[SUM_RECORDS] = linked->record_count;
    sums[SUM_ENTITIES] = job->entity_count;
    sums[SUM_COMPONENTS] = stats.components;
    sums[SUM_CONTESTED] = stats.contested;
    sums[SUM_REFUSED] = starlings_refusals_count(job->refusals);
    for (uint32_t e = 0; e < job->entity_count; e++) {
        uint32_t size = starlings_partition_entity(linked->partition, e).count;
        sums[SUM_SINGLETONS] += size == 1 ? 1 : 0;
        if (size > sums[SUM_LARGEST]) {
            sums[SUM_LARGEST] = size;
            job->largest = e;
        }
    }
    for (size_t i = 0; i < starlings_conflicts_count(job->conflicts); i++) {
        starlings_conflict conflict;
        if (starlings_conflicts_at(job->conflicts, i, &conflict))
            sums[SUM_DIRECT + (int)conflict.kind]++;
    }
}

static int cli_compute_links(cli_link_job *job)
{
    int code = cli_link(job->run, job->options, &job->linked);
    if (code == CLI_OK)
        code = cli_check_time(job->run, job->options, &job->linked, "--at", &job->options->time);
    if (code != CLI_OK)
        return code;
    if (job->options->time.text != NULL && !job->linked.has_times)
        job->linked.dates = job->options->time.is_date;
    job->entity_count = starlings_partition_entity_count(job->linked.partition);
    code = cli_make_lists(job);
    if (code == CLI_OK)
        code = cli_make_goldens(job);
    if (code == CLI_OK)
        cli_make_sums(job);
    if (code == CLI_OK && job->options->report != NULL)
        code = cli_plan_link_page(job->run, job->options, &job->linked, job->conflicts,
                                  job->refusals, &job->page);
    return code;
}

/* ---- write ---- */

/* Is it to be told of? With --at only what holds then is. */
static bool cli_holds(const cli_link_job *job, starlings_interval valid)
{
    return job->options->time.text == NULL ||
           starlings_interval_contains(valid, job->options->time.time);
}

static bool cli_record_holds(const cli_link_job *job, uint32_t record)
{
    const cli_linked *linked = &job->linked;
    for (size_t i = linked->first_row[record]; i < linked->first_row[record + 1]; i++)
        if (cli_holds(job, linked->rows[i]))
            return true;
    return false;
}

static void cli_write_linked_members(cli_link_job *job, cli_target *target)
{
    const cli_linked *linked = &job->linked;
    const uint32_t *labels = starlings_partition_labels(linked->partition);
    fputs("record,entity\n", target->file);
    for (uint32_t r = 0; r < linked->record_count && !cli_target_broken(target); r++) {
        if (!cli_record_holds(job, r))
            continue;
        cli_write_text_csv(target->file, linked->names[r], ',');
        cli_write_text_csv(target->file, cli_linked_name(linked, labels[r]), '\n');
    }
}

static bool cli_write_goldens(cli_link_job *job, cli_target *target)
{
    const cli_linked *linked = &job->linked;
    starlings_golden_value value;
    bool ok = true;
    fputs("entity,attribute,value,from,to,records,contested\n", target->file);
    for (uint32_t e = 0; e < job->entity_count && ok && !cli_target_broken(target); e++) {
        for (size_t i = 0; ok && starlings_golden_at(job->goldens[e], i, &value); i++) {
            if (!cli_holds(job, value.valid))
                continue;
            cli_write_text_csv(target->file, cli_linked_name(linked, e), ',');
            cli_write_text_csv(target->file, value.attribute, ',');
            cli_write_text_csv(target->file, value.value, ',');
            cli_write_times_csv(target->file, linked, value.valid, ',');
            ok = cli_write_records(linked, target->file, value.records, value.record_count);
            fputs(value.contested ? "1\n" : "0\n", target->file);
        }
    }
    return ok;
}

static void cli_write_conflicts(cli_link_job *job, cli_target *target)
{
    const cli_linked *linked = &job->linked;
    FILE *file = target->file;
    starlings_conflict conflict;
    starlings_party party;
    fputs("conflict,kind,entity,attribute,perspective,from,to,value,record\n", file);
    for (size_t i = 0; starlings_conflicts_at(job->conflicts, i, &conflict) &&
                       !cli_target_broken(target); i++) {
        if (!cli_holds(job, conflict.valid))
            continue;
        for (uint32_t p = 0; starlings_conflicts_party(job->conflicts, i, p, &party); p++) {
            fprintf(file, "%lu,%s,", (unsigned long)i, cli_conflict_name(conflict.kind));
            cli_write_text_csv(file, cli_linked_name(linked, party.entity), ',');
            cli_write_text_csv(file, conflict.attribute, ',');
            cli_write_text_csv(file, conflict.perspective, ',');
            cli_write_times_csv(file, linked, conflict.valid, ',');
            cli_write_text_csv(file, party.value, ',');
            cli_write_text_csv(file, linked->names[party.record], '\n');
        }
    }
}

static bool cli_write_refusals(cli_link_job *job, cli_target *target)
{
    const cli_linked *linked = &job->linked;
    FILE *file = target->file;
    starlings_refusal refusal;
    starlings_refusal_side side;
    fputs("refusal,key,values,attribute,perspective,entity,value,record,from,to\n", file);
    for (size_t i = 0; starlings_refusals_at(job->refusals, i, &refusal) &&
                       !cli_target_broken(target); i++) {
        starlings_text values = cli_key_text(linked, refusal.key_values);
        if (values.text == NULL)
            return false;
        for (uint32_t s = 0; starlings_refusals_side(job->refusals, i, s, &side); s++) {
            if (!cli_holds(job, side.valid))
                continue;
            fprintf(file, "%lu,", (unsigned long)i);
            cli_write_text_csv(file, refusal.key, ',');
            cli_write_text_csv(file, values, ',');
            cli_write_text_csv(file, refusal.attribute, ',');
            cli_write_text_csv(file, refusal.perspective, ',');
            cli_write_text_csv(file, cli_linked_name(linked, side.entity), ',');
            cli_write_text_csv(file, side.value, ',');
            cli_write_text_csv(file, linked->names[side.record], ',');
            cli_write_times_csv(file, linked, side.valid, '\n');
        }
        cli_text_free(values);
    }
    return true;
}

/* As few pairs as make the same entities at every threshold. */
static void cli_write_links(cli_link_job *job, cli_target *target)
{
    const cli_linked *linked = &job->linked;
    starlings_hierarchy *hierarchy = starlings_resolution_hierarchy(linked->resolution);
    const uint32_t *perm = starlings_hierarchy_perm(hierarchy);
    const uint32_t *height = starlings_hierarchy_height(hierarchy);
    fputs("record_a,record_b,score\n", target->file);
    for (uint32_t p = 1; p < linked->record_count && !cli_target_broken(target); p++) {
        if (height[p] == 0)
            continue;
        cli_write_text_csv(target->file, linked->names[perm[p - 1]], ',');
        cli_write_text_csv(target->file, linked->names[perm[p]], ',');
        cli_write_short(target->file, starlings_key_threshold(height[p] - 1));
        fputc('\n', target->file);
    }
}

static starlings_status cli_write_graph_bytes(void *ctx, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, (FILE *)ctx) == size ? STARLINGS_OK : STARLINGS_ERR_IO;
}

/* What is wrong with the target is found when it is finished. */
static starlings_status cli_write_graph(cli_link_job *job, cli_target *target)
{
    starlings_graph_desc desc;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.resolution = job->linked.resolution;
    desc.conflicts = job->conflicts;
    desc.refusals = job->refusals;
    desc.dates = job->linked.dates;
    desc.format = job->options->graph_format;
    desc.sink.write = cli_write_graph_bytes;
    desc.sink.ctx = target->file;
    desc.env = job->run->env;
    status = starlings_graph_write(&desc);
    return status == STARLINGS_ERR_IO ? STARLINGS_OK : status;
}

/* ---- write: the sums ---- */

static void cli_write_sums_table(const cli_link_job *job, FILE *file)
{
    char text[32];
    for (int i = 0; i < SUM_COUNT; i++) {
        if ((i == SUM_SAME || i == SUM_IGNORED) && job->sums[i] == 0)
            continue;
        fprintf(file, "%-26s%12s", cli_sum_labels[i], cli_thousands(job->sums[i], text));
        if (i == SUM_LARGEST && job->sums[i] > 1) {
            fputs("  ", file);
            cli_write_text_plain(file, cli_linked_name(&job->linked, job->largest));
        }
        fputc('\n', file);
    }
}

static void cli_write_sums_csv(const cli_link_job *job, FILE *file)
{
    for (int i = 0; i < SUM_COUNT; i++)
        fprintf(file, "%s,", cli_sum_names[i]);
    fputs("largest_entity\n", file);
    for (int i = 0; i < SUM_COUNT; i++)
        fprintf(file, "%llu,", (unsigned long long)job->sums[i]);
    if (job->entity_count > 0)
        cli_write_text_csv(file, cli_linked_name(&job->linked, job->largest), '\n');
    else
        fputc('\n', file);
}

static void cli_write_sums_json(const cli_link_job *job, FILE *file)
{
    fputs("{\"columns\": [", file);
    for (int i = 0; i < SUM_COUNT; i++)
        fprintf(file, "\"%s\", ", cli_sum_names[i]);
    fputs("\"largest_entity\"],\n\"rows\": [\n{", file);
    for (int i = 0; i < SUM_COUNT; i++)
        fprintf(file, "\"%s\": %llu, ", cli_sum_names[i], (unsigned long long)job->sums[i]);
    fputs("\"largest_entity\": ", file);
    if (job->entity_count > 0)
        cli_write_text_json(file, cli_linked_name(&job->linked, job->largest));
    else
        fputs("null", file);
    fputs("}\n]}\n", file);
}

static void cli_write_sums(const cli_link_job *job, cli_target *target)
{
    cli_format format = cli_format_for(job->options->format, NULL);
    if (format == CLI_FORMAT_CSV)
        cli_write_sums_csv(job, target->file);
    else if (format == CLI_FORMAT_JSON)
        cli_write_sums_json(job, target->file);
    else
        cli_write_sums_table(job, target->file);
}

/* ---- all together ---- */

static int cli_write_one(cli_link_job *job, int output)
{
    cli_target *target = &job->targets[output];
    starlings_status status = STARLINGS_OK;
    bool ok = true;
    switch (output) {
    case LINK_OUT:
        cli_write_linked_members(job, target);
        break;
    case LINK_GOLDEN:
        ok = cli_write_goldens(job, target);
        break;
    case LINK_CONFLICTS:
        cli_write_conflicts(job, target);
        break;
    case LINK_REFUSED:
        ok = cli_write_refusals(job, target);
        break;
    case LINK_GRAPH:
        status = cli_write_graph(job, target);
        break;
    case LINK_EDGES:
        cli_write_links(job, target);
        break;
    case LINK_REPORT:
        ok = report_link_write(target->file, &job->page) || cli_target_broken(target);
        break;
    default:
        cli_write_sums(job, target);
        break;
    }
    if (!ok)
        status = STARLINGS_ERR_NOMEM;
    return status == STARLINGS_OK ? cli_target_finish(target) : cli_fail_status(job->run, status);
}

/* All places are opened before the first byte goes out, and get their names after the last. */
static int cli_write_links_of(cli_link_job *job)
{
    int code = CLI_OK;
    for (int i = 0; i < LINK_OUTPUTS && code == CLI_OK; i++)
        if (cli_link_path(job->options, i) != NULL)
            code = cli_target_open(job->run, cli_link_path(job->options, i), &job->targets[i]);
    cli_wipe_bar(job->run);
    for (int i = 0; i < LINK_OUTPUTS && code == CLI_OK; i++)
        if (cli_link_path(job->options, i) != NULL)
            code = cli_write_one(job, i);
    for (int i = 0; i < LINK_OUTPUTS && code == CLI_OK; i++)
        if (cli_link_path(job->options, i) != NULL)
            code = cli_target_publish(&job->targets[i]);
    return code;
}

int cli_run_link(cli_run *run, const cli_options *options)
{
    cli_link_job *job = (cli_link_job *)calloc(1, sizeof *job);
    int code;
    if (job == NULL)
        return cli_no_memory(run);
    job->run = run;
    job->options = options;
    code = cli_compute_links(job);
    if (code == CLI_OK)
        code = cli_write_links_of(job);
    for (int i = 0; i < LINK_OUTPUTS; i++)
        cli_target_abandon(&job->targets[i]);
    for (uint32_t e = 0; job->goldens != NULL && e < job->entity_count; e++)
        starlings_golden_release(job->goldens[e]);
    free(job->goldens);
    report_link_clear(&job->page);
    starlings_refusals_release(job->refusals);
    starlings_conflicts_release(job->conflicts);
    cli_linked_clear(&job->linked);
    free(job);
    return code;
}
