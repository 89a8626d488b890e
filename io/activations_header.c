/* What a file says about itself, its layers, sample ids and list of checkpoints. Every file of a
 * run must say the same, so the first one sets what the others are compared with. */
#include "activations_internal.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static int out_of_memory(const char *path, struct fault *fault)
{
    return fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", escape(path).text);
}

/* The text of an attribute, owned by the caller; NULL where it is absent or is not one text. */
static int text_attribute(hid_t object, const char *name, const char *path, char **text,
                          struct fault *fault)
{
    int64_t count = 0;
    *text = NULL;
    if (H5Aexists(object, name) <= 0)
        return 0;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return 0;
    char **strings = h5_strings(attribute, &count);
    H5Aclose(attribute);
    if (count == 1) { /* moved */
        *text = strings[0];
        strings[0] = NULL;
    }
    h5_strings_free(strings);
    return count == -3 ? out_of_memory(path, fault) : 0;
}

/* The value of an attribute that holds one integer. */
static bool integer_attribute(hid_t object, const char *name, int64_t *value)
{
    bool read = false;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return false;
    hid_t type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    if (H5Tget_class(type) == H5T_INTEGER && H5Sget_simple_extent_npoints(space) == 1)
        read = H5Aread(attribute, H5T_NATIVE_INT64, value) >= 0;
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return read;
}

static int check_format(hid_t file, const char *path, struct fault *fault)
{
    struct quoted name = escape(path);
    int64_t version = 0;
    char *format = NULL;

    if (text_attribute(file, "strata_format", path, &format, fault) != 0)
        return fault->status;
    if (format == NULL)
        fault_set(fault, EXIT_INPUT,
                  "%s: expected the attribute strata_format=\"" ACTIVATIONS_FORMAT
                  "\", found none; this HDF5 file was not written as activations: write it with "
                  "the exporter, or add the attributes that the README lists",
                  name.text);
    else if (strcmp(format, ACTIVATIONS_FORMAT) != 0)
        fault_set(fault, EXIT_INPUT,
                  "%s: expected strata_format=\"" ACTIVATIONS_FORMAT
                  "\", found %s; name an activations file",
                  name.text, quote(format).text);
    else if (!integer_attribute(file, "strata_version", &version))
        fault_set(fault, EXIT_INPUT,
                  "%s: expected the integer attribute strata_version=%d, found none", name.text,
                  ACTIVATIONS_VERSION);
    else if (version < 1 || version > ACTIVATIONS_VERSION)
        fault_set(fault, EXIT_INPUT, "%s: expected strata_version=%d, found %lld%s", name.text,
                  ACTIVATIONS_VERSION, (long long)version,
                  version > 1 ? "; the file is newer than this program: update Strata" : "");
    free(format);
    return fault->status;
}

/* A layer's name is also its path below the checkpoint, so some names cannot be found there. */
static int check_layers(const char *path, char *const *layers, int64_t count, struct fault *fault)
{
    if (count == 0)
        return fault_set(fault, EXIT_INPUT, "%s: /layers: expected names of layers, found none",
                         escape(path).text);
    for (int64_t k = 0; k < count; k++) {
        if (*layers[k] == '\0' || *layers[k] == '/' || strcmp(layers[k], ".") == 0)
            return fault_set(fault, EXIT_INPUT,
                             "%s: /layers: entry %lld: expected the name of a layer, found %s",
                             escape(path).text, (long long)k, quote(layers[k]).text);
        for (int64_t other = 0; other < k; other++)
            if (strcmp(layers[other], layers[k]) == 0)
                return fault_set(fault, EXIT_INPUT, "%s: /layers: %s stands there twice",
                                 escape(path).text, quote(layers[k]).text);
    }
    return 0;
}

/* All files of a run list the same layers in the same order. */
static int compare_layers(const char *path, char *const *layers, int64_t count,
                          const struct activations *activations, struct fault *fault)
{
    const char *first = activations->checkpoints[0].file;
    if (count != activations->layer_count)
        return fault_set(fault, EXIT_INPUT,
                         "%s: /layers: expected the same %d layers as in %s, found %lld; all files "
                         "of a run come from one model: narrow the pattern",
                         escape(path).text, activations->layer_count, escape(first).text,
                         (long long)count);
    for (int64_t k = 0; k < count; k++)
        if (strcmp(layers[k], activations->layers[k]) != 0)
            return fault_set(fault, EXIT_INPUT,
                             "%s: /layers: entry %lld: expected %s as in %s, found %s; all files "
                             "of a run come from one model: narrow the pattern",
                             escape(path).text, (long long)k, quote(activations->layers[k]).text,
                             escape(first).text, quote(layers[k]).text);
    return 0;
}

static int read_layers(hid_t file, const char *path, struct activations *activations,
                       struct fault *fault)
{
    int64_t count = -2;
    hid_t dataset =
        H5Lexists(file, "layers", H5P_DEFAULT) > 0 ? H5Dopen2(file, "layers", H5P_DEFAULT) : -1;
    char **layers = dataset >= 0 ? h5_strings(dataset, &count) : NULL;
    const char *found =
        count == -1 ? "a dataset that does not hold strings" : "one that cannot be read";

    if (dataset < 0)
        found = "no such dataset";
    else
        H5Dclose(dataset);
    if (count == -3)
        return out_of_memory(path, fault);
    if (layers == NULL)
        return fault_set(fault, EXIT_INPUT,
                         "%s: /layers: expected a list of names of layers, found %s",
                         escape(path).text, found);
    if (activations->layers != NULL)
        compare_layers(path, layers, count, activations, fault);
    else
        check_layers(path, layers, count, fault);
    if (fault->status != 0 || activations->layers != NULL) {
        h5_strings_free(layers);
    } else {
        activations->layers = layers;
        activations->layer_count = (int)count;
    }
    return fault->status;
}

/* Digests of the ids, which are only ever compared. Read whole: some bytes a row. */
static int hash_integers(hid_t dataset, const char *path, int64_t count, uint64_t *hash,
                         struct fault *fault)
{
    int64_t *ids = malloc(((size_t)count + 1) * sizeof *ids);
    if (ids == NULL)
        return out_of_memory(path, fault);
    if (H5Dread(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, ids) < 0)
        fault_set(fault, EXIT_INPUT, "%s: /sample_ids: cannot be read: %s", escape(path).text,
                  h5_reason().text);
    else
        *hash = XXH3_64bits(ids, (size_t)count * sizeof *ids);
    free(ids);
    return fault->status;
}

static int hash_strings(hid_t dataset, const char *path, uint64_t *hash, struct fault *fault)
{
    int64_t count = 0;
    char **ids = h5_strings(dataset, &count);
    if (count == -3)
        return out_of_memory(path, fault);
    if (ids == NULL)
        return fault_set(fault, EXIT_INPUT, "%s: /sample_ids: cannot be read: %s",
                         escape(path).text, h5_reason().text);
    *hash = 1; /* not the digest of numbers */
    for (int64_t k = 0; k < count; k++)
        *hash = XXH3_64bits_withSeed(ids[k], strlen(ids[k]), *hash);
    h5_strings_free(ids);
    return 0;
}

static int hash_ids(hid_t dataset, const char *path, struct activations_header *ids,
                    struct fault *fault)
{
    hid_t type = H5Dget_type(dataset);
    hid_t space = H5Dget_space(dataset);
    H5T_class_t class = H5Tget_class(type);

    ids->ids_count = H5Sget_simple_extent_npoints(space);
    ids->ids_file = path;
    if (H5Sget_simple_extent_ndims(space) != 1 || (class != H5T_INTEGER && class != H5T_STRING))
        fault_set(fault, EXIT_INPUT,
                  "%s: /sample_ids: expected a list of integers or strings, found something else",
                  escape(path).text);
    else if (class == H5T_INTEGER)
        hash_integers(dataset, path, ids->ids_count, &ids->ids_hash, fault);
    else
        hash_strings(dataset, path, &ids->ids_hash, fault);
    H5Sclose(space);
    H5Tclose(type);
    return fault->status;
}

static int read_ids(hid_t file, const char *path, struct activations_header *header,
                    struct fault *fault)
{
    struct activations_header ids = {0};

    if (H5Lexists(file, "sample_ids", H5P_DEFAULT) <= 0)
        return 0;
    hid_t dataset = H5Dopen2(file, "sample_ids", H5P_DEFAULT);
    if (dataset < 0)
        return fault_set(fault, EXIT_INPUT, "%s: /sample_ids: expected a dataset, found: %s",
                         escape(path).text, h5_reason().text);
    hash_ids(dataset, path, &ids, fault);
    H5Dclose(dataset);
    if (fault->status != 0)
        return fault->status;
    if (header->ids_count >= 0 &&
        (ids.ids_count != header->ids_count || ids.ids_hash != header->ids_hash))
        return fault_set(fault, EXIT_INPUT,
                         "%s: /sample_ids: expected the same %lld ids as in %s, found %lld others; "
                         "row k must mean the same input in all files: export them on the same "
                         "inputs in the same order",
                         escape(path).text, (long long)header->ids_count,
                         escape(header->ids_file).text, (long long)ids.ids_count);
    header->ids_hash = ids.ids_hash;
    header->ids_count = ids.ids_count;
    header->ids_file = ids.ids_file;
    return 0;
}

/* Names of the links in a group; names that begin with a dot are an exporter's unfinished work.
 * Stops with 1 if memory is short. */
static herr_t collect_name(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    struct string_list *names = data;
    (void)group;
    (void)info;
    if (*name == '.')
        return 0;
    char **items = realloc(names->items, ((size_t)names->count + 1) * sizeof *items);
    if (items == NULL)
        return 1;
    names->items = items;
    items[names->count] = strdup(name);
    if (items[names->count] == NULL)
        return 1;
    names->count++;
    return 0;
}

/* Appends a checkpoint; takes the key over. */
static int append_checkpoint(struct activations *activations, const char *path, char **key,
                             int64_t step, struct fault *fault)
{
    int count = activations->checkpoint_count;
    struct activations_checkpoint *checkpoints =
        realloc(activations->checkpoints, ((size_t)count + 1) * sizeof *checkpoints);
    if (checkpoints == NULL)
        return out_of_memory(path, fault);
    activations->checkpoints = checkpoints;
    checkpoints[count].file = strdup(path);
    if (checkpoints[count].file == NULL)
        return out_of_memory(path, fault);
    checkpoints[count].key = *key;
    checkpoints[count].step = step;
    *key = NULL;
    activations->checkpoint_count++;
    return 0;
}

static int read_checkpoint(hid_t parent, const char *path, char **key,
                           struct activations *activations, struct fault *fault)
{
    int64_t step = 0;
    hid_t group = H5Gopen2(parent, *key, H5P_DEFAULT);
    if (group < 0)
        return fault_set(fault, EXIT_INPUT, "%s: /checkpoints: %s: expected a group, found: %s",
                         escape(path).text, quote(*key).text, h5_reason().text);
    bool exists = H5Aexists(group, "step") > 0;
    bool read = exists && integer_attribute(group, "step", &step);
    H5Gclose(group);
    if (!read)
        return fault_set(
            fault, EXIT_INPUT,
            "%s: checkpoint %s: expected the attribute step, one integer (the training "
            "iteration), found %s",
            escape(path).text, quote(*key).text,
            exists ? "something else under that name" : "no such attribute");
    return append_checkpoint(activations, path, key, step, fault);
}

static int read_checkpoints(hid_t file, const char *path, struct activations *activations,
                            struct fault *fault)
{
    struct string_list names = {NULL, 0};
    hid_t group = H5Lexists(file, "checkpoints", H5P_DEFAULT) > 0
                      ? H5Gopen2(file, "checkpoints", H5P_DEFAULT)
                      : -1;
    if (group < 0)
        return fault_set(fault, EXIT_INPUT, "%s: /checkpoints: expected a group, found none",
                         escape(path).text);
    herr_t listed = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, collect_name, &names);
    if (listed > 0)
        out_of_memory(path, fault);
    else if (listed < 0)
        fault_set(fault, EXIT_INPUT, "%s: /checkpoints: cannot be listed: %s; is the file damaged?",
                  escape(path).text, h5_reason().text);
    else if (names.count == 0)
        fault_set(fault, EXIT_INPUT,
                  "%s: /checkpoints: expected a group per checkpoint, found none",
                  escape(path).text);
    for (int k = 0; k < names.count && fault->status == 0; k++)
        read_checkpoint(group, path, &names.items[k], activations, fault);
    activations_files_reset(&names);
    H5Gclose(group);
    return fault->status;
}

/* The first file says which model and data the run is about. */
static int read_origin(hid_t file, const char *path, struct activations *activations,
                       struct fault *fault)
{
    if (activations->model != NULL)
        return 0;
    if (text_attribute(file, "model", path, &activations->model, fault) != 0 ||
        text_attribute(file, "dataset", path, &activations->dataset, fault) != 0)
        return fault->status;
    if (activations->model == NULL)
        activations->model = strdup("");
    if (activations->dataset == NULL)
        activations->dataset = strdup("");
    if (activations->model == NULL || activations->dataset == NULL)
        out_of_memory(path, fault);
    return fault->status;
}

int activations_read_header(const char *path, struct activations *activations,
                            struct activations_header *header, struct fault *fault)
{
    hid_t file = -1;
    if (activations_open_serial(path, &file, fault) != 0)
        return fault->status;
    if (check_format(file, path, fault) == 0 && read_origin(file, path, activations, fault) == 0 &&
        read_layers(file, path, activations, fault) == 0 &&
        read_ids(file, path, header, fault) == 0 &&
        activations_read_weights(file, path, activations, header, fault) == 0)
        read_checkpoints(file, path, activations, fault);
    H5Fclose(file);
    return fault->status;
}
