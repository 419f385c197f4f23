/* 11_two_hierarchies.c - two resolvers over the same records, neither of them the truth: where do
   they agree, and what in one of them lasts?
   Build: cc -std=c11 -pthread -o two_hierarchies 11_two_hierarchies.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

static const starlings_edge by_name[] = {
    { 0, 1, 0.95 }, { 1, 2, 0.90 }, { 3, 4, 0.85 }, { 2, 3, 0.40 }, { 5, 6, 0.70 }, { 6, 7, 0.60 },
};
static const starlings_edge by_address[] = {
    { 0, 1, 0.80 }, { 0, 2, 0.75 }, { 3, 4, 0.90 }, { 4, 5, 0.55 }, { 6, 7, 0.95 }, { 5, 7, 0.50 },
};
static const uint32_t keys[] = { 400000, 600000, 800000 };

static starlings_status build(const starlings_edge *edges, starlings_hierarchy **out)
{
    starlings_hierarchy_desc desc = { .edges = edges, .edge_count = 6, .record_count = 8 };
    return starlings_hierarchy_create(&desc, out);
}

static starlings_status print_grid(starlings_hierarchy *a, starlings_hierarchy *b)
{
    starlings_grid_desc desc = { .a = a, .b = b, .keys_a = keys, .key_count_a = 3,
                                 .keys_b = keys, .key_count_b = 3 };
    starlings_grid *grid = NULL;
    starlings_status status;
    starlings_metric_set_add(&desc.metrics, STARLINGS_METRIC_ARI);
    status = starlings_grid_create(&desc, &grid);
    printf("ari     address at 0.40   0.60   0.80\n");
    for (size_t row = 0; row < starlings_grid_row_count(grid); row++) {
        printf("name at %.2f    ", starlings_key_threshold(keys[row]));
        for (size_t column = 0; column < 3; column++)
            printf(" %6.3f", starlings_grid_value(grid, STARLINGS_METRIC_ARI, row, column));
        printf("\n");
    }
    starlings_grid_release(grid);
    return status;
}

/* The entities of two or more records, and between which thresholds they are one. */
static starlings_status print_lives(const starlings_hierarchy *hierarchy)
{
    starlings_lifetime lives[16];
    size_t count = 0;
    starlings_status status =
        starlings_hierarchy_lifetimes(hierarchy, NULL, 2, lives, 16, &count);
    for (size_t i = 0; i < count && status == STARLINGS_OK; i++) {
        printf("{");
        for (uint32_t r = 0; r < lives[i].entity.count; r++)
            printf("%s%u", r > 0 ? " " : "", (unsigned)lives[i].entity.records[r]);
        printf("} from %.6f to %.6f, made %u pairs\n", starlings_key_threshold(lives[i].from),
               starlings_key_threshold(lives[i].to), (unsigned)lives[i].pairs);
    }
    return status;
}

int main(void)
{
    starlings_hierarchy *name = NULL, *address = NULL;
    double stability[9];
    starlings_plateau widest = { 0, 0, 0 };
    size_t count = 0;
    starlings_status status = build(by_name, &name);
    if (status == STARLINGS_OK)
        status = build(by_address, &address);
    if (status == STARLINGS_OK)
        status = print_grid(name, address);
    if (status == STARLINGS_OK)
        status = print_lives(name);
    if (status == STARLINGS_OK)
        status = starlings_hierarchy_plateaus(name, NULL, &widest, 1, &count);
    if (status == STARLINGS_OK)
        status = starlings_hierarchy_stability(name, NULL, keys, 3, stability);
    if (status == STARLINGS_OK) {
        printf("nothing changes from %.6f to %.6f (%u entities)\n",
               starlings_key_threshold(widest.from), starlings_key_threshold(widest.to),
               (unsigned)widest.entities);
        printf("of the entities at 0.40 or 0.60, %.3f are at both\n", stability[1]);
    } else {
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));
    }
    starlings_hierarchy_release(address);
    starlings_hierarchy_release(name);
    return status == STARLINGS_OK ? 0 : 1;
}
