/* Geodesic distances: shortest paths in the graph of nearest neighbours.
 *
 * A link between i and k, of length D[i,k], where k is among the nearest neighbours of i or i among
 * those of k (ties by index). Components are joined by those links of the minimum spanning tree of
 * D that run between them: the shortest that connect everything. Then Dijkstra's algorithm from
 * each point.
 *
 * Cost: n^2 k comparisons to find neighbours, n^2 for the tree (Prim), n^2 k log n for the paths.
 *
 * Tenenbaum, de Silva, Langford, "A global geometric framework for nonlinear dimensionality
 * reduction", Science 290 (2000), doi:10.1126/science.290.5500.2319. Deviation: disconnected parts
 * are joined, not dropped. */
#ifndef STRATA_GEODESIC_H
#define STRATA_GEODESIC_H

enum { GEODESIC_NEIGHBOURS = 10 };

/* strata_geodesic with so many neighbours (0: the default), or all there are. */
int geodesic_replace(double *D, int n, int neighbours);

#endif
