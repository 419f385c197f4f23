/* options.c - the command line: --name value, --name=value, and what they mean. */
#include "options.h"
#include <stdlib.h>
#include <string.h>

const char *const cli_verb_names[4] = { "demo", "sweep", "cluster", "compare" };

/* One line for each option: identifier, name, verbs that have it, whether a value follows. */
#define CLI_READERS (CLI_SWEEP | CLI_CLUSTER)
#define CLI_FILES (CLI_SWEEP | CLI_CLUSTER | CLI_COMPARE)
#define CLI_ALL (CLI_FILES | CLI_DEMO)
#define CLI_OPTION_LIST(X)                              \
    X(TRUTH, "--truth", CLI_SWEEP, true)                \
    X(RECORDS, "--records", CLI_READERS | CLI_DEMO, true) \
    X(FROM, "--from", CLI_SWEEP, true)                  \
    X(TO, "--to", CLI_SWEEP, true)                      \
    X(STEP, "--step", CLI_SWEEP, true)                  \
    X(EXACT, "--exact", CLI_SWEEP, false)               \
    X(METRICS, "--metrics", CLI_SWEEP | CLI_COMPARE, true) \
    X(BEST, "--best", CLI_SWEEP, true)                  \
    X(AT, "--at", CLI_CLUSTER, true)                    \
    X(OVER, "--over", CLI_COMPARE, true)                \
    X(REPORT, "--report", CLI_SWEEP | CLI_DEMO, true)   \
    X(OUT, "--out", CLI_FILES, true)                    \
    X(FORMAT, "--format", CLI_FILES, true)              \
    X(QUANTISE, "--quantise", CLI_READERS, true)        \
    X(THREADS, "--threads", CLI_ALL, true)              \
    X(LEFT, "--left", CLI_READERS, true)                \
    X(RIGHT, "--right", CLI_READERS, true)              \
    X(SCORE, "--score", CLI_READERS, true)              \
    X(RECORD, "--record", CLI_FILES, true)              \
    X(ENTITY, "--entity", CLI_SWEEP | CLI_COMPARE, true) \
    X(SOURCE_LEFT, "--source-left", CLI_READERS, true)  \
    X(SOURCE_RIGHT, "--source-right", CLI_READERS, true) \
    X(SOURCE, "--source", CLI_FILES, true)              \
    X(HELP, "--help", CLI_ALL, false)

typedef enum cli_option {
#define CLI_OPTION_ENUM(id, name, verbs, value) CLI_OPTION_##id,
    CLI_OPTION_LIST(CLI_OPTION_ENUM)
#undef CLI_OPTION_ENUM
    CLI_OPTION_COUNT
} cli_option;

typedef struct cli_option_info {
    const char *name;
    unsigned verbs;
    bool takes_value;
} cli_option_info;

static const cli_option_info cli_option_table[CLI_OPTION_COUNT] = {
#define CLI_OPTION_INFO(id, name, verbs, value) { name, (unsigned)(verbs), value },
    CLI_OPTION_LIST(CLI_OPTION_INFO)
#undef CLI_OPTION_INFO
};

/* What was given, as text; NULL: not given. A flag that is given has an empty text. */
typedef struct cli_given {
    const char *value[CLI_OPTION_COUNT];
} cli_given;

/* ---- the nearest name ---- */

#define CLI_NAME_LIMIT 64u

/* Edit distance of the first CLI_NAME_LIMIT letters: one row of the usual table at a time. */
static size_t cli_distance(const char *a, const char *b)
{
    size_t row[CLI_NAME_LIMIT + 1];
    size_t size_a = strlen(a), size_b = strlen(b);
    size_a = size_a < CLI_NAME_LIMIT ? size_a : CLI_NAME_LIMIT;
    size_b = size_b < CLI_NAME_LIMIT ? size_b : CLI_NAME_LIMIT;
    for (size_t j = 0; j <= size_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= size_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= size_b; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1] ? 1u : 0u);
            size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = change < least ? change : least;
        }
    }
    return row[size_b];
}

/* The most changes that can be a typing error. */
static size_t cli_distance_limit(const char *name)
{
    return (strlen(name) + 2) / 3;
}

const char *cli_nearest(const char *name, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;
    size_t dashes = strspn(name, "-"), limit = cli_distance_limit(name + dashes);
    for (size_t i = 0; i < count; i++) {
        size_t distance = cli_distance(name + dashes, names[i] + strspn(names[i], "-"));
        if (distance < least && distance <= limit) {
            least = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

/* ---- from argv to texts ---- */

/* The option of `arg`, CLI_OPTION_COUNT if none; *out_value is what follows a '=', or NULL. */
static cli_option cli_option_find(const char *arg, cli_verb verb, const char **out_value)
{
    const char *equals = strchr(arg, '=');
    size_t size = equals == NULL ? strlen(arg) : (size_t)(equals - arg);
    *out_value = equals == NULL ? NULL : equals + 1;
    for (int i = 0; i < (int)CLI_OPTION_COUNT; i++) {
        const cli_option_info *info = &cli_option_table[i];
        if ((info->verbs & (unsigned)verb) != 0 && strlen(info->name) == size &&
            memcmp(info->name, arg, size) == 0)
            return (cli_option)i;
    }
    return CLI_OPTION_COUNT;
}

static int cli_unknown_option(cli_run *run, const cli_options *options, const char *arg)
{
    const char *names[CLI_OPTION_COUNT], *nearest;
    char text[CLI_NAME_LIMIT + 1];
    size_t count = 0, size = strcspn(arg, "=");
    size = size < CLI_NAME_LIMIT ? size : CLI_NAME_LIMIT;
    memcpy(text, arg, size);
    text[size] = '\0';
    for (int i = 0; i < (int)CLI_OPTION_COUNT; i++)
        if ((cli_option_table[i].verbs & (unsigned)options->verb) != 0)
            names[count++] = cli_option_table[i].name;
    nearest = cli_nearest(text, names, count);
    if (nearest == NULL)
        return cli_usage(run, options->verb_name, "%s has no option %s", options->verb_name, text);
    return cli_usage(run, options->verb_name, "%s has no option %s; did you mean %s?",
                     options->verb_name, text, nearest);
}

/* One option and its value; *in_out_at is moved past the value. */
static int cli_take_option(cli_run *run, cli_options *options, cli_given *given, int *in_out_at)
{
    const char *arg = run->argv[*in_out_at], *value;
    cli_option option = cli_option_find(strcmp(arg, "-h") == 0 ? "--help" : arg, options->verb,
                                        &value);
    const cli_option_info *info;
    if (option == CLI_OPTION_COUNT)
        return cli_unknown_option(run, options, arg);
    info = &cli_option_table[option];
    if (given->value[option] != NULL)
        return cli_usage(run, options->verb_name, "%s is given twice", info->name);
    if (!info->takes_value) {
        if (value != NULL)
            return cli_usage(run, options->verb_name, "%s takes no value", info->name);
        given->value[option] = "";
        return CLI_OK;
    }
    if (value == NULL && *in_out_at + 1 < run->argc &&
        strncmp(run->argv[*in_out_at + 1], "--", 2) != 0)
        value = run->argv[++*in_out_at];
    if (value == NULL || value[0] == '\0')
        return cli_usage(run, options->verb_name, "%s needs a value", info->name);
    given->value[option] = value;
    return CLI_OK;
}

static int cli_take_input(cli_run *run, cli_options *options, const char *path)
{
    int limit = options->verb == CLI_COMPARE ? 2 : options->verb == CLI_DEMO ? 0 : 1;
    if (options->input_count == limit)
        return cli_usage(run, options->verb_name, "%s has no use for \"%s\"", options->verb_name,
                         path);
    if (path[0] == '\0')
        return cli_usage(run, options->verb_name, "an empty file name");
    options->inputs[options->input_count++] = path;
    return CLI_OK;
}

static int cli_take_arguments(cli_run *run, cli_options *options, cli_given *given)
{
    bool only_inputs = false;
    for (int i = 2; i < run->argc; i++) {
        const char *arg = run->argv[i];
        int code;
        if (!only_inputs && strcmp(arg, "--") == 0) {
            only_inputs = true;
            continue;
        }
        if (only_inputs || arg[0] != '-' || arg[1] == '\0')
            code = cli_take_input(run, options, arg);
        else
            code = cli_take_option(run, options, given, &i);
        if (code != CLI_OK)
            return code;
    }
    return CLI_OK;
}

/* ---- from texts to values ---- */

/* A whole number of `low` to `high`. */
static int cli_read_count(cli_run *run, const cli_options *options, cli_option option,
                          const char *text, uint32_t low, uint32_t high, uint32_t *out_count)
{
    uint64_t count = 0;
    size_t size = strlen(text);
    bool ok = size > 0 && size <= 10;
    for (size_t i = 0; i < size && ok; i++) {
        ok = text[i] >= '0' && text[i] <= '9';
        count = 10 * count + (uint64_t)(text[i] - '0');
    }
    if (!ok || count < low || count > high)
        return cli_usage(run, options->verb_name, "%s must be a whole number from %lu to %lu",
                         cli_option_table[option].name, (unsigned long)low, (unsigned long)high);
    *out_count = (uint32_t)count;
    return CLI_OK;
}

/* Millionths from the text of a decimal number, exactly: no double on the way. False: not such a
   number, above 1, or not a multiple of 0.000001. */
static bool cli_millionths(const char *text, uint32_t *out_key)
{
    uint64_t whole = 0, part = 0, scale = STARLINGS_ONE;
    bool digits = false;
    for (; *text >= '0' && *text <= '9'; text++) {
        whole = whole > 1 ? 2 : 10 * whole + (uint64_t)(*text - '0');
        digits = true;
    }
    if (*text == '.')
        text++;
    for (; *text >= '0' && *text <= '9'; text++) {
        digits = true;
        scale /= 10;
        if (scale == 0 && *text != '0')
            return false;
        part += scale * (uint64_t)(*text - '0');
    }
    if (*text != '\0' || !digits || whole * STARLINGS_ONE + part > STARLINGS_ONE)
        return false;
    *out_key = (uint32_t)(whole * STARLINGS_ONE + part);
    return true;
}

static int cli_read_grid(cli_run *run, cli_options *options, const cli_given *given)
{
    const cli_option ids[3] = { CLI_OPTION_FROM, CLI_OPTION_TO, CLI_OPTION_STEP };
    uint32_t *const keys[3] = { &options->from, &options->to, &options->step };
    options->from = 0;
    options->to = STARLINGS_ONE;
    options->step = STARLINGS_ONE / 100;
    for (int i = 0; i < 3; i++) {
        const char *text = given->value[ids[i]];
        if (text == NULL)
            continue;
        if (options->exact)
            return cli_usage(run, options->verb_name, "%s does not go with --exact",
                             cli_option_table[ids[i]].name);
        if (!cli_millionths(text, keys[i]))
            return cli_usage(run, options->verb_name,
                             "%s \"%s\" is not a multiple of 0.000001 from 0 to 1",
                             cli_option_table[ids[i]].name, text);
    }
    if (options->step == 0)
        return cli_usage(run, options->verb_name, "--step must be above 0");
    if (options->from > options->to)
        return cli_usage(run, options->verb_name, "--from is above --to");
    return CLI_OK;
}

static int cli_read_at(cli_run *run, cli_options *options, const char *text)
{
    starlings_text number;
    if (text == NULL)
        return cli_usage(run, options->verb_name, "cluster needs --at T");
    number.text = text;
    number.size = strlen(text);
    if (starlings_number_parse(number, &options->at) != STARLINGS_OK ||
        !(options->at >= 0.0 && options->at <= 1.0))
        return cli_usage(run, options->verb_name, "--at \"%s\" is not a number from 0 to 1", text);
    return CLI_OK;
}

/* One of a few words. */
static int cli_read_word(cli_run *run, const cli_options *options, cli_option option,
                         const char *text, const char *const *words, size_t count, int *out_word)
{
    const char *nearest = cli_nearest(text, words, count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out_word = (int)i + 1;
            return CLI_OK;
        }
    }
    if (nearest == NULL)
        return cli_usage(run, options->verb_name, "%s has no value \"%s\"",
                         cli_option_table[option].name, text);
    return cli_usage(run, options->verb_name, "%s has no value \"%s\"; did you mean %s?",
                     cli_option_table[option].name, text, nearest);
}

static int cli_read_words(cli_run *run, cli_options *options, const cli_given *given)
{
    static const char *const formats[3] = { "table", "csv", "json" };
    static const char *const overs[2] = { "intersection", "union" };
    const char *format = given->value[CLI_OPTION_FORMAT], *over = given->value[CLI_OPTION_OVER];
    int word = 0, code = CLI_OK;
    if (format != NULL) {
        code = cli_read_word(run, options, CLI_OPTION_FORMAT, format, formats, 3, &word);
        options->format = (cli_format)word;
    }
    if (code == CLI_OK && over != NULL) {
        code = cli_read_word(run, options, CLI_OPTION_OVER, over, overs, 2, &word);
        options->over = (cli_over)word;
    }
    return code;
}

/* ---- metrics ---- */

/* Is `text` nearly this metric's name, or what is behind an underscore of it, as in "F1"? */
static bool cli_is_near(const char *text, const char *name)
{
    const char *names[CLI_NAME_LIMIT];
    size_t count = 0;
    while (name != NULL && count < CLI_NAME_LIMIT) {
        names[count++] = name;
        name = strchr(name, '_');
        name = name == NULL ? NULL : name + 1;
    }
    return cli_nearest(text, names, count) != NULL;
}

static int cli_unknown_metric(cli_run *run, const cli_options *options, const char *text,
                              size_t size, const char *nearest)
{
    char word[CLI_NAME_LIMIT + 1];
    size = size < CLI_NAME_LIMIT ? size : CLI_NAME_LIMIT;
    memcpy(word, text, size);
    word[size] = '\0';
    if (!cli_is_near(word, nearest))
        return cli_usage(run, options->verb_name, "there is no metric \"%s\"", word);
    return cli_usage(run, options->verb_name, "there is no metric \"%s\"; did you mean %s?", word,
                     nearest);
}

/* The metric of a name, which must make sense without a truth if there is none. */
static int cli_read_metric(cli_run *run, const cli_options *options, const char *text, size_t size,
                           bool with_truth, starlings_metric *out_metric)
{
    const starlings_metric_info *info;
    starlings_status status = starlings_metric_from_name(text, size, out_metric);
    if (size == 0)
        return cli_usage(run, options->verb_name, "the name of a metric is empty");
    info = starlings_metric_describe(*out_metric);
    if (status != STARLINGS_OK)
        return cli_unknown_metric(run, options, text, size, info->name);
    if (info->needs_reference && !with_truth)
        return cli_usage(run, options->verb_name, "%s compares with a truth; give one by --truth",
                         info->name);
    return CLI_OK;
}

static void cli_metrics_add(cli_metrics *metrics, starlings_metric metric)
{
    if (starlings_metric_set_has(&metrics->set, metric))
        return;
    starlings_metric_set_add(&metrics->set, metric);
    metrics->list[metrics->count++] = metric;
}

/* The library's defaults are a set; here they have an order: what is read first comes first. */
static void cli_add_defaults(cli_metrics *metrics, bool with_truth)
{
    static const starlings_metric first[] = {
        STARLINGS_METRIC_CLUSTERS_B, STARLINGS_METRIC_PAIRWISE_PRECISION,
        STARLINGS_METRIC_PAIRWISE_RECALL, STARLINGS_METRIC_PAIRWISE_F1,
        STARLINGS_METRIC_BCUBED_F1, STARLINGS_METRIC_ARI, STARLINGS_METRIC_NMI_ARITHMETIC,
        STARLINGS_METRIC_SINGLETONS_B, STARLINGS_METRIC_MAX_SIZE_B, STARLINGS_METRIC_MEAN_SIZE_B,
        STARLINGS_METRIC_ENTROPY_B
    };
    starlings_metric_set wanted = starlings_metric_set_default(with_truth);
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        if (starlings_metric_set_has(&wanted, first[i]))
            cli_metrics_add(metrics, first[i]);
}

static int cli_read_metrics(cli_run *run, cli_options *options, const char *text)
{
    bool with_truth = options->verb == CLI_COMPARE || options->truth != NULL;
    starlings_metric_set wanted;
    if (text != NULL && strcmp(text, "all") != 0) {
        for (;;) {
            starlings_metric metric;
            size_t size = strcspn(text, ",");
            int code = cli_read_metric(run, options, text, size, with_truth, &metric);
            if (code != CLI_OK)
                return code;
            cli_metrics_add(&options->metrics, metric);
            if (text[size] == '\0')
                return CLI_OK;
            text += size + 1;
        }
    }
    if (text == NULL) {
        cli_add_defaults(&options->metrics, with_truth);
        return CLI_OK;
    }
    wanted = starlings_metric_set_all(with_truth);
    for (int i = 0; i < (int)STARLINGS_METRIC_COUNT; i++)
        if (starlings_metric_set_has(&wanted, (starlings_metric)i))
            cli_metrics_add(&options->metrics, (starlings_metric)i);
    return CLI_OK;
}

static int cli_read_best(cli_run *run, cli_options *options, const char *text)
{
    int code;
    options->has_best = text != NULL || options->truth != NULL;
    options->best = STARLINGS_METRIC_PAIRWISE_F1;
    if (text == NULL)
        return CLI_OK;
    code = cli_read_metric(run, options, text, strlen(text), options->truth != NULL,
                           &options->best);
    if (code == CLI_OK && starlings_metric_describe(options->best)->direction == 0)
        return cli_usage(run, options->verb_name, "%s has no best value: neither more nor less of "
                         "it is better", starlings_metric_describe(options->best)->name);
    return code;
}

/* ---- all together ---- */

static int cli_check_inputs(cli_run *run, const cli_options *options)
{
    const char *const paths[4] = { options->inputs[0], options->inputs[1], options->truth,
                                   options->records };
    int wanted = options->verb == CLI_COMPARE ? 2 : options->verb == CLI_DEMO ? 0 : 1, stdins = 0;
    if (options->input_count < wanted)
        return cli_usage(run, options->verb_name, "%s needs %s", options->verb_name,
                         wanted == 2 ? "two files: PREDICTION and REFERENCE" : "a file of edges");
    for (int i = 0; i < 4; i++)
        stdins += paths[i] != NULL && strcmp(paths[i], "-") == 0 ? 1 : 0;
    if (stdins > 1)
        return cli_usage(run, options->verb_name, "only one input can be standard input");
    if ((options->columns.source_left == NULL) != (options->columns.source_right == NULL))
        return cli_usage(run, options->verb_name,
                         "--source-left and --source-right go together");
    if (options->report == NULL)
        return CLI_OK;
    if (strcmp(options->report, options->out == NULL ? "-" : options->out) == 0)
        return cli_usage(run, options->verb_name,
                         "--report and the rows cannot go to the same place");
    return CLI_OK;
}

static void cli_read_paths(cli_options *options, const cli_given *given)
{
    options->truth = given->value[CLI_OPTION_TRUTH];
    options->records = options->verb == CLI_DEMO ? NULL : given->value[CLI_OPTION_RECORDS];
    options->report = given->value[CLI_OPTION_REPORT];
    options->out = given->value[CLI_OPTION_OUT];
    options->columns.left = given->value[CLI_OPTION_LEFT];
    options->columns.right = given->value[CLI_OPTION_RIGHT];
    options->columns.score = given->value[CLI_OPTION_SCORE];
    options->columns.record = given->value[CLI_OPTION_RECORD];
    options->columns.entity = given->value[CLI_OPTION_ENTITY];
    options->columns.source_left = given->value[CLI_OPTION_SOURCE_LEFT];
    options->columns.source_right = given->value[CLI_OPTION_SOURCE_RIGHT];
    options->columns.source = given->value[CLI_OPTION_SOURCE];
    options->exact = given->value[CLI_OPTION_EXACT] != NULL;
}

static int cli_read_values(cli_run *run, cli_options *options, const cli_given *given)
{
    const char *threads = given->value[CLI_OPTION_THREADS];
    const char *decimals = given->value[CLI_OPTION_QUANTISE];
    const char *records = given->value[CLI_OPTION_RECORDS];
    int code = cli_read_words(run, options, given);
    if (code == CLI_OK && threads != NULL)
        code = cli_read_count(run, options, CLI_OPTION_THREADS, threads, 1, 256, &options->threads);
    if (code == CLI_OK && decimals != NULL)
        code = cli_read_count(run, options, CLI_OPTION_QUANTISE, decimals, 1, 6,
                              &options->decimals);
    if (code == CLI_OK && options->verb == CLI_DEMO && records != NULL)
        code = cli_read_count(run, options, CLI_OPTION_RECORDS, records, 1, 100000000,
                              &options->demo_records);
    if (code == CLI_OK && options->verb == CLI_SWEEP)
        code = cli_read_grid(run, options, given);
    if (code == CLI_OK && options->verb == CLI_CLUSTER)
        code = cli_read_at(run, options, given->value[CLI_OPTION_AT]);
    if (code == CLI_OK && (options->verb & (CLI_SWEEP | CLI_COMPARE)) != 0)
        code = cli_read_metrics(run, options, given->value[CLI_OPTION_METRICS]);
    if (code == CLI_OK && options->verb == CLI_SWEEP)
        code = cli_read_best(run, options, given->value[CLI_OPTION_BEST]);
    return code;
}

int cli_options_read(cli_run *run, cli_verb verb, cli_options *options)
{
    cli_given given;
    int code;
    memset(&given, 0, sizeof given);
    memset(options, 0, sizeof *options);
    options->verb = verb;
    options->verb_name = run->argv[1];
    options->decimals = 6;
    options->demo_records = 1000000;
    code = cli_take_arguments(run, options, &given);
    if (code != CLI_OK)
        return code;
    options->help = given.value[CLI_OPTION_HELP] != NULL;
    if (options->help)
        return CLI_OK;
    cli_read_paths(options, &given);
    code = cli_check_inputs(run, options);
    if (code == CLI_OK)
        code = cli_read_values(run, options, &given);
    if (code == CLI_OK)
        cli_use_threads(run, options->threads);
    return code;
}
