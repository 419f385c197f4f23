/* report.h - what the report page is made from; report.c writes it as one HTML file. */
#ifndef STARLINGS_CLI_REPORT_H
#define STARLINGS_CLI_REPORT_H

#include "../../starlings.h"
#include <stdio.h>

typedef struct report_fact {
    const char *label; /* "Records" */
    const char *text;  /* "1,000,000" */
} report_fact;

typedef struct report_data {
    const char *title;            /* "demo" or the name of the edges file */
    const starlings_sweep *sweep; /* the curves; has clusters_b, max_size_b and, with a truth, the
                                     pairwise metrics; what else it has is drawn or listed too */
    const starlings_metric *metrics; /* columns of the table to begin with, in this order */
    size_t metric_count;
    bool has_truth;
    bool has_best;
    starlings_metric best_metric;
    starlings_best best;
    const starlings_size_count *sizes; /* entity sizes at the best threshold (or at `sizes_key`) */
    size_t size_count;
    uint32_t sizes_key;
    const report_fact *facts; /* how it was made: input, records, edges, times, version, command */
    size_t fact_count;
} report_data;

/* Write the page. False: writing failed or there was no memory. */
bool report_write(FILE *file, const report_data *data);

#endif
