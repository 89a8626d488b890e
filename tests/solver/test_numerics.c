/* The solutions of today, so that they do not change unnoticed: a ledger must not mix the numbers
 * of two solvers (STRATA_NUMERICS). Where they are to change: raise STRATA_NUMERICS, build, and
 *
 *     build/tests/test_numerics --print >tests/golden/solutions.h
 *
 * A random search may end elsewhere on a processor that rounds otherwise: a loss is held (not NAN)
 * only if most roundings of the points lead to it, and it has changed only if none does. */
#include "golden/solutions.h"
#include "points.h"
#include "suite.h"

#include <math.h>

enum { EFFORTS = 3 };
enum { ROUNDINGS = 9 };
static const double rounding = 1e-7; /* of single precision */
static const double tolerance = 1e-5;

static const struct problem {
    int n, m, dx, dy, distance, efforts;
} problems[] = {
    {40, 40, 3, 5, EUCLIDEAN, 3}, {45, 45, 2, 2, EUCLIDEAN, 3}, {60, 60, 3, 6, COSINE, 2},
    {60, 60, 3, 5, EUCLIDEAN, 2}, {18, 13, 3, 4, EUCLIDEAN, 1}, {24, 24, 3, 3, GEODESIC, 1},
};
enum { PROBLEMS = sizeof problems / sizeof *problems };

/* The loss, of points that are off by so much. */
static double solve(int k, int effort, double error)
{
    const struct problem *p = &problems[k];
    struct random r = random_new(301 + (uint64_t)k);
    double *x = random_points(&r, p->n, p->dx);
    double *y = random_points(&r, p->m, p->dy);
    for (int c = 0; c < p->n * p->dx; c++)
        x[c] *= 1 + error * (random_uniform(&r) - 0.5);
    struct strata_space *a = space_new(x, p->n, p->dx, p->distance, BY_MEAN);
    struct strata_space *b = space_new(y, p->m, p->dy, p->distance, BY_MEAN);
    struct strata_solver *solver = strata_solver_new(p->n);
    struct strata_solution solution = {.loss = NAN};
    if (strata_solve(solver, a, b, effort, NULL, NULL, &solution, NULL) != STRATA_OK)
        solution.loss = NAN;
    strata_solver_destroy(&solver);
    free(x);
    free(y);
    free(a);
    free(b);
    return solution.loss;
}

static int is_near(double x, double y)
{
    return fabs(x - y) <= tolerance * fabs(y);
}

/* How many of the roundings, at most so many, lead to the loss. */
static int count_near(int k, int effort, double loss, int enough)
{
    int near = 0;
    for (int times = 0; times < ROUNDINGS && near < enough; times++)
        near += is_near(solve(k, effort, times * rounding), loss);
    return near;
}

static void test_solutions(void)
{
    int held = 0;
    int changed = golden_numerics != STRATA_NUMERICS;
    const int count = sizeof golden_losses / sizeof *golden_losses;
    CU_ASSERT_EQUAL_FATAL(count, PROBLEMS);
    for (int k = 0; k < count && k < PROBLEMS; k++) {
        for (int effort = 0; effort < problems[k].efforts; effort++) {
            const double expected = golden_losses[k][effort];
            held += !isnan(expected);
            changed += !isnan(expected) && count_near(k, effort, expected, 1) == 0;
        }
    }
    if (changed > 0)
        puts("\n    solutions are others than in tests/golden/solutions.h: raise STRATA_NUMERICS "
             "in solver/strata.h, and then test_numerics --print >tests/golden/solutions.h");
    CU_ASSERT_EQUAL(changed, 0);
    CU_ASSERT(held >= PROBLEMS); /* else there should be easier ones */
}

static double solve_surely(int k, int effort)
{
    const double loss = solve(k, effort, 0);
    return count_near(k, effort, loss, ROUNDINGS) > ROUNDINGS / 2 ? loss : NAN;
}

static int print(void)
{
    printf("/* Made by test_numerics --print. */\n#include <math.h>\n\n"
           "static const int golden_numerics = %d; /* STRATA_NUMERICS */\n"
           "/* by effort; NAN: not held */\n"
           "static const double golden_losses[][3] = {\n",
           STRATA_NUMERICS);
    for (int k = 0; k < PROBLEMS; k++) {
        for (int effort = 0; effort < EFFORTS; effort++) {
            const double loss = effort < problems[k].efforts ? solve_surely(k, effort) : NAN;
            printf(isnan(loss) ? "%sNAN" : "%s%.8f", effort == 0 ? "    {" : ", ", loss);
        }
        puts("},");
    }
    return puts("};") < 0;
}

int main(int argc, char **argv)
{
    const struct test_case cases[] = {{"solutions of STRATA_NUMERICS", test_solutions}};
    strata_use_one_thread();
    return argc > 1 && strcmp(argv[1], "--print") == 0
               ? print()
               : suite_run("numerics", cases, sizeof cases / sizeof *cases);
}
