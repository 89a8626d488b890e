/* Cuts of a space: its points in order along the direction of largest variance. */
#ifndef STRATA_CUTS_H
#define STRATA_CUTS_H

/* Coordinates of a point, at most. */
enum { CUTS_RANK = 24 };

struct item {
    float along; /* the direction of the cut, from the mean of the part */
    int point;
};

struct cuts {
    const float *x;     /* [n, rank] coordinates in units of distance */
    int rank;           /* <= CUTS_RANK */
    struct item *items; /* [n] the points, each part of the space in one piece */
};

/* x[n, rank] from points[n, stride], whose first column is not a coordinate and whose coordinates
 * belong to eigenvalues values[rank]. */
void cuts_scale(const float *points, int stride, const float *values, int n, int rank, float *x);

/* items[n]: all points by number. */
void cuts_begin(struct cuts *cuts, int n);

/* Orders the items from begin to end, by the power method on their covariance. Deterministic;
 * 10 (end - begin) rank flops, and a sort. */
void cuts_order(struct cuts *cuts, int begin, int end);

#endif
