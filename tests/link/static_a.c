/* static_a.c - a private copy; static_b.c holds another in the same program. */
#define STARLINGS_STATIC
#define STARLINGS_IMPLEMENTATION
#include "smoke.h"

bool static_b(void);

int main(void)
{
    return smoke() && static_b() ? 0 : 1;
}
