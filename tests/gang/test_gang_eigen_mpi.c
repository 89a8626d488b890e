/* Eigenproblems over many ranks against LAPACK, also of matrices smaller than the grid. */
#include "eigen.h"
#include "gang_eigen.h"
#include "gangs.h"

#include "../io/failing_memory.h"

enum kind { RANDOM, ZERO, IDENTITY, COMMUNITIES, KINDS };

/* Communities: four equal ones without a link, so that the largest eigenvalue has four vectors. */
static void fill(struct random *r, double *A, int n, enum kind kind)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double value = kind == RANDOM ? random_normal(r) : kind == IDENTITY && i == j;
            if (kind == COMMUNITIES)
                value = i % 4 == j % 4 ? 4.0 / n : 0;
            A[(size_t)i * n + j] = A[(size_t)j * n + i] = value;
        }
    }
}

/* The largest of |A v - lambda v| and of |V V' - 1|. */
static double error_of(const double *A, int n, int count, const double *values, const double *v)
{
    double worst = 0;
    for (int k = 0; k < count; k++) {
        const double *x = v + (size_t)k * n;
        for (int i = 0; i < n; i++) {
            double sum = -values[k] * x[i];
            for (int j = 0; j < n; j++)
                sum += A[(size_t)i * n + j] * x[j];
            worst = fmax(worst, fabs(sum));
        }
        for (int l = 0; l <= k; l++) {
            double sum = -(k == l);
            for (int i = 0; i < n; i++)
                sum += x[i] * v[(size_t)l * n + i];
            worst = fmax(worst, fabs(sum));
        }
    }
    return worst;
}

/* Rank 0 checks; all take part. */
static void compare(const double *A, int n, int first, int count, int is_distinct)
{
    const size_t whole = (size_t)n * n * sizeof(double);
    double *copy = test_memory(whole);
    double *values = test_memory(2 * (size_t)count * sizeof *values);
    double *vectors = test_memory(2 * (size_t)count * n * sizeof *vectors);
    double *expected = vectors + (size_t)count * n;
    memcpy(copy, A, whole);
    const int is_root = world_rank() == 0;
    CU_ASSERT_EQUAL(gang_eigen(MPI_COMM_WORLD, is_root ? copy : NULL, n, first, count,
                               is_root ? values : NULL, is_root ? vectors : NULL),
                    STRATA_OK);
    if (is_root) {
        memcpy(copy, A, whole);
        CU_ASSERT_EQUAL(strata_eigen(copy, n, first, count, values + count, expected), STRATA_OK);
        for (int k = 0; k < count; k++)
            CU_ASSERT_DOUBLE_EQUAL(values[k], values[count + k], 1e-12 * n);
        CU_ASSERT_TRUE(error_of(A, n, count, values, vectors) < 1e-12 * n);
        for (int k = 0; k < count * n && is_distinct; k++)
            CU_ASSERT_DOUBLE_EQUAL_FATAL(vectors[k], expected[k], 1e-9);
    }
    free(copy);
    free(values);
    free(vectors);
}

static void test_against_lapack(void)
{
    static const int sizes[] = {1, 2, 5, 64, 130, 200};
    struct random r = random_new(51);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int n = sizes[s];
        double *A = test_memory((size_t)n * n * sizeof *A);
        for (int kind = RANDOM; kind < KINDS; kind++) {
            const int most = n < 16 ? n : 16;
            fill(&r, A, n, kind);
            compare(A, n, n - most, most, kind == RANDOM);
        }
        fill(&r, A, n, RANDOM);
        compare(A, n, 0, n, 1);
        compare(A, n, n / 2, 1, 1);
        free(A);
    }
}

static void test_refused(void)
{
    double A[4] = {1, 0, 0, NAN};
    double values[2];
    double vectors[4];
    CU_ASSERT_EQUAL(gang_eigen(MPI_COMM_WORLD, A, 2, 0, 2, values, vectors), STRATA_NOT_FINITE);
    CU_ASSERT_EQUAL(gang_eigen(MPI_COMM_WORLD, A, 2, 1, 2, values, vectors), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(gang_eigen(MPI_COMM_WORLD, A, 0, 0, 1, values, vectors), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(gang_eigen(MPI_COMM_WORLD, A, 2, 0, 0, values, vectors), STRATA_ARGUMENT);
}

/* Allocation k = 0, 1, 2, … fails on the last rank, until all succeed. */
static void test_short_memory(void)
{
    enum { n = 40 };
    static double A[n * n];
    double values[n];
    static double vectors[n * n];
    struct random r = random_new(52);
    const int victim = world_size() - 1;
    int failures = 0;
    for (int failed = failing_memory_works(); failed; failures += failed) {
        fill(&r, A, n, RANDOM);
        failing_memory_arm(world_rank() == victim ? failures : -1);
        int status = gang_eigen(MPI_COMM_WORLD, A, n, n - 3, 3, values, vectors);
        failed = failing_memory.failed;
        CU_ASSERT_EQUAL(failing_memory_disarm(), 0);
        MPI_Bcast(&failed, 1, MPI_INT, victim, MPI_COMM_WORLD);
        CU_ASSERT_EQUAL(status, failed ? STRATA_MEMORY : STRATA_OK);
    }
    CU_ASSERT_TRUE(failures >= 9 || !failing_memory_works());
}

int main(int argc, char **argv)
{
    const struct test_case cases[] = {
        {"against LAPACK", test_against_lapack},
        {"refused on all ranks", test_refused},
        {"memory short on one rank", test_short_memory},
    };
    return gang_suite_run("gang eigen", cases, sizeof cases / sizeof *cases, &argc, &argv);
}
