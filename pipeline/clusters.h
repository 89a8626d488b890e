/* Groups of alike layers that need not be contiguous. */
#ifndef STRATA_CLUSTERS_H
#define STRATA_CLUSTERS_H

#include <stdint.h>

/* strata_eigen of eigen.h, or one that does the same elsewhere. */
typedef int clusters_eigen(void *context, double *A, int n, int first, int count, double *values,
                           double *vectors);

struct clusters_options {
    int max_groups;      /* 0: at most 16 */
    double min_score;    /* a mean silhouette of less is one group; below 0.5 is "weak, may be
                            artificial" */
    double min_contrast; /* as for segments, but what depth explains is the non-decreasing trend */
    clusters_eigen *eigen; /* NULL: here */
    void *context;         /* of eigen; borrowed */
};

/* { 0, 0.4, 0.2, NULL, NULL } */
extern const struct clusters_options clusters_defaults;

struct clusters_result {
    int count;    /* groups; 0 where no layer is valid */
    double score; /* mean silhouette in D; 0 for one group */
};

/* From D[n, n] as in segments.h. label[n] (out) numbers the groups by first appearance; -1: the
 * layer has no valid comparison. Tries 2, 3, … groups and takes the number of the largest mean
 * silhouette (of equals the smallest), or one group if that is below min_score or explained by
 * depth. Deterministic. STRATA_OK or an error of strata.h. */
int clusters_find(const double *D, int n, const struct clusters_options *options, int32_t *label,
                  struct clusters_result *result);

/* For one number of groups, 1 <= count <= n, of the distances D[n, n], all finite. label[n] (out)
 * numbers up to count groups by first appearance. STRATA_OK or an error of strata.h. */
int clusters_spectral(const double *D, int n, int count, int32_t *label);

/* Mean silhouette of label[n] in D[n, n]; cells that are NaN are left out. Rousseeuw, J. Comput.
 * Appl. Math. 20 (1987), doi:10.1016/0377-0427(87)90125-7. A layer alone in its group counts 0.
 * sum[n] and cells[n] are workspace. */
double clusters_silhouette(const double *D, int n, const int32_t *label, int count, double *sum,
                           int *cells);

#endif
