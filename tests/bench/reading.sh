#!/usr/bin/env bash
# What reading costs: few and most rows of 200000 x 512 float32, stored contiguously, in chunks of 64
# rows, and in compressed chunks. Seconds, and what the kernel counts: bytes and calls.
#
#   tests/bench/reading.sh [--ranks "1 2"] [--counts "2000 150000"] [--build FOLDER]
#
# The files (1.2 GB) are made in a temporary folder and are in the page cache when they are read, so
# that seconds are those of the calls, not of the disk. Needs h5py.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

ranks="1 2"
counts="2000 150000"
take_options build ranks counts -- "$@"
need bench_reading
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT

for python in python3 /usr/bin/python3; do
    "$python" -c 'import h5py, numpy' 2>/dev/null && break
done
say "making the files"
"$python" - "$files" <<'PYTHON'
import sys
import h5py
import numpy as np

values = np.random.default_rng(0).standard_normal((200000, 512), dtype=np.float32)
for name, storage in [("contiguous", {}), ("chunks", {"chunks": (64, 512)}),
                      ("compressed", {"chunks": (64, 512), "compression": "gzip",
                                      "compression_opts": 1})]:
    with h5py.File(f"{sys.argv[1]}/{name}.h5", "w") as file:
        file.attrs["strata_format"] = "activations"
        file.attrs["strata_version"] = 1
        file["layers"] = ["layer"]
        checkpoint = file.create_group("checkpoints/0")
        checkpoint.attrs["step"] = 0
        checkpoint.create_dataset("layer", data=values, **storage)
PYTHON

for storage in contiguous chunks compressed; do
    for count in $counts; do
        for n in $ranks; do
            printf '%-11s' $storage
            mpirun -n "$n" --oversubscribe --bind-to none "$build/tests/bench_reading" \
                "$files/$storage.h5" "$count"
        done
    done
done
