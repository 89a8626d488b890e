/* What every method of solving must hold to, on manufactured problems: test_conformance.c runs it
 * over all that are registered. */
#ifndef TESTS_SOLVER_CONFORMANCE_H
#define TESTS_SOLVER_CONFORMANCE_H

#include "points.h"
#include "suite.h"

#include <math.h>

/* A pair of spaces and what a solve of it gave. */
struct compared {
    struct strata_space *a, *b; /* owned */
    int n, m;
    int status;
    struct strata_solution solution;
    double *T; /* [n, m] owned */
};

static inline struct compared compared_new(struct strata_space *a, struct strata_space *b)
{
    struct compared c = {.a = a, .b = b, .n = strata_space_points(a), .m = strata_space_points(b)};
    c.T = test_memory((size_t)c.n * c.m * sizeof *c.T);
    return c;
}

static inline void compared_free(struct compared *c)
{
    free(c->a);
    free(c->b);
    free(c->T);
}

/* The definition, all n m n m terms for small spaces; for others by rows of A T B. */
static inline double direct_loss(const struct compared *c, const double *T)
{
    const double *A = strata_space_distances(c->a);
    const double *B = strata_space_distances(c->b);
    double total = 0;
    for (int i = 0; i < c->n; i++) {
        for (int j = 0; j < c->m; j++) {
            double t = T[i * c->m + j];
            double sum = 0;
            for (int k = 0; k < c->n && t > 0; k++) {
                for (int l = 0; l < c->m; l++) {
                    double difference = A[i * c->n + k] - B[j * c->m + l];
                    sum += difference * difference * T[k * c->m + l];
                }
            }
            total += t * sum;
        }
    }
    return total;
}

static inline double product_loss(const struct compared *c)
{
    const double *p = strata_space_weights(c->a);
    const double *q = strata_space_weights(c->b);
    double *T = test_memory((size_t)c->n * c->m * sizeof *T);
    for (int i = 0; i < c->n; i++) {
        for (int j = 0; j < c->m; j++)
            T[i * c->m + j] = p[i] * q[j];
    }
    double loss = direct_loss(c, T);
    free(T);
    return loss;
}

static inline double marginal_error(const struct compared *c)
{
    const double *p = strata_space_weights(c->a);
    const double *q = strata_space_weights(c->b);
    double largest = 0;
    for (int i = 0; i < c->n; i++) {
        double sum = -p[i];
        for (int j = 0; j < c->m; j++)
            sum += c->T[i * c->m + j];
        largest = fmax(largest, fabs(sum));
    }
    for (int j = 0; j < c->m; j++) {
        double sum = -q[j];
        for (int i = 0; i < c->n; i++)
            sum += c->T[i * c->m + j];
        largest = fmax(largest, fabs(sum));
    }
    return largest;
}

/* Solves and checks what holds for every solve. */
static inline void compare(struct strata_solver *solver, struct compared *c,
                           const struct strata_options *options)
{
    const struct strata_solution *s = &c->solution;
    c->status = strata_solve_with(solver, c->a, c->b, options, &c->solution, c->T, NULL);
    CU_ASSERT_TRUE_FATAL(c->status == STRATA_OK || c->status == STRATA_LIMIT);
    int positive = 1;
    for (int k = 0; k < c->n * c->m; k++)
        positive = positive && c->T[k] >= 0; /* not so if NaN */
    CU_ASSERT_TRUE(positive);
    CU_ASSERT_TRUE(marginal_error(c) <= 1e-12);
    double loss = direct_loss(c, c->T);
    CU_ASSERT_TRUE(fabs(s->loss - loss) <= 1e-12 * (1 + product_loss(c)));
    CU_ASSERT_TRUE(s->loss >= 0);
    CU_ASSERT_TRUE(s->lower_bound >= 0);
    CU_ASSERT_TRUE(s->lower_bound <= s->loss + 1e-14);
    CU_ASSERT_TRUE(s->gap >= 0);
    CU_ASSERT_TRUE(s->loss <= product_loss(c) * (1 + 1e-9) + 1e-13);
    if (options->method == STRATA_METHOD_AUTO ||
        options->method == STRATA_METHOD_CONDITIONAL_GRADIENT ||
        options->method == STRATA_METHOD_PERMUTATION)
        CU_ASSERT_FALSE(s->loss > s->identity_loss); /* also where that is NaN: there is none */
    CU_ASSERT_TRUE(s->method > STRATA_METHOD_AUTO);
    CU_ASSERT_TRUE(options->method == STRATA_METHOD_AUTO || s->method == options->method);
}

/* Random weights, some of them zero. */
static inline void weigh(struct random *r, struct strata_space *space)
{
    const int n = strata_space_points(space);
    double *p = test_memory((size_t)n * sizeof *p);
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += p[i] = n > 3 && i % 5 == 3 ? 0 : 0.05 + random_uniform(r);
    for (int i = 0; i < n; i++)
        p[i] /= sum;
    CU_ASSERT_EQUAL(strata_space_set_weights(space, p, n), STRATA_OK);
    free(p);
}

#endif
