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

/* What an effort adds to the lesser ones, all of which come first: so it is never worse. */
struct effort {
    int rotations;  /* starts from rotated coordinates; 0: the usual starts */
    int lifts;      /* best coarse results that are taken to all points */
    int descents;   /* of what was proposed, how many are taken down to a local optimum */
    int excursions; /* failed excursions from the best before it ends */
};
static const struct effort efforts[] = {{0, 2, 1, 0}, {16, 3, 3, 4}, {64, 12, 12, 60}};

/* Keeps w->permutation if it is the best so far. */
static void consider(struct workspace *w, double loss, int start, struct strata_solution *solution)
{
    if (loss < solution->loss) {
        solution->loss = loss;
        solution->start = start;
        memcpy(w->best, w->permutation, (size_t)w->n * sizeof *w->best);
    }
}

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

/* --- Proposals: permutations that may be worth a descent ---------------------------------------
 */

/* Makes w->permutation one; returns its loss. */
static double propose(struct workspace *w, int start)
{
    struct proposal new = {.loss = loss_of(w->a, w->b, w->permutation),
                           .start = start,
                           .permutation = w->proposed + (size_t)w->proposal_count * w->n};
    memcpy(new.permutation, w->permutation, (size_t)w->n * sizeof *new.permutation);
    int place = w->proposal_count++;
    for (; place > 0 && w->proposals[place - 1].loss > new.loss; place--)
        w->proposals[place] = w->proposals[place - 1];
    w->proposals[place] = new;
    return new.loss;
}

/* The identity is proposed as it is: layers of one network are often nearly matched already, and
 * graduated steps would lose that. */
static void propose_identity(struct workspace *w, struct strata_solution *solution)
{
    start_from_identity(w, w->permutation);
    solution->identity_loss = propose(w, STRATA_START_IDENTITY);
}

static void propose_coarse(struct workspace *w, const struct effort *effort, uint64_t *random)
{
    const int count = effort->rotations == 0
                          ? starts_search(w)
                          : starts_search_rotations(w, effort->rotations, random);
    for (int k = 0; k < count && k < effort->lifts && !w->stopped; k++) {
        starts_lift(w, k);
        propose(w, w->starts[k].code);
    }
}

/* --- Descents ----------------------------------------------------------------------------------
 */

/* A descent hardly ever gains more than this factor. */
static const double hopeless = 1.7;

static void descend_proposals(struct workspace *w, int descents, struct strata_solution *solution)
{
    for (int k = 0; k < w->proposal_count && k < descents; k++) {
        const struct proposal *proposal = &w->proposals[k];
        if (proposal->loss >= hopeless * solution->loss)
            break;
        memcpy(w->permutation, proposal->permutation, (size_t)w->n * sizeof *w->permutation);
        descend(w, proposal->start, solution);
    }
    w->proposal_count = 0;
}

/* Swaps after Frank-Wolfe seldom gain more than this factor. */
static const double swaps_gain = 1.1;

/* Whole steps from the product coupling, as other tools take: now and then they end below all else.
 */
static void descend_plainly(struct workspace *w, struct strata_solution *solution)
{
    start_from_product(w, w->permutation);
    double loss = frank_wolfe(w, loss_of(w->a, w->b, w->permutation));
    if (loss < swaps_gain * solution->loss)
        descend(w, STRATA_START_PRODUCT, solution);
}

/* --- Excursions --------------------------------------------------------------------------------
 */

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

/* Over the optima of the cut spectrum, from few eigenpairs to many. */
static void graduate(struct workspace *w, int first_rank)
{
    const struct leading whole = leading_whole(w);
    if (first_rank < SPECTRUM_RANK)
        leading_frank_wolfe(w, &whole, first_rank, w->permutation);
    leading_frank_wolfe(w, &whole, SPECTRUM_RANK, w->permutation);
}

/* Excursions from the best permutation, until so many in a row have failed: some points are mixed
 * up, and the way back leads over the optimum of a cut spectrum every other time. */
static void make_excursions(struct workspace *w, int failures, uint64_t *random,
                            struct strata_solution *solution)
{
    static const int ranks[] = {0, 48, 0, 12, 0, 24, 0, 6};
    for (int k = 0, failed = 0; failed < failures && !w->stopped; k++) {
        double before = solution->loss;
        int rank = ranks[k % (int)(sizeof ranks / sizeof *ranks)];
        memcpy(w->permutation, w->best, (size_t)w->n * sizeof *w->best);
        kick(w, 1 + w->n * (1 + random_below(random, 20)) / 100, random);
        if (rank > 0)
            graduate(w, rank);
        if (loss_of(w->a, w->b, w->permutation) < hopeless * solution->loss)
            descend(w, STRATA_START_SEARCH, solution);
        failed = solution->loss < before ? 0 : failed + 1;
    }
}

/* The loss of the best permutation, free of what was rounded on the way, and its gap. */
static void certify(struct workspace *w, struct strata_solution *solution)
{
    solution->loss = loss_of(w->a, w->b, w->best);
    memcpy(w->permutation, w->best, (size_t)w->n * sizeof *w->best);
    workspace_update_cost(w);
    workspace_assign(w);
    solution->gap = loss_frank_wolfe_gap(w->a, w->b, w->best, w->candidate);
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
    uint64_t random = 0;
    propose_identity(w, solution);
    for (int level = STRATA_FAST; level <= effort; level++) {
        propose_coarse(w, &efforts[level], &random);
        descend_proposals(w, efforts[level].descents, solution);
        if (level == STRATA_FAST)
            descend_plainly(w, solution);
        make_excursions(w, efforts[level].excursions, &random, solution);
    }
    certify(w, solution);
    solution->iterations = w->iterations;
    solution->swaps = w->accepted_swaps;
    solution->seconds = now() - begin;
    if (permutation != NULL)
        memcpy(permutation, w->best, (size_t)w->n * sizeof *permutation);
    return w->stopped ? STRATA_STOPPED : STRATA_OK;
}
