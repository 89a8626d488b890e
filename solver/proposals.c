#include "proposals.h"
#include "loss.h"

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

double proposals_add(struct workspace *w, int start)
{
    const double loss = loss_of(w->a, w->b, w->permutation);
    const int place = place_of(w, loss);
    if (place < 0)
        return loss;
    if (w->proposal_count < PROPOSALS_MAX)
        w->proposal_count++;
    struct proposal *proposal = &w->proposals[place];
    struct proposal *last = &w->proposals[w->proposal_count - 1];
    int *permutation = last->permutation; /* the place of the one that goes */
    memmove(proposal + 1, proposal, (size_t)(last - proposal) * sizeof *proposal);
    *proposal = (struct proposal){loss, start, permutation};
    memcpy(permutation, w->permutation, (size_t)w->n * sizeof *permutation);
    return loss;
}
