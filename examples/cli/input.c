#define _POSIX_C_SOURCE 200809L
/* input.c - files in: which of them are read in which order, and what they must have in common. */
#include "input.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool cli_is_file(const char *path, const struct stat *about)
{
    struct stat other;
    int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &other) : stat(path, &other);
    return failed == 0 && other.st_dev == about->st_dev && other.st_ino == about->st_ino;
}

int cli_check_outputs(cli_run *run, const cli_options *options)
{
    cli_output outputs[CLI_OUTPUT_LIMIT];
    const char *inputs[CLI_INPUT_LIMIT];
    cli_options_inputs(options, inputs);
    cli_options_outputs(options, outputs);
    for (int o = 0; o < CLI_OUTPUT_LIMIT; o++) {
        const char *path = outputs[o].path;
        struct stat about;
        if (path == NULL || strcmp(path, "-") == 0 || stat(path, &about) != 0 ||
            !S_ISREG(about.st_mode)) /* a device can be both */
            continue;
        for (int i = 0; i < CLI_INPUT_LIMIT; i++)
            if (inputs[i] != NULL && cli_is_file(inputs[i], &about))
                return cli_usage(run, options->verb_name,
                                 "%s \"%s\" is the same file as the input \"%s\"",
                                 outputs[o].option, path, cli_input_name(inputs[i]));
    }
    return CLI_OK;
}

/* ---- bytes in memory as a file ---- */

typedef struct cli_memory {
    char *bytes;
    size_t size;
    size_t at; /* read so far */
} cli_memory;

static starlings_status cli_memory_read(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    cli_memory *memory = (cli_memory *)ctx;
    size_t left = memory->size - memory->at;
    *out_size = left < capacity ? left : capacity;
    memcpy(bytes, memory->bytes + memory->at, *out_size);
    memory->at += *out_size;
    return STARLINGS_OK;
}

/* There is room: who made it has counted. */
static starlings_status cli_memory_write(void *ctx, const void *bytes, size_t size)
{
    cli_memory *memory = (cli_memory *)ctx;
    memcpy(memory->bytes + memory->size, bytes, size);
    memory->size += size;
    return STARLINGS_OK;
}

/* ---- messages ---- */

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
static uint32_t cli_bare_record(const starlings_context *context)
{
    uint32_t count = starlings_context_count(context);
    for (uint32_t r = 0; r < count; r++) {
        starlings_text key = starlings_context_identity(context, r).key;
        bool joined = false;
        for (size_t i = 0; i + 4 <= key.size && !joined; i++)
            joined = memcmp(key.text + i, "-__-", 4) == 0;
        if (!joined)
            return r;
    }
    return STARLINGS_NONE;
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

static const char cli_stranger_hint[] = "; --unlabelled drop leaves such records out, --unlabelled "
                                        "keep lets each stand alone";
static const char cli_sources_hint[] = " (only one of the two files has a column of sources)";

/* The column of entities in a header that the library has read a membership from. */
static const char *cli_entity_column(const cli_file *file, const cli_options *options)
{
    static const char *const kinds[3][2] = { { "record", "entity" },
                                             { "unique_id", "cluster_id" },
                                             { "mention_id", "unique_id" } };
    if (options->columns.entity != NULL)
        return options->columns.entity;
    for (int k = 0; k < 3; k++)
        if ((options->columns.record != NULL || cli_header_has(file, kinds[k][0])) &&
            cli_header_has(file, kinds[k][1]))
            return kinds[k][1];
    return kinds[0][1];
}

static bool cli_names_groups(const cli_options *options)
{
    return options->columns.record != NULL || options->columns.entity != NULL;
}

/* `known` names the file that must have all the records; NULL: any will do. */
static int cli_take_membership(cli_file *file, const cli_options *options, const char *known,
                               cli_data *data, starlings_membership *side)
{
    starlings_csv_columns columns = cli_columns_of_records(options, true);
    starlings_status status = starlings_membership_read_csv(file->csv, &columns, data->context,
                                                            known != NULL, side);
    if (cli_is_about_columns(status))
        return cli_fail_columns(file, status,
                                cli_names_groups(options) ? NULL : "--record --entity");
    if (status == STARLINGS_ERR_STRANGER)
        return cli_fail_stranger(file, cli_input_name(known),
                                 data->sides[0].has_sources != side->has_sources
                                     ? cli_sources_hint : "");
    if (status != STARLINGS_OK)
        return cli_fail_file(file, status);
    data->entity_column = cli_entity_column(file, options);
    return CLI_OK;
}

static int cli_read_membership(cli_run *run, const cli_options *options, const char *path,
                               const char *known, cli_data *data, starlings_membership *side)
{
    cli_file file;
    int code = cli_file_open(run, path, &file);
    if (code != CLI_OK)
        return code;
    code = cli_take_membership(&file, options, known, data, side);
    cli_file_close(&file);
    return code;
}

/* Must all records be in the truth? */
static bool cli_is_closed(const cli_options *options)
{
    return options->truth != NULL && options->unlabelled == CLI_UNLABELLED_REFUSE;
}

static int cli_read_records(cli_run *run, const cli_options *options, cli_data *data)
{
    starlings_csv_columns columns = cli_columns_of_records(options, false);
    starlings_status status;
    cli_file file;
    int code = cli_file_open(run, options->records, &file);
    if (code != CLI_OK)
        return code;
    status = starlings_context_read_csv(file.csv, &columns, data->context, cli_is_closed(options));
    if (cli_is_about_columns(status))
        code = cli_fail_columns(&file, status, columns.record != NULL ? NULL : "--record");
    else if (status == STARLINGS_ERR_STRANGER)
        code = cli_fail_stranger(&file, "the truth", cli_stranger_hint);
    else if (status != STARLINGS_OK)
        code = cli_fail_file(&file, status);
    else
        data->records_have_sources = columns.source != NULL ||
                                     cli_header_has(&file, "source_dataset");
    cli_file_close(&file);
    return code;
}

/* Are strangers no wonder, because one file has sources and the other has not? All records are
   those of the truth here. */
static bool cli_sources_differ(const cli_run *run, const cli_data *data)
{
    if (data->edges[0].has_sources == data->sides[0].has_sources)
        return false;
    return data->edges[0].has_sources ? cli_bare_record(data->context) != STARLINGS_NONE
                                      : strstr(run->error.text, "-__-") == NULL;
}

static bool cli_names_edges(const cli_options *options)
{
    return options->columns.left != NULL || options->columns.right != NULL ||
           options->columns.score != NULL;
}

static int cli_take_pairs(cli_file *file, const cli_options *options, cli_data *data,
                          starlings_edge_list *edges)
{
    starlings_csv_columns columns = cli_columns_of_edges(options);
    starlings_status status = starlings_edge_list_read_csv(file->csv, &columns, data->context,
                                                           cli_is_closed(options), edges);
    if (cli_is_about_columns(status))
        return cli_fail_columns(file, status,
                                cli_names_edges(options) ? NULL : "--left --right --score");
    if (status == STARLINGS_ERR_STRANGER)
        return cli_fail_stranger(file, "the truth", cli_sources_differ(file->run, data)
                                                        ? cli_sources_hint : cli_stranger_hint);
    if (status == STARLINGS_ERR_WEIGHT)
        return cli_fail_score(file);
    return status == STARLINGS_OK ? CLI_OK : cli_fail_file(file, status);
}

/* The edges of inputs[at]. */
static int cli_read_pairs(cli_run *run, const cli_options *options, int at, cli_data *data)
{
    cli_file file;
    int code = cli_file_open(run, options->inputs[at], &file);
    if (code != CLI_OK)
        return code;
    code = cli_take_pairs(&file, options, data, &data->edges[at]);
    cli_file_close(&file);
    return code;
}

/* ---- the numbers of records ---- */

static int cli_sort_records(cli_run *run, cli_data *data)
{
    uint32_t count = starlings_context_count(data->context);
    uint32_t *new_number = (uint32_t *)cli_alloc(count, sizeof *new_number);
    starlings_status status;
    if (new_number == NULL)
        return cli_no_memory(run);
    status = starlings_context_sort(data->context, new_number);
    for (int s = 0; s < CLI_FILE_LIMIT && status == STARLINGS_OK; s++)
        status = starlings_edge_list_renumber(&data->edges[s], new_number, count);
    for (int s = 0; s < CLI_FILE_LIMIT && status == STARLINGS_OK; s++)
        if (data->sides[s].labels != NULL)
            status = starlings_membership_renumber(&data->sides[s], new_number, count);
    free(new_number);
    data->record_count = count;
    return cli_fail_status(run, status);
}

static int cli_start_context(cli_run *run, cli_data *data)
{
    starlings_context_desc desc;
    memset(data, 0, sizeof *data);
    memset(&desc, 0, sizeof desc);
    desc.env = run->env;
    desc.hash_seed[0] = (uint64_t)time(NULL);
    desc.hash_seed[1] = (uint64_t)getpid();
    return cli_fail_status(run, starlings_context_create(&desc, &data->context));
}

/* Sources in one file alone would make two records of each one. `bare` is the file without. */
static int cli_refuse_bare(cli_run *run, const cli_data *data, const char *bare,
                           const char *joined)
{
    uint32_t record = cli_bare_record(data->context);
    starlings_text key;
    if (record == STARLINGS_NONE)
        return CLI_OK;
    key = starlings_context_identity(data->context, record).key;
    return cli_fail(run, CLI_BAD_DATA,
                    "%s: record \"%.*s\" has no source: only one of %s and %s has a column of them",
                    cli_input_name(bare), (int)(key.size < 100 ? key.size : 100), key.text,
                    cli_input_name(bare), cli_input_name(joined));
}

/* In a closed run all records are those of the truth; else those that the edges lack are from the
   truth or from --records. */
static int cli_check_sources(cli_run *run, const cli_options *options, const cli_data *data,
                             bool records_joined)
{
    const char *edges = options->inputs[0];
    const char *other = options->truth != NULL ? options->truth : options->records;
    if (options->unlabelled != CLI_UNLABELLED_REFUSE)
        records_joined = data->sides[0].has_sources;
    if (other == NULL || data->edges[0].has_sources == records_joined)
        return CLI_OK;
    return data->edges[0].has_sources ? cli_refuse_bare(run, data, other, edges)
                                      : cli_refuse_bare(run, data, edges, other);
}

/* The two files of edges must be alike before they are compared with a third. */
static int cli_check_edge_files(cli_run *run, const cli_options *options, const cli_data *data)
{
    int joined = data->edges[0].has_sources ? 0 : 1;
    if (data->edges[0].has_sources == data->edges[1].has_sources)
        return CLI_OK;
    return cli_refuse_bare(run, data, options->inputs[1 - joined], options->inputs[joined]);
}

/* A file with a header and no rows is legal, but seldom meant. */
static void cli_note_empty(cli_run *run, const char *path, const char *things, bool empty)
{
    if (empty && path != NULL)
        cli_note(run, "no %s in %s", things, cli_input_name(path));
}

int cli_read_edges(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_start_context(run, data);
    bool records_joined = false;
    if (code == CLI_OK && options->truth != NULL)
        code = cli_read_membership(run, options, options->truth, NULL, data, &data->sides[0]);
    if (code == CLI_OK && options->records != NULL)
        code = cli_read_records(run, options, data);
    if (code == CLI_OK)
        records_joined = data->records_have_sources &&
                         cli_bare_record(data->context) == STARLINGS_NONE;
    for (int i = 0; i < options->input_count && code == CLI_OK; i++)
        code = cli_read_pairs(run, options, i, data);
    if (code == CLI_OK && options->input_count == 2)
        code = cli_check_edge_files(run, options, data);
    if (code == CLI_OK)
        code = cli_check_sources(run, options, data, records_joined);
    if (code == CLI_OK)
        code = cli_sort_records(run, data);
    for (int i = 0; i < options->input_count && code == CLI_OK; i++)
        cli_note_empty(run, options->inputs[i], "edges", data->edges[i].count == 0);
    if (code == CLI_OK) /* with edges it is an error, which the verb tells */
        cli_note_empty(run, options->truth, "records",
                       data->sides[0].label_count == 0 && data->edges[0].count == 0);
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
    starlings_text key = starlings_context_identity(data->context, missing.first).key;
    return cli_fail(run, CLI_BAD_DATA,
                    "%s: lacks %lu record%s of %s, the first is \"%.*s\"; "
                    "say --over intersection or --over union",
                    cli_input_name(options->inputs[lacking]), (unsigned long)missing.count,
                    missing.count == 1 ? "" : "s", cli_input_name(options->inputs[1 - lacking]),
                    (int)(key.size < 100 ? key.size : 100), key.text);
}

void cli_fill_labels(uint32_t *labels, uint32_t count)
{
    uint32_t next = 0;
    for (uint32_t r = 0; r < count; r++)
        if (labels[r] != STARLINGS_NONE && labels[r] >= next)
            next = labels[r] + 1;
    for (uint32_t r = 0; r < count; r++)
        if (labels[r] == STARLINGS_NONE)
            labels[r] = next++;
}

/* Only the records that both sides have. The context is not needed any more after this. */
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
            cli_fill_labels(data->sides[s].labels, data->record_count);
    }
    if (options->over == CLI_OVER_INTERSECTION)
        cli_intersect_sides(data);
    if (data->record_count == 0 && before != 0)
        return cli_fail(run, CLI_BAD_DATA, "no record is in both %s and %s",
                        cli_input_name(options->inputs[0]), cli_input_name(options->inputs[1]));
    return CLI_OK;
}

static int cli_read_two(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_start_context(run, data);
    for (int s = 0; s < 2 && code == CLI_OK; s++)
        code = cli_read_membership(run, options, options->inputs[s], NULL, data, &data->sides[s]);
    if (code == CLI_OK && data->sides[0].has_sources != data->sides[1].has_sources) {
        int joined = data->sides[0].has_sources ? 0 : 1;
        code = cli_refuse_bare(run, data, options->inputs[1 - joined], options->inputs[joined]);
    }
    return code == CLI_OK ? cli_sort_records(run, data) : code;
}

static void cli_note_empty_sides(cli_run *run, const cli_options *options, const cli_data *data)
{
    for (int s = 0; s < 2; s++)
        cli_note_empty(run, options->inputs[s], "records", data->sides[s].label_count == 0);
}

int cli_read_sides(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_read_two(run, options, data);
    if (code == CLI_OK)
        code = cli_join_sides(run, options, data);
    if (code == CLI_OK)
        cli_note_empty_sides(run, options, data);
    return code;
}

/* ---- diff: two sides, each with its own records ---- */

int cli_read_versions(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_read_two(run, options, data);
    if (code == CLI_OK)
        cli_note_empty_sides(run, options, data);
    return code;
}

/* ---- compare --labels: a partition and a sample ---- */

int cli_read_sample(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_start_context(run, data);
    if (code == CLI_OK)
        code = cli_read_membership(run, options, options->inputs[0], NULL, data, &data->sides[0]);
    if (code == CLI_OK)
        code = cli_read_membership(run, options, options->labels, options->inputs[0], data,
                                   &data->sides[1]);
    if (code == CLI_OK && data->sides[1].label_count == 0)
        code = cli_fail(run, CLI_BAD_DATA, "%s: there is no labelled record",
                        cli_input_name(options->labels));
    if (code == CLI_OK)
        code = cli_sort_records(run, data);
    return code;
}

/* ---- collections: files of either kind ---- */

/* Does a reader find its columns in a header? The header is given to it as a file without rows, so
   it is the reader itself that says so. Two kinds of names that fit are found, too. */
static starlings_status cli_try_header(cli_file *file, const cli_options *options, bool as_groups,
                                       cli_memory *header, bool *out_fits)
{
    starlings_csv_columns columns = as_groups ? cli_columns_of_records(options, true)
                                              : cli_columns_of_edges(options);
    starlings_membership groups;
    starlings_edge_list edges;
    starlings_csv_desc desc;
    starlings_context *context = NULL;
    starlings_csv *csv = NULL;
    starlings_status status;
    memset(&groups, 0, sizeof groups);
    memset(&edges, 0, sizeof edges);
    memset(&desc, 0, sizeof desc);
    header->at = 0;
    desc.separator = ',';
    desc.line_limit = header->size + 1;
    desc.source.read = cli_memory_read;
    desc.source.ctx = header;
    desc.env.error = &file->run->error;
    status = starlings_context_create(NULL, &context);
    if (status == STARLINGS_OK)
        status = starlings_csv_open(&desc, &csv);
    if (status == STARLINGS_OK)
        status = as_groups ? starlings_membership_read_csv(csv, &columns, context, false, &groups)
                           : starlings_edge_list_read_csv(csv, &columns, context, false, &edges);
    *out_fits = status != STARLINGS_ERR_COLUMN;
    starlings_csv_close(csv);
    starlings_membership_clear(&groups);
    starlings_edge_list_clear(&edges);
    starlings_context_release(context);
    return cli_is_about_columns(status) ? STARLINGS_OK : status;
}

/* Which kinds a header fits: out_fits[1] groups, out_fits[0] edges. */
static starlings_status cli_sniff(cli_file *file, const cli_options *options, bool out_fits[2])
{
    size_t count, limit = 2;
    const starlings_text *header = starlings_csv_header(file->csv, &count);
    starlings_status status = STARLINGS_OK;
    starlings_sink sink;
    cli_memory memory;
    memset(&memory, 0, sizeof memory);
    for (size_t i = 0; i < count; i++)
        limit += 2 * header[i].size + 3; /* every byte of it doubled, quotes, a comma */
    memory.bytes = (char *)cli_alloc(limit, 1);
    if (memory.bytes == NULL)
        return STARLINGS_ERR_NOMEM;
    sink.write = cli_memory_write;
    sink.ctx = &memory;
    for (size_t i = 0; i < count && status == STARLINGS_OK; i++)
        status = starlings_csv_write_field(&sink, header[i], i + 1 < count ? ',' : '\n');
    for (int kind = 1; kind >= 0 && status == STARLINGS_OK; kind--)
        status = cli_try_header(file, options, kind == 1, &memory, &out_fits[kind]);
    free(memory.bytes);
    return status;
}

/* Is it a file of groups? Said by its header, or by the columns that the user named. */
static int cli_choose_kind(cli_file *file, const cli_options *options, bool *out_groups)
{
    static const char names[] = "--left --right --score, or --record --entity";
    bool fits[2] = { false, false }, groups = cli_names_groups(options);
    bool one_named = groups != cli_names_edges(options);
    starlings_status status = cli_sniff(file, options, fits);
    *out_groups = fits[0] == fits[1] ? groups : fits[1];
    if (status != STARLINGS_OK)
        return cli_fail_file(file, status);
    if (fits[0] != fits[1] || one_named)
        return CLI_OK; /* where it fits neither, its reader tells */
    if (fits[0])
        return cli_usage(file->run, options->verb_name,
                         "%s: its header fits edges and entities; name the columns with %s",
                         cli_input_name(file->path), names);
    return cli_fail_columns(file, STARLINGS_ERR_COLUMN, names);
}

static int cli_read_collection(cli_run *run, const cli_options *options, int at, cli_data *data)
{
    cli_file file;
    int code = cli_file_open(run, options->inputs[at], &file);
    if (code != CLI_OK)
        return code;
    code = cli_choose_kind(&file, options, &data->are_groups[at]);
    if (code == CLI_OK)
        code = data->are_groups[at]
                   ? cli_take_membership(&file, options, NULL, data, &data->sides[at])
                   : cli_take_pairs(&file, options, data, &data->edges[at]);
    cli_file_close(&file);
    return code;
}

static bool cli_has_sources(const cli_data *data, int at)
{
    return data->are_groups[at] ? data->sides[at].has_sources : data->edges[at].has_sources;
}

static bool cli_speaks_of(const cli_data *data, int at, uint32_t record)
{
    const starlings_edge_list *edges = &data->edges[at];
    const starlings_membership *side = &data->sides[at];
    bool found = record < side->record_count && side->labels[record] != STARLINGS_NONE;
    for (size_t i = 0; i < edges->count && !found; i++)
        found = edges->edges[i].a == record || edges->edges[i].b == record;
    return found;
}

/* Sources in some files alone would make two records of each one. */
static int cli_check_collections(cli_run *run, const cli_options *options, const cli_data *data)
{
    uint32_t record = cli_bare_record(data->context);
    int joined = 0, bare = 0;
    while (joined < options->input_count && !cli_has_sources(data, joined))
        joined++;
    if (record == STARLINGS_NONE ||
        (joined == options->input_count && !data->records_have_sources))
        return CLI_OK;
    while (bare < options->input_count && !cli_speaks_of(data, bare, record))
        bare++;
    return cli_refuse_bare(
        run, data, bare < options->input_count ? options->inputs[bare] : options->records,
        joined < options->input_count ? options->inputs[joined] : options->records);
}

int cli_read_collections(cli_run *run, const cli_options *options, cli_data *data)
{
    int code = cli_start_context(run, data);
    for (int i = 0; i < options->input_count && code == CLI_OK; i++)
        code = cli_read_collection(run, options, i, data);
    if (code == CLI_OK && options->records != NULL)
        code = cli_read_records(run, options, data);
    if (code == CLI_OK)
        code = cli_check_collections(run, options, data);
    if (code == CLI_OK)
        code = cli_sort_records(run, data);
    for (int i = 0; i < options->input_count && code == CLI_OK; i++)
        cli_note_empty(run, options->inputs[i], data->are_groups[i] ? "records" : "edges",
                       data->edges[i].count + data->sides[i].label_count == 0);
    return code;
}

void cli_data_clear(cli_data *data)
{
    for (int s = 0; s < CLI_FILE_LIMIT; s++) {
        starlings_edge_list_clear(&data->edges[s]);
        starlings_membership_clear(&data->sides[s]);
    }
    starlings_context_release(data->context);
    memset(data, 0, sizeof *data);
}
