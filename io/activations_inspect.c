/* What an activations file holds, for a reader at a terminal; then a check of every number. */
#include "activations_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK_BYTES = 1 << 26 };

/* A count of bytes as people read it. */
static struct quoted bytes_text(double bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    struct quoted text;
    int unit = 0;
    while (bytes >= 1024 && unit < 5) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text.text, sizeof text.text, "%.*f %s", unit > 0, bytes, units[unit]);
    return text;
}

static bool same_file_as_before(const struct activations *activations, int t)
{
    return t > 0 &&
           strcmp(activations->checkpoints[t].file, activations->checkpoints[t - 1].file) == 0;
}

static void print_summary(const struct activations *activations)
{
    double size = 0;
    int files = 0;
    for (int t = 0; t < activations->checkpoint_count; t++) {
        struct stat status;
        if (same_file_as_before(activations, t))
            continue;
        files++;
        if (stat(activations->checkpoints[t].file, &status) == 0)
            size += (double)status.st_size;
    }
    printf("activations   %s", escape(activations->checkpoints[0].file).text);
    if (files > 1)
        printf(" and %d more", files - 1);
    printf(", %s\n", bytes_text(size).text);
    if (*activations->model != '\0')
        printf("model         %s\n", escape(activations->model).text);
    if (*activations->dataset != '\0')
        printf("dataset       %s\n", escape(activations->dataset).text);
    printf("rows          %lld inputs\n", (long long)activations->row_count);
    printf("layers        %d\n", activations->layer_count);
    printf("checkpoints   %d, step %lld to %lld\n", activations->checkpoint_count,
           (long long)activations->checkpoints[0].step,
           (long long)activations->checkpoints[activations->checkpoint_count - 1].step);
}

/* "gzip 4, shuffle" */
static void describe_filters(hid_t creation, char *text, size_t size)
{
    size_t used = 0;
    for (int k = 0; k < H5Pget_nfilters(creation) && used < size; k++) {
        unsigned flags = 0;
        unsigned level = 0;
        size_t parameters = 1;
        char name[64] = "";
        H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)k, &flags, &parameters, &level,
                                             sizeof name, name, NULL);
        if (filter == H5Z_FILTER_DEFLATE)
            snprintf(name, sizeof name, "gzip %u", level);
        used += (size_t)snprintf(text + used, size - used, ", %s", escape(name).text);
    }
}

/* "chunks 64x512, gzip 4" or "contiguous" */
static void describe_storage(hid_t dataset, char *text, size_t size)
{
    hid_t creation = H5Dget_create_plist(dataset);
    if (H5Pget_layout(creation) == H5D_CHUNKED) {
        hsize_t chunk[H5S_MAX_RANK] = {0};
        int rank = H5Pget_chunk(creation, H5S_MAX_RANK, chunk);
        size_t used = (size_t)snprintf(text, size, "chunks ");
        for (int k = 0; k < rank && used < size; k++)
            used += (size_t)snprintf(text + used, size - used, "%s%llu", k > 0 ? "x" : "",
                                     (unsigned long long)chunk[k]);
        if (used < size)
            describe_filters(creation, text + used, size - used);
    } else {
        snprintf(text, size, "contiguous");
    }
    H5Pclose(creation);
}

static void print_layer(hid_t dataset, const char *name, int column)
{
    char shape[200] = "";
    char storage[200] = "";
    hsize_t dims[H5S_MAX_RANK] = {0};
    size_t used = 0;
    hid_t space = H5Dget_space(dataset);
    hid_t type = H5Dget_type(dataset);
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);

    for (int k = 0; k < rank && used < sizeof shape; k++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%llu", k > 0 ? " x " : "",
                                 (unsigned long long)dims[k]);
    describe_storage(dataset, storage, sizeof storage);
    printf("  %-*s  float%-2zu  %-20s  %s\n", column, escape(name).text, 8 * H5Tget_size(type),
           shape, storage);
    H5Tclose(type);
    H5Sclose(space);
}

static int refuse(const struct activations *activations, int t, int l, struct fault *fault)
{
    return fault_set(fault, EXIT_INPUT, "%s: cannot be read: %s; is the file damaged?",
                     activations_place(activations, t, l).text, h5_reason().text);
}

static int print_layers(const struct activations *activations, struct fault *fault)
{
    hid_t file = -1;
    int column = 5;

    if (activations_open_serial(activations->checkpoints[0].file, &file, fault) != 0)
        return fault->status;
    for (int l = 0; l < activations->layer_count; l++) {
        int length = (int)strlen(escape(activations->layers[l]).text);
        column = length > column ? length : column;
    }
    printf("\nlayers, in network order, as at step %lld\n",
           (long long)activations->checkpoints[0].step);
    for (int l = 0; l < activations->layer_count && fault->status == 0; l++) {
        hid_t dataset = activations_open_dataset(activations, file, 0, l, H5P_DEFAULT);
        if (dataset < 0) {
            refuse(activations, 0, l, fault);
            continue;
        }
        print_layer(dataset, activations->layers[l], column);
        H5Dclose(dataset);
    }
    H5Fclose(file);
    return fault->status;
}

/* Reads a dataset once, in blocks of rows, and checks every number. */
static int check_values(const struct activations *activations, int t, int l, hid_t dataset,
                        double *block, int64_t block_rows, struct fault *fault)
{
    int64_t width = activations->widths[(int64_t)t * activations->layer_count + l];
    hsize_t extent[H5S_MAX_RANK] = {0};
    hid_t type = H5Dget_type(dataset);
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_dims(space, extent, NULL);

    for (int64_t row = 0; row < activations->row_count && fault->status == 0; row += block_rows) {
        hsize_t offset[H5S_MAX_RANK] = {(hsize_t)row};
        int64_t left = activations->row_count - row;
        int64_t rows = left < block_rows ? left : block_rows;
        extent[0] = (hsize_t)rows;
        H5Sselect_hyperslab(space, H5S_SELECT_SET, offset, NULL, extent, NULL);
        hid_t memory = H5Screate_simple(rank, extent, NULL);
        bool read = H5Dread(dataset, type, memory, space, H5P_DEFAULT, block) >= 0 &&
                    activations_to_double(type, block, rows * width) == 0;
        H5Sclose(memory);
        int64_t defect = read ? activations_first_defect(block, rows * width) : -1;
        if (!read)
            refuse(activations, t, l, fault);
        else if (defect >= 0)
            activations_bad_value(activations, t, l, row + defect / width, defect % width,
                                  block[defect], fault);
    }
    H5Sclose(space);
    H5Tclose(type);
    return fault->status;
}

static int check_layer(const struct activations *activations, hid_t file, int t, int l,
                       struct fault *fault)
{
    int64_t width = activations->widths[(int64_t)t * activations->layer_count + l];
    int64_t most = BLOCK_BYTES / (8 * width) + 1;
    int64_t block_rows = most < activations->row_count ? most : activations->row_count;
    double *block = malloc((size_t)(block_rows * width) * sizeof *block);
    hid_t dataset = activations_open_dataset(activations, file, t, l, H5P_DEFAULT);

    if (block == NULL)
        fault_set(fault, EXIT_SYSTEM, "out of memory for %lld rows of %lld values",
                  (long long)block_rows, (long long)width);
    else if (dataset < 0)
        refuse(activations, t, l, fault);
    else
        check_values(activations, t, l, dataset, block, block_rows, fault);
    if (dataset >= 0)
        H5Dclose(dataset);
    free(block);
    return fault->status;
}

static int check_checkpoint(const struct activations *activations, int t, struct fault *fault)
{
    hid_t file = -1;
    if (activations_open_serial(activations->checkpoints[t].file, &file, fault) != 0)
        return fault->status;
    for (int l = 0; l < activations->layer_count && fault->status == 0; l++)
        check_layer(activations, file, t, l, fault);
    H5Fclose(file);
    return fault->status;
}

/* One line a checkpoint, as it has been read: the table is also the progress. */
static int check_checkpoints(const struct activations *activations, struct fault *fault)
{
    printf("\n%12s", "step");
    for (int s = 0; s < activations->scalar_count; s++)
        printf("  %12s", escape(activations->scalars[s]).text);
    printf("  numbers  checkpoint\n");
    for (int t = 0; t < activations->checkpoint_count && fault->status == 0; t++) {
        const struct activations_checkpoint *checkpoint = &activations->checkpoints[t];
        printf("%12lld", (long long)checkpoint->step);
        for (int s = 0; s < activations->scalar_count; s++)
            printf("  %12.6g",
                   activations->scalar_values[(int64_t)t * activations->scalar_count + s]);
        fflush(stdout);
        check_checkpoint(activations, t, fault);
        printf("  %-7s  %s", fault->status == 0 ? "finite" : "BAD", escape(checkpoint->key).text);
        printf(same_file_as_before(activations, t) ? "\n" : "  in %s\n",
               escape(checkpoint->file).text);
        fflush(stdout);
    }
    return fault->status;
}

int activations_inspect(const char *pattern, struct fault *fault)
{
    struct activations *activations = NULL;

    if (activations_scan(pattern, NULL, &activations, fault) != 0)
        return fault->status;
    print_summary(activations);
    if (print_layers(activations, fault) == 0 && check_checkpoints(activations, fault) == 0)
        printf("\nall numbers are finite\n");
    activations_free(&activations);
    return fault->status;
}
