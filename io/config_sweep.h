/* Sweeps: many configurations in one file, by lists of values for keys.
 *
 *     sweep:
 *       metric.distance: [euclidean, cosine]    an axis
 *       input.activations: {each: PATTERN}      another: each file that matches; where a folder
 * does, all .h5 files in it together zip:                                    keys that advance
 * together: one more axis sampling.count: [100, 200] sampling.seed: [1, 2]
 *
 * The members are the grid of all axes, in the order of the file, the last axis fastest. A mapping
 * {label: value, …} in the place of a list gives values names of their own. Any key of the table
 * can be swept but output.directory: it is where the members' folders go. */
#ifndef STRATA_CONFIG_SWEEP_H
#define STRATA_CONFIG_SWEEP_H

#include "config.h"

#define CONFIG_SWEEP "sweep" /* the section */

enum { CONFIG_SWEEP_MOST = 10000 }; /* members */

/* A key that is swept. */
struct config_sweep_key {
    const struct config_key *key; /* borrowed from the table */
    int axis;
    int count;     /* V of the axis */
    char **values; /* [V] YAML, as it would stand behind --set KEY= ; owned */
    char **labels; /* [V] what a person calls the value; owned */
};

struct config_sweep {
    int axis_count;
    int key_count;                 /* at least axis_count */
    struct config_sweep_key *keys; /* [key_count] in the order of the file: axes do not decrease */
    int64_t member_count;          /* 1 to CONFIG_SWEEP_MOST */
};

/* Reads the sweep of a configuration; its other sections are not looked at. EXIT_INPUT with file,
 * line, and what is wrong: no sweep, an unknown key, a list without values, a value that the key
 * does not take, zipped lists of different length, the same values twice, too many members. */
int config_sweep_load(const struct config_key *table, const char *path, struct config_sweep *sweep,
                      struct fault *fault);
void config_sweep_reset(struct config_sweep *sweep);

/* Which of its values a key has in a member. */
int config_sweep_place(const struct config_sweep *sweep, int key, int64_t member);

/* What tells a member from the others, fit for the name of a folder: "distance=cosine_seed=3";
 * owned by the caller, NULL if memory is short. */
char *config_sweep_name(const struct config_sweep *sweep, int64_t member);

#endif
