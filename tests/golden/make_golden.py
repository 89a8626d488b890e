"""Numbers of POT (Python Optimal Transport) for the tests of the solver: writes golden.h.

    python -m venv build/golden-venv
    build/golden-venv/bin/pip install POT==0.9.7.post1 numpy==2.4.6 scipy==1.17.1
    build/golden-venv/bin/python tests/golden/make_golden.py

Problems are made of a generator that the C tests repeat to the last bit (tests/solver/points.h), so
that golden.h holds results only. Checked by tests/solver/test_golden.c:

    gwloss       POT's loss of a given coupling: must be Strata's loss of the permutation
    gromov       what POT's solver reaches from the product coupling: no effort but fast may end above
    emd          POT's exact transport cost of given costs: must be Strata's assignment
    general      both for different sizes and weights: Strata's transport must cost the same, its
                 loss may not end above
"""

import os

import numpy as np
import ot
from ot.gromov import gromov_wasserstein2, gwloss, init_matrix

HERE = os.path.dirname(os.path.abspath(__file__))
DISTANCES = ("euclidean", "sqeuclidean", "cosine", "correlation")
# seed, points, columns of x, columns of y, distance
PROBLEMS = [(seed, n, dx, dy, k % 4)
            for k, (seed, n, dx, dy) in enumerate([
                (1, 20, 3, 3), (2, 23, 2, 5), (3, 24, 4, 3), (4, 25, 5, 7), (5, 30, 3, 6),
                (6, 31, 2, 2), (7, 32, 8, 3), (8, 33, 4, 4), (9, 36, 1, 3), (10, 37, 10, 2),
                (11, 39, 3, 12), (12, 40, 6, 6)])]
# seed, points, other points, columns of x, columns of y, distance
GENERAL = [(201, 18, 12, 3, 4, 0), (202, 15, 25, 2, 3, 1), (203, 20, 20, 4, 4, 0),
           (204, 30, 17, 5, 3, 2), (205, 24, 36, 3, 6, 0), (206, 33, 32, 2, 2, 1)]
COSTS = [(101, 16), (102, 25), (103, 32), (104, 40)]  # seed, rows


class Random:
    """points.h: Knuth's MMIX generator."""

    def __init__(self, seed):
        self.state = (seed * 0x9E3779B97F4A7C15 + 1) % 2**64

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) * 2.0**-53

    def points(self, n, d):
        return np.array([self.uniform() for _ in range(n * d)]).reshape(n, d)

    def permutation(self, n):
        p = np.arange(n)
        for k in range(n - 1, 0, -1):
            j = int(self.uniform() * (k + 1))
            p[k], p[j] = p[j], p[k]
        return p


def distances(x, name):
    """[n, d] -> [n, n] by the definition, divided by the mean."""
    if name == "correlation":
        x = x - x.mean(1, keepdims=True)
    if name in ("cosine", "correlation"):
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
    squared = ((x[:, None] - x[None]) ** 2).sum(2)
    D = {"euclidean": np.sqrt(squared), "sqeuclidean": squared}.get(name, squared / 2)
    return D / D.mean()


def solve_problem(seed, n, dx, dy, distance):
    """The values of one problem: loss of a random permutation, of the identity, POT's minimum."""
    r = Random(seed)
    A = distances(r.points(n, dx), DISTANCES[distance])
    B = distances(r.points(n, dy), DISTANCES[distance])
    p = r.permutation(n)
    uniform = np.full(n, 1 / n)
    constants = init_matrix(A, B, uniform, uniform, "square_loss")

    def loss(permutation):
        T = np.zeros((n, n))
        T[np.arange(n), permutation] = 1 / n
        return gwloss(*constants, T)

    return loss(p), loss(np.arange(n)), gromov_wasserstein2(A, B, uniform, uniform, "square_loss")


def solve_general(seed, n, m, dx, dy, distance):
    """POT's transport cost of the points' products, and its minimum of GW, for random weights."""
    r = Random(seed)
    x, y = r.points(n, dx), r.points(m, dy)
    p, q = r.points(1, n)[0], r.points(1, m)[0]
    p, q = p / p.sum(), q / q.sum()
    d = min(dx, dy)
    A, B = distances(x, DISTANCES[distance]), distances(y, DISTANCES[distance])
    return (ot.emd2(p, q, -x[:, :d] @ y[:, :d].T, numItermax=10**7),
            gromov_wasserstein2(A, B, p, q, "square_loss"))


def solve_costs(seed, n):
    """Cost of the best assignment of random costs in single precision, summed over rows."""
    cost = Random(seed).points(n, n).astype(np.float32).astype(np.float64)
    return n * ot.emd2(np.full(n, 1 / n), np.full(n, 1 / n), cost, numItermax=10**7)


def main():
    lines = ["/* Made by make_golden.py with POT %s, NumPy %s. */" % (ot.__version__, np.__version__),
             "#ifndef TESTS_GOLDEN_H", "#define TESTS_GOLDEN_H", "",
             "#include <stdint.h>", "",
             "/* points.h makes x[n, dx], then y[n, dy], then permutation[n] from the seed. */",
             "static const struct golden_problem {",
             "    uint64_t seed;",
             "    int n, dx, dy, distance;",
             "    double loss;          /* of the permutation: gwloss */",
             "    double identity_loss; /* of the identity: gwloss */",
             "    double gromov;        /* gromov_wasserstein2 from its default start */",
             "} golden_problems[] = {"]
    for problem in PROBLEMS:
        lines.append("    {%d, %d, %d, %d, %d, " % problem
                     + ", ".join("%.17g" % v for v in solve_problem(*problem)) + "},")
    lines += ["};", "",
              "/* random_points(seed) makes cost[n, n], rounded to single precision. */",
              "static const struct golden_costs {",
              "    uint64_t seed;", "    int n;", "    double total; /* n * emd2 */",
              "} golden_costs[] = {"]
    lines += ["    {%d, %d, %.17g}," % (*costs, solve_costs(*costs)) for costs in COSTS]
    lines += ["};", "",
              "/* points.h makes x[n, dx], y[m, dy], then weights p[n], q[m] before they are divided",
              " * by their sums. */",
              "static const struct golden_general {",
              "    uint64_t seed;", "    int n, m, dx, dy, distance;",
              "    double transport; /* emd2 of costs -<x, y>, of the columns that both have */",
              "    double gromov;    /* gromov_wasserstein2 from its default start */",
              "} golden_general[] = {"]
    lines += ["    {%d, %d, %d, %d, %d, %d, %.17g, %.17g}," % (*g, *solve_general(*g))
              for g in GENERAL]
    lines += ["};", "", "#endif", ""]
    with open(os.path.join(HERE, "golden.h"), "w", encoding="ascii") as f:
        f.write("\n".join(lines))


if __name__ == "__main__":
    main()
