"""The activations file: checkpoints appear in it whole, or not at all."""

import contextlib
import glob
import os
import shutil
import string

import h5py
import numpy as np
import torch

from .errors import ExportError, quoted

FORMAT, VERSION = "activations", 1
PART = ".part"  # suffix of a file being written; matches no `*.h5`


class ActivationsFile:
    """Where checkpoints go: one file, or one per checkpoint if `out` has a {step} field."""

    def __init__(self, out, compress=False, attributes=None):
        self.out, self.compress = os.fspath(out), compress
        self.attributes = dict(attributes or {})
        fields = {field for _, field, _, _ in string.Formatter().parse(self.out)
                  if field is not None}
        if fields - {"step"}:
            raise ExportError("output '%s': the only field is {step}, as in step-{step:08d}.h5"
                              % self.out)
        self.per_checkpoint = bool(fields)

    def path(self, step):
        return self.out.format(step=step) if self.per_checkpoint else self.out

    def existing(self):
        """The complete files that belong to this output."""
        if not self.per_checkpoint:
            return [self.out] if os.path.exists(self.out) else []
        pieces = string.Formatter().parse(self.out)
        pattern = "".join(glob.escape(text) + ("" if field is None else "*")
                          for text, field, _, _ in pieces)
        return sorted(p for p in glob.glob(pattern) if not p.endswith(PART))

    def has(self, step):
        # One file per checkpoint is asked by name, so that a long run stays fast.
        return os.path.exists(self.path(step)) if self.per_checkpoint else step in self.steps()

    def steps(self):
        """Steps that are recorded already, as a set."""
        found = set()
        for path in self.existing():
            with _open(path) as f:
                found.update(int(g.attrs["step"]) for g in f["checkpoints"].values())
        return found

    def template(self):
        """What every checkpoint must agree with (layers, rows, ids, digest), or None."""
        paths = self.existing()
        if not paths:
            return None
        with _open(paths[0]) as f:
            group = next(iter(f["checkpoints"].values()), None)
            if group is None:
                raise ExportError("%s has no checkpoints; remove it" % paths[0])
            layers = [s.decode() for s in f["layers"][()]]
            return {"layers": layers, "rows": group[layers[0]].shape[0],
                    "shapes": [group[n].shape[1:] for n in layers],
                    "ids": f["sample_ids"][()] if "sample_ids" in f else None,
                    "digest": f.attrs.get("input_digest")}

    @contextlib.contextmanager
    def new_checkpoint(self, step):
        """Give a _Draft to fill; publish it by one rename if the block ends well."""
        path = self.path(step)
        part = path + PART
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        template = self.template()
        if os.path.exists(path) and not self.per_checkpoint:
            shutil.copyfile(path, part)
        elif os.path.exists(part):
            os.remove(part)  # left by a job that was killed
        try:
            with h5py.File(part, "a") as f:
                draft = _Draft(f, step, template, self.compress)
                yield draft
                draft.finish(self.attributes)
            _sync(part)
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.remove(part)
            raise


class _Draft:
    """One checkpoint being written, chunk by chunk, so memory holds one chunk per layer."""

    def __init__(self, file, step, template, compress):
        self.file, self.template = file, template
        self.key = "step-%08d" % step
        if "checkpoints/" + self.key in file:
            raise ExportError("step %d is in the file already" % step)
        self.group = file.require_group("checkpoints").create_group(self.key)
        self.group.attrs["step"] = np.int64(step)
        self.filters = {"compression": "gzip", "compression_opts": 9, "shuffle": True} \
            if compress else {}
        self.layers, self.rows, self.ids, self.digest = None, 0, [], None
        self.pending = {}  # layer -> batches not yet written

    def append(self, arrays, ids=None):
        """Add a batch: {layer: [B, ...]} in network order, and its sample ids or None."""
        if self.layers is None:
            self.layers = list(arrays)
            self._check_layers(arrays)
        elif list(arrays) != self.layers:
            raise ExportError("layers run in another order, or other layers, from row %d on: %s"
                              % (self.rows, _difference(self.layers, list(arrays))))
        for name, x in arrays.items():
            self._append_rows(name, x)
        self.rows += len(x)
        if ids is not None:
            self.ids.extend(ids)

    def _check_layers(self, arrays):
        if self.template is None:
            return
        if self.layers != self.template["layers"]:
            raise ExportError("layers differ from those in the file: %s"
                              % _difference(self.template["layers"], self.layers))
        for name, shape in zip(self.layers, self.template["shapes"]):
            if arrays[name].shape[1:] != shape:
                raise ExportError("layer '%s' has shape %s per input, %s in the file"
                                  % (name, arrays[name].shape[1:], shape))

    def _append_rows(self, name, x):
        batches = self.pending.setdefault(name, [])
        shape = batches[0].shape[1:] if batches else self._shape(name, x)
        if shape != x.shape[1:]:
            raise ExportError("layer '%s' changes shape from %s to %s at row %d; pool it, or pad "
                              "the inputs" % (name, shape, x.shape[1:], self.rows))
        batches.append(x)
        held, chunk = sum(map(len, batches)), _chunk_rows(x)
        if held >= chunk:
            # Whole chunks only: a compressed chunk written twice leaves a hole in the file.
            x = np.concatenate(batches)
            whole = held - held % chunk
            self._write(name, x[:whole], chunk)
            self.pending[name] = [x[whole:]]

    def _shape(self, name, x):
        return self.group[name].shape[1:] if name in self.group else x.shape[1:]

    def _write(self, name, x, chunk):
        if name not in self.group:
            self.group.create_dataset(name, (0,) + x.shape[1:], x.dtype, **self.filters,
                                      chunks=(chunk,) + x.shape[1:],
                                      maxshape=(None,) + x.shape[1:])
        data = self.group[name]
        start = len(data)
        data.resize(start + len(x), axis=0)
        data[start:] = x

    def _write_rest(self):
        for name, batches in self.pending.items():
            x = np.concatenate(batches)
            if name in self.group:
                self._write(name, x, None)
            else:  # a small layer, known whole: its chunk has no unused rows
                self.group.create_dataset(name, data=x, **self.filters, **(
                    {"chunks": x.shape} if self.filters else {}))
        self.pending = {}

    def finish(self, attributes):
        """Check the rows against what is in the file and write what describes it."""
        if not self.rows:
            raise ExportError("the loader gave no inputs")
        self._write_rest()
        ids = _id_array(self.ids) if self.ids else None
        self._check_rows(ids)
        if "layers" in self.file:
            return
        self.file.attrs["strata_format"] = FORMAT
        self.file.attrs["strata_version"] = np.int64(VERSION)
        self.file.attrs["created_by"] = "strata_export, PyTorch %s" % torch.__version__
        if self.digest:
            self.file.attrs["input_digest"] = self.digest
        for name, value in attributes.items():
            self.file.attrs[name] = value
        self.file.create_dataset("layers", data=self.layers, dtype=h5py.string_dtype())
        if ids is not None:
            text = h5py.string_dtype() if ids.dtype == object else None
            self.file.create_dataset("sample_ids", data=ids, dtype=text)

    def _check_rows(self, ids):
        if ids is not None and len(ids) != self.rows:
            raise ExportError("%d sample ids for %d inputs" % (len(ids), self.rows))
        if ids is not None and len(np.unique(ids)) < len(ids):
            raise ExportError("sample ids are not unique")
        known = self.template
        if known is None:
            return
        if self.rows != known["rows"]:
            raise ExportError("%d inputs, but %d in the file" % (self.rows, known["rows"]))
        if (ids is None) != (known["ids"] is None):
            raise ExportError("sample ids are given %s" % ("now, but are not in the file" if
                              known["ids"] is None else "in the file, but not now"))
        if ids is not None and not np.array_equal(ids, known["ids"]):
            raise ExportError("sample ids differ from those in the file from row %d on; row k "
                              "must be the same input at every checkpoint"
                              % int(np.argmax(ids != known["ids"])))
        if self.digest and known["digest"] and self.digest != known["digest"]:
            raise ExportError("the loader's inputs differ from those in the file (other inputs, "
                              "another order, or random augmentation); row k must be the same "
                              "input at every checkpoint. check_inputs=False records them anyway")


def _open(path):
    try:
        f = h5py.File(path, "r")
    except OSError as error:
        raise ExportError("%s: not a readable HDF5 file (%s)" % (path, error)) from None
    if f.attrs.get("strata_format") != FORMAT:
        f.close()
        raise ExportError("%s: not an activations file; choose another output" % path)
    return f


def _chunk_rows(x):
    """Rows per chunk, near 256 KiB: a subsample of rows then reads little else."""
    row = int(np.prod(x.shape[1:])) * x.itemsize
    return max(1, min(1024, (1 << 18) // max(row, 1)))


def _id_array(ids):
    if all(isinstance(i, (int, np.integer)) for i in ids):
        return np.array(ids, dtype=np.int64)
    return np.array([i if isinstance(i, bytes) else str(i).encode() for i in ids], dtype=object)


def _difference(old, new):
    missing, extra = [n for n in old if n not in new], [n for n in new if n not in old]
    if not missing and not extra:
        return "the order changed at '%s'" % next(n for o, n in zip(old, new) if o != n)
    return "; ".join(["missing " + quoted(missing)] * bool(missing)
                     + ["new " + quoted(extra)] * bool(extra))


def _sync(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
