#include "series.h"

#include "agreement.h"

#include <math.h>

struct mean {
    double sum;
    int count;
};

static void mean_add(struct mean *mean, double value)
{
    mean->sum += value;
    mean->count++;
}

static double mean_value(const struct mean *mean)
{
    return mean->count > 0 ? mean->sum / mean->count : NAN;
}

static void compute_means(struct results *results, int t)
{
    int L = results->layer_count;
    const double *D = results->distance + (size_t)t * L * L;
    const int32_t *segment = results->segments + (size_t)t * L;
    struct mean all = {0, 0};
    struct mean within = {0, 0};
    struct mean between = {0, 0};
    for (int i = 0; i < L; i++)
        for (int j = i + 1; j < L; j++) {
            double d = D[(size_t)i * L + j];
            if (!isfinite(d))
                continue;
            mean_add(&all, d);
            if (segment[i] >= 0 && segment[j] >= 0)
                mean_add(segment[i] == segment[j] ? &within : &between, d);
        }
    double total = mean_value(&between) + mean_value(&within);
    results->mean_gw[t] = mean_value(&all);
    results->within_gw[t] = mean_value(&within);
    results->between_gw[t] = mean_value(&between);
    results->contrast[t] = total > 0 ? (mean_value(&between) - mean_value(&within)) / total : 0;
}

void series_compute(struct results *results)
{
    int L = results->layer_count;
    int T = results->checkpoint_count;
    for (int t = 0; t < T; t++) {
        const int32_t *now = results->segments + (size_t)t * L;
        const int32_t *last = results->segments + (size_t)(T - 1) * L;
        compute_means(results, t);
        results->agreement_previous[t] = t > 0 ? agreement(now - L, now, L) : NAN;
        results->agreement_last[t] = agreement(now, last, L);
        results->cluster_agreement[t] = agreement(now, results->clusters + (size_t)t * L, L);
    }
}
