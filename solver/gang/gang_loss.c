#include "gang_loss.h"
#include "kernels.h"
#include "rows.h"

#include <string.h>

/* What is computed of row i of A and row P(i) of B. */
struct visit {
    struct gang *gang;
    const struct gang_space *a;
    const int *permutation, *towards;
    double sign;
};

static void add_loss(void *context, int i, const double *row)
{
    const struct visit *v = context;
    const int n = v->gang->n;
    const double *a = v->a->rows + (size_t)(i - v->gang->first) * n;
    const int *p = v->permutation;
    int half = (n - 1) / 2 + (n % 2 == 0 && i < n / 2); /* of an even circle, opposite ends once */
    int before_end = n - 1 - i < half ? n - 1 - i : half;
    v->gang->sums[i] = kernel_gather_loss(a + i + 1, row, p + i + 1, before_end, row) +
                       kernel_gather_loss(a, row, p, half - before_end, row);
}

double gang_loss(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                 const int *permutation)
{
    struct visit visit = {.gang = g, .a = a, .permutation = permutation};
    rows_fetch(g, b->rows, permutation, add_loss, &visit);
    rows_gather(g, g->sums, sizeof *g->sums);
    return 2 * rows_sum(g, g->sums) / g->n / g->n;
}

/* sums[i] += sign * K[i, row's point], where that differs from P(i). */
static void add_slope(void *context, int i, const double *row)
{
    const struct visit *v = context;
    const int n = v->gang->n;
    const double *a = v->a->rows + (size_t)(i - v->gang->first) * n;
    double sum = 0;
    for (int k = 0; k < n; k++)
        sum += a[k] * row[v->permutation[k]];
    if (v->towards[i] != v->permutation[i])
        v->gang->sums[i] += v->sign * sum;
}

double gang_frank_wolfe_gap(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                            const int *permutation, const int *towards)
{
    struct visit visit = {g, a, permutation, towards, 1};
    memset(g->sums, 0, (size_t)g->n * sizeof *g->sums);
    rows_fetch(g, b->rows, towards, add_slope, &visit);
    visit.sign = -1;
    rows_fetch(g, b->rows, permutation, add_slope, &visit);
    rows_gather(g, g->sums, sizeof *g->sums);
    double sum = rows_sum(g, g->sums);
    return sum > 0 ? 4 * sum / g->n / g->n : 0;
}
