/* report.c - the report page: one HTML file with inline SVG, no script, nothing loaded.

   How the page is put together, ground floor first:
     page.c     text, escaped text, numbers, the style
     scale      data to plot units; all geometry is integer, so the bytes never depend on libc
     curve      rows to a path of about 800 pixel columns; no spike is lost
     plot       frame, axes, the mark of the best threshold, legend
     charts     metrics, precision against recall, counts
     histogram  entity sizes as bars
     table      at most 40 rows
     scores     edges against entities, calibration; what is stable
     document   headline, order of the parts

   A plot is an <svg> without a viewBox, so that its text keeps its size on any screen: places are
   percentages of the plot area, labels hang over its edges. Only the curves stand in an inner
   <svg> that is stretched, with strokes that are not. */
#include "page.h"

#include <string.h>

/* ---- scale: from data to plot units -------------------------------------------------------- */

/* The plot area is 800 by 320 units, counted in hundredths; y grows downwards. */
#define PLOT_W 80000
#define PLOT_H 32000
#define TICK_LIMIT 24
#define PLOT_LIMIT 8 /* curves in one plot: as many as there are styles */

typedef struct scale {
    int64_t lo;
    int64_t hi; /* > lo */
    bool log;
    int64_t log_lo; /* log2_of both ends of a log scale */
    int64_t log_hi;
    unsigned unit_digits; /* values are in units of 10^-unit_digits */
    unsigned decimals;    /* of the tick labels */
    int64_t step;         /* between ticks; in a log scale they are the powers of ten */
} scale;

/* log2 in 1/2^24, digit by digit: the same on every machine. */
static int64_t log2_of(uint64_t value)
{
    int64_t result = 0;
    uint64_t mantissa;
    unsigned top = 0;
    if (value == 0)
        return 0;
    while (value >> top > 1)
        top++;
    mantissa = top > 31 ? value >> (top - 31) : value << (31 - top); /* 2^31 ... 2^32 - 1 */
    for (unsigned i = 0; i < 24; i++) {
        mantissa = (mantissa * mantissa) >> 31;
        result <<= 1;
        if (mantissa >> 32 != 0) {
            mantissa >>= 1;
            result |= 1;
        }
    }
    return ((int64_t)top << 24) + result;
}

static int64_t scale_place(const scale *s, int64_t value, int64_t extent)
{
    int64_t part = value - s->lo, whole = s->hi - s->lo;
    if (value <= s->lo)
        return 0;
    if (value >= s->hi)
        return extent;
    if (s->log) {
        part = log2_of((uint64_t)value) - s->log_lo;
        whole = s->log_hi - s->log_lo;
    }
    while (whole > INT64_MAX / extent) { /* huge counts: the last bits do not show */
        whole >>= 1;
        part >>= 1;
    }
    return (part * extent + whole / 2) / whole;
}

static int64_t place_x(const scale *s, int64_t value)
{
    return scale_place(s, value, PLOT_W);
}

static int64_t place_y(const scale *s, int64_t value)
{
    return PLOT_H - scale_place(s, value, PLOT_H);
}

/* The least of 1, 2, 5, 10, 20 ... that cuts `range` into at most `parts`. */
static int64_t nice_step(int64_t range, int64_t parts)
{
    int64_t power = 1;
    for (;;) {
        if (range <= power * parts)
            return power;
        if (range <= 2 * power * parts)
            return 2 * power;
        if (range <= 5 * power * parts)
            return 5 * power;
        power *= 10;
    }
}

static void scale_set_ticks(scale *s, int64_t parts)
{
    s->step = nice_step(s->hi - s->lo, parts);
    s->decimals = step_decimals(s->step, s->unit_digits);
}

/* Thresholds. An exact sweep holds from 0 to 1; where nothing changes for long at the low end,
   the axis starts short of the first change. A grid is shown from its first to its last row. */
static scale threshold_scale(const starlings_sweep *sweep)
{
    const uint32_t *keys = starlings_sweep_keys(sweep);
    size_t rows = starlings_sweep_row_count(sweep);
    scale s = { 0, STARLINGS_ONE, false, 0, 0, 6, 0, 0 };
    if (starlings_sweep_is_exact(sweep)) {
        if (rows > 1 && keys[0] > 910000)
            s.lo = (keys[0] - 1) / 10000 * 10000;
        else if (rows > 1 && keys[0] > 300000)
            s.lo = (keys[0] - 1) / 100000 * 100000;
    } else if (rows > 0) {
        s.lo = keys[0];
        s.hi = keys[rows - 1];
        if (s.hi == s.lo) {
            s.lo = s.lo < 50000 ? 0 : s.lo - 50000;
            s.hi = s.lo + 100000;
            if (s.hi > STARLINGS_ONE) {
                s.hi = STARLINGS_ONE;
                s.lo = STARLINGS_ONE - 100000;
            }
        }
    }
    scale_set_ticks(&s, 10);
    if (s.decimals > 1)
        scale_set_ticks(&s, 5); /* wide labels: fewer of them */
    return s;
}

/* ---- curve: rows to a path ----------------------------------------------------------------- */

/* One column of the sweep. */
typedef struct series {
    starlings_metric metric;
    const char *name;
    const char *group;
    const uint64_t *integers; /* one of the two */
    const double *reals;
} series;

static bool series_open(series *s, const starlings_sweep *sweep, starlings_metric metric)
{
    const starlings_metric_info *info = starlings_metric_describe(metric);
    s->metric = metric;
    s->integers = starlings_sweep_integers(sweep, metric);
    s->reals = s->integers != NULL ? NULL : starlings_sweep_reals(sweep, metric);
    s->name = info != NULL ? info->name : "";
    s->group = info != NULL ? info->group : "";
    return info != NULL && (s->integers != NULL || s->reals != NULL);
}

static int64_t series_at(const series *s, size_t row)
{
    if (s->reals != NULL)
        return real_of(s->reals[row]);
    return s->integers[row] > INT64_MAX ? INT64_MAX : (int64_t)s->integers[row];
}

static void put_series_value(page *out, const series *s, size_t row, unsigned decimals)
{
    if (s->reals != NULL)
        put_real(out, series_at(s, row), decimals);
    else
        put_count(out, s->integers[row]);
}

typedef struct vertex {
    int64_t x;
    int64_t y;
    size_t order;
} vertex;

/* Vertices come in one by one. Of those in one pixel column the first, lowest, highest and last
   go out, in their order, so what is drawn covers the very pixels that all of them would. */
typedef struct tracer {
    page *out;
    size_t taken;
    vertex first, low, high, last; /* of the column that is filled; taken == 0: none */
    bool drawing;                  /* `at` is on paper */
    bool waiting;                  /* `next` is known but may still move along its level */
    vertex at, next;
} tracer;

static void trace_out(tracer *t, vertex v)
{
    page *out = t->out;
    if (!t->drawing) {
        put(out, "M");
        put_hundredths(out, v.x);
        put(out, " ");
        put_hundredths(out, v.y);
    } else if (v.y == t->at.y) {
        put(out, "H");
        put_hundredths(out, v.x);
    } else if (v.x == t->at.x) {
        put(out, "V");
        put_hundredths(out, v.y);
    } else {
        put(out, "L");
        put_hundredths(out, v.x);
        put(out, " ");
        put_hundredths(out, v.y);
    }
    t->drawing = true;
    t->at = v;
}

/* Joins runs of horizontal pieces into one. */
static void trace_next(tracer *t, vertex v)
{
    if (t->waiting && t->drawing && t->at.y == t->next.y && t->next.y == v.y) {
        t->next = v;
        return;
    }
    if (t->waiting && t->next.x == v.x && t->next.y == v.y)
        return;
    if (t->waiting)
        trace_out(t, t->next);
    t->next = v;
    t->waiting = true;
}

/* A column that leaves vertices out stands at its middle, in tenths: nobody can see the difference,
   and the file is half as long. */
static vertex trace_snap(vertex v)
{
    v.x = v.x >= PLOT_W ? PLOT_W : v.x / 100 * 100 + 50;
    v.y = (v.y + 5) / 10 * 10;
    return v;
}

static void trace_column(tracer *t)
{
    if (t->taken == 0)
        return;
    if (t->taken > 4) {
        t->first = trace_snap(t->first);
        t->low = trace_snap(t->low);
        t->high = trace_snap(t->high);
        t->last = trace_snap(t->last);
    }
    trace_next(t, t->first);
    trace_next(t, t->low.order < t->high.order ? t->low : t->high);
    trace_next(t, t->low.order < t->high.order ? t->high : t->low);
    trace_next(t, t->last);
    t->taken = 0;
}

static void trace_vertex(tracer *t, int64_t x, int64_t y)
{
    vertex v = { x, y, t->taken };
    if (t->taken > 0 && t->last.x / 100 != x / 100) {
        trace_column(t);
        v.order = 0;
    }
    if (t->taken == 0)
        t->first = t->low = t->high = v;
    if (y < t->low.y)
        t->low = v;
    if (y > t->high.y)
        t->high = v;
    t->last = v;
    t->taken++;
}

static void trace_lift(tracer *t) /* end of the curve, or a gap in it */
{
    trace_column(t);
    if (t->waiting)
        trace_out(t, t->next);
    t->waiting = false;
    t->drawing = false;
}

/* The path of a column over the threshold: steps when exact, else points joined by lines. */
static void put_threshold_path(page *out, const starlings_sweep *sweep, const series *s,
                               const scale *x, const scale *y)
{
    const uint32_t *keys = starlings_sweep_keys(sweep);
    size_t rows = starlings_sweep_row_count(sweep);
    bool exact = starlings_sweep_is_exact(sweep);
    tracer t;
    memset(&t, 0, sizeof t);
    t.out = out;
    for (size_t row = 0; row < rows; row++) {
        int64_t value = series_at(s, row), level;
        if (value == NO_VALUE) {
            trace_lift(&t);
            continue;
        }
        level = place_y(y, value);
        if (exact) /* the row holds above the row before it */
            trace_vertex(&t, row == 0 ? 0 : place_x(x, keys[row - 1]), level);
        trace_vertex(&t, place_x(x, keys[row]), level);
    }
    trace_lift(&t);
}

/* ---- plot: frame, axes, mark, legend ------------------------------------------------------- */

/* Percentages with two decimals of a place in the plot. */
static void attr_part(page *out, const char *name, int64_t place, int64_t extent)
{
    put(out, " ");
    put(out, name);
    put(out, "=\"");
    put_hundredths(out, (place * 10000 + extent / 2) / extent);
    put(out, "%\"");
}

static void attr_xy(page *out, const char *x_name, int64_t x, const char *y_name, int64_t y)
{
    attr_part(out, x_name, x, PLOT_W);
    attr_part(out, y_name, y, PLOT_H);
}

/* What every threshold chart marks: the best row and its plateau. Without a truth nothing is
   marked, as a mark would read as advice. */
typedef struct mark {
    bool on;
    size_t row;
    uint32_t key;
    uint32_t from;
} mark;

static mark mark_of(const report_data *data)
{
    mark m = { false, 0, 0, 0 };
    if (data->sums.has_best) {
        m.on = true;
        m.row = data->sums.best.row;
        m.key = data->sums.best.key;
        m.from = data->sums.best.plateau_from;
    }
    return m;
}

/* Tick labels of counts: 5,000 but 50k, 2M. */
static void put_short_count(page *out, int64_t value)
{
    static const char *const suffix[] = { "", "k", "M", "G", "T" };
    unsigned thousands = 0;
    while (value >= 10000 && value % 1000 == 0 && thousands < 4) {
        value /= 1000;
        thousands++;
    }
    if (thousands > 0 && value >= 1000 && value % 1000 == 0 && thousands < 4) {
        value /= 1000; /* 1M, not 1,000k */
        thousands++;
    }
    put_count(out, (uint64_t)value);
    put(out, suffix[thousands]);
}

static void put_tick(page *out, const scale *s, int64_t value)
{
    if (s->unit_digits == 0)
        put_short_count(out, value);
    else
        put_decimal(out, value, s->unit_digits, s->decimals);
}

/* The ticks of a scale, at most TICK_LIMIT. */
static size_t scale_ticks(const scale *s, int64_t *ticks)
{
    size_t count = 0;
    int64_t value = s->lo;
    if (!s->log && value % s->step != 0)
        value += value < 0 ? -(value % s->step) : s->step - value % s->step;
    while (value <= s->hi && count < TICK_LIMIT) {
        ticks[count++] = value;
        if (s->log && value > INT64_MAX / 10)
            break;
        value = s->log ? value * 10 : value + s->step;
    }
    return count;
}

static void put_y_axis(page *out, const scale *y, const char *title)
{
    int64_t ticks[TICK_LIMIT];
    size_t count = scale_ticks(y, ticks);
    for (size_t i = 0; i < count; i++) {
        int64_t at = place_y(y, ticks[i]);
        put(out, ticks[i] == y->lo ? "<line class=\"base\" x1=\"0\" x2=\"100%\""
                                   : "<line class=\"grid\" x1=\"0\" x2=\"100%\"");
        attr_part(out, "y1", at, PLOT_H);
        attr_part(out, "y2", at, PLOT_H);
        put(out, "/><text class=\"tick end\" x=\"-8\" dy=\".34em\"");
        attr_part(out, "y", at, PLOT_H);
        put(out, ">");
        put_tick(out, y, ticks[i]);
        put(out, "</text>\n");
    }
    put(out, "<text class=\"axis\" x=\"-44\" y=\"-30\">");
    put(out, title);
    put(out, y->log ? ", log scale</text>\n" : "</text>\n");
}

static void put_x_axis(page *out, const scale *x, const char *title)
{
    int64_t ticks[TICK_LIMIT];
    size_t count = scale_ticks(x, ticks);
    for (size_t i = 0; i < count; i++) {
        put(out, "<text class=\"tick mid\" y=\"100%\" dy=\"20\"");
        attr_part(out, "x", place_x(x, ticks[i]), PLOT_W);
        put(out, ">");
        put_tick(out, x, ticks[i]);
        put(out, "</text>\n");
    }
    put(out, "<text class=\"axis mid\" x=\"50%\" y=\"100%\" dy=\"40\">");
    put(out, title);
    put(out, "</text>\n");
}

static void put_curves_open(page *out)
{
    put(out, "<svg class=\"curves\" width=\"100%\" height=\"100%\" viewBox=\"0 0 800 320\" "
             "preserveAspectRatio=\"none\">\n");
}

static void put_path_open(page *out, const char *name, unsigned style)
{
    char digit[2] = { 0, 0 };
    digit[0] = (char)('0' + style % PLOT_LIMIT);
    put(out, "<path class=\"curve s");
    put(out, digit);
    put(out, " m-");
    put(out, name);
    put(out, "\" d=\"");
}

/* A dot on a curve; `class_name` may be "dot s3" or "best". */
static void put_dot(page *out, const char *class_name, unsigned style, int64_t x, int64_t y)
{
    char digit[2] = { 0, 0 };
    digit[0] = (char)('0' + style % PLOT_LIMIT);
    put(out, "<circle class=\"");
    put(out, class_name);
    put(out, " s");
    put(out, digit);
    put(out, "\"");
    attr_xy(out, "cx", x, "cy", y);
    put(out, strcmp(class_name, "dot") == 0      ? " r=\"2.5\"/>\n"
             : strcmp(class_name, "dot at") == 0 ? " r=\"3.5\"/>\n" /* has a label */
                                                 : " r=\"5\"/>\n");
}

/* The band of the plateau and a line at the threshold, under the curves. */
static void put_mark_band(page *out, const mark *m, const scale *x)
{
    int64_t to = place_x(x, m->key), from = place_x(x, m->from);
    if (!m->on)
        return;
    if (to > from) {
        put(out, "<rect class=\"band\" y=\"0\" height=\"100%\"");
        attr_part(out, "x", from, PLOT_W);
        attr_part(out, "width", to - from, PLOT_W);
        put(out, "/>\n");
    }
    put(out, "<line class=\"mark\" y1=\"-6\" y2=\"100%\"");
    attr_part(out, "x1", to, PLOT_W);
    attr_part(out, "x2", to, PLOT_W);
    put(out, "/>\n");
}

/* The label of the mark, above the plot where no curve can be. */
static void put_mark_label(page *out, const mark *m, const scale *x, const series *s, bool best)
{
    int64_t at = place_x(x, m->key);
    if (!m->on)
        return;
    put(out, at < PLOT_W / 4 ? "<text class=\"call\" y=\"-11\""
           : at > PLOT_W / 4 * 3 ? "<text class=\"call end\" y=\"-11\""
                                 : "<text class=\"call mid\" y=\"-11\"");
    attr_part(out, "x", at, PLOT_W);
    put(out, ">");
    if (best)
        put(out, "best ");
    put_series_value(out, s, m->row, 4);
    put(out, " at ");
    put_key(out, m->key);
    put(out, "</text>\n");
}

static void put_legend_item(page *out, const series *s, unsigned style, const mark *m)
{
    char digit[2] = { 0, 0 };
    digit[0] = (char)('0' + style % PLOT_LIMIT);
    put(out, "<li><svg class=\"key\" width=\"34\" height=\"10\" aria-hidden=\"true\">"
             "<line class=\"curve s");
    put(out, digit);
    put(out, "\" x1=\"1\" y1=\"5\" x2=\"33\" y2=\"5\"/></svg>");
    put(out, s->name);
    if (m->on) {
        put(out, " <b>");
        put_series_value(out, s, m->row, 4);
        put(out, "</b>");
    }
    put(out, "</li>\n");
}

/* ---- charts -------------------------------------------------------------------------------- */

typedef struct chart {
    const report_data *data;
    scale x;
    mark best;
} chart;

#define FEW_ROWS 40 /* rows that get a dot each */

/* In words, for those who cannot see the curve. */
static void put_series_words(page *out, const chart *c, const series *s)
{
    size_t rows = starlings_sweep_row_count(c->data->sweep);
    put(out, s->name);
    put(out, " goes from ");
    put_series_value(out, s, 0, 4);
    put(out, " at the lowest threshold to ");
    put_series_value(out, s, rows - 1, 4);
    put(out, " at the highest");
    if (c->best.on) {
        put(out, ", and is ");
        put_series_value(out, s, c->best.row, 4);
        put(out, " at ");
        put_key(out, c->best.key);
    }
    put(out, ". ");
}

static void put_row_dots(page *out, const chart *c, const series *s, unsigned style,
                         const scale *y)
{
    const uint32_t *keys = starlings_sweep_keys(c->data->sweep);
    size_t rows = starlings_sweep_row_count(c->data->sweep);
    if (rows > FEW_ROWS || starlings_sweep_is_exact(c->data->sweep))
        return;
    for (size_t row = 0; row < rows; row++)
        if (series_at(s, row) != NO_VALUE)
            put_dot(out, "dot", style, place_x(&c->x, keys[row]), place_y(y, series_at(s, row)));
}

/* One plot of some columns over the threshold; list[0] is the one that is marked. */
static void put_threshold_plot(page *out, const chart *c, const series *list, size_t count,
                               const scale *y, const char *y_title, bool show_mark)
{
    int64_t marked = c->best.on ? series_at(&list[0], c->best.row) : NO_VALUE;
    put_svg_open(out, "plot", y_title);
    for (size_t i = 0; i < count; i++)
        put_series_words(out, c, &list[i]);
    put(out, "</desc>\n");
    put_mark_band(out, &c->best, &c->x);
    put_y_axis(out, y, y_title);
    put_x_axis(out, &c->x, "threshold");
    put_curves_open(out);
    for (size_t i = count; i-- > 0;) { /* the first on top */
        put_path_open(out, list[i].name, (unsigned)i);
        put_threshold_path(out, c->data->sweep, &list[i], &c->x, y);
        put(out, "\"/>\n");
    }
    put(out, "</svg>\n");
    for (size_t i = count; i-- > 0;)
        put_row_dots(out, c, &list[i], (unsigned)i, y);
    if (marked != NO_VALUE && show_mark)
        put_mark_label(out, &c->best, &c->x, &list[0],
                       c->data->sums.has_best && list[0].metric == c->data->best_metric);
    if (marked != NO_VALUE && show_mark)
        put_dot(out, "best", 0, place_x(&c->x, c->best.key), place_y(y, marked));
    put(out, "</svg>\n");
}

static bool text_ends(const char *text, const char *end)
{
    size_t size = strlen(text), tail = strlen(end);
    return size >= tail && strcmp(text + size - tail, end) == 0;
}

/* Reals that compare with the truth, are better when higher and 1 at the best. */
static bool is_score(const starlings_metric_info *info)
{
    return !info->integer && info->direction == 1 && info->needs_reference
        && text_ends(info->range, ", 1]");
}

/* The best metric comes first. */
static size_t score_series(const report_data *data, series *list)
{
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int id = 0; id < (int)STARLINGS_METRIC_COUNT; id++) {
            starlings_metric metric = (starlings_metric)id;
            const starlings_metric_info *info = starlings_metric_describe(metric);
            bool first = data->sums.has_best && metric == data->best_metric;
            if (info == NULL || !is_score(info) || first != (pass == 0))
                continue;
            if (series_open(&list[count], data->sweep, metric))
                count++;
        }
    return count;
}

/* From 0 to 1, and lower by tenths where a value is really below. */
static scale score_scale(const report_data *data, const series *list, size_t count)
{
    size_t rows = starlings_sweep_row_count(data->sweep);
    scale s = { 0, REAL_ONE, false, 0, 0, REAL_DIGITS, 1, REAL_ONE / 5 };
    for (size_t i = 0; i < count; i++)
        for (size_t row = 0; row < rows; row++) {
            int64_t value = series_at(&list[i], row);
            while (value != NO_VALUE && value < s.lo - REAL_ONE / 200)
                s.lo -= REAL_ONE / 5;
        }
    return s;
}

static void put_legend(page *out, const chart *c, const series *list, size_t count)
{
    put(out, "<ul class=\"legend\">\n");
    for (size_t i = 0; i < count; i++)
        put_legend_item(out, &list[i], (unsigned)i, &c->best);
    put(out, "</ul>\n");
}

/* How to read the curves: said once, under the first heading. A band that is too narrow to see is
   not spoken of. */
static void put_score_words(page *out, const chart *c)
{
    bool exact = starlings_sweep_is_exact(c->data->sweep);
    put(out, "<p>");
    put(out, exact ? "Each curve is exact at every threshold. "
                   : "Points are the thresholds of the grid, joined by lines. ");
    if (c->best.on && place_x(&c->x, c->best.key) - place_x(&c->x, c->best.from) >= PLOT_W / 200)
        put(out, exact ? "The band marks all thresholds that are as good as the best. "
                       : "The band runs over neighbouring rows that are as good as the best. ");
    if (c->best.on)
        put(out, "Numbers beside the names are the values at the best threshold. ");
    if (exact && c->x.lo > 0)
        put(out, "The axis starts shortly before the first change; below it nothing changes.");
    put(out, "</p>\n");
}

static void put_score_figure(page *out, const chart *c, const series *list, size_t count,
                             const char *group, bool first)
{
    scale y = score_scale(c->data, list, count);
    bool marked = c->data->sums.has_best && list[0].metric == c->data->best_metric;
    put(out, "<figure class=\"wide\">\n<h2>Agreement with the truth");
    if (group != NULL) {
        put(out, ": ");
        put(out, group);
    }
    put(out, "</h2>\n");
    if (first)
        put_score_words(out, c);
    put_legend(out, c, list, count);
    put_threshold_plot(out, c, list, count, &y, "score", marked);
    put(out, "</figure>\n");
}

#define ONE_PLOT_LIMIT 7 /* more curves than this: a plot for each group of metrics */

static void put_score_figures(page *out, const chart *c)
{
    series all[STARLINGS_METRIC_COUNT], part[PLOT_LIMIT];
    size_t count = score_series(c->data, all);
    bool first = true;
    if (count > 0 && count <= ONE_PLOT_LIMIT) {
        put_score_figure(out, c, all, count, NULL, true);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *group = all[i].group;
        size_t size = 0, before = 0;
        while (strcmp(all[before].group, group) != 0)
            before++;
        for (size_t k = i; k < count && before == i; k++) { /* a group that is not drawn yet */
            if (strcmp(all[k].group, group) == 0)
                part[size++] = all[k];
            if (size == PLOT_LIMIT || (size > 0 && k + 1 == count)) {
                put_score_figure(out, c, part, size, group, first);
                first = false;
                size = 0;
            }
        }
    }
}

/* A scale for a column of any kind: log where the values span two powers of ten or more. */
static scale column_scale(const starlings_sweep *sweep, const series *s)
{
    scale y = { 0, 1, false, 0, 0, s->reals != NULL ? REAL_DIGITS : 0, 0, 1 };
    size_t rows = starlings_sweep_row_count(sweep);
    int64_t low = INT64_MAX, high = 0;
    for (size_t row = 0; row < rows; row++) {
        int64_t value = series_at(s, row);
        if (value == NO_VALUE)
            continue;
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    y.hi = high > 0 ? high : s->reals != NULL ? REAL_ONE : 1;
    if (s->integers != NULL && low > 0 && high / low >= 100) {
        y.log = true;
        for (y.lo = 1; y.lo <= low / 10;)
            y.lo *= 10;
        y.log_lo = log2_of((uint64_t)y.lo);
        y.log_hi = log2_of((uint64_t)y.hi);
        return y;
    }
    scale_set_ticks(&y, 5);
    y.hi = y.hi > INT64_MAX - y.step ? y.hi : (y.hi + y.step - 1) / y.step * y.step;
    return y;
}

static void put_column_figure(page *out, const chart *c, starlings_metric metric,
                              const char *title, const char *words, const char *y_title)
{
    series s;
    scale y;
    if (!series_open(&s, c->data->sweep, metric))
        return;
    y = column_scale(c->data->sweep, &s);
    put(out, "<figure>\n<h2>");
    put(out, title);
    put(out, "</h2>\n<p>");
    put(out, words);
    put(out, "</p>\n");
    put_threshold_plot(out, c, &s, 1, &y, y_title, true);
    put(out, "</figure>\n");
}

/* The best metric has its own figure where it is no score, as split_join or vi. */
static void put_best_figure(page *out, const chart *c)
{
    const starlings_metric_info *info = starlings_metric_describe(c->data->best_metric);
    if (!c->data->sums.has_best || info == NULL || is_score(info))
        return;
    put(out, "<div class=\"wide\">\n");
    put_column_figure(out, c, c->data->best_metric, info->name,
                      info->direction < 0 ? "The metric that chose the best threshold: lower is "
                                            "better."
                                          : "The metric that chose the best threshold: higher is "
                                            "better.",
                      info->name);
    put(out, "</div>\n");
}

/* Where a metric can be seen. Counts of cells and pairs are in the table only. */
typedef enum place_of_metric {
    SEEN_ABOVE, /* in a plot that says more than its name */
    SEEN_SMALL, /* in a plot of its own, after the others */
    SEEN_IN_TABLE
} place_of_metric;

static place_of_metric metric_place(const report_data *data, const series *s)
{
    const starlings_metric_info *info = starlings_metric_describe(s->metric);
    if (is_score(info) || (data->sums.has_best && s->metric == data->best_metric)
        || s->metric == STARLINGS_METRIC_CLUSTERS_B || s->metric == STARLINGS_METRIC_MAX_SIZE_B
        || s->metric == STARLINGS_METRIC_SINGLETONS_B)
        return SEEN_ABOVE;
    return s->reals != NULL || info->direction != 0 ? SEEN_SMALL : SEEN_IN_TABLE;
}

/* Distances and other values that have no place between 0 and 1. */
static void put_small_figures(page *out, const chart *c)
{
    for (int id = 0; id < (int)STARLINGS_METRIC_COUNT; id++) {
        const starlings_metric_info *info = starlings_metric_describe((starlings_metric)id);
        series s;
        if (!series_open(&s, c->data->sweep, (starlings_metric)id)
            || metric_place(c->data, &s) != SEEN_SMALL)
            continue;
        put_column_figure(out, c, s.metric, s.name,
                          info->direction < 0   ? "Lower is better."
                          : info->direction > 0 ? "Higher is better."
                                                : "Neither high nor low is better.",
                          s.name);
    }
}

/* Names what has no curve, so that nobody looks for one. */
static void put_table_only_words(page *out, const chart *c)
{
    size_t names = 0;
    for (int id = 0; id < (int)STARLINGS_METRIC_COUNT; id++) {
        series s;
        if (!series_open(&s, c->data->sweep, (starlings_metric)id)
            || metric_place(c->data, &s) != SEEN_IN_TABLE)
            continue;
        put(out, names++ == 0 ? "<p class=\"only\">In the table only, without a curve: " : ", ");
        put(out, s.name);
    }
    put(out, names > 0 ? ".</p>\n" : "");
}

/* ---- precision against recall -------------------------------------------------------------- */

/* A coarse picture of what is taken, by the curve or by a label: cells of 3 by 3 pixels of a plot
   of 300 by 300, which is the narrowest page; on a wider one a label takes less of the plot. */
#define PR_LABELS 12 /* best, both ends, nine tenths */
#define PR_SIDE 300
#define PR_CELL 3
#define PR_MARGIN 24 /* labels may hang over the edges */
#define PR_CELLS ((PR_SIDE + 2 * PR_MARGIN) / PR_CELL)

typedef struct pr_plot {
    series recall, precision;
    scale unit;
    bool taken[PR_CELLS][PR_CELLS]; /* [down][across] */
    int64_t x[PR_LABELS], y[PR_LABELS]; /* the points that have a label */
    size_t labels;
} pr_plot;

/* The pixels of a label that stands at (dx, dy) from its point. */
typedef struct pr_box {
    int64_t left, right, top, bottom;
} pr_box;

/* How a label may stand, the favourite first: the inside of the curve, below and to the left, is
   empty as a rule. */
typedef struct pr_stand {
    int anchor; /* -1: ends left of the point, 0: over or under it, 1: starts right of it */
    int dy;     /* of the base line */
} pr_stand;

static const pr_stand pr_stands[] = {
    { -1, 17 }, { 1, 17 }, { -1, -9 }, { 1, -9 }, { -1, 4 }, { 1, 4 }, { 0, 23 }, { 0, -13 },
    { -1, 29 }, { 1, 29 }, { -1, -21 }, { 1, -21 }, { 0, 35 }
};

static bool pr_place(const pr_plot *pr, size_t row, int64_t *x, int64_t *y)
{
    int64_t recall = series_at(&pr->recall, row), precision = series_at(&pr->precision, row);
    *x = place_x(&pr->unit, recall);
    *y = place_y(&pr->unit, precision);
    return recall != NO_VALUE && precision != NO_VALUE;
}

static size_t pr_cell(int64_t pixel)
{
    int64_t cell = (pixel + PR_MARGIN) / PR_CELL;
    return cell < 0 ? 0 : cell >= PR_CELLS ? PR_CELLS - 1 : (size_t)cell;
}

static void pr_take_line(pr_plot *pr, int64_t x0, int64_t y0, int64_t x1, int64_t y1)
{
    int64_t wide = x1 > x0 ? x1 - x0 : x0 - x1, high = y1 > y0 ? y1 - y0 : y0 - y1;
    int64_t steps = (wide * PR_SIDE / PLOT_W > high * PR_SIDE / PLOT_H
                     ? wide * PR_SIDE / PLOT_W : high * PR_SIDE / PLOT_H) + 1;
    for (int64_t i = 0; i <= steps; i++) {
        int64_t x = x0 + (x1 - x0) * i / steps, y = y0 + (y1 - y0) * i / steps;
        pr->taken[pr_cell(y * PR_SIDE / PLOT_H)][pr_cell(x * PR_SIDE / PLOT_W)] = true;
    }
}

static void pr_take_curve(pr_plot *pr, size_t rows)
{
    int64_t x = 0, y = 0, last_x = 0, last_y = 0;
    bool on = false;
    for (size_t row = 0; row < rows; row++) {
        bool was = on;
        on = pr_place(pr, row, &x, &y);
        if (on)
            pr_take_line(pr, was ? last_x : x, was ? last_y : y, x, y);
        last_x = x;
        last_y = y;
    }
}

static void pr_take_box(pr_plot *pr, const pr_box *box)
{
    for (size_t down = pr_cell(box->top); down <= pr_cell(box->bottom); down++)
        for (size_t across = pr_cell(box->left); across <= pr_cell(box->right); across++)
            pr->taken[down][across] = true;
}

/* The taken cells under a label; one that would leave the plot counts as covered. */
static size_t pr_covered(const pr_plot *pr, const pr_box *box)
{
    size_t count = 0;
    if (box->left < 0 || box->right > PR_SIDE + 16 || box->top < -PR_MARGIN
        || box->bottom > PR_SIDE - 1)
        return (size_t)PR_CELLS * PR_CELLS;
    for (size_t down = pr_cell(box->top); down <= pr_cell(box->bottom); down++)
        for (size_t across = pr_cell(box->left); across <= pr_cell(box->right); across++)
            count += pr->taken[down][across] ? 1 : 0;
    return count;
}

/* A side label stands 9 pixels off its point; on a wide page that is 3 pixels of the narrow one. */
static pr_box pr_box_of(int64_t x, int64_t y, const pr_stand *stand, int64_t width)
{
    pr_box box;
    x = x * PR_SIDE / PLOT_W;
    y = y * PR_SIDE / PLOT_H;
    box.left = stand->anchor < 0 ? x - 9 - width : stand->anchor > 0 ? x + 3 : x - width / 2;
    box.right = stand->anchor < 0 ? x - 3 : stand->anchor > 0 ? x + 9 + width : x + width / 2;
    box.top = y + stand->dy - 13;
    box.bottom = y + stand->dy + 5;
    return box;
}

/* A place for a label that covers nothing. The label of the best row is shown in any case. */
static const pr_stand *pr_find_stand(pr_plot *pr, int64_t x, int64_t y, int64_t width, bool best)
{
    const pr_stand *found = NULL;
    size_t least = SIZE_MAX;
    pr_box box;
    for (size_t i = 0; i < sizeof pr_stands / sizeof pr_stands[0] && least > 0; i++) {
        size_t covered;
        box = pr_box_of(x, y, &pr_stands[i], width);
        covered = pr_covered(pr, &box);
        if (covered < least) {
            least = covered;
            found = &pr_stands[i];
        }
    }
    if (found == NULL || (least > 0 && !best))
        return NULL;
    box = pr_box_of(x, y, found, width);
    pr_take_box(pr, &box);
    x = x * PR_SIDE / PLOT_W;
    y = y * PR_SIDE / PLOT_H;
    box.left = x - 5; /* the dot */
    box.right = x + 5;
    box.top = y - 5;
    box.bottom = y + 5;
    pr_take_box(pr, &box);
    return found;
}

/* Many thresholds may have the same point, or nearly: one label is enough. */
static bool pr_is_labelled(const pr_plot *pr, int64_t x, int64_t y)
{
    for (size_t i = 0; i < pr->labels; i++) {
        int64_t dx = x > pr->x[i] ? x - pr->x[i] : pr->x[i] - x;
        int64_t dy = y > pr->y[i] ? y - pr->y[i] : pr->y[i] - y;
        if (dx * PR_SIDE / PLOT_W < 12 && dy * PR_SIDE / PLOT_H < 12)
            return true;
    }
    return false;
}

static void put_pr_label(page *out, pr_plot *pr, size_t row, uint32_t key, bool best)
{
    unsigned decimals = best ? 6 : step_decimals(key == 0 ? STARLINGS_ONE : key, 6);
    const pr_stand *stand;
    int64_t x, y;
    decimals = decimals > 0 ? decimals : 1;
    if (pr->labels == PR_LABELS || !pr_place(pr, row, &x, &y) || pr_is_labelled(pr, x, y))
        return;
    stand = pr_find_stand(pr, x, y, ((int64_t)decimals + 2) * (best ? 9 : 8), best);
    if (stand == NULL)
        return;
    pr->x[pr->labels] = x;
    pr->y[pr->labels++] = y;
    put_dot(out, best ? "best" : "dot at", 0, x, y);
    put(out, best ? "<text class=\"call" : "<text class=\"tick");
    put(out, stand->anchor < 0   ? " end\" dx=\"-9\""
             : stand->anchor > 0 ? "\" dx=\"9\""
                                 : " mid\"");
    put(out, stand->dy < 0 ? " dy=\"-" : " dy=\"");
    put_count(out, (uint64_t)(stand->dy < 0 ? -stand->dy : stand->dy));
    put(out, "\"");
    attr_xy(out, "x", x, "y", y);
    put(out, ">");
    put_decimal(out, key, 6, decimals);
    put(out, "</text>\n");
}

/* The best, both ends, then every tenth that has room. */
static void put_pr_labels(page *out, const chart *c, pr_plot *pr)
{
    const uint32_t *keys = starlings_sweep_keys(c->data->sweep);
    size_t rows = starlings_sweep_row_count(c->data->sweep);
    bool exact = starlings_sweep_is_exact(c->data->sweep);
    if (c->data->sums.has_best)
        put_pr_label(out, pr, c->best.row, c->best.key, true);
    put_pr_label(out, pr, rows - 1, keys[rows - 1], false);
    put_pr_label(out, pr, 0, exact ? 0 : keys[0], false);
    for (uint32_t key = 100000; key < STARLINGS_ONE; key += 100000) {
        size_t row = starlings_sweep_row_at(c->data->sweep, key);
        if (row < rows && (exact || keys[row] == key))
            put_pr_label(out, pr, row, key, false);
    }
}

static void put_pr_path(page *out, const pr_plot *pr, size_t rows)
{
    tracer t;
    memset(&t, 0, sizeof t);
    t.out = out;
    put_curves_open(out);
    put_path_open(out, "precision-recall", 0);
    for (size_t row = 0; row < rows; row++) {
        int64_t x, y;
        if (pr_place(pr, row, &x, &y))
            trace_vertex(&t, x, y);
        else
            trace_lift(&t);
    }
    trace_lift(&t);
    put(out, "\"/>\n</svg>\n");
}

static void put_pr_figure(page *out, const chart *c)
{
    size_t rows = starlings_sweep_row_count(c->data->sweep);
    pr_plot pr;
    memset(&pr, 0, sizeof pr);
    if (!c->data->has_truth
        || !series_open(&pr.recall, c->data->sweep, STARLINGS_METRIC_PAIRWISE_RECALL)
        || !series_open(&pr.precision, c->data->sweep, STARLINGS_METRIC_PAIRWISE_PRECISION))
        return;
    pr.unit.hi = REAL_ONE;
    pr.unit.unit_digits = REAL_DIGITS;
    scale_set_ticks(&pr.unit, 5);
    put(out, "<figure>\n<h2>Precision against recall</h2>\n<p>Pairs that are right among those "
             "joined, against pairs joined among those that are right. Labels are "
             "thresholds.</p>\n");
    put_svg_open(out, "plot", "Precision against recall");
    put_series_words(out, c, &pr.precision);
    put_series_words(out, c, &pr.recall);
    put(out, "</desc>\n");
    put_y_axis(out, &pr.unit, "precision");
    put_x_axis(out, &pr.unit, "recall");
    put_pr_path(out, &pr, rows);
    for (size_t row = 0; row < rows && rows <= FEW_ROWS; row++) {
        int64_t x, y;
        if (pr_place(&pr, row, &x, &y))
            put_dot(out, "dot", 0, x, y);
    }
    pr_take_curve(&pr, rows);
    put_pr_labels(out, c, &pr);
    put(out, "</svg>\n</figure>\n");
}

/* ---- histogram of entity sizes ------------------------------------------------------------- */

#define BAR_LIMIT 34
#define SINGLE_SIZES 20 /* up to this size each has a bar; else bars cover 1, 2, 3-4, 5-8 ... */

typedef struct histogram {
    uint32_t from[BAR_LIMIT];
    uint32_t to[BAR_LIMIT];
    uint64_t entities[BAR_LIMIT];
    size_t bars;
    uint64_t entities_total;
    uint64_t records_total;
    uint32_t largest;
    uint64_t high; /* the longest bar */
    bool log;
} histogram;

/* Bars 1, 2, 3 ... when all sizes are small, else 1, 2, 3-4, 5-8, 9-16 ... */
static void histogram_bars(histogram *h)
{
    uint32_t from = 1, to = 1;
    bool single = h->largest <= SINGLE_SIZES;
    while (h->bars < BAR_LIMIT && from <= h->largest) {
        h->from[h->bars] = from;
        h->to[h->bars] = to;
        h->bars++;
        if (to == UINT32_MAX)
            break;
        from = to + 1;
        to = single ? from : to > UINT32_MAX / 2 ? UINT32_MAX : to * 2;
    }
}

static histogram histogram_of(const report_data *data)
{
    histogram h;
    uint64_t low = UINT64_MAX;
    size_t bar = 0;
    memset(&h, 0, sizeof h);
    h.largest = data->size_count > 0 ? data->sizes[data->size_count - 1].size : 0;
    histogram_bars(&h);
    for (size_t i = 0; i < data->size_count; i++) {
        while (bar + 1 < h.bars && data->sizes[i].size > h.to[bar])
            bar++;
        h.entities[bar] += data->sizes[i].entities;
        h.entities_total += data->sizes[i].entities;
        h.records_total += (uint64_t)data->sizes[i].size * data->sizes[i].entities;
    }
    for (size_t i = 0; i < h.bars; i++) {
        h.high = h.entities[i] > h.high ? h.entities[i] : h.high;
        low = h.entities[i] > 0 && h.entities[i] < low ? h.entities[i] : low;
    }
    h.log = h.bars > 0 && h.high / (low == UINT64_MAX ? 1 : low) >= 100;
    return h;
}

/* Length of a bar in ten-thousandths. A log bar starts at one half, so that one entity shows. */
static int64_t bar_length(const histogram *h, uint64_t entities)
{
    if (entities == 0)
        return 0;
    if (h->log)
        return log2_of(2 * entities) * 10000 / log2_of(2 * h->high);
    return (int64_t)(entities * 10000 / h->high);
}

static void put_bar(page *out, const histogram *h, size_t bar)
{
    int64_t length = bar_length(h, h->entities[bar]);
    int64_t top = (int64_t)bar * 24;
    uint32_t to = h->to[bar] < h->largest ? h->to[bar] : h->largest;
    put(out, "<text class=\"tick end\" x=\"-8\" y=\"");
    put_count(out, (uint64_t)top + 14);
    put(out, "\">");
    put_count(out, h->from[bar]);
    if (to > h->from[bar]) {
        put(out, "\xE2\x80\x93"); /* en dash */
        put_count(out, to);
    }
    put(out, "</text>");
    if (length > 0) {
        put(out, "<rect class=\"bar\" x=\"0\" height=\"18\" y=\"");
        put_count(out, (uint64_t)top);
        put(out, "\"");
        attr_part(out, "width", length, 10000);
        put(out, "/>");
    }
    put(out, "<text class=\"tick\" dx=\"6\" y=\"");
    put_count(out, (uint64_t)top + 14);
    put(out, "\"");
    attr_part(out, "x", length, 10000);
    put(out, ">");
    put_count(out, h->entities[bar]);
    put(out, "</text>\n");
}

static void put_histogram_figure(page *out, const report_data *data)
{
    histogram h = histogram_of(data);
    if (h.bars == 0)
        return;
    put(out, "<figure>\n<h2>Entity sizes at ");
    put_key(out, data->sizes_key);
    put(out, "</h2>\n<p>Entities by their number of records");
    put(out, h.largest > SINGLE_SIZES ? ", in ranges that double" : "");
    put(out, h.log ? "; bars on a log scale, with the count beside." : ", with the count beside.");
    put(out, "</p>\n<div class=\"bars\">\n<p class=\"heads\"><span>records</span>"
             "<span>entities</span></p>\n");
    put_svg_open(out, "hist", "Entity sizes");
    put_count(out, h.entities_total);
    put(out, " entities of ");
    put_count(out, h.records_total);
    put(out, " records; the largest has ");
    put_count(out, h.largest);
    put(out, ".</desc>\n<line class=\"base\" x1=\"0\" x2=\"0\" y1=\"-3\" y2=\"100%\"/>\n");
    for (size_t bar = 0; bar < h.bars; bar++)
        put_bar(out, &h, bar);
    put(out, "</svg>\n<span class=\"strut\" style=\"height:");
    put_count(out, h.bars * 24);
    put(out, "px\"></span>\n</div>\n</figure>\n");
}

/* ---- table --------------------------------------------------------------------------------- */

#define TABLE_ROWS 40
#define NEAR_BEST 4 /* rows on either side of the best that are always shown */

static size_t rows_add(size_t *rows, size_t count, size_t row) /* keeps order, no doubles */
{
    size_t at = count;
    while (at > 0 && rows[at - 1] > row)
        at--;
    if (at > 0 && rows[at - 1] == row)
        return count;
    memmove(rows + at + 1, rows + at, (count - at) * sizeof *rows);
    rows[at] = row;
    return count + 1;
}

/* All rows, or the marked one with its neighbours and the others evenly spaced. */
static size_t rows_choose(const chart *c, size_t *rows)
{
    size_t total = starlings_sweep_row_count(c->data->sweep), count = 0;
    size_t spread = TABLE_ROWS - (c->best.on ? 2 * NEAR_BEST + 1 : 0);
    if (total <= TABLE_ROWS) {
        for (size_t row = 0; row < total; row++)
            rows[count++] = row;
        return count;
    }
    if (c->best.on)
        for (size_t i = 0; i <= 2 * NEAR_BEST; i++)
            if (c->best.row + i >= NEAR_BEST && c->best.row + i - NEAR_BEST < total)
                count = rows_add(rows, count, c->best.row + i - NEAR_BEST);
    for (size_t i = 0; i < spread; i++) /* total <= 10^6 + 1: no overflow */
        count = rows_add(rows, count, i * (total - 1) / (spread - 1));
    return count;
}

/* The columns that were asked for in their order, the others after them in that of the list. */
static size_t columns_choose(const report_data *data, series *list)
{
    bool used[STARLINGS_METRIC_COUNT] = { false };
    size_t count = 0;
    for (size_t i = 0; i < data->metric_count; i++)
        if (!used[data->metrics[i]] && series_open(&list[count], data->sweep, data->metrics[i])) {
            used[data->metrics[i]] = true;
            count++;
        }
    for (int id = 0; id < (int)STARLINGS_METRIC_COUNT; id++)
        if (!used[id] && series_open(&list[count], data->sweep, (starlings_metric)id))
            count++;
    return count;
}

static void put_table_caption(page *out, const chart *c, size_t shown, size_t columns)
{
    size_t total = starlings_sweep_row_count(c->data->sweep);
    put(out, "<caption><span>");
    if (shown == total) {
        put(out, total == 1 ? "The only row." : "All ");
        if (total != 1) {
            put_count(out, total);
            put(out, " rows.");
        }
    } else {
        put_count(out, shown);
        put(out, " of ");
        put_count(out, total);
        put(out, c->best.on ? " rows: the marked row with its neighbours, the others evenly spaced."
                            : " rows, evenly spaced.");
    }
    if (starlings_sweep_is_exact(c->data->sweep))
        put(out, " A row holds for all thresholds above the second column, up to its own.");
    if (columns > 1) /* the style shows it where a table of so many columns is too wide */
        put(out, columns > 8   ? " <span class=\"hint\">"
                 : columns > 5 ? " <span class=\"hint upto1000\">"
                               : " <span class=\"hint upto600\">");
    put(out, columns > 1 ? "Scroll sideways for more columns.</span>" : "");
    put(out, "</span></caption>\n");
}

static void put_table_head(page *out, const chart *c, const series *list, size_t count)
{
    put(out, "<thead><tr><th scope=\"col\">threshold</th>");
    if (starlings_sweep_is_exact(c->data->sweep))
        put(out, "<th scope=\"col\">holds above</th>");
    for (size_t i = 0; i < count; i++) {
        put(out, "<th scope=\"col\">");
        put_breakable(out, list[i].name);
        put(out, "</th>");
    }
    put(out, "</tr></thead>\n<tbody>\n");
}

static void put_table_row(page *out, const chart *c, const series *list, size_t count, size_t row)
{
    const uint32_t *keys = starlings_sweep_keys(c->data->sweep);
    bool marked = c->best.on && row == c->best.row;
    put(out, marked ? "<tr class=\"marked\"><th scope=\"row\">" : "<tr><th scope=\"row\">");
    put_key(out, keys[row]);
    if (marked)
        put(out, " <em>best</em>");
    put(out, "</th>");
    if (starlings_sweep_is_exact(c->data->sweep)) {
        put(out, "<td class=\"above\">");
        if (row > 0)
            put_key(out, keys[row - 1]);
        else
            put(out, "from 0");
        put(out, "</td>");
    }
    for (size_t i = 0; i < count; i++) {
        put(out, "<td>");
        if (list[i].reals == NULL)
            put_count(out, list[i].integers[row]);
        else if (series_at(&list[i], row) != NO_VALUE)
            put_decimal(out, series_at(&list[i], row), REAL_DIGITS, 6);
        put(out, "</td>");
    }
    put(out, "</tr>\n");
}

static void put_table(page *out, const chart *c)
{
    series list[STARLINGS_METRIC_COUNT];
    size_t rows[TABLE_ROWS], shown = rows_choose(c, rows);
    size_t columns = columns_choose(c->data, list);
    put(out, "<section>\n<h2>The numbers</h2>\n<div class=\"scroll\" tabindex=\"0\" "
             "role=\"region\" aria-label=\"The numbers\">\n<table id=\"numbers\">\n");
    put_table_caption(out, c, shown, columns);
    put_table_head(out, c, list, columns);
    for (size_t i = 0; i < shown; i++)
        put_table_row(out, c, list, columns, rows[i]);
    put(out, "</tbody>\n</table>\n</div>\n</section>\n");
}

/* ---- scores: edges against entities, calibration; what is stable --------------------------- */

static void put_small_head(page *out, const char *title, const char *const *names, size_t count)
{
    put(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    put(out, title);
    put(out, "\">\n<table class=\"small\">\n<thead><tr>");
    for (size_t i = 0; i < count; i++) {
        put(out, "<th scope=\"col\">");
        put(out, names[i]);
        put(out, "</th>");
    }
    put(out, "</tr></thead>\n<tbody>\n");
}

static void put_small_end(page *out)
{
    put(out, "</tbody>\n</table>\n</div>\n");
}

static void put_count_cell(page *out, uint64_t count)
{
    put(out, "<td>");
    put_count(out, count);
    put(out, "</td>");
}

static void put_real_cell(page *out, int64_t value)
{
    put(out, "<td>");
    if (value != NO_VALUE)
        put_real(out, value, 4);
    put(out, "</td>");
}

/* part / whole in billionths; counts of edges fit many times. */
static int64_t share_of(uint64_t part, uint64_t whole)
{
    while (whole > UINT64_MAX / (2 * REAL_ONE)) {
        whole >>= 1;
        part >>= 1;
    }
    return whole == 0 ? NO_VALUE : (int64_t)((part * REAL_ONE + whole / 2) / whole);
}

static void put_plateaus(page *out, const report_data *data)
{
    static const char *const names[4] = { "from", "to", "width", "entities" };
    if (data->plateau_count == 0)
        return;
    put(out, "<section>\n<h2>What is stable</h2>\n<p>The widest ranges of thresholds over which no "
             "entity changes: inside one, the very threshold does not matter.</p>\n");
    put_small_head(out, "What is stable", names, 4);
    for (size_t i = 0; i < data->plateau_count; i++) {
        const starlings_plateau *plateau = &data->plateaus[i];
        put(out, "<tr><th scope=\"row\">");
        put_key(out, plateau->from);
        put(out, "</th><td>");
        put_key(out, plateau->to);
        put(out, "</td><td>");
        put_key(out, plateau->to - plateau->from);
        put(out, "</td>");
        put_count_cell(out, plateau->entities);
        put(out, "</tr>\n");
    }
    put_small_end(out);
    put(out, "</section>\n");
}

static void put_edge_rows(page *out, const report_data *data)
{
    static const char *const names[5] = { "threshold", "edges", "true edges", "edge precision",
                                          "pairwise_<wbr>precision" };
    const report_scores *scores = data->scores;
    series closure;
    bool has_closure = series_open(&closure, data->sweep, STARLINGS_METRIC_PAIRWISE_PRECISION);
    put_small_head(out, "Edges and pairs", names, 5);
    for (size_t i = 0; i < scores->row_count; i++) {
        put(out, "<tr><th scope=\"row\">");
        put_key(out, scores->keys[i]);
        put(out, "</th>");
        put_count_cell(out, scores->edges[i]);
        put_count_cell(out, scores->true_edges[i]);
        put_real_cell(out, share_of(scores->true_edges[i], scores->edges[i]));
        put_real_cell(out, has_closure ? series_at(&closure, scores->rows[i]) : NO_VALUE);
        put(out, "</tr>\n");
    }
    put_small_end(out);
}

static void put_bin_rows(page *out, const report_scores *scores)
{
    static const char *const names[5] = { "scores from", "edges", "true edges", "mean score",
                                          "share true" };
    put_small_head(out, "Calibration", names, 5);
    for (uint32_t i = 0; i < REPORT_BINS; i++) {
        const starlings_score_bin *bin = &scores->bins[i];
        put(out, "<tr><th scope=\"row\">");
        put_decimal(out, i * (STARLINGS_ONE / REPORT_BINS), 6, 1);
        put(out, "</th>");
        put_count_cell(out, bin->edges);
        put_count_cell(out, bin->true_edges);
        put_real_cell(out, real_of(bin->mean_weight));
        put_real_cell(out, share_of(bin->true_edges, bin->edges));
        put(out, "</tr>\n");
    }
    put_small_end(out);
}

static void put_scores(page *out, const report_data *data)
{
    const report_scores *scores = data->scores;
    if (scores == NULL)
        return;
    put(out, "<section>\n<h2>Edges and pairs</h2>\n<p>How many of the edges are right, and how "
             "many of all the pairs that they join in chains. A pairwise precision far below that "
             "of the edges is the price of chains.</p>\n");
    put_edge_rows(out, data);
    put(out, "</section>\n<section>\n<h2>Calibration</h2>\n<p>Where scores are probabilities, the "
             "share of true edges is near the mean score. Expected calibration error <b>");
    put_real(out, real_of(scores->whole.error), 4);
    put(out, "</b>, Brier score <b>");
    put_real(out, real_of(scores->whole.brier), 4);
    put(out, "</b>; 0 is the best of both.</p>\n");
    put_bin_rows(out, scores);
    put(out, "</section>\n");
}

/* ---- document ------------------------------------------------------------------------------ */

static void put_plateau_words(page *out, const report_data *data)
{
    if (data->sums.best.plateau_from == data->sums.best.plateau_to) {
        put(out, ". ");
        return;
    }
    put(out, starlings_sweep_is_exact(data->sweep) ? "; the same value holds from "
                                                   : "; every row has the same value from ");
    put_key(out, data->sums.best.plateau_from);
    put(out, " to ");
    put_key(out, data->sums.best.plateau_to);
    put(out, ". ");
}

static void put_sum_words(page *out, const report_data *data)
{
    const report_sums *sums = &data->sums;
    const starlings_metric_info *info = starlings_metric_describe(data->best_metric);
    int64_t area = real_of(sums->area), mean = real_of(sums->mean);
    put(out, "<p class=\"sums\">Within ");
    put_decimal(out, real_of(REPORT_NEAR), REAL_DIGITS, 2);
    put(out, " of the best from <b>");
    put_key(out, sums->near_from);
    put(out, "</b> to <b>");
    put_key(out, sums->near_to);
    put(out, "</b>.");
    if (mean != NO_VALUE) {
        put(out, " Area under ");
        put(out, info->name);
        put(out, " over thresholds <b>");
        put_real(out, area, 4);
        put(out, "</b>, mean over thresholds <b>");
        put_real(out, mean, 4);
        put(out, "</b>.");
    }
    put(out, " Average precision of pairs <b>");
    put_real(out, real_of(sums->average.value), 4);
    put(out, "</b>; recall reaches ");
    put_real(out, real_of(sums->average.recall_reached), 4);
    put(out, ".</p>\n");
}

/* 1,972 entities of 5,000 records; the largest has 10. */
static void put_entity_words(page *out, const histogram *h)
{
    put_count(out, h->entities_total);
    put(out, h->entities_total == 1 ? " entity of " : " entities of ");
    put_count(out, h->records_total);
    put(out, h->records_total == 1 ? " record; the largest has " : " records; the largest has ");
    put_count(out, h->largest);
    put(out, ". ");
}

static void put_pair_words(page *out, const report_data *data)
{
    series precision, recall;
    int64_t right, found;
    if (!series_open(&precision, data->sweep, STARLINGS_METRIC_PAIRWISE_PRECISION)
        || !series_open(&recall, data->sweep, STARLINGS_METRIC_PAIRWISE_RECALL))
        return;
    right = series_at(&precision, data->sums.best.row);
    found = series_at(&recall, data->sums.best.row);
    if (right == NO_VALUE || found == NO_VALUE)
        return;
    put(out, "Of the pairs it joins ");
    put_percent(out, right);
    put(out, " are right, and it finds ");
    put_percent(out, found);
    put(out, " of the right ones.");
}

static void put_range_words(page *out, const report_data *data)
{
    const uint64_t *entities = starlings_sweep_integers(data->sweep, STARLINGS_METRIC_CLUSTERS_B);
    const uint32_t *keys = starlings_sweep_keys(data->sweep);
    size_t rows = starlings_sweep_row_count(data->sweep);
    if (entities == NULL || rows < 2)
        return;
    put(out, "From ");
    put_count(out, entities[0]);
    put(out, " entities at threshold ");
    put_key(out, starlings_sweep_is_exact(data->sweep) ? 0 : keys[0]);
    put(out, " to ");
    put_count(out, entities[rows - 1]);
    put(out, " at ");
    put_key(out, keys[rows - 1]);
    put(out, ". ");
}

static void put_headline(page *out, const report_data *data)
{
    histogram h = histogram_of(data);
    const starlings_metric_info *info = starlings_metric_describe(data->best_metric);
    series best;
    put(out, "<header>\n<p class=\"kicker\">Entity resolution report</p>\n<h1>");
    put_escaped(out, data->title);
    put(out, "</h1>\n<p class=\"lead\">");
    if (data->sums.has_best && info != NULL && series_open(&best, data->sweep, data->best_metric)) {
        put(out, "Best <b>");
        put(out, info->name);
        put(out, " ");
        put_series_value(out, &best, data->sums.best.row, 4);
        put(out, "</b> at threshold <b>");
        put_key(out, data->sums.best.key);
        put(out, "</b>");
        put_plateau_words(out, data);
    } else {
        put(out, data->has_truth ? "" : "No truth given: no best threshold. ");
        put_range_words(out, data);
        if (h.bars > 0) {
            put(out, "At ");
            put_key(out, data->sizes_key);
            put(out, ": ");
        }
    }
    if (h.bars > 0)
        put_entity_words(out, &h);
    if (data->sums.has_best && data->has_truth)
        put_pair_words(out, data);
    put(out, "</p>\n");
    if (data->sums.has_best)
        put_sum_words(out, data);
    if (data->note != NULL) {
        put(out, "<p class=\"note\">Note: ");
        put_escaped(out, data->note);
        put(out, ".</p>\n");
    }
    put(out, "</header>\n");
}

static void put_charts(page *out, const chart *c)
{
    put_best_figure(out, c);
    if (c->data->has_truth)
        put_score_figures(out, c);
    put(out, "<div class=\"pairs\">\n");
    put_pr_figure(out, c);
    if (c->data->has_truth)
        put_histogram_figure(out, c->data);
    put_column_figure(out, c, STARLINGS_METRIC_CLUSTERS_B, "Entities",
                      "How many entities there are: a higher threshold joins less.", "entities");
    put_column_figure(out, c, STARLINGS_METRIC_MAX_SIZE_B, "Largest entity",
                      "Records in the largest one. A sudden jump is often a false join.",
                      "records");
    put_column_figure(out, c, STARLINGS_METRIC_SINGLETONS_B, "Entities of one record",
                      "Records that are joined to no other.", "entities");
    if (!c->data->has_truth)
        put_histogram_figure(out, c->data);
    put_small_figures(out, c);
    put(out, "</div>\n");
    put_table_only_words(out, c);
}

bool report_write(FILE *file, const report_data *data)
{
    page out = { NULL, false, 0 };
    chart c;
    out.file = file;
    put_head(&out, data->title, NULL, "");
    put_headline(&out, data);
    if (starlings_sweep_row_count(data->sweep) > 0) {
        c.data = data;
        c.x = threshold_scale(data->sweep);
        c.best = mark_of(data);
        put_charts(&out, &c);
        put_table(&out, &c);
        put_plateaus(&out, data);
        put_scores(&out, data);
    }
    put_facts(&out, data->facts, data->fact_count);
    return put_end(&out);
}
