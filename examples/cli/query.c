/* query.c - starlings query: which entities have all of some values at one time. */
#include "link_input.h"
#include "verbs.h"
#include <stdlib.h>
#include <string.h>

#define CLI_PAIRS_IN_TABLE 10u
#define CLI_PAIRS_LISTED 1000u /* pairs can be as many as the square of the entities */

typedef struct cli_query_job {
    cli_linked linked;
    starlings_interval window; /* what is asked for */
    starlings_value_index *index;
    starlings_answer *answer;   /* of all time, so that intervals are as long as they can be */
    starlings_answer *windowed; /* within the window: for the pairs */
    const starlings_fit *fits;
    size_t fit_count;
    starlings_golden **goldens; /* of the fits that are shown; those of an entity share one */
    size_t *first;              /* while fit i lasts its values[first[i]] ... [first[i + 1] - 1] */
    size_t *values;             /* hold, these places in its golden record */
    starlings_fit_pair *pairs;
    size_t listed;
    uint64_t pair_count;
    cli_target out;
} cli_query_job;

/* ---- compute ---- */

static int cli_check_where(cli_run *run, const cli_options *options, const cli_linked *linked)
{
    int code = CLI_OK;
    for (int i = 0; i < options->where_count && code == CLI_OK; i++)
        code = cli_check_attribute(run, options, linked, options->where[i].attribute);
    return code;
}

static int cli_check_window(cli_run *run, const cli_options *options, cli_query_job *job)
{
    int code = cli_check_time(run, options, &job->linked, "--at", &options->time);
    if (code == CLI_OK)
        code = cli_check_time(run, options, &job->linked, "--from-date", &options->from);
    if (code == CLI_OK)
        code = cli_check_time(run, options, &job->linked, "--to-date", &options->to);
    job->window.start = options->from.text != NULL ? options->from.time
                                                   : STARLINGS_START_OF_TIME;
    job->window.end = options->to.text != NULL ? options->to.time : STARLINGS_END_OF_TIME;
    if (options->time.text != NULL) {
        job->window.start = options->time.time;
        job->window.end = options->time.time + 1;
    }
    return code;
}

static bool cli_is_shown(const cli_query_job *job, size_t fit)
{
    return starlings_interval_overlaps(job->fits[fit].valid, job->window);
}

static starlings_status cli_ask(cli_run *run, const cli_options *options, cli_query_job *job)
{
    starlings_query_desc desc;
    starlings_status status = starlings_value_index_create(job->linked.resolution, &run->env,
                                                           &job->index);
    memset(&desc, 0, sizeof desc);
    desc.index = job->index;
    desc.conditions = options->where;
    desc.condition_count = (size_t)options->where_count;
    desc.env = run->env;
    if (status == STARLINGS_OK)
        status = starlings_query(&desc, &job->answer);
    desc.range = job->window;
    if (status == STARLINGS_OK)
        status = starlings_query(&desc, &job->windowed);
    if (status != STARLINGS_OK)
        return status;
    job->fits = starlings_answer_fits(job->answer, &job->fit_count);
    job->pairs = (starlings_fit_pair *)cli_alloc(CLI_PAIRS_LISTED, sizeof *job->pairs);
    job->goldens = (starlings_golden **)calloc(job->fit_count + 1, sizeof *job->goldens);
    if (job->pairs == NULL || job->goldens == NULL)
        return STARLINGS_ERR_NOMEM;
    status = starlings_answer_pairs(job->windowed, &run->env, job->pairs, CLI_PAIRS_LISTED,
                                    &job->pair_count);
    job->listed = job->pair_count < CLI_PAIRS_LISTED ? (size_t)job->pair_count : CLI_PAIRS_LISTED;
    return status;
}

/* What of a fit is asked for. */
static starlings_interval cli_shown_part(const cli_query_job *job, size_t fit)
{
    starlings_interval part;
    (void)starlings_interval_intersect(job->fits[fit].valid, job->window, &part);
    return part;
}

/* The first of the fits low ... high - 1, of one entity and shown, that ends after a time. */
static size_t cli_first_fit_after(const cli_query_job *job, size_t low, size_t high, int64_t time)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cli_shown_part(job, middle).end > time)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Each value of a golden record goes to those of the fits low ... high - 1 during which it holds.
   The first time they are counted, two places late; the second time they are put down, and then
   first[i] is where those of fit i begin. */
static void cli_deal_values(cli_query_job *job, size_t low, size_t high)
{
    starlings_golden_value value;
    for (size_t at = 0; starlings_golden_at(job->goldens[low], at, &value); at++) {
        size_t i = cli_first_fit_after(job, low, high, value.valid.start);
        for (; i < high && cli_shown_part(job, i).start < value.valid.end; i++) {
            if (job->values == NULL)
                job->first[i + 2]++;
            else
                job->values[job->first[i + 1]++] = at;
        }
    }
}

/* The same for all entities that are shown; their golden records are made if they are not there. */
static starlings_status cli_deal_all(cli_run *run, const cli_options *options, cli_query_job *job)
{
    starlings_golden_desc desc;
    size_t low = 0, high;
    memset(&desc, 0, sizeof desc);
    desc.resolution = job->linked.resolution;
    desc.policy = options->policy;
    desc.env = run->env;
    for (; low < job->fit_count; low = high) {
        starlings_status status = STARLINGS_OK;
        high = low + 1;
        if (!cli_is_shown(job, low))
            continue;
        desc.entity = job->fits[low].entity;
        if (job->goldens[low] == NULL)
            status = starlings_golden_create(&desc, &job->goldens[low]);
        if (status != STARLINGS_OK)
            return status;
        for (; high < job->fit_count && job->fits[high].entity == desc.entity &&
               cli_is_shown(job, high); high++)
            job->goldens[high] = job->goldens[low];
        cli_deal_values(job, low, high);
    }
    return STARLINGS_OK;
}

static starlings_status cli_gild_fits(cli_run *run, const cli_options *options, cli_query_job *job)
{
    starlings_status status;
    job->first = (size_t *)calloc(job->fit_count + 2, sizeof *job->first);
    if (job->first == NULL)
        return STARLINGS_ERR_NOMEM;
    status = cli_deal_all(run, options, job);
    if (status != STARLINGS_OK)
        return status;
    for (size_t i = 0; i < job->fit_count; i++)
        job->first[i + 2] += job->first[i + 1];
    job->values = (size_t *)cli_alloc(job->first[job->fit_count + 1], sizeof *job->values);
    return job->values == NULL ? STARLINGS_ERR_NOMEM : cli_deal_all(run, options, job);
}

/* ---- write ---- */

/* The next value that holds while the entity fits; false: there are no more. */
static bool cli_next_value(const cli_query_job *job, size_t fit, size_t *in_out_at,
                           starlings_golden_value *value)
{
    size_t at = job->first[fit] + (*in_out_at)++;
    return at < job->first[fit + 1] &&
           starlings_golden_at(job->goldens[fit], job->values[at], value);
}

/* The columns of a row that say which entity fits, and when. */
static void cli_write_fit_csv(cli_query_job *job, size_t fit)
{
    cli_write_text_csv(job->out.file, cli_linked_name(&job->linked, job->fits[fit].entity), ',');
    cli_write_times_csv(job->out.file, &job->linked, job->fits[fit].valid, ',');
}

static bool cli_write_fits_csv(cli_query_job *job)
{
    FILE *file = job->out.file;
    bool ok = true;
    fputs("entity,from,to,attribute,value,value_from,value_to,records,contested\n", file);
    for (size_t i = 0; i < job->fit_count && ok && !cli_target_broken(&job->out); i++) {
        starlings_golden_value value;
        size_t at = 0;
        while (ok && cli_next_value(job, i, &at, &value)) {
            cli_write_fit_csv(job, i);
            cli_write_text_csv(file, value.attribute, ',');
            cli_write_text_csv(file, value.value, ',');
            cli_write_times_csv(file, &job->linked, value.valid, ',');
            ok = cli_write_records(&job->linked, file, value.records, value.record_count);
            fputs(value.contested ? "1\n" : "0\n", file);
        }
        if (ok && cli_is_shown(job, i) && job->first[i] == job->first[i + 1]) {
            cli_write_fit_csv(job, i); /* it fits, and all is contested */
            fputs(",,,,,\n", file);
        }
    }
    return ok;
}

static void cli_write_values_json(cli_query_job *job, size_t fit)
{
    FILE *file = job->out.file;
    starlings_golden_value value;
    size_t at = 0;
    bool first = true;
    while (cli_next_value(job, fit, &at, &value)) {
        fprintf(file, "%s\n {\"attribute\": ", first ? "" : ",");
        cli_write_text_json(file, value.attribute);
        fputs(", \"value\": ", file);
        cli_write_text_json(file, value.value);
        fputs(", ", file);
        cli_write_times_json(file, &job->linked, value.valid);
        fprintf(file, ", \"contested\": %s, \"records\": [", value.contested ? "true" : "false");
        for (uint32_t r = 0; r < value.record_count; r++) {
            fputs(r == 0 ? "" : ", ", file);
            cli_write_text_json(file, job->linked.names[value.records[r]]);
        }
        fputs("]}", file);
        first = false;
    }
}

static void cli_write_pairs_json(const cli_query_job *job)
{
    FILE *file = job->out.file;
    fprintf(file, "\"pair_count\": %llu,\n\"pairs\": [", (unsigned long long)job->pair_count);
    for (size_t i = 0; i < job->listed; i++) {
        fputs(i == 0 ? "\n{\"a\": " : ",\n{\"a\": ", file);
        cli_write_text_json(file, cli_linked_name(&job->linked, job->pairs[i].a));
        fputs(", \"b\": ", file);
        cli_write_text_json(file, cli_linked_name(&job->linked, job->pairs[i].b));
        fputs(", ", file);
        cli_write_times_json(file, &job->linked, job->pairs[i].valid);
        fputc('}', file);
    }
    fputs("\n]}\n", file);
}

static void cli_write_fits_json(cli_query_job *job)
{
    FILE *file = job->out.file;
    bool first = true;
    fputs("{\"columns\": [\"entity\", \"from\", \"to\", \"values\"],\n\"rows\": [", file);
    for (size_t i = 0; i < job->fit_count && !cli_target_broken(&job->out); i++) {
        if (!cli_is_shown(job, i))
            continue;
        fputs(first ? "\n{\"entity\": " : ",\n{\"entity\": ", file);
        cli_write_text_json(file, cli_linked_name(&job->linked, job->fits[i].entity));
        fputs(", ", file);
        cli_write_times_json(file, &job->linked, job->fits[i].valid);
        fputs(", \"values\": [", file);
        cli_write_values_json(job, i);
        fputs("]}", file);
        first = false;
    }
    fputs("\n],\n", file);
    cli_write_pairs_json(job);
}

static void cli_write_padded(FILE *file, starlings_text text, size_t wide)
{
    size_t width = cli_text_width(text);
    cli_write_text_plain(file, text);
    for (; width < wide; width++)
        fputc(' ', file);
}

static void cli_write_values_table(cli_query_job *job, size_t fit)
{
    FILE *file = job->out.file;
    starlings_golden_value value;
    size_t at = 0, widest[2] = { 0, 0 };
    while (cli_next_value(job, fit, &at, &value)) {
        size_t widths[2];
        widths[0] = cli_text_width(value.attribute);
        widths[1] = cli_text_width(value.value);
        for (int i = 0; i < 2; i++)
            widest[i] = widths[i] > widest[i] && widths[i] <= 40 ? widths[i] : widest[i];
    }
    for (at = 0; cli_next_value(job, fit, &at, &value);) {
        fputs("  ", file);
        cli_write_padded(file, value.attribute, widest[0] + 2);
        cli_write_padded(file, value.value, widest[1] + 2);
        cli_write_times_plain(file, &job->linked, value.valid);
        fputs(value.contested ? "  contested\n" : "\n", file);
    }
}

static void cli_write_pairs_table(const cli_query_job *job)
{
    FILE *file = job->out.file;
    char text[32];
    if (job->pair_count == 0)
        return;
    fprintf(file, "%s pair%s of entities fit%s at the same time:\n",
            cli_thousands(job->pair_count, text), job->pair_count == 1 ? "" : "s",
            job->pair_count == 1 ? "s" : "");
    for (size_t i = 0; i < job->listed && i < CLI_PAIRS_IN_TABLE; i++) {
        fputs("  ", file);
        cli_write_text_plain(file, cli_linked_name(&job->linked, job->pairs[i].a));
        fputs(" and ", file);
        cli_write_text_plain(file, cli_linked_name(&job->linked, job->pairs[i].b));
        fputs(", ", file);
        cli_write_times_plain(file, &job->linked, job->pairs[i].valid);
        fputc('\n', file);
    }
    if (job->pair_count > CLI_PAIRS_IN_TABLE)
        fprintf(file, "  and %s more\n",
                cli_thousands(job->pair_count - CLI_PAIRS_IN_TABLE, text));
}

static void cli_write_fits_table(cli_query_job *job)
{
    FILE *file = job->out.file;
    bool any = false;
    for (size_t i = 0; i < job->fit_count && !cli_target_broken(&job->out); i++) {
        if (!cli_is_shown(job, i))
            continue;
        any = true;
        cli_write_text_plain(file, cli_linked_name(&job->linked, job->fits[i].entity));
        fputs(", ", file);
        cli_write_times_plain(file, &job->linked, job->fits[i].valid);
        fputc('\n', file);
        cli_write_values_table(job, i);
    }
    fputs(any ? "" : "no entity fits\n", file);
    cli_write_pairs_table(job);
}

/* An answer that is not one entity is worth a word where the rows do not say it. */
static void cli_note_pairs(cli_run *run, const cli_query_job *job)
{
    if (job->pair_count > 0)
        cli_note(run, "%llu pair%s of entities fit%s at the same time; --format json lists them",
                 (unsigned long long)job->pair_count, job->pair_count == 1 ? "" : "s",
                 job->pair_count == 1 ? "s" : "");
}

static int cli_write_answer(cli_run *run, const cli_options *options, cli_query_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    int code = cli_target_open(run, options->out, &job->out);
    bool ok = true;
    if (code != CLI_OK)
        return code;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV)
        ok = cli_write_fits_csv(job);
    else if (format == CLI_FORMAT_JSON)
        cli_write_fits_json(job);
    else
        cli_write_fits_table(job);
    code = ok ? cli_target_finish(&job->out) : cli_no_memory(run);
    if (code == CLI_OK)
        code = cli_target_publish(&job->out);
    if (code == CLI_OK && format == CLI_FORMAT_CSV)
        cli_note_pairs(run, job);
    return code;
}

int cli_run_query(cli_run *run, const cli_options *options)
{
    cli_query_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_link(run, options, &job.linked);
    if (code == CLI_OK)
        code = cli_check_where(run, options, &job.linked);
    if (code == CLI_OK)
        code = cli_check_window(run, options, &job);
    if (code == CLI_OK)
        code = cli_fail_status(run, cli_ask(run, options, &job));
    if (code == CLI_OK)
        code = cli_fail_status(run, cli_gild_fits(run, options, &job));
    if (code == CLI_OK)
        code = cli_write_answer(run, options, &job);
    cli_target_abandon(&job.out);
    for (size_t i = 0; job.goldens != NULL && i < job.fit_count; i++)
        if (i == 0 || job.goldens[i] != job.goldens[i - 1])
            starlings_golden_release(job.goldens[i]);
    free(job.goldens);
    free(job.first);
    free(job.values);
    free(job.pairs);
    starlings_answer_release(job.windowed);
    starlings_answer_release(job.answer);
    starlings_value_index_release(job.index);
    cli_linked_clear(&job.linked);
    return code;
}
