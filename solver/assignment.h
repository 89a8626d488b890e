/* The assignment problem: min over permutations s of sum_i cost[i, s(i)].
 *
 * Two stages. An auction with epsilon-scaling in single precision finds prices that are nearly
 * optimal; shortest augmenting paths in double precision make them exact. GW gradients are nearly
 * low-rank costs, where textbook augmenting paths wander over most rows for each free row; from the
 * auction's prices a path is a few rows long.
 *
 * The certificate is linear programming duality: u, v with cost[i,j] >= u[i] + v[j] for all i, j,
 * and sum u + sum v = sum_i cost[i, s(i)], both to rounding in double precision.
 *
 * Cost: O(n^2) a pass over the matrix; in practice some tens of passes. Worst case O(n^3).
 *
 * Bertsekas, "Auction algorithms for network flow problems", Comput. Optim. Appl. 1 (1992),
 * doi:10.1007/BF00247653. Jonker & Volgenant, Computing 38 (1987), doi:10.1007/BF02278710.
 * Deviations: the auction stops after a bounded number of bids and leaves the rest to the exact
 * stage, so that price wars cannot hold it up. */
#ifndef STRATA_ASSIGNMENT_H
#define STRATA_ASSIGNMENT_H

#include "strata.h"

struct strata_assignment {
    int capacity;
    float spread;     /* largest minus smallest centred cost of a row */
    float *price;     /* [n] auction: what a column costs beside cost[i, j] */
    int *row_of;      /* [n] the row that a column is assigned to, or -1 */
    int *column_of;   /* [n] and back */
    int *free_rows;   /* [n] stack of rows without a column */
    double *distance; /* [n] Dijkstra: length of the shortest path to each column */
    int *from;        /* [n] the row before a column on that path */
    int *scanned;     /* [n] columns in the order they were reached */
    double *at;       /* [n] length at which each was reached */
    double *u, *v;    /* [n] duals, for callers that want none */
};

/* Auction stage. w->price[n] holds starting prices (any finite values) and gets the final ones;
 * w->row_of and w->column_of get an assignment of most rows that satisfies epsilon-complementary
 * slackness at the last epsilon, a fifth of the one before it, and so on from `first` to about
 * `last`. Returns the number of rows without a column. */
int assignment_auction(struct strata_assignment *w, const float *cost, int n, float first,
                       float last);

/* A nearly optimal assignment of finite costs, from the auction alone unless it gave up: some times
 * faster, for steps that only need a direction. warm: the costs are near those of the last call
 * with this workspace, whose prices are still there. */
void assignment_approximate(struct strata_assignment *w, const float *cost, int n, int warm,
                            int *column_of);

/* The exact assignment of costs that are near those of the last call with this workspace, by paths
 * from the duals and the assignment that it left: 1 pass where little has changed, but slow where
 * much has. */
void assignment_again(struct strata_assignment *w, const float *cost, int n, int *column_of);

/* Exact stage. From w->row_of, w->column_of (partial, any) and v[n] (any finite values) to an
 * optimal assignment and its duals. */
void assignment_augment(struct strata_assignment *w, const float *cost, int n, double *u,
                        double *v);

#endif
