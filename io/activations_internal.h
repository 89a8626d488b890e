/* The parts of the activations reader, for its own files only. Those on the scan are for one rank:
 * no MPI. */
#ifndef STRATA_ACTIVATIONS_INTERNAL_H
#define STRATA_ACTIVATIONS_INTERNAL_H

#include "activations.h"
#include "h5.h"

#include <mpi.h>

#define ACTIVATIONS_FORMAT "activations"
enum { ACTIVATIONS_VERSION = 1 };

/* The file that is open for reading; one at a time, however many a run names. */
struct activations_files {
    MPI_Comm comm;    /* owned duplicate */
    hid_t file;       /* negative: none */
    const char *path; /* of the open file, borrowed from a checkpoint; NULL: none */
    bool sparse;      /* it was opened with the hints for few rows */
    bool romio;       /* MPI-IO is ROMIO on all ranks */
};

/* Where a defect is, for the start of a message: file, checkpoint, layer (-1: leave out). */
struct activations_place {
    char text[1000];
};
struct activations_place activations_place(const struct activations *activations, int checkpoint,
                                           int layer);

/* activations_files.c: the files of a pattern, sorted; a path that exists is taken as it is. The
 * list is reset with activations_files_reset. */
int activations_find(const char *pattern, struct string_list *files, struct fault *fault);
void activations_files_reset(struct string_list *files);

/* Opens one file with the serial driver, or says why it cannot be read. */
int activations_open_serial(const char *path, hid_t *file, struct fault *fault);

/* The dataset of a layer at a checkpoint, or negative and h5_reason(). */
hid_t activations_open_dataset(const struct activations *activations, hid_t file, int checkpoint,
                               int layer, hid_t access);

/* activations_scan.c: all metadata of the input with the selection made (NULL: all of it), checked;
 * activations->files is NULL. */
int activations_scan(const char *pattern, const struct activations_selection *selection,
                     struct activations **activations, struct fault *fault);

/* activations_header.c: the part of the scan that reads what a file says about itself and which
 * checkpoints it has. Appends to activations->checkpoints, in no order. */
struct activations_header {
    uint64_t ids_hash;
    int64_t ids_count;    /* -1: no file had sample ids yet */
    const char *ids_file; /* borrowed */
    const char *weights;  /* which dataset to read, borrowed; NULL or "": none */
    int64_t weights_count;
};
int activations_read_header(const char *path, struct activations *activations,
                            struct activations_header *header, struct fault *fault);

/* activations_weights.c: activations->weights, from the first file; those of the others must be the
 * same. Then, with the shapes known, whether there is one for each row. */
int activations_read_weights(hid_t file, const char *path, struct activations *activations,
                             struct activations_header *header, struct fault *fault);
int activations_check_weights(const struct activations *activations,
                              const struct activations_header *header, struct fault *fault);

/* activations_select.c: sorts the checkpoints by step and keeps the selected ones and layers */
int activations_select(struct activations *activations,
                       const struct activations_selection *selection, struct fault *fault);

/* activations_shapes.c: widths, row_count and scalars of what is selected */
int activations_read_shapes(struct activations *activations, struct fault *fault);

/* activations_transfer.c: the rows of one dataset, into values in the file's type. */
enum activations_way {
    WAY_RUNS,      /* each rank by itself, a run of adjacent rows at a time */
    WAY_JOINED,    /* each rank by itself, many runs at a time */
    WAY_SCATTERED, /* collectively, some runs at a time */
    WAY_BLOCKS     /* collectively, with what lies between the rows */
};
struct activations_transfer {
    hid_t dataset, type, space; /* owned; negative: none */
    int rank;                   /* dimensions */
    hsize_t dims[H5S_MAX_RANK];
    size_t row_size; /* bytes of a row in the file's type */
    enum activations_way way;
    const int64_t *rows; /* [count] borrowed */
    int count;
    char *values; /* [count, row_size] borrowed: the caller's block */
    char *block;  /* what is read with gaps; owned */
};

/* Local. The scan has checked the dataset; here it only must not have changed since. To be agreed
 * on before the run, and ended in any case. */
int activations_transfer_start(const struct activations *activations, int checkpoint, int layer,
                               struct activations_transfer *transfer, struct fault *fault);

/* Collective over comm. 0, or -1 and h5_reason() on a rank that failed: the others do not know. */
int activations_transfer_run(const struct activations_transfer *transfer, MPI_Comm comm);
void activations_transfer_end(struct activations_transfer *transfer); /* local */

/* activations.c */
void activations_free(struct activations **activations);

/* activations_read.c: values[count] of this type, packed at the start of the block, become doubles
 * in place. 0, or -1 if HDF5 cannot convert them. */
int activations_to_double(hid_t type, double *values, int64_t count);

/* The first value that is not finite, or -1. */
int64_t activations_first_defect(const double *values, int64_t count);

/* EXIT_INPUT for a value that is not finite. */
int activations_bad_value(const struct activations *activations, int checkpoint, int layer,
                          int64_t row, int64_t column, double value, struct fault *fault);

#endif
