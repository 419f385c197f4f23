#define _XOPEN_SOURCE 700 /* realpath */
/* output.c - rows out. Nothing is written before everything is computed; a write that fails is
   told by its exit code, and leaves no half file behind. */
#include "output.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ==== targets ============================================================= */

/* A reader of standard output that went away (| head) has what it wanted: not a word. */
static int cli_fail_target(const cli_target *target, int error)
{
    if (cli_interrupted())
        return cli_stopped(target->run);
    if (target->path == NULL && error == EPIPE)
        return CLI_MACHINE;
    return cli_fail(target->run, CLI_MACHINE, "%s: %s",
                    target->path == NULL ? "standard output" : target->path,
                    strerror(error == 0 ? EIO : error));
}

/* A file that can be replaced gets a neighbour to write into; `mode` is that of the old file. */
static int cli_open_neighbour(cli_target *target, mode_t mode, bool keep_mode)
{
    size_t size = strlen(target->final) + 32;
    int fd;
    target->temporary = (char *)cli_alloc(size, 1);
    if (target->temporary == NULL)
        return cli_no_memory(target->run);
    snprintf(target->temporary, size, "%s.tmp%ld", target->final, (long)getpid());
    fd = open(target->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd == -1) {
        int error = errno;
        free(target->temporary); /* it is not ours to unlink */
        target->temporary = NULL;
        return cli_fail_target(target, error);
    }
    if (keep_mode)
        (void)fchmod(fd, mode & 0777);
    target->file = fdopen(fd, "wb");
    if (target->file == NULL) {
        (void)close(fd);
        return cli_no_memory(target->run);
    }
    return CLI_OK;
}

int cli_target_open(cli_run *run, const char *path, cli_target *target)
{
    struct stat about;
    bool exists;
    memset(target, 0, sizeof *target);
    target->run = run;
    if (path == NULL || strcmp(path, "-") == 0) {
        target->file = stdout;
        return CLI_OK;
    }
    target->path = path;
    /* A link is followed, so that the file behind it is replaced and not the link. A device or a
       pipe is no file to replace at all. */
    exists = stat(path, &about) == 0;
    if (exists && !S_ISREG(about.st_mode)) {
        target->file = fopen(path, "wb");
        return target->file == NULL ? cli_fail_target(target, errno) : CLI_OK;
    }
    if (exists && access(path, W_OK) != 0)
        return cli_fail_target(target, errno);
    target->final = realpath(path, NULL);
    if (target->final == NULL) {
        target->final = (char *)cli_alloc(strlen(path) + 1, 1);
        if (target->final == NULL)
            return cli_no_memory(run);
        memcpy(target->final, path, strlen(path) + 1);
    }
    return cli_open_neighbour(target, exists ? about.st_mode : 0, exists);
}

bool cli_target_broken(cli_target *target)
{
    if (ferror(target->file) && target->error == 0)
        target->error = errno;
    return cli_interrupted() || ferror(target->file) != 0;
}

int cli_target_finish(cli_target *target)
{
    bool failed = cli_target_broken(target);
    if (!failed) {
        errno = 0;
        failed = fflush(target->file) != 0;
    }
    if (failed)
        return cli_fail_target(target, target->error != 0 ? target->error : errno);
    if (target->file != stdout) {
        FILE *file = target->file;
        target->file = NULL;
        if (fclose(file) != 0)
            return cli_fail_target(target, errno);
    }
    return CLI_OK;
}

int cli_target_publish(cli_target *target)
{
    if (target->temporary != NULL) {
        if (rename(target->temporary, target->final) != 0)
            return cli_fail_target(target, errno);
        free(target->temporary);
        target->temporary = NULL;
    }
    return CLI_OK;
}

void cli_target_abandon(cli_target *target)
{
    if (target->file != NULL && target->file != stdout)
        fclose(target->file);
    if (target->temporary != NULL)
        (void)unlink(target->temporary);
    free(target->temporary);
    free(target->final);
    memset(target, 0, sizeof *target);
}

cli_format cli_format_for(cli_format asked, const char *out)
{
    if (asked != CLI_FORMAT_UNSET)
        return asked;
    if ((out == NULL || strcmp(out, "-") == 0) && isatty(STDOUT_FILENO) != 0)
        return CLI_FORMAT_TABLE;
    return CLI_FORMAT_CSV;
}

/* ==== values ============================================================== */

cli_values cli_values_of_sweep(const starlings_sweep *sweep)
{
    cli_values values = { NULL, NULL, NULL, 0 };
    values.sweep = sweep;
    return values;
}

cli_values cli_values_of_grid(const starlings_grid *grid)
{
    cli_values values = { NULL, NULL, NULL, 0 };
    values.grid = grid;
    return values;
}

/* The analysis that has a row, whose number there is left in *in_out_row. */
static const starlings_analysis *cli_part_of(const cli_values *values, size_t *in_out_row)
{
    size_t part = 0;
    while (part + 1 < values->part_count &&
           *in_out_row >= starlings_analysis_row_count(values->parts[part])) {
        *in_out_row -= starlings_analysis_row_count(values->parts[part]);
        part++;
    }
    return values->parts[part];
}

bool cli_whole_value(const cli_values *values, starlings_metric metric, size_t row,
                     uint64_t *out_whole)
{
    const uint64_t *column = values->sweep != NULL
                                 ? starlings_sweep_integers(values->sweep, metric)
                             : values->grid != NULL
                                 ? starlings_grid_integers(values->grid, metric)
                                 : starlings_analysis_integers(cli_part_of(values, &row), metric);
    if (column != NULL)
        *out_whole = column[row];
    return column != NULL;
}

double cli_value(const cli_values *values, starlings_metric metric, size_t row)
{
    const starlings_analysis *part;
    size_t columns;
    if (values->sweep != NULL)
        return starlings_sweep_value(values->sweep, metric, row);
    if (values->grid != NULL) {
        columns = starlings_grid_column_count(values->grid);
        return starlings_grid_value(values->grid, metric, row / columns, row % columns);
    }
    part = cli_part_of(values, &row);
    return starlings_analysis_value(part, metric, row);
}

void cli_write_real(FILE *file, double value, const char *missing)
{
    if (isfinite(value))
        fprintf(file, "%.17g", value);
    else
        fputs(missing, file);
}

void cli_write_short(FILE *file, double value)
{
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        double back;
        snprintf(text, sizeof text, "%.*g", digits, value);
        back = strtod(text, NULL);
        if (!(back < value) && !(back > value))
            break;
    }
    fputs(text, file);
}

void cli_write_value(FILE *file, const cli_values *values, starlings_metric metric, size_t row,
                     const char *missing)
{
    uint64_t whole;
    if (cli_whole_value(values, metric, row, &whole))
        fprintf(file, "%llu", (unsigned long long)whole);
    else
        cli_write_real(file, cli_value(values, metric, row), missing);
}

starlings_text cli_text_of(const char *text)
{
    starlings_text made;
    made.text = text;
    made.size = strlen(text);
    return made;
}

static starlings_status cli_write_bytes(void *ctx, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, (FILE *)ctx) == size ? STARLINGS_OK : STARLINGS_ERR_IO;
}

void cli_write_text_csv(FILE *file, starlings_text text, char after)
{
    starlings_sink sink;
    sink.write = cli_write_bytes;
    sink.ctx = file;
    (void)starlings_csv_write_field(&sink, text, after); /* the file remembers errors */
}

/* Bytes of the UTF-8 character at the start of `text`, 0 if there is none. */
static size_t cli_utf8_size(const unsigned char *text, size_t left)
{
    unsigned char first = text[0], low = 0x80, high = 0xBF;
    size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3
                : first < 0xF5 ? 4 : 0;
    if (size > left)
        return 0;
    if (first == 0xE0)
        low = 0xA0; /* shorter forms exist */
    else if (first == 0xED)
        high = 0x9F; /* halves of surrogate pairs */
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F; /* beyond the last character */
    for (size_t i = 1; i < size; i++) {
        if (text[i] < low || text[i] > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return size;
}

/* JSON is UTF-8. A byte that is none becomes \udc80 ... \udcff, as Python's surrogateescape does:
   different names stay different. */
void cli_write_text_json(FILE *file, starlings_text text)
{
    const unsigned char *bytes = (const unsigned char *)text.text;
    fputc('"', file);
    for (size_t i = 0; i < text.size;) {
        size_t size = cli_utf8_size(bytes + i, text.size - i);
        if (size == 0) {
            fprintf(file, "\\udc%02x", (unsigned)bytes[i]);
            size = 1;
        } else if (bytes[i] == '"' || bytes[i] == '\\') {
            fprintf(file, "\\%c", bytes[i]);
        } else if (bytes[i] < 0x20) {
            fprintf(file, "\\u%04x", (unsigned)bytes[i]);
        } else {
            (void)fwrite(bytes + i, 1, size, file);
        }
        i += size;
    }
    fputc('"', file);
}

/* Write (unless file is NULL) text that goes to a terminal; returns its columns. A name must not be
   able to move the cursor. */
static size_t cli_write_safe(FILE *file, starlings_text text)
{
    const unsigned char *bytes = (const unsigned char *)text.text;
    size_t width = 0;
    for (size_t i = 0; i < text.size;) {
        size_t size = cli_utf8_size(bytes + i, text.size - i);
        bool control = size == 0 || bytes[i] < 0x20 || bytes[i] == 0x7F ||
                       (bytes[i] == 0xC2 && bytes[i + 1] < 0xA0);
        if (control) {
            if (file != NULL)
                fprintf(file, "\\x%02x", (unsigned)bytes[i]);
            size = 1;
            width += 4;
        } else {
            if (file != NULL)
                (void)fwrite(bytes + i, 1, size, file);
            width++;
        }
        i += size;
    }
    return width;
}

void cli_write_text_plain(FILE *file, starlings_text text)
{
    (void)cli_write_safe(file, text);
}

size_t cli_text_width(starlings_text text)
{
    return cli_write_safe(NULL, text);
}

const char *cli_thousands(uint64_t number, char *buffer)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number), at = 0;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            buffer[at++] = ',';
        buffer[at++] = digits[i];
    }
    buffer[at] = '\0';
    return buffer;
}

/* ==== tables ============================================================== */

#define CLI_TABLE_WIDTH 80

/* What a column before the metrics says. */
typedef enum cli_lead_part {
    CLI_LEAD_FIRST_KEY,
    CLI_LEAD_SECOND_KEY,
    CLI_LEAD_ENTITIES,
    CLI_LEAD_COLLECTION,
    CLI_LEAD_REFERENCE
} cli_lead_part;

typedef struct cli_lead_column {
    const char *name;
    cli_lead_part part;
} cli_lead_column;

/* A column: the head on two lines, broken where the wider half is the narrowest. */
typedef struct cli_column {
    starlings_metric metric; /* STARLINGS_METRIC_COUNT: none, but this */
    cli_lead_part part;
    const char *name;
    int first; /* letters of the upper half; the underscore is left out */
    int second;
    int width;
} cli_column;

/* The columns before the metrics. */
static size_t cli_lead_columns(cli_lead lead, const cli_lead_column **out_columns)
{
    static const cli_lead_column pair[3] = { { "entities", CLI_LEAD_ENTITIES },
                                             { "threshold_a", CLI_LEAD_FIRST_KEY },
                                             { "threshold_b", CLI_LEAD_SECOND_KEY } };
    static const cli_lead_column against[2] = { { "threshold", CLI_LEAD_FIRST_KEY },
                                                { "reference_threshold", CLI_LEAD_SECOND_KEY } };
    static const cli_lead_column compared[4] = { { "collection", CLI_LEAD_COLLECTION },
                                                 { "threshold", CLI_LEAD_FIRST_KEY },
                                                 { "reference", CLI_LEAD_REFERENCE },
                                                 { "reference_threshold", CLI_LEAD_SECOND_KEY } };
    const bool named = lead == CLI_LEAD_MEASURED || lead == CLI_LEAD_COMPARED;
    const bool paired = lead == CLI_LEAD_PAIR || lead == CLI_LEAD_COUNTS;
    *out_columns = named ? compared : paired ? pair + (lead == CLI_LEAD_PAIR) : against;
    return lead == CLI_LEAD_THRESHOLD  ? 1
         : lead == CLI_LEAD_COUNTS     ? 3
         : lead == CLI_LEAD_COMPARED   ? 4
                                       : 2;
}

/* What stands in such a column; empty where there is nothing. */
static int cli_format_lead(char *buffer, size_t size, cli_lead_part part, const cli_table_row *row)
{
    uint32_t key = row->keys[part == CLI_LEAD_SECOND_KEY ? 1 : 0];
    if (part == CLI_LEAD_ENTITIES)
        return snprintf(buffer, size, "%lu", (unsigned long)row->entities);
    if (key == STARLINGS_NONE)
        return snprintf(buffer, size, "%s", "");
    return snprintf(buffer, size, "%.6f", starlings_key_threshold(key));
}

/* The name that stands there; NULL: it is a number. */
static const char *cli_lead_word(const cli_table *table, cli_lead_part part,
                                 const cli_table_row *row)
{
    return part == CLI_LEAD_COLLECTION ? row->collection
         : part == CLI_LEAD_REFERENCE  ? table->reference
                                       : NULL;
}

/* A value for people: five decimals are enough to see a difference, and fit seven metrics. */
static int cli_format_cell(char *buffer, size_t size, const cli_table *table,
                           starlings_metric metric, const cli_table_row *row)
{
    uint64_t whole;
    double value;
    if (row->keys[0] == STARLINGS_NONE)
        return snprintf(buffer, size, "-");
    if (cli_whole_value(&table->values, metric, row->row, &whole))
        return snprintf(buffer, size, "%llu", (unsigned long long)whole);
    value = cli_value(&table->values, metric, row->row);
    if (!isfinite(value))
        return snprintf(buffer, size, "-");
    return snprintf(buffer, size, "%.*f", metric == STARLINGS_METRIC_SIZE_HILL0_B ? 0 : 5, value);
}

static void cli_break_name(cli_column *column)
{
    int size = (int)strlen(column->name);
    column->first = 0;
    column->second = size;
    column->width = size;
    for (int i = 1; i < size; i++) {
        int wider = i > size - i - 1 ? i : size - i - 1;
        if (column->name[i] == '_' && wider < column->width) {
            column->first = i;
            column->second = size - i - 1;
            column->width = wider;
        }
    }
}

static cli_column cli_plan_column(const cli_table *table, starlings_metric metric)
{
    cli_column column;
    char cell[48];
    memset(&column, 0, sizeof column);
    column.metric = metric;
    column.name = starlings_metric_describe(metric)->name;
    cli_break_name(&column);
    for (size_t i = 0; i < table->row_count; i++) {
        int width = cli_format_cell(cell, sizeof cell, table, metric, &table->rows[i]);
        column.width = width > column.width ? width : column.width;
    }
    return column;
}

/* The columns before the metrics, which are numbers in a table for people; `width` counts the
   letters of all columns so far. */
static size_t cli_plan_lead(const cli_table *table, cli_column *columns, int *out_width)
{
    const cli_lead_column *lead;
    size_t count = cli_lead_columns(table->lead, &lead);
    *out_width = -2;
    for (size_t c = 0; c < count; c++) {
        columns[c].metric = STARLINGS_METRIC_COUNT; /* none */
        columns[c].part = lead[c].part;
        columns[c].name = lead[c].name;
        cli_break_name(&columns[c]);
        for (size_t i = 0; i < table->row_count; i++) {
            char cell[48];
            int width = cli_format_lead(cell, sizeof cell, lead[c].part, &table->rows[i]);
            columns[c].width = width > columns[c].width ? width : columns[c].width;
        }
        *out_width += 2 + columns[c].width;
    }
    return count;
}

static void cli_write_head(FILE *file, const cli_column *columns, size_t column_count)
{
    size_t upper = 0; /* columns up to the last one that has an upper half: no spaces at the end */
    for (size_t c = 0; c < column_count; c++)
        upper = columns[c].first != 0 ? c + 1 : upper;
    for (size_t c = 0; c < upper; c++)
        fprintf(file, "%s%*.*s", c == 0 ? "" : "  ", columns[c].width, columns[c].first,
                columns[c].name);
    if (upper == 0)
        fprintf(file, "%*s", columns[0].width, "");
    fputc('\n', file);
    for (size_t c = 0; c < column_count; c++)
        fprintf(file, "%s%*s", c == 0 ? "" : "  ", columns[c].width,
                columns[c].name + strlen(columns[c].name) - (size_t)columns[c].second);
    fputc('\n', file);
}

static void cli_write_block(FILE *file, const cli_table *table, const cli_column *columns,
                            size_t column_count)
{
    char cell[48];
    cli_write_head(file, columns, column_count);
    for (size_t i = 0; i < table->row_count && !ferror(file) && !cli_interrupted(); i++) {
        for (size_t c = 0; c < column_count; c++) {
            if (columns[c].metric == STARLINGS_METRIC_COUNT)
                (void)cli_format_lead(cell, sizeof cell, columns[c].part, &table->rows[i]);
            else
                (void)cli_format_cell(cell, sizeof cell, table, columns[c].metric,
                                      &table->rows[i]);
            if (c == 0 && &table->rows[i] == table->best) /* a threshold leaves room for it */
                fprintf(file, "*%*s", columns[c].width - 1, cell);
            else
                fprintf(file, "%s%*s", c == 0 ? "" : "  ", columns[c].width,
                        cell[0] == '\0' ? "-" : cell);
        }
        fputc('\n', file);
    }
}

void cli_write_table(FILE *file, const cli_table *table)
{
    cli_column columns[CLI_TABLE_WIDTH];
    size_t next = 0;
    bool first = true;
    while (next < table->metric_count) {
        int width;
        size_t lead = cli_plan_lead(table, columns, &width), count = lead;
        while (next < table->metric_count) {
            cli_column column = cli_plan_column(table, table->metrics[next]);
            if (count > lead && width + 2 + column.width > CLI_TABLE_WIDTH)
                break;
            width += 2 + column.width;
            columns[count++] = column;
            next++;
        }
        if (!first)
            fputc('\n', file);
        first = false;
        cli_write_block(file, table, columns, count);
    }
}

static void cli_write_lead_csv(FILE *file, const cli_table *table, const cli_table_row *row)
{
    const cli_lead_column *columns;
    size_t lead = cli_lead_columns(table->lead, &columns);
    for (size_t c = 0; c < lead; c++) {
        const char *word = cli_lead_word(table, columns[c].part, row);
        char cell[48];
        (void)cli_format_lead(cell, sizeof cell, columns[c].part, row);
        if (word != NULL)
            cli_write_text_csv(file, cli_text_of(word), ',');
        else
            fprintf(file, "%s%s", cell, c + 1 < lead ? "," : "");
    }
}

void cli_write_table_csv(cli_target *target, const cli_table *table)
{
    const cli_lead_column *columns;
    size_t lead = cli_lead_columns(table->lead, &columns);
    FILE *file = target->file;
    for (size_t c = 0; c < lead; c++)
        fprintf(file, "%s%s", c == 0 ? "" : ",", columns[c].name);
    for (size_t m = 0; m < table->metric_count; m++)
        fprintf(file, ",%s", starlings_metric_describe(table->metrics[m])->name);
    fputc('\n', file);
    for (size_t i = 0; i < table->row_count && !cli_target_broken(target); i++) {
        const cli_table_row *row = &table->rows[i];
        cli_write_lead_csv(file, table, row);
        for (size_t m = 0; m < table->metric_count; m++) {
            fputc(',', file);
            if (row->keys[0] != STARLINGS_NONE)
                cli_write_value(file, &table->values, table->metrics[m], row->row, "");
        }
        fputc('\n', file);
    }
}

static void cli_write_row_json(FILE *file, const cli_table *table, const cli_table_row *row)
{
    const cli_lead_column *columns;
    size_t lead = cli_lead_columns(table->lead, &columns);
    for (size_t c = 0; c < lead; c++) {
        const char *word = cli_lead_word(table, columns[c].part, row);
        char cell[48];
        (void)cli_format_lead(cell, sizeof cell, columns[c].part, row);
        fprintf(file, "%s\"%s\": ", c == 0 ? "" : ", ", columns[c].name);
        if (word != NULL)
            cli_write_text_json(file, cli_text_of(word));
        else
            fputs(cell[0] == '\0' ? "null" : cell, file);
    }
    for (size_t m = 0; m < table->metric_count; m++) {
        fprintf(file, ", \"%s\": ", starlings_metric_describe(table->metrics[m])->name);
        if (row->keys[0] == STARLINGS_NONE)
            fputs("null", file);
        else
            cli_write_value(file, &table->values, table->metrics[m], row->row, "null");
    }
}

void cli_write_table_json(cli_target *target, const cli_table *table)
{
    const cli_lead_column *columns;
    size_t lead = cli_lead_columns(table->lead, &columns);
    FILE *file = target->file;
    fputs("{\"columns\": [", file);
    for (size_t c = 0; c < lead; c++)
        fprintf(file, "%s\"%s\"", c == 0 ? "" : ", ", columns[c].name);
    for (size_t m = 0; m < table->metric_count; m++)
        fprintf(file, ", \"%s\"", starlings_metric_describe(table->metrics[m])->name);
    fputs("],\n\"rows\": [", file);
    for (size_t i = 0; i < table->row_count && !cli_target_broken(target); i++) {
        fputs(i == 0 ? "\n{" : ",\n{", file);
        cli_write_row_json(file, table, &table->rows[i]);
        fputc('}', file);
    }
    fputs("\n]", file);
}

/* ---- which rows ---- */

/* Does a row of this value take the place of the best so far? Of equals the highest first threshold
   does, then the second. */
static bool cli_is_better(const cli_table_row *best, double best_value, int direction,
                          const cli_table_row *row, double value)
{
    if (best == NULL)
        return true;
    if (value > best_value || value < best_value)
        return (value > best_value) == (direction > 0);
    return row->keys[0] != best->keys[0] ? row->keys[0] > best->keys[0]
                                         : row->keys[1] > best->keys[1];
}

const cli_table_row *cli_best_row(const cli_values *values, starlings_metric metric,
                                  const cli_table_row *rows, size_t count, double *out_value)
{
    int direction = starlings_metric_describe(metric)->direction;
    const cli_table_row *best = NULL;
    *out_value = 0;
    for (size_t i = 0; i < count; i++) {
        double value;
        if (rows[i].keys[0] == STARLINGS_NONE)
            continue;
        value = cli_value(values, metric, rows[i].row);
        if (!isnan(value) && cli_is_better(best, *out_value, direction, &rows[i], value)) {
            best = &rows[i];
            *out_value = value;
        }
    }
    return best;
}

static int cli_compare_rows(const void *a, const void *b)
{
    const cli_table_row *x = (const cli_table_row *)a, *y = (const cli_table_row *)b;
    return x->row < y->row ? -1 : x->row > y->row ? 1 : 0;
}

size_t cli_pick_rows(const cli_table_row *rows, size_t count, const cli_table_row *best,
                     size_t spaced, size_t around, cli_table_row *picked)
{
    size_t taken = 0, kept = 0;
    for (size_t i = 0; i < spaced; i++)
        picked[taken++] = rows[(size_t)((uint64_t)i * (count - 1) / (spaced - 1))];
    if (best != NULL) {
        size_t at = (size_t)(best - rows), to = at + around;
        for (at = at < around ? 0 : at - around; at <= to && at < count; at++)
            picked[taken++] = rows[at];
    }
    qsort(picked, taken, sizeof *picked, cli_compare_rows);
    for (size_t i = 0; i < taken; i++)
        if (kept == 0 || picked[i].row != picked[kept - 1].row)
            picked[kept++] = picked[i];
    return kept;
}

void cli_write_left_out(FILE *file, size_t written, size_t count)
{
    char left_out[32], rows[32];
    if (written < count)
        fprintf(file, "%s of %s rows are left out; --format csv has them all\n",
                cli_thousands(count - written, left_out), cli_thousands(count, rows));
}

void cli_write_best_line(FILE *file, starlings_metric metric, const starlings_best *best)
{
    fprintf(file, "best %s %.6f at %.6f", starlings_metric_describe(metric)->name, best->value,
            starlings_key_threshold(best->key));
    if (best->plateau_from < best->plateau_to)
        fprintf(file, ", the same from %.6f to %.6f", starlings_key_threshold(best->plateau_from),
                starlings_key_threshold(best->plateau_to));
    fputc('\n', file);
}
