#include "leading.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* A step must raise f, which is computed in single precision, by more than this part of it. */
static const double least_gain = 1e-6;

/* How many coordinates a random rotation takes, and how many eigenpairs are improved on where
 * points were mixed: any of these. */
enum { ROTATION_MIN = 2, ROTATION_MAX = 8, MIXED_RANK_MIN = 2, MIXED_RANK_MAX = 11 };
/* At most so many percent of the points are mixed. */
enum { MIXED_MAX = 60 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

struct leading leading_whole(const struct workspace *w)
{
    return (struct leading){.n = w->n,
                            .stride = 1 + (int)w->a->rank,
                            .a = space_vectors(w->a),
                            .b = space_vectors(w->b),
                            .la = space_values(w->a),
                            .lb = space_values(w->b),
                            .rank = (int)w->a->rank};
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

double leading_core(struct workspace *w, const struct leading *p, int rank, const int *permutation)
{
    float *rows = w->rows;
    rank = least(rank, p->rank);
    const int columns = 1 + rank;
    for (int k = 0; k < p->n; k++)
        memcpy(rows + (size_t)k * columns, p->b + (size_t)permutation[k] * p->stride,
               (size_t)columns * sizeof *rows);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, columns, columns, p->n, 1, p->a, p->stride,
                rows, columns, 0, w->core, columns);
    return weigh(p, rank, w->core);
}

/* w->cost = -K. */
static void cost_of_core(struct workspace *w, const struct leading *p, int rank)
{
    const int columns = 1 + rank;
    w->cost_is_whole = 0;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->n, columns, columns, -1, p->a,
                p->stride, w->core, columns, 0, w->rows, columns);
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

double leading_frank_wolfe(struct workspace *w, const struct leading *p, int rank, int *permutation)
{
    rank = least(rank, p->rank);
    double value = leading_core(w, p, rank, permutation);
    for (int warm = 0; !workspace_stop(w); warm = 1) {
        step(w, p, rank, warm, w->candidate);
        double next = leading_core(w, p, rank, w->candidate);
        if (!(next > value + least_gain * fabs(value)))
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

void leading_afresh(struct workspace *w, const struct leading *p, uint64_t *random,
                    int *permutation)
{
    double q[ROTATION_MAX * ROTATION_MAX];
    const int count = least(random_between(random, ROTATION_MIN, ROTATION_MAX), p->rank);
    const int columns = 1 + count;
    random_rotation(q, count, random);
    memset(w->core, 0, (size_t)columns * columns * sizeof *w->core);
    w->core[0] = (float)p->n;
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < count; k++)
            w->core[(size_t)(1 + i) * columns + 1 + k] =
                (float)q[(size_t)i * count + k] * fabsf(p->la[i] * p->lb[k]);
    }
    leading_from_core(w, p, count, permutation);
    leading_frank_wolfe(w, p, FIRST_RANK, permutation);
}

void leading_mix(struct workspace *w, const struct leading *p, uint64_t *random, int *permutation)
{
    const int points = 1 + p->n * random_between(random, 1, MIXED_MAX) / 100;
    const int rank = random_between(random, MIXED_RANK_MIN, MIXED_RANK_MAX);
    random_exchange(random, permutation, p->n, points);
    leading_frank_wolfe(w, p, rank, permutation);
}
