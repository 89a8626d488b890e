#include "claim.h"
#include "lock.h"
#include "output.h"

#include <stdlib.h>
#include <unistd.h>

/* Results without a ledger cannot be told to be those of this run. */
static int check_results(const char *directory, const struct known *known, struct fault *fault)
{
    char *results = output_path(directory, "results.h5");
    if (results == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short");
    else if (known->count == 0 && access(results, F_OK) == 0)
        fault_set(
            fault, EXIT_INPUT,
            "\"%s\" holds results.h5 without the ledger of its run, and so may be a different "
            "run; choose another folder with --out, or replace it with --fresh",
            directory);
    free(results);
    return fault->status;
}

static int read_ledger(const char *directory, const char *fingerprint, enum claim_mode mode,
                       struct claim *claim, struct fault *fault)
{
    if (mode == CLAIM_FRESH)
        return known_delete(claim->ledger, fault);
    if (known_read(claim->ledger, fingerprint, stderr, &claim->known, fault) ||
        check_results(directory, &claim->known, fault))
        return fault->status;
    if (mode == CLAIM_RESUME && claim->known.pairs == 0)
        fault_set(fault, EXIT_INPUT,
                  "--resume: \"%s\" holds no solved pairs; leave --resume out to start there",
                  directory);
    return fault->status;
}

int claim_take(const char *directory, const char *fingerprint, enum claim_mode mode,
               struct claim *claim, struct fault *fault)
{
    *claim = (struct claim){.ledger = output_path(directory, "ledger"), .lock = -1};
    if (claim->ledger == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    if (output_prepare(directory, fault) || lock_take(directory, &claim->lock, fault) ||
        read_ledger(directory, fingerprint, mode, claim, fault))
        return fault->status;
    output_sweep(directory);
    return 0;
}

void claim_release(struct claim *claim)
{
    free(claim->ledger);
    known_reset(&claim->known);
    lock_release(&claim->lock);
    *claim = (struct claim){.lock = -1};
}
