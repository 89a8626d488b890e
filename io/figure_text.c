#include "figure_text.h"

#include <stdint.h>
#include <string.h>

/* One character as it is drawn. */
struct glyph {
    char bytes[8];
    int columns;
};

/* The length of the UTF-8 character at c and its code point; 0 if the bytes are none. */
static int decode(const unsigned char *c, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int length = c[0] < 0x80       ? 1
                 : c[0] >> 5 == 6  ? 2
                 : c[0] >> 4 == 14 ? 3
                 : c[0] >> 3 == 30 ? 4
                                   : 0;
    if (length == 0)
        return 0;
    *point = length == 1 ? c[0] : c[0] & (0xffU >> (length + 1));
    for (int k = 1; k < length; k++) {
        if ((c[k] & 0xc0) != 0x80)
            return 0;
        *point = *point << 6 | (c[k] & 0x3f);
    }
    bool surrogate = *point >= 0xd800 && *point <= 0xdfff;
    bool none = *point == 0xfffe || *point == 0xffff || *point > 0x10ffff; /* XML has no such */
    return *point < least[length] || surrogate || none ? 0 : length;
}

static bool is_wide(uint32_t point)
{
    return (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
           (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
           (point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) ||
           (point >= 0x1f300 && point <= 0x1faff) || (point >= 0x20000 && point <= 0x3fffd);
}

/* Takes the next character off *text. */
static struct glyph next_glyph(const char **text)
{
    struct glyph glyph = {"", 1};
    uint32_t point = 0;
    int length = decode((const unsigned char *)*text, &point);
    if (length == 0) {
        memcpy(glyph.bytes, "\xef\xbf\xbd", 4); /* U+FFFD */
        length = 1;
    } else if (point == '\n' || point == '\t') {
        memcpy(glyph.bytes, point == '\n' ? "\\n" : "\\t", 3);
        glyph.columns = 2;
    } else if (point < ' ' || point == 0x7f || (point >= 0x80 && point < 0xa0)) {
        glyph.columns = snprintf(glyph.bytes, sizeof glyph.bytes, "\\x%02x", (unsigned)point);
    } else {
        memcpy(glyph.bytes, *text, (size_t)length);
        glyph.columns = is_wide(point) ? 2 : 1;
    }
    *text += length;
    return glyph;
}

static int total_columns(const char *text)
{
    int total = 0;
    while (*text)
        total += next_glyph(&text).columns;
    return total;
}

int figure_text_columns(const char *text, int columns)
{
    int total = total_columns(text);
    return total < columns ? total : columns;
}

void figure_text(FILE *script, const char *text, int columns, bool tick)
{
    int total = total_columns(text);
    bool cut = total > columns;
    int head = cut ? columns / 2 : total;    /* columns kept in front of the "…", */
    int tail = total - (columns - 1 - head); /* and where those behind it begin */
    bool dots = false;

    fputc('\'', script); /* in single quotes gnuplot runs no `commands` and knows no escapes */
    for (int column = 0; *text;) {
        struct glyph glyph = next_glyph(&text);
        bool kept = column + glyph.columns <= head || (cut && column >= tail);
        column += glyph.columns;
        if (!kept && !dots)
            fputs("…", script);
        dots = dots || !kept;
        if (!kept)
            continue;
        fputs(glyph.bytes, script);
        if (glyph.bytes[0] == '\'' || (tick && glyph.bytes[0] == '%'))
            fputc(glyph.bytes[0], script);
    }
    fputc('\'', script);
}

bool figure_text_line(const char **text, int columns, char *line, size_t size)
{
    const char *start = *text + strspn(*text, " ");
    const char *end = start; /* of the words that fit */
    for (const char *c = start; *c;) {
        const char *word = c + strspn(c, " ");
        const char *next = word + strcspn(word, " ");
        char words[512];
        snprintf(words, sizeof words, "%.*s", (int)(next - start), start);
        if (end > start && total_columns(words) > columns)
            break;
        c = end = *word ? next : word;
    }
    *text = end;
    snprintf(line, size, "%.*s", (int)(end - start), start);
    return end > start;
}
