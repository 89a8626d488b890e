#include "entropic.h"
#include "coupling.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double default_epsilon = 0.002; /* of the constant of the loss */
static const double moved_mass = 1e-6;       /* ends a run */
static const double marginal_error = 1e-7;   /* ends the scaling of a step */
enum { STEPS = 500, SCALINGS = 100 /* after each sweep */ };
/* Proximal steps go on from the marginals of the last, so what one leaves the next corrects. */
enum { SWEEPS = 10, PROXIMAL_SWEEPS = 2 };

struct entropic {
    struct coupling c;
    double *logT;  /* [n, m] M + f + g, and then log T */
    double *T;     /* [n, m] */
    double *G;     /* [n, m] A T B */
    double *f, *g; /* [n], [m] */
    double *x, *y; /* [n], [m] scalings */
    double *sum;   /* [max(n, m)] */
    double *peak;  /* [m] */
    double epsilon;
    int proximal;
    int steps;
};

static void destroy(void *workspace)
{
    struct entropic *w = workspace;
    if (w == NULL)
        return;
    coupling_reset(&w->c);
    free(w->logT);
    free(w->T);
    free(w->G);
    free(w->f);
    free(w->g);
    free(w->x);
    free(w->y);
    free(w->sum);
    free(w->peak);
    free(w);
}

static void *create(int n, int m)
{
    struct entropic *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    const size_t rows = (size_t)n;
    const size_t columns = (size_t)m;
    w->logT = malloc(rows * columns * sizeof *w->logT);
    w->T = malloc(rows * columns * sizeof *w->T);
    w->G = malloc(rows * columns * sizeof *w->G);
    w->f = malloc(rows * sizeof *w->f);
    w->g = malloc(columns * sizeof *w->g);
    w->x = malloc(rows * sizeof *w->x);
    w->y = malloc(columns * sizeof *w->y);
    w->sum = malloc((rows > columns ? rows : columns) * sizeof *w->sum);
    w->peak = malloc(columns * sizeof *w->peak);
    int status = coupling_init(&w->c, n, m);
    if (status != STRATA_OK || !w->logT || !w->T || !w->G || !w->f || !w->g || !w->x || !w->y ||
        !w->sum || !w->peak) {
        destroy(w);
        return NULL;
    }
    return w;
}

static int applies(const struct strata_space *a, const struct strata_space *b)
{
    (void)a;
    (void)b;
    return 1;
}

/* --- Scaling ---------------------------------------------------------------------------------- */

/* f[i] such that row i of exp(logT + f) sums to p[i]; logT gets f. Points of weight zero have
 * f = -infinity. */
static void sweep_rows(struct entropic *w)
{
    const int m = w->c.m;
    for (int i = 0; i < w->c.n; i++) {
        double *row = w->logT + (size_t)i * m;
        double peak = -INFINITY;
        double sum = 0;
        for (int j = 0; j < m; j++)
            peak = row[j] > peak ? row[j] : peak;
        for (int j = 0; j < m && w->c.p[i] > 0; j++)
            sum += exp(row[j] - peak);
        double f = w->c.p[i] > 0 ? log(w->c.p[i]) - peak - log(sum) : -INFINITY;
        for (int j = 0; j < m; j++)
            row[j] += f;
    }
}

/* The same for columns: T gets exp(logT), whose columns then sum to q. */
static void sweep_columns(struct entropic *w)
{
    const int n = w->c.n;
    const int m = w->c.m;
    for (int j = 0; j < m; j++) {
        w->peak[j] = -INFINITY;
        w->sum[j] = 0;
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++)
            w->peak[j] = fmax(w->peak[j], w->logT[(size_t)i * m + j]);
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m && w->c.p[i] > 0; j++)
            w->sum[j] += w->c.q[j] > 0 ? exp(w->logT[(size_t)i * m + j] - w->peak[j]) : 0;
    }
    for (int j = 0; j < m; j++)
        w->g[j] = w->c.q[j] > 0 ? log(w->c.q[j]) - w->peak[j] - log(w->sum[j]) : -INFINITY;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
            double *entry = w->logT + (size_t)i * m + j;
            *entry += w->g[j];
            w->T[(size_t)i * m + j] = exp(*entry);
        }
    }
}

/* x = p / (T y), y = q / (T' x), and again. Returns whether all stayed in range; then T and logT
 * are scaled, and *error is how far the rows were off before the last. */
static int scale(struct entropic *w, double *error)
{
    const int n = w->c.n;
    const int m = w->c.m;
    int good = 1;
    for (int j = 0; j < m; j++)
        w->y[j] = 1;
    for (int round = 0; round < SCALINGS && good; round++) {
        cblas_dgemv(CblasRowMajor, CblasNoTrans, n, m, 1, w->T, m, w->y, 1, 0, w->sum, 1);
        *error = 0;
        for (int i = 0; i < n; i++) {
            double off =
                round > 0 ? fabs(w->x[i] * w->sum[i] - w->c.p[i]) : fabs(w->sum[i] - w->c.p[i]);
            *error += off;
            w->x[i] = w->c.p[i] > 0 ? w->c.p[i] / w->sum[i] : 0;
            good = good && (w->c.p[i] == 0 || (w->x[i] > 1e-100 && w->x[i] < 1e100));
        }
        if (!good || *error <= marginal_error)
            break;
        cblas_dgemv(CblasRowMajor, CblasTrans, n, m, 1, w->T, m, w->x, 1, 0, w->sum, 1);
        for (int j = 0; j < m; j++) {
            w->y[j] = w->c.q[j] > 0 ? w->c.q[j] / w->sum[j] : 0;
            good = good && (w->c.q[j] == 0 || (w->y[j] > 1e-100 && w->y[j] < 1e100));
        }
    }
    if (!good)
        return 0;
    for (int j = 0; j < m; j++)
        w->y[j] = log(w->y[j]);
    for (int i = 0; i < n; i++) {
        double x = log(w->x[i]);
        for (int j = 0; j < m && w->c.p[i] > 0; j++)
            w->logT[(size_t)i * m + j] += w->c.q[j] > 0 ? x + w->y[j] : 0;
    }
    return 1;
}

/* Sinkhorn: from logT = M to the scaled log T and T, columns exact. */
static void project(struct entropic *w)
{
    double error = INFINITY;
    const int sweeps = w->proximal ? PROXIMAL_SWEEPS : SWEEPS;
    for (int k = 0; k < sweeps && error > marginal_error; k++) {
        sweep_rows(w);
        sweep_columns(w);
        if (!scale(w, &error))
            error = INFINITY;
    }
    sweep_columns(w);
}

/* --- Steps ------------------------------------------------------------------------------------ */

/* G = A T B for a dense T; cost is scratch. */
static void dense_product(struct entropic *w)
{
    const int n = w->c.n;
    const int m = w->c.m;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, m, n, 1, w->c.A, n, w->T, m, 0,
                w->c.cost, m);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, m, m, 1, w->c.cost, m, w->c.B, m, 0,
                w->G, m);
}

static void start_from_product(struct entropic *w)
{
    const int m = w->c.m;
    for (int i = 0; i < w->c.n; i++) {
        for (int j = 0; j < m; j++) {
            w->T[(size_t)i * m + j] = w->c.p[i] * w->c.q[j];
            w->logT[(size_t)i * m + j] = log(w->c.p[i]) + log(w->c.q[j]);
        }
    }
}

/* One step; returns the mass that moved. */
static double step(struct entropic *w)
{
    const size_t size = (size_t)w->c.n * (size_t)w->c.m;
    double *before = w->c.product;
    double moved = 0;
    memcpy(before, w->T, size * sizeof *before);
    coupling_centre_cost(&w->c, w->G);
    for (size_t k = 0; k < size; k++)
        w->logT[k] = (w->proximal ? w->logT[k] : 0) - 4 * w->c.cost[k] / w->epsilon;
    project(w);
    for (size_t k = 0; k < size; k++)
        moved += fabs(w->T[k] - before[k]);
    dense_product(w);
    w->steps++;
    return moved / 2;
}

/* Scales rows and columns of T down where they exceed their weights, and spreads what is missing
 * over both: exact marginals, moving no more than twice the error. */
static void round_to_marginals(struct entropic *w)
{
    const int n = w->c.n;
    const int m = w->c.m;
    double missing = 0;
    memset(w->y, 0, (size_t)m * sizeof *w->y);
    for (int i = 0; i < n; i++) {
        double *row = w->T + (size_t)i * m;
        double sum = 0;
        for (int j = 0; j < m; j++)
            sum += row[j];
        double factor = sum > w->c.p[i] ? w->c.p[i] / sum : 1;
        for (int j = 0; j < m; j++) {
            row[j] *= factor;
            w->y[j] += row[j];
        }
    }
    for (int j = 0; j < m; j++) {
        double factor = w->y[j] > w->c.q[j] ? w->c.q[j] / w->y[j] : 1;
        w->sum[j] = factor;
        w->y[j] = fmax(w->c.q[j] - w->y[j] * factor, 0);
        missing += w->y[j];
    }
    for (int i = 0; i < n; i++) {
        double *row = w->T + (size_t)i * m;
        double rest = w->c.p[i];
        for (int j = 0; j < m; j++) {
            row[j] *= w->sum[j];
            rest -= row[j];
        }
        for (int j = 0; j < m && rest > 0 && missing > 0; j++)
            row[j] += rest * w->y[j] / missing;
    }
}

/* The Frank-Wolfe gap at T, G belonging to it. */
static double gap(struct entropic *w)
{
    double here = 0;
    for (int i = 0; i < w->c.n; i++)
        here += cblas_ddot(w->c.m, w->G + (size_t)i * w->c.m, 1, w->T + (size_t)i * w->c.m, 1);
    coupling_centre_cost(&w->c, w->G);
    coupling_transport(&w->c);
    return fmax(4 * (coupling_dot(&w->c, w->G) - here), 0);
}

static int solve(struct entropic *w, struct problem *problem, struct strata_solution *solution,
                 double *coupling, int *permutation)
{
    struct coupling *c = &w->c;
    const size_t size = (size_t)problem->a->n * (size_t)problem->b->n;
    coupling_set(c, problem->a, problem->b);
    *solution = (struct strata_solution){
        .identity_loss = NAN, .start = STRATA_START_PRODUCT, .swaps_left = -1};
    solution->lower_bound = coupling_lower_bound(c);
    if (coupling_has_identity(c)) {
        coupling_identity(c);
        coupling_write(c, w->T);
        dense_product(w);
        solution->identity_loss = coupling_loss(c, w->T, w->G);
    }
    w->epsilon =
        problem->options->epsilon > 0 ? problem->options->epsilon : default_epsilon * c->constant;
    w->steps = 0;
    start_from_product(w);
    coupling_product_of_independent(c, w->G);
    double moved = 1;
    while (moved > moved_mass && w->steps < STEPS && !problem_stop(problem))
        moved = step(w);
    round_to_marginals(w);
    dense_product(w);
    solution->loss = coupling_loss(c, w->T, w->G);
    solution->gap = gap(w);
    solution->iterations = w->steps;
    if (coupling != NULL)
        memcpy(coupling, w->T, size * sizeof *coupling);
    if (permutation != NULL)
        coupling_partners(w->T, c->n, c->m, permutation);
    if (problem->stopped)
        return STRATA_STOPPED;
    return moved > moved_mass ? STRATA_LIMIT : STRATA_OK;
}

static int solve_entropic(void *workspace, struct problem *problem,
                          struct strata_solution *solution, double *coupling, int *permutation)
{
    struct entropic *w = workspace;
    w->proximal = 0;
    return solve(w, problem, solution, coupling, permutation);
}

static int solve_proximal(void *workspace, struct problem *problem,
                          struct strata_solution *solution, double *coupling, int *permutation)
{
    struct entropic *w = workspace;
    w->proximal = 1;
    return solve(w, problem, solution, coupling, permutation);
}

const struct method method_entropic = {applies, create, destroy, solve_entropic};
const struct method method_proximal = {applies, create, destroy, solve_proximal};
