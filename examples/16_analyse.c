/* 16_analyse.c - three resolvers answered about the same customers, and for some of them the truth
   is known: which resolver is the best, at which threshold, and how much do two of them agree?
   Build: cc -std=c11 -pthread -o analyse 16_analyse.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

enum { RECORDS = 12 };
static const starlings_edge by_name[] = { { 0, 1, 0.95 }, { 1, 2, 0.70 }, { 3, 4, 0.90 },
                                          { 2, 3, 0.55 }, { 5, 6, 0.85 }, { 7, 8, 0.60 } };
static const starlings_edge by_phone[] = { { 0, 1, 0.80 }, { 0, 2, 0.80 }, { 5, 6, 0.80 },
                                           { 7, 8, 0.75 }, { 8, 9, 0.65 }, { 10, 11, 0.90 } };
static const starlings_edge by_model[] = { { 0, 2, 0.92 }, { 1, 2, 0.88 }, { 3, 4, 0.81 },
                                           { 5, 6, 0.77 }, { 4, 5, 0.58 }, { 8, 9, 0.62 } };
static const uint32_t entities[RECORDS] = { 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, STARLINGS_NONE,
                                            STARLINGS_NONE }; /* 10 and 11: nobody knows */

/* A frame with customers 0 to 11, what was answered, and what is known. */
static starlings_status fill(starlings_frame *frame)
{
    starlings_collection_desc name = { .edges = by_name, .edge_count = 6 };
    starlings_collection_desc phone = { .edges = by_phone, .edge_count = 6 };
    starlings_collection_desc model = { .edges = by_model, .edge_count = 6 };
    starlings_collection_desc truth = { .labels = entities, .label_count = RECORDS };
    starlings_identity customers[RECORDS];
    starlings_status status;
    for (uint32_t i = 0; i < RECORDS; i++)
        customers[i] = starlings_identity_of_number("customers", 1000 + i);
    status = starlings_frame_load(frame, customers, RECORDS, NULL);
    if (status == STARLINGS_OK)
        status = starlings_frame_add_new(frame, "name", &name);
    if (status == STARLINGS_OK)
        status = starlings_frame_add_new(frame, "phone", &phone);
    if (status == STARLINGS_OK)
        status = starlings_frame_add_new(frame, "model", &model);
    return status == STARLINGS_OK ? starlings_frame_add_new(frame, "truth", &truth) : status;
}

/* One row: who is compared with whom, at which thresholds, and three metrics. */
static void print_row(const starlings_analysis *table, size_t row,
                      const starlings_expression *expressions, size_t reference)
{
    size_t compared = starlings_analysis_expression(table, row);
    printf("%-5s %.2f   %-5s %.2f   %6.3f %6.3f %6.3f\n", expressions[compared].collection,
           starlings_key_threshold(starlings_analysis_key(table, row, compared)),
           expressions[reference].collection,
           starlings_key_threshold(starlings_analysis_key(table, row, reference)),
           starlings_analysis_value(table, STARLINGS_METRIC_PAIRWISE_PRECISION, row),
           starlings_analysis_value(table, STARLINGS_METRIC_PAIRWISE_RECALL, row),
           starlings_analysis_value(table, STARLINGS_METRIC_PAIRWISE_F1, row));
}

/* Ask and print; the last expression is the reference. */
static starlings_status ask(const starlings_frame *frame, const starlings_expression *expressions,
                            size_t count, const starlings_bitmap *records)
{
    starlings_analysis_desc desc = { .frame = frame, .expressions = expressions,
                                     .expression_count = count, .records = records };
    starlings_error error = { STARLINGS_OK, 0, 0, "" };
    starlings_analysis *table = NULL;
    starlings_status status;
    desc.over = records != NULL ? STARLINGS_OVER_GIVEN : STARLINGS_OVER_COMMON;
    desc.env.error = &error;
    status = starlings_frame_analyse(&desc, &table);
    if (status != STARLINGS_OK) {
        fprintf(stderr, "starlings: expression %u: %s\n", (unsigned)error.at, error.text);
        return status;
    }
    printf("%u records          against      P      R     F1\n",
           (unsigned)starlings_analysis_record_count(table));
    for (size_t row = 0; row < starlings_analysis_row_count(table); row++)
        print_row(table, row, expressions, count - 1);
    printf("\n");
    starlings_analysis_release(table);
    return STARLINGS_OK;
}

int main(void)
{
    /* All three against the truth, one of them at five thresholds, over what the truth knows. */
    static const starlings_expression all[] = {
        { .collection = "name", .from = 0.6 },
        { .collection = "phone", .from = 0.7 },
        { .collection = "model", .from = 0.5, .to = 0.9, .step = 0.1 },
        { .collection = "truth", .from = 1 },
    };
    /* Two of them against each other, over what both speak of: every pair of thresholds. */
    static const starlings_expression two[] = {
        { .collection = "name", .from = 0.6, .to = 0.8, .step = 0.2 },
        { .collection = "model", .from = 0.6, .to = 0.8, .step = 0.1 },
    };
    starlings_frame *frame = NULL;
    starlings_collection *truth = NULL;
    starlings_status status = starlings_frame_create(NULL, &frame);
    if (status == STARLINGS_OK)
        status = fill(frame);
    if (status == STARLINGS_OK)
        status = starlings_frame_view(frame, "truth", &truth);
    if (status == STARLINGS_OK)
        status = ask(frame, all, 4, starlings_collection_records(truth));
    if (status == STARLINGS_OK)
        status = ask(frame, two, 2, NULL);
    starlings_collection_release(truth);
    starlings_frame_destroy(frame);
    return status == STARLINGS_OK ? 0 : 1;
}
