/* 15_frame.c - two resolvers' answers in one frame: records that two systems know under different
   numbers meet by (source, key); what a dropped collection leaves behind is compacted away.
   Build: cc -std=c11 -pthread -o frame 15_frame.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

static starlings_identity_edge edge(starlings_identity a, starlings_identity b, double weight)
{
    starlings_identity_edge e = { a, b, weight };
    return e;
}

/* A matcher that works on numbers, and a clerk who sorted cards into boxes. */
static starlings_status add_matcher(starlings_frame *frame)
{
    starlings_identity ann = starlings_identity_of_text("web", "ann");
    starlings_identity bob = starlings_identity_of_text("web", "bob");
    starlings_identity one = starlings_identity_of_number("crm", 1);
    starlings_identity_edge edges[3];
    starlings_collection_desc desc = { .identity_edges = edges, .edge_count = 3 };
    edges[0] = edge(one, ann, 0.95);
    edges[1] = edge(one, starlings_identity_of_number("erp", 1), 0.70);
    edges[2] = edge(starlings_identity_of_number("crm", 2), bob, 0.80);
    return starlings_frame_add_new(frame, "matcher", &desc);
}

static starlings_status add_clerk(starlings_frame *frame)
{
    static const char *const cards[] = { "cid", "17", "18", "19", "20", "bob" };
    const uint32_t boxes[] = { 1, 1, 2, 2, 2, 3, 3 };
    starlings_collection_desc desc = { .labels = boxes, .label_count = 7 };
    starlings_collection *collection = NULL;
    starlings_context *own = NULL; /* the clerk numbers records in another order than the frame */
    starlings_identity identities[7];
    uint32_t records[7];
    starlings_status status = starlings_context_create(NULL, &own);
    for (int i = 0; i < 6; i++)
        identities[i] = starlings_identity_of_text(i % 5 == 0 ? "web" : "paper", cards[i]);
    identities[6] = starlings_identity_of_number("crm", 2);
    if (status == STARLINGS_OK)
        status = starlings_context_ensure_many(own, identities, 7, records, NULL);
    desc.context = own;
    if (status == STARLINGS_OK)
        status = starlings_collection_create(&desc, &collection);
    if (status == STARLINGS_OK)
        status = starlings_frame_add(frame, "clerk", collection);
    starlings_collection_release(collection);
    starlings_context_release(own);
    return status;
}

static void print_record(const starlings_context *context, uint32_t record)
{
    starlings_identity identity = starlings_context_identity(context, record);
    printf(" %.*s:", (int)identity.source.size, identity.source.text);
    if (identity.kind == STARLINGS_KEY_TEXT)
        printf("%.*s", (int)identity.key.size, identity.key.text);
    else
        printf("%u", (unsigned)identity.number);
}

static starlings_status print_cut(const starlings_frame *frame, const char *name, double threshold)
{
    starlings_partition *partition = NULL;
    starlings_status status = starlings_frame_partition(frame, name, threshold, &partition);
    printf("%s at %.2f\n", name, threshold);
    for (uint32_t e = 0; e < starlings_partition_entity_count(partition); e++) {
        starlings_span entity = starlings_partition_entity(partition, e);
        printf("   ");
        for (uint32_t i = 0; i < entity.count; i++)
            print_record(starlings_frame_context(frame), entity.records[i]);
        printf("\n");
    }
    starlings_partition_release(partition);
    return status;
}

static starlings_status print_stats(const starlings_frame *frame)
{
    starlings_frame_stats stats;
    starlings_status status = starlings_frame_describe(frame, &stats);
    printf("%u collections, %u records of %u sources, %u of them garbage; %u compactions\n",
           (unsigned)stats.collections, (unsigned)stats.records, (unsigned)stats.sources,
           (unsigned)stats.garbage, (unsigned)stats.compactions);
    return status;
}

static starlings_status run(starlings_frame *frame)
{
    const char *clerk = "clerk";
    starlings_status status = add_matcher(frame);
    if (status == STARLINGS_OK)
        status = add_clerk(frame);
    if (status == STARLINGS_OK)
        status = print_cut(frame, "matcher", 0.8);
    if (status == STARLINGS_OK)
        status = print_cut(frame, "clerk", 1.0);
    if (status == STARLINGS_OK)
        status = print_stats(frame);
    if (status == STARLINGS_OK)
        status = starlings_frame_drop(frame, &clerk, 1); /* half of the records: not yet too much */
    if (status == STARLINGS_OK)
        status = print_stats(frame);
    if (status == STARLINGS_OK)
        status = starlings_frame_compact(frame);
    return status == STARLINGS_OK ? print_stats(frame) : status;
}

int main(void)
{
    starlings_frame *frame = NULL;
    starlings_status status = starlings_frame_create(NULL, &frame);
    if (status == STARLINGS_OK)
        status = run(frame);
    printf("%s\n", starlings_status_text(status));
    starlings_frame_destroy(frame);
    return status == STARLINGS_OK ? 0 : 1;
}
