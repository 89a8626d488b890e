/* The loss and the Frank-Wolfe gap of a permutation, in double precision, over a gang.
 *
 * Row P(i) of B comes to the owner of row i of A (rows.h); columns are gathered there:
 *
 *     loss = 2/n^2 * sum_i sum over half of the k of (A[i,k] - B[P(i),P(k)])^2
 *
 * Of each pair i, k one half is summed: k up to n/2 places after i, cyclically, so that all rows
 * are equally long. Row sums are gathered and added in the order of the points. */
#ifndef STRATA_GANG_LOSS_H
#define STRATA_GANG_LOSS_H

#include "gang_internal.h"

/* The gap of loss_frank_wolfe_gap (loss.h). Collective. */
double gang_frank_wolfe_gap(struct gang *gang, const struct gang_space *a,
                            const struct gang_space *b, const int *permutation, const int *towards);

#endif
