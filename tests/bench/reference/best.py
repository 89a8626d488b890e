"""The best-known losses: best.txt, a line a problem, and its check.

    python tests/bench/reference/best.py [FILE]      # recomputes every loss; needs numpy and h5py

A line has the problem's name, the loss, the seconds and rounds that search.py spent on it, what
found it, and the permutation.
"""

import collections
import os
import sys

import numpy as np

import problems

PATH = os.path.join(problems.HERE, "best.txt")
HEAD = "# name loss seconds rounds found-by permutation; made by search.py\n"

Best = collections.namedtuple("Best", "loss seconds rounds found permutation")


def read(path=PATH):
    """{name: Best}"""
    known = {}
    if os.path.exists(path):
        with open(path, encoding="ascii") as f:
            for line in f:
                if not line.startswith("#"):
                    name, loss, seconds, rounds, found, *permutation = line.split()
                    known[name] = Best(float(loss), float(seconds), int(rounds), found,
                                       np.array(permutation, np.int32))
    return known


def write(known, path=PATH):
    with open(path + ".new", "w", encoding="ascii") as f:
        f.write(HEAD)
        for problem in problems.PROBLEMS:
            if problem.name in known:
                best = known[problem.name]
                f.write("%s %.17g %.0f %d %s %s\n" % (
                    problem.name, best.loss, best.seconds, best.rounds, best.found,
                    " ".join(map(str, best.permutation))))
    os.replace(path + ".new", path)


def fault(problem, best):
    """What is wrong with a stored record, or None."""
    if best is None:
        return "no record"
    if sorted(best.permutation.tolist()) != list(range(problem.n)):
        return "its permutation is none of %d points" % problem.n
    A, B, start = problems.build(problem)
    loss = problems.loss(A, B, best.permutation)
    if abs(loss - best.loss) > 1e-9 * loss + 1e-15:
        return "the loss is %.17g, stored is %.17g" % (loss, best.loss)
    if start is None:
        return None
    reached = problems.loss(A, B, start)
    if loss > reached + 1e-15:
        return "the loss is %.17g, the start has %.17g" % (loss, reached)
    if problem.kind in problems.KNOWN_OPTIMUM and loss < reached * (1 - 1e-9) - 1e-15:
        return "the loss %.17g is below the optimum, %.17g" % (loss, reached)
    return None


def main():
    known = read(*sys.argv[1:])
    faults = {problem.name: fault(problem, known.get(problem.name))
              for problem in problems.PROBLEMS}
    for name, text in faults.items():
        if text:
            print("%s: %s" % (name, text))
    unknown = set(known) - set(faults)
    if unknown:
        print("not in problems.py: %s" % ", ".join(sorted(unknown)))
    if unknown or any(faults.values()):
        sys.exit(1)
    print("%d problems, every loss is that of its permutation" % len(faults))


if __name__ == "__main__":
    main()
