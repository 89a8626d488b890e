/* Made-up matrices of layers against layers, with and without groups, from fixed seeds. */
#ifndef TESTS_MATRICES_H
#define TESTS_MATRICES_H

#include "random.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { MOST_LAYERS = 64 };

struct matrix {
    int n;
    double D[MOST_LAYERS * MOST_LAYERS];
};

static inline double normal(uint64_t *state)
{
    double u = 1 - random_unit(state);
    double v = random_unit(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static inline void matrix_set(struct matrix *matrix, int i, int j, double value)
{
    matrix->D[i * matrix->n + j] = value;
    matrix->D[j * matrix->n + i] = value;
}

/* What a cell would be without noise: scale * lag^power, plus between where the groups differ, plus
 * interleaved where one of the two layers is odd and the other even. */
struct shape {
    double base, scale, power, between, interleaved, noise;
    const int *sizes; /* of the contiguous groups; NULL: one group */
};

static inline int group_of(const struct shape *shape, int layer)
{
    int group = 0;
    for (int end = 0; shape->sizes && (end += shape->sizes[group]) <= layer;)
        group++;
    return group;
}

static inline void matrix_make(struct matrix *matrix, int n, const struct shape *shape,
                               uint64_t *state)
{
    matrix->n = n;
    for (int i = 0; i < n; i++) {
        matrix_set(matrix, i, i, 0);
        for (int j = i + 1; j < n; j++) {
            double value = shape->base + shape->scale * pow(j - i, shape->power) +
                           (group_of(shape, i) != group_of(shape, j) ? shape->between : 0) +
                           ((j - i) % 2 ? shape->interleaved : 0);
            matrix_set(matrix, i, j, value * exp(shape->noise * normal(state)));
        }
    }
}

/* Points of a random walk in 60 dimensions, with steps of exp(unevenness * normal - slowing *
 * depth) where depth runs from 0 to 1; or, not walking, independent points. */
static inline void matrix_walk(struct matrix *matrix, int n, double unevenness, double slowing,
                               int walking, uint64_t *state)
{
    enum { dimensions = 60 };
    double x[MOST_LAYERS][dimensions];
    matrix->n = n;
    for (int i = 0; i < n; i++) {
        double step = exp(unevenness * normal(state) - slowing * i / n);
        for (int k = 0; k < dimensions; k++)
            x[i][k] = step * normal(state) + (walking && i > 0 ? x[i - 1][k] : 0);
    }
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < dimensions; k++)
                sum += (x[i][k] - x[j][k]) * (x[i][k] - x[j][k]);
            matrix_set(matrix, i, j, sqrt(sum));
        }
}

#endif
