#include "distance.h"
#include "gang_space.h"
#include "rows.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PORTION = 64 }; /* columns of the activations that move at a time */

size_t gang_distance_bytes(const struct gang *g, int d)
{
    const size_t columns = d < PORTION ? (size_t)d : PORTION;
    return ((size_t)g->count * (size_t)d + (size_t)g->n * columns + 2 * (size_t)d) * sizeof(double);
}

/* Subtracts from y[count, d] something near the mean row. Sums are of integers, multiples of a
 * power of two, so that they do not depend on the order of the ranks. */
static void translate(const struct gang *g, double *y, int d, int64_t *sums)
{
    double largest = 0;
    for (size_t k = 0; k < (size_t)g->count * (size_t)d; k++)
        largest = fabs(y[k]) > largest ? fabs(y[k]) : largest;
    largest = rows_maximum(g, largest);
    int exponent = 0;
    frexp(largest, &exponent);
    const int bits = 62 - 20 - exponent; /* n <= 2^20 */
    memset(sums, 0, (size_t)d * sizeof *sums);
    for (int i = 0; i < g->count; i++) {
        for (int c = 0; c < d; c++)
            sums[c] += (int64_t)ldexp(y[(size_t)i * d + c], bits);
    }
    MPI_Allreduce(MPI_IN_PLACE, sums, d, MPI_INT64_T, MPI_SUM, g->comm);
    for (int i = 0; i < g->count; i++) {
        for (int c = 0; c < d; c++)
            y[(size_t)i * d + c] -= ldexp((double)sums[c], -bits) / g->n;
    }
}

/* portion[n, width] = columns from … from+width-1 of all rows. */
static void gather_portion(const struct gang *g, const double *y, int d, int from, int width,
                           double *portion)
{
    for (int i = 0; i < g->count; i++)
        memcpy(portion + (size_t)(g->first + i) * width, y + (size_t)i * d + from,
               (size_t)width * sizeof *portion);
    rows_gather(g, portion, (size_t)width * sizeof *portion);
}

static void add_inner_products(const struct gang *g, const double *portion, int width, double *rows)
{
    for (int i = 0; i < g->count; i += ROW_TILE) {
        int height = g->count - i < ROW_TILE ? g->count - i : ROW_TILE;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, height, g->n, width, 1,
                    portion + (size_t)(g->first + i) * width, width, portion, width, 1,
                    rows + (size_t)i * g->n, g->n);
    }
}

/* Inner products to squared distances; those that cancelled become -0. Returns whether any did. */
static int to_squares(const struct gang *g, int distance, const double *norms, double *rows)
{
    int cancelled = 0;
    for (int i = 0; i < g->count; i++) {
        double *row = rows + (size_t)i * g->n;
        for (int k = 0; k < g->n; k++) {
            double squared = distance_squared(distance, norms[g->first + i], norms[k], row[k]);
            row[k] = squared == DISTANCE_CANCELLED ? -0.0 : squared;
            cancelled = cancelled || (squared == DISTANCE_CANCELLED && k != g->first + i);
        }
    }
    return cancelled;
}

/* Entries with a sign get the negative of their squared difference over these columns added. */
static void add_differences(const struct gang *g, const double *portion, int width, double *rows)
{
    for (int i = 0; i < g->count; i++) {
        const double *x = portion + (size_t)(g->first + i) * width;
        for (int k = 0; k < g->n; k++) {
            double *entry = &rows[(size_t)i * g->n + k];
            if (!signbit(*entry) || k == g->first + i)
                continue;
            const double *y = portion + (size_t)k * width;
            double sum = 0;
            for (int c = 0; c < width; c++)
                sum += (x[c] - y[c]) * (x[c] - y[c]);
            *entry -= sum;
        }
    }
}

static void finish(const struct gang *g, int distance, double *rows)
{
    for (int i = 0; i < g->count; i++) {
        double *row = rows + (size_t)i * g->n;
        for (int k = 0; k < g->n; k++)
            row[k] = distance_finish(distance, fabs(row[k]));
        row[g->first + i] = 0;
    }
}

/* portion[n, PORTION] and sums[d]: scratch; y[count, d]: the activations, destroyed. */
static void compute(struct gang *g, double *y, int d, int distance, double *portion, int64_t *sums,
                    double *rows)
{
    if (distance_is_translated(distance))
        translate(g, y, d, sums);
    distance_prepare(distance, y, g->count, d);
    for (int from = 0; from < d; from += PORTION) {
        int width = d - from < PORTION ? d - from : PORTION;
        gather_portion(g, y, d, from, width, portion);
        add_inner_products(g, portion, width, rows);
    }
    for (int i = 0; i < g->count; i++)
        g->sums[g->first + i] = rows[(size_t)i * g->n + g->first + i];
    rows_gather(g, g->sums, sizeof *g->sums);
    int cancelled = to_squares(g, distance, g->sums, rows);
    MPI_Allreduce(MPI_IN_PLACE, &cancelled, 1, MPI_INT, MPI_MAX, g->comm);
    for (int from = 0; from < d && cancelled; from += PORTION) {
        int width = d - from < PORTION ? d - from : PORTION;
        gather_portion(g, y, d, from, width, portion);
        add_differences(g, portion, width, rows);
    }
    finish(g, distance, rows);
}

int gang_distance(struct gang *g, struct gang_space *space, const double *x, int d, int distance)
{
    const size_t own = (size_t)g->count * (size_t)d;
    const size_t columns = d < PORTION ? (size_t)d : PORTION;
    double *y = calloc(own > 0 ? own : 1, sizeof *y);
    double *portion = malloc((size_t)g->n * columns * sizeof *portion);
    int64_t *sums = malloc((size_t)d * sizeof *sums);
    int status = y && portion && sums ? STRATA_OK : STRATA_MEMORY;
    if (status == STRATA_OK && own > 0)
        memcpy(y, x, own * sizeof *y);
    double largest = 0;
    for (size_t k = 0; k < own && status == STRATA_OK; k++) {
        status = isfinite(x[k]) ? STRATA_OK : STRATA_NOT_FINITE;
        largest = fabs(x[k]) > largest ? fabs(x[k]) : largest;
    }
    status = gang_agree(g, status);
    if (status == STRATA_OK)
        status = distance_range(distance, rows_maximum(g, largest));
    if (status == STRATA_OK) {
        memset(space->rows, 0, (size_t)g->count * (size_t)g->n * sizeof *space->rows);
        compute(g, y, d, distance, portion, sums, space->rows);
    }
    free(y);
    free(portion);
    free(sums);
    return status;
}
