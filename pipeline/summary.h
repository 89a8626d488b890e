/* What a run found, in words and as a table. */
#ifndef STRATA_SUMMARY_H
#define STRATA_SUMMARY_H

#include "results.h"

#include <stdio.h>

/* The adjusted Rand index from which two groupings count as the same. */
extern const double summary_same_groups;

/* A page of plain text: the groups of the last checkpoint, since when they hold, how sure they are,
 * the pairs without a value, and at most 20 checkpoints as a table. Names are escaped: nothing in
 * them reaches a terminal as a command. Groups hold since the first checkpoint from which on all
 * agree with the last one by summary_same_groups. */
void summary_print(const struct results *results, FILE *out);

/* One row for each checkpoint, after a header; fields quoted as in RFC 4180, numbers that read back
 * to the same value, empty where there is none. Written beside path and renamed into place. Not
 * collective. EXIT_SYSTEM with path and cause. */
int summary_csv(const struct results *results, const char *path, struct fault *fault);

#endif
