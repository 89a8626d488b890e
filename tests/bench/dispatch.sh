#!/usr/bin/env bash
# How well pairs are dispatched: 64 ranks on this machine with pairs that sleep, the largest 50 times
# the median, against the ideal; and what dispatch and ledger cost beside pairs that compute.
#
#   tests/bench/dispatch.sh [--build FOLDER] [--seconds S] [--ledger FOLDER]
#
# The ledger goes into a temporary folder; name one on the file system that is to be measured. Pairs
# of 25 ms are as in the bundled study as it is configured; those of real studies take longer.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh"
cd "$strata_root"

folder=
seconds=20
ledger=$(mktemp -d)
trap 'rm -rf "$ledger"' EXIT
place=$ledger
while [ $# -gt 0 ]; do
    case $1 in
    --build) folder=$2 ;;
    --seconds) seconds=$2 ;;
    --ledger) place=$2 ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
    shift 2
done
if [ -z "$folder" ]; then
    folder=build/bench/run
    mkdir -p build/bench
    cmake -S . -B "$folder" -G Ninja >/dev/null
fi
cmake --build "$folder" --target bench_dispatch >/dev/null

on() {
    mpirun -n "$1" --oversubscribe --bind-to none "${@:2}"
}

OMPI_MCA_mpi_yield_when_idle=1 on 64 "$folder/tests/bench_dispatch" sleep 0.02 "$seconds"
for n in 1 "$(nproc)"; do
    on "$n" "$folder/tests/bench_dispatch" spin 0.025 "$seconds" "$place"
done
