/* Patterns of layer names, with the rules that the exporter has: names are parts between dots; `*`,
 * `?` and `[...]` match within a part, and the part `**` matches any number of parts. */
#ifndef STRATA_LAYER_PATTERN_H
#define STRATA_LAYER_PATTERN_H

#include <stdbool.h>

bool layer_matches(const char *name, const char *pattern);

#endif
