#include "bounds.h"
#include "gang_assignment.h"
#include "gang_starts.h"
#include "rows.h"

#include <cblas.h>
#include <string.h>

/* cost[i, j] = |a_i - b_j|^2 of profile rows in single precision; returns how far the worst is
 * off. */
static double profile_costs(struct gang *g, const struct gang_space *a, const struct gang_space *b)
{
    const int q = b->blocks;
    const size_t n = (size_t)g->n;
    double *all = g->gathered;
    double *product = g->tile;
    double worst = 0;
    memcpy(all + (size_t)g->first * q, b->profile, (size_t)g->count * q * sizeof *all);
    rows_gather(g, all, (size_t)q * sizeof *all);
    for (size_t j = 0; j < n; j++)
        g->sums[j] = cblas_ddot(q, all + j * q, 1, all + j * q, 1);
    for (int i = 0; i < g->count; i += ROW_TILE) {
        int height = g->count - i < ROW_TILE ? g->count - i : ROW_TILE;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, height, g->n, q, -2,
                    a->profile + (size_t)i * q, q, all, q, 0, product, g->n);
        for (int t = 0; t < height; t++) {
            const double *row = a->profile + (size_t)(i + t) * q;
            double square = cblas_ddot(q, row, 1, row, 1);
            for (size_t j = 0; j < n; j++) {
                double c = square + g->sums[j] + product[(size_t)t * n + j];
                g->cost[(size_t)(i + t) * n + j] = (float)c;
                const double off = bound_rounding(c, square + g->sums[j], q);
                worst = off > worst ? off : worst;
            }
        }
    }
    return rows_maximum(g, worst);
}

int gang_lower_bound(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                     int *permutation, double *bound)
{
    const double rounding = g->n * profile_costs(g, a, b);
    int status = gang_assignment_step(g, g->cost, 0, permutation);
    double dual = rows_sum(g, g->u) + rows_sum(g, g->v);
    *bound = status == STRATA_OK && dual > rounding ? (dual - rounding) / g->n / g->n : 0;
    return status;
}
