/* user_a.c - one of two users of the same declarations; has main. */
#include "smoke.h"

bool user_b(starlings_status status);

int main(void)
{
    return smoke() && user_b(STARLINGS_ERR_NOMEM) ? 0 : 1;
}
