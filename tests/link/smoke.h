/* smoke.h - one walk through the library, for programs that are put together in unusual ways:
   edges -> hierarchy -> partition -> exact sweep -> best threshold. True if all of it is right.
   Compiles as C11 and C++11. */
#ifndef STARLINGS_TEST_SMOKE_H
#define STARLINGS_TEST_SMOKE_H

#include "../../starlings.h"
#include <string.h>

static bool smoke_sweep(starlings_hierarchy *hierarchy, const starlings_env *env)
{
    static const uint32_t truth[6] = { 0, 0, 0, 1, 1, 2 };
    starlings_partition_desc classes;
    starlings_partition *reference = NULL;
    starlings_sweep_desc desc;
    starlings_sweep *sweep = NULL;
    starlings_best best;
    bool ok;

    memset(&classes, 0, sizeof classes);
    classes.labels = truth;
    classes.record_count = 6;
    classes.env = *env;
    if (starlings_partition_create(&classes, &reference) != STARLINGS_OK)
        return false;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = hierarchy;
    desc.reference = reference;
    desc.env = *env;
    ok = starlings_sweep_create(&desc, &sweep) == STARLINGS_OK &&
         starlings_sweep_row_count(sweep) == 5 &&
         starlings_sweep_best(sweep, STARLINGS_METRIC_PAIRWISE_F1, &best) == STARLINGS_OK &&
         best.key == 800000 && best.value == 1.0 && best.plateau_from == 400001;
    starlings_sweep_release(sweep);
    starlings_partition_release(reference);
    return ok;
}

static bool smoke_with(const starlings_env *env)
{
    static const starlings_edge edges[4] = {
        { 0, 1, 0.95 }, { 1, 2, 0.80 }, { 3, 4, 0.90 }, { 2, 3, 0.40 }
    };
    starlings_hierarchy_desc desc;
    starlings_hierarchy *hierarchy = NULL;
    starlings_partition_desc cut;
    starlings_partition *partition = NULL;
    bool ok;

    memset(&desc, 0, sizeof desc);
    desc.edges = edges;
    desc.edge_count = 4;
    desc.record_count = 6;
    desc.env = *env;
    if (starlings_hierarchy_create(&desc, &hierarchy) != STARLINGS_OK)
        return false;
    memset(&cut, 0, sizeof cut);
    cut.hierarchy = hierarchy;
    cut.threshold = 0.85;
    cut.env = *env;
    ok = starlings_partition_create(&cut, &partition) == STARLINGS_OK &&
         starlings_partition_entity_count(partition) == 4 &&
         starlings_partition_entity_of(partition, 4) == starlings_partition_entity_of(partition, 3);
    ok = ok && smoke_sweep(hierarchy, env) && starlings_version() == STARLINGS_VERSION;
    starlings_partition_release(partition);
    starlings_hierarchy_release(hierarchy);
    return ok;
}

static inline bool smoke(void)
{
    starlings_env env;
    memset(&env, 0, sizeof env);
    env.workers.count = 2;
    return smoke_with(&env);
}

#endif
