/* What a person reads: the printed summary, summary.csv, the pictures. */
#ifndef STRATA_REPORT_H
#define STRATA_REPORT_H

#include "results.h"

/* Prints the summary to stdout, writes summary.csv and the pictures (FIGURE_* bits) into directory,
 * and names them and the results file. Not collective. */
int report(const struct results *results, const char *results_path, const char *directory,
           uint32_t figures, struct fault *fault);

/* strata report: the same from a results file, into a folder that is made (NULL: where the file
 * is), with pictures as the run was configured; png and svg where its configuration cannot be read,
 * being of another version. */
int report_file(const char *results_path, const char *directory, struct fault *fault);

#endif
