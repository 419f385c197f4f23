/* decl.c - the declarations alone, twice: what every file of a user's program sees. */
#include "../../starlings.h"
#include "../../starlings.h"

const char *decl_text(void);
const char *decl_text(void)
{
    return starlings_status_text(STARLINGS_OK);
}
