/* Where a solve starts from.
 *
 * Many starts are tried on a sample of the points, where a step costs next to nothing; the best few
 * are lifted to all points and go on there. */
#ifndef STRATA_STARTS_H
#define STRATA_STARTS_H

#include "random.h"
#include "workspace.h"

/* Points of the coarse problem (smaller spaces are their own), and the eigenpairs it uses. */
enum { COARSE_POINTS = 160, COARSE_RANK = 24 };
enum { STARTS_MAX = 256 };

/* A start that was improved on the coarse problem. */
struct start {
    double value; /* f of leading.h there; larger is better */
    int code;     /* STRATA_START_… */
    float core[COARSE_RANK * COARSE_RANK];
};

/* Solves the coarse problem from the assignment of the lower bound (w->bound), from sorted mean
 * distances, and from the identity. w->starts holds the distinct results by decreasing value;
 * returns how many. */
int starts_search(struct workspace *w);

/* The same from `count` random rotations of the leading coordinates, at most STARTS_MAX. */
int starts_search_rotations(struct workspace *w, int count, uint64_t *random);

/* w->permutation = start k of the last search on all points, improved on the leading eigenpairs. */
void starts_lift(struct workspace *w, int k);

void start_from_identity(struct workspace *w, int *permutation);

/* From the product coupling the gradient has rank one, and its assignment is a sort: points by
 * increasing mean distance on both sides. */
void start_from_product(struct workspace *w, int *permutation);

#endif
