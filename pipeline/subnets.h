/* The sub-networks at every checkpoint: contiguous groups and spectral clusters. */
#ifndef STRATA_SUBNETS_H
#define STRATA_SUBNETS_H

#include "clusters.h"
#include "results.h"

struct subnets_options {
    int max_groups;      /* most groups of either kind; 0: automatic */
    double significance; /* contiguous groups need a p-value of at most this */
    double
        min_contrast; /* groups of either kind need (far - near) / (far + near) of at least this */
    clusters_eigen *eigen; /* NULL, or as in clusters.h, with its context */
    void *context;
};

/* { 0, 0.05, 0.2, NULL, NULL } */
extern const struct subnets_options subnets_defaults;

/* Fills segments, segment_count, segment_score, segment_p, boundary_strength, clusters,
 * cluster_count and cluster_score from results->distance. Not collective. Where memory is short or
 * LAPACK fails: EXIT_SYSTEM, and the checkpoint is named. */
int subnets_find(struct results *results, const struct subnets_options *options,
                 struct fault *fault);

#endif
