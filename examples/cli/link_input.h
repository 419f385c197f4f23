/* link_input.h - records over time, from their file to entities: what link, query and why share. */
#ifndef STARLINGS_CLI_LINK_INPUT_H
#define STARLINGS_CLI_LINK_INPUT_H

#include "file.h"
#include "options.h"
#include "output.h"

/* Texts that stay where they are until all are freed. */
typedef struct cli_block cli_block;
typedef struct cli_texts {
    cli_block *last;
} cli_texts;

/* The records and what became of them. A record is known by one name, source-__-uid where there are
   sources (type:source where types differ); records are numbered by the bytes of their names, so
   nothing that is made from it depends on the order of rows. */
typedef struct cli_linked {
    starlings_ontology *ontology;
    starlings_resolution *resolution;
    starlings_partition *partition;      /* the resolution's */
    starlings_entity_names *entity_names; /* NULL: an entity is named by its smallest record */
    uint32_t record_count;
    starlings_text *names;         /* of the records */
    starlings_interval *rows;      /* when they hold: record r has the time line */
    size_t *first_row;             /* first_row[r] ... first_row[r + 1] - 1 */
    starlings_text *attributes;    /* the columns that are; a zero is behind each */
    size_t attribute_count;
    bool has_times;
    bool dates;        /* times are days, to be printed as dates */
    uint64_t row_count; /* of the file */
    uint64_t same;     /* of them, that say the same as one before */
    uint64_t ignored;  /* that say something else, with --repeated first */
    double read_seconds, link_seconds;
    cli_texts texts;
} cli_linked;

/* Read and link; what is wrong has been said when the result is not CLI_OK. Clear in any case. */
int cli_link(cli_run *run, const cli_options *options, cli_linked *linked);
void cli_linked_clear(cli_linked *linked);

/* The number of a record by its name; STARLINGS_NONE: there is none. */
uint32_t cli_find_record(const cli_linked *linked, starlings_text name);
/* Say that there is no such record, and which may be meant. */
int cli_fail_record(cli_run *run, const cli_options *options, const cli_linked *linked,
                    const char *name);
starlings_text cli_linked_name(const cli_linked *linked, uint32_t entity);
/* A time that no file has: whether `time` fits the times of the file. */
int cli_check_time(cli_run *run, const cli_options *options, const cli_linked *linked,
                   const char *option, const cli_time *time);
/* Is it one? Else it is said that it is not, and which may be meant. */
int cli_check_attribute(cli_run *run, const cli_options *options, const cli_linked *linked,
                        starlings_text name);

/* "" for no bound, a date, or a whole number. */
#define CLI_TIME_SIZE 24
const char *cli_time_text(const cli_linked *linked, int64_t time, char text[CLI_TIME_SIZE]);
/* What is printed of an interval: from,to and the byte after them; in JSON "from": ..., "to": ...
   with null for no bound. */
void cli_write_times_csv(FILE *file, const cli_linked *linked, starlings_interval valid,
                         char after);
void cli_write_times_json(FILE *file, const cli_linked *linked, starlings_interval valid);
/* 2019-01-03 to 2021-01-03, from ..., until ..., always */
void cli_write_times_plain(FILE *file, const cli_linked *linked, starlings_interval valid);

/* The values of a key as one text: a=x;b=y. NULL: there is no memory. */
starlings_text cli_key_text(const cli_linked *linked, uint32_t key_values);
void cli_text_free(starlings_text text);
/* A field of a CSV: names of records with ; between. False: there is no memory. */
bool cli_write_records(const cli_linked *linked, FILE *file, const uint32_t *records,
                       uint32_t count);
const char *cli_conflict_name(starlings_conflict_kind kind);

#endif
