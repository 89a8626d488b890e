#include "workspace.h"
#include "blocks.h"
#include "proposals.h"
#include "starts.h"
#include "swap_search.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

/* points: of the largest matrix. */
static int list_blocks(struct workspace *w, int n, int points, struct block *blocks)
{
    const size_t count = (size_t)n;
    const size_t entries = (size_t)points * (size_t)points;
    const size_t columns = 1 + (size_t)SPECTRUM_RANK;
    const size_t scratch = 2 * entries > count * columns ? 2 * entries : count * columns;
    const struct block all[] = {
        {(void **)&w->cost, entries * sizeof *w->cost},
        {(void **)&w->rows, scratch * sizeof *w->rows},
        {(void **)&w->core, columns * columns * sizeof *w->core},
        {(void **)&w->tried, sizeof *w->tried},
        {(void **)&w->starts, sizeof *w->starts},
        {(void **)&w->proposals, PROPOSALS_MAX * sizeof *w->proposals},
        {(void **)&w->proposed, PROPOSALS_MAX * count * sizeof *w->proposed},
        {(void **)&w->permutation, count * sizeof *w->permutation},
        {(void **)&w->costed, count * sizeof *w->costed},
        {(void **)&w->candidate, count * sizeof *w->candidate},
        {(void **)&w->best, count * sizeof *w->best},
        {(void **)&w->bound, count * sizeof *w->bound},
        {(void **)&w->swaps, count * sizeof *w->swaps},
        {(void **)&w->own, count * sizeof *w->own},
        {(void **)&w->a_mean, count * sizeof *w->a_mean},
        {(void **)&w->b_mean, count * sizeof *w->b_mean},
        {(void **)&w->gain, count * sizeof *w->gain},
        {(void **)&w->partner, count * sizeof *w->partner},
        {(void **)&w->with, count * sizeof *w->with},
        {(void **)&w->active, count * sizeof *w->active},
    };
    _Static_assert(sizeof all <= BLOCKS_MAX * sizeof *all, "a longer list");
    memcpy(blocks, all, sizeof all);
    return (int)(sizeof all / sizeof *all);
}

static struct workspace *allocate(int n, int points)
{
    struct block blocks[BLOCKS_MAX];
    struct workspace *w = strata_space_size(n) > 0 ? calloc(1, sizeof *w) : NULL;
    if (w == NULL)
        return NULL;
    const int count = list_blocks(w, n, points, blocks);
    const int complete = blocks_allocate(blocks, count);
    w->capacity = points;
    w->assignment = strata_assignment_new(points);
    if (!complete || !w->assignment)
        workspace_destroy(&w);
    else
        memset(w->starts, 0, sizeof *w->starts); /* a gang sends it whole */
    return w;
}

struct workspace *workspace_new(int n)
{
    return allocate(n, n);
}

static int largest_copy(int n)
{
    return n < CELLS_MAX ? n : CELLS_MAX;
}

struct workspace *workspace_new_for_starts(int n)
{
    return allocate(n, largest_copy(n));
}

size_t workspace_bytes_for_starts(int n)
{
    struct workspace w;
    struct block blocks[BLOCKS_MAX];
    const int points = largest_copy(n);
    return blocks_size(blocks, list_blocks(&w, n, points, blocks)) + assignment_bytes(points);
}

void workspace_destroy(struct workspace **workspace)
{
    struct workspace *w = *workspace;
    if (w != NULL) {
        struct block blocks[BLOCKS_MAX];
        blocks_free(blocks, list_blocks(w, 0, 0, blocks));
        strata_assignment_destroy(&w->assignment);
        free(w);
    }
    *workspace = NULL;
}

void workspace_begin_starts(struct workspace *w, const struct outline *a, const struct outline *b,
                            strata_tick *tick, void *context)
{
    w->a = w->b = NULL;
    w->outline_a = *a;
    w->outline_b = *b;
    w->n = a->n;
    w->tick = tick;
    w->context = context;
    w->stopped = 0;
    w->cost_is_whole = 0;
    w->starts->count = 0;
    proposals_clear(w);
    w->iterations = 0;
    w->accepted_swaps = 0;
}

void workspace_begin(struct workspace *w, const struct strata_space *a,
                     const struct strata_space *b, strata_tick *tick, void *context)
{
    const struct outline outline_a = space_outline(a);
    const struct outline outline_b = space_outline(b);
    workspace_begin_starts(w, &outline_a, &outline_b, tick, context);
    w->a = a;
    w->b = b;
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
