/* options.c - the command line: --name value, --name=value, and what they mean. */
#include "options.h"
#include "output.h"
#include <stdlib.h>
#include <string.h>

const char *const cli_verb_names[CLI_VERB_COUNT] = { "demo",    "sweep",   "cluster",
                                                     "compare", "metrics", "grid",
                                                     "diff",    "analyse", "stats",
                                                     "hash",    "link",    "query",
                                                     "why" };
const char *const cli_digest_names[3] = { "sha256", "blake3", "md5" };

/* One line for each option: identifier, name, verbs that have it, whether a value follows. */
#define CLI_NAMED (CLI_ANALYSE | CLI_STATS) /* files of either kind, as collections */
#define CLI_EITHER (CLI_NAMED | CLI_HASH)    /* files of either kind */
#define CLI_EXTENDED /* by --records */ \
    (CLI_SWEEP | CLI_CLUSTER | CLI_GRID | CLI_ANALYSE | CLI_HASH)
#define CLI_READERS (CLI_EXTENDED | CLI_NAMED)
#define CLI_PAIRS (CLI_COMPARE | CLI_DIFF) /* of memberships */
#define CLI_FILES (CLI_READERS | CLI_PAIRS)
#define CLI_MEASURERS (CLI_SWEEP | CLI_GRID | CLI_ANALYSE)
#define CLI_LINKERS (CLI_LINK | CLI_QUERY | CLI_WHY) /* of records over time */
#define CLI_WRITERS (CLI_FILES | CLI_METRICS | CLI_LINKERS)
#define CLI_ALL (CLI_WRITERS | CLI_DEMO)
#define CLI_OPTION_LIST(X)                                                              \
    X(TRUTH, "--truth", CLI_SWEEP, true)                                                \
    X(UNLABELLED, "--unlabelled", CLI_SWEEP, true)                                      \
    X(RECORDS, "--records", CLI_EXTENDED | CLI_DEMO, true)                              \
    X(FROM, "--from", CLI_SWEEP | CLI_GRID | CLI_LINKERS, true)                         \
    X(TO, "--to", CLI_SWEEP | CLI_GRID | CLI_LINKERS, true)                             \
    X(STEP, "--step", CLI_SWEEP | CLI_GRID, true)                                       \
    X(FROM2, "--from2", CLI_GRID, true)                                                 \
    X(TO2, "--to2", CLI_GRID, true)                                                     \
    X(STEP2, "--step2", CLI_GRID, true)                                                 \
    X(EQUAL_COUNTS, "--equal-counts", CLI_GRID, true)                                   \
    X(EXACT, "--exact", CLI_SWEEP, false)                                               \
    X(CUT, "--cut", CLI_ANALYSE, true)                                                  \
    X(SWEEP, "--sweep", CLI_ANALYSE, true)                                              \
    X(REFERENCE, "--reference", CLI_ANALYSE, true)                                      \
    X(METRICS, "--metrics", CLI_MEASURERS | CLI_COMPARE, true)                          \
    X(BEST, "--best", CLI_MEASURERS, true)                                              \
    X(AT, "--at", CLI_CLUSTER | CLI_HASH | CLI_LINK | CLI_QUERY, true)                  \
    X(DIGEST, "--digest", CLI_HASH, true)                                               \
    X(IDS, "--ids", CLI_HASH, true)                                                     \
    X(OVER, "--over", CLI_COMPARE | CLI_ANALYSE, true)                                  \
    X(LABELS, "--labels", CLI_COMPARE, true)                                            \
    X(WEIGHTS, "--weights", CLI_COMPARE, true)                                          \
    X(REPLICATES, "--replicates", CLI_COMPARE, true)                                    \
    X(SEED, "--seed", CLI_COMPARE, true)                                                \
    X(CONFIDENCE, "--confidence", CLI_COMPARE, true)                                    \
    X(REPORT, "--report", CLI_SWEEP | CLI_GRID | CLI_DEMO | CLI_LINK, true)             \
    X(SURVIVORS, "--survivors", CLI_DIFF, true)                                         \
    X(OUT, "--out", CLI_WRITERS, true)                                                  \
    X(FORMAT, "--format", CLI_WRITERS, true)                                            \
    X(QUANTISE, "--quantise", CLI_READERS, true)                                        \
    X(THREADS, "--threads", CLI_READERS | CLI_COMPARE | CLI_DEMO | CLI_LINKERS, true)   \
    X(LEFT, "--left", CLI_READERS, true)                                                \
    X(RIGHT, "--right", CLI_READERS, true)                                              \
    X(SCORE, "--score", CLI_READERS, true)                                              \
    X(RECORD, "--record", CLI_FILES, true)                                              \
    X(ENTITY, "--entity", CLI_SWEEP | CLI_PAIRS | CLI_EITHER | CLI_LINK, true)          \
    X(SOURCE_LEFT, "--source-left", CLI_READERS, true)                                  \
    X(SOURCE_RIGHT, "--source-right", CLI_READERS, true)                                \
    X(SOURCE, "--source", CLI_FILES | CLI_LINKERS, true)                                \
    X(ONTOLOGY, "--ontology", CLI_LINKERS, true)                                        \
    X(UID, "--uid", CLI_LINKERS, true)                                                  \
    X(TYPE, "--type", CLI_LINKERS, true)                                                \
    X(TYPE_COLUMN, "--type-column", CLI_LINKERS, true)                                  \
    X(REPEATED, "--repeated", CLI_LINKERS, true)                                        \
    X(CONSTRAINTS, "--constraints", CLI_LINKERS, true)                                  \
    X(POLICY, "--policy", CLI_LINK | CLI_QUERY, true)                                   \
    X(NAMES, "--names", CLI_LINK | CLI_QUERY, false)                                    \
    X(GOLDEN, "--golden", CLI_LINK, true)                                               \
    X(CONFLICTS, "--conflicts", CLI_LINK, true)                                         \
    X(REFUSED, "--refused", CLI_LINK, true)                                             \
    X(GRAPH, "--graph", CLI_LINK, true)                                                 \
    X(EDGES, "--edges", CLI_LINK, true)                                                 \
    X(WHERE, "--where", CLI_QUERY, true)                                                \
    X(FROM_DATE, "--from-date", CLI_QUERY, true)                                        \
    X(TO_DATE, "--to-date", CLI_QUERY, true)                                            \
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
    const char *slices[CLI_FILE_LIMIT - 1]; /* of --cut and --sweep, as often as they are given */
    bool swept[CLI_FILE_LIMIT - 1];
    int slice_count;
    const char *wheres[CLI_WHERE_LIMIT]; /* of --where */
    int where_count;
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

/* --cut and --sweep may be there many times. */
static int cli_take_slice(cli_run *run, const cli_options *options, cli_given *given, bool swept,
                          const char *text)
{
    if (given->slice_count == CLI_FILE_LIMIT - 1)
        return cli_usage(run, options->verb_name, "more than %d times --cut or --sweep",
                         CLI_FILE_LIMIT - 1);
    given->swept[given->slice_count] = swept;
    given->slices[given->slice_count++] = text;
    return CLI_OK;
}

/* An empty name of a column says that there is none, whatever it looks like. */
static bool cli_may_be_empty(cli_verb verb, cli_option option)
{
    return (verb & CLI_LINKERS) != 0 && (option == CLI_OPTION_SOURCE ||
                                         option == CLI_OPTION_FROM || option == CLI_OPTION_TO);
}

static int cli_take_where(cli_run *run, const cli_options *options, cli_given *given,
                          const char *text)
{
    if (given->where_count == CLI_WHERE_LIMIT)
        return cli_usage(run, options->verb_name, "more than %d times --where", CLI_WHERE_LIMIT);
    given->wheres[given->where_count++] = text;
    return CLI_OK;
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
    if (value == NULL || (value[0] == '\0' && !cli_may_be_empty(options->verb, option)))
        return cli_usage(run, options->verb_name, "%s needs a value", info->name);
    if (option == CLI_OPTION_CUT || option == CLI_OPTION_SWEEP)
        return cli_take_slice(run, options, given, option == CLI_OPTION_SWEEP, value);
    if (option == CLI_OPTION_WHERE)
        return cli_take_where(run, options, given, value);
    given->value[option] = value;
    return CLI_OK;
}

/* How many files a verb is given by place: at least, and at most. */
static int cli_inputs_of(cli_verb verb)
{
    return (verb & CLI_WHY) != 0                  ? 3
         : (verb & (CLI_PAIRS | CLI_GRID)) != 0   ? 2
         : (verb & (CLI_DEMO | CLI_METRICS)) != 0 ? 0 : 1;
}

static int cli_most_inputs_of(cli_verb verb)
{
    return (verb & CLI_NAMED) != 0 ? CLI_FILE_LIMIT : cli_inputs_of(verb);
}

static int cli_take_input(cli_run *run, cli_options *options, const char *path)
{
    if (options->input_count == CLI_FILE_LIMIT)
        return cli_usage(run, options->verb_name, "more than %d files", CLI_FILE_LIMIT);
    if (options->input_count == cli_most_inputs_of(options->verb))
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

/* A whole number up to `high` from all of the text. */
static bool cli_parse_whole(const char *text, uint64_t high, uint64_t *out_number)
{
    uint64_t number = 0;
    bool ok = text[0] != '\0';
    for (; *text != '\0' && ok; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        ok = *text >= '0' && *text <= '9' && number <= high / 10 && digit <= high - 10 * number;
        number = ok ? 10 * number + digit : number;
    }
    *out_number = number;
    return ok;
}

/* A whole number of `low` to `high`. */
static int cli_read_count(cli_run *run, const cli_options *options, cli_option option,
                          const char *text, uint32_t low, uint32_t high, uint32_t *out_count)
{
    uint64_t count;
    if (!cli_parse_whole(text, high, &count) || count < low)
        return cli_usage(run, options->verb_name, "%s must be a whole number from %lu to %lu",
                         cli_option_table[option].name, (unsigned long)low, (unsigned long)high);
    *out_count = (uint32_t)count;
    return CLI_OK;
}

bool cli_millionths(const char *text, uint32_t *out_key)
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

/* The options of an axis: from, to, step. */
static const cli_option cli_axis_options[2][3] = {
    { CLI_OPTION_FROM, CLI_OPTION_TO, CLI_OPTION_STEP },
    { CLI_OPTION_FROM2, CLI_OPTION_TO2, CLI_OPTION_STEP2 }
};

/* The axis holds the values that stand where nothing is given. */
static int cli_read_axis(cli_run *run, cli_options *options, const cli_given *given, int side)
{
    const cli_option *ids = cli_axis_options[side];
    cli_axis *axis = &options->axes[side];
    uint32_t *const keys[3] = { &axis->from, &axis->to, &axis->step };
    for (int i = 0; i < 3; i++) {
        const char *text = given->value[ids[i]], *name = cli_option_table[ids[i]].name;
        if (text == NULL)
            continue;
        options->default_axes = false;
        if (options->exact || options->counts != NULL)
            return cli_usage(run, options->verb_name, "%s does not go with %s", name,
                             options->exact ? "--exact" : "--equal-counts");
        if (!cli_millionths(text, keys[i]))
            return cli_usage(run, options->verb_name,
                             "%s \"%s\" is not a multiple of 0.000001 from 0 to 1", name, text);
        if (i == 2 && axis->step == 0)
            return cli_usage(run, options->verb_name, "%s must be above 0", name);
    }
    if (axis->from > axis->to) { /* an end of the second axis may be that of the first */
        const cli_option *first = cli_axis_options[0];
        return cli_usage(run, options->verb_name, "%s is above %s",
                         cli_option_table[given->value[ids[0]] != NULL ? ids[0] : first[0]].name,
                         cli_option_table[given->value[ids[1]] != NULL ? ids[1] : first[1]].name);
    }
    return CLI_OK;
}

static int cli_read_axes(cli_run *run, cli_options *options, const cli_given *given)
{
    const cli_axis whole = { 0, STARLINGS_ONE, STARLINGS_ONE / 100 };
    int code;
    options->axes[0] = whole;
    options->default_axes = true;
    if (options->verb == CLI_GRID)
        options->axes[0].step = STARLINGS_ONE / 20; /* 21 x 21 rows */
    code = cli_read_axis(run, options, given, 0);
    options->axes[1] = options->axes[0];
    if (code == CLI_OK)
        code = cli_read_axis(run, options, given, 1);
    return code;
}

/* Numbers of entities with commas between. */
static int cli_read_equal_counts(cli_run *run, cli_options *options, const char *text)
{
    size_t limit = 1;
    char *list, *at;
    bool ok = true;
    for (const char *c = text; *c != '\0'; c++)
        limit += *c == ',' ? 1 : 0;
    options->counts = (uint32_t *)cli_alloc(limit, sizeof *options->counts);
    at = list = (char *)cli_alloc(strlen(text) + 1, 1);
    if (options->counts == NULL || list == NULL) {
        free(list);
        return cli_no_memory(run);
    }
    memcpy(list, text, strlen(text) + 1);
    for (size_t i = 0; i < limit && ok; i++) {
        char *next = at + strcspn(at, ",");
        uint64_t count;
        *next = '\0';
        ok = cli_parse_whole(at, STARLINGS_NONE - 1, &count) && count > 0;
        options->counts[options->count_count++] = (uint32_t)count;
        at = next + 1;
    }
    free(list);
    return ok ? CLI_OK
              : cli_usage(run, options->verb_name,
                          "--equal-counts \"%s\" is not a list of whole numbers above 0", text);
}

static int cli_read_at(cli_run *run, cli_options *options, const char *text)
{
    starlings_text number;
    options->has_at = text != NULL;
    if (text == NULL)
        return options->verb == CLI_HASH
                   ? CLI_OK
                   : cli_usage(run, options->verb_name, "cluster needs --at T");
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

/* An option that is one of a few words; *out_word stays as it is if it is not given. */
static int cli_read_choice(cli_run *run, const cli_options *options, const cli_given *given,
                           cli_option option, const char *const *words, size_t count,
                           int *out_word)
{
    const char *text = given->value[option];
    return text == NULL ? CLI_OK
                        : cli_read_word(run, options, option, text, words, count, out_word);
}

static int cli_read_words(cli_run *run, cli_options *options, const cli_given *given)
{
    static const char *const formats[3] = { "table", "csv", "json" };
    static const char *const overs[2] = { "intersection", "union" };
    static const char *const of_frames[2] = { "frame", "common" };
    static const char *const unlabelled[2] = { "drop", "keep" };
    static const char *const ids[2] = { "keys", "numbers" };
    int format = 0, over = 0, others = 0, digest = 1, id = 1, code;
    code = cli_read_choice(run, options, given, CLI_OPTION_FORMAT, formats, 3, &format);
    if (code == CLI_OK)
        code = cli_read_choice(run, options, given, CLI_OPTION_OVER,
                               options->verb == CLI_ANALYSE ? of_frames : overs, 2, &over);
    if (code == CLI_OK)
        code = cli_read_choice(run, options, given, CLI_OPTION_UNLABELLED, unlabelled, 2, &others);
    if (code == CLI_OK)
        code = cli_read_choice(run, options, given, CLI_OPTION_DIGEST, cli_digest_names, 3,
                               &digest);
    if (code == CLI_OK)
        code = cli_read_choice(run, options, given, CLI_OPTION_IDS, ids, 2, &id);
    options->digest = (starlings_digest_kind)(digest - 1);
    options->by_number = id == 2;
    options->format = (cli_format)format;
    options->over = (cli_over)over;
    options->common = options->verb == CLI_ANALYSE && over == 2;
    options->unlabelled = (cli_unlabelled)others;
    if (code == CLI_OK && others != 0 && options->truth == NULL)
        return cli_usage(run, options->verb_name, "--unlabelled needs --truth");
    return code;
}

/* ---- a labelled sample ---- */

/* What goes with a sample only, and what does not go with it. */
static int cli_check_labels(cli_run *run, const cli_options *options, const cli_given *given)
{
    static const cli_option with[4] = { CLI_OPTION_WEIGHTS, CLI_OPTION_REPLICATES, CLI_OPTION_SEED,
                                        CLI_OPTION_CONFIDENCE };
    static const cli_option without[2] = { CLI_OPTION_METRICS, CLI_OPTION_OVER };
    bool labels = options->labels != NULL;
    for (int i = 0; i < 4; i++)
        if (!labels && given->value[with[i]] != NULL)
            return cli_usage(run, options->verb_name, "%s goes with --labels",
                             cli_option_table[with[i]].name);
    for (int i = 0; i < 2; i++)
        if (labels && given->value[without[i]] != NULL)
            return cli_usage(run, options->verb_name, "%s does not go with --labels",
                             cli_option_table[without[i]].name);
    if (labels && given->value[CLI_OPTION_WEIGHTS] == NULL)
        return cli_usage(run, options->verb_name,
                         "--labels needs --weights: cluster_size if records were drawn, uniform "
                         "if entities were, or a file");
    if (given->value[CLI_OPTION_SEED] != NULL && given->value[CLI_OPTION_REPLICATES] == NULL)
        return cli_usage(run, options->verb_name, "--seed goes with --replicates");
    return CLI_OK;
}

static int cli_read_confidence(cli_run *run, cli_options *options, const char *text)
{
    starlings_text number;
    number.text = text;
    number.size = strlen(text);
    if (starlings_number_parse(number, &options->confidence) != STARLINGS_OK ||
        !(options->confidence > 0.0 && options->confidence < 1.0))
        return cli_usage(run, options->verb_name,
                         "--confidence \"%s\" is not a number between 0 and 1", text);
    return CLI_OK;
}

static int cli_read_sampling(cli_run *run, cli_options *options, const cli_given *given)
{
    const char *weights = given->value[CLI_OPTION_WEIGHTS], *seed = given->value[CLI_OPTION_SEED];
    const char *replicates = given->value[CLI_OPTION_REPLICATES];
    const char *confidence = given->value[CLI_OPTION_CONFIDENCE];
    int code = CLI_OK;
    options->weighting = options->weights != NULL            ? STARLINGS_WEIGHT_GIVEN
                       : weights != NULL && weights[0] == 'c' ? STARLINGS_WEIGHT_CLUSTER_SIZE
                                                              : STARLINGS_WEIGHT_UNIFORM;
    options->confidence = 0.95;
    if (replicates != NULL)
        code = cli_read_count(run, options, CLI_OPTION_REPLICATES, replicates, 0, 1000000,
                              &options->replicates);
    if (code == CLI_OK && seed != NULL && !cli_parse_whole(seed, UINT64_MAX, &options->seed))
        code = cli_usage(run, options->verb_name,
                         "--seed must be a whole number from 0 to 18446744073709551615");
    if (code == CLI_OK && confidence != NULL)
        code = cli_read_confidence(run, options, confidence);
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
        return cli_usage(run, options->verb_name,
                         "there is no metric \"%s\"; starlings metrics lists them", word);
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
        return cli_usage(run, options->verb_name, "%s compares with a truth; give %s", info->name,
                         options->verb == CLI_ANALYSE ? "it as the last file" : "one by --truth");
    if (info->batch && options->exact)
        return cli_usage(run, options->verb_name,
                         "%s is not had at every threshold: ask for some with --from, --to and "
                         "--step instead of --exact", info->name);
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

/* Is there something to compare with? */
static bool cli_has_truth(const cli_options *options)
{
    if (options->verb == CLI_ANALYSE)
        return options->input_count > 1 || options->reference != -1;
    return (options->verb & (CLI_COMPARE | CLI_GRID)) != 0 || options->truth != NULL;
}

/* All that are had at every threshold; where there is none, really all. */
static void cli_add_all(cli_options *options)
{
    starlings_metric_set wanted = starlings_metric_set_all(cli_has_truth(options),
                                                           options->verb == CLI_COMPARE);
    for (int i = 0; i < (int)STARLINGS_METRIC_COUNT; i++)
        if (starlings_metric_set_has(&wanted, (starlings_metric)i))
            cli_metrics_add(&options->metrics, (starlings_metric)i);
}

/* One element of the list, spaces around it left out: "all" or a metric. */
static int cli_take_metric(cli_run *run, cli_options *options, const char *text, size_t size)
{
    starlings_metric metric;
    int code;
    for (; size > 0 && text[0] == ' '; text++)
        size--;
    while (size > 0 && text[size - 1] == ' ')
        size--;
    if (size == 3 && memcmp(text, "all", 3) == 0) {
        cli_add_all(options);
        return CLI_OK;
    }
    code = cli_read_metric(run, options, text, size, cli_has_truth(options), &metric);
    if (code == CLI_OK)
        cli_metrics_add(&options->metrics, metric);
    return code;
}

static int cli_read_metrics(cli_run *run, cli_options *options, const char *text)
{
    int code = CLI_OK;
    if (text == NULL && options->counts != NULL)
        cli_metrics_add(&options->metrics, STARLINGS_METRIC_FOWLKES_MALLOWS);
    else if (text == NULL)
        cli_add_defaults(&options->metrics, cli_has_truth(options));
    while (text != NULL && code == CLI_OK) {
        size_t size = strcspn(text, ",");
        code = cli_take_metric(run, options, text, size);
        text = text[size] == ',' ? text + size + 1 : NULL;
    }
    return code;
}

/* The most values: beyond it the answer would be "out of memory" after a long time. */
#define CLI_VALUE_LIMIT 100000000u

/* There are at most a million thresholds on a side, 64 sides and 2^10 metrics: no overflow. */
int cli_check_values(cli_run *run, const cli_options *options, uint64_t rows)
{
    char text[2][32];
    if (rows * options->metrics.count <= CLI_VALUE_LIMIT)
        return CLI_OK;
    return cli_usage(run, options->verb_name,
                     "%s pairs of thresholds with %lu metric%s each are more than %s values: take "
                     "a larger %s, a narrower range or fewer metrics",
                     cli_thousands(rows, text[0]), (unsigned long)options->metrics.count,
                     options->metrics.count == 1 ? "" : "s",
                     cli_thousands(CLI_VALUE_LIMIT, text[1]),
                     options->verb == CLI_GRID ? "--step" : "step");
}

static int cli_check_grid(cli_run *run, const cli_options *options)
{
    uint64_t cells = 1;
    for (int s = 0; s < 2; s++) {
        const cli_axis *axis = &options->axes[s];
        cells *= (axis->to - axis->from) / axis->step + 1;
    }
    return options->counts != NULL ? CLI_OK : cli_check_values(run, options, cells);
}

static int cli_read_best(cli_run *run, cli_options *options, const char *text)
{
    int code;
    options->has_best = text != NULL || cli_has_truth(options);
    options->best = options->counts != NULL ? STARLINGS_METRIC_FOWLKES_MALLOWS
                                            : STARLINGS_METRIC_PAIRWISE_F1;
    if (text == NULL)
        return CLI_OK;
    code = cli_read_metric(run, options, text, strlen(text), cli_has_truth(options),
                           &options->best);
    if (code == CLI_OK && starlings_metric_describe(options->best)->direction == 0)
        return cli_usage(run, options->verb_name, "%s has no best value: neither more nor less of "
                         "it is better", starlings_metric_describe(options->best)->name);
    return code;
}

/* ---- all together ---- */

void cli_options_inputs(const cli_options *options, const char *paths[CLI_INPUT_LIMIT])
{
    for (int i = 0; i < CLI_FILE_LIMIT; i++)
        paths[i] = options->inputs[i];
    paths[CLI_FILE_LIMIT] = options->truth;
    paths[CLI_FILE_LIMIT + 1] = options->records;
    paths[CLI_FILE_LIMIT + 2] = options->labels;
    paths[CLI_FILE_LIMIT + 3] = options->weights;
    paths[CLI_FILE_LIMIT + 4] = options->ontology;
}

void cli_options_outputs(const cli_options *options, cli_output outputs[CLI_OUTPUT_LIMIT])
{
    const char *const paths[CLI_OUTPUT_LIMIT] = { options->out,     options->report,
                                                  options->survivors, options->golden,
                                                  options->conflicts, options->refused,
                                                  options->graph,   options->edges };
    static const cli_option ids[CLI_OUTPUT_LIMIT] = { CLI_OPTION_OUT,       CLI_OPTION_REPORT,
                                                      CLI_OPTION_SURVIVORS, CLI_OPTION_GOLDEN,
                                                      CLI_OPTION_CONFLICTS, CLI_OPTION_REFUSED,
                                                      CLI_OPTION_GRAPH,     CLI_OPTION_EDGES };
    for (int i = 0; i < CLI_OUTPUT_LIMIT; i++) {
        outputs[i].option = cli_option_table[ids[i]].name;
        outputs[i].path = paths[i];
    }
}

/* Are the files there that the verb has no name for? */
static int cli_check_places(cli_run *run, const cli_options *options)
{
    if (options->labels != NULL && options->input_count > 1)
        return cli_usage(run, options->verb_name,
                         "REFERENCE does not go with --labels: the sample takes its place");
    if (options->labels != NULL && options->input_count == 0)
        return cli_usage(run, options->verb_name, "compare needs a file PREDICTION");
    if ((options->verb & CLI_LINKERS) != 0 &&
        options->input_count < cli_inputs_of(options->verb))
        return cli_usage(run, options->verb_name, "%s needs a file of records%s",
                         options->verb_name, options->verb == CLI_WHY ? " and two of them" : "");
    if (options->labels == NULL && options->input_count < cli_inputs_of(options->verb))
        return cli_usage(run, options->verb_name, "%s needs %s", options->verb_name,
                         options->verb == CLI_COMPARE ? "two files: PREDICTION and REFERENCE"
                         : options->verb == CLI_DIFF  ? "two files: OLD and NEW"
                         : options->verb == CLI_GRID  ? "two files of edges"
                         : (options->verb & CLI_EITHER) != 0
                             ? "a file of edges or of entities"
                             : "a file of edges");
    return CLI_OK;
}

static int cli_check_inputs(cli_run *run, cli_options *options)
{
    const char *paths[CLI_INPUT_LIMIT];
    cli_output outputs[CLI_OUTPUT_LIMIT];
    int stdins = 0, code = cli_check_places(run, options);
    if (code == CLI_OK && (options->verb & CLI_NAMED) != 0)
        code = cli_name_inputs(run, options);
    if (code == CLI_OK && (options->verb & CLI_LINKERS) != 0)
        code = cli_check_linking(run, options);
    if (code != CLI_OK)
        return code;
    cli_options_inputs(options, paths);
    for (int i = 0; i < CLI_INPUT_LIMIT; i++)
        stdins += paths[i] != NULL && strcmp(paths[i], "-") == 0 ? 1 : 0;
    if (stdins > 1)
        return cli_usage(run, options->verb_name, "only one input can be standard input");
    if ((options->columns.source_left == NULL) != (options->columns.source_right == NULL))
        return cli_usage(run, options->verb_name,
                         "--source-left and --source-right go together");
    cli_options_outputs(options, outputs);
    for (int i = 1; i < CLI_OUTPUT_LIMIT && options->verb != CLI_LINK; i++)
        if (outputs[i].path != NULL &&
            strcmp(outputs[i].path, options->out == NULL ? "-" : options->out) == 0)
            return cli_usage(run, options->verb_name,
                             "%s and the rows cannot go to the same place", outputs[i].option);
    return CLI_OK;
}

static void cli_read_paths(cli_options *options, const cli_given *given)
{
    const char *weights = given->value[CLI_OPTION_WEIGHTS];
    bool is_word = weights != NULL && (strcmp(weights, "uniform") == 0 ||
                                       strcmp(weights, "cluster_size") == 0);
    options->truth = given->value[CLI_OPTION_TRUTH];
    options->labels = given->value[CLI_OPTION_LABELS];
    options->weights = is_word ? NULL : weights;
    options->records = options->verb == CLI_DEMO ? NULL : given->value[CLI_OPTION_RECORDS];
    options->report = given->value[CLI_OPTION_REPORT];
    options->survivors = given->value[CLI_OPTION_SURVIVORS];
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

static void cli_read_link_paths(cli_options *options, const cli_given *given)
{
    starlings_record_columns *columns = &options->record_columns;
    if ((options->verb & CLI_LINKERS) == 0)
        return;
    options->ontology = given->value[CLI_OPTION_ONTOLOGY];
    options->golden = given->value[CLI_OPTION_GOLDEN];
    options->conflicts = given->value[CLI_OPTION_CONFLICTS];
    options->refused = given->value[CLI_OPTION_REFUSED];
    options->graph = given->value[CLI_OPTION_GRAPH];
    options->edges = given->value[CLI_OPTION_EDGES];
    options->shown = given->value[CLI_OPTION_ENTITY];
    options->readable_names = given->value[CLI_OPTION_NAMES] != NULL;
    columns->uid = given->value[CLI_OPTION_UID];
    columns->perspective = given->value[CLI_OPTION_SOURCE];
    columns->from = given->value[CLI_OPTION_FROM];
    columns->to = given->value[CLI_OPTION_TO];
    columns->type = given->value[CLI_OPTION_TYPE_COLUMN];
    columns->all_type = given->value[CLI_OPTION_TYPE];
}

static int cli_read_link_words(cli_run *run, cli_options *options, const cli_given *given)
{
    static const char *const repeated[2] = { "first", "add" };
    static const char *const policies[5] = { "omit", "weight", "authority", "latest", "majority" };
    static const char *const constraints[2] = { "report", "block" };
    int again = 0, policy = 1, block = 1, code;
    code = cli_read_choice(run, options, given, CLI_OPTION_REPEATED, repeated, 2, &again);
    if (code == CLI_OK)
        code = cli_read_choice(run, options, given, CLI_OPTION_POLICY, policies, 5, &policy);
    if (code == CLI_OK)
        code = cli_read_choice(run, options, given, CLI_OPTION_CONSTRAINTS, constraints, 2, &block);
    options->repeated = (cli_repeated)again;
    options->policy = (starlings_golden_policy)(policy - 1);
    options->constraints_block = block == 2;
    return code;
}

/* Times and conditions of link, query and why. */
static int cli_read_link_values(cli_run *run, cli_options *options, const cli_given *given)
{
    static const cli_option ids[3] = { CLI_OPTION_AT, CLI_OPTION_FROM_DATE, CLI_OPTION_TO_DATE };
    cli_time *const times[3] = { &options->time, &options->from, &options->to };
    int code = cli_read_link_words(run, options, given);
    for (int i = 0; i < 3 && code == CLI_OK; i++)
        if (given->value[ids[i]] != NULL)
            code = cli_read_time(run, options, cli_option_table[ids[i]].name,
                                 given->value[ids[i]], times[i]);
    for (int i = 0; i < given->where_count && code == CLI_OK; i++)
        code = cli_read_where(run, options, given->wheres[i]);
    if (code == CLI_OK && options->verb == CLI_QUERY && options->where_count == 0)
        code = cli_usage(run, options->verb_name, "query needs --where ATTRIBUTE=VALUE");
    if (code == CLI_OK && options->time.text != NULL &&
        (options->from.text != NULL || options->to.text != NULL))
        code = cli_usage(run, options->verb_name, "--at does not go with --from-date, --to-date");
    if (code == CLI_OK && options->from.text != NULL && options->to.text != NULL &&
        options->from.time >= options->to.time)
        code = cli_usage(run, options->verb_name, "--from-date is not before --to-date");
    return code;
}

/* What the rows are: thresholds, numbers of entities, one threshold. */
static int cli_read_rows(cli_run *run, cli_options *options, const cli_given *given)
{
    const char *counts = given->value[CLI_OPTION_EQUAL_COUNTS];
    int code = CLI_OK;
    if (counts != NULL)
        code = cli_read_equal_counts(run, options, counts);
    if (code == CLI_OK && counts != NULL && options->report != NULL)
        code = cli_usage(run, options->verb_name,
                         "--report does not go with --equal-counts: its page is a map of all pairs "
                         "of thresholds");
    if (code == CLI_OK && (options->verb & (CLI_SWEEP | CLI_GRID)) != 0)
        code = cli_read_axes(run, options, given);
    if (code == CLI_OK && (options->verb & (CLI_CLUSTER | CLI_HASH)) != 0)
        code = cli_read_at(run, options, given->value[CLI_OPTION_AT]);
    for (int i = 0; i < given->slice_count && code == CLI_OK; i++)
        code = cli_read_slice(run, options, given->slices[i], given->swept[i]);
    if (code == CLI_OK)
        code = cli_read_reference(run, options, given->value[CLI_OPTION_REFERENCE]);
    return code;
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
    if (code == CLI_OK)
        code = cli_read_rows(run, options, given);
    if (code == CLI_OK && (options->verb & CLI_LINKERS) != 0)
        code = cli_read_link_values(run, options, given);
    if (code == CLI_OK)
        code = cli_check_labels(run, options, given);
    if (code == CLI_OK)
        code = cli_read_sampling(run, options, given);
    if (code == CLI_OK && (options->verb & (CLI_MEASURERS | CLI_COMPARE)) != 0)
        code = cli_read_metrics(run, options, given->value[CLI_OPTION_METRICS]);
    if (code == CLI_OK && (options->verb & CLI_MEASURERS) != 0)
        code = cli_read_best(run, options, given->value[CLI_OPTION_BEST]);
    if (code == CLI_OK && options->verb == CLI_GRID)
        code = cli_check_grid(run, options);
    return code;
}

void cli_options_clear(cli_options *options)
{
    free(options->counts);
    options->counts = NULL;
    for (int i = 0; i < CLI_FILE_LIMIT; i++) {
        free(options->names[i]);
        options->names[i] = NULL;
    }
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
    options->reference = -1;
    options->demo_records = 1000000;
    code = cli_take_arguments(run, options, &given);
    if (code != CLI_OK)
        return code;
    options->help = given.value[CLI_OPTION_HELP] != NULL;
    if (options->help)
        return CLI_OK;
    cli_read_paths(options, &given);
    cli_read_link_paths(options, &given);
    code = cli_check_inputs(run, options);
    if (code == CLI_OK)
        code = cli_read_values(run, options, &given);
    if (code == CLI_OK)
        cli_use_threads(run, options->threads);
    return code;
}
