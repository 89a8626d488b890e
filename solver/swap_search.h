/* Local search by exchanging the partners of two points.
 *
 * A vertex where Frank-Wolfe stops is often a poor local optimum: the linearised loss misses the
 * term that a change has with itself. With K = A P B at hand, the exact gains of all n^2/2 swaps
 * cost O(n^2): in n^2 * loss, exchanging the partners of i and k gains
 *
 *     4 * (c[i,i] + c[k,k] - c[i,k] - c[k,i]) + 8 * A[i,k] * B[P(i),P(k)],   c[i,k] = cost[i,P(k)].
 *
 * Each round proposes the best swap of each point, takes them in order of gain, each checked in
 * double precision against the permutation as it then is, and updates K by the rows that changed.
 */
#ifndef STRATA_SWAP_SEARCH_H
#define STRATA_SWAP_SEARCH_H

#include "workspace.h"

struct swap {
    float gain; /* as scanned, in single precision */
    int i, k;
};

/* Improves w->permutation, to which w->cost belongs, until no swap lowers the loss. Returns the
 * loss in double precision. */
double swap_search(struct workspace *w, double loss);

/* How many points have a best swap that would lower the loss of P = w->best, by more than rounding;
 * 0: no swap would. Makes w->permutation and w->cost those of w->best. At most one product and one
 * scan. */
int swap_search_left(struct workspace *w, double loss);

#endif
