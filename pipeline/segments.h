/* Contiguous groups of layers: where the network is cut, how deeply, and how sure that is. */
#ifndef STRATA_SEGMENTS_H
#define STRATA_SEGMENTS_H

#include <stdint.h>

struct segments_options {
    int max_groups;      /* 0: as many as there are */
    double significance; /* above this p-value there is one group */
    double min_contrast; /* a boundary of less is none; 0.2: 1.5 times as far across as aside */
    int draws;           /* random matrices for the p-value; fewer where there are many layers */
};

/* What is used where nothing is said: { 0, 0.05, 0.2, 199 }. */
extern const struct segments_options segments_defaults;

/* Every measure here compares distances of the same lag (layers equally far apart in depth), as
 * the contrast (far - near) / (far + near) in [-1, 1]: 0 no difference, 1/3 twice as far. */
struct segments_result {
    int count;    /* groups; 0 where no layer is valid */
    double score; /* contrast between against within groups; 0 for one group */
    double p;     /* of the best cut, under layers with trend, outliers and noise but no groups
                   * (chance.h); small with count 1: there is more than noise, but no boundary is
                   * deep enough. 1 where nothing can be cut */
    int nearest;  /* the shallowest boundary of the best cut, behind this layer, once those that are
                   * not deep enough are removed; where none is left, the last that was; -1: the
                   * best cut has none */
    double depth; /* its contrast; NaN: there is none */
};

/* From D[n, n]: symmetric distances, NaN in cells without a value.
 * label[n] (out) numbers the groups from 0 in layer order; -1: the layer has no valid comparison.
 * strength[n-1] (out) is the contrast across a boundary behind layer k against aside from it: of
 * the two groups where there is a boundary, and of at least min_contrast, then; elsewhere of the
 * window of 2, 4, 8, … layers that shows most of it; NaN where there are no layers to compare.
 * Deterministic. 0, or -1 if memory is short. */
int segments_find(const double *D, int n, const struct segments_options *options, int32_t *label,
                  double *strength, struct segments_result *result);

/* The layers that have a valid comparison with another one: kept[n] gets their indices in order.
 * Returns how many. */
int segments_valid_layers(const double *D, int n, int *kept);

#endif
