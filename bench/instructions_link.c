/* instructions_link.c - linking 20,000 records, for tests/tools/callgrind.sh: beside
   instructions.c, whose counts then depend on starlings.h alone. What runs inside measured() is
   adding them in batches and one resolution; one thread, the same records always. */
#define STARLINGS_IMPLEMENTATION
#include "records.h"

enum { LINK_BATCHES = 4 };

typedef struct workload {
    starlings_linker *linker;
    records_batch *batches[LINK_BATCHES];
} workload;

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

/* Not static and called through a volatile pointer, so that a function of this name is there for
   callgrind to find. */
bool measured(workload *w);
bool measured(workload *w)
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

int main(void)
{
    bool (*volatile counted)(workload *w) = measured;
    workload w;
    bool ok;
    memset(&w, 0, sizeof w);
    ok = make_records(&w) && counted(&w);
    starlings_linker_release(w.linker);
    for (int i = 0; i < LINK_BATCHES; i++)
        records_batch_free(w.batches[i]);
    return ok ? 0 : 1;
}
