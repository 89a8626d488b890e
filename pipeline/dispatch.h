/* Who solves which pair: rank 0 hands out pairs on request, and solves pairs itself.
 *
 * A rank asks for its next pair when it begins one, so that the answer is there when it is done;
 * rank 0 looks for requests between the steps of its own solves. When few pairs are left, rank 0
 * keeps such early requests until the rank is really free, so that no pair waits behind another
 * while some rank has nothing to do. */
#ifndef STRATA_DISPATCH_H
#define STRATA_DISPATCH_H

#include "fault.h"
#include "queue.h"

struct dispatch; /* one per rank */

struct dispatch_task {
    /* Solves a pair; must call dispatch_serve at least a few times a second. */
    void (*solve)(void *context, struct pair pair);
    /* Rank 0 only, between steps: how many pairs are done on all ranks. May be NULL. */
    void (*progress)(void *context, int64_t done);
    void *context; /* borrowed */
};

/* Collective over comm. node: which node this rank is on, counted from 0. */
int dispatch_new(MPI_Comm comm, int node, const struct dispatch_task *task,
                 struct dispatch **dispatch, struct fault *fault);
void dispatch_destroy(struct dispatch **dispatch);

/* Collective: solves all pairs of the queue (significant on rank 0 only) and returns when all are
 * done. */
void dispatch_run(struct dispatch *dispatch, struct queue *queue);

/* Local: answers requests that have come in. Called between the steps of a solve. */
void dispatch_serve(struct dispatch *dispatch);

/* The number of nodes; significant on rank 0. */
int dispatch_nodes(const struct dispatch *dispatch);

#endif
