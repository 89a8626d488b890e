/* Private to figures: what the pictures of a sweep share. */
#ifndef STRATA_FIGURE_SWEEP_H
#define STRATA_FIGURE_SWEEP_H

#include "figure.h"

/* How many members are shown, and which: evenly chosen, first and last always there. */
int figure_sweep_panels(const struct config_sweep *sweep);
int64_t figure_sweep_panel_member(const struct config_sweep *sweep, int panel);

/* The key that stands for an axis: its first one of numbers, or else its first. */
int figure_sweep_axis_key(const struct config_sweep *sweep, int axis);

/* The last word of a key. */
const char *figure_sweep_word(const struct config_sweep_key *swept);

/* What tells a member, by all axes but one (-1: by all): "cosine  ·  seed 3". */
void figure_sweep_label(const struct config_sweep *sweep, int64_t member, int but, char *text,
                        size_t size);

/* "Sweep over distance and seed" on top, and a second line. */
void figure_sweep_titles(const struct figure *figure, double left, double width,
                         const char *second);

#endif
