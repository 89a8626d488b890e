#include "leading.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* A step must raise f, which is computed in single precision, by more than this part of it. */
static const double least_gain = 1e-6;

enum { ROTATION_MAX = 8 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

struct leading leading_whole(const struct workspace *w)
{
    return (struct leading){.n = w->n,
                            .stride = (int)w->a->rank,
                            .a = space_vectors(w->a),
                            .b = space_vectors(w->b),
                            .la = space_values(w->a),
                            .lb = space_values(w->b),
                            .rank = (int)w->a->rank};
}

double leading_core(struct workspace *w, const struct leading *p, int rank, const int *permutation)
{
    float *rows = w->rows;
    rank = least(rank, p->rank);
    for (int k = 0; k < p->n; k++)
        memcpy(rows + (size_t)k * rank, p->b + (size_t)permutation[k] * p->stride,
               (size_t)rank * sizeof *rows);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, rank, rank, p->n, 1, p->a, p->stride, rows,
                rank, 0, w->core, rank);
    double value = 0;
    for (int i = 0; i < rank; i++) {
        for (int k = 0; k < rank; k++) {
            float *m = &w->core[(size_t)i * rank + k];
            double square = (double)*m * *m;
            *m *= p->la[i] * p->lb[k];
            value += square * p->la[i] * p->lb[k];
        }
    }
    return value;
}

/* w->cost = -Va core Vb'. */
static void cost_of_core(struct workspace *w, const struct leading *p, int rank)
{
    w->cost_is_whole = 0;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->n, rank, rank, -1, p->a, p->stride,
                w->core, rank, 0, w->rows, rank);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, p->n, p->n, rank, 1, w->rows, rank, p->b,
                p->stride, 0, w->cost, p->n);
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

double leading_frank_wolfe(struct workspace *w, const struct leading *p, int rank, int *permutation)
{
    rank = least(rank, p->rank);
    double value = leading_core(w, p, rank, permutation);
    for (int warm = 0; !workspace_stop(w); warm = 1) {
        step(w, p, rank, warm, w->candidate);
        double next = leading_core(w, p, rank, w->candidate);
        if (!(next > value * (1 + least_gain)))
            break;
        value = next;
        memcpy(permutation, w->candidate, (size_t)p->n * sizeof *permutation);
    }
    return leading_core(w, p, rank, permutation);
}

/* q[m, m]: a random orthogonal matrix, by Gram-Schmidt on random rows. */
static void random_rotation(double *q, int m, uint64_t *random)
{
    for (int i = 0; i < m; i++) {
        double *row = q + (size_t)i * m;
        for (double norm = 0; norm < 1e-3;) {
            for (int c = 0; c < m; c++) /* nearly normal, so that directions are uniform */
                row[c] = random_signed(random) + random_signed(random) + random_signed(random);
            for (int k = 0; k < i; k++)
                cblas_daxpy(m, -cblas_ddot(m, row, 1, q + (size_t)k * m, 1), q + (size_t)k * m, 1,
                            row, 1);
            norm = cblas_dnrm2(m, row, 1);
            cblas_dscal(m, norm > 0 ? 1 / norm : 0, row, 1);
        }
    }
}

void leading_from_rotation(struct workspace *w, const struct leading *p, int count,
                           uint64_t *random, int *permutation)
{
    double q[ROTATION_MAX * ROTATION_MAX];
    count = least(least(count, p->rank), ROTATION_MAX);
    random_rotation(q, count, random);
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < count; k++)
            w->core[(size_t)i * count + k] =
                (float)q[(size_t)i * count + k] * sqrtf(fabsf(p->la[i] * p->lb[k]));
    }
    leading_from_core(w, p, count, permutation);
}
