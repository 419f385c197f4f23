#!/bin/sh
# cxx.sh - the declarations as C++11 and later, the implementation as C++11 and C++17, and C++
# programs linked with a C implementation and the other way round.
. "$(dirname "$0")/gate.sh"

$CC -std=c11 -pthread -c -o "$tmp/impl.o" tests/std/impl_linker.c
for cxx in g++ clang++-14 clang++-19; do
    have $cxx || { skip "$cxx" "not installed"; continue; }
    for std in c++11 c++14 c++17 c++20; do
        check "$cxx -std=$std, declarations" \
            $cxx -std=$std $strict -Wold-style-cast -fsyntax-only tests/std/decl.cpp \
            tests/std/decl_linker.cpp
    done
    check "$cxx, implementation without the linker" \
        $cxx -std=c++11 $strict -pthread -fsyntax-only tests/std/impl.cpp
    for std in c++11 c++17; do
        check "$cxx -std=$std, implementation" \
            $cxx -std=$std $strict -pthread -c -o "$tmp/impl++.o" tests/std/impl_linker.cpp
        check "$cxx -std=$std, C++ user of a C++ implementation" \
            runs $cxx -std=$std $strict -pthread tests/link/user.cpp "$tmp/impl++.o"
        check "$cxx -std=$std, C++ user of a C implementation" \
            runs $cxx -std=$std $strict -pthread tests/link/user.cpp "$tmp/impl.o"
    done
    check "$cxx, C user of a C++ implementation" \
        runs $CC -std=c11 -pthread tests/link/linker.c "$tmp/impl++.o"
done
finish
