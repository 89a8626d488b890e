/* Small helpers over HDF5 for reading files that may hold anything. */
#ifndef STRATA_H5_H
#define STRATA_H5_H

#include "text.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

/* Stops HDF5 from printing its error stack to stderr; h5_reason tells it instead. */
void h5_silence(void);

/* Why the last HDF5 call failed: the innermost message of its error stack. */
struct quoted h5_reason(void);

/* Closing what is open forgets why the last call failed; between these two it does not. */
hid_t h5_keep_reason(void);
void h5_restore_reason(hid_t kept);

/* All strings of a dataset or an attribute, of fixed or variable length: a new array of new
 * strings, NULL-terminated. NULL if it does not hold strings, cannot be read, or memory is short;
 * then *count is -1, -2 or -3. */
char **h5_strings(hid_t object, int64_t *count);

/* Frees an array of h5_strings and its strings; NULL is fine. */
void h5_strings_free(char **strings);

/* A file opened for reading with the serial driver, or negative. */
hid_t h5_open_serial(const char *path);

#endif
