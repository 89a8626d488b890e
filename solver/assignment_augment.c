/* Shortest augmenting paths: the exact stage of the assignment.
 *
 * Reduced costs r[i,j] = cost[i,j] - u[i] - v[j] are kept non-negative, and zero on the assignment.
 * Each free row grows a shortest-path tree over reduced costs until it reaches a free column; the
 * duals move by the tree's depths, and the path is flipped. */
#include "assignment.h"
#include "kernels.h"

#include <float.h>
#include <math.h>

/* Keeps a pair of the partial assignment only where it is tight, u[i] = cost[i,j] - v[j] being the
 * row's minimum; gives a free row its best column if that is free. Returns the number of free rows,
 * listed in w->free_rows. One pass over the matrix. */
static int tighten(struct strata_assignment *w, const float *cost, int n, double *u,
                   const double *v)
{
    for (int i = 0; i < n; i++) {
        struct best best = kernel_best(cost + (size_t)i * n, v, n);
        u[i] = best.value;
        w->from[i] = best.index;
        int j = w->column_of[i];
        if (j >= 0 && cost[(size_t)i * n + j] - v[j] > best.value) {
            w->row_of[j] = -1;
            w->column_of[i] = -1;
        }
    }
    int free_count = 0;
    for (int i = 0; i < n; i++) {
        int j = w->from[i];
        if (w->column_of[i] < 0 && w->row_of[j] < 0) {
            w->row_of[j] = i;
            w->column_of[i] = j;
        }
        if (w->column_of[i] < 0)
            w->free_rows[free_count++] = i;
    }
    return free_count;
}

/* Grows the tree of one free row; returns the free column it reached. w->scanned[0..*count) are the
 * columns that entered the tree, w->at[] the depths at which they did, *depth that of the end. */
static int grow_tree(struct strata_assignment *w, const float *cost, int n, const double *u,
                     const double *v, int root, int *count, double *depth)
{
    for (int j = 0; j < n; j++)
        w->distance[j] = DBL_MAX;
    int row = root;
    double reached = 0;
    for (*count = 0;;) {
        struct best nearest =
            kernel_relax(cost + (size_t)row * n, v, u[row] - reached, row, w->distance, w->from, n);
        int j = nearest.index;
        reached = nearest.value > reached ? nearest.value : reached; /* rounding may step back */
        if (w->row_of[j] < 0) {
            *depth = reached;
            return j;
        }
        w->scanned[*count] = j;
        w->at[*count] = reached;
        ++*count;
        w->distance[j] = -INFINITY;
        row = w->row_of[j];
    }
}

void assignment_augment(struct strata_assignment *w, const float *cost, int n, double *u, double *v)
{
    int free_count = tighten(w, cost, n, u, v);
    for (int k = 0; k < free_count; k++) {
        int root = w->free_rows[k];
        int count = 0;
        double depth = 0;
        int end = grow_tree(w, cost, n, u, v, root, &count, &depth);
        u[root] += depth;
        for (int s = 0; s < count; s++) {
            u[w->row_of[w->scanned[s]]] += depth - w->at[s];
            v[w->scanned[s]] -= depth - w->at[s];
        }
        for (int j = end, row = -1; row != root;) {
            row = w->from[j];
            int previous = w->column_of[row];
            w->column_of[row] = j;
            w->row_of[j] = row;
            j = previous;
        }
    }
}
