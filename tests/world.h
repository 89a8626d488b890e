/* Who this process is among those of the test. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <mpi.h>

static inline int world_rank(void)
{
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

static inline int world_size(void)
{
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

#endif
