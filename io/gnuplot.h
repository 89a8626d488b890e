/* Private to figures: gnuplot as a child process. */
#ifndef STRATA_GNUPLOT_H
#define STRATA_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

enum gnuplot_outcome { GNUPLOT_DONE, GNUPLOT_FAILED, GNUPLOT_MISSING };

/* Runs a script and waits for its end. What gnuplot said on stderr (or why it could not be started)
 * is in message, cut to size. The script goes through a file in memory, not a pipe: gnuplot may die
 * half-way without a signal to us, and may talk without either side waiting for the other. */
enum gnuplot_outcome gnuplot_run(const char *script, char *message, size_t size);

/* Which terminals there are. GNUPLOT_MISSING: no gnuplot on PATH. */
struct gnuplot_terminals {
    bool pngcairo, png, svg, pdfcairo;
};
enum gnuplot_outcome gnuplot_terminals(struct gnuplot_terminals *terminals);

#endif
