#include "gang_swaps.h"
#include "gang_loss.h"
#include "product.h"
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SWAPS = 256, POINTS = 2 * SWAPS };
static const double least_gain = 1e-9; /* as a part of the loss */
static const double certain_gain = 1e-6;

struct swap {
    double gain; /* of n^2 loss */
    int i, k;
};

/* What a search holds beside the gang. */
struct search {
    double *own;        /* [n] c[i,i] */
    double *gain;       /* [n] of the best swap of each point, and with whom */
    int *partner;       /* [n] */
    struct swap *swaps; /* [n] */
    int *before;        /* [n] the permutation before a round */
    double *a, *b;      /* [POINTS, POINTS] distances between the points of the swaps */
};

static void search_free(struct search *s)
{
    free(s->own);
    free(s->gain);
    free(s->partner);
    free(s->swaps);
    free(s->before);
    free(s->a);
    free(s->b);
}

static int search_new(const struct gang *g, struct search *s)
{
    const size_t n = (size_t)g->n;
    const size_t points = n < POINTS ? n : POINTS;
    *s = (struct search){.own = malloc(n * sizeof *s->own),
                         .gain = malloc(n * sizeof *s->gain),
                         .partner = malloc(n * sizeof *s->partner),
                         .swaps = malloc(n * sizeof *s->swaps),
                         .before = malloc(n * sizeof *s->before),
                         .a = malloc(points * points * sizeof *s->a),
                         .b = malloc(points * points * sizeof *s->b)};
    int complete = s->own && s->gain && s->partner && s->swaps && s->before && s->a && s->b;
    return gang_agree(g, complete ? STRATA_OK : STRATA_MEMORY);
}

size_t gang_swaps_bytes(int n)
{
    const size_t points = n < POINTS ? (size_t)n : POINTS;
    return (size_t)n * (2 * sizeof(double) + 2 * sizeof(int) + sizeof(struct swap)) +
           2 * points * points * sizeof(double);
}

/* --- The best swap of each point -------------------------------------------------------------- */

/* g->columns[i - begin, k] = c[k, i] for the rows i of this round: every rank sends a piece. */
static void exchange_columns(struct gang *g, int round)
{
    float *out = g->outgoing;
    int sent = 0;
    int begin = 0;
    int end = 0;
    for (int r = 0; r < g->ranks; r++) {
        g->offsets[0][r] = sent;
        rows_of_round(g, r, round, &begin, &end);
        for (int i = begin; i < end; i++) {
            for (int k = 0; k < g->count; k++)
                out[sent++] = g->cost[(size_t)k * g->n + g->permutation[i]];
        }
        g->sizes[0][r] = sent - g->offsets[0][r];
    }
    rows_of_round(g, g->rank, round, &begin, &end);
    int received = 0;
    for (int r = 0; r < g->ranks; r++) {
        g->offsets[1][r] = received;
        g->sizes[1][r] = (end - begin) * g->counts[r];
        received += g->sizes[1][r];
    }
    const float *in = g->incoming;
    MPI_Alltoallv(out, g->sizes[0], g->offsets[0], MPI_FLOAT, g->incoming, g->sizes[1],
                  g->offsets[1], MPI_FLOAT, g->comm);
    for (int r = 0; r < g->ranks; r++) {
        for (int i = begin; i < end; i++, in += g->counts[r])
            memcpy(g->columns + (size_t)(i - begin) * g->n + g->begin[r], in,
                   (size_t)g->counts[r] * sizeof *in);
    }
}

/* The best partner of row i, whose row of B and column of c are at hand. */
static void find_partner(const struct gang *g, const struct gang_space *a, struct search *s,
                         double scale, int i, const double *b, const float *column)
{
    const float *row = g->cost + (size_t)(i - g->first) * g->n;
    const double *distances = a->rows + (size_t)(i - g->first) * g->n;
    const int *p = g->permutation;
    double best = -INFINITY;
    int where = i;
    for (int k = 0; k < g->n; k++) {
        double gain = 4 * (s->own[i] + s->own[k] - row[p[k]] - column[k]) / scale +
                      8 * distances[k] * b[p[k]];
        if (gain > best && k != i) {
            best = gain;
            where = k;
        }
    }
    s->gain[i] = best;
    s->partner[i] = where;
}

static void scan(struct gang *g, const struct gang_space *a, const struct gang_space *b,
                 struct search *s)
{
    const double scale = a->quantum * b->quantum;
    for (int i = g->first; i < g->first + g->count; i++)
        s->own[i] = g->cost[(size_t)(i - g->first) * g->n + g->permutation[i]];
    rows_gather(g, s->own, sizeof *s->own);
    for (int round = 0; round < rows_rounds(g); round++) {
        int begin = 0;
        int end = 0;
        exchange_columns(g, round);
        rows_exchange(g, b->rows, g->permutation, round);
        rows_of_round(g, g->rank, round, &begin, &end);
        for (int i = begin; i < end; i++)
            find_partner(g, a, s, scale, i,
                         (const double *)g->incoming + (size_t)(i - begin) * g->n,
                         g->columns + (size_t)(i - begin) * g->n);
    }
    rows_gather(g, s->gain, sizeof *s->gain);
    rows_gather(g, s->partner, sizeof *s->partner);
}

/* --- A batch of swaps ------------------------------------------------------------------------- */

static int by_gain(const void *x, const void *y)
{
    const struct swap *a = x;
    const struct swap *b = y;
    if (a->gain != b->gain)
        return a->gain > b->gain ? -1 : 1;
    return a->i != b->i ? (a->i > b->i) - (a->i < b->i) : (a->k > b->k) - (a->k < b->k);
}

/* The best disjoint swaps, at most SWAPS; returns how many. */
static int choose(const struct gang *g, struct search *s, double threshold)
{
    int proposed = 0;
    int chosen = 0;
    for (int i = 0; i < g->n; i++) {
        if (s->gain[i] > threshold)
            s->swaps[proposed++] = (struct swap){s->gain[i], i, s->partner[i]};
    }
    qsort(s->swaps, (size_t)proposed, sizeof *s->swaps, by_gain);
    memset(s->partner, 0, (size_t)g->n * sizeof *s->partner); /* now: whether a point is taken */
    for (int k = 0; k < proposed && chosen < SWAPS; k++) {
        struct swap swap = s->swaps[k];
        if (s->partner[swap.i] || s->partner[swap.k])
            continue;
        s->partner[swap.i] = 1;
        s->partner[swap.k] = 1;
        s->swaps[chosen++] = swap;
    }
    return chosen;
}

static int point(const struct search *s, int index)
{
    return index % 2 ? s->swaps[index / 2].k : s->swaps[index / 2].i;
}

/* into[points, points] = distances between the points of the swaps, or between their partners. */
static void gather_distances(const struct gang *g, const struct gang_space *space,
                             const struct search *s, const int *partner, int points, double *into)
{
    memset(into, 0, (size_t)points * (size_t)points * sizeof *into);
    for (int x = 0; x < points; x++) {
        int i = point(s, x);
        i = (partner ? partner[i] : i) - g->first;
        for (int y = 0; y < points && i >= 0 && i < g->count; y++) {
            int k = point(s, y);
            into[(size_t)x * points + y] =
                space->rows[(size_t)i * g->n + (partner ? partner[k] : k)];
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, into, points * points, MPI_DOUBLE, MPI_SUM, g->comm);
}

/* D[i,x] - D[i,y] - D[k,x] + D[k,y] for swaps (i,k) and (x,y). */
static double cross(const double *D, int points, int one, int other)
{
    const double *i = D + (size_t)(2 * one) * points + (size_t)(2 * other);
    const double *k = i + points;
    return i[0] - i[1] - k[0] + k[1];
}

/* Takes the swaps that gain beside those taken before; returns how many. */
static int take(struct gang *g, struct search *s, int count, double threshold)
{
    int taken = 0;
    memset(s->partner, 0, (size_t)count * sizeof *s->partner); /* now: whether a swap is taken */
    for (int k = 0; k < count; k++) {
        double gain = s->swaps[k].gain;
        for (int t = 0; t < k; t++) {
            if (s->partner[t])
                gain += 4 * cross(s->a, 2 * count, k, t) * cross(s->b, 2 * count, k, t);
        }
        if (gain <= threshold)
            continue;
        int *p = g->permutation;
        int partner = p[s->swaps[k].i];
        p[s->swaps[k].i] = p[s->swaps[k].k];
        p[s->swaps[k].k] = partner;
        s->partner[k] = 1;
        taken++;
    }
    return taken;
}

/* How many of the listed swaps gain more than rounding in single precision may feign. */
static int count_certain(const struct search *s, int count, double certain)
{
    int left = 0;
    for (int k = 0; k < count; k++)
        left += s->swaps[k].gain > certain;
    return left;
}

int gang_swaps(struct gang *g, const struct gang_space *a, const struct gang_space *b, double *loss,
               int *left)
{
    struct search s;
    int status = search_new(g, &s);
    while (status == STRATA_OK && !gang_stop(g)) {
        double threshold = least_gain * *loss * g->n * g->n;
        memcpy(s.before, g->permutation, (size_t)g->n * sizeof *s.before);
        scan(g, a, b, &s);
        int count = choose(g, &s, threshold);
        gather_distances(g, a, &s, NULL, 2 * count, s.a);
        gather_distances(g, b, &s, g->permutation, 2 * count, s.b);
        int taken = take(g, &s, count, threshold);
        double next = taken > 0 ? gang_loss(g, a, b, g->permutation) : *loss;
        if (!(next < *loss)) {
            memcpy(g->permutation, s.before, (size_t)g->n * sizeof *s.before);
            *left = count_certain(&s, count, certain_gain * *loss * g->n * g->n);
            break;
        }
        *loss = next;
        g->accepted_swaps += taken;
        product_update(g, a, b, 0);
    }
    search_free(&s);
    return status;
}
