#include "workspace.h"
#include "swap_search.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

struct strata_solver *strata_solver_new(int n)
{
    if (strata_space_size(n) == 0)
        return NULL;
    struct strata_solver *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    size_t count = (size_t)n;
    w->capacity = n;
    w->cost = malloc(count * count * sizeof *w->cost);
    w->rows = malloc(2 * count * count * sizeof *w->rows);
    w->core = malloc((2 * SPECTRUM_RANK + count) * SPECTRUM_RANK * sizeof *w->core);
    w->permutation = malloc(count * sizeof *w->permutation);
    w->costed = malloc(count * sizeof *w->costed);
    w->candidate = malloc(count * sizeof *w->candidate);
    w->best = malloc(count * sizeof *w->best);
    w->swaps = malloc(count * sizeof *w->swaps);
    w->own = malloc(count * sizeof *w->own);
    w->a_mean = malloc(count * sizeof *w->a_mean);
    w->b_mean = malloc(count * sizeof *w->b_mean);
    w->gain = malloc(count * sizeof *w->gain);
    w->partner = malloc(count * sizeof *w->partner);
    w->assignment = strata_assignment_new(n);
    if (!w->cost || !w->rows || !w->core || !w->permutation || !w->costed || !w->candidate ||
        !w->best || !w->swaps || !w->own || !w->a_mean || !w->b_mean || !w->gain || !w->partner ||
        !w->assignment)
        strata_solver_destroy(&w);
    return w;
}

void strata_solver_destroy(struct strata_solver **solver)
{
    struct strata_solver *w = *solver;
    if (w != NULL) {
        free(w->cost);
        free(w->rows);
        free(w->core);
        free(w->permutation);
        free(w->costed);
        free(w->candidate);
        free(w->best);
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

int workspace_stop(struct strata_solver *w)
{
    if (w->tick != NULL && !w->stopped)
        w->stopped = w->tick(w->context) != 0;
    return w->stopped;
}

static void full_product(struct strata_solver *w)
{
    const int n = w->n;
    const float *b = space_centred(w->b);
    for (int k = 0; k < n; k++)
        memcpy(w->rows + (size_t)k * n, b + (size_t)w->permutation[k] * n, (size_t)n * sizeof *b);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, n, -1, space_centred(w->a), n,
                w->rows, n, 0, w->cost, n);
}

/* cost -= sum over changed k of centredA[k, :]' (centredB[P(k), :] - centredB[old P(k), :]). */
static void low_rank_update(struct strata_solver *w, int changed)
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

void workspace_update_cost(struct strata_solver *w, int from_scratch)
{
    const int n = w->n;
    int changed = 0;
    for (int k = 0; k < n && !from_scratch; k++)
        changed += w->permutation[k] != w->costed[k];
    if (from_scratch || changed > 3 * (n / 4))
        full_product(w);
    else if (changed > 0)
        low_rank_update(w, changed);
    memcpy(w->costed, w->permutation, (size_t)n * sizeof *w->costed);
}

double workspace_leading_cost(struct strata_solver *w, int rank)
{
    const int n = w->n;
    const int ra = (int)w->a->rank;
    const int rb = (int)w->b->rank;
    const float *va = space_vectors(w->a);
    const float *vb = space_vectors(w->b);
    float *core = w->core;
    float *left = w->core + 2 * (size_t)SPECTRUM_RANK * SPECTRUM_RANK;
    rank = rank < ra ? rank : ra;
    rank = rank < rb ? rank : rb;
    for (int k = 0; k < n; k++)
        memcpy(w->rows + (size_t)k * rank, vb + (size_t)w->permutation[k] * rb,
               (size_t)rank * sizeof *vb);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, rank, rank, n, 1, va, ra, w->rows, rank, 0,
                core, rank);
    double value = 0;
    for (int i = 0; i < rank; i++) {
        for (int k = 0; k < rank; k++) {
            float m = core[(size_t)i * rank + k];
            core[(size_t)i * rank + k] = m * space_values(w->a)[i] * space_values(w->b)[k];
            value += (double)m * core[(size_t)i * rank + k];
        }
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, rank, rank, -1, va, ra, core, rank, 0,
                left, rank);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, rank, 1, left, rank, vb, rb, 0,
                w->cost, n);
    return value;
}
