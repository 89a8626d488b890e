/* Private to figures: foreign text inside a gnuplot script. */
#ifndef STRATA_FIGURE_TEXT_H
#define STRATA_FIGURE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Writes text as one quoted gnuplot string that is drawn literally, whatever it holds. Control
 * characters show as \n or \x1b, bytes that are not UTF-8 as the replacement character; what is
 * wider than `columns` loses its middle to "…". In a tick label (`tick`) gnuplot would take % for a
 * format, so it is doubled there. */
void figure_text(FILE *script, const char *text, int columns, bool tick);

/* How many columns text takes when written by figure_text; East Asian characters take two. */
int figure_text_columns(const char *text, int columns);

/* Takes the next line off *text into line, broken at a space so that it takes at most `columns`
 * columns (a longer word has a line of its own). False: none is left. */
bool figure_text_line(const char **text, int columns, char *line, size_t size);

#endif
