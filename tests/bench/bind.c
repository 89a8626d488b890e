/* The solver as Python calls it: plain pointers and doubles only, so that no structure is declared
 * twice. compare.sh links this with the solver into one shared library. */
#include "strata.h"

#include <stdlib.h>

/* A space of the distances D[n, n], taken as they are; NULL if refused. Free it with bench_free. */
struct strata_space *bench_space(const double *D, int n)
{
    enum { NOT_NORMALIZED = 3 };
    struct strata_space *space = aligned_alloc(64, strata_space_size(n));
    if (space && strata_space_from_distances(space, D, n, NOT_NORMALIZED) != STRATA_OK) {
        free(space);
        return NULL;
    }
    return space;
}

/* The distances between the rows of x[n, d], Euclidean and divided by their mean, into D[n, n]. */
int bench_distances(const double *x, int n, int d, double *D)
{
    struct strata_space *space = aligned_alloc(64, strata_space_size(n));
    int status = space ? strata_space_from_activations(space, x, n, d, 0, 0) : STRATA_MEMORY;
    for (size_t k = 0; k < (size_t)n * (size_t)n && status == STRATA_OK; k++)
        D[k] = strata_space_distances(space)[k];
    free(space);
    return status;
}

void bench_free(void *block)
{
    free(block);
}

/* values[4]: loss, lower bound, gap, identity loss. */
int bench_solve(struct strata_solver *solver, const struct strata_space *a,
                const struct strata_space *b, int effort, double *values, int *permutation)
{
    struct strata_solution s = {0};
    int status = strata_solve(solver, a, b, effort, NULL, NULL, &s, permutation);
    values[0] = s.loss;
    values[1] = s.lower_bound;
    values[2] = s.gap;
    values[3] = s.identity_loss;
    return status;
}

/* A plan from nothing, its cost in *value: no solve before it that it could start from. */
int bench_transport(const double *cost, int n, int m, const double *p, const double *q,
                    double *value)
{
    const size_t cells = (size_t)n + (size_t)m - 1;
    struct strata_transport *transport = strata_transport_new(n, m);
    struct strata_plan plan = {.row = malloc(cells * sizeof *plan.row),
                               .column = malloc(cells * sizeof *plan.column),
                               .mass = malloc(cells * sizeof *plan.mass)};
    int status = STRATA_MEMORY;
    if (transport && plan.row && plan.column && plan.mass)
        status = strata_transport_solve(transport, cost, n, m, p, q, 0, &plan, NULL, NULL);
    *value = plan.cost;
    free(plan.row);
    free(plan.column);
    free(plan.mass);
    strata_transport_destroy(&transport);
    return status;
}
