/* Sorting of many rows of distances. */
#ifndef STRATA_SORT_H
#define STRATA_SORT_H

/* x[n] in ascending order; none below 0, no NaN. scratch[n]: overwritten. */
void sort_distances(double *x, double *scratch, int n);

/* Compares doubles, for qsort. */
int sort_by_value(const void *a, const void *b);

#endif
