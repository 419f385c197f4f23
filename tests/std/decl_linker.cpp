/* decl_linker.cpp - the declarations of the linker as C++. */
#include "decl_linker.c"
