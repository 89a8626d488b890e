/* Whole solves over gangs: against the local solver, and the same on every number of ranks. */
#include "gangs.h"

#include <limits.h>
#include <stdio.h>

/* Two views of the same points: y is x under a smooth map with noise. */
static void related_points(struct random *r, int n, double **x, double **y)
{
    *x = random_points(r, n, 6);
    *y = test_memory((size_t)n * 4 * sizeof **y);
    for (int i = 0; i < n; i++) {
        for (int c = 0; c < 4; c++)
            (*y)[4 * i + c] =
                tanh(2 * (*x)[6 * i + c] - (*x)[6 * i + (c + 2) % 6]) + 0.05 * random_normal(r);
    }
}

/* A gang of comm with the spaces of x[n, 6] and y[n, 4]. */
struct pair {
    struct gang *gang;
    struct gang_space *a, *b;
};

static struct pair pair_new(MPI_Comm comm, const double *x, const double *y, int n)
{
    struct pair pair = {0};
    CU_ASSERT_EQUAL_FATAL(gang_new(comm, n, &pair.gang), STRATA_OK);
    pair.a = gang_space_of(pair.gang, x, 6, EUCLIDEAN, BY_MEAN);
    pair.b = gang_space_of(pair.gang, y, 4, EUCLIDEAN, BY_MEAN);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pair.a);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pair.b);
    return pair;
}

static void pair_free(struct pair *pair)
{
    gang_space_destroy(&pair->a);
    gang_space_destroy(&pair->b);
    gang_destroy(&pair->gang);
}

static int solve_on(MPI_Comm comm, const double *x, const double *y, int n, int effort,
                    struct strata_solution *solution, int *p)
{
    struct pair pair = pair_new(comm, x, y, n);
    int status = gang_solve(pair.gang, pair.a, pair.b, effort, NULL, NULL, solution, p);
    pair_free(&pair);
    return status;
}

/* The same by rank 0 alone; all get what came out. */
static void solve_alone(const double *x, const double *y, int n, int effort,
                        struct strata_solution *solution, int *p)
{
    if (world_rank() == 0)
        solve_on(MPI_COMM_SELF, x, y, n, effort, solution, p);
    MPI_Bcast(solution, sizeof *solution, MPI_BYTE, 0, MPI_COMM_WORLD);
    MPI_Bcast(p, n, MPI_INT, 0, MPI_COMM_WORLD);
}

static void test_against_local(void)
{
    static const int sizes[] = {2, 3, 5, 40, 140};
    struct random r = random_new(11);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int n = sizes[s];
        double *x = NULL;
        double *y = NULL;
        related_points(&r, n, &x, &y);
        int *p = test_memory((size_t)n * sizeof *p);
        struct strata_solution got = {0};
        struct strata_solution expected = {0};
        CU_ASSERT_EQUAL(solve_on(MPI_COMM_WORLD, x, y, n, STRATA_STANDARD, &got, p), STRATA_OK);
        CU_ASSERT_TRUE(is_permutation(p, n));
        struct strata_space *a = space_new(x, n, 6, EUCLIDEAN, BY_MEAN);
        struct strata_space *b = space_new(y, n, 4, EUCLIDEAN, BY_MEAN);
        struct strata_solver *solver = strata_solver_new(n);
        if (world_rank() == 0)
            strata_solve(solver, a, b, STRATA_STANDARD, NULL, NULL, &expected, NULL);
        MPI_Bcast(&expected, sizeof expected, MPI_BYTE, 0, MPI_COMM_WORLD);
        double loss = strata_loss(a, b, p);
        CU_ASSERT_DOUBLE_EQUAL(got.loss, loss, 1e-10 * loss + 1e-14);
        CU_ASSERT_DOUBLE_EQUAL(got.identity_loss, expected.identity_loss,
                               1e-10 * expected.identity_loss);
        CU_ASSERT_DOUBLE_EQUAL(got.lower_bound, expected.lower_bound, 1e-6);
        CU_ASSERT_TRUE(got.lower_bound <= got.loss);
        CU_ASSERT_TRUE(got.loss <= expected.loss * 1.005 + 1e-12);
        CU_ASSERT_TRUE(got.gap >= 0 && got.gap < 1e-6);
        CU_ASSERT_EQUAL(got.swaps_left, 0);
        if (world_rank() == 0 && getenv("STRATA_SHOW") != NULL)
            printf("\n    n=%d: loss %.8f, local %.8f", n, got.loss, expected.loss);
        strata_solver_destroy(&solver);
        free(a);
        free(b);
        free(x);
        free(y);
        free(p);
    }
}

/* A space against a shuffled copy of itself has one solution: the shuffle. */
static void test_unique(void)
{
    enum { n = 140, d = 3 };
    struct random r = random_new(12);
    double *x = random_points(&r, n, d);
    double *y = test_memory(sizeof(double) * n * d);
    int q[n];
    int p[n];
    random_permutation(&r, q, n);
    for (int i = 0; i < n; i++)
        memcpy(y + (size_t)q[i] * d, x + (size_t)i * d, d * sizeof *y);
    struct gang *gang = NULL;
    CU_ASSERT_EQUAL_FATAL(gang_new(MPI_COMM_WORLD, n, &gang), STRATA_OK);
    struct gang_space *a = gang_space_of(gang, x, d, EUCLIDEAN, BY_MEAN);
    struct gang_space *b = gang_space_of(gang, y, d, EUCLIDEAN, BY_MEAN);
    struct strata_solution solution;
    CU_ASSERT_EQUAL(gang_solve(gang, a, b, STRATA_FAST, NULL, NULL, &solution, p), STRATA_OK);
    CU_ASSERT_EQUAL(memcmp(p, q, sizeof p), 0);
    CU_ASSERT_TRUE(solution.loss < 1e-20);
    CU_ASSERT_TRUE(solution.gap < 1e-12);
    gang_space_destroy(&a);
    gang_space_destroy(&b);
    gang_destroy(&gang);
    free(x);
    free(y);
}

/* The numbers and the permutation to the last bit, on the world and on one rank. */
static void test_one_answer(void)
{
    static const int sizes[] = {7, 90, 287};
    struct random r = random_new(13);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int n = sizes[s];
        double *x = NULL;
        double *y = NULL;
        related_points(&r, n, &x, &y);
        size_t bytes = (size_t)n * sizeof(int);
        int *alone = test_memory(bytes);
        int *together = test_memory(bytes);
        struct strata_solution one = {0};
        struct strata_solution all = {0};
        int effort =
            n > 256 ? STRATA_FAST : STRATA_STANDARD; /* more than one panel; local search */
        solve_alone(x, y, n, effort, &one, alone);
        solve_on(MPI_COMM_WORLD, x, y, n, effort, &all, together);
        one.seconds = all.seconds;
        CU_ASSERT_EQUAL(memcmp(&one, &all, sizeof one), 0);
        CU_ASSERT_EQUAL(memcmp(alone, together, bytes), 0);
        free(alone);
        free(together);
        free(x);
        free(y);
    }
}

/* Two gangs at a time, each of a part of the world. */
static void test_two_gangs(void)
{
    enum { n = 90 };
    struct random r = random_new(14);
    double *x = NULL;
    double *y = NULL;
    related_points(&r, n, &x, &y);
    int p[n];
    int q[n];
    struct strata_solution one = {0};
    struct strata_solution part = {0};
    MPI_Comm comm = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, world_rank() % 2, 0, &comm);
    solve_alone(x, y, n, STRATA_FAST, &one, p);
    solve_on(comm, x, y, n, STRATA_FAST, &part, q);
    CU_ASSERT_EQUAL(one.loss, part.loss);
    CU_ASSERT_EQUAL(memcmp(p, q, sizeof p), 0);
    MPI_Comm_free(&comm);
    free(x);
    free(y);
}

/* --- Stopping --------------------------------------------------------------------------------- */

struct countdown {
    int left;
};

static int stop_at_zero(void *context)
{
    struct countdown *countdown = context;
    return countdown->left-- <= 0;
}

/* The last rank asks to stop, at its k-th tick: all stop, with a valid solution. */
static void test_stop(void)
{
    enum { n = 70 };
    struct random r = random_new(15);
    double *x = NULL;
    double *y = NULL;
    related_points(&r, n, &x, &y);
    struct pair pair = pair_new(MPI_COMM_WORLD, x, y, n);
    int stopped = 0;
    int ended = 0;
    for (int k = 0; !ended && k < 1 << 20; k += 1 + k / 2) {
        struct countdown countdown = {world_rank() == world_size() - 1 ? k : INT_MAX};
        struct strata_solution solution = {0};
        int p[n];
        int status = gang_solve(pair.gang, pair.a, pair.b, STRATA_STANDARD, stop_at_zero,
                                &countdown, &solution, p);
        CU_ASSERT_TRUE_FATAL(status == STRATA_STOPPED || status == STRATA_OK);
        CU_ASSERT_TRUE(is_permutation(p, n));
        double loss = gang_loss(pair.gang, pair.a, pair.b, p);
        CU_ASSERT_DOUBLE_EQUAL(solution.loss, loss, 1e-10 * loss);
        CU_ASSERT_EQUAL(solution.gap < INFINITY, solution.swaps_left >= 0); /* one certificate */
        CU_ASSERT_TRUE(status != STRATA_OK || solution.swaps_left == 0);
        stopped += status == STRATA_STOPPED;
        ended = status == STRATA_OK;
    }
    CU_ASSERT_TRUE(stopped > 5);
    CU_ASSERT_TRUE(ended);
    pair_free(&pair);
    free(x);
    free(y);
}

/* --- Memory ----------------------------------------------------------------------------------- */

#ifndef __SANITIZE_ADDRESS__
/* A line of /proc/self/status that counts memory of this process, in bytes. */
static double memory_of_this_process(const char *key)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kilobytes = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0)
            kilobytes = strtol(line + strlen(key), NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return 1024.0 * (double)kilobytes;
}

/* The peak resident size is what gang_bytes counts, on every rank. A solve before it makes MPI and
 * ScaLAPACK take the buffers that they keep. */
static void test_memory_of_a_rank(void)
{
    enum { warm = 300, n = 1200 };
    const double slack = 10e6; /* less than a matrix of doubles */
    struct random r = random_new(16);
    double *x = NULL;
    double *y = NULL;
    related_points(&r, n, &x, &y);
    int *p = test_memory(n * sizeof *p);
    struct strata_solution solution = {0};
    solve_on(MPI_COMM_WORLD, x, y, warm, STRATA_FAST, &solution, p);
    double before = memory_of_this_process("VmRSS:");
    solve_on(MPI_COMM_WORLD, x, y, n, STRATA_FAST, &solution, p);
    double used = memory_of_this_process("VmHWM:") - before;
    double counted = (double)gang_bytes(n, 6, world_size());
    if (getenv("STRATA_SHOW") != NULL)
        fprintf(stderr, "rank %d: counted %.1f MB, measured %.1f MB, 28 n^2/ranks %.1f MB\n",
                world_rank(), 1e-6 * counted, 1e-6 * used, 28e-6 * n * n / world_size());
    CU_ASSERT_TRUE(used < counted + slack);
    free(x);
    free(y);
    free(p);
}
#endif

int main(int argc, char **argv)
{
    const struct test_case cases[] = {
#ifndef __SANITIZE_ADDRESS__ /* which keeps what is freed */
        {"memory of a rank", test_memory_of_a_rank},
#endif
        {"against the local solver", test_against_local},
        {"the solution where it is unique", test_unique},
        {"one answer on any number of ranks", test_one_answer},
        {"two gangs at a time", test_two_gangs},
        {"stopped by one rank", test_stop},
    };
    return gang_suite_run("gang solves", cases, sizeof cases / sizeof *cases, &argc, &argv);
}
