/* test_portable.c - the portable format: a plain writer and a plain reader beside the library's, on
   made vectors, the official files, damaged files, random sets in any types, and real data. */

enum { PORTABLE_MOST = 8208 * 16, PORTABLE_CHUNKS = 16 };

static starlings_bitmap_env portable_env(faults *f)
{
    starlings_bitmap_env env;
    memset(&env, 0, sizeof env);
    env.allocator = faults_allocator(f);
    return env;
}

/* ---- a plain model: one byte for each of 65536, written and read without any cleverness */

static uint8_t portable_in[65536];

static void portable_le(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i & 255);
}

static uint32_t portable_from(const uint8_t *at, int bytes)
{
    uint32_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

/* The first v >= from with portable_in[v] == what; 65536: none. */
static uint32_t portable_next(uint32_t from, int what)
{
    const void *at = from < 65536 ? memchr(portable_in + from, what, 65536 - from) : NULL;
    return at == NULL ? 65536 : (uint32_t)((const uint8_t *)at - portable_in);
}

/* 'a', 'b' or 'r' of what portable_in holds, after `out` or nowhere; returns its size. */
static size_t portable_model_payload(char type, uint8_t *out)
{
    size_t members = 0, runs = 0;
    if (out != NULL && type == 'b')
        memset(out, 0, 8192);
    for (uint32_t v = portable_next(0, 1), end; v < 65536; v = portable_next(end, 1), runs++) {
        end = portable_next(v, 0);
        if (out != NULL && type == 'r') {
            portable_le(out + 2 + 4 * runs, v, 2);
            portable_le(out + 4 + 4 * runs, end - v - 1, 2);
        }
        for (; v < end; v++, members++) {
            if (out != NULL && type == 'a')
                portable_le(out + 2 * members, v, 2);
            if (out != NULL && type == 'b')
                out[v / 8] = (uint8_t)(out[v / 8] | 1 << v % 8);
        }
    }
    if (out != NULL && type == 'r')
        portable_le(out, runs, 2);
    return type == 'a' ? 2 * members : type == 'b' ? 8192 : 2 + 4 * runs;
}

/* How many members of one chunk there are from members[at] on; portable_in is they. */
static size_t portable_model_chunk(const uint32_t *members, size_t count, size_t at)
{
    size_t n = 0;
    memset(portable_in, 0, sizeof portable_in);
    for (; at + n < count && members[at + n] >> 16 == members[at] >> 16; n++)
        portable_in[members[at + n] & 65535] = 1;
    return n;
}

/* The smallest type: an array and then a bitset win ties. */
static char portable_model_type(size_t n)
{
    size_t runs = portable_model_payload('r', NULL), other = n <= 4096 ? 2 * n : 8192;
    return runs < other ? 'r' : n <= 4096 ? 'a' : 'b';
}

/* The canonical bytes of ascending members. */
static size_t portable_model_write(const uint32_t *members, size_t count, uint8_t *out)
{
    char types[PORTABLE_CHUNKS + 1];
    size_t chunks = 0, runs = 0, at = 0, entry, offset, payload;
    for (size_t n; at < count; at += n, chunks++) {
        n = portable_model_chunk(members, count, at);
        types[chunks] = portable_model_type(n);
        runs += types[chunks] == 'r';
    }
    memset(out, 0, 8 + chunks);
    portable_le(out, 12346, 4);
    portable_le(out + 4, chunks, 4);
    entry = 8;
    if (runs > 0) {
        memset(out, 0, 8 + chunks);
        portable_le(out, 12347 + ((chunks - 1) << 16), 4);
        entry = 4 + (chunks + 7) / 8;
        for (size_t i = 0; i < chunks; i++)
            if (types[i] == 'r')
                out[4 + i / 8] = (uint8_t)(out[4 + i / 8] | 1 << i % 8);
    }
    offset = entry + 4 * chunks;
    payload = runs > 0 && chunks < 4 ? offset : offset + 4 * chunks;
    at = 0;
    for (size_t i = 0, n; i < chunks; i++, at += n) {
        n = portable_model_chunk(members, count, at);
        portable_le(out + entry + 4 * i, members[at] >> 16, 2);
        portable_le(out + entry + 4 * i + 2, n - 1, 2);
        if (runs == 0 || chunks >= 4)
            portable_le(out + offset + 4 * i, payload, 4);
        payload += portable_model_payload(types[i], out + payload);
    }
    return payload;
}

/* Read a payload with no thought for order, write it again in order, and look whether that is
   what was there. Returns its size, 0 if it breaks a rule. */
static size_t portable_model_take(const uint8_t *at, size_t left, char type, uint32_t count)
{
    static uint8_t again[65536 * 2 + 2];
    size_t size = type == 'a' ? (size_t)2 * count : 8192, n = 0;
    if (type == 'r')
        size = left < 2 ? 2 : 2 + (size_t)4 * portable_from(at, 2);
    if (left < size)
        return 0;
    memset(portable_in, 0, sizeof portable_in);
    for (uint32_t i = 0; type == 'a' && i < count; i++)
        portable_in[portable_from(at + 2 * i, 2)] = 1;
    for (uint32_t v = 0; type == 'b' && v < 65536; v++)
        portable_in[v] = at[v / 8] >> v % 8 & 1;
    for (size_t i = 2; type == 'r' && i < size; i += 4) {
        uint32_t first = portable_from(at + i, 2), more = portable_from(at + i + 2, 2);
        if (first + more > 65535)
            return 0;
        memset(portable_in + first, 1, more + 1);
    }
    n = portable_model_payload('a', NULL) / 2;
    if (n != count || portable_model_payload(type, NULL) != size)
        return 0;
    portable_model_payload(type, again);
    return memcmp(again, at, size) == 0 ? size : 0;
}

/* What a strict reader makes of bytes: false, or the members (into an array of room for 65536 of
   each of PORTABLE_CHUNKS chunks) and how many bytes were used. */
static bool portable_model_read(const uint8_t *b, size_t size, uint32_t *members, size_t *out_count,
                                size_t *out_used)
{
    uint32_t chunks, last = 0;
    bool flags;
    size_t entry, offset, payload;
    *out_count = 0;
    if (size < 4)
        return false;
    flags = portable_from(b, 2) == 12347;
    if (!flags && (portable_from(b, 4) != 12346 || size < 8))
        return false;
    chunks = flags ? portable_from(b + 2, 2) + 1 : portable_from(b + 4, 4);
    if (chunks > 65536)
        return false;
    entry = flags ? 4 + (chunks + 7) / 8 : 8;
    offset = entry + 4 * chunks;
    payload = flags && chunks < 4 ? offset : offset + 4 * chunks;
    if (payload > size)
        return false;
    for (uint32_t i = chunks; flags && i < (chunks + 7) / 8 * 8; i++)
        if ((b[4 + i / 8] >> i % 8 & 1) != 0)
            return false;
    for (uint32_t i = 0; i < chunks; i++) {
        uint32_t key = portable_from(b + entry + 4 * i, 2);
        uint32_t n = portable_from(b + entry + 4 * i + 2, 2) + 1;
        char type = flags && (b[4 + i / 8] >> i % 8 & 1) != 0 ? 'r' : n <= 4096 ? 'a' : 'b';
        size_t took;
        if ((i > 0 && key <= last) ||
            (payload >= offset + 4 && !(flags && chunks < 4) &&
             portable_from(b + offset + 4 * i, 4) != payload))
            return false;
        took = portable_model_take(b + payload, size - payload, type, n);
        if (took == 0)
            return false;
        for (uint32_t v = portable_next(0, 1); v < 65536 && i < PORTABLE_CHUNKS;
             v = portable_next(v + 1, 1))
            members[(*out_count)++] = key << 16 | v;
        payload += took;
        last = key;
    }
    *out_used = payload;
    return true;
}

/* ---- what a set of the library holds, read without its functions */

static uint32_t portable_half(const void *payload, size_t i)
{
    uint16_t half;
    memcpy(&half, (const char *)payload + 2 * i, 2);
    return half;
}

static size_t portable_members_of(const stln_bmb *b, uint32_t *members)
{
    size_t count = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        const stln_chunk *c = b->chunks + i;
        uint32_t high = (uint32_t)b->keys[i] << 16;
        size_t before = count;
        for (size_t v = 0; c->type == STLN_CHUNK_ARRAY && v <= c->less; v++)
            members[count++] = high | portable_half(c->payload, v);
        for (size_t v = 0; c->type == STLN_CHUNK_RUN && v <= c->runs; v++)
            for (uint32_t m = 0; m <= portable_half(c->payload, 2 * v + 1); m++)
                members[count++] = high | (portable_half(c->payload, 2 * v) + m);
        for (uint32_t v = 0; c->type == STLN_CHUNK_BITSET && v < 65536; v++) {
            uint64_t word;
            memcpy(&word, (const char *)c->payload + v / 64 * 8, 8);
            if ((word >> v % 64 & 1) != 0)
                members[count++] = high | v;
        }
        T_EQ_U64(count - before, c->less + 1);
    }
    T_EQ_U64(count, b->cardinality);
    return count;
}

static bool portable_same(const uint32_t *a, const uint32_t *b, size_t count)
{
    return count == 0 || memcmp(a, b, count * sizeof *a) == 0;
}

static const starlings_simd portable_levels[] = { STARLINGS_SIMD_SCALAR, STARLINGS_SIMD_SSE42,
                                                  STARLINGS_SIMD_AVX2, STARLINGS_SIMD_NEON };

/* A copy of bytes that ends where its block ends, at an address that is `odd` or not. */
static uint8_t *portable_block(const uint8_t *bytes, size_t size, size_t odd, uint8_t **out_bytes)
{
    uint8_t *block = (uint8_t *)malloc(size + odd + (size + odd == 0));
    *out_bytes = block == NULL ? NULL : block + odd;
    if (block != NULL && size > 0)
        memcpy(block + odd, bytes, size);
    return block;
}

/* Check bytes at every level, at an even and at an odd address: the same answer everywhere. */
static starlings_status portable_check(const uint8_t *bytes, size_t size, size_t *out_used,
                                       uint64_t *out_members, uint32_t *out_chunks)
{
    starlings_status first = STARLINGS_OK;
    for (size_t i = 0; i < 8; i++) {
        uint8_t *at, *block = portable_block(bytes, size, i & 1, &at);
        size_t used = SIZE_MAX;
        uint64_t members = 1;
        uint32_t chunks = 1;
        starlings_status status;
        T_CHECK(block != NULL);
        if (block == NULL)
            return STARLINGS_ERR_NOMEM;
        status = stln_portable_check(at, size, portable_levels[i / 2], &used, &members, &chunks);
        free(block);
        if (i > 0) {
            T_STATUS(status, first);
            T_EQ_U64(used, *out_used);
            T_EQ_U64(members, *out_members);
            T_EQ_U64(chunks, *out_chunks);
        }
        first = status;
        *out_used = used;
        *out_members = members;
        *out_chunks = chunks;
        T_CHECK(used <= size || status != STARLINGS_OK);
    }
    T_CHECK(first == STARLINGS_OK || (first == STARLINGS_ERR_FORMAT && *out_members == 0));
    return first;
}

/* Accepted bytes: a copy and a view of them hold the same members and write canonical bytes. */
static void portable_is(const uint8_t *bytes, size_t size, const uint32_t *members, size_t count,
                        const uint8_t *canonical, size_t canonical_size)
{
    uint32_t *seen = (uint32_t *)malloc((count + 1) * sizeof *seen);
    uint8_t *out = (uint8_t *)malloc(canonical_size + 1);
    T_REQUIRE(seen != NULL && out != NULL);
    for (size_t i = 0; i < 4; i++) {
        faults f = faults_make();
        starlings_bitmap_env env = portable_env(&f);
        uint8_t *at, *block = portable_block(bytes, size, i & 1, &at);
        stln_bmb *b;
        T_REQUIRE(block != NULL);
        b = i < 2 ? stln_bmb_from_portable(&env, at, size) : stln_bmb_view(&env, at, size);
        T_REQUIRE(b != NULL);
        T_CHECK(f.calls == (count > 0 ? 2 : 1) && b->view == (i >= 2));
        T_EQ_U64(b->cardinality, count);
        if (b->cardinality == count) {
            T_EQ_U64(portable_members_of(b, seen), count);
            T_CHECK(portable_same(seen, members, count));
        }
        T_EQ_U64(stln_bmb_portable_size(b), canonical_size);
        out[canonical_size] = 0xa5;
        if (stln_bmb_portable_size(b) == canonical_size) {
            T_EQ_U64(stln_bmb_portable_write(b, out, canonical_size - 1), 0);
            T_EQ_U64(stln_bmb_portable_write(b, out, canonical_size), canonical_size);
            T_CHECK(memcmp(out, canonical, canonical_size) == 0);
        }
        T_EQ_U64(out[canonical_size], 0xa5);
        stln_bmb_free(&env, b);
        free(block);
        T_CHECK(f.live == 0 && f.broken == 0);
    }
    free(seen);
    free(out);
}

/* Any bytes of at most PORTABLE_CHUNKS chunks (if accepted): the library says what the model says.
   Returns whether they were accepted. */
static bool portable_judge(const uint8_t *bytes, size_t size)
{
    static uint32_t members[65536 * PORTABLE_CHUNKS];
    static uint8_t canonical[PORTABLE_MOST];
    size_t count = 0, model_used = 0, used = 0;
    uint64_t cardinality = 0;
    uint32_t chunks = 0;
    bool good = portable_model_read(bytes, size, members, &count, &model_used);
    T_STATUS(portable_check(bytes, size, &used, &cardinality, &chunks),
             good ? STARLINGS_OK : STARLINGS_ERR_FORMAT);
    if (!good)
        return false;
    T_EQ_U64(used, model_used);
    T_EQ_U64(cardinality, count);
    if (chunks <= PORTABLE_CHUNKS && cardinality == count)
        portable_is(bytes, size, members, count, canonical,
                    portable_model_write(members, count, canonical));
    return true;
}

/* ---- rules and places */

/* Chunks: 1 array 5 9 12; 2 runs 3..7 20..20; 4 bitset of even numbers; 9 array; runs to 65535. */
static size_t portable_sample(uint8_t *out)
{
    static uint32_t members[40000];
    static const uint32_t few[] = { 65541, 65545, 65548, 131075, 131076, 131077, 131078, 131079,
                                    131081, 131082, 131083, 131084, 131085, 131086 };
    size_t count = sizeof few / sizeof few[0];
    memcpy(members, few, sizeof few);
    for (uint32_t v = 0; v < 65536; v += 2)
        members[count++] = 4u << 16 | v;
    members[count++] = 9u << 16 | 7;
    for (uint32_t v = 65000; v < 65536; v++)
        members[count++] = 70u << 16 | v;
    return portable_model_write(members, count, out);
}

static void portable_place(const uint8_t *bytes, size_t size, size_t place)
{
    size_t used = 0;
    uint64_t members;
    uint32_t chunks;
    T_STATUS(portable_check(bytes, size, &used, &members, &chunks), STARLINGS_ERR_FORMAT);
    T_EQ_U64(used, place);
}

/* The sample with `bytes` bytes at `at` changed. */
static void portable_broken(size_t at, uint32_t value, int bytes, size_t place)
{
    static uint8_t b[PORTABLE_MOST];
    size_t size = portable_sample(b);
    T_REQUIRE(at + (size_t)bytes <= size);
    portable_le(b + at, value, bytes);
    portable_place(b, size, place);
}

/* The layout of the sample: cookie 0, flags 4, entries 5, offsets 25, payloads 45: array of 3,
   51: two runs, 61: bitset, 8253: array of 1, 8255: one run, 8261. */
static void portable_places(void)
{
    static uint8_t b[PORTABLE_MOST];
    static const uint8_t many[8] = { 0x3a, 0x30, 0, 0, 1, 0, 1, 0 };
    size_t size = portable_sample(b);
    T_EQ_U64(size, 8261);
    T_CHECK(portable_judge(b, size));
    portable_broken(0, 12345, 2, 0);
    portable_broken(0, 12346, 2, 0); /* not all of its 32 bits */
    portable_broken(4, 0x32, 1, 4);  /* flag 5 of 5 chunks */
    portable_broken(4, 0x92, 1, 4);
    portable_broken(9, 1, 2, 9);   /* the second key is the first again */
    portable_broken(21, 8, 2, 21); /* the last key is smaller */
    portable_broken(11, 11, 2, 11);   /* cardinality of runs */
    portable_broken(15, 32766, 2, 15); /* of a bitset */
    portable_broken(25, 46, 4, 25);
    portable_broken(41, 8254, 4, 41);
    portable_broken(47, 5, 2, 47); /* of the array 5 9 12 */
    portable_broken(49, 8, 2, 49);
    portable_broken(51, 0, 2, 51);
    portable_broken(57, 7, 2, 57); /* the second run begins in the first; */
    portable_broken(57, 8, 2, 57); /* or right behind it; */
    portable_broken(57, 0, 2, 57);
    portable_broken(8257, 65001, 2, 8259);
    portable_broken(8259, 536, 2, 8259);
    portable_broken(61, 0x57, 1, 15);
    portable_place(b, 0, 0);
    portable_place(b, 3, 0);
    portable_place(b, 4, 4);
    portable_place(b, 24, 5);
    portable_place(b, 44, 25);
    portable_place(b, 50, 45);
    portable_place(b, 52, 51);
    portable_place(b, 60, 51);
    portable_place(b, 8252, 61);
    portable_place(b, 8254, 8253);
    portable_place(b, 8260, 8255);
    portable_place(many, 7, 4);
    portable_place(many, 8, 4); /* 65537 chunks */
}

/* ---- files */

static size_t portable_file(const char *name, uint8_t *bytes, size_t room)
{
    char path[160];
    FILE *file;
    size_t size;
    (void)snprintf(path, sizeof path, "../shared/data/roaring/%s", name);
    file = fopen(path, "rb");
    if (file == NULL)
        return SIZE_MAX;
    size = fread(bytes, 1, room, file);
    fclose(file);
    return size;
}

static uint8_t *portable_bytes(void)
{
    static uint8_t bytes[8 << 20];
    return bytes;
}

/* Field `column` of a row; NULL if there are not so many. */
static const char *portable_field(const char *row, int column)
{
    for (; row != NULL && column > 0; column--) {
        row = row[strcspn(row, "\t\n")] == '\t' ? row + strcspn(row, "\t") + 1 : NULL;
    }
    return row;
}

/* One made vector: accepted or refused as its third column says, with the cardinality of the
   sixth. */
static void portable_vector(const char *row)
{
    const char *expect = portable_field(row, 2), *cardinality = portable_field(row, 5);
    char path[120];
    size_t size, used = 0;
    uint64_t members = 0;
    uint32_t chunks = 0;
    bool accept;
    T_REQUIRE(expect != NULL && cardinality != NULL);
    accept = strncmp(expect, "accept", 6) == 0;
    (void)snprintf(path, sizeof path, "format/made/%.*s", (int)strcspn(row, "\t"), row);
    size = portable_file(path, portable_bytes(), 1 << 20);
    T_REQUIRE(size != SIZE_MAX);
    if (portable_check(portable_bytes(), size, &used, &members, &chunks) == STARLINGS_OK) {
        T_EQ_U64(members, strtoull(cardinality, NULL, 10));
        T_EQ_U64(used, strstr(path, "trailing") != NULL ? 22 : size);
    }
    if (!t_check(portable_judge(portable_bytes(), size) == accept, "as expected", __FILE__,
                 __LINE__))
        printf("%s\n", path);
}

static void portable_vectors(void)
{
    static char table[1 << 16];
    size_t size = portable_file("format/made/EXPECT.tsv", (uint8_t *)table, sizeof table - 1);
    const char *row = table;
    unsigned rows = 0;
    if (size == SIZE_MAX) {
        T_SKIP(42, "no ../shared/data/roaring");
        return;
    }
    table[size] = '\0';
    for (row = strchr(row, '\n'); row != NULL && row[1] != '\0'; row = strchr(row, '\n')) {
        portable_vector(++row);
        rows++;
    }
    T_EQ_U64(rows, 42);
}

static void portable_official(void)
{
    static uint32_t members[200100];
    static uint8_t plain[80000], runs[60000];
    size_t plain_size = portable_file("format/bitmapwithoutruns.bin", plain, sizeof plain);
    size_t runs_size = portable_file("format/bitmapwithruns.bin", runs, sizeof runs), n = 0, used;
    uint64_t cardinality;
    uint32_t chunks;
    if (plain_size == SIZE_MAX || runs_size == SIZE_MAX) {
        T_SKIP(2, "no ../shared/data/roaring");
        return;
    }
    for (uint32_t k = 0; k < 100; k++)
        members[n++] = 1000 * k;
    for (uint32_t k = 100000; k < 200000; k++)
        members[n++] = 3 * k;
    for (uint32_t k = 700000; k < 800000; k++)
        members[n++] = k;
    T_STATUS(portable_check(plain, plain_size, &used, &cardinality, &chunks), STARLINGS_OK);
    T_CHECK(used == plain_size && cardinality == 200100);
    T_STATUS(portable_check(runs, runs_size, &used, &cardinality, &chunks), STARLINGS_OK);
    T_CHECK(used == runs_size && cardinality == 200100);
    portable_is(plain, plain_size, members, n, runs, runs_size);
    portable_is(runs, runs_size, members, n, runs, runs_size);
}

static void portable_crash(void)
{
    unsigned absent = 0;
    for (char number = '1'; number <= '6'; number++) {
        char name[40] = "format/crashproneinput0.bin";
        size_t size, used;
        uint64_t members;
        uint32_t chunks;
        *strchr(name, '0') = number;
        size = portable_file(name, portable_bytes(), 1 << 20);
        absent += size == SIZE_MAX;
        if (size != SIZE_MAX)
            T_STATUS(portable_check(portable_bytes(), size, &used, &members, &chunks),
                     STARLINGS_ERR_FORMAT);
    }
    if (absent > 0)
        T_SKIP(absent, "some of crashproneinput1 ... 6 are not there");
}

/* ---- random sets */

/* Members of chunk `key`, of a kind that has a limit or a tie in it. */
static size_t portable_random_chunk(t_rng *rng, uint32_t key, uint32_t *members)
{
    uint32_t kind = t_below(rng, 10), step = 1 + t_below(rng, 40), want = 0, n = 0, v = 0;
    memset(portable_in, kind == 5, sizeof portable_in);
    if (kind < 5)
        want = kind == 0 ? 1 : kind == 1 ? 2 + t_below(rng, 30) : kind == 2 ? 4094 + t_below(rng, 6)
             : kind == 3 ? t_below(rng, 9000) + 1 : t_below(rng, 65536) + 1;
    while (n < want) {
        uint8_t *at = portable_in + t_below(rng, 65536);
        n += *at == 0;
        *at = 1;
    }
    for (; kind == 5 && v < step; v++) /* full but for a few, or full */
        portable_in[t_below(rng, 65536)] = v + 1 == step;
    for (; kind == 6 && v < 65536; v += step + 1) /* runs of `step`, one apart */
        memset(portable_in + v, 1, v + step > 65536 ? 65536 - v : step);
    if (kind == 7) /* 2046 ... 2049 runs: the limit of bitsets is between */
        for (v = 0; v < 2046 + step % 4; v++)
            memset(portable_in + 20 * v, 1, 3);
    if (kind == 8) /* c members in r runs, 2 + 4 r near 2 c */
        for (v = 0; v < 2 * step + t_below(rng, 3); v++)
            portable_in[v * 2 - v % 2] = 1;
    if (kind == 9)
        memset(portable_in + t_below(rng, 65536) / 2, 1, 1 + t_below(rng, 32768));
    portable_in[65535] = (uint8_t)(portable_in[65535] | (step == 7));
    n = 0;
    for (v = 0; v < 65536; v++)
        if (portable_in[v])
            members[n++] = key << 16 | v;
    if (n == 0)
        members[n++] = key << 16 | step;
    return n;
}

static size_t portable_random_set(t_rng *rng, uint32_t *members)
{
    uint32_t chunks = t_below(rng, PORTABLE_CHUNKS), key = t_below(rng, 3);
    size_t count = 0;
    for (uint32_t i = 0; i < chunks; i++) {
        if (i + 1 == chunks && t_below(rng, 2) == 0)
            key = 65535;
        count += portable_random_chunk(rng, key, members + count);
        key += 1 + t_below(rng, t_below(rng, 2) == 0 ? 1 : 3000);
    }
    return count;
}

/* Payloads in host order, at any even or odd address, whose type is drawn. */
static void portable_random_type(t_rng *rng, stln_chunk *c, uint8_t *room, size_t n)
{
    uint32_t type = t_below(rng, 3);
    uint16_t half = 0, more = 0;
    size_t at = 0;
    memset(c, 0, sizeof *c);
    if (type == 0 && n > 4096)
        type = 1;
    memset(room, 0, 8192);
    for (uint32_t v = 0; v < 65536; v++) {
        uint64_t word;
        if (!portable_in[v])
            continue;
        if (type == 1) {
            memcpy(&word, room + v / 64 * 8, 8);
            word |= (uint64_t)1 << v % 64;
            memcpy(room + v / 64 * 8, &word, 8);
        } else if (type == 0) {
            half = (uint16_t)v;
            memcpy(room + at, &half, 2);
            at += 2;
        } else if (v > 0 && portable_in[v - 1]) {
            more++;
            memcpy(room + at - 2, &more, 2);
        } else {
            half = (uint16_t)v;
            more = 0;
            memcpy(room + at, &half, 2);
            memcpy(room + at + 2, &more, 2);
            at += 4;
        }
    }
    c->type = (uint8_t)(type == 0 ? STLN_CHUNK_ARRAY : type == 1 ? STLN_CHUNK_BITSET
                                                                 : STLN_CHUNK_RUN);
    c->less = (uint32_t)n - 1;
    c->runs = (uint16_t)(type == 2 ? at / 4 - 1 : 0);
    c->foreign = 1;
    c->payload = room;
}

/* One set in three choices of types: written, read, viewed and written again, the same bytes. */
static void portable_random_one(t_rng *rng)
{
    static uint32_t members[65536 * PORTABLE_CHUNKS];
    static uint8_t want[PORTABLE_MOST], rooms[PORTABLE_CHUNKS][131076];
    static stln_chunk chunks[PORTABLE_CHUNKS];
    static uint16_t keys[PORTABLE_CHUNKS];
    size_t count = portable_random_set(rng, members);
    size_t size = portable_model_write(members, count, want);
    T_REQUIRE(size <= sizeof want);
    for (int choice = 0; choice < 3; choice++) {
        stln_bmb b;
        uint8_t *out = (uint8_t *)malloc(size + 1);
        T_REQUIRE(out != NULL);
        memset(&b, 0, sizeof b);
        b.keys = keys;
        b.chunks = chunks;
        b.cardinality = count;
        for (size_t at = 0, n; at < count; at += n, b.count++) {
            n = portable_model_chunk(members, count, at);
            keys[b.count] = (uint16_t)(members[at] >> 16);
            portable_random_type(rng, chunks + b.count, rooms[b.count] + t_below(rng, 4), n);
            T_CHECK(stln_portable_is_runs(chunks + b.count) ==
                    (stln_chunk_canonical(chunks + b.count) == STLN_CHUNK_RUN));
        }
        T_EQ_U64(stln_bmb_portable_size(&b), size);
        out[choice & 1 ? 0 : size] = 0x5a;
        if (stln_bmb_portable_size(&b) == size) {
            T_EQ_U64(stln_bmb_portable_write(&b, out + (choice & 1), SIZE_MAX), size);
            T_CHECK(memcmp(out + (choice & 1), want, size) == 0);
            T_EQ_U64(out[choice & 1 ? 0 : size], 0x5a);
        }
        free(out);
    }
    T_CHECK(portable_judge(want, size));
}

static void portable_path(const starlings_bitmap_env *env, stln_bmb *b, const uint8_t *want,
                          size_t size)
{
    uint8_t *out = (uint8_t *)malloc(size);
    T_REQUIRE(b != NULL && out != NULL);
    T_EQ_U64(stln_bmb_portable_size(b), size);
    if (stln_bmb_portable_size(b) == size) {
        T_EQ_U64(stln_bmb_portable_write(b, out, SIZE_MAX), size);
        T_CHECK(memcmp(out, want, size) == 0);
    }
    free(out);
    stln_bmb_free(env, b);
}

/* One set made in several ways by the back end: its bytes are always the same. */
static void portable_paths(t_rng *rng)
{
    static uint32_t members[65536 * PORTABLE_CHUNKS], half[2][65536 * PORTABLE_CHUNKS];
    static uint8_t want[PORTABLE_MOST];
    faults f = faults_make();
    starlings_bitmap_env env = portable_env(&f);
    size_t count = portable_random_set(rng, members), halves[2] = { 0, 0 };
    size_t size = portable_model_write(members, count, want);
    stln_bmb *a, *b, *all = stln_bmb_from_sorted(&env, members, count);
    const stln_bmb *both[3];
    for (size_t i = 0; i < count; i++) {
        unsigned side = t_below(rng, 3); /* to one, the other, or both */
        for (unsigned s = 0; s < 2; s++)
            if (side != s)
                half[s][halves[s]++] = members[i];
    }
    a = stln_bmb_from_sorted(&env, half[0], halves[0]);
    b = stln_bmb_from_sorted(&env, half[1], halves[1]);
    T_REQUIRE(all != NULL && a != NULL && b != NULL);
    portable_path(&env, stln_bmb_combine(&env, STLN_OR, a, b), want, size);
    portable_path(&env, stln_bmb_combine(&env, STLN_AND, all, all), want, size);
    both[0] = a;
    both[1] = b;
    both[2] = a;
    portable_path(&env, stln_bmb_or_many(&env, both, 3), want, size);
    for (size_t i = 0; i < halves[0] && count < 100000; i++)
        T_CHECK(stln_bmb_add(&env, b, half[0][i]));
    if (count < 100000)
        portable_path(&env, b, want, size);
    else
        stln_bmb_free(&env, b);
    b = stln_bmb_combine(&env, STLN_XOR, all, a);
    T_REQUIRE(b != NULL);
    portable_path(&env, stln_bmb_combine(&env, STLN_XOR, b, a), want, size);
    stln_bmb_free(&env, a);
    stln_bmb_free(&env, b);
    b = stln_bmb_view(&env, want, size);
    T_REQUIRE(b != NULL);
    T_CHECK(stln_bmb_equals(all, b));
    portable_path(&env, stln_bmb_combine(&env, STLN_OR, b, all), want, size);
    portable_path(&env, stln_bmb_copy(&env, b), want, size);
    stln_bmb_free(&env, b);
    portable_path(&env, all, want, size);
    T_CHECK(f.live == 0 && f.broken == 0);
}

static void portable_random(void)
{
    t_rng rng = t_rng_make(0x706f7274);
    for (int i = 0; i < (t_state.big ? 600 : 10); i++)
        portable_random_one(&rng);
    for (int i = 0; i < (t_state.big ? 200 : 8); i++)
        portable_paths(&rng);
}

/* ---- damage */

/* Small sets: no, one and a few members, runs, both cookies, with and without offsets. */
static size_t portable_small(uint32_t which, uint8_t *out)
{
    static uint32_t members[70000];
    size_t count = 0;
    uint32_t chunks = which == 0 ? 0 : which < 5 ? which : which == 5 ? 1 : which == 6 ? 9 : 3;
    for (uint32_t i = 0; i < chunks; i++) {
        uint32_t high = (i * 3 + which) << 16, n = 1 + (i + which) % 4;
        for (uint32_t v = 0; v < n; v++)
            members[count++] = high | (v * 5 + i);
        if (which % 2 == 1 || which == 6)
            for (uint32_t v = 0; v < 10 + i; v++)
                members[count++] = high | (60000 + v);
    }
    if (which == 9) /* all of a chunk */
        for (uint32_t v = 0; v < 65536; v++)
            members[count++] = 99u << 16 | v;
    return portable_model_write(members, count, out);
}

static void portable_flips(uint8_t *bytes, size_t size)
{
    unsigned accepted = 0;
    T_CHECK(portable_judge(bytes, size));
    for (size_t cut = 0; cut < size; cut++)
        T_CHECK(!portable_judge(bytes, cut));
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
        accepted += portable_judge(bytes, size);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
    }
    T_CHECK(size <= 8 || accepted > 0); /* another key or member is another set */
}

static void portable_damage(void)
{
    static uint8_t bytes[PORTABLE_MOST];
    t_rng rng = t_rng_make(0x64616d61);
    for (uint32_t which = 0; which < 10; which++) {
        size_t size = portable_small(which, bytes);
        T_REQUIRE(size < 400);
        portable_flips(bytes, size);
    }
    for (int i = 0; i < (t_state.big ? 4000 : 60); i++) { /* the large sample, a bit changed */
        size_t size = portable_sample(bytes);
        for (uint32_t j = 1 + t_below(&rng, 2); j > 0; j--)
            bytes[t_below(&rng, t_below(&rng, 2) == 0 ? 61 : (uint32_t)size)] =
                (uint8_t)t_below(&rng, 256);
        (void)portable_judge(bytes, t_below(&rng, 4) == 0 ? t_below(&rng, (uint32_t)size) : size);
    }
}

static void portable_no_memory(void)
{
    static uint8_t bytes[PORTABLE_MOST];
    size_t size = portable_sample(bytes);
    for (size_t at = 0; at < 4; at++) {
        faults f = faults_make();
        starlings_bitmap_env env = portable_env(&f);
        f.fail_at = at & 1;
        T_CHECK((at < 2 ? stln_bmb_view(&env, bytes, size)
                        : stln_bmb_from_portable(&env, bytes, size)) == NULL);
        T_CHECK(f.failed == 1 && f.live == 0 && f.broken == 0);
    }
}

/* ---- real data */

static uint64_t portable_fnv(const uint32_t *members, size_t count)
{
    uint64_t hash = 1469598103934665603u; /* the basis of FNV but for its last digit */
    for (size_t i = 0; i < count; i++)
        for (int shift = 0; shift < 32; shift += 8)
            hash = (hash ^ (members[i] >> shift & 255)) * 0x100000001b3u;
    return hash;
}

/* One set against its row: set, file, cardinality, least, greatest, hash, bytes. */
static void portable_real_set(const uint8_t *bytes, size_t size, const char *row)
{
    static uint32_t members[500000];
    faults f = faults_make();
    starlings_bitmap_env env = portable_env(&f);
    const char *tab = strchr(row, '\t');
    uint64_t want[5], cardinality = 0;
    uint32_t chunks = 0;
    size_t used = 0;
    uint8_t *again = (uint8_t *)malloc(size + 1);
    stln_bmb *b;
    for (int i = 0; i < 5; i++) {
        T_REQUIRE(tab != NULL);
        tab = strchr(tab + 1, '\t');
        T_REQUIRE(tab != NULL);
        want[i] = strtoull(tab + 1, NULL, i == 3 ? 16 : 10);
    }
    T_STATUS(portable_check(bytes, size, &used, &cardinality, &chunks), STARLINGS_OK);
    T_CHECK(used == size && used == want[4] && cardinality == want[0] && cardinality <= 500000);
    b = stln_bmb_view(&env, bytes, size);
    T_REQUIRE(b != NULL && again != NULL && cardinality <= 500000);
    T_EQ_U64(portable_members_of(b, members), cardinality);
    T_EQ_U64(members[0], want[1]);
    T_EQ_U64(members[cardinality - 1], want[2]);
    T_EQ_U64(portable_fnv(members, (size_t)cardinality), want[3]);
    T_EQ_U64(stln_bmb_portable_size(b), size);
    if (stln_bmb_portable_size(b) == size) {
        (void)stln_bmb_portable_write(b, again, SIZE_MAX);
        T_CHECK(memcmp(again, bytes, size) == 0);
    }
    stln_bmb_free(&env, b);
    free(again);
    T_CHECK(f.live == 0 && f.broken == 0);
}

static void portable_real(const char *name)
{
    static char table[1 << 16];
    char path[100], *row = table;
    const uint8_t *at = portable_bytes(), *end;
    size_t size;
    (void)snprintf(path, sizeof path, "realdata/%s.tsv", name);
    size = portable_file(path, (uint8_t *)table, sizeof table - 1);
    if (size == SIZE_MAX) {
        T_SKIP(1, "no ../shared/data/roaring");
        return;
    }
    table[size] = '\0';
    (void)snprintf(path, sizeof path, "realdata/%s.rbs", name);
    size = portable_file(path, portable_bytes(), 8 << 20);
    T_REQUIRE(size != SIZE_MAX && size > 8 && memcmp(at, "RBS1", 4) == 0);
    end = at + size;
    at += 8;
    for (uint32_t sets = portable_from(at - 4, 4); sets > 0; sets--) {
        uint32_t bytes;
        row = strchr(row, '\n');
        T_REQUIRE(row != NULL && end - at >= 4);
        bytes = portable_from(at, 4);
        T_REQUIRE(bytes <= (size_t)(end - at) - 4);
        portable_real_set(at + 4, bytes, ++row);
        at += 4 + bytes;
    }
    T_CHECK(at == end);
}

static void test_portable(void)
{
    portable_places();
    portable_vectors();
    portable_official();
    portable_crash();
    portable_no_memory();
    portable_random();
    portable_damage();
    portable_real("census-income");
    portable_real("census-income_srt");
    portable_real("census1881");
    portable_real("census1881_srt");
    portable_real("uscensus2000");
    portable_real("weather_sept_85");
    portable_real("weather_sept_85_srt");
    portable_real("wikileaks-noquotes");
    portable_real("wikileaks-noquotes_srt");
}
