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

#endif
