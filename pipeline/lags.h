/* A symmetric matrix of layers against layers, seen by depth: the cells (i, i+m) of equal lag m.
 *
 * Distances grow with depth in every network, grouped or not. So groups are judged by comparing
 * cells of the same lag, and the cells are stored so: lag 1 first, then lag 2, … */
#ifndef STRATA_LAGS_H
#define STRATA_LAGS_H

#include <stddef.h>

struct lags {
    int n;         /* layers */
    double *value; /* [n(n-1)/2] cell (i, i+m) at lags_cell(n, m) + i; NaN where there is none */
    double *sum;   /* sums of the values before a cell in its lag: one more entry for each lag */
    int *count;    /* the same for the number of values */
};

/* How much farther layers are across a boundary than aside from it: far and near are sums over the
 * same number of cells of the same lags. */
struct contrast {
    double far, near;
};

/* From D[n, n], of which the n_kept layers in kept[] are used. 0, or -1 if memory is short. */
int lags_init(struct lags *lags, const double *D, int n, const int *kept, int n_kept);
void lags_reset(struct lags *lags);

/* Where lag m (1 … n-1) starts. */
static inline size_t lags_cell(int n, int m)
{
    return (size_t)(m - 1) * n - (size_t)m * (m - 1) / 2;
}

/* Adds the cells (i, j) across boundary b, a <= i < b <= j < c, to far, and as many times the mean
 * of the cells of the same lag within [low, high) that do not cross b to near. Lags without such a
 * cell are left out. O(c - a). */
void lags_compare(const struct lags *lags, int a, int b, int c, int low, int high,
                  struct contrast *contrast);

/* The same for all cells: between the groups of label[n] against within them. O(n^2). */
void lags_compare_groups(const struct lags *lags, const int *label, struct contrast *contrast);

/* (far - near) / (far + near) in [-1, 1]; 0 where there is nothing to compare. 1/3 means twice as
 * far. */
double contrast_value(const struct contrast *contrast);

/* residual[n(n-1)/2]: value / mean of its lag - 1; 0 for cells without a value. */
void lags_residual(const struct lags *lags, double *residual);

/* trend[n-1], by lag - 1: the non-decreasing function nearest to the values in least squares, which
 * is what depth alone explains. */
void lags_trend(const struct lags *lags, double *trend);

#endif
