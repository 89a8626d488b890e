#include "weights.h"
#include "strata.h"

#include <float.h>
#include <math.h>

int weights_check(const double *weights, int count)
{
    double sum = 0;
    double least = 0;
    for (int k = 0; weights != NULL && k < count; k++) {
        sum += weights[k];
        least = weights[k] < least ? weights[k] : least;
    }
    if (weights == NULL)
        return STRATA_OK;
    if (!isfinite(sum))
        return STRATA_NOT_FINITE;
    return least < 0 || fabs(sum - 1) > STRATA_WEIGHTS_TOLERANCE ? STRATA_WEIGHTS : STRATA_OK;
}

int weights_normalize(const double *weights, int count, double *normal)
{
    double sum = 0;
    int uniform = 1;
    for (int k = 0; weights != NULL && k < count; k++)
        sum += weights[k];
    for (int k = 0; weights != NULL && k < count; k++)
        uniform = uniform && fabs(weights[k] / sum * count - 1) <= 16 * DBL_EPSILON;
    for (int k = 0; k < count; k++)
        normal[k] = uniform ? 1.0 / count : weights[k] / sum;
    return uniform;
}
