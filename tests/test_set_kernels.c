/* test_set_kernels.c - the kernels of sets: each level that this machine has, and the spans,
   against a plain model (marks and sorting). Lists stand in blocks of their very size, at every
   alignment, so that the address sanitizer sees what reads past them; outputs have guards. */

enum { TSK_MOST = 4096, TSK_GUARD = 16, TSK_ROOM = 2 * TSK_MOST + 8 };

typedef struct tsk_list {
    unsigned char *block;
    const unsigned char *at; /* of u16, at any address */
    size_t count;
} tsk_list;

static unsigned char tsk_marks[65536];
static uint16_t tsk_a[65536], tsk_b[65536], tsk_want[65536];
static uint16_t tsk_out[TSK_GUARD + 65536 + 8 + TSK_GUARD];

static tsk_list tsk_place(const uint16_t *members, size_t count, size_t offset)
{
    tsk_list list;
    list.block = (unsigned char *)malloc(count * 2 + offset + (count + offset == 0));
    list.at = list.block + offset;
    list.count = count;
    for (size_t i = 0; i < count; i++)
        memcpy(list.block + offset + 2 * i, &members[i], 2);
    return list;
}

static int tsk_compare(const void *x, const void *y)
{
    uint16_t a, b;
    memcpy(&a, x, 2);
    memcpy(&b, y, 2);
    return (a > b) - (a < b);
}

/* The model. Writes tsk_want. */
static size_t tsk_model(stln_set_op op, size_t a_count, size_t b_count)
{
    size_t k = 0;
    for (size_t i = 0; i < a_count; i++)
        tsk_marks[tsk_a[i]] |= 1;
    for (size_t i = 0; i < b_count; i++)
        tsk_marks[tsk_b[i]] |= 2;
    for (size_t i = 0; i < a_count; i++) {
        bool both = tsk_marks[tsk_a[i]] == 3;
        if (op == STLN_OR || (op == STLN_AND) == both)
            tsk_want[k++] = tsk_a[i];
    }
    for (size_t i = 0; i < b_count; i++)
        if ((op == STLN_OR || op == STLN_XOR) && tsk_marks[tsk_b[i]] == 2)
            tsk_want[k++] = tsk_b[i];
    for (size_t i = 0; i < a_count; i++)
        tsk_marks[tsk_a[i]] = 0;
    for (size_t i = 0; i < b_count; i++)
        tsk_marks[tsk_b[i]] = 0;
    if (op == STLN_OR || op == STLN_XOR)
        qsort(tsk_want, k, 2, tsk_compare);
    return k;
}

/* One kernel: the result, and nothing written outside of 8 more than it. */
static void tsk_one(size_t (*kernel)(const void *, size_t, const void *, size_t, uint16_t *),
                    const tsk_list *a, const tsk_list *b, size_t want)
{
    uint16_t *out = tsk_out + TSK_GUARD;
    size_t got, spoiled = 0;
    memset(tsk_out, 0xA5, sizeof *tsk_out * (2 * TSK_GUARD + want + 8));
    got = kernel(a->at, a->count, b->at, b->count, out);
    for (size_t i = 0; i < TSK_GUARD; i++)
        spoiled += tsk_out[i] != 0xA5A5 || out[want + 8 + i] != 0xA5A5;
    T_EQ_U64(spoiled, 0);
    T_EQ_U64(got, want);
    T_CHECK(got == want && memcmp(out, tsk_want, want * 2) == 0);
}

/* Spans of the same members, spread over 32 bits. */
static void tsk_span(stln_set_op op, size_t a_count, size_t b_count, size_t want)
{
    static uint32_t a[65536], b[65536], out[TSK_ROOM + TSK_GUARD];
    size_t room = a_count + b_count, got, wrong = 0;
    if (op == STLN_AND)
        room = a_count < b_count ? a_count : b_count;
    for (size_t i = 0; i < a_count; i++)
        a[i] = tsk_a[i] * 65537u;
    for (size_t i = 0; i < b_count; i++)
        b[i] = tsk_b[i] * 65537u;
    memset(out + room, 0xA5, TSK_GUARD * sizeof *out);
    got = stln_span_combine(op, a, a_count, b, b_count, out);
    T_EQ_U64(got, want);
    for (size_t i = 0; i < TSK_GUARD; i++)
        wrong += out[room + i] != 0xA5A5A5A5u;
    for (size_t i = 0; i < want; i++)
        wrong += out[i] != tsk_want[i] * 65537u;
    T_EQ_U64(wrong, 0);
    if (op == STLN_AND)
        T_EQ_U64(stln_span_and_count(a, a_count, b, b_count), want);
}

static const starlings_simd tsk_levels[] = { STARLINGS_SIMD_SCALAR, STARLINGS_SIMD_SSE42,
                                             STARLINGS_SIMD_AVX2, STARLINGS_SIMD_NEON };
enum { TSK_LEVELS = sizeof tsk_levels / sizeof *tsk_levels };

/* All four of tsk_a and tsk_b at every level. */
static void tsk_pair(size_t a_count, size_t b_count, size_t offset)
{
    tsk_list a = tsk_place(tsk_a, a_count, offset & 15), b = tsk_place(tsk_b, b_count, offset >> 4);
    for (int op = STLN_AND; op <= STLN_ANDNOT; op++) {
        const size_t want = tsk_model((stln_set_op)op, a_count, b_count);
        for (size_t l = 0; l < TSK_LEVELS; l++) {
            const stln_set_kernels *k = stln_set_kernels_of(tsk_levels[l]);
            if (l > 0 && k == stln_set_kernels_of(STARLINGS_SIMD_SCALAR))
                continue;
            tsk_one(op == STLN_AND   ? k->array_and
                    : op == STLN_OR  ? k->array_or
                    : op == STLN_XOR ? k->array_xor
                                     : k->array_andnot,
                    &a, &b, want);
            if (op == STLN_AND)
                T_EQ_U64(k->array_and_count(a.at, a_count, b.at, b_count), want);
        }
        tsk_span((stln_set_op)op, a_count, b_count, want);
    }
    free(a.block);
    free(b.block);
}

/* Ascending members with steps of 1 ... step, from `from` on. */
static void tsk_climb(t_rng *rng, uint16_t *out, size_t count, uint32_t from, uint32_t step)
{
    uint32_t x = from;
    for (size_t i = 0; i < count; i++) {
        out[i] = (uint16_t)x;
        x += 1 + t_below(rng, step);
    }
}

enum { TSK_SHAPES = 9 };

static void tsk_fill(t_rng *rng, int shape, size_t a_count, size_t b_count)
{
    const uint32_t a_step = (uint32_t)(65000 / (a_count + 1)), b_top = (uint32_t)b_count;
    const uint32_t b_step = (uint32_t)(65000 / (b_count + 1)), a_top = (uint32_t)a_count;
    switch (shape) {
    case 0: /* all over */
        tsk_climb(rng, tsk_a, a_count, t_below(rng, 3), a_step);
        tsk_climb(rng, tsk_b, b_count, t_below(rng, 3), b_step);
        break;
    case 1: /* dense, much in both */
        tsk_climb(rng, tsk_a, a_count, t_below(rng, 3), 2);
        tsk_climb(rng, tsk_b, b_count, t_below(rng, 3), 2);
        break;
    case 2: /* equal as far as both go, from 0 */
        tsk_climb(rng, tsk_a, a_count, 0, 1);
        tsk_climb(rng, tsk_b, b_count, 0, 1);
        break;
    case 3: /* up to 65535 */
        tsk_climb(rng, tsk_a, a_count, 65536 - a_top, 1);
        tsk_climb(rng, tsk_b, b_count, 65536 - b_top, 1);
        break;
    case 4: /* one after the other */
        tsk_climb(rng, tsk_a, a_count, 0, 3);
        tsk_climb(rng, tsk_b, b_count, 65536 - 3 * b_top - 3, 3);
        break;
    case 5: /* the same the other way round */
        tsk_climb(rng, tsk_a, a_count, 65536 - a_top, 1);
        tsk_climb(rng, tsk_b, b_count, 1, 3);
        break;
    case 6: /* in turns */
        for (size_t i = 0; i < a_count; i++)
            tsk_a[i] = (uint16_t)(2 * i);
        for (size_t i = 0; i < b_count; i++)
            tsk_b[i] = (uint16_t)(2 * i + 1);
        break;
    case 7: /* both extremes in both */
    case 8: /* the lowest only in a, the highest only in b */
        tsk_climb(rng, tsk_a, a_count, 0, a_step);
        tsk_climb(rng, tsk_b, b_count, shape == 7 ? 0 : 1, b_step);
        if (b_count > 1)
            tsk_b[b_count - 1] = 65535;
        if (a_count > 1 && shape == 7)
            tsk_a[a_count - 1] = 65535;
        break;
    default:
        break;
    }
}

static void test_set_arrays(void)
{
    t_rng rng = t_rng_make(501);
    const size_t step = t_state.big ? 1 : 3;
    for (int shape = 0; shape < TSK_SHAPES; shape++) {
        for (size_t a_count = 0; a_count <= 67; a_count++) {
            for (size_t b_count = a_count % step; b_count <= 67; b_count += step) {
                tsk_fill(&rng, shape, a_count, b_count);
                tsk_pair(a_count, b_count, t_below(&rng, 256));
            }
        }
        for (uint32_t offset = 0; offset < 256; offset++) { /* every pair of alignments */
            size_t a_count = 16 + t_below(&rng, 50), b_count = 16 + t_below(&rng, 50);
            tsk_fill(&rng, shape, a_count, b_count);
            tsk_pair(a_count, b_count, offset);
        }
        for (int i = 0; i < (t_state.big ? 400 : 20); i++) { /* also one far longer */
            size_t a_count = t_below(&rng, (uint32_t)TSK_MOST >> t_below(&rng, 8));
            size_t b_count = t_below(&rng, (uint32_t)TSK_MOST >> t_below(&rng, 8));
            tsk_fill(&rng, shape, a_count, b_count);
            tsk_pair(a_count, b_count, t_below(&rng, 256));
        }
        tsk_fill(&rng, shape, TSK_MOST, TSK_MOST);
        tsk_pair(TSK_MOST, TSK_MOST, 17);
    }
}

static void test_set_ascends(void)
{
    t_rng rng = t_rng_make(502);
    for (size_t l = 0; l < TSK_LEVELS; l++) {
        const stln_set_kernels *k = stln_set_kernels_of(tsk_levels[l]);
        for (size_t count = 0; count <= 67; count++) {
            tsk_list list;
            tsk_climb(&rng, tsk_a, count, t_below(&rng, 2) * 30000,
                      900 / ((uint32_t)count + 1) + 1);
            list = tsk_place(tsk_a, count, t_below(&rng, 16));
            T_CHECK(k->array_ascends(list.at, count));
            free(list.block);
            for (size_t i = 1; i < count; i++) {
                const uint16_t kept = tsk_a[i];
                tsk_a[i] = t_below(&rng, 2) ? tsk_a[i - 1] : (uint16_t)0;
                list = tsk_place(tsk_a, count, t_below(&rng, 16));
                T_CHECK(!k->array_ascends(list.at, count));
                free(list.block);
                tsk_a[i] = kept;
            }
        }
        for (size_t i = 0; i < 65536; i++)
            tsk_a[i] = (uint16_t)i;
        T_CHECK(k->array_ascends(tsk_a, 65536));
        tsk_a[32768] = 32767;
        T_CHECK(!k->array_ascends(tsk_a, 65536));
    }
}

/* ---- words */
enum { TSK_BYTES = 8192 };

/* Random words: 0 empty, 1 full, 2 a bit in half of them, 3 half, 4 nearly full, 5 either. */
static void tsk_words(t_rng *rng, unsigned char *at, int density)
{
    for (size_t i = 0; i < TSK_BYTES / 8; i++) {
        uint64_t word = t_random(rng);
        if (density == 2 || density == 4)
            word = (uint64_t)(word >> 63) << (word & 63);
        word = density == 4 ? ~word : density == 5 ? 0 - (word & 1) : word;
        word = density == 0 ? 0 : density == 1 ? UINT64_MAX : word;
        memcpy(at + 8 * i, &word, 8);
    }
}

static size_t tsk_count(const unsigned char *words)
{
    size_t count = 0;
    for (size_t i = 0; i < TSK_BYTES; i++)
        for (unsigned byte = words[i]; byte != 0; byte &= byte - 1)
            count++;
    return count;
}

static void tsk_join(const stln_set_kernels *k, int op, const unsigned char *a,
                     const unsigned char *b)
{
    static uint64_t want[TSK_BYTES / 8], out[TSK_BYTES / 8 + 1];
    const unsigned char *bytes = (const unsigned char *)want;
    for (size_t i = 0; i < TSK_BYTES / 8; i++) {
        uint64_t x, y;
        memcpy(&x, a + 8 * i, 8);
        memcpy(&y, b + 8 * i, 8);
        want[i] = op == STLN_AND ? x & y : op == STLN_OR ? x | y : op == STLN_XOR ? x ^ y : x & ~y;
    }
    out[TSK_BYTES / 8] = 7;
    T_EQ_U64(k->words_op[op](a, b, out), tsk_count(bytes));
    T_CHECK(memcmp(out, want, TSK_BYTES) == 0);
    memcpy(out, a, TSK_BYTES);
    T_EQ_U64(k->words_op[op](out, b, out), tsk_count(bytes));
    T_CHECK(memcmp(out, want, TSK_BYTES) == 0);
    memcpy(out, b, TSK_BYTES);
    T_EQ_U64(k->words_op[op](a, out, out), tsk_count(bytes));
    T_CHECK(memcmp(out, want, TSK_BYTES) == 0 && out[TSK_BYTES / 8] == 7);
    if (op == STLN_AND)
        T_EQ_U64(k->words_and_count(a, b), tsk_count(bytes));
}

static void tsk_list_and_set(const stln_set_kernels *k, const unsigned char *words, size_t offset)
{
    static uint64_t made[TSK_BYTES / 8];
    const size_t want = tsk_count(words);
    uint16_t *out = tsk_out + TSK_GUARD;
    size_t got, at = 0, wrong = 0;
    tsk_list list;
    memset(tsk_out, 0xA5, sizeof tsk_out);
    got = k->words_list(words, out);
    T_EQ_U64(got, want);
    for (size_t i = 0; i < TSK_BYTES / 8; i++) {
        uint64_t word;
        memcpy(&word, words + 8 * i, 8);
        for (size_t bit = 0; bit < 64; bit++)
            if (word >> bit & 1)
                wrong += out[at++] != i * 64 + bit;
    }
    for (size_t i = 0; i < TSK_GUARD; i++)
        wrong += tsk_out[i] != 0xA5A5 || out[want + 8 + i] != 0xA5A5;
    T_EQ_U64(wrong, 0);
    list = tsk_place(out, want, offset);
    memset(made, 0, sizeof made);
    k->words_set(made, list.at, want);
    T_CHECK(memcmp(made, words, TSK_BYTES) == 0);
    free(list.block);
}

static void test_set_words(void)
{
    t_rng rng = t_rng_make(503);
    for (size_t offset = 0; offset < 16; offset++) {
        unsigned char *a = (unsigned char *)malloc(TSK_BYTES + offset);
        unsigned char *b = (unsigned char *)malloc(TSK_BYTES + (offset * 5 & 15));
        const size_t b_at = offset * 5 & 15;
        for (int density = 0; density < 36; density++) {
            if (offset > 5 && density % 7 != 1)
                continue;
            tsk_words(&rng, a + offset, density % 6);
            tsk_words(&rng, b + b_at, density / 6);
            for (size_t l = 0; l < TSK_LEVELS; l++) {
                const stln_set_kernels *k = stln_set_kernels_of(tsk_levels[l]);
                if (l > 0 && k == stln_set_kernels_of(STARLINGS_SIMD_SCALAR))
                    continue;
                for (int op = STLN_AND; op <= STLN_ANDNOT; op++)
                    tsk_join(k, op, a + offset, b + b_at);
                T_EQ_U64(k->words_count(a + offset), tsk_count(a + offset));
                tsk_list_and_set(k, a + offset, density & 15);
            }
        }
        free(a);
        free(b);
    }
}

/* Few members each way into words: rests of the four streams, neighbours in one word. */
static void test_set_scatter(void)
{
    t_rng rng = t_rng_make(504);
    static uint64_t made[TSK_BYTES / 8];
    for (size_t count = 0; count <= 67; count++) {
        tsk_list list;
        size_t have = 0;
        tsk_climb(&rng, tsk_a, count, t_below(&rng, 60000), count % 2 ? 2 : 60);
        list = tsk_place(tsk_a, count, t_below(&rng, 16));
        memset(made, 0, sizeof made);
        stln_set_kernels_of(STARLINGS_SIMD_BEST)->words_set(made, list.at, count);
        for (size_t i = 0; i < count; i++)
            have += made[tsk_a[i] / 64] >> tsk_a[i] % 64 & 1;
        T_EQ_U64(have, count);
        T_EQ_U64(tsk_count((const unsigned char *)made), count);
        free(list.block);
    }
}

static void test_set_kernels(void)
{
    test_set_arrays();
    test_set_ascends();
    test_set_words();
    test_set_scatter();
}
