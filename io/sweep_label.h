/* Private to the configuration of sweeps: what values are called, by people and as names of files.
 */
#ifndef STRATA_SWEEP_LABEL_H
#define STRATA_SWEEP_LABEL_H

#include "config_sweep.h"

#include <stdbool.h>

enum { SWEEP_NAME_SIZE = 64 };

/* Gives each value without a label one: a number or a word is its own, paths are told by the parts
 * in which they differ. False if memory is short. */
bool sweep_labels_fill(struct config_sweep_key *swept);

/* The label as part of a file's name: letters, digits and ".+-_" as they are, all else as "-"; what
 * is long is cut, and ends with a hash of the whole. */
void sweep_label_name(const char *label, char name[SWEEP_NAME_SIZE]);

/* Cuts a name that no file system would take, in place, so that it stays different from others. */
void sweep_name_shorten(char *name);

#endif
