/* Local search by exchanging the partners of two points (swap_search.h), over a gang.
 *
 * The gain of every swap needs c[i,k] = cost[i,P(k)], which the owner of row i has, and c[k,i],
 * which the owner of row k has: pieces of rows change places, some rows of each rank at a time,
 * beside row P(i) of B.
 *
 *     gain of n^2 loss = 4 (c[i,i] + c[k,k] - c[i,k] - c[k,i]) + 8 A[i,k] B[P(i),P(k)]
 *
 * Each round takes the best swap of each point; of these the best SWAPS disjoint ones, whose mutual
 * effects follow from the distances between their points, which every rank gets:
 *
 *     gain of both = sum of gains + 4 dA dB,   dA = A[i,x] - A[i,y] - A[k,x] + A[k,y],
 *                                              dB the same of B between the partners,
 *
 * for swaps (i,k) and (x,y). They are taken in order of gain, as long as they gain beside those
 * taken before; then the product is updated and the loss computed anew in double precision.
 *
 * Cost of a round: O(n^2 / ranks) for the scan, 16 n^2 / ranks bytes received, and an update of the
 * product by at most 2 SWAPS points. */
#ifndef STRATA_GANG_SWAPS_H
#define STRATA_GANG_SWAPS_H

#include "gang_internal.h"

/* Improves gang->permutation, to which gang->cost belongs and whose loss is given, until no round
 * lowers the loss. *left: how many of the last round's swaps are not ruled out by rounding, unless
 * it was stopped. Collective. STRATA_OK or STRATA_MEMORY. */
int gang_swaps(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
               double *loss, int *left);

/* Bytes that a search holds on each rank. Not collective. */
size_t gang_swaps_bytes(int n);

#endif
