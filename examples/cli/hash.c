/* hash.c - starlings hash: names for entities that outlive the run, made of who their records are.
   The same entities give the same output, whatever file they come from and in which order. */
#include "verbs.h"
#include <stdlib.h>
#include <string.h>

typedef struct cli_hash_job {
    cli_data data;
    starlings_collection *collection;
    starlings_partition *partition;
    size_t size;            /* bytes of a digest */
    unsigned char *digests; /* of entities, by number */
    starlings_fingerprint fingerprint;
    cli_target out;
} cli_hash_job;

/* ---- compute ---- */

/* Entities are together at every threshold: --at changes nothing there, and is not asked for. */
static int cli_hash_cut(cli_run *run, const cli_options *options, cli_hash_job *job)
{
    int code;
    if (!options->has_at && !job->data.are_groups[0])
        return cli_usage(run, options->verb_name, "%s has scored pairs: hash needs --at T",
                         cli_input_name(options->inputs[0]));
    code = cli_make_collection(run, options, &job->data, 0, &job->collection);
    if (code != CLI_OK)
        return code;
    return cli_fail_status(run, starlings_collection_partition(job->collection,
                                                               options->has_at ? options->at : 1.0,
                                                               &run->env, &job->partition));
}

/* From the records' identities: their digests and their hashes. */
static starlings_status cli_hash_keys(cli_run *run, const cli_options *options, cli_hash_job *job)
{
    const starlings_context *context = job->data.context;
    uint32_t count = job->data.record_count;
    unsigned char *records = (unsigned char *)cli_alloc(count, job->size);
    uint64_t *hashes = (uint64_t *)cli_alloc(count, sizeof *hashes);
    starlings_status status = records == NULL || hashes == NULL ? STARLINGS_ERR_NOMEM
                                                                : STARLINGS_OK;
    if (status == STARLINGS_OK)
        status = starlings_context_digests(context, &run->env, options->digest, records);
    if (status == STARLINGS_OK)
        status = starlings_context_hashes(context, &run->env, NULL, hashes);
    if (status == STARLINGS_OK)
        status = starlings_partition_stable_digests(job->partition, &run->env, options->digest,
                                                    records, job->digests);
    if (status == STARLINGS_OK)
        status = starlings_partition_fingerprints(job->partition, &run->env, NULL, hashes, NULL,
                                                  &job->fingerprint);
    free(records);
    free(hashes);
    return status;
}

/* From the records' numbers, in the order of their names: for who compares with programs that
   number the same records so. */
static starlings_status cli_hash_numbers(cli_run *run, const cli_options *options,
                                         cli_hash_job *job)
{
    starlings_status status = starlings_partition_digests(job->partition, &run->env,
                                                          options->digest, job->digests);
    if (status == STARLINGS_OK)
        status = starlings_partition_fingerprints(job->partition, &run->env, NULL, NULL, NULL,
                                                  &job->fingerprint);
    return status;
}

static int cli_hash(cli_run *run, const cli_options *options, cli_hash_job *job)
{
    job->size = starlings_digest_size(options->digest);
    job->digests = (unsigned char *)cli_alloc(starlings_partition_entity_count(job->partition),
                                              job->size);
    if (job->digests == NULL)
        return cli_no_memory(run);
    return cli_fail_status(run, options->by_number ? cli_hash_numbers(run, options, job)
                                                   : cli_hash_keys(run, options, job));
}

/* ---- write ---- */

/* An entity: what a row says. */
typedef struct cli_hash_row {
    starlings_text name; /* of its smallest record */
    uint32_t size;
    char digest[65];
} cli_hash_row;

/* Entities are written in the order of their smallest records: each when that record's turn has
   come. False: the record is not the smallest of its entity. */
static bool cli_hash_row_of(const cli_hash_job *job, uint32_t record, cli_hash_row *row)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t entity = starlings_partition_entity_of(job->partition, record);
    starlings_span span = starlings_partition_entity(job->partition, entity);
    if (span.records[0] != record)
        return false;
    row->name = starlings_context_identity(job->data.context, record).key;
    row->size = span.count;
    for (size_t i = 0; i < job->size; i++) {
        unsigned char byte = job->digests[entity * job->size + i];
        row->digest[2 * i] = digits[byte >> 4];
        row->digest[2 * i + 1] = digits[byte & 15];
    }
    row->digest[2 * job->size] = '\0';
    return true;
}

static void cli_write_hash_csv(cli_hash_job *job)
{
    FILE *file = job->out.file;
    cli_hash_row row;
    fputs("entity,size,digest\n", file);
    for (uint32_t r = 0; r < job->data.record_count && !cli_target_broken(&job->out); r++)
        if (cli_hash_row_of(job, r, &row)) {
            cli_write_text_csv(file, row.name, ',');
            fprintf(file, "%lu,%s\n", (unsigned long)row.size, row.digest);
        }
}

static void cli_write_fingerprint(FILE *file, const cli_hash_job *job)
{
    fprintf(file, "%016llx%016llx", (unsigned long long)job->fingerprint.high,
            (unsigned long long)job->fingerprint.low);
}

static void cli_write_hash_json(const cli_options *options, cli_hash_job *job)
{
    FILE *file = job->out.file;
    const char *separator = "\n";
    cli_hash_row row;
    fputs("{\"columns\": [\"entity\", \"size\", \"digest\"],\n\"rows\": [", file);
    for (uint32_t r = 0; r < job->data.record_count && !cli_target_broken(&job->out); r++)
        if (cli_hash_row_of(job, r, &row)) {
            fprintf(file, "%s{\"entity\": ", separator);
            cli_write_text_json(file, row.name);
            fprintf(file, ", \"size\": %lu, \"digest\": \"%s\"}", (unsigned long)row.size,
                    row.digest);
            separator = ",\n";
        }
    fprintf(file, "\n],\n\"digest\": \"%s\",\n\"ids\": \"%s\",\n\"records\": %lu,\n"
            "\"entities\": %lu,\n\"fingerprint\": \"",
            cli_digest_names[options->digest], options->by_number ? "numbers" : "keys",
            (unsigned long)job->data.record_count,
            (unsigned long)starlings_partition_entity_count(job->partition));
    cli_write_fingerprint(file, job);
    fputs("\"}\n", file);
}

#define CLI_HASH_NAME 36   /* columns of a name that do not push the others out of the line */
#define CLI_HASH_DIGITS 32 /* of a digest that a table shows */

/* The width of the names, and the widest size. */
static int cli_hash_width(const cli_hash_job *job, int *out_size)
{
    size_t wide = strlen("entity");
    uint32_t largest = 0;
    char text[32];
    for (uint32_t e = 0; e < starlings_partition_entity_count(job->partition); e++) {
        starlings_span span = starlings_partition_entity(job->partition, e);
        size_t width = cli_text_width(starlings_context_identity(job->data.context,
                                                                 span.records[0]).key);
        wide = width > wide && width <= CLI_HASH_NAME ? width : wide;
        largest = span.count > largest ? span.count : largest;
    }
    *out_size = (int)strlen(cli_thousands(largest, text));
    *out_size = *out_size < (int)strlen("size") ? (int)strlen("size") : *out_size;
    return (int)wide;
}

static void cli_write_hash_table(const cli_options *options, cli_hash_job *job)
{
    FILE *file = job->out.file;
    int size, wide = cli_hash_width(job, &size);
    const char *digest = cli_digest_names[options->digest];
    cli_hash_row row;
    char text[2][32];
    fprintf(file, "%-*s  %*s  %s\n", wide, "entity", size, "size", digest);
    for (uint32_t r = 0; r < job->data.record_count && !cli_target_broken(&job->out); r++)
        if (cli_hash_row_of(job, r, &row)) {
            int width = (int)cli_text_width(row.name);
            cli_write_text_plain(file, row.name);
            fprintf(file, "%*s  %*s  %.*s\n", width < wide ? wide - width : 0, "", size,
                    cli_thousands(row.size, text[0]), CLI_HASH_DIGITS, row.digest);
        }
    if (2 * job->size > CLI_HASH_DIGITS)
        fprintf(file, "only the first %d of %lu digits are shown; --format csv has them all\n",
                CLI_HASH_DIGITS, (unsigned long)(2 * job->size));
    fprintf(file, "%s records, %s entities\nfingerprint ",
            cli_thousands(job->data.record_count, text[0]),
            cli_thousands(starlings_partition_entity_count(job->partition), text[1]));
    cli_write_fingerprint(file, job);
    fputc('\n', file);
}

static int cli_write_hash(cli_run *run, const cli_options *options, cli_hash_job *job)
{
    cli_format format = cli_format_for(options->format, options->out);
    int code = cli_target_open(run, options->out, &job->out);
    if (code != CLI_OK)
        return code;
    cli_wipe_bar(run);
    if (format == CLI_FORMAT_CSV)
        cli_write_hash_csv(job);
    else if (format == CLI_FORMAT_JSON)
        cli_write_hash_json(options, job);
    else
        cli_write_hash_table(options, job);
    code = cli_target_finish(&job->out);
    return code == CLI_OK ? cli_target_publish(&job->out) : code;
}

int cli_run_hash(cli_run *run, const cli_options *options)
{
    cli_hash_job job;
    int code;
    memset(&job, 0, sizeof job);
    code = cli_read_collections(run, options, &job.data);
    if (code == CLI_OK)
        code = cli_hash_cut(run, options, &job);
    if (code == CLI_OK)
        code = cli_hash(run, options, &job);
    if (code == CLI_OK)
        code = cli_write_hash(run, options, &job);
    cli_target_abandon(&job.out);
    free(job.digests);
    starlings_partition_release(job.partition);
    starlings_collection_release(job.collection);
    cli_data_clear(&job.data);
    return code;
}
