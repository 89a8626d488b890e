/* Private to results*.c: HDF5 as these files need it. */
#ifndef STRATA_RESULTS_HDF5_H
#define STRATA_RESULTS_HDF5_H

#include <hdf5.h>

#include <stdbool.h>

/* HDF5 prints its errors to stderr unless told not to; a program that reports faults must tell it.
 * quiet_begin saves the setting, quiet_end restores it. */
struct hdf5_quiet {
    H5E_auto2_t print;
    void *data;
};
void hdf5_quiet_begin(struct hdf5_quiet *quiet);
void hdf5_quiet_end(const struct hdf5_quiet *quiet);

/* Why the last HDF5 call failed: the system's reason where it has one ("No space left on device"),
 * else the deepest message of HDF5's error stack. To be asked before the next HDF5 call, which
 * clears the stack. Returns buffer. */
const char *hdf5_cause(char *buffer, size_t size);

/* Closes an identifier of whatever kind, if it is one, and sets it to H5I_INVALID_HID. */
void hdf5_close(hid_t *id);

/* A string type, UTF-8, of a fixed width in bytes (at least 1) or H5T_VARIABLE. */
hid_t hdf5_text_type(size_t width);

#endif
