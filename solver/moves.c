#include "moves.h"
#include "workspace.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* How many coordinates a random rotation takes, and how many eigenpairs are improved on: any of
 * these. */
enum { ROTATION_MIN = 2, ROTATION_MAX = 8, MOVED_RANK_MIN = 2, MOVED_RANK_MAX = 11 };
/* Percent of the points: at most so many are mixed, so few to so many are near one. */
enum { MIXED_MAX = 60, NEAR_MIN = 2, NEAR_MAX = 15 };
/* A permutation between two is nearer to neither than this part of the way. */
static const double nearest_cross = 0.3;

static int least(int a, int b)
{
    return a < b ? a : b;
}

static void improve(struct workspace *w, const struct leading *p, uint64_t *random,
                    int *permutation)
{
    leading_frank_wolfe(w, p, random_between(random, MOVED_RANK_MIN, MOVED_RANK_MAX), permutation);
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

void move_afresh(struct workspace *w, const struct leading *p, uint64_t *random, int *permutation)
{
    double q[ROTATION_MAX * ROTATION_MAX];
    const int count = least(random_between(random, ROTATION_MIN, ROTATION_MAX), p->rank);
    const int columns = 1 + count;
    const double share = (double)p->n / p->points; /* squared length of a coordinate */
    random_rotation(q, count, random);
    memset(w->core, 0, (size_t)columns * columns * sizeof *w->core);
    w->core[0] = (float)p->n;
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < count; k++)
            w->core[(size_t)(1 + i) * columns + 1 + k] =
                (float)(share * q[(size_t)i * count + k] * fabsf(p->la[i] * p->lb[k]));
    }
    leading_from_core(w, p, count, permutation);
    leading_frank_wolfe(w, p, FIRST_RANK, permutation);
}

void move_mix(struct workspace *w, const struct leading *p, uint64_t *random, int *permutation)
{
    random_exchange(random, permutation, p->n,
                    1 + p->n * random_between(random, 1, MIXED_MAX) / 100);
    improve(w, p, random, permutation);
}

/* squares[n]: how far the points of A are from one of them. */
static void distances_from(const struct leading *p, int point, float *squares)
{
    const float *x = p->a + (size_t)point * p->stride + 1;
    for (int k = 0; k < p->n; k++) {
        const float *y = p->a + (size_t)k * p->stride + 1;
        squares[k] = 0;
        for (int c = 0; c < p->rank; c++)
            squares[k] += fabsf(p->la[c]) * (x[c] - y[c]) * (x[c] - y[c]);
    }
}

/* The nearest point that is not taken; takes it. */
static int take_nearest(float *squares, float *others, int n)
{
    int nearest = 0;
    for (int k = 1; k < n; k++)
        nearest = squares[k] < squares[nearest] ? k : nearest;
    squares[nearest] = INFINITY;
    others[nearest] = INFINITY;
    return nearest;
}

/* Of `count` points nearest to one of A and as many to another, at most half of all. */
static void exchange_neighbours(struct workspace *w, const struct leading *p, uint64_t *random,
                                int count, int *permutation)
{
    float *here = w->rows;
    float *there = w->rows + p->n;
    distances_from(p, random_below(random, p->n), here);
    distances_from(p, random_below(random, p->n), there);
    for (int k = 0; k < count; k++) {
        const int i = take_nearest(here, there, p->n);
        const int j = take_nearest(there, here, p->n);
        const int partner = permutation[i];
        permutation[i] = permutation[j];
        permutation[j] = partner;
    }
}

void move_exchange(struct workspace *w, const struct leading *p, uint64_t *random, int *permutation)
{
    for (int k = random_between(random, 1, 2); k > 0; k--) {
        const int count = p->n * random_between(random, NEAR_MIN, NEAR_MAX) / 100;
        exchange_neighbours(w, p, random, 1 + count, permutation);
    }
}

void move_cross(struct workspace *w, const struct leading *p, const float *one, const float *other,
                uint64_t *random, int *permutation)
{
    const int columns = 1 + p->rank;
    const float part = (float)(nearest_cross + (1 - 2 * nearest_cross) * random_unit(random));
    for (int k = 0; k < columns * columns; k++)
        w->core[k] = part * one[k] + (1 - part) * other[k];
    leading_from_core(w, p, p->rank, permutation);
    improve(w, p, random, permutation);
}
