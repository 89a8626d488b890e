/* A run whose pairs are solved over gangs of ranks: who solves what, and from which numbers.
 *
 *     ranks    0 1 2 | 3 4 5 | 6 7 8       a formation: three gangs, each solves a pair at a time
 *     leaders  0       3       6           these divide the pairs among them (dispatch.h)
 *
 * A leader gives each pair that it gets to its gang; all its ranks read their rows of the two
 * layers and solve it together. When the pairs that a formation was made for are done, the ranks
 * form anew for those that are left (gang_plan.h). Nothing of a frame is kept but the digests of
 * its layers, and, on each gang, the two spaces of its last pair.
 *
 * A signal to any rank stops all: a rank that does not lead tells its leader. */
#ifndef STRATA_GANGS_H
#define STRATA_GANGS_H

#include "activations.h"
#include "dispatch.h"
#include "fingerprint.h"
#include "gang_plan.h"

struct gangs;

struct gangs_task {
    /* On the leader: takes what came out of a pair. */
    void (*keep)(void *context, const struct pair_record *record);
    /* On every rank, several times a second. Returns whether all are to stop. */
    bool (*tick)(void *context);
    void *context; /* borrowed */
};

/* Collective over comm; all are borrowed. EXIT_SYSTEM if memory is short. */
int gangs_new(MPI_Comm comm, const struct plan *plan, const struct settings *settings,
              const struct plan_inputs *inputs, const struct gangs_task *task, struct gangs **gangs,
              struct fault *fault);
void gangs_destroy(struct gangs **gangs); /* collective */

/* Collective: reads frames [first, first + count), count <= plan->window, once, each layer on one
 * rank and a part at a time, for their digests. EXIT_INPUT for NaN or infinity, named. */
int gangs_load(struct gangs *gangs, int first, int count, struct fault *fault);

/* Local: as store_contents. */
const struct digest *gangs_contents(const struct gangs *gangs, int frame);

/* Collective: forms gangs for what is left of the queue (significant on rank 0 only). Returns, the
 * same on all ranks, whether there are any; not where nothing is left, nor with a fault. */
bool gangs_form(struct gangs *gangs, struct queue *queue, struct fault *fault);

/* Local, while formed, on rank 0: the dispatch among the leaders. */
struct dispatch *gangs_dispatch(const struct gangs *gangs);

/* Collective: solves the pairs that the formation is for. Returns as dispatch_run. The formation
 * lasts until the next one or the end. */
bool gangs_run(struct gangs *gangs, struct queue *queue);

#endif
