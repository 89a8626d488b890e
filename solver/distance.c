#include "distance.h"
#include "geodesic.h"
#include "strata.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A distance is how rows are prepared and what is done to their squared Euclidean distances. Add
 * one by adding its functions and its lines to the two lists below. */
struct metric {
    void (*prepare)(double *y, int n, int d); /* each row by itself, in place; NULL: as it is */
    double (*finish)(double squared);
    int angular;  /* of directions: rows of zeros are at distance 1 from all others */
    int negative; /* conditionally negative definite */
    int (*replace)(double *D, int n,
                   int neighbours); /* NULL, or what makes the distances of these; a status */
};

/* Subtracts the mean row: distances stay, inner products get small. */
static void centre_columns(double *y, int n, int d)
{
    for (int c = 0; c < d; c++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += y[(size_t)i * d + c];
        for (int i = 0; i < n; i++)
            y[(size_t)i * d + c] -= sum / n;
    }
}

static void scale_rows_to_unit(double *y, int n, int d)
{
    for (int i = 0; i < n; i++) {
        double norm = cblas_dnrm2(d, y + (size_t)i * d, 1);
        for (int c = 0; c < d && norm > 0; c++)
            y[(size_t)i * d + c] /= norm;
    }
}

/* A constant row is zero after centring, but rounding may leave dust; dust must not be scaled up.
 */
static void centre_and_scale_rows(double *y, int n, int d)
{
    for (int i = 0; i < n; i++) {
        double *row = y + (size_t)i * d;
        double sum = 0;
        double largest = 0;
        for (int c = 0; c < d; c++) {
            sum += row[c];
            largest = fabs(row[c]) > largest ? fabs(row[c]) : largest;
        }
        int constant = 1;
        for (int c = 0; c < d; c++) {
            row[c] -= sum / d;
            constant = constant && fabs(row[c]) <= 1e-14 * largest;
        }
        for (int c = 0; c < d && constant; c++)
            row[c] = 0;
    }
    scale_rows_to_unit(y, n, d);
}

static double squared_itself(double squared)
{
    return squared;
}

static double half_squared(double squared)
{
    return 0.5 * squared;
}

const char *const strata_distance_names[] = {"euclidean",   "sqeuclidean", "cosine",
                                             "correlation", "geodesic",    NULL};
static const struct metric metrics[] = {
    {NULL, sqrt, 0, 1, NULL},
    {NULL, squared_itself, 0, 1, NULL},
    {scale_rows_to_unit, half_squared, 1, 1, NULL},
    {centre_and_scale_rows, half_squared, 1, 1, NULL},
    {NULL, sqrt, 0, 0, geodesic_replace},
};

int distance_is_known(int distance)
{
    return distance >= 0 && distance < (int)(sizeof metrics / sizeof *metrics);
}

int distance_is_negative_definite(int distance)
{
    return metrics[distance].negative;
}

int distance_check_definite(const double *D, int n, int *negative)
{
    double *means = malloc((size_t)n * sizeof *means);
    double *G = malloc((size_t)n * (size_t)n * sizeof *G);
    int status = means && G ? STRATA_OK : STRATA_MEMORY;
    double mean = 0;
    double trace = 0;
    for (int i = 0; i < n && status == STRATA_OK; i++) {
        means[i] = 0;
        for (int k = 0; k < n; k++)
            means[i] += D[(size_t)i * n + k] / n;
        mean += means[i] / n;
    }
    for (int i = 0; i < n && status == STRATA_OK; i++) {
        for (int k = 0; k < n; k++)
            G[(size_t)i * n + k] = means[i] + means[k] - mean - D[(size_t)i * n + k];
        trace += G[(size_t)i * n + i];
    }
    for (int i = 0; i < n && status == STRATA_OK; i++)
        G[(size_t)i * n + i] += 1e-12 * trace;
    if (status == STRATA_OK)
        *negative = trace > 0 && LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', n, G, n) == 0;
    free(means);
    free(G);
    return status;
}

static double squared_difference(const double *x, const double *y, int d)
{
    double sum = 0;
    for (int c = 0; c < d; c++)
        sum += (x[c] - y[c]) * (x[c] - y[c]);
    return sum;
}

int distance_range(int distance, double largest)
{
    if (metrics[distance].angular) /* rows are scaled first */
        return STRATA_OK;
    if (largest > 1e140)
        return STRATA_OVERFLOW;
    /* rows are centred first, which may take off sixteen digits */
    return largest > 0 && largest < 1e-120 ? STRATA_UNDERFLOW : STRATA_OK;
}

int distance_is_translated(int distance)
{
    return !metrics[distance].angular;
}

void distance_prepare(int distance, double *y, int n, int d)
{
    if (metrics[distance].prepare != NULL)
        metrics[distance].prepare(y, n, d);
}

double distance_squared(int distance, double xx, double yy, double xy)
{
    if (metrics[distance].angular && (xx == 0 || yy == 0))
        return xx == 0 && yy == 0 ? 0 : 2;
    double squared = xx + yy - 2 * xy;
    return squared <= 1e-4 * (xx + yy) ? DISTANCE_CANCELLED : squared;
}

double distance_finish(int distance, double squared)
{
    return metrics[distance].finish(squared);
}

int distance_matrix(int distance, int neighbours, const double *x, int n, int d, double *D)
{
    const struct metric *metric = &metrics[distance];
    double *y = malloc((size_t)n * (size_t)d * sizeof *y);
    double *norms = malloc((size_t)n * sizeof *norms);
    int status = y && norms ? STRATA_OK : STRATA_MEMORY;
    int finite = 1;
    double largest = 0;
    if (status == STRATA_OK)
        memcpy(y, x, (size_t)n * (size_t)d * sizeof *y);
    for (size_t k = 0; k < (size_t)n * (size_t)d && status == STRATA_OK; k++) {
        finite = finite && isfinite(x[k]);
        largest = fabs(x[k]) > largest ? fabs(x[k]) : largest;
    }
    if (status == STRATA_OK)
        status = finite ? distance_range(distance, largest) : STRATA_NOT_FINITE;
    if (status != STRATA_OK)
        goto cleanup;

    if (distance_is_translated(distance))
        centre_columns(y, n, d);
    distance_prepare(distance, y, n, d);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, n, d, 1, y, d, 0, D, n);
    for (int i = 0; i < n; i++)
        norms[i] = D[(size_t)i * n + i];
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) {
            double squared = distance_squared(distance, norms[i], norms[k], D[(size_t)i * n + k]);
            if (squared == DISTANCE_CANCELLED)
                squared = squared_difference(y + (size_t)i * d, y + (size_t)k * d, d);
            double value = distance_finish(distance, squared);
            D[(size_t)i * n + k] = value;
            D[(size_t)k * n + i] = value;
        }
        D[(size_t)i * n + i] = 0;
    }
    if (metric->replace != NULL)
        status = metric->replace(D, n, neighbours);

cleanup:
    free(y);
    free(norms);
    return status;
}
