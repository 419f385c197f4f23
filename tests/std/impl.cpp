/* impl.cpp - the implementation as C++. */
#include "impl.c"
