/* The solve of a pair: proposals from many starts, descents from the best, certificates. */
#include "bounds.h"
#include "frank_wolfe.h"
#include "leading.h"
#include "loss.h"
#include "proposals.h"
#include "starts.h"
#include "swap_search.h"
#include "timer.h"

#include <math.h>
#include <string.h>

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

/* What an effort adds to the lesser ones, all of which come first: so it is never worse. */
struct effort {
    int searches; /* each from nothing: one alone gets stuck */
    struct search search;
    int lifts;      /* best of a search that are taken to all points */
    int descents;   /* of what was proposed, how many are taken down to a local optimum */
    int excursions; /* so many in a row that fail end it, for EXCURSION_POINTS or fewer; they bring
                       less and cost more where there are more points, and are fewer there */
};
static const struct effort efforts[] = {
    {1, {32, 0, 2}, 2, 2, 0}, {1, {400, 150, 8}, 4, 1, 4}, {10, {600, 150, 8}, 4, 6, 60}};
enum { EXCURSION_POINTS = 200 };

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

/* --- Proposals --- */

/* So many searches in a row that bring nothing better are enough. */
static const int patience = 5;

/* As it is: layers of one network are often nearly matched already, and graduated steps would lose
 * that. */
static void propose_identity(struct workspace *w, struct strata_solution *solution)
{
    start_from_identity(w, w->permutation);
    solution->identity_loss = proposals_add(w, STRATA_START_IDENTITY);
}

/* Where other tools start, and with steps like theirs, which now and then end below all else. */
static void propose_product(struct workspace *w)
{
    const struct leading whole = leading_whole(w);
    start_from_product(w, w->permutation);
    leading_frank_wolfe(w, &whole, CELLS_RANK, w->permutation);
    leading_frank_wolfe(w, &whole, SPECTRUM_RANK, w->permutation);
    proposals_add(w, STRATA_START_PRODUCT);
}

static void lift(struct workspace *w, int lifts)
{
    for (int k = 0; k < w->starts->count && k < lifts && !w->stopped; k++) {
        starts_lift(w, k);
        proposals_add(w, w->starts->starts[k].code);
    }
}

static void propose_usual(struct workspace *w, struct strata_solution *solution)
{
    propose_identity(w, solution);
    propose_product(w);
    starts_usual(w);
    lift(w, 2);
}

static double best_proposed(const struct workspace *w)
{
    return w->proposal_count > 0 ? w->proposals[0].loss : INFINITY;
}

static void propose(struct workspace *w, const struct effort *effort, uint64_t *random)
{
    for (int k = 0, failed = 0; k < effort->searches && failed < patience && !w->stopped; k++) {
        const double before = best_proposed(w);
        starts_search(w, &effort->search, random);
        lift(w, effort->lifts);
        failed = best_proposed(w) < before ? 0 : failed + 1;
    }
}

/* --- Descents --- */

/* A descent hardly ever gains more than this factor; from an optimum of the leading eigenpairs not
 * more than that, and still less where one of the same search has been taken down before. */
static const double hopeless = 1.7;
static const double hopeless_optimum = 1.02;
static const double hopeless_second = 1.01;

static double most_gained(const struct proposal *proposal, int before)
{
    if (proposal->start == STRATA_START_IDENTITY)
        return hopeless;
    return before == 0 ? hopeless_optimum : hopeless_second;
}

static void descend_proposals(struct workspace *w, int descents, struct strata_solution *solution)
{
    for (int k = 0; k < w->proposal_count && k < descents; k++) {
        const struct proposal *proposal = &w->proposals[k];
        if (proposal->loss >= most_gained(proposal, k) * solution->loss)
            continue;
        memcpy(w->permutation, proposal->permutation, (size_t)w->n * sizeof *w->permutation);
        descend(w, proposal->start, solution);
    }
    proposals_clear(w);
}

/* --- Excursions --- */

/* A loss that is lower by less than this part is the same. */
static const double rounding = 1e-9;

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
static void make_excursions(struct workspace *w, int excursions, uint64_t *random,
                            struct strata_solution *solution)
{
    const int failures =
        w->n > EXCURSION_POINTS ? excursions * EXCURSION_POINTS / w->n : excursions;
    static const int ranks[] = {0, 48, 0, 12, 0, 24, 0, 6};
    for (int k = 0, failed = 0; failed < failures && !w->stopped; k++) {
        double before = solution->loss;
        int rank = ranks[k % (int)(sizeof ranks / sizeof *ranks)];
        memcpy(w->permutation, w->best, (size_t)w->n * sizeof *w->best);
        random_exchange(random, w->permutation, w->n,
                        1 + w->n * random_between(random, 1, 20) / 100);
        if (rank > 0)
            graduate(w, rank);
        if (loss_of(w->a, w->b, w->permutation) < hopeless * solution->loss)
            descend(w, STRATA_START_SEARCH, solution);
        failed = solution->loss < before * (1 - rounding) ? 0 : failed + 1;
    }
}

/* Whether the bound proves that nothing is left to gain: copies of one space, say. */
static int is_optimal(const struct workspace *w, const struct strata_solution *solution)
{
    return solution->loss <= solution->lower_bound + rounding * w->a->unit * w->b->unit;
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
    propose_usual(w, solution);
    for (int level = STRATA_FAST; level <= effort && !is_optimal(w, solution); level++) {
        propose(w, &efforts[level], &random);
        descend_proposals(w, efforts[level].descents, solution);
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
