#include "spectra.h"

#include "eigen.h"
#include "gang_eigen.h"
#include "quiet.h"

#include <stddef.h>

enum { WORDS = 3 }; /* n, first, count; n is 0 at the end */

/* Collective: rank 0's words get to all. */
static void announce(const struct spectra *spectra, int words[WORDS])
{
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibcast(words, WORDS, MPI_INT, 0, spectra->comm, &request);
    quiet_wait(&request, NULL, NULL);
}

int spectra_solve(void *context, double *A, int n, int first, int count, double *values,
                  double *vectors)
{
    const struct spectra *spectra = context;
    int words[WORDS] = {n, first, count};
    int size = 1;
    MPI_Comm_size(spectra->comm, &size);
    if (size == 1 || n < spectra->least || n < 1)
        return strata_eigen(A, n, first, count, values, vectors);
    announce(spectra, words);
    return gang_eigen(spectra->comm, A, n, first, count, values, vectors);
}

void spectra_serve(const struct spectra *spectra)
{
    for (;;) {
        int words[WORDS] = {0};
        announce(spectra, words);
        if (words[0] == 0)
            return;
        gang_eigen(spectra->comm, NULL, words[0], words[1], words[2], NULL, NULL);
    }
}

void spectra_end(const struct spectra *spectra)
{
    int words[WORDS] = {0};
    announce(spectra, words);
}
