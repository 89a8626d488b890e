/* results.h5 in: every dataset is checked against the table before anything is allocated. */
#include "results_fields.h"
#include "results_hdf5.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One file being read; every function below returns 0 or the status in fault. */
struct reader {
    hid_t file;
    const char *path;
    struct fault *fault;
};

static int read_failed(const struct reader *reader, const char *what)
{
    char cause[512];
    hdf5_cause(cause, sizeof cause);
    return fault_set(reader->fault, EXIT_INPUT, "%s: cannot read %s: %s", reader->path, what,
                     cause);
}

static int out_of_memory(const struct reader *reader)
{
    return fault_set(reader->fault, EXIT_SYSTEM, "%s: cannot read: memory is short", reader->path);
}

/* *text is owned by the caller, and NULL where the object has no such attribute of text. */
static int read_text_attribute(const struct reader *reader, hid_t object, const char *name,
                               char **text)
{
    int status = 0;
    char *found = NULL; /* owned by HDF5 */
    *text = NULL;
    if (H5Aexists(object, name) <= 0)
        return 0;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    if (H5Tis_variable_str(type) > 0 && H5Sget_simple_extent_npoints(space) == 1) {
        if (H5Aread(attribute, type, &found) < 0)
            status = read_failed(reader, name);
        else if (!(*text = strdup(found ? found : "")))
            status = out_of_memory(reader);
    }
    H5free_memory(found);
    hdf5_close(&space);
    hdf5_close(&type);
    hdf5_close(&attribute);
    return status;
}

static int check_version(const struct reader *reader)
{
    int version = -1;
    hid_t attribute = H5Aopen(reader->file, "strata_version", H5P_DEFAULT);
    if (attribute < 0 || H5Aread(attribute, H5T_NATIVE_INT, &version) < 0)
        version = -1;
    hdf5_close(&attribute);
    if (version > RESULTS_VERSION)
        return fault_set(reader->fault, EXIT_INPUT,
                         "%s: results of version %d; this program reads version %d: use the Strata "
                         "that wrote it, or a newer one",
                         reader->path, version, RESULTS_VERSION);
    if (version >= 1 && version < RESULTS_VERSION)
        return fault_set(reader->fault, EXIT_INPUT,
                         "%s: results of version %d; this program reads version %d: use the Strata "
                         "that wrote it, or make them anew with strata run",
                         reader->path, version, RESULTS_VERSION);
    if (version < 1)
        return fault_set(reader->fault, EXIT_INPUT,
                         "%s: attribute strata_version: expected %d, found no such number",
                         reader->path, RESULTS_VERSION);
    return 0;
}

static int check_format(const struct reader *reader)
{
    char *format = NULL;
    int status = read_text_attribute(reader, reader->file, "strata_format", &format);
    if (!status && !format)
        status = fault_set(reader->fault, EXIT_INPUT,
                           "%s: not a results file: it has no text attribute strata_format",
                           reader->path);
    else if (!status && strcmp(format, RESULTS_FORMAT) != 0)
        status = fault_set(reader->fault, EXIT_INPUT,
                           "%s: attribute strata_format: expected \"%s\", found \"%s\"",
                           reader->path, RESULTS_FORMAT, format);
    free(format);
    return status ? status : check_version(reader);
}

/* What the columns are: it decides which datasets there are. */
static int read_comparison(const struct reader *reader, struct results *shape)
{
    char *name = NULL;
    int status = read_text_attribute(reader, reader->file, "comparison", &name);
    if (!status && name) {
        int k = 0;
        while (results_comparison_names[k] && strcmp(results_comparison_names[k], name) != 0)
            k++;
        shape->comparison = (enum results_comparison)k;
        if (!results_comparison_names[k])
            status = fault_set(reader->fault, EXIT_INPUT,
                               "%s: attribute comparison: expected within, across or against, "
                               "found \"%s\"",
                               reader->path, name);
    }
    free(name);
    return status;
}

static bool type_is(hid_t found, enum results_type expected)
{
    size_t size = H5Tget_size(found);
    switch (H5Tget_class(found)) {
    case H5T_FLOAT:
        return expected == RESULTS_FLOAT64 && size == sizeof(double);
    case H5T_INTEGER:
        return (expected == RESULTS_INT32 && size == sizeof(int32_t)) ||
               (expected == RESULTS_INT64 && size == sizeof(int64_t));
    case H5T_STRING:
        return expected == RESULTS_TEXT && H5Tis_variable_str(found) == 0;
    default:
        return false;
    }
}

/* "float32 [3, 4]" */
static void describe_found(hid_t type, int rank, const hsize_t *extents, char *text, size_t size)
{
    char name[32] = "something else";
    int bits = (int)H5Tget_size(type) * CHAR_BIT;
    if (H5Tget_class(type) == H5T_FLOAT)
        snprintf(name, sizeof name, "float%d", bits);
    else if (H5Tget_class(type) == H5T_INTEGER)
        snprintf(name, sizeof name, "int%d", bits);
    else if (H5Tget_class(type) == H5T_STRING)
        snprintf(name, sizeof name, "%s",
                 H5Tis_variable_str(type) > 0 ? "string of variable width" : "string");
    size_t used = (size_t)snprintf(text, size, "%s [", name);
    for (int k = 0; k < rank && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%llu", k ? ", " : "",
                                 (unsigned long long)extents[k]);
    if (used < size)
        snprintf(text + used, size - used, "]");
}

/* "float64 [T=3, L=4]"; extents not known yet are left out. */
static void describe_expected(const struct results *shape, const struct results_field *field,
                              const enum results_axis *axes, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s [", results_type_name(field->type));
    for (int k = 0; axes[k] != AXIS_END && used < size; k++) {
        int extent = results_extent(shape, axes[k]);
        used += (size_t)snprintf(text + used, size - used, "%s%s", k ? ", " : "",
                                 results_axis_symbol(shape, axes[k]));
        if (extent >= 0 && used < size)
            used += (size_t)snprintf(text + used, size - used, "=%d", extent);
    }
    if (used < size)
        snprintf(text + used, size - used, "]");
}

/* Whether extents are those of axes; an axis met for the first time (count -1) gets its count here.
 */
static bool extents_match(struct results *shape, const enum results_axis *axes, int rank,
                          const hsize_t *extents)
{
    int k = 0;
    for (; k < rank && axes[k] != AXIS_END; k++) {
        int *count = results_extent_member(shape, axes[k]);
        hsize_t least = axes[k] == AXIS_SAMPLE || axes[k] == AXIS_SCALAR ? 0 : 1;
        if (count && *count < 0 && extents[k] >= least && extents[k] <= INT_MAX)
            *count = (int)extents[k];
        if (extents[k] != (hsize_t)results_extent(shape, axes[k]))
            return false;
    }
    return k == rank && axes[k] == AXIS_END;
}

/* Checks type and shape of the dataset at path; learns the counts of axes that are new. */
static int check_dataset(const struct reader *reader, const struct results_field *field,
                         const char *path, const enum results_axis *axes, struct results *shape)
{
    int status = 0;
    hsize_t extents[H5S_MAX_RANK] = {0};
    hid_t type = H5I_INVALID_HID;
    hid_t space = H5I_INVALID_HID;
    hid_t dataset = H5Dopen2(reader->file, path, H5P_DEFAULT);
    if (dataset < 0) {
        status = fault_set(reader->fault, EXIT_INPUT, "%s: no dataset %s", reader->path, path);
        goto done;
    }
    type = H5Dget_type(dataset);
    space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_dims(space, extents, NULL);
    if (type < 0 || rank < 0) {
        status = read_failed(reader, path);
    } else if (!type_is(type, field->type) || !extents_match(shape, axes, rank, extents)) {
        char expected[160];
        char found[160];
        describe_expected(shape, field, axes, expected, sizeof expected);
        describe_found(type, rank, extents, found, sizeof found);
        status = fault_set(reader->fault, EXIT_INPUT, "%s: %s: expected %s, found %s", reader->path,
                           path, expected, found);
    }
done:
    hdf5_close(&space);
    hdf5_close(&type);
    hdf5_close(&dataset);
    return status;
}

/* Checks all but the scalars, whose paths are in the file itself. */
static int check_fields(const struct reader *reader, struct results *shape)
{
    int status = 0;
    for (const struct results_field *field = results_fields; !status && field->path; field++)
        if (field->storage != STORED_BY_SCALAR && results_field_stored(shape, field))
            status = check_dataset(reader, field, field->path, field->shape, shape);
    return status;
}

static int split_texts(const struct reader *reader, const char *bytes, size_t width, int64_t count,
                       char **texts)
{
    for (int64_t k = 0; k < count; k++) {
        texts[k] = strndup(bytes + (size_t)k * width, width);
        if (!texts[k])
            return out_of_memory(reader);
    }
    return 0;
}

static int read_texts(const struct reader *reader, hid_t dataset, const char *path, int64_t count,
                      char **texts)
{
    int status = 0;
    size_t size = 0;
    hid_t type = H5Dget_type(dataset);
    size_t width = H5Tget_size(type);
    char *bytes = __builtin_mul_overflow(width, (size_t)count, &size) ? NULL : malloc(size + 1);
    if (!bytes)
        status = out_of_memory(reader);
    else if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        status = read_failed(reader, path);
    else
        status = split_texts(reader, bytes, width, count, texts);
    free(bytes);
    hdf5_close(&type);
    return status;
}

/* Cuts "0 none, 1 product, …" into names. A name may hold a comma: the next number is what ends it.
 * Owned by the caller; NULL if memory is short. */
static char **parse_meaning(const char *text)
{
    char mark[32] = "0 ";
    const char *name = strncmp(text, mark, strlen(mark)) == 0 ? text + strlen(mark) : NULL;
    char **names = calloc(strlen(text) + 1, sizeof *names);
    if (!names)
        return NULL;
    for (int code = 0; name; code++) {
        snprintf(mark, sizeof mark, ", %d ", code + 1);
        const char *end = strstr(name, mark);
        names[code] = end ? strndup(name, (size_t)(end - name)) : strdup(name);
        name = end ? end + strlen(mark) : NULL;
    }
    return names;
}

static int read_names(const struct reader *reader, hid_t dataset, enum results_names which,
                      struct results *results)
{
    char *text = NULL;
    char **unnamed = NULL;
    char ***const lists[] = {[NAMES_NONE] = &unnamed,
                             [NAMES_START] = &results->starts,
                             [NAMES_STATUS] = &results->statuses,
                             [NAMES_METHOD] = &results->methods};
    char ***names = lists[which];
    if (which == NAMES_NONE || *names)
        return 0;
    int status = read_text_attribute(reader, dataset, "meaning", &text);
    if (!status && text && !(*names = parse_meaning(text)))
        status = out_of_memory(reader);
    free(text);
    return status;
}

static int read_field(const struct reader *reader, const struct results_field *field,
                      struct results *results)
{
    int status = 0;
    const hid_t memory[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_INT32, H5T_NATIVE_INT64};
    void *data = results_field_data(results, field);
    hid_t dataset = H5Dopen2(reader->file, field->path, H5P_DEFAULT);
    if (field->type == RESULTS_TEXT)
        status =
            read_texts(reader, dataset, field->path, results_field_count(results, field), data);
    else if (H5Dread(dataset, memory[field->type], H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        status = read_failed(reader, field->path);
    if (!status)
        status = read_names(reader, dataset, field->names, results);
    hdf5_close(&dataset);
    return status;
}

static int read_column(const struct reader *reader, const char *path, double *column)
{
    int status = 0;
    hid_t dataset = H5Dopen2(reader->file, path, H5P_DEFAULT);
    if (H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, column) < 0)
        status = read_failed(reader, path);
    hdf5_close(&dataset);
    return status;
}

static int read_scalars(const struct reader *reader, const struct results_field *field,
                        struct results *results)
{
    int status = 0;
    const enum results_axis axes[] = {AXIS_CHECKPOINT, AXIS_END};
    double *values = results_field_data(results, field);
    double *column = malloc((size_t)results->checkpoint_count * sizeof *column);
    if (!column)
        return out_of_memory(reader);
    for (int s = 0; !status && s < results->scalar_count; s++) {
        char *path = results_scalar_path(field, results->scalars[s]);
        if (!path)
            status = out_of_memory(reader);
        if (!status)
            status = check_dataset(reader, field, path, axes, results);
        if (!status)
            status = read_column(reader, path, column);
        for (int t = 0; !status && t < results->checkpoint_count; t++)
            values[(int64_t)t * results->scalar_count + s] = column[t];
        free(path);
    }
    free(column);
    return status;
}

static int read_fields(const struct reader *reader, struct results *results)
{
    int status = 0;
    for (const struct results_field *field = results_fields; !status && field->path; field++) {
        if (field->storage == STORED_BY_SCALAR)
            status = read_scalars(reader, field, results);
        else if (results_field_stored(results, field))
            status = read_field(reader, field, results);
        else if (field->single)
            memcpy(results_field_data(results, field),
                   results_field_data(results, results_field_find(field->single)),
                   (size_t)results_field_count(results, field) * results_type_size(field->type));
    }
    return status;
}

static int open_file(struct reader *reader)
{
    if (access(reader->path, R_OK) != 0)
        return fault_set(reader->fault, EXIT_INPUT, "%s: %s", reader->path, strerror(errno));
    if (H5Fis_hdf5(reader->path) <= 0)
        return fault_set(reader->fault, EXIT_INPUT, "%s: not an HDF5 file", reader->path);
    hid_t properties = H5Pcreate(H5P_FILE_ACCESS);
    /* no locks: the file never changes once it is there, and many a cluster's disk has none */
    H5Pset_file_locking(properties, false, true);
    reader->file = H5Fopen(reader->path, H5F_ACC_RDONLY, properties);
    int status = 0;
    if (reader->file < 0) {
        char cause[512];
        hdf5_cause(cause, sizeof cause);
        status = fault_set(reader->fault, EXIT_INPUT,
                           "%s: an HDF5 file, but truncated or damaged: %s", reader->path, cause);
    }
    hdf5_close(&properties);
    return status;
}

int results_read(const char *path, struct results **results, struct fault *fault)
{
    int status = 0;
    struct hdf5_quiet quiet;
    struct reader reader = {H5I_INVALID_HID, path, fault};
    struct results shape = {.layer_count = -1,
                            .checkpoint_count = -1,
                            .replicate_count = -1,
                            .sample_count = -1,
                            .scalar_count = -1,
                            .column_count = -1,
                            .other_sample_count = -1};
    struct results *found = NULL;
    *results = NULL;

    hdf5_quiet_begin(&quiet);
    status = open_file(&reader);
    if (!status)
        status = check_format(&reader);
    if (!status)
        status = read_comparison(&reader, &shape);
    if (!status)
        status = check_fields(&reader, &shape);
    if (!status) {
        shape.other_sample_count = shape.other_sample_count < 0 ? 0 : shape.other_sample_count;
        found = results_new(&shape);
        status = found ? read_fields(&reader, found) : out_of_memory(&reader);
    }
    hdf5_close(&reader.file);
    hdf5_quiet_end(&quiet);

    if (status)
        results_destroy(&found);
    *results = found;
    return status;
}
