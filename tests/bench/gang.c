/* What one GW problem over all ranks costs; rank 0 prints lines of key=value.
 *
 *     gang solve N EFFORT DX X.bin DY Y.bin   a solve; X.bin holds double [N, DX]
 *     gang local N EFFORT DX X.bin DY Y.bin   the same by the local solver, on one rank
 *     gang pdgemm N                           PDGEMM by itself: C += A B, all [N, N]
 *     gang eigen N                            the top eigenpairs of [N, N], as the analysis has it
 *     gang bytes N D RANKS                    what a rank of such a gang would hold
 *     gang largest BYTES D RANKS              the largest N for which all ranks hold no more, MPI
 *                                             and libraries included
 */
#include "gang.h"
#include "eigen.h"
#include "gang_eigen.h"
#include "scalapack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EUCLIDEAN, BY_MEAN = 0 };
static int rank, ranks;

static void give_up(const char *what)
{
    fprintf(stderr, "gang: %s\n", what);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* The peak resident size of this process. */
static double peak_bytes(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kilobytes = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmHWM: %ld", &kilobytes) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return 1024.0 * (double)kilobytes;
}

static double of_all(double value, MPI_Op op)
{
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, op, MPI_COMM_WORLD);
    return value;
}

/* --- A solve ---------------------------------------------------------------------------------- */

static int effort_of(const char *name)
{
    return strcmp(name, "fast") == 0 ? STRATA_FAST : STRATA_STANDARD;
}

static struct gang_space *read_space(struct gang *gang, const char *path, int d)
{
    struct gang_space *space = NULL;
    int first = 0;
    int count = 0;
    gang_rows(gang, &first, &count);
    double *x = malloc((size_t)(count + 1) * (size_t)d * sizeof *x);
    FILE *file = fopen(path, "rb");
    size_t wanted = (size_t)count * (size_t)d;
    if (x == NULL || file == NULL || fseek(file, (long)first * d * (long)sizeof *x, SEEK_SET) ||
        fread(x, sizeof *x, wanted, file) != wanted)
        give_up("the points cannot be read");
    fclose(file);
    if (gang_space_new(gang, x, d, EUCLIDEAN, BY_MEAN, &space) != STRATA_OK)
        give_up("no space of these points");
    free(x);
    return space;
}

static void solve(char **arguments)
{
    const int n = atoi(arguments[0]);
    const int effort = effort_of(arguments[1]);
    const int d = atoi(arguments[2]);
    struct gang *gang = NULL;
    struct strata_solution s = {0};
    if (gang_new(MPI_COMM_WORLD, n, &gang) != STRATA_OK)
        give_up("no gang of so many points");
    double begin = MPI_Wtime();
    struct gang_space *a = read_space(gang, arguments[3], d);
    struct gang_space *b = read_space(gang, arguments[5], atoi(arguments[4]));
    double spaces = MPI_Wtime() - begin;
    if (gang_solve(gang, a, b, effort, NULL, NULL, &s, NULL) != STRATA_OK)
        give_up("the solve failed");
    struct gang_times t = gang_times(gang);
    double peak = of_all(peak_bytes(), MPI_MAX);
    double in_all = of_all(peak_bytes(), MPI_SUM);
    if (rank == 0)
        printf("n=%d ranks=%d loss=%.9f bound=%.9f gap=%.3g start=%s iterations=%d swaps=%d "
               "spaces=%.2f solve=%.2f product=%.2f pdgemm=%.2f assignment=%.2f scans=%.2f "
               "search=%.2f gflops=%.1f peak_mb=%.0f counted_mb=%.0f peak_in_all_mb=%.0f\n",
               n, ranks, s.loss, s.lower_bound, s.gap, strata_start_name(s.start), s.iterations,
               s.swaps, spaces, s.seconds, t.product, t.pdgemm, t.assignment, t.scans, t.search,
               1e-9 * t.flops / t.pdgemm, 1e-6 * peak, 1e-6 * (double)gang_bytes(n, d, ranks),
               1e-6 * in_all);
    gang_space_destroy(&a);
    gang_space_destroy(&b);
    gang_destroy(&gang);
}

static struct strata_space *read_local(int n, const char *path, int d)
{
    const size_t wanted = (size_t)n * (size_t)d;
    double *x = malloc(wanted * sizeof *x);
    struct strata_space *space = aligned_alloc(64, strata_space_size(n));
    FILE *file = fopen(path, "rb");
    if (!x || !space || !file || fread(x, sizeof *x, wanted, file) != wanted)
        give_up("the points cannot be read");
    fclose(file);
    if (strata_space_from_activations(space, x, n, d, EUCLIDEAN, BY_MEAN) != STRATA_OK)
        give_up("no space of these points");
    free(x);
    return space;
}

static void solve_locally(char **arguments)
{
    const int n = atoi(arguments[0]);
    struct strata_solution s = {0};
    double begin = MPI_Wtime();
    struct strata_space *a = read_local(n, arguments[3], atoi(arguments[2]));
    struct strata_space *b = read_local(n, arguments[5], atoi(arguments[4]));
    struct strata_solver *solver = strata_solver_new(n);
    double spaces = MPI_Wtime() - begin;
    if (solver == NULL ||
        strata_solve(solver, a, b, effort_of(arguments[1]), NULL, NULL, &s, NULL) != STRATA_OK)
        give_up("the solve failed");
    printf("local n=%d loss=%.9f spaces=%.2f solve=%.2f\n", n, s.loss, spaces, s.seconds);
    strata_solver_destroy(&solver);
    free(a);
    free(b);
}

/* --- PDGEMM by itself ------------------------------------------------------------------------- */

/* On the grid of a gang (gang.c) in its blocks; the best of three, or of as many as begin within
 * ten seconds. */
static void multiply(int n)
{
    enum { BLOCK = 64, TIMES = 3 };
    const int rows = ranks / grid_side(ranks);
    int handle = Csys2blacs_handle(MPI_COMM_WORLD);
    int context = handle;
    Cblacs_gridinit(&context, "Row", rows, ranks / rows);
    const int blocks = (n + BLOCK - 1) / BLOCK;
    const int columns = ranks / rows;
    const int height = (blocks + rows - 1) / rows * BLOCK; /* of a local part, at most */
    const size_t size = (size_t)height * (size_t)((blocks + columns - 1) / columns) * BLOCK;
    double *a = malloc(3 * size * sizeof *a);
    if (a == NULL)
        give_up("memory is short");
    for (size_t k = 0; k < 3 * size; k++)
        a[k] = (double)(k % 17);
    const int one = 1;
    const double unit = 1;
    const int all[DESCRIPTOR] = {1, context, n, n, BLOCK, BLOCK, 0, 0, height};
    double best = 0;
    double total = 0;
    for (int k = 0; k < TIMES && total < 10; k++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double begin = MPI_Wtime();
        pdgemm_("N", "N", &n, &n, &n, &unit, a, &one, &one, all, a + size, &one, &one, all, &unit,
                a + 2 * size, &one, &one, all);
        MPI_Barrier(MPI_COMM_WORLD);
        double seconds = MPI_Wtime() - begin;
        MPI_Bcast(&seconds, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
        best = k == 0 || seconds < best ? seconds : best;
        total += seconds;
    }
    if (rank == 0)
        printf("pdgemm n=%d ranks=%d seconds=%.3f gflops=%.1f\n", n, ranks, best,
               2e-9 * n * n * n / best);
    free(a);
    Cblacs_gridexit(context);
    Cfree_blacs_system_handle(handle);
}

/* --- Eigenpairs ------------------------------------------------------------------------------- */

/* One rank: by LAPACK, as the analysis does it then. */
static void eigen(int n)
{
    enum { TOP = 16 };
    double *A = NULL;
    double values[TOP];
    double *vectors = NULL;
    if (rank == 0) {
        A = malloc((size_t)n * (size_t)n * sizeof *A);
        vectors = malloc((size_t)n * TOP * sizeof *vectors);
        if (A == NULL || vectors == NULL)
            give_up("memory is short");
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                A[(size_t)i * (size_t)n + (size_t)j] = exp(-1e-5 * (i - j) * (i - j)) + cos(i + j);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    double begin = MPI_Wtime();
    int status = ranks == 1 ? strata_eigen(A, n, n - TOP, TOP, values, vectors)
                            : gang_eigen(MPI_COMM_WORLD, A, n, n - TOP, TOP, values, vectors);
    if (status != STRATA_OK)
        give_up("no eigenpairs");
    if (rank == 0)
        printf("eigen n=%d ranks=%d seconds=%.2f\n", n, ranks, MPI_Wtime() - begin);
    free(A);
    free(vectors);
}

/* --- Memory ----------------------------------------------------------------------------------- */

static int largest(double bytes, int d, int of_ranks)
{
    const double libraries = 150e6; /* of a rank; measured: 35e6 at 4000 points, 139e6 at 26000 */
    int fits = 2;
    int over = 1 << 20;
    while (over - fits > 1) {
        int middle = fits + (over - fits) / 2;
        if (((double)gang_bytes(middle, d, of_ranks) + libraries) * of_ranks <= bytes)
            fits = middle;
        else
            over = middle;
    }
    return fits;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    strata_use_one_thread();
    if (argc == 8 && strcmp(argv[1], "solve") == 0)
        solve(argv + 2);
    else if (argc == 8 && strcmp(argv[1], "local") == 0 && ranks == 1)
        solve_locally(argv + 2);
    else if (argc == 3 && strcmp(argv[1], "pdgemm") == 0)
        multiply(atoi(argv[2]));
    else if (argc == 3 && strcmp(argv[1], "eigen") == 0)
        eigen(atoi(argv[2]));
    else if (argc == 5 && strcmp(argv[1], "bytes") == 0)
        printf("%.0f\n", (double)gang_bytes(atoi(argv[2]), atoi(argv[3]), atoi(argv[4])));
    else if (argc == 5 && strcmp(argv[1], "largest") == 0)
        printf("%d\n", largest(atof(argv[2]), atoi(argv[3]), atoi(argv[4])));
    else
        give_up("solve, local, pdgemm, eigen, bytes or largest, and their arguments");
    MPI_Finalize();
    return 0;
}
