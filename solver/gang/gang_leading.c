#include "gang_assignment.h"
#include "gang_starts.h"
#include "leading.h"
#include "space.h"

#include <cblas.h>
#include <math.h>
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

int gang_from_core(struct gang *g, const struct gang_space *a, const struct gang_space *b, int rank,
                   int *permutation)
{
    const struct leading whole = whole_of(a, b);
    cost_of_core(g, &whole, rank);
    return gang_assignment_approximate(g, g->cost, 0, permutation);
}
