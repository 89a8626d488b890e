#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Quotes are doubled, all else stands for itself. */
void csv_inside(const char *text, FILE *out)
{
    for (; text && *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
}

void csv_text(const char *text, FILE *out)
{
    if (!text || !text[strcspn(text, "\",\r\n")]) {
        fputs(text ? text : "", out);
        return;
    }
    fputc('"', out);
    csv_inside(text, out);
    fputc('"', out);
}

void csv_real(double value, FILE *out)
{
    fputc(',', out);
    if (isfinite(value))
        fprintf(out, "%.17g", value);
}

int csv_write(const char *path, void (*write)(const void *table, FILE *out), const void *table,
              struct fault *fault)
{
    int status = 0;
    FILE *out = NULL;
    size_t size = strlen(path) + 32;
    char *temporary = malloc(size);
    if (!temporary)
        return fault_set(fault, EXIT_SYSTEM, "%s: cannot write: memory is short", path);
    snprintf(temporary, size, "%s.%ld.tmp", path, (long)getpid());

    out = fopen(temporary, "w");
    if (!out) {
        status = fault_set(fault, EXIT_SYSTEM, "%s: cannot create: %s", temporary, strerror(errno));
        goto done;
    }
    write(table, out);
    int failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed; /* what is still in the buffer may not fit on the disk */
    if (failed || rename(temporary, path) != 0) {
        status = fault_set(fault, EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
        unlink(temporary);
    }
done:
    free(temporary);
    return status;
}
