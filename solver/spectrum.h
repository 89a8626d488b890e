/* The leading eigenpairs of a doubly centred distance matrix.
 *
 * J D J, J = I - 11'/n, of smooth data is nearly of low rank: its leading eigenvectors are the
 * principal coordinates of classical scaling, which carry the shape; the long tail is the cusp of
 * the distance at zero, which carries little but makes every permutation a local optimum of its
 * own. Steps on the leading part are cheap, and end in better optima (frank_wolfe.h).
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

/* The same in steps, for those who have the matrix elsewhere: from the test matrix as image,
 * SPECTRUM_ITERATIONS + 1 times q = orthonormalised image, image = D J q, centred; then rotate. */
enum { SPECTRUM_OVERSAMPLING = 16, SPECTRUM_ITERATIONS = 3 };

/* A fixed sequence of numbers in (-1, 1). */
void spectrum_test_matrix(float *x, size_t count);

/* Orthonormalises the columns of x[n, m], in place. tau[m]: scratch. */
int spectrum_orthonormalize(float *x, int n, int m, float *tau);

/* Subtracts from each column of x[n, m] its mean. */
void spectrum_centre(float *x, int n, int m);

/* From the small matrix T = Q' J D J Q = U diag(l) U': vectors = Q U of the largest |l|. */
int spectrum_rotate(const float *q, const float *image, int n, int m, int rank, float *values,
                    float *vectors, int stride);

#endif
