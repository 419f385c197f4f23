/* static_a.c - a private copy, with the linker; static_b.c holds another in the same program. */
#define STARLINGS_STATIC
#define STARLINGS_IMPLEMENTATION
#include "smoke_linker.h"

bool static_b(void);

int main(void)
{
    return smoke_linker() && static_b() ? 0 : 1;
}
