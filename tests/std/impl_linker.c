/* impl_linker.c - both implementations in one file. Other headers of such a file may include either
   header too, before, between and after. */
#include "../../starlings_linker.h"
#define STARLINGS_IMPLEMENTATION
#include "../../starlings.h"
#include "../../starlings_linker.h"
#include "../../starlings.h"
#include "../../starlings_linker.h"
