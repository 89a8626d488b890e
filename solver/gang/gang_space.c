#include "gang_space.h"
#include "blocks.h"
#include "distance.h"
#include "product.h"
#include "rows.h"
#include "sort.h"
#include "space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int list_blocks(struct gang_space *s, struct block *blocks)
{
    const size_t n = (size_t)s->gang->n;
    const size_t own = (size_t)s->gang->count;
    const size_t rank = (size_t)s->rank;
    const struct block all[] = {
        {(void **)&s->rows, own * n * sizeof *s->rows},
        {(void **)&s->means, n * sizeof *s->means},
        {(void **)&s->order, n * sizeof *s->order},
        {(void **)&s->profile, own * (size_t)s->blocks * sizeof *s->profile},
        {(void **)&s->values, rank * sizeof *s->values},
        {(void **)&s->vectors, n * (1 + rank) * sizeof *s->vectors},
        {(void **)&s->cells, outline_cells_size(s->gang->n, s->rank) * sizeof *s->cells},
        {(void **)&s->clusters, outline_clusters_size(s->rank) * sizeof *s->clusters},
    };
    _Static_assert(sizeof all <= BLOCKS_MAX * sizeof *all, "a longer list");
    memcpy(blocks, all, sizeof all);
    return (int)(sizeof all / sizeof *all);
}

static struct gang_space sizes_of(const struct gang *g)
{
    return (struct gang_space){.gang = g,
                               .blocks = g->n < PROFILE_BLOCKS ? g->n : PROFILE_BLOCKS,
                               .rank = g->n <= SPECTRUM_RANK ? g->n - 1 : SPECTRUM_RANK,
                               .scale = 1};
}

size_t gang_space_bytes(const struct gang *g)
{
    struct gang_space s = sizes_of(g);
    struct block blocks[BLOCKS_MAX];
    return blocks_size(blocks, list_blocks(&s, blocks));
}

void gang_space_destroy(struct gang_space **space)
{
    struct gang_space *s = *space;
    if (s != NULL) {
        struct block blocks[BLOCKS_MAX];
        blocks_free(blocks, list_blocks(s, blocks));
        free(s);
    }
    *space = NULL;
}

static int allocate(const struct gang *g, struct gang_space **space)
{
    struct gang_space *s = calloc(1, sizeof *s);
    int complete = s != NULL;
    if (s != NULL) {
        struct block blocks[BLOCKS_MAX];
        *s = sizes_of(g);
        complete = blocks_allocate(blocks, list_blocks(s, blocks));
    }
    const int status = gang_agree(g, complete ? STRATA_OK : STRATA_MEMORY);
    if (status != STRATA_OK)
        gang_space_destroy(&s);
    *space = s;
    return status;
}

/* Sums of this rank's rows, then of all, in s->means; returns their total and the largest entry. */
static double sum_rows(const struct gang *g, struct gang_space *s, double *largest)
{
    double most = 0;
    for (int i = 0; i < g->count; i++) {
        const double *row = s->rows + (size_t)i * g->n;
        double sum = 0;
        for (int k = 0; k < g->n; k++) {
            sum += row[k];
            most = row[k] > most ? row[k] : most;
        }
        s->means[g->first + i] = sum;
    }
    rows_gather(g, s->means, sizeof *s->means);
    *largest = rows_maximum(g, most);
    return rows_sum(g, s->means);
}

static int normalize(struct gang *g, struct gang_space *s, int normalization)
{
    double largest = 0;
    double sum = sum_rows(g, s, &largest);
    if (!isfinite(sum))
        return STRATA_NOT_FINITE;
    if (largest == 0)
        return STRATA_CONSTANT;
    if (normalization == STRATA_BY_MEAN)
        s->scale = sum / ((double)g->n * g->n);
    else if (normalization == STRATA_BY_MAX)
        s->scale = largest;
    else if (normalization == STRATA_BY_MEDIAN && gang_median(g, s->rows, &s->scale) != STRATA_OK)
        return STRATA_MEMORY;
    if (!(s->scale > 0))
        return STRATA_CONSTANT;
    s->unit = sum / ((double)g->n * g->n) / s->scale;
    for (size_t k = 0; k < (size_t)g->count * (size_t)g->n; k++)
        s->rows[k] /= s->scale;
    sum_rows(g, s, &largest);
    for (int i = 0; i < g->n; i++)
        s->means[i] /= g->n;
    return STRATA_OK;
}

static void write_profiles(struct gang *g, struct gang_space *s)
{
    double *sorted = g->tile;
    for (int i = 0; i < g->count; i++) {
        memcpy(sorted, s->rows + (size_t)i * g->n, (size_t)g->n * sizeof *sorted);
        sort_distances(sorted, sorted + g->n, g->n);
        space_write_profile(s->profile + (size_t)i * s->blocks, sorted, g->n, s->blocks);
    }
}

int gang_knows_distance(int distance)
{
    return distance_is_known(distance) && distance_is_negative_definite(distance);
}

int gang_space_new(struct gang *g, const double *x, int d, int distance, int normalization,
                   struct gang_space **space)
{
    *space = NULL;
    int valid = g != NULL && d >= 1 && gang_knows_distance(distance) &&
                normalization >= STRATA_BY_MEAN && normalization <= STRATA_BY_NOTHING;
    if (g == NULL)
        return STRATA_ARGUMENT;
    int status = gang_agree(g, valid && (x || g->count == 0) ? STRATA_OK : STRATA_ARGUMENT);
    struct gang_space *s = NULL;
    if (status == STRATA_OK)
        status = allocate(g, &s);
    if (status == STRATA_OK)
        status = gang_distance(g, s, x, d, distance);
    if (status == STRATA_OK)
        status = normalize(g, s, normalization);
    if (status == STRATA_OK)
        status = gang_agree(g, space_order_points(s->means, g->n, s->order));
    if (status == STRATA_OK) {
        write_profiles(g, s);
        product_scale(g, s);
        status = gang_spectrum(g, s);
    }
    if (status == STRATA_OK) {
        const struct outline outline = gang_outline(s);
        status = gang_agree(g, outline_coarsen(&outline, s->cells, s->clusters));
    }
    if (status != STRATA_OK)
        gang_space_destroy(&s);
    *space = s;
    return status;
}

const double *gang_space_distances(const struct gang_space *space)
{
    return space->rows;
}

double gang_space_scale(const struct gang_space *space)
{
    return space->scale;
}
