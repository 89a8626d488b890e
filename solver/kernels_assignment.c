#include "kernels_assignment.h"
#include "lanes.h"

#include <float.h>
#include <math.h>

/* --- Bids on costs in 16 bits ----------------------------------------------------------------- */

static inline __attribute__((always_inline)) int16_t quantised(float above, float scale)
{
    const float units = above * scale;
    return (int16_t)((units < COST_RANGE ? (int)units : COST_RANGE) + COST_LOWEST);
}

DISPATCHED int kernel_quantise(const float *cost, const float *price, int n, float scale,
                               int16_t *row, int width)
{
    floats low = {0};
    floats residue = {0}; /* NaN once a sum is not finite */
    low += FLT_MAX;
    int j = 0;
    for (; j + LANES <= n; j += LANES) {
        floats w = LOAD(floats, cost + j) + LOAD(floats, price + j);
        low = LESSER(floats, w, low);
        residue += w * 0.0F;
    }
    float least = FLT_MAX;
    float rest = 0;
    for (int k = 0; k < LANES; k++) {
        least = low[k] < least ? low[k] : least;
        rest += residue[k];
    }
    for (; j < n; j++) {
        float w = cost[j] + price[j];
        least = w < least ? w : least;
        rest += w * 0.0F;
    }
    for (j = 0; j + LANES <= n; j += LANES) {
        floats w = LOAD(floats, cost + j) + LOAD(floats, price + j);
        floats units = (w - least) * scale;
        floats most = {0};
        most += COST_RANGE;
        ints whole = __builtin_convertvector(SELECT(floats, ints, units < most, units, most), ints);
        half_shorts narrow = __builtin_convertvector(whole + COST_LOWEST, half_shorts);
        memcpy(row + j, &narrow, sizeof narrow);
    }
    for (; j < n; j++)
        row[j] = quantised(cost[j] + price[j] - least, scale);
    for (; j < width; j++)
        row[j] = INT16_MAX;
    return rest == 0;
}

/* The two least values that each lane has seen, and where the least. */
struct seen {
    shorts first, second, step;
};

static inline __attribute__((always_inline)) void see(struct seen *x, const int16_t *cost,
                                                      const uint16_t *price, const shorts *step)
{
    shorts w = (shorts)(LOAD(ushorts, cost) + LOAD(ushorts, price));
    shorts smaller = w < x->first;
    shorts loser = GREATER(shorts, x->first, w);
    x->first = LESSER(shorts, x->first, w);
    x->step = SELECT(shorts, shorts, smaller, *step, x->step);
    x->second = LESSER(shorts, x->second, loser);
}

#define FOLD(x, ...) (x) = LESSER(shorts, x, __builtin_shufflevector(x, x, __VA_ARGS__))

static inline __attribute__((always_inline)) int16_t least_of(const shorts *x)
{
    shorts least = *x;
    FOLD(least, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    FOLD(least, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    FOLD(least, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3);
    FOLD(least, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    return least[0];
}

/* The first lane of this value, which there is. */
static inline __attribute__((always_inline)) int lane_of(const shorts *x, int16_t value)
{
    bytes equal = __builtin_convertvector(*x == value, bytes);
    uint64_t half[2];
    memcpy(half, &equal, sizeof half);
    return half[0] != 0 ? __builtin_ctzll(half[0]) / 8 : 8 + __builtin_ctzll(half[1]) / 8;
}

DISPATCHED struct two_least kernel_two_least(const int16_t *cost, const uint16_t *price, int width,
                                             const int16_t *next)
{
    const shorts lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const shorts most = lanes * 0 + INT16_MAX;
    struct seen even = {most, most, lanes * 0};
    struct seen odd = {most, most, lanes * 0};
    shorts step = lanes * 0;
    for (int j = 0; j < width; j += 2 * LANES_SHORT) {
        __builtin_prefetch(next + j);
        see(&even, cost + j, price + j, &step);
        step += 1;
        see(&odd, cost + j + LANES_SHORT, price + j + LANES_SHORT, &step);
        step += 1;
    }
    shorts first = LESSER(shorts, even.first, odd.first);
    shorts loser = GREATER(shorts, even.first, odd.first);
    shorts second = LESSER(shorts, even.second, odd.second);
    second = LESSER(shorts, second, loser);
    step = SELECT(shorts, shorts, odd.first < even.first, odd.step, even.step);
    const int16_t least = least_of(&first);
    const int lane = lane_of(&first, least);
    second = SELECT(shorts, shorts, lanes == (int16_t)lane, second, first);
    return (struct two_least){least, least_of(&second), step[lane] * LANES_SHORT + lane};
}

/* --- The least of a row ----------------------------------------------------------------------- */

enum { DEALT = 4 * LANES };

DISPATCHED struct range kernel_range(const float *cost, const float *price, int n, int rank)
{
    floats lanes[4];
    for (int k = 0; k < 4; k++)
        lanes[k] = (floats){0} + FLT_MAX;
    int j = 0;
    while (j + DEALT <= n) {
        for (int k = 0; k < 4; k++, j += LANES) {
            floats w = LOAD(floats, cost + j) + LOAD(floats, price + j);
            lanes[k] = LESSER(floats, w, lanes[k]);
        }
    }
    float least[DEALT];
    memcpy(least, lanes, sizeof least);
    for (int k = 0; j < n; j++, k++) {
        float w = cost[j] + price[j];
        least[k] = w < least[k] ? w : least[k];
    }
    memcpy(lanes, least, sizeof least);
    ints less[4] = {{0}, {0}, {0}, {0}}; /* how many lanes have less */
    for (int k = 0; k < DEALT; k++) {
        for (int l = 0; l < 4; l++)
            less[l] -= least[k] < lanes[l];
    }
    const floats none = lanes[0] * 0 - FLT_MAX;
    floats limit = none;
    for (int l = 0; l < 4; l++) {
        const floats ranked = SELECT(floats, ints, less[l] <= rank, lanes[l], none);
        limit = GREATER(floats, limit, ranked);
        lanes[0] = LESSER(floats, lanes[0], lanes[l]);
    }
    struct range range = {lanes[0][0], limit[0]};
    for (int k = 1; k < LANES; k++) {
        range.least = lanes[0][k] < range.least ? lanes[0][k] : range.least;
        range.limit = limit[k] > range.limit ? limit[k] : range.limit;
    }
    return range;
}

/* Bit s of a lane's word: column s * LANES + lane of 32 * LANES is below. */
DISPATCHED int kernel_below(const float *cost, const float *price, int n, float limit, int *column)
{
    int count = 0;
    int j = 0;
    while (j + LANES <= n) {
        const int begin = j;
        ints below = {0};
        for (uint32_t bit = 1; bit != 0 && j + LANES <= n; bit <<= 1, j += LANES)
            below |= (LOAD(floats, cost + j) + LOAD(floats, price + j) < limit) & (int)bit;
        uint64_t pair[LANES / 2];
        memcpy(pair, &below, sizeof pair);
        for (int k = 0; k < LANES / 2; k++) {
            for (uint64_t bits = pair[k]; bits != 0; bits &= bits - 1) {
                int bit = __builtin_ctzll(bits);
                column[count++] = begin + bit % 32 * LANES + 2 * k + bit / 32;
            }
        }
    }
    for (; j < n; j++) {
        if (cost[j] + price[j] < limit)
            column[count++] = j;
    }
    return count;
}

/* Bit s of a lane's word: column s * LANES_DOUBLE + lane of 64 * LANES_DOUBLE is nearer. */
DISPATCHED int kernel_nearer(const float *cost, const double *v, double shift,
                             const double *distance, double limit, int n, int *column)
{
    int count = 0;
    int j = 0;
    while (j + LANES_DOUBLE <= n) {
        const int begin = j;
        longs nearer = {0};
        for (uint64_t bit = 1; bit != 0 && j + LANES_DOUBLE <= n; bit <<= 1, j += LANES_DOUBLE) {
            doubles c = __builtin_convertvector(LOAD(half_floats, cost + j), doubles);
            doubles w = c - LOAD(doubles, v + j) - shift;
            nearer |= (w < LOAD(doubles, distance + j)) & (w < limit) & (int64_t)bit;
        }
        uint64_t word[LANES_DOUBLE];
        memcpy(word, &nearer, sizeof word);
        for (int k = 0; k < LANES_DOUBLE; k++) {
            for (uint64_t bits = word[k]; bits != 0; bits &= bits - 1)
                column[count++] = begin + __builtin_ctzll(bits) * LANES_DOUBLE + k;
        }
    }
    for (; j < n; j++) {
        double w = cost[j] - v[j] - shift;
        if (w < distance[j] && w < limit)
            column[count++] = j;
    }
    return count;
}
