/* test_changes.c - from one partition to the next: against a slow model (every pair of entities,
   links picked one by one), under swaps, other labels and other orders of records, and on the four
   dated outputs of a real system (../shared/data/chadwick_snapshots). */

enum { CHANGES_N = 40 };

static starlings_changes *changes_make(const uint32_t *before, const uint32_t *after, uint32_t n)
{
    starlings_changes_desc desc;
    starlings_changes *changes = NULL;
    memset(&desc, 0, sizeof desc);
    desc.before = before;
    desc.after = after;
    desc.record_count = n;
    T_STATUS(starlings_changes_create(&desc, &changes), STARLINGS_OK);
    return changes;
}

/* ---- the model ------------------------------------------------------------------ */

typedef struct changes_model {
    uint32_t n;
    uint32_t of[2][CHANGES_N]; /* the entity of a record */
    uint32_t count[2];
    starlings_change_entity entity[2][CHANGES_N];
    uint32_t shared[CHANGES_N][CHANGES_N];
    uint32_t record[CHANGES_N][CHANGES_N];
    bool gone[CHANGES_N][CHANGES_N]; /* the link was looked at */
    uint32_t groups;
    starlings_change_group group[2 * CHANGES_N];
} changes_model;

static void changes_model_side(changes_model *m, int side, const uint32_t *labels)
{
    for (uint32_t r = 0; r < m->n; r++) {
        uint32_t e = m->count[side];
        m->of[side][r] = STARLINGS_NONE;
        if (labels[r] == STARLINGS_NONE)
            continue;
        for (uint32_t q = r; q-- > 0;)
            if (labels[q] == labels[r])
                e = m->of[side][q];
        m->of[side][r] = e;
        if (e == m->count[side]) {
            m->count[side]++;
            m->entity[side][e].record = r;
            m->entity[side][e].same = m->entity[side][e].nearest = STARLINGS_NONE;
            m->entity[side][e].group = STARLINGS_NONE;
        }
        m->entity[side][e].size++;
    }
}

static void changes_model_cells(changes_model *m)
{
    for (uint32_t r = m->n; r-- > 0;) {
        uint32_t b = m->of[0][r], a = m->of[1][r];
        if (b == STARLINGS_NONE || a == STARLINGS_NONE)
            continue;
        m->shared[b][a]++;
        m->record[b][a] = r;
        m->entity[0][b].shared++;
        m->entity[1][a].shared++;
    }
    for (uint32_t b = 0; b < m->count[0]; b++)
        for (uint32_t a = 0; a < m->count[1]; a++)
            if (m->shared[b][a] > 0) {
                m->entity[0][b].link_count++;
                m->entity[1][a].link_count++;
            }
}

/* Does the link (b, a) go before (d, c)? As the declarations say it. */
static bool changes_model_first(const changes_model *m, uint32_t b, uint32_t a, uint32_t d,
                                uint32_t c)
{
    uint32_t one = m->entity[0][b].size + m->entity[1][a].size - m->shared[b][a];
    uint32_t two = m->entity[0][d].size + m->entity[1][c].size - m->shared[d][c];
    if (m->shared[b][a] != m->shared[d][c])
        return m->shared[b][a] > m->shared[d][c];
    return one != two ? one < two : m->record[b][a] < m->record[d][c];
}

static void changes_model_rule(changes_model *m)
{
    for (;;) {
        uint32_t d = STARLINGS_NONE, c = 0;
        for (uint32_t b = 0; b < m->count[0]; b++)
            for (uint32_t a = 0; a < m->count[1]; a++)
                if (m->shared[b][a] > 0 && !m->gone[b][a] &&
                    (d == STARLINGS_NONE || changes_model_first(m, b, a, d, c))) {
                    d = b;
                    c = a;
                }
        if (d == STARLINGS_NONE)
            return;
        m->gone[d][c] = true;
        if (m->entity[0][d].nearest == STARLINGS_NONE)
            m->entity[0][d].nearest = c;
        if (m->entity[1][c].nearest == STARLINGS_NONE)
            m->entity[1][c].nearest = d;
        if (m->entity[0][d].same == STARLINGS_NONE && m->entity[1][c].same == STARLINGS_NONE) {
            m->entity[0][d].same = c;
            m->entity[1][c].same = d;
        }
    }
}

/* Give a group to all that hangs on entity e of a side. */
static void changes_model_flood(changes_model *m, int side, uint32_t e, uint32_t group)
{
    if (m->entity[side][e].group != STARLINGS_NONE)
        return;
    m->entity[side][e].group = group;
    for (uint32_t o = 0; o < m->count[1 - side]; o++)
        if ((side == 0 ? m->shared[e][o] : m->shared[o][e]) > 0)
            changes_model_flood(m, 1 - side, o, group);
}

static starlings_change changes_model_kind(const starlings_change_group *g)
{
    if (g->before == 1 && g->after == 1)
        return g->added == 0 && g->removed == 0 ? STARLINGS_CHANGE_UNCHANGED
             : g->removed == 0                  ? STARLINGS_CHANGE_GROWN
             : g->added == 0                    ? STARLINGS_CHANGE_SHRUNK
                                                : STARLINGS_CHANGE_ALTERED;
    if (g->before == 0 || g->after == 0)
        return g->before == 0 ? STARLINGS_CHANGE_NEW : STARLINGS_CHANGE_GONE;
    return g->after == 1 ? STARLINGS_CHANGE_MERGED
         : g->before == 1 ? STARLINGS_CHANGE_SPLIT
                          : STARLINGS_CHANGE_REARRANGED;
}

static void changes_model_groups(changes_model *m)
{
    for (uint32_t r = 0; r < m->n; r++)
        for (int s = 0; s < 2; s++) {
            uint32_t e = m->of[s][r];
            if (e == STARLINGS_NONE || m->entity[s][e].group != STARLINGS_NONE)
                continue;
            m->group[m->groups].record = r;
            changes_model_flood(m, s, e, m->groups++);
        }
    for (uint32_t r = 0; r < m->n; r++) {
        uint32_t b = m->of[0][r], a = m->of[1][r];
        if (b != STARLINGS_NONE && a != STARLINGS_NONE && m->entity[0][b].same == a)
            m->group[m->entity[0][b].group].kept++;
        else if (b != STARLINGS_NONE && a != STARLINGS_NONE)
            m->group[m->entity[0][b].group].moved++;
        else if (b != STARLINGS_NONE)
            m->group[m->entity[0][b].group].removed++;
        else if (a != STARLINGS_NONE)
            m->group[m->entity[1][a].group].added++;
    }
    for (uint32_t e = 0; e < m->count[0]; e++)
        m->group[m->entity[0][e].group].before++;
    for (uint32_t e = 0; e < m->count[1]; e++)
        m->group[m->entity[1][e].group].after++;
    for (uint32_t g = 0; g < m->groups; g++)
        m->group[g].kind = changes_model_kind(&m->group[g]);
}

static changes_model *changes_model_make(const uint32_t *before, const uint32_t *after, uint32_t n)
{
    changes_model *m = (changes_model *)calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->n = n;
    changes_model_side(m, 0, before);
    changes_model_side(m, 1, after);
    changes_model_cells(m);
    changes_model_rule(m);
    changes_model_groups(m);
    for (int s = 0; s < 2; s++) {
        uint32_t links = 0;
        for (uint32_t e = 0; e < m->count[s]; e++) {
            m->entity[s][e].kind = m->group[m->entity[s][e].group].kind;
            m->entity[s][e].first_link = links;
            links += m->entity[s][e].link_count;
        }
    }
    return m;
}

/* ---- comparing ------------------------------------------------------------------ */

/* The links of a side are the cells of the model, one after the other. */
static void changes_links_are(const starlings_changes *changes, const changes_model *m, int side)
{
    uint32_t count = 0, at = 0;
    const starlings_change_link *links = starlings_changes_links(changes, (starlings_side)side,
                                                                 &count);
    for (uint32_t e = 0; e < m->count[side]; e++)
        for (uint32_t o = 0; o < m->count[1 - side]; o++) {
            uint32_t b = side == 0 ? e : o, a = side == 0 ? o : e;
            if (m->shared[b][a] == 0)
                continue;
            T_REQUIRE(at < count);
            T_CHECK(links[at].before == b && links[at].after == a &&
                    links[at].shared == m->shared[b][a] && links[at].record == m->record[b][a]);
            at++;
        }
    T_EQ_U64(at, count);
}

/* Sums, from the groups. */
static void changes_sums_hold(const starlings_changes *changes)
{
    starlings_change_sums want;
    uint32_t groups = 0, before = 0, after = 0;
    const starlings_change_group *group = starlings_changes_groups(changes, &groups);
    memset(&want, 0, sizeof want);
    for (uint32_t g = 0; g < groups; g++) {
        want.groups[group[g].kind]++;
        want.before[group[g].kind] += group[g].before;
        want.after[group[g].kind] += group[g].after;
        want.kept += group[g].kept;
        want.moved += group[g].moved;
        want.added += group[g].added;
        want.removed += group[g].removed;
    }
    (void)starlings_changes_entities(changes, STARLINGS_BEFORE, &before);
    (void)starlings_changes_entities(changes, STARLINGS_AFTER, &after);
    for (uint32_t e = 0; e < after; e++)
        want.ids_stay += starlings_changes_inherits(changes, e) != STARLINGS_NONE;
    want.ids_end = before - want.ids_stay;
    want.ids_begin = after - want.ids_stay;
    T_CHECK(memcmp(&want, starlings_changes_sums(changes), sizeof want) == 0);
}

static void changes_are(const starlings_changes *changes, const changes_model *m)
{
    uint32_t count = 0;
    const starlings_change_group *groups;
    T_REQUIRE(changes != NULL && m != NULL);
    for (int s = 0; s < 2; s++) {
        const starlings_change_entity *entities =
            starlings_changes_entities(changes, (starlings_side)s, &count);
        const uint32_t *labels = starlings_changes_labels(changes, (starlings_side)s);
        T_EQ_U64(count, m->count[s]);
        T_CHECK(count == 0 || memcmp(entities, m->entity[s], count * sizeof *entities) == 0);
        T_CHECK(m->n == 0 || memcmp(labels, m->of[s], m->n * sizeof *labels) == 0);
        changes_links_are(changes, m, s);
    }
    groups = starlings_changes_groups(changes, &count);
    T_EQ_U64(count, m->groups);
    T_CHECK(count == 0 || memcmp(groups, m->group, count * sizeof *groups) == 0);
    changes_sums_hold(changes);
}

static uint64_t changes_hash(const starlings_changes *changes)
{
    uint64_t hash = MODEL_HASH_START;
    uint32_t count = 0;
    const starlings_change_group *groups;
    for (int s = 0; s < 2; s++) {
        const starlings_change_link *links;
        const starlings_change_entity *entities =
            starlings_changes_entities(changes, (starlings_side)s, &count);
        hash = model_hash(hash, entities, count * sizeof *entities);
        links = starlings_changes_links(changes, (starlings_side)s, &count);
        hash = model_hash(hash, links, count * sizeof *links);
    }
    groups = starlings_changes_groups(changes, &count);
    hash = model_hash(hash, groups, count * sizeof *groups);
    return model_hash(hash, starlings_changes_sums(changes), sizeof(starlings_change_sums));
}

/* ---- random partitions ------------------------------------------------------------ */

/* Labels of one side: some records are missing, entities are few or many. */
static void changes_random(t_rng *rng, uint32_t n, uint32_t *labels)
{
    uint32_t entities = 1 + t_below(rng, n + 2), missing = t_below(rng, 4);
    uint32_t step = t_below(rng, 2) == 0 ? 1 : 89478485; /* small labels and large ones */
    for (uint32_t r = 0; r < n; r++)
        labels[r] = t_below(rng, 8) < missing ? STARLINGS_NONE : t_below(rng, entities) * step;
}

/* The other side: mostly as the first. */
static void changes_perturb(t_rng *rng, uint32_t n, const uint32_t *before, uint32_t *after)
{
    uint32_t odds = 2 + t_below(rng, 20);
    changes_random(rng, n, after);
    for (uint32_t r = 0; r < n && odds > 3; r++)
        if (t_below(rng, odds) != 0)
            after[r] = before[r];
}

static void changes_random_model(void)
{
    t_rng rng = t_rng_make(6601);
    uint32_t before[CHANGES_N], after[CHANGES_N], rounds = t_state.big ? 50000 : 2500;
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t n = t_below(&rng, round % 8 == 0 ? CHANGES_N + 1 : 13);
        changes_model *m;
        starlings_changes *changes;
        changes_random(&rng, n, before);
        changes_perturb(&rng, n, before, after);
        m = changes_model_make(before, after, n);
        changes = changes_make(before, after, n);
        changes_are(changes, m);
        starlings_changes_release(changes);
        free(m);
    }
}

/* ---- laws ------------------------------------------------------------------------- */

static starlings_change changes_mirror(starlings_change kind)
{
    static const starlings_change mirror[STARLINGS_CHANGE_COUNT] = {
        STARLINGS_CHANGE_UNCHANGED, STARLINGS_CHANGE_SHRUNK, STARLINGS_CHANGE_GROWN,
        STARLINGS_CHANGE_ALTERED,   STARLINGS_CHANGE_SPLIT,  STARLINGS_CHANGE_MERGED,
        STARLINGS_CHANGE_REARRANGED, STARLINGS_CHANGE_GONE,  STARLINGS_CHANGE_NEW
    };
    return mirror[kind];
}

/* Backwards, kinds are mirrored and the same pairs share an id. */
static void changes_mirrored(const starlings_changes *there, const starlings_changes *back)
{
    uint32_t count = 0, other = 0;
    const starlings_change_group *g = starlings_changes_groups(there, &count);
    const starlings_change_group *h = starlings_changes_groups(back, &other);
    T_EQ_U64(count, other);
    for (uint32_t i = 0; i < count && count == other; i++) {
        T_EQ_U64(h[i].kind, changes_mirror(g[i].kind));
        T_CHECK(g[i].kept == h[i].kept && g[i].moved == h[i].moved &&
                g[i].added == h[i].removed && g[i].removed == h[i].added &&
                g[i].before == h[i].after && g[i].after == h[i].before &&
                g[i].record == h[i].record);
    }
    for (int s = 0; s < 2; s++) {
        const starlings_change_entity *e =
            starlings_changes_entities(there, (starlings_side)s, &count);
        const starlings_change_entity *f =
            starlings_changes_entities(back, (starlings_side)(1 - s), &other);
        T_EQ_U64(count, other);
        for (uint32_t i = 0; i < count && count == other; i++)
            T_CHECK(e[i].same == f[i].same && e[i].nearest == f[i].nearest &&
                    e[i].size == f[i].size && e[i].group == f[i].group);
    }
}

static void changes_laws(void)
{
    t_rng rng = t_rng_make(6602);
    uint32_t before[CHANGES_N], after[CHANGES_N], named[2][CHANGES_N];
    for (uint32_t round = 0; round < 500; round++) {
        uint32_t n = 1 + t_below(&rng, CHANGES_N), shift = t_below(&rng, 1000);
        starlings_changes *there, *back, *same, *renamed;
        const starlings_change_sums *sums;
        changes_random(&rng, n, before);
        changes_perturb(&rng, n, before, after);
        there = changes_make(before, after, n);
        back = changes_make(after, before, n);
        changes_mirrored(there, back);
        /* other labels, the same answer */
        for (uint32_t r = 0; r < n; r++) {
            named[0][r] = before[r] == STARLINGS_NONE ? before[r] : UINT32_MAX - 1 - before[r];
            named[1][r] = after[r] == STARLINGS_NONE ? after[r] : after[r] + shift;
        }
        renamed = changes_make(named[0], named[1], n);
        T_EQ_U64(changes_hash(renamed), changes_hash(there));
        /* nothing happened */
        same = changes_make(before, named[0], n);
        sums = starlings_changes_sums(same);
        T_EQ_U64(sums->moved + sums->added + sums->removed + sums->ids_end + sums->ids_begin, 0);
        T_EQ_U64(sums->groups[STARLINGS_CHANGE_UNCHANGED], sums->ids_stay);
        starlings_changes_release(there);
        starlings_changes_release(back);
        starlings_changes_release(same);
        starlings_changes_release(renamed);
    }
}

/* Records in another order: where no links tie the same entities share an id. Entities of 1, 2, 4
   ... 32 records make every link different. */
static void changes_other_order(void)
{
    t_rng rng = t_rng_make(6603);
    uint32_t before[63], after[63], order[63], mixed[2][63];
    for (uint32_t r = 0, e = 0; r < 63; r++) {
        e += r == 1 || r == 3 || r == 7 || r == 15 || r == 31;
        before[r] = e;
        after[r] = e % 2;
        order[r] = r;
    }
    for (uint32_t round = 0; round < 50; round++) {
        starlings_changes *changes;
        const starlings_change_entity *a, *b;
        uint32_t count = 0;
        for (uint32_t i = 62; i > 0; i--) {
            uint32_t j = t_below(&rng, i + 1), kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        for (uint32_t r = 0; r < 63; r++) {
            mixed[0][r] = before[order[r]];
            mixed[1][r] = after[order[r]];
        }
        changes = changes_make(mixed[0], mixed[1], 63);
        a = starlings_changes_entities(changes, STARLINGS_AFTER, &count);
        b = starlings_changes_entities(changes, STARLINGS_BEFORE, NULL);
        T_REQUIRE(count == 2);
        for (uint32_t e = 0; e < 2; e++) { /* the largest of each: 5 (32 records) and 4 (16) */
            T_REQUIRE(a[e].same != STARLINGS_NONE);
            T_EQ_U64(mixed[0][b[a[e].same].record], 4 + mixed[1][a[e].record]);
        }
        starlings_changes_release(changes);
    }
}

/* ---- by hand ---------------------------------------------------------------------- */

#define CHANGES_NO STARLINGS_NONE

/* The picture of S18: one group of each kind. */
static void changes_picture(void)
{
    static const uint32_t before[24] = { 10, 10, 11, CHANGES_NO, 12, 12, 13, 13, CHANGES_NO,
                                         20, 20, 30, 40, 40, 40, 50, 50, 50, 60, 60, 60,
                                         CHANGES_NO, 70, CHANGES_NO };
    static const uint32_t after[24] = { 1, 1, 2, 2, 3, CHANGES_NO, 4, CHANGES_NO, 4,
                                        5, 5, 5, 6, 6, 7, 8, 8, 9, 9, 9, 8,
                                        80, CHANGES_NO, CHANGES_NO };
    static const uint32_t inherits[10] = { 0, 1, 2, 3, 4, 6, CHANGES_NO, 7, 8, CHANGES_NO };
    starlings_changes *changes = changes_make(before, after, 24);
    const starlings_change_sums *sums = starlings_changes_sums(changes);
    uint32_t count = 0;
    const starlings_change_group *groups = starlings_changes_groups(changes, &count);
    const starlings_change_entity *old = starlings_changes_entities(changes, STARLINGS_BEFORE,
                                                                    NULL);
    T_REQUIRE(count == 9);
    for (uint32_t g = 0; g < 9; g++)
        T_EQ_U64(groups[g].kind, g);
    for (uint32_t e = 0; e < 10; e++)
        T_EQ_U64(starlings_changes_inherits(changes, e), inherits[e]);
    T_EQ_U64(starlings_changes_inherits(changes, 10), STARLINGS_NONE);
    T_CHECK(old[5].same == STARLINGS_NONE && old[5].nearest == 4); /* 30: look in 5 */
    T_CHECK(sums->ids_stay == 8 && sums->ids_end == 2 && sums->ids_begin == 2);
    T_CHECK(sums->kept == 13 && sums->moved == 4 && sums->added == 3 && sums->removed == 3);
    starlings_changes_release(changes);
}

/* The example of S66: greedy leaves A's id where most of A is. */
static void changes_greedy(void)
{
    static const uint32_t before[13] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1 };
    static const uint32_t after[13] = { 7, 7, 7, 7, 7, 8, 8, 8, 8, 7, 7, 7, 7 };
    starlings_changes *changes = changes_make(before, after, 13);
    T_EQ_U64(starlings_changes_inherits(changes, 0), 0);
    T_EQ_U64(starlings_changes_inherits(changes, 1), STARLINGS_NONE);
    T_EQ_U64(starlings_changes_sums(changes)->kept, 5);
    starlings_changes_release(changes);
}

/* An id stays with the little that no other id has: nearest is not same, and says where most is. */
static void changes_remnant(void)
{
    static const uint32_t before[9] = { 0, 0, 0, 1, 1, 1, 1, 1, 1 };
    static const uint32_t after[9] = { 7, 7, 8, 7, 7, 7, 7, 7, 7 };
    starlings_changes *changes = changes_make(before, after, 9);
    const starlings_change_entity *old = starlings_changes_entities(changes, STARLINGS_BEFORE,
                                                                    NULL);
    T_REQUIRE(old != NULL);
    T_CHECK(old[0].same == 1 && old[0].nearest == 0); /* one of three records, two of three */
    T_CHECK(old[1].same == 0 && old[1].nearest == 0);
    starlings_changes_release(changes);
}

/* Ties: the larger share first, then the smallest record; labels do not matter. */
static void changes_ties(void)
{
    static const uint32_t before[5] = { 9, 9, 9, 2, 2 }, after[5] = { 5, 5, CHANGES_NO, 5, 5 };
    static const uint32_t halves[4] = { 9, 9, 2, 2 }, whole[4] = { 1, 1, 1, 1 };
    starlings_changes *changes = changes_make(before, after, 5);
    T_EQ_U64(starlings_changes_inherits(changes, 0), 1); /* all of {3, 4}, two of {0, 1, 2} */
    starlings_changes_release(changes);
    changes = changes_make(halves, whole, 4);
    T_EQ_U64(starlings_changes_inherits(changes, 0), 0);
    starlings_changes_release(changes);
    changes = changes_make(whole, halves, 4);
    T_EQ_U64(starlings_changes_inherits(changes, 0), 0);
    T_EQ_U64(starlings_changes_inherits(changes, 1), STARLINGS_NONE);
    starlings_changes_release(changes);
}

static void changes_empty_sides(void)
{
    static const uint32_t none[3] = { CHANGES_NO, CHANGES_NO, CHANGES_NO }, some[3] = { 4, 4, 0 };
    starlings_changes *changes = changes_make(NULL, NULL, 0);
    uint32_t count = 1;
    T_CHECK(starlings_changes_entities(changes, STARLINGS_AFTER, &count) == NULL && count == 0);
    T_CHECK(starlings_changes_links(changes, STARLINGS_BEFORE, NULL) == NULL);
    T_CHECK(starlings_changes_groups(changes, NULL) == NULL);
    T_CHECK(starlings_changes_labels(changes, STARLINGS_AFTER) == NULL);
    starlings_changes_release(starlings_changes_retain(changes));
    starlings_changes_release(changes);
    changes = changes_make(none, some, 3);
    T_EQ_U64(starlings_changes_sums(changes)->groups[STARLINGS_CHANGE_NEW], 2);
    starlings_changes_release(changes);
    changes = changes_make(some, none, 3);
    T_EQ_U64(starlings_changes_sums(changes)->groups[STARLINGS_CHANGE_GONE], 2);
    starlings_changes_release(changes);
    changes = changes_make(none, none, 3);
    T_CHECK(starlings_changes_groups(changes, &count) == NULL && count == 0);
    T_CHECK(starlings_changes_labels(changes, STARLINGS_AFTER)[2] == STARLINGS_NONE);
    starlings_changes_release(changes);
}

static void changes_arguments(void)
{
    static const uint32_t some[3] = { 4, 4, 0 };
    starlings_changes_desc desc;
    starlings_changes *changes = NULL;
    memset(&desc, 0, sizeof desc);
    T_STATUS(starlings_changes_create(NULL, &changes), STARLINGS_ERR_ARG);
    T_STATUS(starlings_changes_create(&desc, NULL), STARLINGS_ERR_ARG);
    desc.record_count = 3;
    desc.before = some;
    T_STATUS(starlings_changes_create(&desc, &changes), STARLINGS_ERR_ARG);
    T_CHECK(changes == NULL);
    desc.after = some;
    desc.record_count = UINT32_MAX;
    T_STATUS(starlings_changes_create(&desc, &changes), STARLINGS_ERR_RANGE);
    T_CHECK(starlings_changes_retain(NULL) == NULL && starlings_changes_sums(NULL) == NULL);
    T_CHECK(starlings_changes_inherits(NULL, 0) == STARLINGS_NONE);
    T_CHECK(starlings_changes_entities(NULL, STARLINGS_AFTER, NULL) == NULL);
    starlings_changes_release(NULL);
    T_EQ_STR(starlings_change_name(STARLINGS_CHANGE_GONE), "gone");
    T_EQ_STR(starlings_change_name(STARLINGS_CHANGE_UNCHANGED), "unchanged");
    T_CHECK(starlings_change_name(STARLINGS_CHANGE_COUNT) == NULL);
}

/* ---- faults, workers, size ---------------------------------------------------------- */

/* Allocation fail_at fails, or progress stops at report stop_at. */
static starlings_status changes_try(size_t fail_at, size_t stop_at, uint32_t workers,
                                    uint64_t *out_hash, size_t *out_calls)
{
    t_rng rng = t_rng_make(6604);
    faults f = faults_make();
    faults_cancel cancel = { 0, SIZE_MAX, 0, false };
    starlings_changes_desc desc;
    starlings_changes *changes = NULL;
    starlings_status status;
    uint32_t before[CHANGES_N], after[CHANGES_N];
    changes_random(&rng, CHANGES_N, before);
    changes_random(&rng, CHANGES_N, after);
    memset(&desc, 0, sizeof desc);
    cancel.stop_at = stop_at;
    f.fail_at = fail_at;
    desc.before = before;
    desc.after = after;
    desc.record_count = CHANGES_N;
    desc.env.allocator = faults_allocator(&f);
    desc.env.workers.count = workers;
    desc.env.workers.run = faults_run_backwards;
    desc.env.progress.report = faults_report;
    desc.env.progress.ctx = &cancel;
    status = starlings_changes_create(&desc, &changes);
    T_CHECK((changes != NULL) == (status == STARLINGS_OK));
    *out_hash = changes == NULL ? 0 : changes_hash(changes);
    *out_calls = f.calls;
    starlings_changes_release(changes);
    T_CHECK(f.live == 0 && f.broken == 0 && cancel.broken == 0);
    return status;
}

static void changes_faults(void)
{
    uint64_t want, hash;
    size_t calls, seen;
    T_STATUS(changes_try(SIZE_MAX, SIZE_MAX, 1, &want, &calls), STARLINGS_OK);
    T_CHECK(calls > 10);
    for (size_t i = 0; i < calls; i++)
        T_STATUS(changes_try(i, SIZE_MAX, 1, &hash, &seen), STARLINGS_ERR_NOMEM);
    for (uint32_t workers = 0; workers < 5; workers++) {
        T_STATUS(changes_try(SIZE_MAX, SIZE_MAX, workers, &hash, &seen), STARLINGS_OK);
        T_EQ_U64(hash, want);
    }
    for (size_t i = 0; i < 3; i++)
        T_STATUS(changes_try(SIZE_MAX, i, 1, &hash, &seen), STARLINGS_ERR_CANCELLED);
    T_STATUS(changes_try(SIZE_MAX, 3, 1, &hash, &seen), STARLINGS_OK);
}

/* Large: pairs become one chain, each entity before shares a record with two after. */
static void changes_chain(void)
{
    uint32_t n = t_state.big ? 4000000 : 100000, count = 0;
    uint32_t *before = (uint32_t *)malloc(n * sizeof *before);
    uint32_t *after = (uint32_t *)malloc(n * sizeof *after);
    starlings_changes *changes;
    T_REQUIRE(before != NULL && after != NULL);
    for (uint32_t r = 0; r < n; r++) {
        before[r] = r / 2;
        after[r] = (r + 1) / 2;
    }
    changes = changes_make(before, after, n);
    T_EQ_U64(starlings_changes_groups(changes, &count)[0].kind, STARLINGS_CHANGE_REARRANGED);
    T_EQ_U64(count, 1);
    /* the links of the two ends go first, as those entities after have one record; all others tie
       and go by their smallest record */
    T_EQ_U64(starlings_changes_sums(changes)->kept, n / 2);
    T_EQ_U64(starlings_changes_inherits(changes, n / 2), n / 2 - 1);
    T_EQ_U64(starlings_changes_inherits(changes, 0), 0);
    starlings_changes_release(changes);
    free(before);
    free(after);
}

/* ---- a real system at four dates ----------------------------------------------------- */

enum { CHADWICK_RECORDS = 121456 };

typedef struct chadwick {
    uint32_t *labels[4];
    uint32_t records;
} chadwick;

/* Keys of eight hex digits are labels as they stand; an empty cell: the record is not there. */
static bool chadwick_load(chadwick *c)
{
    metrics_file file;
    const starlings_text *row = NULL;
    memset(c, 0, sizeof *c);
    if (!metrics_open(&file, "../shared/data/chadwick_snapshots/memberships.csv"))
        return false;
    for (int d = 0; d < 4; d++)
        c->labels[d] = (uint32_t *)malloc(CHADWICK_RECORDS * sizeof(uint32_t));
    while (starlings_csv_next(file.csv, &row) == STARLINGS_OK && row != NULL &&
           c->records < CHADWICK_RECORDS) {
        for (size_t d = 0; d < 4 && c->labels[d] != NULL; d++) {
            uint32_t label = 0;
            T_CHECK(row[d + 1].size == 8 || row[d + 1].size == 0);
            for (size_t i = 0; i < row[d + 1].size; i++) {
                uint32_t x = (unsigned char)row[d + 1].text[i];
                label = label << 4 | (x <= '9' ? x - '0' : x - 'a' + 10);
            }
            c->labels[d][c->records] = row[d + 1].size == 0 ? STARLINGS_NONE : label;
        }
        c->records++;
    }
    metrics_close(&file);
    return true;
}

/* What SOURCE.md says of two dates, and what the rule makes of it: of the records whose key
   changed, few are in another entity, and the others are entities of one record under a new key. In
   every merge and split the register lets the same key live on as the rule does. */
typedef struct chadwick_step {
    uint32_t relabelled; /* records whose key changed */
    uint32_t added, removed, before, after;
    uint32_t moved;   /* by the rule */
    uint32_t renamed; /* entities that have a new key in the register and the old id by the rule */
    uint32_t stay;
    uint32_t groups[STARLINGS_CHANGE_COUNT];
} chadwick_step;

static void chadwick_compare(const chadwick *c, int from, int to, const chadwick_step *want)
{
    const uint32_t *x = c->labels[from], *y = c->labels[to];
    starlings_changes *changes = changes_make(x, y, c->records);
    const starlings_change_sums *sums = starlings_changes_sums(changes);
    uint32_t relabelled = 0, renamed = 0, before = 0, after = 0;
    const starlings_change_entity *a, *b;
    T_REQUIRE(changes != NULL);
    a = starlings_changes_entities(changes, STARLINGS_BEFORE, &before);
    b = starlings_changes_entities(changes, STARLINGS_AFTER, &after);
    for (uint32_t r = 0; r < c->records; r++)
        relabelled += x[r] != y[r] && x[r] != STARLINGS_NONE && y[r] != STARLINGS_NONE;
    for (uint32_t e = 0; e < after; e++)
        renamed += b[e].same != STARLINGS_NONE && x[a[b[e].same].record] != y[b[e].record];
    T_EQ_U64(relabelled, want->relabelled);
    T_EQ_U64(sums->added, want->added);
    T_EQ_U64(sums->removed, want->removed);
    T_EQ_U64(before, want->before);
    T_EQ_U64(after, want->after);
    T_EQ_U64(sums->moved, want->moved);
    T_EQ_U64(renamed, want->renamed);
    T_EQ_U64(relabelled, sums->moved + renamed);
    T_EQ_U64(sums->ids_stay, want->stay);
    for (int k = 0; k < (int)STARLINGS_CHANGE_COUNT; k++)
        T_EQ_U64(sums->groups[k], want->groups[k]);
    changes_sums_hold(changes);
    starlings_changes_release(changes);
}

static void changes_chadwick(void)
{
    static const chadwick_step steps[3] = {
        { 7, 1710, 88, 25815, 25827, 1, 6, 25774, { 24624, 1145, 1, 3, 1, 0, 0, 53, 40 } },
        { 24, 3532, 24, 25827, 25924, 14, 10, 25816, { 23614, 2174, 0, 12, 10, 2, 2, 106, 1 } },
        { 7, 2444, 8, 25924, 25933, 2, 5, 25922, { 23753, 2161, 0, 6, 2, 0, 0, 11, 0 } }
    };
    chadwick c;
    if (!chadwick_load(&c)) {
        T_SKIP(1, "no ../shared/data");
        return;
    }
    T_REQUIRE(c.labels[0] != NULL && c.labels[1] != NULL && c.labels[2] != NULL &&
              c.labels[3] != NULL);
    T_EQ_U64(c.records, CHADWICK_RECORDS);
    for (int d = 0; d < 3; d++)
        chadwick_compare(&c, d, d + 1, &steps[d]);
    for (int d = 0; d < 4; d++)
        free(c.labels[d]);
}

static void test_changes(void)
{
    changes_picture();
    changes_greedy();
    changes_remnant();
    changes_ties();
    changes_empty_sides();
    changes_arguments();
    changes_random_model();
    changes_laws();
    changes_other_order();
    changes_faults();
    changes_chain();
    changes_chadwick();
}
