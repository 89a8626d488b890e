#include "matchings.h"
#include "lanes.h"
#include "random.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

/* An exchange must gain more than this part. */
static const double least_gain = 1e-5;

static struct quotient quotient_of(const float *clusters, const float *values, int count, int rank)
{
    struct quotient q = {.clusters = clusters};
    for (int c = 0; c < count; c++) {
        const float *x = clusters + (size_t)c * (2 + rank);
        q.mass[c] = x[0];
        q.row_mean[c] = x[1];
        for (int d = 0; d < count; d++) {
            const float *y = clusters + (size_t)d * (2 + rank);
            double product = 0;
            for (int i = 0; i < rank; i++)
                product += (double)values[i] * x[2 + i] * y[2 + i];
            q.products[c][d] = (float)product;
        }
    }
    return q;
}

struct quotients quotients_of(const struct workspace *w, const struct leading *finest, int count)
{
    return (struct quotients){
        .count = count,
        .problem = finest,
        .a = quotient_of(outline_clusters(&w->outline_a, count), finest->la, count, finest->rank),
        .b = quotient_of(outline_clusters(&w->outline_b, count), finest->lb, count, finest->rank),
    };
}

/* What is matched of each cluster, and what is left of it and its partner. */
struct division {
    float matched[CLUSTERS_MAX], left_a[CLUSTERS_MAX], left_b[CLUSTERS_MAX];
    float left; /* the sum of either */
};

/* b: the clusters of B, each in the place of its partner. */
static struct division divide_masses(const struct quotient *a, const struct quotient *b)
{
    struct division masses;
    for (int c = 0; c < CLUSTERS_MAX; c++) {
        masses.matched[c] = a->mass[c] < b->mass[c] ? a->mass[c] : b->mass[c];
        masses.left_a[c] = a->mass[c] - masses.matched[c];
        masses.left_b[c] = b->mass[c] - masses.matched[c];
    }
    masses.left = 0;
    for (int c = 0; c < CLUSTERS_MAX; c++)
        masses.left += masses.left_a[c];
    return masses;
}

/* The inner loops run along a row, so that they need no sums: those would not be vectorised. */
DISPATCHED static double value_of(const struct quotients *q, const struct quotient *b)
{
    const struct quotient *a = &q->a;
    const struct division m = divide_masses(a, b);
    float both[CLUSTERS_MAX] = {0};
    float rest_a[CLUSTERS_MAX] = {0};
    float rest_b[CLUSTERS_MAX] = {0};
    for (int d = 0; d < q->count; d++) {
        for (int c = 0; c < CLUSTERS_MAX; c++) {
            both[c] += m.matched[d] * a->products[d][c] * b->products[d][c];
            rest_a[c] += m.left_a[d] * a->products[d][c];
            rest_b[c] += m.left_b[d] * b->products[d][c];
        }
    }
    const double share = m.left > 0 ? 1 / m.left : 0;
    double whole_a = 0; /* products and row means of all that is left */
    double whole_b = 0;
    double mean_a = 0;
    double mean_b = 0;
    double means = 0;
    double value = 0;
    for (int c = 0; c < q->count; c++) {
        value += m.matched[c] * (both[c] + 2 * share * rest_a[c] * rest_b[c]);
        whole_a += m.left_a[c] * rest_a[c];
        whole_b += m.left_b[c] * rest_b[c];
        mean_a += m.left_a[c] * a->row_mean[c];
        mean_b += m.left_b[c] * b->row_mean[c];
        means += m.matched[c] * a->row_mean[c] * b->row_mean[c];
    }
    return value + share * share * whole_a * whole_b +
           2 * q->problem->n * (means + share * mean_a * mean_b);
}

static inline void exchange_floats(float *one, float *other)
{
    const float value = *one;
    *one = *other;
    *other = value;
}

/* Two clusters change places. */
static void exchange(struct quotient *b, int c, int d)
{
    exchange_floats(&b->mass[c], &b->mass[d]);
    exchange_floats(&b->row_mean[c], &b->row_mean[d]);
    for (int k = 0; k < CLUSTERS_MAX; k++)
        exchange_floats(&b->products[c][k], &b->products[d][k]);
    for (int k = 0; k < CLUSTERS_MAX; k++)
        exchange_floats(&b->products[k][c], &b->products[k][d]);
}

static void exchange_partners(int *matching, int c, int d)
{
    const int partner = matching[c];
    matching[c] = matching[d];
    matching[d] = partner;
}

static void shuffle(int *order, int count, uint64_t *random)
{
    for (int c = 0; c < count; c++)
        order[c] = c;
    for (int c = count - 1; c > 0; c--)
        exchange_partners(order, c, random_below(random, c + 1));
}

/* The clusters of q in this order. */
static struct quotient in_order(const struct quotient *q, const int *order, int count)
{
    struct quotient b = *q;
    for (int c = 0; c < count; c++) {
        b.mass[c] = q->mass[order[c]];
        b.row_mean[c] = q->row_mean[order[c]];
        for (int d = 0; d < count; d++)
            b.products[c][d] = q->products[order[c]][order[d]];
    }
    return b;
}

/* Makes every exchange that gains, until none does. The order is random, as a fixed one leads to
 * fewer optima and misses good ones. */
static void improve(const struct quotients *q, struct quotient *b, uint64_t *random,
                    struct matching *matching)
{
    const int pairs = q->count * (q->count - 1) / 2;
    int order[CLUSTERS_MAX];
    shuffle(order, q->count, random);
    matching->value = value_of(q, b);
    for (int failed = 0; failed < pairs;) {
        for (int k = 1; k < q->count; k++) {
            for (int l = 0; l < k && failed < pairs; l++) {
                const int c = order[k];
                const int d = order[l];
                exchange(b, c, d);
                const double next = value_of(q, b);
                if (next > matching->value + least_gain * fabs(matching->value)) {
                    matching->value = next;
                    exchange_partners(matching->of, c, d);
                    failed = 0;
                } else {
                    exchange(b, c, d);
                    failed++;
                }
            }
        }
    }
}

/* Adds a matching if it is new and one of the best; returns how many there are then. */
static int insert(struct matching *best, int found, int most, const struct matching *matching)
{
    int place = 0;
    for (int k = 0; k < found; k++) {
        if (memcmp(best[k].of, matching->of, sizeof matching->of) == 0)
            return found;
        place += best[k].value >= matching->value;
    }
    if (place == most)
        return found;
    found += found < most;
    memmove(best + place + 1, best + place, (size_t)(found - 1 - place) * sizeof *best);
    best[place] = *matching;
    return found;
}

int matchings_search(const struct quotients *q, int tries, int most, uint64_t *random,
                     struct matching *best)
{
    int found = 0;
    for (int k = 0; k < tries; k++) {
        struct matching matching = {0, {0}};
        shuffle(matching.of, q->count, random);
        struct quotient b = in_order(&q->b, matching.of, q->count);
        improve(q, &b, random, &matching);
        found = insert(best, found, most, &matching);
    }
    return found;
}

/* core += weight x y', but for the row means. */
static void add_product(float *core, int columns, double weight, const double *x, const double *y)
{
    for (int i = 1; i < columns; i++) {
        for (int k = 1; k < columns; k++)
            core[(size_t)i * columns + k] += (float)(weight * x[i] * y[k]);
    }
}

void matchings_core(const struct quotients *q, const int *matching, float *core)
{
    const int columns = q->problem->stride;
    double x[1 + COORDINATES_MAX];
    double y[1 + COORDINATES_MAX];
    double rest_x[1 + COORDINATES_MAX] = {0};
    double rest_y[1 + COORDINATES_MAX] = {0};
    double left = 0;
    memset(core, 0, (size_t)columns * columns * sizeof *core);
    for (int c = 0; c < q->count; c++) {
        const float *a = q->a.clusters + (size_t)c * (1 + columns);
        const float *b = q->b.clusters + (size_t)matching[c] * (1 + columns);
        const double matched = a[0] < b[0] ? a[0] : b[0];
        for (int i = 1; i < columns; i++) {
            x[i] = (double)q->problem->la[i - 1] * a[1 + i];
            y[i] = (double)q->problem->lb[i - 1] * b[1 + i];
            rest_x[i] += (a[0] - matched) * x[i];
            rest_y[i] += (b[0] - matched) * y[i];
        }
        left += a[0] - matched;
        add_product(core, columns, matched, x, y);
    }
    if (left > 0)
        add_product(core, columns, 1 / left, rest_x, rest_y);
    core[0] = (float)q->problem->n;
}
