/* report_link.c - the page of a linking: what the records of one entity say over time, a lane for
   each attribute, and the tables that go with it. One file, no script. */
#include "page.h"
#include "report_link.h"
#include <string.h>

#define LIST_LIMIT 200u  /* rows of a table */
#define VALUE_LIMIT 300u /* bytes of a value in a table */
#define BAR_LIMIT 120u   /* and in a bar */
#define PARTY_LIMIT 8u   /* values of a conflict */
#define TICK_LIMIT 8u
#define LANE_COLOURS 8u

static const char link_style[] =
    ":root{--bad:#c4161c}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--bad:#ff6b6b}}\n"
    ".tracks{position:relative;margin-top:20px;padding:30px 0 8px;overflow:hidden}\n"
    ".ticks{position:absolute;left:144px;right:0;top:0;bottom:0}\n"
    ".ticks i{position:absolute;top:26px;bottom:0;border-left:1px solid var(--grid)}\n"
    ".ticks b{position:absolute;top:-24px;transform:translateX(-50%);font:13px/20px inherit;"
    "font-size:13px;font-weight:400;font-style:normal;color:var(--soft);white-space:nowrap;"
    "font-variant-numeric:tabular-nums}\n"
    ".now{position:absolute;left:144px;right:0;top:26px;bottom:0;z-index:1;pointer-events:none}\n"
    ".now i{position:absolute;top:0;bottom:0;border-left:2px dashed var(--mark)}\n"
    ".whole{white-space:nowrap}\n"
    ".lane{display:grid;grid-template-columns:132px minmax(0,1fr);column-gap:12px;padding:3px 0;"
    "break-inside:avoid}\n"
    ".lane h3{margin:0;font-size:14px;font-weight:400;line-height:22px;text-align:right;"
    "overflow-wrap:anywhere}\n"
    ".track{position:relative}\n"
    ".val{position:absolute;height:20px;min-width:3px;padding:0 6px;overflow:hidden;"
    "white-space:nowrap;text-overflow:ellipsis;font-size:12.5px;line-height:20px;"
    "color:var(--bg);border-radius:3px;box-shadow:0 0 0 1px var(--bg)}\n"
    ".val.thin{padding:0}\n"
    ".val.a,.key.a{-webkit-mask-image:linear-gradient(to right,transparent,#000 32px);"
    "mask-image:linear-gradient(to right,transparent,#000 32px)}\n"
    ".val.z,.key.z{-webkit-mask-image:linear-gradient(to left,transparent,#000 32px);"
    "mask-image:linear-gradient(to left,transparent,#000 32px)}\n"
    ".val.a.z{-webkit-mask-image:linear-gradient(to right,transparent,#000 32px,"
    "#000 calc(100% - 32px),transparent);mask-image:linear-gradient(to right,transparent,"
    "#000 32px,#000 calc(100% - 32px),transparent)}\n"
    ".val.a{padding-left:30px}\n.val.z{padding-right:30px}\n"
    ".k0{background:var(--c0)}.k1{background:var(--c1)}.k2{background:var(--c2)}"
    ".k3{background:var(--c3)}.k4{background:var(--c4)}.k5{background:var(--c5)}"
    ".k6{background:var(--c6)}.k7{background:var(--c7)}.kq{background:var(--rule);"
    "color:var(--ink)}\n"
    ".clash{position:absolute;top:-3px;bottom:0;min-width:3px;border:1px solid var(--bad);"
    "background:repeating-linear-gradient(135deg,var(--bad) 0 2px,transparent 2px 7px)}\n"
    ".swatch{position:relative;display:inline-block;width:44px;height:16px}\n"
    ".key{position:absolute;inset:0;border-radius:3px}\n.swatch .clash{inset:0}\n"
    ".always{margin-top:14px}\n"
    "table.words td,table.words th{text-align:left;white-space:normal;vertical-align:top;"
    "overflow-wrap:anywhere;min-width:5em;padding:4px 18px 4px 0}\n"
    "table.words td.when{white-space:nowrap;min-width:0}\n"
    "table.words thead th{overflow-wrap:normal}\n"
    "table.words th:first-child{padding-left:8px}\n"
    "@media(max-width:600px){.lane{grid-template-columns:minmax(0,1fr)}"
    ".lane h3{text-align:left;color:var(--soft)}.ticks,.now{left:0}}\n"
    "@media print{.val,.clash,.key{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

/* ---- words ---------------------------------------------------------------------------------- */

static void put_value(page *out, starlings_text text)
{
    put_text(out, text, VALUE_LIMIT);
}

static void put_things(page *out, uint64_t count, const char *one, const char *many)
{
    put_count(out, count);
    put(out, " ");
    put(out, count == 1 ? one : many);
}

static void put_times(page *out, const report_link *data, starlings_interval valid)
{
    char from[CLI_TIME_SIZE], to[CLI_TIME_SIZE];
    (void)cli_time_text(data->linked, valid.start, from);
    (void)cli_time_text(data->linked, valid.end, to);
    if (from[0] == '\0' && to[0] == '\0')
        put(out, "always");
    else if (to[0] == '\0')
        put(out, "from ");
    else if (from[0] == '\0')
        put(out, "until ");
    put(out, from);
    put(out, from[0] != '\0' && to[0] != '\0' ? " to " : "");
    put(out, to);
}

static void put_entity(page *out, const report_link *data, uint32_t entity)
{
    put_value(out, cli_linked_name(data->linked, entity));
}

/* ---- the axis ------------------------------------------------------------------------------- */

typedef struct tick {
    int64_t time;
    char label[CLI_TIME_SIZE];
} tick;

/* Where a time lies, in hundredths of a percent. What has no bound runs beyond the others. */
static int64_t place(const report_link *data, int64_t time)
{
    uint64_t range = (uint64_t)data->axis.end - (uint64_t)data->axis.start, offset;
    if (time == STARLINGS_START_OF_TIME)
        return 0;
    if (time == STARLINGS_END_OF_TIME)
        return 10000;
    offset = (uint64_t)time - (uint64_t)data->axis.start;
    for (; range > (uint64_t)1 << 40; range >>= 1)
        offset >>= 1;
    return range == 0 ? 5000 : 500 + (int64_t)((offset * 9000 + range / 2) / range);
}

/* Years, months: the day of the first of a month, counted from January of the year 0. */
static bool first_of_month(int64_t month, int64_t *out_day)
{
    char text[32];
    if (month < 12 || month >= 10000 * 12)
        return false;
    snprintf(text, sizeof text, "%04ld-%02ld-01", (long)(month / 12), (long)(month % 12) + 1);
    return starlings_date_parse(starlings_text_of(text), out_day) == STARLINGS_OK;
}

static bool month_of(int64_t day, int64_t *out_month)
{
    char text[24];
    starlings_date_write(day, text);
    if (text[0] == '-' || strlen(text) != 10 || text[4] != '-')
        return false;
    *out_month = 12 * (1000 * (text[0] - '0') + 100 * (text[1] - '0') + 10 * (text[2] - '0') +
                       (text[3] - '0')) + 10 * (text[5] - '0') + (text[6] - '0') - 1;
    return true;
}

/* Every so many months, labelled as years or as year-month. */
static size_t month_ticks(const report_link *data, tick *ticks, int64_t first, int64_t step)
{
    size_t count = 0;
    for (int64_t month = (first + step - 1) / step * step; count < TICK_LIMIT; month += step) {
        if (!first_of_month(month, &ticks[count].time) || ticks[count].time > data->axis.end)
            break;
        starlings_date_write(ticks[count].time, ticks[count].label);
        ticks[count].label[step % 12 == 0 ? 4 : 7] = '\0';
        count += ticks[count].time >= data->axis.start ? 1 : 0;
    }
    return count;
}

static size_t date_ticks(const report_link *data, tick *ticks)
{
    static const int64_t steps[] = { 1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000,
                                     12000, 24000 };
    int64_t first, last;
    if (!month_of(data->axis.start, &first) || !month_of(data->axis.end, &last) ||
        last - first < 4)
        return 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        size_t most = steps[i] < 12 ? 5 : TICK_LIMIT - 1;
        if ((size_t)((last - first) / steps[i]) < most)
            return month_ticks(data, ticks, first, steps[i]);
    }
    return 0;
}

/* Multiples of 1, 2 or 5 times a power of ten. */
static size_t number_ticks(const report_link *data, tick *ticks)
{
    uint64_t range = (uint64_t)data->axis.end - (uint64_t)data->axis.start, power = 1, step;
    size_t count = 0;
    int64_t time, over;
    while (range / power >= 20 && power < UINT64_MAX / 100)
        power *= 10;
    step = range / power >= 10 ? 5 * power : range / power >= 4 ? 2 * power : power;
    over = data->axis.start % (int64_t)step;
    time = data->axis.start - over;
    if (over > 0)
        time += (int64_t)step;
    while (time <= data->axis.end && count < TICK_LIMIT) {
        ticks[count].time = time;
        (void)cli_time_text(data->linked, time, ticks[count++].label);
        if ((uint64_t)data->axis.end - (uint64_t)time < step)
            break;
        time += (int64_t)step;
    }
    return count;
}

static void put_ticks(page *out, const report_link *data)
{
    tick ticks[TICK_LIMIT + 1];
    size_t count = data->linked->dates ? date_ticks(data, ticks) : 0;
    if (count == 0)
        count = number_ticks(data, ticks);
    put(out, "<div class=\"ticks\">");
    for (size_t i = 0; i < count; i++) {
        put(out, "<i style=\"left:");
        put_hundredths(out, place(data, ticks[i].time));
        put(out, "%\"><b>");
        put(out, ticks[i].label);
        put(out, "</b></i>");
    }
    put(out, "</div>\n");
}

/* Is the time of --at among those that are drawn? */
static bool has_now(const report_link *data)
{
    int64_t time = data->options->time.time;
    return data->options->time.text != NULL && data->has_axis && time >= data->axis.start &&
           time <= data->axis.end;
}

static void put_now(page *out, const report_link *data)
{
    put(out, "<div class=\"now\"><i style=\"left:");
    put_hundredths(out, place(data, data->options->time.time));
    put(out, "%\"></i></div>\n");
}

/* ---- the lanes ------------------------------------------------------------------------------ */

static void put_place(page *out, const report_link *data, starlings_interval valid)
{
    int64_t from = place(data, valid.start), to = place(data, valid.end);
    put(out, "left:");
    put_hundredths(out, from);
    put(out, "%;width:");
    put_hundredths(out, to - from);
    put(out, "%");
}

static void put_bar(page *out, const report_link *data, const report_bar *bar, bool quiet)
{
    bool thin = place(data, bar->valid.end) - place(data, bar->valid.start) < 200;
    put(out, "<div class=\"val k");
    if (quiet)
        put(out, "q");
    else
        put_count(out, bar->colour % LANE_COLOURS);
    put(out, bar->valid.start == STARLINGS_START_OF_TIME ? " a" : "");
    put(out, bar->valid.end == STARLINGS_END_OF_TIME ? " z" : "");
    put(out, thin ? " thin" : "");
    put(out, "\" style=\"");
    put_place(out, data, bar->valid);
    put(out, ";top:");
    put_count(out, bar->row * (uint64_t)23);
    put(out, "px\" title=\"");
    put_value(out, bar->value);
    put(out, ", ");
    put_times(out, data, bar->valid);
    put(out, "\">");
    put_text(out, bar->value, BAR_LIMIT);
    put(out, "</div>\n");
}

static void put_lane(page *out, const report_link *data, const report_lane *lane)
{
    put(out, "<div class=\"lane\"><h3>");
    put_value(out, lane->attribute);
    put(out, "</h3><div class=\"track\" style=\"height:");
    put_count(out, lane->rows * (uint64_t)23 + (lane->clash_count > 0 ? 5 : 0));
    put(out, "px\">\n");
    for (size_t i = 0; i < lane->clash_count; i++) {
        starlings_interval valid = data->clashes[lane->first_clash + i];
        put(out, "<div class=\"clash\" style=\"");
        put_place(out, data, valid);
        put(out, "\" title=\"contradictory, ");
        put_times(out, data, valid);
        put(out, "\"></div>\n");
    }
    for (size_t i = 0; i < lane->count; i++)
        put_bar(out, data, &data->bars[lane->first + i], lane->values == 1);
    put(out, "</div></div>\n");
}

static void put_legend_item(page *out, const char *swatch, const char *text)
{
    put(out, "<li><span class=\"swatch\"><span class=\"");
    put(out, swatch);
    put(out, "\"></span></span>");
    put(out, text);
    put(out, "</li>\n");
}

static void put_legend(page *out, const report_link *data)
{
    bool open = false, clash = false, quiet = false, loud = false;
    for (size_t l = 0; l < data->lane_count; l++) {
        const report_lane *lane = &data->lanes[l];
        clash = clash || lane->clash_count > 0;
        quiet = quiet || (lane->values == 1 && !lane->constant);
        loud = loud || lane->values > 1;
        for (size_t i = 0; i < lane->count && !lane->constant; i++) {
            starlings_interval valid = data->bars[lane->first + i].valid;
            open = open || valid.start == STARLINGS_START_OF_TIME ||
                   valid.end == STARLINGS_END_OF_TIME;
        }
    }
    put(out, "<ul class=\"legend\">\n");
    if (loud)
        put_legend_item(out, "key k0", "a value, while a record says so");
    if (quiet)
        put_legend_item(out, "key kq", "the only value of its attribute");
    if (open)
        put_legend_item(out, loud ? "key k0 z" : "key kq z", "without a bound");
    if (clash)
        put_legend_item(out, "clash", "values contradict each other");
    put(out, "</ul>\n");
}

/* Attributes that have one value for all time. */
static void put_constants(page *out, const report_link *data)
{
    bool first = true;
    for (size_t l = 0; l < data->lane_count; l++) {
        const report_lane *lane = &data->lanes[l];
        if (!lane->constant)
            continue;
        put(out, first ? "<dl class=\"always\">\n" : "");
        put(out, "<dt>");
        put_value(out, lane->attribute);
        put(out, "</dt><dd>");
        put_value(out, data->bars[lane->first].value);
        put(out, "</dd>\n");
        first = false;
    }
    put(out, first ? "" : "</dl>\n");
}

static void put_hidden(page *out, const report_link *data)
{
    bool first = true;
    for (size_t l = 0; l < data->lane_count; l++) {
        if (data->lanes[l].hidden == 0)
            continue;
        put(out, first ? "<p class=\"only\">Not drawn: " : ", ");
        put_things(out, data->lanes[l].hidden, "more bar of ", "more bars of ");
        put_value(out, data->lanes[l].attribute);
        first = false;
    }
    put(out, first ? "" : ".</p>\n");
}

static void put_time_line(page *out, const report_link *data)
{
    bool any = false;
    for (size_t l = 0; l < data->lane_count; l++)
        any = any || !data->lanes[l].constant;
    put(out, "<section class=\"timeline\">\n<h2>Time line of ");
    put_entity(out, data, data->entity);
    put(out, "</h2>\n<p>");
    put(out, data->choice);
    put(out, " A lane shows what its ");
    put_things(out, starlings_partition_entity(data->linked->partition, data->entity).count,
               "record says", "records say");
    put(out, " of an attribute. What holds from a time to another does not hold at the "
             "second.");
    if (has_now(data)) {
        put(out, " The dashed line is <span class=\"whole\">");
        put_escaped(out, data->options->time.text);
        put(out, "</span>.");
    }
    put(out, "</p>\n");
    if (any) {
        put_legend(out, data);
        put(out, "<div class=\"tracks\">\n");
        if (data->has_axis)
            put_ticks(out, data);
        if (has_now(data))
            put_now(out, data);
        for (int one = 0; one < 2; one++) /* what changes first */
            for (size_t l = 0; l < data->lane_count; l++)
                if (!data->lanes[l].constant && (data->lanes[l].values == 1) == (one == 1))
                    put_lane(out, data, &data->lanes[l]);
        put(out, "</div>\n");
    }
    put_hidden(out, data);
    if (data->lane_count > 0 && !any)
        put(out, "<p>Nothing of it changes over time.</p>\n");
    put_constants(out, data);
    put(out, "</section>\n");
}

/* ---- tables --------------------------------------------------------------------------------- */

static void put_table_open(page *out, const char *title, const char *caption,
                           const char *const *heads)
{
    put(out, "<section>\n<h2>");
    put(out, title);
    put(out, "</h2>\n<div class=\"scroll\" tabindex=\"0\">\n<table class=\"words\">\n"
             "<caption><span>");
    put(out, caption);
    put(out, "</span></caption>\n<thead><tr>");
    for (; *heads != NULL; heads++) {
        put(out, "<th scope=\"col\">");
        put(out, *heads);
        put(out, "</th>");
    }
    put(out, "</tr></thead>\n<tbody>\n");
}

static void put_table_close(page *out, size_t shown, size_t count)
{
    put(out, "</tbody>\n</table>\n</div>\n");
    if (shown < count) {
        put(out, "<p class=\"only\">Not shown: ");
        put_things(out, count - shown, "more row", "more rows");
        put(out, ".</p>\n");
    }
    put(out, "</section>\n");
}

static void put_cell(page *out, starlings_text text, bool head)
{
    put(out, head ? "<th scope=\"row\">" : "<td>");
    put_value(out, text);
    put(out, head ? "</th>" : "</td>");
}

static void put_times_cell(page *out, const report_link *data, starlings_interval valid)
{
    put(out, "<td class=\"when\">");
    put_times(out, data, valid);
    put(out, "</td>");
}

static void put_golden(page *out, const report_link *data)
{
    static const char *const heads[] = { "attribute", "value", "when", "records", "", NULL };
    static const char *const captions[5] = {
        "What is true of it: where records contradict each other, nothing (policy omit).",
        "What is true of it: where records contradict each other, the source of the highest "
        "weight (policy weight).",
        "What is true of it: where records contradict each other, the attribute's authority "
        "(policy authority).",
        "What is true of it: where records contradict each other, what began last "
        "(policy latest).",
        "What is true of it: where records contradict each other, what most of them say "
        "(policy majority)."
    };
    size_t count = starlings_golden_count(data->golden), shown = 0;
    starlings_golden_value value;
    put_table_open(out, "Golden record", captions[data->options->policy], heads);
    for (; shown < LIST_LIMIT && starlings_golden_at(data->golden, shown, &value); shown++) {
        put(out, "<tr>");
        put_cell(out, value.attribute, true);
        put_cell(out, value.value, false);
        put_times_cell(out, data, value.valid);
        put(out, "<td>");
        put_count(out, value.record_count);
        put(out, value.contested ? "</td><td>contested</td></tr>\n" : "</td><td></td></tr>\n");
    }
    put_table_close(out, shown, count);
}

/* value: record, record; value: record */
static void put_parties(page *out, const report_link *data, size_t conflict)
{
    starlings_party party, last;
    uint32_t named = 0, values = 0;
    memset(&last, 0, sizeof last);
    for (uint32_t p = 0; starlings_conflicts_party(data->conflicts, conflict, p, &party); p++) {
        bool same = p > 0 && last.value.size == party.value.size &&
                    memcmp(last.value.text, party.value.text, party.value.size) == 0;
        named = same ? named + 1 : 0;
        values += same ? 0 : 1;
        last = party;
        if (values > PARTY_LIMIT) {
            put(out, "; \xE2\x80\xA6");
            return;
        }
        if (named > 3) /* of each value so many */
            continue;
        put(out, p == 0 ? "" : same ? ", " : "; ");
        if (named == 3) {
            put(out, "\xE2\x80\xA6");
            continue;
        }
        if (!same) {
            put(out, "<em>");
            put_value(out, party.value);
            put(out, "</em>: ");
        }
        put_value(out, data->linked->names[party.record]);
    }
}

static void put_conflicts(page *out, const report_link *data)
{
    static const char *const heads[] = { "attribute", "kind", "when", "values: records", NULL };
    static const char *const kinds[5] = { "direct", "within a record", "indirect", "unique",
                                          "unique within a source" };
    starlings_conflict conflict;
    size_t shown = 0;
    if (data->conflict_count == 0)
        return;
    put_table_open(out, "Conflicts", "Values of this entity that contradict each other.", heads);
    for (size_t i = 0; shown < LIST_LIMIT &&
                       starlings_conflicts_at(data->conflicts, i, &conflict); i++) {
        if (conflict.entity != data->entity)
            continue;
        put(out, "<tr>");
        put_cell(out, conflict.attribute, true);
        put(out, "<td>");
        put(out, kinds[conflict.kind]);
        put(out, "</td>");
        put_times_cell(out, data, conflict.valid);
        put(out, "<td>");
        put_parties(out, data, i);
        put(out, "</td></tr>\n");
        shown++;
    }
    put_table_close(out, shown, data->conflict_count);
}

/* Is the entity a side of a refusal? */
static bool is_refused(const report_link *data, size_t refusal)
{
    starlings_refusal_side side;
    for (uint32_t s = 0; starlings_refusals_side(data->refusals, refusal, s, &side); s++)
        if (side.entity == data->entity)
            return true;
    return false;
}

static void put_key_values(page *out, const report_link *data, uint32_t key_values)
{
    starlings_text attribute, value;
    for (size_t i = 0; starlings_resolution_key_value(data->linked->resolution, key_values, i,
                                                      &attribute, &value); i++) {
        put(out, i == 0 ? "" : ", ");
        put_value(out, attribute);
        put(out, " ");
        put_value(out, value);
    }
}

static void put_refusal(page *out, const report_link *data, size_t at,
                        const starlings_refusal *refusal)
{
    starlings_refusal_side side, last = { { NULL, 0 }, 0, 0, { 0, 0 } };
    uint32_t named = 0, s = 0;
    put(out, "<tr>");
    put_cell(out, refusal->attribute, true);
    put(out, "<td>");
    put_key_values(out, data, refusal->key_values);
    put(out, "</td><td>");
    for (; named < PARTY_LIMIT && starlings_refusals_side(data->refusals, at, s, &side); s++) {
        if (named > 0 && side.entity == last.entity && side.value.size == last.value.size &&
            memcmp(side.value.text, last.value.text, last.value.size) == 0)
            continue; /* the same at another time */
        last = side;
        put(out, named++ == 0 ? "<em>" : "; <em>");
        put_value(out, side.value);
        put(out, "</em>: ");
        put_entity(out, data, side.entity);
    }
    put(out, s < refusal->side_count ? "; \xE2\x80\xA6</td></tr>\n" : "</td></tr>\n");
}

static void put_refusals(page *out, const report_link *data)
{
    static const char *const heads[] = { "identifier", "same key", "values: entities", NULL };
    starlings_refusal refusal;
    size_t shown = 0, count = 0;
    for (size_t i = 0; i < starlings_refusals_count(data->refusals); i++)
        count += is_refused(data, i) ? 1 : 0;
    if (count == 0)
        return;
    put_table_open(out, "Kept apart",
                   "Entities that match this one by a key, and have another identifier.", heads);
    for (size_t i = 0; shown < LIST_LIMIT && starlings_refusals_at(data->refusals, i, &refusal);
         i++) {
        if (!is_refused(data, i))
            continue;
        put_refusal(out, data, i, &refusal);
        shown++;
    }
    put_table_close(out, shown, count);
}

static void put_records(page *out, const report_link *data)
{
    static const char *const heads[] = { "record", "when", "values", NULL };
    const cli_linked *linked = data->linked;
    starlings_span records = starlings_partition_entity(linked->partition, data->entity);
    uint32_t shown = 0;
    put_table_open(out, "Records", "The records that are this entity, and when they hold.", heads);
    for (; shown < records.count && shown < LIST_LIMIT; shown++) {
        uint32_t r = records.records[shown];
        starlings_descriptor said;
        size_t values = 0;
        while (starlings_resolution_descriptor(linked->resolution, r, values, &said))
            values++;
        put(out, "<tr>");
        put_cell(out, linked->names[r], true);
        put(out, "<td class=\"when\">");
        for (size_t i = linked->first_row[r]; i < linked->first_row[r + 1]; i++) {
            put(out, i > linked->first_row[r] ? "<br>" : "");
            put_times(out, data, linked->rows[i]);
        }
        put(out, "</td><td>");
        put_count(out, values);
        put(out, "</td></tr>\n");
    }
    put_table_close(out, shown, records.count);
}

/* ---- document ------------------------------------------------------------------------------- */

static void put_link_headline(page *out, const report_link *data)
{
    size_t conflicts = starlings_conflicts_count(data->conflicts);
    size_t refused = starlings_refusals_count(data->refusals);
    put(out, "<header>\n<p class=\"kicker\">Record linkage report</p>\n<h1>");
    put_escaped(out, data->title);
    put(out, "</h1>\n<p class=\"lead\"><b>");
    put_count(out, data->entity_count);
    put(out, data->entity_count == 1 ? "</b> entity of <b>" : "</b> entities of <b>");
    put_count(out, data->linked->record_count);
    put(out, data->linked->record_count == 1 ? "</b> record." : "</b> records.");
    if (data->entity_count > 0) {
        put(out, " The largest has ");
        put_things(out, data->largest, "record. ", "records. ");
        put_things(out, conflicts, "conflict, ", "conflicts, ");
        put_things(out, refused, "merge that an identifier refused.",
                   "merges that identifiers refused.");
    }
    put(out, "</p>\n</header>\n");
}

bool report_link_write(FILE *file, const report_link *data)
{
    page out = { NULL, false, 0 };
    out.file = file;
    put_head(&out, data->title, NULL, link_style);
    put_link_headline(&out, data);
    if (data->entity != STARLINGS_NONE) {
        put_time_line(&out, data);
        put_conflicts(&out, data);
        put_refusals(&out, data);
        put_golden(&out, data);
        put_records(&out, data);
    }
    put_facts(&out, data->facts.list, data->facts.count);
    return put_end(&out);
}
