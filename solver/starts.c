#include "starts.h"
#include "leading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Results whose values differ by less than this part are the same optimum. */
static const double same_value = 1e-4;

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
    for (int k = 0; k < n; k++) {
        size_t point = (size_t)((int64_t)w->n * k / n);
        memcpy(w->coarse_a + (size_t)k * rank, whole.a + point * whole.stride,
               (size_t)rank * sizeof *w->coarse_a);
        memcpy(w->coarse_b + (size_t)k * rank, whole.b + point * whole.stride,
               (size_t)rank * sizeof *w->coarse_b);
    }
    return (struct leading){n, rank, w->coarse_a, w->coarse_b, whole.la, whole.lb, rank};
}

/* Improves w->permutation on the coarse problem and keeps what comes out as one more start. */
static void keep(struct workspace *w, const struct leading *coarse, int code, int *count)
{
    struct start *start = &w->starts[*count];
    if (workspace_stop(w))
        return;
    leading_frank_wolfe(w, coarse, FIRST_RANK, w->permutation);
    start->value = leading_frank_wolfe(w, coarse, COARSE_RANK, w->permutation);
    start->code = code;
    memcpy(start->core, w->core, (size_t)coarse->rank * coarse->rank * sizeof *w->core);
    for (int k = 0; k < *count; k++) {
        if (fabs(w->starts[k].value - start->value) <= same_value * start->value)
            return;
    }
    ++*count;
}

/* The same from a permutation of all points. */
static void keep_whole(struct workspace *w, const struct leading *coarse, int code,
                       const int *permutation, int *count)
{
    const struct leading whole = leading_whole(w);
    leading_core(w, &whole, coarse->rank, permutation);
    leading_from_core(w, coarse, coarse->rank, w->permutation);
    keep(w, coarse, code, count);
}

static int by_value(const void *a, const void *b)
{
    const struct start *x = a;
    const struct start *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return (x->code > y->code) - (x->code < y->code);
}

int starts_search(struct workspace *w)
{
    const struct leading coarse = coarse_problem(w);
    int count = 0;
    keep_whole(w, &coarse, STRATA_START_BOUND, w->bound, &count);
    start_from_product(w, w->candidate);
    keep_whole(w, &coarse, STRATA_START_PRODUCT, w->candidate, &count);
    start_from_identity(w, w->candidate);
    keep_whole(w, &coarse, STRATA_START_IDENTITY, w->candidate, &count);
    qsort(w->starts, (size_t)count, sizeof *w->starts, by_value);
    return count;
}

int starts_search_rotations(struct workspace *w, int count, uint64_t *random)
{
    const struct leading coarse = coarse_problem(w);
    int distinct = 0;
    for (int k = 0; k < count && distinct < STARTS_MAX; k++) {
        leading_from_rotation(w, &coarse, 2 + k % 7, random, w->permutation);
        keep(w, &coarse, STRATA_START_COORDINATES, &distinct);
    }
    qsort(w->starts, (size_t)distinct, sizeof *w->starts, by_value);
    return distinct;
}

void starts_lift(struct workspace *w, int k)
{
    const struct leading whole = leading_whole(w);
    const int rank = whole.rank < COARSE_RANK ? whole.rank : COARSE_RANK;
    memcpy(w->core, w->starts[k].core, (size_t)rank * rank * sizeof *w->core);
    leading_from_core(w, &whole, rank, w->permutation);
    leading_frank_wolfe(w, &whole, SPECTRUM_RANK, w->permutation);
}
