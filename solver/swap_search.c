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

/* Up to a part of so many of the points are scanned by themselves rather than all. */
enum { FEW = 8 };

/* What scans read of each point: its own cost and means. */
static struct swap_scan prepare(struct workspace *w)
{
    for (int i = 0; i < w->n; i++) {
        w->own[i] = w->cost[(size_t)i * w->n + w->permutation[i]];
        w->a_mean[i] = (float)(space_means(w->a)[i] / w->a->unit);
        w->b_mean[i] = (float)(space_means(w->b)[w->permutation[i]] / w->b->unit);
        w->gain[i] = -FLT_MAX;
        w->partner[i] = i;
    }
    return (struct swap_scan){
        w->n,      w->rows,        w->own,  space_centred(w->a), space_centred(w->b), w->a_mean,
        w->b_mean, w->permutation, w->gain, w->partner};
}

void swap_search_scan(struct workspace *w)
{
    const int n = w->n;
    const struct swap_scan all = prepare(w);
    float *permuted = w->rows;
    for (int i = 0; i < n; i++) {
        const float *cost = w->cost + (size_t)i * n;
        float *row = permuted + (size_t)i * n;
        for (int k = 0; k < n; k++)
            row[k] = cost[w->permutation[k]];
    }
    for (int i = 0; i < n; i += KERNEL_TILE) {
        for (int k = i; k < n; k += KERNEL_TILE)
            kernel_swap_tile(&all, i, i + KERNEL_TILE < n ? i + KERNEL_TILE : n, k,
                             k + KERNEL_TILE < n ? k + KERNEL_TILE : n);
    }
}

/* The best swap of w->active alone, each with any point. */
static void scan_active(struct workspace *w)
{
    const struct swap_scan all = prepare(w);
    for (int s = 0; s < w->active_count; s++)
        kernel_swap_row(&all, w->cost, w->active[s]);
}

static int by_gain(const void *a, const void *b)
{
    const struct swap *x = a;
    const struct swap *y = b;
    if (x->gain != y->gain)
        return x->gain > y->gain ? -1 : 1;
    return x->i != y->i ? (x->i > y->i) - (x->i < y->i) : (x->k > y->k) - (x->k < y->k);
}

/* This part of the loss as a gain of n^2 loss, or rounding if that is more. */
static double gain_of(const struct workspace *w, double part, double loss)
{
    return fmax(part * loss, rounding * w->a->unit * w->b->unit) * w->n * w->n;
}

/* Lists each promising pair once, best first; returns how many. */
static int list_swaps(struct workspace *w, double threshold)
{
    const double unit = w->a->unit * w->b->unit; /* of the scanned gains */
    int count = 0;
    for (int i = 0; i < w->n; i++) {
        const int k = w->partner[i];
        if (4.0 * unit * w->gain[i] <= threshold || (w->partner[k] == i && k < i))
            continue;
        w->swaps[count++] = (struct swap){w->gain[i], i, k};
    }
    qsort(w->swaps, (size_t)count, sizeof *w->swaps, by_gain);
    return count;
}

static void activate(struct workspace *w, int i)
{
    if (w->partner[i] >= 0)
        w->active[w->active_count++] = i;
    w->partner[i] = -1;
}

/* Makes the listed swaps that gain; returns how much they do. If any does, w->active are the points
 * of all that were listed: what they gain has changed most. */
static double make_swaps(struct workspace *w, int count, double threshold)
{
    double gained = 0;
    for (int s = 0; s < count; s++) {
        const int i = w->swaps[s].i;
        const int k = w->swaps[s].k;
        const double gain = loss_swap_gain(w->a, w->b, w->permutation, i, k);
        if (gain > threshold) {
            const int partner = w->permutation[i];
            w->permutation[i] = w->permutation[k];
            w->permutation[k] = partner;
            gained += gain;
            w->accepted_swaps++;
        }
    }
    w->active_count = 0;
    for (int s = 0; s < count && gained > 0; s++) {
        activate(w, w->swaps[s].i);
        activate(w, w->swaps[s].k);
    }
    return gained;
}

double swap_search(struct workspace *w, double loss)
{
    const double scale = (double)w->n * w->n;
    for (int whole = 1; !workspace_stop(w);) {
        const double threshold = gain_of(w, least_gain, loss);
        if (whole)
            swap_search_scan(w);
        else
            scan_active(w);
        const double gained = make_swaps(w, list_swaps(w, threshold), threshold);
        if (gained == 0 && whole)
            break;
        loss -= gained / scale;
        whole = gained == 0 || w->active_count > w->n / FEW;
        workspace_update_cost(w);
    }
    return loss;
}

int swap_search_left(struct workspace *w, double loss)
{
    const double threshold = gain_of(w, certain_gain, loss);
    const int count = list_swaps(w, threshold);
    int left = 0;
    for (int s = 0; s < count; s++)
        left +=
            loss_swap_gain(w->a, w->b, w->permutation, w->swaps[s].i, w->swaps[s].k) > threshold;
    return left;
}
