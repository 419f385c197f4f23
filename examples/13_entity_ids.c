/* 13_entity_ids.c - ids for entities that outlive the run: two runs load the same records in
   another order and still name each entity alike; fingerprints tell where anything has changed.
   Build: cc -std=c11 -pthread -o entity_ids 13_entity_ids.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <inttypes.h>
#include <stdio.h>

enum { RECORDS = 6, SIZE = 32 };

/* A record is named by its source and the key it has there. */
typedef struct person {
    const char *source;
    const char *key;
} person;

typedef struct run {
    person people[RECORDS];
    starlings_edge edges[4];
    unsigned char digests[RECORDS * SIZE]; /* of each record's identity */
    uint64_t hashes[RECORDS];              /* the same, shorter, for fingerprints */
    starlings_hierarchy *hierarchy;
} run;

/* The identity of each record, and the hierarchy. */
static starlings_status load(run *r)
{
    starlings_hierarchy_desc desc = { .edges = r->edges, .edge_count = 4, .record_count = RECORDS };
    for (int i = 0; i < RECORDS; i++) {
        unsigned char *digest = r->digests + SIZE * i;
        starlings_identity who = starlings_identity_of_text(r->people[i].source, r->people[i].key);
        starlings_status status =
            starlings_identity_digest(STARLINGS_DIGEST_BLAKE3, &who, digest);
        if (status != STARLINGS_OK)
            return status;
        for (int b = 0; b < 8; b++)
            r->hashes[i] |= (uint64_t)digest[b] << (8 * b);
    }
    return starlings_hierarchy_create(&desc, &r->hierarchy);
}

/* Each entity at 0.8 by its stable id. */
static starlings_status list(const char *title, const run *r)
{
    starlings_partition_desc desc = { .hierarchy = r->hierarchy, .threshold = 0.8 };
    starlings_partition *partition = NULL;
    unsigned char ids[RECORDS * SIZE];
    starlings_status status = starlings_partition_create(&desc, &partition);
    if (status == STARLINGS_OK)
        status = starlings_partition_stable_digests(partition, NULL, STARLINGS_DIGEST_BLAKE3,
                                                    r->digests, ids);
    puts(title);
    for (uint32_t e = 0; status == STARLINGS_OK && e < starlings_partition_entity_count(partition);
         e++) {
        starlings_span span = starlings_partition_entity(partition, e);
        printf("  ");
        for (int b = 0; b < 6; b++)
            printf("%02x", ids[SIZE * e + (uint32_t)b]);
        for (uint32_t i = 0; i < span.count; i++)
            printf("  %s/%s", r->people[span.records[i]].source, r->people[span.records[i]].key);
        puts("");
    }
    starlings_partition_release(partition);
    return status;
}

/* The whole partition in 16 bytes, at several thresholds, in one pass for each run. */
static starlings_status compare(const run *a, const run *b)
{
    static const uint32_t keys[] = { 300000, 600000, 800000, 1000000 };
    starlings_fingerprint of_a[4], of_b[4];
    starlings_status status =
        starlings_hierarchy_fingerprints(a->hierarchy, NULL, NULL, a->hashes, keys, 4, of_a);
    if (status == STARLINGS_OK)
        status = starlings_hierarchy_fingerprints(b->hierarchy, NULL, NULL, b->hashes, keys, 4,
                                                  of_b);
    for (int i = 0; i < 4 && status == STARLINGS_OK; i++)
        printf("at %.1f  %016" PRIx64 "%016" PRIx64 "  %s\n", starlings_key_threshold(keys[i]),
               of_a[i].high, of_a[i].low,
               starlings_fingerprint_equals(of_a[i], of_b[i]) ? "same" : "different");
    return status;
}

int main(void)
{
    static run monday = {
        .people = { { "crm", "17" }, { "crm", "18" }, { "web", "ann" }, { "web", "bob" },
                    { "web", "cy" }, { "shop", "900" } },
        .edges = { { 0, 2, 0.95 }, { 2, 5, 0.85 }, { 1, 3, 0.90 }, { 3, 4, 0.50 } },
    };
    static run tuesday = { /* another order, and one score is not what it was */
        .people = { { "shop", "900" }, { "web", "cy" }, { "web", "bob" }, { "web", "ann" },
                    { "crm", "18" }, { "crm", "17" } },
        .edges = { { 5, 3, 0.95 }, { 3, 0, 0.85 }, { 4, 2, 0.90 }, { 2, 1, 0.70 } },
    };
    starlings_status status = load(&monday);
    if (status == STARLINGS_OK)
        status = load(&tuesday);
    if (status == STARLINGS_OK)
        status = list("Monday", &monday);
    if (status == STARLINGS_OK)
        status = list("Tuesday", &tuesday);
    if (status == STARLINGS_OK)
        status = compare(&monday, &tuesday);
    starlings_hierarchy_release(monday.hierarchy);
    starlings_hierarchy_release(tuesday.hierarchy);
    if (status != STARLINGS_OK)
        fprintf(stderr, "%s\n", starlings_status_text(status));
    return status == STARLINGS_OK ? 0 : 1;
}
