/* Dense couplings of two weighted spaces, and what all methods that work with them need: the
 * product that is their gradient, the loss, the lower bound, the Frank-Wolfe gap.
 *
 *     loss(T) = sum (A[i,k] - B[j,l])^2 T[i,j] T[k,l] = <A^2, p p'> + <B^2, q q'> - 2 <A T B, T>
 *
 * for T[n, m] with marginals p, q; its gradient is -4 A T B up to constants of rows and of columns.
 * A T B costs 2 n m (n + m) flops for a dense T, 2 n^2 m for the n + m - 1 cells of a vertex, and
 * 2 n m r if r rows of the vertex changed since the last.
 *
 * Peyré, Cuturi, Solomon, "Gromov-Wasserstein averaging of kernel and distance matrices", ICML
 * 2016, proposition 1. */
#ifndef STRATA_COUPLING_H
#define STRATA_COUPLING_H

#include "space.h"
#include "transport.h"

/* A vertex of the couplings by its cells, rows ascending, columns ascending within a row. */
struct vertex {
    int *first;   /* [n + 1] where the cells of a row begin */
    int *column;  /* [n + m] */
    double *mass; /* [n + m] */
};

struct coupling {
    int row_capacity, column_capacity;
    int n, m;
    const double *A, *B, *p, *q;      /* of the pair being solved; borrowed */
    const struct strata_space *a, *b; /* the same */
    double constant;                  /* <A^2, p p'> + <B^2, q q'> */
    double *cost;                     /* [n, m] of transport, and scratch of products */
    double *product;                  /* [n, m] A S B of the vertex */
    double *some_rows;                /* [n/2, n] rows of A, scratch */
    double *row, *column;             /* [n], [m] scratch */
    int *changed;                     /* [n] rows of the vertex that did */
    struct vertex vertex, before;     /* S; and what product belongs to */
    int known;                        /* whether product belongs to anything */
    struct strata_transport *transport;
    struct strata_plan plan;
};

/* STRATA_OK or STRATA_MEMORY; coupling_reset in both cases. */
int coupling_init(struct coupling *c, int n, int m);
void coupling_reset(struct coupling *c);

/* A pair within the capacities. */
void coupling_set(struct coupling *c, const struct strata_space *a, const struct strata_space *b);

/* The vertex that is optimal for c->cost. */
void coupling_transport(struct coupling *c);

/* Mémoli's third lower bound (bounds.h) from the quantiles of the rows; leaves its vertex. */
double coupling_lower_bound(struct coupling *c);

/* Whether matching each point with itself is a coupling. The vertex of it. */
int coupling_has_identity(const struct coupling *c);
void coupling_identity(struct coupling *c);

/* Makes c->product belong to the vertex. */
void coupling_update_product(struct coupling *c);

/* product[n, m] of T = p q': rank one, n^2 + m^2 flops. */
void coupling_product_of_independent(struct coupling *c, double *product);

/* <product, S> for any matrix product[n, m] and the vertex S. */
double coupling_dot(const struct coupling *c, const double *product);

/* T[n, m] = S. */
void coupling_write(const struct coupling *c, double *T);

/* Sets c->cost to -product, each row and column minus its mean: no coupling feels the difference.
 */
void coupling_centre_cost(struct coupling *c, const double *product);

/* The loss: cell by cell where T has few cells, and then exact to rounding and never negative;
 * else by product = A T B, and zero where that comes out negative. */
double coupling_loss(struct coupling *c, const double *T, const double *product);

/* Row i's only partner, but for 1e-9 of its weight, or -1: permutation[n]. */
void coupling_partners(const double *T, int n, int m, int *permutation);

#endif
