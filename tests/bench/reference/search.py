"""A long search for the best-known losses; goes on from best.txt, and keeps what is better in it.

    tests/bench/reference.sh search --minutes 60

A round takes the problem that got the least time for its size, and one of
    thorough  Strata, all points of both sides in a new order: it starts from the identity as
              before, but all its random choices are other ones
    onward    the same from the best known, which is made the identity
    tabu      robust tabu search (Taillard, Parallel Computing 17, 1991) in plain numpy from the
              best known: shares no code with the solver that is measured
    faq       SciPy's FAQ from a random doubly stochastic matrix, taken further by Strata
The rounds of a problem are numbered, and the number is the seed: a search that was stopped and goes
on does what it would have done.
"""

import argparse
import os
import sys
import time

import numpy as np
from scipy.optimize import quadratic_assignment

import best
import problems

sys.path.insert(0, os.path.join(problems.HERE, ".."))
from strata import Strata  # noqa: E402


KINDS = ("thorough", "onward", "faq", "onward", "thorough", "faq", "onward", "tabu")


def solve_from(strata, A, B, start, effort, random):
    """Strata's permutation, with the points numbered so that the identity is `start`."""
    n = len(A)
    order = random.permutation(n)
    partner = start[order]
    a, b = strata.space(A[np.ix_(order, order)]), strata.space(B[np.ix_(partner, partner)])
    found = strata.solve(n, a, b, effort)[1]
    strata.free(a)
    strata.free(b)
    permutation = np.empty(n, np.int32)
    permutation[order] = partner[found]
    return permutation


def tabu_moves(n):
    return min(5000, int(2e8) // n**2)


def tabu(A, B, start, random):
    """The best permutation on a walk of best allowed swaps. What is maximised is the sum of
    A[i,k] Bp[i,k], with Bp the renumbered B; all gains of swaps come of K = A Bp, which a swap
    changes by rank one."""
    n = len(A)
    permutation, found = start.copy(), start.copy()
    Bp = B[np.ix_(start, start)]
    K = A @ Bp
    until = np.zeros((n, n), np.int32)  # [i, k]: when i may get the partner of k again
    value = highest = 0.0
    for move in range(1, tabu_moves(n) + 1):
        diagonal = K.diagonal()
        gain = K + K.T
        gain -= diagonal
        gain -= diagonal[:, None]
        gain += 2 * A * Bp
        allowed = (until < move) | (until.T < move) | (2 * gain > highest - value + 1e-9)
        np.fill_diagonal(allowed, False)
        i, k = divmod(int(np.where(allowed, gain, -np.inf).argmax()), n)
        value += 2 * gain[i, k]
        for point in (i, k):
            until[point, point] = move + random.randint(n // 2, 2 * n)
        K += np.outer(A[:, i] - A[:, k], Bp[k] - Bp[i])
        for array in (K, until, Bp):
            array[:, [i, k]] = array[:, [k, i]]
        Bp[[i, k]] = Bp[[k, i]]
        permutation[[i, k]] = permutation[[k, i]]
        if value > highest + 1e-9:
            highest, found = value, permutation.copy()
    return found


def faq(A, B, random):
    options = {"maximize": True, "rng": random, "P0": "randomized"}
    return quadratic_assignment(A, B, method="faq", options=options)["col_ind"].astype(np.int32)


def search_round(strata, A, B, known, number):
    """What was done, and the permutation that it found."""
    random = np.random.RandomState(number)
    identity = np.arange(len(A), dtype=np.int32)
    kind = KINDS[number % len(KINDS)]
    if kind == "thorough":
        return kind, solve_from(strata, A, B, identity, "thorough", random)
    if kind == "onward":
        return kind, solve_from(strata, A, B, known, "thorough", random)
    if kind == "tabu":
        return kind, tabu(A, B, known, random)
    return kind, solve_from(strata, A, B, faq(A, B, random), "standard", random)


def first(problem):
    A, B, start = problems.build(problem)
    start = np.arange(problem.n) if start is None else start
    found = "planted" if problem.b is None else "identity"
    return best.Best(problems.loss(A, B, start), 0, 0, found, start.astype(np.int32))


def go_on(strata, problem, record):
    """The record after one more round."""
    begin = time.perf_counter()
    A, B, _ = problems.build(problem)
    found, permutation = search_round(strata, A, B, record.permutation, record.rounds)
    loss = problems.loss(A, B, permutation)
    if loss < record.loss * (1 - 1e-12):
        print("%s: round %d, %s: %.9g, %.2g below" % (
            problem.name, record.rounds, found, loss, 1 - loss / record.loss), flush=True)
        record = record._replace(loss=loss, found=found, permutation=permutation)
    return record._replace(rounds=record.rounds + 1,
                           seconds=record.seconds + time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True, help="made by reference.sh")
    parser.add_argument("--minutes", type=float, default=60, help="default: 60")
    parser.add_argument("--only", help="problems whose name begins so")
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * arguments.minutes
    strata = Strata(arguments.library)
    known = best.read()
    chosen = []
    for problem in problems.PROBLEMS:
        known.setdefault(problem.name, first(problem))
        if problem.kind not in problems.KNOWN_OPTIMUM and \
                problem.name.startswith(arguments.only or ""):
            chosen.append(problem)
    best.write(known)
    while chosen and time.monotonic() < end:
        problem = min(chosen, key=lambda p: known[p.name].seconds / p.n)
        known[problem.name] = go_on(strata, problem, known[problem.name])
        best.write(known)


if __name__ == "__main__":
    main()
