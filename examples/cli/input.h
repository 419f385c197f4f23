/* input.h - files in: records, truth, edges; all in one context, in the order of its keys. */
#ifndef STARLINGS_CLI_INPUT_H
#define STARLINGS_CLI_INPUT_H

#include "cli.h"
#include "file.h"
#include "options.h"

/* What a verb works on. A record with a source is known as source-__-key, the name that is printed,
   so output can be input. Records are numbered by the bytes of their names, so nothing that is made
   from it depends on the order of the files. */
typedef struct cli_data {
    starlings_context *context;
    starlings_edge_list edges[CLI_FILE_LIMIT]; /* of the inputs */
    starlings_membership sides[CLI_FILE_LIMIT]; /* sweep: [0] is the truth; compare: prediction, and
                                                   reference or sample; others: of the inputs */
    bool are_groups[CLI_FILE_LIMIT]; /* the input was read into `sides` */
    const char *entity_column; /* of the membership that was read last */
    uint32_t record_count;
    bool records_have_sources; /* the file of --records has a column of them */
} cli_data;

/* An output must not be an input. */
int cli_check_outputs(cli_run *run, const cli_options *options);

/* Truth (if there is one), records, one or two files of edges. */
int cli_read_edges(cli_run *run, const cli_options *options, cli_data *data);
/* The two files of compare, brought to the same records as --over says. */
int cli_read_sides(cli_run *run, const cli_options *options, cli_data *data);
/* The two files of diff, each with the records that it has. */
int cli_read_versions(cli_run *run, const cli_options *options, cli_data *data);
/* Files of edges or of entities, told apart by their headers. */
int cli_read_collections(cli_run *run, const cli_options *options, cli_data *data);
/* The prediction and the sample. */
int cli_read_sample(cli_run *run, const cli_options *options, cli_data *data);
void cli_data_clear(cli_data *data); /* a zeroed one is fine */

/* A record without a label stands alone, under a label that nothing else has. */
void cli_fill_labels(uint32_t *labels, uint32_t count);

#endif
