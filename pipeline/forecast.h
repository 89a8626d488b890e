/* strata plan: what a run will take, before a job is submitted. */
#ifndef STRATA_FORECAST_H
#define STRATA_FORECAST_H

#include "fault.h"

#include <mpi.h>

enum forecast_format { FORECAST_TEXT, FORECAST_KEYS };

struct forecast_options {
    const char *config;
    char **overrides; /* "key=value" */
    int override_count;
    int ranks;          /* 1 to SCHEDULE_MOST_RANKS */
    int ranks_per_node; /* 0: as many as this machine has cores */
    double seconds;     /* to spend on the calibration */
    enum forecast_format format;
};

/* Collective over comm, which is to have one rank. Reads the configuration and the input as a run
 * does, measures, and prints to stdout; with FORECAST_KEYS lines of `key value`, whole numbers but
 * for seconds, efficiency and flops. Writes nothing. Returns an exit status of fault.h. */
int forecast(const struct forecast_options *options, MPI_Comm comm, struct fault *fault);

#endif
