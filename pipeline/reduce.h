/* From the records of all ranks to the matrices of struct results. */
#ifndef STRATA_REDUCE_H
#define STRATA_REDUCE_H

#include "fault.h"
#include "pair.h"
#include "plan.h"
#include "results.h"

/* Records of solved pairs, in any order; grows. */
struct records {
    struct pair_record *items; /* [count], owned */
    int64_t count, capacity;
};

/* Appends. EXIT_SYSTEM if memory is short. */
int records_add(struct records *records, const struct pair_record *record, struct fault *fault);
void records_reset(struct records *records);

/* Collective: moves the records of all ranks to rank 0; the others are left with none. */
int records_gather(struct records *records, MPI_Comm comm, struct fault *fault);

/* Not collective: writes the records into the matrices and noise floors: each replicate's, and
 * their mean, standard error and the rest over replicates. Sums run in the order of replicates,
 * whatever the order of the records. Returns the number of cells (checkpoint, pair) without a
 * value. EXIT_SYSTEM if memory is short. */
int64_t records_reduce(const struct records *records, const struct plan *plan,
                       struct results *results, struct fault *fault);

#endif
