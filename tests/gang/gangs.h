/* What the tests of gangs share: spaces of the same points over a gang and on one rank, and tests
 * that run on MPI_COMM_WORLD and on parts of it. */
#ifndef TESTS_GANG_GANGS_H
#define TESTS_GANG_GANGS_H

#include "../solver/points.h"
#include "gang.h"
#include "suite.h"
#include "world.h"

#include <math.h>

/* The space of x[n, d], which every rank of the gang has; NULL if it is refused. */
static inline struct gang_space *gang_space_of(struct gang *gang, const double *x, int d,
                                               int distance, int normalization)
{
    struct gang_space *space = NULL;
    int first = 0;
    int count = 0;
    gang_rows(gang, &first, &count);
    gang_space_new(gang, count > 0 ? x + (size_t)first * d : NULL, d, distance, normalization,
                   &space);
    return space;
}

/* Runs on MPI_COMM_WORLD with suite.h; output of rank 0 only. The number of failures of any rank.
 */
static inline int gang_suite_run(const char *name, const struct test_case *cases, int count,
                                 int *argc, char ***argv)
{
    MPI_Init(argc, argv);
    strata_use_one_thread();
    if (world_rank() != 0)
        freopen("/dev/null", "w", stdout);
    int failed = suite_run(name, cases, count);
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Finalize();
    return failed;
}

#endif
