/* test_estimate.c - estimates from labelled samples: the values of another program, a slow model
   from the definitions, the bootstrap, what must not show; edges against the truth. */

enum { ESTIMATES = STARLINGS_ESTIMATE_COUNT };

/* ---- the model ---------------------------------------------------------- */

typedef struct estimate_cluster { /* a sampled cluster by its definition */
    long double num[ESTIMATES];
    long double den[ESTIMATES];
    uint32_t size;
} estimate_cluster;

/* N and D of one cluster, pair by pair; `members` marks its records. */
static void estimate_cluster_model(const uint32_t *prediction, const bool *member, uint32_t n,
                                   estimate_cluster *c)
{
    long double tp = 0, fp = 0, precision = 0, recall = 0, entities = 0, size = 0;
    bool exact = true;
    memset(c, 0, sizeof *c);
    for (uint32_t r = 0; r < n; r++) {
        bool new_entity = true;
        for (uint32_t q = 0; q < r; q++)
            new_entity = new_entity && prediction[q] != prediction[r];
        entities += new_entity;
        size += member[r];
    }
    for (uint32_t r = 0; r < n; r++) {
        uint32_t cell = 0, all = 0;
        if (!member[r])
            continue;
        for (uint32_t q = 0; q < n; q++) {
            bool together = prediction[q] == prediction[r];
            tp += q < r && together && member[q];
            fp += together && !member[q];
            exact = exact && together == member[q];
            cell += together && member[q];
            all += together;
        }
        precision += (long double)cell / all;
        recall += cell / size;
    }
    c->size = (uint32_t)size;
    c->num[STARLINGS_ESTIMATE_PAIRWISE_PRECISION] = tp;
    c->den[STARLINGS_ESTIMATE_PAIRWISE_PRECISION] = tp + fp / 2;
    c->num[STARLINGS_ESTIMATE_PAIRWISE_RECALL] = tp;
    c->den[STARLINGS_ESTIMATE_PAIRWISE_RECALL] = size * (size - 1) / 2;
    c->num[STARLINGS_ESTIMATE_PAIRWISE_F1] = 2 * tp;
    c->den[STARLINGS_ESTIMATE_PAIRWISE_F1] = size * (size - 1) / 2 + tp + fp / 2;
    c->num[STARLINGS_ESTIMATE_CLUSTER_PRECISION] = exact ? n : 0;
    c->den[STARLINGS_ESTIMATE_CLUSTER_PRECISION] = entities * size;
    c->num[STARLINGS_ESTIMATE_CLUSTER_RECALL] = exact ? 1 : 0;
    c->den[STARLINGS_ESTIMATE_CLUSTER_RECALL] = 1;
    c->num[STARLINGS_ESTIMATE_CLUSTER_F1] = exact ? 2 * n / entities : 0;
    c->den[STARLINGS_ESTIMATE_CLUSTER_F1] = n / entities + size;
    c->num[STARLINGS_ESTIMATE_BCUBED_ENTITY_PRECISION] = precision / size;
    c->den[STARLINGS_ESTIMATE_BCUBED_ENTITY_PRECISION] = 1;
    c->num[STARLINGS_ESTIMATE_BCUBED_ENTITY_RECALL] = recall / size;
    c->den[STARLINGS_ESTIMATE_BCUBED_ENTITY_RECALL] = 1;
    c->num[STARLINGS_ESTIMATE_MATCHING_RATE_A] = size > 1 ? size : 0;
    c->den[STARLINGS_ESTIMATE_MATCHING_RATE_A] = size;
    c->num[STARLINGS_ESTIMATE_MEAN_SIZE_A] = size;
    c->den[STARLINGS_ESTIMATE_MEAN_SIZE_A] = 1;
}

/* All sampled clusters in the order of their first records, N and D unweighted. */
static uint32_t estimate_clusters_model(const uint32_t *prediction, const uint32_t *labels,
                                        uint32_t n, estimate_cluster *clusters)
{
    bool *member = (bool *)model_new(n, sizeof *member);
    uint32_t count = 0;
    for (uint32_t r = 0; r < n; r++) {
        bool first = labels[r] != STARLINGS_NONE;
        for (uint32_t q = 0; q < r; q++)
            first = first && labels[q] != labels[r];
        if (!first)
            continue;
        for (uint32_t q = 0; q < n; q++)
            member[q] = labels[q] == labels[r];
        estimate_cluster_model(prediction, member, n, &clusters[count++]);
    }
    free(member);
    return count;
}

typedef struct estimate_number {
    long double value;
    long double sd; /* below 0: none */
    bool empty;     /* the mean of D is 0 */
} estimate_number;

/* The estimator as it is written down; times[i] copies of cluster i (NULL: one each). */
static estimate_number estimate_model(const estimate_cluster *clusters, uint32_t count,
                                      const double *weights, const uint32_t *times, int e)
{
    estimate_number out = { 0, -1, false };
    long double mean_n = 0, mean_d = 0, lean = 0, variance = 0, m = count;
    for (uint32_t i = 0; i < count; i++) {
        long double t = times != NULL ? times[i] : 1;
        mean_n += t * (clusters[i].num[e] * (long double)weights[i]) / m;
        mean_d += t * (clusters[i].den[e] * (long double)weights[i]) / m;
    }
    out.empty = !(mean_d > 0);
    if (!(mean_n > 0) || !(mean_d > 0))
        return out;
    out.value = mean_n / mean_d;
    if (count == 1)
        return out;
    for (uint32_t i = 0; i < count; i++) {
        long double t = times != NULL ? times[i] : 1, w = (long double)weights[i];
        long double x = clusters[i].num[e] * w / mean_n, y = clusters[i].den[e] * w / mean_d;
        lean += t * (y * mean_d * (x - y)) / m;
        variance += t * (x - y) * (x - y);
    }
    out.sd = out.value * model_sqrt(variance / (m * (m - 1)));
    out.value *= 1 + lean / ((m - 1) * mean_d);
    return out;
}

/* ---- calls that these tests make ---------------------------------------- */

static starlings_sample *estimate_make(const starlings_sample_desc *desc)
{
    starlings_sample *sample = NULL;
    T_STATUS(starlings_sample_create(desc, &sample), STARLINGS_OK);
    return sample;
}

static starlings_estimated estimate_at(const starlings_sample *sample, size_t row, int e)
{
    starlings_estimated out;
    T_STATUS(starlings_sample_at(sample, row, (starlings_estimate)e, &out), STARLINGS_OK);
    return out;
}

static uint64_t estimate_hash_row(const starlings_sample *sample, size_t row)
{
    uint64_t hash = MODEL_HASH_START;
    for (int e = 0; e < ESTIMATES; e++) {
        starlings_estimated x = estimate_at(sample, row, e);
        hash = model_hash(hash, &x, sizeof x);
    }
    return hash;
}

static uint64_t estimate_hash(const starlings_sample *sample)
{
    uint64_t hash = model_hash_u32(MODEL_HASH_START, starlings_sample_cluster_count(sample));
    hash = model_hash_u32(hash, starlings_sample_record_count(sample));
    for (size_t row = 0; row < starlings_sample_row_count(sample); row++) {
        uint64_t one = estimate_hash_row(sample, row);
        hash = model_hash(hash, &one, sizeof one);
    }
    return hash;
}

static bool estimate_is_nan(double x)
{
    return !(x <= 0) && !(x > 0);
}

/* Another random sample: about one in `every` of the labels is kept. */
static void estimate_sample_of(t_rng *rng, const uint32_t *truth, uint32_t *labels, uint32_t n,
                               uint32_t every)
{
    uint64_t salt = t_random(rng);
    for (uint32_t r = 0; r < n; r++) {
        t_rng coin = { salt + truth[r] };
        labels[r] = truth[r] == STARLINGS_NONE || t_below(&coin, every) > 0 ? STARLINGS_NONE
                                                                            : truth[r];
    }
}

/* A hierarchy whose cut at any key up to 500,000 has these labels, and singles above. */
static starlings_hierarchy *estimate_hierarchy_of(const uint32_t *labels, uint32_t n)
{
    starlings_edge *edges = (starlings_edge *)model_new(n, sizeof *edges);
    starlings_hierarchy *h;
    size_t m = 0;
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t q = r; q-- > 0;)
            if (labels[q] == labels[r]) {
                edges[m].a = r;
                edges[m].b = q;
                edges[m++].weight = 0.5;
                break;
            }
    h = model_build(edges, m, n, 0, false);
    free(edges);
    return h;
}

/* ---- vectors ------------------------------------------------------------ */

typedef struct estimate_case {
    uint32_t n;
    uint32_t prediction[8192];
    uint32_t labels[8192];
    double weights[8192];
    starlings_weighting weighting;
} estimate_case;

static starlings_status estimate_read(void *ctx, void *bytes, size_t capacity, size_t *out_size)
{
    *out_size = fread(bytes, 1, capacity, (FILE *)ctx);
    return STARLINGS_OK;
}

/* Numbers with spaces between them; "-" is no label. */
static uint32_t estimate_labels(starlings_text text, uint32_t *labels)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size && count < 8192; i++) {
        if (text.text[i] == ' ')
            continue;
        if (i == 0 || text.text[i - 1] == ' ')
            labels[count++] = 0;
        labels[count - 1] = text.text[i] == '-' ? STARLINGS_NONE
                                                : labels[count - 1] * 10 +
                                                      (uint32_t)(text.text[i] - '0');
    }
    return count;
}

static double estimate_number_of(const char *text, size_t size)
{
    starlings_text number = { text, size };
    double value = -1;
    T_STATUS(starlings_number_parse(number, &value), STARLINGS_OK);
    return value;
}

/* "label:weight" with spaces between, into the order of first records. */
static void estimate_weights(starlings_text text, estimate_case *c)
{
    uint32_t count = 0;
    for (uint32_t r = 0; r < c->n; r++) {
        uint32_t q = 0;
        size_t at = 0;
        while (c->labels[q] != c->labels[r])
            q++;
        if (q < r || c->labels[r] == STARLINGS_NONE)
            continue;
        c->weights[count] = -1;
        while (at < text.size) {
            uint32_t label = 0;
            size_t from;
            for (; text.text[at] != ':'; at++)
                label = label * 10 + (uint32_t)(text.text[at] - '0');
            for (from = ++at; at < text.size && text.text[at] != ' ';)
                at++;
            if (label == c->labels[r])
                c->weights[count] = estimate_number_of(text.text + from, at - from);
            at++;
        }
        T_CHECK(c->weights[count] > 0);
        count++;
    }
}

/* The oracle's values of one case against a row. */
static void estimate_row_is(const starlings_sample *sample, size_t row, const starlings_text *field)
{
    for (int e = 0; e <= STARLINGS_ESTIMATE_BCUBED_ENTITY_RECALL; e++) {
        starlings_estimated x = estimate_at(sample, row, e);
        starlings_text value = field[5 + 2 * e], sd = field[6 + 2 * e];
        if (value.size > 0) {
            double want = estimate_number_of(value.text, value.size);
            T_NEAR(x.value, want, 1e-10 * want);
        } else {
            T_CHECK(x.value <= 0 || estimate_is_nan(x.value));
        }
        if (sd.size > 0) {
            double want = estimate_number_of(sd.text, sd.size);
            T_NEAR(x.sd, want, 1e-10 * want + 1e-15);
        } else {
            T_CHECK(estimate_is_nan(x.sd) || x.sd <= 1e-14);
        }
    }
}

static void estimate_vector(estimate_case *c, const starlings_text *field)
{
    const uint32_t keys[] = { 0, 7, 500000, 500001, 1000000 };
    starlings_sample_desc desc;
    starlings_partition *p;
    starlings_hierarchy *h;
    starlings_sample *one, *rows;
    c->n = estimate_labels(field[1], c->prediction);
    T_EQ_U64(estimate_labels(field[2], c->labels), c->n);
    estimate_weights(field[4], c);
    p = model_partition_of(c->prediction, c->n);
    h = estimate_hierarchy_of(c->prediction, c->n);
    memset(&desc, 0, sizeof desc);
    desc.prediction = p;
    desc.labels = c->labels;
    if (field[3].text[0] == 'c')
        desc.weighting = STARLINGS_WEIGHT_CLUSTER_SIZE;
    if (field[3].text[0] == 'e') {
        desc.weighting = STARLINGS_WEIGHT_GIVEN;
        desc.weights = c->weights;
    }
    desc.replicates = 20;
    one = estimate_make(&desc);
    desc.prediction = NULL;
    desc.hierarchy = h;
    desc.keys = keys;
    desc.key_count = 5;
    rows = estimate_make(&desc);
    T_REQUIRE(one != NULL && rows != NULL);
    estimate_row_is(one, 0, field);
    for (size_t row = 0; row < 3; row++) {
        T_EQ_U64(estimate_hash_row(rows, row), estimate_hash_row(one, 0));
        estimate_row_is(rows, row, field);
    }
    T_EQ_U64(estimate_hash_row(rows, 3), estimate_hash_row(rows, 4));
    starlings_sample_release(one);
    desc.weighting = STARLINGS_WEIGHT_GIVEN; /* the file tells the weights of every kind */
    desc.weights = c->weights;
    one = estimate_make(&desc);
    for (int e = 0; e < ESTIMATES; e++)
        T_NEAR(estimate_at(one, 0, e).value, estimate_at(rows, 0, e).value, 1e-13 * c->n);
    starlings_sample_release(one);
    starlings_sample_release(rows);
    starlings_partition_release(p);
    starlings_hierarchy_release(h);
}

static void estimate_vectors(void)
{
    static estimate_case c;
    FILE *file = fopen("../shared/vectors/estimators.csv", "rb");
    starlings_csv_desc desc;
    starlings_csv *csv = NULL;
    const starlings_text *row = NULL;
    uint32_t count = 0;
    if (file == NULL) {
        T_SKIP(90, "no ../shared/vectors");
        return;
    }
    memset(&desc, 0, sizeof desc);
    desc.source.read = estimate_read;
    desc.source.ctx = file;
    T_STATUS(starlings_csv_open(&desc, &csv), STARLINGS_OK);
    while (csv != NULL && starlings_csv_next(csv, &row) == STARLINGS_OK && row != NULL) {
        estimate_vector(&c, row);
        count++;
    }
    T_EQ_U64(count, 90);
    starlings_csv_close(csv);
    (void)fclose(file);
}

/* ---- against the model -------------------------------------------------- */

/* splitmix64 as the library starts it for a replicate. */
static void estimate_draw(uint64_t seed, uint32_t r, uint32_t count, uint32_t *times)
{
    t_rng mix = { 0x9e3779b97f4a7c15u * r }; /* one step on: golden * (r + 1) */
    t_rng rng;
    memset(times, 0, count * sizeof *times);
    rng.state = (seed ^ t_random(&mix)) - 0x9e3779b97f4a7c15u;
    rng.state = t_random(&rng);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t x = t_random(&rng), high = x >> 32, low = x & 0xffffffffu;
        times[(high * count + (low * count >> 32)) >> 32]++;
    }
}

static int estimate_compare(const void *a, const void *b)
{
    const long double *x = (const long double *)a, *y = (const long double *)b;
    return *x < *y ? -1 : *x > *y;
}

/* The interval of one estimate: the ranks of 90 or 95 % of so many that have a D. */
static void estimate_boot_is(const estimate_cluster *clusters, uint32_t count,
                             const double *weights, const starlings_sample_desc *desc, int e,
                             const starlings_estimated *got, double scale)
{
    long double *values = (long double *)model_new(desc->replicates, sizeof *values);
    uint32_t *times = model_u32(count), have = 0, low = 0, high;
    uint32_t out = desc->confidence > 0 ? 20 : 40; /* one in so many is out at each end */
    for (uint32_t r = 0; r < desc->replicates; r++) {
        estimate_number x;
        estimate_draw(desc->seed, r, count, times);
        x = estimate_model(clusters, count, weights, times, e);
        if (!x.empty)
            values[have++] = x.value;
    }
    qsort(values, have, sizeof *values, estimate_compare);
    if (have == 0 || count < 2) {
        T_CHECK(estimate_is_nan(got->boot_low) && estimate_is_nan(got->boot_high));
    } else {
        while (out * (low + 1) < have) /* the first rank that is not below the share */
            low++;
        high = low;
        while (out * (high + 1) < (out - 1) * have)
            high++;
        T_NEAR(got->boot_low, (double)values[low], 1e-12 * scale);
        T_NEAR(got->boot_high, (double)values[high], 1e-12 * scale);
    }
    free(values);
    free(times);
}

static void estimate_row_model(const starlings_sample *sample, size_t row,
                               const starlings_sample_desc *desc, const double *weights,
                               const uint32_t *prediction, uint32_t n)
{
    estimate_cluster *clusters = (estimate_cluster *)model_new(n, sizeof *clusters);
    double *used = (double *)model_new(n, sizeof *used);
    uint32_t count = estimate_clusters_model(prediction, desc->labels, n, clusters);
    T_EQ_U64(starlings_sample_cluster_count(sample), count);
    for (uint32_t i = 0; i < count; i++) {
        used[i] = weights[i];
        if (desc->weighting == STARLINGS_WEIGHT_UNIFORM)
            used[i] = 1;
        if (desc->weighting == STARLINGS_WEIGHT_CLUSTER_SIZE)
            used[i] = 1.0 / clusters[i].size;
    }
    for (int e = 0; e < ESTIMATES; e++) {
        starlings_estimated got = estimate_at(sample, row, e);
        estimate_number want = estimate_model(clusters, count, used, NULL, e);
        double scale = e == STARLINGS_ESTIMATE_MEAN_SIZE_A ? n : 4;
        T_NEAR(got.value, (double)want.value, 1e-13 * scale);
        if (want.sd < 0) {
            T_CHECK(estimate_is_nan(got.sd) && estimate_is_nan(got.low));
            T_CHECK(estimate_is_nan(got.high));
        } else {
            double z = desc->confidence > 0 ? 1.6448536269514729 : 1.9599639845400538;
            T_NEAR(got.sd, (double)want.sd, 1e-13 * scale);
            T_NEAR(got.low, got.value - z * got.sd, 1e-14 * scale);
            T_NEAR(got.high, got.value + z * got.sd, 1e-14 * scale);
        }
        if (desc->replicates > 0)
            estimate_boot_is(clusters, count, used, desc, e, &got, 100 * scale);
    }
    free(clusters);
    free(used);
}

/* A random hierarchy at some keys, a random truth, part of it labelled. */
static void estimate_random(uint32_t round)
{
    t_rng rng = t_rng_make(3000 + round);
    model_graph g = model_random_graph(&rng, 40, 60);
    uint32_t *truth = model_u32(g.n), *labels = model_u32(g.n), *cut = model_u32(g.n), labelled = 0;
    double *weights = (double *)model_new(g.n, sizeof *weights);
    uint32_t keys[4], key = 0;
    starlings_hierarchy *h = model_build(g.edges, g.m, g.n, g.decimals, false);
    starlings_sample_desc desc;
    starlings_sample *sample, *one;
    memset(&desc, 0, sizeof desc);
    model_random_labels(&rng, truth, g.n, 1 + t_below(&rng, g.n));
    estimate_sample_of(&rng, truth, labels, g.n, 1 + t_below(&rng, 3));
    labels[t_below(&rng, g.n)] = 7; /* no matter whose: what is labelled is the sample */
    for (uint32_t r = 0; r < g.n; r++) {
        labelled += labels[r] != STARLINGS_NONE;
        weights[r] = 0.01 + 20 * t_unit(&rng);
    }
    for (int i = 0; i < 4; i++) {
        keys[i] = key;
        key += 1 + t_below(&rng, 300000);
    }
    desc.hierarchy = h;
    desc.keys = keys;
    desc.key_count = 1 + t_below(&rng, 4);
    desc.labels = labels;
    desc.weighting = (starlings_weighting)t_below(&rng, 3);
    desc.weights = desc.weighting == STARLINGS_WEIGHT_GIVEN ? weights : NULL;
    desc.confidence = t_below(&rng, 2) ? 0.9 : 0;
    desc.replicates = t_below(&rng, 2) * (t_below(&rng, 3) ? 1 + t_below(&rng, 60) : 40);
    desc.seed = t_random(&rng);
    desc.env.workers.count = 1 + t_below(&rng, 3);
    sample = estimate_make(&desc);
    T_REQUIRE(sample != NULL);
    T_EQ_U64(starlings_sample_record_count(sample), labelled);
    T_EQ_U64(starlings_sample_row_count(sample), desc.key_count);
    for (size_t row = 0; row < desc.key_count; row++) {
        starlings_partition *p = model_partition_at(h, keys[row]);
        starlings_sample_desc alone = desc;
        model_cut(&g, keys[row], cut);
        estimate_row_model(sample, row, &desc, weights, cut, g.n);
        alone.hierarchy = NULL;
        alone.keys = NULL;
        alone.key_count = 0;
        alone.prediction = p;
        one = estimate_make(&alone);
        T_EQ_U64(estimate_hash_row(one, 0), estimate_hash_row(sample, row));
        starlings_sample_release(one);
        starlings_partition_release(p);
        alone.prediction = p = model_partition_of(cut, g.n); /* entities in another order */
        one = estimate_make(&alone);
        T_EQ_U64(estimate_hash_row(one, 0), estimate_hash_row(sample, row));
        starlings_sample_release(one);
        starlings_partition_release(p);
    }
    starlings_sample_release(sample);
    starlings_hierarchy_release(h);
    free(truth);
    free(labels);
    free(cut);
    free(weights);
    model_graph_free(&g);
}

/* Entities beyond the table of ready shares, two of them in turns, pure and mixed. */
static void estimate_large(void)
{
    enum { N = 22000 };
    uint32_t *prediction = model_u32(N), *labels = model_u32(N);
    starlings_sample_desc desc;
    starlings_partition *p;
    starlings_sample *sample;
    double one, want;
    for (uint32_t r = 0; r < N; r++) {
        prediction[r] = r < 5000 ? 0 : r < 11000 ? 1 : r < 21000 ? 2 : r;
        labels[r] = r < 5000 ? 0 : r % 10;
    }
    p = model_partition_of(prediction, N);
    memset(&desc, 0, sizeof desc);
    desc.prediction = p;
    desc.labels = labels;
    sample = estimate_make(&desc);
    T_EQ_U64(starlings_sample_cluster_count(sample), 10);
    /* each has 600 of 6000, 1000 of 10000 and 100 alone; the first also 5000 of 5000 */
    one = 60.0 + 100.0 + 100.0;
    want = ((5000 + one) / 6700 + 9 * one / 1700) / 10;
    T_NEAR(estimate_at(sample, 0, STARLINGS_ESTIMATE_BCUBED_ENTITY_PRECISION).value, want, 1e-14);
    starlings_sample_release(sample);
    starlings_partition_release(p);
    free(prediction);
    free(labels);
}

/* ---- the truth is met on average ---------------------------------------- */

enum { ESTIMATE_WORLD = 900 };
typedef struct estimate_world {
    uint32_t truth[ESTIMATE_WORLD];
    uint32_t prediction[ESTIMATE_WORLD];
    uint32_t labels[ESTIMATE_WORLD];
} estimate_world;

static double estimate_truth(const starlings_sweep *sweep, int e)
{
    static const starlings_metric metric[] = {
        STARLINGS_METRIC_PAIRWISE_PRECISION, STARLINGS_METRIC_PAIRWISE_RECALL,
        STARLINGS_METRIC_PAIRWISE_F1,        STARLINGS_METRIC_CLUSTER_PRECISION,
        STARLINGS_METRIC_CLUSTER_RECALL,     STARLINGS_METRIC_CLUSTER_F1
    };
    return starlings_sweep_value(sweep, metric[e], 0);
}

/* Samples of one in eight clusters, again and again: the mean is the truth, and the intervals hold
   it most of the time. */
static void estimate_unbiased(void)
{
    enum { ROUNDS = 400, KNOWN = 6 };
    static estimate_world w;
    t_rng rng = t_rng_make(3100);
    double sum[KNOWN] = { 0 };
    uint32_t held[KNOWN] = { 0 }, boot[KNOWN] = { 0 };
    starlings_partition *p, *truth;
    starlings_sweep *sweep;
    starlings_sample_desc desc;
    for (uint32_t r = 0; r < ESTIMATE_WORLD; r++) {
        w.truth[r] = t_below(&rng, ESTIMATE_WORLD / 3);
        w.prediction[r] = w.truth[r] * 4 + (t_below(&rng, 8) == 0);
        if (t_below(&rng, 12) == 0)
            w.prediction[r] = t_below(&rng, ESTIMATE_WORLD / 3) * 4;
    }
    p = model_partition_of(w.prediction, ESTIMATE_WORLD);
    truth = model_partition_of(w.truth, ESTIMATE_WORLD);
    sweep = model_sweep(NULL, p, truth, NULL, 0);
    memset(&desc, 0, sizeof desc);
    desc.prediction = p;
    desc.labels = w.labels;
    desc.replicates = 99;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        starlings_sample *sample;
        estimate_sample_of(&rng, w.truth, w.labels, ESTIMATE_WORLD, 8);
        desc.seed = i;
        sample = estimate_make(&desc);
        T_REQUIRE(sample != NULL);
        for (int e = 0; e < KNOWN; e++) {
            starlings_estimated x = estimate_at(sample, 0, e);
            double want = estimate_truth(sweep, e);
            sum[e] += x.value / (double)ROUNDS;
            held[e] += x.low <= want && want <= x.high;
            boot[e] += x.boot_low <= want && want <= x.boot_high;
            T_CHECK(x.low <= x.value && x.value <= x.high);
            T_CHECK(x.boot_low <= x.value && x.value <= x.boot_high);
        }
        starlings_sample_release(sample);
    }
    for (int e = 0; e < KNOWN; e++) {
        T_NEAR(sum[e], estimate_truth(sweep, e), 0.02);
        T_CHECK(held[e] > ROUNDS * 8 / 10 && boot[e] > ROUNDS * 8 / 10);
    }
    starlings_sweep_release(sweep);
    starlings_partition_release(p);
    starlings_partition_release(truth);
}

/* ---- what must not show ------------------------------------------------- */

typedef struct estimate_setup {
    uint32_t n;
    uint32_t *labels;
    starlings_hierarchy *h;
    uint32_t keys[5];
    starlings_sample_desc desc; /* the five rows */
} estimate_setup;

static void estimate_open(estimate_setup *s, uint32_t n, const starlings_env *env)
{
    t_rng rng = t_rng_make(3200 + n);
    starlings_edge *edges = (starlings_edge *)model_new(n, sizeof *edges);
    starlings_hierarchy_desc desc;
    memset(s, 0, sizeof *s);
    memset(&desc, 0, sizeof desc);
    s->n = n;
    s->labels = model_u32(n);
    for (uint32_t r = 0; r < n; r++) {
        edges[r].a = r;
        edges[r].b = t_below(&rng, 4) == 0 ? t_below(&rng, n) : r / 3 * 3;
        edges[r].weight = t_unit(&rng);
        s->labels[r] = r / 3 % 5 == 0 ? STARLINGS_NONE : r / 3 * 100003;
    }
    desc.edges = edges;
    desc.edge_count = n;
    desc.record_count = n;
    desc.env = *env;
    T_STATUS(starlings_hierarchy_create(&desc, &s->h), STARLINGS_OK);
    for (uint32_t i = 0; i < 5; i++)
        s->keys[i] = 150000 + 160000 * i;
    s->desc.hierarchy = s->h;
    s->desc.keys = s->keys;
    s->desc.key_count = 5;
    s->desc.labels = s->labels;
    s->desc.env = *env;
    free(edges);
}

static void estimate_close(estimate_setup *s)
{
    starlings_hierarchy_release(s->h);
    free(s->labels);
}

static uint64_t estimate_run(const starlings_sample_desc *desc)
{
    starlings_sample *sample = estimate_make(desc);
    uint64_t hash = estimate_hash(sample);
    starlings_sample_release(sample);
    return hash;
}

/* One row and five, with and without a bootstrap: 1 ... 4 workers, hooks, SIMD levels, names of
   labels. */
static void estimate_same(uint32_t n, uint32_t replicates)
{
    starlings_env env;
    estimate_setup s;
    memset(&env, 0, sizeof env);
    estimate_open(&s, n, &env);
    s.desc.replicates = replicates;
    for (size_t rows = 1; rows <= 5; rows += 4) {
        uint64_t want;
        s.desc.key_count = rows;
        s.desc.seed = 5;
        want = estimate_run(&s.desc);
        for (uint32_t workers = 1; workers <= 4; workers++) {
            s.desc.env.workers.count = workers;
            T_EQ_U64(estimate_run(&s.desc), want);
            s.desc.env.workers.run = faults_run_backwards;
            T_EQ_U64(estimate_run(&s.desc), want);
            s.desc.env.workers.run = faults_run_odd_first;
            T_EQ_U64(estimate_run(&s.desc), want);
            s.desc.env.workers.run = NULL;
        }
        s.desc.env.simd = STARLINGS_SIMD_SCALAR;
        T_EQ_U64(estimate_run(&s.desc), want);
        s.desc.env.simd = STARLINGS_SIMD_BEST;
        for (uint32_t r = 0; r < n; r++)
            s.labels[r] = s.labels[r] == STARLINGS_NONE ? STARLINGS_NONE : s.labels[r] ^ 0x55555u;
        T_EQ_U64(estimate_run(&s.desc), want);
        s.desc.seed = 6;
        T_CHECK((estimate_run(&s.desc) != want) == (replicates > 0));
    }
    estimate_close(&s);
}

/* The very bits, the same on every machine and under every compiler's flags, fused products or not.
   Registers wider than a double round twice now and then. */
static void estimate_golden(void)
{
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0
    t_rng rng = { 20260 };
    uint32_t labels[500], prediction[500];
    double weights[500];
    starlings_sample_desc desc;
    starlings_partition *p;
    starlings_sample *sample;
    uint64_t hash = MODEL_HASH_START;
    for (uint32_t r = 0; r < 500; r++) {
        labels[r] = t_below(&rng, 150);
        prediction[r] = t_below(&rng, 6) == 0 ? t_below(&rng, 150) : labels[r];
        weights[r] = 0.1 + t_unit(&rng);
    }
    p = model_partition_of(prediction, 500);
    memset(&desc, 0, sizeof desc);
    desc.prediction = p;
    desc.labels = labels;
    desc.weighting = STARLINGS_WEIGHT_GIVEN;
    desc.weights = weights;
    desc.confidence = 0.9;
    desc.replicates = 100;
    desc.seed = 1;
    sample = estimate_make(&desc);
    for (int e = 0; e < ESTIMATES; e++) {
        starlings_estimated x = estimate_at(sample, 0, e);
        double all[6];
        memcpy(all, &x, sizeof all);
        for (int i = 0; i < 6; i++) {
            uint64_t bits;
            memcpy(&bits, &all[i], sizeof bits);
            for (int shift = 0; shift < 64; shift += 8) {
                unsigned char byte = (unsigned char)(bits >> shift);
                hash = model_hash(hash, &byte, 1);
            }
        }
    }
    T_EQ_U64(hash, 3478597211784474251u);
    starlings_sample_release(sample);
    starlings_partition_release(p);
#else
    T_SKIP(1, "registers wider than a double");
#endif
}

/* Only ratios of weights matter, to the bit where they are powers of two, however large. */
static void estimate_scaled(void)
{
    static const double scales[] = { 2, 0.125, 1e300, 1e-300, 1e-307, 1.7e308, 4e-320 };
    t_rng rng = t_rng_make(3300);
    double *weights = (double *)model_new(400, sizeof *weights);
    starlings_env env;
    estimate_setup s;
    starlings_sample *plain;
    uint64_t want;
    memset(&env, 0, sizeof env);
    estimate_open(&s, 300, &env);
    s.desc.replicates = 50;
    plain = estimate_make(&s.desc);
    s.desc.weighting = STARLINGS_WEIGHT_GIVEN;
    s.desc.weights = weights;
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        starlings_sample *sample;
        for (uint32_t c = 0; c < 400; c++)
            weights[c] = scales[i];
        sample = estimate_make(&s.desc);
        for (size_t row = 0; row < 5; row++)
            for (int e = 0; e < ESTIMATES; e++) {
                starlings_estimated x = estimate_at(sample, row, e), y = estimate_at(plain, row, e);
                T_NEAR(x.value, y.value, 1e-13 * y.value);
                T_NEAR(x.boot_high, y.boot_high, 1e-13 * y.boot_high);
                if (estimate_is_nan(y.sd))
                    T_CHECK(estimate_is_nan(x.sd));
                else
                    T_NEAR(x.sd, y.sd, 1e-12);
            }
        starlings_sample_release(sample);
    }
    for (uint32_t c = 0; c < 400; c++)
        weights[c] = 0.5 + t_unit(&rng);
    want = estimate_run(&s.desc);
    for (int i = 0; i < 3; i++) {
        for (uint32_t c = 0; c < 400; c++)
            weights[c] *= 2;
        T_EQ_U64(estimate_run(&s.desc), want);
    }
    starlings_sample_release(plain);
    estimate_close(&s);
    free(weights);
}

/* ---- degenerate samples ------------------------------------------------- */

static void estimate_degenerate(void)
{
    const uint32_t prediction[] = { 0, 0, 0, 1, 1, 2, 3, 3 };
    const uint32_t one[] = { 5, 5, 9, 9, 9, 9, 9, 9 };
    uint32_t labels[8];
    starlings_partition *p = model_partition_of(prediction, 8);
    starlings_sample_desc desc;
    starlings_sample *sample;
    starlings_estimated x;
    memset(&desc, 0, sizeof desc);
    desc.prediction = p;
    desc.labels = labels;
    desc.replicates = 40;
    for (uint32_t r = 0; r < 8; r++) /* a single cluster: two of the three of the first entity */
        labels[r] = one[r] == 5 ? 5 : STARLINGS_NONE;
    sample = estimate_make(&desc);
    T_EQ_U64(starlings_sample_cluster_count(sample), 1);
    T_EQ_U64(starlings_sample_record_count(sample), 2);
    for (int e = 0; e < ESTIMATES; e++) {
        x = estimate_at(sample, 0, e);
        T_CHECK(estimate_is_nan(x.sd) && estimate_is_nan(x.low) && estimate_is_nan(x.high));
        T_CHECK(estimate_is_nan(x.boot_low) && estimate_is_nan(x.boot_high));
    }
    T_NEAR(estimate_at(sample, 0, STARLINGS_ESTIMATE_PAIRWISE_PRECISION).value, 0.5, 0);
    T_NEAR(estimate_at(sample, 0, STARLINGS_ESTIMATE_PAIRWISE_RECALL).value, 1, 0);
    T_NEAR(estimate_at(sample, 0, STARLINGS_ESTIMATE_CLUSTER_F1).value, 0, 0);
    T_NEAR(estimate_at(sample, 0, STARLINGS_ESTIMATE_BCUBED_ENTITY_PRECISION).value, 2.0 / 3, 0);
    T_NEAR(estimate_at(sample, 0, STARLINGS_ESTIMATE_MEAN_SIZE_A).value, 2, 0);
    starlings_sample_release(sample);
    for (uint32_t r = 0; r < 8; r++) /* all right: exactly 1, and sure of it */
        labels[r] = prediction[r] + 1000;
    sample = estimate_make(&desc);
    for (int e = 0; e < STARLINGS_ESTIMATE_MATCHING_RATE_A; e++) {
        x = estimate_at(sample, 0, e);
        if (e == STARLINGS_ESTIMATE_CLUSTER_PRECISION || e == STARLINGS_ESTIMATE_CLUSTER_F1)
            continue; /* n/K over s: these lean and spread even then */
        T_NEAR(x.value, 1, 0);
        T_NEAR(x.sd, 0, 0);
        T_NEAR(x.low, 1, 0);
        T_NEAR(x.high, 1, 0);
        T_NEAR(x.boot_low, 1, 0);
        T_NEAR(x.boot_high, 1, 0);
    }
    starlings_sample_release(sample);
    for (uint32_t r = 0; r < 8; r++) /* two single records: there are no pairs to find */
        labels[r] = r == 0 || r == 5 ? r : STARLINGS_NONE;
    sample = estimate_make(&desc);
    x = estimate_at(sample, 0, STARLINGS_ESTIMATE_PAIRWISE_RECALL);
    T_NEAR(x.value, 0, 0);
    T_CHECK(estimate_is_nan(x.sd) && estimate_is_nan(x.boot_low) && estimate_is_nan(x.boot_high));
    x = estimate_at(sample, 0, STARLINGS_ESTIMATE_MATCHING_RATE_A);
    T_NEAR(x.value, 0, 0);
    T_CHECK(estimate_is_nan(x.sd));
    T_NEAR(x.boot_low, 0, 0);
    T_NEAR(x.boot_high, 0, 0);
    starlings_sample_release(sample);
    starlings_partition_release(p);
}

/* One weight next to nothing: its square runs out of exponent. */
static void estimate_tiny(void)
{
    const uint32_t prediction[] = { 0, 0, 0, 1, 2, 2 }, labels[] = { 0, 0, 1, 1, 1, 0 };
    const double weights[] = { 1, 1e-160 };
    starlings_partition *p = model_partition_of(prediction, 6);
    starlings_sample_desc desc;
    starlings_sample *sample;
    memset(&desc, 0, sizeof desc);
    desc.prediction = p;
    desc.labels = labels;
    desc.weighting = STARLINGS_WEIGHT_GIVEN;
    desc.weights = weights;
    sample = estimate_make(&desc);
    for (int e = 0; e < ESTIMATES; e++) {
        starlings_estimated x = estimate_at(sample, 0, e);
        T_CHECK(x.value >= 0 && x.value < 4);
        T_CHECK(estimate_is_nan(x.sd) || (x.sd >= 0 && x.sd < 1e-157));
    }
    starlings_sample_release(sample);
    starlings_partition_release(p);
}

/* The normal width, out of a sample whose sd is known not to be 0. */
static void estimate_confidence(void)
{
    static const struct {
        double confidence;
        double z;
    } known[] = { { 0.001, 0.0012533144654325546 }, { 0.1, 0.12566134685507405 },
                  { 0.25, 0.31863936396437514 },    { 0.5, 0.6744897501960817 },
                  { 0.8, 1.2815515655446006 },      { 0.9, 1.6448536269514729 },
                  { 0.0, 1.9599639845400538 },      { 0.95, 1.9599639845400538 },
                  { 0.98, 2.3263478740408408 },     { 0.99, 2.5758293035489004 },
                  { 0.999, 3.2905267314918945 },    { 0.9999, 3.890591886413121 },
                  { 0.999999, 4.891638475692932 },
                  { 1 - 1.0 / 1099511627776.0, 7.143552034352189 },
                  { 1 - 1.0 / 9007199254740992.0, 8.292361075813595 } };
    starlings_env env;
    estimate_setup s;
    memset(&env, 0, sizeof env);
    estimate_open(&s, 90, &env);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        starlings_sample *sample;
        starlings_estimated x;
        s.desc.confidence = known[i].confidence;
        sample = estimate_make(&s.desc);
        x = estimate_at(sample, 0, STARLINGS_ESTIMATE_PAIRWISE_F1);
        T_CHECK(x.sd > 0);
        T_NEAR((x.high - x.low) / (2 * x.sd), known[i].z, 2e-13 * (1 + x.value / x.sd));
        starlings_sample_release(sample);
    }
    estimate_close(&s);
}

/* ---- arguments ---------------------------------------------------------- */

static void estimate_refused(const starlings_sample_desc *desc, uint64_t at)
{
    starlings_error error = { STARLINGS_OK, 0, 0, "" };
    starlings_sample_desc with = *desc;
    starlings_sample *sample = (starlings_sample *)(void *)&error;
    with.env.error = &error;
    T_STATUS(starlings_sample_create(&with, &sample), STARLINGS_ERR_ARG);
    T_CHECK(sample == NULL);
    T_STATUS(error.status, STARLINGS_ERR_ARG);
    T_EQ_U64(error.at, at);
    T_CHECK(error.text[0] != '\0');
}

static void estimate_arguments(void)
{
    const uint32_t labels[] = { 1, 1, STARLINGS_NONE, 2 }, none[] = { STARLINGS_NONE,
                   STARLINGS_NONE, STARLINGS_NONE, STARLINGS_NONE };
    const uint32_t keys[] = { 3, 3, 1000001, 5 };
    double weights[] = { 1, 2 };
    const double bad[] = { 0, -1, model_nan(), model_infinity() };
    starlings_partition *p = model_partition_of(labels, 4);
    starlings_hierarchy *h = model_build(NULL, 0, 4, 0, false);
    starlings_sample_desc desc, good;
    starlings_sample *sample = NULL;
    memset(&good, 0, sizeof good);
    T_STATUS(starlings_sample_create(&good, NULL), STARLINGS_ERR_ARG);
    sample = (starlings_sample *)(void *)p;
    T_STATUS(starlings_sample_create(NULL, &sample), STARLINGS_ERR_ARG);
    T_CHECK(sample == NULL);
    good.labels = labels;
    estimate_refused(&good, 0);
    good.prediction = p;
#define WITH(change, at)             \
    do {                             \
        desc = good;                 \
        change;                      \
        estimate_refused(&desc, at); \
    } while (0)
    WITH(desc.hierarchy = h, 0);
    WITH(desc.keys = keys, 0);
    WITH(desc.key_count = 1, 0);
    WITH(desc.labels = NULL, 0);
    WITH(desc.labels = none, 0);
    WITH(desc.confidence = 1, 0);
    WITH(desc.confidence = -0.5, 0);
    WITH(desc.confidence = model_nan(), 0);
    WITH(desc.weighting = (starlings_weighting)3, 0);
    WITH(desc.weighting = STARLINGS_WEIGHT_GIVEN, 0);
    WITH(desc.weights = weights, 0);
    WITH((desc.prediction = NULL, desc.hierarchy = h), 0);
    WITH((desc.prediction = NULL, desc.hierarchy = h, desc.keys = keys, desc.key_count = 2), 1);
    WITH((desc.prediction = NULL, desc.hierarchy = h, desc.keys = keys + 1, desc.key_count = 2), 1);
    WITH((desc.prediction = NULL, desc.hierarchy = h, desc.keys = keys + 2, desc.key_count = 1), 0);
    for (size_t i = 0; i < 4; i++) {
        weights[i % 2] = bad[i];
        WITH((desc.weighting = STARLINGS_WEIGHT_GIVEN, desc.weights = weights), i % 2);
        weights[i % 2] = 1;
    }
#undef WITH
    starlings_partition_release(p);
    starlings_hierarchy_release(h);
}

/* Small calls, and what they say of nothing. */
static void estimate_questions(void)
{
    const uint32_t labels[] = { 1, 1, STARLINGS_NONE, 2 }, key = 3;
    starlings_partition *p = model_partition_of(labels, 4);
    starlings_hierarchy *h = model_build(NULL, 0, 4, 0, false);
    starlings_sample_desc desc, good;
    starlings_sample *sample;
    starlings_estimated x;
    memset(&good, 0, sizeof good);
    good.labels = labels;
    good.prediction = p;
    desc = good; /* no rows is no error */
    desc.prediction = NULL;
    desc.hierarchy = h;
    desc.keys = &key;
    sample = estimate_make(&desc);
    T_EQ_U64(starlings_sample_row_count(sample), 0);
    T_EQ_U64(starlings_sample_cluster_count(sample), 2);
    T_STATUS(starlings_sample_at(sample, 0, STARLINGS_ESTIMATE_MEAN_SIZE_A, &x),
             STARLINGS_ERR_RANGE);
    starlings_sample_release(sample);
    sample = estimate_make(&good);
    T_CHECK(starlings_sample_retain(sample) == sample);
    starlings_sample_release(sample);
    T_EQ_U64(starlings_sample_row_count(sample), 1);
    memset(&x, 0xff, sizeof x);
    T_STATUS(starlings_sample_at(sample, 1, STARLINGS_ESTIMATE_MEAN_SIZE_A, &x),
             STARLINGS_ERR_RANGE);
    T_NEAR(x.boot_high, 0, 0);
    T_STATUS(starlings_sample_at(sample, 0, STARLINGS_ESTIMATE_COUNT, &x), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sample_at(NULL, 0, STARLINGS_ESTIMATE_MEAN_SIZE_A, &x), STARLINGS_ERR_ARG);
    T_STATUS(starlings_sample_at(sample, 0, STARLINGS_ESTIMATE_MEAN_SIZE_A, NULL),
             STARLINGS_ERR_ARG);
    starlings_sample_release(sample);
    T_CHECK(starlings_sample_retain(NULL) == NULL);
    starlings_sample_release(NULL);
    T_EQ_U64(starlings_sample_row_count(NULL), 0);
    T_EQ_U64(starlings_sample_cluster_count(NULL), 0);
    T_EQ_U64(starlings_sample_record_count(NULL), 0);
    for (int e = 0; e < ESTIMATES; e++)
        T_CHECK(starlings_estimate_name((starlings_estimate)e) != NULL);
    T_EQ_STR(starlings_estimate_name(STARLINGS_ESTIMATE_PAIRWISE_PRECISION), "pairwise_precision");
    T_EQ_STR(starlings_estimate_name(STARLINGS_ESTIMATE_BCUBED_ENTITY_RECALL),
             "bcubed_entity_recall");
    T_EQ_STR(starlings_estimate_name(STARLINGS_ESTIMATE_MEAN_SIZE_A), "mean_size_a");
    T_CHECK(starlings_estimate_name(STARLINGS_ESTIMATE_COUNT) == NULL);
    starlings_partition_release(p);
    starlings_hierarchy_release(h);
}

/* ---- edges against the truth -------------------------------------------- */

enum { ESTIMATE_BINS = 12, ESTIMATE_KEYS = 7 };

typedef struct estimate_scores {
    starlings_score_bin bins[ESTIMATE_BINS];
    starlings_calibration all;
    uint64_t edges[ESTIMATE_KEYS];
    uint64_t true_edges[ESTIMATE_KEYS];
} estimate_scores;

static const uint32_t estimate_score_keys[ESTIMATE_KEYS] = { 0,      1,      250000, 500000,
                                                             500001, 999999, 1000000 };

static starlings_status estimate_score(const starlings_edge *edges, size_t m, uint32_t decimals,
                                       const starlings_partition *p, const starlings_env *env,
                                       uint32_t bins, estimate_scores *out)
{
    starlings_status status;
    memset(out, 0, sizeof *out);
    status = starlings_edges_calibrate(edges, m, p, env, out->bins, bins, &out->all);
    if (status != STARLINGS_OK)
        return status;
    return starlings_edges_count_true(edges, m, decimals, p, env, estimate_score_keys,
                                      ESTIMATE_KEYS, out->edges, out->true_edges);
}

/* i / bins as a double, also where registers are wider. */
static double estimate_border(uint32_t i, uint32_t bins)
{
    volatile double border = (double)i / (double)bins;
    return border;
}

/* Bins by comparing with every border, sums in long double. */
static void estimate_score_model(const starlings_edge *edges, size_t m, uint32_t decimals,
                                 const uint32_t *labels, uint32_t bins, const estimate_scores *got)
{
    long double brier = 0, error = 0, sum[ESTIMATE_BINS] = { 0 };
    estimate_scores want;
    memset(&want, 0, sizeof want);
    for (size_t i = 0; i < m; i++) {
        long double w = (long double)edges[i].weight;
        uint32_t bin = 0, key;
        bool good = labels[edges[i].a] == labels[edges[i].b];
        if (edges[i].a == edges[i].b)
            continue;
        while (bin + 1 < bins && edges[i].weight >= estimate_border(bin + 1, bins))
            bin++;
        brier += (w - good) * (w - good);
        sum[bin] += w;
        want.bins[bin].edges++;
        want.bins[bin].true_edges += good;
        want.all.edges++;
        want.all.true_edges += good;
        key = model_key(edges[i].weight, decimals == 0 ? 6 : decimals);
        for (int k = 0; k < ESTIMATE_KEYS && estimate_score_keys[k] <= key; k++) {
            want.edges[k]++;
            want.true_edges[k] += good;
        }
    }
    for (uint32_t b = 0; b < bins; b++) {
        long double off = sum[b] - (long double)want.bins[b].true_edges;
        error += off < 0 ? -off : off;
        T_EQ_U64(got->bins[b].edges, want.bins[b].edges);
        T_EQ_U64(got->bins[b].true_edges, want.bins[b].true_edges);
        if (want.bins[b].edges == 0)
            T_CHECK(estimate_is_nan(got->bins[b].mean_weight));
        else
            T_NEAR(got->bins[b].mean_weight, (double)(sum[b] / (long double)want.bins[b].edges),
                   1e-12);
    }
    for (int k = 0; k < ESTIMATE_KEYS; k++) {
        T_EQ_U64(got->edges[k], want.edges[k]);
        T_EQ_U64(got->true_edges[k], want.true_edges[k]);
    }
    T_EQ_U64(got->all.edges, want.all.edges);
    T_EQ_U64(got->all.true_edges, want.all.true_edges);
    if (want.all.edges == 0) {
        T_CHECK(estimate_is_nan(got->all.brier) && estimate_is_nan(got->all.error));
    } else {
        T_NEAR(got->all.brier, (double)(brier / (long double)want.all.edges), 1e-12);
        T_NEAR(got->all.error, (double)(error / (long double)want.all.edges), 1e-12);
    }
}

static void estimate_score_random(uint32_t round)
{
    t_rng rng = t_rng_make(3500 + round);
    model_graph g = model_random_graph(&rng, 30, 200);
    uint32_t *labels = model_u32(g.n), bins = 1 + t_below(&rng, ESTIMATE_BINS);
    uint32_t decimals = t_below(&rng, 7);
    starlings_partition_desc desc;
    starlings_partition *p, *bare = NULL;
    starlings_env env;
    estimate_scores got, again;
    memset(&env, 0, sizeof env);
    memset(&desc, 0, sizeof desc);
    model_random_labels(&rng, labels, g.n, 1 + t_below(&rng, g.n));
    p = model_partition_of(labels, g.n);
    desc.labels = labels;
    desc.record_count = g.n;
    desc.skip_labels = true;
    T_STATUS(starlings_partition_create(&desc, &bare), STARLINGS_OK);
    T_STATUS(estimate_score(g.edges, g.m, decimals, p, NULL, bins, &got), STARLINGS_OK);
    estimate_score_model(g.edges, g.m, decimals, labels, bins, &got);
    for (uint32_t i = 1; i <= 3; i++) {
        env.workers.count = i;
        model_shuffle(&rng, g.edges, g.m);
        T_STATUS(estimate_score(g.edges, g.m, decimals, i == 2 ? bare : p, &env, bins, &again),
                 STARLINGS_OK);
        T_CHECK(memcmp(&again, &got, sizeof got) == 0);
    }
    starlings_partition_release(p);
    starlings_partition_release(bare);
    free(labels);
    model_graph_free(&g);
}

/* Borders: every i / bins itself goes up, its neighbour below does not; 1 is in the last bin. */
static void estimate_borders(void)
{
    static starlings_score_bin bins[1000];
    const uint32_t labels[] = { 0, 0 };
    starlings_partition *p = model_partition_of(labels, 2);
    starlings_calibration all;
    for (uint32_t count = 1; count <= 1000; count += count < 20 ? 1 : 49)
        for (uint32_t i = 0; i <= count; i++) {
            starlings_edge edge = { 0, 1, estimate_border(i, count) };
            uint32_t bin = i < count ? i : count - 1;
            uint64_t bits;
            T_STATUS(starlings_edges_calibrate(&edge, 1, p, NULL, bins, count, &all), STARLINGS_OK);
            T_EQ_U64(bins[bin].edges, 1);
            T_NEAR(bins[bin].mean_weight, edge.weight, 0);
            T_NEAR(all.error, 1 - edge.weight, 1e-18);
            if (i == 0)
                continue;
            memcpy(&bits, &edge.weight, sizeof bits);
            edge.weight = model_of_bits(bits - 1);
            T_CHECK(edge.weight < estimate_border(i, count));
            T_STATUS(starlings_edges_calibrate(&edge, 1, p, NULL, bins, count, &all), STARLINGS_OK);
            T_EQ_U64(bins[i - 1].edges, 1);
        }
    starlings_partition_release(p);
}

/* Many edges: workers have stretches of their own, and the first bad edge of all is reported. */
static void estimate_score_many(void)
{
    enum { M = 300000, N = 1000 };
    static const double wrong[] = { -1e-9, 1.0000001 };
    starlings_edge *edges = (starlings_edge *)model_new(M, sizeof *edges);
    uint32_t *labels = model_u32(N);
    t_rng rng = t_rng_make(3600);
    starlings_partition *p;
    starlings_env env;
    estimate_scores want, got;
    starlings_error error = { STARLINGS_OK, 0, 0, "" };
    model_random_labels(&rng, labels, N, 30);
    p = model_partition_of(labels, N);
    memset(&env, 0, sizeof env);
    env.error = &error;
    for (uint32_t i = 0; i < M; i++) {
        edges[i].a = t_below(&rng, N);
        edges[i].b = t_below(&rng, N);
        edges[i].weight = t_unit(&rng);
    }
    T_STATUS(estimate_score(edges, M, 6, p, &env, 10, &want), STARLINGS_OK);
    estimate_score_model(edges, M, 6, labels, 10, &want);
    for (uint32_t workers = 2; workers <= 5; workers++) {
        env.workers.count = workers;
        T_STATUS(estimate_score(edges, M, 6, p, &env, 10, &got), STARLINGS_OK);
        T_CHECK(memcmp(&got, &want, sizeof got) == 0);
    }
    edges[250001].weight = model_nan();
    edges[200000].b = N;
    for (uint32_t kind = 0; kind < 4; kind++) {
        uint64_t counts[2 * ESTIMATE_KEYS];
        starlings_status status = STARLINGS_ERR_WEIGHT;
        starlings_edge *first = &edges[200000 - kind * 60000];
        if (kind == 0)
            status = STARLINGS_ERR_RANGE;
        else if (kind == 3)
            status = STARLINGS_ERR_INFINITE;
        if (kind > 0)
            first->weight = kind == 3 ? model_infinity() : wrong[kind - 1];
        env.workers.count = 1 + kind;
        T_STATUS(starlings_edges_calibrate(edges, M, p, &env, got.bins, 10, &got.all), status);
        T_EQ_U64(error.at, 200000 - kind * 60000);
        T_EQ_U64(got.all.edges + got.bins[3].edges, 0);
        error.at = 0;
        T_STATUS(starlings_edges_count_true(edges, M, 3, p, &env, estimate_score_keys,
                                            ESTIMATE_KEYS, counts, counts + ESTIMATE_KEYS), status);
        T_EQ_U64(error.at, 200000 - kind * 60000);
        T_EQ_U64(counts[0] + counts[ESTIMATE_KEYS], 0);
    }
    starlings_partition_release(p);
    free(edges);
    free(labels);
}

static void estimate_score_arguments(void)
{
    const uint32_t labels[] = { 0, 0, 4 }, falling[] = { 5, 5 }, high[] = { 1000001 };
    starlings_edge edge = { 0, 1, 0.3 };
    starlings_partition *p = model_partition_of(labels, 3), *none = model_partition_of(NULL, 0);
    starlings_score_bin bins[2];
    starlings_calibration all;
    uint64_t a[2], b[2];
    T_STATUS(starlings_edges_calibrate(&edge, 1, p, NULL, bins, 2, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_calibrate(&edge, 1, p, NULL, NULL, 2, &all), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_calibrate(&edge, 1, p, NULL, bins, 0, &all), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_calibrate(&edge, 1, NULL, NULL, bins, 2, &all), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_calibrate(NULL, 1, p, NULL, bins, 2, &all), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_calibrate(&edge, 1, none, NULL, bins, 2, &all), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_edges_calibrate(NULL, 0, none, NULL, bins, 2, &all), STARLINGS_OK);
    T_EQ_U64(all.edges, 0);
    T_CHECK(estimate_is_nan(all.brier) && estimate_is_nan(bins[1].mean_weight));
    edge.b = 0; /* a loop is checked like any edge, and left out */
    T_STATUS(starlings_edges_calibrate(&edge, 1, p, NULL, bins, 2, &all), STARLINGS_OK);
    T_EQ_U64(all.edges, 0);
    edge.a = edge.b = 3;
    T_STATUS(starlings_edges_calibrate(&edge, 1, p, NULL, bins, 2, &all), STARLINGS_ERR_RANGE);
    edge.a = edge.b = 1;
    T_STATUS(starlings_edges_count_true(&edge, 1, 0, p, NULL, falling, 1, NULL, b),
             STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_count_true(&edge, 1, 0, p, NULL, falling, 1, a, NULL),
             STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_count_true(&edge, 1, 0, p, NULL, NULL, 1, a, b), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_count_true(&edge, 1, 7, p, NULL, falling, 1, a, b), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_count_true(&edge, 1, 0, p, NULL, falling, 2, a, b), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_count_true(&edge, 1, 0, p, NULL, high, 1, a, b), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_count_true(&edge, 1, 0, NULL, NULL, falling, 1, a, b),
             STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_count_true(NULL, 1, 0, p, NULL, falling, 1, a, b), STARLINGS_ERR_ARG);
    T_STATUS(starlings_edges_count_true(&edge, 1, 0, p, NULL, falling, 0, a, b), STARLINGS_OK);
    T_STATUS(starlings_edges_count_true(&edge, 1, 0, p, NULL, falling, 1, a, b), STARLINGS_OK);
    T_EQ_U64(a[0] + b[0], 0);
    starlings_partition_release(p);
    starlings_partition_release(none);
}

/* ---- memory and cancelling ---------------------------------------------- */

typedef struct estimate_faults {
    faults f;
    faults_cancel cancel;
    estimate_setup s;
    starlings_edge edges[50];
    starlings_partition *bare; /* without labels, so that scoring makes some */
    starlings_env env;
} estimate_faults;

/* Call `kind`: five rows, one row, with a bootstrap and workers, both scores. */
static starlings_status estimate_call(estimate_faults *w, uint32_t kind, uint64_t *hash)
{
    starlings_sample_desc desc = w->s.desc;
    starlings_sample *sample = NULL;
    starlings_status status;
    *hash = 0;
    if (kind == 4) {
        estimate_scores scores;
        status = estimate_score(w->edges, 50, 0, w->bare, &w->env, 5, &scores);
        *hash = model_hash(MODEL_HASH_START, &scores, sizeof scores);
        return status;
    }
    desc.env = w->env;
    desc.key_count = kind < 2 ? 5 : 1;
    desc.replicates = kind == 0 ? 0 : 70;
    desc.env.workers.count = kind == 3 ? 3 : 1;
    status = starlings_sample_create(&desc, &sample);
    T_CHECK((sample != NULL) == (status == STARLINGS_OK));
    if (sample != NULL)
        *hash = estimate_hash(sample);
    starlings_sample_release(sample);
    return status;
}

static void estimate_refuse(estimate_faults *w, uint32_t kind, bool for_ever)
{
    uint64_t want, got;
    size_t live = w->f.live;
    T_STATUS(estimate_call(w, kind, &want), STARLINGS_OK);
    for (size_t n = 0; n < 100; n++) {
        starlings_status status;
        w->f.armed = true;
        w->f.calls = w->f.failed = 0;
        w->f.fail_at = n;
        w->f.for_ever = for_ever;
        status = estimate_call(w, kind, &got);
        w->f.armed = false;
        T_EQ_U64(w->f.live, live);
        T_EQ_U64(w->f.broken, 0);
        if (w->f.failed == 0) {
            T_STATUS(status, STARLINGS_OK);
            T_EQ_U64(got, want);
            T_CHECK(n > 3);
            return;
        }
        T_STATUS(status, STARLINGS_ERR_NOMEM);
        T_STATUS(estimate_call(w, kind, &got), STARLINGS_OK);
        T_EQ_U64(got, want);
    }
    T_CHECK(false);
}

static void estimate_cancel(estimate_faults *w, uint32_t kind)
{
    uint64_t want, got;
    size_t live = w->f.live;
    T_STATUS(estimate_call(w, kind, &want), STARLINGS_OK);
    for (size_t n = 0; n < 100; n++) {
        faults_cancel cancel = { 0, 0, 0, false };
        starlings_status status;
        cancel.stop_at = n;
        w->cancel = cancel;
        w->env.progress.report = faults_report;
        w->env.progress.ctx = &w->cancel;
        status = estimate_call(w, kind, &got);
        w->env.progress.report = NULL;
        T_EQ_U64(w->cancel.broken, 0);
        T_EQ_U64(w->f.live, live);
        if (w->cancel.calls <= n) {
            T_STATUS(status, STARLINGS_OK);
            T_EQ_U64(got, want);
            T_CHECK(n > 1);
            return;
        }
        T_STATUS(status, STARLINGS_ERR_CANCELLED);
        T_EQ_U64(w->cancel.calls, n + 1);
    }
    T_CHECK(false);
}

static void estimate_trouble(void)
{
    static estimate_faults w;
    t_rng rng = t_rng_make(3700);
    starlings_partition_desc desc;
    memset(&w, 0, sizeof w);
    memset(&desc, 0, sizeof desc);
    w.f = faults_make();
    w.f.armed = false;
    w.env.allocator = faults_allocator(&w.f);
    estimate_open(&w.s, 80, &w.env);
    desc.labels = w.s.labels;
    desc.record_count = 80;
    desc.skip_labels = true;
    desc.env = w.env;
    T_STATUS(starlings_partition_create(&desc, &w.bare), STARLINGS_OK);
    for (uint32_t i = 0; i < 50; i++) {
        w.edges[i].a = t_below(&rng, 80);
        w.edges[i].b = t_below(&rng, 80);
        w.edges[i].weight = t_unit(&rng);
    }
    for (uint32_t kind = 0; kind < 5; kind++) {
        estimate_refuse(&w, kind, false);
        estimate_refuse(&w, kind, true);
        estimate_cancel(&w, kind);
    }
    starlings_partition_release(w.bare);
    estimate_close(&w.s);
    T_EQ_U64(w.f.live, 0);
}

static void test_estimate(void)
{
    estimate_vectors();
    for (uint32_t round = 0; round < (t_state.big ? 2000u : 60u); round++)
        estimate_random(round);
    estimate_large();
    estimate_unbiased();
    estimate_same(30, 0);
    estimate_same(30, 33);
    estimate_same(2000, 0);
    estimate_same(2000, 21);
    estimate_golden();
    estimate_scaled();
    estimate_degenerate();
    estimate_tiny();
    estimate_confidence();
    estimate_arguments();
    estimate_questions();
    for (uint32_t round = 0; round < (t_state.big ? 2000u : 70u); round++)
        estimate_score_random(round);
    estimate_borders();
    estimate_score_many();
    estimate_score_arguments();
    estimate_trouble();
}
