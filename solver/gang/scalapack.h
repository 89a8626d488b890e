/* The few routines of BLACS, ScaLAPACK and PBLAS in use: the libraries bring no C header. */
#ifndef STRATA_GANG_SCALAPACK_H
#define STRATA_GANG_SCALAPACK_H

#include <mpi.h>

/* BLACS: process grids. A context names a grid. */
int Csys2blacs_handle(MPI_Comm comm);
void Cfree_blacs_system_handle(int handle);
void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
void Cblacs_gridexit(int context);

/* PBLAS: C = alpha A B + beta C of distributed column-major matrices; ix, jx from 1. A descriptor
 * is {1, context, rows, columns, row block, column block, first process row, first process column,
 * local leading dimension}. */
enum { DESCRIPTOR = 9 };
void pdgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
             const double *alpha, const double *a, const int *ia, const int *ja, const int *desca,
             const double *b, const int *ib, const int *jb, const int *descb, const double *beta,
             double *c, const int *ic, const int *jc, const int *descc);

/* ScaLAPACK: how many of n indices, in blocks dealt round `size` grid rows or columns from `origin`
 * on, `index` has; and the machine's constants. */
int numroc_(const int *n, const int *block, const int *index, const int *origin, const int *size);
double pdlamch_(const int *context, const char *which);

/* Some eigenpairs of a symmetric matrix; sizes of -1 ask how much workspace it takes. */
void pdsyevx_(const char *jobz, const char *range, const char *uplo, const int *n, double *a,
              const int *ia, const int *ja, const int *desca, const double *vl, const double *vu,
              const int *il, const int *iu, const double *abstol, int *m, int *nz, double *w,
              const double *orfac, double *z, const int *iz, const int *jz, const int *descz,
              double *work, const int *lwork, int *iwork, const int *liwork, int *ifail,
              int *iclustr, double *gap, int *info);

/* The same, dealt from the first on. */
static inline int dealt(int n, int block, int index, int size)
{
    const int origin = 0;
    return numroc_(&n, &block, &index, &origin, &size);
}

/* A leading dimension, which must not be 0. */
static inline int at_least_one(int x)
{
    return x > 1 ? x : 1;
}

/* The shorter side of a grid as near to a square as the number of ranks allows. */
static inline int grid_side(int ranks)
{
    int side = 1;
    for (int r = 1; r * r <= ranks; r++)
        side = ranks % r == 0 ? r : side;
    return side;
}

#endif
