/* From a path or a glob to files that are open. */
#include "activations_internal.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

void activations_files_reset(struct string_list *files)
{
    for (int k = 0; files->items != NULL && k < files->count; k++)
        free(files->items[k]);
    free(files->items);
    *files = (struct string_list){NULL, 0};
}

/* Whether the exporter has not finished this file: it renames it in the end. */
static bool is_unfinished(const char *path)
{
    size_t length = strlen(path);
    return length >= 5 && strcmp(path + length - 5, ".part") == 0;
}

/* Copies the path, or the finished files of a glob. */
static int copy_paths(char *const *paths, size_t count, bool single, struct string_list *files,
                      struct fault *fault)
{
    files->items = calloc(count + 1, sizeof *files->items);
    bool failed = files->items == NULL;
    for (size_t k = 0; k < count && !failed; k++) {
        if (!single && is_unfinished(paths[k]))
            continue;
        files->items[files->count] = strdup(paths[k]);
        failed = files->items[files->count] == NULL;
        files->count += !failed;
    }
    if (failed) {
        activations_files_reset(files);
        return fault_set(fault, EXIT_SYSTEM, "out of memory for the list of input files");
    }
    return 0;
}

int activations_find(const char *pattern, struct string_list *files, struct fault *fault)
{
    glob_t found = {0};
    struct stat status;
    char *single = (char *)pattern;

    if (lstat(pattern, &status) == 0 || strpbrk(pattern, "*?[{~") == NULL)
        return copy_paths(&single, 1, true, files, fault);
    int outcome = glob(pattern, GLOB_BRACE | GLOB_TILDE, NULL, &found);
    if (outcome == GLOB_NOSPACE)
        fault_set(fault, EXIT_SYSTEM, "out of memory for the list of input files");
    else if (outcome == 0)
        copy_paths(found.gl_pathv, found.gl_pathc, false, files, fault);
    if (fault->status == 0 && files->count == 0)
        fault_set(fault, EXIT_INPUT,
                  "%s: no file matches this pattern; expected activations files: check the "
                  "pattern, and the folder that you start in",
                  escape(pattern).text);
    globfree(&found);
    return fault->status;
}

uint64_t activations_signature(const char *pattern)
{
    struct string_list files = {NULL, 0};
    struct fault none = {0}; /* no files yet is a state like any other */
    uint64_t signature = 0;
    activations_find(pattern, &files, &none);
    for (int k = 0; k < files.count; k++) {
        struct stat status;
        if (stat(files.items[k], &status) != 0)
            continue;
        const int64_t facts[] = {(int64_t)status.st_size, (int64_t)status.st_mtim.tv_sec,
                                 (int64_t)status.st_mtim.tv_nsec, (int64_t)signature};
        signature = XXH3_64bits_withSeed(facts, sizeof facts,
                                         XXH3_64bits(files.items[k], strlen(files.items[k])));
    }
    activations_files_reset(&files);
    return signature;
}

/* What the system says before HDF5 is asked: its messages are the clearer ones. */
static int check_file(const char *path, struct fault *fault)
{
    struct stat status;
    struct quoted name = escape(path);

    if (stat(path, &status) != 0 || access(path, R_OK) != 0)
        return fault_set(fault, EXIT_INPUT, "%s: cannot open the activations: %s", name.text,
                         strerror(errno));
    if (S_ISDIR(status.st_mode))
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected an activations file, found a folder; name a file in it, "
                         "or a pattern such as %s/*.h5",
                         name.text, name.text);
    if (!S_ISREG(status.st_mode))
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected an activations file, found something that is not a regular "
                         "file",
                         name.text);
    if (status.st_size == 0)
        return fault_set(fault, EXIT_INPUT,
                         "%s: expected an activations file, found an empty file; export it again",
                         name.text);
    return 0;
}

int activations_open_serial(const char *path, hid_t *file, struct fault *fault)
{
    *file = -1;
    if (check_file(path, fault) != 0)
        return fault->status;
    if (H5Fis_hdf5(path) == 0)
        return fault_set(fault, EXIT_INPUT,
                         "%s: not an HDF5 file; expected activations as the exporter writes them",
                         escape(path).text);
    *file = h5_open_serial(path);
    if (*file < 0)
        return fault_set(fault, EXIT_INPUT,
                         "%s: HDF5 cannot open the file: %s; is it still being written, or was the "
                         "copy cut short? export or copy it again",
                         escape(path).text, h5_reason().text);
    return 0;
}

hid_t activations_open_dataset(const struct activations *activations, hid_t file, int checkpoint,
                               int layer, hid_t access)
{
    hid_t dataset = -1;
    hid_t parent = H5Gopen2(file, "checkpoints", H5P_DEFAULT);
    if (parent < 0)
        return -1;
    hid_t group = H5Gopen2(parent, activations->checkpoints[checkpoint].key, H5P_DEFAULT);
    if (group >= 0)
        dataset = H5Dopen2(group, activations->layers[layer], access);
    hid_t kept = h5_keep_reason();
    if (group >= 0)
        H5Gclose(group);
    H5Gclose(parent);
    h5_restore_reason(kept);
    return dataset;
}
