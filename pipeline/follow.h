/* strata run --follow: waiting for the next checkpoint. */
#ifndef STRATA_FOLLOW_H
#define STRATA_FOLLOW_H

#include "pairing.h"
#include "settings.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

/* For each input a number that changes when its files do; 0: there are none. */
struct signatures {
    uint64_t of[PAIRING_INPUTS];
};

/* Not collective: of what is there now. */
struct signatures follow_signatures(const struct settings *settings);

/* Collective: waits until the files of an input differ from *signatures (significant on rank 0),
 * which become theirs. Returns, the same on all ranks, false where a signal asked any rank to
 * stop. Looks every few seconds, and hardly uses the processor. */
bool follow_wait(const struct settings *settings, struct signatures *signatures, MPI_Comm comm);

#endif
