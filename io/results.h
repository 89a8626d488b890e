/* Results: everything a run found, in memory and as results.h5 (strata_format="results").
 *
 * Every dataset is declared once, in the table of results_fields.c: path, type, shape, unit,
 * description and where it lives in struct results. Allocation, writing, reading, checking and
 * inspection follow from it.
 *
 * Index order is row-major as written in brackets; L layers, M columns, T checkpoints, R
 * replicates, n samples, S scalars. A matrix entry [t, i, j] compares layer i with column j at
 * checkpoint t. The columns are
 *
 *     within    the layers again (M = L): matrices are symmetric with a zero diagonal
 *     across    the same layer at other checkpoints: the last, and the one before
 *     against   the layers of another network
 *
 * A cell without a value holds NaN, and its status says why. */
#ifndef STRATA_RESULTS_H
#define STRATA_RESULTS_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum results_comparison { RESULTS_WITHIN, RESULTS_ACROSS, RESULTS_AGAINST };
extern const char *const results_comparison_names[];
enum { RESULTS_LAST, RESULTS_BEFORE }; /* the columns of ACROSS */

/* A boundary between groups takes this contrast: 1.5 times as far across as aside. */
#define RESULTS_MIN_CONTRAST 0.2

struct results {
    enum results_comparison comparison; /* the root attribute `comparison`; without it: WITHIN */
    int layer_count, checkpoint_count, replicate_count, sample_count; /* L, T, R, n */
    int scalar_count;                                                 /* S */
    int column_count;       /* M; L where the comparison is WITHIN, whatever is given */
    int other_sample_count; /* m: samples of the other network; 0 but for AGAINST */

    char **layers;          /* [L] */
    char **checkpoints;     /* [T] group keys */
    char **scalars;         /* [S] names of the carried scalars */
    int64_t *steps;         /* [T] training iterations */
    int64_t *samples;       /* [R, n] rows of the activations used */
    char **columns;         /* [M] names; see results_column. Not in the file WITHIN */
    int64_t *other_steps;   /* [T] AGAINST: training iterations of the other network */
    int64_t *other_samples; /* [R, m] AGAINST */

    /* GW, over replicates; loss_stderr is NaN and not in the file where R = 1 */
    double *loss, *loss_stderr, *distance, *identity_loss, *lower_bound; /* [T, L, M] */
    double *gap, *seconds;                                               /* [T, L, M] */
    int32_t *start, *method, *iterations, *swaps, *swaps_left, *status;  /* [T, L, M] */
    double *
        noise_floor; /* [T, L] distance of a layer from itself on other inputs; NaN: not measured */
    double *column_noise_floor; /* [T, M] AGAINST: of the columns */
    int64_t
        *settled; /* [L] ACROSS: since which step a layer is halfway to its final form, for good */
    /* the same for each replicate; where R = 1 not in the file, and read as copies of the above */
    double *replicate_loss, *replicate_identity_loss, *replicate_lower_bound; /* [R, T, L, M] */
    int32_t *replicate_status;                                                /* [R, T, L, M] */

    /* sub-networks; labels count from 0 in layer order; -1: the layer has no valid comparison */
    int32_t *segments;         /* [T, L] contiguous groups */
    int32_t *segment_count;    /* [T] */
    double *segment_score;     /* [T] contrast between against within; 0: one group */
    double *segment_p;         /* [T] p-value of the best cut if there were no groups */
    double *boundary_strength; /* [T, L-1] contrast across a boundary behind layer k */
    int32_t *nearest;          /* [T] the shallowest boundary of the best cut, deep enough or not */
    double *nearest_strength;  /* [T] its contrast; NaN: there is none */
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

    /* names of the codes in start[], status[] and method[], NULL-terminated; set by results_read
     * from the file (NULL where it has none), left NULL by results_new */
    char **starts, **statuses, **methods;
};

/* What start[], status[] and method[] mean: names by code, NULL-terminated, written as attributes
 * `meaning` of the datasets ("0 none, 1 product") so that a file explains itself. Given by the
 * pipeline, which knows the solver. */
struct results_legend {
    const char *const *starts;
    const char *const *statuses;
    const char *const *methods;
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

/* The cell of layer i and column j at checkpoint t, for the arrays [T, L, M]. */
size_t results_cell(const struct results *results, int checkpoint, int row, int column);

/* The column from which on the cells of a row are each a pair of its own: WITHIN, matrices are
 * symmetric. */
int results_first_column(const struct results *results, int row);

/* The noise floors of a row, and of what stands in a column of that row; NaN: not measured, or the
 * cell compares a layer with itself. */
double results_row_floor(const struct results *results, int checkpoint, int row);
double results_column_floor(const struct results *results, int checkpoint, int row, int column);

/* Whether the two are no farther from each other than each is from itself on other inputs; false
 * where that was not measured, or is the same layer at the same checkpoint. */
bool results_within_noise(const struct results *results, int checkpoint, int row, int column);

/* Whether matching each input to itself has a lower loss than what was found. */
bool results_worse_than_identity(const struct results *results, size_t cell);

/* The name of a column: a layer, "last" or "before", or a layer of the other network. */
const char *results_column(const struct results *results, int column);

/* The value of a setting, by the last word of its key, as the effective configuration has it,
 * without quotes. "": there is none. Cut to size. */
void results_setting(const struct results *results, const char *key, char *value, size_t size);

/* Why a pair has no value, by the name of its status: what that means and what to do; "" where
 * nothing is known. The pipeline knows, as with the legend. */
struct results_reason {
    const char *meaning, *advice;
};
typedef struct results_reason results_explain(const char *status_name);

/* For `strata inspect --pair`: whether the value of a layer and a column can be trusted, and why,
 * to stdout. step NULL: the last. EXIT_INPUT where there is no such cell. */
int results_certify(const char *path, const char *layer, const char *column, const char *step,
                    results_explain *explain, struct fault *fault);

/* The name of a code (names: results->starts, ->statuses or ->methods), or NULL where it has none.
 * Borrowed.
 */
const char *results_name(char *const *names, int code);

#endif
