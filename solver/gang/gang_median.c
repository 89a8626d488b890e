#include "gang_space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT_BITS = 16, DIGITS = 1 << DIGIT_BITS };

/* The value of this rank among all entries, counted from 0. Non-negative doubles are ordered as
 * their representations. */
static double select_entry(const struct gang *g, const double *rows, int64_t rank, int64_t *counts)
{
    const size_t entries = (size_t)g->count * (size_t)g->n;
    uint64_t prefix = 0;
    for (int shift = 64 - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
        memset(counts, 0, DIGITS * sizeof *counts);
        for (size_t k = 0; k < entries; k++) {
            uint64_t bits = 0;
            memcpy(&bits, &rows[k], sizeof bits);
            if (shift == 64 - DIGIT_BITS || bits >> (shift + DIGIT_BITS) == prefix)
                counts[bits >> shift & (DIGITS - 1)]++;
        }
        MPI_Allreduce(MPI_IN_PLACE, counts, DIGITS, MPI_INT64_T, MPI_SUM, g->comm);
        uint64_t digit = 0;
        while (rank >= counts[digit])
            rank -= counts[digit++];
        prefix = prefix << DIGIT_BITS | digit;
    }
    double value = 0;
    memcpy(&value, &prefix, sizeof value);
    return value;
}

int gang_median(const struct gang *g, const double *rows, double *median)
{
    const int64_t entries = (int64_t)g->n * g->n;
    int64_t *counts = malloc(DIGITS * sizeof *counts);
    int status = gang_agree(g, counts != NULL ? STRATA_OK : STRATA_MEMORY);
    if (status == STRATA_OK) {
        double below = select_entry(g, rows, (entries - 1) / 2, counts);
        *median = 0.5 * (below + select_entry(g, rows, entries / 2, counts));
    }
    free(counts);
    return status;
}
