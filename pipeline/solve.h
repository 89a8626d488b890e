/* From activations to the records of all pairs: the part of a run that takes its time. */
#ifndef STRATA_SOLVE_H
#define STRATA_SOLVE_H

#include "activations.h"
#include "known.h"
#include "ledger.h"
#include "monitor.h"
#include "plan.h"
#include "reduce.h"
#include "settings.h"

/* All borrowed. */
struct solve_job {
    MPI_Comm comm;
    const struct settings *settings;
    const struct plan_inputs *inputs;
    const struct plan *plan;
    struct digest fingerprint;
    struct ledger *ledger;
    struct known *known;     /* rank 0 */
    struct monitor *monitor; /* rank 0: begun */
    bool learn;              /* what is solved is to be known, for another round */
};

/* Collective: solves all pairs that are not known, each into the ledger as soon as it is, and
 * gathers the records of all pairs on rank 0. EXIT_STOPPED where a signal asked for it, or another
 * failure: what was solved is in the ledger all the same. */
int solve_all(const struct solve_job *job, struct records *records, struct fault *fault);

#endif
