/* twice.c - declarations first, then the implementations, then both headers again and again: what
   happens when other headers include them too. */
#include "../../starlings.h"
#define STARLINGS_IMPLEMENTATION
#include "../../starlings_linker.h"
#include "../../starlings.h"
#include "../../starlings_linker.h"
#include "smoke_linker.h"

int main(void)
{
    return smoke_linker() ? 0 : 1;
}
