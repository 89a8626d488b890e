/* Where a solve starts from: the best of many tries on coarse copies of the problem.
 *
 * On cells (cells.h) a try takes some tenth of a millisecond. Each coarse resolution is searched
 * from nothing, or from matchings of clusters (matchings.h), and what it finds is refined to the
 * finest, where all compete; the best few are then lifted to all points and go on there.
 *
 * A pool keeps the best of what was tried, of each optimum only its best member: it is both where
 * further tries begin, and what they are to beat. */
#ifndef STRATA_STARTS_H
#define STRATA_STARTS_H

#include "cells.h"
#include "random.h"
#include "workspace.h"

enum { POOL_MAX = 16 };

/* A permutation of cells that was improved. */
struct start {
    double value; /* f of leading.h; larger is better */
    int code;     /* STRATA_START_… */
    int permutation[CELLS_MAX];
    float core[(1 + CELLS_RANK) * (1 + CELLS_RANK)];
};

/* By decreasing value. */
struct pool {
    int count;
    struct start starts[POOL_MAX];
};

/* w->starts: what the finest cells come to from the assignment of the lower bound (w->bound), from
 * sorted mean distances, and from the identity. */
void starts_usual(struct workspace *w);

/* How long to search. */
struct search {
    int tries;     /* at the coarsest resolution, half as many at the next; a fifth at the finest,
                      if it is not the only one */
    int matchings; /* of clusters, for each number of them; they go to the coarse resolution nearest
                      to the finest, and are where its tries begin */
    int refined;   /* best of each of these that go on to the finest, <= POOL_MAX */
};

/* w->starts: what random tries at each resolution and matchings of clusters come to, beside what is
 * there, with which the search at the finest begins. */
void starts_search(struct workspace *w, const struct search *how, uint64_t *random);

/* w->permutation = what a core of cells comes to on all points, improved on the leading eigenpairs.
 */
void starts_lift(struct workspace *w, const float *core);

/* Steps from the product coupling on all points, before cells tell the way. */
enum { PRODUCT_STEPS = 3 };

/* w->core = where steps on the finest cells lead from w->permutation of all points, which is lost.
 * That pays where cells are a coarse copy of them. */
void starts_follow(struct workspace *w);
int starts_are_coarse(const struct workspace *w);

void start_from_identity(struct workspace *w, int *permutation);

/* From the product coupling the gradient has rank one, and its assignment is a sort: points by
 * increasing mean distance on both sides. */
void start_from_product(struct workspace *w, int *permutation);

#endif
