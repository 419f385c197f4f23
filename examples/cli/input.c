#define _POSIX_C_SOURCE 200809L
/* input.c - files in. The library reads CSV and knows what is wrong with it; this says which file
   and line, in the user's words. */
#include "input.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct cli_file {
    cli_run *run;
    const char *path;
    FILE *file;
    starlings_csv *csv;
    uint64_t done, total; /* bytes; total 0: not known */
    int error;            /* errno of a read that failed */
} cli_file;

const char *cli_input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static bool cli_is_file(const char *path, const struct stat *about)
{
    struct stat other;
    int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &other) : stat(path, &other);
    return failed == 0 && other.st_dev == about->st_dev && other.st_ino == about->st_ino;
}

int cli_check_outputs(cli_run *run, const cli_options *options)
{
    const char *const outputs[2] = { options->out, options->report };
    const char *const inputs[4] = { options->inputs[0], options->inputs[1], options->truth,
                                    options->records };
    for (int o = 0; o < 2; o++) {
        struct stat about;
        if (outputs[o] == NULL || strcmp(outputs[o], "-") == 0 || stat(outputs[o], &about) != 0 ||
            !S_ISREG(about.st_mode)) /* a device can be both */
            continue;
        for (int i = 0; i < 4; i++)
            if (inputs[i] != NULL && cli_is_file(inputs[i], &about))
                return cli_usage(run, options->verb_name,
                                 "%s \"%s\" is the same file as the input \"%s\"",
                                 o == 0 ? "--out" : "--report", outputs[o],
                                 cli_input_name(inputs[i]));
    }
    return CLI_OK;
}

/* The source of the library's reader: fread, which also looks for a signal and moves the bar. */
static starlings_status cli_file_read(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    cli_file *file = (cli_file *)ctx;
    *out_size = 0;
    if (!cli_show_progress(file->run, "read", file->done, file->total))
        return STARLINGS_ERR_CANCELLED;
    errno = 0;
    *out_size = fread(bytes, 1, capacity, file->file);
    file->done += *out_size;
    if (cli_interrupted())
        return STARLINGS_ERR_CANCELLED;
    if (*out_size < capacity && ferror(file->file)) {
        file->error = errno == 0 ? EIO : errno;
        return STARLINGS_ERR_IO;
    }
    return STARLINGS_OK;
}

/* ---- messages ---- */

/* Replace what the library says of a stranger, from its last quote on: it speaks of known records,
   the user knows a truth. */
static int cli_fail_stranger(cli_file *file, bool sources_differ)
{
    starlings_error *error = &file->run->error;
    char *quote = strrchr(error->text, '"');
    int shown = quote == NULL ? 0 : (int)(quote - error->text) + 1;
    return cli_fail(file->run, CLI_BAD_DATA, "%s:%llu: %.*s is not in the truth%s",
                    cli_input_name(file->path), (unsigned long long)error->line,
                    shown == 0 ? 8 : shown, shown == 0 ? "a record" : error->text,
                    sources_differ ? " (only one of the two files has a column of sources)" : "");
}

static bool cli_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char cli_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static starlings_text cli_trim(starlings_text text)
{
    while (text.size > 0 && cli_is_blank(text.text[text.size - 1]))
        text.size--;
    while (text.size > 0 && cli_is_blank(text.text[0])) {
        text.text++;
        text.size--;
    }
    return text;
}

/* Are these one name but for case and the spaces around it? */
static bool cli_alike(starlings_text a, starlings_text b)
{
    bool same;
    a = cli_trim(a);
    b = cli_trim(b);
    same = a.size == b.size;
    for (size_t i = 0; i < a.size && same; i++)
        same = cli_lower(a.text[i]) == cli_lower(b.text[i]);
    return same;
}

/* The column that the library looked for in vain, from its message; empty: it says otherwise. */
static starlings_text cli_wanted_column(const char *message)
{
    static const char lead[] = "no column \"";
    const char *end = strstr(message, "\"; the header has ");
    starlings_text wanted = { NULL, 0 };
    if (end != NULL && strncmp(message, lead, sizeof lead - 1) == 0) {
        wanted.text = message + sizeof lead - 1;
        wanted.size = (size_t)(end - wanted.text);
    }
    return wanted;
}

/* The byte that may be meant to separate the fields of a header that is one field; 0: none. */
static char cli_odd_separator(const cli_file *file)
{
    size_t count;
    const starlings_text *header = starlings_csv_header(file->csv, &count);
    for (size_t i = 0; count == 1 && i < header[0].size; i++)
        if (header[0].text[i] == ';' || header[0].text[i] == '|')
            return header[0].text[i];
    return '\0';
}

static bool cli_header_has(const cli_file *file, const char *name)
{
    size_t count, size = strlen(name);
    const starlings_text *header = starlings_csv_header(file->csv, &count);
    for (size_t i = 0; i < count; i++)
        if (header[i].size == size && memcmp(header[i].text, name, size) == 0)
            return true;
    return false;
}

/* `names` says by which options columns are named; NULL: the user has done so already. */
static int cli_fail_columns(cli_file *file, starlings_status status, const char *names)
{
    const starlings_error *error = &file->run->error;
    starlings_text wanted = cli_wanted_column(error->text), near = { NULL, 0 };
    char odd = cli_odd_separator(file), hint[256] = "";
    size_t count;
    const starlings_text *header = starlings_csv_header(file->csv, &count);
    for (size_t i = 0; i < count && wanted.size != 0; i++)
        if (cli_alike(wanted, header[i]))
            near = header[i];
    if (odd != '\0')
        snprintf(hint, sizeof hint, "; is it separated by \"%c\"? write commas or tabs", odd);
    else if (near.size != 0)
        snprintf(hint, sizeof hint, "; \"%.*s\" is not the same: case and spaces count",
                 (int)(near.size < 100 ? near.size : 100), near.text);
    return cli_fail(file->run, status == STARLINGS_ERR_AMBIGUOUS ? CLI_USAGE : CLI_BAD_DATA,
                    "%s:%llu: %s%s%s%s", cli_input_name(file->path),
                    (unsigned long long)(error->line == 0 ? 1 : error->line), error->text, hint,
                    names != NULL && odd == '\0' ? "; name the columns with " : "",
                    names != NULL && odd == '\0' ? names : "");
}

/* A score outside 0 to 1 may be a weight of evidence, with the probability beside it. */
static int cli_fail_score(cli_file *file)
{
    const starlings_error *error = &file->run->error;
    static const char column[] = "match_probability";
    bool advise = cli_header_has(file, column) &&
                  strncmp(error->text, column, sizeof column - 1) != 0;
    return cli_fail(file->run, CLI_BAD_DATA, "%s:%llu: %s%s", cli_input_name(file->path),
                    (unsigned long long)error->line, error->text,
                    advise ? "; probabilities are in the column match_probability" : "");
}

/* The smallest record that is not a source-__-key; STARLINGS_NONE: all are. */
static uint32_t cli_bare_record(const starlings_names *names)
{
    uint32_t count = starlings_names_count(names);
    for (uint32_t r = 0; r < count; r++) {
        starlings_text key = starlings_names_at(names, r).key;
        bool joined = false;
        for (size_t i = 0; i + 4 <= key.size && !joined; i++)
            joined = memcmp(key.text + i, "-__-", 4) == 0;
        if (!joined)
            return r;
    }
    return STARLINGS_NONE;
}

static int cli_fail_file(cli_file *file, starlings_status status)
{
    const starlings_error *error = &file->run->error;
    const char *name = cli_input_name(file->path);
    if (status == STARLINGS_ERR_CANCELLED)
        return cli_stopped(file->run);
    if (status == STARLINGS_ERR_NOMEM)
        return cli_no_memory(file->run);
    if (status == STARLINGS_ERR_IO)
        return cli_fail(file->run, CLI_BAD_DATA, "%s: %s", name, strerror(file->error));
    if (error->line == 0)
        return cli_fail(file->run, CLI_BAD_DATA, "%s: %s", name, error->text);
    return cli_fail(file->run, CLI_BAD_DATA, "%s:%llu: %s", name, (unsigned long long)error->line,
                    error->text);
}

/* ---- open and close ---- */

static void cli_file_close(cli_file *file)
{
    starlings_csv_close(file->csv);
    if (file->file != NULL && file->file != stdin)
        fclose(file->file);
    file->csv = NULL;
    file->file = NULL;
}

static int cli_file_open(cli_run *run, const char *path, cli_file *file)
{
    starlings_csv_desc desc;
    starlings_status status;
    struct stat about;
    memset(file, 0, sizeof *file);
    memset(&desc, 0, sizeof desc);
    file->run = run;
    file->path = path;
    file->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (file->file == NULL)
        return cli_fail(run, CLI_BAD_DATA, "%s: %s", path, strerror(errno));
    if (fstat(fileno(file->file), &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
        file->total = (uint64_t)about.st_size;
    desc.source.read = cli_file_read;
    desc.source.ctx = file;
    desc.env = run->env;
    status = starlings_csv_open(&desc, &file->csv);
    if (status != STARLINGS_OK) {
        int code = cli_fail_file(file, status);
        cli_file_close(file);
        return code;
    }
    return CLI_OK;
}

/* The user names columns of edges and of memberships in one breath; give a reader its own. */
static starlings_csv_columns cli_columns_of_edges(const cli_options *options)
{
    starlings_csv_columns columns;
    memset(&columns, 0, sizeof columns);
    columns.left = options->columns.left;
    columns.right = options->columns.right;
    columns.score = options->columns.score;
    columns.source_left = options->columns.source_left;
    columns.source_right = options->columns.source_right;
    columns.join_sources = true;
    return columns;
}

static starlings_csv_columns cli_columns_of_records(const cli_options *options, bool with_entity)
{
    starlings_csv_columns columns;
    memset(&columns, 0, sizeof columns);
    columns.record = options->columns.record;
    columns.entity = with_entity ? options->columns.entity : NULL;
    columns.source = options->columns.source;
    columns.join_sources = true;
    return columns;
}

static bool cli_is_about_columns(starlings_status status)
{
    return status == STARLINGS_ERR_COLUMN || status == STARLINGS_ERR_AMBIGUOUS;
}

/* ---- the readers ---- */

static int cli_read_membership(cli_run *run, const cli_options *options, const char *path,
                               cli_data *data, starlings_membership *side)
{
    starlings_csv_columns columns = cli_columns_of_records(options, true);
    bool named = columns.record != NULL || columns.entity != NULL;
    starlings_status status;
    cli_file file;
    int code = cli_file_open(run, path, &file);
    if (code != CLI_OK)
        return code;
    status = starlings_membership_read_csv(file.csv, &columns, data->names, false, side);
    if (cli_is_about_columns(status))
        code = cli_fail_columns(&file, status, named ? NULL : "--record --entity");
    else if (status != STARLINGS_OK)
        code = cli_fail_file(&file, status);
    cli_file_close(&file);
    return code;
}

static int cli_read_records(cli_run *run, const cli_options *options, cli_data *data)
{
    starlings_csv_columns columns = cli_columns_of_records(options, false);
    starlings_status status;
    cli_file file;
    int code = cli_file_open(run, options->records, &file);
    if (code != CLI_OK)
        return code;
    status = starlings_names_read_csv(file.csv, &columns, data->names, options->truth != NULL);
    if (cli_is_about_columns(status))
        code = cli_fail_columns(&file, status, columns.record != NULL ? NULL : "--record");
    else if (status == STARLINGS_ERR_STRANGER)
        code = cli_fail_stranger(&file, false);
    else if (status != STARLINGS_OK)
        code = cli_fail_file(&file, status);
    else
        data->records_have_sources = columns.source != NULL ||
                                     cli_header_has(&file, "source_dataset");
    cli_file_close(&file);
    return code;
}

/* Are strangers no wonder, because one file has sources and the other has not? All names are those
   of the truth here. */
static bool cli_sources_differ(const cli_run *run, const cli_data *data)
{
    if (data->edges.has_sources == data->sides[0].has_sources)
        return false;
    return data->edges.has_sources ? cli_bare_record(data->names) != STARLINGS_NONE
                                   : strstr(run->error.text, "-__-") == NULL;
}

static int cli_read_pairs(cli_run *run, const cli_options *options, cli_data *data)
{
    starlings_csv_columns columns = cli_columns_of_edges(options);
    bool has_truth = options->truth != NULL;
    bool named = columns.left != NULL || columns.right != NULL || columns.score != NULL;
    starlings_status status;
    cli_file file;
    int code = cli_file_open(run, options->inputs[0], &file);
    if (code != CLI_OK)
        return code;
    status = starlings_edge_list_read_csv(file.csv, &columns, data->names, has_truth,
                                          &data->edges);
    if (cli_is_about_columns(status))
        code = cli_fail_columns(&file, status, named ? NULL : "--left --right --score");
    else if (status == STARLINGS_ERR_STRANGER)
        code = cli_fail_stranger(&file, cli_sources_differ(run, data));
    else if (status == STARLINGS_ERR_WEIGHT)
        code = cli_fail_score(&file);
    else if (status != STARLINGS_OK)
        code = cli_fail_file(&file, status);
    cli_file_close(&file);
    return code;
}

/* ---- the numbers of records ---- */

static int cli_sort_names(cli_run *run, cli_data *data)
{
    uint32_t count = starlings_names_count(data->names);
    uint32_t *new_number = (uint32_t *)cli_alloc(count, sizeof *new_number);
    starlings_status status;
    if (new_number == NULL)
        return cli_no_memory(run);
    status = starlings_names_sort(data->names, new_number);
    if (status == STARLINGS_OK)
        status = starlings_edge_list_renumber(&data->edges, new_number, count);
    for (int s = 0; s < 2 && status == STARLINGS_OK; s++)
        if (data->sides[s].labels != NULL)
            status = starlings_membership_renumber(&data->sides[s], new_number, count);
    free(new_number);
    data->record_count = count;
    return cli_fail_status(run, status);
}

static int cli_start_names(cli_run *run, cli_data *data)
{
    starlings_names_desc desc;
    memset(data, 0, sizeof *data);
    memset(&desc, 0, sizeof desc);
    desc.env = run->env;
    desc.hash_seed[0] = (uint64_t)time(NULL);
    desc.hash_seed[1] = (uint64_t)getpid();
    return cli_fail_status(run, starlings_names_create(&desc, &data->names));
}

/* Sources in one file alone would make two records of each one. `bare` is the file without. */
static int cli_refuse_bare(cli_run *run, const cli_data *data, const char *bare,
                           const char *joined)
{
    uint32_t record = cli_bare_record(data->names);
    starlings_text key;
    if (record == STARLINGS_NONE)
        return CLI_OK;
    key = starlings_names_at(data->names, record).key;
    return cli_fail(run, CLI_BAD_DATA,
                    "%s: record \"%.*s\" has no source: only one of %s and %s has a column of them",
                    cli_input_name(bare), (int)(key.size < 100 ? key.size : 100), key.text,
                    cli_input_name(bare), cli_input_name(joined));
}

/* With a truth all names are from it; without one those that the edges lack are from --records. */
static int cli_check_sources(cli_run *run, const cli_options *options, const cli_data *data,
                             bool records_joined)
{
    const char *edges = options->inputs[0];
    const char *other = options->truth != NULL ? options->truth : options->records;
    if (other == NULL || data->edges.has_sources == records_joined)
        return CLI_OK;
    return data->edges.has_sources ? cli_refuse_bare(run, data, other, edges)
                                   : cli_refuse_bare(run, data, edges, other);
}

int cli_read_edges(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_start_names(run, data);
    bool records_joined = false;
    if (code == CLI_OK && options->truth != NULL)
        code = cli_read_membership(run, options, options->truth, data, &data->sides[0]);
    if (code == CLI_OK && options->records != NULL)
        code = cli_read_records(run, options, data);
    if (code == CLI_OK)
        records_joined = data->records_have_sources &&
                         cli_bare_record(data->names) == STARLINGS_NONE;
    if (code == CLI_OK)
        code = cli_read_pairs(run, options, data);
    if (code == CLI_OK)
        code = cli_check_sources(run, options, data, records_joined);
    if (code == CLI_OK)
        code = cli_sort_names(run, data);
    return code;
}

/* ---- compare: two sides, one set of records ---- */

typedef struct cli_missing {
    uint32_t count;
    uint32_t first; /* the smallest record that is missing */
} cli_missing;

static cli_missing cli_missing_in(const uint32_t *labels, uint32_t count)
{
    cli_missing missing = { 0, 0 };
    for (uint32_t r = 0; r < count; r++)
        if (labels[r] == STARLINGS_NONE && missing.count++ == 0)
            missing.first = r;
    return missing;
}

static int cli_fail_missing(cli_run *run, const cli_options *options, const cli_data *data,
                            int lacking, cli_missing missing)
{
    starlings_text key = starlings_names_at(data->names, missing.first).key;
    return cli_fail(run, CLI_BAD_DATA,
                    "%s: lacks %lu record%s of %s, the first is \"%.*s\"; "
                    "say --over intersection or --over union",
                    cli_input_name(options->inputs[lacking]), (unsigned long)missing.count,
                    missing.count == 1 ? "" : "s", cli_input_name(options->inputs[1 - lacking]),
                    (int)(key.size < 100 ? key.size : 100), key.text);
}

/* A record that one side lacks stands alone there, under a label that nothing else has. */
static void cli_fill_side(uint32_t *labels, uint32_t count)
{
    uint32_t next = 0;
    for (uint32_t r = 0; r < count; r++)
        if (labels[r] != STARLINGS_NONE && labels[r] >= next)
            next = labels[r] + 1;
    for (uint32_t r = 0; r < count; r++)
        if (labels[r] == STARLINGS_NONE)
            labels[r] = next++;
}

/* Only the records that both sides have. The names are not needed any more after this. */
static void cli_intersect_sides(cli_data *data)
{
    uint32_t *a = data->sides[0].labels, *b = data->sides[1].labels, kept = 0;
    for (uint32_t r = 0; r < data->record_count; r++) {
        if (a[r] == STARLINGS_NONE || b[r] == STARLINGS_NONE)
            continue;
        a[kept] = a[r];
        b[kept] = b[r];
        kept++;
    }
    data->record_count = kept;
}

static int cli_join_sides(cli_run *run, const cli_options *options, cli_data *data)
{
    uint32_t before = data->record_count;
    for (int s = 0; s < 2; s++) {
        cli_missing missing = cli_missing_in(data->sides[s].labels, data->record_count);
        if (missing.count != 0 && options->over == CLI_OVER_SAME)
            return cli_fail_missing(run, options, data, s, missing);
        if (missing.count != 0 && options->over == CLI_OVER_UNION)
            cli_fill_side(data->sides[s].labels, data->record_count);
    }
    if (options->over == CLI_OVER_INTERSECTION)
        cli_intersect_sides(data);
    if (data->record_count == 0 && before != 0)
        return cli_fail(run, CLI_BAD_DATA, "no record is in both %s and %s",
                        cli_input_name(options->inputs[0]), cli_input_name(options->inputs[1]));
    return CLI_OK;
}

int cli_read_sides(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_start_names(run, data);
    for (int s = 0; s < 2 && code == CLI_OK; s++)
        code = cli_read_membership(run, options, options->inputs[s], data, &data->sides[s]);
    if (code == CLI_OK && data->sides[0].has_sources != data->sides[1].has_sources) {
        int joined = data->sides[0].has_sources ? 0 : 1;
        code = cli_refuse_bare(run, data, options->inputs[1 - joined], options->inputs[joined]);
    }
    if (code == CLI_OK)
        code = cli_sort_names(run, data);
    if (code == CLI_OK)
        code = cli_join_sides(run, options, data);
    return code;
}

void cli_data_clear(cli_data *data)
{
    starlings_edge_list_clear(&data->edges);
    for (int s = 0; s < 2; s++)
        starlings_membership_clear(&data->sides[s]);
    starlings_names_destroy(data->names);
    memset(data, 0, sizeof *data);
}
