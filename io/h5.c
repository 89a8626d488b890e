#include "h5.h"

#include <stdlib.h>
#include <string.h>

void h5_silence(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static herr_t keep_innermost(unsigned depth, const H5E_error2_t *error, void *data)
{
    if (depth == 0 && error->desc != NULL)
        *(struct quoted *)data = escape(error->desc);
    return 0;
}

struct quoted h5_reason(void)
{
    struct quoted reason = escape("no reason given by HDF5");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
    return reason;
}

hid_t h5_keep_reason(void)
{
    return H5Eget_current_stack();
}

void h5_restore_reason(hid_t kept)
{
    if (kept >= 0)
        H5Eset_current_stack(kept); /* closes it, too */
}

hid_t h5_open_serial(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0)
        return -1;
    H5Pset_fapl_sec2(access);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    hid_t kept = h5_keep_reason();
    H5Pclose(access);
    h5_restore_reason(kept);
    return file;
}

/* A dataset and an attribute are read by different calls. */
static herr_t read_all(hid_t object, hid_t type, void *buffer)
{
    if (H5Iget_type(object) == H5I_ATTR)
        return H5Aread(object, type, buffer);
    return H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
}

void h5_strings_free(char **strings)
{
    for (char **string = strings; string != NULL && *string != NULL; string++)
        free(*string);
    free(strings);
}

/* Variable length: HDF5 allocates each string, and frees them again after they are copied. */
static int copy_variable(hid_t object, hid_t type, hid_t space, int64_t count, char **strings)
{
    int failure = 0;
    char **found = calloc((size_t)count + 1, sizeof *found);
    if (found == NULL)
        return -3;
    if (read_all(object, type, found) < 0) {
        free(found);
        return -2;
    }
    for (int64_t k = 0; k < count && failure == 0; k++) {
        strings[k] = strdup(found[k] != NULL ? found[k] : "");
        failure = strings[k] == NULL ? -3 : 0;
    }
    if (count > 0)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, found);
    free(found);
    return failure;
}

/* Fixed length: one block, cut into strings; the padding is zeros or, in Fortran's way, spaces. */
static int copy_fixed(hid_t object, hid_t type, int64_t count, char **strings)
{
    int failure = 0;
    size_t size = H5Tget_size(type);
    char *block = calloc((size_t)count + 1, size);
    if (block == NULL)
        return -3;
    if (read_all(object, type, block) < 0)
        failure = -2;
    for (int64_t k = 0; k < count && failure == 0; k++) {
        const char *item = block + (size_t)k * size;
        size_t length = strnlen(item, size);
        while (H5Tget_strpad(type) == H5T_STR_SPACEPAD && length > 0 && item[length - 1] == ' ')
            length--;
        strings[k] = strndup(item, length);
        failure = strings[k] == NULL ? -3 : 0;
    }
    free(block);
    return failure;
}

char **h5_strings(hid_t object, int64_t *count)
{
    bool attribute = H5Iget_type(object) == H5I_ATTR;
    hid_t type = attribute ? H5Aget_type(object) : H5Dget_type(object);
    hid_t space = attribute ? H5Aget_space(object) : H5Dget_space(object);
    char **strings = NULL;
    int64_t points = H5Sget_simple_extent_npoints(space);
    int failure = 0;

    if (H5Tget_class(type) != H5T_STRING)
        failure = -1;
    else if (points < 0)
        failure = -2;
    else if ((strings = calloc((size_t)points + 1, sizeof *strings)) == NULL)
        failure = -3;
    else if (H5Tis_variable_str(type) > 0)
        failure = copy_variable(object, type, space, points, strings);
    else
        failure = copy_fixed(object, type, points, strings);

    hid_t kept = h5_keep_reason();
    H5Sclose(space);
    H5Tclose(type);
    h5_restore_reason(kept);
    *count = points;
    if (failure != 0) {
        h5_strings_free(strings);
        strings = NULL;
        *count = failure;
    }
    return strings;
}
