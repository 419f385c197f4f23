/* smoke_linker.h - one walk through the linker, for programs that are put together in unusual ways:
   rules -> records -> resolution -> why not. True if all of it is right. Compiles as C11 and
   C++11. */
#ifndef STARLINGS_TEST_SMOKE_LINKER_H
#define STARLINGS_TEST_SMOKE_LINKER_H

#include "../../starlings_linker.h"
#include "smoke.h"

/* Records 0 and 1 are one by name. 2 says the same name, but the register that record 0 is of says
   that these two are not one; 3 says it at another time. */
static bool smoke_linker_add(starlings_linker *linker)
{
    static const char *const said[4][4] = { { "register", "a", "Ann", "1" },
                                            { "web", "b", "Ann", "" },
                                            { "register", "c", "Ann", "2" },
                                            { "web", "d", "Ann", "" } };
    starlings_descriptor facts[4][2];
    starlings_temporal_record records[4];
    memset(facts, 0, sizeof facts);
    memset(records, 0, sizeof records);
    for (int i = 0; i < 4; i++) {
        facts[i][0].attribute = starlings_text_of("name");
        facts[i][1].attribute = starlings_text_of("number");
        for (int k = 0; k < 2; k++) {
            facts[i][k].value = starlings_text_of(said[i][2 + k]);
            facts[i][k].valid.start = i == 3 ? 200 : 0;
            facts[i][k].valid.end = i == 3 ? 300 : 100;
        }
        records[i].perspective = starlings_text_of(said[i][0]);
        records[i].uid = starlings_text_of(said[i][1]);
        records[i].descriptors = facts[i];
        records[i].descriptor_count = said[i][3][0] != '\0' ? 2 : 1;
    }
    return starlings_linker_add(linker, records, 4, NULL) == STARLINGS_OK &&
           starlings_linker_record_count(linker) == 4;
}

static bool smoke_resolution(const starlings_resolution *resolution, const starlings_env *env)
{
    const starlings_partition *p = starlings_resolution_partition(resolution);
    starlings_apart apart = STARLINGS_APART_NOT;
    starlings_clash clash;
    size_t count = 0;
    bool matches = false;
    return starlings_partition_entity_count(p) == 3 &&
           starlings_partition_entity_of(p, 0) == starlings_partition_entity_of(p, 1) &&
           starlings_resolution_why_not(resolution, 0, 2, env, &apart, &matches, &clash, 1,
                                        &count) == STARLINGS_OK &&
           apart == STARLINGS_APART_BY_CLASH && matches && count == 1 && clash.valid.end == 100;
}

static bool smoke_linker_with(const starlings_env *env)
{
    starlings_linker_desc desc;
    starlings_ontology *ontology = NULL;
    starlings_linker *linker = NULL;
    starlings_resolution *resolution = NULL;
    bool ok;
    memset(&desc, 0, sizeof desc);
    ok = starlings_ontology_create(env, &ontology) == STARLINGS_OK &&
         starlings_ontology_read(ontology, starlings_text_of("key who: name\nstrong number\n")) ==
             STARLINGS_OK;
    desc.ontology = ontology;
    desc.env = *env;
    ok = ok && starlings_linker_create(&desc, &linker) == STARLINGS_OK;
    starlings_ontology_release(ontology);
    ok = ok && smoke_linker_add(linker) &&
         starlings_linker_resolve(linker, &resolution) == STARLINGS_OK;
    starlings_linker_release(linker);
    ok = ok && smoke_resolution(resolution, env);
    starlings_resolution_release(resolution);
    return ok;
}

static inline bool smoke_linker(void)
{
    starlings_env env;
    memset(&env, 0, sizeof env);
    env.workers.count = 2;
    return smoke() && smoke_linker_with(&env);
}

#endif
