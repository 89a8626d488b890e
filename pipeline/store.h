/* The mm-spaces of a window of frames, once per node.
 *
 * The ranks of a node share one block of memory. The sampled activations of the window's frames are
 * read into it collectively, each rank its share of the rows; an mm-space is built by the first
 * rank that needs it and used by all of the node.
 *
 *     block = [states of all spaces][frame 0][frame 1]…
 *     frame = [mm-space 0, 1, …][activations of space 0, 1, …, double [n, d]] */
#ifndef STRATA_STORE_H
#define STRATA_STORE_H

#include "activations.h"
#include "fingerprint.h"
#include "plan.h"
#include "settings.h"
#include "strata.h"

struct store;

/* Collective over comm; plan, inputs and settings are borrowed. EXIT_SYSTEM if the node's shared
 * memory is short. */
int store_new(MPI_Comm comm, const struct plan *plan, const struct settings *settings,
              const struct plan_inputs *inputs, struct store **store, struct fault *fault);
void store_destroy(struct store **store); /* collective */

int store_node(const struct store *store); /* number of this rank's node, from 0 */

/* Collective: reads the activations of frames [first, first + count), count <= plan->window, in
 * place of those that were there, and takes their digests. EXIT_INPUT for NaN or infinity, named.
 */
int store_load(struct store *store, int first, int count, struct fault *fault);

/* Local: the digests [spaces] of the activations of a loaded frame; the same on all ranks.
 * Borrowed. */
const struct digest *store_contents(const struct store *store, int frame);

/* Local: an mm-space of a loaded frame, built if need be; waits while another rank
 * builds it, calling wait meanwhile, and no longer once that returns non-zero. Returns a status of
 * the solver: STRATA_STOPPED without a space where it did not wait. The space is borrowed. */
int store_space(struct store *store, int frame, int number, strata_tick *wait, void *context,
                const struct strata_space **space);

#endif
