#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *output_path(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s", directory, name);
    return path;
}

static int make_directories(const char *directory, struct fault *fault)
{
    char *path = output_path(directory, "");
    if (path == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            fault_set(fault, EXIT_INPUT, "output.directory: cannot make folder \"%s\": %s", path,
                      strerror(errno));
            break;
        }
        *slash = '/';
    }
    free(path);
    return fault->status;
}

static int check_writable(const char *directory, struct fault *fault)
{
    struct stat info;
    if (stat(directory, &info) != 0 || !S_ISDIR(info.st_mode))
        return fault_set(fault, EXIT_INPUT, "output.directory: \"%s\" is not a folder", directory);
    char *probe = output_path(directory, ".strata-probe-XXXXXX");
    if (probe == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    int file = mkstemp(probe);
    if (file < 0)
        fault_set(fault, EXIT_INPUT,
                  "output.directory: cannot write into \"%s\": %s; choose another with --out",
                  directory, strerror(errno));
    else {
        close(file);
        unlink(probe);
    }
    free(probe);
    return fault->status;
}

int output_prepare(const char *directory, struct fault *fault)
{
    if (make_directories(directory, fault) == 0)
        check_writable(directory, fault);
    return fault->status;
}

static bool is_half_written(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".tmp") == 0 &&
           (*name == '.' || strstr(name, ".csv.") != NULL);
}

static void sweep_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        char *path = is_half_written(entry->d_name) ? output_path(folder, entry->d_name) : NULL;
        if (path != NULL)
            unlink(path);
        free(path);
    }
    closedir(entries);
}

void output_sweep(const char *directory)
{
    char *figures = output_path(directory, "figures");
    sweep_folder(directory);
    if (figures != NULL)
        sweep_folder(figures);
    free(figures);
}
