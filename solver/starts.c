#include "starts.h"
#include "leading.h"
#include "matchings.h"
#include "moves.h"

#include <math.h>
#include <string.h>

/* Two permutations whose cores are so nearly parallel are of the same optimum. */
static const double same_optimum = 0.98;
/* A value must be higher by this part to be worth going on for. */
static const double least_gain = 1e-4;

/* Of a hundred tries so many begin from nothing, and of a hundred others so many exchange
 * neighbours, or cross two of the best; the rest are mixed up. The best so many are parents. */
enum { AFRESH = 10, EXCHANGED = 50, CROSSED = 25, PARENTS = 4 };

/* So many tries in a row that bring nothing new are enough; small problems have few optima, a few
 * more than points. */
enum { PATIENCE = 200, PATIENCE_BEYOND_POINTS = 10 };

/* Clusters have so many points at least, on average. */
enum { CLUSTER_POINTS = 8 };
/* A matching of more of them than so many takes long, and fewer are tried. */
enum { CHEAP_CLUSTERS = 10 };

/* The finest resolution but one takes the matchings of clusters. */
enum { MATCHED = FINEST - 1 };

/* One try at the finest resolution for so many at the coarsest. */
enum { FINEST_SHARE = 5 };

void start_from_identity(struct workspace *w, int *permutation)
{
    for (int k = 0; k < w->n; k++)
        permutation[k] = k;
}

void start_from_product(struct workspace *w, int *permutation)
{
    const int *a = w->outline_a.order;
    const int *b = w->outline_b.order;
    for (int k = 0; k < w->n; k++)
        permutation[a[k]] = b[k];
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static struct leading cells_of(const struct workspace *w, int resolution)
{
    return leading_cells(&w->outline_a, &w->outline_b, resolution);
}

/* --- The pool --- */

/* Cosine between two cores [count], but for their first number, which is that of the points. */
static double similarity(const float *one, const float *other, int count)
{
    double squares = 0;
    double other_squares = 0;
    double product = 0;
    for (int k = 1; k < count; k++) {
        squares += (double)one[k] * one[k];
        other_squares += (double)other[k] * other[k];
        product += (double)one[k] * other[k];
    }
    return product > 0 ? product / sqrt(squares * other_squares) : 0;
}

static void pool_remove(struct pool *pool, int k)
{
    pool->count--;
    memmove(pool->starts + k, pool->starts + k + 1,
            (size_t)(pool->count - k) * sizeof *pool->starts);
}

/* Removes what is of the same optimum as this core and not better; returns whether the core is
 * worth it: -1 if something of its optimum is better, 0 if it gains little, 1 if much or it is new.
 */
static int compete(struct pool *pool, const float *core, int count, double value)
{
    int gain = 1;
    for (int k = 0; k < pool->count;) {
        const double known = pool->starts[k].value;
        if (similarity(core, pool->starts[k].core, count) < same_optimum) {
            k++;
            continue;
        }
        if (known >= value) /* these come first */
            return -1;
        if (value <= known + least_gain * fabs(known))
            gain = 0;
        pool_remove(pool, k);
    }
    return gain;
}

/* w->permutation, whose value and w->core these are, if it is one of the best; returns whether the
 * search gains by it. */
static int pool_add(struct pool *pool, const struct workspace *w, const struct leading *problem,
                    double value, int code)
{
    const int count = problem->stride * problem->stride;
    const int gain = compete(pool, w->core, count, value);
    int place = 0;
    while (place < pool->count && pool->starts[place].value >= value)
        place++;
    if (gain < 0 || place == POOL_MAX)
        return 0;
    struct start *start = &pool->starts[place];
    pool->count = least(pool->count + 1, POOL_MAX);
    memmove(start + 1, start, (size_t)(pool->count - 1 - place) * sizeof *start);
    start->value = value;
    start->code = code;
    memcpy(start->permutation, w->permutation, (size_t)problem->n * sizeof *w->permutation);
    memcpy(start->core, w->core, (size_t)count * sizeof *w->core);
    return gain;
}

/* --- The search --- */

/* Improves w->permutation and offers it to the pool. */
static int keep(struct workspace *w, const struct leading *problem, struct pool *pool, int code)
{
    if (workspace_stop(w))
        return 0;
    const double value = leading_frank_wolfe(w, problem, problem->rank, w->permutation);
    return pool_add(pool, w, problem, value, code);
}

/* w->permutation: from one of the best, by a random move. */
static void move(struct workspace *w, const struct leading *problem, const struct pool *pool,
                 uint64_t *random)
{
    const int parents = least(pool->count, PARENTS);
    const int one = random_below(random, parents);
    const int die = random_below(random, 100);
    memcpy(w->permutation, pool->starts[one].permutation,
           (size_t)problem->n * sizeof *w->permutation);
    if (die < EXCHANGED) {
        move_exchange(w, problem, random, w->permutation);
    } else if (die < EXCHANGED + CROSSED && parents > 1) {
        const int other = (one + 1 + random_below(random, parents - 1)) % parents;
        move_cross(w, problem, pool->starts[one].core, pool->starts[other].core, random,
                   w->permutation);
    } else {
        move_mix(w, problem, random, w->permutation);
    }
}

static void search(struct workspace *w, const struct leading *problem, struct pool *pool, int tries,
                   uint64_t *random)
{
    const int patience = least(PATIENCE, problem->n + PATIENCE_BEYOND_POINTS);
    for (int k = 0, failed = 0; k < tries && failed < patience && !w->stopped; k++) {
        if (pool->count == 0 || random_below(random, 100) < AFRESH)
            move_afresh(w, problem, random, w->permutation);
        else
            move(w, problem, pool, random);
        failed = keep(w, problem, pool, STRATA_START_COORDINATES) ? 0 : failed + 1;
    }
}

/* What w->core comes to. */
static void keep_core(struct workspace *w, const struct leading *problem, struct pool *pool,
                      int code)
{
    leading_from_core(w, problem, problem->rank, w->permutation);
    keep(w, problem, pool, code);
}

/* A core is of points or cells, of which there are more or fewer; all of it scales with them. */
static void match_clusters(struct workspace *w, const struct search *how,
                           const struct leading *problem, struct pool *pool, uint64_t *random)
{
    const struct leading finest = cells_of(w, FINEST);
    const int tries = how->matchings;
    struct matching best[POOL_MAX];
    for (int count = CLUSTERS_MIN; count <= CLUSTERS_MAX && count * CLUSTER_POINTS <= finest.n;
         count++) {
        const struct quotients quotients = quotients_of(w, &finest, count);
        const int share = least(tries, tries * CHEAP_CLUSTERS * CHEAP_CLUSTERS / (count * count));
        const int found = matchings_search(&quotients, share, how->refined, random, best);
        for (int k = 0; k < found && !workspace_stop(w); k++) {
            matchings_core(&quotients, best[k].of, w->core);
            keep_core(w, problem, pool, STRATA_START_CLUSTERS);
        }
    }
}

/* A copy is worth a search where it is much smaller than what it is of. */
static int is_coarse(int n, int resolution)
{
    return 4 * cells_count(n, resolution) <= 3 * n;
}

/* The best of a resolution go on to the finest. */
static void search_coarse(struct workspace *w, const struct search *how, int resolution,
                          uint64_t *random)
{
    const struct leading problem = cells_of(w, resolution);
    const struct leading finest = cells_of(w, FINEST);
    w->tried->count = 0;
    if (resolution == MATCHED)
        match_clusters(w, how, &problem, w->tried, random);
    search(w, &problem, w->tried, how->tries >> resolution, random);
    for (int k = 0; k < w->tried->count && k < how->refined && !w->stopped; k++) {
        memcpy(w->core, w->tried->starts[k].core, sizeof w->tried->starts[k].core);
        keep_core(w, &finest, w->starts, w->tried->starts[k].code);
    }
}

void starts_search(struct workspace *w, const struct search *how, uint64_t *random)
{
    const struct leading finest = cells_of(w, FINEST);
    int resolution = 0;
    for (; resolution < FINEST && is_coarse(w->n, resolution); resolution++)
        search_coarse(w, how, resolution, random);
    if (resolution <= MATCHED)
        match_clusters(w, how, &finest, w->starts, random);
    search(w, &finest, w->starts, resolution > 0 ? how->tries / FINEST_SHARE : how->tries, random);
}

/* --- The usual starts --- */

/* From a permutation of all points to w->permutation of cells. */
static void gather(struct workspace *w, const int *permutation)
{
    const struct leading whole = leading_whole(&w->outline_a, &w->outline_b);
    const struct leading finest = cells_of(w, FINEST);
    leading_core(w, &whole, finest.rank, permutation);
    leading_from_core(w, &finest, finest.rank, w->permutation);
}

static void keep_whole(struct workspace *w, int code, const int *permutation)
{
    const struct leading finest = cells_of(w, FINEST);
    gather(w, permutation);
    leading_frank_wolfe(w, &finest, FIRST_RANK, w->permutation);
    keep(w, &finest, w->starts, code);
}

void starts_usual(struct workspace *w)
{
    keep_whole(w, STRATA_START_BOUND, w->bound);
    start_from_product(w, w->candidate);
    keep_whole(w, STRATA_START_PRODUCT, w->candidate);
    start_from_identity(w, w->candidate);
    keep_whole(w, STRATA_START_IDENTITY, w->candidate);
}

void starts_follow(struct workspace *w)
{
    const struct leading finest = cells_of(w, FINEST);
    gather(w, w->permutation);
    leading_frank_wolfe(w, &finest, finest.rank, w->permutation);
}

/* --- To all points --- */

int starts_are_coarse(const struct workspace *w)
{
    return is_coarse(w->n, FINEST);
}

void starts_lift(struct workspace *w, const float *core)
{
    const struct leading whole = leading_whole(&w->outline_a, &w->outline_b);
    const int rank = cells_columns(whole.rank) - 1;
    memmove(w->core, core, (size_t)(1 + rank) * (size_t)(1 + rank) * sizeof *w->core);
    leading_from_core(w, &whole, rank, w->permutation);
    leading_frank_wolfe(w, &whole, SPECTRUM_RANK, w->permutation);
}
