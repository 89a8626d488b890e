/* The sweep section: the walk over its keys, and their lists of values. */
#include "config_sweep.h"
#include "config_internal.h"
#include "draft.h"
#include "sweep_label.h"
#include "text.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { GRID = -1 }; /* in the place of an axis: each key gets one of its own */

struct reader {
    const struct config_key *table;
    struct config_source *source;
    struct config_sweep *sweep;
    struct fault *fault;
};

static int out_of_memory(const struct reader *reader)
{
    return fault_set(reader->fault, EXIT_SYSTEM, "out of memory while reading %s",
                     reader->source->name);
}

static const char *scalar_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

/* --- The values of a key --------------------------------------------------------------------- */

/* Any member of a struct of settings. */
union any_value {
    int64_t integer;
    double real;
    int choice;
    uint32_t choices;
    char *string;
    struct string_list strings;
};

/* Makes room for one more value. */
static int grow(const struct reader *reader, struct config_sweep_key *swept)
{
    size_t size = ((size_t)swept->count + 1) * sizeof(char *);
    char **values = realloc(swept->values, size);
    if (values != NULL)
        swept->values = values;
    char **labels = realloc(swept->labels, size);
    if (labels != NULL)
        swept->labels = labels;
    return values == NULL || labels == NULL ? out_of_memory(reader) : 0;
}

/* Checks the node as a value of the key and appends it; label NULL: to be made from the value. */
static int add_value(const struct reader *reader, struct config_sweep_key *swept,
                     const yaml_node_t *node, const char *label)
{
    union any_value value = {0};
    struct config_key alone = *swept->key; /* the key of a struct that holds this value only */
    alone.offset = 0;
    if (swept->count == CONFIG_SWEEP_MOST)
        return config_complain(reader->source, node, reader->fault,
                               "%s.%s: more than %d values; a sweep has at most %d members",
                               CONFIG_SWEEP, swept->key->name, CONFIG_SWEEP_MOST,
                               CONFIG_SWEEP_MOST);
    if (config_value_set(swept->key, &value, reader->source, node, reader->fault) != 0 ||
        grow(reader, swept) != 0)
        goto cleanup;
    swept->values[swept->count] = config_value_text(&alone, &value);
    swept->labels[swept->count] = label != NULL ? strdup(label) : NULL;
    if (swept->values[swept->count] == NULL ||
        (label != NULL && swept->labels[swept->count] == NULL))
        out_of_memory(reader);
    swept->count++;
cleanup:
    config_value_reset(swept->key, &value);
    return reader->fault->status;
}

/* A path as a value: what a scalar node would be. A folder stands for the files in it. */
static int add_path(const struct reader *reader, struct config_sweep_key *swept,
                    const yaml_node_t *node, const char *path)
{
    struct stat info;
    size_t length = strlen(path);
    char *value = malloc(length + sizeof "/*.h5");
    if (value == NULL)
        return out_of_memory(reader);
    while (length > 1 && path[length - 1] == '/')
        length--;
    bool folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    sprintf(value, "%.*s%s", (int)length, path, folder ? "/*.h5" : "");
    yaml_node_t found = *node;
    found.data.scalar.value = (yaml_char_t *)value;
    found.data.scalar.length = strlen(value);
    found.data.scalar.style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    add_value(reader, swept, &found, NULL);
    free(value);
    return reader->fault->status;
}

/* {each: PATTERN} */
static int add_matches(const struct reader *reader, struct config_sweep_key *swept,
                       const yaml_node_t *pattern)
{
    glob_t found = {0};
    if (swept->key->type != CONFIG_STRING || pattern->type != YAML_SCALAR_NODE)
        return config_complain(reader->source, pattern, reader->fault,
                               "%s.%s: each: takes a pattern of files, for keys that name files",
                               CONFIG_SWEEP, swept->key->name);
    int failed = glob(scalar_text(pattern), 0, NULL, &found);
    if (failed == GLOB_NOMATCH)
        config_complain(reader->source, pattern, reader->fault,
                        "%s.%s: nothing matches %s; a pattern is relative to the folder that "
                        "strata is started in",
                        CONFIG_SWEEP, swept->key->name, quote(scalar_text(pattern)).text);
    else if (failed != 0)
        config_complain(reader->source, pattern, reader->fault,
                        "%s.%s: cannot look for the files that match %s", CONFIG_SWEEP,
                        swept->key->name, quote(scalar_text(pattern)).text);
    for (size_t k = 0; failed == 0 && k < found.gl_pathc && reader->fault->status == 0; k++)
        add_path(reader, swept, pattern, found.gl_pathv[k]);
    if (failed == 0)
        globfree(&found);
    return reader->fault->status;
}

/* {label: value, …} or {each: PATTERN} */
static int add_labelled(const struct reader *reader, struct config_sweep_key *swept,
                        const yaml_node_t *mapping)
{
    yaml_document_t *document = &reader->source->document;
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    const yaml_node_pair_t *end = mapping->data.mapping.pairs.top;
    for (; pair < end && reader->fault->status == 0; pair++) {
        const yaml_node_t *label = yaml_document_get_node(document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(document, pair->value);
        if (label->type != YAML_SCALAR_NODE || *scalar_text(label) == '\0')
            config_complain(reader->source, label, reader->fault,
                            "%s.%s: expected a label for the value, found %s", CONFIG_SWEEP,
                            swept->key->name, config_describe(label).text);
        else if (end - pair == 1 && swept->count == 0 && strcmp(scalar_text(label), "each") == 0)
            add_matches(reader, swept, value);
        else
            add_value(reader, swept, value, scalar_text(label));
    }
    return reader->fault->status;
}

static int add_values(const struct reader *reader, struct config_sweep_key *swept,
                      const yaml_node_t *node)
{
    if (node->type == YAML_MAPPING_NODE) {
        add_labelled(reader, swept, node);
    } else if (node->type == YAML_SEQUENCE_NODE) {
        const yaml_node_item_t *item = node->data.sequence.items.start;
        for (; item < node->data.sequence.items.top && reader->fault->status == 0; item++)
            add_value(reader, swept, yaml_document_get_node(&reader->source->document, *item),
                      NULL);
    } else {
        config_complain(reader->source, node, reader->fault,
                        "%s.%s: expected a list of values, found %s", CONFIG_SWEEP,
                        swept->key->name, config_describe(node).text);
    }
    if (reader->fault->status == 0 && swept->count == 0)
        config_complain(reader->source, node, reader->fault,
                        "%s.%s: expected a list of values, found an empty one", CONFIG_SWEEP,
                        swept->key->name);
    if (reader->fault->status == 0 && !sweep_labels_fill(swept))
        out_of_memory(reader);
    return reader->fault->status;
}

/* --- The keys -------------------------------------------------------------------------------- */

static struct config_sweep_key *append_key(struct config_sweep *sweep, const struct config_key *key,
                                           int axis)
{
    struct config_sweep_key *grown =
        realloc(sweep->keys, ((size_t)sweep->key_count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    sweep->keys = grown;
    if (axis == GRID || axis == sweep->axis_count)
        sweep->axis_count++;
    grown[sweep->key_count] =
        (struct config_sweep_key){.key = key, .axis = axis == GRID ? sweep->axis_count - 1 : axis};
    return &grown[sweep->key_count++];
}

/* Zipped lists go together, value by value. */
static int check_zip(const struct reader *reader, const yaml_node_t *node)
{
    const struct config_sweep *sweep = reader->sweep;
    const struct config_sweep_key *last = &sweep->keys[sweep->key_count - 1];
    const struct config_sweep_key *first = last;
    while (first > sweep->keys && first[-1].axis == last->axis)
        first--;
    if (first->count == last->count)
        return 0;
    return config_complain(reader->source, node, reader->fault,
                           "%s.%s: expected as many values as %s, which it is zipped with, has: "
                           "%d, found %d",
                           CONFIG_SWEEP, last->key->name, first->key->name, first->count,
                           last->count);
}

static int load_key(const struct reader *reader, const struct config_key *key,
                    const yaml_node_t *node, int axis)
{
    struct config_sweep *sweep = reader->sweep;
    for (int k = 0; k < sweep->key_count; k++)
        if (sweep->keys[k].key == key)
            return config_complain(reader->source, node, reader->fault, "%s.%s: given twice",
                                   CONFIG_SWEEP, key->name);
    if (strcmp(key->name, "output.directory") == 0)
        return config_complain(reader->source, node, reader->fault,
                               "%s.%s: each member has a folder of its own in output.directory "
                               "anyway, named by what varies",
                               CONFIG_SWEEP, key->name);
    struct config_sweep_key *swept = append_key(sweep, key, axis);
    if (swept == NULL)
        return out_of_memory(reader);
    if (add_values(reader, swept, node) == 0)
        check_zip(reader, node);
    return reader->fault->status;
}

static int load_section(const struct reader *reader, const yaml_node_t *mapping, const char *prefix,
                        int axis);

static int load_entry(const struct reader *reader, const yaml_node_t *name,
                      const yaml_node_t *value, const char *path, int axis)
{
    int k = config_find_key(reader->table, path);
    if (k >= 0)
        return load_key(reader, &reader->table[k], value, axis);
    bool zip = strcmp(path, "zip") == 0 && axis == GRID;
    if (!zip && !config_is_section(reader->table, path))
        return config_refuse_key(reader->table, reader->source, name, path, reader->fault);
    if (value->type != YAML_MAPPING_NODE ||
        value->data.mapping.pairs.start == value->data.mapping.pairs.top)
        return config_complain(reader->source, value, reader->fault,
                               "%s.%s: expected keys with lists of values, found %s", CONFIG_SWEEP,
                               path, config_describe(value).text);
    return zip ? load_section(reader, value, "", reader->sweep->axis_count)
               : load_section(reader, value, path, axis);
}

static int load_section(const struct reader *reader, const yaml_node_t *mapping, const char *prefix,
                        int axis)
{
    yaml_document_t *document = &reader->source->document;
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    for (; pair < mapping->data.mapping.pairs.top && reader->fault->status == 0; pair++) {
        char path[CONFIG_LONGEST_KEY + 1];
        const yaml_node_t *name = yaml_document_get_node(document, pair->key);
        if (name->type != YAML_SCALAR_NODE)
            return config_complain(reader->source, name, reader->fault,
                                   "%s: expected the name of a key, found %s", CONFIG_SWEEP,
                                   config_describe(name).text);
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix != '\0' ? "." : "",
                 scalar_text(name));
        load_entry(reader, name, yaml_document_get_node(document, pair->value), path, axis);
    }
    return reader->fault->status;
}

/* --- The whole ------------------------------------------------------------------------------- */

/* The number of values of an axis. */
static int axis_extent(const struct config_sweep *sweep, int axis)
{
    int k = 0;
    while (sweep->keys[k].axis != axis)
        k++;
    return sweep->keys[k].count;
}

static int count_members(const struct reader *reader, const yaml_node_t *node)
{
    struct config_sweep *sweep = reader->sweep;
    double members = 1;
    for (int axis = 0; axis < sweep->axis_count; axis++)
        members *= axis_extent(sweep, axis);
    if (members > CONFIG_SWEEP_MOST)
        return config_complain(reader->source, node, reader->fault,
                               "%s: %.0f members; at most %d can be run and looked at together: "
                               "shorten the lists, or make several sweeps",
                               CONFIG_SWEEP, members, CONFIG_SWEEP_MOST);
    sweep->member_count = (int64_t)members;
    return 0;
}

/* The name of a value of an axis: that of a member without the other axes. */
struct axis_name {
    char *text;
    int value;
};

static char *axis_name(const struct config_sweep *sweep, int axis, int value);

static int compare_names(const void *left, const void *right)
{
    const struct axis_name *a = left;
    const struct axis_name *b = right;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : a->value - b->value;
}

/* Two values with one name would share a folder. */
static int check_different(const struct reader *reader, const yaml_node_t *node,
                           struct axis_name *names, int count)
{
    qsort(names, (size_t)count, sizeof *names, compare_names);
    for (int v = 1; v < count; v++)
        if (strcmp(names[v - 1].text, names[v].text) == 0)
            return config_complain(
                reader->source, node, reader->fault,
                "%s: values %d and %d are the same, or their names are (%s); different values can "
                "be given names: {name: value, …} in place of the list",
                CONFIG_SWEEP, names[v - 1].value + 1, names[v].value + 1, names[v].text);
    return 0;
}

static int check_axis(const struct reader *reader, const yaml_node_t *node, int axis)
{
    const int count = axis_extent(reader->sweep, axis);
    int filled = 0;
    struct axis_name *names = calloc((size_t)count, sizeof *names);
    if (names == NULL)
        return out_of_memory(reader);
    while (filled < count) {
        names[filled] = (struct axis_name){axis_name(reader->sweep, axis, filled), filled};
        if (names[filled].text == NULL)
            break;
        filled++;
    }
    if (filled < count)
        out_of_memory(reader);
    else
        check_different(reader, node, names, filled);
    for (int v = 0; v < filled; v++)
        free(names[v].text);
    free(names);
    return reader->fault->status;
}

static const yaml_node_t *find_sweep(struct config_source *source, const yaml_node_t *root)
{
    if (root->type != YAML_MAPPING_NODE)
        return NULL;
    const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
    for (; pair < root->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(&source->document, pair->key);
        if (name->type == YAML_SCALAR_NODE && strcmp(scalar_text(name), CONFIG_SWEEP) == 0)
            return yaml_document_get_node(&source->document, pair->value);
    }
    return NULL;
}

int config_sweep_load(const struct config_key *table, const char *path, struct config_sweep *sweep,
                      struct fault *fault)
{
    struct config_source source = {0};
    const struct reader reader = {table, &source, sweep, fault};
    *sweep = (struct config_sweep){0};
    if (config_parse_file(&source, path, fault) != 0)
        return fault->status;
    const yaml_node_t *node = find_sweep(&source, yaml_document_get_root_node(&source.document));
    if (node == NULL)
        config_complain(&source, NULL, fault,
                        "no section \"sweep\": expected lists of values for keys there, such as "
                        "sweep: {sampling.seed: [0, 1, 2]}");
    else if (node->type != YAML_MAPPING_NODE)
        config_complain(&source, node, fault, "sweep: expected keys with lists of values, found %s",
                        config_describe(node).text);
    else if (load_section(&reader, node, "", GRID) == 0 && sweep->key_count == 0)
        config_complain(&source, node, fault, "sweep: empty; expected keys with lists of values");
    else if (fault->status == 0)
        count_members(&reader, node);
    for (int axis = 0; axis < sweep->axis_count && fault->status == 0; axis++)
        check_axis(&reader, node, axis);
    yaml_document_delete(&source.document);
    if (fault->status != 0)
        config_sweep_reset(sweep);
    return fault->status;
}

void config_sweep_reset(struct config_sweep *sweep)
{
    for (int k = 0; k < sweep->key_count; k++) {
        struct config_sweep_key *swept = &sweep->keys[k];
        for (int v = 0; v < swept->count; v++) {
            free(swept->values[v]);
            free(swept->labels[v]);
        }
        free(swept->values);
        free(swept->labels);
    }
    free(sweep->keys);
    *sweep = (struct config_sweep){0};
}

int config_sweep_place(const struct config_sweep *sweep, int key, int64_t member)
{
    for (int axis = sweep->axis_count - 1; axis > sweep->keys[key].axis; axis--)
        member /= axis_extent(sweep, axis);
    return (int)(member % sweep->keys[key].count);
}

/* The last word of the key, where no other swept key has the same. */
static const char *short_name(const struct config_sweep *sweep, int key)
{
    const char *name = sweep->keys[key].key->name;
    const char *word = strrchr(name, '.') != NULL ? strrchr(name, '.') + 1 : name;
    for (int k = 0; k < sweep->key_count; k++) {
        const char *other = sweep->keys[k].key->name;
        const char *dot = strrchr(other, '.');
        if (k != key && strcmp(dot != NULL ? dot + 1 : other, word) == 0)
            return name;
    }
    return word;
}

static void print_name(const struct config_sweep *sweep, int key, int value, FILE *out)
{
    char name[SWEEP_NAME_SIZE];
    sweep_label_name(sweep->keys[key].labels[value], name);
    fprintf(out, "%s%s=%s", ftell(out) > 0 ? "_" : "", short_name(sweep, key), name);
}

static char *axis_name(const struct config_sweep *sweep, int axis, int value)
{
    struct draft draft;
    FILE *out = draft_begin(&draft);
    if (out == NULL)
        return NULL;
    for (int k = 0; k < sweep->key_count; k++)
        if (sweep->keys[k].axis == axis)
            print_name(sweep, k, value, out);
    return draft_end(&draft);
}

char *config_sweep_name(const struct config_sweep *sweep, int64_t member)
{
    struct draft draft;
    FILE *out = draft_begin(&draft);
    if (out == NULL)
        return NULL;
    for (int k = 0; k < sweep->key_count; k++)
        print_name(sweep, k, config_sweep_place(sweep, k, member), out);
    char *name = draft_end(&draft);
    if (name != NULL)
        sweep_name_shorten(name);
    return name;
}
