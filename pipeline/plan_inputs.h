/* The inputs of a run: one network's activations, or two. */
#ifndef STRATA_PLAN_INPUTS_H
#define STRATA_PLAN_INPUTS_H

#include "activations.h"
#include "pairing.h"
#include "settings.h"

struct plan_inputs {
    struct activations *of[PAIRING_INPUTS]; /* input.activations; input.against or NULL */
};

/* Collective: opens what the settings name. EXIT_INPUT as activations_open, or where the
 * checkpoints of two inputs cannot be paired. What was opened before a failure stays, to be closed.
 */
int plan_inputs_open(const struct settings *settings, MPI_Comm comm, struct plan_inputs *inputs,
                     struct fault *fault);
void plan_inputs_close(struct plan_inputs *inputs); /* collective; nulls */

/* Not collective: whether the checkpoints can be paired: as many of both, or one of the other. */
int plan_inputs_match(const struct settings *settings, const struct plan_inputs *inputs,
                      struct fault *fault);

#endif
