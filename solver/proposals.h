/* Proposals: permutations of all points that may be worth a descent to a local optimum.
 *
 * They are optima of the leading eigenpairs, which cost little; a descent from one takes off
 * another percent or two, so that the best of many is known before any is taken. */
#ifndef STRATA_PROPOSALS_H
#define STRATA_PROPOSALS_H

#include "workspace.h"

void proposals_clear(struct workspace *w);

/* Proposes w->permutation with its loss, found from `start` (STRATA_START_…): kept if it is new and
 * among the best PROPOSALS_MAX. */
void proposals_add(struct workspace *w, double loss, int start);

/* The least loss proposed, or infinity. */
double proposals_best(const struct workspace *w);

/* A descent hardly ever gains more than this factor. */
extern const double proposals_hopeless;

/* w->permutation = the k-th best proposal, unless a descent from it hardly leads below the loss
 * `best`: returns whether it may. */
int proposals_take(struct workspace *w, int k, double best);

#endif
