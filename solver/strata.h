/* Strata's solver: Gromov-Wasserstein (GW) comparison of metric measure spaces.
 *
 * An mm-space is n points with pairwise distances and a probability weight for each. The GW loss of
 * two of them, with distance matrices A and B of the same n points each, uniform weights, is
 *
 *     loss(P) = 1/n^2 * sum_{i,k} (A[i,k] - B[P(i),P(k)])^2,       P a permutation,
 *
 * and its minimum over P. For conditionally negative definite distances (all that are offered here)
 * a permutation is optimal among all couplings. The problem is a quadratic assignment problem, so
 * what is reported is the best value found, a lower bound that is certain, and how it was found.
 *
 * A plain C library without MPI, HDF5 and threads. Nothing is printed, nothing aborts; no global
 * state. Matrices are row-major. Strings are English and static. */
#ifndef STRATA_H
#define STRATA_H

#include <stddef.h>
#include <stdint.h>

/* --- Status ----------------------------------------------------------------------------------- */

/* Negative: an error, there is no value. Positive: an outcome, what was found so far is valid.
 * X(name, code, short name for tables, text) */
#define STRATA_STATUSES(X)                                                                         \
    X(OK, 0, "ok", "solved")                                                                       \
    X(STOPPED, 1, "stopped", "stopped on request before the end")                                  \
    X(LIMIT, 2, "limit", "the limit of steps was reached: valid, but not the end")                 \
    X(ARGUMENT, -1, "argument", "an argument is out of its documented range")                      \
    X(MEMORY, -2, "memory", "memory is short")                                                     \
    X(NOT_FINITE, -3, "not-finite", "a distance is NaN or infinite")                               \
    X(CONSTANT, -4, "constant", "the layer is constant over all samples: its distances are zero")  \
    X(NOT_SYMMETRIC, -5, "not-symmetric", "the distance matrix is not symmetric")                  \
    X(NEGATIVE, -6, "negative", "a distance is negative or the diagonal is not zero")              \
    X(WEIGHTS, -7, "weights", "weights are negative or do not sum to one")

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
 * A row of zeros (constant row, for correlation) has cosine distance 1 to all but its like. */
extern const char *const strata_distance_names[];

/* By what the distances are divided: NumPy's C.mean(), C.max(), median(C) over all n^2 entries, or
 * nothing. */
extern const char *const strata_normalization_names[];

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

/* The same from a distance matrix D[n, n]: symmetric, non-negative, zero diagonal.
 * Errors: ARGUMENT, MEMORY, NOT_FINITE, NOT_SYMMETRIC, NEGATIVE, CONSTANT. */
int strata_space_from_distances(struct strata_space *space, const double *D, int n,
                                int normalization);

int strata_space_points(const struct strata_space *space);              /* n */
const double *strata_space_distances(const struct strata_space *space); /* [n, n], borrowed */
double strata_space_scale(const struct strata_space *space); /* what they were divided by */

/* Sets the BLAS of this process to one thread: for programs that run one process per core. */
void strata_use_one_thread(void);

/* --- Solving ---------------------------------------------------------------------------------- */

/* How much work goes into a pair; the names are the values of the setting.
 * fast: Frank-Wolfe from few starts. standard: from more starts, then local search on the best.
 * thorough: from many starts, local search on each, and repeated search around the best. */
extern const char *const strata_effort_names[]; /* fast, standard, thorough */
enum { STRATA_FAST, STRATA_STANDARD, STRATA_THOROUGH };

/* The starts: what the best value grew from. X(name, text) */
#define STRATA_START_LIST(X)                                                                       \
    X(PRODUCT, "product")         /* the product coupling */                                       \
    X(IDENTITY, "identity")       /* each point with itself */                                     \
    X(BOUND, "lower-bound")       /* the assignment of the lower bound */                          \
    X(COORDINATES, "coordinates") /* leading principal coordinates with some signs */              \
    X(SEARCH, "search")           /* the best of these, taken further */

enum {
#define X(name, text) STRATA_START_##name,
    STRATA_START_LIST(X)
#undef X
};
const char *strata_start_name(int start);

struct strata_solution {
    double loss;          /* the best found, in double precision over all n^2 terms */
    double identity_loss; /* loss of matching point i with point i */
    double lower_bound;   /* no coupling has a loss below */
    double gap;           /* Frank-Wolfe gap at the solution; 0: no linear improvement is left */
    int start;            /* which start won */
    int iterations;       /* Frank-Wolfe steps, all starts */
    int swaps;            /* swaps that the local search accepted */
    double seconds;       /* wall time of this solve */
};

/* Called between steps of a solve, at least once in the time of one n^3 product; the solve stops
 * with what it has when it returns non-zero. */
typedef int strata_tick(void *context);

struct strata_solver; /* the workspace of a solve: nothing is allocated while it runs */

/* A workspace for pairs of up to n points: 12 n^2 + O(n) bytes. NULL if memory is short or n < 2.
 */
struct strata_solver *strata_solver_new(int n);
void strata_solver_destroy(struct strata_solver **solver);

/* Compares spaces a and b of the same n, with the same workspace for any number of pairs one after
 * the other. permutation[n], if not NULL, gets P. Same input, same numbers to the last bit, on
 * machines with the same instruction set.
 * Returns OK, STOPPED (the solution is valid but may be poor), or ARGUMENT. */
int strata_solve(struct strata_solver *solver, const struct strata_space *a,
                 const struct strata_space *b, int effort, strata_tick *tick, void *context,
                 struct strata_solution *solution, int *permutation);

/* Loss of a given permutation, as strata_solve reports it. */
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
struct strata_transport; /* workspace */
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

/* Weights must sum to one to this. */
#define STRATA_WEIGHTS_TOLERANCE 1e-9

/* cost[n, m] finite, of any sign. p[n], q[m]: weights, NULL: uniform. limit: of pivots; 0: so many
 * that it is not known to be reached. u[n], v[m], if not NULL, get duals with cost[i,j] - u[i] -
 * v[j] >= 0 up to rounding. A solve with the same weights as the one before starts from its plan.
 * Returns OK, LIMIT (a coupling and a true gap, but not optimal), ARGUMENT, NOT_FINITE, WEIGHTS. */
int strata_transport_solve(struct strata_transport *transport, const double *cost, int n, int m,
                           const double *p, const double *q, int64_t limit,
                           struct strata_plan *plan, double *u, double *v);

#endif
