/* options.h - the command line, read. */
#ifndef STARLINGS_CLI_OPTIONS_H
#define STARLINGS_CLI_OPTIONS_H

#include "cli.h"

typedef enum cli_format {
    CLI_FORMAT_UNSET = 0, /* table on a terminal, csv otherwise */
    CLI_FORMAT_TABLE,
    CLI_FORMAT_CSV,
    CLI_FORMAT_JSON
} cli_format;

typedef enum cli_over {
    CLI_OVER_SAME = 0, /* both files must have the same records */
    CLI_OVER_INTERSECTION,
    CLI_OVER_UNION
} cli_over;

/* What becomes of records that the truth lacks. */
typedef enum cli_unlabelled {
    CLI_UNLABELLED_REFUSE = 0,
    CLI_UNLABELLED_DROP, /* take only the records that the truth has */
    CLI_UNLABELLED_KEEP  /* each of the others is an entity of its own in the truth */
} cli_unlabelled;

/* Thresholds from, from + step ... up to `to`; millionths. */
typedef struct cli_axis {
    uint32_t from, to, step;
} cli_axis;

/* Files that a verb is given by place; also the most expressions of an analysis. */
#define CLI_FILE_LIMIT 64

/* A collection at one threshold, or swept. */
typedef struct cli_slice {
    int file;        /* its place among the inputs */
    bool swept;
    double at;       /* not swept */
    cli_axis axis;   /* swept */
} cli_slice;

/* What becomes of a row of a record that is there already and says something else. */
typedef enum cli_repeated {
    CLI_REPEATED_REFUSE = 0,
    CLI_REPEATED_FIRST, /* the first row counts */
    CLI_REPEATED_ADD    /* rows add up: each says what holds from its start to its end */
} cli_repeated;

/* A time on the command line: a date, as days since 1970, or a whole number. */
typedef struct cli_time {
    const char *text; /* NULL: not given */
    int64_t time;
    bool is_date;
} cli_time;

#define CLI_WHERE_LIMIT 64

/* Metrics in the order in which they are asked for, each once. */
typedef struct cli_metrics {
    starlings_metric list[STARLINGS_METRIC_COUNT];
    size_t count;
    starlings_metric_set set;
} cli_metrics;

typedef struct cli_options {
    cli_verb verb;
    const char *verb_name;
    const char *inputs[CLI_FILE_LIMIT]; /* EDGES; PREDICTION and REFERENCE; EDGES1 and EDGES2; OLD
                                           and NEW; collections; RECORDS */
    const char *pair[2];                /* the two records of why */
    char *names[CLI_FILE_LIMIT]; /* of them, where they are collections; freed by
                                    cli_options_clear */
    int input_count;
    cli_slice slices[CLI_FILE_LIMIT - 1]; /* of --cut and --sweep */
    int slice_count;
    int reference;             /* of --reference: a place among the inputs; -1: not given */
    const char *reference_at;  /* its threshold as given, or NULL */
    double reference_threshold;
    bool common;               /* --over common */
    const char *truth; /* paths; NULL: not given; "-": standard input or output */
    const char *records;
    const char *labels;
    const char *weights; /* the file of them; else `weighting` is not STARLINGS_WEIGHT_GIVEN */
    const char *report;
    const char *survivors;
    const char *out;
    const char *ontology;
    const char *golden;
    const char *conflicts;
    const char *refused;
    const char *graph;
    const char *edges;
    const char *shown; /* a record of the entity that the report shows; NULL: not given */
    starlings_record_columns record_columns;
    cli_repeated repeated;
    bool constraints_block;
    bool readable_names;
    starlings_golden_policy policy;
    starlings_graph_format graph_format;
    starlings_condition where[CLI_WHERE_LIMIT];
    int where_count;
    cli_time time;    /* --at of link and query */
    cli_time from, to; /* of query */
    starlings_csv_columns columns;
    cli_format format;
    cli_over over;
    cli_metrics metrics;
    bool has_best;
    starlings_metric best;
    bool exact;
    cli_axis axes[2];  /* a sweep has one */
    bool default_axes; /* nothing of them was given */
    uint32_t *counts;  /* of --equal-counts, or NULL; freed by cli_options_clear */
    size_t count_count;
    cli_unlabelled unlabelled;
    starlings_weighting weighting;
    uint32_t replicates;
    uint64_t seed;
    double confidence;
    double at;
    bool has_at;
    starlings_digest_kind digest;
    bool by_number; /* --ids numbers */
    uint32_t decimals;
    uint32_t threads;
    uint32_t demo_records;
    bool help;
} cli_options;

extern const char *const cli_digest_names[3]; /* by starlings_digest_kind */

/* The files that are written; NULL for those that are not given. */
#define CLI_OUTPUT_LIMIT 8
typedef struct cli_output {
    const char *option; /* by which it is named */
    const char *path;
} cli_output;

/* Read argv[2 ...]; what is wrong has been said when the result is not CLI_OK. Clear them in any
   case. */
int cli_options_read(cli_run *run, cli_verb verb, cli_options *options);
void cli_options_clear(cli_options *options);

/* The files that are read; NULL for those that are not given. */
#define CLI_INPUT_LIMIT (CLI_FILE_LIMIT + 5)
void cli_options_inputs(const cli_options *options, const char *paths[CLI_INPUT_LIMIT]);
void cli_options_outputs(const cli_options *options, cli_output outputs[CLI_OUTPUT_LIMIT]);

/* Refuse what has too many rows for its metrics. */
int cli_check_values(cli_run *run, const cli_options *options, uint64_t rows);

/* ---- named.c: files as named collections ---- */

int cli_name_inputs(cli_run *run, cli_options *options);
/* One --cut or --sweep, one --reference (NULL: not given). */
int cli_read_slice(cli_run *run, cli_options *options, const char *text, bool swept);
int cli_read_reference(cli_run *run, cli_options *options, const char *text);

/* ---- link_options.c: the options of link, query and why ---- */

/* A date or a whole number; false: neither, or one that stands for no bound. */
bool cli_parse_time(starlings_text text, int64_t *out_time, bool *out_is_date);
int cli_read_time(cli_run *run, const cli_options *options, const char *option, const char *text,
                  cli_time *time);
int cli_read_where(cli_run *run, cli_options *options, const char *text);
int cli_check_linking(cli_run *run, cli_options *options);

/* Millionths from the text of a decimal number, exactly: no double on the way. False: not such a
   number, above 1, or not a multiple of 0.000001. */
bool cli_millionths(const char *text, uint32_t *out_key);

/* The entry of `names` that takes the fewest changes of a letter to make it `name`; NULL: they are
   more than a third of its letters, too many for a typing error. */
const char *cli_nearest(const char *name, const char *const *names, size_t count);

/* Print the help of a verb, or of the program for NULL. */
void cli_print_help(FILE *file, const char *verb_name);

#define CLI_VERB_COUNT 13
extern const char *const cli_verb_names[CLI_VERB_COUNT]; /* in the order of the bits of cli_verb */

#endif
