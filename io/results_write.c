/* results.h5 out: made in memory, written under a temporary name, renamed into place. */
#include "results_fields.h"
#include "results_hdf5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One file being written; every function below returns 0 or the status in fault. */
struct writer {
    hid_t file;
    hid_t link; /* link creation: makes the groups of a path */
    hid_t
        dataset; /* dataset creation: no time stamps, so that the same content is the same bytes */
    const char *path; /* as the user knows it */
    struct fault *fault;
};

/* What a dataset says about itself. */
struct labels {
    const char *units, *description;
    const char *meaning; /* of integer codes, or NULL */
};

static int write_failed(const struct writer *writer, const char *what)
{
    char cause[512];
    hdf5_cause(cause, sizeof cause);
    return fault_set(writer->fault, EXIT_SYSTEM, "%s: cannot write %s: %s", writer->path, what,
                     cause);
}

static int out_of_memory(const struct writer *writer)
{
    return fault_set(writer->fault, EXIT_SYSTEM, "%s: cannot write: memory is short", writer->path);
}

static int write_attribute(const struct writer *writer, hid_t object, const char *name, hid_t type,
                           const void *value)
{
    int status = 0;
    hid_t attribute = H5I_INVALID_HID;
    hid_t space = H5Screate(H5S_SCALAR);
    attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, value) < 0)
        status = write_failed(writer, name);
    hdf5_close(&attribute);
    hdf5_close(&space);
    return status;
}

/* Of variable width, unlike the texts in datasets: h5py then gives str, not bytes. */
static int write_text_attribute(const struct writer *writer, hid_t object, const char *name,
                                const char *text)
{
    hid_t type = hdf5_text_type(H5T_VARIABLE);
    int status = write_attribute(writer, object, name, type, &text);
    hdf5_close(&type);
    return status;
}

static int write_labels(const struct writer *writer, hid_t dataset, const struct labels *labels)
{
    int status = write_text_attribute(writer, dataset, "description", labels->description);
    if (!status)
        status = write_text_attribute(writer, dataset, "units", labels->units);
    if (!status && labels->meaning)
        status = write_text_attribute(writer, dataset, "meaning", labels->meaning);
    return status;
}

static int write_dataset(const struct writer *writer, const char *path, hid_t stored, hid_t memory,
                         int rank, const hsize_t *extents, const void *values,
                         const struct labels *labels)
{
    int status = 0;
    hid_t dataset = H5I_INVALID_HID;
    hid_t space = rank ? H5Screate_simple(rank, extents, NULL) : H5Screate(H5S_SCALAR);
    dataset =
        H5Dcreate2(writer->file, path, stored, space, writer->link, writer->dataset, H5P_DEFAULT);
    if (dataset < 0 || H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = write_failed(writer, path);
    if (!status)
        status = write_labels(writer, dataset, labels);
    hdf5_close(&dataset);
    hdf5_close(&space);
    return status;
}

/* Texts are stored with one width for all, padded with zeros: plain bytes, no heap in the file. */
static int write_texts(const struct writer *writer, const struct results_field *field, int rank,
                       const hsize_t *extents, char *const *texts, int64_t count,
                       const struct labels *labels)
{
    int status = 0;
    hid_t type = H5I_INVALID_HID;
    size_t width = 1;
    for (int64_t k = 0; k < count; k++)
        if (texts[k] && strlen(texts[k]) > width)
            width = strlen(texts[k]);
    char *bytes = calloc((size_t)count + 1, width);
    if (!bytes)
        return out_of_memory(writer);
    for (int64_t k = 0; k < count; k++)
        if (texts[k])
            memcpy(bytes + (size_t)k * width, texts[k], strlen(texts[k]));
    type = hdf5_text_type(width);
    status = write_dataset(writer, field->path, type, type, rank, extents, bytes, labels);
    hdf5_close(&type);
    free(bytes);
    return status;
}

/* [T, S] as S datasets [T] of their own. */
static int write_scalars(const struct writer *writer, const struct results_field *field,
                         const struct results *results)
{
    int status = 0;
    const hsize_t extent = (hsize_t)results->checkpoint_count;
    const double *values = results_field_data(results, field);
    const struct labels labels = {field->units, field->description, NULL};
    double *column = malloc((size_t)results->checkpoint_count * sizeof *column);
    if (!column)
        return out_of_memory(writer);
    for (int s = 0; !status && s < results->scalar_count; s++) {
        for (int t = 0; t < results->checkpoint_count; t++)
            column[t] = values[(int64_t)t * results->scalar_count + s];
        const char *name = results->scalars[s] ? results->scalars[s] : "";
        char *path = results_scalar_path(field, name);
        status = path ? write_dataset(writer, path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, &extent,
                                      column, &labels)
                      : out_of_memory(writer);
        free(path);
    }
    free(column);
    return status;
}

static int write_field(const struct writer *writer, const struct results_field *field,
                       const struct results *results, const char *meaning)
{
    const struct labels labels = {field->units, field->description, meaning};
    const hid_t stored[] = {H5T_IEEE_F64LE, H5T_STD_I32LE, H5T_STD_I64LE};
    const hid_t memory[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_INT32, H5T_NATIVE_INT64};
    hsize_t extents[RESULTS_RANK_MAX] = {0};
    int rank = results_field_rank(field);
    for (int k = 0; k < rank; k++)
        extents[k] = (hsize_t)results_extent(results, field->shape[k]);

    if (!results_field_stored(results, field))
        return 0;
    if (field->storage == STORED_BY_SCALAR)
        return write_scalars(writer, field, results);
    const void *data = results_field_data(results, field);
    if (field->type == RESULTS_TEXT)
        return write_texts(writer, field, rank, extents, data, results_field_count(results, field),
                           &labels);
    return write_dataset(writer, field->path, stored[field->type], memory[field->type], rank,
                         extents, data, &labels);
}

/* "0 none, 1 product, …"; owned by the caller. NULL if memory is short. */
static char *meaning_text(const char *const *names)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    for (int k = 0; names[k]; k++)
        fprintf(stream, "%s%d %s", k ? ", " : "", k, names[k]);
    if (fclose(stream) != 0) {
        free(text);
        text = NULL;
    }
    return text;
}

static int write_fields(const struct writer *writer, const struct results *results,
                        const struct results_legend *legend)
{
    int status = 0;
    const char *const *names[] = {
        [NAMES_NONE] = NULL, [NAMES_START] = legend->starts, [NAMES_STATUS] = legend->statuses};
    for (const struct results_field *field = results_fields; !status && field->path; field++) {
        char *meaning = NULL;
        if (names[field->names]) {
            meaning = meaning_text(names[field->names]);
            if (!meaning)
                return out_of_memory(writer);
        }
        status = write_field(writer, field, results, meaning);
        free(meaning);
    }
    return status;
}

/* The tag that results_read looks for, and the program: the first item of the versions. */
static int write_root(const struct writer *writer, const struct results *results)
{
    const int32_t version = RESULTS_VERSION;
    char creator[128] = "strata";
    if (results->versions && *results->versions)
        snprintf(creator, sizeof creator, "%.*s", (int)strcspn(results->versions, ",\n"),
                 results->versions);
    int status = write_text_attribute(writer, writer->file, "strata_format", RESULTS_FORMAT);
    if (!status)
        status =
            write_attribute(writer, writer->file, "strata_version", H5T_NATIVE_INT32, &version);
    if (!status)
        status = write_text_attribute(writer, writer->file, "created_by", creator);
    return status;
}

/* Bytes to the disk, in full: a rename that survives a crash needs them there before it. */
static int write_bytes(const char *file, const unsigned char *bytes, size_t size)
{
    int descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return errno;
    int reason = 0;
    while (!reason && size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written >= 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (errno != EINTR) {
            reason = errno;
        }
    }
    if (!reason && fsync(descriptor) != 0)
        reason = errno;
    if (close(descriptor) != 0 && !reason)
        reason = errno;
    return reason;
}

/* The file as HDF5 holds it in memory, to the disk. */
static int write_image(const struct writer *writer, hid_t access, const char *temporary)
{
    void *handle = NULL;
    if (H5Fflush(writer->file, H5F_SCOPE_LOCAL) < 0 ||
        H5Fget_vfd_handle(writer->file, access, &handle) < 0)
        return write_failed(writer, "the file");
    ssize_t size = H5Fget_file_image(writer->file, NULL, 0);
    if (size < 0)
        return write_failed(writer, "the file");
    int reason = write_bytes(temporary, *(unsigned char **)handle, (size_t)size);
    if (reason)
        return fault_set(writer->fault, EXIT_SYSTEM, "%s: cannot write: %s", writer->path,
                         strerror(reason));
    return 0;
}

/* The file is made in memory and written in one go. HDF5 could write it by itself, but does not
 * survive a full disk: it keeps what it could not write and crashes on it when the process ends.
 * The price is memory for one more copy of the results. */
static int write_file(const char *temporary, const struct results *results,
                      const struct results_legend *legend, const char *path, struct fault *fault)
{
    int status = 0;
    const size_t increment = (size_t)1 << 20;
    struct writer writer = {H5I_INVALID_HID, H5I_INVALID_HID, H5I_INVALID_HID, path, fault};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    writer.link = H5Pcreate(H5P_LINK_CREATE);
    writer.dataset = H5Pcreate(H5P_DATASET_CREATE);
    if (H5Pset_fapl_core(access, increment, false) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) < 0 ||
        H5Pset_create_intermediate_group(writer.link, 1) < 0 ||
        H5Pset_obj_track_times(writer.dataset, false) < 0 ||
        (writer.file = H5Fcreate(temporary, H5F_ACC_TRUNC, H5P_DEFAULT, access)) < 0) {
        status = write_failed(&writer, "the file");
        goto done;
    }
    status = write_root(&writer, results);
    if (!status)
        status = write_fields(&writer, results, legend);
    if (!status)
        status = write_image(&writer, access, temporary);
done:
    hdf5_close(&writer.file);
    hdf5_close(&writer.dataset);
    hdf5_close(&writer.link);
    hdf5_close(&access);
    return status;
}

/* ".results.h5.<pid>.tmp" beside path; owned by the caller. */
static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    size_t size = strlen(path) + 32;
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%.*s.%s.%ld.tmp", folder, path, path + folder, (long)getpid());
    return name;
}

int results_write(const struct results *results, const struct results_legend *legend,
                  const char *path, struct fault *fault)
{
    int status = 0;
    struct hdf5_quiet quiet;
    const struct results_legend kept = {(const char *const *)results->starts,
                                        (const char *const *)results->statuses};
    char *temporary = temporary_name(path);
    if (!temporary)
        return fault_set(fault, EXIT_SYSTEM, "%s: cannot write: memory is short", path);

    hdf5_quiet_begin(&quiet);
    status = write_file(temporary, results, legend ? legend : &kept, path, fault);
    hdf5_quiet_end(&quiet);
    if (!status && rename(temporary, path) != 0)
        status = fault_set(fault, EXIT_SYSTEM, "%s: cannot rename %s into place: %s", path,
                           temporary, strerror(errno));
    if (status)
        unlink(temporary);
    free(temporary);
    return status;
}
