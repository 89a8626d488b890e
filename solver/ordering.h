/* Points of a space, or of a part of it, in order along the direction of largest variance. */
#ifndef STRATA_ORDERING_H
#define STRATA_ORDERING_H

/* Coordinates of a point, at most. */
enum { COORDINATES_MAX = 24 };

struct item {
    float along; /* the direction of the cut, from the mean of the part */
    int point;
};

struct ordering {
    const float *x;     /* [n, rank] coordinates in units of distance */
    int rank;           /* <= COORDINATES_MAX */
    struct item *items; /* [n] the points, each part of the space in one piece */
};

/* x[n, rank] from points[n, stride], whose first column is not a coordinate and whose coordinates
 * belong to eigenvalues values[rank]. */
void ordering_scale(const float *points, int stride, const float *values, int n, int rank,
                    float *x);

/* items[n]: all points by number. */
void ordering_begin(struct ordering *ordering, int n);

/* Orders the items from begin to end, by the power method on their covariance. Deterministic;
 * 10 (end - begin) rank flops, and a sort. */
void ordering_sort(struct ordering *ordering, int begin, int end);

#endif
