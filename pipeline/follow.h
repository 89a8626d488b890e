/* strata run --follow: waiting for the next checkpoint. */
#ifndef STRATA_FOLLOW_H
#define STRATA_FOLLOW_H

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

/* Collective: waits until the files of the pattern differ from *signature (significant on rank 0),
 * which becomes theirs. Returns, the same on all ranks, false where a signal asked any rank to
 * stop. Looks every few seconds, and hardly uses the processor. */
bool follow_wait(const char *pattern, uint64_t *signature, MPI_Comm comm);

#endif
