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
 * Where these are few, the next round looks at them alone; the last one looks at all. */
#ifndef STRATA_SWAP_SEARCH_H
#define STRATA_SWAP_SEARCH_H

#include "workspace.h"

struct swap {
    float gain; /* as scanned, in single precision */
    int i, k;
};

/* w->gain and w->with: the best swap of each point of B, of w->permutation, to which w->cost
 * belongs. One pass over cost, A and B. */
void swap_search_scan(struct workspace *w);

/* Improves w->permutation, to which w->cost belongs, until a scan shows that no swap lowers the
 * loss. Returns the loss in double precision. */
double swap_search(struct workspace *w, double loss);

/* How many points of w->permutation have a best swap, by the scan before, that would lower this
 * loss of it by more than rounding; 0: no swap would. */
int swap_search_left(struct workspace *w, double loss);

#endif
