#include "leading.h"
#include "outline.h"
#include "workspace.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* A step must raise f, which is computed in single precision, by more than this part of it. */
static const double least_gain = 1e-6;

static int least(int a, int b)
{
    return a < b ? a : b;
}

struct leading leading_whole(const struct outline *a, const struct outline *b)
{
    return (struct leading){.n = a->n,
                            .points = a->n,
                            .stride = 1 + a->rank,
                            .a = a->vectors,
                            .b = b->vectors,
                            .la = a->values,
                            .lb = b->values,
                            .rank = a->rank};
}

struct leading leading_cells(const struct outline *a, const struct outline *b, int resolution)
{
    const int columns = cells_columns(a->rank);
    return (struct leading){.n = cells_count(a->n, resolution),
                            .points = a->n,
                            .stride = columns,
                            .a = outline_cells(a, resolution),
                            .b = outline_cells(b, resolution),
                            .la = a->values,
                            .lb = b->values,
                            .rank = columns - 1};
}

/* From the sums over points [1 + rank, 1 + rank] to the core; returns f. */
static double weigh(const struct leading *p, int rank, float *core)
{
    const int columns = 1 + rank;
    double value = 2.0 * p->n * core[0];
    memset(core, 0, (size_t)columns * sizeof *core);
    core[0] = (float)p->n;
    for (int i = 0; i < rank; i++) {
        float *row = core + (size_t)(1 + i) * columns;
        row[0] = 0;
        for (int k = 0; k < rank; k++) {
            const float weight = p->la[i] * p->lb[k];
            value += (double)row[1 + k] * row[1 + k] * weight;
            row[1 + k] *= weight;
        }
    }
    return value;
}

double leading_sum(const struct leading *p, int rank, const int *permutation, float *rows,
                   float *core)
{
    const int columns = 1 + rank;
    for (int k = 0; k < p->n; k++)
        memcpy(rows + (size_t)k * columns, p->b + (size_t)permutation[k] * p->stride,
               (size_t)columns * sizeof *rows);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, columns, columns, p->n, 1, p->a, p->stride,
                rows, columns, 0, core, columns);
    return weigh(p, rank, core);
}

void leading_factor(const struct leading *p, int rank, const float *core, float *rows)
{
    const int columns = 1 + rank;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->n, columns, columns, -1, p->a,
                p->stride, core, columns, 0, rows, columns);
}

double leading_core(struct workspace *w, const struct leading *p, int rank, const int *permutation)
{
    return leading_sum(p, least(rank, p->rank), permutation, w->rows, w->core);
}

/* w->cost = -K. */
static void cost_of_core(struct workspace *w, const struct leading *p, int rank)
{
    const int columns = 1 + rank;
    w->cost_is_whole = 0;
    leading_factor(p, rank, w->core, w->rows);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, p->n, p->n, columns, 1, w->rows, columns,
                p->b, p->stride, 0, w->cost, p->n);
}

static void step(struct workspace *w, const struct leading *p, int rank, int warm, int *permutation)
{
    cost_of_core(w, p, rank);
    assignment_approximate(w->assignment, w->cost, p->n, warm, permutation);
    w->iterations++;
}

void leading_from_core(struct workspace *w, const struct leading *p, int rank, int *permutation)
{
    step(w, p, least(rank, p->rank), 0, permutation);
}

double leading_steps(struct workspace *w, const struct leading *p, int rank, int most,
                     int *permutation)
{
    rank = least(rank, p->rank);
    double value = leading_core(w, p, rank, permutation);
    for (int k = 0; k < most && !workspace_stop(w); k++) {
        step(w, p, rank, k > 0, w->candidate);
        double next = leading_core(w, p, rank, w->candidate);
        if (!(next > value + least_gain * fabs(value)))
            break;
        value = next;
        memcpy(permutation, w->candidate, (size_t)p->n * sizeof *permutation);
    }
    return leading_core(w, p, rank, permutation);
}

double leading_frank_wolfe(struct workspace *w, const struct leading *p, int rank, int *permutation)
{
    return leading_steps(w, p, rank, INT_MAX, permutation);
}
