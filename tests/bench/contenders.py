"""What Strata is compared with: each takes A[n, n], B[n, n] and returns a coupling [n, n], or a
permutation [n]. All from their default start; where that is random, from seed 0."""

import numpy as np
import ot
from scipy.optimize import quadratic_assignment

# Of distances whose mean is 1. At POT's defaults, 0.1 and 1000, it is slower and ends higher.
PPA_EPSILON, PPA_STEPS = 0.02, 100


def uniform(n):
    return np.full(n, 1 / n)


def pot_gw(A, B):
    """Conditional gradient, from the product coupling."""
    p = uniform(len(A))
    return ot.gromov.gromov_wasserstein(A, B, p, p, "square_loss")


def pot_ppa(A, B):
    """Entropic proximal point algorithm."""
    p = uniform(len(A))
    return ot.gromov.entropic_gromov_wasserstein(A, B, p, p, "square_loss", epsilon=PPA_EPSILON,
                                                 solver="PPA", max_iter=PPA_STEPS)


def cajal_gw(A, B):
    """Exact transport steps from the product coupling, in Cython."""
    from cajal.gw_cython import gw  # reference.sh has it, compare.sh needs it not
    p = uniform(len(A))
    return gw(A, p, B, p)[0]


def scipy_qap(A, B, method):
    options = {"maximize": True, "rng": 0}
    return quadratic_assignment(A, B, method=method, options=options)["col_ind"]


def scipy_faq(A, B):
    return scipy_qap(A, B, "faq")


def scipy_2opt(A, B):
    return scipy_qap(A, B, "2opt")
