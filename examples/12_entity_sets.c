/* 12_entity_sets.c - entities as sets: how much two resolvers' entities have in common, all records
   of one source, and a set as bytes that any Roaring library reads.
   Build: cc -std=c11 -pthread -o entity_sets 12_entity_sets.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

enum { RECORDS = 10 };

/* The set of the records of an entity. */
static starlings_status entity_set(const starlings_partition *partition, uint32_t entity,
                                   starlings_bitmap *out)
{
    starlings_span span = starlings_partition_entity(partition, entity);
    return starlings_bitmap_from(NULL, span.records, span.count, out);
}

/* Each entity of one with each of the other that it shares records with. */
static starlings_status compare(const starlings_partition *a, const starlings_partition *b)
{
    starlings_bitmap x = { 0 }, y = { 0 };
    starlings_status status = STARLINGS_OK;
    puts("entity of A  of B  common  Jaccard  containment");
    for (uint32_t i = 0; i < starlings_partition_entity_count(a) && status == STARLINGS_OK; i++) {
        status = entity_set(a, i, &x);
        for (uint32_t j = 0; j < starlings_partition_entity_count(b) && status == STARLINGS_OK;
             j++) {
            status = entity_set(b, j, &y); /* gives back what y held */
            if (status == STARLINGS_OK && starlings_bitmap_intersects(&x, &y))
                printf("%11u  %4u  %6llu  %7.3f  %11.3f\n", (unsigned)i, (unsigned)j,
                       (unsigned long long)starlings_bitmap_and_cardinality(NULL, &x, &y),
                       starlings_bitmap_jaccard(NULL, &x, &y),
                       starlings_bitmap_containment(NULL, &x, &y));
        }
    }
    starlings_bitmap_free(NULL, &x);
    starlings_bitmap_free(NULL, &y);
    return status;
}

/* The records 0 to 5 are of one source, the others of another: which entities span both? */
static starlings_status spanning(const starlings_partition *partition)
{
    starlings_bitmap crm = { 0 }, entity = { 0 };
    starlings_status status = starlings_bitmap_add_range(NULL, &crm, 0, 6);
    for (uint32_t i = 0; i < starlings_partition_entity_count(partition); i++) {
        if (status == STARLINGS_OK)
            status = entity_set(partition, i, &entity);
        if (status == STARLINGS_OK && starlings_bitmap_intersects(&entity, &crm) &&
            !starlings_bitmap_is_subset(&entity, &crm))
            printf("entity %u has records of both sources\n", (unsigned)i);
    }
    starlings_bitmap_free(NULL, &crm);
    starlings_bitmap_free(NULL, &entity);
    return status;
}

/* To bytes and back. */
static starlings_status bytes(void)
{
    unsigned char buffer[256];
    starlings_bitmap set = { 0 }, back = { 0 };
    size_t size = 0, used = 0;
    starlings_status status = starlings_bitmap_add_range(NULL, &set, 1000, 900000);
    if (status == STARLINGS_OK)
        status = starlings_bitmap_serialise(&set, buffer, sizeof buffer, &size);
    if (status == STARLINGS_OK)
        status = starlings_bitmap_deserialise(NULL, buffer, size, &used, &back);
    if (status == STARLINGS_OK)
        printf("%llu records in %u bytes, the same after reading: %s\n",
               (unsigned long long)starlings_bitmap_cardinality(&set), (unsigned)size,
               starlings_bitmap_equals(&set, &back) ? "yes" : "no");
    starlings_bitmap_free(NULL, &set);
    starlings_bitmap_free(NULL, &back);
    return status;
}

int main(void)
{
    static const uint32_t a[RECORDS] = { 0, 0, 0, 1, 1, 2, 2, 2, 2, 3 };
    static const uint32_t b[RECORDS] = { 0, 0, 1, 1, 1, 2, 2, 3, 3, 4 };
    starlings_partition_desc desc = { .labels = a, .record_count = RECORDS };
    starlings_partition *left = NULL, *right = NULL;
    starlings_status status = starlings_partition_create(&desc, &left);
    desc.labels = b;
    if (status == STARLINGS_OK)
        status = starlings_partition_create(&desc, &right);
    if (status == STARLINGS_OK)
        status = compare(left, right);
    if (status == STARLINGS_OK)
        status = spanning(left);
    if (status == STARLINGS_OK)
        status = bytes();
    starlings_partition_release(left);
    starlings_partition_release(right);
    if (status != STARLINGS_OK)
        fprintf(stderr, "%s\n", starlings_status_text(status));
    return status == STARLINGS_OK ? 0 : 1;
}
