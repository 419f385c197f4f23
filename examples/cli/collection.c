/* collection.c - files as the collections of a frame. */
#include "verbs.h"
#include <string.h>

int cli_make_collection(cli_run *run, const cli_options *options, cli_data *data, int at,
                        starlings_collection **out_collection)
{
    starlings_edge_list *edges = &data->edges[at];
    starlings_membership *groups = &data->sides[at];
    starlings_collection_desc desc;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.context = data->context;
    desc.edges = edges->edges;
    desc.edge_count = edges->count;
    if (data->are_groups[at]) {
        desc.labels = groups->labels;
        desc.label_count = groups->record_count;
    }
    desc.decimals = options->decimals;
    desc.env = run->env;
    status = starlings_collection_create(&desc, out_collection);
    starlings_edge_list_clear(edges);
    starlings_membership_clear(groups);
    return cli_fail_status(run, status);
}

int cli_make_frame(cli_run *run, const cli_options *options, cli_data *data,
                   starlings_frame **out_frame)
{
    starlings_frame_desc desc;
    int code;
    memset(&desc, 0, sizeof desc);
    desc.context = data->context;
    desc.env = run->env;
    code = cli_fail_status(run, starlings_frame_create(&desc, out_frame));
    for (int i = 0; i < options->input_count && code == CLI_OK; i++) {
        starlings_collection *collection = NULL;
        code = cli_make_collection(run, options, data, i, &collection);
        if (code == CLI_OK)
            code = cli_fail_status(run, starlings_frame_add(*out_frame, options->names[i],
                                                            collection));
        starlings_collection_release(collection);
    }
    return code;
}
