/* The time series over training iterations. */
#ifndef STRATA_SERIES_H
#define STRATA_SERIES_H

#include "results.h"

/* From results->distance, segments, clusters and their counts, for each checkpoint t:
 * mean_gw             mean over the valid pairs of layers
 * within_gw, between_gw   mean over the pairs in the same / in different segments; NaN: no such
 * pair contrast            (between - within) / (between + within); 0 for one segment
 * agreement_previous, agreement_last   adjusted Rand index of the segments with those of t-1 (NaN
 *                     at t=0) and of the last checkpoint
 * cluster_agreement   adjusted Rand index of segments and clusters
 * The carried scalars are not touched. Pairs of a layer without a segment count for mean_gw only.
 */
void series_compute(struct results *results);

#endif
