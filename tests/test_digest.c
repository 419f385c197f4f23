/* test_digest.c - digests against official vectors and a slow tree, fingerprints against slow sums
   at every key, sketches against their formulas, and the loop over entities on all workers. */

static const starlings_digest_kind digest_kinds[] = { STARLINGS_DIGEST_SHA256,
                                                      STARLINGS_DIGEST_BLAKE3,
                                                      STARLINGS_DIGEST_MD5 };

static void digest_of(starlings_digest_kind kind, const void *bytes, size_t size, void *out)
{
    starlings_digest d;
    T_STATUS(starlings_digest_begin(&d, kind), STARLINGS_OK);
    starlings_digest_add(&d, bytes, size);
    T_STATUS(starlings_digest_end(&d, out, starlings_digest_size(kind)), STARLINGS_OK);
}

/* Bytes of hexadecimal text up to the first other character. */
static size_t digest_unhex(const char *text, unsigned char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t count = 0;
    for (;; text += 2) {
        const char *high = strchr(digits, text[0]);
        const char *low = text[0] == '\0' ? NULL : strchr(digits, text[1]);
        if (text[0] == '\0' || high == NULL || low == NULL || text[1] == '\0')
            return count;
        out[count++] = (unsigned char)((high - digits) * 16 + (low - digits));
    }
}

static void digest_is(starlings_digest_kind kind, const void *bytes, size_t size, const char *hex)
{
    unsigned char got[32], want[256];
    digest_of(kind, bytes, size, got);
    T_EQ_U64(digest_unhex(hex, want), starlings_digest_size(kind));
    T_CHECK(memcmp(got, want, starlings_digest_size(kind)) == 0);
}

/* A whole file of ../shared/vectors, ended by a zero; NULL if it is not there. */
static char *digest_file(const char *name)
{
    char path[128], *text;
    long size;
    FILE *file;
    (void)snprintf(path, sizeof path, "../shared/vectors/%s", name);
    file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    (void)fseek(file, 0, SEEK_END);
    size = ftell(file);
    (void)fseek(file, 0, SEEK_SET);
    text = (char *)model_new((size_t)size + 1, 1);
    text[fread(text, 1, (size_t)size, file)] = '\0';
    (void)fclose(file);
    return text;
}

/* "Len = bits", "Msg = hex", "MD = hex", over and over. */
static size_t digest_response(const char *name, starlings_digest_kind kind)
{
    char *text = digest_file(name);
    const char *at = text;
    unsigned char *message;
    size_t count = 0;
    if (text == NULL)
        return 0;
    message = (unsigned char *)model_new(strlen(text), 1);
    while ((at = strstr(at, "Len = ")) != NULL) {
        size_t bits = strtoul(at + 6, NULL, 10);
        const char *msg = strstr(at, "Msg = "), *md = strstr(at, "MD = ");
        if (!t_check(msg != NULL && md != NULL, "no message or digest", __FILE__, __LINE__))
            break;
        T_CHECK(digest_unhex(msg + 6, message) >= bits / 8); /* no bits are written as 00 */
        digest_is(kind, message, bits / 8, md + 5);
        at = md;
        count++;
    }
    free(message);
    free(text);
    return count;
}

/* Each seed gives a chain of 1000 digests, of the last three; the last of all is the next seed. */
static size_t digest_monte(void)
{
    char *text = digest_file("hash/SHA256Monte.rsp");
    unsigned char last[4][32];
    size_t count = 0;
    const char *at = text == NULL ? NULL : strstr(text, "Seed = ");
    if (at != NULL)
        T_EQ_U64(digest_unhex(at + 7, last[3]), 32);
    while (at != NULL && (at = strstr(at, "MD = ")) != NULL) {
        unsigned char want[256];
        T_EQ_U64(digest_unhex(at + 5, want), 32);
        memcpy(last[0], last[3], 32);
        memcpy(last[1], last[3], 32);
        memcpy(last[2], last[3], 32);
        for (int i = 0; i < 1000; i++) {
            digest_of(STARLINGS_DIGEST_SHA256, last, 96, last[3]);
            memmove(last[0], last[1], 96);
            memcpy(last[3], last[2], 32);
        }
        T_CHECK(memcmp(last[3], want, 32) == 0);
        count++;
        at += 5;
    }
    free(text);
    return count;
}

/* The three modes, each with as much output as the file has, and with every shorter output. */
static size_t digest_blake3(void)
{
    static const char *const modes[] = { "\"hash\": \"", "\"keyed_hash\": \"",
                                         "\"derive_key\": \"" };
    static const char purpose[] = "BLAKE3 2019-12-27 16:29:52 test vectors context";
    char *text = digest_file("hash/blake3_test_vectors.json");
    unsigned char *input = (unsigned char *)model_new(102400, 1), want[256], got[256];
    const char *at = text;
    size_t count = 0;
    for (size_t i = 0; i < 102400; i++)
        input[i] = (unsigned char)(i % 251);
    while (at != NULL && (at = strstr(at, "\"input_len\": ")) != NULL) {
        size_t size = strtoul(at += 13, NULL, 10);
        for (size_t mode = 0; mode < 3; mode++) {
            starlings_text context = { purpose, sizeof purpose - 1 };
            const char *hex = strstr(at, modes[mode]);
            starlings_digest d;
            T_STATUS(starlings_digest_begin(&d, STARLINGS_DIGEST_BLAKE3), STARLINGS_OK);
            if (mode == 1)
                T_STATUS(starlings_digest_begin_keyed(&d, "whats the Elvish word for friend"),
                         STARLINGS_OK);
            if (mode == 2)
                T_STATUS(starlings_digest_begin_derived(&d, context), STARLINGS_OK);
            starlings_digest_add(&d, input, size);
            if (hex == NULL || digest_unhex(hex + strlen(modes[mode]), want) != 131)
                break;
            for (size_t out = 0; out <= 131; out++) {
                memset(got, 0xEE, sizeof got);
                T_STATUS(starlings_digest_end(&d, got, out), STARLINGS_OK);
                T_CHECK(memcmp(got, want, out) == 0 && got[out] == 0xEE);
            }
            count++;
        }
    }
    free(text);
    free(input);
    return count;
}

/* Members ascending, then SHA-256, MD5 and BLAKE3 of them as u32 little-endian. */
static size_t digest_entities(void)
{
    static const starlings_digest_kind order[] = { STARLINGS_DIGEST_SHA256, STARLINGS_DIGEST_MD5,
                                                   STARLINGS_DIGEST_BLAKE3 };
    char *text = digest_file("entity_hashes.csv"), *at = text;
    unsigned char bytes[4 * 512];
    size_t count = 0;
    while (at != NULL && (at = strchr(at, '\n')) != NULL && at[1] != '\0') {
        size_t size = 0;
        at++;
        while (*at != ',') {
            uint32_t member = (uint32_t)strtoul(at, &at, 10);
            for (int i = 0; i < 4; i++)
                bytes[size++] = (unsigned char)(member >> (8 * i));
        }
        for (int i = 0; i < 3; i++, at = strpbrk(at, ",\n"))
            digest_is(order[i], bytes, size, ++at);
        count++;
    }
    free(text);
    return count;
}

static void digest_vectors(void)
{
    static const size_t want[6] = { 65, 64, 100, 7, 105, 60 };
    size_t got[6];
    got[0] = digest_response("hash/SHA256ShortMsg.rsp", STARLINGS_DIGEST_SHA256);
    got[1] = digest_response("hash/SHA256LongMsg.rsp", STARLINGS_DIGEST_SHA256);
    got[2] = digest_monte();
    got[3] = digest_response("hash/md5_rfc1321.txt", STARLINGS_DIGEST_MD5);
    got[4] = digest_blake3();
    got[5] = digest_entities();
    for (int i = 0; i < 6; i++) {
        if (got[i] == 0)
            T_SKIP(want[i], "no ../shared/vectors");
        else
            T_EQ_U64(got[i], want[i]);
    }
    digest_is(STARLINGS_DIGEST_SHA256, "abc", 3,
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_is(STARLINGS_DIGEST_MD5, "abc", 3, "900150983cd24fb0d6963f7d28e17f72");
    digest_is(STARLINGS_DIGEST_BLAKE3, "", 0,
              "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}

/* BLAKE3 by its definition: a subtree's left child has the largest power of two of chunks that
   leaves some for the right one. */
static void digest_model_compress(uint32_t cv[8], const unsigned char *block, uint32_t size,
                                  uint64_t counter, uint32_t flags)
{
    static const uint32_t iv[4] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a };
    static const int permute[16] = { 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8 };
    static const int lane[8][4] = { { 0, 4, 8, 12 },  { 1, 5, 9, 13 },  { 2, 6, 10, 14 },
                                    { 3, 7, 11, 15 }, { 0, 5, 10, 15 }, { 1, 6, 11, 12 },
                                    { 2, 7, 8, 13 },  { 3, 4, 9, 14 } };
    uint32_t v[16], m[16], next[16];
    for (int i = 0; i < 8; i++)
        v[i] = cv[i];
    for (int i = 0; i < 4; i++)
        v[8 + i] = iv[i];
    v[12] = (uint32_t)counter;
    v[13] = (uint32_t)(counter >> 32);
    v[14] = size;
    v[15] = flags;
    for (int i = 0; i < 16; i++)
        m[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
               (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
    for (int round = 0; round < 7; round++) {
        for (int g = 0; g < 16; g++) { /* half a mix each: turns by 16 and 12, then 8 and 7 */
            const int *l = lane[g / 2];
            int far = g % 2 == 0 ? 16 : 8, near = g % 2 == 0 ? 12 : 7;
            v[l[0]] += v[l[1]] + m[g];
            v[l[3]] ^= v[l[0]];
            v[l[3]] = v[l[3]] >> far | v[l[3]] << (32 - far);
            v[l[2]] += v[l[3]];
            v[l[1]] ^= v[l[2]];
            v[l[1]] = v[l[1]] >> near | v[l[1]] << (32 - near);
        }
        for (int i = 0; i < 16; i++)
            next[i] = m[permute[i]];
        memcpy(m, next, sizeof m);
    }
    for (int i = 0; i < 8; i++)
        cv[i] = v[i] ^ v[8 + i];
}

static void digest_model_tree(const unsigned char *in, size_t size, uint64_t chunk, uint32_t root,
                              uint32_t cv[8])
{
    static const uint32_t iv[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    unsigned char block[64];
    memcpy(cv, iv, sizeof iv);
    if (size <= 1024) {
        for (size_t at = 0; at == 0 || at < size; at += 64) {
            size_t piece = size - at < 64 ? size - at : 64;
            bool last = at + 64 >= size;
            memset(block, 0, 64);
            memcpy(block, in + at, piece);
            digest_model_compress(cv, block, (uint32_t)piece, chunk,
                                  (at == 0 ? 1u : 0u) | (last ? 2u | root : 0u));
        }
    } else {
        uint32_t half[2][8];
        size_t left = 1024;
        while (left * 2 < size)
            left *= 2;
        digest_model_tree(in, left, chunk, 0, half[0]);
        digest_model_tree(in + left, size - left, chunk + left / 1024, 0, half[1]);
        for (int i = 0; i < 64; i++)
            block[i] = (unsigned char)(half[i / 32][i % 32 / 4] >> (8 * (i % 4)));
        digest_model_compress(cv, block, 64, 0, 4u | root);
    }
}

static void digest_trees(void)
{
    unsigned char *in = (unsigned char *)model_new(70000, 1), got[32], want[32];
    t_rng rng = t_rng_make(951);
    for (size_t i = 0; i < 70000; i++)
        in[i] = (unsigned char)t_below(&rng, 256);
    for (uint32_t i = 0; i < (t_state.big ? 500u : 100u); i++) {
        size_t chunks = i < 66 ? i : t_below(&rng, 67);
        size_t size = chunks * 1024 + (i < 66 ? 0 : t_below(&rng, 1025));
        uint32_t cv[8];
        digest_model_tree(in, size, 0, 8, cv);
        for (int j = 0; j < 32; j++)
            want[j] = (unsigned char)(cv[j / 4] >> (8 * (j % 4)));
        digest_of(STARLINGS_DIGEST_BLAKE3, in, size, got);
        T_CHECK(memcmp(got, want, 32) == 0);
    }
    free(in);
}

/* Two pieces at every place, or around all limits of blocks, and many pieces; an end in between
   changes nothing. */
static void digest_splits(starlings_digest_kind kind)
{
    static const size_t sizes[] = { 0,   1,   55,  56,   57,   63,   64,   65,   119,
                                    120, 128, 129, 1023, 1024, 1025, 2048, 3073, 5000 };
    size_t width = starlings_digest_size(kind);
    unsigned char in[5000], want[32], got[32], between[32];
    t_rng rng = t_rng_make(952);
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)t_below(&rng, 256);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i];
        starlings_digest d;
        digest_of(kind, in, size, want);
        for (size_t cut = 0; cut <= size; cut++) {
            if (size > 200 && (cut + 2) % 64 > 4)
                continue;
            T_STATUS(starlings_digest_begin(&d, kind), STARLINGS_OK);
            starlings_digest_add(&d, in, cut);
            T_STATUS(starlings_digest_end(&d, between, width), STARLINGS_OK);
            starlings_digest_add(&d, in + cut, size - cut);
            T_STATUS(starlings_digest_end(&d, got, width), STARLINGS_OK);
            T_CHECK(memcmp(got, want, width) == 0);
            if (cut == size)
                T_CHECK(memcmp(between, want, width) == 0);
        }
        T_STATUS(starlings_digest_begin(&d, kind), STARLINGS_OK);
        for (size_t at = 0; at < size;) {
            size_t piece = t_below(&rng, 200);
            piece = piece < size - at ? piece : size - at;
            starlings_digest_add(&d, in + at, piece);
            at += piece;
        }
        T_STATUS(starlings_digest_end(&d, got, width / 2), STARLINGS_OK);
        T_CHECK(memcmp(got, want, width / 2) == 0);
    }
}

/* ---- entities: a world of records with hashes, digests and labels ---------------- */

typedef struct digest_world {
    uint32_t n;
    uint32_t *labels;
    uint64_t *hashes;
    unsigned char *digests; /* 32 bytes a record */
    starlings_partition *partition;
} digest_world;

static digest_world digest_world_make(t_rng *rng, uint32_t n, uint32_t groups)
{
    digest_world w;
    w.n = n;
    w.labels = model_u32(n);
    w.hashes = (uint64_t *)model_new(n, sizeof *w.hashes);
    w.digests = (unsigned char *)model_new(n, 32);
    for (uint32_t r = 0; r < n; r++) {
        w.labels[r] = t_below(rng, groups);
        w.hashes[r] = t_random(rng);
        for (int i = 0; i < 32; i++)
            w.digests[(size_t)32 * r + (size_t)i] = (unsigned char)t_below(rng, i < 2 ? 3 : 256);
    }
    w.partition = model_partition_of(w.labels, n);
    return w;
}

static void digest_world_free(digest_world *w)
{
    starlings_partition_release(w->partition);
    free(w->labels);
    free(w->hashes);
    free(w->digests);
}

/* The same sets with other ids: record r becomes order[r]. */
static digest_world digest_world_shuffled(t_rng *rng, const digest_world *w, uint32_t *order)
{
    digest_world s;
    s.n = w->n;
    s.labels = model_u32(w->n);
    s.hashes = (uint64_t *)model_new(w->n, sizeof *s.hashes);
    s.digests = (unsigned char *)model_new(w->n, 32);
    for (uint32_t r = 0; r < w->n; r++) {
        uint32_t other = t_below(rng, r + 1);
        order[r] = order[other];
        order[other] = r;
    }
    for (uint32_t r = 0; r < w->n; r++) {
        s.labels[order[r]] = w->labels[r] * 7 + 3;
        s.hashes[order[r]] = w->hashes[r];
        memcpy(s.digests + (size_t)32 * order[r], w->digests + (size_t)32 * r, 32);
    }
    s.partition = model_partition_of(s.labels, s.n);
    return s;
}

static int digest_compare_16(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static int digest_compare_32(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static int digest_compare_u64(const void *a, const void *b)
{
    const uint64_t *x = (const uint64_t *)a, *y = (const uint64_t *)b;
    return (*x > *y) - (*x < *y);
}

/* One entity the slow way: all bytes in a row. digests NULL: of the ids. */
static void digest_model_entity(starlings_digest_kind kind, starlings_span span,
                                const unsigned char *digests, unsigned char *out)
{
    size_t width = digests == NULL ? 4 : starlings_digest_size(kind);
    unsigned char *bytes = (unsigned char *)model_new((size_t)span.count, width);
    uint32_t *ids = model_u32(span.count);
    memcpy(ids, span.records, span.count * sizeof *ids);
    qsort(ids, span.count, sizeof *ids, model_compare_u32);
    for (uint32_t i = 0; i < span.count; i++)
        for (size_t j = 0; j < width; j++)
            bytes[i * width + j] = digests == NULL ? (unsigned char)(ids[i] >> (8 * j))
                                                   : digests[ids[i] * width + j];
    if (digests != NULL)
        qsort(bytes, span.count, width, width == 16 ? digest_compare_16 : digest_compare_32);
    digest_of(kind, bytes, span.count * width, out);
    free(bytes);
    free(ids);
}

static void digest_partition_is(const starlings_partition *p, const unsigned char *digests)
{
    uint32_t entities = starlings_partition_entity_count(p);
    unsigned char *got = (unsigned char *)model_new((size_t)entities + 1, 32), want[32];
    for (int k = 0; k < 3; k++) {
        starlings_digest_kind kind = digest_kinds[k];
        size_t width = starlings_digest_size(kind);
        got[entities * width] = 0x5A;
        for (int stable = 0; stable < 2; stable++) {
            if (stable)
                T_STATUS(starlings_partition_stable_digests(p, NULL, kind, digests, got),
                         STARLINGS_OK);
            else
                T_STATUS(starlings_partition_digests(p, NULL, kind, got), STARLINGS_OK);
            for (uint32_t e = 0; e < entities; e++) {
                digest_model_entity(kind, starlings_partition_entity(p, e),
                                    stable ? digests : NULL, want);
                T_CHECK(memcmp(got + e * width, want, width) == 0);
            }
        }
        T_CHECK(got[entities * width] == 0x5A);
    }
    free(got);
}

/* Random partitions, of labels and cut from hierarchies (there members are not in order). */
static void digest_partitions(void)
{
    t_rng rng = t_rng_make(953);
    for (uint32_t round = 0; round < 30; round++) {
        uint32_t n = t_below(&rng, 300), groups = 1 + t_below(&rng, 60);
        digest_world w = digest_world_make(&rng, n, groups);
        digest_partition_is(w.partition, w.digests);
        digest_world_free(&w);
    }
    for (uint32_t round = 0; round < 30; round++) {
        model_graph g = model_random_graph(&rng, 200, 300);
        digest_world w = digest_world_make(&rng, g.n, 1);
        starlings_hierarchy *h = model_build(g.edges, g.m, g.n, 0, false);
        starlings_partition *p = model_partition_at(h, t_below(&rng, STARLINGS_ONE));
        digest_partition_is(p, w.digests);
        starlings_partition_release(p);
        starlings_hierarchy_release(h);
        digest_world_free(&w);
        model_graph_free(&g);
    }
}

/* Fault 54: a digest over local indices compares neither across frames nor after compaction; over
   identities it does, and so do fingerprints and sketches over the records' own hashes. */
static void digest_fault_54(void)
{
    enum { K = 8 };
    t_rng rng = t_rng_make(954);
    uint32_t order[300], moved = 0;
    for (int round = 0; round < 20; round++) {
        digest_world w = digest_world_make(&rng, 300, 70);
        digest_world s = digest_world_shuffled(&rng, &w, order);
        uint32_t entities = starlings_partition_entity_count(w.partition);
        unsigned char a[70 * 32], b[70 * 32], c[70 * 32], d[70 * 32];
        starlings_fingerprint pa[70], pb[70], ta, tb;
        uint64_t ma[70 * K], mb[70 * K];
        T_REQUIRE(entities == starlings_partition_entity_count(s.partition));
        T_STATUS(starlings_partition_stable_digests(w.partition, NULL, STARLINGS_DIGEST_SHA256,
                                                    w.digests, a), STARLINGS_OK);
        T_STATUS(starlings_partition_stable_digests(s.partition, NULL, STARLINGS_DIGEST_SHA256,
                                                    s.digests, b), STARLINGS_OK);
        T_STATUS(starlings_partition_digests(w.partition, NULL, STARLINGS_DIGEST_SHA256, c),
                 STARLINGS_OK);
        T_STATUS(starlings_partition_digests(s.partition, NULL, STARLINGS_DIGEST_SHA256, d),
                 STARLINGS_OK);
        T_STATUS(starlings_partition_fingerprints(w.partition, NULL, NULL, w.hashes, pa, &ta),
                 STARLINGS_OK);
        T_STATUS(starlings_partition_fingerprints(s.partition, NULL, NULL, s.hashes, pb, &tb),
                 STARLINGS_OK);
        T_STATUS(starlings_partition_minhash(w.partition, NULL, K, 1, w.hashes, ma), STARLINGS_OK);
        T_STATUS(starlings_partition_minhash(s.partition, NULL, K, 1, s.hashes, mb), STARLINGS_OK);
        T_CHECK(starlings_fingerprint_equals(ta, tb));
        for (uint32_t r = 0; r < w.n; r++) {
            size_t e = starlings_partition_entity_of(w.partition, r);
            size_t f = starlings_partition_entity_of(s.partition, order[r]);
            T_CHECK(memcmp(a + 32 * e, b + 32 * f, 32) == 0);
            moved += memcmp(c + 32 * e, d + 32 * f, 32) != 0;
            T_CHECK(starlings_fingerprint_equals(pa[e], pb[f]));
            T_CHECK(memcmp(ma + K * e, mb + K * f, K * sizeof *ma) == 0);
        }
        digest_world_free(&w);
        digest_world_free(&s);
    }
    T_CHECK(moved > 5000); /* of 6000: the ids do show in digests over ids */
}

/* An identity is bytes that can be read back in one way only. */
static void digest_identities(void)
{
    static const char *const pieces[] = { "", "a", "ab", "abc", "b", "bc", "c" };
    static const unsigned char crm_17[] = { 3,   0, 0, 0, 'c', 'r', 'm', 2,
                                            4,   0, 0, 0, 17,  0,   0,   0 };
    unsigned char seen[7 * 7 * 2][32], want[32];
    starlings_identity seventeen = starlings_identity_of_number("crm", 17), identity;
    size_t count = 0;
    for (int k = 0; k < 3; k++) {
        digest_of(digest_kinds[k], crm_17, sizeof crm_17, want);
        T_STATUS(starlings_identity_digest(digest_kinds[k], &seventeen, seen[0]), STARLINGS_OK);
        T_CHECK(memcmp(seen[0], want, starlings_digest_size(digest_kinds[k])) == 0);
    }
    for (int s = 0; s < 7; s++)
        for (int k = 0; k < 7; k++)
            for (uint32_t type = 0; type < 2; type++) {
                identity = starlings_identity_of_text(pieces[s], pieces[k]);
                identity.kind = type == 0 ? STARLINGS_KEY_TEXT : STARLINGS_KEY_BYTES;
                T_STATUS(starlings_identity_digest(STARLINGS_DIGEST_BLAKE3, &identity,
                                                   seen[count++]), STARLINGS_OK);
            }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            T_CHECK(memcmp(seen[i], seen[j], 32) != 0);
    T_STATUS(starlings_identity_digest(STARLINGS_DIGEST_MD5, NULL, want), STARLINGS_ERR_ARG);
    T_STATUS(starlings_identity_digest((starlings_digest_kind)3, &identity, want),
             STARLINGS_ERR_ARG);
    T_STATUS(starlings_identity_digest(STARLINGS_DIGEST_MD5, &identity, NULL), STARLINGS_ERR_ARG);
    identity.source.text = NULL;
    identity.source.size = 1;
    T_STATUS(starlings_identity_digest(STARLINGS_DIGEST_MD5, &identity, want), STARLINGS_ERR_ARG);
    seventeen.number = (uint64_t)1 << 32; /* of kind U32 still */
    T_STATUS(starlings_identity_digest(STARLINGS_DIGEST_MD5, &seventeen, want),
             STARLINGS_ERR_RANGE);
}

/* A context gives each record's digest and hash, whatever the workers, and so does another context
   that has the records in another order. */
static void digest_contexts(void)
{
    enum { MANY = 9000 };
    static unsigned char digests[3][MANY * 32], want[32];
    static uint64_t hashes[3][MANY];
    const uint64_t seed[2] = { 7, 8 };
    starlings_context *contexts[2] = { NULL, NULL };
    starlings_env env;
    memset(&env, 0, sizeof env);
    for (uint32_t c = 0; c < 2; c++) {
        T_STATUS(starlings_context_create(NULL, &contexts[c]), STARLINGS_OK);
        for (uint32_t i = 0; i < MANY; i++) {
            uint32_t number = c == 0 ? i : MANY - 1 - i, record;
            starlings_identity identity;
            char key[16];
            snprintf(key, sizeof key, "%u", (unsigned)number);
            identity = starlings_identity_of_text(number % 3 ? "crm" : "", key);
            identity.kind = (starlings_key_kind)(number % 4);
            identity.number = number;
            T_STATUS(starlings_context_ensure(contexts[c], &identity, &record), STARLINGS_OK);
            if (c == 0 && number % 100 < 4) {
                T_STATUS(starlings_context_digests(contexts[0], NULL, STARLINGS_DIGEST_BLAKE3,
                                                   digests[0]), STARLINGS_OK);
                T_STATUS(starlings_identity_digest(STARLINGS_DIGEST_BLAKE3, &identity, want),
                         STARLINGS_OK);
                T_CHECK(memcmp(want, digests[0] + 32 * (size_t)record, 32) == 0);
            }
        }
    }
    for (uint32_t workers = 1; workers <= 3; workers++) {
        env.workers.count = workers;
        for (uint32_t c = 0; c < 2; c++) {
            T_STATUS(starlings_context_digests(contexts[c], &env, STARLINGS_DIGEST_SHA256,
                                               digests[c]), STARLINGS_OK);
            T_STATUS(starlings_context_hashes(contexts[c], &env, seed, hashes[c]), STARLINGS_OK);
        }
        for (uint32_t i = 0; i < MANY; i++) {
            T_CHECK(memcmp(digests[0] + 32 * i, digests[1] + 32 * (MANY - 1 - i), 32) == 0);
            T_EQ_U64(hashes[0][i], hashes[1][MANY - 1 - i]);
            T_CHECK(i == 0 || hashes[0][i] != hashes[0][i - 1]);
        }
    }
    T_STATUS(starlings_context_hashes(contexts[0], NULL, NULL, hashes[2]), STARLINGS_OK);
    T_CHECK(hashes[2][0] != hashes[0][0]);
    T_STATUS(starlings_context_hashes(NULL, NULL, NULL, hashes[2]), STARLINGS_ERR_ARG);
    T_STATUS(starlings_context_hashes(contexts[0], NULL, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_context_digests(contexts[0], NULL, STARLINGS_DIGEST_MD5, NULL),
             STARLINGS_ERR_ARG);
    starlings_context_release(contexts[0]);
    starlings_context_release(contexts[1]);
}

/* ---- fingerprints -------------------------------------------------------------- */

/* 128 bits as four words of 32 in u64, so that carries are seen. */
static starlings_fingerprint digest_slow_add(starlings_fingerprint a, starlings_fingerprint b)
{
    uint64_t x[4] = { a.low & 0xffffffff, a.low >> 32, a.high & 0xffffffff, a.high >> 32 };
    uint64_t y[4] = { b.low & 0xffffffff, b.low >> 32, b.high & 0xffffffff, b.high >> 32 };
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) {
        x[i] += y[i] + carry;
        carry = x[i] >> 32;
        x[i] &= 0xffffffff;
    }
    a.low = x[1] << 32 | x[0];
    a.high = x[3] << 32 | x[2];
    return a;
}

static uint64_t digest_finish(uint64_t z, int variant)
{
    static const uint64_t times[2][2] = { { 0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu },
                                          { 0xff51afd7ed558ccdu, 0xc4ceb9fe1a85ec53u } };
    static const int shift[2][3] = { { 30, 27, 31 }, { 33, 33, 33 } };
    for (int i = 0; i < 2; i++)
        z = (z ^ z >> shift[variant][i]) * times[variant][i];
    return z ^ z >> shift[variant][2];
}

/* Members and then the entity, as the formulas say. */
static starlings_fingerprint digest_slow_print(const uint64_t *seed, starlings_span span,
                                               const uint64_t *hashes)
{
    uint64_t s0 = (seed != NULL ? seed[0] : 0) + 0x9e3779b97f4a7c15u;
    uint64_t s1 = (seed != NULL ? seed[1] : 0) + 0xd1b54a32d192ed03u;
    starlings_fingerprint sum = { 0, 0 };
    for (uint32_t i = span.count; i-- > 0;) {
        uint64_t x = hashes != NULL ? hashes[span.records[i]] : span.records[i];
        starlings_fingerprint one;
        one.low = digest_finish(digest_finish(x ^ s0, 0) + s1, 0);
        one.high = digest_finish(digest_finish(x ^ s1, 1) + s0, 1);
        sum = digest_slow_add(sum, one);
    }
    return sum;
}

static starlings_fingerprint digest_slow_total(const uint64_t *seed, const starlings_partition *p,
                                               const uint64_t *hashes)
{
    uint64_t s0 = (seed != NULL ? seed[0] : 0) + 0x9e3779b97f4a7c15u;
    uint64_t s1 = (seed != NULL ? seed[1] : 0) + 0xd1b54a32d192ed03u;
    starlings_fingerprint total = { 0, 0 };
    for (uint32_t e = starlings_partition_entity_count(p); e-- > 0;) {
        starlings_span span = starlings_partition_entity(p, e);
        starlings_fingerprint f = digest_slow_print(seed, span, hashes), one;
        uint64_t weight = span.count * 0x9e3779b97f4a7c15u;
        one.low = digest_finish(digest_finish(f.low ^ s1, 0) + f.high + weight, 0);
        one.high = digest_finish(digest_finish(f.high ^ s0, 1) + f.low + weight, 1);
        total = digest_slow_add(total, one);
    }
    return total;
}

static void digest_prints_of(const starlings_partition *p, const uint64_t *seed,
                             const uint64_t *hashes, starlings_fingerprint *out_total)
{
    uint32_t entities = starlings_partition_entity_count(p);
    starlings_fingerprint *each =
        (starlings_fingerprint *)model_new(entities, sizeof *each), total, alone;
    T_STATUS(starlings_partition_fingerprints(p, NULL, seed, hashes, each, &total), STARLINGS_OK);
    T_STATUS(starlings_partition_fingerprints(p, NULL, seed, hashes, NULL, &alone), STARLINGS_OK);
    T_CHECK(starlings_fingerprint_equals(total, alone));
    T_CHECK(starlings_fingerprint_equals(total, digest_slow_total(seed, p, hashes)));
    for (uint32_t e = 0; e < entities; e++) {
        starlings_span span = starlings_partition_entity(p, e);
        T_CHECK(starlings_fingerprint_equals(each[e], digest_slow_print(seed, span, hashes)));
        T_CHECK(starlings_fingerprint_equals(each[e],
                                             starlings_fingerprint_of(seed, span, hashes)));
    }
    *out_total = total;
    free(each);
}

/* The print at each key is that of the cut, and changes exactly where the partition does. */
static void digest_prints_at(starlings_hierarchy *h, const uint64_t *seed, const uint64_t *hashes,
                             const uint32_t *keys, size_t count)
{
    starlings_fingerprint *got = (starlings_fingerprint *)model_new(count, sizeof *got), want;
    uint32_t entities = 0;
    T_STATUS(starlings_hierarchy_fingerprints(h, NULL, seed, hashes, keys, count, got),
             STARLINGS_OK);
    for (size_t i = 0; i < count; i++) {
        starlings_partition *p = model_partition_at(h, keys[i]);
        digest_prints_of(p, seed, hashes, &want);
        T_CHECK(starlings_fingerprint_equals(got[i], want));
        if (i > 0)
            T_CHECK(starlings_fingerprint_equals(got[i], got[i - 1]) ==
                    (starlings_partition_entity_count(p) == entities));
        entities = starlings_partition_entity_count(p);
        starlings_partition_release(p);
    }
    free(got);
}

/* At all keys of random hierarchies, at keys where nothing happens, at both ends, without them. */
static void digest_fingerprints(void)
{
    static const uint64_t seed[2] = { 0x1234567890abcdefu, 77 };
    static const uint32_t extra[] = { 0, 1, 499999, 500000, 999999, 1000000 };
    t_rng rng = t_rng_make(955);
    for (uint32_t round = 0; round < (t_state.big ? 200u : 12u); round++) {
        model_graph g = model_random_graph(&rng, round % 8 > 0 ? 40 : 120, 200);
        starlings_hierarchy *h = model_build(g.edges, g.m, g.n, 0, false);
        digest_world w = digest_world_make(&rng, g.n, 3);
        const uint64_t *used = round % 3 == 0 ? NULL : seed;
        const uint64_t *hashes = round % 2 == 0 ? NULL : w.hashes;
        uint32_t keys[300];
        size_t count = 0, kept = 0;
        T_STATUS(starlings_hierarchy_keys(h, NULL, keys, 290, &count), STARLINGS_OK);
        T_REQUIRE(count <= 290);
        memcpy(keys + count, extra, sizeof extra);
        count += 6;
        qsort(keys, count, sizeof *keys, model_compare_u32);
        for (size_t i = 0; i < count; i++)
            if (i == 0 || keys[i] != keys[kept - 1])
                keys[kept++] = keys[i];
        digest_prints_at(h, used, hashes, keys, kept);
        digest_prints_at(h, used, hashes, keys + 1, kept - 2);
        digest_world_free(&w);
        starlings_hierarchy_release(h);
        model_graph_free(&g);
    }
}

static void digest_fingerprint_laws(void)
{
    static const uint32_t ids[] = { 5, 1, 9, 3, 7, 1000000 };
    starlings_span all = { ids, 6 }, left = { ids, 2 }, right = { ids + 2, 4 }, none = { NULL, 0 };
    starlings_fingerprint a = starlings_fingerprint_of(NULL, left, NULL);
    starlings_fingerprint b = starlings_fingerprint_of(NULL, right, NULL);
    starlings_fingerprint c = starlings_fingerprint_of(NULL, all, NULL), max, one, sum;
    uint64_t seed[2] = { 0, 1 };
    T_CHECK(starlings_fingerprint_equals(starlings_fingerprint_add(a, b), c));
    T_CHECK(starlings_fingerprint_equals(starlings_fingerprint_subtract(c, a), b));
    T_CHECK(!starlings_fingerprint_equals(a, b));
    T_CHECK(!starlings_fingerprint_equals(c, starlings_fingerprint_of(seed, all, NULL)));
    sum = starlings_fingerprint_of(NULL, none, NULL);
    T_CHECK(sum.low == 0 && sum.high == 0);
    max.low = max.high = UINT64_MAX;
    one.low = 1;
    one.high = 0;
    sum = starlings_fingerprint_add(max, one);
    T_CHECK(sum.low == 0 && sum.high == 0);
    sum = starlings_fingerprint_subtract(sum, one);
    T_CHECK(starlings_fingerprint_equals(sum, max));
    max.high = 5;
    sum = starlings_fingerprint_add(max, one);
    T_CHECK(sum.low == 0 && sum.high == 6);
    T_CHECK(starlings_fingerprint_equals(starlings_fingerprint_subtract(sum, one), max));
}

/* ---- sketches ------------------------------------------------------------------ */

static uint64_t digest_slow_hash(uint64_t x, uint64_t seed, uint64_t i)
{
    const uint64_t g = 0x9e3779b97f4a7c15u;
    return digest_finish(digest_finish(x ^ (seed + g), 0) + (i + 1) * g, 0);
}

/* Fault 57: width, hash and seed of a sketch are laid down: these words never change. */
static void digest_fault_57(void)
{
    static const uint32_t labels[] = { 0, 1, 1, 1, 2, 2 };
    static const uint32_t halves[] = { 0, 1, 0 };
    static const uint64_t minhash[] = { 0x17e757f16cfb68cf, 0x1374c4e8c170b6c0, 0x1c2525be830bce19,
                                        0x1f5d06d320b5e639 };
    static const uint64_t bottom[] = { 0x17e757f16cfb68cf, 0x4442e4266c0ac966, 0xa0567ef80dedf5cb };
    static const uint64_t seed[2] = { 1, 2 };
    starlings_partition *p = model_partition_of(labels, 6);
    uint64_t words[12], all[3], sketch[6];
    starlings_fingerprint each[2], total;
    size_t starts[4];
    T_STATUS(starlings_partition_minhash(p, NULL, 4, 7, NULL, words), STARLINGS_OK);
    T_CHECK(memcmp(words + 4, minhash, sizeof minhash) == 0);
    T_STATUS(starlings_partition_bottom_k(p, NULL, 3, 7, NULL, starts, sketch), STARLINGS_OK);
    T_CHECK(starts[0] == 0 && starts[1] == 1 && starts[2] == 4 && starts[3] == 6);
    T_EQ_U64(starlings_bottom_k_merge(sketch + 1, 3, sketch + 4, 2, 3, all), 3);
    T_CHECK(memcmp(all, bottom, sizeof bottom) == 0);
    starlings_partition_release(p);
    p = model_partition_of(halves, 3);
    T_STATUS(starlings_partition_fingerprints(p, NULL, seed, NULL, each, &total), STARLINGS_OK);
    T_CHECK(each[0].high == 0x4f9bfc5a41ae6188 && each[0].low == 0xad3978eb977468fe);
    T_CHECK(each[1].high == 0xbc65c1d504b03559 && each[1].low == 0xc292859aa3acd58e);
    T_CHECK(total.high == 0xb675dd83cb5a3dfa && total.low == 0xb044815b2c46a7cc);
    starlings_partition_release(p);
}

/* The sketch of some records the slow way. Returns how many words. */
static size_t digest_slow_bottom(starlings_span span, const uint64_t *hashes, uint32_t k,
                                 uint64_t seed, uint64_t *out)
{
    size_t kept = 0;
    for (uint32_t i = 0; i < span.count; i++)
        out[i] = digest_slow_hash(hashes != NULL ? hashes[span.records[i]] : span.records[i], seed,
                                  0);
    qsort(out, span.count, sizeof *out, digest_compare_u64);
    for (uint32_t i = 0; i < span.count && kept < k; i++)
        if (i == 0 || out[i] != out[kept - 1])
            out[kept++] = out[i];
    return kept;
}

static void digest_sketch_is(const digest_world *w, uint32_t k, uint64_t seed,
                             const uint64_t *hashes)
{
    uint32_t entities = starlings_partition_entity_count(w->partition);
    uint64_t *words = (uint64_t *)model_new((size_t)entities * k, sizeof *words);
    uint64_t *sketch = (uint64_t *)model_new(w->n, sizeof *sketch);
    uint64_t *slow = (uint64_t *)model_new(w->n, sizeof *slow);
    size_t *starts = (size_t *)model_new((size_t)entities + 1, sizeof *starts);
    T_STATUS(starlings_partition_minhash(w->partition, NULL, k, seed, hashes, words),
             STARLINGS_OK);
    T_STATUS(starlings_partition_bottom_k(w->partition, NULL, k, seed, hashes, starts, sketch),
             STARLINGS_OK);
    for (uint32_t e = 0; e < entities; e++) {
        starlings_span span = starlings_partition_entity(w->partition, e);
        size_t count = digest_slow_bottom(span, hashes, k, seed, slow);
        T_EQ_U64(starts[e + 1] - starts[e], count);
        T_CHECK(memcmp(sketch + starts[e], slow, count * sizeof *slow) == 0);
        if (count < k)
            T_NEAR(starlings_bottom_k_cardinality(slow, count, k), (double)count, 0);
        for (uint32_t i = 0; i < k; i++) {
            uint64_t least = UINT64_MAX;
            for (uint32_t r = 0; r < span.count; r++) {
                uint64_t x = hashes != NULL ? hashes[span.records[r]] : span.records[r];
                uint64_t hash = digest_slow_hash(x, seed, i);
                least = hash < least ? hash : least;
            }
            T_CHECK(words[(size_t)e * k + i] == least);
        }
    }
    free(words);
    free(sketch);
    free(slow);
    free(starts);
}

static void digest_sketches(void)
{
    t_rng rng = t_rng_make(956);
    for (uint32_t round = 0; round < 40; round++) {
        uint32_t n = t_below(&rng, 400), groups = 1 + t_below(&rng, 20), k = 1 + t_below(&rng, 20);
        digest_world w = digest_world_make(&rng, n, groups);
        for (uint32_t r = 0; r < w.n && round % 2 == 0; r++)
            w.hashes[r] %= 50; /* many members alike */
        digest_sketch_is(&w, k, t_random(&rng), round % 4 == 3 ? NULL : w.hashes);
        digest_world_free(&w);
    }
}

/* Two sets with `common` members in both: sketches of each and of the union, by three partitions
   whose second entity they are. */
typedef struct digest_pair {
    size_t count[3]; /* a, b, union */
    uint64_t bottom[3][128];
    uint64_t minhash[3][128];
} digest_pair;

static void digest_pair_make(t_rng *rng, uint32_t a, uint32_t common, uint32_t b, uint32_t k,
                             digest_pair *out)
{
    uint32_t n = a + common + b;
    uint32_t *labels = model_u32(n);
    uint64_t *hashes = (uint64_t *)model_new(n, sizeof *hashes);
    uint64_t *words = (uint64_t *)model_new((size_t)2 * k, sizeof *words);
    uint64_t *sketch = (uint64_t *)model_new(n, sizeof *sketch);
    for (uint32_t r = 0; r < n; r++)
        hashes[r] = t_random(rng);
    for (uint32_t set = 0; set < 3; set++) {
        starlings_partition *p;
        size_t starts[3] = { 0, 0, 0 };
        uint32_t mine = set == 1 ? a : 0, end = set == 0 ? a + common : n, e;
        for (uint32_t r = 0; r < n; r++)
            labels[r] = r >= mine && r < end;
        p = model_partition_of(labels, n);
        e = mine < end ? starlings_partition_entity_of(p, mine) : 0;
        T_STATUS(starlings_partition_minhash(p, NULL, k, 9, hashes, words), STARLINGS_OK);
        T_STATUS(starlings_partition_bottom_k(p, NULL, k, 9, hashes, starts, sketch), STARLINGS_OK);
        out->count[set] = mine < end ? starts[e + 1] - starts[e] : 0;
        memcpy(out->bottom[set], sketch + starts[e], out->count[set] * sizeof *sketch);
        memset(out->minhash[set], 0xff, sizeof out->minhash[set]);
        if (mine < end)
            memcpy(out->minhash[set], words + (size_t)e * k, k * sizeof *words);
        starlings_partition_release(p);
    }
    free(labels);
    free(hashes);
    free(words);
    free(sketch);
}

static bool digest_is_nan(double x)
{
    return model_is_nan((long double)x);
}

/* A merge is the sketch of the union; while the union has at most k members nothing is estimated;
   the empty set is a set like others. */
static void digest_merges(void)
{
    static const uint64_t last[] = { (uint64_t)1 << 63, UINT64_MAX };
    static digest_pair pair;
    t_rng rng = t_rng_make(957);
    for (uint32_t round = 0; round < 60; round++) {
        uint32_t limit = round < 30 ? 12 : 80, k = 1 + t_below(&rng, 40);
        uint32_t a = t_below(&rng, limit), common = t_below(&rng, limit), b = t_below(&rng, limit);
        uint64_t merged[128];
        double got;
        size_t both = 0;
        digest_pair_make(&rng, a, common, b, k, &pair);
        T_EQ_U64(starlings_bottom_k_merge(pair.bottom[0], pair.count[0], pair.bottom[1],
                                          pair.count[1], k, merged), pair.count[2]);
        T_CHECK(memcmp(merged, pair.bottom[2], pair.count[2] * sizeof *merged) == 0);
        got = starlings_bottom_k_jaccard(pair.bottom[0], pair.count[0], pair.bottom[1],
                                         pair.count[1], k);
        for (size_t i = 0; i < pair.count[2]; i++)
            both += bsearch(&merged[i], pair.bottom[0], pair.count[0], 8, digest_compare_u64) &&
                    bsearch(&merged[i], pair.bottom[1], pair.count[1], 8, digest_compare_u64);
        T_NEAR(got, pair.count[2] == 0 ? 1.0 : (double)both / (double)pair.count[2], 1e-15);
        if (a + common + b <= k)
            T_NEAR(got, a + common + b == 0 ? 1.0 : (double)common / (a + common + b), 1e-15);
        starlings_minhash_merge(pair.minhash[0], pair.minhash[1], k, merged);
        T_CHECK(memcmp(merged, pair.minhash[2], k * sizeof *merged) == 0);
        starlings_minhash_merge(pair.minhash[0], pair.minhash[1], k, pair.minhash[0]);
        T_CHECK(memcmp(merged, pair.minhash[0], k * sizeof *merged) == 0);
    }
    T_CHECK(digest_is_nan(starlings_bottom_k_jaccard(NULL, 0, NULL, 0, 0)));
    T_NEAR(starlings_bottom_k_jaccard(NULL, 0, NULL, 0, 5), 1.0, 0);
    T_NEAR(starlings_bottom_k_cardinality(NULL, 0, 5), 0.0, 0);
    T_CHECK(digest_is_nan(starlings_bottom_k_cardinality(NULL, 0, 0)));
    T_NEAR(starlings_bottom_k_cardinality(last, 2, 3), 2.0, 0);
    T_NEAR(starlings_bottom_k_cardinality(last, 2, 2), 2.0, 0); /* never less than are there */
    T_NEAR(starlings_bottom_k_cardinality(last, 2, 1), 1.0, 0);
    T_CHECK(digest_is_nan(starlings_minhash_jaccard(NULL, NULL, 0)));
    T_EQ_U64(starlings_bottom_k_merge(NULL, 0, NULL, 0, 5, NULL), 0);
}

/* k = 128: single estimates within 5 standard deviations, and their mean over 12 pairs too. */
static void digest_errors(void)
{
    static digest_pair pair;
    static const uint32_t share[][3] = { { 100, 800, 100 }, { 500, 500, 500 }, { 900, 100, 1000 } };
    t_rng rng = t_rng_make(958);
    for (size_t s = 0; s < 3; s++) {
        uint32_t n = share[s][0] + share[s][1] + share[s][2], rounds = 12;
        double want = (double)share[s][1] / n, sum[2] = { 0, 0 };
        double sd = (double)model_sqrt((long double)(want * (1 - want) / 128));
        for (uint32_t i = 0; i < rounds; i++) {
            double got[2], size;
            digest_pair_make(&rng, share[s][0], share[s][1], share[s][2], 128, &pair);
            got[0] = starlings_minhash_jaccard(pair.minhash[0], pair.minhash[1], 128);
            got[1] = starlings_bottom_k_jaccard(pair.bottom[0], pair.count[0], pair.bottom[1],
                                                pair.count[1], 128);
            T_NEAR(got[0], want, 5 * sd);
            T_NEAR(got[1], want, 5 * sd);
            sum[0] += got[0];
            sum[1] += got[1];
            size = starlings_bottom_k_cardinality(pair.bottom[2], pair.count[2], 128);
            T_NEAR(size / n, 1.0, 5 / 11.2);
        }
        for (int i = 0; i < 2; i++)
            T_NEAR(sum[i] / rounds, want, 5 * sd / (double)model_sqrt(rounds));
    }
}

/* ---- the loop over entities ---------------------------------------------------- */

typedef struct digest_calls {
    const starlings_partition *partition;
    uint32_t *calls;    /* of each entity */
    uint32_t bad_every; /* entities that are multiples of it, from bad_from on, fail */
    uint32_t bad_from;
    uint32_t next; /* the entity that is due, if in order */
    bool in_order;
} digest_calls;

static starlings_status digest_call(void *ctx, uint32_t entity, starlings_span records)
{
    digest_calls *c = (digest_calls *)ctx;
    starlings_span span = starlings_partition_entity(c->partition, entity);
    c->calls[entity] += span.records == records.records && span.count == records.count ? 1 : 100;
    if (c->in_order && entity != c->next++)
        c->calls[entity] += 100;
    if (entity >= c->bad_from && entity % c->bad_every == 0)
        return entity % 2 == 0 ? STARLINGS_ERR_FORMAT : STARLINGS_ERR_IO;
    return STARLINGS_OK;
}

/* 1 to 4 threads, and hooks that run tasks in odd orders. */
static starlings_workers digest_workers(uint32_t kind)
{
    starlings_workers w = { NULL, NULL, 0 };
    w.count = kind < 4 ? kind + 1 : 5;
    w.run = kind == 4 ? faults_run_backwards : kind == 5 ? faults_run_odd_first : NULL;
    return w;
}

static void digest_map_round(starlings_map_desc *desc, digest_calls *c, uint32_t entities)
{
    uint32_t first = (c->bad_from + c->bad_every - 1) / c->bad_every * c->bad_every;
    starlings_error error;
    memset(&error, 0, sizeof error);
    desc->env.error = &error;
    c->calls = model_u32(entities);
    memset(c->calls, 0, entities * sizeof *c->calls);
    c->in_order = !desc->parallel;
    c->next = 0;
    T_STATUS(starlings_partition_map(c->partition, desc), first >= entities ? STARLINGS_OK
                                                          : first % 2 == 0  ? STARLINGS_ERR_FORMAT
                                                                            : STARLINGS_ERR_IO);
    T_EQ_U64(error.at, first >= entities ? 0 : first);
    for (uint32_t e = 0; e < entities; e++) {
        if (e <= first)
            T_EQ_U64(c->calls[e], 1);
        else
            T_CHECK(c->calls[e] <= (desc->parallel ? 1u : 0u));
    }
    free(c->calls);
}

static void digest_map(void)
{
    t_rng rng = t_rng_make(959);
    digest_world w = digest_world_make(&rng, 2000, 500);
    uint32_t entities = starlings_partition_entity_count(w.partition);
    starlings_map_desc desc;
    digest_calls c;
    memset(&desc, 0, sizeof desc);
    memset(&c, 0, sizeof c);
    c.partition = w.partition;
    desc.function = digest_call;
    desc.ctx = &c;
    for (uint32_t kind = 0; kind < 6; kind++)
        for (uint32_t round = 0; round < 12; round++) {
            desc.env.workers = digest_workers(kind);
            desc.parallel = round % 2 == 1;
            c.bad_every = round % 4 < 2 ? 1 : 1 + t_below(&rng, 300);
            c.bad_from = round < 4 ? entities : t_below(&rng, entities);
            digest_map_round(&desc, &c, entities);
        }
    T_STATUS(starlings_partition_map(NULL, &desc), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_map(w.partition, NULL), STARLINGS_ERR_ARG);
    desc.function = NULL;
    desc.env.error = NULL;
    T_STATUS(starlings_partition_map(w.partition, &desc), STARLINGS_ERR_ARG);
    digest_world_free(&w);
}

/* Each operation over a partition, and a hash of what it gave, under an env. */
enum { DIGEST_CALLS = 10 };

static starlings_status digest_do(uint32_t call, const starlings_env *env, const digest_world *w,
                                  starlings_hierarchy *h, uint64_t *out_hash)
{
    static const uint64_t seed[2] = { 3, 4 };
    static const uint32_t keys[] = { 10, 300000, 700000 };
    const starlings_partition *p = w->partition;
    size_t n = w->n, entities = starlings_partition_entity_count(p), size = 32 * (n + 1);
    unsigned char *out = (unsigned char *)model_new(size, 1);
    size_t *starts = (size_t *)model_new(entities + 1, sizeof *starts), count = 0;
    starlings_fingerprint total = { 0, 0 };
    starlings_status status;
    starlings_span span = { p->records, w->n };
    memset(out, 0, size);
    memset(starts, 0, (entities + 1) * sizeof *starts);
    if (call < 3)
        status = starlings_partition_digests(p, env, digest_kinds[call], out);
    else if (call < 6)
        status = starlings_partition_stable_digests(p, env, digest_kinds[call - 3], w->digests,
                                                    out);
    else if (call == 6)
        status = starlings_partition_fingerprints(p, env, seed, w->hashes, NULL, &total);
    else if (call == 7)
        status = starlings_partition_bottom_k(p, env, 4, 11, w->hashes, starts,
                                              (uint64_t *)(void *)out);
    else if (call == 8)
        status = starlings_entity_sources(env, span, w->labels,
                                          (starlings_source_count *)(void *)out, n, &count);
    else
        status = starlings_hierarchy_fingerprints(h, env, seed, w->hashes, keys, 3,
                                                  (starlings_fingerprint *)(void *)out);
    if (call == 7 && status == STARLINGS_OK)
        memset(out + 8 * starts[entities], 0, size - 8 * starts[entities]);
    *out_hash = model_hash(model_hash(model_hash(0, out, size), starts,
                                      (entities + 1) * sizeof *starts), &total, sizeof total);
    *out_hash = model_hash(*out_hash, &count, sizeof count);
    free(out);
    free(starts);
    return status;
}

static void digest_worker_counts(void)
{
    t_rng rng = t_rng_make(960);
    digest_world w = digest_world_make(&rng, 34000, 9000);
    size_t size = (size_t)9000 * 3 * sizeof(uint64_t);
    uint64_t *words[2] = { (uint64_t *)model_new(size, 1), (uint64_t *)model_new(size, 1) };
    memset(words[0], 0, size);
    memset(words[1], 0, size);
    for (uint32_t r = 0; r < 17000; r++)
        w.labels[r] = w.labels[r] < 4500 ? 1 : w.labels[r]; /* a quarter is one giant */
    starlings_partition_release(w.partition);
    w.partition = model_partition_of(w.labels, w.n);
    for (uint32_t call = 0; call < 8; call++) {
        uint64_t want = 0, got;
        for (uint32_t kind = 0; kind < 6; kind++) {
            starlings_env env;
            memset(&env, 0, sizeof env);
            env.workers = digest_workers(kind);
            T_STATUS(digest_do(call, &env, &w, NULL, &got), STARLINGS_OK);
            want = kind == 0 ? got : want;
            T_CHECK(got == want);
            if (call > 0)
                continue;
            T_STATUS(starlings_partition_minhash(w.partition, &env, 3, 5, w.hashes,
                                                 words[kind > 0]), STARLINGS_OK);
            T_CHECK(kind == 0 || memcmp(words[0], words[1], size) == 0);
        }
    }
    free(words[0]);
    free(words[1]);
    digest_world_free(&w);
}

/* Every allocation fails once, and from there on: ERR_NOMEM, nothing written, nothing leaked. */
static void digest_refuse(uint32_t call, const digest_world *w, starlings_hierarchy *h,
                          bool for_ever)
{
    uint64_t untouched = 0, hash = 0;
    starlings_status status = STARLINGS_ERR_NOMEM;
    for (size_t fail_at = 0; status == STARLINGS_ERR_NOMEM && fail_at < 20; fail_at++) {
        faults f = faults_make();
        starlings_error error;
        starlings_env env;
        memset(&env, 0, sizeof env);
        memset(&error, 0, sizeof error);
        f.fail_at = fail_at;
        f.for_ever = for_ever;
        env.allocator = faults_allocator(&f);
        env.error = &error;
        env.workers.count = 2;
        status = digest_do(call, &env, w, h, &hash);
        T_EQ_U64(f.live, 0);
        T_EQ_U64(f.broken, 0);
        if (fail_at == 0)
            untouched = hash;
        if (status == STARLINGS_OK)
            T_EQ_U64(f.failed, 0);
        else
            T_STATUS(error.status, STARLINGS_ERR_NOMEM);
        T_CHECK((status == STARLINGS_OK) == (hash != untouched));
    }
    T_STATUS(status, STARLINGS_OK);
}

static void digest_faults(void)
{
    t_rng rng = t_rng_make(961);
    model_graph g = model_random_graph(&rng, 90, 300);
    starlings_hierarchy *h = model_build(g.edges, g.m, g.n, 0, false);
    digest_world w = digest_world_make(&rng, 1000, 300);
    digest_world small = digest_world_make(&rng, g.n, 300);
    T_CHECK(g.n > 0);
    for (uint32_t call = 0; call < DIGEST_CALLS; call++) {
        digest_refuse(call, call == 9 ? &small : &w, h, false);
        digest_refuse(call, call == 9 ? &small : &w, h, true);
    }
    digest_world_free(&small);
    digest_world_free(&w);
    starlings_hierarchy_release(h);
    model_graph_free(&g);
}

/* ---- small things -------------------------------------------------------------- */

static void digest_sources(void)
{
    t_rng rng = t_rng_make(962);
    for (uint32_t round = 0; round < 60; round++) {
        uint32_t n = round < 4 ? round : t_below(&rng, 150), kinds = 1 + t_below(&rng, 9);
        uint32_t *source = model_u32(n), *ids = model_u32(n), seen[9] = { 0 };
        starlings_source_count got[9], less[2];
        starlings_span span;
        size_t count = 77, again, at = 0;
        for (uint32_t i = 0; i < n; i++) {
            source[i] = t_below(&rng, kinds) * 1000003;
            ids[i] = n - 1 - i;
            seen[source[i] / 1000003]++;
        }
        span.records = ids;
        span.count = n;
        T_STATUS(starlings_entity_sources(NULL, span, source, got, 9, &count), STARLINGS_OK);
        T_STATUS(starlings_entity_sources(NULL, span, source, less, 2, &again), STARLINGS_OK);
        T_EQ_U64(again, count);
        for (uint32_t s = 0; s < 9; s++) {
            if (seen[s] == 0)
                continue;
            T_REQUIRE(at < count);
            T_CHECK(got[at].source == s * 1000003 && got[at].records == seen[s]);
            T_CHECK(at >= 2 || (less[at].source == s * 1000003 && less[at].records == seen[s]));
            at++;
        }
        T_EQ_U64(at, count);
        T_STATUS(starlings_entity_sources(NULL, span, source, NULL, 0, &again), STARLINGS_OK);
        T_EQ_U64(again, count);
        free(source);
        free(ids);
    }
}

static void digest_empty(void)
{
    static const uint32_t keys[] = { 0, 5 };
    starlings_partition *empty = model_partition_of(NULL, 0);
    starlings_hierarchy *none = model_build(NULL, 0, 0, 0, false);
    starlings_fingerprint print[2] = { { 1, 1 }, { 1, 1 } };
    starlings_map_desc desc;
    size_t starts[1] = { 7 };
    memset(&desc, 0, sizeof desc);
    desc.function = digest_call;
    desc.parallel = true;
    T_STATUS(starlings_partition_map(empty, &desc), STARLINGS_OK);
    T_STATUS(starlings_partition_entity_sizes(empty, NULL), STARLINGS_OK);
    T_STATUS(starlings_partition_digests(empty, NULL, STARLINGS_DIGEST_MD5, NULL), STARLINGS_OK);
    T_STATUS(starlings_partition_stable_digests(empty, NULL, STARLINGS_DIGEST_MD5, NULL, NULL),
             STARLINGS_OK);
    T_STATUS(starlings_partition_minhash(empty, NULL, 3, 0, NULL, NULL), STARLINGS_OK);
    T_STATUS(starlings_partition_bottom_k(empty, NULL, 3, 0, NULL, starts, NULL), STARLINGS_OK);
    T_EQ_U64(starts[0], 0);
    T_STATUS(starlings_partition_fingerprints(empty, NULL, NULL, NULL, NULL, print), STARLINGS_OK);
    T_CHECK(print[0].low == 0 && print[0].high == 0);
    print[0].low = 1;
    T_STATUS(starlings_hierarchy_fingerprints(none, NULL, NULL, NULL, keys, 2, print),
             STARLINGS_OK);
    T_CHECK(print[0].low == 0 && print[0].high == 0 && print[1].low == 0 && print[1].high == 0);
    starlings_partition_release(empty);
    starlings_hierarchy_release(none);
}

static void digest_arguments(void)
{
    static const uint32_t labels[] = { 0, 0, 1 }, bad_keys[] = { 5, 5 }, high[] = { 1000001 };
    starlings_partition *p = model_partition_of(labels, 3);
    starlings_hierarchy *h = model_build(NULL, 0, 3, 0, false);
    starlings_digest_kind no_kind = (starlings_digest_kind)9, md5 = STARLINGS_DIGEST_MD5;
    starlings_fingerprint print = { 1, 1 };
    starlings_digest d;
    starlings_error error;
    starlings_env env;
    starlings_text bad = { NULL, 1 };
    starlings_source_count source;
    starlings_span span = { NULL, 2 };
    unsigned char out[3 * 32];
    uint32_t sizes[2];
    uint64_t words[3];
    size_t starts[3], count;
    memset(&env, 0, sizeof env);
    memset(out, 0, sizeof out);
    env.error = &error;
    T_EQ_U64(starlings_digest_size(no_kind), 0);
    T_STATUS(starlings_digest_begin(NULL, md5), STARLINGS_ERR_ARG);
    T_STATUS(starlings_digest_begin(&d, no_kind), STARLINGS_ERR_ARG);
    T_STATUS(starlings_digest_begin_keyed(&d, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_digest_begin_derived(&d, bad), STARLINGS_ERR_ARG);
    T_STATUS(starlings_digest_begin(&d, md5), STARLINGS_OK);
    starlings_digest_add(&d, NULL, 0);
    T_STATUS(starlings_digest_end(&d, out, 17), STARLINGS_ERR_RANGE);
    T_STATUS(starlings_digest_end(&d, NULL, 0), STARLINGS_OK);
    T_STATUS(starlings_digest_end(&d, NULL, 1), STARLINGS_ERR_ARG);
    T_STATUS(starlings_digest_end(NULL, out, 1), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_digests(NULL, NULL, md5, out), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_digests(p, NULL, no_kind, out), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_digests(p, NULL, md5, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_stable_digests(p, NULL, md5, NULL, out), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_stable_digests(NULL, NULL, md5, out, out), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_fingerprints(p, NULL, NULL, NULL, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_minhash(p, &env, 0, 0, NULL, words), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_minhash(p, NULL, 1, 0, NULL, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_bottom_k(p, &env, 0, 0, NULL, starts, words), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_bottom_k(p, NULL, 1, 0, NULL, NULL, words), STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_fingerprints(h, &env, NULL, NULL, bad_keys, 2, &print),
             STARLINGS_ERR_ARG);
    T_EQ_U64(error.at, 1);
    T_STATUS(starlings_hierarchy_fingerprints(h, &env, NULL, NULL, high, 1, &print),
             STARLINGS_ERR_ARG);
    T_STATUS(starlings_hierarchy_fingerprints(h, NULL, NULL, NULL, NULL, 0, NULL), STARLINGS_OK);
    T_STATUS(starlings_hierarchy_fingerprints(NULL, NULL, NULL, NULL, NULL, 0, NULL),
             STARLINGS_ERR_ARG);
    T_CHECK(print.low == 1 && print.high == 1);
    T_STATUS(starlings_entity_sources(NULL, span, NULL, &source, 1, &count), STARLINGS_ERR_ARG);
    T_STATUS(starlings_entity_sources(NULL, span, labels, &source, 1, NULL), STARLINGS_ERR_ARG);
    T_STATUS(starlings_partition_entity_sizes(p, sizes), STARLINGS_OK);
    T_CHECK(sizes[0] == 2 && sizes[1] == 1);
    T_STATUS(starlings_partition_entity_sizes(p, NULL), STARLINGS_ERR_ARG);
    starlings_partition_release(p);
    starlings_hierarchy_release(h);
}

static void test_digest(void)
{
    digest_vectors();
    digest_trees();
    for (int k = 0; k < 3; k++)
        digest_splits(digest_kinds[k]);
    digest_partitions();
    digest_fault_54();
    digest_identities();
    digest_contexts();
    digest_fingerprints();
    digest_fingerprint_laws();
    digest_fault_57();
    digest_sketches();
    digest_merges();
    digest_errors();
    digest_map();
    digest_worker_counts();
    digest_faults();
    digest_sources();
    digest_empty();
    digest_arguments();
}
