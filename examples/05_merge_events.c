/* 05_merge_events.c - what joins when. Groups that join at the same threshold are one merge of
   many; the linkage matrix of scipy and a Newick tree tell the same to other programs.
   Build: cc -std=c11 -pthread -o merge_events 05_merge_events.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

#define RECORDS 6

static const starlings_edge edges[] = {
    { 0, 1, 0.9 }, { 2, 3, 0.7 }, { 1, 2, 0.7 }, { 3, 4, 0.7 }, { 0, 5, 0.2 }
};

static void print_merge(const starlings_merge *merge)
{
    printf("at %.2f:", merge->threshold);
    for (uint32_t g = 0; g < merge->group_count; g++) {
        starlings_span group = starlings_merge_group(merge, g);
        printf(g == 0 ? " {" : " + {");
        for (uint32_t i = 0; i < group.count; i++)
            printf(i == 0 ? "%u" : " %u", (unsigned)group.records[i]);
        printf("}");
    }
    printf("\n");
}

static starlings_status print_merges(starlings_hierarchy *hierarchy)
{
    starlings_merge_list *list = NULL;
    starlings_merge merge;
    starlings_status status = starlings_merge_list_create(hierarchy, NULL, &list);

    for (uint32_t m = 0; m < starlings_merge_list_count(list); m++)
        if (starlings_merge_list_at(list, m, &merge) == STARLINGS_OK)
            print_merge(&merge);
    starlings_merge_list_release(list);
    return status;
}

static starlings_status print_linkage(starlings_hierarchy *hierarchy)
{
    double matrix[RECORDS - 1][4];
    starlings_status status = starlings_hierarchy_linkage(hierarchy, NULL, 0, matrix[0]);

    for (size_t row = 0; row < RECORDS - 1 && status == STARLINGS_OK; row++)
        printf("linkage %g %g %.2f %g\n", matrix[row][0], matrix[row][1], matrix[row][2],
               matrix[row][3]);
    return status;
}

int main(void)
{
    starlings_hierarchy_desc desc = { .edges = edges,
                                      .edge_count = sizeof edges / sizeof edges[0],
                                      .record_count = RECORDS };
    starlings_hierarchy *hierarchy = NULL;
    starlings_status status = starlings_hierarchy_create(&desc, &hierarchy);

    if (status == STARLINGS_OK)
        status = print_merges(hierarchy);
    if (status == STARLINGS_OK)
        status = print_linkage(hierarchy);
    if (status == STARLINGS_OK) {
        starlings_newick_desc newick = { .hierarchy = hierarchy,
                                         .sink = { starlings_file_write, stdout } };
        status = starlings_hierarchy_newick(&newick);
    }
    if (status != STARLINGS_OK)
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));

    starlings_hierarchy_release(hierarchy);
    return status == STARLINGS_OK ? 0 : 1;
}
