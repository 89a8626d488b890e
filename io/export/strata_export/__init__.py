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

Pooling (per layer)
    Outputs with two axes are kept as they are. `flatten` keeps every axis;
    `mean`, `first`, `last` reduce the tokens of [B, T, D] (`mean` also the map of
    [B, C, H, W]); a token mask [B, T] makes `mean` and `last` ignore padding.

Needs PyTorch 1.13 or 2.x, h5py 3 and numpy.
"""

from .command import main
from .errors import ExportError
from .layers import match_name
from .pooling import POOLS, pool_output
from .recorder import Recorder

__all__ = ["Recorder", "ExportError", "POOLS", "pool_output", "match_name", "main"]
