/* report_grid.c - the page of a grid: a heat map for each metric, one file, no script. Which map is
   seen is chosen by radio buttons that stand before the maps: a rule of the style for each. */
#include "page.h"

#include <string.h>

#define SIDE_LIMIT 101   /* cells along a side, */
#define CELL_LIMIT 20500 /* and in all maps, of up to 95 bytes: the page stays below 2 MB */
#define HEAT_LEVELS 16

static const char grid_style[] =
    ":root{--h0:#f9f5da;--h1:#e5e9be;--h2:#cbe0a7;--h3:#abd797;--h4:#85ce90;--h5:#55c58f;--h6"
    ":#00ba94;--h7:#00ac9b;--h8:#009da1;--h9:#008ca4;--ha:#007aa3;--hb:#00679c;--hc:#005591;-"
    "-hd:#124480;--he:#23346d;--hf:#272757}" "\n"
    "@media screen and (prefers-color-scheme:dark){:root{--h0:#24233e;--h1:#252e56;--h2:#1d3b"
    "6e;--h3:#004a83;--h4:#005c94;--h5:#006f9e;--h6:#0082a2;--h7:#00959f;--h8:#00a697;--h9:#0"
    "0b58c;--ha:#00c27e;--hb:#51cc72;--hc:#8ad46a;--hd:#b6dc6a;--he:#dbe375;--hf:#faea89}}" "\n"
    ".h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var"
    "(--h4)}.h5{fill:var(--h5)}.h6{fill:var(--h6)}.h7{fill:var(--h7)}.h8{fill:var(--h8)}.h9{f"
    "ill:var(--h9)}.ha{fill:var(--ha)}.hb{fill:var(--hb)}.hc{fill:var(--hc)}.hd{fill:var(--hd"
    ")}.he{fill:var(--he)}.hf{fill:var(--hf)}" "\n"
    ".pick{position:absolute;opacity:0;pointer-events:none}\n"
    ".pick+label{display:inline-block;margin:14px 8px 0 0;padding:2px 10px;cursor:pointer;"
    "border:1px solid var(--rule);border-radius:6px;font-size:15px}\n"
    ".pick:checked+label{border-color:var(--mark);box-shadow:inset 0 0 0 1px var(--mark);"
    "font-weight:650}\n"
    ".pick:focus-visible+label{outline:2px solid var(--c0);outline-offset:2px}\n"
    ".map{display:none;border:0;padding-top:6px;margin-top:12px}\n"
    "#m0:checked~#f0,#m1:checked~#f1,#m2:checked~#f2,#m3:checked~#f3,#m4:checked~#f4,"
    "#m5:checked~#f5,#m6:checked~#f6,#m7:checked~#f7,#m8:checked~#f8,#m9:checked~#f9,"
    "#m10:checked~#f10,#m11:checked~#f11{display:block}\n"
    ".heat{height:420px;width:calc(100% - 92px);max-width:640px;margin:12px 20px 30px 72px}\n"
    ".cells{overflow:visible}\n.cells rect{width:1px;height:1px;shape-rendering:crispEdges}\n"
    ".none{fill:none}\n.frame{fill:none;stroke:var(--soft);stroke-width:1}\n"
    ".pin{fill:none;stroke:var(--bg);stroke-width:5}\n"
    ".pin+.pin{stroke:var(--mark);stroke-width:2}\n"
    ".side{overflow-wrap:anywhere}\n.under{text-align:center;max-width:732px!important}\n"
    ".ramp{display:flex;align-items:center;gap:10px;margin-top:14px;font-size:14px;"
    "font-variant-numeric:tabular-nums}\n.ramp svg{width:min(240px,40vw);height:14px}\n"
    "@media print{.map{display:block}.pick,.pick~label{display:none}"
    ".cells rect,.ramp rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

/* ---- sides ---------------------------------------------------------------------------------- */

/* The thresholds along one side that are drawn. */
typedef struct side {
    const uint32_t *keys;
    size_t total;
    size_t first, step; /* which of them: first, first + step ... */
    size_t count;
    unsigned decimals; /* that all drawn thresholds need */
    size_t stride;     /* every so many have a label */
    unsigned label_decimals;
} side;

static uint32_t side_key(const side *s, size_t i)
{
    return s->keys[s->first + i * s->step];
}

/* Decimals of every stride-th threshold. */
static unsigned side_decimals(const side *s, size_t stride)
{
    unsigned most = 1;
    for (size_t i = 0; i < s->count; i += stride) {
        uint32_t key = side_key(s, i);
        unsigned decimals = step_decimals(key == 0 ? STARLINGS_ONE : key, 6);
        most = decimals > most ? decimals : most;
    }
    return most;
}

/* How many labels have room below the narrowest map, 276 pixels; beside it there is more. */
static size_t side_label_limit(unsigned decimals, bool below)
{
    return !below ? 21 : decimals < 2 ? 11 : decimals < 4 ? 6 : 4;
}

static void side_open(side *s, const uint32_t *keys, size_t total)
{
    s->keys = keys;
    s->total = total;
    s->step = (total + SIDE_LIMIT - 1) / SIDE_LIMIT;
    s->count = (total + s->step - 1) / s->step;
}

/* Leave out more of the longer side until there is room for so many maps. */
static void sides_thin(side *a, side *b, size_t maps)
{
    while (a->count * b->count * maps > CELL_LIMIT) {
        side *s = a->count > b->count ? a : b;
        s->step++;
        s->count = (s->total + s->step - 1) / s->step;
    }
}

/* `marked` is one that must be drawn. */
static void side_settle(side *s, size_t marked, bool below)
{
    s->first = marked % s->step;
    s->count = (s->total - s->first + s->step - 1) / s->step;
    s->decimals = side_decimals(s, 1);
    do {
        s->stride++;
        s->label_decimals = side_decimals(s, s->stride);
    } while ((s->count + s->stride - 1) / s->stride > side_label_limit(s->label_decimals, below));
}

static void put_side_key(page *out, const side *s, size_t i)
{
    put_decimal(out, side_key(s, i), 6, s->decimals);
}

/* The middle of a cell, in percent. */
static void put_middle(page *out, size_t i, size_t count)
{
    put_hundredths(out, (int64_t)((2 * i + 1) * 10000 / (2 * count)));
    put(out, "%");
}

static void put_labels_below(page *out, const side *s)
{
    for (size_t i = 0; i < s->count; i += s->stride) {
        put(out, "<text class=\"tick mid\" y=\"100%\" dy=\"18\" x=\"");
        put_middle(out, i, s->count);
        put(out, "\">");
        put_decimal(out, side_key(s, i), 6, s->label_decimals);
        put(out, "</text>\n");
    }
}

static void put_labels_beside(page *out, const side *s)
{
    for (size_t i = 0; i < s->count; i += s->stride) {
        put(out, "<text class=\"tick end\" x=\"-8\" dy=\".34em\" y=\"");
        put_middle(out, s->count - 1 - i, s->count);
        put(out, "\">");
        put_decimal(out, side_key(s, i), 6, s->label_decimals);
        put(out, "</text>\n");
    }
}

/* ---- map ------------------------------------------------------------------------------------ */

/* One metric at all drawn pairs. */
typedef struct heat_map {
    const report_grid *data;
    side a, b; /* upwards, to the right */
    const starlings_metric_info *info;
    const uint64_t *integers; /* one of the two */
    const double *reals;
    int64_t low, high; /* of the drawn values; high < low: there are none */
} heat_map;

static int64_t map_at(const heat_map *map, size_t i, size_t j)
{
    size_t row = map->a.first + i * map->a.step, column = map->b.first + j * map->b.step;
    size_t at = row * map->b.total + column;
    if (map->reals != NULL)
        return real_of(map->reals[at]);
    return map->integers[at] > INT64_MAX ? INT64_MAX : (int64_t)map->integers[at];
}

static bool map_open(heat_map *map, starlings_metric metric)
{
    map->info = starlings_metric_describe(metric);
    map->integers = starlings_grid_integers(map->data->grid, metric);
    map->reals = map->integers != NULL ? NULL : starlings_grid_reals(map->data->grid, metric);
    map->low = INT64_MAX;
    map->high = INT64_MIN;
    if (map->integers == NULL && map->reals == NULL)
        return false;
    for (size_t i = 0; i < map->a.count; i++)
        for (size_t j = 0; j < map->b.count; j++) {
            int64_t value = map_at(map, i, j);
            if (value == NO_VALUE)
                continue;
            map->low = value < map->low ? value : map->low;
            map->high = value > map->high ? value : map->high;
        }
    return true;
}

static void put_map_value(page *out, const heat_map *map, int64_t value)
{
    if (map->reals != NULL)
        put_real(out, value, 4);
    else
        put_count(out, (uint64_t)value);
}

static void put_level(page *out, const heat_map *map, int64_t value)
{
    static const char digits[] = "0123456789abcdef";
    int64_t part = value - map->low, whole = map->high - map->low;
    char name[3] = "h0";
    while (whole > INT64_MAX / HEAT_LEVELS) {
        whole >>= 1;
        part >>= 1;
    }
    if (whole == 0) /* one value everywhere */
        name[1] = 'f';
    else
        name[1] = digits[part >= whole ? HEAT_LEVELS - 1 : part * HEAT_LEVELS / whole];
    put(out, name);
}

static void put_cell(page *out, const heat_map *map, size_t i, size_t j)
{
    int64_t value = map_at(map, i, j);
    put(out, "<rect class=\"");
    if (value == NO_VALUE)
        put(out, "none");
    else
        put_level(out, map, value);
    put(out, "\" x=\"");
    put_count(out, j);
    put(out, "\" y=\"");
    put_count(out, map->a.count - 1 - i);
    put(out, "\"><title>a ");
    put_side_key(out, &map->a, i);
    put(out, ", b ");
    put_side_key(out, &map->b, j);
    put(out, ": ");
    if (value == NO_VALUE)
        put(out, "none");
    else
        put_map_value(out, map, value);
    put(out, "</title></rect>\n");
}

static void put_cells(page *out, const heat_map *map)
{
    put(out, "<svg class=\"cells\" width=\"100%\" height=\"100%\" preserveAspectRatio=\"none\" "
             "viewBox=\"0 0 ");
    put_count(out, map->b.count);
    put(out, " ");
    put_count(out, map->a.count);
    put(out, "\">\n");
    for (size_t i = 0; i < map->a.count; i++)
        for (size_t j = 0; j < map->b.count; j++)
            put_cell(out, map, i, j);
    put(out, "</svg>\n<rect class=\"frame\" width=\"100%\" height=\"100%\"/>\n");
}

static void put_pin_rect(page *out, size_t across, size_t wide, size_t down, size_t high)
{
    put(out, "<rect class=\"pin\" x=\"");
    put_hundredths(out, (int64_t)(across * 10000 / wide));
    put(out, "%\" y=\"");
    put_hundredths(out, (int64_t)(down * 10000 / high));
    put(out, "%\" width=\"");
    put_hundredths(out, (int64_t)(10000 / wide));
    put(out, "%\" height=\"");
    put_hundredths(out, (int64_t)(10000 / high));
    put(out, "%\"/>");
}

/* A frame around the best pair, light and dark so that it is seen on every colour. */
static void put_pin(page *out, const heat_map *map)
{
    size_t i = (map->data->best_row - map->a.first) / map->a.step;
    size_t j = (map->data->best_column - map->b.first) / map->b.step;
    if (!map->data->has_best)
        return;
    for (int k = 0; k < 2; k++)
        put_pin_rect(out, j, map->b.count, map->a.count - 1 - i, map->a.count);
    put(out, "\n");
}

static void put_map_svg(page *out, const heat_map *map)
{
    put_svg_open(out, "plot heat", map->info->name);
    put(out, "A map of ");
    put_count(out, map->a.count);
    put(out, " by ");
    put_count(out, map->b.count);
    put(out, " pairs of thresholds.</desc>\n");
    put_cells(out, map);
    put_pin(out, map);
    put_labels_beside(out, &map->a);
    put_labels_below(out, &map->b);
    put(out, "</svg>\n");
}

static void put_ramp(page *out, const heat_map *map)
{
    char name[3] = "h0";
    if (map->high < map->low)
        return;
    put(out, "<div class=\"ramp\"><span>");
    put_map_value(out, map, map->low);
    put(out, "</span><svg aria-hidden=\"true\" preserveAspectRatio=\"none\" viewBox=\"0 0 16 1\">");
    for (unsigned i = 0; i < HEAT_LEVELS; i++) {
        name[1] = "0123456789abcdef"[i];
        put(out, "<rect class=\"");
        put(out, name);
        put(out, "\" width=\"1.02\" height=\"1\" x=\"");
        put_count(out, i);
        put(out, "\"/>");
    }
    put(out, "</svg><span>");
    put_map_value(out, map, map->high);
    put(out, "</span></div>\n");
}

static void put_side_words(page *out, const char *class_name, const char *which, const char *name)
{
    put(out, "<p class=\"");
    put(out, class_name);
    put(out, "\">");
    put(out, which);
    put(out, ": threshold of ");
    put_escaped(out, name);
    put(out, "</p>\n");
}

static void put_map(page *out, const heat_map *map, size_t number)
{
    put(out, "<figure class=\"map\" id=\"f");
    put_count(out, number);
    put(out, "\">\n<h2>");
    put(out, map->info->name);
    put(out, "</h2>\n<p>");
    put(out, map->info->formula);
    put(out, map->info->direction > 0   ? "; higher is better."
             : map->info->direction < 0 ? "; lower is better."
                                        : "; neither high nor low is better.");
    put(out, "</p>\n");
    put_ramp(out, map);
    put_side_words(out, "side", "a, upwards", map->data->name_a);
    put_map_svg(out, map);
    put_side_words(out, "side under", "b", map->data->name_b);
    put(out, "</figure>\n");
}

/* ---- document ------------------------------------------------------------------------------- */

static void put_grid_headline(page *out, const report_grid *data, heat_map *map)
{
    put(out, "<header>\n<p class=\"kicker\">Entity resolution report</p>\n<h1>");
    put_escaped(out, data->name_a);
    put(out, " against ");
    put_escaped(out, data->name_b);
    put(out, "</h1>\n<p class=\"lead\">");
    if (data->has_best && map_open(map, data->best_metric)) {
        size_t at = data->best_row * map->b.total + data->best_column;
        put(out, "Best <b>");
        put(out, map->info->name);
        put(out, " ");
        put_map_value(out, map, map->reals != NULL ? real_of(map->reals[at])
                                                   : (int64_t)map->integers[at]);
        put(out, "</b> at threshold <b>");
        put_key(out, map->a.keys[data->best_row]);
        put(out, "</b> of a and <b>");
        put_key(out, map->b.keys[data->best_column]);
        put(out, "</b> of b. ");
    }
    put(out, "The entities of a, the file ");
    put_escaped(out, data->name_a);
    put(out, ", are taken as the truth of those of b, the file ");
    put_escaped(out, data->name_b);
    put(out, ".</p>\n</header>\n");
}

static void put_buttons(page *out, const report_grid *data, size_t count)
{
    for (size_t m = 0; m < count; m++) {
        put(out, "<input class=\"pick\" type=\"radio\" name=\"map\" id=\"m");
        put_count(out, m);
        put(out, m == 0 ? "\" checked>" : "\">");
        put(out, "<label for=\"m");
        put_count(out, m);
        put(out, "\">");
        put(out, starlings_metric_describe(data->metrics[m])->name);
        put(out, "</label>\n");
    }
}

/* 51 of 101 of a */
static void put_side_share(page *out, const side *s, const char *name)
{
    put_count(out, s->count);
    put(out, " of ");
    put_count(out, s->total);
    put(out, " of ");
    put(out, name);
}

static void put_map_words(page *out, const report_grid *data, const heat_map *map)
{
    put(out, "<p>Each cell is a pair of thresholds; point at one to read its value. Where all is "
             "joined or nothing is, any two files agree: look for good pairs away from the "
             "corners.");
    if (data->has_best) {
        put(out, " The frame marks the best ");
        put(out, starlings_metric_describe(data->best_metric)->name);
        put(out, ".");
    }
    if (map->a.step > 1 || map->b.step > 1) {
        put(out, " There are more thresholds than cells: drawn are ");
        put_side_share(out, &map->a, "a");
        put(out, " and ");
        put_side_share(out, &map->b, "b");
        put(out, ", evenly spaced.");
    }
    put(out, "</p>\n");
}

static void put_mapless_words(page *out, const report_grid *data)
{
    for (size_t m = REPORT_MAP_LIMIT; m < data->metric_count; m++) {
        put(out, m == REPORT_MAP_LIMIT ? "<p class=\"only\">In the rows only, without a map: "
                                       : ", ");
        put(out, starlings_metric_describe(data->metrics[m])->name);
    }
    put(out, data->metric_count > REPORT_MAP_LIMIT ? ".</p>\n" : "");
}

bool report_grid_write(FILE *file, const report_grid *data)
{
    page out = { NULL, false, 0 };
    size_t count = data->metric_count < REPORT_MAP_LIMIT ? data->metric_count : REPORT_MAP_LIMIT;
    heat_map map;
    out.file = file;
    memset(&map, 0, sizeof map);
    map.data = data;
    side_open(&map.a, starlings_grid_keys_a(data->grid), starlings_grid_row_count(data->grid));
    side_open(&map.b, starlings_grid_keys_b(data->grid), starlings_grid_column_count(data->grid));
    sides_thin(&map.a, &map.b, count);
    side_settle(&map.a, data->best_row, false);
    side_settle(&map.b, data->best_column, true);
    put_head(&out, data->name_a, data->name_b, grid_style);
    put_grid_headline(&out, data, &map);
    put(&out, "<section class=\"maps\">\n<h2>Every pair of thresholds</h2>\n");
    put_map_words(&out, data, &map);
    if (count > 1)
        put_buttons(&out, data, count);
    else
        put(&out, "<input class=\"pick\" type=\"radio\" id=\"m0\" checked hidden>\n");
    for (size_t m = 0; m < count; m++)
        if (map_open(&map, data->metrics[m]))
            put_map(&out, &map, m);
    put_mapless_words(&out, data);
    put(&out, "</section>\n");
    put_facts(&out, data->facts, data->fact_count);
    return put_end(&out);
}
