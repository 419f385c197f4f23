/* 04_why_together.c - why are two records one entity? Up to which threshold, by which chain of
   scored pairs, and which link of the chain is the weakest?
   Build: cc -std=c11 -pthread -o why_together 04_why_together.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

#define RECORDS 5

static const char *const names[RECORDS] = {
    "J. Smith", "John Smith", "Jon Smyth", "J. Smythe", "A. Lee"
};

static const starlings_edge edges[] = {
    { 0, 1, 0.93 }, { 1, 2, 0.71 }, { 2, 3, 0.88 }, { 0, 3, 0.35 }, { 0, 1, 0.60 }
};

static starlings_status explain(const starlings_index *index, uint32_t a, uint32_t b)
{
    starlings_kept_edge path[RECORDS];
    size_t count = 0, weakest = 0;
    uint32_t key = 0;
    starlings_status status = starlings_index_closeness(index, a, b, &key);

    if (status != STARLINGS_OK)
        return status;
    if (key == STARLINGS_NONE) {
        printf("%s and %s: never together\n", names[a], names[b]);
        return STARLINGS_OK;
    }
    printf("%s and %s: together up to %.2f\n", names[a], names[b], starlings_key_threshold(key));

    status = starlings_index_path(index, a, b, path, RECORDS, &count, &weakest);
    for (size_t i = 0; i < count; i++)
        printf("    %s - %s  %.2f%s\n", names[path[i].a], names[path[i].b],
               starlings_key_threshold(path[i].key), i == weakest ? "  the weakest link" : "");
    return status;
}

int main(void)
{
    starlings_hierarchy_desc desc = { .edges = edges,
                                      .edge_count = sizeof edges / sizeof edges[0],
                                      .record_count = RECORDS,
                                      .keep_edges = true }; /* or there is no path to show */
    starlings_hierarchy *hierarchy = NULL;
    starlings_index *index = NULL;

    starlings_status status = starlings_hierarchy_create(&desc, &hierarchy);
    if (status == STARLINGS_OK)
        status = starlings_index_create(hierarchy, NULL, &index);
    if (status == STARLINGS_OK)
        status = explain(index, 0, 3);
    if (status == STARLINGS_OK)
        status = explain(index, 1, 4);
    if (status != STARLINGS_OK)
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));

    starlings_index_release(index);
    starlings_hierarchy_release(hierarchy);
    return status == STARLINGS_OK ? 0 : 1;
}
