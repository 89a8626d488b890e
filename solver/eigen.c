/* A v = lambda v by multiple relatively robust representations: LAPACK's dsyevr.
 *
 * A[n, n], V[count, n]. Cost: 4/3 n^3 flops to tridiagonal form, 2 n^2 count flops to transform the
 * vectors back, 26 n doubles and 10 n integers of workspace beside A.
 * Source: Dhillon, Parlett, Vomel, ACM TOMS 32 (2006), doi:10.1145/1186785.1186788. */
#include "eigen.h"

#include "strata.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

int eigen_is_finite(const double *A, int n)
{
    for (size_t k = 0; k < (size_t)n * n; k++)
        if (!isfinite(A[k]))
            return 0;
    return 1;
}

/* An eigenvector is known up to its sign; rounding must not choose between equal components. */
void eigen_fix_sign(double *v, int n)
{
    int largest = 0;
    for (int i = 1; i < n; i++)
        if (fabs(v[i]) > fabs(v[largest]) * (1 + 1e-8))
            largest = i;
    if (v[largest] < 0)
        for (int i = 0; i < n; i++)
            v[i] = -v[i];
}

int strata_eigen(double *A, int n, int first, int count, double *values, double *vectors)
{
    if (n < 1 || first < 0 || count < 1 || first > n - count)
        return STRATA_ARGUMENT;
    if (!eigen_is_finite(A, n))
        return STRATA_NOT_FINITE;

    int status = STRATA_MEMORY;
    double *all = malloc((size_t)n * sizeof *all); /* LAPACK asks for n values even of a range */
    lapack_int *support = malloc(2 * (size_t)n * sizeof *support);
    if (!all || !support)
        goto done;

    /* A symmetric matrix is the same by rows and by columns, and LAPACK's columns are our rows. */
    lapack_int found = 0;
    lapack_int info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'L', n, A, n, 0, 0, first + 1,
                                     first + count, 0, &found, all, vectors, n, support);
    if (info != 0 || found != count)
        goto done;
    for (int k = 0; k < count; k++) {
        values[k] = all[k];
        eigen_fix_sign(vectors + (size_t)k * n, n);
    }
    status = STRATA_OK;
done:
    free(support);
    free(all);
    return status;
}
