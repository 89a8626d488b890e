/* Private to the summary: its parts that have files of their own. */
#ifndef STRATA_SUMMARY_PARTS_H
#define STRATA_SUMMARY_PARTS_H

#include "results.h"

#include <stdio.h>

/* Which layers cannot be told apart at the last checkpoint; nothing where there are no replicates.
 */
void summary_noise(const struct results *results, FILE *out);

/* Tables show at most so many checkpoints: which one is in a row. First and last are there. */
enum { summary_table_rows = 20 };
int summary_table_checkpoint(const struct results *results, int row);

/* Against another network: which one, and its nearest layer to each; nothing in other comparisons.
 */
void summary_nearest(const struct results *results, FILE *out);

/* How many pairs have no value; of which layers and steps these are, why, and what to do. Before
 * that, how many have one that is no good. */
void summary_failed(const struct results *results, FILE *out);

/* The table of the checkpoints against another network, or of the layers against themselves. */
void summary_columns(const struct results *results, FILE *out);

/* The same as a table: a row for each cell. */
void summary_cells_csv(const void *results, FILE *out);

#endif
