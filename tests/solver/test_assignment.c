#include "assignment.h"
#include "costs.h"
#include "hungarian.h"
#include "points.h"
#include "strata.h"
#include "suite.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { SECONDS = 60 }; /* a case that takes longer hangs */

/* --- The solver under test -------------------------------------------------------------------- */

struct problem {
    int n;
    float *cost;
    double *wide; /* the same in double precision */
    double *u, *v;
    int *s;
    struct strata_assignment *workspace;
};

static struct problem problem_new(int n)
{
    size_t count = (size_t)n;
    return (struct problem){n,
                            test_memory(count * count * sizeof(float)),
                            test_memory(count * count * sizeof(double)),
                            test_memory(count * sizeof(double)),
                            test_memory(count * sizeof(double)),
                            test_memory(count * sizeof(int)),
                            strata_assignment_new(n)};
}

static void problem_free(struct problem *p)
{
    free(p->cost);
    free(p->wide);
    free(p->u);
    free(p->v);
    free(p->s);
    strata_assignment_destroy(&p->workspace);
}

/* Solves, and checks all that can be checked without an oracle: a permutation, feasible duals,
 * complementary slackness. Returns the objective. tolerance: what a reduced cost may be off. */
static double solve(struct problem *p, double *tolerance)
{
    const int n = p->n;
    double largest = 0;
    for (int k = 0; k < n * n; k++) {
        p->wide[k] = p->cost[k];
        largest = fmax(largest, fabs(p->wide[k]));
    }
    *tolerance = 1e-13 * n * largest;
    CU_ASSERT_EQUAL_FATAL(strata_assignment_solve(p->workspace, p->cost, n, p->s, p->u, p->v),
                          STRATA_OK);
    CU_ASSERT_TRUE_FATAL(is_permutation(p->s, n));
    double objective = 0;
    double least = 0;
    double slack = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            least = fmin(least, p->wide[(size_t)i * n + j] - p->u[i] - p->v[j]);
        double assigned = p->wide[(size_t)i * n + p->s[i]];
        slack = fmax(slack, fabs(assigned - p->u[i] - p->v[p->s[i]]));
        objective += assigned;
    }
    CU_ASSERT_TRUE(least >= -*tolerance);
    CU_ASSERT_TRUE(slack <= *tolerance);
    return objective;
}

static int check_against_oracle(struct problem *p, const char *family)
{
    double tolerance = 0;
    double objective = solve(p, &tolerance);
    int *s = test_memory((size_t)p->n * sizeof *s);
    double expected = hungarian(p->wide, p->n, s);
    free(s);
    int equal = fabs(objective - expected) <= p->n * tolerance;
    if (!equal)
        printf("\n    %s, n=%d: %.17g, expected %.17g", family, p->n, objective, expected);
    return equal;
}

/* --- Cases ------------------------------------------------------------------------------------ */

/* The least cost over all permutations of the columns left. */
static double brute_force(const double *cost, int n, int row, unsigned used)
{
    if (row == n)
        return 0;
    double best = INFINITY;
    for (int j = 0; j < n; j++)
        if (!(used & 1U << j))
            best = fmin(best, cost[row * n + j] + brute_force(cost, n, row + 1, used | 1U << j));
    return best;
}

static void test_brute_force(void)
{
    struct random r = random_new(1);
    for (int n = 1; n <= 8; n++) {
        for (int f = 0; f < FAMILIES; f++) {
            struct problem p = problem_new(n);
            families[f].fill(&r, p.cost, n);
            double tolerance = 0;
            double objective = solve(&p, &tolerance);
            double expected = brute_force(p.wide, n, 0, 0);
            CU_ASSERT_TRUE(fabs(objective - expected) <= n * tolerance);
            problem_free(&p);
        }
    }
}

/* Sizes around multiples of the vector lanes, where kernels have their edges. */
static void test_families(void)
{
    static const int sizes[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130};
    struct random r = random_new(2);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct problem p = problem_new(sizes[k]);
        for (int f = 0; f < FAMILIES; f++) {
            alarm(SECONDS);
            families[f].fill(&r, p.cost, p.n);
            CU_ASSERT_TRUE(check_against_oracle(&p, families[f].name));
        }
        problem_free(&p);
    }
    alarm(0);
}

static void test_random_sizes(void)
{
    struct random r = random_new(3);
    alarm(SECONDS);
    for (int k = 0; k < 60; k++) {
        struct problem p = problem_new(2 + random_below(&r, 199));
        int f = random_below(&r, FAMILIES);
        families[f].fill(&r, p.cost, p.n);
        CU_ASSERT_TRUE(check_against_oracle(&p, families[f].name));
        problem_free(&p);
    }
    alarm(0);
}

/* Duality proves the optimum where the oracle is too slow. */
static void test_large(void)
{
    enum { n = 700 };
    struct random r = random_new(4);
    struct problem p = problem_new(n);
    for (int f = 0; f < FAMILIES; f++) {
        alarm(SECONDS);
        families[f].fill(&r, p.cost, n);
        double tolerance = 0;
        double gap = solve(&p, &tolerance);
        for (int k = 0; k < n; k++)
            gap -= p.u[k] + p.v[k];
        CU_ASSERT_TRUE(fabs(gap) <= n * tolerance);
    }
    alarm(0);
    problem_free(&p);
}

/* A workspace carries nothing from one problem to the next, and may be larger than the problem. */
static void test_reuse(void)
{
    static const int sizes[] = {90, 33, 1, 64, 90, 2};
    struct random r = random_new(5);
    struct strata_assignment *shared = strata_assignment_new(90);
    CU_ASSERT_PTR_NOT_NULL_FATAL(shared);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        for (int f = 0; f < FAMILIES; f++) {
            struct problem p = problem_new(sizes[k]);
            size_t bytes = (size_t)p.n * sizeof(double);
            int *s = test_memory((size_t)p.n * sizeof *s);
            double *u = test_memory(bytes);
            double *v = test_memory(bytes);
            families[f].fill(&r, p.cost, p.n);
            strata_assignment_solve(p.workspace, p.cost, p.n, p.s, p.u, p.v);
            strata_assignment_solve(shared, p.cost, p.n, s, u, v);
            CU_ASSERT_EQUAL(memcmp(s, p.s, (size_t)p.n * sizeof *s), 0);
            CU_ASSERT_EQUAL(memcmp(u, p.u, bytes), 0);
            CU_ASSERT_EQUAL(memcmp(v, p.v, bytes), 0);
            memset(s, 0, (size_t)p.n * sizeof *s);
            strata_assignment_solve(shared, p.cost, p.n, s, NULL, NULL);
            CU_ASSERT_EQUAL(memcmp(s, p.s, (size_t)p.n * sizeof *s), 0);
            free(s);
            free(u);
            free(v);
            problem_free(&p);
        }
    }
    strata_assignment_destroy(&shared);
    CU_ASSERT_PTR_NULL(shared);
}

/* One bad entry, anywhere, is refused: no answer, no hang, and the next problem is solved. */
static void test_not_finite(void)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    static const int sizes[] = {1, 2, 16, 37};
    struct random r = random_new(6);
    alarm(SECONDS);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct problem p = problem_new(sizes[k]);
        for (int b = 0; b < 3; b++) {
            for (int trial = 0; trial < 8; trial++) {
                uniform(&r, p.cost, p.n);
                int where = trial == 0 ? 0 : random_below(&r, p.n * p.n);
                p.cost[where] = bad[b];
                CU_ASSERT_EQUAL(strata_assignment_solve(p.workspace, p.cost, p.n, p.s, p.u, p.v),
                                STRATA_NOT_FINITE);
            }
            for (int j = 0; j < p.n * p.n; j++)
                p.cost[j] = bad[b];
            CU_ASSERT_EQUAL(strata_assignment_solve(p.workspace, p.cost, p.n, p.s, p.u, p.v),
                            STRATA_NOT_FINITE);
        }
        uniform(&r, p.cost, p.n);
        CU_ASSERT_TRUE(check_against_oracle(&p, "after refusals"));
        problem_free(&p);
    }
    alarm(0);
}

/* Costs near the end of the float range may be refused, but not solved wrongly. */
static void test_near_overflow(void)
{
    enum { n = 20 };
    struct random r = random_new(7);
    struct problem p = problem_new(n);
    alarm(SECONDS);
    for (int trial = 0; trial < 10; trial++) {
        for (int k = 0; k < n * n; k++)
            p.cost[k] = (float)(3.4e38 * (2 * random_uniform(&r) - 1));
        int status = strata_assignment_solve(p.workspace, p.cost, n, p.s, p.u, p.v);
        CU_ASSERT_TRUE(status == STRATA_NOT_FINITE || status == STRATA_OK);
        if (status == STRATA_OK)
            CU_ASSERT_TRUE(check_against_oracle(&p, "near overflow"));
        for (int k = 0; k < n * n; k++)
            p.cost[k] *= 1e-2F;
        CU_ASSERT_TRUE(check_against_oracle(&p, "far from overflow"));
    }
    alarm(0);
    problem_free(&p);
}

/* Costs of few ranks, like a gradient's, and how far the next step's are from them. */
static void steps_costs(struct random *r, float *cost, float *next, int n)
{
    double *x = random_points(r, 2 * n, 3);
    for (int k = 0; k < n * n; k++) {
        const double *a = x + (size_t)(k / n) * 3;
        const double *b = x + (size_t)(n + k % n) * 3;
        cost[k] = (float)(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
        next[k] = cost[k] + (float)(0.05 * a[0] * b[1]);
    }
    free(x);
}

/* That a permutation of these costs is so near the optimum as a step needs. */
static void check_nearly_optimal(struct problem *p, const int *s)
{
    double tolerance = 0;
    double least = INFINITY;
    double most = -INFINITY;
    double objective = 0;
    CU_ASSERT_TRUE_FATAL(is_permutation(s, p->n));
    for (int i = 0; i < p->n; i++)
        objective += p->cost[(size_t)i * p->n + s[i]];
    for (int k = 0; k < p->n * p->n; k++) {
        least = fmin(least, p->cost[k]);
        most = fmax(most, p->cost[k]);
    }
    const double optimum = solve(p, &tolerance);
    CU_ASSERT_TRUE(objective >= optimum - p->n * tolerance);
    CU_ASSERT_TRUE(objective <= optimum + 0.01 * p->n * (most - least));
}

/* The forms that a solve takes for its steps; rounded costs are read from some size on. */
static void test_steps(void)
{
    static const int sizes[] = {1, 2, 60, 1500};
    struct random r = random_new(8);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const int n = sizes[k];
        const size_t bytes = (size_t)n * n * sizeof(float);
        struct problem p = problem_new(n);
        struct strata_assignment *w = strata_assignment_new(n);
        float *cost = test_memory(bytes);
        float *next = test_memory(bytes);
        steps_costs(&r, cost, next, n);
        int *s = test_memory((size_t)n * sizeof *s);
        memcpy(p.cost, cost, bytes);
        assignment_approximate(w, cost, n, 0, s);
        check_nearly_optimal(&p, s);
        memcpy(p.cost, next, bytes);
        assignment_approximate(w, next, n, 1, s);
        check_nearly_optimal(&p, s);

        double tolerance = 0;
        double objective = 0;
        const double optimum = solve(&p, &tolerance);
        strata_assignment_solve(w, cost, n, NULL, NULL, NULL);
        assignment_again(w, next, n, s);
        CU_ASSERT_TRUE_FATAL(is_permutation(s, n));
        for (int i = 0; i < n; i++)
            objective += next[(size_t)i * n + s[i]];
        CU_ASSERT_TRUE(fabs(objective - optimum) <= n * tolerance);
        free(cost);
        free(next);
        free(s);
        strata_assignment_destroy(&w);
        problem_free(&p);
    }
}

static void test_arguments(void)
{
    struct problem p = problem_new(4);
    CU_ASSERT_PTR_NULL(strata_assignment_new(0));
    CU_ASSERT_PTR_NULL(strata_assignment_new(-3));
    CU_ASSERT_EQUAL(strata_assignment_solve(NULL, p.cost, 4, p.s, p.u, p.v), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_assignment_solve(p.workspace, NULL, 4, p.s, p.u, p.v), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_assignment_solve(p.workspace, p.cost, 0, p.s, p.u, p.v),
                    STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_assignment_solve(p.workspace, p.cost, 5, p.s, p.u, p.v),
                    STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_assignment_solve(p.workspace, p.cost, 4, NULL, NULL, NULL), STRATA_OK);
    strata_assignment_destroy(&p.workspace);
    strata_assignment_destroy(&p.workspace); /* nothing twice */
    problem_free(&p);
}

int main(void)
{
    const struct test_case cases[] = {
        {"all permutations, n <= 8", test_brute_force},
        {"families of costs against the oracle", test_families},
        {"random sizes against the oracle", test_random_sizes},
        {"n = 700 by duality", test_large},
        {"a workspace used again", test_reuse},
        {"NaN and infinity", test_not_finite},
        {"near overflow", test_near_overflow},
        {"steps", test_steps},
        {"arguments", test_arguments},
    };
    return suite_run("assignment", cases, sizeof cases / sizeof *cases);
}
