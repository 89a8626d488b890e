/* The weights of the rows: a dataset [N] that the configuration names, the same in every file. */
#include "activations_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "x.h5: weights "importance"", for the start of a message. */
static struct activations_place weights_place(const char *path, const char *name)
{
    struct activations_place place;
    snprintf(place.text, sizeof place.text, "%s: dataset %s (sampling.weights)", escape(path).text,
             quote(name).text);
    return place;
}

static int check_values(const double *values, int64_t count, const char *place, struct fault *fault)
{
    double sum = 0;
    for (int64_t k = 0; k < count && !fault->status; k++) {
        sum += values[k];
        if (!isfinite(values[k]) || values[k] < 0)
            fault_set(fault, EXIT_INPUT,
                      "%s: row %lld: expected a finite weight that is not negative, found %g",
                      place, (long long)k, values[k]);
    }
    if (!fault->status && !(sum > 0 && isfinite(sum)))
        fault_set(fault, EXIT_INPUT,
                  "%s: expected weights of which some are positive, found a sum of %g", place, sum);
    return fault->status;
}

/* The values [count], owned by the caller; NULL and a fault where they cannot be had. */
static double *read_values(hid_t dataset, const char *place, int64_t *count, struct fault *fault)
{
    double *values = NULL;
    hid_t type = H5Dget_type(dataset);
    hid_t space = H5Dget_space(dataset);
    const H5T_class_t class = H5Tget_class(type);
    *count = H5Sget_simple_extent_npoints(space);
    if (H5Sget_simple_extent_ndims(space) != 1 || (class != H5T_FLOAT && class != H5T_INTEGER))
        fault_set(fault, EXIT_INPUT, "%s: expected a list of numbers, one a row, found %s", place,
                  class != H5T_FLOAT && class != H5T_INTEGER ? "no numbers" : "another shape");
    else if ((values = malloc(((size_t)*count + 1) * sizeof *values)) == NULL)
        fault_set(fault, EXIT_SYSTEM, "%s: out of memory for %lld weights", place,
                  (long long)*count);
    else if (H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        fault_set(fault, EXIT_INPUT, "%s: cannot be read: %s", place, h5_reason().text);
    else
        check_values(values, *count, place, fault);
    H5Sclose(space);
    H5Tclose(type);
    if (fault->status) {
        free(values);
        values = NULL;
    }
    return values;
}

int activations_read_weights(hid_t file, const char *path, struct activations *activations,
                             struct activations_header *header, struct fault *fault)
{
    int64_t count = 0;
    if (header->weights == NULL || *header->weights == '\0')
        return 0;
    const struct activations_place place = weights_place(path, header->weights);
    hid_t dataset = H5Dopen2(file, header->weights, H5P_DEFAULT);
    if (dataset < 0)
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected the weights of the rows, found no such dataset; write it "
                         "beside /layers, or leave sampling.weights out",
                         place.text);
    double *values = read_values(dataset, place.text, &count, fault);
    H5Dclose(dataset);
    if (values == NULL)
        return fault->status;
    if (activations->weights == NULL) { /* moved */
        activations->weights = values;
        header->weights_count = count;
        return 0;
    }
    if (count != header->weights_count ||
        memcmp(values, activations->weights, (size_t)count * sizeof *values) != 0)
        fault_set(fault, EXIT_INPUT,
                  "%s: expected the same weights as in the files before it, found others; row k "
                  "must mean the same input in all files",
                  place.text);
    free(values);
    return fault->status;
}

int activations_check_weights(const struct activations *activations,
                              const struct activations_header *header, struct fault *fault)
{
    if (activations->weights != NULL && header->weights_count != activations->row_count)
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected %lld weights, one for each row of the activations, found "
                         "%lld",
                         weights_place(activations->checkpoints[0].file, header->weights).text,
                         (long long)activations->row_count, (long long)header->weights_count);
    return fault->status;
}
