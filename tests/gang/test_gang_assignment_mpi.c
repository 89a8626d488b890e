/* The assignment over a gang: the optimum of the local solver, proved by its duals, and the same
 * permutation on every number of ranks. */
#include "../solver/costs.h"
#include "gangs.h"

#include <unistd.h>

enum { SECONDS = 120 }; /* a case that takes longer hangs */

struct problem {
    int n, first, count;
    struct gang *gang;
    float *cost; /* [n, n] on every rank: of a test, not of the library */
    int *s;
    double *u, *v;
};

static struct problem problem_new(MPI_Comm comm, int n)
{
    const size_t count = (size_t)n;
    struct problem p = {.n = n,
                        .cost = test_memory(count * count * sizeof(float)),
                        .s = test_memory(count * sizeof(int)),
                        .u = test_memory(count * sizeof(double)),
                        .v = test_memory(count * sizeof(double))};
    CU_ASSERT_EQUAL_FATAL(gang_new(comm, n, &p.gang), STRATA_OK);
    gang_rows(p.gang, &p.first, &p.count);
    return p;
}

static void problem_free(struct problem *p)
{
    gang_destroy(&p->gang);
    free(p->cost);
    free(p->s);
    free(p->u);
    free(p->v);
}

static int solve(struct problem *p)
{
    return gang_assignment(p->gang, p->cost + (size_t)p->first * (size_t)p->n, p->s, p->u, p->v);
}

/* Feasible duals over the whole matrix that meet the objective: nothing is better. */
static int is_optimal(const struct problem *p)
{
    const int n = p->n;
    double largest = 0;
    double gap = 0;
    double least = 0;
    for (int k = 0; k < n * n; k++)
        largest = fmax(largest, fabsf(p->cost[k]));
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            least = fmin(least, p->cost[(size_t)i * n + j] - p->u[i] - p->v[j]);
        gap += p->cost[(size_t)i * n + p->s[i]] - p->u[i] - p->v[i];
    }
    double tolerance = 1e-13 * n * largest;
    return is_permutation(p->s, n) && least >= -tolerance && fabs(gap) <= n * tolerance;
}

static void test_families(void)
{
    static const int sizes[] = {2, 3, 17, 65, 130};
    struct random r = random_new(21);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct problem p = problem_new(MPI_COMM_WORLD, sizes[k]);
        struct strata_assignment *local = strata_assignment_new(sizes[k]);
        for (int f = 0; f < FAMILIES; f++) {
            alarm(SECONDS);
            families[f].fill(&r, p.cost, p.n);
            CU_ASSERT_EQUAL(solve(&p), STRATA_OK);
            int optimal = is_optimal(&p);
            CU_ASSERT_TRUE(optimal);
            if (!optimal && world_rank() == 0)
                printf("\n    %s, n=%d ", families[f].name, p.n);
            double value = 0;
            double expected = 0;
            double largest = 0;
            for (int i = 0; i < p.n; i++)
                value += p.cost[(size_t)i * p.n + p.s[i]];
            strata_assignment_solve(local, p.cost, p.n, p.s, p.u, p.v);
            for (int i = 0; i < p.n; i++)
                expected += p.cost[(size_t)i * p.n + p.s[i]];
            for (int i = 0; i < p.n * p.n; i++)
                largest = fmax(largest, fabsf(p.cost[i]));
            CU_ASSERT_DOUBLE_EQUAL(value, expected, 1e-13 * p.n * p.n * largest);
        }
        strata_assignment_destroy(&local);
        problem_free(&p);
    }
    alarm(0);
}

static void test_one_answer(void)
{
    enum { n = 150 };
    struct random r = random_new(22);
    struct problem one = problem_new(MPI_COMM_SELF, n); /* solved by rank 0 */
    struct problem all = problem_new(MPI_COMM_WORLD, n);
    for (int f = 0; f < FAMILIES; f++) {
        alarm(SECONDS);
        families[f].fill(&r, all.cost, n);
        memcpy(one.cost, all.cost, sizeof(float) * n * n);
        if (world_rank() == 0)
            solve(&one);
        solve(&all);
        MPI_Bcast(one.s, n, MPI_INT, 0, MPI_COMM_WORLD);
        MPI_Bcast(one.u, n, MPI_DOUBLE, 0, MPI_COMM_WORLD);
        MPI_Bcast(one.v, n, MPI_DOUBLE, 0, MPI_COMM_WORLD);
        CU_ASSERT_EQUAL(memcmp(one.s, all.s, sizeof(int) * n), 0);
        CU_ASSERT_EQUAL(memcmp(one.u, all.u, sizeof(double) * n), 0);
        CU_ASSERT_EQUAL(memcmp(one.v, all.v, sizeof(double) * n), 0);
    }
    alarm(0);
    problem_free(&one);
    problem_free(&all);
}

/* One bad entry, which one rank has, is refused by all. */
static void test_not_finite(void)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    struct random r = random_new(23);
    struct problem p = problem_new(MPI_COMM_WORLD, 70);
    for (int trial = 0; trial < 12; trial++) {
        families[0].fill(&r, p.cost, p.n);
        p.cost[random_below(&r, p.n * p.n)] = bad[trial % 3];
        CU_ASSERT_EQUAL(solve(&p), STRATA_NOT_FINITE);
    }
    problem_free(&p);
}

int main(int argc, char **argv)
{
    const struct test_case cases[] = {
        {"families of costs", test_families},
        {"one answer on any number of ranks", test_one_answer},
        {"NaN and infinity", test_not_finite},
    };
    return gang_suite_run("gang assignment", cases, sizeof cases / sizeof *cases, &argc, &argv);
}
