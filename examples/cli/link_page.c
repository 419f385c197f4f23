/* link_page.c - what the page of a linking shows: which entity, and what its records say when. */
#include "report_link.h"
#include <stdlib.h>
#include <string.h>

#define LANE_BARS 200u /* drawn in a lane, */
#define LANE_ROWS 8u   /* in so many rows */

/* What a record says. */
typedef struct cli_claim {
    uint32_t attribute; /* in the order of columns */
    starlings_text value;
    starlings_interval valid;
} cli_claim;

/* ---- which entity ---- */

/* How many conflicts each entity has; those between entities count for none. */
static uint32_t *cli_count_conflicts(const cli_linked *linked, const starlings_conflicts *conflicts)
{
    uint32_t count = starlings_partition_entity_count(linked->partition);
    uint32_t *found = (uint32_t *)calloc(count + (size_t)1, sizeof *found);
    starlings_conflict conflict;
    for (size_t i = 0; found != NULL && starlings_conflicts_at(conflicts, i, &conflict); i++)
        if (conflict.entity != STARLINGS_NONE)
            found[conflict.entity]++;
    return found;
}

/* That of a record; else the one with the most conflicts, of equal ones the largest, the first. */
static int cli_choose_entity(cli_run *run, report_link *page)
{
    const cli_linked *linked = page->linked;
    uint32_t *found = cli_count_conflicts(linked, page->conflicts), best = 0;
    if (found == NULL)
        return cli_no_memory(run);
    for (uint32_t e = 0; e < page->entity_count; e++) {
        uint32_t size = starlings_partition_entity(linked->partition, e).count;
        uint32_t best_size = starlings_partition_entity(linked->partition, best).count;
        page->largest = size > page->largest ? size : page->largest;
        if (found[e] > found[best] || (found[e] == found[best] && size > best_size))
            best = e;
    }
    page->entity = page->entity_count == 0 ? STARLINGS_NONE : best;
    page->choice = page->entity_count > 0 && found[best] > 0
                       ? "It is the entity with the most conflicts."
                       : "It is the entity with the most records; none has a conflict.";
    if (page->options->shown != NULL) {
        uint32_t record = cli_find_record(linked, cli_text_of(page->options->shown));
        if (record == STARLINGS_NONE) {
            free(found);
            return cli_fail_record(run, page->options, linked, page->options->shown);
        }
        page->entity = starlings_partition_entity_of(linked->partition, record);
        page->choice = "It is the entity that was asked for.";
    }
    page->conflict_count = page->entity == STARLINGS_NONE ? 0 : found[page->entity];
    free(found);
    return CLI_OK;
}

/* ---- what its records say ---- */

static int cli_order_texts(starlings_text a, starlings_text b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size == 0 ? 0 : memcmp(a.text, b.text, size);
    return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

static int cli_order_claims(const void *one, const void *two)
{
    const cli_claim *a = (const cli_claim *)one, *b = (const cli_claim *)two;
    int order = cli_order_texts(a->value, b->value);
    if (a->attribute != b->attribute)
        return a->attribute < b->attribute ? -1 : 1;
    return order != 0 ? order : starlings_interval_compare(a->valid, b->valid);
}

/* In a lane: by time, then value. */
static int cli_order_bars(const void *one, const void *two)
{
    const report_bar *a = (const report_bar *)one, *b = (const report_bar *)two;
    int order = starlings_interval_compare(a->valid, b->valid);
    return order != 0 ? order : cli_order_texts(a->value, b->value);
}

static uint32_t cli_attribute_number(const cli_linked *linked, starlings_text attribute)
{
    for (size_t i = 0; i < linked->attribute_count; i++)
        if (cli_order_texts(linked->attributes[i], attribute) == 0)
            return (uint32_t)i;
    return (uint32_t)linked->attribute_count; /* all attributes are columns */
}

/* All claims of the entity, sorted; NULL: no memory. */
static cli_claim *cli_gather_claims(const report_link *page, size_t *out_count)
{
    const cli_linked *linked = page->linked;
    starlings_span records = starlings_partition_entity(linked->partition, page->entity);
    starlings_descriptor said;
    cli_claim *claims;
    size_t count = 0;
    for (uint32_t r = 0; r < records.count; r++)
        for (size_t i = 0; starlings_resolution_descriptor(linked->resolution, records.records[r],
                                                           i, &said); i++)
            count++;
    claims = (cli_claim *)cli_alloc(count, sizeof *claims);
    *out_count = count;
    count = 0;
    for (uint32_t r = 0; r < records.count && claims != NULL; r++)
        for (size_t i = 0; starlings_resolution_descriptor(linked->resolution, records.records[r],
                                                           i, &said); i++) {
            claims[count].attribute = cli_attribute_number(linked, said.attribute);
            claims[count].value = said.value;
            claims[count++].valid = said.valid;
        }
    if (claims != NULL && count > 0)
        qsort(claims, count, sizeof *claims, cli_order_claims);
    return claims;
}

/* Bars of one attribute and value: what overlaps or touches is one. `room` is for `count`. */
static void cli_add_bars(report_link *page, const cli_claim *claims, size_t count,
                         starlings_interval *room)
{
    for (size_t i = 0; i < count; i++)
        room[i] = claims[i].valid;
    count = starlings_timeline_make(room, count);
    for (size_t i = 0; i < count; i++) {
        report_bar *bar = &page->bars[page->bar_count++];
        memset(bar, 0, sizeof *bar);
        bar->value = claims[0].value;
        bar->valid = room[i];
    }
}

/* Bars that hold at the same time go into rows one below the other; a value keeps its colour. */
static void cli_lay_lane(report_link *page, report_lane *lane)
{
    report_bar *bars = page->bars + lane->first;
    int64_t ends[LANE_ROWS];
    size_t kept = 0;
    uint32_t colours = 0;
    qsort(bars, lane->count, sizeof *bars, cli_order_bars);
    for (size_t i = 0; i < lane->count; i++) {
        report_bar bar = bars[i];
        bool known = false;
        bar.row = 0;
        while (bar.row < lane->rows && ends[bar.row] > bar.valid.start)
            bar.row++;
        if (bar.row == LANE_ROWS || kept == LANE_BARS)
            continue;
        ends[bar.row] = bar.valid.end;
        lane->rows += bar.row == lane->rows ? 1 : 0;
        for (size_t b = 0; b < kept && !known; b++) {
            known = cli_order_texts(bars[b].value, bar.value) == 0;
            bar.colour = known ? bars[b].colour : bar.colour;
        }
        if (!known)
            bar.colour = colours++;
        bars[kept++] = bar;
    }
    lane->values = colours;
    lane->hidden = lane->count - kept;
    lane->count = kept;
    lane->constant = kept == 1 && lane->hidden == 0 &&
                     bars[0].valid.start == STARLINGS_START_OF_TIME &&
                     bars[0].valid.end == STARLINGS_END_OF_TIME;
}

static void cli_make_lanes(report_link *page, const cli_claim *claims, size_t count,
                           starlings_interval *room)
{
    for (size_t at = 0, end; at < count; at = end) {
        report_lane *lane = &page->lanes[page->lane_count++];
        memset(lane, 0, sizeof *lane);
        lane->attribute = page->linked->attributes[claims[at].attribute];
        lane->first = page->bar_count;
        for (end = at; end < count && claims[end].attribute == claims[at].attribute;) {
            size_t from = end;
            while (end < count && claims[end].attribute == claims[at].attribute &&
                   cli_order_texts(claims[end].value, claims[from].value) == 0)
                end++;
            cli_add_bars(page, claims + from, end - from, room);
        }
        lane->count = page->bar_count - lane->first;
        cli_lay_lane(page, lane);
    }
}

/* The times at which values of an attribute contradict each other within the entity. */
static void cli_mark_clashes(report_link *page)
{
    size_t used = 0;
    for (size_t l = 0; l < page->lane_count; l++) {
        report_lane *lane = &page->lanes[l];
        starlings_conflict conflict;
        lane->first_clash = used;
        for (size_t i = 0; starlings_conflicts_at(page->conflicts, i, &conflict); i++)
            if (conflict.entity == page->entity &&
                cli_order_texts(conflict.attribute, lane->attribute) == 0)
                page->clashes[used++] = conflict.valid;
        lane->clash_count = starlings_timeline_make(page->clashes + lane->first_clash,
                                                    used - lane->first_clash);
        used = lane->first_clash + lane->clash_count;
    }
}

/* From the first to the last bound there is. */
static void cli_find_axis(report_link *page)
{
    int64_t low = STARLINGS_END_OF_TIME, high = STARLINGS_START_OF_TIME;
    for (size_t i = 0; i < page->bar_count; i++) {
        const int64_t times[2] = { page->bars[i].valid.start, page->bars[i].valid.end };
        for (int t = 0; t < 2; t++) {
            if (times[t] == STARLINGS_START_OF_TIME || times[t] == STARLINGS_END_OF_TIME)
                continue;
            low = times[t] < low ? times[t] : low;
            high = times[t] > high ? times[t] : high;
        }
    }
    page->has_axis = low <= high;
    page->axis.start = low;
    page->axis.end = high;
}

static int cli_plan_lanes(cli_run *run, report_link *page)
{
    size_t count, conflicts = starlings_conflicts_count(page->conflicts);
    cli_claim *claims = cli_gather_claims(page, &count);
    starlings_interval *room = (starlings_interval *)cli_alloc(count, sizeof *room);
    page->bars = (report_bar *)cli_alloc(count, sizeof *page->bars);
    page->lanes = (report_lane *)cli_alloc(page->linked->attribute_count, sizeof *page->lanes);
    page->clashes = (starlings_interval *)cli_alloc(conflicts, sizeof *page->clashes);
    if (claims == NULL || room == NULL || page->bars == NULL || page->lanes == NULL ||
        page->clashes == NULL) {
        free(claims);
        free(room);
        return cli_no_memory(run);
    }
    cli_make_lanes(page, claims, count, room);
    cli_mark_clashes(page);
    cli_find_axis(page);
    free(claims);
    free(room);
    return CLI_OK;
}

/* ---- all together ---- */

static int cli_plan_golden(cli_run *run, report_link *page)
{
    starlings_golden_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.resolution = page->linked->resolution;
    desc.entity = page->entity;
    desc.policy = page->options->policy;
    desc.env = run->env;
    return cli_fail_status(run, starlings_golden_create(&desc, &page->golden));
}

static void cli_plan_facts(cli_run *run, report_link *page)
{
    cli_facts *facts = &page->facts;
    cli_facts_add(facts, "Records", cli_input_name(page->options->inputs[0]));
    cli_facts_add(facts, "Rules", cli_input_name(page->options->ontology));
    cli_facts_add_count(facts, "Rows", page->linked->row_count);
    cli_facts_add_count(facts, "Columns that are attributes", page->linked->attribute_count);
    cli_facts_add_count(facts, "Threads", run->env.workers.count);
    cli_facts_add_seconds(facts, "Time to read", page->linked->read_seconds);
    cli_facts_add_seconds(facts, "Time to link", page->linked->link_seconds);
    cli_facts_add_command(facts, run);
}

int cli_plan_link_page(cli_run *run, const cli_options *options, const cli_linked *linked,
                       const starlings_conflicts *conflicts, const starlings_refusals *refusals,
                       report_link *page)
{
    const char *name = cli_input_name(options->inputs[0]), *slash = strrchr(name, '/');
    int code;
    memset(page, 0, sizeof *page);
    page->linked = linked;
    page->options = options;
    page->conflicts = conflicts;
    page->refusals = refusals;
    page->title = slash == NULL ? name : slash + 1;
    page->entity_count = starlings_partition_entity_count(linked->partition);
    cli_plan_facts(run, page);
    code = cli_choose_entity(run, page);
    if (code != CLI_OK || page->entity == STARLINGS_NONE)
        return code;
    code = cli_plan_golden(run, page);
    return code == CLI_OK ? cli_plan_lanes(run, page) : code;
}

void report_link_clear(report_link *data)
{
    starlings_golden_release(data->golden);
    free(data->lanes);
    free(data->bars);
    free(data->clashes);
    cli_facts_clear(&data->facts);
    memset(data, 0, sizeof *data);
}
