#include "coupling.h"

#include <cblas.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Less than this part of a point's weight is rounding of the weights, not a split. */
static const double least_split = 1e-9;

static int vertex_init(struct vertex *v, int n, int m)
{
    size_t cells = (size_t)n + (size_t)m;
    v->first = malloc(((size_t)n + 1) * sizeof *v->first);
    v->column = malloc(cells * sizeof *v->column);
    v->mass = malloc(cells * sizeof *v->mass);
    return v->first && v->column && v->mass;
}

static void vertex_reset(struct vertex *v)
{
    free(v->first);
    free(v->column);
    free(v->mass);
    *v = (struct vertex){0};
}

int coupling_init(struct coupling *c, int n, int m)
{
    const size_t rows = (size_t)n;
    const size_t columns = (size_t)m;
    *c = (struct coupling){.row_capacity = n, .column_capacity = m};
    c->cost = malloc(rows * columns * sizeof *c->cost);
    c->product = malloc(rows * columns * sizeof *c->product);
    c->some_rows = malloc((rows / 2 + 1) * rows * sizeof *c->some_rows);
    c->row = malloc(rows * sizeof *c->row);
    c->column = malloc(columns * sizeof *c->column);
    c->changed = malloc(rows * sizeof *c->changed);
    c->plan.row = malloc((rows + columns) * sizeof *c->plan.row);
    c->plan.column = malloc((rows + columns) * sizeof *c->plan.column);
    c->plan.mass = malloc((rows + columns) * sizeof *c->plan.mass);
    c->transport = strata_transport_new(n, m);
    int good = vertex_init(&c->vertex, n, m);
    good = vertex_init(&c->before, n, m) && good;
    good = good && c->cost && c->product && c->some_rows && c->row && c->column && c->changed &&
           c->plan.row && c->plan.column && c->plan.mass && c->transport;
    return good ? STRATA_OK : STRATA_MEMORY;
}

void coupling_reset(struct coupling *c)
{
    free(c->cost);
    free(c->product);
    free(c->some_rows);
    free(c->row);
    free(c->column);
    free(c->changed);
    free(c->plan.row);
    free(c->plan.column);
    free(c->plan.mass);
    strata_transport_destroy(&c->transport);
    vertex_reset(&c->vertex);
    vertex_reset(&c->before);
}

/* p' (D o D) p */
static double mean_square(const double *D, const double *weights, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double row = 0;
        for (int k = 0; k < n; k++)
            row += D[(size_t)i * n + k] * D[(size_t)i * n + k] * weights[k];
        sum += weights[i] * row;
    }
    return sum;
}

void coupling_set(struct coupling *c, const struct strata_space *a, const struct strata_space *b)
{
    c->a = a;
    c->b = b;
    c->n = (int)a->n;
    c->m = (int)b->n;
    c->A = space_distances(a);
    c->B = space_distances(b);
    c->p = space_weights(a);
    c->q = space_weights(b);
    c->constant = mean_square(c->A, c->p, c->n) + mean_square(c->B, c->q, c->m);
    c->known = 0;
    transport_forget(c->transport); /* the answer shall not depend on the pair before */
}

/* --- Vertices --------------------------------------------------------------------------------- */

static void put_cell(struct vertex *v, int begin, int *end, int column, double mass)
{
    int at = (*end)++;
    for (; at > begin && v->column[at - 1] > column; at--) {
        v->column[at] = v->column[at - 1];
        v->mass[at] = v->mass[at - 1];
    }
    v->column[at] = column;
    v->mass[at] = mass;
}

void coupling_transport(struct coupling *c)
{
    struct strata_plan *plan = &c->plan;
    struct vertex *v = &c->vertex;
    int *end = c->changed;
    strata_transport_solve(c->transport, c->cost, c->n, c->m, c->p, c->q, 0, plan, NULL, NULL);
    memset(v->first, 0, ((size_t)c->n + 1) * sizeof *v->first);
    for (int k = 0; k < plan->count; k++)
        v->first[plan->row[k] + 1]++;
    for (int i = 0; i < c->n; i++) {
        v->first[i + 1] += v->first[i];
        end[i] = v->first[i];
    }
    for (int k = 0; k < plan->count; k++) {
        int i = plan->row[k];
        put_cell(v, v->first[i], &end[i], plan->column[k], plan->mass[k]);
    }
}

double coupling_lower_bound(struct coupling *c)
{
    const double *a = space_quantiles(c->a);
    const double *b = space_quantiles(c->b);
    double largest = 0;
    for (int j = 0; j < c->m; j++)
        c->column[j] =
            cblas_ddot(QUANTILES, b + (size_t)j * QUANTILES, 1, b + (size_t)j * QUANTILES, 1);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, c->n, c->m, QUANTILES, -2, a, QUANTILES, b,
                QUANTILES, 0, c->cost, c->m);
    for (int i = 0; i < c->n; i++) {
        const double *row = a + (size_t)i * QUANTILES;
        double square = cblas_ddot(QUANTILES, row, 1, row, 1);
        for (int j = 0; j < c->m; j++) {
            c->cost[(size_t)i * c->m + j] += square + c->column[j];
            largest = fmax(largest, square + c->column[j]);
        }
    }
    coupling_transport(c);
    /* what products and quantiles may have rounded, and the duals' gap */
    double bound = c->plan.cost - c->plan.gap - 4 * QUANTILES * DBL_EPSILON * largest;
    return bound > 0 ? bound : 0;
}

int coupling_has_identity(const struct coupling *c)
{
    return c->n == c->m && memcmp(c->p, c->q, (size_t)c->n * sizeof *c->p) == 0;
}

void coupling_identity(struct coupling *c)
{
    for (int i = 0; i < c->n; i++) {
        c->vertex.first[i] = i;
        c->vertex.column[i] = i;
        c->vertex.mass[i] = c->p[i];
    }
    c->vertex.first[c->n] = c->n;
}

double coupling_dot(const struct coupling *c, const double *product)
{
    const struct vertex *v = &c->vertex;
    double sum = 0;
    for (int i = 0; i < c->n; i++) {
        for (int k = v->first[i]; k < v->first[i + 1]; k++)
            sum += v->mass[k] * product[(size_t)i * c->m + v->column[k]];
    }
    return sum;
}

void coupling_write(const struct coupling *c, double *T)
{
    const struct vertex *v = &c->vertex;
    memset(T, 0, (size_t)c->n * (size_t)c->m * sizeof *T);
    for (int i = 0; i < c->n; i++) {
        for (int k = v->first[i]; k < v->first[i + 1]; k++)
            T[(size_t)i * c->m + v->column[k]] = v->mass[k];
    }
}

/* --- Products --------------------------------------------------------------------------------- */

static int row_differs(const struct vertex *v, const struct vertex *w, int i)
{
    size_t count = (size_t)(v->first[i + 1] - v->first[i]);
    return v->first[i + 1] - v->first[i] != w->first[i + 1] - w->first[i] ||
           memcmp(v->column + v->first[i], w->column + w->first[i], count * sizeof(int)) != 0 ||
           memcmp(v->mass + v->first[i], w->mass + w->first[i], count * sizeof(double)) != 0;
}

/* out[m] += factor * row i of S B */
static void add_row(const struct coupling *c, const struct vertex *v, int i, double factor,
                    double *out)
{
    for (int k = v->first[i]; k < v->first[i + 1]; k++)
        cblas_daxpy(c->m, factor * v->mass[k], c->B + (size_t)v->column[k] * c->m, 1, out, 1);
}

void coupling_update_product(struct coupling *c)
{
    const int n = c->n;
    const int m = c->m;
    int changed = 0;
    for (int i = 0; i < n; i++) {
        if (!c->known || row_differs(&c->vertex, &c->before, i))
            c->changed[changed++] = i;
    }
    const int some = changed <= n / 2;
    if (!some) {
        for (int i = 0; i < n; i++)
            c->changed[i] = i;
        changed = n;
    }
    memset(c->cost, 0, (size_t)changed * (size_t)m * sizeof *c->cost);
    for (int r = 0; r < changed; r++) {
        int i = c->changed[r];
        add_row(c, &c->vertex, i, 1, c->cost + (size_t)r * m);
        if (!some)
            continue;
        add_row(c, &c->before, i, -1, c->cost + (size_t)r * m);
        memcpy(c->some_rows + (size_t)r * n, c->A + (size_t)i * n, (size_t)n * sizeof *c->A);
    }
    if (changed > 0)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, m, changed, 1,
                    some ? c->some_rows : c->A, n, c->cost, m, some ? 1 : 0, c->product, m);
    const size_t cells = (size_t)c->vertex.first[n];
    memcpy(c->before.first, c->vertex.first, ((size_t)n + 1) * sizeof *c->vertex.first);
    memcpy(c->before.column, c->vertex.column, cells * sizeof *c->vertex.column);
    memcpy(c->before.mass, c->vertex.mass, cells * sizeof *c->vertex.mass);
    c->known = 1;
}

void coupling_product_of_independent(struct coupling *c, double *product)
{
    cblas_dsymv(CblasRowMajor, CblasLower, c->n, 1, c->A, c->n, c->p, 1, 0, c->row, 1);
    cblas_dsymv(CblasRowMajor, CblasLower, c->m, 1, c->B, c->m, c->q, 1, 0, c->column, 1);
    for (int i = 0; i < c->n; i++) {
        for (int j = 0; j < c->m; j++)
            product[(size_t)i * c->m + j] = c->row[i] * c->column[j];
    }
}

void coupling_centre_cost(struct coupling *c, const double *product)
{
    const int n = c->n;
    const int m = c->m;
    memset(c->column, 0, (size_t)m * sizeof *c->column);
    for (int i = 0; i < n; i++) {
        const double *row = product + (size_t)i * m;
        double sum = 0;
        for (int j = 0; j < m; j++)
            sum += row[j];
        for (int j = 0; j < m; j++) {
            c->cost[(size_t)i * m + j] = sum / m - row[j];
            c->column[j] += (sum / m - row[j]) / n;
        }
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++)
            c->cost[(size_t)i * m + j] -= c->column[j];
    }
}

/* --- Values ----------------------------------------------------------------------------------- */

/* Cells of T into the lists of the plan, if there are at most n + m; else -1. */
static int list_cells(struct coupling *c, const double *T)
{
    int count = 0;
    for (int i = 0; i < c->n; i++) {
        for (int j = 0; j < c->m; j++) {
            double mass = T[(size_t)i * c->m + j];
            if (mass == 0)
                continue;
            if (count == c->n + c->m)
                return -1;
            c->plan.row[count] = i;
            c->plan.column[count] = j;
            c->plan.mass[count++] = mass;
        }
    }
    return count;
}

double coupling_loss(struct coupling *c, const double *T, const double *product)
{
    const int count = list_cells(c, T);
    const size_t size = (size_t)c->n * (size_t)c->m;
    if (count < 0) {
        double dot = 0; /* row by row: sums of about the same size */
        for (size_t k = 0; k < size; k += (size_t)c->m)
            dot += cblas_ddot(c->m, T + k, 1, product + k, 1);
        return fmax(c->constant - 2 * dot, 0);
    }
    double total = 0;
    for (int x = 0; x < count; x++) {
        const double *a = c->A + (size_t)c->plan.row[x] * c->n;
        const double *b = c->B + (size_t)c->plan.column[x] * c->m;
        double sum = 0;
        for (int y = 0; y < x; y++) {
            double difference = a[c->plan.row[y]] - b[c->plan.column[y]];
            sum += difference * difference * c->plan.mass[y];
        }
        total += sum * c->plan.mass[x];
    }
    return 2 * total;
}

void coupling_partners(const double *T, int n, int m, int *permutation)
{
    for (int i = 0; i < n; i++) {
        const double *row = T + (size_t)i * m;
        double sum = 0;
        int most = 0;
        for (int j = 0; j < m; j++) {
            sum += row[j];
            most = row[j] > row[most] ? j : most;
        }
        permutation[i] = row[most] > 0 && row[most] >= (1 - least_split) * sum ? most : -1;
    }
}
