/* The large eigenproblems of the analysis, over all ranks.
 *
 * The analysis runs on rank 0. While it does, the others serve: they take part in each eigenproblem
 * that rank 0 comes to and that is worth it, and leave together when rank 0 is through. Between
 * these they hardly use the processor, so rank 0 may draw its pictures while they serve. */
#ifndef STRATA_SPECTRA_H
#define STRATA_SPECTRA_H

#include <mpi.h>

/* From so many layers on all ranks take part; below, rank 0 alone is as fast. */
enum { SPECTRA_LAYERS = 2000 };

struct spectra {
    MPI_Comm comm; /* borrowed */
    int least;     /* the smallest problem for all */
};

/* Rank 0, between spectra_serve's begin on the others and spectra_end: strata_eigen of eigen.h, by
 * all ranks if there are several and n is least or more. context: a struct spectra. */
int spectra_solve(void *context, double *A, int n, int first, int count, double *values,
                  double *vectors);

/* Ranks other than 0: serve until rank 0 calls spectra_end. Collective. */
void spectra_serve(const struct spectra *spectra);
void spectra_end(const struct spectra *spectra);

#endif
