/* Symmetric eigenproblems: some of the eigenpairs of a real symmetric matrix. */
#ifndef STRATA_EIGEN_H
#define STRATA_EIGEN_H

/* The eigenpairs first … first+count-1, counted from 0 in ascending order of the eigenvalues.
 *
 * A[n, n] (in, destroyed) symmetric; values[count] and vectors[count, n] (out): row k is the unit
 * eigenvector of values[k], its largest component positive (the first of equals), so that the same
 * matrix always gives the same vectors.
 *
 * STRATA_OK, STRATA_ARGUMENT (range outside the matrix), STRATA_NOT_FINITE, or STRATA_MEMORY (also
 * when LAPACK gives up, which is not known to happen on finite input). */
int strata_eigen(double *A, int n, int first, int count, double *values, double *vectors);

/* For others that solve them: whether all of A[n, n] is finite; and v[n] with its largest component
 * positive. */
int eigen_is_finite(const double *A, int n);
void eigen_fix_sign(double *v, int n);

#endif
