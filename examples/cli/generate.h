/* generate.h - the data of the benchmarks and of `starlings demo`.

   Entities have 1 to 10 records, record numbers are shuffled. Of the pairs, 70 % join two records
   of one entity (the entity of a random record; those of one record fall through) with weight
   1 - x^2 / 2, the rest join any two records with weight 3/4 x^2, x uniform in [0, 1). So true
   pairs score high and the others low, and they overlap. Everything follows from the seed: the
   same numbers on every machine. */
#ifndef STARLINGS_GENERATE_H
#define STARLINGS_GENERATE_H

#include "../../starlings.h"
#include <stdlib.h>

typedef struct generate_desc {
    uint32_t record_count;
    size_t edge_count;
    uint32_t decimals; /* of the weights, 1 to 6 */
    uint64_t seed;
} generate_desc;

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t generate_next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* 0 ... range-1 by multiply and shift (Lemire 2019, without the rejection: a bias of 2^-32 does no
   harm here). */
static inline uint32_t generate_below(uint64_t *state, uint32_t range)
{
    return (uint32_t)((generate_next(state) >> 32) * range >> 32);
}

static inline double generate_unit(uint64_t *state)
{
    return (double)(generate_next(state) >> 11) * (1.0 / 9007199254740992.0);
}

/* 10^decimals */
static inline uint32_t generate_scale(uint32_t decimals)
{
    uint32_t scale = 1;
    for (uint32_t i = 0; i < decimals; i++)
        scale *= 10;
    return scale;
}

/* Rounded to a whole number of 1/scale. The product of a sum and a constant is kept apart from the
   sum that follows it: with the volatile, no compiler can make one rounding of the two. */
static inline double generate_round(double weight, uint32_t scale)
{
    volatile double product = weight * (double)scale;
    return (double)(uint32_t)(product + 0.5) / (double)scale;
}

/* Shuffle the records, cut them into entities. Entity e is the records order[starts[e]] up to
   order[starts[e + 1]]; labels[record] is its entity. Returns how many entities there are. */
static inline uint32_t generate_entities(uint64_t *state, uint32_t record_count, uint32_t *order,
                                         uint32_t *starts, uint32_t *labels)
{
    uint32_t entity = 0, at = 0;
    for (uint32_t i = 0; i < record_count; i++) {
        uint32_t j = generate_below(state, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    while (at < record_count) {
        uint32_t size = 1 + generate_below(state, 10);
        starts[entity] = at;
        for (uint32_t k = 0; k < size && at < record_count; k++)
            labels[order[at++]] = entity;
        entity++;
    }
    starts[entity] = record_count;
    return entity;
}

/* Of a pair of one entity (`inside`) or of any two records. */
static inline double generate_weight(uint64_t *state, bool inside, uint32_t scale)
{
    volatile double square; /* keeps the products from being fused into what follows */
    double x = generate_unit(state);
    square = x * x;
    return generate_round(inside ? 1.0 - 0.5 * square : 0.75 * square, scale);
}

static inline starlings_edge generate_edge(uint64_t *state, uint32_t record_count, uint32_t scale,
                                           const uint32_t *order, const uint32_t *starts,
                                           const uint32_t *labels)
{
    starlings_edge edge;
    bool inside = generate_unit(state) < 0.7;
    edge.a = generate_below(state, record_count);
    if (inside) {
        uint32_t from = starts[labels[edge.a]];
        uint32_t size = starts[labels[edge.a] + 1] - from;
        inside = size > 1;
        if (inside) {
            uint32_t i = generate_below(state, size), j = generate_below(state, size - 1);
            edge.a = order[from + i];
            edge.b = order[from + (j < i ? j : j + 1)];
        }
    }
    if (!inside)
        edge.b = generate_below(state, record_count);
    edge.weight = generate_weight(state, inside, scale);
    return edge;
}

/* Fill `edges` (edge_count long) and `labels` (record_count long): the truth. False: no memory. */
static inline bool generate_data(const generate_desc *desc, starlings_edge *edges,
                                 uint32_t *labels)
{
    uint64_t state = desc->seed;
    uint32_t n = desc->record_count, scale = generate_scale(desc->decimals);
    uint32_t *order = (uint32_t *)malloc(((size_t)n + 1) * sizeof *order);
    uint32_t *starts = (uint32_t *)malloc(((size_t)n + 1) * sizeof *starts);
    bool ok = order != NULL && starts != NULL;
    if (ok) {
        (void)generate_entities(&state, n, order, starts, labels);
        for (size_t i = 0; i < desc->edge_count && n != 0; i++)
            edges[i] = generate_edge(&state, n, scale, order, starts, labels);
    }
    free(order);
    free(starts);
    return ok;
}

#endif
