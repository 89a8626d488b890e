#include "eigen.h"
#include "strata.h"
#include "suite.h"

#include <math.h>
#include <string.h>

enum { n = 24 };

static void fill(double *A)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            A[i * n + j] = 1.0 / (1 + i + j) + (i == j) * sin(i);
}

static double dot(const double *x, const double *y)
{
    double sum = 0;
    for (int k = 0; k < n; k++)
        sum += x[k] * y[k];
    return sum;
}

/* A v = lambda v, orthonormal, ascending, and a range is part of the whole. */
static void test_definition(void)
{
    static double A[n * n];
    static double work[n * n];
    static double vectors[n * n];
    static double some[5 * n];
    double values[n];
    double few[5];
    fill(A);
    memcpy(work, A, sizeof A);
    CU_ASSERT_EQUAL(strata_eigen(work, n, 0, n, values, vectors), STRATA_OK);
    for (int k = 0; k < n; k++) {
        const double *v = vectors + k * n;
        double largest = 0;
        for (int i = 0; i < n; i++) {
            CU_ASSERT_DOUBLE_EQUAL(dot(A + i * n, v), values[k] * v[i], 1e-12);
            largest = fabs(v[i]) > fabs(largest) ? v[i] : largest;
        }
        CU_ASSERT_TRUE(largest > 0);
        CU_ASSERT_TRUE(k == 0 || values[k] >= values[k - 1]);
        for (int l = 0; l <= k; l++)
            CU_ASSERT_DOUBLE_EQUAL(dot(v, vectors + l * n), k == l, 1e-12);
    }
    memcpy(work, A, sizeof A);
    CU_ASSERT_EQUAL(strata_eigen(work, n, n - 5, 5, few, some), STRATA_OK);
    for (int k = 0; k < 5; k++) {
        CU_ASSERT_DOUBLE_EQUAL(few[k], values[n - 5 + k], 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(dot(some + k * n, vectors + (n - 5 + k) * n), 1, 1e-10);
    }
}

static void test_by_hand(void)
{
    double A[] = {2, 1, 1, 2};
    double values[2];
    double vectors[4];
    CU_ASSERT_EQUAL(strata_eigen(A, 2, 0, 2, values, vectors), STRATA_OK);
    CU_ASSERT_DOUBLE_EQUAL(values[0], 1, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(values[1], 3, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(vectors[0], sqrt(0.5), 1e-15); /* the first of equals is positive */
    CU_ASSERT_DOUBLE_EQUAL(vectors[1], -sqrt(0.5), 1e-15);
    double one[] = {-4};
    CU_ASSERT_EQUAL(strata_eigen(one, 1, 0, 1, values, vectors), STRATA_OK);
    CU_ASSERT_EQUAL(values[0], -4);
    CU_ASSERT_EQUAL(vectors[0], 1);
}

static void test_refusals(void)
{
    double A[] = {1, NAN, NAN, 1};
    double values[2];
    double vectors[4];
    CU_ASSERT_EQUAL(strata_eigen(A, 2, 0, 2, values, vectors), STRATA_NOT_FINITE);
    CU_ASSERT_EQUAL(strata_eigen(A, 0, 0, 1, values, vectors), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_eigen(A, 2, 0, 0, values, vectors), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_eigen(A, 2, 1, 2, values, vectors), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_eigen(A, 2, -1, 1, values, vectors), STRATA_ARGUMENT);
}

int main(void)
{
    const struct test_case cases[] = {
        {"eigenpairs and ranges", test_definition},
        {"two by two by hand", test_by_hand},
        {"refusals", test_refusals},
    };
    return suite_run("eigen", cases, sizeof cases / sizeof *cases);
}
