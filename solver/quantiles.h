/* The distribution of the distances of a point to all others, as means of its quantile function:
 *
 *     quantiles[b] = sqrt(Q) * integral of F^-1(t) over t in [b/Q, (b+1)/Q],   Q = QUANTILES,
 *
 * F the distribution function of a row of distances under the weights. By Jensen's inequality
 *
 *     |quantiles_i - quantiles_j|^2 <= integral of (F_i^-1(t) - F_j^-1(t))^2 over t in [0, 1],
 *
 * which is what the rows cost at least when they are matched (bounds.h), for any numbers of points
 * and any weights. Cost: n sorts of n. */
#ifndef STRATA_QUANTILES_H
#define STRATA_QUANTILES_H

/* sorted[n] ascending, of the given weights (NULL: uniform) that sum to one. */
void quantiles_of_sorted(const double *sorted, const double *weights, int n, double *quantiles);

/* quantiles[n, QUANTILES] of the rows of D[n, n]. STRATA_OK or STRATA_MEMORY. */
int quantiles_of_rows(const double *D, const double *weights, int n, double *quantiles);

#endif
