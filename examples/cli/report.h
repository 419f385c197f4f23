/* report.h - what the report page is made from; report.c writes it as one HTML file. */
#ifndef STARLINGS_CLI_REPORT_H
#define STARLINGS_CLI_REPORT_H

#include "../../starlings.h"
#include <stdio.h>

typedef struct report_fact {
    const char *label; /* "Records" */
    const char *text;  /* "1,000,000" */
} report_fact;

/* How far the scores can be trusted, and what joining does to them. */
#define REPORT_BINS 10u
#define REPORT_SCORE_ROWS 11u
typedef struct report_scores {
    starlings_calibration whole;
    starlings_score_bin bins[REPORT_BINS];
    size_t row_count; /* of the arrays below */
    uint32_t keys[REPORT_SCORE_ROWS];
    size_t rows[REPORT_SCORE_ROWS]; /* of the sweep, at these keys */
    uint64_t edges[REPORT_SCORE_ROWS];
    uint64_t true_edges[REPORT_SCORE_ROWS];
} report_scores;

#define REPORT_PLATEAUS 5u

/* What sums up the rows by the best metric. A page about no truth has none. */
#define REPORT_NEAR 0.01
typedef struct report_sums {
    bool has_best;
    starlings_best best;
    uint32_t near_from, near_to; /* the rows around the best whose values are within REPORT_NEAR */
    double area;                 /* NaN: a row has no value */
    double mean;                 /* over the thresholds; NaN also where there is only one */
    starlings_average average;   /* of pairs */
} report_sums;

typedef struct report_data {
    const char *title;            /* "demo" or the name of the edges file */
    const starlings_sweep *sweep; /* the curves; has clusters_b, max_size_b and, with a truth, the
                                     pairwise metrics; what else it has is drawn or listed too */
    const starlings_metric *metrics; /* columns of the table to begin with, in this order */
    size_t metric_count;
    bool has_truth;
    starlings_metric best_metric;
    report_sums sums;
    const starlings_size_count *sizes; /* entity sizes at the best threshold (or at `sizes_key`) */
    size_t size_count;
    uint32_t sizes_key;
    const char *note; /* which records it is about, where that is not all of them; or NULL */
    const starlings_plateau *plateaus; /* the widest ranges without a change */
    size_t plateau_count;
    const report_scores *scores; /* NULL: there is no truth, or the edges are gone */
    const report_fact *facts; /* how it was made: input, records, edges, times, version, command */
    size_t fact_count;
} report_data;

/* Write the page. False: writing failed or there was no memory. */
bool report_write(FILE *file, const report_data *data);

/* What the page of a grid is made from. */
#define REPORT_MAP_LIMIT 12u /* maps in a page; the other metrics are named */
typedef struct report_grid {
    const char *name_a; /* of the files of edges */
    const char *name_b;
    const starlings_grid *grid;
    const starlings_metric *metrics; /* a map for each, in this order */
    size_t metric_count;
    bool has_best;
    starlings_metric best_metric;
    size_t best_row, best_column;
    const report_fact *facts;
    size_t fact_count;
} report_grid;

bool report_grid_write(FILE *file, const report_grid *data);

#endif
