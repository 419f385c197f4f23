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

/* `names` says by which options columns are named; NULL: the user has done so already. The library
   says it by itself where several columns fit. */
static int cli_fail_columns(cli_file *file, starlings_status status, const char *names)
{
    const starlings_error *error = &file->run->error;
    bool advise = names != NULL && strstr(error->text, "name the columns") == NULL;
    return cli_fail(file->run, status == STARLINGS_ERR_AMBIGUOUS ? CLI_USAGE : CLI_BAD_DATA,
                    "%s:%llu: %s%s%s", cli_input_name(file->path),
                    (unsigned long long)(error->line == 0 ? 1 : error->line), error->text,
                    advise ? "; name the columns with " : "", advise ? names : "");
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
    return columns;
}

static starlings_csv_columns cli_columns_of_records(const cli_options *options, bool with_entity)
{
    starlings_csv_columns columns;
    memset(&columns, 0, sizeof columns);
    columns.record = options->columns.record;
    columns.entity = with_entity ? options->columns.entity : NULL;
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
    cli_file_close(&file);
    return code;
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
        code = cli_fail_stranger(&file, data->edges.has_sources != data->sides[0].has_sources);
    else if (status != STARLINGS_OK)
        code = cli_fail_file(&file, status);
    cli_file_close(&file);
    return code;
}

/* ---- the numbers of records ---- */

/* A membership under the new numbers, for all `count` records: the file may lack some. */
static bool cli_renumber_side(cli_data *data, int at, const uint32_t *new_number, uint32_t count)
{
    const starlings_membership *side = &data->sides[at];
    uint32_t *labels = (uint32_t *)cli_alloc(count, sizeof *labels);
    if (labels == NULL)
        return false;
    for (uint32_t r = 0; r < count; r++)
        labels[new_number[r]] = r < side->record_count ? side->labels[r] : STARLINGS_NONE;
    data->labels[at] = labels;
    starlings_membership_clear(&data->sides[at]);
    return true;
}

static int cli_sort_names(cli_run *run, cli_data *data, int sides)
{
    uint32_t count = starlings_names_count(data->names);
    uint32_t *new_number = (uint32_t *)cli_alloc(count, sizeof *new_number);
    starlings_status status;
    bool ok = true;
    if (new_number == NULL)
        return cli_no_memory(run);
    status = starlings_names_sort(data->names, new_number);
    if (status == STARLINGS_OK) {
        for (size_t i = 0; i < data->edges.count; i++) {
            data->edges.edges[i].a = new_number[data->edges.edges[i].a];
            data->edges.edges[i].b = new_number[data->edges.edges[i].b];
        }
        for (int s = 0; s < sides && ok; s++)
            ok = cli_renumber_side(data, s, new_number, count);
    }
    free(new_number);
    data->record_count = count;
    if (!ok)
        return cli_no_memory(run);
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

int cli_read_edges(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_start_names(run, data);
    if (code == CLI_OK && options->truth != NULL)
        code = cli_read_membership(run, options, options->truth, data, &data->sides[0]);
    if (code == CLI_OK && options->records != NULL)
        code = cli_read_records(run, options, data);
    if (code == CLI_OK)
        code = cli_read_pairs(run, options, data);
    if (code == CLI_OK)
        code = cli_sort_names(run, data, options->truth != NULL ? 1 : 0);
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
    starlings_name name = starlings_names_at(data->names, missing.first);
    return cli_fail(run, CLI_BAD_DATA,
                    "%s: lacks %lu record%s of %s, the first is \"%.*s%s%.*s\"; "
                    "say --over intersection or --over union",
                    cli_input_name(options->inputs[lacking]), (unsigned long)missing.count,
                    missing.count == 1 ? "" : "s", cli_input_name(options->inputs[1 - lacking]),
                    (int)(name.source.size < 100 ? name.source.size : 100), name.source.text,
                    name.source.size == 0 ? "" : "-__-",
                    (int)(name.key.size < 100 ? name.key.size : 100), name.key.text);
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
    uint32_t *a = data->labels[0], *b = data->labels[1], kept = 0;
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
        cli_missing missing = cli_missing_in(data->labels[s], data->record_count);
        if (missing.count != 0 && options->over == CLI_OVER_SAME)
            return cli_fail_missing(run, options, data, s, missing);
        if (missing.count != 0 && options->over == CLI_OVER_UNION)
            cli_fill_side(data->labels[s], data->record_count);
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
    if (code == CLI_OK)
        code = cli_sort_names(run, data, 2);
    if (code == CLI_OK)
        code = cli_join_sides(run, options, data);
    return code;
}

void cli_data_clear(cli_data *data)
{
    starlings_edge_list_clear(&data->edges);
    for (int s = 0; s < 2; s++) {
        starlings_membership_clear(&data->sides[s]);
        free(data->labels[s]);
    }
    starlings_names_destroy(data->names);
    memset(data, 0, sizeof *data);
}
