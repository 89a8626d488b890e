/* The GW loss and its certificates for a permutation, in double precision. */
#ifndef STRATA_LOSS_H
#define STRATA_LOSS_H

#include "space.h"

/* 1/n^2 * sum_{i,k} (A[i,k] - B[P(i),P(k)])^2. NULL: the identity. n^2/2 gathered terms. */
double loss_of(const struct strata_space *a, const struct strata_space *b, const int *permutation);

/* How much n^2 * loss falls if points i and k exchange their partners, exactly:
 *     4 * sum over l not in {i, k} of (A[i,l] - A[k,l]) * (B[P(k),P(l)] - B[P(i),P(l)]).
 * n gathered terms. */
double loss_swap_gain(const struct strata_space *a, const struct strata_space *b,
                      const int *permutation, int i, int k);

/* The Frank-Wolfe gap of permutation P towards permutation S,
 *     4/n^2 * sum_i (K[i,S(i)] - K[i,P(i)]),   K = A P B,
 * with S the minimiser of the linearised loss: no coupling lowers the linearised loss by more. */
double loss_frank_wolfe_gap(const struct strata_space *a, const struct strata_space *b,
                            const int *permutation, const int *towards);

/* Whether the bound proves that nothing is left to gain: copies of one space, say. unit: the
 * product of the mean distances of both spaces. */
int loss_is_least(double unit, const struct strata_solution *solution);

/* Distances carry the rounding of their sums, so isometric spaces hardly ever have a loss of
 * exactly zero. A loss that may be such dust becomes zero, with nothing left to gain, and no bound
 * stays above its loss. */
void loss_drop_dust(double unit, struct strata_solution *solution);

#endif
