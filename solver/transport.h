/* Exact optimal transport between weighted points:
 *
 *     min over T of <C, T>,   T[n, m] >= 0,   T 1 = p,   T' 1 = q,
 *
 * by the network simplex method on the complete bipartite graph of n rows and m columns. A basis is
 * a spanning tree; a pivot brings in the cell of least reduced cost c - u - v of a row, rows being
 * looked at in turn (block search with rows as blocks), and takes out the cell that the tree's
 * cycle empties first.
 *
 * Masses are integers. Weights are rounded to parts of 2^61 (to whole units where both sides are
 * uniform), so flows, ties and feasibility are exact, and a strongly feasible tree cannot cycle
 * (Cunningham, Math. Program. 11 (1976), doi:10.1007/BF01580379). Points of weight zero stay
 * outside the tree and get their duals at the end.
 *
 * The certificate is linear programming duality: u, v with C[i,j] >= u[i] + v[j] for all i, j, and
 * <C, T> - <p, u> - <q, v> zero to rounding.
 *
 * Cost: a pivot looks at m cells of a row, 8 m bytes, and moves the potentials of one subtree; some
 * n + m to 20 (n + m) pivots in practice, no polynomial bound. A solve that starts from the tree of
 * the one before, with other costs but the same weights, needs a fraction of them.
 *
 * Kelly & O'Neill, "The Minimum Cost Flow Problem and The Network Simplex Solution Method" (1991);
 * Bonneel et al., "Displacement interpolation using Lagrangian mass transport", ACM TOG 30 (2011),
 * doi:10.1145/2070781.2024192. Deviations: integer masses; no artificial root, the first tree is a
 * greedy plan. */
#ifndef STRATA_TRANSPORT_H
#define STRATA_TRANSPORT_H

#include "strata.h"

/* Nodes are rows 0 … n-1, then columns n … n+m-1. The tree's root is a column. The thread is a ring
 * of the tree's nodes, a node before its children, each subtree in one piece. */
struct strata_transport {
    int row_capacity, column_capacity;
    int n, m;
    int root;
    int64_t total;    /* units of mass; 0: there is no tree to start from */
    double tolerance; /* reduced costs above its negative are rounding */
    int64_t *mass;    /* [n + m] units of each node */
    int64_t *left;    /* [n + m] first plan: units not yet placed */
    int64_t *flow;    /* [n + m] on the cell between a node and its parent */
    int *parent;      /* [n + m] -1: the root, or not in the tree */
    int *next, *back; /* [n + m] neighbours in the thread */
    int *last;        /* [n + m] end of the node's subtree in the thread */
    int *size;        /* [n + m] nodes of the subtree */
    int *order;       /* [n + m] first plan: nodes as they were used up */
    double *dual;     /* [n + m] u, then v; -infinity for columns outside the tree */
};

/* Keeps or drops the tree that the next solve would start from. */
void transport_forget(struct strata_transport *w);

#endif
