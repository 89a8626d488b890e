/* Costs that follow from O(n) numbers per point, and the starts that they give.
 *
 * Both are products of a tall matrix that every rank has and this rank's rows of another: no
 * message, n^2 r / ranks flops. */
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

/* gang->proposals->starts, the same on all ranks: rank 0 searches (starts.h) while the others wait,
 * from what is there already; first: beginning with the usual starts. Collective. */
void gang_search(struct gang *gang, const struct search *how, int first, uint64_t *random);

/* gang->core = where steps on the finest cells lead from permutation[n], as starts_follow.
 * Collective.
 */
void gang_follow(struct gang *gang, const int *permutation);

/* permutation[n] = what a core of cells comes to on all points, improved on the leading eigenpairs.
 * Overwrites cost. Collective. STRATA_OK or an error of the assignment. */
int gang_lift(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
              const float *core, int *permutation);

#endif
