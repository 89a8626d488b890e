/* The solver as the settings and the plan ask for it. */
#ifndef STRATA_NUMERICS_H
#define STRATA_NUMERICS_H

#include "plan.h"
#include "settings.h"
#include "strata.h"

/* The mm-space of values[points, width], weights[points] or NULL, in the caller's block. A status
 * of the solver. */
int numerics_build(const struct settings *settings, const double *values, int points, int64_t width,
                   const double *weights, struct strata_space *space);

struct strata_options numerics_options(const struct settings *settings, strata_tick *tick,
                                       void *context);

/* A solver with all workspaces that the pairs of the plan will need, so that none is short of
 * memory in the middle. NULL and EXIT_SYSTEM if memory is short now. */
struct strata_solver *numerics_solver(const struct plan *plan, struct fault *fault);

/* What is kept of a pair. status: of the solver; with an error there are no values, whatever the
 * solution holds. */
struct pair_record numerics_record(struct pair pair, int status,
                                   const struct strata_solution *solution);

#endif
