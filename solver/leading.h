/* GW on the leading eigenpairs: Frank-Wolfe steps that cost O(n^2 r) beside the assignment.
 *
 * With J A J = Va La Va' and J B J = Vb Lb Vb' cut to the leading r eigenpairs (spectrum.h), and
 * the centred row means a and b, the product that Frank-Wolfe linearises is
 *
 *     K = n a b' + Va La M Lb Vb',   M = Va' P Vb,
 *     f(P) = 2 n a' P b + sum_{i,k} La_i Lb_k M_ik^2.
 *
 * All that a step keeps of a permutation is the core: La M Lb, with n in a first row and column of
 * its own, for the means. The tail of the spectrum that is cut off is a concave term which makes
 * the current permutation sticky; without it steps go further, and where they stop is mostly a
 * fixed point of the whole problem too. From few eigenpairs to many is a graduated optimisation.
 *
 * A core is a sum over points, so that cells of points (cells.h) have nearly the core of all, but
 * for its scale: coarse problems are solved first, and their cores lifted. */
#ifndef STRATA_LEADING_H
#define STRATA_LEADING_H

struct workspace;
struct outline;

/* Eigenpairs that graduated steps begin with. */
enum { FIRST_RANK = 8 };

/* Points or cells of both spaces by their row means and leading eigenvectors. */
struct leading {
    int n;                /* of them */
    int points;           /* of the spaces */
    int stride;           /* floats from one point to the next */
    const float *a, *b;   /* [n, stride] */
    const float *la, *lb; /* eigenvalues */
    int rank;             /* of the spectrum at hand */
};

/* All points of two spaces of the same n, and their cells. */
struct leading leading_whole(const struct outline *a, const struct outline *b);
struct leading leading_cells(const struct outline *a, const struct outline *b, int resolution);

/* core[1 + rank, 1 + rank] of a permutation, rank <= problem->rank; returns f. Overwrites
 * rows[n, 1 + rank]. 2 n (1 + rank)^2 flops. */
double leading_sum(const struct leading *problem, int rank, const int *permutation, float *rows,
                   float *core);

/* rows[n, 1 + rank], of which the product with the points of B, transposed, is -K of core. */
void leading_factor(const struct leading *problem, int rank, const float *core, float *rows);

/* Frank-Wolfe with approximate assignments on the first `rank` eigenpairs, from and to
 * permutation[n]; w->core is left belonging to the result. Returns f. Overwrites w->cost. */
double leading_frank_wolfe(struct workspace *w, const struct leading *problem, int rank,
                           int *permutation);

/* The same, but at most so many steps. */
double leading_steps(struct workspace *w, const struct leading *problem, int rank, int most,
                     int *permutation);

/* w->core of a permutation; returns f. */
double leading_core(struct workspace *w, const struct leading *problem, int rank,
                    const int *permutation);

/* The permutation that a core points to: one approximate assignment on K of w->core. */
void leading_from_core(struct workspace *w, const struct leading *problem, int rank,
                       int *permutation);

#endif
