#include "numerics.h"

#include <math.h>

int numerics_build(const struct settings *settings, const double *values, int points, int64_t width,
                   const double *weights, struct strata_space *space)
{
    const struct strata_metric metric = {.distance = settings->metric.distance,
                                         .normalization = settings->metric.normalize,
                                         .neighbours = (int)settings->metric.neighbours};
    int status = strata_space_from_rows(space, values, points, (int)width, &metric);
    if (status == STRATA_OK && weights != NULL)
        status = strata_space_set_weights(space, weights, points);
    return status;
}

struct strata_options numerics_options(const struct settings *settings, strata_tick *tick,
                                       void *context)
{
    return (struct strata_options){.method = settings->solver.method,
                                   .effort = settings->solver.effort,
                                   .epsilon = settings->solver.epsilon,
                                   .tick = tick,
                                   .context = context};
}

struct strata_solver *numerics_solver(const struct plan *plan, struct fault *fault)
{
    const struct pairing *pairing = &plan->pairing;
    struct strata_solver *solver = strata_solver_new(plan_points(plan));
    int status = solver != NULL ? STRATA_OK : STRATA_MEMORY;
    for (int k = 0; k < pairing->blocks && plan->method && status == STRATA_OK; k++) {
        const struct pairing_block *block = &pairing->block[k];
        status = strata_solver_reserve(solver, plan->method,
                                       plan->draws[pairing->group[block->a].input][0].points,
                                       plan->draws[pairing->group[block->b].input][0].points);
    }
    if (status != STRATA_OK) {
        strata_solver_destroy(&solver);
        fault_set(fault, EXIT_SYSTEM,
                  "memory is short for a solver of %d samples, %.3g GB a rank; run fewer ranks a "
                  "node, or lower sampling.count",
                  plan_points(plan), (double)plan->solver_bytes / 1e9);
    }
    return solver;
}

static const struct strata_solution unsolved = {.loss = NAN,
                                                .identity_loss = NAN,
                                                .lower_bound = NAN,
                                                .gap = NAN,
                                                .start = -1,
                                                .swaps_left = -1};

struct pair_record numerics_record(struct pair pair, int status,
                                   const struct strata_solution *solution)
{
    if (status < 0)
        solution = &unsolved;
    return (struct pair_record){.pair = pair,
                                .status = pair_status_of(status),
                                .start = pair_start_of(solution->start),
                                .method = solution->method,
                                .iterations = solution->iterations,
                                .swaps = solution->swaps,
                                .swaps_left = solution->swaps_left,
                                .loss = solution->loss,
                                .identity_loss = solution->identity_loss,
                                .lower_bound = solution->lower_bound,
                                .gap = solution->gap,
                                .seconds = solution->seconds};
}
