/* strata run: from activations to results.h5, tables and pictures. */
#ifndef STRATA_RUN_H
#define STRATA_RUN_H

#include "fault.h"

#include <stdbool.h>

struct run_options {
    const char *config;
    char **overrides; /* "key=value" */
    int override_count;
    bool fresh;   /* replace a different run in the output folder */
    bool dry_run; /* say what would be done */
};

/* Collective over comm. Returns an exit status of fault.h; messages of failures are in *fault, the
 * same on all ranks. */
int run(const struct run_options *options, MPI_Comm comm, struct fault *fault);

#endif
