/* Nodes by distance, nearest first, for shortest paths: a binary heap in which a node may come
 * nearer. Equal ones are taken by number, so that paths do not depend on the order in which they
 * came. */
#ifndef STRATA_HEAP_H
#define STRATA_HEAP_H

#include <math.h>

struct heap {
    double *distance; /* of each node; infinity: not reached */
    int *nodes;       /* [size] in it */
    int *position;    /* of each node in nodes, or -1 */
    int size;
};

static inline int heap_is_nearer(const struct heap *h, int a, int b)
{
    return h->distance[a] != h->distance[b] ? h->distance[a] < h->distance[b] : a < b;
}

static inline void heap_put(struct heap *h, int at, int node)
{
    h->nodes[at] = node;
    h->position[node] = at;
}

/* A node comes in, or nearer. */
static inline void heap_reach(struct heap *h, int node, double distance)
{
    int at = h->position[node] < 0 ? h->size++ : h->position[node];
    h->distance[node] = distance;
    while (at > 0 && heap_is_nearer(h, node, h->nodes[(at - 1) / 2])) {
        heap_put(h, at, h->nodes[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(h, at, node);
}

/* Takes the nearest out, which keeps its distance. */
static inline int heap_take(struct heap *h)
{
    const int nearest = h->nodes[0];
    const int node = h->nodes[--h->size];
    int at = 0;
    for (int child = 1; child < h->size; child = 2 * at + 1) {
        if (child + 1 < h->size && heap_is_nearer(h, h->nodes[child + 1], h->nodes[child]))
            child++;
        if (!heap_is_nearer(h, h->nodes[child], node))
            break;
        heap_put(h, at, h->nodes[child]);
        at = child;
    }
    if (h->size > 0)
        heap_put(h, at, node);
    h->position[nearest] = -1;
    return nearest;
}

/* As if the node had never been reached; of nodes that are in it all must be forgotten. */
static inline void heap_forget(struct heap *h, int node)
{
    h->distance[node] = INFINITY;
    h->position[node] = -1;
}

#endif
