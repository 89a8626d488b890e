#include "ordering.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Steps of the power method: a direction of large variance is enough. */
enum { POWER_STEPS = 4 };

void ordering_scale(const float *points, int stride, const float *values, int n, int rank, float *x)
{
    for (int i = 0; i < n; i++) {
        for (int c = 0; c < rank; c++)
            x[(size_t)i * rank + c] = points[(size_t)i * stride + 1 + c] * sqrtf(fabsf(values[c]));
    }
}

void ordering_begin(struct ordering *ordering, int n)
{
    for (int i = 0; i < n; i++)
        ordering->items[i] = (struct item){0, i};
}

static const float *coordinates(const struct ordering *ordering, int item)
{
    return ordering->x + (size_t)ordering->items[item].point * ordering->rank;
}

/* Places the items from begin to end along a direction[rank] through their mean. */
static void project(struct ordering *ordering, int begin, int end, const double *mean,
                    const double *direction)
{
    for (int k = begin; k < end; k++) {
        const float *x = coordinates(ordering, k);
        double along = 0;
        for (int c = 0; c < ordering->rank; c++)
            along += (x[c] - mean[c]) * direction[c];
        ordering->items[k].along = (float)along;
    }
}

static void mean_of(const struct ordering *ordering, int begin, int end, double *mean)
{
    memset(mean, 0, (size_t)ordering->rank * sizeof *mean);
    for (int k = begin; k < end; k++) {
        const float *x = coordinates(ordering, k);
        for (int c = 0; c < ordering->rank; c++)
            mean[c] += x[c] / (double)(end - begin);
    }
}

/* From the mean to the item that is farthest from it: where the power method begins. */
static void farthest(const struct ordering *ordering, int begin, int end, const double *mean,
                     double *direction)
{
    double most = -1;
    for (int k = begin; k < end; k++) {
        const float *x = coordinates(ordering, k);
        double square = 0;
        for (int c = 0; c < ordering->rank; c++)
            square += (x[c] - mean[c]) * (x[c] - mean[c]);
        if (square > most) {
            most = square;
            for (int c = 0; c < ordering->rank; c++)
                direction[c] = x[c] - mean[c];
        }
    }
}

/* The direction for the covariance times it, at unit length; all places are by the one before. */
static void power_step(const struct ordering *ordering, int begin, int end, const double *mean,
                       double *direction)
{
    double norm = 0;
    memset(direction, 0, (size_t)ordering->rank * sizeof *direction);
    for (int k = begin; k < end; k++) {
        const float *x = coordinates(ordering, k);
        for (int c = 0; c < ordering->rank; c++)
            direction[c] += ordering->items[k].along * (x[c] - mean[c]);
    }
    for (int c = 0; c < ordering->rank; c++)
        norm += direction[c] * direction[c];
    for (int c = 0; c < ordering->rank && norm > 0; c++)
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

void ordering_sort(struct ordering *ordering, int begin, int end)
{
    double mean[COORDINATES_MAX];
    double direction[COORDINATES_MAX];
    mean_of(ordering, begin, end, mean);
    farthest(ordering, begin, end, mean, direction);
    for (int k = 0; k < POWER_STEPS; k++) {
        project(ordering, begin, end, mean, direction);
        power_step(ordering, begin, end, mean, direction);
    }
    project(ordering, begin, end, mean, direction);
    qsort(ordering->items + begin, (size_t)(end - begin), sizeof *ordering->items, by_place);
}
