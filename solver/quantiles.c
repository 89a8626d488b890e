#include "quantiles.h"
#include "space.h"

#include <math.h>
#include <stdlib.h>

void quantiles_of_sorted(const double *sorted, const double *weights, int n, double *quantiles)
{
    int k = 0;
    double room = weights ? weights[0] : 1.0 / n; /* what is left of the mass of value k */
    for (int b = 0; b < QUANTILES; b++) {
        double need = 1.0 / QUANTILES;
        double sum = 0;
        while (room < need && k + 1 < n) {
            sum += room * sorted[k];
            need -= room;
            k++;
            room = weights ? weights[k] : 1.0 / n;
        }
        sum += need * sorted[k];
        room -= need;
        quantiles[b] = sqrt(QUANTILES) * sum;
    }
}

struct weighted {
    double value, weight;
};

static int by_value(const void *a, const void *b)
{
    double x = ((const struct weighted *)a)->value;
    double y = ((const struct weighted *)b)->value;
    return (x > y) - (x < y);
}

int quantiles_of_rows(const double *D, const double *weights, int n, double *quantiles)
{
    struct weighted *pairs = malloc((size_t)n * sizeof *pairs);
    double *values = malloc(2 * (size_t)n * sizeof *values);
    int status = pairs && values ? STRATA_OK : STRATA_MEMORY;
    for (int i = 0; i < n && status == STRATA_OK; i++) {
        for (int k = 0; k < n; k++)
            pairs[k] = (struct weighted){D[(size_t)i * n + k], weights[k]};
        qsort(pairs, (size_t)n, sizeof *pairs, by_value);
        for (int k = 0; k < n; k++) {
            values[k] = pairs[k].value;
            values[n + k] = pairs[k].weight;
        }
        quantiles_of_sorted(values, values + n, n, quantiles + (size_t)i * QUANTILES);
    }
    free(pairs);
    free(values);
    return status;
}
