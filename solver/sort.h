/* Sorting of many rows of distances. */
#ifndef STRATA_SORT_H
#define STRATA_SORT_H

/* x[n] in ascending order; none below 0, no NaN. scratch[n]: overwritten. */
void sort_distances(double *x, double *scratch, int n);

#endif
