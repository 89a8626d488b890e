#include "partitions.h"
#include "ordering.h"
#include "strata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LLOYD_STEPS = 6 };

struct part {
    int begin, end; /* its items */
    int cut;        /* where it is best divided */
    double gain;    /* and the variance that takes away, times n */
};

struct partition {
    const float *points; /* [n, columns] */
    int n, columns;
    struct ordering ordering;
    int *label; /* [n] the cluster of a point */
    int count;
    struct part parts[CLUSTERS_MAX];
};

size_t partitions_offset(int columns, int count)
{
    const int before = count * (count - 1) / 2 - CLUSTERS_MIN * (CLUSTERS_MIN - 1) / 2;
    return (size_t)before * (1 + columns);
}

size_t partitions_size(int columns)
{
    return partitions_offset(columns, CLUSTERS_MAX + 1);
}

/* Where to cut a part, whose places sum to zero. */
static void consider(struct ordering *ordering, struct part *part)
{
    double sum = 0;
    part->cut = part->end;
    part->gain = 0;
    if (part->end - part->begin < 2)
        return;
    ordering_sort(ordering, part->begin, part->end);
    for (int k = part->begin; k + 1 < part->end; k++) {
        sum += ordering->items[k].along;
        const double gain = sum * sum * (1.0 / (k + 1 - part->begin) + 1.0 / (part->end - k - 1));
        if (gain > part->gain) {
            part->gain = gain;
            part->cut = k + 1;
        }
    }
}

/* Cuts the part that gains most by it; without any gain the new part is empty. */
static void divide(struct partition *p)
{
    struct part *most = &p->parts[0];
    for (int k = 1; k < p->count; k++)
        most = p->parts[k].gain > most->gain ? &p->parts[k] : most;
    struct part *added = &p->parts[p->count++];
    *added = (struct part){.begin = most->cut, .end = most->end};
    most->end = most->cut;
    consider(&p->ordering, most);
    consider(&p->ordering, added);
}

/* clusters[count, 1 + columns]: masses and means, by label. */
static void average(const struct partition *p, float *clusters)
{
    const int width = 1 + p->columns;
    memset(clusters, 0, (size_t)p->count * width * sizeof *clusters);
    for (int i = 0; i < p->n; i++) {
        float *cluster = clusters + (size_t)p->label[i] * width;
        cluster[0] += 1;
        for (int c = 0; c < p->columns; c++)
            cluster[1 + c] += p->points[(size_t)i * p->columns + c];
    }
    for (int k = 0; k < p->count; k++) {
        float *cluster = clusters + (size_t)k * width;
        for (int c = 0; c < p->columns && cluster[0] > 0; c++)
            cluster[1 + c] /= cluster[0];
    }
}

static int nearest(const struct partition *p, const float *values, const float *clusters, int i)
{
    const float *x = p->points + (size_t)i * p->columns + 1;
    float least = INFINITY;
    int nearest = 0;
    for (int k = 0; k < p->count; k++) {
        const float *mean = clusters + (size_t)k * (1 + p->columns) + 2;
        float square = clusters[(size_t)k * (1 + p->columns)] > 0 ? 0 : INFINITY;
        for (int c = 0; c + 1 < p->columns; c++)
            square += fabsf(values[c]) * (x[c] - mean[c]) * (x[c] - mean[c]);
        if (square < least) {
            least = square;
            nearest = k;
        }
    }
    return nearest;
}

static void write_clusters(struct partition *p, const float *values, float *clusters)
{
    for (int k = 0; k < p->count; k++) {
        for (int s = p->parts[k].begin; s < p->parts[k].end; s++)
            p->label[p->ordering.items[s].point] = k;
    }
    average(p, clusters);
    for (int step = 0; step < LLOYD_STEPS; step++) {
        for (int i = 0; i < p->n; i++)
            p->label[i] = nearest(p, values, clusters, i);
        average(p, clusters);
    }
}

int partitions_build(const float *points, const float *values, int n, int columns,
                     float *partitions)
{
    const int rank = columns - 1;
    float *x = malloc((size_t)n * columns * sizeof *x);
    struct item *items = malloc((size_t)n * sizeof *items);
    int *label = malloc((size_t)n * sizeof *label);
    const int status = x && items && label ? STRATA_OK : STRATA_MEMORY;
    if (status == STRATA_OK) {
        struct partition p = {points, n, columns, {x, rank, items}, label, 1, {{0, n, n, 0}}};
        ordering_scale(points, columns, values, n, rank, x);
        ordering_begin(&p.ordering, n);
        consider(&p.ordering, &p.parts[0]);
        while (p.count < CLUSTERS_MAX) {
            divide(&p);
            if (p.count >= CLUSTERS_MIN)
                write_clusters(&p, values, partitions + partitions_offset(columns, p.count));
        }
    }
    free(x);
    free(items);
    free(label);
    return status;
}
