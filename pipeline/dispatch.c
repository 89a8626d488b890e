#include "dispatch.h"
#include "clock.h"
#include "quiet.h"

#include <stdlib.h>

/* To rank 0: AHEAD, the rank has just begun a pair; FREE, it has nothing to do; ALIVE, nothing is
 * new; STOP, it wants all to stop; LEFT, its last word in this run. */
enum word_up { AHEAD, FREE, ALIVE, STOP, LEFT };
struct request {
    int64_t word;
    int64_t received; /* pairs that the rank has got so far */
    int64_t done;     /* and solved */
    int64_t failed;   /* of these, without a value */
};

/* From rank 0: SOLVE, the next pair; then, once a run, COMPLETE or STOPPED: leave. */
enum word_down { NOTHING, SOLVE, COMPLETE, STOPPED };
struct reply {
    int32_t word;
    int32_t frame, i, j;
};

enum { TAG_REQUEST = 1, TAG_REPLY = 2, REQUEST_WORDS = 4, REPLY_WORDS = 4 };

static const double longest_silence = 5; /* seconds */
static const struct pair no_pair = {-1, -1, -1};

struct dispatch {
    MPI_Comm comm;
    int rank, size;
    struct dispatch_task task;
    enum word_down end; /* how this run ends, once that is known */
    bool wants_stop;    /* this rank's tick said so */
    /* rank 0 */
    struct queue *queue;         /* borrowed, while running */
    struct dispatch_peer *peers; /* [size] */
    int nodes;
    /* other ranks */
    struct reply reply;
    MPI_Request pending;  /* the receive of reply */
    struct pair next;     /* sent ahead */
    struct request state; /* of this run */
    double spoken;        /* clock_seconds() of the last word to rank 0 */
};

int dispatch_new(MPI_Comm comm, int node, const struct dispatch_task *task,
                 struct dispatch **dispatch, struct fault *fault)
{
    struct dispatch *d = calloc(1, sizeof *d);
    int *all = NULL;
    *dispatch = d;
    if (d != NULL) {
        d->comm = comm;
        d->task = *task;
        MPI_Comm_rank(comm, &d->rank);
        MPI_Comm_size(comm, &d->size);
        d->peers = calloc((size_t)d->size, sizeof *d->peers);
        all = calloc((size_t)d->size, sizeof *all);
    }
    const bool complete = d && d->peers && all;
    if (!complete)
        fault_set(fault, EXIT_SYSTEM, "memory is short for the dispatch of pairs");
    if (fault_agree(fault, comm) || !complete) {
        free(all);
        dispatch_destroy(dispatch);
        return fault->status;
    }
    MPI_Gather(&node, 1, MPI_INT, all, 1, MPI_INT, 0, comm);
    for (int r = 0; r < d->size; r++) {
        d->peers[r].node = all[r];
        d->nodes = all[r] >= d->nodes ? all[r] + 1 : d->nodes;
    }
    free(all);
    return 0;
}

void dispatch_destroy(struct dispatch **dispatch)
{
    if (*dispatch != NULL) {
        free((*dispatch)->peers);
        free(*dispatch);
    }
    *dispatch = NULL;
}

int dispatch_size(const struct dispatch *dispatch)
{
    return dispatch->size;
}

int dispatch_nodes(const struct dispatch *dispatch)
{
    return dispatch->nodes;
}

const struct dispatch_peer *dispatch_peer(const struct dispatch *dispatch, int rank)
{
    return &dispatch->peers[rank];
}

static void tick(struct dispatch *d)
{
    if (d->task.tick != NULL && d->task.tick(d->task.context))
        d->wants_stop = true;
}

/* --- Rank 0 ---------------------------------------------------------------------------------- */

static void send_reply(struct dispatch *d, int rank, enum word_down word, struct pair pair)
{
    int32_t words[REPLY_WORDS] = {(int32_t)word, pair.frame, pair.i, pair.j};
    MPI_Send(words, REPLY_WORDS, MPI_INT32_T, rank, TAG_REPLY, d->comm);
}

/* Sends the next pair to a rank, if there is one. */
static void hand_out(struct dispatch *d, int rank)
{
    struct dispatch_peer *peer = &d->peers[rank];
    struct pair pair;
    if (d->end || !queue_take(d->queue, peer->node, &pair))
        return;
    peer->sent++;
    *(peer->pair.frame < 0 ? &peer->pair : &peer->ahead) = pair;
    send_reply(d, rank, SOLVE, pair);
}

/* Takes one request that is known to be there. */
static void take_request(struct dispatch *d)
{
    MPI_Status status;
    int64_t words[REQUEST_WORDS];
    MPI_Recv(words, REQUEST_WORDS, MPI_INT64_T, MPI_ANY_SOURCE, TAG_REQUEST, d->comm, &status);
    const struct request request = {words[0], words[1], words[2], words[3]};
    struct dispatch_peer *peer = &d->peers[status.MPI_SOURCE];
    peer->heard = clock_seconds();
    if (request.word == AHEAD || request.word == FREE)
        peer->since = peer->heard;
    if (request.done > peer->done) { /* on to what was sent ahead, if anything was */
        peer->pair = peer->ahead;
        peer->ahead = no_pair;
    }
    peer->done = request.done;
    peer->failed = request.failed;
    peer->left = request.word == LEFT;
    d->wants_stop = d->wants_stop || request.word == STOP;
    if (request.word != AHEAD && request.word != FREE)
        return;
    if (peer->sent > request.received)
        return; /* its early request was answered meanwhile */
    if (request.word == FREE || queue_sends_ahead(d->queue, d->size))
        hand_out(d, status.MPI_SOURCE);
}

/* All that has come in. */
static void take_requests(struct dispatch *d)
{
    for (int waiting = 1; waiting;) {
        MPI_Iprobe(MPI_ANY_SOURCE, TAG_REQUEST, d->comm, &waiting, MPI_STATUS_IGNORE);
        if (waiting)
            take_request(d);
    }
}

static void end_run(struct dispatch *d, enum word_down how)
{
    d->end = how;
    for (int r = 1; r < d->size; r++)
        send_reply(d, r, how, no_pair);
}

static void serve_root(struct dispatch *d)
{
    take_requests(d);
    tick(d);
    if (d->wants_stop && !d->end)
        end_run(d, STOPPED);
}

static bool all_done(const struct dispatch *d)
{
    bool done = d->queue->remaining == 0;
    for (int r = 0; r < d->size; r++)
        done = done && d->peers[r].done == d->peers[r].sent;
    return done;
}

static bool all_left(const struct dispatch *d)
{
    bool left = true;
    for (int r = 1; r < d->size; r++)
        left = left && d->peers[r].left;
    return left;
}

static void run_root(struct dispatch *d, struct queue *queue)
{
    struct dispatch_peer *own = &d->peers[0];
    d->queue = queue;
    for (int r = 0; r < d->size; r++)
        d->peers[r] = (struct dispatch_peer){.pair = no_pair,
                                             .ahead = no_pair,
                                             .since = clock_seconds(),
                                             .heard = clock_seconds(),
                                             .node = d->peers[r].node};
    serve_root(d);
    while (!d->end && queue_take(queue, own->node, &own->pair)) {
        own->sent++;
        own->since = clock_seconds();
        const bool valued = d->task.solve(d->task.context, own->pair);
        serve_root(d);
        if (d->end)
            break;
        own->done++;
        own->failed += !valued;
    }
    own->pair = no_pair;
    for (int times = 0; !d->end && !all_done(d); times++) {
        quiet_pause(times);
        serve_root(d);
    }
    if (!d->end)
        end_run(d, COMPLETE);
    for (int times = 0; !all_left(d); times++) {
        quiet_pause(times);
        take_requests(d);
    }
    d->queue = NULL;
}

/* --- The other ranks ------------------------------------------------------------------------- */

static void listen(struct dispatch *d)
{
    MPI_Irecv(&d->reply, REPLY_WORDS, MPI_INT32_T, 0, TAG_REPLY, d->comm, &d->pending);
}

static void ask(struct dispatch *d, enum word_up word)
{
    d->spoken = clock_seconds();
    int64_t words[REQUEST_WORDS] = {word, d->state.received, d->state.done, d->state.failed};
    MPI_Send(words, REQUEST_WORDS, MPI_INT64_T, 0, TAG_REQUEST, d->comm);
}

/* What rank 0 has said, if anything. */
static void hear(struct dispatch *d)
{
    int arrived = 0;
    if (d->end)
        return;
    MPI_Test(&d->pending, &arrived, MPI_STATUS_IGNORE);
    if (!arrived)
        return;
    if (d->reply.word == SOLVE) {
        d->next = (struct pair){d->reply.frame, d->reply.i, d->reply.j};
        listen(d);
    } else {
        d->end = (enum word_down)d->reply.word;
    }
}

static void serve_worker(struct dispatch *d)
{
    const bool told = d->wants_stop;
    hear(d);
    tick(d);
    if (d->wants_stop && !told)
        ask(d, STOP);
    else if (!d->end && clock_seconds() - d->spoken > longest_silence)
        ask(d, ALIVE);
}

/* Waits for a pair; false: leave. Who wants to stop waits for rank 0's word to. */
static bool wait_for_pair(struct dispatch *d)
{
    for (int times = 0; !d->end && (d->next.frame < 0 || d->wants_stop); times++) {
        serve_worker(d);
        if (d->next.frame < 0 || d->wants_stop)
            quiet_pause(times);
    }
    return !d->end;
}

static void run_worker(struct dispatch *d)
{
    d->state = (struct request){0};
    d->next = no_pair;
    listen(d);
    ask(d, FREE);
    while (wait_for_pair(d)) {
        const struct pair pair = d->next;
        d->next = no_pair;
        d->state.received++;
        ask(d, AHEAD);
        const bool valued = d->task.solve(d->task.context, pair);
        serve_worker(d);
        if (d->end || d->wants_stop)
            continue;
        d->state.done++;
        d->state.failed += !valued;
        if (d->next.frame < 0)
            ask(d, FREE);
    }
    ask(d, LEFT);
}

/* --- All ------------------------------------------------------------------------------------- */

bool dispatch_serve(struct dispatch *d)
{
    if (d->rank == 0)
        serve_root(d);
    else
        serve_worker(d);
    return d->end || d->wants_stop;
}

bool dispatch_run(struct dispatch *d, struct queue *queue)
{
    d->end = NOTHING;
    d->wants_stop = false;
    if (d->rank == 0)
        run_root(d, queue);
    else
        run_worker(d);
    MPI_Barrier(d->comm); /* no request of the next run may overtake the end of this one */
    return d->end == STOPPED;
}
