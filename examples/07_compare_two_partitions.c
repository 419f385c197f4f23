/* 07_compare_two_partitions.c - two resolvers, no thresholds: how far do they agree?
   Build: cc -std=c11 -pthread -o compare_two_partitions 07_compare_two_partitions.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

#define RECORDS 10

static const uint32_t ours[RECORDS] = { 1, 1, 1, 2, 2, 3, 3, 3, 4, 5 };
static const uint32_t theirs[RECORDS] = { 7, 7, 8, 8, 8, 9, 9, 9, 6, 6 };

static void print_all(const starlings_sweep *sweep)
{
    for (int m = 0; m < STARLINGS_METRIC_COUNT; m++) {
        const starlings_metric_info *info = starlings_metric_describe((starlings_metric)m);
        double value = starlings_sweep_value(sweep, (starlings_metric)m, 0);
        printf(info->integer ? "%-27s %8.0f    %s\n" : "%-27s %8.4f    %s\n", info->name, value,
               info->formula);
    }
}

int main(void)
{
    starlings_partition_desc a = { .labels = theirs, .record_count = RECORDS };
    starlings_partition_desc b = { .labels = ours, .record_count = RECORDS };
    starlings_partition *reference = NULL, *prediction = NULL;
    starlings_sweep *comparison = NULL;

    starlings_status status = starlings_partition_create(&a, &reference);
    if (status == STARLINGS_OK)
        status = starlings_partition_create(&b, &prediction);
    if (status == STARLINGS_OK) {
        starlings_sweep_desc desc = { .prediction = prediction,
                                      .reference = reference,
                                      .metrics = starlings_metric_set_all(true, true) };
        status = starlings_sweep_create(&desc, &comparison);
    }
    if (status == STARLINGS_OK)
        print_all(comparison);
    else
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));

    starlings_sweep_release(comparison);
    starlings_partition_release(prediction);
    starlings_partition_release(reference);
    return status == STARLINGS_OK ? 0 : 1;
}
