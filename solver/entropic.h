/* Entropic and proximal GW in the log domain.
 *
 *     entropic:  T <- argmin over couplings of <-4 A T' B, T> + e sum T log T,
 *     proximal:  T <- argmin over couplings of <-4 A T' B, T> + e KL(T | T'),       T' the last T,
 *
 * both from the product coupling. Each inner problem is a Sinkhorn scaling of
 *
 *     M[i,j] = 4 (A T' B)[i,j] / e  (+ log T'[i,j]),      T[i,j] = exp(M[i,j] + f[i] + g[j]).
 *
 * f and g are found by sweeps over logarithms of sums, which cannot overflow or vanish at any e;
 * between them cheap scalings of exp(M + f + g) by vectors, as long as these stay in range
 * (stabilised scaling: Schmitzer 2019). log T is what is kept from step to step, so no information
 * is lost where T underflows. A run ends when no more than a part of 1e-6 of the mass moves.
 *
 * What is reported is not the regularised objective but the GW loss of the coupling, which is first
 * rounded to marginals that are exact (Altschuler, Weed, Rigollet 2017, algorithm 2).
 *
 * Units of e: those of the loss (that of POT's entropic_gromov_wasserstein). Default: 0.002 of
 * <A^2, p p'> + <B^2, q q'>.
 *
 * Cost of a step: 2 n m (n + m) flops, 3 n m exponentials for a sweep, 4 n m flops for a scaling.
 * Memory: 40 n m + 4 n^2 bytes.
 *
 * Peyré, Cuturi, Solomon, ICML 2016; Xu, Luo, Zha, Carin, ICML 2019, arXiv 1901.06003; Schmitzer,
 * SIAM J. Sci. Comput. 41 (2019), doi:10.1137/16M1106018; Altschuler et al., NIPS 2017, arXiv
 * 1705.09634. */
#ifndef STRATA_ENTROPIC_H
#define STRATA_ENTROPIC_H

#include "method.h"

#endif
