#include "proposals.h"
#include "leading.h"
#include "loss.h"

#include <math.h>
#include <string.h>

/* Losses that differ by less than this part are of the same permutation. */
static const double same_loss = 1e-9;

/* The best so many are mixed up. */
enum { MIXED = 4 };

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

void proposals_search(struct workspace *w, int tries, uint64_t *random)
{
    const struct leading whole = leading_whole(w);
    for (int k = 0; k < tries && !w->stopped; k++) {
        if (k % 2 == 0) {
            leading_afresh(w, &whole, random, w->permutation);
        } else {
            const int count = w->proposal_count < MIXED ? w->proposal_count : MIXED;
            memcpy(w->permutation, w->proposals[random_below(random, count)].permutation,
                   (size_t)w->n * sizeof *w->permutation);
            leading_mix(w, &whole, random, w->permutation);
        }
        leading_frank_wolfe(w, &whole, SPECTRUM_RANK, w->permutation);
        proposals_add(w, STRATA_START_COORDINATES);
    }
}
