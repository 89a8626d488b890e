#include "cells.h"
#include "ordering.h"
#include "strata.h"

#include <stdint.h>
#include <stdlib.h>

/* Multiples of what vector instructions take at once. */
const int cells_resolutions[RESOLUTIONS] = {64, 96, CELLS_MAX};

struct division {
    const float *points; /* [n, stride] */
    int stride;
    int n;
    struct ordering ordering; /* items by cells */
    int count;                /* of cells */
    float *cells;             /* [count, 1 + rank] */
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
            sum += d->ordering.items[k].along;
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
    const int columns = 1 + d->ordering.rank;
    const int begin = begin_of(d, cell);
    const int end = begin_of(d, cell + 1);
    float *mean = d->cells + (size_t)cell * columns;
    for (int c = 0; c < columns; c++) {
        double sum = 0;
        for (int k = begin; k < end; k++)
            sum += d->points[(size_t)d->ordering.items[k].point * d->stride + c];
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
    ordering_sort(&d->ordering, begin_of(d, first), begin_of(d, first + count));
    const int cut = best_cut(d, first, count);
    divide(d, first, cut);
    divide(d, first + cut, count - cut);
}

int cells_build(const float *points, int stride, const float *values, int n, int rank, float *cells)
{
    const int kept = least(rank, CELLS_RANK);
    float *x = malloc((size_t)n * kept * sizeof *x);
    struct item *items = malloc((size_t)n * sizeof *items);
    if (x != NULL)
        ordering_scale(points, stride, values, n, kept, x);
    for (int k = 0; x != NULL && items != NULL && k < RESOLUTIONS; k++) {
        struct division d = {points, stride, n, {x, kept, items}, cells_count(n, k), NULL};
        d.cells = cells + cells_offset(n, rank, k);
        ordering_begin(&d.ordering, n);
        divide(&d, 0, d.count);
    }
    const int status = x != NULL && items != NULL ? STRATA_OK : STRATA_MEMORY;
    free(x);
    free(items);
    return status;
}
