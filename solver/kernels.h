/* The inner loops that stream memory, compiled for AVX-512, AVX2 and baseline x86-64 and chosen at
 * run time by the dynamic linker. Each makes one pass; their limit is memory bandwidth. */
#ifndef STRATA_KERNELS_H
#define STRATA_KERNELS_H

/* The two smallest values of cost[j] + price[j] over j < n (n >= 2), and where the smallest is.
 * 4n bytes from memory, 4n from cache. */
struct two_best {
    float first, second;
    int index;
};
struct two_best kernel_two_best(const float *cost, const float *price, int n);

/* sums[j] += row[j]. */
void kernel_add_row(const float *row, double *sums, int n);

/* Largest minus smallest value of cost[j] + price[j]. */
float kernel_spread(const float *cost, const float *price, int n);

/* The smallest value of cost[j] - v[j], in double precision, and where it is. */
struct best {
    double value;
    int index;
};
struct best kernel_best(const float *cost, const double *v, int n);

/* min over j of cost[j] - v[j], all in double precision; +infinity if n is zero. */
double kernel_least(const double *cost, const double *v, int n);

/* Sum over k of (a0[k] - a1[k]) * (b0[p[k]] - b1[p[k]]), in double precision. */
double kernel_swap_dot(const double *a0, const double *a1, const double *b0, const double *b1,
                       const int *p, int n);

/* Sum over k of (a[k] - b[p[k]])^2, in double precision. */
double kernel_gather_loss(const double *a, const double *b, const int *p, int n);

/* One tile of the swap scan (swap_search.h): points i in rows [i0, i1) against k in [k0, k1), both
 * at most KERNEL_TILE many. With own[i] = c[i,i], c = permuted[n, n]:
 *
 *     g[i,k] = own[i] + own[k] - c[i,k] - c[k,i] + 2 A[i,k] B[P(i),P(k)],   i != k,
 *
 * A and B given as rows minus their means. best[i], partner[i] keep the largest g of a point seen
 * so far; both ends of a pair are updated. */
enum { KERNEL_TILE = 64 };
struct swap_scan {
    int n;
    const float *permuted;        /* [n, n] c */
    const float *own;             /* [n] */
    const float *a, *b;           /* [n, n] centred rows */
    const float *a_mean, *b_mean; /* [n]; b_mean of P(i) at i */
    const int *permutation;
    float *best;  /* [n] in/out */
    int *partner; /* [n] in/out */
};
void kernel_swap_tile(const struct swap_scan *scan, int i0, int i1, int k0, int k1);

/* The same of one point i against all others, from cost[n, n] as it is: c[i,k] = cost[i, P(k)].
 * Only best[i] and partner[i] are updated. */
void kernel_swap_row(const struct swap_scan *scan, const float *cost, int i);

#endif
