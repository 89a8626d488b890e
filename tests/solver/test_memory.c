/* Short memory in the solver: each allocation fails once; that must be reported and leak nothing.
 */
#include "io/failing_memory.h"
#include "points.h"
#include "suite.h"

#ifdef __SANITIZE_ADDRESS__ /* it keeps its own malloc, and nothing fails */
enum { FAILING_MEMORY = 0 };
#else
enum { FAILING_MEMORY = 1 };
#endif
enum { n = 30, d = 4, MOST = 200 /* allocations */ };

/* Runs an attempt with allocation k failing, k = 0, 1, … until one gets through without a failure.
 * attempt returns whether it succeeded, with everything freed either way. */
static void fail_each(int (*attempt)(void))
{
    int done = 0;
    int k = 0;
    for (; !done && k < MOST && FAILING_MEMORY; k++) {
        failing_memory_arm(k);
        int good = attempt();
        int live = failing_memory_disarm();
        CU_ASSERT_EQUAL(live, 0);
        CU_ASSERT_EQUAL(good, !failing_memory.failed);
        done = !failing_memory.failed;
    }
    CU_ASSERT_TRUE(done || !FAILING_MEMORY);
    CU_ASSERT_TRUE(k > 1 || !FAILING_MEMORY); /* something was made to fail */
}

static struct strata_space *space;
static double x[n * d];
static double D[n * n];
static int metric, normalization, status;

static int from_activations(void)
{
    status = strata_space_from_activations(space, x, n, d, metric, normalization);
    return status == STRATA_OK;
}

static int from_distances(void)
{
    status = strata_space_from_distances(space, D, n, normalization);
    return status == STRATA_OK;
}

static int workspace(void)
{
    struct strata_solver *w = strata_solver_new(n);
    int good = w != NULL;
    strata_solver_destroy(&w);
    return good;
}

static int assignment(void)
{
    struct strata_assignment *w = strata_assignment_new(n);
    int good = w != NULL;
    strata_assignment_destroy(&w);
    return good;
}

static int transport(void)
{
    struct strata_transport *w = strata_transport_new(n, n + 3);
    int good = w != NULL;
    strata_transport_destroy(&w);
    return good;
}

static int weights(void)
{
    double p[n];
    for (int k = 0; k < n; k++)
        p[k] = 2.0 * (k + 1) / (n * (n + 1.0));
    status = strata_space_set_weights(space, p, n);
    return status == STRATA_OK;
}

static int geodesic(void)
{
    status = strata_geodesic(D, n, 3);
    return status == STRATA_OK;
}

static struct strata_solver *solver;
static int method;

/* A failed attempt leaves the solver usable. */
static int reserve(void)
{
    solver = strata_solver_new(n);
    if (solver == NULL)
        return 0;
    status = strata_solver_reserve(solver, method, n, n);
    strata_solver_destroy(&solver);
    return status == STRATA_OK;
}

static void test_spaces(void)
{
    struct random r = random_new(1);
    for (int k = 0; k < n * d; k++)
        x[k] = random_uniform(&r);
    space = test_memory(strata_space_size(n));
    for (normalization = BY_MEAN; normalization <= BY_NOTHING; normalization++) {
        for (metric = EUCLIDEAN; metric <= GEODESIC; metric++) {
            fail_each(from_activations);
            CU_ASSERT_EQUAL(from_activations(), 1);
        }
        memcpy(D, strata_space_distances(space), sizeof D);
        fail_each(from_distances);
    }
    fail_each(weights);
    fail_each(geodesic);
    if (FAILING_MEMORY) {
        failing_memory_arm(0);
        CU_ASSERT_FALSE(from_activations());
        CU_ASSERT_EQUAL(status, STRATA_ARGUMENT); /* metric is past the last one */
        metric = EUCLIDEAN;
        normalization = BY_MEAN;
        CU_ASSERT_FALSE(from_activations());
        CU_ASSERT_EQUAL(status, STRATA_MEMORY);
        failing_memory_disarm();
    }
    free(space);
}

static void test_workspaces(void)
{
    fail_each(workspace);
    fail_each(assignment);
    fail_each(transport);
    for (method = 1; strata_method_names[method] != NULL; method++)
        fail_each(reserve);
}

/* Whole solves allocate nothing. */
static void test_solve(void)
{
    struct random r = random_new(2);
    struct strata_space *a = random_space(&r, n, 3);
    struct strata_space *b = random_space(&r, n, 3);
    struct strata_solver *w = strata_solver_new(n);
    struct strata_solution solution;
    if (FAILING_MEMORY)
        failing_memory_arm(0);
    int solved = strata_solve(w, a, b, STRATA_STANDARD, NULL, NULL, &solution, NULL);
    int live = failing_memory_disarm();
    CU_ASSERT_EQUAL(solved, STRATA_OK);
    CU_ASSERT_EQUAL(live, 0);
    CU_ASSERT_FALSE(failing_memory.failed);
    strata_solver_destroy(&w);
    free(a);
    free(b);
}

/* Nor do those of other methods, once their workspaces are reserved. */
static void test_other_methods(void)
{
    struct random r = random_new(3);
    struct strata_space *a = random_space(&r, n, 3);
    struct strata_space *b = random_space(&r, n - 4, 3);
    solver = strata_solver_new(n);
    for (method = STRATA_METHOD_CONDITIONAL_GRADIENT; strata_method_names[method]; method++) {
        const struct strata_options options = {.method = method, .effort = STRATA_STANDARD};
        struct strata_solution solution;
        CU_ASSERT_EQUAL(strata_solver_reserve(solver, method, n, n - 4), STRATA_OK);
        if (FAILING_MEMORY)
            failing_memory_arm(0);
        int solved = strata_solve_with(solver, a, b, &options, &solution, NULL, NULL);
        int live = failing_memory_disarm();
        CU_ASSERT_TRUE(solved >= 0);
        CU_ASSERT_EQUAL(live, 0);
        CU_ASSERT_FALSE(failing_memory.failed);
    }
    strata_solver_destroy(&solver);
    free(a);
    free(b);
}

int main(void)
{
    const struct test_case cases[] = {
        {"spaces", test_spaces},
        {"workspaces", test_workspaces},
        {"solving allocates nothing", test_solve},
        {"nor do other methods", test_other_methods},
    };
    strata_use_one_thread();
    return suite_run("memory", cases, sizeof cases / sizeof *cases);
}
