/* twice.c - declarations first, then the implementation, then the header again and again: what
   happens when other headers include it too. */
#include "../../starlings.h"
#define STARLINGS_IMPLEMENTATION
#include "../../starlings.h"
#include "../../starlings.h"
#include "smoke.h"

int main(void)
{
    return smoke() ? 0 : 1;
}
