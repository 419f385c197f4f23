/* fuzz.h - what all fuzz targets share: a check that stops the run, and, where libFuzzer is not
   linked, a main that replays files. */
#ifndef STARLINGS_TEST_FUZZ_H
#define STARLINGS_TEST_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUZZ_REQUIRE(c)                                                   \
    do {                                                                  \
        if (!(c)) {                                                       \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #c); \
            abort();                                                      \
        }                                                                 \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#ifndef FUZZ_WITH_LIBFUZZER
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        static uint8_t bytes[1 << 20];
        FILE *file = fopen(argv[i], "rb");
        size_t size;
        if (file == NULL) {
            fprintf(stderr, "%s: cannot open\n", argv[i]);
            return 1;
        }
        size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        (void)LLVMFuzzerTestOneInput(bytes, size);
    }
    printf("%d files replayed\n", argc - 1);
    return 0;
}
#endif

#endif
