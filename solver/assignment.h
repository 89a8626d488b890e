/* The assignment problem: min over permutations s of sum_i cost[i, s(i)].
 *
 * Three stages, each from the prices that the one before it found (assignment_*.c):
 *
 *     auction    epsilon-scaling from far off to near, on costs rounded to 16 bits: it is bound by
 *                how many bytes of the matrix it reads, some 20 times over
 *     refine     the same on shortlists, the columns of each row that can still be its best, of
 *                the costs as they are: to prices that are all but optimal
 *     augment    shortest augmenting paths in double precision, on the shortlists too: exact
 *
 * GW gradients are nearly low-rank costs, where textbook augmenting paths wander over most rows for
 * each free row; from the refined prices a path is a few rows long.
 *
 * The certificate is linear programming duality: u, v with cost[i,j] >= u[i] + v[j] for all i, j,
 * and sum u + sum v = sum_i cost[i, s(i)], both to rounding in double precision. A shortlist comes
 * with a threshold below which no other column of the row is, so that the certificate covers the
 * whole matrix.
 *
 * Cost: O(n^2) a pass over the matrix; in practice some 20 passes over 2 n^2 bytes and three over
 * 4 n^2. Worst case O(n^3). Memory: 2 n^2 + O(n) bytes.
 *
 * Bertsekas, "Auction algorithms for network flow problems", Comput. Optim. Appl. 1 (1992),
 * doi:10.1007/BF00247653. Jonker & Volgenant, Computing 38 (1987), doi:10.1007/BF02278710.
 * Volgenant, "Linear and semi-assignment problems: a core oriented approach", Computers &
 * Operations Research 23 (1996), doi:10.1016/0305-0548(96)00010-X: lists, checked afterwards.
 * Deviations: the auctions stop after a bounded number of bids and leave the rest to the exact
 * stage, so that price wars cannot hold it up; thresholds make the check of the lists part of the
 * search. */
#ifndef STRATA_ASSIGNMENT_H
#define STRATA_ASSIGNMENT_H

#include "heap.h"
#include "strata.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

enum { SHORTLIST = 48 };    /* columns listed of a row, at most */
enum { BIDS_PER_ROW = 40 }; /* mean, in one phase; beyond that the next stage is cheaper */

struct strata_assignment {
    int capacity;
    float spread;      /* largest minus smallest centred cost of a row, about */
    float *price;      /* [n] what a column costs beside cost[i, j] */
    int *row_of;       /* [n] the row that a column is assigned to, or -1 */
    int *column_of;    /* [n] and back */
    int *free_rows;    /* [n] rows without a column */
    double *u, *v;     /* [n] duals, for callers that want none */
    double *sums;      /* [n] of sampled columns */
    int16_t *coarse;   /* [n, width] auction: costs in 16 bits, width being a multiple of ROW_PAD */
    uint16_t *rise;    /* [width] auction: how much prices rose, in the units of coarse */
    int *length;       /* [n] columns in each row's shortlist */
    int *column;       /* [n, SHORTLIST] these, in no particular order */
    float *listed;     /* [n, SHORTLIST] and their costs */
    double *threshold; /* [n] least cost[i,j] - v[j] of all others may be; infinity: no others */
    double imprecision; /* |price + v| at most */
    int *below;         /* [n] columns to choose a list from */
    struct heap paths;  /* [2n] by length: to columns, and to the ends of rows' lists */
    int *reached;       /* [2n] those with a distance */
    int *from;          /* [n] the row before a column on its path */
    int *scanned;       /* [n] columns in the order they were done */
    double *at;         /* [n] length at which a row was reached */
};

/* Bytes of a workspace for n points. */
size_t assignment_bytes(int n);

/* --- Bids ------------------------------------------------------------------------------------- */

/* Frees all rows and columns, and lists the rows, the last one first. Returns n. */
int assignment_release(struct strata_assignment *w, int n);

/* Row i takes column j. Returns the row that had it, which is free now, or -1. */
static inline int assignment_take(struct strata_assignment *w, int i, int j)
{
    const int loser = w->row_of[j];
    if (loser >= 0)
        w->column_of[loser] = -1;
    w->row_of[j] = i;
    w->column_of[i] = j;
    return loser;
}

/* A price that is higher by so much, and in any case higher. */
static inline float assignment_raise(float price, double by)
{
    const float raised = (float)(price + by);
    return raised > price ? raised : nextafterf(price, FLT_MAX);
}

/* --- Auction ---------------------------------------------------------------------------------- */

/* The distance between the columns' prices that may remain is given in parts of the spread, of
 * which there are COST_RANGE. */
enum { EPSILON_STEP = 5 };

/* Rounds cost + w->price in units of w->spread / COST_RANGE. Returns whether all of them are
 * finite. One pass over the matrix. */
int assignment_round(struct strata_assignment *w, const float *cost, int n);

/* From w->price[n], any finite values, with which the costs were rounded, to better ones;
 * w->row_of and w->column_of get an assignment of most rows that satisfies epsilon-complementary
 * slackness for the rounded costs at the last epsilon, a fifth of the one before it, and so on from
 * `first` down to no less than `last` units. Returns the number of rows without a column. */
int assignment_auction(struct strata_assignment *w, int n, int first, int last);

/* From w->price[n] that are nearly right: one phase on the costs as they are, at one epsilon.
 * Returns the number of rows without a column. */
int assignment_adjust(struct strata_assignment *w, const float *cost, int n, float epsilon);

/* --- Shortlists ------------------------------------------------------------------------------- */

/* v[j] = value, and w->price with it. */
void shortlist_set(struct strata_assignment *w, double *v, int j, double value);

/* Empties all lists, for new costs; w->price and v say the same already, but for rounding. */
void shortlist_forget(struct strata_assignment *w, const double *v, int n);

/* Makes the list of row i anew for these prices. Returns whether its threshold rose. One row. */
int shortlist_renew(struct strata_assignment *w, const float *cost, int n, int i);

/* The least of row i over all columns, cost[i,j] - v[j], but for `slack`, where it is, and what all
 * other columns are at least, but for slack. The list is made anew where it no longer shows that: v
 * must only have fallen since it was made. */
struct bid {
    double best, second;
    int column;
};
struct bid shortlist_best(struct strata_assignment *w, const float *cost, const double *v, int n,
                          int i, double slack);

/* An auction of several phases from v[n] and w->price, the first with this epsilon. */
void assignment_refine(struct strata_assignment *w, const float *cost, int n, double epsilon,
                       double *v);

/* --- Exact stage ------------------------------------------------------------------------------ */

/* From w->row_of, w->column_of (partial, any), v[n] (any finite values) and shortlists to an
 * optimal assignment and its duals. */
void assignment_augment(struct strata_assignment *w, const float *cost, int n, double *u,
                        double *v);

/* --- For the steps of a solve ----------------------------------------------------------------- */

/* A nearly optimal assignment of finite costs, from the auction alone unless it gave up: some times
 * faster, for steps that only need a direction. warm: the costs are near those of the last call
 * with this workspace, whose prices are still there. */
void assignment_approximate(struct strata_assignment *w, const float *cost, int n, int warm,
                            int *column_of);

/* The exact assignment of costs that are near those of the last call with this workspace, by paths
 * from the duals and the assignment that it left: 1 pass where little has changed, but slow where
 * much has. */
void assignment_again(struct strata_assignment *w, const float *cost, int n, int *column_of);

#endif
