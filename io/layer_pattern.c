#include "layer_pattern.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

enum { LONGEST_PART = 255 };

/* Copies the first part of a dotted text, and returns where the next one starts; NULL: none is
 * left. A part that is too long becomes empty, which matches nothing but `*`. */
static const char *take_part(const char *text, char *part)
{
    size_t length = strcspn(text, ".");
    size_t kept = length <= LONGEST_PART ? length : 0;
    memcpy(part, text, kept);
    part[kept] = '\0';
    return text[length] == '.' ? text + length + 1 : NULL;
}

/* NULL stands for no parts. */
static bool match_parts(const char *name, const char *pattern)
{
    char part[LONGEST_PART + 1];
    char glob[LONGEST_PART + 1];

    if (pattern == NULL)
        return name == NULL;
    const char *more_pattern = take_part(pattern, glob);
    if (strcmp(glob, "**") == 0) {
        if (match_parts(name, more_pattern))
            return true;
        return name != NULL && match_parts(take_part(name, part), pattern);
    }
    if (name == NULL)
        return false;
    const char *more_name = take_part(name, part);
    return fnmatch(glob, part, 0) == 0 && match_parts(more_name, more_pattern);
}

bool layer_matches(const char *name, const char *pattern)
{
    return match_parts(name, pattern);
}
