/* Which method solves a pair, and the workspaces of all methods that were needed so far. */
#include "loss.h"
#include "method.h"
#include "timer.h"

#include <math.h>
#include <stdlib.h>

const char *const strata_method_names[] = {"auto",
#define X(NAME, name, text) text,
                                           STRATA_METHODS(X)
#undef X
                                               NULL};

static const struct method *const methods[] = {NULL,
#define X(NAME, name, text) &method_##name,
                                               STRATA_METHODS(X)
#undef X
};
enum { METHODS = sizeof methods / sizeof *methods };

struct strata_solver {
    int capacity; /* points of a space, at most */
    struct state {
        void *workspace; /* NULL: not needed so far */
        int n, m;        /* of pairs up to this size */
    } states[METHODS];
};

struct strata_solver *strata_solver_new(int n)
{
    if (strata_space_size(n) == 0)
        return NULL;
    struct strata_solver *solver = calloc(1, sizeof *solver);
    if (solver == NULL)
        return NULL;
    solver->capacity = n;
    if (strata_solver_reserve(solver, STRATA_METHOD_PERMUTATION, n, n) != STRATA_OK)
        strata_solver_destroy(&solver);
    return solver;
}

void strata_solver_destroy(struct strata_solver **solver)
{
    for (int k = 1; *solver != NULL && k < METHODS; k++) {
        if ((*solver)->states[k].workspace != NULL)
            methods[k]->destroy((*solver)->states[k].workspace);
    }
    free(*solver);
    *solver = NULL;
}

int strata_solver_reserve(struct strata_solver *solver, int method, int n, int m)
{
    if (!solver || method <= STRATA_METHOD_AUTO || method >= METHODS || n < 1 || m < 1 ||
        n > solver->capacity || m > solver->capacity)
        return STRATA_ARGUMENT;
    struct state *state = &solver->states[method];
    if (state->workspace != NULL && n <= state->n && m <= state->m)
        return STRATA_OK;
    n = n > state->n ? n : state->n;
    m = m > state->m ? m : state->m;
    if (state->workspace != NULL)
        methods[method]->destroy(state->workspace);
    state->workspace = methods[method]->create(n, m);
    state->n = state->workspace != NULL ? n : 0;
    state->m = state->workspace != NULL ? m : 0;
    return state->workspace != NULL ? STRATA_OK : STRATA_MEMORY;
}

int strata_method_for(const struct strata_space *a, const struct strata_space *b)
{
    for (int k = 1; k < METHODS; k++) {
        if (methods[k]->applies(a, b))
            return k;
    }
    return STRATA_METHOD_AUTO; /* not reached: conditional gradient takes every pair */
}

int strata_solve_with(struct strata_solver *solver, const struct strata_space *a,
                      const struct strata_space *b, const struct strata_options *options,
                      struct strata_solution *solution, double *coupling, int *permutation)
{
    static const struct strata_options defaults = {.effort = STRATA_STANDARD};
    options = options != NULL ? options : &defaults;
    if (!solver || !a || !b || !solution || options->method < STRATA_METHOD_AUTO ||
        options->method >= METHODS || !(options->epsilon >= 0) || isinf(options->epsilon))
        return STRATA_ARGUMENT;
    for (int k = 0, known = 0; !known; k++) {
        if (strata_effort_names[k] == NULL)
            return STRATA_ARGUMENT;
        known = k == options->effort;
    }
    const int method = options->method ? options->method : strata_method_for(a, b);
    if (!methods[method]->applies(a, b))
        return STRATA_ARGUMENT;
    int status = strata_solver_reserve(solver, method, (int)a->n, (int)b->n);
    if (status != STRATA_OK)
        return status;
    double begin = now();
    struct problem problem = {a, b, options, 0};
    status = methods[method]->solve(solver->states[method].workspace, &problem, solution, coupling,
                                    permutation);
    loss_drop_dust(a->unit * b->unit, solution);
    solution->method = method;
    solution->seconds = now() - begin;
    return status;
}

int strata_solve(struct strata_solver *solver, const struct strata_space *a,
                 const struct strata_space *b, int effort, strata_tick *tick, void *context,
                 struct strata_solution *solution, int *permutation)
{
    const struct strata_options options = {.effort = effort, .tick = tick, .context = context};
    return strata_solve_with(solver, a, b, &options, solution, NULL, permutation);
}
