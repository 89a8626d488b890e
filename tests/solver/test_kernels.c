#include "kernels.h"
#include "points.h"
#include "suite.h"

#include <float.h>
#include <math.h>

enum { LONGEST = 70 }; /* past four times the lanes of any kernel */

/* Rows as the solver has them: reproducible, of both signs; every third a small integer, so that
 * smallest values come several times. */
struct rows {
    float cost[LONGEST], price[LONGEST];
    double v[LONGEST], distance[LONGEST];
    int from[LONGEST];
};

static void fill(struct random *r, struct rows *rows, int ties)
{
    for (int j = 0; j < LONGEST; j++) {
        rows->cost[j] = ties ? (float)random_below(r, 3) : (float)random_normal(r);
        rows->price[j] = ties ? (float)random_below(r, 2) : (float)random_normal(r);
        rows->v[j] = ties ? random_below(r, 2) : random_normal(r);
        rows->distance[j] = ties ? random_below(r, 3) : random_normal(r);
        rows->from[j] = -7 - j;
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

/* With none, some and all columns done but one. Lengths are not negative, up to rounding. */
static void test_relax(void)
{
    const double shift = 20; /* above all that is subtracted */
    struct random r = random_new(4);
    for (int n = 1; n <= LONGEST; n++) {
        for (int trial = 0; trial < 20; trial++) {
            struct rows rows;
            fill(&r, &rows, trial % 3 == 0);
            for (int j = 0; j < n; j++)
                rows.distance[j] += shift;
            int open = random_below(&r, n);
            double done = trial % 5 / 4.0;
            for (int j = 0; j < n; j++)
                if (j != open && random_uniform(&r) < done)
                    rows.distance[j] = -INFINITY;
            struct rows expected = rows;
            double nearest = DBL_MAX;
            for (int j = 0; j < n; j++) {
                double w = rows.cost[j] - rows.v[j] + shift;
                if (w < rows.distance[j]) {
                    expected.distance[j] = w;
                    expected.from[j] = 3;
                }
                if (!isinf(rows.distance[j]))
                    nearest = fmin(nearest, expected.distance[j]);
            }
            struct best best =
                kernel_relax(rows.cost, rows.v, -shift, 3, rows.distance, rows.from, n);
            CU_ASSERT_EQUAL(memcmp(&rows, &expected, sizeof rows), 0);
            CU_ASSERT_EQUAL(best.value, nearest);
            CU_ASSERT_TRUE_FATAL(best.index >= 0 && best.index < n);
            CU_ASSERT_EQUAL(rows.distance[best.index], nearest);
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
        double dot = 0;
        double loss = 0;
        for (int k = 0; k < n; k++) {
            dot += (x[0][k] - x[1][k]) * (x[2][p[k]] - x[3][p[k]]);
            loss += (x[0][k] - x[2][p[k]]) * (x[0][k] - x[2][p[k]]);
        }
        CU_ASSERT_DOUBLE_EQUAL(kernel_swap_dot(x[0], x[1], x[2], x[3], p, n), dot, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(kernel_gather_loss(x[0], x[2], p, n), loss, 1e-12);
    }
}

static float *random_floats(struct random *r, int count)
{
    float *x = test_memory((size_t)count * sizeof *x);
    for (int k = 0; k < count; k++)
        x[k] = (float)random_normal(r);
    return x;
}

/* The gain of exchanging i and k as the header defines it, from the scan's own inputs. */
static double naive_gain(const struct swap_scan *s, int i, int k)
{
    const int n = s->n;
    const int *p = s->permutation;
    double a = (double)s->a[i * n + k] + s->a_mean[i];
    double b = (double)s->b[p[i] * n + p[k]] + s->b_mean[i];
    return (double)s->own[i] + s->own[k] - s->permuted[i * n + k] - s->permuted[k * n + i] +
           2 * a * b;
}

/* All tiles of a scan, as swap_search.c runs them: each point gets its best partner. A and B must
 * be symmetric once their means are back, for both ends of a pair to see the same gain. */
static void check_scan(struct random *r, int n)
{
    float *permuted = random_floats(r, n * n);
    float *own = random_floats(r, n);
    float *a = random_floats(r, n * n);
    float *b = random_floats(r, n * n);
    float *mean = test_memory((size_t)n * sizeof *mean); /* zero */
    float *best = test_memory((size_t)n * sizeof *best);
    int *p = test_memory((size_t)n * sizeof *p);
    int *partner = test_memory((size_t)n * sizeof *partner);
    random_permutation(r, p, n);
    for (int i = 0; i < n; i++) {
        best[i] = -FLT_MAX;
        partner[i] = i;
        for (int k = 0; k < i; k++) {
            a[i * n + k] = a[k * n + i];
            b[i * n + k] = b[k * n + i];
        }
    }
    struct swap_scan scan = {n, permuted, own, a, b, mean, mean, p, best, partner};
    for (int i = 0; i < n; i += KERNEL_TILE)
        for (int k = i; k < n; k += KERNEL_TILE)
            kernel_swap_tile(&scan, i, i + KERNEL_TILE < n ? i + KERNEL_TILE : n, k,
                             k + KERNEL_TILE < n ? k + KERNEL_TILE : n);
    for (int i = 0; i < n; i++) {
        double largest = -INFINITY;
        for (int k = 0; k < n; k++)
            if (k != i)
                largest = fmax(largest, naive_gain(&scan, i, k));
        CU_ASSERT_DOUBLE_EQUAL(best[i], largest, 1e-4);
        CU_ASSERT_TRUE_FATAL(partner[i] >= 0 && partner[i] < n && partner[i] != i);
        CU_ASSERT_DOUBLE_EQUAL(naive_gain(&scan, i, partner[i]), largest, 1e-4);
    }
    free(permuted);
    free(own);
    free(a);
    free(b);
    free(mean);
    free(best);
    free(p);
    free(partner);
}

static void test_swap_tiles(void)
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
        {"two best", test_two_best}, {"sums and spread", test_add_row_and_spread},
        {"best", test_best},         {"relaxation", test_relax},
        {"gathers", test_gathers},   {"swap tiles", test_swap_tiles},
    };
    return suite_run("kernels", cases, sizeof cases / sizeof *cases);
}
