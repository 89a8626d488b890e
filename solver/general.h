/* Conditional gradient (Frank-Wolfe) for any couplings: spaces of different sizes, any weights, any
 * symmetric distances.
 *
 *     S = argmin <-A T B, S> (transport.h),   T <- (1 - t) T + t S,
 *
 * with t the exact minimiser over [0, 1] of the quadratic f(t) = f(0) + b t + a t^2,
 *
 *     b = -4 (<A T B, S> - <A T B, T>),   a = -2 (<A S B, S> - 2 <A T B, S> + <A T B, T>).
 *
 * A T B follows T by the same combination, so a step costs one product with a vertex (coupling.h)
 * and one transport problem, which starts from the plan of the last. -b is the Frank-Wolfe gap.
 * Where the problem is concave (a <= 0) all iterates are vertices; elsewhere T fills up, and its
 * minimum is in general not a permutation. Starts: product coupling, identity where it is a
 * coupling, the plan of the lower bound; the best is reported.
 *
 * Memory: 40 n m + 4 n^2 bytes, n <= m. Frank & Wolfe (1956), doi:10.1002/nav.3800030109; for GW
 * Vayer et al., "Fused Gromov-Wasserstein distance for structured objects" (2020),
 * doi:10.3390/a13090212. */
#ifndef STRATA_GENERAL_H
#define STRATA_GENERAL_H

#include "method.h"

#endif
