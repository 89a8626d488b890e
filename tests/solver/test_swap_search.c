#include "loss.h"
#include "points.h"
#include "suite.h"
#include "swap_search.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

/* Two spaces of n random points, and a workspace that is set up for them. */
struct pair {
    struct strata_space *a, *b;
    struct workspace *w;
};

static struct pair pair_new(struct random *r, int n)
{
    struct pair p = {random_space(r, n, 3), random_space(r, n, 4), workspace_new(n)};
    p.w->a = p.a;
    p.w->b = p.b;
    p.w->n = n;
    random_permutation(r, p.w->permutation, n);
    return p;
}

static void pair_free(struct pair *p)
{
    free(p->a);
    free(p->b);
    workspace_destroy(&p->w);
}

static void exchange(int *p, int i, int k)
{
    int kept = p[i];
    p[i] = p[k];
    p[k] = kept;
}

static double naive_loss(const struct pair *pair, const int *p, int n)
{
    const double *A = strata_space_distances(pair->a);
    const double *B = strata_space_distances(pair->b);
    double sum = 0;
    for (int k = 0; k < n * n; k++) {
        double difference = A[k] - B[p[k / n] * n + p[k % n]];
        sum += difference * difference;
    }
    return sum / n / n;
}

static void test_loss(void)
{
    struct random r = random_new(1);
    for (int n = 2; n <= 70; n++) {
        struct pair pair = pair_new(&r, n);
        int *p = pair.w->permutation;
        double loss = naive_loss(&pair, p, n);
        CU_ASSERT_DOUBLE_EQUAL(loss_of(pair.a, pair.b, p), loss, 1e-14 * n);
        for (int k = 0; k < n; k++)
            p[k] = k;
        loss = naive_loss(&pair, p, n);
        CU_ASSERT_DOUBLE_EQUAL(loss_of(pair.a, pair.b, NULL), loss, 1e-14 * n);
        CU_ASSERT_DOUBLE_EQUAL(loss_of(pair.a, pair.b, p), loss, 1e-14 * n);
        CU_ASSERT_EQUAL(loss_of(pair.a, pair.a, NULL), 0);
        pair_free(&pair);
    }
}

static void test_swap_gain(void)
{
    static const int sizes[] = {2, 3, 4, 5, 17, 33, 40};
    struct random r = random_new(2);
    for (int s = 0; s < 7; s++) {
        int n = sizes[s];
        struct pair pair = pair_new(&r, n);
        int *p = pair.w->permutation;
        double before = naive_loss(&pair, p, n);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < n; k++) {
                double gain = loss_swap_gain(pair.a, pair.b, p, i, k);
                exchange(p, i, k);
                double fall = n * n * (before - naive_loss(&pair, p, n));
                exchange(p, i, k);
                CU_ASSERT_DOUBLE_EQUAL(gain, i == k ? 0 : fall, 1e-10);
            }
        }
        pair_free(&pair);
    }
}

/* cost[i,j] = -sum_k centredA[k,i] centredB[P(k),j], by loops in double precision. Returns the
 * largest difference from w->cost. */
static double cost_error(const struct workspace *w)
{
    const int n = w->n;
    const double *A = strata_space_distances(w->a);
    const double *B = strata_space_distances(w->b);
    double largest = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < n; k++) {
                int l = w->permutation[k];
                sum -=
                    (A[k * n + i] - space_means(w->a)[k]) * (B[l * n + j] - space_means(w->b)[l]);
            }
            largest = fmax(largest, fabs(sum - w->cost[i * n + j]));
        }
    }
    return largest;
}

/* A walk of small and large changes: updates of low rank keep up with full products. */
static void test_update_cost(void)
{
    struct random r = random_new(3);
    for (int n = 2; n <= 66; n += 16) {
        struct pair pair = pair_new(&r, n);
        const double tolerance = 1e-5 * n;
        pair.w->cost_is_whole = 0;
        workspace_update_cost(pair.w);
        CU_ASSERT_TRUE(cost_error(pair.w) < tolerance);
        for (int step = 0; step < 12; step++) {
            int swaps = step % 4 == 3 ? n : step % 4; /* none, a few, nearly all */
            for (int s = 0; s < swaps; s++)
                exchange(pair.w->permutation, random_below(&r, n), random_below(&r, n));
            workspace_update_cost(pair.w);
            CU_ASSERT_TRUE(cost_error(pair.w) < tolerance);
        }
        random_permutation(&r, pair.w->permutation, n);
        pair.w->cost_is_whole = 0;
        workspace_update_cost(pair.w);
        CU_ASSERT_TRUE(cost_error(pair.w) < tolerance);
        pair_free(&pair);
    }
}

/* Whether no single swap lowers the loss by more than rounding in single precision can hide. */
static int is_local_optimum(const struct pair *pair, const int *p, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            most = fmax(most, loss_swap_gain(pair->a, pair->b, p, i, k));
    return most <= 1e-6 * n * n * loss_of(pair->a, pair->b, p);
}

/* From a random permutation to one that no swap improves. */
static void test_search(void)
{
    static const int sizes[] = {2, 3, 16, 40, 65, 130};
    struct random r = random_new(4);
    for (int s = 0; s < 6; s++) {
        int n = sizes[s];
        struct pair pair = pair_new(&r, n);
        struct workspace *w = pair.w;
        double before = loss_of(pair.a, pair.b, w->permutation);
        w->cost_is_whole = 0;
        workspace_update_cost(w);
        double loss = swap_search(w, before);
        CU_ASSERT_TRUE(loss <= before);
        CU_ASSERT_TRUE_FATAL(is_permutation(w->permutation, n));
        CU_ASSERT_DOUBLE_EQUAL(loss, loss_of(pair.a, pair.b, w->permutation), 1e-14);
        CU_ASSERT_TRUE(is_local_optimum(&pair, w->permutation, n));
        CU_ASSERT_TRUE(n < 16 || w->accepted_swaps > 0);
        pair_free(&pair);
    }
}

/* Any point that could do better is counted. */
static void test_left(void)
{
    enum { n = 60 };
    struct random r = random_new(6);
    for (int trial = 0; trial < 20; trial++) {
        struct pair pair = pair_new(&r, n);
        struct workspace *w = pair.w;
        const double loss = loss_of(pair.a, pair.b, w->permutation);
        int expected = 0;
        for (int i = 0; i < n; i++) {
            double most = 0;
            for (int k = 0; k < n; k++)
                most = k == i ? most
                              : fmax(most, loss_swap_gain(pair.a, pair.b, w->permutation, i, k));
            expected += most > 1e-6 * loss * n * n;
        }
        w->cost_is_whole = 0;
        workspace_update_cost(w);
        swap_search_scan(w);
        const int left = swap_search_left(w, loss); /* two points may be each other's best */
        CU_ASSERT_TRUE(left <= expected && 2 * left >= expected && expected > 0);
        pair_free(&pair);
    }
}

/* What strata_solve promises of any effort: all n^2/2 swaps tried. Mostly of the least, which has
 * nothing else to end there by. */
static void test_local_optimum(void)
{
    enum { n = 40 };
    struct random r = random_new(5);
    for (int trial = 0; trial < 20; trial++) {
        const int effort = trial % 10 == 0 ? STRATA_STANDARD : STRATA_FAST;
        struct pair pair = pair_new(&r, n);
        struct strata_solution solution;
        int p[n];
        CU_ASSERT_EQUAL(workspace_solve(pair.w, pair.a, pair.b, effort, NULL, NULL, &solution, p),
                        STRATA_OK);
        CU_ASSERT_TRUE(is_local_optimum(&pair, p, n));
        CU_ASSERT_EQUAL(solution.swaps_left, 0);
        CU_ASSERT_EQUAL(memcmp(pair.w->best, p, sizeof p), 0);
        pair_free(&pair);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"the loss of a permutation", test_loss},
        {"the gain of a swap", test_swap_gain},
        {"updates of the cost", test_update_cost},
        {"a search ends where no swap improves", test_search},
        {"swaps that are left", test_left},
        {"so does a solve", test_local_optimum},
    };
    strata_use_one_thread();
    return suite_run("swap search", cases, sizeof cases / sizeof *cases);
}
