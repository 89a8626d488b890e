/* Times estimated from some that were measured. */
#ifndef STRATA_ESTIMATE_H
#define STRATA_ESTIMATE_H

/* What times b are, where times a of the same things are known. */
struct ratio {
    int pairs;        /* of times */
    double mean;      /* of b */
    double value;     /* sum of b over sum of a; 1 where that is nothing */
    double deviation; /* standard deviation of b - value * a, in means of b */
};

/* a and b [count], of which those below 0 do not count. a NULL: as if they were all alike. */
struct ratio ratio_of(const double *a, const double *b, int count);

/* How much longer n inputs take than v, if v take `ratio` times as long as u, u < v <= n: the work
 * is c n² + d n³ with d >= 0 and the c and d that u and v show. */
double estimate_growth(double u, double v, double n, double ratio);

/* The same for a power of n. */
double estimate_growth_of_power(double u, double v, double n, double ratio);

#endif
