#define _POSIX_C_SOURCE 200809L
/* file.c - one CSV file: open it, feed the library's reader, say what is wrong with it. */
#include "file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
   the user knows a truth or another file. */
int cli_fail_stranger(cli_file *file, const char *where, const char *hint)
{
    starlings_error *error = &file->run->error;
    char *quote = strrchr(error->text, '"');
    int shown = quote == NULL ? 0 : (int)(quote - error->text) + 1;
    return cli_fail(file->run, CLI_BAD_DATA, "%s:%llu: %.*s is not in %s%s",
                    cli_input_name(file->path), (unsigned long long)error->line,
                    shown == 0 ? 8 : shown, shown == 0 ? "a record" : error->text, where, hint);
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

bool cli_header_has(const cli_file *file, const char *name)
{
    size_t count, size = strlen(name);
    const starlings_text *header = starlings_csv_header(file->csv, &count);
    for (size_t i = 0; i < count; i++)
        if (header[i].size == size && memcmp(header[i].text, name, size) == 0)
            return true;
    return false;
}

int cli_fail_columns(cli_file *file, starlings_status status, const char *names)
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

int cli_fail_file(cli_file *file, starlings_status status)
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

void cli_file_close(cli_file *file)
{
    starlings_csv_close(file->csv);
    if (file->file != NULL && file->file != stdin)
        fclose(file->file);
    file->csv = NULL;
    file->file = NULL;
}

int cli_file_open(cli_run *run, const char *path, cli_file *file)
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
