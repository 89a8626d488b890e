#include "kernels.h"
#include "kernels_assignment.h"
#include "points.h"
#include "suite.h"

#include <float.h>
#include <limits.h>
#include <math.h>

enum { LONGEST = 70 }; /* past four times the lanes of any kernel */

/* Rows as the solver has them: reproducible, of both signs; every third a small integer, so that
 * smallest values come several times. */
struct rows {
    float cost[LONGEST], price[LONGEST];
    double v[LONGEST];
};

static void fill(struct random *r, struct rows *rows, int ties)
{
    for (int j = 0; j < LONGEST; j++) {
        rows->cost[j] = ties ? (float)random_below(r, 3) : (float)random_normal(r);
        rows->price[j] = ties ? (float)random_below(r, 2) : (float)random_normal(r);
        rows->v[j] = ties ? random_below(r, 2) : random_normal(r);
    }
}

static void test_two_best(void)
{
    struct random r = random_new(1);
    for (int n = 2; n <= LONGEST; n++) {
        for (int trial = 0; trial < 20; trial++) {
            struct rows rows;
            fill(&r, &rows, trial % 3 == 0);
            float first = FLT_MAX;
            float second = FLT_MAX;
            for (int j = 0; j < n; j++) {
                float w = rows.cost[j] + rows.price[j];
                second = fminf(second, fmaxf(first, w));
                first = fminf(first, w);
            }
            struct two_best best = kernel_two_best(rows.cost, rows.price, n);
            CU_ASSERT_EQUAL(best.first, first);
            CU_ASSERT_EQUAL(best.second, second);
            CU_ASSERT_TRUE_FATAL(best.index >= 0 && best.index < n);
            CU_ASSERT_EQUAL(rows.cost[best.index] + rows.price[best.index], first);
        }
    }
}

static void test_add_row_and_spread(void)
{
    struct random r = random_new(2);
    for (int n = 1; n <= LONGEST; n++) {
        struct rows rows;
        fill(&r, &rows, n % 3 == 0);
        double sums[LONGEST];
        float least = FLT_MAX;
        float most = -FLT_MAX;
        memcpy(sums, rows.v, sizeof sums);
        kernel_add_row(rows.cost, sums, n);
        for (int j = 0; j < LONGEST; j++)
            CU_ASSERT_EQUAL(sums[j], j < n ? rows.v[j] + rows.cost[j] : rows.v[j]);
        for (int j = 0; j < n; j++) {
            least = fminf(least, rows.cost[j] + rows.price[j]);
            most = fmaxf(most, rows.cost[j] + rows.price[j]);
        }
        CU_ASSERT_EQUAL(kernel_spread(rows.cost, rows.price, n), most - least);
    }
}

static void test_best(void)
{
    struct random r = random_new(3);
    for (int n = 1; n <= LONGEST; n++) {
        for (int trial = 0; trial < 20; trial++) {
            struct rows rows;
            fill(&r, &rows, trial % 3 == 0);
            double least = DBL_MAX;
            for (int j = 0; j < n; j++)
                least = fmin(least, rows.cost[j] - rows.v[j]);
            struct best best = kernel_best(rows.cost, rows.v, n);
            CU_ASSERT_EQUAL(best.value, least);
            CU_ASSERT_TRUE_FATAL(best.index >= 0 && best.index < n);
            CU_ASSERT_EQUAL(rows.cost[best.index] - rows.v[best.index], least);
        }
    }
}

/* Costs that are in range, above it, and, of one entry, not finite. */
static void test_quantise(void)
{
    enum { WIDTH = 96 };
    const float scale = 9000;
    struct random r = random_new(4);
    for (int n = 1; n <= LONGEST; n++) {
        struct rows rows;
        int16_t row[WIDTH];
        fill(&r, &rows, n % 3 == 0);
        float least = FLT_MAX;
        for (int j = 0; j < n; j++)
            least = fminf(least, rows.cost[j] + rows.price[j]);
        CU_ASSERT_TRUE(kernel_quantise(rows.cost, rows.price, n, scale, row, WIDTH));
        for (int j = 0; j < n; j++) {
            float units = (rows.cost[j] + rows.price[j] - least) * scale;
            CU_ASSERT_EQUAL(row[j], COST_LOWEST + (int)fminf(units, COST_RANGE));
        }
        for (int j = n; j < WIDTH; j++)
            CU_ASSERT_EQUAL(row[j], INT16_MAX);
        static const float bad[] = {NAN, INFINITY, -INFINITY};
        rows.cost[random_below(&r, n)] = bad[n % 3];
        CU_ASSERT_FALSE(kernel_quantise(rows.cost, rows.price, n, scale, row, WIDTH));
        for (int j = 0; j < n; j++)
            CU_ASSERT_TRUE(row[j] <= COST_LOWEST + COST_RANGE);
    }
}

/* Over the whole range of costs and prices, and with ties. */
static void test_two_least(void)
{
    enum { WIDTH = 5 * ROW_PAD };
    struct random r = random_new(7);
    for (int trial = 0; trial < 500; trial++) {
        const int width = ROW_PAD * (1 + trial % 5);
        const int range = trial % 2 == 0 ? COST_RANGE + 1 : 4;
        const int limit = trial % 2 == 0 ? PRICE_LIMIT + 1 : 3;
        int16_t cost[WIDTH];
        uint16_t price[WIDTH];
        int sum[WIDTH];
        int first = INT_MAX;
        int second = INT_MAX;
        for (int j = 0; j < width; j++) {
            cost[j] = (int16_t)(COST_LOWEST + random_below(&r, range));
            price[j] = (uint16_t)random_below(&r, limit);
            sum[j] = cost[j] + price[j];
            second = sum[j] < first ? first : sum[j] < second ? sum[j] : second;
            first = sum[j] < first ? sum[j] : first;
        }
        struct two_least least = kernel_two_least(cost, price, width, cost);
        CU_ASSERT_EQUAL(least.first, first);
        CU_ASSERT_EQUAL(least.second, second);
        CU_ASSERT_TRUE_FATAL(least.index >= 0 && least.index < width);
        CU_ASSERT_EQUAL(sum[least.index], first);
    }
}

static void test_range_and_below(void)
{
    enum { RANK = 12 };
    struct random r = random_new(8);
    for (int n = 1; n <= LONGEST; n++) {
        for (int trial = 0; trial < 20; trial++) {
            struct rows rows;
            int column[LONGEST];
            int listed[LONGEST] = {0};
            float least = FLT_MAX;
            fill(&r, &rows, trial % 3 == 0);
            struct range range = kernel_range(rows.cost, rows.price, n, RANK);
            int count = kernel_below(rows.cost, rows.price, n, range.limit, column);
            CU_ASSERT_TRUE_FATAL(count <= n);
            for (int s = 0; s < count; s++)
                listed[column[s]]++;
            for (int j = 0; j < n; j++) {
                float w = rows.cost[j] + rows.price[j];
                least = fminf(least, w);
                CU_ASSERT_EQUAL(listed[j], w < range.limit);
            }
            CU_ASSERT_EQUAL(range.least, least);
            CU_ASSERT_TRUE(trial % 3 == 0 || count >= (n < RANK ? n : RANK));
        }
    }
}

/* Distances that are set, infinite or done, and limits above some of them. */
static void test_nearer(void)
{
    struct random r = random_new(9);
    for (int n = 1; n <= LONGEST; n++) {
        for (int trial = 0; trial < 20; trial++) {
            struct rows rows;
            double distance[LONGEST];
            int column[LONGEST];
            int listed[LONGEST] = {0};
            fill(&r, &rows, trial % 3 == 0);
            for (int j = 0; j < n; j++)
                distance[j] = random_below(&r, 3) == 0 ? INFINITY : random_normal(&r);
            double shift = trial % 3 == 0 ? 1 : random_normal(&r);
            double limit = trial % 5 == 0 ? INFINITY : random_normal(&r);
            int count = kernel_nearer(rows.cost, rows.v, shift, distance, limit, n, column);
            CU_ASSERT_TRUE_FATAL(count <= n);
            for (int s = 0; s < count; s++)
                listed[column[s]]++;
            for (int j = 0; j < n; j++) {
                double w = rows.cost[j] - rows.v[j] - shift;
                CU_ASSERT_EQUAL(listed[j], w < distance[j] && w < limit);
            }
        }
    }
}

static void test_gathers(void)
{
    struct random r = random_new(5);
    for (int n = 1; n <= LONGEST; n++) {
        double x[4][LONGEST];
        int p[LONGEST];
        random_permutation(&r, p, LONGEST); /* reaches past n, as a row of a triangle does */
        for (int k = 0; k < 4 * LONGEST; k++)
            x[k / LONGEST][k % LONGEST] = random_normal(&r);
        float row[LONGEST];
        float gathered[LONGEST];
        for (int k = 0; k < LONGEST; k++)
            row[k] = (float)x[3][k];
        kernel_gather(row, p, n, gathered);
        double dot = 0;
        double loss = 0;
        for (int k = 0; k < n; k++) {
            dot += (x[0][k] - x[1][k]) * (x[2][p[k]] - x[3][p[k]]);
            loss += (x[0][k] - x[2][p[k]]) * (x[0][k] - x[2][p[k]]);
            CU_ASSERT_EQUAL(gathered[k], row[p[k]]);
        }
        CU_ASSERT_DOUBLE_EQUAL(kernel_swap_dot(x[0], x[1], x[2], x[3], p, n), dot, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(kernel_gather_loss(x[0], x[2], p, n, x[2]), loss, 1e-12);
    }
}

static float *random_floats(struct random *r, int count)
{
    float *x = test_memory((size_t)count * sizeof *x);
    for (int k = 0; k < count; k++)
        x[k] = (float)random_normal(r);
    return x;
}

/* The gain of exchanging the partners of x and y as the header defines it. */
static double naive_gain(const struct swap_scan *s, int x, int y)
{
    const int n = s->n;
    double a = (double)s->a[x * n + y] + s->a_mean[x];
    double b = (double)s->b[x * n + y] + s->b_mean[x];
    return (double)s->own[x] + s->own[y] - s->cost[s->partner[x] * n + y] -
           s->cost[s->partner[y] * n + x] + 2 * a * b;
}

static void check_best_swaps(const struct swap_scan *scan)
{
    const int n = scan->n;
    for (int x = 0; x < n; x++) {
        double largest = -INFINITY;
        for (int y = 0; y < n; y++)
            if (y != x)
                largest = fmax(largest, naive_gain(scan, x, y));
        const int with = scan->with[x];
        CU_ASSERT_DOUBLE_EQUAL(scan->best[x], largest, 1e-4);
        CU_ASSERT_TRUE_FATAL(with >= 0 && with < n && with != x);
        CU_ASSERT_DOUBLE_EQUAL(naive_gain(scan, x, with), largest, 1e-4);
        scan->best[x] = -FLT_MAX;
        scan->with[x] = x;
    }
}

/* All tiles of a scan, as swap_search.c runs them, and then each row: each point gets its best
 * swap. A and B must be symmetric once their means are back, for both ends of a pair to see the
 * same gain. */
static void check_scan(struct random *r, int n)
{
    float *cost = random_floats(r, n * n);
    float *own = random_floats(r, n);
    float *a = random_floats(r, n * n);
    float *b = random_floats(r, n * n);
    float *a_mean = random_floats(r, n);
    float *b_mean = random_floats(r, n);
    float *best = test_memory((size_t)n * sizeof *best);
    int *partner = test_memory((size_t)n * sizeof *partner);
    int *with = test_memory((size_t)n * sizeof *with);
    random_permutation(r, partner, n);
    for (int x = 0; x < n; x++) {
        best[x] = -FLT_MAX;
        with[x] = x;
        for (int y = 0; y < x; y++) {
            a[x * n + y] = a[y * n + x] + a_mean[y] - a_mean[x];
            b[x * n + y] = b[y * n + x] + b_mean[y] - b_mean[x];
        }
    }
    struct swap_scan scan = {n, cost, partner, own, a, b, a_mean, b_mean, best, with};
    for (int x = 0; x < n; x += KERNEL_TILE)
        for (int y = x; y < n; y += KERNEL_TILE)
            kernel_swap_tile(&scan, x, x + KERNEL_TILE < n ? x + KERNEL_TILE : n, y,
                             y + KERNEL_TILE < n ? y + KERNEL_TILE : n);
    check_best_swaps(&scan);
    for (int x = 0; x < n; x++)
        kernel_swap_row(&scan, x);
    check_best_swaps(&scan);
    free(cost);
    free(own);
    free(a);
    free(b);
    free(a_mean);
    free(b_mean);
    free(best);
    free(partner);
    free(with);
}

static void test_swap_scans(void)
{
    struct random r = random_new(6);
    for (int n = 2; n <= LONGEST; n++)
        check_scan(&r, n);
    check_scan(&r, 2 * KERNEL_TILE);
    check_scan(&r, 2 * KERNEL_TILE + 1);
}

int main(void)
{
    const struct test_case cases[] = {
        {"two best", test_two_best},
        {"sums and spread", test_add_row_and_spread},
        {"best", test_best},
        {"costs in 16 bits", test_quantise},
        {"two least in 16 bits", test_two_least},
        {"range and columns below", test_range_and_below},
        {"nearer columns", test_nearer},
        {"gathers", test_gathers},
        {"swap scans", test_swap_scans},
    };
    return suite_run("kernels", cases, sizeof cases / sizeof *cases);
}
