/* Private to figures: the names of layers along an axis. */
#ifndef STRATA_FIGURE_NAMES_H
#define STRATA_FIGURE_NAMES_H

#include "figure.h"

/* Names so short that they fit, and never two the same: where some are too long, all lose what they
 * begin and end with in common; where they are still too long, their middles; and where that makes
 * two the same, each has its number in front. */
struct figure_names {
    const char *axis; /* "x" or "y" */
    int count;
    char **labels;    /* [count], owned: the names as quoted gnuplot strings */
    int step;         /* every step-th is shown, so that they do not touch */
    double font;      /* points */
    double width;     /* of the widest that is shown, px */
    char common[400]; /* what was left out, with * for what is shown; "": nothing */
};

/* Of the layers ("y") or of what they are compared with ("x"), at `spacing` px from one to the
 * next, in at most `columns` characters. Where memory is short there are no names. */
struct figure_names figure_names_new(const struct results *results, const char *axis,
                                     double spacing, double font, int columns);

void figure_names_reset(struct figure_names *names);

/* `set <axis>tics` with the names at 0, 1, …; options as gnuplot has them. */
void figure_names_ticks(FILE *script, const struct figure_names *names, const char *options);

/* Appends to notes what was left out of the names of the layers, and of the columns where these are
 * other layers. */
void figure_names_explain(const struct figure_names *rows, const struct figure_names *columns,
                          char *notes, size_t size);

#endif
