/* strata sweep without a mode: all members in turn, and then their table and pictures. */
#ifndef STRATA_SWEEP_RUN_H
#define STRATA_SWEEP_RUN_H

#include "run.h"

/* Collective over comm. A member that fails does not keep the others from running. Returns an exit
 * status: EXIT_PARTIAL where a member is not complete, EXIT_STOPPED after a signal. */
int sweep_run(const struct run_options *options, MPI_Comm comm, struct fault *fault);

#endif
