#!/usr/bin/env bash
# The bundled study: the boundaries that were planted are found once the network has learnt.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

configuration "$data/modular-sum.h5" 'sampling: {count: 150}' 'solver: {effort: standard}'
strata 2 run config.yaml --set 'input.checkpoints=[0, 5000]' --out out
expect_status 0
check 'planted boundaries' "$python" - "$data/modular-sum.h5" out/results.h5 <<'PYTHON'
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1]) as f:
    planted = np.asarray(f.attrs["planted_groups"])
with h5py.File(sys.argv[2]) as f:
    segments = f["subnets/segments"][()] if "subnets/segments" in f else None
    if segments is None:
        sys.exit("no segments in %s" % list(f["subnets"]))
    loss = f["gw/loss"][()]
    bound = f["gw/lower_bound"][()]
    identity = f["gw/identity_loss"][()]
print("planted", planted, "\nfound  ", segments[-1], "\nuntrained", segments[0])
assert (segments[-1] == planted).all()
assert (np.flatnonzero(np.diff(segments[-1])) + 1 == [5, 12]).all()
assert (loss == loss.transpose(0, 2, 1)).all() and np.isfinite(loss).all()
assert (loss <= identity * (1 + 1e-12)).all() and (bound <= loss).all()
PYTHON
finish
