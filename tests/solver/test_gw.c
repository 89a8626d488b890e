#include "hungarian.h"
#include "points.h"
#include "suite.h"

#include <math.h>

/* Efforts in the order of their names: each is at least as good as the one before. */
static int effort_count(void)
{
    int count = 0;
    while (strata_effort_names[count] != NULL)
        count++;
    return count;
}

/* Two spaces and what a solve of them gave. */
struct pair {
    int n;
    struct strata_space *a, *b; /* owned */
    struct strata_solver *solver;
    struct strata_solution solution;
    int *permutation; /* [n] */
};

static struct pair pair_new(struct strata_space *a, struct strata_space *b)
{
    int n = strata_space_points(a);
    struct pair p = {.n = n, .a = a, .b = b, .solver = strata_solver_new(n)};
    p.permutation = test_memory((size_t)n * sizeof *p.permutation);
    return p;
}

static void pair_free(struct pair *p)
{
    free(p->a);
    free(p->b);
    free(p->permutation);
    strata_solver_destroy(&p->solver);
}

static double naive_loss(const struct strata_space *a, const struct strata_space *b, const int *p)
{
    const int n = strata_space_points(a);
    const double *A = strata_space_distances(a);
    const double *B = strata_space_distances(b);
    double sum = 0;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            double difference = A[(size_t)i * n + k] - B[(size_t)p[i] * n + p[k]];
            sum += difference * difference;
        }
    }
    return sum / n / n;
}

/* The Frank-Wolfe gap at P, with a product in double precision and the slow oracle. */
static double naive_gap(const struct pair *p)
{
    const int n = p->n;
    const double *A = strata_space_distances(p->a);
    const double *B = strata_space_distances(p->b);
    double *cost = test_memory((size_t)n * n * sizeof *cost);
    int *s = test_memory((size_t)n * sizeof *s);
    double here = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            for (int k = 0; k < n; k++)
                cost[i * n + j] -= A[i * n + k] * B[j * n + p->permutation[k]];
        }
        here += cost[i * n + p->permutation[i]];
    }
    double gap = 4 * (here - hungarian(cost, n, s)) / n / n;
    free(cost);
    free(s);
    return gap;
}

/* What holds for every solve, heuristic or not. */
static void check_contract(const struct pair *p)
{
    const struct strata_solution *s = &p->solution;
    CU_ASSERT_TRUE_FATAL(is_permutation(p->permutation, p->n));
    double loss = naive_loss(p->a, p->b, p->permutation);
    CU_ASSERT_DOUBLE_EQUAL(s->loss, loss, 1e-12 * (1 + loss));
    CU_ASSERT_EQUAL(s->loss, strata_loss(p->a, p->b, p->permutation));
    CU_ASSERT_DOUBLE_EQUAL(s->identity_loss, strata_loss(p->a, p->b, NULL),
                           1e-14 * s->identity_loss);
    CU_ASSERT_TRUE(s->loss >= 0);
    CU_ASSERT_TRUE(s->loss <= s->identity_loss);
    CU_ASSERT_TRUE(s->lower_bound >= 0);
    CU_ASSERT_TRUE(s->lower_bound <= s->loss);
    CU_ASSERT_TRUE(s->gap >= 0);
    CU_ASSERT_STRING_NOT_EQUAL(strata_start_name(s->start), "unknown");
    CU_ASSERT_TRUE(s->iterations >= 0 && s->swaps >= 0 && s->seconds >= 0);
}

static void solve(struct pair *p, int effort)
{
    CU_ASSERT_EQUAL_FATAL(
        strata_solve(p->solver, p->a, p->b, effort, NULL, NULL, &p->solution, p->permutation),
        STRATA_OK);
    check_contract(p);
}

/* --- The optimum ------------------------------------------------------------------------------ */

/* The least loss over all permutations that extend p[0..fixed). */
static double exhaustive(const struct strata_space *a, const struct strata_space *b, int *p,
                         int fixed)
{
    const int n = strata_space_points(a);
    if (fixed == n)
        return naive_loss(a, b, p);
    double best = INFINITY;
    for (int k = fixed; k < n; k++) {
        int here = p[fixed];
        p[fixed] = p[k];
        p[k] = here;
        best = fmin(best, exhaustive(a, b, p, fixed + 1));
        p[k] = p[fixed];
        p[fixed] = here;
    }
    return best;
}

/* Small problems of every metric: never below the optimum, the bound never above it, and how often
 * the optimum is found. GW is not convex: the rates are measured, and kept with a margin. */
static void test_exhaustive(void)
{
    enum { TRIALS = 250 };
    struct random r = random_new(1);
    enum { EFFORTS_MAX = 8 };
    int found[EFFORTS_MAX] = {0};
    CU_ASSERT_TRUE_FATAL(effort_count() <= EFFORTS_MAX);
    for (int trial = 0; trial < TRIALS; trial++) {
        int n = 2 + trial % 6;
        int d = 1 + random_below(&r, 4);
        int distance = d > 2 ? trial % 4 : trial % 2;
        double *x = random_points(&r, n, d);
        double *y = random_points(&r, n, d);
        struct pair p =
            pair_new(space_new(x, n, d, distance, BY_MEAN), space_new(y, n, d, distance, BY_MEAN));
        int start[7] = {0, 1, 2, 3, 4, 5, 6};
        double optimum = exhaustive(p.a, p.b, start, 0);
        for (int effort = STRATA_FAST; effort < effort_count(); effort++) {
            solve(&p, effort);
            CU_ASSERT_TRUE(p.solution.loss >= optimum - 1e-13);
            CU_ASSERT_TRUE(p.solution.lower_bound <= optimum + 1e-13);
            found[effort] += p.solution.loss <= optimum + 1e-12;
        }
        free(x);
        free(y);
        pair_free(&p);
    }
    for (int effort = STRATA_FAST; effort < effort_count(); effort++)
        printf("%s %d, ", strata_effort_names[effort], found[effort]);
    printf("of %d optimal ", TRIALS);
    CU_ASSERT_TRUE(found[STRATA_FAST] >= 0.7 * TRIALS);
    CU_ASSERT_TRUE(found[STRATA_STANDARD] >= 0.85 * TRIALS);
}

/* y = scale * x turned, moved and shuffled: y[p[i]] is the image of x[i]. */
static void isometric_copy(struct random *r, const double *x, double *y, int n, int d, double scale)
{
    int *p = test_memory((size_t)n * sizeof *p);
    double *from = test_memory((size_t)n * d * sizeof *from);
    random_permutation(r, p, n);
    memcpy(from, x, (size_t)n * d * sizeof *from);
    for (int c = 0; c + 1 < d; c++) { /* a rotation in each plane of neighbouring axes */
        double angle = 6.3 * random_uniform(r);
        for (int i = 0; i < n; i++) {
            double *row = from + (size_t)i * d + c;
            double first = cos(angle) * row[0] - sin(angle) * row[1];
            row[1] = sin(angle) * row[0] + cos(angle) * row[1];
            row[0] = first;
        }
    }
    for (int c = 0; c < d; c++) {
        double shift = 10 * random_normal(r);
        for (int i = 0; i < n; i++)
            y[(size_t)p[i] * d + c] = scale * (from[(size_t)i * d + c] + shift);
    }
    free(p);
    free(from);
}

/* Copies have loss zero, whatever was done to them that distances divided by their mean do not see.
 */
static void test_isometric_copies(void)
{
    static const int sizes[] = {2, 3, 10, 33, 64, 120};
    static const double scales[] = {1, 1e-3, 250};
    struct random r = random_new(2);
    for (int s = 0; s < 6; s++) {
        for (int k = 0; k < 3; k++) {
            int n = sizes[s];
            int d = 2 + 2 * k;
            double *x = random_points(&r, n, d);
            double *y = test_memory((size_t)n * d * sizeof *y);
            isometric_copy(&r, x, y, n, d, scales[k]);
            struct pair p = pair_new(space_new(x, n, d, EUCLIDEAN, BY_MEAN),
                                     space_new(y, n, d, EUCLIDEAN, BY_MEAN));
            for (int effort = STRATA_FAST; effort < effort_count(); effort++) {
                solve(&p, effort);
                CU_ASSERT_TRUE(p.solution.loss <= 1e-12);
                CU_ASSERT_TRUE(p.solution.gap <= 1e-12);
            }
            free(x);
            free(y);
            pair_free(&p);
        }
    }
}

static void test_identical(void)
{
    struct random r = random_new(3);
    struct strata_space *a = random_space(&r, 50, 4);
    struct strata_space *b = test_memory(strata_space_size(50));
    memcpy(b, a, strata_space_size(50));
    struct pair p = pair_new(a, b);
    solve(&p, STRATA_STANDARD);
    CU_ASSERT_EQUAL(p.solution.loss, 0);
    CU_ASSERT_EQUAL(p.solution.identity_loss, 0);
    CU_ASSERT_EQUAL(p.solution.lower_bound, 0);
    pair_free(&p);
}

/* --- What must hold of a heuristic ------------------------------------------------------------ */

/* y = a noisy, warped copy of x: like another layer on the same inputs. */
static struct pair related_layers(struct random *r, int n, int d, int distance, double noise)
{
    double *x = random_points(r, n, d);
    double *y = test_memory((size_t)n * d * sizeof *y);
    for (int k = 0; k < n * d; k++)
        y[k] = x[k] * x[k] + noise * random_normal(r);
    struct pair p =
        pair_new(space_new(x, n, d, distance, BY_MEAN), space_new(y, n, d, distance, BY_MEAN));
    free(x);
    free(y);
    return p;
}

static void test_efforts(void)
{
    struct random r = random_new(4);
    for (int trial = 0; trial < 16; trial++) {
        struct pair p = related_layers(&r, 2 + random_below(&r, 60), 3 + trial % 5, trial % 4,
                                       0.02 * (trial % 10));
        double before = INFINITY;
        for (int effort = STRATA_FAST; effort < effort_count(); effort++) {
            solve(&p, effort);
            CU_ASSERT_TRUE(p.solution.loss <= before);
            before = p.solution.loss;
        }
        pair_free(&p);
    }
}

/* The gap is the certificate of the permutation reported. */
static void test_gap(void)
{
    struct random r = random_new(5);
    for (int trial = 0; trial < 8; trial++) {
        struct pair p = related_layers(&r, 10 + 7 * trial, 4, trial % 4, 0.1);
        for (int effort = STRATA_FAST; effort < effort_count(); effort++) {
            solve(&p, effort);
            double gap = naive_gap(&p);
            CU_ASSERT_DOUBLE_EQUAL(p.solution.gap, gap, 1e-6 + 1e-5 * gap);
        }
        pair_free(&p);
    }
}

/* loss(a, b) and loss(b, a) are one number, found by different ways; the bound's assignment is
 * solved exactly, so the bound is the same both ways, and for any naming of the points. */
static void test_symmetry(void)
{
    struct random r = random_new(6);
    double worst = 0;
    for (int trial = 0; trial < 20; trial++) {
        struct pair p = related_layers(&r, 20 + 5 * trial, 4, trial % 4, 0.1);
        solve(&p, STRATA_STANDARD);
        struct strata_solution forth = p.solution;
        struct strata_space *a = p.a;
        p.a = p.b;
        p.b = a;
        solve(&p, STRATA_STANDARD);
        CU_ASSERT_EQUAL(p.solution.identity_loss, forth.identity_loss);
        CU_ASSERT_DOUBLE_EQUAL(p.solution.lower_bound, forth.lower_bound, 1e-5);
        worst = fmax(worst, fabs(log(p.solution.loss / forth.loss)));
        pair_free(&p);
    }
    printf("ratio up to %.3f ", exp(worst));
    CU_ASSERT_TRUE(worst < log(1.5));
}

/* Points of b named otherwise: the bound stays, the loss only as far as the search is good. */
static void test_relabelling(void)
{
    struct random r = random_new(7);
    for (int trial = 0; trial < 10; trial++) {
        int n = 30 + 7 * trial;
        double *x = random_points(&r, n, 3);
        double *y = random_points(&r, n, 3);
        double *z = test_memory((size_t)n * 3 * sizeof *z);
        int *order = test_memory((size_t)n * sizeof *order);
        random_permutation(&r, order, n);
        for (int k = 0; k < n * 3; k++)
            z[order[k / 3] * 3 + k % 3] = y[k];
        struct pair p = pair_new(space_new(x, n, 3, EUCLIDEAN, BY_MEAN),
                                 space_new(y, n, 3, EUCLIDEAN, BY_MEAN));
        struct pair q = pair_new(space_new(x, n, 3, EUCLIDEAN, BY_MEAN),
                                 space_new(z, n, 3, EUCLIDEAN, BY_MEAN));
        solve(&p, STRATA_STANDARD);
        solve(&q, STRATA_STANDARD);
        CU_ASSERT_DOUBLE_EQUAL(p.solution.lower_bound, q.solution.lower_bound, 1e-5);
        CU_ASSERT_TRUE(fabs(log(p.solution.loss / q.solution.loss)) < log(1.5));
        for (int k = 0; k < n; k++) /* a solution carries over */
            q.permutation[k] = order[p.permutation[k]];
        CU_ASSERT_DOUBLE_EQUAL(strata_loss(q.a, q.b, q.permutation), p.solution.loss, 1e-12);
        free(x);
        free(y);
        free(z);
        free(order);
        pair_free(&p);
        pair_free(&q);
    }
}

/* Distances in other units: the same permutation, and a loss in the square of the units. Powers of
 * two, so that nothing is rounded differently. */
static void test_units(void)
{
    enum { n = 40, d = 3 };
    static const int exponents[] = {-60, -20, 20, 60};
    struct random r = random_new(8);
    double *x = random_points(&r, n, d);
    double *y = random_points(&r, n, d);
    struct pair p = pair_new(space_new(x, n, d, SQEUCLIDEAN, BY_NOTHING),
                             space_new(y, n, d, SQEUCLIDEAN, BY_NOTHING));
    solve(&p, STRATA_STANDARD);
    for (int e = 0; e < 4; e++) {
        for (int k = 0; k < n * d; k++) {
            x[k] = ldexp(x[k], exponents[e]);
            y[k] = ldexp(y[k], exponents[e]);
        }
        struct pair q = pair_new(space_new(x, n, d, SQEUCLIDEAN, BY_NOTHING),
                                 space_new(y, n, d, SQEUCLIDEAN, BY_NOTHING));
        CU_ASSERT_EQUAL(strata_solve(q.solver, q.a, q.b, STRATA_STANDARD, NULL, NULL, &q.solution,
                                     q.permutation),
                        STRATA_OK);
        double unit = ldexp(1, 4 * exponents[e]);
        CU_ASSERT_DOUBLE_EQUAL(q.solution.loss / unit, p.solution.loss, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(q.solution.lower_bound / unit, p.solution.lower_bound, 1e-12);
        CU_ASSERT_EQUAL(memcmp(p.permutation, q.permutation, n * sizeof(int)), 0);
        for (int k = 0; k < n * d; k++) {
            x[k] = ldexp(x[k], -exponents[e]);
            y[k] = ldexp(y[k], -exponents[e]);
        }
        pair_free(&q);
    }
    free(x);
    free(y);
    pair_free(&p);
}

/* Clusters of coinciding points, constant rows but one: ties everywhere. */
static void test_degenerate(void)
{
    enum { n = 36 };
    struct random r = random_new(9);
    for (int kinds = 2; kinds < 6; kinds++) {
        double x[n];
        double y[n];
        for (int k = 0; k < n; k++) {
            x[k] = k % kinds;
            y[k] = random_below(&r, kinds + 1);
        }
        struct pair p = pair_new(space_new(x, n, 1, EUCLIDEAN, BY_MEAN),
                                 space_new(y, n, 1, EUCLIDEAN, BY_MEAN));
        solve(&p, STRATA_FAST);
        solve(&p, STRATA_STANDARD);
        pair_free(&p);
    }
    double one[n] = {1};
    double two[n] = {0, 0, 0, 1, 1};
    struct pair p = pair_new(space_new(one, n, 1, EUCLIDEAN, BY_MEAN),
                             space_new(two, n, 1, EUCLIDEAN, BY_MEAN));
    solve(&p, STRATA_STANDARD);
    pair_free(&p);
}

/* --- The workspace ---------------------------------------------------------------------------- */

/* All but the time it took. */
static int same_solution(const struct strata_solution *x, const struct strata_solution *y)
{
    return x->loss == y->loss && x->identity_loss == y->identity_loss &&
           x->lower_bound == y->lower_bound && x->gap == y->gap && x->start == y->start &&
           x->iterations == y->iterations && x->swaps == y->swaps;
}

/* One workspace for pairs of all sizes gives what a fresh one gives, to the last bit. */
static void test_reuse(void)
{
    static const int sizes[] = {60, 2, 49, 3, 60, 16};
    struct random r = random_new(10);
    struct strata_solver *shared = strata_solver_new(100);
    for (int s = 0; s < 6; s++) {
        for (int effort = STRATA_FAST; effort < effort_count(); effort++) {
            struct pair p = related_layers(&r, sizes[s], 3, s % 2, 0.1);
            struct strata_solution solution;
            int *permutation = test_memory((size_t)p.n * sizeof *permutation);
            solve(&p, effort);
            CU_ASSERT_EQUAL(
                strata_solve(shared, p.a, p.b, effort, NULL, NULL, &solution, permutation),
                STRATA_OK);
            CU_ASSERT_TRUE(same_solution(&p.solution, &solution));
            CU_ASSERT_EQUAL(memcmp(p.permutation, permutation, (size_t)p.n * sizeof(int)), 0);
            CU_ASSERT_EQUAL(strata_solve(shared, p.a, p.b, effort, NULL, NULL, &solution, NULL),
                            STRATA_OK);
            CU_ASSERT_TRUE(same_solution(&p.solution, &solution));
            free(permutation);
            pair_free(&p);
        }
    }
    strata_solver_destroy(&shared);
    CU_ASSERT_PTR_NULL(shared);
    strata_solver_destroy(&shared);
}

/* A space is one block without pointers: a copy elsewhere gives the same. */
static void test_moved_block(void)
{
    enum { n = 70 };
    struct random r = random_new(13);
    struct pair p = related_layers(&r, n, 4, EUCLIDEAN, 0.1);
    solve(&p, STRATA_STANDARD);
    struct strata_solution before = p.solution;
    struct strata_space *copy = test_memory(strata_space_size(n));
    memcpy(copy, p.a, strata_space_size(n));
    memset(p.a, 0xff, strata_space_size(n));
    free(p.a);
    p.a = copy;
    solve(&p, STRATA_STANDARD);
    CU_ASSERT_TRUE(same_solution(&before, &p.solution));
    pair_free(&p);
}

/* Stops at the tick number *left. */
static int count_down(void *left)
{
    return --*(int *)left < 0;
}

/* Stopped at any tick, a solution is what it says it is; in the end the ticks run out. */
static void test_stop(void)
{
    struct random r = random_new(11);
    struct pair p = related_layers(&r, 45, 4, EUCLIDEAN, 0.1);
    for (int effort = STRATA_FAST; effort < effort_count(); effort++) {
        int status = STRATA_STOPPED;
        int ticks = 0;
        for (; status == STRATA_STOPPED && ticks < 1000000; ticks += 1 + ticks / 8) {
            int left = ticks;
            status = strata_solve(p.solver, p.a, p.b, effort, count_down, &left, &p.solution,
                                  p.permutation);
            check_contract(&p);
        }
        CU_ASSERT_EQUAL(status, STRATA_OK);
        CU_ASSERT_TRUE(ticks > 3);
        struct strata_solution watched = p.solution;
        solve(&p, effort);
        CU_ASSERT_TRUE(same_solution(&watched, &p.solution));
    }
    pair_free(&p);
}

static void test_arguments(void)
{
    struct random r = random_new(12);
    struct pair p = related_layers(&r, 12, 3, EUCLIDEAN, 0.1);
    struct strata_space *other = random_space(&r, 11, 3);
    struct strata_space *larger = random_space(&r, 13, 3);
    struct strata_solution *s = &p.solution;
    CU_ASSERT_PTR_NULL(strata_solver_new(1));
    CU_ASSERT_PTR_NULL(strata_solver_new(-1));
    CU_ASSERT_EQUAL(strata_solve(NULL, p.a, p.b, 0, NULL, NULL, s, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve(p.solver, NULL, p.b, 0, NULL, NULL, s, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve(p.solver, p.a, NULL, 0, NULL, NULL, s, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve(p.solver, p.a, p.b, 0, NULL, NULL, NULL, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve(p.solver, p.a, p.b, -1, NULL, NULL, s, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve(p.solver, p.a, p.b, 99, NULL, NULL, s, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve(p.solver, p.a, other, 0, NULL, NULL, s, NULL), STRATA_OK);
    CU_ASSERT_EQUAL(s->method, STRATA_METHOD_CONDITIONAL_GRADIENT);
    CU_ASSERT_EQUAL(strata_solve(p.solver, larger, larger, 0, NULL, NULL, s, NULL),
                    STRATA_ARGUMENT);
    CU_ASSERT_STRING_EQUAL(strata_effort_names[STRATA_FAST], "fast");
    CU_ASSERT_STRING_EQUAL(strata_effort_names[STRATA_STANDARD], "standard");
    CU_ASSERT_STRING_EQUAL(strata_start_name(STRATA_START_IDENTITY), "identity");
    CU_ASSERT_STRING_EQUAL(strata_start_name(-1), "unknown");
    free(other);
    free(larger);
    pair_free(&p);
}

int main(void)
{
    const struct test_case cases[] = {
        {"all permutations, n <= 7", test_exhaustive},
        {"isometric copies", test_isometric_copies},
        {"a space and itself", test_identical},
        {"more effort is never worse", test_efforts},
        {"the gap", test_gap},
        {"symmetry", test_symmetry},
        {"points named otherwise", test_relabelling},
        {"coinciding points", test_degenerate},
        {"a workspace used again", test_reuse},
        {"a space moved", test_moved_block},
        {"stopping", test_stop},
        {"arguments", test_arguments},
        {"units", test_units},
    };
    strata_use_one_thread();
    return suite_run("gw", cases, sizeof cases / sizeof *cases);
}
