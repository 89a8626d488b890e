/* The gang itself: ranks, layout, workspace. */
#include "gang.h"
#include "blocks.h"
#include "gang_assignment.h"
#include "gang_internal.h"
#include "gang_space.h"
#include "gang_swaps.h"
#include "scalapack.h"
#include "space.h"
#include "workspace.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_DOUBLES = 1 << 20, CHUNK_ROWS = 64 }; /* of rows on their way */
enum { POINTS_MAX = 1 << 20 };

int gang_stop(struct gang *g)
{
    int stop = g->tick != NULL && !g->stopped && g->tick(g->context_of_tick) != 0;
    if (!g->stopped)
        MPI_Allreduce(&stop, &g->stopped, 1, MPI_INT, MPI_MAX, g->comm);
    return g->stopped;
}

/* --- Layout ----------------------------------------------------------------------------------- */

static int first_row(int n, int ranks, int rank)
{
    int64_t tiles = ((int64_t)n + ROW_TILE - 1) / ROW_TILE;
    int64_t row = tiles * rank / ranks * ROW_TILE;
    return row < n ? (int)row : n;
}

/* Where rank is, and how much it has. */
static void lay_out(struct gang *g, int n, int ranks, int rank)
{
    g->n = n;
    g->ranks = ranks;
    g->rank = rank;
    g->first = first_row(n, ranks, rank);
    g->count = first_row(n, ranks, rank + 1) - g->first;
    g->grid_columns = grid_side(ranks);
    g->grid_rows = ranks / g->grid_columns;
    g->my_row = rank / g->grid_columns;
    g->my_column = rank % g->grid_columns;
    g->local_rows = dealt(n, BLOCK, g->my_row, g->grid_rows);
    g->local_columns = dealt(n, BLOCK, g->my_column, g->grid_columns);
    g->chunk = CHUNK_DOUBLES / n;
    g->chunk = g->chunk < 1 ? 1 : g->chunk;
    g->chunk = g->chunk > CHUNK_ROWS ? CHUNK_ROWS : g->chunk;
}

/* The most columns of the product that leave a rank of this grid column in one round (product.c).
 */
static int columns_of_round(const struct gang *g, int grid_column)
{
    int most = 0;
    for (int round = 0;; round++) {
        int columns = 0;
        int moving = 0;
        for (int r = 0; r < g->ranks; r++) {
            int64_t from = first_row(g->n, g->ranks, r) + (int64_t)round * g->chunk;
            int64_t end = first_row(g->n, g->ranks, r + 1);
            for (int64_t i = from; i < from + g->chunk && i < end; i++) {
                columns += (int)(i / BLOCK) % g->grid_columns == grid_column;
                moving = 1;
            }
        }
        most = columns > most ? columns : most;
        if (!moving)
            return most;
    }
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* --- Memory ----------------------------------------------------------------------------------- */

/* Everything that a gang holds: lists what is allocated and freed, and what gang_bytes counts.
 * leaving: columns of the product that leave in one round. */
static int list_blocks(struct gang *g, int leaving, struct block *blocks)
{
    const size_t n = (size_t)g->n;
    const size_t own = (size_t)g->count;
    const size_t ranks = (size_t)g->ranks;
    const size_t rows = (size_t)g->local_rows;
    const size_t columns = (size_t)g->local_columns;
    const size_t chunk = (size_t)g->chunk;
    const size_t leading = 1 + SPECTRUM_RANK;
    /* panels; columns of the product; pieces of columns of the cost (gang_swaps.c) */
    size_t outgoing = own * PANEL * sizeof(double);
    outgoing = larger(outgoing, (size_t)leaving * rows * sizeof(float));
    outgoing = larger(outgoing, (ranks * chunk < n ? ranks * chunk : n) * own * sizeof(float));
    const struct block all[] = {
        {(void **)&g->begin, (ranks + 1) * sizeof(int)},
        {(void **)&g->counts, ranks * sizeof(int)},
        {(void **)&g->product, rows * columns * sizeof(double)},
        {(void **)&g->left, rows * PANEL * sizeof(double)},
        {(void **)&g->right, columns * PANEL * sizeof(double)},
        {(void **)&g->sizes[0], ranks * sizeof(int)},
        {(void **)&g->sizes[1], ranks * sizeof(int)},
        {(void **)&g->offsets[0], ranks * sizeof(int)},
        {(void **)&g->offsets[1], ranks * sizeof(int)},
        {(void **)&g->cost, own * n * sizeof(float)},
        {(void **)&g->columns, chunk * n * sizeof(float)},
        {&g->outgoing, outgoing},
        {&g->incoming, larger(rows * PANEL * sizeof(double), chunk * n * sizeof(double))},
        {(void **)&g->requests, (n + chunk) * sizeof(MPI_Request)},
        {(void **)&g->permutation, n * sizeof(int)},
        {(void **)&g->costed, n * sizeof(int)},
        {(void **)&g->candidate, n * sizeof(int)},
        {(void **)&g->best, n * sizeof(int)},
        {(void **)&g->list, n * sizeof(int)},
        {(void **)&g->sums, n * sizeof(double)},
        {(void **)&g->u, n * sizeof(double)},
        {(void **)&g->v, n * sizeof(double)},
        {(void **)&g->core, leading * leading * sizeof(float)},
        {(void **)&g->factor, n * leading * sizeof(float)},
        {&g->gathered, n * larger(PROFILE_BLOCKS * sizeof(double), leading * sizeof(float))},
        {(void **)&g->tile, ROW_TILE * n * sizeof(double)},
    };
    _Static_assert(sizeof all <= BLOCKS_MAX * sizeof *all, "a longer list");
    memcpy(blocks, all, sizeof all);
    return (int)(sizeof all / sizeof *all);
}

static int allocate(struct gang *g)
{
    struct block blocks[BLOCKS_MAX];
    const int count = list_blocks(g, columns_of_round(g, g->my_column), blocks);
    const int complete = blocks_allocate(blocks, count);
    g->auction = auction_new(g->n);
    g->local = workspace_new_for_starts(g->n);
    return complete && g->auction && g->local ? STRATA_OK : STRATA_MEMORY;
}

/* Of the rank that has most of everything: rank 0 is first in the grid, and all but a few ranks
 * have equally many rows. */
size_t gang_bytes(int n, int d, int ranks)
{
    if (n < 2 || n > POINTS_MAX || d < 1 || ranks < 1)
        return 0;
    struct gang g = {0};
    struct block blocks[BLOCKS_MAX];
    int leaving = 0;
    lay_out(&g, n, ranks, 0);
    for (int rank = 0; rank < ranks; rank++) {
        int count = first_row(n, ranks, rank + 1) - first_row(n, ranks, rank);
        g.count = count > g.count ? count : g.count;
    }
    for (int column = 0; column < g.grid_columns; column++) {
        int columns = columns_of_round(&g, column);
        leaving = columns > leaving ? columns : leaving;
    }
    return blocks_size(blocks, list_blocks(&g, leaving, blocks)) + 2 * gang_space_bytes(&g) +
           auction_bytes(n) + candidates_bytes(n, ranks) + workspace_bytes_for_starts(n) +
           larger(larger(gang_distance_bytes(&g, d), gang_spectrum_bytes(&g)), gang_swaps_bytes(n));
}

/* --- Gangs ------------------------------------------------------------------------------------ */

int gang_new(MPI_Comm comm, int n, struct gang **gang)
{
    *gang = NULL;
    if (n < 2 || n > POINTS_MAX)
        return STRATA_ARGUMENT;
    struct gang *g = calloc(1, sizeof *g);
    int status = g != NULL ? STRATA_OK : STRATA_MEMORY;
    MPI_Allreduce(MPI_IN_PLACE, &status, 1, MPI_INT, MPI_MIN, comm);
    if (status != STRATA_OK || g == NULL) {
        free(g);
        return STRATA_MEMORY;
    }
    int ranks = 0;
    int rank = 0;
    MPI_Comm_dup(comm, &g->comm);
    MPI_Comm_size(comm, &ranks);
    MPI_Comm_rank(comm, &rank);
    lay_out(g, n, ranks, rank);
    g->system = Csys2blacs_handle(g->comm);
    g->context = g->system;
    Cblacs_gridinit(&g->context, "Row", g->grid_rows, g->grid_columns);
    status = gang_agree(g, allocate(g));
    if (status != STRATA_OK) {
        gang_destroy(&g);
        return status;
    }
    for (int r = 0; r < ranks; r++) {
        g->begin[r] = first_row(n, ranks, r);
        g->counts[r] = first_row(n, ranks, r + 1) - g->begin[r];
    }
    g->begin[ranks] = n;
    *gang = g;
    return STRATA_OK;
}

void gang_destroy(struct gang **gang)
{
    struct gang *g = *gang;
    if (g != NULL) {
        struct block blocks[BLOCKS_MAX];
        blocks_free(blocks, list_blocks(g, 0, blocks));
        auction_destroy(&g->auction);
        workspace_destroy(&g->local);
        candidates_free(&g->candidates);
        Cblacs_gridexit(g->context);
        Cfree_blacs_system_handle(g->system);
        MPI_Comm_free(&g->comm);
        free(g);
    }
    *gang = NULL;
}

void gang_rows(const struct gang *g, int *first, int *count)
{
    *first = g->first;
    *count = g->count;
}

struct gang_times gang_times(const struct gang *g)
{
    return g->times;
}
