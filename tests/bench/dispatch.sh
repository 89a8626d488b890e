#!/usr/bin/env bash
# How well pairs are dispatched: 64 ranks on this machine with pairs that sleep, the largest 50 times
# the median, against the ideal; and what dispatch and ledger cost beside pairs that compute.
#
#   tests/bench/dispatch.sh [--build FOLDER] [--seconds S] [--ledger FOLDER]
#
# The ledger goes into a temporary folder; name one on the file system that is to be measured. Pairs
# of 25 ms are as in the bundled study as it is configured; those of real studies take longer.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

seconds=20
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
ledger=$out
take_options build seconds ledger -- "$@"
need bench_dispatch

on() {
    mpirun -n "$1" --oversubscribe --bind-to none "${@:2}"
}

OMPI_MCA_mpi_yield_when_idle=1 on 64 "$build/tests/bench_dispatch" sleep 0.02 "$seconds"
for n in 1 "$(nproc)"; do
    on "$n" "$build/tests/bench_dispatch" spin 0.025 "$seconds" "$ledger"
done
