#include "assignment.h"
#include "kernels.h"
#include "kernels_assignment.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct strata_assignment *strata_assignment_new(int n)
{
    if (n < 1)
        return NULL;
    struct strata_assignment *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    const size_t count = (size_t)n;
    const size_t width = (count + ROW_PAD - 1) / ROW_PAD * ROW_PAD;
    w->capacity = n;
    w->price = malloc(count * sizeof *w->price);
    w->row_of = malloc(count * sizeof *w->row_of);
    w->column_of = malloc(count * sizeof *w->column_of);
    w->free_rows = malloc(count * sizeof *w->free_rows);
    w->u = malloc(count * sizeof *w->u);
    w->v = malloc(count * sizeof *w->v);
    w->sums = malloc(count * sizeof *w->sums);
    w->coarse = aligned_alloc(64, count * width * sizeof *w->coarse);
    w->rise = aligned_alloc(64, width * sizeof *w->rise);
    w->length = malloc(count * sizeof *w->length);
    w->column = malloc(count * SHORTLIST * sizeof *w->column);
    w->listed = malloc(count * SHORTLIST * sizeof *w->listed);
    w->threshold = malloc(count * sizeof *w->threshold);
    w->below = malloc(count * sizeof *w->below);
    w->distance = malloc(2 * count * sizeof *w->distance);
    w->heap = malloc(2 * count * sizeof *w->heap);
    w->position = malloc(2 * count * sizeof *w->position);
    w->reached = malloc(2 * count * sizeof *w->reached);
    w->from = malloc(count * sizeof *w->from);
    w->scanned = malloc(count * sizeof *w->scanned);
    w->at = malloc(count * sizeof *w->at);
    if (!w->price || !w->row_of || !w->column_of || !w->free_rows || !w->u || !w->v || !w->sums ||
        !w->coarse || !w->rise || !w->length || !w->column || !w->listed || !w->threshold ||
        !w->below || !w->distance || !w->heap || !w->position || !w->reached || !w->from ||
        !w->scanned || !w->at)
        strata_assignment_destroy(&w);
    return w;
}

void strata_assignment_destroy(struct strata_assignment **assignment)
{
    struct strata_assignment *w = *assignment;
    if (w != NULL) {
        free(w->price);
        free(w->row_of);
        free(w->column_of);
        free(w->free_rows);
        free(w->u);
        free(w->v);
        free(w->sums);
        free(w->coarse);
        free(w->rise);
        free(w->length);
        free(w->column);
        free(w->listed);
        free(w->threshold);
        free(w->below);
        free(w->distance);
        free(w->heap);
        free(w->position);
        free(w->reached);
        free(w->from);
        free(w->scanned);
        free(w->at);
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
