/* Conditional gradient (Frank-Wolfe) on permutations.
 *
 * The loss is concave on the couplings when both distances are conditionally negative definite, so
 * the exact line search always takes the whole step: each iterate is a permutation, and a step is
 *
 *     P <- argmin over S of <cost(P), S>
 *
 * one product (or low-rank update) and one assignment. It stops when the loss no longer falls.
 *
 * Maron & Lipman, "(Probably) Concave Graph Matching", NeurIPS 2018, arXiv 1807.09722;
 * Vayer et al., "Fused Gromov-Wasserstein", doi:10.3390/a13090212. */
#ifndef STRATA_FRANK_WOLFE_H
#define STRATA_FRANK_WOLFE_H

#include "workspace.h"

/* From w->permutation with this loss; leaves the best permutation there, cost belonging to it, and
 * unless it was stopped the last proposal in w->candidate, and the loss. Returns whether it took a
 * step. */
int frank_wolfe(struct workspace *w, double *loss);

#endif
