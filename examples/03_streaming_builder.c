/* 03_streaming_builder.c - edges that come in pieces and would not fit into memory: the builder
   keeps a spanning forest of what it has seen, and the answer is the same.
   Build: cc -std=c11 -pthread -o streaming_builder 03_streaming_builder.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>
#include <string.h>

enum { RECORDS = 1000, PIECES = 50, PIECE = 1000 };

/* Stands for a file or a socket: piece number `piece` of the edges, always the same. */
static void fetch(uint32_t piece, starlings_edge *edges)
{
    uint32_t state = piece * 7919u + 1u;
    for (uint32_t i = 0; i < PIECE; i++) {
        uint32_t number[3];
        for (uint32_t k = 0; k < 3; k++) {
            state = state * 1664525u + 1013904223u;
            number[k] = (state >> 16) % RECORDS;
        }
        edges[i].a = number[0];
        edges[i].b = number[1];
        edges[i].weight = number[2] / (double)RECORDS;
    }
}

static bool same(const starlings_hierarchy *x, const starlings_hierarchy *y)
{
    size_t size = RECORDS * sizeof(uint32_t);
    return memcmp(starlings_hierarchy_perm(x), starlings_hierarchy_perm(y), size) == 0 &&
           memcmp(starlings_hierarchy_height(x), starlings_hierarchy_height(y), size) == 0;
}

int main(void)
{
    static starlings_edge all[PIECES * PIECE];
    starlings_edge piece[PIECE];
    starlings_builder_desc desc = { .record_count = RECORDS, .buffer_edges = 4000 };
    starlings_hierarchy_desc at_once = { .edges = all,
                                         .edge_count = PIECES * PIECE,
                                         .record_count = RECORDS };
    starlings_builder *builder = NULL;
    starlings_hierarchy *streamed = NULL, *whole = NULL;
    starlings_status status = starlings_builder_create(&desc, &builder);

    for (uint32_t p = 0; p < PIECES && status == STARLINGS_OK; p++) {
        fetch(p, piece);
        memcpy(all + p * PIECE, piece, sizeof piece); /* only to compare with, below */
        status = starlings_builder_add(builder, piece, PIECE);
    }
    if (status == STARLINGS_OK)
        status = starlings_builder_finish(builder, &streamed);
    if (status == STARLINGS_OK)
        status = starlings_hierarchy_create(&at_once, &whole);

    if (status == STARLINGS_OK) {
        printf("%u edges seen, at most %u held\n",
               (unsigned)starlings_hierarchy_edge_count(streamed), (unsigned)desc.buffer_edges);
        printf("same bytes as a build from all at once: %s\n",
               same(streamed, whole) ? "yes" : "no");
    } else {
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));
    }

    starlings_hierarchy_release(whole);
    starlings_hierarchy_release(streamed);
    starlings_builder_destroy(builder);
    return status == STARLINGS_OK ? 0 : 1;
}
