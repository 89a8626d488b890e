/* Metadata of activations that are nowhere: for tests that plan without reading. */
#ifndef TESTS_INPUTS_H
#define TESTS_INPUTS_H

#include "activations.h"
#include "plan.h"
#include "settings.h"
#include "strata.h"

#include <stdio.h>

enum { INPUT_LAYERS = 8, INPUT_CHECKPOINTS = 6 };

struct input {
    struct activations activations;
    char names[INPUT_LAYERS][16];
    char *layers[INPUT_LAYERS];
    struct activations_checkpoint checkpoints[INPUT_CHECKPOINTS];
    int64_t widths[INPUT_CHECKPOINTS * INPUT_LAYERS];
};

/* L layers at T checkpoints of N rows; layer l has 10 + l values an input, at checkpoint t one more
 * for each t. */
static inline struct activations *input_init(struct input *input, int L, int T, int64_t N)
{
    *input = (struct input){.activations = {.layer_count = L,
                                            .checkpoint_count = T,
                                            .row_count = N,
                                            .layers = input->layers,
                                            .checkpoints = input->checkpoints,
                                            .widths = input->widths}};
    for (int l = 0; l < L; l++) {
        snprintf(input->names[l], sizeof input->names[l], "layer%d", l);
        input->layers[l] = input->names[l];
        for (int t = 0; t < T; t++)
            input->widths[t * L + l] = 10 + l + t;
    }
    return &input->activations;
}

static inline struct settings settings_of(int64_t count, int64_t replicates)
{
    return (struct settings){.input.activations = (char *)"made-up.h5",
                             .input.against = (char *)"",
                             .sampling = {count, 0, replicates, (char *)""},
                             .solver.effort = STRATA_FAST};
}

/* A plan without samples: L layers with each other at T checkpoints, in R replicates. */
static inline struct plan plan_within(int L, int T, int R)
{
    static int64_t widths[INPUT_CHECKPOINTS * INPUT_LAYERS]; /* for plan_place, where L, T allow */
    struct plan plan = {.layers = L, .checkpoints = T, .replicates = R, .frames = R * T};
    plan.widths[0] = widths;
    plan.pairing =
        pairing_make(PAIRING_WITHIN, (const int[]){L, 0}, T, (const bool[]){false, false});
    plan.pairs_per_frame = pairing_count(&plan.pairing, 0);
    plan.pairs = plan.pairs_per_frame * plan.frames;
    return plan;
}

#endif
