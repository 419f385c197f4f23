#define _POSIX_C_SOURCE 200809L
/* link_input.c - records over time in: rules, rows, records in the order of their names, links.
   The library has a reader of its own, which takes rows as they come. Here they are sorted first,
   so that the numbers of records do not tell the order of rows; a row that contradicts another is
   told with both lines; rows can add up to records; and times are printed as they were written. */
#include "link_input.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- texts ---- */

#define CLI_BLOCK_SIZE ((size_t)1 << 20)

struct cli_block {
    cli_block *before;
    size_t used;
    size_t size;
    char bytes[8]; /* and more */
};

/* Room for `size` bytes; NULL: no memory. */
static char *cli_texts_take(cli_texts *texts, size_t size)
{
    cli_block *block = texts->last;
    if (block == NULL || block->size - block->used < size) {
        size_t room = size < CLI_BLOCK_SIZE ? CLI_BLOCK_SIZE : size;
        block = (cli_block *)cli_alloc(sizeof *block + room, 1);
        if (block == NULL)
            return NULL;
        block->before = texts->last;
        block->used = 0;
        block->size = room;
        texts->last = block;
    }
    block->used += size;
    return block->bytes + (block->used - size);
}

static bool cli_texts_copy(cli_texts *texts, starlings_text text, starlings_text *out_copy)
{
    char *copy = cli_texts_take(texts, text.size + 1);
    if (copy == NULL)
        return false;
    copy[text.size] = '\0';
    if (text.size > 0)
        memcpy(copy, text.text, text.size);
    out_copy->text = copy;
    out_copy->size = text.size;
    return true;
}

static void cli_texts_clear(cli_texts *texts)
{
    while (texts->last != NULL) {
        cli_block *block = texts->last;
        texts->last = block->before;
        free(block);
    }
}

static int cli_compare_texts(starlings_text a, starlings_text b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size == 0 ? 0 : memcmp(a.text, b.text, size);
    return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

static bool cli_same_text(starlings_text a, starlings_text b)
{
    return cli_compare_texts(a, b) == 0;
}

/* ---- the rules ---- */

/* All bytes of a file; NULL: what is wrong has been said, in *out_code. */
static char *cli_read_whole(cli_run *run, const char *path, size_t *out_size, int *out_code)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    size_t capacity = 4096, size = 0, got = 1;
    char *bytes = file == NULL ? NULL : (char *)cli_alloc(capacity, 1);
    *out_code = CLI_OK;
    if (file == NULL)
        *out_code = cli_fail(run, CLI_BAD_DATA, "%s: %s", path, strerror(errno));
    while (bytes != NULL && got > 0) {
        if (size == capacity) {
            char *more = capacity > SIZE_MAX / 2 ? NULL : (char *)realloc(bytes, 2 * capacity);
            if (more == NULL) {
                free(bytes);
                bytes = NULL;
                break;
            }
            bytes = more;
            capacity *= 2;
        }
        got = fread(bytes + size, 1, capacity - size, file);
        size += got;
    }
    if (bytes != NULL && (ferror(file) || cli_interrupted())) {
        *out_code = cli_interrupted() ? cli_stopped(run)
                                      : cli_fail(run, CLI_BAD_DATA, "%s: %s",
                                                 cli_input_name(path), strerror(errno));
        free(bytes);
        bytes = NULL;
    }
    if (file != NULL && bytes == NULL && *out_code == CLI_OK)
        *out_code = cli_no_memory(run);
    if (file != NULL && file != stdin)
        fclose(file);
    *out_size = size;
    return bytes;
}

static int cli_read_ontology(cli_run *run, const cli_options *options, cli_linked *linked)
{
    starlings_text text;
    starlings_status status;
    int code;
    char *bytes = cli_read_whole(run, options->ontology, &text.size, &code);
    if (bytes == NULL)
        return code;
    text.text = bytes;
    status = starlings_ontology_create(&run->env, &linked->ontology);
    if (status == STARLINGS_OK)
        status = starlings_ontology_read(linked->ontology, text);
    free(bytes);
    if (status == STARLINGS_OK || status == STARLINGS_ERR_NOMEM)
        return cli_fail_status(run, status);
    return cli_fail(run, CLI_BAD_DATA, "%s:%llu: %s", cli_input_name(options->ontology),
                    (unsigned long long)run->error.line, run->error.text);
}

/* ---- rows ---- */

/* A value of a row. */
typedef struct cli_value_of {
    uint32_t attribute;
    uint32_t size;
    const char *text;
} cli_value_of;

typedef struct cli_row {
    starlings_text name; /* source-__-uid; its parts lie in it */
    starlings_text type;
    starlings_text perspective;
    starlings_text uid;
    starlings_interval valid;
    uint64_t line;
    size_t first; /* of its values */
    size_t count;
} cli_row;

enum { CLI_UID, CLI_PERSPECTIVE, CLI_FROM, CLI_TO, CLI_TYPE_OF, CLI_ROLES };

typedef struct cli_row_reader {
    cli_run *run;
    const cli_options *options;
    cli_linked *linked;
    cli_file file;
    const starlings_text *header;
    size_t columns;
    size_t role[CLI_ROLES]; /* its column; SIZE_MAX: there is none */
    uint32_t *attribute;    /* of each column; UINT32_MAX: it has a role */
    cli_row *rows;
    size_t row_capacity;
    cli_value_of *values;
    size_t value_count;
    size_t value_capacity;
    cli_texts texts; /* of values */
} cli_row_reader;

/* Room for one more of an array. */
static bool cli_grow(void **array, size_t *capacity, size_t count, size_t size)
{
    size_t more = *capacity < 64 ? 64 : 2 * *capacity;
    void *grown;
    if (count < *capacity)
        return true;
    grown = more > SIZE_MAX / size ? NULL : realloc(*array, more * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *capacity = more;
    return true;
}

/* ---- columns ---- */

/* Say that a column is not there, as the library does. */
static int cli_fail_column(cli_row_reader *in, const char *name, const char *option)
{
    char *text = in->run->error.text;
    size_t room = sizeof in->run->error.text, used;
    used = (size_t)snprintf(text, room, "no column \"%.60s\"; the header has ", name);
    for (size_t i = 0; i < in->columns && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s\"%.*s\"", i == 0 ? "" : ", ",
                                 (int)(in->header[i].size < 60 ? in->header[i].size : 60),
                                 in->header[i].text);
    in->run->error.line = 1;
    return cli_fail_columns(&in->file, STARLINGS_ERR_COLUMN, option);
}

static size_t cli_column_of(const cli_row_reader *in, const char *name)
{
    for (size_t i = 0; i < in->columns; i++)
        if (cli_same_text(in->header[i], cli_text_of(name)))
            return i;
    return SIZE_MAX;
}

/* The column of a role: by its name, or by one of the usual ones. */
static int cli_find_column(cli_row_reader *in, int role, const char *name, const char *option,
                           const char *const *usual)
{
    size_t found = SIZE_MAX;
    if (name != NULL && name[0] == '\0')
        return CLI_OK;
    if (name != NULL) {
        in->role[role] = cli_column_of(in, name);
        return in->role[role] == SIZE_MAX ? cli_fail_column(in, name, NULL) : CLI_OK;
    }
    for (int i = 0; usual[i] != NULL; i++) {
        size_t at = cli_column_of(in, usual[i]);
        if (at != SIZE_MAX && found != SIZE_MAX)
            return cli_fail(in->run, CLI_USAGE,
                            "%s:1: the header has both %.*s and %s; name the column with %s",
                            cli_input_name(in->file.path), (int)in->header[found].size,
                            in->header[found].text, usual[i], option);
        found = at != SIZE_MAX ? at : found;
    }
    in->role[role] = found;
    return CLI_OK;
}

static int cli_find_roles(cli_row_reader *in)
{
    static const char *const uids[] = { "record", "unique_id", "uid", "id", NULL };
    static const char *const sources[] = { "source", "source_dataset", "perspective", NULL };
    static const char *const starts[] = { "valid_from", "from", "start", NULL };
    static const char *const ends[] = { "valid_to", "to", "end", NULL };
    static const char *const none[] = { NULL };
    const starlings_record_columns *named = &in->options->record_columns;
    int code = cli_find_column(in, CLI_UID, named->uid, "--uid", uids);
    if (code == CLI_OK && in->role[CLI_UID] == SIZE_MAX)
        code = cli_fail_column(in, "record", "--uid");
    if (code == CLI_OK)
        code = cli_find_column(in, CLI_PERSPECTIVE, named->perspective, "--source", sources);
    if (code == CLI_OK)
        code = cli_find_column(in, CLI_FROM, named->from, "--from", starts);
    if (code == CLI_OK)
        code = cli_find_column(in, CLI_TO, named->to, "--to", ends);
    if (code == CLI_OK)
        code = cli_find_column(in, CLI_TYPE_OF, named->type, "--type-column", none);
    for (int i = 0; i < CLI_ROLES && code == CLI_OK; i++)
        for (int j = i + 1; j < CLI_ROLES && code == CLI_OK; j++)
            if (in->role[i] != SIZE_MAX && in->role[i] == in->role[j])
                code = cli_fail(in->run, CLI_USAGE, "%s:1: the column %.*s cannot be two things",
                                cli_input_name(in->file.path), (int)in->header[in->role[i]].size,
                                in->header[in->role[i]].text);
    return code;
}

/* All columns without a role are attributes, each of a name of its own. */
static int cli_find_attributes(cli_row_reader *in)
{
    cli_linked *linked = in->linked;
    linked->attributes = (starlings_text *)cli_alloc(in->columns, sizeof *linked->attributes);
    in->attribute = (uint32_t *)cli_alloc(in->columns, sizeof *in->attribute);
    if (linked->attributes == NULL || in->attribute == NULL)
        return cli_no_memory(in->run);
    for (size_t c = 0; c < in->columns; c++) {
        bool has_role = false;
        in->attribute[c] = UINT32_MAX;
        for (int r = 0; r < CLI_ROLES; r++)
            has_role = has_role || in->role[r] == c;
        if (in->header[c].size == 0)
            return cli_fail(in->run, CLI_BAD_DATA, "%s:1: column %lu has no name",
                            cli_input_name(in->file.path), (unsigned long)c + 1);
        for (size_t b = 0; b < c; b++)
            if (cli_same_text(in->header[b], in->header[c]))
                return cli_fail(in->run, CLI_BAD_DATA, "%s:1: the header has \"%.*s\" twice",
                                cli_input_name(in->file.path), (int)in->header[c].size,
                                in->header[c].text);
        if (has_role)
            continue;
        in->attribute[c] = (uint32_t)linked->attribute_count;
        if (!cli_texts_copy(&linked->texts, in->header[c],
                            &linked->attributes[linked->attribute_count]))
            return cli_no_memory(in->run);
        linked->attribute_count++;
    }
    return CLI_OK;
}

/* ---- one row ---- */

static int cli_fail_row(const cli_row_reader *in, const char *what, starlings_text text,
                        const char *why)
{
    return cli_fail(in->run, CLI_BAD_DATA, "%s:%llu: %.*s%s%.*s%s",
                    cli_input_name(in->file.path),
                    (unsigned long long)starlings_csv_line(in->file.csv), (int)strlen(what), what,
                    text.text == NULL ? "" : " \"", (int)(text.size < 100 ? text.size : 100),
                    text.text == NULL ? "" : text.text, why);
}

/* A name of a column that fits a message. */
static const char *cli_column_name(const cli_row_reader *in, int role, char name[64])
{
    starlings_text text = in->header[in->role[role]];
    snprintf(name, 64, "%.*s", (int)(text.size < 63 ? text.size : 63), text.text);
    return name;
}

static int cli_take_time(cli_row_reader *in, const starlings_text *fields, int role,
                         int64_t *in_out_time)
{
    cli_linked *linked = in->linked;
    starlings_text text;
    char name[64];
    bool is_date;
    if (in->role[role] == SIZE_MAX || fields[in->role[role]].size == 0)
        return CLI_OK;
    text = fields[in->role[role]];
    if (!cli_parse_time(text, in_out_time, &is_date))
        return cli_fail_row(in, cli_column_name(in, role, name), text,
                            "\" is neither a date as 2020-12-31 nor a whole number");
    if (linked->has_times && linked->dates != is_date)
        return cli_fail_row(in, cli_column_name(in, role, name), text,
                            is_date ? "\" is a date; the times before it are whole numbers"
                                    : "\" is a whole number; the times before it are dates");
    linked->has_times = true;
    linked->dates = is_date;
    return CLI_OK;
}

static int cli_take_times(cli_row_reader *in, const starlings_text *fields, cli_row *row)
{
    char from[64], to[64], text[2][CLI_TIME_SIZE];
    int code;
    row->valid.start = STARLINGS_START_OF_TIME;
    row->valid.end = STARLINGS_END_OF_TIME;
    code = cli_take_time(in, fields, CLI_FROM, &row->valid.start);
    if (code == CLI_OK)
        code = cli_take_time(in, fields, CLI_TO, &row->valid.end);
    if (code == CLI_OK && row->valid.start >= row->valid.end)
        return cli_fail(in->run, CLI_BAD_DATA, "%s:%llu: %s %s is not before %s %s",
                        cli_input_name(in->file.path),
                        (unsigned long long)starlings_csv_line(in->file.csv),
                        cli_column_name(in, CLI_FROM, from),
                        cli_time_text(in->linked, row->valid.start, text[0]),
                        cli_column_name(in, CLI_TO, to),
                        cli_time_text(in->linked, row->valid.end, text[1]));
    return code;
}

/* The source of a name must end where it seems to. */
static bool cli_runs_into(const char *name, size_t source_size)
{
    for (size_t i = 0; i < source_size; i++)
        if (memcmp(name + i, "-__-", 4) == 0)
            return true;
    return false;
}

/* What a name is made of is there, and a type ends where it seems to. */
static int cli_check_name(const cli_row_reader *in, const starlings_text *fields)
{
    static const int roles[3] = { CLI_UID, CLI_PERSPECTIVE, CLI_TYPE_OF };
    starlings_text none = { NULL, 0 };
    char column[64];
    for (int i = 0; i < 3; i++)
        if (in->role[roles[i]] != SIZE_MAX && fields[in->role[roles[i]]].size == 0)
            return cli_fail_row(in, cli_column_name(in, roles[i], column), none, " is empty");
    if (in->role[CLI_TYPE_OF] != SIZE_MAX) {
        starlings_text type = fields[in->role[CLI_TYPE_OF]];
        if (memchr(type.text, ':', type.size) != NULL)
            return cli_fail_row(in, cli_column_name(in, CLI_TYPE_OF, column), type,
                                "\" has a colon in it");
    }
    return CLI_OK;
}

/* [TYPE[:PERSPECTIVE] or PERSPECTIVE]-__-UID, and where its parts lie. */
static int cli_take_name(cli_row_reader *in, const starlings_text *fields, cli_row *row)
{
    bool typed = in->role[CLI_TYPE_OF] != SIZE_MAX, sourced = in->role[CLI_PERSPECTIVE] != SIZE_MAX;
    starlings_text type = { "", 0 }, source = { "", 0 }, uid = fields[in->role[CLI_UID]];
    char *at;
    size_t lead;
    type = typed ? fields[in->role[CLI_TYPE_OF]] : type;
    source = sourced ? fields[in->role[CLI_PERSPECTIVE]] : source;
    lead = type.size + (typed && sourced ? 1 : 0) + source.size;
    row->name.size = lead + (typed || sourced ? 4 : 0) + uid.size;
    at = cli_texts_take(&in->linked->texts, row->name.size);
    if (at == NULL)
        return cli_no_memory(in->run);
    row->name.text = at;
    memcpy(at, type.text, type.size);
    if (typed && sourced)
        at[type.size] = ':';
    memcpy(at + lead - source.size, source.text, source.size);
    if (typed || sourced)
        memcpy(at + lead, "-__-", 4);
    memcpy(at + row->name.size - uid.size, uid.text, uid.size);
    row->type.text = at;
    row->type.size = type.size;
    row->perspective.text = at + lead - source.size;
    row->perspective.size = source.size;
    row->uid.text = at + row->name.size - uid.size;
    row->uid.size = uid.size;
    if (in->options->record_columns.all_type != NULL)
        row->type = cli_text_of(in->options->record_columns.all_type);
    if (cli_runs_into(at, typed || sourced ? lead : 0))
        return cli_fail_row(in, "source", source.size > 0 ? source : type,
                            "\" runs into the -__- behind it");
    return CLI_OK;
}

/* The values of a field: what is between semicolons, unless that is nothing. */
static bool cli_take_field(cli_row_reader *in, uint32_t attribute, starlings_text field)
{
    const char *at, *end;
    if (field.size == 0)
        return true;
    if (!cli_texts_copy(&in->texts, field, &field))
        return false;
    for (at = field.text, end = at + field.size; at < end;) {
        const char *stop = (const char *)memchr(at, ';', (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        if (stop > at) {
            cli_value_of *value;
            if (!cli_grow((void **)&in->values, &in->value_capacity, in->value_count,
                          sizeof *in->values))
                return false;
            value = &in->values[in->value_count++];
            value->attribute = attribute;
            value->text = at;
            value->size = (uint32_t)(stop - at); /* a row is at most 1 MiB long */
        }
        at = stop + 1;
    }
    return true;
}

static int cli_take_row(cli_row_reader *in, const starlings_text *fields)
{
    size_t at = (size_t)in->linked->row_count;
    cli_row *row;
    int code;
    if (!cli_grow((void **)&in->rows, &in->row_capacity, at, sizeof *in->rows))
        return cli_no_memory(in->run);
    row = &in->rows[at];
    memset(row, 0, sizeof *row);
    row->line = starlings_csv_line(in->file.csv);
    row->first = in->value_count;
    code = cli_check_name(in, fields);
    if (code == CLI_OK)
        code = cli_take_name(in, fields, row);
    if (code == CLI_OK)
        code = cli_take_times(in, fields, row);
    for (size_t c = 0; c < in->columns && code == CLI_OK; c++)
        if (in->attribute[c] != UINT32_MAX && !cli_take_field(in, in->attribute[c], fields[c]))
            code = cli_no_memory(in->run);
    row->count = in->value_count - row->first;
    in->linked->row_count++;
    return code;
}

static int cli_read_rows_of(cli_row_reader *in)
{
    int code = cli_find_roles(in);
    if (code == CLI_OK)
        code = cli_find_attributes(in);
    while (code == CLI_OK) {
        const starlings_text *fields;
        starlings_status status = starlings_csv_next(in->file.csv, &fields);
        if (status != STARLINGS_OK)
            return cli_fail_file(&in->file, status);
        if (fields == NULL)
            break;
        code = cli_take_row(in, fields);
    }
    return code;
}

/* ---- from rows to records ---- */

/* Rows of one name as they came. */
static int cli_order_rows_of(const void *one, const void *two)
{
    const cli_row *a = (const cli_row *)one, *b = (const cli_row *)two;
    int order = cli_compare_texts(a->name, b->name);
    return order != 0 ? order : a->line < b->line ? -1 : a->line > b->line;
}

#define CLI_BATCH 1024u /* records that are given to the linker at once */

/* Records on their way to the linker. */
typedef struct cli_batch {
    starlings_linker *linker;
    starlings_temporal_record records[CLI_BATCH];
    starlings_arrival arrivals[CLI_BATCH];
    size_t rows[CLI_BATCH]; /* the first row of each */
    size_t ends[CLI_BATCH]; /* and the last, and one */
    size_t count;
    starlings_descriptor *descriptors;
    size_t descriptor_count;
    size_t descriptor_capacity;
    const cli_row *clash;       /* of refused rows that of the smallest line */
    const cli_row *clash_first; /* and what it clashes with */
    size_t last_new;            /* the first row of the last record that was new */
} cli_batch;

/* A new record keeps its name, and the times at which its rows hold. */
static void cli_keep_record(cli_row_reader *in, size_t row, size_t end)
{
    cli_linked *linked = in->linked;
    uint32_t record = linked->record_count++;
    size_t first = linked->first_row[record], at = first;
    linked->names[record] = in->rows[row].name;
    for (; row < end; row++)
        linked->rows[at++] = in->rows[row].valid;
    linked->first_row[record + 1] = first + starlings_timeline_make(linked->rows + first,
                                                                    at - first);
}

static int cli_fail_add(cli_row_reader *in, const cli_batch *batch, starlings_status status)
{
    const starlings_error *error = &in->run->error;
    if (status == STARLINGS_ERR_CANCELLED || status == STARLINGS_ERR_NOMEM ||
        error->at >= batch->count)
        return cli_fail_status(in->run, status);
    return cli_fail(in->run, CLI_BAD_DATA, "%s:%llu: %s%s", cli_input_name(in->file.path),
                    (unsigned long long)in->rows[batch->rows[error->at]].line, error->text,
                    status == STARLINGS_ERR_STRANGER
                        ? "; name the type with --type or --type-column" : "");
}

static int cli_send_batch(cli_row_reader *in, cli_batch *batch)
{
    size_t first = 0;
    starlings_status status;
    for (size_t i = 0; i < batch->count; i++) { /* the array may have moved while it grew */
        batch->records[i].descriptors = batch->descriptors + first;
        first += batch->records[i].descriptor_count;
    }
    status = starlings_linker_add(batch->linker, batch->records, batch->count, batch->arrivals);
    if (status != STARLINGS_OK)
        return cli_fail_add(in, batch, status);
    for (size_t i = 0; i < batch->count; i++) {
        const cli_row *row = &in->rows[batch->rows[i]];
        if (batch->arrivals[i] == STARLINGS_ARRIVAL_NEW) {
            cli_keep_record(in, batch->rows[i], batch->ends[i]);
            batch->last_new = batch->rows[i];
        } else if (batch->arrivals[i] == STARLINGS_ARRIVAL_KNOWN) {
            in->linked->same++;
        } else {
            in->linked->ignored++;
            if (batch->clash == NULL || row->line < batch->clash->line) {
                batch->clash = row;
                batch->clash_first = &in->rows[batch->last_new];
            }
        }
    }
    batch->count = 0;
    batch->descriptor_count = 0;
    return CLI_OK;
}

/* The rows from `row` to `end` as one record. */
static int cli_batch_record(cli_row_reader *in, cli_batch *batch, size_t row, size_t end)
{
    starlings_temporal_record *record = &batch->records[batch->count];
    size_t before = batch->descriptor_count;
    memset(record, 0, sizeof *record);
    record->type = in->rows[row].type;
    record->perspective = in->rows[row].perspective;
    record->uid = in->rows[row].uid;
    batch->rows[batch->count] = row;
    batch->ends[batch->count] = end;
    for (; row < end; row++) {
        const cli_row *from = &in->rows[row];
        for (size_t i = from->first; i < from->first + from->count; i++) {
            starlings_descriptor *made;
            if (!cli_grow((void **)&batch->descriptors, &batch->descriptor_capacity,
                          batch->descriptor_count, sizeof *batch->descriptors))
                return cli_no_memory(in->run);
            made = &batch->descriptors[batch->descriptor_count++];
            made->attribute = in->linked->attributes[in->values[i].attribute];
            made->value.text = in->values[i].text;
            made->value.size = in->values[i].size;
            made->valid = from->valid;
        }
    }
    record->descriptor_count = batch->descriptor_count - before;
    batch->count++;
    return batch->count == CLI_BATCH ? cli_send_batch(in, batch) : CLI_OK;
}

/* A record for each row, or, where rows add up, for each name. */
static int cli_add_records(cli_row_reader *in, cli_batch *batch)
{
    size_t count = (size_t)in->linked->row_count;
    int code = CLI_OK;
    for (size_t row = 0, end; row < count && code == CLI_OK; row = end) {
        end = row + 1;
        while (in->options->repeated == CLI_REPEATED_ADD && end < count &&
               cli_same_text(in->rows[row].name, in->rows[end].name))
            end++;
        code = cli_batch_record(in, batch, row, end);
    }
    return code == CLI_OK && batch->count > 0 ? cli_send_batch(in, batch) : code;
}

static int cli_fail_repeated(const cli_row_reader *in, const cli_batch *batch)
{
    starlings_text name = batch->clash->name;
    return cli_fail(in->run, CLI_BAD_DATA,
                    "%s:%llu: record \"%.*s\" says something else than on line %llu; --repeated "
                    "first lets the first row count, --repeated add lets rows add up",
                    cli_input_name(in->file.path), (unsigned long long)batch->clash->line,
                    (int)(name.size < 100 ? name.size : 100), name.text,
                    (unsigned long long)batch->clash_first->line);
}

static int cli_make_records(cli_row_reader *in, starlings_linker *linker)
{
    cli_linked *linked = in->linked;
    size_t count = (size_t)linked->row_count;
    cli_batch *batch = (cli_batch *)cli_alloc(1, sizeof *batch);
    int code;
    linked->names = (starlings_text *)cli_alloc(count, sizeof *linked->names);
    linked->rows = (starlings_interval *)cli_alloc(count, sizeof *linked->rows);
    linked->first_row = (size_t *)cli_alloc(count + 1, sizeof *linked->first_row);
    if (batch == NULL || linked->names == NULL || linked->rows == NULL || linked->first_row == NULL)
        code = cli_no_memory(in->run);
    else {
        memset(batch, 0, sizeof *batch);
        batch->linker = linker;
        linked->first_row[0] = 0;
        if (count > 0)
            qsort(in->rows, count, sizeof *in->rows, cli_order_rows_of);
        code = cli_add_records(in, batch);
        if (code == CLI_OK && batch->clash != NULL &&
            in->options->repeated == CLI_REPEATED_REFUSE)
            code = cli_fail_repeated(in, batch);
        free(batch->descriptors);
    }
    free(batch);
    return code;
}

/* ---- all together ---- */

static int cli_read_linker(cli_run *run, const cli_options *options, cli_linked *linked,
                           starlings_linker *linker)
{
    cli_row_reader *in = (cli_row_reader *)calloc(1, sizeof *in);
    int code;
    if (in == NULL)
        return cli_no_memory(run);
    in->run = run;
    in->options = options;
    in->linked = linked;
    for (int r = 0; r < CLI_ROLES; r++)
        in->role[r] = SIZE_MAX;
    code = cli_file_open(run, options->inputs[0], &in->file);
    if (code == CLI_OK) {
        in->header = starlings_csv_header(in->file.csv, &in->columns);
        code = cli_read_rows_of(in);
        if (code == CLI_OK)
            code = cli_make_records(in, linker);
        cli_file_close(&in->file);
    }
    free(in->attribute);
    free(in->rows);
    free(in->values);
    cli_texts_clear(&in->texts);
    free(in);
    return code;
}

static int cli_resolve(cli_run *run, const cli_options *options, cli_linked *linked,
                       starlings_linker *linker)
{
    starlings_status status = starlings_linker_resolve(linker, &linked->resolution);
    if (status == STARLINGS_OK) {
        linked->partition = starlings_resolution_partition(linked->resolution);
        if (options->readable_names)
            status = starlings_entity_names_create(linked->resolution, &run->env,
                                                   &linked->entity_names);
    }
    return cli_fail_status(run, status);
}

/* What to say of a name that no attribute has. */
typedef struct cli_near_attribute {
    char word[64];    /* the name, as much as fits */
    const char *hint; /* "; did you mean ", or empty */
    const char *name; /* an attribute of a name like it, or empty */
} cli_near_attribute;

static bool cli_has_attribute(const cli_linked *linked, starlings_text name,
                              cli_near_attribute *out_near)
{
    const char **names = (const char **)cli_alloc(linked->attribute_count, sizeof *names);
    const char *nearest = NULL;
    bool found = false;
    for (size_t i = 0; i < linked->attribute_count && !found; i++) {
        found = cli_same_text(linked->attributes[i], name);
        if (names != NULL)
            names[i] = linked->attributes[i].text; /* it ends with a zero */
    }
    snprintf(out_near->word, sizeof out_near->word, "%.*s",
             (int)(name.size < 63 ? name.size : 63), name.text);
    if (names != NULL && !found)
        nearest = cli_nearest(out_near->word, names, linked->attribute_count);
    free(names);
    out_near->hint = nearest == NULL ? "" : "; did you mean ";
    out_near->name = nearest == NULL ? "" : nearest;
    return found;
}

/* ---- what is seldom meant ---- */

/* The rules as the library writes them: one a line, words apart by blanks, commas, a colon. */
typedef struct cli_rules {
    char *bytes;
    size_t size;
    size_t capacity;
    size_t at;
} cli_rules;

static starlings_status cli_rules_write(void *ctx, const void *bytes, size_t size)
{
    cli_rules *rules = (cli_rules *)ctx;
    if (size > rules->capacity - rules->size) {
        size_t capacity = 2 * (rules->capacity + size);
        char *larger = (char *)realloc(rules->bytes, capacity);
        if (larger == NULL)
            return STARLINGS_ERR_NOMEM;
        rules->bytes = larger;
        rules->capacity = capacity;
    }
    memcpy(rules->bytes + rules->size, bytes, size);
    rules->size += size;
    return STARLINGS_OK;
}

/* The next word of the line, its quotes taken off; false: there are no more. */
static bool cli_rules_word(cli_rules *rules, starlings_text *out_word)
{
    char *to;
    while (rules->at < rules->size && strchr(" ,:", rules->bytes[rules->at]) != NULL)
        rules->at++;
    if (rules->at == rules->size || rules->bytes[rules->at] == '\n')
        return false;
    out_word->text = to = rules->bytes + rules->at;
    if (*to == '"') {
        while (++rules->at < rules->size) {
            if (rules->bytes[rules->at] == '"' &&
                (++rules->at == rules->size || rules->bytes[rules->at] != '"'))
                break;
            *to++ = rules->bytes[rules->at];
        }
    } else {
        for (; rules->at < rules->size && strchr(" ,:\n", rules->bytes[rules->at]) == NULL; to++)
            rules->at++;
    }
    out_word->size = (size_t)(to - out_word->text);
    return true;
}

/* The next attribute that a rule on records of this file names; false: there are no more.
   *in_out_rule is the first word of the rule, empty at first. */
static bool cli_rules_attribute(cli_rules *rules, const cli_options *options, bool *in_out_used,
                                starlings_text *in_out_rule, starlings_text *out_name)
{
    const char *type = options->record_columns.all_type;
    for (;;) {
        bool is_key = cli_same_text(*in_out_rule, cli_text_of("key"));
        if (is_key && cli_rules_word(rules, out_name)) {
            if (*in_out_used)
                return true;
            continue;
        }
        while (in_out_rule->size > 0 && cli_rules_word(rules, out_name))
            continue; /* what is left of the rule before */
        rules->at += in_out_rule->size > 0 && rules->at < rules->size ? 1 : 0;
        if (!cli_rules_word(rules, in_out_rule) || !cli_rules_word(rules, out_name))
            return false;
        if (cli_same_text(*in_out_rule, cli_text_of("type")))
            *in_out_used = type == NULL || cli_same_text(*out_name, cli_text_of(type));
        else if (*in_out_used && strchr("spua", in_out_rule->text[0]) != NULL &&
                 !cli_same_text(*in_out_rule, cli_text_of("scope")))
            return true; /* strong, permanent, unique, unique_within, authority */
    }
}

/* A rule on an attribute that no record can have is seldom meant. Only the first one is told. */
static void cli_note_rules(cli_run *run, const cli_options *options, const cli_linked *linked)
{
    cli_rules rules = { NULL, 0, 0, 0 };
    starlings_text rule = { NULL, 0 }, name;
    cli_near_attribute near;
    starlings_sink sink;
    bool used = true;
    sink.write = cli_rules_write;
    sink.ctx = &rules;
    if (starlings_ontology_write(linked->ontology, &sink) == STARLINGS_OK)
        while (cli_rules_attribute(&rules, options, &used, &rule, &name))
            if (!cli_has_attribute(linked, name, &near)) {
                cli_note(run, "%s has a rule on \"%s\", which is no attribute of %s%s%s%s",
                         cli_input_name(options->ontology), near.word,
                         cli_input_name(options->inputs[0]), near.hint, near.name,
                         near.name[0] == '\0' ? "" : "?");
                break;
            }
    free(rules.bytes);
}

static void cli_note_linked(cli_run *run, const cli_options *options, const cli_linked *linked)
{
    starlings_resolution_stats stats = starlings_resolution_statistics(linked->resolution);
    if (linked->record_count == 0)
        cli_note(run, "no records in %s", cli_input_name(options->inputs[0]));
    else if (stats.key_values == 0)
        cli_note(run, "no record has all attributes of a key of %s: nothing can match",
                 cli_input_name(options->ontology));
    if (linked->record_count > 0)
        cli_note_rules(run, options, linked);
    if (linked->ignored > 0)
        cli_note(run, "%llu row%s ignored: the record was there, and said something else",
                 (unsigned long long)linked->ignored, linked->ignored == 1 ? " is" : "s are");
}

int cli_link(cli_run *run, const cli_options *options, cli_linked *linked)
{
    starlings_linker_desc desc;
    starlings_linker *linker = NULL;
    double started = cli_seconds();
    int code;
    memset(linked, 0, sizeof *linked);
    memset(&desc, 0, sizeof desc);
    code = cli_read_ontology(run, options, linked);
    desc.ontology = linked->ontology;
    desc.hash_seed[0] = (uint64_t)time(NULL);
    desc.hash_seed[1] = (uint64_t)getpid();
    desc.constraints_block = options->constraints_block;
    desc.env = run->env;
    if (code == CLI_OK)
        code = cli_fail_status(run, starlings_linker_create(&desc, &linker));
    if (code == CLI_OK)
        code = cli_read_linker(run, options, linked, linker);
    linked->read_seconds = cli_seconds() - started;
    started = cli_seconds();
    if (code == CLI_OK)
        code = cli_resolve(run, options, linked, linker);
    linked->link_seconds = cli_seconds() - started;
    starlings_linker_release(linker);
    if (code == CLI_OK)
        cli_note_linked(run, options, linked);
    return code;
}

void cli_linked_clear(cli_linked *linked)
{
    starlings_entity_names_release(linked->entity_names);
    starlings_resolution_release(linked->resolution);
    starlings_ontology_release(linked->ontology);
    free(linked->names);
    free(linked->rows);
    free(linked->first_row);
    free(linked->attributes);
    cli_texts_clear(&linked->texts);
    memset(linked, 0, sizeof *linked);
}

/* ---- what is asked of it ---- */

/* The first record whose name is not before. */
static uint32_t cli_lower_bound(const cli_linked *linked, starlings_text name)
{
    uint32_t low = 0, high = linked->record_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cli_compare_texts(linked->names[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t cli_find_record(const cli_linked *linked, starlings_text name)
{
    uint32_t at = cli_lower_bound(linked, name);
    return at < linked->record_count && cli_same_text(linked->names[at], name) ? at
                                                                               : STARLINGS_NONE;
}

/* A record whose name ends with this one behind its source; else the next in the order of names. */
static uint32_t cli_near_record(const cli_linked *linked, starlings_text name)
{
    uint32_t at = cli_lower_bound(linked, name);
    for (uint32_t r = 0; r < linked->record_count; r++) {
        starlings_text other = linked->names[r];
        if (other.size >= name.size + 4 &&
            memcmp(other.text + other.size - name.size, name.text, name.size) == 0 &&
            memcmp(other.text + other.size - name.size - 4, "-__-", 4) == 0)
            return r;
    }
    return at < linked->record_count ? at : linked->record_count - 1;
}

int cli_fail_record(cli_run *run, const cli_options *options, const cli_linked *linked,
                    const char *name)
{
    const char *file = cli_input_name(options->inputs[0]);
    starlings_text near;
    if (linked->record_count == 0)
        return cli_fail(run, CLI_BAD_DATA, "%s: there is no record \"%.100s\"", file, name);
    near = linked->names[cli_near_record(linked, cli_text_of(name))];
    return cli_fail(run, CLI_BAD_DATA, "%s: there is no record \"%.100s\"; there is \"%.*s\"", file,
                    name, (int)(near.size < 100 ? near.size : 100), near.text);
}

starlings_text cli_linked_name(const cli_linked *linked, uint32_t entity)
{
    if (linked->entity_names != NULL)
        return starlings_entity_names_at(linked->entity_names, entity);
    return linked->names[starlings_partition_entity(linked->partition, entity).records[0]];
}

int cli_check_attribute(cli_run *run, const cli_options *options, const cli_linked *linked,
                        starlings_text name)
{
    cli_near_attribute near;
    if (cli_has_attribute(linked, name, &near))
        return CLI_OK;
    return cli_usage(run, options->verb_name, "--where: %s has no attribute \"%s\"%s%s%s",
                     cli_input_name(options->inputs[0]), near.word, near.hint, near.name,
                     near.name[0] == '\0' ? "" : "?");
}

int cli_check_time(cli_run *run, const cli_options *options, const cli_linked *linked,
                   const char *option, const cli_time *time)
{
    if (time->text == NULL || !linked->has_times || time->is_date == linked->dates)
        return CLI_OK;
    return cli_usage(run, options->verb_name, "%s %s: the times of %s are %s", option, time->text,
                     cli_input_name(options->inputs[0]),
                     linked->dates ? "dates" : "whole numbers");
}

/* ---- times ---- */

const char *cli_time_text(const cli_linked *linked, int64_t time, char text[CLI_TIME_SIZE])
{
    text[0] = '\0';
    if (time == STARLINGS_START_OF_TIME || time == STARLINGS_END_OF_TIME)
        return text;
    if (linked->dates)
        starlings_date_write(time, text);
    else
        snprintf(text, CLI_TIME_SIZE, "%lld", (long long)time);
    return text;
}

void cli_write_times_csv(FILE *file, const cli_linked *linked, starlings_interval valid,
                         char after)
{
    char text[2][CLI_TIME_SIZE];
    fprintf(file, "%s,%s%c", cli_time_text(linked, valid.start, text[0]),
            cli_time_text(linked, valid.end, text[1]), after);
}

void cli_write_times_json(FILE *file, const cli_linked *linked, starlings_interval valid)
{
    const int64_t times[2] = { valid.start, valid.end };
    for (int i = 0; i < 2; i++) {
        char text[CLI_TIME_SIZE];
        const char *quote = linked->dates ? "\"" : "";
        (void)cli_time_text(linked, times[i], text);
        quote = text[0] == '\0' ? "" : quote;
        fprintf(file, "%s\"%s\": %s%s%s", i == 0 ? "" : ", ", i == 0 ? "from" : "to", quote,
                text[0] == '\0' ? "null" : text, quote);
    }
}

void cli_write_times_plain(FILE *file, const cli_linked *linked, starlings_interval valid)
{
    char from[CLI_TIME_SIZE], to[CLI_TIME_SIZE];
    (void)cli_time_text(linked, valid.start, from);
    (void)cli_time_text(linked, valid.end, to);
    if (from[0] != '\0' && to[0] != '\0')
        fprintf(file, "%s to %s", from, to);
    else if (from[0] != '\0' || to[0] != '\0')
        fprintf(file, "%s %s", from[0] != '\0' ? "from" : "until", from[0] != '\0' ? from : to);
    else
        fputs("always", file);
}

starlings_text cli_key_text(const cli_linked *linked, uint32_t key_values)
{
    starlings_text attribute, value, made;
    size_t size = 1;
    char *at;
    for (size_t i = 0; starlings_resolution_key_value(linked->resolution, key_values, i,
                                                      &attribute, &value); i++)
        size += attribute.size + value.size + 2;
    at = (char *)cli_alloc(size, 1);
    made.text = at;
    made.size = 0;
    for (size_t i = 0; at != NULL && starlings_resolution_key_value(linked->resolution, key_values,
                                                                    i, &attribute, &value); i++) {
        if (i > 0)
            at[made.size++] = ';';
        memcpy(at + made.size, attribute.text, attribute.size);
        made.size += attribute.size;
        at[made.size++] = '=';
        memcpy(at + made.size, value.text, value.size);
        made.size += value.size;
    }
    return made;
}

void cli_text_free(starlings_text text)
{
    free((char *)(uintptr_t)text.text);
}

bool cli_write_records(const cli_linked *linked, FILE *file, const uint32_t *records,
                       uint32_t count)
{
    size_t size = 1;
    starlings_text list;
    char *at;
    for (uint32_t i = 0; i < count; i++)
        size += linked->names[records[i]].size + 1;
    at = (char *)cli_alloc(size, 1);
    list.text = at;
    list.size = 0;
    for (uint32_t i = 0; i < count && at != NULL; i++) {
        starlings_text name = linked->names[records[i]];
        if (i > 0)
            at[list.size++] = ';';
        memcpy(at + list.size, name.text, name.size);
        list.size += name.size;
    }
    if (at != NULL)
        cli_write_text_csv(file, list, ',');
    free(at);
    return at != NULL;
}

const char *cli_conflict_name(starlings_conflict_kind kind)
{
    static const char *const names[5] = { "direct", "within_record", "indirect", "unique",
                                          "unique_within" };
    return (unsigned)kind < 5 ? names[kind] : "";
}
