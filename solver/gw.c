/* The solve of a pair: starts, Frank-Wolfe from each, local search on the best, certificates. */
#include "bounds.h"
#include "frank_wolfe.h"
#include "leading.h"
#include "loss.h"
#include "starts.h"
#include "swap_search.h"

#include <math.h>
#include <string.h>
#include <time.h>

const char *const strata_effort_names[] = {"fast", "standard", "thorough", NULL};

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

int X_R = 0, X_L = 0;
/* What an effort spends. */
struct effort {
    int plain_product; /* also whole steps from the product coupling, as other tools take */
    int rotations;     /* starts from rotated coordinates, tried on the coarse problem */
    int lifts;         /* best coarse results that are taken to all points */
    int excursions;    /* failed excursions from the best before the solve ends */
};
static const struct effort efforts[] = {{0, 0, 0, 0}, {1, 16, 3, 4}, {1, 64, 12, 60}};

/* Keeps w->permutation if it is the best so far. */
static void consider(struct workspace *w, double loss, int start, struct strata_solution *solution)
{
    if (loss < solution->loss) {
        solution->loss = loss;
        solution->start = start;
        memcpy(w->best, w->permutation, (size_t)w->n * sizeof *w->best);
    }
}

/* A descent hardly ever gains more than this factor. */
static const double hopeless = 1.7;

/* From w->permutation down to a local optimum of the whole problem: Frank-Wolfe, then swaps, until
 * neither helps. */
static void descend(struct workspace *w, int start, struct strata_solution *solution)
{
    double loss = loss_of(w->a, w->b, w->permutation);
    for (double before = INFINITY; loss < before && !w->stopped;) {
        before = loss;
        loss = frank_wolfe(w, loss);
        loss = swap_search(w, loss);
    }
    consider(w, loss, start, solution);
}

/* Over the optima of the cut spectrum, from few eigenpairs to many, and down from there unless that
 * is hopeless. */
static void run(struct workspace *w, int first_rank, int start, struct strata_solution *solution)
{
    const struct leading whole = leading_whole(w);
    if (first_rank < SPECTRUM_RANK)
        leading_frank_wolfe(w, &whole, first_rank, w->permutation);
    leading_frank_wolfe(w, &whole, SPECTRUM_RANK, w->permutation);
    if (loss_of(w->a, w->b, w->permutation) < hopeless * solution->loss)
        descend(w, start, solution);
}

/* The identity is taken down as it is: layers of one network are often nearly matched already, and
 * graduated steps would lose that. */
static void run_starts(struct workspace *w, const struct effort *effort,
                       struct strata_solution *solution)
{
    start_from_identity(w, w->permutation);
    solution->identity_loss = loss_of(w->a, w->b, w->permutation);
    consider(w, solution->identity_loss, STRATA_START_IDENTITY, solution);
    descend(w, STRATA_START_IDENTITY, solution);
    memcpy(w->permutation, w->bound, (size_t)w->n * sizeof *w->bound);
    run(w, FIRST_RANK, STRATA_START_BOUND, solution);
    start_from_product(w, w->permutation);
    run(w, FIRST_RANK, STRATA_START_PRODUCT, solution);
    if (effort->plain_product) {
        start_from_product(w, w->permutation);
        descend(w, STRATA_START_PRODUCT, solution);
    }
}

static void run_coarse_starts(struct workspace *w, const struct effort *effort,
                              struct strata_solution *solution)
{
    if (effort->lifts == 0)
        return;
    int count = starts_search(w, w->bound, effort->rotations);
    for (int k = 0; k < count && k < effort->lifts && !w->stopped; k++) {
        starts_lift(w, k);
        descend(w, w->starts[k].code, solution);
    }
}

/* Mixes up the partners of some points. */
static void kick(struct workspace *w, int points, uint64_t *random)
{
    for (int k = 0; k < points; k++) {
        int i = random_below(random, w->n);
        int j = random_below(random, w->n);
        int partner = w->permutation[i];
        w->permutation[i] = w->permutation[j];
        w->permutation[j] = partner;
    }
}

/* Excursions from the best permutation, until so many in a row have failed: some points are mixed
 * up, and the way back leads over the optimum of a cut spectrum every other time. */
static void make_excursions(struct workspace *w, int failures, struct strata_solution *solution)
{
    static const int ranks[] = {0, 48, 0, 12, 0, 24, 0, 6};
    uint64_t random = 1;
    for (int k = 0, failed = 0; failed < failures && !w->stopped; k++) {
        double before = solution->loss;
        int rank = ranks[k % (int)(sizeof ranks / sizeof *ranks)];
        memcpy(w->permutation, w->best, (size_t)w->n * sizeof *w->best);
        kick(w, 1 + w->n * (1 + random_below(&random, 20)) / 100, &random);
        if (rank > 0)
            run(w, rank, STRATA_START_SEARCH, solution);
        else
            descend(w, STRATA_START_SEARCH, solution);
        failed = solution->loss < before ? 0 : failed + 1;
    }
}

/* The gap at the best permutation. */
static double certify(struct workspace *w)
{
    memcpy(w->permutation, w->best, (size_t)w->n * sizeof *w->best);
    workspace_update_cost(w);
    strata_assignment_solve(w->assignment, w->cost, w->n, w->candidate, NULL, NULL);
    return loss_frank_wolfe_gap(w->a, w->b, w->best, w->candidate);
}

int workspace_solve(struct workspace *w, const struct strata_space *a, const struct strata_space *b,
                    int effort, strata_tick *tick, void *context, struct strata_solution *solution,
                    int *permutation)
{
    if (!w || !a || !b || !solution || a->n != b->n || a->n > w->capacity || effort < STRATA_FAST ||
        effort > STRATA_THOROUGH)
        return STRATA_ARGUMENT;
    double begin = now();
    workspace_begin(w, a, b, tick, context);

    *solution = (struct strata_solution){.loss = INFINITY, .start = STRATA_START_IDENTITY};
    solution->lower_bound = lower_bound(w, w->bound);
    run_starts(w, &efforts[effort], solution);
    run_coarse_starts(w, &efforts[effort], solution);
    make_excursions(w, efforts[effort].excursions, solution);
    solution->gap = certify(w);
    solution->iterations = w->iterations;
    solution->swaps = w->accepted_swaps;
    solution->seconds = now() - begin;
    if (permutation != NULL)
        memcpy(permutation, w->best, (size_t)w->n * sizeof *permutation);
    return w->stopped ? STRATA_STOPPED : STRATA_OK;
}
