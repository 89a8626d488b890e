/* Reproducible numbers, points and spaces for the tests of the solver.
 *
 * The generator is one that Python repeats to the last bit (tests/golden/make_golden.py). */
#ifndef TESTS_SOLVER_POINTS_H
#define TESTS_SOLVER_POINTS_H

#include "strata.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EUCLIDEAN,
    SQEUCLIDEAN,
    COSINE,
    CORRELATION,
    GEODESIC
};                                               /* indices into strata_distance_names */
enum { BY_MEAN, BY_MAX, BY_MEDIAN, BY_NOTHING }; /* into strata_normalization_names */

/* Knuth's MMIX generator: 64-bit LCG. */
struct random {
    uint64_t state;
};

static inline struct random random_new(uint64_t seed)
{
    return (struct random){seed * 0x9E3779B97F4A7C15U + 1};
}

/* Uniform in [0, 1), all 53 bits. */
static inline double random_uniform(struct random *r)
{
    r->state = r->state * 6364136223846793005U + 1442695040888963407U;
    return (double)(r->state >> 11) * 0x1p-53;
}

/* Mean 0, variance 1, nearly normal: a sum of twelve. */
static inline double random_normal(struct random *r)
{
    double sum = -6;
    for (int k = 0; k < 12; k++)
        sum += random_uniform(r);
    return sum;
}

/* Uniform in 0 … n-1. */
static inline int random_below(struct random *r, int n)
{
    return (int)(random_uniform(r) * n);
}

static inline void random_permutation(struct random *r, int *p, int n)
{
    for (int k = 0; k < n; k++)
        p[k] = k;
    for (int k = n - 1; k > 0; k--) {
        int j = random_below(r, k + 1);
        int swapped = p[k];
        p[k] = p[j];
        p[j] = swapped;
    }
}

/* Memory of a test: without it there is no test. Aligned to 64, zeroed. */
static inline void *test_memory(size_t bytes)
{
    bytes = (bytes + 63) / 64 * 64;
    void *block = aligned_alloc(64, bytes);
    if (block == NULL) {
        fputs("a test is short of memory\n", stderr);
        exit(1);
    }
    return memset(block, 0, bytes);
}

/* Points x[n, d], uniform in the unit cube. */
static inline double *random_points(struct random *r, int n, int d)
{
    double *x = test_memory((size_t)n * (size_t)d * sizeof *x);
    for (int k = 0; k < n * d; k++)
        x[k] = random_uniform(r);
    return x;
}

/* The space of x[n, d]; NULL if it is refused. */
static inline struct strata_space *space_new(const double *x, int n, int d, int distance,
                                             int normalization)
{
    struct strata_space *space = test_memory(strata_space_size(n));
    if (strata_space_from_activations(space, x, n, d, distance, normalization) == STRATA_OK)
        return space;
    free(space);
    return NULL;
}

/* The Euclidean space of random points, mean-normalised. */
static inline struct strata_space *random_space(struct random *r, int n, int d)
{
    double *x = random_points(r, n, d);
    struct strata_space *space = space_new(x, n, d, EUCLIDEAN, BY_MEAN);
    free(x);
    return space;
}

static inline int is_permutation(const int *p, int n)
{
    int *seen = test_memory((size_t)n * sizeof *seen);
    int valid = 1;
    for (int k = 0; k < n && valid; k++) {
        valid = p[k] >= 0 && p[k] < n && !seen[p[k]];
        if (valid)
            seen[p[k]] = 1;
    }
    free(seen);
    return valid;
}

#endif
