/* Who solves which pair: rank 0 hands out pairs on request, and solves pairs itself.
 *
 * A rank asks for its next pair when it begins one, so that the answer is there when it is done;
 * rank 0 looks for requests between the steps of its own solves. When few pairs are left, rank 0
 * keeps such early requests until the rank is really free, so that no pair waits behind another
 * while some rank has nothing to do.
 *
 * Any rank can stop all: it tells rank 0, and rank 0 tells the others. */
#ifndef STRATA_DISPATCH_H
#define STRATA_DISPATCH_H

#include "fault.h"
#include "queue.h"

struct dispatch; /* one per rank */

struct dispatch_task {
    /* Solves a pair; must call dispatch_serve at least a few times a second, and leave soon once
     * that returns true. Returns whether the pair got a value. */
    bool (*solve)(void *context, struct pair pair);
    /* Called several times a second, on a rank that waits, too. Returns whether all are to stop.
     * May be NULL. */
    bool (*tick)(void *context);
    void *context; /* borrowed */
};

/* What rank 0 knows of a rank. */
struct dispatch_peer {
    int64_t sent;      /* pairs handed to it in this run of the dispatch */
    int64_t done;      /* and solved */
    int64_t failed;    /* of these, without a value */
    struct pair pair;  /* what it works on; frame -1: on nothing */
    struct pair ahead; /* what it was sent ahead; frame -1: nothing */
    double since;      /* clock_seconds() when it began this */
    double heard;      /* and when it was last heard of: every few seconds, whatever it does */
    int node;
    bool left; /* this run */
};

/* Collective over comm. node: which node this rank is on, counted from 0. */
int dispatch_new(MPI_Comm comm, int node, const struct dispatch_task *task,
                 struct dispatch **dispatch, struct fault *fault);
void dispatch_destroy(struct dispatch **dispatch);

/* Collective: solves the pairs of the queue (significant on rank 0 only) and returns when all are
 * done, or once a rank wanted to stop. Returns, the same on all ranks, whether it was stopped. */
bool dispatch_run(struct dispatch *dispatch, struct queue *queue);

/* Local: answers requests that have come in, and calls the task's tick. Called between the steps of
 * a solve. Returns whether to leave the solve. */
bool dispatch_serve(struct dispatch *dispatch);

int dispatch_size(const struct dispatch *dispatch); /* ranks of its communicator */

/* On rank 0: the number of nodes, and what is known of a rank in the last or current run. */
int dispatch_nodes(const struct dispatch *dispatch);
const struct dispatch_peer *dispatch_peer(const struct dispatch *dispatch, int rank);

#endif
