#include "loss.h"
#include "kernels.h"

#include <math.h>
#include <stddef.h>

/* Of a loss in units of the distances: a distance of 1e-12. Squared distances are taken from
 * products until they cancel to 1e-4 (distance.c), which leaves errors of up to 1e-12. */
static const double dust = 4e-24;

/* What single precision and the bound leave of a loss that is zero, in units. */
static const double rounding = 1e-9;

static double identity_loss(const struct strata_space *a, const struct strata_space *b)
{
    const size_t n = (size_t)a->n;
    const double *A = space_distances(a);
    const double *B = space_distances(b);
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < i; k++) {
            double difference = A[i * n + k] - B[i * n + k];
            sum += difference * difference;
        }
        total += sum;
    }
    return 2 * total / (double)n / (double)n;
}

double loss_of(const struct strata_space *a, const struct strata_space *b, const int *permutation)
{
    if (permutation == NULL)
        return identity_loss(a, b);
    const int n = (int)a->n;
    const double *A = space_distances(a);
    const double *B = space_distances(b);
    double total = 0;
    for (int i = 1; i < n; i++) {
        const double *row = B + (size_t)permutation[i] * n;
        const double *next = B + (size_t)permutation[i + 1 < n ? i + 1 : i] * n;
        total += kernel_gather_loss(A + (size_t)i * n, row, permutation, i, next);
    }
    return 2 * total / n / n;
}

double strata_loss(const struct strata_space *a, const struct strata_space *b,
                   const int *permutation)
{
    if (!a || !b || a->n != b->n)
        return NAN;
    struct strata_solution solution = {.loss = loss_of(a, b, permutation)};
    loss_drop_dust(a->unit * b->unit, &solution);
    return solution.loss;
}

int loss_is_least(double unit, const struct strata_solution *solution)
{
    return solution->loss <= solution->lower_bound + rounding * unit;
}

void loss_drop_dust(double unit, struct strata_solution *solution)
{
    if (solution->loss <= dust * unit) {
        solution->loss = 0;
        solution->gap = 0;
        solution->swaps_left = solution->swaps_left > 0 ? 0 : solution->swaps_left;
    }
    if (solution->identity_loss <= dust * unit)
        solution->identity_loss = 0;
    solution->lower_bound = fmin(solution->lower_bound, solution->loss);
}

double loss_swap_gain(const struct strata_space *a, const struct strata_space *b,
                      const int *permutation, int i, int k)
{
    const int n = (int)a->n;
    const double *Ai = space_distances(a) + (size_t)i * n;
    const double *Ak = space_distances(a) + (size_t)k * n;
    const double *Bi = space_distances(b) + (size_t)permutation[i] * n;
    const double *Bk = space_distances(b) + (size_t)permutation[k] * n;
    double sum = kernel_swap_dot(Ai, Ak, Bk, Bi, permutation, n);
    /* l = i and l = k each add -A[i,k] * B[P(i),P(k)] with zero diagonals; take them out */
    sum -= (Ai[i] - Ak[i]) * (Bk[permutation[i]] - Bi[permutation[i]]);
    sum -= (Ai[k] - Ak[k]) * (Bk[permutation[k]] - Bi[permutation[k]]);
    return 4 * sum;
}

double loss_frank_wolfe_gap(const struct strata_space *a, const struct strata_space *b,
                            const int *permutation, const int *towards)
{
    const int n = (int)a->n;
    const double *A = space_distances(a);
    const double *B = space_distances(b);
    double sum = 0;
    for (int i = 0; i < n; i++) {
        if (towards[i] == permutation[i])
            continue;
        const double *row = A + (size_t)i * n;
        const double *to = B + (size_t)towards[i] * n;
        const double *from = B + (size_t)permutation[i] * n;
        for (int k = 0; k < n; k++)
            sum += row[k] * (to[permutation[k]] - from[permutation[k]]);
    }
    return sum > 0 ? 4 * sum / n / n : 0;
}
