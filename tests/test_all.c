/* test_all.c - all unit tests in one program, the library compiled in with its own checks on.
   Build: cc -std=c11 -O1 -Itests tests/test_all.c -o build/test_all
   Run from the top of the tree: build/test_all [part of a name] [seed] [--long] */
#define STARLINGS_IMPLEMENTATION
#ifndef STARLINGS_DEBUG
#  define STARLINGS_DEBUG 3
#endif
#ifdef TEST_BITMAP_ROARING
#  include "../starlings_roaring.h"
#else
#  include "../starlings.h"
#endif
#include "../starlings_linker.h"

#include "faults.h"
#include "model.h"
#include "t.h"

#ifdef TEST_THREADS /* only what several threads do: for the thread sanitizer */
#  include "test_forest.c"
#  include "test_threads.c"
#  include "test_linker_threads.c"

int main(int argc, char **argv)
{
    t_arguments(argc, argv);
    T_RUN(test_threads);
    T_RUN(test_linker_threads);
    return t_finish();
}
#else

#include "test_basics.c"
#include "test_arith.c"
#include "test_hash.c"
#include "test_bytes.c"
#include "test_set_kernels.c"
#ifndef TEST_BITMAP_ROARING
#  include "test_backend.c"
#  include "test_portable.c"
#endif
#include "test_bitmap.c"
#include "test_forest.c"
#include "test_edges.c"
#include "test_hierarchy.c"
#include "test_partition.c"
#include "test_metrics.c"
#include "test_matching.c"
#include "test_sweep.c"
#include "test_vectors.c"
#include "test_laws.c"
#include "test_curves.c"
#include "test_estimate.c"
#include "test_grid.c"
#include "test_changes.c"
#include "test_exchange.c"
#include "test_context.c"
#include "test_frame.c"
#include "test_analyse.c"
#include "test_digest.c"
#include "test_faults.c"
#include "test_structure.c"
#include "test_threads.c"
#include "test_linker_threads.c"
#include "test_interval.c"
#include "test_ontology.c"
#include "test_linker.c"
#include "test_replay.c"
#include "test_linker_scenarios.c"
#include "test_linker_csv.c"
#include "test_conflict.c"
#include "test_golden.c"
#include "test_query.c"
#include "test_graph.c"
#include "test_shared.c"
#include "test_big.c"

int main(int argc, char **argv)
{
    t_arguments(argc, argv);
    T_RUN(test_basics);
    T_RUN(test_arith);
    T_RUN(test_hash);
    T_RUN(test_bytes);
    T_RUN(test_set_kernels);
#ifdef TEST_BITMAP_ROARING
    T_SKIP(2, "the own backend and its bytes are not in this program");
#else
    T_RUN(test_backend);
    T_RUN(test_portable);
#endif
    T_RUN(test_bitmap);
    T_RUN(test_forest);
    T_RUN(test_edges);
    T_RUN(test_hierarchy);
    T_RUN(test_partition);
    T_RUN(test_metrics);
    T_RUN(test_matching);
    T_RUN(test_sweep);
    T_RUN(test_vectors);
    T_RUN(test_laws);
    T_RUN(test_curves);
    T_RUN(test_estimate);
    T_RUN(test_grid);
    T_RUN(test_changes);
    T_RUN(test_exchange);
    T_RUN(test_context);
    T_RUN(test_frame);
    T_RUN(test_analyse);
    T_RUN(test_digest);
    T_RUN(test_faults);
    T_RUN(test_structure);
    T_RUN(test_threads);
    T_RUN(test_linker_threads);
    T_RUN(test_interval);
    T_RUN(test_ontology);
    T_RUN(test_linker);
    T_RUN(test_replay);
    T_RUN(test_linker_scenarios);
    T_RUN(test_linker_csv);
    T_RUN(test_conflict);
    T_RUN(test_golden);
    T_RUN(test_query);
    T_RUN(test_graph);
    T_RUN(test_shared);
    T_RUN(test_big);
    return t_finish();
}
#endif
