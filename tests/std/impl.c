/* impl.c - the implementation alone: the one file of a user's program that has it. */
#define STARLINGS_IMPLEMENTATION
#include "../../starlings.h"
