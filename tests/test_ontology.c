/* test_ontology.c - S81: rules by calls and from text against a plain list of them; dates against a
   calendar that goes day by day. */

enum { ONTO_RULES = 40, ONTO_LIST = 4, ONTO_NAMES = 8 };

/* Names that ask for quotes stand beside plain ones. */
static const char *const onto_names[ONTO_NAMES] = { "a",  "many",    "full name", "x:y",
                                                    "#1", "say \"so\"", "type",  "\xC3\xA9\n,b" };

/* A rule with names as indexes. */
typedef struct onto_rule {
    starlings_rule_kind kind;
    uint32_t type; /* in force when it came; STARLINGS_NONE: none */
    uint32_t name;
    uint32_t list[ONTO_LIST];
    uint32_t list_count;
    uint32_t perspective;
    uint32_t weight; /* millionths */
} onto_rule;

/* All that was said, and nothing else: every question is a walk through it. */
typedef struct onto_model {
    onto_rule rules[ONTO_RULES];
    uint32_t count;
    uint32_t type;
} onto_model;

static bool onto_is_strong(starlings_rule_kind kind)
{
    return kind == STARLINGS_RULE_STRONG || kind == STARLINGS_RULE_STRONG_MANY;
}

static bool onto_is_scope(starlings_rule_kind kind)
{
    return kind == STARLINGS_RULE_SCOPE_ANY || kind == STARLINGS_RULE_SCOPE_PERSPECTIVE;
}

/* Whether two rules say something of the same thing. */
static bool onto_same_subject(const onto_rule *a, const onto_rule *b)
{
    if (onto_is_scope(a->kind) || onto_is_scope(b->kind))
        return onto_is_scope(a->kind) && onto_is_scope(b->kind);
    if (a->kind != b->kind && !(onto_is_strong(a->kind) && onto_is_strong(b->kind)))
        return false;
    if (a->kind == STARLINGS_RULE_WEIGHT)
        return a->perspective == b->perspective;
    return a->name == b->name && (a->kind == STARLINGS_RULE_TYPE || a->type == b->type);
}

static starlings_status onto_model_add(onto_model *model, const onto_rule *rule)
{
    onto_rule said = *rule;
    bool known = false;
    said.type = model->type;
    if (rule->kind == STARLINGS_RULE_TYPE && strchr(onto_names[rule->name], ':') != NULL)
        return STARLINGS_ERR_ARG;
    for (uint32_t i = 0; i < model->count; i++)
        known = known || (model->rules[i].kind == STARLINGS_RULE_KEY &&
                          model->rules[i].name == rule->name && model->rules[i].type == said.type);
    if (rule->kind == STARLINGS_RULE_KEY_WEIGHT && !known)
        return STARLINGS_ERR_STRANGER;
    for (uint32_t i = 0; i < model->count; i++)
        if (onto_same_subject(&model->rules[i], &said))
            return STARLINGS_ERR_DUPLICATE;
    for (uint32_t i = 0; i < rule->list_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (rule->list[i] == rule->list[j])
                return STARLINGS_ERR_DUPLICATE;
    if (rule->kind == STARLINGS_RULE_TYPE)
        model->type = said.type = rule->name;
    model->rules[model->count++] = said;
    return STARLINGS_OK;
}

static uint32_t onto_flags_of(starlings_rule_kind kind)
{
    switch ((int)kind) {
    case STARLINGS_RULE_STRONG:
        return STLN_STRONG;
    case STARLINGS_RULE_STRONG_MANY:
        return STLN_STRONG | STLN_MANY;
    case STARLINGS_RULE_PERMANENT:
        return STLN_PERMANENT;
    case STARLINGS_RULE_UNIQUE:
        return STLN_UNIQUE;
    case STARLINGS_RULE_UNIQUE_WITHIN:
        return STLN_UNIQUE_WITHIN;
    default:
        return 0;
    }
}

/* What the rules of one type alone (STARLINGS_NONE: those for all) say of an attribute. */
static uint32_t onto_model_flags(const onto_model *model, uint32_t type, uint32_t attribute)
{
    uint32_t flags = 0;
    for (uint32_t i = 0; i < model->count; i++)
        if (model->rules[i].type == type && model->rules[i].name == attribute)
            flags |= onto_flags_of(model->rules[i].kind);
    return flags;
}

static uint32_t onto_model_rules(const onto_model *model, uint32_t type, uint32_t attribute)
{
    uint32_t all = onto_model_flags(model, STARLINGS_NONE, attribute), own = 0;
    if (type != STARLINGS_NONE)
        own = onto_model_flags(model, type, attribute);
    if ((own & STLN_STRONG) != 0)
        all &= ~(STLN_STRONG | STLN_MANY);
    return all | own;
}

static uint32_t onto_model_authority(const onto_model *model, uint32_t type, uint32_t attribute)
{
    uint32_t all = STARLINGS_NONE, own = STARLINGS_NONE;
    for (uint32_t i = 0; i < model->count; i++) {
        const onto_rule *rule = &model->rules[i];
        if (rule->kind != STARLINGS_RULE_AUTHORITY || rule->name != attribute)
            continue;
        if (rule->type == STARLINGS_NONE)
            all = rule->perspective;
        else if (rule->type == type)
            own = rule->perspective;
    }
    return own != STARLINGS_NONE ? own : all;
}

static uint32_t onto_number(const stln_texts *texts, uint32_t name)
{
    starlings_text text = starlings_text_of(onto_names[name]);
    return stln_texts_find(texts, stln_texts_hash(texts, 0, text), 0, text);
}

static bool onto_text_is(starlings_text text, const char *want)
{
    return text.size == strlen(want) && memcmp(text.text, want, text.size) == 0;
}

/* The keys of the ontology, in order. */
static void onto_check_keys(const starlings_ontology *ontology, const onto_model *model)
{
    uint32_t key = 0;
    for (uint32_t i = 0; i < model->count; i++) {
        const onto_rule *rule = &model->rules[i];
        const stln_key_rule *got = &ontology->key_rules[key];
        uint32_t weight = STARLINGS_ONE;
        if (rule->kind != STARLINGS_RULE_KEY)
            continue;
        T_REQUIRE(key < ontology->key_count);
        for (uint32_t j = i + 1; j < model->count; j++)
            if (model->rules[j].kind == STARLINGS_RULE_KEY_WEIGHT &&
                model->rules[j].name == rule->name && model->rules[j].type == rule->type)
                weight = model->rules[j].weight;
        T_EQ_U64(got->weight, weight);
        T_CHECK(onto_text_is(stln_texts_at(&ontology->keys, got->name), onto_names[rule->name]));
        T_CHECK(rule->type == STARLINGS_NONE ? got->type == STARLINGS_NONE
                                             : got->type == onto_number(&ontology->types,
                                                                        rule->type));
        T_REQUIRE(got->count == rule->list_count);
        for (uint32_t j = 0; j < got->count; j++)
            T_EQ_U64(ontology->key_attributes[got->first + j],
                     onto_number(&ontology->attributes, rule->list[j]));
        key++;
    }
    T_EQ_U64(ontology->key_count, key);
}

static void onto_check(const starlings_ontology *ontology, const onto_model *model)
{
    bool any = false;
    onto_check_keys(ontology, model);
    for (uint32_t t = 0; t <= ONTO_NAMES; t++) {
        uint32_t type = t < ONTO_NAMES ? t : STARLINGS_NONE;
        uint32_t number = type == STARLINGS_NONE ? type : onto_number(&ontology->types, type);
        for (uint32_t a = 0; a < ONTO_NAMES; a++) {
            uint32_t attribute = onto_number(&ontology->attributes, a);
            uint32_t authority = onto_model_authority(model, type, a);
            uint32_t want = authority == STARLINGS_NONE
                                ? authority
                                : onto_number(&ontology->perspectives, authority);
            T_EQ_U64(stln_ontology_rules(ontology, number, attribute),
                     onto_model_rules(model, type, a));
            T_EQ_U64(stln_ontology_authority(ontology, number, attribute), want);
        }
    }
    for (uint32_t p = 0; p < ONTO_NAMES; p++) {
        uint32_t weight = 0;
        for (uint32_t i = 0; i < model->count; i++)
            if (model->rules[i].kind == STARLINGS_RULE_WEIGHT && model->rules[i].perspective == p)
                weight = model->rules[i].weight;
        T_EQ_U64(stln_ontology_weight(ontology, onto_number(&ontology->perspectives, p)), weight);
    }
    for (uint32_t i = 0; i < model->count; i++)
        any = any || model->rules[i].kind == STARLINGS_RULE_SCOPE_ANY;
    T_CHECK(ontology->scope_any == any);
    T_EQ_U64(ontology->rule_count, model->count);
}

static onto_rule onto_random_rule(t_rng *rng)
{
    onto_rule rule;
    memset(&rule, 0, sizeof rule);
    rule.kind = (starlings_rule_kind)(1 + t_below(rng, STARLINGS_RULE_AUTHORITY));
    if (rule.kind == STARLINGS_RULE_TYPE && t_below(rng, 2) == 0)
        rule.kind = STARLINGS_RULE_KEY;
    rule.name = t_below(rng, ONTO_NAMES);
    if (rule.kind == STARLINGS_RULE_KEY)
        rule.list_count = 1 + t_below(rng, ONTO_LIST);
    for (uint32_t i = 0; i < rule.list_count; i++)
        rule.list[i] = t_below(rng, ONTO_NAMES);
    rule.perspective = t_below(rng, ONTO_NAMES);
    rule.weight = t_below(rng, 3) * 500000 + t_below(rng, 2) * t_below(rng, 2);
    rule.weight = rule.weight > STARLINGS_ONE ? STARLINGS_ONE : rule.weight;
    return rule;
}

static starlings_status onto_add(starlings_ontology *ontology, const onto_rule *rule)
{
    starlings_text list[ONTO_LIST];
    starlings_rule given;
    memset(&given, 0, sizeof given);
    given.kind = rule->kind;
    given.name = starlings_text_of(onto_names[rule->name]);
    for (uint32_t i = 0; i < rule->list_count; i++)
        list[i] = starlings_text_of(onto_names[rule->list[i]]);
    given.attributes = list;
    given.attribute_count = rule->list_count;
    given.perspective = starlings_text_of(onto_names[rule->perspective]);
    given.weight = (double)rule->weight / 1e6;
    return starlings_ontology_add(ontology, &given);
}

static void test_ontology_calls(void)
{
    t_rng rng = t_rng_make(81);
    for (uint32_t round = 0; round < (t_state.big ? 2000u : 60u); round++) {
        starlings_ontology *ontology = NULL;
        onto_model model;
        model.count = 0;
        model.type = STARLINGS_NONE;
        T_STATUS(starlings_ontology_create(NULL, &ontology), 0);
        for (uint32_t i = 0; i < ONTO_RULES; i++) {
            onto_rule rule = onto_random_rule(&rng);
            T_STATUS(onto_add(ontology, &rule), onto_model_add(&model, &rule));
        }
        onto_check(ontology, &model);
        starlings_ontology_release(ontology);
    }
}

static starlings_rule onto_rule_of(starlings_rule_kind kind, const char *name)
{
    starlings_rule rule;
    memset(&rule, 0, sizeof rule);
    rule.kind = kind;
    rule.name = starlings_text_of(name);
    return rule;
}

static void test_ontology_bad_calls(void)
{
    starlings_ontology *ontology = NULL;
    starlings_text list[2];
    starlings_error error;
    starlings_env env;
    starlings_rule rule;
    memset(&env, 0, sizeof env);
    env.error = &error;
    T_STATUS(starlings_ontology_create(&env, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_ontology_create(&env, &ontology), 0);
    T_REQUIRE(ontology != NULL);
    rule = onto_rule_of(STARLINGS_RULE_STRONG, "a");
    T_STATUS(starlings_ontology_add(NULL, &rule), STARLINGS_ERR_ARG);
    T_STATUS(starlings_ontology_add(ontology, NULL), STARLINGS_ERR_ARG);
    rule.kind = (starlings_rule_kind)0;
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    T_EQ_STR(error.text, "there is no such kind of rule");
    rule.kind = (starlings_rule_kind)(STARLINGS_RULE_AUTHORITY + 1);
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    rule = onto_rule_of(STARLINGS_RULE_STRONG, "");
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    T_EQ_STR(error.text, "strong without a name");
    rule.name.text = NULL;
    rule.name.size = 3;
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    rule = onto_rule_of(STARLINGS_RULE_AUTHORITY, "a");
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    T_EQ_STR(error.text, "authority without a perspective");
    rule = onto_rule_of(STARLINGS_RULE_TYPE, "x:y");
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    T_EQ_STR(error.text, "type \"x:y\" has a colon in its name");
    rule = onto_rule_of(STARLINGS_RULE_KEY, "who");
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    T_EQ_STR(error.text, "key \"who\" without attributes");
    list[0] = starlings_text_of("a");
    list[1] = starlings_text_of("");
    rule.attributes = list;
    rule.attribute_count = 2;
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    T_EQ_STR(error.text, "key with an attribute that has no name");
    list[1] = list[0];
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_DUPLICATE);
    T_EQ_STR(error.text, "key \"who\" has \"a\" twice");
    T_EQ_U64(ontology->rule_count + ontology->attributes.count + ontology->keys.count, 0);
    rule.attribute_count = 1;
    T_STATUS(starlings_ontology_add(ontology, &rule), 0);
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_DUPLICATE);
    T_EQ_STR(error.text, "key \"who\" is said twice");
    rule = onto_rule_of(STARLINGS_RULE_KEY_WEIGHT, "what");
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_STRANGER);
    T_EQ_STR(error.text, "key_weight \"what\": there is no such key so far");
    rule = onto_rule_of(STARLINGS_RULE_KEY_WEIGHT, "who");
    rule.weight = 1.5;
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_WEIGHT);
    T_EQ_STR(error.text, "key_weight \"who\": the weight is outside 0 to 1");
    rule.weight = (DBL_MAX * 2);
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_INFINITE);
    rule.weight = rule.weight - rule.weight;
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_NAN);
    T_EQ_U64(ontology->rule_count, 1);
    T_STATUS(stln_ontology_take(ontology), 0);
    rule = onto_rule_of(STARLINGS_RULE_STRONG, "a");
    T_STATUS(starlings_ontology_add(ontology, &rule), STARLINGS_ERR_ARG);
    T_EQ_STR(error.text, "a linker has taken the ontology");
    T_CHECK(starlings_ontology_retain(ontology) == ontology);
    starlings_ontology_release(ontology);
    T_EQ_U64(stln_ontology_rules(ontology, 0, 0), 0);
    starlings_ontology_release(ontology);
    starlings_ontology_release(NULL);
    T_CHECK(starlings_ontology_retain(NULL) == NULL);
}

/* ---- texts */
enum { ONTO_TEXT = 8192 };

typedef struct onto_text {
    char bytes[ONTO_TEXT];
    size_t size;
    size_t limit; /* a write beyond this fails; 0: none does */
} onto_text;

static starlings_status onto_write(void *ctx, const void *bytes, size_t size)
{
    onto_text *text = (onto_text *)ctx;
    if (size > sizeof text->bytes - text->size ||
        (text->limit > 0 && text->size + size > text->limit))
        return STARLINGS_ERR_IO;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    return STARLINGS_OK;
}

static starlings_text onto_text_of(const onto_text *text)
{
    starlings_text out;
    out.text = text->bytes;
    out.size = text->size;
    return out;
}

static void onto_text_add(onto_text *text, const char *piece)
{
    T_CHECK(onto_write(text, piece, strlen(piece)) == STARLINGS_OK);
}

static void onto_written(const starlings_ontology *ontology, onto_text *text)
{
    starlings_sink sink = { onto_write, NULL };
    sink.ctx = text;
    text->size = text->limit = 0;
    T_STATUS(starlings_ontology_write(ontology, &sink), 0);
}

static bool onto_same_text(const onto_text *a, const onto_text *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* Some blank, and none now and then where there need not be any. */
static void onto_text_blank(onto_text *text, t_rng *rng, bool needed)
{
    static const char *const blanks[4] = { " ", "\t", "   ", "" };
    onto_text_add(text, blanks[t_below(rng, needed ? 3 : 4)]);
}

static void onto_text_name(onto_text *text, t_rng *rng, uint32_t name)
{
    const char *p = onto_names[name];
    bool quote = strpbrk(p, " :#\"\n,") != NULL || t_below(rng, 4) == 0;
    onto_text_add(text, quote ? "\"" : "");
    for (; *p != '\0'; p++) {
        char piece[3] = { *p, '\0', '\0' };
        if (*p == '"')
            piece[1] = '"';
        onto_text_add(text, piece);
    }
    onto_text_add(text, quote ? "\"" : "");
}

/* The end of a line, or several, with comments. */
static void onto_text_end(onto_text *text, t_rng *rng)
{
    do {
        if (t_below(rng, 4) == 0)
            onto_text_add(text, t_below(rng, 2) == 0 ? "# strong a \" : ," : "   #");
        onto_text_blank(text, rng, false);
        onto_text_add(text, t_below(rng, 3) == 0 ? "\r\n" : "\n");
    } while (t_below(rng, 4) == 0);
}

/* A rule without the end of its line. */
static void onto_text_rule(onto_text *text, t_rng *rng, const onto_rule *rule)
{
    static const char *const words[] = { "",          "type",   "key",           "key_weight",
                                         "strong",    "strong", "scope",         "scope",
                                         "permanent", "unique", "unique_within", "weight",
                                         "authority" };
    char weight[32];
    onto_text_blank(text, rng, false);
    onto_text_add(text, words[rule->kind]);
    onto_text_blank(text, rng, true);
    if (onto_is_scope(rule->kind))
        onto_text_add(text, rule->kind == STARLINGS_RULE_SCOPE_ANY ? "any" : "perspective");
    else
        onto_text_name(text, rng, rule->kind == STARLINGS_RULE_WEIGHT ? rule->perspective
                                                                      : rule->name);
    for (uint32_t i = 0; i < rule->list_count; i++) {
        onto_text_blank(text, rng, false);
        onto_text_add(text, i == 0 ? ":" : ",");
        onto_text_blank(text, rng, false);
        onto_text_name(text, rng, rule->list[i]);
    }
    onto_text_blank(text, rng, true);
    if (rule->kind == STARLINGS_RULE_STRONG_MANY)
        onto_text_add(text, "many");
    if (rule->kind == STARLINGS_RULE_AUTHORITY)
        onto_text_name(text, rng, rule->perspective);
    if (rule->kind == STARLINGS_RULE_WEIGHT || rule->kind == STARLINGS_RULE_KEY_WEIGHT) {
        snprintf(weight, sizeof weight, t_below(rng, 2) == 0 ? "%.6f" : "%.6e",
                 (double)rule->weight / 1e6);
        onto_text_add(text, weight);
    }
}

static uint64_t onto_lines(const onto_text *text)
{
    uint64_t lines = 1;
    for (size_t i = 0; i < text->size; i++)
        lines += text->bytes[i] == '\n';
    return lines;
}

/* A text of rules that all hold; at its end, with `bad`, one that does not, whose line and status
   are told. Adjacent rules about permanent attributes share a line. */
static void onto_random_text(onto_text *text, t_rng *rng, onto_model *model, bool bad,
                             uint64_t *out_line, starlings_status *out_status)
{
    uint32_t wanted = 1 + t_below(rng, ONTO_RULES - 1), tries = 0;
    starlings_rule_kind last = STARLINGS_RULE_FORCE_I32;
    model->count = 0;
    model->type = STARLINGS_NONE;
    *out_status = STARLINGS_OK;
    *out_line = 0;
    text->size = text->limit = 0;
    if (t_below(rng, 4) == 0)
        onto_text_add(text, "\xEF\xBB\xBF");
    while ((model->count < wanted && tries++ < 300) || (bad && *out_status == STARLINGS_OK)) {
        onto_rule rule = onto_random_rule(rng);
        onto_model before = *model;
        starlings_status status;
        if (model->count == ONTO_RULES)
            return;
        status = onto_model_add(model, &rule);
        if (status != STARLINGS_OK && (!bad || model->count < wanted / 2))
            continue;
        if (status == STARLINGS_OK && rule.kind == STARLINGS_RULE_PERMANENT && last == rule.kind &&
            t_below(rng, 2) == 0) {
            onto_text_add(text, ",");
            onto_text_blank(text, rng, false);
            onto_text_name(text, rng, rule.name);
            continue;
        }
        if (before.count > 0)
            onto_text_end(text, rng);
        last = rule.kind;
        if (status != STARLINGS_OK) {
            *out_line = onto_lines(text);
            *out_status = status;
        }
        onto_text_rule(text, rng, &rule);
        if (status != STARLINGS_OK)
            break;
    }
    if (t_below(rng, 2) == 0)
        onto_text_end(text, rng);
}

static void test_ontology_texts(void)
{
    t_rng rng = t_rng_make(82);
    static onto_text text, first, second;
    for (uint32_t round = 0; round < (t_state.big ? 2000u : 150u); round++) {
        starlings_ontology *ontology = NULL, *again = NULL;
        starlings_error error;
        starlings_env env;
        starlings_status want;
        uint64_t line;
        onto_model model;
        memset(&env, 0, sizeof env);
        env.error = &error;
        onto_random_text(&text, &rng, &model, round % 3 == 0, &line, &want);
        T_STATUS(starlings_ontology_create(&env, &ontology), 0);
        T_STATUS(starlings_ontology_create(&env, &again), 0);
        error.line = 0;
        T_STATUS(starlings_ontology_read(ontology, onto_text_of(&text)), want);
        T_EQ_U64(error.line, line);
        if (want != STARLINGS_OK)
            model.count = 0;
        onto_check(ontology, &model);
        onto_written(ontology, &first);
        T_STATUS(starlings_ontology_read(again, onto_text_of(&first)), 0);
        onto_check(again, &model);
        onto_written(again, &second);
        T_CHECK(onto_same_text(&first, &second));
        starlings_ontology_release(ontology);
        starlings_ontology_release(again);
    }
}

static void test_ontology_written(void)
{
    static const char text[] = "# people\r\n"
                               "key  who : name,born\r\n\r\n"
                               "key_weight who .25 # not much\n"
                               "permanent name, born,\"full name\"\n"
                               "scope any\n"
                               "weight hr 1e0\n"
                               "weight \"a \"\"b\"\"\" 0\n"
                               "type person\n"
                               "strong many\n"
                               "strong ssn many\n"
                               "authority name \"h,r\"\n"
                               "unique \"#\"\n"
                               "unique_within ssn";
    static const char want[] = "key who: name, born\n"
                               "key_weight who 0.25\n"
                               "permanent name\n"
                               "permanent born\n"
                               "permanent \"full name\"\n"
                               "scope any\n"
                               "weight hr 1\n"
                               "weight \"a \"\"b\"\"\" 0\n"
                               "type person\n"
                               "strong many\n"
                               "strong ssn many\n"
                               "authority name \"h,r\"\n"
                               "unique \"#\"\n"
                               "unique_within ssn\n";
    starlings_ontology *ontology = NULL;
    starlings_sink sink = { onto_write, NULL };
    static onto_text out;
    T_STATUS(starlings_ontology_create(NULL, &ontology), 0);
    T_REQUIRE(ontology != NULL);
    T_STATUS(starlings_ontology_read(ontology, starlings_text_of(text)), 0);
    onto_written(ontology, &out);
    T_CHECK(onto_text_is(onto_text_of(&out), want));
    /* A text read later goes on with the type that was named last. */
    T_STATUS(starlings_ontology_read(ontology, starlings_text_of("unique x")), 0);
    T_EQ_U64(ontology->rules[ontology->rule_count - 1].type, 0);
    /* A sink that fails, at each place. */
    sink.ctx = &out;
    for (size_t limit = 1; limit < strlen(want); limit++) {
        out.size = 0;
        out.limit = limit;
        T_STATUS(starlings_ontology_write(ontology, &sink), STARLINGS_ERR_IO);
    }
    sink.write = NULL;
    T_STATUS(starlings_ontology_write(ontology, &sink), STARLINGS_ERR_ARG);
    T_STATUS(starlings_ontology_write(ontology, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_ontology_write(NULL, &sink), STARLINGS_ERR_ARG);
    starlings_ontology_release(ontology);
}

typedef struct onto_bad_text {
    const char *text;
    starlings_status status;
    uint64_t line;
    const char *message;
} onto_bad_text;

static const onto_bad_text onto_bad_texts[] = {
    { "strong a\nfoo b", STARLINGS_ERR_FORMAT, 2, "there is no rule \"foo\"" },
    { "\n\n\"type\" x", STARLINGS_ERR_FORMAT, 3, "a line begins with neither a rule nor #" },
    { ", a", STARLINGS_ERR_FORMAT, 1, "a line begins with neither a rule nor #" },
    { "type", STARLINGS_ERR_FORMAT, 1, "type: a name is missing" },
    { "type # x", STARLINGS_ERR_FORMAT, 1, "type: a name is missing" },
    { "type x:y", STARLINGS_ERR_FORMAT, 1, "type: a colon is too much" },
    { "type x y", STARLINGS_ERR_FORMAT, 1, "type: \"y\" is too much" },
    { "type \"x:y\"", STARLINGS_ERR_ARG, 1, "type \"x:y\" has a colon in its name" },
    { "type \"\"", STARLINGS_ERR_ARG, 1, "type without a name" },
    { "type x\r\ntype y\r\ntype x", STARLINGS_ERR_DUPLICATE, 3, "type \"x\" is said twice" },
    { "key", STARLINGS_ERR_FORMAT, 1, "key: a name is missing" },
    { "key : a", STARLINGS_ERR_FORMAT, 1, "key: a name is missing" },
    { "key who a", STARLINGS_ERR_FORMAT, 1, "key: a colon is missing behind \"who\"" },
    { "key who:", STARLINGS_ERR_FORMAT, 1, "key: a name is missing behind the colon" },
    { "key who: a,", STARLINGS_ERR_FORMAT, 1, "key: a name is missing behind the comma" },
    { "key who: a,,b", STARLINGS_ERR_FORMAT, 1, "key: a name is missing behind the comma" },
    { "key who: a b", STARLINGS_ERR_FORMAT, 1, "key: \"b\" is too much" },
    { "key who: a: b", STARLINGS_ERR_FORMAT, 1, "key: a colon is too much" },
    { "key who: a, b, a", STARLINGS_ERR_DUPLICATE, 1, "key \"who\" has \"a\" twice" },
    { "key who: a, \"\"", STARLINGS_ERR_ARG, 1, "key with an attribute that has no name" },
    { "key who: a\nkey who: b", STARLINGS_ERR_DUPLICATE, 2, "key \"who\" is said twice" },
    { "key_weight who 1", STARLINGS_ERR_STRANGER, 1,
      "key_weight \"who\": there is no such key so far" },
    { "key who: a\ntype t\nkey_weight who 1", STARLINGS_ERR_STRANGER, 3,
      "key_weight \"who\": there is no such key of this type so far" },
    { "key who: a\nkey_weight who", STARLINGS_ERR_FORMAT, 2, "key_weight: a weight is missing" },
    { "key who: a\nkey_weight who x", STARLINGS_ERR_FORMAT, 2,
      "key_weight: the weight \"x\" is not a number" },
    { "key who: a\nkey_weight who nan", STARLINGS_ERR_FORMAT, 2,
      "key_weight: the weight \"nan\" is not a number" },
    { "key who: a\nkey_weight who -0.5", STARLINGS_ERR_WEIGHT, 2,
      "key_weight \"who\": the weight is outside 0 to 1" },
    { "key who: a\nkey_weight who 1\nkey_weight who 1", STARLINGS_ERR_DUPLICATE, 3,
      "key_weight \"who\" is said twice" },
    { "weight p 1.0000001", STARLINGS_ERR_WEIGHT, 1, "weight \"p\": the weight is outside 0 to 1" },
    { "weight p 1e999", STARLINGS_ERR_WEIGHT, 1, "weight \"p\": the weight is outside 0 to 1" },
    { "weight p 1 2", STARLINGS_ERR_FORMAT, 1, "weight: \"2\" is too much" },
    { "weight 1", STARLINGS_ERR_FORMAT, 1, "weight: a weight is missing" },
    { "weight", STARLINGS_ERR_FORMAT, 1, "weight: a perspective is missing" },
    { "weight p 1\ntype t\nweight p 0", STARLINGS_ERR_DUPLICATE, 3, "weight \"p\" is said twice" },
    { "strong", STARLINGS_ERR_FORMAT, 1, "strong: a name is missing" },
    { "strong a, b", STARLINGS_ERR_FORMAT, 1, "strong: a comma is too much" },
    { "strong a \"many\"", STARLINGS_ERR_FORMAT, 1, "strong: \"many\" is too much" },
    { "strong a many many", STARLINGS_ERR_FORMAT, 1, "strong: \"many\" is too much" },
    { "strong a\nstrong a many", STARLINGS_ERR_DUPLICATE, 2, "strong \"a\" is said twice" },
    { "scope", STARLINGS_ERR_FORMAT, 1, "scope: perspective or any is missing" },
    { "scope \"any\"", STARLINGS_ERR_FORMAT, 1, "scope: \"any\" is neither perspective nor any" },
    { "scope any\ntype t\nscope perspective", STARLINGS_ERR_DUPLICATE, 3, "scope is said twice" },
    { "permanent a,", STARLINGS_ERR_FORMAT, 1, "permanent: a name is missing" },
    { "permanent a, b many", STARLINGS_ERR_FORMAT, 1, "permanent: \"many\" is too much" },
    { "permanent a, b, a", STARLINGS_ERR_DUPLICATE, 1, "permanent \"a\" is said twice" },
    { "unique a b", STARLINGS_ERR_FORMAT, 1, "unique: \"b\" is too much" },
    { "unique a\nunique a", STARLINGS_ERR_DUPLICATE, 2, "unique \"a\" is said twice" },
    { "unique_within a\nunique_within a", STARLINGS_ERR_DUPLICATE, 2,
      "unique_within \"a\" is said twice" },
    { "authority a", STARLINGS_ERR_FORMAT, 1, "authority: a perspective is missing" },
    { "authority a p\nauthority a q", STARLINGS_ERR_DUPLICATE, 2, "authority \"a\" is said twice" },
    { "strong a\nstrong \"b\nstrong c\n", STARLINGS_ERR_FORMAT, 2, "a quote is never closed" },
    { "strong \"b\n\n\"\nstrong \"x\"y", STARLINGS_ERR_FORMAT, 4, "text behind a closing quote" },
    { "strong x\"y\"", STARLINGS_ERR_FORMAT, 1, "a quote in the middle of a name" },
    { "strong a\rstrong b", STARLINGS_ERR_FORMAT, 1, "a carriage return without a line feed" },
    { "strong a\r", STARLINGS_ERR_FORMAT, 1, "a carriage return without a line feed" },
    { "strong a\x01", STARLINGS_ERR_FORMAT, 1, "a control character outside quotes" },
    { "strong a\nstrong \"a\x01" "b\" x", STARLINGS_ERR_FORMAT, 2, "strong: \"x\" is too much" },
};

/* Each in an ontology that has rules already: they, and nothing else, are there afterwards. */
static void test_ontology_bad_texts(void)
{
    static onto_text before, after;
    for (size_t i = 0; i < sizeof onto_bad_texts / sizeof *onto_bad_texts; i++) {
        const onto_bad_text *bad = &onto_bad_texts[i];
        starlings_ontology *ontology = NULL;
        starlings_error error;
        starlings_env env;
        memset(&env, 0, sizeof env);
        env.error = &error;
        T_STATUS(starlings_ontology_create(&env, &ontology), 0);
        T_STATUS(starlings_ontology_read(ontology, starlings_text_of("key k: a, z\nunique z")), 0);
        onto_written(ontology, &before);
        T_STATUS(starlings_ontology_read(ontology, starlings_text_of(bad->text)), bad->status);
        T_EQ_STR(error.text, bad->message);
        T_EQ_U64(error.line, bad->line);
        T_EQ_U64(error.status, bad->status);
        onto_written(ontology, &after);
        T_CHECK(onto_same_text(&before, &after));
        T_EQ_U64(ontology->attributes.count, 2);
        T_EQ_U64(ontology->type, STARLINGS_NONE);
        T_EQ_U64(ontology->types.count + ontology->pairs.count + ontology->perspectives.count, 0);
        starlings_ontology_release(ontology);
    }
}

static void test_ontology_read_arguments(void)
{
    starlings_ontology *ontology = NULL;
    starlings_text text = { NULL, 3 };
    T_STATUS(starlings_ontology_create(NULL, &ontology), 0);
    T_STATUS(starlings_ontology_read(NULL, starlings_text_of("")), STARLINGS_ERR_ARG);
    T_STATUS(starlings_ontology_read(ontology, text), STARLINGS_ERR_ARG);
    T_STATUS(starlings_ontology_read(ontology, starlings_text_of(NULL)), 0);
    T_STATUS(starlings_ontology_read(ontology, starlings_text_of("\xEF\xBB\xBF")), 0);
    T_STATUS(starlings_ontology_read(ontology, starlings_text_of("\xEF\xBB")),
             STARLINGS_ERR_FORMAT);
    text.text = "strong \"a\0b\"";
    text.size = 12;
    T_STATUS(starlings_ontology_read(ontology, text), 0);
    T_EQ_U64(stln_texts_at(&ontology->attributes, 0).size, 3);
    text.text = "strong a\0b";
    text.size = 10;
    T_STATUS(starlings_ontology_read(ontology, text), STARLINGS_ERR_FORMAT);
    T_STATUS(stln_ontology_take(ontology), 0);
    T_STATUS(starlings_ontology_read(ontology, starlings_text_of("strong b")), STARLINGS_ERR_ARG);
    starlings_ontology_release(ontology);
}

/* Two ontologies that came about in different ways say the same, number by number. */
static void onto_check_same(const starlings_ontology *a, const starlings_ontology *b)
{
    uint32_t own = 0;
    T_REQUIRE(a->types.count == b->types.count && a->attributes.count == b->attributes.count);
    T_REQUIRE(a->keys.count == b->keys.count && a->key_count == b->key_count);
    T_REQUIRE(a->perspectives.count == b->perspectives.count);
    T_EQ_U64(a->pairs.count, b->pairs.count);
    T_EQ_U64(a->key_attribute_count, b->key_attribute_count);
    T_EQ_U64(a->type, b->type);
    T_CHECK(a->scope_any == b->scope_any && a->scope_said == b->scope_said);
    for (uint32_t i = 0; i < a->attributes.count; i++) {
        own += a->for_all[i].own_count;
        T_EQ_U64(a->for_all[i].own_count, b->for_all[i].own_count);
        for (uint32_t type = 0; type <= a->types.count; type++) {
            T_EQ_U64(stln_ontology_rules(a, type, i), stln_ontology_rules(b, type, i));
            T_EQ_U64(stln_ontology_authority(a, type, i), stln_ontology_authority(b, type, i));
        }
    }
    T_EQ_U64(own, a->pairs.count);
    for (uint32_t i = 0; i < a->perspectives.count; i++)
        T_EQ_U64(a->weights[i], b->weights[i]);
    for (uint32_t i = 0; i < a->key_count; i++) {
        T_EQ_U64(a->key_rules[i].type, b->key_rules[i].type);
        T_EQ_U64(a->key_rules[i].weight, b->key_rules[i].weight);
        T_CHECK(a->key_rules[i].weighed == b->key_rules[i].weighed);
    }
}

/* A byte here and there in a good text is another one, is gone or is there twice. */
static void onto_mutate(onto_text *text, t_rng *rng)
{
    static const char bytes[] = "ab ,:\"#\n\r\tkey strong 019.\x01\xC3";
    uint32_t times = 1 + t_below(rng, 4);
    while (times-- > 0 && text->size > 1) {
        size_t at = t_below(rng, (uint32_t)text->size);
        uint32_t how = t_below(rng, 4);
        if (how == 0)
            text->size = at + 1;
        else if (how == 1)
            memmove(text->bytes + at, text->bytes + at + 1, --text->size - at);
        else
            text->bytes[at] = bytes[t_below(rng, sizeof bytes)];
    }
}

static void test_ontology_mutations(void)
{
    static const char first[] = "unique_within zz\nunique a\nkey k: zz, a\nauthority many p\n"
                                "weight q 0.5\ntype other\nstrong a\nauthority zz q\nkey l: a";
    t_rng rng = t_rng_make(83);
    static onto_text text, before, after, again;
    for (uint32_t round = 0; round < (t_state.big ? 5000u : 600u); round++) {
        starlings_ontology *ontology = NULL, *copy = NULL;
        starlings_error error;
        starlings_env env;
        starlings_status status;
        uint64_t line;
        onto_model model;
        memset(&env, 0, sizeof env);
        memset(&error, 0, sizeof error);
        env.error = &error;
        T_STATUS(starlings_ontology_create(&env, &ontology), 0);
        T_STATUS(starlings_ontology_create(&env, &copy), 0);
        T_STATUS(starlings_ontology_read(ontology, starlings_text_of(first)), 0);
        onto_written(ontology, &before);
        onto_random_text(&text, &rng, &model, false, &line, &status);
        onto_mutate(&text, &rng);
        status = starlings_ontology_read(ontology, onto_text_of(&text));
        onto_written(ontology, &after);
        if (status != STARLINGS_OK) {
            T_CHECK(onto_same_text(&before, &after));
            T_CHECK(error.status == status && error.text[0] != '\0');
            T_CHECK(error.line >= 1 && error.line <= onto_lines(&text));
        }
        T_STATUS(starlings_ontology_read(copy, onto_text_of(&after)), 0);
        onto_written(copy, &again);
        T_CHECK(onto_same_text(&after, &again));
        onto_check_same(ontology, copy);
        starlings_ontology_release(ontology);
        starlings_ontology_release(copy);
    }
}

/* Every allocation fails once. */
static void test_ontology_no_memory(void)
{
    static const char text[] = "key k: a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r\n"
                               "type \"a \"\"b\"\"\"\nstrong a many\nauthority b p\n"
                               "key l: s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae, af, ag, ah\n"
                               "weight p 0.5\nunique \"a\"\"\"\npermanent c, d, e, f, g, h, i, j, "
                               "k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z\n";
    static onto_text out, want;
    faults f = faults_make();
    bool done = false;
    for (size_t at = 0; !done; at++) {
        starlings_ontology *ontology = NULL;
        starlings_error error;
        starlings_env env;
        starlings_status status;
        memset(&env, 0, sizeof env);
        env.allocator = faults_allocator(&f);
        env.error = &error;
        f.calls = f.failed = 0;
        f.fail_at = at;
        status = starlings_ontology_create(&env, &ontology);
        if (status == STARLINGS_OK) {
            f.armed = false;
            T_STATUS(starlings_ontology_read(ontology, starlings_text_of("strong first")), 0);
            f.armed = true;
            status = starlings_ontology_read(ontology, starlings_text_of(text));
        }
        done = f.failed == 0;
        T_STATUS(status, done ? STARLINGS_OK : STARLINGS_ERR_NOMEM);
        if (ontology != NULL) {
            onto_written(ontology, &out);
            T_CHECK(done || onto_text_is(onto_text_of(&out), "strong first\n"));
            T_STATUS(starlings_ontology_read(ontology, starlings_text_of(done ? "" : text)), 0);
            if (done)
                want = out;
        }
        starlings_ontology_release(ontology);
        T_EQ_U64(f.live + f.broken, 0);
        T_REQUIRE(at < 1000);
    }
    T_CHECK(want.size > 100);
}

/* ---- dates */
static int64_t onto_date(const char *text)
{
    int64_t days = 1;
    T_STATUS(starlings_date_parse(starlings_text_of(text), &days), 0);
    return days;
}

/* Whether ten bytes are a date, one byte after the other. */
static bool onto_is_date(const char *text)
{
    static const int most[12] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int y, m, d;
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    y = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0';
    m = (text[5] - '0') * 10 + text[6] - '0';
    d = (text[8] - '0') * 10 + text[9] - '0';
    if (y == 0 || m == 0 || m > 12 || d == 0 || d > most[m - 1])
        return false;
    return m != 2 || d != 29 || (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

/* Day by day through all years, as a calendar on the wall. */
static void test_dates_all(void)
{
    static const int month_days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t day = onto_date("0001-01-01");
    uint64_t wrong = 0;
    for (int y = 1; y <= 9999; y++) {
        bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        bool all = t_state.big || y % 97 == 0 || y < 9 || y % 400 < 2 || y > 9990;
        if (y == 1970)
            T_EQ_U64(day, 0);
        for (int m = 1; m <= 12; m++) {
            int length = month_days[m - 1] + (m == 2 && leap);
            for (int d = 1; d <= length; d++, day++) {
                char want[48], got[24];
                int64_t back = 0;
                if (!all && d > 1 && d < length)
                    continue;
                snprintf(want, sizeof want, "%04d-%02d-%02d", y, m, d);
                starlings_date_write(day, got);
                wrong += strcmp(want, got) != 0;
                wrong += starlings_date_parse(starlings_text_of(want), &back) != STARLINGS_OK;
                wrong += back != day;
            }
        }
    }
    T_EQ_U64(wrong, 0);
    T_CHECK(onto_date("9999-12-31") == day - 1);
    T_CHECK(onto_date("1969-12-31") == -1);
    T_CHECK(onto_date("2000-02-29") == 11016);
    T_CHECK(onto_date("2026-11-21") == 20778);
}

static void test_dates_plain(void)
{
    char text[24];
    starlings_date_write(onto_date("0001-01-01") - 1, text);
    T_EQ_STR(text, "-719163");
    starlings_date_write(onto_date("9999-12-31") + 1, text);
    T_EQ_STR(text, "2932897");
    starlings_date_write(STARLINGS_START_OF_TIME, text);
    T_EQ_STR(text, "-9223372036854775808");
    starlings_date_write(STARLINGS_END_OF_TIME, text);
    T_EQ_STR(text, "9223372036854775807");
    starlings_date_write(0, text);
    T_EQ_STR(text, "1970-01-01");
}

static void test_dates_bad(void)
{
    static const char *const bad[] = {
        "",           "2020",       "2020-1-1",    "2020-01-01 ", " 2020-01-01", "2020-01-0a",
        "2020/01/01", "2020-00-01", "2020-13-01",  "2020-01-00",  "2020-01-32",  "2020-04-31",
        "2019-02-29", "1900-02-29", "0000-01-01",  "-001-01-01",  "2020-02-30",  "20200-1-01",
        "2020-01--1", "+020-01-01", "2020-01-01T", "99999-01-01", "2020_01-01",  "2020-01_01",
    };
    static const char bytes[] = "0123456789-- 1a";
    t_rng rng = t_rng_make(84);
    int64_t days;
    T_STATUS(starlings_date_parse(starlings_text_of("2020-01-01"), NULL), STARLINGS_ERR_ARG);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        days = 7;
        T_STATUS(starlings_date_parse(starlings_text_of(bad[i]), &days), STARLINGS_ERR_FORMAT);
        T_EQ_U64(days, 0);
    }
    for (uint32_t round = 0; round < (t_state.big ? 50000u : 20000u); round++) {
        char text[12] = "1999-01-28", back[24];
        starlings_text given;
        for (uint32_t i = 0; i < 1 + round % 4; i++)
            text[t_below(&rng, 10)] = bytes[t_below(&rng, sizeof bytes - 1)];
        given.text = text;
        given.size = 10;
        T_STATUS(starlings_date_parse(given, &days),
                 onto_is_date(text) ? STARLINGS_OK : STARLINGS_ERR_FORMAT);
        if (!onto_is_date(text))
            continue;
        starlings_date_write(days, back); /* what is read is written again: it was a date */
        if (strcmp(text, back) != 0)
            T_EQ_STR(back, text);
    }
    T_STATUS(starlings_date_parse(starlings_text_of("2000-02-29"), &days), 0);
}

static void test_ontology(void)
{
    test_ontology_calls();
    test_ontology_bad_calls();
    test_ontology_texts();
    test_ontology_written();
    test_ontology_bad_texts();
    test_ontology_read_arguments();
    test_ontology_mutations();
    test_ontology_no_memory();
    test_dates_all();
    test_dates_plain();
    test_dates_bad();
}
