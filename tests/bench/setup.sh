# shellcheck shell=bash disable=SC2034 # for the scripts that source this
# Set-up shared by the benchmarks: sourced, not run. Everything goes below build/.
. "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh"
cd "$strata_root" || exit

work=build/bench
build= # the folder of the programs; --build names another

# take_options NAME… -- OPTION…: sets each variable that is named from --name VALUE; anything else
# prints the head of the script, and ends it.
take_options() {
    local names=()
    while [ "$1" != -- ]; do
        names+=("$1")
        shift
    done
    shift
    while [ $# -gt 0 ]; do
        if [[ $1 != --* || $# -lt 2 || " ${names[*]} " != *" ${1#--} "* ]]; then
            sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
            exit 2
        fi
        printf -v "${1#--}" %s "$2"
        shift 2
    done
}

# need TARGET…: builds these, in a folder of the benchmarks unless there is one.
need() {
    if [ -z "$build" ]; then
        build=$work/run
        mkdir -p "$work"
        cmake -S . -B "$build" -G Ninja -DBUILD_TESTING=ON >/dev/null
    fi
    say "building in $build"
    cmake --build "$build" --target "$@" >/dev/null
}
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
