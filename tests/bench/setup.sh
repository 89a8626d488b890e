# shellcheck shell=bash disable=SC2034 # for the scripts that source this
# Set-up shared by the benchmarks in Python: sourced, not run. Everything goes below build/.
. "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh"
cd "$strata_root" || exit

work=build/bench
library=$work/libstrata-bench.so
numerics=(POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1 h5py==3.16.0)

# environment FOLDER OPTION…: a virtual environment with what pip installs for these, made once.
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

# library: the solver as a shared library, for ctypes.
library() {
    say "building $library"
    mkdir -p "$work"
    cmake -S . -B "$work/cmake" -DBUILD_TESTING=OFF >"$work/cmake.log"
    cmake --build "$work/cmake" --target strata_solver >"$work/cmake.log"
    local libraries=(openblas)
    pkg-config --exists lapacke && libraries+=(lapacke)
    # shellcheck disable=SC2046 # lists of options
    cc -std=gnu17 -O2 -fPIC -shared -Isolver tests/bench/bind.c -o "$library" \
        -Wl,--whole-archive "$work/cmake/solver/libstrata_solver.a" -Wl,--no-whole-archive \
        $(pkg-config --libs "${libraries[@]}") -lm
}

# one_thread COMMAND…: the names cover the BLAS of NumPy, of SciPy and of the solver.
one_thread() {
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 exec "$@"
}
