/* Private to figures: pictures as files. */
#ifndef STRATA_DRAWING_H
#define STRATA_DRAWING_H

#include "figure.h"

/* What all pictures of one call share. */
struct drawing {
    const char *directory; /* the one with figures/ in it */
    uint32_t formats;      /* FIGURE_* bits */
    bool cairo;            /* PNG by pngcairo, not by the plainer png */
    int written;           /* files */
    struct fault *fault;
};

/* Leaves out the formats that this gnuplot cannot write, with a warning; false if there is nothing
 * to do. */
bool drawing_choose_formats(struct drawing *drawing);

/* Makes <directory>/figures. EXIT_SYSTEM with the cause. */
int drawing_make_folder(const struct drawing *drawing);

/* Draws one picture, figures/<name>.<ext>: of holds what it is of, which goes to describe. Each
 * file is complete or absent. EXIT_SYSTEM where one cannot be written, or gnuplot fails. */
int drawing_draw(struct drawing *drawing, const char *name, const struct figure *of,
                 void (*describe)(struct figure *, int), int which);

#endif
