#include "versions.h"

#include <hdf5.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

char *versions_text(const char *strata)
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING + 128];
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "MPI";
    int length = 0;
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",\n")] = '\0';
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "strata %s, %s, HDF5 %u.%u.%u", strata, mpi, major, minor, release);
    return strdup(text);
}
