"""A small residual network on the handwritten digits that come with scikit-learn.

    python tests/studies/digits.py --out tests/data/digits.h5

1797 images of 8 x 8 pixels in ten classes; 1197 train, 600 are held out and recorded. Nobody
planted sub-networks here: the network has three stages of growing width and shrinking map,
as vision networks do, and what they turn out to be is the question. Compared are the stem,
each of six residual blocks, the pooled features and the logits. Maps are recorded as the
means of their four quarters [C, 2, 2], so that what an early layer knows of places remains.
Normalisation is by group within an image, so no row depends on another.
"""

import argparse
import contextlib
import os
import sys
import time

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "io", "export"))
from strata_export import Recorder  # noqa: E402

LAYERS = ["stem", "block?", "pool", "logits"]
STAGES = ((8, 1), (8, 1), (16, 2), (16, 1), (24, 2), (24, 1))  # (channels, stride) per block
HELD_OUT, BATCH, STEPS, RATE, DECAY = 600, 64, 1200, 2e-3, 0.05
RECORDED = (0, 10, 30, 80, 200, 500, 1200)


class Block(nn.Module):
    """h [B, C, H, W] -> relu(shortcut(h) + two convolutions of h)."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.shortcut = nn.Identity() if before == after and stride == 1 \
            else nn.Conv2d(before, after, 1, stride)
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1), nn.GroupNorm(2, after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1), nn.GroupNorm(2, after))

    def forward(self, h):
        return F.relu(self.shortcut(h) + self.body(h))


class Network(nn.Sequential):
    """x [B, 1, 8, 8] -> logits [B, 10]."""

    def __init__(self):
        super().__init__()
        width = STAGES[0][0]
        self.add_module("stem", nn.Sequential(nn.Conv2d(1, width, 3, 1, 1), nn.ReLU()))
        for k, (channels, stride) in enumerate(STAGES):
            self.add_module("block%d" % (k + 1), Block(width, channels, stride))
            width = channels
        self.add_module("pool", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
        self.add_module("logits", nn.Linear(width, 10))


def make_data(seed):
    """Images [1797, 1, 8, 8] in 0..1 and classes [1797], shuffled, and their rows."""
    digits = load_digits()
    rows = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(seed))
    x = torch.from_numpy(digits.images).float()[:, None] / 16
    return x[rows], torch.from_numpy(digits.target).long()[rows], rows


@torch.no_grad()
def score(model, x, y, prefix=""):
    model.eval()
    z = model(x)
    return {prefix + "loss": F.cross_entropy(z, y).item(),
            prefix + "accuracy": (z.argmax(1) == y).float().mean().item()}


def train(args):
    """Train from the seed, recording the held-out images at the steps of RECORDED."""
    torch.manual_seed(args.seed)
    x, y, rows = make_data(args.seed)
    split = len(x) - HELD_OUT
    model = Network()
    probe = torch.utils.data.DataLoader(x[split:], batch_size=200)
    part = args.out + ".new"  # complete or absent: renamed at the end
    with contextlib.suppress(FileNotFoundError):
        os.remove(part)
    recorder = Recorder(
        model, LAYERS, part, pool={"pool": "flatten", "**": "grid"}, dtype="float16",
        compress=True, sample_ids=rows[split:],
        attributes={"model": "residual CNN, 6 blocks in 3 stages, 8-16-24 channels",
                    "dataset": "scikit-learn digits, %d held-out images" % HELD_OUT,
                    "seed": np.int64(args.seed)})
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    start = time.time()
    for step in range(STEPS + 1):
        if step in RECORDED:
            scores = score(model, x[split:], y[split:])
            scores.update(score(model, x[:split], y[:split], "train_"))
            recorder.record(probe, step, **scores)
            print("step %5d  %5.0f s  " % (step, time.time() - start)
                  + "  ".join("%s %.3f" % item for item in scores.items()), flush=True)
        model.train()
        batch = torch.randint(split, (BATCH,))
        loss = F.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    os.replace(part, args.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="digits.h5")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1,
                        help="results depend on it in the last digits (default 1)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    train(args)


if __name__ == "__main__":
    main()
