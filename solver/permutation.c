/* The search over permutations (gw.c) as a method: where a permutation is optimal. */
#include "method.h"
#include "workspace.h"

#include <string.h>

static void *create(int n, int m)
{
    return workspace_new(n > m ? n : m);
}

static void destroy(void *workspace)
{
    struct workspace *w = workspace;
    workspace_destroy(&w);
}

/* Of the same size, uniform weights, and concave: see strata.h. */
static int applies(const struct strata_space *a, const struct strata_space *b)
{
    return a->n == b->n && a->uniform && b->uniform && a->negative && b->negative;
}

static int solve(void *workspace, struct problem *problem, struct strata_solution *solution,
                 double *coupling, int *permutation)
{
    struct workspace *w = workspace;
    const size_t n = (size_t)problem->a->n;
    int status =
        workspace_solve(w, problem->a, problem->b, problem->options->effort, problem->options->tick,
                        problem->options->context, solution, permutation);
    if (coupling != NULL)
        memset(coupling, 0, n * n * sizeof *coupling);
    for (size_t i = 0; coupling != NULL && i < n; i++)
        coupling[i * n + (size_t)w->best[i]] = 1.0 / (double)n;
    return status;
}

const struct method method_permutation = {applies, create, destroy, solve};
