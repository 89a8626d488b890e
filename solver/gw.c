/* The solve of a pair: starts, Frank-Wolfe from each, local search on the best, certificates. */
#include "bounds.h"
#include "frank_wolfe.h"
#include "loss.h"
#include "swap_search.h"

#include <math.h>
#include <string.h>
#include <time.h>

const char *const strata_effort_names[] = {"fast", "standard", NULL};

const char *strata_start_name(int start)
{
    switch (start) {
#define X(name, text)                                                                              \
    case STRATA_START_##name:                                                                      \
        return text;
        STRATA_START_LIST(X)
#undef X
    default:
        return "unknown";
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* From the product coupling the gradient has rank one, and its assignment is a sort: points by
 * increasing mean distance on both sides. */
static void start_from_product(struct strata_solver *w)
{
    const int *a = space_order(w->a);
    const int *b = space_order(w->b);
    for (int k = 0; k < w->n; k++)
        w->permutation[a[k]] = b[k];
}

static void start_from_identity(struct strata_solver *w)
{
    for (int k = 0; k < w->n; k++)
        w->permutation[k] = k;
}

/* Leading eigenpairs that the graduated steps use, before the whole problem. */
static const int ranks[] = {8, 48};

/* Frank-Wolfe from w->permutation; keeps the result if it is the best so far. */
static void run(struct strata_solver *w, int start, struct strata_solution *solution)
{
    for (size_t k = 0; k < sizeof ranks / sizeof *ranks && !w->stopped; k++)
        frank_wolfe_leading(w, ranks[k]);
    double loss = loss_of(w->a, w->b, w->permutation);
    if (!w->stopped)
        loss = frank_wolfe(w, loss, 1);
    if (loss < solution->loss) {
        solution->loss = loss;
        solution->start = start;
        memcpy(w->best, w->permutation, (size_t)w->n * sizeof *w->best);
    }
}

/* Swaps, then Frank-Wolfe again, until neither helps. */
static void search_locally(struct strata_solver *w, struct strata_solution *solution)
{
    memcpy(w->permutation, w->best, (size_t)w->n * sizeof *w->best);
    workspace_update_cost(w, 0);
    for (double before = INFINITY; solution->loss < before && !w->stopped;) {
        before = solution->loss;
        solution->loss = swap_search(w, solution->loss);
        solution->loss = frank_wolfe(w, solution->loss, 0);
    }
    memcpy(w->best, w->permutation, (size_t)w->n * sizeof *w->best);
}

/* The gap at the best permutation. */
static double certify(struct strata_solver *w)
{
    memcpy(w->permutation, w->best, (size_t)w->n * sizeof *w->best);
    workspace_update_cost(w, 0);
    strata_assignment_solve(w->assignment, w->cost, w->n, w->candidate, NULL, NULL);
    return loss_frank_wolfe_gap(w->a, w->b, w->best, w->candidate);
}

int strata_solve(struct strata_solver *w, const struct strata_space *a,
                 const struct strata_space *b, int effort, strata_tick *tick, void *context,
                 struct strata_solution *solution, int *permutation)
{
    if (!w || !a || !b || !solution || a->n != b->n || a->n > w->capacity || effort < STRATA_FAST ||
        effort > STRATA_STANDARD)
        return STRATA_ARGUMENT;
    double begin = now();
    w->a = a;
    w->b = b;
    w->n = (int)a->n;
    w->tick = tick;
    w->context = context;
    w->stopped = 0;
    w->iterations = 0;
    w->accepted_swaps = 0;

    *solution = (struct strata_solution){.loss = INFINITY, .start = STRATA_START_IDENTITY};
    solution->identity_loss = loss_of(a, b, NULL);
    solution->lower_bound = lower_bound(w);
    run(w, STRATA_START_BOUND, solution);
    start_from_product(w);
    run(w, STRATA_START_PRODUCT, solution);
    start_from_identity(w);
    run(w, STRATA_START_IDENTITY, solution);
    if (effort >= STRATA_STANDARD)
        search_locally(w, solution);
    solution->gap = certify(w);
    solution->iterations = w->iterations;
    solution->swaps = w->accepted_swaps;
    solution->seconds = now() - begin;
    if (permutation != NULL)
        memcpy(permutation, w->best, (size_t)w->n * sizeof *permutation);
    return w->stopped ? STRATA_STOPPED : STRATA_OK;
}
