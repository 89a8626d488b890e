#include "assignment.h"
#include "blocks.h"
#include "kernels.h"
#include "kernels_assignment.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int list_blocks(struct strata_assignment *w, int n, struct block *blocks)
{
    const size_t count = (size_t)n;
    const size_t width = (count + ROW_PAD - 1) / ROW_PAD * ROW_PAD;
    const struct block all[] = {
        {(void **)&w->price, count * sizeof *w->price},
        {(void **)&w->row_of, count * sizeof *w->row_of},
        {(void **)&w->column_of, count * sizeof *w->column_of},
        {(void **)&w->free_rows, count * sizeof *w->free_rows},
        {(void **)&w->u, count * sizeof *w->u},
        {(void **)&w->v, count * sizeof *w->v},
        {(void **)&w->sums, count * sizeof *w->sums},
        {(void **)&w->coarse, count * width * sizeof *w->coarse},
        {(void **)&w->rise, width * sizeof *w->rise},
        {(void **)&w->length, count * sizeof *w->length},
        {(void **)&w->column, count * SHORTLIST * sizeof *w->column},
        {(void **)&w->listed, count * SHORTLIST * sizeof *w->listed},
        {(void **)&w->threshold, count * sizeof *w->threshold},
        {(void **)&w->below, count * sizeof *w->below},
        {(void **)&w->paths.distance, 2 * count * sizeof *w->paths.distance},
        {(void **)&w->paths.nodes, 2 * count * sizeof *w->paths.nodes},
        {(void **)&w->paths.position, 2 * count * sizeof *w->paths.position},
        {(void **)&w->reached, 2 * count * sizeof *w->reached},
        {(void **)&w->from, count * sizeof *w->from},
        {(void **)&w->scanned, count * sizeof *w->scanned},
        {(void **)&w->at, count * sizeof *w->at},
    };
    _Static_assert(sizeof all <= BLOCKS_MAX * sizeof *all, "a longer list");
    memcpy(blocks, all, sizeof all);
    return (int)(sizeof all / sizeof *all);
}

size_t assignment_bytes(int n)
{
    struct strata_assignment w;
    struct block blocks[BLOCKS_MAX];
    return sizeof w + blocks_size(blocks, list_blocks(&w, n, blocks));
}

struct strata_assignment *strata_assignment_new(int n)
{
    if (n < 1)
        return NULL;
    struct strata_assignment *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    struct block blocks[BLOCKS_MAX];
    w->capacity = n;
    if (!blocks_allocate(blocks, list_blocks(w, n, blocks)))
        strata_assignment_destroy(&w);
    return w;
}

void strata_assignment_destroy(struct strata_assignment **assignment)
{
    struct strata_assignment *w = *assignment;
    if (w != NULL) {
        struct block blocks[BLOCKS_MAX];
        blocks_free(blocks, list_blocks(w, 0, blocks));
        free(w);
    }
    *assignment = NULL;
}

/* Rows that centre looks at, or up to twice as many. */
enum { SAMPLED_ROWS = 256 };

/* Starting prices that centre the columns, and the largest spread of a row of centred costs: what
 * is common to a column does not change the solution, but would eat the precision and the epsilon
 * schedule of the auction. Some of the rows tell both well enough. */
static void centre(struct strata_assignment *w, const float *cost, int n)
{
    const int stride = n / SAMPLED_ROWS > 1 ? n / SAMPLED_ROWS : 1;
    const int rows = (n + stride - 1) / stride;
    memset(w->sums, 0, (size_t)n * sizeof *w->sums);
    for (int i = 0; i < n; i += stride)
        kernel_add_row(cost + (size_t)i * n, w->sums, n);
    double mean = 0;
    for (int j = 0; j < n; j++)
        mean += w->sums[j] / rows / n;
    for (int j = 0; j < n; j++)
        w->price[j] = (float)(mean - w->sums[j] / rows);
    w->spread = 0;
    for (int i = 0; i < n; i += stride) {
        float row = kernel_spread(cost + (size_t)i * n, w->price, n);
        w->spread = row > w->spread ? row : w->spread;
    }
}

/* Epsilons of the auction in units, of which the spread has COST_RANGE: a direction asks less of
 * the last. From prices that are nearly right one phase does. */
enum { COLD = COST_RANGE / 10, WARM = COST_RANGE / 200, NEAR = COST_RANGE / 250, NEAREST = 3 };

/* Up to so many points, the cache holds much of the costs: rounding them for one phase of few bids
 * takes longer than it saves. */
enum { CACHED = 1400 };

static void finish(struct strata_assignment *w, const float *cost, int n, double *u, double *v)
{
    for (int j = 0; j < n; j++)
        v[j] = -(double)w->price[j];
    shortlist_forget(w, v, n);
    assignment_refine(w, cost, n, w->spread / COST_RANGE, v);
    assignment_augment(w, cost, n, u, v);
}

static int solve(struct strata_assignment *w, const float *cost, int n, double *u, double *v)
{
    centre(w, cost, n);
    if (!(w->spread <= FLT_MAX) || !assignment_round(w, cost, n))
        return STRATA_NOT_FINITE;
    assignment_auction(w, n, COLD, NEAREST);
    finish(w, cost, n, u, v);
    return STRATA_OK;
}

int strata_assignment_solve(struct strata_assignment *w, const float *cost, int n, int *column_of,
                            double *u, double *v)
{
    if (w == NULL || cost == NULL || n < 1 || n > w->capacity)
        return STRATA_ARGUMENT;
    int status = solve(w, cost, n, u ? u : w->u, v ? v : w->v);
    if (status == STRATA_OK && column_of != NULL)
        memcpy(column_of, w->column_of, (size_t)n * sizeof *column_of);
    return status;
}

static int approximate(struct strata_assignment *w, const float *cost, int n, int warm)
{
    if (warm && n <= CACHED)
        return assignment_adjust(w, cost, n, w->spread / COST_RANGE * WARM);
    if (!warm)
        centre(w, cost, n);
    assignment_round(w, cost, n);
    return assignment_auction(w, n, warm ? WARM : COLD, NEAR);
}

void assignment_approximate(struct strata_assignment *w, const float *cost, int n, int warm,
                            int *column_of)
{
    if (approximate(w, cost, n, warm) > 0)
        finish(w, cost, n, w->u, w->v);
    memcpy(column_of, w->column_of, (size_t)n * sizeof *column_of);
}

void assignment_again(struct strata_assignment *w, const float *cost, int n, int *column_of)
{
    for (int j = 0; j < n; j++)
        w->price[j] = (float)-w->v[j];
    shortlist_forget(w, w->v, n);
    assignment_augment(w, cost, n, w->u, w->v);
    memcpy(column_of, w->column_of, (size_t)n * sizeof *column_of);
}
