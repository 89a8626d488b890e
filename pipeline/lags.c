/* Cells by lag, with prefix sums along each lag, so that the sum over any stretch is O(1).
 *
 * n(n-1)/2 cells; 8 + 8 + 4 bytes each. The observed/expected-by-distance view of a contact matrix
 * is that of chromosome domains: Lieberman-Aiden et al., Science 326 (2009),
 * doi:10.1126/science.1181369. The trend is isotonic regression by pooling adjacent violators:
 * Barlow et al., Statistical Inference under Order Restrictions (1972). */
#include "lags.h"

#include <math.h>
#include <stdlib.h>

/* Rounding must not look like structure: residuals and contrasts below this are zero. */
static const double dust = 1e-10;

static size_t prefix_start(int n, int m)
{
    return lags_cell(n, m) + (size_t)(m - 1);
}

int lags_init(struct lags *lags, const double *D, int n, const int *kept, int n_kept)
{
    size_t cells = (size_t)n_kept * (n_kept > 0 ? n_kept - 1 : 0) / 2;
    *lags = (struct lags){.n = n_kept};
    lags->value = malloc((cells + 1) * sizeof *lags->value);
    lags->sum = malloc((cells + n_kept + 1) * sizeof *lags->sum);
    lags->count = malloc((cells + n_kept + 1) * sizeof *lags->count);
    if (!lags->value || !lags->sum || !lags->count) {
        lags_reset(lags);
        return -1;
    }
    for (int m = 1; m < n_kept; m++) {
        double *value = lags->value + lags_cell(n_kept, m);
        double *sum = lags->sum + prefix_start(n_kept, m);
        int *count = lags->count + prefix_start(n_kept, m);
        sum[0] = 0;
        count[0] = 0;
        for (int i = 0; i < n_kept - m; i++) {
            value[i] = D[(size_t)kept[i] * n + kept[i + m]];
            int valid = isfinite(value[i]);
            sum[i + 1] = sum[i] + (valid ? value[i] : 0);
            count[i + 1] = count[i] + valid;
        }
    }
    return 0;
}

void lags_reset(struct lags *lags)
{
    free(lags->value);
    free(lags->sum);
    free(lags->count);
    *lags = (struct lags){0};
}

/* Adds the cells (i, i+m), first <= i < last. */
static void add_stretch(const struct lags *lags, int m, int first, int last, double *sum,
                        int *count)
{
    if (first >= last)
        return;
    size_t start = prefix_start(lags->n, m);
    *sum += lags->sum[start + last] - lags->sum[start + first];
    *count += lags->count[start + last] - lags->count[start + first];
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

void lags_compare(const struct lags *lags, int a, int b, int c, int low, int high,
                  struct contrast *contrast)
{
    for (int m = 1; m < c - a; m++) {
        double far = 0;
        double near = 0;
        int far_count = 0;
        int near_count = 0;
        add_stretch(lags, m, max_int(a, b - m), min_int(b, c - m), &far, &far_count);
        add_stretch(lags, m, low, b - m, &near, &near_count);
        add_stretch(lags, m, b, high - m, &near, &near_count);
        if (far_count > 0 && near_count > 0) {
            contrast->far += far;
            contrast->near += near / near_count * far_count;
        }
    }
}

void lags_compare_groups(const struct lags *lags, const int *label, struct contrast *contrast)
{
    for (int m = 1; m < lags->n; m++) {
        const double *value = lags->value + lags_cell(lags->n, m);
        double sum[2] = {0, 0}; /* within, between */
        int count[2] = {0, 0};
        for (int i = 0; i < lags->n - m; i++) {
            int between = label[i] != label[i + m];
            sum[between] += isfinite(value[i]) ? value[i] : 0;
            count[between] += isfinite(value[i]) != 0;
        }
        if (count[0] > 0 && count[1] > 0) {
            contrast->far += sum[1];
            contrast->near += sum[0] / count[0] * count[1];
        }
    }
}

double contrast_value(const struct contrast *contrast)
{
    double total = contrast->far + contrast->near;
    double value = total > 0 ? (contrast->far - contrast->near) / total : 0;
    return fabs(value) < dust ? 0 : value;
}

static double lag_mean(const struct lags *lags, int m, int *count)
{
    double sum = 0;
    *count = 0;
    add_stretch(lags, m, 0, lags->n - m, &sum, count);
    return *count > 0 ? sum / *count : 0;
}

void lags_residual(const struct lags *lags, double *residual)
{
    for (int m = 1; m < lags->n; m++) {
        int count = 0;
        double mean = lag_mean(lags, m, &count);
        size_t start = lags_cell(lags->n, m);
        for (int i = 0; i < lags->n - m; i++) {
            double value = lags->value[start + i];
            double r = isfinite(value) && mean > 0 ? value / mean - 1 : 0;
            residual[start + i] = fabs(r) < dust ? 0 : r;
        }
    }
}

/* Pools adjacent violators in place: trend[] holds the levels found so far, each followed by copies
 * of itself, so a level is merged by walking back over its copies. weight[] is that of the level.
 */
void lags_trend(const struct lags *lags, double *trend)
{
    int lag_count = lags->n - 1;
    for (int m = 1; m <= lag_count; m++) {
        int count = 0;
        double level = lag_mean(lags, m, &count);
        double weight = count;
        int first = m - 1;
        while (first > 0 && trend[first - 1] > level) {
            int k = first;
            double merged = trend[first - 1];
            double merged_weight = 0;
            while (k > 0 && trend[k - 1] == merged) {
                int cells = 0;
                lag_mean(lags, k, &cells);
                merged_weight += cells;
                k--;
            }
            level = weight + merged_weight > 0
                        ? (level * weight + merged * merged_weight) / (weight + merged_weight)
                        : 0;
            weight += merged_weight;
            first = k;
        }
        for (int k = first; k < m; k++)
            trend[k] = level;
    }
}
