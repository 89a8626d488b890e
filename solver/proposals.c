#include "proposals.h"

#include <math.h>
#include <string.h>

/* Losses that differ by less than this part are of the same permutation. */
static const double same_loss = 1e-9;

void proposals_clear(struct workspace *w)
{
    w->proposal_count = 0;
    for (int k = 0; k < PROPOSALS_MAX; k++)
        w->proposals[k].permutation = w->proposed + (size_t)k * w->n;
}

/* Where a loss belongs, or -1 if it is known or too high. */
static int place_of(const struct workspace *w, double loss)
{
    int place = 0;
    while (place < w->proposal_count && w->proposals[place].loss < loss * (1 - same_loss))
        place++;
    const int known =
        place < w->proposal_count && w->proposals[place].loss <= loss * (1 + same_loss);
    return known || place == PROPOSALS_MAX ? -1 : place;
}

void proposals_add(struct workspace *w, double loss, int start)
{
    const int place = place_of(w, loss);
    if (place < 0)
        return;
    if (w->proposal_count < PROPOSALS_MAX)
        w->proposal_count++;
    struct proposal *proposal = &w->proposals[place];
    struct proposal *last = &w->proposals[w->proposal_count - 1];
    int *permutation = last->permutation; /* the place of the one that goes */
    memmove(proposal + 1, proposal, (size_t)(last - proposal) * sizeof *proposal);
    *proposal = (struct proposal){loss, start, permutation};
    memcpy(permutation, w->permutation, (size_t)w->n * sizeof *permutation);
}

double proposals_best(const struct workspace *w)
{
    return w->proposal_count > 0 ? w->proposals[0].loss : INFINITY;
}

const double proposals_hopeless = 1.7;
/* From an optimum of the leading eigenpairs it gains less, and still less is worth it where one of
 * the same search has been taken down before. */
static const double hopeless_optimum = 1.02;
static const double hopeless_second = 1.01;

static double most_gained(const struct proposal *proposal, int before)
{
    if (proposal->start == STRATA_START_IDENTITY)
        return proposals_hopeless;
    return before == 0 ? hopeless_optimum : hopeless_second;
}

int proposals_take(struct workspace *w, int k, double best)
{
    const struct proposal *proposal = &w->proposals[k];
    if (proposal->loss >= most_gained(proposal, k) * best)
        return 0;
    memcpy(w->permutation, proposal->permutation, (size_t)w->n * sizeof *w->permutation);
    return 1;
}
