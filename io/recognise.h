/* Which of Strata's formats a file has. */
#ifndef STRATA_RECOGNISE_H
#define STRATA_RECOGNISE_H

#include <stdbool.h>

/* Whether the root attribute strata_format of an HDF5 file is this: "activations", "results",
 * "sweep". False for all else, also for what cannot be opened. Not collective. */
bool has_format(const char *path, const char *format);

/* The file that a path means: a folder stands for its results.h5 or sweep.h5. The caller's to free;
 * NULL if memory is short. */
char *recognise_file(const char *path);

#endif
