/* Load, share and reset a configuration: the walk over the tree of nodes and the table of keys. */
#include "config.h"
#include "config_internal.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 20, LONGEST_KEY = 200 };

struct loader {
    const struct config_key *table;
    char *settings; /* the caller's struct */
    bool *given;    /* [table] keys that the file or an override set */
    struct config_source *source;
    struct fault *fault;
};

static void *member(const struct config_key *key, void *settings)
{
    return (char *)settings + key->offset;
}

static int table_count(const struct config_key *table)
{
    int count = 0;
    while (table[count].name != NULL)
        count++;
    return count;
}

static int find_key(const struct config_key *table, const char *path)
{
    for (int k = 0; table[k].name != NULL; k++)
        if (strcmp(table[k].name, path) == 0)
            return k;
    return -1;
}

/* Whether name lies in the section; "" is the section of all. */
static bool in_section(const char *name, const char *section)
{
    size_t length = strlen(section);
    return length == 0 || (strncmp(name, section, length) == 0 && name[length] == '.');
}

static bool is_section(const struct config_key *table, const char *path)
{
    for (int k = 0; table[k].name != NULL; k++)
        if (in_section(table[k].name, path))
            return true;
    return false;
}

/* The known key that an unknown path most likely means: near by spelling, or the same word in
 * another section. NULL where there is none. */
static const char *guess_key(const struct config_key *table, const char *path)
{
    int count = table_count(table);
    const char *guess = NULL;
    const char **names = calloc((size_t)count + 1, sizeof *names);
    if (names == NULL)
        return NULL; /* the message goes without a suggestion */
    for (int k = 0; k < count; k++)
        names[k] = table[k].name;
    guess = nearest_name(path, names);

    const char *word = strrchr(path, '.') != NULL ? strrchr(path, '.') + 1 : path;
    for (int k = 0; k < count && guess == NULL; k++) {
        const char *dot = strrchr(names[k], '.');
        if (dot != NULL && strcmp(dot + 1, word) == 0)
            guess = names[k];
    }
    free(names);
    return guess;
}

/* "known keys: a, b, c" of the section that the path lies in, or of all where there is none such.
 */
static void list_keys(const struct config_key *table, const char *path, char *text, size_t size)
{
    char section[LONGEST_KEY + 1] = "";
    snprintf(section, sizeof section, "%s", path);
    char *dot = strrchr(section, '.');
    if (dot != NULL)
        *dot = '\0';
    if (dot == NULL || !is_section(table, section))
        *section = '\0';

    size_t used = (size_t)snprintf(text, size, "known keys");
    const char *separator = ": ";
    for (int k = 0; table[k].name != NULL && used < size; k++) {
        if (!in_section(table[k].name, section))
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s", separator, table[k].name);
        separator = ", ";
    }
}

static int refuse_key(const struct loader *loader, const yaml_node_t *node, const char *path)
{
    char known[1024] = "";
    const char *guess = guess_key(loader->table, path);
    if (guess != NULL)
        snprintf(known, sizeof known, "nearest known key: %s", guess);
    else
        list_keys(loader->table, path, known, sizeof known);
    return config_complain(loader->source, node, loader->fault, "%s: unknown key; %s",
                           escape(path).text, known);
}

static int load_section(struct loader *loader, const yaml_node_t *mapping, const char *section);

/* Stores the value of the key or section with this path. */
static int load_value(struct loader *loader, const yaml_node_t *name, const yaml_node_t *value,
                      const char *path)
{
    int k = find_key(loader->table, path);
    if (k >= 0) {
        loader->given[k] = true;
        return config_value_set(&loader->table[k], member(&loader->table[k], loader->settings),
                                loader->source, value, loader->fault);
    }
    if (!is_section(loader->table, path))
        return refuse_key(loader, name, path);
    if (value->type == YAML_SCALAR_NODE && config_is_null(value))
        return 0; /* a section with all its keys commented out */
    if (value->type != YAML_MAPPING_NODE)
        return config_complain(loader->source, value, loader->fault,
                               "%s: expected a section of keys, found %s", path,
                               config_describe(value).text);
    return load_section(loader, value, path);
}

/* The line of an earlier entry of the mapping with the same name, or 0. */
static size_t earlier_line(const struct loader *loader, const yaml_node_t *mapping,
                           const yaml_node_pair_t *pair)
{
    yaml_document_t *document = &loader->source->document;
    const yaml_node_t *name = yaml_document_get_node(document, pair->key);
    const yaml_node_pair_t *other = mapping->data.mapping.pairs.start;
    for (; other < pair; other++) {
        const yaml_node_t *earlier = yaml_document_get_node(document, other->key);
        if (strcmp((char *)earlier->data.scalar.value, (char *)name->data.scalar.value) == 0)
            return earlier->start_mark.line + 1;
    }
    return 0;
}

static int load_section(struct loader *loader, const yaml_node_t *mapping, const char *section)
{
    yaml_document_t *document = &loader->source->document;
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;

    for (; pair < mapping->data.mapping.pairs.top; pair++) {
        char path[LONGEST_KEY + 1];
        const yaml_node_t *name = yaml_document_get_node(document, pair->key);
        if (name->type != YAML_SCALAR_NODE)
            return config_complain(loader->source, name, loader->fault,
                                   "expected the name of a key, found %s",
                                   config_describe(name).text);
        snprintf(path, sizeof path, "%s%s%s", section, *section != '\0' ? "." : "",
                 (const char *)name->data.scalar.value);
        size_t line = earlier_line(loader, mapping, pair);
        if (line > 0)
            return config_complain(loader->source, name, loader->fault,
                                   "%s: given twice, first on line %zu", escape(path).text, line);
        const yaml_node_t *value = yaml_document_get_node(document, pair->value);
        if (load_value(loader, name, value, path) != 0)
            return loader->fault->status;
    }
    return 0;
}

/* The whole file, owned by the caller; NULL and a fault. */
static char *read_file(const char *path, size_t *length, struct fault *fault)
{
    char *text = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fault_set(fault, EXIT_INPUT, "%s: cannot open the configuration: %s", escape(path).text,
                  strerror(errno));
        return NULL;
    }
    text = malloc(LARGEST_FILE + 1);
    if (text == NULL) {
        fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", path);
        goto cleanup;
    }
    *length = fread(text, 1, LARGEST_FILE + 1, file);
    if (ferror(file))
        fault_set(fault, EXIT_INPUT, "%s: cannot read the configuration: %s", escape(path).text,
                  strerror(errno));
    else if (*length > LARGEST_FILE)
        fault_set(fault, EXIT_INPUT,
                  "%s: longer than %d bytes; a configuration is a short YAML text: is this the "
                  "right file?",
                  escape(path).text, LARGEST_FILE);
cleanup:
    fclose(file);
    if (fault->status != 0) {
        free(text);
        text = NULL;
    }
    return text;
}

static int load_file(struct loader *loader, const char *path)
{
    struct config_source source = {.name = path, .has_lines = true};
    size_t length = 0;
    char *text = read_file(path, &length, loader->fault);

    loader->source = &source;
    if (text != NULL && config_parse(&source, text, length, loader->fault) == 0) {
        const yaml_node_t *root = yaml_document_get_root_node(&source.document);
        if (root->type == YAML_MAPPING_NODE)
            load_section(loader, root, "");
        else
            config_complain(&source, root, loader->fault, "expected sections of keys, found %s",
                            config_describe(root).text);
        yaml_document_delete(&source.document);
    }
    free(text);
    loader->source = NULL;
    return loader->fault->status;
}

/* The value of one --set, for the key with this path. */
static int load_override_value(struct loader *loader, const char *path, const char *value)
{
    struct config_source *source = loader->source;
    if (find_key(loader->table, path) < 0 && is_section(loader->table, path))
        return config_complain(source, NULL, loader->fault,
                               "%s is a section; set its keys one by one", path);
    if (find_key(loader->table, path) < 0)
        return refuse_key(loader, NULL, path);
    if (*value == '\0')
        return config_complain(source, NULL, loader->fault, "no value after the '='");
    if (config_parse(source, value, strlen(value), loader->fault) != 0)
        return loader->fault->status;
    load_value(loader, NULL, yaml_document_get_root_node(&source->document), path);
    yaml_document_delete(&source->document);
    return loader->fault->status;
}

/* One --set key=value. */
static int load_override(struct loader *loader, const char *override)
{
    char name[LONGEST_KEY + LONGEST_KEY];
    char path[LONGEST_KEY + 1];
    struct config_source source = {.name = name};
    const char *equals = strchr(override, '=');

    snprintf(name, sizeof name, "--set %s", override);
    loader->source = &source;
    if (equals == NULL || equals == override) {
        config_complain(&source, NULL, loader->fault, "expected key=value, as in --set %s=VALUE",
                        loader->table[0].name);
    } else {
        snprintf(path, sizeof path, "%.*s", (int)(equals - override), override);
        load_override_value(loader, path, equals + 1);
    }
    loader->source = NULL;
    return loader->fault->status;
}

static int load_default(struct loader *loader, const struct config_key *key, const char *file)
{
    struct config_source source = {.name = "the table of keys"};
    if (key->fallback == NULL)
        return fault_set(loader->fault, EXIT_INPUT,
                         "%s: %s: missing; %s: set it there or with --set %s=VALUE",
                         escape(file).text, key->name, key->help, key->name);
    const char *text = *key->fallback != '\0' ? key->fallback : "\"\"";
    if (config_parse(&source, text, strlen(text), loader->fault) != 0)
        return loader->fault->status;
    config_value_set(key, member(key, loader->settings), &source,
                     yaml_document_get_root_node(&source.document), loader->fault);
    yaml_document_delete(&source.document);
    return loader->fault->status;
}

int config_load(const struct config_key *table, const char *path, char *const *overrides,
                int override_count, void *settings, struct fault *fault)
{
    int count = table_count(table);
    struct loader loader = {.table = table, .settings = settings, .fault = fault};

    loader.given = calloc((size_t)count + 1, sizeof *loader.given);
    if (loader.given == NULL)
        return fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", path);
    load_file(&loader, path);
    for (int k = 0; k < override_count && fault->status == 0; k++)
        load_override(&loader, overrides[k]);
    for (int k = 0; k < count && fault->status == 0; k++)
        if (!loader.given[k])
            load_default(&loader, &table[k], path);
    if (fault->status != 0)
        config_reset(table, settings);
    free(loader.given);
    return fault->status;
}

void config_reset(const struct config_key *table, void *settings)
{
    for (int k = 0; table[k].name != NULL; k++)
        config_value_reset(&table[k], member(&table[k], settings));
}

int config_broadcast(const struct config_key *table, void *settings, MPI_Comm comm,
                     struct fault *fault)
{
    struct pack pack = {0};
    int rank = 0;

    MPI_Comm_rank(comm, &rank);
    for (int k = 0; rank == 0 && fault->status == 0 && table[k].name != NULL; k++)
        config_value_pack(&table[k], member(&table[k], settings), &pack);
    if (pack_broadcast(&pack, comm, fault) != 0)
        goto cleanup;
    for (int k = 0; rank != 0 && table[k].name != NULL; k++)
        config_value_unpack(&table[k], member(&table[k], settings), &pack);
    if (pack.failed)
        fault_set(fault, EXIT_SYSTEM, "out of memory for the configuration on rank %d", rank);
    fault_agree(fault, comm);
cleanup:
    if (fault->status != 0 && rank != 0)
        config_reset(table, settings);
    pack_reset(&pack);
    return fault->status;
}
