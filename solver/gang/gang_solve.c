/* The solve of a pair over a gang: starts, Frank-Wolfe, local search, certificates; as in gw.c.
 *
 * A full product costs 2 n^3 flops, everything else O(n^2): so the effort `fast` takes all starts
 * as far as the leading eigenpairs go, and only the best on with full products; `standard` takes
 * all of them on, and the best to the local search. */
#include "gang_assignment.h"
#include "gang_internal.h"
#include "gang_loss.h"
#include "gang_starts.h"
#include "gang_swaps.h"
#include "leading.h"
#include "loss.h"
#include "product.h"
#include "space.h"

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

/* Frank-Wolfe from permutation with this loss, to permutation. */
static int frank_wolfe(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                       int from_scratch, double *loss)
{
    product_update(g, a, b, from_scratch);
    for (int warm = 0; !gang_stop(g); warm = 1) {
        int status = gang_assignment_step(g, g->cost, warm, g->candidate);
        if (status != STRATA_OK)
            return unless_stopped(status);
        g->iterations++;
        double next = gang_loss(g, a, b, g->candidate);
        if (!(next < *loss * (1 - least_gain)))
            break;
        *loss = next;
        copy(g, g->permutation, g->candidate);
        product_update(g, a, b, 0);
    }
    return STRATA_OK;
}

/* From permutation, by steps on the leading first_rank and then all eigenpairs at hand and, if
 * is_full, whole ones; keeps where they end if that is the best so far. */
static int run_start(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                     int start, int first_rank, int is_full, struct strata_solution *solution)
{
    int status = STRATA_OK;
    if (first_rank < SPECTRUM_RANK)
        status = gang_leading(g, a, b, first_rank, g->permutation);
    if (status == STRATA_OK && !g->stopped)
        status = gang_leading(g, a, b, SPECTRUM_RANK, g->permutation);
    double loss = gang_loss(g, a, b, g->permutation);
    if (status == STRATA_OK && is_full && !g->stopped)
        status = frank_wolfe(g, a, b, g->costed[0] < 0, &loss);
    if (loss < solution->loss) {
        solution->loss = loss;
        solution->start = start;
        copy(g, g->best, g->permutation);
    }
    return status;
}

static int run_starts(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                      int effort, struct strata_solution *solution)
{
    const int is_full = effort >= STRATA_STANDARD;
    const int of_sample = is_full ? STRATA_STANDARD : STRATA_FAST;
    int start = STRATA_START_IDENTITY;
    int status = unless_stopped(gang_lower_bound(g, a, b, g->permutation, &solution->lower_bound));
    if (status == STRATA_OK && !g->stopped)
        status = run_start(g, a, b, STRATA_START_BOUND, FIRST_RANK, is_full, solution);
    for (int k = 0; k < g->n; k++)
        g->permutation[a->order[k]] = b->order[k];
    if (status == STRATA_OK && !g->stopped)
        status = run_start(g, a, b, STRATA_START_PRODUCT, FIRST_RANK, is_full, solution);
    for (int k = 0; k < g->n; k++)
        g->permutation[k] = k;
    if (status == STRATA_OK && !g->stopped)
        status = run_start(g, a, b, STRATA_START_IDENTITY, FIRST_RANK, is_full, solution);
    if (status == STRATA_OK && !g->stopped)
        status = unless_stopped(gang_from_sample(g, a, b, of_sample, g->permutation, &start));
    /* Steps on fewer eigenpairs may lose what the sample found, or lead on from there. */
    if (status == STRATA_OK && !g->stopped)
        status = run_start(g, a, b, start, SPECTRUM_RANK, is_full, solution);
    if (status == STRATA_OK && !g->stopped)
        status = run_start(g, a, b, start, FIRST_RANK, is_full, solution);
    return status;
}

/* Swaps, then Frank-Wolfe again, until neither helps. */
static int search_locally(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                          double *loss)
{
    int status = STRATA_OK;
    for (double before = INFINITY; *loss < before && !g->stopped && status == STRATA_OK;) {
        before = *loss;
        status = gang_swaps(g, a, b, loss);
        if (status == STRATA_OK && !g->stopped && *loss < before)
            status = frank_wolfe(g, a, b, 0, loss);
    }
    return status;
}

static int solve(struct gang *g, const struct gang_space *a, const struct gang_space *b, int effort,
                 struct strata_solution *solution)
{
    for (int k = 0; k < g->n; k++)
        g->best[k] = k;
    solution->identity_loss = gang_loss(g, a, b, g->best);
    solution->loss = solution->identity_loss;
    int status = run_starts(g, a, b, effort, solution);
    if (status != STRATA_OK)
        return status;
    copy(g, g->permutation, g->best);
    if (!g->stopped)
        status = frank_wolfe(g, a, b, g->costed[0] < 0, &solution->loss);
    if (status == STRATA_OK && effort >= STRATA_STANDARD)
        status = search_locally(g, a, b, &solution->loss);
    copy(g, g->best, g->permutation);
    if (status == STRATA_OK && !g->stopped)
        status = unless_stopped(gang_assignment_step(g, g->cost, 0, g->candidate));
    if (status == STRATA_OK && !g->stopped)
        solution->gap = gang_frank_wolfe_gap(g, a, b, g->best, g->candidate);
    return status;
}

int gang_solve(struct gang *g, const struct gang_space *a, const struct gang_space *b, int effort,
               strata_tick *tick, void *context, struct strata_solution *solution, int *permutation)
{
    if (!g || !a || !b || !solution || a->gang != g || b->gang != g || effort < STRATA_FAST)
        return STRATA_ARGUMENT;
    double begin = MPI_Wtime();
    g->tick = tick;
    g->context_of_tick = context;
    g->stopped = 0;
    g->costed[0] = -1; /* there is no product yet */
    g->iterations = 0;
    g->accepted_swaps = 0;
    *solution = (struct strata_solution){
        .start = STRATA_START_IDENTITY, .gap = INFINITY, .method = STRATA_METHOD_PERMUTATION};
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
