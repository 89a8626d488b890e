/* Matchings of clusters: the coarsest problem of a pair, small enough for hundreds of searches.
 *
 * A matching s of k clusters stands for a coupling of their masses a and b: cluster c goes to s(c)
 * as far as both reach, m_c = min(a_c, b_s(c)), and what is left over, a_c - m_c and b_s(c) - m_c,
 * is coupled by its product. Its value is f of leading.h, for the means of the clusters. From
 * random matchings exchanges of two clusters lead to local optima, of which there are few. */
#ifndef STRATA_MATCHINGS_H
#define STRATA_MATCHINGS_H

#include "leading.h"
#include "partitions.h"

#include <stdint.h>

struct matching {
    double value; /* larger is better */
    int of[CLUSTERS_MAX];
};

/* A space divided by a partition; clusters beyond the last have no mass. */
struct quotient {
    const float *clusters;    /* [count, 1 + stride] see partitions.h */
    float mass[CLUSTERS_MAX]; /* in the order of the search, and, of the clusters' means: */
    float row_mean[CLUSTERS_MAX];
    float products[CLUSTERS_MAX][CLUSTERS_MAX]; /* sum_i La_i x_ci x_di */
};

struct quotients {
    int count;
    const struct leading *problem; /* of the points in the clusters */
    struct quotient a, b;
};

/* The spaces of w in `count` clusters each. O(count^2 stride). */
struct quotients quotients_of(const struct workspace *w, const struct leading *finest, int count);

/* best[most]: what so many random matchings come to, each once, by decreasing value. Returns how
 * many there are. About 4 count^4 flops a try. */
int matchings_search(const struct quotients *q, int tries, int most, uint64_t *random,
                     struct matching *best);

/* core[stride, stride] as by leading_core, of the coupling that a matching stands for. */
void matchings_core(const struct quotients *q, const int *matching, float *core);

#endif
