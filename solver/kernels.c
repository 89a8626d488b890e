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
    floats loser = GREATER(floats, x->first, y->first);
    x->first = LESSER(floats, y->first, x->first);
    x->index = SELECT(ints, ints, smaller, y->index, x->index);
    x->second = LESSER(floats, y->second, x->second);
    x->second = LESSER(floats, loser, x->second);
}

static inline __attribute__((always_inline)) void see(struct lanes *x, const float *cost,
                                                      const float *price, const ints *column)
{
    floats w = LOAD(floats, cost) + LOAD(floats, price);
    ints smaller = w < x->first;
    floats loser = GREATER(floats, x->first, w);
    x->first = LESSER(floats, w, x->first);
    x->index = SELECT(ints, ints, smaller, *column, x->index);
    x->second = LESSER(floats, loser, x->second);
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
        low = LESSER(floats, w, low);
        high = GREATER(floats, w, high);
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

DISPATCHED double kernel_gather_loss(const double *a, const double *b, const int *p, int n,
                                     const double *next)
{
    double sum[4] = {0};
    int k = 0;
    for (; k + 4 <= n; k += 4) {
        __builtin_prefetch(next + k);
        for (int l = 0; l < 4; l++) {
            double difference = a[k + l] - b[p[k + l]];
            sum[l] += difference * difference;
        }
    }
    for (; k < n; k++)
        sum[0] += (a[k] - b[p[k]]) * (a[k] - b[p[k]]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

DISPATCHED void kernel_gather(const float *row, const int *p, int n, float *gathered)
{
    for (int k = 0; k < n; k++)
        gathered[k] = row[p[k]];
}

/* Rows come in any order, which the hardware does not foresee: so many ahead they are fetched. */
enum { AHEAD = 4 };

static inline __attribute__((always_inline)) void fetch(const float *row, int width)
{
    for (int k = 0; k < width; k += 2 * LANES)
        __builtin_prefetch(row + k);
}

/* Costs c[y, x] of a tile as [x, y]. */
typedef float tile[KERNEL_TILE][KERNEL_TILE];

static inline __attribute__((always_inline)) void transpose(const struct swap_scan *scan, int x0,
                                                            int x1, int y0, int y1, tile back)
{
    const size_t n = (size_t)scan->n;
    for (int y = y0; y < y1; y++) {
        const float *c = scan->cost + (size_t)scan->partner[y] * n;
        if (y + AHEAD < y1)
            fetch(scan->cost + (size_t)scan->partner[y + AHEAD] * n + x0, x1 - x0);
        for (int x = x0; x < x1; x++)
            back[x - x0][y - y0] = c[x];
    }
}

/* gain[k] = g[x, y0 + k], of the y there are; back[k] = c[y0 + k, x]. */
static inline __attribute__((always_inline)) void
gains_of(const struct swap_scan *scan, int x, int y0, int width, const float *back, float *gain)
{
    const size_t n = (size_t)scan->n;
    const float *forth = scan->cost + (size_t)scan->partner[x] * n + y0;
    const float *a = scan->a + (size_t)x * n + y0;
    const float *b = scan->b + (size_t)x * n + y0;
    const float *own = scan->own + y0;
    const float am = scan->a_mean[x];
    const float bm = scan->b_mean[x];
    const float mine = scan->own[x];
    for (int k = 0; k < width; k++)
        gain[k] = mine + own[k] - forth[k] - back[k] + 2.0F * (a[k] + am) * (b[k] + bm);
    for (int k = width; k < KERNEL_TILE; k++)
        gain[k] = -FLT_MAX;
    if (x >= y0 && x < y0 + width)
        gain[x - y0] = -FLT_MAX;
}

static inline __attribute__((always_inline)) float largest_of(const float *gain)
{
    floats largest = LOAD(floats, gain);
    for (int k = LANES; k < KERNEL_TILE; k += LANES)
        largest = GREATER(floats, largest, LOAD(floats, gain + k));
    float result = largest[0];
    for (int k = 1; k < LANES; k++)
        result = largest[k] > result ? largest[k] : result;
    return result;
}

/* The best of these gains for x itself; and for those that it may swap with. */
static inline __attribute__((always_inline)) void keep_own(const struct swap_scan *scan, int x,
                                                           int y0, const float *gain)
{
    const float largest = largest_of(gain);
    if (largest > scan->best[x]) {
        int k = 0;
        while (gain[k] != largest)
            k++;
        scan->best[x] = largest;
        scan->with[x] = y0 + k;
    }
}

static inline __attribute__((always_inline)) void keep_others(const struct swap_scan *scan, int x,
                                                              int y0, int width, const float *gain)
{
    float *best = scan->best + y0;
    int *with = scan->with + y0;
    for (int k = 0; k < width; k++) {
        const int larger = gain[k] > best[k];
        best[k] = larger ? gain[k] : best[k];
        with[k] = larger ? x : with[k];
    }
}

DISPATCHED void kernel_swap_tile(const struct swap_scan *scan, int x0, int x1, int y0, int y1)
{
    const size_t n = (size_t)scan->n;
    const int width = y1 - y0;
    tile back;
    float gain[KERNEL_TILE];
    transpose(scan, x0, x1, y0, y1, back);
    for (int x = x0; x < x1; x++) {
        const int ahead = x + AHEAD;
        if (ahead < x1) {
            fetch(scan->cost + (size_t)scan->partner[ahead] * n + y0, width);
            fetch(scan->a + (size_t)ahead * n + y0, width);
            fetch(scan->b + (size_t)ahead * n + y0, width);
        }
        gains_of(scan, x, y0, width, back[x - x0], gain);
        keep_own(scan, x, y0, gain);
        keep_others(scan, x, y0, width, gain);
    }
}

DISPATCHED void kernel_swap_row(const struct swap_scan *scan, int x)
{
    const int n = scan->n;
    float back[KERNEL_TILE];
    float gain[KERNEL_TILE];
    for (int y = 0; y < n; y += KERNEL_TILE) {
        const int width = y + KERNEL_TILE < n ? KERNEL_TILE : n - y;
        for (int k = 0; k < width; k++)
            back[k] = scan->cost[(size_t)scan->partner[y + k] * (size_t)n + x];
        gains_of(scan, x, y, width, back, gain);
        keep_own(scan, x, y, gain);
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
        least = LESSER(doubles, x, least);
        other = LESSER(doubles, y, other);
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
