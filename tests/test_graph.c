/* test_graph.c - S85, graphs: small ones byte by byte, in each format; that neither order nor
   numbers show; that they grow with the records and not with the pairs of them; sinks and memory
   that fail. */

/* A sink that keeps what it gets, and may fail. */
typedef struct graph_sink {
    char *bytes;
    size_t size;
    size_t capacity;
    size_t fail_at; /* refuse what would go beyond so many bytes */
} graph_sink;

static starlings_status graph_sink_write(void *ctx, const void *bytes, size_t size)
{
    graph_sink *sink = (graph_sink *)ctx;
    if (size > sink->fail_at - sink->size)
        return STARLINGS_ERR_IO;
    if (sink->size + size + 1 > sink->capacity) {
        sink->capacity = 2 * (sink->size + size + 1);
        sink->bytes = (char *)realloc(sink->bytes, sink->capacity);
    }
    memcpy(sink->bytes + sink->size, bytes, size);
    sink->size += size;
    sink->bytes[sink->size] = '\0';
    return STARLINGS_OK;
}

static starlings_graph_desc graph_desc(const query_world *world, starlings_graph_format format)
{
    starlings_graph_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.resolution = world->resolution;
    desc.format = format;
    return desc;
}

/* The bytes of a graph; the caller frees them. */
static char *graph_bytes(starlings_graph_desc desc)
{
    graph_sink sink = { NULL, 0, 0, SIZE_MAX };
    desc.sink.write = graph_sink_write;
    desc.sink.ctx = &sink;
    T_STATUS(starlings_graph_write(&desc), STARLINGS_OK);
    return sink.bytes != NULL ? sink.bytes : (char *)calloc(1, 1);
}

static size_t graph_occurs(const char *bytes, const char *what)
{
    size_t count = 0;
    for (bytes = strstr(bytes, what); bytes != NULL; bytes = strstr(bytes + 1, what))
        count++;
    return count;
}

/* ---- byte by byte */

static query_world graph_small_world(void)
{
    query_world world = query_world_make(3);
    uint32_t a = query_record(&world, "person", "erp", "a/b");
    uint32_t b = query_record(&world, "person", "crm", "1");
    uint32_t c = query_record(&world, "", "R&D", "say \"hi\"\\");
    query_always(&world, a, "who", "1");
    query_fact(&world, b, "who", "1", 0, 19000);
    query_always(&world, c, "who", "2");
    query_fact(&world, a, "name", "Ann <\n>", -5, STARLINGS_END_OF_TIME);
    return world;
}

static const char *const graph_golden[] = {
    "graph starlings {\n"
    "  \"entity:/R%26D/say %22hi%22%5C\" [kind=\"entity\", size=1, label=\"1 record\","
    " shape=box];\n"
    "  \"/R%26D/say %22hi%22%5C\" [kind=\"record\", type=\"\", perspective=\"R&D\","
    " uid=\"say \\\"hi\\\"\\\\\", entity=\"entity:/R%26D/say %22hi%22%5C\","
    " label=\"R&amp;D:say \\\"hi\\\"\\\\\"];\n"
    "  \"/R%26D/say %22hi%22%5C\" -- \"entity:/R%26D/say %22hi%22%5C\""
    " [kind=\"member\", style=dotted];\n"
    "  \"entity:person/crm/1\" [kind=\"entity\", size=2, label=\"2 records\", shape=box];\n"
    "  \"person/crm/1\" [kind=\"record\", type=\"person\", perspective=\"crm\", uid=\"1\","
    " entity=\"entity:person/crm/1\", label=\"crm:1\"];\n"
    "  \"person/erp/a%2Fb\" [kind=\"record\", type=\"person\", perspective=\"erp\", uid=\"a/b\","
    " entity=\"entity:person/crm/1\", label=\"erp:a/b\"];\n"
    "  \"person/crm/1\" -- \"entity:person/crm/1\" [kind=\"member\", style=dotted];\n"
    "  \"person/crm/1\" -- \"person/erp/a%2Fb\" [kind=\"same_as\", key=\"who\", weight=1.000000,"
    " from=0, to=19000, label=\"who\"];\n"
    "  \"person/erp/a%2Fb\" -- \"entity:person/crm/1\" [kind=\"member\", style=dotted];\n"
    "}\n",

    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
    "  <key id=\"kind\" for=\"all\" attr.name=\"kind\" attr.type=\"string\"/>\n"
    "  <key id=\"type\" for=\"all\" attr.name=\"type\" attr.type=\"string\"/>\n"
    "  <key id=\"perspective\" for=\"all\" attr.name=\"perspective\" attr.type=\"string\"/>\n"
    "  <key id=\"uid\" for=\"all\" attr.name=\"uid\" attr.type=\"string\"/>\n"
    "  <key id=\"entity\" for=\"all\" attr.name=\"entity\" attr.type=\"string\"/>\n"
    "  <key id=\"size\" for=\"all\" attr.name=\"size\" attr.type=\"long\"/>\n"
    "  <key id=\"name\" for=\"all\" attr.name=\"name\" attr.type=\"string\"/>\n"
    "  <key id=\"key\" for=\"all\" attr.name=\"key\" attr.type=\"string\"/>\n"
    "  <key id=\"weight\" for=\"all\" attr.name=\"weight\" attr.type=\"double\"/>\n"
    "  <key id=\"conflict\" for=\"all\" attr.name=\"conflict\" attr.type=\"string\"/>\n"
    "  <key id=\"attribute\" for=\"all\" attr.name=\"attribute\" attr.type=\"string\"/>\n"
    "  <key id=\"value\" for=\"all\" attr.name=\"value\" attr.type=\"string\"/>\n"
    "  <key id=\"from\" for=\"all\" attr.name=\"from\" attr.type=\"long\"/>\n"
    "  <key id=\"to\" for=\"all\" attr.name=\"to\" attr.type=\"long\"/>\n"
    "  <graph id=\"starlings\" edgedefault=\"undirected\">\n"
    "    <node id=\"entity:/R%26D/say %22hi%22%5C\"><data key=\"kind\">entity</data>"
    "<data key=\"size\">1</data></node>\n"
    "    <node id=\"/R%26D/say %22hi%22%5C\"><data key=\"kind\">record</data>"
    "<data key=\"type\"></data><data key=\"perspective\">R&amp;D</data>"
    "<data key=\"uid\">say &quot;hi&quot;\\</data>"
    "<data key=\"entity\">entity:/R%26D/say %22hi%22%5C</data></node>\n"
    "    <edge source=\"/R%26D/say %22hi%22%5C\" target=\"entity:/R%26D/say %22hi%22%5C\">"
    "<data key=\"kind\">member</data></edge>\n"
    "    <node id=\"entity:person/crm/1\"><data key=\"kind\">entity</data>"
    "<data key=\"size\">2</data></node>\n"
    "    <node id=\"person/crm/1\"><data key=\"kind\">record</data>"
    "<data key=\"type\">person</data><data key=\"perspective\">crm</data>"
    "<data key=\"uid\">1</data><data key=\"entity\">entity:person/crm/1</data></node>\n"
    "    <node id=\"person/erp/a%2Fb\"><data key=\"kind\">record</data>"
    "<data key=\"type\">person</data><data key=\"perspective\">erp</data>"
    "<data key=\"uid\">a/b</data><data key=\"entity\">entity:person/crm/1</data></node>\n"
    "    <edge source=\"person/crm/1\" target=\"entity:person/crm/1\">"
    "<data key=\"kind\">member</data></edge>\n"
    "    <edge source=\"person/crm/1\" target=\"person/erp/a%2Fb\">"
    "<data key=\"kind\">same_as</data><data key=\"key\">who</data>"
    "<data key=\"weight\">1.000000</data><data key=\"from\">0</data>"
    "<data key=\"to\">19000</data></edge>\n"
    "    <edge source=\"person/erp/a%2Fb\" target=\"entity:person/crm/1\">"
    "<data key=\"kind\">member</data></edge>\n"
    "  </graph>\n"
    "</graphml>\n",

    "{\"node\":\"entity\",\"id\":\"entity:/R%26D/say %22hi%22%5C\",\"size\":1}\n"
    "{\"node\":\"record\",\"id\":\"/R%26D/say %22hi%22%5C\",\"type\":\"\","
    "\"perspective\":\"R&D\",\"uid\":\"say \\\"hi\\\"\\\\\","
    "\"entity\":\"entity:/R%26D/say %22hi%22%5C\",\"descriptors\":["
    "{\"attribute\":\"who\",\"value\":\"2\",\"from\":null,\"to\":null}]}\n"
    "{\"edge\":\"member\",\"source\":\"/R%26D/say %22hi%22%5C\","
    "\"target\":\"entity:/R%26D/say %22hi%22%5C\"}\n"
    "{\"node\":\"entity\",\"id\":\"entity:person/crm/1\",\"size\":2}\n"
    "{\"node\":\"record\",\"id\":\"person/crm/1\",\"type\":\"person\",\"perspective\":\"crm\","
    "\"uid\":\"1\",\"entity\":\"entity:person/crm/1\",\"descriptors\":["
    "{\"attribute\":\"who\",\"value\":\"1\",\"from\":0,\"to\":19000}]}\n"
    "{\"node\":\"record\",\"id\":\"person/erp/a%2Fb\",\"type\":\"person\","
    "\"perspective\":\"erp\",\"uid\":\"a/b\",\"entity\":\"entity:person/crm/1\","
    "\"descriptors\":[{\"attribute\":\"name\",\"value\":\"Ann <\\n>\",\"from\":-5,\"to\":null},"
    "{\"attribute\":\"who\",\"value\":\"1\",\"from\":null,\"to\":null}]}\n"
    "{\"edge\":\"member\",\"source\":\"person/crm/1\",\"target\":\"entity:person/crm/1\"}\n"
    "{\"edge\":\"same_as\",\"source\":\"person/crm/1\",\"target\":\"person/erp/a%2Fb\","
    "\"key\":\"who\",\"weight\":1.000000,\"from\":0,\"to\":19000}\n"
    "{\"edge\":\"member\",\"source\":\"person/erp/a%2Fb\",\"target\":\"entity:person/crm/1\"}\n"
};

static const starlings_graph_format graph_formats[] = { STARLINGS_GRAPH_DOT,
                                                        STARLINGS_GRAPH_GRAPHML,
                                                        STARLINGS_GRAPH_JSON_LINES };

static void test_graph_golden(void)
{
    query_world world = graph_small_world(), none = query_world_make(0);
    T_REQUIRE(query_resolve(&world, NULL) && query_resolve(&none, NULL));
    for (uint32_t i = 0; i < 3; i++) {
        char *bytes = graph_bytes(graph_desc(&world, graph_formats[i]));
        T_EQ_STR(bytes, graph_golden[i]);
        free(bytes);
    }
    {
        char *bytes = graph_bytes(graph_desc(&none, STARLINGS_GRAPH_DOT));
        T_EQ_STR(bytes, "graph starlings {\n}\n");
        free(bytes);
        bytes = graph_bytes(graph_desc(&none, STARLINGS_GRAPH_JSON_LINES));
        T_EQ_STR(bytes, "");
        free(bytes);
    }
    query_world_release(&world);
    query_world_release(&none);
}

/* Days as dates, in quotes where a number would have none. */
static void test_graph_dates(void)
{
    static const char *const want[] = { "from=\"1970-01-01\", to=\"2022-01-08\"",
                                        ("<data key=\"from\">1970-01-01</data>"
                                         "<data key=\"to\">2022-01-08</data>"),
                                        "\"from\":\"1970-01-01\",\"to\":\"2022-01-08\"" };
    query_world world = graph_small_world();
    T_REQUIRE(query_resolve(&world, NULL));
    for (uint32_t i = 0; i < 3; i++) {
        starlings_graph_desc desc = graph_desc(&world, graph_formats[i]);
        char *bytes;
        desc.dates = true;
        bytes = graph_bytes(desc);
        T_EQ_U64(graph_occurs(bytes, want[i]), i == 2 ? 2 : 1); /* JSON tells what b says, too */
        T_EQ_U64(graph_occurs(bytes, "attr.type=\"string\""), i == 1 ? 12 : 0);
        free(bytes);
    }
    query_world_release(&world);
}

/* Bytes that formats write in other ways, or cannot write at all. */
static void test_graph_texts(void)
{
    static const char uid[] = "\x01\x7f\xff\xef\xbf\xbf<>\xc3\xa9\t\r\n%:";
    static const char *const want[] = {
        " uid=\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbf<>\xc3\xa9\t\xef\xbf\xbd\\n%:\"",
        ("<data key=\"uid\">\xef\xbf\xbd\x7f\xef\xbf\xbd\xef\xbf\xbd"
         "&lt;&gt;\xc3\xa9&#9;&#13;&#10;%:</data>"),
        "\"uid\":\"\\u0001\x7f\xef\xbf\xbd\xef\xbf\xbf<>\xc3\xa9\\t\\r\\n%:\""
    };
    query_world world = query_world_make(1);
    uint32_t record = query_record(&world, "t", "p", uid);
    query_always(&world, record, "who", "1");
    T_REQUIRE(query_resolve(&world, NULL));
    for (uint32_t i = 0; i < 3; i++) {
        char *bytes = graph_bytes(graph_desc(&world, graph_formats[i]));
        T_EQ_U64(graph_occurs(bytes, want[i]), 1);
        T_CHECK(graph_occurs(bytes,
                             "\"t/p/%01%7F%FF%EF%BF%BF%3C%3E\xc3\xa9%09%0D%0A%25%3A\"") >= 2);
        free(bytes);
    }
    query_world_release(&world);
}

/* ---- order and size */

/* Fault 33: no number and no order of arrival shows. */
static void linker_fault_33_order_shows_nowhere(void)
{
    enum { RECORDS = 24 };
    t_rng rng = t_rng_make(856);
    char *first[3] = { NULL, NULL, NULL };
    for (uint32_t round = 0; round < 8; round++) {
        query_world world = query_world_make(RECORDS);
        uint32_t turn[RECORDS];
        for (uint32_t i = 0; i < RECORDS; i++)
            turn[i] = i;
        for (uint32_t i = RECORDS; i > 1 && round > 0; i--) {
            uint32_t j = t_below(&rng, i), swap = turn[i - 1];
            turn[i - 1] = turn[j];
            turn[j] = swap;
        }
        for (uint32_t i = 0; i < RECORDS; i++) {
            uint32_t n = turn[i];
            uint32_t record = query_record(&world, n % 2 == 0 ? "even" : "odd",
                                           query_text(&world, "p", n / 2 % 3),
                                           query_text(&world, "u", n));
            query_fact(&world, record, "who", query_text(&world, "w", n % 6), n % 5, 20 + n % 7);
            for (uint32_t f = 0; f < 4; f++)
                query_fact(&world, record, query_text(&world, "a", (f + i) % 3),
                           query_text(&world, "v", n % 4), n, n + 5);
        }
        T_REQUIRE(query_resolve(&world, NULL));
        for (uint32_t i = 0; i < 3; i++) {
            char *bytes = graph_bytes(graph_desc(&world, graph_formats[i]));
            if (round == 0)
                first[i] = bytes;
            else {
                T_EQ_STR(bytes, first[i]);
                free(bytes);
            }
        }
        query_world_release(&world);
    }
    for (uint32_t i = 0; i < 3; i++)
        free(first[i]);
}

/* Fault 31: an entity of n records has n - 1 matches, each with its key and its time. */
static void linker_fault_31_matches_are_linear(void)
{
    enum { RECORDS = 300 };
    query_world world = query_world_make(RECORDS);
    char *bytes;
    for (uint32_t r = 0; r < RECORDS; r++) {
        uint32_t record = query_record(&world, "", "p", query_text(&world, "u", r));
        query_fact(&world, record, "who", "one", r, RECORDS + r);
    }
    T_REQUIRE(query_resolve(&world, NULL));
    bytes = graph_bytes(graph_desc(&world, STARLINGS_GRAPH_JSON_LINES));
    T_EQ_U64(graph_occurs(bytes, "{\"node\":\"record\""), RECORDS);
    T_EQ_U64(graph_occurs(bytes, "{\"node\":\"entity\""), 1);
    T_EQ_U64(graph_occurs(bytes, "{\"edge\":\"member\""), RECORDS);
    T_EQ_U64(graph_occurs(bytes, "{\"edge\":\"same_as\""), RECORDS - 1);
    T_EQ_U64(graph_occurs(bytes, "\"key\":\"who\",\"weight\":1.000000,\"from\":"), RECORDS - 1);
    T_EQ_U64(graph_occurs(bytes, "\"weight\":1.000000,\"from\":null"), 0);
    free(bytes);
    query_world_release(&world);
}

/* ---- conflicts and refusals */

typedef struct graph_conflicts {
    starlings_conflicts *conflicts;
    starlings_refusals *refusals;
    starlings_entity_names *names;
} graph_conflicts;

static graph_conflicts graph_conflicts_make(const query_world *world)
{
    graph_conflicts all = { NULL, NULL, NULL };
    starlings_conflicts_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.resolution = world->resolution;
    T_STATUS(starlings_conflicts_create(&desc, &all.conflicts), STARLINGS_OK);
    T_STATUS(starlings_refusals_create(world->resolution, NULL, &all.refusals), STARLINGS_OK);
    T_STATUS(starlings_entity_names_create(world->resolution, NULL, &all.names), STARLINGS_OK);
    return all;
}

static void graph_conflicts_release(graph_conflicts *all)
{
    starlings_conflicts_release(all->conflicts);
    starlings_refusals_release(all->refusals);
    starlings_entity_names_release(all->names);
}

static starlings_graph_desc graph_desc_of_all(const query_world *world, const graph_conflicts *all,
                                              starlings_graph_format format)
{
    starlings_graph_desc desc = graph_desc(world, format);
    desc.conflicts = all->conflicts;
    desc.refusals = all->refusals;
    return desc;
}

/* One entity of two records that disagree, and one that an identifier kept out of it. */
static query_world graph_conflict_world(void)
{
    query_world world = query_world_make(3);
    uint32_t a = query_record(&world, "t", "p", "a");
    uint32_t b = query_record(&world, "t", "q", "b");
    uint32_t c = query_record(&world, "t", "p", "c");
    query_always(&world, a, "who", "1");
    query_always(&world, b, "who", "1");
    query_always(&world, c, "who", "1");
    query_fact(&world, a, "id", "7", 0, 20);
    query_fact(&world, c, "id", "8", 5, 30);
    query_fact(&world, a, "town", "Bern", 0, 9);
    query_fact(&world, b, "town", "Ulm", 3, 12);
    return world;
}

static const char *const graph_conflict_rules = "key who: who\nstrong id\n";

static const char *const graph_conflict_golden =
    "graph starlings {\n"
    "  \"entity:t/p/a\" [kind=\"entity\", size=2, label=\"2 records\", shape=box];\n"
    "  \"t/p/a\" [kind=\"record\", type=\"t\", perspective=\"p\", uid=\"a\","
    " entity=\"entity:t/p/a\", label=\"p:a\"];\n"
    "  \"t/q/b\" [kind=\"record\", type=\"t\", perspective=\"q\", uid=\"b\","
    " entity=\"entity:t/p/a\", label=\"q:b\"];\n"
    "  \"t/p/a\" -- \"entity:t/p/a\" [kind=\"member\", style=dotted];\n"
    "  \"t/p/a\" -- \"t/q/b\" [kind=\"same_as\", key=\"who\", weight=1.000000, label=\"who\"];\n"
    "  \"t/q/b\" -- \"entity:t/p/a\" [kind=\"member\", style=dotted];\n"
    "  \"entity:t/p/c\" [kind=\"entity\", size=1, label=\"1 record\", shape=box];\n"
    "  \"t/p/c\" [kind=\"record\", type=\"t\", perspective=\"p\", uid=\"c\","
    " entity=\"entity:t/p/c\", label=\"p:c\"];\n"
    "  \"t/p/c\" -- \"entity:t/p/c\" [kind=\"member\", style=dotted];\n"
    "  \"conflict:0\" [kind=\"conflict\", conflict=\"direct\", attribute=\"town\","
    " entity=\"entity:t/p/a\", from=3, to=9, label=\"town\", shape=octagon, color=red];\n"
    "  \"conflict:0\" -- \"t/p/a\" [kind=\"party\", value=\"Bern\", label=\"Bern\", color=red];\n"
    "  \"conflict:0\" -- \"t/q/b\" [kind=\"party\", value=\"Ulm\", label=\"Ulm\", color=red];\n"
    "  \"conflict:1\" [kind=\"conflict\", conflict=\"indirect\", attribute=\"id\","
    " perspective=\"p\", from=5, to=20, label=\"id\", shape=octagon, color=red];\n"
    "  \"conflict:1\" -- \"t/p/a\" [kind=\"party\", value=\"7\", label=\"7\", color=red];\n"
    "  \"conflict:1\" -- \"t/p/c\" [kind=\"party\", value=\"8\", label=\"8\", color=red];\n"
    "  \"refusal:0\" [kind=\"refusal\", key=\"who\", attribute=\"id\", perspective=\"p\","
    " label=\"id\", shape=octagon, color=red, style=dashed];\n"
    "  \"refusal:0\" -- \"t/p/a\" [kind=\"side\", value=\"7\", from=0, to=20, label=\"7\","
    " color=red, style=dashed];\n"
    "  \"refusal:0\" -- \"t/p/c\" [kind=\"side\", value=\"8\", from=5, to=30, label=\"8\","
    " color=red, style=dashed];\n"
    "}\n";

static void test_graph_conflicts(void)
{
    query_world world = graph_conflict_world();
    graph_conflicts all;
    starlings_graph_desc desc;
    char *bytes;
    T_REQUIRE(query_resolve(&world, graph_conflict_rules));
    all = graph_conflicts_make(&world);
    bytes = graph_bytes(graph_desc_of_all(&world, &all, STARLINGS_GRAPH_DOT));
    T_EQ_STR(bytes, graph_conflict_golden);
    free(bytes);
    desc = graph_desc_of_all(&world, &all, STARLINGS_GRAPH_JSON_LINES);
    desc.names = all.names;
    desc.only_entity = true; /* with the record of another that it is in conflict with */
    desc.entity = query_entity(&world, 2);
    bytes = graph_bytes(desc);
    T_EQ_U64(graph_occurs(bytes, "\"id\":\"entity:t/p/c\",\"size\":1,\"name\":"), 1);
    T_EQ_U64(graph_occurs(bytes, "{\"node\":\"entity\""), 1);
    T_EQ_U64(graph_occurs(bytes, "{\"node\":\"record\""), 2);
    T_EQ_U64(graph_occurs(bytes, "{\"node\":\"record\",\"id\":\"t/p/a\""), 1);
    T_EQ_U64(graph_occurs(bytes, "{\"node\":\"conflict\",\"id\":\"conflict:0\","
                                 "\"conflict\":\"indirect\""),
             1);
    T_EQ_U64(graph_occurs(bytes, "{\"node\":\"conflict\""), 1);
    T_EQ_U64(graph_occurs(bytes, "{\"edge\":\"side\",\"source\":\"refusal:0\""), 2);
    T_EQ_U64(graph_occurs(bytes, "same_as"), 0);
    free(bytes);
    graph_conflicts_release(&all);
    query_world_release(&world);
}

/* Each kind of conflict has its name. */
static void test_graph_kinds(void)
{
    query_world world = query_world_make(3);
    graph_conflicts all;
    char *bytes;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t record = query_record(&world, "", "p", query_text(&world, "u", i));
        query_always(&world, record, "who", query_text(&world, "w", i));
        query_always(&world, record, "mail", "x");
        query_always(&world, record, "phone", "y");
        query_always(&world, record, "id", query_text(&world, "a", i));
        query_always(&world, record, "id", query_text(&world, "b", i));
    }
    T_REQUIRE(query_resolve(&world, "key who: who\nstrong id\nunique mail\nunique_within phone\n"));
    all = graph_conflicts_make(&world);
    bytes = graph_bytes(graph_desc_of_all(&world, &all, STARLINGS_GRAPH_GRAPHML));
    T_EQ_U64(graph_occurs(bytes, "<data key=\"conflict\">within_record</data>"), 3);
    T_EQ_U64(graph_occurs(bytes, "<data key=\"conflict\">unique</data>"), 1);
    T_EQ_U64(graph_occurs(bytes, "<data key=\"conflict\">unique_within</data>"), 1);
    free(bytes);
    graph_conflicts_release(&all);
    query_world_release(&world);
}

/* Lists of another resolution are refused where they are about records that this one lacks. */
static void test_graph_strangers(void)
{
    query_world world = graph_conflict_world(), small = query_world_make(1);
    graph_conflicts all;
    graph_sink sink = { NULL, 0, 0, SIZE_MAX };
    (void)query_record(&small, "", "p", "alone");
    T_REQUIRE(query_resolve(&world, graph_conflict_rules) && query_resolve(&small, NULL));
    all = graph_conflicts_make(&world);
    for (uint32_t i = 0; i < 2; i++) {
        starlings_graph_desc desc = graph_desc_of_all(&small, &all, STARLINGS_GRAPH_DOT);
        desc.conflicts = i == 0 ? NULL : desc.conflicts;
        desc.refusals = i == 1 ? NULL : desc.refusals;
        desc.sink.write = graph_sink_write;
        desc.sink.ctx = &sink;
        T_STATUS(starlings_graph_write(&desc), STARLINGS_ERR_ARG);
    }
    T_EQ_U64(sink.size, 0);
    graph_conflicts_release(&all);
    query_world_release(&world);
    query_world_release(&small);
}

/* Lists and names of another resolution are refused, also where the numbers would do. */
static void test_graph_twins(void)
{
    query_world world = graph_conflict_world(), twin = graph_conflict_world();
    query_world small = query_world_make(1);
    graph_conflicts all;
    graph_sink sink = { NULL, 0, 0, SIZE_MAX };
    starlings_entity_names *names = NULL;
    (void)query_record(&small, "", "p", "alone");
    T_REQUIRE(query_resolve(&world, graph_conflict_rules) &&
              query_resolve(&twin, graph_conflict_rules) && query_resolve(&small, NULL));
    all = graph_conflicts_make(&twin);
    T_STATUS(starlings_entity_names_create(small.resolution, NULL, &names), STARLINGS_OK);
    for (uint32_t i = 0; i < 3; i++) {
        starlings_graph_desc desc = graph_desc_of_all(&world, &all, STARLINGS_GRAPH_DOT);
        desc.conflicts = i == 0 ? desc.conflicts : NULL;
        desc.refusals = i == 1 ? desc.refusals : NULL;
        desc.names = i == 2 ? names : NULL;
        desc.sink.write = graph_sink_write;
        desc.sink.ctx = &sink;
        T_STATUS(starlings_graph_write(&desc), STARLINGS_ERR_ARG);
    }
    T_EQ_U64(sink.size, 0);
    starlings_entity_names_release(names);
    graph_conflicts_release(&all);
    query_world_release(&world);
    query_world_release(&twin);
    query_world_release(&small);
}

/* Records that agree, disagree, and are kept apart, in many orders: one graph. Several keys of
   several weights; what holds an entity together is one fewer than its records. */
static void test_graph_permutations(void)
{
    enum { RECORDS = 30 };
    t_rng rng = t_rng_make(857);
    for (uint32_t round = 0; round < (t_state.big ? 30u : 6u); round++) {
        uint64_t said = t_random(&rng);
        char *first = NULL;
        for (uint32_t turn = 0; turn < 4; turn++) {
            query_world world = query_world_make(RECORDS);
            graph_conflicts all;
            uint32_t order[RECORDS];
            char *bytes;
            for (uint32_t i = 0; i < RECORDS; i++)
                order[i] = i;
            for (uint32_t i = RECORDS; i > 1 && turn > 0; i--) {
                uint32_t j = t_below(&rng, i), swap = order[i - 1];
                order[i - 1] = order[j];
                order[j] = swap;
            }
            for (uint32_t i = 0; i < RECORDS; i++) {
                t_rng own = { said + order[i] };
                uint32_t record = query_record(&world, "", query_text(&world, "p", order[i] % 3),
                                               query_text(&world, "u", order[i]));
                for (uint32_t f = 0; f < 6; f++) {
                    static const char *const attributes[] = { "a", "b", "id", "a", "c", "id" };
                    int64_t start = t_below(&own, 8);
                    query_fact(&world, record, attributes[f],
                               query_text(&world, "v", t_below(&own, f % 3 == 2 ? 2 : 7)), start,
                               start + 1 + t_below(&own, 4));
                }
            }
            T_REQUIRE(query_resolve(&world, "key one: a\nkey two: b, c\nkey_weight one 0.7\n"
                                            "strong id\nunique c\n"));
            all = graph_conflicts_make(&world);
            bytes = graph_bytes(graph_desc_of_all(&world, &all, STARLINGS_GRAPH_JSON_LINES));
            T_EQ_U64(graph_occurs(bytes, "{\"edge\":\"same_as\""),
                     RECORDS - starlings_partition_entity_count(
                                   starlings_resolution_partition(world.resolution)));
            if (turn == 0)
                first = bytes;
            else {
                T_EQ_STR(bytes, first);
                free(bytes);
            }
            graph_conflicts_release(&all);
            query_world_release(&world);
        }
        free(first);
    }
}

/* Fault 31, the other half: n records that disagree about one thing make edges by the n. */
static void linker_fault_31_conflicts_are_linear(void)
{
    enum { RECORDS = 200 };
    query_world world = query_world_make(RECORDS);
    graph_conflicts all;
    char *bytes;
    for (uint32_t r = 0; r < RECORDS; r++) {
        uint32_t record = query_record(&world, "", "p", query_text(&world, "u", r));
        query_always(&world, record, "who", r % 2 == 0 ? "one" : "two");
        query_always(&world, record, r % 2 == 0 ? "town" : "id", query_text(&world, "v", r));
    }
    T_REQUIRE(query_resolve(&world, graph_conflict_rules));
    all = graph_conflicts_make(&world);
    bytes = graph_bytes(graph_desc_of_all(&world, &all, STARLINGS_GRAPH_JSON_LINES));
    T_EQ_U64(graph_occurs(bytes, "\"conflict\":\"direct\""), 1);
    T_EQ_U64(graph_occurs(bytes, "\"conflict\":\"indirect\""), 1);
    T_EQ_U64(graph_occurs(bytes, "{\"edge\":\"party\""), RECORDS);
    T_EQ_U64(graph_occurs(bytes, "{\"edge\":\"side\""), RECORDS / 2);
    free(bytes);
    graph_conflicts_release(&all);
    query_world_release(&world);
}

/* One entity alone: what it has in the whole graph, and nothing else. */
static void test_graph_of_one(void)
{
    query_world world = graph_small_world();
    T_REQUIRE(query_resolve(&world, NULL));
    for (uint32_t i = 0; i < 3; i++) {
        starlings_graph_desc desc = graph_desc(&world, graph_formats[i]);
        char *bytes;
        desc.only_entity = true;
        desc.entity = query_entity(&world, 0);
        bytes = graph_bytes(desc);
        T_EQ_U64(graph_occurs(bytes, "say"), 0);
        T_EQ_U64(graph_occurs(bytes, "same_as"), 1);
        T_CHECK(graph_occurs(bytes, "person/erp/a%2Fb") >= 3);
        free(bytes);
    }
    query_world_release(&world);
}

/* ---- what fails */
static void test_graph_refused(void)
{
    query_world world = graph_small_world();
    graph_sink sink = { NULL, 0, 0, SIZE_MAX };
    starlings_error error;
    starlings_graph_desc desc;
    T_REQUIRE(query_resolve(&world, NULL));
    memset(&error, 0, sizeof error);
    T_STATUS(starlings_graph_write(NULL), STARLINGS_ERR_ARG);
    desc = graph_desc(&world, STARLINGS_GRAPH_DOT);
    desc.env.error = &error;
    T_STATUS(starlings_graph_write(&desc), STARLINGS_ERR_ARG);
    desc.sink.write = graph_sink_write;
    desc.sink.ctx = &sink;
    desc.format = (starlings_graph_format)3;
    T_STATUS(starlings_graph_write(&desc), STARLINGS_ERR_ARG);
    desc.format = STARLINGS_GRAPH_DOT;
    desc.resolution = NULL;
    T_STATUS(starlings_graph_write(&desc), STARLINGS_ERR_ARG);
    desc.resolution = world.resolution;
    desc.only_entity = true;
    desc.entity = 2;
    T_STATUS(starlings_graph_write(&desc), STARLINGS_ERR_RANGE);
    T_CHECK(error.status == STARLINGS_ERR_RANGE && error.at == 2);
    T_EQ_U64(sink.size, 0);
    query_world_release(&world);
}

/* A sink that takes k bytes, for every k: its error comes back and nothing more is written. The
   buffer is larger than these graphs, so a larger one is cut here and there as well. */
static void test_graph_sinks(void)
{
    query_world world = graph_small_world();
    T_REQUIRE(query_resolve(&world, NULL));
    for (uint32_t i = 0; i < 3; i++) {
        size_t size = strlen(graph_golden[i]);
        for (size_t k = 0; k <= size; k++) {
            graph_sink sink = { NULL, 0, 0, 0 };
            starlings_graph_desc desc = graph_desc(&world, graph_formats[i]);
            sink.fail_at = k;
            desc.sink.write = graph_sink_write;
            desc.sink.ctx = &sink;
            T_STATUS(starlings_graph_write(&desc), k < size ? STARLINGS_ERR_IO : STARLINGS_OK);
            T_EQ_U64(sink.size, k < size ? 0 : size);
            free(sink.bytes);
        }
    }
    query_world_release(&world);
}

static void test_graph_cancelled(void)
{
    query_world world = graph_small_world();
    faults_cancel cancel = { 0, 0, 0, false };
    graph_sink sink = { NULL, 0, 0, SIZE_MAX };
    starlings_graph_desc desc;
    T_REQUIRE(query_resolve(&world, NULL));
    desc = graph_desc(&world, STARLINGS_GRAPH_DOT);
    desc.env.progress.report = faults_report;
    desc.env.progress.ctx = &cancel;
    desc.sink.write = graph_sink_write;
    desc.sink.ctx = &sink;
    T_STATUS(starlings_graph_write(&desc), STARLINGS_ERR_CANCELLED);
    T_EQ_U64(cancel.broken, 0);
    query_world_release(&world);
}

static void test_graph_large(void)
{
    enum { RECORDS = 400 };
    query_world world = query_world_make(RECORDS);
    char *bytes;
    size_t size;
    for (uint32_t r = 0; r < RECORDS; r++) {
        uint32_t record = query_record(&world, "t", "p", query_text(&world, "u", r));
        query_always(&world, record, "who", query_text(&world, "w", r / 3));
    }
    T_REQUIRE(query_resolve(&world, NULL));
    bytes = graph_bytes(graph_desc(&world, STARLINGS_GRAPH_GRAPHML));
    size = strlen(bytes);
    T_CHECK(size > 3 * STLN_GRAPH_BUFFER);
    for (size_t k = 0; k <= size; k += STLN_GRAPH_BUFFER / 2) {
        graph_sink sink = { NULL, 0, 0, 0 };
        starlings_graph_desc desc = graph_desc(&world, STARLINGS_GRAPH_GRAPHML);
        sink.fail_at = k;
        desc.sink.write = graph_sink_write;
        desc.sink.ctx = &sink;
        T_STATUS(starlings_graph_write(&desc), STARLINGS_ERR_IO);
        T_EQ_U64(sink.size, k / STLN_GRAPH_BUFFER * STLN_GRAPH_BUFFER);
        T_CHECK(sink.size == 0 || memcmp(sink.bytes, bytes, sink.size) == 0);
        free(sink.bytes);
    }
    free(bytes);
    query_world_release(&world);
}

static void test_graph_out_of_memory(void)
{
    query_world world = graph_conflict_world();
    graph_conflicts all;
    size_t n = 0;
    T_REQUIRE(query_resolve(&world, graph_conflict_rules));
    all = graph_conflicts_make(&world);
    for (bool done = false; !done; n++) {
        faults f = faults_make();
        graph_sink sink = { NULL, 0, 0, SIZE_MAX };
        starlings_graph_desc desc = graph_desc_of_all(&world, &all, STARLINGS_GRAPH_DOT);
        starlings_status status;
        f.fail_at = n;
        desc.env.allocator = faults_allocator(&f);
        desc.sink.write = graph_sink_write;
        desc.sink.ctx = &sink;
        status = starlings_graph_write(&desc);
        done = f.failed == 0;
        T_STATUS(status, done ? STARLINGS_OK : STARLINGS_ERR_NOMEM);
        T_CHECK(done ? strcmp(sink.bytes, graph_conflict_golden) == 0 : sink.size == 0);
        T_EQ_U64(f.live, 0);
        T_EQ_U64(f.broken, 0);
        free(sink.bytes);
    }
    T_CHECK(n > 20);
    graph_conflicts_release(&all);
    query_world_release(&world);
}

static void test_graph(void)
{
    test_graph_golden();
    test_graph_dates();
    test_graph_texts();
    linker_fault_33_order_shows_nowhere();
    linker_fault_31_matches_are_linear();
    test_graph_conflicts();
    test_graph_kinds();
    test_graph_strangers();
    test_graph_twins();
    test_graph_permutations();
    linker_fault_31_conflicts_are_linear();
    test_graph_of_one();
    test_graph_refused();
    test_graph_sinks();
    test_graph_cancelled();
    test_graph_large();
    test_graph_out_of_memory();
}
