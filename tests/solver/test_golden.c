/* Agreement with POT on fixed problems: tests/golden/make_golden.py. */
#include "golden/golden.h"
#include "points.h"
#include "suite.h"

enum { PROBLEMS = sizeof golden_problems / sizeof *golden_problems };
enum { COSTS = sizeof golden_costs / sizeof *golden_costs };
enum { MOST = 64 }; /* points */

static void check_problem(const struct golden_problem *g)
{
    struct random r = random_new(g->seed);
    double *x = random_points(&r, g->n, g->dx);
    double *y = random_points(&r, g->n, g->dy);
    struct strata_space *a = space_new(x, g->n, g->dx, g->distance, BY_MEAN);
    struct strata_space *b = space_new(y, g->n, g->dy, g->distance, BY_MEAN);
    int p[MOST];
    random_permutation(&r, p, g->n);
    CU_ASSERT_DOUBLE_EQUAL(strata_loss(a, b, p), g->loss, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(strata_loss(a, b, NULL), g->identity_loss, 1e-12);
    struct strata_solver *w = strata_solver_new(g->n);
    for (int effort = STRATA_FAST; strata_effort_names[effort] != NULL; effort++) {
        struct strata_solution solution;
        CU_ASSERT_EQUAL(strata_solve(w, a, b, effort, NULL, NULL, &solution, NULL), STRATA_OK);
        CU_ASSERT_TRUE(solution.lower_bound <= g->gromov);
        /* fast spends less on a start than POT on its only one, and may end a little above */
        double most = effort == STRATA_FAST ? 1.1 * g->gromov : g->gromov + 1e-9;
        if (solution.loss > most)
            printf("\n    seed %d, %s: %.6f, POT %.6f", (int)g->seed, strata_effort_names[effort],
                   solution.loss, g->gromov);
        CU_ASSERT_TRUE(solution.loss <= most);
    }
    strata_solver_destroy(&w);
    free(x);
    free(y);
    free(a);
    free(b);
}

static void test_problems(void)
{
    for (int k = 0; k < PROBLEMS; k++)
        check_problem(&golden_problems[k]);
}

static void test_costs(void)
{
    for (int k = 0; k < COSTS; k++) {
        const int n = golden_costs[k].n;
        struct random r = random_new(golden_costs[k].seed);
        double *x = random_points(&r, n, n);
        float *cost = test_memory((size_t)n * n * sizeof *cost);
        int s[MOST];
        for (int j = 0; j < n * n; j++)
            cost[j] = (float)x[j];
        struct strata_assignment *w = strata_assignment_new(n);
        CU_ASSERT_EQUAL(strata_assignment_solve(w, cost, n, s, NULL, NULL), STRATA_OK);
        double total = 0;
        for (int i = 0; i < n; i++)
            total += cost[i * n + s[i]];
        CU_ASSERT_DOUBLE_EQUAL(total, golden_costs[k].total, 1e-12);
        strata_assignment_destroy(&w);
        free(cost);
        free(x);
    }
}

/* n weights that sum to one. */
static double *random_weights(struct random *r, int n)
{
    double *p = random_points(r, 1, n);
    double sum = 0;
    for (int k = 0; k < n; k++)
        sum += p[k];
    for (int k = 0; k < n; k++)
        p[k] /= sum;
    return p;
}

static void check_transport(const struct golden_general *g, const double *x, const double *y,
                            const double *p, const double *q)
{
    double cost[MOST * MOST];
    int row[2 * MOST];
    int column[2 * MOST];
    double mass[2 * MOST];
    struct strata_plan plan = {.row = row, .column = column, .mass = mass};
    struct strata_transport *w = strata_transport_new(g->n, g->m);
    for (int i = 0; i < g->n; i++) {
        for (int j = 0; j < g->m; j++) {
            double sum = 0;
            for (int c = 0; c < g->dx && c < g->dy; c++)
                sum += x[i * g->dx + c] * y[j * g->dy + c];
            cost[i * g->m + j] = -sum;
        }
    }
    CU_ASSERT_EQUAL(strata_transport_solve(w, cost, g->n, g->m, p, q, 0, &plan, NULL, NULL),
                    STRATA_OK);
    CU_ASSERT_DOUBLE_EQUAL(plan.cost, g->transport, 1e-12);
    strata_transport_destroy(&w);
}

static void test_general(void)
{
    for (size_t k = 0; k < sizeof golden_general / sizeof *golden_general; k++) {
        const struct golden_general *g = &golden_general[k];
        struct random r = random_new(g->seed);
        double *x = random_points(&r, g->n, g->dx);
        double *y = random_points(&r, g->m, g->dy);
        double *p = random_weights(&r, g->n);
        double *q = random_weights(&r, g->m);
        struct strata_space *a = space_new(x, g->n, g->dx, g->distance, BY_MEAN);
        struct strata_space *b = space_new(y, g->m, g->dy, g->distance, BY_MEAN);
        struct strata_solver *w = strata_solver_new(g->n > g->m ? g->n : g->m);
        struct strata_solution solution;
        check_transport(g, x, y, p, q);
        CU_ASSERT_EQUAL(strata_space_set_weights(a, p, g->n), STRATA_OK);
        CU_ASSERT_EQUAL(strata_space_set_weights(b, q, g->m), STRATA_OK);
        CU_ASSERT_EQUAL(strata_solve_with(w, a, b, NULL, &solution, NULL, NULL), STRATA_OK);
        CU_ASSERT_TRUE(solution.loss <= g->gromov + 1e-9);
        CU_ASSERT_TRUE(solution.lower_bound <= g->gromov);
        strata_solver_destroy(&w);
        free(x);
        free(y);
        free(p);
        free(q);
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"losses, and POT's minimum as an upper limit", test_problems},
        {"assignments", test_costs},
        {"sizes and weights", test_general},
    };
    strata_use_one_thread();
    return suite_run("golden", cases, sizeof cases / sizeof *cases);
}
