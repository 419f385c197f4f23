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

static void test_ontology(void)
{
    test_ontology_calls();
    test_ontology_bad_calls();
}
