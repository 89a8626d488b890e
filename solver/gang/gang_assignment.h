/* The assignment problem on a cost matrix in rows over a gang: min over s of sum_i cost[i, s(i)].
 *
 * As in assignment.h: an auction with epsilon-scaling, then shortest augmenting paths from its
 * prices, exact, with duals. Both run on candidate lists (candidates.h), the same on all ranks; a
 * row whose list no longer shows what the row holds waits until all others wait or are done, and
 * then all waiting lists are made anew together. So the ranks meet about a hundred times, not once
 * for each bid, and the assignment is the same for any number of ranks.
 *
 *     auction        a row bids while its best column is below its threshold
 *     augmentation   a shortest-path tree grows while the next column is nearer than any unlisted
 *                    one could be; there it stops, moves the duals as far as it got, which keeps
 *                    them feasible for the whole matrix, and waits
 *
 * A last pass over the matrix in double precision checks the duals against every entry; what it
 * finds violated (by rounding) is repaired by another round of augmentation.
 *
 * Cost: some tens of passes over the rows, n^2 / ranks each; the lists' part, replicated, some
 * 100 n k operations. */
#ifndef STRATA_GANG_ASSIGNMENT_H
#define STRATA_GANG_ASSIGNMENT_H

#include "assignment.h"
#include "gang_internal.h"

/* An approximate assignment may leave such a part of the rows to be paired among themselves. */
enum { LEFTOVERS_OF = 100 };

/* The replicated state of an assignment. */
struct auction {
    int *row_of, *column_of; /* [n] -1: none */
    int *queue;              /* [n] rows that may bid; free rows */
    int *waiting;            /* [n] flags: rows whose lists are to be made anew */
    int *list;               /* [n] the same as a list */
    struct heap paths;       /* [n] columns by length; at[]: of those scanned */
    double *at;
    int *from, *scanned; /* [n] */
    int *touched; /* [n] columns whose distance is set; of an auction, rows in the order they came
                     to wait */
    int unasked;  /* lists made since the ticks were asked */
    float *low, *high; /* [n] least and largest cost of each column */
    float *leftovers;  /* [n / LEFTOVERS_OF]^2 costs between rows and columns that are left */
    struct strata_assignment *of_leftovers;
    double spread;  /* of the last costs: largest minus smallest reduced cost of a row */
    double largest; /* |cost| */
};

struct auction *auction_new(int n);
void auction_destroy(struct auction **auction);
size_t auction_bytes(int n);

/* The auction, from v[n]; warm: these are nearly right. Lowers v. Returns how many rows have no
 * column; tries to leave no more than n / LEFTOVERS_OF. Collective. */
int gang_auction(struct gang *gang, const float *cost, double *v, int warm, double last_epsilon);

/* Shortest augmenting paths, from the partial assignment and v to an optimal assignment and its
 * duals. STRATA_OK, STRATA_STOPPED or STRATA_MEMORY. Collective. */
int gang_augment(struct gang *gang, const float *cost, double *u, double *v);

/* gang_assignment for the steps of a solve, duals in gang->u and gang->v; approximate: a nearly
 * optimal one, where only a direction is needed. warm: the costs are finite, and near those of the
 * last call, whose duals are still there. STRATA_STOPPED, without an assignment, once a tick asks
 * to stop. Collective. Errors: as gang_assignment. */
int gang_assignment_step(struct gang *gang, const float *cost, int warm, int *column_of);
int gang_assignment_approximate(struct gang *gang, const float *cost, int warm, int *column_of);

/* Makes anew the lists of the rows that wait, unless all are to stop: then they are as they were,
 * and gang->stopped says so. Collective. */
void gang_assignment_refresh(struct gang *gang, const float *cost, const double *v, int length,
                             const int *keep);

/* The least reduced cost of row i's list, its column, and the next. */
struct bid gang_assignment_bid(const struct candidates *c, int i, const double *v);

#endif
