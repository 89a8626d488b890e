/* One GW problem over all ranks, timed: gang N EFFORT DX X.bin DY Y.bin, where X.bin holds
 * double [N, DX]. Rank 0 prints one line of key=value. gang bytes N D RANKS prints what a rank of
 * such a gang would hold. */
#include "gang.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        MPI_Abort(MPI_COMM_WORLD, 1);
    fclose(file);
    enum { EUCLIDEAN, BY_MEAN = 0 };
    if (gang_space_new(gang, x, d, EUCLIDEAN, BY_MEAN, &space) != STRATA_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    free(x);
    return space;
}

int main(int argc, char **argv)
{
    int rank = 0;
    int ranks = 0;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    strata_use_one_thread();
    if (argc == 5 && strcmp(argv[1], "bytes") == 0) {
        printf("%.0f\n", (double)gang_bytes(atoi(argv[2]), atoi(argv[3]), atoi(argv[4])));
        MPI_Finalize();
        return 0;
    }
    if (argc != 7)
        MPI_Abort(MPI_COMM_WORLD, 2);
    const int n = atoi(argv[1]);
    const int effort = strcmp(argv[2], "fast") == 0 ? STRATA_FAST : STRATA_STANDARD;
    struct gang *gang = NULL;
    struct strata_solution s = {0};
    if (gang_new(MPI_COMM_WORLD, n, &gang) != STRATA_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    double begin = MPI_Wtime();
    struct gang_space *a = read_space(gang, argv[4], atoi(argv[3]));
    struct gang_space *b = read_space(gang, argv[6], atoi(argv[5]));
    double spaces = MPI_Wtime() - begin;
    if (gang_solve(gang, a, b, effort, NULL, NULL, &s, NULL) != STRATA_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    struct gang_times t = gang_times(gang);
    double peak = peak_bytes();
    MPI_Allreduce(MPI_IN_PLACE, &peak, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    if (rank == 0)
        printf("n=%d ranks=%d loss=%.9f bound=%.9f gap=%.3g start=%s iterations=%d swaps=%d "
               "spaces=%.2f solve=%.2f product=%.2f pdgemm=%.2f assignment=%.2f gflops=%.1f "
               "peak_mb=%.0f counted_mb=%.0f\n",
               n, ranks, s.loss, s.lower_bound, s.gap, strata_start_name(s.start), s.iterations,
               s.swaps, spaces, s.seconds, t.product, t.pdgemm, t.assignment,
               1e-9 * t.flops / t.pdgemm, 1e-6 * peak,
               1e-6 * (double)gang_bytes(n, atoi(argv[3]), ranks));
    gang_space_destroy(&a);
    gang_space_destroy(&b);
    gang_destroy(&gang);
    MPI_Finalize();
    return 0;
}
