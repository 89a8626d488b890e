/* Candidate lists: the part of a distributed cost matrix that an assignment needs.
 *
 * Each rank has whole rows of cost; every rank has, for every row i, its columns of least reduced
 * cost cost[i,j] - v[j] at the time when the list was made, and a threshold that no other column
 * of the row is below:
 *
 *     ranks' rows of cost                      on every rank
 *     +----------------------------+           column[n, k], cost[n, k]
 *     | rank 0                     |  refresh  +------+  +---+
 *     +----------------------------+  ------>  |      |  |   |  threshold[n]
 *     | rank 1                     |           |      |  |   |
 *     +----------------------------+           +------+  +---+
 *
 * The solvers of the assignment only lower v[j], so a threshold stays true; as long as what they
 * look for is below it, the list is as good as the row. All ranks run the same solver on the same
 * lists and come to the same result without a message; they meet only to make lists anew. Both the
 * result and the number of meetings are independent of the number of ranks.
 *
 * Equal reduced costs are taken in the order i, i+1, …, n-1, 0, …, i-1, so that rows of equal costs
 * do not all list the same columns.
 *
 * Lists of one column are quick: one pass in single precision, the threshold lowered by what it may
 * have rounded.
 *
 * Memory: 16 n k + 25 n bytes, half of it for lists on their way. Refresh: one pass over the rows,
 * n^2 / ranks for all; 8 n k bytes received. Volgenant, Computers & Operations Research 23 (1996),
 * doi:10.1016/0305-0548(96)00010-X, solves on such lists and checks afterwards; thresholds make the
 * check part of the search. */
#ifndef STRATA_GANG_CANDIDATES_H
#define STRATA_GANG_CANDIDATES_H

#include <stddef.h>

enum { CANDIDATES = 32 }; /* columns listed of a row, unless more are needed */

struct gang;

struct candidates {
    int k;                /* the longest that lists may be */
    int *length;          /* [n] columns listed of each row */
    int *column;          /* [n, k] */
    float *cost;          /* [n, k] */
    float *price;         /* [n] -v, for lists of one column */
    double *threshold;    /* [n] infinity: the list is the whole row */
    char *mine;           /* new lists of all ranks, packed: in order, so this rank's among them */
    double *heap;         /* [k] of the row being scanned */
    int *heap_column;     /* [k] */
    char *is_listed;      /* [n] whether it began with a column; 0 between rows */
    int *sizes, *offsets; /* [ranks] new lists of each, and of those before it */
};

/* Lists of k columns (n, if fewer), not yet filled; replaces what c holds. Collective.
 * STRATA_OK or STRATA_MEMORY: then c holds nothing. */
int candidates_resize(struct gang *gang, int k);
void candidates_free(struct candidates *c);
size_t candidates_bytes(int n, int ranks); /* of lists of CANDIDATES columns */

/* Makes the lists of rows list[count], ascending, anew for this v, `length` columns each (k, if
 * that is less). keep, if not NULL: column keep[i] of row i is listed in any case, if not negative.
 * Collective; cost is local. */
void candidates_refresh(struct gang *gang, const float *cost, const double *v, const int *list,
                        int count, int length, const int *keep);

#endif
