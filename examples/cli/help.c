/* help.c - the texts of --help, all within 80 columns. */
#include "options.h"
#include <string.h>

static const char cli_help_program[] =
    "starlings: scored pairs of records in, entities at every threshold out\n"
    "\n"
    "  starlings demo                   made-up data from start to end, no input\n"
    "  starlings sweep EDGES            metrics at many or at all thresholds\n"
    "  starlings cluster EDGES --at T   record,entity at one threshold\n"
    "  starlings compare PREDICTION REFERENCE\n"
    "                                   metrics of one partition against another\n"
    "\n"
    "  starlings VERB --help            the options of a verb\n"
    "  starlings --version\n"
    "\n"
    "EDGES is a CSV of scored pairs, for example record_a,record_b,score.\n"
    "Exit codes: 0 done; 1 bad data or an input that cannot be read; 2 wrong usage;\n"
    "3 memory, disk or a closed output; 130 interrupted.\n";

static const char cli_help_demo[] =
    "starlings demo [--report FILE.html] [--threads N] [--records N]\n"
    "\n"
    "Makes up a million records and a million scored pairs, builds the hierarchy of\n"
    "all partitions, compares each of them with the truth, and writes a report.\n"
    "\n"
    "  --report FILE    where the report goes; default demo-report.html\n"
    "  --records N      another number of records and pairs\n"
    "  --threads N      1 to 256; default: the processors that are online\n";

static const char cli_help_sweep[] =
    "starlings sweep EDGES [options]\n"
    "\n"
    "One row for each threshold, one column for each metric. With a truth it also\n"
    "finds the best threshold: the last lines of a table, \"best\" in JSON.\n"
    "\n"
    "  --truth FILE     who belongs to whom: record,entity. All its records count,\n"
    "                   and the edges must not have others\n"
    "  --records FILE   more records, which may have no edges\n"
    "  --from T --to T --step T   the thresholds; default 0, 1 and 0.01, each a\n"
    "                   multiple of 0.000001; scores are rounded to --quantise\n"
    "                   decimals first\n"
    "  --exact          every threshold at which anything changes; a row holds for\n"
    "                   all thresholds above the row before it, up to its own\n"
    "  --metrics LIST   names with commas between, or all\n"
    "  --best METRIC    what the best threshold is best in; default pairwise_f1\n"
    "  --report FILE    also write a page with the curves\n"
    "  --quantise Q     round scores to Q decimals, 1 to 6; default 6\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the rows to a file\n"
    "  --left NAME --right NAME --score NAME --source-left NAME --source-right NAME\n"
    "                   columns of EDGES; default: found by their usual names\n"
    "  --record NAME --entity NAME --source NAME   columns of the truth and of\n"
    "                   --records\n"
    "\n"
    "- as a file name is standard input or output.\n";

static const char cli_help_cluster[] =
    "starlings cluster EDGES --at T [options]\n"
    "\n"
    "Rows of record,entity at one threshold, in the order of records. An entity is\n"
    "named by its smallest record; records without edges stand alone.\n"
    "\n"
    "  --at T           the threshold, any number from 0 to 1; pairs that score T or\n"
    "                   more, rounded to --quantise decimals first, are joined\n"
    "  --records FILE   more records, which may have no edges\n"
    "  --quantise Q     round scores to Q decimals, 1 to 6; default 6\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the rows to a file\n"
    "  --left NAME --right NAME --score NAME --source-left NAME --source-right NAME\n"
    "                   columns of EDGES; default: found by their usual names\n"
    "  --record NAME --source NAME    columns of --records\n"
    "\n"
    "- as a file name is standard input or output.\n";

static const char cli_help_compare[] =
    "starlings compare PREDICTION REFERENCE [options]\n"
    "\n"
    "Metrics of one record,entity file against another.\n"
    "\n"
    "  --metrics LIST   names with commas between, or all\n"
    "  --over intersection|union    what to do when the files do not have the same\n"
    "                   records: take only those that are in both files, or let the\n"
    "                   missing ones stand alone; without it that is an error\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the values to a file\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "  --record NAME --entity NAME --source NAME   columns of both files; default:\n"
    "                   found by their usual names\n"
    "\n"
    "- as a file name is standard input or output.\n";

void cli_print_help(FILE *file, const char *verb_name)
{
    static const char *const texts[4] = { cli_help_demo, cli_help_sweep, cli_help_cluster,
                                          cli_help_compare };
    const char *text = cli_help_program;
    for (int i = 0; i < 4 && verb_name != NULL; i++)
        if (strcmp(verb_name, cli_verb_names[i]) == 0)
            text = texts[i];
    fputs(text, file);
}
