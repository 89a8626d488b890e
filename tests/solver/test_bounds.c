#include "hungarian.h"
#include "points.h"
#include "suite.h"

#include <math.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rows of the distances, each sorted; to be freed. */
static double *sorted_rows(const struct strata_space *space)
{
    size_t n = (size_t)strata_space_points(space);
    double *rows = test_memory(n * n * sizeof *rows);
    memcpy(rows, strata_space_distances(space), n * n * sizeof *rows);
    for (size_t i = 0; i < n; i++)
        qsort(rows + i * n, n, sizeof *rows, by_value);
    return rows;
}

/* The third lower bound by its definition: n^3 terms, and the slow oracle. */
static double exact_bound(const struct strata_space *a, const struct strata_space *b)
{
    const int n = strata_space_points(a);
    double *x = sorted_rows(a);
    double *y = sorted_rows(b);
    double *cost = test_memory((size_t)n * n * sizeof *cost);
    int *s = test_memory((size_t)n * sizeof *s);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < n; k++)
                cost[i * n + j] += (x[i * n + k] - y[j * n + k]) * (x[i * n + k] - y[j * n + k]);
    double bound = hungarian(cost, n, s) / n / n;
    free(x);
    free(y);
    free(cost);
    free(s);
    return bound;
}

static double solver_bound(const struct strata_space *a, const struct strata_space *b)
{
    struct strata_solver *w = strata_solver_new(strata_space_points(a));
    struct strata_solution solution;
    CU_ASSERT_EQUAL(strata_solve(w, a, b, STRATA_FAST, NULL, NULL, &solution, NULL), STRATA_OK);
    CU_ASSERT_TRUE(solution.lower_bound <= solution.loss);
    strata_solver_destroy(&w);
    return solution.lower_bound;
}

/* Bound <= exact bound <= loss of anything; and not much below it: up to 64 points nothing is
 * compressed and only rounding is taken off, beyond that block means lose a little. */
static void test_order(void)
{
    static const int sizes[] = {2, 3, 7, 33, 63, 64, 65, 100, 150, 200};
    struct random r = random_new(1);
    double loosest = 1;
    for (int s = 0; s < 10; s++) {
        for (int distance = EUCLIDEAN; distance <= CORRELATION; distance++) {
            int n = sizes[s];
            double *x = random_points(&r, n, 3);
            double *y = random_points(&r, n, 3 + distance);
            struct strata_space *a = space_new(x, n, 3, distance, BY_MEAN);
            struct strata_space *b = space_new(y, n, 3 + distance, distance, BY_MEAN);
            double exact = exact_bound(a, b);
            double bound = solver_bound(a, b);
            CU_ASSERT_TRUE(bound >= 0);
            CU_ASSERT_TRUE(bound <= exact * (1 + 1e-12));
            if (n <= 64) {
                CU_ASSERT_TRUE(bound >= exact - 1e-5);
            } else {
                loosest = fmin(loosest, bound / exact);
            }
            int *p = test_memory((size_t)n * sizeof *p);
            for (int trial = 0; trial < 5; trial++) {
                random_permutation(&r, p, n);
                CU_ASSERT_TRUE(exact <= strata_loss(a, b, p) * (1 + 1e-12));
            }
            CU_ASSERT_TRUE(exact <= strata_loss(a, b, NULL) * (1 + 1e-12));
            free(x);
            free(y);
            free(a);
            free(b);
            free(p);
        }
    }
    printf("at least %.4f of the exact bound ", loosest);
    CU_ASSERT_TRUE(loosest > 0.85);
}

/* The bound does not see which point is which. */
static void test_invariance(void)
{
    enum { n = 90 };
    struct random r = random_new(2);
    struct strata_space *a = random_space(&r, n, 3);
    struct strata_space *b = random_space(&r, n, 5);
    double *D = test_memory(n * n * sizeof *D);
    int p[n];
    random_permutation(&r, p, n);
    for (int k = 0; k < n * n; k++)
        D[k] = strata_space_distances(b)[p[k / n] * n + p[k % n]];
    struct strata_space *c = test_memory(strata_space_size(n));
    CU_ASSERT_EQUAL(strata_space_from_distances(c, D, n, BY_NOTHING), STRATA_OK);
    double bound = solver_bound(a, b);
    CU_ASSERT_TRUE(bound > 0);
    CU_ASSERT_DOUBLE_EQUAL(solver_bound(a, c), bound, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(solver_bound(b, a), bound, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(solver_bound(b, c), 0, 1e-6);
    CU_ASSERT_EQUAL(solver_bound(a, a), 0);
    free(a);
    free(b);
    free(c);
    free(D);
}

/* Spaces whose only difference is rounding: the loss is zero, and so is all that is said of it. */
static void test_dust(void)
{
    enum { n = 60, d = 5 };
    struct random r = random_new(3);
    double *two = random_points(&r, 2, d);
    double *x = test_memory(n * d * sizeof *x);
    double *y = test_memory(n * d * sizeof *y);
    for (int k = 0; k < n * d; k++) {
        x[k] = two[k / (n * d / 2) * d + k % d];
        y[k] = 3 * x[k] + 1000;
    }
    struct strata_space *a = space_new(x, n, d, EUCLIDEAN, BY_MEAN);
    struct strata_space *b = space_new(y, n, d, EUCLIDEAN, BY_MEAN);
    struct strata_solver *solver = strata_solver_new(n);
    for (int method = STRATA_METHOD_PERMUTATION; method <= STRATA_METHOD_CONDITIONAL_GRADIENT;
         method++) {
        const struct strata_options options = {.method = method};
        struct strata_solution s;
        CU_ASSERT_EQUAL(strata_solve_with(solver, a, b, &options, &s, NULL, NULL), STRATA_OK);
        CU_ASSERT_EQUAL(s.loss, 0);
        CU_ASSERT_EQUAL(s.identity_loss, 0);
        CU_ASSERT_EQUAL(s.lower_bound, 0);
        CU_ASSERT_EQUAL(s.gap, 0);
        CU_ASSERT_TRUE(s.swaps_left <= 0);
    }
    CU_ASSERT_EQUAL(strata_loss(a, b, NULL), 0);
    CU_ASSERT_NOT_EQUAL(
        memcmp(strata_space_distances(a), strata_space_distances(b), n * n * sizeof(double)), 0);
    strata_solver_destroy(&solver);
    free(two);
    free(x);
    free(y);
    free(a);
    free(b);
}

int main(void)
{
    const struct test_case cases[] = {
        {"bound <= exact bound <= loss", test_order},
        {"names of points do not matter", test_invariance},
        {"rounding is no distance", test_dust},
    };
    strata_use_one_thread();
    return suite_run("bounds", cases, sizeof cases / sizeof *cases);
}
