#!/usr/bin/env bash
# Strata's solver against POT and SciPy: the same matrices, the same run, one thread each.
#
#   tests/bench/compare.sh [--quick] [--n2000-file FILE] [OPTION of compare.py]…
#
# Sets up everything below build/: the solver as a shared library, a virtual environment with pinned
# versions (Python 3.11 or later), and, unless --quick or --n2000-file is given, activations of 2000
# inputs, which the bundled file does not have: PyTorch (a large download) trains the bundled
# network once more with more rows recorded, two minutes. STRATA_BENCH_PYTHON names a Python that has
# POT, NumPy, SciPy and h5py, to be used instead of the virtual environment.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh"
cd "$strata_root"

work=build/bench
rows2000=$work/modular-sum-2000.h5

# environment FOLDER PACKAGE…: a virtual environment with exactly these, made once.
environment() {
    local folder=$1
    shift
    if [ "$(cat "$folder/installed" 2>/dev/null)" != "$*" ]; then
        say "installing $* in $folder"
        python3 -m venv "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
        echo "$*" >"$folder/installed"
    fi
}

library() {
    say "building $work/libstrata-bench.so"
    cmake -S . -B "$work/cmake" -DBUILD_TESTING=OFF >"$work/cmake.log"
    cmake --build "$work/cmake" --target strata_solver >"$work/cmake.log"
    local libraries=(openblas)
    pkg-config --exists lapacke && libraries+=(lapacke)
    # shellcheck disable=SC2046 # lists of options
    cc -std=gnu17 -O2 -fPIC -shared -Isolver tests/bench/bind.c -o "$work/libstrata-bench.so" \
        -Wl,--whole-archive "$work/cmake/solver/libstrata_solver.a" -Wl,--no-whole-archive \
        $(pkg-config --libs "${libraries[@]}") -lm
}

quick=no
given=no
for option in "$@"; do
    case $option in
    --quick | -h | --help) quick=yes ;;
    --n2000-file*) given=yes ;;
    esac
done

mkdir -p "$work"
library
python=${STRATA_BENCH_PYTHON:-build/bench-venv/bin/python}
[ -n "${STRATA_BENCH_PYTHON:-}" ] ||
    environment build/bench-venv POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1 h5py==3.16.0

if [ $quick = no ] && [ $given = no ]; then
    if [ ! -f $rows2000 ]; then
        environment build/bench-torch-venv torch==2.13.0 numpy==2.4.6 h5py==3.16.0
        say "training the network of $rows2000"
        build/bench-torch-venv/bin/python tests/studies/modular_sum.py --samples 2000 --out $rows2000
    fi
    set -- "$@" --n2000-file "$rows2000"
fi

# One thread: the names cover the BLAS of NumPy, of SciPy and of the solver.
OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 exec "$python" tests/bench/compare.py \
    --library "$work/libstrata-bench.so" --json "$work/compare.json" "$@"
