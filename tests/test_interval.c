/* test_interval.c - S80: intervals and timelines against sets of bits on a small line of time. */

/* Times -8 ... 7 and the unbounded ends: bit i is the time i - 9; bit 0 stands for all before -8,
   bit 17 for all from 8 on. */
enum { INTERVAL_LEAST = -8, INTERVAL_MOST = 8, INTERVAL_BITS = 18 };

static int64_t interval_time(t_rng *rng)
{
    uint32_t at = t_below(rng, 19);
    if (at == 17)
        return STARLINGS_START_OF_TIME;
    return at == 18 ? STARLINGS_END_OF_TIME : (int64_t)at + INTERVAL_LEAST;
}

static uint32_t interval_place(int64_t time) /* the bit at which a boundary stands */
{
    if (time == STARLINGS_START_OF_TIME)
        return 0;
    return time == STARLINGS_END_OF_TIME ? INTERVAL_BITS : (uint32_t)(time - INTERVAL_LEAST + 1);
}

static uint32_t interval_bits(starlings_interval a)
{
    uint32_t bits = 0;
    for (uint32_t i = interval_place(a.start); a.start < a.end && i < interval_place(a.end); i++)
        bits |= (uint32_t)1 << i;
    return bits;
}

static uint32_t interval_all_bits(const starlings_interval *intervals, size_t count)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= interval_bits(intervals[i]);
    return bits;
}

static starlings_interval interval_random(t_rng *rng)
{
    starlings_interval a;
    a.start = interval_time(rng);
    a.end = interval_time(rng);
    return a;
}

static void interval_check_timeline(const starlings_interval *line, size_t count, uint32_t bits)
{
    T_EQ_U64(interval_all_bits(line, count), bits);
    for (size_t i = 0; i < count; i++) {
        T_CHECK(line[i].start < line[i].end);
        T_CHECK(i == 0 || line[i - 1].end < line[i].start);
    }
}

static void test_interval_pairs(void)
{
    t_rng rng = t_rng_make(80);
    uint32_t relations = 0;
    for (uint32_t round = 0; round < 20000; round++) {
        starlings_interval a = interval_random(&rng), b = interval_random(&rng), out, parts[2];
        uint32_t x = interval_bits(a), y = interval_bits(b);
        bool one;
        starlings_relation r = starlings_interval_relate(a, b);
        T_CHECK(starlings_interval_is_empty(a) == (x == 0));
        T_CHECK(starlings_interval_overlaps(a, b) == ((x & y) != 0));
        T_CHECK(starlings_interval_encloses(a, b) == ((y & ~x) == 0));
        T_CHECK(starlings_interval_intersect(a, b, &out) == ((x & y) != 0));
        T_EQ_U64(interval_bits(out), x & y);
        one = starlings_interval_unite(a, b, &out);
        T_EQ_U64(interval_bits(out), one ? x | y : 0);
        T_CHECK(one == (x == 0 || y == 0 || (x & y) != 0 || starlings_interval_touches(a, b)));
        T_EQ_U64(interval_all_bits(parts, starlings_interval_subtract(a, b, parts)), x & ~y);
        T_CHECK(starlings_interval_compare(a, b) == -starlings_interval_compare(b, a));
        for (int64_t t = INTERVAL_LEAST; t < INTERVAL_MOST; t++)
            T_CHECK(starlings_interval_contains(a, t) == ((x >> interval_place(t) & 1) != 0));
        T_CHECK((r == STARLINGS_RELATION_NONE) == (x == 0 || y == 0));
        relations |= (uint32_t)1 << r;
        if (r != STARLINGS_RELATION_NONE && r != STARLINGS_EQUALS) /* converses stand in pairs */
            T_EQ_U64(starlings_interval_relate(b, a), ((r - 1) ^ 1) + 1);
        T_CHECK((r == STARLINGS_EQUALS) == (x != 0 && y != 0 && a.start == b.start &&
                                            a.end == b.end));
        T_CHECK((r == STARLINGS_MEETS) == (x != 0 && y != 0 && a.end == b.start));
        T_CHECK((r == STARLINGS_FINISHES) ==
                (x != 0 && y != 0 && a.end == b.end && a.start > b.start)); /* fault 22 */
        T_CHECK((r == STARLINGS_DURING) ==
                (x != 0 && y != 0 && b.start < a.start && a.end < b.end));
    }
    T_EQ_U64(relations, (1u << 14) - 1); /* each has been seen */
}

/* [5, 9) finishes [1, 9), which is finished by it, and not the other way round. */
static void linker_fault_22_finishes(void)
{
    starlings_interval late = { 5, 9 }, all = { 1, 9 };
    T_CHECK(starlings_interval_relate(late, all) == STARLINGS_FINISHES);
    T_CHECK(starlings_interval_relate(all, late) == STARLINGS_FINISHED_BY);
}

/* Nothing overflows at the ends of the range (fault 23), and touching is not overlapping (25). */
static void test_interval_ends(void)
{
    const starlings_interval all = { STARLINGS_START_OF_TIME, STARLINGS_END_OF_TIME };
    const starlings_interval long_one = { STARLINGS_START_OF_TIME + 1, STARLINGS_END_OF_TIME - 1 };
    const starlings_interval five = { 1, 5 }, nine = { 5, 9 };
    uint64_t duration = 7;
    T_CHECK(!starlings_interval_duration(all, &duration));
    T_EQ_U64(duration, 0);
    T_CHECK(starlings_interval_duration(long_one, &duration));
    T_EQ_U64(duration, UINT64_MAX - 2);
    T_CHECK(starlings_interval_contains(all, STARLINGS_START_OF_TIME));
    T_CHECK(!starlings_interval_overlaps(five, nine) && starlings_interval_touches(five, nine));
    T_EQ_U64(starlings_interval_relate(five, nine), STARLINGS_MEETS);
    T_CHECK(starlings_interval_unite(five, nine, NULL));
    T_EQ_U64(starlings_timeline_make(NULL, 0), 0);
}

static void test_interval_timelines(void)
{
    t_rng rng = t_rng_make(81);
    for (uint32_t round = 0; round < 4000; round++) {
        starlings_interval a[20], b[20], out[40], atoms[40];
        int64_t times[40];
        uint32_t many = round % 2 == 0 ? 6 : 20;
        size_t a_count = t_below(&rng, many), b_count = t_below(&rng, many), count;
        uint32_t x, y, ends = 0;
        for (size_t i = 0; i < a_count; i++)
            a[i] = interval_random(&rng);
        for (size_t i = 0; i < b_count; i++)
            b[i] = interval_random(&rng);
        x = interval_all_bits(a, a_count);
        y = interval_all_bits(b, b_count);
        for (size_t i = 0; i < a_count; i++)
            if (a[i].start < a[i].end)
                ends |= (uint32_t)1 << interval_place(a[i].start) |
                        (uint32_t)1 << interval_place(a[i].end);
        count = starlings_timeline_atoms(a, a_count, times, atoms);
        T_EQ_U64(interval_all_bits(atoms, count), x);
        for (size_t i = 0; i < count; i++) { /* cut at every end, and nowhere else */
            uint32_t inside = interval_bits(atoms[i]) & (interval_bits(atoms[i]) << 1);
            T_CHECK(i == 0 || atoms[i - 1].end <= atoms[i].start);
            T_EQ_U64(inside & ends, 0);
            T_CHECK((ends >> interval_place(atoms[i].start) & 1) != 0);
            T_CHECK((ends >> interval_place(atoms[i].end) & 1) != 0);
        }
        a_count = starlings_timeline_make(a, a_count);
        b_count = starlings_timeline_make(b, b_count);
        interval_check_timeline(a, a_count, x);
        interval_check_timeline(b, b_count, y);
        count = starlings_timeline_unite(a, a_count, b, b_count, out);
        interval_check_timeline(out, count, x | y);
        count = starlings_timeline_intersect(a, a_count, b, b_count, out);
        interval_check_timeline(out, count, x & y);
        T_CHECK(starlings_timeline_overlap(a, a_count, b, b_count) == ((x & y) != 0));
        count = starlings_timeline_subtract(a, a_count, b, b_count, out);
        interval_check_timeline(out, count, x & ~y);
    }
}

/* Equal values in between do not keep neighbours apart (fault 24): order plays no part. Sorting
   takes no stack and no memory. */
static void test_interval_many(void)
{
    enum { MANY = 100000 };
    starlings_interval *all = (starlings_interval *)model_new(MANY, sizeof *all);
    for (uint32_t i = 0; i < MANY; i++) {
        all[i].start = (int64_t)((i * 7919u) % MANY) * 2;
        all[i].end = all[i].start + (i == 0 ? 1 : 2);
    }
    T_EQ_U64(starlings_timeline_make(all, MANY), 2); /* a gap behind [0, 1) */
    T_CHECK(all[0].end == 1 && all[1].start == 2 && all[1].end == 2 * MANY);
    free(all);
}

static void test_interval(void)
{
    test_interval_pairs();
    linker_fault_22_finishes();
    test_interval_ends();
    test_interval_timelines();
    test_interval_many();
}
