/* instructions.c - five fixed workloads whose instructions tests/tools/callgrind.sh counts: plain
   kernels, one thread, the same data always. Only what runs inside measured() counts, the making
   of data and objects before it does not.
   Usage: instructions build3|build6|sweep|sweep_all|csv */
#define STARLINGS_IMPLEMENTATION
#include "data.h"

typedef struct workload {
    bench_data data;
    starlings_metric_set metrics;
    char *text; /* a CSV */
    size_t size;
    size_t at; /* read so far */
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
    } else {
        fprintf(stderr, "usage: instructions build3|build6|sweep|sweep_all|csv\n");
        return 2;
    }
    bench_dispose(&w.data);
    free(w.text);
    return ok ? 0 : 1;
}
