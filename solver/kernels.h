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

/* Sum over k of (a[k] - b[p[k]])^2, in double precision. Meanwhile fetches next[n], the b of the
 * next call, into the cache: the hardware does not foresee such gathers. */
double kernel_gather_loss(const double *a, const double *b, const int *p, int n,
                          const double *next);

/* gathered[k] = row[p[k]]. */
void kernel_gather(const float *row, const int *p, int n, float *gathered);

/* One tile of the swap scan (swap_search.h): points x of B in rows [x0, x1) against y in [y0, y1),
 * both at most KERNEL_TILE many. With c[x, y] = cost[partner(x), y] and own[x] = c[x, x],
 * exchanging the partners of x and y gains, but for a factor,
 *
 *     g[x,y] = own[x] + own[y] - c[x,y] - c[y,x] + 2 A[partner(x),partner(y)] B[x,y],   x != y,
 *
 * A and B given as rows minus their means. best[x], with[x] keep the largest g of a point seen so
 * far; both ends of a pair are updated. */
enum { KERNEL_TILE = 64 };
struct swap_scan {
    int n;
    const float *cost;            /* [n, n] */
    const int *partner;           /* [n] in A */
    const float *own;             /* [n] */
    const float *a, *b;           /* [n, n] centred rows; a by the partners, in both indices */
    const float *a_mean, *b_mean; /* [n] */
    float *best;                  /* [n] in/out */
    int *with;                    /* [n] in/out */
};
void kernel_swap_tile(const struct swap_scan *scan, int x0, int x1, int y0, int y1);

/* The same of one point x against all others; of a only row x is read. Only best[x] and with[x] are
 * updated. */
void kernel_swap_row(const struct swap_scan *scan, int x);

#endif
