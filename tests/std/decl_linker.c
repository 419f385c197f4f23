/* decl_linker.c - the declarations of the linker alone, twice. */
#include "../../starlings_linker.h"
#include "../../starlings_linker.h"

starlings_relation decl_relation(starlings_interval a, starlings_interval b);
starlings_relation decl_relation(starlings_interval a, starlings_interval b)
{
    return starlings_interval_relate(a, b);
}
