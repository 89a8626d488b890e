/* Coarse copies of a space: its points in equal cells, each of points that lie together.
 *
 * A cell is the mean of its points, by their row means and their coordinates on the leading
 * eigenvectors. All cells hold the same number of points, to within one: so matching the cells of
 * two spaces one to one is a problem of the same kind as matching their points, only smaller, and
 * since cores (leading.h) are sums over points, of nearly the same value.
 *
 * Cells come of cutting the space in two, and the parts again: across the direction of largest
 * variance, where the two sides differ most. So a cluster stays whole as long as it can.
 *
 * Each resolution is wrong in its own way, which is why there are several. */
#ifndef STRATA_CELLS_H
#define STRATA_CELLS_H

#include "ordering.h"

/* Numbers of cells, of spaces that have as many points. */
enum { RESOLUTIONS = 3, FINEST = RESOLUTIONS - 1, CELLS_MAX = 240 };
extern const int cells_resolutions[RESOLUTIONS];

/* Eigenvectors that are kept of a cell, if the space has so many. */
enum { CELLS_RANK = COORDINATES_MAX };

/* Cells of a space of n points at a resolution, and their columns. */
int cells_count(int n, int resolution);
int cells_columns(int rank);

/* Floats that all resolutions of a space take, and where one begins. */
int cells_size(int n, int rank);
int cells_offset(int n, int rank, int resolution);

/* cells[cells_size]: all resolutions of points[n, stride], which have their row mean and then
 * `rank` coordinates, with values[rank] the eigenvalues. Deterministic. About
 * 60 n rank log2(CELLS_MAX) flops. STRATA_OK or STRATA_MEMORY. */
int cells_build(const float *points, int stride, const float *values, int n, int rank,
                float *cells);

#endif
