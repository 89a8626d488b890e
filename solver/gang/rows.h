/* What moves between the ranks in whole rows.
 *
 *     rank 0  | rows begin[0] … begin[1]-1 |        wanted[i] names, for each row i, the row of
 *     rank 1  | rows begin[1] … begin[2]-1 |  --->  another matrix that i's owner needs: sent from
 *     …                                             its owner, some rows of each rank at a time. */
#ifndef STRATA_GANG_ROWS_H
#define STRATA_GANG_ROWS_H

#include "gang_internal.h"

/* The rank that has row i. Not collective. */
int rows_owner(const struct gang *gang, int i);

/* Completes vector[n], elements of `bytes` bytes, of which each rank has set those of its rows.
 * Collective. */
void rows_gather(const struct gang *gang, void *vector, size_t bytes);

/* Calls visit for each row i of this rank with row wanted[i] of matrix (this rank's part of it,
 * [count, n]). n^2 / ranks doubles are received, `chunk` rows at a time. Collective. */
typedef void rows_visit(void *context, int i, const double *row);
void rows_fetch(struct gang *gang, const double *matrix, const int *wanted, rows_visit *visit,
                void *context);

/* The same in rounds of `chunk` rows of each rank, for those who bring more to a round: rows
 * begin … end-1 of rank r move in it, and gang->incoming gets [end - begin, n] of them. */
int rows_rounds(const struct gang *gang);
void rows_of_round(const struct gang *gang, int r, int round, int *begin, int *end);
void rows_exchange(struct gang *gang, const double *matrix, const int *wanted, int round);

/* The sum of vector[n] in the order of the points. Not collective. */
double rows_sum(const struct gang *gang, const double *vector);

/* The largest value over the ranks. Collective. */
double rows_maximum(const struct gang *gang, double value);

#endif
