#include "bounds.h"
#include "workspace.h"

#include <cblas.h>

enum { ROWS = 64 }; /* of a product at a time: 64 n doubles fit into w->rows for all n */

/* w->cost[i, j] = |a_i - b_j|^2 / unit of profile rows, rounded to single precision; returns how
 * far the worst is off, times the unit. */
static double profile_costs(struct workspace *w, double unit)
{
    const int n = w->n;
    const int q = (int)w->a->blocks;
    const double *a = space_profile(w->a);
    const double *b = space_profile(w->b);
    double *squares = w->assignment->v;
    for (int j = 0; j < n; j++)
        squares[j] = cblas_ddot(q, b + (size_t)j * q, 1, b + (size_t)j * q, 1);
    double *product = (double *)w->rows;
    const int rows = n < ROWS ? n : ROWS;
    double worst = 0;
    w->cost_is_whole = 0;
    for (int begin = 0; begin < n; begin += rows) {
        int count = begin + rows < n ? rows : n - begin;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, count, n, q, -2, a + (size_t)begin * q,
                    q, b, q, 0, product, n);
        for (int i = 0; i < count; i++) {
            const double *row = a + (size_t)(begin + i) * q;
            double square = cblas_ddot(q, row, 1, row, 1);
            for (int j = 0; j < n; j++) {
                double c = square + squares[j] + product[(size_t)i * n + j];
                w->cost[(size_t)(begin + i) * n + j] = (float)(c / unit);
                const double off = bound_rounding(c, square + squares[j], q);
                worst = off > worst ? off : worst;
            }
        }
    }
    return worst;
}

double lower_bound(struct workspace *w, int *permutation)
{
    const int n = w->n;
    const double unit = (double)n * (w->a->unit * w->a->unit + w->b->unit * w->b->unit);
    const double rounding = n * profile_costs(w, unit);
    double *u = w->assignment->u;
    double *v = w->assignment->v;
    double dual = 0;
    if (strata_assignment_solve(w->assignment, w->cost, n, permutation, u, v) != STRATA_OK) {
        for (int k = 0; k < n; k++) /* the squares of the profiles are beyond what doubles hold */
            permutation[k] = k;
        return 0;
    }
    for (int k = 0; k < n; k++)
        dual += (u[k] + v[k]) * unit;
    return dual > rounding ? (dual - rounding) / n / n : 0;
}
