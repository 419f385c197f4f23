/* link_options.c - what link, query and why are told: times, conditions, where output goes. */
#include "output.h"
#include <string.h>

/* ---- times ---- */

/* A whole number, but for the two that stand for no bound. */
static bool cli_parse_integer(starlings_text text, int64_t *out_number)
{
    bool minus = text.size > 0 && text.text[0] == '-';
    size_t at = minus ? 1 : 0;
    uint64_t number = 0;
    bool ok = text.size > at;
    for (; at < text.size && ok; at++) {
        uint64_t digit = (uint64_t)(text.text[at] - '0');
        ok = text.text[at] >= '0' && text.text[at] <= '9' &&
             number <= ((uint64_t)INT64_MAX - 1 - digit) / 10;
        number = ok ? 10 * number + digit : 0;
    }
    *out_number = minus ? -(int64_t)number : (int64_t)number;
    return ok;
}

bool cli_parse_time(starlings_text text, int64_t *out_time, bool *out_is_date)
{
    *out_is_date = starlings_date_parse(text, out_time) == STARLINGS_OK;
    return *out_is_date || cli_parse_integer(text, out_time);
}

int cli_read_time(cli_run *run, const cli_options *options, const char *option, const char *text,
                  cli_time *time)
{
    time->text = text;
    if (!cli_parse_time(cli_text_of(text), &time->time, &time->is_date))
        return cli_usage(run, options->verb_name,
                         "%s \"%s\" is neither a date as 2020-12-31 nor a whole number", option,
                         text);
    return CLI_OK;
}

/* ---- conditions ---- */

int cli_read_where(cli_run *run, cli_options *options, const char *text)
{
    const char *equals = strchr(text, '=');
    starlings_condition *condition = &options->where[options->where_count];
    if (equals == NULL || equals == text || equals[1] == '\0')
        return cli_usage(run, options->verb_name, "--where \"%s\" is not ATTRIBUTE=VALUE", text);
    condition->attribute.text = text;
    condition->attribute.size = (size_t)(equals - text);
    condition->value = cli_text_of(equals + 1);
    options->where_count++;
    return CLI_OK;
}

/* ---- outputs ---- */

static int cli_read_graph_format(cli_run *run, cli_options *options)
{
    static const char *const endings[3] = { ".dot", ".graphml", ".jsonl" };
    const char *dot = strrchr(options->graph, '.');
    for (int i = 0; i < 3; i++) {
        if (dot != NULL && strcmp(dot, endings[i]) == 0) {
            options->graph_format = (starlings_graph_format)i;
            return CLI_OK;
        }
    }
    return cli_usage(run, options->verb_name,
                     "--graph \"%s\": its ending must be .dot, .graphml or .jsonl",
                     options->graph);
}

/* Each output of link has a place of its own. */
static int cli_check_places_apart(cli_run *run, const cli_options *options)
{
    cli_output outputs[CLI_OUTPUT_LIMIT];
    cli_options_outputs(options, outputs);
    for (int i = 0; i < CLI_OUTPUT_LIMIT; i++)
        for (int j = i + 1; j < CLI_OUTPUT_LIMIT; j++)
            if (outputs[i].path != NULL && outputs[j].path != NULL &&
                strcmp(outputs[i].path, outputs[j].path) == 0)
                return cli_usage(run, options->verb_name, "%s and %s cannot go to the same place",
                                 outputs[i].option, outputs[j].option);
    return CLI_OK;
}

int cli_check_linking(cli_run *run, cli_options *options)
{
    int code = CLI_OK;
    if (options->ontology == NULL)
        return cli_usage(run, options->verb_name, "%s needs --ontology FILE", options->verb_name);
    if (options->record_columns.type != NULL && options->record_columns.all_type != NULL)
        return cli_usage(run, options->verb_name, "--type does not go with --type-column");
    if (options->shown != NULL && options->report == NULL)
        return cli_usage(run, options->verb_name, "--entity goes with --report");
    for (int i = 0; options->verb == CLI_WHY && i < 2; i++) {
        options->pair[i] = options->inputs[1 + i]; /* no files */
        options->inputs[1 + i] = NULL;
    }
    options->input_count = 1;
    if (options->verb == CLI_LINK) {
        code = cli_check_places_apart(run, options);
        if (code == CLI_OK && options->graph != NULL)
            code = cli_read_graph_format(run, options);
    }
    return code;
}
