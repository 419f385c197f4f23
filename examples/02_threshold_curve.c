/* 02_threshold_curve.c - with a truth, one call gives every metric at every threshold. Which
   threshold is best, and how far may it be moved without changing anything?
   Build: cc -std=c11 -pthread -o threshold_curve 02_threshold_curve.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

#define RECORDS 8

/* What a matcher said of pairs of records ... */
static const starlings_edge edges[] = {
    { 0, 1, 0.97 }, { 1, 2, 0.81 }, { 3, 4, 0.88 }, { 5, 6, 0.74 }, { 4, 5, 0.52 }, { 2, 3, 0.31 }
};

/* ... and who they really are: records with the same number are one person. */
static const uint32_t truth[RECORDS] = { 10, 10, 10, 20, 20, 30, 30, 40 };

static void print_curve(const starlings_sweep *sweep)
{
    const uint32_t *keys = starlings_sweep_keys(sweep);
    const uint64_t *entities = starlings_sweep_integers(sweep, STARLINGS_METRIC_CLUSTERS_B);

    printf("threshold  entities  precision  recall      f1     ari\n");
    for (size_t row = 0; row < starlings_sweep_row_count(sweep); row++)
        printf("%9.2f  %8u  %9.4f  %6.4f  %6.4f  %6.4f\n", starlings_key_threshold(keys[row]),
               (unsigned)entities[row],
               starlings_sweep_value(sweep, STARLINGS_METRIC_PAIRWISE_PRECISION, row),
               starlings_sweep_value(sweep, STARLINGS_METRIC_PAIRWISE_RECALL, row),
               starlings_sweep_value(sweep, STARLINGS_METRIC_PAIRWISE_F1, row),
               starlings_sweep_value(sweep, STARLINGS_METRIC_ARI, row));
}

static starlings_status run(starlings_hierarchy *hierarchy, starlings_partition *reference)
{
    starlings_sweep_desc desc = { .hierarchy = hierarchy, .reference = reference };
    starlings_sweep *sweep = NULL;
    starlings_best best;
    starlings_status status = starlings_sweep_create(&desc, &sweep);

    if (status == STARLINGS_OK) {
        print_curve(sweep);
        status = starlings_sweep_best(sweep, STARLINGS_METRIC_PAIRWISE_F1, &best);
    }
    if (status == STARLINGS_OK)
        printf("best f1 %.4f at %.6f; the same from %.6f to %.6f\n", best.value,
               starlings_key_threshold(best.key), starlings_key_threshold(best.plateau_from),
               starlings_key_threshold(best.plateau_to));
    starlings_sweep_release(sweep);
    return status;
}

int main(void)
{
    starlings_hierarchy_desc desc = { .edges = edges,
                                      .edge_count = sizeof edges / sizeof edges[0],
                                      .record_count = RECORDS };
    starlings_partition_desc classes = { .labels = truth, .record_count = RECORDS };
    starlings_hierarchy *hierarchy = NULL;
    starlings_partition *reference = NULL;

    starlings_status status = starlings_hierarchy_create(&desc, &hierarchy);
    if (status == STARLINGS_OK)
        status = starlings_partition_create(&classes, &reference);
    if (status == STARLINGS_OK)
        status = run(hierarchy, reference);
    if (status != STARLINGS_OK)
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));

    starlings_partition_release(reference);
    starlings_hierarchy_release(hierarchy);
    return status == STARLINGS_OK ? 0 : 1;
}
