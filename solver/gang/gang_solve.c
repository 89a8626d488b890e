/* The solve of a pair over a gang: proposals, descents, certificates; as in gw.c, but without
 * excursions, which bring little where there are many points. */
#include "effort.h"
#include "gang_assignment.h"
#include "gang_internal.h"
#include "gang_loss.h"
#include "gang_starts.h"
#include "gang_swaps.h"
#include "loss.h"
#include "product.h"
#include "proposals.h"
#include "space.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static const double least_gain = 1e-12; /* smaller ones are rounding */

static void copy(const struct gang *g, int *to, const int *from)
{
    memcpy(to, from, (size_t)g->n * sizeof *to);
}

/* What has come so far is valid where a step was stopped: gang->stopped says so. */
static int unless_stopped(int status)
{
    return status == STRATA_STOPPED ? STRATA_OK : status;
}

/* --- Descents --- */

/* Frank-Wolfe from permutation with this loss, to permutation. *stepped: whether it went anywhere.
 */
static int frank_wolfe(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                       double *loss, int *stepped)
{
    *stepped = 0;
    product_update(g, a, b, g->costed[0] < 0);
    for (int warm = 0; !gang_stop(g); warm = 1) {
        int status = gang_assignment_step(g, g->cost, warm, g->candidate);
        if (status != STRATA_OK)
            return unless_stopped(status);
        g->iterations++;
        double next = gang_loss(g, a, b, g->candidate);
        if (!(next < *loss * (1 - least_gain)))
            break;
        *loss = next;
        *stepped = 1;
        copy(g, g->permutation, g->candidate);
        product_update(g, a, b, 0);
    }
    return STRATA_OK;
}

/* From permutation with this loss: Frank-Wolfe, then swaps, until neither helps. Kept with its
 * certificate if it is the best so far. */
static int descend(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                   double loss, int start, struct strata_solution *solution)
{
    int status = STRATA_OK;
    int left = -1;
    for (int first = 1; status == STRATA_OK && !g->stopped; first = 0) {
        int stepped = 0;
        status = frank_wolfe(g, a, b, &loss, &stepped);
        if (status != STRATA_OK || g->stopped || (!stepped && !first))
            break;
        const double before = loss;
        status = gang_swaps(g, a, b, &loss, &left);
        if (!(loss < before))
            break;
    }
    if (status != STRATA_OK || loss >= solution->loss)
        return status;
    solution->loss = loss;
    solution->start = start;
    solution->gap = INFINITY;
    solution->swaps_left = -1;
    copy(g, g->best, g->permutation);
    if (g->stopped) /* before the last assignment */
        return STRATA_OK;
    solution->gap = gang_frank_wolfe_gap(g, a, b, g->best, g->candidate);
    solution->swaps_left = left;
    return STRATA_OK;
}

static int descend_proposals(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                             int descents, struct strata_solution *solution)
{
    struct workspace *w = g->local;
    int status = STRATA_OK;
    for (int k = 0; k < w->proposal_count && k < descents && status == STRATA_OK; k++) {
        if (!proposals_take(w, k, solution->loss))
            continue;
        copy(g, g->permutation, w->permutation);
        status = descend(g, a, b, w->proposals[k].loss, w->proposals[k].start, solution);
    }
    proposals_clear(w);
    return status;
}

/* --- Proposals --- */

static double propose(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                      int start)
{
    const double loss = gang_loss(g, a, b, g->permutation);
    copy(g, g->local->permutation, g->permutation);
    proposals_add(g->local, loss, start);
    return loss;
}

/* As propose_product of gw.c. */
static int propose_product(struct gang *g, const struct gang_space *a, const struct gang_space *b)
{
    const int coarse = starts_are_coarse(g->local);
    start_from_product(g->local, g->permutation);
    int status =
        gang_leading(g, a, b, CELLS_RANK, coarse ? PRODUCT_STEPS : INT_MAX, g->permutation);
    if (status == STRATA_OK && !g->stopped && coarse) {
        gang_follow(g, g->permutation);
        status = gang_lift(g, a, b, g->core, g->permutation);
    } else if (status == STRATA_OK && !g->stopped) {
        status = gang_leading(g, a, b, SPECTRUM_RANK, INT_MAX, g->permutation);
    }
    if (status == STRATA_OK && !g->stopped)
        propose(g, a, b, STRATA_START_PRODUCT);
    return status;
}

/* first: of all searches, which begins with the usual starts. */
static int search(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                  const struct effort *effort, int first, uint64_t *random)
{
    struct workspace *w = g->local;
    int status = STRATA_OK;
    gang_search(g, &effort->search, first, random);
    for (int k = 0; k < w->starts->count && k < effort->lifts && !gang_stop(g); k++) {
        status = gang_lift(g, a, b, w->starts->starts[k].core, g->permutation);
        if (status != STRATA_OK || g->stopped)
            break;
        propose(g, a, b, w->starts->starts[k].code);
    }
    w->starts->count = 0;
    return status;
}

static int search_often(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                        const struct effort *effort, int first, uint64_t *random)
{
    int status = STRATA_OK;
    int failed = 0;
    for (int k = 0; k < effort->searches && failed < SEARCH_PATIENCE && !g->stopped; k++) {
        const double before = proposals_best(g->local);
        status = search(g, a, b, effort, first && k == 0, random);
        if (status != STRATA_OK)
            break;
        failed = proposals_best(g->local) < before ? 0 : failed + 1;
    }
    return status;
}

/* --- The solve --- */

static int solve(struct gang *g, const struct gang_space *a, const struct gang_space *b, int effort,
                 struct strata_solution *solution)
{
    uint64_t random = 0;
    int status = unless_stopped(gang_lower_bound(g, a, b, g->local->bound, &solution->lower_bound));
    start_from_identity(g->local, g->permutation);
    solution->identity_loss = propose(g, a, b, STRATA_START_IDENTITY);
    if (status == STRATA_OK && !g->stopped)
        status = propose_product(g, a, b);
    for (int level = STRATA_FAST; level <= effort && status == STRATA_OK; level++) {
        if (loss_is_least(a->unit * b->unit, solution))
            break;
        const struct effort part = effort_of(level, g->n);
        status = search_often(g, a, b, &part, level == STRATA_FAST, &random);
        if (status == STRATA_OK)
            status = descend_proposals(g, a, b, part.descents, solution);
    }
    return status;
}

int gang_solve(struct gang *g, const struct gang_space *a, const struct gang_space *b, int effort,
               strata_tick *tick, void *context, struct strata_solution *solution, int *permutation)
{
    if (!g || !a || !b || !solution || a->gang != g || b->gang != g || effort < STRATA_FAST ||
        effort > STRATA_THOROUGH)
        return STRATA_ARGUMENT;
    double begin = MPI_Wtime();
    g->tick = tick;
    g->context_of_tick = context;
    g->stopped = 0;
    g->costed[0] = -1; /* there is no product yet */
    g->iterations = 0;
    g->accepted_swaps = 0;
    const struct outline outline_a = gang_outline(a);
    const struct outline outline_b = gang_outline(b);
    workspace_begin_starts(g->local, &outline_a, &outline_b, tick, context);
    *solution = (struct strata_solution){.loss = INFINITY,
                                         .start = STRATA_START_IDENTITY,
                                         .gap = INFINITY,
                                         .swaps_left = -1,
                                         .method = STRATA_METHOD_PERMUTATION};
    int status = solve(g, a, b, effort, solution);
    if (status != STRATA_OK)
        return status;
    loss_drop_dust(a->unit * b->unit, solution);
    solution->iterations = g->iterations;
    solution->swaps = g->accepted_swaps;
    solution->seconds = MPI_Wtime() - begin;
    MPI_Bcast(&solution->seconds, 1, MPI_DOUBLE, 0, g->comm);
    if (permutation != NULL)
        copy(g, permutation, g->best);
    return g->stopped ? STRATA_STOPPED : STRATA_OK;
}
