/* Shapes, types and storage of the selected layers at the selected checkpoints, and the scalars
 * that the checkpoints carry. Whatever would stop a later read is found here, before any work is
 * done. */
#include "activations_internal.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One name of a scalar with its value at each checkpoint. */
struct column {
    char *name;     /* owned */
    double *values; /* [T], owned */
};

struct shapes {
    struct activations *activations;
    struct column *columns;
    int column_count;
    int checkpoint; /* the one that is being read */
    struct fault *fault;
};

static int out_of_memory(struct fault *fault)
{
    return fault_set(fault, EXIT_SYSTEM, "out of memory for the shapes of the activations");
}

/* --- scalars --- */

static struct column *find_column(struct shapes *shapes, const char *name)
{
    for (int k = 0; k < shapes->column_count; k++)
        if (strcmp(shapes->columns[k].name, name) == 0)
            return &shapes->columns[k];

    int count = shapes->activations->checkpoint_count;
    struct column *columns =
        realloc(shapes->columns, ((size_t)shapes->column_count + 1) * sizeof *columns);
    if (columns == NULL)
        return NULL;
    shapes->columns = columns;
    struct column *column = &columns[shapes->column_count];
    column->name = strdup(name);
    column->values = malloc((size_t)count * sizeof *column->values);
    if (column->name == NULL || column->values == NULL) {
        free(column->name);
        free(column->values);
        return NULL;
    }
    for (int t = 0; t < count; t++)
        column->values[t] = NAN;
    shapes->column_count++;
    return column;
}

static herr_t read_scalar(hid_t group, const char *name, const H5A_info_t *info, void *data)
{
    struct shapes *shapes = data;
    double value = NAN;
    bool read = false;
    (void)info;

    if (strcmp(name, "step") == 0)
        return 0;
    hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
    if (attribute < 0)
        return 0;
    hid_t type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    H5T_class_t class = H5Tget_class(type);
    if ((class == H5T_INTEGER || class == H5T_FLOAT) && H5Sget_simple_extent_npoints(space) == 1)
        read = H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) >= 0;
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    if (!read)
        return 0; /* texts and arrays are not carried */

    struct column *column = find_column(shapes, name);
    if (column == NULL)
        return -out_of_memory(shapes->fault);
    column->values[shapes->checkpoint] = value;
    return 0;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct column *)left)->name, ((const struct column *)right)->name);
}

/* Columns to scalars[S] and scalar_values[T, S]. */
static int publish_scalars(struct shapes *shapes)
{
    struct activations *activations = shapes->activations;
    size_t count = (size_t)shapes->column_count;
    size_t steps = (size_t)activations->checkpoint_count;

    activations->scalars = calloc(count + 1, sizeof *activations->scalars);
    activations->scalar_values = calloc(count * steps + 1, sizeof *activations->scalar_values);
    if (activations->scalars == NULL || activations->scalar_values == NULL)
        return out_of_memory(shapes->fault);
    if (count > 0)
        qsort(shapes->columns, count, sizeof *shapes->columns, by_name);
    for (size_t s = 0; s < count; s++) {
        activations->scalars[s] = shapes->columns[s].name;
        shapes->columns[s].name = NULL; /* moved */
        for (size_t t = 0; t < steps; t++)
            activations->scalar_values[t * count + s] = shapes->columns[s].values[t];
    }
    activations->scalar_count = (int)count;
    return 0;
}

/* --- layers --- */

static const char *class_name(H5T_class_t class)
{
    switch (class) {
    case H5T_INTEGER:
        return "integers";
    case H5T_STRING:
        return "strings";
    case H5T_COMPOUND:
        return "compound values (complex numbers?)";
    case H5T_ENUM:
        return "an enumeration (booleans?)";
    default:
        return "another kind of values";
    }
}

static int check_type(hid_t dataset, const char *place, struct fault *fault)
{
    hid_t type = H5Dget_type(dataset);
    H5T_class_t class = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    H5Tclose(type);
    if (class != H5T_FLOAT)
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected floating-point values, found %s; export activations as "
                         "float32",
                         place, class_name(class));
    if (size > sizeof(double))
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected float16, float32 or float64, found %zu-byte values; export "
                         "activations as float32",
                         place, size);
    return 0;
}

static int check_filters(hid_t properties, const char *place, struct fault *fault)
{
    int count = H5Pget_nfilters(properties);
    for (int k = 0; k < count; k++) {
        unsigned flags = 0;
        size_t parameters = 0;
        char name[64] = "";
        H5Z_filter_t filter = H5Pget_filter2(properties, (unsigned)k, &flags, &parameters, NULL,
                                             sizeof name, name, NULL);
        if (H5Zfilter_avail(filter) <= 0)
            return fault_set(fault, EXIT_INPUT,
                             "%s: compressed with filter %d (%s), which this HDF5 cannot read; "
                             "export with gzip, or set HDF5_PLUGIN_PATH to that filter's plugin",
                             place, (int)filter, escape(name).text);
    }
    return 0;
}

/* How many chunks cover the dataset, to compare with how many there are. */
static hsize_t chunks_needed(hid_t properties, int rank, const hsize_t *dims)
{
    hsize_t chunk[H5S_MAX_RANK] = {0};
    hsize_t needed = 1;
    H5Pget_chunk(properties, rank, chunk);
    for (int k = 0; k < rank; k++)
        needed *= (dims[k] + chunk[k] - 1) / chunk[k];
    return needed;
}

/* HDF5 reads what was never written as zeros: plausible numbers that nobody computed. */
static int check_storage(hid_t dataset, int rank, const hsize_t *dims, const char *place,
                         struct fault *fault)
{
    hid_t properties = H5Dget_create_plist(dataset);
    H5D_layout_t layout = H5Pget_layout(properties);
    hsize_t chunks = 0;
    bool whole = H5Dget_storage_size(dataset) > 0;

    check_filters(properties, place, fault);
    if (layout == H5D_CHUNKED && whole && fault->status == 0) {
        hid_t space = H5Dget_space(dataset);
        whole = H5Dget_num_chunks(dataset, space, &chunks) >= 0 &&
                chunks >= chunks_needed(properties, rank, dims);
        H5Sclose(space);
    }
    H5Pclose(properties);
    if (fault->status == 0 && layout == H5D_VIRTUAL)
        fault_set(fault, EXIT_INPUT,
                  "%s: a virtual dataset, which cannot be read in parallel; copy it into one file "
                  "with h5repack",
                  place);
    else if (fault->status == 0 && !whole)
        fault_set(fault, EXIT_INPUT,
                  "%s: expected activations, found a dataset that was made but not written to its "
                  "end; was the export stopped? export this checkpoint again",
                  place);
    return fault->status;
}

static int check_shape(struct shapes *shapes, hid_t dataset, int layer)
{
    struct activations *activations = shapes->activations;
    struct fault *fault = shapes->fault;
    struct activations_place place = activations_place(activations, shapes->checkpoint, layer);
    hsize_t dims[H5S_MAX_RANK] = {0};
    int64_t width = 1;
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);

    H5Sclose(space);
    if (rank < 2)
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected the shape [rows, width...], found %d dimension%s",
                         place.text, rank < 0 ? 0 : rank, plural(rank));
    for (int k = 1; k < rank; k++)
        width *= (int64_t)dims[k];
    if (dims[0] == 0 || width == 0)
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected at least one row and one column, found %lld x %lld",
                         place.text, (long long)dims[0], (long long)width);
    if (activations->row_count == 0)
        activations->row_count = (int64_t)dims[0];
    if ((int64_t)dims[0] != activations->row_count)
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected %lld rows as in %s, found %lld; row k must mean the same "
                         "input everywhere: export all layers on the same inputs",
                         place.text, (long long)activations->row_count,
                         activations_place(activations, 0, 0).text, (long long)dims[0]);
    activations->widths[(int64_t)shapes->checkpoint * activations->layer_count + layer] = width;
    if (check_type(dataset, place.text, fault) == 0)
        check_storage(dataset, rank, dims, place.text, fault);
    return fault->status;
}

static int read_layer(struct shapes *shapes, hid_t group, int layer)
{
    const char *name = shapes->activations->layers[layer];
    struct activations_place place =
        activations_place(shapes->activations, shapes->checkpoint, layer);

    if (H5Lexists(group, name, H5P_DEFAULT) <= 0)
        return fault_set(shapes->fault, EXIT_INPUT,
                         "%s: expected a dataset of activations, found none; export this "
                         "checkpoint again, or leave it or the layer out with input.checkpoints or "
                         "input.layers",
                         place.text);
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0)
        return fault_set(shapes->fault, EXIT_INPUT,
                         "%s: expected a dataset of activations, found one that cannot be opened: "
                         "%s",
                         place.text, h5_reason().text);
    check_shape(shapes, dataset, layer);
    H5Dclose(dataset);
    return shapes->fault->status;
}

static int read_checkpoint(struct shapes *shapes, hid_t file)
{
    struct activations *activations = shapes->activations;
    hid_t parent = H5Gopen2(file, "checkpoints", H5P_DEFAULT);
    hid_t group = H5Gopen2(parent, activations->checkpoints[shapes->checkpoint].key, H5P_DEFAULT);

    if (group < 0)
        fault_set(shapes->fault, EXIT_INPUT, "%s: cannot be opened: %s",
                  activations_place(activations, shapes->checkpoint, -1).text, h5_reason().text);
    for (int l = 0; l < activations->layer_count && shapes->fault->status == 0; l++)
        read_layer(shapes, group, l);
    if (shapes->fault->status == 0)
        H5Aiterate2(group, H5_INDEX_NAME, H5_ITER_INC, NULL, read_scalar, shapes);
    if (group >= 0)
        H5Gclose(group);
    H5Gclose(parent);
    return shapes->fault->status;
}

int activations_read_shapes(struct activations *activations, struct fault *fault)
{
    struct shapes shapes = {.activations = activations, .fault = fault};
    const char *open = NULL;
    hid_t file = -1;
    size_t cells = (size_t)activations->checkpoint_count * (size_t)activations->layer_count;

    activations->widths = calloc(cells, sizeof *activations->widths);
    if (activations->widths == NULL)
        out_of_memory(fault);
    for (int t = 0; t < activations->checkpoint_count && fault->status == 0; t++) {
        const char *path = activations->checkpoints[t].file;
        if (open == NULL || strcmp(open, path) != 0) {
            if (file >= 0)
                H5Fclose(file);
            open = path;
            activations_open_serial(path, &file, fault);
        }
        shapes.checkpoint = t;
        if (fault->status == 0)
            read_checkpoint(&shapes, file);
    }
    if (fault->status == 0)
        publish_scalars(&shapes);
    if (file >= 0)
        H5Fclose(file);
    for (int k = 0; k < shapes.column_count; k++) {
        free(shapes.columns[k].name);
        free(shapes.columns[k].values);
    }
    free(shapes.columns);
    return fault->status;
}
