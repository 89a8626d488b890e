/* sweep.h5 in words: what `strata inspect` prints. */
#include "h5.h"
#include "sweep_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *path;
    hid_t file;
    int64_t count; /* M */
    struct sweep_member *members;
    struct fault *fault;
};

static int refuse(const struct reader *reader, const char *name, const char *what)
{
    return fault_set(reader->fault, EXIT_INPUT,
                     "%s: %s: %s; gather the sweep again (strata sweep CONFIG --gather)",
                     reader->path, name, what);
}

static int short_of_memory(const struct reader *reader)
{
    return fault_set(reader->fault, EXIT_SYSTEM, "%s: cannot read: memory is short", reader->path);
}

static hid_t open_dataset(const struct reader *reader, const char *name)
{
    const hid_t dataset = H5Dopen(reader->file, name, H5P_DEFAULT);
    if (dataset < 0)
        refuse(reader, name, "expected a dataset, found none");
    return dataset;
}

/* Texts, to be freed by h5_strings_free; NULL where they cannot be read. *count: of them. */
static char **read_texts(const struct reader *reader, const char *name, int64_t *count)
{
    const hid_t dataset = open_dataset(reader, name);
    if (dataset < 0)
        return NULL;
    char **texts = h5_strings(dataset, count);
    H5Dclose(dataset);
    if (*count == -3)
        short_of_memory(reader);
    else if (texts == NULL)
        refuse(reader, name, "expected texts");
    return texts;
}

/* A text of each member. */
static void read_text_column(const struct reader *reader, const char *name, size_t offset)
{
    int64_t count = 0;
    char **texts = read_texts(reader, name, &count);
    if (texts != NULL && count != reader->count)
        refuse(reader, name, "expected a text for each member");
    for (int64_t m = 0; !reader->fault->status && m < count; m++) {
        char **text = (char **)((char *)&reader->members[m] + offset);
        *text = *texts[m] ? strdup(texts[m]) : NULL;
        if (*texts[m] && *text == NULL)
            short_of_memory(reader);
    }
    h5_strings_free(texts);
}

/* A number of each member. numbers: work space [M]. */
static void read_number_column(const struct reader *reader, const char *name, double *numbers)
{
    const hid_t dataset = open_dataset(reader, name);
    if (dataset < 0)
        return;
    const hid_t space = H5Dget_space(dataset);
    if (H5Sget_simple_extent_npoints(space) != reader->count ||
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) < 0)
        refuse(reader, name, "expected a number for each member");
    H5Sclose(space);
    H5Dclose(dataset);
}

static void read_states(const struct reader *reader, double *numbers)
{
    read_number_column(reader, "state", numbers);
    for (int64_t m = 0; !reader->fault->status && m < reader->count; m++) {
        if (!(numbers[m] >= 0 && numbers[m] < SWEEP_STATES))
            refuse(reader, "state", "found a code that has no meaning");
        else
            reader->members[m].state = (enum sweep_state)numbers[m];
    }
}

static void read_members(const struct reader *reader, double *numbers)
{
    read_text_column(reader, "name", offsetof(struct sweep_member, name));
    if (!reader->fault->status)
        read_states(reader, numbers);
    for (const struct sweep_column *column = sweep_columns; column->name && !reader->fault->status;
         column++) {
        if (column->text) {
            read_text_column(reader, column->name, column->offset);
            continue;
        }
        read_number_column(reader, column->name, numbers);
        for (int64_t m = 0; !reader->fault->status && m < reader->count; m++)
            *(double *)((char *)&reader->members[m] + column->offset) = numbers[m];
    }
}

static int check_version(const struct reader *reader)
{
    int version = -1;
    const hid_t attribute = H5Aopen(reader->file, "strata_version", H5P_DEFAULT);
    if (attribute >= 0) {
        H5Aread(attribute, H5T_NATIVE_INT, &version);
        H5Aclose(attribute);
    }
    if (version > SWEEP_VERSION)
        return fault_set(reader->fault, EXIT_INPUT,
                         "%s: a sweep's table of version %d; this program reads version %d: use "
                         "the Strata that wrote it, or a newer one",
                         reader->path, version, SWEEP_VERSION);
    return version < 1 ? refuse(reader, "strata_version", "expected a number from 1") : 0;
}

static herr_t print_key(hid_t group, const char *name, const H5L_info_t *info, void *count)
{
    (void)group;
    (void)info;
    printf("%s%s", (*(int *)count)++ ? ", " : "", escape(name).text);
    return 0;
}

static void print(const struct reader *reader)
{
    int keys = 0;
    printf("%s: a sweep of Strata runs, version %d\n%-14s%lld\n%-14s", reader->path, SWEEP_VERSION,
           "members", (long long)reader->count, "varied");
    H5Literate_by_name(reader->file, "keys", H5_INDEX_NAME, H5_ITER_NATIVE, NULL, print_key, &keys,
                       H5P_DEFAULT);
    puts("\n");
    sweep_members_print(reader->members, reader->count);
    puts("\ncolumns");
    for (const struct sweep_column *column = sweep_columns; column->name; column++)
        printf("  %-15s %s\n      %s\n", column->name, column->units, column->description);
}

static int inspect(struct reader *reader)
{
    char **names = check_version(reader) ? NULL : read_texts(reader, "name", &reader->count);
    if (names == NULL)
        return reader->fault->status;
    h5_strings_free(names);
    const size_t count = (size_t)reader->count + 1; /* calloc of nothing may be NULL */
    double *numbers = calloc(count, sizeof *numbers);
    reader->members = calloc(count, sizeof *reader->members);
    if (numbers == NULL || reader->members == NULL)
        short_of_memory(reader);
    else
        read_members(reader, numbers);
    if (!reader->fault->status)
        print(reader);
    sweep_members_free(reader->members, reader->count);
    free(numbers);
    return reader->fault->status;
}

int sweep_inspect(const char *path, struct fault *fault)
{
    struct reader reader = {.path = path, .fault = fault};
    h5_silence();
    reader.file = h5_open_serial(path);
    if (reader.file < 0)
        return fault_set(fault, EXIT_INPUT, "%s: cannot be opened: %s", path, h5_reason().text);
    inspect(&reader);
    H5Fclose(reader.file);
    return fault->status;
}
