/* strata sweep --gather: one table and pictures of all members. */
#ifndef STRATA_SWEEP_GATHER_H
#define STRATA_SWEEP_GATHER_H

#include "sweep.h"

/* Reads the members' results and writes, into output.directory, sweep.csv, sweep.h5 and the
 * pictures (io/figures_sweep.h); prints the table. A member without results, or with those of other
 * settings, is in all of them, marked. Returns an exit status: EXIT_PARTIAL where a member is not
 * complete; EXIT_INPUT where none has results. Not collective. */
int sweep_gather(const struct sweep_source *source, struct fault *fault);

#endif
