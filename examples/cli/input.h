/* input.h - files in: names, truth, edges; all numbered in the order of names. */
#ifndef STARLINGS_CLI_INPUT_H
#define STARLINGS_CLI_INPUT_H

#include "cli.h"
#include "options.h"

/* What a verb works on. A record with a source is known as source-__-key, the name that is printed,
   so output can be input. Records are numbered by the bytes of their names, so nothing that is made
   from it depends on the order of the files. */
typedef struct cli_data {
    starlings_names *names;
    starlings_edge_list edges;
    starlings_membership sides[2]; /* sweep: [0] is the truth; compare: prediction, reference */
    uint32_t record_count;
    bool records_have_sources; /* the file of --records has a column of them */
} cli_data;

/* An output must not be an input. */
int cli_check_outputs(cli_run *run, const cli_options *options);

/* Truth (if there is one), records, edges. */
int cli_read_edges(cli_run *run, const cli_options *options, cli_data *data);
/* The two files of compare, brought to the same records as --over says. */
int cli_read_sides(cli_run *run, const cli_options *options, cli_data *data);
void cli_data_clear(cli_data *data); /* a zeroed one is fine */

/* "standard input" for "-". */
const char *cli_input_name(const char *path);

#endif
