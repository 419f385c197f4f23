/* static_b.c - the second private copy. */
#define STARLINGS_STATIC
#define STARLINGS_IMPLEMENTATION
#include "smoke.h"

bool static_b(void);
bool static_b(void)
{
    return smoke();
}
