#include "product.h"
#include "rows.h"
#include "scalapack.h"

#include <math.h>
#include <string.h>

/* Rounds to the nearest integer, for |x| < 2^51, faster than a call: the sum has no fraction bits.
 */
static double round_integer(double x)
{
    const double shift = 0x1.8p52;
    return (x + shift) - shift;
}

void product_scale(const struct gang *g, struct gang_space *s)
{
    const double limit = 47453132.0; /* 2^25.5 */
    double longest = 0;
    for (int i = 0; i < g->count; i++) {
        const double *row = s->rows + (size_t)i * g->n;
        double squares = 0;
        for (int k = 0; k < g->n; k++)
            squares += (row[k] - s->means[k]) * (row[k] - s->means[k]);
        longest = squares > longest ? squares : longest;
    }
    longest = sqrt(rows_maximum(g, longest));
    s->quantum = longest > 0 ? (limit - sqrt((double)g->n)) / longest : 1;
}

/* --- From rows to panels ---------------------------------------------------------------------- */

/* What a panel takes from a row: elements now[k] less elements before[k] of a space. */
struct panel {
    const struct gang_space *space;
    const int *now, *before; /* [n]; before may be NULL */
    const int *list;         /* [width] the k that it holds */
    int width;
};

static void fill(const struct panel *p, const double *row, double *out)
{
    const double *means = p->space->means;
    const double quantum = p->space->quantum;
    for (int k = 0; k < p->width; k++) {
        int now = p->now ? p->now[p->list[k]] : p->list[k];
        out[k] = round_integer((row[now] - means[now]) * quantum);
        if (p->before != NULL) {
            int before = p->before[p->list[k]];
            out[k] -= round_integer((row[before] - means[before]) * quantum);
        }
    }
}

/* The rank that gets row i of a panel: left panels lie in grid column `turn`, dealt over the grid
 * rows; right panels in grid row `turn`, dealt over the grid columns. */
static int target(const struct gang *g, int is_left, int turn, int i)
{
    int block = i / BLOCK;
    return is_left ? block % g->grid_rows * g->grid_columns + turn
                   : turn * g->grid_columns + block % g->grid_columns;
}

/* Sends the panel's rows to the grid. Those that arrive are in ascending order, since ranks hold
 * ascending rows: into[its rows, width]. */
static void scatter(struct gang *g, const struct panel *p, int is_left, int turn, double *into)
{
    double *packed = (double *)g->outgoing;
    memset(g->sizes[0], 0, (size_t)g->ranks * sizeof(int));
    memset(g->sizes[1], 0, (size_t)g->ranks * sizeof(int));
    for (int i = g->first; i < g->first + g->count; i++)
        g->sizes[0][target(g, is_left, turn, i)] += p->width;
    for (int r = 0; r < g->ranks; r++) {
        for (int i = g->begin[r]; i < g->begin[r + 1]; i++)
            g->sizes[1][r] += target(g, is_left, turn, i) == g->rank ? p->width : 0;
    }
    for (int side = 0; side < 2; side++) {
        g->offsets[side][0] = 0;
        for (int r = 1; r < g->ranks; r++)
            g->offsets[side][r] = g->offsets[side][r - 1] + g->sizes[side][r - 1];
    }
    for (int i = 0; i < g->count; i++) {
        int to = target(g, is_left, turn, g->first + i);
        fill(p, p->space->rows + (size_t)i * g->n, packed + g->offsets[0][to]);
        g->offsets[0][to] += p->width;
    }
    for (int r = 0; r < g->ranks; r++)
        g->offsets[0][r] -= g->sizes[0][r];
    MPI_Alltoallv(packed, g->sizes[0], g->offsets[0], MPI_DOUBLE, into, g->sizes[1], g->offsets[1],
                  MPI_DOUBLE, g->comm);
}

/* to[rows, width] column-major = from[rows, width] row-major, in tiles that fit the cache. */
static void transpose(const double *from, double *to, int rows, int width)
{
    enum { TILE = 16 };
    for (int i0 = 0; i0 < rows; i0 += TILE) {
        int i1 = i0 + TILE < rows ? i0 + TILE : rows;
        for (int k = 0; k < width; k++) {
            for (int i = i0; i < i1; i++)
                to[(size_t)k * rows + i] = from[(size_t)i * width + k];
        }
    }
}

/* product += left right for one panel. */
static void multiply(struct gang *g, int width, int turn_left, int turn_right)
{
    const int one = 1;
    const double unit = 1;
    const int n = g->n;
    const int left[DESCRIPTOR] = {
        1, g->context, n, width, BLOCK, width, 0, turn_left, at_least_one(g->local_rows)};
    const int right[DESCRIPTOR] = {1, g->context, width, n, width, BLOCK, turn_right, 0, width};
    const int all[DESCRIPTOR] = {
        1, g->context, n, n, BLOCK, BLOCK, 0, 0, at_least_one(g->local_rows)};
    double begin = MPI_Wtime();
    pdgemm_("N", "N", &n, &n, &width, &unit, g->left, &one, &one, left, g->right, &one, &one, right,
            &unit, g->product, &one, &one, all);
    g->times.pdgemm += MPI_Wtime() - begin;
    g->times.flops += 2.0 * n * n * width;
}

static void add_panel(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                      const int *before, const int *list, int width, int index)
{
    const int turn_left = index % g->grid_columns;
    const int turn_right = index % g->grid_rows;
    const struct panel of_b = {b, g->permutation, before, list, width};
    const struct panel of_a = {a, NULL, NULL, list, width};
    scatter(g, &of_b, 1, turn_left, (double *)g->incoming);
    if (g->my_column == turn_left)
        transpose((double *)g->incoming, g->left, g->local_rows, width);
    scatter(g, &of_a, 0, turn_right, g->right);
    multiply(g, width, turn_left, turn_right);
}

/* --- From the product to rows ----------------------------------------------------------------- */

/* Sends -product in single precision to the owners of rows i, `chunk` rows of each at a time. A
 * column of the local part, [local_rows], is a piece of a row of cost. */
static void gather_round(struct gang *g, int round)
{
    float *out = (float *)g->outgoing;
    float *in = (float *)g->incoming;
    int sent = 0;
    int received = 0;
    for (int r = 0; r < g->ranks; r++) {
        g->offsets[0][r] = sent;
        int begin = 0;
        int end = 0;
        rows_of_round(g, r, round, &begin, &end);
        for (int i = begin; i < end; i++) {
            int block = i / BLOCK;
            if (block % g->grid_columns != g->my_column)
                continue;
            int local = block / g->grid_columns * BLOCK + i % BLOCK;
            const double *column = g->product + (size_t)local * (size_t)g->local_rows;
            for (int j = 0; j < g->local_rows; j++)
                out[sent + j] = (float)-column[j];
            sent += g->local_rows;
        }
        g->sizes[0][r] = sent - g->offsets[0][r];
    }
    int from = 0;
    int to = 0;
    rows_of_round(g, g->rank, round, &from, &to);
    for (int r = 0; r < g->ranks; r++) {
        g->offsets[1][r] = received;
        for (int i = from; i < to; i++) {
            if (i / BLOCK % g->grid_columns != r % g->grid_columns)
                continue;
            for (int j = r / g->grid_columns * BLOCK; j < g->n; j += BLOCK * g->grid_rows)
                received += g->n - j < BLOCK ? g->n - j : BLOCK;
        }
        g->sizes[1][r] = received - g->offsets[1][r];
    }
    MPI_Alltoallv(out, g->sizes[0], g->offsets[0], MPI_FLOAT, in, g->sizes[1], g->offsets[1],
                  MPI_FLOAT, g->comm);
    for (int r = 0; r < g->ranks; r++) {
        for (int i = from; i < to; i++) {
            if (i / BLOCK % g->grid_columns != r % g->grid_columns)
                continue;
            for (int j = r / g->grid_columns * BLOCK; j < g->n; j += BLOCK * g->grid_rows) {
                int width = g->n - j < BLOCK ? g->n - j : BLOCK;
                memcpy(g->cost + (size_t)(i - g->first) * g->n + j, in, (size_t)width * sizeof *in);
                in += width;
            }
        }
    }
}

static void gather_cost(struct gang *g)
{
    for (int round = 0; round < rows_rounds(g); round++)
        gather_round(g, round);
}

void product_update(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                    int from_scratch)
{
    double begin = MPI_Wtime();
    int count = 0;
    for (int k = 0; k < g->n; k++) {
        if (from_scratch || g->permutation[k] != g->costed[k])
            g->list[count++] = k;
    }
    if (from_scratch)
        memset(g->product, 0,
               (size_t)g->local_rows * (size_t)g->local_columns * sizeof *g->product);
    for (int k = 0, index = 0; k < count && !gang_stop(g); k += PANEL, index++)
        add_panel(g, a, b, from_scratch ? NULL : g->costed, g->list + k,
                  count - k < PANEL ? count - k : PANEL, index);
    gather_cost(g);
    memcpy(g->costed, g->permutation, (size_t)g->n * sizeof *g->costed);
    g->times.product += MPI_Wtime() - begin;
}
