/* The leading eigenpairs of a doubly centred distance matrix.
 *
 * J D J, J = I - 11'/n, of smooth data is nearly of low rank: its leading eigenvectors are the
 * principal coordinates of classical scaling, which carry the shape; the long tail is the cusp of
 * the distance at zero, which carries little but makes every permutation a local optimum of its
 * own. Steps on the leading part are cheap, and end in better optima (leading.h).
 *
 * Randomised subspace iteration: Halko, Martinsson, Tropp, SIAM Review 53 (2011),
 * doi:10.1137/090771806, algorithm 4.4, with a fixed seed. */
#ifndef STRATA_SPECTRUM_H
#define STRATA_SPECTRUM_H

#include <stddef.h>

/* D J in centred[n, n] (rows minus their means). values[rank] by decreasing magnitude; vectors
 * [n, rank], unit columns, rows `stride` apart. rank <= n - 1. About 8 n^2 (rank + 16) flops.
 * STRATA_OK or STRATA_MEMORY. */
int spectrum_leading(const float *centred, int n, int rank, float *values, float *vectors,
                     int stride);

/* The same for those who have the matrix elsewhere. */
struct spectrum_operator {
    void *context;
    /* image[n, m] = D J q[n, m], its columns not yet centred */
    void (*multiply)(void *context, const float *q, int m, float *image);
    int (*agree)(void *context, int status); /* to go on with, for several that do the same */
};
int spectrum_of(const struct spectrum_operator *D, int n, int rank, float *values, float *vectors,
                int stride);

/* Columns that an operator is multiplied with. */
int spectrum_columns(int n, int rank);

#endif
