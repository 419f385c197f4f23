/* 08_cpp_user.cpp - the same from C++: a desc starts as `= {}` and its members are assigned (older
   C++ has no designators), handles go into unique_ptr, vectors give their data.
   Build: c++ -std=c++17 -pthread -o cpp_user 08_cpp_user.cpp */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

struct Release {
    void operator()(starlings_hierarchy *handle) const { starlings_hierarchy_release(handle); }
    void operator()(starlings_partition *handle) const { starlings_partition_release(handle); }
};
using Hierarchy = std::unique_ptr<starlings_hierarchy, Release>;
using Partition = std::unique_ptr<starlings_partition, Release>;

static void check(starlings_status status, const starlings_error &error)
{
    if (status != STARLINGS_OK)
        throw std::runtime_error(error.text);
}

static Hierarchy build(const std::vector<starlings_edge> &edges)
{
    starlings_error error = {};
    starlings_hierarchy_desc desc = {};
    desc.edges = edges.data();
    desc.edge_count = edges.size();
    desc.env.error = &error;
    starlings_hierarchy *out = nullptr;
    check(starlings_hierarchy_create(&desc, &out), error);
    return Hierarchy(out);
}

static Partition cut(const Hierarchy &hierarchy, double threshold)
{
    starlings_error error = {};
    starlings_partition_desc desc = {};
    desc.hierarchy = hierarchy.get();
    desc.threshold = threshold;
    desc.env.error = &error;
    starlings_partition *out = nullptr;
    check(starlings_partition_create(&desc, &out), error);
    return Partition(out);
}

int main()
{
    try {
        Hierarchy hierarchy = build({ { 0, 1, 0.95 }, { 1, 2, 0.40 }, { 3, 4, 0.70 } });
        for (double threshold : { 0.9, 0.5, 0.1 })
            std::printf("%u entities at %.1f\n",
                        starlings_partition_entity_count(cut(hierarchy, threshold).get()),
                        threshold);
        build({ { 0, 1, 0.95 }, { 1, 2, 40.0 } }); /* somebody forgot to divide by 100 */
    } catch (const std::exception &error) {
        std::printf("error: %s\n", error.what());
    }
    return 0;
}
