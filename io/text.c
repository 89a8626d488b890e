#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Appends one byte of the name to out; at most 4 characters. */
static size_t append_escaped(char *out, unsigned char byte, bool quoting)
{
    if (byte == '\n')
        return (size_t)sprintf(out, "\\n");
    if (byte == '\t')
        return (size_t)sprintf(out, "\\t");
    if (byte < 0x20 || byte == 0x7f)
        return (size_t)sprintf(out, "\\x%02x", byte);
    if (quoting && (byte == '"' || byte == '\\'))
        return (size_t)sprintf(out, "\\%c", byte);
    *out = (char)byte;
    return 1;
}

static struct quoted render(const char *name, bool quoting)
{
    enum { TAIL = 10 }; /* room for one escape, "...", the closing quote and the final zero */
    struct quoted quoted = {""};
    size_t used = 0;

    if (name == NULL)
        name = "";
    if (quoting)
        quoted.text[used++] = '"';
    while (*name != '\0' && used + TAIL < sizeof quoted.text)
        used += append_escaped(quoted.text + used, (unsigned char)*name++, quoting);
    if (*name != '\0') {
        /* do not cut a UTF-8 character in two */
        for (int k = 0; k < 3 && (name[-k] & 0xc0) == 0x80; k++)
            used--;
        memcpy(quoted.text + used, "...", 3);
        used += 3;
    }
    if (quoting)
        quoted.text[used++] = '"';
    quoted.text[used] = '\0';
    return quoted;
}

struct quoted quote(const char *name)
{
    return render(name, true);
}

struct quoted escape(const char *name)
{
    return render(name, false);
}
