/* Lloyd's algorithm with deterministic starts, for a few hundred points in a few dimensions. */
#ifndef STRATA_KMEANS_H
#define STRATA_KMEANS_H

#include <stdint.h>

/* Groups the rows of x[n, d] around count <= n centres; label[n] (out) in 0 … count-1. The best of
 * several starts: farthest-first from the point next to the mean, then k-means++ with fixed seeds.
 * Returns the within-group sum of squares, or -1 if memory is short. */
double kmeans(const double *x, int n, int d, int count, int32_t *label);

#endif
