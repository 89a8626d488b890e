/* Where a solve starts from.
 *
 * Many starts are tried on a sample of the points, where a step costs next to nothing; the best few
 * are lifted to all points and go on there. */
#ifndef STRATA_STARTS_H
#define STRATA_STARTS_H

#include "random.h"
#include "workspace.h"

/* Points of the coarse problem (smaller spaces are their own), and the eigenpairs it uses. */
enum { COARSE_POINTS = 240, COARSE_RANK = 24 };
/* How many starts are kept. */
enum { STARTS_MAX = 16 };

/* A start that was improved on the coarse problem. */
struct start {
    double value; /* f of leading.h there; larger is better */
    int code;     /* STRATA_START_… */
    int permutation[COARSE_POINTS];
    float core[(1 + COARSE_RANK) * (1 + COARSE_RANK)];
};

/* w->starts: what the coarse problem comes to from the assignment of the lower bound (w->bound),
 * from sorted mean distances, and from the identity. Distinct, by decreasing value. */
void starts_usual(struct workspace *w);

/* w->starts: the best of at most so many random tries, half of them afresh, half by mixing up one
 * of the best so far. */
void starts_search(struct workspace *w, int tries, uint64_t *random);

/* w->permutation = start k on all points, improved on the leading eigenpairs. */
void starts_lift(struct workspace *w, int k);

void start_from_identity(struct workspace *w, int *permutation);

/* From the product coupling the gradient has rank one, and its assignment is a sort: points by
 * increasing mean distance on both sides. */
void start_from_product(struct workspace *w, int *permutation);

#endif
