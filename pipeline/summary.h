/* What a run found, in words and as a table. */
#ifndef STRATA_SUMMARY_H
#define STRATA_SUMMARY_H

#include "results.h"

#include <stdio.h>

/* The adjusted Rand index from which two groupings count as the same. */
extern const double summary_same_groups;

/* The checkpoint since which groups hold: from it on, all agree with the last. */
int summary_since(const struct results *results);

/* The pairs that were compared: all, or those that have no value. */
long long summary_pairs(const struct results *results, bool failed);

/* A page of plain text: the groups of the last checkpoint, since when they hold, how sure they are,
 * the pairs without a value, and at most 20 checkpoints as a table. Names are escaped: nothing in
 * them reaches a terminal as a command. */
void summary_print(const struct results *results, FILE *out);

/* One row for each checkpoint (or for each cell, where layers are not compared with each other),
 * after a header (csv.h). Not collective. EXIT_SYSTEM with path and cause. */
int summary_csv(const struct results *results, const char *path, struct fault *fault);

#endif
