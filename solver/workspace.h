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

/* A permutation to descend from. */
struct proposal {
    double loss;
    int start;        /* STRATA_START_… */
    int *permutation; /* [n] */
};
enum { PROPOSALS_MAX = 16 };

struct workspace {
    int capacity;                     /* points of the largest matrix */
    const struct strata_space *a, *b; /* the pair being solved; borrowed */
    struct outline outline_a, outline_b;
    int n;
    strata_tick *tick; /* NULL: never stops */
    void *context;
    int stopped; /* the tick asked for it */

    float *cost;        /* [n, n] see above */
    float *rows;        /* [2, n, n], or [n, 1 + rank] if more, scratch: gathered rows; A by the
                           partners */
    float *core;        /* [1 + rank, 1 + rank] see leading.h */
    struct pool *tried; /* of one resolution, and of the finest; see starts.h */
    struct pool *starts;
    struct proposal *proposals; /* [PROPOSALS_MAX] by increasing loss, see proposals.h */
    int proposal_count;
    int *proposed;      /* [PROPOSALS_MAX, n] their permutations */
    int *permutation;   /* [n] P of the current run */
    int *costed;        /* [n] the permutation that cost belongs to */
    int cost_is_whole;  /* whether cost holds what is said above, for costed */
    int moved;          /* rows in which cost has changed since its last exact assignment */
    int *candidate;     /* [n] what the last assignment proposed */
    int *best;          /* [n] the best P of all runs */
    int *bound;         /* [n] the assignment of the lower bound */
    struct swap *swaps; /* [n] proposals of the swap search, and what its scan needs: */
    int *partner;       /* [n] of each point of B */
    float *own, *a_mean, *b_mean, *gain; /* [n] */
    int *with;                           /* [n] */
    int *active, active_count;           /* [n] points of B that its next round looks at */
    struct strata_assignment *assignment;

    int iterations, accepted_swaps; /* counts for the solution */
};

/* For pairs of up to n points; NULL if memory is short or n < 2. */
struct workspace *workspace_new(int n);
void workspace_destroy(struct workspace **workspace);

/* For starts and proposals only (starts.h, proposals.h), of spaces that are elsewhere: matrices are
 * those of cells. It takes so many bytes. */
struct workspace *workspace_new_for_starts(int n);
size_t workspace_bytes_for_starts(int n);

/* The search over permutations: strata_solve for pairs of the same n, uniform weights and
 * conditionally negative definite distances (gw.c). w->best is the permutation. */
int workspace_solve(struct workspace *w, const struct strata_space *a, const struct strata_space *b,
                    int effort, strata_tick *tick, void *context, struct strata_solution *solution,
                    int *permutation);

/* Sets the workspace up for a pair. The second: w->a and w->b are NULL. */
void workspace_begin(struct workspace *w, const struct strata_space *a,
                     const struct strata_space *b, strata_tick *tick, void *context);
void workspace_begin_starts(struct workspace *w, const struct outline *a, const struct outline *b,
                            strata_tick *tick, void *context);

/* Makes cost belong to P = permutation, by the cheaper of a full product and an update of the rows
 * that changed. Whoever uses cost for something else sets cost_is_whole to 0. */
void workspace_update_cost(struct workspace *w);

/* w->candidate = the permutation S of least <cost, S>, exact. */
void workspace_assign(struct workspace *w);

/* Asks the caller whether to go on; non-zero: stop. Called between steps. */
int workspace_stop(struct workspace *w);

#endif
