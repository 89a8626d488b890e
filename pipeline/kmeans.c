/* min over labels and centres c of  sum_i |x_i - c_label(i)|^2,   locally, from several starts.
 *
 * x[n, d], centres[count, d]. Cost: starts x rounds x n x count x d. Starts by k-means++: Arthur &
 * Vassilvitskii, SODA 2007, doi:10.5555/1283383.1283494; the first one takes the farthest point
 * instead of a random one, which finds well separated groups at once. */
#include "kmeans.h"

#include "random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { starts = 8, rounds = 50 };

struct work {
    const double *x; /* borrowed */
    int n, d, count;
    double *centres;  /* [count, d] */
    double *distance; /* [n] squared, to the nearest centre */
    int *size;        /* [count] */
    int32_t *label;   /* [n] */
};

static double squared_distance(const double *a, const double *b, int d)
{
    double sum = 0;
    for (int k = 0; k < d; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

static double *centre(const struct work *work, int k)
{
    return work->centres + (size_t)k * work->d;
}

static const double *point(const struct work *work, int i)
{
    return work->x + (size_t)i * work->d;
}

static int farthest(const struct work *work)
{
    int best = 0;
    for (int i = 1; i < work->n; i++)
        if (work->distance[i] > work->distance[best])
            best = i;
    return best;
}

/* A point with a chance proportional to its squared distance from the centres so far. */
static int random_point(const struct work *work, uint64_t *state)
{
    double total = 0;
    for (int i = 0; i < work->n; i++)
        total += work->distance[i];
    double left = total * random_unit(state);
    for (int i = 0; i < work->n; i++) {
        left -= work->distance[i];
        if (left < 0)
            return i;
    }
    return farthest(work);
}

/* Centres are points; the first is the one next to the mean, or random. */
static void place_centres(struct work *work, int start, uint64_t *state)
{
    double *first = centre(work, 0);
    memset(first, 0, (size_t)work->d * sizeof *first);
    for (int i = 0; i < work->n; i++)
        for (int k = 0; k < work->d; k++)
            first[k] += point(work, i)[k] / work->n;
    int chosen = 0;
    for (int i = 1; i < work->n; i++)
        if (squared_distance(point(work, i), first, work->d) <
            squared_distance(point(work, chosen), first, work->d))
            chosen = i;
    if (start > 0)
        chosen = (int)(random_next(state) % (uint64_t)work->n);
    for (int i = 0; i < work->n; i++)
        work->distance[i] = INFINITY;
    for (int k = 0; k < work->count; k++) {
        if (k > 0)
            chosen = start > 0 ? random_point(work, state) : farthest(work);
        memcpy(centre(work, k), point(work, chosen), (size_t)work->d * sizeof *first);
        for (int i = 0; i < work->n; i++)
            work->distance[i] =
                fmin(work->distance[i], squared_distance(point(work, i), centre(work, k), work->d));
    }
}

/* Labels each point with its nearest centre. Returns how many labels changed. */
static int assign(struct work *work)
{
    int changed = 0;
    for (int i = 0; i < work->n; i++) {
        int nearest = 0;
        double least = INFINITY;
        for (int k = 0; k < work->count; k++) {
            double value = squared_distance(point(work, i), centre(work, k), work->d);
            if (value < least) {
                least = value;
                nearest = k;
            }
        }
        changed += work->label[i] != nearest;
        work->label[i] = nearest;
        work->distance[i] = least;
    }
    return changed;
}

/* A centre that lost all its points stays where it is. */
static void move_centres(struct work *work)
{
    memset(work->size, 0, (size_t)work->count * sizeof *work->size);
    for (int i = 0; i < work->n; i++)
        work->size[work->label[i]]++;
    for (int k = 0; k < work->count; k++)
        if (work->size[k] > 0)
            memset(centre(work, k), 0, (size_t)work->d * sizeof(double));
    for (int i = 0; i < work->n; i++)
        for (int c = 0; c < work->d; c++)
            centre(work, work->label[i])[c] += point(work, i)[c] / work->size[work->label[i]];
}

static double run(struct work *work, int start, uint64_t *state)
{
    place_centres(work, start, state);
    for (int i = 0; i < work->n; i++)
        work->label[i] = -1;
    for (int round = 0; round < rounds && assign(work) > 0; round++)
        move_centres(work);
    double sum = 0;
    for (int i = 0; i < work->n; i++)
        sum += work->distance[i];
    return sum;
}

double kmeans(const double *x, int n, int d, int count, int32_t *label)
{
    double best = -1;
    struct work work = {.x = x, .n = n, .d = d, .count = count};
    work.centres = malloc((size_t)count * d * sizeof *work.centres);
    work.distance = malloc((size_t)n * sizeof *work.distance);
    work.size = malloc((size_t)count * sizeof *work.size);
    work.label = malloc((size_t)n * sizeof *work.label);
    if (!work.centres || !work.distance || !work.size || !work.label)
        goto done;
    uint64_t state = 1;
    for (int start = 0; start < starts; start++) {
        double sum = run(&work, start, &state);
        if (best < 0 || sum < best * (1 - 1e-9)) {
            best = sum;
            memcpy(label, work.label, (size_t)n * sizeof *label);
        }
    }
done:
    free(work.centres);
    free(work.distance);
    free(work.size);
    free(work.label);
    return best;
}
