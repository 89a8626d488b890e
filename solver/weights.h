/* Weights of points: what makes them valid, and their normal form. */
#ifndef STRATA_WEIGHTS_H
#define STRATA_WEIGHTS_H

/* weights[count], NULL: uniform. STRATA_OK, STRATA_NOT_FINITE, or STRATA_WEIGHTS where one is
 * negative or their sum is not one to STRATA_WEIGHTS_TOLERANCE. */
int weights_check(const double *weights, int count);

/* normal[count]: the weights over their sum; 1/count each where they differ by rounding only.
 * Returns whether that is so. */
int weights_normalize(const double *weights, int count, double *normal);

#endif
