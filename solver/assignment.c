#include "assignment.h"

#include <float.h>
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

/* Starting prices that centre the columns, and the range of the costs once rows and columns are
 * centred: constants of a row or a column do not change the solution, but they would eat the
 * precision and the epsilon schedule of the auction. Two passes over the matrix. */
static float centre(const float *cost, int n, double *sums, float *price)
{
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int i = 0; i < n; i++) {
        const float *row = cost + (size_t)i * n;
        for (int j = 0; j < n; j++)
            sums[j] += row[j];
    }
    double mean = 0;
    for (int j = 0; j < n; j++)
        mean += sums[j] / n / n;
    for (int j = 0; j < n; j++)
        price[j] = (float)(mean - sums[j] / n);
    float low = FLT_MAX;
    float high = -FLT_MAX;
    for (int i = 0; i < n; i++) {
        const float *row = cost + (size_t)i * n;
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += row[j];
        float shift = (float)(sum / n);
        for (int j = 0; j < n; j++) {
            float w = row[j] + price[j] - shift;
            low = w < low ? w : low;
            high = w > high ? w : high;
        }
    }
    return high - low;
}

int strata_assignment_solve(struct strata_assignment *w, const float *cost, int n, int *column_of,
                            double *u, double *v)
{
    if (w == NULL || cost == NULL || n < 1 || n > w->capacity)
        return STRATA_ARGUMENT;
    u = u ? u : w->u;
    v = v ? v : w->v;
    float range = centre(cost, n, w->distance, w->price);
    if (!(range <= FLT_MAX))
        return STRATA_NOT_FINITE;
    assignment_auction(w, cost, n, range);
    for (int j = 0; j < n; j++)
        v[j] = -(double)w->price[j];
    assignment_augment(w, cost, n, u, v);
    if (column_of)
        memcpy(column_of, w->column_of, (size_t)n * sizeof *column_of);
    return STRATA_OK;
}
