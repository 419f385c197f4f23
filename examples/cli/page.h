/* page.h - an HTML page: text, numbers, head and foot. Functions are called put, as they say what
   goes out; a write error is sticky. */
#ifndef STARLINGS_CLI_PAGE_H
#define STARLINGS_CLI_PAGE_H

#include "report.h"

typedef struct page {
    FILE *file;
    bool failed;
    unsigned plots; /* so far: numbers the ids */
} page;

void put_bytes(page *out, const char *bytes, size_t size);
void put(page *out, const char *text);
/* Text from outside: names of files and metrics. What is no UTF-8 shows as a replacement
   character, control characters as spaces. */
void put_escaped(page *out, const char *text);
/* Text that need not end with a zero, of which at most so many bytes are shown; fewer than 1000. */
void put_text(page *out, starlings_text text, size_t limit);
/* A metric's name; a long one may break after an underscore. */
void put_breakable(page *out, const char *name);

void put_count(page *out, uint64_t value); /* 1,234,567 */
/* A value given in units of 10^-unit_digits, rounded half away from zero to `decimals`. */
void put_decimal(page *out, int64_t value, unsigned unit_digits, unsigned decimals);
void put_key(page *out, uint32_t key);
/* Hundredths with at most two decimals: 12.5 */
void put_hundredths(page *out, int64_t value);
int64_t power_of_ten(unsigned exponent); /* exponent <= 18 */
/* Decimals that a multiple of `step` needs. */
unsigned step_decimals(int64_t step, unsigned unit_digits);

/* Reals are carried as whole billionths. The only arithmetic in doubles is one multiplication, so
   no compiler can contract it. */
#define NO_VALUE INT64_MIN
#define REAL_DIGITS 9u
#define REAL_ONE 1000000000

int64_t real_of(double value);
/* A real for people. A value just below 1 gets more digits rather than round up to it. */
void put_real(page *out, int64_t value, unsigned decimals);
void put_percent(page *out, int64_t value);

/* From <!DOCTYPE to <main>; the page is about `title`, against `other` unless that is NULL; `extra`
   are more rules for its style. */
void put_head(page *out, const char *title, const char *other, const char *extra);
/* <svg ...> with its title; the caller writes the text of desc and ends it. */
void put_svg_open(page *out, const char *class_name, const char *title);
void put_facts(page *out, const report_fact *facts, size_t fact_count); /* and the footer */
bool put_end(page *out); /* False: writing failed. */

#endif
