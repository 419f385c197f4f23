/* test_basics.c - statuses, the version, error reports, and what every call does with nothing. */

static void basics_statuses(void)
{
    static const starlings_status all[] = {
#define BASICS_ROW(name, value, text) STARLINGS_##name,
        STARLINGS_STATUS_LIST(BASICS_ROW)
#undef BASICS_ROW
    };
    size_t count = sizeof all / sizeof all[0];
    for (size_t i = 0; i < count; i++) {
        T_CHECK(starlings_status_text(all[i]) != NULL);
        T_CHECK(strlen(starlings_status_text(all[i])) < sizeof((starlings_error *)0)->text);
        T_CHECK(i == 0 ? all[i] == 0 : all[i] < 0);
        for (size_t j = 0; j < i; j++)
            T_CHECK(strcmp(starlings_status_text(all[i]), starlings_status_text(all[j])) != 0);
    }
    T_EQ_STR(starlings_status_text(STARLINGS_OK), "success");
    T_CHECK(starlings_status_text((starlings_status)-999) != NULL);
    T_CHECK(starlings_status_text(STARLINGS_STATUS_FORCE_I32) != NULL);
}

static void basics_version(void)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%d.%d.%d", STARLINGS_VERSION_MAJOR,
                   STARLINGS_VERSION_MINOR, STARLINGS_VERSION_PATCH);
    T_EQ_STR(text, STARLINGS_VERSION_STRING);
    T_EQ_U64(starlings_version(), STARLINGS_VERSION);
    T_EQ_U64(STARLINGS_VERSION, STARLINGS_VERSION_MAJOR * 10000 + STARLINGS_VERSION_MINOR * 100 +
                                    STARLINGS_VERSION_PATCH);
}

/* A level runs as itself or, where the processor has it not, as the plain loops. */
static void basics_simd(void)
{
    starlings_simd best = starlings_simd_chosen(STARLINGS_SIMD_BEST);
    T_EQ_U64(starlings_simd_chosen(best), best);
    for (uint32_t i = STARLINGS_SIMD_SCALAR; i <= STARLINGS_SIMD_NEON; i++) {
        starlings_simd chosen = starlings_simd_chosen((starlings_simd)i);
        T_CHECK(chosen == (starlings_simd)i || chosen == STARLINGS_SIMD_SCALAR);
        T_CHECK(chosen == STARLINGS_SIMD_SCALAR || best != STARLINGS_SIMD_SCALAR);
    }
#if STLN_HAS_NEON
    T_EQ_U64(best, STARLINGS_SIMD_NEON);
#elif STLN_HAS_X86
    T_CHECK(best == STARLINGS_SIMD_SCALAR || best == STARLINGS_SIMD_AVX2 ||
            best == STARLINGS_SIMD_SSE42);
#else
    T_EQ_U64(best, STARLINGS_SIMD_SCALAR);
#endif
    T_EQ_U64(starlings_simd_chosen((starlings_simd)77), STARLINGS_SIMD_SCALAR);
    T_EQ_U64(starlings_simd_chosen(STARLINGS_SIMD_FORCE_I32), STARLINGS_SIMD_SCALAR);
}

/* Constructors without a desc: an error, and a cleared result. */
static void basics_null_descs(void)
{
    starlings_forest *forest = (starlings_forest *)(void *)&t_state;
    starlings_hierarchy *h = (starlings_hierarchy *)(void *)&t_state;
    starlings_builder *builder = (starlings_builder *)(void *)&t_state;
    starlings_merge_list *list = (starlings_merge_list *)(void *)&t_state;
    starlings_index *index = (starlings_index *)(void *)&t_state;
    starlings_partition *p = (starlings_partition *)(void *)&t_state;
    starlings_sweep *sweep = (starlings_sweep *)(void *)&t_state;
    T_STATUS(starlings_forest_create(NULL, &forest), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_create(NULL, &h), STARLINGS_ERR_ARG);
    T_STATUS(starlings_builder_create(NULL, &builder), STARLINGS_ERR_ARG);
    T_STATUS(starlings_merge_list_create(NULL, NULL, &list), STARLINGS_ERR_ARG);
    T_STATUS(starlings_index_create(NULL, NULL, &index), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_create(NULL, &p), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_create(NULL, &sweep), STARLINGS_ERR_ARG);
    T_CHECK(forest == NULL && h == NULL && builder == NULL && list == NULL);
    T_CHECK(index == NULL && p == NULL && sweep == NULL);
    h = (starlings_hierarchy *)(void *)&t_state;
    T_STATUS(starlings_hierarchy_add_edges(NULL, NULL, &h), STARLINGS_ERR_ARG);
    T_CHECK(h == NULL);
    h = (starlings_hierarchy *)(void *)&t_state;
    T_STATUS(starlings_builder_finish(NULL, &h), STARLINGS_ERR_ARG);
    T_CHECK(h == NULL);
    T_STATUS(starlings_builder_add(NULL, NULL, 0), STARLINGS_ERR_ARG);
}

/* Constructors without a place for the result. */
static void basics_null_outs(void)
{
    starlings_forest_desc forest = { 0 };
    starlings_hierarchy_desc h = { 0 };
    starlings_builder_desc builder = { 0 };
    starlings_partition_desc p = { 0 };
    starlings_sweep_desc sweep = { 0 };
    T_STATUS(starlings_forest_create(&forest, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_create(&h, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_builder_create(&builder, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_create(&p, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sweep_create(&sweep, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_merge_list_create(NULL, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_index_create(NULL, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_key_from_weight(0.5, 6, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_key_from_threshold(0.5, NULL), STARLINGS_ERR_ARG);
}

/* Giving back nothing is fine. */
static void basics_null_releases(void)
{
    starlings_forest_destroy(NULL);
    starlings_hierarchy_release(NULL);
    starlings_builder_destroy(NULL);
    starlings_merge_list_release(NULL);
    starlings_index_release(NULL);
    starlings_partition_release(NULL);
    starlings_sweep_release(NULL);
    starlings_context_release(NULL);
    starlings_csv_close(NULL);
    T_CHECK(starlings_hierarchy_retain(NULL) == NULL);
    T_CHECK(starlings_merge_list_retain(NULL) == NULL);
    T_CHECK(starlings_index_retain(NULL) == NULL);
    T_CHECK(starlings_partition_retain(NULL) == NULL);
    T_CHECK(starlings_sweep_retain(NULL) == NULL);
}

/* A report is filled by a failing call, ends with a zero, and is left alone by one that works. */
static void basics_error_reports(void)
{
    starlings_edge edges[] = { { 0, 1, 0.5 }, { 1, 2, 1.5 } };
    starlings_hierarchy_desc desc = { 0 };
    starlings_hierarchy *h = NULL;
    starlings_error error;
    memset(&error, 0x55, sizeof error);
    desc.edges = edges;
    desc.edge_count = 2;
    desc.env.error = &error;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_ERR_WEIGHT);
    T_STATUS(error.status, STARLINGS_ERR_WEIGHT);
    T_EQ_U64(error.at, 1);
    T_EQ_U64(error.line, 0);
    T_CHECK(memchr(error.text, 0, sizeof error.text) != NULL && error.text[0] != '\0');
    memset(&error, 0x55, sizeof error);
    edges[1].weight = 1.0;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    starlings_hierarchy_release(h);
    for (size_t i = 0; i < sizeof error; i++)
        T_REQUIRE(((const unsigned char *)&error)[i] == 0x55);
}

/* A report that is too long is cut at a whole character. */
static void basics_error_cut(void)
{
    starlings_env env;
    starlings_error error;
    memset(&env, 0, sizeof env);
    env.error = &error;
    for (size_t shift = 0; shift < 3; shift++) {
        size_t size;
        (void)stln_fail(&env, STARLINGS_ERR_FORMAT, 7, shift == 0 ? "" : shift == 1 ? "a" : "ab");
        for (int i = 0; i < 100; i++)
            stln_error_say(&error, "\xE2\x82\xAC"); /* the euro sign: three bytes */
        size = strlen(error.text);
        T_CHECK(size > sizeof error.text - 5 && size < sizeof error.text);
        T_EQ_U64((size - shift) % 3, 0);
    }
    T_STATUS(stln_fail(NULL, STARLINGS_ERR_IO, 0, NULL), STARLINGS_ERR_IO);
}

static void test_basics(void)
{
    basics_statuses();
    basics_version();
    basics_simd();
    basics_null_descs();
    basics_null_outs();
    basics_null_releases();
    basics_error_reports();
    basics_error_cut();
}
