/* Distance matrices of the rows of activations, by matrix product.
 *
 *     |x - y|^2 = |x|^2 + |y|^2 - 2 <x, y>
 *
 * costs one DSYRK (n^2 d flops) instead of a loop, but cancels where x and y are near each other.
 * The rows are therefore centred first, where the distance allows it, and entries that lost more
 * than about four of sixteen digits are computed again from the difference.
 *
 * Euclidean distances and their squares are conditionally negative definite by Schoenberg
 * (doi:10.1090/S0002-9947-1938-1501980-0), cosine and correlation as squares on the unit sphere.
 * Geodesic distances (geodesic.h) are not. */
#ifndef STRATA_DISTANCE_H
#define STRATA_DISTANCE_H

/* Whether distance is an index into strata_distance_names. */
int distance_is_known(int distance);

/* Whether all its matrices are conditionally negative definite: then permutations are optimal. */
int distance_is_negative_definite(int distance);

/* The same of a matrix D[n, n] that is given: whether -J D J, J = I - 11'/n, has no eigenvalue
 * below -1e-12 of its trace, by a Cholesky factorisation, n^3/3 flops. STRATA_OK or STRATA_MEMORY.
 */
int distance_check_definite(const double *D, int n, int *negative);

/* D[n, n] from x[n, d]; neighbours: of geodesic ones, 0: a default. STRATA_OK, STRATA_MEMORY or
 * STRATA_NOT_FINITE, or as distance_range. */
int distance_matrix(int distance, int neighbours, const double *x, int n, int d, double *D);

/* The same in steps, for those who have rows and products elsewhere. */

/* Whether squares and their sums stay within double precision, of activations that are at most so
 * large: STRATA_OK, STRATA_OVERFLOW or STRATA_UNDERFLOW. */
int distance_range(int distance, double largest);

/* Whether the rows' common part may be subtracted first, to keep inner products small. */
int distance_is_translated(int distance);

/* What is done to each row of y[n, d], in place. */
void distance_prepare(int distance, double *y, int n, int d);

/* The squared distance of prepared rows from their inner products, or DISTANCE_CANCELLED: too few
 * digits are left of it, and it is to be had from the difference of the rows. */
#define DISTANCE_CANCELLED (-1.0)
double distance_squared(int distance, double xx, double yy, double xy);

/* The distance from the squared distance of prepared rows. */
double distance_finish(int distance, double squared);

#endif
