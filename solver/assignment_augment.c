/* Shortest augmenting paths on shortlists: the exact stage of the assignment.
 *
 * Reduced costs r[i,j] = cost[i,j] - u[i] - v[j] are kept non-negative, and zero on the assignment.
 * Each free row grows a shortest-path tree over reduced costs until it reaches a free column; the
 * duals move by the tree's depths, and the path is flipped.
 *
 * Of row i, reached at depth d, a column that is not listed is at depth d + threshold[i] - u[i] or
 * more: the end of its list, which waits in the heap like a column, as number n + i. A tree that
 * comes to it first makes the list anew, and if that does not help, looks at the whole row. */
#include "assignment.h"
#include "kernels.h"
#include "kernels_assignment.h"

#include <math.h>

/* The least of row i, without making a list where there is none: most rows will not need one. */
static struct bid least_of_row(struct strata_assignment *w, const float *cost, int n, int i,
                               const double *v)
{
    if (w->length[i] > 0)
        return shortlist_best(w, cost, v, n, i, 0);
    struct best best = kernel_best(cost + (size_t)i * n, v, n);
    w->threshold[i] = best.value;
    return (struct bid){best.value, best.value, best.index};
}

/* u[i] = the least of row i. Keeps a pair of the partial assignment only where it is tight; gives a
 * free row its best column if that is free. Returns the number of free rows, listed in
 * w->free_rows. */
static int tighten(struct strata_assignment *w, const float *cost, int n, double *u,
                   const double *v)
{
    for (int i = 0; i < n; i++) {
        struct bid bid = least_of_row(w, cost, n, i, v);
        u[i] = bid.best;
        w->from[i] = bid.column;
        int j = w->column_of[i];
        if (j >= 0 && cost[(size_t)i * n + j] - v[j] > bid.best) {
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

struct tree {
    int reached;  /* nodes with a distance */
    int scanned;  /* columns that are done */
    double limit; /* distance of the nearest free column: nothing beyond it matters */
};

/* --- Trees ------------------------------------------------------------------------------------ */

static inline void reach(struct strata_assignment *w, struct tree *tree, int node, double distance)
{
    if (w->paths.distance[node] == INFINITY)
        w->reached[tree->reached++] = node;
    heap_reach(&w->paths, node, distance);
}

static inline void reach_column(struct strata_assignment *w, struct tree *tree, int j, int row,
                                double distance)
{
    if (!(distance < w->paths.distance[j]) || distance >= tree->limit)
        return;
    if (w->row_of[j] < 0)
        tree->limit = distance;
    w->from[j] = row;
    reach(w, tree, j, distance);
}

/* Depth at which a reduced cost leads from w->at[row]; rounding may make it negative. */
static inline double depth_by(const struct strata_assignment *w, int row, double reduced)
{
    return w->at[row] + (reduced > 0 ? reduced : 0);
}

static void scan_list(struct strata_assignment *w, struct tree *tree, int n, int row,
                      const double *u, const double *v)
{
    const int *column = w->column + (size_t)row * SHORTLIST;
    const float *listed = w->listed + (size_t)row * SHORTLIST;
    for (int s = 0; s < w->length[row]; s++) {
        const int j = column[s];
        reach_column(w, tree, j, row, depth_by(w, row, listed[s] - v[j] - u[row]));
    }
    const double end = depth_by(w, row, w->threshold[row] - u[row]);
    if (end < tree->limit)
        reach(w, tree, n + row, end);
}

/* The nearest free column first, which makes most others not matter. */
static void scan_row(struct strata_assignment *w, struct tree *tree, const float *cost, int n,
                     int row, const double *u, const double *v)
{
    const float *c = cost + (size_t)row * n;
    const int count =
        kernel_nearer(c, v, u[row] - w->at[row], w->paths.distance, tree->limit, n, w->below);
    for (int is_free = 1; is_free >= 0; is_free--) {
        for (int s = 0; s < count; s++) {
            const int j = w->below[s];
            if ((w->row_of[j] < 0) == is_free)
                reach_column(w, tree, j, row, depth_by(w, row, c[j] - v[j] - u[row]));
        }
    }
}

/* Grows the tree of one free row; returns the free column it reached, at the depth *depth. */
static int grow(struct strata_assignment *w, struct tree *tree, const float *cost, int n, int root,
                const double *u, const double *v, double *depth)
{
    *tree = (struct tree){.limit = INFINITY};
    w->paths.size = 0;
    w->at[root] = 0;
    scan_list(w, tree, n, root, u, v);
    for (;;) {
        const int node = heap_take(&w->paths);
        if (node >= n) { /* the end of a list */
            const int row = node - n;
            if (shortlist_renew(w, cost, n, row))
                scan_list(w, tree, n, row, u, v);
            else
                scan_row(w, tree, cost, n, row, u, v);
            continue;
        }
        *depth = w->paths.distance[node];
        const int row = w->row_of[node];
        if (row < 0)
            return node;
        w->scanned[tree->scanned++] = node;
        w->at[row] = *depth;
        scan_list(w, tree, n, row, u, v);
    }
}

static void move_duals(struct strata_assignment *w, const struct tree *tree, int root, double depth,
                       double *u, double *v)
{
    u[root] += depth;
    for (int s = 0; s < tree->scanned; s++) {
        const int j = w->scanned[s];
        const double by = depth - w->paths.distance[j];
        u[w->row_of[j]] += by;
        shortlist_set(w, v, j, v[j] - by);
    }
}

static void flip(struct strata_assignment *w, int root, int end)
{
    for (int j = end, row = -1; row != root;) {
        row = w->from[j];
        int previous = w->column_of[row];
        w->column_of[row] = j;
        w->row_of[j] = row;
        j = previous;
    }
}

void assignment_augment(struct strata_assignment *w, const float *cost, int n, double *u, double *v)
{
    const int free_count = tighten(w, cost, n, u, v);
    for (int node = 0; node < 2 * n; node++)
        heap_forget(&w->paths, node);
    for (int k = 0; k < free_count; k++) {
        const int root = w->free_rows[k];
        struct tree tree;
        double depth = 0;
        const int end = grow(w, &tree, cost, n, root, u, v, &depth);
        move_duals(w, &tree, root, depth, u, v);
        flip(w, root, end);
        for (int s = 0; s < tree.reached; s++)
            heap_forget(&w->paths, w->reached[s]);
    }
}
