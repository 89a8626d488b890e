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
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

rows2000=$work/modular-sum-2000.h5

quick=no
given=no
for option in "$@"; do
    case $option in
    --quick | -h | --help) quick=yes ;;
    --n2000-file*) given=yes ;;
    esac
done

library
python=${STRATA_BENCH_PYTHON:-build/bench-venv/bin/python}
[ -n "${STRATA_BENCH_PYTHON:-}" ] || environment build/bench-venv "${numerics[@]}"

if [ $quick = no ] && [ $given = no ]; then
    if [ ! -f $rows2000 ]; then
        environment build/bench-torch-venv torch==2.13.0 numpy==2.4.6 h5py==3.16.0
        say "training the network of $rows2000"
        build/bench-torch-venv/bin/python tests/studies/modular_sum.py --samples 2000 --out $rows2000
    fi
    set -- "$@" --n2000-file "$rows2000"
fi

one_thread "$python" tests/bench/compare.py --library "$library" --json "$work/compare.json" "$@"
