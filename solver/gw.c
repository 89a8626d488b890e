/* The solve of a pair: proposals from many starts, descents from the best, certificates. */
#include "bounds.h"
#include "effort.h"
#include "frank_wolfe.h"
#include "leading.h"
#include "loss.h"
#include "proposals.h"
#include "swap_search.h"
#include "timer.h"

#include <math.h>
#include <string.h>

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

/* What says how good w->permutation is, where a descent ended: by its last assignment and scan,
 * unless it was stopped before them. */
static void certify(struct workspace *w, double loss, struct strata_solution *solution)
{
    solution->gap = INFINITY;
    solution->swaps_left = -1;
    if (w->stopped)
        return;
    solution->gap = loss_frank_wolfe_gap(w->a, w->b, w->permutation, w->candidate);
    solution->swaps_left = swap_search_left(w, loss);
}

/* From w->permutation with this loss down to a local optimum of the whole problem: Frank-Wolfe,
 * then swaps, until neither helps. Kept if it is the best so far. */
static void descend(struct workspace *w, double loss, int start, struct strata_solution *solution)
{
    for (int first = 1; !w->stopped; first = 0) {
        const int stepped = frank_wolfe(w, &loss);
        if (!stepped && !first)
            break;
        const double before = loss;
        loss = swap_search(w, loss);
        if (!(loss < before))
            break;
    }
    if (loss < solution->loss) {
        solution->loss = loss;
        solution->start = start;
        memcpy(w->best, w->permutation, (size_t)w->n * sizeof *w->best);
        certify(w, loss, solution);
    }
}

/* --- Proposals --- */

static double propose(struct workspace *w, int start)
{
    const double loss = loss_of(w->a, w->b, w->permutation);
    proposals_add(w, loss, start);
    return loss;
}

/* Over the optima of the cut spectrum, from few eigenpairs to many. */
static void graduate(struct workspace *w, int first_rank)
{
    const struct leading whole = leading_whole(&w->outline_a, &w->outline_b);
    if (first_rank < SPECTRUM_RANK)
        leading_frank_wolfe(w, &whole, first_rank, w->permutation);
    leading_frank_wolfe(w, &whole, SPECTRUM_RANK, w->permutation);
}

/* Where other tools start, and with steps like theirs, which now and then end below all else. Of
 * these there are many: after the first ones cells tell the way. */
static void propose_product(struct workspace *w)
{
    const struct leading whole = leading_whole(&w->outline_a, &w->outline_b);
    start_from_product(w, w->permutation);
    if (starts_are_coarse(w)) {
        leading_steps(w, &whole, CELLS_RANK, PRODUCT_STEPS, w->permutation);
        starts_follow(w);
        starts_lift(w, w->core);
    } else {
        graduate(w, CELLS_RANK);
    }
    propose(w, STRATA_START_PRODUCT);
}

/* Before the first search, which begins with what the usual starts come to. The identity as it is:
 * layers of one network are often nearly matched already, and graduated steps would lose that. */
static void propose_usual(struct workspace *w, struct strata_solution *solution)
{
    start_from_identity(w, w->permutation);
    solution->identity_loss = propose(w, STRATA_START_IDENTITY);
    propose_product(w);
    starts_usual(w);
}

static void search(struct workspace *w, const struct effort *effort, uint64_t *random)
{
    starts_search(w, &effort->search, random);
    for (int k = 0; k < w->starts->count && k < effort->lifts && !w->stopped; k++) {
        starts_lift(w, w->starts->starts[k].core);
        propose(w, w->starts->starts[k].code);
    }
    w->starts->count = 0;
}

static void search_often(struct workspace *w, const struct effort *effort, uint64_t *random)
{
    int failed = 0;
    for (int k = 0; k < effort->searches && failed < SEARCH_PATIENCE && !w->stopped; k++) {
        const double before = proposals_best(w);
        search(w, effort, random);
        failed = proposals_best(w) < before ? 0 : failed + 1;
    }
}

static void descend_proposals(struct workspace *w, int descents, struct strata_solution *solution)
{
    for (int k = 0; k < w->proposal_count && k < descents; k++) {
        if (proposals_take(w, k, solution->loss))
            descend(w, w->proposals[k].loss, w->proposals[k].start, solution);
    }
    proposals_clear(w);
}

/* --- Excursions --- */

/* A loss that is lower by less than this part is the same. */
static const double rounding = 1e-9;

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
        random_exchange(random, w->permutation, w->n,
                        1 + w->n * random_between(random, 1, 20) / 100);
        if (rank > 0)
            graduate(w, rank);
        const double loss = loss_of(w->a, w->b, w->permutation);
        if (loss < proposals_hopeless * solution->loss)
            descend(w, loss, STRATA_START_SEARCH, solution);
        failed = solution->loss < before * (1 - rounding) ? 0 : failed + 1;
    }
}

int workspace_solve(struct workspace *w, const struct strata_space *a, const struct strata_space *b,
                    int effort, strata_tick *tick, void *context, struct strata_solution *solution,
                    int *permutation)
{
    if (!w || !a || !b || !solution || a->n != b->n || a->n > w->capacity || effort < STRATA_FAST ||
        effort > STRATA_THOROUGH)
        return STRATA_ARGUMENT;
    const double begin = now();
    const double unit = a->unit * b->unit;
    workspace_begin(w, a, b, tick, context);

    *solution = (struct strata_solution){.loss = INFINITY, .start = STRATA_START_IDENTITY};
    solution->lower_bound = lower_bound(w, w->bound);
    uint64_t random = 0;
    propose_usual(w, solution);
    for (int level = STRATA_FAST; level <= effort && !loss_is_least(unit, solution); level++) {
        const struct effort part = effort_of(level, w->n);
        search_often(w, &part, &random);
        descend_proposals(w, part.descents, solution);
        make_excursions(w, part.excursions, &random, solution);
    }
    solution->loss = loss_of(a, b, w->best); /* free of what was rounded on the way */
    solution->iterations = w->iterations;
    solution->swaps = w->accepted_swaps;
    solution->seconds = now() - begin;
    if (permutation != NULL)
        memcpy(permutation, w->best, (size_t)w->n * sizeof *permutation);
    return w->stopped ? STRATA_STOPPED : STRATA_OK;
}
