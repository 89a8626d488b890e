#include "gang_assignment.h"
#include "kernels.h"
#include "rows.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double exact_epsilon = 2e-5;
static const double approximate_epsilon = 1e-3;
/* Reduced costs may be so far below zero, as a part of the largest cost. */
static const double tolerance = 1e-13;
enum { REPAIRS = 8 };
enum { ASK_OF = 4 }; /* ticks are asked once for such a part of all rows, not for each handful */

static int most_leftovers(int n)
{
    return n / LEFTOVERS_OF > 1 ? n / LEFTOVERS_OF : 1;
}

struct auction *auction_new(int n)
{
    struct auction *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    int **const integers[] = {&w->row_of,      &w->column_of,     &w->queue,   &w->waiting,
                              &w->list,        &w->from,          &w->scanned, &w->touched,
                              &w->paths.nodes, &w->paths.position};
    double **const doubles[] = {&w->paths.distance, &w->at};
    float **const floats[] = {&w->low, &w->high};
    int complete = 1;
    for (size_t k = 0; k < sizeof integers / sizeof *integers; k++)
        complete = (*integers[k] = calloc((size_t)n, sizeof(int))) != NULL && complete;
    for (size_t k = 0; k < sizeof doubles / sizeof *doubles; k++)
        complete = (*doubles[k] = calloc((size_t)n, sizeof(double))) != NULL && complete;
    for (size_t k = 0; k < sizeof floats / sizeof *floats; k++)
        complete = (*floats[k] = calloc((size_t)n, sizeof(float))) != NULL && complete;
    const size_t left = (size_t)most_leftovers(n);
    w->leftovers = malloc(left * left * sizeof *w->leftovers);
    w->of_leftovers = strata_assignment_new((int)left);
    if (!complete || !w->leftovers || !w->of_leftovers)
        auction_destroy(&w);
    return w;
}

void auction_destroy(struct auction **auction)
{
    struct auction *w = *auction;
    if (w != NULL) {
        free(w->row_of);
        free(w->column_of);
        free(w->queue);
        free(w->waiting);
        free(w->list);
        free(w->from);
        free(w->scanned);
        free(w->touched);
        free(w->paths.nodes);
        free(w->paths.position);
        free(w->paths.distance);
        free(w->at);
        free(w->low);
        free(w->high);
        free(w->leftovers);
        strata_assignment_destroy(&w->of_leftovers);
        free(w);
    }
    *auction = NULL;
}

size_t auction_bytes(int n)
{
    const size_t left = (size_t)most_leftovers(n);
    return (size_t)n * (10 * sizeof(int) + 2 * sizeof(double) + 2 * sizeof(float)) +
           left * left * sizeof(float) + left * (4 * sizeof(double) + 5 * sizeof(int));
}

void gang_assignment_refresh(struct gang *g, const float *cost, const double *v, int length,
                             const int *keep)
{
    struct auction *w = g->auction;
    int count = 0;
    for (int i = 0; i < g->n; i++) {
        if (w->waiting[i])
            w->list[count++] = i;
        w->waiting[i] = 0;
    }
    w->unasked += count;
    int stopped = w->unasked > g->n / ASK_OF && gang_stop(g);
    w->unasked = w->unasked > g->n / ASK_OF ? 0 : w->unasked;
    if (count > 0 && !stopped)
        candidates_refresh(g, cost, v, w->list, count, length, keep);
}

/* v = the middle of each column, so that what is common to a column does not spread a row;
 * *spread = the largest spread of a row; *largest = the largest |cost|. Maxima do not depend on the
 * order of the ranks. Three passes. */
static int centre(struct gang *g, const float *cost, double *v, double *spread, double *largest)
{
    const size_t n = (size_t)g->n;
    float *low = g->auction->low;
    float *high = g->auction->high;
    int finite = 1;
    for (size_t j = 0; j < n; j++) {
        low[j] = FLT_MAX;
        high[j] = -FLT_MAX;
    }
    for (int i = 0; i < g->count; i++) {
        const float *row = cost + (size_t)i * n;
        for (size_t j = 0; j < n; j++) {
            finite &= fabsf(row[j]) <= FLT_MAX;
            low[j] = row[j] < low[j] ? row[j] : low[j];
            high[j] = row[j] > high[j] ? row[j] : high[j];
        }
    }
    int status = gang_agree(g, finite ? STRATA_OK : STRATA_NOT_FINITE);
    if (status != STRATA_OK)
        return status;
    MPI_Allreduce(MPI_IN_PLACE, low, g->n, MPI_FLOAT, MPI_MIN, g->comm);
    MPI_Allreduce(MPI_IN_PLACE, high, g->n, MPI_FLOAT, MPI_MAX, g->comm);
    *largest = 0;
    for (size_t j = 0; j < n; j++) {
        v[j] = 0.5 * ((double)low[j] + high[j]);
        *largest = fmax(*largest, fmaxf(fabsf(low[j]), fabsf(high[j])));
    }
    double own = 0;
    for (int i = 0; i < g->count; i++) {
        const float *row = cost + (size_t)i * n;
        double least = INFINITY;
        double most = -INFINITY;
        for (size_t j = 0; j < n; j++) {
            double reduced = row[j] - v[j];
            least = reduced < least ? reduced : least;
            most = reduced > most ? reduced : most;
        }
        own = most - least > own ? most - least : own;
    }
    *spread = rows_maximum(g, own);
    return STRATA_OK;
}

/* Lowers u[i] to the least reduced cost of row i where it is above; returns by how much at most.
 * One pass. */
static double check(struct gang *g, const float *cost, double *u, const double *v)
{
    double violation = 0;
    double begin = MPI_Wtime();
    for (int i = 0; i < g->count; i++) {
        double least = kernel_best(cost + (size_t)i * g->n, v, g->n).value;
        double above = u[g->first + i] - least;
        violation = above > violation ? above : violation;
        u[g->first + i] = above > 0 ? least : u[g->first + i];
    }
    g->times.scans += MPI_Wtime() - begin;
    rows_gather(g, u, sizeof *u);
    return rows_maximum(g, violation);
}

/* Pairs the rows and the columns that are left, at least cost: every rank gets the costs between
 * them. Collective. */
static void pair_leftovers(struct gang *g, const float *cost)
{
    struct auction *w = g->auction;
    int *row = w->list;
    int *column = w->queue;
    int rows = 0;
    int columns = 0;
    for (int k = 0; k < g->n; k++) {
        if (w->column_of[k] < 0)
            row[rows++] = k;
        if (w->row_of[k] < 0)
            column[columns++] = k;
    }
    if (rows == 0)
        return;
    /* of each entry one part is not zero */
    memset(w->leftovers, 0, (size_t)rows * (size_t)rows * sizeof *w->leftovers);
    for (int s = 0; s < rows; s++) {
        int i = row[s] - g->first;
        for (int t = 0; t < rows && i >= 0 && i < g->count; t++)
            w->leftovers[(size_t)s * rows + t] = cost[(size_t)i * g->n + column[t]];
    }
    MPI_Allreduce(MPI_IN_PLACE, w->leftovers, rows * rows, MPI_FLOAT, MPI_SUM, g->comm);
    strata_assignment_solve(w->of_leftovers, w->leftovers, rows, w->scanned, NULL, NULL);
    for (int s = 0; s < rows; s++) {
        w->column_of[row[s]] = column[w->scanned[s]];
        w->row_of[column[w->scanned[s]]] = row[s];
    }
}

static int solve(struct gang *g, const float *cost, int warm, int *column_of, double *u, double *v,
                 double last_epsilon)
{
    struct auction *w = g->auction;
    double begin = MPI_Wtime();
    int status = warm ? STRATA_OK : centre(g, cost, v, &w->spread, &w->largest);
    g->times.scans += MPI_Wtime() - begin;
    if (status == STRATA_OK && g->candidates.k != (CANDIDATES < g->n ? CANDIDATES : g->n))
        status = candidates_resize(g, CANDIDATES);
    if (status != STRATA_OK)
        return status;
    const int is_exact = last_epsilon <= exact_epsilon;
    int unassigned = gang_auction(g, cost, v, warm, last_epsilon);
    if (g->stopped)
        return STRATA_STOPPED;
    if (!is_exact && unassigned <= most_leftovers(g->n)) {
        pair_leftovers(g, cost);
    } else {
        for (int repair = 0; status == STRATA_OK && repair < REPAIRS; repair++) {
            status = gang_augment(g, cost, u, v);
            if (status != STRATA_OK || !(check(g, cost, u, v) > tolerance * g->n * w->largest))
                break;
            for (int i = 0; i < g->n; i++)
                w->waiting[i] = 1;
            gang_assignment_refresh(g, cost, v, g->candidates.k, w->column_of);
        }
    }
    if (g->stopped)
        return STRATA_STOPPED;
    if (status == STRATA_OK)
        memcpy(column_of, w->column_of, (size_t)g->n * sizeof *column_of);
    return status;
}

static int solve_timed(struct gang *g, const float *cost, int warm, int *column_of, double *u,
                       double *v, double last_epsilon)
{
    double begin = MPI_Wtime();
    int status = solve(g, cost, warm, column_of, u, v, last_epsilon);
    g->times.assignment += MPI_Wtime() - begin;
    return status;
}

int gang_assignment(struct gang *g, const float *cost, int *column_of, double *u, double *v)
{
    g->tick = NULL; /* of a solve before */
    g->stopped = 0;
    return solve_timed(g, cost, 0, column_of, u, v, exact_epsilon);
}

int gang_assignment_step(struct gang *g, const float *cost, int warm, int *column_of)
{
    return solve_timed(g, cost, warm, column_of, g->u, g->v, exact_epsilon);
}

int gang_assignment_approximate(struct gang *g, const float *cost, int warm, int *column_of)
{
    return solve_timed(g, cost, warm, column_of, g->u, g->v, approximate_epsilon);
}
