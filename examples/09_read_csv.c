/* 09_read_csv.c - from two CSV files (here: two texts) to the best threshold and the entities
   there, as a CSV again. Records keep their own names from one end to the other.
   Build: cc -std=c11 -pthread -o read_csv 09_read_csv.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>
#include <string.h>

static starlings_status read_text(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    const char **text = (const char **)ctx;
    size_t left = strlen(*text);
    *out_size = left < capacity ? left : capacity;
    memcpy(bytes, *text, *out_size);
    *text += *out_size;
    return STARLINGS_OK;
}

static starlings_status open_text(const char **text, starlings_error *error,
                                  starlings_csv **out_csv)
{
    starlings_csv_desc desc = { .source = { read_text, text }, .env = { .error = error } };
    return starlings_csv_open(&desc, out_csv);
}

typedef struct input {
    starlings_context *context;
    starlings_membership truth;
    starlings_edge_list edges;
} input;

static starlings_status read_input(input *in, const char *truth, const char *edges,
                                   starlings_error *error)
{
    uint32_t order[16]; /* enough here; starlings_context_count(in->context) in a real program */
    starlings_csv *csv = NULL;
    starlings_status status = starlings_context_create(NULL, &in->context);
    if (status == STARLINGS_OK)
        status = open_text(&truth, error, &csv);
    if (status == STARLINGS_OK)
        status = starlings_membership_read_csv(csv, NULL, in->context, false, &in->truth);
    starlings_csv_close(csv);
    csv = NULL;
    if (status == STARLINGS_OK)
        status = open_text(&edges, error, &csv);
    if (status == STARLINGS_OK)
        status = starlings_edge_list_read_csv(csv, NULL, in->context, true, &in->edges);
    starlings_csv_close(csv);
    if (status == STARLINGS_OK)
        status = starlings_context_sort(in->context, order);
    if (status == STARLINGS_OK)
        status = starlings_edge_list_renumber(&in->edges, order,
                                              starlings_context_count(in->context));
    if (status == STARLINGS_OK)
        status = starlings_membership_renumber(&in->truth, order,
                                               starlings_context_count(in->context));
    return status;
}

static starlings_status print_entities(starlings_hierarchy *hierarchy, double threshold,
                                       const starlings_context *context)
{
    starlings_partition_desc cut = { .hierarchy = hierarchy, .threshold = threshold };
    starlings_sink out = { starlings_file_write, stdout };
    starlings_partition *partition = NULL;
    starlings_status status = starlings_partition_create(&cut, &partition);
    if (status == STARLINGS_OK)
        printf("record,entity\n");
    for (uint32_t r = 0; r < starlings_context_count(context) && status == STARLINGS_OK; r++) {
        uint32_t entity = starlings_partition_entity_of(partition, r);
        uint32_t first = starlings_partition_entity(partition, entity).records[0];
        starlings_text key = starlings_context_identity(context, r).key;
        starlings_text name = starlings_context_identity(context, first).key;
        status = starlings_csv_write_field(&out, key, ',');
        if (status == STARLINGS_OK)
            status = starlings_csv_write_field(&out, name, '\n');
    }
    starlings_partition_release(partition);
    return status;
}

int main(void)
{
    input in = { 0 };
    starlings_error error = { 0 };
    starlings_hierarchy *hierarchy = NULL;
    starlings_sweep *sweep = NULL;
    starlings_best best = { 0 };
    starlings_status status =
        read_input(&in, "record,entity\nann,1\nanne,1\n\"lee, b\",2\nlee,2\nzoe,3\n",
                   "record_a,record_b,score\nann,anne,0.97\nlee,\"lee, b\",0.81\nzoe,lee,0.3\n",
                   &error);
    starlings_hierarchy_desc build = { .edges = in.edges.edges, .edge_count = in.edges.count,
                                       .record_count = in.truth.record_count };
    starlings_partition_desc known = { .labels = in.truth.labels,
                                       .record_count = in.truth.record_count };
    starlings_sweep_desc all = { 0 };
    if (status == STARLINGS_OK)
        status = starlings_hierarchy_create(&build, &hierarchy);
    if (status == STARLINGS_OK)
        status = starlings_partition_create(&known, &all.reference);
    all.hierarchy = hierarchy;
    if (status == STARLINGS_OK)
        status = starlings_sweep_create(&all, &sweep);
    if (status == STARLINGS_OK)
        status = starlings_sweep_best(sweep, STARLINGS_METRIC_BCUBED_F1, &best);
    if (status == STARLINGS_OK)
        status = print_entities(hierarchy, starlings_key_threshold(best.key), in.context);
    if (status != STARLINGS_OK)
        fprintf(stderr, "line %u: %s\n", (unsigned)error.line, starlings_status_text(status));
    starlings_sweep_release(sweep);
    starlings_partition_release(all.reference);
    starlings_hierarchy_release(hierarchy);
    starlings_edge_list_clear(&in.edges);
    starlings_membership_clear(&in.truth);
    starlings_context_release(in.context);
    return status == STARLINGS_OK ? 0 : 1;
}
