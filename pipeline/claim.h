/* Rank 0 takes the output folder for a run: makes it, locks it, reads its ledger. */
#ifndef STRATA_CLAIM_H
#define STRATA_CLAIM_H

#include "known.h"

enum claim_mode {
    CLAIM_GO_ON,  /* from what is there, or from nothing */
    CLAIM_RESUME, /* there must be something */
    CLAIM_FRESH   /* what is there goes */
};

struct claim {
    char *ledger; /* its folder; owned */
    int lock;
    struct known known;
};

/* EXIT_INPUT, with nothing changed but what the mode says: the folder is in use, cannot be used, or
 * holds a different run, or none where one is to be resumed. */
int claim_take(const char *directory, const char *fingerprint, enum claim_mode mode,
               struct claim *claim, struct fault *fault);

/* Also of a claim that failed, or {.lock = -1}. */
void claim_release(struct claim *claim);

#endif
