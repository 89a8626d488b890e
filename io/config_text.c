/* The settings as text: the effective configuration, and the help on the keys. */
#include "config_internal.h"
#include "draft.h"

#include <stdlib.h>
#include <string.h>

/* Length of the part that two dotted names share, whole sections with their dots only. */
static size_t shared_sections(const char *name, const char *previous)
{
    size_t shared = 0;
    for (size_t k = 0; name[k] != '\0' && name[k] == previous[k]; k++)
        if (name[k] == '.')
            shared = k + 1;
    return shared;
}

/* Opens the sections that the previous key was not in, and writes the last word of the name. */
static void print_name(const char *name, const char *previous, FILE *out)
{
    size_t start = 0;
    size_t shared = shared_sections(name, previous);
    int depth = 0;

    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(name + start, '.')) {
        size_t end = (size_t)(dot - name);
        if (end >= shared)
            fprintf(out, "%*s%.*s:\n", 4 * depth, "", (int)(end - start), name + start);
        start = end + 1;
        depth++;
    }
    fprintf(out, "%*s%s: ", 4 * depth, "", name + start);
}

static char *text_of(const struct config_key *table, const void *settings, bool all)
{
    struct draft draft;
    const char *previous = "";
    FILE *out = draft_begin(&draft);

    if (out == NULL)
        return NULL;
    for (int k = 0; table[k].name != NULL; k++) {
        if (!all && table[k].incidental)
            continue;
        print_name(table[k].name, previous, out);
        config_value_print(&table[k], (const char *)settings + table[k].offset, out);
        fputc('\n', out);
        previous = table[k].name;
    }
    return draft_end(&draft);
}

char *config_value_text(const struct config_key *key, const void *settings)
{
    struct draft draft;
    FILE *out = draft_begin(&draft);
    if (out == NULL)
        return NULL;
    config_value_print(key, (const char *)settings + key->offset, out);
    return draft_end(&draft);
}

char *config_text(const struct config_key *table, const void *settings)
{
    return text_of(table, settings, true);
}

char *config_decisive_text(const struct config_key *table, const void *settings)
{
    return text_of(table, settings, false);
}

char *config_help(const struct config_key *table)
{
    struct draft draft;
    FILE *out = draft_begin(&draft);

    if (out == NULL)
        return NULL;
    for (int k = 0; table[k].name != NULL; k++) {
        char expected[600];
        config_value_expected(&table[k], expected, sizeof expected);
        fprintf(out, "  %s: %s", table[k].name, expected);
        if (table[k].fallback == NULL)
            fputs("; required\n", out);
        else
            fprintf(out, "; default %s\n", table[k].fallback);
        fprintf(out, "      %s\n", table[k].help);
    }
    return draft_end(&draft);
}
