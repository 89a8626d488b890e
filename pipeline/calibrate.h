/* What the parts of a run cost on this machine, measured on some of its own pairs.
 *
 * Pairs are taken evenly from all frames and layers: what a solve costs depends on the layers and
 * much on how far training has come. Where a solve of all inputs takes long, many pairs are solved
 * on few inputs, to see how they differ, and some of these on more inputs, to see how cost grows.
 *
 * Solves and distance matrices are timed by what the process computed, so that other work on the
 * machine does not count; reading by the clock on the wall. */
#ifndef STRATA_CALIBRATE_H
#define STRATA_CALIBRATE_H

#include "activations.h"
#include "plan.h"
#include "settings.h"

struct calibration {
    int pairs;        /* that were solved to see how they differ, */
    int points;       /* on so many inputs each */
    int scale_pairs;  /* that were solved again to see how cost grows; 0: not needed */
    int scale_points; /* on so many inputs; fewer than those of the run: the rest is extrapolated */
    double took;      /* seconds on the wall */
    double read;      /* seconds to read a value of the activations, */
    double read_bytes; /* and bytes that are read for it */
    double build;      /* seconds to build an mm-space */
    double scale;      /* seconds of a pair of the run for each second of a sample */
    struct calibration_sample {
        int64_t position; /* frame * pairs_per_frame + number */
        double seconds;
    } * samples;             /* [pairs] by position; owned */
    const struct plan *plan; /* borrowed */
};

/* Collective over the communicator of the inputs, which is to have one rank. Takes about so many
 * seconds (a few solves at least). EXIT_INPUT where the input cannot be read; EXIT_SYSTEM if memory
 * is short. */
int calibrate(const struct settings *settings, const struct plan_inputs *inputs,
              const struct plan *plan, double seconds, struct calibration *calibration,
              struct fault *fault);
void calibration_reset(struct calibration *calibration);

/* Seconds that a pair takes: those of the nearest sample. */
double calibration_pair(const struct calibration *calibration, struct pair pair);

#endif
