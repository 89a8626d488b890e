/* What a run will do: frames, pairs, samples, memory. Made on rank 0 from the settings and the
 * input's metadata, identical on all ranks. */
#ifndef STRATA_PLAN_H
#define STRATA_PLAN_H

#include "activations.h"
#include "fault.h"
#include "pair.h"
#include "pairing.h"
#include "plan_inputs.h"
#include "settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where gangs solve the pairs (gang_plan.h). */
struct plan_gang {
    bool applies;      /* and the rest is set */
    bool is_fixed;     /* solver.gang_size is: all gangs are of this size */
    int size;          /* ranks that a gang has at least */
    int least;         /* ranks that a pair fits on, of as many a node */
    size_t rank_bytes; /* of a rank of such a gang */
};

/* The rows that the replicates use of an input. */
struct plan_draw {
    int points;       /* n */
    int64_t *rows;    /* [R, n] increasing; NULL: none are drawn */
    double *weights;  /* [R, n] of these rows, with sums of one; NULL: uniform */
    double effective; /* how many inputs they weigh as, 1 / sum w²; the least of the replicates */
};

struct plan {
    struct pairing pairing;                    /* what is compared in a frame */
    int layers, checkpoints, replicates;       /* L, T, R */
    int frames;                                /* R * T; frame = replicate * T + checkpoint */
    int64_t pairs;                             /* of all frames */
    int64_t pairs_per_frame;                   /* of the frame that has most */
    struct plan_draw draws[PAIRING_INPUTS][2]; /* drawn; apart from these: for the noise floor */
    int64_t *widths[PAIRING_INPUTS];           /* [T', L'] */
    int input_layers[PAIRING_INPUTS], input_checkpoints[PAIRING_INPUTS]; /* L', T' */
    double shared;       /* of the rows of a draw, how many another has, too, on average: n/N */
    bool same_inputs;    /* row k of both inputs is the same input */
    int method;          /* what pairs may need but for permutations; STRATA_METHOD_AUTO: nothing */
    size_t frame_bytes;  /* the largest frame: activations and mm-spaces, per node; 0: gangs */
    size_t solver_bytes; /* workspaces of a rank */
    size_t node_bytes;   /* what a node may hold of frames */
    int window;          /* frames that a node holds at a time, >= 1; with gangs: that are queued */
    struct plan_gang gang;
};

/* Not collective. node_bytes: memory of a node that may be used. EXIT_INPUT where the input has
 * nothing to compare, fewer rows than are to be drawn, no more than these for replicates, no weight
 * on these, where the checkpoints of two inputs do not match, the method cannot solve the pairs, or
 * a frame does not fit into a node.
 */
int plan_make(const struct settings *settings, const struct plan_inputs *inputs, size_t node_bytes,
              struct plan *plan, struct fault *fault);
void plan_reset(struct plan *plan);

/* Memory of this node for frames: as configured, or half of what there is, as far as it can be
 * shared between several ranks. */
size_t plan_memory(const struct settings *settings, int ranks);

/* The most points of any space, and the most values an input. */
int plan_points(const struct plan *plan);
int64_t plan_widest(const struct plan *plan);

/* How many pairs a frame has, and the pair of a number below that. */
int64_t plan_pairs(const struct plan *plan, int frame);
struct pair plan_pair(const struct plan *plan, int frame, int64_t number);

/* What an mm-space of a frame is made of. */
struct place {
    int input, checkpoint, layer; /* checkpoint -1: the frame has no such space */
    int64_t width;                /* d */
    int points;                   /* n */
    const int64_t *rows;          /* [n] */
    const double *weights;        /* [n]; NULL: uniform */
};
struct place plan_place(const struct plan *plan, int frame, int space);

/* Whether point k of both spaces is the same input, so that the identity is a matching. */
bool plan_has_identity(const struct plan *plan, struct pair pair);

#endif
