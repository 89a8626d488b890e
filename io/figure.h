/* Private to figures: what the drawing of one picture needs.
 *
 * A picture is a gnuplot script for a canvas of width x height pixels (of 96 to the inch);
 * drawing.c puts terminal and output before it, once per format. Lengths are in pixels; gnuplot
 * wants fractions of the canvas with y upwards, and that conversion is made in figure_place alone.
 */
#ifndef STRATA_FIGURE_H
#define STRATA_FIGURE_H

#include "results.h"
#include "sweep_table.h"

#include <stdio.h>

#define FIGURE_COLUMN 7.4 /* width of a mean character at the base font, px */

enum {
    FIGURE_LINE = 15,         /* height of a line of text at the base font, px */
    FIGURE_NAME_COLUMNS = 28, /* longer layer names are shortened */
    FIGURE_HEAD = 66,         /* a picture begins here below a title of one line, px */
    FIGURE_NOTE_LINE = 16     /* height of a line of the notes, px */
};

struct figure {
    const struct results *results;   /* borrowed; NULL in pictures of a sweep, which have: */
    const struct sweep_table *sweep; /* borrowed */
    double top;                      /* end of the colour scale of distances */
    FILE *script;                    /* where the picture is described */
    int width, height;               /* set by the picture */
    int64_t cells;                   /* of all heat maps in it; set by the picture */
};

/* The pictures. Each sets the size and writes its script. */
void figure_matrix(struct figure *figure, int checkpoint);
void figure_overview(struct figure *figure, int unused);
void figure_series(struct figure *figure, int unused);
void figure_across(struct figure *figure, int unused);
void figure_sweep_matrices(struct figure *figure, int unused);
void figure_sweep_curves(struct figure *figure, int axis);

/* Of panels side by side: as many columns as leave the fewest places empty, between a square and
 * twice as wide as high. */
int figure_columns(int panels);

/* A rectangle on the canvas, px from the left and from the top. */
struct figure_box {
    double left, top, width, height;
};

/* Sets gnuplot's margins to the box: axes stand exactly on its sides. */
void figure_place(const struct figure *figure, const struct figure_box *box);

/* Puts the colour bar onto the box. */
void figure_place_colours(const struct figure *figure, const struct figure_box *box);

/* Text at a point, px; options as gnuplot's `set label` has them. */
void figure_label(const struct figure *figure, double left, double top, const char *text,
                  int columns, const char *options);

/* Model and data set at the top of the picture, and a second line below it. Returns how much more
 * than FIGURE_HEAD they take, px; script NULL: only that. */
double figure_titles(const struct figure *figure, double left, double width, const char *second);

/* Text as a small grey paragraph; returns its height, px. script NULL: only that. */
double figure_notes(const struct figure *figure, double left, double top, double width,
                    const char *text);

/* What the marks in the matrices of these checkpoints mean, for the notes. */
void figure_explain(const struct results *results, int first, int last, char *text, size_t size);

/* The colour scale of distances, its ticks and label. */
void figure_distance_scale(const struct figure *figure);

/* Data blocks of a checkpoint t: $m<t> the matrix of distances, $f<t> the cells without a value,
 * $n<t> the cells within the noise, $g<t> the outlines of the groups. */
void figure_matrix_data(const struct figure *figure, int checkpoint);

/* The plot command for these: heat map, hatched cells without a value, dots within the noise,
 * outlines with white halo. */
void figure_matrix_plot(const struct figure *figure, int checkpoint, double line_width);

/* The side of a heat map's cell so that the map is between least and most px wide: of whole
 * pixels where that can be, so that no seams show between cells. */
double figure_cell(const struct results *results, double least, double most);

/* "3 groups"; where no pair has a value: "no value". */
void figure_groups(const struct results *results, int checkpoint, char *text, size_t size);

/* The plot commands for cells of a heat map: hatched for those that have no value, a dot on those
 * within the noise; block: a data block of their centres. Each ends with a comma. */
void figure_plot_hatched(FILE *script, const char *block);
void figure_plot_dots(FILE *script, const char *block, double size);

/* The least of 1, 2, 5 times a power of ten that is not below `least` (> 0): for ticks. */
double figure_nice_step(double least);

/* The width of the line-th curve of a panel: the first is the widest, so that none hides another
 * that it coincides with. */
double figure_line_width(int line, int lines);

/* The scalar of that row of results->scalars at a checkpoint. */
double figure_scalar(const struct results *results, int checkpoint, int scalar);

/* Indices of up to `limit` scalars whose name contains part, whatever the case; returns how many.
 */
int figure_scalars_like(const struct results *results, const char *part, int *found, int limit);

/* Accuracies come as fractions or in percent: 1 or 0.01, the factor that makes fractions of them.
 */
double figure_fraction(const struct results *results, const int *scalars, int count);

#endif
