/* Which of Strata's formats a file has. */
#ifndef STRATA_RECOGNISE_H
#define STRATA_RECOGNISE_H

#include <stdbool.h>

/* Whether the root attribute strata_format of an HDF5 file is "results". False for all else, also
 * for what cannot be opened. Not collective. */
bool is_results_file(const char *path);

#endif
