#include "cells.h"
#include "strata.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Multiples of what vector instructions take at once. */
const int cells_resolutions[RESOLUTIONS] = {48, 64, 96, CELLS_MAX};

/* Steps of the power method: a direction of large variance is enough. */
enum { POWER_STEPS = 4 };

struct item {
    float along; /* the direction of the cut */
    int point;
};

struct division {
    const float *points; /* [n, stride] */
    int stride;
    int n;
    int rank;
    const float *x;     /* [n, rank] coordinates in units of distance */
    struct item *items; /* [n] points, by cells */
    int count;          /* of cells */
    float *cells;       /* [count, 1 + rank] */
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

int cells_count(int n, int resolution)
{
    return least(n, cells_resolutions[resolution]);
}

int cells_columns(int rank)
{
    return 1 + least(rank, CELLS_RANK);
}

int cells_offset(int n, int rank, int resolution)
{
    int offset = 0;
    for (int k = 0; k < resolution; k++)
        offset += cells_count(n, k) * cells_columns(rank);
    return offset;
}

int cells_size(int n, int rank)
{
    return cells_offset(n, rank, RESOLUTIONS);
}

/* The first item of a cell. */
static int begin_of(const struct division *d, int cell)
{
    return (int)((int64_t)d->n * cell / d->count);
}

static const float *coordinates(const struct division *d, int item)
{
    return d->x + (size_t)d->items[item].point * d->rank;
}

/* Places the items from begin to end along a direction[rank] through their mean. */
static void project(struct division *d, int begin, int end, const double *mean,
                    const double *direction)
{
    for (int k = begin; k < end; k++) {
        const float *x = coordinates(d, k);
        double along = 0;
        for (int c = 0; c < d->rank; c++)
            along += (x[c] - mean[c]) * direction[c];
        d->items[k].along = (float)along;
    }
}

static void mean_of(const struct division *d, int begin, int end, double *mean)
{
    memset(mean, 0, (size_t)d->rank * sizeof *mean);
    for (int k = begin; k < end; k++) {
        const float *x = coordinates(d, k);
        for (int c = 0; c < d->rank; c++)
            mean[c] += x[c] / (double)(end - begin);
    }
}

/* From the mean to the item that is farthest from it: where the power method begins. */
static void farthest(const struct division *d, int begin, int end, const double *mean,
                     double *direction)
{
    double most = -1;
    for (int k = begin; k < end; k++) {
        const float *x = coordinates(d, k);
        double square = 0;
        for (int c = 0; c < d->rank; c++)
            square += (x[c] - mean[c]) * (x[c] - mean[c]);
        if (square > most) {
            most = square;
            for (int c = 0; c < d->rank; c++)
                direction[c] = x[c] - mean[c];
        }
    }
}

/* The direction for the covariance times it, at unit length; all places are by the one before. */
static void power_step(const struct division *d, int begin, int end, const double *mean,
                       double *direction)
{
    double norm = 0;
    memset(direction, 0, (size_t)d->rank * sizeof *direction);
    for (int k = begin; k < end; k++) {
        const float *x = coordinates(d, k);
        for (int c = 0; c < d->rank; c++)
            direction[c] += d->items[k].along * (x[c] - mean[c]);
    }
    for (int c = 0; c < d->rank; c++)
        norm += direction[c] * direction[c];
    for (int c = 0; c < d->rank && norm > 0; c++)
        direction[c] /= sqrt(norm);
}

static int by_place(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    if (x->along != y->along)
        return x->along < y->along ? -1 : 1;
    return (x->point > y->point) - (x->point < y->point);
}

static void order_along_largest_variance(struct division *d, int begin, int end)
{
    double mean[CELLS_RANK];
    double direction[CELLS_RANK];
    mean_of(d, begin, end, mean);
    farthest(d, begin, end, mean, direction);
    for (int k = 0; k < POWER_STEPS; k++) {
        project(d, begin, end, mean, direction);
        power_step(d, begin, end, mean, direction);
    }
    project(d, begin, end, mean, direction);
    qsort(d->items + begin, (size_t)(end - begin), sizeof *d->items, by_place);
}

/* How many of `count` ordered cells go to the first side, so that variance between sides is
 * largest; places sum to zero. */
static int best_cut(const struct division *d, int first, int count)
{
    const int begin = begin_of(d, first);
    const int end = begin_of(d, first + count);
    double most = -1;
    double sum = 0;
    int cut = count / 2;
    for (int left = 1, k = begin; left < count; left++) {
        const int middle = begin_of(d, first + left);
        for (; k < middle; k++)
            sum += d->items[k].along;
        const double between = sum * sum / ((double)(middle - begin) * (double)(end - middle));
        if (between > most) {
            most = between;
            cut = left;
        }
    }
    return cut;
}

static void write_cell(const struct division *d, int cell)
{
    const int columns = 1 + d->rank;
    const int begin = begin_of(d, cell);
    const int end = begin_of(d, cell + 1);
    float *mean = d->cells + (size_t)cell * columns;
    for (int c = 0; c < columns; c++) {
        double sum = 0;
        for (int k = begin; k < end; k++)
            sum += d->points[(size_t)d->items[k].point * d->stride + c];
        mean[c] = (float)(sum / (end - begin));
    }
}

/* Cells first … first + count - 1, of the items that are theirs. */
static void divide(struct division *d, int first, int count)
{
    if (count == 1) {
        write_cell(d, first);
        return;
    }
    order_along_largest_variance(d, begin_of(d, first), begin_of(d, first + count));
    const int cut = best_cut(d, first, count);
    divide(d, first, cut);
    divide(d, first + cut, count - cut);
}

int cells_build(const float *points, int stride, const float *values, int n, int rank, float *cells)
{
    const int kept = least(rank, CELLS_RANK);
    float *x = malloc((size_t)n * kept * sizeof *x);
    struct item *items = malloc((size_t)n * sizeof *items);
    for (int i = 0; x != NULL && i < n; i++) {
        for (int c = 0; c < kept; c++)
            x[(size_t)i * kept + c] = points[(size_t)i * stride + 1 + c] * sqrtf(fabsf(values[c]));
    }
    for (int k = 0; x != NULL && items != NULL && k < RESOLUTIONS; k++) {
        struct division d = {points, stride, n, kept, x, items, cells_count(n, k), NULL};
        d.cells = cells + cells_offset(n, rank, k);
        for (int i = 0; i < n; i++)
            items[i] = (struct item){0, i};
        divide(&d, 0, d.count);
    }
    const int status = x != NULL && items != NULL ? STRATA_OK : STRATA_MEMORY;
    free(x);
    free(items);
    return status;
}
