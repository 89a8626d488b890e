#include "frank_wolfe.h"
#include "loss.h"

#include <math.h>
#include <string.h>

/* A decrease of less than this part of the loss is rounding; and what is certain to be more than
 * rounding where it was computed in single precision. */
static const double least_gain = 1e-12;
static const double clear_gain = 1e-5;

/* Whether the step to w->candidate lowers the loss: being concave, it falls by at least what its
 * linear part does. */
static int descends(const struct workspace *w, double loss)
{
    double here = 0;
    double there = 0;
    for (int i = 0; i < w->n; i++) {
        const float *row = w->cost + (size_t)i * w->n;
        here += row[w->permutation[i]];
        there += row[w->candidate[i]];
    }
    return here - there > clear_gain * fabs(there) ||
           loss_frank_wolfe_gap(w->a, w->b, w->permutation, w->candidate) > least_gain * loss;
}

int frank_wolfe(struct workspace *w, double *loss)
{
    int stepped = 0;
    for (workspace_update_cost(w); !workspace_stop(w); stepped = 1) {
        workspace_assign(w);
        w->iterations++;
        if (!descends(w, *loss))
            break;
        memcpy(w->permutation, w->candidate, (size_t)w->n * sizeof *w->permutation);
        workspace_update_cost(w);
    }
    if (stepped)
        *loss = loss_of(w->a, w->b, w->permutation);
    return stepped;
}
