/* Every method on every distance, and bad input. */
#include "conformance.h"

static int methods(void)
{
    int count = 0;
    while (strata_method_names[count] != NULL)
        count++;
    return count;
}

static struct strata_space *space_of(struct random *r, int n, int d, int distance)
{
    double *x = random_points(r, n, d);
    struct strata_space *space = space_new(x, n, d, distance, BY_MEAN);
    CU_ASSERT_PTR_NOT_NULL_FATAL(space);
    free(x);
    return space;
}

/* The method solves the pair, or says that it does not. */
static int takes(struct strata_solver *solver, const struct compared *c, int method)
{
    struct strata_solution solution;
    const struct strata_options options = {.method = method, .effort = STRATA_FAST};
    int status = strata_solve_with(solver, c->a, c->b, &options, &solution, NULL, NULL);
    CU_ASSERT_TRUE(status >= 0 || (status == STRATA_ARGUMENT && method != STRATA_METHOD_AUTO));
    return status >= 0;
}

static void test_all(void)
{
    static const int sizes[][2] = {{2, 2}, {3, 3}, {2, 3}, {3, 2}, {12, 12}, {17, 9}, {9, 17}};
    struct random r = random_new(1);
    struct strata_solver *solver = strata_solver_new(17);
    int solved = 0;
    for (int distance = 0; strata_distance_names[distance] != NULL; distance++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            for (int weighted = 0; weighted < 3; weighted++) {
                struct compared c = compared_new(space_of(&r, sizes[s][0], 4, distance),
                                                 space_of(&r, sizes[s][1], 5, distance));
                if (weighted)
                    weigh(&r, c.a);
                if (weighted == 2)
                    weigh(&r, c.b);
                for (int method = 0; method < methods(); method++) {
                    const struct strata_options options = {.method = method,
                                                           .effort = STRATA_STANDARD};
                    if (!takes(solver, &c, method))
                        continue;
                    compare(solver, &c, &options);
                    solved++;
                }
                compared_free(&c);
            }
        }
    }
    CU_ASSERT_TRUE(solved > 300);
    strata_solver_destroy(&solver);
}

/* A point of a is twice in b, with half its weight each: the loss is zero, and no permutation. */
static void test_split_points(void)
{
    enum { n = 8, d = 3 };
    struct random r = random_new(2);
    double *x = random_points(&r, n, d);
    double y[2 * n * d];
    for (int k = 0; k < n * d; k++)
        y[k] = y[n * d + k] = x[k];
    struct compared c = compared_new(space_new(x, n, d, EUCLIDEAN, BY_MEAN),
                                     space_new(y, 2 * n, d, EUCLIDEAN, BY_MEAN));
    struct strata_solver *solver = strata_solver_new(2 * n);
    const struct strata_options options = {.effort = STRATA_STANDARD};
    compare(solver, &c, &options);
    CU_ASSERT_TRUE(c.solution.loss <= 1e-12);
    CU_ASSERT_TRUE(isnan(c.solution.identity_loss));
    strata_solver_destroy(&solver);
    compared_free(&c);
    free(x);
}

/* A shuffled copy with its weights has loss zero. */
static void test_copies(void)
{
    enum { n = 30, d = 4 };
    struct random r = random_new(3);
    double *x = random_points(&r, n, d);
    double y[n * d];
    double p[n];
    double q[n];
    int s[n];
    random_permutation(&r, s, n);
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += p[i] = 0.1 + random_uniform(&r);
    for (int i = 0; i < n; i++) {
        p[i] /= sum;
        q[s[i]] = p[i];
        for (int k = 0; k < d; k++)
            y[s[i] * d + k] = 7 * x[i * d + k] + 3;
    }
    for (int distance = EUCLIDEAN; distance <= GEODESIC; distance += GEODESIC) {
        struct compared c = compared_new(space_new(x, n, d, distance, BY_MEAN),
                                         space_new(y, n, d, distance, BY_MEAN));
        CU_ASSERT_EQUAL(strata_space_set_weights(c.a, p, n), STRATA_OK);
        CU_ASSERT_EQUAL(strata_space_set_weights(c.b, q, n), STRATA_OK);
        struct strata_solver *solver = strata_solver_new(n);
        struct strata_solution solution;
        int found[n];
        CU_ASSERT_EQUAL(strata_solve_with(solver, c.a, c.b, NULL, &solution, NULL, found),
                        STRATA_OK);
        CU_ASSERT_EQUAL(solution.method, STRATA_METHOD_CONDITIONAL_GRADIENT);
        CU_ASSERT_TRUE(solution.loss <= 1e-12);
        int right = 0;
        for (int i = 0; i < n; i++)
            right += found[i] == s[i];
        CU_ASSERT_EQUAL(right, n);
        strata_solver_destroy(&solver);
        compared_free(&c);
    }
    free(x);
}

/* a against b is b against a, and twice the same is the same to the last bit. */
static void test_symmetry_and_repeats(void)
{
    struct random r = random_new(4);
    struct strata_solver *solver = strata_solver_new(15);
    for (int method = 0; method < methods(); method++) {
        const struct strata_options options = {.method = method, .effort = STRATA_STANDARD};
        struct compared c =
            compared_new(space_of(&r, 15, 3, EUCLIDEAN), space_of(&r, 11, 3, EUCLIDEAN));
        weigh(&r, c.a);
        if (takes(solver, &c, method)) {
            struct strata_solution first;
            struct strata_solution again;
            struct strata_solution turned;
            double T[15 * 11];
            compare(solver, &c, &options);
            first = c.solution;
            memcpy(T, c.T, sizeof T);
            compare(solver, &c, &options);
            again = c.solution;
            CU_ASSERT_EQUAL(first.loss, again.loss);
            CU_ASSERT_EQUAL(first.gap, again.gap);
            CU_ASSERT_EQUAL(memcmp(T, c.T, sizeof T), 0);
            int status = strata_solve_with(solver, c.b, c.a, &options, &turned, NULL, NULL);
            CU_ASSERT_TRUE(status >= 0);
            /* scalings take rows before columns, so these methods end a little elsewhere */
            double tolerance = method >= STRATA_METHOD_PROXIMAL ? 0.1 : 1e-12;
            CU_ASSERT_DOUBLE_EQUAL(turned.loss, first.loss, tolerance * first.loss);
        }
        compared_free(&c);
    }
    strata_solver_destroy(&solver);
}

/* Stopped after k steps. */
static int count_down(void *context)
{
    int *left = context;
    return (*left)-- <= 0;
}

/* One more step never makes it worse. */
static void test_monotone(void)
{
    struct random r = random_new(5);
    struct strata_solver *solver = strata_solver_new(25);
    struct compared c = compared_new(space_of(&r, 25, 3, GEODESIC), space_of(&r, 19, 3, GEODESIC));
    double before = INFINITY;
    int status = STRATA_STOPPED;
    for (int steps = 0; steps < 400 && status == STRATA_STOPPED; steps++) {
        int left = steps;
        const struct strata_options options = {
            .effort = STRATA_FAST, .tick = count_down, .context = &left};
        status = strata_solve_with(solver, c.a, c.b, &options, &c.solution, c.T, NULL);
        CU_ASSERT_TRUE(c.solution.loss <= before + 1e-13);
        CU_ASSERT_TRUE(marginal_error(&c) <= 1e-12);
        before = c.solution.loss;
    }
    CU_ASSERT_EQUAL(status, STRATA_OK);
    strata_solver_destroy(&solver);
    compared_free(&c);
}

static void test_any_epsilon(void)
{
    static const double epsilons[] = {1e-12, 1e-9, 1e-6, 1e-3, 0.03, 1, 1e3};
    struct random r = random_new(6);
    struct strata_solver *solver = strata_solver_new(20);
    double *x = random_points(&r, 20, 3);
    double *y = random_points(&r, 20, 3);
    for (int k = 0; k < 60; k++)
        y[k] = x[k] + 1e-9 * y[k];
    for (int near = 0; near < 2; near++) {
        struct compared c = compared_new(space_of(&r, 20, 3, EUCLIDEAN),
                                         near ? space_new(y, 20, 3, EUCLIDEAN, BY_MEAN)
                                              : space_of(&r, 14, 3, SQEUCLIDEAN));
        if (near) {
            free(c.a);
            c.a = space_new(x, 20, 3, EUCLIDEAN, BY_MEAN);
        } else {
            weigh(&r, c.a);
        }
        for (int method = STRATA_METHOD_PROXIMAL; method <= STRATA_METHOD_ENTROPIC; method++) {
            for (size_t e = 0; e < sizeof epsilons / sizeof *epsilons; e++) {
                const struct strata_options options = {
                    .method = method, .effort = STRATA_FAST, .epsilon = epsilons[e]};
                compare(solver, &c, &options);
            }
        }
        compared_free(&c);
    }
    strata_solver_destroy(&solver);
    free(x);
    free(y);
}

static void test_bad_weights(void)
{
    enum { n = 4 };
    struct random r = random_new(7);
    struct strata_space *a = random_space(&r, n, 2);
    double p[n] = {0.25, 0.25, 0.25, 0.25};
    CU_ASSERT_EQUAL(strata_space_set_weights(NULL, p, n), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_set_weights(a, NULL, n), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_set_weights(a, p, n - 1), STRATA_ARGUMENT);
    p[0] = 0.25 + 1e-7;
    CU_ASSERT_EQUAL(strata_space_set_weights(a, p, n), STRATA_WEIGHTS);
    p[0] = 0.25 + 1e-11;
    CU_ASSERT_EQUAL(strata_space_set_weights(a, p, n), STRATA_OK);
    p[0] = -0.25;
    p[1] = 0.75;
    CU_ASSERT_EQUAL(strata_space_set_weights(a, p, n), STRATA_WEIGHTS);
    p[0] = NAN;
    CU_ASSERT_EQUAL(strata_space_set_weights(a, p, n), STRATA_NOT_FINITE);
    p[0] = INFINITY;
    CU_ASSERT_EQUAL(strata_space_set_weights(a, p, n), STRATA_NOT_FINITE);
    CU_ASSERT_DOUBLE_EQUAL(strata_space_weights(a)[0], 0.25, 1e-10); /* as it was */
    CU_ASSERT_STRING_NOT_EQUAL(strata_status_text(STRATA_WEIGHTS), "unknown status");
    CU_ASSERT_STRING_NOT_EQUAL(strata_status_text(STRATA_LIMIT), "unknown status");
    free(a);
}

static void test_bad_input(void)
{
    struct random r = random_new(8);
    struct strata_space *a = random_space(&r, 6, 2);
    struct strata_space *b = random_space(&r, 9, 2);
    struct strata_solver *solver = strata_solver_new(8);
    struct strata_solution s;
    struct strata_options options = {.effort = STRATA_FAST};
    double D[9] = {0, 1, 2, 1, 0, 3, 2, 4, 0};
    CU_ASSERT_EQUAL(strata_solve_with(NULL, a, a, &options, &s, NULL, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve_with(solver, NULL, a, &options, &s, NULL, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve_with(solver, a, NULL, &options, &s, NULL, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve_with(solver, a, a, &options, NULL, NULL, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solve_with(solver, a, b, &options, &s, NULL, NULL), STRATA_ARGUMENT);
    options.method = methods();
    CU_ASSERT_EQUAL(strata_solve_with(solver, a, a, &options, &s, NULL, NULL), STRATA_ARGUMENT);
    options.method = -1;
    CU_ASSERT_EQUAL(strata_solve_with(solver, a, a, &options, &s, NULL, NULL), STRATA_ARGUMENT);
    options = (struct strata_options){.effort = 99};
    CU_ASSERT_EQUAL(strata_solve_with(solver, a, a, &options, &s, NULL, NULL), STRATA_ARGUMENT);
    options = (struct strata_options){.epsilon = NAN};
    CU_ASSERT_EQUAL(strata_solve_with(solver, a, a, &options, &s, NULL, NULL), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solver_reserve(solver, 1, 0, 1), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solver_reserve(solver, 1, 9, 9), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_solver_reserve(NULL, 1, 1, 1), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_distances(a, D, 3, BY_MEAN), STRATA_NOT_SYMMETRIC);
    CU_ASSERT_EQUAL(strata_space_from_distances(a, D, 0, BY_MEAN), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_distances(a, D, 1, BY_MEAN), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_distances(a, D, -3, BY_MEAN), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_geodesic(NULL, 3, 1), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_geodesic(D, 3, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_geodesic(D, 3, 3), STRATA_ARGUMENT);
    D[1] = NAN;
    CU_ASSERT_EQUAL(strata_geodesic(D, 3, 1), STRATA_NOT_FINITE);
    strata_solver_destroy(&solver);
    free(a);
    free(b);
}

int main(void)
{
    const struct test_case cases[] = {
        {"all methods, distances, sizes and weights", test_all},
        {"split points", test_split_points},
        {"weighted copies", test_copies},
        {"symmetry and repeats", test_symmetry_and_repeats},
        {"monotone", test_monotone},
        {"any epsilon", test_any_epsilon},
        {"bad weights", test_bad_weights},
        {"bad input", test_bad_input},
    };
    strata_use_one_thread();
    return suite_run("conformance", cases, sizeof cases / sizeof *cases);
}
