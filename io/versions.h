/* The versions of what a run was made with. */
#ifndef STRATA_VERSIONS_H
#define STRATA_VERSIONS_H

/* "strata 0.1.0, Open MPI v4.1.4, HDF5 1.10.8": owned by the caller; NULL if memory is short. */
char *versions_text(const char *strata);

#endif
