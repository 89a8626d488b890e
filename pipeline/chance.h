/* How likely is a cut this good where there are no groups? */
#ifndef STRATA_CHANCE_H
#define STRATA_CHANCE_H

/* The p-value of gain, the result of cuts_find on residual[n(n-1)/2] with at most max_groups groups
 * (0: any), under a null model of no groups (see chance.c), by at most draws random matrices of it.
 * Drawing stops once p is surely above level. Deterministic. *p gets the p-value in (0, 1].
 * 0, or -1 if memory is short. */
int chance_of_gain(const double *residual, int n, int max_groups, double gain, int draws,
                   double level, double *p);

#endif
