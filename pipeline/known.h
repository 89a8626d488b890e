/* What the ledger of an output folder holds: records by key, on rank 0. */
#ifndef STRATA_KNOWN_H
#define STRATA_KNOWN_H

#include "ledger.h"

#include <stdio.h>

struct known {
    struct ledger_record *items; /* [count], owned */
    int64_t count, capacity;
    int64_t pairs, contents; /* how many of each kind */
    int64_t *slots;          /* [slot_count] index into items, or -1; owned. Open addressing */
    int64_t slot_count;      /* a power of two, at least 2 * count */
};

/* Adds a record, or puts it in place of one with the same key. EXIT_SYSTEM if memory is short. */
int known_add(struct known *known, const struct ledger_record *record, struct fault *fault);
void known_reset(struct known *known);

/* NULL: not known. Borrowed until the next known_add. */
const struct ledger_record *known_find(const struct known *known, struct digest key);

/* Reads all files of the folder, which need not exist. Damaged records are left out, with a line to
 * notes. EXIT_INPUT, with nothing changed on disk, for a file that is not a ledger, is of a newer
 * version, cannot be read, or belongs to a run with other decisive settings (the first difference
 * is named). */
int known_read(const char *folder, const char *fingerprint, FILE *notes, struct known *known,
               struct fault *fault);

/* Deletes the ledger's files in the folder. EXIT_SYSTEM with the one that cannot be. */
int known_delete(const char *folder, struct fault *fault);

#endif
