/* Pictures of a run, drawn by gnuplot from struct results. */
#ifndef STRATA_FIGURES_H
#define STRATA_FIGURES_H

#include "fault.h"
#include "results.h"

#include <stdint.h>

enum { FIGURE_PNG = 1, FIGURE_SVG = 2, FIGURE_PDF = 4 }; /* bits, in the order of the setting */
extern const char *const figure_formats[];               /* {"png", "svg", "pdf", NULL} */

/* Writes into <directory>/figures/: gw-<step>.<ext> (heat map of √loss-based distance per checkpoint,
 * group outlines, one colour scale for all), overview.<ext> (small multiples of all checkpoints),
 * series.<ext> (time series; accuracy or loss on a second axis). Without gnuplot on PATH: prints one
 * warning to stderr and returns 0. *written counts the files. */
int figures_draw(const struct results *results, const char *directory, uint32_t formats,
                 int *written, struct fault *fault);

#endif
