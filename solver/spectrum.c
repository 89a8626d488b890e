#include "spectrum.h"
#include "eigen.h"
#include "random.h"
#include "strata.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

enum { OVERSAMPLING = 16, ITERATIONS = 3 };

/* A fixed sequence of numbers in (-1, 1). */
static void test_matrix(float *x, size_t count)
{
    uint64_t state = 0;
    for (size_t k = 0; k < count; k++)
        x[k] = (float)random_signed(&state);
}

/* Subtracts from each column of x[n, m] its mean. */
static void centre(float *x, int n, int m)
{
    for (int c = 0; c < m; c++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += x[(size_t)i * m + c];
        for (int i = 0; i < n; i++)
            x[(size_t)i * m + c] -= (float)(sum / n);
    }
}

/* Orthonormalises the columns of x[n, m], in place. tau[m]: scratch. */
static int orthonormalize(float *x, int n, int m, float *tau)
{
    if (LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, n, m, x, m, tau) != 0)
        return STRATA_MEMORY;
    return LAPACKE_sorgqr(LAPACK_ROW_MAJOR, n, m, m, x, m, tau) ? STRATA_MEMORY : STRATA_OK;
}

/* From the small matrix T = Q' J D J Q = U diag(l) U': vectors = Q U of the largest |l|. */
static int rotate(const float *q, const float *image, int n, int m, int rank, float *values,
                  float *vectors, int stride)
{
    int status = STRATA_MEMORY;
    float *small = malloc((size_t)m * m * sizeof *small);
    double *T = malloc((size_t)m * m * sizeof *T);
    double *l = malloc((size_t)m * sizeof *l);
    double *U = malloc((size_t)m * m * sizeof *U);
    if (!small || !T || !l || !U)
        goto done;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, m, n, 1, q, m, image, m, 0, small, m);
    for (int i = 0; i < m; i++) {
        for (int k = 0; k < m; k++)
            T[(size_t)i * m + k] = 0.5 * (small[(size_t)i * m + k] + small[(size_t)k * m + i]);
    }
    status = strata_eigen(T, m, 0, m, l, U);
    if (status != STRATA_OK)
        goto done;
    for (int c = 0, low = 0, high = m - 1; c < rank; c++) { /* ascending: largest |l| at the ends */
        int k = fabs(l[low]) >= fabs(l[high]) ? low++ : high--;
        values[c] = (float)l[k];
        for (int i = 0; i < m; i++)
            small[(size_t)i * rank + c] = (float)U[(size_t)k * m + i];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, rank, m, 1, q, m, small, rank, 0,
                vectors, stride);
done:
    free(small);
    free(T);
    free(l);
    free(U);
    return status;
}

int spectrum_columns(int n, int rank)
{
    return rank + OVERSAMPLING < n ? rank + OVERSAMPLING : n;
}

/* From the test matrix as image, ITERATIONS + 1 times q = orthonormalised image, image = D J q,
 * centred; then rotated. */
int spectrum_of(const struct spectrum_operator *D, int n, int rank, float *values, float *vectors,
                int stride)
{
    const int m = spectrum_columns(n, rank);
    const size_t count = (size_t)n * m;
    float *q = malloc(count * sizeof *q);
    float *image = malloc(count * sizeof *image);
    float *tau = malloc((size_t)m * sizeof *tau);
    int status = D->agree(D->context, q && image && tau ? STRATA_OK : STRATA_MEMORY);
    if (status == STRATA_OK)
        test_matrix(image, count);
    for (int k = 0; k <= ITERATIONS && status == STRATA_OK; k++) {
        float *next = image;
        image = q;
        q = next;
        status = D->agree(D->context, orthonormalize(q, n, m, tau));
        if (status == STRATA_OK) {
            D->multiply(D->context, q, m, image);
            centre(image, n, m);
        }
    }
    if (status == STRATA_OK)
        status = D->agree(D->context, rotate(q, image, n, m, rank, values, vectors, stride));
    free(q);
    free(image);
    free(tau);
    return status;
}

/* --- A matrix at hand ------------------------------------------------------------------------- */

struct dense {
    const float *centred; /* [n, n] */
    int n;
};

static void multiply(void *context, const float *q, int m, float *image)
{
    const struct dense *D = context;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, D->n, m, D->n, 1, D->centred, D->n, q, m,
                0, image, m);
}

static int agree_alone(void *context, int status)
{
    (void)context;
    return status;
}

int spectrum_leading(const float *centred, int n, int rank, float *values, float *vectors,
                     int stride)
{
    struct dense dense = {centred, n};
    const struct spectrum_operator D = {&dense, multiply, agree_alone};
    return spectrum_of(&D, n, rank, values, vectors, stride);
}
