"""Activations files for the end-to-end tests: make_input.py KIND FILE…

Small random walks over layers; a function below for each kind, good or bad. The bad ones print what
a message must say, one text a line.
"""
import sys

import h5py
import numpy as np

LAYERS = ["stem", "block1", "block2", "head"]
STEPS = [0, 100, 2000]
ROWS = 24


def write(path, layers=LAYERS, steps=STEPS, rows=ROWS, ids=0, dtype=np.float32, seed=1):
    """A good file; returned open, to be spoilt."""
    random = np.random.default_rng(seed)
    f = h5py.File(path, "w")
    f.attrs["strata_format"] = "activations"
    f.attrs["strata_version"] = 1
    f["layers"] = np.array(layers, dtype=h5py.string_dtype())
    f["sample_ids"] = np.arange(ids, ids + rows)
    for step in steps:
        group = f.create_group("checkpoints/step-%d" % step)
        group.attrs["step"] = step
        group.attrs["accuracy"] = step / 2000
        x = random.normal(size=(rows, 12))
        for k, layer in enumerate(layers):
            x = x + 0.5 * random.normal(size=x.shape)
            values = x[:, :6 + k % 6].astype(dtype)
            name = layer.encode()
            # "." is a name like any other in the format, but a path in HDF5's: not used here.
            group.create_dataset(name, data=values)
    return f


def respoil(f, path, data):
    del f[path]
    f[path] = data


def good(path):
    write(path)


def appended(path):
    """good, and one more checkpoint."""
    write(path, steps=STEPS + [3000])


def one_value_changed(path):
    """good, but for one value in the last checkpoint."""
    write(path)["checkpoints/step-2000/block2"][3, 2] += 0.5


def one_layer(path):
    write(path, layers=["only"])


def one_checkpoint(path):
    write(path, steps=[7])


def constant(path):
    """The second layer is constant at the second checkpoint."""
    write(path)["checkpoints/step-100/block1"][...] = 3.25


def other(path):
    """Another network: fewer layers, at one checkpoint, on fewer and other rows."""
    write(path, layers=["in", "mid", "out"], steps=[900], rows=17, ids=1000, seed=9)


def twins(path):
    """The last layer is the one before it, turned: its distances are the same. Rows for a noise floor."""
    f = write(path, rows=60)
    for step in STEPS:
        x = f["checkpoints/step-%d/block2" % step][()].astype(np.float64)
        turn = np.linalg.qr(np.random.default_rng(step).normal(size=(x.shape[1], x.shape[1])))[0]
        respoil(f, "checkpoints/step-%d/head" % step, x @ turn)


def weighted(path):
    """good, with datasets of weights, good and bad."""
    f = write(path)
    random = np.random.default_rng(3)
    f["weights"] = random.uniform(size=ROWS)
    f["doubled"] = 2 * f["weights"][()]
    f["counts"] = np.arange(ROWS)
    f["equal"] = np.full(ROWS, 7, dtype=np.int32)
    f["short"] = np.ones(ROWS - 1)
    f["square"] = np.ones((ROWS, 1))
    f["names"] = np.array([b"x"] * ROWS)
    for name, value in (("negative", -1), ("not_a_number", np.nan), ("endless", np.inf)):
        spoilt = np.ones(ROWS)
        spoilt[5] = value
        f[name] = spoilt
    f["zeros"] = np.zeros(ROWS)
    f["one"] = (np.arange(ROWS) == 3).astype(float)


ODD = ["a 'quoted' \"name\"", "<script>alert(1)</script>", "two\nlines", "a/path\\x", "{/Symbol a}_b^c",
       "ünïcode ≤ €", "comma, semi; tab\t.", "$HOME `ls` %d @x #!"]


def odd_names(path):
    f = write(path, layers=ODD)
    f.attrs["model"] = "<b>model</b>\n\"x\" 'y'"
    f.attrs["dataset"] = "data, set"


def wide(path):
    """Blocks of memory that are worth failing: 100 rows of 200 values."""
    random = np.random.default_rng(2)
    f = write(path, rows=100, steps=[0, 1])
    for step in (0, 1):
        for layer in LAYERS:
            respoil(f, "checkpoints/step-%d/%s" % (step, layer),
                    random.normal(size=(100, 200)).astype(np.float32))


# --- bad ones: the file, and what must be said ---------------------------------------------------

def many(path):
    """As many rows as gangs take on by themselves."""
    write(path, steps=[0], rows=5000)


def not_hdf5(path):
    with open(path, "w") as f:
        f.write("activations\n" * 100)
    return [path, "not an HDF5 file"]


def empty(path):
    open(path, "w").close()
    return [path, "an activations file"]


def truncated(path):
    write(path).close()
    with open(path, "r+b") as f:
        f.truncate(f.seek(0, 2) // 2)
    return [path]


def wrong_format(path):
    write(path).attrs["strata_format"] = "results"
    return [path, "activations", "results"]


def no_format(path):
    del write(path).attrs["strata_format"]
    return [path, "strata_format"]


def newer_version(path):
    write(path).attrs["strata_version"] = 2
    return [path, "strata_version", "2"]


def no_layers(path):
    del write(path)["layers"]
    return [path, "/layers"]


def no_checkpoints(path):
    del write(path)["checkpoints"]
    return [path, "/checkpoints"]


def no_step(path):
    del write(path)["checkpoints/step-100"].attrs["step"]
    return [path, "step-100", "step"]


def same_step(path):
    write(path)["checkpoints/step-100"].attrs["step"] = 2000
    return [path, "step-100", "step-2000", "2000"]


def no_layer(path):
    del write(path)["checkpoints/step-100/block2"]
    return [path, "step-100", "block2"]


def layer_is_group(path):
    f = write(path)
    del f["checkpoints/step-100/block2"]
    f.create_group("checkpoints/step-100/block2")
    return [path, "step-100", "block2"]


def integers(path):
    f = write(path)
    respoil(f, "checkpoints/step-100/block2", np.ones((ROWS, 4), dtype=np.int32))
    return [path, "step-100", "block2", "float"]


def strings(path):
    f = write(path)
    respoil(f, "checkpoints/step-100/block2", np.array([[b"x"] * 4] * ROWS))
    return [path, "step-100", "block2", "float"]


def one_axis(path):
    f = write(path)
    respoil(f, "checkpoints/step-100/block2", np.ones(ROWS, dtype=np.float32))
    return [path, "step-100", "block2"]


def no_width(path):
    f = write(path)
    respoil(f, "checkpoints/step-100/block2", np.ones((ROWS, 0), dtype=np.float32))
    return [path, "step-100", "block2"]


def row_counts(path):
    f = write(path)
    respoil(f, "checkpoints/step-100/block2", np.ones((ROWS - 1, 4), dtype=np.float32))
    return [path, "step-100", "block2", str(ROWS - 1), str(ROWS)]


def id_count(path):
    f = write(path)
    respoil(f, "sample_ids", np.arange(ROWS + 2))
    return [path, "/sample_ids", str(ROWS + 2), str(ROWS)]


def nan(path):
    write(path)["checkpoints/step-100/block2"][13, 5] = np.nan
    return [path, "step-100", "block2", "row 13", "NaN"]


def infinity(path):
    write(path)["checkpoints/step-2000/head"][ROWS - 1, 0] = -np.inf
    return [path, "step-2000", "head", "row %d" % (ROWS - 1), "inf"]


def duplicate_layer(path):
    f = write(path)
    respoil(f, "layers", np.array(["stem", "block1", "stem", "head"], dtype=h5py.string_dtype()))
    return [path, "/layers", "stem"]


def other_ids(path):
    """Two files of one run, over different inputs."""
    second = path.replace(".h5", "-2.h5")
    write(path, steps=[0])
    write(second, steps=[1], ids=5)
    return [second, "/sample_ids"]


def other_layers(path):
    second = path.replace(".h5", "-2.h5")
    write(path, steps=[0])
    write(second, steps=[1], layers=["stem", "block1", "block3", "head"])
    return [second, "block3"]


BAD = [not_hdf5, empty, truncated, wrong_format, no_format, newer_version, no_layers, no_checkpoints,
       no_step, same_step, no_layer, layer_is_group, integers, strings, one_axis, no_width, row_counts,
       id_count, nan, infinity, duplicate_layer, other_ids, other_layers]

if __name__ == "__main__":
    if sys.argv[1] == "list":
        print("\n".join(kind.__name__ for kind in BAD))
    else:
        print("\n".join(globals()[sys.argv[1]](sys.argv[2]) or []), end="")
