/* The analysis on rank 0 with the others' help: the same groups as alone, and all leave together.
 */
#include "clock.h"
#include "clusters.h"
#include "matrices.h"
#include "spectra.h"
#include "strata.h"
#include "suite.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

enum { LEAST = 20 };

/* Layers of even and odd number, with noise. */
static void interleave(struct matrix *matrix, int n)
{
    uint64_t state = 5;
    matrix->n = n;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++)
            matrix_set(matrix, i, j,
                       i == j ? 0 : (i % 2 == j % 2 ? 1 : 3) + 0.1 * random_unit(&state));
    }
}

/* Rank 0: groups with this solver are those without. */
static void compare(struct spectra *spectra, int n)
{
    struct matrix matrix;
    int32_t expected[MOST_LAYERS];
    int32_t label[MOST_LAYERS];
    struct clusters_result alone = {-1, -1};
    struct clusters_result together = {-2, -2};
    struct clusters_options options = clusters_defaults;
    options.eigen = spectra_solve;
    options.context = spectra;
    interleave(&matrix, n);
    CU_ASSERT_EQUAL(clusters_find(matrix.D, n, &clusters_defaults, expected, &alone), STRATA_OK);
    CU_ASSERT_EQUAL(clusters_find(matrix.D, n, &options, label, &together), STRATA_OK);
    CU_ASSERT_EQUAL(alone.count, 2);
    CU_ASSERT_EQUAL(together.count, alone.count);
    CU_ASSERT_EQUAL(memcmp(label, expected, (size_t)n * sizeof *label), 0);
}

static void test_analysis(void)
{
    static const int sizes[] = {40, 12, MOST_LAYERS}; /* 12: by rank 0 alone */
    struct spectra spectra = {MPI_COMM_WORLD, LEAST};
    if (world_rank() != 0) {
        spectra_serve(&spectra);
        return;
    }
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        compare(&spectra, sizes[s]);
    spectra_end(&spectra);
}

/* What is refused is refused on all ranks, and they go on. */
static void test_refused(void)
{
    static double A[LEAST * LEAST];
    double values[LEAST];
    static double vectors[LEAST * LEAST];
    struct spectra spectra = {MPI_COMM_WORLD, LEAST};
    if (world_rank() != 0) {
        spectra_serve(&spectra);
        return;
    }
    A[LEAST * LEAST - 1] = NAN;
    CU_ASSERT_EQUAL(spectra_solve(&spectra, A, LEAST, 0, 2, values, vectors), STRATA_NOT_FINITE);
    CU_ASSERT_EQUAL(spectra_solve(&spectra, A, LEAST, 1, LEAST, values, vectors), STRATA_ARGUMENT);
    A[LEAST * LEAST - 1] = 7;
    CU_ASSERT_EQUAL(spectra_solve(&spectra, A, LEAST, LEAST - 1, 1, values, vectors), STRATA_OK);
    CU_ASSERT_DOUBLE_EQUAL(values[0], 7, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(vectors[LEAST - 1], 1, 1e-12);
    spectra_end(&spectra);
}

/* Who serves leaves the processor to rank 0, and to whatever draws the pictures. */
static void test_quiet(void)
{
    const double seconds = 0.3;
    const struct spectra spectra = {MPI_COMM_WORLD, LEAST};
    MPI_Barrier(MPI_COMM_WORLD);
    const double before = clock_computed_here();
    if (world_rank() != 0) {
        spectra_serve(&spectra);
    } else {
        clock_sleep(seconds);
        spectra_end(&spectra);
    }
    CU_ASSERT(clock_computed_here() - before < 0.3 * seconds);
}

int main(int argc, char **argv)
{
    const struct test_case cases[] = {
        {"groups", test_analysis},
        {"refused together", test_refused},
        {"quiet", test_quiet},
    };
    MPI_Init(&argc, &argv);
    if (world_rank() != 0)
        freopen("/dev/null", "w", stdout);
    int failed = suite_run("spectra", cases, sizeof cases / sizeof *cases);
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Finalize();
    return failed;
}
