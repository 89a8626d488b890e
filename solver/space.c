/* mm-spaces: distances, normalised, and what every comparison needs of them, computed once. */
#include "space.h"
#include "distance.h"
#include "quantiles.h"
#include "sort.h"
#include "spectrum.h"
#include "weights.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const strata_normalization_names[] = {"mean", "max", "median", "none", NULL};

enum { ALIGNMENT = 64, POINTS_MAX = 1 << 20 };

/* Sets the offsets of a space of n points and returns its size in bytes. */
static size_t lay_out(struct strata_space *space, int n)
{
    const size_t count = (size_t)n;
    const size_t blocks = n < PROFILE_BLOCKS ? count : PROFILE_BLOCKS;
    const size_t rank = n <= SPECTRUM_RANK ? count - 1 : SPECTRUM_RANK;
    struct {
        int64_t *offset;
        size_t bytes;
    } parts[] = {
        {&space->distances, count * count * sizeof(double)},
        {&space->centred, count * count * sizeof(float)},
        {&space->means, count * sizeof(double)},
        {&space->order, count * sizeof(int)},
        {&space->profile, count * blocks * sizeof(double)},
        {&space->values, rank * sizeof(float)},
        {&space->vectors, count * (1 + rank) * sizeof(float)},
        {&space->cells, outline_cells_size(n, (int)rank) * sizeof(float)},
        {&space->clusters, outline_clusters_size((int)rank) * sizeof(float)},
        {&space->weights, count * sizeof(double)},
        {&space->quantiles, count * QUANTILES * sizeof(double)},
    };
    size_t size = sizeof *space;
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        *parts[k].offset = (int64_t)size;
        size += parts[k].bytes;
    }
    space->n = n;
    space->blocks = (int64_t)blocks;
    space->rank = (int64_t)rank;
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

size_t strata_space_size(int n)
{
    struct strata_space space;
    return n < 2 || n > POINTS_MAX ? 0 : lay_out(&space, n);
}

int strata_space_points(const struct strata_space *space)
{
    return (int)space->n;
}

const double *strata_space_distances(const struct strata_space *space)
{
    return space_distances(space);
}

double strata_space_scale(const struct strata_space *space)
{
    return space->scale;
}

const double *strata_space_weights(const struct strata_space *space)
{
    return space_weights(space);
}

int strata_space_is_negative_definite(const struct strata_space *space)
{
    return (int)space->negative;
}

struct ranked {
    double mean;
    int index;
};

static int by_mean_then_index(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->mean != y->mean)
        return x->mean < y->mean ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

int space_order_points(const double *means, int n, int *order)
{
    struct ranked *ranked = malloc((size_t)n * sizeof *ranked);
    if (ranked == NULL)
        return STRATA_MEMORY;
    for (int i = 0; i < n; i++)
        ranked[i] = (struct ranked){means[i], i};
    qsort(ranked, (size_t)n, sizeof *ranked, by_mean_then_index);
    for (int k = 0; k < n; k++)
        order[k] = ranked[k].index;
    free(ranked);
    return STRATA_OK;
}

/* NumPy's median of all entries: the mean of the two middle ones. */
static int median(const double *D, size_t count, double *value)
{
    double *sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL)
        return STRATA_MEMORY;
    memcpy(sorted, D, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, sort_by_value);
    *value = 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
    free(sorted);
    return STRATA_OK;
}

/* Divides D[n, n] as configured. */
static int normalize(struct strata_space *space, double *D, int normalization)
{
    size_t count = (size_t)space->n * (size_t)space->n;
    double sum = 0;
    double largest = 0;
    for (size_t k = 0; k < count; k++) {
        sum += D[k];
        largest = D[k] > largest ? D[k] : largest;
    }
    if (!isfinite(sum))
        return STRATA_NOT_FINITE;
    if (largest == 0)
        return STRATA_CONSTANT;
    space->scale = 1;
    if (normalization == STRATA_BY_MEAN)
        space->scale = sum / (double)count;
    else if (normalization == STRATA_BY_MAX)
        space->scale = largest;
    else if (normalization == STRATA_BY_MEDIAN && median(D, count, &space->scale) != STRATA_OK)
        return STRATA_MEMORY;
    if (!(space->scale > 0))
        return STRATA_CONSTANT; /* more than half of the pairs coincide */
    for (size_t k = 0; k < count; k++)
        D[k] /= space->scale;
    space->unit = sum / (double)count / space->scale;
    return STRATA_OK;
}

void space_write_profile(double *profile, const double *sorted, int n, int blocks)
{
    for (int b = 0; b < blocks; b++) {
        int begin = (int)((int64_t)n * b / blocks);
        int end = (int)((int64_t)n * (b + 1) / blocks);
        double sum = 0;
        for (int k = begin; k < end; k++)
            sum += sorted[k];
        profile[b] = sum / sqrt((double)(end - begin));
    }
}

void space_write_means(const double *means, int n, double unit, float *points, int stride)
{
    double mean = 0;
    for (int i = 0; i < n; i++)
        mean += means[i] / n;
    for (int i = 0; i < n; i++)
        points[(size_t)i * stride] = (float)((means[i] - mean) / unit);
}

/* The points by what steps on the leading eigenpairs need of them (leading.h). */
static int derive_coordinates(struct strata_space *space)
{
    const int n = (int)space->n;
    const int columns = 1 + (int)space->rank;
    const struct outline outline = space_outline(space);
    float *points = (float *)((char *)space + space->vectors);
    space_write_means(space_means(space), n, space->unit, points, columns);
    int status = spectrum_leading(space_centred(space), n, (int)space->rank,
                                  (float *)((char *)space + space->values), points + 1, columns);
    if (status == STRATA_OK)
        status = outline_coarsen(&outline, (float *)((char *)space + space->cells),
                                 (float *)((char *)space + space->clusters));
    return status;
}

/* Everything that follows from the distances. */
static int derive(struct strata_space *space)
{
    const int n = (int)space->n;
    const double *D = space_distances(space);
    float *centred = (float *)((char *)space + space->centred);
    double *means = (double *)((char *)space + space->means);
    int *order = (int *)((char *)space + space->order);
    double *profile = (double *)((char *)space + space->profile);
    double *weights = (double *)((char *)space + space->weights);
    double *quantiles = (double *)((char *)space + space->quantiles);
    double *sorted = malloc(2 * (size_t)n * sizeof *sorted);
    int status = sorted ? STRATA_OK : STRATA_MEMORY;

    space->uniform = 1;
    for (int i = 0; i < n && status == STRATA_OK; i++) {
        const double *row = D + (size_t)i * n;
        double sum = 0;
        for (int k = 0; k < n; k++) {
            sum += row[k];
        }
        means[i] = sum / n;
        for (int k = 0; k < n; k++)
            centred[(size_t)i * n + k] = (float)((row[k] - means[i]) / space->unit);
        memcpy(sorted, row, (size_t)n * sizeof *sorted);
        sort_distances(sorted, sorted + n, n);
        space_write_profile(profile + (size_t)i * space->blocks, sorted, n, (int)space->blocks);
        quantiles_of_sorted(sorted, NULL, n, quantiles + (size_t)i * QUANTILES);
        weights[i] = 1.0 / n;
    }
    if (status == STRATA_OK)
        status = space_order_points(means, n, order);
    if (status == STRATA_OK)
        status = derive_coordinates(space);
    free(sorted);
    return status;
}

static int finish(struct strata_space *space, int normalization)
{
    int status = normalize(space, (double *)((char *)space + space->distances), normalization);
    return status == STRATA_OK ? derive(space) : status;
}

int strata_space_from_rows(struct strata_space *space, const double *x, int n, int d,
                           const struct strata_metric *metric)
{
    if (!space || !x || !metric || strata_space_size(n) == 0 || d < 1 ||
        metric->normalization < STRATA_BY_MEAN || metric->normalization > STRATA_BY_NOTHING ||
        !distance_is_known(metric->distance) || metric->neighbours < 0)
        return STRATA_ARGUMENT;
    lay_out(space, n);
    space->negative = distance_is_negative_definite(metric->distance);
    int status = distance_matrix(metric->distance, metric->neighbours, x, n, d,
                                 (double *)((char *)space + space->distances));
    return status == STRATA_OK ? finish(space, metric->normalization) : status;
}

int strata_space_from_activations(struct strata_space *space, const double *x, int n, int d,
                                  int distance, int normalization)
{
    const struct strata_metric metric = {.distance = distance, .normalization = normalization};
    return strata_space_from_rows(space, x, n, d, &metric);
}

static int check_distances(const double *D, int n)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k <= i; k++) {
            double there = D[(size_t)i * n + k];
            double back = D[(size_t)k * n + i];
            if (!isfinite(there) || !isfinite(back))
                return STRATA_NOT_FINITE;
            if (there < 0 || (i == k && there != 0))
                return STRATA_NEGATIVE;
            if (fabs(there - back) > 1e-9 * (fabs(there) + fabs(back)))
                return STRATA_NOT_SYMMETRIC;
        }
    }
    return STRATA_OK;
}

int strata_space_from_distances(struct strata_space *space, const double *D, int n,
                                int normalization)
{
    if (!space || !D || strata_space_size(n) == 0 || normalization < STRATA_BY_MEAN ||
        normalization > STRATA_BY_NOTHING)
        return STRATA_ARGUMENT;
    int status = check_distances(D, n);
    if (status != STRATA_OK)
        return status;
    lay_out(space, n);
    memcpy((char *)space + space->distances, D, (size_t)n * (size_t)n * sizeof *D);
    int negative = 0;
    status = distance_check_definite(D, n, &negative);
    space->negative = negative;
    return status == STRATA_OK ? finish(space, normalization) : status;
}

int strata_space_set_weights(struct strata_space *space, const double *weights, int n)
{
    if (!space || !weights || n != space->n)
        return STRATA_ARGUMENT;
    int status = weights_check(weights, n);
    if (status == STRATA_OK)
        status = quantiles_of_rows(space_distances(space), weights, n,
                                   (double *)((char *)space + space->quantiles));
    if (status == STRATA_OK)
        space->uniform = weights_normalize(weights, n, (double *)((char *)space + space->weights));
    return status;
}
