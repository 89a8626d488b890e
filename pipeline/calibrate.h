/* What the parts of a run cost on this machine, measured on some of its own pairs.
 *
 * What a solve costs depends on the layers and much on how far training has come, so pairs are
 * taken evenly from all frames and layers. Many are solved on few inputs, to see how they differ;
 * some of these again on more and more inputs, up to all if there is time: the ratio of the two is
 * what the cost of a pair on few inputs is multiplied by. Where there is no time for all inputs,
 * that ratio is extrapolated: the work of a solve is a n² + b n³, which the last two numbers of
 * inputs determine. */
#ifndef STRATA_CALIBRATE_H
#define STRATA_CALIBRATE_H

#include "plan.h"
#include "plan_inputs.h"
#include "settings.h"

struct calibration {
    int threads;       /* solves at once */
    int pairs;         /* that were solved to see how they differ, */
    int points;        /* on so many inputs each */
    int scale_pairs;   /* that were solved again on more; 0: not needed */
    int scale_points;  /* the most inputs; fewer than those of the run: the rest is extrapolated */
    double took;       /* seconds on the wall */
    double read;       /* seconds to read a value of the activations, */
    double read_bytes; /* and bytes that are read for it */
    double build;      /* seconds to build an mm-space; 0 with gangs, whose pairs have it in them */
    double alone;      /* with gangs: the part of a pair that each rank does, the others share */
    double scale;      /* seconds of a pair of the run for each second of a sample */
    double error;      /* standard error of the time of all pairs, relative: how far the pairs that
                          were taken may be from all of them */
    struct calibration_sample {
        int64_t position; /* frame * pairs_per_frame + number */
        double seconds;
    } * samples;             /* [pairs] by position; owned */
    const struct plan *plan; /* borrowed */
};

/* Collective over the communicator of the inputs, which is to have one rank. Solves `together`
 * pairs at once. Ends when the times are known well enough, at the latest after about so many
 * seconds (but a few solves there must be). EXIT_INPUT where the input cannot be read; EXIT_SYSTEM
 * if memory is short, or no pair could be solved. */
int calibrate(const struct settings *settings, const struct plan_inputs *inputs,
              const struct plan *plan, int together, double seconds,
              struct calibration *calibration, struct fault *fault);
void calibration_reset(struct calibration *calibration);

/* Seconds that a pair takes: those of the nearest sample. Of a gang: of one rank. */
double calibration_pair(const struct calibration *calibration, struct pair pair);

#endif
