/* 01_quickstart.c - three records, two scored pairs, the entities at 0.8.
   Build: cc -std=c11 -pthread -o quickstart 01_quickstart.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

int main(void)
{
    starlings_edge edges[] = { { 0, 1, 0.95 }, { 1, 2, 0.40 } };
    starlings_hierarchy_desc desc = { .edges = edges, .edge_count = 2, .record_count = 3 };
    starlings_hierarchy *hierarchy = NULL;
    starlings_partition *partition = NULL;
    starlings_status status = starlings_hierarchy_create(&desc, &hierarchy);

    if (status == STARLINGS_OK) {
        starlings_partition_desc cut = { .hierarchy = hierarchy, .threshold = 0.8 };
        status = starlings_partition_create(&cut, &partition);
    }
    if (status != STARLINGS_OK)
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));

    for (uint32_t e = 0; e < starlings_partition_entity_count(partition); e++) {
        starlings_span entity = starlings_partition_entity(partition, e);
        printf("entity %u:", (unsigned)e);
        for (uint32_t i = 0; i < entity.count; i++)
            printf(" %u", (unsigned)entity.records[i]);
        printf("\n");
    }

    starlings_partition_release(partition);
    starlings_hierarchy_release(hierarchy);
    return status == STARLINGS_OK ? 0 : 1;
}
