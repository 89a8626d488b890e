#include "gang_assignment.h"
#include "gang_starts.h"
#include "leading.h"
#include "space.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double least_gain = 1e-6; /* of a value computed in single precision */
enum { SAMPLE = 500 };                 /* points */

/* All points: both spaces are on every rank. */
static struct leading whole_of(const struct gang_space *a, const struct gang_space *b)
{
    return (struct leading){.n = a->gang->n,
                            .points = a->gang->n,
                            .stride = 1 + a->rank,
                            .a = a->vectors,
                            .b = b->vectors,
                            .la = a->values,
                            .lb = b->values,
                            .rank = a->rank};
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
                 int *permutation)
{
    const struct leading whole = whole_of(a, b);
    rank = rank < whole.rank ? rank : whole.rank;
    double value = make_core(g, &whole, rank, permutation);
    for (int warm = 0; !gang_stop(g); warm = 1) {
        cost_of_core(g, &whole, rank);
        int status = gang_assignment_approximate(g, g->cost, warm, g->candidate);
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

/* --- The start from a sample ------------------------------------------------------------------ */

/* into[count, count] = distances between the points of list, on every rank. */
static void sample_distances(const struct gang *g, const struct gang_space *s, const int *list,
                             int count, double *into)
{
    memset(into, 0, (size_t)count * (size_t)count * sizeof *into);
    for (int x = 0; x < count; x++) {
        int i = list[x] - g->first;
        for (int y = 0; y < count && i >= 0 && i < g->count; y++)
            into[(size_t)x * count + y] = s->rows[(size_t)i * g->n + list[y]];
    }
    MPI_Allreduce(MPI_IN_PLACE, into, count * count, MPI_DOUBLE, MPI_SUM, g->comm); /* one, not 0 */
    for (int x = 0; x < count; x++) {
        for (int y = 0; y < x; y++) /* may differ in the last digit */
            into[(size_t)x * count + y] = into[(size_t)y * count + x];
    }
}

/* Rank 0: the sample's solution by the local solver; the identity where that finds no permutation
 * (the sample may be constant, though the whole is not). */
static int solve_sample(const double *a, const double *b, int count, int effort, int *permutation,
                        int *start)
{
    struct strata_solution solution = {.start = STRATA_START_IDENTITY};
    size_t bytes = strata_space_size(count);
    struct strata_space *of_a = aligned_alloc(64, bytes);
    struct strata_space *of_b = aligned_alloc(64, bytes);
    struct strata_solver *solver = strata_solver_new(count);
    int status = of_a && of_b && solver ? STRATA_OK : STRATA_MEMORY;
    if (status == STRATA_OK)
        status = strata_space_from_distances(of_a, a, count, STRATA_BY_NOTHING);
    if (status == STRATA_OK)
        status = strata_space_from_distances(of_b, b, count, STRATA_BY_NOTHING);
    if (status == STRATA_OK)
        status = strata_solve(solver, of_a, of_b, effort, NULL, NULL, &solution, permutation);
    int found = status >= STRATA_OK;
    for (int s = 0; s < count && found; s++)
        found = permutation[s] >= 0;
    for (int s = 0; s < count && !found; s++)
        permutation[s] = s;
    *start = found ? solution.start : STRATA_START_IDENTITY;
    free(of_a);
    free(of_b);
    strata_solver_destroy(&solver);
    return status == STRATA_MEMORY ? STRATA_MEMORY : STRATA_OK;
}

/* This rank's rows of the cost that the core of the sample makes on all points. partner[count]: the
 * same on all ranks. */
static void lift(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                 const int *list, int count, int *partner)
{
    const struct leading whole = whole_of(a, b);
    const int rank = SPECTRUM_RANK / 2 < whole.rank ? SPECTRUM_RANK / 2 : whole.rank;
    struct leading sample = whole;
    sample.n = count;
    sample.a = g->factor;
    for (int s = 0; s < count; s++) {
        partner[s] = list[partner[s]];
        memcpy(g->factor + (size_t)s * whole.stride, whole.a + (size_t)list[s] * whole.stride,
               (size_t)whole.stride * sizeof *g->factor);
    }
    make_core(g, &sample, rank, partner);
    cost_of_core(g, &whole, rank);
}

int gang_from_sample(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                     int effort, int *permutation, int *start)
{
    const int count = g->n < SAMPLE ? g->n : SAMPLE;
    const size_t entries = (size_t)count * (size_t)count;
    double *of_a = malloc(entries * sizeof *of_a);
    double *of_b = malloc(entries * sizeof *of_b);
    int *list = malloc((size_t)count * sizeof *list);
    int *partner = malloc((size_t)count * sizeof *partner);
    int status = gang_agree(g, of_a && of_b && list && partner ? STRATA_OK : STRATA_MEMORY);
    if (status != STRATA_OK)
        goto done;
    for (int s = 0; s < count; s++)
        list[s] = (int)((int64_t)g->n * s / count);
    if (count < g->n)
        effort = STRATA_STANDARD;
    sample_distances(g, a, list, count, of_a);
    sample_distances(g, b, list, count, of_b);
    int outcome[2] = {STRATA_OK, 0};
    if (g->rank == 0)
        outcome[0] = solve_sample(of_a, of_b, count, effort, partner, &outcome[1]);
    MPI_Bcast(outcome, 2, MPI_INT, 0, g->comm);
    status = outcome[0];
    *start = outcome[1];
    if (status != STRATA_OK)
        goto done;
    MPI_Bcast(partner, count, MPI_INT, 0, g->comm);
    lift(g, a, b, list, count, partner);
    status = gang_assignment_approximate(g, g->cost, 0, permutation);
done:
    free(of_a);
    free(of_b);
    free(list);
    free(partner);
    return status;
}
