#include "frank_wolfe.h"
#include "loss.h"

#include <string.h>

/* Steps that gain less than this part of the loss are rounding. */
static const double least_gain = 1e-12;
static const double least_leading_gain = 1e-6; /* of a value computed in single precision */

double frank_wolfe(struct strata_solver *w, double loss, int from_scratch)
{
    const size_t bytes = (size_t)w->n * sizeof *w->permutation;
    workspace_update_cost(w, from_scratch);
    while (!workspace_stop(w)) {
        strata_assignment_solve(w->assignment, w->cost, w->n, w->candidate, NULL, NULL);
        w->iterations++;
        double next = loss_of(w->a, w->b, w->candidate);
        if (!(next < loss * (1 - least_gain)))
            break;
        loss = next;
        memcpy(w->permutation, w->candidate, bytes);
        workspace_update_cost(w, 0);
    }
    return loss;
}

void frank_wolfe_leading(struct strata_solver *w, int rank)
{
    const size_t bytes = (size_t)w->n * sizeof *w->permutation;
    double value = workspace_leading_cost(w, rank);
    while (!workspace_stop(w)) {
        assignment_approximate(w->assignment, w->cost, w->n, w->candidate);
        w->iterations++;
        memcpy(w->costed, w->permutation, bytes);
        memcpy(w->permutation, w->candidate, bytes);
        double next = workspace_leading_cost(w, rank);
        if (!(next > value * (1 + least_leading_gain))) {
            memcpy(w->permutation, w->costed, bytes);
            break;
        }
        value = next;
    }
}
