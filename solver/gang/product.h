/* The gradient of the loss: one product, by PDGEMM, exact.
 *
 *     product[j, i] = sum_k b[j, k] a[i, k],     a[i, k] = round((A[i,k] - mean A[k,:]) * alpha)
 *                                                b[j, k] = round((B[j,P(k)] - mean B[P(k),:]) *
 * beta) cost[i, j] = -product[j, i]                = workspace.h's cost, times alpha beta
 *
 * Permuting B's rows would move all of B. But B is symmetric: element (P(k), j) is element P(k) of
 * row j, so the permutation is a gather within the rows that a rank has, and only panels of PANEL
 * values of k move, from rows to the grid:
 *
 *          k                      j ->
 *        +---+                +-----------+            left  [n, panel] in one grid column
 *     j  |   |      k  +---------------+               right [panel, n] in one grid row
 *        |   |         +---------------+               both take turns, so that all ranks work
 *        +---+           i ->
 *
 * Integers make it exact. alpha is such that the longest row a[i, :] has length below 2^25.5, beta
 * the same; so by Cauchy-Schwarz every partial sum is an integer below 2^51, and below 2^53 also
 * while an update replaces P(k) by another: no addition rounds. The product is therefore the same
 * whatever the order of summation, the grid and the history of updates. For n = 10^4 an entry keeps
 * 19 bits, about what a single precision product of that length has.
 *
 * Cost: 2 n^2 s flops for s changed points (n: from scratch); each rank sends 16 n s / ranks bytes
 * beside what PDGEMM moves, and 4 n^2 / ranks to bring the product back to rows. */
#ifndef STRATA_GANG_PRODUCT_H
#define STRATA_GANG_PRODUCT_H

#include "gang_internal.h"

/* Sets space->quantum (alpha or beta) from its rows. Collective. */
void product_scale(const struct gang *gang, struct gang_space *space);

/* Makes product and cost belong to gang->permutation. from_scratch: what they hold is not to be
 * used. If a tick asks to stop meanwhile they belong to nothing, and gang->stopped says so.
 * Collective. */
void product_update(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
                    int from_scratch);

#endif
