"""Strata's solver for Python: the shared library that setup.sh makes of the solver and bind.c."""

import ctypes
import os
import sys

import numpy as np

EFFORTS = ("fast", "standard", "thorough")


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


class Strata:
    def __init__(self, path):
        self.library = ctypes.CDLL(os.path.abspath(path))
        for name in ("bench_space", "strata_solver_new", "strata_assignment_new"):
            getattr(self.library, name).restype = ctypes.c_void_p
        self.library.strata_loss.restype = ctypes.c_double
        self.library.bench_free.argtypes = [ctypes.c_void_p]
        self.solvers, self.assignments = {}, {}

    def distances(self, x):
        """[n, d] -> [n, n]: Euclidean, divided by their mean."""
        x = np.ascontiguousarray(x, dtype=np.float64)
        D = np.empty((len(x), len(x)))
        self.check(self.library.bench_distances(pointer(x), *x.shape, pointer(D)))
        return D

    def space(self, D):
        """A space of the distances D[n, n] as they are; to be freed."""
        D = np.ascontiguousarray(D)
        space = self.library.bench_space(pointer(D), len(D))
        if not space:
            sys.exit("the solver refused a distance matrix")
        return ctypes.c_void_p(space)

    def free(self, space):
        self.library.bench_free(space)

    def solve(self, n, a, b, effort):
        """(loss, lower bound, gap, identity loss), permutation[n]."""
        solver = self.workspace(self.solvers, self.library.strata_solver_new, n)
        values, permutation = np.empty(4), np.empty(n, np.int32)
        self.check(self.library.bench_solve(solver, a, b, EFFORTS.index(effort), pointer(values),
                                            pointer(permutation)))
        return values, permutation

    def loss(self, a, b, permutation):
        return self.library.strata_loss(a, b, pointer(permutation))

    def assign(self, cost):
        workspace = self.workspace(self.assignments, self.library.strata_assignment_new, len(cost))
        columns = np.empty(len(cost), np.int32)
        self.check(self.library.strata_assignment_solve(workspace, pointer(cost), len(cost),
                                                        pointer(columns), None, None))
        return columns

    def transport(self, cost, p, q):
        """The least cost of a coupling of the weights p[n] and q[m]."""
        value = ctypes.c_double()
        self.check(self.library.bench_transport(pointer(cost), *cost.shape, pointer(p), pointer(q),
                                                ctypes.byref(value)))
        return value.value

    @staticmethod
    def workspace(kept, make, n):
        """Workspaces are allocated once, as in a run; kept for the life of the process."""
        if n not in kept:
            kept[n] = ctypes.c_void_p(make(n))
        return kept[n]

    @staticmethod
    def check(status):
        if status != 0:
            sys.exit("the solver returned status %d" % status)
