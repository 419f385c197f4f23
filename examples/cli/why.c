/* why.c - starlings why: what makes two records one entity, or what keeps them apart. */
#include "link_input.h"
#include "verbs.h"
#include <stdlib.h>
#include <string.h>

#define CLI_CLASHES_IN_TABLE 20u

typedef struct cli_why_job {
    cli_linked linked;
    uint32_t pair[2];
    starlings_apart apart;
    bool matched; /* a key matches the two entities directly */
    starlings_match *matches;
    size_t match_count;
    starlings_clash *clashes;
    size_t clash_count;
    cli_target out;
} cli_why_job;

/* What stands in the column `kind` of a row that is neither a match nor a clash. */
static const char *const cli_apart_names[5] = { "match", "types", "keys", "clash", "others" };

/* ---- compute ---- */

static starlings_status cli_find_chain(cli_run *run, cli_why_job *job)
{
    starlings_status status = starlings_resolution_why(job->linked.resolution, job->pair[0],
                                                       job->pair[1], &run->env, NULL, 0,
                                                       &job->match_count);
    if (status != STARLINGS_OK)
        return status;
    job->matches = (starlings_match *)cli_alloc(job->match_count, sizeof *job->matches);
    if (job->matches == NULL)
        return STARLINGS_ERR_NOMEM;
    return starlings_resolution_why(job->linked.resolution, job->pair[0], job->pair[1], &run->env,
                                    job->matches, job->match_count, &job->match_count);
}

static starlings_status cli_find_clashes(cli_run *run, cli_why_job *job)
{
    starlings_status status = starlings_resolution_why_not(
        job->linked.resolution, job->pair[0], job->pair[1], &run->env, &job->apart, &job->matched,
        NULL, 0, &job->clash_count);
    if (status != STARLINGS_OK)
        return status;
    job->clashes = (starlings_clash *)cli_alloc(job->clash_count, sizeof *job->clashes);
    if (job->clashes == NULL)
        return STARLINGS_ERR_NOMEM;
    return starlings_resolution_why_not(job->linked.resolution, job->pair[0], job->pair[1],
                                        &run->env, &job->apart, &job->matched, job->clashes,
                                        job->clash_count, &job->clash_count);
}

static int cli_find_pair(cli_run *run, const cli_options *options, cli_why_job *job)
{
    for (int i = 0; i < 2; i++) {
        job->pair[i] = cli_find_record(&job->linked, cli_text_of(options->pair[i]));
        if (job->pair[i] == STARLINGS_NONE)
            return cli_fail_record(run, options, &job->linked, options->pair[i]);
    }
    return CLI_OK;
}

static starlings_text cli_name_in(const cli_why_job *job, uint32_t record)
{
    return job->linked.names[record];
}

/* ---- write: csv and json have a row for each value of a match, for each clash ---- */

typedef struct cli_why_row {
    const char *kind;
    size_t step; /* from 1; 0: none */
    uint32_t a, b;
    starlings_text key, attribute, value_a, value_b;
    starlings_interval valid;
    bool timed;
} cli_why_row;

typedef void cli_why_writer(cli_why_job *job, const cli_why_row *row, bool first);

static const char *const cli_why_fields[10] = { "kind",      "step",    "record_a", "record_b",
                                                "key",       "attribute", "value_a", "value_b",
                                                "from",      "to" };

static void cli_write_why_row_csv(cli_why_job *job, const cli_why_row *row, bool first)
{
    FILE *file = job->out.file;
    (void)first;
    fprintf(file, "%s,", row->kind);
    if (row->step > 0)
        fprintf(file, "%lu", (unsigned long)row->step);
    fputc(',', file);
    cli_write_text_csv(file, cli_name_in(job, row->a), ',');
    cli_write_text_csv(file, cli_name_in(job, row->b), ',');
    cli_write_text_csv(file, row->key, ',');
    cli_write_text_csv(file, row->attribute, ',');
    cli_write_text_csv(file, row->value_a, ',');
    cli_write_text_csv(file, row->value_b, ',');
    if (row->timed)
        cli_write_times_csv(file, &job->linked, row->valid, '\n');
    else
        fputs(",\n", file);
}

static void cli_write_word_json(FILE *file, const char *name, starlings_text text)
{
    fprintf(file, ", \"%s\": ", name);
    if (text.text == NULL)
        fputs("null", file);
    else
        cli_write_text_json(file, text);
}

static void cli_write_why_row_json(cli_why_job *job, const cli_why_row *row, bool first)
{
    FILE *file = job->out.file;
    fprintf(file, "%s\n{\"kind\": \"%s\", \"step\": ", first ? "" : ",", row->kind);
    if (row->step > 0)
        fprintf(file, "%lu", (unsigned long)row->step);
    else
        fputs("null", file);
    cli_write_word_json(file, "record_a", cli_name_in(job, row->a));
    cli_write_word_json(file, "record_b", cli_name_in(job, row->b));
    cli_write_word_json(file, "key", row->key);
    cli_write_word_json(file, "attribute", row->attribute);
    cli_write_word_json(file, "value_a", row->value_a);
    cli_write_word_json(file, "value_b", row->value_b);
    fputs(", ", file);
    if (row->timed)
        cli_write_times_json(file, &job->linked, row->valid);
    else
        fputs("\"from\": null, \"to\": null", file);
    fputc('}', file);
}

static bool cli_write_matches(cli_why_job *job, cli_why_writer *write, bool first)
{
    for (size_t i = 0; i < job->match_count && !cli_target_broken(&job->out); i++) {
        const starlings_match *match = &job->matches[i];
        cli_why_row row;
        memset(&row, 0, sizeof row);
        row.kind = "match";
        row.step = i + 1;
        row.a = match->a;
        row.b = match->b;
        row.key = match->key;
        row.valid = match->valid;
        row.timed = true;
        for (size_t v = 0; starlings_resolution_key_value(job->linked.resolution,
                                                          match->key_values, v, &row.attribute,
                                                          &row.value_a); v++) {
            row.value_b = row.value_a;
            write(job, &row, first);
            first = false;
        }
    }
    return first;
}

static bool cli_write_clashes(cli_why_job *job, cli_why_writer *write, bool first)
{
    for (size_t i = 0; i < job->clash_count && !cli_target_broken(&job->out); i++) {
        const starlings_clash *clash = &job->clashes[i];
        cli_why_row row;
        memset(&row, 0, sizeof row);
        row.kind = "clash";
        row.a = clash->x;
        row.b = clash->y;
        row.attribute = clash->attribute;
        row.value_a = clash->value_x;
        row.value_b = clash->value_y;
        row.valid = clash->valid;
        row.timed = true;
        write(job, &row, first);
        first = false;
    }
    return first;
}

static void cli_write_why_rows(cli_why_job *job, cli_why_writer *write)
{
    bool first = cli_write_clashes(job, write, cli_write_matches(job, write, true));
    cli_why_row row;
    if (!first || job->apart == STARLINGS_APART_NOT)
        return;
    memset(&row, 0, sizeof row);
    row.kind = cli_apart_names[job->apart];
    row.a = job->pair[0];
    row.b = job->pair[1];
    write(job, &row, true);
}

static void cli_write_why_csv(cli_why_job *job)
{
    for (int i = 0; i < 10; i++)
        fprintf(job->out.file, "%s%c", cli_why_fields[i], i < 9 ? ',' : '\n');
    cli_write_why_rows(job, cli_write_why_row_csv);
}

static void cli_write_why_json(cli_why_job *job)
{
    FILE *file = job->out.file;
    fputs("{\"columns\": [", file);
    for (int i = 0; i < 10; i++)
        fprintf(file, "%s\"%s\"", i == 0 ? "" : ", ", cli_why_fields[i]);
    fputs("],\n\"rows\": [", file);
    cli_write_why_rows(job, cli_write_why_row_json);
    fprintf(file, "\n],\n\"together\": %s,\n\"by\": \"%s\",\n\"matched\": %s\n}\n",
            job->apart == STARLINGS_APART_NOT ? "true" : "false", cli_apart_names[job->apart],
            job->matched || job->match_count > 0 ? "true" : "false");
}

/* ---- write: for people ---- */

static void cli_write_pair(const cli_why_job *job, uint32_t a, uint32_t b)
{
    cli_write_text_plain(job->out.file, cli_name_in(job, a));
    fputs(" and ", job->out.file);
    cli_write_text_plain(job->out.file, cli_name_in(job, b));
}

static void cli_write_together_table(cli_why_job *job)
{
    FILE *file = job->out.file;
    cli_write_pair(job, job->pair[0], job->pair[1]);
    if (job->pair[0] == job->pair[1]) {
        fputs(" are the same record\n", file);
        return;
    }
    fprintf(file, " are one entity, by %lu match%s:\n", (unsigned long)job->match_count,
            job->match_count == 1 ? "" : "es");
    for (size_t i = 0; i < job->match_count && !cli_target_broken(&job->out); i++) {
        const starlings_match *match = &job->matches[i];
        starlings_text attribute, value;
        fputs("  ", file);
        cli_write_pair(job, match->a, match->b);
        fputs(", key ", file);
        cli_write_text_plain(file, match->key);
        if (match->weight != STARLINGS_ONE)
            fprintf(file, " (weight %.6f)", starlings_key_threshold(match->weight));
        fputs(", ", file);
        cli_write_times_plain(file, &job->linked, match->valid);
        fputs("\n    ", file);
        for (size_t v = 0; starlings_resolution_key_value(job->linked.resolution,
                                                          match->key_values, v, &attribute,
                                                          &value); v++) {
            fputs(v == 0 ? "" : ", ", file);
            cli_write_text_plain(file, attribute);
            fputs(" = ", file);
            cli_write_text_plain(file, value);
        }
        fputc('\n', file);
    }
}

static void cli_write_apart_table(cli_why_job *job)
{
    static const char *const words[5] = {
        "", "they are of two types", "no chain of matches joins them, whatever identifiers say",
        "their entities clash", "each chain of matches goes through a record that was kept apart"
    };
    FILE *file = job->out.file;
    char text[32];
    cli_write_pair(job, job->pair[0], job->pair[1]);
    fprintf(file, " are two entities: %s%s\n", words[job->apart],
            job->matched ? ", though a key matches" : "");
    for (size_t i = 0; i < job->clash_count && i < CLI_CLASHES_IN_TABLE; i++) {
        const starlings_clash *clash = &job->clashes[i];
        fputs("  ", file);
        cli_write_pair(job, clash->x, clash->y);
        fputs(", ", file);
        cli_write_times_plain(file, &job->linked, clash->valid);
        fputs("\n    ", file);
        cli_write_text_plain(file, clash->attribute);
        fputs(" = ", file);
        cli_write_text_plain(file, clash->value_x);
        fputs(" against ", file);
        cli_write_text_plain(file, clash->value_y);
        fputc('\n', file);
    }
    if (job->clash_count > CLI_CLASHES_IN_TABLE)
        fprintf(file, "  and %s more; --format csv has them all\n",
                cli_thousands(job->clash_count - CLI_CLASHES_IN_TABLE, text));
}

static int cli_write_why(cli_run *run, const cli_options *options, cli_why_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    int code = cli_target_open(run, options->out, &job->out);
    if (code != CLI_OK)
        return code;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV)
        cli_write_why_csv(job);
    else if (format == CLI_FORMAT_JSON)
        cli_write_why_json(job);
    else if (job->apart == STARLINGS_APART_NOT)
        cli_write_together_table(job);
    else
        cli_write_apart_table(job);
    code = cli_target_finish(&job->out);
    return code == CLI_OK ? cli_target_publish(&job->out) : code;
}

int cli_run_why(cli_run *run, const cli_options *options)
{
    cli_why_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_link(run, options, &job.linked);
    if (code == CLI_OK)
        code = cli_find_pair(run, options, &job);
    if (code == CLI_OK)
        code = cli_fail_status(run, cli_find_chain(run, &job));
    if (code == CLI_OK)
        code = cli_fail_status(run, cli_find_clashes(run, &job));
    if (code == CLI_OK)
        code = cli_write_why(run, options, &job);
    cli_target_abandon(&job.out);
    free(job.matches);
    free(job.clashes);
    cli_linked_clear(&job.linked);
    return code;
}
