/* The parts of the configuration engine, for its own files only. */
#ifndef STRATA_CONFIG_INTERNAL_H
#define STRATA_CONFIG_INTERNAL_H

#include "config.h"
#include "pack.h"

#include <stdio.h>
#include <yaml.h>

/* One YAML text and where it came from. */
struct config_source {
    const char *name; /* the path of the file, or "--set key=value" */
    bool has_lines;   /* a file: messages give line numbers */
    yaml_document_t document;
};

/* config_yaml.c: text to a tree of nodes, with the checks that need no table */

/* Parses text[length] into source->document (to be deleted by the caller on success). A document
 * without any node is EXIT_INPUT. */
int config_parse(struct config_source *source, const char *text, size_t length,
                 struct fault *fault);

/* The same of a file, whose name source->name then borrows. */
int config_parse_file(struct config_source *source, const char *path, struct fault *fault);

/* EXIT_INPUT with "<file>:<line>: <message>"; node NULL: without a line. */
int config_complain(const struct config_source *source, const yaml_node_t *node,
                    struct fault *fault, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What a node is, for "found ...": a short quoted text, "a list", "a mapping", "nothing". */
struct quoted config_describe(const yaml_node_t *node);

/* A plain scalar that YAML reads as null. */
bool config_is_null(const yaml_node_t *node);

/* config.c: names of keys */

enum { CONFIG_LONGEST_KEY = 200 };

/* The place of a dotted name in the table, or -1. */
int config_find_key(const struct config_key *table, const char *path);
bool config_is_section(const struct config_key *table, const char *path);

/* EXIT_INPUT: unknown key, with the nearest known one. */
int config_refuse_key(const struct config_key *table, const struct config_source *source,
                      const yaml_node_t *node, const char *path, struct fault *fault);

/* config_value.c: one value of the struct; `value` points at the member */

/* Checks the node against the key and stores it, freeing what the member held before. */
int config_value_set(const struct config_key *key, void *value, struct config_source *source,
                     const yaml_node_t *node, struct fault *fault);
void config_value_reset(const struct config_key *key, void *value);
void config_value_pack(const struct config_key *key, const void *value, struct pack *pack);
void config_value_unpack(const struct config_key *key, void *value, struct pack *pack);

/* Writes the value as YAML that reads back to the same value. */
void config_value_print(const struct config_key *key, const void *value, FILE *out);

/* Writes what the key accepts, "an integer from 2 to 100000", into text[size]. */
void config_value_expected(const struct config_key *key, char *text, size_t size);

#endif
