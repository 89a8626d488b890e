"""A network with known sub-networks: sums modulo p, one stage after the other.

    python tests/studies/modular_sum.py --out tests/data/modular-sum.h5

Inputs are four integers a, b, c, d modulo p = 17, all 17^4 tuples, of which 80 % train.
A residual MLP of nine blocks must compute, in three stages of 3, 4 and 2 blocks,

    stage 1   s1 = a  + b mod p     and still know c and d
    stage 2   s2 = s1 + c mod p     and still know d
    stage 3   s3 = s2 + d mod p

The stages are unequal so that cutting the depth in equal parts finds the wrong ones.

What makes the boundaries a ground truth
    Every compared layer of a stage feeds the stage's linear read-outs, the same for all its
    layers, with one cross-entropy loss each. So a layer of stage j is trained to hold what
    stage j has to deliver, from its first block to its last, and nothing asks it to keep
    more. The loss is the plain sum; gradients flow freely through all stages. Nothing acts
    on the distances between activations, and nothing is done to the activations recorded.

What the distances then see
    A stage holds three, two and one independent numbers modulo p, so its activations fall
    into p^3, p^2 and p clusters. These shapes differ under every matching of the inputs to
    each other; a Gromov-Wasserstein distance could not tell s1 alone from s2 alone.

Blocks
    h -> P h + mlp(LayerNorm(h)). P is the identity inside a stage. In the first block of a
    stage it is a learned projection, the identity at the start (in block 1, which takes the
    embeddings of a, b, c, d side by side, an ordinary linear layer). Untrained, the
    residual stream therefore runs through the stage boundaries as through any other block.
    Compared are every block's output (`block3.out`) and, but for the first block of a stage,
    its MLP before the residual sum (`block3.mlp`). The MLP of a first block is left out: it
    has to undo the previous stage, and belongs to neither.

Held-out accuracy means: tuples not trained on. The sums of two numbers that they consist of
do occur in training; a network that composes them generalises, one that learns tuples by
heart does not.
"""

import argparse
import contextlib
import os
import sys
import time

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "io", "export"))
from strata_export import Recorder  # noqa: E402

P = 17             # modulus
OPERANDS = 4
EMBED = 16         # width of one operand's embedding
WIDTH = 24         # residual stream
HIDDEN = 128       # inside an MLP
STAGES = (3, 4, 2)  # blocks per stage
BATCH, STEPS, RATE, DECAY = 1024, 5000, 2e-3, 0.3
RECORDED = (0, 30, 100, 250, 400, 500, 600, 700, 850, 1000, 1500, 2500, 5000)


class Block(nn.Module):
    """The parts of a block: h [B, in] -> out(shortcut(h) + mlp(h)) [B, out]."""

    def __init__(self, width_in, width_out, first):
        super().__init__()
        self.shortcut = nn.Linear(width_in, width_out, bias=False) if first else nn.Identity()
        if first and width_in == width_out:
            nn.init.eye_(self.shortcut.weight)
        self.mlp = nn.Sequential(nn.LayerNorm(width_in), nn.Linear(width_in, HIDDEN), nn.ReLU(),
                                 nn.Linear(HIDDEN, width_out))
        self.out = nn.Identity()  # gives the residual stream a name to record it by


class ModularSum(nn.Module):
    """x [B, 4] int64 -> read-outs: list of (stage, logits [B, numbers held, P]) per layer."""

    def __init__(self):
        super().__init__()
        self.embed = nn.ModuleList(nn.Embedding(P, EMBED) for _ in range(OPERANDS))
        self.stage_of, self.first = [], set()
        for stage, blocks in enumerate(STAGES):
            self.first.add(len(self.stage_of))
            self.stage_of += [stage] * blocks
        for k in range(len(self.stage_of)):
            width = OPERANDS * EMBED if k == 0 else WIDTH
            self.add_module("block%d" % (k + 1), Block(width, WIDTH, k in self.first))
        self.readout = nn.ModuleList(nn.Linear(WIDTH, P * (len(STAGES) - stage))
                                     for stage in range(len(STAGES)))

    def layers(self):
        """(names of the compared layers in network order, the stage of each)."""
        names, stages = [], []
        for k, stage in enumerate(self.stage_of):
            parts = ("out",) if k in self.first else ("mlp", "out")
            names += ["block%d.%s" % (k + 1, part) for part in parts]
            stages += [stage] * len(parts)
        return names, stages

    def forward(self, x):
        h = torch.cat([embed(x[:, i]) for i, embed in enumerate(self.embed)], 1)
        logits = []
        for k, stage in enumerate(self.stage_of):
            block = getattr(self, "block%d" % (k + 1))
            branch = block.mlp(h)
            h = block.out(block.shortcut(h) + branch)
            for layer in (h,) if k in self.first else (branch, h):
                logits.append((stage, self.readout[stage](layer).view(len(x), -1, P)))
        return logits


def make_data(seed):
    """All tuples, shuffled: x [P^4, 4], targets per stage [P^4, numbers held], train rows."""
    numbers = torch.arange(P)
    x = torch.cartesian_prod(*[numbers] * OPERANDS)
    x = x[torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))]
    targets, total = [], x[:, 0]
    for stage in range(len(STAGES)):
        total = (total + x[:, stage + 1]) % P
        targets.append(torch.cat([total[:, None], x[:, stage + 2:]], 1))
    return x, targets, int(0.8 * len(x))


def loss_of(logits, targets):
    """Sum over layers of the mean cross entropy of their read-outs."""
    return sum(F.cross_entropy(z.reshape(-1, P), targets[stage].reshape(-1))
               for stage, z in logits)


@torch.no_grad()
def held_out(model, x, targets):
    """Loss, and accuracy of each stage's sum at the last layer of the stage."""
    model.eval()
    logits = model(x)
    scores = {"loss": loss_of(logits, targets).item()}
    for stage, z in logits:  # a later layer of the stage overwrites an earlier one
        right = z[:, 0].argmax(1) == targets[stage][:, 0]
        scores["accuracy_s%d" % (stage + 1)] = right.float().mean().item()
    scores["accuracy"] = scores["accuracy_s%d" % len(STAGES)]
    return scores


def train(args):
    """Train from the seed, recording the held-out rows at the steps of RECORDED."""
    torch.manual_seed(args.seed)
    x, targets, split = make_data(args.seed)
    model = ModularSum()
    names, stages = model.layers()
    rows = range(split, split + args.samples)  # ids: rows of the shuffled list of tuples
    probe = torch.utils.data.DataLoader(x[rows.start:rows.stop], batch_size=256)
    part = args.out + ".new"  # complete or absent: renamed at the end
    with contextlib.suppress(FileNotFoundError):
        os.remove(part)
    recorder = Recorder(model, names, part, dtype="float16", compress=True, sample_ids=rows,
                        attributes=describe(args.seed, names, stages))
    test_x, test_y = x[split:], [t[split:] for t in targets]
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY,
                                  betas=(0.9, 0.98))
    # A short warm-up, then down to a tenth in a straight line.
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda t: min(1, (t + 1) / 100) * (1 - 0.9 * t / STEPS))
    start = time.time()
    for step in range(STEPS + 1):
        if step in RECORDED:
            scores = held_out(model, test_x, test_y)
            recorder.record(probe, step, **scores)
            print("step %5d  %5.0f s  " % (step, time.time() - start)
                  + "  ".join("%s %.3f" % item for item in scores.items()), flush=True)
        model.train()
        batch = torch.randint(split, (BATCH,))
        loss = loss_of(model(x[batch]), [t[batch] for t in targets])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    os.replace(part, args.out)


def describe(seed, names, stages):
    """Root attributes of the file, the planted groups among them."""
    return {
        "model": "residual MLP of %d blocks in %d stages, width %d"
                 % (sum(STAGES), len(STAGES), WIDTH),
        "dataset": "a, b, c, d modulo %d; rows are tuples not trained on" % P,
        "seed": np.int64(seed),
        "planted_groups": np.array(stages, dtype=np.int64),
        "planted_description":
            "sub-network each layer of /layers was trained to belong to: "
            "0 holds (a+b mod p, c, d), 1 holds (a+b+c mod p, d), 2 holds a+b+c+d mod p",
    }


def check(path):
    """Print, per checkpoint, how well the planted blocks show without any solver.

    The identity loss of two layers is mean((A - B)^2) of their distance matrices, each
    divided by its mean. Printed are its mean between and within planted groups, and the
    best cut of the layers into as many runs as there are groups.
    """
    with h5py.File(path, "r") as f:
        names = [s.decode() for s in f["layers"][()]]
        planted = f.attrs["planted_groups"]
        for group in f["checkpoints"].values():
            loss = identity_loss([group[name][:400] for name in names])
            same = planted[:, None] == planted
            pairs = ~np.eye(len(names), dtype=bool)
            between, within = loss[~same].mean(), loss[same & pairs].mean()
            print("step %5d  between %.4f  within %.4f  ratio %6.1f  cut before layers %s"
                  % (group.attrs["step"], between, within, between / within, best_cut(loss)))
        cuts = tuple((np.flatnonzero(np.diff(planted)) + 1).tolist())
        print("planted: cut before layers %s" % (cuts,))


def identity_loss(activations):
    """List of L arrays [n, d] -> [L, L]."""
    matrices = []
    for a in activations:
        z = torch.from_numpy(a.astype(np.float64).reshape(len(a), -1))
        distance = torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist").numpy()
        matrices.append(distance / distance.mean())
    return np.array([[((a - b) ** 2).mean() for b in matrices] for a in matrices])


def best_cut(loss):
    """Layers (i, j) before which to cut [L, L] in three runs with the least loss inside."""
    count = len(loss)

    def cost(i, j):
        return loss[i:j, i:j].sum() / (j - i)
    return min((cost(0, i) + cost(i, j) + cost(j, count), (i, j))
               for i in range(1, count - 1) for j in range(i + 1, count))[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="modular-sum.h5")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--samples", type=int, default=1000, help="held-out rows to record")
    parser.add_argument("--threads", type=int, default=1,
                        help="results depend on it in the last digits (default 1)")
    parser.add_argument("--check", metavar="FILE", help="only show how the blocks of FILE look")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    if not args.check:
        train(args)
    check(args.check or args.out)


if __name__ == "__main__":
    main()
