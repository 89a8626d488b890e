/* Distance matrices of the rows of activations, by matrix product.
 *
 *     |x - y|^2 = |x|^2 + |y|^2 - 2 <x, y>
 *
 * costs one DSYRK (n^2 d flops) instead of a loop, but cancels where x and y are near each other.
 * The rows are therefore centred first, where the distance allows it, and entries that lost more
 * than about four of sixteen digits are computed again from the difference.
 *
 * All are conditionally negative definite: Euclidean distances and their squares by Schoenberg
 * (doi:10.1090/S0002-9947-1938-1501980-0), cosine and correlation as squares on the unit sphere. */
#ifndef STRATA_DISTANCE_H
#define STRATA_DISTANCE_H

/* Whether distance is an index into strata_distance_names. */
int distance_is_known(int distance);

/* D[n, n] from x[n, d]. STRATA_OK, STRATA_MEMORY or STRATA_NOT_FINITE. */
int distance_matrix(int distance, const double *x, int n, int d, double *D);

#endif
