/* user.cpp - C++ that calls implementations compiled as C (or as C++). */
#include "smoke_linker.h"

int main()
{
    return smoke_linker() ? 0 : 1;
}
