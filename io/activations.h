/* Activations in: HDF5 files with strata_format="activations", one file or a glob of files.
 *
 * Layout: README, "Activations file". Rank 0 scans and checks the metadata of all files once and
 * shares it; the numbers are then read with parallel HDF5, sampled rows only. */
#ifndef STRATA_ACTIVATIONS_H
#define STRATA_ACTIVATIONS_H

#include "config.h"
#include "fault.h"

#include <stdbool.h>
#include <stdint.h>

/* Which part of the input a run uses. */
struct activations_selection {
    struct string_list layers;      /* names or patterns (layer_pattern.h), applied in turn; "all":
                                       every layer; "!pattern" takes matches away; empty: all */
    struct string_list checkpoints; /* {"all"}, steps, "first", "last", or "every K": the first
                                       checkpoint and each K-th after it; empty: all */
    const char *weights;            /* dataset of the rows' weights; NULL or "": none */
};

struct activations_checkpoint {
    char *file; /* owned */
    char *key;  /* group name under /checkpoints; owned */
    int64_t step;
};

struct activations {
    int layer_count;      /* L, in network order */
    int checkpoint_count; /* T, by increasing step */
    int scalar_count;     /* S: names of all scalar attributes carried by any checkpoint */
    int64_t row_count;    /* N, the same for every layer and checkpoint */
    uint64_t ids;         /* digest of /sample_ids; 0: there are none */
    double *weights;      /* [N] of the rows, as in the file; NULL: not asked for */
    char **layers;        /* [L] */
    struct activations_checkpoint *checkpoints; /* [T] */
    int64_t *widths;                            /* [T, L] d: activations flattened to [N, d] */
    char **scalars;                             /* [S], sorted by name */
    double *scalar_values;                      /* [T, S]; NaN where a checkpoint lacks one */
    char *model;                                /* root attributes, "" where absent */
    char *dataset;
    struct activations_files *files; /* private: open files */
};

/* Collective over comm. Scans all files that match pattern (a path, or a glob, of which files that
 * end in .part are left out: an exporter is writing them), checks them against the format, selects
 * layers and checkpoints. Every defect is EXIT_INPUT with file, place, expected and found. On
 * failure *activations is NULL on all ranks. */
int activations_open(const char *pattern, const struct activations_selection *selection,
                     MPI_Comm comm, struct activations **activations, struct fault *fault);

/* Collective over the comm of activations_open. Each rank reads `count` rows (0 is allowed),
 * rows[] strictly increasing in [0, N), of one layer at one checkpoint into values[count, width],
 * row-major, converted to double. Only these rows are read from the file, whatever its chunking.
 * NaN or infinity is EXIT_INPUT naming file, checkpoint, layer, row and column. */
int activations_read(struct activations *activations, int checkpoint, int layer,
                     const int64_t *rows, int count, double *values, struct fault *fault);

/* Collective over comm, which may be some of the ranks that opened the input: another handle of it
 * as it was when it was opened, to be read by these ranks alone, and closed. */
int activations_share(const struct activations *activations, MPI_Comm comm,
                      struct activations **shared, struct fault *fault);

/* Collective; frees and nulls. */
void activations_close(struct activations **activations);

/* Not collective: a number that changes when the files of the pattern do, by their names, sizes and
 * times. Cheap: no file is opened. 0 where there are none, or memory is short. */
uint64_t activations_signature(const char *pattern);

/* Not collective: a description of the file(s) for `strata inspect`, printed to stdout: model,
 * layers with shape and type, checkpoints with step and scalars, size, chunking and compression;
 * then reads everything once and says whether the numbers are finite. 0, or EXIT_INPUT with the
 * first defect. */
int activations_inspect(const char *pattern, struct fault *fault);

#endif
