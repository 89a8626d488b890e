#!/usr/bin/env bash
# How losses depend on the number of inputs n: the outputs of the blocks of the bundled network at its
# last checkpoint, on more and more inputs.
#
#   tests/bench/bias.sh [--sizes "50 100 …"] [--effort fast|standard|thorough] [--build FOLDER]
#
# Each size is run in as many replicates as the 1000 inputs of the file allow without much overlap, at
# most 10. Means are over pairs of layers within and between the planted stages. Needs a Python with
# h5py.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

sizes="50 100 200 300 500 1000"
effort=standard
take_options build sizes effort -- "$@"
need strata
for python in python3 /usr/bin/python3 ""; do
    "$python" -c 'import h5py, numpy' 2>/dev/null && break
done
[ -n "$python" ] || { say "bias.sh: no Python with h5py" >&2; exit 1; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

for n in $sizes; do
    replicates=$((1000 / n < 10 ? 1000 / n : 10))
    say "$n inputs, $replicates replicates"
    "$build/strata" run configs/modular-sum.yaml --fresh --out "$out/$n" \
        --set "sampling.count=$n" --set "sampling.replicates=$((replicates > 0 ? replicates : 1))" \
        --set "input.checkpoints=[5000]" --set "input.layers=[block*.out]" \
        --set "solver.effort=$effort" --set "output.figures=[]" >"$out/log" 2>&1 ||
        { cat "$out/log" >&2; exit 1; }
done

read -ra list <<<"$sizes"
"$python" - "$out" "${list[@]}" <<'PYTHON'
import sys

import h5py
import numpy as np

print("| n | replicates | loss within stages | loss between stages | standard error of a loss | "
      "noise floor (a distance) |")
print("|--:|--:|--:|--:|--:|--:|")
for n in sys.argv[2:]:
    with h5py.File("%s/%s/results.h5" % (sys.argv[1], n)) as f:
        names = [name.decode() for name in f["layers"][()]]
        stage = np.searchsorted([4, 8], [int(name[5:].split(".")[0]) for name in names], side="right")
        i, j = np.triu_indices(len(names), 1)
        near = stage[i] == stage[j]
        loss = f["gw/loss"][0][i, j]
        error = f["gw/loss_stderr"][0][i, j].mean() if "gw/loss_stderr" in f else np.nan
        floor = f["gw/noise_floor"][0].mean()
        replicates = f["samples"].shape[0]
    cell = lambda x: "—" if np.isnan(x) else "%.4f" % x
    print("| %s | %d | %s |" % (n, replicates, " | ".join(map(cell, (
        loss[near].mean(), loss[~near].mean(), error, floor)))))
PYTHON
