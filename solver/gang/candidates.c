#include "candidates.h"
#include "gang_internal.h"
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCHED __attribute__((target_clones("avx512f", "avx2", "default")))

/* A list on its way: threshold, then columns, then costs. */
static size_t list_bytes(int k)
{
    return (sizeof(double) + (size_t)k * (sizeof(int) + sizeof(float)) + 7) / 8 * 8;
}

void candidates_free(struct candidates *c)
{
    free(c->column);
    free(c->cost);
    free(c->threshold);
    free(c->mine);
    free(c->heap);
    free(c->heap_column);
    free(c->sizes);
    free(c->offsets);
    *c = (struct candidates){0};
}

size_t candidates_bytes(int n, int ranks)
{
    const size_t k = n < CANDIDATES ? (size_t)n : CANDIDATES;
    return (size_t)n * (k * (sizeof(int) + sizeof(float)) + sizeof(double) + list_bytes((int)k)) +
           k * (sizeof(double) + sizeof(int)) + 2 * (size_t)ranks * sizeof(int);
}

int candidates_resize(struct gang *g, int k)
{
    struct candidates *c = &g->candidates;
    const size_t n = (size_t)g->n;
    candidates_free(c);
    c->k = k < g->n ? k : g->n;
    c->column = malloc(n * (size_t)c->k * sizeof *c->column);
    c->cost = malloc(n * (size_t)c->k * sizeof *c->cost);
    c->threshold = malloc(n * sizeof *c->threshold);
    c->mine = malloc(n * list_bytes(c->k)); /* what all ranks send, and a rank's own at its place */
    c->heap = malloc((size_t)c->k * sizeof *c->heap);
    c->heap_column = malloc((size_t)c->k * sizeof *c->heap_column);
    c->sizes = malloc((size_t)g->ranks * sizeof *c->sizes);
    c->offsets = malloc((size_t)g->ranks * sizeof *c->offsets);
    int complete = c->column && c->cost && c->threshold && c->mine && c->heap && c->heap_column &&
                   c->sizes && c->offsets;
    int status = gang_agree(g, complete ? STRATA_OK : STRATA_MEMORY);
    if (status != STRATA_OK)
        candidates_free(c);
    return status;
}

/* --- The k least of a row --------------------------------------------------------------------- */

/* A heap with the largest on top; of equal ones, the latest in the row's order. */
static int is_above(const struct candidates *c, int a, int b, int i, int n)
{
    if (c->heap[a] != c->heap[b])
        return c->heap[a] > c->heap[b];
    return (c->heap_column[a] - i + n) % n > (c->heap_column[b] - i + n) % n;
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

enum { STRIDE = 64 }; /* columns looked at together */

/* How many of the next STRIDE reduced costs are below. */
DISPATCHED static int count_below(const float *cost, const double *v, double limit)
{
    int count = 0;
    for (int l = 0; l < STRIDE; l++)
        count += cost[l] - v[l] < limit;
    return count;
}

/* Columns begin … end-1 of row i into the full heap. */
static void scan_range(struct candidates *c, const float *cost, const double *v, int i, int n,
                       int begin, int end)
{
    int j = begin;
    while (j < end) {
        if (j + STRIDE <= end && count_below(cost + j, v + j, c->heap[0]) == 0) {
            j += STRIDE;
            continue;
        }
        int stop = j + STRIDE < end ? j + STRIDE : end;
        for (; j < stop; j++) {
            double reduced = cost[j] - v[j];
            if (reduced < c->heap[0]) {
                c->heap[0] = reduced;
                c->heap_column[0] = j;
                sink(c, 0, c->k, i, n);
            }
        }
    }
}

/* The heap gets row i's k columns of least reduced cost; returns the threshold. */
static double select_columns(struct candidates *c, const float *cost, const double *v, int i, int n,
                             int keep)
{
    for (int s = 0; s < c->k; s++) {
        int j = (i + s) % n;
        c->heap[s] = cost[j] - v[j];
        c->heap_column[s] = j;
    }
    for (int at = c->k / 2 - 1; at >= 0; at--)
        sink(c, at, c->k, i, n);
    int begin = i + c->k; /* the rest of the row, cyclically */
    if (begin < n) {
        scan_range(c, cost, v, i, n, begin, n);
        scan_range(c, cost, v, i, n, 0, i);
    } else {
        scan_range(c, cost, v, i, n, begin - n, i);
    }
    double threshold = c->k < n ? c->heap[0] : INFINITY;
    int listed = keep < 0;
    for (int s = 0; s < c->k && !listed; s++)
        listed = c->heap_column[s] == keep;
    if (!listed)
        c->heap_column[0] = keep; /* the largest gives way: it is not below the threshold */
    return threshold;
}

static void pack(struct candidates *c, const float *cost, double threshold, char *out)
{
    int *column = (int *)(out + sizeof threshold);
    float *costs = (float *)(column + c->k);
    memcpy(out, &threshold, sizeof threshold);
    for (int s = 0; s < c->k; s++) {
        column[s] = c->heap_column[s];
        costs[s] = cost[c->heap_column[s]];
    }
}

static void unpack(struct candidates *c, int i, const char *in)
{
    const size_t k = (size_t)c->k;
    memcpy(&c->threshold[i], in, sizeof(double));
    memcpy(c->column + (size_t)i * k, in + sizeof(double), k * sizeof(int));
    memcpy(c->cost + (size_t)i * k, in + sizeof(double) + k * sizeof(int), k * sizeof(float));
}

void candidates_refresh(struct gang *g, const float *cost, const double *v, const int *list,
                        int count, const int *keep)
{
    struct candidates *c = &g->candidates;
    const size_t bytes = list_bytes(c->k);
    memset(c->sizes, 0, (size_t)g->ranks * sizeof *c->sizes);
    for (int s = 0; s < count; s++)
        c->sizes[rows_owner(g, list[s])]++;
    c->offsets[0] = 0;
    for (int r = 1; r < g->ranks; r++)
        c->offsets[r] = c->offsets[r - 1] + c->sizes[r - 1];
    for (int s = c->offsets[g->rank]; s < c->offsets[g->rank] + c->sizes[g->rank]; s++) {
        int i = list[s];
        const float *row = cost + (size_t)(i - g->first) * (size_t)g->n;
        double threshold = select_columns(c, row, v, i, g->n, keep ? keep[i] : -1);
        pack(c, row, threshold, c->mine + (size_t)s * bytes);
    }
    MPI_Datatype element = MPI_DATATYPE_NULL;
    MPI_Type_contiguous((int)bytes, MPI_BYTE, &element);
    MPI_Type_commit(&element);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, c->mine, c->sizes, c->offsets, element,
                   g->comm);
    MPI_Type_free(&element);
    for (int s = 0; s < count; s++)
        unpack(c, list[s], c->mine + (size_t)s * bytes);
}
