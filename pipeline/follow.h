/* strata run --follow: waiting for the next checkpoint. */
#ifndef STRATA_FOLLOW_H
#define STRATA_FOLLOW_H

#include "settings.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

/* Not collective: a number that changes when the files of the input do. */
uint64_t follow_signature(const struct settings *settings);

/* Collective: waits until the files of the input differ from *signature (significant on rank 0),
 * which becomes theirs. Returns, the same on all ranks, false where a signal asked any rank to
 * stop. Looks every few seconds, and hardly uses the processor. */
bool follow_wait(const struct settings *settings, uint64_t *signature, MPI_Comm comm);

#endif
