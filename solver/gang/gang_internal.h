/* The gang as its own files see it.
 *
 * Files gang_<stem> do over a gang what <stem> does on one rank (gang_solve: gw, gang_swaps:
 * swap_search, gang_augment and gang_auction: the stages of assignment); the others are what that
 * takes: rows and product move data, candidates is the part of a cost that each rank sees.
 *
 * Rows. Points are cut into tiles of ROW_TILE; rank r owns the tiles [T r / ranks, T (r+1) / ranks)
 * of T. What is computed by BLAS on rows is computed tile by tile, so that each call has the same
 * operands whoever makes it.
 *
 * Grid. grid_rows x grid_columns as square as the number of ranks allows, rather high than wide
 * (the rows of left panels are transposed, each grid row its own); rank r is at row
 * r / grid_columns, column r % grid_columns. Index j of the product is in block j / BLOCK, and
 * blocks go round the grid. */
#ifndef STRATA_GANG_INTERNAL_H
#define STRATA_GANG_INTERNAL_H

#include "candidates.h"
#include "gang.h"
#include "outline.h"
#include "status_agree.h"

enum { ROW_TILE = 32, BLOCK = 64, PANEL = 256 };

struct gang {
    MPI_Comm comm; /* owned duplicate */
    int rank, ranks;
    int n;
    int *begin;  /* [ranks + 1] first row of each rank */
    int *counts; /* [ranks] rows of each */
    int first, count;

    int system, context; /* of BLACS */
    int grid_rows, grid_columns, my_row, my_column;
    int local_rows, local_columns; /* of this rank's part of the product */

    double *product;            /* [local_columns, local_rows] see product.h */
    double *left, *right;       /* panels of it */
    int *sizes[2], *offsets[2]; /* [ranks] of messages: sent, received */
    float *cost;                /* [count, n] */
    void *outgoing, *incoming;  /* rows and panels on their way */
    float *columns;             /* [chunk, n] of the cost, as rows */
    MPI_Request *requests;      /* [n + chunk] */
    int chunk;                  /* rows of each rank that move at a time */
    struct candidates candidates;
    struct auction *auction;
    struct workspace *local; /* proposals, and the search for starts, by rank 0 */

    int *permutation, *costed, *candidate, *best, *list; /* [n] */
    double *sums, *u, *v;                                /* [n] */

    float *core;    /* [1 + rank, 1 + rank] see leading.h */
    float *factor;  /* [n, 1 + rank] of a cost on the leading part */
    void *gathered; /* [n, blocks] double or [n, 1 + rank] float: rows of all points */
    void *tile;     /* [ROW_TILE, n] double */

    strata_tick *tick;
    void *context_of_tick;
    int stopped;
    int iterations, accepted_swaps;
    struct gang_times times;
};

struct gang_space {
    const struct gang *gang; /* borrowed */
    double *rows;            /* [count, n] distances, normalised */
    double *means;           /* [n] row means */
    int *order;              /* [n] points by increasing mean */
    double *profile;         /* [count, blocks] see bounds.h */
    float *values, *vectors; /* and these: see outline.h; the same on all ranks */
    float *cells, *clusters;
    int blocks, rank;
    double scale;   /* what distances were divided by */
    double unit;    /* mean distance: what single-precision copies are divided by */
    double quantum; /* integers of the product are distances times this */
};

static inline struct outline gang_outline(const struct gang_space *s)
{
    return (struct outline){.n = s->gang->n,
                            .rank = s->rank,
                            .order = s->order,
                            .values = s->values,
                            .vectors = s->vectors,
                            .cells = s->cells,
                            .clusters = s->clusters};
}

/* The worst status of all ranks: the same on all of them. Collective. */
static inline int gang_agree(const struct gang *gang, int status)
{
    return status_agree(gang->comm, status);
}

/* Whether some rank's tick asks to stop. Collective. */
int gang_stop(struct gang *gang);

#endif
