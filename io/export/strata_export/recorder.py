"""Record a model, one checkpoint after the other."""

import contextlib
import hashlib

import numpy as np
import torch

from .catcher import Catcher
from .errors import ExportError, one_of
from .file import ActivationsFile
from .layers import choose_layers, match_name
from .pooling import POOLS


class Recorder:
    """Records the activations of chosen layers, one checkpoint after the other.

    model       torch.nn.Module; left as it was found (train/eval mode, random state)
    patterns    module-name patterns, see strata_export
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
        one_of("dtype", dtype, ("float16", "float32"))
        one_of("calls", calls, ("error", "first", "last", "each"))
        self.model, self.dtype, self.calls = _unwrap(model), dtype, calls
        self.layers = choose_layers(self.model, patterns)
        self.pools = [("**", pool)] if isinstance(pool, str) else list(pool.items())
        for _, name in self.pools:
            one_of("pool", name, POOLS)
        self.file = ActivationsFile(out, compress, attributes)
        self.forward, self.ids, self.mask = forward or default_forward, ids or _ids, mask or _mask
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
        if step < 0:
            raise ExportError("step %d is negative" % step)
        if self.file.has(step):
            raise ExportError("step %d is recorded already in %s" % (step, self.file.path(step)))
        with self.file.new_checkpoint(step) as draft:
            for name, value in scalars.items():
                draft.group.attrs[name] = _scalar(name, value)
            catcher = Catcher(self.layers, self._pool_for, self.dtype, self.calls)
            with frozen(self.model), catcher.attached():
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
            digest.update(_bytes_of(_first_tensor(batch)))
            if self.progress:
                self.progress(draft.rows)
            if self.limit and draft.rows >= self.limit:
                break
        known = draft.rows if self.sample_ids is None else len(self.sample_ids)
        if known < draft.rows or known > draft.rows and not self.limit:
            raise ExportError("%d sample ids for %d inputs" % (known, draft.rows))
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


def _unwrap(model):
    """The model inside DataParallel, DistributedDataParallel or torch.compile."""
    parallel = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
    model = getattr(model, "_orig_mod", model)
    return _unwrap(model.module) if isinstance(model, parallel) else model


@contextlib.contextmanager
def frozen(model):
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


def default_forward(model, batch):
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


def _bytes_of(x):
    x = x.detach().cpu()
    return (x.float() if x.dtype == torch.bfloat16 else x).contiguous().numpy().tobytes()


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
    """A Python, numpy or torch number as an HDF5 attribute."""
    with contextlib.suppress(ValueError, RuntimeError):  # more than one element
        value = value.item() if hasattr(value, "item") else value
    if isinstance(value, (bool, int)):
        return np.int64(value)
    if isinstance(value, float):
        return np.float64(value)
    raise ExportError("attribute '%s' is not a number: %s" % (name, type(value).__name__))
