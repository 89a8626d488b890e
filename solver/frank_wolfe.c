#include "frank_wolfe.h"
#include "loss.h"

#include <string.h>

/* Steps that gain less than this part of the loss are rounding. */
static const double least_gain = 1e-12;

double frank_wolfe(struct workspace *w, double loss)
{
    const size_t bytes = (size_t)w->n * sizeof *w->permutation;
    workspace_update_cost(w);
    while (!workspace_stop(w)) {
        strata_assignment_solve(w->assignment, w->cost, w->n, w->candidate, NULL, NULL);
        w->iterations++;
        double next = loss_of(w->a, w->b, w->candidate);
        if (!(next < loss * (1 - least_gain)))
            break;
        loss = next;
        memcpy(w->permutation, w->candidate, bytes);
        workspace_update_cost(w);
    }
    return loss;
}
