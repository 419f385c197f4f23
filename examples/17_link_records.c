/* 17_link_records.c - what two systems say of people over time: who is who, and what was true?
   Build: cc -std=c11 -pthread -o link_records 17_link_records.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings_linker.h"

#include <stdio.h>

/* Years. Two records with one name and birthday are one person, unless one system gives them two
   numbers at the same time. */
static const char rules[] = "key who: name, born\n"
                            "strong number\npermanent name, born\n"
                            "weight crm 0.9\n";

static const struct {
    const char *system, *id, *name, *born, *number, *city;
    int from, to; /* to 0: still so */
} rows[] = {
    { "crm", "1", "Ann Lee", "1980", "77", "Bern", 2015, 2019 },
    { "crm", "2", "Ann Lee", "1980", "77", "Basel", 2019, 0 },
    { "web", "a", "Ann Lee", "1980", "", "Bern", 2016, 2021 },
    { "crm", "3", "Ann Lee", "1980", "85", "Chur", 2018, 2022 }, /* a namesake */
    { "web", "b", "Bob May", "1975", "", "Thun", 2010, 0 },
};
#define ROWS (sizeof rows / sizeof rows[0])

/* A descriptor, unless the value is empty; returns how many. */
static size_t say(starlings_descriptor *out, const char *attribute, const char *value, int from,
                  int to)
{
    out->attribute = starlings_text_of(attribute);
    out->value = starlings_text_of(value);
    out->valid.start = from;
    out->valid.end = to != 0 ? to : STARLINGS_END_OF_TIME;
    return value[0] != '\0';
}

static starlings_status add_rows(starlings_linker *linker)
{
    starlings_temporal_record records[ROWS] = { 0 };
    starlings_descriptor said[4 * ROWS];
    size_t at = 0;
    for (size_t i = 0; i < ROWS; i++) {
        size_t first = at;
        records[i].perspective = starlings_text_of(rows[i].system);
        records[i].uid = starlings_text_of(rows[i].id);
        records[i].descriptors = said + at;
        at += say(said + at, "name", rows[i].name, rows[i].from, rows[i].to);
        at += say(said + at, "born", rows[i].born, rows[i].from, rows[i].to);
        at += say(said + at, "number", rows[i].number, rows[i].from, rows[i].to);
        at += say(said + at, "city", rows[i].city, rows[i].from, rows[i].to);
        records[i].descriptor_count = at - first;
    }
    return starlings_linker_add(linker, records, ROWS, NULL);
}

static void print_time(int64_t time)
{
    if (time == STARLINGS_START_OF_TIME || time == STARLINGS_END_OF_TIME)
        printf("...");
    else
        printf("%ld", (long)time);
}

/* Its records, and what is true of it; where records contradict each other, the CRM's word. */
static starlings_status print_entity(starlings_resolution *answer, uint32_t entity)
{
    starlings_span records =
        starlings_partition_entity(starlings_resolution_partition(answer), entity);
    starlings_golden_desc desc = { .resolution = answer, .entity = entity,
                                   .policy = STARLINGS_GOLDEN_WEIGHT };
    starlings_golden *golden = NULL;
    starlings_golden_value value;
    starlings_status status = starlings_golden_create(&desc, &golden);
    printf("entity %u:", entity);
    for (uint32_t i = 0; i < records.count; i++)
        printf(" %s:%s", rows[records.records[i]].system, rows[records.records[i]].id);
    printf("\n");
    for (size_t i = 0; starlings_golden_at(golden, i, &value); i++) {
        printf("  %-6.*s  %-8.*s  ", (int)value.attribute.size, value.attribute.text,
               (int)value.value.size, value.value.text);
        print_time(value.valid.start);
        printf(" to ");
        print_time(value.valid.end);
        printf("%s\n", value.contested ? ", contested" : "");
    }
    starlings_golden_release(golden);
    return status;
}

int main(void)
{
    starlings_ontology *ontology = NULL;
    starlings_linker_desc desc = { 0 };
    starlings_linker *linker = NULL;
    starlings_resolution *answer = NULL;
    starlings_clash clash;
    starlings_apart apart;
    size_t count;
    bool matches;
    if (starlings_ontology_create(NULL, &ontology) != STARLINGS_OK ||
        starlings_ontology_read(ontology, starlings_text_of(rules)) != STARLINGS_OK)
        return 1;
    desc.ontology = ontology;
    if (starlings_linker_create(&desc, &linker) != STARLINGS_OK ||
        add_rows(linker) != STARLINGS_OK ||
        starlings_linker_resolve(linker, &answer) != STARLINGS_OK)
        return 1;
    for (uint32_t e = 0; e < starlings_resolution_statistics(answer).entities; e++)
        if (print_entity(answer, e) != STARLINGS_OK)
            return 1;
    if (starlings_resolution_why_not(answer, 0, 3, NULL, &apart, &matches, &clash, 1, &count) ==
            STARLINGS_OK && apart == STARLINGS_APART_BY_CLASH)
        printf("crm:1 is not crm:3: %.*s against %.*s\n", (int)clash.value_x.size,
               clash.value_x.text, (int)clash.value_y.size, clash.value_y.text);
    starlings_resolution_release(answer);
    starlings_linker_release(linker);
    starlings_ontology_release(ontology);
    return 0;
}
