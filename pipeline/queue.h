/* The list of pairs that are still to be solved, on rank 0, and who gets which.
 *
 * All pairs of a frame need the same mm-spaces, so a node stays with a frame until its pairs are
 * taken; then it opens the next frame, and when none is left it helps where most is left to do. */
#ifndef STRATA_QUEUE_H
#define STRATA_QUEUE_H

#include "plan.h"

#include <stdbool.h>

struct queue {
    const struct plan *plan; /* borrowed */
    int first, count;        /* frames of this window */
    int64_t *next;           /* [count] the first pair of a frame that may be left */
    int64_t *left;           /* [count] pairs of a frame that are left */
    bool *known;             /* [count, pairs_per_frame] not to be handed out */
    int *frame_of_node;      /* [nodes] the frame that a node works on, or -1 */
    int64_t remaining, held; /* held: not to be handed out yet */
};

/* EXIT_SYSTEM if memory is short. */
int queue_init(struct queue *queue, const struct plan *plan, int first, int count, int nodes,
               struct fault *fault);
void queue_reset(struct queue *queue);

/* Takes a pair out, before any is handed out. frame counts from the start of the run. */
void queue_skip(struct queue *queue, int frame, int64_t number);

/* Keeps all but `count` of the pairs that remain or are held from being handed out, until the next
 * call. */
void queue_release(struct queue *queue, int64_t count);

/* Whether so many ranks may get their next pair while they still solve one. When few pairs are
 * left, each waits for a rank that is free. */
bool queue_sends_ahead(const struct queue *queue, int ranks);

/* The next pair for a rank of that node; false: none is left. */
bool queue_take(struct queue *queue, int node, struct pair *pair);

#endif
