/* impl_linker.cpp - both implementations as C++. */
#include "impl_linker.c"
