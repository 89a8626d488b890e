#include "gang_assignment.h"
#include "gang_starts.h"
#include "leading.h"
#include "space.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double least_gain = 1e-6; /* of a value computed in single precision */

static struct leading whole_of(const struct gang_space *a, const struct gang_space *b)
{
    const struct outline outline_a = gang_outline(a);
    const struct outline outline_b = gang_outline(b);
    return leading_whole(&outline_a, &outline_b);
}

/* g->core of a permutation, and f: the same on all ranks, whatever the machines' arithmetic. */
static double make_core(struct gang *g, const struct leading *p, int rank, const int *permutation)
{
    double value = leading_sum(p, rank, permutation, g->gathered, g->core);
    MPI_Bcast(g->core, (1 + rank) * (1 + rank), MPI_FLOAT, 0, g->comm);
    MPI_Bcast(&value, 1, MPI_DOUBLE, 0, g->comm);
    return value;
}

/* This rank's rows of cost = -K of g->core. */
static void cost_of_core(struct gang *g, const struct leading *p, int rank)
{
    const int columns = 1 + rank;
    leading_factor(p, rank, g->core, g->factor);
    for (int i = 0; i < g->count; i += ROW_TILE) {
        int height = g->count - i < ROW_TILE ? g->count - i : ROW_TILE;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, height, g->n, columns, 1,
                    g->factor + (size_t)(g->first + i) * columns, columns, p->b, p->stride, 0,
                    g->cost + (size_t)i * g->n, g->n);
    }
}

int gang_leading(struct gang *g, const struct gang_space *a, const struct gang_space *b, int rank,
                 int most, int *permutation)
{
    const struct leading whole = whole_of(a, b);
    rank = rank < whole.rank ? rank : whole.rank;
    double value = make_core(g, &whole, rank, permutation);
    for (int k = 0; k < most && !gang_stop(g); k++) {
        cost_of_core(g, &whole, rank);
        int status = gang_assignment_approximate(g, g->cost, k > 0, g->candidate);
        if (status == STRATA_STOPPED)
            break;
        if (status != STRATA_OK)
            return status;
        g->iterations++;
        double next = make_core(g, &whole, rank, g->candidate);
        if (!(next > value + least_gain * fabs(value)))
            break;
        value = next;
        memcpy(permutation, g->candidate, (size_t)g->n * sizeof *permutation);
    }
    return STRATA_OK;
}

void gang_search(struct gang *g, const struct search *how, int first, uint64_t *random)
{
    struct workspace *w = g->proposals;
    if (g->rank == 0) {
        if (first)
            starts_usual(w);
        starts_search(w, how, random);
    }
    MPI_Bcast(w->starts, (int)sizeof *w->starts, MPI_BYTE, 0, g->comm);
    MPI_Bcast(&w->stopped, 1, MPI_INT, 0, g->comm);
    g->stopped |= w->stopped;
}

void gang_follow(struct gang *g, const int *permutation)
{
    struct workspace *w = g->proposals;
    const int columns = cells_columns(w->outline_a.rank);
    if (g->rank == 0) {
        memcpy(w->permutation, permutation, (size_t)g->n * sizeof *permutation);
        starts_follow(w);
        memcpy(g->core, w->core, (size_t)columns * (size_t)columns * sizeof *g->core);
    }
    MPI_Bcast(g->core, columns * columns, MPI_FLOAT, 0, g->comm);
}

int gang_lift(struct gang *g, const struct gang_space *a, const struct gang_space *b,
              const float *core, int *permutation)
{
    const struct leading whole = whole_of(a, b);
    const int columns = cells_columns(whole.rank);
    memmove(g->core, core, (size_t)columns * (size_t)columns * sizeof *g->core);
    cost_of_core(g, &whole, columns - 1);
    int status = gang_assignment_approximate(g, g->cost, 0, permutation);
    if (status == STRATA_OK)
        status = gang_leading(g, a, b, SPECTRUM_RANK, INT_MAX, permutation);
    return status == STRATA_STOPPED ? STRATA_OK : status;
}
