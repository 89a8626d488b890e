/* Symmetric eigenproblems (eigen.h) over many ranks, by ScaLAPACK. */
#ifndef STRATA_GANG_EIGEN_H
#define STRATA_GANG_EIGEN_H

#include <mpi.h>

/* strata_eigen over the ranks of comm, with A[n, n], values[count] and vectors[count, n] on its
 * rank 0; NULL on the others. Collective: all pass the same n, first and count, and all return the
 * same status. Vectors are those of strata_eigen to rounding, up to a rotation where eigenvalues
 * are equal; the last digits follow the number of ranks.
 *
 * 4/3 n^3 / ranks flops to tridiagonal form, 2 n^2 count / ranks back; each rank holds 24 n^2 /
 * ranks bytes and O(n (count + 100)). Errors: ARGUMENT, NOT_FINITE, MEMORY (also when ScaLAPACK
 * gives up). */
int gang_eigen(MPI_Comm comm, double *A, int n, int first, int count, double *values,
               double *vectors);

#endif
