/* facts.c - what goes into a report besides the curves. */
#include "verbs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void cli_facts_add(cli_facts *facts, const char *label, const char *text)
{
    if (facts->count == CLI_FACT_LIMIT)
        return;
    facts->list[facts->count].label = label;
    facts->list[facts->count].text = text;
    facts->count++;
}

void cli_facts_add_count(cli_facts *facts, const char *label, uint64_t count)
{
    if (facts->count < CLI_FACT_LIMIT)
        cli_facts_add(facts, label, cli_thousands(count, facts->text[facts->count]));
}

void cli_facts_add_seconds(cli_facts *facts, const char *label, double seconds)
{
    if (facts->count == CLI_FACT_LIMIT)
        return;
    snprintf(facts->text[facts->count], sizeof facts->text[0], "%.1f ms", 1e3 * seconds);
    cli_facts_add(facts, label, facts->text[facts->count]);
}

static bool cli_is_plain_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./,:=+@%";
    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

/* Write `word` so that a shell reads it back as one word; returns where it ends. A quote takes
   four letters, so 4 * strlen + 3 is enough. */
static char *cli_quote_word(char *at, const char *word)
{
    size_t size = strlen(word);
    if (cli_is_plain_word(word)) {
        memcpy(at, word, size);
        return at + size;
    }
    *at++ = '\'';
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            memcpy(at, "'\\''", 4);
            at += 4;
        } else {
            *at++ = *word;
        }
    }
    *at++ = '\'';
    return at;
}

void cli_facts_add_command(cli_facts *facts, const cli_run *run)
{
    size_t size = 16;
    char *at;
    for (int i = 1; i < run->argc; i++)
        size += 4 * strlen(run->argv[i]) + 3;
    facts->command = (char *)cli_alloc(size, 1);
    if (facts->command != NULL) {
        at = facts->command;
        memcpy(at, "starlings", 9);
        at += 9;
        for (int i = 1; i < run->argc; i++) {
            *at++ = ' ';
            at = cli_quote_word(at, run->argv[i]);
        }
        *at = '\0';
        cli_facts_add(facts, "Command", facts->command);
    }
    cli_facts_add(facts, "Version", "starlings " STARLINGS_VERSION_STRING);
}

void cli_facts_clear(cli_facts *facts)
{
    free(facts->command);
    facts->command = NULL;
}

void cli_add_report_metrics(starlings_metric_set *set, bool has_truth)
{
    starlings_metric_set_add(set, STARLINGS_METRIC_CLUSTERS_B);
    starlings_metric_set_add(set, STARLINGS_METRIC_MAX_SIZE_B);
    if (!has_truth)
        return;
    starlings_metric_set_add(set, STARLINGS_METRIC_PAIRWISE_PRECISION);
    starlings_metric_set_add(set, STARLINGS_METRIC_PAIRWISE_RECALL);
    starlings_metric_set_add(set, STARLINGS_METRIC_PAIRWISE_F1);
    starlings_metric_set_add(set, STARLINGS_METRIC_BCUBED_F1);
}

/* The run of rows around the best whose values differ from it by at most REPORT_NEAR, as
   thresholds. The last bit of a difference is not to decide. */
static void cli_find_near(const starlings_sweep *sweep, starlings_metric metric, report_sums *sums)
{
    const uint32_t *keys = starlings_sweep_keys(sweep);
    size_t rows = starlings_sweep_row_count(sweep), first = sums->best.row, last = first;
    while (first > 0 && fabs(starlings_sweep_value(sweep, metric, first - 1) - sums->best.value) <=
                            REPORT_NEAR + 1e-12)
        first--;
    while (last + 1 < rows && fabs(starlings_sweep_value(sweep, metric, last + 1) -
                                   sums->best.value) <= REPORT_NEAR + 1e-12)
        last++;
    sums->near_from = keys[first];
    sums->near_to = keys[last];
    if (starlings_sweep_is_exact(sweep)) /* a row holds from just above the row before it */
        sums->near_from = first > 0 ? keys[first - 1] + 1 : 0;
}

int cli_sum_up(cli_run *run, const starlings_sweep *sweep, starlings_metric metric,
               report_sums *sums)
{
    const uint32_t *keys = starlings_sweep_keys(sweep);
    uint32_t from = starlings_sweep_is_exact(sweep) ? 0 : keys[0];
    uint32_t to = keys[starlings_sweep_row_count(sweep) - 1];
    starlings_status status = STARLINGS_OK;
    sums->area = sums->mean = (double)NAN;
    /* the metric is there and has a direction: it fails only where no row has a value */
    sums->has_best = starlings_sweep_best(sweep, metric, &sums->best) == STARLINGS_OK;
    if (sums->has_best) {
        cli_find_near(sweep, metric, sums);
        status = starlings_sweep_area(sweep, metric, &sums->area);
    }
    if (status == STARLINGS_OK && to > from)
        sums->mean = sums->area / starlings_key_threshold(to - from);
    if (status == STARLINGS_OK)
        status = starlings_sweep_average(sweep, STARLINGS_METRIC_PAIRWISE_PRECISION,
                                         STARLINGS_METRIC_PAIRWISE_RECALL, &sums->average);
    return cli_fail_status(run, status);
}

/* How many entities of each size there are at a key. */
static starlings_status cli_count_sizes(cli_run *run, starlings_hierarchy *hierarchy, uint32_t key,
                                        starlings_size_count **out_sizes, size_t *out_count)
{
    starlings_partition_desc desc;
    starlings_partition *partition = NULL;
    starlings_size_count *sizes = NULL;
    starlings_status status;
    size_t count = 0;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = hierarchy;
    desc.threshold = starlings_key_threshold(key);
    desc.skip_labels = true;
    desc.env = run->env;
    status = starlings_partition_create(&desc, &partition);
    if (status == STARLINGS_OK)
        status = starlings_partition_sizes(partition, &run->env, NULL, 0, &count);
    if (status == STARLINGS_OK) {
        sizes = (starlings_size_count *)cli_alloc(count, sizeof *sizes);
        status = sizes == NULL ? STARLINGS_ERR_NOMEM
                               : starlings_partition_sizes(partition, &run->env, sizes, count,
                                                           &count);
    }
    starlings_partition_release(partition);
    *out_sizes = sizes;
    *out_count = count;
    return status;
}

/* Where edges and entities are compared: at the tenths, or at some rows of a grid. */
static void cli_pick_score_rows(const starlings_sweep *sweep, report_scores *scores)
{
    const uint32_t *keys = starlings_sweep_keys(sweep);
    size_t rows = starlings_sweep_row_count(sweep);
    bool exact = starlings_sweep_is_exact(sweep);
    scores->row_count = exact || rows > REPORT_SCORE_ROWS ? REPORT_SCORE_ROWS : rows;
    for (size_t i = 0; i < scores->row_count; i++) {
        size_t spaced = rows <= REPORT_SCORE_ROWS ? i : i * (rows - 1) / (REPORT_SCORE_ROWS - 1);
        uint32_t tenth = (uint32_t)i * (STARLINGS_ONE / 10);
        scores->rows[i] = exact ? starlings_sweep_row_at(sweep, tenth) : spaced;
        scores->keys[i] = exact ? tenth : keys[spaced];
    }
}

int cli_gather_scores(cli_run *run, const cli_edges *edges, const starlings_partition *truth,
                      const starlings_sweep *sweep, report_scores *scores)
{
    starlings_status status;
    memset(scores, 0, sizeof *scores);
    cli_pick_score_rows(sweep, scores);
    status = starlings_edges_calibrate(edges->list, edges->count, truth, &run->env, scores->bins,
                                       REPORT_BINS, &scores->whole);
    if (status == STARLINGS_OK)
        status = starlings_edges_count_true(edges->list, edges->count, edges->decimals, truth,
                                            &run->env, scores->keys, scores->row_count,
                                            scores->edges, scores->true_edges);
    return cli_fail_status(run, status);
}

int cli_write_report(cli_run *run, cli_target *target, starlings_hierarchy *hierarchy,
                     report_data *data)
{
    size_t rows = starlings_sweep_row_count(data->sweep);
    starlings_plateau plateaus[REPORT_PLATEAUS];
    starlings_size_count *sizes = NULL;
    starlings_status status;
    size_t count = 0;
    bool written;
    data->sizes_key = data->sums.has_best ? data->sums.best.key
                                          : starlings_sweep_keys(data->sweep)[rows / 2];
    status = cli_count_sizes(run, hierarchy, data->sizes_key, &sizes, &data->size_count);
    if (status == STARLINGS_OK)
        status = starlings_hierarchy_plateaus(hierarchy, &run->env, plateaus, REPORT_PLATEAUS,
                                              &count);
    if (status != STARLINGS_OK) {
        free(sizes);
        return cli_fail_status(run, status);
    }
    data->sizes = sizes;
    data->plateaus = plateaus;
    data->plateau_count = count < REPORT_PLATEAUS ? count : REPORT_PLATEAUS;
    written = report_write(target->file, data);
    if (!written && cli_target_broken(target))
        written = true; /* cli_target_finish knows better what is wrong */
    data->sizes = NULL;
    data->size_count = 0;
    data->plateaus = NULL;
    data->plateau_count = 0;
    free(sizes);
    if (!written)
        return cli_no_memory(run);
    return cli_target_finish(target);
}
