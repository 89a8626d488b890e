/* Private to figures: the axis of training steps. */
#ifndef STRATA_FIGURE_TIME_H
#define STRATA_FIGURE_TIME_H

#include "results.h"

#include <stdio.h>

/* Where steps stand on the axis, which goes from the first to the last. Steps that are dense at
 * first and span decades are placed by log(1 + step/unit), with the first positive step as the
 * unit: step 0 has its place, and the rest is a logarithmic axis. */
struct figure_time {
    double unit; /* 0: linear */
    double low,
        high; /* the ends of the axis: the first and the last step, or around a single one */
};

struct figure_time figure_time_of(const struct results *results);

double figure_time_position(const struct figure_time *time, double step);

/* The stretch of the axis that belongs to a checkpoint: half-way to its neighbours, within
 * the axis. */
void figure_time_span(const struct results *results, const struct figure_time *time, int checkpoint,
                      double *from, double *to);

/* `set xrange` and `set xtics`; with the labels and the title where `labels`. width: of the axis,
 * px. */
void figure_time_axis(FILE *script, const struct results *results, const struct figure_time *time,
                      bool labels, double width);

#endif
