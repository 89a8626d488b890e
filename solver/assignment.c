#include "assignment.h"
#include "kernels.h"

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
    size_t count = (size_t)n;
    w->capacity = n;
    w->price = malloc(count * sizeof *w->price);
    w->row_of = malloc(count * sizeof *w->row_of);
    w->column_of = malloc(count * sizeof *w->column_of);
    w->free_rows = malloc(count * sizeof *w->free_rows);
    w->distance = malloc(count * sizeof *w->distance);
    w->from = malloc(count * sizeof *w->from);
    w->scanned = malloc(count * sizeof *w->scanned);
    w->at = malloc(count * sizeof *w->at);
    w->u = malloc(count * sizeof *w->u);
    w->v = malloc(count * sizeof *w->v);
    if (!w->price || !w->row_of || !w->column_of || !w->free_rows || !w->distance || !w->from ||
        !w->scanned || !w->at || !w->u || !w->v)
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
        free(w->distance);
        free(w->from);
        free(w->scanned);
        free(w->at);
        free(w->u);
        free(w->v);
        free(w);
    }
    *assignment = NULL;
}

/* Starting prices that centre the columns, and the largest spread of a row of centred costs: what
 * is common to a column does not change the solution, but would eat the precision and the epsilon
 * schedule of the auction. Two passes over the matrix. */
static float centre(const float *cost, int n, double *sums, float *price)
{
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int i = 0; i < n; i++)
        kernel_add_row(cost + (size_t)i * n, sums, n);
    double mean = 0;
    for (int j = 0; j < n; j++)
        mean += sums[j] / n / n;
    for (int j = 0; j < n; j++)
        price[j] = (float)(mean - sums[j] / n);
    float spread = 0;
    for (int i = 0; i < n; i++) {
        float row = kernel_spread(cost + (size_t)i * n, price, n);
        spread = row > spread ? row : spread;
    }
    return isfinite(mean) ? spread : INFINITY;
}

/* The last epsilon, as a part of the spread: below it bids are slower than augmenting paths; and
 * where the assignment is good enough for a direction. */
static const float exact_epsilon = 2e-5F;
static const float approximate_epsilon = 1e-3F;

/* From prices that are nearly right, an auction may begin with smaller steps. */
static const float cold_epsilon = 0.1F;
static const float warm_epsilon = 5e-3F;

static void finish(struct strata_assignment *w, const float *cost, int n, double *u, double *v)
{
    for (int j = 0; j < n; j++)
        v[j] = -(double)w->price[j];
    assignment_augment(w, cost, n, u, v);
}

static int solve(struct strata_assignment *w, const float *cost, int n, double *u, double *v)
{
    const float spread = centre(cost, n, w->distance, w->price);
    if (!(spread <= FLT_MAX))
        return STRATA_NOT_FINITE;
    assignment_auction(w, cost, n, cold_epsilon * spread, exact_epsilon * spread);
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

void assignment_approximate(struct strata_assignment *w, const float *cost, int n, int warm,
                            int *column_of)
{
    if (!warm)
        w->spread = centre(cost, n, w->distance, w->price);
    const float first = warm ? warm_epsilon : cold_epsilon;
    if (assignment_auction(w, cost, n, first * w->spread, approximate_epsilon * w->spread) > 0)
        finish(w, cost, n, w->u, w->v);
    memcpy(column_of, w->column_of, (size_t)n * sizeof *column_of);
}

void assignment_again(struct strata_assignment *w, const float *cost, int n, int *column_of)
{
    assignment_augment(w, cost, n, w->u, w->v);
    memcpy(column_of, w->column_of, (size_t)n * sizeof *column_of);
}
