/* test_bytes.c - S27: numbers from and to text. */
#include "t.h"

static starlings_status bytes_parse(const char *text, double *out)
{
    starlings_text t = { text, strlen(text) };
    return starlings_number_parse(t, out);
}

/* The same bits as strtod in the C locale, and infinite as a status. */
static void bytes_compare(const char *text)
{
    double got = -1, want = strtod(text, NULL);
    starlings_status status = bytes_parse(text, &got);
    uint64_t bits;
    bool infinite, good;
    memcpy(&bits, &want, sizeof bits);
    infinite = (bits >> 52 & 0x7ff) == 0x7ff;
    good = infinite ? status == STARLINGS_ERR_INFINITE && !(got > 0) && !(got < 0)
                    : status == STARLINGS_OK && memcmp(&got, &want, sizeof got) == 0;
    T_CHECK(good);
    if (!good)
        printf("  \"%.60s\" gives %.17g, status %d, not %.17g\n", text, got, (int)status, want);
}

static void test_bytes_plain(void)
{
    static const char *const good[] = {
        "0", "-0", "+0", "0.0", ".0", "0.", "1", "-1", "+1", ".5", "5.", "+.5e1", "-5.e1", "1e0",
        "1E5", "1e+5", "1e-5", "1e05", "0e999999999999999999999", "0.000e-99999999999999999999",
        "1e22", "1e23", "8.5e22", "9007199254740993", "9007199254740992.5",
        "9007199254740992.50000000000000000000000000000001", "18446744073709551615",
        "18446744073709551616", "9999999999999999999", "99999999999999999999", "1e400", "-1e400",
        "1e-400", "-1e-400", "1.7976931348623157e308", "1.7976931348623158e308",
        "1.7976931348623159e308", "1.797693134862315807e308", "1.797693134862315808e308",
        "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
        "2.470328229206232720882843964341106861825299013071623822127928412503e-324",
        "2.4703282292062327208828439643411068618252990130716238221279284125033775364e-324",
        "2.2250738585072011e-308", "2.2250738585072014e-308", "1e-999999999999999999999999",
        "1e99999999999999999999999", "0.00000000000000000000000000000000000000000000000000001",
        "1.0000001", "0.1", "0.3", "123456789012345678", "1e27", "1e28", "1e-27", "1e-28",
        "1000000000000000000000000000000000000000000000000000000000000000000000e-69",
    };
    static const char *const bad[] = {
        "", " ", ".", "+", "-", "+-1", "--1", " 0.5", "0.5 ", "0.5x", "0x1p3", "0x10", "nan", "NaN",
        "inf", "infinity", "-inf", "1e", "1e+", "1e-", "e5", ".e5", "1..2", "1.2.3", "1e5.0",
        "1e5e5", "1,5", "1e 5", "1 e5", "1_000", "50%", "\xc2\xbd", "1\n", "\t1", "1f", "1e5f",
    };
    starlings_text zero_inside = { "1\0002", 3 }, nothing = { NULL, 0 };
    double out = 7;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        bytes_compare(good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool refused = bytes_parse(bad[i], &out) == STARLINGS_ERR_FORMAT;
        T_CHECK(refused);
        if (!refused)
            printf("  \"%s\" is taken\n", bad[i]);
    }
    T_CHECK(starlings_number_parse(zero_inside, &out) == STARLINGS_ERR_FORMAT);
    T_CHECK(starlings_number_parse(nothing, &out) == STARLINGS_ERR_FORMAT);
    T_CHECK(starlings_number_parse(nothing, NULL) == STARLINGS_ERR_ARG);
}

static void test_bytes_random(void)
{
    static char text[6100];
    t_rng rng = t_rng_make(2701);
    uint32_t rounds = t_state.big ? 1000000 : 12000;
    for (uint32_t i = 0; i < rounds; i++) {
        uint64_t bits = t_random(&rng), a = t_random(&rng) >> t_below(&rng, 64);
        double d, u = t_unit(&rng);
        memcpy(&d, &bits, sizeof d);
        if ((bits >> 52 & 0x7ff) != 0x7ff) {
            snprintf(text, sizeof text, "%.17g", d);
            bytes_compare(text);
        }
        snprintf(text, sizeof text, "%.*g", 1 + (int)t_below(&rng, 21), u);
        bytes_compare(text);
        snprintf(text, sizeof text, "%.*f", 1 + (int)t_below(&rng, 40), u);
        bytes_compare(text);
        snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)a,
                 (unsigned long long)(bits >> t_below(&rng, 64)), (int)t_below(&rng, 700) - 350);
        bytes_compare(text);
        snprintf(text, sizeof text, "%llue%d", (unsigned long long)a, (int)t_below(&rng, 60) - 30);
        bytes_compare(text);
    }
    for (uint32_t i = 0; i < rounds / 100; i++) { /* thousands of digits */
        size_t size = 1 + t_below(&rng, 6000);
        for (size_t j = 0; j < size; j++)
            text[j] = (char)('0' + t_below(&rng, 10));
        text[t_below(&rng, (uint32_t)size)] = size > 1 ? '.' : '0';
        snprintf(text + size, 16, "e%d", 300 - (int)t_below(&rng, 6000));
        bytes_compare(text);
    }
}

/* Decimal digits, most significant first, times a small number. */
static size_t bytes_times(char *digits, size_t size, unsigned by)
{
    unsigned carry = 0;
    for (size_t i = size; i-- > 0;) {
        carry += (unsigned)(digits[i] - '0') * by;
        digits[i] = (char)('0' + carry % 10);
        carry /= 10;
    }
    if (carry > 0) {
        memmove(digits + 1, digits, size);
        digits[0] = (char)('0' + carry);
        size++;
    }
    return size;
}

/* All digits of m * 2^e. */
static void bytes_exact(char *text, uint64_t m, int e)
{
    size_t size = (size_t)snprintf(text, 32, "%llu", (unsigned long long)m);
    for (int i = 0; i < (e < 0 ? -e : e); i++)
        size = bytes_times(text, size, e < 0 ? 5 : 2);
    snprintf(text + size, 16, "e%d", e < 0 ? e : 0);
}

/* Exactly between two doubles, a trifle below and a trifle above. */
static void test_bytes_halfway(void)
{
    static char text[2400], near_it[2500];
    t_rng rng = t_rng_make(2702);
    for (uint32_t i = 0; i < (t_state.big ? 20000u : 400u); i++) {
        uint64_t m = (t_random(&rng) >> 11) | (uint64_t)1 << 52;
        int e = i % 3 == 0 ? -1074 : i % 3 == 1 ? -60 + (int)t_below(&rng, 70)
                                                : (int)t_below(&rng, 2000) - 1050;
        double below, above, got = -1;
        uint64_t bits;
        size_t size;
        if (i % 6 == 0)
            m >>= 1 + t_below(&rng, 52); /* subnormal */
        e = e > 970 ? 970 : e;
        bits = m < (uint64_t)1 << 52 ? m : ((uint64_t)(e + 1074) << 52) + m;
        memcpy(&below, &bits, sizeof below);
        bits++;
        memcpy(&above, &bits, sizeof above);
        bytes_exact(text, 2 * m + 1, e - 1);
        T_CHECK(bytes_parse(text, &got) == STARLINGS_OK);
        T_NEAR(got, (m & 1) == 0 ? below : above, 0);
        size = strcspn(text, "e");
        snprintf(near_it, sizeof near_it, "%.*s.%040d1%s", (int)size, text, 0, text + size);
        T_CHECK(bytes_parse(near_it, &got) == STARLINGS_OK);
        T_NEAR(got, above, 0);
        while (text[size - 1] == '0') /* one less, with borrow */
            text[--size] = '9';
        text[size - 1]--;
        size = strcspn(text, "e");
        snprintf(near_it, sizeof near_it, "%.*s.99999%s", (int)size, text, text + size);
        T_CHECK(bytes_parse(near_it, &got) == STARLINGS_OK);
        T_NEAR(got, below, 0);
    }
}

static void test_bytes_write(void)
{
    t_rng rng = t_rng_make(2703);
    char got[32], want[64];
    for (uint32_t i = 0; i < 20000; i++) {
        uint64_t value = i == 0 ? 0 : i == 1 ? UINT64_MAX : t_random(&rng) >> t_below(&rng, 64);
        got[stln_write_u64(got, value)] = '\0';
        snprintf(want, sizeof want, "%llu", (unsigned long long)value);
        T_EQ_STR(got, want);
        got[stln_write_millionths(got, value)] = '\0';
        snprintf(want, sizeof want, "%llu.%06llu", (unsigned long long)(value / 1000000),
                 (unsigned long long)(value % 1000000));
        T_EQ_STR(got, want);
    }
}

static void test_bytes(void)
{
    test_bytes_plain();
    test_bytes_random();
    test_bytes_halfway();
    test_bytes_write();
}
