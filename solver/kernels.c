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

static inline __attribute__((always_inline)) float largest_of(const float *x, int n)
{
    floats largest = LOAD(floats, x);
    for (int k = LANES; k < n; k += LANES)
        largest = GREATER(floats, largest, LOAD(floats, x + k));
    float result = largest[0];
    for (int k = 1; k < LANES; k++)
        result = largest[k] > result ? largest[k] : result;
    return result;
}

/* Rows come in any order, which the hardware does not foresee: so many ahead they are fetched. */
enum { AHEAD = 4 };

static inline __attribute__((always_inline)) void fetch(const float *row, int width)
{
    for (int k = 0; k < width; k += 2 * LANES)
        __builtin_prefetch(row + k);
}

DISPATCHED void kernel_swap_tile(const struct swap_scan *scan, int x0, int x1, int y0, int y1)
{
    const size_t n = (size_t)scan->n;
    const int width = y1 - y0;
    float back[KERNEL_TILE][KERNEL_TILE]; /* c[y, x] as [x, y] */
    for (int y = y0; y < y1; y++) {
        const float *c = scan->cost + (size_t)scan->partner[y] * n;
        if (y + AHEAD < y1)
            fetch(scan->cost + (size_t)scan->partner[y + AHEAD] * n + x0, x1 - x0);
        for (int x = x0; x < x1; x++)
            back[x - x0][y - y0] = c[x];
    }
    const float *own = scan->own + y0;
    float *best = scan->best + y0;
    int *with = scan->with + y0;
    float gain[KERNEL_TILE];
    for (int k = width; k < KERNEL_TILE; k++)
        gain[k] = -FLT_MAX;
    for (int x = x0; x < x1; x++) {
        const float *forth = scan->cost + (size_t)scan->partner[x] * n + y0;
        const float *a = scan->a + (size_t)x * n + y0;
        const float *b = scan->b + (size_t)x * n + y0;
        const float am = scan->a_mean[x];
        const float bm = scan->b_mean[x];
        const float mine = scan->own[x];
        if (x + AHEAD < x1) {
            fetch(scan->cost + (size_t)scan->partner[x + AHEAD] * n + y0, width);
            fetch(a + AHEAD * n, width);
            fetch(b + AHEAD * n, width);
        }
        for (int k = 0; k < width; k++)
            gain[k] = mine + own[k] - forth[k] - back[x - x0][k] + 2.0F * (a[k] + am) * (b[k] + bm);
        if (x >= y0 && x < y1)
            gain[x - y0] = -FLT_MAX;
        const float largest = largest_of(gain, KERNEL_TILE);
        if (largest > scan->best[x]) {
            int k = 0;
            while (gain[k] != largest)
                k++;
            scan->best[x] = largest;
            scan->with[x] = y0 + k;
        }
        for (int k = 0; k < width; k++) {
            int larger = gain[k] > best[k];
            best[k] = larger ? gain[k] : best[k];
            with[k] = larger ? x : with[k];
        }
    }
}

DISPATCHED void kernel_swap_row(const struct swap_scan *scan, int x)
{
    const size_t n = (size_t)scan->n;
    const float *forth = scan->cost + (size_t)scan->partner[x] * n;
    const float *a = scan->a + (size_t)x * n;
    const float *b = scan->b + (size_t)x * n;
    const float am = scan->a_mean[x];
    const float bm = scan->b_mean[x];
    for (int y = 0; y < scan->n; y++) {
        const float back = scan->cost[(size_t)scan->partner[y] * n + x];
        const float gain =
            scan->own[x] + scan->own[y] - forth[y] - back + 2.0F * (a[y] + am) * (b[y] + bm);
        if (y != x && gain > scan->best[x]) {
            scan->best[x] = gain;
            scan->with[x] = y;
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
