/* test_matching.c - the best one-to-one pairing of clusters: all assignments of small tables, a
   dense Hungarian algorithm and a recurrence for chains as models; renaming and transposing; the
   limit; failing allocations. */

enum { MATCHING_SIDE = 64 };

/* A table that owns its arrays. */
typedef struct matching_table {
    stln_table table;
    uint32_t *starts_a, *starts_b, *row;
    stln_cell *cell;
} matching_table;

/* One cell to make a table of, by its cluster of b. */
typedef struct matching_item {
    uint32_t a, b, count;
} matching_item;

static void matching_clear(matching_table *t)
{
    free(t->starts_a);
    free(t->starts_b);
    free(t->row);
    free(t->cell);
}

static matching_table matching_make(const matching_item *items, uint32_t count, uint32_t clusters_a,
                                    uint32_t clusters_b)
{
    matching_table t;
    memset(&t, 0, sizeof t);
    t.starts_a = (uint32_t *)calloc((size_t)clusters_a + 1, sizeof(uint32_t));
    t.starts_b = (uint32_t *)calloc((size_t)clusters_b + 1, sizeof(uint32_t));
    t.row = (uint32_t *)calloc((size_t)clusters_b + 2, sizeof(uint32_t));
    t.cell = (stln_cell *)calloc((size_t)count + 1, sizeof(stln_cell));
    if (t.starts_a == NULL || t.starts_b == NULL || t.row == NULL || t.cell == NULL)
        abort();
    for (uint32_t i = 0; i < count; i++) {
        t.starts_a[items[i].a + 1] += items[i].count;
        t.starts_b[items[i].b + 1] += items[i].count;
        t.row[items[i].b + 2]++;
        t.table.n += items[i].count;
    }
    for (uint32_t a = 0; a < clusters_a; a++)
        t.starts_a[a + 1] += t.starts_a[a];
    for (uint32_t b = 0; b < clusters_b; b++) {
        t.starts_b[b + 1] += t.starts_b[b];
        t.row[b + 2] += t.row[b + 1];
    }
    for (uint32_t i = 0; i < count; i++) {
        stln_cell *cell = &t.cell[t.row[items[i].b + 1]++];
        cell->a = items[i].a;
        cell->count = items[i].count;
    }
    t.table.clusters_a = clusters_a;
    t.table.clusters_b = clusters_b;
    t.table.cells = count;
    t.table.starts_a = t.starts_a;
    t.table.starts_b = t.starts_b;
    t.table.row = t.row;
    t.table.cell = t.cell;
    return t;
}

/* Both sums, which are what each is alone. */
static stln_matching matching_find(const stln_table *table, uint64_t limit)
{
    starlings_allocator allocator = stln_allocator_of(NULL, NULL);
    stln_scratch scratch;
    stln_matching out, half;
    stln_scratch_open(&scratch, &allocator);
    T_STATUS(stln_matching_find(table, &scratch, limit, true, true, &out), STARLINGS_OK);
    T_EQ_U64(scratch.count, 0);
    T_STATUS(stln_matching_find(table, &scratch, limit, true, false, &half), STARLINGS_OK);
    T_CHECK(half.records_known == out.records_known && half.records == out.records);
    T_CHECK(!half.similarity_known && stln_is_zero(half.similarity));
    T_STATUS(stln_matching_find(table, &scratch, limit, false, true, &half), STARLINGS_OK);
    T_CHECK(half.similarity_known == out.similarity_known &&
            stln_equal(half.similarity, out.similarity));
    T_CHECK(!half.records_known && half.records == 0);
    T_CHECK(out.records_known || out.records == 0);
    T_CHECK(out.similarity_known || stln_is_zero(out.similarity));
    stln_scratch_close(&scratch);
    return out;
}

/* Under this limit both sums are known, one, the other or none. */
static void matching_known(const stln_table *table, uint64_t limit, bool records, bool similarity)
{
    stln_matching got = matching_find(table, limit);
    T_CHECK(got.records_known == records);
    T_CHECK(got.similarity_known == similarity);
}

static double matching_real(stln_u128 similarity)
{
    return stln_ratio(similarity, stln_shift_left(stln_u128_of(1), 95));
}

/* floor(2c 2^95 / sum) by long division, bit by bit. */
static stln_u128 matching_worth(uint64_t c, uint64_t sum)
{
    uint64_t rest = 2 * c;
    stln_u128 worth = stln_u128_of(rest / sum);
    rest %= sum;
    for (int bit = 0; bit < 95; bit++) {
        rest *= 2;
        worth = stln_add(stln_add(worth, worth), stln_u128_of(rest >= sum));
        rest -= rest >= sum ? sum : 0;
    }
    return worth;
}

/* ---- small tables as matrices: count[b][a] -------------------------------- */

typedef struct matching_matrix {
    uint32_t rows, columns;
    uint32_t count[MATCHING_SIDE][MATCHING_SIDE];
    uint64_t size_b[MATCHING_SIDE], size_a[MATCHING_SIDE];
} matching_matrix;

/* Sizes; rows and columns without records are taken out. */
static void matching_settle(matching_matrix *m)
{
    uint32_t rows = 0, columns = 0;
    for (uint32_t b = 0; b < m->rows; b++) {
        uint64_t sum = 0;
        for (uint32_t a = 0; a < m->columns; a++)
            sum += m->count[b][a];
        if (sum == 0)
            continue;
        memmove(m->count[rows], m->count[b], sizeof m->count[b]);
        m->size_b[rows++] = sum;
    }
    m->rows = rows;
    for (uint32_t a = 0; a < m->columns; a++) {
        uint64_t sum = 0;
        for (uint32_t b = 0; b < rows; b++)
            sum += m->count[b][columns] = m->count[b][a];
        m->size_a[columns] = sum;
        columns += sum > 0;
    }
    m->columns = columns;
}

/* Many shapes: sparse and dense, equal and unequal counts, rows and columns that are one cell. */
static void matching_random(t_rng *rng, matching_matrix *m, uint32_t most)
{
    uint32_t zeros = t_below(rng, 100), big = 1 + t_below(rng, t_below(rng, 2) == 0 ? 3 : 1000);
    memset(m, 0, sizeof *m);
    m->rows = 1 + t_below(rng, most);
    m->columns = 1 + t_below(rng, most);
    if (t_below(rng, 8) == 0)
        big = UINT32_MAX / (m->rows * m->columns + 1);
    for (uint32_t b = 0; b < m->rows; b++)
        for (uint32_t a = 0; a < m->columns; a++)
            if (t_below(rng, 100) >= zeros) {
                uint32_t count = 1 + t_below(rng, big);
                m->count[b][a] = count >> t_below(rng, 12);
            }
    for (uint32_t leaves = t_below(rng, 4); leaves > 0 && m->rows > 1; leaves--) {
        uint32_t b = t_below(rng, m->rows), a = t_below(rng, m->columns);
        for (uint32_t x = 0; x < (m->rows > m->columns ? m->rows : m->columns); x++) {
            if (x < m->columns && x != a && leaves % 2 == 0)
                m->count[b][x] = 0;
            if (x < m->rows && x != b && leaves % 2 == 1)
                m->count[x][a] = 0;
        }
    }
    matching_settle(m);
}

/* The table of a matrix with its rows, columns and cells in a random order, or of its transpose. */
static matching_table matching_of(t_rng *rng, const matching_matrix *m, bool transpose)
{
    uint32_t row[MATCHING_SIDE], column[MATCHING_SIDE], count = 0;
    matching_item *items = (matching_item *)malloc(sizeof *items * MATCHING_SIDE * MATCHING_SIDE);
    matching_table t;
    if (items == NULL)
        abort();
    for (uint32_t i = 0; i < MATCHING_SIDE; i++)
        row[i] = column[i] = i;
    for (uint32_t i = m->rows; i > 1; i--) {
        uint32_t j = t_below(rng, i), swap = row[i - 1];
        row[i - 1] = row[j];
        row[j] = swap;
    }
    for (uint32_t i = m->columns; i > 1; i--) {
        uint32_t j = t_below(rng, i), swap = column[i - 1];
        column[i - 1] = column[j];
        column[j] = swap;
    }
    for (uint32_t b = 0; b < m->rows; b++)
        for (uint32_t a = 0; a < m->columns; a++)
            if (m->count[b][a] > 0) {
                uint32_t j = t_below(rng, count + 1);
                items[count++] = items[j];
                items[j].a = transpose ? row[b] : column[a];
                items[j].b = transpose ? column[a] : row[b];
                items[j].count = m->count[b][a];
            }
    t = matching_make(items, count, transpose ? m->rows : m->columns,
                      transpose ? m->columns : m->rows);
    free(items);
    return t;
}

/* All assignments: row by row, each column free or taken, so best[set of columns taken]. */
static void matching_brute(const matching_matrix *m, uint64_t *records, stln_u128 *similarity)
{
    static uint64_t best_c[1 << 8], next_c[1 << 8];
    static stln_u128 best_s[1 << 8], next_s[1 << 8];
    uint32_t sets = 1u << m->columns;
    memset(best_c, 0, sizeof best_c);
    memset(best_s, 0, sizeof best_s);
    for (uint32_t b = 0; b < m->rows; b++) {
        memcpy(next_c, best_c, sizeof next_c);
        memcpy(next_s, best_s, sizeof next_s);
        for (uint32_t a = 0; a < m->columns; a++) {
            stln_u128 worth = matching_worth(m->count[b][a], m->size_b[b] + m->size_a[a]);
            for (uint32_t set = 0; set < sets; set++) {
                uint32_t with = set | 1u << a;
                if (with == set)
                    continue;
                if (best_c[set] + m->count[b][a] > next_c[with])
                    next_c[with] = best_c[set] + m->count[b][a];
                if (stln_less(next_s[with], stln_add(best_s[set], worth)))
                    next_s[with] = stln_add(best_s[set], worth);
            }
        }
        memcpy(best_c, next_c, sizeof best_c);
        memcpy(best_s, next_s, sizeof best_s);
    }
    *records = 0;
    *similarity = stln_u128_of(0);
    for (uint32_t set = 0; set < sets; set++) {
        if (best_c[set] > *records)
            *records = best_c[set];
        if (stln_less(*similarity, best_s[set]))
            *similarity = best_s[set];
    }
}

/* The work of a matrix, the slow way. Nodes are rows, then columns. */
typedef struct matching_model {
    const matching_matrix *m;
    uint32_t group[2 * MATCHING_SIDE];
    stln_u128 alone[2 * MATCHING_SIDE];
    stln_u128 gain[MATCHING_SIDE][MATCHING_SIDE];
    uint64_t dual[2 * MATCHING_SIDE];
    bool there[MATCHING_SIDE][MATCHING_SIDE];
} matching_model;

static bool matching_joins(const matching_matrix *m, uint32_t b, uint32_t a)
{
    uint32_t c = m->count[b][a];
    return c > 0 && c < m->size_b[b] && c < m->size_a[a];
}

/* Groups, by labels that spread till they stay; what all are worth alone; what the edges gain. */
static void matching_model_gains(matching_model *w, bool similarity)
{
    const matching_matrix *m = w->m;
    for (uint32_t x = 0; x < 2 * MATCHING_SIDE; x++)
        w->group[x] = x;
    for (bool more = true; more;) {
        more = false;
        for (uint32_t b = 0; b < m->rows; b++)
            for (uint32_t a = 0; a < m->columns; a++) {
                uint32_t *row = &w->group[b], *column = &w->group[MATCHING_SIDE + a];
                if (!matching_joins(m, b, a) || *row == *column)
                    continue;
                *row = *column = *row < *column ? *row : *column;
                more = true;
            }
    }
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t b = 0; b < m->rows; b++)
            for (uint32_t a = 0; a < m->columns; a++) {
                stln_u128 worth = stln_u128_of(m->count[b][a]), alone;
                stln_u128 *row = &w->alone[b], *column = &w->alone[MATCHING_SIDE + a];
                if (similarity)
                    worth = matching_worth(m->count[b][a], m->size_b[b] + m->size_a[a]);
                alone = stln_add(*row, *column);
                if (pass == 1 && matching_joins(m, b, a) && stln_less(alone, worth)) {
                    w->there[b][a] = true;
                    w->gain[b][a] = stln_sub(worth, alone);
                }
                if (pass == 0 && m->count[b][a] == m->size_a[a] && stln_less(*row, worth))
                    *row = worth;
                if (pass == 0 && m->count[b][a] == m->size_b[b] && stln_less(*column, worth))
                    *column = worth;
            }
}

/* Cut the gains of a group to 63 bits. */
static void matching_model_cut(matching_model *w, uint32_t group)
{
    for (bool more = true; more;) {
        more = false;
        for (int pass = 0; pass < 2; pass++)
            for (uint32_t b = 0; b < w->m->rows; b++)
                for (uint32_t a = 0; a < w->m->columns; a++) {
                    stln_u128 *gain = &w->gain[b][a];
                    if (w->group[b] != group || !w->there[b][a])
                        continue;
                    if (pass == 0)
                        more = more || gain->hi > 0 || gain->lo >> 63 > 0;
                    else if (more)
                        *gain = stln_shift_right(*gain, 1);
                }
    }
}

/* Take one leaf off, if there is any. */
static bool matching_model_peel(matching_model *w)
{
    for (uint32_t x = 0; x < 2 * MATCHING_SIDE; x++) {
        bool is_row = x < MATCHING_SIDE;
        uint32_t i = is_row ? x : x - MATCHING_SIDE, edges = 0, y = 0;
        uint64_t gain;
        if (i >= (is_row ? w->m->rows : w->m->columns))
            continue;
        for (uint32_t j = 0; j < (is_row ? w->m->columns : w->m->rows); j++)
            if (is_row ? w->there[i][j] : w->there[j][i]) {
                edges++;
                y = j;
            }
        if (edges != 1)
            continue;
        gain = is_row ? w->gain[i][y].lo : w->gain[y][i].lo;
        *(is_row ? &w->there[i][y] : &w->there[y][i]) = false;
        y = is_row ? y + MATCHING_SIDE : y;
        if (gain > w->dual[x] && gain - w->dual[x] > w->dual[y])
            w->dual[y] = gain - w->dual[x];
        return true;
    }
    return false;
}

/* The most work of a group. */
static uint64_t matching_work(const matching_matrix *m, bool similarity)
{
    static matching_model w;
    uint64_t most = 0;
    memset(&w, 0, sizeof w);
    w.m = m;
    matching_model_gains(&w, similarity);
    for (uint32_t group = 0; group < m->rows; group++)
        matching_model_cut(&w, group);
    while (matching_model_peel(&w))
        continue;
    for (uint32_t group = 0; group < m->rows; group++) {
        bool row[MATCHING_SIDE] = { false }, column[MATCHING_SIDE] = { false };
        uint64_t rows = 0, columns = 0, edges = 0, work;
        for (uint32_t b = 0; b < m->rows; b++)
            for (uint32_t a = 0; a < m->columns; a++)
                if (w.group[b] == group && w.there[b][a] &&
                    w.gain[b][a].lo > w.dual[b] + w.dual[MATCHING_SIDE + a]) {
                    row[b] = column[a] = true;
                    edges++;
                }
        for (uint32_t i = 0; i < MATCHING_SIDE; i++) {
            rows += row[i];
            columns += column[i];
        }
        work = (rows < columns ? rows : columns) * edges;
        most = work > most ? work : most;
    }
    return most;
}

/* The same numbers in any order and from both sides; above the limit, none. */
static stln_matching matching_both(t_rng *rng, const matching_matrix *m)
{
    uint64_t records = matching_work(m, false), similarity = matching_work(m, true);
    stln_matching one;
    memset(&one, 0, sizeof one);
    for (int turn = 0; turn < 3; turn++) {
        matching_table t = matching_of(rng, m, turn > 0);
        stln_matching other = matching_find(&t.table, turn == 2 ? UINT64_MAX :
                                            records > similarity ? records : similarity);
        T_CHECK(other.records_known && other.similarity_known);
        if (turn == 0)
            one = other;
        T_CHECK(other.records == one.records && stln_equal(other.similarity, one.similarity));
        matching_known(&t.table, 0, records == 0, similarity == 0);
        if (records > 0) {
            matching_known(&t.table, records, true, similarity <= records);
            matching_known(&t.table, records - 1, false, similarity < records);
        }
        if (similarity > 0) {
            matching_known(&t.table, similarity, records <= similarity, true);
            matching_known(&t.table, similarity - 1, records < similarity, false);
        }
        matching_clear(&t);
    }
    return one;
}

static void matching_small(void)
{
    t_rng rng = t_rng_make(5501);
    static matching_matrix m;
    for (int round = 0; round < (t_state.big ? 60000 : 1500); round++) {
        uint64_t records;
        stln_u128 similarity;
        stln_matching got;
        double want;
        matching_random(&rng, &m, 7);
        matching_brute(&m, &records, &similarity);
        got = matching_both(&rng, &m);
        T_EQ_U64(got.records, records);
        /* below the exact sum by less than 7 2^-62 of the largest gain, which is at most 1 */
        T_CHECK(!stln_less(similarity, got.similarity));
        T_CHECK(stln_less(stln_sub(similarity, got.similarity), stln_u128_of((uint64_t)1 << 36)));
        want = matching_real(similarity);
        T_NEAR(matching_real(got.similarity), want, 2 * model_ulp(want));
    }
}

/* The dense O(k^3) Hungarian algorithm for the least sum of cost[row][column], rows <= columns, all
   rows paired: potentials u, v; each row grows a tree of tight columns. */
static long double matching_hungarian(uint32_t rows, uint32_t columns,
                                      long double cost[MATCHING_SIDE][MATCHING_SIDE])
{
    long double u[MATCHING_SIDE + 1] = { 0 }, v[MATCHING_SIDE + 1] = { 0 }, sum = 0;
    uint32_t mate[MATCHING_SIDE + 1] = { 0 }, way[MATCHING_SIDE + 1] = { 0 };
    for (uint32_t i = 1; i <= rows; i++) {
        long double least[MATCHING_SIDE + 1];
        bool used[MATCHING_SIDE + 1] = { false };
        uint32_t at = 0;
        for (uint32_t j = 0; j <= columns; j++)
            least[j] = 1e30L;
        mate[0] = i;
        do {
            long double delta = 1e30L;
            uint32_t next = 0;
            used[at] = true;
            for (uint32_t j = 1; j <= columns; j++) {
                long double slack = cost[mate[at] - 1][j - 1] - u[mate[at]] - v[j];
                if (used[j])
                    continue;
                if (slack < least[j]) {
                    least[j] = slack;
                    way[j] = at;
                }
                if (least[j] < delta) {
                    delta = least[j];
                    next = j;
                }
            }
            for (uint32_t j = 0; j <= columns; j++)
                if (used[j]) {
                    u[mate[j]] += delta;
                    v[j] -= delta;
                } else {
                    least[j] -= delta;
                }
            at = next;
        } while (mate[at] != 0);
        for (; at != 0; at = way[at])
            mate[at] = mate[way[at]];
    }
    for (uint32_t j = 1; j <= columns; j++)
        if (mate[j] != 0)
            sum += cost[mate[j] - 1][j - 1];
    return sum;
}

/* Long double may be double, and in an emulator without anybody saying so. */
static bool matching_narrow(void)
{
    volatile long double one = 1, more = one + LDBL_EPSILON;
    return LDBL_MANT_DIG == DBL_MANT_DIG || !(more > one);
}

static void matching_dense(void)
{
    t_rng rng = t_rng_make(5502);
    static matching_matrix m;
    static long double cost[MATCHING_SIDE][MATCHING_SIDE];
    for (int round = 0; round < (t_state.big ? 3000 : 75); round++) {
        stln_matching got;
        long double want[2];
        double real;
        matching_random(&rng, &m, round % 3 == 0 ? 20 : 60);
        got = matching_both(&rng, &m);
        for (int similarity = 0; similarity < 2; similarity++) {
            bool turned = m.rows > m.columns;
            for (uint32_t b = 0; b < m.rows; b++)
                for (uint32_t a = 0; a < m.columns; a++) {
                    long double worth = m.count[b][a];
                    if (similarity == 1)
                        worth = 2 * worth / (long double)(m.size_a[a] + m.size_b[b]);
                    cost[turned ? a : b][turned ? b : a] = -worth;
                }
            want[similarity] = -matching_hungarian(turned ? m.columns : m.rows,
                                                   turned ? m.rows : m.columns, cost);
        }
        T_EQ_U64(got.records, (uint64_t)want[0]);
        real = (double)want[1];
        T_NEAR(matching_real(got.similarity), real,
               (matching_narrow() ? 200 : 2) * model_ulp(real));
    }
}

/* ---- cases by hand --------------------------------------------------------- */

static void matching_case(const matching_item *items, uint32_t count, uint32_t clusters_a,
                          uint32_t clusters_b, uint64_t records, double similarity)
{
    matching_table t = matching_make(items, count, clusters_a, clusters_b);
    stln_matching got = matching_find(&t.table, UINT64_MAX);
    T_CHECK(got.records_known && got.similarity_known);
    T_EQ_U64(got.records, records);
    T_NEAR(matching_real(got.similarity), similarity, model_ulp(similarity));
    matching_clear(&t);
}

static void matching_cases(void)
{
    static const matching_item one[] = { { 0, 0, 7 } };
    static const matching_item equal[] = { { 1, 0, 3 }, { 0, 1, 1 }, { 2, 2, 4000000000u } };
    static const matching_item halves[] = { { 0, 0, 5 }, { 1, 0, 5 } };
    static const matching_item turned[] = { { 0, 0, 5 }, { 0, 1, 5 } };
    static const matching_item singles[] = { { 0, 0, 1 }, { 0, 1, 1 }, { 0, 2, 1 } };
    /* the example of Luo 2005: truth 5 + 2 + 5, four responses */
    static const matching_item luo_a[] = { { 0, 0, 5 }, { 1, 1, 2 }, { 2, 1, 5 } };
    static const matching_item luo_b[] = { { 0, 0, 5 }, { 2, 0, 5 }, { 1, 1, 2 } };
    static const matching_item luo_c[] = { { 0, 0, 5 }, { 1, 0, 2 }, { 2, 0, 5 } };
    /* the best pairs are not the largest cell's: 5 + 5, not 6 + 1 */
    static const matching_item crossed[] = { { 0, 0, 6 }, { 1, 0, 5 }, { 0, 1, 5 }, { 1, 1, 1 } };
    /* almost 2^32 records in a ring */
    static const matching_item wide[] = { { 0, 0, 1073741823 }, { 1, 0, 1073741824 },
                                          { 0, 1, 1073741823 }, { 1, 1, 1073741822 } };
    matching_case(one, 0, 0, 0, 0, 0);
    matching_case(one, 1, 1, 1, 7, 1);
    matching_case(equal, 3, 3, 3, 4000000004u, 3);
    matching_case(halves, 2, 2, 1, 5, 10.0 / 15);
    matching_case(turned, 2, 1, 2, 5, 10.0 / 15);
    matching_case(singles, 3, 1, 3, 1, 2.0 / 4);
    matching_case(luo_a, 3, 3, 2, 10, 1 + 10.0 / 12);
    matching_case(luo_b, 3, 3, 2, 7, 1 + 10.0 / 15);
    matching_case(luo_c, 3, 3, 1, 5, 10.0 / 17);
    matching_case(crossed, 4, 2, 2, 10, 10.0 / 17 + 10.0 / 17);
    matching_case(wide, 4, 2, 2, 2147483647u,
                  2147483648.0 / 4294967293.0 + 2147483646.0 / 4294967291.0);
}

/* ---- long ones -------------------------------------------------------------- */

/* The best of the cells items[from .. to), each of which shares a cluster with the one before: take
   a cell and what was best before its neighbour, or leave it. */
static stln_u128 matching_path(const matching_table *t, const matching_item *items, uint32_t from,
                               uint32_t to, bool similarity)
{
    stln_u128 best = { 0, 0 }, before = { 0, 0 };
    for (uint32_t i = from; i < to; i++) {
        const uint32_t *a = t->starts_a + items[i].a, *b = t->starts_b + items[i].b;
        stln_u128 with = stln_u128_of(items[i].count);
        if (similarity)
            with = matching_worth(items[i].count, (uint64_t)(a[1] - a[0]) + (b[1] - b[0]));
        with = stln_add(with, before);
        before = best;
        best = stln_less(best, with) ? with : best;
    }
    return best;
}

/* Below the exact sum by less than count 2^-62 of the largest gain, which is at most 1. */
static void matching_check(const stln_matching *got, uint64_t records, stln_u128 similarity,
                           uint64_t count)
{
    T_CHECK(got->records_known && got->similarity_known);
    T_EQ_U64(got->records, records);
    T_CHECK(!stln_less(similarity, got->similarity));
    T_CHECK(stln_less(stln_sub(similarity, got->similarity), stln_mul(count, (uint64_t)1 << 33)));
}

/* Chains b0 a0 b1 a1 ..., which are leaves upon leaves and no work at all, and rings, where a path
   may go far: every cluster and every cell counts. */
static void matching_chains(void)
{
    enum { CELLS = 200000 };
    t_rng rng = t_rng_make(5503);
    matching_item *items = (matching_item *)malloc(sizeof *items * CELLS);
    T_REQUIRE(items != NULL);
    for (uint32_t kind = 0; kind < 8; kind++) {
        bool ring = kind % 2 == 1;
        uint32_t cells = (ring ? 30000u : CELLS) / (t_state.big ? 1u : 5u);
        uint64_t work = ring ? (uint64_t)cells * (cells / 2) : 0;
        stln_u128 want[2];
        matching_table t;
        stln_matching got;
        for (uint32_t i = 0; i < cells; i++) {
            items[i].b = (i + 1) / 2 % (ring ? cells / 2 : cells);
            items[i].a = i / 2;
            items[i].count = 1 + (kind < 2   ? 0
                                  : kind < 4 ? i % 30000
                                  : kind < 6 ? (cells - 1 - i) % 30000
                                             : t_below(&rng, 100));
        }
        t = matching_make(items, cells, cells / 2, ring ? cells / 2 : cells / 2 + 1);
        for (int s = 0; s < 2; s++) {
            stln_u128 last = matching_path(&t, items, cells - 1, cells, s == 1), with;
            want[s] = matching_path(&t, items, 0, ring ? cells - 1 : cells, s == 1);
            with = stln_add(last, matching_path(&t, items, 1, cells - 2, s == 1));
            want[s] = ring && stln_less(want[s], with) ? with : want[s];
        }
        got = matching_find(&t.table, work);
        matching_check(&got, want[0].lo, want[1], cells / 2);
        if (ring)
            matching_known(&t.table, work - 1, false, false);
        matching_clear(&t);
    }
    free(items);
}

/* Any tree is solved by leaves: from the last node to the first, each the later child of another,
   the best with it free and the best at all. */
static void matching_trees(void)
{
    enum { CELLS = 20000 };
    t_rng rng = t_rng_make(5504);
    static matching_item items[CELLS];
    static uint32_t number[CELLS + 1], parent[CELLS + 1];
    static bool is_row[CELLS + 1];
    static stln_u128 freed[CELLS + 1], best[CELLS + 1], over[CELLS + 1]; /* over: best - freed */
    for (uint32_t round = 0; round < 6; round++) {
        uint32_t count[2] = { 1, 0 }, reach = round < 2 ? CELLS : round < 4 ? 3 : 300;
        stln_u128 want[2];
        matching_table t;
        stln_matching got;
        for (uint32_t x = 1; x <= CELLS; x++) {
            parent[x] = x - 1 - t_below(&rng, x < reach ? x : reach);
            is_row[x] = !is_row[parent[x]];
            number[x] = count[is_row[x]]++;
            items[x - 1].a = number[is_row[x] ? parent[x] : x];
            items[x - 1].b = number[is_row[x] ? x : parent[x]];
            items[x - 1].count = 1 + t_below(&rng, round % 2 == 0 ? 3 : 1000);
        }
        t = matching_make(items, CELLS, count[0], count[1]);
        for (int s = 0; s < 2; s++) {
            memset(freed, 0, sizeof freed);
            memset(over, 0, sizeof over);
            for (uint32_t x = CELLS + 1; x-- > 0;) {
                const uint32_t *a = t.starts_a + items[x == 0 ? 0 : x - 1].a;
                const uint32_t *b = t.starts_b + items[x == 0 ? 0 : x - 1].b;
                stln_u128 with;
                best[x] = stln_add(freed[x], over[x]);
                if (x == 0)
                    break;
                with = stln_u128_of(items[x - 1].count);
                if (s == 1)
                    with = matching_worth(items[x - 1].count,
                                          (uint64_t)(a[1] - a[0]) + (b[1] - b[0]));
                freed[parent[x]] = stln_add(freed[parent[x]], best[x]);
                with = stln_less(over[x], with) ? stln_sub(with, over[x]) : stln_u128_of(0);
                if (stln_less(over[parent[x]], with))
                    over[parent[x]] = with;
            }
            want[s] = best[0];
        }
        got = matching_find(&t.table, 0);
        matching_check(&got, want[0].lo, want[1], CELLS / 2);
        matching_clear(&t);
    }
}

/* ---- the limit --------------------------------------------------------------- */

/* A hub of each side with many leaves; the hubs and two more in a ring of four cells. */
static void matching_leaves(uint32_t core, uint64_t work_records, uint64_t work_similarity,
                            uint64_t records)
{
    enum { LEAVES = 5000 };
    matching_item *items = (matching_item *)malloc(sizeof *items * (2 * LEAVES + 4));
    matching_table t;
    uint32_t count = 0;
    T_REQUIRE(items != NULL);
    for (uint32_t i = 0; i < LEAVES; i++) {
        matching_item of_row = { i + 2, 0, 1 + i % 9 }, of_column = { 0, i + 2, 1 + i % 7 };
        items[count++] = of_row;
        items[count++] = of_column;
    }
    for (uint32_t i = 0; i < 4; i++) {
        matching_item item = { i % 2, i / 2, core };
        items[count++] = item;
    }
    t = matching_make(items, count, LEAVES + 2, LEAVES + 2);
    for (uint64_t limit = 0; limit < 12; limit++)
        matching_known(&t.table, limit, limit >= work_records, limit >= work_similarity);
    T_EQ_U64(matching_find(&t.table, work_records).records, records);
    matching_clear(&t);
    free(items);
}

/* A ring of `clusters` clusters of each side; on it as many chains of two more as are asked for. */
static uint32_t matching_ring(matching_item *items, uint32_t clusters, uint32_t chains)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < clusters; i++) {
        matching_item one = { i, i, 5 }, two = { i, (i + 1) % clusters, 5 };
        items[count++] = one;
        items[count++] = two;
    }
    for (uint32_t i = 0; i < chains; i++) {
        matching_item one = { clusters + i, i % clusters, 1 };
        matching_item two = { clusters + i, clusters + i, 4 };
        items[count++] = one;
        items[count++] = two;
    }
    return count;
}

/* Chains on the rows make the other side the larger one, but the work stays that of the ring; and
   the largest group counts, not all of them. */
static void matching_limits(void)
{
    static matching_item items[20000];
    uint32_t count = matching_ring(items, 1500, 0), first, second;
    matching_table t = matching_make(items, count, 1500, 1500);
    matching_known(&t.table, 1000, false, false);
    matching_known(&t.table, 1500u * 3000 - 1, false, false);
    matching_known(&t.table, 1500u * 3000, true, true);
    T_EQ_U64(matching_find(&t.table, 1500u * 3000).records, 7500);
    matching_clear(&t);
    count = matching_ring(items, 3, 3000);
    t = matching_make(items, count, 3003, 3003);
    matching_known(&t.table, 3 * 6 - 1, false, false);
    matching_known(&t.table, 3 * 6, true, true);
    T_EQ_U64(matching_find(&t.table, 3 * 6).records, 15 + 4 * 3000);
    matching_clear(&t);
    first = matching_ring(items, 20, 0);
    second = matching_ring(items + first, 30, 0);
    for (uint32_t i = first; i < first + second; i++) {
        items[i].a += 20;
        items[i].b += 20;
    }
    t = matching_make(items, first + second, 50, 50);
    matching_known(&t.table, 30 * 60 - 1, false, false);
    matching_known(&t.table, 30 * 60, true, true);
    T_EQ_U64(matching_find(&t.table, 30 * 60).records, 250);
    matching_clear(&t);
    /* too small to gain against the leaves, by records; and by similarity the ring is open */
    matching_leaves(2, 0, 0, 9 + 7 + 2);
    matching_leaves(20, 2 * 4, 0, 40);
}

/* ---- memory ------------------------------------------------------------------ */

/* Every allocation fails once, and from then on; nothing leaks, and what was in the scratch before
   stays there. Returns how many allocations there are. */
static size_t matching_fail(const stln_table *table, bool for_ever)
{
    for (size_t at = 0; at < 100; at++) {
        faults f = faults_make();
        starlings_allocator allocator = faults_allocator(&f);
        stln_scratch scratch;
        stln_matching out;
        starlings_status status;
        void *kept;
        stln_scratch_open(&scratch, &allocator);
        kept = stln_scratch_alloc(&scratch, 3, 5);
        f.calls = 0;
        f.fail_at = at;
        f.for_ever = for_ever;
        status = stln_matching_find(table, &scratch, UINT64_MAX, true, true, &out);
        T_EQ_U64(scratch.count, 1);
        T_EQ_U64(f.live, 15);
        T_CHECK(scratch.block[0] == kept);
        stln_scratch_close(&scratch);
        T_CHECK(f.live == 0 && f.broken == 0);
        T_STATUS(status, f.failed > 0 ? STARLINGS_ERR_NOMEM : STARLINGS_OK);
        T_CHECK(out.records_known == (f.failed == 0));
        T_CHECK(out.similarity_known == (f.failed == 0));
        if (f.failed == 0)
            return at;
        T_CHECK(out.records == 0 && stln_is_zero(out.similarity));
    }
    return 100;
}

static void matching_faults(void)
{
    static const matching_item plain[] = { { 0, 0, 1 }, { 1, 0, 1 } };
    static const matching_item ring[] = { { 0, 0, 3 }, { 1, 0, 2 }, { 0, 1, 2 }, { 1, 1, 1 } };
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        matching_table t = matching_make(plain, 2, 2, 1);
        T_EQ_U64(matching_fail(&t.table, for_ever == 1), 1); /* no group: nothing is set up */
        matching_clear(&t);
        t = matching_make(ring, 4, 2, 2);
        T_EQ_U64(matching_fail(&t.table, for_ever == 1), 9);
        matching_clear(&t);
    }
}

static void test_matching(void)
{
    matching_small();
    matching_dense();
    matching_cases();
    matching_chains();
    matching_trees();
    matching_limits();
    matching_faults();
}
