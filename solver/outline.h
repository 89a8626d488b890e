/* What the search for starts knows of a space: its points on the leading eigenvectors of its
 * distances, and coarse copies of them. O(n) bytes, so that a rank can have it of a space whose
 * distances it has not. */
#ifndef STRATA_OUTLINE_H
#define STRATA_OUTLINE_H

#include "cells.h"
#include "partitions.h"

/* Borrowed: parts of a space. */
struct outline {
    int n;
    int rank;              /* eigenpairs */
    const int *order;      /* [n] points by increasing mean distance */
    const float *values;   /* [rank] see spectrum.h */
    const float *vectors;  /* [n, 1 + rank]: row means, centred, in units; the eigenvectors */
    const float *cells;    /* see cells.h */
    const float *clusters; /* see partitions.h: of the finest cells */
};

static inline const float *outline_cells(const struct outline *o, int resolution)
{
    return o->cells + cells_offset(o->n, o->rank, resolution);
}
static inline const float *outline_clusters(const struct outline *o, int count)
{
    return o->clusters + partitions_offset(cells_columns(o->rank), count);
}

/* Floats of the copies. */
static inline size_t outline_cells_size(int n, int rank)
{
    return (size_t)cells_size(n, rank);
}
static inline size_t outline_clusters_size(int rank)
{
    return partitions_size(cells_columns(rank));
}

/* The copies of the points in o->vectors; o->cells and o->clusters are not read. STRATA_OK or
 * STRATA_MEMORY. */
int outline_coarsen(const struct outline *o, float *cells, float *clusters);

#endif
