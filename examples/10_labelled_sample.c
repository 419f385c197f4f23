/* 10_labelled_sample.c - nobody has checked all records by hand. From a few checked entities:
   estimates of precision and recall for all, with standard errors and intervals.
   Build: cc -std=c11 -pthread -o labelled_sample 10_labelled_sample.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

#define RECORDS 24
#define NO STARLINGS_NONE

/* What the resolver says of all records ... */
static const uint32_t predicted[RECORDS] = { 0, 0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 5,
                                             5, 6, 6, 7, 8, 8, 9, 9, 9, 9, 10, 11 };
/* ... and what people found for the entities of some records drawn at random. */
static const uint32_t checked[RECORDS] = { 0,  0,  0,  0, NO, 2, 2, NO, NO, NO, 5, 5,
                                           NO, NO, NO, 7, 8,  8, 9, 9,  10, 10, NO, NO };

int main(void)
{
    starlings_partition_desc all = { .labels = predicted, .record_count = RECORDS };
    starlings_partition *prediction = NULL;
    starlings_sample *sample = NULL;
    starlings_status status = starlings_partition_create(&all, &prediction);
    if (status == STARLINGS_OK) {
        starlings_sample_desc desc = { .prediction = prediction,
                                       .labels = checked,
                                       .weighting = STARLINGS_WEIGHT_CLUSTER_SIZE,
                                       .replicates = 1000,
                                       .seed = 1 };
        status = starlings_sample_create(&desc, &sample);
    }
    if (status == STARLINGS_OK)
        printf("%u entities of %u records were checked\n"
               "                           value      sd  95 %% interval      bootstrap\n",
               (unsigned)starlings_sample_cluster_count(sample),
               (unsigned)starlings_sample_record_count(sample));
    for (int e = 0; e < STARLINGS_ESTIMATE_COUNT && status == STARLINGS_OK; e++) {
        starlings_estimated it;
        status = starlings_sample_at(sample, 0, (starlings_estimate)e, &it);
        printf("%-24s %7.4f %7.4f  %7.4f %7.4f  %7.4f %7.4f\n",
               starlings_estimate_name((starlings_estimate)e), it.value, it.sd, it.low, it.high,
               it.boot_low, it.boot_high);
    }
    if (status != STARLINGS_OK)
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));

    starlings_sample_release(sample);
    starlings_partition_release(prediction);
    return status == STARLINGS_OK ? 0 : 1;
}
