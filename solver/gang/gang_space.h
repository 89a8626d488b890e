/* mm-spaces in rows over a gang: what space.h has, distributed.
 *
 *     rank 0 | distances, profile: its rows |    means, order, eigenvectors, cells: on every rank,
 * O(n) …      | …                            | */
#ifndef STRATA_GANG_SPACE_H
#define STRATA_GANG_SPACE_H

#include "gang_internal.h"

/* space->rows = distances of activations x[count, d] (local), not yet normalised.
 *
 *     |x_i - x_k|^2 = |x_i|^2 + |x_k|^2 - 2 <x_i, x_k>
 *
 * as in distance.h: rows are translated to their mean first, and entries that cancelled are
 * computed again from the difference. Portions of PORTION columns of all rows go to every rank,
 * which adds their inner products to its rows, tile by tile.
 *
 * Not by PDSYRK, whose order of summation follows the grid: distances would differ in their last
 * digits with the number of ranks, and then everything that is built on them. Here each tile is the
 * same call of DGEMM whoever owns it.
 *
 * Cost: 2 n^2 d / ranks flops, n d doubles received. Errors: MEMORY, NOT_FINITE. Collective. */
int gang_distance(struct gang *gang, struct gang_space *space, const double *x, int d,
                  int distance);

/* The middle value of all n^2 distances, as NumPy's median has it: by the digits of their binary
 * representation, most significant first, in four passes. Collective. STRATA_OK or STRATA_MEMORY.
 */
int gang_median(const struct gang *gang, const double *rows, double *median);

/* values and vectors of space from its rows and their means (spectrum.h). 2 n^2 (rank + 16) flops /
 * ranks for each of four products; the small rest is done on each rank. STRATA_OK or STRATA_MEMORY.
 * Collective. */
int gang_spectrum(struct gang *gang, struct gang_space *space);

/* Bytes of a space on this rank, and what is held besides while it is made. Not collective. */
size_t gang_space_bytes(const struct gang *gang);
size_t gang_distance_bytes(const struct gang *gang, int d);
size_t gang_spectrum_bytes(const struct gang *gang);

#endif
