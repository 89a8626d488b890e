/* Strata's solver: Gromov-Wasserstein (GW) comparison of metric measure spaces.
 *
 * An mm-space is n points with pairwise distances and a probability weight for each. The GW loss of
 * a coupling T of two of them, distance matrices A[n, n] and B[m, m], weights p and q, is
 *
 *     loss(T) = sum_{i,k,j,l} (A[i,k] - B[j,l])^2 T[i,j] T[k,l],    T >= 0, T 1 = p, T' 1 = q,
 *
 * and its minimum over T. For equally many points of uniform weights and conditionally negative
 * definite distances (all that are offered here but geodesic ones) some permutation is optimal
 * among all couplings:
 *
 *     loss(P) = 1/n^2 * sum_{i,k} (A[i,k] - B[P(i),P(k)])^2,       P a permutation.
 *
 * Both are hard problems, so what is reported is the best value found, a lower bound that is
 * certain, and how it was found.
 *
 * A plain C library without MPI, HDF5 and threads. Nothing is printed, nothing aborts; no global
 * state. Matrices are row-major. Strings are English and static. */
#ifndef STRATA_H
#define STRATA_H

#include <stddef.h>
#include <stdint.h>

/* The revision of the numbers: raised whenever the solution of any pair may change, also one over a
 * gang. Programs that keep solutions keep it with them. tests/solver/test_numerics.c watches it. */
#define STRATA_NUMERICS 5

/* --- Status ----------------------------------------------------------------------------------- */

/* Negative: an error, there is no value. Positive: an outcome, what was found so far is valid.
 * X(name, code, short name for tables, text) */
#define STRATA_STATUSES(X)                                                                         \
    X(OK, 0, "ok", "solved")                                                                       \
    X(STOPPED, 1, "stopped", "stopped on request before the end")                                  \
    X(ARGUMENT, -1, "argument", "an argument is out of its documented range")                      \
    X(MEMORY, -2, "memory", "memory is short")                                                     \
    X(NOT_FINITE, -3, "not-finite", "a distance is NaN or infinite")                               \
    X(CONSTANT, -4, "constant",                                                                    \
      "all inputs have the same activations, or more than half of them for a median")              \
    X(NOT_SYMMETRIC, -5, "not-symmetric", "the distance matrix is not symmetric")                  \
    X(NEGATIVE, -6, "negative", "a distance is negative or the diagonal is not zero")              \
    X(WEIGHTS, -7, "weights", "weights are negative or do not sum to one")                         \
    X(LIMIT, 2, "limit", "the limit of steps was reached: valid, but not the end")                 \
    X(OVERFLOW, -8, "overflow", "activations beyond 1e140: squares of them overflow")              \
    X(UNDERFLOW, -9, "underflow", "activations all below 1e-120: squares of them underflow")

enum strata_status {
#define X(name, code, brief, text) STRATA_##name = code,
    STRATA_STATUSES(X)
#undef X
};

const char *strata_status_name(int status); /* "ok", …; "unknown" for other codes */
const char *strata_status_text(int status); /* a clause for a message */

/* --- mm-spaces -------------------------------------------------------------------------------- */

/* Distances between rows x, y of the activations, in the order of their codes:
 * euclidean |x-y|, sqeuclidean |x-y|^2, cosine 1-cos(x,y), correlation 1-corr(x,y).
 * A row of zeros (constant row, for correlation) has cosine distance 1 to all but its like.
 * geodesic: shortest paths along the nearest neighbours of each row (strata_geodesic). */
extern const char *const strata_distance_names[];

/* By what the distances are divided: NumPy's C.mean(), C.max(), median(C) over all n^2 entries, or
 * nothing. */
extern const char *const strata_normalization_names[]; /* mean, max, median, none */
enum { STRATA_BY_MEAN, STRATA_BY_MAX, STRATA_BY_MEDIAN, STRATA_BY_NOTHING };

/* One flat block of memory without pointers: it can be shared between processes, mapped at
 * different addresses, or written to disk and read back on the same kind of machine. */
struct strata_space;

/* Bytes of a space of n points: 12 n^2 + O(n). 0 if n < 2 or too large for size_t. */
size_t strata_space_size(int n);

/* Builds a space of the rows of x[n, d] in the caller's block of strata_space_size(n) bytes,
 * aligned to 64. distance and normalization are indices into the name lists above.
 * Cost: 2 n^2 d flops in DSYRK, and sorting n rows of n. Allocates and frees d n + O(n) doubles.
 * Errors: ARGUMENT, MEMORY, NOT_FINITE, CONSTANT. */
int strata_space_from_activations(struct strata_space *space, const double *x, int n, int d,
                                  int distance, int normalization);

/* The same with what else a distance may depend on. */
struct strata_metric {
    int distance, normalization;
    int neighbours; /* of geodesic; 0: 10. At most n - 1 are used */
};
int strata_space_from_rows(struct strata_space *space, const double *x, int n, int d,
                           const struct strata_metric *metric);

/* The same from a distance matrix D[n, n]: symmetric, non-negative, zero diagonal.
 * Errors: ARGUMENT, MEMORY, NOT_FINITE, NOT_SYMMETRIC, NEGATIVE, CONSTANT. */
int strata_space_from_distances(struct strata_space *space, const double *D, int n,
                                int normalization);

/* Weights of the points, in place of 1/n each: n of them, non-negative, their sum one to
 * STRATA_WEIGHTS_TOLERANCE (they are then divided by it). The distances, and what they were divided
 * by, stay. Cost: n sorts of n. Errors: ARGUMENT, NOT_FINITE, WEIGHTS, MEMORY; the space stays as
 * it was. */
#define STRATA_WEIGHTS_TOLERANCE 1e-9
int strata_space_set_weights(struct strata_space *space, const double *weights, int n);

/* Replaces Euclidean (or other) distances D[n, n], symmetric, by the lengths of shortest paths in
 * the graph that links each point to its `neighbours` nearest. Parts that this leaves apart are
 * joined by the shortest links between them. These distances are not conditionally negative
 * definite. Errors: ARGUMENT, NOT_FINITE, MEMORY. */
int strata_geodesic(double *D, int n, int neighbours);

int strata_space_points(const struct strata_space *space);              /* n */
const double *strata_space_distances(const struct strata_space *space); /* [n, n], borrowed */
const double *strata_space_weights(const struct strata_space *space);   /* [n], borrowed */
/* Whether the distances are conditionally negative definite: known of those made from activations,
 * checked of others. */
int strata_space_is_negative_definite(const struct strata_space *space);
double strata_space_scale(const struct strata_space *space); /* what they were divided by */

/* Sets the BLAS of this process to one thread: for programs that run one process per core. */
void strata_use_one_thread(void);

/* Flop a second of this process in single-precision products of n by n matrices (n > 1000: of
 * 1000), measured in 0.05 s of computing. 0 if memory is short. */
double strata_product_rate(int n);

/* --- Solving ---------------------------------------------------------------------------------- */

/* How much work goes into a pair; the names are the values of the setting.
 * fast: the best of some dozens of tries on coarse copies of the problem, taken down to a local
 * optimum. standard: then of some hundreds, and of as many matchings of clusters for each number of
 * them; for small problems twice that, and excursions from the best. thorough: many times that.
 * Each begins with the lesser ones, and so is never worse. */
extern const char *const strata_effort_names[]; /* fast, standard, thorough */
enum { STRATA_FAST, STRATA_STANDARD, STRATA_THOROUGH };

/* The starts: what the best value grew from. X(name, text) */
#define STRATA_START_LIST(X)                                                                       \
    X(PRODUCT, "product")         /* the product coupling */                                       \
    X(IDENTITY, "identity")       /* each point with itself */                                     \
    X(BOUND, "lower-bound")       /* the assignment of the lower bound */                          \
    X(COORDINATES, "coordinates") /* random: coordinates rotated, or a matching mixed up */        \
    X(SEARCH, "search")           /* an excursion from the best of these */                        \
    X(CLUSTERS, "clusters")       /* a matching of clusters */

enum {
#define X(name, text) STRATA_START_##name,
    STRATA_START_LIST(X)
#undef X
};
const char *strata_start_name(int start);

/* How a pair is solved. X(NAME, name, text): by method_<name>, in this order of preference.
 * permutation: search over permutations, where one is optimal. conditional-gradient: any pair.
 * proximal, entropic: any pair, by choice only (entropic.h). */
#define STRATA_METHODS(X)                                                                          \
    X(PERMUTATION, permutation, "permutation")                                                     \
    X(CONDITIONAL_GRADIENT, conditional_gradient, "conditional-gradient")                          \
    X(PROXIMAL, proximal, "proximal")                                                              \
    X(ENTROPIC, entropic, "entropic")

enum {
    STRATA_METHOD_AUTO, /* the first that applies */
#define X(NAME, name, text) STRATA_METHOD_##NAME,
    STRATA_METHODS(X)
#undef X
};
extern const char *const strata_method_names[]; /* auto, permutation, … */

struct strata_solution {
    double loss;          /* the best found, in double precision over all n^2 terms; 0 where it is
                             rounding: below 4e-24 of the mean distances' product */
    double identity_loss; /* loss of matching point i with point i; NAN: that is no coupling */
    double lower_bound;   /* no coupling has a loss below; at most the loss */
    double gap;           /* Frank-Wolfe gap at the solution; 0: no linear improvement is left;
                             infinity: stopped before it was known */
    int start;            /* which start won */
    int iterations;       /* Frank-Wolfe steps, all starts */
    int swaps;            /* swaps that the local search accepted */
    int swaps_left;       /* points whose best swap would still lower the loss; 0: no swap would,
                             -1: not known, or the coupling is not a permutation */
    double seconds;       /* wall time of this solve */
    int method;           /* which method solved it */
};

/* Called between steps of a solve, at least once in the time of one n^3 product; the solve stops
 * with what it has when it returns non-zero. */
typedef int strata_tick(void *context);

struct strata_solver; /* workspaces: nothing is allocated while a solve runs */

/* A solver for pairs of spaces of up to n points, with the workspace of permutations: 14 n^2 + O(n)
 * bytes. NULL if memory is short or n < 2. */
struct strata_solver *strata_solver_new(int n);
void strata_solver_destroy(struct strata_solver **solver);

/* Makes the workspace of a method for pairs of up to n and m points. Done by a solve where it was
 * not before. OK, MEMORY or ARGUMENT. */
int strata_solver_reserve(struct strata_solver *solver, int method, int n, int m);

/* The method that auto means for a pair. */
int strata_method_for(const struct strata_space *a, const struct strata_space *b);

struct strata_options {
    int method;
    int effort;
    double epsilon;    /* of entropic and proximal, in units of the loss; 0: a default */
    strata_tick *tick; /* NULL: runs to the end */
    void *context;
};

/* Compares spaces a[n] and b[m], with the same solver for any number of pairs one after the other.
 * options NULL: all defaults, standard effort. coupling[n, m], if not NULL, gets T;
 * permutation[n], if not NULL, the only partner of each point, or -1 where its weight is split.
 * Same input, same numbers to the last bit, on machines with the same instruction set.
 * Returns OK, STOPPED (the solution is valid but may be poor), LIMIT (the same), ARGUMENT (also of
 * a method that does not solve such pairs), or MEMORY. */
int strata_solve_with(struct strata_solver *solver, const struct strata_space *a,
                      const struct strata_space *b, const struct strata_options *options,
                      struct strata_solution *solution, double *coupling, int *permutation);

/* The same by the method auto, without the coupling. */
int strata_solve(struct strata_solver *solver, const struct strata_space *a,
                 const struct strata_space *b, int effort, strata_tick *tick, void *context,
                 struct strata_solution *solution, int *permutation);

/* Loss of a given permutation between spaces of the same n, as strata_solve reports it; uniform
 * weights. NULL: the identity. NAN if a space is NULL or n differs. */
double strata_loss(const struct strata_space *a, const struct strata_space *b,
                   const int *permutation);

/* --- Assignment ------------------------------------------------------------------------------- */

/* min over permutations s of sum_i cost[i, s(i)], exactly, with duals (see assignment.h). */
struct strata_assignment; /* workspace */
struct strata_assignment *strata_assignment_new(int n);
void strata_assignment_destroy(struct strata_assignment **assignment);

/* cost[n, n] finite; column_of[n] gets s; u[n], v[n] get dual potentials with
 * cost[i,j] - u[i] - v[j] >= 0 up to rounding, and equality where j = s(i).
 * Exact for the given single-precision costs, in double-precision arithmetic. */
int strata_assignment_solve(struct strata_assignment *assignment, const float *cost, int n,
                            int *column_of, double *u, double *v);

/* --- Transport -------------------------------------------------------------------------------- */

/* min over couplings T of p and q of <C, T>, exactly, with duals (see transport.h). */
struct strata_transport;                                     /* workspace */
struct strata_transport *strata_transport_new(int n, int m); /* 76 (n + m) bytes; NULL if short */
void strata_transport_destroy(struct strata_transport **transport);

/* A coupling by its cells that are not zero, at most n + m - 1. */
struct strata_plan {
    int *row, *column; /* [n + m - 1] the caller's */
    double *mass;      /* [n + m - 1] the caller's */
    int count;         /* cells */
    double cost;       /* <C, T> */
    double gap;        /* cost less the value of the duals: no coupling costs less by more */
    int64_t pivots;
};

/* cost[n, m] finite, of any sign. p[n], q[m]: weights, NULL: uniform. limit: of pivots; 0: so many
 * that it is not known to be reached. u[n], v[m], if not NULL, get duals with cost[i,j] - u[i] -
 * v[j] >= 0 up to rounding. A solve with the same weights as the one before starts from its plan.
 * Returns OK, LIMIT (a coupling and a true gap, but not optimal), ARGUMENT, NOT_FINITE, WEIGHTS. */
int strata_transport_solve(struct strata_transport *transport, const double *cost, int n, int m,
                           const double *p, const double *q, int64_t limit,
                           struct strata_plan *plan, double *u, double *v);

#endif
