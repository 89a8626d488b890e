/* Load, share and reset a configuration: the walk over the tree of nodes and the table of keys. */
#include "config.h"
#include "config_internal.h"
#include "config_sweep.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_KEY = CONFIG_LONGEST_KEY };

struct loader {
    const struct config_key *table;
    char *settings; /* the caller's struct */
    bool *given;    /* [table] keys that the file or an override set */
    bool member;    /* of a sweep: its section is read by config_sweep.c */
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

int config_find_key(const struct config_key *table, const char *path)
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

bool config_is_section(const struct config_key *table, const char *path)
{
    for (int k = 0; table[k].name != NULL; k++)
        if (in_section(table[k].name, path))
            return true;
    return false;
}

/* The section that an unknown one most likely means, into guess; false: none. */
static bool guess_section(const struct config_key *table, const char *path, char *guess,
                          size_t size)
{
    for (int k = 0; table[k].name != NULL; k++) {
        const char *const names[] = {guess, NULL};
        snprintf(guess, size, "%.*s", (int)strcspn(table[k].name, "."), table[k].name);
        if (nearest_name(path, names) != NULL)
            return true;
    }
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
    if (dot == NULL || !config_is_section(table, section))
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

int config_refuse_key(const struct config_key *table, const struct config_source *source,
                      const yaml_node_t *node, const char *path, struct fault *fault)
{
    char known[1024] = "";
    char section[LONGEST_KEY + 1] = "";
    const char *guess = guess_key(table, path);
    if (guess != NULL)
        snprintf(known, sizeof known, "nearest known key: %s", guess);
    else if (guess_section(table, path, section, sizeof section))
        snprintf(known, sizeof known, "nearest section: %s", section);
    else
        list_keys(table, path, known, sizeof known);
    return config_complain(source, node, fault, "%s: unknown key; %s", escape(path).text, known);
}

static int refuse_key(const struct loader *loader, const yaml_node_t *node, const char *path)
{
    return config_refuse_key(loader->table, loader->source, node, path, loader->fault);
}

/* The sweep is not for this run, or describes more than one. */
static int pass_sweep(const struct loader *loader, const yaml_node_t *name)
{
    if (loader->member)
        return 0;
    return config_complain(loader->source, name, loader->fault,
                           "sweep: this configuration is of many runs, not of one; strata sweep "
                           "runs them");
}

static int load_section(struct loader *loader, const yaml_node_t *mapping, const char *section);

/* Stores the value of the key or section with this path. */
static int load_value(struct loader *loader, const yaml_node_t *name, const yaml_node_t *value,
                      const char *path)
{
    int k = config_find_key(loader->table, path);
    if (k >= 0) {
        loader->given[k] = true;
        return config_value_set(&loader->table[k], member(&loader->table[k], loader->settings),
                                loader->source, value, loader->fault);
    }
    if (strcmp(path, CONFIG_SWEEP) == 0 && loader->source->has_lines)
        return pass_sweep(loader, name);
    if (!config_is_section(loader->table, path))
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

/* The settings of a document that was parsed. */
static int load_document(struct loader *loader)
{
    struct config_source *source = loader->source;
    const yaml_node_t *root = yaml_document_get_root_node(&source->document);
    if (root->type == YAML_MAPPING_NODE)
        load_section(loader, root, "");
    else
        config_complain(source, root, loader->fault, "expected sections of keys, found %s",
                        config_describe(root).text);
    return loader->fault->status;
}

/* The file, or the text where there is one. */
static int load_source(struct loader *loader, const char *name, const char *text)
{
    struct config_source source = {.name = name, .has_lines = true};
    if (text != NULL)
        config_parse(&source, text, strlen(text), loader->fault);
    else
        config_parse_file(&source, name, loader->fault);
    if (loader->fault->status != 0)
        return loader->fault->status;
    loader->source = &source;
    load_document(loader);
    loader->source = NULL;
    yaml_document_delete(&source.document);
    return loader->fault->status;
}

char *config_override(const char *key, const char *value)
{
    char *text = malloc(strlen(key) + 2 * strlen(value) + 4);
    if (text == NULL)
        return NULL;
    char *end = text + sprintf(text, "%s='", key);
    for (const char *c = value; *c != '\0'; c++) {
        *end++ = *c;
        if (*c == '\'')
            *end++ = '\'';
    }
    *end++ = '\'';
    *end = '\0';
    return text;
}

/* Whether what stands after --set KEY= is a text as it is, and not YAML: *.h5 or nothing, say. */
static bool is_literal(const struct config_key *key, const char *value)
{
    const char *const yaml = key->type == CONFIG_STRING ? "'\"" : "'\"[{";
    return (key->type == CONFIG_STRING || key->type == CONFIG_STRINGS) &&
           (*value == '\0' || strchr(yaml, *value) == NULL);
}

static int load_yaml_value(struct loader *loader, const char *path, const char *yaml)
{
    struct config_source *source = loader->source;
    if (*yaml == '\0')
        return config_complain(source, NULL, loader->fault, "no value after the '='");
    if (config_parse(source, yaml, strlen(yaml), loader->fault) != 0)
        return loader->fault->status;
    load_value(loader, NULL, yaml_document_get_root_node(&source->document), path);
    yaml_document_delete(&source->document);
    return loader->fault->status;
}

/* The value of one --set, for the key with this path. */
static int load_override_value(struct loader *loader, const char *path, const char *value)
{
    const int k = config_find_key(loader->table, path);
    if (k < 0 && config_is_section(loader->table, path))
        return config_complain(loader->source, NULL, loader->fault,
                               "%s is a section; set its keys one by one", path);
    if (k < 0)
        return refuse_key(loader, NULL, path);
    if (!is_literal(&loader->table[k], value))
        return load_yaml_value(loader, path, value);
    char *quoted = config_override(path, value);
    if (quoted == NULL)
        return fault_set(loader->fault, EXIT_SYSTEM, "out of memory while reading %s",
                         loader->source->name);
    load_yaml_value(loader, path, quoted + strlen(path) + 1);
    free(quoted);
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

/* What a configuration is made of. */
struct origin {
    const char *name; /* of the file */
    const char *text; /* in place of the file; NULL: none */
    char *const *overrides;
    int override_count;
    bool member; /* as in the loader */
};

static int load(const struct config_key *table, const struct origin *origin, void *settings,
                struct fault *fault)
{
    int count = table_count(table);
    struct loader loader = {
        .table = table, .settings = settings, .member = origin->member, .fault = fault};

    loader.given = calloc((size_t)count + 1, sizeof *loader.given);
    if (loader.given == NULL)
        return fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", origin->name);
    load_source(&loader, origin->name, origin->text);
    for (int k = 0; k < origin->override_count && fault->status == 0; k++)
        load_override(&loader, origin->overrides[k]);
    for (int k = 0; k < count && fault->status == 0; k++)
        if (!loader.given[k])
            load_default(&loader, &table[k], origin->name);
    if (fault->status != 0)
        config_reset(table, settings);
    free(loader.given);
    return fault->status;
}

int config_load(const struct config_key *table, const char *path, char *const *overrides,
                int override_count, void *settings, struct fault *fault)
{
    const struct origin origin = {path, NULL, overrides, override_count, false};
    return load(table, &origin, settings, fault);
}

int config_load_member(const struct config_key *table, const char *path, char *const *overrides,
                       int override_count, void *settings, struct fault *fault)
{
    const struct origin origin = {path, NULL, overrides, override_count, true};
    return load(table, &origin, settings, fault);
}

int config_load_text(const struct config_key *table, const char *name, const char *text,
                     void *settings, struct fault *fault)
{
    const struct origin origin = {name, text, NULL, 0, false};
    return load(table, &origin, settings, fault);
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
