/* instructions.c - six fixed workloads whose instructions tests/tools/callgrind.sh counts: plain
   kernels, one thread, the same data always. Only what runs inside measured() counts, the making
   of data and objects before it does not.
   Usage: instructions build3|build6|sweep|sweep_all|csv|link */
#define STARLINGS_IMPLEMENTATION
#include "records.h"

enum { LINK_BATCHES = 4 };

typedef struct workload {
    bench_data data;
    starlings_metric_set metrics;
    char *text; /* a CSV */
    size_t size;
    size_t at; /* read so far */
    starlings_linker *linker;
    records_batch *batches[LINK_BATCHES];
} workload;

static bool build(workload *w)
{
    return bench_build(&w->data);
}

static bool sweep(workload *w)
{
    starlings_sweep_desc desc = bench_sweep_of(&w->data, false, NULL, 0);
    desc.metrics = w->metrics;
    return bench_run_sweep(&desc);
}

static starlings_status read_text(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    workload *w = (workload *)ctx;
    size_t size = w->size - w->at < capacity ? w->size - w->at : capacity;
    memcpy(bytes, w->text + w->at, size);
    w->at += size;
    *out_size = size;
    return STARLINGS_OK;
}

static bool read_csv(workload *w)
{
    starlings_csv_desc desc = { .source = { read_text, w }, .env = w->data.desc.env };
    starlings_context_desc context_desc = { .env = w->data.desc.env };
    starlings_context *context = NULL;
    starlings_csv *csv = NULL;
    starlings_edge_list list;
    bool ok;
    memset(&list, 0, sizeof list);
    ok = starlings_context_create(&context_desc, &context) == STARLINGS_OK &&
         starlings_csv_open(&desc, &csv) == STARLINGS_OK &&
         starlings_edge_list_read_csv(csv, NULL, context, false, &list) == STARLINGS_OK &&
         list.count == w->data.desc.edge_count;
    starlings_csv_close(csv);
    starlings_edge_list_clear(&list);
    starlings_context_release(context);
    return ok;
}

static bool print_csv(workload *w)
{
    size_t room = w->data.desc.edge_count * 40 + 64;
    w->text = (char *)malloc(room);
    if (w->text == NULL)
        return false;
    w->size = (size_t)snprintf(w->text, room, "record_a,record_b,score\n");
    for (size_t i = 0; i < w->data.desc.edge_count; i++)
        w->size += (size_t)snprintf(w->text + w->size, room - w->size, "%u,%u,%.6f\n",
                                    (unsigned)w->data.edges[i].a, (unsigned)w->data.edges[i].b,
                                    w->data.edges[i].weight);
    return true;
}

static bool make(workload *w, uint32_t records, uint32_t decimals)
{
    generate_desc how = { records, records, decimals, 1 };
    starlings_env env;
    memset(&env, 0, sizeof env);
    env.simd = STARLINGS_SIMD_SCALAR;
    return bench_make(&w->data, &how, &env);
}

static bool link_records(workload *w)
{
    starlings_resolution *resolution = NULL;
    bool ok = true;
    for (int i = 0; ok && i < LINK_BATCHES; i++)
        ok = starlings_linker_add(w->linker, w->batches[i]->records, RECORDS_BATCH, NULL) ==
             STARLINGS_OK;
    ok = ok && starlings_linker_resolve(w->linker, &resolution) == STARLINGS_OK &&
         starlings_resolution_statistics(resolution).contested > 0;
    starlings_resolution_release(resolution);
    return ok;
}

static bool make_records(workload *w)
{
    records_source s = { "", "", records_people, 0, 0.01, 0, 0, 0, 0, { 0 } };
    starlings_linker_desc desc;
    bool ok;
    memset(&desc, 0, sizeof desc);
    ok = starlings_ontology_create(NULL, &desc.ontology) == STARLINGS_OK &&
         starlings_ontology_read(desc.ontology, starlings_text_of(records_people_rules)) ==
             STARLINGS_OK &&
         starlings_linker_create(&desc, &w->linker) == STARLINGS_OK;
    starlings_ontology_release(desc.ontology);
    records_begin(&s, LINK_BATCHES * RECORDS_BATCH);
    for (uint32_t i = 0; ok && i < LINK_BATCHES; i++) {
        w->batches[i] = records_batch_new();
        ok = w->batches[i] != NULL;
        if (ok)
            records_make(&s, w->batches[i], i * RECORDS_BATCH, RECORDS_BATCH);
    }
    return ok;
}

typedef bool job(workload *w);

/* Not static and called through a volatile pointer, so that a function of this name is there for
   callgrind to find. */
bool measured(job *run, workload *w);
bool measured(job *run, workload *w)
{
    return run(w);
}

int main(int argc, char **argv)
{
    bool (*volatile counted)(job *run, workload *w) = measured;
    const char *name = argc > 1 ? argv[1] : "";
    workload w;
    bool ok;
    memset(&w, 0, sizeof w);
    if (strcmp(name, "build3") == 0) {
        ok = make(&w, 100000, 3) && counted(build, &w);
    } else if (strcmp(name, "build6") == 0) {
        ok = make(&w, 100000, 6) && counted(build, &w);
    } else if (strcmp(name, "sweep") == 0) {
        ok = make(&w, 100000, 6) && build(&w) && counted(sweep, &w);
    } else if (strcmp(name, "sweep_all") == 0) {
        w.metrics = starlings_metric_set_all(true, false);
        ok = make(&w, 50000, 6) && build(&w) && counted(sweep, &w);
    } else if (strcmp(name, "csv") == 0) {
        ok = make(&w, 50000, 6) && print_csv(&w) && counted(read_csv, &w);
    } else if (strcmp(name, "link") == 0) {
        ok = make_records(&w) && counted(link_records, &w);
    } else {
        fprintf(stderr, "usage: instructions build3|build6|sweep|sweep_all|csv|link\n");
        return 2;
    }
    starlings_linker_release(w.linker);
    for (int i = 0; i < LINK_BATCHES; i++)
        records_batch_free(w.batches[i]);
    bench_dispose(&w.data);
    free(w.text);
    return ok ? 0 : 1;
}
