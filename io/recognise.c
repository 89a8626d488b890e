#include "recognise.h"
#include "h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool has_format(const char *path, const char *format)
{
    bool found = false;
    h5_silence();
    hid_t file = h5_open_serial(path);
    if (file < 0)
        return false;
    if (H5Aexists(file, "strata_format") > 0) {
        hid_t attribute = H5Aopen(file, "strata_format", H5P_DEFAULT);
        int64_t count = 0;
        char **values = attribute < 0 ? NULL : h5_strings(attribute, &count);
        found = values != NULL && count == 1 && strcmp(values[0], format) == 0;
        h5_strings_free(values);
        if (attribute >= 0)
            H5Aclose(attribute);
    }
    H5Fclose(file);
    return found;
}

char *recognise_file(const char *path)
{
    static const char *const names[] = {"results.h5", "sweep.h5"};
    const size_t size = strlen(path) + sizeof "/results.h5";
    char *file = malloc(size);
    for (int k = 0; k < 2 && file != NULL; k++) {
        snprintf(file, size, "%s/%s", path, names[k]);
        if (access(file, F_OK) == 0)
            return file;
    }
    if (file != NULL)
        memcpy(file, path, strlen(path) + 1);
    return file;
}
