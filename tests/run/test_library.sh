#!/usr/bin/env bash
# The solver as a library of another project: installed, found by CMake, linked, run, and documented.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_folder=$(cd "$OLDPWD" && cd "$1" && pwd)

what="the package strata_solver"
cmake --install "$build_folder" --component solver --prefix "$scratch/prefix" >install.txt ||
    complain "does not install"
expect_file prefix/include/strata.h prefix/share/man/man3/strata_solver.3

mkdir project
cp "$run_folder/library.c" project/
cat >project/CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(example LANGUAGES C)
find_package(strata_solver 0.1 REQUIRED)
add_executable(example library.c)
target_link_libraries(example PRIVATE strata::strata_solver)
EOF
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[^=]*=//p' "$build_folder/CMakeCache.txt")
flags=$(sed -n 's/^STRATA_SANITIZE:[^=]*=\(..*\)/-fsanitize=\1/p' "$build_folder/CMakeCache.txt")
{
    cmake -S project -B project/build -DCMAKE_PREFIX_PATH="$scratch/prefix" \
        -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS="-Wall -Wextra -Werror $flags" &&
        cmake --build project/build
} >stdout.txt 2>stderr.txt || complain "cannot be used: $(cat stdout.txt stderr.txt)"
project/build/example >stdout.txt 2>stderr.txt || complain "the example fails"
expect_said "ok, conditional-gradient: loss 0.000000"

# Every function of the manual page is one of the header.
for name in $(grep -o 'strata_[a-z_]*(' prefix/share/man/man3/strata_solver.3 | tr -d '(' | sort -u); do
    grep -q "$name(" prefix/include/strata.h || complain "the manual page has $name"
done
finish
