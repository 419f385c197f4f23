/* impl.c - the one file that holds the library's code. */
#define STARLINGS_IMPLEMENTATION
#include "../../starlings_linker.h"
