/* The output folder of a run. */
#ifndef STRATA_OUTPUT_H
#define STRATA_OUTPUT_H

#include "fault.h"

#include <stdbool.h>

/* Makes the folder with its parents, checks that files can be written there, and that it does not
 * hold the results of a different run: one whose configuration (apart from output, memory) or input
 * is another; fresh allows that. Not collective. EXIT_INPUT with what differs. */
int output_prepare(const char *directory, const char *configuration, const char *input, bool fresh,
                   struct fault *fault);

/* directory/name, owned by the caller; NULL if memory is short. */
char *output_path(const char *directory, const char *name);

#endif
