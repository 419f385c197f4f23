/* user_b.c - the other user. */
#include "../../starlings.h"
#include <string.h>

bool user_b(starlings_status status);
bool user_b(starlings_status status)
{
    return strcmp(starlings_status_text(status), "the allocator returned NULL") == 0;
}
