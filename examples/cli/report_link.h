/* report_link.h - the page of a linking: link_page.c gathers what it shows, report_link.c writes
   it. */
#ifndef STARLINGS_CLI_REPORT_LINK_H
#define STARLINGS_CLI_REPORT_LINK_H

#include "link_input.h"
#include "report.h"
#include "verbs.h"

/* A value for as long as some record of the entity says so. */
typedef struct report_bar {
    starlings_text value;
    starlings_interval valid;
    uint32_t row; /* of the lane, from 0 */
    uint32_t colour;
} report_bar;

/* An attribute. */
typedef struct report_lane {
    starlings_text attribute;
    size_t first, count;              /* bars, those that are drawn */
    size_t hidden;                    /* those that are not */
    size_t first_clash, clash_count;  /* the times at which values contradict each other */
    uint32_t rows;
    uint32_t values;
    bool constant; /* one value for all time: told in words */
} report_lane;

typedef struct report_link {
    const cli_linked *linked;
    const cli_options *options;
    const starlings_conflicts *conflicts;
    const starlings_refusals *refusals;
    const char *title;
    uint32_t entity; /* STARLINGS_NONE: there are no records */
    const char *choice; /* why this one */
    uint32_t entity_count, largest;
    size_t conflict_count; /* in the entity */
    starlings_golden *golden;
    report_lane *lanes;
    size_t lane_count;
    report_bar *bars;
    size_t bar_count;
    starlings_interval *clashes;
    starlings_interval axis; /* the times that are drawn */
    bool has_axis;
    cli_facts facts;
} report_link;

/* The page keeps what it is given. Clear it in any case; a zeroed one is fine. */
int cli_plan_link_page(cli_run *run, const cli_options *options, const cli_linked *linked,
                       const starlings_conflicts *conflicts, const starlings_refusals *refusals,
                       report_link *page);
void report_link_clear(report_link *data);

/* Write the page. False: writing failed. */
bool report_link_write(FILE *file, const report_link *data);

#endif
