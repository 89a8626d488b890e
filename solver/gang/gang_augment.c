/* Shortest augmenting paths on candidate lists: the exact stage of the assignment.
 *
 * Reduced costs cost[i,j] - u[i] - v[j] are kept non-negative over the whole matrix, and zero on
 * the assignment. Of row i, reached at depth d, an unlisted column is at depth d + threshold - u[i]
 * or more: the least of these over a tree is its fence. A tree that comes to its fence before a
 * free column moves the duals by that much, keeps its root free, and asks for new lists. */
#include "gang_assignment.h"

#include <math.h>

/* Lists grow twofold after so many rounds in which no tree found its end. */
enum { FUTILE_ROUNDS = 2 };

static int tight(const struct candidates *c, int i, int j, const double *u, const double *v)
{
    for (int s = 0; s < c->length[i]; s++) {
        if (c->column[(size_t)i * (size_t)c->k + s] == j)
            return c->cost[(size_t)i * (size_t)c->k + s] - v[j] <= u[i];
    }
    return 0;
}

/* u[i] = the least reduced cost of row i, of which its list is certain. Keeps a pair of the partial
 * assignment only where it is tight; gives a free row its best column if that is free. Returns the
 * number of free rows, listed in queue. */
static int tighten(struct gang *g, const float *cost, double *u, const double *v)
{
    const struct candidates *c = &g->candidates;
    struct auction *w = g->auction;
    for (int i = 0; i < g->n; i++)
        w->waiting[i] = c->length[i] == 0 || gang_assignment_bid(c, i, v).best > c->threshold[i];
    gang_assignment_refresh(g, cost, v, g->candidates.k, w->column_of);
    if (g->stopped)
        return g->n;
    for (int i = 0; i < g->n; i++) {
        struct bid bid = gang_assignment_bid(c, i, v);
        int j = w->column_of[i];
        u[i] = bid.best;
        w->from[i] = bid.column;
        if (j >= 0 && !tight(c, i, j, u, v)) {
            w->row_of[j] = -1;
            w->column_of[i] = -1;
        }
    }
    int free_count = 0;
    for (int i = 0; i < g->n; i++) {
        int j = w->from[i];
        if (w->column_of[i] < 0 && w->row_of[j] < 0) {
            w->row_of[j] = i;
            w->column_of[i] = j;
        }
        if (w->column_of[i] < 0)
            w->queue[free_count++] = i;
    }
    return free_count;
}

/* --- Trees ------------------------------------------------------------------------------------ */

struct tree {
    int scanned; /* columns in it */
    int touched; /* columns with a distance */
    double depth;
    double fence;
};

/* Row i, reached at this depth, offers its columns. */
static void scan_row(struct gang *g, struct tree *tree, int i, double depth, const double *u,
                     const double *v)
{
    const struct candidates *c = &g->candidates;
    struct auction *w = g->auction;
    for (int s = 0; s < c->length[i]; s++) {
        int j = c->column[(size_t)i * (size_t)c->k + s];
        double step = c->cost[(size_t)i * (size_t)c->k + s] - v[j] - u[i];
        double length = depth + (step > 0 ? step : 0);
        if (!(length < w->paths.distance[j]))
            continue;
        if (w->paths.distance[j] == INFINITY)
            w->touched[tree->touched++] = j;
        w->from[j] = i;
        heap_reach(&w->paths, j, length);
    }
    double beyond = c->threshold[i] - u[i];
    beyond = depth + (beyond > 0 ? beyond : 0);
    tree->fence = beyond < tree->fence ? beyond : tree->fence;
}

/* Grows the tree of one free row; returns the free column it reached, or -1: it is at its fence. */
static int grow(struct gang *g, struct tree *tree, int root, const double *u, const double *v)
{
    struct auction *w = g->auction;
    int row = root;
    double depth = 0;
    *tree = (struct tree){.fence = INFINITY};
    w->paths.size = 0;
    for (;;) {
        scan_row(g, tree, row, depth, u, v);
        if (w->paths.size == 0 || w->paths.distance[w->paths.nodes[0]] > tree->fence) {
            tree->depth = tree->fence;
            return -1;
        }
        int j = heap_take(&w->paths);
        depth = w->paths.distance[j];
        if (w->row_of[j] < 0) {
            tree->depth = depth;
            return j;
        }
        w->scanned[tree->scanned] = j;
        w->at[tree->scanned++] = depth;
        row = w->row_of[j];
    }
}

static void move_duals(const struct auction *w, const struct tree *tree, int root, double *u,
                       double *v)
{
    u[root] += tree->depth;
    for (int s = 0; s < tree->scanned; s++) {
        u[w->row_of[w->scanned[s]]] += tree->depth - w->at[s];
        v[w->scanned[s]] -= tree->depth - w->at[s];
    }
}

static void flip(struct auction *w, int root, int end)
{
    for (int j = end, row = -1; row != root;) {
        row = w->from[j];
        int previous = w->column_of[row];
        w->column_of[row] = j;
        w->row_of[j] = row;
        j = previous;
    }
}

static void forget(struct auction *w, const struct tree *tree)
{
    for (int s = 0; s < tree->touched; s++)
        heap_forget(&w->paths, w->touched[s]);
}

/* Tries each free row once; those left are in queue, and the rows of their trees wait. */
static int try_all(struct gang *g, int free_count, double *u, double *v)
{
    struct auction *w = g->auction;
    int left = 0;
    for (int k = 0; k < free_count; k++) {
        int root = w->queue[k];
        struct tree tree;
        int end = grow(g, &tree, root, u, v);
        move_duals(w, &tree, root, u, v);
        if (end >= 0) {
            flip(w, root, end);
        } else {
            w->queue[left++] = root;
            w->waiting[root] = 1;
            for (int s = 0; s < tree.scanned; s++)
                w->waiting[w->row_of[w->scanned[s]]] = 1;
        }
        forget(w, &tree);
    }
    return left;
}

int gang_augment(struct gang *g, const float *cost, double *u, double *v)
{
    struct auction *w = g->auction;
    for (int j = 0; j < g->n; j++) {
        heap_forget(&w->paths, j);
        w->waiting[j] = 0;
    }
    int free_count = tighten(g, cost, u, v);
    for (int futile = 0; !g->stopped;) {
        int left = try_all(g, free_count, u, v);
        if (left == 0)
            return STRATA_OK;
        futile = left < free_count ? 0 : futile + 1;
        free_count = left;
        if (futile > FUTILE_ROUNDS) {
            futile = 0;
            if (candidates_resize(g, 2 * g->candidates.k) != STRATA_OK)
                return STRATA_MEMORY;
            for (int i = 0; i < g->n; i++)
                w->waiting[i] = 1;
        }
        gang_assignment_refresh(g, cost, v, g->candidates.k, w->column_of);
    }
    return STRATA_STOPPED;
}
