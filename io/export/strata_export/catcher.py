"""Catch the outputs of chosen modules while a model runs."""

import contextlib

import numpy as np
import torch

from .errors import ExportError, quoted
from .layers import layer_name, shape_of, take_part
from .pooling import pool_output


class Catcher:
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
                              % (key, shape_of(x)))
        if x.dim() == 0 or x.shape[0] != self.rows:
            raise ExportError("layer '%s' gives %s for a batch of %d inputs; the first axis must "
                              "be the batch" % (key, shape_of(x), self.rows))
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
                              "away with '!name' (PyTorch 1.13 fuses nn.TransformerEncoderLayer "
                              "in evaluation, so that its parts do not run: use 2.x)"
                              % quoted(idle))


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
