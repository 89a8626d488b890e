/* The output folder of a run. */
#ifndef STRATA_OUTPUT_H
#define STRATA_OUTPUT_H

#include "fault.h"

/* Makes the folder with its parents, and checks that files can be written there. Not collective.
 * EXIT_INPUT with what is wrong. */
int output_prepare(const char *directory, struct fault *fault);

/* Removes what runs that died have left half-written. To be called under the lock. */
void output_sweep(const char *directory);

/* directory/name, owned by the caller; NULL if memory is short. */
char *output_path(const char *directory, const char *name);

#endif
