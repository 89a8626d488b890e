/* The best cut of a sequence of layers into contiguous groups, for a given residual of each pair.
 */
#ifndef STRATA_CUTS_H
#define STRATA_CUTS_H

/* Workspace for up to n layers and max_groups groups (0: any number). */
struct cuts;
struct cuts *cuts_new(int n, int max_groups); /* NULL if memory is short */
void cuts_destroy(struct cuts **cuts);

/* Minimises the sum of the residuals within groups; of equal sums, the one of fewer groups. Returns
 * minus that sum: the gain over n groups of one layer, and, where each lag sums to zero, over one
 * group of all. residual[n(n-1)/2] as in lags.h. start[], if not NULL, gets the first layer of each
 * group (room for n) and *count their number. */
double cuts_find(struct cuts *cuts, const double *residual, int *start, int *count);

#endif
