/* generate.c - the records of the benchmarks as CSV, for other programs to read; or everything in
   one binary file, in the machine's byte order: four 64-bit integers (FILE_MAGIC, records, edges,
   decimals), then all first records (32 bits each), all second records, all weights (doubles), and
   the true entity of each record (32 bits).
   Build: make build/generate
   Usage: generate edges|truth|binary RECORDS [EDGES [DECIMALS [SEED]]] */
#include "../examples/cli/generate.h"

#include <stdio.h>
#include <string.h>

static void print_edges(const generate_desc *desc, const starlings_edge *edges)
{
    printf("record_a,record_b,score\n");
    for (size_t i = 0; i < desc->edge_count; i++)
        printf("%u,%u,%.*f\n", (unsigned)edges[i].a, (unsigned)edges[i].b, (int)desc->decimals,
               edges[i].weight);
}

static void print_truth(const generate_desc *desc, const uint32_t *labels)
{
    printf("record,entity\n");
    for (uint32_t record = 0; record < desc->record_count; record++)
        printf("%u,%u\n", (unsigned)record, (unsigned)labels[record]);
}

static const uint64_t FILE_MAGIC = 0x31676E696C726174u; /* "tarling1" */

static void write_binary(const generate_desc *desc, const starlings_edge *edges,
                         const uint32_t *labels)
{
    uint64_t head[4] = { FILE_MAGIC, desc->record_count, desc->edge_count, desc->decimals };
    (void)fwrite(head, sizeof head, 1, stdout);
    for (size_t i = 0; i < desc->edge_count; i++)
        (void)fwrite(&edges[i].a, sizeof edges[i].a, 1, stdout);
    for (size_t i = 0; i < desc->edge_count; i++)
        (void)fwrite(&edges[i].b, sizeof edges[i].b, 1, stdout);
    for (size_t i = 0; i < desc->edge_count; i++)
        (void)fwrite(&edges[i].weight, sizeof edges[i].weight, 1, stdout);
    (void)fwrite(labels, sizeof *labels, desc->record_count, stdout);
}

static unsigned long long number(int argc, char **argv, int at, unsigned long long otherwise)
{
    return at < argc ? strtoull(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    generate_desc desc;
    starlings_edge *edges;
    uint32_t *labels;
    bool truth = argc > 1 && strcmp(argv[1], "truth") == 0;
    bool binary = argc > 1 && strcmp(argv[1], "binary") == 0;
    bool ok;

    desc.record_count = (uint32_t)number(argc, argv, 2, 0);
    desc.edge_count = (size_t)number(argc, argv, 3, desc.record_count);
    desc.decimals = (uint32_t)number(argc, argv, 4, 6);
    desc.seed = number(argc, argv, 5, 1);
    if (argc < 3 || (!truth && !binary && strcmp(argv[1], "edges") != 0) ||
        desc.record_count == 0 || desc.decimals < 1 || desc.decimals > 6) {
        fprintf(stderr, "usage: generate edges|truth|binary RECORDS [EDGES [DECIMALS [SEED]]]\n");
        return 2;
    }
    edges = (starlings_edge *)calloc(desc.edge_count + 1, sizeof *edges);
    labels = (uint32_t *)calloc(desc.record_count, sizeof *labels);
    ok = edges != NULL && labels != NULL && generate_data(&desc, edges, labels);
    if (ok && binary)
        write_binary(&desc, edges, labels);
    else if (ok && truth)
        print_truth(&desc, labels);
    else if (ok)
        print_edges(&desc, edges);
    free(labels);
    free(edges);
    return ok && fflush(stdout) == 0 && !ferror(stdout) ? 0 : 3;
}
