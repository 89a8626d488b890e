/* Results: everything a run found, in memory and as results.h5 (strata_format="results").
 *
 * Every dataset is declared once, in the table of results_fields.c: path, type, shape, unit,
 * description and where it lives in struct results. Allocation, writing, reading, checking and
 * inspection follow from it.
 *
 * Index order is row-major as written in brackets; L layers, T checkpoints, R replicates, n
 * samples, S scalars. A matrix entry [t, i, j] compares layer i with layer j at checkpoint t;
 * matrices are symmetric with a zero diagonal. A cell without a value holds NaN, and its status
 * says why. */
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

    /* GW, over replicates; loss_stderr is NaN and not in the file where R = 1 */
    double *loss, *loss_stderr, *distance, *identity_loss, *lower_bound; /* [T, L, L] */
    double *gap, *seconds;                                               /* [T, L, L] */
    int32_t *start, *iterations, *swaps, *status;                        /* [T, L, L] */
    /* the same for each replicate; where R = 1 not in the file, and read as copies of the above */
    double *replicate_loss, *replicate_identity_loss, *replicate_lower_bound; /* [R, T, L, L] */
    int32_t *replicate_status;                                                /* [R, T, L, L] */

    /* sub-networks; labels count from 0 in layer order; -1: the layer has no valid comparison */
    int32_t *segments;         /* [T, L] contiguous groups */
    int32_t *segment_count;    /* [T] */
    double *segment_score;     /* [T] contrast between against within; 0: one group */
    double *segment_p;         /* [T] p-value of the best cut if there were no groups */
    double *boundary_strength; /* [T, L-1] contrast across a boundary behind layer k */
    int32_t *clusters;         /* [T, L] groups that need not be contiguous */
    int32_t *cluster_count;    /* [T] */
    double *cluster_score;     /* [T] mean silhouette; 0 for one group */

    /* series over training */
    double *mean_gw, *within_gw, *between_gw, *contrast; /* [T] */
    double *agreement_previous, *agreement_last;         /* [T] adjusted Rand index; NaN at t=0 */
    double *cluster_agreement;                           /* [T] segments against clusters */
    double *scalar_values;                               /* [T, S] */

    /* provenance; NULL is written as "" */
    char *configuration; /* effective configuration, YAML */
    char *input;         /* the files read, one a line, with size */
    char *model, *dataset;
    char *versions;        /* "strata 0.1.0, Open MPI 4.1.4, …" */
    char *started, *ended; /* ISO 8601, UTC */
    int32_t ranks;

    /* names of the codes in start[] and status[], NULL-terminated; set by results_read from the
     * file (NULL where it has none), left NULL by results_new */
    char **starts, **statuses;
};

/* What start[] and status[] mean: names by code, NULL-terminated, written as attributes `meaning`
 * of the datasets ("0 none, 1 product") so that a file explains itself. Given by the pipeline,
 * which knows the solver. */
struct results_legend {
    const char *const *starts;
    const char *const *statuses;
};

/* All arrays allocated: floats are NaN, integers 0, strings NULL. The counts are taken from *shape,
 * and nothing else; L, T, R >= 1. NULL if memory is short. Strings put in must come from malloc. */
struct results *results_new(const struct results *shape);

/* Frees all, strings included, and nulls. */
void results_destroy(struct results **results);

/* Writes the file beside path and renames it into place: complete or absent, also when the disk is
 * full. Not collective (rank 0 only). The same content gives the same bytes. legend may be NULL:
 * the names that results_read left in *results. EXIT_SYSTEM with path and cause. */
int results_write(const struct results *results, const struct results_legend *legend,
                  const char *path, struct fault *fault);

/* Reads and checks a file: format tag, version, shapes, types. EXIT_INPUT with what and where. On
 * failure *results is NULL. */
int results_read(const char *path, struct results **results, struct fault *fault);

/* For `strata inspect`: prints axes, provenance, groups and every dataset with shape, unit and
 * description to stdout. */
int results_inspect(const char *path, struct fault *fault);

/* The name of a code (names: results->starts or ->statuses), or NULL where it has none. Borrowed.
 */
const char *results_name(char *const *names, int code);

#endif
