/* Costs that follow from O(n) numbers per point, and the starts that they give.
 *
 * Both are products of a tall matrix that every rank has and this rank's rows of another: no
 * message, n^2 r / ranks flops. */
#ifndef STRATA_GANG_STARTS_H
#define STRATA_GANG_STARTS_H

#include "gang_internal.h"

/* The lower bound of bounds.h; permutation[n] gets its assignment. Overwrites cost. Collective.
 * STRATA_OK, STRATA_STOPPED (there is neither), or an error of the assignment. */
int gang_lower_bound(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
                     int *permutation, double *bound);

/* Frank-Wolfe on the leading `rank` eigenpairs (leading.h), from and to permutation[n], with
 * approximate assignments. Overwrites cost. Collective. STRATA_OK or an error of the assignment. */
int gang_leading(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
                 int rank, int *permutation);

/* A sample of the points, both spaces restricted to it, is solved by rank 0 with the local solver
 * while the others wait; at effort standard, which is little next to steps on all points, or, where
 * it is all points, at this effort. permutation[n] gets one step from its core, on all points.
 * *start: what won on the sample. Overwrites cost. Collective. STRATA_OK, STRATA_STOPPED (there is
 * none), or an error of the assignment or of memory. */
int gang_from_sample(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
                     int effort, int *permutation, int *start);

#endif
