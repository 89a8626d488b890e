/* A pair of mm-spaces: the unit of work, and the record of what came out. */
#ifndef STRATA_PAIR_H
#define STRATA_PAIR_H

#include "results.h"

#include <stdbool.h>
#include <stdint.h>

/* Two spaces of one frame: a frame is one replicate's samples at one checkpoint (pairing.h). */
struct pair {
    int32_t frame; /* replicate * T + checkpoint */
    int32_t i, j;  /* spaces */
};

/* Plain data without padding: sent between ranks and compared byte by byte. */
struct pair_record {
    struct pair pair;
    int32_t status; /* pair_status */
    int32_t start;  /* index into pair_start_names */
    int32_t method; /* index into pair_method_names */
    int32_t iterations;
    int32_t swaps;
    int32_t swaps_left; /* -1: not known, or there are none to take */
    int32_t unused;     /* zero */
    double loss, identity_loss, lower_bound, gap, seconds;
};

/* Codes as they stand in the results, with their names, NULL-terminated. */
extern const char *const pair_status_names[]; /* "ok" is 0; then as in STRATA_STATUSES; none */
extern const char *const pair_start_names[];  /* "none" is 0; then strata_start_names */
extern const char *const pair_method_names[]; /* "none" is 0; then as in STRATA_METHODS */
enum { PAIR_OK = 0 };

/* The status of a cell that no pair fills: there is no checkpoint before the first. */
extern const int32_t pair_status_none;

int32_t pair_status_of(int solver_status);
int32_t pair_start_of(int solver_start);

/* Whether the outcome is one of the data and settings, and not of the machine at that moment. */
bool pair_lasts(const struct pair_record *record);

/* Whether a record of this status holds a valid loss: solved, or as far as the limit of steps. */
bool pair_has_value(int32_t status);

/* What a status of this name means and what to do about it, for messages. Names that are not known
 * here mean nothing: the file is of another version. */
struct results_reason pair_reason(const char *status_name);

#endif
