#include "swap_search.h"
#include "kernels.h"
#include "loss.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Swaps that gain less than this part of the loss are not worth a round. */
static const double least_gain = 1e-9;
/* Those that gain more than this can be told from rounding in single precision; and this is what
 * double precision leaves of losses that are zero. */
static const double certain_gain = 1e-6;
static const double rounding = 1e-12;

/* w->gain and w->partner: the best swap of each point. One pass over cost, A and B. */
static void scan(struct workspace *w)
{
    const int n = w->n;
    float *permuted = w->rows;
    for (int i = 0; i < n; i++) {
        const float *cost = w->cost + (size_t)i * n;
        float *row = permuted + (size_t)i * n;
        for (int k = 0; k < n; k++)
            row[k] = cost[w->permutation[k]];
        w->own[i] = row[i];
        w->a_mean[i] = (float)(space_means(w->a)[i] / w->a->unit);
        w->b_mean[i] = (float)(space_means(w->b)[w->permutation[i]] / w->b->unit);
        w->gain[i] = -FLT_MAX;
        w->partner[i] = i;
    }
    const struct swap_scan all = {
        n,         permuted,       w->own,  space_centred(w->a), space_centred(w->b), w->a_mean,
        w->b_mean, w->permutation, w->gain, w->partner};
    for (int i = 0; i < n; i += KERNEL_TILE) {
        for (int k = i; k < n; k += KERNEL_TILE)
            kernel_swap_tile(&all, i, i + KERNEL_TILE < n ? i + KERNEL_TILE : n, k,
                             k + KERNEL_TILE < n ? k + KERNEL_TILE : n);
    }
}

static int by_gain(const void *a, const void *b)
{
    const struct swap *x = a;
    const struct swap *y = b;
    if (x->gain != y->gain)
        return x->gain > y->gain ? -1 : 1;
    return x->i != y->i ? (x->i > y->i) - (x->i < y->i) : (x->k > y->k) - (x->k < y->k);
}

/* Lists each promising pair once, best first; returns how many. */
static int list_swaps(struct workspace *w, double threshold)
{
    const double unit = w->a->unit * w->b->unit; /* of the scanned gains */
    int count = 0;
    for (int i = 0; i < w->n; i++) {
        int k = w->partner[i];
        int seen_from_k = w->partner[k] == i && k < i;
        if (4.0 * unit * w->gain[i] > threshold && !seen_from_k)
            w->swaps[count++] = (struct swap){w->gain[i], i, k};
    }
    qsort(w->swaps, (size_t)count, sizeof *w->swaps, by_gain);
    return count;
}

double swap_search(struct workspace *w, double loss)
{
    const double scale = (double)w->n * w->n;
    while (!workspace_stop(w)) {
        double threshold = least_gain * loss * scale;
        double gained = 0;
        scan(w);
        int count = list_swaps(w, threshold);
        for (int s = 0; s < count; s++) {
            int i = w->swaps[s].i;
            int k = w->swaps[s].k;
            double gain = loss_swap_gain(w->a, w->b, w->permutation, i, k);
            if (gain <= threshold)
                continue;
            int partner = w->permutation[i];
            w->permutation[i] = w->permutation[k];
            w->permutation[k] = partner;
            gained += gain;
            w->accepted_swaps++;
        }
        if (gained == 0)
            break;
        loss -= gained / scale;
        workspace_update_cost(w);
    }
    return loss;
}

int swap_search_left(struct workspace *w, double loss)
{
    const double least = fmax(certain_gain * loss, rounding * w->a->unit * w->b->unit);
    const double threshold = least * w->n * w->n;
    int left = 0;
    memcpy(w->permutation, w->best, (size_t)w->n * sizeof *w->permutation);
    workspace_update_cost(w);
    scan(w);
    const int count = list_swaps(w, threshold);
    for (int s = 0; s < count; s++)
        left +=
            loss_swap_gain(w->a, w->b, w->permutation, w->swaps[s].i, w->swaps[s].k) > threshold;
    return left;
}
