#include "geodesic.h"
#include "strata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 1 << 20 };

struct link {
    int a, b;
    double length;
};

struct graph {
    int n;
    struct link *links; /* [n (neighbours + 1)] */
    size_t count;
    size_t *first;     /* [n + 1] where the links of a point begin in: */
    int *to;           /* [2 count] */
    double *length;    /* [2 count] */
    int *group;        /* [n] union-find */
    double *reached;   /* [n] Prim and Dijkstra: distance from what is done */
    int *heap, *place; /* [n] points by reached, and where in the heap they are; -1: done */
    int *from;         /* [n] */
};

static void graph_free(struct graph *g)
{
    free(g->links);
    free(g->first);
    free(g->to);
    free(g->length);
    free(g->group);
    free(g->reached);
    free(g->heap);
    free(g->place);
    free(g->from);
}

static int graph_new(struct graph *g, int n, int neighbours)
{
    size_t count = (size_t)n;
    size_t links = count * ((size_t)neighbours + 1);
    *g = (struct graph){.n = n};
    g->links = malloc(links * sizeof *g->links);
    g->first = malloc((count + 1) * sizeof *g->first);
    g->to = malloc(2 * links * sizeof *g->to);
    g->length = malloc(2 * links * sizeof *g->length);
    g->group = malloc(count * sizeof *g->group);
    g->reached = malloc(count * sizeof *g->reached);
    g->heap = malloc(count * sizeof *g->heap);
    g->place = malloc(count * sizeof *g->place);
    g->from = malloc(count * sizeof *g->from);
    int good = g->links && g->first && g->to && g->length && g->group && g->reached && g->heap &&
               g->place && g->from;
    return good ? STRATA_OK : STRATA_MEMORY;
}

static int group_of(struct graph *g, int i)
{
    while (g->group[i] != i) {
        g->group[i] = g->group[g->group[i]];
        i = g->group[i];
    }
    return i;
}

static void add_link(struct graph *g, int a, int b, double length)
{
    g->links[g->count++] = (struct link){a, b, length};
    g->group[group_of(g, a)] = group_of(g, b);
}

/* The links of each point to its nearest; links found from both ends are there twice. */
static void link_neighbours(struct graph *g, const double *D, int neighbours)
{
    int *nearest = g->heap; /* of this row, ascending */
    for (int i = 0; i < g->n; i++) {
        const double *row = D + (size_t)i * g->n;
        int count = 0;
        for (int k = 0; k < g->n; k++) {
            if (k == i || (count == neighbours && row[k] >= row[nearest[count - 1]]))
                continue;
            int at = count < neighbours ? count++ : count - 1;
            for (; at > 0 && row[k] < row[nearest[at - 1]]; at--)
                nearest[at] = nearest[at - 1];
            nearest[at] = k;
        }
        for (int k = 0; k < count; k++)
            add_link(g, i, nearest[k], row[nearest[k]]);
    }
}

static int by_length(const void *a, const void *b)
{
    const struct link *x = a;
    const struct link *y = b;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return x->a != y->a ? x->a - y->a : x->b - y->b;
}

/* Adds the links of the minimum spanning tree between parts. The tree is put behind the links. */
static void join(struct graph *g, const double *D)
{
    const int n = g->n;
    struct link *tree = g->links + g->count;
    for (int k = 0; k < n; k++) {
        g->reached[k] = D[k];
        g->from[k] = 0;
        g->place[k] = 0;
    }
    g->place[0] = -1;
    for (int count = 0; count < n - 1; count++) {
        int nearest = -1;
        for (int k = 0; k < n; k++) {
            if (g->place[k] >= 0 && (nearest < 0 || g->reached[k] < g->reached[nearest]))
                nearest = k;
        }
        g->place[nearest] = -1;
        tree[count] = (struct link){g->from[nearest], nearest, g->reached[nearest]};
        for (int k = 0; k < n; k++) {
            if (D[(size_t)nearest * n + k] < g->reached[k]) {
                g->reached[k] = D[(size_t)nearest * n + k];
                g->from[k] = nearest;
            }
        }
    }
    qsort(tree, (size_t)n - 1, sizeof *tree, by_length);
    for (int k = 0; k < n - 1; k++) {
        struct link l = tree[k]; /* add_link writes at or before k */
        if (group_of(g, l.a) != group_of(g, l.b))
            add_link(g, l.a, l.b, l.length);
    }
}

/* Links by point, both ways. */
static void index_links(struct graph *g)
{
    memset(g->first, 0, ((size_t)g->n + 1) * sizeof *g->first);
    for (size_t k = 0; k < g->count; k++) {
        g->first[g->links[k].a + 1]++;
        g->first[g->links[k].b + 1]++;
    }
    for (int i = 0; i < g->n; i++)
        g->first[i + 1] += g->first[i];
    for (size_t k = 0; k < g->count; k++) {
        const struct link *l = &g->links[k];
        for (int end = 0; end < 2; end++) {
            size_t at = g->first[end ? l->b : l->a]++;
            g->to[at] = end ? l->a : l->b;
            g->length[at] = l->length;
        }
    }
    for (int i = g->n; i > 0; i--)
        g->first[i] = g->first[i - 1];
    g->first[0] = 0;
}

/* Moves a point up to where its distance belongs. */
static void rise(struct graph *g, int point)
{
    int at = g->place[point];
    while (at > 0 && g->reached[point] < g->reached[g->heap[(at - 1) / 2]]) {
        g->heap[at] = g->heap[(at - 1) / 2];
        g->place[g->heap[at]] = at;
        at = (at - 1) / 2;
    }
    g->heap[at] = point;
    g->place[point] = at;
}

/* Takes the nearest point out of a heap of count. */
static int take(struct graph *g, int count)
{
    int top = g->heap[0];
    int moved = g->heap[count - 1];
    int at = 0;
    for (int child = 1; child < count - 1; child = 2 * at + 1) {
        if (child + 1 < count - 1 && g->reached[g->heap[child + 1]] < g->reached[g->heap[child]])
            child++;
        if (!(g->reached[g->heap[child]] < g->reached[moved]))
            break;
        g->heap[at] = g->heap[child];
        g->place[g->heap[at]] = at;
        at = child;
    }
    g->heap[at] = moved;
    g->place[moved] = at;
    g->place[top] = -1;
    return top;
}

/* Shortest paths from a point: reached[n]. */
static void walk(struct graph *g, int start)
{
    for (int k = 0; k < g->n; k++) {
        g->reached[k] = k == start ? 0 : INFINITY;
        g->heap[k] = k;
        g->place[k] = k;
    }
    rise(g, start);
    for (int count = g->n; count > 0; count--) {
        int point = take(g, count);
        for (size_t k = g->first[point]; k < g->first[point + 1]; k++) {
            double length = g->reached[point] + g->length[k];
            if (g->place[g->to[k]] >= 0 && length < g->reached[g->to[k]]) {
                g->reached[g->to[k]] = length;
                rise(g, g->to[k]);
            }
        }
    }
}

int strata_geodesic(double *D, int n, int neighbours)
{
    if (!D || n < 2 || n > POINTS_MAX || neighbours < 1 || neighbours >= n)
        return STRATA_ARGUMENT;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            if (!isfinite(D[(size_t)i * n + k]))
                return STRATA_NOT_FINITE;
        }
    }
    struct graph g;
    int status = graph_new(&g, n, neighbours);
    if (status == STRATA_OK) {
        for (int i = 0; i < n; i++)
            g.group[i] = i;
        link_neighbours(&g, D, neighbours);
        join(&g, D);
        index_links(&g);
        for (int i = 0; i < n; i++) {
            walk(&g, i);
            for (int k = 0; k <= i; k++)
                D[(size_t)i * n + k] = D[(size_t)k * n + i] = g.reached[k];
        }
    }
    graph_free(&g);
    return status;
}

int geodesic_replace(double *D, int n, int neighbours)
{
    const int asked = neighbours > 0 ? neighbours : GEODESIC_NEIGHBOURS;
    return strata_geodesic(D, n, asked < n ? asked : n - 1);
}
