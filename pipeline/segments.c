/* Contiguous groups, by cutting where layers are farther apart than their depth explains.
 *
 *     r_ij = D_ij / mean of D at lag |i-j|  -  1
 *     cut  = argmin over contiguous partitions of the sum of r_ij within groups         (cuts.h)
 *     p    = chance of such a gain without groups                                     (chance.h)
 *     then boundaries of a contrast below min_contrast are removed, weakest first;
 *     one group, if p is above the significance level or no boundary is left.
 *
 * D[n, n]. Cost: n^2 for each of the draws of the p-value. The sum over one group of all layers is
 * zero, so the gain is that over "no structure", and needs no number of groups beforehand.
 *
 * Why not the within-group dispersion of D itself: distances grow with depth in every network, and
 * dispersion cuts a uniform drift into equal parts. Divided by the mean of its lag, a drift is flat
 * and has no gain. Interleaved kinds of layers (every second one alike) differ by lag, too, and are
 * not cut into single layers. Why the contrast beside p: steps between layers are never all equal,
 * and with many layers every unevenness is significant; a group must also be visibly apart.
 * Measured error rates and power: tests/pipeline/test_segments.c.
 *
 * What it cannot see: a single first or last layer far from all others, as the only structure,
 * looks like an outlier and leaves one group; with 6 layers or fewer there are often too few cells
 * for p < 0.05. What it may see wrongly: steps that shrink sevenfold from the first to the last
 * layer are cut once in one of six networks of 24 layers; single steps may vary by 40 % from one
 * to the next before more than one network in ten is cut. */
#include "segments.h"

#include "chance.h"
#include "cuts.h"
#include "lags.h"
#include "results.h"

#include <math.h>
#include <stdlib.h>

const struct segments_options segments_defaults = {0, 0.05, RESULTS_MIN_CONTRAST, 199};

int segments_valid_layers(const double *D, int n, int *kept)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        int valid = n == 1;
        for (int j = 0; j < n && !valid; j++)
            valid = j != i && isfinite(D[(size_t)i * n + j]);
        if (valid)
            kept[count++] = i;
    }
    return count;
}

/* Across boundary b between the groups a … b-1 and b … c-1, against the rest of the two; two single
 * layers have no rest and are compared with the steps around them. */
static double boundary_contrast(const struct lags *lags, int a, int b, int c)
{
    struct contrast contrast = {0, 0};
    int low = a;
    int high = c;
    if (c - a == 2) {
        low = a > 0 ? a - 1 : a;
        high = c < lags->n ? c + 1 : c;
    }
    lags_compare(lags, a, b, c, low, high, &contrast);
    return contrast_value(&contrast);
}

static double group_boundary(const struct lags *lags, const int *start, int count, int group)
{
    int end = group + 1 < count ? start[group + 1] : lags->n;
    return boundary_contrast(lags, start[group - 1], start[group], end);
}

/* Joins groups until every boundary has its contrast. depth[k] is that of the start of group k. The
 * shallowest boundary left, or else the last that went, is *nearest, of contrast *contrast. */
static void remove_shallow(const struct lags *lags, double min_contrast, int *start, double *depth,
                           int *count, int *nearest, double *contrast)
{
    for (int k = 1; k < *count; k++)
        depth[k] = group_boundary(lags, start, *count, k);
    while (*count > 1) {
        int weakest = 1;
        for (int k = 2; k < *count; k++)
            if (depth[k] < depth[weakest])
                weakest = k;
        *nearest = start[weakest];
        *contrast = depth[weakest];
        if (depth[weakest] >= min_contrast)
            break;
        for (int k = weakest; k + 1 < *count; k++) {
            start[k] = start[k + 1];
            depth[k] = depth[k + 1];
        }
        (*count)--;
        if (weakest > 1)
            depth[weakest - 1] = group_boundary(lags, start, *count, weakest - 1);
        if (weakest < *count)
            depth[weakest] = group_boundary(lags, start, *count, weakest);
    }
}

/* The largest contrast over windows of 2, 4, 8, … layers on either side of b. */
static double window_contrast(const struct lags *lags, int b)
{
    double largest = -1;
    for (int width = 2;; width *= 2) {
        int low = b > width ? b - width : 0;
        int high = lags->n - b > width ? b + width : lags->n;
        double value = boundary_contrast(lags, low, b, high);
        largest = value > largest ? value : largest;
        if (low == 0 && high == lags->n)
            return largest;
    }
}

/* From the kept layers back to all. A boundary has the contrast that decided, any other place that
 * of a window. One beside an invalid layer is on both its sides. */
static void spread(const struct lags *lags, const int *kept, const int *start, const double *depth,
                   int count, int32_t *label, double *strength)
{
    int group = 0;
    for (int k = 0; k < lags->n; k++) {
        int starts = group + 1 < count && start[group + 1] == k;
        group += starts;
        label[kept[k]] = group;
        if (k == 0)
            continue;
        double value = starts ? depth[group] : window_contrast(lags, k);
        for (int gap = kept[k - 1]; gap < kept[k]; gap++)
            strength[gap] = value;
    }
}

/* A draw costs as much as reading half the matrix: with thousands of layers fewer must do, but
 * never so few that 0.05 cannot be reached. */
static int affordable_draws(int n, int wanted)
{
    const double budget = 4e8;
    double affordable = budget / ((double)n * n);
    if (affordable > wanted)
        return wanted;
    int least = wanted < 39 ? wanted : 39;
    return affordable > least ? (int)affordable : least;
}

/* compact[n] is workspace. */
static void score_groups(const struct lags *lags, const int32_t *label, const int *kept,
                         int *compact, struct segments_result *result)
{
    struct contrast contrast = {0, 0};
    for (int k = 0; k < lags->n; k++)
        compact[k] = label[kept[k]];
    lags_compare_groups(lags, compact, &contrast);
    result->score = result->count > 1 ? contrast_value(&contrast) : 0;
}

int segments_find(const double *D, int n, const struct segments_options *options, int32_t *label,
                  double *strength, struct segments_result *result)
{
    int status = -1;
    struct lags lags = {0};
    struct cuts *cuts = NULL;
    double *residual = NULL;
    double *depth = NULL;
    int *start = NULL;
    int *kept = calloc((size_t)n + 1, sizeof *kept);
    if (!kept)
        goto done;
    int valid = segments_valid_layers(D, n, kept);
    size_t cells = (size_t)valid * (valid > 0 ? valid - 1 : 0) / 2;
    residual = malloc((cells + 1) * sizeof *residual);
    depth = malloc(((size_t)valid + 1) * sizeof *depth);
    start = calloc((size_t)valid + 1, sizeof *start);
    cuts = cuts_new(valid, options->max_groups);
    if (!residual || !depth || !start || !cuts || lags_init(&lags, D, n, kept, valid))
        goto done;

    *result = (struct segments_result){.count = valid > 0, .p = 1, .nearest = -1, .depth = NAN};
    for (int i = 0; i < n; i++)
        label[i] = -1;
    for (int i = 0; i < n - 1; i++)
        strength[i] = NAN;
    if (valid > 0) {
        lags_residual(&lags, residual);
        double gain = cuts_find(cuts, residual, start, &result->count);
        if (chance_of_gain(residual, valid, options->max_groups, gain,
                           affordable_draws(valid, options->draws), options->significance,
                           &result->p))
            goto done;
        int nearest = 0;
        remove_shallow(&lags, options->min_contrast, start, depth, &result->count, &nearest,
                       &result->depth);
        result->nearest = nearest > 0 ? kept[nearest - 1] : -1;
        if (result->p > options->significance)
            result->count = 1;
        spread(&lags, kept, start, depth, result->count, label, strength);
        score_groups(&lags, label, kept, start, result);
    }
    status = 0;
done:
    cuts_destroy(&cuts);
    lags_reset(&lags);
    free(residual);
    free(depth);
    free(start);
    free(kept);
    return status;
}
