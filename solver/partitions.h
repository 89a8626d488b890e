/* Partitions of a space into few clusters, for every number of them from CLUSTERS_MIN up.
 *
 * A trained network gathers the inputs of a class; two layers are then matched well once their
 * clusters are. Which number of clusters shows that is not known, so that there is a partition of
 * each. Unlike cells.h clusters differ in size: nothing of one is counted with another.
 *
 * Each comes of the one before it by the cut that takes away most variance, and then Lloyd's steps.
 * Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982),
 * doi:10.1109/TIT.1982.1056489. */
#ifndef STRATA_PARTITIONS_H
#define STRATA_PARTITIONS_H

#include <stddef.h>

enum { CLUSTERS_MIN = 4, CLUSTERS_MAX = 16 };

/* Floats of all partitions whose clusters have so many columns. */
size_t partitions_size(int columns);

/* Into `count` clusters: [count, 1 + columns] in them, the mass first, how many points a cluster
 * has, and then their mean. A space of too few or coinciding points may have clusters without
 * mass. */
size_t partitions_offset(int columns, int count);

/* partitions[partitions_size] of points[n, columns], 1 <= n, which have their row mean and then
 * coordinates, with values[columns - 1] the eigenvalues. Deterministic. About 6000 n columns flops.
 * STRATA_OK or STRATA_MEMORY. */
int partitions_build(const float *points, const float *values, int n, int columns,
                     float *partitions);

#endif
