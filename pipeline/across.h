/* When each layer reached its final form, from a comparison across checkpoints. */
#ifndef STRATA_ACROSS_H
#define STRATA_ACROSS_H

#include "results.h"

/* A layer is settled once it stays within this part of its largest distance from its final form. */
extern const double across_settled; /* 0.5 */

/* Fills settled[L] from distance[T, L, 2]: the first step from which on the layer stays so near the
 * last checkpoint. A checkpoint without a value counts as far. */
void across_compute(struct results *results);

#endif
