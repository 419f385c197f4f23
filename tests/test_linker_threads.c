/* test_linker_threads.c - one linker whose work is split among threads, several linkers at a time,
   and one resolution that many threads read. Meant for the thread sanitizer; elsewhere it checks
   the answers. */

/* Of fewer than 512 records the texts are looked up by one thread. */
enum { LINKER_THREADS_BATCH = 700 };

typedef struct linker_threads_job {
    uint32_t records;
    starlings_resolution *resolution;
    uint64_t want;
    uint32_t wrong[8];
} linker_threads_job;

typedef struct linker_threads_batch {
    char texts[LINKER_THREADS_BATCH][5][24];
    starlings_descriptor facts[LINKER_THREADS_BATCH][3];
    starlings_temporal_record records[LINKER_THREADS_BATCH];
} linker_threads_batch;

/* Some three records a name; a fourth of them have a tax number that tells some of these apart. */
static void linker_threads_record(linker_threads_batch *b, uint32_t at, uint32_t number, uint32_t n,
                                  t_rng *rng)
{
    static const char *const attributes[3] = { "name", "mail", "tax" };
    char(*texts)[24] = b->texts[at];
    starlings_interval valid;
    valid.start = t_below(rng, 100);
    valid.end = valid.start + 1 + t_below(rng, 80);
    snprintf(texts[0], 24, "source%u", (unsigned)t_below(rng, 4));
    snprintf(texts[1], 24, "%u", (unsigned)number);
    snprintf(texts[2], 24, "n%u", (unsigned)t_below(rng, 1 + n / 3));
    snprintf(texts[3], 24, "m%u", (unsigned)t_below(rng, 1 + n / 2));
    snprintf(texts[4], 24, "t%u", (unsigned)t_below(rng, 3));
    memset(&b->records[at], 0, sizeof b->records[at]);
    for (uint32_t i = 0; i < 3; i++) {
        b->facts[at][i].attribute = starlings_text_of(attributes[i]);
        b->facts[at][i].value = starlings_text_of(texts[2 + i]);
        b->facts[at][i].valid = valid;
    }
    b->records[at].perspective = starlings_text_of(texts[0]);
    b->records[at].uid = starlings_text_of(texts[1]);
    b->records[at].descriptors = b->facts[at];
    b->records[at].descriptor_count = t_below(rng, 4) == 0 ? 3 : 2;
}

static starlings_linker *linker_threads_linker(uint32_t workers)
{
    starlings_linker_desc desc;
    starlings_ontology *ontology = NULL;
    starlings_linker *linker = NULL;
    memset(&desc, 0, sizeof desc);
    desc.env.workers.count = workers;
    if (starlings_ontology_create(NULL, &ontology) == STARLINGS_OK &&
        starlings_ontology_read(ontology, starlings_text_of("key who: name\n"
                                                            "key where: mail\n"
                                                            "key_weight where 0.9\n"
                                                            "strong tax\n")) == STARLINGS_OK) {
        desc.ontology = ontology;
        (void)starlings_linker_create(&desc, &linker);
    }
    starlings_ontology_release(ontology);
    return linker;
}

/* n records in batches, resolved half way and at the end; NULL if that failed. It may run on other
   threads, so it checks nothing itself. */
static starlings_resolution *linker_threads_resolve(uint32_t n, uint32_t workers)
{
    t_rng rng = t_rng_make(970);
    linker_threads_batch *batch = (linker_threads_batch *)model_new(1, sizeof *batch);
    starlings_linker *linker = linker_threads_linker(workers);
    starlings_resolution *resolution = NULL;
    bool ok = linker != NULL;
    for (uint32_t done = 0; ok && done < n;) {
        uint32_t count = n - done < LINKER_THREADS_BATCH ? n - done : LINKER_THREADS_BATCH;
        bool half = done < n / 2 && done + count >= n / 2;
        for (uint32_t i = 0; i < count; i++)
            linker_threads_record(batch, i, done + i, n, &rng);
        ok = starlings_linker_add(linker, batch->records, count, NULL) == STARLINGS_OK;
        done += count;
        if (ok && (half || done == n)) {
            starlings_resolution_release(resolution);
            ok = starlings_linker_resolve(linker, &resolution) == STARLINGS_OK;
        }
    }
    starlings_linker_release(linker);
    free(batch);
    return resolution;
}

static uint64_t linker_threads_answer(const starlings_resolution *resolution)
{
    starlings_resolution_stats stats;
    uint64_t hash;
    if (resolution == NULL)
        return 0;
    stats = starlings_resolution_statistics(resolution);
    hash = model_hash_partition(starlings_resolution_partition(resolution)) ^
           model_hash_hierarchy(starlings_resolution_hierarchy(resolution));
    hash = model_hash_u32(hash, stats.components);
    return model_hash_u32(hash, stats.contested);
}

/* All that a resolution says of its records, as one number; each thread begins elsewhere. */
static uint64_t linker_threads_read(const starlings_resolution *resolution, uint32_t number)
{
    uint32_t n = starlings_resolution_statistics(resolution).records;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t r = (i + number * 7) % n;
        starlings_temporal_record record;
        starlings_descriptor fact;
        starlings_match matches[2];
        size_t count = 0;
        if (!starlings_resolution_record(resolution, r, &record))
            return 0;
        for (size_t at = 0; starlings_resolution_descriptor(resolution, r, at, &fact); at++)
            sum += (uint64_t)fact.valid.end * (at + 1) + fact.value.size;
        sum += starlings_resolution_find(resolution, record.type, record.perspective,
                                         record.uid) == r;
        if (r % 997 == 0 && starlings_resolution_why(resolution, r, r / 2, NULL, matches, 2,
                                                    &count) == STARLINGS_OK)
            sum += count;
    }
    return sum;
}

static void linker_threads_read_task(void *ctx, uint32_t number)
{
    linker_threads_job *job = (linker_threads_job *)ctx;
    for (uint32_t turn = 0; turn < 3; turn++) {
        starlings_resolution *r = starlings_resolution_retain(job->resolution);
        job->wrong[number] += linker_threads_read(r, number) != job->want;
        starlings_resolution_release(r);
    }
}

static void linker_threads_resolve_task(void *ctx, uint32_t number)
{
    linker_threads_job *job = (linker_threads_job *)ctx;
    starlings_resolution *r = linker_threads_resolve(job->records, 1 + number);
    job->wrong[number] = linker_threads_answer(r) != job->want;
    starlings_resolution_release(r);
}

static void test_linker_threads(void)
{
    uint32_t n = t_state.big ? 100000 : 20000;
    linker_threads_job job;
    starlings_resolution *one = linker_threads_resolve(n, 1);
    starlings_resolution *four = linker_threads_resolve(n, 4);
    T_REQUIRE(one != NULL && four != NULL);
    T_CHECK(starlings_resolution_statistics(one).contested > 0);
    T_EQ_U64(linker_threads_answer(four), linker_threads_answer(one));
    T_EQ_U64(linker_threads_read(four, 0), linker_threads_read(one, 3));
    starlings_resolution_release(four);
    starlings_resolution_release(one);

    memset(&job, 0, sizeof job);
    job.records = 3000;
    job.resolution = linker_threads_resolve(job.records, 2);
    T_REQUIRE(job.resolution != NULL);
    job.want = linker_threads_read(job.resolution, 0);
    model_threads(4, linker_threads_read_task, &job);
    job.want = linker_threads_answer(job.resolution);
    for (uint32_t t = 0; t < 4; t++)
        T_EQ_U64(job.wrong[t], 0);
    model_threads(4, linker_threads_resolve_task, &job);
    for (uint32_t t = 0; t < 4; t++)
        T_EQ_U64(job.wrong[t], 0);
    starlings_resolution_release(job.resolution);
}
