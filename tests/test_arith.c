/* test_arith.c - 128-bit integers, ratios, square roots, logarithms; keys of weights and of
   thresholds. */

/* Numbers of all sizes, the ends included. */
static uint64_t arith_random(t_rng *rng)
{
    uint64_t x = t_random(rng) >> t_below(rng, 64);
    return t_below(rng, 8) == 0 ? (uint64_t)0 - x : x;
}

/* Multiplication by hand, in 32-bit halves and without the compiler's wide type. */
static stln_u128 arith_mul(uint64_t a, uint64_t b)
{
    stln_u128 sum = { 0, 0 };
    for (unsigned i = 0; i < 64; i++)
        if (b >> i & 1) {
            stln_u128 part;
            part.hi = i == 0 ? 0 : a >> (64 - i);
            part.lo = a << i;
            sum.hi += part.hi + (sum.lo + part.lo < sum.lo);
            sum.lo += part.lo;
        }
    return sum;
}

static void arith_integers(void)
{
    t_rng rng = t_rng_make(1);
    for (int i = 0; i < 20000; i++) {
        uint64_t a = arith_random(&rng), b = arith_random(&rng), c = arith_random(&rng), rest;
        stln_u128 product = stln_mul(a, b), back;
        unsigned by = t_below(&rng, 128);
        T_REQUIRE(stln_equal(product, arith_mul(a, b)));
        back = stln_sub(stln_add(product, stln_u128_of(c)), stln_u128_of(c));
        T_REQUIRE(stln_equal(back, product));
        T_REQUIRE(stln_less(product, stln_add(product, stln_u128_of(1))) ||
                  stln_is_zero(stln_add(product, stln_u128_of(1))));
        back = stln_shift_right(stln_shift_left(stln_u128_of(a), by % 65), by % 65);
        T_REQUIRE(by % 65 > 64 || back.lo == a);
        if (b == 0)
            continue;
        back = stln_div_wide(product, b);
        T_REQUIRE(stln_equal(back, stln_u128_of(a)));
        /* a = q b + rest, rest < b */
        back.hi = a % b;
        back.lo = c;
        a = stln_div(back, b, &rest);
        T_REQUIRE(rest < b && stln_equal(stln_add(stln_mul(a, b), stln_u128_of(rest)), back));
    }
}

/* Is `got` the double nearest to num / den? Compares with its neighbours in exact integers:
   |num - den got| must not be above half a unit. got = m 2^e. */
static bool arith_nearest(uint64_t num, uint64_t den, double got)
{
    uint64_t bits, m;
    int e;
    stln_u128 twice, low, high;
    memcpy(&bits, &got, sizeof bits);
    m = (bits & 0xFFFFFFFFFFFFFu) | (uint64_t)1 << 52;
    e = (int)(bits >> 52) - 1075;
    /* (2m - 1) den 2^e <= 2 num <= (2m + 1) den 2^e; keep both sides whole and below 2^128 */
    low = stln_mul(2 * m - 1, den);
    high = stln_mul(2 * m + 1, den);
    twice = stln_shift_left(stln_u128_of(num), 1);
    if (e > 0) {
        low = stln_shift_left(low, (unsigned)e);
        high = stln_shift_left(high, (unsigned)e);
    } else {
        twice = stln_shift_left(twice, (unsigned)-e);
    }
    return !stln_less(twice, low) && !stln_less(high, twice);
}

static void arith_ratios(void)
{
    t_rng rng = t_rng_make(2);
    for (int i = 0; i < 20000; i++) {
        uint64_t num = t_random(&rng) >> (12 + t_below(&rng, 20));
        uint64_t den = t_random(&rng) >> (12 + t_below(&rng, 20));
        num += num == 0;
        den += den == 0;
        T_REQUIRE(arith_nearest(num, den, stln_ratio64(num, den)));
        T_REQUIRE(arith_nearest(num, den, stln_ratio_scaled(stln_u128_of(num), stln_u128_of(den),
                                                            0)));
    }
    for (int i = 0; i < 20000; i++) { /* over 1: the compiler rounds to nearest even as well */
        uint64_t num = t_random(&rng) >> t_below(&rng, 12);
        if (i % 2) /* 54 bits, the last one set: in the middle between two doubles */
            num = num >> 10 | (uint64_t)1 << 53 | 1;
        T_NEAR(stln_ratio64(num, 1), (double)num, 0);
        T_NEAR(stln_ratio_scaled(stln_u128_of(num), stln_u128_of(1), 0), (double)num, 0);
    }
    T_NEAR(stln_ratio64(0, 5), 0.0, 0);
    T_NEAR(stln_ratio64(1, 3), 1.0 / 3, 0);
    T_NEAR(stln_ratio64(UINT64_MAX, 1), 18446744073709551616.0, 0);
    T_NEAR(stln_ratio64(1, UINT64_MAX), 1 / 18446744073709551616.0, 0);
}

/* Numbers beyond 64 bits: 1 is 1, never more than 1, and close to what long double says. */
static void arith_wide_ratios(void)
{
    const long double two64 = 18446744073709551616.0L;
    const long double room = LDBL_MANT_DIG > DBL_MANT_DIG ? 1.2e-16L : 1e-15L;
    t_rng rng = t_rng_make(3);
    for (int i = 0; i < 20000; i++) {
        stln_u128 num = stln_mul(arith_random(&rng), arith_random(&rng));
        stln_u128 den = stln_mul(arith_random(&rng), arith_random(&rng));
        long double want, off;
        double got;
        if (stln_less(den, num)) {
            stln_u128 swap = num;
            num = den;
            den = swap;
        }
        if (stln_is_zero(den))
            continue;
        want = ((long double)num.hi * two64 + (long double)num.lo) /
               ((long double)den.hi * two64 + (long double)den.lo);
        got = stln_ratio(num, den);
        off = (long double)got - want;
        T_REQUIRE(got >= 0 && got <= 1);
        T_REQUIRE(stln_equal(num, den) ? got >= 1 : true);
        T_REQUIRE(off <= room * want && -off <= room * want);
    }
}

static void arith_square_roots(void)
{
    const long double room = LDBL_MANT_DIG > DBL_MANT_DIG ? 0.5001L : 2.0L; /* of a last place */
    t_rng rng = t_rng_make(4);
    for (int i = 0; i < 5000; i++) {
        double x = t_unit(&rng) * (i % 3 == 0 ? 1e-9 : i % 3 == 1 ? 1.0 : 1e18), root;
        long double off, exact;
        x = x > 0 ? x : 1;
        root = stln_sqrt(x);
        exact = model_sqrt((long double)x);
        off = (long double)root - exact; /* one call at a time: tcc 0.9.27 loses long doubles */
        off /= (long double)model_ulp(root);
        T_REQUIRE(off <= room && -off <= room);
        if (i < 3000) {
            double whole = (double)t_below(&rng, 94906265);
            T_REQUIRE(stln_sqrt(whole * whole) <= whole && stln_sqrt(whole * whole) >= whole);
        }
    }
    T_NEAR(stln_sqrt(0.0), 0.0, 0);
    T_NEAR(stln_sqrt(1.0), 1.0, 0);
    T_NEAR(stln_sqrt(0.25), 0.5, 0);
}

/* g(s) = s ln(n/s) against long double, to the bounds that the section promises. */
static void arith_entropy_terms(void)
{
    const long double unit = 1.0L / 18446744073709551616.0L;
    static const uint32_t sizes[] = { 1, 2, 3, 10, 300, 65536, 1000000, 99999999, UINT32_MAX - 1 };
    t_rng rng = t_rng_make(5);
    for (int i = 0; i < 20000; i++) {
        uint32_t n = i % 2 ? sizes[t_below(&rng, 9)] : 1 + (uint32_t)(t_random(&rng) >> 33);
        uint32_t s = 1 + t_below(&rng, t_below(&rng, 3) == 0 ? (n < 50 ? n : 50) : n);
        stln_u128 got;
        long double value, want, room;
        s = t_below(&rng, 3) == 0 ? n + 1 - s : s;
        got = stln_entropy_term(s, n, stln_ln(n));
        value = ((long double)got.hi / unit + (long double)got.lo) * unit;
        want = s * model_log_ratio(n, s);
        room = (s + want) * unit * 16 + want * LDBL_EPSILON * 8;
        T_REQUIRE(value - want <= room && want - value <= room);
    }
    for (uint32_t n = 1; n < 2000; n++)
        T_REQUIRE(stln_is_zero(stln_entropy_term(n, n, stln_ln(n))));
}

/* e^x against long double; whole numbers come back from their logarithms. */
static void arith_exponentials(void)
{
    const long double unit = 1.0L / 18446744073709551616.0L;
    const long double room = LDBL_MANT_DIG > DBL_MANT_DIG ? 0.51L : 64.0L; /* of a last place */
    t_rng rng = t_rng_make(6);
    T_NEAR(stln_exp_scaled(stln_u128_of(0)), 1.0, 0);
    for (int i = 0; i < 20000; i++) {
        stln_u128 x = { t_below(&rng, i % 2 ? 45 : 2), t_random(&rng) };
        double got = stln_exp_scaled(x);
        long double off = (long double)got, want;
        want = model_exp(((long double)x.hi / unit + (long double)x.lo) * unit);
        off = (off - want) / (long double)model_ulp(got);
        T_REQUIRE(off <= room + x.hi * 0.05L && -off <= room + x.hi * 0.05L);
    }
    for (uint32_t n = 1; n < 100000; n += 1 + n / 50) {
        double got = stln_exp_scaled(stln_ln(n));
        T_NEAR(got, n, 0);
    }
}

/* num / den in fixed point: den parts of it, and the rest, are num again. */
static void arith_fractions(void)
{
    t_rng rng = t_rng_make(7);
    for (int i = 0; i < 20000; i++) {
        uint64_t num = arith_random(&rng), den = arith_random(&rng);
        unsigned bits = 64 + t_below(&rng, 63);
        long double want, off;
        stln_u128 got;
        if (num > den || den == 0)
            continue;
        got = stln_fraction(num, den, bits);
        T_REQUIRE(num < den || stln_equal(got, stln_shift_left(stln_u128_of(1), bits)));
        want = (long double)num / (long double)den;
        off = (long double)stln_ratio_scaled(got, stln_u128_of(1), -(int)bits) - want;
        T_REQUIRE(off <= 2e-16L * want + 1e-19L && -off <= 2e-16L * want + 1e-19L);
    }
}

/* ---- keys ---------------------------------------------------------------- */

static double arith_next(double x, int step) /* x > 0 */
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = step < 0 ? bits - 1 : bits + 1;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The key of a good weight: as the model says, and no further from the weight than half a step. */
static bool arith_key_good(double weight, uint32_t decimals, double step)
{
    uint32_t key = 77;
    double off;
    if (starlings_key_from_weight(weight, decimals, &key) != STARLINGS_OK)
        return false;
    off = weight * 1000000 - key;
    return key == model_key(weight, decimals) && off <= step / 2 + 1e-9 && off >= -step / 2 - 1e-9;
}

/* Where registers are wider than doubles, what these tests compare with is rounded twice. */
static bool arith_wide_registers(void)
{
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
    T_SKIP(1, "registers are wider than doubles");
    return true;
#else
    return false;
#endif
}

/* Every multiple of 10^-q gives itself; halves and their neighbours go to the right side. */
static void arith_weights(void)
{
    uint32_t ten = 1, zero_means_six = 0, key = 0;
    if (arith_wide_registers())
        return;
    for (uint32_t q = 1; q <= 6; q++) {
        ten *= 10;
        for (uint32_t k = 0; k <= ten; k++) {
            double weight = (double)k / ten, half = (k + 0.5) / ten;
            (void)starlings_key_from_weight(weight, q, &key);
            T_REQUIRE(key == k * (STARLINGS_ONE / ten));
            if (q == 6 && k % 7 != 0)
                continue;
            T_REQUIRE(k == 0 || arith_key_good(arith_next(weight, -1), q, 1e6 / ten));
            T_REQUIRE(k == ten || arith_key_good(arith_next(weight + (k == 0) * 1e-300, 1), q,
                                                 1e6 / ten));
            if (k == ten)
                continue;
            T_REQUIRE(arith_key_good(half, q, 1e6 / ten));
            T_REQUIRE(arith_key_good(arith_next(half, -1), q, 1e6 / ten));
            T_REQUIRE(arith_key_good(arith_next(half, 1), q, 1e6 / ten));
        }
    }
    T_STATUS(starlings_key_from_weight(0.1234567, 0, &zero_means_six), STARLINGS_OK);
    T_EQ_U64(zero_means_six, 123457);
    T_STATUS(starlings_key_from_weight(0.46, 1, &key), STARLINGS_OK);
    T_EQ_U64(key, 500000);
    T_STATUS(starlings_key_from_weight(0.25, 1, &key), STARLINGS_OK); /* half up, not to even */
    T_EQ_U64(key, 300000);
}

/* The product that stands in where registers are wider than doubles is the same double. */
static void arith_products(void)
{
    t_rng rng = t_rng_make(8);
    double ten = 1;
    if (arith_wide_registers())
        return;
    for (int q = 1; q <= 6; q++) {
        ten *= 10;
        for (int i = 0; i < 20000; i++) {
            double weight = i % 2 == 0 ? t_unit(&rng) : (double)t_below(&rng, 2000001) / 2000000;
            volatile double product = weight * (2 * ten);
            if (weight >= 1e-9)
                T_EQ_U64(memcmp(&(double){ stln_exact_product(weight, 2 * ten) },
                                &(double){ product }, sizeof product), 0);
        }
    }
    T_CHECK(stln_quantise_one(0, 2e6) == 0 && stln_exact_product(0, 2e6) <= 0);
    T_EQ_U64((uint64_t)stln_exact_product(1, 2e6), 2000000);
}

static void arith_bad_numbers(void)
{
    const struct {
        double value;
        starlings_status status;
    } bad[] = {
        { model_nan(), STARLINGS_ERR_NAN },
        { -model_nan(), STARLINGS_ERR_NAN },
        { model_infinity(), STARLINGS_ERR_INFINITE },
        { -model_infinity(), STARLINGS_ERR_INFINITE },
        { -1.0, STARLINGS_ERR_WEIGHT },
        { -1e-320, STARLINGS_ERR_WEIGHT },
        { -1e-9, STARLINGS_ERR_WEIGHT },
        { 1.0000001, STARLINGS_ERR_WEIGHT },
        { 1.0000000000000002, STARLINGS_ERR_WEIGHT },
        { 1e300, STARLINGS_ERR_WEIGHT },
    };
    uint32_t key = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        T_STATUS(starlings_key_from_weight(bad[i].value, 6, &key), bad[i].status);
        T_STATUS(starlings_key_from_threshold(bad[i].value, &key), bad[i].status);
    }
    for (uint32_t q = 7; q < 40; q++)
        T_STATUS(starlings_key_from_weight(0.5, q, &key), STARLINGS_ERR_ARG);
    T_STATUS(starlings_key_from_weight(0.5, UINT32_MAX, &key), STARLINGS_ERR_ARG);
    T_STATUS(starlings_key_from_weight(-0.0, 6, &key), STARLINGS_OK);
    T_EQ_U64(key, 0);
    T_STATUS(starlings_key_from_weight(4.9e-324, 6, &key), STARLINGS_OK);
    T_EQ_U64(key, 0);
    T_STATUS(starlings_key_from_threshold(-0.0, &key), STARLINGS_OK);
    T_EQ_U64(key, 0);
    T_STATUS(starlings_key_from_threshold(4.9e-324, &key), STARLINGS_OK);
    T_EQ_U64(key, 1);
    T_STATUS(starlings_key_from_threshold(1.0, &key), STARLINGS_OK);
    T_EQ_U64(key, STARLINGS_ONE);
}

/* The least key whose value is not below the threshold: at every key and next to it. */
static void arith_thresholds(void)
{
    t_rng rng = t_rng_make(6);
    uint32_t key = 0;
    if (arith_wide_registers())
        return;
    for (uint32_t k = 0; k <= STARLINGS_ONE; k++) {
        double t = (double)k / 1000000;
        T_REQUIRE(starlings_key_threshold(k) <= t && starlings_key_threshold(k) >= t);
        T_REQUIRE(starlings_key_from_threshold(t, &key) == STARLINGS_OK && key == k);
        if (k == 0 || k == STARLINGS_ONE)
            continue;
        T_REQUIRE(starlings_key_from_threshold(arith_next(t, -1), &key) == STARLINGS_OK);
        T_REQUIRE(key == k);
        T_REQUIRE(starlings_key_from_threshold(arith_next(t, 1), &key) == STARLINGS_OK);
        T_REQUIRE(key == k + 1);
    }
    for (int i = 0; i < 100000; i++) {
        double t = t_unit(&rng);
        T_REQUIRE(starlings_key_from_threshold(t, &key) == STARLINGS_OK);
        T_REQUIRE((double)key / 1000000 >= t && (key == 0 || (double)(key - 1) / 1000000 < t));
    }
}

static void test_arith(void)
{
    arith_integers();
    arith_ratios();
    arith_wide_ratios();
    arith_square_roots();
    arith_entropy_terms();
    arith_exponentials();
    arith_fractions();
    arith_weights();
    arith_products();
    arith_bad_numbers();
    arith_thresholds();
}
