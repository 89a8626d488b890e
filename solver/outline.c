#include "outline.h"
#include "strata.h"

int outline_coarsen(const struct outline *o, float *cells, float *clusters)
{
    const int status = cells_build(o->vectors, 1 + o->rank, o->values, o->n, o->rank, cells);
    if (status != STRATA_OK)
        return status;
    return partitions_build(cells + cells_offset(o->n, o->rank, FINEST), o->values,
                            cells_count(o->n, FINEST), cells_columns(o->rank), clusters);
}
