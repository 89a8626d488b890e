/* What a results file says about the run that made it. */
#ifndef STRATA_PROVENANCE_H
#define STRATA_PROVENANCE_H

#include "activations.h"
#include "plan.h"
#include "results.h"
#include "settings.h"

/* A new struct results with its axes (layers, steps, samples, carried scalars) and provenance
 * filled; owned by the caller. EXIT_SYSTEM if memory is short. */
int provenance_begin(const struct settings *settings, const struct plan_inputs *inputs,
                     const struct plan *plan, int ranks, struct results **results,
                     struct fault *fault);

/* Sets the time of the end. */
void provenance_end(struct results *results);

#endif
