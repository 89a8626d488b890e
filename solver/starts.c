#include "starts.h"
#include "leading.h"

#include <math.h>
#include <string.h>

/* Results whose values differ by less than this part are the same optimum. */
static const double same_value = 1e-4;

/* The best so many are mixed up. */
enum { MIXED = 4 };

/* So many tries in a row that bring nothing new are enough: small problems have few optima. */
static const int patience = 30;

void start_from_identity(struct workspace *w, int *permutation)
{
    for (int k = 0; k < w->n; k++)
        permutation[k] = k;
}

void start_from_product(struct workspace *w, int *permutation)
{
    const int *a = space_order(w->a);
    const int *b = space_order(w->b);
    for (int k = 0; k < w->n; k++)
        permutation[a[k]] = b[k];
}

/* Every so many-th point of both spaces. */
static struct leading coarse_problem(struct workspace *w)
{
    struct leading whole = leading_whole(w);
    const int n = w->n < COARSE_POINTS ? w->n : COARSE_POINTS;
    const int rank = whole.rank < COARSE_RANK ? whole.rank : COARSE_RANK;
    const size_t columns = 1 + (size_t)rank;
    for (int k = 0; k < n; k++) {
        size_t point = (size_t)((int64_t)w->n * k / n);
        memcpy(w->coarse_a + k * columns, whole.a + point * whole.stride,
               columns * sizeof *w->coarse_a);
        memcpy(w->coarse_b + k * columns, whole.b + point * whole.stride,
               columns * sizeof *w->coarse_b);
    }
    return (struct leading){n, (int)columns, w->coarse_a, w->coarse_b, whole.la, whole.lb, rank};
}

/* Where a start of this value belongs, or -1 if it is none of the best, or none that is new. */
static int place_of(const struct workspace *w, double value)
{
    int place = 0;
    while (place < w->start_count && w->starts[place].value >= value)
        place++;
    for (int k = place > 0 ? place - 1 : 0; k <= place && k < w->start_count; k++) {
        if (fabs(w->starts[k].value - value) <= same_value * fabs(value))
            return -1;
    }
    return place < STARTS_MAX ? place : -1;
}

/* Improves w->permutation on the coarse problem and keeps what comes out, if it is new and good;
 * returns whether it was. */
static int keep(struct workspace *w, const struct leading *coarse, int code)
{
    if (workspace_stop(w))
        return 0;
    const double value = leading_frank_wolfe(w, coarse, COARSE_RANK, w->permutation);
    const int place = place_of(w, value);
    if (place < 0)
        return 0;
    struct start *start = &w->starts[place];
    if (w->start_count < STARTS_MAX)
        w->start_count++;
    memmove(start + 1, start, (size_t)(w->start_count - 1 - place) * sizeof *start);
    start->value = value;
    start->code = code;
    memcpy(start->permutation, w->permutation, (size_t)coarse->n * sizeof *w->permutation);
    memcpy(start->core, w->core, (size_t)coarse->stride * coarse->stride * sizeof *w->core);
    return 1;
}

/* The same from a permutation of all points. */
static void keep_whole(struct workspace *w, const struct leading *coarse, int code,
                       const int *permutation)
{
    const struct leading whole = leading_whole(w);
    leading_core(w, &whole, coarse->rank, permutation);
    leading_from_core(w, coarse, coarse->rank, w->permutation);
    leading_frank_wolfe(w, coarse, FIRST_RANK, w->permutation);
    keep(w, coarse, code);
}

void starts_usual(struct workspace *w)
{
    const struct leading coarse = coarse_problem(w);
    w->start_count = 0;
    keep_whole(w, &coarse, STRATA_START_BOUND, w->bound);
    start_from_product(w, w->candidate);
    keep_whole(w, &coarse, STRATA_START_PRODUCT, w->candidate);
    start_from_identity(w, w->candidate);
    keep_whole(w, &coarse, STRATA_START_IDENTITY, w->candidate);
}

void starts_search(struct workspace *w, int tries, uint64_t *random)
{
    const struct leading coarse = coarse_problem(w);
    w->start_count = 0;
    for (int k = 0, failed = 0; k < tries && failed < patience && !w->stopped; k++) {
        if (k % 2 == 0) {
            leading_afresh(w, &coarse, random, w->permutation);
        } else {
            const int known = random_below(random, w->start_count < MIXED ? w->start_count : MIXED);
            memcpy(w->permutation, w->starts[known].permutation,
                   (size_t)coarse.n * sizeof *w->permutation);
            leading_mix(w, &coarse, random, w->permutation);
        }
        failed = keep(w, &coarse, STRATA_START_COORDINATES) ? 0 : failed + 1;
    }
}

void starts_lift(struct workspace *w, int k)
{
    const struct leading whole = leading_whole(w);
    const int rank = whole.rank < COARSE_RANK ? whole.rank : COARSE_RANK;
    memcpy(w->core, w->starts[k].core, (size_t)(1 + rank) * (1 + rank) * sizeof *w->core);
    leading_from_core(w, &whole, rank, w->permutation);
    leading_frank_wolfe(w, &whole, SPECTRUM_RANK, w->permutation);
}
