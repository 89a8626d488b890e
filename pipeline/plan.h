/* What a run will do: frames, pairs, samples, memory. Made on rank 0 from the settings and the
 * input's metadata, identical on all ranks. */
#ifndef STRATA_PLAN_H
#define STRATA_PLAN_H

#include "activations.h"
#include "fault.h"
#include "pair.h"
#include "settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where gangs solve the pairs (gang_plan.h). */
struct plan_gang {
    bool applies;      /* and the rest is set */
    bool is_fixed;     /* solver.gang_size is: all gangs are of this size */
    int size;          /* ranks that a gang has at least */
    size_t rank_bytes; /* of a rank of such a gang */
};

struct plan {
    int layers, checkpoints, replicates; /* L, T, R */
    int points;                          /* n, samples per frame */
    int frames;                          /* R * T; frame = replicate * T + checkpoint */
    int64_t pairs_per_frame;             /* L (L - 1) / 2 */
    int64_t *samples;                    /* [R, n] increasing row numbers */
    int64_t *widths;                     /* [T, L] */
    size_t frame_bytes; /* the largest frame: activations and mm-spaces, per node; 0 with gangs */
    size_t node_bytes;  /* what a node may hold */
    int window;         /* frames that a node holds at a time, >= 1; with gangs: that are queued */
    struct plan_gang gang;
};

/* Not collective. node_bytes: memory of a node that may be used. EXIT_INPUT where the input has
 * fewer than two layers, fewer rows than are to be drawn, or a frame does not fit into a node. */
int plan_make(const struct settings *settings, const struct activations *input, size_t node_bytes,
              struct plan *plan, struct fault *fault);
void plan_reset(struct plan *plan);

/* Memory of this node for frames: as configured, or half of what there is, as far as it can be
 * shared between several ranks. */
size_t plan_memory(const struct settings *settings, int ranks);

/* The pair of a number in [0, pairs_per_frame): (0,1), (0,2), …, (1,2), … */
struct pair plan_pair(const struct plan *plan, int frame, int64_t number);

#endif
