"""The reference set: Gromov-Wasserstein problems made of the data in this repository.

Every problem is a line of PROBLEMS, by which build() makes the distance matrices A[n, n], B[n, n]:
Euclidean, divided by their mean. With loss(P) = 1/n^2 sum_ik (A[i,k] - B[P(i),P(k)])^2, best.txt
has the least loss that is known of each, and its permutation P.

Kinds
    same       two layers of a network on the same n inputs
    other      the same on disjoint inputs: no identity to start from. Of one layer, that is its
               noise floor: as far apart as two samples of the same thing
    isometric  a layer, and its points rotated and renumbered: the optimum is 0
    scaled     the same, and all distances times `amount`, not divided by their mean again. The
               optimum is known: by Cauchy and Schwarz no P has sum A[i,k] A[P(i),P(k)] above the
               identity's, so that it is the mean of (A - amount A)^2
    noise      the same as isometric, but each coordinate gets Gaussian noise of `amount` times its
               standard deviation: the planted permutation is an upper bound

Random numbers come of numpy's RandomState, whose stream is frozen.
"""

import collections
import os

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "..", "data")

Problem = collections.namedtuple("Problem", "name kind file step a b n seed amount", defaults=[0])

M, D = "modular-sum.h5", "digits.h5"
PROBLEMS = [Problem(*line) for line in (
    # name     kind       file step  layer         layer       n  seed amount
    ("sum-01", "same",      M,    0, "block1.out", "block2.out", 100, 1),
    ("sum-02", "same",      M,    0, "block1.out", "block9.out", 400, 2),
    ("sum-03", "same",      M,  100, "block3.mlp", "block5.mlp", 150, 3),
    ("sum-04", "same",      M,  100, "block1.out", "block9.out", 800, 4),
    ("sum-05", "same",      M,  250, "block4.out", "block8.out", 300, 5),
    ("sum-06", "same",      M,  400, "block3.out", "block4.out", 200, 6),
    ("sum-07", "same",      M,  400, "block2.mlp", "block9.out", 500, 7),
    ("sum-08", "same",      M,  700, "block5.out", "block9.out", 300, 8),
    ("sum-09", "same",      M,  850, "block6.mlp", "block9.mlp", 400, 9),
    ("sum-10", "same",      M,  850, "block3.out", "block9.out", 1000, 10),
    ("sum-11", "same",      M, 1000, "block1.out", "block5.out", 250, 11),
    ("sum-12", "same",      M, 1500, "block3.out", "block8.out", 600, 12),
    ("sum-13", "same",      M, 5000, "block1.out", "block9.out", 100, 13),
    ("sum-14", "same",      M, 5000, "block2.out", "block6.out", 300, 14),
    ("sum-15", "same",      M, 5000, "block4.out", "block8.out", 500, 15),
    ("sum-16", "same",      M, 5000, "block5.out", "block6.out", 1000, 16),
    ("sum-17", "same",      M, 5000, "block1.out", "block8.out", 1000, 17),
    ("sum-18", "other",     M, 5000, "block9.out", "block9.out", 250, 18),
    ("sum-19", "other",     M, 5000, "block1.out", "block9.out", 300, 19),
    ("digits-01", "same",   D,    0, "stem",       "block6",     200, 1),
    ("digits-02", "same",   D,   10, "stem",       "pool",       300, 2),
    ("digits-03", "same",   D,   30, "block1",     "block4",     400, 3),
    ("digits-04", "same",   D,   80, "block2",     "logits",     150, 4),
    ("digits-05", "same",   D,  200, "block3",     "pool",       600, 5),
    ("digits-06", "same",   D,  500, "block5",     "block6",     500, 6),
    ("digits-07", "same",   D, 1200, "stem",       "logits",     100, 7),
    ("digits-08", "same",   D, 1200, "pool",       "logits",     600, 8),
    ("digits-09", "same",   D, 1200, "block4",     "logits",     300, 9),
    ("digits-10", "other",  D, 1200, "block6",     "block6",     200, 10),
    ("isometric-1", "isometric", M, 5000, "block4.out", None,    200, 1),
    ("isometric-2", "isometric", D, 1200, "pool",       None,    500, 2),
    ("isometric-3", "isometric", M,    0, "block1.out", None,    1000, 3),
    ("scaled-1",    "scaled",    D, 1200, "block2",     None,    300, 1, 1.5),
    ("noise-1",     "noise",     D,   80, "block6",     None,    200, 1, 0.05),
    ("noise-2",     "noise",     M, 5000, "block8.out", None,    400, 2, 0.2),
    ("noise-3",     "noise",     M,  100, "block1.out", None,    100, 3, 0.5),
)]

KNOWN_OPTIMUM = ("isometric", "scaled")


def distances(x):
    """[n, d] -> [n, n]: Euclidean, divided by their mean."""
    D = np.array([np.sqrt(((x - row) ** 2).sum(1)) for row in x])
    return D / D.mean()


def loss(A, B, permutation):
    """What a matching costs; permutation[n], or any coupling [n, n]."""
    P = np.asarray(permutation)
    if P.ndim == 1:
        return float(((A - B[np.ix_(P, P)]) ** 2).mean())
    p, q = P.sum(1), P.sum(0)
    return float(p @ A**2 @ p + q @ B**2 @ q - 2 * ((A @ P) * (P @ B)).sum())


def activations(problem, layer):
    with h5py.File(os.path.join(DATA, problem.file), "r") as f:
        group, = (g for g in f["checkpoints"].values() if g.attrs["step"] == problem.step)
        x = group[layer][()]
    return x.reshape(len(x), -1).astype(np.float64)


def planted_pair(problem, x, random):
    """A, B, and the permutation by which B was made of A."""
    n, d = x.shape
    y = x + problem.amount * x.std(0) * random.standard_normal(x.shape) \
        if problem.kind == "noise" else x
    rotation = np.linalg.qr(random.standard_normal((d, d)))[0]
    planted = random.permutation(n)
    A = distances(x)
    renumbered = np.empty_like(y)
    renumbered[planted] = y @ rotation
    B = distances(renumbered)
    return A, problem.amount * B if problem.kind == "scaled" else B, planted


def build(problem):
    """A[n, n], B[n, n], and a permutation to start from: the planted one, the identity, or None."""
    random = np.random.RandomState(problem.seed)
    x = activations(problem, problem.a)
    rows = random.permutation(len(x))
    n = problem.n
    if problem.b is None:
        return planted_pair(problem, x[rows[:n]], random)
    other = rows[n:2 * n] if problem.kind == "other" else rows[:n]
    A, B = distances(x[rows[:n]]), distances(activations(problem, problem.b)[other])
    return A, B, np.arange(n) if problem.kind == "same" else None
