/* 15_frame.c - two resolvers' answers in one frame: records that two systems know under different
   numbers meet by (source, key); what a dropped collection leaves behind is compacted away.
   Build: cc -std=c11 -pthread -o frame 15_frame.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A matcher that works on numbers, and a clerk who sorted cards into boxes. */
static starlings_status add_matcher(starlings_frame *frame)
{
    const starlings_identity_edge edges[] = {
        { starlings_identity_of_number("crm", 1), starlings_identity_of_text("web", "ann"), 0.95 },
        { starlings_identity_of_number("crm", 1), starlings_identity_of_number("erp", 1), 0.70 },
        { starlings_identity_of_number("crm", 2), starlings_identity_of_text("web", "bob"), 0.80 },
    };
    starlings_collection_desc desc = { .identity_edges = edges, .edge_count = COUNT(edges) };
    return starlings_frame_add_new(frame, "matcher", &desc);
}

static starlings_status add_clerk(starlings_frame *frame)
{
    const starlings_identity cards[] = {
        starlings_identity_of_text("web", "cid"), starlings_identity_of_text("paper", "17"),
        starlings_identity_of_text("paper", "18"), starlings_identity_of_text("paper", "19"),
        starlings_identity_of_text("paper", "20"), starlings_identity_of_number("crm", 2),
        starlings_identity_of_text("web", "bob"),
    };
    const uint32_t boxes[] = { 1, 1, 2, 2, 2, 3, 3 };
    starlings_collection_desc desc = { .labels = boxes, .label_count = COUNT(boxes) };
    starlings_collection *collection = NULL;
    starlings_context *own = NULL; /* the clerk numbers records in another order than the frame */
    uint32_t records[COUNT(cards)];
    starlings_status status = starlings_context_create(NULL, &own);
    if (status == STARLINGS_OK)
        status = starlings_context_ensure_many(own, cards, COUNT(cards), records, NULL);
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
    if (status != STARLINGS_OK)
        printf("%s\n", starlings_status_text(status));
    starlings_frame_destroy(frame);
    return status == STARLINGS_OK ? 0 : 1;
}
