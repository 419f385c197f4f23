/* user.cpp - C++ that calls an implementation compiled as C (or as C++). */
#include "smoke.h"

int main()
{
    return smoke() ? 0 : 1;
}
