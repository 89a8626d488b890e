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

/* What scans read of each point of B: its partner, the cost of that, and means. */
static struct swap_scan prepare(struct workspace *w)
{
    for (int i = 0; i < w->n; i++) {
        const int x = w->permutation[i];
        w->partner[x] = i;
        w->own[x] = w->cost[(size_t)i * w->n + x];
        w->a_mean[x] = (float)(space_means(w->a)[i] / w->a->unit);
        w->b_mean[x] = (float)(space_means(w->b)[x] / w->b->unit);
        w->gain[x] = -FLT_MAX;
        w->with[x] = x;
    }
    return (struct swap_scan){
        w->n,      w->cost,   w->partner, w->own, w->rows, space_centred(w->b),
        w->a_mean, w->b_mean, w->gain,    w->with};
}

/* Row x of A by the partners, from column `first` on. */
static void gather(struct workspace *w, int x, int first)
{
    const float *row = space_centred(w->a) + (size_t)w->partner[x] * w->n;
    kernel_gather(row, w->partner + first, w->n - first, w->rows + (size_t)x * w->n + first);
}

void swap_search_scan(struct workspace *w)
{
    const int n = w->n;
    const struct swap_scan all = prepare(w);
    for (int x = 0; x < n; x += KERNEL_TILE) {
        const int end = x + KERNEL_TILE < n ? x + KERNEL_TILE : n;
        for (int k = x; k < end; k++)
            gather(w, k, x);
        for (int y = x; y < n; y += KERNEL_TILE)
            kernel_swap_tile(&all, x, end, y, y + KERNEL_TILE < n ? y + KERNEL_TILE : n);
    }
}

/* The best swap of w->active alone, each with any point. */
static void scan_active(struct workspace *w)
{
    const struct swap_scan all = prepare(w);
    for (int s = 0; s < w->active_count; s++) {
        gather(w, w->active[s], 0);
        kernel_swap_row(&all, w->active[s]);
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
    for (int x = 0; x < w->n; x++) {
        const int y = w->with[x];
        if (4.0 * unit * w->gain[x] <= threshold || (w->with[y] == x && y < x))
            continue;
        w->swaps[count++] = (struct swap){w->gain[x], w->partner[x], w->partner[y]};
    }
    qsort(w->swaps, (size_t)count, sizeof *w->swaps, by_gain);
    return count;
}

static void activate(struct workspace *w, int x)
{
    if (w->with[x] >= 0)
        w->active[w->active_count++] = x;
    w->with[x] = -1;
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
        activate(w, w->permutation[w->swaps[s].i]);
        activate(w, w->permutation[w->swaps[s].k]);
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
