/* output.h - rows out: where they go, and how they look. */
#ifndef STARLINGS_CLI_OUTPUT_H
#define STARLINGS_CLI_OUTPUT_H

#include "cli.h"
#include "options.h"

/* A place for output. A file is written under a temporary name beside it and renamed when all is
   well, so nobody ever sees half of it; a zeroed target is fine to abandon. */
typedef struct cli_target {
    cli_run *run;
    const char *path; /* as the user wrote it; NULL: standard output */
    char *final;      /* links followed */
    char *temporary;  /* NULL: written to directly (standard output, a device, a pipe) */
    FILE *file;
    int error; /* errno of the first write that was seen to fail */
} cli_target;

int cli_target_open(cli_run *run, const char *path, cli_target *target); /* NULL, "-": stdout */
int cli_target_finish(cli_target *target);  /* all bytes are out, or it says why not */
int cli_target_publish(cli_target *target); /* give it its name */
void cli_target_abandon(cli_target *target);

/* Should a writer stop early? The reason is found by cli_target_finish. */
bool cli_target_broken(cli_target *target);

/* The format that holds for a target when the user named none. */
cli_format cli_format_for(cli_format asked, const char *out);

/* ---- values ---- */

/* Where values come from: a sweep, row by row; a grid, read row by row; analyses, the rows of one
   after those of the other. */
typedef struct cli_values {
    const starlings_sweep *sweep;
    const starlings_grid *grid; /* used if there is no sweep */
    starlings_analysis *const *parts; /* used if there is neither */
    size_t part_count;
} cli_values;

cli_values cli_values_of_sweep(const starlings_sweep *sweep);
cli_values cli_values_of_grid(const starlings_grid *grid);

/* Is it a whole number, and which? */
bool cli_whole_value(const cli_values *values, starlings_metric metric, size_t row,
                     uint64_t *out_whole);
double cli_value(const cli_values *values, starlings_metric metric, size_t row);

/* A value as CSV and JSON have it: whole numbers plain, reals with 17 digits, NaN as `missing`. */
void cli_write_value(FILE *file, const cli_values *values, starlings_metric metric, size_t row,
                     const char *missing);
void cli_write_real(FILE *file, double value, const char *missing);
void cli_write_short(FILE *file, double value); /* the fewest digits that give it back */
starlings_text cli_text_of(const char *text);
/* The name of a record. `after` is the byte behind it. */
void cli_write_text_csv(FILE *file, starlings_text text, char after);
void cli_write_text_json(FILE *file, starlings_text text);
void cli_write_text_plain(FILE *file, starlings_text text); /* control characters as \xNN */
size_t cli_text_width(starlings_text text);                 /* columns of the plain form */

/* Text of a whole number with a comma between thousands; the buffer holds 32. */
const char *cli_thousands(uint64_t number, char *buffer);

/* ---- tables ---- */

/* The columns before the metrics. */
typedef enum cli_lead {
    CLI_LEAD_THRESHOLD = 1, /* keys[0] */
    CLI_LEAD_PAIR,          /* threshold_a, threshold_b: both keys */
    CLI_LEAD_COUNTS,        /* entities, then as a pair */
    CLI_LEAD_AGAINST,       /* threshold, reference_threshold */
    CLI_LEAD_MEASURED,      /* collection, threshold */
    CLI_LEAD_COMPARED       /* collection, threshold, reference, reference_threshold */
} cli_lead;

/* A row of a table: the row of the values, and what is printed before them. keys[0] STARLINGS_NONE:
   there are no thresholds, and no values. */
typedef struct cli_table_row {
    size_t row;
    uint32_t keys[2];
    uint32_t entities;
    const char *collection; /* where the lead has one */
} cli_table_row;

typedef struct cli_table {
    cli_values values;
    cli_lead lead;
    const starlings_metric *metrics;
    size_t metric_count;
    const cli_table_row *rows;
    size_t row_count;
    const char *reference;     /* where the lead has one */
    const cli_table_row *best; /* of the rows that are printed: it gets a mark; NULL: none does */
} cli_table;

/* The best row by a metric, NULL if there is none; of equals that of the highest first threshold,
   then of the highest second. */
const cli_table_row *cli_best_row(const cli_values *values, starlings_metric metric,
                                  const cli_table_row *rows, size_t count, double *out_value);

/* Some rows of many, for people: evenly spaced ones, and those around the best (NULL: none). They
   stay in their order. Room for spaced + 2 around + 1; returns how many. */
size_t cli_pick_rows(const cli_table_row *rows, size_t count, const cli_table_row *best,
                     size_t spaced, size_t around, cli_table_row *picked);
void cli_write_left_out(FILE *file, size_t written, size_t count); /* if any are */

/* For people: a column for each metric, in blocks of at most 80 columns. */
void cli_write_table(FILE *file, const cli_table *table);
void cli_write_best_line(FILE *file, starlings_metric metric, const starlings_best *best);
/* For programs. Of JSON {"columns": [...], "rows": [...] is written; the caller ends the object. */
void cli_write_table_csv(cli_target *target, const cli_table *table);
void cli_write_table_json(cli_target *target, const cli_table *table);

#endif
