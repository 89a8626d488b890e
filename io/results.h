/* Results: everything a run found, in memory and as results.h5 (strata_format="results").
 *
 * Every dataset is declared once, in the table results_fields: name, type, shape, unit, description
 * and where it lives in struct results. Allocation, writing, reading and checking follow from it.
 *
 * Index order is row-major as written in brackets; L layers, T checkpoints, R replicates, n samples.
 * A matrix entry [t, i, j] compares layer i with layer j at checkpoint t; matrices are symmetric
 * with a zero diagonal. A cell without a value holds NaN, and its status says why. */
#ifndef STRATA_RESULTS_H
#define STRATA_RESULTS_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct results {
    int layer_count, checkpoint_count, replicate_count, sample_count; /* L, T, R, n */
    int scalar_count;                                                 /* S */

    char **layers;      /* [L] */
    char **checkpoints; /* [T] group keys */
    char **scalars;     /* [S] names of the carried scalars */
    int64_t *steps;     /* [T] training iterations */
    int64_t *samples;   /* [R, n] rows of the activations used */

    /* GW, over replicates */
    double *loss, *loss_stderr, *distance, *identity_loss, *lower_bound; /* [T, L, L] */
    double *gap, *seconds;                                               /* [T, L, L] */
    int32_t *start, *iterations, *swaps, *status;                        /* [T, L, L] */
    /* the same for each replicate */
    double *replicate_loss, *replicate_identity_loss, *replicate_lower_bound; /* [R, T, L, L] */
    int32_t *replicate_status;                                                /* [R, T, L, L] */

    /* sub-networks; labels count from 0 in layer order; -1: the layer has no valid comparison */
    int32_t *segments;         /* [T, L] contiguous groups */
    int32_t *segment_count;    /* [T] */
    double *segment_score;     /* [T] see pipeline/segments.h; 0: one group, no structure */
    double *segment_p;         /* [T] p-value of that score under exchangeable layers */
    double *boundary_strength; /* [T, L-1] how much better the best split there explains the matrix */
    int32_t *clusters;         /* [T, L] groups that need not be contiguous */
    int32_t *cluster_count;    /* [T] */
    double *cluster_score;     /* [T] mean silhouette; 0 for one group */

    /* series over training */
    double *mean_gw, *within_gw, *between_gw, *contrast;  /* [T] */
    double *agreement_previous, *agreement_last;          /* [T] adjusted Rand index; NaN at t=0 */
    double *cluster_agreement;                            /* [T] segments against clusters */
    double *scalar_values;                                /* [T, S] */

    /* provenance: text attributes of /provenance */
    char *configuration; /* effective configuration, YAML */
    char *input;         /* the files read, one a line, with size */
    char *model, *dataset;
    char *versions; /* "strata 0.1.0, Open MPI 4.1.4, …" */
    char *started, *ended; /* ISO 8601, UTC */
    int32_t ranks;
};

/* What start[] and status[] mean: names by code, NULL-terminated, written as attributes of the
 * datasets so that a file explains itself. Given by the pipeline, which knows the solver. */
struct results_legend {
    const char *const *starts;
    const char *const *statuses;
};

/* All arrays allocated: floats are NaN, integers 0, strings NULL; the counts must be set in *shape. NULL if
 * memory is short. */
struct results *results_new(const struct results *shape);
void results_destroy(struct results **results);

/* Writes the file beside path and renames it into place: complete or absent, also when the disk is
 * full. Not collective (rank 0 only). EXIT_SYSTEM with path and cause. */
int results_write(const struct results *results, const struct results_legend *legend,
                  const char *path, struct fault *fault);

/* Reads and checks a file: format tag, version, shapes, types. EXIT_INPUT with what and where. */
int results_read(const char *path, struct results **results, struct fault *fault);

/* For `strata inspect`: prints axes, provenance, groups and every dataset with shape, unit and
 * description to stdout. */
int results_inspect(const char *path, struct fault *fault);

#endif
