#include "across.h"

#include <math.h>

const double across_settled = 0.5;

static double from_last(const struct results *results, int t, int layer)
{
    return results->distance[results_cell(results, t, layer, RESULTS_LAST)];
}

void across_compute(struct results *results)
{
    const int T = results->checkpoint_count;
    for (int l = 0; l < results->layer_count; l++) {
        double largest = 0;
        int first = T - 1;
        for (int t = 0; t < T; t++)
            largest = fmax(largest, from_last(results, t, l)); /* NaN is passed over */
        while (first > 0 && from_last(results, first - 1, l) <= across_settled * largest)
            first--;
        results->settled[l] = results->steps[first];
    }
}
