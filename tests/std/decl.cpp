/* decl.cpp - the declarations as C++. */
#include "decl.c"
