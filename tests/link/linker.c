/* linker.c - a user of both headers, in any order and number. */
#include "../../starlings.h"
#include "../../starlings_linker.h"
#include "smoke_linker.h"

int main(void)
{
    return smoke_linker() ? 0 : 1;
}
