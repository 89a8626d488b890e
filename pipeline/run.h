/* strata run: from activations to results.h5, tables and pictures. */
#ifndef STRATA_RUN_H
#define STRATA_RUN_H

#include "claim.h"
#include "fault.h"

#include <stdbool.h>
#include <stdint.h>

struct run_options {
    const char *config;
    char **overrides; /* "key=value" */
    int override_count;
    enum claim_mode mode; /* what to do with what the output folder holds */
    bool follow;          /* go on with new checkpoints until a signal */
    bool dry_run;         /* say what would be done */
    bool check;           /* a dry run that says nothing: only what is wrong, in *fault */
    bool sweep;           /* config is of a sweep (sweep.h), and this run is one of it: */
    int64_t member;
};

/* Collective over comm. Returns an exit status of fault.h; messages of failures are in *fault, the
 * same on all ranks. */
int run(const struct run_options *options, MPI_Comm comm, struct fault *fault);

#endif
