/* What of a run is known from the ledger: rank 0 asks before it reads, and again before it solves.
 */
#ifndef STRATA_RECALL_H
#define STRATA_RECALL_H

#include "activations.h"
#include "known.h"
#include "queue.h"
#include "reduce.h"

struct recall {
    struct known *known;       /* borrowed, and added to */
    const struct plan *plan;   /* borrowed */
    struct plan_inputs inputs; /* borrowed */
    struct digest fingerprint;
    uint64_t *sources[PAIRING_INPUTS]; /* [T'] the state of each checkpoint's file now; owned */
};

/* To be called before any activations are read. EXIT_INPUT where the ledger was made from input of
 * which nothing is in this run. */
int recall_begin(struct recall *recall, struct known *known, const struct plan *plan,
                 const struct plan_inputs *inputs, struct digest fingerprint, struct fault *fault);
void recall_reset(struct recall *recall);

/* Whether all of a frame is known, by files that are as they were: then it need not be read, and
 * its records are added. EXIT_SYSTEM in *fault if memory is short. */
bool recall_frame(const struct recall *recall, int frame, struct records *records,
                  struct fault *fault);

/* Compares contents[spaces] of a frame, as read, with what is known, and puts what is new into the
 * ledger. EXIT_INPUT where the input has changed since: it names the place. */
int recall_contents(const struct recall *recall, int frame, const struct digest *contents,
                    struct ledger *ledger, struct fault *fault);

/* Takes the known pairs of a frame out of the queue, and adds their records. */
int recall_pairs(const struct recall *recall, int frame, const struct digest *contents,
                 struct queue *queue, struct records *records, struct fault *fault);

/* Adds what was solved, so that a next round of the same process knows it. */
int recall_learn(const struct recall *recall, const struct records *records, struct fault *fault);

#endif
