/* Tables of comma-separated values: fields quoted as in RFC 4180, numbers that read back to the
 * same value, empty where there is none. */
#ifndef STRATA_CSV_H
#define STRATA_CSV_H

#include "fault.h"

#include <stdio.h>

/* A field of text; the comma before it is the caller's. NULL is empty. */
void csv_text(const char *text, FILE *out);

/* Part of a field that the caller quotes. */
void csv_inside(const char *text, FILE *out);

/* A comma and a number; nothing behind the comma where it is not finite. */
void csv_real(double value, FILE *out);

/* Writes a table beside path and renames it into place: complete or absent. Not collective.
 * EXIT_SYSTEM with path and cause. */
int csv_write(const char *path, void (*write)(const void *table, FILE *out), const void *table,
              struct fault *fault);

#endif
