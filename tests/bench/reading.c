/* What it costs to read sampled rows: seconds, bytes and calls, as the kernel counts them.
 *
 *   mpirun -n RANKS reading FILE COUNT [REPEATS]
 *
 * COUNT rows of the first layer at the first checkpoint, drawn as a run draws them, each rank its
 * share as in pipeline/store.c; the fastest of REPEATS counts. Bytes are those of read() and
 * pread() (from disk or the page cache alike). The digest is of all values in order, and so the
 * same on any number of ranks. */
#include "activations.h"
#include "clock.h"
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What this process has read so far: bytes, calls. */
static void count_reads(int64_t counts[2])
{
    char line[128];
    FILE *file = fopen("/proc/self/io", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "rchar:", 6) == 0)
            counts[0] = strtoll(line + 6, NULL, 10);
        else if (strncmp(line, "syscr:", 6) == 0)
            counts[1] = strtoll(line + 6, NULL, 10);
    }
    if (file)
        fclose(file);
}

/* A sum that knows places: value k of the whole, read anywhere, adds the same. */
static uint64_t digest(const double *values, int64_t count, int64_t first)
{
    uint64_t sum = 0;
    for (int64_t k = 0; k < count; k++) {
        uint64_t bits;
        memcpy(&bits, values + k, sizeof bits);
        sum += (bits ^ (uint64_t)(first + k) * UINT64_C(0x9e3779b97f4a7c15)) *
               UINT64_C(0xbf58476d1ce4e5b9);
    }
    return sum;
}

static int measure(struct activations *input, int count, int repeats, struct fault *fault)
{
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int begin = (int)((int64_t)count * rank / size);
    const int own = (int)((int64_t)count * (rank + 1) / size) - begin;
    const int64_t width = input->widths[0];
    int64_t *rows = malloc((size_t)count * sizeof *rows);
    double *values = malloc(((size_t)own + 1) * (size_t)width * sizeof *values);
    if (!rows || !values)
        fault_set(fault, EXIT_SYSTEM, "memory is short");
    double best = 1e300;
    int64_t reads[2] = {0};
    uint64_t sum = 0;
    if (!fault_agree(fault, MPI_COMM_WORLD) && rows && values) {
        sample_rows(0, 0, input->row_count, count, rows);
        for (int k = 0; k < repeats && !fault->status; k++) {
            int64_t before[2] = {0};
            int64_t after[2] = {0};
            count_reads(before);
            MPI_Barrier(MPI_COMM_WORLD);
            const double start = clock_seconds();
            activations_read(input, 0, 0, rows + begin, own, values, fault);
            MPI_Barrier(MPI_COMM_WORLD);
            const double seconds = clock_seconds() - start;
            best = seconds < best ? seconds : best;
            count_reads(after);
            reads[0] = after[0] - before[0]; /* of the last repeat: the file is open by then */
            reads[1] = after[1] - before[1];
        }
        sum = digest(values, own * width, begin * width);
    }
    MPI_Allreduce(MPI_IN_PLACE, reads, 2, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    if (rank == 0 && !fault->status)
        printf("%d ranks, %d of %lld rows of %lld: %.4f s, %.3f MB in %lld reads, digest %016llx\n",
               size, count, (long long)input->row_count, (long long)width, best,
               (double)reads[0] / 1e6, (long long)reads[1], (unsigned long long)sum);
    free(rows);
    free(values);
    return fault->status;
}

int main(int argc, char **argv)
{
    struct activations *input = NULL;
    struct fault fault = {0};
    setenv("OMPI_MCA_io", "^ompio", 0); /* as in pipeline/main.c */
    MPI_Init(&argc, &argv);
    const int count = argc > 2 ? atoi(argv[2]) : 0;
    const int repeats = argc > 3 ? atoi(argv[3]) : 3;
    if (count < 1 || repeats < 1)
        fault_set(&fault, EXIT_INPUT, "usage: reading FILE COUNT [REPEATS]");
    else if (activations_open(argv[1], NULL, MPI_COMM_WORLD, &input, &fault) == 0) {
        if (count > input->row_count)
            fault_set(&fault, EXIT_INPUT, "\"%s\" has only %lld rows", argv[1],
                      (long long)input->row_count);
        else
            measure(input, count, repeats, &fault);
        activations_close(&input);
    }
    if (fault.status)
        fprintf(stderr, "reading: %s\n", fault.text);
    MPI_Finalize();
    return fault.status;
}
