#include "candidates.h"
#include "gang_internal.h"
#include "kernels.h"
#include "lanes.h"
#include "rows.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A list on its way: threshold, then columns, then costs. */
static size_t list_bytes(int k)
{
    return (sizeof(double) + (size_t)k * (sizeof(int) + sizeof(float)) + 7) / 8 * 8;
}

void candidates_free(struct candidates *c)
{
    free(c->length);
    free(c->column);
    free(c->cost);
    free(c->threshold);
    free(c->price);
    free(c->mine);
    free(c->heap);
    free(c->heap_column);
    free(c->is_listed);
    free(c->sizes);
    free(c->offsets);
    *c = (struct candidates){0};
}

size_t candidates_bytes(int n, int ranks)
{
    const size_t k = n < CANDIDATES ? (size_t)n : CANDIDATES;
    return (size_t)n * (k * (sizeof(int) + sizeof(float)) + sizeof(double) + sizeof(int) +
                        sizeof(float) + sizeof(char) + list_bytes((int)k)) +
           k * (sizeof(double) + sizeof(int)) + 2 * (size_t)ranks * sizeof(int);
}

int candidates_resize(struct gang *g, int k)
{
    struct candidates *c = &g->candidates;
    const size_t n = (size_t)g->n;
    candidates_free(c);
    c->k = k < g->n ? k : g->n;
    c->length = calloc(n, sizeof *c->length);
    c->column = malloc(n * (size_t)c->k * sizeof *c->column);
    c->cost = malloc(n * (size_t)c->k * sizeof *c->cost);
    c->price = malloc(n * sizeof *c->price);
    c->threshold = malloc(n * sizeof *c->threshold);
    c->mine = malloc(n * list_bytes(c->k)); /* what all ranks send, and a rank's own at its place */
    c->heap = malloc((size_t)c->k * sizeof *c->heap);
    c->heap_column = malloc((size_t)c->k * sizeof *c->heap_column);
    c->is_listed = calloc(n, sizeof *c->is_listed);
    c->sizes = malloc((size_t)g->ranks * sizeof *c->sizes);
    c->offsets = malloc((size_t)g->ranks * sizeof *c->offsets);
    int complete = c->length && c->column && c->cost && c->threshold && c->price && c->mine &&
                   c->heap && c->heap_column && c->is_listed && c->sizes && c->offsets;
    int status = gang_agree(g, complete ? STRATA_OK : STRATA_MEMORY);
    if (status != STRATA_OK)
        candidates_free(c);
    return status;
}

/* --- The k least of a row --------------------------------------------------------------------- */

static int later(int a, int b, int i, int n)
{
    return (a - i + n) % n > (b - i + n) % n;
}

/* A heap with the largest on top; of equal ones, the latest in the row's order. */
static int is_above(const struct candidates *c, int a, int b, int i, int n)
{
    if (c->heap[a] != c->heap[b])
        return c->heap[a] > c->heap[b];
    return later(c->heap_column[a], c->heap_column[b], i, n);
}

static void swap_entries(struct candidates *c, int a, int b)
{
    double value = c->heap[a];
    int column = c->heap_column[a];
    c->heap[a] = c->heap[b];
    c->heap_column[a] = c->heap_column[b];
    c->heap[b] = value;
    c->heap_column[b] = column;
}

static void sink(struct candidates *c, int at, int size, int i, int n)
{
    for (;;) {
        int child = 2 * at + 1;
        if (child >= size)
            return;
        if (child + 1 < size && is_above(c, child + 1, child, i, n))
            child++;
        if (!is_above(c, child, at, i, n))
            return;
        swap_entries(c, child, at);
        at = child;
    }
}

enum { STRIDE = 16 }; /* columns looked at together */

/* Row i's columns, but those that are listed, into the full heap. */
DISPATCHED static void scan_row(struct candidates *c, int k, const float *cost, const double *v,
                                int i, int n)
{
    for (int j = 0; j < n;) {
        const double limit = c->heap[0];
        const int stop = j + STRIDE < n ? j + STRIDE : n;
        if (stop == j + STRIDE) {
            int within = 0;
            for (int l = 0; l < STRIDE; l++)
                within += cost[j + l] - v[j + l] <= limit;
            if (within == 0) {
                j = stop;
                continue;
            }
        }
        for (; j < stop; j++) {
            double reduced = cost[j] - v[j];
            if (reduced > c->heap[0] || c->is_listed[j] ||
                (reduced == c->heap[0] && later(j, c->heap_column[0], i, n)))
                continue;
            c->heap[0] = reduced;
            c->heap_column[0] = j;
            sink(c, 0, k, i, n);
        }
    }
}

/* The columns to begin with: those of the last list, which are mostly the least still, or the first
 * of the row's order. */
static int first_column(const struct candidates *c, int k, int i, int n, int s)
{
    return c->length[i] >= k ? c->column[(size_t)i * (size_t)c->k + (size_t)s] : (i + s) % n;
}

/* The heap gets row i's k columns of least reduced cost; returns the threshold. */
static double select_columns(struct candidates *c, int k, const float *cost, const double *v, int i,
                             int n, int keep)
{
    for (int s = 0; s < k; s++) {
        int j = first_column(c, k, i, n, s);
        c->heap[s] = cost[j] - v[j];
        c->heap_column[s] = j;
        c->is_listed[j] = 1;
    }
    for (int at = k / 2 - 1; at >= 0; at--)
        sink(c, at, k, i, n);
    if (k < n)
        scan_row(c, k, cost, v, i, n);
    for (int s = 0; s < k; s++)
        c->is_listed[first_column(c, k, i, n, s)] = 0;
    double threshold = k < n ? c->heap[0] : INFINITY;
    int listed = keep < 0;
    for (int s = 0; s < k && !listed; s++)
        listed = c->heap_column[s] == keep;
    if (!listed)
        c->heap_column[0] = keep; /* the largest gives way: it is not below the threshold */
    return threshold;
}

/* c->price; returns the largest magnitude. */
static double set_prices(struct candidates *c, const double *v, int n)
{
    double largest = 0;
    for (int j = 0; j < n; j++) {
        c->price[j] = (float)-v[j];
        largest = fabs(v[j]) > largest ? fabs(v[j]) : largest;
    }
    return largest;
}

/* heap_column[0] = the best column or nearly so; returns the threshold. */
static double select_one(struct candidates *c, const float *cost, int n, double largest_price)
{
    struct two_best best = kernel_two_best(cost, c->price, n);
    c->heap_column[0] = best.index;
    return best.second - 4 * (double)FLT_EPSILON * (fabs((double)best.second) + largest_price);
}

static void pack(const struct candidates *c, int k, const float *cost, double threshold, char *out)
{
    int *column = (int *)(out + sizeof threshold);
    float *costs = (float *)(column + k);
    memcpy(out, &threshold, sizeof threshold);
    for (int s = 0; s < k; s++) {
        column[s] = c->heap_column[s];
        costs[s] = cost[c->heap_column[s]];
    }
}

static void unpack(struct candidates *c, int k, int i, const char *in)
{
    const size_t columns = (size_t)k * sizeof(int);
    c->length[i] = k;
    memcpy(&c->threshold[i], in, sizeof(double));
    memcpy(c->column + (size_t)i * (size_t)c->k, in + sizeof(double), columns);
    memcpy(c->cost + (size_t)i * (size_t)c->k, in + sizeof(double) + columns,
           (size_t)k * sizeof(float));
}

void candidates_refresh(struct gang *g, const float *cost, const double *v, const int *list,
                        int count, int length, const int *keep)
{
    struct candidates *c = &g->candidates;
    const int k = length < c->k ? length : c->k; /* at least 2 points: 1 is never the whole row */
    const size_t bytes = list_bytes(k);
    const double largest_price = k == 1 ? set_prices(c, v, g->n) : 0;
    memset(c->sizes, 0, (size_t)g->ranks * sizeof *c->sizes);
    for (int s = 0; s < count; s++)
        c->sizes[rows_owner(g, list[s])]++;
    c->offsets[0] = 0;
    for (int r = 1; r < g->ranks; r++)
        c->offsets[r] = c->offsets[r - 1] + c->sizes[r - 1];
    double begin = MPI_Wtime();
    for (int s = c->offsets[g->rank]; s < c->offsets[g->rank] + c->sizes[g->rank]; s++) {
        int i = list[s];
        const float *row = cost + (size_t)(i - g->first) * (size_t)g->n;
        double threshold = k == 1 ? select_one(c, row, g->n, largest_price)
                                  : select_columns(c, k, row, v, i, g->n, keep ? keep[i] : -1);
        pack(c, k, row, threshold, c->mine + (size_t)s * bytes);
    }
    g->times.scans += MPI_Wtime() - begin;
    MPI_Datatype element = MPI_DATATYPE_NULL;
    MPI_Type_contiguous((int)bytes, MPI_BYTE, &element);
    MPI_Type_commit(&element);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, c->mine, c->sizes, c->offsets, element,
                   g->comm);
    MPI_Type_free(&element);
    for (int s = 0; s < count; s++)
        unpack(c, k, list[s], c->mine + (size_t)s * bytes);
}
