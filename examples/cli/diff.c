/* diff.c - starlings diff: what became of the entities of one file in another, and their ids. */
#include "verbs.h"
#include <stdlib.h>
#include <string.h>

/* A row of the output: a link, an entity that is gone (no after) or one that is new (no before). */
typedef struct cli_diff_row {
    uint32_t group;
    uint32_t before; /* STARLINGS_NONE: none */
    uint32_t after;
    uint32_t shared;
    uint32_t record; /* the smallest that is shared, or of the entity */
} cli_diff_row;

/* The id of an entity after: a name in OLD, in NEW, or one made from NEW's. */
typedef struct cli_diff_id {
    const starlings_context *names;
    uint32_t number;
} cli_diff_id;

typedef struct cli_diff_job {
    cli_data data;           /* sides: old, new */
    starlings_context *made; /* ids for entities whose name in NEW is one of OLD's */
    starlings_changes *changes;
    const starlings_change_entity *entities[2];
    uint32_t counts[2];
    cli_diff_id *ids; /* of the entities after */
    cli_diff_row *rows;
    size_t row_count;
    cli_target target;
    cli_target survivors;
} cli_diff_job;

static const cli_diff_id cli_no_id = { NULL, 0 };

/* ---- names and ids ---- */

static starlings_text cli_id_text(cli_diff_id id)
{
    return starlings_context_identity(id.names, id.number).key;
}

/* What the file of that side calls an entity. */
static cli_diff_id cli_label_of(const cli_diff_job *job, int side, uint32_t entity)
{
    cli_diff_id id;
    id.names = job->data.sides[side].entities;
    id.number = job->data.sides[side].labels[job->entities[side][entity].record];
    return id;
}

static bool cli_has_name(const starlings_context *names, starlings_text text)
{
    starlings_identity name = starlings_identity_of_text(NULL, NULL);
    name.key = text;
    return starlings_context_find(names, &name) != STARLINGS_NONE;
}

/* Make an id that no entity of either file has: the name with -2, -3 ... behind it. */
static int cli_make_id(cli_run *run, cli_diff_job *job, starlings_text label, cli_diff_id *out_id)
{
    char *text = (char *)cli_alloc(label.size + 16, 1);
    starlings_identity name = starlings_identity_of_text(NULL, NULL);
    starlings_status status;
    if (text == NULL)
        return cli_no_memory(run);
    memcpy(text, label.text, label.size);
    name.key.text = text;
    for (unsigned i = 2; i == 2 || cli_has_name(job->data.sides[0].entities, name.key) ||
                         cli_has_name(job->data.sides[1].entities, name.key) ||
                         cli_has_name(job->made, name.key); i++)
        name.key.size = label.size + (size_t)snprintf(text + label.size, 16, "-%u", i);
    status = starlings_context_ensure(job->made, &name, &out_id->number);
    out_id->names = job->made;
    free(text);
    return cli_fail_status(run, status);
}

/* An entity that inherits has the old name; another keeps its new one, unless that is an id of OLD:
   an id that has meant something else must not come back. */
static int cli_give_ids(cli_run *run, cli_diff_job *job)
{
    int code = CLI_OK;
    job->ids = (cli_diff_id *)cli_alloc(job->counts[1], sizeof *job->ids);
    if (job->ids == NULL)
        return cli_no_memory(run);
    for (uint32_t e = 0; e < job->counts[1] && code == CLI_OK; e++) {
        uint32_t old = job->entities[1][e].same;
        cli_diff_id id = old != STARLINGS_NONE ? cli_label_of(job, 0, old)
                                               : cli_label_of(job, 1, e);
        if (old == STARLINGS_NONE && cli_has_name(job->data.sides[0].entities, cli_id_text(id)))
            code = cli_make_id(run, job, cli_id_text(id), &id);
        job->ids[e] = id;
    }
    return code;
}

/* ---- compute ---- */

static int cli_start_made(cli_run *run, cli_diff_job *job)
{
    starlings_context_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.env = run->env;
    return cli_fail_status(run, starlings_context_create(&desc, &job->made));
}

static int cli_find_changes(cli_run *run, cli_diff_job *job)
{
    starlings_changes_desc desc;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.before = job->data.sides[0].labels;
    desc.after = job->data.sides[1].labels;
    desc.record_count = job->data.record_count;
    desc.env = run->env;
    status = starlings_changes_create(&desc, &job->changes);
    for (int s = 0; s < 2; s++)
        job->entities[s] = starlings_changes_entities(job->changes, (starlings_side)s,
                                                      &job->counts[s]);
    return cli_fail_status(run, status);
}

/* By group, entity before, entity after. */
static int cli_order_rows(const void *one, const void *two)
{
    const cli_diff_row *a = (const cli_diff_row *)one, *b = (const cli_diff_row *)two;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->before != b->before)
        return a->before < b->before ? -1 : 1;
    return a->after < b->after ? -1 : a->after > b->after;
}

/* The entities of a side that have no counterpart. */
static void cli_add_alone(cli_diff_job *job, int side)
{
    for (uint32_t e = 0; e < job->counts[side]; e++) {
        const starlings_change_entity *entity = &job->entities[side][e];
        cli_diff_row *row = &job->rows[job->row_count];
        if (entity->link_count > 0)
            continue;
        row->group = entity->group;
        row->before = side == 0 ? e : STARLINGS_NONE;
        row->after = side == 0 ? STARLINGS_NONE : e;
        row->shared = 0;
        row->record = entity->record;
        job->row_count++;
    }
}

static int cli_make_rows(cli_run *run, cli_diff_job *job)
{
    uint32_t count;
    const starlings_change_link *links = starlings_changes_links(job->changes, STARLINGS_BEFORE,
                                                                 &count);
    job->rows = (cli_diff_row *)cli_alloc((size_t)count + job->counts[0] + job->counts[1],
                                          sizeof *job->rows);
    if (job->rows == NULL)
        return cli_no_memory(run);
    for (uint32_t i = 0; i < count; i++) {
        cli_diff_row *row = &job->rows[job->row_count++];
        row->group = job->entities[0][links[i].before].group;
        row->before = links[i].before;
        row->after = links[i].after;
        row->shared = links[i].shared;
        row->record = links[i].record;
    }
    cli_add_alone(job, 0);
    cli_add_alone(job, 1);
    qsort(job->rows, job->row_count, sizeof *job->rows, cli_order_rows);
    return CLI_OK;
}

/* ---- write: rows ---- */

enum { CLI_DIFF_FIELDS = 10 };

static const char *const cli_diff_fields[CLI_DIFF_FIELDS] = {
    "kind", "group", "old_entity", "new_entity", "id", "follow", "shared", "old_size", "new_size",
    "record"
};

typedef struct cli_diff_field {
    bool is_text;        /* else it is the number */
    starlings_text text; /* NULL: missing */
    uint32_t number;
} cli_diff_field;

static cli_diff_field cli_text_field(cli_diff_id id)
{
    cli_diff_field field;
    memset(&field, 0, sizeof field);
    field.is_text = true;
    if (id.names != NULL)
        field.text = cli_id_text(id);
    return field;
}

static cli_diff_field cli_number_field(uint32_t number)
{
    cli_diff_field field;
    memset(&field, 0, sizeof field);
    field.number = number;
    return field;
}

/* Does this row say where to go with the old id? It does once for each that has a counterpart. */
static bool cli_is_followed(const cli_diff_job *job, const cli_diff_row *row)
{
    const starlings_change_entity *old;
    if (row->before == STARLINGS_NONE || row->after == STARLINGS_NONE)
        return false;
    old = &job->entities[0][row->before];
    return row->after == (old->same != STARLINGS_NONE ? old->same : old->nearest);
}

static void cli_diff_row_fields(const cli_diff_job *job, const cli_diff_row *row,
                                cli_diff_field *fields)
{
    bool old = row->before != STARLINGS_NONE, new_one = row->after != STARLINGS_NONE;
    starlings_change kind = old ? job->entities[0][row->before].kind
                                : job->entities[1][row->after].kind;
    cli_diff_id record;
    record.names = job->data.context;
    record.number = row->record;
    fields[0] = cli_text_field(cli_no_id);
    fields[0].text = cli_text_of(starlings_change_name(kind));
    fields[1] = cli_number_field(row->group);
    fields[2] = cli_text_field(old ? cli_label_of(job, 0, row->before) : cli_no_id);
    fields[3] = cli_text_field(new_one ? cli_label_of(job, 1, row->after) : cli_no_id);
    fields[4] = cli_text_field(new_one ? job->ids[row->after] : cli_no_id);
    fields[5] = cli_number_field(cli_is_followed(job, row) ? 1 : 0);
    fields[6] = cli_number_field(row->shared);
    fields[7] = cli_number_field(old ? job->entities[0][row->before].size : 0);
    fields[8] = cli_number_field(new_one ? job->entities[1][row->after].size : 0);
    fields[9] = cli_text_field(record);
}

static void cli_write_diff_csv(cli_diff_job *job)
{
    FILE *file = job->target.file;
    for (int f = 0; f < CLI_DIFF_FIELDS; f++)
        fprintf(file, "%s%c", cli_diff_fields[f], f + 1 < CLI_DIFF_FIELDS ? ',' : '\n');
    for (size_t i = 0; i < job->row_count && !cli_target_broken(&job->target); i++) {
        cli_diff_field fields[CLI_DIFF_FIELDS];
        cli_diff_row_fields(job, &job->rows[i], fields);
        for (int f = 0; f < CLI_DIFF_FIELDS; f++) {
            char after = f + 1 < CLI_DIFF_FIELDS ? ',' : '\n';
            if (!fields[f].is_text)
                fprintf(file, "%lu%c", (unsigned long)fields[f].number, after);
            else if (fields[f].text.text == NULL)
                fputc(after, file);
            else
                cli_write_text_csv(file, fields[f].text, after);
        }
    }
}

static void cli_write_diff_sums_json(FILE *file, const cli_diff_job *job)
{
    const starlings_change_sums *sums = starlings_changes_sums(job->changes);
    fputs("\"kinds\": {", file);
    for (int k = 0; k < (int)STARLINGS_CHANGE_COUNT; k++)
        fprintf(file, "%s\n\"%s\": {\"groups\": %lu, \"old_entities\": %lu, \"new_entities\": %lu}",
                k == 0 ? "" : ",", starlings_change_name((starlings_change)k),
                (unsigned long)sums->groups[k], (unsigned long)sums->before[k],
                (unsigned long)sums->after[k]);
    fprintf(file, "\n},\n\"records\": {\"kept\": %lu, \"moved\": %lu, \"added\": %lu, "
            "\"removed\": %lu},\n\"ids\": {\"stay\": %lu, \"end\": %lu, \"begin\": %lu}\n}\n",
            (unsigned long)sums->kept, (unsigned long)sums->moved, (unsigned long)sums->added,
            (unsigned long)sums->removed, (unsigned long)sums->ids_stay,
            (unsigned long)sums->ids_end, (unsigned long)sums->ids_begin);
}

static void cli_write_diff_json(cli_diff_job *job)
{
    FILE *file = job->target.file;
    fputs("{\"columns\": [", file);
    for (int f = 0; f < CLI_DIFF_FIELDS; f++)
        fprintf(file, "%s\"%s\"", f == 0 ? "" : ", ", cli_diff_fields[f]);
    fputs("],\n\"rows\": [", file);
    for (size_t i = 0; i < job->row_count && !cli_target_broken(&job->target); i++) {
        cli_diff_field fields[CLI_DIFF_FIELDS];
        cli_diff_row_fields(job, &job->rows[i], fields);
        fputs(i == 0 ? "\n{" : ",\n{", file);
        for (int f = 0; f < CLI_DIFF_FIELDS; f++) {
            fprintf(file, "%s\"%s\": ", f == 0 ? "" : ", ", cli_diff_fields[f]);
            if (!fields[f].is_text)
                fprintf(file, "%lu", (unsigned long)fields[f].number);
            else if (fields[f].text.text == NULL)
                fputs("null", file);
            else
                cli_write_text_json(file, fields[f].text);
        }
        fputc('}', file);
    }
    fputs("\n],\n", file);
    cli_write_diff_sums_json(file, job);
}

/* ---- write: the table ---- */

enum { CLI_DIFF_LARGEST = 10, CLI_DIFF_NAMED = 4 };

static void cli_write_diff_sums(const cli_diff_job *job)
{
    const starlings_change_sums *sums = starlings_changes_sums(job->changes);
    FILE *file = job->target.file;
    char text[4][32];
    uint64_t groups = 0;
    fprintf(file, "%-10s  %12s  %12s  %12s\n", "kind", "changes", "old entities", "new entities");
    for (int k = 0; k < (int)STARLINGS_CHANGE_COUNT; k++) {
        groups += sums->groups[k];
        fprintf(file, "%-10s  %12s  %12s  %12s\n", starlings_change_name((starlings_change)k),
                cli_thousands(sums->groups[k], text[0]), cli_thousands(sums->before[k], text[1]),
                cli_thousands(sums->after[k], text[2]));
    }
    fprintf(file, "%-10s  %12s  %12s  %12s\n", "all", cli_thousands(groups, text[0]),
            cli_thousands(job->counts[0], text[1]), cli_thousands(job->counts[1], text[2]));
    fprintf(file, "records: %s kept their id, %s moved to another, %s added, %s removed\n",
            cli_thousands(sums->kept, text[0]), cli_thousands(sums->moved, text[1]),
            cli_thousands(sums->added, text[2]), cli_thousands(sums->removed, text[3]));
    fprintf(file, "ids: %s stay, %s end, %s begin\n", cli_thousands(sums->ids_stay, text[0]),
            cli_thousands(sums->ids_end, text[1]), cli_thousands(sums->ids_begin, text[2]));
}

/* Does group a come before b in the list of the largest? */
static bool cli_is_larger(const starlings_change_group *a, const starlings_change_group *b)
{
    uint64_t one = (uint64_t)a->added + a->removed, two = (uint64_t)b->added + b->removed;
    return a->moved != b->moved ? a->moved > b->moved : one > two;
}

/* The largest changes, of equal ones those with the smallest record; returns how many. */
static size_t cli_find_largest(const cli_diff_job *job, uint32_t *largest)
{
    uint32_t count;
    size_t found = 0;
    const starlings_change_group *groups = starlings_changes_groups(job->changes, &count);
    for (uint32_t g = 0; g < count; g++) {
        size_t at = found;
        if (groups[g].kind == STARLINGS_CHANGE_UNCHANGED)
            continue;
        while (at > 0 && cli_is_larger(&groups[g], &groups[largest[at - 1]]))
            at--;
        if (at == CLI_DIFF_LARGEST)
            continue;
        found += found < CLI_DIFF_LARGEST ? 1 : 0;
        for (size_t i = found - 1; i > at; i--)
            largest[i] = largest[i - 1];
        largest[at] = g;
    }
    return found;
}

/* The entities of a group on one side: the first few by id, with their sizes. */
static void cli_write_group_side(const cli_diff_job *job, uint32_t group, int side)
{
    FILE *file = job->target.file;
    uint32_t named = 0;
    for (uint32_t e = 0; e < job->counts[side]; e++) {
        if (job->entities[side][e].group != group)
            continue;
        if (named++ >= CLI_DIFF_NAMED)
            continue;
        fputs(named > 1 ? " + " : "", file);
        cli_write_text_plain(file, cli_id_text(side == 0 ? cli_label_of(job, 0, e) : job->ids[e]));
        fprintf(file, " (%lu)", (unsigned long)job->entities[side][e].size);
    }
    if (named == 0)
        fputc('-', file);
    else if (named > CLI_DIFF_NAMED)
        fprintf(file, " + %lu more", (unsigned long)(named - CLI_DIFF_NAMED));
}

static void cli_write_diff_table(cli_diff_job *job)
{
    FILE *file = job->target.file;
    uint32_t largest[CLI_DIFF_LARGEST];
    size_t count = cli_find_largest(job, largest);
    const starlings_change_group *groups = starlings_changes_groups(job->changes, NULL);
    cli_write_diff_sums(job);
    if (count > 0)
        fputs("largest changes, by id (records):\n", file);
    for (size_t i = 0; i < count; i++) {
        const starlings_change_group *group = &groups[largest[i]];
        fprintf(file, "%-10s  ", starlings_change_name(group->kind));
        cli_write_group_side(job, largest[i], 0);
        fputs(" -> ", file);
        cli_write_group_side(job, largest[i], 1);
        fprintf(file, "; moved %lu, added %lu, removed %lu\n", (unsigned long)group->moved,
                (unsigned long)group->added, (unsigned long)group->removed);
    }
}

/* ---- write ---- */

/* NEW again, with ids that last. */
static void cli_write_survivors(cli_diff_job *job)
{
    FILE *file = job->survivors.file;
    const uint32_t *entity_of = starlings_changes_labels(job->changes, STARLINGS_AFTER);
    fputs("record,entity\n", file);
    for (uint32_t r = 0; r < job->data.record_count && !cli_target_broken(&job->survivors); r++) {
        if (entity_of[r] == STARLINGS_NONE)
            continue;
        cli_write_text_csv(file, starlings_context_identity(job->data.context, r).key, ',');
        cli_write_text_csv(file, cli_id_text(job->ids[entity_of[r]]), '\n');
    }
}

static void cli_note_made(cli_run *run, const cli_options *options, const cli_diff_job *job)
{
    uint32_t made = starlings_context_count(job->made);
    if (made > 0)
        cli_note(run, "%lu new entit%s a name in %s that %s has for another: written as NAME-2 or "
                 "so", (unsigned long)made, made == 1 ? "y has" : "ies have",
                 cli_input_name(options->inputs[1]), cli_input_name(options->inputs[0]));
}

static int cli_write_diff(cli_run *run, const cli_options *options, cli_diff_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    int code = cli_target_open(run, options->out, &job->target);
    if (code == CLI_OK && options->survivors != NULL)
        code = cli_target_open(run, options->survivors, &job->survivors);
    if (code != CLI_OK)
        return code;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV)
        cli_write_diff_csv(job);
    else if (format == CLI_FORMAT_JSON)
        cli_write_diff_json(job);
    else
        cli_write_diff_table(job);
    if (options->survivors != NULL)
        cli_write_survivors(job);
    code = cli_target_finish(&job->target);
    if (code == CLI_OK && options->survivors != NULL)
        code = cli_target_finish(&job->survivors);
    if (code == CLI_OK)
        code = cli_target_publish(&job->target);
    if (code == CLI_OK && options->survivors != NULL)
        code = cli_target_publish(&job->survivors);
    if (code == CLI_OK)
        cli_note_made(run, options, job);
    return code;
}

int cli_run_diff(cli_run *run, const cli_options *options)
{
    cli_diff_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_read_versions(run, options, &job.data);
    if (code == CLI_OK)
        code = cli_start_made(run, &job);
    if (code == CLI_OK)
        code = cli_find_changes(run, &job);
    if (code == CLI_OK)
        code = cli_give_ids(run, &job);
    if (code == CLI_OK)
        code = cli_make_rows(run, &job);
    if (code == CLI_OK)
        code = cli_write_diff(run, options, &job);
    cli_target_abandon(&job.target);
    cli_target_abandon(&job.survivors);
    starlings_changes_release(job.changes);
    starlings_context_release(job.made);
    free(job.ids);
    free(job.rows);
    cli_data_clear(&job.data);
    return code;
}
