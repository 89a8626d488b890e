/* Estimates from times that are known. */
#include "estimate.h"
#include "suite.h"

#include <math.h>
#include <stdint.h>

static void expect_close(double found, double expected)
{
    CU_ASSERT_DOUBLE_EQUAL(found, expected, 1e-12 * fabs(expected) + 1e-15);
}

static void test_ratio(void)
{
    const double a[] = {1, 2, -1, 3, 4};
    const double b[] = {3, 5, 8, 10, -1};
    const struct ratio ratio = ratio_of(a, b, 5);
    CU_ASSERT_EQUAL(ratio.pairs, 3); /* of which both are known */
    expect_close(ratio.mean, 6);
    expect_close(ratio.value, 3);
    expect_close(ratio.deviation, sqrt((0 + 1 + 1) / 2.) / 6);
}

static void test_alike(void)
{
    const double b[] = {1, -1, 3};
    const struct ratio ratio = ratio_of(NULL, b, 3);
    CU_ASSERT_EQUAL(ratio.pairs, 2);
    expect_close(ratio.value, 2);
    expect_close(ratio.deviation, sqrt(2) / 2);
}

static void test_nothing(void)
{
    const double none[] = {-1, 0};
    CU_ASSERT_EQUAL(ratio_of(NULL, none, 1).pairs, 0);
    expect_close(ratio_of(none, none, 2).value, 1);
    expect_close(ratio_of(NULL, none, 2).deviation, 0);
}

static double work(double n, double squares, double cubes)
{
    return squares * n * n + cubes * n * n * n;
}

static void test_growth(void)
{
    const double parts[][2] = {{1, 0}, {0, 1}, {3, 0.01}, {50, 0.2}};
    for (int k = 0; k < 4; k++) {
        const double c = parts[k][0];
        const double d = parts[k][1];
        const double ratio = work(500, c, d) / work(320, c, d);
        const double exact = work(2000, c, d) / work(500, c, d);
        expect_close(estimate_growth(320, 500, 2000, ratio) / exact, 1);
        CU_ASSERT(estimate_growth_of_power(320, 500, 2000, ratio) <= exact * (1 + 1e-12));
    }
    /* work that grows more slowly than n² is taken for n², not for less than nothing */
    expect_close(estimate_growth(100, 200, 10000, 1.5), 50 * 50);
    expect_close(estimate_growth_of_power(100, 200, 800, 4), 16);
}

/* The error that a ratio implies is that of estimates from other times: two in three are within it,
 * and nearly all within three. */
static void test_deviation_is_honest(void)
{
    enum { ALL = 500, SOME = 20, TRIALS = 200 };
    static double a[TRIALS][ALL];
    static double b[TRIALS][ALL];
    uint64_t state = 1;
    int within = 0;
    int within_three = 0;
    for (int t = 0; t < TRIALS; t++) {
        double sum_a = 0;
        double sum_b = 0;
        for (int k = 0; k < ALL; k++) {
            double uniform[2];
            for (int u = 0; u < 2; u++) {
                state = state * 6364136223846793005U + 1442695040888963407U;
                uniform[u] = (double)(state >> 11) / 9007199254740992.0;
            }
            a[t][k] = 1 + uniform[0];
            b[t][k] = a[t][k] * (5 + 4 * uniform[1]);
            sum_a += a[t][k];
            sum_b += b[t][k];
        }
        const struct ratio ratio = ratio_of(a[t], b[t], SOME);
        const double error = ratio.deviation / sqrt(SOME);
        const double off = fabs(ratio.value * sum_a / sum_b - 1);
        within += off < error;
        within_three += off < 3 * error;
    }
    CU_ASSERT(within > TRIALS / 2 && within < TRIALS * 4 / 5);
    CU_ASSERT(within_three > TRIALS * 19 / 20);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"ratio", test_ratio},
        {"alike", test_alike},
        {"nothing", test_nothing},
        {"growth", test_growth},
        {"the deviation is honest", test_deviation_is_honest},
    };
    return suite_run("estimate", cases, sizeof cases / sizeof *cases);
}
