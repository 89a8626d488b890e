#include "sweep_label.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { LONGEST_NAME = 200 }; /* bytes; file systems take 255, and programs add to it */

/* --- Labels of paths: what is left without the folders and the ending that all share ---------- */

/* The length of the first n parts of a path, each with the slash behind it. */
static size_t head_length(const char *path, int parts)
{
    const char *end = path;
    for (; parts > 0; parts--)
        end = strchr(end, '/') + 1;
    return (size_t)(end - path);
}

/* How many folders all paths begin with. */
static int shared_folders(char *const *paths, int count)
{
    for (int parts = 0;; parts++) {
        size_t length = head_length(paths[0], parts);
        const char *slash = strchr(paths[0] + length, '/');
        if (slash == NULL)
            return parts;
        for (int k = 1; k < count; k++)
            if (strncmp(paths[k], paths[0], (size_t)(slash - paths[0]) + 1) != 0)
                return parts;
    }
}

/* How many bytes all paths share at the end, of whole parts or endings (".h5"). */
static size_t shared_ending(char *const *paths, int count, size_t begin)
{
    size_t shared = 0;
    size_t length = strlen(paths[0]);
    for (size_t k = 1; begin + k < length; k++) {
        char first = paths[0][length - k];
        for (int p = 1; p < count; p++) {
            size_t other = strlen(paths[p]);
            if (begin + k >= other || paths[p][other - k] != first)
                return shared;
        }
        if (first == '/' || first == '.')
            shared = k;
    }
    return shared;
}

/* A single path is told by its last part. */
static void label_paths(char **labels, char *const *paths, int count)
{
    size_t begin = head_length(paths[0], shared_folders(paths, count));
    size_t end = shared_ending(paths, count, begin);
    for (int k = 0; k < count; k++) {
        size_t length = strlen(paths[k]) - begin - end;
        if (length > 2 && strncmp(paths[k] + begin + length - 2, "/*", 2) == 0)
            length -= 2; /* all files of a folder go by its name */
        labels[k] = strndup(paths[k] + begin, length);
    }
}

/* --- Labels ---------------------------------------------------------------------------------- */

/* The text inside a YAML scalar or list: without quotes, escapes and brackets. */
static char *bare(const char *yaml)
{
    char *text = malloc(strlen(yaml) + 1);
    char *to = text;
    for (const char *c = yaml; text != NULL && *c != '\0'; c++) {
        if (*c == '\\' && c[1] != '\0')
            *to++ = *++c;
        else if (strchr("\"[]", *c) == NULL)
            *to++ = *c;
    }
    if (text != NULL)
        *to = '\0';
    return text;
}

/* Labels all values of a key that names files. */
static bool fill_paths(struct config_sweep_key *swept)
{
    char **paths = calloc((size_t)swept->count, sizeof *paths);
    bool filled = paths != NULL;
    for (int k = 0; filled && k < swept->count; k++)
        filled = (paths[k] = bare(swept->values[k])) != NULL;
    if (filled && swept->count > 0)
        label_paths(swept->labels, paths, swept->count);
    for (int k = 0; k < swept->count; k++) {
        filled = filled && swept->labels[k] != NULL;
        if (paths != NULL)
            free(paths[k]);
    }
    free(paths);
    return filled;
}

bool sweep_labels_fill(struct config_sweep_key *swept)
{
    if (swept->labels[0] != NULL) /* given: then all are */
        return true;
    if (swept->key->type == CONFIG_STRING)
        return fill_paths(swept);
    for (int k = 0; k < swept->count; k++)
        if ((swept->labels[k] = bare(swept->values[k])) == NULL)
            return false;
    return true;
}

/* --- Names ----------------------------------------------------------------------------------- */

void sweep_label_name(const char *label, char name[SWEEP_NAME_SIZE])
{
    const size_t length = strlen(label);
    const size_t kept = length < SWEEP_NAME_SIZE - 1 ? length : SWEEP_NAME_SIZE - 10;
    for (size_t k = 0; k < kept; k++) {
        const unsigned char c = (unsigned char)label[k];
        name[k] = (char)(isalnum(c) || (c != '\0' && strchr(".+-_", c) != NULL) ? c : '-');
    }
    name[kept] = '\0';
    if (kept < length)
        snprintf(name + kept, SWEEP_NAME_SIZE - kept, "-%08x",
                 (unsigned)XXH3_64bits(label, length));
}

void sweep_name_shorten(char *name)
{
    const size_t length = strlen(name);
    if (length > LONGEST_NAME)
        snprintf(name + LONGEST_NAME - 9, 10, "-%08x", (unsigned)XXH3_64bits(name, length));
}
