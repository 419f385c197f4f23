/* named.c - files as named collections on the command line: NAME=FILE, --cut NAME@T, --sweep
   NAME@FROM:TO:STEP, --reference NAME@T. */
#include "output.h"
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* Where the file begins in NAME=FILE; at the start, if no name is given. What has a slash before
   the equals sign is a path. */
static const char *cli_file_part(const char *argument)
{
    const char *equals = strchr(argument, '=');
    return equals == NULL || memchr(argument, '/', (size_t)(equals - argument)) != NULL
               ? argument : equals + 1;
}

/* The last part of a path, without its extension. */
static starlings_text cli_base_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *start = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(start, '.');
    starlings_text name;
    if (strcmp(path, "-") == 0)
        start = "stdin";
    name.text = start;
    name.size = dot != NULL && dot > start ? (size_t)(dot - start) : strlen(start);
    return name;
}

static int cli_name_input(cli_run *run, cli_options *options, int at)
{
    const char *argument = options->inputs[at], *path = cli_file_part(argument);
    starlings_text name = cli_base_name(path);
    if (path != argument) {
        name.text = argument;
        name.size = (size_t)(path - argument) - 1;
    }
    if (name.size == 0)
        return cli_usage(run, options->verb_name, "\"%s\": an empty name", argument);
    if (path[0] == '\0')
        return cli_usage(run, options->verb_name, "\"%s\": an empty file name", argument);
    options->inputs[at] = path;
    options->names[at] = (char *)cli_alloc(name.size + 1, 1);
    if (options->names[at] == NULL)
        return cli_no_memory(run);
    memcpy(options->names[at], name.text, name.size);
    options->names[at][name.size] = '\0';
    for (int i = 0; i < at; i++)
        if (strcmp(options->names[i], options->names[at]) == 0)
            return cli_usage(run, options->verb_name,
                             "two files are called \"%s\": name them, as NAME=FILE",
                             options->names[at]);
    return CLI_OK;
}

int cli_name_inputs(cli_run *run, cli_options *options)
{
    int code = CLI_OK;
    for (int i = 0; i < options->input_count && code == CLI_OK; i++)
        code = cli_name_input(run, options, i);
    return code;
}

/* The file of a name of `size` bytes; -1: there is none. */
static int cli_find_name(const cli_options *options, const char *name, size_t size)
{
    for (int i = 0; i < options->input_count; i++)
        if (strlen(options->names[i]) == size && memcmp(options->names[i], name, size) == 0)
            return i;
    return -1;
}

static int cli_unknown_name(cli_run *run, const cli_options *options, const char *option,
                            const char *text, size_t size)
{
    const char *nearest;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(size < sizeof name ? size : sizeof name), text);
    nearest = cli_nearest(name, (const char *const *)options->names, (size_t)options->input_count);
    if (nearest == NULL)
        return cli_usage(run, options->verb_name, "%s %s: no file is called \"%s\"", option, text,
                         name);
    return cli_usage(run, options->verb_name, "%s %s: no file is called \"%s\"; did you mean %s?",
                     option, text, name, nearest);
}

/* NAME or NAME@REST: *out_rest is NULL or behind the @. A name may have one itself. */
static int cli_split_name(cli_run *run, const cli_options *options, const char *option,
                          const char *text, int *out_file, const char **out_rest)
{
    const char *mark = strrchr(text, '@');
    size_t size = strlen(text);
    *out_rest = NULL;
    *out_file = cli_find_name(options, text, size);
    if (*out_file == -1 && mark != NULL) {
        size = (size_t)(mark - text);
        *out_rest = mark + 1;
        *out_file = cli_find_name(options, text, size);
    }
    return *out_file == -1 ? cli_unknown_name(run, options, option, text, size) : CLI_OK;
}

/* ---- thresholds ---- */

static int cli_read_cut(cli_run *run, const cli_options *options, const char *option,
                        const char *text, const char *at, double *out_threshold)
{
    if (at == NULL)
        return cli_usage(run, options->verb_name, "%s %s: at which threshold? say %s %s@T", option,
                         text, option, text);
    if (starlings_number_parse(cli_text_of(at), out_threshold) != STARLINGS_OK ||
        !(*out_threshold >= 0.0 && *out_threshold <= 1.0))
        return cli_usage(run, options->verb_name, "%s %s: \"%s\" is not a number from 0 to 1",
                         option, text, at);
    return CLI_OK;
}

/* FROM:TO or FROM:TO:STEP; NULL: all thresholds by 0.01. */
static int cli_read_range(cli_run *run, const cli_options *options, const char *text,
                          const char *range, cli_axis *axis)
{
    const cli_axis whole = { 0, STARLINGS_ONE, STARLINGS_ONE / 100 };
    uint32_t *const keys[3] = { &axis->from, &axis->to, &axis->step };
    const char *at = range;
    int count = 0;
    bool ok = true;
    *axis = whole;
    for (; at != NULL && ok && count < 3; count++) {
        char number[32];
        size_t size = strcspn(at, ":");
        ok = size < sizeof number;
        if (ok) {
            memcpy(number, at, size);
            number[size] = '\0';
            ok = cli_millionths(number, keys[count]);
        }
        at = at[size] == ':' ? at + size + 1 : NULL;
    }
    if (!ok || at != NULL || count == 1)
        return cli_usage(run, options->verb_name,
                         "--sweep %s: \"%s\" is not FROM:TO:STEP, multiples of 0.000001 from 0 "
                         "to 1", text, range);
    if (axis->from > axis->to)
        return cli_usage(run, options->verb_name, "--sweep %s: it starts above its end", text);
    if (axis->step == 0)
        return cli_usage(run, options->verb_name, "--sweep %s: its step must be above 0", text);
    return CLI_OK;
}

int cli_read_slice(cli_run *run, cli_options *options, const char *text, bool swept)
{
    const char *rest, *option = swept ? "--sweep" : "--cut";
    cli_slice *slice = &options->slices[options->slice_count];
    int code = cli_split_name(run, options, option, text, &slice->file, &rest);
    slice->swept = swept;
    if (code == CLI_OK)
        code = swept ? cli_read_range(run, options, text, rest, &slice->axis)
                     : cli_read_cut(run, options, option, text, rest, &slice->at);
    options->slice_count += code == CLI_OK ? 1 : 0;
    return code;
}

int cli_read_reference(cli_run *run, cli_options *options, const char *text)
{
    int code;
    if (text == NULL)
        return CLI_OK;
    code = cli_split_name(run, options, "--reference", text, &options->reference,
                          &options->reference_at);
    if (code == CLI_OK && options->reference_at != NULL)
        code = cli_read_cut(run, options, "--reference", text, options->reference_at,
                            &options->reference_threshold);
    return code;
}
