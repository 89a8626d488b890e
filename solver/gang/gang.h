/* One GW problem on many ranks: for pairs that one rank has not the memory or the time for.
 *
 * The problem and its answer are those of strata.h: n points on both sides, uniform weights,
 *
 *     loss(P) = 1/n^2 * sum_{i,k} (A[i,k] - B[P(i),P(k)])^2,       P a permutation.
 *
 * A gang is the ranks of a communicator that solve one such problem at a time. No rank ever holds
 * an n x n matrix; each has whole rows of A, of B and of the cost, and its blocks of the product:
 *
 *     rows, by contiguous tiles          product, block-cyclic on a process grid
 *     +-----------------------+          +-------+-------+-------+
 *     |  rank 0               |          | 0 | 1 | 2 | 0 | 1 | 2 |
 *     +-----------------------+          | 3 | 4 | 5 | 3 | 4 | 5 |
 *     |  rank 1               |  <---->  +-------+-------+-------+
 *     +-----------------------+          | 0 | 1 | 2 | 0 | 1 | 2 |
 *     |  ...                  |          | 3 | 4 | 5 | 3 | 4 | 5 |
 *     +-----------------------+          +-------+-------+-------+
 *       A, B double, cost float            double, PDGEMM adds to it
 *
 * The answer does not depend on the number of ranks, to the last bit, on machines with the same
 * instruction set: products are exact in integers (product.h), other products run on the same
 * tiles whoever owns them, sums over all points run in the order of the points, and the assignment
 * is replicated (candidates.h).
 *
 * Memory of a rank: 28 n^2 / ranks bytes, and O(n); gang_bytes counts it. Costs of which very many
 * are equal may take longer lists of candidates than it counts.
 *
 * Every function is collective over the gang, unless it says otherwise: all ranks call it, with the
 * same arguments where they are not said to be local. All ranks return the same status, also
 * when something failed on one of them only. */
#ifndef STRATA_GANG_H
#define STRATA_GANG_H

#include "strata.h"

#include <mpi.h>

struct gang;       /* ranks, their layout for n points, and the workspace of a solve */
struct gang_space; /* an mm-space in rows over a gang */

/* The most bytes that a rank of such a gang holds, for two spaces of n points with d activations
 * each and a solve; 0 if there is no such gang. Not collective. O(n sqrt(ranks) + ranks). */
size_t gang_bytes(int n, int d, int ranks);

/* Whether a gang knows this distance: those that are conditionally negative definite. Not
 * collective. */
int gang_knows_distance(int distance);

/* A gang of all ranks of comm for problems of n points. Collective over comm, which is duplicated.
 * Errors: ARGUMENT (n < 2 or too large), MEMORY. *gang is NULL then. */
int gang_new(MPI_Comm comm, int n, struct gang **gang);
void gang_destroy(struct gang **gang);

/* The points whose rows this rank holds: first, first+1, …; count may be 0. Not collective. */
void gang_rows(const struct gang *gang, int *first, int *count);

/* The space of the rows of activations. x[count, d]: this rank's rows as in gang_rows (local;
 * borrowed, NULL if count is 0). Distances and their codes as in strata_space_from_activations, but
 * only those that are conditionally negative definite: a gang knows permutations, not couplings.
 * Cost: 2 n^2 d / ranks flops; n d doubles are received by each rank, in portions.
 * Errors: ARGUMENT, MEMORY, NOT_FINITE, CONSTANT. *space is NULL then. */
int gang_space_new(struct gang *gang, const double *x, int d, int distance, int normalization,
                   struct gang_space **space);
void gang_space_destroy(struct gang_space **space);

/* This rank's rows of the distances, [count, n]; borrowed. Not collective. */
const double *gang_space_distances(const struct gang_space *space);
double gang_space_scale(const struct gang_space *space); /* what they were divided by */

/* Loss of permutation[n], the same on all ranks. n^2/2/ranks gathered terms; n^2/ranks doubles
 * received. */
double gang_loss(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
                 const int *permutation);

/* Compares two spaces of this gang, as strata_solve does but for excursions; solution and
 * permutation[n] (may be NULL) are the same on all ranks. tick may differ from rank to rank
 * (local): one that asks to stop stops all. Returns OK, STOPPED (the solution is valid but may be
 * poor), ARGUMENT, or MEMORY. */
int gang_solve(struct gang *gang, const struct gang_space *a, const struct gang_space *b,
               int effort, strata_tick *tick, void *context, struct strata_solution *solution,
               int *permutation);

/* min over permutations s of sum_i cost[i, s(i)], exactly. cost[count, n]: this rank's rows
 * (local); column_of[n] gets s, u[n] and v[n] the duals, as in strata_assignment_solve. Errors:
 * NOT_FINITE, MEMORY. */
int gang_assignment(struct gang *gang, const float *cost, int *column_of, double *u, double *v);

/* Where the time of this rank went, in seconds since gang_new. Not collective. */
struct gang_times {
    double pdgemm;     /* PDGEMM itself */
    double product;    /* gradients: PDGEMM, and what moves to it and from it */
    double assignment; /* all assignments */
    double scans;      /* of these, passes over rows; the rest is done on each rank, and messages */
    double search;     /* for starts, by rank 0 alone */
    double flops;      /* of the gang, in PDGEMM */
};
struct gang_times gang_times(const struct gang *gang);

#endif
