#include "gangs.h"
#include "gang.h"
#include "numerics.h"
#include "quiet.h"

#include <stdlib.h>
#include <string.h>

enum { TAG_STOP = 3 };                /* from a rank to its leader: it wants all to stop */
enum { PORTION_BYTES = 64 << 20 };    /* of activations that are read for their digest only */
enum { SIDES = 2, ANNOUNCEMENT = 3 }; /* spaces of a pair; numbers of an announced pair */
static const struct pair no_pair = {-1, -1, -1};

/* A space of a frame that a gang has at hand. */
struct side {
    int frame, number; /* of the space; frame -1: none */
    int status;        /* of the solver; an error: there is no space */
    struct gang_space *space;
};

struct gangs {
    MPI_Comm comm; /* of all; borrowed */
    int rank, size;
    const struct plan *plan;
    const struct settings *settings;
    const struct plan_inputs *inputs;
    struct gangs_task task;
    struct activations *alone[PAIRING_INPUTS]; /* the inputs, for this rank by itself */
    int first;                                 /* frame */
    struct digest *contents;                   /* [plan->window, spaces] */

    /* of a formation */
    MPI_Comm members,
        leaders; /* of this rank's gang, if it is in one; of the leaders, if it leads */
    int leader;  /* of this rank, in comm; rank 0, if it is in no gang */
    struct activations *shared[PAIRING_INPUTS]; /* the inputs, for this gang */
    struct gang *gang;
    struct side sides[SIDES];
    struct dispatch *dispatch; /* leaders */
    bool stopping;             /* a rank of this gang wants all to stop */
    bool told;                 /* this rank, its leader */
    struct fault *fault;
};

/* --- Inputs, for some of the ranks --------------------------------------------------------------
 */

static void share_inputs(const struct plan_inputs *inputs, MPI_Comm comm,
                         struct activations *shared[PAIRING_INPUTS], struct fault *fault)
{
    for (int k = 0; k < PAIRING_INPUTS && inputs->of[k] && !fault->status; k++)
        activations_share(inputs->of[k], comm, &shared[k], fault);
}

static void close_inputs(struct activations *shared[PAIRING_INPUTS])
{
    for (int k = 0; k < PAIRING_INPUTS; k++)
        activations_close(&shared[k]);
}

/* --- A new one -------------------------------------------------------------------------------- */

int gangs_new(MPI_Comm comm, const struct plan *plan, const struct settings *settings,
              const struct plan_inputs *inputs, const struct gangs_task *task, struct gangs **gangs,
              struct fault *fault)
{
    struct gangs *g = calloc(1, sizeof *g);
    struct digest *contents =
        malloc((size_t)plan->window * (size_t)plan->pairing.spaces * sizeof *contents);
    *gangs = NULL;
    if (g == NULL || contents == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short for the gangs");
    if (fault_agree(fault, comm) || g == NULL) {
        free(contents);
        free(g);
        return fault->status;
    }
    *g = (struct gangs){.comm = comm,
                        .plan = plan,
                        .settings = settings,
                        .inputs = inputs,
                        .task = *task,
                        .contents = contents,
                        .members = MPI_COMM_NULL,
                        .leaders = MPI_COMM_NULL,
                        .fault = fault};
    MPI_Comm_rank(comm, &g->rank);
    MPI_Comm_size(comm, &g->size);
    *gangs = g;
    share_inputs(inputs, MPI_COMM_SELF, g->alone, fault);
    if (fault_agree(fault, comm))
        gangs_destroy(gangs);
    return fault->status;
}

static void drop_side(struct side *side)
{
    gang_space_destroy(&side->space);
    side->frame = -1;
}

static void disband(struct gangs *g)
{
    for (int k = 0; k < SIDES; k++)
        drop_side(&g->sides[k]);
    gang_destroy(&g->gang);
    close_inputs(g->shared);
    dispatch_destroy(&g->dispatch);
    if (g->members != MPI_COMM_NULL)
        MPI_Comm_free(&g->members);
    if (g->leaders != MPI_COMM_NULL)
        MPI_Comm_free(&g->leaders);
}

void gangs_destroy(struct gangs **gangs)
{
    struct gangs *g = *gangs;
    if (g != NULL) {
        disband(g);
        close_inputs(g->alone);
        free(g->contents);
        free(g);
    }
    *gangs = NULL;
}

/* --- Digests ---------------------------------------------------------------------------------- */

static void digest_space(struct gangs *g, struct place source, struct digest *digest)
{
    const int64_t row_bytes = source.width * (int64_t)sizeof(double);
    const int portion = row_bytes < PORTION_BYTES ? (int)(PORTION_BYTES / row_bytes) : 1;
    struct digest_stream *stream = digest_content_begin(source.width);
    double *values = malloc((size_t)portion * (size_t)row_bytes);
    if (stream == NULL || values == NULL)
        fault_set(g->fault, EXIT_SYSTEM, "memory is short for reading activations");
    for (int from = 0; from < source.points && !g->fault->status; from += portion) {
        const int left = source.points - from;
        const int count = left < portion ? left : portion;
        if (activations_read(g->alone[source.input], source.checkpoint, source.layer,
                             source.rows + from, count, values, g->fault) == 0)
            digest_content_add(stream, values, count, source.width);
    }
    if (stream != NULL)
        *digest = digest_content_end(stream);
    free(values);
}

int gangs_load(struct gangs *g, int first, int count, struct fault *fault)
{
    const int spaces = g->plan->pairing.spaces;
    const int cells = count * spaces;
    g->first = first;
    memset(g->contents, 0, (size_t)cells * sizeof *g->contents);
    for (int k = g->rank; k < cells && !fault->status; k += g->size) {
        const struct place place = plan_place(g->plan, first + k / spaces, k % spaces);
        if (place.checkpoint >= 0)
            digest_space(g, place, &g->contents[k]);
    }
    if (fault_agree(fault, g->comm) == 0) /* the parts of a sum are all zero but one */
        MPI_Allreduce(MPI_IN_PLACE, g->contents, 2 * cells, MPI_UINT64_T, MPI_BXOR, g->comm);
    return fault->status;
}

const struct digest *gangs_contents(const struct gangs *g, int frame)
{
    return g->contents + (size_t)(frame - g->first) * g->plan->pairing.spaces;
}

/* --- Upkeep ----------------------------------------------------------------------------------- */

/* On a rank that does not lead: its leader hears once that all are to stop. */
static int tick_member(void *context)
{
    struct gangs *g = context;
    const bool stop = g->task.tick(g->task.context);
    if (stop && !g->told) {
        MPI_Send(NULL, 0, MPI_INT, g->leader, TAG_STOP, g->comm);
        g->told = true;
    }
    return stop;
}

static bool tick_leader(void *context)
{
    struct gangs *g = context;
    for (int waiting = 1; waiting;) {
        MPI_Iprobe(MPI_ANY_SOURCE, TAG_STOP, g->comm, &waiting, MPI_STATUS_IGNORE);
        if (waiting) {
            MPI_Recv(NULL, 0, MPI_INT, MPI_ANY_SOURCE, TAG_STOP, g->comm, MPI_STATUS_IGNORE);
            g->stopping = true;
        }
    }
    return g->task.tick(g->task.context) || g->stopping;
}

static int serve_leader(void *context)
{
    return dispatch_serve(((struct gangs *)context)->dispatch);
}

static void wait_for(struct gangs *g, MPI_Request *request)
{
    quiet_wait(request, g->leader != g->rank ? tick_member : NULL, g);
}

/* --- A pair, together ------------------------------------------------------------------------- */

/* Collective over the gang: reads this rank's rows and makes a space. */
static void fill_side(struct gangs *g, struct side *side, int frame, int space)
{
    const struct place source = plan_place(g->plan, frame, space);
    int first = 0;
    int count = 0;
    drop_side(side);
    gang_rows(g->gang, &first, &count);
    double *values = malloc((size_t)(count + 1) * (size_t)source.width * sizeof *values);
    if (values == NULL)
        fault_set(g->fault, EXIT_SYSTEM, "memory is short for reading activations");
    if (fault_agree(g->fault, g->members) == 0 &&
        activations_read(g->shared[source.input], source.checkpoint, source.layer,
                         source.rows + first, count, values, g->fault) == 0) {
        side->status =
            gang_space_new(g->gang, values, (int)source.width, g->settings->metric.distance,
                           g->settings->metric.normalize, &side->space);
        side->frame = frame;
        side->number = space;
    }
    free(values);
}

static bool holds(const struct side *side, int frame, int space)
{
    return side->frame == frame && side->number == space;
}

/* Collective over the gang: the side of a space; not the one of `other`, which stays. */
static const struct side *take_side(struct gangs *g, int frame, int space, int other)
{
    int k = 0;
    while (k < SIDES && !holds(&g->sides[k], frame, space))
        k++;
    if (k == SIDES) {
        k = holds(&g->sides[0], frame, other);
        fill_side(g, &g->sides[k], frame, space);
    }
    return &g->sides[k];
}

/* Collective over the gang: a status of the solver; STRATA_STOPPED also with a fault. */
static int solve_together(struct gangs *g, struct pair pair, struct strata_solution *solution)
{
    const bool leads = g->leader == g->rank;
    if (fault_agree(g->fault, g->members)) /* a rank's upkeep may have failed while it waited */
        return STRATA_STOPPED;
    const struct side *a = take_side(g, pair.frame, pair.i, pair.j);
    if (g->fault->status)
        return STRATA_STOPPED;
    const struct side *b = take_side(g, pair.frame, pair.j, pair.i);
    if (g->fault->status)
        return STRATA_STOPPED;
    if (a->status != STRATA_OK || b->status != STRATA_OK)
        return a->status != STRATA_OK ? a->status : b->status;
    return gang_solve(g->gang, a->space, b->space, g->settings->solver.effort,
                      leads ? serve_leader : tick_member, g, solution, NULL);
}

/* The gang gets to know what its leader is to solve; no pair: the formation is done. */
static void announce(struct gangs *g, struct pair pair)
{
    int32_t words[ANNOUNCEMENT] = {pair.frame, pair.i, pair.j};
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibcast(words, ANNOUNCEMENT, MPI_INT32_T, 0, g->members, &request);
    wait_for(g, &request);
}

/* The leader's task: solves a pair with its gang. */
static bool lead(void *context, struct pair pair)
{
    struct gangs *g = context;
    struct strata_solution solution = {0};
    announce(g, pair);
    const int status = solve_together(g, pair, &solution);
    if (status == STRATA_STOPPED) {
        g->stopping = true; /* whoever of the gang asked for it */
        return false;
    }
    const struct pair_record record = numerics_record(pair, status, &solution);
    g->task.keep(g->task.context, &record);
    return status == STRATA_OK;
}

static void follow_leader(struct gangs *g)
{
    for (;;) {
        int32_t words[ANNOUNCEMENT];
        MPI_Request request = MPI_REQUEST_NULL;
        struct strata_solution solution;
        MPI_Ibcast(words, ANNOUNCEMENT, MPI_INT32_T, 0, g->members, &request);
        wait_for(g, &request);
        if (words[0] < 0)
            return;
        solve_together(g, (struct pair){words[0], words[1], words[2]}, &solution);
    }
}

/* --- Formations ------------------------------------------------------------------------------- */

/* The gang of a rank, or -1. */
static int gang_of(struct gang_formation formation, int rank)
{
    if (rank >= formation.used)
        return -1;
    return (int)(((int64_t)(rank + 1) * formation.count - 1) / formation.used);
}

/* Collective: communicators, then what each gang and its leader need. */
static void form(struct gangs *g, struct gang_formation formation)
{
    const int own = gang_of(formation, g->rank);
    g->leader = own < 0 ? 0 : gang_plan_first(&formation, own);
    g->stopping = false;
    g->told = false;
    for (int k = 0; k < SIDES; k++)
        g->sides[k] = (struct side){.frame = -1};
    MPI_Comm_split(g->comm, own < 0 ? MPI_UNDEFINED : own, g->rank, &g->members);
    MPI_Comm_split(g->comm, g->leader == g->rank ? 0 : MPI_UNDEFINED, g->rank, &g->leaders);
    if (own >= 0) {
        const int status = gang_new(g->members, plan_points(g->plan), &g->gang);
        if (status != STRATA_OK)
            fault_set(g->fault, EXIT_SYSTEM, "a gang for %d samples: %s", plan_points(g->plan),
                      strata_status_text(status));
        share_inputs(g->inputs, g->members, g->shared, g->fault);
    }
    if (fault_agree(g->fault, g->comm) == 0 && g->leader == g->rank) {
        const struct dispatch_task task = {lead, tick_leader, g};
        dispatch_new(g->leaders, own, &task, &g->dispatch, g->fault);
    }
    fault_agree(g->fault, g->comm);
}

bool gangs_form(struct gangs *g, struct queue *queue, struct fault *fault)
{
    struct gang_formation formation = {0};
    disband(g);
    if (g->rank == 0) {
        const int64_t left = queue->remaining + queue->held;
        if (left > 0) {
            formation = gang_plan_form(g->plan, g->size, left);
            queue_release(queue, formation.pairs);
        }
    }
    MPI_Bcast(&formation, sizeof formation, MPI_BYTE, 0, g->comm);
    if (formation.pairs == 0 || fault_agree(fault, g->comm))
        return false;
    form(g, formation);
    return fault->status == 0;
}

struct dispatch *gangs_dispatch(const struct gangs *g)
{
    return g->dispatch;
}

bool gangs_run(struct gangs *g, struct queue *queue)
{
    int stopped = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    if (g->leader == g->rank) {
        stopped = dispatch_run(g->dispatch, queue);
        announce(g, no_pair);
    } else if (g->members != MPI_COMM_NULL) {
        follow_leader(g);
    }
    MPI_Ibcast(&stopped, 1, MPI_INT, 0, g->comm, &request);
    wait_for(g, &request);
    return stopped;
}
