#include "hdf5_file.h"
#include "draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_failed(const struct hdf5_file *file, const char *what)
{
    char cause[512];
    hdf5_cause(cause, sizeof cause);
    return fault_set(file->fault, EXIT_SYSTEM, "%s: cannot write %s: %s", file->path, what, cause);
}

int hdf5_file_out_of_memory(const struct hdf5_file *file)
{
    return fault_set(file->fault, EXIT_SYSTEM, "%s: cannot write: memory is short", file->path);
}

static int write_attribute(const struct hdf5_file *file, hid_t object, const char *name, hid_t type,
                           const void *value)
{
    int status = 0;
    hid_t attribute = H5I_INVALID_HID;
    hid_t space = H5Screate(H5S_SCALAR);
    attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, value) < 0)
        status = write_failed(file, name);
    hdf5_close(&attribute);
    hdf5_close(&space);
    return status;
}

/* Of variable width, unlike the texts in datasets: h5py then gives str, not bytes. */
static int write_text_attribute(const struct hdf5_file *file, hid_t object, const char *name,
                                const char *text)
{
    hid_t type = hdf5_text_type(H5T_VARIABLE);
    int status = write_attribute(file, object, name, type, &text);
    hdf5_close(&type);
    return status;
}

static int write_labels(const struct hdf5_file *file, hid_t dataset,
                        const struct hdf5_labels *labels)
{
    int status = write_text_attribute(file, dataset, "description", labels->description);
    if (!status)
        status = write_text_attribute(file, dataset, "units", labels->units);
    if (!status && labels->meaning)
        status = write_text_attribute(file, dataset, "meaning", labels->meaning);
    return status;
}

int hdf5_file_dataset(const struct hdf5_file *file, const char *path, hid_t stored, hid_t memory,
                      int rank, const hsize_t *extents, const void *values,
                      const struct hdf5_labels *labels)
{
    int status = 0;
    hid_t dataset = H5I_INVALID_HID;
    hid_t space = rank ? H5Screate_simple(rank, extents, NULL) : H5Screate(H5S_SCALAR);
    dataset = H5Dcreate2(file->file, path, stored, space, file->link, file->dataset, H5P_DEFAULT);
    if (dataset < 0 || H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = write_failed(file, path);
    if (!status)
        status = write_labels(file, dataset, labels);
    hdf5_close(&dataset);
    hdf5_close(&space);
    return status;
}

int hdf5_file_texts(const struct hdf5_file *file, const char *path, int rank,
                    const hsize_t *extents, char *const *texts, int64_t count,
                    const struct hdf5_labels *labels)
{
    int status = 0;
    hid_t type = H5I_INVALID_HID;
    size_t width = 1;
    for (int64_t k = 0; k < count; k++)
        if (texts[k] && strlen(texts[k]) > width)
            width = strlen(texts[k]);
    char *bytes = calloc((size_t)count + 1, width);
    if (!bytes)
        return hdf5_file_out_of_memory(file);
    for (int64_t k = 0; k < count; k++)
        if (texts[k])
            memcpy(bytes + (size_t)k * width, texts[k], strlen(texts[k]));
    type = hdf5_text_type(width);
    status = hdf5_file_dataset(file, path, type, type, rank, extents, bytes, labels);
    hdf5_close(&type);
    free(bytes);
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
static int write_image(const struct hdf5_file *file)
{
    void *handle = NULL;
    if (H5Fflush(file->file, H5F_SCOPE_LOCAL) < 0 ||
        H5Fget_vfd_handle(file->file, file->access, &handle) < 0)
        return write_failed(file, "the file");
    ssize_t size = H5Fget_file_image(file->file, NULL, 0);
    if (size < 0)
        return write_failed(file, "the file");
    int reason = write_bytes(file->temporary, *(unsigned char **)handle, (size_t)size);
    if (reason)
        return fault_set(file->fault, EXIT_SYSTEM, "%s: cannot write: %s", file->path,
                         strerror(reason));
    return 0;
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

/* The tags that readers look for. */
static int write_root(const struct hdf5_file *file, const char *format, int32_t version,
                      const char *creator)
{
    int status = write_text_attribute(file, file->file, "strata_format", format);
    if (!status)
        status = write_attribute(file, file->file, "strata_version", H5T_NATIVE_INT32, &version);
    if (!status)
        status = write_text_attribute(file, file->file, "created_by", creator);
    return status;
}

/* The file is made in memory and written in one go. HDF5 could write it by itself, but does not
 * survive a full disk: it keeps what it could not write and crashes on it when the process ends.
 * The price is memory for one more copy of the content. */
int hdf5_file_begin(struct hdf5_file *file, const char *path, const char *format, int32_t version,
                    const char *creator, struct fault *fault)
{
    const size_t increment = (size_t)1 << 20;
    *file = (struct hdf5_file){.file = H5I_INVALID_HID,
                               .access = H5Pcreate(H5P_FILE_ACCESS),
                               .link = H5Pcreate(H5P_LINK_CREATE),
                               .dataset = H5Pcreate(H5P_DATASET_CREATE),
                               .path = path,
                               .temporary = temporary_name(path),
                               .fault = fault};
    hdf5_quiet_begin(&file->quiet);
    if (!file->temporary)
        return hdf5_file_out_of_memory(file);
    if (H5Pset_fapl_core(file->access, increment, false) < 0 ||
        H5Pset_libver_bounds(file->access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) < 0 ||
        H5Pset_create_intermediate_group(file->link, 1) < 0 ||
        H5Pset_obj_track_times(file->dataset, false) < 0 ||
        (file->file = H5Fcreate(file->temporary, H5F_ACC_TRUNC, H5P_DEFAULT, file->access)) < 0)
        return write_failed(file, "the file");
    return write_root(file, format, version, creator);
}

int hdf5_file_tag(const struct hdf5_file *file, const char *name, const char *text)
{
    return write_text_attribute(file, file->file, name, text);
}

int hdf5_file_end(struct hdf5_file *file)
{
    struct fault *fault = file->fault;
    if (!fault->status)
        write_image(file);
    hdf5_close(&file->file);
    hdf5_close(&file->dataset);
    hdf5_close(&file->link);
    hdf5_close(&file->access);
    hdf5_quiet_end(&file->quiet);
    if (!fault->status && rename(file->temporary, file->path) != 0)
        fault_set(fault, EXIT_SYSTEM, "%s: cannot rename %s into place: %s", file->path,
                  file->temporary, strerror(errno));
    if (fault->status && file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    return fault->status;
}

char *hdf5_meaning(const char *const *names)
{
    struct draft draft;
    FILE *stream = draft_begin(&draft);
    if (!stream)
        return NULL;
    for (int k = 0; names[k]; k++)
        fprintf(stream, "%s%d %s", k ? ", " : "", k, names[k]);
    return draft_end(&draft);
}
