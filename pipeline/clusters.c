/* Spectral clustering with local scales.
 *
 *     W_ij = exp(-D_ij^2 / (s_i s_j)),  W_ii = 0,    s_i: distance to the K-th nearest layer
 *     M    = S^-1/2 W S^-1/2,                        S = diag(row sums of W)
 *     the rows of the k top eigenvectors of M, scaled to unit length, grouped by k-means.
 *
 * D[n, n], M[n, n], vectors[k, n]. Cost: one eigendecomposition, 4/3 n^3, for all k together; n^2
 * for the silhouette of each k. Scales: Zelnik-Manor & Perona, NIPS 2004 (K = 7; here the root of n
 * where that is less, as networks may have ten layers). Clustering: Ng, Jordan, Weiss, NIPS 2001.
 *
 * The number of groups is that of the largest mean silhouette, as the eigengap of ten to fifty
 * layers is mostly noise. A silhouette takes a line for groups, too: halves of a drift have one of
 * 0.5. So what is found must also show in D over its trend with depth, the non-decreasing function
 * of the lag nearest to D: unlike the mean of each lag it leaves alternating kinds of layers, which
 * only groups like these can show. */
#include "clusters.h"

#include "agreement.h"
#include "eigen.h"
#include "kmeans.h"
#include "lags.h"
#include "segments.h"
#include "strata.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const struct clusters_options clusters_defaults = {0, 0.4, 0.2, NULL, NULL};

enum { most_groups = 16 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* s_i; where a layer has K copies of itself, its smallest positive distance, or 1. */
static double local_scale(const double *row, int n, int i, double *sorted)
{
    int count = 0;
    for (int j = 0; j < n; j++)
        if (j != i)
            sorted[count++] = row[j];
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    int k = (int)sqrt((double)n) < 7 ? (int)sqrt((double)n) : 7;
    k = k < count ? k - 1 : count - 1;
    while (k < count - 1 && !(sorted[k] > 0))
        k++;
    return count > 0 && sorted[k] > 0 ? sorted[k] : 1;
}

/* M[n, n]. -1 if memory is short. */
static int normalised_affinity(const double *D, int n, double *M)
{
    double *scale = malloc((size_t)n * sizeof *scale);
    double *degree = calloc((size_t)n, sizeof *degree);
    int status = scale && degree ? 0 : -1;
    for (int i = 0; i < n && status == 0; i++)
        scale[i] = local_scale(D + (size_t)i * n, n, i, degree);
    if (status == 0)
        memset(degree, 0, (size_t)n * sizeof *degree);
    for (int i = 0; i < n && status == 0; i++)
        for (int j = 0; j < n; j++) {
            double d = D[(size_t)i * n + j];
            double w = i == j ? 0 : exp(-d / scale[i] * (d / scale[j]));
            M[(size_t)i * n + j] = w;
            degree[i] += w;
        }
    for (int i = 0; i < n && status == 0; i++)
        for (int j = 0; j < n; j++) {
            double both = degree[i] * degree[j];
            M[(size_t)i * n + j] = both > 0 ? M[(size_t)i * n + j] / sqrt(both) : 0;
        }
    free(scale);
    free(degree);
    return status;
}

/* The top eigenvectors of M, largest first: vectors[top, n]. */
static int embed(const double *D, int n, int top, const struct clusters_options *options,
                 double *vectors)
{
    int status = STRATA_MEMORY;
    double *M = malloc(((size_t)n * n + 1) * sizeof *M);
    double *values = malloc((size_t)top * sizeof *values);
    double *ascending = malloc((size_t)top * n * sizeof *ascending);
    if (!M || !values || !ascending || normalised_affinity(D, n, M))
        goto done;
    if (options->eigen != NULL)
        status = options->eigen(options->context, M, n, n - top, top, values, ascending);
    else
        status = strata_eigen(M, n, n - top, top, values, ascending);
    for (int k = 0; k < top && status == STRATA_OK; k++)
        memcpy(vectors + (size_t)k * n, ascending + (size_t)(top - 1 - k) * n,
               (size_t)n * sizeof *vectors);
done:
    free(M);
    free(values);
    free(ascending);
    return status;
}

/* Groups the layers by the first count of vectors[.., n]. */
static int group_embedded(const double *vectors, int n, int count, int32_t *label)
{
    double *x = malloc((size_t)n * count * sizeof *x);
    if (!x)
        return STRATA_MEMORY;
    for (int i = 0; i < n; i++) {
        double norm = 0;
        for (int k = 0; k < count; k++)
            norm += vectors[(size_t)k * n + i] * vectors[(size_t)k * n + i];
        for (int k = 0; k < count; k++)
            x[(size_t)i * count + k] = norm > 0 ? vectors[(size_t)k * n + i] / sqrt(norm) : 0;
    }
    int failed = kmeans(x, n, count, count, label) < 0 || labels_in_order(label, n) < 0;
    free(x);
    return failed ? STRATA_MEMORY : STRATA_OK;
}

int clusters_spectral(const double *D, int n, int count, int32_t *label)
{
    if (count < 1 || count > n)
        return STRATA_ARGUMENT;
    double *vectors = malloc((size_t)count * n * sizeof *vectors);
    int status = vectors ? embed(D, n, count, &clusters_defaults, vectors) : STRATA_MEMORY;
    if (status == STRATA_OK)
        status = group_embedded(vectors, n, count, label);
    free(vectors);
    return status;
}

double clusters_silhouette(const double *D, int n, const int32_t *label, int count, double *sum,
                           int *cells)
{
    double total = 0;
    for (int i = 0; i < n; i++) {
        memset(sum, 0, (size_t)count * sizeof *sum);
        memset(cells, 0, (size_t)count * sizeof *cells);
        for (int j = 0; j < n; j++)
            if (j != i && isfinite(D[(size_t)i * n + j])) {
                sum[label[j]] += D[(size_t)i * n + j];
                cells[label[j]]++;
            }
        double nearest = INFINITY;
        for (int k = 0; k < count; k++)
            if (k != label[i] && cells[k] > 0)
                nearest = fmin(nearest, sum[k] / cells[k]);
        if (cells[label[i]] == 0 || isinf(nearest))
            continue;
        double own = sum[label[i]] / cells[label[i]];
        double larger = fmax(own, nearest);
        total += larger > 0 ? (nearest - own) / larger : 0;
    }
    return n > 0 ? total / n : 0;
}

/* How much farther layers are between the groups than within, in units of what depth explains. */
static int contrast_over_depth(const double *D, int n, const int *kept, int valid,
                               const int32_t *label, double *value)
{
    int status = STRATA_MEMORY;
    struct lags lags = {0};
    double *trend = malloc(((size_t)valid + 1) * sizeof *trend);
    if (!trend || lags_init(&lags, D, n, kept, valid))
        goto done;
    lags_trend(&lags, trend);
    double sum[2] = {0, 0}; /* within, between */
    int count[2] = {0, 0};
    for (int m = 1; m < valid; m++)
        for (int i = 0; i < valid - m; i++) {
            double d = lags.value[lags_cell(valid, m) + i];
            int between = label[i] != label[i + m];
            if (!isfinite(d) || trend[m - 1] <= 0)
                continue;
            sum[between] += d / trend[m - 1];
            count[between]++;
        }
    struct contrast contrast = {0, 0};
    if (count[0] > 0 && count[1] > 0)
        contrast = (struct contrast){sum[1] / count[1], sum[0] / count[0]};
    *value = contrast_value(&contrast);
    status = STRATA_OK;
done:
    lags_reset(&lags);
    free(trend);
    return status;
}

/* The kept rows and columns of D, with a missing cell halfway between the means of its layers. */
static int compact(const double *D, int n, const int *kept, int valid, double *full)
{
    double *mean = malloc(((size_t)valid + 1) * sizeof *mean);
    if (!mean)
        return STRATA_MEMORY;
    for (int a = 0; a < valid; a++) {
        double sum = 0;
        int count = 0;
        for (int b = 0; b < valid; b++) {
            double d = D[(size_t)kept[a] * n + kept[b]];
            sum += a != b && isfinite(d) ? d : 0;
            count += a != b && isfinite(d);
        }
        mean[a] = count > 0 ? sum / count : 0;
    }
    for (int a = 0; a < valid; a++)
        for (int b = 0; b < valid; b++) {
            double d = D[(size_t)kept[a] * n + kept[b]];
            full[(size_t)a * valid + b] = isfinite(d) ? d : (mean[a] + mean[b]) / 2;
        }
    free(mean);
    return STRATA_OK;
}

/* Takes the number of groups of the best silhouette; best[n] gets its labels. */
static int choose(const double *full, int n, int most, const struct clusters_options *options,
                  int32_t *best, struct clusters_result *result)
{
    int status = STRATA_MEMORY;
    double *vectors = malloc((size_t)most * n * sizeof *vectors);
    double *sum = malloc((size_t)n * sizeof *sum);
    int *cells = malloc((size_t)n * sizeof *cells);
    int32_t *label = malloc((size_t)n * sizeof *label);
    if (!vectors || !sum || !cells || !label)
        goto done;
    status = embed(full, n, most, options, vectors);
    for (int k = 2; k <= most && status == STRATA_OK; k++) {
        status = group_embedded(vectors, n, k, label);
        if (status != STRATA_OK)
            break;
        double score = clusters_silhouette(full, n, label, k, sum, cells);
        if (score > result->score + 1e-9) {
            result->score = score;
            result->count = k;
            memcpy(best, label, (size_t)n * sizeof *best);
        }
    }
done:
    free(vectors);
    free(sum);
    free(cells);
    free(label);
    return status;
}

int clusters_find(const double *D, int n, const struct clusters_options *options, int32_t *label,
                  struct clusters_result *result)
{
    int status = STRATA_MEMORY;
    double contrast = 0;
    double *full = NULL;
    int32_t *best = NULL;
    int *kept = malloc(((size_t)n + 1) * sizeof *kept);
    if (!kept)
        return STRATA_MEMORY;
    int valid = segments_valid_layers(D, n, kept);
    *result = (struct clusters_result){.count = valid > 0, .score = 0};
    full = malloc(((size_t)valid * valid + 1) * sizeof *full);
    best = calloc((size_t)valid + 1, sizeof *best);
    if (!full || !best)
        goto done;
    int most = options->max_groups > 0 ? options->max_groups : most_groups;
    most = most < valid ? most : valid - 1;
    status = compact(D, n, kept, valid, full);
    if (status == STRATA_OK && most >= 2)
        status = choose(full, valid, most, options, best, result);
    if (status == STRATA_OK)
        status = contrast_over_depth(D, n, kept, valid, best, &contrast);
    if (status != STRATA_OK)
        goto done;
    bool grouped = result->score >= options->min_score && contrast >= options->min_contrast;
    if (!grouped)
        *result = (struct clusters_result){.count = valid > 0, .score = 0};
    for (int i = 0; i < n; i++)
        label[i] = -1;
    for (int k = 0; k < valid; k++)
        label[kept[k]] = grouped ? best[k] : 0;
    if (grouped) /* k-means may leave a centre without layers */
        result->count = labels_in_order(label, n);
    status = result->count < 0 ? STRATA_MEMORY : STRATA_OK;
done:
    free(full);
    free(best);
    free(kept);
    return status;
}
