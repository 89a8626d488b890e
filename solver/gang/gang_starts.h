/* Proposals over a gang: the lower bound, steps on the leading eigenpairs, and the search for
 * starts.
 *
 * The first two have costs that are products of a tall matrix which every rank has and this rank's
 * rows of another: n^2 r / ranks flops. The search needs outlines only (outline.h), which every
 * rank has: rank 0 makes it. */
#ifndef STRATA_GANG_STARTS_H
#define STRATA_GANG_STARTS_H

#include "gang_internal.h"
#include "starts.h"

/* The lower bound of bounds.h; permutation[n] gets its assignment. Overwrites cost. Collective.
 * STRATA_OK, STRATA_STOPPED (there is neither), or an error of the assignment. */
int gang_lower_bound(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
                     int *permutation, double *bound);

/* At most so many Frank-Wolfe steps on the leading `rank` eigenpairs (leading.h), from and to
 * permutation[n], with approximate assignments. Overwrites cost. Collective. STRATA_OK or an error
 * of the assignment. */
int gang_leading(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
                 int rank, int most, int *permutation);

/* permutation[n] = what gang->core [1 + rank, 1 + rank] points to, as leading_from_core. Overwrites
 * cost. Collective. STRATA_OK, STRATA_STOPPED (there is none), or an error of the assignment. */
int gang_from_core(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
                   int rank, int *permutation);

/* gang->local->starts, the same on all ranks: what the search (starts.h) comes to from what is
 * there already; first: beginning with the usual starts. Collective. */
void gang_search(struct gang *gang, const struct search *how, int first, uint64_t *random);

/* gang->core = where steps on the finest cells lead from permutation[n], as starts_follow.
 * Collective. */
void gang_follow(struct gang *gang, const int *permutation);

/* permutation[n] = what a core of cells comes to on all points, improved on the leading eigenpairs;
 * as it was, once a tick asks to stop. Overwrites cost. Collective. STRATA_OK or an error of the
 * assignment. */
int gang_lift(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
              const float *core, int *permutation);

#endif
