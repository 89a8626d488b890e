#!/usr/bin/env bash
# Input at the edge of what can be compared: it is compared as far as it goes, and what cannot be is
# marked.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# A layer that is constant at one checkpoint: status 3, its cells marked there, all others as without.
input constant constant.h5
input good good.h5
configuration constant.h5
for ranks in 1 3; do
    strata "$ranks" run config.yaml --out "constant $ranks"
    expect_status 3
    expect_said "3 of 18 pairs have no value" "3 constant: all inputs have the same" "layer block1 at step 100" input.layers
done
expect_same_numbers 'constant 1/results.h5' 'constant 3/results.h5'
configuration good.h5
strata 1 run config.yaml --out good
expect_status 0
check 'cells of a constant layer' "$python" - 'constant 1/results.h5' good/results.h5 <<'PYTHON'
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1]) as f, h5py.File(sys.argv[2]) as g:
    loss, status, whole = f["gw/loss"][()], f["gw/status"][()], g["gw/loss"][()]
    names = f["gw/status"].attrs["meaning"]
    names = names.decode() if isinstance(names, bytes) else names
marked = np.zeros(loss.shape, bool)
marked[1, 1, :] = marked[1, :, 1] = True
marked[1, 1, 1] = False
assert (np.isnan(loss) == marked).all(), loss[1]
assert ((status != 0) == marked).all(), status[1]
assert (loss[~marked] == whole[~marked]).all()
code = str(status[1, 1, 0])
assert code + " constant" in names, names
PYTHON
strata 1 inspect 'constant 1/results.h5'
expect_status 0
strata 1 report 'constant 1/results.h5'
expect_said constant

# One checkpoint: there is no history, but all else.
input one_checkpoint one.h5
configuration one.h5
strata 2 run config.yaml --out one
expect_status 0
expect_file one/results.h5 one/summary.csv

# Two layers, two samples: the least that can be compared.
configuration good.h5
strata 2 run config.yaml --out least --set sampling.count=2 --set 'input.layers=[stem, head]'
expect_status 0
expect_file least/results.h5

finish
