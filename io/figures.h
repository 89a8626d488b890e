/* Pictures of a run, drawn by gnuplot from struct results. */
#ifndef STRATA_FIGURES_H
#define STRATA_FIGURES_H

#include "fault.h"
#include "results.h"

#include <stdint.h>

enum { FIGURE_PNG = 1, FIGURE_SVG = 2, FIGURE_PDF = 4 }; /* bits, in the order of the setting */
extern const char *const figure_formats[];               /* {"png", "svg", "pdf", NULL} */

/* Writes into <directory>/figures/, which is made if missing:
 *   gw-<step>.<ext>  heat map of the GW distances of each checkpoint, layers by name, groups
 * outlined overview.<ext>   small multiples of the checkpoints: all up to 24, else evenly chosen
 *   series.<ext>     over training: distances within and between groups, accuracy or loss,
 * contrast, number and place of the boundaries
 *   across.<ext>     in place of these where layers are compared with themselves: how far each is
 * at each checkpoint from the last one, and from the one before
 * Against another network there is no series. All heat maps share one colour scale. Each file is
 * complete or absent. Not collective (rank 0).
 *
 * Without gnuplot on PATH, or with fewer than two layers, prints one warning to stderr, writes
 * nothing and returns 0; a format that this gnuplot cannot write is left out with a warning.
 * EXIT_SYSTEM where a file cannot be written or gnuplot fails, with what it said; the pictures
 * before that one stay. *written counts the files. */
int figures_draw(const struct results *results, const char *directory, uint32_t formats,
                 int *written, struct fault *fault);

/* Removes from <directory>/figures/ what figures_draw would have named for other results or in
 * other formats, and nothing else. Not collective (rank 0). */
void figures_prune(const struct results *results, const char *directory, uint32_t formats);

#endif
