/* Random moves: permutations to begin a try with.
 *
 * All but exchanges end with steps on few eigenpairs, where optima are few, so that what a try then
 * comes to is another optimum and not the old one with some flaws. They overwrite w->cost and
 * w->core. */
#ifndef STRATA_MOVES_H
#define STRATA_MOVES_H

#include "leading.h"
#include "random.h"

/* From nothing: some leading coordinates of A are taken to those of B by a random rotation or
 * reflection. */
void move_afresh(struct workspace *w, const struct leading *problem, uint64_t *random,
                 int *permutation);

/* Mixes up the partners of many points. */
void move_mix(struct workspace *w, const struct leading *problem, uint64_t *random,
              int *permutation);

/* Exchanges the partners of a point and its nearest with those of another and its nearest, once or
 * twice: two clusters, say. */
void move_exchange(struct workspace *w, const struct leading *problem, uint64_t *random,
                   int *permutation);

/* Between two permutations, given by their cores on all eigenpairs of the problem. */
void move_cross(struct workspace *w, const struct leading *problem, const float *one,
                const float *other, uint64_t *random, int *permutation);

#endif
