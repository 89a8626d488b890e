#include "solve.h"
#include "dispatch.h"
#include "gangs.h"
#include "numerics.h"
#include "recall.h"
#include "stop.h"
#include "store.h"
#include "strata.h"

#include <stdlib.h>

/* What a rank holds while it solves. */
struct solving {
    const struct solve_job *job;
    int rank, size;
    struct store *store;
    struct strata_solver *solver;
    struct dispatch *dispatch; /* with gangs: theirs, borrowed, while they are formed */
    struct gangs *gangs;       /* NULL: each rank solves pairs by itself, from the store */
    struct records *records;
    int64_t solved;       /* by this rank */
    struct recall recall; /* rank 0 */
    struct fault *fault;
};

/* Between the steps of every solve, and while waiting: upkeep, and whether all are to stop. */
static bool tick(void *context)
{
    struct solving *s = context;
    ledger_tick(s->job->ledger, s->fault);
    if (s->rank == 0 && s->dispatch != NULL)
        monitor_tick(s->job->monitor, s->dispatch, s->fault);
    return s->fault->status || stop_signal();
}

static int leave(void *context)
{
    return dispatch_serve(((struct solving *)context)->dispatch);
}

static const struct digest *contents_of(const struct solving *s, int frame)
{
    return s->gangs ? gangs_contents(s->gangs, frame) : store_contents(s->store, frame);
}

static void keep(void *context, const struct pair_record *record)
{
    struct solving *s = context;
    const struct digest *contents = contents_of(s, record->pair.frame);
    struct ledger_record entry = ledger_pair(
        digest_pair(s->job->fingerprint, contents[record->pair.i], contents[record->pair.j]),
        record);
    if (pair_lasts(record))
        ledger_append(s->job->ledger, &entry, 1, s->fault);
    records_add(s->records, record, s->fault);
    s->solved++;
}

/* Solves a pair and keeps its record, whatever came out; unless it was to stop. */
static bool solve_pair(void *context, struct pair pair)
{
    struct solving *s = context;
    const struct strata_space *a = NULL;
    const struct strata_space *b = NULL;
    struct strata_solution solution = {0};
    const struct strata_options options = numerics_options(s->job->settings, leave, s);
    int status = store_space(s->store, pair.frame, pair.i, leave, s, &a);
    int other = store_space(s->store, pair.frame, pair.j, leave, s, &b);
    status = status == STRATA_OK ? other : status;
    if (status == STRATA_OK)
        status = strata_solve_with(s->solver, a, b, &options, &solution, NULL, NULL);
    if (status == STRATA_STOPPED)
        return false;
    const struct pair_record record = numerics_record(pair, status, &solution);
    keep(s, &record);
    return pair_has_value(record.status);
}

/* Collective: workspaces that last for the whole run. */
static int prepare(struct solving *s)
{
    const struct solve_job *job = s->job;
    if (job->plan->gang.applies) {
        const struct gangs_task together = {keep, tick, s};
        return gangs_new(job->comm, job->plan, job->settings, job->inputs, &together, &s->gangs,
                         s->fault);
    }
    if (store_new(job->comm, job->plan, job->settings, job->inputs, &s->store, s->fault))
        return s->fault->status;
    s->solver = numerics_solver(job->plan, s->fault);
    if (fault_agree(s->fault, job->comm))
        return s->fault->status;
    const struct dispatch_task task = {solve_pair, tick, s};
    return dispatch_new(job->comm, store_node(s->store), &task, &s->dispatch, s->fault);
}

/* Frames [first, first + count). */
struct window {
    int first, count;
};

/* Collective: the next frames after `from` that must be read; count 0: there are none. The records
 * of those that are passed over are added. */
static struct window next_window(struct solving *s, int from)
{
    const struct plan *plan = s->job->plan;
    struct window window = {from, 0};
    for (int f = from; s->rank == 0 && f < plan->frames && window.count < plan->window; f++) {
        const int64_t before = s->records->count;
        const bool known = recall_frame(&s->recall, f, s->records, s->fault);
        if (known && window.count > 0) {
            s->records->count = before; /* the next window begins behind it, or with it */
            break;
        }
        if (known)
            window.first = f + 1;
        else
            window.count++;
    }
    MPI_Bcast(&window, 2, MPI_INT, 0, s->job->comm);
    return window;
}

/* Rank 0: the queue of what is left of a window that has been read. */
static void make_queue(struct solving *s, struct window window, struct queue *queue)
{
    const int64_t before = s->records->count;
    queue_init(queue, s->job->plan, window.first, window.count,
               s->gangs ? s->size : dispatch_nodes(s->dispatch), s->fault);
    for (int f = window.first; f < window.first + window.count && !s->fault->status; f++) {
        const struct digest *contents = contents_of(s, f);
        if (recall_contents(&s->recall, f, contents, s->job->ledger, s->fault) == 0)
            recall_pairs(&s->recall, f, contents, queue, s->records, s->fault);
    }
    monitor_known(s->job->monitor, s->records->count - before);
}

/* Collective: why all stop, where no rank has a fault. */
static int say_stopped(struct solving *s)
{
    int signal = stop_signal();
    int64_t solved = s->solved;
    MPI_Allreduce(MPI_IN_PLACE, &signal, 1, MPI_INT, MPI_MAX, s->job->comm);
    MPI_Allreduce(MPI_IN_PLACE, &solved, 1, MPI_INT64_T, MPI_SUM, s->job->comm);
    return fault_set(s->fault, EXIT_STOPPED,
                     "stopped by %s; the %lld pairs that were solved since the start are kept in "
                     "\"%s\", and the same command goes on from there",
                     stop_name(signal), (long long)solved, s->job->settings->output.directory);
}

/* Collective: solves the pairs of the queue. Returns whether that was stopped. */
static bool run_queue(struct solving *s, struct queue *queue)
{
    if (s->gangs == NULL) {
        const bool stopped = dispatch_run(s->dispatch, queue);
        if (s->rank == 0)
            monitor_window(s->job->monitor, s->dispatch);
        return stopped;
    }
    bool stopped = false;
    while (!stopped && gangs_form(s->gangs, queue, s->fault)) {
        s->dispatch = gangs_dispatch(s->gangs);
        stopped = gangs_run(s->gangs, queue);
        if (s->rank == 0)
            monitor_window(s->job->monitor, s->dispatch);
        s->dispatch = NULL;
    }
    return stopped;
}

/* Collective: solves what is not known of a window. */
static int solve_window(struct solving *s, struct window window)
{
    struct queue queue = {0};
    const struct solve_job *job = s->job;
    if (s->gangs ? gangs_load(s->gangs, window.first, window.count, s->fault)
                 : store_load(s->store, window.first, window.count, s->fault))
        return s->fault->status;
    if (s->rank == 0)
        make_queue(s, window, &queue);
    if (fault_agree(s->fault, job->comm) == 0) {
        const bool stopped = run_queue(s, &queue);
        ledger_sync(job->ledger, s->fault);
        if (fault_agree(s->fault, job->comm) == 0 && stopped)
            say_stopped(s);
    }
    queue_reset(&queue);
    return s->fault->status;
}

static int solve_windows(struct solving *s)
{
    for (int from = 0;;) {
        const int64_t before = s->records->count;
        const struct window window = next_window(s, from);
        if (s->rank == 0)
            monitor_known(s->job->monitor, s->records->count - before);
        if (fault_agree(s->fault, s->job->comm) || window.count == 0 || solve_window(s, window))
            return s->fault->status;
        from = window.first + window.count;
    }
}

int solve_all(const struct solve_job *job, struct records *records, struct fault *fault)
{
    struct solving s = {.job = job, .records = records, .fault = fault};
    MPI_Comm_rank(job->comm, &s.rank);
    MPI_Comm_size(job->comm, &s.size);
    if (s.rank == 0)
        recall_begin(&s.recall, job->known, job->plan, job->inputs, job->fingerprint, fault);
    if (fault_agree(fault, job->comm) == 0 && prepare(&s) == 0) {
        solve_windows(&s);
        if (s.rank == 0)
            monitor_solved(job->monitor, fault);
        if (!fault->status)
            records_gather(records, job->comm, fault);
        if (s.rank == 0 && job->learn && !fault->status)
            recall_learn(&s.recall, records, fault);
        fault_agree(fault, job->comm);
    }
    dispatch_destroy(&s.dispatch);
    gangs_destroy(&s.gangs);
    strata_solver_destroy(&s.solver);
    store_destroy(&s.store);
    recall_reset(&s.recall);
    return fault->status;
}
