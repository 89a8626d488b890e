#include "results_hdf5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hdf5_quiet_begin(struct hdf5_quiet *quiet)
{
    H5Eget_auto2(H5E_DEFAULT, &quiet->print, &quiet->data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void hdf5_quiet_end(const struct hdf5_quiet *quiet)
{
    H5Eset_auto2(H5E_DEFAULT, quiet->print, quiet->data);
}

struct cause {
    char *buffer;
    size_t size;
    bool found;
};

/* HDF5 knows errno only inside its message texts: "…, errno = 28, error message = '…', …". */
static herr_t keep_cause(unsigned depth, const H5E_error2_t *error, void *data)
{
    (void)depth;
    struct cause *cause = data;
    const char *text = error->desc ? error->desc : "";
    const char *number = strstr(text, "errno = ");
    if (number)
        snprintf(cause->buffer, cause->size, "%s",
                 strerror((int)strtol(number + strlen("errno = "), NULL, 10)));
    else if (!cause->found && *text)
        snprintf(cause->buffer, cause->size, "%s", text);
    cause->found = true;
    return number != NULL; /* non-zero stops the walk: nothing says it better */
}

const char *hdf5_cause(char *buffer, size_t size)
{
    struct cause cause = {buffer, size, false};
    snprintf(buffer, size, "HDF5 gives no reason");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_cause, &cause);
    return buffer;
}

void hdf5_close(hid_t *id)
{
    if (*id >= 0)
        H5Idec_ref(*id);
    *id = H5I_INVALID_HID;
}

hid_t hdf5_text_type(size_t width)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5T_str_t ending = width == H5T_VARIABLE ? H5T_STR_NULLTERM : H5T_STR_NULLPAD;
    if (type < 0 || H5Tset_size(type, width) < 0 || H5Tset_strpad(type, ending) < 0 ||
        H5Tset_cset(type, H5T_CSET_UTF8) < 0)
        hdf5_close(&type);
    return type;
}
