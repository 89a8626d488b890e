/* A v = lambda v by bisection and inverse iteration: ScaLAPACK's pdsyevx, which gives some of the
 * pairs for the work of some. Workspace is such that the vectors of close eigenvalues are made
 * orthogonal, however many of the wanted ones are close.
 *
 * Rank 0 deals the blocks of A to the grid, block column by block column, and collects those of the
 * vectors in the same way. */
#include "gang_eigen.h"
#include "eigen.h"
#include "scalapack.h"
#include "status_agree.h"
#include "strata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 };

struct eigen {
    MPI_Comm comm;
    int rank, ranks, n;
    int system, context; /* of BLACS */
    int grid_rows, grid_columns;
    int descriptor[DESCRIPTOR];
    int height;           /* rows of this rank's part, at least 1 */
    double *own, *z;      /* [its columns, height] parts of A and of the vectors */
    double *block;        /* [BLOCK, n] on its way */
    double *w, *gap;      /* [n], [ranks] */
    int *failed, *groups; /* [n], [2 ranks] */
    double *work;
    int *integers;
};

/* --- Rank 0 and the grid ---------------------------------------------------------------------- */

/* A block column on its way: the rows of one grid row, packed, and where they are in the whole. */
struct leg {
    double *columns; /* [width, n] of the whole; NULL but on rank 0 */
    double *packed;  /* [width, rows] */
    int width, row, rows;
};

static void copy(const struct eigen *e, struct leg leg, int is_gather)
{
    double *piece = leg.packed;
    for (int k = 0; k < leg.width; k++) {
        for (int i = leg.row * BLOCK; i < e->n; i += BLOCK * e->grid_rows) {
            double *whole = leg.columns + (size_t)k * (size_t)e->n + i;
            const int length = e->n - i < BLOCK ? e->n - i : BLOCK;
            memcpy(is_gather ? whole : piece, is_gather ? piece : whole,
                   (size_t)length * sizeof *piece);
            piece += length;
        }
    }
}

static void travel(const struct eigen *e, struct leg leg, int owner, int is_gather)
{
    const int total = leg.rows * leg.width;
    const int other = e->rank == 0 ? owner : 0;
    const int sends = is_gather == (e->rank == owner);
    if (leg.columns != NULL && (owner == 0 || !is_gather))
        copy(e, leg, is_gather);
    if (owner == 0 || (e->rank != owner && e->rank != 0))
        return;
    if (sends)
        MPI_Send(leg.packed, total, MPI_DOUBLE, other, 0, e->comm);
    else
        MPI_Recv(leg.packed, total, MPI_DOUBLE, other, 0, e->comm, MPI_STATUS_IGNORE);
    if (leg.columns != NULL && is_gather)
        copy(e, leg, is_gather);
}

/* Moves columns 0 … count-1 of whole[count, n], rank 0's, to (or from) the ranks' parts of them. */
static void deal(const struct eigen *e, double *whole, double *part, int count, int is_gather)
{
    for (int first = 0, index = 0; first < count; first += BLOCK, index++) {
        const size_t local = (size_t)(index / e->grid_columns) * BLOCK;
        for (int row = 0; row < e->grid_rows; row++) {
            const int owner = row * e->grid_columns + index % e->grid_columns;
            struct leg leg = {.width = count - first < BLOCK ? count - first : BLOCK,
                              .row = row,
                              .rows = dealt(e->n, BLOCK, row, e->grid_rows)};
            leg.columns = whole != NULL ? whole + (size_t)first * (size_t)e->n : NULL;
            leg.packed = e->rank == owner ? part + local * (size_t)e->height : e->block;
            travel(e, leg, owner, is_gather);
        }
    }
}

/* --- The solution ----------------------------------------------------------------------------- */

/* pdsyevx on what e holds; sizes of workspace, or -1 to ask for them. Returns its info. */
static int call(struct eigen *e, int first, int count, double *work, int work_size, int *integers,
                int integer_size)
{
    const int one = 1;
    const int low = first + 1;
    const int high = first + count;
    const double unused = 0;
    const double tolerance = 2 * pdlamch_(&e->context, "S"); /* the most accurate bisection */
    const double orthogonal = -1;                            /* the default: 1e-3 |A| */
    int found = 0;
    int vectors = 0;
    int info = 0;
    pdsyevx_("V", "I", "L", &e->n, e->own, &one, &one, e->descriptor, &unused, &unused, &low, &high,
             &tolerance, &found, &vectors, e->w, &orthogonal, e->z, &one, &one, e->descriptor, work,
             &work_size, integers, &integer_size, e->failed, e->groups, e->gap, &info);
    return work_size < 0 || (found == count && vectors == count) ? info : 1;
}

static int allocate(struct eigen *e, int my_row, int my_column)
{
    const size_t n = (size_t)e->n;
    const int columns = dealt(e->n, BLOCK, my_column, e->grid_columns);
    const int rows = dealt(e->n, BLOCK, my_row, e->grid_rows);
    e->height = at_least_one(rows);
    const int descriptor[DESCRIPTOR] = {1, e->context, e->n, e->n, BLOCK, BLOCK, 0, 0, e->height};
    memcpy(e->descriptor, descriptor, sizeof descriptor);
    const size_t part = (size_t)e->height * (size_t)at_least_one(columns);
    e->own = malloc(part * sizeof *e->own);
    e->z = malloc(part * sizeof *e->z);
    e->block = malloc(BLOCK * n * sizeof *e->block);
    e->w = malloc(n * sizeof *e->w);
    e->gap = malloc((size_t)e->ranks * sizeof *e->gap);
    e->failed = malloc(n * sizeof *e->failed);
    e->groups = malloc(2 * (size_t)e->ranks * sizeof *e->groups);
    int complete = e->own && e->z && e->block && e->w && e->gap && e->failed && e->groups;
    return status_agree(e->comm, complete ? STRATA_OK : STRATA_MEMORY);
}

static int largest(int a, int b, int c)
{
    int m = a > b ? a : b;
    return m > c ? m : c;
}

/* The least workspace of pdsyevx, by its manual. */
static double least_work(const struct eigen *e, int count)
{
    const int n = largest(e->n, BLOCK, 2);
    const double rows = dealt(n, BLOCK, 0, e->grid_rows);
    const double columns = dealt(largest(count, BLOCK, 2), BLOCK, 0, e->grid_columns);
    const double vectors = ceil((double)count / e->ranks) * n;
    return 5.0 * e->n + fmax(5.0 * n, rows * columns + 2 * BLOCK * BLOCK) + vectors;
}

/* What pdsyevx asks for, and count n to make the vectors orthogonal. With what it asks for it moves
 * the matrix to a square grid, the largest there is; of two or three ranks, that would be one. */
static int allocate_work(struct eigen *e, int first, int count, int *work_size, int *integer_size)
{
    double work[3] = {0};
    int integers[3] = {0};
    int status = call(e, first, count, work, -1, integers, -1) == 0 ? STRATA_OK : STRATA_ARGUMENT;
    const double wanted = e->ranks < 4 ? least_work(e, count) : work[0];
    const double size = wanted + (double)count * e->n;
    if (status == STRATA_OK && size < 0x1p31) {
        *work_size = (int)size;
        *integer_size = integers[0];
        e->work = malloc((size_t)*work_size * sizeof *e->work);
        e->integers = malloc((size_t)*integer_size * sizeof *e->integers);
    }
    return status_agree(e->comm, e->work && e->integers ? STRATA_OK : STRATA_MEMORY);
}

static void release(struct eigen *e)
{
    free(e->own);
    free(e->z);
    free(e->block);
    free(e->w);
    free(e->gap);
    free(e->failed);
    free(e->groups);
    free(e->work);
    free(e->integers);
    if (e->context >= 0)
        Cblacs_gridexit(e->context);
    Cfree_blacs_system_handle(e->system);
}

static int solve(struct eigen *e, double *A, int first, int count, double *values, double *vectors)
{
    int work_size = 0;
    int integer_size = 0;
    int status = allocate(e, e->rank / e->grid_columns, e->rank % e->grid_columns);
    if (status == STRATA_OK)
        status = allocate_work(e, first, count, &work_size, &integer_size);
    if (status != STRATA_OK)
        return status;
    deal(e, A, e->own, e->n, 0);
    int info = call(e, first, count, e->work, work_size, e->integers, integer_size);
    status = status_agree(e->comm, info == 0 ? STRATA_OK : STRATA_MEMORY);
    if (status != STRATA_OK)
        return status;
    deal(e, vectors, e->z, count, 1);
    for (int k = 0; k < count && e->rank == 0; k++) {
        values[k] = e->w[k];
        eigen_fix_sign(vectors + (size_t)k * (size_t)e->n, e->n);
    }
    return STRATA_OK;
}

int gang_eigen(MPI_Comm comm, double *A, int n, int first, int count, double *values,
               double *vectors)
{
    struct eigen e = {.n = n, .context = -1};
    if (n < 1 || first < 0 || count < 1 || first > n - count)
        return STRATA_ARGUMENT;
    MPI_Comm_rank(comm, &e.rank);
    int status = e.rank == 0 && !eigen_is_finite(A, n) ? STRATA_NOT_FINITE : STRATA_OK;
    status = status_agree(comm, status);
    if (status != STRATA_OK)
        return status;
    MPI_Comm_dup(comm, &e.comm);
    MPI_Comm_size(comm, &e.ranks);
    e.grid_rows = grid_side(e.ranks);
    e.grid_columns = e.ranks / e.grid_rows;
    e.system = Csys2blacs_handle(e.comm);
    e.context = e.system;
    Cblacs_gridinit(&e.context, "Row", e.grid_rows, e.grid_columns);
    status = solve(&e, A, first, count, values, vectors);
    release(&e);
    MPI_Comm_free(&e.comm);
    return status;
}
