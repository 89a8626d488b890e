#!/usr/bin/env bash
# Sets up what is missing, builds, and runs all tests.
#
#   tests/run.sh [CTEST OPTION…]        such as -R solver, to run some
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../jobs/setup.sh"
cd "$strata_root"

install_packages "${strata_packages[@]}" libcunit1-dev hdf5-tools python3-numpy python3-h5py procps \
    slurmctld slurmd slurm-client munge libpmix-dev
build build -DBUILD_TESTING=ON
ctest --test-dir build --output-on-failure -j "$(nproc)" "$@"
