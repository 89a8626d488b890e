#include "run.h"
#include "across.h"
#include "clock.h"
#include "figures.h"
#include "follow.h"
#include "gang_plan.h"
#include "monitor.h"
#include "output.h"
#include "provenance.h"
#include "reduce.h"
#include "report.h"
#include "series.h"
#include "settings.h"
#include "solve.h"
#include "spectra.h"
#include "strata.h"
#include "subnets.h"
#include "sweep.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What a rank holds while it runs. */
struct run_state {
    const struct run_options *options;
    MPI_Comm comm;
    int rank, size;
    struct settings settings;
    char *fingerprint; /* the text */
    struct ledger *ledger;
    struct claim claim;           /* rank 0 */
    struct signatures signatures; /* rank 0: of the files, before they were opened */
    int64_t failed;               /* cells without a value in the last round */
    struct fault *fault;

    /* of a round: once over what is there */
    struct plan_inputs inputs;
    struct plan plan;
    struct records records;
    struct monitor monitor;  /* rank 0 */
    struct results *results; /* rank 0 */
};

/* Rank 0 reads the configuration, all get it. */
static int load_settings(struct run_state *state)
{
    const struct run_options *options = state->options;
    const struct sweep_source source = {options->config, options->overrides,
                                        options->override_count};
    if (state->rank == 0 && options->sweep)
        sweep_load_member(&source, options->member, &state->settings, state->fault);
    else if (state->rank == 0)
        config_load(settings_table, options->config, options->overrides, options->override_count,
                    &state->settings, state->fault);
    if (state->rank == 0 && !state->fault->status)
        settings_check(&state->settings, state->fault);
    if (fault_agree(state->fault, state->comm) ||
        config_broadcast(settings_table, &state->settings, state->comm, state->fault))
        return state->fault->status;
    state->fingerprint = fingerprint_text(&state->settings);
    if (state->fingerprint == NULL)
        fault_set(state->fault, EXIT_SYSTEM, "memory is short");
    return fault_agree(state->fault, state->comm);
}

/* Collective: the most ranks that a node has. */
static int ranks_of_node(MPI_Comm comm)
{
    MPI_Comm node = MPI_COMM_NULL;
    int ranks = 0;
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &ranks);
    MPI_Comm_free(&node);
    MPI_Allreduce(MPI_IN_PLACE, &ranks, 1, MPI_INT, MPI_MAX, comm);
    return ranks;
}

/* All ranks plan with the memory of the node that has least, and so make the same plan. */
static int make_plan(struct run_state *state)
{
    const int per_node = ranks_of_node(state->comm);
    uint64_t memory[] = {plan_memory(&state->settings, state->size),
                         plan_memory(&state->settings, 1)}; /* gangs share none */
    MPI_Allreduce(MPI_IN_PLACE, memory, 2, MPI_UINT64_T, MPI_MIN, state->comm);
    plan_make(&state->settings, &state->inputs, (size_t)memory[0], &state->plan, state->fault);
    if (state->fault->status == 0 && state->plan.gang.applies) {
        state->plan.node_bytes = (size_t)memory[1];
        gang_plan_make(&state->settings, state->size, per_node, &state->plan, state->fault);
    }
    return fault_agree(state->fault, state->comm);
}

/* What the layers are compared with, beyond each other. */
static void print_comparison(const struct run_state *state)
{
    const struct plan *plan = &state->plan;
    const struct activations *other = state->inputs.of[1];
    if (plan->pairing.kind == PAIRING_ACROSS)
        puts("each layer is compared with itself, at the last checkpoint and at the one before");
    if (other == NULL)
        return;
    printf("against %s: %d layers, %d checkpoint%s, %d of %lld inputs; %s\n",
           state->settings.input.against, other->layer_count, other->checkpoint_count,
           plural(other->checkpoint_count), plan->draws[1][0].points, (long long)other->row_count,
           plan->same_inputs ? "these are the same inputs"
                             : "these are other inputs, so there is no identity coupling");
    const struct activations *input = state->inputs.of[0];
    for (int t = 0; t < input->checkpoint_count && other->checkpoint_count > 1; t++)
        if (input->checkpoints[t].step != other->checkpoints[t].step) {
            printf("checkpoints are taken in order: step %lld against step %lld, say\n",
                   (long long)input->checkpoints[t].step, (long long)other->checkpoints[t].step);
            break;
        }
}

/* How much the weights leave of the inputs that are drawn. */
static void print_weights(const struct run_state *state)
{
    static const double few = 0.1;
    for (int k = 0; k < PAIRING_INPUTS && state->inputs.of[k]; k++) {
        const struct plan_draw *draw = &state->plan.draws[k][0];
        const char *name =
            k == 0 ? state->settings.input.activations : state->settings.input.against;
        if (draw->weights == NULL)
            continue;
        printf("by their weights the %d inputs of %s count as %.3g\n", draw->points, name,
               draw->effective);
        if (draw->effective < few * draw->points)
            fprintf(stderr,
                    "strata: sampling.weights: of the %d inputs drawn of %s a few have nearly all "
                    "the weight: they count as %.3g, and distances are of these; draw more, or "
                    "leave out rows of little weight\n",
                    draw->points, name, draw->effective);
    }
}

static void print_plan(const struct run_state *state)
{
    const struct plan *plan = &state->plan;
    printf("%s: %d layer%s, %d checkpoint%s, %d of %lld inputs", state->settings.input.activations,
           plan->layers, plural(plan->layers), plan->checkpoints, plural(plan->checkpoints),
           plan->draws[0][0].points, (long long)state->inputs.of[0]->row_count);
    if (plan->replicates > 1)
        printf(" in %d draws, any two of which share about %.0f %%", plan->replicates,
               100 * plan->shared);
    printf("; %lld pair%s on %d rank%s, ", (long long)plan->pairs, plural(plan->pairs), state->size,
           plural(state->size));
    if (plan->gang.applies)
        printf("each solved by a gang of %d or more, %.3g GB a rank\n", plan->gang.size,
               1e-9 * (double)plan->gang.rank_bytes);
    else
        printf("%.3g GB a node and %.3g GB a rank\n",
               (double)plan->frame_bytes * plan->window / 1e9, (double)plan->solver_bytes / 1e9);
    print_comparison(state);
    print_weights(state);
    for (int k = 0; k < PAIRING_INPUTS && state->inputs.of[k] && plan->replicates > 1; k++)
        if (plan->draws[k][1].rows == NULL)
            printf(
                "no noise floor of %s: it takes %lld rows, twice those of a replicate, and there "
                "are %lld\n",
                k == 0 ? state->settings.input.activations : state->settings.input.against,
                2 * (long long)plan->draws[k][0].points, (long long)state->inputs.of[k]->row_count);
    fflush(stdout);
}

/* --- A round: once over what the input holds ------------------------------------------------- */

static int open_input(struct run_state *state)
{
    if (state->rank == 0)
        state->signatures = follow_signatures(&state->settings);
    return plan_inputs_open(&state->settings, state->comm, &state->inputs, state->fault);
}

/* With --follow, input that cannot be used is not there yet. Returns false once a signal came. */
static bool wait_for_input(struct run_state *state)
{
    while (open_input(state) == EXIT_INPUT) {
        if (state->rank == 0)
            fprintf(stderr, "strata: waiting: %s\n", state->fault->text);
        *state->fault = (struct fault){0};
        plan_inputs_close(&state->inputs);
        if (!follow_wait(&state->settings, &state->signatures, state->comm))
            return false;
    }
    return true;
}

static void end_round(struct run_state *state)
{
    results_destroy(&state->results);
    records_reset(&state->records);
    monitor_reset(&state->monitor);
    plan_reset(&state->plan);
    plan_inputs_close(&state->inputs);
}

/* Groups and series, of what the matrices allow. */
static int find_structure(struct results *results, const struct subnets_options *options,
                          struct fault *fault)
{
    if (results->comparison == RESULTS_ACROSS)
        across_compute(results);
    if (results->comparison != RESULTS_WITHIN)
        return 0;
    if (subnets_find(results, options, fault) == 0)
        series_compute(results);
    return fault->status;
}

/* Rank 0: matrices, groups, series, files, pictures. */
static void conclude(struct run_state *state, struct spectra *spectra)
{
    const char *directory = state->settings.output.directory;
    struct results *results = state->results;
    struct subnets_options options = subnets_defaults;
    options.max_groups = (int)state->settings.subnets.max_groups;
    options.significance = state->settings.subnets.significance;
    options.eigen = spectra_solve;
    options.context = spectra;
    state->failed = records_reduce(&state->records, &state->plan, results, state->fault);
    if (state->fault->status || find_structure(results, &options, state->fault))
        return;
    provenance_end(results);
    const struct results_legend legend = {pair_start_names, pair_status_names, pair_method_names};
    char *path = output_path(directory, "results.h5");
    if (path == NULL)
        fault_set(state->fault, EXIT_SYSTEM, "memory is short");
    else if (results_write(results, &legend, path, state->fault) == 0 &&
             report(results, path, directory, state->settings.output.figures, state->fault) == 0)
        figures_prune(results, directory, state->settings.output.figures);
    free(path);
}

/* Rank 0: what was read may be older than what is there now. */
static void note_change(const struct run_state *state)
{
    if (state->options->follow || state->fault->status)
        return;
    const char *const inputs[PAIRING_INPUTS] = {state->settings.input.activations,
                                                state->settings.input.against};
    const struct signatures now = follow_signatures(&state->settings);
    for (int k = 0; k < PAIRING_INPUTS; k++) {
        if (now.of[k] == state->signatures.of[k])
            continue;
        fprintf(stderr,
                now.of[k] == 0
                    ? "strata: %s was removed during the run; the results are of what it held, and "
                      "nothing can be added to them without it\n"
                    : "strata: %s changed during the run; the same command takes the change in, or "
                      "says what does not fit\n",
                inputs[k]);
    }
}

static const char *state_name(const struct run_state *state)
{
    switch (state->fault->status) {
    case 0:
        return state->options->follow ? "waiting" : state->failed > 0 ? "partial" : "complete";
    case EXIT_STOPPED:
        return "stopped";
    default:
        return "failed";
    }
}

/* Collective: solves what is not known, and writes the results. */
static int make_results(struct run_state *state)
{
    const struct solve_job job = {.comm = state->comm,
                                  .settings = &state->settings,
                                  .inputs = &state->inputs,
                                  .plan = &state->plan,
                                  .fingerprint = fingerprint_of(state->fingerprint),
                                  .ledger = state->ledger,
                                  .known = &state->claim.known,
                                  .monitor = &state->monitor,
                                  .learn = state->options->follow};
    if (state->rank == 0 && provenance_begin(&state->settings, &state->inputs, &state->plan,
                                             state->size, &state->results, state->fault) == 0)
        monitor_begin(&state->monitor, state->settings.output.directory, &state->plan,
                      &state->inputs, state->size, state->fault);
    if (fault_agree(state->fault, state->comm) == 0 &&
        solve_all(&job, &state->records, state->fault) == 0) {
        struct spectra spectra = {state->comm, SPECTRA_LAYERS};
        if (state->rank == 0) {
            conclude(state, &spectra);
            spectra_end(&spectra);
            note_change(state);
        } else {
            spectra_serve(&spectra);
        }
        fault_agree(state->fault, state->comm);
        MPI_Bcast(&state->failed, 1, MPI_INT64_T, 0, state->comm);
    }
    if (state->rank == 0)
        monitor_end(&state->monitor, state_name(state));
    return state->fault->status;
}

/* --- The run --------------------------------------------------------------------------------- */

/* Collective: takes the output folder, and begins each rank's ledger. */
static int take_output(struct run_state *state)
{
    char life[64] = "";
    if (state->rank == 0) {
        const time_t now = time(NULL);
        struct tm utc;
        gmtime_r(&now, &utc);
        const size_t length = strftime(life, sizeof life, "%Y%m%dT%H%M%S", &utc);
        snprintf(life + length, sizeof life - length, "-%05ld-%06ld", (long)getpid(),
                 (long)(fmod(clock_seconds(), 1) * 1e6));
        claim_take(state->settings.output.directory, state->fingerprint, state->options->mode,
                   &state->claim, state->fault);
        if (state->claim.known.pairs > 0)
            printf("%lld pairs are known from \"%s\"\n", (long long)state->claim.known.pairs,
                   state->claim.ledger);
        fflush(stdout);
    }
    if (fault_agree(state->fault, state->comm))
        return state->fault->status;
    MPI_Bcast(life, sizeof life, MPI_CHAR, 0, state->comm);
    char *folder = output_path(state->settings.output.directory, "ledger");
    if (folder == NULL)
        fault_set(state->fault, EXIT_SYSTEM, "memory is short");
    else
        ledger_new(folder, life, state->rank, state->fingerprint, &state->ledger, state->fault);
    free(folder);
    return fault_agree(state->fault, state->comm);
}

/* Collective: round after round, until a signal. */
static void follow(struct run_state *state)
{
    while (follow_wait(&state->settings, &state->signatures, state->comm)) {
        end_round(state);
        if (!wait_for_input(state) || state->fault->status || make_plan(state) ||
            make_results(state))
            return;
    }
}

static void run_settings(struct run_state *state)
{
    const bool follows = state->options->follow;
    if (follows ? !wait_for_input(state) || state->fault->status : open_input(state))
        return;
    if (make_plan(state))
        return;
    if (state->options->check)
        return;
    if (state->rank == 0)
        print_plan(state);
    if (state->options->dry_run || take_output(state) || make_results(state))
        return;
    if (follows)
        follow(state);
}

int run(const struct run_options *options, MPI_Comm comm, struct fault *fault)
{
    struct run_state state = {
        .options = options, .comm = comm, .claim = {.lock = -1}, .fault = fault};
    MPI_Comm_rank(comm, &state.rank);
    MPI_Comm_size(comm, &state.size);
    strata_use_one_thread();
    if (load_settings(&state) == 0)
        run_settings(&state);
    end_round(&state);
    ledger_close(&state.ledger, fault);
    fault_agree(fault, comm);
    if (options->sweep && !options->dry_run && !options->check && state.rank == 0 &&
        state.settings.output.directory != NULL)
        sweep_note(state.settings.output.directory, fault);
    claim_release(&state.claim);
    free(state.fingerprint);
    config_reset(settings_table, &state.settings);
    return fault->status ? fault->status : state.failed > 0 ? EXIT_PARTIAL : EXIT_COMPLETE;
}
