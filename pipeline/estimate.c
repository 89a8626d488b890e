#include "estimate.h"

#include <math.h>
#include <stddef.h>

struct ratio ratio_of(const double *a, const double *b, int count)
{
    double sum_a = 0;
    double sum_b = 0;
    double squares = 0;
    int pairs = 0;
    for (int k = 0; k < count; k++)
        if ((a == NULL || a[k] >= 0) && b[k] >= 0) {
            sum_a += a ? a[k] : 1;
            sum_b += b[k];
            pairs++;
        }
    if (!(sum_a > 0 && sum_b > 0))
        return (struct ratio){.pairs = pairs, .value = 1};
    const double value = sum_b / sum_a;
    const double mean = sum_b / pairs;
    for (int k = 0; k < count; k++)
        if ((a == NULL || a[k] >= 0) && b[k] >= 0)
            squares += pow(b[k] - value * (a ? a[k] : 1), 2);
    return (struct ratio){pairs, mean, value, sqrt(squares / fmax(1, pairs - 1)) / mean};
}

double estimate_growth(double u, double v, double n, double ratio)
{
    const double slope = (1 - pow(v / u, 2) / ratio) / (v - u);
    return pow(n / v, 2) * (1 + fmax(0, slope) * (n - v));
}

double estimate_growth_of_power(double u, double v, double n, double ratio)
{
    return pow(n / v, log(ratio) / log(v / u));
}
