/* The members of a sweep side by side: what varies, and what each run found at its last checkpoint.
 *
 * Every column is declared once, in sweep_columns; sweep.h5 (strata_format="sweep") and sweep.csv
 * follow from it. */
#ifndef STRATA_SWEEP_TABLE_H
#define STRATA_SWEEP_TABLE_H

#include "config_sweep.h"
#include "results.h"

enum { SWEEP_VERSION = 1 }; /* of sweep.h5 */

enum sweep_state {
    SWEEP_COMPLETE,
    SWEEP_PARTIAL,    /* some pairs have no value */
    SWEEP_FAILED,     /* its last run ended with a fault */
    SWEEP_UNFINISHED, /* begun, and no results yet */
    SWEEP_FOREIGN,    /* its folder holds a run with other settings */
    SWEEP_MISSING,    /* never begun */
    SWEEP_STATES
};
extern const char *const sweep_state_names[]; /* NULL-terminated */

/* Numbers are NaN, and texts NULL, where there is nothing to tell. */
struct sweep_member {
    enum sweep_state state;
    char *name, *reason, *boundaries, *comparison; /* owned */
    double layers, checkpoints, step, groups, contrast, p, mean_gw, within_gw, between_gw;
    double emergence_step, settled_step, clusters, pairs, failed_pairs;
    struct results *last; /* the last checkpoint, for the pictures; owned; NULL: not drawn */
};

struct sweep_table {
    const struct config_sweep *sweep; /* borrowed */
    struct sweep_member *members;     /* [sweep->member_count] */
};

struct sweep_column {
    const char *name;
    const char *units, *description;
    size_t offset; /* in struct sweep_member */
    bool text;     /* char *; else double */
};
extern const struct sweep_column sweep_columns[]; /* ends with a NULL name */

const char *sweep_text(const struct sweep_member *member, const struct sweep_column *column);
double sweep_number(const struct sweep_member *member, const struct sweep_column *column);

/* Whether a member has numbers. */
bool sweep_has_results(const struct sweep_member *member);

/* Fills numbers[count of the key] where all its labels are numbers. */
bool sweep_numbers(const struct config_sweep_key *swept, double *numbers);

/* All members missing, without names; NULL if memory is short. */
struct sweep_table *sweep_table_new(const struct config_sweep *sweep);
void sweep_table_destroy(struct sweep_table **table);

/* Frees what they own, and the array; NULL is fine. */
void sweep_members_free(struct sweep_member *members, int64_t count);

/* To stdout, one line a member and the reason where there are no results, or no groups. */
void sweep_members_print(const struct sweep_member *members, int64_t count);

/* For `strata inspect`: prints a sweep.h5, and what its columns are, to stdout. EXIT_INPUT with
 * what and where. */
int sweep_inspect(const char *path, struct fault *fault);

/* Writes sweep.h5: complete or absent. EXIT_SYSTEM with path and cause. Not collective. */
int sweep_table_write(const struct sweep_table *table, const char *path, struct fault *fault);

#endif
