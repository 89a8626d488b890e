#include "dispatch.h"

#include <stdlib.h>

enum { TAG_REQUEST = 1, TAG_REPLY = 2 };

/* AHEAD: the rank has just begun a pair. FREE: it has nothing to do. */
enum request_kind { AHEAD, FREE };
struct request {
    int64_t kind;
    int64_t received; /* pairs that the rank has got so far */
    int64_t done;     /* and solved */
};
enum { REQUEST_WORDS = 3, REPLY_WORDS = 3 };

struct dispatch {
    MPI_Comm comm;
    int rank, size;
    struct dispatch_task task;
    /* rank 0 */
    struct queue *queue; /* borrowed, while running */
    int *node;           /* [size] */
    int nodes;
    int64_t *sent;       /* [size] pairs handed to each rank in this run */
    int64_t *done;       /* [size] and solved */
    int64_t done_before; /* in earlier runs */
    int dismissed;       /* ranks that were told that nothing is left */
};

int dispatch_new(MPI_Comm comm, int node, const struct dispatch_task *task,
                 struct dispatch **dispatch, struct fault *fault)
{
    struct dispatch *d = calloc(1, sizeof *d);
    *dispatch = d;
    if (d != NULL) {
        d->comm = comm;
        d->task = *task;
        MPI_Comm_rank(comm, &d->rank);
        MPI_Comm_size(comm, &d->size);
        d->node = calloc((size_t)d->size, sizeof *d->node);
        d->sent = calloc((size_t)d->size, sizeof *d->sent);
        d->done = calloc((size_t)d->size, sizeof *d->done);
    }
    const bool complete = d && d->node && d->sent && d->done;
    if (!complete)
        fault_set(fault, EXIT_SYSTEM, "memory is short for the dispatch of pairs");
    if (fault_agree(fault, comm) || !complete) {
        dispatch_destroy(dispatch);
        return fault->status;
    }
    MPI_Gather(&node, 1, MPI_INT, d->node, 1, MPI_INT, 0, comm);
    for (int r = 0; r < d->size; r++)
        d->nodes = d->node[r] >= d->nodes ? d->node[r] + 1 : d->nodes;
    return 0;
}

void dispatch_destroy(struct dispatch **dispatch)
{
    if (*dispatch != NULL) {
        free((*dispatch)->node);
        free((*dispatch)->sent);
        free((*dispatch)->done);
        free(*dispatch);
    }
    *dispatch = NULL;
}

int dispatch_nodes(const struct dispatch *dispatch)
{
    return dispatch->nodes;
}

static void report_progress(struct dispatch *d)
{
    if (d->task.progress == NULL)
        return;
    int64_t done = d->done_before;
    for (int r = 0; r < d->size; r++)
        done += d->done[r];
    d->task.progress(d->task.context, done);
}

/* Sends the next pair to a rank, or dismisses it. */
static void reply(struct dispatch *d, int rank)
{
    struct pair pair = {-1, -1, -1};
    if (queue_take(d->queue, d->node[rank], &pair))
        d->sent[rank]++;
    else
        d->dismissed++;
    int32_t words[REPLY_WORDS] = {pair.frame, pair.i, pair.j};
    MPI_Send(words, REPLY_WORDS, MPI_INT32_T, rank, TAG_REPLY, d->comm);
}

/* Takes one request that is known to be there. */
static void take_request(struct dispatch *d)
{
    MPI_Status status;
    int64_t words[REQUEST_WORDS];
    MPI_Recv(words, REQUEST_WORDS, MPI_INT64_T, MPI_ANY_SOURCE, TAG_REQUEST, d->comm, &status);
    const struct request request = {words[0], words[1], words[2]};
    const int rank = status.MPI_SOURCE;
    d->done[rank] = request.done;
    if (d->sent[rank] > request.received)
        return; /* its early request was answered meanwhile */
    if (request.kind == FREE || d->queue->remaining > 2 * (int64_t)d->size)
        reply(d, rank);
}

void dispatch_serve(struct dispatch *d)
{
    if (d->rank != 0)
        return;
    for (int waiting = 1; waiting && d->dismissed < d->size - 1;) {
        MPI_Iprobe(MPI_ANY_SOURCE, TAG_REQUEST, d->comm, &waiting, MPI_STATUS_IGNORE);
        if (waiting)
            take_request(d);
    }
    report_progress(d);
}

static void run_root(struct dispatch *d, struct queue *queue)
{
    d->queue = queue;
    d->dismissed = 0;
    for (int r = 0; r < d->size; r++)
        d->sent[r] = d->done[r] = 0;
    for (struct pair pair; queue_take(queue, d->node[0], &pair);) {
        d->task.solve(d->task.context, pair);
        d->done[0]++;
        dispatch_serve(d);
    }
    while (d->dismissed < d->size - 1) {
        take_request(d);
        report_progress(d);
    }
    for (int r = 0; r < d->size; r++)
        d->done_before += d->done[r];
    d->queue = NULL;
}

static void ask(struct dispatch *d, enum request_kind kind, int64_t received, int64_t done)
{
    int64_t words[REQUEST_WORDS] = {kind, received, done};
    MPI_Send(words, REQUEST_WORDS, MPI_INT64_T, 0, TAG_REQUEST, d->comm);
}

static void run_worker(struct dispatch *d)
{
    int32_t words[REPLY_WORDS];
    MPI_Request pending;
    int64_t received = 0;
    MPI_Irecv(words, REPLY_WORDS, MPI_INT32_T, 0, TAG_REPLY, d->comm, &pending);
    ask(d, FREE, 0, 0);
    for (;;) {
        MPI_Wait(&pending, MPI_STATUS_IGNORE);
        const struct pair pair = {words[0], words[1], words[2]};
        if (pair.frame < 0)
            return;
        MPI_Irecv(words, REPLY_WORDS, MPI_INT32_T, 0, TAG_REPLY, d->comm, &pending);
        ask(d, AHEAD, received + 1, received);
        received++;
        d->task.solve(d->task.context, pair);
        int answered = 0;
        MPI_Test(&pending, &answered, MPI_STATUS_IGNORE);
        if (!answered)
            ask(d, FREE, received, received);
    }
}

void dispatch_run(struct dispatch *d, struct queue *queue)
{
    if (d->rank == 0)
        run_root(d, queue);
    else
        run_worker(d);
    MPI_Barrier(d->comm); /* no request of the next run may overtake the end of this one */
}
