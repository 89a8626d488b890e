#include "kernels.h"
#include "lanes.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* The two best values that each lane has seen, and where its best was. */
struct lanes {
    floats first, second;
    ints index;
};

/* What both have seen. */
static inline __attribute__((always_inline)) void merge(struct lanes *x, const struct lanes *y)
{
    ints smaller = y->first < x->first;
    floats loser = SELECT(floats, ints, smaller, x->first, y->first);
    ints closer = y->second < x->second;
    x->first = SELECT(floats, ints, smaller, y->first, x->first);
    x->index = SELECT(ints, ints, smaller, y->index, x->index);
    x->second = SELECT(floats, ints, closer, y->second, x->second);
    closer = loser < x->second;
    x->second = SELECT(floats, ints, closer, loser, x->second);
}

static inline __attribute__((always_inline)) void see(struct lanes *x, const float *cost,
                                                      const float *price, const ints *column)
{
    floats w = LOAD(floats, cost) + LOAD(floats, price);
    ints smaller = w < x->first;
    floats loser = SELECT(floats, ints, smaller, x->first, w);
    x->first = SELECT(floats, ints, smaller, w, x->first);
    x->index = SELECT(ints, ints, smaller, *column, x->index);
    ints closer = loser < x->second;
    x->second = SELECT(floats, ints, closer, loser, x->second);
}

/* Merges each lane with the one that the order puts in its place. */
#define FOLD(x, ...)                                                                               \
    do {                                                                                           \
        struct lanes other;                                                                        \
        other.first = __builtin_shufflevector((x).first, (x).first, __VA_ARGS__);                  \
        other.second = __builtin_shufflevector((x).second, (x).second, __VA_ARGS__);               \
        other.index = __builtin_shufflevector((x).index, (x).index, __VA_ARGS__);                  \
        merge(&(x), &other);                                                                       \
    } while (0)

/* Four accumulators hide the latency of the comparisons; the lanes are folded pairwise. */
DISPATCHED struct two_best kernel_two_best(const float *cost, const float *price, int n)
{
    struct lanes seen[4];
    for (int k = 0; k < 4; k++) {
        seen[k] = (struct lanes){{0}, {0}, {0}};
        seen[k].first += FLT_MAX;
        seen[k].second += FLT_MAX;
    }
    ints column = {0, 1, 2, 3, 4, 5, 6, 7};
    int j = 0;
    while (j + 4 * LANES <= n) {
        for (int k = 0; k < 4; k++, j += LANES, column += LANES)
            see(&seen[k], cost + j, price + j, &column);
    }
    for (; j + LANES <= n; j += LANES, column += LANES)
        see(&seen[0], cost + j, price + j, &column);
    merge(&seen[0], &seen[2]);
    merge(&seen[1], &seen[3]);
    merge(&seen[0], &seen[1]);
    FOLD(seen[0], 4, 5, 6, 7, 0, 1, 2, 3);
    FOLD(seen[0], 2, 3, 0, 1, 6, 7, 4, 5);
    FOLD(seen[0], 1, 0, 3, 2, 5, 4, 7, 6);
    struct two_best best = {seen[0].first[0], seen[0].second[0], seen[0].index[0]};
    for (; j < n; j++) {
        float w = cost[j] + price[j];
        if (w < best.first) {
            best.second = best.first;
            best.first = w;
            best.index = j;
        } else if (w < best.second) {
            best.second = w;
        }
    }
    return best;
}

DISPATCHED void kernel_add_row(const float *row, double *sums, int n)
{
    for (int j = 0; j < n; j++)
        sums[j] += row[j];
}

DISPATCHED float kernel_spread(const float *cost, const float *price, int n)
{
    floats low = {0};
    floats high = {0};
    low += FLT_MAX;
    high -= FLT_MAX;
    int j = 0;
    for (; j + LANES <= n; j += LANES) {
        floats w = LOAD(floats, cost + j) + LOAD(floats, price + j);
        ints smaller = w < low;
        ints larger = w > high;
        low = SELECT(floats, ints, smaller, w, low);
        high = SELECT(floats, ints, larger, w, high);
    }
    float least = FLT_MAX;
    float most = -FLT_MAX;
    for (int k = 0; k < LANES; k++) {
        least = low[k] < least ? low[k] : least;
        most = high[k] > most ? high[k] : most;
    }
    for (; j < n; j++) {
        float w = cost[j] + price[j];
        least = w < least ? w : least;
        most = w > most ? w : most;
    }
    return most - least;
}

DISPATCHED struct best kernel_best(const float *cost, const double *v, int n)
{
    struct best best = {DBL_MAX, 0};
    doubles first[2] = {{0}, {0}};
    longs index[2] = {{0}, {0}};
    longs column = {0, 1, 2, 3};
    first[0] += DBL_MAX;
    first[1] += DBL_MAX;
    int j = 0;
    while (j + 2 * LANES_DOUBLE <= n) {
        for (int k = 0; k < 2; k++, j += LANES_DOUBLE, column += LANES_DOUBLE) {
            doubles c = __builtin_convertvector(LOAD(half_floats, cost + j), doubles);
            doubles w = c - LOAD(doubles, v + j);
            longs smaller = w < first[k];
            first[k] = SELECT(doubles, longs, smaller, w, first[k]);
            index[k] = SELECT(longs, longs, smaller, column, index[k]);
        }
    }
    for (int k = 0; k < 2 * LANES_DOUBLE && j > 0; k++) {
        const double least = first[k / LANES_DOUBLE][k % LANES_DOUBLE];
        if (least < best.value)
            best = (struct best){least, (int)index[k / LANES_DOUBLE][k % LANES_DOUBLE]};
    }
    for (; j < n; j++) {
        double w = cost[j] - v[j];
        if (w < best.value)
            best = (struct best){w, j};
    }
    return best;
}

/* Four partial sums hide the latency of the additions; the gathers limit the rate. */
DISPATCHED double kernel_swap_dot(const double *a0, const double *a1, const double *b0,
                                  const double *b1, const int *p, int n)
{
    double sum[4] = {0};
    int k = 0;
    for (; k + 4 <= n; k += 4) {
        for (int l = 0; l < 4; l++)
            sum[l] += (a0[k + l] - a1[k + l]) * (b0[p[k + l]] - b1[p[k + l]]);
    }
    for (; k < n; k++)
        sum[0] += (a0[k] - a1[k]) * (b0[p[k]] - b1[p[k]]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

DISPATCHED double kernel_gather_loss(const double *a, const double *b, const int *p, int n)
{
    double sum[4] = {0};
    int k = 0;
    for (; k + 4 <= n; k += 4) {
        for (int l = 0; l < 4; l++) {
            double difference = a[k + l] - b[p[k + l]];
            sum[l] += difference * difference;
        }
    }
    for (; k < n; k++)
        sum[0] += (a[k] - b[p[k]]) * (a[k] - b[p[k]]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

DISPATCHED void kernel_swap_tile(const struct swap_scan *scan, int i0, int i1, int k0, int k1)
{
    const size_t n = (size_t)scan->n;
    const int width = k1 - k0;
    float back[KERNEL_TILE][KERNEL_TILE]; /* c[k, i] as [i, k] */
    for (int k = k0; k < k1; k++) {
        for (int i = i0; i < i1; i++)
            back[i - i0][k - k0] = scan->permuted[(size_t)k * n + i];
    }
    const int *p = scan->permutation + k0;
    const float *own = scan->own + k0;
    float *best = scan->best + k0;
    int *partner = scan->partner + k0;
    for (int i = i0; i < i1; i++) {
        const float *forth = scan->permuted + (size_t)i * n + k0;
        const float *a = scan->a + (size_t)i * n + k0;
        const float *b = scan->b + (size_t)scan->permutation[i] * n;
        const float am = scan->a_mean[i];
        const float bm = scan->b_mean[i];
        const float mine = scan->own[i];
        float gain[KERNEL_TILE];
        for (int k = 0; k < width; k++)
            gain[k] =
                mine + own[k] - forth[k] - back[i - i0][k] + 2.0F * (a[k] + am) * (b[p[k]] + bm);
        if (i >= k0 && i < k1)
            gain[i - k0] = -FLT_MAX;
        float largest = scan->best[i];
        int where = scan->partner[i];
        for (int k = 0; k < width; k++) {
            if (gain[k] > largest) {
                largest = gain[k];
                where = k0 + k;
            }
        }
        scan->best[i] = largest;
        scan->partner[i] = where;
        for (int k = 0; k < width; k++) {
            int larger = gain[k] > best[k];
            best[k] = larger ? gain[k] : best[k];
            partner[k] = larger ? i : partner[k];
        }
    }
}

DISPATCHED void kernel_swap_row(const struct swap_scan *scan, const float *cost, int i)
{
    const size_t n = (size_t)scan->n;
    const int *p = scan->permutation;
    const float *forth = cost + (size_t)i * n;
    const float *back = cost + p[i];
    const float *a = scan->a + (size_t)i * n;
    const float *b = scan->b + (size_t)p[i] * n;
    const float am = scan->a_mean[i];
    const float bm = scan->b_mean[i];
    for (int k = 0; k < scan->n; k++) {
        const float gain = scan->own[i] + scan->own[k] - forth[p[k]] - back[(size_t)k * n] +
                           2.0F * (a[k] + am) * (b[p[k]] + bm);
        if (k != i && gain > scan->best[i]) {
            scan->best[i] = gain;
            scan->partner[i] = k;
        }
    }
}

DISPATCHED double kernel_least(const double *cost, const double *v, int n)
{
    doubles least = {0};
    doubles other = {0};
    least += INFINITY;
    other += INFINITY;
    int j = 0;
    for (; j + 2 * LANES_DOUBLE <= n; j += 2 * LANES_DOUBLE) {
        doubles x = LOAD(doubles, cost + j) - LOAD(doubles, v + j);
        doubles y = LOAD(doubles, cost + j + LANES_DOUBLE) - LOAD(doubles, v + j + LANES_DOUBLE);
        least = SELECT(doubles, longs, x < least, x, least);
        other = SELECT(doubles, longs, y < other, y, other);
    }
    double result = INFINITY;
    for (int k = 0; k < LANES_DOUBLE; k++) {
        result = least[k] < result ? least[k] : result;
        result = other[k] < result ? other[k] : result;
    }
    for (; j < n; j++)
        result = cost[j] - v[j] < result ? cost[j] - v[j] : result;
    return result;
}
