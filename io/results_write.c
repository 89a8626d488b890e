/* results.h5 out. */
#include "hdf5_file.h"
#include "results_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every function below returns 0 or the status in fault. */

/* [T, S] as S datasets [T] of their own. */
static int write_scalars(const struct hdf5_file *file, const struct results_field *field,
                         const struct results *results)
{
    int status = 0;
    const hsize_t extent = (hsize_t)results->checkpoint_count;
    const double *values = results_field_data(results, field);
    const struct hdf5_labels labels = {field->units, field->description, NULL};
    double *column = malloc((size_t)results->checkpoint_count * sizeof *column);
    if (!column)
        return hdf5_file_out_of_memory(file);
    for (int s = 0; !status && s < results->scalar_count; s++) {
        for (int t = 0; t < results->checkpoint_count; t++)
            column[t] = values[(int64_t)t * results->scalar_count + s];
        const char *name = results->scalars[s] ? results->scalars[s] : "";
        char *path = results_scalar_path(field, name);
        status = path ? hdf5_file_dataset(file, path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, &extent,
                                          column, &labels)
                      : hdf5_file_out_of_memory(file);
        free(path);
    }
    free(column);
    return status;
}

static int write_field(const struct hdf5_file *file, const struct results_field *field,
                       const struct results *results, const char *meaning)
{
    const struct hdf5_labels labels = {field->units, field->description, meaning};
    const hid_t stored[] = {H5T_IEEE_F64LE, H5T_STD_I32LE, H5T_STD_I64LE};
    const hid_t memory[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_INT32, H5T_NATIVE_INT64};
    hsize_t extents[RESULTS_RANK_MAX] = {0};
    int rank = results_field_rank(field);
    for (int k = 0; k < rank; k++)
        extents[k] = (hsize_t)results_extent(results, field->shape[k]);

    if (!results_field_stored(results, field))
        return 0;
    if (field->storage == STORED_BY_SCALAR)
        return write_scalars(file, field, results);
    const void *data = results_field_data(results, field);
    if (field->type == RESULTS_TEXT)
        return hdf5_file_texts(file, field->path, rank, extents, data,
                               results_field_count(results, field), &labels);
    return hdf5_file_dataset(file, field->path, stored[field->type], memory[field->type], rank,
                             extents, data, &labels);
}

static int write_fields(const struct hdf5_file *file, const struct results *results,
                        const struct results_legend *legend)
{
    int status = 0;
    const char *const *names[] = {[NAMES_NONE] = NULL,
                                  [NAMES_START] = legend->starts,
                                  [NAMES_STATUS] = legend->statuses,
                                  [NAMES_METHOD] = legend->methods};
    for (const struct results_field *field = results_fields; !status && field->path; field++) {
        char *meaning = NULL;
        if (names[field->names]) {
            meaning = hdf5_meaning(names[field->names]);
            if (!meaning)
                return hdf5_file_out_of_memory(file);
        }
        status = write_field(file, field, results, meaning);
        free(meaning);
    }
    return status;
}

int results_write(const struct results *results, const struct results_legend *legend,
                  const char *path, struct fault *fault)
{
    struct hdf5_file file;
    char creator[128] = "strata"; /* the program: the first item of the versions */
    const struct results_legend kept = {(const char *const *)results->starts,
                                        (const char *const *)results->statuses,
                                        (const char *const *)results->methods};
    if (results->versions && *results->versions)
        snprintf(creator, sizeof creator, "%.*s", (int)strcspn(results->versions, ",\n"),
                 results->versions);
    if (hdf5_file_begin(&file, path, RESULTS_FORMAT, RESULTS_VERSION, creator, fault) == 0 &&
        hdf5_file_tag(&file, "comparison", results_comparison_names[results->comparison]) == 0)
        write_fields(&file, results, legend ? legend : &kept);
    return hdf5_file_end(&file);
}
