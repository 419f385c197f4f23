/* test_structure.c - all edges kept; density, degrees, weak links, bridges and cuts of entities,
   against counting and against taking every edge and every record away in turn; and the 122 graphs
   of ../shared/vectors/graph_metrics.csv. */

enum { STRUCTURE_N = 64 }; /* records of a random graph, at most */

/* ---- the model -------------------------------------------------------------- */

/* Each pair once, with its heaviest key, in the library's order: all edges sorted, later ones of a
   pair dropped. */
static starlings_kept_edge *structure_all(const model_graph *g, size_t *out_count)
{
    starlings_kept_edge *all = (starlings_kept_edge *)model_new(g->m, sizeof *all);
    size_t count = 0, m = 0;
    for (size_t i = 0; i < g->m; i++) {
        const starlings_edge *e = &g->edges[i];
        all[m].a = e->a < e->b ? e->a : e->b;
        all[m].b = e->a < e->b ? e->b : e->a;
        all[m].key = model_key(e->weight, g->decimals);
        m += e->a != e->b;
    }
    qsort(all, m, sizeof *all, model_compare_kept);
    for (size_t i = 0; i < m; i++) {
        bool seen = false;
        for (size_t j = 0; j < count && !seen; j++)
            seen = all[j].a == all[i].a && all[j].b == all[i].b;
        if (!seen)
            all[count++] = all[i];
    }
    *out_count = count;
    return all;
}

/* Some edges, and who is in which entity. */
typedef struct structure_graph {
    const starlings_kept_edge *edges;
    size_t count;
    const uint32_t *labels;
    uint32_t n;
} structure_graph;

/* How many pieces the records of an entity are in without the edge `but` and without the record
   `out`. piece[r] names the piece. */
static uint32_t structure_pieces(const structure_graph *g, size_t but, uint32_t out, uint32_t label,
                                 uint32_t *piece)
{
    uint32_t pieces = 0;
    bool moved = true;
    for (uint32_t r = 0; r < g->n; r++)
        piece[r] = r;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < g->count; i++) {
            uint32_t a = g->edges[i].a, b = g->edges[i].b;
            if (i == but || a == out || b == out || piece[a] == piece[b])
                continue;
            if (piece[a] < piece[b])
                piece[b] = piece[a];
            else
                piece[a] = piece[b];
            moved = true;
        }
    }
    for (uint32_t r = 0; r < g->n; r++)
        pieces += g->labels[r] == label && r != out && piece[r] == r;
    return pieces;
}

/* The fewest edges between two sides of an entity: all ways to take sides. */
static uint32_t structure_sides(const structure_graph *g, uint32_t label)
{
    uint32_t number[STRUCTURE_N] = { 0 }, size = 0, best = STARLINGS_NONE;
    for (uint32_t r = 0; r < g->n; r++)
        if (g->labels[r] == label)
            number[r] = size++;
    for (uint32_t side = 1; size > 1 && side < (uint32_t)1 << (size - 1); side++) {
        uint32_t cut = 0;
        for (size_t i = 0; i < g->count; i++)
            if (g->labels[g->edges[i].a] == label)
                cut += (side >> number[g->edges[i].a] & 1) != (side >> number[g->edges[i].b] & 1);
        best = cut < best ? cut : best;
    }
    return best;
}

/* One more way from one record to another over edges that are free in its direction; taken edges
   turn round. */
static bool structure_push(uint32_t n, uint8_t (*room)[STRUCTURE_N], uint32_t from, uint32_t to)
{
    uint32_t by[STRUCTURE_N], queue[STRUCTURE_N], tail = 0;
    for (uint32_t r = 0; r < n; r++)
        by[r] = STARLINGS_NONE;
    by[from] = from;
    queue[tail++] = from;
    for (uint32_t head = 0; head < tail; head++)
        for (uint32_t r = 0; r < n; r++)
            if (by[r] == STARLINGS_NONE && room[queue[head]][r] > 0) {
                by[r] = queue[head];
                queue[tail++] = r;
            }
    if (by[to] == STARLINGS_NONE)
        return false;
    for (; to != from; to = by[to]) {
        room[by[to]][to]--;
        room[to][by[to]]++;
    }
    return true;
}

/* The same as structure_sides by flows: from one record to each other one. */
static uint32_t structure_flows(const structure_graph *g, uint32_t label)
{
    uint32_t best = STARLINGS_NONE;
    for (uint32_t r = 0; r < g->n; r++) {
        uint8_t room[STRUCTURE_N][STRUCTURE_N] = { { 0 } };
        uint32_t flow = 0;
        if (r == label || g->labels[r] != label)
            continue;
        for (size_t i = 0; i < g->count; i++)
            room[g->edges[i].a][g->edges[i].b] = room[g->edges[i].b][g->edges[i].a] = 1;
        while (structure_push(g->n, room, label, r))
            flow++;
        best = flow < best ? flow : best;
    }
    return best;
}

/* The highest key at which the records with labels[r] == label are one entity, and at how many keys
   they are: cut i holds from above the key of cut i - 1 up to its own. */
static void structure_life(const model_cuts *cuts, const uint32_t *labels, uint32_t label,
                           uint32_t *weakest, uint32_t *margin)
{
    *weakest = *margin = STARLINGS_NONE;
    for (size_t i = cuts->count; i-- > 0;) {
        const uint32_t *at = cuts->labels + i * cuts->n;
        bool same = true;
        for (uint32_t r = 0; r < cuts->n; r++)
            same = same && (at[r] == at[label]) == (labels[r] == label);
        if (!same)
            continue;
        if (*weakest == STARLINGS_NONE) {
            *weakest = cuts->keys[i];
            *margin = 0;
        }
        *margin += i == 0 ? cuts->keys[0] + 1 : cuts->keys[i] - cuts->keys[i - 1];
    }
}

static bool structure_is_nan(double x)
{
    return model_is_nan((long double)x);
}

/* num / den, from numbers small enough for a double; NaN for 0 / 0. */
static void structure_ratio_is(double got, uint64_t num, uint64_t den)
{
    if (den == 0)
        T_CHECK(structure_is_nan(got));
    else
        T_NEAR(got, (double)num / (double)den, 0);
}

/* ---- what tests make and look at ------------------------------------------- */

static starlings_hierarchy *structure_build(const starlings_edge *edges, size_t m, uint32_t n,
                                            uint32_t decimals, uint32_t workers)
{
    starlings_hierarchy *h = NULL;
    starlings_hierarchy_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.edges = edges;
    desc.edge_count = m;
    desc.record_count = n;
    desc.decimals = decimals;
    desc.keep_all_edges = true;
    desc.env.workers.count = workers;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    return h;
}

static starlings_structure *structure_at(starlings_hierarchy *h, uint32_t key, uint32_t workers)
{
    starlings_structure *s = NULL;
    starlings_structure_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = h;
    desc.threshold = starlings_key_threshold(key);
    desc.env.workers.count = workers;
    T_STATUS(starlings_structure_create(&desc, &s), STARLINGS_OK);
    return s;
}

static uint32_t structure_connectivity(const starlings_structure *s, uint32_t entity)
{
    uint32_t least = 0;
    T_STATUS(starlings_structure_edge_connectivity(s, NULL, entity, 0, &least), STARLINGS_OK);
    return least;
}

static uint64_t structure_hash_hierarchy(const starlings_hierarchy *h)
{
    size_t count = 0, size = starlings_hierarchy_size(h);
    const starlings_kept_edge *all = starlings_hierarchy_all_edges(h, &count);
    uint64_t hash = edges_hash_all(h);
    hash = model_hash(hash, &size, sizeof size);
    hash = model_hash(hash, &count, sizeof count);
    return count == 0 ? hash : model_hash(hash, all, count * sizeof *all);
}

/* A NaN has many bits; one of them stands for all. */
static uint64_t structure_hash_real(uint64_t hash, double x)
{
    double none = -1;
    return model_hash(hash, structure_is_nan(x) ? &none : &x, sizeof x);
}

static uint64_t structure_hash(const starlings_structure *s)
{
    const starlings_partition *p = starlings_structure_partition(s);
    uint64_t hash = model_hash_partition(p);
    for (uint32_t e = 0; e < starlings_partition_entity_count(p); e++) {
        starlings_entity_structure x;
        T_STATUS(starlings_structure_entity(s, e, &x), STARLINGS_OK);
        hash = model_hash(hash, &x.edges, sizeof x.edges);
        hash = structure_hash_real(structure_hash_real(hash, x.density), x.centralisation);
        hash = structure_hash_real(structure_hash_real(hash, x.mean_weight), x.weighted_density);
        hash = model_hash_u32(model_hash_u32(hash, x.size), x.least_key);
        hash = model_hash_u32(model_hash_u32(hash, x.weakest_key), x.margin);
        hash = model_hash_u32(model_hash_u32(hash, x.least_degree), x.most_degree);
        hash = model_hash_u32(model_hash_u32(hash, x.bridges), x.articulation_points);
    }
    for (uint32_t r = 0; r < starlings_partition_record_count(p); r++) {
        hash = model_hash_u32(hash, starlings_structure_degrees(s)[r]);
        hash = model_hash_u32(hash, starlings_structure_cores(s)[r]);
        hash = model_hash_u32(hash, starlings_structure_is_articulation(s, r));
        hash = structure_hash_real(hash, starlings_structure_centrality(s, r));
    }
    return hash;
}

static uint64_t structure_hash_bridges(const starlings_bridges *b)
{
    uint32_t count;
    const uint32_t *from = starlings_bridges_from(b, &count);
    return count == 0 ? 0 : model_hash(MODEL_HASH_START, from, count * sizeof *from);
}

/* ---- random graphs ----------------------------------------------------------- */

/* What is being compared: the library's and the model's side of one graph. */
typedef struct structure_case {
    const model_graph *g;
    const model_cuts *cuts;
    starlings_kept_edge *all; /* the model's */
    size_t all_count;
    starlings_hierarchy *h;
    starlings_bridges *bridges;
} structure_case;

/* Degrees, sums and extremes of one entity. */
static void structure_entity_check(const structure_case *c, const structure_graph *g,
                                   const starlings_structure *s, uint32_t entity)
{
    const starlings_partition *p = starlings_structure_partition(s);
    starlings_span span = starlings_partition_entity(p, entity);
    uint32_t label = g->labels[span.records[0]], n = span.count, weakest, margin;
    uint32_t least_key = STARLINGS_NONE, low = UINT32_MAX, high = 0;
    uint64_t edges = 0, weight = 0, pairs = (uint64_t)n * (n - 1) / 2;
    starlings_entity_structure x;
    T_STATUS(starlings_structure_entity(s, entity, &x), STARLINGS_OK);
    for (size_t i = 0; i < g->count; i++)
        if (g->labels[g->edges[i].a] == label) {
            edges++;
            weight += g->edges[i].key;
            least_key = g->edges[i].key;
        }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t r = span.records[i], degree = 0;
        for (size_t j = 0; j < g->count; j++)
            degree += g->edges[j].a == r || g->edges[j].b == r;
        T_EQ_U64(starlings_structure_degrees(s)[r], degree);
        T_NEAR(starlings_structure_centrality(s, r), n == 1 ? 0.0 : (double)degree / (n - 1), 0);
        low = degree < low ? degree : low;
        high = degree > high ? degree : high;
    }
    structure_life(c->cuts, g->labels, label, &weakest, &margin);
    T_EQ_U64(x.size, n);
    T_EQ_U64(x.edges, edges);
    structure_ratio_is(x.density, edges, pairs);
    structure_ratio_is(x.mean_weight, weight, edges * STARLINGS_ONE);
    structure_ratio_is(x.weighted_density, weight, pairs * STARLINGS_ONE);
    structure_ratio_is(x.centralisation, n <= 2 ? 0 : (uint64_t)n * high - 2 * edges,
                       n <= 2 ? 0 : (uint64_t)(n - 1) * (n - 2));
    T_EQ_U64(x.least_key, least_key);
    T_EQ_U64(x.weakest_key, n == 1 ? STARLINGS_NONE : weakest);
    T_EQ_U64(x.margin, n == 1 ? STARLINGS_NONE : margin);
    T_EQ_U64(x.least_degree, low);
    T_EQ_U64(x.most_degree, high);
}

/* Bridges, articulation points, cores and the smallest cut of one entity. */
static void structure_weak_check(const structure_graph *g, const starlings_structure *s,
                                 uint32_t entity, const uint32_t *cores)
{
    const starlings_partition *p = starlings_structure_partition(s);
    starlings_span span = starlings_partition_entity(p, entity);
    uint32_t label = g->labels[span.records[0]], piece[STRUCTURE_N], bridges = 0, points = 0, least;
    starlings_entity_structure x;
    T_STATUS(starlings_structure_entity(s, entity, &x), STARLINGS_OK);
    for (size_t i = 0; i < g->count; i++)
        if (g->labels[g->edges[i].a] == label)
            bridges += structure_pieces(g, i, UINT32_MAX, label, piece) > 1;
    for (uint32_t i = 0; i < span.count; i++) {
        uint32_t r = span.records[i];
        bool cut = structure_pieces(g, SIZE_MAX, r, label, piece) > 1;
        T_CHECK(starlings_structure_is_articulation(s, r) == cut);
        T_EQ_U64(starlings_structure_cores(s)[r], cores[r]);
        points += cut;
    }
    T_EQ_U64(x.bridges, bridges);
    T_EQ_U64(x.articulation_points, points);
    least = structure_connectivity(s, entity);
    if (span.count <= 8)
        T_EQ_U64(least, structure_sides(g, label));
    T_CHECK(span.count == 1 || (least == 1) == (bridges > 0));
}

/* All bridges at a key, edge by edge; what holds together without them are the cores. */
static void structure_bridges_check(const structure_case *c, const structure_graph *g, uint32_t key,
                                    uint32_t *cores)
{
    starlings_kept_edge found[STRUCTURE_N];
    structure_graph rest = *g;
    starlings_kept_edge *left = (starlings_kept_edge *)model_new(g->count, sizeof *left);
    uint32_t piece[STRUCTURE_N];
    size_t many = 0, at = 0;
    T_STATUS(starlings_bridges_at(c->bridges, starlings_key_threshold(key), found, STRUCTURE_N,
                                  &many),
             STARLINGS_OK);
    rest.edges = left;
    rest.count = 0;
    for (size_t i = 0; i < c->all_count; i++) {
        const starlings_kept_edge *e = &c->all[i];
        bool bridge = i < g->count &&
                      structure_pieces(g, i, UINT32_MAX, g->labels[e->a], piece) > 1;
        T_CHECK(starlings_bridges_has(c->bridges, e->a, e->b, key) == bridge);
        T_CHECK(starlings_bridges_has(c->bridges, e->b, e->a, key) == bridge);
        if (bridge) {
            T_CHECK(at < many && memcmp(&found[at], e, sizeof *e) == 0);
            at++;
        } else if (i < g->count) {
            left[rest.count++] = *e;
        }
    }
    T_EQ_U64(at, many);
    (void)structure_pieces(&rest, SIZE_MAX, UINT32_MAX, 0, cores);
    free(left);
}

static void structure_key_check(const structure_case *c, uint32_t key)
{
    starlings_structure *s = structure_at(c->h, key, 1);
    const starlings_partition *p = starlings_structure_partition(s);
    uint32_t labels[STRUCTURE_N], cores[STRUCTURE_N];
    structure_graph g = { c->all, 0, labels, c->g->n };
    uint64_t pairs = 0;
    T_REQUIRE(s != NULL);
    model_cut(c->g, key, labels);
    while (g.count < c->all_count && c->all[g.count].key >= key)
        g.count++;
    T_STATUS(starlings_hierarchy_pair_count(c->h, starlings_key_threshold(key), &pairs),
             STARLINGS_OK);
    T_EQ_U64(pairs, g.count);
    structure_bridges_check(c, &g, key, cores);
    for (uint32_t e = 0; e < starlings_partition_entity_count(p); e++) {
        structure_entity_check(c, &g, s, e);
        structure_weak_check(&g, s, e, cores);
    }
    starlings_structure_release(s);
}

/* Everything at every distinct key, between two of them, and at both ends. */
static void structure_random(uint64_t salt, uint32_t max_n, uint32_t max_m)
{
    t_rng rng = t_rng_make(salt);
    model_graph g = model_random_graph(&rng, max_n, max_m);
    model_cuts cuts = model_all_cuts(&g);
    structure_case c = { &g, &cuts, NULL, 0, NULL, NULL };
    const starlings_kept_edge *all;
    size_t count = 0;
    c.all = structure_all(&g, &c.all_count);
    c.h = structure_build(g.edges, g.m, g.n, g.decimals, 1 + t_below(&rng, 3));
    T_REQUIRE(c.h != NULL);
    all = starlings_hierarchy_all_edges(c.h, &count);
    T_CHECK(all != NULL);
    T_EQ_U64(count, c.all_count);
    T_CHECK(count == c.all_count && memcmp(all, c.all, count * sizeof *all) == 0);
    T_STATUS(starlings_bridges_create(c.h, NULL, &c.bridges), STARLINGS_OK);
    structure_key_check(&c, 0);
    structure_key_check(&c, STARLINGS_ONE);
    for (size_t i = 0; i < cuts.count; i++) {
        structure_key_check(&c, cuts.keys[i]);
        if (cuts.keys[i] < STARLINGS_ONE && t_below(&rng, 4) == 0)
            structure_key_check(&c, cuts.keys[i] + 1);
    }
    starlings_bridges_release(c.bridges);
    starlings_hierarchy_release(c.h);
    free(c.all);
    model_cuts_free(&cuts);
    model_graph_free(&g);
}

/* Dense graphs in two or three clumps, where the smallest cut is often no record's degree. */
static void structure_clumps(uint64_t salt)
{
    t_rng rng = t_rng_make(salt);
    uint32_t n = 8 + t_below(&rng, 30), clumps = 1 + t_below(&rng, 3), wide = t_below(&rng, 8);
    model_graph g = { n, 2, (size_t)n * (n - 1) / 2, NULL };
    starlings_kept_edge *all;
    starlings_hierarchy *h;
    size_t count;
    g.edges = (starlings_edge *)model_new(g.m, sizeof *g.edges);
    g.m = 0;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = a + 1; b < n; b++)
            if (t_below(&rng, 10) < (a % clumps == b % clumps ? 7 : wide > 5 ? wide - 5 : 1)) {
                g.edges[g.m].a = a;
                g.edges[g.m].b = b;
                g.edges[g.m++].weight = (double)(1 + t_below(&rng, 4)) / 4;
            }
    all = structure_all(&g, &count);
    h = structure_build(g.edges, g.m, n, 2, 1);
    for (uint32_t key = 250000; key <= STARLINGS_ONE; key += 250000) {
        uint32_t labels[STRUCTURE_N];
        structure_graph graph = { all, 0, labels, n };
        starlings_structure *s = structure_at(h, key, 1);
        const starlings_partition *p = starlings_structure_partition(s);
        while (graph.count < count && all[graph.count].key >= key)
            graph.count++;
        model_cut(&g, key, labels);
        for (uint32_t e = 0; e < starlings_partition_entity_count(p); e++)
            T_EQ_U64(structure_connectivity(s, e),
                     structure_flows(&graph, starlings_partition_entity(p, e).records[0]));
        starlings_structure_release(s);
    }
    starlings_hierarchy_release(h);
    free(all);
    model_graph_free(&g);
}

/* ---- all edges, kept ---------------------------------------------------------- */

/* An array, a stream, both, an extended one: the same bytes; and the kept forest, perm and height
   are those of a hierarchy that keeps just these. */
static void structure_kept(uint64_t salt)
{
    t_rng rng = t_rng_make(salt);
    model_graph g = model_random_graph(&rng, 40, 200);
    starlings_hierarchy *whole = structure_build(g.edges, g.m, g.n, g.decimals, 1);
    starlings_hierarchy *kept = model_build(g.edges, g.m, g.n, g.decimals, true);
    uint64_t want = structure_hash_hierarchy(whole);
    size_t size = 0;
    T_EQ_U64(edges_hash_all(whole), edges_hash_all(kept));
    (void)starlings_hierarchy_all_edges(whole, &size);
    T_EQ_U64(starlings_hierarchy_size(whole),
             starlings_hierarchy_size(kept) + size * sizeof(starlings_kept_edge));
    starlings_hierarchy_release(kept);
    model_shuffle(&rng, g.edges, g.m);
    for (uint32_t way = 0; way < 8; way++) { /* 1: extend, 2: an array, 4: a stream */
        size_t split = way & 1 ? t_below(&rng, (uint32_t)g.m + 1) : 0, middle = g.m;
        edges_source source = { NULL, 0, 0, 7, SIZE_MAX, STARLINGS_OK, 0 };
        starlings_hierarchy_desc desc;
        starlings_hierarchy *first = NULL, *h = NULL;
        if ((way & 6) == 0)
            continue;
        if (way & 4)
            middle = way & 2 ? split + t_below(&rng, (uint32_t)(g.m - split) + 1) : split;
        memset(&desc, 0, sizeof desc);
        desc.record_count = g.n;
        desc.decimals = g.decimals;
        desc.env.workers.count = way;
        desc.edges = g.edges + split;
        desc.edge_count = middle - split;
        source.edges = g.edges + middle;
        source.count = g.m - middle;
        desc.stream.read = way & 4 ? edges_read : NULL;
        desc.stream.ctx = &source;
        desc.keep_all_edges = (way & 1) == 0 || t_below(&rng, 2);
        if (way & 1)
            first = structure_build(g.edges, split, g.n, g.decimals, 1);
        T_STATUS(way & 1 ? starlings_hierarchy_add_edges(first, &desc, &h)
                         : starlings_hierarchy_create(&desc, &h),
                 STARLINGS_OK);
        T_CHECK(h != NULL && structure_hash_hierarchy(h) == want);
        starlings_hierarchy_release(first);
        starlings_hierarchy_release(h);
    }
    starlings_hierarchy_release(whole);
    model_graph_free(&g);
}

/* Renumbered, a hierarchy with all its edges is what a build from the renumbered edges is. */
static void structure_renumber(uint64_t salt)
{
    t_rng rng = t_rng_make(salt);
    model_graph g = model_random_graph(&rng, 30, 90);
    starlings_hierarchy *h = structure_build(g.edges, g.m, g.n, g.decimals, 1), *moved, *want;
    uint32_t n = g.n + t_below(&rng, 5), *to = model_u32(n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = t_below(&rng, i + 1);
        to[i] = to[j];
        to[j] = i;
    }
    T_STATUS(starlings_hierarchy_renumber(h, NULL, to, n, &moved), STARLINGS_OK);
    for (size_t e = 0; e < g.m; e++) {
        g.edges[e].a = to[g.edges[e].a];
        g.edges[e].b = to[g.edges[e].b];
    }
    want = structure_build(g.edges, g.m, n, g.decimals, 1);
    T_EQ_U64(structure_hash_hierarchy(moved), structure_hash_hierarchy(want));
    T_EQ_U64(starlings_hierarchy_edge_count(moved), g.m);
    starlings_hierarchy_release(want);
    starlings_hierarchy_release(moved);
    starlings_hierarchy_release(h);
    free(to);
    model_graph_free(&g);
}

/* A stream whose buffer fills again and again, with many repeats and with few. It is told to stop
   the third time, and goes on as if nothing had been. */
static void structure_stream_thins(uint32_t pairs)
{
    enum { EDGES = 3000 };
    static starlings_edge edges[EDGES];
    t_rng rng = t_rng_make(pairs);
    faults_cancel cancel = { 0, 2, 0, false };
    starlings_builder_desc desc;
    starlings_builder *b = NULL;
    starlings_hierarchy *h = NULL, *whole;
    for (uint32_t i = 0; i < EDGES; i++) {
        uint32_t pair = t_below(&rng, pairs);
        edges[i].a = pair % 60;
        edges[i].b = (pair % 60 + 1 + pair / 60) % 120;
        edges[i].weight = t_unit(&rng);
    }
    memset(&desc, 0, sizeof desc);
    desc.record_count = 120;
    desc.keep_edges = true;
    desc.buffer_edges = 250;
    desc.env.progress.report = faults_report;
    desc.env.progress.ctx = &cancel;
    T_STATUS(starlings_builder_create(&desc, &b), STARLINGS_OK);
    T_REQUIRE(b != NULL);
    b->all = true; /* as behind a stream, but with a small buffer */
    for (uint32_t i = 0; i < EDGES; i += 100) {
        starlings_status status = starlings_builder_add(b, edges + i, 100);
        if (cancel.calls == 3 && !cancel.paused) {
            T_STATUS(status, STARLINGS_ERR_CANCELLED);
            cancel.paused = true;
            status = starlings_builder_add(b, edges + i, 100);
        }
        T_STATUS(status, STARLINGS_OK);
    }
    T_CHECK(cancel.paused && b->capacity <= 4 * ((size_t)pairs + 100));
    T_STATUS(starlings_builder_finish(b, &h), STARLINGS_OK);
    whole = structure_build(edges, EDGES, 120, 6, 1);
    T_EQ_U64(structure_hash_hierarchy(h), structure_hash_hierarchy(whole));
    starlings_hierarchy_release(h);
    starlings_hierarchy_release(whole);
    starlings_builder_destroy(b);
}

/* ---- what is not known --------------------------------------------------------- */

static void structure_unknown(starlings_hierarchy *h)
{
    starlings_structure *s = NULL;
    starlings_structure_desc desc;
    starlings_bridges *b = NULL;
    starlings_error error = { STARLINGS_OK, 0, 0, "" };
    uint64_t pairs = 7;
    size_t count = 7;
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = h;
    desc.threshold = 0.5;
    desc.env.error = &error;
    T_STATUS(starlings_structure_create(&desc, &s), STARLINGS_ERR_UNKNOWN);
    T_STATUS(error.status, STARLINGS_ERR_UNKNOWN);
    T_CHECK(s == NULL);
    T_STATUS(starlings_bridges_create(h, NULL, &b), STARLINGS_ERR_UNKNOWN);
    T_CHECK(b == NULL);
    T_STATUS(starlings_hierarchy_pair_count(h, 0.5, &pairs), STARLINGS_ERR_UNKNOWN);
    T_EQ_U64(pairs, 0);
    T_CHECK(starlings_hierarchy_all_edges(h, &count) == NULL);
    T_EQ_U64(count, 0);
}

/* Fault 55 of the design: merges have forgotten the edges, so no density can come from them. A
   chain and a clique merge alike; only kept edges tell them apart, and without them nobody says. */
static void structure_fault_55_density_needs_edges(void)
{
    static const starlings_edge edges[6] = { { 0, 1, 0.9 }, { 1, 2, 0.9 }, { 2, 3, 0.9 },
                                             { 0, 2, 0.9 }, { 0, 3, 0.9 }, { 1, 3, 0.9 } };
    static const uint32_t some[] = { 0, 1, 2 };
    starlings_hierarchy *chain = structure_build(edges, 3, 4, 6, 1);
    starlings_hierarchy *clique = structure_build(edges, 6, 4, 6, 1);
    starlings_hierarchy *forgot = model_build(edges, 6, 4, 6, true), *part = NULL, *built = NULL;
    starlings_structure *s;
    starlings_entity_structure x;
    starlings_builder_desc desc;
    starlings_builder *builder = NULL;
    T_CHECK(memcmp(starlings_hierarchy_height(chain), starlings_hierarchy_height(clique), 16) == 0);
    T_CHECK(memcmp(starlings_hierarchy_perm(chain), starlings_hierarchy_perm(clique), 16) == 0);
    s = structure_at(chain, 900000, 1);
    T_STATUS(starlings_structure_entity(s, 0, &x), STARLINGS_OK);
    T_NEAR(x.density, 0.5, 0);
    T_EQ_U64(x.bridges, 3);
    starlings_structure_release(s);
    s = structure_at(clique, 900000, 1);
    T_STATUS(starlings_structure_entity(s, 0, &x), STARLINGS_OK);
    T_NEAR(x.density, 1.0, 0);
    T_EQ_U64(x.bridges, 0);
    starlings_structure_release(s);
    structure_unknown(forgot);
    T_STATUS(starlings_hierarchy_select(clique, NULL, some, 3, &part), STARLINGS_OK);
    structure_unknown(part);
    memset(&desc, 0, sizeof desc);
    desc.keep_edges = true;
    T_STATUS(starlings_builder_create(&desc, &builder), STARLINGS_OK);
    T_STATUS(starlings_builder_add(builder, edges, 6), STARLINGS_OK);
    T_STATUS(starlings_builder_finish(builder, &built), STARLINGS_OK);
    structure_unknown(built);
    starlings_builder_destroy(builder);
    starlings_hierarchy_release(chain);
    starlings_hierarchy_release(clique);
    starlings_hierarchy_release(forgot);
    starlings_hierarchy_release(part);
    starlings_hierarchy_release(built);
}

/* A pair that is there twice, a loop, a record alone. */
static void structure_arguments(void)
{
    static const starlings_edge edges[3] = { { 0, 1, 0.9 }, { 1, 1, 0.8 }, { 0, 1, 0.2 } };
    starlings_hierarchy *h = structure_build(edges, 3, 3, 6, 1), *more = NULL;
    starlings_hierarchy *forgot = model_build(edges, 3, 3, 6, true);
    starlings_structure *s = structure_at(h, 0, 1), *again = NULL;
    starlings_structure_desc desc;
    starlings_hierarchy_desc add;
    starlings_entity_structure x;
    starlings_bridges *b = NULL;
    uint32_t out = 0;
    size_t many = 0;
    memset(&desc, 0, sizeof desc);
    T_STATUS(starlings_structure_create(NULL, &again), STARLINGS_ERR_ARG);
    T_STATUS(starlings_structure_create(&desc, &again), STARLINGS_ERR_ARG);
    T_STATUS(starlings_structure_create(&desc, NULL), STARLINGS_ERR_ARG);
    desc.hierarchy = h;
    desc.threshold = 2;
    T_STATUS(starlings_structure_create(&desc, &again), STARLINGS_ERR_WEIGHT);
    T_STATUS(starlings_structure_entity(s, 2, &x), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_structure_entity(s, 0, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_structure_entity(NULL, 0, &x), STARLINGS_ERR_ARG);
    T_STATUS(starlings_structure_edge_connectivity(s, NULL, 2, 0, &out), STARLINGS_ERR_RANGE);
    T_EQ_U64(out, STARLINGS_NONE);
    T_EQ_U64(structure_connectivity(s, 1), STARLINGS_NONE);
    T_EQ_U64(structure_connectivity(s, 0), 1);
    T_CHECK(structure_is_nan(starlings_structure_centrality(s, 3)));
    T_CHECK(!starlings_structure_is_articulation(s, 3));
    T_STATUS(starlings_bridges_create(NULL, NULL, &b), STARLINGS_ERR_ARG);
    T_STATUS(starlings_bridges_create(h, NULL, &b), STARLINGS_OK);
    T_CHECK(!starlings_bridges_has(b, 0, 3, 0) && !starlings_bridges_has(b, 0, 0, 0));
    T_CHECK(starlings_bridges_has(b, 1, 0, 900000) && !starlings_bridges_has(b, 1, 0, 900001));
    T_STATUS(starlings_bridges_at(b, 0, NULL, 0, &many), STARLINGS_OK);
    T_EQ_U64(many, 1);
    T_STATUS(starlings_bridges_at(b, -1, NULL, 0, &many), STARLINGS_ERR_WEIGHT);
    starlings_bridges_release(starlings_bridges_retain(b));
    starlings_structure_release(starlings_structure_retain(s));
    starlings_hierarchy_release(h); /* both keep it */
    T_STATUS(starlings_structure_entity(s, 0, &x), STARLINGS_OK);
    T_EQ_U64(x.margin, 900001);
    T_CHECK(starlings_bridges_has(b, 0, 1, 0));
    starlings_bridges_release(b);
    starlings_structure_release(s);
    starlings_structure_release(NULL);
    starlings_bridges_release(NULL);
    memset(&add, 0, sizeof add);
    add.keep_all_edges = true;
    T_STATUS(starlings_hierarchy_add_edges(forgot, &add, &more), STARLINGS_ERR_ARG);
    starlings_hierarchy_release(forgot);
}

/* No records; and records without an edge. */
static void structure_empty(uint32_t n)
{
    starlings_hierarchy *h = structure_build(NULL, 0, n, 6, 1);
    starlings_structure *s = structure_at(h, 0, 1);
    starlings_bridges *b = NULL;
    starlings_entity_structure x;
    uint32_t count = 9;
    uint64_t pairs = 9;
    size_t many = 9;
    T_CHECK(starlings_hierarchy_all_edges(h, &many) != NULL && many == 0);
    T_STATUS(starlings_hierarchy_pair_count(h, 0, &pairs), STARLINGS_OK);
    T_EQ_U64(pairs, 0);
    T_EQ_U64(starlings_partition_entity_count(starlings_structure_partition(s)), n);
    T_CHECK((starlings_structure_degrees(s) == NULL) == (n == 0));
    T_CHECK((starlings_structure_cores(s) == NULL) == (n == 0));
    T_STATUS(starlings_structure_entity(s, 0, &x), n > 0 ? STARLINGS_OK : STARLINGS_ERR_RANGE);
    if (n > 0)
        T_CHECK(x.edges == 0 && structure_is_nan(x.density) && structure_is_nan(x.mean_weight));
    T_STATUS(starlings_bridges_create(h, NULL, &b), STARLINGS_OK);
    T_CHECK(starlings_bridges_from(b, &count) == NULL && count == 0);
    starlings_bridges_release(b);
    starlings_structure_release(s);
    starlings_hierarchy_release(h);
}

/* ---- large ones ------------------------------------------------------------------ */

/* A chain, a star and a ring of n records: nothing recurses, everything is linear. */
static void structure_long(uint32_t n, uint32_t kind)
{
    starlings_edge *edges = (starlings_edge *)model_new(n, sizeof *edges);
    size_t many = 0, m = kind == 2 ? n : n - 1;
    starlings_hierarchy *h;
    starlings_structure *s;
    starlings_bridges *b = NULL;
    starlings_entity_structure x;
    for (uint32_t i = 0; i < m; i++) {
        edges[i].a = kind == 1 ? n / 2 : i;
        edges[i].b = kind == 1 ? (i < n / 2 ? i : i + 1) : (i + 1) % n;
        edges[i].weight = (double)(i % 1000) / 1000;
    }
    h = structure_build(edges, m, n, 3, 2);
    s = structure_at(h, 0, 2);
    T_STATUS(starlings_bridges_create(h, NULL, &b), STARLINGS_OK);
    T_STATUS(starlings_structure_entity(s, 0, &x), STARLINGS_OK);
    T_EQ_U64(x.size, n);
    T_EQ_U64(x.edges, m);
    T_EQ_U64(x.bridges, kind == 2 ? 0 : n - 1);
    T_EQ_U64(x.articulation_points, kind == 0 ? n - 2 : kind == 1 ? 1 : 0);
    T_EQ_U64(starlings_structure_cores(s)[n - 1], kind == 2 ? 0 : n - 1);
    T_EQ_U64(x.most_degree, kind == 1 ? n - 1 : 2);
    if (kind == 1)
        T_NEAR(x.centralisation, 1, 0);
    T_EQ_U64(structure_connectivity(s, 0), kind == 2 ? 2 : 1);
    T_STATUS(starlings_bridges_at(b, 0, NULL, 0, &many), STARLINGS_OK);
    T_EQ_U64(many, kind == 2 ? 0 : n - 1);
    T_STATUS(starlings_bridges_at(b, 0.001, NULL, 0, &many), STARLINGS_OK);
    T_EQ_U64(many, m - (m + 999) / 1000); /* the ring is cut: all that are there are bridges */
    starlings_bridges_release(b);
    starlings_structure_release(s);
    starlings_hierarchy_release(h);
    free(edges);
}

/* A clique of k records, and the others hung on it, each to the three before it. */
static void structure_clique(uint32_t k, uint32_t n)
{
    size_t m = 0;
    starlings_edge *edges =
        (starlings_edge *)model_new((size_t)k * k / 2 + 3 * (size_t)n, sizeof *edges);
    starlings_hierarchy *h;
    starlings_structure *s;
    starlings_entity_structure x;
    uint32_t least = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < (i < k ? i : 3); j++) {
            edges[m].a = i;
            edges[m].b = i - 1 - j;
            edges[m++].weight = 1.0 - (double)(i % 7) / 100;
        }
    h = structure_build(edges, m, n, 2, 1);
    s = structure_at(h, 0, 1);
    T_STATUS(starlings_structure_entity(s, 0, &x), STARLINGS_OK);
    T_EQ_U64(x.edges, m);
    T_EQ_U64(x.bridges, 0);
    T_EQ_U64(x.articulation_points, 0);
    T_EQ_U64(starlings_structure_cores(s)[n - 1], 0);
    T_EQ_U64(structure_connectivity(s, 0), n > k ? 3 : k - 1);
    if (n > k) {
        T_STATUS(starlings_structure_edge_connectivity(s, NULL, 0, m - 1, &least),
                 STARLINGS_ERR_RANGE);
        T_EQ_U64(least, STARLINGS_NONE);
    }
    starlings_structure_release(s);
    starlings_hierarchy_release(h);
    free(edges);
}

/* Two parts, each record of which is joined to the `degree` next ones round its part, and k edges
   between them: k, if nothing is thinner. */
static void structure_two_parts(uint32_t half, uint32_t degree, uint32_t k)
{
    t_rng rng = t_rng_make(half + k);
    size_t m = 0;
    starlings_edge *edges =
        (starlings_edge *)model_new(2 * (size_t)half * degree + k, sizeof *edges);
    starlings_hierarchy *h;
    starlings_structure *s;
    for (uint32_t i = 0; i < 2 * half; i++)
        for (uint32_t j = 1; j <= degree; j++) {
            uint32_t part = i / half * half;
            edges[m].a = i;
            edges[m].b = part + (i - part + j) % half;
            edges[m++].weight = t_unit(&rng);
        }
    for (uint32_t i = 0; i < k; i++) {
        edges[m].a = i * (half / k);
        edges[m].b = half + i * (half / k);
        edges[m++].weight = 0.5;
    }
    h = structure_build(edges, m, 2 * half, 6, 1);
    s = structure_at(h, 0, 1);
    T_EQ_U64(structure_connectivity(s, 0), k < 2 * degree ? k : 2 * degree);
    starlings_structure_release(s);
    starlings_hierarchy_release(h);
    free(edges);
}

/* Any number of workers, any order of theirs: the same bytes. The bridges of all entities together
   are those of the pass over all keys: two algorithms, one number. */
static void structure_workers(void)
{
    enum { N = 60000, M = 140000 };
    starlings_edge *edges = (starlings_edge *)model_new(M, sizeof *edges);
    t_rng rng = t_rng_make(5);
    uint64_t want = 0;
    for (uint32_t i = 0; i < M; i++) {
        edges[i].a = t_below(&rng, N);
        edges[i].b = i % 3 ? edges[i].a / 10 * 10 + t_below(&rng, 10) : t_below(&rng, N);
        edges[i].weight = (double)t_below(&rng, 1001) / 1000;
    }
    for (uint32_t workers = 1; workers <= 4; workers++) {
        starlings_hierarchy *h = structure_build(edges, M, N, 3, workers);
        starlings_bridges *b = NULL;
        starlings_env env;
        uint64_t hash = structure_hash_hierarchy(h);
        memset(&env, 0, sizeof env);
        env.workers.count = workers;
        env.workers.run = workers == 2 ? faults_run_backwards : NULL;
        T_STATUS(starlings_bridges_create(h, &env, &b), STARLINGS_OK);
        for (uint32_t key = 0; key < STARLINGS_ONE; key += 450000) {
            starlings_structure *s = structure_at(h, key, workers);
            uint64_t sum = 0;
            size_t many = 0;
            for (uint32_t e = 0; e < s->partition->entity_count; e++)
                sum += s->shape[e].bridges;
            T_STATUS(starlings_bridges_at(b, starlings_key_threshold(key), NULL, 0, &many),
                     STARLINGS_OK);
            T_EQ_U64(sum, many);
            if (key == 450000)
                hash = hash * 31 + structure_hash(s);
            starlings_structure_release(s);
        }
        hash = hash * 31 + structure_hash_bridges(b);
        want = workers == 1 ? hash : want;
        T_EQ_U64(hash, want);
        starlings_bridges_release(b);
        starlings_hierarchy_release(h);
    }
    free(edges);
}

/* ---- when memory runs out ----------------------------------------------------------- */

/* 1: extend, 4: a stream. */
static starlings_status structure_make(faults_world *w, uint32_t way, starlings_hierarchy **out)
{
    edges_source source = { NULL, FAULTS_M, 0, 7, SIZE_MAX, STARLINGS_OK, 0 };
    starlings_hierarchy_desc desc;
    starlings_hierarchy *old = NULL;
    starlings_status status;
    *out = NULL;
    memset(&desc, 0, sizeof desc);
    source.edges = w->edges;
    desc.edges = w->edges;
    desc.edge_count = FAULTS_M;
    desc.keep_all_edges = true;
    desc.env = w->env;
    if (way & 1) {
        desc.edge_count = FAULTS_M / 2;
        status = starlings_hierarchy_create(&desc, &old);
        if (status != STARLINGS_OK)
            return status;
        desc.edges += desc.edge_count;
        source.edges += desc.edge_count;
        source.count -= desc.edge_count;
    }
    if (way & 4) {
        desc.edges = NULL;
        desc.edge_count = 0;
        desc.stream.read = edges_read;
        desc.stream.ctx = &source;
    }
    status = old != NULL ? starlings_hierarchy_add_edges(old, &desc, out)
                         : starlings_hierarchy_create(&desc, out);
    starlings_hierarchy_release(old);
    return status;
}

static starlings_status structure_call_make(faults_world *w, uint32_t way, uint64_t *hash)
{
    starlings_hierarchy *h = NULL;
    starlings_status status = structure_make(w, way, &h);
    T_CHECK((h != NULL) == (status == STARLINGS_OK));
    if (h != NULL)
        *hash = structure_hash_hierarchy(h);
    starlings_hierarchy_release(h);
    return status;
}

static starlings_status call_all_edges(faults_world *w, uint64_t *hash)
{
    return structure_call_make(w, 0, hash);
}

static starlings_status call_all_edges_add(faults_world *w, uint64_t *hash)
{
    return structure_call_make(w, 1, hash);
}

static starlings_status call_all_edges_stream(faults_world *w, uint64_t *hash)
{
    return structure_call_make(w, 4, hash);
}

static starlings_status call_all_edges_add_stream(faults_world *w, uint64_t *hash)
{
    return structure_call_make(w, 5, hash);
}

static starlings_status call_thin(faults_world *w, uint64_t *hash)
{
    starlings_builder_desc desc;
    starlings_builder *b = NULL;
    starlings_hierarchy *h = NULL;
    starlings_status status;
    memset(&desc, 0, sizeof desc);
    desc.buffer_edges = 10;
    desc.keep_edges = true;
    desc.env = w->env;
    status = starlings_builder_create(&desc, &b);
    if (status != STARLINGS_OK)
        return status;
    b->all = true;
    for (uint32_t i = 0; i < FAULTS_M && status == STARLINGS_OK; i += 5)
        status = starlings_builder_add(b, w->edges + i, 5);
    if (status == STARLINGS_OK)
        status = starlings_builder_finish(b, &h);
    if (h != NULL)
        *hash = structure_hash_hierarchy(h);
    starlings_hierarchy_release(h);
    starlings_builder_destroy(b);
    return status;
}

static starlings_status structure_call_cut(faults_world *w, uint32_t workers, uint64_t *hash)
{
    bool armed = faults_calm(w);
    starlings_hierarchy *h = NULL;
    starlings_structure *s = NULL;
    starlings_structure_desc desc;
    starlings_status status;
    T_STATUS(structure_make(w, 0, &h), STARLINGS_OK);
    faults_resume(w, armed);
    memset(&desc, 0, sizeof desc);
    desc.hierarchy = h;
    desc.threshold = 0.2;
    desc.env = w->env;
    desc.env.workers.count = workers;
    status = starlings_structure_create(&desc, &s);
    T_CHECK((s != NULL) == (status == STARLINGS_OK));
    if (s != NULL)
        *hash = structure_hash(s);
    starlings_structure_release(s);
    starlings_hierarchy_release(h);
    return status;
}

static starlings_status call_structure(faults_world *w, uint64_t *hash)
{
    return structure_call_cut(w, 1, hash);
}

static starlings_status call_structure_threads(faults_world *w, uint64_t *hash)
{
    return structure_call_cut(w, 3, hash);
}

static starlings_status call_bridges(faults_world *w, uint64_t *hash)
{
    bool armed = faults_calm(w);
    starlings_hierarchy *h = NULL;
    starlings_bridges *b = NULL;
    starlings_env env;
    starlings_status status;
    T_STATUS(structure_make(w, 0, &h), STARLINGS_OK);
    faults_resume(w, armed);
    env = w->env;
    env.workers.count = 2;
    status = starlings_bridges_create(h, &env, &b);
    T_CHECK((b != NULL) == (status == STARLINGS_OK));
    if (b != NULL)
        *hash = structure_hash_bridges(b);
    starlings_bridges_release(b);
    starlings_hierarchy_release(h);
    return status;
}

/* A cube: three edges part it, which no plain fact tells. */
static starlings_status call_connectivity(faults_world *w, uint64_t *hash)
{
    bool armed = faults_calm(w);
    starlings_edge edges[12];
    starlings_hierarchy *h = NULL;
    starlings_hierarchy_desc desc;
    starlings_structure *s = NULL;
    starlings_structure_desc cut;
    starlings_status status;
    uint32_t least = 0, m = 0;
    for (uint32_t i = 0; i < 8; i++)
        for (uint32_t bit = 1; bit < 8; bit *= 2)
            if ((i & bit) == 0) {
                edges[m].a = i;
                edges[m].b = i + bit;
                edges[m++].weight = 1;
            }
    memset(&desc, 0, sizeof desc);
    desc.edges = edges;
    desc.edge_count = m;
    desc.keep_all_edges = true;
    desc.env = w->env;
    T_STATUS(starlings_hierarchy_create(&desc, &h), STARLINGS_OK);
    memset(&cut, 0, sizeof cut);
    cut.hierarchy = h;
    T_STATUS(starlings_structure_create(&cut, &s), STARLINGS_OK);
    faults_resume(w, armed);
    status = starlings_structure_edge_connectivity(s, &w->env, 0, 0, &least);
    T_EQ_U64(least, status == STARLINGS_OK ? 3 : STARLINGS_NONE);
    *hash = least;
    starlings_structure_release(s);
    starlings_hierarchy_release(h);
    return status;
}

static void structure_faults(void)
{
    static faults_world w;
    static faults_call *const calls[] = {
        call_all_edges, call_all_edges_add, call_all_edges_stream,  call_all_edges_add_stream,
        call_thin,      call_structure,     call_structure_threads, call_bridges,
        call_connectivity,
    };
    faults_open(&w);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        size_t once = faults_memory(&w, calls[i], false);
        size_t ever = faults_memory(&w, calls[i], true);
        T_CHECK(once > 0 && once < 5000 && ever <= once);
        if (calls[i] != call_thin) /* that reports without knowing of how many */
            faults_cancelled(&w, calls[i]);
        T_EQ_U64(w.f.broken, 0);
        w.f.broken = 0;
    }
    faults_close(&w);
    T_EQ_U64(w.f.live, 0);
}

/* ---- the published values -------------------------------------------------------------- */

typedef struct structure_list { /* a column of one row: words with spaces between them */
    starlings_text left;
} structure_list;

static starlings_text structure_word(structure_list *list)
{
    starlings_text word = { list->left.text, 0 };
    while (word.size < list->left.size && word.text[word.size] != ' ')
        word.size++;
    list->left.text += word.size;
    list->left.size -= word.size;
    if (list->left.size > 0) {
        list->left.text++;
        list->left.size--;
    }
    return word;
}

static structure_list structure_column(const metrics_file *f, const starlings_text *row,
                                       const char *name)
{
    structure_list list = { { "", 0 } };
    size_t at = metrics_column(f, name);
    T_CHECK(at < f->columns);
    if (at < f->columns)
        list.left = row[at];
    return list;
}

static double structure_number(starlings_text text)
{
    double x = 0;
    if (vectors_is(text, "null"))
        return model_nan();
    T_STATUS(starlings_number_parse(text, &x), STARLINGS_OK);
    return x;
}

/* The next value of a column: exactly, or within 4 units in the last place. */
static void structure_next_is(structure_list *list, double got)
{
    double want = structure_number(structure_word(list));
    if (structure_is_nan(want))
        T_CHECK(structure_is_nan(got));
    else
        T_NEAR(got, want, 4 * model_ulp(want));
}

/* Up to the next such character, which is skipped. */
static starlings_text structure_until(starlings_text *word, char end)
{
    starlings_text part = { word->text, 0 };
    while (part.size < word->size && part.text[part.size] != end)
        part.size++;
    word->text += part.size < word->size ? part.size + 1 : part.size;
    word->size -= part.size < word->size ? part.size + 1 : part.size;
    return part;
}

/* A list of "u-v:weight". */
static size_t structure_vector_edges(structure_list list, starlings_edge *edges, size_t most)
{
    size_t m = 0;
    for (; list.left.size > 0 && m < most; m++) {
        starlings_text word = structure_word(&list);
        edges[m].a = (uint32_t)structure_number(structure_until(&word, '-'));
        edges[m].b = (uint32_t)structure_number(structure_until(&word, ':'));
        edges[m].weight = structure_number(word);
    }
    return m;
}

static void structure_vector_entities(const metrics_file *f, const starlings_text *row,
                                      const starlings_structure *s)
{
    const starlings_partition *p = starlings_structure_partition(s);
    structure_list nodes = structure_column(f, row, "entity_nodes");
    structure_list count = structure_column(f, row, "entity_edges");
    structure_list density = structure_column(f, row, "entity_density");
    structure_list central = structure_column(f, row, "entity_centralisation");
    structure_list link = structure_column(f, row, "entity_weakest_link");
    structure_list connected = structure_column(f, row, "entity_edge_connectivity");
    for (uint32_t e = 0; e < starlings_partition_entity_count(p); e++) {
        uint32_t least = structure_connectivity(s, e);
        starlings_entity_structure x;
        T_STATUS(starlings_structure_entity(s, e, &x), STARLINGS_OK);
        structure_next_is(&nodes, x.size);
        structure_next_is(&count, (double)x.edges);
        structure_next_is(&density, x.density);
        structure_next_is(&central, x.centralisation);
        structure_next_is(&link, x.weakest_key == STARLINGS_NONE
                                     ? model_nan()
                                     : starlings_key_threshold(x.weakest_key));
        structure_next_is(&connected, least == STARLINGS_NONE ? model_nan() : least);
    }
    T_EQ_U64(nodes.left.size + link.left.size + connected.left.size, 0);
}

static void structure_vector_row(const metrics_file *f, const starlings_text *row)
{
    enum { MOST = 4096 };
    static starlings_edge edges[MOST];
    size_t m = structure_vector_edges(structure_column(f, row, "edges"), edges, MOST);
    uint32_t n = (uint32_t)structure_number(structure_column(f, row, "n").left);
    starlings_hierarchy *h = structure_build(edges, m, n, 6, 1);
    starlings_structure *s = structure_at(h, 0, 1);
    const starlings_partition *p = starlings_structure_partition(s);
    starlings_bridges *b = NULL;
    structure_list entity = structure_column(f, row, "entity_of_node");
    structure_list degree = structure_column(f, row, "node_degree");
    structure_list central = structure_column(f, row, "node_centrality");
    structure_list bridges = structure_column(f, row, "bridges");
    structure_list points = structure_column(f, row, "articulation_points");
    T_STATUS(starlings_bridges_create(h, NULL, &b), STARLINGS_OK);
    T_REQUIRE(m < MOST && s != NULL && b != NULL);
    for (uint32_t r = 0; r < n; r++) {
        structure_next_is(&entity, starlings_partition_entity_of(p, r));
        structure_next_is(&degree, starlings_structure_degrees(s)[r]);
        structure_next_is(&central, starlings_structure_centrality(s, r));
        if (starlings_structure_is_articulation(s, r))
            structure_next_is(&points, r);
    }
    for (size_t i = 0; i < m; i++)
        if (starlings_bridges_has(b, edges[i].a, edges[i].b, 0))
            structure_next_is(&bridges, (double)i);
    T_EQ_U64(bridges.left.size + points.left.size + degree.left.size, 0);
    structure_vector_entities(f, row, s);
    starlings_bridges_release(b);
    starlings_structure_release(s);
    starlings_hierarchy_release(h);
}

static void structure_vectors(void)
{
    metrics_file f;
    const starlings_text *row = NULL;
    size_t rows = 0;
    if (!metrics_open(&f, "../shared/vectors/graph_metrics.csv")) {
        T_SKIP(122, "no ../shared/vectors/graph_metrics.csv");
        return;
    }
    while (starlings_csv_next(f.csv, &row) == STARLINGS_OK && row != NULL) {
        structure_vector_row(&f, row);
        rows++;
    }
    T_EQ_U64(rows, 122);
    metrics_close(&f);
}

static void test_structure(void)
{
    uint64_t rounds = t_state.big ? 3000 : 100;
    for (uint64_t i = 0; i < rounds; i++) {
        structure_random(9000 + 2 * i, 24, 40);
        structure_random(9001 + 2 * i, 9, 60);
        structure_kept(20000 + i);
        structure_renumber(25000 + i);
        structure_clumps(30000 + i);
    }
    structure_stream_thins(100);
    structure_stream_thins(6000);
    structure_fault_55_density_needs_edges();
    structure_arguments();
    structure_empty(0);
    structure_empty(1);
    structure_empty(70);
    for (uint32_t kind = 0; kind < 3; kind++) /* chain, star, ring */
        structure_long(100000, kind);
    structure_clique(448, 448); /* 100,128 edges */
    structure_clique(30, t_state.big ? 100000 : 3000);
    structure_two_parts(300, 4, 5);
    structure_two_parts(300, 4, 20);
    structure_workers();
    structure_faults();
    structure_vectors();
}
