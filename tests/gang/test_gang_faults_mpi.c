/* What goes wrong on one rank is an error on all, without a hang and without a leak. */
#include "gangs.h"

#include "../io/failing_memory.h"

static int agrees(int status)
{
    int least = 0;
    int most = 0;
    MPI_Allreduce(&status, &least, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    MPI_Allreduce(&status, &most, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return least == most;
}

/* Everything that a pair takes; the first status that is not OK. */
static int run_all(const double *x, const double *y, int n, int d)
{
    struct gang *gang = NULL;
    struct gang_space *a = NULL;
    struct gang_space *b = NULL;
    struct strata_solution solution;
    int first = 0;
    int count = 0;
    int status = gang_new(MPI_COMM_WORLD, n, &gang);
    if (status == STRATA_OK) {
        gang_rows(gang, &first, &count);
        status = gang_space_new(gang, x + (size_t)first * d, d, EUCLIDEAN, BY_MEDIAN, &a);
    }
    if (status == STRATA_OK)
        status = gang_space_new(gang, y + (size_t)first * d, d, COSINE, BY_MEAN, &b);
    if (status == STRATA_OK)
        status = gang_solve(gang, a, b, STRATA_STANDARD, NULL, NULL, &solution, NULL);
    gang_space_destroy(&a);
    gang_space_destroy(&b);
    gang_destroy(&gang);
    return status;
}

/* Allocation k = 0, 1, 2, … fails on one rank, until all succeed. */
static void test_short_memory(void)
{
    enum { n = 70, d = 3 };
    struct random r = random_new(31);
    double *x = random_points(&r, n, d);
    double *y = random_points(&r, n, d);
    int victim = world_size() - 1;
    int failures = 0;
    if (!failing_memory_works())
        goto done;
    for (int k = 0;; k++) {
        failing_memory_arm(world_rank() == victim ? k : -1);
        int status = run_all(x, y, n, d);
        int failed = failing_memory.failed;
        int leaked = failing_memory_disarm();
        CU_ASSERT_TRUE_FATAL(agrees(status));
        CU_ASSERT_EQUAL(leaked, 0);
        MPI_Bcast(&failed, 1, MPI_INT, victim, MPI_COMM_WORLD);
        CU_ASSERT_EQUAL(status, failed ? STRATA_MEMORY : STRATA_OK);
        if (!failed)
            break;
        failures++;
    }
    CU_ASSERT_TRUE(failures > 40);
done:
    free(x);
    free(y);
}

/* Bad activations on one rank: all refuse them, and the gang is good for the next ones. */
static void test_bad_activations(void)
{
    enum { n = 100, d = 2 };
    static const double bad[] = {NAN, INFINITY};
    struct random r = random_new(32);
    double *x = random_points(&r, n, d);
    struct gang *gang = NULL;
    struct gang_space *space = NULL;
    CU_ASSERT_EQUAL_FATAL(gang_new(MPI_COMM_WORLD, n, &gang), STRATA_OK);
    int first = 0;
    int count = 0;
    gang_rows(gang, &first, &count);
    const double *mine = x + (size_t)first * d;
    for (int k = 0; k < 2; k++) {
        double kept = x[n * d - 1];
        x[n * d - 1] = bad[k];
        CU_ASSERT_EQUAL(gang_space_new(gang, mine, d, EUCLIDEAN, BY_MEAN, &space),
                        STRATA_NOT_FINITE);
        CU_ASSERT_PTR_NULL(space);
        x[n * d - 1] = kept;
    }
    CU_ASSERT_EQUAL(gang_space_new(gang, mine, d, EUCLIDEAN, BY_MEAN, &space), STRATA_OK);
    gang_space_destroy(&space);
    for (int k = 0; k < n * d; k++)
        x[k] *= 1e200;
    CU_ASSERT_EQUAL(gang_space_new(gang, mine, d, EUCLIDEAN, BY_MEAN, &space), STRATA_OVERFLOW);
    double *same = test_memory(sizeof(double) * n * d);
    CU_ASSERT_EQUAL(gang_space_new(gang, same, d, EUCLIDEAN, BY_MEAN, &space), STRATA_CONSTANT);
    CU_ASSERT_PTR_NULL(space);
    free(same);
    gang_destroy(&gang);
    free(x);
}

static void test_arguments(void)
{
    double x[8] = {0, 1, 2, 3, 4, 5, 6, 8};
    struct gang *gang = NULL;
    struct gang_space *space = NULL;
    CU_ASSERT_EQUAL(gang_new(MPI_COMM_WORLD, 1, &gang), STRATA_ARGUMENT);
    CU_ASSERT_PTR_NULL(gang);
    CU_ASSERT_EQUAL(gang_bytes(1, 1, 1), 0);
    CU_ASSERT_EQUAL(gang_bytes(10, 1, 0), 0);
    CU_ASSERT_TRUE(gang_bytes(4000, 100, 4) < gang_bytes(4000, 100, 2));
    CU_ASSERT_EQUAL_FATAL(gang_new(MPI_COMM_WORLD, 8, &gang), STRATA_OK);
    CU_ASSERT_EQUAL(gang_space_new(gang, x, 0, EUCLIDEAN, BY_MEAN, &space), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(gang_space_new(gang, x, 1, 17, BY_MEAN, &space), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(gang_space_new(gang, x, 1, GEODESIC, BY_MEAN, &space), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(gang_space_new(gang, x, 1, EUCLIDEAN, 17, &space), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(gang_space_new(gang, NULL, 1, EUCLIDEAN, BY_MEAN, &space), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(gang_solve(gang, NULL, NULL, STRATA_FAST, NULL, NULL, NULL, NULL),
                    STRATA_ARGUMENT);
    gang_destroy(&gang);
    gang_destroy(&gang); /* nothing twice */
}

int main(int argc, char **argv)
{
    const struct test_case cases[] = {
        {"memory short on one rank", test_short_memory},
        {"bad activations on one rank", test_bad_activations},
        {"arguments", test_arguments},
    };
    return gang_suite_run("gang faults", cases, sizeof cases / sizeof *cases, &argc, &argv);
}
