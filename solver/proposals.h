/* Proposals: permutations of all points that may be worth a descent to a local optimum.
 *
 * They are optima of the leading eigenpairs, which cost little; a descent from one takes off
 * another percent or two, so that the best of many is known before any is taken. */
#ifndef STRATA_PROPOSALS_H
#define STRATA_PROPOSALS_H

#include "workspace.h"

void proposals_clear(struct workspace *w);

/* Proposes w->permutation, found from `start` (STRATA_START_…): kept if it is new and among the
 * best PROPOSALS_MAX. Returns its loss. */
double proposals_add(struct workspace *w, int start);

#endif
