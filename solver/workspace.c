#include "workspace.h"
#include "proposals.h"
#include "starts.h"
#include "swap_search.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

struct workspace *workspace_new(int n)
{
    if (strata_space_size(n) == 0)
        return NULL;
    struct workspace *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    size_t count = (size_t)n;
    w->capacity = n;
    w->cost = malloc(count * count * sizeof *w->cost);
    w->rows = malloc(2 * count * count * sizeof *w->rows);
    w->core = malloc((size_t)(1 + SPECTRUM_RANK) * (1 + SPECTRUM_RANK) * sizeof *w->core);
    w->tried = malloc(sizeof *w->tried);
    w->starts = malloc(sizeof *w->starts);
    w->proposals = malloc(PROPOSALS_MAX * sizeof *w->proposals);
    w->proposed = malloc(PROPOSALS_MAX * count * sizeof *w->proposed);
    w->permutation = malloc(count * sizeof *w->permutation);
    w->costed = malloc(count * sizeof *w->costed);
    w->candidate = malloc(count * sizeof *w->candidate);
    w->best = malloc(count * sizeof *w->best);
    w->bound = malloc(count * sizeof *w->bound);
    w->swaps = malloc(count * sizeof *w->swaps);
    w->own = malloc(count * sizeof *w->own);
    w->a_mean = malloc(count * sizeof *w->a_mean);
    w->b_mean = malloc(count * sizeof *w->b_mean);
    w->gain = malloc(count * sizeof *w->gain);
    w->partner = malloc(count * sizeof *w->partner);
    w->assignment = strata_assignment_new(n);
    if (!w->cost || !w->rows || !w->core || !w->tried || !w->starts || !w->proposals ||
        !w->proposed || !w->permutation || !w->costed || !w->candidate || !w->best || !w->bound ||
        !w->swaps || !w->own || !w->a_mean || !w->b_mean || !w->gain || !w->partner ||
        !w->assignment)
        workspace_destroy(&w);
    return w;
}

void workspace_destroy(struct workspace **solver)
{
    struct workspace *w = *solver;
    if (w != NULL) {
        free(w->cost);
        free(w->rows);
        free(w->core);
        free(w->tried);
        free(w->starts);
        free(w->proposals);
        free(w->proposed);
        free(w->permutation);
        free(w->costed);
        free(w->candidate);
        free(w->best);
        free(w->bound);
        free(w->swaps);
        free(w->own);
        free(w->a_mean);
        free(w->b_mean);
        free(w->gain);
        free(w->partner);
        strata_assignment_destroy(&w->assignment);
        free(w);
    }
    *solver = NULL;
}

void workspace_begin(struct workspace *w, const struct strata_space *a,
                     const struct strata_space *b, strata_tick *tick, void *context)
{
    w->a = a;
    w->b = b;
    w->n = (int)a->n;
    w->tick = tick;
    w->context = context;
    w->stopped = 0;
    w->cost_is_whole = 0;
    proposals_clear(w);
    w->iterations = 0;
    w->accepted_swaps = 0;
}

int workspace_stop(struct workspace *w)
{
    if (w->tick != NULL && !w->stopped)
        w->stopped = w->tick(w->context) != 0;
    return w->stopped;
}

static void full_product(struct workspace *w)
{
    const int n = w->n;
    const float *b = space_centred(w->b);
    for (int k = 0; k < n; k++)
        memcpy(w->rows + (size_t)k * n, b + (size_t)w->permutation[k] * n, (size_t)n * sizeof *b);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, n, -1, space_centred(w->a), n,
                w->rows, n, 0, w->cost, n);
}

/* cost -= sum over changed k of centredA[k, :]' (centredB[P(k), :] - centredB[old P(k), :]). */
static void low_rank_update(struct workspace *w, int changed)
{
    const int n = w->n;
    const float *a = space_centred(w->a);
    const float *b = space_centred(w->b);
    float *left = w->rows;
    float *right = w->rows + (size_t)changed * n;
    for (int k = 0, s = 0; k < n; k++) {
        if (w->permutation[k] == w->costed[k])
            continue;
        memcpy(left + (size_t)s * n, a + (size_t)k * n, (size_t)n * sizeof *a);
        const float *now = b + (size_t)w->permutation[k] * n;
        const float *before = b + (size_t)w->costed[k] * n;
        for (int j = 0; j < n; j++)
            right[(size_t)s * n + j] = now[j] - before[j];
        s++;
    }
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, changed, -1, left, n, right, n, 1,
                w->cost, n);
}

void workspace_update_cost(struct workspace *w)
{
    const int n = w->n;
    int changed = 0;
    for (int k = 0; k < n && w->cost_is_whole; k++)
        changed += w->permutation[k] != w->costed[k];
    w->moved = w->cost_is_whole ? w->moved + changed : n;
    if (!w->cost_is_whole || changed > 3 * (n / 4))
        full_product(w);
    else if (changed > 0)
        low_rank_update(w, changed);
    w->cost_is_whole = 1;
    memcpy(w->costed, w->permutation, (size_t)n * sizeof *w->costed);
}

/* Where costs moved in few rows, their last duals are nearly right. */
void workspace_assign(struct workspace *w)
{
    if (w->moved <= w->n / 8)
        assignment_again(w->assignment, w->cost, w->n, w->candidate);
    else
        strata_assignment_solve(w->assignment, w->cost, w->n, w->candidate, NULL, NULL);
    w->moved = 0;
}
