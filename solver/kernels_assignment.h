/* The inner loops of an assignment's auction and shortlists, compiled and dispatched as those of
 * kernels.h. */
#ifndef STRATA_KERNELS_ASSIGNMENT_H
#define STRATA_KERNELS_ASSIGNMENT_H

#include <stdint.h>

/* Costs in 16 bits: COST_LOWEST is the least of its row, COST_LOWEST + COST_RANGE all that are
 * dearer by so many units or more. Prices are from 0 to PRICE_LIMIT: a sum is below 2^15 - 1. */
enum { COST_LOWEST = -32768, COST_RANGE = 24000, PRICE_LIMIT = 65534 - COST_RANGE };

/* Rows of 16-bit costs are filled up to a multiple of ROW_PAD with what no bid can choose. */
enum { ROW_PAD = 32 };

/* row[width] = cost[j] + price[j], in units of 1 / scale above the least, and filled up. Returns
 * whether all sums are finite; the row is in range even if not. 8n bytes from memory, 2n to it. */
int kernel_quantise(const float *cost, const float *price, int n, float scale, int16_t *row,
                    int width);

/* The two smallest values of cost[j] + price[j] over j < width, a multiple of ROW_PAD, and where
 * the smallest is. Meanwhile fetches next[width] into the cache: rows come in any order, which
 * the hardware does not foresee. 2 width bytes from memory. */
struct two_least {
    int first, second, index;
};
struct two_least kernel_two_least(const int16_t *cost, const uint16_t *price, int width,
                                  const int16_t *next);

/* The least of cost[j] + price[j] over j < n, and a limit that about 1.3 rank of them are below,
 * rank or more if there are no equal ones (rank < 32): columns are dealt to 32 lanes, of whose
 * least values the limit is number rank, from 0. All n, if n <= rank. */
struct range {
    float least, limit;
};
struct range kernel_range(const float *cost, const float *price, int n, int rank);

/* Lists in column[n] the j with cost[j] + price[j] < limit, in no particular order; returns how
 * many. */
int kernel_below(const float *cost, const float *price, int n, float limit, int *column);

/* Lists in column[n] the j with cost[j] - v[j] - shift < min(distance[j], limit), in double
 * precision and in no particular order; returns how many. */
int kernel_nearer(const float *cost, const double *v, double shift, const double *distance,
                  double limit, int n, int *column);

#endif
