/* Optimal segmentation by dynamic programming.
 *
 *     V_k(j) = max over i < j of V_{k-1}(i) + q(i, j),     q(i, j) = - sum_{i <= a < b < j} r[a, b]
 *
 * is the best value of k groups over the first j layers. As groups of one layer are worth nothing
 * and positive residuals cost, the number of groups needs no penalty here: with any number allowed,
 * one V(j) does for all k. Cost: n^2/2 cells read once, K times an addition and a comparison each;
 * K n doubles (K = 1 for any number). Bellman, Commun. ACM 4 (1961), doi:10.1145/366573.366611; as
 * a maximum of modularity against a null model of distance: Expert et al., PNAS 108 (2011),
 * doi:10.1073/pnas.1018962108. */
#include "cuts.h"

#include "lags.h"

#include <math.h>
#include <stdlib.h>

/* Sums of the same cells in another order are equal. */
static const double tie = 1e-9;

struct cuts {
    int n;
    int levels;   /* K; 1 with any == 1 */
    int any;      /* any number of groups: all levels are one */
    double *best; /* [levels + 1, n + 1] V */
    int *from;    /* [levels + 1, n + 1] the i that won; -1: there is none */
    int *groups;  /* [levels + 1, n + 1] how many groups that is */
    double *gain; /* [n] q(i, j) of the current j */
};

struct cuts *cuts_new(int n, int max_groups)
{
    struct cuts *cuts = calloc(1, sizeof *cuts);
    if (!cuts)
        return NULL;
    cuts->n = n;
    cuts->any = max_groups <= 0 || max_groups >= n;
    cuts->levels = cuts->any ? 1 : max_groups;
    size_t size = ((size_t)cuts->levels + 1) * ((size_t)n + 1);
    cuts->best = malloc(size * sizeof *cuts->best);
    cuts->from = malloc(size * sizeof *cuts->from);
    cuts->groups = malloc(size * sizeof *cuts->groups);
    cuts->gain = malloc(((size_t)n + 1) * sizeof *cuts->gain);
    if (!cuts->best || !cuts->from || !cuts->groups || !cuts->gain)
        cuts_destroy(&cuts);
    return cuts;
}

void cuts_destroy(struct cuts **cuts)
{
    if (*cuts) {
        free((*cuts)->best);
        free((*cuts)->from);
        free((*cuts)->groups);
        free((*cuts)->gain);
        free(*cuts);
        *cuts = NULL;
    }
}

static size_t place(const struct cuts *cuts, int level, int j)
{
    return (size_t)level * ((size_t)cuts->n + 1) + j;
}

/* The level before: with any number of groups there is but one, level 1. */
static int before(const struct cuts *cuts, int level)
{
    return cuts->any ? 1 : level - 1;
}

/* Level 0 is no group: it covers no layer. Nothing else is known yet. */
static void clear(struct cuts *cuts)
{
    for (int level = 0; level <= cuts->levels; level++)
        for (int j = 0; j <= cuts->n; j++) {
            size_t here = place(cuts, level, j);
            int empty = j == 0 && (level == 0 || cuts->any);
            cuts->best[here] = empty ? 0 : -INFINITY;
            cuts->from[here] = -1;
            cuts->groups[here] = 0;
        }
}

/* Lets the group of layers i … j-1, worth q, end the best cut of the layers before i. */
static void offer(struct cuts *cuts, int i, int j, double q)
{
    for (int level = 1; level <= cuts->levels; level++) {
        size_t there = place(cuts, before(cuts, level), i);
        size_t here = place(cuts, level, j);
        if (cuts->best[there] == -INFINITY)
            continue;
        double value = cuts->best[there] + q;
        double lead = value - cuts->best[here];
        int groups = cuts->groups[there] + 1;
        if (lead > tie || (lead > -tie && groups < cuts->groups[here])) {
            cuts->best[here] = value;
            cuts->from[here] = i;
            cuts->groups[here] = groups;
        }
    }
}

static void trace(const struct cuts *cuts, int level, int *start, int *count)
{
    int j = cuts->n;
    *count = cuts->groups[place(cuts, level, j)];
    for (int group = *count - 1; group >= 0; group--) {
        j = cuts->from[place(cuts, level, j)];
        start[group] = j;
        level = before(cuts, level);
    }
}

double cuts_find(struct cuts *cuts, const double *residual, int *start, int *count)
{
    int n = cuts->n;
    clear(cuts);
    for (int j = 1; j <= n; j++) {
        double column = 0; /* of the residuals of layer j-1 with the layers from i on */
        cuts->gain[j - 1] = 0;
        offer(cuts, j - 1, j, 0);
        for (int i = j - 2; i >= 0; i--) {
            column += residual[lags_cell(n, j - 1 - i) + i];
            cuts->gain[i] -= column;
            offer(cuts, i, j, cuts->gain[i]);
        }
    }
    int level = cuts->levels;
    for (int k = cuts->levels - 1; k >= 1; k--)
        if (cuts->best[place(cuts, k, n)] >= cuts->best[place(cuts, level, n)] - tie)
            level = k;
    if (start && count)
        trace(cuts, level, start, count);
    return cuts->best[place(cuts, level, n)];
}
