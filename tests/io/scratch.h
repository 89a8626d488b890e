/* A directory for the files of a test, shared by all ranks and removed at the end. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <dirent.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

struct scratch {
    char path[256];
};

/* Collective over MPI_COMM_WORLD. */
static inline struct scratch scratch_new(void)
{
    struct scratch scratch = {""};
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        const char *parent = getenv("TMPDIR");
        snprintf(scratch.path, sizeof scratch.path, "%s/strata-test-XXXXXX",
                 parent != NULL ? parent : "/tmp");
        if (mkdtemp(scratch.path) == NULL)
            MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Bcast(&scratch, (int)sizeof scratch, MPI_BYTE, 0, MPI_COMM_WORLD);
    return scratch;
}

/* Collective; waits until no rank uses the files any more. */
static inline void scratch_remove(const struct scratch *scratch)
{
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Barrier(MPI_COMM_WORLD);
    DIR *directory = rank == 0 ? opendir(scratch->path) : NULL;
    if (directory == NULL)
        return;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", scratch->path, entry->d_name);
        remove(path); /* not "." and "..": they are not empty */
    }
    closedir(directory);
    remove(scratch->path);
}

#endif
