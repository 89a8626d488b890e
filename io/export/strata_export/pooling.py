"""Reduce a layer's output [B, ...] before it is recorded."""

import torch

from .errors import ExportError


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
    last = (mask * position).amax(1)
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
    if mask is not None and x.dim() == 3:
        if mask.shape != x.shape[:2]:
            raise ExportError("token mask %s does not fit an output %s"
                              % (tuple(mask.shape), tuple(x.shape)))
        mask = mask.to(x.device) != 0
        if not mask.any(1).all():
            raise ExportError("an input has no token in the mask")
    return POOLS[pool](x, mask)
