/* mm-space: the layout of its flat block, for the files of the solver. */
#ifndef STRATA_SPACE_H
#define STRATA_SPACE_H

#include "outline.h"
#include "strata.h"

/* Sorted rows are kept as means over this many blocks of ranks (or n, if fewer). */
enum { PROFILE_BLOCKS = 64 };
/* Leading eigenpairs of the centred distances that are kept, if n has so many. */
enum { SPECTRUM_RANK = 48 };
/* Quantiles of each point's distances that are kept; see quantiles.h. */
enum { QUANTILES = 64 };

struct strata_space {
    int64_t n;
    int64_t blocks;    /* columns of the profile */
    int64_t rank;      /* columns of the spectrum */
    int64_t uniform;   /* whether all weights are 1/n */
    int64_t negative;  /* whether the distances are conditionally negative definite */
    double scale;      /* what the distances were divided by */
    double unit;       /* mean distance: what single-precision copies are divided by */
    int64_t distances; /* byte offsets from the start of the block: double [n, n] */
    int64_t centred;   /* float [n, n], each row minus its mean, in units */
    int64_t means;     /* double [n], row means */
    int64_t order;     /* int [n], rows by increasing mean */
    int64_t profile;   /* double [n, blocks], see bounds.h */
    int64_t values;    /* float [rank], and the others as in outline.h: */
    int64_t vectors;   /* float [n, 1 + rank] */
    int64_t cells;     /* float */
    int64_t clusters;  /* float */
    int64_t weights;   /* double [n] */
    int64_t quantiles; /* double [n, QUANTILES] */
};

static inline const double *space_distances(const struct strata_space *s)
{
    return (const double *)((const char *)s + s->distances);
}
static inline const float *space_centred(const struct strata_space *s)
{
    return (const float *)((const char *)s + s->centred);
}
static inline const double *space_means(const struct strata_space *s)
{
    return (const double *)((const char *)s + s->means);
}
static inline const double *space_profile(const struct strata_space *s)
{
    return (const double *)((const char *)s + s->profile);
}
static inline struct outline space_outline(const struct strata_space *s)
{
    const char *base = (const char *)s;
    return (struct outline){.n = (int)s->n,
                            .rank = (int)s->rank,
                            .order = (const int *)(base + s->order),
                            .values = (const float *)(base + s->values),
                            .vectors = (const float *)(base + s->vectors),
                            .cells = (const float *)(base + s->cells),
                            .clusters = (const float *)(base + s->clusters)};
}
static inline const double *space_weights(const struct strata_space *s)
{
    return (const double *)((const char *)s + s->weights);
}
static inline const double *space_quantiles(const struct strata_space *s)
{
    return (const double *)((const char *)s + s->quantiles);
}

/* order[n]: the points by increasing mean, equal ones by number. STRATA_OK or STRATA_MEMORY. */
int space_order_points(const double *means, int n, int *order);

/* A row of the profile: block means of its sorted distances, times the root of the block's share,
 * so that squared differences of rows bound those of the sorted rows from below. */
void space_write_profile(double *profile, const double *sorted, int n, int blocks);

/* The first column of points[n, stride]: row means, centred, in units. */
void space_write_means(const double *means, int n, double unit, float *points, int stride);

#endif
