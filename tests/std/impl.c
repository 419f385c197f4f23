/* impl.c - the implementation alone: the one file of a user's program that has it. Other headers of
   such a file may include it too, before and after. */
#include "../../starlings.h"
#define STARLINGS_IMPLEMENTATION
#include "../../starlings.h"
#include "../../starlings.h"
