/* static_b.c - the second private copy, and one without libc's allocator: without one of the
   caller's nothing can be made, with one (here a piece of static memory that only grows) all of it
   works. */
#define STARLINGS_STATIC
#define STARLINGS_NO_MALLOC
#define STARLINGS_IMPLEMENTATION
#include "smoke.h"

static union {
    unsigned char bytes[1 << 22];
    long double widest; /* for the alignment */
} arena;
static size_t used;

static void *grow_only(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    unsigned char *block = arena.bytes + used;
    (void)ctx;
    if (new_size == 0 || new_size > sizeof arena.bytes - used - 15)
        return NULL;
    used += (new_size + 15) / 16 * 16;
    if (ptr != NULL)
        memcpy(block, ptr, old_size < new_size ? old_size : new_size);
    return block;
}

bool static_b(void);
bool static_b(void)
{
    starlings_env env = { 0 };
    starlings_forest_desc desc = { 0 };
    starlings_forest *forest = NULL;
    if (starlings_forest_create(&desc, &forest) != STARLINGS_ERR_ARG || smoke())
        return false;
    env.allocator.resize = grow_only;
    return smoke_with(&env);
}
