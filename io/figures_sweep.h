/* Pictures of a sweep, drawn by gnuplot from its table. */
#ifndef STRATA_FIGURES_SWEEP_H
#define STRATA_FIGURES_SWEEP_H

#include "sweep_table.h"

/* Whether the picture of matrices shows a member, and so wants its `last`: all up to 48, else
 * evenly chosen. */
bool figures_sweep_shows(const struct config_sweep *sweep, int64_t member);

/* Writes into <directory>/figures/:
 *   matrices.<ext>       the members' last matrices side by side on one colour scale
 *   curves-<key>.<ext>   for each axis of the sweep: groups, contrast, step of emergence and mean
 *                        distance over its values
 * A member without results is an empty panel that says why, and a cross below the curves. As
 * figures_draw (figures.h) in all else. */
int figures_sweep_draw(const struct sweep_table *table, const char *directory, uint32_t formats,
                       int *written, struct fault *fault);

#endif
