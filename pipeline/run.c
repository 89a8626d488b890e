#include "run.h"
#include "dispatch.h"
#include "figures.h"
#include "machine.h"
#include "output.h"
#include "progress.h"
#include "provenance.h"
#include "reduce.h"
#include "report.h"
#include "series.h"
#include "settings.h"
#include "store.h"
#include "strata.h"
#include "subnets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a rank holds while it runs. */
struct run_state {
    MPI_Comm comm;
    int rank, size;
    struct settings settings;
    struct activations *input;
    struct plan plan;
    struct store *store;
    struct strata_solver *solver;
    struct dispatch *dispatch;
    struct records records;
    struct progress progress;
    struct fault *fault;
};

/* Rank 0 reads the configuration, all get it. */
static int load_settings(struct run_state *state, const struct run_options *options)
{
    if (state->rank == 0)
        config_load(settings_table, options->config, options->overrides, options->override_count,
                    &state->settings, state->fault);
    if (fault_agree(state->fault, state->comm))
        return state->fault->status;
    return config_broadcast(settings_table, &state->settings, state->comm, state->fault);
}

/* All ranks plan with the memory of the node that has least, and so make the same plan. */
static int make_plan(struct run_state *state)
{
    double memory = state->settings.solver.memory * 1e9;
    if (memory == 0) {
        memory = 0.5 * (double)machine_memory();
        if (state->size > 1)
            memory = fmin(memory, 0.9 * (double)machine_shared_memory());
    }
    MPI_Allreduce(MPI_IN_PLACE, &memory, 1, MPI_DOUBLE, MPI_MIN, state->comm);
    plan_make(&state->settings, state->input, (size_t)memory, &state->plan, state->fault);
    return fault_agree(state->fault, state->comm);
}

static void serve(void *context)
{
    dispatch_serve(((struct run_state *)context)->dispatch);
}

static int tick(void *context)
{
    serve(context);
    return 0;
}

/* Solves a pair and keeps its record, whatever came out. */
static void solve_pair(void *context, struct pair pair)
{
    struct run_state *state = context;
    const struct strata_space *a = NULL;
    const struct strata_space *b = NULL;
    struct strata_solution solution = {
        .loss = NAN, .identity_loss = NAN, .lower_bound = NAN, .gap = NAN, .start = -1};
    int status = store_space(state->store, pair.frame, pair.i, serve, state, &a);
    int other = store_space(state->store, pair.frame, pair.j, serve, state, &b);
    status = status == STRATA_OK ? other : status;
    if (status == STRATA_OK)
        status = strata_solve(state->solver, a, b, state->settings.solver.effort, tick, state,
                              &solution, NULL);
    struct pair_record record = {.pair = pair,
                                 .status = pair_status_of(status),
                                 .start = pair_start_of(solution.start),
                                 .iterations = solution.iterations,
                                 .swaps = solution.swaps,
                                 .loss = solution.loss,
                                 .identity_loss = solution.identity_loss,
                                 .lower_bound = solution.lower_bound,
                                 .gap = solution.gap,
                                 .seconds = solution.seconds};
    records_add(&state->records, &record, state->fault);
}

static void show_progress(void *context, int64_t done)
{
    progress_update(&((struct run_state *)context)->progress, done);
}

/* Workspaces that last for the whole run. */
static int prepare_solvers(struct run_state *state)
{
    if (store_new(state->comm, &state->plan, &state->settings, state->input, &state->store,
                  state->fault))
        return state->fault->status;
    state->solver = strata_solver_new(state->plan.points);
    if (state->solver == NULL)
        fault_set(state->fault, EXIT_SYSTEM, "memory is short for a solver of %d samples",
                  state->plan.points);
    if (fault_agree(state->fault, state->comm))
        return state->fault->status;
    const struct dispatch_task task = {solve_pair, show_progress, state};
    return dispatch_new(state->comm, store_node(state->store), &task, &state->dispatch,
                        state->fault);
}

/* Solves the frames of one window. */
static int solve_window(struct run_state *state, int first, int count)
{
    struct queue queue = {0};
    if (store_load(state->store, first, count, state->fault))
        return state->fault->status;
    if (state->rank == 0)
        queue_init(&queue, &state->plan, first, count, dispatch_nodes(state->dispatch),
                   state->fault);
    if (fault_agree(state->fault, state->comm) == 0) {
        dispatch_run(state->dispatch, &queue);
        fault_agree(state->fault, state->comm); /* of records_add */
    }
    queue_reset(&queue);
    return state->fault->status;
}

static int solve_all(struct run_state *state)
{
    const int64_t total = state->plan.pairs_per_frame * state->plan.frames;
    if (prepare_solvers(state))
        return state->fault->status;
    if (state->rank == 0)
        progress_begin(&state->progress, stderr, "pairs", total);
    for (int first = 0; first < state->plan.frames; first += state->plan.window) {
        int left = state->plan.frames - first;
        if (solve_window(state, first, left < state->plan.window ? left : state->plan.window))
            break;
    }
    if (state->rank == 0)
        progress_end(&state->progress, state->fault->status ? PROGRESS_BROKEN : total);
    if (state->fault->status)
        return state->fault->status;
    return records_gather(&state->records, state->comm, state->fault);
}

/* Rank 0: matrices, groups, series, files, pictures. Returns the number of failed cells. */
static int64_t conclude(struct run_state *state, struct results *results)
{
    const char *directory = state->settings.output.directory;
    struct subnets_options options = subnets_defaults;
    options.max_groups = (int)state->settings.subnets.max_groups;
    options.significance = state->settings.subnets.significance;
    int64_t failed = records_reduce(&state->records, &state->plan, results, state->fault);
    if (state->fault->status || subnets_find(results, &options, state->fault))
        return failed;
    series_compute(results);
    provenance_end(results);
    const struct results_legend legend = {pair_start_names, pair_status_names};
    char *path = output_path(directory, "results.h5");
    if (path == NULL)
        fault_set(state->fault, EXIT_SYSTEM, "memory is short");
    else if (results_write(results, &legend, path, state->fault) == 0)
        report(results, path, directory, state->settings.output.figures, state->fault);
    free(path);
    return failed;
}

static void print_plan(const struct run_state *state)
{
    const struct plan *plan = &state->plan;
    printf("%s: %d layers, %d checkpoints, %d of %lld inputs%s; %lld pairs on %d rank%s, %.3g GB a "
           "node\n",
           state->settings.input.activations, plan->layers, plan->checkpoints, plan->points,
           (long long)state->input->row_count, plan->replicates > 1 ? " in replicates" : "",
           (long long)(plan->pairs_per_frame * plan->frames), state->size,
           state->size > 1 ? "s" : "", (double)plan->frame_bytes * plan->window / 1e9);
    fflush(stdout);
}

int run(const struct run_options *options, MPI_Comm comm, struct fault *fault)
{
    struct run_state state = {.comm = comm, .fault = fault};
    struct results *results = NULL;
    int64_t failed = 0;
    MPI_Comm_rank(comm, &state.rank);
    MPI_Comm_size(comm, &state.size);
    strata_use_one_thread();

    if (load_settings(&state, options))
        goto cleanup;
    const struct activations_selection selection = {state.settings.input.layers,
                                                    state.settings.input.checkpoints};
    if (activations_open(state.settings.input.activations, &selection, comm, &state.input, fault) ||
        make_plan(&state))
        goto cleanup;
    if (state.rank == 0) {
        print_plan(&state);
        if (!options->dry_run && provenance_begin(&state.settings, state.input, &state.plan,
                                                  state.size, &results, fault) == 0)
            output_prepare(state.settings.output.directory, results->configuration, results->input,
                           options->fresh, fault);
    }
    if (fault_agree(fault, comm) || options->dry_run || solve_all(&state))
        goto cleanup;
    if (state.rank == 0)
        failed = conclude(&state, results);
    fault_agree(fault, comm);
    MPI_Bcast(&failed, 1, MPI_INT64_T, 0, comm);

cleanup:
    results_destroy(&results);
    records_reset(&state.records);
    dispatch_destroy(&state.dispatch);
    strata_solver_destroy(&state.solver);
    store_destroy(&state.store);
    plan_reset(&state.plan);
    activations_close(&state.input);
    config_reset(settings_table, &state.settings);
    return fault->status ? fault->status : failed > 0 ? EXIT_PARTIAL : EXIT_COMPLETE;
}
