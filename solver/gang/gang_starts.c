/* The search for starts, by rank 0 while the others wait: it needs outlines only. */
#include "gang_starts.h"
#include "workspace.h"

#include <limits.h>
#include <string.h>

void gang_search(struct gang *g, const struct search *how, int first, uint64_t *random)
{
    struct workspace *w = g->local;
    const double begin = MPI_Wtime();
    if (g->rank == 0) {
        if (first)
            starts_usual(w);
        starts_search(w, how, random);
    }
    MPI_Bcast(w->starts, (int)sizeof *w->starts, MPI_BYTE, 0, g->comm);
    MPI_Bcast(&w->stopped, 1, MPI_INT, 0, g->comm);
    g->stopped |= w->stopped;
    g->times.search += MPI_Wtime() - begin;
}

void gang_follow(struct gang *g, const int *permutation)
{
    struct workspace *w = g->local;
    const int columns = cells_columns(w->outline_a.rank);
    const double begin = MPI_Wtime();
    if (g->rank == 0) {
        memcpy(w->permutation, permutation, (size_t)g->n * sizeof *permutation);
        starts_follow(w);
        memcpy(g->core, w->core, (size_t)columns * (size_t)columns * sizeof *g->core);
    }
    MPI_Bcast(g->core, columns * columns, MPI_FLOAT, 0, g->comm);
    g->times.search += MPI_Wtime() - begin;
}

int gang_lift(struct gang *g, const struct gang_space *a, const struct gang_space *b,
              const float *core, int *permutation)
{
    const int columns = cells_columns(a->rank);
    memmove(g->core, core, (size_t)columns * (size_t)columns * sizeof *g->core);
    int status = gang_from_core(g, a, b, columns - 1, permutation);
    if (status == STRATA_OK)
        status = gang_leading(g, a, b, SPECTRUM_RANK, INT_MAX, permutation);
    return status == STRATA_STOPPED ? STRATA_OK : status;
}
