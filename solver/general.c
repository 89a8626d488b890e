#include "general.h"
#include "coupling.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Steps that gain less than this part of the loss, or of its constant, end a run. */
static const double least_gain = 1e-10;
static const double rounding = 1e-15;
enum { STEPS = 2000 }; /* of a run */

struct general {
    struct coupling c;
    double *T;    /* [n, m] */
    double *G;    /* [n, m] A T B */
    double *best; /* [n, m] */
    int steps;
    int limited; /* a run came to its limit */
};

static void destroy(void *workspace)
{
    struct general *w = workspace;
    if (w == NULL)
        return;
    coupling_reset(&w->c);
    free(w->T);
    free(w->G);
    free(w->best);
    free(w);
}

/* The smaller space has the rows, so that products cost 2 n^2 m and not 2 n m^2. */
static void *create(int n, int m)
{
    struct general *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    const int rows = n < m ? n : m;
    const int columns = n < m ? m : n;
    const size_t size = (size_t)rows * (size_t)columns;
    w->T = malloc(size * sizeof *w->T);
    w->G = malloc(size * sizeof *w->G);
    w->best = malloc(size * sizeof *w->best);
    if (coupling_init(&w->c, rows, columns) != STRATA_OK || !w->T || !w->G || !w->best) {
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

static double dot(const struct general *w, const double *x, const double *y)
{
    double sum = 0;
    for (int i = 0; i < w->c.n; i++)
        sum += cblas_ddot(w->c.m, x + (size_t)i * w->c.m, 1, y + (size_t)i * w->c.m, 1);
    return sum;
}

/* X <- (1 - t) X + t Y */
static void mix(const struct general *w, double t, double *X, const double *Y)
{
    const size_t size = (size_t)w->c.n * (size_t)w->c.m;
    for (size_t k = 0; k < size; k++)
        X[k] = (1 - t) * X[k] + t * Y[k];
}

/* T <- (1 - t) T + t S, on the cells of S */
static void mix_vertex(struct general *w, double t)
{
    const struct vertex *v = &w->c.vertex;
    for (int i = 0; i < w->c.n; i++) {
        double *row = w->T + (size_t)i * w->c.m;
        for (int j = 0; j < w->c.m; j++)
            row[j] *= 1 - t;
        for (int k = v->first[i]; k < v->first[i + 1]; k++)
            row[v->column[k]] += t * v->mass[k];
    }
}

/* Where b t + a t^2 is least in [0, 1]. */
static double line_search(double a, double b)
{
    if (a > 0)
        return b < -2 * a ? 1 : fmax(-b / (2 * a), 0);
    return a + b < 0 ? 1 : 0;
}

/* Frank-Wolfe from T, with G belonging to it. Returns the gap at the T where it ends. */
static double descend(struct general *w, struct problem *problem)
{
    struct coupling *c = &w->c;
    for (int step = 0;; step++) {
        coupling_centre_cost(c, w->G);
        coupling_transport(c);
        const double tt = dot(w, w->G, w->T);
        const double ts = coupling_dot(c, w->G);
        const double gap = 4 * (ts - tt);
        const double least = fmax(least_gain * (c->constant - 2 * tt), rounding * c->constant);
        if (gap <= rounding * c->constant || problem_stop(problem))
            return fmax(gap, 0);
        coupling_update_product(c);
        const double a = -2 * (coupling_dot(c, c->product) - 2 * ts + tt);
        const double t = line_search(a, -gap);
        w->limited = w->limited || step == STEPS;
        if (!(gap * t - a * t * t > least) || step == STEPS)
            return gap;
        mix_vertex(w, t);
        mix(w, t, w->G, c->product);
        w->steps++;
    }
}

static void run(struct general *w, struct problem *problem, int start,
                struct strata_solution *solution)
{
    const size_t size = (size_t)w->c.n * (size_t)w->c.m;
    double gap = descend(w, problem);
    double loss = coupling_loss(&w->c, w->T, w->G);
    if (loss < solution->loss) {
        solution->loss = loss;
        solution->gap = gap;
        solution->start = start;
        memcpy(w->best, w->T, size * sizeof *w->best);
    }
}

static void start_from_vertex(struct general *w)
{
    const size_t size = (size_t)w->c.n * (size_t)w->c.m;
    coupling_update_product(&w->c);
    coupling_write(&w->c, w->T);
    memcpy(w->G, w->c.product, size * sizeof *w->G);
}

static void start_from_product(struct general *w)
{
    coupling_product_of_independent(&w->c, w->G);
    for (int i = 0; i < w->c.n; i++) {
        for (int j = 0; j < w->c.m; j++)
            w->T[(size_t)i * w->c.m + j] = w->c.p[i] * w->c.q[j];
    }
}

/* The best coupling in the caller's order of the spaces. */
static void publish(const struct general *w, int turned, double *coupling, int *permutation)
{
    const int n = w->c.n;
    const int m = w->c.m;
    double *T = w->T; /* no longer needed */
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++)
            T[turned ? (size_t)j * n + i : (size_t)i * m + j] = w->best[(size_t)i * m + j];
    }
    if (coupling != NULL)
        memcpy(coupling, T, (size_t)n * (size_t)m * sizeof *T);
    if (permutation != NULL)
        coupling_partners(T, turned ? m : n, turned ? n : m, permutation);
}

static int solve(void *workspace, struct problem *problem, struct strata_solution *solution,
                 double *coupling, int *permutation)
{
    struct general *w = workspace;
    struct coupling *c = &w->c;
    const int turned = problem->a->n > problem->b->n;
    coupling_set(c, turned ? problem->b : problem->a, turned ? problem->a : problem->b);
    w->steps = 0;
    w->limited = 0;
    *solution = (struct strata_solution){.loss = INFINITY, .identity_loss = NAN, .swaps_left = -1};

    start_from_product(w);
    run(w, problem, STRATA_START_PRODUCT, solution);
    if (coupling_has_identity(c)) {
        coupling_identity(c);
        start_from_vertex(w);
        solution->identity_loss = coupling_loss(c, w->T, w->G);
        run(w, problem, STRATA_START_IDENTITY, solution);
    }
    solution->lower_bound = coupling_lower_bound(c);
    start_from_vertex(w);
    run(w, problem, STRATA_START_BOUND, solution);
    solution->iterations = w->steps;
    publish(w, turned, coupling, permutation);
    if (problem->stopped)
        return STRATA_STOPPED;
    return w->limited ? STRATA_LIMIT : STRATA_OK;
}

const struct method method_conditional_gradient = {applies, create, destroy, solve};
