/* The workspace of a solve, and the alignment of two spaces that its steps improve.
 *
 * With P the current permutation, K = A P B P' the product that everything follows from. It is kept
 * with rows of both matrices centred, negated, and with columns in B's own numbering:
 *
 *     cost[i, j] = -sum_k centredA[k, i] * centredB[P(k), j]        float [n, n], 2 n^3 flops
 *
 * which is a quarter of the gradient of n^2 * loss, up to constants of rows and of columns that no
 * permutation can feel. If P changes in s rows, cost changes by a product of rank s, 2 n^2 s flops.
 */
#ifndef STRATA_WORKSPACE_H
#define STRATA_WORKSPACE_H

#include "assignment.h"
#include "space.h"

struct strata_solver {
    int capacity;
    const struct strata_space *a, *b; /* the pair being solved; borrowed */
    int n;
    strata_tick *tick; /* NULL: never stops */
    void *context;
    int stopped; /* the tick asked for it */

    float *cost;        /* [n, n] see above */
    float *rows;        /* [2, n, n] scratch: gathered rows; cost with permuted columns */
    float *core;        /* [2, rank, rank] and then [n, rank]: of the leading part */
    int *permutation;   /* [n] P of the current run */
    int *costed;        /* [n] the permutation that cost belongs to */
    int *candidate;     /* [n] what the last assignment proposed */
    int *best;          /* [n] the best P of all runs */
    struct swap *swaps; /* [n] proposals of the swap search, and what its scan needs: */
    float *own, *a_mean, *b_mean, *gain; /* [n] */
    int *partner;                        /* [n] */
    struct strata_assignment *assignment;

    int iterations, accepted_swaps; /* counts for the solution */
};

/* Makes cost belong to P = permutation, by the cheaper of a full product and an update of the rows
 * that changed. from_scratch: the old contents are not to be used. */
void workspace_update_cost(struct strata_solver *w, int from_scratch);

/* Makes cost belong to P = permutation on the leading `rank` eigenpairs of both spaces only:
 *     cost = -Va la (Va' P Vb) lb Vb',   2 n^2 rank flops,
 * and returns n^2 <-cost, P>, which Frank-Wolfe increases. */
double workspace_leading_cost(struct strata_solver *w, int rank);

/* Asks the caller whether to go on; non-zero: stop. Called between steps. */
int workspace_stop(struct strata_solver *w);

#endif
