/* Activations files for tests: small, of any storage, with values that are known without reading.
 */
#ifndef TESTS_ACTIVATIONS_FIXTURE_H
#define TESTS_ACTIVATIONS_FIXTURE_H

#include <hdf5.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fixture_type { FIXTURE_HALF, FIXTURE_FLOAT, FIXTURE_DOUBLE, FIXTURE_BIG_ENDIAN };

struct fixture {
    const char *path;
    const char *const *layers; /* NULL-terminated */
    int checkpoint_count;      /* with the keys "step-<step>" */
    int64_t first_step, stride;
    int64_t rows;
    int width;    /* of layer 0; layer l has width + l */
    int channels; /* above 1: layers have the shape [rows, channels, width + l] */
    enum fixture_type type;
    int64_t chunk_rows, chunk_columns; /* 0: contiguous; of the last dimension */
    int gzip;                          /* level; 0: none; with shuffle */
    int fixed_strings;                 /* /layers as strings of fixed length */
    int64_t ids_from;                  /* /sample_ids count up from here; negative: none */
};

/* A value that every type holds exactly. */
static inline double fixture_value(int64_t step, int layer, int64_t row, int64_t column)
{
    int64_t mixed = step * 5 + layer * 131 + row * 31 + column * 7;
    return (double)(mixed % 2048 - 1024) / 8;
}

static inline void fixture_text(hid_t object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    hid_t space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, &text);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static inline void fixture_integer(hid_t object, const char *name, int64_t value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, &value);
    H5Aclose(attribute);
    H5Sclose(space);
}

static inline void fixture_real(hid_t object, const char *name, double value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value);
    H5Aclose(attribute);
    H5Sclose(space);
}

static inline hid_t fixture_file_type(enum fixture_type type)
{
    hid_t half = H5I_INVALID_HID;
    switch (type) {
    case FIXTURE_FLOAT:
        return H5Tcopy(H5T_IEEE_F32LE);
    case FIXTURE_DOUBLE:
        return H5Tcopy(H5T_IEEE_F64LE);
    case FIXTURE_BIG_ENDIAN:
        return H5Tcopy(H5T_IEEE_F32BE);
    case FIXTURE_HALF:
        break;
    }
    half = H5Tcopy(H5T_IEEE_F32LE); /* what h5py makes of numpy.float16 */
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    return half;
}

/* Writes strings[count] as the dataset `name`; size 0: of variable length. */
static inline void fixture_strings(hid_t parent, const char *name, const char *const *strings,
                                   int count, size_t size)
{
    hsize_t extent = (hsize_t)count;
    hid_t type = H5Tcopy(H5T_C_S1);
    hid_t space = H5Screate_simple(1, &extent, NULL);
    char *block = calloc((size_t)count + 1, size + 1);
    H5Tset_size(type, size > 0 ? size : H5T_VARIABLE);
    if (size == 0)
        H5Tset_cset(type, H5T_CSET_UTF8);
    for (int k = 0; size > 0 && k < count; k++)
        memcpy(block + (size_t)k * size, strings[k], strnlen(strings[k], size));
    hid_t dataset = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
             size > 0 ? (const void *)block : (const void *)strings);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Tclose(type);
    free(block);
}

static inline void fixture_ids(hid_t file, int64_t from, int64_t count)
{
    hsize_t extent = (hsize_t)count;
    int64_t *ids = malloc((size_t)count * sizeof *ids);
    for (int64_t k = 0; k < count; k++)
        ids[k] = from + k;
    hid_t space = H5Screate_simple(1, &extent, NULL);
    hid_t dataset =
        H5Dcreate2(file, "sample_ids", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, ids);
    H5Dclose(dataset);
    H5Sclose(space);
    free(ids);
}

static inline hid_t fixture_storage(const struct fixture *fixture, int rank, const hsize_t *dims)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (fixture->chunk_rows > 0) {
        hsize_t chunk[3] = {(hsize_t)fixture->chunk_rows, dims[1], 0};
        chunk[rank - 1] = (hsize_t)fixture->chunk_columns;
        for (int k = 0; k < rank; k++)
            chunk[k] = chunk[k] < dims[k] ? chunk[k] : dims[k];
        H5Pset_chunk(creation, rank, chunk);
        if (fixture->gzip > 0) {
            H5Pset_shuffle(creation);
            H5Pset_deflate(creation, (unsigned)fixture->gzip);
        }
    }
    return creation;
}

static inline void fixture_layer(hid_t group, const struct fixture *fixture, int64_t step,
                                 int layer)
{
    int channels = fixture->channels > 1 ? fixture->channels : 1;
    int64_t width = (int64_t)channels * (fixture->width + layer);
    int rank = channels > 1 ? 3 : 2;
    hsize_t dims[3] = {(hsize_t)fixture->rows, (hsize_t)channels,
                       (hsize_t)fixture->width + (hsize_t)layer};
    if (rank == 2)
        dims[1] = dims[2];
    double *values = malloc((size_t)(fixture->rows * width) * sizeof *values);
    for (int64_t row = 0; row < fixture->rows; row++)
        for (int64_t column = 0; column < width; column++)
            values[row * width + column] = fixture_value(step, layer, row, column);
    hid_t type = fixture_file_type(fixture->type);
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t creation = fixture_storage(fixture, rank, dims);
    hid_t links = H5Pcreate(H5P_LINK_CREATE); /* a name with '/' is a path */
    H5Pset_create_intermediate_group(links, 1);
    hid_t dataset =
        H5Dcreate2(group, fixture->layers[layer], type, space, links, creation, H5P_DEFAULT);
    H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(dataset);
    H5Pclose(links);
    H5Pclose(creation);
    H5Sclose(space);
    H5Tclose(type);
    free(values);
}

static inline void fixture_write(const struct fixture *fixture)
{
    int layers = 0;
    while (fixture->layers[layers] != NULL)
        layers++;
    hid_t file = H5Fcreate(fixture->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    fixture_text(file, "strata_format", "activations");
    fixture_integer(file, "strata_version", 1);
    fixture_text(file, "model", "a model");
    fixture_strings(file, "layers", fixture->layers, layers, fixture->fixed_strings ? 40 : 0);
    if (fixture->ids_from >= 0)
        fixture_ids(file, fixture->ids_from, fixture->rows);
    hid_t checkpoints = H5Gcreate2(file, "checkpoints", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int t = 0; t < fixture->checkpoint_count; t++) {
        char key[64];
        int64_t step = fixture->first_step + t * fixture->stride;
        snprintf(key, sizeof key, "step-%lld", (long long)step);
        hid_t group = H5Gcreate2(checkpoints, key, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        fixture_integer(group, "step", step);
        fixture_real(group, "loss", 1.0 / (double)(step + 1));
        if (t == 1)
            fixture_integer(group, "epoch", step / 10);
        for (int l = 0; l < layers; l++)
            fixture_layer(group, fixture, step, l);
        H5Gclose(group);
    }
    H5Gclose(checkpoints);
    H5Fclose(file);
}

#endif
