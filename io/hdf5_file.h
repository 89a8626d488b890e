/* Private to io: an HDF5 file that is made in memory, written under a temporary name, and renamed
 * into place. Used as: begin, any number of datasets and attributes, end. */
#ifndef STRATA_HDF5_FILE_H
#define STRATA_HDF5_FILE_H

#include "fault.h"
#include "results_hdf5.h"

#include <stdint.h>

struct hdf5_file {
    hid_t file;
    hid_t access;
    hid_t link; /* link creation: makes the groups of a path */
    hid_t
        dataset; /* dataset creation: no time stamps, so that the same content is the same bytes */
    const char *path; /* as the user knows it; borrowed */
    char *temporary;  /* owned */
    struct hdf5_quiet quiet;
    struct fault *fault;
};

/* What a dataset says about itself. */
struct hdf5_labels {
    const char *units, *description;
    const char *meaning; /* of integer codes, or NULL */
};

/* Begins a file with the tags strata_format, strata_version and created_by. Every function returns
 * 0 or the status in fault. */
int hdf5_file_begin(struct hdf5_file *file, const char *path, const char *format, int32_t version,
                    const char *creator, struct fault *fault);

/* One more attribute of the root. */
int hdf5_file_tag(const struct hdf5_file *file, const char *name, const char *text);

/* stored, memory: types; extents[rank]. */
int hdf5_file_dataset(const struct hdf5_file *file, const char *path, hid_t stored, hid_t memory,
                      int rank, const hsize_t *extents, const void *values,
                      const struct hdf5_labels *labels);

/* texts[count], NULL as "": with one width for all, padded with zeros: plain bytes, no heap in the
 * file. */
int hdf5_file_texts(const struct hdf5_file *file, const char *path, int rank,
                    const hsize_t *extents, char *const *texts, int64_t count,
                    const struct hdf5_labels *labels);

int hdf5_file_out_of_memory(const struct hdf5_file *file);

/* Puts the file into place, unless there is a fault. Also of a file that could not be begun. */
int hdf5_file_end(struct hdf5_file *file);

/* "0 none, 1 product, …" of NULL-terminated names; owned by the caller. NULL if memory is short. */
char *hdf5_meaning(const char *const *names);

#endif
