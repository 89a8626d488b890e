/* Configuration: a YAML file read into a struct through one table of keys.
 *
 * The table is the only place that knows the keys: parsing, checking, --help, the nearest known key
 * in a message and the echo into the results all follow from it. This module knows no key; the
 * program's table is in pipeline/settings.c. */
#ifndef STRATA_CONFIG_H
#define STRATA_CONFIG_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of strings; the list owns its items. */
struct string_list {
    char **items; /* [count] */
    int count;
};

enum config_type {
    CONFIG_STRING,  /* char *, owned; "" is refused unless the default is "" */
    CONFIG_STRINGS, /* struct string_list: a YAML scalar or sequence of scalars; a mapping of one
                       entry {every: 5} is the one string "every 5" */
    CONFIG_INTEGER, /* int64_t, within [minimum, maximum] */
    CONFIG_REAL,    /* double, within [minimum, maximum] */
    CONFIG_CHOICE,  /* int: index into choices */
    CONFIG_CHOICES  /* uint32_t: a set of choices, bit k for choice k; scalar or sequence */
};

struct config_key {
    const char *name; /* dotted path, "sampling.count" */
    enum config_type type;
    bool incidental;         /* no solved pair depends on it: a run may go on with another value */
    const char *fallback;    /* the default, as YAML text ("all", "[png, svg]"); NULL: required */
    double minimum, maximum; /* INTEGER, REAL */
    const char *const *choices; /* CHOICE, CHOICES: NULL-terminated */
    size_t offset;              /* of the value in the struct */
    const char *help;           /* one line */
};

/* Fills *settings (zeroed by the caller) from the file at path, then from overrides "key=value"
 * (the value is YAML, but a text may stand as it is, *.h5 or nothing; it wins over the file), then
 * from the defaults. Stops at the first error with EXIT_INPUT and: file, line, key, what was
 * expected, what was found; for an unknown key the nearest known one. Not collective: rank 0 loads,
 * config_broadcast shares. Duplicate keys, several documents, anchors, aliases, tags and
 * indentation by tabs are errors with a line. On failure the settings are empty.
 *
 * table ends with a NULL name, and keeps the keys of a section together. */
int config_load(const struct config_key *table, const char *path, char *const *overrides,
                int override_count, void *settings, struct fault *fault);

/* The override "key=value" for a value with any characters; the caller's to free. NULL if memory is
 * short. */
char *config_override(const char *key, const char *value);

/* The same of one member of a sweep (config_sweep.h): a section "sweep" in the file, which
 * config_load refuses, is passed over; the overrides are to say which member is meant. */
int config_load_member(const struct config_key *table, const char *path, char *const *overrides,
                       int override_count, void *settings, struct fault *fault);

/* The same from a text that config_text made; name: what messages call it. */
int config_load_text(const struct config_key *table, const char *name, const char *text,
                     void *settings, struct fault *fault);

/* Frees what the settings own and zeroes those members. */
void config_reset(const struct config_key *table, void *settings);

/* Collective over comm: copies rank 0's settings to all. If any rank comes with a fault (rank 0's
 * config_load, say), all leave with it. On failure the settings of the other ranks are empty. */
int config_broadcast(const struct config_key *table, void *settings, MPI_Comm comm,
                     struct fault *fault);

/* The effective configuration as YAML text that config_load reads back to the same values; owned by
 * the caller. NULL if memory is short. Nested by section, in the table's order. */
char *config_text(const struct config_key *table, const void *settings);

/* One value in the same way. */
char *config_value_text(const struct config_key *key, const void *settings);

/* The same of the keys that are not incidental. */
char *config_decisive_text(const struct config_key *table, const void *settings);

/* The keys with type, range or choices, default and help, for --help; owned by the caller. */
char *config_help(const struct config_key *table);

/* The candidate nearest to name by edit distance, or NULL where none is near (more than about a
 * third of its length away). candidates is NULL-terminated. Borrowed. */
const char *nearest_name(const char *name, const char *const *candidates);

#endif
