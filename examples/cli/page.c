/* page.c - an HTML page: text and numbers, then the style and the frame of the document. */
#include "page.h"

#include <string.h>

/* ---- text and numbers ---------------------------------------------------------------------- */

void put_bytes(page *out, const char *bytes, size_t size)
{
    if (!out->failed && size > 0 && fwrite(bytes, 1, size, out->file) != size)
        out->failed = true;
}

void put(page *out, const char *text)
{
    put_bytes(out, text, strlen(text));
}

/* Bytes of the well-formed UTF-8 character at `text`, 0 if there is none. */
static size_t utf8_size(const unsigned char *text)
{
    size_t size = text[0] < 0x80 ? 1 : text[0] < 0xC2 ? 0 : text[0] < 0xE0 ? 2
                : text[0] < 0xF0 ? 3 : text[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < size; i++)
        if ((text[i] & 0xC0) != 0x80) /* also stops at the final zero */
            return 0;
    if ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F)
        || (text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F))
        return 0;
    return size;
}

void put_escaped(page *out, const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t size = utf8_size((const unsigned char *)text);
        if (size == 0)
            put(out, "\xEF\xBF\xBD");
        else if (*text == '&')
            put(out, "&amp;");
        else if (*text == '<')
            put(out, "&lt;");
        else if (*text == '>')
            put(out, "&gt;");
        else if (*text == '"')
            put(out, "&quot;");
        else if (*text == '\'')
            put(out, "&#39;");
        else if (size == 1 && ((unsigned char)*text < 0x20 || *text == 0x7F))
            put(out, " ");
        else
            put_bytes(out, text, size);
        text += size == 0 ? 1 : size;
    }
}

void put_text(page *out, starlings_text text, size_t limit)
{
    char cut[1000];
    size_t size = text.size < limit ? text.size : limit;
    while (size > 0 && size < text.size && ((unsigned char)text.text[size] & 0xC0) == 0x80)
        size--; /* not within a character */
    if (size > 0)
        memcpy(cut, text.text, size);
    cut[size] = '\0';
    put_escaped(out, cut);
    if (size < text.size)
        put(out, "\xE2\x80\xA6");
}

void put_breakable(page *out, const char *name)
{
    bool breaks = strlen(name) > 12;
    for (; *name != '\0'; name++) {
        put_bytes(out, name, 1);
        if (*name == '_' && breaks)
            put(out, "<wbr>");
    }
}

void put_count(page *out, uint64_t value)
{
    char text[32];
    size_t at = sizeof text;
    unsigned digits = 0;
    do {
        if (digits > 0 && digits % 3 == 0)
            text[--at] = ',';
        text[--at] = (char)('0' + value % 10);
        value /= 10;
        digits++;
    } while (value > 0);
    put_bytes(out, text + at, sizeof text - at);
}

int64_t power_of_ten(unsigned exponent)
{
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

void put_decimal(page *out, int64_t value, unsigned unit_digits, unsigned decimals)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t drop = (uint64_t)power_of_ten(unit_digits - decimals);
    uint64_t one = (uint64_t)power_of_ten(decimals);
    char digits[20];
    uint64_t rest;
    magnitude = (magnitude + drop / 2) / drop;
    if (value < 0 && magnitude > 0)
        put(out, "-");
    put_count(out, magnitude / one);
    if (decimals == 0)
        return;
    rest = magnitude % one;
    for (unsigned i = decimals; i > 0; i--) {
        digits[i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    digits[0] = '.';
    put_bytes(out, digits, decimals + 1);
}

void put_key(page *out, uint32_t key)
{
    put_decimal(out, key, 6, 6);
}

int64_t real_of(double value)
{
    int64_t tenths;
    if (!(value > -1e8 && value < 1e8)) /* NaN too */
        return NO_VALUE;
    tenths = (int64_t)(value * 1e10);
    return (tenths + (tenths < 0 ? -5 : 5)) / 10;
}

void put_real(page *out, int64_t value, unsigned decimals)
{
    if (value == NO_VALUE) {
        put(out, "none");
        return;
    }
    while (decimals < REAL_DIGITS && value < REAL_ONE
           && REAL_ONE - value <= power_of_ten(REAL_DIGITS - decimals) / 2)
        decimals++;
    put_decimal(out, value, REAL_DIGITS, decimals);
}

void put_percent(page *out, int64_t value)
{
    unsigned decimals = 1;
    while (decimals < REAL_DIGITS - 2 && value < REAL_ONE
           && REAL_ONE - value <= power_of_ten(REAL_DIGITS - 2 - decimals) / 2)
        decimals++;
    put_decimal(out, value, REAL_DIGITS - 2, decimals);
    put(out, "%");
}

void put_hundredths(page *out, int64_t value)
{
    put_decimal(out, value, 2, value % 100 == 0 ? 0 : value % 10 == 0 ? 1 : 2);
}

unsigned step_decimals(int64_t step, unsigned unit_digits)
{
    unsigned decimals = unit_digits;
    while (decimals > 0 && step % 10 == 0) {
        step /= 10;
        decimals--;
    }
    return decimals;
}

/* ---- document ------------------------------------------------------------------------------ */

/* In pieces: a string literal of more than 4095 characters is not portable. */
static const char *const style[] = {
    ":root{color-scheme:light dark;--bg:#fff;--ink:#1b1e24;--soft:#565d69;--rule:#d9dce2;"
    "--grid:#e8eaee;--mark:#1b1e24;--band:#fff0c2;--hit:#fff4d6;--shade:#0003;"
    "--c0:#0b62a8;--c1:#c24a00;--c2:#007a58;--c3:#9a3b85;--c4:#866200;--c5:#4a4f5c;--c6:#00819e;"
    "--c7:#8c1d40}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--bg:#15181d;--ink:#e8eaee;--soft:#a9b0bc;"
    "--rule:#3a404a;--grid:#2a2f37;--mark:#e8eaee;--band:#433a1a;--hit:#38321d;--shade:#fff3;"
    "--c0:#63b3f0;--c1:#ff9a57;--c2:#3ecf9f;--c3:#e595cc;--c4:#dcb63f;--c5:#c3c8d2;--c6:#5fd0e6;"
    "--c7:#f2859f}}\n"
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
    "body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"
    "\"Segoe UI\",Roboto,\"Helvetica Neue\",\"Noto Sans\",\"Liberation Sans\",Arial,sans-serif}\n"
    "main{max-width:1080px;margin:0 auto;padding:40px 24px 56px}\n"
    "h1,h2,p,figure,ul,dl,dd{margin:0;padding:0}\n"
    "h1{font-size:32px;line-height:1.2;font-weight:700;letter-spacing:-.01em;"
    "overflow-wrap:anywhere}\n"
    "h2{font-size:19px;line-height:1.3;font-weight:650}\n"
    ".kicker{color:var(--soft);font-size:14px;margin-bottom:4px}\n"
    ".sums{max-width:46em;margin-top:10px;font-variant-numeric:tabular-nums}\n"
    ".note{font-weight:650;max-width:46em;margin-top:10px}\n"
    ".lead{font-size:20px;line-height:1.5;max-width:44em;margin-top:14px;"
    "font-variant-numeric:tabular-nums}\n"
    "figure p,section>p{color:var(--soft);font-size:15px;max-width:46em;margin-top:4px}\n",
    "header,figure,tr,dl{break-inside:avoid}\n"
    ".pairs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));"
    "column-gap:48px}\n"
    "@supports(grid-template-rows:subgrid){.pairs figure{display:grid;grid-row:span 3;row-gap:0;"
    "grid-template:subgrid/minmax(0,1fr)}}\n"
    "figure,section{display:flow-root;min-width:0;border-top:1px solid var(--rule);"
    "padding-top:18px;margin-top:24px}\n"
    ".legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 22px;margin-top:12px;"
    "font-size:14px}\n"
    ".legend li{display:flex;align-items:center;gap:8px;white-space:nowrap}\n"
    ".legend b{font-weight:600;font-variant-numeric:tabular-nums}\n"
    ".plot{display:block;overflow:visible;width:calc(100% - 64px);height:300px;"
    "margin:56px 20px 52px 44px}\n"
    ".wide .plot{height:360px}\n"
    ".curves,.key,.hist{overflow:visible}\n"
    "svg text{font-size:13px;fill:var(--ink);font-variant-numeric:tabular-nums;paint-order:stroke;"
    "stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}\n"
    "svg .tick,svg .axis{fill:var(--soft)}\n"
    "svg .call{font-weight:600}\n"
    "svg .end{text-anchor:end}\nsvg .mid{text-anchor:middle}\n"
    "line.grid{stroke:var(--grid);stroke-width:1}\n"
    "line.base{stroke:var(--soft);stroke-width:1}\n"
    "line.mark{stroke:var(--mark);stroke-width:1}\n"
    ".band{fill:var(--band)}\n.bar{fill:var(--c0)}\n"
    ".curve{fill:none;stroke:currentColor;stroke-width:1.75;stroke-linejoin:round;"
    "vector-effect:non-scaling-stroke}\n"
    ".curve.s0{stroke-width:2.5}\n"
    ".dot{fill:currentColor}\n"
    ".best{fill:var(--bg);stroke:currentColor;stroke-width:2.5}\n"
    ".s0{color:var(--c0)}\n"
    ".s1{color:var(--c1);stroke-dasharray:9 3}\n"
    ".s2{color:var(--c2);stroke-dasharray:4 3}\n"
    ".s3{color:var(--c3);stroke-dasharray:10 3 2 3}\n"
    ".s4{color:var(--c4);stroke-dasharray:2 3}\n"
    ".s5{color:var(--c5);stroke-dasharray:14 4}\n"
    ".s6{color:var(--c6);stroke-dasharray:6 2 2 2 2 2}\n"
    ".s7{color:var(--c7);stroke-dasharray:1 2}\n",
    ".bars{position:relative;margin-top:16px;align-self:start}\n"
    ".bars .strut{display:block}\n"
    ".hist{position:absolute;left:104px;top:28px;width:calc(100% - 176px);"
    "height:calc(100% - 28px)}\n"
    ".bars .heads{display:flex;gap:16px;height:28px;margin:0;font-size:13px}\n"
    ".heads span:first-child{width:96px;text-align:right}\n"
    ".only{color:var(--soft);font-size:15px;margin-top:24px;overflow-wrap:anywhere}\n"
    /* A shade on each edge that hides columns; covers that scroll along take it away at the end. */
    ".scroll{overflow-x:auto;margin-top:8px;background:"
    "linear-gradient(to left,var(--bg) 40%,transparent) 100% 0/72px 100% no-repeat local,"
    "linear-gradient(to left,var(--shade),transparent) 100% 0/28px 100% no-repeat scroll}\n"
    ".scroll:focus-visible{outline:2px solid var(--c0);outline-offset:2px}\n"
    ".hint{color:var(--ink);font-weight:600;white-space:nowrap}\n"
    "@media(min-width:601px){.hint.upto600{display:none}}\n"
    "@media(min-width:1001px){.hint.upto1000{display:none}}\n"
    "table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;"
    "min-width:100%}\n"
    "caption{text-align:left;color:var(--soft);font-size:15px;padding-bottom:10px}\n"
    "caption>span{display:inline-block;position:sticky;left:0;max-width:min(46em,100vw - 32px)}\n"
    "th,td{text-align:right;padding:4px 0 4px 18px;white-space:nowrap;font-weight:400}\n"
    "thead th{color:var(--soft);vertical-align:bottom;white-space:normal;line-height:1.25;"
    "border-bottom:1px solid var(--soft)}\n"
    "tbody th,tbody td{border-bottom:1px solid var(--grid)}\n"
    "th:first-child{text-align:left;padding:4px 12px 4px 8px;position:sticky;left:0;"
    "background:var(--bg)}\n"
    "td:last-child,th:last-child{padding-right:8px}\n"
    "td.above{color:var(--soft)}\n"
    "tr.marked th,tr.marked td{background:var(--hit);font-weight:650}\n"
    "table.small{min-width:0}\n"
    "em{font-style:normal;font-weight:650}\n"
    "dl{display:grid;grid-template-columns:minmax(7em,max-content) 1fr;gap:4px 24px;"
    "margin-top:10px;font-size:15px}\n"
    "dt{color:var(--soft)}\ndd{overflow-wrap:anywhere;min-width:0}\n"
    "footer{color:var(--soft);font-size:14px;margin-top:32px}\n"
    "@media(max-width:600px){main{padding:24px 16px 40px}h1{font-size:26px}.lead{font-size:18px}"
    ".wide .plot{height:300px}}\n"
    "@media print{body{font-size:11pt}main{max-width:none;padding:0}"
    ".scroll{overflow:visible;background:none}.hint{display:none}"
    "table{font-size:8pt}th,td{padding-left:6px}.band,.bar,tr.marked th,tr.marked td,.best"
    "{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n",
};

void put_head(page *out, const char *title, const char *other, const char *extra)
{
    put(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'; img-src data:\">\n"
             "<link rel=\"icon\" href=\"data:,\">\n<title>");
    put_escaped(out, title);
    put(out, other != NULL ? " against " : "");
    put_escaped(out, other);
    put(out, " - starlings report</title>\n<style>\n");
    for (size_t i = 0; i < sizeof style / sizeof style[0]; i++)
        put(out, style[i]);
    put(out, extra);
    put(out, "</style>\n</head>\n<body>\n<main>\n");
}

void put_svg_open(page *out, const char *class_name, const char *title)
{
    char id[3] = { 0, 0, 0 }; /* room for 676 drawings */
    id[0] = (char)('a' + out->plots / 26 % 26);
    id[1] = (char)('a' + out->plots % 26);
    out->plots++;
    put(out, "<svg class=\"");
    put(out, class_name);
    put(out, "\" role=\"img\" aria-labelledby=\"t");
    put(out, id);
    put(out, " d");
    put(out, id);
    put(out, "\">\n<title id=\"t");
    put(out, id);
    put(out, "\">");
    put(out, title);
    put(out, "</title>\n<desc id=\"d");
    put(out, id);
    put(out, "\">");
}

void put_facts(page *out, const report_fact *facts, size_t fact_count)
{
    put(out, "<section>\n<h2>How this was made</h2>\n<dl>\n");
    for (size_t i = 0; i < fact_count; i++) {
        put(out, "<dt>");
        put_escaped(out, facts[i].label);
        put(out, "</dt><dd>");
        put_escaped(out, facts[i].text);
        put(out, "</dd>\n");
    }
    put(out, "</dl>\n</section>\n<footer>Made by starlings " STARLINGS_VERSION_STRING
             ". This page has no scripts and loads nothing.</footer>\n");
}

bool put_end(page *out)
{
    put(out, "</main>\n</body>\n</html>\n");
    return !out->failed && fflush(out->file) == 0 && ferror(out->file) == 0;
}
