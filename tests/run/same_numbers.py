"""Compare two results files: same_numbers.py A B. Exit status 1 and a message if any dataset differs in
a bit, apart from the times of the pairs and the provenance."""
import sys

import h5py
import numpy as np


def datasets(path):
    found = {}
    with h5py.File(path, "r") as f:
        f.visititems(lambda name, item: found.update({name: item[()]})
                     if isinstance(item, h5py.Dataset) else None)
    return {name: np.asarray(value) for name, value in found.items()
            if not name.startswith("provenance/") and name.split("/")[-1] != "seconds"}


def bits(array):
    return array.tolist() if array.dtype == object else array.tobytes()


a, b = datasets(sys.argv[1]), datasets(sys.argv[2])
if not a or "gw/loss" not in a or a.keys() != b.keys():
    sys.exit("other datasets: %s" % sorted(a.keys() ^ b.keys()))
different = [name for name in a if a[name].shape != b[name].shape or bits(a[name]) != bits(b[name])]
if different:
    sys.exit("differ: %s" % ", ".join(different))
