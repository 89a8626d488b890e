"""Record a PyTorch model's activations as a Strata activations file.

During training::

    from strata_export import Recorder
    recorder = Recorder(model, ["blocks.*"], "acts/step-{step:08d}.h5", pool="mean")
    ...
    recorder.record(probe_loader, step, loss=loss, accuracy=accuracy)

or afterwards, from saved state dicts::

    python -m strata_export --entry my_module:build --checkpoints 'ckpt/*.pt' \\
        --layers 'blocks.*' --out activations.h5

What is written (HDF5, `strata_format="activations"`, version 1)
    /layers                      string [L]   names, in order of first execution
    /sample_ids                  int64 or string [N], if known
    /checkpoints/<key>           group, attribute `step` (int64) and any scalars
    /checkpoints/<key>/<layer>   float16 or float32 [N, ...]
N inputs are the rows of every dataset; row k is the same input everywhere.

Where it is written
    `out` with a `{step}` field makes one file per checkpoint. This is the mode for
    a training run in progress: each file appears complete, by one rename, and
    another process can read those that are there (`acts/*.h5`).
    `out` without it is one file for all checkpoints. HDF5 files do not survive
    a kill between two writes, so a checkpoint is never written into the file in
    place: file plus checkpoint go to `<out>.part`, which then replaces `<out>`. A
    reader keeps the old file or gets the new one, and a kill costs the checkpoint
    in progress, no more. The price is a copy of the file per checkpoint; above a
    few gigabytes use one file per checkpoint.
    One process writes: under DistributedDataParallel, record on rank 0 alone.

Layer patterns
    `*`, `?`, `[...]` match inside one dot-separated part of a module's name and
    `**` matches any number of parts: `blocks.*` is every block, `blocks.**` also
    everything inside them. `!pattern` takes matches away again. A module that
    returns a tuple or dict is named with the part to record: `blocks.*.attn:0`,
    `encoder:last_hidden_state`, `encoder:hidden_states.3`.
    A layer is called by its module name, with the `:part` if one was asked for.

Pooling (per layer, see POOLS)
    Outputs with two axes are kept as they are. `flatten` keeps every axis;
    `mean`, `first`, `last` reduce the tokens of [B, T, D] (`mean` also the map of
    [B, C, H, W]); a token mask [B, T] makes `mean` and `last` ignore padding.

Needs PyTorch 1.13 or 2.x, h5py 3 and numpy. SPDX-License-Identifier: see LICENSE.
"""

import argparse
import contextlib
import fnmatch
import glob
import hashlib
import importlib
import inspect
import os
import re
import shutil
import string
import sys
import time

import h5py
import numpy as np
import torch

FORMAT, VERSION = "activations", 1
PART = ".part"  # suffix of a file being written; matches no `*.h5`


class ExportError(Exception):
    """Input that cannot be recorded as asked; the text names what and says what to do."""


# ---------------------------------------------------------------- pooling

def _pool_flatten(x, mask):
    """[B, ...] -> [B, ...]; Strata reads it as [B, d]."""
    return x


def _pool_mean(x, mask):
    """[B, T, D] -> [B, D] over tokens (those in the mask); [B, C, H, W, ...] -> [B, C]."""
    if x.dim() > 3:
        return x.flatten(2).mean(2)
    if mask is None:
        return x.mean(1)
    weight = mask.to(x.dtype)[:, :, None]
    if (weight.sum(1) == 0).any():
        raise ExportError("an input has no token in the mask, so it has no mean")
    # where, not a product: padding may hold NaN or infinity, and 0 * NaN is NaN.
    kept = torch.where(weight > 0, x, torch.zeros((), dtype=x.dtype, device=x.device))
    return kept.sum(1) / weight.sum(1)


def _pool_first(x, mask):
    """[B, T, D] -> [B, D], the first token."""
    return _tokens(x)[:, 0]


def _pool_last(x, mask):
    """[B, T, D] -> [B, D], the last token, or the last one in the mask."""
    _tokens(x)
    if mask is None:
        return x[:, -1]
    position = torch.arange(x.shape[1], device=x.device)
    last = (mask.to(torch.bool) * position).amax(1)
    return x[torch.arange(len(x), device=x.device), last]


def _pool_grid(x, mask):
    """[B, C, H, W] -> [B, C, 2, 2]: the mean of each quarter of the map."""
    if x.dim() != 4:
        raise ExportError("pool 'grid' needs [B, C, H, W], got %s" % (tuple(x.shape),))
    return torch.nn.functional.adaptive_avg_pool2d(x, 2)


def _tokens(x):
    if x.dim() != 3:
        raise ExportError("pools 'first' and 'last' need [B, T, D], got %s" % (tuple(x.shape),))
    return x


POOLS = {"flatten": _pool_flatten, "none": _pool_flatten, "mean": _pool_mean,
         "first": _pool_first, "last": _pool_last, "grid": _pool_grid}


def pool_output(x, pool, mask=None):
    """Pool one output x [B, ...] by the name of a pool; mask [B, T] or None.

    Outputs of one or two axes have no token axis and pass unchanged.
    """
    if x.dim() <= 2:
        return x
    if mask is not None and x.dim() == 3 and mask.shape != x.shape[:2]:
        raise ExportError("token mask %s does not fit an output %s"
                          % (tuple(mask.shape), tuple(x.shape)))
    return POOLS[pool](x, mask)


# ---------------------------------------------------------------- which layers

def match_name(name, pattern):
    """Does a dotted module name match a pattern (`*` one part, `**` any number)?"""
    def match(parts, globs):
        if not globs:
            return not parts
        if globs[0] == "**":
            return any(match(parts[i:], globs[1:]) for i in range(len(parts) + 1))
        return bool(parts) and fnmatch.fnmatchcase(parts[0], globs[0]) \
            and match(parts[1:], globs[1:])
    return match(name.split("."), pattern.split("."))


def choose_layers(model, patterns):
    """The layers that patterns name: list of (module name, part or '', module).

    A pattern that asks for a part (`attn:0`) wins over one that does not, so that
    `blocks.**` with `blocks.*.attn:0` records the attention by its part only.
    """
    if isinstance(patterns, str):
        patterns = [patterns]
    modules = {name: module for name, module in model.named_modules() if name}
    dropped = [p[1:] for p in patterns if p.startswith("!")]
    chosen = {}  # module name -> parts asked for, '' for the output itself
    for pattern in (p for p in patterns if not p.startswith("!")):
        base, _, part = pattern.partition(":")
        hits = [name for name, module in modules.items()
                if match_name(name, base) and _can_run(module)]
        if not hits:
            raise ExportError("layer pattern '%s' matches no module; %s"
                              % (pattern, _nearest(base, modules)))
        for name in hits:
            if not any(match_name(name, d) for d in dropped):
                parts = chosen.setdefault(name, [])
                if part not in parts:
                    parts.append(part)
    if not chosen:
        raise ExportError("no layers: every match of %s is taken away by %s"
                          % (_quoted(patterns), _quoted("!" + d for d in dropped)))
    for name, parts in chosen.items():
        if len(parts) > 1 and "" in parts:
            parts.remove("")
    layers = [(name, part, modules[name]) for name in modules if name in chosen
              for part in chosen[name]]
    for name, part, _ in layers:
        if "/" in name + part:
            raise ExportError("layer '%s': a name with '/' would be a path in HDF5; "
                              "rename the module" % layer_name(name, part))
    return layers


def layer_name(name, part="", call=None):
    """What a layer is called in the file: module[:part][@call]."""
    return name + (":" + part if part else "") + ("" if call is None else "@%d" % call)


def _can_run(module):
    """Containers without a forward of their own never run, so patterns skip them."""
    return not isinstance(module, (torch.nn.ModuleList, torch.nn.ModuleDict))


def _nearest(pattern, modules):
    import difflib
    near = difflib.get_close_matches(pattern.replace("*", ""), modules, 3, 0.5)
    known = near or list(modules)[:5]
    return "%s %s" % ("did you mean" if near else "the model has, for example,", _quoted(known))


def _quoted(names):
    return ", ".join("'%s'" % n for n in names)


def take_part(output, part, name):
    """The tensor in a module's output; `part` is a path of keys and indices, or ''."""
    for step in part.split(".") if part else ():
        try:
            if isinstance(output, (tuple, list)):
                # A named tuple has both indices and names.
                output = output[int(step)] if step.lstrip("-").isdigit() else getattr(output, step)
            elif isinstance(output, dict):
                output = output[step]
            else:
                output = getattr(output, step)
        except (KeyError, IndexError, ValueError, AttributeError):
            raise ExportError("layer '%s' has no part '%s': it returns %s"
                              % (name, part, _shape_of(output))) from None
    if not torch.is_tensor(output):
        raise ExportError("layer '%s' returns %s, not a tensor; name the part to record, "
                          "such as '%s'" % (name, _shape_of(output), _example_part(name, output)))
    return output


def _shape_of(output):
    """A short description of a module's output, for messages and --list."""
    if torch.is_tensor(output):
        return "%s%s" % (str(output.dtype).replace("torch.", ""), list(output.shape))
    if isinstance(output, dict):
        return "dict(%s)" % ", ".join("%s: %s" % (k, _shape_of(v)) for k, v in output.items())
    if isinstance(output, (tuple, list)):
        return "%s(%s)" % (type(output).__name__, ", ".join(_shape_of(v) for v in output))
    return type(output).__name__


def _example_part(name, output):
    if isinstance(output, dict):
        return "%s:%s" % (name, next((k for k, v in output.items() if torch.is_tensor(v)), "key"))
    return name + ":0"


# ---------------------------------------------------------------- catching outputs

class _Catcher:
    """Forward hooks that collect, for one batch at a time, every layer's pooled output.

    `calls` says what to do with a module that runs more than once in a forward pass:
    'error' refuses it, 'first' and 'last' keep one call, 'each' keeps all as name@0, ...
    """

    def __init__(self, layers, pool_for, dtype, calls):
        self.layers, self.pool_for, self.dtype, self.calls = layers, pool_for, dtype, calls
        self.caught = {}   # file layer name -> array [B, ...], in order of first execution
        self.count = {}    # (name, part) -> calls in this batch
        self.rows, self.mask, self.first_row = 0, None, 0

    @contextlib.contextmanager
    def attached(self):
        handles = [module.register_forward_hook(self._hook(name, part))
                   for name, part, module in self.layers]
        try:
            yield self
        finally:
            for handle in handles:
                handle.remove()

    def start_batch(self, rows, mask, first_row):
        self.caught, self.count = {}, {}
        self.rows, self.mask, self.first_row = rows, mask, first_row

    def _hook(self, name, part):
        def hook(module, inputs, output):
            call = self.count.get((name, part), 0)
            self.count[(name, part)] = call + 1
            key = layer_name(name, part, call if self.calls == "each" else None)
            if call > 0 and self.calls == "error":
                raise ExportError("layer '%s' runs more than once in a forward pass; ask for "
                                  "calls='first', 'last' or 'each'" % key)
            if call > 0 and self.calls == "first":
                return
            # Copied out at once: a later in-place operation (ReLU(inplace=True), x += y)
            # would overwrite the tensor that was handed to this hook.
            self.caught[key] = self._to_array(key, take_part(output, part, key), name)
        return hook

    def _to_array(self, key, x, name):
        if not x.is_floating_point():
            raise ExportError("layer '%s' gives %s; only floating point can be recorded"
                              % (key, _shape_of(x)))
        if x.dim() == 0 or x.shape[0] != self.rows:
            raise ExportError("layer '%s' gives %s for a batch of %d inputs; the first axis must "
                              "be the batch" % (key, _shape_of(x), self.rows))
        x = x.detach()
        wide = x.float() if x.dtype != torch.float64 else x
        try:
            pooled = pool_output(wide, self.pool_for(key, name), self.mask)
        except ExportError as error:
            raise ExportError("layer '%s': %s" % (key, error)) from None
        if pooled.dim() == 1:
            pooled = pooled[:, None]
        return _cast(pooled.cpu().numpy(), self.dtype, key, self.first_row)

    def check_all_ran(self):
        idle = [layer_name(n, p) for n, p, _ in self.layers if (n, p) not in self.count]
        if idle:
            raise ExportError("layers matched, but not run in the forward pass: %s; take them "
                              "away with '!name'" % _quoted(idle))


def _cast(x, dtype, name, first_row):
    """A copy of x [B, ...] as dtype; refuses what is not finite, or no longer is.

    first_row is the row in the file of x[0], for the message.
    """
    bad = ~np.isfinite(x.reshape(len(x), -1)).all(1)
    if bad.any():
        raise ExportError("layer '%s' is NaN or infinite in row %d"
                          % (name, first_row + int(np.argmax(bad))))
    with np.errstate(over="ignore"):
        y = np.array(x, dtype=dtype)
    lost = ~np.isfinite(y.reshape(len(y), -1)).all(1)
    if lost.any():
        raise ExportError("layer '%s' does not fit %s: |%.6g| in row %d is above %g; use "
                          "dtype float32" % (name, np.dtype(dtype).name, np.abs(x).max(),
                                             first_row + int(np.argmax(lost)),
                                             np.finfo(dtype).max))
    return y


# ---------------------------------------------------------------- the file

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
            group = next(iter(f["checkpoints"].values()))
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
            self.file.create_dataset("sample_ids", data=ids)

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
    return np.array([str(i).encode() for i in ids], dtype=object)


def _difference(old, new):
    missing, extra = [n for n in old if n not in new], [n for n in new if n not in old]
    if not missing and not extra:
        return "the order changed at '%s'" % next(n for o, n in zip(old, new) if o != n)
    return "; ".join(["missing " + _quoted(missing)] * bool(missing)
                     + ["new " + _quoted(extra)] * bool(extra))


def _sync(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


# ---------------------------------------------------------------- Recorder

class Recorder:
    """Records the activations of chosen layers, one checkpoint after the other.

    model       torch.nn.Module; left as it was found (train/eval mode, random state)
    patterns    module-name patterns, see the module's text
    out         file, or file name with a {step} field for one file per checkpoint
    pool        name in POOLS, or {pattern: name}, the first pattern that matches counts
    dtype       'float32' or 'float16'
    calls       a module that runs more than once: 'error', 'first', 'last' or 'each'
    forward     function (model, batch) that runs the model; by default a batch is the
                input, or a tuple whose first entry is, or a dict of keyword arguments
    ids         function batch -> sample ids of the batch; by default batch['sample_ids']
    mask        function batch -> token mask [B, T]; by default batch['attention_mask']
    sample_ids  sequence [N], where the loader does not yield them
    limit       record the first `limit` inputs only
    compress    gzip with byte shuffle
    check_inputs  keep a digest of the inputs in the file and refuse other ones
    attributes  root attributes of the file, such as model= and dataset=
    progress    function (rows so far) called after each batch
    """

    def __init__(self, model, patterns, out, pool="flatten", dtype="float32", calls="error",
                 forward=None, ids=None, mask=None, sample_ids=None, limit=None, compress=False,
                 check_inputs=True, attributes=None, progress=None):
        _one_of("dtype", dtype, ("float16", "float32"))
        _one_of("calls", calls, ("error", "first", "last", "each"))
        self.model, self.dtype, self.calls = model, dtype, calls
        self.layers = choose_layers(model, patterns)
        self.pools = [("**", pool)] if isinstance(pool, str) else list(pool.items())
        for _, name in self.pools:
            _one_of("pool", name, POOLS)
        self.file = ActivationsFile(out, compress, attributes)
        self.forward, self.ids, self.mask = forward or _forward, ids or _ids, mask or _mask
        self.sample_ids = None if sample_ids is None else _plain_ids(sample_ids)
        self.limit, self.check_inputs, self.progress = limit, check_inputs, progress

    def record(self, loader, step, **scalars):
        """Run the model over the loader and append one checkpoint; returns its row count.

        loader   iterable of batches, in the same order each time
        step     training iteration, not recorded before
        scalars  loss=, accuracy=, ...: attributes that Strata carries into the time series
        """
        check_order(loader)
        step = int(step)
        if step in self.file.steps():
            raise ExportError("step %d is recorded already in %s" % (step, self.file.path(step)))
        with self.file.new_checkpoint(step) as draft:
            for name, value in scalars.items():
                draft.group.attrs[name] = _scalar(name, value)
            catcher = _Catcher(self.layers, self._pool_for, self.dtype, self.calls)
            with _frozen(self.model), catcher.attached():
                self._run(loader, catcher, draft)
            return draft.rows

    def _run(self, loader, catcher, draft):
        digest = hashlib.sha256()
        for batch in loader:
            batch = self._cut(batch, draft.rows)
            rows = batch_rows(batch)
            mask = self.mask(batch)
            catcher.start_batch(rows, mask, draft.rows)
            self.forward(self.model, batch)
            catcher.check_all_ran()
            ids = self.ids(batch)
            if ids is None and self.sample_ids is not None:
                ids = self.sample_ids[draft.rows:draft.rows + rows]
            draft.append(catcher.caught, None if ids is None else _plain_ids(ids))
            digest.update(_first_tensor(batch).detach().cpu().contiguous().numpy().tobytes())
            if self.progress:
                self.progress(draft.rows)
            if self.limit and draft.rows >= self.limit:
                break
        if self.sample_ids is not None and len(self.sample_ids) < draft.rows:
            raise ExportError("%d sample ids for %d inputs" % (len(self.sample_ids), draft.rows))
        draft.digest = digest.hexdigest() if self.check_inputs else None

    def _cut(self, batch, done):
        """The batch, without the rows beyond the limit."""
        keep = batch_rows(batch) if not self.limit else min(batch_rows(batch), self.limit - done)
        return batch if keep == batch_rows(batch) else _rows_of(batch, keep, batch_rows(batch))

    def _pool_for(self, key, name):
        for pattern, pool in self.pools:
            if match_name(name, pattern) or match_name(key, pattern):
                return pool
        raise ExportError("layer '%s': no pool given for it; end with '**'" % key)


def check_order(loader):
    """Refuse a DataLoader that shuffles or that sees one rank's shard."""
    sampler = getattr(getattr(loader, "batch_sampler", None), "sampler", None) \
        or getattr(loader, "sampler", None)
    data = torch.utils.data
    if isinstance(sampler, (data.RandomSampler, data.SubsetRandomSampler,
                            data.WeightedRandomSampler, data.distributed.DistributedSampler)):
        raise ExportError("the loader draws its inputs by a %s; row k must be the same input at "
                          "every checkpoint, so use shuffle=False over all inputs"
                          % type(sampler).__name__)


@contextlib.contextmanager
def _frozen(model):
    """Evaluation mode, no gradients, and the global random state kept for the training."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        # A DataLoader draws a seed when it is iterated, which would shift the training.
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def _forward(model, batch):
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    if isinstance(batch, dict):
        return model(**{k: v.to(device) if torch.is_tensor(v) else v
                        for k, v in batch.items() if k != "sample_ids"})
    return model(_first_tensor(batch).to(device))


def _ids(batch):
    return batch.get("sample_ids") if isinstance(batch, dict) else None


def _mask(batch):
    return batch.get("attention_mask") if isinstance(batch, dict) else None


def _first_tensor(batch):
    """The input: the batch itself, or the first tensor in the tuple or dict."""
    if torch.is_tensor(batch):
        return batch
    values = [v for k, v in batch.items() if k != "sample_ids"] if isinstance(batch, dict) \
        else batch if isinstance(batch, (tuple, list)) else ()
    for value in values:
        if torch.is_tensor(value):
            return value
    raise ExportError("a batch of %s holds no tensor" % type(batch).__name__)


def batch_rows(batch):
    return _first_tensor(batch).shape[0]


def _rows_of(batch, keep, rows):
    """The first `keep` rows of everything in a batch that has `rows` rows."""
    if isinstance(batch, dict):
        return {k: _rows_of(v, keep, rows) for k, v in batch.items()}
    if torch.is_tensor(batch) or isinstance(batch, np.ndarray):
        return batch[:keep] if batch.ndim and len(batch) == rows else batch
    if isinstance(batch, (tuple, list)):
        if len(batch) == rows and not any(torch.is_tensor(v) for v in batch):
            return batch[:keep]
        return [_rows_of(v, keep, rows) for v in batch]
    return batch


def _plain_ids(ids):
    return ids.tolist() if hasattr(ids, "tolist") else list(ids)


def _scalar(name, value):
    """A Python, numpy or torch scalar as an HDF5 attribute."""
    value = value.item() if hasattr(value, "item") and np.size(value) == 1 else value
    if isinstance(value, (bool, int)):
        return np.int64(value)
    if isinstance(value, float):
        return np.float64(value)
    if isinstance(value, str):
        return value
    raise ExportError("attribute '%s' is not a scalar: %s" % (name, type(value).__name__))


def _one_of(what, value, known):
    if value not in known:
        raise ExportError("%s '%s' is not one of %s" % (what, value, _quoted(known)))


# ---------------------------------------------------------------- command

HELP = """\
Record activations from saved checkpoints into a Strata activations file.

--entry names a function without arguments that builds the model and the inputs:

    def build():
        return model, loader                         # loader must not shuffle
        return model, loader, {"sample_ids": ids}    # or any option of Recorder

A checkpoint is a state dict, or a dict with one under 'model', 'state_dict' or
'model_state_dict'; other scalars in it (loss, accuracy, epoch) are carried along.
Its step is the entry 'step' (or --step-key), else the last number in the file
name (or the first group of --step-regex), else in its folder's name.
"""


def main(argv=None):
    """The command; returns the exit status (0 done, 2 bad usage or input)."""
    args = _parser().parse_args(argv)
    try:
        return run(args)
    except ExportError as error:
        print("strata_export: %s" % error, file=sys.stderr)
        return 2


def _parser():
    p = argparse.ArgumentParser(prog="strata_export", description=HELP,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--entry", required=True, metavar="MODULE:FUNCTION",
                   help="function that returns (model, loader[, options])")
    p.add_argument("--checkpoints", nargs="+", default=[], metavar="GLOB",
                   help="checkpoint files; recorded in the order of their steps")
    p.add_argument("--layers", nargs="+", metavar="PATTERN",
                   help="module names: '*' within one part, '**' across, '!x' except x, "
                        "'x:0' or 'x:key' for part of a tuple or dict")
    p.add_argument("--out", metavar="FILE",
                   help="activations file; with a {step} field, one file per checkpoint")
    p.add_argument("--list", action="store_true",
                   help="list the modules, with their outputs on the first batch, and stop")
    p.add_argument("--pool", nargs="+", default=["flatten"], metavar="[PATTERN=]POOL",
                   help="%s (default flatten)" % ", ".join(POOLS))
    p.add_argument("--dtype", choices=("float16", "float32"), default="float32")
    p.add_argument("--calls", choices=("error", "first", "last", "each"), default="error",
                   help="which run of a module that runs more than once (default: refuse)")
    p.add_argument("--limit", type=int, metavar="N", help="record the first N inputs")
    p.add_argument("--compress", action="store_true", help="gzip with byte shuffle")
    p.add_argument("--device", default="cpu", help="where the model runs (default cpu)")
    p.add_argument("--initial", action="store_true",
                   help="also record the model as built, as step 0")
    p.add_argument("--skip-existing", action="store_true",
                   help="leave out steps that are in the output already, instead of refusing")
    p.add_argument("--step-key", default="step", metavar="KEY",
                   help="entry of the checkpoint that holds the step (default 'step')")
    p.add_argument("--step-regex", metavar="REGEX",
                   help="take the step from the file's path: the first group")
    p.add_argument("--allow-pickle", action="store_true",
                   help="load checkpoints that hold more than tensors and numbers; this runs "
                        "code from the file, so trust it")
    return p


def run(args):
    """Carry out the command for parsed arguments."""
    model, loader, options = load_entry(args.entry)
    model.to(_device(args.device))
    if args.list:
        return list_modules(model, loader, options)
    _check_usage(args)
    recorder = Recorder(model, args.layers, args.out, **dict(
        {"pool": _parse_pool(args.pool), "dtype": args.dtype, "calls": args.calls,
         "limit": args.limit, "compress": args.compress}, **options))
    plan = plan_steps(args)
    done = recorder.file.steps()
    if not args.skip_existing and done & set(plan):
        raise ExportError("step %d is in %s already; --skip-existing leaves it out"
                          % (min(done & set(plan)), recorder.file.path(min(done & set(plan)))))
    todo = [step for step in sorted(plan) if step not in done]
    for k, step in enumerate(todo):
        # The model as built is step 0: record it before a state dict overwrites it.
        state, scalars = ({}, {}) if plan[step] is None else read_checkpoint(plan[step], args)
        if plan[step] is not None:
            load_state(model, state, plan[step])
        _record_with_progress(recorder, loader, step, scalars, k, len(todo))
    print("%s: %d checkpoints recorded, %d left out" % (args.out, len(todo),
                                                        len(plan) - len(todo)))
    return 0


def _check_usage(args):
    for value, option in ((args.layers, "--layers"), (args.out, "--out"),
                          (args.checkpoints or args.initial, "--checkpoints")):
        if not value:
            raise ExportError("%s is needed; see --help" % option)
    if args.limit is not None and args.limit < 1:
        raise ExportError("--limit must be at least 1")


def _device(name):
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ExportError("--device %s: %s" % (name, str(error).split("\n")[0])) from None


def _parse_pool(words):
    """['mean'] -> 'mean'; ['conv*=grid', 'flatten'] -> {'conv*': 'grid', '**': 'flatten'}."""
    return dict(word.split("=", 1) if "=" in word else ("**", word) for word in words)


def load_entry(entry):
    """Call MODULE:FUNCTION; returns (model, loader, options of Recorder)."""
    module, colon, function = entry.partition(":")
    if not colon:
        raise ExportError("--entry '%s' is not MODULE:FUNCTION" % entry)
    sys.path.insert(0, os.getcwd())
    try:
        build = getattr(importlib.import_module(module), function)
    except ModuleNotFoundError as error:
        raise ExportError("--entry %s: %s" % (entry, error)) from None
    except AttributeError:
        raise ExportError("--entry %s: module '%s' has no '%s'"
                          % (entry, module, function)) from None
    made = build()
    if not isinstance(made, tuple) or len(made) not in (2, 3) \
            or not isinstance(made[0], torch.nn.Module):
        raise ExportError("--entry %s must return (model, loader) or (model, loader, options)"
                          % entry)
    options = made[2] if len(made) == 3 else {}
    known = set(inspect.signature(Recorder).parameters) - {"model", "patterns", "out"}
    for name in set(options) - known:
        raise ExportError("--entry %s: option '%s' is not one of %s"
                          % (entry, name, _quoted(sorted(known))))
    return made[0], made[1], options


def plan_steps(args):
    """{step: checkpoint file}, with None for the model as built."""
    plan = {0: None} if args.initial else {}
    for pattern in args.checkpoints:
        # A file by this very name comes first, so that '[' in a name is no pattern.
        paths = [pattern] if os.path.exists(pattern) else sorted(glob.glob(pattern))
        if not paths:
            raise ExportError("--checkpoints '%s' matches no file" % pattern)
        for path in paths:
            step = find_step(path, args)
            if step in plan and plan[step] != path:
                raise ExportError("step %d twice: %s and %s" % (step, plan[step] or "--initial",
                                                                path))
            plan[step] = path
    return plan


def find_step(path, args):
    """The training step of a checkpoint file: by regex, its own entry, or its name."""
    if args.step_regex:
        found = re.search(args.step_regex, path)
        if not found or not found.groups() or not found.group(1).isdigit():
            raise ExportError("--step-regex '%s' finds no number in '%s'"
                              % (args.step_regex, path))
        return int(found.group(1))
    content = _load(path, args)
    if isinstance(content, dict) and isinstance(content.get(args.step_key), int):
        return content[args.step_key]
    stem = os.path.splitext(os.path.basename(path))[0]
    digits = re.findall(r"\d+", stem) or re.findall(r"\d+", os.path.basename(
        os.path.dirname(os.path.abspath(path))))
    if not digits:
        raise ExportError("%s: no entry '%s' and no number in its name; see --step-key and "
                          "--step-regex" % (path, args.step_key))
    return int(digits[-1])


def _load(path, args):
    try:
        return torch.load(path, map_location="cpu", weights_only=not args.allow_pickle)
    except Exception as error:  # torch.load raises whatever the damaged file leads it to
        first = str(error).strip().split("\n")[0]
        hint = "" if args.allow_pickle else "; if you trust it, try --allow-pickle"
        raise ExportError("%s: cannot be loaded as a checkpoint (%s)%s"
                          % (path, first, hint)) from None


def read_checkpoint(path, args):
    """(state dict, scalars) of a checkpoint file."""
    content = _load(path, args)
    if isinstance(content, torch.nn.Module):
        return content.state_dict(), {}
    if not isinstance(content, dict):
        raise ExportError("%s holds %s, not a state dict" % (path, type(content).__name__))
    for key in ("model", "state_dict", "model_state_dict"):
        if isinstance(content.get(key), dict):
            scalars = {k: v for k, v in content.items() if isinstance(v, (int, float, str))
                       and k != args.step_key}
            return content[key], scalars
    return content, {}


def load_state(model, state, path):
    """Load a state dict, with the prefixes of DataParallel and torch.compile taken off."""
    clean = {re.sub(r"^(module\.|_orig_mod\.)+", "", k): v for k, v in state.items()}
    try:
        model.load_state_dict(clean)
    except (RuntimeError, AttributeError) as error:
        lines = " ".join(line.strip() for line in str(error).split("\n"))
        raise ExportError("%s does not fit the model: %s" % (path, lines[:400])) from None


def _record_with_progress(recorder, loader, step, scalars, k, total):
    """Record one checkpoint: a line that moves on a terminal, one line in a log."""
    start, head = time.time(), "[%d/%d] step %d" % (k + 1, total, step)
    live = sys.stderr.isatty()

    def show(rows):
        if live:
            print("\r%s: %d inputs, %.0f/s " % (head, rows, rows / (time.time() - start + 1e-9)),
                  end="", file=sys.stderr, flush=True)
    recorder.progress = show
    rows = recorder.record(loader, step, **scalars)
    print("%s%s: %d inputs in %.1f s" % ("\r" if live else "", head, rows, time.time() - start),
          file=sys.stderr, flush=True)


def list_modules(model, loader, options):
    """Print every module that runs on the first batch: name, runs, output."""
    seen = {}

    def hook_for(name):
        def hook(module, inputs, output):
            runs, first = seen.get(name, (0, _shape_of(output)))
            seen[name] = runs + 1, first
        return hook
    handles = [m.register_forward_hook(hook_for(n)) for n, m in model.named_modules() if n]
    try:
        with _frozen(model):
            options.get("forward", _forward)(model, next(iter(loader)))
    finally:
        for handle in handles:
            handle.remove()
    width = max([len(n) for n in seen] + [6])
    print("%-*s  runs  output on the first batch" % (width, "module"))
    for name, (runs, output) in seen.items():
        print("%-*s  %4d  %s" % (width, name, runs, output))
    return 0


if __name__ == "__main__":
    sys.exit(main())
