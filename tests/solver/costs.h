/* Families of cost matrices for the tests of the assignment: easy, hard and degenerate ones. */
#ifndef TESTS_SOLVER_COSTS_H
#define TESTS_SOLVER_COSTS_H

#include "points.h"

#include <math.h>

static void uniform(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)random_uniform(r);
}

static void constant(struct random *r, float *cost, int n)
{
    float value = (float)random_normal(r);
    for (int k = 0; k < n * n; k++)
        cost[k] = value;
}

static void zero(struct random *r, float *cost, int n)
{
    (void)r;
    memset(cost, 0, (size_t)n * n * sizeof *cost);
}

static void small_integers(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)random_below(r, 4);
}

static void zero_or_one(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)(random_uniform(r) < 0.95);
}

static void negative(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = -5 - (float)random_uniform(r);
}

static void huge_range(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)pow(10, 40 * random_uniform(r) - 20);
}

static void huge_range_signed(struct random *r, float *cost, int n)
{
    huge_range(r, cost, n);
    for (int k = 0; k < n * n; k++)
        cost[k] *= random_uniform(r) < 0.5 ? -1.0F : 1.0F;
}

static void huge(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)(1e20 * random_normal(r));
}

static void tiny(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)(1e-20 * random_normal(r));
}

/* Below the smallest normal float: some thousand different values. */
static void denormal(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)(1e-41 * random_uniform(r));
}

/* A large part that no permutation feels, and a small one near its resolution. */
static void large_offset(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)(1e4 + 1e-1 * random_uniform(r));
}

static void duplicate_rows(struct random *r, float *cost, int n)
{
    uniform(r, cost, n);
    for (int i = 0; i < n; i++)
        memcpy(cost + (size_t)i * n, cost + (size_t)(i / 3) * n, (size_t)n * sizeof *cost);
}

static void duplicate_columns(struct random *r, float *cost, int n)
{
    uniform(r, cost, n);
    for (int k = 0; k < n * n; k++)
        cost[k] = cost[k / n * n + k % n / 3];
}

/* The kind that a GW gradient is: u v' and little else. */
static void low_rank(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)((k / n * 0.37 + 1) * (k % n * 0.73 - 2) + 1e-3 * random_uniform(r));
}

static void line(struct random *r, float *cost, int n)
{
    double *x = random_points(r, 2 * n, 1);
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)((x[k / n] - x[n + k % n]) * (x[k / n] - x[n + k % n]));
    free(x);
}

/* cost[i,j] = i j is anti-Monge: the optimum pairs large with small; -i j pairs like with like. */
static void anti_monge(struct random *r, float *cost, int n)
{
    (void)r;
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)(k / n) * (float)(k % n);
}

static void monge(struct random *r, float *cost, int n)
{
    anti_monge(r, cost, n);
    for (int k = 0; k < n * n; k++)
        cost[k] = -cost[k];
}

/* All rows prefer the same columns: every bid is contested. */
static void contested(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)(k % n + 1e-3 * random_uniform(r));
}

/* Cheap columns that kernels deal to few of their lanes. */
static void few_lanes(struct random *r, float *cost, int n)
{
    for (int k = 0; k < n * n; k++)
        cost[k] = (float)(random_uniform(r) + (k % n % 32 < 6 ? 0 : 10));
}

static const struct family {
    const char *name;
    void (*fill)(struct random *r, float *cost, int n);
} families[] = {
    {"uniform", uniform},
    {"constant", constant},
    {"zero", zero},
    {"small integers", small_integers},
    {"zero or one", zero_or_one},
    {"negative", negative},
    {"huge range", huge_range},
    {"huge range, signed", huge_range_signed},
    {"huge", huge},
    {"tiny", tiny},
    {"denormal", denormal},
    {"large offset", large_offset},
    {"duplicate rows", duplicate_rows},
    {"duplicate columns", duplicate_columns},
    {"low rank", low_rank},
    {"points on a line", line},
    {"Monge", monge},
    {"anti-Monge", anti_monge},
    {"contested columns", contested},
    {"few lanes", few_lanes},
};
enum { FAMILIES = sizeof families / sizeof *families };

#endif
