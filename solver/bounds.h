/* Mémoli's third lower bound (TLB) of the GW loss, compressed.
 *
 * Whatever partner j a point i gets, its n distances are matched with those of j, which costs at
 * least what matching both in sorted order costs; so
 *
 *     loss >= 1/n^2 * min over s of sum_i |sort(A[i, :]) - sort(B[s(i), :])|^2.
 *
 * Sorted rows are smooth, so they are kept as means over blocks of ranks (space.h): by Jensen's
 * inequality the bound can only get smaller, and its costs are one product of n^2 * 64 terms
 * instead of n^3. The assignment's dual solution makes it certain: the bound is lowered by all that
 * single precision, and cancellation in the costs, may have rounded.
 *
 * Mémoli, "Gromov-Wasserstein distances and the metric approach to object matching", Found. Comput.
 * Math. 11 (2011), doi:10.1007/s10208-011-9093-5. The TLB is never below his second and first
 * bounds, so these are not computed. */
#ifndef STRATA_BOUNDS_H
#define STRATA_BOUNDS_H

#include <float.h>
#include <math.h>

struct workspace;

/* The bound; permutation[n] gets the assignment, a start. w->cost is overwritten. */
double lower_bound(struct workspace *w, int *permutation);

/* How far a cost |a - b|^2 may be off that was summed up from |a|^2 + |b|^2 =
 * squares and a product of q terms, and then rounded to single precision. */
static inline double bound_rounding(double cost, double squares, int q)
{
    return fabs(cost) * FLT_EPSILON + 2 * (q + 2) * squares * DBL_EPSILON;
}

#endif
