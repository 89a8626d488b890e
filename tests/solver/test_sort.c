/* Sorting against the C library's. */
#include "sort.h"
#include "suite.h"

#include "points.h"

#include <float.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_sorted(void)
{
    static const int sizes[] = {0, 1, 2, 3, 100, 249, 250, 5000};
    static const double special[] = {0, DBL_MIN, DBL_TRUE_MIN, 1, DBL_MAX, INFINITY, 2, -0.0};
    struct random r = random_new(41);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int n = sizes[s];
        double *x = test_memory(((size_t)n + 1) * sizeof *x);
        double *expected = test_memory(((size_t)n + 1) * sizeof *x);
        double *scratch = test_memory(((size_t)n + 1) * sizeof *x);
        for (int k = 0; k < n; k++)
            x[k] = k % 9 == 8 ? special[random_below(&r, 8)]
                              : ldexp(fabs(random_normal(&r)), random_below(&r, 40) - 20);
        memcpy(expected, x, (size_t)n * sizeof *x);
        qsort(expected, (size_t)n, sizeof *x, by_value);
        sort_distances(x, scratch, n);
        int same = 0;
        for (int k = 0; k < n; k++)
            same += x[k] == expected[k]; /* 0 and -0 in any order */
        CU_ASSERT_EQUAL(same, n);
        free(x);
        free(expected);
        free(scratch);
    }
}

int main(void)
{
    const struct test_case cases[] = {{"as qsort", test_sorted}};
    return suite_run("sort", cases, sizeof cases / sizeof *cases);
}
