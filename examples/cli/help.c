/* help.c - the texts of --help, all within 80 columns. */
#include "options.h"
#include <string.h>

/* Begins in the middle of a line. */
#define CLI_SHORT_NAMES \
    "Short names:\n" \
    "                   f1, precision, recall, dice, wallace_1, wallace_2 (pairwise),\n" \
    "                   nmi and ami (arithmetic),\n" \
    "                   entities and entity_count (clusters_b), entropy (entropy_b)\n"

/* What all verbs take that read scored pairs and record,entity alike; the end of their help. */
#define CLI_EITHER_KIND \
    "  --quantise Q     round scores to Q decimals, 1 to 6; default 6\n" \
    "  --threads N      1 to 256; default: the processors that are online\n" \
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n" \
    "  --out FILE       write the rows to a file\n" \
    "  --left NAME --right NAME --score NAME --source-left NAME --source-right NAME\n" \
    "                   columns of scored pairs; default: found by their usual names\n" \
    "  --record NAME --entity NAME --source NAME   columns of files of entities\n" \
    "\n" \
    "- as a file name is standard input or output.\n"

/* What link, query and why take: the end of their help, a text of its own as one of more than 4095
   characters is not portable. */
static const char cli_help_linked[] =
    "RECORDS is a CSV with a row for each record:\n"
    "  --uid NAME       what a record is called in its source; default: the column\n"
    "                   record, unique_id, uid or id\n"
    "  --source NAME    who says it; default: source, source_dataset or perspective;\n"
    "                   such records are known as source-__-uid; '' for no column\n"
    "  --from NAME --to NAME    when it holds: from the first time on, at the second\n"
    "                   no more; dates as 2020-12-31 or whole numbers; empty is\n"
    "                   unbounded. Default: valid_from or from or start, valid_to or\n"
    "                   to or end; '' for no column\n"
    "  --type T, --type-column NAME    what the records are, where RULES have types;\n"
    "                   with a column they are known as type:source-__-uid\n"
    "  all other columns are attributes; several values have ; between them.\n"
    "A row of a record that was there says the same, or is an error:\n"
    "  --repeated first|add    the first row of a record counts; or its rows add up,\n"
    "                   each for its time, as in tables that keep their history\n"
    "\n"
    "RULES has one rule a line, # begins a comment:\n"
    "  key NAME: a, b   records with the same a and b at the same time are one entity\n"
    "  key_weight NAME 0.9    what a match by that key is worth; else 1\n"
    "  strong a         unless one source gives them different a at the same time\n"
    "  strong a many    a has several values: unless they have none in common\n"
    "  scope any        strong identifiers of different sources count as well\n"
    "  permanent a, b   what is said of a, b holds for all time\n"
    "  unique a, unique_within a    no two values at once in an entity, no value at\n"
    "                   once in two; unique_within: by one source. Reported, or\n"
    "                   with --constraints block the first half keeps apart\n"
    "  weight SOURCE 0.8, authority a SOURCE    for golden records\n"
    "  type NAME        the rules that follow are for records of that type\n"
    "\n"
    "The order of rows does not matter.\n"
    "- as a file name is standard input or output.\n";

#define CLI_POLICIES \
    "  --policy omit|weight|authority|latest|majority    what holds where records of\n" \
    "                   an entity contradict each other: nothing (default); what the\n" \
    "                   source of the highest weight says; what the authority says;\n" \
    "                   what began last; what most records say. Else nothing\n"

static const char cli_help_program[] =
    "starlings: scored pairs of records in, entities at every threshold out\n"
    "\n"
    "  starlings demo                   made-up data from start to end, no input\n"
    "  starlings sweep EDGES            metrics at many or at all thresholds\n"
    "  starlings cluster EDGES --at T   record,entity at one threshold\n"
    "  starlings compare PREDICTION REFERENCE\n"
    "                                   metrics of one partition against another\n"
    "  starlings compare PREDICTION --labels SAMPLE --weights W\n"
    "                                   estimates from entities checked by hand\n"
    "  starlings diff OLD NEW           what became of entities, and which ids stay\n"
    "  starlings grid EDGES1 EDGES2     all thresholds of one against all of another\n"
    "  starlings analyse NAME=FILE ...  several resolvers side by side\n"
    "  starlings stats FILE ...         what is in files of edges or entities\n"
    "  starlings hash FILE              digests of entities, and of all together\n"
    "  starlings metrics                the list of metrics\n"
    "\n"
    "records that hold for a time in, entities over time out:\n"
    "  starlings link RECORDS --ontology RULES\n"
    "                                   who is one entity, what contradicts itself,\n"
    "                                   what holds when\n"
    "  starlings query RECORDS --ontology RULES --where ATTRIBUTE=VALUE\n"
    "                                   which entities fit, and when\n"
    "  starlings why RECORDS A B --ontology RULES\n"
    "                                   what makes two records one entity, or keeps\n"
    "                                   them apart\n"
    "\n"
    "  starlings help VERB, starlings VERB --help    the options of a verb\n"
    "  starlings --version\n"
    "\n"
    "EDGES is a CSV of scored pairs, for example record_a,record_b,score; RECORDS one\n"
    "of records, for example record,source,valid_from,valid_to,name,email.\n"
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
    "finds the best threshold, the range around it that is within 0.01 of it, the\n"
    "area under that metric over thresholds and the mean, and the average precision\n"
    "of pairs: the last lines of a table, \"best\" in JSON.\n"
    "\n"
    "  --truth FILE     who belongs to whom: record,entity. All its records count,\n"
    "                   and the edges must not have others\n"
    "  --unlabelled drop|keep     what to do with records that the truth lacks, which\n"
    "                   is an error without it. drop: take only those that it has;\n"
    "                   this overstates precision if whole entities were labelled,\n"
    "                   but not if records are missing at random. keep: each is an\n"
    "                   entity of its own in the truth, so joining it counts as\n"
    "                   wrong; this understates precision\n"
    "  --records FILE   more records, which may have no edges\n"
    "  --from T --to T --step T   the thresholds; default 0, 1 and 0.01, each a\n"
    "                   multiple of 0.000001; scores are rounded to --quantise\n"
    "                   decimals first\n"
    "  --exact          every threshold at which anything changes; a row holds for\n"
    "                   all thresholds above the row before it, up to its own\n"
    "  --metrics LIST   names with commas between; all stands for those that are had\n"
    "                   at every threshold; the others do not go with --exact\n"
    "                   (starlings metrics tells which they are). " CLI_SHORT_NAMES
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
    "starlings compare PREDICTION --labels SAMPLE --weights W [options]\n"
    "\n"
    "Metrics of one record,entity file against another; or, where only some entities\n"
    "have been checked by hand, estimates of them for all records, each with its\n"
    "standard error and the interval low ... high, which can exceed 1.\n"
    "\n"
    "  --metrics LIST   names with commas between; all stands for all of them.\n"
    "                   " CLI_SHORT_NAMES
    "  --over intersection|union    what to do when the files do not have the same\n"
    "                   records: take only those that are in both files, or let the\n"
    "                   missing ones stand alone; without it that is an error\n"
    "  --labels FILE    the entities that were checked, each with all its records:\n"
    "                   record,entity of some records of PREDICTION\n"
    "  --weights W      how the sample was drawn. There is no default, as a wrong one\n"
    "                   does not show in the result:\n"
    "        cluster_size   records were drawn, and their entities labelled\n"
    "        uniform        entities were drawn. Where big entities are rare, the\n"
    "                       interval of precision is then too narrow: of 95 % it\n"
    "                       held the truth in 87 %, as measured\n"
    "        FILE           entity,weight: 1 over the chance of each to be drawn\n"
    "  --confidence C   of the intervals; default 0.95\n"
    "  --replicates N   also a bootstrap over entities: boot_low ... boot_high;\n"
    "                   empty, as low and high, for a sample of one entity\n"
    "  --seed N         of the bootstrap; default 0\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the values to a file\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "  --record NAME --entity NAME --source NAME   columns of all files; default:\n"
    "                   found by their usual names\n"
    "\n"
    "- as a file name is standard input or output.\n";

static const char cli_help_metrics[] =
    "starlings metrics [--format table|csv|json] [--out FILE]\n"
    "\n"
    "All metrics: name, range, what is better, whether a sweep has it at every\n"
    "threshold or only at those that are asked for, formula, source.\n";

static const char cli_help_grid[] =
    "starlings grid EDGES1 EDGES2 [options]\n"
    "\n"
    "The partition of EDGES1 at each threshold as the truth of that of EDGES2 at\n"
    "each threshold, over the records of both: threshold_a,threshold_b and metrics.\n"
    "The best pair is the last line of a table, \"best\" in JSON. Where all is joined\n"
    "or nothing is, any two files agree: look for good pairs away from the corners.\n"
    "\n"
    "  --from T --to T --step T   the thresholds of both; default 0, 1 and 0.05;\n"
    "                   with none of them given, they start at the last of these that\n"
    "                   is not above the lowest score of both files\n"
    "  --from2 T --to2 T --step2 T    those of EDGES2; default: the same\n"
    "  --equal-counts N,N,...     only the thresholds at which both have at most so\n"
    "                   many entities: entities,threshold_a,threshold_b and metrics,\n"
    "                   fowlkes_mallows by default; empty where a file has more\n"
    "  --metrics LIST   names with commas between; all stands for those that are had\n"
    "                   at every threshold. " CLI_SHORT_NAMES
    "  --best METRIC    what the best pair is best in; default pairwise_f1, with\n"
    "                   --equal-counts fowlkes_mallows; of equals the highest\n"
    "                   threshold_a is taken, then threshold_b\n"
    "  --report FILE    also write a page with a heat map of each metric\n"
    "  --records FILE   more records, which may have no edges\n"
    "  --quantise Q     round scores to Q decimals, 1 to 6; default 6\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the rows to a file\n"
    "  --left NAME --right NAME --score NAME --source-left NAME --source-right NAME\n"
    "                   columns of both files; default: found by their usual names\n"
    "  --record NAME --source NAME    columns of --records\n"
    "\n"
    "- as a file name is standard input or output.\n";

static const char cli_help_diff[] =
    "starlings diff OLD NEW [options]\n"
    "\n"
    "What became of the entities of one record,entity file in a later one, which may\n"
    "have other records, and which ids stay. Entities that share records hang\n"
    "together in one change:\n"
    "  unchanged        the same records\n"
    "  grown            records came that OLD lacks\n"
    "  shrunk           records left that NEW lacks\n"
    "  altered          both\n"
    "  merged           several became one\n"
    "  split            one became several\n"
    "  rearranged       several became several\n"
    "  new, gone        the other file has none of its records\n"
    "\n"
    "Ids: of all pairs of an old and a new entity, the one with the most shared\n"
    "records first, the new entity takes the id of the old one, unless that id is\n"
    "taken or it has one. Of equal pairs the one with fewer records in all goes\n"
    "first, then the one with the smallest shared record.\n"
    "\n"
    "Rows of csv and json: kind; group, one number for each change; old_entity and\n"
    "new_entity as their files name them; id, that of new_entity from now on; follow,\n"
    "1 in the one row that says where an old id leads; shared, records of both;\n"
    "old_size; new_size; record, the smallest that is shared. There is a row for each\n"
    "pair that shares records, and for each entity that is new or gone, with its\n"
    "smallest record. A table has the sums and the largest changes.\n"
    "\n"
    "  --survivors FILE write record,entity of NEW with these ids: the old one where\n"
    "                   it stays, else that of NEW, or where OLD has it for another\n"
    "                   entity, the first of ID-2, ID-3 ... that neither file has\n"
    "                   (ids that ended before OLD are not known: name those of NEW\n"
    "                   as no run before has, say with its date)\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the rows to a file\n"
    "  --record NAME --entity NAME --source NAME   columns of both files; default:\n"
    "                   found by their usual names\n"
    "\n"
    "- as a file name is standard input or output.\n";

static const char cli_help_analyse[] =
    "starlings analyse NAME=FILE ... [options]\n"
    "\n"
    "Each FILE is scored pairs or record,entity, told apart by its header, and is a\n"
    "collection called NAME; without a name it is called as the file, without its\n"
    "ending. Of several collections each is compared with one, the reference, at some\n"
    "thresholds; one alone is measured. Entities are the same at every threshold.\n"
    "Rows: collection, threshold, reference, reference_threshold, metrics. A table\n"
    "marks the best row of each collection and ends with those, the best one first.\n"
    "\n"
    "  --reference NAME, --reference NAME@T    what the others are compared with,\n"
    "                   scored pairs at threshold T; default: the last file, if it is\n"
    "                   of entities\n"
    "  --cut NAME@T     take a collection at one threshold; any number of times\n"
    "  --sweep NAME, --sweep NAME@FROM:TO, --sweep NAME@FROM:TO:STEP\n"
    "                   or at many, multiples of 0.000001; default 0:1:0.01. That is\n"
    "                   also what is done with pairs for which nothing is said. A\n"
    "                   reference can be swept, too\n"
    "  --metrics LIST   names with commas between; all stands for those that are had\n"
    "                   at every threshold. " CLI_SHORT_NAMES
    "  --best METRIC    what the best threshold is best in; default pairwise_f1; of\n"
    "                   equals the highest threshold is taken\n"
    "  --over frame|common    compare over all records there are, those that a file\n"
    "                   lacks standing alone in it (default), or over those that all\n"
    "                   files have\n"
    "  --records FILE   more records, which may have no edges\n"
    CLI_EITHER_KIND;

static const char cli_help_stats[] =
    "starlings stats NAME=FILE ... [options]\n"
    "\n"
    "What is in files of scored pairs or of record,entity, told apart by their\n"
    "headers: records, edges, entities and the largest of them at some thresholds;\n"
    "stability, the mean share of entities that outlive a step of the threshold by\n"
    "0.1; sensitivity, the largest share of them that a step of 0.01 changes. A table\n"
    "and JSON also say which records the files have in common, how much memory they\n"
    "take, and what to expect of a job of that size. NAME defaults to that of the\n"
    "file, without its ending.\n"
    "\n"
    CLI_EITHER_KIND;

static const char cli_help_hash[] =
    "starlings hash FILE [options]\n"
    "\n"
    "A digest of each entity: entity,size,digest, in the order of their smallest\n"
    "records, by which they are named. FILE is record,entity, or scored pairs and a\n"
    "threshold, told apart by its header. A digest is made of who the records are, so\n"
    "an entity has the same one in any file that has it. The last line of a table and\n"
    "\"fingerprint\" in JSON stand for all entities together: two files with the same\n"
    "one have the same entities, unless somebody made them to deceive.\n"
    "\n"
    "  --at T           the threshold of scored pairs, any number from 0 to 1\n"
    "  --digest sha256|blake3|md5    default sha256; md5 only to meet older ids\n"
    "  --ids keys|numbers    keys: from the names of records (default). numbers: from\n"
    "                   their places in the order of names, from 0; these compare\n"
    "                   only between files of the same records\n"
    "  --records FILE   more records, each an entity of its own\n"
    "  --quantise Q     round scores to Q decimals, 1 to 6; default 6\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the rows to a file\n"
    "  --left NAME --right NAME --score NAME --source-left NAME --source-right NAME\n"
    "                   columns of scored pairs; default: found by their usual names\n"
    "  --record NAME --entity NAME --source NAME   columns of entities\n"
    "\n"
    "- as a file name is standard input or output.\n";

static const char cli_help_link[] =
    "starlings link RECORDS --ontology RULES [options]\n"
    "\n"
    "Links records that hold for a time: two are one entity if they agree on a key at\n"
    "the same time, directly or by others between them, unless a strong identifier\n"
    "tells them apart. Prints sums: rows, records, entities, components that keys\n"
    "alone make and those in which identifiers clash, merges refused, conflicts.\n"
    "\n"
    "  --out FILE       record,entity; an entity is named by its smallest record\n"
    "  --golden FILE    what is true of each entity when:\n"
    "                   entity,attribute,value,from,to,records,contested\n"
    CLI_POLICIES
    "  --conflicts FILE values that contradict each other, a row for each record:\n"
    "                   conflict,kind,entity,attribute,perspective,from,to,value,\n"
    "                   record. Kinds: direct (two values at once), within_record,\n"
    "                   indirect (a refused merge), unique, unique_within\n"
    "  --refused FILE   merges that identifiers refused: entities that share a key, a\n"
    "                   row for each: refusal,key,values,attribute,perspective,\n"
    "                   entity,value,record,from,to\n"
    "  --edges FILE     record_a,record_b,score: pairs that make the same entities,\n"
    "                   scored by key weights; for starlings sweep and cluster\n"
    "  --graph FILE     records, entities, matches, conflicts; its ending .dot,\n"
    "                   .graphml or .jsonl says how\n"
    "  --report FILE    a page with the time line of one entity\n"
    "  --entity RECORD  of this record; default: of the one with the most conflicts,\n"
    "                   of equal ones the largest\n"
    "  --at TIME        in --golden, --conflicts and --refused only rows that hold\n"
    "                   then, in --out only records that do; a line on the page; who\n"
    "                   is one entity is still decided by all times\n"
    "  --names          readable names of entities instead of records\n"
    "  --format table|csv|json    of the sums; default: table on a terminal, csv\n"
    "                   elsewhere. Files are CSV. The sums are not printed if a file\n"
    "                   is -\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "\n";

static const char cli_help_query[] =
    "starlings query RECORDS --ontology RULES --where ATTRIBUTE=VALUE ... [options]\n"
    "\n"
    "Links as starlings link does; which entities have all these values at one time,\n"
    "each by any of their records? A row for each value of the golden record while\n"
    "the entity fits, or one without a value: entity,from,to,attribute,value,\n"
    "value_from,value_to,records,contested. Entities that fit at\n"
    "the same time are pairs that the question does not tell apart: they are counted\n"
    "in a note, listed in a table and in JSON.\n"
    "\n"
    "  --where A=V      a condition; any number of times, all must hold\n"
    "  --at TIME        only what holds then\n"
    "  --from-date TIME --to-date TIME    only what holds at some time from the first\n"
    "                   on, before the second. Times are printed as long as they are,\n"
    "                   those of pairs as far as they are asked for\n"
    CLI_POLICIES
    "  --names          readable names of entities instead of records\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the rows to a file\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "\n";

static const char cli_help_why[] =
    "starlings why RECORDS A B --ontology RULES [options]\n"
    "\n"
    "Links as starlings link does. If the records A and B, named as link --out does,\n"
    "are one entity: the chain of matches that makes them one, of all chains one\n"
    "whose weakest key is strongest. If not, what keeps them apart:\n"
    "  types            they are of two types\n"
    "  keys             no chain of matches joins them, whatever identifiers say\n"
    "  clash            their entities have different values of an identifier\n"
    "  others           each chain goes through a record that was kept apart\n"
    "Rows: kind,step,record_a,record_b,key,attribute,value_a,value_b,from,to; of a\n"
    "match a row for each attribute of its key.\n"
    "\n"
    "  --format table|csv|json    default: table on a terminal, csv elsewhere\n"
    "  --out FILE       write the rows to a file\n"
    "  --threads N      1 to 256; default: the processors that are online\n"
    "\n";

void cli_print_help(FILE *file, const char *verb_name)
{
    static const char *const texts[CLI_VERB_COUNT] = { cli_help_demo,    cli_help_sweep,
                                                       cli_help_cluster, cli_help_compare,
                                                       cli_help_metrics, cli_help_grid,
                                                       cli_help_diff,    cli_help_analyse,
                                                       cli_help_stats,   cli_help_hash,
                                                       cli_help_link,    cli_help_query,
                                                       cli_help_why };
    const char *text = cli_help_program;
    for (int i = 0; i < CLI_VERB_COUNT && verb_name != NULL; i++)
        if (strcmp(verb_name, cli_verb_names[i]) == 0)
            text = texts[i];
    fputs(text, file);
    if (text == cli_help_link || text == cli_help_query || text == cli_help_why)
        fputs(cli_help_linked, file);
}
